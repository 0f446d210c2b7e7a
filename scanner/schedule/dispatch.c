#include "scanner/schedule/internal/dispatch.h"

#include "base/clock.h"

#define SOON_MS 20u
#define LATER_MS 250u
#define ELSEWHERE_MS 1000u /* a retry waits so long for a place at another resolver */
#define CANARY_NS (100 * MXS_NS_PER_MS)
#define LOOKS_MAX 32u      /* at questions that have no room, in one turn: it stays short */

static bool other_resolver(const struct mxs_dispatch *dispatch, const struct mxs_slot *slot)
{
    return slot->attempts < dispatch->flow_count && slot->attempts < MXS_SLOT_OPEN_MAX;
}

void mxs_dispatch_wait(struct mxs_dispatch *dispatch, struct mxs_slot *slot, enum mxs_outcome outcome)
{
    enum mxs_wait wait = other_resolver(dispatch, slot) ? MXS_WAIT_SOON : MXS_WAIT_LATER;
    uint64_t delay_ms = wait == MXS_WAIT_SOON ? SOON_MS : LATER_MS;
    if (outcome == MXS_SERVFAIL) {
        wait = MXS_WAIT_SERVFAIL;
        delay_ms = dispatch->servfail_ms;
    }
    mxs_slots_wake(&dispatch->slots, slot);
    mxs_slots_wait(&dispatch->slots, slot, wait, dispatch->now_ns + delay_ms * MXS_NS_PER_MS);
}

bool mxs_dispatch_silence_tells(const struct mxs_dispatch *dispatch, const struct mxs_slot *slot)
{
    const struct mxs_slot_attempt *last = &slot->tried[0];
    if (slot->best != (uint8_t)MXS_NOT_ASKED && slot->best != (uint8_t)MXS_TIMEOUT)
        return true;
    for (uint32_t i = 1; i < MXS_SLOT_OPEN_MAX; i++)
        last = slot->tried[i].asked_ns > last->asked_ns ? &slot->tried[i] : last;
    return mxs_pool_heard_ns(dispatch->pool, last->resolver) - dispatch->skipped_ns >= last->asked_ns;
}

void mxs_dispatch_blame(struct mxs_dispatch *dispatch, struct mxs_slot *slot, uint32_t answered_by)
{
    for (uint32_t i = 0; i < MXS_SLOT_OPEN_MAX; i++) {
        struct mxs_slot_attempt *attempt = &slot->tried[i];
        bool late = attempt->open && dispatch->now_ns - attempt->asked_ns >= dispatch->resend_ns;
        if ((late || attempt->silent) && attempt->resolver != answered_by)
            mxs_pool_blame(dispatch->pool, attempt->resolver);
        attempt->silent = false;
    }
}

bool mxs_dispatch_avoids(const struct mxs_dispatch *dispatch, const struct mxs_slot *slot, uint32_t resolver)
{
    if (slot == NULL || !mxs_slot_avoids(slot, resolver))
        return false;
    for (uint32_t i = 0; i < dispatch->flow_count; i++)
        if (!mxs_slot_avoids(slot, i) && mxs_pool_fit(dispatch->pool, i))
            return true;
    return false;
}

uint32_t mxs_dispatch_find(const struct mxs_dispatch *dispatch, const struct mxs_slot *slot)
{
    enum { UNTRIED, OTHER, LAST, NONE } best_rank = NONE;
    bool room = (dispatch->open < dispatch->limit || (slot != NULL && slot->open != 0)) &&
                mxs_bucket_fits(&dispatch->bucket, dispatch->now_ns);
    uint32_t best = MXS_NO_FLOW, flows = room ? dispatch->flow_count : 0;
    bool elsewhere = false;
    for (uint32_t i = 0; i < flows && best_rank != UNTRIED; i++) {
        uint32_t at = dispatch->flow_next + i;
        at -= at >= dispatch->flow_count ? dispatch->flow_count : 0;
        if (!mxs_pool_fit(dispatch->pool, at) || mxs_dispatch_avoids(dispatch, slot, at))
            continue;
        int rank = slot == NULL || !mxs_slot_tried(slot, at) ? UNTRIED : slot->resolver != at ? OTHER : LAST;
        elsewhere |= rank != LAST;
        if (rank < (int)best_rank && mxs_flow_fits(&dispatch->flows[at], dispatch->now_ns))
            best = at, best_rank = rank;
    }
    bool waits = best_rank == LAST && elsewhere &&
                 (slot->waiting == MXS_WAIT_READY || slot->waiting == MXS_WAIT_ELSEWHERE);
    return waits && dispatch->now_ns - slot->due_ns < ELSEWHERE_MS * MXS_NS_PER_MS ? MXS_NO_FLOW : best;
}

