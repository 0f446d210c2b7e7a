/* The front of all forms: opens what was given, tells from its first lines what it is, and hands out entries. Which
 * form is which room's business: plain, csv, jsonl and zone read, columns chooses. */
#include "scanner/input/list.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "scanner/input/internal/csv.h"
#include "scanner/input/internal/detect.h"
#include "scanner/input/internal/idn.h"
#include "scanner/input/internal/jsonl.h"
#include "scanner/input/internal/plain.h"
#include "scanner/input/internal/zone.h"
#include "model/name.h"

#define TAR_MARK_AT 257
#define LOOK_AHEAD_BYTES (64 * 1024)

struct mxs_list {
    char *path;
    struct mxs_list_options options;
    struct mxs_buffer buffer;
    struct mxs_plain plain;
    struct mxs_csv csv;
    struct mxs_jsonl jsonl;
    struct mxs_zone zone;
    struct mxs_columns columns;
    enum mxs_list_format format;
    uint32_t part; /* 0: none left */
    uint32_t kept[MXS_FACETS_MAX], kept_count;
    char facets[MXS_FACETS_MAX][MXS_COLUMN_HEAD_MAX + 4];
    char how[512];
    char skipped[512];
    struct mxs_list_counts ended; /* of the part before */
    struct mxs_zone_name ended_apex;
    bool at_end;
    enum { HEAD_NONE, HEAD_DUE, HEAD_TAKEN } head; /* of a plain list */
    char name[MXS_BUFFER_BYTES + 1];
};

/* --- what a file is --- */

/* Control characters that no text has; a 32nd part of them is much for a text that was hurt, and little for a binary
 * file. */
static size_t count_odd(const uint8_t *bytes, size_t size)
{
    size_t odd = 0;
    for (size_t i = 0; i < size; i++)
        odd += bytes[i] == 0x7F ||
               (bytes[i] < 0x20 && !(bytes[i] >= '\t' && bytes[i] <= '\r') && bytes[i] != 0x1A && bytes[i] != 0x1B);
    return odd;
}

/* Whether the first lines hold a name. In a file full of control characters chance makes some line of one letter or
 * two, so there only a name with a dot counts. */
static bool look_ahead(mxs_list *list, bool want_dot)
{
    struct mxs_buffer *buffer = &list->buffer;
    const size_t at = buffer->at, end = buffer->end;
    const uint64_t line = buffer->line;
    const bool after_cr = buffer->after_cr, ended = buffer->ended;
    const enum mxs_err err = buffer->err;
    size_t cut = end < LOOK_AHEAD_BYTES ? end : LOOK_AHEAD_BYTES;
    while (!(ended && cut == end) && cut != 0 && !mxs_buffer_is_end(buffer->buffer[cut - 1]))
        cut--;
    uint8_t covered = buffer->buffer[cut];
    buffer->buffer[cut] = '\n';
    buffer->end = cut;
    buffer->ended = true;
    buffer->err = MXS_OK;
    struct mxs_entry entry;
    bool found = false;
    while (!found && mxs_plain_next(&list->plain, &entry) == MXS_OK)
        found = entry.reason == NULL && (!want_dot || memchr(entry.name.data, '.', entry.name.size_bytes) != NULL);
    buffer->buffer[cut] = covered;
    buffer->at = at;
    buffer->end = end;
    buffer->line = line;
    buffer->after_cr = after_cr;
    buffer->ended = ended;
    buffer->err = err;
    return found;
}

static const char *path_of(const mxs_list *list)
{
    return strcmp(list->path, "-") == 0 ? "standard input" : list->path;
}

