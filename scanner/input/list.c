/* Nearly every line of nearly every list is a plain name and a line end. take_plain reads such a line in one pass: one table says what a
 * byte becomes and whether it may stand in a label, so lower case, check and copy are the same look-up, and the line end is found by
 * meeting it. Anything else (a comma, a blank, a digit where an address might stand) makes it step back, and the whole line goes to
 * scanner/input/line, which knows all the rules. A line end is planted behind the buffered bytes, so that the pass needs no bound. */
#include "scanner/input/list.h"

#include <stdlib.h>

#include "scanner/input/internal/idn.h"
#include "scanner/input/internal/line.h"
#include "scanner/input/internal/source.h"

#define BUFFER_BYTES (256 * 1024)
#define TAR_MARK_AT 257
#define LOOK_AHEAD_BYTES (64 * 1024)

struct cursor {
    size_t at, end;  /* of the buffer: next byte, behind the last byte */
    uint64_t line;   /* lines ended so far */
    bool after_cr;   /* an LF that comes now belongs to the CR before it */
    bool ended;      /* no more bytes follow those in the buffer */
};

struct mxs_list {
    mxs_source *source;
    struct cursor cursor;
    enum mxs_err err; /* what ended the source; MXS_OK while it has more, and at its end */
    struct mxs_detail detail;
    mxs_list_watch watch; /* or NULL */
    void *watch_arg;
    char long_text[MXS_LINE_TEXT_MAX + 4];
    uint8_t buffer[BUFFER_BYTES + 1];
    char name[BUFFER_BYTES + 1]; /* as large as the buffer, so that take_plain may copy before it knows */
};

static bool is_end(uint8_t byte) { return byte == '\n' || byte == '\r'; }

/* Moves what is not used to the front and fills the rest. A failure of the source is its end, remembered. */
static void fill(mxs_list *list)
{
    struct cursor *cursor = &list->cursor;
    memmove(list->buffer, list->buffer + cursor->at, cursor->end - cursor->at);
    cursor->end -= cursor->at;
    cursor->at = 0;
    while (!cursor->ended && BUFFER_BYTES - cursor->end >= 4096) {
        size_t got = 0;
        if (list->watch != NULL && (list->err = list->watch(list->watch_arg, &list->detail)) != MXS_OK) {
            cursor->ended = true;
            break;
        }
        list->err = mxs_source_read(list->source, list->buffer + cursor->end, BUFFER_BYTES - cursor->end, &got, &list->detail);
        cursor->ended = list->err != MXS_OK || got == 0;
        cursor->end += got;
    }
    list->buffer[cursor->end] = '\n';
}

/* Ends the line whose end stands at `at`. */
static void step_over(struct cursor *cursor, const uint8_t *buffer, size_t at)
{
    cursor->line++;
    cursor->after_cr = at < cursor->end && buffer[at] == '\r';
    cursor->at = at < cursor->end ? at + 1 : cursor->end;
}

/* A whole line that is a plain name, or false and nothing has moved. */
static bool take_plain(mxs_list *list, struct mxs_entry *out)
{
    const uint8_t *const start = list->buffer + list->cursor.at, *const end = list->buffer + list->cursor.end;
    const uint8_t *at = start, *label = start;
    char *name = list->name;
    for (;;) {
        char plain = mxs_name_plain[*at];
        if (plain != 0) {
            *name++ = plain;
            at++;
        } else if (*at == '.' && at != label && at - label <= MXS_LABEL_MAX) {
            *name++ = '.';
            label = ++at;
        } else {
            break;
        }
    }
    size_t size = (size_t)(at - start);
    if (!is_end(*at) || at == end || at == label || at - label > MXS_LABEL_MAX || size > MXS_HOSTNAME_MAX)
        return false;
    if (*label >= '0' && *label <= '9')
        return false; /* perhaps an address */
    *name = '\0';
    step_over(&list->cursor, list->buffer, (size_t)(at - list->buffer));
    out->line = list->cursor.line;
    out->name = (struct mxs_text){list->name, (uint32_t)size};
    out->reason = NULL;
    out->text = (struct mxs_text){(const char *)start, (uint32_t)size};
    return true;
}

/* The place of the next line end, of those in the first size_bytes that are buffered; behind them without one. Bounded, or a list
 * whose lines end at CR would be searched to the end of the buffer for an LF, once for each line. */
