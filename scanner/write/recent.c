/* A key is, for each record, its preference, the length of its host and the host. The place is a hash without a secret:
 * who finds collisions makes us forget, and a forgotten set is looked up in the dictionary. */
#include "scanner/write/internal/recent.h"

#define RECORD_HEAD 3u

void mxs_recent_read(const struct mxs_record *records, uint32_t count, struct mxs_recent_key *out)
{
    uint32_t used = 0;
    out->size_bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t size = records[i].host.size_bytes;
        if (size > UINT8_MAX || used + RECORD_HEAD + size > MXS_RECENT_KEY)
            return;
        memcpy(out->bytes + used, &records[i].preference, 2);
        out->bytes[used + 2] = (uint8_t)size;
        if (size != 0)
            memcpy(out->bytes + used + RECORD_HEAD, records[i].host.data, size);
        used += RECORD_HEAD + size;
    }
    uint64_t hash = used, word = 0;
    uint32_t at = 0;
    for (; at + sizeof word <= used; at += sizeof word) {
        memcpy(&word, out->bytes + at, sizeof word);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
        hash ^= hash >> 29;
    }
    word = 0;
    memcpy(&word, out->bytes + at, used - at);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
    out->position = (uint32_t)(hash >> 32) % MXS_RECENT_SETS;
    out->size_bytes = (uint16_t)used;
}

uint32_t mxs_recent_find(const struct mxs_recent *recent, const struct mxs_recent_key *key)
{
    const struct mxs_recent_set *known = &recent->sets[key->position];
    if (key->size_bytes == 0 || known->size_bytes != key->size_bytes ||
        memcmp(known->key, key->bytes, key->size_bytes) != 0)
        return 0;
    return known->set;
}

void mxs_recent_put(struct mxs_recent *recent, const struct mxs_recent_key *key, uint32_t set)
{
    if (key->size_bytes == 0)
        return;
    struct mxs_recent_set *known = &recent->sets[key->position];
    known->set = set;
    known->size_bytes = key->size_bytes;
    memcpy(known->key, key->bytes, key->size_bytes);
}
