/* Room       scanner/schedule
 * Spec       None
 * In         The time, and what happened
 * Out        Whether another datagram may leave now
 * Units      now_ns nanoseconds of any clock that does not go back
 * Limits     1 .. 1,000,000,000 a second
 * Errors     None
 * Ownership  Plain values
 * Threads    Any; one at a time
 * Bugs       None
 *
 * Arithmetic only: no clock, no I/O, so that a test can be the clock.
 */
#ifndef MXS_SCANNER_SCHEDULE_PACE_H
#define MXS_SCANNER_SCHEDULE_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* A ceiling on a rate: at most rate * (t + burst_ns) in any time t. Rate 0: none. */
struct mxs_bucket {
    uint64_t interval_ns; /* between two at the full rate; 0: no ceiling */
    uint64_t burst_ns;
    uint64_t next_ns;     /* when the next would be due at the full rate */
};

void mxs_bucket_init(struct mxs_bucket *bucket, uint32_t rate_qps, uint64_t burst_ns);
bool mxs_bucket_fits(const struct mxs_bucket *bucket, uint64_t now_ns);
/* Takes count, also when they do not fit (then the next ones wait longer). */
void mxs_bucket_take(struct mxs_bucket *bucket, uint64_t now_ns, uint64_t count);

#endif
