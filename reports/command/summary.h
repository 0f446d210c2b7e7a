/* What `mxsurvey report DB` shows when no table is named, and the dozen lines at the end of a scan.
 *
 * In         A snapshot
 * Out        The report: accounting, states, providers, redundancy, findings, resolvers, time
 * Units      See reports/data/table.h
 * Errors     Those of the store; the sink's stay in the sink
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_COMMAND_SUMMARY_H
#define MXS_REPORTS_COMMAND_SUMMARY_H

#include "reports/data/catalog.h"
#include "reports/format/format.h"

/* The whole report in a format; CSV and SVG have its summary only. As HTML it closes the snapshot. */
MXS_CHECK enum mxs_err mxs_summary_write(struct mxs_snapshot *snapshot, enum mxs_format format,
                                         const struct mxs_style *style, mxs_out *out, struct mxs_detail *detail);
/* One table of the catalog; in JSON with the run, the question and the SQL. limit: see mxs_catalog_read; 0
 * in JSON and CSV: all rows. */
MXS_CHECK enum mxs_err mxs_summary_write_table(struct mxs_snapshot *snapshot, const struct mxs_catalog_entry *entry,
                                               int64_t limit, enum mxs_format format, const struct mxs_style *style,
                                               mxs_out *out, struct mxs_detail *detail);
/* The same of a table that was read already. */
MXS_CHECK enum mxs_err mxs_summary_write_rows(struct mxs_snapshot *snapshot, const struct mxs_catalog_entry *entry,
                                              const struct mxs_table *table, enum mxs_format format,
                                              const struct mxs_style *style, mxs_out *out, struct mxs_detail *detail);

/* The end of a scan: what was found, in a dozen lines of text. The store may be open for writing, outside a
 * transaction. */
MXS_CHECK enum mxs_err mxs_summary_write_scan(mxs_store *store, int64_t run_id, FILE *stream,
                                              struct mxs_detail *detail);

#endif
