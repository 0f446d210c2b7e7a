/* The code points of text that somebody else wrote.
 *
 * Spec       RFC 3629
 */
#ifndef MXS_BASE_UTF8_H
#define MXS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MXS_UTF8_REPLACEMENT 0xFFFDu

/* One code point of left (at least 1) bytes. *size_bytes: how many it took, 1 for a byte that is not UTF-8, which is
 * read as MXS_UTF8_REPLACEMENT. */
uint32_t mxs_utf8_read(const unsigned char *at, size_t left, size_t *size_bytes);

/* Whether it acts on the reader's eye or device instead of showing itself: controls, direction marks, what hides
 * text. */
bool mxs_utf8_steers(uint32_t point);
/* The same of what begins at `at` in a NUL-terminated text. */
bool mxs_utf8_steers_at(const char *at);
/* Writes text with the bytes of such code points shown as \xNN, what does not fit cut off, and a NUL behind it. Returns
 * its length. */
size_t mxs_utf8_show(char *out, size_t size_bytes, const char *text);

#endif
