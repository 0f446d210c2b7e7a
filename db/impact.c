/* What a part's loss means depends on the MX set only, so it is worked out once per set and counted for all its
 * domains. One kind of part after the other: a list may have a million hosts and as many addresses. */
#include "db/internal/impact.h"

#include <stdio.h>
#include <stdlib.h>

#include "db/bulk.h"
#include "db/internal/impact_world.h"
#include "db/query.h"

/* --- parts of a kind --- */

/* Of addresses, by place. Equal keys are one part. */
struct keyed {
    int64_t key;
    uint32_t address;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    return x->key != y->key ? (x->key < y->key ? -1 : 1) : (x->address > y->address) - (x->address < y->address);
}

struct keys {
    struct keyed *list;
    size_t count, capacity;
};

static bool put_key(struct keys *keys, int64_t key, uint32_t address)
{
    if (!mxs_vector_reserve(&keys->list, &keys->capacity, keys->count, sizeof *keys->list))
        return false;
    keys->list[keys->count++] = (struct keyed){key, address};
    return true;
}

static enum mxs_err put_prefixes(const struct world *world, struct keys *keys, struct mxs_detail *detail)
{
    bool memory = true;
    for (uint32_t at = 0; memory && at < world->address_ids.count; at++)
        memory = !world->addresses[at].public || put_key(keys, world->addresses[at].prefix, at);
    return memory ? MXS_OK : mxs_err_memory(detail, "counting");
}

static enum mxs_err read_keys(struct world *world, mxs_store *store, struct keys *keys, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool memory = true;
    if (world->kind == MXS_PART_PREFIX)
        return put_prefixes(world, keys, detail);
    if (!world->networks)
        return MXS_OK;
    if (world->kind == MXS_PART_ASN)
        mxs_query_open(&query, store, "SELECT id, asn FROM address WHERE public AND asn IS NOT NULL ORDER BY id");
    else
        mxs_query_open(
            &query, store,
            "SELECT a.id, m.id FROM address a JOIN asn n ON n.id = a.asn JOIN (SELECT country, min(id) AS id"
            " FROM asn GROUP BY country) m ON m.country = n.country WHERE a.public ORDER BY a.id");
    while (memory && mxs_query_next(&query)) {
        uint32_t at = mxs_ids_find(&world->address_ids, mxs_query_column_int(&query, 0));
        memory = at == NONE || put_key(keys, mxs_query_column_int(&query, 1), at);
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "counting") : err;
}

static bool make_parts(struct parts *parts, size_t count)
{
    parts->count = count;
    parts->effects = calloc(count + 1, sizeof *parts->effects);
    parts->rows = calloc(count + 1, sizeof *parts->rows);
    return parts->effects != NULL && parts->rows != NULL;
}

/* Numbers the parts of the addresses, and notes what names each. */
static bool number_parts(struct world *world, struct keys *keys)
{
    size_t count = 0;
    if (keys->count > 1)
        qsort(keys->list, keys->count, sizeof *keys->list, by_key);
    for (size_t i = 0; i < keys->count; i++)
        count += i == 0 || keys->list[i].key != keys->list[i - 1].key;
    if (!make_parts(&world->parts, count))
        return false;
    count = 0;
    for (size_t i = 0; i < keys->count; i++) {
        if (i == 0 || keys->list[i].key != keys->list[i - 1].key)
            world->parts.rows[count++] = world->kind == MXS_PART_PREFIX
                                             ? mxs_ids_at(&world->address_ids, keys->list[i].address)
                                             : keys->list[i].key;
        world->addresses[keys->list[i].address].part = (count - 1) & NO_PART;
    }
    return true;
}

static enum mxs_err find_parts(struct world *world, mxs_store *store, struct mxs_detail *detail)
{
    const struct mxs_ids *whole = world->kind == MXS_PART_HOST       ? &world->host_ids
                                  : world->kind == MXS_PART_ADDRESS  ? &world->address_ids
                                  : world->kind == MXS_PART_PROVIDER ? &world->provider_ids
                                                                     : NULL;
    for (size_t i = 0; i < world->address_ids.count; i++)
        world->addresses[i].part = world->kind == MXS_PART_ADDRESS ? i & NO_PART : NO_PART;
    if (whole != NULL) {
        if (!make_parts(&world->parts, whole->count))
            return mxs_err_memory(detail, "counting");
        for (size_t i = 0; i < whole->count; i++)
            world->parts.rows[i] = mxs_ids_at(whole, i);
        return MXS_OK;
    }
    struct keys keys = {0};
    enum mxs_err err = read_keys(world, store, &keys, detail);
    if (err == MXS_OK && !number_parts(world, &keys))
        err = mxs_err_memory(detail, "counting");
    free(keys.list);
    return err;
}

