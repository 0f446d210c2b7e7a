/* The walls of the sandbox: what Linux has (walls_linux.c), and a system that has none (walls_plain.c).
 *
 * Spec       landlock(7), seccomp(2)
 * Errors     MXS_ERR_INPUT: the system has no such wall, or a folder cannot be allowed; MXS_ERR_MEMORY
 * Threads    As the sandbox
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_WALLS_H
#define MXS_SCANNER_RUN_INTERNAL_WALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct mxs_sandbox_limits;

/* Landlock's version; 0: there is none. */
int mxs_walls_version(void);
/* The first that knows TCP ports. */
#define MXS_WALLS_PORTS_SINCE 4
/* Nothing may be written outside of the folders, nothing executed, and, since that version, no TCP port reached that is
 * in no rule. */
MXS_CHECK enum mxs_err mxs_walls_files_put(const struct mxs_sandbox_limits *limits, struct mxs_detail *detail);
/* Whether calls can be refused. */
bool mxs_walls_calls_known(void);
/* System calls that a survey never makes are refused. network: so is every socket that has not come from the broker. */
MXS_CHECK enum mxs_err mxs_walls_calls_put(bool network, struct mxs_detail *detail);

#endif
