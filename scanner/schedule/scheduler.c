/* From question to answer.
 *
 * pump() is the one engine: it gives due retries and then new questions to resolvers until something is full (slots,
 * the stage's limit, the pace, the sockets, the sink). It runs after every answer, at every tick, and when woken;
 * a question is taken from the source only when a resolver can take it at once, so that capacity flows back and
 * nothing piles up here.
 *
 * One attempt that brought nothing settled contradicts nothing: the best outcome over the attempts is kept, and
 * delivered when there is no attempt left or the deadline is over. A question over its deadline is answered at once;
 * its slot stays taken until the open attempt has returned, so that an answer can never meet the wrong question.
 *
 * Deadlines run on a clock that stands still while the program does not run and while no resolver is there. */
#include "scanner/schedule/scheduler.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/intern.h"
#include "scanner/schedule/internal/lane.h"
#include "scanner/schedule/internal/polite.h"
#include "scanner/schedule/internal/slots.h"

#define CONCURRENCY_MAX (1u << 20)
#define TICK_MS 10u
#define TICK_PACED_MS 1u
#define JUMP_NS (500 * MXS_NS_PER_MS)
#define TIMEOUT_MS 5000u
#define JUMP_COUNTS_NS (100 * MXS_NS_PER_MS) /* so that the clock moves although every tick is late */
#define SOON_MS 20u
#define LATER_MS 250u
#define ELSEWHERE_MS 1000u /* a retry waits so long for a place at another resolver */
#define WAITERS_MAX 32u    /* passed over in one pump, so that it stays short */
#define NO_LANE UINT32_MAX
#define PUMP_ANSWER 32u    /* questions that may follow one answer: places are many at once when the sink was full for a while */
#define PUMP_TURN 1024u    /* and a tick: some 2 ms, in which nothing is read */
#define BURST_ALL_NS (2 * MXS_NS_PER_MS)   /* of --rate: never over 105 % in any 100 ms */

enum phase { PHASE_NONE, PHASE_RUNNING, PHASE_STOPPING, PHASE_ENDED };

struct mxs_scheduler {
    uv_loop_t *loop;
    mxs_pool *pool;
    struct mxs_scheduler_options options;
    struct mxs_slots slots;
    struct mxs_lane *lanes;
    uint32_t lane_count, lane_next;
    struct mxs_bucket bucket; /* --rate */
    struct mxs_polite polite;
    uint64_t attempts;       /* given to resolvers */
    uint64_t extra;          /* datagrams they sent beyond that, already taken from the bucket */

    enum phase phase;
    enum mxs_err err;
    uint32_t limit, running; /* questions of this stage */
    uint32_t tries, tries_next; /* of each in this stage, and in the next: 0 as the options say */
    uint32_t open;           /* attempts on their way */
    bool source_end, source_dry, sink_full;
    mxs_scheduler_source source;
    mxs_scheduler_sink sink;
    mxs_scheduler_idle idle;
    void *arg;
    bool pumping, pump_again;
    uint32_t pump_left; /* questions this pump may give to resolvers */

    uv_timer_t tick, end, drain;
    uint64_t random;
    uint32_t handles;
    uint64_t now_ns, skipped_ns, ticked_ns;
    uint64_t outage_ns; /* how long no resolver has been fit */
    uint64_t paused_ns;
    bool paused;
    struct mxs_scheduler_status status;
};

static void pump(struct mxs_scheduler *scheduler, uint32_t most);

/* ---- the end of a question, and of a stage ---- */

static void on_end(uv_timer_t *timer)
{
    struct mxs_scheduler *scheduler = timer->data;
    if (scheduler->phase != PHASE_ENDED)
        return;
    scheduler->phase = PHASE_NONE;
    uv_timer_stop(&scheduler->tick);
    uv_timer_stop(&scheduler->drain);
    scheduler->idle(scheduler->arg, scheduler->err);
}

