#include "scanner/parse/internal/rrset.h"

#include <stdlib.h>

#include "base/intern.h"

/* Above this many records duplicates are looked for in a table, below it one by one. */
#define FEW_RECORDS 16
#define SEEN_SLOTS 4096 /* power of two, > 2 * ROOM_MAX */
/* So many are gathered before those behind the first MXS_RECORDS_MAX are dropped. */
#define ROOM_MAX (MXS_RECORDS_MAX + MXS_RECORDS_MAX / 2)

static bool bytes_same(struct mxs_bytes a, struct mxs_bytes b)
{
    return a.size_bytes == b.size_bytes && (a.size_bytes == 0 || memcmp(a.data, b.data, a.size_bytes) == 0);
}

static bool record_same(const struct mxs_record *a, const struct mxs_record *b)
{
    return a->preference == b->preference && a->port == b->port && a->weight == b->weight &&
           mxs_text_equal(a->host, b->host) && bytes_same(a->data, b->data) && bytes_same(a->cut, b->cut);
}

/* The hash needs no secret: at worst 1,000 records share a slot, and their work is bounded all the same. */
static uint32_t record_slot(const struct mxs_record *record)
{
    uint64_t key[2] = {record->preference, record->port};
    uint64_t hash = record->host.data != NULL ? mxs_hash(key, record->host.data, record->host.size_bytes)
                                              : mxs_hash(key, record->data.data, record->data.size_bytes);
    return (uint32_t)hash & (SEEN_SLOTS - 1);
}

/* An RRset holds no record twice @rfc{2181,5}. Remembers the record as the next one when it is new. */
static bool is_duplicate(struct mxs_rrset *set, const struct mxs_record *record)
{
    uint32_t count = set->count;
    if (set->seen == NULL) {
        for (uint32_t i = 0; i < count; i++)
            if (record_same(&set->records[i], record))
                return true;
        return false;
    }
    uint32_t slot = record_slot(record);
    for (; set->seen[slot] != 0; slot = (slot + 1) & (SEEN_SLOTS - 1))
        if (record_same(&set->records[set->seen[slot] - 1], record))
            return true;
    set->seen[slot] = (uint16_t)(count + 1);
    return false;
}

static int by_content(const void *a, const void *b)
{
    const struct mxs_record *x = a, *y = b;
    if (x->preference != y->preference)
        return x->preference < y->preference ? -1 : 1;
    int order = mxs_text_compare(x->host, y->host);
    if (order == 0)
        order = mxs_text_compare((struct mxs_text){(const char *)x->data.data, x->data.size_bytes},
                                 (struct mxs_text){(const char *)y->data.data, y->data.size_bytes});
    if (order == 0)
        order = mxs_text_compare((struct mxs_text){(const char *)x->cut.data, x->cut.size_bytes},
                                 (struct mxs_text){(const char *)y->cut.data, y->cut.size_bytes});
    if (order == 0)
        order = (int)x->port - (int)y->port;
    return order != 0 ? order : (int)x->weight - (int)y->weight;
}

static void cut(struct mxs_rrset *set)
{
    qsort(set->records, set->count, sizeof *set->records, by_content);
    memset(set->seen, 0, SEEN_SLOTS * sizeof *set->seen);
    set->cut = true;
    for (set->count = 0; set->count < MXS_RECORDS_MAX; set->count++) {
        bool twice = is_duplicate(set, &set->records[set->count]);
        MXS_ASSERT(!twice);
    }
}

bool mxs_rrset_init(struct mxs_rrset *set, struct mxs_arena *arena, uint32_t count_max)
{
    *set = (struct mxs_rrset){.room = count_max < ROOM_MAX ? count_max : ROOM_MAX};
    set->records = mxs_arena_take(arena, (set->room == 0 ? 1 : set->room) * sizeof *set->records);
    if (set->records != NULL && count_max > FEW_RECORDS)
        set->seen = mxs_arena_take_zeroed(arena, SEEN_SLOTS, sizeof *set->seen);
    return !mxs_arena_full(arena);
}

bool mxs_rrset_put(struct mxs_rrset *set, const struct mxs_record *record)
{
    if ((set->cut && by_content(record, &set->records[MXS_RECORDS_MAX - 1]) > 0) || is_duplicate(set, record))
        return false;
    set->records[set->count++] = *record;
    if (set->count == ROOM_MAX)
        cut(set);
    return true;
}

void mxs_rrset_finish(struct mxs_rrset *set)
{
    if (set->count > MXS_RECORDS_MAX)
        cut(set);
}
