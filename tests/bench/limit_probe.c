/* limit_probe SERVER:PORT NAMES [TYPE] [--window N] [--sockets N]: what the kernel lets anybody do.
 *
 * Asks every name of a file once with sendmmsg and takes the answers with recvmmsg, without looking at them. What a
 * survey costs is judged against this, in the same run, against the same server. Prints one JSON line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, ROOM = 512, SOCKETS_MAX = 64, LOST_AFTER_MS = 1000 };

struct names {
    const char *at, *end;
};

struct probe {
    int fds[SOCKETS_MAX];
    struct pollfd polls[SOCKETS_MAX];
    uint32_t open[SOCKETS_MAX];
    unsigned sockets;
    uint32_t window;
    uint16_t type, next_id;
    uint64_t asked, answered, lost;
    struct mmsghdr out[BATCH], in[BATCH];
    struct iovec out_vectors[BATCH], in_vectors[BATCH];
    uint8_t questions[BATCH][ROOM], answers[BATCH][ROOM];
};

static double now_s(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* The next name of the list as a query with EDNS; 0: no more. */
static uint32_t next_question(struct probe *probe, struct names *names, uint8_t *out)
{
    static const uint8_t header[12] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    static const uint8_t opt[11] = {0, 0, 41, 0x04, 0xd0};
    if (names->at >= names->end)
        return 0;
    const char *stop = memchr(names->at, '\n', (size_t)(names->end - names->at));
    if (!stop)
        stop = names->end;
    if (stop - names->at > 250)
        return 0;
    memcpy(out, header, sizeof header);
    out[0] = (uint8_t)(probe->next_id >> 8);
    out[1] = (uint8_t)probe->next_id++;
    uint8_t *label = out + sizeof header, *to = label + 1;
    for (const char *c = names->at; c < stop; c++, to++) {
        if (*c == '.') {
            *label = (uint8_t)(to - label - 1);
            label = to;
        } else {
            *to = (uint8_t)*c;
        }
    }
    *label = (uint8_t)(to - label - 1);
    names->at = stop + 1;
    const uint8_t tail[5] = {0, (uint8_t)(probe->type >> 8), (uint8_t)probe->type, 0, 1};
    memcpy(to, tail, sizeof tail);
    memcpy(to + sizeof tail, opt, sizeof opt);
    return (uint32_t)(to - out) + sizeof tail + sizeof opt;
}

static bool open_sockets(struct probe *probe, const char *server)
{
    char host[64];
    unsigned port = 0;
    int room = 16 << 20;
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (sscanf(server, "%63[0-9.]:%u", host, &port) != 2 || inet_pton(AF_INET, host, &address.sin_addr) != 1)
        return false;
    address.sin_port = htons((uint16_t)port);
    for (unsigned i = 0; i < probe->sockets; i++) {
        probe->fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (setsockopt(probe->fds[i], SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
            setsockopt(probe->fds[i], SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        if (probe->fds[i] < 0 || connect(probe->fds[i], (struct sockaddr *)&address, sizeof address) != 0)
            return false;
        probe->polls[i] = (struct pollfd){probe->fds[i], POLLIN, 0};
    }
    for (unsigned i = 0; i < BATCH; i++) {
        probe->in_vectors[i] = (struct iovec){probe->answers[i], ROOM};
        probe->out_vectors[i] = (struct iovec){probe->questions[i], 0};
        probe->in[i].msg_hdr = (struct msghdr){.msg_iov = &probe->in_vectors[i], .msg_iovlen = 1};
        probe->out[i].msg_hdr = (struct msghdr){.msg_iov = &probe->out_vectors[i], .msg_iovlen = 1};
    }
    return true;
}

/* Fills a socket's share of the window, a batch at a time. */
static void ask(struct probe *probe, struct names *names, unsigned at)
{
    uint32_t share = probe->window / probe->sockets;
    while (probe->open[at] + BATCH <= share && names->at < names->end) {
        unsigned count = 0, sent = 0;
        for (uint32_t size; count < BATCH && (size = next_question(probe, names, probe->questions[count])) != 0;
             count++)
            probe->out_vectors[count].iov_len = size;
        while (sent < count) {
            int done = sendmmsg(probe->fds[at], probe->out + sent, count - sent, 0);
            if (done > 0)
                sent += (unsigned)done;
            else if (errno == EAGAIN || errno == ENOBUFS)
                poll(&(struct pollfd){probe->fds[at], POLLOUT, 0}, 1, 10);
            else
                exit(1);
        }
        probe->asked += count;
        probe->open[at] += count;
        if (count < BATCH)
            return;
    }
}

static unsigned take(struct probe *probe, unsigned at)
{
    unsigned total = 0;
    for (;;) {
        int count = recvmmsg(probe->fds[at], probe->in, BATCH, MSG_DONTWAIT, NULL);
        if (count <= 0)
            return total;
        total += (unsigned)count;
        probe->answered += (unsigned)count;
        probe->open[at] -= (unsigned)count < probe->open[at] ? (unsigned)count : probe->open[at];
        if (count < BATCH)
            return total;
    }
}

/* Nothing came for a second: what was open is lost. */
static void give_up(struct probe *probe)
{
    for (unsigned i = 0; i < probe->sockets; i++) {
        probe->lost += probe->open[i];
        probe->open[i] = 0;
    }
}

static void run(struct probe *probe, struct names *names)
{
    while (names->at < names->end || probe->answered + probe->lost < probe->asked) {
        unsigned took = 0;
        for (unsigned i = 0; i < probe->sockets; i++) {
            took += take(probe, i);
            ask(probe, names, i);
        }
        if (took == 0 && poll(probe->polls, probe->sockets, LOST_AFTER_MS) == 0)
            give_up(probe);
    }
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static struct names map_names(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size == 0) {
        perror(path);
        exit(1);
    }
    char *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    close(fd);
    if (data == MAP_FAILED)
        exit(1);
    return (struct names){data, data + status.st_size};
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"window", 1, 0, 'w'}, {"sockets", 1, 0, 's'}, {0, 0, 0, 0}};
    static struct probe probe = {.window = 4096, .sockets = 4, .type = 15};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (option == 'w')
            probe.window = (uint32_t)atoi(optarg);
        else if (option == 's')
            probe.sockets = (unsigned)atoi(optarg);
        else
            return 2;
    if (argc - optind < 2 || probe.sockets < 1 || probe.sockets > SOCKETS_MAX || probe.window < BATCH * probe.sockets) {
        fputs("usage: limit_probe SERVER:PORT NAMES [TYPE] [--window N] [--sockets N]\n", stderr);
        return 2;
    }
    if (argc - optind > 2)
        probe.type = (uint16_t)atoi(argv[optind + 2]);
    struct names names = map_names(argv[optind + 1]);
    if (!open_sockets(&probe, argv[optind])) {
        fputs("limit_probe: cannot reach the server\n", stderr);
        return 1;
    }
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    double began = now_s();
    run(&probe, &names);
    double wall = now_s() - began;
    getrusage(RUSAGE_SELF, &after);
    double user = seconds(after.ru_utime) - seconds(before.ru_utime),
           sys = seconds(after.ru_stime) - seconds(before.ru_stime);
    double each = probe.asked ? 1e6 / (double)probe.asked : 0;
    printf("{\"queries\":%lu,\"lost\":%lu,\"wall_s\":%.4f,\"user_s\":%.4f,\"sys_s\":%.4f,\"cpu_us_per_query\":%.3f,"
           "\"qps\":%.0f}\n",
           probe.asked, probe.lost, wall, user, sys, (user + sys) * each, (double)probe.asked / wall);
    return 0;
}
