#include "scanner/run/internal/record_pool.h"

#include <stdlib.h>

#include "base/vector.h"
#include "model/vocabulary.h"

#define RUNS_KEPT 3      /* without a record, and it leaves, where a run would have told it */
#define RUNS_KEPT_MORE 9 /* where a cache tells one part a run, for each further part: so a member hardly ever leaves */
#define RUNS_KEPT_MAX 30
#define RUNS_LOOKED_AT 6 /* for moves that come back */
#define MOVES_MIN 3      /* of them, so many with the one of this run: once there and back again is no rotation */

/* --- reading --- */

static enum mxs_err read_entries(struct mxs_record_pools *pools, struct mxs_detail *detail)
{
    struct mxs_query query;
    size_t capacity = 0;
    bool memory = true;
    mxs_query_open(&query, pools->store, pools->kind->entries);
    mxs_query_int(&query, 1, pools->list);
    while (memory && mxs_query_next(&query)) {
        int64_t record = mxs_query_column_int(&query, 1);
        memory = mxs_vector_reserve(&pools->entries, &capacity, pools->count, sizeof *pools->entries);
        if (memory && pools->kind->has(pools->dictionary, record))
            pools->entries[pools->count++] =
                (struct mxs_pool_entry){.subject = (uint32_t)mxs_query_column_int(&query, 0),
                                        .record = record,
                                        .seen = mxs_query_column_int(&query, 2)};
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, NULL) : err;
}

/* Where runs were pruned they count as what they were, as far as that is known: the numbers before the oldest that is
 * left are those of this list where there is no other. What was never there told nothing, and is not looked for. */
static enum mxs_err put_pruned(struct mxs_record_pools *pools, struct mxs_detail *detail)
{
    int64_t lists = 0;
    enum mxs_err err = mxs_query_one_int(pools->store, "SELECT count(*) FROM list", 0, &lists, detail);
    size_t count = pools->run_count;
    for (; lists == 1 && count > 0 && count < MXS_POOL_RUNS && pools->runs[count - 1] > 1; count++)
        pools->runs[count] = pools->runs[count - 1] - 1;
    pools->run_count = count;
    return err;
}

/* This run and those complete before it, the newest first. */
static enum mxs_err read_runs(struct mxs_record_pools *pools, struct mxs_detail *detail)
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
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK ? put_pruned(pools, detail) : err;
}

/* The first of the last so many runs, with this one; 0: there are not so many. */
static int64_t since(const struct mxs_record_pools *pools, size_t count)
{
    return count <= pools->run_count ? pools->runs[count - 1] : 0;
}

enum mxs_err mxs_record_pools_open(struct mxs_record_pools *pools, const struct mxs_record_kind *kind,
                                   struct mxs_dictionary *dictionary, mxs_store *store, int64_t list, int64_t run,
                                   int64_t previous, struct mxs_detail *detail)
{
    *pools = (struct mxs_record_pools){.kind = kind,
                                       .dictionary = dictionary,
                                       .store = store,
                                       .list = list,
                                       .run = run,
                                       .previous = previous};
    enum mxs_err err = read_entries(pools, detail);
    if (err == MXS_OK)
        err = read_runs(pools, detail);
    mxs_query_open(&pools->told, store, kind->told);
    mxs_query_open(&pools->remove, store, kind->remove);
    mxs_query_open(&pools->insert, store, kind->insert);
    if (kind->grown != NULL)
        mxs_query_open(&pools->grown, store, kind->grown);
    return err;
}

enum mxs_err mxs_record_pools_finish(struct mxs_record_pools *pools, struct mxs_detail *detail)
{
    struct mxs_query *const all[] = {&pools->told, &pools->remove, &pools->insert, &pools->grown};
    enum mxs_err err = mxs_query_finish_each(all, sizeof all / sizeof *all, MXS_OK, detail);
    free(pools->entries);
    pools->entries = NULL;
    return err;
}

/* 0 of no set. */
static uint32_t count_of(const struct mxs_record_pools *pools, uint32_t set)
{
    return set == 0 ? 0 : pools->kind->count(pools->dictionary, set);
}

static int64_t record_of(const struct mxs_record_pools *pools, uint32_t set, uint32_t index)
{
    return pools->kind->record(pools->dictionary, set, index);
}

static bool is_in(const struct mxs_record_pools *pools, int64_t record, uint32_t set)
{
    for (uint32_t i = 0; i < count_of(pools, set); i++)
        if (record_of(pools, set, i) == record)
            return true;
    return false;
}

