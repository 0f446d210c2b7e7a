#include <stdlib.h>
#include <string.h>

#include "mangle.h"
#include "server.h"

static uint32_t limit_of(const struct question *question, bool tcp)
{
    return tcp ? WIRE_MESSAGE_MAX : question->payload ? question->payload : 512;
}

/* The honest form of a content: records, or nothing and the authority's SOA; TC and an empty body when it does not fit. */
static uint32_t write_content(const struct content *content, const struct question *question, uint32_t limit, bool soa,
                              bool opt, uint8_t *data)
{
    struct writer writer;
    wire_begin(&writer, data, limit - (opt ? 11 : 0), question);
    bool truncated = content->truncate;
    uint16_t written = 0;
    for (; written < content->count && !truncated; written++)
        truncated = !wire_put(&writer, &content->items[written]);
    if (truncated) {
        wire_begin(&writer, data, limit, question);
        wire_set_truncated(data);
        written = 0;
    }
    wire_set16(data, COUNT_ANSWERS, written);
    bool negative = content->rcode == RCODE_NXDOMAIN || (content->rcode == RCODE_NOERROR && content->count == 0);
    if (soa && negative && !truncated && wire_put(&writer, &zone_soa))
        wire_set16(data, COUNT_AUTHORITY, 1);
    writer.limit = limit;
    if (opt)
        wire_put_opt(&writer, 1232);
    wire_set_rcode(data, content->rcode);
    return writer.used;
}

static void say_rcode(struct content *content, unsigned rcode)
{
    content->rcode = rcode;
    content->count = 0;
}

static void say_one(struct content *content, const struct rule *rule, uint16_t type)
{
    say_rcode(content, RCODE_NOERROR);
    if (type == TYPE_A && rule->impact == FATE_HIJACK) {
        content->items[content->count++] =
            (struct item){.data = rule->address, .ttl_s = 300, .type = TYPE_A, .size = 4, .name_at = -1};
    } else if (type == TYPE_MX && rule->host_size) {
        wire_set16(content->scratch, 0, 10);
        memcpy(content->scratch + 2, rule->host, rule->host_size);
        content->items[content->count++] = (struct item){.data = content->scratch, .ttl_s = 300, .type = TYPE_MX,
                                                         .size = (uint16_t)(rule->host_size + 2), .name_at = 2};
    }
}

/* A flipped bit that a careful reader can notice: in the id, a count, or the question. A bit inside an answer's data
 * is the business of the UDP checksum. */
static void flip_bit(uint8_t *data, const struct question *question, uint64_t draw)
{
    uint32_t room = 2 + 4 + question->section_size - 4;
    uint32_t at = (uint32_t)(draw % room);
    data[at < 2 ? at : at < 6 ? at + 2 : at + 6] ^= (uint8_t)(1u << (draw >> 32) % 8);
}

/* Applies the impact to the content; 0: no answer at all. */
static uint32_t write_fate(struct server *server, const struct asked *asked, const struct plan *plan)
{
    const struct question *question = asked->question;
    const struct rule *rule = plan->by_class[CLASS_IMPACT];
    struct content *content = &server->content;
    uint32_t limit = limit_of(question, asked->tcp), size;
    bool soa = true, opt = question->payload != 0;
    switch (rule ? rule->impact : FATE_NONE) {
    case FATE_NONE:
    case FATE_CORRUPT:
        break;
    case FATE_DROP:
        return 0;
    case FATE_RCODE:
        say_rcode(content, rule->number);
        break;
    case FATE_EDNS_FORMERR:
        say_rcode(content, RCODE_FORMERR);
        opt = false;
        break;
    case FATE_HEADER:
        say_rcode(content, rule->number);
        write_content(content, question, limit, false, false, server->out);
        wire_set16(server->out, COUNT_QUESTIONS, 0);
        return WIRE_HEADER;
    case FATE_EMPTY:
        say_rcode(content, RCODE_NOERROR);
        soa = false;
        break;
    case FATE_HIJACK:
        if (content->rcode == RCODE_NXDOMAIN)
            say_one(content, rule, question->type);
        break;
    case FATE_MX:
        if (question->type == TYPE_MX)
            say_one(content, rule, question->type);
        break;
    case FATE_TRUNCATE:
        content->truncate = true;
        break;
    case FATE_MALFORMED:
        return mangle_malformed(rule->number, plan->draw, question, server->out);
    case FATE_BOMB:
        size = mangle_bomb(rule->number, question, server->out);
        return asked->tcp || size < 65507 ? size : 65507;
    }
    if (content->drop)
        return 0;
    size = write_content(content, question, limit, soa, opt, server->out);
    if (rule && rule->impact == FATE_CORRUPT)
        flip_bit(server->out, question, plan->draw);
    return size;
}

static struct packet *make_packet(const struct origin *origin, const uint8_t *data, uint32_t size)
{
    struct packet *packet = malloc(sizeof *packet + size);
    if (!packet)
        abort();
    *packet = (struct packet){.origin = *origin, .size = size};
    memcpy(packet->data, data, size);
    packet->bytes = packet->data;
    return packet;
}

static void deliver(struct server *server, const struct packet *packet)
{
    if (packet->size) {
        if (packet->origin.connection < 0)
            udp_put(server, packet);
        else
            tcp_put(server, packet);
    }
    if (packet->ends)
        counts_end(server->counts, &packet->origin.flight);
}