static enum mxs_err refuse_binary(mxs_list *list, struct mxs_detail *detail)
{
    const struct mxs_buffer *buffer = &list->buffer;
    size_t size = buffer->end < LOOK_AHEAD_BYTES ? buffer->end : LOOK_AHEAD_BYTES;
    if (size > TAR_MARK_AT + 5 &&
        memcmp(buffer->buffer + TAR_MARK_AT, "ustar", 5) == 0) /* its headers would pass for lines */
        return mxs_err_set(detail, MXS_ERR_INPUT, "%.200s: this is a tar archive; unpack it and name the files in it",
                           path_of(list));
    const char *document = mxs_detect_document(buffer);
    if (document != NULL)
        return mxs_err_set(detail, MXS_ERR_INPUT, "%.200s: this is %s, and no list of names", path_of(list), document);
    size_t odd = count_odd(buffer->buffer, size);
    bool full = size >= 512 && odd > size / 32;
    if (odd == 0 || (list->format != MXS_LIST_PLAIN && !full) ||
        (list->format == MXS_LIST_PLAIN && look_ahead(list, full)))
        return MXS_OK;
    return mxs_err_set(
        detail, MXS_ERR_INPUT,
        "%.200s: this is a binary file without a single name in its first 64 KB; give a text with one name per line "
        "(UTF-8, or UTF-16 with a byte-order mark; gz, zst, xz, bz2 and zip are read as they are)",
        path_of(list));
}

/* --- opening a form --- */

static MXS_PRINTF(2, 3) void put_how(mxs_list *list, const char *format, ...)
{
    size_t used = strlen(list->how);
    va_list args;
    va_start(args, format);
    vsnprintf(list->how + used, sizeof list->how - used, format, args);
    va_end(args);
}

/* A header goes before what stands in the cells; where another column holds more names, that is said. */
static void tell_fuller(mxs_list *list, uint32_t column)
{
    const struct mxs_columns *columns = &list->columns;
    const struct mxs_input_column *item = &columns->items[column], *other;
    char name[MXS_COLUMN_HEAD_MAX + 4];
    uint32_t fuller = mxs_columns_fuller(columns, column);
    if (fuller == MXS_COLUMN_NONE)
        return;
    other = &columns->items[fuller];
    mxs_columns_name(columns, fuller, name);
    put_how(list, "; `%.60s` holds names in %u", name, other->names);
    if (list->format == MXS_LIST_JSONL) /* a key that is missing on a line was not counted there */
        put_how(list, " of the first lines");
    else
        put_how(list, " of the first %u rows", other->rows > item->rows ? other->rows : item->rows);
    put_how(list, ", this one in %u: --column decides", item->names);
}

/* Says what was taken, how sure that is, and how to decide otherwise. */
static void tell_column(mxs_list *list, uint32_t column, uint32_t equal, bool dropped)
{
    const struct mxs_columns *columns = &list->columns;
    const struct mxs_input_column *item = &columns->items[column];
    char name[MXS_COLUMN_HEAD_MAX + 4];
    mxs_columns_name(columns, column, name);
    put_how(list, "names from %s `%.60s`", list->format == MXS_LIST_JSONL ? "key" : "column", name);
    if (list->options.column != NULL)
        put_how(list, ", as --column says");
    else if (item->filled != 0)
        put_how(list, ", %s%u of the first %u cells are names",
                columns->has_header && item->kind < MXS_COLUMN_RANK ? "by its header; " : "", item->names,
                item->filled);
    if (!columns->has_header)
        put_how(list, "; no header");
    if (equal != MXS_COLUMN_NONE && list->options.column == NULL) {
        mxs_columns_name(columns, equal, name);
        put_how(list, "; `%.60s` is as good: --column decides", name);
    }
    if (list->options.column == NULL)
        tell_fuller(list, column);
    if (dropped)
        put_how(list, "; a leading www. is dropped (--keep-www keeps it)");
}

static enum mxs_err keep(mxs_list *list, uint32_t column, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_columns_keep(&list->columns, path_of(list), list->options.keep, column, list->kept,
                                        &list->kept_count, detail);
    for (uint32_t i = 0; err == MXS_OK && i < list->kept_count; i++)
        mxs_columns_name(&list->columns, list->kept[i], list->facets[i]);
    put_how(list, "%s", list->options.keep != NULL ? mxs_columns_unread(&list->columns) : "");
    return err;
}

static enum mxs_err no_column(const mxs_list *list, struct mxs_detail *detail)
{
    return mxs_err_set(
        detail, MXS_ERR_INPUT,
        "%.200s: line 1: no column of this table holds names; name the right one with --column, or read it"
        " as a plain list with --input-format list%s",
        path_of(list), mxs_columns_unread(&list->columns));
}

