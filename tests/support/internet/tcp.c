/* Connections to any of the addresses; several questions on one are answered as they come due. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

static void drop(struct net *net, uint32_t index)
{
    close(net->connections[index]->fd);
    free(net->connections[index]);
    net->connections[index] = NULL;
}

void tcp_take(struct net *net, bool truth)
{
    int fd = accept4(truth ? net->truth_listener : net->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct sockaddr_in here;
    socklen_t size = sizeof here;
    uint32_t index = 0;
    while (index < CONNECTIONS_MOST && net->connections[index])
        index++;
    if (fd < 0)
        return;
    struct connection *connection = index < CONNECTIONS_MOST ? calloc(1, sizeof *connection) : NULL;
    if (!connection || getsockname(fd, (struct sockaddr *)&here, &size) != 0 ||
        !net_watch(net, fd, EVENT_CONNECTION, index)) {
        free(connection);
        close(fd);
        return;
    }
    connection->fd = fd;
    connection->generation = ++net->generation;
    connection->address = truth ? 0 : ntohl(here.sin_addr.s_addr);
    net->connections[index] = connection;
}

void tcp_read(struct net *net, uint32_t index)
{
    struct connection *connection = net->connections[index];
    if (!connection)
        return;
    ssize_t got = recv(connection->fd, connection->in + connection->used, CONNECTION_ROOM - connection->used, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            drop(net, index);
        return;
    }
    connection->used += (uint32_t)got;
    uint32_t at = 0;
    const struct asker asker = {
        .connection = (int)index, .generation = connection->generation, .address = connection->address};
    while (net->connections[index] == connection && connection->used - at >= 2) {
        uint32_t size = wire_get16(connection->in, at);
        if (size > CONNECTION_ROOM - 2) {
            drop(net, index);
            return;
        }
        if (connection->used - at < 2 + size)
            break;
        net_ask(net, &asker, connection->in + at + 2, size);
        at += 2 + size;
    }
    if (net->connections[index] != connection)
        return;
    memmove(connection->in, connection->in + at, connection->used - at);
    connection->used -= at;
}

void tcp_send(struct net *net, const struct asker *asker, const uint8_t *message, uint32_t size)
{
    struct connection *connection = net->connections[asker->connection];
    uint8_t data[REPLY_ROOM + 2];
    if (!connection || connection->generation != asker->generation)
        return;
    wire_set16(data, 0, (uint16_t)size);
    memcpy(data + 2, message, size);
    /* A client that does not read has room for some hundreds of answers, and is not worth more. */
    if (send(connection->fd, data, size + 2, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size + 2)
        drop(net, (uint32_t)asker->connection);
}

void tcp_finish(struct net *net)
{
    for (uint32_t i = 0; i < CONNECTIONS_MOST; i++)
        if (net->connections[i])
            drop(net, i);
}
