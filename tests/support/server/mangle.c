#include "mangle.h"

#include <string.h>

enum { MAL_POINTER_SELF, MAL_POINTER_FORWARD, MAL_COUNTS, MAL_CUT, MAL_RDATA_LONG, MAL_LABEL_TYPE,
       MAL_NAME_LONG, MAL_RANDOM_END, MAL_POINTER_LOOP = MAL_RANDOM_END, MAL_RDATA_SHORT, MAL_QDCOUNT0, MAL_QDCOUNT2,
       MAL_QUESTION_CUT, MAL_SHORT, MAL_RANDOM, MAL_END };
static const char *const mangle_names[MAL_END] = {
    "pointer-self", "pointer-forward", "counts", "cut", "rdata-long", "label-type", "name-long",
    "pointer-loop", "rdata-short", "qdcount0", "qdcount2", "question-cut", "short", "random",
};
enum { BOMB_POINTER_CHAIN, BOMB_LONG_NAME, BOMB_COUNTS, BOMB_MX4000, BOMB_TXT64K, BOMB_CNAME_CHAIN, BOMB_END };
static const char *const bomb_names[BOMB_END] = {"pointer-chain", "long-name", "counts",
                                                 "mx4000",        "txt64k",    "cname-chain"};

static bool find(const char *const *names, unsigned count, const char *word, unsigned *out)
{
    for (unsigned i = 0; word && i < count; i++)
        if (strcmp(names[i], word) == 0) {
            *out = i;
            return true;
        }
    return false;
}

bool mangle_kind(const char *word, unsigned *out)
{
    return find(mangle_names, MAL_END, word ? word : "random", out);
}

bool bomb_kind(const char *word, unsigned *out)
{
    return find(bomb_names, BOMB_END, word, out);
}

/* A cursor without the writer's care. */
struct raw {
    uint8_t *data;
    uint32_t used;
};

static void put(struct raw *raw, const void *bytes, uint32_t size)
{
    memcpy(raw->data + raw->used, bytes, size);
    raw->used += size;
}

static void put16(struct raw *raw, unsigned value)
{
    wire_set16(raw->data, raw->used, (uint16_t)value);
    raw->used += 2;
}

/* Type, class, TTL, length: what follows an owner. */
static void put_fixed(struct raw *raw, uint16_t type, uint16_t length)
{
    put16(raw, type);
    put16(raw, 1);
    put16(raw, 0);
    put16(raw, 300);
    put16(raw, length);
}

static struct raw begin(const struct question *question, uint8_t *data, uint16_t answers)
{
    struct writer writer;
    wire_begin(&writer, data, WIRE_MESSAGE_MAX, question);
    wire_set16(data, COUNT_ANSWERS, answers);
    return (struct raw){data, writer.used};
}

/* One honest record, as the zone might have given. */
static void put_honest(struct raw *raw, uint16_t type)
{
    static const uint8_t mx[] = "\0\12\2mx\4lost\4test";
    static const uint8_t address[16] = {66, 66, 66, 66};
    put16(raw, 0xc000 | WIRE_HEADER);
    if (type == TYPE_A || type == TYPE_AAAA) {
        uint16_t size = type == TYPE_A ? 4 : 16;
        put_fixed(raw, type, size);
        put(raw, address, size);
    } else {
        put_fixed(raw, type, sizeof mx);
        put(raw, mx, sizeof mx);
    }
}