/* --- counting --- */

static void put_way(struct world *world, uint32_t part, int tier)
{
    world->memory =
        world->memory && mxs_vector_reserve(&world->ways, &world->way_capacity, world->way_count, sizeof *world->ways);
    if (world->memory)
        world->ways[world->way_count++] = (struct way){part, tier};
}

static bool is_by_host(enum mxs_part kind) { return kind == MXS_PART_HOST || kind == MXS_PART_PROVIDER; }

static void put_ways(struct world *world, uint32_t at, int tier)
{
    const struct host *host = &world->hosts[at];
    uint32_t whole = world->kind == MXS_PART_HOST ? at : host->provider;
    bool by_host = is_by_host(world->kind);
    for (int family = 0; family < 2; family++) {
        const struct sets *sets = &world->address_sets;
        for (uint32_t i = host->set[family] == NONE ? 0 : sets->starts[host->set[family]];
             host->set[family] != NONE && i < sets->starts[host->set[family] + 1]; i++)
            if (world->addresses[world->entries[i]].public) {
                uint32_t part = world->addresses[world->entries[i]].part;
                put_way(world, by_host ? whole : part == NO_PART ? NONE : part, tier);
            }
    }
}

/* The ways that there may be over what is not settled. */
static void put_open_ways(struct world *world, uint32_t at, int tier)
{
    const struct host *host = &world->hosts[at];
    uint32_t part = world->kind == MXS_PART_HOST ? at : host->provider;
    if (host->usable ? is_by_host(world->kind) || !host->open_addresses : !host->open)
        return;
    part = is_by_host(world->kind) ? part : MXS_PART_UNKNOWN;
    mxs_open_paths_put(&world->open, part);
    if (tier != WAY_LATER)
        mxs_open_paths_put(&world->open_first, part);
    if (tier == WAY_AHEAD && is_by_host(world->kind))
        put_way(world, part, WAY_AHEAD);
    world->open_ahead |= tier == WAY_AHEAD && !is_by_host(world->kind);
}

static void begin_ways(struct world *world)
{
    world->way_count = 0;
    world->open = world->open_first = (struct mxs_open_paths){0};
    world->open_ahead = false;
}

static bool is_way(const struct world *world, const struct host *host)
{
    return world->hosts_asked ? host->usable : host->deliverable;
}

/* The preference of tier 1; where there is none, one behind all. */
static uint64_t first_tier(const struct world *world, size_t position)
{
    for (uint32_t i = world->mx_sets.starts[position]; i < world->mx_sets.starts[position + 1]; i++)
        if (is_way(world, &world->hosts[world->members[i].host]))
            return world->members[i].preference;
    return UINT64_MAX;
}

/* A set with a null MX in it takes no mail, whatever else it says. */
static void put_set_ways(struct world *world, size_t position)
{
    uint64_t first = first_tier(world, position);
    begin_ways(world);
    for (uint32_t i = world->mx_sets.starts[position]; i < world->mx_sets.starts[position + 1]; i++) {
        const struct member *member = &world->members[i];
        const struct host *host = &world->hosts[member->host];
        int tier = member->preference < first ? WAY_AHEAD : member->preference == first ? WAY_FIRST : WAY_LATER;
        if (host->root) {
            world->way_count = 0;
            return;
        }
        if (world->hosts_asked && host->deliverable)
            put_open_ways(world, member->host, tier);
        if (world->hosts_asked && host->usable)
            put_ways(world, member->host, tier);
        else if (!world->hosts_asked && host->deliverable)
            put_way(world,
                    world->kind == MXS_PART_HOST       ? member->host
                    : world->kind == MXS_PART_PROVIDER ? host->provider
                                                       : NONE,
                    tier);
    }
}

/* A domain that is its own MX host was asked for its addresses with the domain. */
static void put_own_ways(struct world *world, uint32_t host)
{
    begin_ways(world);
    put_ways(world, host, WAY_FIRST);
    if (world->hosts[host].open_addresses && !is_by_host(world->kind)) {
        mxs_open_paths_put(&world->open, MXS_PART_UNKNOWN);
        mxs_open_paths_put(&world->open_first, MXS_PART_UNKNOWN);
    }
}

