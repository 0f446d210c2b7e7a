#include "scanner/run/internal/pending.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/vector.h"

#define BLOCK 256u
#define WINDOW 64u
#define REGION 512u /* blocks */
#define STEP 8u     /* blocks that are read at a time, so that the loop does not wait for a whole window */

struct range {
    uint32_t first, last;
    uint64_t before; /* domains in the ranges before this one */
};

struct entry {
    uint32_t id;
    struct mxs_text name;
};

struct window {
    struct mxs_arena arena;
    struct entry entries[BLOCK * WINDOW];
    uint32_t count, blocks;
};

struct mxs_pending {
    struct mxs_query names;
    struct mxs_query hold; /* on its first row while blocks are read: one look at the file for all of them */
    struct range *ranges;
    size_t range_count;
    uint64_t count; /* domains of the run */
    uint32_t *blocks;
    uint32_t block_count, next_block;
    uint64_t mix;
    const struct mxs_bits *bits;
    bool only;
    struct window windows[2]; /* one is taken from while the other is read */
    struct window *now, *later;
    uint32_t next_entry;
};

uint64_t mxs_mix_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static enum mxs_err read_ranges(mxs_pending *pending, mxs_store *store, int64_t run_id, struct mxs_detail *detail)
{
    struct mxs_query query;
    size_t capacity = 0;
    bool memory = true;
    mxs_query_open(&query, store,
                   "SELECT first_domain, last_domain FROM member WHERE run_id = ?1 ORDER BY first_domain");
    mxs_query_int(&query, 1, run_id);
    while (memory && mxs_query_next(&query)) {
        memory = mxs_vector_reserve(&pending->ranges, &capacity, pending->range_count, sizeof *pending->ranges);
        if (memory) {
            struct range *range = &pending->ranges[pending->range_count++];
            range->first = (uint32_t)mxs_query_column_int(&query, 0);
            range->last = (uint32_t)mxs_query_column_int(&query, 1);
            range->before = pending->count;
            pending->count += range->last - range->first + 1;
        }
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "reading the names to ask") : err;
}

static enum mxs_err mix_blocks(mxs_pending *pending, struct mxs_detail *detail)
{
    pending->block_count = (uint32_t)((pending->count + BLOCK - 1) / BLOCK);
    pending->blocks = malloc(pending->block_count * sizeof *pending->blocks + 1);
    if (pending->blocks == NULL)
        return mxs_err_memory(detail, "reading the names to ask");
    for (uint32_t i = 0; i < pending->block_count; i++) {
        uint32_t region = i - i % REGION, other = region + (uint32_t)(mxs_mix_next(&pending->mix) % (i % REGION + 1));
        pending->blocks[i] = pending->blocks[other];
        pending->blocks[other] = i;
    }
    return MXS_OK;
}

static void read_names(mxs_pending *pending, uint32_t first, uint32_t last)
{
    bool any = !pending->only && pending->bits->size_bytes == 0;
    for (uint32_t id = first; id <= last && !any; id++)
        any = mxs_bits_has(pending->bits, id) == pending->only;
    if (!any)
        return;
    mxs_query_int(&pending->names, 1, first);
    mxs_query_int(&pending->names, 2, last);
    while (mxs_query_next(&pending->names)) {
        uint32_t id = (uint32_t)mxs_query_column_int(&pending->names, 0);
        if (mxs_bits_has(pending->bits, id) != pending->only)
            continue;
        size_t size;
        const char *text = mxs_query_column_text(&pending->names, 1, &size);
        struct window *window = pending->later;
        window->entries[window->count++] =
            (struct entry){id, mxs_arena_text(&window->arena, (struct mxs_text){text, (uint32_t)size})};
    }
}

/* The names at positions [block * BLOCK, + BLOCK) of the run, which may span several ranges of ids. */
static void read_block(mxs_pending *pending, uint32_t block)
{
    uint64_t from = (uint64_t)block * BLOCK, to = from + BLOCK;
    if (to > pending->count)
        to = pending->count;
    size_t low = 0, high = pending->range_count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (pending->ranges[middle].before <= from)
            low = middle;
        else
            high = middle;
    }
    for (size_t i = low; from < to; i++) {
        const struct range *range = &pending->ranges[i];
        uint64_t end = range->before + (range->last - range->first) + 1;
        uint64_t stop = end < to ? end : to;
        read_names(pending, range->first + (uint32_t)(from - range->before),
                   range->first + (uint32_t)(stop - 1 - range->before));
        from = stop;
    }
}

