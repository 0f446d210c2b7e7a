/* The one place where this room's failures become words and exit codes.
 *
 * In         A failure
 * Out        One sentence on stderr and the exit code of its kind
 * Threads    The main thread
 */
#ifndef MXS_SCANNER_RUN_FAILURE_H
#define MXS_SCANNER_RUN_FAILURE_H

#include "options/option.h"

/* usage: the failure is one of usage or configuration. */
int mxs_failure_put(enum mxs_err err, bool usage, const struct mxs_detail *detail);
/* --quiet and --verbose. */
void mxs_failure_init(const mxs_values *values);

#endif
