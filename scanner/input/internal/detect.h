/* Tells from the first buffered lines what a file is. A plain list is what is nothing else.
 *
 * In         A buffer at the beginning of a text
 * Out        The form; of a table the mark between its cells
 * Errors     MXS_ERR_MEMORY
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_DETECT_H
#define MXS_SCANNER_INPUT_INTERNAL_DETECT_H

#include "model/domain.h"
#include "scanner/input/internal/csv.h"

/* columns: scratch. The buffer is as it was, behind each. */
MXS_CHECK enum mxs_err mxs_detect_format(struct mxs_buffer *buffer, struct mxs_columns *columns,
                                         enum mxs_list_format *format, char *mark, struct mxs_detail *detail);
/* The mark of a table; NUL: it is none. */
MXS_CHECK enum mxs_err mxs_detect_mark(struct mxs_buffer *buffer, struct mxs_columns *columns, char *out,
                                       struct mxs_detail *detail);

/* Whether the first line of a plain list is a word that nobody here knows, no top-level domain, above names with dots
 * alone. NULL: nothing is. *head: a view of the buffer. */
bool mxs_detect_head(const struct mxs_buffer *buffer, const mxs_suffixes *suffixes, struct mxs_text *head);

/* "commas" */
const char *mxs_detect_mark_text(char mark);

/* "a PDF", "a page of HTML": what is no list, whatever its lines are; NULL: none of these. */
const char *mxs_detect_document(const struct mxs_buffer *buffer);

#endif
