/* mxs_server: the scripted loopback DNS server of the tests. `mxs_server --help` says what it takes. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "server.h"

static const char help[] =
    "mxs_server [options]   a scripted DNS server on loopback\n"
    "  --port N             one port for all addresses; 0 chooses (default)\n"
    "  --servers N          addresses 127.0.0.1 ... 127.0.0.N (default 1)\n"
    "  --address ADDR       an address of your own instead, repeatable (IPv4 or IPv6)\n"
    "  --zone FILE          records, see zone.h; repeatable\n"
    "  --generate PAIRS     answers for every other name, see generate.h; --mixed for a mixed world\n"
    "  --default RCODE      for names not in the zone: nxdomain (default), noerror, servfail, refused\n"
    "  --script FILE        faults, see rule.h; --rule RULE adds one; both repeatable\n"
    "  --authentic          AD in every answer, as a validating resolver has it; but not below a label `insecure`\n"
    "  --seed N             of every decision (default 1)\n"
    "  --seconds N          stop by itself (default 600)\n"
    "  --counters FILE      JSON, written at SIGUSR1 and at the end\n"
    "  --log FILE           a line per question: ms server transport port name type attempt impact\n"
    "  --hold MS            how long a dropped question counts as in flight (default 0)\n"
    "  --suffix-labels N    labels of a registrable suffix (default 2)\n"
    "  --keep-stdin         do not stop when stdin closes\n"
    "Prints `ready ADDR:PORT...`. Commands on stdin: down N, up N, rule RULE, clear, reset, counters.\n";

struct settings {
    const char *addresses[SERVERS_MAX], *counters;
    unsigned address_count;
    uint16_t port;
    bool keep_stdin;
    unsigned seconds, suffix_labels;
    struct generator generator;
};

uint64_t server_now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "mxs_server: %s\n", what);
    exit(1);
}

bool server_watch(struct server *server, int fd, unsigned kind, unsigned at, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = (uint64_t)kind << 32 | at};
    return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ||
           (errno == EEXIST && epoll_ctl(server->epoll, EPOLL_CTL_MOD, fd, &event) == 0);
}

static bool read_address(const char *text, uint16_t port, union peer *out)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return true;
    }
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(port);
    return inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1;
}

static void close_endpoint(struct server *server, unsigned at)
{
    udp_close(server, &server->endpoints[at]);
    tcp_close_all(server, &server->endpoints[at], at);
}

static bool open_endpoint(struct server *server, unsigned at)
{
    struct endpoint *endpoint = &server->endpoints[at];
    if (udp_open(server, endpoint) && tcp_open(server, endpoint, at))
        return true;
    close_endpoint(server, at);
    return false;
}

/* The same port on every address, for UDP and TCP; false when one of them is taken. */
static bool open_all(struct server *server, const struct settings *settings, uint16_t port)
{
    for (unsigned i = 0; i < settings->address_count; i++) {
        if (!read_address(settings->addresses[i], port, &server->endpoints[i].address))
            give_up("an --address is none");
        if (open_endpoint(server, i))
            continue;
        while (i-- > 0)
            close_endpoint(server, i);
        return false;
    }
    server->port = port;
    return true;
}

/* Below the range the kernel hands out: a server that is down for a while must not find its port taken by a client. */
static uint16_t some_port(int attempt)
{
    return (uint16_t)(10000 + wire_mix(server_now() + (uint64_t)getpid() * 1000 + (uint64_t)attempt) % 10000);
}

static void open_somewhere(struct server *server, const struct settings *settings)
{
    server->endpoint_count = server->counts->server_count = settings->address_count;
    for (unsigned i = 0; i < settings->address_count; i++)
        server->endpoints[i].udp = server->endpoints[i].listener = server->endpoints[i].spoof_port =
            server->endpoints[i].spoof_address = server->endpoints[i].held = -1;
    for (int attempt = 0; !open_all(server, settings, settings->port ? settings->port : some_port(attempt)); attempt++)
        if (settings->port || attempt == 100)
            give_up("cannot open the sockets");
    printf("ready");
    for (unsigned i = 0; i < settings->address_count; i++) {
        bool v6 = server->endpoints[i].address.any.sa_family == AF_INET6;
        snprintf(server->counts->servers[i].address, sizeof server->counts->servers[i].address, "%s%s%s:%u",
                 v6 ? "[" : "", settings->addresses[i], v6 ? "]" : "", server->port);
        printf(" %s", server->counts->servers[i].address);
    }
    printf("\n");
    fflush(stdout);
}

