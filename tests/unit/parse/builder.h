/* Room       tests/unit/parse
 * Spec       @rfc{1035,4.1}
 * In         What a message should hold, right or wrong
 * Out        Its bytes
 * Units      ttl_s seconds
 * Limits     65,535 bytes
 * Errors     An assertion when a message grows over its limit
 * Ownership  The builder holds the bytes
 * Threads    One at a time
 * Bugs       None
 *
 * Writes messages by hand, so that a test can write wrong ones. Names are texts of plain labels.
 */
#ifndef MXS_TESTS_UNIT_PARSE_BUILDER_H
#define MXS_TESTS_UNIT_PARSE_BUILDER_H

#include <string.h>

#include "scanner/parse/message.h"

struct builder {
    uint8_t data[66000];
    uint32_t size;
    uint32_t length_at; /* of the record being written */
};

static inline void put8(struct builder *b, unsigned v)
{
    MXS_ASSERT(b->size < sizeof b->data);
    b->data[b->size++] = (uint8_t)v;
}
static inline void put16(struct builder *b, unsigned v) { put8(b, v >> 8), put8(b, v); }
static inline void put32(struct builder *b, uint32_t v) { put16(b, v >> 16), put16(b, v); }
static inline void put_bytes(struct builder *b, const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put8(b, ((const uint8_t *)data)[i]);
}
static inline void set16(struct builder *b, uint32_t at, unsigned v)
{
    b->data[at] = (uint8_t)(v >> 8);
    b->data[at + 1] = (uint8_t)v;
}
/* "a.b" in full; "" is the root. */
static inline void put_name(struct builder *b, const char *name)
{
    while (*name != '\0') {
        size_t n = strcspn(name, ".");
        put8(b, (unsigned)n);
        put_bytes(b, name, n);
        name += n + (name[n] == '.');
    }
    put8(b, 0);
}
static inline void put_pointer(struct builder *b, uint32_t to) { put16(b, 0xc000u | to); }

enum { QR = 0x8000, AA = 0x0400, TC = 0x0200, RD = 0x0100, RA = 0x0080, AD = 0x0020 };
enum { QUESTIONS = 4, ANSWERS = 6, AUTHORITIES = 8, ADDITIONALS = 10, QUESTION_AT = 12 };

static inline void begin(struct builder *b, unsigned flags, const char *name, uint16_t type)
{
    b->size = 0;
    put16(b, 0x4d58);
    put16(b, QR | RD | RA | flags);
    put16(b, 1), put16(b, 0), put16(b, 0), put16(b, 0);
    put_name(b, name);
    put16(b, type), put16(b, 1);
}
static inline void count(struct builder *b, uint32_t section)
{
    set16(b, section, (unsigned)(b->data[section] << 8 | b->data[section + 1]) + 1);
}
/* Owner NULL: a pointer to the question. */
static inline void open_record(struct builder *b, uint32_t section, const char *owner, unsigned type, uint32_t ttl_s)
{
    count(b, section);
    if (owner == NULL)
        put_pointer(b, QUESTION_AT);
    else
        put_name(b, owner);
    put16(b, type), put16(b, 1), put32(b, ttl_s);
    b->length_at = b->size;
    put16(b, 0);
}
static inline void close_record(struct builder *b) { set16(b, b->length_at, b->size - b->length_at - 2); }

static inline void put_mx(struct builder *b, const char *owner, uint32_t ttl_s, unsigned preference, const char *host)
{
    open_record(b, ANSWERS, owner, MXS_TYPE_MX, ttl_s);
    put16(b, preference);
    put_name(b, host);
    close_record(b);
}
static inline void put_cname(struct builder *b, const char *owner, uint32_t ttl_s, const char *target)
{
    open_record(b, ANSWERS, owner, MXS_TYPE_CNAME, ttl_s);
    put_name(b, target);
    close_record(b);
}
static inline void put_rdata(struct builder *b, const char *owner, unsigned type, uint32_t ttl_s, const void *rdata,
                             size_t size)
{
    open_record(b, ANSWERS, owner, type, ttl_s);
    put_bytes(b, rdata, size);
    close_record(b);
}
/* In the authority section. */
static inline void put_soa(struct builder *b, const char *zone)
{
    open_record(b, AUTHORITIES, zone, 6, 60);
    put_name(b, "ns.example"), put_name(b, "root.example");
    for (int i = 0; i < 5; i++)
        put32(b, 60);
    close_record(b);
}
static inline void put_ns(struct builder *b, const char *zone)
{
    open_record(b, AUTHORITIES, zone, 2, 60);
    put_name(b, "ns.example");
    close_record(b);
}
/* An OPT with one extended error. */
static inline void put_ede(struct builder *b, unsigned code, const char *text)
{
    count(b, ADDITIONALS);
    put8(b, 0);
    put16(b, 41), put16(b, 1232), put32(b, 0), put16(b, (unsigned)(6 + strlen(text)));
    put16(b, 15), put16(b, (unsigned)(2 + strlen(text))), put16(b, code), put_bytes(b, text, strlen(text));
}
/* extended: the upper bits of the rcode. */
static inline void put_opt(struct builder *b, unsigned extended)
{
    count(b, ADDITIONALS);
    put8(b, 0);
    put16(b, 41), put16(b, 1232), put32(b, extended << 24), put16(b, 0);
}
static inline struct mxs_bytes built(const struct builder *b) { return (struct mxs_bytes){b->data, b->size}; }

#endif
