/* Growing arrays: the one way to make room for one more item.
 *
 * Limits     Memory
 * Errors     False: out of memory, the array is as it was
 * Ownership  The caller's, by free
 */
#ifndef MXS_BASE_VECTOR_H
#define MXS_BASE_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* list is the address of the array's pointer. Room for count + 1 items. */
MXS_CHECK bool mxs_vector_reserve(void *list, size_t *capacity, size_t count, size_t item_size_bytes);

/* Ids of rows, ascending: an id is found by guessing its place, because ids are given in sequence. */
struct mxs_ids {
    int64_t *list;
    size_t count, capacity;
};
/* False: out of memory, or the id does not ascend. */
MXS_CHECK bool mxs_ids_put(struct mxs_ids *ids, int64_t id);
/* The place of an id; UINT32_MAX when it is not there. */
uint32_t mxs_ids_find(const struct mxs_ids *ids, int64_t id);
void mxs_ids_finish(struct mxs_ids *ids);

#endif
