/* Intervals and verdicts lie in the order of ids, records go out in the order of names. Reading both in their own order
 * and meeting in memory is four times as fast as looking up a million ids in three tables.
 *
 * Spec       docs/manual.md, "`export`"
 * In         A run
 * Out        One record per domain, ordered by name, as JSON lines or CSV
 * Units      As each column says (internal/column.h)
 * Limits     Memory: 40 bytes a domain beside reports/data/facts.h
 * Errors     Those of the store; the sink's stay in the sink
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_RECORD_EXPORT_H
#define MXS_REPORTS_RECORD_EXPORT_H

#include "base/out.h"
#include "reports/data/run.h"
#include "reports/record/form.h"

struct mxs_export_options {
    enum mxs_record_form form;
    bool content_only;   /* without what differs between two scans of one world */
    const char *state;   /* NULL: all */
    const char *finding; /* NULL: all */
    bool names_only;     /* only the domain, one a line */
    int64_t limit;       /* so many records; 0: all */
};

/* MXS_ERR_INPUT: no such state or finding; detail names the nearest right one. */
MXS_CHECK enum mxs_err mxs_export_write(mxs_store *store, const struct mxs_run *run,
                                        const struct mxs_export_options *options, mxs_out *out,
                                        struct mxs_detail *detail);

/* Are the state and the finding of the options there? Likewise. */
MXS_CHECK enum mxs_err mxs_export_check(mxs_store *store, const struct mxs_export_options *options,
                                        struct mxs_detail *detail);

/* The JSON Schema of a record. */
void mxs_export_write_schema(mxs_out *out);

#endif
