/* How much, how long and how often: each number of the congestion control is seen from outside, in virtual time. */
#include <criterion/criterion.h>
#include <math.h>

#include "scanner/schedule/internal/congestion.h"

#define MS 1000000ull
#define INTERVAL (50 * MS)

static struct mxs_congestion congestion;
static uint64_t now;

static void begin(uint64_t rtt_ns)
{
    now = 1000000 * MS;
    mxs_congestion_init(&congestion, 1u << 20, 5000 * MS, rtt_ns, now);
}

/* As after a cut long ago. */
static void give_rate(double rate_qps)
{
    congestion.rate_qps = rate_qps;
    mxs_bucket_init(&congestion.bucket, (uint32_t)rate_qps, 40 * MS);
    congestion.bucket.next_ns = now;
}

static void take(uint32_t count, bool canaries_come)
{
    for (uint32_t i = 0; i < count; i++)
        if (mxs_congestion_take(&congestion, now)) {
            mxs_congestion_take_canary(&congestion, now);
            mxs_congestion_put_canary(&congestion, canaries_come ? MXS_HEARD_ANSWER : MXS_HEARD_NOTHING, now, now);
        }
}

/* One interval: so many asked, so many of them answered a millisecond later. */
static void play(uint32_t asked, uint32_t answered)
{
    uint64_t asked_ns = now;
    take(asked, answered == asked);
    now += MS;
    for (uint32_t i = 0; i < answered; i++)
        mxs_congestion_put(&congestion, MXS_HEARD_ANSWER, asked_ns, now);
    now += INTERVAL - MS;
    mxs_congestion_tick(&congestion, now);
}

/* Intervals until the rate is cut, at most 100. */
static uint32_t intervals_to_cut(uint32_t asked, uint32_t answered)
{
    uint64_t cut_ns = congestion.cut_ns;
    uint32_t count = 0;
    for (; count < 100 && congestion.cut_ns == cut_ns; count++)
        play(asked, answered);
    return count;
}

Test(congestion_times, ticks_are_uneven_five_to_fifteen_milliseconds_apart)
{
    for (int paced = 0; paced < 2; paced++) {
        uint64_t random = 12345, least = UINT64_MAX, most = 0;
        for (int i = 0; i < 10000; i++) {
            uint64_t ms = mxs_congestion_tick_ms(&random, paced);
            least = ms < least ? ms : least;
            most = ms > most ? ms : most;
        }
        cr_expect_eq(least, paced ? 1 : 5);
        cr_expect_eq(most, paced ? 3 : 15);
    }
}

Test(congestion_times, the_round_trip_is_the_average_of_some_sixty_answers)
{
    begin(10 * MS);
    take(64, true);
    for (int i = 0; i < 64; i++)
        mxs_congestion_put(&congestion, MXS_HEARD_ANSWER, now, now + 110 * MS);
    uint64_t rtt_ns = congestion.names.rtt_ns;
    cr_expect(rtt_ns > 70 * MS && rtt_ns < 77 * MS, "%lu", (unsigned long)rtt_ns);
}

/* Milliseconds until slow start ends where so many are answered a millisecond, whatever is asked. */
static uint64_t slow_start_ms(uint32_t answers)
{
    begin(MS);
    uint64_t begun = now;
    while (congestion.step == MXS_STEP_SLOW_START && now - begun < 1000 * MS) {
        while (mxs_congestion_fits(&congestion))
            take(1, true);
        now += MS;
        for (uint32_t i = 0; i < answers; i++)
            mxs_congestion_put(&congestion, MXS_HEARD_ANSWER, now - MS, now);
    }
    return (now - begun) / MS;
}

/* One round of 20 ms brings all that come, three more bring no more. */
Test(congestion_times, slow_start_ends_after_three_rounds_that_bring_no_more)
{
    uint64_t took_ms = slow_start_ms(20);
    cr_expect(took_ms >= 78 && took_ms <= 90, "%lu", (unsigned long)took_ms);
}

/* Of 40 answers in a round a quarter may be chance: the window grows until a round of it is 64 answers. */
Test(congestion_times, rounds_of_few_answers_do_not_end_slow_start)
{
    uint64_t took_ms = slow_start_ms(2);
    cr_expect(took_ms >= 350 && took_ms <= 430, "%lu", (unsigned long)took_ms);
    cr_expect(congestion.size >= 64 && congestion.size <= 128, "%u", congestion.size);
}