/* Ends the stage; idle is called from the loop. What is still there is dropped without an answer. */
static void end_stage(struct mxs_scheduler *scheduler, enum mxs_err err)
{
    if (scheduler->phase == PHASE_ENDED && scheduler->err == MXS_OK)
        scheduler->err = err;
    if (scheduler->phase == PHASE_ENDED || scheduler->phase == PHASE_NONE)
        return;
    scheduler->phase = PHASE_ENDED;
    scheduler->err = err;
    while (scheduler->slots.age.first != NULL) {
        struct mxs_slot *slot = scheduler->slots.age.first;
        mxs_slots_end(&scheduler->slots, slot);
        if (!slot->open)
            mxs_slots_put(&scheduler->slots, slot);
    }
    scheduler->running = 0;
    MXS_ASSERT(uv_timer_start(&scheduler->end, on_end, 0, 0) == 0);
}

static void end_when_empty(struct mxs_scheduler *scheduler)
{
    if (scheduler->running != 0)
        return;
    if (scheduler->phase == PHASE_STOPPING)
        end_stage(scheduler, MXS_ERR_STOPPED);
    else if (scheduler->phase == PHASE_RUNNING && scheduler->source_end)
        end_stage(scheduler, MXS_OK);
}

/* Hands the answer to the sink and ends the slot. */
static void finish(struct mxs_scheduler *scheduler, struct mxs_slot *slot, const struct mxs_answer *answer,
                   uint32_t rtt_us, bool tcp)
{
    const struct mxs_measurement measurement = {
        .resolver = slot->resolver, .attempts = slot->attempts, .tcp = tcp, .rtt_us = rtt_us,
        .asked_at = slot->asked_at,
    };
    const struct mxs_question question = mxs_slot_question(slot);
    scheduler->status.answered++;
    scheduler->running--;
    mxs_slots_end(&scheduler->slots, slot); /* before the sink: it may wake or stop us */
    enum mxs_err err = scheduler->sink(scheduler->arg, &question, answer, &measurement);
    if (!slot->open)
        mxs_slots_put(&scheduler->slots, slot);
    if (err == MXS_ERR_FULL)
        scheduler->sink_full = true;
    else if (err != MXS_OK)
        end_stage(scheduler, err);
}

/* Nothing settled came: the best that did. */
static void finish_unsettled(struct mxs_scheduler *scheduler, struct mxs_slot *slot)
{
    enum mxs_outcome best = slot->best == (uint8_t)MXS_NOT_ASKED ? MXS_TIMEOUT : (enum mxs_outcome)slot->best;
    const struct mxs_answer answer = {
        .outcome = best, .rcode = slot->best_rcode, .ede = slot->best_ede, .truncated = best == MXS_TRUNCATED,
        .wire = {slot->kept, slot->kept == NULL ? 0 : slot->kept_size},
    };
    finish(scheduler, slot, &answer, slot->rtt_us, slot->best_tcp);
}

/* ---- what an attempt brought ---- */

static bool other_resolver(const struct mxs_scheduler *scheduler, const struct mxs_slot *slot)
{
    return slot->attempts < scheduler->lane_count && slot->attempts < MXS_SLOT_TRIED;
}

static void wait_for_retry(struct mxs_scheduler *scheduler, struct mxs_slot *slot, enum mxs_outcome outcome)
{
    enum mxs_wait wait = other_resolver(scheduler, slot) ? MXS_WAIT_SOON : MXS_WAIT_LATER;
    uint64_t delay_ms = wait == MXS_WAIT_SOON ? SOON_MS : LATER_MS;
    if (outcome == MXS_SERVFAIL) {
        wait = MXS_WAIT_SERVFAIL;
        delay_ms = scheduler->options.servfail_spacing_ms;
    }
    mxs_slots_wait(&scheduler->slots, slot, wait, scheduler->now_ns + delay_ms * MXS_NS_PER_MS);
}

static void attempt_ended(struct mxs_scheduler *scheduler, struct mxs_slot *slot, const struct mxs_answer *answer,
                          uint32_t rtt_us, bool tcp)
{
    if (mxs_outcome_settled(answer->outcome) || answer->outcome == MXS_LIMIT) {
        finish(scheduler, slot, answer, rtt_us, tcp);
        return;
    }
    mxs_slots_remember(slot, answer, rtt_us, tcp);
    if (slot->tries >= scheduler->tries)
        finish_unsettled(scheduler, slot);
    else if (scheduler->phase == PHASE_RUNNING)
        wait_for_retry(scheduler, slot, answer->outcome);
    else { /* stopping: what is not settled stays pending */
        scheduler->running--;
        mxs_slots_end(&scheduler->slots, slot);
        mxs_slots_put(&scheduler->slots, slot);
    }
}

