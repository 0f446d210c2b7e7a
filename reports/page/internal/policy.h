/* The source of a page's Content-Security-Policy: what may run or style, named by its digest.
 *
 * Spec       CSP Level 3
 * Errors     Sticky in the sink
 */
#ifndef MXS_REPORTS_PAGE_INTERNAL_POLICY_H
#define MXS_REPORTS_PAGE_INTERNAL_POLICY_H

#include "base/out.h"

/* 'sha256-...' of both texts one behind the other, which the browser computes as well. */
void mxs_page_put_source(mxs_out *out, const char *first, const char *second);

#endif
