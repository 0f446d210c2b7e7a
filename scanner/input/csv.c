#include "scanner/input/internal/csv.h"

#include <stdlib.h>
#include <strings.h>

#include "scanner/input/internal/cp1252.h"
#include "model/name.h"

/* Of libcsv, which keeps them to itself. */
#define ROW_NOT_BEGUN 0
#define FIELD_BEGUN 2

/* Three bytes for each of a row, should all of it be Windows-1252. */
#define ROW_TEXT_BYTES (MXS_LIST_LINE_MAX * 3 * 2 + 64) /* the column of the names may be kept, too */

/* libcsv takes blanks off unquoted cells before it looks for the mark, and a tab is a mark here. */
static int is_space(unsigned char c) { return c == ' '; }

/* Strict, so that libcsv stops at each quote that is neither doubled nor at an end: see parse(). */
static void init_parser(struct csv_parser *parser, char delimiter)
{
    csv_init(parser, CSV_STRICT);
    csv_set_delim(parser, (unsigned char)delimiter);
    csv_set_space_func(parser, is_space);
}

/* --- reading --- */

enum mxs_err mxs_csv_open(struct mxs_csv *csv, struct mxs_buffer *buffer, const struct mxs_csv_shape *shape,
                          struct mxs_detail *detail)
{
    *csv = (struct mxs_csv){
        .buffer = buffer, .comments = shape->delimiter == MXS_CSV_NO_MARK, .width = shape->width};
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

/* *assumed becomes true where the bytes are not UTF-8. */
static struct mxs_text keep_cell(struct mxs_csv *csv, const void *data, size_t size, bool *assumed)
{
    char *out = csv->text + csv->used;
    uint32_t put = (uint32_t)size;
    if (mxs_cp1252_is_utf8(data, size)) {
        if (size != 0)
            memcpy(out, data, size);
    } else {
        put = mxs_cp1252_put(data, size, out);
        *assumed = true;
    }
    csv->used += put;
    return (struct mxs_text){out, put};
}

static bool has_line_end(const void *data, size_t size)
{
    return size != 0 && (memchr(data, '\n', size) != NULL || memchr(data, '\r', size) != NULL);
}

static void take_cell(void *data, size_t size, void *arg)
{
    struct mxs_csv *csv = arg;
    uint32_t column = csv->columns++;
    if (csv->comments && size != 0) {
        struct mxs_text text = mxs_line_uncommented((struct mxs_text){data, (uint32_t)size});
        data = (void *)text.data;
        size = text.size_bytes;
    }
    csv->torn |= csv->stray && has_line_end(data, size);
    csv->stray = false;
    if (csv->cells != NULL) {
        if (column < MXS_COLUMNS_MAX)
            csv->cells[column] = keep_cell(csv, data, size, &csv->assumed);
        return;
    }
    if (column >= csv->width)
        csv->wide |= size != 0;
    if (column == csv->column)
        csv->cell_text = keep_cell(csv, data, size, &csv->assumed);
    for (uint32_t i = 0; i < csv->kept_count; i++) {
        if (csv->kept[i] != column)
            continue;
        struct mxs_text value = mxs_cell_kept(keep_cell(csv, data, size, &csv->assumed_kept), &csv->nul_kept,
                                              &csv->cut_kept);
        if (value.size_bytes != 0)
            csv->facets[csv->facet_count++] = (struct mxs_facet_value){i, value};
    }
}

static void take_row(int end, void *arg)
{
    (void)end;
    ((struct mxs_csv *)arg)->row_over = true;
}

/* "Foo" GmbH behind its second quote: the cell is no longer quoted, and that quote is none of its text. */
static void end_quotes(struct csv_parser *parser)
{
    unsigned char *blanks = parser->entry_buf + parser->entry_pos - parser->spaces;
    memmove(blanks - 1, blanks, parser->spaces);
    parser->entry_pos--;
    parser->pstate = FIELD_BEGUN;
    parser->quoted = 0;
}

/* Libcsv stops at a quote in an unquoted cell, which is text, and behind one in a quoted cell that is neither doubled
 * nor at the end of the cell. Such a stray quote is text, too, as in "the "big" one", or ends what is quoted: the row
 * tells. False: no memory. */
static bool parse(struct mxs_csv *csv, const void *text, size_t size)
{
    struct csv_parser *parser = &csv->parser;
    size_t at = 0;
    while ((at += csv_parse(parser, (const char *)text + at, size - at, take_cell, take_row, csv)) != size) {
        if (csv_error(parser) != CSV_EPARSE)
            return false;
        if (parser->quoted != 0 && csv->quotes_end)
            end_quotes(parser);
        else if (parser->quoted != 0)
            csv->stray = csv->strays = true;
        csv_set_opts(parser, 0);
        size_t put = csv_parse(parser, (const char *)text + at, 1, take_cell, take_row, csv);
        csv_set_opts(parser, CSV_STRICT);
        if (put != 1)
            return false;
        at++;
    }
    return true;
}

/* Behind what was not closed or not read whole. */
static void begin_again(struct mxs_csv *csv)
{
    csv->parser.pstate = ROW_NOT_BEGUN; /* libcsv has no call for it but its end, which would give out a cell */
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
    csv->nul_kept = csv->cut_kept = 0;
    csv->assumed = csv->assumed_kept = false;
    csv->row_over = csv->wide = csv->stray = csv->strays = csv->torn = false;
    csv->cell_text.size_bytes = 0;
}

/* A row whose quotes do not come out: its first line is read by itself, as Python reads it, where a stray quote ends
 * what is quoted. A cell that is open even so costs that line. */
static enum mxs_err read_first_line(struct mxs_csv *csv, size_t end, char *name, struct mxs_entry *out)
{
    struct mxs_buffer *buffer = csv->buffer;
    csv->row = (struct mxs_text){(const char *)buffer->buffer + buffer->at, (uint32_t)end};
    begin_again(csv);
    begin_row(csv);
    csv->quotes_end = true;
    bool parsed = parse(csv, csv->row.data, end) && parse(csv, "\n", 1);
    csv->quotes_end = false;
    if (!parsed)
        return MXS_ERR_MEMORY;
    if (!csv->row_over) {
        begin_again(csv);
        begin_row(csv);
        refuse_row(csv, mxs_line_cut(csv->row), "unclosed_quote", name, out);
    }
    mxs_buffer_take(buffer, end);
    return MXS_OK;
}

/* Whether the text of a row, or a blank line, ends here. Not a row of one line that lacks cells because a stray quote
 * took them, nor one in which a cell with a stray quote has run over a line end. */
static bool is_whole(const struct mxs_csv *csv, uint32_t lines)
{
    if (!csv->row_over)
        return csv->parser.quoted == 0;
    return !csv->torn && !(csv->strays && lines == 0 && csv->columns < csv->width);
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
    for (uint32_t lines = 0;; lines++) {
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
            bool parsed = parse(csv, start + from, after - from);
            if (parsed && last && !csv->row_over) /* libcsv knows by what follows whether a quote closed the cell */
                parsed = parse(csv, "\n", 1);
            if (!parsed)
                return MXS_ERR_MEMORY;
            if (is_whole(csv, lines)) {
                buffer->line += lines;
                csv->row = (struct mxs_text){(const char *)start, (uint32_t)end};
                mxs_buffer_take(buffer, end);
                return MXS_OK; /* no row is over: the line was blank */
            }
            from = after;
        }
        /* A row that is over comes here when it is not whole: as one whose quotes never end. */
        if (end == MXS_BUFFER_TOO_LONG || last || csv->row_over || csv->torn || csv->stray ||
            csv->rescans == MXS_CSV_RESCANS) {
            csv->rescans += lines != 0 && csv->rescans < MXS_CSV_RESCANS;
            return read_first_line(csv, first, name, out);
        }
    }
}

