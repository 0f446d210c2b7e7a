/* Reads lists as people have them. Taken off: byte-order mark (UTF-8 and UTF-16), blanks, comments (# or ; at the front or after
 * a blank), a rank ("1,example.com"), double quotes, scheme://, user@, :port, path, one trailing dot. Letters become small,
 * IDN becomes A-labels. A line ends at LF, CR LF or CR. Blank and comment lines are not entries; every other line is one,
 * accepted or rejected. Single labels, underscores and hyphens at the ends of labels are accepted, as the DNS has them; the
 * root never is. A file is refused as binary when its first 64 KB hold control characters and no acceptable name.
 *
 * Spec       @rfc{1035,2.3.4} @rfc{5890,2.3} @rfc{5891,5} @rfc{3986,3.2}
 * In         Files, standard input ("-"), plain or compressed (gz, zst, xz, bz2, zip)
 * Out        One entry per line: a canonical name, or a reject with its reason
 * Units      Lines counted from 1 within a file; the members of a zip are counted on
 * Limits     Under 1 MB of our own whatever the input, and the decoder's window (zst up to 128 MB, others by their format);
 *            a line over MXS_LIST_LINE_MAX is one reject
 * Errors     MXS_ERR_INPUT: missing, a directory, unreadable, binary, a tar, damaged compression, bytes behind it; MXS_ERR_IO;
 *            MXS_ERR_MEMORY
 * Ownership  open/close; an entry's views live until the next call
 * Threads    One at a time
 * Bugs       Of a file whose compression is damaged, the lines in the last block before the damage (64 KB, bz2 900 KB) may be lost;
 *            the failure says after which line. An xz made for a very large window gets it
 */
#ifndef MXS_SCANNER_INPUT_LIST_H
#define MXS_SCANNER_INPUT_LIST_H

#include "base/err.h"
#include "base/bytes.h"

#define MXS_LIST_LINE_MAX 65536

typedef struct mxs_list mxs_list;

/* The closed list of reasons:
 *   empty_name      nothing is left: ".", "user@"
 *   empty_label     two dots in a row, or a dot in front
 *   label_too_long  over 63 bytes as an A-label
 *   name_too_long   over 253 characters
 *   bad_character   anything but letters, digits, '-' and '_' in a label; also a port that is not a number
 *   ip_address      IPv4, IPv6, bracketed or not
 *   wildcard        "*" or "*.example.com"
 *   several_fields  more on the line than one name and a comment
 *   nul_byte        a NUL on the line
 *   line_too_long   over MXS_LIST_LINE_MAX
 *   not_utf8        a host that is neither ASCII nor UTF-8
 *   idn_...         libidn2's own name of what is wrong with a label: idn_disallowed, idn_bidi ... */
struct mxs_entry {
    uint64_t line;
    struct mxs_text name;   /* canonical; size 0 when rejected */
    const char *reason;     /* NULL when accepted */
    struct mxs_text text;   /* the line as read, cut at 1,020 bytes, for the reject's record; any bytes at all */
};

MXS_CHECK enum mxs_err mxs_list_open(mxs_list **out, const char *path, struct mxs_detail *detail);
/* MXS_OK with an entry, MXS_ERR_END after the last, or a failure (the same again when called again); detail->line is then the last
 * line read whole. */
MXS_CHECK enum mxs_err mxs_list_next(mxs_list *list, struct mxs_entry *out, struct mxs_detail *detail);
/* Asks `watch` before each block that is read (256 KB at most); anything but MXS_OK ends the list with it. A small file can hold
 * gigabytes of blank lines, and no entry comes from any of them. */
typedef enum mxs_err (*mxs_list_watch)(void *arg, struct mxs_detail *detail);
void mxs_list_look_up(mxs_list *list, mxs_list_watch watch, void *arg);
/* Bytes consumed of the file as stored, and its size (0 unknown): for progress. */
void mxs_list_position(const mxs_list *list, uint64_t *read_bytes, uint64_t *size_bytes);
void mxs_list_close(mxs_list **list);

/* One name as a person typed it; the same rules as a line, but nothing at all is "empty_name". For lookup, --exclude, explain. */
void mxs_list_entry_of(struct mxs_text text, char *buffer /* MXS_NAME_TEXT_MAX + 1 */, struct mxs_entry *out);

/* A name as a person types it (IDN, URL, capitals) -> as it is stored, into out; false: it is none, out is untouched. */
#define MXS_TYPED_NAME_SIZE 1021
bool mxs_list_typed_name(const char *typed, char *out, size_t size);

#endif
