/* From question to answer.
 *
 * pump() is the one engine: it gives due retries and then new questions to resolvers until something is full (slots,
 * the stage's limit, the pace, the sockets, the sink). It runs after every answer, at every tick, and when woken;
 * a question is taken from the source only when a resolver can take it at once, so that capacity flows back and
 * nothing piles up here.
 *
 * How long an answer is waited for is one thing, when the next attempt leaves another: a name that is silent for
 * two fifths of the timeout (and longer than its resolver usually takes) is asked again, behind all others that are
 * ready, while the first attempt is still waited for. When the queue is empty it has one attempt more before all have
 * run out: its recheck. So a silent name is over within two timeouts, and nothing waits for it but the end of the
 * stage.
 *
 * One attempt that brought nothing settled contradicts nothing: the best outcome over the attempts is kept, and
 * delivered when there is no attempt left or the deadline is over. A question over its deadline is answered at once;
 * its slot stays taken until its open attempts have returned, so that an answer can never meet the wrong question.
 *
 * Deadlines run on a clock that stands still while the program does not run and while no resolver is there. */
#include "scanner/schedule/scheduler.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/intern.h"
#include "scanner/schedule/internal/dispatch.h"

#define CONCURRENCY_MAX (1u << 20)
#define TICK_MS 10u
#define TICK_PACED_MS 1u
#define JUMP_NS (500 * MXS_NS_PER_MS)
#define TIMEOUT_MS 5000u
#define JUMP_COUNTS_NS (100 * MXS_NS_PER_MS) /* so that the clock moves although every tick is late */
#define RESEND_SHARE 0.4   /* of the timeout: 0, 2 and 4 s of 5 */
#define OWN_SHARE \
    64 /* of the places: for canaries and control questions, so that the ceiling holds for all that leaves */
#define SLOTS_EACH 4u      /* per question in flight: names that are silent or wait for SERVFAIL hold theirs */
#define PUMP_ANSWER \
    32u /* questions that may follow one answer: places are many at once when the sink was full for a while */
#define PUMP_TURN 256u     /* and a tick: the socket of a resolver with an ordinary buffer holds so many */
#define BURST_ALL_NS (2 * MXS_NS_PER_MS)   /* of --rate: never over 105 % in any 100 ms */

enum phase { PHASE_NONE, PHASE_RUNNING, PHASE_STOPPING, PHASE_ENDED };

struct mxs_scheduler {
    uv_loop_t *loop;
    struct mxs_scheduler_options options;
    struct mxs_dispatch dispatch;

    enum phase phase;
    enum mxs_err err;
    uint32_t running;        /* questions of this stage */
    uint32_t tries_next;     /* attempts of each in the next stage: 0 as the options say */
    uint8_t tries;           /* in this stage; 0: none but the recheck */
    bool recheck;            /* silent names have one attempt more when the queue is empty */
    bool source_end, source_full, sink_full;
    mxs_scheduler_source source;
    mxs_scheduler_sink sink;
    mxs_scheduler_idle idle;
    void *arg;
    bool pumping, pump_again;
    uint32_t pump_left; /* questions this pump may give to resolvers */

    uv_timer_t tick, end, drain;
    uint64_t random;
    uint32_t handles;
    uint64_t ticked_ns;
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

static void end_slot(struct mxs_scheduler *scheduler, struct mxs_slot *slot)
{
    scheduler->running--;
    scheduler->dispatch.silent -= slot->silent;
    scheduler->dispatch.open -= slot->open != 0; /* what still returns is answered, and counts no more */
    mxs_slots_end(&scheduler->dispatch.slots, slot);
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
    while (scheduler->dispatch.slots.age.first != NULL) {
        struct mxs_slot *slot = scheduler->dispatch.slots.age.first;
        end_slot(scheduler, slot);
        if (slot->open == 0)
            mxs_slots_put(&scheduler->dispatch.slots, slot);
    }
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
        .asked_at = slot->asked_at, .rechecked = slot->rechecked,
    };
    const struct mxs_question question = mxs_slot_question(slot);
    scheduler->status.answered++;
    end_slot(scheduler, slot); /* before the sink: it may wake or stop us */
    enum mxs_err err = scheduler->sink(scheduler->arg, &question, answer, &measurement);
    if (slot->open == 0)
        mxs_slots_put(&scheduler->dispatch.slots, slot);
    if (err == MXS_ERR_FULL)
        scheduler->sink_full = true;
    else if (err != MXS_OK)
        end_stage(scheduler, err);
}

