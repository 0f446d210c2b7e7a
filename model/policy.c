#include "model/policy.h"

#include <string.h>

#define UNKNOWN_4 MXS_POLICY_UNKNOWN, MXS_POLICY_UNKNOWN, MXS_POLICY_UNKNOWN, MXS_POLICY_UNKNOWN
const struct mxs_measures mxs_measures_unknown = {
    {UNKNOWN_4, UNKNOWN_4, UNKNOWN_4, UNKNOWN_4, UNKNOWN_4, UNKNOWN_4, UNKNOWN_4, UNKNOWN_4}};

void mxs_policy_facts_init(struct mxs_policy_facts *facts)
{
    memset(facts, 0, offsetof(struct mxs_policy_facts, includes));
    memset((char *)facts + offsetof(struct mxs_policy_facts, include_count), 0,
           offsetof(struct mxs_policy_facts, keys) - offsetof(struct mxs_policy_facts, include_count));
    memset((char *)facts + offsetof(struct mxs_policy_facts, key_count), 0,
           offsetof(struct mxs_policy_facts, tokens) - offsetof(struct mxs_policy_facts, key_count));
    memset((char *)facts + offsetof(struct mxs_policy_facts, token_count), 0,
           sizeof *facts - offsetof(struct mxs_policy_facts, token_count));
    facts->dmarc_percent = 100;
    facts->dane = MXS_POLICY_UNKNOWN;
}
