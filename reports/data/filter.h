/* --where FACET=VALUE: from now on a store shows only the domains that were asked for. Tables that speak of domains are
 * covered, for this connection alone, by temporary ones of the same name, and what is counted is counted anew; so
 * whatever reads the store, by its tables or by the views, reads of those domains and knows nothing of it.
 *
 * In         An open store, a run, and terms: several values of one facet are any of them, several facets all of them;
 *            "FACET=" stands for domains without a value
 * Out        The store, covered; how many domains were chosen Limits Memory: 4 bytes a chosen domain, and the counts
 * Errors     MXS_ERR_INPUT: no such facet or value, with the nearest; those of the store
 * Ownership  Until the store is closed
 * Threads    That of the store
 * Bugs       What a run says of itself (lines, rejects, resolvers) stays that of the whole
 */
#ifndef MXS_REPORTS_DATA_FILTER_H
#define MXS_REPORTS_DATA_FILTER_H

#include "reports/data/kept.h"

/* all_runs: counts of every complete run are wanted, not of this one alone. */
MXS_CHECK enum mxs_err mxs_filter_put(mxs_store *store, const struct mxs_run *run, const char *const *terms,
                                      size_t term_count, bool all_runs, int64_t *chosen, struct mxs_detail *detail);

#endif
