#include "scanner/recursor/internal/machine.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/system.h"
#include "scanner/recursor/config.h"

/* Whether a datagram to a root server would find a way; none is sent. */
static bool has_ipv6(void)
{
    struct sockaddr_in6 root = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool way = fd >= 0 && inet_pton(AF_INET6, "2001:7fd::1", &root.sin6_addr) == 1 &&
               connect(fd, (struct sockaddr *)&root, sizeof root) == 0;
    if (fd >= 0)
        close(fd);
    return way;
}

void mxs_recursor_machine_read(struct mxs_recursor_machine *out)
{
    struct rlimit files;
    bool known = getrlimit(RLIMIT_NOFILE, &files) == 0;
    uint64_t most = known && files.rlim_max != RLIM_INFINITY ? files.rlim_max : 1048576;
    int64_t socket_bytes = mxs_system_socket_limit_read("rmem_max");
    *out = (struct mxs_recursor_machine){.cores = mxs_machine_cores_read(),
                                         .memory_bytes = mxs_machine_memory_read(),
                                         .descriptors = most,
                                         .socket_bytes = socket_bytes < 0 ? 0 : (uint64_t)socket_bytes,
                                         .ipv6 = has_ipv6()};
}
