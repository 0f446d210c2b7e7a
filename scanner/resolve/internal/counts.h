/* What is told of a resolver at the end of a run. Whatever came back is an answer; silence has no round trip.
 *
 * In         Answers, as they are delivered
 * Out        The counts of their resolver
 * Units      rtt_us microseconds
 * Ownership  The resolver's
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_COUNTS_H
#define MXS_SCANNER_RESOLVE_INTERNAL_COUNTS_H

#include "scanner/resolve/resolver.h"

void mxs_counts_put(struct mxs_resolver_counts *counts, const struct mxs_answer *answer, uint32_t rtt_us);

#endif
