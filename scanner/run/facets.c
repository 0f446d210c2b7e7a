#include "scanner/run/internal/facets.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/intern.h"
#include "base/vector.h"
#include "db/bulk.h"
#include "db/facets.h"
#include "db/query.h"

#define NAME_BYTES 104
#define VALUE_MAX 1020        /* bytes; a longer cell is cut at a character */
#define KEY_COST 12u          /* of a value in memory beside its bytes */
#define PAIR_BYTES 6          /* at most: a byte for facet and size, up to five sevenths of a number */
#define TEXT_BYTES 65535u     /* of the sorter */
#define SORT_MEMORY (8u << 20)

/* Values come again and again, and most are short: the ones of late are found without the table. */
#define RECENT_SLOTS 4096u /* a power of two */
#define RECENT_BYTES 27u
struct recent {
    uint32_t id;
    uint8_t size;
    char text[RECENT_BYTES];
};

struct facet {
    char name[NAME_BYTES];
    struct recent *recent;
    int64_t id;               /* in the database; 0: new */
    struct mxs_intern values;
    struct mxs_intern sets;   /* of several values: their numbers, ascending */
    uint32_t stored_values, stored_sets;
    size_t used_bytes;
    bool used, outgrown;
    uint32_t *pending;        /* values of the present name */
    uint32_t pending_count;
    size_t pending_capacity;
};

struct mxs_facets {
    mxs_store *store;
    int64_t list;
    struct facet items[MXS_FACETS_MAX];
    uint32_t count;
    uint32_t map[MXS_FACETS_MAX]; /* of the present part: its facet -> ours */
    size_t used_bytes;
    mxs_sorter *by_id;
    uint32_t codes[MXS_FACETS_MOST]; /* of the domain being stored */
    uint32_t kept[MXS_FACETS_MAX], kept_count;
    struct { /* the facet whose values are being stored */
        struct facet *item;
        uint32_t next, member;
    } feed;
    char text[TEXT_BYTES + 16];
};

/* Numbers in bytes that a text to sort may hold: none is NUL, none is the mark. */
static char *put_number(char *out, uint32_t number, int count)
{
    for (int i = count - 1; i >= 0; i--)
        *out++ = (char)(0x80 | (number >> (7 * i) & 0x7F));
    return out;
}

static uint32_t take_number(const char *at, int count)
{
    uint32_t number = 0;
    for (int i = 0; i < count; i++)
        number = number << 7 | ((uint32_t)at[i] & 0x7F);
    return number;
}

/* A facet and a number of it, as short as the number allows: what is sorted is copied several times. */
static char *put_pair(char *out, uint32_t facet, uint32_t number)
{
    int count = number < 1u << 7 ? 1 : number < 1u << 14 ? 2 : number < 1u << 21 ? 3 : number < 1u << 28 ? 4 : 5;
    *out++ = (char)(0x80 | facet << 3 | (uint32_t)count);
    return put_number(out, number, count);
}

/* False: no pair is left. */
static bool next_pair(struct mxs_text *rest, uint32_t *facet, uint32_t *number)
{
    if (rest->size_bytes == 0)
        return false;
    uint32_t head = (uint8_t)rest->data[0], count = head & 7;
    MXS_ASSERT(rest->size_bytes > count);
    *facet = head >> 3 & 15;
    *number = take_number(rest->data + 1, (int)count);
    *rest = (struct mxs_text){rest->data + 1 + count, rest->size_bytes - 1 - count};
    return true;
}

/* --- what the list has --- */

static void account(mxs_facets *facets, struct facet *item, size_t key_bytes)
{
    item->used_bytes += key_bytes + KEY_COST;
    facets->used_bytes += key_bytes + KEY_COST;
}

