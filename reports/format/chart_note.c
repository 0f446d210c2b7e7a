#include "reports/format/internal/chart_note.h"

#include <stdio.h>
#include <string.h>

void mxs_chart_write_source(char *source, size_t size, const struct mxs_table *table)
{
    static const struct mxs_column when = {"at", "at", MXS_UNIT_TIME, 0};
    struct mxs_cell cell;
    char buffer[MXS_CELL_TEXT_SIZE];
    size_t text_size;
    mxs_table_put_int(&cell, table->started_at);
    source[0] = '\0';
    if (table->started_at != 0)
        snprintf(source, size, "mxsurvey " MXS_VERSION ", run %lld of %s", (long long)table->run_id,
                 mxs_cell_for_people(&when, &cell, buffer, &text_size));
}

void mxs_chart_write_note(char *note, size_t size, const struct mxs_table *table, const char *drawn,
                          size_t most)
{
    char base[160], number[32];
    size_t used = 0, rows = table->row_count < most ? table->row_count : most;
    size_t total = table->total_rows > table->row_count ? table->total_rows : table->row_count;
    note[0] = '\0';
    if (total == 0) {
        snprintf(note, size, "Nothing to draw: the table has no rows.");
        return;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        const struct mxs_column *column = &table->columns[i];
        if (strcmp(column->name, drawn) != 0)
            continue;
        if (mxs_base_text(column->base, table->bases[column->base], base, sizeof base) != NULL)
            used = (size_t)snprintf(note, size, "Shares of %s. ", base);
        else
            used = (size_t)snprintf(note, size, "Drawn: %.80s, of the number after \"of\" in each row. ",
                                    column->title);
    }
    if (rows < total && used < size)
        used += (size_t)snprintf(note + used, size - used, "%zu of %s rows.", rows,
                                 mxs_count_text((int64_t)total, number, sizeof number));
    if (table->unchecked != NULL && used < size)
        snprintf(note + used, size - used, " %s.", table->unchecked);
}
