#include <ctype.h>
#include <langinfo.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "reports/format/internal/text_fit.h"

/* libsmartcols aligns, and cuts nothing: what does not fit is broken before, between words. Where that takes more than
 * a few lines it is cut, a mark stands where something is missing, and the whole is told below the row. */

#define DEFAULT_WIDTH 100
#define STACK_INDENT 4
#define TURNED_MOST 3 /* rows that stand as columns */

void mxs_style_find(struct mxs_style *style, const mxs_out *out, const char *color)
{
    bool terminal = isatty(fileno(out->stream)) == 1;
    struct winsize size;
    style->width = 0;
    style->bars = terminal;
    if (terminal)
        style->width =
            ioctl(fileno(out->stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : DEFAULT_WIDTH;
    const char *columns = getenv("COLUMNS");
    if (columns != NULL && atoi(columns) >= 20)
        style->width = (size_t)atoi(columns);
    const char *no_colour = getenv("NO_COLOR");
    style->color = terminal && (no_colour == NULL || no_colour[0] == '\0');
    if (color != NULL && strcmp(color, "auto") != 0)
        style->color = strcmp(color, "always") == 0;
}

const char *mxs_style_color(const struct mxs_style *style, const char *column, const char *text)
{
    static const struct {
        const char *column, *text, *color;
    } colors[] = {
        {"role", "mailbox", "\033[34m"},        {"role", "gateway", "\033[35m"},
        {"role", "backup", "\033[36m"},         {"backup", "effective", "\033[32m"},
        {"backup", "decorative", "\033[33m"},   {"backup", "dead", "\033[31m"},
        {"severity", "critical", "\033[1;31m"}, {"severity", "warning", "\033[33m"},
        {"severity", "notice", "\033[36m"},     {"severity", "info", "\033[2m"},
        {"state", "broken", "\033[31m"},        {"state", "undetermined", "\033[33m"},
    };
    for (size_t i = 0; style->color && i < sizeof colors / sizeof *colors; i++)
        if (strcmp(colors[i].column, column) == 0 && strcmp(colors[i].text, text) == 0)
            return colors[i].color;
    return NULL;
}

static const char *color_of(const struct mxs_table *table, size_t row, size_t column, const struct mxs_style *style)
{
    const struct mxs_cell *cell = mxs_table_at(table, row, column);
    return cell->kind == MXS_CELL_TEXT ? mxs_style_color(style, table->columns[column].name, cell->text) : NULL;
}

/* That of the row's role; in a table of one role, of that. */
static const char *bar_color(const struct mxs_table *table, size_t row, const struct mxs_style *style)
{
    static const char *const tables[][2] = {{"mailboxes", "mailbox"}, {"gateways", "gateway"}, {"backups", "backup"}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (table->name != NULL && strcmp(table->name, tables[i][0]) == 0)
            return mxs_style_color(style, "role", tables[i][1]);
    for (size_t i = 0; i < table->column_count; i++) {
        const char *color = color_of(table, row, i, style);
        if (color != NULL)
            return color;
    }
    return NULL;
}

/* A share against the largest of its column, in eighths of a block, or in whole signs where there are no blocks. */
static char *bar_of(const struct mxs_table *table, size_t row, size_t column)
{
    double largest = 0, share = mxs_table_at(table, row, column)->real;
    for (size_t i = 0; i < table->row_count; i++)
        if (mxs_table_at(table, i, column)->real > largest)
            largest = mxs_table_at(table, i, column)->real;
    double part = largest > 0 && share > 0 ? share / largest : 0;
    char *text = calloc(1, MXS_FIT_BAR_WIDTH * 3 + 4), *at = text;
    if (text == NULL)
        return NULL;
    size_t eighths = (size_t)(part * MXS_FIT_BAR_WIDTH * 8 + 0.5);
    if (!mxs_fit_is_unicode()) {
        memset(text, '#', (eighths + 4) / 8);
        return text;
    }
    for (size_t i = 0; i < eighths / 8; i++)
        at = stpcpy(at, "\xE2\x96\x88");
    if (eighths % 8 > 0) { /* U+2588 is the whole block, U+258F its eighth */
        memcpy(at, "\xE2\x96", 2);
        at[2] = (char)(0x88 + 8 - eighths % 8);
    }
    return text;
}

void mxs_format_put_wrapped(mxs_out *out, const char *text, size_t size_bytes, const struct mxs_style *style)
{
    char *copy = strndup(text != NULL ? text : "", size_bytes), *at = copy;
    if (copy == NULL) {
        out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
        return;
    }
    for (char *line;
         style != NULL && style->width > 0 && (line = strsep(&at, "\n")) != NULL && (*line != '\0' || at != NULL);) {
        mxs_fit_wrap(line, style->width);
        mxs_out_text(out, line);
        mxs_out_text(out, "\n");
    }
    if (style == NULL || style->width == 0)
        mxs_out_bytes(out, copy, size_bytes);
    free(copy);
}

void mxs_format_put_sentence(mxs_out *out, mxs_out *sentence, const struct mxs_style *style)
{
    mxs_format_put_wrapped(out, sentence->buffer, sentence->used, style);
    if (sentence->err != MXS_OK)
        out->err = out->err != MXS_OK ? out->err : sentence->err;
    mxs_out_abandon(sentence);
}

static bool put_columns(struct libscols_table *made, const struct mxs_table *table, const struct mxs_fit *fit)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct mxs_column *column = &table->columns[i];
        bool folds = column->unit == MXS_UNIT_PROSE || mxs_fit_is_cut(column);
        int flags = mxs_column_is_number(column) ? SCOLS_FL_RIGHT : folds ? SCOLS_FL_WRAP : 0;
        struct libscols_column *added =
            scols_table_new_column(made, fit->wrap_titles ? "" : column->title, 0, flags);
        if (added == NULL)
            return false;
        if (folds) {
            scols_column_set_safechars(added, "\n");
            scols_column_set_wrapfunc(added, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
        }
        if (i == fit->bars && scols_table_new_column(made, "", 0, 0) == NULL)
            return false;
    }
    return true;
}

/* Takes the text. colour NULL: none. */
static bool put_cell(struct libscols_line *line, size_t column, char *text, const char *color)
{
    if (text == NULL || scols_line_refer_data(line, column, text) != 0) {
        free(text);
        return false;
    }
    return color == NULL || scols_cell_set_color(scols_line_get_cell(line, column), color) == 0;
}

static size_t lines_of(const char *text)
{
    size_t lines = 1;
    while ((text = strchr(text, '\n')) != NULL) {
        lines++;
        text++;
    }
    return lines;
}

/* Titles in several lines are rows of their own, the last line of each just above its numbers. Returns how many; 0: no
 * memory. */
static size_t put_titles(struct libscols_table *made, const struct mxs_table *table, const struct mxs_fit *fit)
{
    char *titles[MXS_FIT_COLUMNS_MAX] = {NULL};
    size_t most = 0;
    bool put = true;
    for (size_t i = 0; put && i < table->column_count; i++) {
        titles[i] = mxs_fit_title(table, i, fit);
        put = titles[i] != NULL;
        size_t lines = put ? lines_of(titles[i]) : 0;
        most = lines > most ? lines : most;
    }
    for (size_t left = most; put && left > 0; left--) {
        struct libscols_line *line = scols_table_new_line(made, NULL);
        put = line != NULL;
        for (size_t i = 0; put && i < table->column_count; i++) {
            const char *at = titles[i];
            size_t lines = lines_of(at);
            for (; lines > left; lines--)
                at = strchr(at, '\n') + 1;
            put = put_cell(line, fit->bars != MXS_FIT_NO_BARS && i > fit->bars ? i + 1 : i,
                           lines < left ? strdup("") : strndup(at, strcspn(at, "\n")), NULL);
        }
    }
    for (size_t i = 0; i < table->column_count; i++)
        free(titles[i]);
    return put ? most : 0;
}

/* Of how many lines it is goes to *lines. */
static bool put_row(struct libscols_table *made, const struct mxs_table *table, size_t row, const struct mxs_fit *fit,
                    const struct mxs_style *style, size_t *lines)
{
    struct libscols_line *line = scols_table_new_line(made, NULL);
    if (line == NULL)
        return false;
    for (size_t i = 0; i < table->column_count; i++) {
        char *text = mxs_fit_shown(table, row, i);
        if (text != NULL && table->columns[i].unit == MXS_UNIT_PROSE && fit->prose > 0)
            mxs_fit_wrap(text, fit->prose);
        size_t limit = mxs_fit_limit(&table->columns[i], fit->text);
        if (text != NULL && mxs_fit_is_cut(&table->columns[i]) && !mxs_fit_fold(text, limit))
            text = mxs_fit_cut(text, limit);
        size_t here = text != NULL ? lines_of(text) : 0;
        *lines = here > *lines ? here : *lines;
        size_t position = fit->bars != MXS_FIT_NO_BARS && i > fit->bars ? i + 1 : i;
        if (!put_cell(line, position, text, color_of(table, row, i, style)) ||
            (i == fit->bars && !put_cell(line, i + 1, bar_of(table, row, i), bar_color(table, row, style))))
            return false;
    }
    return true;
}

/* Spaces at the end of a line mean nothing and make diffs of reports ugly. Returns what follows the line. */
static const char *put_line(mxs_out *out, const char *text)
{
    const char *end = strchrnul(text, '\n');
    const char *last = end;
    while (last > text && last[-1] == ' ')
        last--;
    mxs_out_bytes(out, text, (size_t)(last - text));
    mxs_out_bytes(out, "\n", 1);
    return *end == '\n' ? end + 1 : end;
}

/* Takes the text; NULL: no memory. */
static void put_indented(mxs_out *out, char *text, const struct mxs_style *style)
{
    if (text == NULL)
        out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
    else if (style->width > STACK_INDENT)
        mxs_fit_wrap(text, style->width - STACK_INDENT);
    for (const char *at = text; at != NULL && *at != '\0';) {
        mxs_out_format(out, "%*s", STACK_INDENT, "");
        at = put_line(out, at);
    }
    free(text);
}

void mxs_format_put_below(mxs_out *out, const char *before, const char *sentence, const struct mxs_style *style)
{
    char *shown = mxs_fit_printable(mxs_out_escaped_copy(MXS_ESCAPE_TERMINAL, sentence, strlen(sentence)));
    char *text = NULL;
    if (shown == NULL || asprintf(&text, "%s%s", before, shown) < 0)
        text = NULL;
    put_indented(out, text, style);
    free(shown);
}

void mxs_format_put_hanging(mxs_out *out, const char *line, size_t size_bytes, const struct mxs_style *style)
{
    char *copy = strndup(line != NULL ? line : "", size_bytes), *at = copy;
    size_t indent = copy != NULL ? strspn(copy, " ") : 0;
    if (copy == NULL) {
        out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
        return;
    }
    if (style->width > indent + 2 * STACK_INDENT && mxs_fit_width(copy) > style->width)
        mxs_fit_wrap(copy + indent, style->width - indent - STACK_INDENT);
    for (const char *part; (part = strsep(&at, "\n")) != NULL;)
        mxs_out_format(out, "%*s%s\n", part == copy ? 0 : (int)indent + STACK_INDENT, "", part);
    free(copy);
}

/* What found no room in the row: "share of all: 12.9 %; domains: 84". */
static void put_overflow(mxs_out *out, const struct mxs_table *table, size_t row, const enum mxs_place *places,
                         const struct mxs_style *style)
{
    char *text = strdup("");
    for (size_t i = 0; text != NULL && i < table->column_count; i++) {
        if (places[i] != MXS_PLACE_BELOW || table->columns[i].unit == MXS_UNIT_PROSE ||
            mxs_table_at(table, row, i)->kind == MXS_CELL_NULL)
            continue;
        char *cell = mxs_fit_shown(table, row, i), *longer = NULL;
        if (cell == NULL ||
            asprintf(&longer, "%s%s%s: %s", text, text[0] != '\0' ? "; " : "", table->columns[i].title, cell) < 0)
            longer = NULL;
        free(cell);
        free(text);
        text = longer;
    }
    put_indented(out, text, style);
}

/* The sentences of a row below its line: the first as it is, the others behind their title. */
static void put_sentences(mxs_out *out, const struct mxs_table *table, size_t row, const enum mxs_place *places,
                          const struct mxs_style *style)
{
    char before[64] = "";
    for (size_t i = 0; i < table->column_count; i++) {
        const struct mxs_cell *cell = mxs_table_at(table, row, i);
        if (places[i] != MXS_PLACE_BELOW || table->columns[i].unit != MXS_UNIT_PROSE || cell->size_bytes == 0)
            continue;
        mxs_format_put_below(out, before, cell->text, style);
        for (size_t next = i + 1; next < table->column_count; next++)
            if (table->columns[next].unit == MXS_UNIT_PROSE) {
                snprintf(before, sizeof before, "%.60s: ", table->columns[next].title);
                break;
            }
    }
}

struct made_rows {
    const struct mxs_table *shown; /* the columns that stand in the row */
    struct mxs_fit fit;
    size_t titles; /* lines of the titles; 0: no memory */
    size_t *lines; /* of each row */
};

/* The texts of a row that were cut, whole. */
static void put_whole(mxs_out *out, const struct mxs_table *shown, size_t row, const struct mxs_fit *fit,
                      const struct mxs_style *style)
{
    for (size_t i = 0; i < shown->column_count; i++) {
        char *text = mxs_fit_is_cut(&shown->columns[i]) ? mxs_fit_shown(shown, row, i) : NULL, *told = NULL;
        if (text != NULL && mxs_fit_width(text) > mxs_fit_limit(&shown->columns[i], fit->text) &&
            !mxs_fit_fold(text, mxs_fit_limit(&shown->columns[i], fit->text)))
            put_indented(out, asprintf(&told, "%s: %s", shown->columns[i].title, text) < 0 ? NULL : told, style);
        free(text);
    }
}

/* What libsmartcols made, and below each row what has no place in it. */
static void put_trimmed(mxs_out *out, const char *text, const struct made_rows *rows, const struct mxs_table *table,
                        const enum mxs_place *places, const struct mxs_style *style)
{
    for (size_t line = 0; *text != '\0' && line < rows->titles; line++)
        text = put_line(out, text);
    for (size_t row = 0; *text != '\0' && row < table->row_count; row++) {
        for (size_t line = 0; *text != '\0' && line < rows->lines[row]; line++)
            text = put_line(out, text);
        put_whole(out, rows->shown, row, &rows->fit, style);
        put_overflow(out, table, row, places, style);
        put_sentences(out, table, row, places, style);
    }
    while (*text != '\0')
        text = put_line(out, text);
}

/* The table without the columns left out. The caller frees both lists; texts stay the table's own. */
static bool narrow(const struct mxs_table *table, const enum mxs_place *places, struct mxs_table *out,
                   struct mxs_column **columns, struct mxs_cell **cells)
{
    size_t kept[MXS_FIT_COLUMNS_MAX];
    *columns = calloc(table->column_count, sizeof **columns);
    *cells = calloc(table->row_count * table->column_count, sizeof **cells);
    if (*columns == NULL || *cells == NULL)
        return false;
    *out = *table;
    out->column_count = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (places[i] == MXS_PLACE_ROW) {
            kept[out->column_count] = i;
            (*columns)[out->column_count++] = table->columns[i];
        }
    struct mxs_cell *at = *cells;
    for (size_t row = 0; row < table->row_count; row++)
        for (size_t i = 0; i < out->column_count; i++)
            *at++ = *mxs_table_at(table, row, kept[i]);
    out->columns = *columns;
    out->cells = *cells;
    return true;
}

/* shown: the columns of the table that stand in its row. */
static bool put_table(mxs_out *out, struct libscols_table *made, const struct mxs_table *shown,
                      const struct mxs_table *table, const enum mxs_place *places, const struct mxs_style *style)
{
    scols_table_set_termforce(made, SCOLS_TERMFORCE_ALWAYS); /* without a terminal it would not align; no column may be
                                                                narrowed, so its width does not matter */
    scols_table_enable_minout(made, 1);
    scols_table_enable_noencoding(made, 1); /* every cell is printable */
    scols_table_enable_ascii(made, !mxs_fit_is_unicode());
    scols_table_set_column_separator(made, "  ");
    scols_table_enable_colors(made, style->color);
    struct made_rows rows = {.shown = shown, .fit = mxs_fit_find(shown, style), .titles = 1};
    rows.lines = calloc(shown->row_count, sizeof *rows.lines);
    bool put = rows.lines != NULL && put_columns(made, shown, &rows.fit);
    if (put && rows.fit.wrap_titles) {
        scols_table_enable_noheadings(made, 1);
        rows.titles = put_titles(made, shown, &rows.fit);
    }
    for (size_t row = 0; put && rows.titles > 0 && row < shown->row_count; row++)
        put = put_row(made, shown, row, &rows.fit, style, &rows.lines[row]);
    char *text = NULL;
    put = put && rows.titles > 0 && scols_print_table_to_string(made, &text) == 0;
    if (put)
        put_trimmed(out, text, &rows, table, places, style);
    free(text);
    free(rows.lines);
    return put;
}

static void put_heading(mxs_out *out, const struct mxs_table *table, const struct mxs_style *style)
{
    if (table->title == NULL)
        return;
    mxs_out_text(out, style->color ? "\033[1m" : "");
    mxs_out_text(out, table->title);
    mxs_out_text(out, style->color ? "\033[0m\n" : "\n");
}

static void put_bases(mxs_out *out, const struct mxs_table *table, const struct mxs_style *style)
{
    mxs_out bases;
    mxs_out_attach(&bases, NULL);
    if (mxs_format_bases(&bases, MXS_ESCAPE_TERMINAL, table))
        mxs_out_text(&bases, "\n");
    mxs_format_put_sentence(out, &bases, style);
}

/* The columns that the row leaves out, since they tell nothing. */
static void put_zeros(mxs_out *out, const struct mxs_table *table, const enum mxs_place *places,
                      const struct mxs_style *style)
{
    mxs_out line;
    size_t zeros = 0;
    mxs_out_attach(&line, NULL);
    for (size_t i = 0; i < table->column_count; i++)
        if (places[i] == MXS_PLACE_ZERO)
            mxs_out_format(&line, "%s%s", zeros++ == 0 ? "0 in every row: " : ", ", table->columns[i].title);
    if (zeros > 0)
        mxs_out_text(&line, "\n");
    mxs_format_put_sentence(out, &line, style);
}

/* Whether it has few rows of numbers alone, and more of them than fit. */
static bool is_turned(const struct mxs_table *table, const struct mxs_style *style)
{
    size_t used = 0;
    bool turned = table->row_count > 0 && table->row_count <= TURNED_MOST && style->width > 0;
    for (size_t i = 0; turned && i < table->column_count; i++) {
        turned = i == 0 || mxs_column_is_number(&table->columns[i]);
        used += mxs_fit_is_empty(table, i) ? 0 : (i > 0 ? MXS_FIT_SEPARATOR : 0) + mxs_fit_widest(table, i);
    }
    return turned && used > style->width;
}

/* A line for each row. */
static void put_upright(mxs_out *out, const struct mxs_table *table, const struct mxs_style *style)
{
    if (table->row_count == 0) {
        char *none = NULL;
        int size = asprintf(&none, "(none%s%s)\n", table->missing != NULL ? ": " : "",
                            table->missing != NULL ? table->missing : "");
        if (size < 0)
            out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
        else
            mxs_format_put_wrapped(out, none, (size_t)size, style);
        free(size < 0 ? NULL : none);
        return;
    }
    enum mxs_place places[MXS_FIT_COLUMNS_MAX];
    MXS_ASSERT(table->column_count <= MXS_FIT_COLUMNS_MAX);
    mxs_fit_place(table, style, places);
    struct libscols_table *made = scols_new_table();
    struct mxs_table shorter;
    struct mxs_column *columns = NULL;
    struct mxs_cell *cells = NULL;
    if (made == NULL || !narrow(table, places, &shorter, &columns, &cells) ||
        !put_table(out, made, &shorter, table, places, style))
        out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
    free(columns);
    free(cells);
    scols_unref_table(made);
    put_zeros(out, table, places, style);
    put_bases(out, table, style);
    mxs_format_put_cut(out, MXS_ESCAPE_TERMINAL, table);
    mxs_out_text(out, table->total_rows > table->row_count ? "\n" : "");
}

/* A line for each column, and a column for each row. */
static void put_turned(mxs_out *out, const struct mxs_table *table, const struct mxs_style *style)
{
    struct mxs_column columns[TURNED_MOST + 1] = {{"what", table->columns[0].title, MXS_UNIT_TEXT, 0}};
    struct mxs_table turned;
    char *heads[TURNED_MOST] = {NULL};
    for (size_t row = 0; row < table->row_count; row++) {
        heads[row] = mxs_fit_shown(table, row, 0);
        columns[row + 1] = (struct mxs_column){"row", heads[row] != NULL ? heads[row] : "", MXS_UNIT_NUMBER, 0};
    }
    mxs_table_init(&turned, NULL, NULL, columns, table->row_count + 1);
    for (size_t i = 1; i < table->column_count; i++) {
        struct mxs_cell *cells = mxs_fit_is_empty(table, i) ? NULL : mxs_table_row(&turned);
        if (cells == NULL)
            continue;
        mxs_table_put_text(&turned, &cells[0], table->columns[i].title, strlen(table->columns[i].title));
        for (size_t row = 0; row < table->row_count; row++) {
            char *text = mxs_fit_shown(table, row, i);
            mxs_table_put_text(&turned, &cells[row + 1], text != NULL ? text : "", text != NULL ? strlen(text) : 0);
            free(text);
        }
    }
    put_upright(out, &turned, style); /* however few its rows are */
    if (turned.err != MXS_OK)
        out->err = out->err != MXS_OK ? out->err : turned.err;
    for (size_t row = 0; row < table->row_count; row++)
        free(heads[row]);
    mxs_table_finish(&turned);
}

void mxs_format_text(mxs_out *out, const struct mxs_table *table, const struct mxs_style *style)
{
    put_heading(out, table, style);
    if (!is_turned(table, style)) {
        put_upright(out, table, style);
        return;
    }
    put_turned(out, table, style);
    put_bases(out, table, style);
}
