/* Room       scanner/input
 * Spec       @rfc{1035,2.3.4} @rfc{5890,2.3} @rfc{5891,5}
 * In         Files, standard input ("-"), compressed or not
 * Out        One entry per line: a canonical name, or a reject with its reason
 * Units      Lines counted from 1 within a file
 * Limits     64 MB of memory whatever the input; a line over 64 KB is one reject
 * Errors     MXS_ERR_INPUT: missing, a directory, binary, damaged compression; MXS_ERR_IO
 * Ownership  open/close; an entry's views live until the next call
 * Threads    One at a time
 * Bugs       None
 *
 * Reads lists as people have them: case, trailing dot, user@, URL, byte-order mark, CRLF, UTF-16, comments, IDN. Blank
 * and comment lines are not entries. Every other line is an entry, accepted or rejected.
 */
#ifndef MXS_SCANNER_INPUT_LIST_H
#define MXS_SCANNER_INPUT_LIST_H

#include "db/err.h"
#include "scanner/base/bytes.h"

typedef struct mxs_list mxs_list;

struct mxs_entry {
    uint64_t line;
    struct mxs_text name;   /* canonical; size 0 when rejected */
    const char *reason;     /* NULL when accepted; else a closed list: "empty_name", "label_too_long", "not_a_name", ... */
    struct mxs_text text;   /* the line as read, cut at 1,020 bytes, for the reject's record */
};

MXS_CHECK enum mxs_err mxs_list_open(mxs_list **out, const char *path, struct mxs_detail *detail);
/* MXS_OK with an entry, MXS_ERR_END after the last, or a failure. */
MXS_CHECK enum mxs_err mxs_list_next(mxs_list *list, struct mxs_entry *out, struct mxs_detail *detail);
/* Bytes consumed of the file as stored, and its size (0 unknown): for progress. */
void mxs_list_position(const mxs_list *list, uint64_t *read_bytes, uint64_t *size_bytes);
void mxs_list_close(mxs_list **list);

/* One name as a person typed it; the same rules as a line. For lookup, --exclude, explain. */
void mxs_list_entry_of(struct mxs_text text, char *buffer /* MXS_NAME_TEXT_MAX + 1 */, struct mxs_entry *out);

#endif