static void wake_polite(struct mxs_scheduler *scheduler, uint32_t counter)
{
    mxs_polite_put(&scheduler->polite, counter);
    for (struct mxs_slot *slot = scheduler->slots.wait[MXS_WAIT_POLITE].first; slot != NULL; slot = slot->wait.next)
        if (slot->counter == counter) {
            mxs_slots_wake(&scheduler->slots, slot);
            mxs_slots_wait(&scheduler->slots, slot, MXS_WAIT_READY, scheduler->now_ns);
            return;
        }
}

static void on_done(void *arg, uint32_t tag, uint32_t resolver, const struct mxs_answer *answer, uint32_t rtt_us,
                    bool tcp)
{
    struct mxs_scheduler *scheduler = arg;
    MXS_ASSERT(tag < scheduler->slots.count);
    struct mxs_slot *slot = &scheduler->slots.slots[tag];
    MXS_ASSERT(slot->open);
    slot->open = false;
    scheduler->open--;
    scheduler->now_ns = mxs_clock_ns() - scheduler->skipped_ns;
    if (mxs_lane_put(&scheduler->lanes[resolver], answer->outcome, slot->epoch, slot->asked_ns,
                     mxs_pool_fit(scheduler->pool, resolver), scheduler->now_ns) &&
        slot->tries > 0)
        slot->tries--; /* the loss is not the question's: it may be asked once more */
    if (scheduler->polite.limit != 0)
        wake_polite(scheduler, slot->counter);
    if (slot->over)
        mxs_slots_put(&scheduler->slots, slot);
    else
        attempt_ended(scheduler, slot, answer, rtt_us, tcp);
    pump(scheduler, PUMP_ANSWER);
}

/* ---- giving questions to resolvers ---- */

/* Whether the slot's question wants to be asked elsewhere, and there is somebody else. */
static bool is_avoided(const struct mxs_scheduler *scheduler, const struct mxs_slot *slot, uint32_t resolver)
{
    if (slot == NULL || !mxs_slot_avoids(slot, resolver))
        return false;
    for (uint32_t i = 0; i < scheduler->lane_count; i++)
        if (!mxs_slot_avoids(slot, i) && mxs_pool_fit(scheduler->pool, i))
            return true;
    return false;
}

/* A resolver with room: for a retry one not tried, else another than the last, else the last; that not before it has waited a while for
 * a place at another that is fit, but not for ever: who can do little must not hold up what others lose. slot NULL: a new question. */
static uint32_t choose(struct mxs_scheduler *scheduler, const struct mxs_slot *slot)
{
    enum { UNTRIED, OTHER, LAST, NONE } best_rank = NONE;
    uint32_t best = NO_LANE, lanes = mxs_bucket_fits(&scheduler->bucket, scheduler->now_ns) ? scheduler->lane_count : 0;
    bool elsewhere = false;
    for (uint32_t i = 0; i < lanes && best_rank != UNTRIED; i++) {
        uint32_t at = scheduler->lane_next + i;
        at -= at >= scheduler->lane_count ? scheduler->lane_count : 0;
        if (!mxs_pool_fit(scheduler->pool, at) || is_avoided(scheduler, slot, at))
            continue;
        int rank = slot == NULL || !mxs_slot_tried(slot, at) ? UNTRIED : slot->resolver != at ? OTHER : LAST;
        elsewhere |= rank != LAST;
        if (rank < (int)best_rank && mxs_lane_fits(&scheduler->lanes[at], scheduler->now_ns))
            best = at, best_rank = rank;
    }
    bool waits = best_rank == LAST && elsewhere && slot->waiting == MXS_WAIT_READY;
    return waits && scheduler->now_ns - slot->due_ns < ELSEWHERE_MS * MXS_NS_PER_MS ? NO_LANE : best;
}

