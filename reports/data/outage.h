/* "What if this fails?", for one host, address, prefix, autonomous system or provider.
 *
 * Spec       docs/manual.md, "What the words mean": tier, backup
 * In         A run and the name of one part
 * Out        Who loses mail, who falls back and to whom, who only loses capacity, of whom that is unknown
 * Units      Domains
 * Limits     Memory: see reports/data/impact.h
 * Errors     MXS_ERR_INPUT: the run does not know the part
 * Ownership  open/close
 * Threads    One at a time
 * Bugs       MX hosts a domain runs itself are told apart by organisation, not as `self`
 */
#ifndef MXS_REPORTS_DATA_OUTAGE_H
#define MXS_REPORTS_DATA_OUTAGE_H

#include "base/counter.h"
#include "reports/data/by_totals.h"
#include "reports/data/impact.h"

struct mxs_outage_options {
    enum mxs_part kind;
    const char *name;   /* as a person types it: "microsoft", "AS8075", "8075", "192.0.2.0/24" */
    bool domains;       /* list them */
    struct mxs_by_ask by;
};

#define MXS_OUTAGE_BY_COLUMNS 11

struct mxs_outage {
    mxs_store *store;
    const struct mxs_run *run;
    struct mxs_outage_options options;
    struct mxs_impact impact;
    uint32_t part;                       /* what fails, by its place in the impact */
    const char *name;                    /* its name as the run has it */
    int64_t effects[MXS_EFFECT_COUNT];   /* domains */
    int64_t itself;                      /* of those unknown: whether it is a way of theirs is not known */
    int64_t unsettled, unasked;          /* of those unknown: with an MX host that is not settled, or was not asked */
    int64_t undetermined;                /* beside them: they name it, and whether they receive mail is not known */
    int64_t receiving;
    int64_t behind;                      /* of a provider: domains whose mailbox it holds, and none of whose paths */
    struct mxs_counter fallback_counts;  /* provider -> domains that fall back to it */
    struct mxs_table fallbacks;          /* provider, domains: largest first */
    struct mxs_table domains;            /* domain, effect, fallback_to: by name; empty unless asked for */
    struct mxs_by_totals by;
    struct mxs_column group_columns[MXS_OUTAGE_BY_COLUMNS];
    struct mxs_table groups;             /* by the facet asked for, the largest first; empty unless asked for */
};

MXS_CHECK enum mxs_err mxs_outage_open(struct mxs_outage *outage, mxs_store *store, const struct mxs_run *run,
                                       const struct mxs_outage_options *options, struct mxs_detail *detail);
void mxs_outage_close(struct mxs_outage *outage);

/* Whether of no domain that names it is known what its loss does: then no number is, either. */
bool mxs_outage_is_unknown(const struct mxs_outage *outage);

#endif
