/* A file that a person names in an option, read whole: a pipe, too, but never more than it may have, so that a device
 * without an end (/dev/zero) ends.
 *
 * In         A path
 * Out        Its bytes, with a NUL behind them that is not counted; what they mean is the caller's
 * Units      Bytes
 * Limits     MXS_FILE_MAX
 * Errors     MXS_ERR_INPUT: it cannot be opened; MXS_ERR_IO: it cannot be read (of both errno says why);
 *            MXS_ERR_FULL: it is larger; MXS_ERR_MEMORY. The sentence is the caller's
 * Ownership  The caller frees *text; after an error there is none
 * Threads    Any
 */
#ifndef MXS_BASE_FILE_H
#define MXS_BASE_FILE_H

#include <stddef.h>

#include "base/err.h"

#define MXS_FILE_MAX (16u << 20)

MXS_CHECK enum mxs_err mxs_file_read(const char *path, char **text, size_t *size_bytes);

#endif
