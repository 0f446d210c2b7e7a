/* Everything about addresses is counted in runs over one sorted array of points: equal addresses lie together, and so
 * do addresses of one prefix. Whether a backup shares a thing with tier 1 is then a question about one run at a time,
 * and the cost is that of a sort, also for an MX host list made by somebody unkind.
 *
 * Unknown is contagious only where it can change the answer. Adding a path never makes a single point of failure, so
 * "none" stands even when MX hosts are open, and what is settled is the smallest thing it can be: two prefixes are two
 * whatever the others have. A further address never makes two hosts out of one, so "host" stands when only an AAAA is
 * open; nor does a further MX host of the same provider make two providers. */
#include "scanner/classify/internal/redundancy.h"

#include <stdlib.h>

#include "model/usable.h"

#define POINTS_MAX 65536u
#define SMALL_SORT 32u

/* One public address of one usable MX host. */
struct point {
    uint64_t high, low; /* the address as a number, from the left; IPv4 in the upper half of high */
    uint32_t asn;
    uint8_t family;
    bool first; /* of tier 1 */
};

struct points {
    struct point *list;
    uint32_t count;
    bool cut;
};

/* Stops counted by where they stand; tier 1 is the first level with a usable one. */
struct counter {
    int32_t usable, open, tiers; /* distinct names */
    uint32_t first;              /* level of tier 1, level_count when there is none */
    bool open_before;            /* an MX host ahead of tier 1 may be usable, and then tier 1 is another */
    bool open_pair;              /* and that may be one of two or more */
    bool open_tier;              /* a level without a usable MX host may have one */
    uint32_t first_usable, first_open, later_usable, later_open;
    bool first_partial, later_partial;
};

static void counter_level(struct counter *t, const struct mxs_delivery_plan *plan, uint32_t begin, uint32_t end)
{
    uint32_t usable = 0, open = 0;
    bool partial = false;
    for (uint32_t i = begin; i < end; i++) {
        const struct mxs_hop *hop = &plan->hops[i];
        usable += hop->usable == MXS_YES;
        open += hop->usable == MXS_UNKNOWN;
        partial |= hop->partial;
        t->usable += hop->usable == MXS_YES && !hop->repeated;
        t->open += hop->usable == MXS_UNKNOWN && !hop->repeated;
    }
    t->tiers += usable > 0;
    t->open_tier |= usable == 0 && open > 0;
    if (t->first != plan->level_count) {
        t->later_usable += usable;
        t->later_open += open;
        t->later_partial |= partial;
    } else if (usable > 0) {
        t->first = plan->hops[begin].level;
        t->first_usable = usable;
        t->first_open = open;
        t->first_partial = partial;
    } else {
        t->open_before |= open > 0;
        t->open_pair |= open > 1;
    }
}

static struct counter counter_of(const struct mxs_delivery_plan *plan)
{
    struct counter t = {.first = plan->level_count};
    for (uint32_t begin = 0, end; begin < plan->count; begin = end) {
        end = begin + 1;
        while (end < plan->count && plan->hops[end].level == plan->hops[begin].level)
            end++;
        counter_level(&t, plan, begin, end);
    }
    return t;
}

static uint64_t number_of(const uint8_t *bytes)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | bytes[i];
    return number;
}

static bool collect(const struct mxs_delivery_plan *plan, uint32_t first, struct mxs_arena *arena, struct points *out)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->hops[i].usable == MXS_YES)
            most += plan->hops[i].host->address_count;
    out->cut = most > POINTS_MAX;
    out->list = mxs_arena_take(arena, (size_t)(out->cut ? POINTS_MAX : most) * sizeof *out->list);
    if (out->list == NULL)
        return false;
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct mxs_hop *hop = &plan->hops[i];
        if (hop->usable != MXS_YES)
            continue;
        for (uint32_t k = 0; k < hop->host->address_count && out->count < POINTS_MAX; k++) {
            const struct mxs_address *a = &hop->host->addresses[k];
            if (mxs_usable_address(hop->host, a))
                out->list[out->count++] = (struct point){
                    .high = a->family == 4 ? number_of(a->bytes) >> 32 << 32 : number_of(a->bytes),
                    .low = a->family == 4 ? 0 : number_of(a->bytes + 8),
                    .asn = a->asn, .family = a->family, .first = hop->level == first};
        }
    }
    return true;
}

