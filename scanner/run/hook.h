/* A sandboxed scan can start no program, yet a person wants one run when it is done. A helper process is forked first:
 * it knows the commands from the start and takes only the number of one and its input, so whoever takes over the
 * scanner can run nothing that was not asked for. What a hook prints goes to stderr: stdout is data.
 *
 * In         Command lines, fixed at the start; a JSON text for each run of one
 * Out        The command's exit code
 * Units      timeout_s seconds for one run
 * Limits     MXS_HOOK_COMMANDS_MAX commands, MXS_HOOK_JSON_MAX bytes
 * Errors     MXS_ERR_IO: no helper, or it is gone; MXS_ERR_FULL: the JSON is too large
 * Ownership  start/stop
 * Threads    Start before the first thread and before the sandbox; run from one thread at a time
 */
#ifndef MXS_SCANNER_RUN_HOOK_H
#define MXS_SCANNER_RUN_HOOK_H

#include <stddef.h>

#include "base/err.h"

#define MXS_HOOK_COMMANDS_MAX 8
#define MXS_HOOK_JSON_MAX (16u << 20)
#define MXS_HOOK_TIMED_OUT (-1) /* the exit code of a hook that had to be ended */

typedef struct mxs_hook_helper mxs_hook_helper;

/* A command may be NULL: running it does nothing and gives 0. timeout_s 0: no limit. */
MXS_CHECK enum mxs_err mxs_hook_helper_start(mxs_hook_helper **out, const char *const *commands, size_t count,
                                             unsigned timeout_s, struct mxs_detail *detail);
/* Runs command (an index) with /bin/sh, json on its standard input, and waits. *exit_code: the shell's, 128 + signal,
 * or MXS_HOOK_TIMED_OUT. */
MXS_CHECK enum mxs_err mxs_hook_run(mxs_hook_helper *helper, size_t command, const char *json, size_t size_bytes,
                                    int *exit_code, struct mxs_detail *detail);
/* Ends the helper. Safe on NULL. */
void mxs_hook_helper_stop(mxs_hook_helper **helper);

#endif
