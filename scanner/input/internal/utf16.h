/* Spreadsheets on Windows save lists so. A code unit, or a pair of them, may be cut by the end of a piece.
 *
 * Spec       Unicode 15, 3.9 (UTF-16, UTF-8)
 * In         UTF-16 in pieces of any size, without its byte-order mark
 * Out        UTF-8
 * Units      Bytes
 * Limits     At most 3 bytes out for each 2 in, and 4 more
 * Errors     None: half a surrogate pair becomes the byte 0xFF, which no UTF-8 has, so that its line is rejected
 * Ownership  Into the caller's buffer
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_UTF16_H
#define MXS_SCANNER_INPUT_INTERNAL_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mxs_utf16 {
    bool big_endian;
    bool has_byte; /* half a code unit waits */
    uint8_t byte;
    uint16_t high; /* a high surrogate waits; 0 none */
};

/* Room for the UTF-8 of size_bytes of UTF-16. */
static inline size_t mxs_utf16_room_bytes(size_t size_bytes) { return size_bytes / 2 * 3 + 8; }

/* Converts a piece; out has mxs_utf16_room_bytes. Returns the bytes written. */
size_t mxs_utf16_put(struct mxs_utf16 *state, const uint8_t *piece, size_t size_bytes, uint8_t *out);
/* After the last piece: what still waits is broken. At most 2 bytes. */
size_t mxs_utf16_finish(struct mxs_utf16 *state, uint8_t *out);

#endif