/* A canary of the resolver leaves behind a question. */
static void send_canary(struct mxs_dispatch *dispatch, uint32_t resolver)
{
    struct mxs_flow *flow = &dispatch->flows[resolver];
    flow->no_canary = !mxs_pool_canary(dispatch->pool, resolver);
    if (flow->no_canary)
        return;
    mxs_bucket_take(&dispatch->bucket, dispatch->now_ns, 1);
    mxs_flow_take_canary(flow, dispatch->now_ns);
    dispatch->attempts++;
}

/* A place among the attempts that is not on its way. */
static uint32_t free_attempt(const struct mxs_slot *slot)
{
    uint32_t at = slot->attempts % MXS_SLOT_OPEN_MAX;
    while (slot->tried[at].open)
        at = (at + 1) % MXS_SLOT_OPEN_MAX;
    return at;
}

/* The attempt is on its way. */
static void begin_attempt(struct mxs_dispatch *dispatch, struct mxs_slot *slot, uint32_t at, uint32_t resolver)
{
    struct mxs_flow *flow = &dispatch->flows[resolver];
    mxs_bucket_take(&dispatch->bucket, dispatch->now_ns, 1);
    mxs_polite_take(&dispatch->polite, slot->counter);
    dispatch->attempts++;
    dispatch->open += slot->open++ == 0;
    slot->tried[at] = (struct mxs_slot_attempt){
        .asked_ns = dispatch->now_ns, .resolver = (uint16_t)resolver, .epoch = flow->epoch, .open = true};
    bool last = slot->most > 1 && slot->tries >= slot->most;
    enum mxs_wait wait = last ? MXS_WAIT_RECHECK : MXS_WAIT_ASKED; /* after the last attempt only the recheck is left */
    mxs_slots_wait(&dispatch->slots, slot, slot->rechecked ? MXS_WAIT_LAST : wait, dispatch->now_ns);
    bool canary = mxs_flow_take(flow, dispatch->now_ns);
    if (canary || (slot->rechecked &&
                   dispatch->now_ns - flow->congestion.canary_ns >= CANARY_NS)) /* its silence will be told apart */
        send_canary(dispatch, resolver);
}

bool mxs_dispatch_ask(struct mxs_dispatch *dispatch, struct mxs_slot *slot, uint32_t resolver)
{
    struct mxs_flow *flow = &dispatch->flows[resolver];
    const struct mxs_question question = mxs_slot_question(slot);
    if (!mxs_polite_fits(&dispatch->polite, slot->counter)) {
        mxs_slots_wait_politely(&dispatch->slots, slot);
        return true;
    }
    uint32_t at = free_attempt(slot);
    enum mxs_err err = mxs_pool_ask(dispatch->pool, resolver, &question,
                                    mxs_slots_index(&dispatch->slots, slot) * MXS_SLOT_OPEN_MAX + at);
    if (err == MXS_ERR_FULL || err == MXS_ERR_MEMORY) {
        flow->full = true;
        mxs_slots_wait(&dispatch->slots, slot, MXS_WAIT_READY, dispatch->now_ns);
        return false;
    }
    mxs_slots_begin(&dispatch->slots, slot, dispatch->now_ns);
    dispatch->retries += slot->attempts != 0;
    slot->attempts += slot->attempts < UINT8_MAX;
    slot->rechecked |= slot->tries >= slot->most;
    slot->tries += slot->tries < UINT8_MAX;
    slot->resolver = (uint16_t)resolver;
    slot->asked_at = mxs_clock_steady_s();
    dispatch->flow_next = resolver + 1 == dispatch->flow_count ? 0 : resolver + 1;
    if (err == MXS_OK) {
        begin_attempt(dispatch, slot, at, resolver);
        return true;
    }
    /* No way there from this machine: counts as an attempt, and waits like one. */
    const struct mxs_answer answer = {.outcome = err == MXS_ERR_IO ? MXS_UNREACHABLE : MXS_LIMIT};
    slot->tried[at] = (struct mxs_slot_attempt){.asked_ns = dispatch->now_ns, .resolver = (uint16_t)resolver};
    mxs_slots_remember(slot, &answer, 0, false);
    flow->full = true;
    mxs_slots_wait(&dispatch->slots, slot, MXS_WAIT_LATER, dispatch->now_ns + LATER_MS * MXS_NS_PER_MS);
    return true;
}

enum given { GIVEN, GIVEN_NOT, GIVEN_NOBODY };

