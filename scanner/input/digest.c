#include "scanner/input/digest.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/intern.h"

/* Any two different constants would do; these are the first digits of pi and of e in hexadecimal. */
#define LANE_A 0x243f6a8885a308d3ull
#define LANE_B 0xb7e151628aed2a6aull

static void absorb(uint64_t lanes[2], const uint8_t *block, uint32_t size_bytes)
{
    const uint64_t key_a[2] = {lanes[0], LANE_A}, key_b[2] = {lanes[1], LANE_B};
    lanes[0] = mxs_hash(key_a, block, size_bytes);
    lanes[1] = mxs_hash(key_b, block, size_bytes);
}

void mxs_digest_init(struct mxs_digest *digest)
{
    digest->lanes[0] = LANE_A;
    digest->lanes[1] = LANE_B;
    digest->used = 0;
}

static void put_bytes(struct mxs_digest *digest, const char *data, uint32_t size_bytes)
{
    while (size_bytes != 0) {
        uint32_t room = MXS_DIGEST_BLOCK_BYTES - digest->used;
        uint32_t piece = size_bytes < room ? size_bytes : room;
        memcpy(digest->block + digest->used, data, piece);
        digest->used += piece;
        data += piece;
        size_bytes -= piece;
        if (digest->used == MXS_DIGEST_BLOCK_BYTES) {
            absorb(digest->lanes, digest->block, digest->used);
            digest->used = 0;
        }
    }
}

/* Nearly all find room in the block, and a list puts a few for each of its rows. */
void mxs_digest_put(struct mxs_digest *digest, struct mxs_text name)
{
    if (name.size_bytes < MXS_DIGEST_BLOCK_BYTES - 1 - digest->used) {
        memcpy(digest->block + digest->used, name.data, name.size_bytes);
        digest->block[digest->used + name.size_bytes] = '\n';
        digest->used += name.size_bytes + 1;
    } else {
        put_bytes(digest, name.data, name.size_bytes);
        put_bytes(digest, "\n", 1);
    }
}

void mxs_digest_text(const struct mxs_digest *digest, char out[MXS_DIGEST_TEXT_SIZE])
{
    uint64_t lanes[2] = {digest->lanes[0], digest->lanes[1]};
    absorb(lanes, digest->block, digest->used);
    snprintf(out, MXS_DIGEST_TEXT_SIZE, "%016" PRIx64 "%016" PRIx64, lanes[0], lanes[1]);
}