static int by_part(const void *a, const void *b)
{
    uint32_t x = ((const struct way *)a)->part, y = ((const struct way *)b)->part;
    return (x > y) - (x < y);
}

/* Nearly every set has a few. */
static void sort_ways(struct way *ways, size_t count)
{
    if (count > 16) {
        qsort(ways, count, sizeof *ways, by_part);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct way way = ways[i];
        size_t at = i;
        for (; at > 0 && ways[at - 1].part > way.part; at--)
            ways[at] = ways[at - 1];
        ways[at] = way;
    }
}

static void count_ways(struct world *world, uint32_t domains)
{
    size_t tiers[WAY_AHEAD + 1] = {0};
    for (size_t i = 0; i < world->way_count; i++)
        tiers[world->ways[i].tier]++;
    sort_ways(world->ways, world->way_count);
    for (size_t begin = 0, end; begin < world->way_count && world->ways[begin].part != NONE; begin = end) {
        size_t lost[WAY_AHEAD + 1] = {0};
        for (end = begin; end < world->way_count && world->ways[end].part == world->ways[begin].part; end++)
            lost[world->ways[end].tier]++;
        size_t known = lost[WAY_FIRST] + lost[WAY_LATER];
        if (known == 0)
            continue;
        uint32_t part = world->ways[begin].part;
        uint32_t *effects = world->parts.effects[part];
        enum mxs_effect effect =
            mxs_effect_of(tiers[WAY_FIRST] + tiers[WAY_LATER], tiers[WAY_FIRST], known, lost[WAY_FIRST]);
        effects[mxs_effect_beside(effect, part, &world->open, &world->open_first,
                                  world->open_ahead || lost[WAY_AHEAD] != 0)] += domains;
        effects[MXS_EFFECT_NONE] += domains;
    }
}

static void count_kind(struct world *world)
{
    for (size_t position = 0; position < world->mx_sets.ids.count; position++)
        if (world->domains[position] > 0) {
            put_set_ways(world, position);
            count_ways(world, world->domains[position]);
        }
    for (uint32_t host = 0; host < world->host_ids.count; host++)
        if (world->hosts[host].own > 0) {
            put_own_ways(world, host);
            count_ways(world, world->hosts[host].own);
        }
}

/* --- writing --- */

/* What a part is told for: the domains lost with it, then those that use it; or those that use it alone. */
static uint64_t weight_of(const uint32_t *effects, bool by_use)
{
    return (by_use ? 0 : (uint64_t)effects[MXS_EFFECT_LOST] << 32) | effects[MXS_EFFECT_NONE];
}

static void swap(uint64_t *a, uint64_t *b)
{
    uint64_t kept = *a;
    *a = *b;
    *b = kept;
}

/* The weight at a place, the heaviest first; `weights` is put in another order. */
static uint64_t weight_at(uint64_t *weights, size_t count, size_t place)
{
    size_t begin = 0, end = count;
    while (end - begin > 1) {
        uint64_t middle = weights[begin + (end - begin) / 2];
        size_t heavier = begin, at = begin, lighter = end;
        while (at < lighter) {
            if (weights[at] > middle)
                swap(&weights[at++], &weights[heavier++]);
            else if (weights[at] < middle)
                swap(&weights[at], &weights[--lighter]);
            else
                at++;
        }
        if (place >= heavier && place < lighter)
            return middle;
        begin = place < heavier ? begin : lighter;
        end = place < heavier ? heavier : end;
    }
    return weights[begin];
}

/* Heavier parts than `least` are told, and of those that weigh just that, the first `ties` by their names. */
static enum mxs_err find_told(struct world *world, bool by_use, struct mxs_detail *detail)
{
    struct told *told = &world->told[by_use];
    const struct parts *parts = &world->parts;
    size_t count = 0, heavier = 0;
    uint64_t *weights = malloc((parts->count + 1) * sizeof *weights);
    if (weights == NULL)
        return mxs_err_memory(detail, "counting");
    for (size_t i = 0; i < parts->count; i++)
        if (parts->effects[i][MXS_EFFECT_NONE] != 0)
            weights[count++] = weight_of(parts->effects[i], by_use);
    *told = (struct told){0};
    if (count > MXS_IMPACT_MOST) {
        told->least = weight_at(weights, count, MXS_IMPACT_MOST - 1);
        for (size_t i = 0; i < count; i++)
            heavier += weights[i] > told->least;
        told->ties = MXS_IMPACT_MOST - heavier;
    }
    free(weights);
    return MXS_OK;
}

