#include "pace_sim.h"

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

/* ---- one who asks ---- */

#define SEEDS 4

Test(window, begins_at_16_and_opens_within_milliseconds_on_a_loopback)
{
    const struct sim near = {.rtt_ns = 200000, .timeout_ns = 5000 * MS, .ceiling = 4096};
    sim_begin(&near, 1);
    sim_start(0);
    cr_expect_eq(sim_clients[0].window.size, MXS_WINDOW_FIRST);
    sim_run(100);
    cr_expect_gt(sim_clients[0].answered, 30000, "%lu", (unsigned long)sim_clients[0].answered);
    sim_run(1000);
    cr_expect_eq(sim_clients[0].window.rate_qps, 0);
    cr_expect_gt(sim_clients[0].answered, 300000, "%lu", (unsigned long)sim_clients[0].answered);
}

Test(window, fills_a_long_line)
{
    const struct sim far = {.rtt_ns = 200 * MS, .timeout_ns = 5000 * MS, .ceiling = 50000};
    sim_begin(&far, 1);
    sim_start(0);
    sim_run(3000); /* 16 doubled twelve times: fifteen round trips */
    cr_expect_eq(sim_clients[0].window.size, 50000, "%u", sim_clients[0].window.size);
    sim_run(1000);
    cr_expect_gt(sim_clients[0].answered, 240000, "%lu", (unsigned long)sim_clients[0].answered);
}

Test(window, steady_loss_of_the_line_does_not_close_it)
{
    const double losses[] = {0.05, 0.2};
    for (int i = 0; i < 2; i++) {
        const struct sim lossy = {.rtt_ns = 20 * MS, .timeout_ns = 1000 * MS, .line_loss = losses[i], .ceiling = 1000};
        sim_begin(&lossy, 1);
        sim_start(0);
        sim_run(20000);
        sim_run(30000);
        /* A lost one holds its place until it is a suspect, 375 ms on average. */
        double ideal = 30 * (1 - losses[i]) * 1000 / ((1 - losses[i]) * 0.0205 + losses[i] * 0.375);
        cr_expect_gt((double)sim_clients[0].answered, 0.7 * ideal, "%.2f: %.2f", losses[i], (double)sim_clients[0].answered / ideal);
    }
}

Test(window, names_that_are_refused_whatever_the_pace_do_not_close_it)
{
    const struct sim picky = {.rtt_ns = MS, .timeout_ns = 1000 * MS, .refused_share = 0.2, .ceiling = 100};
    sim_begin(&picky, 1);
    sim_start(0);
    sim_run(10000);
    sim_run(20000);
    double ideal = 20 * 0.8 * 100 / 0.0015;
    cr_expect_gt((double)sim_clients[0].answered, 0.7 * ideal, "%.2f", (double)sim_clients[0].answered / ideal);
}

/* A list is read and the resolvers are looked at before the first question. */
Test(window, what_was_not_asked_is_no_slowness_of_the_resolver)
{
    struct mxs_window window;
    mxs_window_init(&window, 4096, 5000 * MS, 0);
    for (uint64_t now = 3000 * MS; now < 3040 * MS; now += MS) {
        for (uint32_t i = 0; i < 16 && mxs_window_fits(&window, i, now); i++)
            mxs_window_take(&window, i, now);
        for (int i = 0; i < 16; i++)
            mxs_window_put(&window, i < 2 ? MXS_HEARD_REFUSED : MXS_HEARD_ANSWER, now, now + MS / 2);
    }
    cr_expect_gt(window.cut_ns, 0);
    cr_expect_gt(window.rate_qps, 8000, "%.0f a second, of 14,000 answered", window.rate_qps);
}

Test(window, slow_answers_are_no_loss)
{
    const struct sim mixed = {.rtt_ns = 2 * MS, .timeout_ns = 5000 * MS, .mix = true, .ceiling = 2000};
    sim_begin(&mixed, 1);
    sim_start(0);
    sim_run(4000);
    sim_run(20000);
    /* The mean answer takes 82 ms, but a suspect holds no place: 57 ms of a place. */
    cr_expect_gt(sim_clients[0].answered, 20 * 2000 / 0.082 * 0.9, "%lu", (unsigned long)sim_clients[0].answered);
    cr_expect_eq(sim_clients[0].lost, 0);
}

/* Within ten seconds at 85 - 100 % of the capacity, and less than 2 % lost from then on. */
static void expect_settled(struct sim resolver, const char *what)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const struct sim_client *who = &sim_clients[0];
        sim_begin(&resolver, seed);
        sim_start(0);
        sim_run(8000);
        sim_run(2000);
        cr_expect_geq((double)who->answered, 0.85 * 2 * resolver.capacity_qps, "%s: %.3f of the capacity in the tenth second", what,
                      (double)who->answered / 2 / resolver.capacity_qps);
        sim_run(20000);
        double bad = (double)(who->lost + who->refused) / (double)who->asked;
        cr_expect_geq((double)who->answered, 0.88 * 20 * resolver.capacity_qps, "%s: %.3f of the capacity", what,
                      (double)who->answered / 20 / resolver.capacity_qps);
        cr_expect_lt(bad, 0.02, "%s: %.4f lost", what, bad);
    }
}

