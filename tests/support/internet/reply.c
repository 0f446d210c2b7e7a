#include "reply.h"

#include <string.h>

#include "../server/generate.h"
#include "content.h"

enum { TTL_NEGATIVE_S = 300, TTL_NS_S = 86400, PAYLOAD = 1232, TYPE_DS = 43, CHAIN_MAX = 8 };

struct message {
    uint8_t *data;
    uint32_t used;
    uint16_t answers, authority, additional;
};

void reply_init(void) { memcpy(generate_tld, "\4info", sizeof generate_tld); }

static void begin(struct message *message, const struct question *question, uint8_t *out)
{
    *message = (struct message){.data = out, .used = WIRE_HEADER + question->section_size};
    memset(out, 0, WIRE_HEADER);
    wire_set16(out, 0, question->id);
    out[2] = (uint8_t)(0x80 | question->recursion_desired);
    wire_set16(out, COUNT_QUESTIONS, 1);
    memcpy(out + WIRE_HEADER, question->section, question->section_size);
}

static void put_opt(struct message *message)
{
    static const uint8_t opt[11] = {0, 0, TYPE_OPT, PAYLOAD >> 8, PAYLOAD & 255};
    memcpy(message->data + message->used, opt, sizeof opt);
    message->used += (uint32_t)sizeof opt;
    message->additional++;
}

/* Counts, EDNS, and TC in place of the records if they are too many. */
static uint32_t end(struct message *message, const struct question *question, uint32_t most)
{
    uint32_t opt = question->payload ? 11 : 0;
    if (message->used + opt > most) {
        message->used = WIRE_HEADER + question->section_size;
        message->answers = message->authority = message->additional = 0;
        wire_set_truncated(message->data);
    }
    if (question->payload)
        put_opt(message);
    wire_set16(message->data, COUNT_ANSWERS, message->answers);
    wire_set16(message->data, COUNT_AUTHORITY, message->authority);
    wire_set16(message->data, COUNT_ADDITIONAL, message->additional);
    return message->used;
}

static void put_fixed(struct message *message, uint16_t type, uint32_t ttl_s, const void *data, uint32_t size)
{
    uint8_t *to = message->data + message->used;
    wire_set16(to, 0, type);
    wire_set16(to, 2, 1);
    wire_set16(to, 4, (uint16_t)(ttl_s >> 16));
    wire_set16(to, 6, (uint16_t)ttl_s);
    wire_set16(to, 8, (uint16_t)size);
    memcpy(to + 10, data, size);
    message->used += 10 + size;
}

static void put_owner(struct message *message, const void *name, uint32_t size)
{
    memcpy(message->data + message->used, name, size);
    message->used += size;
}

/* The suffix of the question's name that begins there. */
static void put_suffix(struct message *message, const struct question *question, uint32_t at)
{
    uint8_t pointer[2];
    wire_set16(pointer, 0, (uint16_t)(0xc000 | (WIRE_HEADER + at)));
    put_owner(message, question->name[at] == 0 ? (const uint8_t *)"" : pointer, question->name[at] == 0 ? 1 : 2);
}

static void put_denial(struct message *message, const struct question *question, uint32_t zone_at)
{
    uint8_t soa[2 * WIRE_NAME_MAX + 64];
    put_suffix(message, question, zone_at);
    put_fixed(message, TYPE_SOA, TTL_NEGATIVE_S, soa,
              content_soa(question->name + zone_at, question->name_size - zone_at, soa));
    message->authority++;
}

static void put_address(struct message *message, const uint8_t *name, uint32_t size, uint32_t address)
{
    uint32_t wire = __builtin_bswap32(address);
    put_owner(message, name, size);
    put_fixed(message, TYPE_A, TTL_NS_S, &wire, 4);
    message->additional++;
}

/* The servers of what begins at zone_at, into the answer or the authority section. index: operator or top-level domain.
 */
static void put_servers(struct message *message, const struct world *world, const struct question *question,
                        uint32_t zone_at, enum role role, uint32_t index, unsigned count)
{
    uint8_t name[NS_ROOM];
    for (unsigned i = 0; i < count; i++) {
        uint32_t size = world_ns(world, role, index, i, name);
        put_suffix(message, question, zone_at);
        put_fixed(message, TYPE_NS, TTL_NS_S, name, size);
    }
}

