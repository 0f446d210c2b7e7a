#include "scanner/run/internal/address_pool.h"

#include <stdlib.h>

#include "base/vector.h"
#include "model/vocabulary.h"

#define RUNS_KEPT 3      /* without an address, and it leaves, where a run would have told it */
#define RUNS_KEPT_MORE 9 /* where a cache tells one part a run, for each further part: so a member hardly ever leaves */
#define RUNS_KEPT_MAX 30
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
                (uint32_t)mxs_query_column_int(&query, 0), (uint32_t)address, mxs_query_column_int(&query, 2), false};
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, NULL) : err;
}

/* This run and those complete before it, the newest first. */
static enum mxs_err read_runs(struct mxs_address_pools *pools, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, pools->store,
                   "SELECT id FROM run WHERE list_id = ?1 AND (id = ?2 OR (state = 'complete' AND id < ?2))"
                   " ORDER BY id DESC LIMIT ?3");
    mxs_query_int(&query, 1, pools->list);
    mxs_query_int(&query, 2, pools->run);
    mxs_query_int(&query, 3, MXS_POOL_RUNS);
    while (mxs_query_next(&query))
        pools->runs[pools->run_count++] = mxs_query_column_int(&query, 0);
    return mxs_query_finish(&query, detail);
}

/* The first of the last so many runs, with this one; 0: there are not so many. */
static int64_t since(const struct mxs_address_pools *pools, size_t count)
{
    return count <= pools->run_count ? pools->runs[count - 1] : 0;
}

enum mxs_err mxs_address_pools_open(struct mxs_address_pools *pools, struct mxs_dictionary *dictionary,
                                    mxs_store *store, int64_t list, int64_t run, int64_t previous,
                                    struct mxs_detail *detail)
{
    *pools = (struct mxs_address_pools){
        .dictionary = dictionary, .store = store, .list = list, .run = run, .previous = previous};
    enum mxs_err err = read_entries(pools, detail);
    if (err == MXS_OK)
        err = read_runs(pools, detail);
    mxs_query_open(&pools->told, store,
                   "SELECT a_set_id, aaaa_set_id, first_run, ifnull(last_run, ?3) FROM host_history WHERE host_id = ?1"
                   " AND list_id = ?2 AND first_run <= ?4 ORDER BY first_run DESC");
    mxs_query_open(&pools->remove, store,
                   "DELETE FROM address_pool WHERE host_id = ?1 AND list_id = ?2 AND address_id = ?3");
    mxs_query_open(&pools->insert, store, "INSERT OR REPLACE INTO address_pool VALUES (?1, ?2, ?3, ?4)");
    return err;
}

enum mxs_err mxs_address_pools_finish(struct mxs_address_pools *pools, struct mxs_detail *detail)
{
    struct mxs_query *const all[] = {&pools->told, &pools->remove, &pools->insert};
    enum mxs_err err = mxs_query_finish_each(all, sizeof all / sizeof *all, MXS_OK, detail);
    free(pools->entries);
    pools->entries = NULL;
    return err;
}

