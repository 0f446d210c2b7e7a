#include <criterion/criterion.h>

#include "base/clock.h"
#include "scanner/resolve/internal/datagram.h"
#include "scanner/resolve/resolver.h"
#include "tests/unit/resolve/responder.h"

#define TAGS 60000

static uv_loop_t loop;
static uv_timer_t pulse;
static struct responder server;
static mxs_resolver *resolver;
static struct mxs_resolver_options options;

struct result {
    uint32_t calls, record_count, wire_size;
    enum mxs_outcome outcome;
    uint8_t rcode;
    bool tcp;
};
static struct result *results;
static uint32_t pending, events;
static uint32_t again; /* questions asked from inside an answer that says unreachable */
static bool asking;

static void ask_again(void);

static void on_done(void *arg, uint32_t tag, const struct mxs_answer *answer, uint32_t rtt_us, bool tcp)
{
    (void)arg, (void)rtt_us;
    cr_assert(!asking, "called back inside ask");
    cr_assert_lt(tag, TAGS);
    struct result *result = &results[tag];
    result->calls++;
    result->outcome = answer->outcome;
    result->rcode = answer->rcode;
    result->record_count = answer->record_count;
    result->wire_size = answer->wire.size_bytes;
    result->tcp = tcp;
    pending--;
    if (again != 0 && answer->outcome == MXS_UNREACHABLE)
        ask_again();
}

static void on_event(void *arg)
{
    (void)arg;
    events++;
}

static void setup(void)
{
    cr_assert_eq(uv_loop_init(&loop), 0);
    responder_pulse_start(&pulse, &loop);
    responder_start(&server, &loop);
    results = calloc(TAGS, sizeof *results);
    options = (struct mxs_resolver_options){.timeout_ms = 200, .channels_max = 64, .tcp_max = 16,
                                            .edns_payload = 1232, .edns_probe_ms = 100};
    pending = events = again = 0;
}

static void open_resolver(void)
{
    struct mxs_detail detail;
    cr_assert_eq(mxs_resolver_create(&resolver, &loop, server.address, &options, on_done, on_event, NULL, &detail),
                 MXS_OK);
}

static void close_resolver(void)
{
    mxs_resolver_destroy(&resolver);
    cr_assert_null(resolver);
}

static void teardown(void)
{
    responder_stop(&server);
    uv_close((uv_handle_t *)&pulse, NULL);
    cr_assert_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
    cr_assert_eq(uv_loop_close(&loop), 0);
    free(results);
}

TestSuite(resolver, .init = setup, .fini = teardown, .timeout = 60);

static enum mxs_err ask(const char *name, uint32_t tag)
{
    const struct mxs_question question = {.name = mxs_text_of(name), .type = MXS_TYPE_MX};
    asking = true;
    enum mxs_err err = mxs_resolver_ask(resolver, &question, tag);
    asking = false;
    pending += err == MXS_OK;
    return err;
}

static void ask_again(void)
{
    char name[32];
    for (enum mxs_err err = MXS_OK; again != 0 && err == MXS_OK; again -= err == MXS_OK) {
        snprintf(name, sizeof name, "mx%u.example", again);
        err = ask(name, again);
    }
}

static void run_until_answered(void)
{
    while (pending != 0)
        uv_run(&loop, UV_RUN_ONCE);
}

/* Asks one name and returns what came. */
static struct result one(const char *name)
{
    cr_assert_eq(ask(name, 0), MXS_OK);
    run_until_answered();
    struct result result = results[0];
    cr_assert_eq(result.calls, 1);
    memset(results, 0, sizeof *results);
    return result;
}

Test(resolver, malformed_hurts_no_innocent)
{
    options.timeout_ms = 5000;
    open_resolver();
    char name[32];
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%s%u.example", i % 10 == 3 ? "malformed" : "mx", i);
        while (ask(name, i) == MXS_ERR_FULL)
            uv_run(&loop, UV_RUN_ONCE);
    }
    run_until_answered();
    for (uint32_t i = 0; i < 1000; i++) {
        cr_expect_eq(results[i].calls, 1);
        cr_expect_eq(results[i].outcome, i % 10 == 3 ? MXS_MALFORMED : MXS_ANSWERED);
        cr_expect_gt(results[i].wire_size, 12);
    }
    cr_expect_eq(mxs_resolver_counts(resolver)->malformed, 100);
    close_resolver();
}

Test(resolver, forged_datagrams_are_dropped_and_counted)
{
    open_resolver();
    struct result result = one("forged.example");
    cr_expect_eq(result.outcome, MXS_ANSWERED);
    cr_expect_eq(result.record_count, 1);
    cr_expect_eq(mxs_resolver_counts(resolver)->forged, 4); /* the foreign port never gets past the kernel */
    close_resolver();
}

