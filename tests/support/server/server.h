/* The scripted loopback DNS server: one thread, one epoll, every address an endpoint with a UDP and a TCP socket. */
#ifndef MXS_TESTS_SERVER_H
#define MXS_TESTS_SERVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include "count.h"
#include "later.h"
#include "rule.h"
#include "wire.h"
#include "zone.h"

enum { CONNECTIONS_MAX = 4096, BATCH = 64, DATAGRAM_ROOM = 4096, TCP_IN_ROOM = 4096 };

union peer {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct endpoint {
    union peer address;
    int udp, listener, spoof_port, spoof_address; /* -1: closed */
    int held;                                     /* while it is down; -1 */
    bool down, told_down;                         /* told_down: by the control channel */
};

/* Where a question came from, and where its answer goes. */
struct origin {
    unsigned server;
    int connection; /* -1: UDP */
    uint32_t generation;
    union peer peer;
    struct flight flight;
};

enum from { FROM_TRUE, FROM_PORT, FROM_ADDRESS };

/* An answer that waits, or (size 0) the end of a question that gets none. */
struct packet {
    struct origin origin;
    enum from from;
    enum tcp_fault fault;
    bool ends; /* the question leaves the books with this packet */
    uint32_t size;
    const uint8_t *bytes; /* data, or the server's own buffer for an answer that does not wait */
    uint8_t data[];
};

struct connection {
    int fd;
    unsigned server;
    uint32_t generation, in_used, out_size, out_sent, out_room;
    bool closing, by_byte;
    uint8_t *out;
    uint8_t in[TCP_IN_ROOM];
};

struct server {
    struct endpoint endpoints[SERVERS_MAX];
    unsigned endpoint_count;
    uint16_t port;
    int epoll;
    bool stop, print;
    uint64_t first_ns;         /* of the first question; 0 before */
    uint64_t hold_ns;          /* a dropped question stays on the books this long */
    struct rules *rules;
    struct zone *zone;
    struct counts *counts;
    struct counter attempts;
    struct later later;
    struct content content;
    FILE *log;
    struct connection *connections[CONNECTIONS_MAX];
    uint32_t generation, slow_connections;
    uint8_t out[WIRE_MESSAGE_MAX + 320];
    /* UDP answers of one turn */
    unsigned batched;
    struct { int fd; union peer peer; uint32_t size; uint8_t data[DATAGRAM_ROOM]; } batch[BATCH];
};

uint64_t server_now(void);

/* answer.c: what is said to one question. */
void server_answer(struct server *server, const struct origin *origin, const struct question *question);
/* One message, now or later. */
void server_send(struct server *server, struct packet *packet, uint64_t delay_ns);
/* Packets whose time has come. */
void server_due(struct server *server, uint64_t now_ns);

/* udp.c */
bool udp_open(struct server *server, struct endpoint *endpoint);
bool udp_hold(struct endpoint *endpoint);
void udp_close(struct server *server, struct endpoint *endpoint);
void udp_ready(struct server *server, unsigned at);
void udp_put(struct server *server, const struct packet *packet);
void udp_flush(struct server *server);

/* tcp.c */
bool tcp_open(struct server *server, struct endpoint *endpoint, unsigned at);
void tcp_close_all(struct server *server, struct endpoint *endpoint, unsigned at);
void tcp_accept(struct server *server, unsigned at);
void tcp_ready(struct server *server, unsigned index, uint32_t events);
void tcp_put(struct server *server, const struct packet *packet);
/* Connections that are fed byte by byte. */
void tcp_tick(struct server *server);

/* control.c: lines on stdin (`down N`, `up N`, `rule RULE`, `clear`, `reset`, `counters`). False: stdin closed. */
bool control_ready(struct server *server);

/* What an epoll event is about. */
enum {
    EVENT_UDP = 0,
    EVENT_LISTENER = 1,
    EVENT_CONNECTION = 2,
    EVENT_CONTROL = 3,
    EVENT_SIGNAL = 4,
    EVENT_NOTHING = 5
};
bool server_watch(struct server *server, int fd, unsigned kind, unsigned at, uint32_t events);

#endif
