#include "scanner/survey/seen.h"

#include <stdlib.h>

#include "scanner/base/arena.h"
#include "scanner/base/intern.h"
#include "scanner/survey/bits.h"

/* A name younger than this may still be on its way to the database: the writer's pool of batches is far smaller. */
#define RECENT 65536u
#define SELECT_NAME "SELECT name FROM domain WHERE id = ?1"

/* The home of a slot is the top bits of its 32 bits of hash, so the table can grow without its names. */
struct slot {
    uint32_t hash, id; /* id 0: free */
};

struct recent {
    struct mxs_arena arena;
    struct mxs_text names[RECENT];
    uint32_t first; /* id of names[0] */
};

struct mxs_seen {
    struct slot *slots;
    unsigned bits; /* log2 of the slots */
    uint32_t used;
    uint64_t hash_key[2];
    uint32_t last_id;
    struct mxs_bits in_run;
    struct recent *young, *old;
    mxs_store *store;
    struct mxs_query name;
    bool reading; /* a read transaction is open */
};

static inline uint32_t home(const mxs_seen *seen, uint32_t hash) { return hash >> (32 - seen->bits); }

static enum mxs_err no_memory(struct mxs_detail *detail)
{
    return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory while reading the list");
}

static bool grow(mxs_seen *seen)
{
    unsigned bits = seen->slots == NULL ? 16 : seen->bits + 1;
    struct slot *slots = bits > 32 ? NULL : calloc((size_t)1 << bits, sizeof *slots);
    if (slots == NULL)
        return false;
    size_t old_count = seen->slots == NULL ? 0 : (size_t)1 << seen->bits, mask = ((size_t)1 << bits) - 1;
    for (size_t i = 0; i < old_count; i++) {
        if (seen->slots[i].id == 0)
            continue;
        size_t at = seen->slots[i].hash >> (32 - bits);
        while (slots[at].id != 0)
            at = (at + 1) & mask;
        slots[at] = seen->slots[i];
    }
    free(seen->slots);
    seen->slots = slots;
    seen->bits = bits;
    return true;
}

static bool mark(mxs_seen *seen, uint32_t id, bool *was)
{
    *was = mxs_bits_has(&seen->in_run, id);
    return *was || mxs_bits_put(&seen->in_run, id);
}

static void insert(mxs_seen *seen, size_t at, uint32_t hash, uint32_t id)
{
    seen->slots[at] = (struct slot){hash, id};
    seen->used++;
}

/* The slot of a name that is known to be new. */
static size_t free_slot(const mxs_seen *seen, uint32_t hash)
{
    size_t mask = ((size_t)1 << seen->bits) - 1, at = home(seen, hash);
    while (seen->slots[at].id != 0)
        at = (at + 1) & mask;
    return at;
}

static bool remember(mxs_seen *seen, uint32_t id, struct mxs_text name)
{
    if (seen->young->first == 0 || id - seen->young->first >= RECENT) {
        struct recent *spare = seen->old;
        seen->old = seen->young;
        seen->young = spare;
        mxs_arena_reset(&spare->arena);
        spare->first = id;
    }
    struct mxs_text copy = mxs_arena_text(&seen->young->arena, name);
    seen->young->names[id - seen->young->first] = copy;
    return copy.data != NULL;
}

/* Reads the name of an id; false when the reader's transaction does not see it. */
static bool read_name(mxs_seen *seen, uint32_t id, struct mxs_text name, bool *same)
{
    mxs_query_int(&seen->name, 1, id);
    bool found = mxs_query_next(&seen->name);
    if (found) {
        size_t size;
        const char *text = mxs_query_column_text(&seen->name, 0, &size);
        *same = mxs_text_equal((struct mxs_text){text, (uint32_t)size}, name);
    }
    mxs_query_reset(&seen->name);
    return found;
}

static enum mxs_err is_name_of(mxs_seen *seen, uint32_t id, struct mxs_text name, bool *same, struct mxs_detail *detail)
{
    struct recent *const pages[] = {seen->young, seen->old};
    for (int i = 0; i < 2; i++) {
        if (pages[i]->first != 0 && id >= pages[i]->first && id - pages[i]->first < RECENT) {
            *same = mxs_text_equal(pages[i]->names[id - pages[i]->first], name);
            return MXS_OK;
        }
    }
    *same = false;
    /* One read transaction for all of them: one each would cost more in locks than in reading. It is begun anew for a
     * name that was stored after it began. */
    if (!read_name(seen, id, name, same) && seen->reading && mxs_query_error(&seen->name) == MXS_OK) {
        enum mxs_err err = mxs_store_run(seen->store, "COMMIT; BEGIN", detail);
        if (err != MXS_OK)
            return err;
        read_name(seen, id, name, same);
    }
    if (mxs_query_error(&seen->name) != MXS_OK && detail != NULL)
        *detail = seen->name.detail;
    return mxs_query_error(&seen->name);
}

