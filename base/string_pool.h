/* Interning, for the few thousand different prefixes and top-level domains of a million names.
 *
 * In         Texts that come again and again
 * Out        Small numbers for them: 0, 1, 2 ... in order of first sight
 * Limits     Memory
 * Errors     MXS_STRING_NONE when there is no memory
 * Ownership  init/finish; the copies live until finish
 * Threads    One at a time
 */
#ifndef MXS_BASE_STRING_POOL_H
#define MXS_BASE_STRING_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/index.h"

#define MXS_STRING_NONE UINT32_MAX

struct mxs_string_pool {
    const char **texts; /* NUL-terminated, by number */
    uint32_t count;
    size_t capacity;
    struct mxs_index index; /* number + 1 */
    uint64_t hash_key[2];
    struct mxs_string_pool_chunk *chunks;
};

void mxs_string_pool_init(struct mxs_string_pool *texts);
void mxs_string_pool_finish(struct mxs_string_pool *texts);
uint32_t mxs_string_pool_put(struct mxs_string_pool *texts, const char *text, size_t size_bytes);
/* A copy that lives as long, without a number; NULL when there is no memory. */
const char *mxs_string_pool_keep(struct mxs_string_pool *texts, const char *text, size_t size_bytes);

#endif