/* Reads some more of the window that comes later. */
static void read_step(mxs_pending *pending)
{
    struct window *window = pending->later;
    if (window->blocks >= WINDOW || pending->next_block >= pending->block_count)
        return;
    (void)mxs_query_next(&pending->hold); /* each statement alone would lock the file and read its upper pages again */
    for (uint32_t i = 0; i < STEP && pending->next_block < pending->block_count; i++) {
        read_block(pending, pending->blocks[pending->next_block++]);
        window->blocks++;
    }
    mxs_query_reset(&pending->hold);
}

/* The later window, read to its end and mixed, is the present one. */
static enum mxs_err turn_window(mxs_pending *pending, struct mxs_detail *detail)
{
    struct window *window = pending->later;
    while (window->blocks < WINDOW && pending->next_block < pending->block_count)
        read_step(pending);
    for (uint32_t i = window->count; i > 1; i--) {
        uint32_t other = (uint32_t)(mxs_mix_next(&pending->mix) % i);
        struct entry last = window->entries[i - 1];
        window->entries[i - 1] = window->entries[other];
        window->entries[other] = last;
    }
    pending->later = pending->now;
    pending->now = window;
    pending->next_entry = 0;
    pending->later->count = pending->later->blocks = 0;
    mxs_arena_reset(&pending->later->arena);
    if (mxs_arena_full(&window->arena))
        return mxs_err_memory(detail, "reading the names to ask");
    if (mxs_query_error(&pending->names) != MXS_OK && detail != NULL)
        *detail = pending->names.detail;
    return mxs_query_error(&pending->names);
}

enum mxs_err mxs_pending_create(mxs_pending **out, mxs_store *store, int64_t run_id, uint64_t seed,
                                const struct mxs_bits *bits, bool only, struct mxs_detail *detail)
{
    mxs_pending *pending = calloc(1, sizeof *pending);
    if (pending == NULL)
        return mxs_err_memory(detail, "reading the names to ask");
    pending->mix = seed;
    pending->bits = bits;
    pending->only = only;
    for (int i = 0; i < 2; i++)
        mxs_arena_init(&pending->windows[i].arena, 256 * 1024, 0);
    pending->now = &pending->windows[0];
    pending->later = &pending->windows[1];
    mxs_query_open(&pending->names, store, "SELECT id, name FROM domain WHERE id BETWEEN ?1 AND ?2");
    mxs_query_open(&pending->hold, store, "SELECT 1 FROM run LIMIT 1");
    enum mxs_err err = read_ranges(pending, store, run_id, detail);
    if (err == MXS_OK)
        err = mix_blocks(pending, detail);
    if (err == MXS_OK)
        err = turn_window(pending, detail);
    if (err != MXS_OK) {
        mxs_pending_destroy(&pending);
        return err;
    }
    *out = pending;
    return MXS_OK;
}

void mxs_pending_destroy(mxs_pending **pending)
{
    mxs_pending *ending = *pending;
    *pending = NULL;
    if (ending == NULL)
        return;
    enum mxs_err err = mxs_query_finish(&ending->names, NULL);
    (void)err; /* was returned by the next that met it */
    err = mxs_query_finish(&ending->hold, NULL);
    (void)err;
    for (int i = 0; i < 2; i++)
        mxs_arena_finish(&ending->windows[i].arena);
    free(ending->ranges);
    free(ending->blocks);
    free(ending);
}

enum mxs_err mxs_pending_next(mxs_pending *pending, uint32_t *id, struct mxs_text *name, struct mxs_detail *detail)
{
    while (pending->next_entry == pending->now->count) {
        if (pending->next_block == pending->block_count && pending->later->blocks == 0)
            return MXS_ERR_END;
        enum mxs_err err = turn_window(pending, detail);
        if (err != MXS_OK)
            return err;
    }
    const struct entry *entry = &pending->now->entries[pending->next_entry++];
    if (pending->next_entry % (pending->now->count / (WINDOW / STEP) + 1) == 0)
        read_step(pending);
    *id = entry->id;
    *name = entry->name;
    return MXS_OK;
}