static void put_glue(struct message *message, const struct world *world, enum role role, uint32_t index, unsigned count,
                     int group)
{
    uint8_t name[NS_ROOM];
    for (unsigned i = 0; i < count; i++) {
        if (group >= 0 && (int)world_group(world_ns_tld(index, i)) != group)
            continue; /* under another top-level domain: not known here */
        uint32_t size = world_ns(world, role, index, i, name);
        put_address(message, name, size, world_address(role, role == TLD_SERVER ? world_group(index) : index, i));
    }
}

static void refer_tld(struct message *message, const struct world *world, const struct question *question,
                      const struct position *position)
{
    put_servers(message, world, question, position->tld_at, TLD_SERVER, position->tld, SERVERS_MOST);
    message->authority = SERVERS_MOST;
    put_glue(message, world, TLD_SERVER, position->tld, SERVERS_MOST, -1);
}

static void refer_zone(struct message *message, const struct world *world, const struct question *question,
                       const struct position *position)
{
    unsigned count = world_servers_of(world, position->operator_index);
    put_servers(message, world, question, position->zone_at, OPERATOR_SERVER, position->operator_index, count);
    message->authority = (uint16_t)count;
    put_glue(message, world, OPERATOR_SERVER, position->operator_index, count, (int)world_group(position->tld));
}

/* A zone of servers only: the root, or a top-level domain. True: the name exists. */
static bool put_registry(struct message *message, const struct world *world, const struct question *question,
                         enum role role, const struct position *position)
{
    uint32_t index = role == TLD_SERVER ? position->tld : 0,
             zone_at = role == TLD_SERVER ? position->tld_at : question->name_size - 1;
    uint32_t group = role == TLD_SERVER ? world_group(position->tld) : 0;
    uint8_t data[2 * WIRE_NAME_MAX + 64];
    if (question->name_size - zone_at == question->name_size) { /* the zone itself */
        if (question->type == TYPE_NS) {
            put_servers(message, world, question, 0, role, index, SERVERS_MOST);
            message->answers = SERVERS_MOST;
            put_glue(message, world, role, index, SERVERS_MOST, -1);
        } else if (question->type == TYPE_SOA) {
            put_suffix(message, question, 0);
            put_fixed(message, TYPE_SOA, TTL_NEGATIVE_S, data, content_soa(question->name, question->name_size, data));
            message->answers = 1;
        }
        return true;
    }
    for (unsigned i = 0; i < SERVERS_MOST; i++) {
        uint32_t size = world_ns(world, role, index, i, data);
        if (size != question->name_size || memcmp(data, question->name, size) != 0)
            continue;
        uint32_t wire = __builtin_bswap32(world_address(role, group, i));
        if (question->type == TYPE_A) {
            put_suffix(message, question, 0);
            put_fixed(message, TYPE_A, TTL_NS_S, &wire, 4);
            message->answers = 1;
        }
        return true;
    }
    const uint8_t *first = question->name;
    bool above = (*first == 3 && memcmp(first + 1, "nic", 3) == 0) ||
                 (*first == 2 && memcmp(first + 1, "co", 2) == 0) || (*first == 4 && memcmp(first + 1, "root", 4) == 0);
    return above;
}

static unsigned put_content(struct message *message, const struct world *world, const struct question *question,
                            const struct position *position)
{
    static struct records records;
    content_find(world, position, question, &records);
    memcpy(message->data + message->used, records.data, records.size);
    message->used += records.size;
    message->answers = (uint16_t)(message->answers + records.count);
    return records.rcode;
}

static unsigned answer_root(struct message *message, const struct world *world, const struct question *question,
                            const struct position *position)
{
    if (position->level != ROOT && position->level != ABSENT_TLD) {
        refer_tld(message, world, question, position);
        return RCODE_NOERROR;
    }
    message->data[2] |= 4;
    bool exists = put_registry(message, world, question, ROOT_SERVER, position);
    if (message->answers == 0)
        put_denial(message, question, question->name_size - 1);
    return exists ? RCODE_NOERROR : RCODE_NXDOMAIN;
}