/* One attempt. False: no room after all; the slot waits, ready. */
static bool ask(struct mxs_scheduler *scheduler, struct mxs_slot *slot, uint32_t resolver)
{
    struct mxs_lane *lane = &scheduler->lanes[resolver];
    const struct mxs_question question = mxs_slot_question(slot);
    if (!mxs_polite_fits(&scheduler->polite, slot->counter)) {
        mxs_slots_wait_politely(&scheduler->slots, slot);
        return true;
    }
    enum mxs_err err = mxs_pool_ask(scheduler->pool, resolver, &question, mxs_slots_index(&scheduler->slots, slot));
    if (err == MXS_ERR_FULL || err == MXS_ERR_MEMORY) {
        lane->full = true;
        mxs_slots_wait(&scheduler->slots, slot, MXS_WAIT_READY, scheduler->now_ns);
        return false;
    }
    if (slot->attempts < MXS_SLOT_TRIED)
        slot->tried[slot->attempts] = (uint16_t)resolver;
    scheduler->status.retries += slot->attempts != 0;
    slot->attempts += slot->attempts < UINT8_MAX;
    slot->tries += slot->tries < UINT8_MAX;
    slot->resolver = (uint16_t)resolver;
    slot->asked_at = mxs_clock_steady_s();
    scheduler->lane_next = resolver + 1 == scheduler->lane_count ? 0 : resolver + 1;
    if (err != MXS_OK) { /* no way there from this machine: counts as an attempt, and waits like one */
        const struct mxs_answer answer = {.outcome = err == MXS_ERR_IO ? MXS_UNREACHABLE : MXS_LIMIT};
        mxs_slots_remember(slot, &answer, 0, false);
        lane->full = true;
        mxs_slots_wait(&scheduler->slots, slot, MXS_WAIT_LATER, scheduler->now_ns + LATER_MS * MXS_NS_PER_MS);
        return true;
    }
    mxs_bucket_take(&scheduler->bucket, scheduler->now_ns, 1);
    mxs_polite_take(&scheduler->polite, slot->counter);
    slot->asked_ns = scheduler->now_ns;
    slot->epoch = mxs_lane_take(lane, scheduler->now_ns);
    scheduler->attempts++;
    slot->open = true;
    scheduler->open++;
    return true;
}

static void wake_due(struct mxs_scheduler *scheduler)
{
    for (int wait = MXS_WAIT_SOON; wait <= MXS_WAIT_SERVFAIL; wait++) {
        struct mxs_slot *slot;
        while (scheduler->phase == PHASE_RUNNING && (slot = scheduler->slots.wait[wait].first) != NULL && slot->due_ns <= scheduler->now_ns) {
            mxs_slots_wake(&scheduler->slots, slot);
            if (slot->tries >= scheduler->tries || slot->best == MXS_LIMIT)
                finish_unsettled(scheduler, slot);
            else
                mxs_slots_wait(&scheduler->slots, slot, MXS_WAIT_READY, scheduler->now_ns);
        }
    }
}

/* Retries first: they are older. Who waits for a place elsewhere keeps nobody from those there are. False: there are none. */
static bool pump_retries(struct mxs_scheduler *scheduler)
{
    struct mxs_slot *slot = scheduler->slots.wait[MXS_WAIT_READY].first;
    for (uint32_t waiters = 0; slot != NULL && waiters < WAITERS_MAX && scheduler->pump_left > 0;) {
        struct mxs_slot *next = slot->wait.next;
        uint32_t resolver = choose(scheduler, slot);
        if (resolver != NO_LANE) {
            scheduler->pump_left--;
            mxs_slots_wake(&scheduler->slots, slot);
            (void)ask(scheduler, slot, resolver); /* no room: it is ready again, behind the others */
        } else if (choose(scheduler, NULL) == NO_LANE) {
            return false;
        } else {
            waiters++;
        }
        slot = next;
    }
    return true;
}

