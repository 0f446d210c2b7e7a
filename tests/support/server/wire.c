#include "wire.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void wire_set16(uint8_t *data, uint32_t at, uint16_t value)
{
    data[at] = (uint8_t)(value >> 8);
    data[at + 1] = (uint8_t)value;
}

uint16_t wire_get16(const uint8_t *data, uint32_t at)
{
    return (uint16_t)(data[at] << 8 | data[at + 1]);
}

uint64_t wire_mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

uint64_t wire_hash(const uint8_t *data, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 0x100000001b3u;
    return wire_mix(hash);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* The OPT record is looked for only where a query has it: right behind the question. */
static uint16_t read_payload(const uint8_t *data, size_t size, uint32_t at)
{
    if (wire_get16(data, COUNT_ADDITIONAL) == 0 || wire_get16(data, COUNT_ANSWERS) != 0 || at + 11 > size)
        return 0;
    if (data[at] != 0 || wire_get16(data, at + 1) != TYPE_OPT)
        return 0;
    uint16_t payload = wire_get16(data, at + 3);
    return payload < 512 ? 512 : payload;
}

bool wire_read_question(const uint8_t *data, size_t size, struct question *out)
{
    if (size < WIRE_HEADER + 5 || data[2] & 0x80 || wire_get16(data, COUNT_QUESTIONS) != 1)
        return false;
    uint32_t at = WIRE_HEADER;
    uint32_t used = 0;
    for (;;) {
        if (at >= size)
            return false;
        uint8_t label = data[at];
        if (label > 63 || at + 1 + label > size || used + 1 + label > WIRE_NAME_MAX)
            return false;
        out->name[used++] = label;
        at++;
        for (uint8_t i = 0; i < label; i++)
            out->name[used++] = lower(data[at++]);
        if (label == 0)
            break;
    }
    if (at + 4 > size)
        return false;
    out->name_size = used;
    out->id = wire_get16(data, 0);
    out->type = wire_get16(data, at);
    out->recursion_desired = data[2] & 1;
    out->section = data + WIRE_HEADER;
    out->section_size = at + 4 - WIRE_HEADER;
    out->payload = read_payload(data, size, at + 4);
    return true;
}

/* One character of presentation form, escapes resolved; *dot tells a separator from an escaped dot. */
static bool next_byte(const char *text, size_t size, size_t *at, uint8_t *byte, bool *dot)
{
    *dot = text[*at] == '.';
    *byte = (uint8_t)text[(*at)++];
    if (*byte != '\\')
        return true;
    if (*at >= size)
        return false;
    if (!isdigit((unsigned char)text[*at])) {
        *byte = (uint8_t)text[(*at)++];
        return true;
    }
    if (*at + 3 > size)
        return false;
    int value = 0;
    for (int i = 0; i < 3; i++)
        value = value * 10 + (text[(*at)++] - '0');
    *byte = (uint8_t)value;
    return value >= 0 && value < 256;
}

uint32_t wire_name(const char *text, size_t size, uint8_t *out)
{
    if (size == 1 && text[0] == '.')
        size = 0;
    uint32_t used = 1, label = 0;
    size_t at = 0;
    while (at < size) {
        uint8_t byte;
        bool dot;
        if (!next_byte(text, size, &at, &byte, &dot))
            return 0;
        uint32_t length = used - label - 1;
        if (dot) {
            if (length == 0)
                return 0;
            out[label] = (uint8_t)length;
            label = used++;
        } else {
            if (length == 63 || used >= WIRE_NAME_MAX - 1)
                return 0;
            out[used++] = lower(byte);
        }
    }
    uint32_t length = used - label - 1;
    out[label] = (uint8_t)length;
    if (length != 0)
        out[used++] = 0;
    return used;
}

char *wire_text(const uint8_t *name, char *out)
{
    char *to = out;
    if (*name == 0)
        return strcpy(out, ".");
    while (*name) {
        if (to != out)
            *to++ = '.';
        for (uint8_t left = *name++; left > 0; left--, name++) {
            if (isalnum(*name) || *name == '-' || *name == '_' || *name == '*')
                *to++ = (char)*name;
            else if (*name == '.' || *name == '\\')
                to += sprintf(to, "\\%c", *name);
            else
                to += sprintf(to, "\\%03u", *name);
        }
    }
    *to = 0;
    return out;
}

static const struct { const char *text; uint16_t type; } types[] = {
    {"A", TYPE_A}, {"NS", TYPE_NS}, {"CNAME", TYPE_CNAME}, {"SOA", TYPE_SOA}, {"MX", TYPE_MX}, {"TXT", TYPE_TXT},
    {"AAAA", TYPE_AAAA}, {"SRV", TYPE_SRV}, {"TLSA", TYPE_TLSA}, {"PTR", TYPE_PTR},
};

uint16_t wire_type(const char *text)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcasecmp(text, types[i].text) == 0)
            return types[i].type;
    return strncasecmp(text, "TYPE", 4) == 0 ? (uint16_t)atoi(text + 4) : 0;
}

const char *wire_type_text(uint16_t type, char *out)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (type == types[i].type)
            return types[i].text;
    snprintf(out, 16, "TYPE%u", type);
    return out;
}

