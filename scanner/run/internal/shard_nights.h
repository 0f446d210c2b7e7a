/* Which runs of which shards a run was merged from, kept with it: so that none is merged twice, whatever clocks say.
 *
 * In         What the shards' runs say of themselves; the run that comes of them
 * Out        A note of the run that no report shows; a note `unfit` where a clock contradicts the order of merging
 * Errors     MXS_ERR_INPUT: one was merged already, with its path; those of the store
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SHARD_NIGHTS_H
#define MXS_SCANNER_RUN_INTERNAL_SHARD_NIGHTS_H

#include "scanner/run/internal/shards.h"
#include "scanner/run/scan_run.h"

/* out: path of the database that is merged into, for the sentence. */
MXS_CHECK enum mxs_err mxs_shard_nights_check(mxs_store *store, const struct mxs_shard_run *shards, uint32_t count,
                                              const char *out, struct mxs_detail *detail);
/* When the run is over: finishing writes what is unfit anew. */
MXS_CHECK enum mxs_err mxs_shard_nights_put(mxs_store *store, const struct mxs_scan_run *run,
                                            const struct mxs_shard_run *shards, uint32_t count,
                                            struct mxs_detail *detail);

#endif
