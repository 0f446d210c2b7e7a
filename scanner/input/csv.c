#include "scanner/input/internal/csv.h"

#include <stdlib.h>

#include "scanner/input/internal/cp1252.h"
#include "model/name.h"

/* Three bytes for each of a row, should all of it be Windows-1252. */
#define ROW_TEXT_BYTES (MXS_LIST_LINE_MAX * 3 * 2 + 64) /* the column of the names may be kept, too */

/* libcsv takes blanks off unquoted cells before it looks for the mark, and a tab is a mark here. */
static int is_space(unsigned char c) { return c == ' '; }

static void init_parser(struct csv_parser *parser, char delimiter)
{
    csv_init(parser, 0);
    csv_set_delim(parser, (unsigned char)delimiter);
    csv_set_space_func(parser, is_space);
}

/* --- looking --- */

struct sample {
    struct mxs_columns *columns;
    uint32_t row, column;
    uint32_t head_width;
    uint32_t widths[MXS_COLUMNS_MAX + 1];
};

static void sample_cell(void *data, size_t size, void *arg)
{
    struct sample *sample = arg;
    char text[MXS_LINE_TEXT_MAX * 3];
    if (size > MXS_LINE_TEXT_MAX)
        size = MXS_LINE_TEXT_MAX;
    struct mxs_text cell = {data, (uint32_t)size};
    if (!mxs_cp1252_is_utf8(data, size))
        cell = (struct mxs_text){text, mxs_cp1252_put(data, size, text)};
    if (sample->row == 0)
        mxs_columns_head(sample->columns, sample->column, cell);
    else if (sample->row <= MXS_CSV_SAMPLE_ROWS)
        mxs_columns_put(sample->columns, sample->column, cell);
    sample->column++;
}

static void sample_row(int end, void *arg)
{
    (void)end;
    struct sample *sample = arg;
    if (sample->row == 0)
        sample->head_width = sample->column;
    sample->widths[sample->column < MXS_COLUMNS_MAX ? sample->column : MXS_COLUMNS_MAX]++;
    sample->column = 0;
    sample->row++;
}

/* The buffered text up to a line end, and no more lines than the sample has rows. */
static size_t sample_bytes(const struct mxs_buffer *buffer, size_t from)
{
    const uint8_t *start = buffer->buffer + buffer->at;
    size_t left = buffer->end - buffer->at, end = from;
    uint32_t lines = 0;
    for (size_t i = from; i < left && lines <= MXS_CSV_SAMPLE_ROWS; i++) {
        if (mxs_buffer_is_end(start[i])) {
            i += start[i] == '\r' && i + 1 < left && start[i + 1] == '\n';
            lines++;
            end = i + 1;
        }
    }
    return buffer->ended && lines <= MXS_CSV_SAMPLE_ROWS ? left : end;
}

/* Comments in front, and the line by which Excel is told the mark. */
static void take_preamble(const struct mxs_buffer *buffer, struct mxs_csv_shape *out)
{
    const char *start = (const char *)buffer->buffer + buffer->at;
    size_t left = buffer->end - buffer->at, at = 0;
    while (at < left) {
        size_t end = at;
        while (end < left && !mxs_buffer_is_end((uint8_t)start[end]))
            end++;
        bool sep = end - at == 5 && memcmp(start + at, "sep=", 4) == 0;
        if (end == left || (end != at && start[at] != '#' && !sep))
            break;
        if (sep)
            out->delimiter = start[at + 4];
        out->preamble_lines++;
        at = mxs_buffer_after(buffer, end);
    }
    out->preamble_bytes = at;
}

enum mxs_err mxs_csv_shape(const struct mxs_buffer *buffer, char delimiter, struct mxs_columns *columns,
                           struct mxs_csv_shape *out, struct mxs_detail *detail)
{
    struct sample sample = {.columns = columns};
    struct csv_parser parser;
    struct mxs_csv_shape shape = {.delimiter = delimiter};
    mxs_columns_reset(columns);
    take_preamble(buffer, &shape);
    size_t size = sample_bytes(buffer, shape.preamble_bytes) - shape.preamble_bytes;
    init_parser(&parser, shape.delimiter);
    size_t parsed =
        csv_parse(&parser, buffer->buffer + buffer->at + shape.preamble_bytes, size, sample_cell, sample_row, &sample);
    if (parsed == size)
        csv_parse(&parser, "\n", 1, sample_cell, sample_row, &sample); /* the last row may have no end */
    csv_free(&parser);
    if (parsed != size)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory to look at the columns");
    shape.rows = sample.row == 0 ? 0 : sample.row - 1;
    shape.head_width = sample.head_width;
    for (uint32_t i = 0; i <= MXS_COLUMNS_MAX; i++) {
        if (sample.widths[i] > shape.width_rows) {
            shape.width = i;
            shape.width_rows = sample.widths[i];
        }
    }
    for (uint32_t i = 0; i < columns->count; i++)
        shape.head_known |= columns->items[i].kind != MXS_COLUMN_OTHER && !columns->items[i].head_is_name;
    shape.best = mxs_columns_best(columns, &shape.equal);
    *out = shape;
    return MXS_OK;
}

