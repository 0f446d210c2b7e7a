#include "base/vector.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 32

bool mxs_vector_reserve_each(const struct mxs_vector_part *parts, size_t part_count, size_t *capacity, size_t count)
{
    if (count < *capacity)
        return true;
    size_t larger = *capacity == 0 ? FIRST_CAPACITY : *capacity + *capacity / 2;
    if (larger <= count)
        larger = count + count / 2 + 1;
    for (size_t i = 0; i < part_count; i++) {
        void **pointer = parts[i].list;
        void *grown = reallocarray(*pointer, larger, parts[i].item_size_bytes);
        if (grown == NULL)
            return false;
        *pointer = grown;
    }
    *capacity = larger;
    return true;
}

bool mxs_vector_grow(void *list, size_t *capacity, size_t count, size_t item_size_bytes)
{
    return mxs_vector_reserve_each(&(struct mxs_vector_part){list, item_size_bytes}, 1, capacity, count);
}

bool mxs_vector_reach(void *list, size_t *capacity, size_t at, size_t item_size_bytes)
{
    size_t before = *capacity;
    if (!mxs_vector_reserve(list, capacity, at, item_size_bytes))
        return false;
    if (*capacity > before)
        memset(*(char **)list + before * item_size_bytes, 0, (*capacity - before) * item_size_bytes);
    return true;
}

/* Behind a gap all are kept. */
static bool keep_list(struct mxs_ids *ids)
{
    if (!mxs_vector_reserve(&ids->list, &ids->capacity, ids->count, sizeof *ids->list))
        return false;
    for (size_t i = 0; i < ids->count; i++)
        ids->list[i] = ids->first + (int64_t)i;
    return true;
}

bool mxs_ids_put(struct mxs_ids *ids, int64_t id)
{
    if (ids->count == UINT32_MAX - 1 || (ids->count > 0 && mxs_ids_at(ids, ids->count - 1) >= id))
        return false;
    if (ids->count == 0)
        ids->first = id;
    if (ids->list == NULL && (uint64_t)id - (uint64_t)ids->first != ids->count && !keep_list(ids))
        return false;
    if (ids->list != NULL) {
        if (!mxs_vector_reserve(&ids->list, &ids->capacity, ids->count, sizeof *ids->list))
            return false;
        ids->list[ids->count] = id;
    }
    ids->count++;
    return true;
}

size_t mxs_vector_find(const int64_t *ids, size_t count, int64_t id)
{
    if (count == 0 || id < ids[0])
        return count;
    uint64_t guess = (uint64_t)id - (uint64_t)ids[0];
    if (guess < count && ids[guess] == id)
        return (size_t)guess;
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ids[low] == id ? low : count;
}

uint32_t mxs_ids_find(const struct mxs_ids *ids, int64_t id)
{
    uint64_t guess = (uint64_t)id - (uint64_t)ids->first;
    size_t at = ids->list != NULL   ? mxs_vector_find(ids->list, ids->count, id)
                : guess < ids->count ? (size_t)guess
                                     : ids->count;
    return at == ids->count ? UINT32_MAX : (uint32_t)at;
}

void mxs_ids_finish(struct mxs_ids *ids)
{
    free(ids->list);
    *ids = (struct mxs_ids){0};
}
