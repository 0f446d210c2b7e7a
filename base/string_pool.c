#include "base/string_pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/vector.h"

#define CHUNK_SIZE (256 * 1024)

struct mxs_string_pool_chunk {
    struct mxs_string_pool_chunk *next;
    size_t used, size;
    char bytes[];
};

void mxs_string_pool_init(struct mxs_string_pool *texts) { *texts = (struct mxs_string_pool){0}; }

void mxs_string_pool_finish(struct mxs_string_pool *texts)
{
    while (texts->chunks != NULL) {
        struct mxs_string_pool_chunk *chunk = texts->chunks;
        texts->chunks = chunk->next;
        free(chunk);
    }
    free(texts->texts);
    mxs_index_finish(&texts->index);
    mxs_string_pool_init(texts);
}

const char *mxs_string_pool_keep(struct mxs_string_pool *texts, const char *text, size_t size_bytes)
{
    struct mxs_string_pool_chunk *chunk = texts->chunks;
    if (chunk == NULL || chunk->size - chunk->used < size_bytes + 1) {
        size_t size = size_bytes + 1 > CHUNK_SIZE ? size_bytes + 1 : CHUNK_SIZE;
        chunk = malloc(sizeof *chunk + size);
        if (chunk == NULL)
            return NULL;
        chunk->next = texts->chunks;
        chunk->used = 0;
        chunk->size = size;
        texts->chunks = chunk;
    }
    char *copy = chunk->bytes + chunk->used;
    memcpy(copy, text, size_bytes);
    copy[size_bytes] = '\0';
    chunk->used += size_bytes + 1;
    return copy;
}

static bool is_of(const void *pool, uint32_t id, const void *text, size_t size_bytes)
{
    const char *known = ((const struct mxs_string_pool *)pool)->texts[id - 1];
    return strncmp(known, text, size_bytes) == 0 && known[size_bytes] == '\0';
}

static bool make_room(struct mxs_string_pool *pool)
{
    if (!mxs_index_is_full(&pool->index, pool->count))
        return true;
    if (pool->index.slot_count == 0)
        mxs_hash_key(pool->hash_key);
    if (!mxs_index_reset(&pool->index, pool->count))
        return false;
    for (uint32_t i = 0; i < pool->count; i++)
        mxs_index_put(&pool->index, mxs_hash(pool->hash_key, pool->texts[i], strlen(pool->texts[i])), i + 1);
    return true;
}

uint32_t mxs_string_pool_put(struct mxs_string_pool *texts, const char *text, size_t size_bytes)
{
    const char *end = memchr(text, '\0', size_bytes); /* a text ends at a NUL, wherever it came from */
    if (end != NULL)
        size_bytes = (size_t)(end - text);
    if (!make_room(texts))
        return MXS_STRING_NONE;
    uint64_t hash = mxs_hash(texts->hash_key, text, size_bytes);
    size_t at = mxs_index_find(&texts->index, hash, is_of, texts, text, size_bytes);
    if (mxs_index_at(&texts->index, at) != 0)
        return mxs_index_at(&texts->index, at) - 1;
    if (!mxs_vector_reserve(&texts->texts, &texts->capacity, texts->count, sizeof *texts->texts))
        return MXS_STRING_NONE;
    const char *copy = mxs_string_pool_keep(texts, text, size_bytes);
    if (copy == NULL)
        return MXS_STRING_NONE;
    texts->texts[texts->count++] = copy;
    mxs_index_put_at(&texts->index, at, texts->count, hash);
    return texts->count - 1;
}
