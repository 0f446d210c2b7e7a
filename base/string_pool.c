#include "base/string_pool.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE (256 * 1024)
#define FIRST_SLOTS 1024

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
    free(texts->slots);
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

static uint32_t *find(const struct mxs_string_pool *texts, const char *text, size_t size_bytes)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size_bytes; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    uint32_t at = (uint32_t)(hash ^ hash >> 32) & (texts->slot_count - 1);
    while (texts->slots[at] != 0) {
        const char *known = texts->texts[texts->slots[at] - 1];
        if (strncmp(known, text, size_bytes) == 0 && known[size_bytes] == '\0')
            break;
        at = (at + 1) & (texts->slot_count - 1);
    }
    return &texts->slots[at];
}

static int grow_slots(struct mxs_string_pool *texts)
{
    uint32_t slot_count = texts->slot_count == 0 ? FIRST_SLOTS : texts->slot_count * 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return 0;
    free(texts->slots);
    texts->slots = slots;
    texts->slot_count = slot_count;
    for (uint32_t i = 0; i < texts->count; i++)
        *find(texts, texts->texts[i], strlen(texts->texts[i])) = i + 1;
    return 1;
}

static int grow_texts(struct mxs_string_pool *texts)
{
    uint32_t capacity = texts->capacity == 0 ? FIRST_SLOTS / 2 : texts->capacity * 2;
    const char **grown = realloc(texts->texts, capacity * sizeof *grown);
    if (grown == NULL)
        return 0;
    texts->texts = grown;
    texts->capacity = capacity;
    return 1;
}

uint32_t mxs_string_pool_put(struct mxs_string_pool *texts, const char *text, size_t size_bytes)
{
    const char *end = memchr(text, '\0', size_bytes); /* a text ends at a NUL, wherever it came from */
    if (end != NULL)
        size_bytes = (size_t)(end - text);
    if (texts->count * 2 >= texts->slot_count && !grow_slots(texts))
        return MXS_STRING_NONE;
    uint32_t *slot = find(texts, text, size_bytes);
    if (*slot != 0)
        return *slot - 1;
    if (texts->count == texts->capacity && !grow_texts(texts))
        return MXS_STRING_NONE;
    const char *copy = mxs_string_pool_keep(texts, text, size_bytes);
    if (copy == NULL)
        return MXS_STRING_NONE;
    texts->texts[texts->count++] = copy;
    *slot = texts->count;
    return texts->count - 1;
}