static void pump_source(struct mxs_scheduler *scheduler)
{
    while (!scheduler->source_end && !scheduler->source_dry && !scheduler->sink_full && scheduler->pump_left > 0 &&
           scheduler->running < scheduler->limit && mxs_slots_free(&scheduler->slots)) {
        uint32_t resolver = choose(scheduler, NULL);
        if (resolver == NO_LANE)
            return;
        struct mxs_question question;
        enum mxs_err err = scheduler->source(scheduler->arg, &question);
        scheduler->source_end = err == MXS_ERR_END;
        scheduler->source_dry = err == MXS_ERR_FULL;
        if (scheduler->source_end || scheduler->source_dry)
            return;
        struct mxs_slot *slot = err == MXS_OK ? mxs_slots_take(&scheduler->slots, &question, scheduler->now_ns) : NULL;
        if (slot == NULL) {
            end_stage(scheduler, err == MXS_OK ? MXS_ERR_MEMORY : err);
            return;
        }
        slot->counter = mxs_polite_find(&scheduler->polite, question.name);
        scheduler->running++;
        scheduler->pump_left--;
        scheduler->status.asked++;
        if (is_avoided(scheduler, slot, resolver) && (resolver = choose(scheduler, slot)) == NO_LANE)
            mxs_slots_wait(&scheduler->slots, slot, MXS_WAIT_READY, scheduler->now_ns);
        else
            (void)ask(scheduler, slot, resolver);
    }
}

static void pump(struct mxs_scheduler *scheduler, uint32_t most)
{
    if (scheduler->pumping) {
        scheduler->pump_again = true;
        return;
    }
    scheduler->pumping = true;
    scheduler->pump_left = most;
    do {
        scheduler->pump_again = false;
        if (scheduler->phase == PHASE_RUNNING && pump_retries(scheduler))
            pump_source(scheduler);
    } while (scheduler->pump_again);
    scheduler->pumping = false;
    end_when_empty(scheduler);
}

/* ---- the clock ---- */

/* Datagrams nobody here asked for one by one (questions repeated without EDNS, control questions) count, too. */
static void pay_extra_datagrams(struct mxs_scheduler *scheduler)
{
    if (scheduler->bucket.interval_ns == 0)
        return;
    uint64_t datagrams = 0;
    for (uint32_t i = 0; i < scheduler->lane_count; i++)
        datagrams += mxs_resolver_counts(mxs_pool_resolver(scheduler->pool, i))->datagrams;
    uint64_t known = scheduler->attempts + scheduler->extra;
    if (datagrams > known) {
        mxs_bucket_take(&scheduler->bucket, scheduler->now_ns, datagrams - known);
        scheduler->extra += datagrams - known;
    }
}

static bool any_fit(const struct mxs_scheduler *scheduler)
{
    for (uint32_t i = 0; i < scheduler->lane_count; i++)
        if (mxs_pool_fit(scheduler->pool, i))
            return true;
    return false;
}

/* Moves the clock on, unless the program stood still or there is nobody to ask. */
static void move_clock(struct mxs_scheduler *scheduler)
{
    uint64_t real_ns = mxs_clock_ns();
    uint64_t gap_ns = real_ns - scheduler->ticked_ns;
    scheduler->ticked_ns = real_ns;
    scheduler->paused = !any_fit(scheduler);
    scheduler->paused_ns += scheduler->paused ? gap_ns : 0;
    scheduler->outage_ns = scheduler->paused ? scheduler->outage_ns + (gap_ns > JUMP_NS ? 0 : gap_ns) : 0;
    if (scheduler->paused) /* goes on from where it was, never back */
        scheduler->skipped_ns = real_ns - scheduler->now_ns;
    else if (gap_ns > JUMP_NS)
        scheduler->skipped_ns = real_ns - scheduler->now_ns - JUMP_COUNTS_NS;
    scheduler->now_ns = real_ns - scheduler->skipped_ns;
}

static void end_overdue(struct mxs_scheduler *scheduler)
{
    uint64_t deadline_ns = scheduler->options.deadline_ms * MXS_NS_PER_MS;
    struct mxs_slot *slot;
    while (scheduler->phase == PHASE_RUNNING &&
           (slot = mxs_slots_overdue(&scheduler->slots, deadline_ns, scheduler->now_ns)) != NULL)
        finish_unsettled(scheduler, slot);
}

