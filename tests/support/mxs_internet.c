/* mxs_internet: the root, the top-level domains and some thousands of hosting operators in one process, each server at
 * its own address of 127.0.0.0/8, some of them far away, lossy, lame or dead (internet/world.h, internet/reply.h).
 *
 * Root hints have no ports: a real recursor asks port 53. So it stands in a network namespace as a rule, with all who
 * ask.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internet/net.h"
#include "names.h"

static const char help[] =
    "mxs_internet [--port N] [--truth PORT] [--hints FILE] [--seconds N] [WORLD]    serves\n"
    "mxs_internet --list N [--first K] [--tell] [WORLD]                             prints N names, with the shares of "
    "WORLD exactly\n"
    "WORLD: --seed N --operators N --limit PER_S --near MS-MS --usual MS-MS --far MS-MS --share ILL=SHARE ... --sound\n"
    "       ILL: dead half-dead lossy lame half-lame limited slow-tcp no-edns far; --sound: no share of any; --usual "
    "and --near\n"
    "       are the round trips to operators (log-uniform) and to the root and top-level domains (uniform)\n"
    "Prints `ready TRUTH` (127.0.0.1:PORT of who knows everything at once). Lines on stdin: counters, reset, down, "
    "up.\n"
    "Stops when stdin closes or after --seconds, then prints the counters.\n";

struct settings {
    struct net net;
    const char *hints;
    uint64_t list, first;
    bool lists, tell;
    unsigned seconds;
};

static _Noreturn void refuse(const char *what)
{
    fprintf(stderr, "mxs_internet: %s\n%s", what, help);
    exit(2);
}

static void read_share(struct world *world, const char *text)
{
    const char *is = strchr(text, '=');
    for (unsigned ill = HEALTHY + 1; is && ill < ILLS; ill++)
        if (strlen(ill_names[ill]) == (size_t)(is - text) && strncmp(ill_names[ill], text, (size_t)(is - text)) == 0) {
            world->share[ill] = atof(is + 1);
            return;
        }
    refuse("--share wants ILL=SHARE");
}

static struct span_ms read_span(const char *text)
{
    struct span_ms span;
    if (sscanf(text, "%lf-%lf", &span.from, &span.to) != 2 || !(span.from > 0) || span.to < span.from)
        refuse("a span is MS-MS");
    return span;
}

static void read_options(struct settings *settings, int argc, char **argv)
{
    static const struct option options[] = {
        {"port", 1, 0, 'p'}, {"truth", 1, 0, 't'}, {"hints", 1, 0, 'H'}, {"seconds", 1, 0, 's'}, {"list", 1, 0, 'l'},
        {"first", 1, 0, 'f'}, {"tell", 0, 0, 'T'}, {"seed", 1, 0, 'S'}, {"operators", 1, 0, 'o'}, {"limit", 1, 0, 'L'},
        {"near", 1, 0, 'n'}, {"usual", 1, 0, 'u'}, {"far", 1, 0, 'F'}, {"share", 1, 0, 'x'}, {"sound", 0, 0, '0'},
        {"help", 0, 0, 'h'}, {0, 0, 0, 0}};
    struct world *world = &settings->net.world;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (option) {
        case 'p': settings->net.port = (uint16_t)atoi(optarg); break;
        case 't': settings->net.truth_port = (uint16_t)atoi(optarg); break;
        case 'H': settings->hints = optarg; break;
        case 's': settings->seconds = (unsigned)atoi(optarg); break;
        case 'l': settings->list = strtoull(optarg, NULL, 10); settings->lists = true; break;
        case 'f': settings->first = strtoull(optarg, NULL, 10); break;
        case 'T': settings->tell = true; break;
        case 'S': world->seed = strtoull(optarg, NULL, 10); break;
        case 'o': world->operators = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'L': world->limit_per_s = (unsigned)atoi(optarg); break;
        case 'n': world->near = read_span(optarg); break;
        case 'u': world->usual = read_span(optarg); break;
        case 'F': world->far = read_span(optarg); break;
        case 'x': read_share(world, optarg); break;
        case '0': memset(world->share, 0, sizeof world->share); break;
        case 'h': fputs(help, stdout); exit(0);
        default: refuse("no such option");
        }
    if (!world_sound(world))
        refuse("shares add up to 1 at most, operators are 1,024 to 1,048,576");
}

/* ---- the list */

