/* The text of a source as lines, in one buffer of fixed size. Every form of list reads through it; a line ends at LF,
 * CR LF or CR. A reader looks first (peek) and takes afterwards, so that what turns out to be no row can be read again
 * as something else.
 *
 * In         A source
 * Out        Lines as views of the buffer, and how many were ended
 * Units      Bytes; lines from 1
 * Limits     MXS_BUFFER_BYTES, whatever the text
 * Errors     Sticky: what ended the source stands in err, and the text ends there
 * Ownership  init/finish; the source is the window's; a view lives until the next peek
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_BUFFER_H
#define MXS_SCANNER_INPUT_INTERNAL_BUFFER_H

#include "scanner/input/internal/source.h"
#include "scanner/input/entry.h"

#define MXS_BUFFER_BYTES (256 * 1024)
#define MXS_BUFFER_TOO_LONG SIZE_MAX

struct mxs_buffer {
    mxs_source *source;
    size_t at, end;      /* of the buffer: next byte, behind the last byte */
    uint64_t line;       /* lines ended so far */
    bool after_cr;       /* an LF that comes now belongs to the CR before it */
    bool ended;          /* no more bytes follow those in the buffer */
    enum mxs_err err;    /* what ended the source; MXS_OK while it has more, and at its end */
    struct mxs_detail detail;
    mxs_list_watch watch; /* or NULL */
    void *watch_arg;
    uint8_t buffer[MXS_BUFFER_BYTES + 1]; /* a line end is planted behind what is there */
};

static inline bool mxs_buffer_is_end(uint8_t byte) { return byte == '\n' || byte == '\r'; }

/* Moves what is not used to the front and fills the rest. */
void mxs_buffer_fill(struct mxs_buffer *buffer);
/* Begins the text of the source's present file. */
void mxs_buffer_reset(struct mxs_buffer *buffer);
/* Where, counted from the next byte, the line ends that begins `from` bytes behind it; MXS_BUFFER_TOO_LONG: not within
 * limit_bytes of the next byte (at most MXS_BUFFER_BYTES). Fills the buffer as far as that takes. */
size_t mxs_buffer_peek(struct mxs_buffer *buffer, size_t from, size_t limit_bytes);
/* Behind the line end that stands at `at`, counted from the next byte. */
size_t mxs_buffer_after(const struct mxs_buffer *buffer, size_t at);
/* Takes all up to the line end at `at`, with it. */
void mxs_buffer_take(struct mxs_buffer *buffer, size_t at);
/* Takes the rest of a line of any length. False: the source broke within it. */
bool mxs_buffer_skip(struct mxs_buffer *buffer);
/* The LF of a CR LF whose CR was the end of the line before. */
static inline void mxs_buffer_join(struct mxs_buffer *buffer)
{
    if (buffer->after_cr && buffer->at < buffer->end) {
        buffer->at += buffer->buffer[buffer->at] == '\n';
        buffer->after_cr = false;
    }
}
/* The next line, without its end, of at most MXS_LIST_LINE_MAX bytes. MXS_ERR_FULL: a longer one was passed, *out is
 * its beginning in `kept` (MXS_LINE_TEXT_MAX + 4 bytes). MXS_ERR_END: there is none. */
enum mxs_err mxs_buffer_next(struct mxs_buffer *buffer, struct mxs_text *out, char *kept);

#endif
