#include <criterion/criterion.h>

#include "base/clock.h"
#include "scanner/schedule/scheduler.h"
#include "tests/unit/resolve/responder.h"

#define SUBJECTS 4096
#define SERVERS 3

static uv_loop_t loop;
static uv_timer_t pulse;
static struct responder servers[SERVERS];
static mxs_pool *pool;
static mxs_scheduler *scheduler;
static struct mxs_pool_options pool_options;
static struct mxs_scheduler_options options;

/* What the test asks for, and what it got. */
static struct {
    const char *word;
    uint32_t count, next;
    uint16_t avoid, prefer; /* resolvers, from 1 */
    uint32_t whole;         /* so many have all attempts */
    enum mxs_tries tries;   /* the others */
    bool dry;               /* the source has nothing just now */
    enum mxs_err sink_says; /* from the sink_after-th answer on */
    uint32_t sink_after;
    uint32_t answers, open_max;
    uint8_t calls[SUBJECTS];
    enum mxs_outcome outcomes[SUBJECTS];
    uint32_t attempts[SUBJECTS], wire_size[SUBJECTS];
    uint16_t resolvers[SUBJECTS];
    bool idle;
    enum mxs_err err;
    uint32_t silent, silent_again; /* subjects below the one, and from the other on (0: none), have no answer */
    char name[200];
} seen;

static const char *word_of(uint32_t subject)
{
    bool silent = subject < seen.silent || (seen.silent_again != 0 && subject >= seen.silent_again);
    return silent ? "drop" : seen.word;
}

static enum mxs_err source(void *arg, struct mxs_question *out)
{
    (void)arg;
    if (seen.dry)
        return MXS_ERR_FULL;
    if (seen.next == seen.count)
        return MXS_ERR_END;
    int size = snprintf(seen.name, sizeof seen.name, "%s%u.example", word_of(seen.next), seen.next);
    *out = (struct mxs_question){.name = {seen.name, (uint32_t)size}, .type = MXS_TYPE_MX, .kind = 7,
                                 .subject = seen.next, .avoid = {seen.avoid, 0}, .prefer = seen.prefer,
                                 .tries = seen.next < seen.whole ? MXS_TRIES_ALL : seen.tries};
    seen.next++;
    return MXS_OK;
}

static enum mxs_err sink(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                         const struct mxs_measurement *measurement)
{
    (void)arg;
    char name[200];
    int size = snprintf(name, sizeof name, "%s%u.example", word_of(question->subject), question->subject);
    cr_assert(mxs_text_equal(question->name, (struct mxs_text){name, (uint32_t)size}));
    cr_assert_eq(question->kind, 7);
    struct mxs_scheduler_status status;
    mxs_scheduler_status(scheduler, &status);
    if (status.in_flight + 1 > seen.open_max)
        seen.open_max = status.in_flight + 1;
    seen.calls[question->subject]++;
    seen.outcomes[question->subject] = answer->outcome;
    seen.wire_size[question->subject] = answer->wire.size_bytes;
    seen.attempts[question->subject] = measurement->attempts;
    seen.resolvers[question->subject] = measurement->resolver;
    return ++seen.answers >= seen.sink_after ? seen.sink_says : MXS_OK;
}

static void idle(void *arg, enum mxs_err err)
{
    (void)arg;
    cr_assert_not(seen.idle, "idle twice");
    seen.idle = true;
    seen.err = err;
}

static void setup(void)
{
    cr_assert_eq(uv_loop_init(&loop), 0);
    responder_pulse_start(&pulse, &loop);
    for (int i = 0; i < SERVERS; i++)
        responder_start(&servers[i], &loop);
    pool_options = (struct mxs_pool_options){.resolver = {.timeout_ms = 200, .channels_max = 64, .tcp_max = 16,
                                                          .edns_payload = 1232, .edns_probe_ms = 1000}};
    options = (struct mxs_scheduler_options){.concurrency = 64, .tries = 3, .deadline_ms = 5000,
                                             .servfail_spacing_ms = 300, .resolver_rate_qps = 500,
                                             .outage_wait_ms = 1000};
}

