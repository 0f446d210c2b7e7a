/* mxs_responder: the fast loopback responder of the benchmarks.
 *
 * One socket a thread on one port (SO_REUSEPORT), recvmmsg and sendmmsg, answers copied from bodies made at the start,
 * nothing allocated per answer. The world is that of server/generate.h, so the scripted server says the same.
 *
 * With --latency every answer waits in a arrivals: all wait equally long, so first in is first out. It then works by
 * the tick of a millisecond (an answer is up to two late): what came is read, what is due leaves, answers of one length
 * to one asker as one packet (UDP_SEGMENT). So it takes a fraction of what the asker takes, as a server on another
 * machine would. Without
 * --latency nothing of this is in force: the limit probe is compared with that.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "policies.h"
#include "server/generate.h"

enum {
    BATCH = 128,
    LATE = 1024,
    SEGMENTS_MAX = 64,
    TICK_NS = 1000000,
    QUERY_MAX = 256,
    ROOM = QUERY_MAX + 2 * POLICIES_ANSWER_MAX,
    BODY_MAX = 2 * (12 + 2 + GENERATE_HOST_MAX),
    ARRIVALS = 1 << 17,
    THREADS_MAX = 16
};

static const char help[] =
    "mxs_responder [--port N] [--threads N] [--pool EXCHANGES] [--latency MS] [--policies]\n"
    "              [--seconds N]\n"
    "Answers MX of any name with two MX hosts of a pool, A and AAAA of those; with --policies also what\n"
    "domains publish beside (policies.h). Prints `ready ADDR:PORT`,\n"
    "stops when stdin closes or after --seconds, then prints a JSON line.\n";

struct body {
    uint16_t size;
    uint8_t data[BODY_MAX];
};

/* An answer that waits; one slot of a thread's arrivals. */
struct slot {
    uint64_t due_ns;
    struct sockaddr_in peer;
    uint32_t size;
    uint8_t data[QUERY_MAX];
};

union segment { /* the length to cut at, as the kernel wants to be told */
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
};

/* What is due in one tick, made into packets. */
struct late {
    struct slot *slots[LATE];
    struct mmsghdr packets[LATE];
    struct iovec vectors[LATE];
    union segment segments[LATE];
};

struct worker {
    pthread_t thread;
    int fd;
    uint64_t answered, dropped;
    struct slot *arrivals;
    uint32_t head, tail;
    struct late late;
    struct mmsghdr in[BATCH], out[BATCH];
    struct iovec in_vectors[BATCH], out_vectors[BATCH];
    struct sockaddr_in peers[BATCH];
    uint8_t data[BATCH][ROOM];
};

static struct generator world = {.pairs = 10000, .seed = 1};
static struct body *bodies;
static uint64_t latency_ns;
static bool with_policies;
static atomic_bool stopping;

static uint64_t now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

/* The fixed part of a record whose owner is the question's name. */
static uint32_t put_record(uint8_t *out, uint16_t type, const uint8_t *data, uint16_t size)
{
    static const uint8_t start[12] = {0xc0, 12, 0, 0, 0, 1, 0, 0, 1, 44};
    memcpy(out, start, sizeof start);
    wire_set16(out, 2, type);
    wire_set16(out, 10, size);
    memcpy(out + 12, data, size);
    return 12u + size;
}

static void make_bodies(void)
{
    bodies = calloc(world.pairs, sizeof *bodies);
    if (!bodies)
        abort();
    for (uint32_t pair = 0; pair < world.pairs; pair++)
        for (unsigned which = 1; which <= 2; which++) {
            uint8_t rdata[2 + GENERATE_HOST_MAX] = {0, (uint8_t)(10 * which)};
            uint32_t size = 2 + generate_host(pair, which, rdata + 2);
            struct body *body = &bodies[pair];
            body->size = (uint16_t)(body->size + put_record(body->data + body->size, TYPE_MX, rdata, (uint16_t)size));
        }
}

