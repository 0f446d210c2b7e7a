/* What is told of a resolver at the end of a run. Whatever came back is an answer; silence has no round trip.
 *
 * In         Answers, as they are delivered
 * Out        The counts of their resolver
 * Units      rtt_us microseconds
 * Ownership  The resolver's
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RESOLVE_COUNTS_H
#define MXS_SCANNER_RESOLVE_COUNTS_H

#include "model/answer.h"

struct mxs_resolver_counts {
    uint64_t asked, answers, timeouts, servfail, refused, malformed, truncated, unreachable, forged;
    uint64_t filtered, odd;    /* odd: answers with bytes behind their last record, read all the same */
    uint64_t referred;         /* of the refused: other servers named, or denied what it cannot know (enum mxs_lack) */
    uint64_t datagrams, tcp_connections;
    uint64_t rtt_sum_us, rtt_min_us, rtt_max_us;
    uint32_t ports;            /* source ports used */
};

void mxs_counts_put(struct mxs_resolver_counts *counts, const struct mxs_answer *answer, uint32_t rtt_us);

#endif
