#include "scanner/schedule/internal/polite.h"

#include <stdlib.h>

#include "base/intern.h"

#define COUNTERS_EACH 16u /* per question in flight */

enum mxs_err mxs_polite_init(struct mxs_polite *polite, uint32_t limit, uint32_t concurrency,
                             const mxs_suffixes *suffixes)
{
    *polite = (struct mxs_polite){.suffixes = suffixes, .limit = limit > UINT16_MAX ? UINT16_MAX : limit};
    if (limit == 0)
        return MXS_OK;
    uint32_t count = 1024;
    while (count < concurrency * COUNTERS_EACH && count < 1u << 24)
        count *= 2;
    polite->counters = calloc(count, sizeof *polite->counters);
    if (polite->counters == NULL)
        return MXS_ERR_MEMORY;
    polite->mask = count - 1;
    mxs_hash_key(polite->key);
    return MXS_OK;
}

void mxs_polite_finish(struct mxs_polite *polite)
{
    free(polite->counters);
    polite->counters = NULL;
}

uint32_t mxs_polite_find(const struct mxs_polite *polite, struct mxs_text name)
{
    if (polite->limit == 0)
        return 0;
    struct mxs_text domain = polite->suffixes == NULL ? name : mxs_domain_registrable(polite->suffixes, name);
    return (uint32_t)mxs_hash(polite->key, domain.data, domain.size_bytes) & polite->mask;
}
