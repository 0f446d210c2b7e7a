#include "scanner/run/internal/facets.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/intern.h"
#include "base/vector.h"
#include "db/bulk.h"
#include "db/facets.h"
#include "db/query.h"
#include "scanner/run/internal/facet_text.h"
#include "scanner/run/internal/recent_values.h"
#include "scanner/run/internal/spill.h"

#define NAME_BYTES 104
#define KEY_COST 12u          /* of a value in memory beside its bytes */
#define TEXT_BYTES 65535u     /* of the sorter */
#define SORT_MEMORY (4u << 20) /* ids come in order, or nearly */
#define PATH_BYTES 4096
#define PENDING_LEAST 1024u

struct facet {
    char name[NAME_BYTES];
    struct mxs_recent_values recent;
    int64_t id;               /* in the database; 0: new */
    struct mxs_intern values;
    struct mxs_intern sets;   /* of several values: their numbers, ascending */
    uint32_t stored_values, stored_sets;
    uint32_t last_value;      /* the highest number of one, in memory or not */
    size_t value_bytes, set_bytes;
    bool used, outgrown, valued; /* valued: a name has one of its values */
    uint64_t lost_names, lost_values; /* names with more values than a set holds, and values behind them */
    bool spilled;             /* values that are not in memory go to the spill */
    uint32_t *pending;        /* values of the present name */
    uint32_t pending_count, settle_at;
    bool unsettled;           /* they are not in order, or not each once */
    size_t pending_capacity;
};

struct mxs_facets {
    mxs_store *store;
    int64_t list;
    struct facet items[MXS_FACETS_MAX];
    uint32_t count;
    uint32_t map[MXS_FACETS_MAX]; /* of the present part: its facet -> ours */
    size_t value_bytes, set_bytes;
    mxs_sorter *by_id;
    mxs_spill *spill; /* NULL: every value found room */
    char folder[PATH_BYTES];
    bool has_folder;
    uint32_t codes[MXS_FACETS_MOST]; /* of the domain being stored */
    uint32_t kept_at[MXS_FACETS_MAX]; /* where a facet's code stands among these; kept_count and above: nowhere */
    uint32_t kept_count;
    struct { /* the facet whose values are being stored */
        struct facet *item;
        uint32_t next, member;
        enum mxs_err err;
        struct mxs_detail detail;
    } feed;
    char text[TEXT_BYTES + 16];
};

/* --- what the list has --- */

static void account_value(mxs_facets *facets, struct facet *item, size_t key_bytes)
{
    item->value_bytes += key_bytes + KEY_COST;
    facets->value_bytes += key_bytes + KEY_COST;
}

static void account_set(mxs_facets *facets, struct facet *item, size_t key_bytes)
{
    item->set_bytes += key_bytes + KEY_COST;
    facets->set_bytes += key_bytes + KEY_COST;
}

