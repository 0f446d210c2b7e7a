/* Many mail systems answer with a few addresses of a larger pool, others at each question. One sample is not the whole
 * set: the pool over attempts and nights is the fact, and a subset of it is no change. A host becomes a pool when
 * attempts of one run differ, and stays one. What is known of it stays while nothing new is heard; an address leaves
 * when so many runs have not heard it that it would have been told, and is no news when it is heard again. A pool has
 * moved when it is asked as often as may be and no attempt has an address that is known of it. A recursor that has the
 * answer at hand gives the same part to all attempts of a run: so who moved three times within six runs, and came back
 * to an address, is a pool, too.
 *
 * In         The pools of a list; the address sets that this run was told
 * Out        The set that is the fact, and the pool as it is from now on
 * Limits     MXS_RECORDS_MAX addresses of a host and family
 * Errors     Those of db/query.h
 * Ownership  open/finish
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_ADDRESS_POOL_H
#define MXS_SCANNER_RUN_INTERNAL_ADDRESS_POOL_H

#include "db/query.h"
#include "scanner/write/dictionary.h"

#define MXS_POOL_ATTEMPTS 3     /* a host whose addresses changed is asked so often in a run */
#define MXS_POOL_ATTEMPTS_MAX 8 /* and a pool of which nothing known is heard, or not all: a sample may miss it */
#define MXS_POOL_RUNS 90        /* without an address, and it is forgotten: so far back runs are looked at */

struct mxs_pool_entry {
    uint32_t host, address; /* ids */
    int64_t seen;           /* the last run that was told of it; -run: the pool moved away from it in that run */
    bool heard;
};

struct mxs_address_pools {
    struct mxs_dictionary *dictionary;
    mxs_store *store;
    int64_t list, run, previous;
    int64_t runs[MXS_POOL_RUNS]; /* this one and those before it, the newest first */
    size_t run_count;
    struct mxs_pool_entry *entries; /* by host, then address */
    size_t count;
    struct mxs_query told, remove, insert;
};

/* What this run was told of one family of a host. */
struct mxs_pool_sample {
    uint32_t host;
    int family;         /* 0 A, 1 AAAA */
    uint32_t seen;      /* the set of all addresses told; an id of the dictionary */
    uint32_t attempts;  /* that were answered */
    bool differs;       /* from each other */
};

MXS_CHECK enum mxs_err mxs_address_pools_open(struct mxs_address_pools *pools, struct mxs_dictionary *dictionary,
                                              mxs_store *store, int64_t list, int64_t run, int64_t previous,
                                              struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_address_pools_finish(struct mxs_address_pools *pools, struct mxs_detail *detail);
/* Whether every address of the set is known to be of the host's pool. */
bool mxs_address_pools_hold(const struct mxs_address_pools *pools, uint32_t host, uint32_t set);
/* Whether an address of the set is. */
bool mxs_address_pools_meet(const struct mxs_address_pools *pools, uint32_t host, uint32_t set);
/* Whether the addresses of that family (0 A, 1 AAAA) are known to be a pool. */
bool mxs_address_pools_know(const struct mxs_address_pools *pools, uint32_t host, int family);
/* Whether two sets have an address in common. */
bool mxs_address_pools_share(const struct mxs_address_pools *pools, uint32_t a, uint32_t b);
/* An answer told this set; whether one that is known, and of that set, was in none of them; none has told anything. */
void mxs_address_pools_hear(struct mxs_address_pools *pools, uint32_t host, uint32_t set);
bool mxs_address_pools_miss(const struct mxs_address_pools *pools, uint32_t host, uint32_t set);
void mxs_address_pools_forget(struct mxs_address_pools *pools);
/* The set of both; 0: out of memory. */
uint32_t mxs_address_pools_join(const struct mxs_address_pools *pools, uint32_t a, uint32_t b);
/* The set that is the fact, inside the caller's transaction; 0: out of memory. Taken twice, as after a kill, it is the
 * same. What earlier runs found stays as it is. */
uint32_t mxs_address_pools_take(struct mxs_address_pools *pools, const struct mxs_pool_sample *sample);

#endif