static bool is_wanted(const struct world *world, const uint32_t *effects)
{
    uint64_t lost = weight_of(effects, false), used = weight_of(effects, true);
    return world->ties ? weight_of(effects, world->by_use) == world->told[world->by_use].least
                       : lost > world->told[false].least || used > world->told[true].least;
}

static bool next_part(void *arg, struct mxs_bulk_row *row)
{
    struct world *world = arg;
    while (world->next < world->parts.count && !is_wanted(world, world->parts.effects[world->next]))
        world->next++;
    if (world->next == world->parts.count)
        return false;
    const uint32_t *effects = world->parts.effects[world->next];
    row->numbers[0] = world->parts.rows[world->next++];
    row->numbers[1] = effects[MXS_EFFECT_NONE];
    row->numbers[2] = effects[MXS_EFFECT_LOST];
    row->numbers[3] = effects[MXS_EFFECT_FALLBACK];
    row->numbers[4] = effects[MXS_EFFECT_CAPACITY];
    row->label = mxs_part_names[world->kind];
    return true;
}

/* What names a part, and where that stands. */
static const char *const name_of_kind[MXS_PART_COUNT] = {
    [MXS_PART_HOST] = "h.name AS name, c1, c2, c3, c4 FROM bulk(?1) CROSS JOIN host h ON h.id = c0",
    [MXS_PART_ADDRESS] = "a.address AS name, c1, c2, c3, c4 FROM bulk(?1) CROSS JOIN address a ON a.id = c0",
    [MXS_PART_PREFIX] = "a.prefix AS name, c1, c2, c3, c4 FROM bulk(?1) CROSS JOIN address a ON a.id = c0",
    [MXS_PART_ASN] = "'AS' || c0 || ifnull(' ' || (SELECT substr(n.name, 1, 200) FROM asn n WHERE n.id = c0), '')"
                     " AS name, c1, c2, c3, c4 FROM bulk(?1)",
    [MXS_PART_PROVIDER] = "p.name AS name, c1, c2, c3, c4 FROM bulk(?1) CROSS JOIN provider p ON p.id = c0",
    [MXS_PART_COUNTRY] = "n.country AS name, c1, c2, c3, c4 FROM bulk(?1) CROSS JOIN asn n ON n.id = c0",
};

static enum mxs_err write_parts(struct world *world, mxs_store *store, struct mxs_detail *detail)
{
    char sql[320], order[48] = "";
    size_t ties = world->told[world->by_use].ties;
    if (world->ties && ties == 0)
        return MXS_OK;
    if (world->ties)
        snprintf(order, sizeof order, " ORDER BY name LIMIT %zu", ties);
    snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO fresh_impact SELECT u, %s%s", name_of_kind[world->kind], order);
    world->next = 0;
    return mxs_bulk_insert(store, sql, next_part, world, detail);
}

static enum mxs_err write_kind(struct world *world, mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = find_told(world, false, detail);
    if (err == MXS_OK)
        err = find_told(world, true, detail);
    world->ties = false;
    if (err == MXS_OK)
        err = write_parts(world, store, detail);
    world->ties = true;
    for (int use = 0; err == MXS_OK && use < 2; use++) {
        world->by_use = use == 1;
        err = write_parts(world, store, detail);
    }
    return err;
}

static enum mxs_err write_world(struct world *world, mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (int kind = 0; err == MXS_OK && kind < MXS_PART_COUNT; kind++) {
        world->kind = (enum mxs_part)kind;
        err = find_parts(world, store, detail);
        if (err == MXS_OK && world->parts.count > 0) {
            count_kind(world);
            err = world->memory ? write_kind(world, store, detail) : mxs_err_memory(detail, "counting");
        }
        free(world->parts.effects);
        free(world->parts.rows);
        world->parts = (struct parts){0};
    }
    return err;
}

enum mxs_err mxs_impact_put(mxs_store *store, int64_t run, int64_t list, bool hosts_asked,
                            const struct mxs_domain_counts *counts, struct mxs_detail *detail)
{
    struct world world = {.run = run, .list = list, .hosts_asked = hosts_asked, .memory = true};
    enum mxs_err err = mxs_impact_read(&world, store, counts, detail);
    if (err == MXS_OK)
        err = write_world(&world, store, detail);
    mxs_impact_finish(&world);
    return err;
}
