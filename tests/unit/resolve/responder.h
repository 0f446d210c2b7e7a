/* A loopback DNS server on the test's own loop: one thread, no timing of its own. The first label of the name asked
 * says what it does; the letters up to the first '-' or digit count ("drop-1", "mx7"). */
#ifndef MXS_TESTS_RESPONDER_H
#define MXS_TESTS_RESPONDER_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define RESPONDER_SEEN 4096
#define RESPONDER_TRIES 100 /* for a port that is free for both */

struct responder {
    uv_loop_t *loop;
    uv_poll_t poll;
    uv_tcp_t listener;
    int fd;
    uint16_t port;
    char address[32];
    uint32_t udp_queries, tcp_queries, tcp_open, tcp_open_max, with_opt;
    uint32_t times[26];       /* queries seen, by first letter of the name */
    uint16_t ports[RESPONDER_SEEN]; /* source ports in order of the queries */
    bool no_edns;             /* FORMERR to every OPT; to "noedns" always */
    uint32_t drops_edns;      /* answers so many of the first that have an OPT not */
    uint8_t edns_error;       /* this rcode, with OPT, to every OPT */
    bool silent;              /* answers nothing */
    bool failing;             /* SERVFAIL to every MX */
    uint32_t losses;          /* answers so many of the first not */
    bool hijack;              /* one MX to everything, also to what cannot exist */
    bool empty, bare;         /* "no data" to everything; without the root's SOA */
    bool no_tcp;              /* connections are closed at once */
    bool validates;           /* AD over TCP, when DO is set, or AD without OPT */
    const char
        *strange_to; /* names of that first label, "": all, get an MX host of its own; not those under invalid. */
    bool more;                /* two MX hosts where others have one */
    uint32_t servfails;       /* "flaky": so many SERVFAIL before an answer */
    struct sockaddr_in peer;
};

struct responder_tcp {
    uv_tcp_t stream;
    uv_timer_t timer;
    uv_write_t write;
    struct responder *responder;
    uint8_t in[1024];
    uint32_t in_size;
    uint8_t out[65537];
    uint32_t out_size, out_at;
    int handles;
};

static inline bool responder_is(const uint8_t *query, const char *word)
{
    size_t size = strlen(word);
    const uint8_t *label = query + 12;
    if (label[0] < size || memcmp(label + 1, word, size) != 0)
        return false;
    return label[0] == size || label[1 + size] == '-' || (label[1 + size] >= '0' && label[1 + size] <= '9');
}

static inline uint32_t responder_question_end(const uint8_t *query, uint32_t size)
{
    uint32_t at = 12;
    while (at < size && query[at] != 0)
        at += query[at] + 1u;
    return at + 5;
}

/* Whether the name asked ends in a label of this text. */
static inline bool responder_under(const uint8_t *query, uint32_t size, const char *label)
{
    uint32_t end = responder_question_end(query, size), length = (uint32_t)strlen(label);
    return end >= length + 18 && memcmp(query + end - 5 - length, label, length) == 0;
}

/* Header and question of the query as an answer with flags and counts. */
static inline uint32_t responder_begin(const uint8_t *query, uint32_t size, uint16_t flags, uint16_t answers,
                                       uint8_t *out)
{
    uint32_t end = responder_question_end(query, size);
    memcpy(out, query, end);
    out[2] = (uint8_t)(0x81 | flags >> 8);
    out[3] = (uint8_t)(0x80 | (flags & 0xff));
    out[4] = 0, out[5] = 1, out[6] = (uint8_t)(answers >> 8), out[7] = (uint8_t)answers;
    out[8] = out[9] = out[10] = out[11] = 0;
    return end;
}

/* MX n.mx.example for each record. */
static inline uint32_t responder_mx(const uint8_t *query, uint32_t size, uint16_t count, uint8_t *out)
{
    uint32_t at = responder_begin(query, size, 0, count, out);
    for (uint16_t i = 0; i < count; i++) {
        const uint8_t record[] = {0xc0, 12, 0, 15, 0, 1, 0, 0, 1, 44, 0, 17, 0, 10, 2, 0, 0, 2, 'm', 'x', 7, 'e', 'x',
                                  'a', 'm', 'p', 'l', 'e', 0};
        memcpy(out + at, record, sizeof record);
        out[at + 15] = (uint8_t)('a' + i % 26);
        out[at + 16] = (uint8_t)('a' + i / 26 % 26);
        at += sizeof record;
    }
    return at;
}