Test(resolver, late_and_doubled_answers_are_ignored)
{
    open_resolver();
    cr_expect_eq(one("twice.example").outcome, MXS_ANSWERED);
    cr_expect_eq(one("drop.example").outcome, MXS_TIMEOUT);
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    cr_expect_eq(mxs_resolver_counts(resolver)->forged, 1);
    close_resolver();
}

Test(resolver, outcomes_of_plain_answers)
{
    open_resolver();
    cr_expect_eq(one("servfail.example").outcome, MXS_SERVFAIL);
    cr_expect_eq(one("refused.example").outcome, MXS_REFUSED);
    cr_expect_eq(one("nodata.example").outcome, MXS_NODATA);
    cr_expect_eq(one("nxdomain.example").outcome, MXS_NXDOMAIN);
    struct result bare = one("bare.example");
    cr_expect_eq(bare.outcome, MXS_REFUSED);
    cr_expect_eq(bare.rcode, 5);
    cr_expect_eq(server.udp_queries, 5, "one datagram each");
    close_resolver();
}

Test(resolver, a_drop_ends_after_the_timeout)
{
    open_resolver();
    uint64_t begun_ns = mxs_clock_ns();
    cr_expect_eq(one("drop.example").outcome, MXS_TIMEOUT);
    uint64_t took_ms = (mxs_clock_ns() - begun_ns) / MXS_NS_PER_MS;
    cr_expect_geq(took_ms, 200);
    cr_expect_lt(took_ms, 2000);
    cr_expect_eq(mxs_resolver_in_flight(resolver), 0);
    close_resolver();
}

Test(resolver, time_asleep_is_no_timeout_of_tcp)
{
    for (int asleep_ms = 350; asleep_ms <= 1500; asleep_ms += 1150) { /* a little late; and long enough to be noticed */
        options.timeout_ms = 300;
        open_resolver();
        uint32_t before = server.tcp_queries;
        cr_assert_eq(ask("tc.example", 0), MXS_OK);
        while (server.tcp_queries == before) /* its answer is on the way */
            uv_run(&loop, UV_RUN_ONCE);
        usleep((useconds_t)asleep_ms * 1000);
        run_until_answered();
        cr_expect_eq(results[0].outcome, MXS_ANSWERED, "%d ms: %s", asleep_ms, mxs_outcome_text(results[0].outcome));
        close_resolver();
    }
}

/* c-ares has a clock of its own, which goes on. */
Test(resolver, a_long_sleep_is_no_timeout_either)
{
    open_resolver();
    cr_assert_eq(ask("mx.example", 0), MXS_OK);
    while (server.udp_queries == 0) /* its answer is on the way */
        uv_run(&loop, UV_RUN_ONCE);
    cr_assert_eq(ask("mx.example", 1), MXS_OK); /* leaves only afterwards */
    usleep(5500 * 1000);
    run_until_answered();
    cr_expect_eq(results[0].outcome, MXS_ANSWERED, "%s", mxs_outcome_text(results[0].outcome));
    cr_expect_eq(results[1].outcome, MXS_ANSWERED, "%s", mxs_outcome_text(results[1].outcome));
    close_resolver();
}

/* Who asks on before the tick comes looks at the clock first. */
Test(resolver, a_sleep_in_the_middle_of_a_turn_is_no_timeout_either)
{
    open_resolver();
    cr_assert_eq(ask("mx.example", 0), MXS_OK); /* leaves only with the end of the turn */
    usleep(1000 * 1000);
    cr_assert_eq(ask("mx.example", 1), MXS_OK);
    run_until_answered();
    cr_expect_eq(results[0].outcome, MXS_ANSWERED, "%s", mxs_outcome_text(results[0].outcome));
    cr_expect_eq(results[1].outcome, MXS_ANSWERED, "%s", mxs_outcome_text(results[1].outcome));
    close_resolver();
}

Test(resolver, truncated_is_asked_by_tcp)
{
    options.timeout_ms = 10000;
    open_resolver();
    struct result result = one("tc.example");
    cr_expect_eq(result.outcome, MXS_ANSWERED);
    cr_expect_eq(result.record_count, 50);
    cr_expect(result.tcp);
    result = one("cut.example");
    cr_expect_eq(result.outcome, MXS_ANSWERED, "counts without records are no fault under TC");
    cr_expect_eq(result.record_count, 50);
    result = one("long.example"); /* more bytes than we advertise */
    cr_expect_eq(result.outcome, MXS_ANSWERED);
    cr_expect_eq(one("tcp-bytes.example").record_count, 50);
    close_resolver();
}

