#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "server.h"

static int open_socket(const union peer *address)
{
    int one = 1, room = 8 << 20;
    int fd = socket(address->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) != 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    if (bind(fd, &address->any, sizeof *address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The sockets a forger would use: another port of the same address, the same port of another address. */
static void open_spoofers(struct endpoint *endpoint)
{
    union peer other_port = endpoint->address, other_address = endpoint->address;
    other_port.v4.sin_port = 0; /* the same place in both families */
    endpoint->spoof_port = open_socket(&other_port);
    if (other_address.any.sa_family == AF_INET)
        other_address.v4.sin_addr.s_addr ^= htonl(0x00640000);
    endpoint->spoof_address = other_address.any.sa_family == AF_INET ? open_socket(&other_address) : -1;
}

bool udp_open(struct server *server, struct endpoint *endpoint)
{
    endpoint->udp = open_socket(&endpoint->address);
    if (endpoint->udp < 0)
        return false;
    open_spoofers(endpoint);
    return server_watch(server, endpoint->udp, EVENT_UDP, (unsigned)(endpoint - server->endpoints), EPOLLIN);
}

/* Keeps the place of a server that is down, or one of another test may take it and answer in its stead. Connected to
 * itself it hears nobody else, so that whoever asks is told that nobody listens. */
bool udp_hold(struct endpoint *endpoint)
{
    endpoint->held = open_socket(&endpoint->address);
    return endpoint->held >= 0 && connect(endpoint->held, &endpoint->address.any, sizeof endpoint->address) == 0;
}

static void close_socket(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void udp_close(struct server *server, struct endpoint *endpoint)
{
    udp_flush(server);
    close_socket(&endpoint->udp);
    close_socket(&endpoint->spoof_port);
    close_socket(&endpoint->spoof_address);
}

/* When the kernel got it: a server that was not scheduled for a while must not see a burst that was none. */
static uint64_t arrival_ms(struct msghdr *header)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    struct timespec at;
    if (control && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_TIMESTAMPNS)
        memcpy(&at, CMSG_DATA(control), sizeof at);
    else
        clock_gettime(CLOCK_REALTIME, &at);
    return (uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_nsec / 1000000;
}

struct inbox {
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    union peer peers[BATCH];
    _Alignas(struct cmsghdr) uint8_t control[BATCH][64];
    uint8_t data[BATCH][DATAGRAM_ROOM];
    struct question questions[BATCH];
    struct origin origins[BATCH];
    bool good[BATCH];
};

static int receive(struct inbox *in, int fd)
{
    for (int i = 0; i < BATCH; i++) {
        in->vectors[i] = (struct iovec){in->data[i], DATAGRAM_ROOM};
        in->messages[i].msg_hdr = (struct msghdr){.msg_name = &in->peers[i],
                                                  .msg_namelen = sizeof in->peers[i],
                                                  .msg_iov = &in->vectors[i],
                                                  .msg_iovlen = 1,
                                                  .msg_control = in->control[i],
                                                  .msg_controllen = sizeof in->control[i]};
    }
    return recvmmsg(fd, in->messages, BATCH, 0, NULL);
}

/* All arrivals of a turn go on the books before the first is answered: they were in flight together. */
void udp_ready(struct server *server, unsigned at)
{
    static struct inbox in;
    struct endpoint *endpoint = &server->endpoints[at];
    struct server_count *count = &server->counts->servers[at];
    int received = endpoint->udp < 0 ? 0 : receive(&in, endpoint->udp);
    for (int i = 0; i < received; i++) {
        count->datagrams_in++;
        in.good[i] = wire_read_question(in.data[i], in.messages[i].msg_len, &in.questions[i]);
        if (!in.good[i]) {
            count->bad_in++;
            continue;
        }
        if (!server->first_ns)
            server->first_ns = server_now();
        in.origins[i] = (struct origin){.server = at, .connection = -1, .peer = in.peers[i]};
        in.origins[i].flight = counts_begin(server->counts, at, ntohs(in.peers[i].v4.sin_port), false, &in.questions[i],
                                            arrival_ms(&in.messages[i].msg_hdr));
    }
    for (int i = 0; i < received; i++)
        if (in.good[i])
            server_answer(server, &in.origins[i], &in.questions[i]);
    udp_flush(server);
}

static socklen_t peer_size(const union peer *peer)
{
    return peer->any.sa_family == AF_INET6 ? sizeof peer->v6 : sizeof peer->v4;
}

void udp_put(struct server *server, const struct packet *packet)
{
    struct endpoint *endpoint = &server->endpoints[packet->origin.server];
    int fd = packet->from == FROM_PORT ? endpoint->spoof_port
             : packet->from == FROM_ADDRESS ? endpoint->spoof_address : endpoint->udp;
    if (fd < 0)
        return;
    server->counts->servers[packet->origin.server].datagrams_out++;
    if (packet->size > DATAGRAM_ROOM) {
        udp_flush(server);
        sendto(fd, packet->bytes, packet->size, 0, &packet->origin.peer.any, peer_size(&packet->origin.peer));
        return;
    }
    if (server->batched == BATCH)
        udp_flush(server);
    unsigned at = server->batched++;
    server->batch[at].fd = fd;
    server->batch[at].peer = packet->origin.peer;
    server->batch[at].size = packet->size;
    memcpy(server->batch[at].data, packet->bytes, packet->size);
}

/* In the order they were put: runs of one socket go in one system call. */
void udp_flush(struct server *server)
{
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    for (unsigned from = 0, to; from < server->batched; from = to) {
        for (to = from; to < server->batched && server->batch[to].fd == server->batch[from].fd; to++) {
            vectors[to] = (struct iovec){server->batch[to].data, server->batch[to].size};
            messages[to] = (struct mmsghdr){.msg_hdr = {.msg_name = &server->batch[to].peer,
                                                        .msg_namelen = peer_size(&server->batch[to].peer),
                                                        .msg_iov = &vectors[to], .msg_iovlen = 1}};
        }
        for (unsigned at = from; at < to;) {
            int sent = sendmmsg(server->batch[from].fd, messages + at, to - at, 0);
            if (sent < 0 && errno != EINTR)
                sent = 1; /* what the kernel refuses is lost, as on a real wire */
            at += sent > 0 ? (unsigned)sent : 0;
        }
    }
    server->batched = 0;
}