static enum mxs_err load_values(mxs_facets *facets, struct facet *item, struct mxs_detail *detail)
{
    struct mxs_query query;
    enum mxs_err err = MXS_OK;
    mxs_query_open(&query, facets->store, "SELECT id, value FROM facet_value WHERE facet_id = ?1 ORDER BY id");
    mxs_query_int(&query, 1, item->id);
    while (err == MXS_OK && mxs_query_next(&query)) {
        size_t size;
        const char *value = mxs_query_column_text(&query, 1, &size);
        int64_t id = mxs_query_column_int(&query, 0);
        err = id < 1 || id > 1 << 30 || size > VALUE_MAX ? MXS_ERR_FOREIGN_DB
                                                         : mxs_intern_put_as(&item->values, (uint32_t)id, value, size);
        account(facets, item, size);
    }
    enum mxs_err end = mxs_query_finish(&query, detail);
    item->stored_values = item->values.count;
    if (end != MXS_OK || err == MXS_OK)
        return end;
    return err == MXS_ERR_MEMORY ? mxs_err_memory(detail, "keeping columns")
                                 : mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                                               "the values of a facet cannot be read: the database is damaged");
}

/* Rows of a set stand together, its values ascending. */
static enum mxs_err load_sets(mxs_facets *facets, struct facet *item, struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t set = 0;
    size_t used = 0;
    bool sound = true;
    mxs_query_open(&query, facets->store,
                   "SELECT id, value_id FROM facet_set WHERE facet_id = ?1 ORDER BY id, value_id");
    mxs_query_int(&query, 1, item->id);
    for (bool more = true; more && sound;) {
        more = mxs_query_next(&query);
        int64_t id = more ? mxs_query_column_int(&query, 0) : -1;
        if (id != set && used != 0) {
            sound = set > 0 && set <= 1 << 30 &&
                    mxs_intern_put_as(&item->sets, (uint32_t)set, facets->text, used) == MXS_OK;
            account(facets, item, used);
            used = 0;
        }
        set = id;
        if (more && (sound = sound && used + 4 <= TEXT_BYTES)) {
            uint32_t value = (uint32_t)mxs_query_column_int(&query, 1);
            memcpy(facets->text + used, &value, sizeof value);
            used += sizeof value;
        }
    }
    enum mxs_err end = mxs_query_finish(&query, detail);
    item->stored_sets = item->sets.count;
    return end == MXS_OK && !sound
               ? mxs_err_set(detail, MXS_ERR_FOREIGN_DB, "the sets of a facet cannot be read: the database is damaged")
               : end;
}

/* NULL: no memory. */
static struct facet *add(mxs_facets *facets, const char *name)
{
    struct facet *item = &facets->items[facets->count];
    if ((item->recent = calloc(RECENT_SLOTS, sizeof *item->recent)) == NULL)
        return NULL;
    facets->count++;
    snprintf(item->name, sizeof item->name, "%s", name);
    mxs_intern_init(&item->values);
    mxs_intern_init(&item->sets);
    return item;
}

/* One that the list has had is read when it is used again. */
static enum mxs_err find_stored(mxs_facets *facets, struct facet *item, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, facets->store, "SELECT id FROM facet WHERE list_id = ?1 AND name = ?2");
    mxs_query_int(&query, 1, facets->list);
    mxs_query_text(&query, 2, item->name, strlen(item->name));
    if (mxs_query_next(&query))
        item->id = mxs_query_column_int(&query, 0);
    mxs_query_run(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && item->id != 0)
        err = load_values(facets, item, detail);
    return err == MXS_OK && item->id != 0 ? load_sets(facets, item, detail) : err;
}

enum mxs_err mxs_facets_create(mxs_facets **out, mxs_store *store, int64_t list, const char *folder,
                               struct mxs_detail *detail)
{
    mxs_facets *facets = calloc(1, sizeof *facets);
    if (facets == NULL)
        return mxs_err_memory(detail, "keeping columns");
    facets->store = store;
    facets->list = list;
    enum mxs_err err = mxs_sorter_create(&facets->by_id, folder, SORT_MEMORY, detail);
    if (err != MXS_OK) {
        mxs_facets_destroy(&facets);
        return err;
    }
    *out = facets;
    return MXS_OK;
}