static void open_all(int server_count)
{
    struct mxs_detail detail;
    cr_assert_eq(mxs_pool_create(&pool, &loop, &pool_options, &detail), MXS_OK);
    for (int i = 0; i < server_count; i++)
        cr_assert_eq(mxs_pool_put(pool, servers[i].address, &detail), MXS_OK);
    cr_assert_eq(mxs_scheduler_create(&scheduler, &loop, pool, &options, &detail), MXS_OK);
}

static void begin(const char *word, uint32_t count)
{
    memset(&seen, 0, sizeof seen);
    seen.word = word;
    seen.count = count;
    mxs_scheduler_start(scheduler, 0, source, sink, idle, NULL);
}

static void finish_stage(void)
{
    while (!seen.idle)
        uv_run(&loop, UV_RUN_ONCE);
}

static void expect_all(enum mxs_outcome outcome)
{
    cr_expect_eq(seen.err, MXS_OK);
    cr_expect_eq(seen.answers, seen.count);
    for (uint32_t i = 0; i < seen.count; i++) {
        cr_assert_eq(seen.calls[i], 1);
        cr_assert_eq(seen.outcomes[i], outcome, "%u: %s", i, mxs_outcome_text(seen.outcomes[i]));
    }
}

static void teardown(void)
{
    mxs_scheduler_destroy(&scheduler);
    mxs_pool_destroy(&pool);
    for (int i = 0; i < SERVERS; i++)
        responder_stop(&servers[i]);
    uv_close((uv_handle_t *)&pulse, NULL);
    cr_assert_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
    cr_assert_eq(uv_loop_close(&loop), 0);
}

TestSuite(scheduler, .init = setup, .fini = teardown, .timeout = 60);

static uint64_t now_ms(void) { return mxs_clock_ns() / MXS_NS_PER_MS; }

Test(scheduler, timeouts_are_tried_over_different_resolvers_and_end)
{
    open_all(3);
    uint64_t begun_ms = now_ms();
    begin("drop", 10);
    finish_stage();
    expect_all(MXS_TIMEOUT);
    /* Nothing else is heard, so control questions are asked in every timeout that goes by: three, as one may be lost.
     */
    uint64_t controls_max = 3 * ((now_ms() - begun_ms) / pool_options.resolver.timeout_ms + 1);
    for (int i = 0; i < SERVERS; i++) {
        cr_expect_eq(servers[i].times['d' - 'a'], 10, "each resolver once per name");
        cr_expect_leq(servers[i].udp_queries, 10 + controls_max, "%u", servers[i].udp_queries);
    }
    cr_expect_eq(seen.attempts[0], 3);
}

/* Of two who may be asked a hundred times a second each, one fails: there is always room for a second failure, and
 * seldom for an answer. */
Test(scheduler, a_retry_waits_for_a_position_at_another_resolver)
{
    options.tries = 2;
    options.resolver_rate_qps = 100;
    options.resolver_rate_set = true;
    open_all(2);
    servers[0].failing = true;
    begin("mx", 60);
    finish_stage();
    expect_all(MXS_ANSWERED);
}

Test(scheduler, servfail_is_spaced_and_bounded)
{
    open_all(1);
    uint64_t begun_ms = now_ms();
    begin("servfail", 5);
    finish_stage();
    expect_all(MXS_SERVFAIL);
    cr_expect_eq(servers[0].udp_queries, 15);
    cr_expect_geq(now_ms() - begun_ms, 600);
}

Test(scheduler, servfail_twice_then_an_answer)
{
    open_all(1);
    servers[0].servfails = 2;
    begin("flaky", 1);
    finish_stage();
    expect_all(MXS_ANSWERED);
    cr_expect_eq(seen.attempts[0], 3);
}

Test(scheduler, a_stage_may_try_once_without_waiting_and_the_next_tries_as_before)
{
    options.servfail_spacing_ms = 400;
    open_all(1);
    uint64_t begun_ms = now_ms();
    mxs_scheduler_tries(scheduler, 1);
    begin("servfail", 5);
    finish_stage();
    expect_all(MXS_SERVFAIL);
    cr_expect_eq(servers[0].udp_queries, 5);
    cr_expect_lt(now_ms() - begun_ms, 400);
    begin("servfail", 1);
    finish_stage();
    cr_expect_eq(servers[0].udp_queries, 5 + 3);
}

