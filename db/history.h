/* The one place that knows how intervals are written: each table of them has the key (subject, list, first_run), a
 * last_run that is NULL while the interval stands, and columns of content. Merging can be begun again: an interval with
 * the same content is left alone, so a second merge finds nothing to do where the first has been. What a run found
 * comes from memory, a range of ids at a time, or from a table that holds all of it.
 *
 * In         What a run found of each subject of a range of ids
 * Out        Intervals closed, opened, or left alone
 * Limits     MXS_HISTORY_COLUMNS columns of content
 * Errors     Those of db/query.h
 * Threads    That of the store
 */
#ifndef MXS_DB_HISTORY_H
#define MXS_DB_HISTORY_H

#include "db/bulk.h"

#define MXS_HISTORY_COLUMNS 7
#define MXS_HISTORY_NULL MXS_BULK_NULL

/* Writes the content of subject; false when the run has nothing of it. */
typedef bool (*mxs_history_content)(void *arg, uint32_t subject, int64_t *content);

struct mxs_history_merge {
    mxs_store *store;
    const char *table, *key, *columns; /* "domain_history", "domain_id", "outcome, mx_set_id" */
    int column_count;
    int64_t list, run, previous;
    mxs_history_content content;
    void *arg;
};

/* Merges the subjects first .. last, inside the caller's transaction. What stood before and the run does not have is
 * closed. */
MXS_CHECK enum mxs_err mxs_history_merge(const struct mxs_history_merge *merge, uint32_t first, uint32_t last,
                                         struct mxs_detail *detail);

/* The same of what stands in a table: keys and columns are names, each list ended by NULL, the same on both sides. */
struct mxs_history_table {
    const char *table;
    const char *const *keys, *const *columns; /* what it is about; its content, which may be NULL */
    const char *fresh;                        /* what the run found: a table, or a statement in parentheses */
};

/* Inside the caller's transaction. What stood is closed or left alone, as above; what a run behind `previous` wrote is
 * taken back first: this run may have been merged before it was killed, or one between the two given up. */
MXS_CHECK enum mxs_err mxs_history_merge_table(mxs_store *store, const struct mxs_history_table *table, int64_t list,
                                               int64_t run, int64_t previous, struct mxs_detail *detail);

/* The same of rows that come from a callback, by keys, which is the order they are stored in. row is what the table has
 * of each, keys first: "t, c0, c1". fresh is a table with just these columns; a list's first run does without it. */
MXS_CHECK enum mxs_err mxs_history_merge_rows(mxs_store *store, const struct mxs_history_table *table, const char *row,
                                              mxs_bulk_source source, void *arg, int64_t list, int64_t run,
                                              int64_t previous, struct mxs_detail *detail);

#endif
