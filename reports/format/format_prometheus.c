#include <string.h>

#include "reports/format/format.h"

/* Every number of a table becomes a gauge, mxsurvey_<table>_<column>, in base units: seconds, ratios of 1. The texts
 * beside it are its labels. Sentences are no labels: they would change the series when a word changes. Notes and
 * refused lines come and go, so they are no series at all. */

static double factor_of(const struct mxs_column *column)
{
    return column->unit == MXS_UNIT_US ? 1e6 : column->unit == MXS_UNIT_DURATION ? 1e3 : 1;
}

/* rtt_us becomes rtt_seconds, started_at started_at_seconds, share share_ratio. */
static void put_name(mxs_out *out, const struct mxs_table *table, const struct mxs_column *column)
{
    size_t size = strlen(column->name);
    if (factor_of(column) > 1 && size > 3)
        size -= 3; /* _us, _ms */
    bool seconds = factor_of(column) > 1 || column->unit == MXS_UNIT_TIME;
    mxs_out_format(out, "mxsurvey_%s_%.*s%s", table->name, (int)size, column->name,
                   seconds ? "_seconds" : column->unit == MXS_UNIT_SHARE ? "_ratio" : "");
}

static void put_help(mxs_out *out, const struct mxs_table *table, const struct mxs_column *column)
{
    static const char *const of[MXS_BASE_COUNT] = {[MXS_BASE_ACCEPTED] = ", of all names of the run",
                                                   [MXS_BASE_RECEIVING] = ", of the domains that can receive mail"};
    mxs_out_text(out, "# HELP ");
    put_name(out, table, column);
    mxs_out_format(out, " %s: %s%s.\n# TYPE ", table->title != NULL ? table->title : table->name, column->title,
                   of[column->base] != NULL ? of[column->base] : "");
    put_name(out, table, column);
    mxs_out_text(out, " gauge\n");
}

static void put_label(mxs_out *out, bool first, const char *name, const char *text, size_t size_bytes)
{
    mxs_out_format(out, "%s%s=\"", first ? "{" : ",", name);
    mxs_out_escaped(out, MXS_ESCAPE_PROMETHEUS, text, size_bytes);
    mxs_out_text(out, "\"");
}

static void put_labels(mxs_out *out, const struct mxs_table *table, size_t row, const char *list)
{
    bool any = list != NULL;
    if (any)
        put_label(out, true, "list", list, strlen(list));
    for (size_t i = 0; i < table->column_count; i++) {
        const struct mxs_cell *cell = mxs_table_at(table, row, i);
        if (table->columns[i].unit != MXS_UNIT_TEXT && table->columns[i].unit != MXS_UNIT_WORD &&
            table->columns[i].unit != MXS_UNIT_PROVIDER)
            continue;
        put_label(out, !any, table->columns[i].name, cell->kind == MXS_CELL_TEXT ? cell->text : "", cell->size_bytes);
        any = true;
    }
    mxs_out_text(out, any ? "} " : " ");
}

static void put_value(mxs_out *out, const struct mxs_column *column, const struct mxs_cell *cell)
{
    if (cell->kind == MXS_CELL_INT && factor_of(column) <= 1)
        mxs_out_int(out, cell->integer);
    else
        mxs_out_format(out, "%.9g", cell->real / factor_of(column));
    mxs_out_text(out, "\n");
}

void mxs_format_prometheus(mxs_out *out, const struct mxs_table *table, const char *list)
{
    bool any = false, lasts = strcmp(table->name, "rejects") != 0 && strcmp(table->name, "notes") != 0;
    for (size_t i = 0; lasts && i < table->column_count; i++) {
        bool begun = false;
        for (size_t row = 0; row < table->row_count; row++) {
            const struct mxs_cell *cell = mxs_table_at(table, row, i);
            if (cell->kind != MXS_CELL_INT && cell->kind != MXS_CELL_REAL)
                continue;
            if (!begun)
                put_help(out, table, &table->columns[i]);
            begun = any = true;
            put_name(out, table, &table->columns[i]);
            put_labels(out, table, row, list);
            put_value(out, &table->columns[i], cell);
        }
    }
    if (!any)
        mxs_out_format(out, "# mxsurvey: nothing to measure in the table %s\n", table->name);
}
