#include "scanner/smtp/internal/reply.h"

#define CODE_SIZE 3u

void mxs_smtp_reply_reset(struct mxs_smtp_reply *reply)
{
    reply->code = reply->lines = 0;
    reply->size_bytes = reply->used = 0;
    reply->broken = MXS_SMTP_LINE_MORE;
    reply->text = (struct mxs_text){NULL, 0};
}

static enum mxs_smtp_line break_off(struct mxs_smtp_reply *reply, enum mxs_smtp_line why)
{
    reply->broken = why;
    return why;
}

/* 0: the line does not open with a code. */
static uint16_t code_of(const char *line, uint32_t size_bytes)
{
    if (size_bytes < CODE_SIZE || line[0] < '2' || line[0] > '5')
        return 0;
    for (uint32_t i = 1; i < CODE_SIZE; i++)
        if (line[i] < '0' || line[i] > '9')
            return 0;
    return (uint16_t)((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
}

/* A code alone is a last line: "client implementations should be prepared". */
static enum mxs_smtp_line line_ended(struct mxs_smtp_reply *reply)
{
    uint32_t size_bytes = reply->used;
    while (size_bytes > 0 && reply->line[size_bytes - 1] == '\r')
        size_bytes--;
    uint16_t code = code_of(reply->line, size_bytes);
    char separator = size_bytes > CODE_SIZE ? reply->line[CODE_SIZE] : ' ';
    if (code == 0 || (separator != ' ' && separator != '-') || (reply->lines > 0 && code != reply->code))
        return break_off(reply, MXS_SMTP_LINE_BAD);
    if (reply->lines == MXS_SMTP_LINES_MAX)
        return break_off(reply, MXS_SMTP_LINE_LIMIT);
    uint32_t from = size_bytes > CODE_SIZE ? CODE_SIZE + 1 : CODE_SIZE;
    reply->text = (struct mxs_text){reply->line + from, size_bytes - from};
    reply->code = code;
    reply->lines++;
    reply->used = 0;
    return separator == '-' ? MXS_SMTP_LINE_INNER : MXS_SMTP_LINE_LAST;
}

/* A line that cannot become one is refused when that is known, not when somebody chooses to end it. */
static bool may_open(const struct mxs_smtp_reply *reply)
{
    char at = reply->line[reply->used - 1];
    return reply->used > CODE_SIZE || (at >= (reply->used == 1 ? '2' : '0') && at <= (reply->used == 1 ? '5' : '9'));
}

enum mxs_smtp_line mxs_smtp_reply_next(struct mxs_smtp_reply *reply, struct mxs_bytes *bytes)
{
    if (reply->broken != MXS_SMTP_LINE_MORE)
        return reply->broken;
    while (bytes->size_bytes > 0) {
        char at = (char)*bytes->data;
        bytes->data++;
        bytes->size_bytes--;
        if (++reply->size_bytes > MXS_SMTP_REPLY_MAX)
            return break_off(reply, MXS_SMTP_LINE_LIMIT);
        if (at == '\n')
            return line_ended(reply);
        if (reply->used < MXS_SMTP_LINE_MAX) {
            reply->line[reply->used++] = at;
            if (!may_open(reply))
                return break_off(reply, MXS_SMTP_LINE_BAD);
        }
    }
    return MXS_SMTP_LINE_MORE;
}
