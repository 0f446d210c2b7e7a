/* Who told which set. Several resolvers of which each says the same every time, and not what the others say, do not
 * have parts of a pool: one of them is behind the others, or lies. Then the set of most of them is what was told.
 *
 * In         The answers of a run, as they are put into a sample (record_pool.h)
 * Out        The sample, without what a minority said
 * Limits     MXS_POOL_ATTEMPTS_MAX resolvers of a subject
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_RECORD_VOTES_H
#define MXS_SCANNER_RUN_INTERNAL_RECORD_VOTES_H

#include "scanner/run/internal/record_pool.h"

/* All zero: none. */
struct mxs_record_votes {
    uint16_t resolvers[MXS_POOL_ATTEMPTS_MAX]; /* row ids */
    uint8_t second;   /* a bit for each that told the sample's second part */
    uint8_t count;
    uint8_t times[2]; /* how often each part was told */
    bool wavers;      /* one told both */
};

/* After the set is put into the sample. */
void mxs_record_votes_put(struct mxs_record_votes *votes, const struct mxs_pool_sample *sample, uint16_t resolver,
                          uint32_t set);
/* The sample as most resolvers told it; as it is where they waver, are equally many or told more than two sets. */
struct mxs_pool_sample mxs_record_votes_sample(const struct mxs_record_votes *votes,
                                               const struct mxs_pool_sample *sample);

#endif
