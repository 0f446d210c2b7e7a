/* A list of one name a line, fast.
 *
 * In         A window at the beginning of a line
 * Out        An entry for each line that is neither blank nor a comment
 * Errors     MXS_ERR_END alone: the window's own failure stands in the window
 * Ownership  The caller's; an entry's views live until the next call
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_PLAIN_H
#define MXS_SCANNER_INPUT_INTERNAL_PLAIN_H

#include "scanner/input/internal/line.h"
#include "scanner/input/internal/buffer.h"

struct mxs_plain {
    struct mxs_buffer *buffer;
    char *name; /* MXS_BUFFER_BYTES + 1, so that the fast pass may copy before it knows */
    char long_text[MXS_LINE_TEXT_MAX + 4];
};

enum mxs_err mxs_plain_next(struct mxs_plain *plain, struct mxs_entry *out);

#endif
