/* Everything known of one domain: delivery order, outcome of every question, the rule behind each provider, findings
 * with what to do, and its history over the runs. `lookup` tells with the same words what it just asked.
 *
 * Spec       @rfc{5321,5.1}
 * In         A domain of a run
 * Out        Where its mail goes, tier by tier, and why we say so
 * Units      As written beside each number
 * Errors     MXS_ERR_INPUT: the run does not know the domain
 * Threads    One at a time
 * Bugs       A name must be given as A-labels
 */
#ifndef MXS_REPORTS_RECORD_EXPLAIN_H
#define MXS_REPORTS_RECORD_EXPLAIN_H

#include "reports/format/format.h"
#include "reports/data/run.h"

/* domain: as a person types it; case and a trailing dot do not matter. */
MXS_CHECK enum mxs_err mxs_explain_write(mxs_store *store, const struct mxs_run *run, const char *domain,
                                         const struct mxs_style *style, mxs_out *out, struct mxs_detail *detail);

/* The same on a stream, of a run that was made to be told and is not kept. */
MXS_CHECK enum mxs_err mxs_explain_asked(mxs_store *store, int64_t run_id, const char *domain, FILE *stream,
                                         struct mxs_detail *detail);

#endif
