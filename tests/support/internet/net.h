/* The sockets of the small internet, and what was seen at them. */
#ifndef MXS_TESTS_INTERNET_NET_H
#define MXS_TESTS_INTERNET_NET_H

#include <netinet/in.h>
#include <stdio.h>

#include "../server/later.h"
#include "reply.h"

enum { CONNECTIONS_MOST = 4096, CONNECTION_ROOM = 1024 };

struct operator_count {
    uint32_t questions, unanswered, second, this_second, peak_per_s;
    struct { uint32_t second, answered; } limit[SERVERS_MOST];
};

struct connection {
    int fd;
    uint32_t generation, address, used; /* address: the server's, host order; 0: the truth */
    uint8_t in[CONNECTION_ROOM];
};

struct net {
    struct world world;
    uint16_t port, truth_port;
    int epoll, udp, listener, truth_udp, truth_listener;
    bool down;                 /* nobody answers, the truth apart */
    struct later later;
    struct operator_count *operators;
    uint64_t roots, tlds, truths, nobody, tcp, unreadable, unsent;
    uint64_t random;
    uint32_t generation;
    struct connection *connections[CONNECTIONS_MOST];
    uint8_t out[REPLY_ROOM + 2];
};

/* Where a question came from. */
struct asker {
    int connection; /* -1: UDP */
    uint32_t generation, address; /* whom it asked; 0: the truth */
    struct sockaddr_in peer;
};

uint64_t net_now_ns(void);
/* What a server says and when: bytes in net->out + 2; 0: nothing. */
uint32_t net_answer(struct net *net, const struct asker *asker, const struct question *question, uint64_t *delay_ns);
/* Counters as a JSON line. */
void net_print(const struct net *net, FILE *file);
void net_reset(struct net *net);

bool net_open(struct net *net);
void net_close(struct net *net);
/* Handles what came and what is due, for up to wait_ms. Also watched: control, readable is told by true. */
bool net_turn(struct net *net, int wait_ms);

/* tcp.c */
void tcp_take(struct net *net, bool truth);
void tcp_read(struct net *net, uint32_t index);
void tcp_send(struct net *net, const struct asker *asker, const uint8_t *message, uint32_t size);
void tcp_finish(struct net *net);
/* What an epoll event is about. */
enum event { EVENT_UDP, EVENT_TRUTH_UDP, EVENT_LISTENER, EVENT_TRUTH_LISTENER, EVENT_CONTROL, EVENT_CONNECTION };
bool net_watch(struct net *net, int fd, enum event event, uint32_t index);
/* A question came: answered now or later. */
void net_ask(struct net *net, const struct asker *asker, const uint8_t *data, uint32_t size);

#endif
