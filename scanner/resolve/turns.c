#include "scanner/resolve/internal/turns.h"

#define SET 4u           /* channels that take turns: c-ares' tables of one take 74 KB */
#define SET_BATCHES 64u  /* before the next four */
#define SET_OPEN_MAX 128u /* with more open a channel is passed over: the buffer of its socket must hold the answers */
#define SMALL_BATCH 16u  /* counts as a whole round of the set: where little is asked, ports change more */

void mxs_turns_sent(struct mxs_turns *turns, uint32_t count)
{
    turns->batches += count < SMALL_BATCH ? SET_BATCHES / SET : 1;
    turns->current++;
}

mxs_channel *mxs_turns_next(struct mxs_turns *turns, mxs_channel *const *channels, uint32_t count)
{
    if (turns->batches >= SET_BATCHES) {
        turns->batches = 0;
        turns->first = (turns->first + SET) % count;
    }
    for (uint32_t i = 0; i < SET; i++) {
        uint32_t at = (turns->first + (turns->batches + i) % SET) % count;
        if (mxs_channel_open_count(channels[at]) < SET_OPEN_MAX)
            return channels[turns->current = at];
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (turns->current + i) % count;
        if (mxs_channel_open_count(channels[at]) < MXS_CHANNEL_OPEN_MAX)
            return channels[turns->current = at];
    }
    return NULL;
}
