#include "count.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *need(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static struct slots slots_make(uint32_t mask)
{
    return (struct slots){need(calloc(mask + 1u, sizeof(struct slot))), mask};
}

/* The slot of a key, or the empty one where it would stand. */
static struct slot *slot_of(const struct slots *slots, uint64_t key)
{
    uint32_t at = (uint32_t)(key >> 20) & slots->mask;
    while (slots->slot[at].key && slots->slot[at].key != key)
        at = (at + 1) & slots->mask;
    return &slots->slot[at];
}

void counter_init(struct counter *counter)
{
    *counter = (struct counter){.now = slots_make(4095)};
}

void counter_finish(struct counter *counter)
{
    free(counter->now.slot);
    free(counter->before.slot);
    *counter = (struct counter){0};
}

void counter_reset(struct counter *counter)
{
    counter_finish(counter);
    counter_init(counter);
}

static struct slot *counter_put(struct counter *counter, uint64_t key, uint32_t value)
{
    struct slot *slot = slot_of(&counter->now, key);
    if (!slot->key) {
        *slot = (struct slot){key, value};
        counter->used++;
    }
    return slot;
}

/* A few slots with each call: a table of millions moved at once takes a tenth of a second, in which nothing is
 * answered, and what is measured then is this server. */
static void counter_move(struct counter *counter)
{
    for (int i = 0; counter->before.slot && i < 8; i++) {
        struct slot *slot = &counter->before.slot[counter->moved];
        if (slot->key)
            (void)counter_put(counter, slot->key, slot->value);
        if (counter->moved++ == counter->before.mask) {
            free(counter->before.slot);
            counter->before = (struct slots){0};
        }
    }
}

uint32_t *counter_at(struct counter *counter, uint64_t key)
{
    key |= 1; /* 0 is an empty slot */
    if (counter->used * 2 > counter->now.mask) { /* what was before has long been moved */
        counter->before = counter->now;
        counter->now = slots_make(counter->before.mask * 2 + 1);
        counter->used = counter->moved = 0;
    }
    counter_move(counter);
    return &counter_put(counter, key, counter->before.slot ? slot_of(&counter->before, key)->value : 0)->value;
}

void window_put(struct window *window, uint64_t ms)
{
    if (ms >= window->last_ms + WINDOW_RING) {
        memset(window->bucket, 0, sizeof window->bucket);
        window->last_ms = ms;
    }
    while (window->last_ms < ms)
        window->bucket[++window->last_ms % WINDOW_RING] = 0;
    if (ms + WINDOW_RING <= window->last_ms + WINDOW_MS)
        ms = window->last_ms + WINDOW_MS - WINDOW_RING + 1;
    window->bucket[ms % WINDOW_RING]++;
    uint32_t sum = 0;
    for (uint64_t at = ms - WINDOW_MS + 1; at <= ms; at++)
        sum += window->bucket[at % WINDOW_RING];
    for (uint64_t end = ms; end <= window->last_ms && end < ms + WINDOW_MS; end++) {
        if (sum > window->max)
            window->max = sum;
        sum += window->bucket[(end + 1) % WINDOW_RING] - window->bucket[(end + 1 - WINDOW_MS) % WINDOW_RING];
    }
}

