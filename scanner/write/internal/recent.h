/* Most domains share their MX set with many others, and those few sets come again and again. Here they are recognised
 * by their records, byte for byte, without a look at each host's place in the dictionary.
 *
 * In         MX records in the order they came
 * Out        The set they were found to be
 * Limits     MXS_RECENT_SETS sets of up to MXS_RECENT_KEY bytes
 * Errors     None: what does not fit is not remembered
 * Ownership  Plain values; zeroed, it is empty
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_WRITE_INTERNAL_RECENT_H
#define MXS_SCANNER_WRITE_INTERNAL_RECENT_H

#include "model/answer.h"

#define MXS_RECENT_SETS 256u
#define MXS_RECENT_KEY 122u

struct mxs_recent {
    struct mxs_recent_set {
        uint32_t set; /* 0: none */
        uint16_t size_bytes;
        uint8_t key[MXS_RECENT_KEY];
    } sets[MXS_RECENT_SETS];
};

/* A question to the table: the records as one key, and its place. */
struct mxs_recent_key {
    uint32_t position;
    uint16_t size_bytes; /* 0: too long to be remembered */
    uint8_t bytes[MXS_RECENT_KEY];
};

void mxs_recent_read(const struct mxs_record *records, uint32_t count, struct mxs_recent_key *out);
/* The set of these records, or 0. */
uint32_t mxs_recent_find(const struct mxs_recent *recent, const struct mxs_recent_key *key);
void mxs_recent_put(struct mxs_recent *recent, const struct mxs_recent_key *key, uint32_t set);

#endif
