/* What a part's loss means depends on the MX set only, so it is worked out once per set and counted for all its
 * domains. The tables are read in the order of their ids into arrays of places; ids come from a file that somebody may
 * have tampered with, so nothing is sized by one. One kind of part after the other: a list may have a million hosts and
 * as many addresses. */
#include "db/internal/impact.h"

#include <assert.h>
#include <stdlib.h>

#include "base/vector.h"
#include "db/bulk.h"
#include "db/counts.h"
#include "db/query.h"
#include "model/impact.h"
#include "model/vocabulary.h"

#define NONE UINT32_MAX
#define NO_PART 0x7fffffffu

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
    uint32_t own : 29; /* domains that are their own MX host */
    uint32_t usable : 1, deliverable : 1, root : 1;
};

struct address {
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
    bool first;
};

struct world {
    int64_t run, list;
    bool hosts_asked, memory;
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
    enum mxs_part kind;
    struct parts parts;
    size_t next;
    bool by_use;
    uint64_t least; /* weight of a part that is told */
};

/* --- reading --- */

typedef bool put_row(struct world *world, struct mxs_query *query);

static enum mxs_err read_rows(struct world *world, mxs_store *store, const char *sql, put_row *put,
                              struct mxs_detail *detail)
{
    struct mxs_query query;
    bool memory = true;
    mxs_query_open(&query, store, sql);
    mxs_query_int(&query, 1, world->list);
    mxs_query_int(&query, 2, world->run);
    while (memory && mxs_query_next(&query))
        memory = put(world, &query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "counting") : err;
}

static bool put_address(struct world *world, struct mxs_query *query)
{
    if (!mxs_vector_reserve(&world->addresses, &world->address_capacity, world->address_ids.count,
                            sizeof *world->addresses))
        return false;
    world->addresses[world->address_ids.count] = (struct address){NO_PART, mxs_query_column_int(query, 1) != 0};
    return mxs_ids_put(&world->address_ids, mxs_query_column_int(query, 0));
}

/* Begins a set, where this row is its first; `at` is where its rows begin. */
static bool put_set(struct sets *sets, int64_t id, size_t at)
{
    if (sets->ids.count > 0 && mxs_ids_at(&sets->ids, sets->ids.count - 1) == id)
        return true;
    if (!mxs_vector_reserve(&sets->starts, &sets->start_capacity, sets->ids.count + 1, sizeof *sets->starts))
        return false;
    sets->starts[sets->ids.count] = (uint32_t)at;
    return mxs_ids_put(&sets->ids, id);
}

static void end_sets(struct sets *sets, size_t at)
{
    if (sets->ids.count > 0)
        sets->starts[sets->ids.count] = (uint32_t)at;
}

static bool put_entry(struct world *world, struct mxs_query *query)
{
    uint32_t address = mxs_ids_find(&world->address_ids, mxs_query_column_int(query, 1));
    if (!put_set(&world->address_sets, mxs_query_column_int(query, 0), world->entry_count) ||
        !mxs_vector_reserve(&world->entries, &world->entry_capacity, world->entry_count, sizeof *world->entries))
        return false;
    if (address != NONE)
        world->entries[world->entry_count++] = address;
    return true;
}

static bool put_provider(struct world *world, struct mxs_query *query)
{
    return mxs_ids_put(&world->provider_ids, mxs_query_column_int(query, 0));
}

static bool put_host(struct world *world, struct mxs_query *query)
{
    if (!mxs_vector_reserve(&world->hosts, &world->host_capacity, world->host_ids.count, sizeof *world->hosts))
        return false;
    world->hosts[world->host_ids.count] = (struct host){
        .set = {NONE, NONE},
        .provider =
            mxs_query_is_null(query, 3) ? NONE : mxs_ids_find(&world->provider_ids, mxs_query_column_int(query, 3)),
        .deliverable = mxs_query_column_int(query, 1) != 0,
        .root = mxs_query_column_int(query, 2) != 0};
    return mxs_ids_put(&world->host_ids, mxs_query_column_int(query, 0));
}

static uint32_t answered_set(const struct world *world, struct mxs_query *query, int outcome, int set)
{
    bool answered = !mxs_query_is_null(query, outcome) && mxs_query_column_int(query, outcome) == MXS_ANSWERED &&
                    !mxs_query_is_null(query, set);
    return answered ? mxs_ids_find(&world->address_sets.ids, mxs_query_column_int(query, set)) : NONE;
}

