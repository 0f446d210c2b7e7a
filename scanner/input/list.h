/* Reads lists as people have them: one name a line, tables (CSV), JSON lines, zone files; which of them is told from
 * the first lines.
 *
 * A plain list. Taken off: byte-order mark (UTF-8 and UTF-16), blanks, comments (# or ; at the front or after a blank),
 * a rank
 * ("1,example.com"), double quotes, scheme://, user@, :port, path, one trailing dot. Letters become small, IDN becomes
 * A-labels. A line ends at LF, CR LF or CR. Blank and comment lines are not entries; every other line is one, accepted
 * or rejected. Single labels, underscores and hyphens at the ends of labels are accepted, as the DNS has them; the root
 * never is. A file is refused as binary when its first 64 KB hold control characters and no acceptable name.
 *
 * The others: scanner/input/internal/csv.h, jsonl.h and zone.h. Of a zip those files are read that are lists, each by
 * its own form.
 *
 * Spec       @rfc{1035,2.3.4} @rfc{5890,2.3} @rfc{5891,5} @rfc{3986,3.2} @rfc{4180,2} @rfc{8259,2}
 * In         Files, standard input ("-"), plain or compressed (gz, zst, xz, bz2, zip)
 * Out        Entries: a canonical name, or a reject with its reason; of tables the cells of kept columns with it
 * Units      Lines counted from 1 within a file, also within a file of a zip
 * Limits     Under 2 MB of our own whatever the input, and the decoder's window (zst up to 128 MB, others by their
 *            format); a line or a row over MXS_LIST_LINE_MAX is one reject
 * Errors     MXS_ERR_INPUT: missing, a directory, unreadable, binary, a tar, damaged compression, bytes behind it, a
 *            table without a column of names, $INCLUDE; MXS_ERR_IO; MXS_ERR_MEMORY
 * Ownership  open/close; an entry's views live until the next call
 * Threads    One at a time
 * Bugs       Of a file whose compression is damaged, the lines in the last block before the damage (64 KB, bz2 900 KB)
 *            may be lost; the failure says after which line. An xz made for a very large window gets it
 */
#ifndef MXS_SCANNER_INPUT_LIST_H
#define MXS_SCANNER_INPUT_LIST_H

#include "model/domain.h"
#include "scanner/input/counts.h"
#include "scanner/input/entry.h"

typedef struct mxs_list mxs_list;

struct mxs_list_options {
    enum mxs_list_format format;
    const char *column; /* of the names: its header, or its number from 1, or a key with dots; NULL: found */
    const char *keep;   /* headers with commas between them, or "all"; NULL: none */
    bool keep_www;      /* columns of websites drop a leading "www." otherwise */
    const mxs_suffixes *suffixes; /* a word above names with dots that is none is a header; NULL: it is a name */
};

/* options: NULL: everything is found. */
MXS_CHECK enum mxs_err mxs_list_open(mxs_list **out, const char *path, const struct mxs_list_options *options,
                                     struct mxs_detail *detail);
/* What is being read: of a zip its present file, which the next call of mxs_list_next may change. */
struct mxs_list_part {
    uint32_t number;      /* from 1; 0: nothing is read, and nothing follows */
    const char *member;   /* of a zip, any bytes at all; else "" */
    enum mxs_list_format format;
    const char *how;      /* which column was taken and why, in words; "" for a plain list */
    struct mxs_list_counts counts; /* so far */
    uint32_t facet_count;
};
void mxs_list_part(const mxs_list *list, struct mxs_list_part *out);
/* What the part before the present one came to; at the end, the last. */
struct mxs_list_ended {
    struct mxs_list_counts counts;
    const char *apex; /* of a zone without an SOA record: what all its names end in; else NULL */
};
void mxs_list_ended(const mxs_list *list, struct mxs_list_ended *out);
/* The name of a facet of the present part. */
const char *mxs_list_facet(const mxs_list *list, uint32_t facet);
/* The files of a zip that were passed because they are no lists, with commas between them; "" where there are none. */
const char *mxs_list_skipped(const mxs_list *list);
/* MXS_OK with an entry, MXS_ERR_END after the last, or a failure (the same again when called again); detail->line is
 * then the last line read whole. */
MXS_CHECK enum mxs_err mxs_list_next(mxs_list *list, struct mxs_entry *out, struct mxs_detail *detail);
/* Asks `watch` before each block that is read (256 KB at most); anything but MXS_OK ends the list with it. A small file
 * can hold gigabytes of blank lines, and no entry comes from any of them. */
void mxs_list_look_up(mxs_list *list, mxs_list_watch watch, void *arg);
/* Bytes consumed of the file as stored, and its size (0 unknown): for progress. */
void mxs_list_position(const mxs_list *list, uint64_t *read_bytes, uint64_t *size_bytes);
/* The SHA-256 of the file as stored, after the last entry. */
#define MXS_LIST_SHA256_SIZE 65
MXS_CHECK enum mxs_err mxs_list_sha256(mxs_list *list, char out[MXS_LIST_SHA256_SIZE], struct mxs_detail *detail);
void mxs_list_close(mxs_list **list);

/* One name as a person typed it; the same rules as a line, but nothing at all is "empty_name". For lookup, --exclude,
 * explain. */
void mxs_list_entry_of(struct mxs_text text, char *buffer /* MXS_NAME_TEXT_MAX + 1 */, struct mxs_entry *out);

/* A name as a person types it (IDN, URL, capitals) -> as it is stored, into out; false: it is none, out is untouched.
 */
#define MXS_TYPED_NAME_SIZE 1021
bool mxs_list_typed_name(const char *typed, char *out, size_t size);

#endif