/* 0 of no set. */
static uint32_t count_of(const struct mxs_address_pools *pools, uint32_t set)
{
    return set == 0 ? 0 : mxs_dictionary_address_count(pools->dictionary, set);
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

/* What the pool moved away from is none of it any more. */
static bool holds(const struct mxs_address_pools *pools, uint32_t host, uint32_t address)
{
    for (size_t i = find(pools, host); i < pools->count && pools->entries[i].host == host; i++)
        if (pools->entries[i].address == address)
            return pools->entries[i].seen > 0;
    return false;
}

bool mxs_address_pools_hold(const struct mxs_address_pools *pools, uint32_t host, uint32_t set)
{
    for (uint32_t i = 0; i < count_of(pools, set); i++)
        if (!holds(pools, host, mxs_dictionary_address_id(pools->dictionary, set, i)))
            return false;
    return true;
}

bool mxs_address_pools_meet(const struct mxs_address_pools *pools, uint32_t host, uint32_t set)
{
    for (uint32_t i = 0; i < count_of(pools, set); i++)
        if (holds(pools, host, mxs_dictionary_address_id(pools->dictionary, set, i)))
            return true;
    return false;
}

static bool is_of(const struct mxs_address_pools *pools, const struct mxs_pool_entry *entry, uint32_t host, int family)
{
    return entry->host == host &&
           mxs_intern_key(&pools->dictionary->addresses.keys, entry->address).size_bytes == family_size[family];
}

bool mxs_address_pools_know(const struct mxs_address_pools *pools, uint32_t host, int family)
{
    for (size_t i = find(pools, host); i < pools->count && pools->entries[i].host == host; i++)
        if (is_of(pools, &pools->entries[i], host, family))
            return true;
    return false;
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
    gathered->entries[gathered->count++] = (struct mxs_pool_entry){host, address, seen, false};
}

static void gather_set(struct gathered *gathered, const struct mxs_address_pools *pools, uint32_t host, uint32_t set,
                       int64_t seen)
{
    for (uint32_t i = 0; i < count_of(pools, set); i++)
        gather(gathered, pools, host, mxs_dictionary_address_id(pools->dictionary, set, i), seen);
}

static bool is_in(const struct mxs_address_pools *pools, uint32_t address, uint32_t set)
{
    for (uint32_t i = 0; i < count_of(pools, set); i++)
        if (mxs_dictionary_address_id(pools->dictionary, set, i) == address)
            return true;
    return false;
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

bool mxs_address_pools_share(const struct mxs_address_pools *pools, uint32_t a, uint32_t b)
{
    const struct mxs_dictionary *dictionary = pools->dictionary;
    for (uint32_t i = 0; i < count_of(pools, a); i++)
        if (is_in(pools, mxs_dictionary_address_id(dictionary, a, i), b))
            return true;
    return false;
}

void mxs_address_pools_hear(struct mxs_address_pools *pools, uint32_t host, uint32_t set)
{
    for (size_t i = find(pools, host); i < pools->count && pools->entries[i].host == host; i++)
        pools->entries[i].heard |= is_in(pools, pools->entries[i].address, set);
}

bool mxs_address_pools_miss(const struct mxs_address_pools *pools, uint32_t host, uint32_t set)
{
    for (size_t i = find(pools, host); i < pools->count && pools->entries[i].host == host; i++)
        if (pools->entries[i].seen > 0 && !pools->entries[i].heard && is_in(pools, pools->entries[i].address, set))
            return true;
    return false;
}

void mxs_address_pools_forget(struct mxs_address_pools *pools)
{
    for (size_t i = 0; i < pools->count; i++)
        pools->entries[i].heard = false;
}

/* What the history told of a host and family, the newest first. */
struct told {
    uint32_t set;
    int64_t first_run, last_run;
};

static void told_open(struct mxs_address_pools *pools, uint32_t host)
{
    mxs_query_int(&pools->told, 1, host);
    mxs_query_int(&pools->told, 2, pools->list);
    mxs_query_int(&pools->told, 3, pools->previous);
    mxs_query_int(&pools->told, 4, pools->run);
}

static bool told_next(struct mxs_address_pools *pools, int family, struct told *told)
{
    while (mxs_query_next(&pools->told)) {
        int64_t set = mxs_query_is_null(&pools->told, family) ? 0 : mxs_query_column_int(&pools->told, family);
        *told = (struct told){(uint32_t)set, mxs_query_column_int(&pools->told, 2),
                              mxs_query_column_int(&pools->told, 3)};
        if (set != 0 && mxs_dictionary_has(&pools->dictionary->address_sets, set))
            return true;
    }
    *told = (struct told){0};
    return false;
}

/* The last that was told: where nothing is settled, nothing is told. */
static struct told last_told(struct mxs_address_pools *pools, const struct mxs_pool_sample *sample)
{
    struct told told;
    told_open(pools, sample->host);
    told_next(pools, sample->family, &told);
    mxs_query_reset(&pools->told);
    return told;
}

static bool loses(const struct mxs_address_pools *pools, uint32_t old, uint32_t new)
{
    for (uint32_t i = 0; i < count_of(pools, old); i++)
        if (!is_in(pools, mxs_dictionary_address_id(pools->dictionary, old, i), new))
            return true;
    return false;
}

/* An address that is heard, was not told last, and was told before. */
static bool leads_back(const struct mxs_address_pools *pools, uint32_t heard, uint32_t last, uint32_t past)
{
    for (uint32_t i = 0; i < count_of(pools, heard); i++) {
        uint32_t address = mxs_dictionary_address_id(pools->dictionary, heard, i);
        if (!is_in(pools, address, last) && is_in(pools, address, past))
            return true;
    }
    return false;
}

/* Whether this run's move is one of several that lead back: then what the nights saw is gathered. */
static bool gather_nights(struct gathered *gathered, struct mxs_address_pools *pools,
                          const struct mxs_pool_sample *sample, uint32_t last)
{
    uint32_t count = gathered->count, after = sample->seen, moves = 0;
    bool back = false;
    struct told told;
    if (sample->attempts < MXS_POOL_ATTEMPTS || !loses(pools, last, sample->seen))
        return false;
    told_open(pools, sample->host);
    while (told_next(pools, sample->family, &told) && told.last_run >= since(pools, RUNS_LOOKED_AT)) {
        moves += loses(pools, told.set, after);
        back |= leads_back(pools, sample->seen, last, told.set);
        after = told.set;
        gather_set(gathered, pools, sample->host, after, told.last_run);
    }
    mxs_query_reset(&pools->told);
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

static void put_entry(struct mxs_address_pools *pools, const struct mxs_pool_entry *entry)
{
    mxs_query_int(&pools->insert, 1, entry->host);
    mxs_query_int(&pools->insert, 2, pools->list);
    mxs_query_int(&pools->insert, 3, entry->address);
    mxs_query_int(&pools->insert, 4, entry->seen);
    mxs_query_run(&pools->insert);
}

/* What the pool is from now on, and it is no news where it is heard: so stays known what has left. */
static uint32_t store(struct mxs_address_pools *pools, const struct gathered *pool)
{
    for (uint32_t i = 0; i < pool->count; i++)
        put_entry(pools, &pool->entries[i]);
    return mxs_dictionary_address_set(pools->dictionary, pool->records, pool->count);
}

/* A pool that has moved is a pool still, of what is heard now. */
static uint32_t move(struct mxs_address_pools *pools, const struct mxs_pool_sample *sample, const struct gathered *seen,
                     uint32_t from)
{
    for (uint32_t i = 0; i < count_of(pools, from); i++)
        put_entry(pools, &(struct mxs_pool_entry){
                             sample->host, mxs_dictionary_address_id(pools->dictionary, from, i), -pools->run,
                             false});
    for (size_t i = find(pools, sample->host); i < pools->count && pools->entries[i].host == sample->host; i++) {
        struct mxs_pool_entry left = pools->entries[i];
        if (!is_of(pools, &left, sample->host, sample->family) || left.seen < 0)
            continue;
        left.seen = -pools->run;
        put_entry(pools, &left);
    }
    store(pools, seen);
    return sample->seen;
}

/* In how many runs up to that one, and in this one, an address has not been heard. */
static size_t count_silent(const struct mxs_address_pools *pools, int64_t seen, int64_t last)
{
    size_t count = 1;
    for (size_t i = 0; i < pools->run_count && pools->runs[i] > seen; i++)
        count += pools->runs[i] <= last;
    return count;
}

/* An address that a part of the pool did not show has not left. Attempts that differ are as many samples, and twice as
 * many as there are addresses hardly ever miss one of them three runs long; attempts that agree are one. */
static size_t runs_kept(const struct mxs_address_pools *pools, const struct mxs_pool_sample *sample, uint32_t size)
{
    uint32_t part = count_of(pools, sample->seen);
    part = part < size ? part : size;
    size_t runs = sample->differs || part == 0 ? (RUNS_KEPT * 2 * size + sample->attempts - 1) / sample->attempts
                                               : RUNS_KEPT + (RUNS_KEPT_MORE * (size - part) + part - 1) / part;
    runs = runs < RUNS_KEPT ? RUNS_KEPT : runs;
    return runs < RUNS_KEPT_MAX ? runs : RUNS_KEPT_MAX;
}

/* What was told last of the pool stays, but for what has been silent for too long. Runs that could not settle the host
 * are not counted. */
static void gather_known(struct gathered *pool, struct mxs_address_pools *pools, const struct mxs_pool_sample *sample,
                         const struct told *told)
{
    uint32_t heard = pool->count, count = heard;
    for (size_t i = find(pools, sample->host); i < pools->count && pools->entries[i].host == sample->host; i++) {
        const struct mxs_pool_entry *entry = &pools->entries[i];
        int64_t known = entry->seen < 0 ? -entry->seen : entry->seen;
        if (!is_of(pools, entry, sample->host, sample->family))
            continue;
        if (entry->seen > 0 && is_in(pools, entry->address, told->set))
            gather(pool, pools, sample->host, entry->address, entry->seen);
        else if (known < since(pools, MXS_POOL_RUNS))
            remove_entry(pools, entry);
    }
    size_t runs = runs_kept(pools, sample, pool->count);
    for (uint32_t i = heard; i < pool->count; i++)
        if (count_silent(pools, pool->entries[i].seen, told->last_run) < runs) {
            pool->records[count] = pool->records[i];
            pool->entries[count++] = pool->entries[i];
        }
    pool->count = count;
}

/* Attempts that agree have moved as those of any host; others only when there were so many that one of them would have
 * had something of the pool, and nothing of it was news in the last runs: of a pool that is hardly known yet all may
 * be. */
static bool is_enough(const struct mxs_address_pools *pools, const struct mxs_pool_sample *sample,
                      const struct told *told)
{
    return sample->differs ? sample->attempts >= MXS_POOL_ATTEMPTS_MAX && told->first_run < since(pools, RUNS_KEPT)
                           : sample->attempts >= MXS_POOL_ATTEMPTS;
}

uint32_t mxs_address_pools_take(struct mxs_address_pools *pools, const struct mxs_pool_sample *sample)
{
    struct gathered pool;
    bool known = mxs_address_pools_know(pools, sample->host, sample->family);
    if (!known && !sample->differs && sample->attempts < MXS_POOL_ATTEMPTS)
        return sample->seen; /* as most hosts: one set, told as one */
    struct told told = last_told(pools, sample);
    if (told.first_run == pools->run)
        return told.set; /* taken before a kill */
    pool.count = 0;
    gather_set(&pool, pools, sample->host, sample->seen, pools->run);
    bool other = known ? !mxs_address_pools_meet(pools, sample->host, sample->seen)
                       : told.set != 0 && !mxs_address_pools_share(pools, sample->seen, told.set);
    bool nights = !sample->differs && (!known || other) && gather_nights(&pool, pools, sample, told.set);
    if (!known && !sample->differs && !nights)
        return sample->seen;
    if (other && !nights && is_enough(pools, sample, &told))
        return move(pools, sample, &pool, known ? 0 : told.set);
    if (known)
        gather_known(&pool, pools, sample, &told);
    else if (told.last_run >= since(pools, RUNS_LOOKED_AT))
        gather_set(&pool, pools, sample->host, told.set, told.last_run);
    return store(pools, &pool);
}