static unsigned answer_tld(struct message *message, const struct world *world, const struct question *question,
                           const struct position *position)
{
    bool apex_ds = position->level == ZONE && position->zone_at == 0 && question->type == TYPE_DS;
    if (position->level == ZONE && !apex_ds) {
        refer_zone(message, world, question, position);
        return RCODE_NOERROR;
    }
    message->data[2] |= 4;
    bool exists = apex_ds || (position->level == TLD && put_registry(message, world, question, TLD_SERVER, position));
    if (message->answers == 0)
        put_denial(message, question, position->tld_at);
    return exists ? RCODE_NOERROR : RCODE_NXDOMAIN;
}

uint32_t reply_authority(const struct world *world, const struct host *host, const struct question *question,
                         uint32_t most, uint8_t out[REPLY_ROOM])
{
    struct message message;
    struct position position;
    unsigned rcode = RCODE_REFUSED;
    begin(&message, question, out);
    world_find(world, question->name, question->name_size, &position);
    if (host->role == ROOT_SERVER) {
        rcode = answer_root(&message, world, question, &position);
    } else if (host->role == TLD_SERVER && position.level >= TLD && world_group(position.tld) == host->index) {
        rcode = answer_tld(&message, world, question, &position);
    } else if (host->role == OPERATOR_SERVER && position.level == ZONE && position.operator_index == host->index) {
        out[2] |= 4;
        rcode = put_content(&message, world, question, &position);
        if (message.answers == 0)
            put_denial(&message, question, position.zone_at);
    }
    wire_set_rcode(out, rcode);
    return end(&message, question, most);
}

/* Follows an alias: the records of its target, owned by a pointer to where the alias names it. */
static unsigned follow(struct message *message, const struct world *world, const struct question *question,
                       uint32_t record_at)
{
    struct question target = *question;
    struct position position;
    unsigned rcode = RCODE_NOERROR;
    for (unsigned links = 0; links < CHAIN_MAX; links++) {
        if (question->type == TYPE_CNAME || wire_get16(message->data, record_at + 2) != TYPE_CNAME)
            return rcode;
        uint32_t target_at = record_at + 12, begun = message->used;
        target.name_size = wire_get16(message->data, record_at + 10);
        memcpy(target.name, message->data + target_at, target.name_size);
        world_find(world, target.name, target.name_size, &position);
        if (position.level != ZONE)
            return position.level == ABSENT_TLD || position.level == ABSENT_ZONE ? RCODE_NXDOMAIN : RCODE_NOERROR;
        rcode = put_content(message, world, &target, &position);
        for (uint32_t at = begun; at < message->used; at += 12u + wire_get16(message->data, at + 10))
            wire_set16(message->data, at, (uint16_t)(0xc000 | target_at));
        if (message->used == begun)
            return rcode;
        record_at = begun;
    }
    return rcode;
}

uint32_t reply_truth(const struct world *world, const struct question *question, uint32_t most, uint8_t out[REPLY_ROOM])
{
    struct message message;
    struct position position;
    unsigned rcode = RCODE_NXDOMAIN;
    begin(&message, question, out);
    out[3] = 0x80;
    world_find(world, question->name, question->name_size, &position);
    uint32_t zone_at = position.level == ZONE  ? position.zone_at
                       : position.level >= TLD ? position.tld_at
                                               : question->name_size - 1;
    if (position.level == ZONE) {
        uint32_t begun = message.used;
        rcode = put_content(&message, world, question, &position);
        if (message.answers > 0)
            rcode = follow(&message, world, question, begun);
    } else if (position.level == ROOT || position.level == TLD) {
        rcode = put_registry(&message, world, question, position.level == TLD ? TLD_SERVER : ROOT_SERVER, &position)
                    ? RCODE_NOERROR
                    : RCODE_NXDOMAIN;
    }
    if (message.answers == 0)
        put_denial(&message, question, zone_at);
    wire_set_rcode(out, rcode);
    return end(&message, question, most);
}

uint32_t reply_empty(const struct question *question, unsigned rcode, bool truncated, bool edns,
                     uint8_t out[REPLY_ROOM])
{
    struct message message;
    begin(&message, question, out);
    wire_set_rcode(out, rcode);
    if (truncated)
        wire_set_truncated(out);
    if (edns && question->payload)
        put_opt(&message);
    wire_set16(out, COUNT_ADDITIONAL, message.additional);
    return message.used;
}
