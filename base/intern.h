/* Keys lie length-prefixed in chunks that never move, and a mark stands at each 16th: the key of an id is found by
 * walking from its mark. An entry costs its bytes + 1 (+ 3 from 253 bytes on) + 0.5 for its share of a mark + 6 to 9
 * for its slot of the index; the latter only until mxs_intern_rest.
 *
 * In         Byte strings
 * Out        A small number for each distinct one, 1, 2, 3 ... in order of first sight
 * Units      Bytes
 * Limits     2^31 entries
 * Errors     0 from put: no memory
 * Ownership  The table keeps a copy of every key
 * Threads    One at a time
 */
#ifndef MXS_BASE_INTERN_H
#define MXS_BASE_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/index.h"

struct mxs_intern {
    struct mxs_index index; /* without slots: resting */
    uint8_t **chunks;  /* of keys */
    uint32_t chunk_count;
    uint32_t used; /* bytes of the last chunk */
    struct mxs_intern_mark {
        uint32_t chunk, at;
    } *marks; /* (id - 1) / 16 -> where that key lies */
    size_t chunk_capacity, mark_capacity;
    uint32_t count, holes; /* holes are ids, too */
    uint64_t hash_key[2];
};

void mxs_intern_init(struct mxs_intern *table);
void mxs_intern_finish(struct mxs_intern *table);

/* The id of key, adding it when new; *added (may be NULL) says which. 0: no memory, table unchanged.
 * Keys are at most 65,535 bytes. */
MXS_CHECK uint32_t mxs_intern_put(struct mxs_intern *table, const void *key, size_t size_bytes, bool *added);
/* Takes in a key that has its id already, from a database whose ids may have holes where rows were pruned. A hole
 * (mxs_intern_is_hole) has no key: nothing finds it. MXS_ERR_INPUT: the key has another id, or ids do not ascend. */
MXS_CHECK enum mxs_err mxs_intern_put_as(struct mxs_intern *table, uint32_t id, const void *key, size_t size_bytes);
bool mxs_intern_is_hole(const struct mxs_intern *table, uint32_t id);
/* The id of key, or 0. In a resting table by a walk over all keys. */
uint32_t mxs_intern_find(const struct mxs_intern *table, const void *key, size_t size_bytes);
/* The key of an id from 1 to count, empty for a hole; valid until finish. */
struct mxs_bytes mxs_intern_key(const struct mxs_intern *table, uint32_t id);
/* Gives the slots back, where only keys are looked at from now on. The next put makes them anew. */
void mxs_intern_rest(struct mxs_intern *table);

#endif
