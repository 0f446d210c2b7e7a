/* An outage once for each value of a facet: which hospitals lose mail, which towns fall back.
 *
 * In         An outage whose part was found
 * Out        For each group its domains, those of them that receive mail, and what becomes of these
 * Limits     Memory: that of reports/data/by, and a byte a set and host
 * Errors     Those of reports/data/by and of the store
 * Threads    That of the store
 */
#ifndef MXS_REPORTS_DATA_OUTAGE_BY_H
#define MXS_REPORTS_DATA_OUTAGE_BY_H

#include "reports/data/outage.h"

/* Fills outage->groups, and outage->by for its columns. */
MXS_CHECK enum mxs_err mxs_outage_by_read(struct mxs_outage *outage, struct mxs_detail *detail);

#endif
