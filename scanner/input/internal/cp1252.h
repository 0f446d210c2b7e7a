/* Spreadsheets on Windows save tables so, and do not say it. A text that is not UTF-8 is read as Windows-1252, which
 * has a character for every byte.
 *
 * Spec       Unicode 15, 3.9 (UTF-8); the WHATWG Encoding Standard's index windows-1252
 * In         Bytes
 * Out        Whether they are UTF-8; the UTF-8 of bytes that are not
 * Limits     At most 3 bytes out for each byte in
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_CP1252_H
#define MXS_SCANNER_INPUT_INTERNAL_CP1252_H

#include <stddef.h>

#include "base/bytes.h"

bool mxs_cp1252_is_utf8(const void *bytes, size_t size);
/* Into out, which has three times size; returns the bytes written. */
uint32_t mxs_cp1252_put(const void *bytes, size_t size, char *out);

#endif
