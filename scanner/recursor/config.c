/* Two settings are choices, measured over the small internet of tests/support, 3,000 names, 8 questions a name with
 * --checks all:
 * - qname-minimisation: without it a fifth fewer questions leave and the busiest operator gets half as many; the
 *   top-level domains get twice as many, and see the whole name, which for a list of domains is the domain. For MX
 *   alone there is no difference.
 * - unknown-server-time-limit: of names whose servers are 1 - 3 s away 64 % are not answered after 12 s with the
 *   default of 376 ms, 34 % with 1,000, 13 % with 2,000; names with one dead server of two are all answered within 5 s
 *   up to 1,000, and 63 % with 2,000.
 * target-fetch-policy stays what it is: "0 0 0 0 0" saves a fifth of all questions, and
 * leaves a quarter of the names with one dead server without an answer.
 *
 * Nothing here makes Unbound answer sooner than it knows, or later than it did: no stale answers (serve-expired), no
 * limit that answers SERVFAIL or is silent (ratelimit, wait-limit, discard-timeout), no list that throws out whoever
 * waits longest (num-queries-per-thread is above what the scan has open). What is left is room: for questions, sockets,
 * servers it knows. */
#include "scanner/recursor/config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define PACKAGED_ANCHOR "/usr/share/dns/root.key"
#define NAMES_PER_S \
    5000 /* of a thread, cold names, with a second core for who asks (2,100 beside much other work to 6,600) */
#define THREADS_MAX 64
#define QUERIES_MAX 16384
#define QUERY_BYTES 9000            /* an open question with its socket, as measured */
#define THREAD_BYTES (40u << 20)    /* buffers of TCP, region, sockets */
#define PROCESS_BYTES (24u << 20)
#define CACHE_MAX (4ull << 30)
#define CACHE_MIN (16ull << 20)
#define MEMORY_SHARE 4              /* a fourth of the memory is the caches' */
#define SOCKET_BYTES (4u << 20)
#define DESCRIPTORS_APART 512       /* for TCP and what else there is */

/* The keys of the root zone as IANA publishes them (those of 2017 and 2024), where the package with them is not
 * installed. */
