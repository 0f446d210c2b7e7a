/* A change is worth reporting only when it is the world's and not the survey's. What would make it the survey's is
 * looked for when a run ends, while its measurements are there, and is written beside it.
 *
 * In         A judged run, and the complete run of its list before it
 * Out        Notes of the kind `unfit`: why a comparison with this run would mislead
 * Errors     Those of db/query.h
 * Threads    The loop thread
 * Bugs       A resolver is compared with the others of its run only: when all err alike, nothing deviates
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_COMPARABILITY_H
#define MXS_SCANNER_RUN_INTERNAL_COMPARABILITY_H

#include "db/store.h"
#include "model/vocabulary.h"
#include "scanner/run/scan_run.h"

/* Domains per state at the run and, when there is one, at the run before it. */
struct mxs_comparability {
    uint64_t now[MXS_STATE_COUNT], before[MXS_STATE_COUNT];
};
MXS_CHECK enum mxs_err mxs_comparability_read(mxs_store *store, const struct mxs_scan_run *run,
                                              struct mxs_comparability *out, struct mxs_detail *detail);
/* Writes the notes, in the transaction of the caller; those of an earlier attempt to finish are replaced. */
MXS_CHECK enum mxs_err mxs_comparability_write(mxs_store *store, const struct mxs_scan_run *run,
                                               const struct mxs_comparability *comparability,
                                               struct mxs_detail *detail);

#endif