static inline void responder_send(struct responder *r, const uint8_t *data, uint32_t size)
{
    (void)!sendto(r->fd, data, size, 0, (const struct sockaddr *)&r->peer, sizeof r->peer);
}

static inline void responder_forge(struct responder *r, uint8_t *out, uint32_t size)
{
    out[0] ^= 0x55; /* wrong id */
    responder_send(r, out, size);
    out[0] ^= 0x55;
    out[2] &= 0x7f; /* QR = 0 */
    responder_send(r, out, size);
    out[2] |= 0x80;
    out[13] ^= 0x01; /* another question */
    responder_send(r, out, size);
    out[13] ^= 0x01;
    responder_send(r, out, 7);
    int other = socket(AF_INET, SOCK_DGRAM, 0); /* another port */
    (void)!sendto(other, out, size, 0, (const struct sockaddr *)&r->peer, sizeof r->peer);
    close(other);
}

static inline void responder_udp(struct responder *r, const uint8_t *query, uint32_t size)
{
    static uint8_t out[65536];
    bool opt = query[11] != 0;
    if (r->udp_queries < RESPONDER_SEEN)
        r->ports[r->udp_queries] = ntohs(r->peer.sin_port);
    r->udp_queries++;
    r->with_opt += opt;
    if (query[13] >= 'a' && query[13] <= 'z')
        r->times[query[13] - 'a']++;
    if (r->losses != 0 && r->losses-- != 0)
        return;
    if (r->silent || (opt && r->drops_edns != 0 && r->drops_edns-- != 0) || responder_is(query, "drop"))
        return;
    if ((r->no_edns || responder_is(query, "noedns")) && opt) {
        responder_send(r, out, responder_begin(query, size, 1, 0, out));
        return;
    }
    if (r->edns_error != 0 && opt) {
        const uint8_t record[11] = {0, 0, 41, 4, 208, r->edns_error >> 4};
        uint32_t end = responder_begin(query, size, r->edns_error & 15, 0, out);
        out[11] = 1;
        memcpy(out + end, record, sizeof record);
        responder_send(r, out, end + (uint32_t)sizeof record);
        return;
    }
    uint32_t full = responder_mx(query, size, r->more ? 2 : 1, out);
    if (r->strange_to != NULL && !responder_under(query, size, "invalid") && !responder_under(query, size, "arpa") &&
        (r->strange_to[0] == 0 || responder_is(query, r->strange_to))) {
        out[responder_question_end(query, size) + 15] = 'z';
        responder_send(r, out, full);
        return;
    }
    if (r->hijack || r->empty) {
        static const uint8_t soa[33] = {0, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22};
        uint32_t end = responder_begin(query, size, 0, 0, out);
        out[9] = !r->bare;
        memcpy(out + end, soa, sizeof soa);
        end += r->bare ? 0 : (uint32_t)sizeof soa;
        responder_send(r, out, r->hijack ? responder_mx(query, size, r->more ? 2 : 1, out) : end);
        return;
    }
    if (responder_is(query, "servfail") || (r->failing && query[responder_question_end(query, size) - 3] == 15) ||
        (responder_is(query, "flaky") && r->times['f' - 'a'] <= r->servfails))
        responder_send(r, out, responder_begin(query, size, 2, 0, out));
    else if (responder_is(query, "refused"))
        responder_send(r, out, responder_begin(query, size, 5, 0, out));
    else if (responder_is(query, "nodata") || responder_under(query, size, "arpa")) /* ipv4only.arpa has no AAAA */
        responder_send(r, out, responder_begin(query, size, 0, 0, out));
    else if (responder_is(query, "nxdomain") || responder_under(query, size, "invalid"))
        responder_send(r, out, responder_begin(query, size, 3, 0, out));
    else if (responder_is(query, "formerr"))
        responder_send(r, out, responder_begin(query, size, 1, 0, out));
    else if (responder_is(query, "tc") || responder_is(query, "tcp"))
        responder_send(r, out, responder_begin(query, size, 0x200, 0, out));
    else if (responder_is(query, "cut")) { /* TC with counts that are not there */
        responder_begin(query, size, 0x200, 40, out);
        responder_send(r, out, full - 5);
    } else if (responder_is(query, "malformed"))
        responder_send(r, out, full - 5);
    else if (responder_is(query, "bare")) { /* REFUSED without a question */
        responder_begin(query, size, 5, 0, out);
        out[5] = 0;
        responder_send(r, out, 12);
    } else if (responder_is(query, "forged")) {
        responder_forge(r, out, full);
        responder_send(r, out, full);
    } else if (responder_is(query, "twice")) {
        responder_send(r, out, full);
        responder_send(r, out, full);
    } else if (responder_is(query, "long"))
        responder_send(r, out, responder_mx(query, size, 400, out));
    else
        responder_send(r, out, full);
}

