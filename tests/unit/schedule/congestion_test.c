#include "congestion_sim.h"

/* Takes whatever fits every step_ns for two seconds; the most that left in any 100 ms. */
static uint32_t most_in_100_ms(uint32_t rate, uint64_t burst_ns, uint64_t step_ns, uint32_t *total)
{
    static uint32_t taken[2000];
    struct mxs_bucket bucket;
    mxs_bucket_init(&bucket, rate, burst_ns);
    memset(taken, 0, sizeof taken);
    *total = 0;
    for (uint64_t at = 0; at < 2000 * MS; at += step_ns)
        while (mxs_bucket_fits(&bucket, 5 + at)) {
            mxs_bucket_take(&bucket, 5 + at, 1);
            taken[at / MS]++;
            ++*total;
        }
    uint32_t most = 0;
    for (int from = 0; from <= 1900; from++) {
        uint32_t sum = 0;
        for (int at = from; at < from + 100; at++)
            sum += taken[at];
        most = sum > most ? sum : most;
    }
    return most;
}

Test(bucket, never_over_105_percent_in_any_100_ms)
{
    const uint32_t rates[] = {10, 100, 500, 1000, 7777, 20000, 300000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        uint32_t total;
        uint32_t most = most_in_100_ms(rates[i], 2 * MS, MS, &total);
        cr_expect_leq(most, rates[i] / 10 * 105 / 100 + (rates[i] < 1000), "rate %u: %u", rates[i], most);
        cr_expect_geq(total, rates[i] * 2 * 95 / 100, "rate %u: only %u", rates[i], total);
    }
}

Test(bucket, rate_0_is_no_ceiling)
{
    struct mxs_bucket bucket;
    mxs_bucket_init(&bucket, 0, MS);
    for (int i = 0; i < 100000; i++) {
        cr_assert(mxs_bucket_fits(&bucket, 0));
        mxs_bucket_take(&bucket, 0, 1);
    }
}

Test(bucket, what_was_taken_beyond_is_waited_for)
{
    struct mxs_bucket bucket;
    mxs_bucket_init(&bucket, 1000, 2 * MS);
    mxs_bucket_take(&bucket, 0, 100);
    cr_expect_not(mxs_bucket_fits(&bucket, 90 * MS));
    cr_expect(mxs_bucket_fits(&bucket, 100 * MS));
}

/* ---- the window ---- */

#define SEEDS 4
#define SEEDS_OF_CHANCE 40
#define CONGESTION(client) (&sim_clients[client].congestion)

/* Answers a second of the first client in the next seconds. */
static double answers_qps(uint32_t seconds)
{
    sim_run(seconds * 1000);
    return (double)sim_clients[0].answered / seconds;
}

static void begin_alone(struct sim resolver, uint64_t seed)
{
    sim_begin(&resolver, seed);
    sim_start(0);
}

Test(window, begins_small_and_opens_within_milliseconds_on_a_loopback)
{
    begin_alone((struct sim){.rtt_ns = 200000, .timeout_ns = 5000 * MS, .ceiling = 4096}, 1);
    cr_expect_eq(CONGESTION(0)->size, MXS_CONGESTION_FIRST);
    sim_run(100);
    cr_expect_gt(sim_clients[0].answered, 30000, "%lu", (unsigned long)sim_clients[0].answered);
}

Test(window, fills_a_long_line)
{
    begin_alone((struct sim){.rtt_ns = 200 * MS, .timeout_ns = 5000 * MS, .ceiling = 50000}, 1);
    sim_run(4000); /* 16 doubled twelve times, and some rounds more */
    cr_expect_eq(CONGESTION(0)->size, 50000, "%u", CONGESTION(0)->size);
    cr_expect_gt(answers_qps(2), 220000);
}

