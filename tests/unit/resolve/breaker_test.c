#include <criterion/criterion.h>

#include "scanner/resolve/internal/breaker.h"

#define S 1000000000ull

static struct mxs_breaker breaker;
static void setup(void) { mxs_breaker_init(&breaker, 100 * S); }
TestSuite(breaker, .init = setup);

static void blame(uint32_t times, uint64_t now_ns)
{
    for (uint32_t i = 0; i < times; i++)
        mxs_breaker_blame(&breaker, S / 2, now_ns);
}

Test(breaker, opens_after_twenty_questions_in_a_row_that_others_answered)
{
    mxs_breaker_ask(&breaker, 100 * S);
    blame(19, 101 * S);
    cr_expect_not(breaker.open);
    mxs_breaker_put(&breaker, 101 * S);
    mxs_breaker_ask(&breaker, 101 * S);
    blame(19, 102 * S);
    cr_expect_not(breaker.open, "an answer begins the row anew");
    blame(1, 102 * S);
    cr_expect(breaker.open);
}

/* What the line has lost in seconds is asked again at once, of it and of others, whose answers may be read first. */
Test(breaker, many_at_once_are_the_losses_of_a_line_until_it_had_its_time_to_answer)
{
    mxs_breaker_put(&breaker, 101 * S);
    blame(100, 103 * S);
    cr_expect_not(breaker.open, "it was not asked since it was heard");
    mxs_breaker_ask(&breaker, 103 * S);
    mxs_breaker_ask(&breaker, 104 * S);
    blame(100, 103 * S + S / 2 - 1);
    cr_expect_not(breaker.open);
    blame(1, 103 * S + S / 2);
    cr_expect(breaker.open);
}

Test(breaker, a_dead_one_is_knocked_at_and_closes_with_its_first_answer)
{
    mxs_breaker_open(&breaker, 100 * S);
    cr_expect(mxs_breaker_due(&breaker, 100 * S));
    cr_expect_not(mxs_breaker_due(&breaker, 100 * S), "one at a time");
    const uint64_t waits[] = {1, 2, 4, 5, 5};
    uint64_t now = 100 * S;
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