/* Nothing settled came: the best that did. */
static void finish_unsettled(struct mxs_scheduler *scheduler, struct mxs_slot *slot)
{
    enum mxs_outcome best = slot->best == (uint8_t)MXS_NOT_ASKED ? MXS_TIMEOUT : (enum mxs_outcome)slot->best;
    bool kept = best == MXS_MALFORMED && slot->kept != NULL, beside = kept && slot->alias_size != 0;
    const struct mxs_answer answer = {
        .outcome = best, .rcode = slot->best_rcode, .ede = slot->best_ede, .truncated = best == MXS_TRUNCATED,
        .wire = {slot->kept, slot->kept == NULL ? 0 : slot->kept_size}, .alias_beside = beside,
        .alias = {beside ? (const char *)slot->kept + slot->kept_size : NULL, beside ? slot->alias_size : 0},
    };
    finish(scheduler, slot, &answer, slot->rtt_us, slot->best_tcp);
}

/* ---- what an attempt brought ---- */

/* Of two resolvers the one that filters nothing decides: the answer is kept back until another one has said so, too, or
 * something else. Where nobody else can be asked it stands. */
static bool wants_another(struct mxs_scheduler *scheduler, struct mxs_slot *slot, uint32_t resolver)
{
    bool other = slot->doubted == resolver + 1; /* nothing new: the other one is waited for */
    for (uint32_t i = 0; i < scheduler->dispatch.flow_count && !other && slot->doubted == 0; i++)
        other = !mxs_slot_tried(slot, i) && mxs_pool_fit(scheduler->dispatch.pool, i);
    if (other && slot->doubted == 0 && slot->tries >= slot->most)
        slot->tries = slot->most - (slot->most != 0); /* the other one has its turn */
    if (other)
        slot->doubted = (uint16_t)(resolver + 1);
    return other;
}

static void attempt_ended(struct mxs_scheduler *scheduler, struct mxs_slot *slot, struct mxs_slot_attempt *attempt,
                          const struct mxs_answer *answer, uint32_t rtt_us, bool tcp)
{
    const struct mxs_answer doubtful = {.outcome = MXS_FILTERED, .rcode = answer->rcode, .ede = answer->ede};
    if (answer->doubtful && wants_another(scheduler, slot, attempt->resolver))
        answer = &doubtful;
    if (mxs_outcome_settled(answer->outcome) || answer->outcome == MXS_LIMIT) {
        if (slot->doubted != 0 && !answer->doubtful)
            mxs_pool_contradict(scheduler->dispatch.pool, slot->doubted - 1u);
        slot->resolver = attempt->resolver;
        mxs_dispatch_blame(&scheduler->dispatch, slot, attempt->resolver);
        if (answer->outcome == MXS_ANSWERED && scheduler->dispatch.flows[attempt->resolver].no_canary) {
            const struct mxs_question question = mxs_slot_question(slot);
            mxs_pool_learn(scheduler->dispatch.pool, attempt->resolver, &question);
        }
        finish(scheduler, slot, answer, rtt_us, tcp);
        return;
    }
    attempt->silent = answer->outcome == MXS_TIMEOUT;
    mxs_slots_remember(slot, answer, rtt_us, tcp);
    if (slot->open != 0) {
        if (answer->outcome == MXS_SERVFAIL && slot->tries < slot->most &&
            scheduler->phase == PHASE_RUNNING)
            mxs_dispatch_wait(&scheduler->dispatch, slot, answer->outcome);
        return;
    }
    if (slot->tries >= slot->most && mxs_dispatch_silence_tells(&scheduler->dispatch, slot)) {
        finish_unsettled(scheduler, slot);
    } else if (scheduler->phase == PHASE_RUNNING) {
        mxs_dispatch_wait(&scheduler->dispatch, slot, answer->outcome);
    } else { /* stopping: what is not settled stays pending */
        end_slot(scheduler, slot);
        mxs_slots_put(&scheduler->dispatch.slots, slot);
    }
}

