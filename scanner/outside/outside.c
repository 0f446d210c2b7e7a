#include "scanner/outside/outside.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/outside/internal/broker.h"
#include "scanner/outside/internal/sockets.h"

#ifndef MSG_CMSG_CLOEXEC /* where there is no broker */
#define MSG_CMSG_CLOEXEC 0
#endif

static struct {
    bool open;
    int socket;
    pid_t pid;
} broker;

/* ---- the broker's ---- */

enum mxs_err mxs_outside_broker_open(const struct mxs_outside_rule *rules, size_t count, void (*confine)(void *arg),
                                     void *arg, struct mxs_detail *detail)
{
    MXS_ASSERT(!broker.open);
    enum mxs_err err = mxs_broker_open(rules, count, confine, arg, &broker.socket, &broker.pid, detail);
    broker.open = err == MXS_OK;
    return err;
}

void mxs_outside_broker_close(void)
{
    if (!broker.open)
        return;
    broker.open = false;
    close(broker.socket);
    while (waitpid(broker.pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* The socket that came with a reply; -1: none. */
static int socket_of(struct msghdr *header)
{
    const struct cmsghdr *control = CMSG_FIRSTHDR(header);
    int fd = -1;
    if (control != NULL && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS &&
        control->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(control), sizeof fd);
    return fd;
}

static int ask_broker(enum mxs_broker_kind kind, const union mxs_outside_address *address,
                      struct mxs_broker_reply *reply)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct mxs_broker_request request = {.kind = kind, .address = *address};
    struct iovec vector = {reply, sizeof *reply};
    struct msghdr header = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t done;
    do
        done = send(broker.socket, &request, sizeof request, MSG_NOSIGNAL);
    while (done < 0 && errno == EINTR);
    bool broker_lives = done == sizeof request;
    do
        done = broker_lives ? recvmsg(broker.socket, &header, MSG_CMSG_CLOEXEC) : 0;
    while (done < 0 && errno == EINTR);
    broker_lives = done == sizeof *reply;
    MXS_ASSERT(broker_lives);
    MXS_ASSERT(reply->code != MXS_BROKER_REFUSED);
    int fd = socket_of(&header);
    if (reply->code != 0 || kind == MXS_BROKER_LOCAL)
        return -reply->code;
    return fd >= 0 ? fd : -EMFILE; /* the kernel drops what it finds no place for in our table */
}

/* ---- both ---- */

static union mxs_outside_address copy_of(const struct sockaddr *from)
{
    union mxs_outside_address out;
    memset(&out, 0, sizeof out);
    out.any.sa_family = from->sa_family;
    if (from->sa_family == AF_INET)
        memcpy(&out.v4, from, sizeof out.v4);
    else if (from->sa_family == AF_INET6)
        memcpy(&out.v6, from, sizeof out.v6);
    return out;
}

int mxs_outside_open(int type, const struct sockaddr *address)
{
    struct mxs_broker_reply reply;
    union mxs_outside_address to = copy_of(address);
    MXS_ASSERT(type == SOCK_STREAM || type == SOCK_DGRAM);
    if (mxs_outside_size(&to) == 0)
        return -EAFNOSUPPORT;
    if (broker.open)
        return ask_broker(type == SOCK_STREAM ? MXS_BROKER_STREAM : MXS_BROKER_DATAGRAMS, &to, &reply);
    return type == SOCK_STREAM ? mxs_outside_make(type, &to) : mxs_outside_make_connected(type, &to);
}

int mxs_outside_local(const struct sockaddr *address, union mxs_outside_address *out)
{
    struct mxs_broker_reply reply;
    union mxs_outside_address to = copy_of(address);
    if (!broker.open)
        return mxs_outside_find_local(&to, out);
    int code = ask_broker(MXS_BROKER_LOCAL, &to, &reply);
    if (code == 0)
        *out = reply.local;
    return code;
}

int mxs_outside_connect(uv_tcp_t *stream, uv_connect_t *request, const struct sockaddr *address,
                        uv_connect_cb connected)
{
    int fd = mxs_outside_open(SOCK_STREAM, address);
    if (fd < 0)
        return uv_translate_sys_error(-fd);
    int status = uv_tcp_open(stream, fd);
    if (status != 0) {
        close(fd);
        return status;
    }
    return uv_tcp_connect(request, stream, address, connected);
}
