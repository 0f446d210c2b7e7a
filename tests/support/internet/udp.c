/* One UDP socket serves every address: IP_PKTINFO tells whom a datagram was sent to, and says in whose name we answer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

enum { BATCH = 64, QUESTION_ROOM = 1024, EVENTS = 64 };

struct packet {
    struct asker asker;
    uint32_t size;
    uint8_t data[];
};

union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

bool net_watch(struct net *net, int fd, enum event event, uint32_t index)
{
    struct epoll_event watch = {.events = EPOLLIN, .data.u64 = (uint64_t)event << 32 | index};
    return epoll_ctl(net->epoll, EPOLL_CTL_ADD, fd, &watch) == 0;
}

static void send_datagram(struct net *net, const struct asker *asker, const uint8_t *data, uint32_t size)
{
    union control control = {0};
    struct sockaddr_in peer = asker->peer;
    struct iovec vector = {(void *)(uintptr_t)data, size};
    struct msghdr message = {.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &vector, .msg_iovlen = 1};
    if (asker->address != 0) {
        struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(asker->address)};
        message.msg_control = control.room;
        message.msg_controllen = sizeof control.room;
        control.header = (struct cmsghdr){CMSG_LEN(sizeof info), IPPROTO_IP, IP_PKTINFO};
        memcpy(CMSG_DATA(&control.header), &info, sizeof info);
    }
    if (sendmsg(asker->address != 0 ? net->udp : net->truth_udp, &message, MSG_DONTWAIT) < 0)
        net->unsent++;
}

static void deliver(struct net *net, const struct asker *asker, const uint8_t *data, uint32_t size)
{
    if (asker->connection >= 0)
        tcp_send(net, asker, data, size);
    else
        send_datagram(net, asker, data, size);
}

void net_ask(struct net *net, const struct asker *asker, const uint8_t *data, uint32_t size)
{
    static struct question question;
    uint64_t delay_ns;
    if (!wire_read_question(data, size, &question)) {
        net->unreadable++;
        return;
    }
    uint32_t said = net_answer(net, asker, &question, &delay_ns);
    if (said == 0)
        return;
    if (delay_ns == 0) {
        deliver(net, asker, net->out + 2, said);
        return;
    }
    struct packet *packet = malloc(sizeof *packet + said);
    if (!packet)
        abort();
    packet->asker = *asker;
    packet->size = said;
    memcpy(packet->data, net->out + 2, said);
    later_put(&net->later, net_now_ns() + delay_ns, packet);
}

static uint32_t asked_address(struct msghdr *message)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at))
        if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(at), sizeof info);
            return ntohl(info.ipi_addr.s_addr);
        }
    return 0;
}

static void receive(struct net *net, int fd, bool truth)
{
    static uint8_t data[BATCH][QUESTION_ROOM];
    static union control controls[BATCH];
    struct sockaddr_in peers[BATCH];
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    int received = BATCH;
    for (int rounds = 0; rounds < 16 && received == BATCH; rounds++) {
        for (int i = 0; i < BATCH; i++) {
            vectors[i] = (struct iovec){data[i], QUESTION_ROOM};
            messages[i].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                                  .msg_namelen = sizeof peers[i],
                                                  .msg_iov = &vectors[i],
                                                  .msg_iovlen = 1,
                                                  .msg_control = controls[i].room,
                                                  .msg_controllen = sizeof controls[i].room};
        }
        received = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < received; i++) {
            struct asker asker = {
                .connection = -1, .peer = peers[i], .address = truth ? 0 : asked_address(&messages[i].msg_hdr)};
            net_ask(net, &asker, data[i], messages[i].msg_len);
        }
    }
}

static int open_socket(int type, uint16_t *port, uint32_t address)
{
    int one = 1, room = 16 << 20, fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(address)};
    socklen_t size = sizeof here;
    if (fd < 0)
        return -1;
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) != 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    bool bound = setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one) == 0 &&
                 setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) == 0 && /* never asked from outside */
                 bind(fd, (struct sockaddr *)&here, sizeof here) == 0 &&
                 (type == SOCK_DGRAM || listen(fd, 1024) == 0) && getsockname(fd, (struct sockaddr *)&here, &size) == 0;
    if (bound) {
        *port = ntohs(here.sin_port);
        return fd;
    }
    close(fd);
    return -1;
}

/* UDP and TCP on one port. Where the kernel chooses it, it may be free for the one and taken for the other. */
static bool open_both(int fds[2], uint16_t *port, uint32_t address)
{
    const uint16_t wanted = *port;
    for (int attempt = 0; attempt < (wanted != 0 ? 1 : 100); attempt++) {
        *port = wanted;
        fds[0] = open_socket(SOCK_DGRAM, port, address);
        fds[1] = fds[0] < 0 ? -1 : open_socket(SOCK_STREAM, port, address);
        if (fds[1] >= 0)
            return true;
        if (fds[0] >= 0)
            close(fds[0]);
    }
    return false;
}

bool net_open(struct net *net)
{
    net->epoll = epoll_create1(EPOLL_CLOEXEC);
    net->operators = calloc(net->world.operators, sizeof *net->operators);
    net->random = wire_mix(net->world.seed);
    if (net->epoll < 0 || !net->operators)
        return false;
    int world[2], truth[2];
    if (!open_both(world, &net->port, INADDR_ANY) || !open_both(truth, &net->truth_port, INADDR_LOOPBACK))
        return false;
    net->udp = world[0];
    net->listener = world[1];
    net->truth_udp = truth[0];
    net->truth_listener = truth[1];
    return net_watch(net, net->udp, EVENT_UDP, 0) && net_watch(net, net->listener, EVENT_LISTENER, 0) &&
           net_watch(net, net->truth_udp, EVENT_TRUTH_UDP, 0) &&
           net_watch(net, net->truth_listener, EVENT_TRUTH_LISTENER, 0);
}

void net_close(struct net *net)
{
    tcp_finish(net);
    later_finish(&net->later);
    free(net->operators);
    const int fds[] = {net->udp, net->listener, net->truth_udp, net->truth_listener, net->epoll};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        close(fds[i]);
}

/* By the tick of a millisecond: what comes in between is handled together, so that a busy world costs little. */
bool net_turn(struct net *net, int wait_ms)
{
    struct epoll_event events[EVENTS];
    bool control = false;
    int64_t until_ns = later_wait(&net->later, net_now_ns());
    if (until_ns >= 0 && until_ns / 1000000 + 1 < wait_ms)
        wait_ms = (int)(until_ns / 1000000) + 1;
    int count = epoll_wait(net->epoll, events, EVENTS, wait_ms);
    for (int i = 0; i < count; i++) {
        uint32_t index = (uint32_t)events[i].data.u64;
        switch ((enum event)(events[i].data.u64 >> 32)) {
        case EVENT_UDP: receive(net, net->udp, false); break;
        case EVENT_TRUTH_UDP: receive(net, net->truth_udp, true); break;
        case EVENT_LISTENER: tcp_take(net, false); break;
        case EVENT_TRUTH_LISTENER: tcp_take(net, true); break;
        case EVENT_CONNECTION: tcp_read(net, index); break;
        case EVENT_CONTROL: control = true; break;
        }
    }
    struct packet *packet;
    for (uint64_t now_ns = net_now_ns(); (packet = later_take(&net->later, now_ns)) != NULL; free(packet))
        deliver(net, &packet->asker, packet->data, packet->size);
    return control;
}