void counts_init(struct counts *counts, unsigned suffix_labels)
{
    void *servers = mmap(NULL, SERVERS_MAX * sizeof *counts->servers, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (servers == MAP_FAILED)
        abort();
    counts->servers = servers;
    counts->suffix_labels = suffix_labels;
    counter_init(&counts->suffixes);
}

void counts_finish(struct counts *counts)
{
    counter_finish(&counts->suffixes);
    munmap(counts->servers, SERVERS_MAX * sizeof *counts->servers);
}

void counts_reset(struct counts *counts)
{
    for (unsigned i = 0; i < counts->server_count; i++) {
        struct server_count *server = &counts->servers[i];
        char address[sizeof server->address];
        memcpy(address, server->address, sizeof address);
        *server = (struct server_count){0};
        memcpy(server->address, address, sizeof address);
    }
    struct counts kept = *counts;
    counter_reset(&kept.suffixes);
    *counts = (struct counts){.servers = kept.servers, .server_count = kept.server_count,
                              .suffix_labels = kept.suffix_labels, .suffixes = kept.suffixes};
}

static const uint8_t *suffix_of(const uint8_t *name, unsigned labels)
{
    unsigned have = 0;
    for (const uint8_t *at = name; *at; at += *at + 1)
        have++;
    for (; have > labels; have--)
        name += *name + 1;
    return name;
}

static void count_flight(struct counts *counts, struct server_count *server, const struct flight *flight,
                         const uint8_t *suffix)
{
    uint32_t open = ++*counter_at(&counts->suffixes, flight->suffix);
    if (open > counts->max_suffix) {
        counts->max_suffix = open;
        wire_text(suffix, counts->max_suffix_name);
    }
    if (++counts->in_flight > counts->max_in_flight)
        counts->max_in_flight = counts->in_flight;
    if (++server->in_flight > server->max_in_flight)
        server->max_in_flight = server->in_flight;
    if (flight->port && ++server->port_open[flight->port] > server->max_port_in_flight)
        server->max_port_in_flight = server->port_open[flight->port];
}

struct flight counts_begin(struct counts *counts, unsigned at, uint16_t port, bool tcp, const struct question *question,
                           uint64_t ms)
{
    struct server_count *server = &counts->servers[at];
    const uint8_t *suffix = suffix_of(question->name, counts->suffix_labels);
    uint32_t suffix_size = question->name_size - (uint32_t)(suffix - question->name);
    struct flight flight = {wire_hash(suffix, suffix_size), (uint16_t)at, tcp ? 0 : port};
    server->questions++;
    server->tcp_questions += tcp;
    counts->types[question->type & 255]++;
    if (question->name_size == 1) {
        counts->root++;
        counts->root_ns += question->type == TYPE_NS;
    }
    if (!tcp) {
        window_put(&server->window, ms);
        window_put(&counts->window, ms);
        if (!(server->ports_seen[port / 8] >> port % 8 & 1)) {
            server->ports_seen[port / 8] |= (uint8_t)(1 << port % 8);
            server->ports++;
        }
    }
    count_flight(counts, server, &flight, suffix);
    return flight;
}

/* Counters may have been reset while the question was open: nothing goes below zero. */
void counts_end(struct counts *counts, const struct flight *flight)
{
    struct server_count *server = &counts->servers[flight->server];
    uint32_t *open = counter_at(&counts->suffixes, flight->suffix);
    *open -= *open > 0;
    counts->in_flight -= counts->in_flight > 0;
    server->in_flight -= server->in_flight > 0;
    if (flight->port)
        server->port_open[flight->port] -= server->port_open[flight->port] > 0;
}

static void print_server(const struct server_count *s, FILE *file)
{
    fprintf(file,
            "{\"address\":\"%s\",\"questions\":%lu,\"datagrams_in\":%lu,\"datagrams_out\":%lu,\"bad_in\":%lu,"
            "\"tcp_connections\":%lu,\"tcp_questions\":%lu,\"ports\":%u,\"max_in_flight\":%u,"
            "\"max_port_in_flight\":%u,\"max_100ms\":%u}",
            s->address, s->questions, s->datagrams_in, s->datagrams_out, s->bad_in, s->tcp_connections,
            s->tcp_questions, s->ports, s->max_in_flight, s->max_port_in_flight, s->window.max);
}

void counts_print(const struct counts *counts, FILE *file)
{
    static const char *const impacts[] = {"none",     "drop",     "rcode",        "header",    "empty",  "hijack",
                                          "mx",       "truncate", "edns_refused", "malformed", "bomb",   "corrupt",
                                          "referral", "cut",      "beside",       "foreign",   "rotate", "dns64"};
    uint64_t questions = 0, in = 0, out = 0, bad = 0, tcp = 0;
    for (unsigned i = 0; i < counts->server_count; i++) {
        const struct server_count *s = &counts->servers[i];
        questions += s->questions;
        in += s->datagrams_in;
        out += s->datagrams_out;
        bad += s->bad_in;
        tcp += s->tcp_connections;
    }
    fprintf(file,
            "{\"questions\":%lu,\"datagrams_in\":%lu,\"datagrams_out\":%lu,\"bad_in\":%lu,\"tcp_connections\":%lu,",
            questions, in, out, bad, tcp);
    fprintf(file, "\"root\":%lu,\"root_ns\":%lu,\"max_100ms\":%u,\"max_in_flight\":%u,\"max_suffix_in_flight\":%u,",
            counts->root, counts->root_ns, counts->window.max, counts->max_in_flight, counts->max_suffix);
    fprintf(file, "\"max_suffix\":\"");
    for (const char *c = counts->max_suffix_name; *c; c++)
        fprintf(file, *c == '\\' ? "\\\\" : "%c", *c);
    fprintf(file, "\",\"forged\":%lu,\"over_capacity\":%lu,\"types\":{", counts->forged,
            counts->capacity_over);
    const char *comma = "";
    char type[16];
    for (unsigned i = 0; i < 256; i++)
        if (counts->types[i]) {
            fprintf(file, "%s\"%s\":%lu", comma, wire_type_text((uint16_t)i, type), counts->types[i]);
            comma = ",";
        }
    fprintf(file, "},\"faults\":{");
    comma = "";
    for (unsigned i = 1; i < sizeof impacts / sizeof *impacts; i++) {
        fprintf(file, "%s\"%s\":%lu", comma, impacts[i], counts->impacts[i]);
        comma = ",";
    }
    fprintf(file, "},\"servers\":[");
    for (unsigned i = 0; i < counts->server_count; i++) {
        fputs(i ? "," : "", file);
        print_server(&counts->servers[i], file);
    }
    fprintf(file, "]}\n");
    fflush(file);
}
