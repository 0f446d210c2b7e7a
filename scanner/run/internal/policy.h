/* The stages of the checks auth and transport. Both can die and be begun again: a domain has its row or it is asked.
 *
 * In         An open survey whose domains have their MX answers
 * Out        The policies of every domain, TLSA of every MX host, in the journal; then as spans
 * Limits     A slot of work per four questions in flight; 14 bytes of memory per domain; the answers domains share
 * Errors     As the stages of scanner/run/stages.h
 * Ownership  The survey's
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_POLICY_H
#define MXS_SCANNER_RUN_INTERNAL_POLICY_H

#include "scanner/run/survey.h"

/* Policies of the domains that have none. again: those that are not settled, once more and slowly. */
MXS_CHECK enum mxs_err mxs_stage_policies(struct mxs_survey *survey, bool again, struct mxs_detail *detail);
/* TLSA of the MX hosts of this run that have an address. */
MXS_CHECK enum mxs_err mxs_stage_tlsa(struct mxs_survey *survey, bool again, struct mxs_detail *detail);
/* Journal to spans, and what nobody refers to any more is dropped. */
MXS_CHECK enum mxs_err mxs_fold_policies(struct mxs_survey *survey, struct mxs_detail *detail);

#endif
