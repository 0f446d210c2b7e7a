/* The process that starts Unbound, watches it, and dies with the scan; and what it tells the scan.
 *
 * In         A configuration that its checker has passed; two ends of a socket
 * Out        Messages
 * Threads    A process of its own with one thread
 */
#ifndef MXS_SCANNER_RECURSOR_INTERNAL_KEEPER_H
#define MXS_SCANNER_RECURSOR_INTERNAL_KEEPER_H

#include "scanner/recursor/internal/child.h"
#include "scanner/recursor/config.h"

enum mxs_keeper_event { MXS_KEEPER_READY, MXS_KEEPER_FAILED, MXS_KEEPER_RESTARTED, MXS_KEEPER_GONE };

struct mxs_keeper_message {
    uint32_t event;
    uint16_t port;
    char text[MXS_RECURSOR_NEWS_SIZE];
};

struct mxs_keeper {
    struct mxs_recursor_config *config;
    struct mxs_child_user user;
    char program[MXS_CHILD_PATH_MAX];
    int socket, log; /* log: -1 none */
};

/* Everything until the scan's end of the socket closes. */
_Noreturn void mxs_keeper_run(const struct mxs_keeper *keeper, pid_t scan);

#endif
