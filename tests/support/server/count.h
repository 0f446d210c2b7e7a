/* What a test server saw: counted here, printed as one JSON object. */
#ifndef MXS_TESTS_COUNT_H
#define MXS_TESTS_COUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rule.h"

/* A growing map from a hash to a small number. */
struct slots {
    struct slot { uint64_t key; uint32_t value; } *slot;
    uint32_t mask;
};
struct counter {
    struct slots now, before; /* before: of which slots from `moved` on are still to be moved */
    uint32_t used, moved;
};
void counter_init(struct counter *counter);
void counter_finish(struct counter *counter);
void counter_reset(struct counter *counter);
/* The number behind a key, 0 at first. Valid until the next call. */
uint32_t *counter_at(struct counter *counter, uint64_t key);

/* The most events in any 100 ms, in steps of one millisecond. Sockets are read one after the other, so that an older
 * event may come after a younger one: within WINDOW_RING milliseconds it is counted where it belongs. */
#define WINDOW_MS 100u
#define WINDOW_RING 2048u
struct window {
    uint64_t last_ms;
    uint32_t bucket[WINDOW_RING], max;
};
void window_put(struct window *window, uint64_t ms);

struct server_count {
    char address[64];
    uint64_t datagrams_in, datagrams_out, bad_in, questions, tcp_connections, tcp_questions;
    uint8_t ports_seen[65536 / 8];
    uint16_t port_open[65536];
    uint32_t ports, in_flight, max_in_flight, max_port_in_flight;
    struct window window;
};

struct counts {
    struct server_count *servers; /* SERVERS_MAX, mapped: 9 MB that a leak checker would read at the end */
    unsigned server_count;
    uint64_t impacts[32], forged, capacity_over, types[256], root, root_ns;
    uint32_t in_flight, max_in_flight, max_suffix;
    char max_suffix_name[1024];
    struct window window;
    struct counter suffixes;
    unsigned suffix_labels;
};

/* A question between its arrival and its answer. */
struct flight {
    uint64_t suffix;
    uint16_t server, port;
};

void counts_init(struct counts *counts, unsigned suffix_labels);
void counts_finish(struct counts *counts);
/* Forgets everything seen, keeps the servers. */
void counts_reset(struct counts *counts);
struct flight counts_begin(struct counts *counts, unsigned server, uint16_t port, bool tcp,
                           const struct question *question, uint64_t ms);
void counts_end(struct counts *counts, const struct flight *flight);
void counts_print(const struct counts *counts, FILE *file);

#endif
