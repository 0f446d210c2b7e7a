/* What a shard's run says beside its facts, as rows under the run that merges it.
 *
 * In         A shard's database, its run
 * Out        Rejects, inputs, notes, resolvers, answers that many share, files of MTA-STS policies
 * Limits     Ids of resolvers below MXS_SHARD_RESOLVERS
 * Errors     Those of db/query.h
 * Ownership  The survey's resolver_ids have room for MXS_SHARD_RESOLVERS
 * Threads    That of the store; inside the caller's transaction
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SHARD_COPY_H
#define MXS_SCANNER_RUN_INTERNAL_SHARD_COPY_H

#include "scanner/run/internal/shards.h"
#include "scanner/run/survey.h"

MXS_CHECK enum mxs_err mxs_shard_copy_list(struct mxs_survey *survey, mxs_store *store,
                                           const struct mxs_shard_run *shard, struct mxs_detail *detail);
/* Before the rest: fills resolver_ids with our id of each of the shard's. */
MXS_CHECK enum mxs_err mxs_shard_copy_resolvers(struct mxs_survey *survey, mxs_store *store,
                                                const struct mxs_shard_run *shard, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_shard_copy_measured(struct mxs_survey *survey, mxs_store *store,
                                               const struct mxs_shard_run *shard, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_shard_copy_shared(struct mxs_survey *survey, mxs_store *store,
                                             const struct mxs_shard_run *shard, struct mxs_detail *detail);

#endif
