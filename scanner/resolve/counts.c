#include "scanner/resolve/counts.h"

void mxs_counts_put(struct mxs_resolver_counts *counts, const struct mxs_answer *answer, uint32_t rtt_us)
{
    switch (answer->outcome) {
    case MXS_TIMEOUT: counts->timeouts++; return;
    case MXS_UNREACHABLE: counts->unreachable++; return;
    case MXS_SERVFAIL: counts->servfail++; break;
    case MXS_REFUSED: counts->refused++; break;
    case MXS_MALFORMED: counts->malformed++; break;
    case MXS_TRUNCATED: counts->truncated++; break;
    case MXS_FILTERED: counts->filtered++; break;
    default: break;
    }
    counts->referred += answer->lack != MXS_LACK_NONE;
    if (counts->answers == 0 || rtt_us < counts->rtt_min_us)
        counts->rtt_min_us = rtt_us;
    if (rtt_us > counts->rtt_max_us)
        counts->rtt_max_us = rtt_us;
    counts->rtt_sum_us += rtt_us;
    counts->answers++;
}
