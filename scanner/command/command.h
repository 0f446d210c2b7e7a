/* The commands of this room, for the front door's table.
 *
 * In         Values of options, arguments
 * Out        Exit codes
 * Errors     One sentence on stderr, then the exit code of its kind
 * Ownership  Static
 * Threads    The main thread
 */
#ifndef MXS_SCANNER_COMMAND_COMMAND_H
#define MXS_SCANNER_COMMAND_COMMAND_H

#include "db/store.h"
#include "options/option.h"

extern const struct mxs_command mxs_scan_command;
extern const struct mxs_command mxs_classify_command;
extern const struct mxs_command mxs_lookup_command;
extern const struct mxs_command mxs_plan_command;
extern const struct mxs_command mxs_merge_command;
extern const struct mxs_command mxs_recursor_command;
extern const struct mxs_command mxs_doctor_command;

/* What the front door does with a store that a command leaves open: told the newest run, and for lookup the names that
 * were asked. Called before the store is closed; returns the exit code. NULL: nothing. */
typedef int (*mxs_survey_reader)(mxs_store *store, int64_t run_id, int argc, char *const *names,
                                 const mxs_values *values);
void mxs_scan_read_with(mxs_survey_reader reader);
void mxs_lookup_read_with(mxs_survey_reader reader);

/* What the front door tells a hook of a scan: a text of its making in *text, for the caller to free; untouched: there
 * is nothing to tell, and the hook is not run. NULL: never. */
typedef enum mxs_err (*mxs_survey_teller)(mxs_store *store, int64_t run_id, char **text, size_t *size_bytes,
                                          struct mxs_detail *detail);
void mxs_survey_tell_with(mxs_survey_teller on_finish, mxs_survey_teller on_change);

/* Whether the verdicts of a database are those that this program's rules and findings would give; true also where that
 * cannot be told. */
bool mxs_survey_is_current(mxs_store *store);

/* The names of findings that checks bring, one after the other; NULL: no more. For completions. */
const char *mxs_survey_finding_text(size_t index);

/* The versions of what this wing links: c-ares, libuv, SQLite, libpsl ... For --version. The texts live for the call.
 */
void mxs_survey_put_versions(void (*put)(void *arg, const char *name, const char *version), void *arg);

#endif
