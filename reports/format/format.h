/* One function per format, all of one shape, so that a report is written once and rendered in any of them.
 *
 * Spec       @rfc{8259,2} @rfc{4180,2}
 * In         Tables
 * Out        The same table as text, JSON, CSV, Markdown, LaTeX, HTML, SVG or Prometheus metrics
 * Units      For people with units (33.3 %, 1,234), for machines raw (0.333, 1234)
 * Errors     Sticky in the sink
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_FORMAT_FORMAT_H
#define MXS_REPORTS_FORMAT_FORMAT_H

#include "base/json.h"
#include "reports/data/table.h"

enum mxs_format {
    MXS_FORMAT_TEXT,
    MXS_FORMAT_JSON,
    MXS_FORMAT_CSV,
    MXS_FORMAT_MARKDOWN,
    MXS_FORMAT_LATEX,
    MXS_FORMAT_HTML,
    MXS_FORMAT_SVG,
    MXS_FORMAT_PROMETHEUS,
    MXS_FORMAT_COUNT
};
extern const char *const mxs_format_names[MXS_FORMAT_COUNT];

/* How text meets the terminal; which characters it may have is the locale's (LC_CTYPE). */
struct mxs_style {
    size_t width; /* columns; 0: as wide as it gets */
    bool color;
    bool bars; /* beside shares, where there is room: on a terminal, never in a pipe or a file */
};
/* From the terminal behind the sink and --color's word ("auto", "always", "never"). */
void mxs_style_find(struct mxs_style *style, const mxs_out *out, const char *color);

/* The colour's control sequence for a role, a backup, a severity or a state, the same as on the page; NULL: none. */
const char *mxs_style_color(const struct mxs_style *style, const char *column, const char *text);

void mxs_format_text(mxs_out *out, const struct mxs_table *table, const struct mxs_style *style);
/* An array of objects, one per row. */
void mxs_format_json(mxs_out *out, const struct mxs_table *table);
/* The same inside a document, and one row as an object. */
void mxs_format_put_cell(struct mxs_json *json, const struct mxs_column *column, const struct mxs_cell *cell);
void mxs_format_put_rows(struct mxs_json *json, const char *key, const struct mxs_table *table);
void mxs_format_put_row(struct mxs_json *json, const char *key, const struct mxs_table *table, size_t row);
void mxs_format_csv(mxs_out *out, const struct mxs_table *table);
void mxs_format_markdown(mxs_out *out, const struct mxs_table *table);
void mxs_format_latex(mxs_out *out, const struct mxs_table *table);
/* The table's figure, alone; a figure without marks where the table has none (see mxs_chart_exists). */
void mxs_format_svg(mxs_out *out, const struct mxs_table *table);
/* A gauge per column of numbers, its labels the columns of texts; list becomes a label as well, NULL: none. */
void mxs_format_prometheus(mxs_out *out, const struct mxs_table *table, const char *list);

/* Text wrapped between words to the width of the style; NULL, or no width: as it is. */
void mxs_format_put_wrapped(mxs_out *out, const char *text, size_t size_bytes, const struct mxs_style *style);
/* The same of what was put together apart, lines with their ends; lets it go. */
void mxs_format_put_sentence(mxs_out *out, mxs_out *sentence, const struct mxs_style *style);
/* A sentence as it stands below the line of a table that it belongs to: indented, and wrapped. before: words in front
 * of it. */
void mxs_format_put_below(mxs_out *out, const char *before, const char *sentence, const struct mxs_style *style);
/* A line that is shown already, escaped and without its end: what follows its first line is indented below it. */
void mxs_format_put_hanging(mxs_out *out, const char *line, size_t size_bytes, const struct mxs_style *style);
/* "12 of 28 rows; --limit shows more"; nothing of a whole table. */
void mxs_format_put_cut(mxs_out *out, enum mxs_escape escape, const struct mxs_table *table);
/* The line under a table that says what its shares are of; written with the format's escaping. False: none. */
bool mxs_format_bases(mxs_out *out, enum mxs_escape escape, const struct mxs_table *table);

#endif
