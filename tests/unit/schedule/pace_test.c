#include <criterion/criterion.h>

#include "scanner/schedule/pace.h"

#define MS 1000000ull

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
