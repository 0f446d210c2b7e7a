/* The texts are made while the database is open, and the commands run when it is closed: a hook may then read it, scan
 * again or prune it, and a signal ends the program as it would anywhere.
 *
 * In         --on-finish and --on-change; at the end of a run, the texts for them
 * Out        The commands, run with a text on their standard input
 * Limits     MXS_HOOK_JSON_MAX bytes of text
 * Errors     A hook that fails is said on stderr and changes nothing: the run is stored, the exit code is the scan's
 * Ownership  open/close
 * Threads    The main thread; open before the sandbox and before any other thread
 */
#ifndef MXS_SCANNER_COMMAND_INTERNAL_HOOKS_H
#define MXS_SCANNER_COMMAND_INTERNAL_HOOKS_H

#include "scanner/run/hook.h"
#include "scanner/command/command.h"
#include "scanner/run/settings.h"

enum mxs_hook { MXS_HOOK_FINISH, MXS_HOOK_CHANGE, MXS_HOOK_COUNT };

struct mxs_hooks {
    mxs_hook_helper *helper; /* NULL: no hook is wanted */
    const char *commands[MXS_HOOK_COUNT];
    char *texts[MXS_HOOK_COUNT];
    size_t sizes_bytes[MXS_HOOK_COUNT];
};

MXS_CHECK enum mxs_err mxs_hooks_open(struct mxs_hooks *hooks, const struct mxs_settings *settings,
                                      struct mxs_detail *detail);
/* Takes the text of every hook that is wanted, from its teller. */
void mxs_hooks_read(struct mxs_hooks *hooks, const mxs_survey_teller tellers[MXS_HOOK_COUNT], mxs_store *store,
                    int64_t run_id);
/* Runs those that have a text, one after the other. */
void mxs_hooks_run(struct mxs_hooks *hooks);
void mxs_hooks_close(struct mxs_hooks *hooks);

#endif
