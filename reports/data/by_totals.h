/* --by FACET for who counts domains one by one: outage and diff. A domain counts once under each of its values.
 *
 * In         A run, and what is counted of each of its domains, by a number below the width
 * Out        How many domains of each group
 * Limits     Memory: that of reports/data/by, and 8 bytes a group and number
 * Errors     Those of reports/data/by
 * Ownership  open/close
 * Threads    That of the store
 */
#ifndef MXS_REPORTS_DATA_BY_TOTALS_H
#define MXS_REPORTS_DATA_BY_TOTALS_H

#include "reports/data/by.h"

struct mxs_by_totals {
    struct mxs_by by;
    bool asked, people;
    bool refused; /* the facet asked for; stays when closed */
    uint32_t width;
    int64_t *counts; /* group by group */
};

/* An ask without a facet makes a totals that counts nothing. */
MXS_CHECK enum mxs_err mxs_by_totals_open(struct mxs_by_totals *totals, mxs_store *store, const struct mxs_run *run,
                                          const struct mxs_run *before, const struct mxs_by_ask *ask, uint32_t width,
                                          struct mxs_detail *detail);
void mxs_by_totals_close(struct mxs_by_totals *totals);
/* One domain more. earlier: under the values it had in the run before. */
void mxs_by_totals_put(struct mxs_by_totals *totals, int64_t domain, bool earlier, uint32_t what);
int64_t mxs_by_totals_find(const struct mxs_by_totals *totals, uint32_t group, uint32_t what);
/* A table's row, with the group in its first cell; NULL when there is no memory. */
struct mxs_cell *mxs_by_totals_row(const struct mxs_by_totals *totals, uint32_t group, struct mxs_table *table);

#endif
