#include "base/counter.h"

#include <stdlib.h>

#include "base/vector.h"

struct pair {
    int64_t key, second;
};

void mxs_counter_init(struct mxs_counter *counter)
{
    *counter = (struct mxs_counter){0};
    mxs_hash_key(counter->hash_key);
}

void mxs_counter_finish(struct mxs_counter *counter)
{
    free(counter->items);
    mxs_index_finish(&counter->index);
    *counter = (struct mxs_counter){0};
}

static bool is_of(const void *counter, uint32_t id, const void *key, size_t size_bytes)
{
    const struct mxs_counter_item *item = &((const struct mxs_counter *)counter)->items[id - 1];
    const struct pair *pair = key;
    (void)size_bytes;
    return item->key == pair->key && item->second == pair->second;
}

static bool make_room(struct mxs_counter *counter)
{
    if (!mxs_vector_reserve(&counter->items, &counter->capacity, counter->count, sizeof *counter->items))
        return false;
    if (!mxs_index_is_full(&counter->index, counter->count))
        return true;
    if (counter->count >= UINT32_MAX - 1 || !mxs_index_reset(&counter->index, counter->count))
        return false;
    for (size_t i = 0; i < counter->count; i++) {
        const struct pair pair = {counter->items[i].key, counter->items[i].second};
        mxs_index_put(&counter->index, mxs_hash(counter->hash_key, &pair, sizeof pair), (uint32_t)i + 1);
    }
    return true;
}

void mxs_counter_put(struct mxs_counter *counter, int64_t key, int64_t second, int64_t amount)
{
    MXS_ASSERT(amount > 0);
    if (counter->err == MXS_OK && !make_room(counter))
        counter->err = MXS_ERR_MEMORY;
    if (counter->err != MXS_OK)
        return;
    const struct pair pair = {key, second};
    uint64_t hash = mxs_hash(counter->hash_key, &pair, sizeof pair);
    size_t at = mxs_index_find(&counter->index, hash, is_of, counter, &pair, sizeof pair);
    uint32_t id = mxs_index_at(&counter->index, at);
    if (id == 0) {
        id = (uint32_t)++counter->count;
        counter->items[id - 1] = (struct mxs_counter_item){key, second, 0};
        mxs_index_put_at(&counter->index, at, id, hash);
    }
    counter->items[id - 1].sum += amount;
}

int64_t mxs_counter_find(const struct mxs_counter *counter, int64_t key, int64_t second)
{
    const struct pair pair = {key, second};
    if (counter->count == 0 || counter->err != MXS_OK)
        return 0;
    uint64_t hash = mxs_hash(counter->hash_key, &pair, sizeof pair);
    size_t at = mxs_index_find(&counter->index, hash, is_of, counter, &pair, sizeof pair);
    uint32_t id = mxs_index_at(&counter->index, at);
    return id == 0 ? 0 : counter->items[id - 1].sum;
}
