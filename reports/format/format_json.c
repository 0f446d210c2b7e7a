#include <string.h>

#include "reports/format/format.h"

static void put_value(mxs_out *out, const struct mxs_column *column, const struct mxs_cell *cell)
{
    if (cell->kind == MXS_CELL_NULL) {
        mxs_out_text(out, "null");
    } else if (column->unit == MXS_UNIT_JSON) {
        mxs_out_json_value(out, cell->text, cell->size_bytes);
    } else if (cell->kind == MXS_CELL_TEXT) {
        mxs_out_json(out, cell->text, cell->size_bytes);
    } else if (column->unit == MXS_UNIT_FLAG) {
        mxs_out_text(out, cell->integer != 0 ? "true" : "false");
    } else {
        char buffer[MXS_CELL_TEXT_SIZE];
        size_t size_bytes;
        const char *text = mxs_cell_for_machines(column, cell, buffer, &size_bytes);
        mxs_out_bytes(out, text, size_bytes);
    }
}

void mxs_format_json_row(mxs_out *out, const struct mxs_table *table, size_t row)
{
    for (size_t i = 0; i < table->column_count; i++) {
        mxs_out_text(out, i == 0 ? "{" : ",");
        mxs_out_json(out, table->columns[i].name, strlen(table->columns[i].name));
        mxs_out_text(out, ":");
        put_value(out, &table->columns[i], mxs_table_at(table, row, i));
    }
    mxs_out_text(out, "}");
}

void mxs_format_json(mxs_out *out, const struct mxs_table *table)
{
    mxs_out_text(out, "[");
    for (size_t row = 0; row < table->row_count; row++) {
        mxs_out_text(out, row == 0 ? "\n" : ",\n");
        mxs_format_json_row(out, table, row);
    }
    mxs_out_text(out, "]");
}