static int by_address(const void *x, const void *y)
{
    const struct point *a = x, *b = y;
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    return (a->low > b->low) - (a->low < b->low);
}

static int by_asn(const void *x, const void *y)
{
    const struct point *a = x, *b = y;
    return (a->asn > b->asn) - (a->asn < b->asn);
}

static bool same_prefix(const struct point *a, const struct point *b)
{
    return a->family == b->family && (a->high ^ b->high) >> (a->family == 4 ? 40 : 16) == 0;
}

static bool same_address(const struct point *a, const struct point *b) { return by_address(a, b) == 0; }
static bool same_asn(const struct point *a, const struct point *b) { return a->asn == b->asn; }

static void sort(struct points *points, int (*order)(const void *, const void *))
{
    if (points->count > SMALL_SORT) {
        qsort(points->list, points->count, sizeof *points->list, order);
        return;
    }
    for (uint32_t i = 1; i < points->count; i++)
        for (uint32_t k = i; k > 0 && order(&points->list[k - 1], &points->list[k]) > 0; k--) {
            struct point swap = points->list[k];
            points->list[k] = points->list[k - 1];
            points->list[k - 1] = swap;
        }
}

/* Distinct things in sorted points; *apart when one of them is of later tiers only. */
static int32_t runs(const struct points *points, bool (*same)(const struct point *, const struct point *), bool *apart)
{
    int32_t count = 0;
    *apart = false;
    for (uint32_t i = 0, end; i < points->count; i = end) {
        bool first = false;
        for (end = i; end < points->count && same(&points->list[i], &points->list[end]); end++)
            first |= points->list[end].first;
        *apart |= !first;
        count++;
    }
    return count;
}

static bool provider_in_tier(const struct mxs_delivery_plan *plan, uint32_t tier, uint16_t provider)
{
    for (uint32_t i = 0; i < plan->count && plan->hops[i].level <= tier; i++)
        if (plan->hops[i].level == tier && plan->hops[i].usable == MXS_YES &&
            plan->hops[i].provider_index == provider)
            return true;
    return false;
}

static bool provider_apart(const struct mxs_delivery_plan *plan, uint32_t tier)
{
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->hops[i].level > tier && plan->hops[i].usable == MXS_YES &&
            !provider_in_tier(plan, tier, plan->hops[i].provider_index))
            return true;
    return false;
}

static int32_t count_providers(const struct mxs_delivery_plan *plan)
{
    int32_t count = 0;
    for (uint32_t i = 0; i < plan->count; i++) {
        bool seen = plan->hops[i].usable != MXS_YES;
        for (uint32_t k = 0; k < i && !seen; k++)
            seen = plan->hops[k].usable == MXS_YES && plan->hops[k].provider_index == plan->hops[i].provider_index;
        count += !seen;
    }
    return count;
}

/* Whether an MX host that is not settled may be one more provider's: else the count stands whatever becomes of it. */
static bool is_provider_open(const struct mxs_delivery_plan *plan)
{
    for (uint32_t i = 0; i < plan->count; i++) {
        bool seen = plan->hops[i].usable != MXS_UNKNOWN;
        for (uint32_t k = 0; k < plan->count && !seen; k++)
            seen = plan->hops[k].usable == MXS_YES && plan->hops[k].provider_index == plan->hops[i].provider_index;
        if (!seen)
            return true;
    }
    return false;
}

