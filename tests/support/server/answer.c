#include <stdlib.h>
#include <string.h>

#include "mangle.h"
#include "server.h"

static uint32_t limit_of(const struct question *question, bool tcp)
{
    return tcp ? WIRE_MESSAGE_MAX : question->payload ? question->payload : 512;
}

/* How an answer is written. */
struct style {
    bool soa, own_soa, opt;
    int ede;          /* below 0: none */
    const char *text; /* of the extended error */
};

/* No record of the type: nothing at all, or a chain that leads to nothing. */
static bool is_negative(const struct content *content, const struct question *question)
{
    if (content->rcode != RCODE_NOERROR || content->count == 0)
        return content->rcode == RCODE_NXDOMAIN || content->rcode == RCODE_NOERROR;
    return content->items[content->count - 1].type == TYPE_CNAME && question->type != TYPE_CNAME;
}

/* The honest form of a content: records, or nothing and the authority's SOA; TC and an empty body when it does not fit.
 */
static uint32_t write_content(const struct content *content, const struct question *question, uint32_t limit,
                              const struct style *style, uint8_t *data)
{
    struct writer writer;
    uint32_t opt_size = !style->opt ? 0 : style->ede < 0 ? 11 : 17 + (uint32_t)strlen(style->text);
    wire_begin(&writer, data, limit - opt_size, question);
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
    bool negative = is_negative(content, question);
    struct item soa = zone_soa;
    soa.owner = style->own_soa ? question->name : soa.owner;
    if (style->soa && negative && !truncated && wire_put(&writer, &soa))
        wire_set16(data, COUNT_AUTHORITY, 1);
    writer.limit = limit;
    if (style->opt)
        wire_put_opt(&writer, 1232, style->ede, style->text);
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

/* NS of the zone and nothing else: who is asked does not know, and names who might. */
static uint32_t write_referral(const struct rule *rule, const struct question *question, const struct style *style,
                               uint8_t *data)
{
    static const uint8_t target[] = "\2ns\11elsewhere\4test";
    struct writer writer;
    const struct item ns = {
        .owner = rule->host, .data = target, .ttl_s = 300, .type = TYPE_NS, .size = sizeof target, .name_at = -1};
    wire_begin(&writer, data, 512, question);
    if (wire_put(&writer, &ns))
        wire_set16(data, COUNT_AUTHORITY, 1);
    if (style->opt)
        wire_put_opt(&writer, 1232, style->ede, style->text);
    return writer.used;
}

static struct item cname_of(struct content *content, const uint8_t *target, uint32_t size)
{
    memcpy(content->scratch, target, size);
    return (struct item){
        .data = content->scratch, .ttl_s = 300, .type = TYPE_CNAME, .size = (uint16_t)size, .name_at = -1};
}

/* AAAA of a name that has none, made from its A. */
static void make_dns64(const struct zone *zone, const struct rule *rule, const struct question *question,
                       struct content *content)
{
    struct question plain = *question;
    uint32_t used = 0;
    if (question->type != TYPE_AAAA || content->rcode != RCODE_NOERROR || !is_negative(content, question))
        return;
    plain.type = TYPE_A;
    zone_find(zone, &plain, content);
    for (uint32_t i = 0; i < content->count; i++) {
        struct item *item = &content->items[i];
        if (item->type != TYPE_A || used + 16 > sizeof content->scratch)
            continue;
        uint8_t *made = content->scratch + used;
        memcpy(made, rule->prefix, 12);
        memcpy(made + 12, item->data, 4);
        *item = (struct item){
            .owner = item->owner, .data = made, .ttl_s = 300, .type = TYPE_AAAA, .size = 16, .name_at = -1};
        used += 16;
    }
}

/* So many of the records, and those behind them at the next attempt. */
static void rotate(struct content *content, uint32_t kept, uint32_t attempt)
{
    if (content->rcode != RCODE_NOERROR || content->count <= kept)
        return;
    for (uint32_t turn = (attempt * kept) % content->count; turn > 0; turn--) {
        struct item first = content->items[0];
        memmove(content->items, content->items + 1, (content->count - 1) * sizeof first);
        content->items[content->count - 1] = first;
    }
    content->count = kept;
}

static void say_strangely(struct server *server, const struct rule *rule, const struct asked *asked)
{
    static const uint8_t nowhere[] = "\7nowhere\11elsewhere\4test";
    struct content *content = &server->content;
    switch (rule->impact) {
    case FATE_CUT:
        say_rcode(content, RCODE_NOERROR);
        content->items[content->count++] = cname_of(content, nowhere, sizeof nowhere);
        return;
    case FATE_BESIDE:
        content->items[content->count++] = cname_of(content, rule->host, rule->host_size);
        return;
    case FATE_FOREIGN:
        for (uint32_t i = 0; i < content->count; i++)
            content->items[i].owner = nowhere;
        return;
    case FATE_ROTATE:
        rotate(content, rule->number, asked->attempt);
        return;
    default:
        make_dns64(server->zone, rule, asked->question, content);
    }
}

/* Applies the impact to the content; 0: no answer at all. */
static uint32_t write_fate(struct server *server, const struct asked *asked, const struct plan *plan)
{
    const struct question *question = asked->question;
    const struct rule *rule = plan->by_class[CLASS_IMPACT], *ede = plan->by_class[CLASS_EDE];
    struct content *content = &server->content;
    uint32_t limit = limit_of(question, asked->tcp), size;
    const struct rule *soa = plan->by_class[CLASS_SOA];
    struct style style = {.soa = soa == NULL || soa->number != 0, .own_soa = soa != NULL, .opt = question->payload != 0,
                          .ede = ede ? (int)ede->number : -1, .text = ede ? ede->text : ""};
    switch (rule ? rule->impact : FATE_NONE) {
    case FATE_NONE:
    case FATE_CORRUPT:
    case FATE_COUNT:
        break;
    case FATE_DROP:
        return 0;
    case FATE_RCODE:
        say_rcode(content, rule->number);
        break;
    case FATE_EDNS_FORMERR:
        say_rcode(content, rule->number);
        style.opt = false;
        break;
    case FATE_HEADER:
        say_rcode(content, rule->number);
        write_content(content, question, limit, &(struct style){.ede = -1}, server->out);
        wire_set16(server->out, COUNT_QUESTIONS, 0);
        return WIRE_HEADER;
    case FATE_EMPTY:
        say_rcode(content, RCODE_NOERROR);
        style.soa = false;
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
    case FATE_REFERRAL:
        return write_referral(rule, question, &style, server->out);
    case FATE_CUT:
        style.soa = false;
        say_strangely(server, rule, asked);
        break;
    case FATE_BESIDE:
    case FATE_FOREIGN:
    case FATE_ROTATE:
    case FATE_DNS64:
        say_strangely(server, rule, asked);
        break;
    }
    if (content->drop)
        return 0;
    size = write_content(content, question, limit, &style, server->out);
    if (rule && rule->impact == FATE_CORRUPT)
        flip_bit(server->out, question, plan->draw);
    return size;
}

/* What is done to the bytes of an answer whatever it says. */
static uint32_t dress(uint8_t *data, uint32_t size, const struct plan *plan)
{
    const struct rule *flags = plan->by_class[CLASS_FLAGS], *trail = plan->by_class[CLASS_TRAIL];
    if (size < WIRE_HEADER)
        return size;
    if (flags)
        wire_set_flags(data, flags->number & 1, flags->number & 2);
    for (unsigned i = 0; trail && i < trail->number; i++)
        data[size++] = (uint8_t)(i * 77);
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

static void forge(struct server *server, const struct asked *asked, const struct origin *origin,
                  const struct rule *rule, uint64_t delay_ns, bool late)
{
    if (!rule || asked->tcp)
        return;
    for (unsigned kind = FORGE_ID; kind <= FORGE_LATE; kind <<= 1)
        if (rule->number & kind && (kind == FORGE_LATE) == late)
            forge_one(server, asked, origin, kind, delay_ns);
}

static void write_log(struct server *server, const struct asked *asked, const struct origin *origin,
                      const struct plan *plan)
{
    static const char *const impacts[] = {"-",        "drop",     "rcode",        "header",    "empty",  "hijack",
                                          "mx",       "truncate", "edns-refused", "malformed", "bomb",   "corrupt",
                                          "referral", "cut",      "beside",       "foreign",   "rotate", "dns64"};
    char name[1024], type[16];
    const struct rule *rule = plan->by_class[CLASS_IMPACT];
    fprintf(server->log, "%.0f %u %s %u %s %s %u %s\n", asked->second * 1000, asked->server + 1,
            asked->tcp ? "tcp" : "udp", ntohs(origin->peer.v4.sin_port), wire_text(asked->question->name, name),
            wire_type_text(asked->question->type, type), asked->attempt, impacts[rule ? rule->impact : 0]);
}

/* The fast way of most answers: nothing waits, nothing is added, no memory taken. */
static bool send_plain(struct server *server, const struct origin *origin, const struct plan *plan, uint32_t size)
{
    if (plan->delay_ns || plan->by_class[CLASS_FORGE] || plan->by_class[CLASS_COPY] || origin->connection >= 0 ||
        size == 0 || size > DATAGRAM_ROOM)
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
    struct asked asked = {
        .question = question, .server = origin->server, .tcp = origin->connection >= 0, .now_ns = now};
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
    uint32_t size = dress(server->out, write_fate(server, &asked, &plan), &plan);
    if (!send_plain(server, origin, &plan, size))
        send_planned(server, &asked, origin, &plan, size);
}
