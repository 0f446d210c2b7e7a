#include "scanner/write/dictionary.h"

#include <stdlib.h>

#include "db/bulk.h"
#include "db/query.h"
#include "model/address.h"
#include "model/usable.h"

#define ADDRESS_MEMBER_SIZE 4
#define SET_KEY_MAX (MXS_RECORDS_MAX * MXS_MX_MEMBER_SIZE)
#define TEXT_MAX 65535u

static struct mxs_dictionary_table *table_at(struct mxs_dictionary *dictionary, int index)
{
    struct mxs_dictionary_table *const tables[] = {&dictionary->hosts, &dictionary->texts, &dictionary->mx_sets,
                                                   &dictionary->addresses, &dictionary->address_sets};
    return index < 5 ? tables[index] : NULL;
}

void mxs_dictionary_init(struct mxs_dictionary *dictionary)
{
    *dictionary = (struct mxs_dictionary){0};
    for (int i = 0; table_at(dictionary, i) != NULL; i++)
        mxs_intern_init(&table_at(dictionary, i)->keys);
}

void mxs_dictionary_finish(struct mxs_dictionary *dictionary)
{
    for (int i = 0; table_at(dictionary, i) != NULL; i++)
        mxs_intern_finish(&table_at(dictionary, i)->keys);
}

void mxs_dictionary_rest(struct mxs_dictionary *dictionary)
{
    for (int i = 0; table_at(dictionary, i) != NULL; i++)
        mxs_intern_rest(&table_at(dictionary, i)->keys);
}

void mxs_dictionary_settle(struct mxs_dictionary *dictionary)
{
    for (int i = 0; table_at(dictionary, i) != NULL; i++)
        table_at(dictionary, i)->committed = table_at(dictionary, i)->flushed;
}

void mxs_dictionary_forget(struct mxs_dictionary *dictionary)
{
    for (int i = 0; table_at(dictionary, i) != NULL; i++)
        table_at(dictionary, i)->flushed = table_at(dictionary, i)->committed;
}

/* --- taking in --- */

uint32_t mxs_dictionary_host(struct mxs_dictionary *dictionary, struct mxs_text name)
{
    return mxs_intern_put(&dictionary->hosts.keys, name.data, name.size_bytes, NULL);
}

uint32_t mxs_dictionary_text(struct mxs_dictionary *dictionary, struct mxs_text text)
{
    return mxs_intern_put(&dictionary->texts.keys, text.data, text.size_bytes < TEXT_MAX ? text.size_bytes : TEXT_MAX,
                          NULL);
}

static int by_member(const void *a, const void *b)
{
    const struct mxs_mx_member *x = a, *y = b;
    if (x->preference != y->preference)
        return x->preference < y->preference ? -1 : 1;
    return x->host < y->host ? -1 : x->host > y->host;
}

uint32_t mxs_dictionary_mx_set(struct mxs_dictionary *dictionary, const struct mxs_record *records, uint32_t count)
{
    struct mxs_mx_member members[MXS_RECORDS_MAX];
    MXS_ASSERT(count <= MXS_RECORDS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        members[i].preference = records[i].preference;
        members[i].host = mxs_dictionary_host(dictionary, records[i].host);
        if (members[i].host == 0)
            return 0;
    }
    if (count == 2 && by_member(&members[0], &members[1]) > 0) { /* the common case */
        struct mxs_mx_member first = members[0];
        members[0] = members[1];
        members[1] = first;
    } else if (count > 2) {
        qsort(members, count, sizeof members[0], by_member);
    }
    uint8_t key[SET_KEY_MAX];
    for (uint32_t i = 0; i < count; i++) {
        memcpy(key + i * MXS_MX_MEMBER_SIZE, &members[i].preference, 2);
        memcpy(key + i * MXS_MX_MEMBER_SIZE + 2, &members[i].host, 4);
    }
    return mxs_intern_put(&dictionary->mx_sets.keys, key, (size_t)count * MXS_MX_MEMBER_SIZE, NULL);
}

static int by_bytes(const void *a, const void *b)
{
    const struct mxs_record *x = a, *y = b;
    return memcmp(x->data.data, y->data.data, x->data.size_bytes);
}

