/* Domains of which the earlier run could not settle something: what of them is compared with which run before it. They
 * are kept until the walk over all domains is over, and then taken run by run, since the facts of a run are read whole.
 *
 * In         Domains of the walk, of which the later run settled what the earlier one could not
 * Out        Which kinds of change are found against which run
 * Limits     Memory: 64 bytes a domain and run
 * Errors     Those of the store; MXS_ERR_MEMORY. Sticky until close
 * Ownership  open/close
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_DIFF_BEFORE_H
#define MXS_REPORTS_DATA_DIFF_BEFORE_H

#include "reports/data/diff.h"

/* One domain at one run. */
struct mxs_diff_domain {
    bool present;
    int64_t outcome, set, own, verdict; /* set, own 0: none */
};

/* What is compared with an earlier run by itself: state and MX hosts, the backup, the provider. */
enum { MXS_DIFF_STATE, MXS_DIFF_BACKUP, MXS_DIFF_PROVIDER, MXS_DIFF_PARTS };

struct mxs_diff_before_item {
    int64_t domain, run;
    unsigned kinds; /* bits of enum mxs_change */
    struct mxs_diff_domain to;
};

struct mxs_diff_before {
    struct mxs_query runs, domain, since;
    struct mxs_diff_before_item *items;
    size_t count, capacity;
    int64_t from, list;
    bool lost; /* an item found no room; told by close */
};

void mxs_diff_before_open(struct mxs_diff_before *before, mxs_store *store, const struct mxs_run *from);
MXS_CHECK enum mxs_err mxs_diff_before_close(struct mxs_diff_before *before, enum mxs_err err,
                                             struct mxs_detail *detail);
/* parts: bits of what the earlier run did not settle. Returns the kinds that are compared with that run all the same.
 */
unsigned mxs_diff_before_put(struct mxs_diff_before *before, int64_t domain, unsigned parts,
                             const struct mxs_diff_domain *to);
/* The items of one run stand together. */
void mxs_diff_before_sort(struct mxs_diff_before *before);
/* The domain at the run of the item; false: not there. */
bool mxs_diff_before_find(struct mxs_diff_before *before, const struct mxs_diff_before_item *item,
                          struct mxs_diff_domain *out);
/* The first run after the item's that has the domain. */
int64_t mxs_diff_before_since(struct mxs_diff_before *before, const struct mxs_diff_before_item *item);

#endif
