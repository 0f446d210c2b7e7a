#include "world.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../server/generate.h"

const char *const ill_names[ILLS] = {"healthy",   "dead",    "half-dead", "lossy",   "lame",
                                     "half-lame", "limited", "slow-tcp",  "no-edns", "far"};

static const struct {
    const char *wire;
    uint8_t size, group;
} tlds[TLDS] = {{"\3com", 5, 0}, {"\3net", 5, 0}, {"\3org", 5, 1}, {"\2de", 4, 2}, {"\2co\2uk", 7, 3},
                {"\2nl", 4, 4}, {"\2fr", 4, 5}, {"\2it", 4, 6}, {"\4info", 6, 7}, {"\2eu", 4, 8}};
enum { CO_UK = 4 };

void world_init(struct world *world)
{
    *world = (struct world){
        .seed = 1, .operators = 4096, .near = {5, 40}, .usual = {4, 300}, .far = {1000, 3000}, .limit_per_s = 20};
    static const struct { enum ill ill; double share; } shares[] = {
        {DEAD, 0.002}, {HALF_DEAD, 0.01}, {LOSSY, 0.02}, {LAME, 0.001}, {HALF_LAME, 0.005}, {LIMITED, 0.01},
        {SLOW_TCP, 0.003}, {NO_EDNS, 0.005}, {FAR, 0.002}};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        world->share[shares[i].ill] = shares[i].share;
}

bool world_sound(const struct world *world)
{
    double sum = 0;
    for (unsigned ill = HEALTHY + 1; ill < ILLS; ill++) {
        if (!(world->share[ill] >= 0 && world->share[ill] <= 1))
            return false;
        sum += world->share[ill];
    }
    return sum <= 1 && world->operators >= 1024 && world->operators <= 1u << 20;
}

static uint64_t draw(const struct world *world, uint64_t of, uint64_t salt)
{
    return wire_mix(of ^ wire_mix(world->seed + salt));
}

/* Between 0 and 1. */
static double unit(uint64_t value) { return (double)(value >> 11) / 9007199254740992.0; }

/* ---- operators: eight large ones, then a pool for each kind of trouble, then the tail */

static uint32_t pool_of(const struct world *world) { return world->operators / 64; }

enum ill world_ill_of(const struct world *world, uint32_t operator_index)
{
    if (operator_index < BIG_OPERATORS)
        return HEALTHY;
    uint32_t pool = (operator_index - BIG_OPERATORS) / pool_of(world) + 1;
    return pool < ILLS ? (enum ill)pool : HEALTHY;
}

static uint32_t healthy_operator(const struct world *world, uint64_t hash)
{
    static const uint8_t weights[BIG_OPERATORS] = {20, 11, 6, 4, 3, 2, 2, 2};
    uint64_t die = draw(world, hash, 2);
    unsigned percent = (unsigned)(die % 100);
    for (uint32_t i = 0; i < BIG_OPERATORS; i++) {
        if (percent < weights[i])
            return i;
        percent -= weights[i];
    }
    uint32_t first = BIG_OPERATORS + (ILLS - 1) * pool_of(world), tail = world->operators - first;
    double at = unit(draw(world, hash, 3));
    return first + (uint32_t)(at * at * tail); /* some are larger than others */
}

static void choose_operator(const struct world *world, struct position *out)
{
    double at = unit(draw(world, out->hash, 1));
    out->ill = HEALTHY;
    for (unsigned ill = HEALTHY + 1; ill < ILLS && !out->known; ill++) {
        if (at < world->share[ill]) {
            out->ill = (enum ill)ill;
            out->operator_index =
                BIG_OPERATORS + (ill - 1) * pool_of(world) + (uint32_t)(draw(world, out->hash, 4) % pool_of(world));
            return;
        }
        at -= world->share[ill];
    }
    out->operator_index = healthy_operator(world, out->hash);
}

unsigned world_servers_of(const struct world *world, uint32_t operator_index)
{
    (void)world;
    return operator_index < BIG_OPERATORS ? 4 : 2;
}

/* ---- names */

static bool is_label(const uint8_t *at, const char *text)
{
    return *at == strlen(text) && memcmp(at + 1, text, *at) == 0;
}

/* prefix and a number, and nothing else. */
static bool numbered(const uint8_t *at, const char *prefix, uint32_t *number)
{
    uint32_t size = (uint32_t)strlen(prefix), value = 0;
    if (*at <= size || *at > size + 7 || memcmp(at + 1, prefix, size) != 0)
        return false;
    for (uint32_t i = size + 1; i <= *at; i++) {
        if (at[i] < '0' || at[i] > '9' || (i == size + 1 && at[i] == '0' && *at > i))
            return false;
        value = value * 10 + (at[i] - '0');
    }
    *number = value;
    return true;
}

static bool is_known(const uint8_t *label)
{
    static const char *const known[] = {"example", "gmail",       "outlook", "yahoo",
                                        "ripe",    "onmicrosoft", "sender",  "collector"};
    uint32_t number;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_label(label, known[i]))
            return true;
    return numbered(label, "mail", &number);
}

static unsigned tld_of(const uint8_t *name, uint32_t size)
{
    for (unsigned i = 0; i < TLDS; i++)
        if (size >= tlds[i].size && memcmp(name + size - tlds[i].size, tlds[i].wire, tlds[i].size) == 0)
            return i;
    return TLDS;
}

/* Where the labels in front of the top-level domain end, and the one before. False: the sizes do not fall on a label.
 */
