/* A part is a host, an address, a prefix (/24, /48), an autonomous system or a provider. A path is one address of one
 * usable MX host; where addresses were not asked, one MX host. A part that fails takes its paths with it. What that
 * means depends on the MX set only, so it is worked out once per set and counted for all its domains.
 *
 * Spec       docs/manual.md, "What the words mean": single point of failure, tier, backup
 * In         A run
 * Out        What each part's loss would do to the domains
 * Units      Domains
 * Limits     Memory: that of reports/data/facts.h, and 40 bytes a part
 * Errors     Those of the store; MXS_ERR_MEMORY
 * Ownership  open/close
 * Threads    One at a time
 * Bugs       A set with a null MX in it takes no part
 */
#ifndef MXS_REPORTS_DATA_IMPACT_H
#define MXS_REPORTS_DATA_IMPACT_H

#include "model/impact.h"
#include "reports/data/facts.h"

struct mxs_path {
    uint32_t parts[MXS_PART_COUNT]; /* indexes in the facts; UINT32_MAX: unknown */
    int64_t preference;
};

struct mxs_impact {
    struct mxs_facts facts;
    int64_t *set_domains; /* by place in facts.mx_ids */
    int64_t *own_domains; /* by host: domains that are their own MX host */
    struct mxs_path *paths; /* scratch, of one set */
    size_t path_count, path_capacity;
    size_t first_count;   /* paths of tier 1: they come first */
    size_t set;           /* whose they are; SIZE_MAX: a host's that is its own MX host */
    bool unsettled, unasked; /* an MX host of it is not settled, or was not asked: --exclude left it out */
    struct mxs_open_paths open[MXS_PART_COUNT], open_first[MXS_PART_COUNT]; /* of what is not settled */
};

MXS_CHECK enum mxs_err mxs_impact_open(struct mxs_impact *impact, mxs_store *store, const struct mxs_run *run,
                                     struct mxs_detail *detail);
void mxs_impact_close(struct mxs_impact *impact);

/* How many parts of a kind there are, and how one is called. */
size_t mxs_impact_parts(const struct mxs_impact *impact, enum mxs_part kind);
const char *mxs_impact_name(const struct mxs_impact *impact, enum mxs_part kind, size_t part);

/* Puts the paths of a set, by its place, or of a host that is its own MX host, into impact->paths. False: no memory. */
bool mxs_impact_put_set(struct mxs_impact *impact, size_t position);
bool mxs_impact_put_own(struct mxs_impact *impact, size_t host);
/* Whether who has these paths receives mail. A path, or MX hosts of which none is settled otherwise and one was not
 * asked, @see scanner/classify/state.c */
bool mxs_impact_receives(const struct mxs_impact *impact);
/* What the loss of a part does to whoever has these paths, or names an MX host of it that is not settled. */
enum mxs_effect mxs_impact_effect(const struct mxs_impact *impact, enum mxs_part kind, uint32_t part);

#endif
