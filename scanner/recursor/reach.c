/* A recursor lives on what strangers answer on port 53. Networks that allow only their own resolvers are silent, or
 * worse: they answer in everybody's name. A root server is asked for a name below com without asking for recursion: it
 * refers to com's servers, it never answers and never offers recursion (RA). In a closed network any answer will do. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/intern.h"
#include "scanner/recursor/recursor.h"

#define ASKED_MAX 8
#define ROUNDS 3
#define ROUND_MS 1000

static const char *const known_roots[] = {"198.41.0.4", "192.5.5.241", "193.0.14.129", "2001:503:ba3e::2:30",
                                          "2001:7fd::1"};

static const uint8_t question_com[] = {0,   0,   0,   0,   0,   1, 0,   0,   0,   0, 0, 0, 7, 'e', 'x',
                                       'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0, 0, 1, 0, 1};
static const uint8_t question_root[] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1};

/* A connected socket takes answers of its peer alone. Without a route: -1. */
static int connect_to(const char *address)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } peer = {0};
    bool six = strchr(address, ':') != NULL;
    peer.any.sa_family = six ? AF_INET6 : AF_INET;
    if (six)
        peer.v6.sin6_port = htons(53);
    else
        peer.v4.sin_port = htons(53);
    if (inet_pton(peer.any.sa_family, address, six ? (void *)&peer.v6.sin6_addr : (void *)&peer.v4.sin_addr) != 1)
        return -1;
    int fd = socket(peer.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, &peer.any, six ? sizeof peer.v6 : sizeof peer.v4) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static void ask(int fd, bool closed, uint16_t id)
{
    uint8_t message[sizeof question_com];
    size_t size = closed ? sizeof question_root : sizeof question_com;
    memcpy(message, closed ? question_root : question_com, size);
    message[0] = (uint8_t)(id >> 8);
    message[1] = (uint8_t)id;
    if (send(fd, message, size, MSG_NOSIGNAL) < 0) {
        /* as good as no answer */
    }
}

/* What was heard on a socket: SILENT for nothing that is an answer. */
static enum mxs_recursor_reach hear(int fd, bool closed, uint16_t id)
{
    uint8_t message[4096];
    ssize_t size = recv(fd, message, sizeof message, 0);
    if (size < 12 || message[0] != id >> 8 || message[1] != (id & 255) || !(message[2] & 0x80))
        return MXS_RECURSOR_SILENT;
    bool refers = (message[3] & 0x8f) == 0 && message[6] == 0 && message[7] == 0 && (message[8] | message[9]) != 0;
    return closed || refers ? MXS_RECURSOR_OPEN : MXS_RECURSOR_INTERCEPTED;
}

static enum mxs_recursor_reach listen_to(struct pollfd *sockets, uint32_t count, bool closed, uint16_t id)
{
    uint64_t end_ns = mxs_clock_ns() + ROUND_MS * MXS_NS_PER_MS, now_ns;
    enum mxs_recursor_reach best = MXS_RECURSOR_SILENT;
    while ((now_ns = mxs_clock_ns()) < end_ns && poll(sockets, count, (int)((end_ns - now_ns) / MXS_NS_PER_MS) + 1) > 0)
        for (uint32_t i = 0; i < count; i++) {
            if (sockets[i].revents == 0)
                continue;
            enum mxs_recursor_reach heard = hear(sockets[i].fd, closed, id);
            if (heard == MXS_RECURSOR_OPEN)
                return heard;
            if (heard == MXS_RECURSOR_INTERCEPTED)
                best = heard;
            else
                sockets[i].fd = -1 - sockets[i].fd; /* refused: poll leaves it out */
        }
    return best;
}

enum mxs_err mxs_recursor_reach_find(const struct mxs_recursor_config *config, enum mxs_recursor_reach *out,
                                     struct mxs_detail *detail)
{
    struct pollfd sockets[ASKED_MAX];
    uint32_t count = 0, known = config->closed ? config->root_count : sizeof known_roots / sizeof *known_roots;
    uint64_t random[2];
    enum mxs_recursor_reach reach = MXS_RECURSOR_SILENT;
    mxs_hash_key(random);
    uint16_t id = (uint16_t)random[0];
    for (uint32_t i = 0; i < known && count < ASKED_MAX; i++) {
        int fd = connect_to(config->closed ? config->roots[i] : known_roots[i]);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE))
            return mxs_err_set(detail, MXS_ERR_IO, "--recursor: no more files can be opened: raise `ulimit -n`");
        if (fd >= 0)
            sockets[count++] = (struct pollfd){fd, POLLIN, 0};
    }
    for (int round = 0; round < ROUNDS && count > 0 && reach == MXS_RECURSOR_SILENT; round++) {
        for (uint32_t i = 0; i < count; i++) {
            sockets[i].fd = sockets[i].fd < 0 ? -1 - sockets[i].fd : sockets[i].fd;
            ask(sockets[i].fd, config->closed, id);
        }
        reach = listen_to(sockets, count, config->closed, id);
    }
    for (uint32_t i = 0; i < count; i++)
        close(sockets[i].fd < 0 ? -1 - sockets[i].fd : sockets[i].fd);
    *out = reach;
    return MXS_OK;
}

const char *mxs_recursor_reach_text(const struct mxs_recursor_config *config, enum mxs_recursor_reach reach)
{
    if (reach == MXS_RECURSOR_OPEN)
        return NULL;
    if (config->closed)
        return "no root server of --recursor-hints answers: are its addresses right, and is there a way to them?";
    if (reach == MXS_RECURSOR_INTERCEPTED)
        return "somebody on the way answers in the name of the root servers: this network lets nobody ask the world "
               "directly: "
               "scan without --recursor, with the network's resolvers (-r)";
    return "no root server answers: this network lets no questions out (port 53), or there is no way to the outside: "
           "scan without --recursor, with the network's resolvers (-r), or have port 53 opened, UDP and TCP";
}
