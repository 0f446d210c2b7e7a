/* Reads policies in the order of domains, beside whoever reads the domains. What they add is compared: the same
 * addition to the same verdict is judged once.
 *
 * In         The stored policies of a run; the verdict of a domain from its MX
 * Out        The verdict with its policies; rows of evidence
 * Limits     Domains come in ascending order of id
 * Errors     0: out of memory. Sticky in the queries, told by mxs_policy_judging_error
 * Ownership  create/destroy
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_POLICY_JUDGING_H
#define MXS_SCANNER_RUN_INTERNAL_POLICY_JUDGING_H

#include "scanner/classify/rules.h"
#include "scanner/run/judging.h"
#include "scanner/run/internal/verdicts.h"
#include "scanner/write/dictionary.h"

typedef struct mxs_policy_judging mxs_policy_judging;

MXS_CHECK enum mxs_err mxs_policy_judging_create(mxs_policy_judging **out, mxs_store *store,
                                                 const struct mxs_dictionary *dictionary, const mxs_rules *rules,
                                                 struct mxs_verdicts *verdicts, struct mxs_detail *detail);
void mxs_policy_judging_destroy(mxs_policy_judging **judging);
/* Of the evidence tables, for the rule-set's. */
const char *mxs_policy_judging_digest(const mxs_policy_judging *judging);

/* Begins a run. options: its checks; where none asks about domains, every verdict stays as it is. */
MXS_CHECK enum mxs_err mxs_policy_judging_begin(mxs_policy_judging *judging, int64_t list, int64_t run,
                                                unsigned options, struct mxs_detail *detail);
/* The id of the verdict with the domain's policies. Inside the caller's transaction. */
uint32_t mxs_policy_judging_domain(mxs_policy_judging *judging, const struct mxs_judging_subject *subject,
                                   uint32_t verdict);
MXS_CHECK enum mxs_err mxs_policy_judging_error(const mxs_policy_judging *judging, struct mxs_detail *detail);

#endif
