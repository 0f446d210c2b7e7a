#include "scanner/resolve/internal/rotation.h"

#define SET 4u           /* channels that take turns: c-ares' tables of one take 74 KB */
#define SET_BATCHES 64u  /* before the next four */
#define SET_OPEN_MAX 128u /* with more open a channel is passed over: the buffer of its socket must hold the answers */
#define SMALL_BATCH 16u  /* counts as a whole round of the set: where little is asked, ports change more */

void mxs_rotation_sent(struct mxs_rotation *rotation, uint32_t count)
{
    rotation->batches += count < SMALL_BATCH ? SET_BATCHES / SET : 1;
    rotation->current++;
}

mxs_channel *mxs_rotation_next(struct mxs_rotation *rotation, mxs_channel *const *channels, uint32_t count)
{
    if (rotation->batches >= SET_BATCHES) {
        rotation->batches = 0;
        rotation->first = (rotation->first + SET) % count;
    }
    for (uint32_t i = 0; i < SET; i++) {
        uint32_t at = (rotation->first + (rotation->batches + i) % SET) % count;
        if (mxs_channel_open_count(channels[at]) < SET_OPEN_MAX)
            return channels[rotation->current = at];
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (rotation->current + i) % count;
        if (mxs_channel_open_count(channels[at]) < MXS_CHANNEL_OPEN_MAX)
            return channels[rotation->current = at];
    }
    return NULL;
}