/* The entries of a subject; *at begins at 0. NULL: there are no more. */
static struct mxs_pool_entry *next_entry(const struct mxs_record_pools *pools, uint32_t subject, size_t *at)
{
    size_t low = 0, high = *at == 0 ? pools->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pools->entries[middle].subject < subject)
            low = middle + 1;
        else
            high = middle;
    }
    *at = *at == 0 ? low + 1 : *at + 1;
    return *at <= pools->count && pools->entries[*at - 1].subject == subject ? &pools->entries[*at - 1] : NULL;
}

/* What the pool moved away from is none of it any more. */
static bool holds(const struct mxs_record_pools *pools, uint32_t subject, int64_t record)
{
    const struct mxs_pool_entry *entry;
    for (size_t at = 0; (entry = next_entry(pools, subject, &at)) != NULL;)
        if (entry->record == record)
            return entry->seen > 0;
    return false;
}

bool mxs_record_pools_hold(const struct mxs_record_pools *pools, uint32_t subject, uint32_t set)
{
    for (uint32_t i = 0; i < count_of(pools, set); i++)
        if (!holds(pools, subject, record_of(pools, set, i)))
            return false;
    return true;
}

bool mxs_record_pools_meet(const struct mxs_record_pools *pools, uint32_t subject, uint32_t set)
{
    for (uint32_t i = 0; i < count_of(pools, set); i++)
        if (holds(pools, subject, record_of(pools, set, i)))
            return true;
    return false;
}

bool mxs_record_pools_know(const struct mxs_record_pools *pools, uint32_t subject, int family)
{
    const struct mxs_pool_entry *entry;
    for (size_t at = 0; (entry = next_entry(pools, subject, &at)) != NULL;)
        if (pools->kind->family(pools->dictionary, entry->record) == family)
            return true;
    return false;
}

/* The last run that heard what the set has not; 0: none. What leaves a pool of named records is forgotten. */
static int64_t doubted(const struct mxs_record_pools *pools, uint32_t subject, uint32_t set)
{
    const struct mxs_pool_entry *entry;
    int64_t last = 0;
    for (size_t at = 0; pools->kind->named && (entry = next_entry(pools, subject, &at)) != NULL;)
        if (entry->seen > last && !is_in(pools, entry->record, set))
            last = entry->seen;
    return last;
}

bool mxs_record_pools_doubt(const struct mxs_record_pools *pools, uint32_t subject, uint32_t set)
{
    return doubted(pools, subject, set) != 0;
}

bool mxs_record_pools_share(const struct mxs_record_pools *pools, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < count_of(pools, a); i++)
        if (is_in(pools, record_of(pools, a, i), b))
            return true;
    return false;
}

void mxs_record_pools_hear(struct mxs_record_pools *pools, uint32_t subject, uint32_t set)
{
    struct mxs_pool_entry *entry;
    for (size_t at = 0; (entry = next_entry(pools, subject, &at)) != NULL;)
        entry->heard |= is_in(pools, entry->record, set);
}

bool mxs_record_pools_miss(const struct mxs_record_pools *pools, uint32_t subject, uint32_t set)
{
    const struct mxs_pool_entry *entry;
    for (size_t at = 0; (entry = next_entry(pools, subject, &at)) != NULL;)
        if (entry->seen > 0 && !entry->heard && is_in(pools, entry->record, set))
            return true;
    return false;
}

void mxs_record_pools_forget(struct mxs_record_pools *pools)
{
    for (size_t i = 0; i < pools->count; i++)
        pools->entries[i].heard = false;
}

/* --- joining --- */

/* What one family of a subject is asked for. */
struct subject {
    uint32_t id;
    int family;
    const struct mxs_pool_sample *sample;
};

struct gathered {
    uint32_t count; /* what lies behind is not written: it is large, and one is made for every subject */
    struct mxs_record records[MXS_RECORDS_MAX];
    struct mxs_pool_entry entries[MXS_RECORDS_MAX];
};

static void gather(struct gathered *gathered, const struct mxs_record_pools *pools, uint32_t subject, int64_t record,
                   int64_t seen)
{
    for (uint32_t i = 0; i < gathered->count; i++)
        if (gathered->entries[i].record == record)
            return;
    if (gathered->count == MXS_RECORDS_MAX)
        return;
    gathered->records[gathered->count] = pools->kind->text(pools->dictionary, record);
    gathered->entries[gathered->count++] =
        (struct mxs_pool_entry){.subject = subject, .record = record, .seen = seen};
}

