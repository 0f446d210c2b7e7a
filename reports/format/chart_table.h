/* Which columns of which table become which marks is data: one line per table. A table without a line has no figure.
 *
 * In         A table of the catalog
 * Out        The figure that shows it
 * Units      See reports/format/internal/chart.h
 * Limits     The first MXS_CHART_ROWS rows; the table has them all
 * Errors     Sticky in the sink
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_FORMAT_CHART_TABLE_H
#define MXS_REPORTS_FORMAT_CHART_TABLE_H

#include "reports/format/internal/chart.h"
#include "reports/data/table.h"

#define MXS_CHART_ROWS 25

/* Whether a table of that name has a figure. */
bool mxs_chart_exists(const char *table_name);
/* Whether it can be drawn broken down by a column of the list: row by row. */
bool mxs_chart_can_group(const char *table_name);

/* A table whose figure is bars has them in its cells on a page: the column they stand in, and the share that fills it.
 * False: it has none. */
bool mxs_chart_find_bars(const struct mxs_table *table, size_t rows, size_t *column, double *scale);
/* The class of a row's bar in chart.css. */
const char *mxs_chart_bar_class(const struct mxs_table *table, size_t row);

/* id as in struct mxs_chart_head; alone: a file of its own. rows 0: MXS_CHART_ROWS. False: the table has no figure, or
 * no rows and is not alone, where the figure says so. */
bool mxs_chart_put_table(mxs_out *out, const struct mxs_table *table, const char *id, bool alone, size_t rows);

#endif
