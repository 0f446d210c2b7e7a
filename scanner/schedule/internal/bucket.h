/* A ceiling on a rate: at most rate * (t + burst_ns) leave in any time t. Arithmetic only.
 *
 * Units      now_ns nanoseconds of any clock that does not go back
 * Limits     1 .. 1,000,000,000 a second
 * Ownership  Plain values
 */
#ifndef MXS_SCANNER_SCHEDULE_INTERNAL_BUCKET_H
#define MXS_SCANNER_SCHEDULE_INTERNAL_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct mxs_bucket {
    uint64_t interval_ns; /* between two at the full rate; 0: no ceiling */
    uint64_t burst_ns;
    uint64_t next_ns;     /* when the next would be due at the full rate */
};

/* rate_qps 0: no ceiling. */
void mxs_bucket_init(struct mxs_bucket *bucket, uint32_t rate_qps, uint64_t burst_ns);
bool mxs_bucket_fits(const struct mxs_bucket *bucket, uint64_t now_ns);
/* Takes count, also when they do not fit (then the next ones wait longer). */
void mxs_bucket_take(struct mxs_bucket *bucket, uint64_t now_ns, uint64_t count);

#endif
