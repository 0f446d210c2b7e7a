/* The broker's process, and what passes between it and the scan: one request, one reply. Linux has it
 * (broker_linux.c); elsewhere there is no sandbox either (broker_plain.c).
 *
 * In         Requests of fixed size from a process that may have been led astray
 * Out        A reply for each; with code 0 the socket comes with it, but for LOCAL
 * Errors     MXS_ERR_IO: no process or socket; MXS_ERR_INPUT: not on this system
 * Threads    Open before the first thread
 */
#ifndef MXS_SCANNER_OUTSIDE_INTERNAL_BROKER_H
#define MXS_SCANNER_OUTSIDE_INTERNAL_BROKER_H

#include <sys/types.h>

#include "base/err.h"
#include "scanner/outside/rule.h"

enum mxs_broker_kind {
    MXS_BROKER_STREAM,
    MXS_BROKER_DATAGRAMS,
    MXS_BROKER_LOCAL,
};

struct mxs_broker_request {
    uint32_t kind;
    union mxs_outside_address address;
};

#define MXS_BROKER_REFUSED (-1)
struct mxs_broker_reply {
    int32_t code; /* 0, errno, or MXS_BROKER_REFUSED: no rule allows it */
    union mxs_outside_address local;
};

/* The scan's end of the socket, and the process. */
MXS_CHECK enum mxs_err mxs_broker_open(const struct mxs_outside_rule *rules, size_t count, void (*confine)(void *arg),
                                       void *arg, int *socket, pid_t *pid, struct mxs_detail *detail);

#endif
