/* The counts of a diff once for each value of a facet.
 *
 * In         A diff, domain by domain as it is walked
 * Out        For each group how many of its domains changed, and in what
 * Errors     Those of reports/data/by
 * Threads    That of the store
 */
#ifndef MXS_REPORTS_DATA_DIFF_BY_H
#define MXS_REPORTS_DATA_DIFF_BY_H

#include "reports/data/diff.h"

MXS_CHECK enum mxs_err mxs_diff_by_open(struct mxs_diff *diff, struct mxs_detail *detail);
/* A domain that is in both runs, and the kinds of change of one; counted: it was among those that changed before. */
void mxs_diff_by_put_both(struct mxs_diff *diff, int64_t domain);
void mxs_diff_by_put_kinds(struct mxs_diff *diff, int64_t domain, unsigned kinds, bool counted);
/* Fills diff->groups. */
MXS_CHECK enum mxs_err mxs_diff_by_read(struct mxs_diff *diff, struct mxs_detail *detail);

#endif
