#include <stdio.h>

#include "model/vocabulary.h"
#include "scanner/resolve/pool.h"

#define NAMES_TOLD 2u

uint32_t mxs_pool_denial_text(const mxs_pool *pool, uint32_t resolver, const char *const *controls, uint32_t count,
                              char out[MXS_POOL_DENIAL_SIZE])
{
    char names[300] = "";
    uint32_t denied = 0, used = 0;
    bool all_exist = true; /* by its own word: it denies their MX alone, and such names there are */
    for (uint32_t i = 0; i < count; i++) {
        enum mxs_outcome outcome = mxs_pool_control(pool, resolver, i)->outcome;
        if (outcome == MXS_ANSWERED || !mxs_outcome_settled(outcome))
            continue;
        all_exist &= outcome == MXS_NODATA;
        if (denied++ < NAMES_TOLD)
            used += (uint32_t)snprintf(names + used, sizeof names - used, "%s%.100s", used == 0 ? "" : ", ",
                                       controls[i]);
    }
    return (uint32_t)snprintf(out, MXS_POOL_DENIAL_SIZE,
                              "resolver %s %s control names%s (%s%s)%s",
                              mxs_resolver_address(mxs_pool_resolver(pool, resolver)),
                              all_exist ? "has no MX for any of the" : "denies all",
                              denied < count ? " that it settled" : "", names, denied > NAMES_TOLD ? ", ..." : "",
                              all_exist ? ": MX records that it denies may exist, too"
                                        : ", which exist: other names that it denies may exist, too");
}
