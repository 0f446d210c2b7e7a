/* Both members are always objects of three keys. null: not asked, or not there; spf is never null when it was asked.
 *
 * Spec       README.md, "The record of a domain"
 * In         A run, a domain
 * Out        The values of auth and transport in its record, and the evidence behind the MX
 * Errors     Sticky in the queries, told by finish
 * Ownership  init/finish
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_RECORD_POLICY_H
#define MXS_REPORTS_RECORD_POLICY_H

#include "reports/data/run.h"
#include "reports/record/internal/value.h"

struct mxs_policies {
    const struct mxs_run *run;
    struct mxs_query policy, evidence, tlsa;
    struct mxs_table keys;     /* the MX hosts of the domain that have TLSA: host, usable, unusable, secure */
    bool open;
    int64_t policy_id;         /* of the domain last found; 0 none */
};

/* What the stored number of a set means; NULL: of a newer program. */
enum mxs_policy_words { MXS_WORDS_SPF_RESULT, MXS_WORDS_SPF_REASON, MXS_WORDS_DMARC, MXS_WORDS_RECORD, MXS_WORDS_FETCH, MXS_WORDS_STS_REASON,
                        MXS_WORDS_STS_MODE };
const char *mxs_policy_word(enum mxs_policy_words set, int64_t value);

/* What the `argument` of a column of mxs_record_read_policy picks. */
enum { MXS_POLICY_SPF, MXS_POLICY_SPF_RECORD, MXS_POLICY_SPF_RESULT, MXS_POLICY_SPF_REASON, MXS_POLICY_SPF_ALL, MXS_POLICY_SPF_LOOKUPS,
       MXS_POLICY_SPF_VOIDS, MXS_POLICY_DMARC, MXS_POLICY_DMARC_RECORD, MXS_POLICY_DMARC_POLICY, MXS_POLICY_DMARC_AT, MXS_POLICY_DMARC_TAGS,
       MXS_POLICY_DKIM, /* those above belong to auth */
       MXS_POLICY_STS, MXS_POLICY_STS_RECORD, MXS_POLICY_STS_MARK, MXS_POLICY_STS_POLICY, MXS_POLICY_STS_RESULT, MXS_POLICY_STS_MODE,
       MXS_POLICY_STS_AGE, MXS_POLICY_STS_MX, MXS_POLICY_RPT, MXS_POLICY_RPT_RECORD, MXS_POLICY_RPT_MARK, MXS_POLICY_TLSA,
       MXS_POLICY_TLSA_HOST, MXS_POLICY_TLSA_USABLE, MXS_POLICY_TLSA_UNUSABLE, MXS_POLICY_TLSA_SECURE };

void mxs_policies_init(struct mxs_policies *policies, mxs_store *store, const struct mxs_run *run);
MXS_CHECK enum mxs_err mxs_policies_finish(struct mxs_policies *policies, struct mxs_detail *detail);

/* Makes the domain the one that is read. verdict, set: its ids; set 0 none. */
void mxs_policies_find(struct mxs_policies *policies, int64_t domain, int64_t verdict, int64_t set);
/* The signs behind the MX hosts of the domain: kind, rule, value. */
void mxs_policies_take_evidence(struct mxs_policies *policies, struct mxs_table *out);

#endif
