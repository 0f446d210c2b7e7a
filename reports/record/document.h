/* What programs read instead of pages: the JSON of `report`, of one table, of `diff`, `trend` and `outage`. Each says
 * its version (schema_version) and the run it is about.
 *
 * Spec       report.schema.json
 * In         A snapshot, a diff, a trend, an outage
 * Out        One JSON object
 * Units      Raw: shares 0 .. 1, unix seconds, names carry the others
 * Errors     Those of the store; the sink's stay in the sink
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_RECORD_DOCUMENT_H
#define MXS_REPORTS_RECORD_DOCUMENT_H

#include "reports/data/catalog.h"
#include "reports/data/diff.h"
#include "reports/data/outage.h"
#include "reports/data/trend.h"
#include "reports/format/format.h"

MXS_CHECK enum mxs_err mxs_document_write_report(struct mxs_snapshot *snapshot, mxs_out *out,
                                                 struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_document_write_table(struct mxs_snapshot *snapshot, const struct mxs_catalog_entry *entry,
                                                const struct mxs_table *table, mxs_out *out, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_document_write_diff(const struct mxs_diff *diff, mxs_out *out, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_document_write_outage(const struct mxs_outage *outage, mxs_out *out,
                                                 struct mxs_detail *detail);
void mxs_document_write_trend(const struct mxs_trend *trend, mxs_out *out);
/* How the run was made, and nothing else. */
MXS_CHECK enum mxs_err mxs_document_write_run(mxs_store *store, int64_t run_id, mxs_out *out,
                                              struct mxs_detail *detail);

#endif
