#include "content.h"

#include <string.h>

#include "../policies.h"
#include "../server/generate.h"

static const struct generator hosts = {.pairs = 5000, .seed = 1};
enum { TTL_S = 3600, MANY_HOSTS = 80, TYPE_ANY = 255 };

void content_put(struct records *out, uint16_t type, const void *data, uint32_t size)
{
    static const uint8_t start[12] = {0xc0, WIRE_HEADER, 0, 0, 0, 1, 0, 0, TTL_S >> 8, TTL_S & 255};
    if (out->size + sizeof start + size > sizeof out->data)
        return;
    uint8_t *to = out->data + out->size;
    memcpy(to, start, sizeof start);
    wire_set16(to, 2, type);
    wire_set16(to, 10, (uint16_t)size);
    memcpy(to + sizeof start, data, size);
    out->size += (uint32_t)sizeof start + size;
    out->count++;
}

uint32_t content_soa(const uint8_t *zone, uint32_t zone_size, uint8_t *out)
{
    static const uint8_t numbers[20] = {0, 0, 0, 1, 0, 0, 0x0e, 0x10, 0, 0, 2, 0x58, 0, 1, 0x51, 0x80, 0, 0, 1, 0x2c};
    uint32_t used = 0;
    memcpy(out, "\3ns1", 4);
    used += 4;
    memcpy(out + used, zone, zone_size);
    used += zone_size;
    memcpy(out + used, "\4host", 5);
    used += 5;
    memcpy(out + used, zone, zone_size);
    used += zone_size;
    memcpy(out + used, numbers, sizeof numbers);
    return used + (uint32_t)sizeof numbers;
}

static bool is_label(const uint8_t *at, const char *text)
{
    return *at == strlen(text) && memcmp(at + 1, text, *at) == 0;
}

/* ---- what the hash of a domain decides */

enum kind { NOTHING, IMPLICIT, NULL_MX, OWN_HOSTS, MANY, POOL };

static enum kind kind_of(const struct position *position, const uint8_t *zone)
{
    unsigned die = (unsigned)(wire_mix(position->hash + 1) % 980);
    if (position->known)
        return is_label(zone, "example") || is_label(zone, "gmail") || is_label(zone, "outlook") ||
                       is_label(zone, "yahoo") || is_label(zone, "ripe")
                   ? POOL
                   : NOTHING;
    return die < 40    ? IMPLICIT
           : die < 60  ? NOTHING
           : die < 80  ? NULL_MX
           : die < 280 ? OWN_HOSTS
           : die < 283 ? MANY
                       : POOL;
}

static void put_mx(struct records *out, uint16_t preference, const uint8_t *host, uint32_t size)
{
    uint8_t data[2 + WIRE_NAME_MAX];
    wire_set16(data, 0, preference);
    memcpy(data + 2, host, size);
    content_put(out, TYPE_MX, data, size + 2);
}

static void put_pool_mx(struct records *out, uint32_t pair, unsigned which, uint16_t preference)
{
    uint8_t host[GENERATE_HOST_MAX];
    put_mx(out, preference, host, generate_host(pair, which, host));
}

static void put_mx_set(struct records *out, enum kind kind, const uint8_t *zone, uint32_t zone_size, uint64_t hash)
{
    uint64_t die = wire_mix(hash + 2);
    uint8_t own[4 + WIRE_NAME_MAX] = "\3mx1";
    if (kind == NULL_MX)
        put_mx(out, 0, (const uint8_t *)"", 1);
    for (unsigned which = 1; kind == OWN_HOSTS && which <= 1 + die % 2 && zone_size + 4 <= WIRE_NAME_MAX; which++) {
        own[3] = (uint8_t)('0' + which);
        memcpy(own + 4, zone, zone_size);
        put_mx(out, (uint16_t)(10 * which), own, zone_size + 4);
    }
    for (unsigned i = 0; kind == MANY && i < MANY_HOSTS; i++)
        put_pool_mx(out, (uint32_t)((hash + i) % hosts.pairs), 1 + i % 2, (uint16_t)(10 + i / 4));
    uint32_t pair = generate_pair(&hosts, hash);
    for (unsigned which = 1; kind == POOL && which <= (die % 10 < 3 ? 1u : 2u); which++)
        put_pool_mx(out, pair, which, (uint16_t)(die % 10 < 5 ? 10 : 10 * which));
}

/* A host of the domain's own, at a public address. */
static void put_address(struct records *out, uint16_t type, uint64_t hash, unsigned which)
{
    uint8_t address[16];
    uint32_t pair = (uint32_t)(hash % 4000000 + 4000000);
    if (type == TYPE_A) {
        generate_a(pair, which, address);
        content_put(out, TYPE_A, address, 4);
    } else if (type == TYPE_AAAA && generate_aaaa(pair, which, address)) {
        content_put(out, TYPE_AAAA, address, 16);
    }
}

/* ---- names */

/* What is published beside the MX (policies.h), where there is something: its records if they are of the type or an
 * alias. */