/* Nearly all that a queue gives, with a window no larger than it needs: a long one would only overflow. */
Test(window, stays_small_where_more_questions_bring_no_more_answers)
{
    begin_alone((struct sim){.rtt_ns = 100000,
                             .timeout_ns = 5000 * MS,
                             .ceiling = 4096,
                             .capacity_qps = 300000,
                             .depth = 277,
                             .queues = true},
                1);
    sim_run(1000);
    cr_expect_gt(answers_qps(4), 270000);
    cr_expect_lt(CONGESTION(0)->size, 200, "%u", CONGESTION(0)->size);
    cr_expect_lt(sim_clients[0].lost, sim_clients[0].asked / 1000);
}

/* No constant makes a cliff: as many round trips, whatever a round trip is. */
Test(window, opens_in_so_many_round_trips_however_long_they_are)
{
    const uint64_t rtts_ms[] = {500, 900, 1100, 1500, 2500, 4500};
    for (size_t i = 0; i < sizeof rtts_ms / sizeof *rtts_ms; i++) {
        begin_alone((struct sim){.rtt_ns = rtts_ms[i] * MS, .timeout_ns = 5000 * MS, .ceiling = 4096}, 1);
        sim_run(10 * rtts_ms[i] + 10000);
        cr_expect_gt(sim_clients[0].answered, 2800, "%lu ms: %lu", (unsigned long)rtts_ms[i],
                     (unsigned long)sim_clients[0].answered);
    }
}

Test(window, silent_and_refused_names_do_not_close_it)
{
    const double shares[] = {0.02, 0.1, 0.3};
    for (int i = 0; i < 3; i++)
        for (int refused = 0; refused < 2; refused++) {
            begin_alone((struct sim){.rtt_ns = 20 * MS,
                                     .timeout_ns = 1000 * MS,
                                     .ceiling = 100000,
                                     .silent_share = refused ? 0 : shares[i],
                                     .refused_share = refused ? shares[i] : 0},
                        1);
            sim_run(4000);
            cr_expect_gt(answers_qps(2), 20000, "%.2f, refused %d", shares[i], refused);
            cr_expect_eq(CONGESTION(0)->rate_qps, 0);
        }
}

/* Their places come back all at once, and few tell little: neither decides how much is asked. */
Test(window, silent_and_refused_names_make_no_lottery_of_it)
{
    const double shares[] = {0.02, 0.1, 0.2, 0.3};
    for (int i = 0; i < 8; i++) {
        struct sim resolver = {.rtt_ns = 20 * MS, .timeout_ns = 5000 * MS, .ceiling = 4096};
        *(i < 4 ? &resolver.refused_share : &resolver.silent_share) = shares[i % 4];
        uint64_t best = 0, worst = UINT64_MAX;
        for (uint64_t seed = 1; seed <= 3 * SEEDS; seed++) {
            begin_alone(resolver, seed);
            sim_run(3000);
            best = sim_clients[0].answered > best ? sim_clients[0].answered : best;
            worst = sim_clients[0].answered < worst ? sim_clients[0].answered : worst;
        }
        cr_expect_gt(1.5 * (double)worst, (double)best, "refused %d, %.2f: %lu to %lu", i < 4, shares[i % 4],
                     (unsigned long)worst, (unsigned long)best);
    }
}

/* As when all that is left is asked once more. */
Test(window, names_that_are_all_refused_or_silent_do_not_close_it)
{
    for (int refused = 0; refused < 2; refused++) {
        begin_alone((struct sim){.rtt_ns = 20 * MS, .timeout_ns = 1000 * MS, .ceiling = 4096}, 1);
        sim_run(2000);
        *(refused ? &sim.refused_share : &sim.silent_share) = 1;
        sim_run(20000);
        cr_expect_eq(CONGESTION(0)->size, 4096, "refused %d: %u", refused, CONGESTION(0)->size);
    }
}

