/* What a finished run of a shard says, told to the writer as if it had been asked just now: so the run that comes of it
 * is judged and finished by what judges and finishes every run.
 *
 * In         A shard's database, its run; the run in progress, whose names are stored
 * Out        Rows of the journal, policies, and how the answers were come by
 * Limits     4 bytes of memory a name of the shard, beside its dictionary; one shard at a time
 * Errors     Those of the store and the writer; MXS_ERR_FOREIGN_DB: the shard names what it does not hold
 * Ownership  open/close
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SHARD_ROWS_H
#define MXS_SCANNER_RUN_INTERNAL_SHARD_ROWS_H

#include "scanner/run/internal/members.h"
#include "scanner/run/internal/shards.h"

/* MX hosts of all shards, as far as several asked them; likewise the addresses of mail servers. */
struct mxs_shard_hosts {
    uint32_t *said; /* by id: a digest of what the settled answers were; 0: nobody said anything settled */
    size_t capacity;
    uint64_t asked, same; /* once more than once */
};

/* digest 0: nothing settled. False: no memory. */
MXS_CHECK bool mxs_shard_hosts_put(struct mxs_shard_hosts *hosts, uint32_t id, uint32_t digest);

#define MXS_SHARD_RESOLVERS 65536u /* ids of resolvers; what the journal holds */

struct mxs_shard_rows {
    struct mxs_survey *survey;
    const struct mxs_shard_run *run;
    mxs_store *store;
    struct mxs_dictionary dictionary; /* the shard's */
    int64_t *resolvers;  /* by the shard's id: ours */
    uint32_t *domains;   /* likewise; 0: not of the run */
    uint32_t domain_count;
    uint32_t *policies;  /* likewise; 0: not met yet */
    uint32_t policy_count;
    uint32_t *next_policy;
    struct mxs_query content, texts, before, before_host;
    struct mxs_shard_hosts *hosts;
};

/* Every name of the shard's run, with its columns, into members. Counts them. */
MXS_CHECK enum mxs_err mxs_shard_rows_read_names(struct mxs_survey *survey, mxs_store *store,
                                                 const struct mxs_shard_run *run, struct mxs_members *members,
                                                 struct mxs_detail *detail);
/* Whether the list has columns that are kept. */
MXS_CHECK enum mxs_err mxs_shard_rows_keep(mxs_store *store, const struct mxs_shard_run *run, bool *keep,
                                           struct mxs_detail *detail);
/* Answers about domains and MX hosts, policies. The writer is at rest before and after. */
MXS_CHECK enum mxs_err mxs_shard_rows_put(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *run,
                                          int64_t *resolvers, uint32_t *next_policy, struct mxs_shard_hosts *hosts,
                                          struct mxs_detail *detail);
/* What mail servers said (check smtp), of the MX hosts and addresses that are there by now. The writer is at rest. */
MXS_CHECK enum mxs_err mxs_shard_smtp_put(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *run,
                                          struct mxs_shard_hosts *met, struct mxs_detail *detail);

#endif
