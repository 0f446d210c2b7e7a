#include <ctype.h>
#include <langinfo.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "reports/format.h"

/* libsmartcols measures, cuts and aligns; we say which columns may be cut (texts) and which never (numbers). */

#define DEFAULT_WIDTH 100
#define UNLIMITED_WIDTH 4096
#define SEPARATOR_WIDTH 2
#define PROSE_MIN 24
#define BAR_WIDTH 12
#define NO_BARS SIZE_MAX

void mxs_look_find(struct mxs_look *look, const mxs_out *out, const char *colour)
{
    bool terminal = isatty(fileno(out->stream)) == 1;
    struct winsize size;
    look->width = 0;
    look->bars = terminal;
    if (terminal)
        look->width = ioctl(fileno(out->stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : DEFAULT_WIDTH;
    const char *columns = getenv("COLUMNS");
    if (columns != NULL && atoi(columns) >= 20)
        look->width = (size_t)atoi(columns);
    const char *no_colour = getenv("NO_COLOR");
    look->colour = terminal && (no_colour == NULL || no_colour[0] == '\0');
    if (colour != NULL && strcmp(colour, "auto") != 0)
        look->colour = strcmp(colour, "always") == 0;
    look->unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Columns of a text on the screen; what the locale cannot print counts one a byte. */
static size_t width_of(const char *text)
{
    wchar_t wide[512];
    size_t length = mbstowcs(wide, text, sizeof wide / sizeof *wide);
    int width = length == (size_t)-1 || length == sizeof wide / sizeof *wide ? -1 : wcswidth(wide, length);
    return width < 0 ? strlen(text) : (size_t)width;
}

/* The cell as it is shown; the caller frees it. */
static char *shown(const struct mxs_table *table, size_t row, size_t column)
{
    char buffer[MXS_CELL_TEXT_SIZE];
    size_t size_bytes;
    const char *text = mxs_cell_for_people(&table->columns[column], mxs_table_at(table, row, column), buffer, &size_bytes);
    return mxs_out_escaped_copy(MXS_ESCAPE_TERMINAL, text, size_bytes);
}

/* Columns that all but the sentences need, and how many columns of sentences there are. */
static size_t plain_width(const struct mxs_table *table, size_t *prose)
{
    size_t used = SEPARATOR_WIDTH * table->column_count;
    *prose = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].unit == MXS_UNIT_PROSE) {
            ++*prose;
            continue;
        }
        size_t widest = width_of(table->columns[i].title);
        for (size_t row = 0; row < table->row_count; row++) {
            char *text = shown(table, row, i);
            size_t here = text != NULL ? width_of(text) : 0;
            widest = here > widest ? here : widest;
            free(text);
        }
        used += widest;
    }
    return used;
}

/* How wide sentences may be: what the other columns leave, in equal parts. 0: as long as they are. */
static size_t prose_width(const struct mxs_table *table, size_t width)
{
    size_t prose, used = plain_width(table, &prose);
    if (width == 0 || prose == 0)
        return 0;
    return width < used + prose * PROSE_MIN ? PROSE_MIN : (width - used) / prose;
}

/* The column that gets bars: the share, when nothing has to be cut for them. */
static size_t bar_column(const struct mxs_table *table, const struct mxs_look *look)
{
    size_t prose;
    for (size_t i = 0; look->bars && i < table->column_count; i++)
        if (table->columns[i].unit == MXS_UNIT_SHARE && strcmp(table->columns[i].name, "share") == 0)
            return plain_width(table, &prose) + SEPARATOR_WIDTH + BAR_WIDTH <= look->width && prose == 0 ? i : NO_BARS;
    return NO_BARS;
}

