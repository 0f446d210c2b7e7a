#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/data/trend.h"

/* The newest run of the first `count` that is no gap; count: there is none. */
static size_t newest_of(const struct mxs_trend *trend, size_t count)
{
    size_t row = count;
    while (row > 0 && mxs_trend_is_gap(trend, row - 1))
        row--;
    return row > 0 ? row - 1 : count;
}

/* By how much the share that is not known differs between two runs: of the measure, in the group of its row; what a
 * finding rests on is in one of the measures, or a policy. */
static double blurred(const struct mxs_trend *trend, const struct mxs_table *series, size_t leading,
                      const struct mxs_cell *of, size_t newest, size_t before)
{
    bool finding = strcmp(of[leading - 2].text, "finding") == 0;
    double most = finding ? fabs(trend->policies_unknown[newest] - trend->policies_unknown[before]) : 0;
    for (size_t row = 0; row < series->row_count; row++) {
        const struct mxs_cell *cells = mxs_table_at(series, row, 0), *a = &cells[leading + newest],
                              *b = &cells[leading + before];
        if (strcmp(cells[leading - 1].text, "unknown") != 0 || a->kind != MXS_CELL_REAL || b->kind != MXS_CELL_REAL ||
            (!finding && strcmp(of[leading - 2].text, cells[leading - 2].text) != 0) ||
            (leading > MXS_TREND_LEADING && (cells[0].kind != of[0].kind ||
             (of[0].kind == MXS_CELL_TEXT && strcmp(cells[0].text, of[0].text) != 0))))
            continue;
        most = fmax(most, fabs(a->real - b->real));
    }
    return most;
}

/* How the newest run moved since the one before it; a difference to what is not known is none. True: it is not told
 * because no more moved than that did. */
static bool put_change(const struct mxs_trend *trend, const struct mxs_table *series, size_t leading,
                       const struct mxs_cell *cells, struct mxs_cell *change)
{
    const struct mxs_cell *shares = cells + leading;
    size_t newest = newest_of(trend, trend->runs.row_count), before = newest_of(trend, newest);
    if (newest >= trend->runs.row_count || before >= newest || shares[newest].kind != MXS_CELL_REAL ||
        shares[before].kind != MXS_CELL_REAL || !mxs_trend_compares(trend, cells[leading - 2].text, newest, before))
        return false;
    double moved = shares[newest].real - shares[before].real;
    double blur = moved == 0 || strcmp(cells[leading - 1].text, "unknown") == 0
                      ? 0 : blurred(trend, series, leading, cells, newest, before);
    bool told = blur < MXS_SHARE_SHOWN || fabs(moved) > blur + 1e-9; /* sums of parts */
    if (told)
        mxs_table_put_real(change, moved);
    return !told;
}

enum mxs_err mxs_trend_abreast(const struct mxs_trend *trend, const struct mxs_table *series, size_t leading,
                               const char *measure, size_t most, struct mxs_trend_abreast *out)
{
    static const struct mxs_column change = {"change", "change", MXS_UNIT_POINTS, 0};
    size_t runs = series->column_count - leading, shown = runs < most ? runs : most;
    size_t count = leading + shown;
    MXS_ASSERT(leading <= MXS_TREND_BY_LEADING && shown <= MXS_TREND_ABREAST);
    for (size_t i = 0; i < count; i++) {
        out->from[i] = i <= leading ? i : series->column_count - count + i;
        out->columns[i] = series->columns[out->from[i]];
    }
    out->columns[count] = change;
    out->blurred = false;
    mxs_table_init(&out->table, "series", series->title, out->columns, count + 1);
    for (size_t row = 0; row < series->row_count; row++) {
        const struct mxs_cell *cells = mxs_table_at(series, row, 0);
        struct mxs_cell *made = measure == NULL || strcmp(cells[leading - 2].text, measure) == 0
                                    ? mxs_table_row(&out->table) : NULL;
        for (size_t i = 0; made != NULL && i < count; i++)
            made[i] = cells[out->from[i]]; /* texts stay the series' own */
        if (made != NULL)
            out->blurred |= put_change(trend, series, leading, cells, &made[count]);
    }
    return out->table.err;
}

const char *mxs_trend_abreast_note(size_t runs, size_t most, char *out, size_t out_size)
{
    out[0] = '\0';
    if (runs > most)
        snprintf(out, out_size, "%zu of %zu runs: the first and the %zu newest", most, runs, most - 1);
    return out;
}
