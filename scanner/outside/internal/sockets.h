/* Sockets made in the process that calls: the broker's, or the scan's own where there is none.
 *
 * In         An address
 * Out        A socket that does not block
 * Errors     -errno, as socket and connect set it
 * Ownership  The socket is the caller's
 * Threads    Any
 */
#ifndef MXS_SCANNER_OUTSIDE_INTERNAL_SOCKETS_H
#define MXS_SCANNER_OUTSIDE_INTERNAL_SOCKETS_H

#include "scanner/outside/rule.h"

/* Of the address's family. */
int mxs_outside_make(int type, const union mxs_outside_address *address);
/* Connected to it, or connecting. */
int mxs_outside_make_connected(int type, const union mxs_outside_address *address);
/* As mxs_outside_local. */
int mxs_outside_find_local(const union mxs_outside_address *to, union mxs_outside_address *out);

#endif
