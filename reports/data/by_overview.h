/* What the domains of each value of a facet come to, a row each: how many receive mail and survive the loss of their
 * provider, which mailbox provider most have, how many have a finding of weight.
 *
 * In         A snapshot, the name of a facet that its run kept, and an open subset, to be used again for the next
 * Out        A table, the largest values first; the others and those without a value are its last rows
 * Limits     `most` values; a column of more numbers than that is cut at powers of ten
 * Errors     Those of reports/data/by.h
 * Ownership  read/finish: the table's columns and texts live in struct mxs_by_overview
 * Threads    That of the store
 */
#ifndef MXS_REPORTS_DATA_BY_OVERVIEW_H
#define MXS_REPORTS_DATA_BY_OVERVIEW_H

#include "reports/data/by.h"

#define MXS_BY_OVERVIEW_COLUMNS 8

struct mxs_by_overview {
    struct mxs_by by;
    struct mxs_table table;
    struct mxs_column columns[MXS_BY_OVERVIEW_COLUMNS];
    size_t foot;     /* last rows that are no value: the others, those without one */
    bool scattered;  /* the values that are shown have less than a tenth of the domains that have one */
    mxs_out sql;
};

MXS_CHECK enum mxs_err mxs_by_overview_read(struct mxs_by_overview *overview, struct mxs_snapshot *snapshot,
                                            const char *facet, uint32_t most, struct mxs_subset *subset,
                                            struct mxs_detail *detail);
void mxs_by_overview_finish(struct mxs_by_overview *overview);

#endif
