#include "reports/data/tally.h"

#include <stdlib.h>

#define FIRST_CAPACITY 1024

void mxs_tally_init(struct mxs_tally *tally) { *tally = (struct mxs_tally){0}; }

void mxs_tally_finish(struct mxs_tally *tally)
{
    free(tally->slots);
    mxs_tally_init(tally);
}

static size_t place(int64_t key, int64_t second, size_t capacity)
{
    uint64_t mixed = (uint64_t)key * 0x9E3779B97F4A7C15u ^ ((uint64_t)second + 0x7F4A7C15u) * 0xC2B2AE3D27D4EB4Fu;
    mixed ^= mixed >> 29;
    return (size_t)(mixed * 0x9E3779B97F4A7C15u >> 20) & (capacity - 1);
}

static struct mxs_tally_slot *find(struct mxs_tally_slot *slots, size_t capacity, int64_t key, int64_t second)
{
    size_t at = place(key, second, capacity);
    while (slots[at].sum != 0 && (slots[at].key != key || slots[at].second != second))
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static void grow(struct mxs_tally *tally)
{
    size_t capacity = tally->capacity == 0 ? FIRST_CAPACITY : tally->capacity * 2;
    struct mxs_tally_slot *slots = calloc(capacity, sizeof *slots);
    if (slots == NULL) {
        tally->err = MXS_ERR_MEMORY;
        return;
    }
    for (size_t i = 0; i < tally->capacity; i++)
        if (tally->slots[i].sum != 0)
            *find(slots, capacity, tally->slots[i].key, tally->slots[i].second) = tally->slots[i];
    free(tally->slots);
    tally->slots = slots;
    tally->capacity = capacity;
}

void mxs_tally_put(struct mxs_tally *tally, int64_t key, int64_t second, int64_t amount)
{
    MXS_ASSERT(amount > 0);
    if (tally->used * 4 >= tally->capacity * 3)
        grow(tally);
    if (tally->err != MXS_OK)
        return;
    struct mxs_tally_slot *slot = find(tally->slots, tally->capacity, key, second);
    if (slot->sum == 0) {
        slot->key = key;
        slot->second = second;
        tally->used++;
    }
    slot->sum += amount;
}

int64_t mxs_tally_find(const struct mxs_tally *tally, int64_t key, int64_t second)
{
    return tally->capacity == 0 ? 0 : find(tally->slots, tally->capacity, key, second)->sum;
}