static enum mxs_backup backup_of(const struct mxs_delivery_plan *plan, const struct counter *t, bool apart)
{
    if (t->first == plan->level_count)
        return t->open > 0 ? MXS_BACKUP_UNKNOWN : MXS_BACKUP_NONE;
    if (t->open_before)
        return MXS_BACKUP_UNKNOWN;
    if (t->first + 1 == plan->level_count)
        return MXS_BACKUP_NONE;
    if (t->later_usable == 0)
        return t->later_open > 0 ? MXS_BACKUP_UNKNOWN : MXS_BACKUP_DEAD;
    if (apart) /* unless it is one of tier 1, too */
        return t->first_open > 0 || t->first_partial ? MXS_BACKUP_UNKNOWN : MXS_BACKUP_EFFECTIVE;
    return t->later_open > 0 || t->later_partial ? MXS_BACKUP_UNKNOWN : MXS_BACKUP_DECORATIVE;
}

bool mxs_redundancy_is_managed(const struct mxs_delivery_plan *plan)
{
    const struct mxs_hop *one = NULL;
    for (uint32_t i = 0; i < plan->count; i++) {
        if (plan->hops[i].usable != MXS_YES || plan->hops[i].repeated)
            continue;
        if (one != NULL)
            return false;
        one = &plan->hops[i];
    }
    return one != NULL && one->rule != NULL && one->rule->one_mx_host;
}

/* What is known of the usable MX hosts, before doubt is applied. */
struct counts {
    int32_t addresses, prefixes, asns, providers; /* asns -1: some unknown */
};

static enum mxs_single_point smallest(const struct mxs_delivery_plan *plan, const struct counter *t,
                                      const struct counts *c)
{
    if (t->usable == 1 && !mxs_redundancy_is_managed(plan))
        return MXS_SINGLE_HOST;
    if (c->addresses == 1)
        return MXS_SINGLE_ADDRESS;
    if (c->prefixes == 1)
        return MXS_SINGLE_PREFIX;
    if (c->asns == 1)
        return MXS_SINGLE_ASN;
    return c->providers == 1 ? MXS_SINGLE_PROVIDER : MXS_SINGLE_NONE;
}

static enum mxs_single_point single_point_of(const struct mxs_delivery_plan *plan, const struct counter *t,
                                             const struct counts *c, bool partial)
{
    if (t->usable == 0)
        return t->open > 0 ? MXS_SINGLE_UNKNOWN : MXS_SINGLE_NONE;
    enum mxs_single_point point = smallest(plan, t, c);
    bool stands = point == MXS_SINGLE_NONE || (t->open == 0 && !partial) ||
                  (point == MXS_SINGLE_HOST && t->open == 0) ||
                  (point == MXS_SINGLE_PROVIDER && !is_provider_open(plan));
    if (stands)
        return point;
    return point == MXS_SINGLE_ASN || point == MXS_SINGLE_PROVIDER ? MXS_SINGLE_WIDER : MXS_SINGLE_UNKNOWN;
}

static enum mxs_tri load_sharing_of(const struct counter *t)
{
    if (t->usable == 0)
        return t->open > 0 ? MXS_UNKNOWN : MXS_NO;
    if (t->first_usable >= 2)
        return t->open_before ? MXS_UNKNOWN : MXS_YES;
    return t->open_pair || t->first_usable + t->first_open >= 2 ? MXS_UNKNOWN : MXS_NO;
}

static enum mxs_tri multihomed_of(const struct counter *t, const struct counts *c, bool partial)
{
    if (t->usable != 1)
        return t->usable == 0 && t->open > 0 ? MXS_UNKNOWN : MXS_NO;
    if (c->addresses >= 2)
        return t->open > 0 ? MXS_UNKNOWN : MXS_YES; /* with a second usable one it is not one MX host */
    return partial ? MXS_UNKNOWN : MXS_NO;
}

