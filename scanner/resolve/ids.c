#include "scanner/resolve/internal/ids.h"

#include "base/intern.h"
#include "base/system.h"

uint16_t mxs_ids_take(struct mxs_query_ids *ids)
{
    if (ids->left == 0) {
        if (!mxs_system_random_read(ids->ids, sizeof ids->ids)) {
            uint64_t key[2];
            mxs_hash_key(key);
            for (uint32_t i = 0; i < MXS_IDS_AT_ONCE; i++)
                ids->ids[i] = (uint16_t)mxs_hash(key, &i, sizeof i);
        }
        ids->left = MXS_IDS_AT_ONCE;
    }
    return ids->ids[--ids->left];
}