static enum mxs_err choose(mxs_list *list, uint32_t best, uint32_t equal, uint32_t *column, bool *drop_www,
                           struct mxs_detail *detail)
{
    const char *wanted = list->options.column;
    enum mxs_err err = MXS_OK;
    *column = best;
    if (wanted != NULL)
        err = mxs_columns_find(&list->columns, path_of(list), "--column", mxs_text_of(wanted), column, detail);
    else if (best == MXS_COLUMN_NONE)
        err = no_column(list, detail);
    if (err != MXS_OK)
        return err;
    *drop_www = list->columns.items[*column].kind == MXS_COLUMN_WEBSITE && !list->options.keep_www;
    tell_column(list, *column, equal, *drop_www);
    return keep(list, *column, detail);
}

static enum mxs_err open_csv(mxs_list *list, char mark, struct mxs_detail *detail)
{
    struct mxs_csv_shape look;
    uint32_t column;
    bool drop_www = false;
    enum mxs_err err = mark == '\0' ? mxs_detect_mark(&list->buffer, &list->columns, &mark, detail) : MXS_OK;
    if (err == MXS_OK)
        err = mxs_csv_shape(&list->buffer, mark == '\0' ? ',' : mark, &list->columns, &look, detail);
    if (err != MXS_OK)
        return err;
    bool header = mxs_csv_head(&look, &list->columns);
    /* A header alone is an empty table. */
    if (look.rows == 0 && header && look.best == MXS_COLUMN_NONE)
        look.best = 0;
    put_how(list, "CSV (%s); ", mxs_detect_mark_text(look.delimiter));
    if ((err = choose(list, look.best, look.equal, &column, &drop_www, detail)) != MXS_OK)
        return err;
    if ((err = mxs_csv_open(&list->csv, &list->buffer, &look, detail)) != MXS_OK)
        return err;
    list->csv.column = column;
    list->csv.drop_www = drop_www;
    list->csv.header_due = header;
    list->csv.head = header && list->columns.items[column].head[0] != '\0' ? list->columns.items[column].head : NULL;
    list->csv.kept_count = list->kept_count;
    memcpy(list->csv.kept, list->kept, sizeof list->kept);
    return MXS_OK;
}

/* A key may come late: one that is named need not stand on the first lines. */
static void name_keys(mxs_list *list, const char *keys)
{
    struct mxs_text rest = mxs_text_of(keys);
    while (rest.size_bytes != 0) {
        const char *comma = memchr(rest.data, ',', rest.size_bytes);
        uint32_t size = comma == NULL ? rest.size_bytes : (uint32_t)(comma - rest.data), at = 0;
        struct mxs_text key = mxs_line_trim((struct mxs_text){rest.data, size});
        struct mxs_columns *columns = &list->columns;
        while (at < columns->count && !mxs_text_equal(mxs_text_of(columns->items[at].head), key))
            at++;
        if (at == columns->count && at < MXS_COLUMNS_MAX && key.size_bytes != 0 &&
            key.size_bytes <= MXS_COLUMN_HEAD_MAX)
            mxs_columns_head(columns, at, key);
        rest = (struct mxs_text){rest.data + size + (comma != NULL), rest.size_bytes - size - (comma != NULL)};
    }
}

static enum mxs_err open_jsonl(mxs_list *list, struct mxs_detail *detail)
{
    uint32_t lines, objects, column, equal;
    bool drop_www = false;
    enum mxs_err err = mxs_jsonl_shape(&list->buffer, &list->columns, &lines, &objects, detail);
    if (err != MXS_OK)
        return err;
    uint32_t best = mxs_columns_best(&list->columns, &equal);
    if (list->options.column == NULL && mxs_jsonl_is_failure(&list->columns, lines, best))
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "%.200s: this is how a web service fails, and no list; fetch it again, or name a key with"
                           " --column", path_of(list));
    if (list->options.column != NULL)
        name_keys(list, list->options.column);
    if (list->options.keep != NULL && strcmp(list->options.keep, "all") != 0)
        name_keys(list, list->options.keep);
    put_how(list, "JSON lines; ");
    if ((err = choose(list, best, equal, &column, &drop_www, detail)) != MXS_OK)
        return err;
    if ((err = mxs_jsonl_open(&list->jsonl, &list->buffer, detail)) != MXS_OK)
        return err;
    memcpy(list->jsonl.column, list->columns.items[column].head, sizeof list->columns.items[column].head);
    memcpy(list->jsonl.kept, list->facets, sizeof list->facets);
    list->jsonl.kept_count = list->kept_count;
    list->jsonl.drop_www = drop_www;
    return MXS_OK;
}