int16_t wire_name_at(uint16_t type)
{
    return type == TYPE_MX ? 2 : type == TYPE_CNAME || type == TYPE_NS ? 0 : -1;
}

static uint32_t suffix_size(const uint8_t *name)
{
    const uint8_t *at = name;
    while (*at)
        at += *at + 1;
    return (uint32_t)(at - name) + 1;
}

static void remember(struct writer *writer, uint32_t offset, const uint8_t *suffix)
{
    if (offset > 0x3fff || writer->known_count == sizeof writer->known / sizeof *writer->known)
        return;
    writer->known[writer->known_count].offset = (uint16_t)offset;
    writer->known[writer->known_count].size = (uint16_t)suffix_size(suffix);
    writer->known[writer->known_count++].suffix = suffix;
}

static void put_bytes(struct writer *writer, const void *data, uint32_t size)
{
    if (writer->full || writer->used + size > writer->limit) {
        writer->full = true;
        return;
    }
    memcpy(writer->data + writer->used, data, size);
    writer->used += size;
}

static void put16(struct writer *writer, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    put_bytes(writer, bytes, sizeof bytes);
}

static void put_name(struct writer *writer, const uint8_t *name)
{
    while (*name) {
        uint32_t size = suffix_size(name);
        for (uint32_t i = 0; i < writer->known_count; i++)
            if (writer->known[i].size == size && memcmp(writer->known[i].suffix, name, size) == 0) {
                put16(writer, (uint16_t)(0xc000 | writer->known[i].offset));
                return;
            }
        remember(writer, writer->used, name);
        put_bytes(writer, name, 1u + *name);
        name += *name + 1;
    }
    put_bytes(writer, "", 1);
}

static bool authentic;

void wire_set_authentic(void) { authentic = true; }

static bool is_secure(const uint8_t *name)
{
    for (; *name; name += *name + 1)
        if (*name == 8 && memcmp(name + 1, "insecure", 8) == 0)
            return false;
    return true;
}

void wire_begin(struct writer *writer, uint8_t *data, uint32_t limit, const struct question *question)
{
    *writer = (struct writer){.data = data, .limit = limit};
    uint8_t header[WIRE_HEADER] = {0};
    wire_set16(header, 0, question->id);
    header[2] = (uint8_t)(0x80 | question->recursion_desired);
    header[3] = (uint8_t)(0x80 | (authentic && is_secure(question->name) ? 0x20 : 0));
    wire_set16(header, COUNT_QUESTIONS, 1);
    put_bytes(writer, header, sizeof header);
    for (const uint8_t *at = question->name; *at; at += *at + 1)
        remember(writer, writer->used + (uint32_t)(at - question->name), at);
    put_bytes(writer, question->section, question->section_size);
}

bool wire_put(struct writer *writer, const struct item *item)
{
    uint32_t before = writer->used, known = writer->known_count;
    if (item->owner)
        put_name(writer, item->owner);
    else
        put16(writer, 0xc000 | WIRE_HEADER);
    put16(writer, item->type);
    put16(writer, 1);
    put16(writer, (uint16_t)(item->ttl_s >> 16));
    put16(writer, (uint16_t)item->ttl_s);
    uint32_t length_at = writer->used;
    put16(writer, item->size);
    if (item->name_at < 0) {
        put_bytes(writer, item->data, item->size);
    } else {
        put_bytes(writer, item->data, (uint32_t)item->name_at);
        put_name(writer, item->data + item->name_at);
        if (!writer->full)
            wire_set16(writer->data, length_at, (uint16_t)(writer->used - length_at - 2));
    }
    if (!writer->full)
        return true;
    writer->used = before;
    writer->known_count = known;
    writer->full = false;
    return false;
}

void wire_put_opt(struct writer *writer, uint16_t payload, int ede, const char *text)
{
    uint8_t opt[17] = {0, 0, TYPE_OPT};
    uint16_t text_size = ede < 0 ? 0 : (uint16_t)strlen(text);
    wire_set16(opt, 3, payload);
    wire_set16(opt, 9, ede < 0 ? 0 : (uint16_t)(6 + text_size));
    wire_set16(opt, 11, 15);
    wire_set16(opt, 13, (uint16_t)(2 + text_size));
    wire_set16(opt, 15, (uint16_t)ede);
    put_bytes(writer, opt, ede < 0 ? 11 : sizeof opt);
    put_bytes(writer, text, text_size);
    if (!writer->full)
        wire_set16(writer->data, COUNT_ADDITIONAL, (uint16_t)(wire_get16(writer->data, COUNT_ADDITIONAL) + 1));
}

void wire_set_flags(uint8_t *data, bool recursive, bool authority)
{
    data[2] = (uint8_t)((data[2] & 0xfb) | (authority ? 4 : 0));
    data[3] = (uint8_t)((data[3] & 0x7f) | (recursive ? 0x80 : 0));
}

void wire_set_rcode(uint8_t *data, unsigned rcode)
{
    data[3] = (uint8_t)((data[3] & 0xf0) | (rcode & 15));
}

void wire_set_truncated(uint8_t *data)
{
    data[2] |= 2;
}
