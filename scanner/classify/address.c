#include "scanner/classify/address.h"

#include <arpa/inet.h>

struct block {
    uint8_t bytes[8]; /* no registered block that matters here is longer than /64 but the single addresses below */
    uint8_t bits;
    bool public;
};

/* Longer blocks before those they lie in: the first that holds the address decides. Blocks whose
 * registry entry is "True" need a line only inside one that is not. */
static const struct block blocks4[] = {
    {{192, 0, 0, 9}, 32, true},      /* port control protocol anycast */
    {{192, 0, 0, 10}, 32, true},     /* TURN anycast */
    {{192, 0, 0}, 24, false},        /* IETF protocol assignments */
    {{192, 0, 2}, 24, false},        /* documentation */
    {{192, 88, 99}, 24, false},      /* 6to4 relay anycast, withdrawn */
    {{198, 51, 100}, 24, false},     /* documentation */
    {{203, 0, 113}, 24, false},      /* documentation */
    {{192, 168}, 16, false},         /* private */
    {{169, 254}, 16, false},         /* link-local */
    {{198, 18}, 15, false},          /* benchmarking */
    {{172, 16}, 12, false},          /* private */
    {{100, 64}, 10, false},          /* shared, carrier-grade NAT */
    {{0}, 8, false},                 /* this network */
    {{10}, 8, false},                /* private */
    {{127}, 8, false},               /* loopback */
    {{224}, 4, false},               /* multicast */
    {{240}, 4, false},               /* reserved, broadcast */
};

static const struct block blocks6[] = {
    {{0x20, 0x01, 0x00, 0x02, 0x00, 0x00}, 48, false}, /* benchmarking */
    {{0x20, 0x01, 0x00, 0x04, 0x01, 0x12}, 48, true},  /* AS112 */
    {{0x20, 0x01, 0x00, 0x03}, 32, true},              /* AMT */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, false},             /* documentation */
    {{0x20, 0x01, 0x00, 0x20}, 28, true},              /* ORCHIDv2 */
    {{0x20, 0x01, 0x00, 0x30}, 28, true},              /* drone remote identification */
    {{0x20, 0x01, 0x00, 0x00}, 23, false},             /* IETF protocol assignments, Teredo among them */
    {{0x3f, 0xff, 0x00}, 20, false},                   /* documentation */
    {{0x20, 0x02}, 16, false},                         /* 6to4 */
    {{0x20}, 3, true},                                 /* global unicast */
};

static bool within(const uint8_t *bytes, const struct block *block)
{
    unsigned whole = block->bits / 8, rest = block->bits % 8;
    if (memcmp(bytes, block->bytes, whole) != 0)
        return false;
    return rest == 0 || (bytes[whole] ^ block->bytes[whole]) >> (8 - rest) == 0;
}

static bool public4(const uint8_t *bytes)
{
    for (size_t i = 0; i < sizeof blocks4 / sizeof blocks4[0]; i++)
        if (within(bytes, &blocks4[i]))
            return blocks4[i].public;
    return true;
}

static bool public6(const uint8_t *bytes)
{
    static const uint8_t translated[12] = {0x00, 0x64, 0xff, 0x9b};
    static const uint8_t anycast[15] = {0x20, 0x01, 0x00, 0x01}; /* 2001:1::1 to ::3 */
    if (memcmp(bytes, translated, sizeof translated) == 0)
        return public4(bytes + 12);
    if (memcmp(bytes, anycast, sizeof anycast) == 0 && bytes[15] >= 1 && bytes[15] <= 3)
        return true;
    for (size_t i = 0; i < sizeof blocks6 / sizeof blocks6[0]; i++)
        if (within(bytes, &blocks6[i]))
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
