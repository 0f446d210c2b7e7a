#include "scanner/base/intern.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "scanner/base/clock.h"

#define FIRST_SLOTS 1024u
#define KEY_SIZE_MAX 65535u

void mxs_hash_key(uint64_t key[2])
{
    if (getrandom(key, 2 * sizeof key[0], GRND_NONBLOCK) == (ssize_t)(2 * sizeof key[0]))
        return;
    key[0] = mxs_clock_ns() * 0x9e3779b97f4a7c15ull;
    key[1] = (uint64_t)(uintptr_t)key ^ (uint64_t)mxs_clock_unix_s();
}

static inline uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

struct sip {
    uint64_t a, b, c, d;
};

static inline void sip_round(struct sip *s)
{
    s->a += s->b; s->b = rotate(s->b, 13); s->b ^= s->a; s->a = rotate(s->a, 32);
    s->c += s->d; s->d = rotate(s->d, 16); s->d ^= s->c;
    s->a += s->d; s->d = rotate(s->d, 21); s->d ^= s->a;
    s->c += s->b; s->b = rotate(s->b, 17); s->b ^= s->c; s->c = rotate(s->c, 32);
}

uint64_t mxs_hash(const uint64_t key[2], const void *data, size_t size_bytes)
{
    const uint8_t *bytes = data;
    struct sip s = {key[0] ^ 0x736f6d6570736575ull, key[1] ^ 0x646f72616e646f6dull,
                    key[0] ^ 0x6c7967656e657261ull, key[1] ^ 0x7465646279746573ull};
    size_t left = size_bytes;
    for (; left >= 8; left -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        s.d ^= word;
        sip_round(&s);
        s.a ^= word;
    }
    uint64_t last = (uint64_t)size_bytes << 56;
    for (size_t i = 0; i < left; i++)
        last |= (uint64_t)bytes[i] << (8 * i);
    s.d ^= last;
    sip_round(&s);
    s.a ^= last;
    s.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}

void mxs_intern_init(struct mxs_intern *table)
{
    *table = (struct mxs_intern){0};
    mxs_hash_key(table->hash_key);
}

void mxs_intern_finish(struct mxs_intern *table)
{
    free(table->slots);
    free(table->places);
    free(table->keys);
    *table = (struct mxs_intern){0};
}

struct mxs_bytes mxs_intern_key(const struct mxs_intern *table, uint32_t id)
{
    MXS_ASSERT(id >= 1 && id <= table->count);
    const uint8_t *entry = table->keys + table->places[id - 1];
    uint16_t size;
    memcpy(&size, entry, 2);
    return (struct mxs_bytes){entry + 2, size};
}

/* A slot is 0 when free, else hash high bits << 32 | id. Returns the slot that holds key or the free one. */
static size_t probe(const struct mxs_intern *table, uint64_t hash, const void *key, size_t size_bytes)
{
    size_t mask = table->slot_count - 1;
    size_t at = (size_t)hash & mask;
    for (; table->slots[at] != 0; at = (at + 1) & mask) {
        if (table->slots[at] >> 32 != hash >> 32)
            continue;
        struct mxs_bytes other = mxs_intern_key(table, (uint32_t)table->slots[at]);
        if (other.size_bytes == size_bytes && memcmp(other.data, key, size_bytes) == 0)
            return at;
    }
    return at;
}

uint32_t mxs_intern_find(const struct mxs_intern *table, const void *key, size_t size_bytes)
{
    if (table->slot_count == 0)
        return 0;
    return (uint32_t)table->slots[probe(table, mxs_hash(table->hash_key, key, size_bytes), key, size_bytes)];
}

static bool grow_slots(struct mxs_intern *table)
{
    size_t count = table->slot_count == 0 ? FIRST_SLOTS : table->slot_count * 2;
    uint64_t *slots = calloc(count, sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t id = 1; id <= table->count; id++) {
        struct mxs_bytes key = mxs_intern_key(table, id);
        uint64_t hash = mxs_hash(table->hash_key, key.data, key.size_bytes);
        size_t at = (size_t)hash & (count - 1);
        while (slots[at] != 0)
            at = (at + 1) & (count - 1);
        slots[at] = hash >> 32 << 32 | id;
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
    return true;
}

/* Grows *memory so that at least need elements of size_bytes fit. */
static bool reserve(void **memory, size_t *capacity, size_t need, size_t size_bytes)
{
    if (need <= *capacity)
        return true;
    size_t count = *capacity + *capacity / 2 + 1024;
    if (count < need)
        count = need;
    void *grown = realloc(*memory, count * size_bytes);
    if (grown == NULL)
        return false;
    *memory = grown;
    *capacity = count;
    return true;
}

uint32_t mxs_intern_put(struct mxs_intern *table, const void *key, size_t size_bytes, bool *added)
{
    MXS_ASSERT(size_bytes <= KEY_SIZE_MAX);
    if (table->count >= table->slot_count / 5 * 3 && !grow_slots(table))
        return 0;
    uint64_t hash = mxs_hash(table->hash_key, key, size_bytes);
    size_t at = probe(table, hash, key, size_bytes);
    if (added != NULL)
        *added = table->slots[at] == 0;
    if (table->slots[at] != 0)
        return (uint32_t)table->slots[at];
    if (!reserve((void **)&table->keys, &table->key_capacity, table->key_bytes + size_bytes + 2, 1) ||
        !reserve((void **)&table->places, &table->place_capacity, (size_t)table->count + 1,
                 sizeof table->places[0]))
        return 0;
    uint16_t size = (uint16_t)size_bytes;
    memcpy(table->keys + table->key_bytes, &size, 2);
    memcpy(table->keys + table->key_bytes + 2, key, size_bytes);
    table->places[table->count] = table->key_bytes;
    table->key_bytes += size_bytes + 2;
    table->count++;
    table->slots[at] = hash >> 32 << 32 | table->count;
    return table->count;
}

/* The table's random hash key and the id: no stranger's bytes can be that. */
#define HOLE_SIZE 12

static void hole_key(const struct mxs_intern *table, uint32_t id, uint8_t out[HOLE_SIZE])
{
    memcpy(out, &table->hash_key[0], 8);
    memcpy(out + 8, &id, 4);
}

bool mxs_intern_is_hole(const struct mxs_intern *table, uint32_t id)
{
    struct mxs_bytes key = mxs_intern_key(table, id);
    uint8_t hole[HOLE_SIZE];
    hole_key(table, id, hole);
    return key.size_bytes == HOLE_SIZE && memcmp(key.data, hole, HOLE_SIZE) == 0;
}

enum mxs_err mxs_intern_put_as(struct mxs_intern *table, uint32_t id, const void *key, size_t size_bytes)
{
    while (table->count + 1 < id) {
        uint8_t hole[HOLE_SIZE];
        hole_key(table, table->count + 1, hole);
        if (mxs_intern_put(table, hole, sizeof hole, NULL) == 0)
            return MXS_ERR_MEMORY;
    }
    uint32_t given = mxs_intern_put(table, key, size_bytes, NULL);
    if (given == 0)
        return MXS_ERR_MEMORY;
    return given == id ? MXS_OK : MXS_ERR_INPUT;
}