Test(scheduler, a_question_may_have_all_attempts_in_a_stage_that_tries_once)
{
    open_all(1);
    mxs_scheduler_tries(scheduler, 1);
    begin("servfail", 5);
    seen.whole = 2;
    finish_stage();
    expect_all(MXS_SERVFAIL);
    for (uint32_t i = 0; i < 5; i++)
        cr_expect_eq(seen.attempts[i], i < 2 ? 3 : 1, "%u: %u", i, seen.attempts[i]);
}

Test(scheduler, a_question_may_have_one_attempt_in_a_stage_that_gives_more)
{
    open_all(1);
    begin("drop", 5);
    seen.whole = 2;
    seen.tries = MXS_TRIES_ONE;
    finish_stage();
    expect_all(MXS_TIMEOUT);
    for (uint32_t i = 0; i < 5; i++)
        cr_expect(i < 2 ? seen.attempts[i] >= 3 : seen.attempts[i] == 1, "%u: %u", i, seen.attempts[i]);
}

Test(scheduler, a_resolver_to_avoid_is_asked_only_when_no_other_is_fit)
{
    open_all(3);
    begin("mx", 200);
    seen.avoid = 2;
    finish_stage();
    expect_all(MXS_ANSWERED);
    cr_expect_eq(servers[1].udp_queries, 0);
    for (uint32_t i = 0; i < 200; i++)
        cr_expect_neq(seen.resolvers[i], 1);
}

Test(scheduler, who_is_preferred_is_asked_alone_while_it_is_fit)
{
    open_all(3);
    begin("mx", 200);
    seen.prefer = 2;
    finish_stage();
    expect_all(MXS_ANSWERED);
    for (uint32_t i = 0; i < 200; i++)
        cr_expect_eq(seen.resolvers[i], 1);
}

Test(scheduler, the_only_resolver_is_asked_although_it_should_be_avoided)
{
    open_all(1);
    begin("mx", 50);
    seen.avoid = 1;
    finish_stage();
    expect_all(MXS_ANSWERED);
}

Test(scheduler, a_silent_resolver_costs_no_name)
{
    open_all(3);
    servers[1].silent = true;
    begin("mx", 300);
    finish_stage();
    expect_all(MXS_ANSWERED);
    for (uint32_t i = 0; i < 300; i++)
        cr_expect_neq(seen.resolvers[i], 1);
}

Test(scheduler, whose_breaker_is_open_is_asked_control_questions_only)
{
    open_all(2);
    servers[1].silent = true;
    begin("mx", 300);
    finish_stage();
    while (mxs_pool_fit(pool, 1))
        uv_run(&loop, UV_RUN_ONCE);
    uint32_t asked = servers[1].times['m' - 'a'], queries = servers[1].udp_queries;
    begin("mx", 300);
    finish_stage();
    expect_all(MXS_ANSWERED);
    while (servers[1].udp_queries == queries) /* a control question, within seconds */
        uv_run(&loop, UV_RUN_ONCE);
    cr_expect_eq(servers[1].times['m' - 'a'], asked, "a name");
    servers[1].silent = false;
    while (!mxs_pool_fit(pool, 1))
        uv_run(&loop, UV_RUN_ONCE);
    begin("mx", 300);
    finish_stage();
    expect_all(MXS_ANSWERED);
    cr_expect_gt(servers[1].times['m' - 'a'], asked, "load returns");
}

Test(scheduler, a_dead_resolver_costs_no_name)
{
    open_all(3);
    responder_stop(&servers[2]);
    begin("mx", 300);
    finish_stage();
    expect_all(MXS_ANSWERED);
}

Test(scheduler, the_best_of_the_attempts_is_delivered_with_its_bytes)
{
    open_all(1);
    begin("malformed", 3);
    finish_stage();
    expect_all(MXS_MALFORMED);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_gt(seen.wire_size[i], 12);
}

Test(scheduler, settled_ends_at_once)
{
    open_all(1);
    begin("nxdomain", 100);
    finish_stage();
    expect_all(MXS_NXDOMAIN);
    cr_expect_eq(servers[0].udp_queries, 100);
    begin("nodata", 100);
    finish_stage();
    expect_all(MXS_NODATA);
    begin("tc", 100);
    finish_stage();
    expect_all(MXS_ANSWERED);
}

