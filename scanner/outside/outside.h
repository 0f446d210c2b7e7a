/* The door to the outside: every socket of a scan to a resolver, a mail server or a web server is made here. In the
 * sandbox the process can make none and connect none. A broker does, a process forked before the sandbox closes: it
 * knows whom this scan may reach, looks at the address itself, and hands the connected socket over.
 *
 * Without a broker (no sandbox, or a kernel without seccomp) sockets are made in this process.
 *
 * Spec       unix(7): SCM_RIGHTS
 * In         Whom a scan may reach; an address
 * Out        A socket to it that does not block
 * Errors     -errno, as socket and connect set it
 * Ownership  The socket is the caller's. One broker for the process
 * Threads    Open the broker before the first thread; the rest from one thread at a time
 * Bugs       A broker that is gone, or refuses, stops the program: what cannot be reached for our own sake must not be
 *            taken for a server that is down
 */
#ifndef MXS_SCANNER_OUTSIDE_OUTSIDE_H
#define MXS_SCANNER_OUTSIDE_OUTSIDE_H

#include <uv.h>

#include "base/err.h"
#include "scanner/outside/rule.h"

/* Forks the broker, which copies the rules and runs confine (NULL: nothing) before it serves. MXS_ERR_IO: no process;
 * MXS_ERR_INPUT: not on this system. */
MXS_CHECK enum mxs_err mxs_outside_broker_open(const struct mxs_outside_rule *rules, size_t count,
                                               void (*confine)(void *arg), void *arg, struct mxs_detail *detail);
/* Ends it, and waits until it has ended. Without one nothing happens. */
void mxs_outside_broker_close(void);

/* A socket to the address, or -errno. SOCK_DGRAM: connected. SOCK_STREAM: whoever takes it calls connect on it, as on
 * any socket; from a broker it comes connecting, and the sandbox answers that call as the kernel does when a connection
 * has begun (EINPROGRESS). */
int mxs_outside_open(int type, const struct sockaddr *address);
/* The address of ours from which datagrams to there would leave, or -errno. Nothing is sent. */
int mxs_outside_local(const struct sockaddr *to, union mxs_outside_address *out);
/* As uv_tcp_connect, on a stream that is initialised. */
int mxs_outside_connect(uv_tcp_t *stream, uv_connect_t *request, const struct sockaddr *address,
                        uv_connect_cb connected);

#endif
