/* Takes the bytes of a server apart into the lines of its replies, whatever pieces they come in.
 *
 * Spec       @rfc{5321,4.2} @rfc{5321,4.5.3.1.5}
 * In         Bytes as they arrive
 * Out        One line at a time, with the code of its reply; the last line of a reply says so
 * Units      Bytes
 * Limits     MXS_SMTP_LINES_MAX lines and MXS_SMTP_REPLY_MAX bytes a reply; of a line the first MXS_SMTP_LINE_MAX are
 *            kept
 * Errors     MXS_SMTP_LINE_BAD: not SMTP; MXS_SMTP_LINE_LIMIT: too long. Both are sticky until reset Ownership The line
 *            is a view into the reader, valid until the next call
 * Threads    One at a time. Pure
 */
#ifndef MXS_SCANNER_SMTP_INTERNAL_REPLY_H
#define MXS_SCANNER_SMTP_INTERNAL_REPLY_H

#include "base/err.h"
#include "base/bytes.h"

#define MXS_SMTP_LINES_MAX 100u
#define MXS_SMTP_REPLY_MAX 65536u
#define MXS_SMTP_LINE_MAX 1000u

enum mxs_smtp_line {
    MXS_SMTP_LINE_MORE,  /* the bytes are used up, and the line is not whole */
    MXS_SMTP_LINE_INNER, /* a line, and others follow in this reply */
    MXS_SMTP_LINE_LAST,  /* the last line of a reply */
    MXS_SMTP_LINE_BAD,
    MXS_SMTP_LINE_LIMIT,
};

struct mxs_smtp_reply {
    uint16_t code;       /* of the reply under way */
    uint16_t lines;      /* of it, so far */
    uint32_t size_bytes; /* of it, so far */
    uint32_t used;       /* of line */
    enum mxs_smtp_line broken; /* BAD or LIMIT: it stays so */
    struct mxs_text text; /* of the line just given, behind code and separator */
    char line[MXS_SMTP_LINE_MAX];
};

/* Ready for the first line of a reply. */
void mxs_smtp_reply_reset(struct mxs_smtp_reply *reply);
/* Takes what it needs from the front of *bytes. */
enum mxs_smtp_line mxs_smtp_reply_next(struct mxs_smtp_reply *reply, struct mxs_bytes *bytes);

#endif
