#include "scanner/schedule/internal/flow.h"

#define BURST_NS (20 * 1000000ull)

void mxs_flow_init(struct mxs_flow *flow, uint32_t ceiling, uint32_t rate_qps, uint64_t timeout_ns, uint32_t rtt_us,
                   uint64_t now_ns)
{
    *flow = (struct mxs_flow){0};
    mxs_bucket_init(&flow->bucket, rate_qps, BURST_NS);
    mxs_congestion_init(&flow->congestion, ceiling, timeout_ns, rtt_us * 1000ull, now_ns);
}

bool mxs_flow_take(struct mxs_flow *flow, uint64_t now_ns)
{
    mxs_bucket_take(&flow->bucket, now_ns, 1);
    flow->in_flight++;
    return mxs_congestion_take(&flow->congestion, now_ns);
}

bool mxs_flow_put(struct mxs_flow *flow, enum mxs_outcome outcome, uint8_t epoch, uint64_t asked_ns, bool silent,
                  bool fit, uint64_t now_ns)
{
    enum mxs_heard heard = MXS_HEARD_ANSWER;
    if (outcome == MXS_TIMEOUT || outcome == MXS_UNREACHABLE)
        heard = MXS_HEARD_NOTHING;
    else if (outcome == MXS_REFUSED)
        heard = MXS_HEARD_REFUSED;
    else if (outcome == MXS_SERVFAIL || silent)
        heard = MXS_HEARD_SLOW;
    if (epoch == flow->epoch) {
        mxs_congestion_put(&flow->congestion, heard, asked_ns, now_ns);
        flow->in_flight--;
    }
    flow->full = false;
    bool away = heard == MXS_HEARD_NOTHING && (!fit || epoch != flow->epoch);
    return away || (heard != MXS_HEARD_ANSWER && mxs_congestion_overrun(&flow->congestion, asked_ns));
}

void mxs_flow_take_canary(struct mxs_flow *flow, uint64_t now_ns)
{
    mxs_bucket_take(&flow->bucket, now_ns, 1);
    mxs_congestion_take_canary(&flow->congestion, now_ns);
}

void mxs_flow_put_canary(struct mxs_flow *flow, enum mxs_outcome outcome, uint64_t asked_ns, uint64_t now_ns)
{
    enum mxs_heard heard = mxs_outcome_settled(outcome) ? MXS_HEARD_ANSWER
                           : outcome == MXS_REFUSED     ? MXS_HEARD_REFUSED
                                                        : MXS_HEARD_NOTHING;
    mxs_congestion_put_canary(&flow->congestion, heard, asked_ns, now_ns);
}

void mxs_flow_tick(struct mxs_flow *flow, bool fit, uint64_t now_ns)
{
    if (fit && flow->away) {
        mxs_congestion_restart(&flow->congestion, now_ns);
        flow->epoch++;
        flow->in_flight = 0;
    }
    flow->away = !fit;
    flow->full = false;
    mxs_congestion_tick(&flow->congestion, now_ns);
}