static inline void responder_on_udp(uv_poll_t *poll, int status, int events)
{
    struct responder *r = poll->data;
    uint8_t query[1024];
    (void)status, (void)events;
    for (int i = 0; i < 256; i++) {
        socklen_t size = sizeof r->peer;
        ssize_t got = recvfrom(r->fd, query, sizeof query, MSG_DONTWAIT, (struct sockaddr *)&r->peer, &size);
        if (got < 17)
            return;
        responder_udp(r, query, (uint32_t)got);
    }
}

static inline void responder_tcp_closed(uv_handle_t *handle)
{
    struct responder_tcp *c = handle->data;
    if (--c->handles == 0) {
        c->responder->tcp_open--;
        free(c);
    }
}

static inline void responder_tcp_close(struct responder_tcp *c)
{
    if (uv_is_closing((uv_handle_t *)&c->stream))
        return;
    uv_close((uv_handle_t *)&c->stream, responder_tcp_closed);
    uv_close((uv_handle_t *)&c->timer, responder_tcp_closed);
}

static inline void responder_tcp_written(uv_write_t *write, int status)
{
    (void)status;
    responder_tcp_close(write->data); /* one answer, then closed */
}

static inline void responder_tcp_step(uv_timer_t *timer)
{
    struct responder_tcp *c = timer->data;
    uv_buf_t buffer = uv_buf_init((char *)c->out + c->out_at, 1);
    if (c->out_at == c->out_size || uv_try_write((uv_stream_t *)&c->stream, &buffer, 1) < 0)
        responder_tcp_close(c);
    else
        c->out_at++;
}

static inline void responder_tcp_query(struct responder_tcp *c)
{
    const uint8_t *query = c->in + 2;
    uint32_t size = (uint32_t)(c->in[0] << 8 | c->in[1]);
    c->responder->tcp_queries++;
    if (responder_is(query, "tcp-silent"))
        return;
    if (responder_is(query, "tcp-close") || c->responder->no_tcp) {
        responder_tcp_close(c);
        return;
    }
    bool again = responder_is(query, "tcp-tc"), malformed = responder_is(query, "tcp-malformed");
    c->out_size =
        again ? responder_begin(query, size, 0x200, 0, c->out + 2) : responder_mx(query, size, 50, c->out + 2);
    c->out_size -= malformed ? 3 : 0;
    bool wants_dnssec = query[11] != 0 ? (query[size - 4] & 0x80) != 0 : (query[3] & 0x20) != 0;
    c->out[2 + 3] |= c->responder->validates && wants_dnssec ? 0x20 : 0;
    c->out[0] = (uint8_t)(c->out_size >> 8);
    c->out[1] = (uint8_t)c->out_size;
    c->out_size += 2;
    if (responder_is(query, "tcp-half"))
        c->out_size /= 2;
    if (responder_is(query, "tcp-bytes")) {
        uv_timer_start(&c->timer, responder_tcp_step, 1, 1);
        return;
    }
    uv_buf_t buffer = uv_buf_init((char *)c->out, c->out_size);
    c->write.data = c;
    uv_write(&c->write, (uv_stream_t *)&c->stream, &buffer, 1, responder_tcp_written);
}

static inline void responder_tcp_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *out)
{
    struct responder_tcp *c = handle->data;
    (void)hint;
    *out = uv_buf_init((char *)c->in + c->in_size, (unsigned)(sizeof c->in - c->in_size));
}