enum mxs_err mxs_seen_put(mxs_seen *seen, struct mxs_text name, uint32_t *id, enum mxs_seen_what *what,
                          struct mxs_detail *detail)
{
    if (seen->used >= ((size_t)3 << seen->bits) / 4 && !grow(seen))
        return no_memory(detail);
    uint32_t hash = (uint32_t)(mxs_hash(seen->hash_key, name.data, name.size_bytes) >> 32);
    size_t mask = ((size_t)1 << seen->bits) - 1, at = home(seen, hash);
    bool was = false;
    for (; seen->slots[at].id != 0; at = (at + 1) & mask) {
        if (seen->slots[at].hash != hash)
            continue;
        bool same;
        enum mxs_err err = is_name_of(seen, seen->slots[at].id, name, &same, detail);
        if (err != MXS_OK)
            return err;
        if (!same)
            continue;
        if (!mark(seen, seen->slots[at].id, &was))
            return no_memory(detail);
        *id = seen->slots[at].id;
        *what = was ? MXS_SEEN_AGAIN : MXS_SEEN_KNOWN;
        return MXS_OK;
    }
    uint32_t fresh = seen->last_id + 1;
    if (!remember(seen, fresh, name) || !mark(seen, fresh, &was))
        return no_memory(detail);
    insert(seen, at, hash, fresh);
    seen->last_id = fresh;
    *id = fresh;
    *what = MXS_SEEN_NEW;
    return MXS_OK;
}

enum mxs_err mxs_seen_range(const mxs_seen *seen, uint32_t *cursor, uint32_t *first, uint32_t *last)
{
    uint32_t at = *cursor + 1;
    while (at <= seen->last_id && !mxs_bits_has(&seen->in_run, at))
        at++;
    if (at > seen->last_id)
        return MXS_ERR_END;
    *first = at;
    while (at <= seen->last_id && mxs_bits_has(&seen->in_run, at))
        at++;
    *last = at - 1;
    *cursor = at;
    return MXS_OK;
}

static enum mxs_err load(mxs_seen *seen, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool memory = true;
    mxs_query_open(&query, seen->store, "SELECT id, name FROM domain");
    while (memory && mxs_query_next(&query)) {
        if (seen->used >= ((size_t)3 << seen->bits) / 4 && !grow(seen))
            memory = false;
        size_t size;
        const char *text = mxs_query_column_text(&query, 1, &size);
        uint32_t hash = (uint32_t)(mxs_hash(seen->hash_key, text, size) >> 32);
        uint32_t id = (uint32_t)mxs_query_column_int(&query, 0);
        insert(seen, free_slot(seen, hash), hash, id);
        seen->last_id = id > seen->last_id ? id : seen->last_id;
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? no_memory(detail) : err;
}

static struct recent *make_recent(void)
{
    struct recent *page = calloc(1, sizeof *page);
    if (page != NULL)
        mxs_arena_init(&page->arena, 256 * 1024, 0);
    return page;
}

enum mxs_err mxs_seen_create(mxs_seen **out, mxs_store *store, struct mxs_detail *detail)
{
    mxs_seen *seen = calloc(1, sizeof *seen);
    if (seen == NULL)
        return no_memory(detail);
    seen->store = store;
    mxs_query_open(&seen->name, store, SELECT_NAME);
    mxs_hash_key(seen->hash_key);
    seen->young = make_recent();
    seen->old = make_recent();
    enum mxs_err err = seen->young == NULL || seen->old == NULL || !grow(seen) ? no_memory(detail) : load(seen, detail);
    if (err == MXS_OK && !mxs_store_writes(store)) {
        err = mxs_store_run(store, "BEGIN", detail);
        seen->reading = err == MXS_OK;
    }
    if (err != MXS_OK) {
        mxs_seen_destroy(&seen);
        return err;
    }
    *out = seen;
    return MXS_OK;
}

static void destroy_recent(struct recent *page)
{
    if (page != NULL)
        mxs_arena_finish(&page->arena);
    free(page);
}

void mxs_seen_destroy(mxs_seen **seen)
{
    mxs_seen *ending = *seen;
    *seen = NULL;
    if (ending == NULL)
        return;
    enum mxs_err err = mxs_query_finish(&ending->name, NULL);
    (void)err; /* was returned by the put that met it */
    if (ending->reading)
        mxs_store_rollback(ending->store);
    destroy_recent(ending->young);
    destroy_recent(ending->old);
    mxs_bits_finish(&ending->in_run);
    free(ending->slots);
    free(ending);
}
