#include "scanner/run/internal/record_votes.h"

void mxs_record_votes_put(struct mxs_record_votes *votes, const struct mxs_pool_sample *sample, uint16_t resolver,
                          uint32_t set)
{
    bool second = set != sample->parts[0];
    uint32_t at = 0;
    while (at < votes->count && votes->resolvers[at] != resolver)
        at++;
    votes->times[second] += votes->times[second] < UINT8_MAX;
    if (at < votes->count) {
        votes->wavers |= (votes->second >> at & 1) != second;
    } else if (at < MXS_POOL_ATTEMPTS_MAX) {
        votes->resolvers[votes->count++] = resolver;
        votes->second |= (uint8_t)(second << at);
    }
}

struct mxs_pool_sample mxs_record_votes_sample(const struct mxs_record_votes *votes,
                                               const struct mxs_pool_sample *sample)
{
    uint32_t voters[2] = {0, 0};
    for (uint32_t i = 0; i < votes->count; i++)
        voters[votes->second >> i & 1]++;
    if (!sample->differs || sample->more || votes->wavers || voters[0] == voters[1])
        return *sample;
    bool second = voters[1] > voters[0];
    uint32_t set = sample->parts[second];
    return (struct mxs_pool_sample){.seen = set, .parts = {set}, .attempts = votes->times[second]};
}
