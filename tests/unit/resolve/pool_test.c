#include <criterion/criterion.h>

#include "base/clock.h"
#include "scanner/resolve/pool.h"
#include "tests/unit/resolve/responder.h"

#define SERVERS 3

static uv_loop_t loop;
static uv_timer_t pulse;
static struct responder servers[SERVERS];
static mxs_pool *pool;
static uint32_t answering, lying, lying_at;
static int64_t lying_since;
static const char *const controls[] = {"mx-control.example"};
static struct mxs_pool_options options;

static void on_ready(void *arg, uint32_t count)
{
    (void)arg;
    answering = count;
}

static void on_lying(void *arg, uint32_t resolver, int64_t since_unix_s, const char *reason)
{
    (void)arg;
    cr_assert_not_null(reason);
    lying++;
    lying_at = resolver;
    lying_since = since_unix_s;
}

static void setup(void)
{
    cr_assert_eq(uv_loop_init(&loop), 0);
    responder_pulse_start(&pulse, &loop);
    for (int i = 0; i < SERVERS; i++)
        responder_start(&servers[i], &loop);
    options = (struct mxs_pool_options){
        .resolver = {.timeout_ms = 300, .channels_max = 4, .tcp_max = 4, .edns_payload = 1232, .edns_probe_ms = 1000},
        .health = true, .controls = controls, .control_count = 1, .health_ms = 200};
    answering = UINT32_MAX;
    lying = 0;
}

static void teardown(void)
{
    mxs_pool_destroy(&pool);
    for (int i = 0; i < SERVERS; i++)
        responder_stop(&servers[i]);
    uv_close((uv_handle_t *)&pulse, NULL);
    cr_assert_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
    cr_assert_eq(uv_loop_close(&loop), 0);
}

TestSuite(pool, .init = setup, .fini = teardown, .timeout = 60);

static void open_pool(int count)
{
    struct mxs_detail detail;
    cr_assert_eq(mxs_pool_create(&pool, &loop, &options, &detail), MXS_OK);
    for (int i = 0; i < count; i++)
        cr_assert_eq(mxs_pool_put(pool, servers[i].address, &detail), MXS_OK);
    mxs_pool_lying(pool, on_lying, NULL);
    mxs_pool_probe(pool, on_ready, NULL);
    while (answering == UINT32_MAX)
        uv_run(&loop, UV_RUN_ONCE);
}

/* Turns the loop until the condition holds, at most so long. */
#define WAIT_FOR(condition, ms)                                                                                       \
    for (uint64_t until_ns = mxs_clock_ns() + (ms) * MXS_NS_PER_MS; !(condition) && mxs_clock_ns() < until_ns;)       \
        uv_run(&loop, UV_RUN_ONCE)

Test(pool, a_resolver_that_answers_what_cannot_exist_is_out_before_the_start)
{
    servers[1].hijack = true;
    open_pool(3);
    cr_expect_eq(answering, 2);
    cr_expect_eq(lying, 1);
    cr_expect_eq(lying_at, 1);
    cr_expect_not_null(mxs_pool_excluded(pool, 1));
    cr_expect_not(mxs_pool_fit(pool, 1));
    cr_expect(mxs_pool_fit(pool, 0));
}

Test(pool, any_number_of_lying_is_told_each_once)
{
    struct mxs_detail detail;
    servers[1].hijack = true;
    cr_assert_eq(mxs_pool_create(&pool, &loop, &options, &detail), MXS_OK);
    for (int i = 0; i < 41; i++)
        cr_assert_eq(mxs_pool_put(pool, servers[i != 0].address, &detail), MXS_OK);
    mxs_pool_lying(pool, on_lying, NULL);
    mxs_pool_probe(pool, on_ready, NULL);
    WAIT_FOR(lying >= 40 && answering != UINT32_MAX, 5000);
    WAIT_FOR(lying > 40, 500);
    cr_expect_eq(lying, 40);
    cr_expect_null(mxs_pool_excluded(pool, 0));
    cr_expect(mxs_pool_fit(pool, 0));
    cr_expect_not(mxs_pool_all_excluded(pool));
}

Test(pool, one_that_begins_to_lie_is_found)
{
    open_pool(3);
    WAIT_FOR(mxs_pool_health(pool, 2)->checked_at != 0, 2000);
    int64_t good = mxs_pool_health(pool, 2)->checked_at;
    cr_assert_neq(good, 0);
    servers[2].hijack = true;
    WAIT_FOR(lying != 0, 5000);
    cr_expect_eq(lying_at, 2);
    cr_expect_geq(lying_since, good);
}

Test(pool, one_alone_against_the_others_is_a_lying)
{
    servers[0].empty = true;
    open_pool(3);
    WAIT_FOR(lying != 0, 5000);
    cr_expect_eq(lying, 1);
    cr_expect_eq(lying_at, 0);
}