static bool put_history(struct world *world, struct mxs_query *query)
{
    uint32_t at = mxs_ids_find(&world->host_ids, mxs_query_column_int(query, 0));
    if (at == NONE)
        return true;
    world->hosts[at].set[0] = answered_set(world, query, 1, 2);
    world->hosts[at].set[1] = answered_set(world, query, 3, 4);
    world->hosts[at].usable = mxs_query_column_int(query, 5) != 0;
    return true;
}

static bool put_member(struct world *world, struct mxs_query *query)
{
    uint32_t host = mxs_ids_find(&world->host_ids, mxs_query_column_int(query, 2));
    if (!put_set(&world->mx_sets, mxs_query_column_int(query, 0), world->member_count) ||
        !mxs_vector_reserve(&world->members, &world->member_capacity, world->member_count, sizeof *world->members))
        return false;
    if (host != NONE)
        world->members[world->member_count++] = (struct member){host, (uint32_t)mxs_query_column_int(query, 1)};
    return true;
}

static bool put_domain(struct world *world, struct mxs_query *query)
{
    bool own = mxs_query_is_null(query, 0);
    uint32_t at = own ? mxs_ids_find(&world->host_ids, mxs_query_column_int(query, 1))
                      : mxs_ids_find(&world->mx_sets.ids, mxs_query_column_int(query, 0));
    if (at != NONE && own)
        world->hosts[at].own++;
    else if (at != NONE)
        world->domains[at]++;
    return true;
}

#define OF_RUN "list_id = ?1 AND first_run <= ?2 AND (last_run IS NULL OR last_run >= ?2)"
#define ALL "?1 IS NOT NULL AND ?2 IS NOT NULL"

static enum mxs_err read_world(struct world *world, mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err =
        read_rows(world, store, "SELECT id, public FROM address WHERE " ALL " ORDER BY id", put_address, detail);
    if (err == MXS_OK)
        err = read_rows(world, store,
                        "SELECT set_id, address_id FROM address_entry WHERE " ALL " ORDER BY set_id, position",
                        put_entry, detail);
    end_sets(&world->address_sets, world->entry_count);
    if (err == MXS_OK)
        err = read_rows(world, store, "SELECT id FROM provider WHERE " ALL " ORDER BY id", put_provider, detail);
    if (err == MXS_OK)
        err = read_rows(world, store,
                        "SELECT h.id, h.deliverable, h.name = '', l.provider_id FROM host h LEFT JOIN host_label l ON "
                        "l.host_id = h.id"
                        " WHERE " ALL " ORDER BY h.id",
                        put_host, detail);
    if (err == MXS_OK)
        err = read_rows(
            world, store,
            "SELECT host_id, a_outcome, a_set_id, aaaa_outcome, aaaa_set_id, usable FROM host_history WHERE " OF_RUN,
            put_history, detail);
    if (err == MXS_OK)
        err = read_rows(world, store,
                        "SELECT set_id, preference, host_id FROM mx_entry WHERE " ALL
                        " ORDER BY set_id, preference, host_id",
                        put_member, detail);
    end_sets(&world->mx_sets, world->member_count);
    if (err == MXS_OK && (world->domains = calloc(world->mx_sets.ids.count + 1, sizeof *world->domains)) == NULL)
        err = mxs_err_memory(detail, "counting");
    return err == MXS_OK ? read_rows(world, store,
                                     "SELECT mx_set_id, implicit_host_id FROM domain_history WHERE " OF_RUN
                                     " AND (mx_set_id IS NOT NULL OR implicit_host_id IS NOT NULL)",
                                     put_domain, detail)
                         : err;
}

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

/* A /24 or a /48 as a number: family in the upper bits. */
static int64_t prefix_key(const uint8_t *bytes, size_t size_bytes)
{
    int64_t key = size_bytes == 4 ? 4 : 6;
    for (size_t i = 0; i < (size_bytes == 4 ? 3u : 6u) && i < size_bytes; i++)
        key = key << 8 | bytes[i];
    return key;
}