Test(resolver, tcp_that_fails_is_never_nodata)
{
    open_resolver();
    cr_expect_eq(one("tcp-tc.example").outcome, MXS_TRUNCATED);
    cr_expect_eq(one("tcp-close.example").outcome, MXS_TRUNCATED);
    cr_expect_eq(one("tcp-half.example").outcome, MXS_TRUNCATED);
    cr_expect_eq(one("tcp-silent.example").outcome, MXS_TIMEOUT);
    cr_expect_eq(one("tcp-malformed.example").outcome, MXS_MALFORMED);
    close_resolver();
}

Test(resolver, a_hundred_truncated_at_once_all_come_right)
{
    options.timeout_ms = 5000;
    open_resolver();
    char name[32];
    for (uint32_t i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "tc%u.example", i);
        cr_assert_eq(ask(name, i), MXS_OK);
    }
    run_until_answered();
    for (uint32_t i = 0; i < 100; i++) {
        cr_expect_eq(results[i].outcome, MXS_ANSWERED);
        cr_expect_eq(results[i].record_count, 50);
    }
    cr_expect_leq(server.tcp_open_max, 17);
    cr_expect_eq(server.tcp_queries, 100);
    close_resolver();
}

Test(resolver, formerr_switches_edns_off_and_it_is_tried_again)
{
    open_resolver();
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    cr_expect_eq(server.with_opt, 1);
    server.no_edns = true;
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED, "asked again without OPT within the attempt");
    cr_expect_eq(server.with_opt, 2);
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    cr_expect_eq(server.with_opt, 2);
    uv_sleep(120);
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    cr_expect_eq(server.with_opt, 3, "probed");
    server.no_edns = false;
    uv_sleep(120);
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    cr_expect_eq(server.with_opt, 5, "on again");
    close_resolver();
}

Test(resolver, formerr_to_the_question_itself_does_not_end_edns)
{
    open_resolver();
    cr_expect_eq(one("formerr.example").outcome, MXS_SERVFAIL);
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    cr_expect_eq(server.with_opt, 2);
    close_resolver();
}

/* FORMERR, NOTIMP and BADVERS with an OPT of their own: each question is asked again without, and EDNS stays on. */
Test(resolver, edns_that_is_answered_by_an_error_with_opt_is_left_out_once)
{
    static const uint8_t errors[] = {1, 4, 16};
    open_resolver();
    for (uint32_t i = 0; i < 3; i++) {
        server.edns_error = errors[i];
        cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED, "rcode %u", errors[i]);
        cr_expect_eq(server.with_opt, i + 1);
    }
    server.edns_error = 0;
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    cr_expect_eq(server.with_opt, 4);
    close_resolver();
}

/* It passes on what the server of a name says; what it says itself of a filtered name stands in its own OPT. */
Test(resolver, one_name_that_refuses_edns_does_not_end_it)
{
    open_resolver();
    server.edns_error = 1;
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    server.edns_error = 0;
    for (uint32_t i = 0; i < 15; i++)
        cr_expect_eq(one("noedns.example").outcome, MXS_ANSWERED);
    cr_expect_eq(server.with_opt, 16);
    server.edns_error = 1;
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED, "an OPT between");
    server.edns_error = 0;
    for (uint32_t i = 0; i < 15; i++)
        cr_expect_eq(one("noedns.example").outcome, MXS_ANSWERED);
    cr_expect_eq(server.with_opt, 32);
    server.no_edns = true;
    for (uint32_t i = 0; i < 5; i++)
        cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    cr_expect_eq(server.with_opt, 33, "sixteen in a row");
    close_resolver();
}

Test(resolver, unreachable_is_one_event)
{
    open_resolver();
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    responder_stop(&server);
    char name[32];
    for (uint32_t i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "mx%u.example", i);
        while (ask(name, i) == MXS_ERR_FULL)
            uv_run(&loop, UV_RUN_ONCE);
    }
    run_until_answered();
    uv_run(&loop, UV_RUN_NOWAIT);
    uint32_t unreachable = 0;
    for (uint32_t i = 0; i < 500; i++) {
        cr_expect_eq(results[i].calls, 1);
        unreachable += results[i].outcome == MXS_UNREACHABLE;
    }
    cr_expect_eq(unreachable, 500);
    cr_expect_leq(events, 500 / 64 + 1, "an event for each batch at most, not for each question");
    close_resolver();
}

