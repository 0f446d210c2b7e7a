/* The room's own cursor, for its .c files only. It counts what it reads, so that a test can say how much work a
 * hostile message makes instead of how long it takes.
 *
 * Spec       @rfc{1035,4.1.3} @rfc{1035,4.1.4} @rfc{2181,8}
 * In         The bytes of one message
 * Out        Its records one after another, and names unpacked
 * Units      ttl_s seconds
 * Limits     MXS_POINTERS_MAX compression pointers in a name; as many in a message as it has bytes
 * Errors     false, or MXS_RDATA_MALFORMED: the bytes cannot be that
 * Ownership  Views of the message; names go into the caller's buffer or arena
 * Threads    One at a time
 * Bugs       A pointer to a later place is refused, although some decoders follow it
 */
#ifndef MXS_SCANNER_PARSE_INTERNAL_WIRE_H
#define MXS_SCANNER_PARSE_INTERNAL_WIRE_H

#include "base/arena.h"
#include "model/answer.h"
#include "model/name.h"

#define MXS_POINTERS_MAX 127 /* a name has no more labels than this */

struct mxs_wire {
    const uint8_t *start, *end;
    const uint8_t *at; /* the next record */
    uint32_t records_read;
    uint32_t pointers_followed;
};

/* One record, its names not yet read. */
struct mxs_wire_record {
    const uint8_t *owner;
    uint16_t type;
    uint16_t class;
    uint32_t ttl_raw; /* as sent; see mxs_wire_ttl_s */
    const uint8_t *rdata;
    uint16_t rdata_size;
};

/* An uncompressed name, and the place in the message it was read from (NULL: elsewhere). */
struct mxs_wire_name {
    uint8_t bytes[MXS_NAME_WIRE_MAX];
    uint32_t size_bytes;
    const uint8_t *position;
};

enum mxs_rdata { MXS_RDATA_READ, MXS_RDATA_MALFORMED, MXS_RDATA_FULL };

static inline uint16_t mxs_wire_u16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }
/* A TTL with its top bit set means zero: @rfc{2181,8}. */
static inline uint32_t mxs_wire_ttl_s(uint32_t raw) { return raw > INT32_MAX ? 0 : raw; }

/* Reads the record at wire->at and moves behind it. */
bool mxs_wire_next(struct mxs_wire *wire, struct mxs_wire_record *record);
/* Unpacks the name at `at`; *after is the first byte behind it there. */
bool mxs_wire_unpack(struct mxs_wire *wire, const uint8_t *at, struct mxs_wire_name *out, const uint8_t **after);
/* Whether the name at `at` equals name, letters of either case alike. False in *ok: it cannot be read. */
bool mxs_wire_same(struct mxs_wire *wire, const uint8_t *at, const struct mxs_wire_name *name, bool *ok);
/* Equal bytes but for the case of ASCII letters. */
bool mxs_wire_fold_equal(const uint8_t *a, const uint8_t *b, uint32_t size_bytes);
/* The name that begins at `at` and ends exactly at `end`, as canonical text. */
enum mxs_rdata mxs_wire_host(struct mxs_wire *wire, const uint8_t *at, const uint8_t *end, struct mxs_arena *arena,
                             struct mxs_text *out);

/* Rdata by type: what stands in record becomes out. */
enum mxs_rdata mxs_mx_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                           struct mxs_record *out);
enum mxs_rdata mxs_srv_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                            struct mxs_record *out);
enum mxs_rdata mxs_cname_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                              struct mxs_record *out);
/* A and AAAA. */
enum mxs_rdata mxs_address_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                                struct mxs_record *out);
enum mxs_rdata mxs_txt_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                            struct mxs_record *out);
/* TLSA, and every type without a reader of its own: the rdata as it is. */
enum mxs_rdata mxs_opaque_read(struct mxs_wire *wire, const struct mxs_wire_record *record, struct mxs_arena *arena,
                               struct mxs_record *out);

#endif
