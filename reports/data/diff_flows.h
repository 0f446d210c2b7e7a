/* What each provider gained and lost, out of who moved from whom to whom.
 *
 * In         Rows of from, to, domains: the largest first
 * Out        Rows of provider, gained, lost, net: who moved most first
 * Errors     Sticky in the table
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_DIFF_FLOWS_H
#define MXS_REPORTS_DATA_DIFF_FLOWS_H

#include "reports/data/table.h"

void mxs_diff_flows_read(const struct mxs_table *migrations, struct mxs_table *flows);

#endif