static const char *const built_in_anchors[] = {
    ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16"};

/* ---- files ---- */

static enum mxs_err read_text(const char *option, const char *path, char **text, struct mxs_detail *detail)
{
    size_t size_bytes = 0;
    enum mxs_err err = mxs_file_read(path, text, &size_bytes);
    if (err == MXS_OK || err == MXS_ERR_MEMORY)
        return err == MXS_OK ? err : mxs_err_memory(detail, "reading what the recursor trusts");
    return mxs_err_set(detail, MXS_ERR_INPUT, "%s: %.300s: cannot be read (%s)", option, path,
                       err == MXS_ERR_FULL ? "larger than 16 MiB" : strerror(errno));
}

/* Every A and AAAA in a master file: the names do not matter, whoever is asked says who the root servers are. */
static enum mxs_err read_hints(struct mxs_recursor_config *config, const char *path, struct mxs_detail *detail)
{
    char *text = NULL, *lines = NULL;
    enum mxs_err err = read_text("--recursor-hints", path, &text, detail);
    if (err != MXS_OK)
        return err;
    for (char *line = strtok_r(text, "\n", &lines); line != NULL && config->root_count < MXS_RECURSOR_ROOTS;
         line = strtok_r(NULL, "\n", &lines)) {
        char *rest = NULL;
        bool next = false;
        line[strcspn(line, ";#\r")] = 0;
        for (char *word = strtok_r(line, " \t", &rest); word != NULL; word = strtok_r(NULL, " \t", &rest)) {
            uint8_t address[16];
            int family = strchr(word, ':') != NULL ? AF_INET6 : AF_INET;
            if (next && inet_pton(family, word, address) == 1)
                inet_ntop(family, address, config->roots[config->root_count++], sizeof config->roots[0]);
            next = strcasecmp(word, "A") == 0 || strcasecmp(word, "AAAA") == 0;
        }
    }
    free(text);
    if (config->root_count > 0)
        return MXS_OK;
    return mxs_err_set(detail, MXS_ERR_INPUT,
                       "--recursor-hints: %.300s: it holds no address of a root server: expected the format of"
                       " named.root, lines like `a.root. A 192.0.2.1`",
                       path);
}

static bool is_anchor(const char *line)
{
    return (strstr(line, " DS ") != NULL || strstr(line, " DNSKEY ") != NULL) &&
           strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=._- ") == strlen(line);
}

static void put_anchor(struct mxs_recursor_config *config, const char *text)
{
    if (config->anchor_count < MXS_RECURSOR_ANCHORS)
        snprintf(config->anchors[config->anchor_count++], MXS_RECURSOR_ANCHOR_SIZE, "%s", text);
}

static enum mxs_err read_anchors(struct mxs_recursor_config *config, const char *option, const char *path,
                                 struct mxs_detail *detail)
{
    char *text = NULL, *lines = NULL;
    enum mxs_err err = read_text(option, path, &text, detail);
    if (err != MXS_OK)
        return err;
    for (char *line = strtok_r(text, "\n", &lines); line != NULL; line = strtok_r(NULL, "\n", &lines)) {
        line[strcspn(line, ";\r")] = 0;
        for (char *at = line; *at != 0; at++)
            *at = *at == '\t' ? ' ' : *at;
        if (strlen(line) < MXS_RECURSOR_ANCHOR_SIZE && is_anchor(line))
            put_anchor(config, line);
    }
    free(text);
    if (config->anchor_count > 0)
        return MXS_OK;
    return mxs_err_set(detail, MXS_ERR_INPUT,
                       "%s: %.300s: it contains no trust anchor: expected DS or DNSKEY records, one per line", option,
                       path);
}

static enum mxs_err choose_anchors(struct mxs_recursor_config *config, const struct mxs_recursor_options *options,
                                   struct mxs_detail *detail)
{
    struct mxs_detail ignored;
    if (options->anchor != NULL)
        return read_anchors(config, "--recursor-anchor", options->anchor, detail);
    if (!options->validate || config->closed)
        return MXS_OK;
    if (read_anchors(config, "", PACKAGED_ANCHOR, &ignored) != MXS_OK)
        for (size_t i = 0; i < sizeof built_in_anchors / sizeof *built_in_anchors; i++)
            put_anchor(config, built_in_anchors[i]);
    return MXS_OK;
}

/* ---- sizes ---- */

static uint32_t power_of_two(uint64_t value)
{
    uint32_t power = 1;
    while (power < value)
        power *= 2;
    return power;
}

static uint64_t at_most(uint64_t value, uint64_t most) { return value < most ? value : most; }

static void choose_sizes(struct mxs_recursor_config *config, const struct mxs_recursor_machine *machine,
                         const struct mxs_recursor_options *options)
{
    uint32_t threads = options->threads != 0 ? options->threads : machine->cores > 1 ? machine->cores - 1 : 1;
    config->threads = (uint32_t)at_most(threads, THREADS_MAX);
    /* The kernel deals questions to threads by their ports, unevenly: each has room for twice its share. */
    uint64_t queries = power_of_two(2ull * options->in_flight / config->threads),
             most = machine->descriptors / config->threads;
    config->queries = (uint32_t)at_most(queries < 1024 ? 1024 : queries, QUERIES_MAX);
    most = most > 2 * DESCRIPTORS_APART ? most - DESCRIPTORS_APART : most / 2;
    config->outgoing = (uint32_t)at_most(2ull * config->queries, most);
    if (config->queries > config->outgoing)
        config->queries = config->outgoing;
    uint64_t cache = at_most(machine->memory_bytes / MEMORY_SHARE, CACHE_MAX);
    config->cache_bytes = cache < CACHE_MIN ? CACHE_MIN : cache;
    config->memory_bytes = config->cache_bytes + PROCESS_BYTES +
                           config->threads * (THREAD_BYTES + (uint64_t)config->queries * QUERY_BYTES);
    config->names_per_s = config->threads * NAMES_PER_S;
}

/* ---- lines ---- */

static struct mxs_recursor_line *put(struct mxs_recursor_config *config, const char *key, const char *why,
                                     const char *format, ...) MXS_PRINTF(4, 5);
static struct mxs_recursor_line *put(struct mxs_recursor_config *config, const char *key, const char *why,
                                     const char *format, ...)
{
    MXS_ASSERT(config->line_count < MXS_RECURSOR_LINES);
    struct mxs_recursor_line *line = &config->lines[config->line_count++];
    va_list args;
    *line = (struct mxs_recursor_line){.key = key, .why = why};
    va_start(args, format);
    vsnprintf(line->value, sizeof line->value, format, args);
    va_end(args);
    return line;
}

static void put_optional(struct mxs_recursor_config *config, const char *key, const char *why, const char *value)
{
    put(config, key, why, "%s", value)->optional = true;
}

static void put_room(struct mxs_recursor_config *config, const struct mxs_recursor_machine *machine)
{
    uint32_t slabs = power_of_two(config->threads), megabytes = (uint32_t)(config->cache_bytes >> 20);
    uint64_t hosts = at_most(config->cache_bytes / 2048, 1000000);
    put(config, "num-threads", "each with its own sockets and questions, one cache for all", "%u", config->threads);
    put(config, "so-reuseport", "the kernel deals the questions out to the threads", "yes");
    put(config, "num-queries-per-thread", "more than the scan has open: a full list throws out who waits longest", "%u",
        config->queries);
    put(config, "outgoing-range", "sockets to the authorities of a thread", "%u", config->outgoing);
    put(config, "msg-cache-size", "a third of the caches", "%um", megabytes / 3 > 0 ? megabytes / 3 : 1);
    put(config, "rrset-cache-size", "the rest", "%um", megabytes - megabytes / 3);
    put(config, "infra-cache-numhosts", "what is known of servers: who is dead is not asked again and again", "%llu",
        (unsigned long long)(hosts < 20000 ? 20000 : hosts));
    put(config, "msg-cache-slabs", "threads that wait for no lock", "%u", slabs);
    put(config, "rrset-cache-slabs", NULL, "%u", slabs);
    put(config, "infra-cache-slabs", NULL, "%u", slabs);
    put(config, "key-cache-slabs", NULL, "%u", slabs);
    put(config, "so-rcvbuf", "a burst of questions finds room", "%llu",
        (unsigned long long)at_most(SOCKET_BYTES, machine->socket_bytes));
    put(config, "so-sndbuf", NULL, "%llu", (unsigned long long)at_most(SOCKET_BYTES, machine->socket_bytes));
    put(config, "outgoing-num-tcp", "large answers come by TCP", "100");
    put(config, "incoming-num-tcp", "and are fetched by TCP", "100");
}

static void put_patience(struct mxs_recursor_config *config)
{
    put_optional(config, "discard-timeout", "an answer is sent however late it comes", "0");
    put_optional(config, "wait-limit", "one client may have any number of questions open", "0");
    put_optional(config, "wait-limit-cookie", NULL, "0");
    put(config, "serve-expired", "what was true yesterday is no fact", "no");
    put(config, "prefetch", "nobody asks twice", "no");
    put(config, "qname-minimisation",
        "the whole name at once: fewer questions to authorities, fewer round trips to far ones", "no");
    put_optional(config, "unknown-server-time-limit",
                 "the first wait for a server never met: those a second away are heard at once", "1000");
    put_optional(config, "ede", "says why an answer is missing", "yes");
}

static void put_trust(struct mxs_recursor_config *config)
{
    bool validates = config->anchor_count > 0;
    put(config, "module-config", validates ? "a check needs AD" : "no check needs AD",
        validates ? "\"validator iterator\"" : "\"iterator\"");
    if (config->closed)
        put(config, "do-not-query-localhost", "private root servers may run here", "no");
    if (config->closed)
        put(config, "local-zone", "and may serve this", "\"test.\" nodefault");
}

static void put_lines(struct mxs_recursor_config *config, const struct mxs_recursor_machine *machine)
{
    put_room(config, machine);
    put_patience(config);
    put_trust(config);
    put(config, "do-ip6", machine->ipv6 ? "there is a way by IPv6" : "there is no way by IPv6",
        machine->ipv6 ? "yes" : "no");
    put(config, "do-ip4", "and by IPv4", "yes");
    put(config, "access-control", "this machine alone", "127.0.0.0/8 allow");
}

enum mxs_err mxs_recursor_config_init(struct mxs_recursor_config *config, const struct mxs_recursor_machine *machine,
                                      const struct mxs_recursor_options *options, struct mxs_detail *detail)
{
    *config = (struct mxs_recursor_config){.closed = options->hints != NULL};
    enum mxs_err err = options->hints == NULL ? MXS_OK : read_hints(config, options->hints, detail);
    if (err == MXS_OK)
        err = choose_anchors(config, options, detail);
    if (err != MXS_OK)
        return err;
    choose_sizes(config, machine, options);
    put_lines(config, machine);
    return MXS_OK;
}

/* ---- text ---- */

struct text {
    char *out;
    size_t used;
    uint32_t number; /* lines so far */
};

static void MXS_PRINTF(2, 3) say(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text->out + text->used, MXS_RECURSOR_TEXT_SIZE - text->used, format, args);
    va_end(args);
    MXS_ASSERT(size >= 0 &&
               text->used + (size_t)size < MXS_RECURSOR_TEXT_SIZE); /* the limits of the struct see to that */
    text->used += (size_t)size;
    text->number++; /* every call is a line */
}

