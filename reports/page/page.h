/* The page's policy allows exactly one style sheet and one script, both inside it and named by their SHA-256. Nothing
 * else can run, and nothing can be fetched, whatever a domain's name looks like.
 *
 * Spec       HTML living standard, CSP Level 3, WCAG 2.1 AA
 * In         A snapshot; tables
 * Out        One HTML file: whole without a network, without scripts, on paper
 * Units      For people
 * Limits     Tables are cut to what a page can carry; each says where the rest is
 * Errors     Sticky in the sink; those of the store
 * Threads    One at a time; what needs older runs is read in a second thread meanwhile
 */
#ifndef MXS_REPORTS_PAGE_PAGE_H
#define MXS_REPORTS_PAGE_PAGE_H

#include "reports/data/catalog.h"
#include "reports/format/format.h"

struct mxs_page {
    mxs_out *out;
    int64_t run_id;
    int64_t limit;    /* of the table about to be put; 0: none */
    size_t searched;  /* rows of the table about to be put that its filter finds, beyond those shown; 0: none */
    size_t foot;      /* last rows of the table about to be put that stay below the others, however it is sorted */
    bool stacked;     /* figures stand above their tables: the place is half as wide */
    unsigned figures; /* so far; numbers their ids */
    bool in_part;     /* between a heading and the next: kept together on paper where it can be */
};

/* The report of a run: every section. Closes the snapshot. */
MXS_CHECK enum mxs_err mxs_page_write(struct mxs_snapshot *snapshot, mxs_out *out, struct mxs_detail *detail);
/* One table, with its figure where it has one, as a page of its own. */
void mxs_page_write_table(mxs_out *out, const struct mxs_table *table);

/* One table in any of the formats. */
void mxs_page_write_as(mxs_out *out, enum mxs_format format, const struct mxs_table *table,
                       const struct mxs_style *style);

/* What changed between two runs, and how shares moved over all of them: each a page of its own. */
struct mxs_diff;
struct mxs_trend;
MXS_CHECK enum mxs_err mxs_page_write_diff(mxs_out *out, const struct mxs_diff *diff, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_page_write_trend(mxs_out *out, const struct mxs_trend *trend, struct mxs_detail *detail);

/* From the doctype to <main>, and from there to the end. */
void mxs_page_open(struct mxs_page *page, mxs_out *out, int64_t run_id, const char *title);
void mxs_page_close(struct mxs_page *page);

/* leads: the part is a section's first, and belongs to what follows. */
void mxs_page_open_part(struct mxs_page *page, bool leads);
/* Nothing when none is open. */
void mxs_page_close_part(struct mxs_page *page);

/* Text of anybody's, escaped. */
void mxs_page_put_text(struct mxs_page *page, const char *text);
/* The same, with what stands between two backticks as code. */
void mxs_page_put_prose(struct mxs_page *page, const char *text);
void mxs_page_put_count(struct mxs_page *page, int64_t count);
void mxs_page_put_share(struct mxs_page *page, double share);

/* A table with its caption, what its shares are of, and its SQL. rows 0: all. */
void mxs_page_put_table(struct mxs_page *page, const struct mxs_table *table, size_t rows);
/* A bar in a cell, before its number; part: 0 .. 1 of the full bar. */
void mxs_page_put_bar(struct mxs_page *page, const char *class, double part);
/* What stands below a table: what its shares are of, and its SQL. */
void mxs_page_put_end(struct mxs_page *page, const struct mxs_table *table);
/* The figure of a table, if it has one, beside the table. bars: rows of the figure, 0 for its own number. */
void mxs_page_put_figure(struct mxs_page *page, const struct mxs_table *table, size_t bars, size_t rows);
/* The figure of one table beside another that has its numbers. */
void mxs_page_put_pair(struct mxs_page *page, const struct mxs_table *drawn, const struct mxs_table *table, size_t bars,
                       size_t rows);

#endif
