/* Names and records of a message, through the C library's decoder.
 *
 * The decoder's ns_parserr turns every owner name into text; nearly all owner names of an answer are a pointer
 * to the question, so that is most of its cost, for nothing. Records are therefore stepped over with ns_name_skip,
 * and a name is unpacked only when its text is wanted or when it cannot be told from where it points.
 *
 * The decoder bounds the pointers of one name by the size of the message: 32,000 hops in 64 KB. A message of
 * 2,700 records that all point at the end of such a chain costs 40 million hops. Hence the look ahead below: at
 * most 127 pointers in a name, each to an earlier place (what @rfc{1035,4.1.4} says a pointer is), and over the
 * whole message no more than it has bytes. */
#include "scanner/parse/internal/wire.h"

#include <arpa/nameser.h>
#include <resolv.h>

bool mxs_wire_next(struct mxs_wire *wire, struct mxs_wire_record *record)
{
    const uint8_t *at = wire->at;
    record->owner = at;
    int name_size = dn_skipname(at, wire->end);
    if (name_size < 0 || wire->end - at < name_size + NS_RRFIXEDSZ)
        return false;
    at += name_size;
    NS_GET16(record->type, at);
    NS_GET16(record->class, at);
    NS_GET32(record->ttl_raw, at);
    NS_GET16(record->rdata_size, at);
    if (wire->end - at < record->rdata_size)
        return false;
    record->rdata = at;
    wire->at = at + record->rdata_size;
    wire->records_read++;
    return true;
}

static bool is_pointer(uint8_t octet) { return (octet & NS_CMPRSFLGS) == NS_CMPRSFLGS; }

static const uint8_t *pointed(const struct mxs_wire *wire, const uint8_t *at)
{
    return wire->start + (mxs_wire_u16(at) & 0x3fff);
}

/* Walks the name without copying: false when it leaves the message or has too many pointers. */
static bool bounded(struct mxs_wire *wire, const uint8_t *at)
{
    uint32_t pointers = 0;
    while (at < wire->end && *at != 0) {
        if (is_pointer(*at)) {
            if (wire->end - at < 2 || pointed(wire, at) >= at || ++pointers > MXS_POINTERS_MAX ||
                ++wire->pointers_followed > (uint64_t)(wire->end - wire->start))
                return false;
            at = pointed(wire, at);
        } else if ((*at & NS_CMPRSFLGS) != 0) {
            return false;
        } else {
            if (wire->end - at <= *at)
                return false;
            at += 1 + *at;
        }
    }
    return at < wire->end;
}

bool mxs_wire_unpack(struct mxs_wire *wire, const uint8_t *at, struct mxs_wire_name *out, const uint8_t **after)
{
    if (!bounded(wire, at))
        return false;
    int used = ns_name_unpack(wire->start, wire->end, at, out->bytes, sizeof out->bytes);
    if (used < 0)
        return false;
    const uint8_t *end = out->bytes;
    while (*end != 0)
        end += 1 + *end;
    out->size_bytes = (uint32_t)(end - out->bytes) + 1;
    out->position = at;
    *after = at + used;
    return true;
}

static uint8_t lower(uint8_t octet) { return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet; }

/* Length octets are at most 63, below every letter: folding them too changes nothing. */
bool mxs_wire_fold_equal(const uint8_t *a, const uint8_t *b, uint32_t size_bytes)
{
    if (memcmp(a, b, size_bytes) == 0)
        return true;
    for (uint32_t i = 0; i < size_bytes; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool mxs_wire_same(struct mxs_wire *wire, const uint8_t *at, const struct mxs_wire_name *name, bool *ok)
{
    *ok = true;
    if (name->position != NULL && wire->end - at >= 2 && is_pointer(*at) && pointed(wire, at) == name->position)
        return true;
    struct mxs_wire_name owner;
    const uint8_t *after;
    *ok = mxs_wire_unpack(wire, at, &owner, &after);
    return *ok && owner.size_bytes == name->size_bytes &&
           mxs_wire_fold_equal(owner.bytes, name->bytes, name->size_bytes);
}

enum mxs_rdata mxs_wire_host(struct mxs_wire *wire, const uint8_t *at, const uint8_t *end, struct mxs_arena *arena,
                             struct mxs_text *out)
{
    struct mxs_wire_name name;
    const uint8_t *after;
    if (at >= end || !mxs_wire_unpack(wire, at, &name, &after) || after != end)
        return MXS_RDATA_MALFORMED;
    char text[MXS_NAME_TEXT_MAX + 1];
    uint32_t size_bytes = mxs_name_from_wire(name.bytes, text);
    struct mxs_text host = mxs_arena_text(arena, (struct mxs_text){text, size_bytes});
    if (host.data == NULL)
        return MXS_RDATA_FULL;
    *out = host;
    return MXS_RDATA_READ;
}
