/* A growing set of ids.
 *
 * In         Small numbers
 * Out        Which of them are in the set
 * Limits     One bit of memory per number up to the highest
 * Errors     False from put: out of memory
 * Ownership  Zeroed at the start; finish
 * Threads    One at a time
 */
#ifndef MXS_BASE_BITS_H
#define MXS_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct mxs_bits {
    uint8_t *bytes;
    size_t size_bytes;
};

MXS_CHECK bool mxs_bits_put(struct mxs_bits *bits, uint32_t id);
void mxs_bits_take(struct mxs_bits *bits, uint32_t id); /* out of the set */
void mxs_bits_finish(struct mxs_bits *bits);

static inline bool mxs_bits_has(const struct mxs_bits *bits, uint32_t id)
{
    return id / 8 < bits->size_bytes && (bits->bytes[id / 8] >> id % 8 & 1) != 0;
}

#endif
