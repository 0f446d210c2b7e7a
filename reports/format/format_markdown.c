#include <string.h>

#include "reports/format/format.h"

static void put_cell(mxs_out *out, const char *text, size_t size_bytes)
{
    mxs_out_text(out, "| ");
    mxs_out_escaped(out, MXS_ESCAPE_MARKDOWN, text, size_bytes);
    mxs_out_text(out, " ");
}

void mxs_format_markdown(mxs_out *out, const struct mxs_table *table)
{
    if (table->title != NULL) {
        mxs_out_text(out, "## ");
        mxs_out_escaped(out, MXS_ESCAPE_MARKDOWN, table->title, strlen(table->title));
        mxs_out_text(out, "\n\n");
    }
    if (table->missing != NULL)
        mxs_out_format(out, "(none: %s)\n\n", table->missing);
    for (size_t i = 0; i < table->column_count; i++)
        put_cell(out, table->columns[i].title, strlen(table->columns[i].title));
    mxs_out_text(out, "|\n");
    for (size_t i = 0; i < table->column_count; i++)
        mxs_out_text(out, mxs_column_is_number(&table->columns[i]) ? "| ---: " : "| --- ");
    mxs_out_text(out, "|\n");
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < table->column_count; i++) {
            char buffer[MXS_CELL_TEXT_SIZE];
            size_t size_bytes;
            const char *text =
                mxs_cell_for_people(&table->columns[i], mxs_table_at(table, row, i), buffer, &size_bytes);
            put_cell(out, text, size_bytes);
        }
        mxs_out_text(out, "|\n");
    }
    mxs_out_text(out, "\n");
    if (mxs_format_bases(out, MXS_ESCAPE_MARKDOWN, table))
        mxs_out_text(out, "\n\n");
    mxs_format_put_cut(out, MXS_ESCAPE_MARKDOWN, table);
    mxs_out_text(out, table->total_rows > table->row_count ? "\n\n" : "");
}