Test(resolver, unreachable_is_told_again_to_who_asks_on)
{
    options.timeout_ms = 20000; /* not what ends them */
    options.channels_max = 1;   /* the error of one batch meets the next when it leaves */
    open_resolver();
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    responder_stop(&server);
    again = 2 * MXS_BATCH_MAX + 1; /* one meets it from inside an answer, the next when the loop turns */
    ask_again();
    again = 20 * MXS_BATCH_MAX;
    uint64_t until_ns = mxs_clock_ns() + 10 * MXS_NS_PER_S;
    while ((pending != 0 || again != 0) && mxs_clock_ns() < until_ns) {
        if (pending == 0)
            ask_again();
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    cr_expect_eq(again, 0, "%u never taken", again);
    cr_expect_eq(pending, 0, "%u never told", pending);
    close_resolver();
}

Test(resolver, destroyed_with_open_questions)
{
    options.timeout_ms = 60000;
    open_resolver();
    char name[32];
    for (uint32_t i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "%s%u.example", i % 2 == 0 ? "drop" : "tcp-silent", i);
        cr_assert_eq(ask(name, i), MXS_OK);
    }
    for (int i = 0; i < 20; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    cr_expect_eq(mxs_resolver_in_flight(resolver), 200);
    close_resolver();
    for (uint32_t i = 0; i < 200; i++)
        cr_expect_eq(results[i].calls, 0);
}

Test(resolver, a_name_that_is_none_is_refused)
{
    open_resolver();
    cr_expect_eq(ask("a..b", 0), MXS_ERR_INPUT);
    cr_expect_eq(mxs_resolver_in_flight(resolver), 0);
    cr_expect_eq(one("").outcome, MXS_ANSWERED);
    close_resolver();
}

Test(resolver, fifty_thousand_in_flight_over_many_ports)
{
    options.timeout_ms = 3000;
    open_resolver();
    char name[32];
    server.silent = true;
    for (uint32_t i = 0; i < 50000; i++) {
        snprintf(name, sizeof name, "mx%u.example", i);
        while (ask(name, i) == MXS_ERR_FULL)
            uv_run(&loop, UV_RUN_NOWAIT);
    }
    cr_expect_eq(mxs_resolver_in_flight(resolver), 50000);
    cr_expect_geq(mxs_resolver_counts(resolver)->ports, 64);
    run_until_answered();
    for (uint32_t i = 0; i < 50000; i++) {
        cr_assert_eq(results[i].calls, 1);
        cr_assert_eq(results[i].outcome, MXS_TIMEOUT);
    }
    server.silent = false;
    results[0].calls = 0;
    cr_expect_eq(one("mx.example").outcome, MXS_ANSWERED);
    close_resolver();
}

Test(resolver, one_channel_serves_any_number_of_questions)
{
    options.channels_max = 1; /* what c-ares did not let go of would fill it */
    options.timeout_ms = 5000;
    open_resolver();
    char name[32];
    for (uint32_t i = 0; i < 6000; i++) {
        snprintf(name, sizeof name, "mx%u.example", i);
        while (ask(name, i) == MXS_ERR_FULL)
            uv_run(&loop, UV_RUN_ONCE);
        if (pending >= 100)
            run_until_answered();
    }
    run_until_answered();
    for (uint32_t i = 0; i < 6000; i++)
        cr_assert_eq(results[i].outcome, MXS_ANSWERED);
    close_resolver();
}

Test(resolver, ports_spread_under_load)
{
    options.timeout_ms = 5000;
    open_resolver();
    char name[32];
    for (uint32_t i = 0; i < RESPONDER_SEEN; i++) {
        snprintf(name, sizeof name, "mx%u.example", i);
        while (ask(name, i) == MXS_ERR_FULL)
            uv_run(&loop, UV_RUN_ONCE);
        if (pending > 512)
            run_until_answered();
    }
    run_until_answered();
    uint32_t distinct = 0;
    static uint8_t seen[65536];
    for (uint32_t i = 0; i < RESPONDER_SEEN; i++) {
        distinct += seen[server.ports[i]] == 0;
        seen[server.ports[i]] = 1;
    }
    cr_expect_geq(distinct, 64);
    close_resolver();
}

Test(resolver, addresses)
{
    struct mxs_detail detail;
    mxs_resolver *none = NULL;
    const char *const bad[] = {"", "localhost", "1.2.3", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:5x",
                               "[::1", "[::1]5", "[::1]:", "::1]:53", "1.2.3.4:53:53", "fe80::1%nonsuch0",
                               "1111111111111111111111111111111111111111111111111111111111111111111111111111111"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_eq(mxs_resolver_create(&none, &loop, bad[i], &options, on_done, NULL, NULL, &detail), MXS_ERR_INPUT,
                     "%s", bad[i]);
        cr_expect_null(none);
    }
    const char *const good[][2] = {{"127.0.0.1", "127.0.0.1:53"},
                                   {"127.0.0.1:5353", "127.0.0.1:5353"},
                                   {"::1", "[::1]:53"},
                                   {"[::1]", "[::1]:53"},
                                   {"[2001:DB8::1]:54", "[2001:db8::1]:54"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_assert_eq(mxs_resolver_create(&none, &loop, good[i][0], &options, on_done, NULL, NULL, &detail), MXS_OK);
        cr_expect_str_eq(mxs_resolver_address(none), good[i][1]);
        cr_expect_eq(mxs_resolver_loopback(none), i < 4);
        mxs_resolver_destroy(&none);
    }
}