uint32_t mxs_dictionary_address_set(struct mxs_dictionary *dictionary, const struct mxs_record *records, uint32_t count)
{
    struct mxs_record sorted[MXS_RECORDS_MAX];
    uint32_t ids[MXS_RECORDS_MAX];
    MXS_ASSERT(count <= MXS_RECORDS_MAX);
    memcpy(sorted, records, count * sizeof sorted[0]);
    if (count > 1)
        qsort(sorted, count, sizeof sorted[0], by_bytes);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && by_bytes(&sorted[i - 1], &sorted[i]) == 0)
            continue;
        ids[kept] = mxs_intern_put(&dictionary->addresses.keys, sorted[i].data.data, sorted[i].data.size_bytes, NULL);
        if (ids[kept++] == 0)
            return 0;
    }
    return mxs_intern_put(&dictionary->address_sets.keys, ids, kept * sizeof ids[0], NULL);
}

/* --- looking up --- */

struct mxs_bytes mxs_dictionary_mx_members(const struct mxs_dictionary *dictionary, uint32_t set)
{
    return mxs_intern_key(&dictionary->mx_sets.keys, set);
}

uint32_t mxs_dictionary_mx_count(const struct mxs_dictionary *dictionary, uint32_t set)
{
    return mxs_dictionary_mx_members(dictionary, set).size_bytes / MXS_MX_MEMBER_SIZE;
}

struct mxs_mx_member mxs_dictionary_mx_member(const struct mxs_dictionary *dictionary, uint32_t set, uint32_t index)
{
    return mxs_mx_member_at(mxs_dictionary_mx_members(dictionary, set), index);
}

struct mxs_mx_member mxs_mx_member_at(struct mxs_bytes members, uint32_t index)
{
    const uint8_t *at = members.data + index * MXS_MX_MEMBER_SIZE;
    struct mxs_mx_member member;
    memcpy(&member.preference, at, 2);
    memcpy(&member.host, at + 2, 4);
    return member;
}

uint32_t mxs_dictionary_address_count(const struct mxs_dictionary *dictionary, uint32_t set)
{
    return mxs_intern_key(&dictionary->address_sets.keys, set).size_bytes / ADDRESS_MEMBER_SIZE;
}

uint32_t mxs_dictionary_address_id(const struct mxs_dictionary *dictionary, uint32_t set, uint32_t index)
{
    uint32_t id;
    memcpy(&id, mxs_intern_key(&dictionary->address_sets.keys, set).data + index * ADDRESS_MEMBER_SIZE, 4);
    return id;
}

struct mxs_bytes mxs_dictionary_address(const struct mxs_dictionary *dictionary, uint32_t set, uint32_t index)
{
    return mxs_intern_key(&dictionary->addresses.keys, mxs_dictionary_address_id(dictionary, set, index));
}

static struct mxs_text text_of(const struct mxs_dictionary_table *table, uint32_t id)
{
    struct mxs_bytes key = mxs_intern_key(&table->keys, id);
    return (struct mxs_text){(const char *)key.data, key.size_bytes};
}

struct mxs_text mxs_dictionary_host_name(const struct mxs_dictionary *dictionary, uint32_t host)
{
    return text_of(&dictionary->hosts, host);
}

struct mxs_text mxs_dictionary_text_of(const struct mxs_dictionary *dictionary, uint32_t text)
{
    return text_of(&dictionary->texts, text);
}

/* --- the database --- */

bool mxs_dictionary_is_live(const struct mxs_dictionary_table *table, uint32_t id)
{
    return !mxs_intern_is_hole(&table->keys, id);
}

bool mxs_dictionary_has(const struct mxs_dictionary_table *table, int64_t id)
{
    return id >= 1 && id <= table->keys.count && mxs_dictionary_is_live(table, (uint32_t)id);
}

static enum mxs_err damaged(struct mxs_detail *detail, const char *what)
{
    return mxs_err_set(detail, MXS_ERR_FOREIGN_DB, "the database is damaged: %s", what);
}

static enum mxs_err take_in(struct mxs_dictionary_table *table, int64_t id, const void *key, size_t size_bytes,
                            struct mxs_detail *detail)
{
    if (id < 1 || id >= UINT32_MAX || size_bytes > TEXT_MAX)
        return damaged(detail, "an id or a text that is out of range");
    enum mxs_err err = mxs_intern_put_as(&table->keys, (uint32_t)id, key, size_bytes);
    if (err == MXS_ERR_MEMORY)
        return mxs_err_set(detail, err, "out of memory while reading the database");
    if (err != MXS_OK)
        return damaged(detail, "two ids for one value");
    table->committed = table->flushed = (uint32_t)id;
    return MXS_OK;
}