void mxs_facets_destroy(mxs_facets **facets)
{
    if (*facets == NULL)
        return;
    for (uint32_t i = 0; i < (*facets)->count; i++) {
        mxs_intern_finish(&(*facets)->items[i].values);
        mxs_intern_finish(&(*facets)->items[i].sets);
        free((*facets)->items[i].pending);
        free((*facets)->items[i].recent);
    }
    mxs_sorter_destroy(&(*facets)->by_id);
    free(*facets);
    *facets = NULL;
}

enum mxs_err mxs_facets_begin_part(mxs_facets *facets, const char *const *names, uint32_t count,
                                   struct mxs_detail *detail)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *name = names[i];
        uint32_t at = 0;
        while (at < facets->count && strcmp(facets->items[at].name, name) != 0)
            at++;
        if (at == MXS_FACETS_MAX)
            return mxs_err_set(detail, MXS_ERR_INPUT,
                               "the lists have more than %d different columns to keep: name fewer with --keep",
                               MXS_FACETS_MAX);
        if (at == facets->count) {
            struct facet *item = add(facets, name);
            enum mxs_err err =
                item == NULL ? mxs_err_memory(detail, "keeping columns") : find_stored(facets, item, detail);
            if (err != MXS_OK)
                return err;
        }
        facets->items[at].used = true;
        facets->map[i] = at;
    }
    return MXS_OK;
}

/* --- rows --- */

/* The facet that holds most is given up; its values are forgotten. */
static void give_up_largest(mxs_facets *facets)
{
    struct facet *largest = NULL;
    for (uint32_t i = 0; i < facets->count; i++)
        if (!facets->items[i].outgrown && (largest == NULL || facets->items[i].used_bytes > largest->used_bytes))
            largest = &facets->items[i];
    largest->outgrown = true;
    facets->used_bytes -= largest->used_bytes;
    mxs_intern_finish(&largest->values);
    mxs_intern_finish(&largest->sets);
    mxs_intern_init(&largest->values);
    mxs_intern_init(&largest->sets);
}

static struct mxs_text cut_value(struct mxs_text value)
{
    if (value.size_bytes <= VALUE_MAX)
        return value;
    value.size_bytes = VALUE_MAX;
    while (value.size_bytes != 0 && ((unsigned char)value.data[value.size_bytes] & 0xC0) == 0x80)
        value.size_bytes--;
    return value;
}

static struct recent *recent_of(const struct facet *item, struct mxs_text value)
{
    uint64_t first = 0, last = 0;
    uint32_t size = value.size_bytes < 8 ? value.size_bytes : 8;
    memcpy(&first, value.data, size);
    memcpy(&last, value.data + value.size_bytes - size, size);
    return &item->recent[((first ^ (last << 1) ^ value.size_bytes) * 0x9E3779B97F4A7C15u) >> 32 & (RECENT_SLOTS - 1)];
}

/* 0: no memory. */
static uint32_t value_id(struct facet *item, struct mxs_text value, bool *added)
{
    struct recent *recent = value.size_bytes <= RECENT_BYTES ? recent_of(item, value) : NULL;
    *added = false;
    if (recent != NULL && recent->id != 0 && recent->size == value.size_bytes &&
        memcmp(recent->text, value.data, value.size_bytes) == 0)
        return recent->id;
    uint32_t id = mxs_intern_put(&item->values, value.data, value.size_bytes, added);
    if (recent != NULL && id != 0) {
        recent->id = id;
        recent->size = (uint8_t)value.size_bytes;
        memcpy(recent->text, value.data, value.size_bytes);
    }
    return id;
}