static void wake_polite(struct mxs_scheduler *scheduler, uint32_t counter)
{
    mxs_polite_put(&scheduler->dispatch.polite, counter);
    for (struct mxs_slot *slot = scheduler->dispatch.slots.wait[MXS_WAIT_POLITE].first; slot != NULL;
         slot = slot->wait.next)
        if (slot->counter == counter) {
            mxs_slots_wake(&scheduler->dispatch.slots, slot);
            mxs_slots_wait(&scheduler->dispatch.slots, slot, MXS_WAIT_READY, scheduler->dispatch.now_ns);
            return;
        }
}

static void on_done(void *arg, uint32_t tag, uint32_t resolver, const struct mxs_answer *answer, uint32_t rtt_us,
                    bool tcp)
{
    struct mxs_scheduler *scheduler = arg;
    MXS_ASSERT(tag / MXS_SLOT_OPEN_MAX < scheduler->dispatch.slots.count);
    struct mxs_slot *slot = &scheduler->dispatch.slots.slots[tag / MXS_SLOT_OPEN_MAX];
    struct mxs_slot_attempt *attempt = &slot->tried[tag % MXS_SLOT_OPEN_MAX];
    MXS_ASSERT(attempt->open && attempt->resolver == resolver);
    attempt->open = false;
    slot->open--;
    scheduler->dispatch.open -= slot->open == 0 && !slot->over;
    scheduler->dispatch.now_ns = mxs_clock_ns() - scheduler->dispatch.skipped_ns;
    if (mxs_flow_put(&scheduler->dispatch.flows[resolver], answer->outcome, attempt->epoch, attempt->asked_ns,
                     slot->silent, mxs_pool_fit(scheduler->dispatch.pool, resolver), scheduler->dispatch.now_ns) &&
        slot->tries > 0)
        slot->tries--; /* the loss is not the question's: it may be asked once more */
    if (scheduler->dispatch.polite.limit != 0)
        wake_polite(scheduler, slot->counter);
    if (!slot->over)
        attempt_ended(scheduler, slot, attempt, answer, rtt_us, tcp);
    else if (slot->open == 0)
        mxs_slots_put(&scheduler->dispatch.slots, slot);
    pump(scheduler, PUMP_ANSWER);
}

static void on_canary(void *arg, uint32_t resolver, enum mxs_outcome outcome, uint32_t rtt_us)
{
    struct mxs_scheduler *scheduler = arg;
    scheduler->dispatch.now_ns = mxs_clock_ns() - scheduler->dispatch.skipped_ns;
    mxs_flow_put_canary(&scheduler->dispatch.flows[resolver], outcome, scheduler->dispatch.now_ns - rtt_us * 1000ull,
                        scheduler->dispatch.now_ns);
}

/* ---- giving questions to resolvers ---- */

/* Nothing is left to be asked for the first time; or silent names alone hold up what is. */
static bool queue_is_empty(const struct mxs_scheduler *scheduler)
{
    bool held_up = scheduler->source_full || !mxs_slots_free(&scheduler->dispatch.slots);
    return scheduler->source_end || (held_up && scheduler->dispatch.open <= scheduler->dispatch.silent);
}