Test(window, a_line_that_loses_does_not_close_it)
{
    const double losses[] = {0.05, 0.1, 0.2};
    for (int i = 0; i < 3; i++) {
        begin_alone((struct sim){.rtt_ns = 20 * MS, .timeout_ns = 1000 * MS, .ceiling = 8192, .line_loss = losses[i]},
                    1);
        sim_run(5000);
        double qps = answers_qps(20);
        cr_expect_gt(qps, 10000, "%.2f: %.0f", losses[i], qps);
    }
}

Test(window, slow_answers_are_no_loss)
{
    begin_alone((struct sim){.rtt_ns = 2 * MS, .timeout_ns = 5000 * MS, .mix = true, .ceiling = 2000}, 1);
    sim_run(4000);
    cr_expect_gt(answers_qps(20), 0.9 * 2000 / 0.082);
    cr_expect_eq(sim_clients[0].lost, 0);
}

/* ---- canaries ---- */

Test(canary, ten_a_second_or_one_in_a_hundred_and_one_a_second_at_least)
{
    const struct {
        double qps;
        uint64_t least, most;
    } cases[] = {{100000, 95, 101}, {500, 45, 55}, {20, 9, 11}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_alone((struct sim){.rtt_ns = 200000, .timeout_ns = 5000 * MS}, 1);
        struct mxs_congestion *congestion = CONGESTION(0);
        uint64_t canaries = 0, now_ns = sim.now_ns;
        for (uint64_t n = 0; n < (uint64_t)(10 * cases[i].qps); n++) {
            now_ns += (uint64_t)(1e9 / cases[i].qps);
            mxs_congestion_tick(congestion, now_ns);
            if (mxs_congestion_take(congestion, now_ns)) {
                mxs_congestion_take_canary(congestion, now_ns);
                canaries++;
            }
            mxs_congestion_put(congestion, MXS_HEARD_ANSWER, now_ns, now_ns);
        }
        cr_expect(canaries >= cases[i].least && canaries <= cases[i].most, "%.0f a second: %lu", cases[i].qps,
                  (unsigned long)canaries);
    }
}

/* 20 questions each 10 ms: half of them are answered, the others and the canaries as told. Whether a rate began. */
static bool cuts(enum mxs_heard others, enum mxs_heard canaries)
{
    struct mxs_congestion congestion;
    mxs_congestion_init(&congestion, 20, 5000 * MS, MS, 0);
    for (uint64_t now = MS; now < 2000 * MS; now += 10 * MS) {
        for (uint32_t i = 0; i < 20; i++)
            if (mxs_congestion_take(&congestion, now)) {
                mxs_congestion_take_canary(&congestion, now);
                mxs_congestion_put_canary(&congestion, canaries, now, now + MS);
            }
        for (uint32_t i = 0; i < 20; i++)
            if (i < 10 || others != MXS_HEARD_NOTHING)
                mxs_congestion_put(&congestion, i < 10 ? MXS_HEARD_ANSWER : others, now, now + MS);
        mxs_congestion_tick(&congestion, now + 2 * MS);
        if (congestion.rate_qps != 0)
            return true;
    }
    return false;
}

Test(canary, neither_silent_names_nor_lost_canaries_alone_begin_a_rate)
{
    cr_expect_not(cuts(MXS_HEARD_NOTHING, MXS_HEARD_ANSWER), "half of the names are silent, and canaries come back");
    cr_expect_not(cuts(MXS_HEARD_ANSWER, MXS_HEARD_NOTHING), "canaries are lost, and all names are answered");
    cr_expect(cuts(MXS_HEARD_NOTHING, MXS_HEARD_NOTHING));
}

/* Canaries are late where this machine is busy. */
Test(canary, names_are_refused_for_reasons_of_their_own_until_a_canary_is)
{
    cr_expect_not(cuts(MXS_HEARD_REFUSED, MXS_HEARD_ANSWER));
    cr_expect_not(cuts(MXS_HEARD_REFUSED, MXS_HEARD_NOTHING), "canaries are lost, and names refused");
    cr_expect(cuts(MXS_HEARD_REFUSED, MXS_HEARD_REFUSED));
}

