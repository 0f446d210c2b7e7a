/* Policies of domains and of MX hosts, from the journal of a run into their history.
 *
 * In         A run whose asking is over
 * Out        Intervals of policies
 * Errors     As the stages of scanner/run/internal/stages.h
 * Ownership  The survey's
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_POLICY_H
#define MXS_SCANNER_RUN_INTERNAL_POLICY_H

#include "db/store.h"
#include "scanner/run/scan_run.h"

/* Journal to intervals, and what nobody refers to any more is dropped. */
/* checks: of the run; host_count: MX hosts that are known. */
MXS_CHECK enum mxs_err mxs_merge_policies(mxs_store *store, const struct mxs_scan_run *run, unsigned checks,
                                          uint32_t host_count, struct mxs_detail *detail);

#endif
