/* What changed between two runs. Facts are kept as intervals of runs, which makes it cheap: both tables are walked
 * once, in the order of domains, and only what begins or ends between the runs is compared. What the earlier run could
 * not settle is compared with what was last settled before it (v_settled_run, v_host_known), so that no change hides
 * behind an undetermined night. Nothing is sent: losses were asked again when the scan wrote them.
 *
 * Spec       docs/manual.md, "Every night"
 * In         Two complete runs of one list
 * Out        What changed between them, and whether they may be compared at all
 * Limits     Memory: three of reports/data/facts.h, and about 300 bytes a change
 * Errors     Those of the store; MXS_ERR_INPUT: no two runs, or of different lists
 * Ownership  open/close
 * Threads    One at a time
 * Bugs       See reports/data/change.h
 */
#ifndef MXS_REPORTS_DATA_DIFF_H
#define MXS_REPORTS_DATA_DIFF_H

#include "base/counter.h"
#include "reports/data/by_totals.h"
#include "reports/data/diff_verdicts.h"

struct mxs_diff_options {
    unsigned kinds;        /* bits of enum mxs_change; 0: all */
    const char *provider;  /* on either side; NULL: all */
    const char *tld;       /* NULL: all */
    struct mxs_by_ask by;  /* counts by a facet of the newer run; who left counts under what it had */
};

/* Columns of `changes` and `undetermined`. */
enum {
    MXS_DIFF_DOMAIN,
    MXS_DIFF_KIND,
    MXS_DIFF_OLD,
    MXS_DIFF_NEW,
    MXS_DIFF_FROM_AT,
    MXS_DIFF_TO_AT,
    MXS_DIFF_SINCE, /* the first run that could not settle the old value; NULL: the one compared with did */
    MXS_DIFF_COLUMNS
};

#define MXS_DIFF_BY_COLUMNS 5

struct mxs_diff {
    mxs_store *store;
    struct mxs_run from, to;
    struct mxs_diff_options options;
    struct mxs_facts old, new;
    struct mxs_table changes, undetermined; /* the most urgent domains first, the rows of a domain together */
    struct mxs_table reasons;               /* one text each: why not to compare */
    struct mxs_table migrations;            /* old, new, domains: largest first */
    struct mxs_table flows;                 /* provider, gained, lost, net */
    struct mxs_table states;                /* old, new, domains */
    struct mxs_table flapping;              /* domain, times it returned to what it had been */
    int64_t counts[MXS_CHANGE_ALL];
    int64_t dropped;                        /* domains that lost their backup by moving to another provider */
    int64_t changed, both, joined, left;    /* domains: whose mail changed; in both runs, and what came and went */
    int64_t undetermined_now, undetermined_still; /* of both, in the later run; and of these, in the earlier one too */
    int64_t partly;                         /* of both: the later run could not settle the backup or the mailbox */
    int64_t addresses_open;                 /* of both: not all addresses of MX hosts are settled in the later run */
    int64_t policies_open;                  /* of both: not all of its policies are settled in the later run */
    int64_t excluded, elsewhere;            /* of one run, and the other left them out, or surveyed another shard */
    bool shrank;                            /* more than a tenth of the list left */
    struct mxs_diff_verdicts *verdicts;
    struct mxs_by_totals by;
    struct mxs_column group_columns[MXS_DIFF_BY_COLUMNS];
    struct mxs_table groups; /* by, both, kind, domains, share of both: the largest first; empty unless asked for */
};

/* The last two complete runs of a list, or the ones asked for. from_id, to_id 0: not asked for. */
MXS_CHECK enum mxs_err mxs_diff_runs(mxs_store *store, int64_t from_id, int64_t to_id, const char *list,
                                     struct mxs_run *from, struct mxs_run *to, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_diff_open(struct mxs_diff *diff, mxs_store *store, const struct mxs_run *from,
                                     const struct mxs_run *to, const struct mxs_diff_options *options,
                                     struct mxs_detail *detail);
void mxs_diff_close(struct mxs_diff *diff);

#endif