static void close_part(mxs_list *list)
{
    mxs_csv_finish(&list->csv);
    mxs_jsonl_finish(&list->jsonl);
    mxs_zone_finish(&list->zone);
}

static enum mxs_err open_form(mxs_list *list, struct mxs_detail *detail)
{
    char mark = '\0';
    enum mxs_err err = MXS_OK;
    list->how[0] = '\0';
    list->kept_count = 0;
    list->head = HEAD_NONE;
    list->format = list->options.format;
    if (list->format == MXS_LIST_DETECT)
        err = mxs_detect_format(&list->buffer, &list->columns, &list->format, &mark, detail);
    if (err == MXS_OK)
        err = refuse_binary(list, detail);
    if (err != MXS_OK)
        return err;
    switch (list->format) {
    case MXS_LIST_CSV: return open_csv(list, mark, detail);
    case MXS_LIST_JSONL: return open_jsonl(list, detail);
    case MXS_LIST_ZONE:
        put_how(list, "zone file; the names delegated below its apex%s",
                list->options.keep != NULL ? "; it has no columns to keep" : "");
        return mxs_zone_open(&list->zone, &list->buffer, path_of(list), detail);
    case MXS_LIST_DETECT:
    case MXS_LIST_PLAIN: break;
    }
    if (list->options.keep != NULL && strcmp(list->options.keep, "all") != 0 &&
        mxs_source_member(list->buffer.source)[0] == '\0')
        return mxs_err_set(
            detail, MXS_ERR_INPUT,
            "%.200s: this is read as a plain list, which has no columns to keep; --input-format csv reads it"
            " as a table",
            path_of(list));
    struct mxs_text head;
    if (list->options.format != MXS_LIST_DETECT || !mxs_detect_head(&list->buffer, list->options.suffixes, &head))
        return MXS_OK;
    list->head = HEAD_DUE;
    put_how(list, "a plain list; its first line, `%.*s`, is taken for a header (--input-format list: for a name)",
            MXS_TEXT_ARG(head));
    return MXS_OK;
}

/* --- parts --- */

static enum mxs_err next_entry(mxs_list *list, struct mxs_entry *out, struct mxs_detail *detail)
{
    out->facets = NULL;
    out->facet_count = 0;
    switch (list->format) {
    case MXS_LIST_CSV: return mxs_csv_next(&list->csv, list->name, out);
    case MXS_LIST_JSONL: return mxs_jsonl_next(&list->jsonl, list->name, out);
    case MXS_LIST_ZONE: return mxs_zone_next(&list->zone, list->name, out, detail);
    case MXS_LIST_DETECT:
    case MXS_LIST_PLAIN: break;
    }
    enum mxs_err err = mxs_plain_next(&list->plain, out);
    if (err == MXS_OK && list->head == HEAD_DUE) {
        list->head = HEAD_TAKEN;
        err = mxs_plain_next(&list->plain, out);
    }
    return err;
}

/* Of what stands in the buffer, whether at least half is names with a dot. The form is opened, and opened anew by who
 * goes on. */
static bool is_list(mxs_list *list)
{
    struct mxs_buffer *buffer = &list->buffer;
    const size_t end = buffer->end;
    const bool ended = buffer->ended;
    const enum mxs_err err = buffer->err;
    uint32_t entries = 0, names = 0;
    struct mxs_entry entry;
    size_t cut = end;
    while (!ended && cut != 0 && !mxs_buffer_is_end(buffer->buffer[cut - 1]))
        cut--;
    uint8_t covered = buffer->buffer[cut];
    buffer->buffer[cut] = '\n';
    buffer->end = cut;
    buffer->ended = true;
    buffer->err = MXS_OK;
    while (entries < MXS_CSV_SAMPLE_ROWS && next_entry(list, &entry, NULL) == MXS_OK) {
        entries++;
        names += entry.reason == NULL && memchr(entry.name.data, '.', entry.name.size_bytes) != NULL;
    }
    buffer->buffer[cut] = covered;
    buffer->at = 0;
    buffer->end = end;
    buffer->line = 0;
    buffer->after_cr = false;
    buffer->ended = ended;
    buffer->err = err;
    return names != 0 && names * 2 >= entries;
}

