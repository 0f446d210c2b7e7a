#include "scanner/write/dictionary.h"

#include <stdlib.h>

#include "db/query.h"
#include "scanner/classify/address.h"

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

/* --- taking in ------------------------------------------------------------------------------------------------ */

uint32_t mxs_dictionary_host(struct mxs_dictionary *dictionary, struct mxs_text name)
{
    return mxs_intern_put(&dictionary->hosts.keys, name.data, name.size_bytes, NULL);
}

uint32_t mxs_dictionary_text(struct mxs_dictionary *dictionary, struct mxs_text text)
{
    return mxs_intern_put(&dictionary->texts.keys, text.data, text.size_bytes < TEXT_MAX ? text.size_bytes : TEXT_MAX, NULL);
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

/* --- looking up ----------------------------------------------------------------------------------------------- */

uint32_t mxs_dictionary_mx_count(const struct mxs_dictionary *dictionary, uint32_t set)
{
    return mxs_intern_key(&dictionary->mx_sets.keys, set).size_bytes / MXS_MX_MEMBER_SIZE;
}

struct mxs_mx_member mxs_dictionary_mx_member(const struct mxs_dictionary *dictionary, uint32_t set, uint32_t index)
{
    const uint8_t *at = mxs_intern_key(&dictionary->mx_sets.keys, set).data + index * MXS_MX_MEMBER_SIZE;
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

/* --- the database ---------------------------------------------------------------------------------------------- */

bool mxs_dictionary_is_live(const struct mxs_dictionary_table *table, uint32_t id) { return !mxs_intern_is_hole(&table->keys, id); }

static enum mxs_err take_in(struct mxs_dictionary_table *table, uint32_t id, const void *key, size_t size_bytes,
                            struct mxs_detail *detail)
{
    enum mxs_err err = mxs_intern_put_as(&table->keys, id, key, size_bytes);
    if (err == MXS_ERR_MEMORY)
        return mxs_err_set(detail, err, "out of memory while reading the database");
    if (err != MXS_OK)
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB, "the database is damaged: two ids for one value");
    table->committed = table->flushed = id;
    return MXS_OK;
}

/* id, bytes */
static enum mxs_err load_values(struct mxs_dictionary_table *table, mxs_store *store, const char *sql,
                                struct mxs_detail *detail)
{
    struct mxs_query query;
    enum mxs_err err = MXS_OK;
    mxs_query_open(&query, store, sql);
    while (err == MXS_OK && mxs_query_next(&query)) {
        size_t size;
        const void *bytes = mxs_query_column_blob(&query, 1, &size);
        err = take_in(table, (uint32_t)mxs_query_column_int(&query, 0), size == 0 ? "" : bytes, size, detail);
    }
    enum mxs_err end = mxs_query_finish(&query, err == MXS_OK ? detail : NULL);
    return err != MXS_OK ? err : end;
}

/* set id, preference, member id, in order; member_size says whether the preference is part of the key */
static enum mxs_err load_sets(struct mxs_dictionary_table *table, mxs_store *store, const char *sql, size_t member_size,
                              struct mxs_detail *detail)
{
    struct mxs_query query;
    uint8_t key[SET_KEY_MAX];
    size_t size = 0;
    uint32_t current = 0;
    enum mxs_err err = MXS_OK;
    mxs_query_open(&query, store, sql);
    while (err == MXS_OK && mxs_query_next(&query)) {
        uint32_t set = (uint32_t)mxs_query_column_int(&query, 0);
        if (set != current && current != 0)
            err = take_in(table, current, key, size, detail);
        if (set != current)
            size = 0;
        current = set;
        if (size + member_size > sizeof key)
            break;
        uint16_t preference = (uint16_t)mxs_query_column_int(&query, 1);
        uint32_t member = (uint32_t)mxs_query_column_int(&query, 2);
        if (member_size == MXS_MX_MEMBER_SIZE)
            memcpy(key + size, &preference, 2);
        memcpy(key + size + member_size - 4, &member, 4);
        size += member_size;
    }
    if (err == MXS_OK && current != 0)
        err = take_in(table, current, key, size, detail);
    enum mxs_err end = mxs_query_finish(&query, err == MXS_OK ? detail : NULL);
    return err != MXS_OK ? err : end;
}

enum mxs_err mxs_dictionary_load(struct mxs_dictionary *dictionary, mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = load_values(&dictionary->hosts, store, "SELECT id, name FROM host ORDER BY id", detail);
    if (err == MXS_OK)
        err = load_values(&dictionary->texts, store, "SELECT id, value FROM text ORDER BY id", detail);
    if (err == MXS_OK)
        err = load_values(&dictionary->addresses, store, "SELECT id, bytes FROM address ORDER BY id", detail);
    if (err == MXS_OK)
        err = load_sets(&dictionary->mx_sets, store,
                        "SELECT set_id, preference, host_id FROM mx_entry ORDER BY set_id, preference, host_id",
                        MXS_MX_MEMBER_SIZE, detail);
    if (err == MXS_OK)
        err = load_sets(&dictionary->address_sets, store,
                        "SELECT set_id, 0, address_id FROM address_entry ORDER BY set_id, position", ADDRESS_MEMBER_SIZE,
                        detail);
    return err;
}

static void put_value(struct mxs_query *query, uint32_t id, struct mxs_bytes key)
{
    mxs_query_int(query, 1, id);
    mxs_query_text(query, 2, (const char *)key.data, key.size_bytes);
    mxs_query_run(query);
}

static void put_address(struct mxs_query *query, uint32_t id, struct mxs_bytes key)
{
    struct mxs_address address = {.family = key.size_bytes == 4 ? 4 : 6};
    memcpy(address.bytes, key.data, key.size_bytes);
    char text[MXS_ADDRESS_TEXT_SIZE], prefix[MXS_PREFIX_TEXT_SIZE];
    mxs_address_text(&address, text);
    mxs_address_prefix_text(&address, prefix);
    mxs_query_int(query, 1, id);
    mxs_query_blob(query, 2, key.data, key.size_bytes);
    mxs_query_text(query, 3, text, strlen(text));
    mxs_query_text(query, 4, prefix, strlen(prefix));
    mxs_query_int(query, 5, mxs_address_public(&address));
    mxs_query_run(query);
}

static void put_mx_set(struct mxs_query *query, uint32_t id, struct mxs_bytes key)
{
    for (uint32_t at = 0; at < key.size_bytes; at += MXS_MX_MEMBER_SIZE) {
        uint16_t preference;
        uint32_t host;
        memcpy(&preference, key.data + at, 2);
        memcpy(&host, key.data + at + 2, 4);
        mxs_query_int(query, 1, id);
        mxs_query_int(query, 2, preference);
        mxs_query_int(query, 3, host);
        mxs_query_run(query);
    }
}

static void put_address_set(struct mxs_query *query, uint32_t id, struct mxs_bytes key)
{
    for (uint32_t at = 0; at < key.size_bytes; at += ADDRESS_MEMBER_SIZE) {
        uint32_t address;
        memcpy(&address, key.data + at, 4);
        mxs_query_int(query, 1, id);
        mxs_query_int(query, 2, at / ADDRESS_MEMBER_SIZE);
        mxs_query_int(query, 3, address);
        mxs_query_run(query);
    }
}

static enum mxs_err flush_table(struct mxs_dictionary_table *table, mxs_store *store, const char *sql,
                                void (*put)(struct mxs_query *, uint32_t, struct mxs_bytes), struct mxs_detail *detail)
{
    if (table->flushed == table->keys.count)
        return MXS_OK;
    struct mxs_query query;
    mxs_query_open(&query, store, sql);
    for (uint32_t id = table->flushed + 1; id <= table->keys.count; id++)
        put(&query, id, mxs_intern_key(&table->keys, id));
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK)
        table->flushed = table->keys.count;
    return err;
}

enum mxs_err mxs_dictionary_flush(struct mxs_dictionary *dictionary, mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = flush_table(&dictionary->hosts, store, "INSERT INTO host VALUES (?1, ?2)", put_value, detail);
    if (err == MXS_OK)
        err = flush_table(&dictionary->texts, store, "INSERT INTO text VALUES (?1, ?2)", put_value, detail);
    if (err == MXS_OK)
        err = flush_table(&dictionary->addresses, store, "INSERT INTO address VALUES (?1, ?2, ?3, ?4, ?5, NULL)", put_address,
                          detail);
    if (err == MXS_OK)
        err = flush_table(&dictionary->mx_sets, store, "INSERT INTO mx_entry VALUES (?1, ?2, ?3)", put_mx_set, detail);
    if (err == MXS_OK)
        err = flush_table(&dictionary->address_sets, store, "INSERT INTO address_entry VALUES (?1, ?2, ?3)",
                          put_address_set, detail);
    return err;
}
