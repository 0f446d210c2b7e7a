/* From files to the folders of the sandbox. A database may be named by a link: SQLite writes its log beside the file
 * itself, so that folder is named as well.
 *
 * In         The files a command will write, and whom it will connect to
 * Out        A process that can write in their folders only, and reach those only
 * Limits     MXS_SANDBOX_FOLDERS_MAX folders
 * Errors     As mxs_sandbox_enter
 * Threads    Once, before the first thread
 */
#ifndef MXS_SCANNER_RUN_CONFINE_H
#define MXS_SCANNER_RUN_CONFINE_H

#include "scanner/run/sandbox.h"

/* files: NULL and ":memory:" are passed over. */
MXS_CHECK enum mxs_err mxs_confine(enum mxs_sandbox_mode mode, const char *const *files, size_t count,
                                   const struct mxs_outside_rule *rules, size_t rule_count,
                                   struct mxs_sandbox_state *out, struct mxs_detail *detail);

/* For the front door, before a command that asks nobody: it can start nothing, reach nobody, and write only beside
 * these files (NULL: none), as far as the kernel has the means. */
void mxs_confine_reader(const char *const *files, size_t count);

#endif
