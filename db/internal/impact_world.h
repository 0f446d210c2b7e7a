/* What is read of a run before its impact is counted: hosts, addresses and MX sets, in arrays by place.
 *
 * Ownership  mxs_impact_finish
 */
#ifndef MXS_DB_INTERNAL_IMPACT_WORLD_H
#define MXS_DB_INTERNAL_IMPACT_WORLD_H

#include "base/vector.h"
#include "db/counts.h"
#include "model/impact.h"

#define NONE UINT32_MAX
#define NO_PART 0x7fffffffu
#define OWN_MOST 0x07ffffffu

/* Rows of sets, in the order of the sets: those of place i begin at starts[i] and end before starts[i + 1]. */
struct sets {
    struct mxs_ids ids;
    uint32_t *starts;
    size_t start_capacity;
};

struct member {
    uint32_t host;
    uint32_t preference;
};

struct host {
    uint32_t set[2]; /* of addresses, by place; NONE */
    uint32_t provider; /* place */
    uint32_t own : 27; /* domains that are their own MX host */
    uint32_t usable : 1, deliverable : 1, root : 1;
    uint32_t open : 1, open_addresses : 1; /* not settled: whether it is usable, all of its addresses */
};

struct address {
    int64_t prefix;
    uint32_t part : 31; /* of the kind that is counted; NO_PART */
    uint32_t public : 1;
};

struct parts {
    uint32_t (*effects)[MXS_EFFECT_COUNT]; /* domains, by part; [MXS_EFFECT_NONE] counts all that use it */
    int64_t *rows;                         /* what names the part: an id, or a number of a network */
    size_t count;
};

struct way {
    uint32_t part;
    enum { WAY_FIRST, WAY_LATER, WAY_AHEAD } tier; /* ahead: not settled, whether it is one before the first */
};

struct told {
    uint64_t least;
    size_t ties;
};

struct world {
    int64_t run, list;
    bool hosts_asked, memory;
    bool networks; /* an address has one */
    struct mxs_ids host_ids, address_ids, provider_ids;
    struct host *hosts;
    struct address *addresses;
    struct sets address_sets, mx_sets;
    uint32_t *entries;       /* places of addresses */
    struct member *members;
    uint32_t *domains;       /* by place in mx_sets */
    size_t host_capacity, address_capacity, entry_count, entry_capacity, member_count, member_capacity;
    struct way *ways; /* of one set */
    size_t way_count, way_capacity;
    bool open_ahead; /* of an MX host ahead nobody knows of which part it would be */
    struct mxs_open_paths open, open_first; /* beside these */
    enum mxs_part kind;
    struct parts parts;
    struct told told[2]; /* by what is lost, by what is used */
    size_t next;
    bool ties, by_use; /* what is written: parts heavier than one of the two; or those just as heavy as one */
};

/* counts NULL: how many domains have each set is read, too. */
MXS_CHECK enum mxs_err mxs_impact_read(struct world *world, mxs_store *store, const struct mxs_domain_counts *counts,
                                       struct mxs_detail *detail);
void mxs_impact_finish(struct world *world);

#endif
