/* A share moves when domains move, and when the list does. The matched panel leaves the first: names settled in every
 * run that is shown. A degraded run is a gap: it has a population, and no shares, and takes nobody out of the panel.
 * Shares of mailbox providers are of those in it of whom every run knows who holds the mailbox: the others would leave
 * their provider and come back.
 *
 * Spec       docs/manual.md, "Every night"
 * In         All complete runs of a list
 * Out        Shares over time, over the names that every run settled; the population apart
 * Units      Shares 0 .. 1
 * Limits     MXS_TREND_RUNS runs, the newest
 * Errors     Those of the store; MXS_ERR_INPUT: no complete run
 * Ownership  open/close
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_TREND_H
#define MXS_REPORTS_DATA_TREND_H

#include "reports/data/by.h"

#define MXS_TREND_RUNS 400
#define MXS_TREND_LEADING 2 /* columns of series before the runs */

struct mxs_trend {
    mxs_store *store;
    char list[256];
    struct mxs_table runs;   /* run, started_at, degraded, accepted, receiving, panel_receiving, checks */
    struct mxs_table series; /* measure, name, then one share per run: NULL is a gap, or not checked */
    struct mxs_column *series_columns;
    char (*series_names)[32];
    int64_t panel;           /* names settled in all runs without a gap */
    int64_t mailbox_panel;   /* of them, those whose mailbox is known in all of these */
    int64_t *mailbox_receiving; /* how many of these receive mail in a run; -1: it has no figures */
    double *policies_unknown; /* of the panel, by run: the share of which not all policies that were asked are known */
    int64_t top;             /* providers asked for */
    bool by_refused;         /* the facet asked for */
    struct mxs_by by;
    uint32_t group_count;
    int64_t *group_panels;   /* of the panel, by group; then of the mailbox panel, and who receives mail of these */
    struct mxs_table groups; /* by, run, panel, panel_receiving: what a group's shares are of */
    struct mxs_table group_series; /* by, by_panel, by_receiving (newest run), then those of series */
    struct mxs_column *group_columns;
};

/* Leading columns of group_series. */
#define MXS_TREND_BY_LEADING 5
#define MXS_TREND_BY_MOST 100u /* groups, each in every run */

struct mxs_trend_options {
    int64_t last;          /* only so many runs up to the newest; 0: all */
    int64_t top;           /* providers shown */
    struct mxs_by_ask by;  /* the values that names have in the newest run that is no gap */
};

/* run_id: the newest that counts; 0: that of the list. */
MXS_CHECK enum mxs_err mxs_trend_open(struct mxs_trend *trend, mxs_store *store, int64_t run_id, const char *list,
                                      const struct mxs_trend_options *options, struct mxs_detail *detail);
void mxs_trend_close(struct mxs_trend *trend);

#define MXS_TREND_ABREAST 8 /* runs beside each other, at most */

/* The series as people read them: leading columns, the first run and the newest, and how much the newest that is no gap
 * moved since the one before it: nothing where one of them has no figure. */
struct mxs_trend_abreast {
    struct mxs_table table;
    struct mxs_column columns[MXS_TREND_BY_LEADING + MXS_TREND_ABREAST + 1];
    size_t from[MXS_TREND_BY_LEADING + MXS_TREND_ABREAST];
    bool blurred; /* somewhere no change is told: no more moved than what is not known did */
};
#define MXS_TREND_BLURRED "no change where no more moved than is no longer known, or is known by now"

/* series: the trend's, of all or of groups, with so many leading columns; measure NULL: all of them; most: runs. The
 * caller finishes the table, before the trend is closed: its texts are the trend's. Fails only for want of memory. */
MXS_CHECK enum mxs_err mxs_trend_abreast(const struct mxs_trend *trend, const struct mxs_table *series,
                                         size_t leading, const char *measure, size_t most,
                                         struct mxs_trend_abreast *out);

/* "8 of 30 runs: the first and the 7 newest"; "" where all stand beside each other. */
const char *mxs_trend_abreast_note(size_t runs, size_t most, char *out, size_t out_size);

/* A run that is degraded, and so has no shares; the checks it made; how many of the panel receive mail in it. */
bool mxs_trend_is_gap(const struct mxs_trend *trend, size_t row);
const char *mxs_trend_checks(const struct mxs_trend *trend, size_t row);
int64_t mxs_trend_panel_receiving(const struct mxs_trend *trend, size_t row);
bool mxs_trend_has_gap(const struct mxs_trend *trend);

/* What a run did not check it does not know: no figure says that there is none of it (trend_known.c). Whether a run can
 * tell of a measure's name (but of findings); whether what two runs say of a measure may be subtracted; whether there
 * is anything that is not known: then no view gives what the trend tells. */
bool mxs_trend_is_known(const struct mxs_trend *trend, const char *measure, const char *name, size_t row);
bool mxs_trend_compares(const struct mxs_trend *trend, const char *measure, size_t left, size_t right);
bool mxs_trend_has_unknown(const struct mxs_trend *trend);

/* Reads policies_unknown. */
MXS_CHECK enum mxs_err mxs_trend_read_policies(struct mxs_trend *trend, mxs_store *panel, struct mxs_detail *detail);
/* Takes out of a series, with so many leading columns, what its runs cannot tell; that of all before that of groups. */
MXS_CHECK enum mxs_err mxs_trend_drop_unknown(const struct mxs_trend *trend, struct mxs_table *series, size_t leading,
                                              struct mxs_detail *detail);

/* Whether the runs asked different checks: what rests on those does not compare. */
bool mxs_trend_is_mixed(const struct mxs_trend *trend);

/* Whether a measure's shares are of the panel; else they are of those in it that receive mail. What they are of, as in
 * JSON; and the sentence on the names of the panel whose mailbox is not known, which is empty where there are none. */
bool mxs_trend_is_of_panel(const char *measure);
const char *mxs_trend_base(const struct mxs_trend *trend, const char *measure);
const char *mxs_trend_mailbox_text(const struct mxs_trend *trend, char *out, size_t out_size);

#endif
