/* The two lines below a figure that stands alone: what a figure needs beside its title when it stands in a paper.
 *
 * In         A table, and which of its columns is drawn
 * Out        Denominator and number of rows; which run, and when
 * Threads    Any
 */
#ifndef MXS_REPORTS_FORMAT_INTERNAL_CHART_NOTE_H
#define MXS_REPORTS_FORMAT_INTERNAL_CHART_NOTE_H

#include "reports/data/table.h"

/* "": of a table that is of no run. */
void mxs_chart_write_source(char *source, size_t size, const struct mxs_table *table);
/* drawn: the name of a column; most: rows that a figure has. */
void mxs_chart_write_note(char *note, size_t size, const struct mxs_table *table, const char *drawn,
                          size_t most);

#endif
