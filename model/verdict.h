/* What the judges say of a domain. Tri-state fields (enum mxs_tri) are "unknown" where they rest on what was not asked
 * or not settled.
 *
 * Spec       docs/manual.md, "What the words mean"
 * Units      shares in 1/10,000; confidence in percent
 * Limits     MXS_MAILBOXES_MAX labels per role; where there are more, the finding providers_cut says so
 * Ownership  Views into the rule-set or the facts judged
 */
#ifndef MXS_MODEL_VERDICT_H
#define MXS_MODEL_VERDICT_H

#include "base/bytes.h"
#include "model/policy.h"
#include "model/vocabulary.h"

enum mxs_tri { MXS_NO = 0, MXS_YES = 1, MXS_UNKNOWN = 2 };

#define MXS_MAILBOXES_MAX 16
#define MXS_PROVIDER_SELF "self"

/* One provider in one role. name: an operator's id, "self", or "org:example.net". */
struct mxs_label {
    enum mxs_role role;
    struct mxs_text provider;
    uint16_t share;      /* 1/10,000 of the domain; backups: 0 */
    uint8_t confidence;  /* percent */
};

/* Which things a backup does not share with tier 1 (bits). */
enum { MXS_APART_ADDRESS = 1, MXS_APART_PREFIX = 2, MXS_APART_ASN = 4, MXS_APART_PROVIDER = 8 };

struct mxs_redundancy {
    uint16_t hosts;         /* distinct MX host names over all levels; 0 of "undetermined": unknown */
    int32_t usable;         /* usable MX hosts; -1 unknown. The following four likewise */
    int32_t tiers;
    int32_t addresses;      /* distinct public addresses of usable MX hosts */
    int32_t prefixes;       /* distinct /24 and /48 */
    int32_t asns;           /* -1 also where any is unknown */
    int32_t providers;
    enum mxs_tri load_sharing, multihomed, ipv6; /* ipv6: some usable MX host has a public AAAA */
    enum mxs_backup backup;
    uint8_t backup_apart;   /* MXS_APART_ bits, of an effective backup */
    enum mxs_single_point single_point;
};

/* A finding is a code with a severity and a sentence of advice (model/findings). The list
 * grows at the end only. */
#define MXS_FINDINGS_MAX 128
struct mxs_findings {
    uint64_t bits[MXS_FINDINGS_MAX / 64];
};
static inline void mxs_findings_put(struct mxs_findings *set, unsigned code)
{
    set->bits[code / 64] |= 1ull << code % 64;
}
static inline bool mxs_findings_has(const struct mxs_findings *set, unsigned code)
{
    return set->bits[code / 64] >> code % 64 & 1;
}

struct mxs_verdict {
    enum mxs_state state;
    struct mxs_label labels[MXS_ROLE_COUNT * MXS_MAILBOXES_MAX]; /* gateways, mailboxes, backups */
    uint32_t label_count;
    struct mxs_redundancy redundancy;
    struct mxs_findings findings;
    bool open_mailbox; /* the MX names no mailbox host: what is published beside it may (labels say who runs the MX
                          host) */
    struct mxs_measures measures; /* MXS_MEASURES_UNKNOWN without the checks of policies */
};

#endif
