/* What the loss of a part (a host, an address, a prefix, a network, a provider, a country) does to a domain. A path is
 * one address of one usable MX host; where addresses were not asked, one MX host. A part that fails takes its paths
 * with it. Of an MX host, or an address of one, that is not settled nobody knows whether it is a path: where no other
 * is left, what the loss does is unknown.
 *
 * Spec       docs/manual.md, "What the words mean": single point of failure, tier, backup
 * Threads    Any. Pure
 */
#ifndef MXS_MODEL_IMPACT_H
#define MXS_MODEL_IMPACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mxs_part { MXS_PART_HOST, MXS_PART_ADDRESS, MXS_PART_PREFIX, MXS_PART_ASN, MXS_PART_PROVIDER, MXS_PART_COUNTRY,
                MXS_PART_COUNT };
extern const char *const mxs_part_names[MXS_PART_COUNT];

enum mxs_effect {
    MXS_EFFECT_NONE,
    MXS_EFFECT_CAPACITY,
    MXS_EFFECT_FALLBACK,
    MXS_EFFECT_LOST,
    MXS_EFFECT_UNKNOWN,
    MXS_EFFECT_COUNT
};
extern const char *const mxs_effect_names[MXS_EFFECT_COUNT];

/* Of all paths of a domain, those of the first tier among them, and how many of each the part takes. */
enum mxs_effect mxs_effect_of(size_t all, size_t first, size_t lost, size_t first_lost);

/* Where there may be more paths than those that are known: the parts they would belong to. Begins as {0}. */
struct mxs_open_paths {
    uint32_t part;
    bool any, several;
};

#define MXS_PART_UNKNOWN UINT32_MAX

void mxs_open_paths_put(struct mxs_open_paths *open, uint32_t part);
/* The same when these may exist: `open` of any tier, `open_first` of one that is asked no later than the first; `ahead`
 * where one of the part itself would be asked before the first, and its loss would be that of tier 1. */
enum mxs_effect mxs_effect_beside(enum mxs_effect effect, uint32_t part, const struct mxs_open_paths *open,
                                  const struct mxs_open_paths *open_first, bool ahead);

#endif
