/* The reading commands, for the front door's table.
 *
 * In         Options and arguments
 * Out        Exit codes; reports on stdout or in a file
 * Errors     One sentence on stderr, exit 1 or 2
 * Ownership  Static
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_COMMAND_COMMAND_H
#define MXS_REPORTS_COMMAND_COMMAND_H

#include "db/store.h"
#include "options/option.h"

extern const struct mxs_command mxs_report_command;
extern const struct mxs_command mxs_export_command;
extern const struct mxs_command mxs_explain_command;
extern const struct mxs_command mxs_runs_command;
extern const struct mxs_command mxs_outage_command;
extern const struct mxs_command mxs_drill_command;
extern const struct mxs_command mxs_diff_command;
extern const struct mxs_command mxs_trend_command;
extern const struct mxs_command mxs_prune_command;

/* Whom completions ask for the findings that this wing does not know, those of checks: NULL at the end.
 * NULL: nobody. */
void mxs_reports_findings_with(const char *(*further)(size_t index));
/* Whom `report` asks whether a database was judged by this program's rules and findings. NULL: nobody. */
void mxs_reports_current_with(bool (*is_current)(mxs_store *store));
bool mxs_reports_is_current(mxs_store *store);
/* The names of findings, one after the other; NULL: no more. */
const char *mxs_reports_finding_text(size_t index);

#endif