/* Writes the records behind the question; returns their size, sets their count and the rcode. */
static uint32_t put_answer(const struct question *question, uint8_t *out, uint16_t *count, unsigned *rcode)
{
    uint32_t pair;
    unsigned which;
    uint8_t address[16];
    if (generate_absent(question->name, question->name_size)) {
        *rcode = RCODE_NXDOMAIN;
        return 0;
    }
    if (question->type == TYPE_MX) {
        const struct body *body = &bodies[generate_pair(&world, wire_hash(question->name, question->name_size))];
        *count = 2;
        memcpy(out, body->data, BODY_MAX);
        return body->size;
    }
    if (!generate_host_find(question->name, question->name_size, &pair, &which))
        return with_policies ? policies_put(question, out, count, rcode) : 0;
    if (question->type == TYPE_A) {
        *count = 1;
        generate_a(pair, which, address);
        return put_record(out, TYPE_A, address, 4);
    }
    if (question->type != TYPE_AAAA || !generate_aaaa(pair, which, address))
        return 0;
    *count = 1;
    return put_record(out, TYPE_AAAA, address, 16);
}

/* Turns the query in data into its answer, in place. 0: not a query. */
static uint32_t answer(uint8_t *data, uint32_t size)
{
    static const uint8_t opt[11] = {0, 0, TYPE_OPT, 0x04, 0xd0};
    struct question question;
    if (!wire_read_question(data, size, &question))
        return 0;
    uint32_t used = WIRE_HEADER + question.section_size;
    uint16_t count = 0;
    unsigned rcode = RCODE_NOERROR;
    used += put_answer(&question, data + used, &count, &rcode);
    data[2] |= 0x80;
    data[3] = (uint8_t)(0x80 | rcode);
    wire_set16(data, COUNT_ANSWERS, count);
    wire_set16(data, COUNT_ADDITIONAL, question.payload != 0);
    if (!question.payload)
        return used;
    memcpy(data + used, opt, sizeof opt);
    return used + sizeof opt;
}

static void send_all(struct worker *w, unsigned count)
{
    for (unsigned at = 0; at < count;) {
        int sent = sendmmsg(w->fd, w->out + at, count - at, 0);
        if (sent <= 0) {
            w->dropped++;
            at++;
        } else {
            at += (unsigned)sent;
        }
    }
    w->answered += count;
}

static void point(struct worker *w, unsigned at, void *data, uint32_t size, struct sockaddr_in *peer)
{
    w->out_vectors[at] = (struct iovec){data, size};
    w->out[at].msg_hdr = (struct msghdr){.msg_name = peer, .msg_namelen = sizeof *peer, .msg_iov = &w->out_vectors[at],
                                         .msg_iovlen = 1};
}

static int receive(struct worker *w, int flags)
{
    for (unsigned i = 0; i < BATCH; i++) {
        w->in_vectors[i] = (struct iovec){w->data[i], QUERY_MAX};
        w->in[i].msg_hdr = (struct msghdr){.msg_name = &w->peers[i], .msg_namelen = sizeof w->peers[i],
                                           .msg_iov = &w->in_vectors[i], .msg_iovlen = 1};
    }
    return recvmmsg(w->fd, w->in, BATCH, flags, NULL);
}

static void serve_at_once(struct worker *w)
{
    int received = receive(w, MSG_WAITFORONE);
    unsigned count = 0;
    for (int i = 0; i < received; i++) {
        uint32_t size = answer(w->data[i], w->in[i].msg_len);
        if (size)
            point(w, count++, w->data[i], size, &w->peers[i]);
    }
    send_all(w, count);
}

static int by_peer_and_size(const void *a, const void *b)
{
    const struct slot *x = *(struct slot *const *)a, *y = *(struct slot *const *)b;
    if (x->peer.sin_port != y->peer.sin_port)
        return x->peer.sin_port < y->peer.sin_port ? -1 : 1;
    if (x->peer.sin_addr.s_addr != y->peer.sin_addr.s_addr)
        return x->peer.sin_addr.s_addr < y->peer.sin_addr.s_addr ? -1 : 1;
    return x->size < y->size ? -1 : x->size > y->size;
}

