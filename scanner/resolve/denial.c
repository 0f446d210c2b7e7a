#include <stdio.h>

#include "model/vocabulary.h"
#include "scanner/resolve/pool.h"

#define NAMES_TOLD 2u

uint32_t mxs_pool_denial_text(const mxs_pool *pool, uint32_t resolver, const char *const *controls, uint32_t count,
                              char out[MXS_POOL_DENIAL_SIZE])
{
    char names[300] = "";
    uint32_t denied = 0, used = 0;
    for (uint32_t i = 0; i < count; i++) {
        enum mxs_outcome outcome = mxs_pool_control(pool, resolver, i)->outcome;
        if (outcome == MXS_ANSWERED || !mxs_outcome_settled(outcome))
            continue;
        if (denied++ < NAMES_TOLD)
            used += (uint32_t)snprintf(names + used, sizeof names - used, "%s%.100s", used == 0 ? "" : ", ",
                                       controls[i]);
    }
    return (uint32_t)snprintf(out, MXS_POOL_DENIAL_SIZE,
                              "resolver %s denies all control names%s (%s%s), which exist: other names that it denies"
                              " may exist, too",
                              mxs_resolver_address(mxs_pool_resolver(pool, resolver)),
                              denied < count ? " that it settled" : "", names, denied > NAMES_TOLD ? ", ..." : "");
}