static void wake_due(struct mxs_scheduler *scheduler)
{
    for (struct mxs_slot *slot; scheduler->phase == PHASE_RUNNING &&
                                (slot = mxs_dispatch_last(&scheduler->dispatch)) != NULL;)
        finish_unsettled(scheduler, slot);
    mxs_dispatch_wake(&scheduler->dispatch);
    if (queue_is_empty(scheduler))
        mxs_dispatch_recheck(&scheduler->dispatch);
    for (int wait = MXS_WAIT_SOON; wait <= MXS_WAIT_SERVFAIL; wait++) {
        struct mxs_slot *slot;
        while (scheduler->phase == PHASE_RUNNING && (slot = scheduler->dispatch.slots.wait[wait].first) != NULL &&
               slot->due_ns <= scheduler->dispatch.now_ns) {
            mxs_slots_wake(&scheduler->dispatch.slots, slot);
            bool spent =
                (slot->tries >= slot->most && mxs_dispatch_silence_tells(&scheduler->dispatch, slot)) ||
                slot->best == MXS_LIMIT;
            slot->tries -= !spent && slot->tries >= slot->most &&
                           slot->open == 0; /* its resolver was silent, too */
            if (spent && slot->open == 0)
                finish_unsettled(scheduler, slot);
            else
                mxs_slots_wait(&scheduler->dispatch.slots, slot, MXS_WAIT_READY, scheduler->dispatch.now_ns);
        }
    }
}

static void pump_source(struct mxs_scheduler *scheduler)
{
    while (!scheduler->source_end && !scheduler->source_full && !scheduler->sink_full && scheduler->pump_left > 0 &&
           mxs_slots_free(&scheduler->dispatch.slots)) {
        uint32_t resolver = mxs_dispatch_find(&scheduler->dispatch, NULL);
        if (resolver == MXS_NO_FLOW)
            return;
        struct mxs_question question;
        enum mxs_err err = scheduler->source(scheduler->arg, &question);
        scheduler->source_end = err == MXS_ERR_END;
        scheduler->source_full = err == MXS_ERR_FULL;
        if (scheduler->source_end || scheduler->source_full)
            return;
        struct mxs_slot *slot =
            err == MXS_OK ? mxs_slots_take(&scheduler->dispatch.slots, &question, scheduler->dispatch.now_ns) : NULL;
        if (slot == NULL) {
            end_stage(scheduler, err == MXS_OK ? MXS_ERR_MEMORY : err);
            return;
        }
        slot->most = question.tries == MXS_TRIES_STAGE ? scheduler->tries
                     : question.tries == MXS_TRIES_ALL ? (uint8_t)scheduler->options.tries
                                                       : question.tries == MXS_TRIES_ONE; /* a glance: the recheck */
        slot->may_recheck = question.tries == MXS_TRIES_STAGE ? scheduler->recheck : question.tries == MXS_TRIES_ALL;
        slot->counter = mxs_polite_find(&scheduler->dispatch.polite, question.name);
        scheduler->running++;
        scheduler->pump_left--;
        scheduler->status.asked++;
        if (mxs_dispatch_avoids(&scheduler->dispatch, slot, resolver) &&
            (resolver = mxs_dispatch_find(&scheduler->dispatch, slot)) == MXS_NO_FLOW)
            mxs_slots_wait(&scheduler->dispatch.slots, slot, MXS_WAIT_READY, scheduler->dispatch.now_ns);
        else
            (void)mxs_dispatch_ask(&scheduler->dispatch, slot, resolver);
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
        if (scheduler->phase == PHASE_RUNNING && mxs_dispatch_retry(&scheduler->dispatch, &scheduler->pump_left))
            pump_source(scheduler);
    } while (scheduler->pump_again);
    scheduler->pumping = false;
    end_when_empty(scheduler);
}

/* ---- the clock ---- */

