/* The lines of `explain` under an MX host: what its servers said when they were met (check smtp).
 *
 * In         A run; the name of an MX host
 * Out        A line for each address; none where nobody was met
 * Errors     Those of the store
 */
#ifndef MXS_REPORTS_RECORD_INTERNAL_EXPLAIN_SERVERS_H
#define MXS_REPORTS_RECORD_INTERNAL_EXPLAIN_SERVERS_H

#include "base/out.h"
#include "reports/data/run.h"

MXS_CHECK enum mxs_err mxs_explain_servers(mxs_store *store, const struct mxs_run *run, const char *host, mxs_out *out,
                                           struct mxs_detail *detail);

#endif
