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

MXS_CHECK bool mxs_vector_grow(void *list, size_t *capacity, size_t count, size_t item_size_bytes);
/* list is the address of the array's pointer. Room for count + 1 items. */
MXS_CHECK static inline bool mxs_vector_reserve(void *list, size_t *capacity, size_t count, size_t item_size_bytes)
{
    return count < *capacity || mxs_vector_grow(list, capacity, count, item_size_bytes);
}
/* The same of an array that is read at any place below its capacity: items nobody has written are zero. */
MXS_CHECK bool mxs_vector_reach(void *list, size_t *capacity, size_t at, size_t item_size_bytes);

/* The same of arrays that grow together. */
struct mxs_vector_part {
    void *list;
    size_t item_size_bytes;
};
MXS_CHECK bool mxs_vector_reserve_each(const struct mxs_vector_part *parts, size_t part_count, size_t *capacity,
                                       size_t count);

/* The place of an id among ascending ones; count when it is not there. Guessed first: ids are given in sequence. */
size_t mxs_vector_find(const int64_t *ids, size_t count, int64_t id);

/* Ids of rows, ascending: as long as they are in sequence only the first is kept. */
struct mxs_ids {
    int64_t first;
    int64_t *list; /* NULL: first, first + 1, ... */
    size_t count, capacity;
};
/* False: out of memory, or the id does not ascend. */
MXS_CHECK bool mxs_ids_put(struct mxs_ids *ids, int64_t id);
static inline int64_t mxs_ids_at(const struct mxs_ids *ids, size_t at)
{
    return ids->list != NULL ? ids->list[at] : ids->first + (int64_t)at;
}
/* The place of an id; UINT32_MAX when it is not there. */
uint32_t mxs_ids_find(const struct mxs_ids *ids, int64_t id);
void mxs_ids_finish(struct mxs_ids *ids);

#endif
