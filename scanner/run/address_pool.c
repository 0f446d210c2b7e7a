#include "scanner/run/internal/address_pool.h"

#include <stdlib.h>

#include "base/vector.h"
#include "model/vocabulary.h"

#define RUNS_KEPT 3 /* without an address, and it leaves */
#define RUNS_LOOKED_AT 6 /* for moves that come back */
#define MOVES_MIN 3      /* of them, so many with the one of this run: once there and back again is no rotation */

static const uint32_t family_size[2] = {4, 16};

/* --- reading --- */

static enum mxs_err read_entries(struct mxs_address_pools *pools, struct mxs_detail *detail)
{
    struct mxs_query query;
    size_t capacity = 0;
    bool memory = true;
    mxs_query_open(
        &query, pools->store,
        "SELECT host_id, address_id, seen_run FROM address_pool WHERE list_id = ?1 ORDER BY host_id, address_id");
    mxs_query_int(&query, 1, pools->list);
    while (memory && mxs_query_next(&query)) {
        int64_t address = mxs_query_column_int(&query, 1);
        memory = mxs_vector_reserve(&pools->entries, &capacity, pools->count, sizeof *pools->entries);
        if (memory && mxs_dictionary_has(&pools->dictionary->addresses, address))
            pools->entries[pools->count++] = (struct mxs_pool_entry){
                (uint32_t)mxs_query_column_int(&query, 0), (uint32_t)address, mxs_query_column_int(&query, 2)};
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, NULL) : err;
}

