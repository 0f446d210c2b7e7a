/* One self-contained file to search, filter and open every domain of a run: no server, no network, a strict policy.
 *
 * In         A run
 * Out        One HTML file: the records as JSON, packed; a style sheet and a script, both named by their SHA-256
 * Limits     MXS_BROWSE_DOMAINS domains: a browser has to hold them. Beyond, the database itself is browsed
 *            (docs/browse.md)
 * Errors     MXS_ERR_INPUT: too many domains, with the way to browse the database; those of the store
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_PAGE_BROWSE_H
#define MXS_REPORTS_PAGE_BROWSE_H

#include "base/out.h"
#include "reports/data/run.h"

#define MXS_BROWSE_DOMAINS 250000

MXS_CHECK enum mxs_err mxs_browse_write(mxs_store *store, const struct mxs_run *run, mxs_out *out,
                                        struct mxs_detail *detail);

#endif