static void put_skipped(mxs_list *list, const char *member)
{
    size_t used = strlen(list->skipped);
    if (used < sizeof list->skipped - 8)
        snprintf(list->skipped + used, sizeof list->skipped - used, "%s%.100s", used == 0 ? "" : ", ", member);
}

/* The source's present file as a list. MXS_ERR_END: it is a file of a zip that is none. */
static enum mxs_err open_part(mxs_list *list, struct mxs_detail *detail)
{
    mxs_buffer_reset(&list->buffer);
    const char *member = mxs_source_member(list->buffer.source);
    enum mxs_err err = open_form(list, detail);
    if (member[0] == '\0' || err == MXS_ERR_MEMORY || list->buffer.err != MXS_OK)
        return err;
    if (list->buffer.end == 0)
        return MXS_ERR_END;
    bool wanted = err == MXS_OK && !mxs_source_about(list->buffer.source) && is_list(list);
    if (!wanted) {
        put_skipped(list, member);
        return MXS_ERR_END;
    }
    close_part(list);
    return open_form(list, detail);
}

static void note_end(mxs_list *list)
{
    struct mxs_list_part part;
    mxs_list_part(list, &part);
    list->ended = part.counts;
    list->ended_apex.known = list->format == MXS_LIST_ZONE && !list->zone.has_soa && list->zone.apex.known;
    if (list->ended_apex.known)
        list->ended_apex = list->zone.apex;
}

/* The next file of a zip that is a list, or the end. */
static enum mxs_err next_part(mxs_list *list, struct mxs_detail *detail)
{
    enum mxs_err err;
    if (list->part > 0 && !list->at_end)
        note_end(list);
    do {
        close_part(list);
        err = mxs_source_next(list->buffer.source, detail);
        if (err == MXS_ERR_END)
            return err;
        if (err == MXS_OK)
            err = open_part(list, detail);
    } while (err == MXS_ERR_END);
    list->part += err == MXS_OK;
    return err;
}

/* What the text of the part ended with, other than its end. */
static enum mxs_err failure_of(const mxs_list *list, struct mxs_detail *detail)
{
    if (detail != NULL) {
        *detail = list->buffer.detail;
        if (list->buffer.err != MXS_ERR_STOPPED)
            detail->line = list->buffer.line;
    }
    return list->buffer.err;
}

enum mxs_err mxs_list_next(mxs_list *list, struct mxs_entry *out, struct mxs_detail *detail)
{
    for (;;) {
        if (list->part == 0)
            return MXS_ERR_END;
        enum mxs_err err = next_entry(list, out, detail);
        if (err == MXS_OK && out->reason == mxs_idn_memory)
            return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory to convert the name on line %llu",
                               (unsigned long long)out->line);
        if (err == MXS_ERR_MEMORY && detail != NULL)
            mxs_err_set(detail, err, "%.200s: no memory to read it", path_of(list));
        if (err != MXS_ERR_END)
            return err;
        if (list->buffer.err != MXS_OK)
            return failure_of(list, detail);
        if ((err = next_part(list, detail)) != MXS_OK) {
            list->at_end = err == MXS_ERR_END;
            if (list->at_end)
                list->format = MXS_LIST_PLAIN; /* whose end is an end again */
            return err;
        }
    }
}

static enum mxs_err open_parts(mxs_list *list, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_columns_init(&list->columns, detail);
    if (err == MXS_OK)
        err = mxs_source_open(&list->buffer.source, list->path, detail);
    if (err == MXS_OK)
        err = open_part(list, detail);
    list->part = err == MXS_OK;
    if (err == MXS_ERR_END && (err = next_part(list, detail)) == MXS_ERR_END)
        err = list->skipped[0] == '\0'
                  ? MXS_OK
                  : mxs_err_set(detail, MXS_ERR_INPUT, "%.150s: no file in it is a list of names (%.200s)",
                                path_of(list), list->skipped);
    return err;
}