static void weigh(const struct mxs_delivery_plan *plan, const struct counter *t, struct points *points,
                  struct mxs_redundancy *out)
{
    bool apart[3], partial = t->first_partial || t->later_partial || points->cut;
    struct counts c = {.providers = count_providers(plan)};
    sort(points, by_address);
    c.addresses = runs(points, same_address, &apart[0]);
    c.prefixes = runs(points, same_prefix, &apart[1]);
    out->ipv6 = points->count > 0 && points->list[points->count - 1].family == 6 ? MXS_YES
                : partial || t->open > 0                                          ? MXS_UNKNOWN
                                                                                  : MXS_NO;
    sort(points, by_asn);
    bool asn_known = points->count > 0 && points->list[0].asn != 0;
    c.asns = runs(points, same_asn, &apart[2]);
    if (!asn_known)
        c.asns = points->count == 0 ? 0 : -1;
    out->backup = backup_of(plan, t, apart[0]);
    if (out->backup == MXS_BACKUP_EFFECTIVE)
        out->backup_apart = (uint8_t)(MXS_APART_ADDRESS | (apart[1] ? MXS_APART_PREFIX : 0) |
                                      (apart[2] && asn_known ? MXS_APART_ASN : 0) |
                                      (provider_apart(plan, t->first) ? MXS_APART_PROVIDER : 0));
    out->single_point = single_point_of(plan, t, &c, partial);
    out->load_sharing = load_sharing_of(t);
    out->multihomed = multihomed_of(t, &c, partial);
    out->usable = t->open > 0 ? -1 : t->usable;
    out->tiers = t->open_tier ? -1 : t->tiers;
    out->providers = is_provider_open(plan) ? -1 : c.providers;
    bool all = t->open == 0 && !partial;
    out->addresses = all ? c.addresses : -1;
    out->prefixes = all ? c.prefixes : -1;
    out->asns = all ? c.asns : -1;
}

uint16_t mxs_redundancy_hosts(const struct mxs_delivery_plan *plan)
{
    uint32_t hosts = 0;
    for (uint32_t i = 0; i < plan->count; i++)
        hosts += plan->hops[i].kind != MXS_HOP_NULL && !plan->hops[i].repeated;
    return (uint16_t)hosts;
}

bool mxs_redundancy_of(const struct mxs_delivery_plan *plan, enum mxs_state state, struct mxs_arena *arena,
                       struct mxs_redundancy *out)
{
    static const struct mxs_redundancy unknown = {
        .usable = -1, .tiers = -1, .addresses = -1, .prefixes = -1, .asns = -1, .providers = -1,
        .load_sharing = MXS_UNKNOWN, .multihomed = MXS_UNKNOWN, .ipv6 = MXS_UNKNOWN,
        .backup = MXS_BACKUP_UNKNOWN, .single_point = MXS_SINGLE_UNKNOWN};
    struct points points = {0};
    struct mxs_redundancy found = unknown;
    if (state == MXS_STATE_NULL_MX || state == MXS_STATE_NO_MAIL || state == MXS_STATE_NXDOMAIN) {
        found.usable = found.tiers = 0;
        *out = found;
        return true;
    }
    bool unknown_hosts = plan->facts->mx == MXS_LIMIT || (plan->facts->implicit && state == MXS_STATE_UNDETERMINED);
    found.hosts = unknown_hosts ? 0 : mxs_redundancy_hosts(plan);
    if (state != MXS_STATE_UNDETERMINED && (plan->facts->hosts_asked || plan->facts->implicit)) {
        struct counter counter = counter_of(plan);
        if (!collect(plan, counter.first, arena, &points))
            return false;
        weigh(plan, &counter, &points, &found);
        if (state == MXS_STATE_NULL_MX_INVALID || (counter.usable == 0 && counter.open == 0)) {
            /* no mail, or no path: nothing that grades paths applies */
            struct mxs_redundancy graded = found;
            found = unknown;
            found.hosts = graded.hosts;
            found.usable = graded.usable;
            found.tiers = graded.tiers;
        }
    }
    *out = found;
    return true;
}
