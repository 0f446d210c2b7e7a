/* Two parts of `explain`: the verdict in one line, and the term of an SPF record that is at fault.
 *
 * In         A verdict; a record
 * Out        Lines of text
 * Errors     Those of the store; the sink's stay in the sink
 */
#ifndef MXS_REPORTS_RECORD_INTERNAL_EXPLAIN_VERDICT_H
#define MXS_REPORTS_RECORD_INTERNAL_EXPLAIN_VERDICT_H

#include "base/out.h"
#include "db/query.h"

MXS_CHECK enum mxs_err mxs_explain_put_verdict(mxs_store *store, int64_t verdict_id, mxs_out *out,
                                               struct mxs_detail *detail);
/* Each include and redirect that names a domain without an SPF record. include_none: there is one; where the answers of
 * the run do not tell which, those that lead there are named. */
MXS_CHECK enum mxs_err mxs_explain_put_faulty_term(mxs_store *store, int64_t run_id, const char *record,
                                                   bool include_none, mxs_out *out, struct mxs_detail *detail);

#endif
