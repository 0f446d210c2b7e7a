#include "scanner/schedule/internal/lane.h"

#define BURST_NS (20 * 1000000ull)

void mxs_lane_init(struct mxs_lane *lane, uint32_t ceiling, uint32_t rate_qps, uint64_t timeout_ns, uint64_t now_ns)
{
    *lane = (struct mxs_lane){.timeout_ns = timeout_ns, .ceiling = ceiling};
    mxs_bucket_init(&lane->bucket, rate_qps, BURST_NS);
    mxs_window_init(&lane->window, ceiling, timeout_ns, now_ns);
}

uint8_t mxs_lane_take(struct mxs_lane *lane, uint64_t now_ns)
{
    mxs_bucket_take(&lane->bucket, now_ns, 1);
    mxs_window_take(&lane->window, lane->in_flight, now_ns);
    lane->in_flight++;
    return lane->epoch;
}

bool mxs_lane_put(struct mxs_lane *lane, enum mxs_outcome outcome, uint8_t epoch, uint64_t asked_ns, bool fit,
                  uint64_t now_ns)
{
    enum mxs_heard heard = MXS_HEARD_ANSWER;
    if (outcome == MXS_TIMEOUT || outcome == MXS_UNREACHABLE)
        heard = MXS_HEARD_NOTHING;
    else if (outcome == MXS_REFUSED)
        heard = MXS_HEARD_REFUSED;
    if (epoch == lane->epoch) {
        mxs_window_put(&lane->window, heard, asked_ns, now_ns);
        lane->in_flight--;
    }
    lane->full = false;
    bool away = heard == MXS_HEARD_NOTHING && (!fit || epoch != lane->epoch);
    return away || (heard != MXS_HEARD_ANSWER && mxs_window_overrun(&lane->window, asked_ns));
}

void mxs_lane_tick(struct mxs_lane *lane, bool fit, uint64_t now_ns)
{
    if (fit && lane->away) {
        mxs_window_restart(&lane->window, lane->timeout_ns, now_ns);
        lane->epoch++;
        lane->in_flight = 0;
    }
    lane->away = !fit;
    lane->full = false;
    mxs_window_tick(&lane->window, now_ns);
}
