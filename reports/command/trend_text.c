#include "reports/command/internal/trend_text.h"

#include <string.h>

#include "reports/page/page.h"
#include "reports/record/document.h"

#define RUNS_ABREAST 8 /* on a terminal: the first, and the newest seven */

static void put_series(const struct mxs_table *series, size_t leading, size_t rows, const struct mxs_style *style,
                       mxs_out *out)
{
    size_t shown = rows < RUNS_ABREAST ? rows : RUNS_ABREAST;
    struct mxs_column columns[MXS_TREND_BY_LEADING + RUNS_ABREAST];
    struct mxs_table table;
    size_t from[MXS_TREND_BY_LEADING + RUNS_ABREAST];
    for (size_t i = 0; i < leading + shown; i++) {
        from[i] = i <= leading ? i : leading + rows - shown + (i - leading);
        columns[i] = series->columns[from[i]];
    }
    mxs_table_init(&table, "series", series->title, columns, leading + shown);
    for (size_t row = 0; row < series->row_count; row++) {
        struct mxs_cell *cells = mxs_table_row(&table);
        for (size_t i = 0; cells != NULL && i < leading + shown; i++)
            cells[i] = *mxs_table_at(series, row, from[i]); /* texts stay the series' own */
    }
    mxs_format_text(out, &table, style);
    if (table.err != MXS_OK && out->err == MXS_OK)
        out->err = table.err;
    mxs_table_finish(&table);
}

static void put_text(const struct mxs_trend *trend, const struct mxs_style *style, mxs_out *out)
{
    char number[32];
    mxs_out_text(out, "List ");
    mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, trend->list, strlen(trend->list));
    mxs_out_format(out, ": %zu complete run%s. The matched panel: %s name%s that every run%s settled.\n",
                   trend->runs.row_count, trend->runs.row_count == 1 ? "" : "s",
                   mxs_count_text(trend->panel, number, sizeof number), trend->panel == 1 ? "" : "s",
                   mxs_trend_has_gap(trend) ? " but the degraded ones" : "");
    mxs_out_text(
        out,
        "Shares of state and finding are of the panel, all others of those in it that receive mail in that run.\n");
    mxs_out_text(
        out,
        mxs_trend_is_mixed(trend)
            ? "The runs asked DIFFERENT CHECKS: providers, findings and what rests on addresses move with them.\n\n"
            : "\n");
    mxs_format_text(out, &trend->runs, style);
    mxs_out_text(out, "\n");
    put_series(trend->group_count > 0 ? &trend->group_series : &trend->series,
               trend->group_count > 0 ? MXS_TREND_BY_LEADING : MXS_TREND_LEADING, trend->runs.row_count, style, out);
}

enum mxs_err mxs_trend_write(struct mxs_trend *trend, enum mxs_format format, const struct mxs_style *style,
                             mxs_out *out, struct mxs_detail *detail)
{
    if (format == MXS_FORMAT_HTML)
        return mxs_page_write_trend(out, trend, detail);
    if (format == MXS_FORMAT_TEXT)
        put_text(trend, style, out);
    else if (format == MXS_FORMAT_JSON)
        mxs_document_write_trend(trend, out);
    else
        mxs_page_write_as(out, format, trend->group_count > 0 ? &trend->group_series : &trend->series, style);
    return MXS_OK;
}
