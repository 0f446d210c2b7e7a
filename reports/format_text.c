#include <ctype.h>
#include <langinfo.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "reports/format.h"

/* libsmartcols measures, cuts and aligns; we say which columns may be cut (texts) and which never (numbers). */

#define DEFAULT_WIDTH 100
#define UNLIMITED_WIDTH 4096

void mxs_look_find(struct mxs_look *look, const mxs_out *out, const char *colour)
{
    bool terminal = isatty(fileno(out->stream)) == 1;
    struct winsize size;
    look->width = 0;
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

static bool put_columns(struct libscols_table *made, const struct mxs_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct mxs_column *column = &table->columns[i];
        bool prose = column->unit == MXS_UNIT_PROSE;
        int flags = mxs_column_is_number(column) ? SCOLS_FL_RIGHT : prose ? SCOLS_FL_WRAP : SCOLS_FL_TRUNC;
        if (scols_table_new_column(made, column->title, prose ? 0.2 : 0, flags) == NULL)
            return false;
    }
    return true;
}

static bool put_row(struct libscols_table *made, const struct mxs_table *table, size_t row)
{
    struct libscols_line *line = scols_table_new_line(made, NULL);
    if (line == NULL)
        return false;
    for (size_t i = 0; i < table->column_count; i++) {
        char buffer[MXS_CELL_TEXT_SIZE];
        size_t size_bytes;
        const char *text = mxs_cell_for_people(&table->columns[i], mxs_table_at(table, row, i), buffer, &size_bytes);
        char *copy = mxs_out_escaped_copy(MXS_ESCAPE_TERMINAL, text, size_bytes);
        if (copy == NULL)
            return false;
        if (scols_line_refer_data(line, i, copy) != 0) {
            free(copy);
            return false;
        }
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
    if (!put_columns(made, table))
        return false;
    for (size_t row = 0; row < table->row_count; row++)
        if (!put_row(made, table, row))
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