/* Datagrams nobody here asked for one by one (questions repeated without EDNS, control questions) count, too. */
static void pay_extra_datagrams(struct mxs_scheduler *scheduler)
{
    if (scheduler->dispatch.bucket.interval_ns == 0)
        return;
    uint64_t datagrams = 0;
    for (uint32_t i = 0; i < scheduler->dispatch.flow_count; i++)
        datagrams += mxs_resolver_counts(mxs_pool_resolver(scheduler->dispatch.pool, i))->datagrams;
    uint64_t known = scheduler->dispatch.attempts + scheduler->dispatch.extra;
    if (datagrams > known) {
        mxs_bucket_take(&scheduler->dispatch.bucket, scheduler->dispatch.now_ns, datagrams - known);
        scheduler->dispatch.extra += datagrams - known;
    }
}

static bool any_fit(const struct mxs_scheduler *scheduler)
{
    for (uint32_t i = 0; i < scheduler->dispatch.flow_count; i++)
        if (mxs_pool_fit(scheduler->dispatch.pool, i))
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
        scheduler->dispatch.skipped_ns = real_ns - scheduler->dispatch.now_ns;
    else if (gap_ns > JUMP_NS)
        scheduler->dispatch.skipped_ns = real_ns - scheduler->dispatch.now_ns - JUMP_COUNTS_NS;
    scheduler->dispatch.now_ns = real_ns - scheduler->dispatch.skipped_ns;
}

static void end_overdue(struct mxs_scheduler *scheduler)
{
    uint64_t deadline_ns = scheduler->options.deadline_ms * MXS_NS_PER_MS;
    struct mxs_slot *slot;
    while (scheduler->phase == PHASE_RUNNING &&
           (slot = mxs_slots_overdue(&scheduler->dispatch.slots, deadline_ns, scheduler->dispatch.now_ns)) != NULL)
        finish_unsettled(scheduler, slot);
}

static void on_tick(uv_timer_t *timer)
{
    struct mxs_scheduler *scheduler = timer->data;
    move_clock(scheduler);
    if ((scheduler->paused && mxs_pool_all_excluded(scheduler->dispatch.pool)) || 
        scheduler->outage_ns > scheduler->options.outage_wait_ms * MXS_NS_PER_MS) {
        end_stage(scheduler, MXS_ERR_STOPPED);
        return;
    }
    bool paced = false;
    scheduler->dispatch.late_ns = scheduler->dispatch.usual_ns = 0;
    scheduler->dispatch.resend_ns = (uint64_t)((double)scheduler->dispatch.timeout_ns * RESEND_SHARE);
    for (uint32_t i = 0; i < scheduler->dispatch.flow_count; i++) {
        struct mxs_flow *flow = &scheduler->dispatch.flows[i];
        mxs_flow_tick(flow, mxs_pool_fit(scheduler->dispatch.pool, i), scheduler->dispatch.now_ns);
        uint64_t late_ns = mxs_congestion_own_late_ns(&flow->congestion);
        scheduler->dispatch.late_ns =
            late_ns > scheduler->dispatch.late_ns && !flow->away ? late_ns : scheduler->dispatch.late_ns;
        uint64_t usual_ns = mxs_congestion_late_ns(&flow->congestion);
        scheduler->dispatch.usual_ns =
            usual_ns > scheduler->dispatch.usual_ns && !flow->away ? usual_ns : scheduler->dispatch.usual_ns;
        paced |= flow->congestion.rate_qps != 0;
    }
    if (scheduler->dispatch.resend_ns < scheduler->dispatch.late_ns)
        scheduler->dispatch.resend_ns = scheduler->dispatch.late_ns;
    if (scheduler->dispatch.bucket.interval_ns == 0) /* --rate: evenly */
        uv_timer_set_repeat(timer, mxs_congestion_tick_ms(&scheduler->random, paced));
    pay_extra_datagrams(scheduler);
    end_overdue(scheduler);
    wake_due(scheduler);
    pump(scheduler, PUMP_TURN);
}

/* ---- stages ---- */

