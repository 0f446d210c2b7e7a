/* The one hash table: of ids, 1, 2, 3 ..., whose keys lie elsewhere. Open addressing, at most 5/6 full; a slot holds an
 * id and eight bits of its key's hash: five bytes. A growing table is made anew from the keys: there are never two.
 *
 * In         The hash of a key (base/hash.h), and what tells whether an id has that key
 * Out        The id
 * Limits     2^32 - 1 ids
 * Errors     False from reset: out of memory; the table is empty then
 * Ownership  Zeroed at the start; finish
 * Threads    One at a time
 */
#ifndef MXS_BASE_INDEX_H
#define MXS_BASE_INDEX_H

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"

#define MXS_INDEX_SLOT_SIZE 5u /* id, eight bits of the hash; id 0: free */

struct mxs_index {
    uint8_t *slots;
    size_t slot_count;
};

void mxs_index_finish(struct mxs_index *index);
/* Makes it empty, with room for more than `used` ids. */
MXS_CHECK bool mxs_index_reset(struct mxs_index *index, size_t used);
/* No room beside so many ids: reset it and put all of them again. */
static inline bool mxs_index_is_full(const struct mxs_index *index, size_t used)
{
    return used >= index->slot_count / 6 * 5;
}

static inline uint32_t mxs_index_at(const struct mxs_index *index, size_t at)
{
    uint32_t id;
    memcpy(&id, index->slots + at * MXS_INDEX_SLOT_SIZE, 4);
    return id;
}

/* The high half of the hash says where, its last eight bits stand in the slot. */
static inline size_t mxs_index_first(const struct mxs_index *index, uint64_t hash)
{
    return (size_t)((hash >> 32) * index->slot_count >> 32);
}

static inline size_t mxs_index_next(const struct mxs_index *index, size_t at)
{
    return at + 1 == index->slot_count ? 0 : at + 1;
}

/* Whether the id has the key that is looked for. */
typedef bool mxs_index_is(const void *table, uint32_t id, const void *key, size_t size_bytes);

/* The slot that holds the id of key, or the free one for it. Not of a table without slots. */
static inline size_t mxs_index_find(const struct mxs_index *index, uint64_t hash, mxs_index_is *is, const void *table,
                                    const void *key, size_t size_bytes)
{
    size_t at = mxs_index_first(index, hash);
    for (uint32_t id; (id = mxs_index_at(index, at)) != 0; at = mxs_index_next(index, at)) {
        if (index->slots[at * MXS_INDEX_SLOT_SIZE + 4] == (uint8_t)hash && is(table, id, key, size_bytes))
            return at;
    }
    return at;
}

static inline void mxs_index_put_at(struct mxs_index *index, size_t at, uint32_t id, uint64_t hash)
{
    memcpy(index->slots + at * MXS_INDEX_SLOT_SIZE, &id, 4);
    index->slots[at * MXS_INDEX_SLOT_SIZE + 4] = (uint8_t)hash;
}

/* An id whose key is not there. */
static inline void mxs_index_put(struct mxs_index *index, uint64_t hash, uint32_t id)
{
    size_t at = mxs_index_first(index, hash);
    while (mxs_index_at(index, at) != 0)
        at = mxs_index_next(index, at);
    mxs_index_put_at(index, at, id, hash);
}

#endif
