/* The parts that a run's mail goes over, kind by kind, so that only one kind's figures are in memory at a time.
 *
 * In         counts: of the run, as it was judged; NULL: read from what is stored
 * Out        The run's rows in the temporary table fresh_impact
 * Errors     Those of the store; MXS_ERR_MEMORY
 */
#ifndef MXS_DB_INTERNAL_IMPACT_H
#define MXS_DB_INTERNAL_IMPACT_H

#include "db/counts.h"
#include "db/store.h"

MXS_CHECK enum mxs_err mxs_impact_put(mxs_store *store, int64_t run, int64_t list, bool hosts_asked,
                                      const struct mxs_domain_counts *counts, struct mxs_detail *detail);

#endif