/* ---- the rate ---- */

/* Within ten seconds at 85 - 100 % of the capacity, and less than 2 % lost from then on. */
static void expect_settled(struct sim resolver, const char *what)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct sim_client *who = &sim_clients[0];
        begin_alone(resolver, seed);
        sim_run(8000);
        sim_run(2000);
        cr_expect_geq((double)who->answered, 0.85 * 2 * resolver.capacity_qps,
                      "%s: %.3f of the capacity in the tenth second", what,
                      (double)who->answered / 2 / resolver.capacity_qps);
        sim_run(20000);
        double bad = (double)(who->lost + who->refused) / (double)who->asked;
        cr_expect_geq((double)who->answered, 0.88 * 20 * resolver.capacity_qps, "%s: %.3f of the capacity", what,
                      (double)who->answered / 20 / resolver.capacity_qps);
        cr_expect_lt(bad, 0.02, "%s: %.4f lost", what, bad);
    }
}

Test(rate, settles_at_a_resolver_that_refuses_what_is_too_much)
{
    struct sim busy = {.capacity_qps = 1000, .depth = 50, .refuses = true, .rtt_ns = 200000, .timeout_ns = 5000 * MS};
    expect_settled(busy, "near");
    busy.rtt_ns = 30 * MS;
    expect_settled(busy, "far");
    expect_settled(
        (struct sim){.capacity_qps = 20000, .depth = 1000, .refuses = true, .rtt_ns = MS, .timeout_ns = 5000 * MS},
        "fast");
}

Test(rate, settles_at_a_resolver_that_drops_what_is_too_much)
{
    struct sim busy = {.capacity_qps = 1000, .depth = 50, .rtt_ns = 200000, .timeout_ns = 5000 * MS};
    expect_settled(busy, "near");
    busy.timeout_ns = 1000 * MS;
    expect_settled(busy, "short timeout");
    busy.timeout_ns = 5000 * MS;
    busy.rtt_ns = 30 * MS;
    expect_settled(busy, "far");
}

/* A hundred a second tell little in a second. */
Test(rate, a_slow_resolver_is_not_overrun_for_long)
{
    for (int refuses = 0; refuses <= 1; refuses++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            begin_alone(
                (struct sim){
                    .capacity_qps = 100, .depth = 5, .refuses = refuses, .rtt_ns = 200000, .timeout_ns = 1000 * MS},
                seed);
            sim_run(20000);
            sim_run(40000);
            uint64_t asked = sim_clients[0].asked, answered = sim_clients[0].answered;
            cr_expect_geq((double)answered, 0.85 * 4000, "refuses %d: %lu", refuses, (unsigned long)answered);
            cr_expect_lt((double)(asked - answered), 0.05 * (double)asked, "refuses %d: %lu of %lu", refuses,
                         (unsigned long)(asked - answered), (unsigned long)asked);
        }
}

Test(rate, an_overrun_is_found_among_silent_names_and_on_a_lossy_line)
{
    for (int line = 0; line < 2; line++) {
        double asked = 0, answered = 0;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            begin_alone((struct sim){.capacity_qps = 1000, .depth = 50, .rtt_ns = 20 * MS, .timeout_ns = 1000 * MS,
                                     .line_loss = line ? 0.05 : 0, .silent_share = line ? 0 : 0.05}, seed);
            sim_run(20000);
            sim_run(40000);
            asked += (double)sim_clients[0].asked / 40 / SEEDS;
            answered += (double)sim_clients[0].answered / 40 / SEEDS;
        }
        cr_expect_gt(answered, 750, "line %d: %.0f a second", line, answered);
        cr_expect_lt(asked * 0.95, 1.06 * answered, "line %d: %.0f asked, %.0f answered", line, asked, answered);
    }
}

