/* Forgetting a run clips the intervals that began before the oldest run that is kept, and removes those that ended
 * before it; a single one is cut out of the intervals that hold it, so that its neighbours stand side by side as if it
 * had never been; then whatever no row points at any more goes: domains, hosts, sets, addresses, verdicts, texts. Each
 * list keeps its own newest runs. A run that is unfinished is never touched; while there is one, what became unused
 * stays.
 *
 * In         A database open for writing
 * Out        The same without its old runs, and smaller
 * Units      Days of 86,400 seconds
 * Errors     Those of the store; then nothing was forgotten
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_PRUNE_H
#define MXS_REPORTS_DATA_PRUNE_H

#include "db/query.h"

struct mxs_prune_options {
    int64_t one;      /* forget this run alone; 0: go by the next three */
    int64_t runs;     /* keep so many complete runs of each list; 0: go by age */
    int64_t since;    /* keep those that began at or after this unix time; the newest of a list stays in any case */
    const char *list; /* NULL: every list */
};

struct mxs_prune_result {
    int64_t forgotten, kept;                 /* runs */
    bool postponed;                          /* what became unused stays until no run is unfinished */
    int64_t before_bytes, after_bytes;       /* of the file */
};

MXS_CHECK enum mxs_err mxs_prune_run(mxs_store *store, const struct mxs_prune_options *options,
                                     struct mxs_prune_result *out, struct mxs_detail *detail);

#endif