static enum mxs_err make_flows(struct mxs_scheduler *scheduler)
{
    scheduler->dispatch.flow_count = mxs_pool_count(scheduler->dispatch.pool);
    MXS_ASSERT(scheduler->dispatch.flow_count >= 1);
    scheduler->dispatch.flows = calloc(scheduler->dispatch.flow_count, sizeof *scheduler->dispatch.flows);
    if (scheduler->dispatch.flows == NULL)
        return MXS_ERR_MEMORY;
    scheduler->dispatch.timeout_ns =
        (scheduler->options.timeout_ms == 0 ? TIMEOUT_MS : scheduler->options.timeout_ms) * MXS_NS_PER_MS;
    mxs_bucket_init(&scheduler->dispatch.bucket, scheduler->options.rate_qps, BURST_ALL_NS);
    if (mxs_polite_init(&scheduler->dispatch.polite, scheduler->options.polite, scheduler->options.concurrency,
                        scheduler->options.suffixes) != MXS_OK)
        return MXS_ERR_MEMORY;
    for (uint32_t i = 0; i < scheduler->dispatch.flow_count; i++) {
        bool spared = mxs_resolver_loopback(mxs_pool_resolver(scheduler->dispatch.pool, i)) &&
                      !scheduler->options.resolver_rate_set;
        mxs_flow_init(&scheduler->dispatch.flows[i], scheduler->options.concurrency,
                      spared ? 0 : scheduler->options.resolver_rate_qps, scheduler->dispatch.timeout_ns,
                      mxs_pool_health(scheduler->dispatch.pool, i)->latency_us, mxs_clock_ns());
    }
    return MXS_OK;
}

static uint32_t slots_wanted(uint32_t concurrency)
{
    return concurrency < CONCURRENCY_MAX / SLOTS_EACH ? concurrency * SLOTS_EACH : concurrency;
}

uint32_t mxs_scheduler_capacity(const mxs_scheduler *scheduler) { return scheduler->dispatch.slots.count; }