void server_send(struct server *server, struct packet *packet, uint64_t delay_ns)
{
    if (delay_ns) {
        later_put(&server->later, server_now() + delay_ns, packet);
        return;
    }
    deliver(server, packet);
    free(packet);
}

void server_due(struct server *server, uint64_t now_ns)
{
    struct packet *packet;
    while ((packet = later_take(&server->later, now_ns)) != NULL) {
        deliver(server, packet);
        free(packet);
    }
}

/* One wrong answer, sent just before the true one (`late`: after it). */
static void forge_one(struct server *server, const struct asked *asked, const struct origin *origin, unsigned kind,
                      uint64_t delay_ns)
{
    static const uint64_t late_ns = 20000000;
    uint8_t data[1024];
    uint32_t size = mangle_poison(asked->question, data);
    if (kind == FORGE_ID)
        data[0] ^= 0x55;
    else if (kind == FORGE_QR)
        data[2] &= 0x7f;
    else if (kind == FORGE_QUESTION)
        data[WIRE_HEADER + (asked->question->name_size > 1)] ^= 1;
    struct packet *packet = make_packet(origin, data, size);
    packet->from = kind == FORGE_ADDRESS ? FROM_ADDRESS : kind == FORGE_PORT ? FROM_PORT : FROM_TRUE;
    server->counts->forged++;
    server_send(server, packet, kind == FORGE_LATE ? delay_ns + late_ns : delay_ns);
}

static void forge(struct server *server, const struct asked *asked, const struct origin *origin, const struct rule *rule,
                  uint64_t delay_ns, bool late)
{
    if (!rule || asked->tcp)
        return;
    for (unsigned kind = FORGE_ID; kind <= FORGE_LATE; kind <<= 1)
        if (rule->number & kind && (kind == FORGE_LATE) == late)
            forge_one(server, asked, origin, kind, delay_ns);
}

static void write_log(struct server *server, const struct asked *asked, const struct origin *origin, const struct plan *plan)
{
    static const char *const impacts[] = {"-", "drop", "rcode", "header", "empty", "hijack", "mx", "truncate",
                                        "edns-formerr", "malformed", "bomb", "corrupt"};
    char name[1024], type[16];
    const struct rule *rule = plan->by_class[CLASS_IMPACT];
    fprintf(server->log, "%.0f %u %s %u %s %s %u %s\n", asked->second * 1000, asked->server + 1,
            asked->tcp ? "tcp" : "udp", ntohs(origin->peer.v4.sin_port), wire_text(asked->question->name, name),
            wire_type_text(asked->question->type, type), asked->attempt, impacts[rule ? rule->impact : 0]);
}

/* The fast way of most answers: nothing waits, nothing is added, no memory taken. */
static bool send_plain(struct server *server, const struct origin *origin, const struct plan *plan, uint32_t size)
{
    if (plan->delay_ns || plan->by_class[CLASS_FORGE] || plan->by_class[CLASS_COPY] || origin->connection >= 0 || size == 0 ||
        size > DATAGRAM_ROOM)
        return false;
    struct packet plain = {.origin = *origin, .ends = true, .size = size, .bytes = server->out};
    deliver(server, &plain);
    return true;
}

static void send_planned(struct server *server, const struct asked *asked, const struct origin *origin,
                         const struct plan *plan, uint32_t size)
{
    struct packet *packet = make_packet(origin, server->out, size);
    const struct rule *tcp = plan->by_class[CLASS_TCP], *copy = plan->by_class[CLASS_COPY];
    packet->ends = true;
    packet->fault = tcp && asked->tcp ? tcp->fault : STREAM_NORMAL;
    forge(server, asked, origin, plan->by_class[CLASS_FORGE], plan->delay_ns, false);
    for (unsigned i = 0; copy && !asked->tcp && i < copy->number && size; i++)
        server_send(server, make_packet(origin, server->out, size), plan->delay_ns);
    forge(server, asked, origin, plan->by_class[CLASS_FORGE], plan->delay_ns, true);
    server_send(server, packet, size ? plan->delay_ns : server->hold_ns);
}

void server_answer(struct server *server, const struct origin *origin, const struct question *question)
{
    uint64_t now = server_now();
    struct plan plan;
    struct asked asked = {.question = question, .server = origin->server, .tcp = origin->connection >= 0, .now_ns = now};
    asked.hash = wire_mix(wire_hash(question->name, question->name_size) + question->type);
    asked.attempt = ++*counter_at(&server->attempts, asked.hash + asked.tcp * 0x51ed27u * 2);
    asked.second = (double)(now - server->first_ns) / 1e9;
    rules_decide(server->rules, &asked, &plan);
    const struct rule *impact = plan.by_class[CLASS_IMPACT], *capacity = plan.by_class[CLASS_CAPACITY];
    server->counts->impacts[impact ? impact->impact : 0]++;
    if (server->log)
        write_log(server, &asked, origin, &plan);
    zone_find(server->zone, question, &server->content);
    bool over = capacity && !rules_take(server->rules, capacity, origin->server, now);
    server->counts->capacity_over += over;
    if (over && capacity->number == 16)
        server->content.drop = true;
    else if (over)
        say_rcode(&server->content, capacity->number);
    if (over)
        plan.by_class[CLASS_IMPACT] = plan.by_class[CLASS_FORGE] = NULL;
    uint32_t size = write_fate(server, &asked, &plan);
    if (!send_plain(server, origin, &plan, size))
        send_planned(server, &asked, origin, &plan, size);
}
