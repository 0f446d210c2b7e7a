/* Tables about a part of the names: a small database in memory, with the same views, what the file says of verdicts,
 * and counts that the caller puts. So whatever is told of a run can be told of any choice of its domains, by the same
 * SQL.
 *
 * In         A store; how many domains of the choice have each verdict
 * Out        A store to read from
 * Limits     Memory: about 300 bytes a verdict
 * Errors     Those of the store
 * Ownership  open/close
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_SUBSET_H
#define MXS_REPORTS_DATA_SUBSET_H

#include "db/query.h"

struct mxs_subset {
    mxs_store *store; /* run its views */
    struct mxs_query insert;
};

MXS_CHECK enum mxs_err mxs_subset_open(struct mxs_subset *subset, mxs_store *from, struct mxs_detail *detail);
/* Runs of the choice's own, made as `like` was: first, first + 1 ... */
MXS_CHECK enum mxs_err mxs_subset_put_runs(struct mxs_subset *subset, int64_t like, int64_t first, uint32_t count,
                                           struct mxs_detail *detail);
void mxs_subset_put(struct mxs_subset *subset, int64_t run, int64_t verdict, int64_t domains);
/* For who reads many choices: what views say of rules and verdicts, whatever the choice, is worked out once. */
MXS_CHECK enum mxs_err mxs_subset_write_once(struct mxs_subset *subset, struct mxs_detail *detail);
/* Takes out the runs from `first` on, and all counts: a view that cannot be told which run is wanted goes through the
 * counts of all there are, so tables of many choices are read one by one, between the first put and the last. */
MXS_CHECK enum mxs_err mxs_subset_reset(struct mxs_subset *subset, int64_t first, struct mxs_detail *detail);
/* After the last put: whether all of them found room. */
MXS_CHECK enum mxs_err mxs_subset_finish(struct mxs_subset *subset, struct mxs_detail *detail);
void mxs_subset_close(struct mxs_subset *subset);

#endif