static inline void responder_tcp_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct responder_tcp *c = stream->data;
    (void)buffer;
    if (got < 0) {
        responder_tcp_close(c);
        return;
    }
    c->in_size += (uint32_t)got;
    if (c->in_size >= 2 && c->in_size >= 2u + (uint32_t)(c->in[0] << 8 | c->in[1]))
        responder_tcp_query(c);
}

static inline void responder_tcp_accept(uv_stream_t *listener, int status)
{
    struct responder *r = listener->data;
    struct responder_tcp *c = calloc(1, sizeof *c);
    (void)status;
    c->responder = r;
    c->handles = 2;
    uv_tcp_init(r->loop, &c->stream);
    uv_timer_init(r->loop, &c->timer);
    c->stream.data = c->timer.data = c;
    if (++r->tcp_open > r->tcp_open_max)
        r->tcp_open_max = r->tcp_open;
    uv_accept(listener, (uv_stream_t *)&c->stream);
    uv_read_start((uv_stream_t *)&c->stream, responder_tcp_alloc, responder_tcp_read);
}

/* A loopback address of this process alone. A responder that is stopped comes back at its port, and on 127.0.0.1
 * somebody else may have it by then: an ephemeral port of another test, a connection in TIME_WAIT for a minute, or our
 * own resolver's socket. */
static inline uint32_t responder_home(void)
{
    uint32_t pid = (uint32_t)getpid();
    return 127u << 24 | (64 + (pid >> 16) % 64) << 16 | (pid & 0xffff);
}

static inline bool responder_bind(struct responder *r, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(responder_home())};
    socklen_t size = sizeof address;
    int buffer = 1 << 22;
    r->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    uv_tcp_init(r->loop, &r->listener);
    if (bind(r->fd, (struct sockaddr *)&address, size) == 0 &&
        getsockname(r->fd, (struct sockaddr *)&address, &size) == 0 &&
        uv_tcp_bind(&r->listener, (struct sockaddr *)&address, 0) == 0 &&
        uv_listen((uv_stream_t *)&r->listener, 128, responder_tcp_accept) == 0) {
        char text[INET_ADDRSTRLEN];
        r->port = ntohs(address.sin_port);
        snprintf(r->address, sizeof r->address, "%s:%u", inet_ntop(AF_INET, &address.sin_addr, text, sizeof text),
                 r->port);
        return true;
    }
    uv_close((uv_handle_t *)&r->listener, NULL);
    uv_run(r->loop, UV_RUN_NOWAIT);
    close(r->fd);
    return false;
}

/* Ports of UDP and TCP must be the same: tried until they are. port 0: any. */
static inline void responder_start_at(struct responder *r, uv_loop_t *loop, uint16_t port)
{
    memset(r, 0, sizeof *r);
    r->loop = loop;
    for (int i = 0; !responder_bind(r, port); i++)
        if (i == RESPONDER_TRIES)
            abort();
    r->listener.data = r->poll.data = r;
    uv_poll_init(loop, &r->poll, r->fd);
    uv_poll_start(&r->poll, UV_READABLE, responder_on_udp);
    uv_unref((uv_handle_t *)&r->poll);
    uv_unref((uv_handle_t *)&r->listener);
}

static inline void responder_start(struct responder *r, uv_loop_t *loop) { responder_start_at(r, loop, 0); }

static inline void responder_on_pulse(uv_timer_t *pulse) { (void)pulse; }

/* For loops of UV_RUN_ONCE: that runs the timers that are due and then waits for an event all the same, for ever when
 * the timer was the last thing to wait for. (The program's loops always have a timer.) Closed by its owner. */
static inline void responder_pulse_start(uv_timer_t *pulse, uv_loop_t *loop)
{
    uv_timer_init(loop, pulse);
    uv_timer_start(pulse, responder_on_pulse, 50, 50);
    uv_unref((uv_handle_t *)pulse);
}

static inline void responder_stop(struct responder *r)
{
    if (r->fd < 0)
        return;
    uv_close((uv_handle_t *)&r->poll, NULL);
    uv_close((uv_handle_t *)&r->listener, NULL);
    close(r->fd);
    r->fd = -1;
}

#endif
