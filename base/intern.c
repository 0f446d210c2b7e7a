#include "base/intern.h"

#include <stdlib.h>
#include <string.h>

#include "base/vector.h"

#define KEY_SIZE_MAX 65535u
#define CHUNK_SIZE (256u * 1024) /* what is not written yet costs nothing; room for four of the longest keys */
#define MARKED 8u         /* ids from one mark to the next */

/* Before a key stands its size in one byte, or one of these. */
#define LONG 253u /* its size follows in two bytes */
#define HOLE 254u /* there is none */
#define END 255u  /* it lies in the next chunk: the last byte of one that is full */

void mxs_intern_init(struct mxs_intern *table)
{
    *table = (struct mxs_intern){0};
    mxs_hash_key(table->hash_key);
}

void mxs_intern_finish(struct mxs_intern *table)
{
    for (uint32_t i = 0; i < table->chunk_count; i++)
        free(table->chunks[i]);
    free(table->chunks);
    free(table->marks);
    mxs_index_finish(&table->index);
    *table = (struct mxs_intern){0};
}

void mxs_intern_rest(struct mxs_intern *table) { mxs_index_finish(&table->index); }

/* --- keys --- */

/* Reads the entry at a mark and moves on to the next; NULL data: a hole. */
static inline struct mxs_bytes step(const struct mxs_intern *table, struct mxs_intern_mark *mark)
{
    const uint8_t *entry = table->chunks[mark->chunk] + mark->at;
    if (*entry < LONG) {
        mark->at += 1u + *entry;
        return (struct mxs_bytes){entry + 1, *entry};
    }
    if (*entry == END) {
        *mark = (struct mxs_intern_mark){mark->chunk + 1, 0};
        return step(table, mark);
    }
    if (*entry == HOLE) {
        mark->at += 1;
        return (struct mxs_bytes){NULL, 0};
    }
    uint16_t size;
    memcpy(&size, entry + 1, 2);
    mark->at += 3u + size;
    return (struct mxs_bytes){entry + 3, size};
}

static struct mxs_bytes entry_of(const struct mxs_intern *table, uint32_t id)
{
    MXS_ASSERT(id >= 1 && id <= table->count);
    struct mxs_intern_mark mark = table->marks[(id - 1) / MARKED];
    for (uint32_t left = (id - 1) % MARKED; left > 0; left--)
        (void)step(table, &mark);
    return step(table, &mark);
}

struct mxs_bytes mxs_intern_key(const struct mxs_intern *table, uint32_t id)
{
    struct mxs_bytes key = entry_of(table, id);
    return key.data != NULL ? key : (struct mxs_bytes){(const uint8_t *)"", 0};
}

bool mxs_intern_is_hole(const struct mxs_intern *table, uint32_t id) { return entry_of(table, id).data == NULL; }

static bool is_key(struct mxs_bytes entry, const void *key, size_t size_bytes)
{
    return entry.data != NULL && entry.size_bytes == size_bytes &&
           (size_bytes == 0 || memcmp(entry.data, key, size_bytes) == 0);
}

/* Memory for an entry of size_bytes and its mark; the last byte of a chunk stays free for END. */
static uint8_t *room_for(struct mxs_intern *table, size_t size_bytes)
{
    if (!mxs_vector_reserve(&table->marks, &table->mark_capacity, table->count / MARKED, sizeof table->marks[0]))
        return NULL;
    if (table->chunk_count == 0 || table->used + size_bytes >= CHUNK_SIZE) {
        if (!mxs_vector_reserve(&table->chunks, &table->chunk_capacity, table->chunk_count, sizeof table->chunks[0]))
            return NULL;
        uint8_t *chunk = malloc(CHUNK_SIZE);
        if (chunk == NULL)
            return NULL;
        if (table->chunk_count > 0)
            table->chunks[table->chunk_count - 1][table->used] = END;
        table->chunks[table->chunk_count++] = chunk;
        table->used = 0;
    }
    if (table->count % MARKED == 0)
        table->marks[table->count / MARKED] = (struct mxs_intern_mark){table->chunk_count - 1, table->used};
    uint8_t *room = table->chunks[table->chunk_count - 1] + table->used;
    table->used += (uint32_t)size_bytes;
    return room;
}

/* False: no memory, table unchanged. key NULL: a hole. */
static bool append(struct mxs_intern *table, const void *key, size_t size_bytes)
{
    size_t head = size_bytes < LONG ? 1 : 3;
    uint8_t *entry = room_for(table, head + size_bytes);
    if (entry == NULL)
        return false;
    entry[0] = (uint8_t)(key == NULL ? HOLE : head == 1 ? size_bytes : LONG);
    table->holes += key == NULL;
    uint16_t size = (uint16_t)size_bytes;
    if (head == 3)
        memcpy(entry + 1, &size, 2);
    if (size_bytes != 0)
        memcpy(entry + head, key, size_bytes);
    table->count++;
    return true;
}

/* --- index --- */

static bool is_of(const void *table, uint32_t id, const void *key, size_t size_bytes)
{
    return is_key(entry_of(table, id), key, size_bytes);
}

static uint32_t walk(const struct mxs_intern *table, const void *key, size_t size_bytes)
{
    struct mxs_intern_mark mark = {0, 0};
    for (uint32_t id = 1; id <= table->count; id++)
        if (is_key(step(table, &mark), key, size_bytes))
            return id;
    return 0;
}

uint32_t mxs_intern_find(const struct mxs_intern *table, const void *key, size_t size_bytes)
{
    if (table->index.slot_count == 0)
        return walk(table, key, size_bytes);
    uint64_t hash = mxs_hash(table->hash_key, key, size_bytes);
    return mxs_index_at(&table->index, mxs_index_find(&table->index, hash, is_of, table, key, size_bytes));
}

/* Without memory for the new slots the table rests. */
static bool make_room(struct mxs_intern *table)
{
    uint32_t used = table->count - table->holes;
    if (!mxs_index_is_full(&table->index, used))
        return true;
    if (!mxs_index_reset(&table->index, used))
        return false;
    struct mxs_intern_mark mark = {0, 0};
    for (uint32_t id = 1; id <= table->count; id++) {
        struct mxs_bytes key = step(table, &mark);
        if (key.data != NULL)
            mxs_index_put(&table->index, mxs_hash(table->hash_key, key.data, key.size_bytes), id);
    }
    return true;
}

uint32_t mxs_intern_put(struct mxs_intern *table, const void *key, size_t size_bytes, bool *added)
{
    MXS_ASSERT(size_bytes <= KEY_SIZE_MAX);
    if (!make_room(table))
        return 0;
    if (size_bytes == 0)
        key = ""; /* NULL would be a hole */
    uint64_t hash = mxs_hash(table->hash_key, key, size_bytes);
    size_t at = mxs_index_find(&table->index, hash, is_of, table, key, size_bytes);
    uint32_t id = mxs_index_at(&table->index, at);
    bool is_new = id == 0;
    if (is_new) {
        if (!append(table, key, size_bytes))
            return 0;
        mxs_index_put_at(&table->index, at, id = table->count, hash);
    }
    if (added != NULL)
        *added = is_new;
    return id;
}

enum mxs_err mxs_intern_put_as(struct mxs_intern *table, uint32_t id, const void *key, size_t size_bytes)
{
    while (table->count + 1 < id)
        if (!append(table, NULL, 0))
            return MXS_ERR_MEMORY;
    uint32_t given = mxs_intern_put(table, key, size_bytes, NULL);
    if (given == 0)
        return MXS_ERR_MEMORY;
    return given == id ? MXS_OK : MXS_ERR_INPUT;
}
