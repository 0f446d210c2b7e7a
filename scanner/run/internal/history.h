/* The one place that knows how intervals are kept: domain_history, host_history and judgement all have the key
 * (subject, list, first_run), a last_run that is NULL while the interval stands, and columns of content. Merging can be
 * begun again: an interval with the same content is left alone, so a second merge finds nothing to do where the first
 * has been.
 *
 * In         What a run found of each subject of a range of ids
 * Out        Intervals closed, opened, or left alone
 * Limits     MXS_HISTORY_COLUMNS columns of content
 * Errors     Those of db/query.h
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_HISTORY_H
#define MXS_SCANNER_RUN_INTERNAL_HISTORY_H

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

#endif
