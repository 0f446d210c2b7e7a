#include "base/hash.h"

#include <string.h>

#include "base/clock.h"
#include "base/system.h"

void mxs_hash_key(uint64_t key[2])
{
    if (mxs_system_random_read(key, 2 * sizeof key[0]))
        return;
    key[0] = mxs_clock_ns() * 0x9e3779b97f4a7c15ull;
    key[1] = (uint64_t)(uintptr_t)key ^ (uint64_t)mxs_clock_unix_s();
}

static inline uint64_t rotate(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

struct sip {
    uint64_t a, b, c, d;
};

static inline void sip_round(struct sip *s)
{
    s->a += s->b; s->b = rotate(s->b, 13); s->b ^= s->a; s->a = rotate(s->a, 32);
    s->c += s->d; s->d = rotate(s->d, 16); s->d ^= s->c;
    s->a += s->d; s->d = rotate(s->d, 21); s->d ^= s->a;
    s->c += s->b; s->b = rotate(s->b, 17); s->b ^= s->c; s->c = rotate(s->c, 32);
}

uint64_t mxs_hash(const uint64_t key[2], const void *data, size_t size_bytes)
{
    const uint8_t *bytes = data;
    struct sip s = {key[0] ^ 0x736f6d6570736575ull, key[1] ^ 0x646f72616e646f6dull,
                    key[0] ^ 0x6c7967656e657261ull, key[1] ^ 0x7465646279746573ull};
    size_t left = size_bytes;
    for (; left >= 8; left -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        s.d ^= word;
        sip_round(&s);
        s.a ^= word;
    }
    uint64_t last = (uint64_t)size_bytes << 56;
    for (size_t i = 0; i < left; i++)
        last |= (uint64_t)bytes[i] << (8 * i);
    s.d ^= last;
    sip_round(&s);
    s.a ^= last;
    s.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}