/* The resolver can do more again. */
Test(rate, grows_when_there_is_room_again)
{
    begin_alone((struct sim){.capacity_qps = 1000, .depth = 50, .rtt_ns = MS, .timeout_ns = 1000 * MS}, 1);
    sim_run(10000);
    sim.capacity_qps = 4000;
    sim.depth = 200;
    sim_run(20000);
    cr_expect_gt(answers_qps(5), 3000);
}

Test(rate, outlasts_an_outage)
{
    begin_alone(
        (struct sim){.capacity_qps = 1000, .depth = 50, .refuses = true, .rtt_ns = 200000, .timeout_ns = 1000 * MS}, 1);
    sim_run(10000);
    mxs_congestion_restart(CONGESTION(0), sim.now_ns);
    sim_run(2000);
    cr_expect_gt(sim_clients[0].answered, 1500, "%lu", (unsigned long)sim_clients[0].answered);
    cr_expect_lt(sim_clients[0].refused, 100, "%lu", (unsigned long)sim_clients[0].refused);
}

/* ---- several who ask ---- */

/* Over twenty seconds, in each of the first seeds: whoever was there first. What is lost is 1 to 2 % with most seeds,
 * and 15 % with one in thirty, so it is judged over many. */
static void expect_equal(struct sim busy, uint64_t apart_ms, uint64_t settle_ms, double least)
{
    busy.depth = busy.capacity_qps / 20;
    busy.timeout_ns = 1000 * MS;
    uint64_t all_asked = 0, all_answered = 0;
    for (uint64_t seed = 1; seed <= SEEDS_OF_CHANCE; seed++) {
        sim_begin(&busy, seed);
        sim_start(0);
        sim_run(apart_ms);
        sim_start(1);
        sim_run(settle_ms);
        sim_run(20000);
        double share = sim_share(0);
        uint64_t asked = sim_clients[0].asked + sim_clients[1].asked;
        uint64_t answered = sim_clients[0].answered + sim_clients[1].answered;
        all_asked += asked;
        all_answered += answered;
        if (seed > SEEDS)
            continue;
        cr_expect(share > least && share < 1 - least, "refuses %d, %lu ms apart: %.3f", busy.refuses,
                  (unsigned long)apart_ms, share);
        cr_expect_geq((double)answered, 0.85 * 20 * busy.capacity_qps, "%lu", (unsigned long)answered);
    }
    cr_expect_lt((double)(all_asked - all_answered), 0.02 * (double)all_asked, "%lu of %lu",
                 (unsigned long)(all_asked - all_answered), (unsigned long)all_asked);
}

static struct sim thousand(bool refuses)
{
    return (struct sim){.capacity_qps = 1000, .refuses = refuses, .rtt_ns = 200000};
}

Test(rate, two_share_what_refuses) { expect_equal(thousand(true), 300, 10000, 0.35); }
Test(rate, two_share_what_drops) { expect_equal(thousand(false), 300, 10000, 0.35); }
Test(rate, who_comes_later_gets_as_much_of_what_refuses) { expect_equal(thousand(true), 15000, 10000, 0.35); }
Test(rate, who_comes_later_gets_as_much_of_what_drops) { expect_equal(thousand(false), 15000, 10000, 0.35); }
/* Nearer than a token is long: who asks at every answer would take each as it falls. */
Test(rate, two_share_five_thousand_a_second)
{
    expect_equal((struct sim){.capacity_qps = 5000, .refuses = true, .rtt_ns = 200000}, 15000, 20000, 0.25);
}

/* Nobody starves, though it takes longer to be equal. */
Test(rate, three_share)
{
    struct sim busy = thousand(true);
    busy.depth = 50;
    busy.timeout_ns = 1000 * MS;
    sim_begin(&busy, 1);
    for (uint32_t i = 0; i < 3; i++) {
        sim_start(i);
        sim_run(2000);
    }
    sim_run(20000);
    sim_run(40000);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect(sim_share(i) > 0.2 && sim_share(i) < 0.55, "%u: %.3f", i, sim_share(i));
}
