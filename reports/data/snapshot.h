/* The SQL of every table names only public views, so that it can be pasted into any SQLite shell. Three of those views
 * count a million rows each time they are asked. Within a snapshot they are temporary tables of the same name and columns,
 * counted once, by one pass over the rows; the other views are made again above them, as temporary views.
 *
 * In         An open store and a run
 * Out        The views of db/views.sql, made fast for that run
 * Errors     Those of the store
 * Ownership  open/close
 * Threads    That of its store
 */
#ifndef MXS_REPORTS_DATA_SNAPSHOT_H
#define MXS_REPORTS_DATA_SNAPSHOT_H

#include "reports/data/run.h"

/* The views that are counted once. */
enum mxs_heavy { MXS_HEAVY_VERDICTS = 1, MXS_HEAVY_TLDS = 2, MXS_HEAVY_IMPACT = 4 };

struct mxs_snapshot {
    mxs_store *store;
    struct mxs_run run;
    unsigned counted; /* enum mxs_heavy bits */
    int64_t bases[MXS_BASE_COUNT];
};

/* Begins a snapshot and makes the views in it; mxs_store_rollback ends it and takes them along. For who counts by himself. */
MXS_CHECK enum mxs_err mxs_snapshot_begin(mxs_store *store, struct mxs_detail *detail);
/* One snapshot: what a scanner writes meanwhile is not seen. */
MXS_CHECK enum mxs_err mxs_snapshot_open(struct mxs_snapshot *snapshot, mxs_store *store, const struct mxs_run *run,
                                      struct mxs_detail *detail);
void mxs_snapshot_close(struct mxs_snapshot *snapshot);
/* Counts what is not yet counted of `heavy`. */
MXS_CHECK enum mxs_err mxs_snapshot_count(struct mxs_snapshot *snapshot, unsigned heavy, struct mxs_detail *detail);

#endif
