#include "base/bits.h"

#include <stdlib.h>

#include "base/vector.h"

bool mxs_bits_put(struct mxs_bits *bits, uint32_t id)
{
    if (!mxs_vector_reach(&bits->bytes, &bits->size_bytes, id / 8, 1))
        return false;
    bits->bytes[id / 8] |= (uint8_t)(1u << id % 8);
    return true;
}

void mxs_bits_take(struct mxs_bits *bits, uint32_t id)
{
    if (id / 8 < bits->size_bytes)
        bits->bytes[id / 8] &= (uint8_t)~(1u << id % 8);
}

void mxs_bits_finish(struct mxs_bits *bits)
{
    free(bits->bytes);
    *bits = (struct mxs_bits){0};
}