static void put_bad_owner(struct raw *raw, unsigned kind)
{
    if (kind == MAL_POINTER_SELF) {
        put16(raw, 0xc000 | raw->used);
    } else if (kind == MAL_POINTER_FORWARD) {
        put16(raw, 0xffff);
    } else if (kind == MAL_LABEL_TYPE) {
        put(raw, "\x81x\0", 3);
    } else {
        for (int i = 0; i < 8; i++)
            put(raw, "\77aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 64);
        put(raw, "", 1);
    }
}

uint32_t mangle_malformed(unsigned kind, uint64_t draw, const struct question *question, uint8_t *data)
{
    struct raw raw = begin(question, data, 1);
    if (kind == MAL_RANDOM)
        kind = (unsigned)(draw % MAL_RANDOM_END);
    switch (kind) {
    case MAL_POINTER_SELF:
    case MAL_POINTER_FORWARD:
    case MAL_LABEL_TYPE:
    case MAL_NAME_LONG:
        put_bad_owner(&raw, kind);
        put_fixed(&raw, question->type, 4);
        put(&raw, "\12\0\0\1", 4);
        return raw.used;
    case MAL_POINTER_LOOP:
        put16(&raw, 0xc000 | WIRE_HEADER);
        put_fixed(&raw, question->type, 6);
        put16(&raw, 10);
        put16(&raw, 0xc000 | (raw.used + 2));
        put16(&raw, 0xc000 | (raw.used - 2));
        return raw.used;
    case MAL_RDATA_LONG:
    case MAL_RDATA_SHORT:
        put16(&raw, 0xc000 | WIRE_HEADER);
        put_fixed(&raw, question->type, kind == MAL_RDATA_LONG ? 200 : 1);
        put(&raw, "\0\12\0\0\0\0\0\0\0\0", kind == MAL_RDATA_LONG ? 10 : 1);
        return raw.used;
    case MAL_QUESTION_CUT:
        return raw.used - 5;
    case MAL_SHORT:
        return 7;
    default:
        break;
    }
    if (kind == MAL_QDCOUNT0)
        raw.used = WIRE_HEADER;
    if (kind == MAL_QDCOUNT0 || kind == MAL_QDCOUNT2)
        wire_set16(data, COUNT_QUESTIONS, kind == MAL_QDCOUNT0 ? 0 : 2);
    put_honest(&raw, question->type);
    if (kind == MAL_COUNTS)
        wire_set16(data, COUNT_ANSWERS, 65535);
    return kind == MAL_CUT ? raw.used - 3 : raw.used;
}

/* Owner of each record is a pointer to the owner of the one before: the walk grows with the square. */
static void bomb_chain(struct raw *raw, uint16_t type, uint16_t *answers)
{
    uint32_t before = WIRE_HEADER;
    while (raw->used < 0x3fff) {
        uint32_t here = raw->used;
        put16(raw, 0xc000 | before);
        put_fixed(raw, type, 0);
        before = here;
        ++*answers;
    }
}

static void bomb_long_name(struct raw *raw, uint16_t type)
{
    for (int i = 0; i < 256; i++)
        put(raw, "\77bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", 64);
    put(raw, "", 1);
    put_fixed(raw, type, 0);
}

static void bomb_mx(struct raw *raw, uint16_t *answers)
{
    for (; *answers < 4000; ++*answers) {
        put16(raw, 0xc000 | WIRE_HEADER);
        put_fixed(raw, TYPE_MX, 4);
        put16(raw, *answers);
        put16(raw, 0xc000 | WIRE_HEADER);
    }
}

static void bomb_text(struct raw *raw)
{
    put16(raw, 0xc000 | WIRE_HEADER);
    put_fixed(raw, TYPE_TXT, 250 * 256);
    for (int i = 0; i < 250; i++) {
        raw->data[raw->used++] = 255;
        memset(raw->data + raw->used, 'a' + i % 26, 255);
        raw->used += 255;
    }
}

/* A thousand links, each to a name of its own: owner and target share the digits. */
static void bomb_cnames(struct raw *raw, uint16_t *answers)
{
    uint32_t owner = WIRE_HEADER;
    for (; *answers < 700; ++*answers) {
        uint8_t label[4] = {3, (uint8_t)('a' + *answers / 676), (uint8_t)('a' + *answers / 26 % 26),
                            (uint8_t)('a' + *answers % 26)};
        put16(raw, 0xc000 | owner);
        put_fixed(raw, TYPE_CNAME, 5);
        owner = raw->used;
        put(raw, label, 4);
        put(raw, "", 1);
    }
}

uint32_t mangle_bomb(unsigned kind, const struct question *question, uint8_t *data)
{
    uint16_t answers = 0;
    struct raw raw = begin(question, data, 0);
    if (kind == BOMB_POINTER_CHAIN)
        bomb_chain(&raw, question->type, &answers);
    else if (kind == BOMB_LONG_NAME)
        bomb_long_name(&raw, question->type);
    else if (kind == BOMB_MX4000)
        bomb_mx(&raw, &answers);
    else if (kind == BOMB_TXT64K)
        bomb_text(&raw);
    else if (kind == BOMB_CNAME_CHAIN)
        bomb_cnames(&raw, &answers);
    if (kind == BOMB_COUNTS) {
        answers = 65535;
        wire_set16(data, COUNT_AUTHORITY, 65535);
        wire_set16(data, COUNT_ADDITIONAL, 65535);
        put_honest(&raw, question->type);
    }
    wire_set16(data, COUNT_ANSWERS, answers ? answers : 1);
    return raw.used;
}

uint32_t mangle_poison(const struct question *question, uint8_t *data)
{
    static const uint8_t mx[] = "\0\0\6forged\10attacker\4test";
    static const uint8_t address[16] = {66, 66, 66, 66};
    struct writer writer;
    wire_begin(&writer, data, WIRE_MESSAGE_MAX, question);
    bool is_address = question->type == TYPE_A || question->type == TYPE_AAAA;
    struct item item = {.data = is_address ? address : mx, .ttl_s = 300, .type = question->type,
                        .size = question->type == TYPE_A ? 4 : is_address ? 16 : sizeof mx, .name_at = -1};
    wire_put(&writer, &item);
    wire_set16(data, COUNT_ANSWERS, 1);
    return writer.used;
}
