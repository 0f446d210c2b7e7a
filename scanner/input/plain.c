/* Nearly every line of nearly every list is a plain name and a line end. take_plain reads such a line in one pass: one
 * table says what a byte becomes and whether it may stand in a label, so lower case, check and copy are the same
 * look-up, and the line end is found by meeting it. Anything else (a comma, a blank, a digit where an address might
 * stand) makes it step back, and the whole line goes to scanner/input/line, which knows all the rules. A line end is
 * planted behind the buffered bytes, so that the pass needs no bound. */
#include "scanner/input/internal/plain.h"

#include "scanner/input/internal/line.h"
#include "model/name.h"

/* A whole line that is a plain name, or false and nothing has moved. */
static bool take_plain(struct mxs_plain *plain, struct mxs_entry *out)
{
    struct mxs_buffer *buffer = plain->buffer;
    const uint8_t *const start = buffer->buffer + buffer->at, *const end = buffer->buffer + buffer->end;
    const uint8_t *at = start, *label = start;
    char *name = plain->name;
    for (;;) {
        char letter = mxs_name_plain[*at];
        if (letter != 0) {
            *name++ = letter;
            at++;
        } else if (*at == '.' && at != label && at - label <= MXS_LABEL_MAX) {
            *name++ = '.';
            label = ++at;
        } else {
            break;
        }
    }
    size_t size = (size_t)(at - start);
    if (!mxs_buffer_is_end(*at) || at == end || at == label || at - label > MXS_LABEL_MAX || size > MXS_HOSTNAME_MAX)
        return false;
    if ((*label >= '0' && *label <= '9') || *label == '-')
        return false; /* perhaps an address, or a sign that there is no name */
    *name = '\0';
    mxs_buffer_take(buffer, size);
    out->line = buffer->line;
    out->name = (struct mxs_text){plain->name, (uint32_t)size};
    out->reason = NULL;
    out->text = (struct mxs_text){(const char *)start, (uint32_t)size};
    return true;
}

/* A line over the limit: its beginning is kept, the rest passes by. False: it was a comment, or the source broke
 * within. */
static bool take_long(struct mxs_plain *plain, struct mxs_entry *out)
{
    struct mxs_buffer *buffer = plain->buffer;
    memcpy(plain->long_text, buffer->buffer + buffer->at, sizeof plain->long_text);
    struct mxs_text kept = {plain->long_text, sizeof plain->long_text}, trimmed = kept;
    if (!mxs_buffer_skip(buffer))
        return false;
    while (trimmed.size_bytes != 0 && (trimmed.data[0] == ' ' || trimmed.data[0] == '\t'))
        trimmed = (struct mxs_text){trimmed.data + 1, trimmed.size_bytes - 1};
    if (trimmed.size_bytes != 0 && mxs_line_silent(trimmed))
        return false;
    plain->name[0] = '\0';
    *out = (struct mxs_entry){
        .line = buffer->line, .name = {plain->name, 0}, .reason = "line_too_long", .text = mxs_line_cut(kept)};
    return true;
}

enum mxs_err mxs_plain_next(struct mxs_plain *plain, struct mxs_entry *out)
{
    struct mxs_buffer *buffer = plain->buffer;
    for (;;) {
        if (buffer->at == buffer->end && !buffer->ended)
            mxs_buffer_fill(buffer);
        mxs_buffer_join(buffer);
        if (take_plain(plain, out))
            return MXS_OK;
        size_t end = mxs_buffer_peek(buffer, 0, MXS_LIST_LINE_MAX);
        if (end == MXS_BUFFER_TOO_LONG) {
            if (take_long(plain, out))
                return MXS_OK;
            continue;
        }
        /* A line without an end is whole at the end of a sound source, and half a line at the end of a broken one. */
        if (buffer->at + end == buffer->end && buffer->ended && (end == 0 || buffer->err != MXS_OK))
            return MXS_ERR_END;
        struct mxs_text line = {(const char *)buffer->buffer + buffer->at, (uint32_t)end};
        mxs_buffer_take(buffer, end);
        if (mxs_line_parse(line, plain->name, out)) {
            out->line = buffer->line;
            return MXS_OK;
        }
    }
}