static void write_counters(struct server *server, const char *path)
{
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file)
        return;
    counts_print(server->counts, file);
    fclose(file);
    if (server->log)
        fflush(server->log);
}

/* Opens and closes endpoints as the script and the control channel want it. */
static void apply_down(struct server *server)
{
    double second = server->first_ns ? (double)(server_now() - server->first_ns) / 1e9 : 0;
    for (unsigned i = 0; i < server->endpoint_count; i++) {
        struct endpoint *endpoint = &server->endpoints[i];
        bool down = endpoint->told_down || (server->first_ns && rules_down(server->rules, i, second));
        if (down && !endpoint->down) {
            close_endpoint(server, i);
            endpoint->down = true;
            if (!udp_hold(endpoint))
                give_up("cannot hold the place of a server that is down");
        } else if (!down && endpoint->down) {
            close(endpoint->held);
            endpoint->held = -1;
            endpoint->down = !open_endpoint(server, i);
        }
    }
}

static void signal_ready(struct server *server, int fd, const char *counters)
{
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) != sizeof info)
        return;
    if (info.ssi_signo == SIGUSR1)
        write_counters(server, counters);
    else
        server->stop = true;
}

static int wait_ms(const struct server *server, uint64_t now, uint64_t end)
{
    int64_t wait = later_wait(&server->later, now);
    int64_t most = end - now < 50000000 ? (int64_t)(end - now) : 50000000; /* apply_down looks every 50 ms */
    if (server->slow_connections && most > 1000000)
        most = 1000000;
    if (wait < 0 || wait > most)
        wait = most;
    return (int)((wait + 999999) / 1000000);
}

static void handle(struct server *server, const struct epoll_event *event, int signals, const struct settings *settings)
{
    unsigned at = (unsigned)event->data.u64;
    switch (event->data.u64 >> 32) {
    case EVENT_UDP: udp_ready(server, at); break;
    case EVENT_LISTENER: tcp_accept(server, at); break;
    case EVENT_CONNECTION: tcp_ready(server, at, event->events); break;
    case EVENT_CONTROL: server->stop |= !control_ready(server); break;
    default: signal_ready(server, signals, settings->counters); break;
    }
}

static void run(struct server *server, const struct settings *settings, int signals)
{
    struct epoll_event events[128];
    uint64_t now = server_now(), end = now + settings->seconds * 1000000000ull;
    while (!server->stop && now < end) {
        int ready = epoll_wait(server->epoll, events, 128, wait_ms(server, now, end));
        server_due(server, server_now());
        for (int i = 0; i < ready; i++)
            handle(server, &events[i], signals, settings);
        udp_flush(server);
        tcp_tick(server);
        apply_down(server);
        now = server_now();
    }
}

static unsigned default_rcode(const char *word)
{
    return strcmp(word, "noerror") == 0 ? RCODE_NOERROR : strcmp(word, "servfail") == 0 ? RCODE_SERVFAIL
           : strcmp(word, "refused") == 0 ? RCODE_REFUSED : RCODE_NXDOMAIN;
}

static void add_servers(struct settings *settings, unsigned count)
{
    for (unsigned i = 0; i < count && i < SERVERS_MAX; i++) {
        char *text = NULL;
        if (asprintf(&text, "127.0.0.%u", i + 1) < 0)
            give_up("out of memory");
        settings->addresses[settings->address_count++] = text;
    }
}

static FILE *open_log(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        give_up("cannot open the log");
    return file;
}

