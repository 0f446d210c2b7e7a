#include "scanner/input/internal/buffer.h"

#include "scanner/input/internal/line.h"

#define PIECE_BYTES 4096

void mxs_buffer_fill(struct mxs_buffer *window)
{
    memmove(window->buffer, window->buffer + window->at, window->end - window->at);
    window->end -= window->at;
    window->at = 0;
    while (!window->ended && MXS_BUFFER_BYTES - window->end >= PIECE_BYTES) {
        size_t got = 0;
        if (window->watch != NULL && (window->err = window->watch(window->watch_arg, &window->detail)) != MXS_OK) {
            window->ended = true;
            break;
        }
        window->err = mxs_source_read(window->source, window->buffer + window->end, MXS_BUFFER_BYTES - window->end, &got, &window->detail);
        window->ended = window->err != MXS_OK || got == 0;
        window->end += got;
    }
    window->buffer[window->end] = '\n';
}

void mxs_buffer_reset(struct mxs_buffer *window)
{
    window->at = window->end = 0;
    window->line = 0;
    window->after_cr = window->ended = false;
    window->err = MXS_OK;
    mxs_buffer_fill(window);
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

size_t mxs_buffer_peek(struct mxs_buffer *window, size_t from, size_t limit_bytes)
{
    for (;;) {
        size_t left = window->end - window->at;
        size_t size = left < limit_bytes + 1 ? left : limit_bytes + 1;
        size_t found = from < size ? from + find_end(window->buffer + window->at + from, size - from) : size;
        if (found < size || (window->ended && size == left))
            return found <= limit_bytes ? found : MXS_BUFFER_TOO_LONG;
        if (size == limit_bytes + 1 || left == MXS_BUFFER_BYTES)
            return MXS_BUFFER_TOO_LONG;
        mxs_buffer_fill(window);
    }
}

size_t mxs_buffer_after(const struct mxs_buffer *window, size_t at)
{
    size_t left = window->end - window->at;
    const uint8_t *here = window->buffer + window->at + at;
    if (at >= left)
        return left;
    return at + 1 + (*here == '\r' && at + 1 < left && here[1] == '\n');
}

void mxs_buffer_take(struct mxs_buffer *window, size_t at)
{
    size_t place = window->at + at;
    window->line++;
    window->after_cr = place < window->end && window->buffer[place] == '\r';
    window->at = place < window->end ? place + 1 : window->end;
}

bool mxs_buffer_skip(struct mxs_buffer *window)
{
    size_t end = find_end(window->buffer + window->at, window->end - window->at);
    while (window->at + end == window->end && !window->ended) {
        window->at = window->end;
        mxs_buffer_fill(window);
        end = find_end(window->buffer, window->end);
    }
    if (window->at + end == window->end && window->err != MXS_OK) {
        window->at = window->end;
        return false;
    }
    mxs_buffer_take(window, end);
    return true;
}

enum mxs_err mxs_buffer_next(struct mxs_buffer *window, struct mxs_text *out, char *kept)
{
    if (window->at == window->end && !window->ended)
        mxs_buffer_fill(window);
    mxs_buffer_join(window);
    size_t end = mxs_buffer_peek(window, 0, MXS_LIST_LINE_MAX);
    const char *start = (const char *)window->buffer + window->at;
    if (end == MXS_BUFFER_TOO_LONG) {
        memcpy(kept, start, MXS_LINE_TEXT_MAX + 4);
        *out = mxs_line_cut((struct mxs_text){kept, MXS_LINE_TEXT_MAX + 4});
        return mxs_buffer_skip(window) ? MXS_ERR_FULL : MXS_ERR_END;
    }
    /* A line without an end is whole at the end of a sound source, and half a line at the end of a broken one. */
    if (window->at + end == window->end && window->ended && (end == 0 || window->err != MXS_OK))
        return MXS_ERR_END;
    *out = (struct mxs_text){start, (uint32_t)end};
    mxs_buffer_take(window, end);
    return MXS_OK;
}
