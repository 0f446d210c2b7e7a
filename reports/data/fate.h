/* Room       reports/data
 * Spec       README.md, "What the words mean": single point of failure, tier, backup
 * In         A run
 * Out        What each thing's loss would do to the domains
 * Units      Domains
 * Limits     Memory: that of reports/data/facts.h, and 40 bytes a thing
 * Errors     Those of the store; MXS_ERR_MEMORY
 * Ownership  open/close
 * Threads    One at a time
 * Bugs       A set with a null MX in it takes no part
 *
 * A thing is a host, an address, a prefix (/24, /48), an autonomous system or a provider. A path is one address of one
 * usable exchange; where addresses were not asked, one exchange. A thing that fails takes its paths with it. What that means
 * depends on the MX set only, so it is worked out once per set and counted for all its domains.
 */
#ifndef MXS_REPORTS_DATA_FATE_H
#define MXS_REPORTS_DATA_FATE_H

#include "reports/data/facts.h"

enum mxs_thing { MXS_THING_HOST, MXS_THING_ADDRESS, MXS_THING_PREFIX, MXS_THING_ASN, MXS_THING_PROVIDER, MXS_THING_COUNTRY,
                 MXS_THING_COUNT };
extern const char *const mxs_thing_names[MXS_THING_COUNT];

enum mxs_effect { MXS_EFFECT_NONE, MXS_EFFECT_CAPACITY, MXS_EFFECT_FALLBACK, MXS_EFFECT_LOST, MXS_EFFECT_COUNT };
extern const char *const mxs_effect_names[MXS_EFFECT_COUNT];

struct mxs_path {
    uint32_t things[MXS_THING_COUNT]; /* indexes in the facts; UINT32_MAX: unknown */
    int64_t preference;
};

struct mxs_fate {
    struct mxs_facts facts;
    int64_t *set_domains; /* by place in facts.mx_ids */
    int64_t *own_domains; /* by host: domains that are their own exchange */
    struct mxs_path *paths; /* scratch, of one set */
    size_t path_count, path_capacity;
    size_t first_count;   /* paths of tier 1: they come first */
};

MXS_CHECK enum mxs_err mxs_fate_open(struct mxs_fate *fate, mxs_store *store, const struct mxs_run *run,
                                     struct mxs_detail *detail);
void mxs_fate_close(struct mxs_fate *fate);

/* How many things of a kind there are, and how one is called. */
size_t mxs_fate_things(const struct mxs_fate *fate, enum mxs_thing kind);
const char *mxs_fate_name(const struct mxs_fate *fate, enum mxs_thing kind, size_t thing);

/* Puts the paths of a set, by its place, or of a host that is its own exchange, into fate->paths. False: no memory. */
bool mxs_fate_put_set(struct mxs_fate *fate, size_t place);
bool mxs_fate_put_own(struct mxs_fate *fate, size_t host);
/* What the loss of a thing does to whoever has these paths. */
enum mxs_effect mxs_fate_effect(const struct mxs_fate *fate, enum mxs_thing kind, uint32_t thing);

/* Makes temp.v_fate out of all of it: the things with most to lose, and those most used. */
MXS_CHECK enum mxs_err mxs_fate_count(mxs_store *store, const struct mxs_run *run, int64_t receiving, struct mxs_detail *detail);

#endif
