#include "generate.h"

#include <stdio.h>
#include <string.h>

#include "zone.h"

uint8_t generate_tld[6] = "\4test";

/* 80 of 100 names fall on the first hundredth of the pairs. */
uint32_t generate_pair(const struct generator *generator, uint64_t name_hash)
{
    uint32_t hot = generator->pairs / 100 ? generator->pairs / 100 : 1;
    uint64_t hash = wire_mix(name_hash ^ generator->seed);
    uint32_t draw = (uint32_t)(hash >> 32);
    return hash % 100 < 80 ? draw % hot : draw % generator->pairs;
}

uint32_t generate_host(uint32_t pair, unsigned which, uint8_t *out)
{
    char label[16];
    int digits = snprintf(label, sizeof label, "mail%u", pair);
    uint32_t used = 0;
    out[used++] = 3;
    memcpy(out + used, which == 1 ? "mx1" : "mx2", 3);
    used += 3;
    out[used++] = (uint8_t)digits;
    memcpy(out + used, label, (size_t)digits);
    used += (uint32_t)digits;
    memcpy(out + used, generate_tld, sizeof generate_tld);
    return used + 6;
}

bool generate_host_find(const uint8_t *name, uint32_t name_size, uint32_t *pair, unsigned *which)
{
    if (name_size < 16 || name_size > 26 || memcmp(name, "\3mx", 3) != 0 || (name[3] != '1' && name[3] != '2'))
        return false;
    uint8_t label = name[4];
    if (label < 5 || label > 13 || 5u + label + 6 != name_size || memcmp(name + 5, "mail", 4) != 0 ||
        memcmp(name + 5 + label, generate_tld, sizeof generate_tld) != 0)
        return false;
    uint32_t value = 0;
    for (unsigned i = 9; i < 5u + label; i++) {
        if (name[i] < '0' || name[i] > '9')
            return false;
        value = value * 10 + (name[i] - '0');
    }
    *pair = value;
    *which = name[3] - '0';
    return true;
}

bool generate_absent(const uint8_t *name, uint32_t name_size)
{
    static const uint8_t invalid[] = "\7invalid";
    return name_size >= sizeof invalid && memcmp(name + name_size - sizeof invalid, invalid, sizeof invalid) == 0;
}

void generate_a(uint32_t pair, unsigned which, uint8_t out[4])
{
    uint32_t value = 20u << 24 | ((pair * 2 + which) & 0xffffff);
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

bool generate_aaaa(uint32_t pair, unsigned which, uint8_t out[16])
{
    static const uint8_t prefix[4] = {0x2a, 0x10, 0xaa, 0x00};
    if (pair % 3 != 0)
        return false;
    memset(out, 0, 16);
    memcpy(out, prefix, sizeof prefix);
    for (int i = 0; i < 4; i++)
        out[4 + i] = (uint8_t)(pair >> (24 - 8 * i));
    out[15] = (uint8_t)which;
    return true;
}

static uint8_t *put_item(struct content *out, uint16_t type, uint16_t size)
{
    uint8_t *data = out->scratch + out->count * 64;
    out->items[out->count++] =
        (struct item){.data = data, .ttl_s = 300, .type = type, .size = size, .name_at = wire_name_at(type)};
    return data;
}

static void put_mx_host(struct content *out, uint32_t pair, unsigned which, uint16_t preference)
{
    uint8_t name[GENERATE_HOST_MAX];
    uint32_t size = generate_host(pair, which, name);
    uint8_t *data = put_item(out, TYPE_MX, (uint16_t)(size + 2));
    wire_set16(data, 0, preference);
    memcpy(data + 2, name, size);
}

static void mx_content(const struct generator *generator, uint64_t hash, struct content *out)
{
    uint32_t pair = generate_pair(generator, hash);
    unsigned kind = generator->mixed ? (unsigned)(wire_mix(hash + 1) % 100) : 99;
    if (kind < 3) {
        out->rcode = RCODE_NXDOMAIN;
    } else if (kind < 8) {
        return;
    } else if (kind < 10) {
        uint8_t *data = put_item(out, TYPE_MX, 3);
        memset(data, 0, 3);
    } else {
        put_mx_host(out, pair, 1, 10);
        if (kind >= 20)
            put_mx_host(out, pair, 2, kind < 25 ? 10 : 20);
    }
}

static void address_content(const struct generator *generator, const struct question *question, uint64_t hash,
                            struct content *out)
{
    uint32_t pair;
    unsigned which;
    if (!generate_host_find(question->name, question->name_size, &pair, &which)) {
        unsigned kind = generator->mixed ? (unsigned)(wire_mix(hash + 1) % 100) : 99;
        out->rcode = kind < 3 ? RCODE_NXDOMAIN : RCODE_NOERROR;
        if (kind < 3 || kind >= 6 || question->type != TYPE_A)
            return;
        pair = (uint32_t)(hash % 4000000 + 4000000);
        which = 1;
    }
    uint8_t bytes[16];
    if (question->type == TYPE_A) {
        generate_a(pair, which, bytes);
        memcpy(put_item(out, TYPE_A, 4), bytes, 4);
    } else if (generate_aaaa(pair, which, bytes)) {
        memcpy(put_item(out, TYPE_AAAA, 16), bytes, 16);
    }
}

void generate_content(const struct generator *generator, const struct question *question, struct content *out)
{
    uint64_t hash = wire_hash(question->name, question->name_size);
    if (generate_absent(question->name, question->name_size))
        out->rcode = RCODE_NXDOMAIN;
    else if (question->type == TYPE_MX)
        mx_content(generator, hash, out);
    else if (question->type == TYPE_A || question->type == TYPE_AAAA)
        address_content(generator, question, hash, out);
    else if (generator->mixed && wire_mix(hash + 1) % 100 < 3)
        out->rcode = RCODE_NXDOMAIN;
}
