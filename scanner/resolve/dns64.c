#include "scanner/resolve/internal/dns64.h"

#include <stdio.h>

#include "model/address.h"

#define RESERVED_OCTET 8 /* always zero, under prefixes up to /64 */

static const uint8_t known_addresses[2][4] = {{192, 0, 0, 170}, {192, 0, 0, 171}}; /* @rfc{7050,8.1} */
static const uint8_t lengths[] = {32, 40, 48, 56, 64, 96};
static const struct mxs_dns64_prefix well_known = {{0x00, 0x64, 0xff, 0x9b}, 96};

/* The IPv4 address as it stands behind a prefix of so many bits. @rfc{6052,2.2} */
static void take_v4(const uint8_t *bytes, unsigned bits, uint8_t out[4])
{
    unsigned at = bits / 8;
    for (unsigned i = 0; i < 4; i++, at++) {
        at += at == RESERVED_OCTET && bits < 96;
        out[i] = bytes[at];
    }
}

/* Nothing stands in the reserved octet, nor behind the IPv4 address. */
static bool is_well_formed(const uint8_t *bytes, unsigned bits)
{
    unsigned after = bits == 96 ? 16 : bits / 8 + 4 + (bits / 8 + 4 > RESERVED_OCTET);
    bool clean = bits == 96 || bytes[RESERVED_OCTET] == 0;
    for (; after < 16; after++)
        clean &= bytes[after] == 0;
    return clean;
}

static void put_prefix(struct mxs_dns64 *dns64, const uint8_t *bytes, uint8_t bits)
{
    struct mxs_dns64_prefix prefix = {.bits = bits};
    memcpy(prefix.bytes, bytes, bits / 8);
    for (uint32_t i = 0; i < dns64->count; i++)
        if (memcmp(&dns64->prefixes[i], &prefix, sizeof prefix) == 0)
            return;
    if (dns64->count < MXS_DNS64_PREFIXES)
        dns64->prefixes[dns64->count++] = prefix;
}

void mxs_dns64_read(struct mxs_dns64 *dns64, const struct mxs_answer *answer)
{
    for (uint32_t i = 0; answer->outcome == MXS_ANSWERED && i < answer->record_count; i++) {
        const uint8_t *bytes = answer->records[i].data.data;
        for (size_t k = sizeof lengths;
             answer->records[i].data.size_bytes == 16 && k-- > 0;) { /* the longest that fits */
            uint8_t v4[4];
            take_v4(bytes, lengths[k], v4);
            bool known = memcmp(v4, known_addresses[0], 4) == 0 || memcmp(v4, known_addresses[1], 4) == 0;
            if (known && is_well_formed(bytes, lengths[k])) {
                put_prefix(dns64, bytes, lengths[k]);
                break;
            }
        }
    }
}

static bool lies_under(const struct mxs_dns64_prefix *prefix, const uint8_t *bytes)
{
    return memcmp(bytes, prefix->bytes, prefix->bits / 8) == 0 && is_well_formed(bytes, prefix->bits);
}

bool mxs_dns64_made(const struct mxs_dns64 *dns64, const uint8_t *bytes)
{
    if (lies_under(&well_known, bytes))
        return true;
    for (uint32_t i = 0; i < dns64->count; i++)
        if (lies_under(&dns64->prefixes[i], bytes))
            return true;
    return false;
}

/* The type that the message's question asks for; its name stands there uncompressed. */
static uint16_t type_of(struct mxs_bytes wire)
{
    uint32_t at = 12;
    while (at < wire.size_bytes && wire.data[at] != 0)
        at += 1u + wire.data[at];
    return at + 3 > wire.size_bytes ? 0 : (uint16_t)(wire.data[at + 1] << 8 | wire.data[at + 2]);
}

static bool is_of_addresses(const struct mxs_answer *answer)
{
    return answer->record_count != 0 && answer->records[0].data.size_bytes == 16 &&
           type_of(answer->wire) == MXS_TYPE_AAAA;
}

bool mxs_dns64_strip(const struct mxs_dns64 *dns64, const struct mxs_answer *answer, struct mxs_record *kept,
                     struct mxs_answer *out)
{
    uint32_t count = 0;
    if (!is_of_addresses(answer))
        return false;
    for (uint32_t i = 0; i < answer->record_count; i++)
        if (!mxs_dns64_made(dns64, answer->records[i].data.data))
            kept[count++] = answer->records[i];
    if (count == answer->record_count)
        return false;
    *out = *answer;
    out->records = count == 0 ? NULL : kept;
    out->record_count = count;
    out->doubtful = false; /* nobody else has to say so: it is known what they were made of */
    if (count == 0) {
        out->outcome = MXS_NODATA;
        out->ttl_s = 0;
    }
    return true;
}

uint32_t mxs_dns64_text(const struct mxs_dns64 *dns64, char out[MXS_DNS64_TEXT_SIZE])
{
    struct mxs_address address = {.family = 6};
    char text[MXS_ADDRESS_TEXT_SIZE];
    MXS_ASSERT(dns64->count > 0);
    memcpy(address.bytes, dns64->prefixes[0].bytes, sizeof address.bytes);
    mxs_address_text(&address, text);
    return (uint32_t)snprintf(out, MXS_DNS64_TEXT_SIZE, "%s/%u", text, dns64->prefixes[0].bits);
}
