#include "scanner/outside/internal/sockets.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int mxs_outside_make(int type, const union mxs_outside_address *address)
{
    int fd = socket(address->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

int mxs_outside_make_connected(int type, const union mxs_outside_address *address)
{
    int fd = mxs_outside_make(type, address);
    if (fd < 0 || connect(fd, &address->any, mxs_outside_size(address)) == 0 || errno == EINPROGRESS)
        return fd;
    int code = errno;
    close(fd);
    return -code;
}

int mxs_outside_find_local(const union mxs_outside_address *to, union mxs_outside_address *out)
{
    union mxs_outside_address local;
    socklen_t size = sizeof local;
    memset(&local, 0, sizeof local);
    int fd = mxs_outside_make_connected(SOCK_DGRAM, to);
    if (fd < 0)
        return fd;
    int code = getsockname(fd, &local.any, &size) == 0 ? 0 : -errno;
    close(fd);
    if (code == 0)
        *out = local;
    return code;
}