static void on_tick(uv_timer_t *timer)
{
    struct mxs_scheduler *scheduler = timer->data;
    move_clock(scheduler);
    if ((scheduler->paused && mxs_pool_all_excluded(scheduler->pool)) || 
        scheduler->outage_ns > scheduler->options.outage_wait_ms * MXS_NS_PER_MS) {
        end_stage(scheduler, MXS_ERR_STOPPED);
        return;
    }
    double fastest_qps = 0;
    for (uint32_t i = 0; i < scheduler->lane_count; i++) {
        mxs_lane_tick(&scheduler->lanes[i], mxs_pool_fit(scheduler->pool, i), scheduler->now_ns);
        fastest_qps = fmax(fastest_qps, mxs_window_tick_qps(&scheduler->lanes[i].window));
    }
    if (scheduler->bucket.interval_ns == 0) /* --rate: evenly */
        uv_timer_set_repeat(timer, mxs_pace_tick_ms(&scheduler->random, fastest_qps));
    pay_extra_datagrams(scheduler);
    end_overdue(scheduler);
    wake_due(scheduler);
    pump(scheduler, PUMP_TURN);
}

/* ---- stages ---- */

static enum mxs_err make_lanes(struct mxs_scheduler *scheduler)
{
    scheduler->lane_count = mxs_pool_count(scheduler->pool);
    MXS_ASSERT(scheduler->lane_count >= 1);
    scheduler->lanes = calloc(scheduler->lane_count, sizeof *scheduler->lanes);
    if (scheduler->lanes == NULL)
        return MXS_ERR_MEMORY;
    uint64_t timeout_ns = (scheduler->options.timeout_ms == 0 ? TIMEOUT_MS : scheduler->options.timeout_ms) *
                          MXS_NS_PER_MS;
    mxs_bucket_init(&scheduler->bucket, scheduler->options.rate_qps, BURST_ALL_NS);
    if (mxs_polite_init(&scheduler->polite, scheduler->options.polite, scheduler->options.concurrency,
                        scheduler->options.suffixes) != MXS_OK)
        return MXS_ERR_MEMORY;
    for (uint32_t i = 0; i < scheduler->lane_count; i++) {
        bool spared = mxs_resolver_loopback(mxs_pool_resolver(scheduler->pool, i)) &&
                      !scheduler->options.resolver_rate_set;
        mxs_lane_init(&scheduler->lanes[i], scheduler->options.concurrency,
                      spared ? 0 : scheduler->options.resolver_rate_qps, timeout_ns, mxs_clock_ns());
    }
    return MXS_OK;
}

