/* What an Unbound that serves on this machine is set to, by its own file.
 *
 * In         Its address
 * Out        Version and settings
 * Errors     MXS_ERR_IO: it cannot be looked at; that a resolver is no Unbound is no error
 * Ownership  The caller's struct
 * Threads    One at a time; starts unbound-checkconf
 * Bugs       A file that was changed after Unbound had read it
 */
#ifndef MXS_SCANNER_RECURSOR_INSPECT_H
#define MXS_SCANNER_RECURSOR_INSPECT_H

#include <sys/socket.h>

#include "base/err.h"

#define MXS_RECURSOR_NOT_KNOWN (-1)

struct mxs_recursor_seen {
    char version[64]; /* "unbound 1.17.1"; "": another, or it does not say */
    char file[256];   /* "": not found, or not to be read */
    int64_t discard_timeout_ms, wait_limit, threads, queries, cache_bytes,
        serve_expired; /* or MXS_RECURSOR_NOT_KNOWN */
};

/* local: it serves on this machine, its file may be here. */
MXS_CHECK enum mxs_err mxs_recursor_seen_find(const struct sockaddr *address, socklen_t size_bytes, bool local,
                                              struct mxs_recursor_seen *out, struct mxs_detail *detail);

#endif