static size_t find_end(const mxs_list *list, size_t size_bytes)
{
    const uint8_t *start = list->buffer + list->cursor.at;
    size_t left = list->cursor.end - list->cursor.at;
    size_t size = left < size_bytes ? left : size_bytes;
    const uint8_t *lf = memchr(start, '\n', size);
    if (lf != NULL)
        size = (size_t)(lf - start);
    const uint8_t *cr = memchr(start, '\r', size);
    return list->cursor.at + (cr != NULL ? (size_t)(cr - start) : size);
}

/* A line over the limit: its beginning is kept, the rest passes by. False: it was a comment, or the source broke within. */
static bool take_long(mxs_list *list, struct mxs_entry *out)
{
    struct mxs_text start = {(const char *)list->buffer + list->cursor.at, MXS_LINE_TEXT_MAX + 4};
    memcpy(list->long_text, start.data, start.size_bytes);
    struct mxs_text kept = {list->long_text, start.size_bytes};
    size_t end = find_end(list, BUFFER_BYTES);
    while (end == list->cursor.end && !list->cursor.ended) {
        list->cursor.at = list->cursor.end;
        fill(list);
        end = find_end(list, BUFFER_BYTES);
    }
    if (end == list->cursor.end && list->err != MXS_OK) {
        list->cursor.at = end;
        return false;
    }
    step_over(&list->cursor, list->buffer, end);
    struct mxs_text trimmed = kept;
    while (trimmed.size_bytes != 0 && (trimmed.data[0] == ' ' || trimmed.data[0] == '\t'))
        trimmed = (struct mxs_text){trimmed.data + 1, trimmed.size_bytes - 1};
    if (trimmed.size_bytes != 0 && mxs_line_silent(trimmed))
        return false;
    list->name[0] = '\0';
    *out = (struct mxs_entry){.line = list->cursor.line, .name = {list->name, 0}, .reason = "line_too_long",
                              .text = mxs_line_cut(kept)};
    return true;
}

/* The next line of any kind. False: it was no entry. */
static bool take_any(mxs_list *list, size_t end, struct mxs_entry *out)
{
    if (end - list->cursor.at > MXS_LIST_LINE_MAX)
        return take_long(list, out);
    struct mxs_text line = {(const char *)list->buffer + list->cursor.at, (uint32_t)(end - list->cursor.at)};
    step_over(&list->cursor, list->buffer, end);
    if (!mxs_line_parse(line, list->name, out))
        return false;
    out->line = list->cursor.line;
    return true;
}

/* MXS_OK with an entry; MXS_ERR_END: the buffered lines are used up and no more follow. */
static enum mxs_err take_entry(mxs_list *list, struct mxs_entry *out)
{
    struct cursor *cursor = &list->cursor;
    for (;;) {
        if (cursor->after_cr && cursor->at < cursor->end) {
            cursor->at += list->buffer[cursor->at] == '\n';
            cursor->after_cr = false;
        }
        if (take_plain(list, out))
            return MXS_OK;
        size_t end = find_end(list, MXS_LIST_LINE_MAX + 1);
        if (end == cursor->end && !cursor->ended && end - cursor->at <= MXS_LIST_LINE_MAX) {
            fill(list);
            continue;
        }
        /* A line without an end is whole at the end of a sound source, and half a line at the end of a broken one. */
        if (end == cursor->end && cursor->ended && (cursor->at == end || list->err != MXS_OK))
            return MXS_ERR_END;
        if (take_any(list, end, out))
            return MXS_OK;
    }
}

enum mxs_err mxs_list_next(mxs_list *list, struct mxs_entry *out, struct mxs_detail *detail)
{
    enum mxs_err err = take_entry(list, out);
    if (err == MXS_OK && out->reason == mxs_idn_memory)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory to convert the name on line %llu", (unsigned long long)out->line);
    if (err != MXS_ERR_END || list->err == MXS_OK)
        return err;
    if (detail != NULL) {
        *detail = list->detail;
        if (list->err != MXS_ERR_STOPPED)
            detail->line = list->cursor.line;
    }
    return list->err;
}

