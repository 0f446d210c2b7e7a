/* Counting a million rows into a few thousand keys. The keys come from a database somebody may have tampered with, so
 * nothing is sized by an id.
 *
 * In         Keys of up to two numbers
 * Out        How often, or how much, of each
 * Limits     Memory
 * Errors     MXS_ERR_MEMORY, sticky
 * Ownership  init/finish
 * Threads    One at a time
 */
#ifndef MXS_BASE_COUNTER_H
#define MXS_BASE_COUNTER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/index.h"

struct mxs_counter_item {
    int64_t key, second;
    int64_t sum;
};

struct mxs_counter {
    struct mxs_counter_item *items; /* in the order of first sight */
    size_t count, capacity;
    struct mxs_index index;
    uint64_t hash_key[2];
    enum mxs_err err;
};

void mxs_counter_init(struct mxs_counter *counter);
void mxs_counter_finish(struct mxs_counter *counter);
/* amount > 0 */
void mxs_counter_put(struct mxs_counter *counter, int64_t key, int64_t second, int64_t amount);
/* 0 when there is none. */
int64_t mxs_counter_find(const struct mxs_counter *counter, int64_t key, int64_t second);

#endif