/* Slots of one length to one peer, next to each other, become one packet. Returns how many packets there are. */
static unsigned make_packets(struct late *late, unsigned count)
{
    unsigned packets = 0;
    qsort(late->slots, count, sizeof late->slots[0], by_peer_and_size);
    for (unsigned i = 0; i < count; i++) {
        struct slot *slot = late->slots[i];
        struct msghdr *last = packets == 0 ? NULL : &late->packets[packets - 1].msg_hdr;
        late->vectors[i] = (struct iovec){slot->data, slot->size};
        if (last == NULL || by_peer_and_size(&late->slots[i - 1], &late->slots[i]) != 0 ||
            last->msg_iovlen == SEGMENTS_MAX) {
            late->packets[packets++].msg_hdr = (struct msghdr){.msg_name = &slot->peer,
                                                               .msg_namelen = sizeof slot->peer,
                                                               .msg_iov = &late->vectors[i],
                                                               .msg_iovlen = 1};
            continue;
        }
        if (++last->msg_iovlen > 2)
            continue;
        union segment *segment = &late->segments[packets - 1];
        uint16_t size = (uint16_t)slot->size;
        segment->header = (struct cmsghdr){CMSG_LEN(sizeof size), SOL_UDP, UDP_SEGMENT};
        memcpy(segment->bytes + CMSG_LEN(0), &size, sizeof size); /* CMSG_DATA, as the compiler can see it */
        last->msg_control = segment;
        last->msg_controllen = sizeof segment->bytes;
    }
    return packets;
}

static void send_due(struct worker *w, uint64_t now)
{
    while (w->head != w->tail && w->arrivals[w->head % ARRIVALS].due_ns <= now) {
        unsigned count = 0;
        for (; count < LATE && w->head != w->tail && w->arrivals[w->head % ARRIVALS].due_ns <= now; w->head++)
            w->late.slots[count++] = &w->arrivals[w->head % ARRIVALS];
        unsigned packets = make_packets(&w->late, count);
        for (unsigned at = 0; at < packets;) {
            int sent = sendmmsg(w->fd, w->late.packets + at, packets - at, 0);
            if (sent <= 0)
                w->dropped += w->late.packets[at].msg_hdr.msg_iovlen;
            at += sent <= 0 ? 1 : (unsigned)sent;
        }
        w->answered += count;
    }
}

static void keep(struct worker *w, int i, uint32_t size, uint64_t due)
{
    if (w->tail - w->head == ARRIVALS || size > sizeof w->arrivals->data) {
        w->dropped++;
        return;
    }
    struct slot *slot = &w->arrivals[w->tail++ % ARRIVALS];
    slot->due_ns = due;
    slot->peer = w->peers[i];
    slot->size = size;
    memcpy(slot->data, w->data[i], size);
}

static bool take_waiting(struct worker *w)
{
    int received = receive(w, MSG_DONTWAIT);
    uint64_t due = now_ns() + latency_ns;
    for (int i = 0; i < received; i++) {
        uint32_t size = answer(w->data[i], w->in[i].msg_len);
        if (size)
            keep(w, i, size, due);
    }
    return received == BATCH;
}

/* One tick. With nothing on its way the next question wakes us. */
static void serve_later(struct worker *w)
{
    struct pollfd wait = {w->fd, POLLIN, 0};
    struct timespec idle = {0, 100000000}, rest = {0, TICK_NS - (long)(now_ns() % TICK_NS)};
    if (w->head == w->tail)
        (void)ppoll(&wait, 1, &idle, NULL);
    else
        (void)nanosleep(&rest, NULL);
    for (int reads = 0; reads < ARRIVALS / BATCH && take_waiting(w); reads++)
        send_due(w, now_ns());
    send_due(w, now_ns());
}

static void *work(void *arg)
{
    struct worker *w = arg;
    while (!stopping)
        if (latency_ns)
            serve_later(w);
        else
            serve_at_once(w);
    return NULL;
}

