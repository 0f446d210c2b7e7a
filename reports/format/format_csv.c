#include <string.h>

#include "reports/format/format.h"

/* RFC 4180 without its CRLF: every reader takes LF, and text tools like it better. Numbers are written as numbers, so
 * that a negative one stays one: the guard against formulas is for texts. */

void mxs_format_csv(mxs_out *out, const struct mxs_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        mxs_out_text(out, i == 0 ? "" : ",");
        mxs_out_escaped(out, MXS_ESCAPE_CSV, table->columns[i].name, strlen(table->columns[i].name));
    }
    mxs_out_text(out, "\n");
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < table->column_count; i++) {
            const struct mxs_cell *cell = mxs_table_at(table, row, i);
            char buffer[MXS_CELL_TEXT_SIZE];
            size_t size_bytes;
            const char *text = mxs_cell_for_machines(&table->columns[i], cell, buffer, &size_bytes);
            mxs_out_text(out, i == 0 ? "" : ",");
            if (cell->kind == MXS_CELL_TEXT)
                mxs_out_escaped(out, MXS_ESCAPE_CSV, text, size_bytes);
            else
                mxs_out_bytes(out, text, size_bytes);
        }
        mxs_out_text(out, "\n");
    }
}