Test(congestion_times, a_round_waits_a_second_for_its_answers)
{
    begin(MS);
    uint64_t begun = congestion.round_ns;
    take(16, true);
    while (congestion.round_ns == begun && now - begun < 5000 * MS)
        mxs_congestion_tick(&congestion, now += 10 * MS);
    uint64_t took_ms = (now - begun) / MS;
    cr_expect(took_ms >= 1020 && took_ms <= 1050, "%lu", (unsigned long)took_ms);
}

Test(congestion_times, what_is_late_by_five_intervals_is_judged)
{
    begin(MS);
    uint32_t count = intervals_to_cut(2000, 1800);
    cr_expect(count >= 6 && count <= 8, "%u", count);
}

/* 6 % lost after good times: seen in the look's five intervals when two of them are bad. */
Test(congestion_times, a_look_goes_back_five_intervals)
{
    begin(MS);
    give_rate(10000);
    for (int i = 0; i < 40; i++)
        play(2000, 2000);
    cr_assert_eq(congestion.on_trial, false);
    uint32_t count = intervals_to_cut(2000, 1880);
    cr_expect_eq(count, 5 + 2, "%u", count);
}

Test(congestion_times, two_percent_and_what_chance_explains_are_no_overrun)
{
    const struct {
        double baseline;
        uint32_t asked, answered;
        bool cut;
    } cases[] = {{1, 2000, 1970, false}, {1, 2000, 1940, true}, {0.9, 200, 174, false}, {0.9, 200, 170, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(MS);
        give_rate(1000);
        for (int n = 0; n < 20; n++) {
            congestion.baseline = cases[i].baseline;
            play(cases[i].asked, cases[i].answered);
            if (congestion.on_trial)
                break;
        }
        cr_expect_eq(congestion.on_trial, cases[i].cut, "case %zu", i);
    }
}

Test(congestion_times, a_cut_leaves_four_fifths_of_what_was_answered)
{
    begin(MS);
    (void)intervals_to_cut(2000, 1800); /* 36,000 a second answered */
    cr_expect(fabs(congestion.rate_qps - 0.8 * 36000) < 300, "%.0f", congestion.rate_qps);
}

/* Cut, and still a tenth is lost: it is the line after two trials, each of a thousand questions or of a second. */
Test(congestion_times, a_line_is_found_after_two_trials_of_a_thousand_questions_or_a_second)
{
    const struct {
        uint32_t asked, least, most;
    } cases[] = {{200, 20, 24}, {20, 49, 54}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(MS);
        give_rate(100);
        (void)intervals_to_cut(cases[i].asked, cases[i].asked * 9 / 10);
        cr_assert(congestion.on_trial);
        uint32_t count = 0;
        for (; count < 200 && congestion.on_trial; count++)
            play(cases[i].asked, cases[i].asked * 9 / 10);
        cr_expect(count >= cases[i].least && count <= cases[i].most, "case %zu: %u", i, count);
        cr_expect(fabs(congestion.baseline - 0.9) < 0.01, "%.3f", congestion.baseline);
    }
}

Test(congestion_times, the_baseline_returns_in_half_a_minute)
{
    begin(MS);
    congestion.baseline = 0.5;
    for (int i = 0; i < 600; i++)
        mxs_congestion_tick(&congestion, now += INTERVAL);
    cr_expect(fabs(congestion.baseline - (1 - 0.5 * exp(-1))) < 0.005, "%.3f", congestion.baseline);
}

Test(congestion_times, a_rate_that_held_nothing_for_five_seconds_is_none)
{
    begin(MS);
    give_rate(1000);
    for (int i = 0; i < 100; i++)
        mxs_congestion_tick(&congestion, now += INTERVAL);
    cr_expect_neq(congestion.rate_qps, 0);
    for (int i = 0; i < 4; i++)
        mxs_congestion_tick(&congestion, now += INTERVAL);
    cr_expect_eq(congestion.rate_qps, 0);
}

/* Ten a second more, twice as much each second and a half: 65 in three seconds. */
Test(congestion_times, a_rate_that_is_used_grows_faster_and_faster)
{
    begin(MS);
    give_rate(1000);
    for (int i = 0; i < 60; i++)
        play(200, 200);
    cr_expect(congestion.rate_qps > 1060 && congestion.rate_qps < 1072, "%.1f", congestion.rate_qps);
}

Test(congestion_times, forty_milliseconds_of_a_rate_may_leave_at_once)
{
    begin(MS);
    (void)intervals_to_cut(2000, 1000);
    now += 1000 * MS;
    mxs_congestion_tick(&congestion, now);
    uint32_t count = 0;
    for (; mxs_congestion_fits(&congestion); count++)
        take(1, true);
    cr_expect(fabs(count / (0.04 * congestion.rate_qps) - 1) < 0.03, "%u of %.0f a second", count, congestion.rate_qps);
}

Test(congestion_times, silence_holds_its_place_for_a_timeout_where_no_round_trip_is_known)
{
    begin(0);
    take(MXS_CONGESTION_FIRST, true);
    congestion.names.rtt_ns = 0; /* the canary's */
    uint32_t count = 0;
    for (; count < 200 && !mxs_congestion_fits(&congestion); count++)
        mxs_congestion_tick(&congestion, now += INTERVAL);
    cr_expect(count >= 100 && count <= 103, "%u intervals of 50 ms for 5 s", count);
}

/* What is asked now will be over long after it is forgotten. */
Test(congestion_times, a_timeout_longer_than_the_memory_hides_no_overrun)
{
    now = 1000000 * MS;
    mxs_congestion_init(&congestion, 1u << 20, 60000 * MS, 0, now);
    uint32_t count = 0;
    for (; count < 2 * MXS_CONGESTION_INTERVALS && !congestion.on_trial; count++)
        play(100, 0);
    cr_expect_leq(count, MXS_CONGESTION_INTERVALS, "%u", count);
}

Test(congestion_times, a_round_has_256_answers_where_they_are_that_many)
{
    begin(MS);
    congestion.step = MXS_STEP_NONE;
    congestion.size = congestion.round_size = 1000;
    uint64_t begun = congestion.round_ns;
    for (; congestion.round_ns == begun && now - begun < 2000 * MS; now += MS) {
        take(1, true);
        mxs_congestion_put(&congestion, MXS_HEARD_ANSWER, now, now + MS);
    }
    cr_expect_eq((now - begun) / MS, 256);
}

/* One round of 100 ms with the window full, in which so many answers come. */
static void play_round(uint32_t answers)
{
    uint64_t begun = congestion.round_ns;
    while (mxs_congestion_fits(&congestion))
        take(1, true);
    for (uint32_t i = 0; i < answers; i++) {
        now = begun + (i + 1 < answers ? 50 : 100) * MS;
        mxs_congestion_put(&congestion, MXS_HEARD_ANSWER, begun, now);
    }
    cr_assert_eq(congestion.round_ns, now);
}

/* A window of 1,000 that brings 1,000 answers a round, as it stands before the first step from it. */
static void begin_steps(bool down)
{
    begin(MS);
    congestion.step = MXS_STEP_NONE;
    congestion.settling = true;
    congestion.down = down;
    congestion.size = 1000;
    play_round(1000); /* settles */
    play_round(1000); /* is compared with */
    cr_assert_eq(congestion.size, down ? 800 : 1250);
    play_round(1000);
}

/* A quarter of what a step would bring in proportion is worth it. */
Test(congestion_times, a_quarter_more_in_flight_is_kept_for_a_sixteenth_more_answers)
{
    begin_steps(false);
    play_round(1066);
    cr_expect_eq(congestion.size, 1250);
    begin_steps(false);
    play_round(1059);
    cr_expect_eq(congestion.size, 1000);
}

Test(congestion_times, a_fifth_less_in_flight_is_kept_while_a_twentieth_less_is_answered)
{
    begin_steps(true);
    play_round(954);
    cr_expect_eq(congestion.size, 640, "and again");
    begin_steps(true);
    play_round(946);
    cr_expect_eq(congestion.size, 1000);
}

/* As at the end of a list: all that still comes took seconds, for its own sake. */
Test(congestion_times, slow_names_do_not_make_a_slow_resolver)
{
    begin(10 * MS);
    take(200, true);
    for (int i = 0; i < 200; i++)
        mxs_congestion_put(&congestion, MXS_HEARD_SLOW, now, now + 3000 * MS);
    cr_expect_eq(mxs_congestion_late_ns(&congestion), 50 * MS, "places are held no longer");
    for (int i = 0; i < 200; i++)
        mxs_congestion_put(&congestion, MXS_HEARD_ANSWER, now, now + 1000 * MS);
    cr_expect_gt(mxs_congestion_late_ns(&congestion), 1000 * MS, "what is answered at once is the usual");
    cr_expect_eq(mxs_congestion_own_late_ns(&congestion), 50 * MS, "canaries tell of the resolver");
}

Test(congestion_times, the_resolver_s_own_round_trip_is_the_average_of_eight_canaries)
{
    begin(10 * MS);
    for (int i = 0; i < 8; i++)
        mxs_congestion_put_canary(&congestion, MXS_HEARD_ANSWER, now, now + 110 * MS);
    cr_expect(congestion.own.rtt_ns > 72 * MS && congestion.own.rtt_ns < 79 * MS, "%lu",
              (unsigned long)congestion.own.rtt_ns);
}
