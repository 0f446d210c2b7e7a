#include "base/bits.h"

#include <stdlib.h>
#include <string.h>

bool mxs_bits_put(struct mxs_bits *bits, uint32_t id)
{
    size_t byte = id / 8;
    if (byte >= bits->size_bytes) {
        size_t size = byte + byte / 2 + 4096;
        uint8_t *grown = realloc(bits->bytes, size);
        if (grown == NULL)
            return false;
        memset(grown + bits->size_bytes, 0, size - bits->size_bytes);
        bits->bytes = grown;
        bits->size_bytes = size;
    }
    bits->bytes[byte] |= (uint8_t)(1u << id % 8);
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
