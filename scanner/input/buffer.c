#include "scanner/input/internal/buffer.h"

#include "scanner/input/internal/line.h"

#define PIECE_BYTES 4096

void mxs_buffer_fill(struct mxs_buffer *buffer)
{
    memmove(buffer->buffer, buffer->buffer + buffer->at, buffer->end - buffer->at);
    buffer->end -= buffer->at;
    buffer->at = 0;
    while (!buffer->ended && MXS_BUFFER_BYTES - buffer->end >= PIECE_BYTES) {
        size_t got = 0;
        if (buffer->watch != NULL && (buffer->err = buffer->watch(buffer->watch_arg, &buffer->detail)) != MXS_OK) {
            buffer->ended = true;
            break;
        }
        buffer->err = mxs_source_read(buffer->source, buffer->buffer + buffer->end, MXS_BUFFER_BYTES - buffer->end,
                                      &got, &buffer->detail);
        buffer->ended = buffer->err != MXS_OK || got == 0;
        buffer->end += got;
    }
    buffer->buffer[buffer->end] = '\n';
}

void mxs_buffer_reset(struct mxs_buffer *buffer)
{
    buffer->at = buffer->end = 0;
    buffer->line = 0;
    buffer->after_cr = buffer->ended = false;
    buffer->err = MXS_OK;
    mxs_buffer_fill(buffer);
}

/* Bounded, or a list whose lines end at CR would be searched to the end of the buffer for an LF, once for each line. */
static size_t find_end(const uint8_t *start, size_t size)
{
    const uint8_t *lf = memchr(start, '\n', size);
    if (lf != NULL)
        size = (size_t)(lf - start);
    const uint8_t *cr = memchr(start, '\r', size);
    return cr != NULL ? (size_t)(cr - start) : size;
}

size_t mxs_buffer_peek(struct mxs_buffer *buffer, size_t from, size_t limit_bytes)
{
    for (;;) {
        size_t left = buffer->end - buffer->at;
        size_t size = left < limit_bytes + 1 ? left : limit_bytes + 1;
        size_t found = from < size ? from + find_end(buffer->buffer + buffer->at + from, size - from) : size;
        if (found + 1 == left && found < size && !buffer->ended && buffer->buffer[buffer->at + found] == '\r')
            mxs_buffer_fill(buffer); /* who looks on behind this line must see the LF, or would take it for a line */
        if (found < size || (buffer->ended && size == left))
            return found <= limit_bytes ? found : MXS_BUFFER_TOO_LONG;
        if (size == limit_bytes + 1 || left == MXS_BUFFER_BYTES)
            return MXS_BUFFER_TOO_LONG;
        mxs_buffer_fill(buffer);
    }
}

size_t mxs_buffer_after(const struct mxs_buffer *buffer, size_t at)
{
    size_t left = buffer->end - buffer->at;
    const uint8_t *here = buffer->buffer + buffer->at + at;
    if (at >= left)
        return left;
    return at + 1 + (*here == '\r' && at + 1 < left && here[1] == '\n');
}

void mxs_buffer_take(struct mxs_buffer *buffer, size_t at)
{
    size_t position = buffer->at + at;
    buffer->line++;
    buffer->after_cr = position < buffer->end && buffer->buffer[position] == '\r';
    buffer->at = position < buffer->end ? position + 1 : buffer->end;
}

bool mxs_buffer_skip(struct mxs_buffer *buffer)
{
    size_t end = find_end(buffer->buffer + buffer->at, buffer->end - buffer->at);
    while (buffer->at + end == buffer->end && !buffer->ended) {
        buffer->at = buffer->end;
        mxs_buffer_fill(buffer);
        end = find_end(buffer->buffer, buffer->end);
    }
    if (buffer->at + end == buffer->end && buffer->err != MXS_OK) {
        buffer->at = buffer->end;
        return false;
    }
    mxs_buffer_take(buffer, end);
    return true;
}

enum mxs_err mxs_buffer_next(struct mxs_buffer *buffer, struct mxs_text *out, char *kept)
{
    if (buffer->at == buffer->end && !buffer->ended)
        mxs_buffer_fill(buffer);
    mxs_buffer_join(buffer);
    size_t end = mxs_buffer_peek(buffer, 0, MXS_LIST_LINE_MAX);
    const char *start = (const char *)buffer->buffer + buffer->at;
    if (end == MXS_BUFFER_TOO_LONG) {
        memcpy(kept, start, MXS_LINE_TEXT_MAX + 4);
        *out = mxs_line_cut((struct mxs_text){kept, MXS_LINE_TEXT_MAX + 4});
        return mxs_buffer_skip(buffer) ? MXS_ERR_FULL : MXS_ERR_END;
    }
    /* A line without an end is whole at the end of a sound source, and half a line at the end of a broken one. */
    if (buffer->at + end == buffer->end && buffer->ended && (end == 0 || buffer->err != MXS_OK))
        return MXS_ERR_END;
    *out = (struct mxs_text){start, (uint32_t)end};
    mxs_buffer_take(buffer, end);
    return MXS_OK;
}
