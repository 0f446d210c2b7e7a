/* What the parts of `explain` share, and the part about what a domain publishes beside its MX.
 *
 * In         A domain of a run
 * Out        Lines of text
 * Errors     Those of the store; the sink's stay in the sink
 */
#ifndef MXS_REPORTS_RECORD_INTERNAL_EXPLAIN_POLICIES_H
#define MXS_REPORTS_RECORD_INTERNAL_EXPLAIN_POLICIES_H

#include "db/query.h"
#include "reports/data/run.h"
#include "reports/format/format.h"

struct mxs_explainer {
    mxs_store *store;
    const struct mxs_run *run;
    const struct mxs_style *style;
    mxs_out *out;  /* what is told: lines wider than the screen are broken when they go on to the page */
    mxs_out *page; /* records, which people copy, go there whole */
    struct mxs_detail *detail;
    const char *name;
    int64_t domain_id, verdict_id, mx_set_id, implicit_host_id; /* 0: none */
};

void mxs_explain_put_heading(struct mxs_explainer *e, const char *text);
/* A column of the row at hand, escaped for a terminal. */
void mxs_explain_put_column(mxs_out *out, struct mxs_query *query, int column);
/* What was told so far goes on to the page, no line wider than the screen. */
void mxs_explain_turn(struct mxs_explainer *e);
/* What the domain publishes for the senders of its mail and on its way; nothing where that was not asked. */
MXS_CHECK enum mxs_err mxs_explain_put_policies(struct mxs_explainer *e);

#endif
