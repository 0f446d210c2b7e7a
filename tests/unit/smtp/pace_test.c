#include <criterion/criterion.h>

#include "base/clock.h"
#include "scanner/smtp/internal/pace.h"

static struct mxs_smtp_pace pace;
static uint64_t now_ns;

static uint32_t gate(void)
{
    uint32_t id;
    cr_assert_eq(mxs_smtp_pace_put_gate(&pace, &id), MXS_OK);
    return id;
}

static void put(uint32_t target, uint32_t network, uint32_t provider)
{
    cr_assert_eq(mxs_smtp_pace_put(&pace, target, network, provider), MXS_OK);
}

static void begin(uint32_t rate, uint32_t concurrency)
{
    mxs_smtp_pace_init(&pace, rate, concurrency, 1);
    now_ns = 1000 * MXS_NS_PER_S;
}

static void teardown(void) { mxs_smtp_pace_finish(&pace); }
TestSuite(smtp_pace, .fini = teardown);

/* The next target at the earliest time it comes; adds up what had to be waited. */
static bool take(uint32_t *target)
{
    uint64_t wait_ns;
    while (!mxs_smtp_pace_take(&pace, now_ns, target, &wait_ns)) {
        if (wait_ns == MXS_SMTP_NEVER)
            return false;
        cr_assert_gt(wait_ns, 0);
        now_ns += wait_ns;
    }
    return true;
}

Test(smtp_pace, one_provider_passes_once_in_half_a_second)
{
    begin(0, 100);
    uint32_t provider = gate(), target;
    for (uint32_t i = 0; i < 10; i++)
        put(i, gate(), provider);
    uint64_t start_ns = now_ns;
    for (uint32_t i = 0; i < 10; i++) {
        cr_assert(take(&target));
        mxs_smtp_pace_end(&pace, target, false);
    }
    cr_assert_eq(now_ns - start_ns, 9 * 500 * MXS_NS_PER_MS);
    cr_assert(mxs_smtp_pace_idle(&pace));
}

Test(smtp_pace, four_are_open_at_one_provider_and_no_fifth)
{
    begin(0, 100);
    uint32_t provider = gate(), targets[5];
    for (uint32_t i = 0; i < 6; i++)
        put(i, gate(), provider);
    for (uint32_t i = 0; i < 4; i++)
        cr_assert(take(&targets[i]));
    cr_assert(!take(&targets[4]), "not before one ends");
    mxs_smtp_pace_end(&pace, targets[0], false);
    cr_assert(take(&targets[4]));
}

Test(smtp_pace, whoever_waits_holds_up_nobody_else)
{
    begin(0, 100);
    uint32_t busy = gate(), target;
    for (uint32_t i = 0; i < 50; i++)
        put(i, gate(), busy);
    for (uint32_t i = 50; i < 100; i++) {
        uint32_t network = gate();
        put(i, network, gate());
    }
    uint32_t at_once = 0;
    uint64_t wait_ns;
    while (mxs_smtp_pace_take(&pace, now_ns, &target, &wait_ns))
        at_once++;
    cr_assert_eq(at_once, 51);
}

Test(smtp_pace, each_is_taken_once_and_all_are_taken)
{
    begin(1000, 7);
    uint32_t networks[5], providers[3], target, seen[300] = {0};
    for (int i = 0; i < 5; i++)
        networks[i] = gate();
    for (int i = 0; i < 3; i++)
        providers[i] = gate();
    for (uint32_t i = 0; i < 300; i++)
        put(i, networks[i % 5], providers[i % 3]);
    uint32_t open[7], count = 0, taken = 0;
    while (taken < 300 || count > 0) {
        if (count < 7 && take(&target)) {
            seen[target]++;
            taken++;
            open[count++] = target;
        } else {
            cr_assert_gt(count, 0);
            mxs_smtp_pace_end(&pace, open[--count], false);
        }
    }
    for (uint32_t i = 0; i < 300; i++)
        cr_assert_eq(seen[i], 1, "%u", i);
}

Test(smtp_pace, the_rate_holds_over_all)
{
    begin(20, 1000);
    uint64_t start_ns = now_ns;
    uint32_t target;
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t network = gate();
        put(i, network, gate());
    }
    for (uint32_t i = 0; i < 100; i++)
        cr_assert(take(&target));
    cr_assert_eq(now_ns - start_ns, 99 * (MXS_NS_PER_S / 20));
}

