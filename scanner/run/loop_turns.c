#include "scanner/run/internal/loop_turns.h"

#include "base/err.h"
#include "base/clock.h"

static uint64_t busy_ns(const struct mxs_loop_turns *loop_turns)
{
    return mxs_clock_ns() - uv_metrics_idle_time(loop_turns->prepare.loop);
}

static void count(struct mxs_loop_turn_counts *counts, uint64_t spent_ns)
{
    static const uint64_t bounds_ms[MXS_LOOP_TURN_CLASSES - 1] = {1, 2, 5, 10, 20};
    int class = 0;
    while (class < MXS_LOOP_TURN_CLASSES - 1 && spent_ns >= bounds_ms[class] * MXS_NS_PER_MS)
        class++;
    counts->turns[class]++;
    if (spent_ns > counts->longest_ns)
        counts->longest_ns = spent_ns;
}

static void on_prepare(uv_prepare_t *handle)
{
    struct mxs_loop_turns *loop_turns = handle->data;
    uint64_t now_ns = busy_ns(loop_turns);
    count(&loop_turns->counts, now_ns - loop_turns->busy_ns);
    loop_turns->busy_ns = now_ns;
}

void mxs_loop_turns_open(struct mxs_loop_turns *loop_turns, uv_loop_t *loop)
{
    *loop_turns = (struct mxs_loop_turns){0};
    MXS_ASSERT(uv_loop_configure(loop, UV_METRICS_IDLE_TIME) == 0);
    MXS_ASSERT(uv_prepare_init(loop, &loop_turns->prepare) == 0);
    loop_turns->prepare.data = loop_turns;
    uv_unref((uv_handle_t *)&loop_turns->prepare);
}

void mxs_loop_turns_begin(struct mxs_loop_turns *loop_turns)
{
    loop_turns->counts = (struct mxs_loop_turn_counts){0};
    loop_turns->busy_ns = busy_ns(loop_turns);
    MXS_ASSERT(uv_prepare_start(&loop_turns->prepare, on_prepare) == 0);
}

void mxs_loop_turns_end(struct mxs_loop_turns *loop_turns) { uv_prepare_stop(&loop_turns->prepare); }

void mxs_loop_turns_close(struct mxs_loop_turns *loop_turns) { uv_close((uv_handle_t *)&loop_turns->prepare, NULL); }
