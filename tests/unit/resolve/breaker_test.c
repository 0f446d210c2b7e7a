#include <criterion/criterion.h>

#include "scanner/resolve/internal/breaker.h"

#define S 1000000000ull

static struct mxs_breaker breaker;
static void setup(void) { mxs_breaker_init(&breaker, 100 * S); }
TestSuite(breaker, .init = setup);

static uint64_t now;
static void put(bool answered) { mxs_breaker_put(&breaker, answered, now += S / 100); }

Test(breaker, opens_after_twenty_failures_in_a_row)
{
    now = 100 * S;
    for (int i = 0; i < 19; i++)
        put(false);
    cr_expect_not(breaker.open);
    put(true);
    for (int i = 0; i < 19; i++)
        put(false);
    cr_expect_not(breaker.open);
    put(false);
    cr_expect(breaker.open);
}

Test(breaker, opens_after_more_than_half_of_64)
{
    now = 100 * S;
    for (int i = 0; i < 63; i++)
        put(i % 2 == 0);
    put(true);
    cr_expect_not(breaker.open, "31 of 64");
    for (int i = 0; i < 64; i++)
        put(i % 16 < 7);
    cr_expect(breaker.open, "36 of 64");
}

/* 18,000 questions a second of which 4 in 100 are lost: time-outs are noticed each 50 ms, 36 at once. */
Test(breaker, losses_noticed_at_once_are_no_sickness)
{
    for (now = 100 * S; now < 110 * S; now += S / 20) {
        for (int i = 0; i < 36; i++)
            mxs_breaker_put(&breaker, false, now);
        for (int i = 0; i < 864; i++)
            mxs_breaker_put(&breaker, true, now);
        cr_assert_not(breaker.open);
    }
    for (int i = 0; i < 3; i++, now += S / 20)
        for (int j = 0; j < 36; j++)
            mxs_breaker_put(&breaker, false, now);
    cr_expect(breaker.open, "and silence is heard after a tenth of a second");
}

Test(breaker, a_dead_one_is_knocked_at_and_closes_with_its_first_answer)
{
    mxs_breaker_open(&breaker, 100 * S);
    cr_expect(mxs_breaker_due(&breaker, 100 * S));
    cr_expect_not(mxs_breaker_due(&breaker, 100 * S), "one at a time");
    const uint64_t waits[] = {1, 2, 4, 5, 5};
    now = 100 * S;
    for (int i = 0; i < 5; i++) {
        mxs_breaker_control(&breaker, false, now);
        cr_expect_not(mxs_breaker_due(&breaker, now + waits[i] * S - 1));
        now += waits[i] * S;
        cr_expect(mxs_breaker_due(&breaker, now), "%d", i);
    }
    mxs_breaker_control(&breaker, true, now);
    cr_expect_not(breaker.open);
    cr_expect_not(mxs_breaker_due(&breaker, now + 100 * S));
}

/* Answers control questions and nothing else. */
Test(breaker, who_lives_and_brings_nothing_stays_out_twice_as_long_each_time)
{
    const uint64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
    uint64_t now = 100 * S;
    for (int i = 0; i < 8; i++) {
        mxs_breaker_open(&breaker, now);
        cr_expect(mxs_breaker_due(&breaker, now));
        mxs_breaker_control(&breaker, true, now);
        cr_expect(breaker.open);
        cr_expect_not(mxs_breaker_due(&breaker, now + waits[i] * S - 1), "%d", i);
        now += waits[i] * S;
        cr_expect(mxs_breaker_due(&breaker, now), "%d: half-open asks a control question", i);
        mxs_breaker_control(&breaker, true, now);
        cr_expect_not(breaker.open);
    }
    mxs_breaker_open(&breaker, now + 60 * S);
    cr_expect_eq(breaker.until_ns, now + 61 * S, "forgotten after a quiet minute");
}

Test(breaker, alone_it_closes_at_once)
{
    breaker.alone = true;
    for (int i = 0; i < 5; i++) {
        mxs_breaker_open(&breaker, 100 * S);
        cr_expect(mxs_breaker_due(&breaker, 100 * S));
        mxs_breaker_control(&breaker, true, 100 * S);
        cr_expect_not(breaker.open);
    }
}

Test(breaker, when_the_others_die_it_is_asked_at_once)
{
    mxs_breaker_open(&breaker, 100 * S);
    cr_expect(mxs_breaker_due(&breaker, 100 * S));
    mxs_breaker_control(&breaker, true, 100 * S);
    cr_expect_not(mxs_breaker_due(&breaker, 100 * S + 1));
    breaker.alone = true;
    cr_expect(mxs_breaker_due(&breaker, 100 * S + 1));
    mxs_breaker_control(&breaker, true, 100 * S + 1);
    cr_expect_not(breaker.open);
}