Test(pool, two_that_differ_are_both_left)
{
    servers[0].empty = true;
    open_pool(2);
    WAIT_FOR(lying != 0, 1500);
    cr_expect_eq(lying, 0);
    cr_expect_eq(mxs_pool_health(pool, 0)->invalid, MXS_NODATA);
}

Test(pool, who_says_no_data_without_proof_of_what_cannot_exist_is_out)
{
    servers[0].empty = servers[0].bare = true;
    open_pool(2);
    cr_expect_eq(answering, 1);
    cr_expect_eq(lying, 1);
    cr_assert_not_null(mxs_pool_excluded(pool, 0));
    cr_expect(strstr(mxs_pool_excluded(pool, 0), "without proof") != NULL);
}

Test(pool, who_denied_what_cannot_exist_and_then_says_no_data_is_out)
{
    open_pool(1);
    WAIT_FOR(mxs_pool_health(pool, 0)->checked_at != 0, 2000);
    int64_t good = mxs_pool_health(pool, 0)->checked_at;
    servers[0].empty = true; /* with an SOA: from the first it could be a closed network */
    WAIT_FOR(lying != 0, 5000);
    cr_expect_eq(lying, 1);
    cr_expect_geq(lying_since, good);
}

/* The built-in names: the world differs honestly, a liar lies about most of them. */
static const char *const built_in[] = {"one.example", "two.example", "three.example"};

static void open_built_in(void)
{
    options.controls = built_in;
    options.control_count = 3;
    options.controls_built_in = true;
    open_pool(3);
}

Test(pool, who_contradicts_on_most_of_the_built_in_names_is_a_lying)
{
    servers[1].strange_to = "";
    open_built_in();
    WAIT_FOR(lying != 0, 5000);
    cr_expect_eq(lying, 1);
    cr_expect_eq(lying_at, 1);
    cr_expect_eq(mxs_pool_control(pool, 1, 2)->agrees, MXS_SIGHT_NO);
    cr_expect_str_eq(mxs_pool_control(pool, 1, 2)->text, "10 za.mx.example");
    cr_expect_eq(mxs_pool_control(pool, 0, 2)->agrees, MXS_SIGHT_YES);
}

Test(pool, who_says_no_data_for_the_built_in_names_is_a_lying)
{
    servers[2].empty = true;
    open_built_in();
    WAIT_FOR(lying != 0, 5000);
    cr_expect_eq(lying_at, 2);
}

Test(pool, one_other_view_of_a_built_in_name_is_none)
{
    servers[1].strange_to = "two";
    open_built_in();
    WAIT_FOR(lying != 0, 2500);
    cr_expect_eq(lying, 0);
    cr_expect_eq(mxs_pool_control(pool, 1, 1)->agrees, MXS_SIGHT_NO, "recorded all the same");
    cr_expect_neq(mxs_pool_health(pool, 1)->checked_at, 0);
}

Test(pool, an_old_set_that_shares_an_mx_host_is_none)
{
    servers[1].more = true;
    open_built_in();
    WAIT_FOR(lying != 0, 2500);
    cr_expect_eq(lying, 0);
    cr_expect_eq(mxs_pool_control(pool, 1, 0)->agrees, MXS_SIGHT_NO);
}

Test(pool, a_persons_names_must_be_answered_alike_each)
{
    servers[1].strange_to = "two";
    options.controls = built_in;
    options.control_count = 3;
    open_pool(3);
    WAIT_FOR(lying != 0, 5000);
    cr_expect_eq(lying_at, 1);
}

Test(pool, a_majority_that_denies_the_built_in_names_is_shut_out_where_one_knows_them)
{
    servers[0].empty = servers[1].empty = true;
    open_built_in();
    WAIT_FOR(lying == 2, 5000);
    cr_expect_eq(lying, 2);
    cr_expect_str_eq(mxs_pool_excluded(pool, 1), "denies all control names, which another resolver answers");
    cr_expect_null(mxs_pool_excluded(pool, 2));
    cr_expect_not(mxs_pool_health(pool, 1)->denies, "one cause is told once");
}

Test(pool, where_nobody_knows_the_built_in_names_nobody_is_shut_out)
{
    servers[0].empty = servers[1].empty = servers[2].empty = true;
    open_built_in();
    WAIT_FOR(lying != 0, 2500);
    cr_expect_eq(lying, 0);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect(mxs_pool_health(pool, i)->denies);
    servers[0].empty = servers[1].empty = servers[2].empty = false;
    WAIT_FOR(!mxs_pool_health(pool, 2)->denies, 2500);
    cr_expect_not(mxs_pool_health(pool, 2)->denies);
}

