#include <stdio.h>
#include <string.h>

#include "reports/data/diff.h"

/* The complete run of a list just before another; 0: there is none. */
static enum mxs_err run_before(mxs_store *store, const struct mxs_run *run, int64_t *id, struct mxs_detail *detail)
{
    struct mxs_query query;
    *id = 0;
    mxs_query_open(&query, store, "SELECT max(id) FROM run WHERE list_id = ?1 AND id < ?2 AND state = 'complete'");
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->id);
    if (mxs_query_next(&query))
        *id = mxs_query_column_int(&query, 0);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_diff_runs(mxs_store *store, int64_t from_id, int64_t to_id, const char *list, struct mxs_run *from,
                           struct mxs_run *to, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    if (from_id != 0 && to_id == 0) { /* against the newest of the same list */
        err = mxs_run_find(store, from_id, list, from, detail);
        if (err == MXS_OK)
            err = mxs_run_find(store, 0, from->list, to, detail);
    } else {
        err = mxs_run_find(store, to_id, list, to, detail);
        if (err == MXS_OK && from_id == 0)
            err = run_before(store, to, &from_id, detail);
        if (err == MXS_OK && from_id == 0)
            return mxs_err_set(detail, MXS_ERR_INPUT,
                               "list %.100s has one complete run only: scan it again, then compare", to->list);
        if (err == MXS_OK)
            err = mxs_run_find(store, from_id, NULL, from, detail);
    }
    if (err != MXS_OK)
        return err;
    if (from->list_id != to->list_id)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "run %lld is of list %.100s and run %lld of list %.100s: only runs of the same list"
                           " can be compared",
                           (long long)from->id, from->list, (long long)to->id, to->list);
    if (from->id == to->id)
        return mxs_err_set(detail, MXS_ERR_INPUT, to_id != 0 ? "run %lld cannot be compared with itself"
                           : "run %lld is the newest: there is nothing to compare it with yet", (long long)to->id);
    if (from->id > to->id)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "run %lld is later than run %lld: the earlier one comes first (diff DB %lld %lld)",
                           (long long)from->id, (long long)to->id, (long long)to->id, (long long)from->id);
    return MXS_OK;
}