bool mxs_csv_head(struct mxs_csv_shape *shape, struct mxs_columns *columns)
{
    bool number = false, name = false;
    for (uint32_t i = 0; i < columns->count; i++) {
        const char *head = columns->items[i].head;
        number |= head[0] != '\0' && strspn(head, "0123456789.,") == strlen(head);
        name |= columns->items[i].head_is_name;
    }
    columns->has_header = shape->head_known || (shape->rows > 0 && !number && !name && shape->best != MXS_COLUMN_NONE);
    if (columns->has_header) {
        shape->width = shape->head_width;
        return true;
    }
    for (uint32_t i = 0; i < columns->count; i++) {
        struct mxs_input_column *item = &columns->items[i];
        char head[sizeof item->head];
        memcpy(head, item->head, sizeof head);
        item->head[0] = '\0';
        item->kind = MXS_COLUMN_OTHER;
        if (i < shape->head_width)
            mxs_columns_put(columns, i, mxs_text_of(head));
    }
    shape->best = mxs_columns_best(columns, &shape->equal);
    return false;
}

/* --- reading --- */

enum mxs_err mxs_csv_open(struct mxs_csv *csv, struct mxs_buffer *buffer, const struct mxs_csv_shape *shape,
                          struct mxs_detail *detail)
{
    *csv = (struct mxs_csv){.buffer = buffer, .width = shape->width};
    csv->text = malloc(ROW_TEXT_BYTES);
    if (csv->text == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory to read a table");
    init_parser(&csv->parser, shape->delimiter);
    csv->open = true;
    buffer->at += shape->preamble_bytes;
    buffer->line += shape->preamble_lines;
    return MXS_OK;
}

void mxs_csv_finish(struct mxs_csv *csv)
{
    if (csv->open)
        csv_free(&csv->parser);
    csv->open = false;
    free(csv->text);
    csv->text = NULL;
}

static struct mxs_text keep_cell(struct mxs_csv *csv, const void *data, size_t size)
{
    char *out = csv->text + csv->used;
    uint32_t put = (uint32_t)size;
    if (mxs_cp1252_is_utf8(data, size)) {
        if (size != 0)
            memcpy(out, data, size);
    } else {
        put = mxs_cp1252_put(data, size, out);
        csv->assumed_here = true;
    }
    csv->used += put;
    return (struct mxs_text){out, put};
}

/* Of a facet: what a terminal, a C string and the DNS all end at has no place in the name of a region. */
static struct mxs_text without_nul(struct mxs_text text)
{
    char *out = (char *)(uintptr_t)text.data;
    uint32_t used = 0;
    if (text.size_bytes == 0 || memchr(text.data, '\0', text.size_bytes) == NULL)
        return text;
    for (uint32_t i = 0; i < text.size_bytes; i++)
        if (text.data[i] != '\0')
            out[used++] = text.data[i];
    text.size_bytes = used;
    return text;
}

static void take_cell(void *data, size_t size, void *arg)
{
    struct mxs_csv *csv = arg;
    uint32_t column = csv->columns++;
    if (column >= csv->width)
        csv->wide |= size != 0;
    if (column == csv->column)
        csv->cell_text = keep_cell(csv, data, size);
    for (uint32_t i = 0; i < csv->kept_count; i++) {
        if (csv->kept[i] != column)
            continue;
        struct mxs_text value = mxs_line_trim(without_nul(keep_cell(csv, data, size)));
        if (value.size_bytes != 0)
            csv->facets[csv->facet_count++] = (struct mxs_facet_value){i, value};
    }
}

static void take_row(int end, void *arg)
{
    (void)end;
    ((struct mxs_csv *)arg)->row_over = true;
}

/* Behind what was not closed or not read whole. */
static void begin_again(struct mxs_csv *csv)
{
    csv->parser.pstate = 0; /* ROW_NOT_BEGUN: libcsv has no call for it but its end, which would give out a cell */
    csv->parser.quoted = 0;
    csv->parser.spaces = 0;
    csv->parser.entry_pos = 0;
}

static void refuse_row(struct mxs_csv *csv, struct mxs_text text, const char *reason, char *name, struct mxs_entry *out)
{
    name[0] = '\0';
    *out = (struct mxs_entry){.line = csv->line, .name = {name, 0}, .reason = reason, .text = text};
}

static void begin_row(struct mxs_csv *csv)
{
    csv->columns = csv->used = csv->facet_count = 0;
    csv->row_over = csv->wide = csv->assumed_here = false;
    csv->cell_text.size_bytes = 0;
}

/* MXS_OK: the buffer has moved behind a row, or behind one line of what is none: then *out is its reject. */
static enum mxs_err read_row(struct mxs_csv *csv, char *name, struct mxs_entry *out)
{
    struct mxs_buffer *buffer = csv->buffer;
    if (buffer->at == buffer->end && !buffer->ended)
        mxs_buffer_fill(buffer);
    mxs_buffer_join(buffer);
    begin_row(csv);
    csv->line = buffer->line + 1;
    size_t from = 0, first = 0;
    for (uint32_t lines = 0; !csv->row_over; lines++) {
        size_t end = mxs_buffer_peek(buffer, from, MXS_LIST_LINE_MAX);
        bool last = end != MXS_BUFFER_TOO_LONG && buffer->ended && buffer->at + end == buffer->end;
        if (last && (buffer->err != MXS_OK || end == 0))
            return MXS_ERR_END;
        if (end == MXS_BUFFER_TOO_LONG && from == 0) {
            memcpy(csv->long_text, buffer->buffer + buffer->at, sizeof csv->long_text);
            refuse_row(csv, mxs_line_cut((struct mxs_text){csv->long_text, sizeof csv->long_text}), "line_too_long",
                       name, out);
            return mxs_buffer_skip(buffer) ? MXS_OK : MXS_ERR_END;
        }
        const uint8_t *start = buffer->buffer + buffer->at;
        if (end != MXS_BUFFER_TOO_LONG && end >= from) {
            first = lines == 0 ? end : first;
            size_t after = mxs_buffer_after(buffer, end);
            size_t size = after - from;
            if (csv_parse(&csv->parser, start + from, size, take_cell, take_row, csv) != size)
                return MXS_ERR_MEMORY;
            if (last && !csv->row_over) /* libcsv knows only by what follows whether a quote closed the cell */
                csv_parse(&csv->parser, "\n", 1, take_cell, take_row, csv);
            if (csv->row_over || csv->parser.quoted == 0) {
                buffer->line += lines;
                csv->row = (struct mxs_text){(const char *)start, (uint32_t)end};
                mxs_buffer_take(buffer, end);
                return MXS_OK; /* no row is over: the line was blank */
            }
            from = after;
        }
        if (end == MXS_BUFFER_TOO_LONG || last || csv->rescans == MXS_CSV_RESCANS) { /* a quote that is not closed */
            csv->rescans += csv->rescans < MXS_CSV_RESCANS;
            refuse_row(csv, mxs_line_cut((struct mxs_text){(const char *)start, (uint32_t)first}), "unclosed_quote",
                       name, out);
            begin_again(csv);
            begin_row(csv);
            mxs_buffer_take(buffer, first);
            return MXS_OK;
        }
    }
    return MXS_OK;
}

/* A row that was read whole: its reject, or its cell is due. */
static bool judge_row(struct mxs_csv *csv, char *name, struct mxs_entry *out)
{
    csv->assumed += csv->assumed_here;
    if (csv->columns < csv->width || csv->wide) {
        refuse_row(csv, mxs_line_cut(csv->row), "ragged_row", name, out);
        return true;
    }
    mxs_cell_init(&csv->cell, csv->cell_text);
    csv->cell_due = true;
    if (csv->cell.rest.size_bytes == 0)
        csv->passed_over++;
    return false;
}

static bool next_value(struct mxs_csv *csv, char *name, struct mxs_entry *out)
{
    struct mxs_text value;
    if (!csv->cell_due || !mxs_cell_next(&csv->cell, &value)) {
        csv->cell_due = false;
        return false;
    }
    mxs_cell_entry(&csv->cell, value, name, out);
    out->line = csv->line;
    if (csv->drop_www)
        out->name = mxs_cell_without_www(out->name);
    out->facets = csv->facets;
    out->facet_count = csv->facet_count;
    return true;
}

enum mxs_err mxs_csv_next(struct mxs_csv *csv, char *name, struct mxs_entry *out)
{
    for (;;) {
        if (next_value(csv, name, out))
            return MXS_OK;
        out->reason = NULL;
        enum mxs_err err = read_row(csv, name, out);
        if (err != MXS_OK)
            return err;
        if (out->reason != NULL)
            return MXS_OK;
        if (!csv->row_over)
            continue;
        if (csv->header_due) {
            csv->header_due = false;
            csv->passed_over++;
            continue;
        }
        if (judge_row(csv, name, out))
            return MXS_OK;
    }
}