Test(window, settles_at_a_resolver_that_refuses_what_is_too_much)
{
    struct sim busy = {.capacity_qps = 1000, .depth = 50, .refuses = true, .rtt_ns = 200000, .timeout_ns = 5000 * MS};
    expect_settled(busy, "near");
    busy.rtt_ns = 30 * MS;
    expect_settled(busy, "far");
    expect_settled((struct sim){.capacity_qps = 20000, .depth = 1000, .refuses = true, .rtt_ns = MS, .timeout_ns = 5000 * MS}, "fast");
}

/* Few answers tell little, so more is lost; but not for small steps that come too fast. */
Test(window, a_slow_resolver_is_not_overrun_for_long)
{
    for (int scanners = 1; scanners <= 2; scanners++)
        for (int refuses = 0; refuses <= 1; refuses++)
            for (uint64_t seed = 1; seed <= SEEDS; seed++) {
                const struct sim slow = {.capacity_qps = 100, .depth = 5, .refuses = refuses, .rtt_ns = 200000, .timeout_ns = 1000 * MS};
                sim_begin(&slow, seed);
                sim_start(0);
                if (scanners == 2)
                    sim_start(1);
                sim_run(20000);
                sim_run(40000);
                uint64_t asked = sim_clients[0].asked + sim_clients[1].asked, answered = sim_clients[0].answered + sim_clients[1].answered;
                cr_expect_geq((double)answered, 0.85 * 4000, "%d, refuses %d: %lu", scanners, refuses, (unsigned long)answered);
                cr_expect_lt((double)(asked - answered), (scanners == 1 ? 0.05 : 0.1) * (double)asked, "%d, refuses %d: %lu of %lu", scanners,
                             refuses, (unsigned long)(asked - answered), (unsigned long)asked);
            }
}

Test(window, settles_at_a_resolver_that_drops_what_is_too_much)
{
    struct sim busy = {.capacity_qps = 1000, .depth = 50, .rtt_ns = 200000, .timeout_ns = 5000 * MS};
    expect_settled(busy, "near");
    busy.timeout_ns = 1000 * MS;
    expect_settled(busy, "short timeout");
    busy.timeout_ns = 5000 * MS;
    busy.rtt_ns = 30 * MS;
    expect_settled(busy, "far");
}

Test(window, an_overrun_on_a_lossy_line_is_still_found)
{
    const struct {
        double loss;
        bool refuses;
    } lines[] = {{0.05, false}, {0.05, true}, {0.2, false}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        double asked = 0, answered = 0;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            const struct sim both = {.capacity_qps = 1000, .depth = 50, .rtt_ns = 20 * MS, .timeout_ns = 1000 * MS,
                                     .line_loss = lines[i].loss, .refuses = lines[i].refuses};
            sim_begin(&both, seed);
            sim_start(0);
            sim_run(20000);
            sim_run(60000);
            asked += (double)sim_clients[0].asked / 60 / SEEDS;
            answered += (double)sim_clients[0].answered / 60 / SEEDS;
            cr_expect_gt(sim_clients[0].answered, 60 * 750, "%.2f: %lu", lines[i].loss, (unsigned long)sim_clients[0].answered);
        }
        cr_expect_gt(answered, 840, "%.2f: %.0f a second", lines[i].loss, answered);
        cr_expect_lt(asked * (1 - lines[i].loss), 1.05 * answered, "%.2f: %.0f asked, %.0f answered", lines[i].loss, asked, answered);
    }
}

Test(window, the_baseline_is_what_is_lost_at_a_quarter_of_the_pace)
{
    const double losses[] = {0.05, 0.2};
    for (int i = 0; i < 2; i++) {
        const struct sim lossy = {.rtt_ns = 20 * MS, .timeout_ns = 1000 * MS, .line_loss = losses[i], .ceiling = 1000};
        const struct mxs_window *window = &sim_clients[0].window;
        uint32_t probes = 0;
        double asked[2] = {0}, steps[2] = {0};
        sim_begin(&lossy, 1);
        sim_start(0);
        sim_run(20000);
        for (int step = 0; step < 3000; step++) {
            bool before = window->probe.asking;
            sim_run(10);
            probes += !before && window->probe.asking;
            asked[before] += (double)sim_clients[0].asked;
            steps[before]++;
        }
        cr_expect_eq(probes, 3, "%u in thirty seconds", probes);
        cr_expect_lt(asked[1] / steps[1], 0.5 * asked[0] / steps[0], "%.0f and %.0f", asked[1] / steps[1], asked[0] / steps[0]);
        cr_expect(window->trial.baseline > losses[i] - 0.03 && window->trial.baseline < losses[i] + 0.03, "%.3f", window->trial.baseline);
    }
}

Test(window, where_nothing_is_lost_there_is_no_probe)
{
    const struct sim healthy = {.rtt_ns = MS, .timeout_ns = 5000 * MS, .ceiling = 100};
    sim_begin(&healthy, 1);
    sim_start(0);
    for (int i = 0; i < 250; i++) {
        sim_run(100);
        cr_assert_not(sim_clients[0].window.probe.asking);
    }
}

