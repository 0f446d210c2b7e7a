#include "scanner/input/internal/cp1252.h"

/* 0x80 to 0x9F; the rest is Latin-1. */
static const uint16_t HIGH[32] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

static bool is_rest(uint8_t byte) { return (byte & 0xC0) == 0x80; }

/* The bytes of the character at `at`; 0: none is there. */
static size_t char_bytes(const uint8_t *at, size_t left)
{
    if (at[0] < 0x80)
        return 1;
    if (at[0] >= 0xC2 && at[0] < 0xE0)
        return left >= 2 && is_rest(at[1]) ? 2 : 0;
    if (at[0] >= 0xE0 && at[0] < 0xF0) {
        if (left < 3 || !is_rest(at[1]) || !is_rest(at[2]))
            return 0;
        return (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] >= 0xA0) ? 0 : 3;
    }
    if (at[0] < 0xF0 || at[0] > 0xF4 || left < 4 || !is_rest(at[1]) || !is_rest(at[2]) || !is_rest(at[3]))
        return 0;
    return (at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] >= 0x90) ? 0 : 4;
}

bool mxs_cp1252_is_utf8(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size != 0) {
        uint64_t eight;
        if (size >= sizeof eight) { /* most text is ASCII */
            memcpy(&eight, at, sizeof eight);
            if ((eight & 0x8080808080808080u) == 0) {
                at += sizeof eight;
                size -= sizeof eight;
                continue;
            }
        }
        size_t count = char_bytes(at, size);
        if (count == 0)
            return false;
        at += count;
        size -= count;
    }
    return true;
}

uint32_t mxs_cp1252_put(const void *bytes, size_t size, char *out)
{
    const uint8_t *at = bytes;
    uint32_t used = 0;
    for (size_t i = 0; i < size; i++) {
        uint32_t code = at[i] >= 0x80 && at[i] < 0xA0 ? HIGH[at[i] - 0x80] : at[i];
        if (code < 0x80) {
            out[used++] = (char)code;
        } else if (code < 0x800) {
            out[used++] = (char)(0xC0 | code >> 6);
            out[used++] = (char)(0x80 | (code & 0x3F));
        } else {
            out[used++] = (char)(0xE0 | code >> 12);
            out[used++] = (char)(0x80 | (code >> 6 & 0x3F));
            out[used++] = (char)(0x80 | (code & 0x3F));
        }
    }
    return used;
}
