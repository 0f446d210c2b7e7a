/* What is told of a run is read in one transaction, so that its tables agree, whatever a scanner writes meanwhile. The
 * SQL of every table names only public views, so that it can be pasted into any SQLite shell.
 *
 * In         An open store and a run
 * Out        The store to read from, and what shares are of
 * Errors     Those of the store
 * Ownership  open/close
 * Threads    That of its store
 */
#ifndef MXS_REPORTS_DATA_SNAPSHOT_H
#define MXS_REPORTS_DATA_SNAPSHOT_H

#include "reports/data/run.h"

struct mxs_snapshot {
    mxs_store *store;
    struct mxs_run run;
    int64_t bases[MXS_BASE_COUNT];
    bool chosen; /* reports/data/filter covers the store */
};

/* Begins one without more; mxs_store_rollback ends it. */
MXS_CHECK enum mxs_err mxs_snapshot_begin(mxs_store *store, struct mxs_detail *detail);
/* One snapshot: what a scanner writes meanwhile is not seen. */
MXS_CHECK enum mxs_err mxs_snapshot_open(struct mxs_snapshot *snapshot, mxs_store *store, const struct mxs_run *run,
                                      struct mxs_detail *detail);
void mxs_snapshot_close(struct mxs_snapshot *snapshot);

#endif
