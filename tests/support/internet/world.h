/* A small internet as a function of names and addresses: who serves what, how far away and how well.
 *
 * The root, ten top-level domains and some thousands of hosting operators, each server at an address of its own in
 * 127.0.0.0/8. A registrable domain exists or not, and lies with an operator, by the hash of its name; nothing is
 * stored.
 *
 *     127.1.0.1 - 4      the root
 *     127.2.T.1 - 4      the servers of a group of top-level domains (com and net share one, as they do)
 *     127.16.0.0 + 4 N   operator N: up to four servers
 *
 * Half of the domains of healthy operators lie with eight large ones, with four servers near by; the others in a long
 * tail with two. Each class of broken operators has a pool of its own and its share of the names.
 */
#ifndef MXS_TESTS_INTERNET_WORLD_H
#define MXS_TESTS_INTERNET_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "../server/wire.h"

enum ill {
    HEALTHY,
    DEAD,      /* no server answers */
    HALF_DEAD, /* the first server does not answer */
    LOSSY,     /* three of ten questions are lost */
    LAME,      /* every server refuses */
    HALF_LAME, /* the first server refuses */
    LIMITED,   /* a server answers so many a second; of the others every second one gets TC, the rest nothing */
    SLOW_TCP,  /* answers records by TCP only, and there after a second or two */
    NO_EDNS,   /* FORMERR to whoever speaks EDNS */
    FAR,       /* one to three seconds away */
    ILLS
};

extern const char *const ill_names[ILLS];

struct span_ms {
    double from, to;
};

struct world {
    uint64_t seed;
    uint32_t operators;
    double share[ILLS]; /* of the names; [HEALTHY] is what is left */
    struct span_ms near, usual, far; /* root and top level: uniform; operators: log-uniform; those of FAR: uniform */
    unsigned limit_per_s;
};

enum { BIG_OPERATORS = 8, SERVERS_MOST = 4, TLDS = 10, TLD_GROUPS = 9, NS_ROOM = 40 };

void world_init(struct world *world);
/* False: the shares or the number of operators make no sense. */
bool world_sound(const struct world *world);

/* Where a name belongs. */
enum level { ROOT, ABSENT_TLD, TLD, ABSENT_ZONE, ZONE };
struct position {
    enum level level;
    unsigned tld;                  /* from TLD on */
    uint32_t tld_at,
        zone_at; /* offsets in the name of the zone of the top-level domain, and of the registrable domain */
    uint64_t hash;                 /* of the registrable domain, from here on for ZONE only */
    uint32_t operator_index;
    enum ill ill;
    bool known;                    /* a name this world is built of: an operator's, the hosts of MX hosts, controls */
};
void world_find(const struct world *world, const uint8_t *name, uint32_t size, struct position *out);

enum role { NOBODY, ROOT_SERVER, TLD_SERVER, OPERATOR_SERVER };
struct host {
    enum role role;
    uint32_t index; /* group of top-level domains, or operator */
    unsigned server;
    double latency_ms;
    enum ill ill;
};
/* The server at an address (host order). */
void world_server(const struct world *world, uint32_t address, struct host *out);

unsigned world_servers_of(const struct world *world, uint32_t operator_index);
unsigned world_group(unsigned tld);
const uint8_t *world_tld(unsigned tld, uint32_t *size); /* wire form with the closing 0 */
/* The wire name of a name server; returns its size. role: whose; index: operator, or top-level domain. */
uint32_t world_ns(const struct world *world, enum role role, uint32_t index, unsigned server, uint8_t out[NS_ROOM]);
/* The top-level domain that the name of an operator's server lies under. */
unsigned world_ns_tld(uint32_t operator_index, unsigned server);
/* The address behind it, in host order. */
uint32_t world_address(enum role role, uint32_t index, unsigned server);
enum ill world_ill_of(const struct world *world, uint32_t operator_index);

#endif
