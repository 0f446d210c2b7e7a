/* Room       scanner/run
 * Spec       None
 * In         A failure
 * Out        One sentence on stderr and the exit code of its kind
 * Units      None
 * Limits     None
 * Errors     None
 * Ownership  None
 * Threads    The main thread
 * Bugs       None
 *
 * The one place where this room's failures become words and exit codes.
 */
#ifndef MXS_SCANNER_RUN_COMPLAIN_H
#define MXS_SCANNER_RUN_COMPLAIN_H

#include "options/option.h"

/* usage: the failure is one of usage or configuration. */
int mxs_complain(enum mxs_err err, bool usage, const struct mxs_detail *detail);
/* --quiet and --verbose. */
void mxs_complain_init(const mxs_values *values);

#endif
