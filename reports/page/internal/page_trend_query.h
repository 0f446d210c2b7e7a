/* The trend itself is counted in one walk over the intervals, for all measures at once; a reader who wants to check one
 * figure gets one query that counts the same from v_domain. tests/contract runs it and compares.
 *
 * Spec       docs/manual.md, "The database"
 * In         A trend
 * Out        The SQL behind one of its figures, over public views only
 * Errors     Sticky in the sink
 */
#ifndef MXS_REPORTS_PAGE_INTERNAL_PAGE_TREND_QUERY_H
#define MXS_REPORTS_PAGE_INTERNAL_PAGE_TREND_QUERY_H

#include "base/out.h"
#include "reports/data/trend.h"

/* first_run: the oldest that is shown. False, and nothing put: no query is known for the measure. */
bool mxs_page_put_trend_query(mxs_out *out, const struct mxs_trend *trend, const char *measure, int64_t first_run);

#endif
