/* What the scheduler knows of one resolver: how fast it may be asked at most, how fast it can be asked, and how many are
 * on their way. A resolver that comes back after an outage is begun with anew, at the rate it had if it had one; what is still on its way from before
 * (an earlier epoch) holds no place.
 *
 * In         Attempts of one resolver as they leave and end
 * Out        Whether the resolver has room
 * Units      now_ns nanoseconds of the scheduler's clock
 * Limits     The ceiling and the rate given
 * Ownership  Plain values
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_SCHEDULE_INTERNAL_LANE_H
#define MXS_SCANNER_SCHEDULE_INTERNAL_LANE_H

#include "model/answer.h"
#include "scanner/schedule/internal/pace.h"

struct mxs_lane {
    struct mxs_bucket bucket; /* --resolver-rate */
    struct mxs_window window;
    uint64_t timeout_ns;
    uint32_t ceiling;
    uint32_t in_flight;       /* of this epoch */
    uint8_t epoch;
    bool full;                /* refused a question in this tick */
    bool away;                /* was not fit at the last look */
};

void mxs_lane_init(struct mxs_lane *lane, uint32_t ceiling, uint32_t rate_qps, uint64_t timeout_ns, uint64_t now_ns);
static inline bool mxs_lane_fits(const struct mxs_lane *lane, uint64_t now_ns)
{
    return !lane->full && mxs_window_fits(&lane->window, lane->in_flight, now_ns) &&
           mxs_bucket_fits(&lane->bucket, now_ns);
}
/* An attempt leaves. Returns its epoch. */
uint8_t mxs_lane_take(struct mxs_lane *lane, uint64_t now_ns);
/* An attempt asked at asked_ns in epoch has ended. True: it was lost because the resolver is away or was overrun. */
bool mxs_lane_put(struct mxs_lane *lane, enum mxs_outcome outcome, uint8_t epoch, uint64_t asked_ns, bool fit,
                  uint64_t now_ns);
/* At every tick. */
void mxs_lane_tick(struct mxs_lane *lane, bool fit, uint64_t now_ns);

#endif