static enum given give(struct mxs_dispatch *dispatch, struct mxs_slot *slot, uint32_t *most)
{
    uint32_t resolver = mxs_dispatch_find(dispatch, slot);
    if (resolver == MXS_NO_FLOW)
        return mxs_dispatch_find(dispatch, NULL) == MXS_NO_FLOW ? GIVEN_NOBODY : GIVEN_NOT;
    --*most;
    mxs_slots_wake(&dispatch->slots, slot);
    (void)mxs_dispatch_ask(dispatch, slot, resolver); /* no room after all: it is ready again, behind the others */
    return GIVEN;
}

/* Those in one list want the same, so the first tells of all; which list comes first changes from turn to turn. */
static bool retry_elsewhere(struct mxs_dispatch *dispatch, uint32_t *most)
{
    uint32_t first = dispatch->list_next++ % dispatch->flow_count;
    for (uint32_t i = 0; i < dispatch->flow_count && dispatch->slots.wait[MXS_WAIT_ELSEWHERE].count != 0; i++) {
        const struct mxs_slot_list *list = &dispatch->slots.elsewhere[(first + i) % dispatch->flow_count];
        enum given given = GIVEN;
        while (list->first != NULL && *most > 0 && given == GIVEN)
            given = give(dispatch, list->first, most);
        if (given == GIVEN_NOBODY)
            return false;
    }
    return true;
}

bool mxs_dispatch_retry(struct mxs_dispatch *dispatch, uint32_t *most)
{
    const struct mxs_slot_list *ready = &dispatch->slots.wait[MXS_WAIT_READY];
    if (!retry_elsewhere(dispatch, most))
        return false;
    for (uint32_t looks = 0; ready->first != NULL && looks < LOOKS_MAX && *most > 0;) {
        struct mxs_slot *slot = ready->first;
        enum given given = give(dispatch, slot, most);
        if (given == GIVEN_NOBODY)
            return false;
        if (given == GIVEN)
            continue;
        looks++;
        uint16_t alike = slot->prefer != 0 ? slot->prefer : slot->avoid[0];
        mxs_slots_wait_elsewhere(&dispatch->slots, slot, alike != 0 ? (uint16_t)(alike - 1) : slot->resolver);
    }
    return true;
}

void mxs_dispatch_wake(struct mxs_dispatch *dispatch)
{
    struct mxs_slots *slots = &dispatch->slots;
    struct mxs_slot *slot;
    while ((slot = slots->wait[MXS_WAIT_ASKED].first) != NULL &&
           dispatch->now_ns - slot->due_ns >= dispatch->resend_ns) {
        mxs_slots_wake(slots, slot);
        dispatch->silent += !slot->silent;
        slot->silent = true;
        bool left = slot->tries < slot->most && slot->open < MXS_SLOT_OPEN_MAX;
        if (left && !dispatch->stopping)
            mxs_slots_wait(slots, slot, MXS_WAIT_READY, dispatch->now_ns);
        else if (!slot->rechecked && slot->open < MXS_SLOT_OPEN_MAX)
            mxs_slots_wait(slots, slot, MXS_WAIT_RECHECK, dispatch->now_ns);
    }
}

/* Its last attempt has been waited for. */
static bool is_waited_for(const struct mxs_dispatch *dispatch, const struct mxs_slot *slot)
{
    uint64_t wait_ns = (uint64_t)((double)dispatch->timeout_ns * MXS_LAST_SHARE);
    uint64_t late_ns = slot->most == 0 ? dispatch->usual_ns : dispatch->late_ns;
    return dispatch->now_ns - slot->due_ns >= (wait_ns < late_ns ? late_ns : wait_ns);
}

struct mxs_slot *mxs_dispatch_last(const struct mxs_dispatch *dispatch)
{
    struct mxs_slot *slot = dispatch->slots.wait[MXS_WAIT_LAST].first;
    while (slot != NULL && is_waited_for(dispatch, slot) && !mxs_dispatch_silence_tells(dispatch, slot))
        slot = slot->wait.next;
    return slot != NULL && is_waited_for(dispatch, slot) ? slot : NULL;
}

void mxs_dispatch_recheck(struct mxs_dispatch *dispatch)
{
    uint64_t after_ns = (uint64_t)((double)dispatch->timeout_ns * MXS_RECHECK_SHARE);
    struct mxs_slot *slot = dispatch->slots.wait[MXS_WAIT_RECHECK].first;
    while (!dispatch->stopping && slot != NULL && dispatch->now_ns - slot->begun_ns >= after_ns) {
        struct mxs_slot *next = slot->wait.next;
        if (slot->may_recheck) {
            mxs_slots_wake(&dispatch->slots, slot);
            mxs_slots_wait(&dispatch->slots, slot, MXS_WAIT_READY, dispatch->now_ns);
        }
        slot = next;
    }
}