/* --- looking --- */

struct sample {
    struct mxs_columns *columns;
    uint32_t rows, head_width;
    uint32_t widths[MXS_COLUMNS_MAX + 1];
    struct mxs_text cells[MXS_COLUMNS_MAX]; /* of one row */
};

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

/* The mark of the line by which Excel is told it, as "sep=;": also quoted, in capitals, filled up by who saved it as a
 * row. NUL: it is none. */
static char said_mark(const char *line, size_t size)
{
    bool quoted = size >= 2 && line[0] == '"';
    line += quoted;
    size -= quoted;
    if (size < 5 || strncasecmp(line, "sep=", 4) != 0)
        return '\0';
    char mark = line[4];
    bool letter = (mark >= '0' && mark <= '9') || ((mark | 32) >= 'a' && (mark | 32) <= 'z');
    if (letter || mark == '"' || mark == ' ' || (mark < ' ' && mark != '\t') || mark > '~')
        return '\0';
    size_t at = 5;
    at += quoted && at < size && line[at] == '"';
    while (at < size && (line[at] == mark || line[at] == ' '))
        at++;
    return at == size ? mark : '\0';
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
        char mark = said_mark(start + at, end - at);
        if (end == left || (end != at && start[at] != '#' && mark == '\0'))
            break;
        if (mark != '\0')
            out->said = out->delimiter = mark;
        out->preamble_lines++;
        at = mxs_buffer_after(buffer, end);
    }
    out->preamble_bytes = at;
}

