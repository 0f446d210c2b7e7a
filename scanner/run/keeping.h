/* Where a database lies while it is written, and where it is kept. SQLite over a network file system loses data, so a
 * scan works on a local disk and the finished file moves (--finish-to).
 *
 * In         Paths
 * Out        The finished database in its place: by name where both lie on one file system, else as a copy that takes
 *            the name when it is whole
 * Errors     MXS_ERR_INPUT: there is one already; MXS_ERR_IO, MXS_ERR_DISK: it stays where it was
 * Threads    Any
 */
#ifndef MXS_SCANNER_RUN_KEEPING_H
#define MXS_SCANNER_RUN_KEEPING_H

#include <stdbool.h>

#include "base/err.h"

/* The name of the network file system that the folder of this file lies on, or NULL: NFS, CIFS, Lustre and others. */
const char *mxs_keeping_network(const char *file);
/* Before a scan: a database at `to` that this one does not go on with would be lost. */
MXS_CHECK enum mxs_err mxs_keeping_find(const char *db, const char *to, struct mxs_detail *detail);
/* When the database is closed. */
MXS_CHECK enum mxs_err mxs_keeping_put(const char *db, const char *to, struct mxs_detail *detail);

#endif
