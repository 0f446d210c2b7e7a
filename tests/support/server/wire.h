/* DNS on the wire, as a server of tests needs it: read one question, write one answer.
 *
 * Names are uncompressed wire form, lower case, unless said otherwise. The writer compresses names against the
 * question and against names written before, as real servers do, so that a client's decoder meets pointers.
 */
#ifndef MXS_TESTS_WIRE_H
#define MXS_TESTS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_NAME_MAX = 255, WIRE_MESSAGE_MAX = 65535, WIRE_HEADER = 12 };
enum {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    TYPE_SRV = 33,
    TYPE_OPT = 41,
    TYPE_TLSA = 52
};
enum {
    RCODE_NOERROR = 0,
    RCODE_FORMERR = 1,
    RCODE_SERVFAIL = 2,
    RCODE_NXDOMAIN = 3,
    RCODE_NOTIMP = 4,
    RCODE_REFUSED = 5
};

struct question {
    uint16_t id, type;
    uint16_t payload;            /* of the OPT record; 0 without one */
    bool recursion_desired;
    uint32_t name_size;
    uint8_t name[WIRE_NAME_MAX]; /* lower case */
    const uint8_t *section;      /* the question section as it came (case kept) */
    uint32_t section_size;
};

/* False: no plain query of one question. section points into data. */
bool wire_read_question(const uint8_t *data, size_t size, struct question *out);

/* Presentation form (with \. and \DDD, trailing dot optional) to wire. 0: not a name. */
uint32_t wire_name(const char *text, size_t size, uint8_t *out);
/* Wire to presentation form in out[1024], without the trailing dot; "." is the root. Returns out. */
char *wire_text(const uint8_t *name, char *out);
/* "MX" -> 15, "TYPE65" -> 65; 0 for none. */
uint16_t wire_type(const char *text);
const char *wire_type_text(uint16_t type, char *out /* 16 bytes */);

/* One record to be written. owner NULL is the question's name. The name inside data, when the type has one that may
 * be compressed, begins at name_at; -1 when there is none. */
struct item {
    const uint8_t *owner;
    const uint8_t *data;
    uint32_t ttl_s;
    uint16_t type;
    uint16_t size;
    int16_t name_at;
};

/* Where the writable name begins in the rdata of a type; -1: none. */
int16_t wire_name_at(uint16_t type);

struct writer {
    uint8_t *data;
    uint32_t limit, used;
    bool full;
    struct { uint16_t offset, size; const uint8_t *suffix; } known[48];
    uint32_t known_count;
};

/* Header and question; flags other than QR, RD, RA come later through wire_set_*. */
/* AD in every answer but those about names that have a label `insecure`. */
void wire_set_authentic(void);
void wire_begin(struct writer *writer, uint8_t *data, uint32_t limit, const struct question *question);
/* False when it does not fit any more; nothing of it is left behind. */
bool wire_put(struct writer *writer, const struct item *item);
/* ede: an extended error's code with its text; below 0 none. */
void wire_put_opt(struct writer *writer, uint16_t payload, int ede, const char *text);
void wire_set_flags(uint8_t *data, bool recursive, bool authority);

enum { COUNT_QUESTIONS = 4, COUNT_ANSWERS = 6, COUNT_AUTHORITY = 8, COUNT_ADDITIONAL = 10 };
void wire_set16(uint8_t *data, uint32_t at, uint16_t value);
uint16_t wire_get16(const uint8_t *data, uint32_t at);
void wire_set_rcode(uint8_t *data, unsigned rcode);
void wire_set_truncated(uint8_t *data);

/* The hash behind every decision: the same for the same bytes in every run. */
uint64_t wire_hash(const uint8_t *data, size_t size);
uint64_t wire_mix(uint64_t value);

#endif
