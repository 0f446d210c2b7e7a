#include <criterion/criterion.h>

#include "scanner/resolve/breaker.h"

#define S 1000000000ull

static struct mxs_breaker breaker;
static void setup(void) { mxs_breaker_init(&breaker, 100 * S); }
TestSuite(breaker, .init = setup);

Test(breaker, opens_after_twenty_failures_in_a_row)
{
    for (int i = 0; i < 19; i++)
        mxs_breaker_put(&breaker, false, 100 * S);
    cr_expect_not(breaker.open);
    mxs_breaker_put(&breaker, true, 100 * S);
    for (int i = 0; i < 19; i++)
        mxs_breaker_put(&breaker, false, 100 * S);
    cr_expect_not(breaker.open);
    mxs_breaker_put(&breaker, false, 100 * S);
    cr_expect(breaker.open);
}

Test(breaker, opens_after_more_than_half_of_64)
{
    for (int i = 0; i < 63; i++)
        mxs_breaker_put(&breaker, i % 2 == 0, 100 * S);
    mxs_breaker_put(&breaker, true, 100 * S);
    cr_expect_not(breaker.open, "31 of 64");
    for (int i = 0; i < 64; i++)
        mxs_breaker_put(&breaker, i % 16 < 7, 100 * S);
    cr_expect(breaker.open, "36 of 64");
}

Test(breaker, asks_at_once_then_at_growing_intervals)
{
    mxs_breaker_open(&breaker, 100 * S);
    cr_expect(mxs_breaker_due(&breaker, 100 * S));
    cr_expect_not(mxs_breaker_due(&breaker, 100 * S), "one at a time");
    const uint64_t waits[] = {1, 2, 4, 6, 6};
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
