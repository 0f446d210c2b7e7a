/* What `explain` says of a domain that a run does not hold: what may have been meant, or where else to ask.
 *
 * In         A run, and a name as it is stored
 * Out        MXS_ERR_INPUT with a sentence
 * Errors     Those of the store
 */
#ifndef MXS_REPORTS_RECORD_INTERNAL_EXPLAIN_MISSING_H
#define MXS_REPORTS_RECORD_INTERNAL_EXPLAIN_MISSING_H

#include "db/query.h"
#include "reports/data/run.h"

MXS_CHECK enum mxs_err mxs_explain_missing(mxs_store *store, const struct mxs_run *run, const char *name,
                                           struct mxs_detail *detail);

#endif
