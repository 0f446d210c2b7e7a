#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "server.h"

bool tcp_open(struct server *server, struct endpoint *endpoint, unsigned at)
{
    int one = 1;
    int fd = socket(endpoint->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, &endpoint->address.any, sizeof endpoint->address) != 0 || listen(fd, 1024) != 0) {
        close(fd);
        return false;
    }
    endpoint->listener = fd;
    return server_watch(server, fd, EVENT_LISTENER, at, EPOLLIN);
}

static void drop(struct server *server, unsigned index)
{
    struct connection *c = server->connections[index];
    server->slow_connections -= c->by_byte;
    close(c->fd);
    free(c->out);
    free(c);
    server->connections[index] = NULL;
}

void tcp_close_all(struct server *server, struct endpoint *endpoint, unsigned at)
{
    if (endpoint->listener >= 0)
        close(endpoint->listener);
    endpoint->listener = -1;
    for (unsigned i = 0; i < CONNECTIONS_MAX; i++)
        if (server->connections[i] && server->connections[i]->server == at)
            drop(server, i);
}

static void reset_now(int fd)
{
    struct linger linger = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
}

static unsigned free_slot(const struct server *server)
{
    unsigned i = 0;
    while (i < CONNECTIONS_MAX && server->connections[i])
        i++;
    return i;
}

void tcp_accept(struct server *server, unsigned at)
{
    int one = 1, fd;
    while (server->endpoints[at].listener >= 0 &&
           (fd = accept4(server->endpoints[at].listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        server->counts->servers[at].tcp_connections++;
        unsigned index = free_slot(server);
        struct connection *c = index < CONNECTIONS_MAX ? calloc(1, sizeof *c) : NULL;
        if (!c || rules_refuse(server->rules, at)) {
            free(c);
            reset_now(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        *c = (struct connection){.fd = fd, .server = at, .generation = ++server->generation};
        server->connections[index] = c;
        server_watch(server, fd, EVENT_CONNECTION, index, EPOLLIN);
    }
}

static uint64_t now_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    return (uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_nsec / 1000000;
}

static void ask(struct server *server, unsigned index, const uint8_t *data, uint32_t size)
{
    struct connection *c = server->connections[index];
    struct question question;
    if (!wire_read_question(data, size, &question)) {
        server->counts->servers[c->server].bad_in++;
        return;
    }
    if (!server->first_ns)
        server->first_ns = server_now();
    struct origin origin = {.server = c->server, .connection = (int)index, .generation = c->generation};
    origin.flight = counts_begin(server->counts, c->server, 0, true, &question, now_ms());
    server_answer(server, &origin, &question);
}

/* An answer may close the connection: looked up again after each question. */
static void read_questions(struct server *server, unsigned index, uint32_t generation)
{
    for (;;) {
        struct connection *c = server->connections[index];
        if (!c || c->generation != generation || c->in_used < 2)
            return;
        uint32_t size = wire_get16(c->in, 0);
        if (size + 2 > sizeof c->in) {
            drop(server, index);
            return;
        }
        if (c->in_used < size + 2)
            return;
        uint8_t message[TCP_IN_ROOM];
        memcpy(message, c->in + 2, size);
        c->in_used -= size + 2;
        memmove(c->in, c->in + 2 + size, c->in_used);
        ask(server, index, message, size);
    }
}

/* True while the connection lives. */
static bool flush(struct server *server, unsigned index, uint32_t most)
{
    struct connection *c = server->connections[index];
    while (c->out_sent < c->out_size && most) {
        uint32_t left = c->out_size - c->out_sent;
        ssize_t sent = send(c->fd, c->out + c->out_sent, left < most ? left : most, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            break;
        if (sent < 0) {
            drop(server, index);
            return false;
        }
        c->out_sent += (uint32_t)sent;
        most -= c->by_byte ? (uint32_t)sent : 0;
    }
    if (c->out_sent == c->out_size) {
        c->out_sent = c->out_size = 0;
        if (c->closing) {
            drop(server, index);
            return false;
        }
    }
    return true;
}

void tcp_ready(struct server *server, unsigned index, uint32_t events)
{
    struct connection *c = server->connections[index];
    if (!c)
        return;
    uint32_t generation = c->generation;
    if (events & EPOLLOUT && !c->by_byte && !flush(server, index, UINT32_MAX))
        return;
    ssize_t got = recv(c->fd, c->in + c->in_used, sizeof c->in - c->in_used, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN)) {
        drop(server, index);
        return;
    }
    if (got > 0) {
        c->in_used += (uint32_t)got;
        read_questions(server, index, generation);
    }
    c = server->connections[index];
    if (c && c->generation == generation)
        server_watch(server, c->fd, EVENT_CONNECTION, index,
                     EPOLLIN | (c->out_sent < c->out_size && !c->by_byte ? EPOLLOUT : 0));
}

static void append(struct connection *c, const void *data, uint32_t size)
{
    if (c->out_size + size > c->out_room) {
        c->out_room = (c->out_size + size) * 2;
        c->out = realloc(c->out, c->out_room);
        if (!c->out)
            abort();
    }
    memcpy(c->out + c->out_size, data, size);
    c->out_size += size;
}

void tcp_put(struct server *server, const struct packet *packet)
{
    unsigned index = (unsigned)packet->origin.connection;
    struct connection *c = server->connections[index];
    if (!c || c->generation != packet->origin.generation || c->closing || packet->fault == STREAM_SILENT)
        return;
    uint8_t length[2];
    wire_set16(length, 0, (uint16_t)packet->size);
    append(c, length, 2);
    append(c, packet->bytes, packet->fault == STREAM_CUT ? packet->size / 2 : packet->size);
    c->closing = packet->fault == STREAM_CLOSE || packet->fault == STREAM_CUT;
    if (packet->fault == STREAM_BYTES && !c->by_byte) {
        c->by_byte = true;
        server->slow_connections++;
    }
    if (!c->by_byte && flush(server, index, UINT32_MAX) && server->connections[index]->out_size)
        server_watch(server, c->fd, EVENT_CONNECTION, index, EPOLLIN | EPOLLOUT);
}

/* One byte a tick; a long answer in a thousand pieces. */
void tcp_tick(struct server *server)
{
    for (unsigned i = 0; i < CONNECTIONS_MAX && server->slow_connections; i++) {
        struct connection *c = server->connections[i];
        if (c && c->by_byte && c->out_sent < c->out_size)
            flush(server, i, 1 + c->out_size / 1000);
    }
}
