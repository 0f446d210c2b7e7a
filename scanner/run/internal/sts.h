/* Only when a person asked for it (--fetch-sts): the one time a survey connects to anything but a resolver. A domain
 * has its row in sts_fetch for the id of its record or it is fetched, so the stage can die and be begun again.
 *
 * Spec       @rfc{8461,3.3} @rfc{8461,4.1}
 * In         An open survey whose domains have their policies; stored policy files
 * Out        The MTA-STS policy file of every domain with a record; what it means for its MX hosts
 * Limits     STS_PARALLEL files at a time, each of 64 KB
 * Errors     As the stages of scanner/run/internal/stages.h
 * Ownership  The survey's; the judging's are views that live until its next call
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_STS_H
#define MXS_SCANNER_RUN_INTERNAL_STS_H

#include "model/policy.h"
#include "scanner/run/survey.h"

/* Files of the domains that have none. again: those whose file is not settled, once more. */
MXS_CHECK enum mxs_err mxs_stage_sts(struct mxs_survey *survey, bool again, struct mxs_detail *detail);
/* Rows of the run to intervals, inside the caller's transaction. A run that did not fetch ends what stood. */
MXS_CHECK enum mxs_err mxs_merge_sts(mxs_store *store, const struct mxs_scan_run *run, struct mxs_detail *detail);

/* The files of a run in the order of domains, for the judges. */
struct mxs_sts_judging {
    struct mxs_query intervals;
    bool open, ahead; /* ahead: intervals stands on a row */
};
void mxs_sts_judging_begin(struct mxs_sts_judging *judging, mxs_store *store, int64_t list, int64_t run);
/* Into facts: mta_sts and what stands with it. hosts: the MX hosts of the domain. Domains come in ascending order. */
void mxs_sts_judging_domain(struct mxs_sts_judging *judging, uint32_t domain, const struct mxs_text *hosts,
                            uint32_t host_count, struct mxs_policy_facts *facts);
/* The sticky state so far, then closed. */
MXS_CHECK enum mxs_err mxs_sts_judging_error(const struct mxs_sts_judging *judging, struct mxs_detail *detail);
void mxs_sts_judging_end(struct mxs_sts_judging *judging);

#endif