/* Each kind of trouble comes when its share is due, so that a list has as many of each as it should: a name is drawn
 * until one lies there. What is drawn and not wanted is not used again. */
static void print_list(const struct settings *settings)
{
    const struct world *world = &settings->net.world;
    double due[ILLS] = {0};
    uint64_t number = settings->first;
    for (unsigned ill = HEALTHY + 1; ill < ILLS; ill++)
        due[ill] = 0.5;
    for (uint64_t i = 0; i < settings->list; i++) {
        enum ill wanted = HEALTHY;
        for (unsigned ill = HEALTHY + 1; ill < ILLS; ill++) {
            due[ill] += world->share[ill];
            if (due[ill] >= 1 && (wanted == HEALTHY || due[ill] > due[wanted]))
                wanted = (enum ill)ill;
        }
        due[wanted] -= wanted == HEALTHY ? 0 : 1;
        for (;;) {
            char text[NAMES_ROOM];
            uint8_t name[WIRE_NAME_MAX];
            struct position position;
            int length = names_make(number++, text);
            world_find(world, name, wire_name(text, (size_t)length, name), &position);
            bool there = position.level == ZONE;
            if (there ? position.ill != wanted : wanted != HEALTHY)
                continue;
            if (settings->tell)
                printf("%s\t%s\n", text, there ? ill_names[position.ill] : "absent");
            else
                puts(text);
            break;
        }
    }
}

/* ---- serving */

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static bool write_hints(const struct settings *settings)
{
    FILE *file = fopen(settings->hints, "w");
    uint8_t name[NS_ROOM];
    char text[1024];
    if (!file)
        return false;
    for (unsigned i = 0; i < SERVERS_MOST; i++) {
        uint32_t address = world_address(ROOT_SERVER, 0, i);
        world_ns(&settings->net.world, ROOT_SERVER, 0, i, name);
        fprintf(file, ". 3600000 IN NS %s.\n", wire_text(name, text));
        fprintf(file, "%s. 3600000 IN A %u.%u.%u.%u\n", text, address >> 24, address >> 16 & 255, address >> 8 & 255,
                address & 255);
    }
    return fclose(file) == 0;
}

/* False: stdin closed. */
static bool control(struct net *net)
{
    static char line[256];
    static size_t used;
    ssize_t got = read(STDIN_FILENO, line + used, sizeof line - 1 - used);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    used += (size_t)got;
    line[used] = 0;
    for (char *end; (end = strchr(line, '\n')) != NULL; used = strlen(line)) {
        *end = 0;
        bool known = true;
        if (strcmp(line, "counters") == 0)
            net_print(net, stdout);
        else if (strcmp(line, "reset") == 0)
            net_reset(net);
        else if (strcmp(line, "down") == 0 || strcmp(line, "up") == 0)
            net->down = line[0] == 'd';
        else
            known = false;
        if (strcmp(line, "counters") != 0)
            puts(known ? "ok" : "error: no such command");
        fflush(stdout);
        memmove(line, end + 1, strlen(end + 1) + 1);
    }
    return used < sizeof line - 1;
}

int main(int argc, char **argv)
{
    static struct settings settings = {.net.port = 53, .seconds = 600};
    struct net *net = &settings.net;
    struct sigaction action = {.sa_handler = on_signal};
    world_init(&net->world);
    read_options(&settings, argc, argv);
    reply_init();
    if (settings.lists) {
        print_list(&settings);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (!net_open(net) || !net_watch(net, STDIN_FILENO, EVENT_CONTROL, 0) ||
        (settings.hints && !write_hints(&settings))) {
        perror("mxs_internet: cannot serve");
        return 1;
    }
    printf("ready 127.0.0.1:%u\n", net->truth_port);
    fflush(stdout);
    uint64_t end_ns = net_now_ns() + settings.seconds * 1000000000ull;
    bool open = true;
    while (!stopping && open && net_now_ns() < end_ns)
        if (net_turn(net, 1000))
            open = control(net);
    net_print(net, stdout);
    net_close(net);
    return 0;
}
