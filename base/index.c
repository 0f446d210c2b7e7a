#include "base/index.h"

#include <stdlib.h>

#define FIRST_SLOTS 1024u

void mxs_index_finish(struct mxs_index *index)
{
    free(index->slots);
    *index = (struct mxs_index){0};
}

/* The old slots go first. */
bool mxs_index_reset(struct mxs_index *index, size_t used)
{
    struct mxs_index larger = {.slot_count = index->slot_count == 0 ? FIRST_SLOTS : index->slot_count};
    while (mxs_index_is_full(&larger, used))
        larger.slot_count += larger.slot_count / 2;
    mxs_index_finish(index);
    larger.slots = calloc(larger.slot_count, MXS_INDEX_SLOT_SIZE);
    if (larger.slots == NULL)
        return false;
    *index = larger;
    return true;
}
