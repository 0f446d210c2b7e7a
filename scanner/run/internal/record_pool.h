/* Many mail systems answer with a few addresses of a larger pool, others at each question; some domains do so with
 * their MX records. One sample is not the whole set: the pool over attempts and nights is the fact, and a subset of it
 * is no change. A subject (an MX host, a domain) becomes a pool when attempts of one run differ, and stays one. What is
 * known of it stays while nothing new is heard; a record leaves when so many runs have not heard it that it would have
 * been told. A pool has moved when it is asked as often as may be and no attempt has a record that is known of it. A
 * recursor that has the answer at hand gives the same part to all attempts of a run: so who moved three times within
 * six runs, and came back to a record, is a pool, too.
 *
 * An address that is heard again is no news. An MX record is: each is told by its name when it comes, and when it has
 * left, but for those that are heard while the pool is being found out, until three runs brought none. So of MX records
 * two things are asked more exactly. What was told last and one other set may be a change that not every cache knows
 * yet: then the last stands for a night more, in which the domain is asked as often as may be. And where all that is
 * left of a pool is what every attempt said, it is none any more.
 *
 * In         The pools of a list; the sets that this run was told
 * Out        The set that is the fact, and the pool as it is from now on
 * Limits     MXS_RECORDS_MAX records of a subject and family
 * Errors     Those of db/query.h
 * Ownership  open/finish
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_RECORD_POOL_H
#define MXS_SCANNER_RUN_INTERNAL_RECORD_POOL_H

#include "db/query.h"
#include "scanner/run/internal/record_kind.h"

#define MXS_POOL_ATTEMPTS 3     /* a subject whose records changed is asked so often in a run */
#define MXS_POOL_ATTEMPTS_MAX 8 /* and a pool of which nothing known is heard, or not all: a sample may miss it */
#define MXS_POOL_RUNS 90        /* without an address, and it is forgotten: so far back runs are looked at */

struct mxs_pool_entry {
    uint32_t subject; /* id of a host, or of a domain */
    bool heard;
    int64_t record;
    int64_t seen; /* the last run that was told of it; -run: the pool moved away from it in that run */
};

struct mxs_record_pools {
    const struct mxs_record_kind *kind;
    struct mxs_dictionary *dictionary;
    mxs_store *store;
    int64_t list, run, previous;
    int64_t runs[MXS_POOL_RUNS]; /* this one and those before it, the newest first */
    size_t run_count;
    struct mxs_pool_entry *entries; /* by subject, then record */
    size_t count;
    struct mxs_query told, remove, insert, grown;
};

/* What this run was told of one family of a subject. */
struct mxs_pool_sample {
    uint32_t seen;     /* the set of all records told; an id of the dictionary; 0 none */
    uint32_t parts[2]; /* the first two sets that differ */
    uint8_t attempts;  /* that were answered */
    bool differs;      /* from each other */
    bool more;         /* than two sets */
};

MXS_CHECK enum mxs_err mxs_record_pools_open(struct mxs_record_pools *pools, const struct mxs_record_kind *kind,
                                             struct mxs_dictionary *dictionary, mxs_store *store, int64_t list,
                                             int64_t run, int64_t previous, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_record_pools_finish(struct mxs_record_pools *pools, struct mxs_detail *detail);
/* Whether every record of the set is known to be of the subject's pool. */
bool mxs_record_pools_hold(const struct mxs_record_pools *pools, uint32_t subject, uint32_t set);
/* Whether a record of the set is. */
bool mxs_record_pools_meet(const struct mxs_record_pools *pools, uint32_t subject, uint32_t set);
/* Whether the records of that family (0; 1 AAAA) are known to be a pool, or may be one. */
bool mxs_record_pools_know(const struct mxs_record_pools *pools, uint32_t subject, int family);
/* Of named records: whether an earlier run heard what this set, the fact, has not. */
bool mxs_record_pools_doubt(const struct mxs_record_pools *pools, uint32_t subject, uint32_t set);
/* Whether two sets have a record in common. */
bool mxs_record_pools_share(const struct mxs_record_pools *pools, uint32_t a, uint32_t b);
/* An answer told this set; whether one that is known, and of that set, was in none of them; none has told anything. */
void mxs_record_pools_hear(struct mxs_record_pools *pools, uint32_t subject, uint32_t set);
bool mxs_record_pools_miss(const struct mxs_record_pools *pools, uint32_t subject, uint32_t set);
void mxs_record_pools_forget(struct mxs_record_pools *pools);
/* One answer more. False: out of memory. */
MXS_CHECK bool mxs_record_pools_put(const struct mxs_record_pools *pools, struct mxs_pool_sample *sample, uint32_t set);
/* The set that is the fact, inside the caller's transaction; 0: out of memory. Taken twice, as after a kill, it is the
 * same. What earlier runs found stays as it is. */
uint32_t mxs_record_pools_take(struct mxs_record_pools *pools, uint32_t subject, int family,
                               const struct mxs_pool_sample *sample);

#endif
