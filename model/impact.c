#include "model/impact.h"

const char *const mxs_part_names[MXS_PART_COUNT] = {"host", "address", "prefix", "asn", "provider", "country"};
const char *const mxs_effect_names[MXS_EFFECT_COUNT] = {"none", "capacity", "fallback", "lost"};

enum mxs_effect mxs_effect_of(size_t all, size_t first, size_t lost, size_t first_lost)
{
    return lost == 0 ? MXS_EFFECT_NONE : lost == all ? MXS_EFFECT_LOST
           : first_lost == first ? MXS_EFFECT_FALLBACK : MXS_EFFECT_CAPACITY;
}
