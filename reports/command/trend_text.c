#include "reports/command/internal/trend_text.h"

#include <string.h>

#include "reports/data/display_name.h"
#include "reports/page/page.h"
#include "reports/record/document.h"

/* Providers under the names that people know. */
static void name_providers(struct mxs_table *table, size_t leading)
{
    static const char word[] = " provider";
    for (size_t row = 0; row < table->row_count; row++) {
        struct mxs_cell *cells = &table->cells[row * table->column_count];
        size_t size = cells[leading - 2].size_bytes;
        char buffer[MXS_CELL_TEXT_SIZE];
        if (size < strlen(word) || strcmp(cells[leading - 2].text + size - strlen(word), word) != 0)
            continue;
        const char *name = mxs_display_name(cells[leading - 1].text, buffer, sizeof buffer);
        mxs_table_put_text(table, &cells[leading - 1], name, strlen(name));
    }
}

static void put_series(const struct mxs_table *series, size_t leading, const struct mxs_style *style, mxs_out *out)
{
    struct mxs_trend_abreast abreast;
    enum mxs_err err = mxs_trend_abreast(series, leading, NULL, MXS_TREND_ABREAST, &abreast);
    name_providers(&abreast.table, leading);
    err = err == MXS_OK ? abreast.table.err : err;
    mxs_format_text(out, &abreast.table, style);
    if (err != MXS_OK && out->err == MXS_OK)
        out->err = err;
    mxs_table_finish(&abreast.table);
    mxs_out_text(out, "change: percentage points since the run before\n");
}

static void put_head(const struct mxs_trend *trend, mxs_out *out)
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
        "Shares of states and findings are of the panel, all others of those in it that receive mail in that run.\n");
    if (mxs_trend_is_mixed(trend))
        mxs_out_text(out, "The runs asked DIFFERENT CHECKS: providers and what rests on addresses move with them, and"
                          " findings of a check have a share only in runs that made it.\n");
}

static void put_text(const struct mxs_trend *trend, const struct mxs_style *style, mxs_out *out)
{
    mxs_out head;
    mxs_out_attach(&head, NULL);
    put_head(trend, &head);
    mxs_format_put_wrapped(out, head.buffer, head.used, style);
    out->err = head.err != MXS_OK ? head.err : out->err;
    mxs_out_abandon(&head);
    mxs_out_text(out, "\n");
    mxs_format_text(out, &trend->runs, style);
    mxs_out_text(out, "\n");
    put_series(trend->group_count > 0 ? &trend->group_series : &trend->series,
               trend->group_count > 0 ? MXS_TREND_BY_LEADING : MXS_TREND_LEADING, style, out);
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