/* Answers to questions asked while the window is full. */
static void answer(struct mxs_window *window, uint32_t count, uint64_t *now_ns)
{
    for (uint32_t i = 0; i < count; i++) {
        mxs_window_take(window, window->size - 1, *now_ns);
        *now_ns += MS / 100;
        mxs_window_put(window, MXS_HEARD_ANSWER, *now_ns - MS / 100, *now_ns);
    }
}

Test(window, grows_by_one_for_each_answer_until_it_is_cut_and_then_by_one_for_each_window)
{
    struct mxs_window window;
    uint64_t now_ns = 1000000 * MS;
    mxs_window_init(&window, 1000, 5000 * MS, now_ns);
    answer(&window, 84, &now_ns);
    cr_expect_eq(window.size, 100);
    for (int i = 0; i < 200; i++) {
        mxs_window_take(&window, 50, now_ns);
        now_ns += MS;
        mxs_window_put(&window, MXS_HEARD_REFUSED, now_ns - MS, now_ns);
        if (!window.slow_start)
            break;
    }
    cr_assert_not(window.slow_start);
    cr_assert_eq(window.size, 50, "halved");
    answer(&window, 49, &now_ns);
    cr_expect_eq(window.size, 50);
    answer(&window, 1, &now_ns);
    cr_expect_eq(window.size, 51);
    answer(&window, 51, &now_ns);
    cr_expect_eq(window.size, 52);
}

Test(window, a_rate_that_was_found_outlasts_an_outage)
{
    const struct sim busy = {.capacity_qps = 1000, .depth = 50, .refuses = true, .rtt_ns = 200000, .timeout_ns = 1000 * MS};
    sim_begin(&busy, 1);
    sim_start(0);
    sim_run(10000);
    mxs_window_restart(&sim_clients[0].window, sim.timeout_ns, sim.now_ns);
    sim_run(2000);
    cr_expect_gt(sim_clients[0].answered, 1500, "%lu", (unsigned long)sim_clients[0].answered);
    cr_expect_lt(sim_clients[0].refused, 100, "%lu", (unsigned long)sim_clients[0].refused);
}

Test(window, never_below_one)
{
    const struct sim tiny = {.capacity_qps = 1, .depth = 1, .refuses = true, .rtt_ns = 200000, .timeout_ns = 1000 * MS};
    sim_begin(&tiny, 1);
    sim_start(0);
    sim_run(20000);
    cr_expect_geq(sim_clients[0].window.size, 1);
    cr_expect_gt(sim_clients[0].answered, 10);
}

/* ---- several who ask ---- */

static void expect_equal_at(double capacity_qps, bool refuses, uint64_t apart_ms, uint64_t settle_ms, double least)
{
    const struct sim busy = {.capacity_qps = capacity_qps, .depth = capacity_qps / 20, .refuses = refuses, .rtt_ns = 200000, .timeout_ns = 1000 * MS};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        sim_begin(&busy, seed);
        sim_start(0);
        sim_run(apart_ms);
        sim_start(1);
        sim_run(settle_ms);
        sim_run(20000);
        double share = sim_share(0);
        uint64_t asked = sim_clients[0].asked + sim_clients[1].asked, answered = sim_clients[0].answered + sim_clients[1].answered;
        cr_expect(share > least && share < 1 - least, "refuses %d, %lu ms apart: %.3f", refuses, (unsigned long)apart_ms, share);
        cr_expect_geq((double)answered, 17 * capacity_qps, "%lu", (unsigned long)answered);
        cr_expect_lt((double)(asked - answered), 0.02 * (double)asked, "%lu of %lu", (unsigned long)(asked - answered), (unsigned long)asked);
    }
}

static void expect_equal(bool refuses, uint64_t apart_ms, uint64_t settle_ms, double least)
{
    expect_equal_at(1000, refuses, apart_ms, settle_ms, least);
}

Test(window, two_share_what_refuses) { expect_equal(true, 300, 10000, 0.35); }
Test(window, two_share_what_drops) { expect_equal(false, 300, 10000, 0.35); }
/* Who comes later gets as much, though what drops says so little that it takes longer. */
Test(window, who_comes_later_gets_as_much_of_what_refuses) { expect_equal(true, 15000, 10000, 0.35); }
Test(window, who_comes_later_gets_as_much_of_what_drops) { expect_equal(false, 15000, 30000, 0.35); }

/* Nearer than a token is long: who asks at every answer would take each as it falls. */
Test(window, two_share_five_thousand_a_second) { expect_equal_at(5000, true, 15000, 20000, 0.25); }

Test(window, three_share)
{
    const struct sim busy = {.capacity_qps = 1000, .depth = 50, .refuses = true, .rtt_ns = 200000, .timeout_ns = 1000 * MS};
    sim_begin(&busy, 1);
    for (uint32_t i = 0; i < 3; i++) {
        sim_start(i);
        sim_run(2000);
    }
    sim_run(20000);
    sim_run(40000);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect(sim_share(i) > 0.2 && sim_share(i) < 0.47, "%u: %.3f", i, sim_share(i));
}
