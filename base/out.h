/* Every byte of a report passes here, and every text from a list or from the DNS passes mxs_out_escaped with the
 * escaping of the format it lands in. What a person would read without seeing it (escape sequences, bidirectional
 * overrides, zero-width characters, bytes that are not UTF-8) is made visible.
 *
 * Spec       @rfc{8259,7} @rfc{4180,2}
 * In         Texts nobody may trust
 * Out        Bytes of one format, in a file or a stream
 * Units      Bytes
 * Errors     Sticky; told once by mxs_out_finish. MXS_ERR_STOPPED: the reader of a pipe went away
 * Ownership  open/finish. A file appears under its name only when it is whole: temporary, fsync, rename,
 *            fsync of the folder. What is no file (a device, a pipe) is written to as it is; a link stays one
 * Threads    One at a time
 */
#ifndef MXS_BASE_OUT_H
#define MXS_BASE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum mxs_escape {
    MXS_ESCAPE_TERMINAL,   /* one printable line */
    MXS_ESCAPE_JSON,       /* inside "..." */
    MXS_ESCAPE_CSV,        /* a whole cell: guarded against formulas, quoted where needed */
    MXS_ESCAPE_HTML,       /* text and double-quoted attributes */
    MXS_ESCAPE_MARKDOWN,   /* a table cell */
    MXS_ESCAPE_LATEX,
    MXS_ESCAPE_PROMETHEUS, /* inside a label's "..." */
};

#define MXS_OUT_BUFFER_SIZE 65536
#define MXS_OUT_COLLECT_SIZE 512 /* at first; doubles */

typedef struct mxs_out mxs_out;
struct mxs_out {
    FILE *stream;          /* NULL: what is written collects in buffer */
    bool owned;            /* stream is ours to close */
    char *path, *temporary;
    enum mxs_err err;
    int system;            /* errno of the first failure */
    char *buffer;
    size_t used, capacity;
    bool full;             /* the last growth was refused */
};

/* path NULL or "-": standard output. A database is never written over (MXS_ERR_INPUT). */
MXS_CHECK enum mxs_err mxs_out_open(mxs_out *out, const char *path, struct mxs_detail *detail);
/* Writes to a stream of the caller's; NULL collects in out->buffer, out->used bytes of it, until abandon. */
void mxs_out_attach(mxs_out *out, FILE *stream);
/* Did all of it find room, where it collects? MXS_ERR_MEMORY: what is in the buffer is not whole. */
MXS_CHECK enum mxs_err mxs_out_check(const mxs_out *out, struct mxs_detail *detail);
/* Whole: the file gets its name, and the folder is synced, so that the name is there after a power cut, too. */
MXS_CHECK enum mxs_err mxs_out_finish(mxs_out *out, struct mxs_detail *detail);
/* What was made, renamed or removed beside path is on the disk; false: errno says why not. */
MXS_CHECK bool mxs_out_sync_folder(const char *path);
/* Not whole: no file is left behind. Safe after finish. */
void mxs_out_abandon(mxs_out *out);

void mxs_out_bytes(mxs_out *out, const char *data, size_t size_bytes);
void mxs_out_text(mxs_out *out, const char *text); /* our own words, as they are */
void mxs_out_int(mxs_out *out, int64_t value);
/* As few digits as it needs, at most four, and always a point: 1.0, 0.5, 0.3333. */
void mxs_out_fraction(mxs_out *out, double value);
void mxs_out_format(mxs_out *out, const char *format, ...) MXS_PRINTF(2, 3);
void mxs_out_escaped(mxs_out *out, enum mxs_escape escape, const char *data, size_t size_bytes);
void mxs_out_json(mxs_out *out, const char *data, size_t size_bytes); /* with the quotes around it */
/* Text that is valid JSON, as it is but for what steers a terminal, on one line. */
void mxs_out_json_value(mxs_out *out, const char *data, size_t size_bytes);

/* "1,234,567" */
const char *mxs_count_text(int64_t value, char *buffer, size_t buffer_size);

/* "1,234" and what stands behind it; number: one or many names, as the count is. */
void mxs_out_count(mxs_out *out, int64_t count, const char *after);
void mxs_out_number(mxs_out *out, int64_t count, const char *one, const char *many);

/* "77,227 MB", of 1,000,000 bytes each */
const char *mxs_megabytes_text(uint64_t bytes, char *buffer, size_t buffer_size);

#define MXS_SHARE_TEXT_SIZE 32
/* "33.3 %", of 0 .. 1. What rounds to nothing is something ("<0.1 %"), what rounds to all is not all (">99.9 %"). */
const char *mxs_share_text(double share, char buffer[MXS_SHARE_TEXT_SIZE]);

/* The same escaping as a NUL-terminated text: what libsmartcols takes. The caller frees it; NULL when there is no
 * memory. */
char *mxs_out_escaped_copy(enum mxs_escape escape, const char *data, size_t size_bytes);

#endif