static void gather_set(struct gathered *gathered, const struct mxs_record_pools *pools, uint32_t subject, uint32_t set,
                       int64_t seen)
{
    for (uint32_t i = 0; i < count_of(pools, set); i++)
        gather(gathered, pools, subject, record_of(pools, set, i), seen);
}

/* The set of both; 0: out of memory. */
static uint32_t join(const struct mxs_record_pools *pools, uint32_t a, uint32_t b)
{
    struct gathered gathered;
    if (a == b || a == 0 || b == 0)
        return a == 0 ? b : a;
    gathered.count = 0;
    gather_set(&gathered, pools, 0, a, 0);
    gather_set(&gathered, pools, 0, b, 0);
    return pools->kind->set(pools->dictionary, gathered.records, gathered.count);
}

bool mxs_record_pools_put(const struct mxs_record_pools *pools, struct mxs_pool_sample *sample, uint32_t set)
{
    sample->attempts += sample->attempts < UINT8_MAX;
    if (sample->parts[0] == 0) {
        sample->parts[0] = set;
    } else if (sample->parts[0] != set) {
        sample->differs = true;
        sample->more |= sample->parts[1] != 0 && sample->parts[1] != set;
        sample->parts[1] = sample->parts[1] == 0 ? set : sample->parts[1];
    }
    sample->seen = join(pools, sample->seen, set);
    return sample->seen != 0;
}

/* What the history told of a subject and family, the newest first. */
struct told {
    uint32_t set;
    int64_t first_run, last_run;
    bool pruned;
};

static void told_open(struct mxs_record_pools *pools, uint32_t subject)
{
    mxs_query_int(&pools->told, 1, subject);
    mxs_query_int(&pools->told, 2, pools->list);
    mxs_query_int(&pools->told, 3, pools->previous);
    mxs_query_int(&pools->told, 4, pools->run);
}

static bool told_next(struct mxs_record_pools *pools, int family, struct told *told)
{
    while (mxs_query_next(&pools->told)) {
        int64_t set = mxs_query_is_null(&pools->told, family) ? 0 : mxs_query_column_int(&pools->told, family);
        *told = (struct told){(uint32_t)set, mxs_query_column_int(&pools->told, 2),
                              mxs_query_column_int(&pools->told, 3), mxs_query_column_int(&pools->told, 4) != 0};
        if (set != 0 && pools->kind->has_set(pools->dictionary, set))
            return true;
    }
    *told = (struct told){0};
    return false;
}

/* The last that was told: where nothing is settled, nothing is told. Pruning cuts a span in two. */
static struct told last_told(struct mxs_record_pools *pools, const struct subject *subject)
{
    struct told told, before;
    told_open(pools, subject->id);
    told_next(pools, subject->family, &told);
    while (told.set != 0 && told_next(pools, subject->family, &before) && before.pruned && before.set == told.set &&
           before.last_run == told.first_run - 1)
        told.first_run = before.first_run;
    mxs_query_reset(&pools->told);
    return told;
}

static bool loses(const struct mxs_record_pools *pools, uint32_t old, uint32_t new)
{
    for (uint32_t i = 0; i < count_of(pools, old); i++)
        if (!is_in(pools, record_of(pools, old, i), new))
            return true;
    return false;
}

/* A record that is heard, was not told last, and was told before. */
static bool leads_back(const struct mxs_record_pools *pools, uint32_t heard, uint32_t last, uint32_t past)
{
    for (uint32_t i = 0; i < count_of(pools, heard); i++) {
        int64_t record = record_of(pools, heard, i);
        if (!is_in(pools, record, last) && is_in(pools, record, past))
            return true;
    }
    return false;
}

/* Whether this run's move is one of several that lead back: then what the nights saw is gathered. */
static bool gather_nights(struct gathered *gathered, struct mxs_record_pools *pools, const struct subject *subject,
                          uint32_t last)
{
    const struct mxs_pool_sample *sample = subject->sample;
    uint32_t count = gathered->count, after = sample->seen, moves = 0;
    bool back = false;
    struct told told;
    if (sample->attempts < MXS_POOL_ATTEMPTS || !loses(pools, last, sample->seen))
        return false;
    told_open(pools, subject->id);
    while (told_next(pools, subject->family, &told) && told.last_run >= since(pools, RUNS_LOOKED_AT)) {
        moves += loses(pools, told.set, after);
        back |= leads_back(pools, sample->seen, last, told.set);
        after = told.set;
        gather_set(gathered, pools, subject->id, after, told.last_run);
    }
    mxs_query_reset(&pools->told);
    bool rotates = back && moves >= MOVES_MIN;
    gathered->count = rotates ? gathered->count : count;
    return rotates;
}

