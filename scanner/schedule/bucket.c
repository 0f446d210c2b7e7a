#include "scanner/schedule/internal/bucket.h"

#define NS_PER_S 1000000000ull

void mxs_bucket_init(struct mxs_bucket *bucket, uint32_t rate_qps, uint64_t burst_ns)
{
    *bucket = (struct mxs_bucket){0};
    if (rate_qps == 0)
        return;
    bucket->interval_ns = (NS_PER_S + rate_qps - 1) / rate_qps; /* rounded up: never over the ceiling */
    bucket->burst_ns = burst_ns > bucket->interval_ns ? burst_ns - bucket->interval_ns : 0;
}

bool mxs_bucket_fits(const struct mxs_bucket *bucket, uint64_t now_ns)
{
    return bucket->interval_ns == 0 || bucket->next_ns <= now_ns + bucket->burst_ns;
}

void mxs_bucket_take(struct mxs_bucket *bucket, uint64_t now_ns, uint64_t count)
{
    if (bucket->interval_ns == 0)
        return;
    if (bucket->next_ns < now_ns)
        bucket->next_ns = now_ns;
    bucket->next_ns += count * bucket->interval_ns;
}