Test(pool, with_one_resolver_control_names_are_recorded_and_not_judged)
{
    servers[0].strange_to = "";
    open_pool(1);
    WAIT_FOR(mxs_pool_health(pool, 0)->checked_at != 0, 2000);
    cr_expect_eq(lying, 0);
    cr_expect_eq(mxs_pool_control(pool, 0, 0)->outcome, MXS_ANSWERED);
    cr_expect_str_eq(mxs_pool_control(pool, 0, 0)->text, "10 za.mx.example");
    cr_expect_eq(mxs_pool_control(pool, 0, 0)->agrees, MXS_SIGHT_NONE);
}

Test(pool, excluded_names_under_invalid_are_spared)
{
    options.spare_invalid = true;
    open_pool(1);
    WAIT_FOR(mxs_pool_health(pool, 0)->checked_at != 0, 2000);
    cr_expect_neq(mxs_pool_health(pool, 0)->checked_at, 0);
    cr_expect_eq(mxs_pool_health(pool, 0)->invalid, MXS_NOT_ASKED);
    cr_expect_eq(servers[0].times['m' - 'a'], servers[0].udp_queries - 2,
                 "the root, ipv4only.arpa, and mx-control.example");
}

Test(pool, whether_each_speaks_tcp_and_validates_is_found_and_excludes_nobody)
{
    servers[0].validates = true;
    servers[1].no_tcp = true;
    open_pool(2);
    WAIT_FOR(mxs_pool_at_rest(pool), 5000);
    cr_assert(mxs_pool_at_rest(pool));
    cr_expect_eq(mxs_pool_health(pool, 0)->tcp, MXS_SIGHT_YES);
    cr_expect_eq(mxs_pool_health(pool, 0)->validates, MXS_SIGHT_YES);
    cr_expect_eq(mxs_pool_health(pool, 1)->tcp, MXS_SIGHT_NO);
    cr_expect_eq(mxs_pool_health(pool, 1)->validates, MXS_SIGHT_NONE);
    cr_expect(mxs_pool_fit(pool, 0) && mxs_pool_fit(pool, 1));
    cr_expect_eq(servers[0].tcp_queries, 1, "once");
    const struct mxs_resolver_counts *counts = mxs_resolver_counts(mxs_pool_resolver(pool, 1));
    cr_expect_eq(counts->timeouts + counts->truncated, 0, "the check is no answer to a question of the survey");
}

static void ask_pool(const char *name, uint32_t tag)
{
    const struct mxs_question question = {.name = mxs_text_of(name), .type = MXS_TYPE_MX};
    cr_assert_eq(mxs_pool_ask(pool, 0, &question, tag), MXS_OK);
}

Test(pool, one_that_falls_silent_is_noticed_with_one_question_in_flight)
{
    options.health = false;
    open_pool(1);
    servers[0].silent = true;
    ask_pool("some.example", 1);
    WAIT_FOR(!mxs_pool_fit(pool, 0), 5000);
    cr_assert_not(mxs_pool_fit(pool, 0));
    servers[0].silent = false;
    WAIT_FOR(mxs_pool_fit(pool, 0), 10000);
    cr_expect(mxs_pool_fit(pool, 0));
}

Test(pool, names_that_nobody_answers_are_no_sickness)
{
    options.health = false;
    open_pool(1);
    for (uint32_t round = 0; round < 3; round++) {
        ask_pool("drop.example", round);
        for (uint64_t until_ns = mxs_clock_ns() + 600 * MXS_NS_PER_MS; mxs_clock_ns() < until_ns;) {
            uv_run(&loop, UV_RUN_ONCE);
            cr_assert(mxs_pool_fit(pool, 0));
        }
    }
    cr_expect_eq(mxs_pool_health(pool, 0)->openings, 0);
    cr_expect_geq(servers[0].udp_queries, 1 + 3 + 3, "a control question for each");
}

Test(pool, a_line_that_loses_most_of_the_control_questions_is_no_outage)
{
    options.health = false;
    open_pool(1);
    for (uint32_t round = 0; round < 3; round++) {
        servers[0].losses = 7;
        ask_pool("drop.example", round);
        WAIT_FOR(servers[0].losses == 0, 20000);
        cr_assert_eq(servers[0].losses, 0);
        for (uint64_t until_ns = mxs_clock_ns() + 600 * MXS_NS_PER_MS; mxs_clock_ns() < until_ns;)
            uv_run(&loop, UV_RUN_ONCE); /* those that were lost time out, and say nothing */
        cr_expect(mxs_pool_fit(pool, 0));
    }
    cr_expect_eq(mxs_pool_health(pool, 0)->openings, 0);
}

