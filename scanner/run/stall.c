#include "scanner/run/internal/stall.h"

#include "base/err.h"
#include "base/clock.h"

static uint64_t busy_ns(const struct mxs_stall *stall)
{
    return mxs_clock_ns() - uv_metrics_idle_time(stall->prepare.loop);
}

static void count(struct mxs_stall_counts *counts, uint64_t spent_ns)
{
    static const uint64_t bounds_ms[MXS_STALL_CLASSES - 1] = {1, 2, 5, 10, 20};
    int class = 0;
    while (class < MXS_STALL_CLASSES - 1 && spent_ns >= bounds_ms[class] * MXS_NS_PER_MS)
        class++;
    counts->turns[class]++;
    if (spent_ns > counts->longest_ns)
        counts->longest_ns = spent_ns;
}

static void on_prepare(uv_prepare_t *handle)
{
    struct mxs_stall *stall = handle->data;
    uint64_t now_ns = busy_ns(stall);
    count(&stall->counts, now_ns - stall->busy_ns);
    stall->busy_ns = now_ns;
}

void mxs_stall_open(struct mxs_stall *stall, uv_loop_t *loop)
{
    *stall = (struct mxs_stall){0};
    MXS_ASSERT(uv_loop_configure(loop, UV_METRICS_IDLE_TIME) == 0);
    MXS_ASSERT(uv_prepare_init(loop, &stall->prepare) == 0);
    stall->prepare.data = stall;
    uv_unref((uv_handle_t *)&stall->prepare);
}

void mxs_stall_begin(struct mxs_stall *stall)
{
    stall->counts = (struct mxs_stall_counts){0};
    stall->busy_ns = busy_ns(stall);
    MXS_ASSERT(uv_prepare_start(&stall->prepare, on_prepare) == 0);
}

void mxs_stall_end(struct mxs_stall *stall) { uv_prepare_stop(&stall->prepare); }

void mxs_stall_close(struct mxs_stall *stall) { uv_close((uv_handle_t *)&stall->prepare, NULL); }
