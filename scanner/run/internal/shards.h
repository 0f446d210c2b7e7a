/* The databases that merge reads: which run of each, of which shard, and whether they are of one survey.
 *
 * In         Paths of databases
 * Out        An opened one at a time, and what its run says of itself
 * Errors     MXS_ERR_INPUT: they do not belong together, with what differs; those of the store, with the database's
 *            path
 * Ownership  open/close
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SHARDS_H
#define MXS_SCANNER_RUN_INTERNAL_SHARDS_H

#include "db/query.h"
#include "scanner/run/shard.h"

struct mxs_shard_run {
    const char *path;
    struct mxs_shard shard;
    int64_t run, list, started_at, finished_at, active_ms;
    int64_t lines, accepted, rejected, duplicates, other_shard;
    int64_t agreement_asked, agreement_same, datagrams, tcp_connections, forged, rtt_sum_us;
    bool denies; /* its resolvers denied all control names: what they deny may exist */
    bool again;  /* it has an earlier run of the list: what contradicted that one was asked again */
    char digest[33], checks[64], list_name[128];
    char version[64], psl[256], psl_digest[32], rules[32], asn[256];
};

/* Fills *out of a database; list NULL: that of its newest complete run. The path must live as long. */
MXS_CHECK enum mxs_err mxs_shard_run_read(struct mxs_shard_run *out, mxs_store *store, const char *path,
                                          const char *list, struct mxs_detail *detail);
/* MXS_ERR_INPUT: the two are not of one survey; the sentence says in what they differ. */
MXS_CHECK enum mxs_err mxs_shard_run_compare(const struct mxs_shard_run *a, const struct mxs_shard_run *b,
                                             struct mxs_detail *detail);

#endif