/* id, bytes */
static enum mxs_err load_values(struct mxs_dictionary_table *table, mxs_store *store, const char *sql, bool addresses,
                                struct mxs_detail *detail)
{
    struct mxs_query query;
    enum mxs_err err = MXS_OK;
    mxs_query_open(&query, store, sql);
    while (err == MXS_OK && mxs_query_next(&query)) {
        size_t size;
        const void *bytes = mxs_query_column_blob(&query, 1, &size);
        err = addresses && size != 4 && size != 16
                  ? damaged(detail, "an address of another size")
                  : take_in(table, mxs_query_column_int(&query, 0), size == 0 ? "" : bytes, size, detail);
    }
    enum mxs_err end = mxs_query_finish(&query, err == MXS_OK ? detail : NULL);
    return err != MXS_OK ? err : end;
}

/* set id, preference, member id, in order; member_size says whether the preference is part of the key. What a set names
 * is in `members`, and so whoever takes a set apart need not ask. */
static enum mxs_err load_sets(struct mxs_dictionary_table *table, const struct mxs_dictionary_table *members,
                              mxs_store *store, const char *sql, size_t member_size, struct mxs_detail *detail)
{
    struct mxs_query query;
    uint8_t key[SET_KEY_MAX];
    size_t size = 0;
    int64_t current = 0;
    enum mxs_err err = MXS_OK;
    mxs_query_open(&query, store, sql);
    while (err == MXS_OK && mxs_query_next(&query)) {
        int64_t set = mxs_query_column_int(&query, 0), preference = mxs_query_column_int(&query, 1);
        int64_t member = mxs_query_column_int(&query, 2);
        if (size > 0 && set != current && (err = take_in(table, current, key, size, detail)) != MXS_OK)
            break;
        if (set != current)
            size = 0;
        current = set;
        if (size + member_size > sizeof key || preference < 0 || preference > UINT16_MAX ||
            !mxs_dictionary_has(members, member)) {
            err = damaged(detail, "a set of what is not there");
            break;
        }
        uint16_t shorter = (uint16_t)preference;
        uint32_t id = (uint32_t)member;
        if (member_size == MXS_MX_MEMBER_SIZE)
            memcpy(key + size, &shorter, 2);
        memcpy(key + size + member_size - 4, &id, 4);
        size += member_size;
    }
    if (err == MXS_OK && size > 0)
        err = take_in(table, current, key, size, detail);
    enum mxs_err end = mxs_query_finish(&query, err == MXS_OK ? detail : NULL);
    return err != MXS_OK ? err : end;
}

enum mxs_err mxs_dictionary_load(struct mxs_dictionary *dictionary, mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = load_values(&dictionary->hosts, store, "SELECT id, name FROM host ORDER BY id", false, detail);
    if (err == MXS_OK)
        err = load_values(&dictionary->texts, store, "SELECT id, value FROM text ORDER BY id", false, detail);
    if (err == MXS_OK)
        err = load_values(&dictionary->addresses, store, "SELECT id, bytes FROM address ORDER BY id", true, detail);
    if (err == MXS_OK)
        err = load_sets(&dictionary->mx_sets, &dictionary->hosts, store,
                        "SELECT set_id, preference, host_id FROM mx_entry ORDER BY set_id, preference, host_id",
                        MXS_MX_MEMBER_SIZE, detail);
    if (err == MXS_OK)
        err = load_sets(&dictionary->address_sets, &dictionary->addresses, store,
                        "SELECT set_id, 0, address_id FROM address_entry ORDER BY set_id, position",
                        ADDRESS_MEMBER_SIZE, detail);
    return err;
}

/* What is new in a table, one row after the other. */
struct feed {
    const struct mxs_intern *keys;
    uint32_t id; /* of the row that comes next */
    uint32_t at; /* bytes of a set that are over */
    char text[MXS_ADDRESS_TEXT_SIZE], prefix[MXS_PREFIX_TEXT_SIZE];
};