static enum mxs_err read_keys(struct world *world, mxs_store *store, struct keys *keys, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool memory = true;
    if (world->kind == MXS_PART_PREFIX)
        mxs_query_open(&query, store, "SELECT id, bytes FROM address WHERE public ORDER BY id");
    else if (world->kind == MXS_PART_ASN)
        mxs_query_open(&query, store, "SELECT id, asn FROM address WHERE public AND asn IS NOT NULL ORDER BY id");
    else
        mxs_query_open(
            &query, store,
            "SELECT a.id, m.id FROM address a JOIN asn n ON n.id = a.asn JOIN (SELECT country, min(id) AS id"
            " FROM asn GROUP BY country) m ON m.country = n.country WHERE a.public ORDER BY a.id");
    while (memory && mxs_query_next(&query)) {
        uint32_t at = mxs_ids_find(&world->address_ids, mxs_query_column_int(&query, 0));
        size_t size_bytes;
        const uint8_t *bytes = world->kind == MXS_PART_PREFIX ? mxs_query_column_blob(&query, 1, &size_bytes) : NULL;
        int64_t key = bytes != NULL ? prefix_key(bytes, size_bytes) : mxs_query_column_int(&query, 1);
        memory = mxs_vector_reserve(&keys->list, &keys->capacity, keys->count, sizeof *keys->list);
        if (memory && at != NONE)
            keys->list[keys->count++] = (struct keyed){key, at};
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

static void put_way(struct world *world, uint32_t part, bool first)
{
    world->memory =
        world->memory && mxs_vector_reserve(&world->ways, &world->way_capacity, world->way_count, sizeof *world->ways);
    if (world->memory)
        world->ways[world->way_count++] = (struct way){part, first};
}

static void put_ways(struct world *world, uint32_t at, bool first)
{
    const struct host *host = &world->hosts[at];
    uint32_t whole = world->kind == MXS_PART_HOST ? at : host->provider;
    bool by_host = world->kind == MXS_PART_HOST || world->kind == MXS_PART_PROVIDER;
    for (int family = 0; family < 2; family++) {
        const struct sets *sets = &world->address_sets;
        for (uint32_t i = host->set[family] == NONE ? 0 : sets->starts[host->set[family]];
             host->set[family] != NONE && i < sets->starts[host->set[family] + 1]; i++)
            if (world->addresses[world->entries[i]].public) {
                uint32_t part = world->addresses[world->entries[i]].part;
                put_way(world, by_host ? whole : part == NO_PART ? NONE : part, first);
            }
    }
}

/* A set with a null MX in it takes no mail, whatever else it says. */
static void put_set_ways(struct world *world, size_t position)
{
    uint32_t tier = 0;
    world->way_count = 0;
    for (uint32_t i = world->mx_sets.starts[position]; i < world->mx_sets.starts[position + 1]; i++) {
        const struct member *member = &world->members[i];
        const struct host *host = &world->hosts[member->host];
        size_t before = world->way_count;
        if (host->root) {
            world->way_count = 0;
            return;
        }
        tier = before == 0 ? member->preference : tier;
        bool first = member->preference == tier;
        if (world->hosts_asked && host->usable)
            put_ways(world, member->host, first);
        else if (!world->hosts_asked && host->deliverable)
            put_way(world,
                    world->kind == MXS_PART_HOST       ? member->host
                    : world->kind == MXS_PART_PROVIDER ? host->provider
                                                       : NONE,
                    first);
    }
}

static int by_part(const void *a, const void *b)
{
    uint32_t x = ((const struct way *)a)->part, y = ((const struct way *)b)->part;
    return (x > y) - (x < y);
}

static void count_ways(struct world *world, uint32_t domains)
{
    size_t first = 0;
    for (size_t i = 0; i < world->way_count; i++)
        first += world->ways[i].first;
    if (world->way_count > 1)
        qsort(world->ways, world->way_count, sizeof *world->ways, by_part);
    for (size_t begin = 0, end; begin < world->way_count && world->ways[begin].part != NONE; begin = end) {
        size_t first_lost = 0;
        for (end = begin; end < world->way_count && world->ways[end].part == world->ways[begin].part; end++)
            first_lost += world->ways[end].first;
        uint32_t *effects = world->parts.effects[world->ways[begin].part];
        effects[mxs_effect_of(world->way_count, first, end - begin, first_lost)] += domains;
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
            world->way_count = 0;
            put_ways(world, host, true);
            count_ways(world, world->hosts[host].own);
        }
}

/* --- writing --- */

/* What a part is told for: the domains lost with it, then those that use it; or those that use it alone. */
static uint64_t weight_of(const struct world *world, size_t part)
{
    const uint32_t *effects = world->parts.effects[part];
    return (world->by_use ? 0 : (uint64_t)effects[MXS_EFFECT_LOST] << 32) | effects[MXS_EFFECT_NONE];
}

static int by_weight(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

/* The least weight of those that are told: only they, and all that weigh the same, need a name to be put in order. */
static enum mxs_err find_least(struct world *world, struct mxs_detail *detail)
{
    size_t count = 0;
    uint64_t *weights = malloc((world->parts.count + 1) * sizeof *weights);
    if (weights == NULL)
        return mxs_err_memory(detail, "counting");
    for (size_t i = 0; i < world->parts.count; i++)
        if (world->parts.effects[i][MXS_EFFECT_NONE] != 0)
            weights[count++] = weight_of(world, i);
    if (count > MXS_IMPACT_MOST)
        qsort(weights, count, sizeof *weights, by_weight);
    world->least = count > MXS_IMPACT_MOST ? weights[MXS_IMPACT_MOST - 1] : 1;
    free(weights);
    return MXS_OK;
}

static bool next_part(void *arg, struct mxs_bulk_row *row)
{
    struct world *world = arg;
    while (world->next < world->parts.count && weight_of(world, world->next) < world->least)
        world->next++;
    if (world->next == world->parts.count)
        return false;
    const uint32_t *effects = world->parts.effects[world->next];
    row->numbers[0] = world->parts.rows[world->next++];
    row->numbers[1] = effects[MXS_EFFECT_NONE];
    row->numbers[2] = effects[MXS_EFFECT_LOST];
    row->numbers[3] = effects[MXS_EFFECT_FALLBACK];
    row->numbers[4] = effects[MXS_EFFECT_CAPACITY];
    row->numbers[5] = world->by_use ? 0 : effects[MXS_EFFECT_LOST];
    row->label = mxs_part_names[world->kind];
    return true;
}

#define MOST_OF(name, tables) \
    "INSERT OR IGNORE INTO fresh_impact SELECT u, " name " AS name, c1, c2, c3, c4 FROM bulk(?1) CROSS JOIN " tables \
    " ORDER BY c5 DESC, c1 DESC, name LIMIT 1000"

static enum mxs_err write_kind(struct world *world, mxs_store *store, struct mxs_detail *detail)
{
    static_assert(MXS_IMPACT_MOST == 1000, "the LIMIT of MOST_OF");
    world->next = 0;
    switch (world->kind) {
    case MXS_PART_HOST:
        return mxs_bulk_insert(store, MOST_OF("h.name", "host h ON h.id = c0"), next_part, world, detail);
    case MXS_PART_ADDRESS:
        return mxs_bulk_insert(store, MOST_OF("a.address", "address a ON a.id = c0"), next_part, world, detail);
    case MXS_PART_PREFIX:
        return mxs_bulk_insert(store, MOST_OF("a.prefix", "address a ON a.id = c0"), next_part, world, detail);
    case MXS_PART_ASN:
        return mxs_bulk_insert(
            store,
            MOST_OF("'AS' || c0 || ifnull(' ' || (SELECT substr(n.name, 1, 200) FROM asn n WHERE n.id = c0), '')",
                    "(SELECT 1)"),
            next_part, world, detail);
    case MXS_PART_PROVIDER:
        return mxs_bulk_insert(store, MOST_OF("p.name", "provider p ON p.id = c0"), next_part, world, detail);
    case MXS_PART_COUNTRY:
        return mxs_bulk_insert(store, MOST_OF("n.country", "asn n ON n.id = c0"), next_part, world, detail);
    case MXS_PART_COUNT: break;
    }
    return MXS_OK;
}

static enum mxs_err write_world(struct world *world, mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (int kind = 0; err == MXS_OK && kind < MXS_PART_COUNT; kind++) {
        world->kind = (enum mxs_part)kind;
        err = find_parts(world, store, detail);
        if (err == MXS_OK)
            count_kind(world);
        if (err == MXS_OK && !world->memory)
            err = mxs_err_memory(detail, "counting");
        for (int use = 0; err == MXS_OK && use < 2; use++) {
            world->by_use = use == 1;
            err = find_least(world, detail);
            err = err == MXS_OK ? write_kind(world, store, detail) : err;
        }
        free(world->parts.effects);
        free(world->parts.rows);
        world->parts = (struct parts){0};
    }
    return err;
}

static void finish_world(struct world *world)
{
    struct mxs_ids *const ids[] = {&world->host_ids, &world->address_ids, &world->provider_ids,
                                   &world->address_sets.ids, &world->mx_sets.ids};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        mxs_ids_finish(ids[i]);
    void *const arrays[] = {world->hosts,          world->addresses, world->address_sets.starts,
                            world->mx_sets.starts, world->entries,   world->members,
                            world->domains,        world->ways};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

enum mxs_err mxs_impact_put(mxs_store *store, int64_t run, int64_t list, bool hosts_asked, struct mxs_detail *detail)
{
    struct world world = {.run = run, .list = list, .hosts_asked = hosts_asked, .memory = true};
    enum mxs_err err = read_world(&world, store, detail);
    if (err == MXS_OK)
        err = write_world(&world, store, detail);
    finish_world(&world);
    return err;
}
