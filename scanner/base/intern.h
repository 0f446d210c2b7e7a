/* Room       scanner/base
 * Spec       None
 * In         Byte strings
 * Out        A small number for each distinct one, 1, 2, 3 ... in order of first sight
 * Units      Bytes
 * Limits     2^31 entries
 * Errors     0 from put: no memory
 * Ownership  The table keeps a copy of every key
 * Threads    One at a time
 * Bugs       None
 *
 * Open addressing over 8-byte slots (32 bits of hash, 32 bits of id); keys lie
 * length-prefixed in one growing array, so an entry costs its bytes + 2 + 8 for its
 * place + 8/0.6 for its slot. The hash is keyed at random per table: a list that was
 * made to collide gains nothing.
 */
#ifndef MXS_SCANNER_BASE_INTERN_H
#define MXS_SCANNER_BASE_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/err.h"
#include "scanner/base/bytes.h"

struct mxs_intern {
    uint64_t *slots;
    size_t slot_count; /* power of two or 0 */
    uint64_t *places;  /* id - 1 -> offset of the key in keys */
    size_t place_capacity;
    uint8_t *keys;
    size_t key_bytes;
    size_t key_capacity;
    uint32_t count;
    uint64_t hash_key[2];
};

void mxs_intern_init(struct mxs_intern *table);
void mxs_intern_finish(struct mxs_intern *table);

/* The id of key, adding it when new; *added (may be NULL) says which. 0: no memory, table unchanged.
 * Keys are at most 65,535 bytes. */
MXS_CHECK uint32_t mxs_intern_put(struct mxs_intern *table, const void *key, size_t size_bytes, bool *added);
/* Takes in a key that has its id already, from a database whose ids may have holes where rows were pruned. A hole in the ids
 * gets a key nobody can guess (mxs_intern_is_hole). MXS_ERR_INPUT: the key has another id, or ids do not ascend. */
MXS_CHECK enum mxs_err mxs_intern_put_as(struct mxs_intern *table, uint32_t id, const void *key, size_t size_bytes);
bool mxs_intern_is_hole(const struct mxs_intern *table, uint32_t id);
/* The id of key, or 0. */
uint32_t mxs_intern_find(const struct mxs_intern *table, const void *key, size_t size_bytes);
/* The key of an id from 1 to count; valid until the next put. */
struct mxs_bytes mxs_intern_key(const struct mxs_intern *table, uint32_t id);

/* SipHash-1-3 with a 128-bit key: for tables fed by strangers. */
uint64_t mxs_hash(const uint64_t key[2], const void *data, size_t size_bytes);
/* Fills both words from the system's random source; falls back to the clock and address layout. */
void mxs_hash_key(uint64_t key[2]);

#endif