enum mxs_err mxs_facets_text(mxs_facets *facets, const struct mxs_entry *entry, struct mxs_text *out,
                             struct mxs_detail *detail)
{
    char *at = facets->text;
    memcpy(at, entry->name.data, entry->name.size_bytes);
    at += entry->name.size_bytes;
    for (uint32_t i = 0; i < entry->facet_count && (size_t)(at - facets->text) + PAIR_BYTES + 1 <= TEXT_BYTES; i++) {
        uint32_t facet = facets->map[entry->facets[i].facet];
        struct facet *item = &facets->items[facet];
        struct mxs_text value = cut_value(entry->facets[i].value);
        bool added = false;
        if (item->outgrown)
            continue;
        uint32_t id = value_id(item, value, &added);
        if (id == 0)
            return mxs_err_memory(detail, "keeping columns");
        if (added) {
            account(facets, item, value.size_bytes);
            if (facets->used_bytes > MXS_FACETS_MEMORY)
                give_up_largest(facets);
        }
        if (item->outgrown)
            continue;
        if (at == facets->text + entry->name.size_bytes)
            *at++ = MXS_FACETS_MARK;
        at = put_pair(at, facet, id);
    }
    *out = (struct mxs_text){facets->text, (uint32_t)(at - facets->text)};
    return MXS_OK;
}

/* --- names in order --- */

static bool put_pending(struct facet *item, uint32_t value)
{
    uint32_t at = item->pending_count;
    while (at > 0 && item->pending[at - 1] > value)
        at--;
    if (at > 0 && item->pending[at - 1] == value)
        return true;
    if (!mxs_vector_reserve(&item->pending, &item->pending_capacity, item->pending_count, sizeof *item->pending))
        return false;
    memmove(item->pending + at + 1, item->pending + at, (item->pending_count - at) * sizeof *item->pending);
    item->pending[at] = value;
    item->pending_count++;
    return true;
}

enum mxs_err mxs_facets_take(mxs_facets *facets, struct mxs_text behind, struct mxs_detail *detail)
{
    uint32_t facet, value;
    while (next_pair(&behind, &facet, &value))
        if (!facets->items[facet].outgrown && !put_pending(&facets->items[facet], value))
            return mxs_err_memory(detail, "keeping columns");
    return MXS_OK;
}

/* 0: no memory. */
static uint32_t code_of(mxs_facets *facets, struct facet *item)
{
    bool added = false;
    if (item->pending_count == 1)
        return item->pending[0] * 2;
    /* A key holds 16,383 values: the rows of one domain behind them are not told apart any more. */
    size_t count = item->pending_count < TEXT_BYTES / sizeof *item->pending ? item->pending_count
                                                                            : TEXT_BYTES / sizeof *item->pending;
    uint32_t id = mxs_intern_put(&item->sets, item->pending, count * sizeof *item->pending, &added);
    if (added)
        account(facets, item, count * sizeof *item->pending);
    return id == 0 ? 0 : id * 2 + 1;
}

enum mxs_err mxs_facets_end_name(mxs_facets *facets, uint32_t id, struct mxs_detail *detail)
{
    char text[8 + MXS_FACETS_MAX * PAIR_BYTES], *at = put_number(text, id, 5);
    bool any = false;
    for (uint32_t i = 0; i < facets->count; i++) {
        struct facet *item = &facets->items[i];
        if (item->pending_count == 0)
            continue;
        uint32_t code = item->outgrown ? 0 : code_of(facets, item);
        item->pending_count = 0;
        if (code == 0 && !item->outgrown)
            return mxs_err_memory(detail, "keeping columns");
        if (code == 0)
            continue;
        at = put_pair(at, i, code);
        any = true;
        if (facets->used_bytes > MXS_FACETS_MEMORY)
            give_up_largest(facets);
    }
    return any ? mxs_sorter_put(facets->by_id, (struct mxs_text){text, (uint32_t)(at - text)}, detail) : MXS_OK;
}

/* --- storing --- */

static bool next_value(void *arg, struct mxs_bulk_row *row)
{
    mxs_facets *facets = arg;
    struct facet *item = facets->feed.item;
    if (facets->feed.next >= item->values.count)
        return false;
    uint32_t id = ++facets->feed.next;
    struct mxs_bytes value = mxs_intern_key(&item->values, id);
    row->numbers[0] = item->id;
    row->numbers[1] = id;
    row->text = (const char *)value.data;
    row->text_size = value.size_bytes;
    return true;
}

