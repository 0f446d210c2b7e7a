/* The record only says that there is a policy, and which version of it. The policy is a file fetched over HTTPS.
 *
 * Spec       @rfc{8461,3.1} @rfc{8461,3.2} @rfc{8461,4.1}
 * In         The TXT records of _mta-sts.<name>; the bytes of a policy file
 * Out        The record's id; mode, age and mx patterns of the policy
 * Units      max_age_s seconds
 * Limits     A policy of 64 KB, MXS_MTA_STS_MX_MAX patterns
 * Errors     enum mxs_mta_sts_reason in record and policy
 * Ownership  Views of the input; patterns from the arena
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_PARSE_MTA_STS_H
#define MXS_SCANNER_PARSE_MTA_STS_H

#include "base/arena.h"
#include "model/answer.h"

#define MXS_MTA_STS_MX_MAX 1000
#define MXS_MTA_STS_POLICY_MAX 65536
#define MXS_MTA_STS_AGE_MAX 31557600

struct mxs_mta_sts {
    enum mxs_mta_sts_reason reason;
    struct mxs_text record;
    struct mxs_text id;
    uint32_t unknown_fields;
};
bool mxs_mta_sts_is(struct mxs_text record);
void mxs_mta_sts_parse(struct mxs_text record, struct mxs_mta_sts *out);
void mxs_mta_sts_read(const struct mxs_record *records, uint32_t count, struct mxs_mta_sts *out);

struct mxs_mta_sts_policy {
    enum mxs_mta_sts_reason reason;
    enum mxs_mta_sts_mode mode;
    uint32_t max_age_s;
    const struct mxs_text *mx;  /* canonical, "*.example.net" for a wildcard */
    uint32_t mx_count;
    uint32_t unknown_keys;
};
void mxs_mta_sts_policy_parse(struct mxs_text file, struct mxs_arena *arena, struct mxs_mta_sts_policy *out);
/* Whether the policy lets mail go to host (canonical): equal, or the wildcard for exactly its first label. */
bool mxs_mta_sts_policy_find(const struct mxs_mta_sts_policy *policy, struct mxs_text host);

#endif