/* As many as find room, from the first; the spill looks for the others. */
static enum mxs_err load_values(mxs_facets *facets, struct facet *item, struct mxs_detail *detail)
{
    struct mxs_query query;
    enum mxs_err err = MXS_OK;
    mxs_query_open(&query, facets->store,
                   "SELECT id, value, (SELECT max(id) FROM facet_value WHERE facet_id = ?1) FROM facet_value"
                   " WHERE facet_id = ?1 ORDER BY id");
    mxs_query_int(&query, 1, item->id);
    while (err == MXS_OK && !item->spilled && mxs_query_next(&query)) {
        size_t size;
        const char *value = mxs_query_column_text(&query, 1, &size);
        int64_t id = mxs_query_column_int(&query, 0), last = mxs_query_column_int(&query, 2);
        item->last_value = (uint32_t)last;
        err = id < 1 || id > last || last > 1 << 30 || size > MXS_FACET_VALUE_MAX
                  ? MXS_ERR_FOREIGN_DB
                  : mxs_intern_put_as(&item->values, (uint32_t)id, value, size);
        account_value(facets, item, size);
        item->spilled = facets->value_bytes > MXS_FACETS_VALUES_MEMORY;
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
            account_set(facets, item, used);
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
    if (!mxs_recent_init(&item->recent))
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
    facets->has_folder =
        folder != NULL && snprintf(facets->folder, sizeof facets->folder, "%s", folder) < (int)sizeof facets->folder;
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
        mxs_recent_finish(&(*facets)->items[i].recent);
    }
    mxs_sorter_destroy(&(*facets)->by_id);
    mxs_spill_destroy(&(*facets)->spill);
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

/* The facet that holds most takes no more values into memory; what it has stays, with its numbers. */
static void spill_largest(mxs_facets *facets)
{
    struct facet *largest = NULL;
    for (uint32_t i = 0; i < facets->count; i++)
        if (!facets->items[i].spilled && (largest == NULL || facets->items[i].value_bytes > largest->value_bytes))
            largest = &facets->items[i];
    largest->spilled = true;
}

/* Of several values a name: the facet that holds most of their sets is given up. */
static void give_up_largest(mxs_facets *facets)
{
    struct facet *largest = NULL;
    for (uint32_t i = 0; i < facets->count; i++)
        if (!facets->items[i].outgrown && (largest == NULL || facets->items[i].set_bytes > largest->set_bytes))
            largest = &facets->items[i];
    largest->outgrown = true;
    facets->set_bytes -= largest->set_bytes;
    facets->value_bytes -= largest->value_bytes;
    mxs_intern_finish(&largest->values);
    mxs_intern_finish(&largest->sets);
    mxs_intern_init(&largest->values);
    mxs_intern_init(&largest->sets);
}

/* 0: no memory, or, of a facet that is spilled, not in memory. */
static uint32_t value_id(struct facet *item, struct mxs_text value, bool *added)
{
    struct mxs_recent wanted = {.id = 0};
    struct mxs_recent_line *line = NULL;
    uint32_t id;
    *added = false;
    if (value.size_bytes <= MXS_RECENT_BYTES) {
        wanted = mxs_recent_of(value);
        line = mxs_recent_line_of(&item->recent, &wanted);
        if ((id = mxs_recent_find(line, &wanted)) != 0)
            return id;
    }
    id = item->spilled ? mxs_intern_find(&item->values, value.data, value.size_bytes)
                       : mxs_intern_put(&item->values, value.data, value.size_bytes, added);
    if (line != NULL && id != 0)
        mxs_recent_put(line, wanted, id);
    return id;
}

static enum mxs_err spill_value(mxs_facets *facets, uint32_t facet, struct mxs_text value, struct mxs_text name,
                                struct mxs_detail *detail)
{
    enum mxs_err err = facets->spill != NULL ? MXS_OK
                                             : mxs_spill_create(&facets->spill, facets->store,
                                                                facets->has_folder ? facets->folder : NULL, detail);
    return err == MXS_OK ? mxs_spill_put(facets->spill, facet, value, name, detail) : err;
}

enum mxs_err mxs_facets_text(mxs_facets *facets, const struct mxs_entry *entry, struct mxs_text *out,
                             struct mxs_detail *detail)
{
    char *at = facets->text;
    memcpy(at, entry->name.data, entry->name.size_bytes);
    at += entry->name.size_bytes;
    const char *full = facets->text + TEXT_BYTES - MXS_FACET_PAIR_BYTES - 1;
    for (uint32_t i = 0; i < entry->facet_count && at <= full; i++) {
        uint32_t facet = facets->map[entry->facets[i].facet];
        struct facet *item = &facets->items[facet];
        struct mxs_text value = entry->facets[i].value;
        bool added = false;
        uint32_t id = value_id(item, value, &added);
        if (id == 0 && !item->spilled)
            return mxs_err_memory(detail, "keeping columns");
        if (id == 0) {
            enum mxs_err err = spill_value(facets, facet, value, entry->name, detail);
            if (err != MXS_OK)
                return err;
            continue;
        }
        if (added) {
            account_value(facets, item, value.size_bytes);
            if (facets->value_bytes > MXS_FACETS_VALUES_MEMORY)
                spill_largest(facets);
        }
        if (at == facets->text + entry->name.size_bytes)
            *at++ = MXS_FACETS_MARK;
        at = mxs_facet_put_pair(at, facet, id);
    }
    *out = (struct mxs_text){facets->text, (uint32_t)(at - facets->text)};
    return MXS_OK;
}

enum mxs_err mxs_facets_end_rows(mxs_facets *facets, mxs_sorter *names, struct mxs_detail *detail)
{
    struct mxs_spill_facet known[MXS_FACETS_MAX];
    struct mxs_text name;
    uint32_t facet, number;
    enum mxs_err err;
    if (facets->spill == NULL)
        return MXS_OK;
    for (uint32_t i = 0; i < facets->count; i++) {
        const struct facet *item = &facets->items[i];
        uint32_t in_memory = item->values.count;
        known[i] = (struct mxs_spill_facet){item->id, in_memory,
                                            item->last_value > in_memory ? item->last_value : in_memory};
    }
    while ((err = mxs_spill_next(facets->spill, known, &facet, &number, &name, detail)) == MXS_OK) {
        memcpy(facets->text, name.data, name.size_bytes);
        facets->text[name.size_bytes] = MXS_FACETS_MARK;
        const char *end = mxs_facet_put_pair(facets->text + name.size_bytes + 1, facet, number);
        err = mxs_sorter_put(names, (struct mxs_text){facets->text, (uint32_t)(end - facets->text)}, detail);
        if (err != MXS_OK)
            return err;
    }
    return err == MXS_ERR_END ? MXS_OK : err;
}

/* --- names in order --- */

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Ascending, each once. */
static void settle_pending(struct facet *item)
{
    uint32_t kept = 0;
    if (item->unsettled)
        qsort(item->pending, item->pending_count, sizeof *item->pending, by_number);
    for (uint32_t i = 0; item->unsettled && i < item->pending_count; i++)
        if (kept == 0 || item->pending[kept - 1] != item->pending[i])
            item->pending[kept++] = item->pending[i];
    item->pending_count = item->unsettled ? kept : item->pending_count;
    item->unsettled = false;
}

/* They come nearly in order, but for a name in very many rows of which another column gave the order. */
static bool put_pending(struct facet *item, uint32_t value)
{
    uint32_t last = item->pending_count == 0 ? 0 : item->pending[item->pending_count - 1];
    if (value == last)
        return true;
    if (item->unsettled && item->pending_count >= item->settle_at) {
        settle_pending(item);
        item->settle_at = item->pending_count * 2 + PENDING_LEAST;
    }
    if (!mxs_vector_reserve(&item->pending, &item->pending_capacity, item->pending_count, sizeof *item->pending))
        return false;
    item->unsettled |= value < last;
    item->pending[item->pending_count++] = value;
    return true;
}

enum mxs_err mxs_facets_take(mxs_facets *facets, struct mxs_text behind, struct mxs_detail *detail)
{
    uint32_t facet, value;
    while (mxs_facet_next_pair(&behind, &facet, &value))
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
    size_t count = item->pending_count;
    if (count > MXS_FACETS_SET_MOST) {
        item->lost_names++;
        item->lost_values += count - MXS_FACETS_SET_MOST;
        count = MXS_FACETS_SET_MOST;
    }
    uint32_t id = mxs_intern_put(&item->sets, item->pending, count * sizeof *item->pending, &added);
    if (added)
        account_set(facets, item, count * sizeof *item->pending);
    return id == 0 ? 0 : id * 2 + 1;
}

enum mxs_err mxs_facets_end_name(mxs_facets *facets, uint32_t id, struct mxs_detail *detail)
{
    char text[8 + MXS_FACETS_MAX * MXS_FACET_PAIR_BYTES], *at = mxs_facet_put_number(text, id, 5);
    bool any = false;
    for (uint32_t i = 0; i < facets->count; i++) {
        struct facet *item = &facets->items[i];
        if (item->pending_count == 0)
            continue;
        settle_pending(item);
        item->settle_at = PENDING_LEAST;
        uint32_t code = item->outgrown ? 0 : code_of(facets, item);
        item->pending_count = 0;
        if (code == 0 && !item->outgrown)
            return mxs_err_memory(detail, "keeping columns");
        if (code == 0)
            continue;
        at = mxs_facet_put_pair(at, i, code);
        any = item->valued = true;
        if (facets->set_bytes > MXS_FACETS_SETS_MEMORY)
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

/* Of the values that found no room in memory. */
static bool next_spilled(void *arg, struct mxs_bulk_row *row)
{
    mxs_facets *facets = arg;
    struct mxs_text value;
    uint32_t facet, number;
    do {
        facets->feed.err = mxs_spill_next_new(facets->spill, &facet, &number, &value, &facets->feed.detail);
        if (facets->feed.err != MXS_OK)
            return false;
    } while (facets->items[facet].outgrown);
    row->numbers[0] = facets->items[facet].id;
    row->numbers[1] = number;
    row->text = value.data;
    row->text_size = value.size_bytes;
    return true;
}

static enum mxs_err store_spilled(mxs_facets *facets, struct mxs_detail *detail)
{
    if (facets->spill == NULL)
        return MXS_OK;
    enum mxs_err err = mxs_bulk_insert(facets->store, "INSERT INTO facet_value SELECT c0, c1, t FROM bulk(?1)",
                                       next_spilled, facets, detail);
    if (err != MXS_OK || facets->feed.err == MXS_ERR_END)
        return err;
    *detail = facets->feed.detail;
    return facets->feed.err;
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
    while (mxs_facet_next_pair(&rest, &facet, &code)) {
        if (facets->kept_at[facet] < facets->kept_count)
            facets->codes[facets->kept_at[facet]] = code;
    }
    *domain = mxs_facet_take_number(text.data, 5);
    *codes = facets->codes;
    return MXS_OK;
}

enum mxs_err mxs_facets_store(mxs_facets *facets, int64_t run, int64_t previous, struct mxs_detail *detail)
{
    int64_t ids[MXS_FACETS_MAX];
    enum mxs_err err = MXS_OK;
    facets->kept_count = 0;
    for (uint32_t i = 0; err == MXS_OK && i < facets->count; i++) {
        facets->kept_at[i] = MXS_FACETS_MAX;
        if (!facets->items[i].used || facets->items[i].outgrown)
            continue;
        err = store_facet(facets, &facets->items[i], detail);
        ids[facets->kept_count] = facets->items[i].id;
        facets->kept_at[i] = facets->kept_count++;
    }
    if (err == MXS_OK)
        err = store_spilled(facets, detail);
    return err == MXS_OK ? mxs_facets_write(facets->store, facets->list, run, previous, ids, facets->kept_count,
                                            next_domain, facets, detail)
                         : err;
}

bool mxs_facets_sentence(const mxs_facets *facets, uint32_t *cursor, char out[MXS_FACETS_SENTENCE_SIZE])
{
    _Static_assert(MXS_FACETS_SET_MOST == 16383, "the number stands in these words");
    while (*cursor < facets->count) {
        const struct facet *item = &facets->items[(*cursor)++];
        if (item->outgrown)
            snprintf(out, MXS_FACETS_SENTENCE_SIZE,
                     "the column `%.100s` is not kept: its names have too many different sets of several values, more"
                     " than %u MB",
                     item->name, MXS_FACETS_SETS_MEMORY >> 20);
        else if (item->used && !item->valued)
            snprintf(out, MXS_FACETS_SENTENCE_SIZE, "the column `%.100s` is not kept: no name has a value in it",
                     item->name);
        else if (item->lost_names != 0)
            snprintf(out, MXS_FACETS_SENTENCE_SIZE,
                     "the column `%.100s`: %llu name%s more than 16,383 different values; %llu behind these %s not"
                     " kept",
                     item->name, (unsigned long long)item->lost_names, item->lost_names == 1 ? " has" : "s have",
                     (unsigned long long)item->lost_values, item->lost_values == 1 ? "is" : "are");
        else
            continue;
        return true;
    }
    return false;
}
