#include <criterion/criterion.h>

#include "base/clock.h"
#include "scanner/schedule/internal/dispatch.h"
#include "tests/unit/resolve/responder.h"

#define WAITERS 500

static uv_loop_t loop;
static struct responder servers[2];
static mxs_pool *pool;
static struct mxs_dispatch dispatch;

static void setup(void)
{
    struct mxs_detail detail;
    const struct mxs_pool_options options = {
        .resolver = {.timeout_ms = 1000, .channels_max = 4, .tcp_max = 4, .edns_payload = 1232, .edns_probe_ms = 1000}};
    cr_assert_eq(uv_loop_init(&loop), 0);
    cr_assert_eq(mxs_pool_create(&pool, &loop, &options, &detail), MXS_OK);
    dispatch = (struct mxs_dispatch){.pool = pool, .flow_count = 2, .limit = 10000};
    dispatch.now_ns = mxs_clock_ns();
    dispatch.flows = calloc(2, sizeof *dispatch.flows);
    cr_assert(dispatch.flows != NULL);
    for (int i = 0; i < 2; i++) {
        responder_start(&servers[i], &loop);
        cr_assert_eq(mxs_pool_put(pool, servers[i].address, &detail), MXS_OK);
        mxs_flow_init(&dispatch.flows[i], 10000, 0, 1000 * MXS_NS_PER_MS, 1000, dispatch.now_ns);
    }
    cr_assert_eq(mxs_slots_init(&dispatch.slots, 2 * WAITERS, 2), MXS_OK);
    cr_assert_eq(mxs_polite_init(&dispatch.polite, 0, 1, NULL), MXS_OK);
}

static void teardown(void)
{
    mxs_slots_finish(&dispatch.slots);
    free(dispatch.flows);
    mxs_pool_destroy(&pool);
    for (int i = 0; i < 2; i++)
        responder_stop(&servers[i]);
    cr_assert_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
    cr_assert_eq(uv_loop_close(&loop), 0);
}

TestSuite(dispatch, .init = setup, .fini = teardown, .timeout = 30);

/* A question that is due again and wants to be asked elsewhere than there. */
static struct mxs_slot *put(uint16_t avoided)
{
    const struct mxs_question question = {
        .name = MXS_TEXT("mx.example"), .type = MXS_TYPE_MX, .avoid = {(uint16_t)(avoided + 1), 0}};
    struct mxs_slot *slot = mxs_slots_take(&dispatch.slots, &question, dispatch.now_ns);
    cr_assert(slot != NULL);
    slot->most = 3;
    mxs_slots_wait(&dispatch.slots, slot, MXS_WAIT_READY, dispatch.now_ns);
    return slot;
}

static bool retry(uint32_t most) { return mxs_dispatch_retry(&dispatch, &most); }

/* Half a thousand that want the second resolver, which has no room, stand before one that wants the first. */
Test(dispatch, who_can_leave_does_not_wait_behind_those_who_want_another_resolver)
{
    struct mxs_slot *last = NULL;
    for (int i = 0; i < WAITERS; i++)
        (void)put(0);
    last = put(1);
    dispatch.flows[1].full = true;
    int turns = 0;
    for (; turns < 1000 && last->open == 0; turns++)
        cr_assert(retry(32), "there is room at the first");
    cr_expect_leq(turns, WAITERS / 32 + 1, "each is looked at once");
    struct mxs_slot *again = put(1); /* also when the others have been passed over already */
    cr_assert(retry(32));
    cr_expect_eq(again->open, 1);
    cr_expect_eq(dispatch.slots.wait[MXS_WAIT_ELSEWHERE].count, WAITERS);
}

Test(dispatch, who_was_passed_over_leaves_in_the_order_of_age_when_there_is_room)
{
    struct mxs_slot *slots[64];
    for (int i = 0; i < 64; i++)
        slots[i] = put(0);
    dispatch.flows[1].full = true;
    while (dispatch.slots.wait[MXS_WAIT_READY].count != 0)
        cr_assert(retry(32));
    dispatch.flows[1].full = false;
    for (int i = 0; i < 16; i++) {
        cr_assert(retry(1));
        for (int n = 0; n < 64; n++)
            cr_assert_eq(slots[n]->open, n <= i, "turn %d, question %d", i, n);
    }
}

Test(dispatch, where_nobody_has_room_nothing_is_looked_at)
{
    (void)put(0);
    dispatch.flows[0].full = dispatch.flows[1].full = true;
    cr_expect_not(retry(32));
    cr_expect_eq(dispatch.slots.wait[MXS_WAIT_READY].count, 1);
}

/* All have waited a second for a place elsewhere: the last one is asked again. */
Test(dispatch, who_waited_a_second_is_asked_where_there_is_room)
{
    for (int i = 0; i < 40; i++) {
        struct mxs_slot *slot = put(0);
        slot->avoid[0] = 0;
        slot->attempts = 1;
        slot->resolver = slot->tried[0].resolver = 0;
    }
    dispatch.flows[1].full = true;
    for (int i = 0; i < 4; i++)
        cr_assert(retry(32));
    cr_expect_eq(dispatch.flows[0].in_flight, 0);
    dispatch.now_ns += 1000 * MXS_NS_PER_MS;
    cr_assert(retry(8));
    cr_expect_eq(dispatch.flows[0].in_flight, 8);
}

Test(dispatch, only_who_may_be_rechecked_is)
{
    struct mxs_slot *slots[3];
    dispatch.timeout_ns = 1000 * MXS_NS_PER_MS;
    for (int i = 0; i < 3; i++) {
        slots[i] = put(0);
        slots[i]->begun_ns = dispatch.now_ns - 2000 * MXS_NS_PER_MS;
        slots[i]->may_recheck = i != 1;
        mxs_slots_wake(&dispatch.slots, slots[i]);
        mxs_slots_wait(&dispatch.slots, slots[i], MXS_WAIT_RECHECK, dispatch.now_ns);
    }
    mxs_dispatch_recheck(&dispatch);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(slots[i]->waiting, i == 1 ? MXS_WAIT_RECHECK : MXS_WAIT_READY, "%d", i);
}
