/* What a diff tells: a row for each change as it is found, and the tables over all of them at the end. A domain that is
 * compared with more than one earlier run comes more than once, each time with other kinds, and counts once.
 *
 * In         Domains with the kinds of their change
 * Out        The tables and counts of the diff
 * Limits     Memory: about 300 bytes a change
 * Errors     Those of the store; MXS_ERR_MEMORY. Sticky until close
 * Ownership  open/close; the diff lives longer
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_DIFF_TOLD_H
#define MXS_REPORTS_DATA_DIFF_TOLD_H

#include "reports/data/diff.h"

/* Beside the bits of enum mxs_change: a migration that dropped the backup. */
#define MXS_DIFF_DROPPED (1u << 31)

struct mxs_diff_told {
    struct mxs_diff *diff;
    struct mxs_query name, history;
    struct mxs_counter migrations, states;
    struct mxs_counter earlier; /* domain -> bits of what was told of it, where more may come */
    enum mxs_err err;
};

/* The tables of the diff, empty. */
void mxs_diff_told_init(struct mxs_diff *diff);
void mxs_diff_told_open(struct mxs_diff_told *told, struct mxs_diff *diff);
/* found: bits of enum mxs_change, and MXS_DIFF_DROPPED. Whoever left or joined has a verdict on one side only. more: it
 * may come again. */
void mxs_diff_told_put(struct mxs_diff_told *told, int64_t domain, const struct mxs_change_side sides[2],
                       unsigned found, bool more);
/* err: of the work before; where it is well, the tables are put in order. */
MXS_CHECK enum mxs_err mxs_diff_told_close(struct mxs_diff_told *told, enum mxs_err err, struct mxs_detail *detail);

#endif