static int open_socket(uint16_t *port)
{
    int one = 1, room = 64 << 20, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct timeval timeout = {0, 200000};
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout); /* so that `stopping` is seen */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

struct settings {
    uint16_t port;
    unsigned threads, seconds;
};

static void read_options(struct settings *settings, int argc, char **argv)
{
    static const struct option options[] = {
        {"port", 1, 0, 'p'},     {"threads", 1, 0, 't'}, {"pool", 1, 0, 'n'}, {"latency", 1, 0, 'l'},
        {"policies", 0, 0, 'P'}, {"seconds", 1, 0, 's'}, {"help", 0, 0, 'h'}, {0, 0, 0, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 'p': settings->port = (uint16_t)atoi(optarg); break;
        case 't': settings->threads = (unsigned)atoi(optarg); break;
        case 'n': world.pairs = (uint32_t)atoi(optarg) / 2; break;
        case 'l': latency_ns = (uint64_t)(atof(optarg) * 1e6); break;
        case 'P': with_policies = true; break;
        case 's': settings->seconds = (unsigned)atoi(optarg); break;
        default: fputs(help, option == 'h' ? stdout : stderr); exit(option == 'h' ? 0 : 2);
        }
    if (settings->threads < 1 || settings->threads > THREADS_MAX || world.pairs < 1) {
        fputs(help, stderr);
        exit(2);
    }
    if (with_policies && latency_ns) {
        fputs("mxs_responder: --latency keeps short answers only: not with --policies\n", stderr);
        exit(2);
    }
}

static struct worker *start(struct settings *settings)
{
    struct worker *workers = calloc(settings->threads, sizeof *workers);
    if (!workers)
        abort();
    for (unsigned i = 0; i < settings->threads; i++) {
        workers[i].fd = open_socket(&settings->port);
        workers[i].arrivals = latency_ns ? calloc(ARRIVALS, sizeof *workers[i].arrivals) : NULL;
        if (workers[i].fd < 0 || (latency_ns && !workers[i].arrivals)) {
            perror("mxs_responder: cannot open a socket");
            exit(1);
        }
    }
    for (unsigned i = 0; i < settings->threads; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            exit(1);
    return workers;
}

/* Until stdin closes, a signal comes, or the time is over. */
static void wait_for_end(unsigned seconds)
{
    sigset_t none;
    struct pollfd wait = {STDIN_FILENO, POLLIN, 0};
    char sink[256];
    uint64_t end = now_ns() + seconds * 1000000000ull;
    sigemptyset(&none);
    while (!stopping && now_ns() < end) {
        struct timespec most = {1, 0};
        if (ppoll(&wait, 1, &most, &none) > 0 && read(STDIN_FILENO, sink, sizeof sink) <= 0)
            return;
    }
}

static void on_signal(int number)
{
    (void)number;
    stopping = true;
}

int main(int argc, char **argv)
{
    struct settings settings = {.threads = 1, .seconds = 600};
    struct sigaction action = {.sa_handler = on_signal};
    struct rusage usage;
    uint64_t answered = 0, dropped = 0;
    read_options(&settings, argc, argv);
    make_bodies();
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    struct worker *workers = start(&settings);
    printf("ready 127.0.0.1:%u\n", settings.port);
    fflush(stdout);
    wait_for_end(settings.seconds);
    stopping = true;
    for (unsigned i = 0; i < settings.threads; i++) {
        pthread_join(workers[i].thread, NULL);
        answered += workers[i].answered;
        dropped += workers[i].dropped;
        close(workers[i].fd);
        free(workers[i].arrivals);
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"answered\":%lu,\"dropped\":%lu,\"user_s\":%ld.%06ld,\"sys_s\":%ld.%06ld}\n", answered, dropped,
           usage.ru_utime.tv_sec, usage.ru_utime.tv_usec, usage.ru_stime.tv_sec, usage.ru_stime.tv_usec);
    free(workers);
    free(bodies);
    return 0;
}