static void set_option(struct server *server, struct settings *settings, int option, const char *value)
{
    char error[256] = "";
    switch (option) {
    case 'p': settings->port = (uint16_t)atoi(value); break;
    case 'n': add_servers(settings, (unsigned)atoi(value)); break;
    case 'a':
        if (settings->address_count < SERVERS_MAX)
            settings->addresses[settings->address_count++] = strdup(value);
        break;
    case 'z': zone_load(server->zone, value, error); break;
    case 'g': settings->generator.pairs = (uint32_t)atoi(value); break;
    case 'm': settings->generator.mixed = true; break;
    case 'd': zone_set_default(server->zone, default_rcode(value)); break;
    case 's': rules_load(server->rules, value, error); break;
    case 'r': rules_read(server->rules, value, error); break;
    case 'S': server->rules->seed = settings->generator.seed = strtoull(value, NULL, 10); break;
    case 't': settings->seconds = (unsigned)atoi(value); break;
    case 'c': settings->counters = value; break;
    case 'l': server->log = open_log(value); break;
    case 'h': server->hold_ns = strtoull(value, NULL, 10) * 1000000; break;
    case 'L': settings->suffix_labels = (unsigned)atoi(value); break;
    case 'k': settings->keep_stdin = true; break;
    case 'A': wire_set_authentic(); break;
    case 'H': fputs(help, stdout); exit(0);
    default: fputs(help, stderr); exit(2);
    }
    if (*error)
        give_up(error);
}

static void read_options(struct server *server, struct settings *settings, int argc, char **argv)
{
    static const struct option options[] = {
        {"port", 1, 0, 'p'},
        {"servers", 1, 0, 'n'},
        {"address", 1, 0, 'a'},
        {"zone", 1, 0, 'z'},
        {"generate", 1, 0, 'g'},
        {"mixed", 0, 0, 'm'},
        {"default", 1, 0, 'd'},
        {"script", 1, 0, 's'},
        {"rule", 1, 0, 'r'},
        {"seed", 1, 0, 'S'},
        {"seconds", 1, 0, 't'},
        {"counters", 1, 0, 'c'},
        {"log", 1, 0, 'l'},
        {"hold", 1, 0, 'h'},
        {"suffix-labels", 1, 0, 'L'},
        {"keep-stdin", 0, 0, 'k'},
        {"authentic", 0, 0, 'A'},
        {"help", 0, 0, 'H'},
        {0, 0, 0, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        set_option(server, settings, option, optarg);
    if (settings->address_count == 0)
        add_servers(settings, 1);
    if (settings->generator.pairs)
        zone_set_generator(server->zone, &settings->generator);
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void finish(struct server *server, const struct settings *settings)
{
    write_counters(server, settings->counters);
    for (unsigned i = 0; i < server->endpoint_count; i++)
        close_endpoint(server, i);
    later_finish(&server->later);
    counter_finish(&server->attempts);
    counts_finish(server->counts);
    zone_destroy(server->zone);
    if (server->log)
        fclose(server->log);
    for (unsigned i = 0; i < settings->address_count; i++)
        free((char *)settings->addresses[i]);
    close(server->epoll);
}

int main(int argc, char **argv)
{
    static struct server server;
    static struct rules rules = {.seed = 1};
    static struct counts counts;
    struct settings settings = {.seconds = 600, .suffix_labels = 2, .generator.seed = 1};
    struct rlimit files;
    server.rules = &rules;
    server.counts = &counts;
    server.zone = zone_create();
    read_options(&server, &settings, argc, argv);
    counts_init(&counts, settings.suffix_labels);
    counter_init(&server.attempts);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    server.epoll = epoll_create1(EPOLL_CLOEXEC);
    int signals = open_signals();
    open_somewhere(&server, &settings);
    server_watch(&server, signals, EVENT_SIGNAL, 0, EPOLLIN);
    /* A file as stdin cannot be watched, nor does it close. */
    if (!settings.keep_stdin)
        server_watch(&server, STDIN_FILENO, EVENT_CONTROL, 0, EPOLLIN);
    run(&server, &settings, signals);
    finish(&server, &settings);
    close(signals);
    return 0;
}
