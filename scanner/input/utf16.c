#include "scanner/input/internal/utf16.h"

#define BROKEN 0xFF

static uint8_t *put_code(uint8_t *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (uint8_t)code;
        return out;
    }
    if (code < 0x800) {
        *out++ = (uint8_t)(0xC0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *out++ = (uint8_t)(0xE0 | code >> 12);
        } else {
            *out++ = (uint8_t)(0xF0 | code >> 18);
            *out++ = (uint8_t)(0x80 | (code >> 12 & 0x3F));
        }
        *out++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
    }
    *out++ = (uint8_t)(0x80 | (code & 0x3F));
    return out;
}

static uint8_t *put_unit(struct mxs_utf16 *state, uint16_t unit, uint8_t *out)
{
    bool low = unit >= 0xDC00 && unit <= 0xDFFF;
    if (state->high != 0) {
        uint16_t high = state->high;
        state->high = 0;
        if (low)
            return put_code(out, 0x10000u + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(unit - 0xDC00));
        *out++ = BROKEN;
    }
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        state->high = unit;
        return out;
    }
    if (low) {
        *out++ = BROKEN;
        return out;
    }
    return put_code(out, unit);
}

size_t mxs_utf16_put(struct mxs_utf16 *state, const uint8_t *piece, size_t size_bytes, uint8_t *out)
{
    uint8_t *at = out;
    for (size_t i = 0; i < size_bytes; i++) {
        if (!state->has_byte) {
            state->byte = piece[i];
            state->has_byte = true;
            continue;
        }
        state->has_byte = false;
        uint16_t unit = (uint16_t)(state->big_endian ? state->byte << 8 | piece[i] : piece[i] << 8 | state->byte);
        at = put_unit(state, unit, at);
    }
    return (size_t)(at - out);
}

size_t mxs_utf16_finish(struct mxs_utf16 *state, uint8_t *out)
{
    size_t written = 0;
    if (state->high != 0)
        out[written++] = BROKEN;
    if (state->has_byte)
        out[written++] = BROKEN;
    state->high = 0;
    state->has_byte = false;
    return written;
}