Test(pool, after_a_doubt_whose_question_was_lost_it_can_be_doubted_again)
{
    options.health = false;
    open_pool(1);
    servers[0].losses = 2; /* the name, and the first control question */
    ask_pool("drop.example", 1);
    WAIT_FOR(servers[0].losses == 0, 20000);
    ask_pool("mx.example", 2); /* another answer ends the doubt */
    WAIT_FOR(servers[0].times['m' - 'a'] == 1, 5000);
    for (uint64_t until_ns = mxs_clock_ns() + 600 * MXS_NS_PER_MS; mxs_clock_ns() < until_ns;)
        uv_run(&loop, UV_RUN_ONCE);
    cr_assert(mxs_pool_fit(pool, 0));
    servers[0].silent = true;
    ask_pool("some.example", 3);
    WAIT_FOR(!mxs_pool_fit(pool, 0), 20000);
    cr_expect_not(mxs_pool_fit(pool, 0));
}

Test(pool, health_off_asks_nothing_but_the_root)
{
    options.health = false;
    servers[0].hijack = true;
    open_pool(1);
    cr_expect_eq(answering, 1);
    WAIT_FOR(lying != 0, 500);
    cr_expect_eq(lying, 0);
    cr_expect_eq(servers[0].udp_queries, 1);
    cr_expect_eq(servers[0].tcp_queries, 0);
}

Test(pool, a_silent_one_does_not_delay_the_start)
{
    options.resolver.timeout_ms = 5000;
    servers[2].silent = true;
    uint64_t begun_ns = mxs_clock_ns();
    open_pool(3);
    cr_expect_eq(answering, 2);
    cr_expect_lt(mxs_clock_ns() - begun_ns, 3000 * MXS_NS_PER_MS);
    cr_expect_not(mxs_pool_fit(pool, 2));
    servers[2].silent = false;
    WAIT_FOR(mxs_pool_fit(pool, 2), 10000);
    cr_expect(mxs_pool_fit(pool, 2), "comes in when it answers");
}

Test(pool, a_lost_question_does_not_make_a_resolver_dead)
{
    options.health = false;
    servers[0].losses = 2;
    open_pool(1);
    cr_expect_eq(answering, 1);
    cr_expect_leq(servers[0].with_opt, 3);
    cr_expect(mxs_pool_health(pool, 0)->answers);
}

Test(pool, what_is_seen_is_recorded)
{
    open_pool(1);
    const struct mxs_pool_health *health = mxs_pool_health(pool, 0);
    cr_expect(health->answers);
    cr_expect_eq(health->recursion, MXS_SIGHT_YES);
    cr_expect_eq(health->edns, MXS_SIGHT_NO);
    cr_expect(health->fit);
    cr_expect_gt(health->latency_us, 0);
}

Test(pool, who_drops_edns_is_asked_without_it)
{
    servers[0].drops_edns = UINT32_MAX;
    servers[0].validates = true;
    options.resolver.dnssec_ok = true;
    open_pool(1);
    cr_assert_eq(answering, 1);
    cr_expect(mxs_pool_health(pool, 0)->plain);
    WAIT_FOR(mxs_pool_health(pool, 0)->checked_at != 0 && mxs_pool_at_rest(pool), 5000);
    cr_expect_neq(mxs_pool_health(pool, 0)->checked_at, 0, "the check's questions are asked again");
    cr_expect_eq(mxs_pool_health(pool, 0)->validates, MXS_SIGHT_YES, "AD is asked for without DO");
    uint32_t with_opt = servers[0].with_opt;
    uint64_t timeouts = mxs_resolver_counts(mxs_pool_resolver(pool, 0))->timeouts;
    ask_pool("some.example", 3);
    WAIT_FOR(mxs_resolver_in_flight(mxs_pool_resolver(pool, 0)) == 0, 2000);
    cr_expect_eq(servers[0].with_opt, with_opt);
    cr_expect_eq(mxs_resolver_counts(mxs_pool_resolver(pool, 0))->timeouts, timeouts);
}

Test(pool, who_begins_to_drop_edns_is_asked_without_it)
{
    open_pool(1);
    cr_assert(mxs_pool_fit(pool, 0));
    servers[0].drops_edns = UINT32_MAX;
    WAIT_FOR(mxs_pool_health(pool, 0)->plain && mxs_pool_fit(pool, 0), 20000);
    cr_expect(mxs_pool_fit(pool, 0));
    cr_expect_gt(mxs_pool_health(pool, 0)->openings, 0);
}

Test(pool, a_line_that_loses_questions_keeps_edns)
{
    options.health = false;
    servers[0].drops_edns = 8; /* all probes with EDNS, and most of those that follow what came without */
    open_pool(1);
    cr_expect_eq(answering, 1);
    cr_expect_not(mxs_pool_health(pool, 0)->plain);
    cr_expect(mxs_resolver_asks_edns(mxs_pool_resolver(pool, 0)));
}
