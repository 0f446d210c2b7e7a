/* The leaves of one JSON text, each with its dotted path: `data.host`. The elements of an array have the path of the
 * array.
 *
 * Spec       @rfc{8259,2}
 * In         A JSON value
 * Out        Strings decoded, numbers and words as they stand; null and what is empty have no leaf
 * Limits     MXS_LEAVES_DEPTH; a path of MXS_LEAVES_PATH_MAX bytes, a longer one is never told
 * Errors     False: it is not JSON, or too deep
 * Ownership  Decoded into the caller's scratch; a leaf's views live until mxs_leaves_read returns
 * Threads    Any
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_LEAVES_H
#define MXS_SCANNER_INPUT_INTERNAL_LEAVES_H

#include "base/bytes.h"
#include "base/err.h"

#define MXS_LEAVES_DEPTH 64
#define MXS_LEAVES_PATH_MAX 256

/* value lies in scratch where it is a string. assumed: it was not UTF-8, and read as Windows-1252. */
typedef void (*mxs_leaves_sink)(void *arg, struct mxs_text path, struct mxs_text value, bool assumed);

/* scratch has four times the bytes of text, so that what is Windows-1252 fits. */
MXS_CHECK bool mxs_leaves_read(struct mxs_text text, char *scratch, mxs_leaves_sink leaf, void *arg);

#endif
