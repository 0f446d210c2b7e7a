#include "base/counter.h"

#include <stdlib.h>

#define FIRST_CAPACITY 1024

void mxs_counter_init(struct mxs_counter *counter) { *counter = (struct mxs_counter){0}; }

void mxs_counter_finish(struct mxs_counter *counter)
{
    free(counter->slots);
    mxs_counter_init(counter);
}

static size_t position(int64_t key, int64_t second, size_t capacity)
{
    uint64_t mixed = (uint64_t)key * 0x9E3779B97F4A7C15u ^ ((uint64_t)second + 0x7F4A7C15u) * 0xC2B2AE3D27D4EB4Fu;
    mixed ^= mixed >> 29;
    return (size_t)(mixed * 0x9E3779B97F4A7C15u >> 20) & (capacity - 1);
}

static struct mxs_counter_slot *find(struct mxs_counter_slot *slots, size_t capacity, int64_t key, int64_t second)
{
    size_t at = position(key, second, capacity);
    while (slots[at].sum != 0 && (slots[at].key != key || slots[at].second != second))
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static void grow(struct mxs_counter *counter)
{
    size_t capacity = counter->capacity == 0 ? FIRST_CAPACITY : counter->capacity * 2;
    struct mxs_counter_slot *slots = calloc(capacity, sizeof *slots);
    if (slots == NULL) {
        counter->err = MXS_ERR_MEMORY;
        return;
    }
    for (size_t i = 0; i < counter->capacity; i++)
        if (counter->slots[i].sum != 0)
            *find(slots, capacity, counter->slots[i].key, counter->slots[i].second) = counter->slots[i];
    free(counter->slots);
    counter->slots = slots;
    counter->capacity = capacity;
}

void mxs_counter_put(struct mxs_counter *counter, int64_t key, int64_t second, int64_t amount)
{
    MXS_ASSERT(amount > 0);
    if (counter->used * 4 >= counter->capacity * 3)
        grow(counter);
    if (counter->err != MXS_OK)
        return;
    struct mxs_counter_slot *slot = find(counter->slots, counter->capacity, key, second);
    if (slot->sum == 0) {
        slot->key = key;
        slot->second = second;
        counter->used++;
    }
    slot->sum += amount;
}

int64_t mxs_counter_find(const struct mxs_counter *counter, int64_t key, int64_t second)
{
    return counter->capacity == 0 ? 0 : find(counter->slots, counter->capacity, key, second)->sum;
}
