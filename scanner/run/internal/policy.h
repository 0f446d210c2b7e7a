/* Policies of domains and of MX hosts, from the journal of a run into their history.
 *
 * In         A run whose asking is over
 * Out        Intervals of policies
 * Errors     As the stages of scanner/run/stages.h
 * Ownership  The survey's
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_POLICY_H
#define MXS_SCANNER_RUN_INTERNAL_POLICY_H

#include "scanner/run/survey.h"

/* Journal to intervals, and what nobody refers to any more is dropped. */
MXS_CHECK enum mxs_err mxs_merge_policies(struct mxs_survey *survey, struct mxs_detail *detail);

#endif
