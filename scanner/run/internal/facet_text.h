/* Numbers of facets and their values inside a text that is sorted: no byte of them is NUL or a mark.
 *
 * Out        Bytes from 0x80 on, the highest digit first, so that texts sort as their numbers do
 * Ownership  Into the caller's buffer
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_FACET_TEXT_H
#define MXS_SCANNER_RUN_INTERNAL_FACET_TEXT_H

#include "base/bytes.h"
#include "base/err.h"

#define MXS_FACET_PAIR_BYTES 6 /* at most: a byte for facet and size, up to five digits */

/* Digits of seven bits. Returns the end. */
static inline char *mxs_facet_put_number(char *out, uint32_t number, int digits)
{
    for (int i = digits - 1; i >= 0; i--)
        *out++ = (char)(0x80 | (number >> (7 * i) & 0x7F));
    return out;
}

static inline uint32_t mxs_facet_take_number(const char *at, int digits)
{
    uint32_t number = 0;
    for (int i = 0; i < digits; i++)
        number = number << 7 | ((uint32_t)at[i] & 0x7F);
    return number;
}

/* A facet and a number of it, as short as the number allows: what is sorted is copied several times. */
static inline char *mxs_facet_put_pair(char *out, uint32_t facet, uint32_t number)
{
    int count = number < 1u << 7 ? 1 : number < 1u << 14 ? 2 : number < 1u << 21 ? 3 : number < 1u << 28 ? 4 : 5;
    *out++ = (char)(0x80 | facet << 3 | (uint32_t)count);
    return mxs_facet_put_number(out, number, count);
}

/* False: no pair is left. */
static inline bool mxs_facet_next_pair(struct mxs_text *rest, uint32_t *facet, uint32_t *number)
{
    if (rest->size_bytes == 0)
        return false;
    uint32_t head = (uint8_t)rest->data[0], count = head & 7;
    MXS_ASSERT(rest->size_bytes > count);
    *facet = head >> 3 & 15;
    *number = mxs_facet_take_number(rest->data + 1, (int)count);
    *rest = (struct mxs_text){rest->data + 1 + count, rest->size_bytes - 1 - count};
    return true;
}

#endif