/* Control characters that no text has; a 32nd part of them is much for a text that was hurt, and little for a binary file. */
static size_t count_odd(const uint8_t *bytes, size_t size)
{
    size_t odd = 0;
    for (size_t i = 0; i < size; i++)
        odd += bytes[i] == 0x7F || (bytes[i] < 0x20 && !(bytes[i] >= '\t' && bytes[i] <= '\r') && bytes[i] != 0x1A && bytes[i] != 0x1B);
    return odd;
}

/* Whether the first lines hold a name. In a file full of control characters chance makes some line of one letter or two, so
 * there only a name with a dot counts. */
static bool look_ahead(mxs_list *list, bool want_dot)
{
    const struct cursor saved = list->cursor;
    const enum mxs_err saved_err = list->err;
    size_t window = saved.end < LOOK_AHEAD_BYTES ? saved.end : LOOK_AHEAD_BYTES;
    while (!(saved.ended && window == saved.end) && window != 0 && !is_end(list->buffer[window - 1]))
        window--;
    uint8_t covered = list->buffer[window];
    list->buffer[window] = '\n';
    list->cursor.end = window;
    list->cursor.ended = true;
    list->err = MXS_OK;
    struct mxs_entry entry;
    bool found = false;
    while (!found && take_entry(list, &entry) == MXS_OK)
        found = entry.reason == NULL && (!want_dot || memchr(entry.name.data, '.', entry.name.size_bytes) != NULL);
    list->buffer[window] = covered;
    list->cursor = saved;
    list->err = saved_err;
    return found;
}

static enum mxs_err refuse_binary(mxs_list *list, const char *path, struct mxs_detail *detail)
{
    size_t size = list->cursor.end < LOOK_AHEAD_BYTES ? list->cursor.end : LOOK_AHEAD_BYTES;
    if (size > TAR_MARK_AT + 5 && memcmp(list->buffer + TAR_MARK_AT, "ustar", 5) == 0) /* its headers would pass for lines */
        return mxs_err_set(detail, MXS_ERR_INPUT, "%.200s: this is a tar archive; unpack it and name the files in it", path);
    size_t odd = count_odd(list->buffer, size);
    if (odd == 0 || look_ahead(list, size >= 512 && odd > size / 32))
        return MXS_OK;
    return mxs_err_set(detail, MXS_ERR_INPUT,
                       "%.200s: this is a binary file without a single name in its first 64 KB; give a text with one name a line "
                       "(UTF-8, or UTF-16 with a byte-order mark; gz, zst, xz, bz2 and zip are read as they are)",
                       strcmp(path, "-") == 0 ? "standard input" : path);
}

enum mxs_err mxs_list_open(mxs_list **out, const char *path, struct mxs_detail *detail)
{
    mxs_list *list = malloc(sizeof *list);
    if (list == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "%.200s: no memory to read it", path);
    list->source = NULL;
    list->cursor = (struct cursor){0};
    list->err = MXS_OK;
    list->watch = NULL;
    enum mxs_err err = mxs_source_open(&list->source, path, detail);
    if (err == MXS_OK) {
        fill(list);
        err = refuse_binary(list, path, detail);
    }
    if (err != MXS_OK) {
        mxs_list_close(&list);
        return err;
    }
    *out = list;
    return MXS_OK;
}

void mxs_list_look_up(mxs_list *list, mxs_list_watch watch, void *arg)
{
    list->watch = watch;
    list->watch_arg = arg;
}

void mxs_list_position(const mxs_list *list, uint64_t *read_bytes, uint64_t *size_bytes)
{
    bool plain;
    mxs_source_position(list->source, read_bytes, size_bytes, &plain);
    if (plain)
        *read_bytes -= list->cursor.end - list->cursor.at;
}

void mxs_list_close(mxs_list **list)
{
    if (*list == NULL)
        return;
    mxs_source_close(&(*list)->source);
    free(*list);
    *list = NULL;
}

bool mxs_list_typed_name(const char *typed, char *out, size_t size)
{
    char buffer[MXS_NAME_TEXT_MAX + 1];
    struct mxs_entry entry;
    mxs_list_entry_of(mxs_text_of(typed), buffer, &entry);
    if (entry.name.size_bytes == 0 || entry.name.size_bytes >= size)
        return false;
    memcpy(out, entry.name.data, entry.name.size_bytes);
    out[entry.name.size_bytes] = 0;
    return true;
}
