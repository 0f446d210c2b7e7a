/* Both members are always objects of three keys. null: not asked, or not there; spf is never null when it was asked.
 *
 * Spec       README.md, "The record of a domain"
 * In         A run, a domain
 * Out        The members auth and transport of its record, and the evidence behind the MX
 * Errors     Sticky in the queries, told by finish
 * Ownership  init/finish
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_RECORD_POLICY_H
#define MXS_REPORTS_RECORD_POLICY_H

#include "reports/record/internal/fragment.h"

struct mxs_policies {
    const struct mxs_run *run;
    struct mxs_query policy, evidence, tlsa;
    bool open;
    int64_t policy_id; /* of the domain last found; 0 none */
};

/* What the stored number of a set means; NULL: of a newer program. */
enum mxs_policy_words { MXS_WORDS_SPF_RESULT, MXS_WORDS_SPF_REASON, MXS_WORDS_DMARC, MXS_WORDS_RECORD, MXS_WORDS_FETCH, MXS_WORDS_STS_REASON,
                        MXS_WORDS_STS_MODE };
const char *mxs_policy_word(enum mxs_policy_words set, int64_t value);

void mxs_policies_init(struct mxs_policies *policies, mxs_store *store, const struct mxs_run *run);
MXS_CHECK enum mxs_err mxs_policies_finish(struct mxs_policies *policies, struct mxs_detail *detail);

/* Makes the domain the one that the put functions speak of. verdict, set: its ids; set 0 none. */
void mxs_policies_find(struct mxs_policies *policies, int64_t domain, int64_t verdict, int64_t set);
/* `,"auth":{...},"transport":{...}`, or the six cells of CSV, parted by commas. */
void mxs_policies_put(struct mxs_policies *policies, mxs_out *out, enum mxs_record_form form);
/* The evidence of the MX hosts as it stands in a fragment, with what was found behind them. */
void mxs_policies_put_evidence(struct mxs_policies *policies, mxs_out *out, enum mxs_record_form form, const char *mx_hosts,
                               size_t size_bytes);

#endif
