#include "base/vector.h"

#include <stdlib.h>

#define FIRST_CAPACITY 32

bool mxs_vector_reserve(void *list, size_t *capacity, size_t count, size_t item_size_bytes)
{
    void **pointer = list;
    if (count < *capacity)
        return true;
    size_t larger = *capacity == 0 ? FIRST_CAPACITY : *capacity + *capacity / 2;
    void *grown = reallocarray(*pointer, larger, item_size_bytes);
    if (grown == NULL)
        return false;
    *pointer = grown;
    *capacity = larger;
    return true;
}

bool mxs_ids_put(struct mxs_ids *ids, int64_t id)
{
    if (ids->count > 0 && ids->list[ids->count - 1] >= id)
        return false;
    if (ids->count == UINT32_MAX - 1 || !mxs_vector_reserve(&ids->list, &ids->capacity, ids->count, sizeof *ids->list))
        return false;
    ids->list[ids->count++] = id;
    return true;
}

uint32_t mxs_ids_find(const struct mxs_ids *ids, int64_t id)
{
    if (ids->count == 0 || id < ids->list[0])
        return UINT32_MAX;
    uint64_t guess = (uint64_t)id - (uint64_t)ids->list[0];
    if (guess < ids->count && ids->list[guess] == id)
        return (uint32_t)guess;
    size_t low = 0, high = ids->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ids->list[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ids->count && ids->list[low] == id ? (uint32_t)low : UINT32_MAX;
}

void mxs_ids_finish(struct mxs_ids *ids)
{
    free(ids->list);
    *ids = (struct mxs_ids){0};
}
