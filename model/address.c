#include "model/address.h"

#include <arpa/inet.h>

/* Longer blocks before those they lie in: the first that holds the address decides. Blocks whose
 * registry entry is "True" need a line only inside one that is not. */
static const struct {
    uint32_t network;
    uint8_t bits;
    bool public;
} blocks4[] = {
    {0xc0000009, 32, true},  /* 192.0.0.9: port control protocol anycast */
    {0xc000000a, 32, true},  /* 192.0.0.10: TURN anycast */
    {0xc0000000, 24, false}, /* 192.0.0.0: IETF protocol assignments */
    {0xc0000200, 24, false}, /* 192.0.2.0: documentation */
    {0xc0586300, 24, false}, /* 192.88.99.0: 6to4 relay anycast, withdrawn */
    {0xc6336400, 24, false}, /* 198.51.100.0: documentation */
    {0xcb007100, 24, false}, /* 203.0.113.0: documentation */
    {0xc0a80000, 16, false}, /* 192.168: private */
    {0xa9fe0000, 16, false}, /* 169.254: link-local */
    {0xc6120000, 15, false}, /* 198.18: benchmarking */
    {0xac100000, 12, false}, /* 172.16: private */
    {0x64400000, 10, false}, /* 100.64: shared, carrier-grade NAT */
    {0x00000000, 8, false},  /* this network */
    {0x0a000000, 8, false},  /* 10: private */
    {0x7f000000, 8, false},  /* 127: loopback */
    {0xe0000000, 3, false},  /* 224 and above: multicast, reserved, broadcast */
};

/* No block that matters is longer than /64, but for the three single addresses below. */
static const struct {
    uint64_t network;
    uint8_t bits;
    bool public;
} blocks6[] = {
    {0x2001000200000000, 48, false}, /* 2001:2: benchmarking */
    {0x2001000401120000, 48, true},  /* 2001:4:112: AS112 */
    {0x2001000300000000, 32, true},  /* 2001:3: AMT */
    {0x20010db800000000, 32, false}, /* 2001:db8: documentation */
    {0x2001002000000000, 28, true},  /* 2001:20: ORCHIDv2 */
    {0x2001003000000000, 28, true},  /* 2001:30: drone remote identification */
    {0x2001000000000000, 23, false}, /* IETF protocol assignments, Teredo among them */
    {0x3fff000000000000, 20, false}, /* documentation */
    {0x2002000000000000, 16, false}, /* 6to4 */
    {0x2000000000000000, 3, true},   /* global unicast */
};

static uint64_t number_of(const uint8_t *bytes, int count)
{
    uint64_t number = 0;
    for (int i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* First octets in which some block of blocks4 begins: most addresses need no search. */
static bool may_be_special(uint8_t first)
{
    switch (first) {
    case 0: case 10: case 100: case 127: case 169: case 172: case 192: case 198: case 203: return true;
    default: return first >= 224;
    }
}

static bool public4(const uint8_t *bytes)
{
    if (!may_be_special(bytes[0]))
        return true;
    uint32_t address = (uint32_t)number_of(bytes, 4);
    for (size_t i = 0; i < sizeof blocks4 / sizeof blocks4[0]; i++)
        if ((address ^ blocks4[i].network) >> (32 - blocks4[i].bits) == 0)
            return blocks4[i].public;
    return true;
}

static bool public6(const uint8_t *bytes)
{
    static const uint8_t anycast[15] = {0x20, 0x01, 0x00, 0x01}; /* 2001:1::1 to ::3 */
    if (memcmp(bytes, anycast, sizeof anycast) == 0 && bytes[15] >= 1 && bytes[15] <= 3)
        return true;
    uint64_t address = number_of(bytes, 8);
    for (size_t i = 0; i < sizeof blocks6 / sizeof blocks6[0]; i++)
        if ((address ^ blocks6[i].network) >> (64 - blocks6[i].bits) == 0)
            return blocks6[i].public;
    return false;
}

bool mxs_address_public(const struct mxs_address *address)
{
    return address->family == 4 ? public4(address->bytes) : public6(address->bytes);
}

uint32_t mxs_address_text(const struct mxs_address *address, char out[MXS_ADDRESS_TEXT_SIZE])
{
    const char *text = inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, out, MXS_ADDRESS_TEXT_SIZE);
    MXS_ASSERT(text != NULL);
    return (uint32_t)strlen(out);
}

struct mxs_address mxs_address_prefix(const struct mxs_address *address)
{
    struct mxs_address prefix = {.family = address->family};
    memcpy(prefix.bytes, address->bytes, address->family == 4 ? 3 : 6);
    return prefix;
}

uint32_t mxs_address_prefix_text(const struct mxs_address *address, char out[MXS_PREFIX_TEXT_SIZE])
{
    struct mxs_address prefix = mxs_address_prefix(address);
    uint32_t size = mxs_address_text(&prefix, out);
    memcpy(out + size, address->family == 4 ? "/24" : "/48", 4);
    return size + 3;
}

bool mxs_address_parse(struct mxs_text text, struct mxs_address *out)
{
    char copy[MXS_ADDRESS_TEXT_SIZE];
    struct mxs_address address = {0};
    if (text.size_bytes == 0 || text.size_bytes >= sizeof copy || memchr(text.data, 0, text.size_bytes) != NULL)
        return false;
    memcpy(copy, text.data, text.size_bytes);
    copy[text.size_bytes] = 0;
    if (inet_pton(AF_INET, copy, address.bytes) == 1)
        address.family = 4;
    else if (inet_pton(AF_INET6, copy, address.bytes) == 1)
        address.family = 6;
    else
        return false;
    *out = address;
    return true;
}