/* --- storing --- */

static void remove_entry(struct mxs_record_pools *pools, const struct mxs_pool_entry *entry)
{
    mxs_query_int(&pools->remove, 1, entry->subject);
    mxs_query_int(&pools->remove, 2, pools->list);
    mxs_query_int(&pools->remove, 3, entry->record);
    mxs_query_run(&pools->remove);
}

static void put_entry(struct mxs_record_pools *pools, const struct mxs_pool_entry *entry)
{
    mxs_query_int(&pools->insert, 1, entry->subject);
    mxs_query_int(&pools->insert, 2, pools->list);
    mxs_query_int(&pools->insert, 3, entry->record);
    mxs_query_int(&pools->insert, 4, entry->seen);
    mxs_query_run(&pools->insert);
}

/* What the pool is from now on, and it is no news where it is heard: so stays known what has left. */
static uint32_t store(struct mxs_record_pools *pools, const struct gathered *pool)
{
    for (uint32_t i = 0; i < pool->count; i++)
        put_entry(pools, &pool->entries[i]);
    return pools->kind->set(pools->dictionary, pool->records, pool->count);
}

/* Where all that was told last is in the new fact, and the pool was not known or brought news in the last runs, more of
 * it has been found out. */
static void put_grown(struct mxs_record_pools *pools, const struct subject *subject, const struct told *told,
                      bool known, uint32_t fact)
{
    if (pools->kind->grown == NULL || fact == 0 || told->set == 0 || fact == told->set ||
        loses(pools, told->set, fact) || (known && told->first_run < since(pools, RUNS_KEPT)))
        return;
    mxs_query_int(&pools->grown, 1, subject->id);
    mxs_query_int(&pools->grown, 2, pools->run);
    mxs_query_run(&pools->grown);
}

/* It is none any more. */
static uint32_t end(struct mxs_record_pools *pools, const struct subject *subject)
{
    const struct mxs_pool_entry *entry;
    for (size_t at = 0; (entry = next_entry(pools, subject->id, &at)) != NULL;)
        remove_entry(pools, entry);
    return subject->sample->seen;
}

/* A pool that has moved is a pool still, of what is heard now. */
static uint32_t move(struct mxs_record_pools *pools, const struct subject *subject, const struct gathered *seen,
                     uint32_t from)
{
    const struct mxs_pool_entry *entry;
    for (uint32_t i = 0; i < count_of(pools, from); i++)
        put_entry(pools, &(struct mxs_pool_entry){
                             .subject = subject->id, .record = record_of(pools, from, i), .seen = -pools->run});
    for (size_t at = 0; (entry = next_entry(pools, subject->id, &at)) != NULL;) {
        struct mxs_pool_entry left = *entry;
        if (pools->kind->family(pools->dictionary, left.record) != subject->family || left.seen < 0)
            continue;
        left.seen = -pools->run;
        put_entry(pools, &left);
    }
    store(pools, seen);
    return subject->sample->seen;
}

static uint32_t move_named(struct mxs_record_pools *pools, const struct subject *subject, const struct gathered *seen)
{
    uint32_t set = end(pools, subject);
    return subject->sample->differs ? store(pools, seen) : set;
}

/* In how many runs up to that one, and in this one, a record has not been heard. */
static size_t count_silent(const struct mxs_record_pools *pools, int64_t seen, int64_t last)
{
    size_t count = 1;
    for (size_t i = 0; i < pools->run_count && pools->runs[i] > seen; i++)
        count += pools->runs[i] <= last;
    return count;
}

/* A record that a part of the pool did not show has not left. Attempts that differ are as many samples, and twice as
 * many as there are records hardly ever miss one of them three runs long; attempts that agree are one. */
static size_t runs_kept(const struct mxs_record_pools *pools, const struct mxs_pool_sample *sample, uint32_t size)
{
    uint32_t part = count_of(pools, sample->seen);
    part = part < size ? part : size;
    size_t runs = sample->differs || part == 0 ? (RUNS_KEPT * 2 * size + sample->attempts - 1) / sample->attempts
                                               : RUNS_KEPT + (RUNS_KEPT_MORE * (size - part) + part - 1) / part;
    runs = runs < RUNS_KEPT ? RUNS_KEPT : runs;
    return runs < RUNS_KEPT_MAX ? runs : RUNS_KEPT_MAX;
}

/* What was told last of the pool stays, and what is doubted, but for what has been silent for too long. Runs that could
 * not settle the subject are not counted. */