/* A share against the largest of its column, in eighths of a block, or in whole signs where there are no blocks. */
static char *bar_of(const struct mxs_table *table, size_t row, size_t column, bool unicode)
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
    if (!unicode) {
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
    size_t column = 0;
    char *space = NULL;
    for (char *at = text; *at != '\0'; at++) {
        if (*at == ' ')
            space = at;
        if (((unsigned char)*at & 0xC0) != 0x80)
            column++;
        if (column > width && space != NULL) {
            *space = '\n';
            column = (size_t)(at - space);
            space = NULL;
        }
    }
}

static bool put_columns(struct libscols_table *made, const struct mxs_table *table, size_t bars)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct mxs_column *column = &table->columns[i];
        bool prose = column->unit == MXS_UNIT_PROSE;
        int flags = mxs_column_is_number(column) ? SCOLS_FL_RIGHT : prose ? SCOLS_FL_WRAP : SCOLS_FL_TRUNC;
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

/* Takes the text. */
static bool put_cell(struct libscols_line *line, size_t column, char *text)
{
    if (text != NULL && scols_line_refer_data(line, column, text) == 0)
        return true;
    free(text);
    return false;
}

static bool put_row(struct libscols_table *made, const struct mxs_table *table, size_t row, size_t prose, size_t bars, bool unicode)
{
    struct libscols_line *line = scols_table_new_line(made, NULL);
    if (line == NULL)
        return false;
    for (size_t i = 0; i < table->column_count; i++) {
        char *text = shown(table, row, i);
        if (text != NULL && table->columns[i].unit == MXS_UNIT_PROSE && prose > 0)
            wrap(text, prose);
        if (!put_cell(line, bars != NO_BARS && i > bars ? i + 1 : i, text) ||
            (i == bars && !put_cell(line, i + 1, bar_of(table, row, i, unicode))))
            return false;
    }
    return true;
}

/* Spaces at the end of a line mean nothing and make diffs of reports ugly. */
static void put_trimmed(mxs_out *out, const char *text)
{
    while (*text != '\0') {
        const char *end = strchrnul(text, '\n');
        const char *last = end;
        while (last > text && last[-1] == ' ')
            last--;
        mxs_out_bytes(out, text, (size_t)(last - text));
        mxs_out_bytes(out, "\n", 1);
        text = *end == '\n' ? end + 1 : end;
    }
}

static bool put_table(mxs_out *out, struct libscols_table *made, const struct mxs_table *table, const struct mxs_look *look)
{
    scols_table_set_termforce(made, SCOLS_TERMFORCE_ALWAYS); /* without a terminal it would not align */
    scols_table_set_termwidth(made, look->width > 0 ? look->width : UNLIMITED_WIDTH);
    scols_table_enable_minout(made, 1);
    scols_table_enable_noencoding(made, look->unicode);
    scols_table_enable_ascii(made, !look->unicode);
    scols_table_set_column_separator(made, "  ");
    size_t prose = prose_width(table, look->width), bars = bar_column(table, look);
    if (!put_columns(made, table, bars))
        return false;
    for (size_t row = 0; row < table->row_count; row++)
        if (!put_row(made, table, row, prose, bars, look->unicode))
            return false;
    char *text = NULL;
    if (scols_print_table_to_string(made, &text) != 0)
        return false;
    put_trimmed(out, text);
    free(text);
    return true;
}

static void put_heading(mxs_out *out, const struct mxs_table *table, const struct mxs_look *look)
{
    if (table->title == NULL)
        return;
    mxs_out_text(out, look->colour ? "\033[1m" : "");
    mxs_out_text(out, table->title);
    mxs_out_text(out, look->colour ? "\033[0m\n" : "\n");
}

void mxs_format_text(mxs_out *out, const struct mxs_table *table, const struct mxs_look *look)
{
    put_heading(out, table, look);
    if (table->row_count == 0) {
        mxs_out_text(out, "(none)\n");
        return;
    }
    struct libscols_table *made = scols_new_table();
    if (made == NULL || !put_table(out, made, table, look))
        out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
    scols_unref_table(made);
    if (mxs_format_bases(out, MXS_ESCAPE_TERMINAL, table))
        mxs_out_text(out, "\n");
}
