#include <ctype.h>
#include <langinfo.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "reports/format/format.h"

/* libsmartcols aligns, and cuts nothing. What does not fit is cut here, before: the widest texts first, names as little
 * as can be, numbers and times never, and a mark stands where something is missing. */

#define DEFAULT_WIDTH 100
#define SEPARATOR_WIDTH 2
#define PROSE_MIN 20 /* columns of a sentence: before it gets less, texts are cut to TEXT_MIN */
#define PROSE_LEAST \
    12              /* before it gets less, texts are cut to TEXT_LEAST, and then the line is longer than the screen */
#define TEXT_MIN 12 /* columns of a text that is cut */
#define TEXT_LEAST 6
#define WHOLE SIZE_MAX
#define MARK "\xE2\x80\xA6"
#define STACK_BELOW 34 /* columns: sentences that would get less stand below their row */
#define STACK_INDENT 4
#define BAR_WIDTH 12
#define NO_BARS SIZE_MAX
#define TURNED_MOST 3 /* rows that stand as columns */
#define COLUMNS_MAX 512 /* a trend has one per run */

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

static bool is_unicode(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

/* The bytes of the character at text, and the columns it takes on the screen; 0: the locale cannot print it. */
static size_t step(const char *text, size_t *columns)
{
    mbstate_t state = {0};
    wchar_t wide;
    size_t size = mbrtowc(&wide, text, MB_CUR_MAX, &state);
    int width = size == 0 || size > MB_CUR_MAX ? -1 : wcwidth(wide);
    *columns = width < 0 ? 0 : (size_t)width;
    return width < 0 ? 0 : size;
}

/* Columns of a shown text. */
static size_t width_of(const char *text)
{
    size_t width = 0, columns;
    for (size_t size; (size = step(text, &columns)) > 0; text += size)
        width += columns;
    return width;
}

/* A text with nothing in it that the locale cannot print: such bytes are told as \xNN. libsmartcols would count and cut
 * them in another way than we do, and never ends on half a character. Takes the text; NULL: no memory. */
static char *printable(char *text)
{
    char *made = text == NULL ? NULL : malloc(strlen(text) * 4 + 1), *to = made;
    size_t columns;
    for (const char *at = text; made != NULL && *at != '\0';) {
        size_t size = step(at, &columns);
        if (size > 0)
            to = mempcpy(to, at, size);
        else
            to += sprintf(to, "\\x%02x", (unsigned char)*at);
        at += size > 0 ? size : 1;
    }
    if (made != NULL)
        *to = '\0';
    free(text);
    return made;
}

/* The cell as it is shown; the caller frees it. */
static char *shown(const struct mxs_table *table, size_t row, size_t column)
{
    char buffer[MXS_CELL_TEXT_SIZE];
    size_t size_bytes;
    const char *text =
        mxs_cell_for_people(&table->columns[column], mxs_table_at(table, row, column), buffer, &size_bytes);
    return printable(mxs_out_escaped_copy(MXS_ESCAPE_TERMINAL, text, size_bytes));
}

/* How a table is fitted to the width. */
struct fit {
    size_t text;  /* a text may be so wide; WHOLE: it is not cut */
    size_t prose; /* a line of a sentence; 0: as long as it is */
    size_t bars;  /* the column that gets bars; NO_BARS: none */
};

static size_t widest_of(const struct mxs_table *table, size_t column)
{
    size_t widest = width_of(table->columns[column].title);
    for (size_t row = 0; row < table->row_count; row++) {
        char *text = shown(table, row, column);
        size_t here = text != NULL ? width_of(text) : 0;
        widest = here > widest ? here : widest;
        free(text);
    }
    return widest;
}

/* Whether a text may be cut where there is no room: what is typed again, in `explain` or after --finding, may not. */
static bool is_cut(const struct mxs_column *column)
{
    bool typed = strcmp(column->name, "domain") == 0 || strcmp(column->name, "finding") == 0;
    return (column->unit == MXS_UNIT_TEXT && !typed) || column->unit == MXS_UNIT_OPERATOR;
}

/* What all columns but the sentences take when texts are cut at `cut`. */
static size_t plain_width(const struct mxs_table *table, const size_t *widths, size_t cut)
{
    size_t used = SEPARATOR_WIDTH * table->column_count;
    for (size_t i = 0; i < table->column_count; i++)
        used += is_cut(&table->columns[i]) && widths[i] > cut ? cut : widths[i];
    return used;
}

static struct fit fit_table(const struct mxs_table *table, const struct mxs_style *style)
{
    struct fit fit = {.text = WHOLE, .bars = NO_BARS};
    size_t prose = 0, longest = 0, widths[COLUMNS_MAX] = {0};
    MXS_ASSERT(table->column_count <= COLUMNS_MAX);
    if (style->width == 0)
        return fit;
    for (size_t i = 0; i < table->column_count; i++) {
        bool is_prose = table->columns[i].unit == MXS_UNIT_PROSE;
        prose += is_prose;
        widths[i] = is_prose ? 0 : widest_of(table, i);
        longest = widths[i] > longest ? widths[i] : longest;
    }
    if (plain_width(table, widths, WHOLE) + prose * PROSE_MIN > style->width)
        fit.text = longest;
    while (fit.text != WHOLE && fit.text > TEXT_LEAST &&
           plain_width(table, widths, fit.text) + prose * (fit.text > TEXT_MIN ? PROSE_MIN : PROSE_LEAST) >
               style->width)
        fit.text--;
    size_t used = plain_width(table, widths, fit.text);
    if (prose > 0)
        fit.prose = style->width < used + prose * PROSE_LEAST ? PROSE_LEAST : (style->width - used) / prose;
    for (size_t i = 0; style->bars && prose == 0 && i < table->column_count; i++)
        if (table->columns[i].unit == MXS_UNIT_SHARE && strcmp(table->columns[i].name, "share") == 0 &&
            used + SEPARATOR_WIDTH + BAR_WIDTH <= style->width)
            fit.bars = i;
    return fit;
}

/* Cuts a text to so many columns of the screen, the last of them a mark. Takes the text; NULL: no memory. */
static char *cut(char *text, size_t width)
{
    if (text == NULL || width == WHOLE || width_of(text) <= width)
        return text;
    size_t used = 0, at = 0, columns;
    for (size_t size; (size = step(text + at, &columns)) > 0 && used + columns < width; at += size)
        used += columns;
    char *made = realloc(text, at + sizeof MARK);
    if (made == NULL)
        free(text);
    else
        strcpy(made + at, is_unicode() ? MARK : "~");
    return made;
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
    char *text = calloc(1, BAR_WIDTH * 3 + 4), *at = text;
    if (text == NULL)
        return NULL;
    size_t eighths = (size_t)(part * BAR_WIDTH * 8 + 0.5);
    if (!is_unicode()) {
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

/* Breaks a text between words; a word that is longer than the line stays whole. */
static void wrap(char *text, size_t width)
{
    size_t line = 0, word = 0, columns;
    char *space = NULL;
    for (size_t size; (size = step(text, &columns)) > 0; text += size) {
        if (*text == ' ')
            space = text;
        line += columns;
        word = space == text ? 0 : word + columns;
        if (line > width && space != NULL) {
            *space = '\n';
            line = word;
            space = NULL;
        }
    }
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
        wrap(line, style->width);
        mxs_out_text(out, line);
        mxs_out_text(out, "\n");
    }
    if (style == NULL || style->width == 0)
        mxs_out_bytes(out, copy, size_bytes);
    free(copy);
}

static bool put_columns(struct libscols_table *made, const struct mxs_table *table, size_t bars)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct mxs_column *column = &table->columns[i];
        bool prose = column->unit == MXS_UNIT_PROSE;
        int flags = mxs_column_is_number(column) ? SCOLS_FL_RIGHT : prose ? SCOLS_FL_WRAP : 0;
        struct libscols_column *added = scols_table_new_column(made, column->title, 0, flags);
        if (added == NULL)
            return false;
        if (prose) {
            scols_column_set_safechars(added, "\n");
            scols_column_set_wrapfunc(added, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
        }
        if (i == bars && scols_table_new_column(made, "", 0, 0) == NULL)
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

static bool put_row(struct libscols_table *made, const struct mxs_table *table, size_t row, const struct fit *fit,
                    const struct mxs_style *style)
{
    struct libscols_line *line = scols_table_new_line(made, NULL);
    if (line == NULL)
        return false;
    for (size_t i = 0; i < table->column_count; i++) {
        char *text = shown(table, row, i);
        if (text != NULL && table->columns[i].unit == MXS_UNIT_PROSE && fit->prose > 0)
            wrap(text, fit->prose);
        if (is_cut(&table->columns[i]))
            text = cut(text, fit->text);
        size_t position = fit->bars != NO_BARS && i > fit->bars ? i + 1 : i;
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

void mxs_format_put_below(mxs_out *out, const char *before, const char *sentence, const struct mxs_style *style)
{
    char *shown = printable(mxs_out_escaped_copy(MXS_ESCAPE_TERMINAL, sentence, strlen(sentence))), *text = NULL;
    if (shown == NULL || asprintf(&text, "%s%s", before, shown) < 0)
        text = NULL;
    if (text == NULL)
        out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
    else if (style->width > STACK_INDENT)
        wrap(text, style->width - STACK_INDENT);
    for (const char *at = text; at != NULL && *at != '\0';) {
        mxs_out_format(out, "%*s", STACK_INDENT, "");
        at = put_line(out, at);
    }
    free(shown);
    free(text);
}

/* The sentences of a row below its line: the first as it is, the others behind their title. */
static void put_sentences(mxs_out *out, const struct mxs_table *table, size_t row, const struct mxs_style *style)
{
    char before[64] = "";
    for (size_t i = 0; i < table->column_count; i++) {
        const struct mxs_cell *cell = mxs_table_at(table, row, i);
        if (table->columns[i].unit != MXS_UNIT_PROSE || cell->size_bytes == 0)
            continue;
        mxs_format_put_below(out, before, cell->text, style);
        for (size_t next = i + 1; next < table->column_count; next++)
            if (table->columns[next].unit == MXS_UNIT_PROSE) {
                snprintf(before, sizeof before, "%.60s: ", table->columns[next].title);
                break;
            }
    }
}

/* What libsmartcols made, and below each row its sentences when they have no column. */
static void put_trimmed(mxs_out *out, const char *text, const struct mxs_table *stacked, const struct mxs_style *style)
{
    for (size_t line = 0; *text != '\0'; line++) {
        text = put_line(out, text);
        if (stacked != NULL && line > 0 && line - 1 < stacked->row_count)
            put_sentences(out, stacked, line - 1, style);
    }
}

/* A column without a value in any row says nothing; on paper and in a file it stays, on a terminal room is dear. */
static bool is_empty(const struct mxs_table *table, size_t column)
{
    size_t row = 0;
    while (row < table->row_count && mxs_table_at(table, row, column)->kind == MXS_CELL_NULL)
        row++;
    return row == table->row_count;
}

static bool is_zero(const struct mxs_table *table, size_t column)
{
    size_t row = 0;
    while (row < table->row_count && mxs_table_at(table, row, column)->kind == MXS_CELL_INT &&
           mxs_table_at(table, row, column)->integer == 0)
        row++;
    return row == table->row_count && table->columns[column].unit == MXS_UNIT_COUNT;
}

/* Which columns are shown: the empty ones never; where the rest is too wide, counts that are 0 in every row are told
 * below it. */
static void choose_columns(const struct mxs_table *table, const struct mxs_style *style, bool *left_out, bool *told)
{
    size_t width = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        left_out[i] = is_empty(table, i);
        if (!left_out[i])
            width += SEPARATOR_WIDTH + (table->columns[i].unit == MXS_UNIT_PROSE ? PROSE_MIN : widest_of(table, i));
    }
    bool tight = style->width > 0 && width > style->width;
    for (size_t i = 0; i < table->column_count; i++) {
        told[i] = tight && !left_out[i] && is_zero(table, i);
        left_out[i] = left_out[i] || told[i];
    }
}

/* The table without the columns left out. The caller frees both lists; texts stay the table's own. */
static bool narrow(const struct mxs_table *table, const bool *left_out, struct mxs_table *out,
                   struct mxs_column **columns, struct mxs_cell **cells)
{
    size_t kept[COLUMNS_MAX];
    *columns = calloc(table->column_count, sizeof **columns);
    *cells = calloc(table->row_count * table->column_count, sizeof **cells);
    if (*columns == NULL || *cells == NULL)
        return false;
    *out = *table;
    out->column_count = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (!left_out[i]) {
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

/* stacked: the whole table, when its sentences stand below the rows; else NULL. */
static bool put_table(mxs_out *out, struct libscols_table *made, const struct mxs_table *table,
                      const struct mxs_table *stacked, const struct mxs_style *style)
{
    scols_table_set_termforce(made, SCOLS_TERMFORCE_ALWAYS); /* without a terminal it would not align; no column may be
                                                                narrowed, so its width does not matter */
    scols_table_enable_minout(made, 1);
    scols_table_enable_noencoding(made, 1); /* every cell is printable */
    scols_table_enable_ascii(made, !is_unicode());
    scols_table_set_column_separator(made, "  ");
    scols_table_enable_colors(made, style->color);
    const struct fit fit = fit_table(table, style);
    if (!put_columns(made, table, fit.bars))
        return false;
    for (size_t row = 0; row < table->row_count; row++)
        if (!put_row(made, table, row, &fit, style))
            return false;
    char *text = NULL;
    if (scols_print_table_to_string(made, &text) != 0)
        return false;
    put_trimmed(out, text, stacked, style);
    free(text);
    return true;
}

/* Whether the sentences would be too narrow beside the other columns. */
static bool is_stacked(const struct mxs_table *table, const bool *left_out, const struct mxs_style *style)
{
    size_t prose = 0, used = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        bool is_prose = table->columns[i].unit == MXS_UNIT_PROSE;
        prose += is_prose && !left_out[i];
        used += left_out[i] ? 0 : SEPARATOR_WIDTH + (is_prose ? 0 : widest_of(table, i));
    }
    return style->width > 0 && prose > 0 && prose < table->column_count && used + prose * STACK_BELOW > style->width;
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
    if (mxs_format_bases(&bases, MXS_ESCAPE_TERMINAL, table)) {
        mxs_out_text(&bases, "\n");
        mxs_format_put_wrapped(out, bases.buffer, bases.used, style);
    }
    if (bases.err != MXS_OK)
        out->err = out->err != MXS_OK ? out->err : bases.err;
    mxs_out_abandon(&bases);
}

/* Whether it has few rows of numbers alone, and more of them than fit. */
static bool is_turned(const struct mxs_table *table, const struct mxs_style *style)
{
    size_t used = 0;
    bool turned = table->row_count > 0 && table->row_count <= TURNED_MOST && style->width > 0;
    for (size_t i = 0; turned && i < table->column_count; i++) {
        turned = i == 0 || mxs_column_is_number(&table->columns[i]);
        used += is_empty(table, i) ? 0 : (i > 0 ? SEPARATOR_WIDTH : 0) + widest_of(table, i);
    }
    return turned && used > style->width;
}

/* A line for each column, and a column for each row. */
static void put_turned(mxs_out *out, const struct mxs_table *table, const struct mxs_style *style)
{
    struct mxs_column columns[TURNED_MOST + 1] = {{"what", table->columns[0].title, MXS_UNIT_TEXT, 0}};
    struct mxs_table turned;
    char *heads[TURNED_MOST] = {NULL};
    for (size_t row = 0; row < table->row_count; row++) {
        heads[row] = shown(table, row, 0);
        columns[row + 1] = (struct mxs_column){"row", heads[row] != NULL ? heads[row] : "", MXS_UNIT_NUMBER, 0};
    }
    mxs_table_init(&turned, NULL, NULL, columns, table->row_count + 1);
    for (size_t i = 1; i < table->column_count; i++) {
        struct mxs_cell *cells = is_empty(table, i) ? NULL : mxs_table_row(&turned);
        if (cells == NULL)
            continue;
        mxs_table_put_text(&turned, &cells[0], table->columns[i].title, strlen(table->columns[i].title));
        for (size_t row = 0; row < table->row_count; row++) {
            char *text = shown(table, row, i);
            mxs_table_put_text(&turned, &cells[row + 1], text != NULL ? text : "", text != NULL ? strlen(text) : 0);
            free(text);
        }
    }
    mxs_format_text(out, &turned, style);
    if (turned.err != MXS_OK)
        out->err = out->err != MXS_OK ? out->err : turned.err;
    for (size_t row = 0; row < table->row_count; row++)
        free(heads[row]);
    mxs_table_finish(&turned);
}

void mxs_format_text(mxs_out *out, const struct mxs_table *table, const struct mxs_style *style)
{
    put_heading(out, table, style);
    if (is_turned(table, style)) {
        put_turned(out, table, style);
        put_bases(out, table, style);
        return;
    }
    if (table->row_count == 0) {
        mxs_out_format(out, "(none%s%s)\n", table->missing != NULL ? ": " : "",
                       table->missing != NULL ? table->missing : "");
        return;
    }
    bool left_out[COLUMNS_MAX], told[COLUMNS_MAX];
    MXS_ASSERT(table->column_count <= COLUMNS_MAX);
    choose_columns(table, style, left_out, told);
    bool stacked = is_stacked(table, left_out, style);
    for (size_t i = 0; stacked && i < table->column_count; i++)
        left_out[i] = left_out[i] || table->columns[i].unit == MXS_UNIT_PROSE;
    struct libscols_table *made = scols_new_table();
    struct mxs_table shorter;
    struct mxs_column *columns = NULL;
    struct mxs_cell *cells = NULL;
    if (made == NULL || !narrow(table, left_out, &shorter, &columns, &cells) ||
        !put_table(out, made, &shorter, stacked ? table : NULL, style))
        out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
    free(columns);
    free(cells);
    scols_unref_table(made);
    size_t zeros = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (told[i])
            mxs_out_format(out, "%s%s", zeros++ == 0 ? "0 in every row: " : ", ", table->columns[i].title);
    mxs_out_text(out, zeros > 0 ? "\n" : "");
    put_bases(out, table, style);
    mxs_format_put_cut(out, MXS_ESCAPE_TERMINAL, table);
    mxs_out_text(out, table->total_rows > table->row_count ? "\n" : "");
}
