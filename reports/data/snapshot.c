#include "reports/data/snapshot.h"

static enum mxs_err find_bases(struct mxs_snapshot *snapshot, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, snapshot->store, "SELECT accepted, receiving FROM v_total WHERE run_id = ?1");
    mxs_query_int(&query, 1, snapshot->run.id);
    if (mxs_query_next(&query)) {
        snapshot->bases[MXS_BASE_ACCEPTED] = mxs_query_column_int(&query, 0);
        snapshot->bases[MXS_BASE_RECEIVING] = mxs_query_column_int(&query, 1);
    }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_snapshot_begin(mxs_store *store, struct mxs_detail *detail)
{
    /* The file itself was opened for reading only; this lets us have temporary tables. */
    return mxs_store_run(store, "PRAGMA query_only = 0; BEGIN", detail);
}

enum mxs_err mxs_snapshot_open(struct mxs_snapshot *snapshot, mxs_store *store, const struct mxs_run *run,
                               struct mxs_detail *detail)
{
    *snapshot = (struct mxs_snapshot){.store = store, .run = *run};
    enum mxs_err err = mxs_snapshot_begin(store, detail);
    if (err == MXS_OK)
        err = find_bases(snapshot, detail);
    int64_t chosen = 0;
    if (err == MXS_OK)
        err = mxs_query_one_int(store, "SELECT count(*) FROM sqlite_temp_schema WHERE name = 'chosen'", 0, &chosen,
                                detail);
    snapshot->chosen = chosen > 0;
    if (err != MXS_OK)
        mxs_snapshot_close(snapshot);
    return err;
}

void mxs_snapshot_close(struct mxs_snapshot *snapshot)
{
    if (snapshot->store != NULL)
        mxs_store_rollback(snapshot->store);
    snapshot->store = NULL;
}