static void say_lines(struct text *text, struct mxs_recursor_config *config)
{
    for (uint32_t i = 0; i < config->line_count; i++) {
        struct mxs_recursor_line *line = &config->lines[i];
        if (line->dropped)
            continue;
        if (line->why != NULL)
            say(text, "    # %s\n", line->why);
        say(text, "    %s: %s\n", line->key, line->value);
        line->number = text->number;
    }
    for (uint32_t i = 0; i < config->anchor_count; i++)
        say(text, "    trust-anchor: \"%s\"\n", config->anchors[i]);
}

size_t mxs_recursor_config_text(struct mxs_recursor_config *config, uint16_t port, char out[MXS_RECURSOR_TEXT_SIZE])
{
    struct text text = {.out = out};
    say(&text, "server:\n");
    if (port != 0) {
        say(&text, "    interface: 127.0.0.1@%u\n", port);
        /* no files: what is not in this text, Unbound need not open */
        for (const char *const *key =
                 (const char *const[]){"username", "chroot", "directory", "pidfile", "logfile", NULL};
             *key != NULL; key++)
            say(&text, "    %s: \"%s\"\n", *key, strcmp(*key, "directory") == 0 ? "/" : "");
        say(&text, "    use-syslog: no\n");
        say(&text, "    do-daemonize: no\n");
    }
    say_lines(&text, config);
    if (port != 0) {
        say(&text, "remote-control:\n");
        say(&text, "    control-enable: no\n");
    }
    if (config->root_count > 0) {
        say(&text, "stub-zone:\n");
        say(&text, "    name: \".\"\n");
        say(&text, "    stub-prime: yes\n");
    }
    for (uint32_t i = 0; i < config->root_count; i++)
        say(&text, "    stub-addr: %s\n", config->roots[i]);
    return text.used;
}

bool mxs_recursor_config_take(struct mxs_recursor_config *config, uint32_t number)
{
    for (uint32_t i = 0; i < config->line_count; i++) {
        struct mxs_recursor_line *line = &config->lines[i];
        if (line->number != number || !line->optional || line->dropped)
            continue;
        line->dropped = true;
        return true;
    }
    return false;
}