static void put_policies(struct records *out, const struct question *question)
{
    struct question asked = *question;
    unsigned rcode = RCODE_NOERROR;
    uint16_t count = 0;
    asked.type = is_label(question->name, "autodiscover") ? TYPE_CNAME : TYPE_TXT;
    uint32_t size = policies_put(&asked, out->data, &count, &rcode);
    uint16_t type = size > 0 ? wire_get16(out->data, 2) : 0;
    out->rcode = rcode;
    if (size > 0 && (type == question->type || type == TYPE_CNAME)) {
        out->size = size;
        out->count = count;
    }
}

static void put_apex(const struct world *world, const struct position *position, const struct question *question,
                     struct records *out)
{
    const uint8_t *zone = question->name;
    uint8_t data[2 * WIRE_NAME_MAX + 64];
    enum kind kind = kind_of(position, zone);
    switch (question->type) {
    case TYPE_NS:
        for (unsigned i = 0; i < world_servers_of(world, position->operator_index); i++)
            content_put(out, TYPE_NS, data, world_ns(world, OPERATOR_SERVER, position->operator_index, i, data));
        break;
    case TYPE_SOA: content_put(out, TYPE_SOA, data, content_soa(zone, question->name_size, data)); break;
    case TYPE_MX: put_mx_set(out, kind, zone, question->name_size, position->hash); break;
    case TYPE_A:
    case TYPE_AAAA:
        if (kind != NOTHING && (kind == IMPLICIT || position->hash % 10 < 7))
            put_address(out, question->type, position->hash, 0);
        break;
    case TYPE_TXT:
        if (kind != NOTHING)
            put_policies(out, question);
        break;
    default: break;
    }
}

/* A server of the operator whose own domain this is. */
static bool put_server(const struct world *world, const struct position *position, const struct question *question,
                       struct records *out)
{
    const uint8_t *zone = question->name + position->zone_at;
    if (zone[1] != 'o' || zone[2] != 'p' || zone[3] < '0' || zone[3] > '9' || position->zone_at != 4 ||
        !position->known)
        return false;
    for (unsigned i = 0; i < world_servers_of(world, position->operator_index); i++) {
        uint8_t name[NS_ROOM];
        uint32_t size = world_ns(world, OPERATOR_SERVER, position->operator_index, i, name);
        if (size != question->name_size || memcmp(name, question->name, size) != 0)
            continue;
        uint32_t address = __builtin_bswap32(world_address(OPERATOR_SERVER, position->operator_index, i));
        if (question->type == TYPE_A)
            content_put(out, TYPE_A, &address, 4);
        return true;
    }
    return false;
}

static bool put_host(const struct position *position, const struct question *question, struct records *out)
{
    const uint8_t *name = question->name;
    uint32_t pair;
    unsigned which;
    uint8_t address[16];
    if (generate_host_find(name, question->name_size, &pair, &which)) {
        if (pair >= hosts.pairs)
            return false;
        if (question->type == TYPE_A) {
            generate_a(pair, which, address);
            content_put(out, TYPE_A, address, 4);
        } else if (question->type == TYPE_AAAA && generate_aaaa(pair, which, address)) {
            content_put(out, TYPE_AAAA, address, 16);
        }
        return true;
    }
    if (position->known && is_label(name, "autodiscover") && is_label(name + position->zone_at, "outlook")) {
        put_address(out, question->type, position->hash, 1);
        return true;
    }
    bool own = position->zone_at == 4 &&
               (is_label(name, "mx1") || (is_label(name, "mx2") && wire_mix(position->hash + 2) % 2 == 1)) &&
               kind_of(position, name + position->zone_at) == OWN_HOSTS;
    if (own)
        put_address(out, question->type, position->hash, name[3] - '0' + 1u);
    return own;
}

/* Names that exist because something may lie below them. */
static bool is_above(const struct position *position, const uint8_t *name)
{
    static const char *const above[] = {"_tcp", "_tls", "_bimi", "_report"};
    for (size_t i = 0; i < sizeof above / sizeof *above; i++)
        if (is_label(name, above[i]))
            return true;
    return position->known && !memmem(name, position->zone_at, "\7_report\6_dmarc", 15) &&
           is_label(name + position->zone_at, "collector");
}

void content_find(const struct world *world, const struct position *position, const struct question *question,
                  struct records *out)
{
    const uint8_t *name = question->name, *second = name + *name + 1;
    out->rcode = RCODE_NOERROR;
    out->count = 0;
    out->size = 0;
    if (position->zone_at == 0) {
        put_apex(world, position, question, out);
        return;
    }
    if (put_server(world, position, question, out) || put_host(position, question, out) || is_above(position, name))
        return;
    if (name[1] == '_' || second[1] == '_' || is_label(name, "autodiscover") ||
        is_label(name + position->zone_at, "sender") || is_label(name + position->zone_at, "collector"))
        put_policies(out, question);
    else
        out->rcode = RCODE_NXDOMAIN;
}