char mxs_csv_said_mark(const struct mxs_buffer *buffer)
{
    struct mxs_csv_shape shape = {.delimiter = '\0'};
    take_preamble(buffer, &shape);
    return shape.said;
}

static void sample_row(struct sample *sample, const struct mxs_csv *csv)
{
    uint32_t count = csv->columns < MXS_COLUMNS_MAX ? csv->columns : MXS_COLUMNS_MAX;
    if (sample->rows == 0) {
        sample->head_width = csv->columns;
        sample->columns->more = csv->columns > MXS_COLUMNS_MAX;
    }
    for (uint32_t i = 0; i < count; i++)
        (sample->rows == 0 ? mxs_columns_head : mxs_columns_put)(sample->columns, i, mxs_line_cut(sample->cells[i]));
    sample->widths[count]++;
    sample->rows++;
}

/* Reads the first rows as they will be read, in the buffer as it stands, and then puts its marks back. */
static enum mxs_err sample_rows(struct sample *sample, struct mxs_buffer *buffer, const struct mxs_csv_shape *shape,
                                struct mxs_detail *detail)
{
    struct mxs_csv csv;
    struct mxs_entry entry;
    char name[MXS_NAME_TEXT_MAX + 1];
    const size_t at = buffer->at, end = buffer->end;
    const uint64_t line = buffer->line;
    const bool ended = buffer->ended, after_cr = buffer->after_cr;
    const enum mxs_err broken = buffer->err;
    buffer->end = at + sample_bytes(buffer, shape->preamble_bytes);
    buffer->ended = true;
    /* Where the rows are cut here, a cell that is still open is half of one: it is left out. */
    buffer->err = buffer->end == end && ended ? broken : MXS_ERR_END;
    enum mxs_err err = mxs_csv_open(&csv, buffer, shape, detail);
    csv.cells = sample->cells;
    while (err == MXS_OK && (err = read_row(&csv, name, &entry)) == MXS_OK) {
        if (csv.row_over)
            sample_row(sample, &csv);
        csv.width = sample->head_width;
    }
    mxs_csv_finish(&csv);
    buffer->at = at;
    buffer->end = end;
    buffer->line = line;
    buffer->ended = ended;
    buffer->after_cr = after_cr;
    buffer->err = broken;
    return err == MXS_ERR_END ? MXS_OK : mxs_err_set(detail, err, "no memory to look at the columns");
}

enum mxs_err mxs_csv_shape(struct mxs_buffer *buffer, char delimiter, struct mxs_columns *columns,
                           struct mxs_csv_shape *out, struct mxs_detail *detail)
{
    struct sample sample = {.columns = columns};
    struct mxs_csv_shape shape = {.delimiter = delimiter};
    mxs_columns_reset(columns);
    take_preamble(buffer, &shape);
    enum mxs_err err = sample_rows(&sample, buffer, &shape, detail);
    if (err != MXS_OK)
        return err;
    shape.rows = sample.rows == 0 ? 0 : sample.rows - 1;
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

/* --- the rows --- */

/* The header once more, where files were joined with cat. */
static bool is_head(const struct mxs_csv *csv)
{
    return csv->head != NULL && mxs_text_equal(mxs_line_trim(csv->cell_text), mxs_text_of(csv->head));
}

/* A row that was read whole: its reject, or its cell is due. */
static bool judge_row(struct mxs_csv *csv, char *name, struct mxs_entry *out)
{
    if (csv->columns < csv->width || csv->wide) {
        refuse_row(csv, mxs_line_cut(csv->row), "ragged_row", name, out);
        return true;
    }
    mxs_cell_init(&csv->cell, csv->cell_text);
    csv->cell_due = true;
    if (csv->cell.rest.size_bytes == 0 || is_head(csv)) {
        csv->counts.passed_over++;
        csv->cell_due = false;
        return false;
    }
    csv->counts.assumed += csv->assumed;
    csv->counts.assumed_kept += csv->assumed_kept;
    csv->counts.nul_kept += csv->nul_kept;
    csv->counts.cut_kept += csv->cut_kept;
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
            csv->counts.passed_over++;
            continue;
        }
        if (judge_row(csv, name, out))
            return MXS_OK;
    }
}
