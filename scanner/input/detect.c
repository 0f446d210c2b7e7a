#include "scanner/input/internal/detect.h"

#include <strings.h>

#include "model/hostname.h"
#include "model/name.h"
#include "scanner/input/internal/jsonl.h"
#include "scanner/input/internal/zone.h"

static const char *const FORMATS[] = {[MXS_LIST_DETECT] = "",
                                      [MXS_LIST_PLAIN] = "list",
                                      [MXS_LIST_CSV] = "csv",
                                      [MXS_LIST_JSONL] = "jsonl",
                                      [MXS_LIST_ZONE] = "zone"};

const char *mxs_list_format_text(enum mxs_list_format format) { return FORMATS[format]; }

bool mxs_list_format_parse(const char *text, enum mxs_list_format *out)
{
    for (size_t i = MXS_LIST_PLAIN; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        if (strcmp(text, FORMATS[i]) == 0) {
            *out = (enum mxs_list_format)i;
            return true;
        }
    }
    return false;
}

/* Whether most lines have the mark: only then may they be rows. */
static bool most_have(const struct mxs_buffer *buffer, char mark)
{
    const uint8_t *at = buffer->buffer + buffer->at, *end = buffer->buffer + buffer->end;
    uint32_t lines = 0, with = 0;
    while (at < end && lines < MXS_CSV_SAMPLE_ROWS) {
        const uint8_t *stop = at;
        bool found = false;
        for (; stop < end && !mxs_buffer_is_end(*stop); stop++)
            found |= *stop == (uint8_t)mark;
        lines += stop != at;
        with += found;
        at = stop + 1;
    }
    return with != 0 && with * 2 >= lines;
}

/* How well rows cut at a mark look; 0: they are none. */
static uint64_t score_of(const struct mxs_csv_shape *shape, const struct mxs_columns *columns)
{
    uint32_t rows = shape->rows + 1;
    uint32_t width = shape->head_known ? shape->head_width : shape->width;
    bool names = shape->best != MXS_COLUMN_NONE;
    bool headed = shape->head_known && names && columns->items[shape->best].names * 2 >= shape->rows;
    if (width < 2 || (!headed && shape->width_rows * 10 < rows * (shape->head_known ? 5 : 9)))
        return 0;
    for (uint32_t i = 0; i < columns->count && shape->rows == 0; i++) /* of one row alone */
        names |= columns->items[i].head_is_name;
    names |= columns->more; /* so wide a thing is a table, and that its end is not read can be said only of one */
    if (!names && !shape->head_known)
        return 0;
    uint64_t found = names && shape->best != MXS_COLUMN_NONE ? columns->items[shape->best].names : names;
    return (found + 1) << 32 | (uint64_t)shape->width_rows << 10 | width;
}

enum mxs_err mxs_detect_mark(struct mxs_buffer *buffer, struct mxs_columns *columns, char *out,
                             struct mxs_detail *detail)
{
    static const char MARKS[] = {',', ';', '\t', '|'};
    uint64_t best = 0;
    if ((*out = mxs_csv_said_mark(buffer)) != '\0')
        return MXS_OK;
    for (size_t i = 0; i < sizeof MARKS; i++) {
        struct mxs_csv_shape shape;
        if (!most_have(buffer, MARKS[i]))
            continue;
        enum mxs_err err = mxs_csv_shape(buffer, MARKS[i], columns, &shape, detail);
        if (err != MXS_OK)
            return err;
        uint64_t score = score_of(&shape, columns);
        if (score > best) {
            best = score;
            *out = shape.delimiter;
        }
    }
    return MXS_OK;
}

/* A word that heads a list of names, and may be a name itself (.name is). */
static bool is_common_head(struct mxs_text line)
{
    static const char *const WORDS[] = {"name",    "names",   "tld",       "tlds",         "zone",         "zones",
                                        "server",  "servers", "target",    "targets",      "item",         "entry",
                                        "address", "company", "companies", "organisation", "organization", "customer",
                                        "list",    "file",    "value",     "input"};
    bool found = false;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0] && !found; i++)
        found = line.size_bytes == strlen(WORDS[i]) && strncasecmp(line.data, WORDS[i], line.size_bytes) == 0;
    return found;
}

/* Whether there are names below a head, and each has a dot. */
static bool have_dots(struct mxs_text rest, bool ended)
{
    bool found = true;
    uint32_t lines = 0;
    for (uint32_t at = 0, end; found && at < rest.size_bytes; at = end + 1) {
        for (end = at; end < rest.size_bytes && !mxs_buffer_is_end((uint8_t)rest.data[end]); end++)
            ;
        if (mxs_line_silent((struct mxs_text){rest.data + at, end - at}) || (end == rest.size_bytes && !ended))
            continue; /* the last may be half a line */
        found = memchr(rest.data + at, '.', end - at) != NULL;
        lines++;
    }
    return found && lines > 0;
}

