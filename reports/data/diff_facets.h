/* Which columns of the list say something else of a domain at two runs: those that both runs kept.
 *
 * In         Two runs of a list; domains
 * Out        The columns that differ, with their values before and after, in one line each
 * Errors     Those of the store; MXS_ERR_MEMORY, sticky while domains are looked at
 * Ownership  open/close; the texts live until the next domain
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_DIFF_FACETS_H
#define MXS_REPORTS_DATA_DIFF_FACETS_H

#include "base/out.h"
#include "reports/data/kept.h"

struct mxs_diff_facets {
    struct mxs_kept kept[2];
    mxs_out texts[2]; /* NUL-terminated */
    enum mxs_err err;
};

MXS_CHECK enum mxs_err mxs_diff_facets_open(struct mxs_diff_facets *facets, mxs_store *store,
                                            const struct mxs_run *from, const struct mxs_run *to,
                                            struct mxs_detail *detail);
/* err: of the work before; else whether all texts found memory. */
MXS_CHECK enum mxs_err mxs_diff_facets_close(struct mxs_diff_facets *facets, enum mxs_err err,
                                             struct mxs_detail *detail);
bool mxs_diff_facets_find(struct mxs_diff_facets *facets, uint32_t domain);
/* The texts of what was found; NULL where nothing was. */
void mxs_diff_facets_put(const struct mxs_diff_facets *facets, bool found, const char **old, const char **new);

#endif
