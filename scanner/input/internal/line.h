/* The slow and complete way; scanner/input/list takes plain lines past it.
 *
 * Spec       @rfc{1035,2.3.4} @rfc{3986,3.2} @rfc{5321,4.1.2}
 * In         One line of a list, without its end
 * Out        The name it holds, or why it holds none
 * Units      Bytes
 * Limits     253 characters a name, 63 a label
 * Errors     A reason from the closed list in list.h
 * Ownership  Into the caller's buffer; the entry's text is a view of the line
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_LINE_H
#define MXS_SCANNER_INPUT_INTERNAL_LINE_H

#include "scanner/input/entry.h"
#include "model/name.h"

#define MXS_HOSTNAME_MAX 253
#define MXS_LINE_TEXT_MAX 1020

/* False: the line is blank or a comment, out untouched. name has MXS_NAME_TEXT_MAX + 1 bytes. out->line is not set. */
bool mxs_line_parse(struct mxs_text line, char *name, struct mxs_entry *out);

/* The name of a field that is nothing else (host, host:port, URL, address of mail), into name (MXS_NAME_TEXT_MAX + 1
 * bytes, not NUL-terminated); NULL, or why there is none. */
const char *mxs_line_host(struct mxs_text field, char *name, uint32_t *size_bytes);
/* Without blanks at both ends. */
struct mxs_text mxs_line_trim(struct mxs_text text);
/* Without a comment (# or ; at the front or after a blank) and the blanks before it. */
struct mxs_text mxs_line_uncommented(struct mxs_text text);
bool mxs_line_has_scheme(struct mxs_text text);

/* The first MXS_LINE_TEXT_MAX bytes of a line, less when that would cut a character of UTF-8 in two. */
struct mxs_text mxs_line_cut(struct mxs_text line);

/* True for a blank line or a comment, as far as this beginning of it shows. */
bool mxs_line_silent(struct mxs_text line);

#endif