/* The first line that says anything, and what is below; false: nothing is. */
static bool split_head(const struct mxs_buffer *buffer, struct mxs_text *head, struct mxs_text *below)
{
    struct mxs_text rest = {(const char *)buffer->buffer + buffer->at, (uint32_t)(buffer->end - buffer->at)}, line;
    uint32_t begin = 0, end;
    do {
        for (end = begin; end < rest.size_bytes && !mxs_buffer_is_end((uint8_t)rest.data[end]); end++)
            ;
        line = (struct mxs_text){rest.data + begin, end - begin};
        begin = end + 1;
    } while (end < rest.size_bytes && mxs_line_silent(line));
    if (end >= rest.size_bytes)
        return false;
    *head = mxs_line_trim(line);
    *below = (struct mxs_text){rest.data + end, rest.size_bytes - end};
    return head->size_bytes != 0 && head->size_bytes <= MXS_COLUMN_HEAD_MAX;
}

/* One column with a header. */
static bool is_headed_list(const struct mxs_buffer *buffer)
{
    struct mxs_text line, below;
    uint32_t rank;
    if (!split_head(buffer, &line, &below))
        return false;
    if (line.size_bytes >= 2 && line.data[0] == '"' && line.data[line.size_bytes - 1] == '"')
        line = (struct mxs_text){line.data + 1, line.size_bytes - 2};
    for (uint32_t i = 0; i < line.size_bytes; i++)
        if (strchr(".,;\t|", line.data[i]) != NULL)
            return false;
    return line.size_bytes != 0 && (mxs_column_kind_of(line, &rank) < MXS_COLUMN_RANK ||
                                    (is_common_head(line) && have_dots(below, buffer->ended)));
}

/* A word of whatever language would be a name that nobody has. */
bool mxs_detect_head(const struct mxs_buffer *buffer, const mxs_suffixes *suffixes, struct mxs_text *head)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    struct mxs_text line, below;
    struct mxs_entry entry;
    if (suffixes == NULL || !split_head(buffer, &line, &below))
        return false;
    for (uint32_t i = 0; i < line.size_bytes; i++)
        if (strchr("@/:", line.data[i]) != NULL)
            return false;
    bool heads = mxs_line_parse(line, name, &entry) && entry.reason == NULL &&
                 memchr(name, '.', entry.name.size_bytes) == NULL && !mxs_hostname_is_localhost(entry.name) &&
                 !mxs_domain_is_suffix(suffixes, entry.name) && have_dots(below, buffer->ended);
    if (heads)
        *head = line;
    return heads;
}

enum mxs_err mxs_detect_format(struct mxs_buffer *buffer, struct mxs_columns *columns,
                               enum mxs_list_format *format, char *mark, struct mxs_detail *detail)
{
    uint32_t lines, found;
    *mark = '\0';
    enum mxs_err err = MXS_OK;
    size_t at = buffer->at;
    while (at < buffer->end && (buffer->buffer[at] == ' ' || mxs_buffer_is_end(buffer->buffer[at])))
        at++;
    if (at < buffer->end && buffer->buffer[at] == '{') {
        if ((err = mxs_jsonl_shape(buffer, columns, &lines, &found, detail)) != MXS_OK)
            return err;
        if (found * 2 >= lines && found != 0) {
            *format = MXS_LIST_JSONL;
            return MXS_OK;
        }
    }
    mxs_zone_look(buffer, &lines, &found);
    if (mxs_csv_said_mark(buffer) == '\0' && found != 0 && found * 10 >= lines * 9) {
        *format = MXS_LIST_ZONE;
        return MXS_OK;
    }
    if ((err = mxs_detect_mark(buffer, columns, mark, detail)) != MXS_OK)
        return err;
    if (*mark == '\0' && is_headed_list(buffer))
        *mark = MXS_CSV_NO_MARK;
    *format = *mark != '\0' ? MXS_LIST_CSV : MXS_LIST_PLAIN;
    return MXS_OK;
}

const char *mxs_detect_mark_text(char mark)
{
    switch (mark) {
    case ',': return "commas";
    case ';': return "semicolons";
    case '\t': return "tabs";
    case '|': return "bars";
    case MXS_CSV_NO_MARK: return "one column";
    default: return "marks of its own";
    }
}

const char *mxs_detect_document(const struct mxs_buffer *buffer)
{
    static const struct {
        const char *begin, *what;
    } DOCUMENTS[] = {{"%PDF-", "a PDF"},         {"<!doctype", "a page of HTML"}, {"<html", "a page of HTML"},
                     {"<head", "a page of HTML"}, {"<?xml", "an XML document"}};
    struct mxs_text rest = {(const char *)buffer->buffer + buffer->at, (uint32_t)(buffer->end - buffer->at)};
    while (rest.size_bytes != 0 && (rest.data[0] == ' ' || mxs_buffer_is_end((uint8_t)rest.data[0])))
        rest = (struct mxs_text){rest.data + 1, rest.size_bytes - 1};
    for (size_t i = 0; i < sizeof DOCUMENTS / sizeof *DOCUMENTS; i++)
        if (rest.size_bytes > strlen(DOCUMENTS[i].begin) &&
            strncasecmp(rest.data, DOCUMENTS[i].begin, strlen(DOCUMENTS[i].begin)) == 0)
            return DOCUMENTS[i].what;
    return NULL;
}