static void gather_known(struct gathered *pool, struct mxs_record_pools *pools, const struct subject *subject,
                         const struct told *told)
{
    const struct mxs_pool_entry *entry;
    uint32_t heard = pool->count, count = heard;
    for (size_t at = 0; (entry = next_entry(pools, subject->id, &at)) != NULL;) {
        int64_t known = entry->seen < 0 ? -entry->seen : entry->seen;
        if (pools->kind->family(pools->dictionary, entry->record) != subject->family)
            continue;
        if (entry->seen > 0 && (pools->kind->named || is_in(pools, entry->record, told->set)))
            gather(pool, pools, subject->id, entry->record, entry->seen);
        else if (known < since(pools, MXS_POOL_RUNS))
            remove_entry(pools, entry);
    }
    size_t runs = runs_kept(pools, subject->sample, pool->count);
    for (uint32_t i = heard; i < pool->count; i++)
        if (count_silent(pools, pool->entries[i].seen, told->last_run) < runs) {
            pool->records[count] = pool->records[i];
            pool->entries[count++] = pool->entries[i];
        } else if (pools->kind->named) {
            remove_entry(pools, &pool->entries[i]);
        }
    pool->count = count;
}

/* Attempts that agree have moved as those of any subject; others only when there were so many that one of them would
 * have had something of the pool, and nothing of it was news in the last runs: of a pool that is hardly known yet all
 * may be. */
static bool is_enough(const struct mxs_record_pools *pools, const struct mxs_pool_sample *sample,
                      const struct told *told)
{
    return sample->differs ? sample->attempts >= MXS_POOL_ATTEMPTS_MAX && told->first_run < since(pools, RUNS_KEPT)
                           : sample->attempts >= MXS_POOL_ATTEMPTS;
}

/* The fact, where it is what was told last or what all attempts say now; 0: it is a pool. */
static uint32_t take_doubted(struct mxs_record_pools *pools, const struct subject *subject, const struct told *told,
                             struct gathered *seen)
{
    const struct mxs_pool_sample *sample = subject->sample;
    int64_t run = doubted(pools, subject->id, told->set);
    bool known = mxs_record_pools_know(pools, subject->id, 0), before = run != 0 && run < pools->run;
    if (known && run == 0)
        return 0;
    if (!sample->differs && (before || known)) {
        bool over = sample->seen != told->set || run < since(pools, RUNS_LOOKED_AT);
        return over ? end(pools, subject) : told->set;
    }
    if (!sample->differs || before || sample->more || told->set == 0 ||
        (sample->parts[0] != told->set && sample->parts[1] != told->set))
        return 0;
    gather_set(seen, pools, subject->id, told->set, pools->run);
    store(pools, seen);
    return told->set;
}

uint32_t mxs_record_pools_take(struct mxs_record_pools *pools, uint32_t id, int family,
                               const struct mxs_pool_sample *sample)
{
    const struct subject subject = {id, family, sample};
    struct gathered pool;
    bool known = mxs_record_pools_know(pools, id, family), named = pools->kind->named;
    if (!known && !sample->differs && sample->attempts < MXS_POOL_ATTEMPTS)
        return sample->seen; /* as most: one set, told as one */
    struct told told = last_told(pools, &subject);
    if (told.first_run == pools->run)
        return told.set; /* taken before a kill */
    pool.count = 0;
    gather_set(&pool, pools, id, sample->seen, pools->run);
    uint32_t fact = named ? take_doubted(pools, &subject, &told, &pool) : 0;
    if (fact != 0)
        return fact;
    bool other = known ? !mxs_record_pools_meet(pools, id, sample->seen)
                       : told.set != 0 && !mxs_record_pools_share(pools, sample->seen, told.set);
    bool nights = !sample->differs && (!known || other) && gather_nights(&pool, pools, &subject, told.set);
    if (!known && !sample->differs && !nights)
        return sample->seen;
    if (other && !nights && is_enough(pools, sample, &told))
        return named ? move_named(pools, &subject, &pool) : move(pools, &subject, &pool, known ? 0 : told.set);
    if (known)
        gather_known(&pool, pools, &subject, &told);
    else if (told.last_run >= since(pools, RUNS_LOOKED_AT))
        gather_set(&pool, pools, id, told.set, told.last_run);
    bool whole = named && !sample->differs && sample->attempts >= MXS_POOL_ATTEMPTS &&
                 pool.count == count_of(pools, sample->seen) && loses(pools, told.set, sample->seen);
    fact = whole ? end(pools, &subject) : store(pools, &pool);
    put_grown(pools, &subject, &told, known && !mxs_record_pools_doubt(pools, id, told.set), fact);
    return fact;
}