Test(scheduler, the_deadline_ends_a_question)
{
    options.deadline_ms = 300;
    options.tries = 200;
    open_all(1);
    uint64_t begun_ms = now_ms();
    begin("drop", 20);
    finish_stage();
    expect_all(MXS_TIMEOUT);
    cr_expect_lt(now_ms() - begun_ms, 2000);
    begin("mx", 200); /* the slots of the late attempts come back */
    finish_stage();
    expect_all(MXS_ANSWERED);
}

Test(scheduler, never_more_than_concurrency)
{
    options.concurrency = 8;
    open_all(2);
    begin("mx", 1000);
    finish_stage();
    expect_all(MXS_ANSWERED);
    cr_expect_leq(seen.open_max, 8);
}

Test(scheduler, the_source_may_pause)
{
    open_all(1);
    begin("mx", 10);
    seen.dry = true;
    for (int i = 0; i < 30; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    cr_expect_eq(seen.answers, 0);
    cr_expect_not(seen.idle);
    seen.dry = false;
    mxs_scheduler_wake(scheduler);
    finish_stage();
    expect_all(MXS_ANSWERED);
}

Test(scheduler, who_is_silent_is_not_asked_once_more_while_others_wait_for_room)
{
    enum { SILENT = 8 };
    pool_options.resolver.timeout_ms = options.timeout_ms = 1000;
    options.deadline_ms = 60000;
    options.rate_qps = 100; /* there is always one that is new, and waits for its turn */
    open_all(1);
    begin("mx", SUBJECTS);
    seen.silent = SILENT;
    for (int i = 0; i < SILENT; i++) {
        while (seen.calls[i] == 0)
            uv_run(&loop, UV_RUN_ONCE);
        cr_expect_eq(seen.outcomes[i], MXS_TIMEOUT);
        cr_expect_eq(seen.attempts[i], options.tries, "%d: %u attempts", i, seen.attempts[i]);
    }
    cr_assert_lt(seen.next, SUBJECTS - SILENT);
    seen.silent_again = seen.next;
    while (seen.next < seen.silent_again + SILENT)
        uv_run(&loop, UV_RUN_ONCE);
    seen.dry = true; /* all that are left are silent: they alone keep the room */
    while (seen.answers < seen.next)
        uv_run(&loop, UV_RUN_ONCE);
    cr_expect_not(seen.idle);
}

Test(scheduler, more_may_come_after_the_end)
{
    pool_options.resolver.timeout_ms = options.timeout_ms = 1000;
    open_all(1);
    begin("drop", 1);
    while (seen.next < 1)
        uv_run(&loop, UV_RUN_ONCE);
    for (int i = 0; i < 10; i++) /* it is at its end, and the question is still open */
        uv_run(&loop, UV_RUN_ONCE);
    cr_assert_eq(seen.answers, 0);
    seen.count = 2;
    mxs_scheduler_wake(scheduler);
    finish_stage();
    expect_all(MXS_TIMEOUT);
}

Test(scheduler, silent_names_do_not_keep_all_slots_until_their_deadline)
{
    options.concurrency = 8;
    options.timeout_ms = 200;
    options.deadline_ms = 600000;
    open_all(1);
    begin("drop", 100);
    finish_stage();
    expect_all(MXS_TIMEOUT);
}

Test(scheduler, a_full_sink_stops_the_asking_until_woken)
{
    open_all(1);
    begin("mx", 1000);
    seen.sink_says = MXS_ERR_FULL;
    seen.sink_after = 10;
    for (int i = 0; i < 60; i++)
        uv_run(&loop, UV_RUN_ONCE);
    cr_expect_leq(seen.answers, 10 + 64);
    cr_expect_geq(seen.answers, 10);
    seen.sink_says = MXS_OK;
    mxs_scheduler_wake(scheduler);
    finish_stage();
    expect_all(MXS_ANSWERED);
}

Test(scheduler, a_sink_error_ends_the_stage)
{
    open_all(1);
    begin("mx", 1000);
    seen.sink_says = MXS_ERR_DISK;
    seen.sink_after = 100;
    finish_stage();
    cr_expect_eq(seen.err, MXS_ERR_DISK);
    cr_expect_eq(seen.answers, 100);
}

Test(scheduler, stop_drains_and_drops)
{
    open_all(1);
    begin("drop", 1000);
    for (int i = 0; i < 5; i++)
        uv_run(&loop, UV_RUN_ONCE);
    uint64_t begun_ms = now_ms();
    mxs_scheduler_stop(scheduler, 50);
    finish_stage();
    cr_expect_lt(now_ms() - begun_ms, 1000);
    cr_expect_eq(seen.err, MXS_ERR_STOPPED);
    cr_expect_eq(seen.answers, 0, "what is not settled stays pending");
    begin("mx", 100);
    finish_stage();
    expect_all(MXS_ANSWERED);
}

Test(scheduler, long_names_survive_their_retries)
{
    open_all(1);
    servers[0].servfails = 1;
    begin("flaky-with-a-label-that-does-not-fit-into-the-slot.and-another-one-that-is-long-enough.x", 1);
    finish_stage();
    expect_all(MXS_ANSWERED);
}

Test(scheduler, rate_is_a_ceiling)
{
    options.rate_qps = 1000;
    open_all(2);
    uint64_t begun_ms = now_ms();
    begin("mx", 600);
    finish_stage();
    expect_all(MXS_ANSWERED);
    uint64_t took_ms = now_ms() - begun_ms;
    cr_expect_geq(took_ms, 570);
    cr_expect_lt(took_ms, 3000);
}

static void on_ready(void *arg, uint32_t answering)
{
    *(uint32_t *)arg = answering;
}

Test(scheduler, the_probe_counts_who_answers)
{
    open_all(3);
    servers[1].silent = true;
    uint32_t answering = UINT32_MAX;
    mxs_pool_probe(pool, on_ready, &answering);
    cr_expect_eq(answering, UINT32_MAX, "called back from inside probe");
    while (answering == UINT32_MAX)
        uv_run(&loop, UV_RUN_ONCE);
    cr_expect_eq(answering, 2);
    cr_expect_not(mxs_pool_fit(pool, 1));
}

Test(scheduler, all_resolvers_away_is_a_pause_and_it_goes_on_by_itself)
{
    options.outage_wait_ms = 20000;
    options.deadline_ms = 1000;
    open_all(2);
    uint16_t ports[2] = {servers[0].port, servers[1].port};
    begin("mx", 2000);
    while (seen.answers < 100)
        uv_run(&loop, UV_RUN_ONCE);
    responder_stop(&servers[0]);
    responder_stop(&servers[1]);
    struct mxs_scheduler_status status = {0};
    for (uint64_t until_ms = now_ms() + 2500; now_ms() < until_ms;)
        uv_run(&loop, UV_RUN_ONCE);
    mxs_scheduler_status(scheduler, &status);
    cr_expect(status.paused);
    uint32_t answered = seen.answers;
    for (uint32_t i = 0; i < seen.count; i++)
        cr_assert(seen.calls[i] == 0 || seen.outcomes[i] == MXS_ANSWERED, "a failure was written: %s after %u",
                  mxs_outcome_text(seen.outcomes[i]), seen.attempts[i]);
    cr_expect_lt(answered, 2000);
    responder_start_at(&servers[0], &loop, ports[0]);
    responder_start_at(&servers[1], &loop, ports[1]);
    uint64_t back_ms = now_ms();
    finish_stage();
    expect_all(MXS_ANSWERED);
    cr_expect_lt(now_ms() - back_ms, 10000);
}

Test(scheduler, an_outage_without_end_stops_the_stage)
{
    open_all(1);
    begin("mx", 2000);
    while (seen.answers < 100)
        uv_run(&loop, UV_RUN_ONCE);
    responder_stop(&servers[0]);
    finish_stage();
    cr_expect_eq(seen.err, MXS_ERR_STOPPED);
    for (uint32_t i = 0; i < seen.count; i++)
        cr_assert(seen.calls[i] == 0 || seen.outcomes[i] == MXS_ANSWERED, "a failure was written: %s after %u",
                  mxs_outcome_text(seen.outcomes[i]), seen.attempts[i]);
}

