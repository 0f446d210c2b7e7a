/* What state, redundancy, providers and findings all stand on. An MX host is a hop: usable yes, no, or
 * unknown. Unknown has two grounds that must not be confused: it was not asked (which is no doubt about the
 * domain), or the answer was not settled (which is).
 *
 * Spec       @rfc{5321,5.1}; words: docs/manual.md, "What the words mean"
 * In         Facts of one domain
 * Out        Its MX hosts as a sender meets them: levels in order, and whether each MX host can be used
 * Limits     MXS_RECORDS_MAX MX hosts
 * Errors     false: no memory
 * Ownership  Stops lie in the arena; they look into facts and rules
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_CLASSIFY_INTERNAL_DELIVERY_H
#define MXS_SCANNER_CLASSIFY_INTERNAL_DELIVERY_H

#include "base/arena.h"
#include "scanner/classify/judge.h"

enum mxs_hop_kind {
    MXS_HOP_HOST,      /* a name that can be asked for addresses */
    MXS_HOP_LITERAL,   /* an IP address where a name belongs */
    MXS_HOP_LOCALHOST,
    MXS_HOP_NULL,      /* "." */
};

struct mxs_hop {
    const struct mxs_host_facts *host;
    const struct mxs_rule *rule; /* of the provider, NULL without; set where provider is */
    struct mxs_text provider;    /* data NULL until mxs_delivery_providers, and for hops that are not usable */
    uint16_t provider_index;     /* equal for equal providers */
    uint16_t level;              /* 0, 1, 2 ... in order of preference */
    uint8_t kind;                /* enum mxs_hop_kind */
    uint8_t usable;              /* enum mxs_tri */
    bool unsettled;              /* usable is unknown because an answer was not settled */
    bool partial;                /* usable, but one of A and AAAA is not settled: there may be more addresses */
    bool repeated;               /* the same name stands in an earlier hop */
};

struct mxs_delivery_plan {
    const struct mxs_domain_facts *facts;
    struct mxs_hop *hops; /* in order of facts->MX hosts; a record said twice is one hop */
    uint32_t count, level_count;
    uint32_t provider_count;
};

MXS_CHECK bool mxs_delivery_init(struct mxs_delivery_plan *plan, const struct mxs_domain_facts *facts,
                                 struct mxs_arena *arena);
/* Names the provider of every hop that is usable or may be. */
MXS_CHECK bool mxs_delivery_providers(struct mxs_delivery_plan *plan, const struct mxs_judge *judge,
                                      struct mxs_arena *arena);

#endif
