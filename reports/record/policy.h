/* What the checks tell of a domain, by the database's own list of columns (policy_column): this room knows no check.
 * The members that the list of columns.c describes are found by their paths; those of a newer check follow behind them,
 * as the database has them.
 *
 * Spec       docs/manual.md, "`export`"
 * In         A run, a domain
 * Out        The values of its record that come from checks, and the evidence behind the MX
 * Limits     MXS_POLICY_MEMBERS members; more are left out
 * Errors     Sticky in the queries, told by close
 * Ownership  init/finish
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_RECORD_POLICY_H
#define MXS_REPORTS_RECORD_POLICY_H

#include "reports/data/run.h"
#include "reports/record/internal/value.h"

#define MXS_POLICY_MEMBERS 32

/* A row of policy_column, and what it holds for the domain at hand: JSON and cell, as places in `told`. */
struct mxs_policy_member {
    int64_t id;
    char path[32], empty[8];
    bool asked, hosts;  /* hosts: a list over the MX hosts */
    bool with_file;     /* the file that a record of MTA-STS leads to is told beside it */
    bool described;     /* columns.c has it */
    bool unsettled;     /* of the domain at hand: not every answer came */
    size_t json, json_size, cell, cell_size; /* json_size 0: nothing is there */
};

struct mxs_policies {
    const struct mxs_run *run;
    struct mxs_query policy, texts, hosts, file, evidence, unsettled, mailbox;
    struct mxs_policy_member members[MXS_POLICY_MEMBERS];
    uint32_t member_count;
    mxs_out told, others;
    bool open, cells;
    bool mailbox_unsettled; /* of the domain at hand: who holds it may stand in what could not be settled */
    int64_t policy_id;  /* of the domain last found; 0 none */
};

/* What the `argument` of a column of mxs_record_read_policy picks; OTHERS: the members that columns.c does not
 * describe. */
enum {
    MXS_POLICY_SPF,
    MXS_POLICY_DMARC,
    MXS_POLICY_DKIM,
    MXS_POLICY_MTA_STS,
    MXS_POLICY_TLS_RPT,
    MXS_POLICY_TLSA,
    MXS_POLICY_OTHERS
};

/* cells: cells of CSV are wanted besides JSON. */
MXS_CHECK enum mxs_err mxs_policies_open(struct mxs_policies *policies, mxs_store *store, const struct mxs_run *run,
                                         bool cells, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_policies_close(struct mxs_policies *policies, struct mxs_detail *detail);

/* Makes the domain the one that is read. verdict, set: its ids; set 0 none. own: the MX host that it is itself; 0:
 * none. */
void mxs_policies_find(struct mxs_policies *policies, int64_t domain, int64_t verdict, int64_t set, int64_t own);
/* The signs behind the MX hosts of the domain: kind, rule, value. */
void mxs_policies_take_evidence(struct mxs_policies *policies, struct mxs_table *out);

#endif