enum mxs_err mxs_scheduler_create(mxs_scheduler **out, uv_loop_t *loop, mxs_pool *pool,
                                  const struct mxs_scheduler_options *options, struct mxs_detail *detail)
{
    MXS_ASSERT(options->concurrency >= 1 && options->tries >= 1 && options->tries < 256);
    mxs_scheduler *scheduler = calloc(1, sizeof *scheduler);
    if (scheduler == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for the scheduler");
    scheduler->loop = loop;
    scheduler->dispatch.pool = pool;
    scheduler->options = *options;
    scheduler->dispatch.servfail_ms = options->servfail_spacing_ms;
    uint64_t key[2];
    mxs_hash_key(key);
    scheduler->random = key[0] | 1;
    if (scheduler->options.concurrency > CONCURRENCY_MAX)
        scheduler->options.concurrency = CONCURRENCY_MAX;
    if (mxs_slots_init(&scheduler->dispatch.slots, slots_wanted(scheduler->options.concurrency),
                       mxs_pool_count(pool)) != MXS_OK ||
        make_flows(scheduler) != MXS_OK) {
        mxs_slots_finish(&scheduler->dispatch.slots);
        free(scheduler->dispatch.flows);
        free(scheduler);
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for %u questions at once", options->concurrency);
    }
    MXS_ASSERT(uv_timer_init(loop, &scheduler->tick) == 0 && uv_timer_init(loop, &scheduler->end) == 0 &&
               uv_timer_init(loop, &scheduler->drain) == 0);
    scheduler->tick.data = scheduler->end.data = scheduler->drain.data = scheduler;
    scheduler->handles = 3;
    mxs_pool_listen(pool, on_done, on_canary, scheduler);
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
    mxs_pool_listen(scheduler->dispatch.pool, NULL, NULL, NULL);
    mxs_slots_finish(&scheduler->dispatch.slots);
    mxs_polite_finish(&scheduler->dispatch.polite);
    free(scheduler->dispatch.flows);
    uv_close((uv_handle_t *)&scheduler->tick, on_closed);
    uv_close((uv_handle_t *)&scheduler->end, on_closed);
    uv_close((uv_handle_t *)&scheduler->drain, on_closed);
}

void mxs_scheduler_start(mxs_scheduler *scheduler, uint32_t limit, mxs_scheduler_source source,
                         mxs_scheduler_sink sink, mxs_scheduler_idle idle, void *arg)
{
    MXS_ASSERT(scheduler->phase == PHASE_NONE);
    scheduler->phase = PHASE_RUNNING;
    scheduler->dispatch.stopping = false;
    scheduler->err = MXS_OK;
    scheduler->tries = (uint8_t)(scheduler->tries_next == 0 ? scheduler->options.tries : scheduler->tries_next);
    scheduler->recheck = scheduler->tries_next == 0;
    scheduler->tries_next = 0;
    scheduler->dispatch.limit =
        limit == 0 || limit > scheduler->options.concurrency ? scheduler->options.concurrency : limit;
    scheduler->dispatch.limit -= scheduler->dispatch.limit / OWN_SHARE;
    scheduler->source_end = scheduler->source_full = scheduler->sink_full = false;
    scheduler->source = source;
    scheduler->sink = sink;
    scheduler->idle = idle;
    scheduler->arg = arg;
    scheduler->outage_ns = 0;
    scheduler->ticked_ns = mxs_clock_ns();
    scheduler->dispatch.now_ns = scheduler->ticked_ns - scheduler->dispatch.skipped_ns;
    move_clock(scheduler);
    bool paced = scheduler->dispatch.bucket.interval_ns != 0;
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
    scheduler->source_end = scheduler->source_full = scheduler->sink_full = false;
    pump(scheduler, PUMP_TURN);
}

static void on_drain(uv_timer_t *timer) { end_stage(timer->data, MXS_ERR_STOPPED); }

void mxs_scheduler_stop(mxs_scheduler *scheduler, uint32_t drain_ms)
{
    if (scheduler->phase != PHASE_RUNNING)
        return;
    scheduler->phase = PHASE_STOPPING;
    scheduler->dispatch.stopping = true;
    struct mxs_slot *slot = scheduler->dispatch.slots.age.first;
    while (slot != NULL) {
        struct mxs_slot *next = slot->age.next;
        if (slot->open == 0) {
            end_slot(scheduler, slot);
            mxs_slots_put(&scheduler->dispatch.slots, slot);
        }
        slot = next;
    }
    MXS_ASSERT(uv_timer_start(&scheduler->drain, on_drain, drain_ms, 0) == 0);
    end_when_empty(scheduler);
}

/* How long the youngest question may take if it stays silent. */
static uint64_t silent_ms(const struct mxs_scheduler *scheduler)
{
    const struct mxs_slot *last = scheduler->dispatch.slots.age.last;
    uint64_t most_ns = (uint64_t)((MXS_LAST_SHARE + MXS_RECHECK_SHARE) * (double)scheduler->dispatch.timeout_ns);
    uint64_t over_ns = last == NULL ? 0 : last->begun_ns + most_ns;
    return over_ns > scheduler->dispatch.now_ns ? (over_ns - scheduler->dispatch.now_ns) / MXS_NS_PER_MS : 0;
}

void mxs_scheduler_status(const mxs_scheduler *scheduler, struct mxs_scheduler_status *out)
{
    *out = scheduler->status;
    out->retries = scheduler->dispatch.retries;
    out->in_flight = scheduler->dispatch.open;
    out->silent = scheduler->dispatch.silent;
    out->silent_ms = silent_ms(scheduler);
    out->waiting = mxs_slots_waiting(&scheduler->dispatch.slots);
    out->paused = scheduler->paused;
    out->paused_ms = scheduler->paused_ns / MXS_NS_PER_MS;
}

void mxs_scheduler_pace(const mxs_scheduler *scheduler, uint32_t resolver, struct mxs_scheduler_pace *out)
{
    MXS_ASSERT(resolver < scheduler->dispatch.flow_count);
    const struct mxs_flow *flow = &scheduler->dispatch.flows[resolver];
    *out = (struct mxs_scheduler_pace){flow->congestion.size, flow->in_flight, (uint32_t)flow->congestion.rate_qps};
}