static bool next_value(void *arg, struct mxs_bulk_row *row)
{
    struct feed *feed = arg;
    if (feed->id > feed->keys->count)
        return false;
    struct mxs_bytes key = mxs_intern_key(feed->keys, feed->id);
    row->numbers[0] = feed->id++;
    row->text = (const char *)key.data;
    row->text_size = key.size_bytes;
    return true;
}

static bool next_host(void *arg, struct mxs_bulk_row *row)
{
    if (!next_value(arg, row))
        return false;
    row->numbers[1] = mxs_usable_name((struct mxs_text){row->text, (uint32_t)row->text_size});
    return true;
}

static bool next_address(void *arg, struct mxs_bulk_row *row)
{
    struct feed *feed = arg;
    if (feed->id > feed->keys->count)
        return false;
    struct mxs_bytes key = mxs_intern_key(feed->keys, feed->id);
    struct mxs_address address = {.family = key.size_bytes == 4 ? 4 : 6};
    memcpy(address.bytes, key.data, key.size_bytes);
    mxs_address_text(&address, feed->text);
    mxs_address_prefix_text(&address, feed->prefix);
    row->numbers[0] = feed->id++;
    row->numbers[1] = mxs_address_public(&address);
    row->blob = key.data;
    row->blob_size = key.size_bytes;
    row->text = feed->text;
    row->text_size = strlen(feed->text);
    row->label = feed->prefix;
    return true;
}

/* The next member of a set, and of which one; NULL after the last. No set is empty. */
static const uint8_t *next_member(struct feed *feed, uint32_t member_size, uint32_t *set, uint32_t *position)
{
    while (feed->id <= feed->keys->count) {
        struct mxs_bytes key = mxs_intern_key(feed->keys, feed->id);
        if (feed->at < key.size_bytes) {
            *set = feed->id;
            *position = feed->at / member_size;
            feed->at += member_size;
            return key.data + feed->at - member_size;
        }
        feed->id++;
        feed->at = 0;
    }
    return NULL;
}

static bool next_mx_host(void *arg, struct mxs_bulk_row *row)
{
    uint32_t set, position, host;
    uint16_t preference;
    const uint8_t *member = next_member(arg, MXS_MX_MEMBER_SIZE, &set, &position);
    if (member == NULL)
        return false;
    memcpy(&preference, member, 2);
    memcpy(&host, member + 2, 4);
    row->numbers[0] = set;
    row->numbers[1] = preference;
    row->numbers[2] = host;
    return true;
}

static bool next_set_address(void *arg, struct mxs_bulk_row *row)
{
    uint32_t set, position, address;
    const uint8_t *member = next_member(arg, ADDRESS_MEMBER_SIZE, &set, &position);
    if (member == NULL)
        return false;
    memcpy(&address, member, 4);
    row->numbers[0] = set;
    row->numbers[1] = position;
    row->numbers[2] = address;
    return true;
}

static enum mxs_err flush_table(struct mxs_dictionary_table *table, mxs_store *store, const char *sql,
                                mxs_bulk_source source, struct mxs_detail *detail)
{
    struct feed feed = {.keys = &table->keys, .id = table->flushed + 1};
    if (table->flushed == table->keys.count)
        return MXS_OK;
    enum mxs_err err = mxs_bulk_insert(store, sql, source, &feed, detail);
    if (err == MXS_OK)
        table->flushed = table->keys.count;
    return err;
}

enum mxs_err mxs_dictionary_flush(struct mxs_dictionary *dictionary, mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err =
        flush_table(&dictionary->hosts, store, "INSERT INTO host SELECT c0, t, c1 FROM bulk(?1)", next_host, detail);
    if (err == MXS_OK)
        err = flush_table(&dictionary->texts, store, "INSERT INTO text SELECT c0, t FROM bulk(?1)", next_value, detail);
    if (err == MXS_OK)
        err = flush_table(&dictionary->addresses, store,
                          "INSERT INTO address SELECT c0, b, t, u, c1, NULL FROM bulk(?1)", next_address, detail);
    if (err == MXS_OK)
        err = flush_table(&dictionary->mx_sets, store, "INSERT INTO mx_entry SELECT c0, c1, c2 FROM bulk(?1)",
                          next_mx_host, detail);
    if (err == MXS_OK)
        err = flush_table(&dictionary->address_sets, store, "INSERT INTO address_entry SELECT c0, c1, c2 FROM bulk(?1)",
                          next_set_address, detail);
    return err;
}
