/* The only place where stored policies are parsed.
 *
 * Spec       @rfc{7208,4.5} @rfc{7489,6.6.3} @rfc{6376,3.6.1} @rfc{8461,3.1} @rfc{8460,3}
 * In         Packed policies of a domain
 * Out        Facts for the judges; columns for people
 * Units      Bits
 * Limits     Those of model/policy.h
 * Errors     False: no memory
 * Ownership  Views of the content, and copies in the arena
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_CHECKS_POLICY_READ_H
#define MXS_SCANNER_CHECKS_POLICY_READ_H

#include "base/arena.h"
#include "model/policy.h"
#include "scanner/checks/internal/policy_pack.h"
#include "scanner/write/batch.h"

/* What the walk over SPF came to, as it is kept in the journal and in policy_history. */
struct mxs_policy_spf {
    uint8_t result, reason, all, lookups, voids; /* result MXS_POLICY_UNKNOWN: not asked */
};

/* auth, transport: which checks the run had. Sets all of facts but dane. */
MXS_CHECK bool mxs_policy_read(struct mxs_bytes content, const struct mxs_policy_spf *spf, bool auth, bool transport,
                               struct mxs_arena *arena, struct mxs_policy_facts *facts);
/* texts[0] is content itself; the others are the columns of table policy, data NULL where there is nothing. */
MXS_CHECK bool mxs_policy_columns(struct mxs_bytes content, struct mxs_arena *arena, struct mxs_text texts[MXS_POLICY_TEXTS]);

#endif
