/* What the reports tell at the end of a scan, after a lookup, and to the hooks. The front door hands these to the
 * scanner's wing, which knows nothing of reports.
 *
 * In         A store that is open, a run
 * Out        Text on standard output, or in memory for the caller to free
 * Errors     One sentence on stderr and the exit code; or the error
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_COMMAND_HOOKS_H
#define MXS_REPORTS_COMMAND_HOOKS_H

#include "db/store.h"
#include "options/values.h"

/* The end of a scan in a dozen lines, and what to type next. */
int mxs_hooks_write_scan(mxs_store *store, int64_t run_id, int argc, char *const *names, const mxs_values *values);
/* What was just asked about each name: canonical names. */
int mxs_hooks_write_lookup(mxs_store *store, int64_t run_id, int argc, char *const *names, const mxs_values *values);

/* --on-finish: what `report --format json` says. --on-change: what `diff --format json` says, if there is a run before
 * this one and anything changed; else *text stays as it was. */
MXS_CHECK enum mxs_err mxs_hooks_read_run(mxs_store *store, int64_t run_id, char **text, size_t *size_bytes,
                                          struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_hooks_read_changes(mxs_store *store, int64_t run_id, char **text, size_t *size_bytes,
                                              struct mxs_detail *detail);

#endif