static bool next_member(void *arg, struct mxs_bulk_row *row)
{
    mxs_facets *facets = arg;
    struct facet *item = facets->feed.item;
    while (facets->feed.next < item->sets.count) {
        struct mxs_bytes key = mxs_intern_key(&item->sets, facets->feed.next + 1);
        uint32_t value;
        if (facets->feed.member * sizeof value >= key.size_bytes) {
            facets->feed.next++;
            facets->feed.member = 0;
            continue;
        }
        memcpy(&value, key.data + facets->feed.member++ * sizeof value, sizeof value);
        row->numbers[0] = item->id;
        row->numbers[1] = facets->feed.next + 1;
        row->numbers[2] = value;
        return true;
    }
    return false;
}

static enum mxs_err store_facet(mxs_facets *facets, struct facet *item, struct mxs_detail *detail)
{
    struct mxs_query query;
    enum mxs_err err = MXS_OK;
    if (item->id == 0) {
        mxs_query_open(&query, facets->store, "INSERT INTO facet (list_id, name) VALUES (?1, ?2) RETURNING id");
        mxs_query_int(&query, 1, facets->list);
        mxs_query_text(&query, 2, item->name, strlen(item->name));
        if (mxs_query_next(&query))
            item->id = mxs_query_column_int(&query, 0);
        mxs_query_run(&query);
        err = mxs_query_finish(&query, detail);
    }
    facets->feed.item = item;
    facets->feed.next = item->stored_values;
    facets->feed.member = 0;
    if (err == MXS_OK)
        err = mxs_bulk_insert(facets->store, "INSERT INTO facet_value SELECT c0, c1, t FROM bulk(?1)", next_value,
                              facets, detail);
    facets->feed.next = item->stored_sets;
    return err == MXS_OK ? mxs_bulk_insert(facets->store, "INSERT INTO facet_set SELECT c0, c1, c2 FROM bulk(?1)",
                                           next_member, facets, detail)
                         : err;
}

static enum mxs_err next_domain(void *arg, uint32_t *domain, const uint32_t **codes, struct mxs_detail *detail)
{
    mxs_facets *facets = arg;
    struct mxs_text text;
    enum mxs_err err = mxs_sorter_next(facets->by_id, &text, detail);
    if (err != MXS_OK)
        return err;
    memset(facets->codes, 0, sizeof facets->codes);
    struct mxs_text rest = {text.data + 5, text.size_bytes - 5};
    uint32_t facet, code;
    while (next_pair(&rest, &facet, &code)) {
        for (uint32_t i = 0; i < facets->kept_count; i++)
            if (facets->kept[i] == facet)
                facets->codes[i] = code;
    }
    *domain = take_number(text.data, 5);
    *codes = facets->codes;
    return MXS_OK;
}

enum mxs_err mxs_facets_store(mxs_facets *facets, int64_t run, int64_t previous, struct mxs_detail *detail)
{
    int64_t ids[MXS_FACETS_MAX];
    enum mxs_err err = MXS_OK;
    facets->kept_count = 0;
    for (uint32_t i = 0; err == MXS_OK && i < facets->count; i++) {
        if (!facets->items[i].used || facets->items[i].outgrown)
            continue;
        err = store_facet(facets, &facets->items[i], detail);
        ids[facets->kept_count] = facets->items[i].id;
        facets->kept[facets->kept_count++] = i;
    }
    return err == MXS_OK ? mxs_facets_write(facets->store, facets->list, run, previous, ids, facets->kept_count,
                                            next_domain, facets, detail)
                         : err;
}

const char *mxs_facets_outgrown(const mxs_facets *facets, uint32_t *cursor)
{
    while (*cursor < facets->count) {
        const struct facet *item = &facets->items[(*cursor)++];
        if (item->outgrown)
            return item->name;
    }
    return NULL;
}

uint32_t mxs_facets_count(const mxs_facets *facets) { return facets->count; }
