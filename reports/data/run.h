/* A report is about one complete run: the newest of the database, of a list, or the one asked for.
 *
 * In         --run and --list, or nothing
 * Out        The run a report is about
 * Units      Names carry them
 * Errors     MXS_ERR_INPUT with a sentence: no run yet, an unfinished one, an unknown one
 * Ownership  None: texts are inside
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_RUN_H
#define MXS_REPORTS_DATA_RUN_H

#include "reports/data/table.h"

struct mxs_run {
    int64_t id, list_id;
    char list[256];
    char checks[64];
    char shard[64];       /* "2/3"; "1/1": the whole list; "2 of 3": what a merge had of its shards */
    bool hosts_asked;     /* the check `host` was part of it */
    bool policies_asked;  /* `auth` */
    bool transport_asked;
    bool records_asked;   /* any check but mx, host and smtp: these two, `caa`, and those to come */
    bool sts_fetched;     /* --fetch-sts */
    bool servers_met;     /* `smtp` */
    int64_t started_at, finished_at, active_ms;
    int64_t previous;     /* 0: none */
    bool degraded;
    bool unsettled;       /* why it is: too many names could not be determined */
    bool partial;         /* and shards are missing */
};

/* "lines = accepted + rejected + duplicate" of a run, and what of the rejected are names. */
struct mxs_run_sums {
    int64_t lines, accepted, rejected, duplicate, other_shard;
    int64_t excluded;
    bool more; /* not all rejects are stored: there may be more excluded ones */
};
MXS_CHECK enum mxs_err mxs_run_sums_read(mxs_store *store, int64_t run_id, struct mxs_run_sums *out,
                                         struct mxs_detail *detail);
/* "9 lines = 3 accepted + 5 rejected (4 names of other shards) + 1 duplicate" */
void mxs_run_put_sums(mxs_out *out, const struct mxs_run_sums *sums);

#define MXS_RUN_TEXT_SIZE 160
/* Why a degraded run is: "more than 5 % of the names could not be determined". */
const char *mxs_run_degraded_text(const struct mxs_run *run, char out[MXS_RUN_TEXT_SIZE]);
/* ", shard 2/3: a part of the list, which `mxsurvey merge` joins"; "" where it is no shard. */
const char *mxs_run_shard_text(const struct mxs_run *run, char out[MXS_RUN_TEXT_SIZE]);

/* id 0: the newest complete run of the list; list NULL: of any. */
MXS_CHECK enum mxs_err mxs_run_find(mxs_store *store, int64_t id, const char *list, struct mxs_run *out,
                                    struct mxs_detail *detail);

/* What a table of such a run says below its figures; NULL where MX hosts were asked. */
#define MXS_RUN_UNCHECKED "MX hosts not checked: counted by MX records, blank or unknown where addresses decide"
const char *mxs_run_unchecked_text(const struct mxs_run *run);

/* Whether a word stands in a list of checks, parted by commas. */
bool mxs_run_has_check(const char *checks, const char *name);

/* The run as a table of one row: how it was made and what it counted. */
MXS_CHECK enum mxs_err mxs_run_table(mxs_store *store, int64_t id, struct mxs_table *out, struct mxs_detail *detail);

/* The lists of a run `v` of v_run, as JSON. */
#define MXS_RUN_INPUTS \
    " (SELECT json_group_array(json_object('path', path, 'format', format, 'how', how, 'lines', lines, " \
        "'passed_over', passed_over," \
    " 'sha256', sha256, 'citation', citation)) FROM (SELECT * FROM v_input i WHERE i.run_id = v.run_id ORDER BY " \
        "position))"

#endif
