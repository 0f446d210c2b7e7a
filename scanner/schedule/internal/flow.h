/* What the scheduler knows of one resolver: how fast it may be asked at most, how fast it can be asked, and how many
 * are on their way. A resolver that comes back after an outage is begun with anew, at the rate it had if it had one;
 * what is still on its way from before (an earlier epoch) holds no place.
 *
 * In         Attempts and canaries of one resolver as they leave and end
 * Out        Whether the resolver has room
 * Units      now_ns nanoseconds of the scheduler's clock
 * Ownership  Plain values
 */
#ifndef MXS_SCANNER_SCHEDULE_INTERNAL_FLOW_H
#define MXS_SCANNER_SCHEDULE_INTERNAL_FLOW_H

#include "model/answer.h"
#include "scanner/schedule/internal/congestion.h"

struct mxs_flow {
    struct mxs_bucket bucket; /* --resolver-rate */
    struct mxs_congestion congestion;
    uint32_t in_flight;       /* of this epoch */
    uint8_t epoch;
    bool full;                /* refused a question in this tick */
    bool away;                /* was not fit at the last look */
    bool no_canary;           /* nothing is known that it must have at hand */
};

/* rtt_us: of a question asked before; 0: not known. */
void mxs_flow_init(struct mxs_flow *flow, uint32_t ceiling, uint32_t rate_qps, uint64_t timeout_ns, uint32_t rtt_us,
                   uint64_t now_ns);
static inline bool mxs_flow_fits(const struct mxs_flow *flow, uint64_t now_ns)
{
    return !flow->full && mxs_congestion_fits(&flow->congestion) && mxs_bucket_fits(&flow->bucket, now_ns);
}
/* An attempt leaves. Whether a canary should leave behind it. */
bool mxs_flow_take(struct mxs_flow *flow, uint64_t now_ns);
/* An attempt asked at asked_ns in epoch has ended. silent: nothing had been heard about its name for a while. True: it
 * was lost because the resolver is away or was overrun. */
bool mxs_flow_put(struct mxs_flow *flow, enum mxs_outcome outcome, uint8_t epoch, uint64_t asked_ns, bool silent,
                  bool fit, uint64_t now_ns);
void mxs_flow_take_canary(struct mxs_flow *flow, uint64_t now_ns);
void mxs_flow_put_canary(struct mxs_flow *flow, enum mxs_outcome outcome, uint64_t asked_ns, uint64_t now_ns);
/* At every tick. */
void mxs_flow_tick(struct mxs_flow *flow, bool fit, uint64_t now_ns);

#endif