enum mxs_err mxs_list_open(mxs_list **out, const char *path, const struct mxs_list_options *options,
                           struct mxs_detail *detail)
{
    mxs_list *list = malloc(sizeof *list);
    if (list == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "%.200s: no memory to read it", path);
    memset(list, 0, offsetof(mxs_list, name)); /* the name's room costs memory when it is used */
    list->buffer.watch = NULL;
    list->plain.buffer = &list->buffer;
    list->plain.name = list->name;
    if (options != NULL)
        list->options = *options;
    list->path = strdup(path);
    enum mxs_err err = list->path == NULL ? mxs_err_set(detail, MXS_ERR_MEMORY, "%.200s: no memory to read it", path)
                                          : open_parts(list, detail);
    if (err != MXS_OK) {
        mxs_list_close(&list);
        return err;
    }
    *out = list;
    return MXS_OK;
}

void mxs_list_look_up(mxs_list *list, mxs_list_watch watch, void *arg)
{
    list->buffer.watch = watch;
    list->buffer.watch_arg = arg;
}

void mxs_list_part(const mxs_list *list, struct mxs_list_part *out)
{
    *out = (struct mxs_list_part){.number = list->part,
                                  .member = mxs_source_member(list->buffer.source),
                                  .format = list->format,
                                  .how = list->how,
                                  .facet_count = list->kept_count};
    switch (list->format) {
    case MXS_LIST_CSV: out->counts = list->csv.counts; break;
    case MXS_LIST_JSONL: out->counts = list->jsonl.counts; break;
    case MXS_LIST_ZONE: out->counts.passed_over = list->zone.passed_over; break;
    case MXS_LIST_DETECT:
    case MXS_LIST_PLAIN: /* at the end of all there is none that is read, and the last still counts */
        out->counts = list->at_end ? list->ended : (struct mxs_list_counts){.passed_over = list->head == HEAD_TAKEN};
    }
}

void mxs_list_ended(const mxs_list *list, struct mxs_list_ended *out)
{
    *out = (struct mxs_list_ended){.counts = list->ended,
                                   .apex = list->ended_apex.known ? list->ended_apex.text : NULL};
}

const char *mxs_list_facet(const mxs_list *list, uint32_t facet) { return list->facets[facet]; }
const char *mxs_list_skipped(const mxs_list *list) { return list->skipped; }

void mxs_list_position(const mxs_list *list, uint64_t *read_bytes, uint64_t *size_bytes)
{
    bool plain;
    mxs_source_position(list->buffer.source, read_bytes, size_bytes, &plain);
    if (plain)
        *read_bytes -= list->buffer.end - list->buffer.at;
}

enum mxs_err mxs_list_sha256(mxs_list *list, char out[MXS_LIST_SHA256_SIZE], struct mxs_detail *detail)
{
    uint64_t from_bytes = 0;
    enum mxs_err err = MXS_OK;
    while (err == MXS_OK) {
        if (list->buffer.watch != NULL && (err = list->buffer.watch(list->buffer.watch_arg, detail)) != MXS_OK)
            return err;
        err = mxs_source_digest(list->buffer.source, &from_bytes, out, detail);
    }
    return err == MXS_ERR_END ? MXS_OK : err;
}

void mxs_list_close(mxs_list **list)
{
    if (*list == NULL)
        return;
    close_part(*list);
    mxs_columns_finish(&(*list)->columns);
    mxs_source_close(&(*list)->buffer.source);
    free((*list)->path);
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

void mxs_list_entry_of(struct mxs_text text, char *buffer, struct mxs_entry *out)
{
    struct mxs_entry entry = {.name = {buffer, 0}, .text = mxs_line_cut(text)};
    buffer[0] = '\0';
    if (text.size_bytes == 0)
        entry.reason = "empty_name"; /* in a list nothing is nothing; where one name is asked for it is a mistake */
    else if (text.size_bytes > MXS_LIST_LINE_MAX)
        entry.reason = "line_too_long";
    else if (memchr(text.data, '\n', text.size_bytes) != NULL || memchr(text.data, '\r', text.size_bytes) != NULL)
        entry.reason = "bad_character";
    else if (!mxs_line_parse(text, buffer, &entry))
        entry.reason = "empty_name";
    entry.line = 1;
    *out = entry;
}