Test(smtp_pace, a_provider_that_asks_for_patience_gets_it_and_wins_it_back)
{
    begin(0, 100);
    uint32_t provider = gate(), target;
    for (uint32_t i = 0; i < 40; i++)
        put(i, gate(), provider);
    uint64_t between[40], before = 0;
    for (uint32_t i = 0; i < 40; i++) {
        cr_assert(take(&target));
        between[i] = (now_ns - before) / MXS_NS_PER_MS;
        before = now_ns;
        mxs_smtp_pace_end(&pace, target, i < 8);
    }
    cr_assert_gt(between[2], between[1]);
    for (uint32_t i = 1; i < 40; i++)
        cr_assert(between[i] >= 500 && between[i] <= 3 * MXS_SMTP_GATE_MS_MAX, "%u: %lu", i, (unsigned long)between[i]);
    cr_assert_eq(between[39], 500);
}

Test(smtp_pace, retries_come_when_they_are_due)
{
    begin(0, 10);
    uint32_t network = gate(), provider = gate(), target;
    put(0, network, provider);
    cr_assert(take(&target));
    mxs_smtp_pace_end(&pace, 0, false);
    uint64_t due_ns = now_ns + 300 * MXS_NS_PER_S;
    cr_assert_eq(mxs_smtp_pace_put_again(&pace, 0, due_ns), MXS_OK);
    cr_assert(!mxs_smtp_pace_idle(&pace));
    cr_assert(take(&target) && target == 0);
    cr_assert_eq(now_ns, due_ns);
}

Test(smtp_pace, the_order_is_shuffled_and_the_seed_repeats_it)
{
    uint32_t orders[3][200], same = 0;
    for (int round = 0; round < 3; round++) {
        begin(0, 1000);
        pace.random = round == 2 ? 77 : 5;
        for (uint32_t i = 0; i < 200; i++) {
            uint32_t network = gate();
            put(i, network, gate());
        }
        for (uint32_t i = 0; i < 200; i++)
            cr_assert(take(&orders[round][i]));
        mxs_smtp_pace_finish(&pace);
    }
    cr_assert_arr_eq(orders[0], orders[1], sizeof orders[0]);
    for (uint32_t i = 0; i < 200; i++)
        same += orders[0][i] == orders[2][i] || orders[0][i] == i;
    cr_assert_lt(same, 20);
}

Test(smtp_pace, what_is_not_met_after_all_costs_no_time)
{
    begin(1, 10);
    uint32_t network = gate(), provider = gate(), target;
    put(0, network, provider);
    put(1, network, provider);
    uint64_t start_ns = now_ns;
    cr_assert(take(&target));
    mxs_smtp_pace_forgo(&pace, target);
    cr_assert(take(&target));
    cr_assert_eq(now_ns, start_ns);
}

/* The machine was busy between the two: the pause is one between connections. */
Test(smtp_pace, a_pause_begins_when_a_target_is_met)
{
    for (uint32_t rate = 0; rate < 2; rate++) {
        begin(rate, 10);
        uint32_t provider = gate(), target;
        put(0, gate(), provider);
        put(1, gate(), provider);
        cr_assert(take(&target));
        uint64_t met_ns = now_ns += 400 * MXS_NS_PER_MS;
        mxs_smtp_pace_met(&pace, target, met_ns);
        cr_assert(take(&target));
        cr_expect_eq(now_ns - met_ns, (rate == 0 ? 500 : 1000) * MXS_NS_PER_MS);
        mxs_smtp_pace_finish(&pace);
    }
    begin(0, 10);
}

Test(smtp_pace, everything_can_be_given_up)
{
    begin(0, 2);
    uint32_t provider = gate(), target, count = 0;
    for (uint32_t i = 0; i < 20; i++)
        put(i, gate(), provider);
    cr_assert(take(&target));
    cr_assert(!mxs_smtp_pace_take(&pace, now_ns, &target, &(uint64_t){0}));
    cr_assert_eq(mxs_smtp_pace_put_again(&pace, target, now_ns + 1), MXS_OK);
    while (mxs_smtp_pace_take_any(&pace, &target))
        count++;
    cr_assert_eq(count, 20);
}