enum mxs_err mxs_scheduler_create(mxs_scheduler **out, uv_loop_t *loop, mxs_pool *pool,
                                  const struct mxs_scheduler_options *options, struct mxs_detail *detail)
{
    MXS_ASSERT(options->concurrency >= 1 && options->tries >= 1 && options->tries < 256);
    mxs_scheduler *scheduler = calloc(1, sizeof *scheduler);
    if (scheduler == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for the scheduler");
    scheduler->loop = loop;
    scheduler->pool = pool;
    scheduler->options = *options;
    uint64_t key[2];
    mxs_hash_key(key);
    scheduler->random = key[0] | 1;
    if (scheduler->options.concurrency > CONCURRENCY_MAX)
        scheduler->options.concurrency = CONCURRENCY_MAX;
    if (mxs_slots_init(&scheduler->slots, scheduler->options.concurrency) != MXS_OK ||
        make_lanes(scheduler) != MXS_OK) {
        mxs_slots_finish(&scheduler->slots);
        free(scheduler->lanes);
        free(scheduler);
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for %u questions at once", options->concurrency);
    }
    MXS_ASSERT(uv_timer_init(loop, &scheduler->tick) == 0 && uv_timer_init(loop, &scheduler->end) == 0 &&
               uv_timer_init(loop, &scheduler->drain) == 0);
    scheduler->tick.data = scheduler->end.data = scheduler->drain.data = scheduler;
    scheduler->handles = 3;
    mxs_pool_listen(pool, on_done, scheduler);
    *out = scheduler;
    return MXS_OK;
}

static void on_closed(uv_handle_t *handle)
{
    struct mxs_scheduler *scheduler = handle->data;
    if (--scheduler->handles == 0)
        free(scheduler);
}

void mxs_scheduler_destroy(mxs_scheduler **owner)
{
    mxs_scheduler *scheduler = *owner;
    if (scheduler == NULL)
        return;
    *owner = NULL;
    mxs_pool_listen(scheduler->pool, NULL, NULL);
    mxs_slots_finish(&scheduler->slots);
    mxs_polite_finish(&scheduler->polite);
    free(scheduler->lanes);
    uv_close((uv_handle_t *)&scheduler->tick, on_closed);
    uv_close((uv_handle_t *)&scheduler->end, on_closed);
    uv_close((uv_handle_t *)&scheduler->drain, on_closed);
}

void mxs_scheduler_start(mxs_scheduler *scheduler, uint32_t limit, mxs_scheduler_source source,
                         mxs_scheduler_sink sink, mxs_scheduler_idle idle, void *arg)
{
    MXS_ASSERT(scheduler->phase == PHASE_NONE);
    scheduler->phase = PHASE_RUNNING;
    scheduler->err = MXS_OK;
    scheduler->tries = scheduler->tries_next == 0 ? scheduler->options.tries : scheduler->tries_next;
    scheduler->tries_next = 0;
    scheduler->limit = limit == 0 || limit > scheduler->options.concurrency ? scheduler->options.concurrency : limit;
    scheduler->source_end = scheduler->source_dry = scheduler->sink_full = false;
    scheduler->source = source;
    scheduler->sink = sink;
    scheduler->idle = idle;
    scheduler->arg = arg;
    scheduler->outage_ns = 0;
    scheduler->ticked_ns = mxs_clock_ns();
    scheduler->now_ns = scheduler->ticked_ns - scheduler->skipped_ns;
    move_clock(scheduler);
    bool paced = scheduler->bucket.interval_ns != 0;
    /* The first tick begins the asking: nothing is called back from inside start. */
    MXS_ASSERT(uv_timer_start(&scheduler->tick, on_tick, 0, paced ? TICK_PACED_MS : TICK_MS) == 0);
}

void mxs_scheduler_tries(mxs_scheduler *scheduler, uint32_t tries)
{
    MXS_ASSERT(scheduler->phase == PHASE_NONE && tries < 256);
    scheduler->tries_next = tries;
}

void mxs_scheduler_wake(mxs_scheduler *scheduler)
{
    scheduler->source_dry = scheduler->sink_full = false;
    pump(scheduler, PUMP_TURN);
}

static void on_drain(uv_timer_t *timer) { end_stage(timer->data, MXS_ERR_STOPPED); }

void mxs_scheduler_stop(mxs_scheduler *scheduler, uint32_t drain_ms)
{
    if (scheduler->phase != PHASE_RUNNING)
        return;
    scheduler->phase = PHASE_STOPPING;
    struct mxs_slot *slot = scheduler->slots.age.first;
    while (slot != NULL) {
        struct mxs_slot *next = slot->age.next;
        if (!slot->open) {
            scheduler->running--;
            mxs_slots_end(&scheduler->slots, slot);
            mxs_slots_put(&scheduler->slots, slot);
        }
        slot = next;
    }
    MXS_ASSERT(uv_timer_start(&scheduler->drain, on_drain, drain_ms, 0) == 0);
    end_when_empty(scheduler);
}

void mxs_scheduler_status(const mxs_scheduler *scheduler, struct mxs_scheduler_status *out)
{
    *out = scheduler->status;
    out->in_flight = scheduler->open;
    out->waiting = mxs_slots_waiting(&scheduler->slots);
    out->paused = scheduler->paused;
    out->paused_ms = scheduler->paused_ns / MXS_NS_PER_MS;
}

void mxs_scheduler_pace(const mxs_scheduler *scheduler, uint32_t resolver, struct mxs_scheduler_pace *out)
{
    MXS_ASSERT(resolver < scheduler->lane_count);
    const struct mxs_lane *lane = &scheduler->lanes[resolver];
    *out = (struct mxs_scheduler_pace){lane->window.size, lane->in_flight, (uint32_t)lane->window.rate_qps};
}
