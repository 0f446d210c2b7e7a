/* The broker stands outside of the sandbox and reads what comes out of it, so it does little: a message of one size, an
 * address that it copies before it looks at it, and a list. It cannot be traced or read by the scan (it is not
 * dumpable), and has nothing else open. It ends when the scan's end of the socket closes, however the scan died; the
 * signals that a terminal or a service manager sends to all are the scan's to follow. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scanner/outside/internal/broker.h"
#include "scanner/outside/internal/sockets.h"

#define DESCRIPTORS_OLD 65536 /* closed one by one where the kernel cannot close a range (before Linux 5.9) */

static void ignore_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_IGN);
}

static void close_range_of(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return;
    for (unsigned fd = first; fd <= last && fd < DESCRIPTORS_OLD; fd++)
        close((int)fd);
}

/* All but this one and standard error, where a sanitizer or an assertion speaks. */
static void close_others(int kept)
{
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close_range_of(STDERR_FILENO + 1, (unsigned)kept - 1);
    close_range_of((unsigned)kept + 1, ~0u);
}

static bool send_reply(int socket, const struct mxs_broker_reply *reply, int fd)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof fd)];
    } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)}};
    struct iovec vector = {(void *)(uintptr_t)reply, sizeof *reply};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
    if (fd >= 0) {
        memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
        header.msg_control = &control;
        header.msg_controllen = sizeof control;
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &header, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == sizeof *reply;
}

static bool answer(int socket, const struct mxs_outside_rule *rules, size_t count,
                   const struct mxs_broker_request *request)
{
    struct mxs_broker_reply reply = {.code = MXS_BROKER_REFUSED};
    int type = request->kind == MXS_BROKER_DATAGRAMS ? SOCK_DGRAM : SOCK_STREAM, fd = -1;
    if (request->kind == MXS_BROKER_LOCAL && mxs_outside_size(&request->address) != 0) {
        reply.code = -mxs_outside_find_local(&request->address, &reply.local);
    } else if (request->kind != MXS_BROKER_LOCAL && request->kind <= MXS_BROKER_LOCAL &&
               mxs_outside_allows(rules, count, type, &request->address)) {
        fd = mxs_outside_make_connected(type, &request->address);
        reply.code = fd < 0 ? -fd : 0;
    }
    bool sent = send_reply(socket, &reply, fd);
    if (!sent && fd >= 0) { /* too many descriptors on their way, or no memory */
        reply.code = errno;
        sent = send_reply(socket, &reply, -1);
    }
    if (fd >= 0)
        close(fd);
    return sent;
}

static _Noreturn void serve(int socket, const struct mxs_outside_rule *rules, size_t count)
{
    struct mxs_broker_request request;
    for (;;) {
        ssize_t got = recv(socket, &request, sizeof request, MSG_TRUNC);
        if (got < 0 && errno == EINTR)
            continue;
        if (got != sizeof request || !answer(socket, rules, count, &request))
            _exit(0);
    }
}

static _Noreturn void become(int socket, const struct mxs_outside_rule *rules, size_t count,
                             void (*confine)(void *arg), void *arg)
{
    ignore_signals();
    close_others(socket);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        _exit(1);
    if (confine != NULL)
        confine(arg);
    serve(socket, rules, count);
}

enum mxs_err mxs_broker_open(const struct mxs_outside_rule *rules, size_t count, void (*confine)(void *arg), void *arg,
                             int *out, pid_t *pid, struct mxs_detail *detail)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return mxs_err_set(detail, MXS_ERR_IO, "the sandbox's broker of sockets: %s: raise `ulimit -n`",
                           strerror(errno));
    pid_t child = fork();
    if (child == 0)
        become(ends[1], rules, count, confine, arg);
    int code = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return mxs_err_set(detail, MXS_ERR_IO,
                           "the sandbox's broker of sockets cannot be started: %s: raise `ulimit -u`, or scan with"
                           " --sandbox off",
                           strerror(code));
    }
    *out = ends[0];
    *pid = child;
    return MXS_OK;
}