/* Of this run and those complete before it the run that is so far from the end; 0: there are not so many. */
static enum mxs_err read_since(struct mxs_address_pools *pools, int64_t runs, int64_t *since, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, pools->store,
                   "SELECT id FROM run WHERE list_id = ?1 AND (id = ?2 OR (state = 'complete' AND id < ?2))"
                   " ORDER BY id DESC LIMIT 1 OFFSET ?3");
    mxs_query_int(&query, 1, pools->list);
    mxs_query_int(&query, 2, pools->run);
    mxs_query_int(&query, 3, runs - 1);
    if (mxs_query_next(&query))
        *since = mxs_query_column_int(&query, 0);
    mxs_query_reset(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_address_pools_open(struct mxs_address_pools *pools, struct mxs_dictionary *dictionary,
                                    mxs_store *store, int64_t list, int64_t run, int64_t previous,
                                    struct mxs_detail *detail)
{
    *pools = (struct mxs_address_pools){
        .dictionary = dictionary, .store = store, .list = list, .run = run, .previous = previous};
    enum mxs_err err = read_entries(pools, detail);
    if (err == MXS_OK)
        err = read_since(pools, RUNS_KEPT, &pools->kept_since, detail);
    if (err == MXS_OK)
        err = read_since(pools, RUNS_LOOKED_AT, &pools->nights_since, detail);
    mxs_query_open(&pools->standing, store,
                   "SELECT a_set_id, aaaa_set_id FROM host_history WHERE host_id = ?1 AND list_id = ?2"
                   " AND last_run IS NULL");
    mxs_query_open(&pools->past, store,
                   "SELECT a_set_id, aaaa_set_id, last_run FROM host_history WHERE host_id = ?1 AND list_id = ?2"
                   " AND last_run >= ?3 ORDER BY first_run DESC");
    mxs_query_open(&pools->revise[0], store, "UPDATE host_history SET a_set_id = ?3 WHERE host_id = ?1 AND list_id = ?2"
                                             " AND last_run IS NULL AND a_outcome = ?4");
    mxs_query_open(&pools->revise[1], store,
                   "UPDATE host_history SET aaaa_set_id = ?3 WHERE host_id = ?1 AND list_id = ?2"
                   " AND last_run IS NULL AND aaaa_outcome = ?4");
    mxs_query_int(&pools->revise[0], 4, MXS_ANSWERED);
    mxs_query_int(&pools->revise[1], 4, MXS_ANSWERED);
    mxs_query_open(&pools->remove, store,
                   "DELETE FROM address_pool WHERE host_id = ?1 AND list_id = ?2 AND address_id = ?3");
    mxs_query_open(&pools->insert, store, "INSERT OR REPLACE INTO address_pool VALUES (?1, ?2, ?3, ?4)");
    return err;
}

enum mxs_err mxs_address_pools_finish(struct mxs_address_pools *pools, struct mxs_detail *detail)
{
    struct mxs_query *const all[] = {&pools->standing,  &pools->past,   &pools->revise[0],
                                     &pools->revise[1], &pools->remove, &pools->insert};
    enum mxs_err err = mxs_query_finish_each(all, sizeof all / sizeof *all, MXS_OK, detail);
    free(pools->entries);
    pools->entries = NULL;
    return err;
}

/* The first entry of the host, or where it would be. */
static size_t find(const struct mxs_address_pools *pools, uint32_t host)
{
    size_t low = 0, high = pools->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pools->entries[middle].host < host)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool holds(const struct mxs_address_pools *pools, uint32_t host, uint32_t address)
{
    for (size_t i = find(pools, host); i < pools->count && pools->entries[i].host == host; i++)
        if (pools->entries[i].address == address)
            return true;
    return false;
}

bool mxs_address_pools_hold(const struct mxs_address_pools *pools, uint32_t host, uint32_t set)
{
    for (uint32_t i = 0; i < mxs_dictionary_address_count(pools->dictionary, set); i++)
        if (!holds(pools, host, mxs_dictionary_address_id(pools->dictionary, set, i)))
            return false;
    return true;
}

/* --- joining --- */

struct gathered {
    uint32_t count; /* what lies behind is not written: it is large, and one is made for every host */
    struct mxs_record records[MXS_RECORDS_MAX];
    struct mxs_pool_entry entries[MXS_RECORDS_MAX];
};

static void gather(struct gathered *gathered, const struct mxs_address_pools *pools, uint32_t host, uint32_t address,
                   int64_t seen)
{
    for (uint32_t i = 0; i < gathered->count; i++)
        if (gathered->entries[i].address == address)
            return;
    if (gathered->count == MXS_RECORDS_MAX)
        return;
    gathered->records[gathered->count] =
        (struct mxs_record){.data = mxs_intern_key(&pools->dictionary->addresses.keys, address)};
    gathered->entries[gathered->count++] = (struct mxs_pool_entry){host, address, seen};
}

static void gather_set(struct gathered *gathered, const struct mxs_address_pools *pools, uint32_t host, uint32_t set,
                       int64_t seen)
{
    for (uint32_t i = 0; set != 0 && i < mxs_dictionary_address_count(pools->dictionary, set); i++)
        gather(gathered, pools, host, mxs_dictionary_address_id(pools->dictionary, set, i), seen);
}

uint32_t mxs_address_pools_join(const struct mxs_address_pools *pools, uint32_t a, uint32_t b)
{
    struct gathered gathered;
    if (a == b || a == 0 || b == 0)
        return a == 0 ? b : a;
    gathered.count = 0;
    gather_set(&gathered, pools, 0, a, 0);
    gather_set(&gathered, pools, 0, b, 0);
    return mxs_dictionary_address_set(pools->dictionary, gathered.records, gathered.count);
}

static bool is_of(const struct mxs_address_pools *pools, const struct mxs_pool_entry *entry,
                  const struct mxs_pool_sample *sample)
{
    return entry->host == sample->host &&
           mxs_intern_key(&pools->dictionary->addresses.keys, entry->address).size_bytes == family_size[sample->family];
}

/* The set of the interval that stands: before the host was known to be a pool, that was one sample of it. */
static uint32_t standing_set(struct mxs_address_pools *pools, const struct mxs_pool_sample *sample)
{
    int64_t set = 0;
    mxs_query_int(&pools->standing, 1, sample->host);
    mxs_query_int(&pools->standing, 2, pools->list);
    if (mxs_query_next(&pools->standing) && !mxs_query_is_null(&pools->standing, sample->family))
        set = mxs_query_column_int(&pools->standing, sample->family);
    mxs_query_reset(&pools->standing);
    return mxs_dictionary_has(&pools->dictionary->address_sets, set) ? (uint32_t)set : 0;
}

static bool meets(const struct mxs_address_pools *pools, uint32_t a, uint32_t b)
{
    const struct mxs_dictionary *dictionary = pools->dictionary;
    for (uint32_t i = 0; i < mxs_dictionary_address_count(dictionary, a); i++)
        for (uint32_t k = 0; k < mxs_dictionary_address_count(dictionary, b); k++)
            if (mxs_dictionary_address_id(dictionary, a, i) == mxs_dictionary_address_id(dictionary, b, k))
                return true;
    return false;
}

/* Whether this run's move is one of several that lead back: then what the nights saw is gathered. */
static bool gather_nights(struct gathered *gathered, struct mxs_address_pools *pools,
                          const struct mxs_pool_sample *sample)
{
    uint32_t count = gathered->count, after = standing_set(pools, sample), moves = 1;
    bool back = false;
    if (sample->attempts < MXS_POOL_ATTEMPTS || after == 0 || meets(pools, sample->seen, after))
        return false;
    gather_set(gathered, pools, sample->host, after, pools->previous);
    mxs_query_int(&pools->past, 1, sample->host);
    mxs_query_int(&pools->past, 2, pools->list);
    mxs_query_int(&pools->past, 3, pools->nights_since);
    while (mxs_query_next(&pools->past)) {
        int64_t past = mxs_query_is_null(&pools->past, sample->family)
                           ? 0 : mxs_query_column_int(&pools->past, sample->family);
        if (past == 0 || !mxs_dictionary_has(&pools->dictionary->address_sets, past))
            continue;
        moves += !meets(pools, after, (uint32_t)past);
        back |= meets(pools, sample->seen, (uint32_t)past);
        after = (uint32_t)past;
        gather_set(gathered, pools, sample->host, after, mxs_query_column_int(&pools->past, 2));
    }
    mxs_query_reset(&pools->past);
    bool rotates = back && moves >= MOVES_MIN;
    gathered->count = rotates ? gathered->count : count;
    return rotates;
}

/* --- storing --- */

static void remove_entry(struct mxs_address_pools *pools, const struct mxs_pool_entry *entry)
{
    mxs_query_int(&pools->remove, 1, entry->host);
    mxs_query_int(&pools->remove, 2, pools->list);
    mxs_query_int(&pools->remove, 3, entry->address);
    mxs_query_run(&pools->remove);
}

static void store(struct mxs_address_pools *pools, const struct mxs_pool_sample *sample, const struct gathered *pool,
                  uint32_t set)
{
    for (uint32_t i = 0; i < pool->count; i++) {
        mxs_query_int(&pools->insert, 1, sample->host);
        mxs_query_int(&pools->insert, 2, pools->list);
        mxs_query_int(&pools->insert, 3, pool->entries[i].address);
        mxs_query_int(&pools->insert, 4, pool->entries[i].seen);
        mxs_query_run(&pools->insert);
    }
    struct mxs_query *revise = &pools->revise[sample->family];
    mxs_query_int(revise, 1, sample->host);
    mxs_query_int(revise, 2, pools->list);
    mxs_query_int(revise, 3, set);
    mxs_query_run(revise);
}

uint32_t mxs_address_pools_take(struct mxs_address_pools *pools, const struct mxs_pool_sample *sample)
{
    struct gathered pool;
    pool.count = 0;
    size_t first = find(pools, sample->host);
    bool known = false, common = false;
    gather_set(&pool, pools, sample->host, sample->seen, pools->run);
    uint32_t seen = pool.count;
    for (size_t i = first; i < pools->count && pools->entries[i].host == sample->host; i++) {
        if (!is_of(pools, &pools->entries[i], sample))
            continue;
        known = true;
        for (uint32_t k = 0; k < seen && !common; k++)
            common = pool.entries[k].address == pools->entries[i].address;
    }
    if (!known && !sample->differs && !gather_nights(&pool, pools, sample))
        return sample->seen; /* as most hosts: one set, told as one */
    bool moved = known && !common && !sample->differs && sample->attempts >= MXS_POOL_ATTEMPTS;
    for (size_t i = first; i < pools->count && pools->entries[i].host == sample->host; i++) {
        const struct mxs_pool_entry *entry = &pools->entries[i];
        if (!is_of(pools, entry, sample))
            continue;
        if (moved || entry->seen < pools->kept_since)
            remove_entry(pools, entry);
        else
            gather(&pool, pools, sample->host, entry->address, entry->seen);
    }
    if (moved)
        return sample->seen;
    if (!known)
        gather_set(&pool, pools, sample->host, standing_set(pools, sample), pools->previous);
    uint32_t set = mxs_dictionary_address_set(pools->dictionary, pool.records, pool.count);
    if (set != 0)
        store(pools, sample, &pool, set);
    return set;
}
