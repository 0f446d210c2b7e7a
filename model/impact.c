#include "model/impact.h"

const char *const mxs_part_names[MXS_PART_COUNT] = {"host", "address", "prefix", "asn", "provider", "country"};
const char *const mxs_effect_names[MXS_EFFECT_COUNT] = {"none", "capacity", "fallback", "lost", "unknown"};

enum mxs_effect mxs_effect_of(size_t all, size_t first, size_t lost, size_t first_lost)
{
    return lost == 0 ? MXS_EFFECT_NONE : lost == all ? MXS_EFFECT_LOST
           : first_lost == first ? MXS_EFFECT_FALLBACK : MXS_EFFECT_CAPACITY;
}

void mxs_open_paths_put(struct mxs_open_paths *open, uint32_t part)
{
    open->several |= part == MXS_PART_UNKNOWN || (open->any && part != open->part);
    open->part = part;
    open->any = true;
}

static bool are_beside(const struct mxs_open_paths *open, uint32_t part)
{
    return open->any && (open->several || open->part != part);
}

enum mxs_effect mxs_effect_beside(enum mxs_effect effect, uint32_t part, const struct mxs_open_paths *open,
                                  const struct mxs_open_paths *open_first, bool ahead)
{
    bool unknown = (effect == MXS_EFFECT_LOST && are_beside(open, part)) ||
                   (effect == MXS_EFFECT_FALLBACK && are_beside(open_first, part)) ||
                   (effect == MXS_EFFECT_CAPACITY && ahead);
    return unknown ? MXS_EFFECT_UNKNOWN : effect;
}