static bool cut(const uint8_t *name, uint32_t tld_at, uint32_t *zone_at)
{
    uint32_t at = 0, last = 0;
    while (at < tld_at) {
        last = at;
        at += name[at] + 1u;
    }
    *zone_at = last;
    return at == tld_at;
}

void world_find(const struct world *world, const uint8_t *name, uint32_t size, struct position *out)
{
    static const uint8_t uk[] = "\2uk";
    uint32_t number;
    *out = (struct position){.level = ROOT};
    if (size <= 1)
        return;
    out->level = ABSENT_TLD;
    if (size == 8 && memcmp(name + 2, "\4root", 6) == 0) { /* the root's own servers */
        out->level = name[1] >= 'a' && name[1] < 'a' + SERVERS_MOST ? ROOT : ABSENT_TLD;
        return;
    }
    out->tld = tld_of(name, size);
    if (out->tld == TLDS && (size < sizeof uk || memcmp(name + size - sizeof uk, uk, sizeof uk) != 0))
        return;
    if (out->tld == TLDS) { /* uk itself, and what there is beside co.uk: nothing */
        out->tld = CO_UK;
        out->tld_at = size - (uint32_t)sizeof uk;
        out->level = out->tld_at == 0 ? TLD : ABSENT_ZONE;
        return;
    }
    out->tld_at = size - tlds[out->tld].size;
    if (!cut(name, out->tld_at, &out->zone_at))
        return;
    const uint8_t *label = name + out->zone_at;
    bool above = out->tld_at == 0;
    out->tld_at += out->tld == CO_UK ? 3 : 0; /* delegated is uk */
    out->level = above || is_label(label, "nic") ? TLD : ABSENT_ZONE;
    if (out->level == TLD || label[1] == '_')
        return;
    out->hash = wire_hash(label, size - out->zone_at);
    if (numbered(label, "op", &number)) {
        out->level = number < world->operators ? ZONE : ABSENT_ZONE;
        out->known = true;
        out->operator_index = number;
        out->ill = world_ill_of(world, number < world->operators ? number : 0);
        return;
    }
    out->known = is_known(label);
    if (out->known || draw(world, out->hash, 5) % 100 >= 2)
        out->level = ZONE;
    if (out->level == ZONE)
        choose_operator(world, out);
}

/* ---- servers */

unsigned world_group(unsigned tld) { return tlds[tld].group; }

const uint8_t *world_tld(unsigned tld, uint32_t *size)
{
    *size = tlds[tld].size;
    return (const uint8_t *)tlds[tld].wire;
}

uint32_t world_address(enum role role, uint32_t index, unsigned server)
{
    uint32_t base = role == ROOT_SERVER  ? 0x7f010001u
                    : role == TLD_SERVER ? 0x7f020001u + (index << 8)
                                         : 0x7f100000u + index * 4;
    return base + server;
}

/* A third of the operators have their second server under another top-level domain. */
unsigned world_ns_tld(uint32_t operator_index, unsigned server)
{
    static const uint8_t usual[] = {0, 1, 1, 0, 2, 3, 5, 8};
    uint64_t hash = wire_mix(operator_index + 77);
    return usual[server % 2 == 1 && hash % 3 == 0 ? (hash >> 16) % sizeof usual : (hash >> 8) % sizeof usual];
}

uint32_t world_ns(const struct world *world, enum role role, uint32_t index, unsigned server, uint8_t out[NS_ROOM])
{
    char text[NS_ROOM];
    uint32_t used;
    (void)world;
    if (role == ROOT_SERVER) {
        snprintf(text, sizeof text, "%c.root", 'a' + server);
        return wire_name(text, strlen(text), out);
    }
    if (role == TLD_SERVER)
        snprintf(text, sizeof text, "%c.nic", 'a' + server);
    else
        snprintf(text, sizeof text, "ns%u.op%u", server + 1, index);
    used = wire_name(text, strlen(text), out) - 1;
    unsigned tld = role == TLD_SERVER ? index : world_ns_tld(index, server);
    memcpy(out + used, tlds[tld].wire, tlds[tld].size);
    return used + tlds[tld].size;
}

static double latency_of(const struct world *world, uint32_t address, const struct host *host)
{
    double at = unit(draw(world, address, 6));
    if (host->role != OPERATOR_SERVER)
        return world->near.from + at * (world->near.to - world->near.from);
    if (host->ill == FAR)
        return world->far.from + at * (world->far.to - world->far.from);
    double most = host->index < BIG_OPERATORS ? fmin(world->usual.to, world->usual.from * 8) : world->usual.to;
    return world->usual.from * pow(most / world->usual.from, at);
}

void world_server(const struct world *world, uint32_t address, struct host *out)
{
    *out = (struct host){.role = NOBODY};
    if (address - 0x7f010001u < 4) {
        *out = (struct host){.role = ROOT_SERVER, .server = address - 0x7f010001u};
    } else if (address >> 16 == 0x7f02 && (address >> 8 & 255) < TLD_GROUPS && (address & 255) - 1 < 4) {
        *out = (struct host){.role = TLD_SERVER, .index = address >> 8 & 255, .server = (address & 255) - 1};
    } else if (address >= 0x7f100000u && (address - 0x7f100000u) / 4 < world->operators) {
        uint32_t index = (address - 0x7f100000u) / 4;
        if (address % 4 < world_servers_of(world, index))
            *out = (struct host){
                .role = OPERATOR_SERVER, .index = index, .server = address % 4, .ill = world_ill_of(world, index)};
    }
    if (out->role != NOBODY)
        out->latency_ms = latency_of(world, address, out);
}
