#include <string.h>

#include "reports/format/format.h"

void mxs_format_put_cell(struct mxs_json *json, const struct mxs_column *column, const struct mxs_cell *cell)
{
    if (cell->kind == MXS_CELL_NULL) {
        mxs_json_put_null(json, column->name);
    } else if (column->unit == MXS_UNIT_JSON) {
        mxs_json_put_value(json, column->name, cell->text, cell->size_bytes);
    } else if (cell->kind == MXS_CELL_TEXT) {
        mxs_json_put_text(json, column->name, cell->text, cell->size_bytes);
    } else if (column->unit == MXS_UNIT_FLAG) {
        mxs_json_put_flag(json, column->name, cell->integer != 0);
    } else {
        char buffer[MXS_CELL_TEXT_SIZE];
        size_t size_bytes;
        const char *text = mxs_cell_for_machines(column, cell, buffer, &size_bytes);
        mxs_json_put_key(json, column->name);
        mxs_out_bytes(json->out, text, size_bytes);
    }
}

void mxs_format_put_row(struct mxs_json *json, const char *key, const struct mxs_table *table, size_t row)
{
    mxs_json_open_object(json, key);
    for (size_t i = 0; i < table->column_count; i++)
        mxs_format_put_cell(json, &table->columns[i], mxs_table_at(table, row, i));
    mxs_json_close(json);
}

void mxs_format_put_rows(struct mxs_json *json, const char *key, const struct mxs_table *table)
{
    mxs_json_open_array(json, key);
    for (size_t row = 0; row < table->row_count; row++) {
        mxs_json_put_break(json);
        mxs_format_put_row(json, NULL, table, row);
    }
    mxs_json_close(json);
}

void mxs_format_json(mxs_out *out, const struct mxs_table *table)
{
    struct mxs_json json;
    mxs_json_init(&json, out);
    mxs_format_put_rows(&json, NULL, table);
    mxs_json_finish(&json);
}
