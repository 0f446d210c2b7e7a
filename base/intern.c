#include "base/intern.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

#define FIRST_SLOTS 1024u
#define KEY_SIZE_MAX 65535u
#define CHUNK_SIZE (256u * 1024) /* what is not written yet costs nothing; room for four of the longest keys */
#define MARKED 16u        /* ids from one mark to the next */

/* Before a key stands its size in one byte, or one of these. */
#define LONG 253u /* its size follows in two bytes */
#define HOLE 254u /* there is none */
#define END 255u  /* it lies in the next chunk: the last byte of one that is full */

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
    for (uint32_t i = 0; i < table->chunk_count; i++)
        free(table->chunks[i]);
    free(table->chunks);
    free(table->marks);
    free(table->slots);
    *table = (struct mxs_intern){0};
}

void mxs_intern_rest(struct mxs_intern *table)
{
    free(table->slots);
    table->slots = NULL;
    table->slot_count = 0;
}

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

/* Grows *memory so that at least need elements of size_bytes fit. */
static bool reserve(void **memory, uint32_t *capacity, uint32_t need, size_t size_bytes)
{
    if (need <= *capacity)
        return true;
    uint32_t count = *capacity + *capacity / 2 + 16;
    void *grown = realloc(*memory, count * size_bytes);
    if (grown == NULL)
        return false;
    *memory = grown;
    *capacity = count;
    return true;
}

/* Memory for an entry of size_bytes and its mark; the last byte of a chunk stays free for END. */
static uint8_t *room_for(struct mxs_intern *table, size_t size_bytes)
{
    if (!reserve((void **)&table->marks, &table->mark_capacity, table->count / MARKED + 1, sizeof table->marks[0]))
        return NULL;
    if (table->chunk_count == 0 || table->used + size_bytes >= CHUNK_SIZE) {
        if (!reserve((void **)&table->chunks, &table->chunk_capacity, table->chunk_count + 1, sizeof table->chunks[0]))
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

/* --- slots --- */

static uint32_t id_at(const struct mxs_intern *table, size_t at)
{
    uint32_t id;
    memcpy(&id, table->slots + at * MXS_INTERN_SLOT_SIZE, 4);
    return id;
}

static void put_at(struct mxs_intern *table, size_t at, uint32_t id, uint64_t hash)
{
    memcpy(table->slots + at * MXS_INTERN_SLOT_SIZE, &id, 4);
    table->slots[at * MXS_INTERN_SLOT_SIZE + 4] = (uint8_t)hash;
}

/* The high half of the hash says where, its last eight bits stand in the slot. */
static size_t first_at(const struct mxs_intern *table, uint64_t hash)
{
    return (size_t)((hash >> 32) * table->slot_count >> 32);
}

static size_t next_at(const struct mxs_intern *table, size_t at) { return at + 1 == table->slot_count ? 0 : at + 1; }

/* The slot that holds key, or the free one. */
static size_t probe(const struct mxs_intern *table, uint64_t hash, const void *key, size_t size_bytes)
{
    size_t at = first_at(table, hash);
    for (uint32_t id; (id = id_at(table, at)) != 0; at = next_at(table, at)) {
        if (table->slots[at * MXS_INTERN_SLOT_SIZE + 4] == (uint8_t)hash &&
            is_key(entry_of(table, id), key, size_bytes))
            return at;
    }
    return at;
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
    if (table->slot_count == 0)
        return walk(table, key, size_bytes);
    return id_at(table, probe(table, mxs_hash(table->hash_key, key, size_bytes), key, size_bytes));
}

static bool is_full(const struct mxs_intern *table, size_t slot_count)
{
    return table->count - table->holes >= slot_count / 6 * 5;
}

/* The old slots go first: without memory for the new ones the table rests. */
static bool grow_slots(struct mxs_intern *table)
{
    size_t count = table->slot_count == 0 ? FIRST_SLOTS : table->slot_count;
    while (is_full(table, count))
        count += count / 2;
    mxs_intern_rest(table);
    table->slots = calloc(count, MXS_INTERN_SLOT_SIZE);
    if (table->slots == NULL)
        return false;
    table->slot_count = count;
    struct mxs_intern_mark mark = {0, 0};
    for (uint32_t id = 1; id <= table->count; id++) {
        struct mxs_bytes key = step(table, &mark);
        if (key.data == NULL)
            continue;
        uint64_t hash = mxs_hash(table->hash_key, key.data, key.size_bytes);
        size_t at = first_at(table, hash);
        while (id_at(table, at) != 0)
            at = next_at(table, at);
        put_at(table, at, id, hash);
    }
    return true;
}

uint32_t mxs_intern_put(struct mxs_intern *table, const void *key, size_t size_bytes, bool *added)
{
    MXS_ASSERT(size_bytes <= KEY_SIZE_MAX);
    if (is_full(table, table->slot_count) && !grow_slots(table))
        return 0;
    if (size_bytes == 0)
        key = ""; /* NULL would be a hole */
    uint64_t hash = mxs_hash(table->hash_key, key, size_bytes);
    size_t at = probe(table, hash, key, size_bytes);
    uint32_t id = id_at(table, at);
    bool is_new = id == 0;
    if (is_new) {
        if (!append(table, key, size_bytes))
            return 0;
        put_at(table, at, id = table->count, hash);
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
