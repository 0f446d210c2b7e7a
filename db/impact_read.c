/* The tables are read in the order of their ids into arrays of places; ids come from a file that somebody may have
 * tampered with, so nothing is sized by one. */
#include "db/internal/impact_world.h"

#include <stdlib.h>

#include "db/query.h"
#include "model/vocabulary.h"


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

/* A /24 or a /48 as a number: family in the upper bits. */
static int64_t prefix_key(const uint8_t *bytes, size_t size_bytes)
{
    int64_t key = size_bytes == 4 ? 4 : 6;
    for (size_t i = 0; i < (size_bytes == 4 ? 3u : 6u) && i < size_bytes; i++)
        key = key << 8 | bytes[i];
    return key;
}

static bool put_address(struct world *world, struct mxs_query *query)
{
    size_t size_bytes;
    const uint8_t *bytes = mxs_query_column_blob(query, 2, &size_bytes);
    if (!mxs_vector_reserve(&world->addresses, &world->address_capacity, world->address_ids.count,
                            sizeof *world->addresses))
        return false;
    world->addresses[world->address_ids.count] = (struct address){
        .prefix = prefix_key(bytes, size_bytes), .part = NO_PART, .public = mxs_query_column_int(query, 1) != 0};
    world->networks |= !mxs_query_is_null(query, 3);
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
        .open = 1,
        .root = mxs_query_column_int(query, 2) != 0};
    return mxs_ids_put(&world->host_ids, mxs_query_column_int(query, 0));
}

static uint32_t answered_set(const struct world *world, struct mxs_query *query, int outcome, int set)
{
    bool answered = !mxs_query_is_null(query, outcome) && mxs_query_column_int(query, outcome) == MXS_ANSWERED &&
                    !mxs_query_is_null(query, set);
    return answered ? mxs_ids_find(&world->address_sets.ids, mxs_query_column_int(query, set)) : NONE;
}

static bool is_open(struct mxs_query *query, int outcome)
{
    return !mxs_query_is_null(query, outcome) &&
           !mxs_outcome_settled((enum mxs_outcome)mxs_query_column_int(query, outcome));
}

static bool put_history(struct world *world, struct mxs_query *query)
{
    uint32_t at = mxs_ids_find(&world->host_ids, mxs_query_column_int(query, 0));
    if (at == NONE)
        return true;
    world->hosts[at].set[0] = answered_set(world, query, 1, 2);
    world->hosts[at].set[1] = answered_set(world, query, 3, 4);
    world->hosts[at].usable = mxs_query_column_int(query, 5) != 0;
    world->hosts[at].open = mxs_query_is_null(query, 5);
    world->hosts[at].open_addresses = is_open(query, 1) || is_open(query, 3);
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

static void take_domains(struct world *world, const struct mxs_domain_counts *counts)
{
    for (size_t id = 0; id < counts->mx_sets.reach; id++) {
        uint32_t at = counts->mx_sets.domains[id] != 0 ? mxs_ids_find(&world->mx_sets.ids, (int64_t)id) : NONE;
        if (at != NONE)
            world->domains[at] += counts->mx_sets.domains[id];
    }
    for (size_t id = 0; id < counts->own_hosts.reach; id++) {
        uint32_t at = counts->own_hosts.domains[id] != 0 ? mxs_ids_find(&world->host_ids, (int64_t)id) : NONE;
        if (at != NONE)
            world->hosts[at].own += counts->own_hosts.domains[id] & OWN_MOST;
    }
}

#define OF_RUN "list_id = ?1 AND first_run <= ?2 AND (last_run IS NULL OR last_run >= ?2)"
#define ALL "?1 IS NOT NULL AND ?2 IS NOT NULL"

enum mxs_err mxs_impact_read(struct world *world, mxs_store *store, const struct mxs_domain_counts *counts,
                             struct mxs_detail *detail)
{
    enum mxs_err err =
        read_rows(world, store, "SELECT id, public, bytes, asn FROM address WHERE " ALL " ORDER BY id", put_address,
                  detail);
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
    if (err == MXS_OK && counts != NULL)
        take_domains(world, counts);
    else if (err == MXS_OK)
        err = read_rows(world, store,
                        "SELECT mx_set_id, implicit_host_id FROM domain_history WHERE " OF_RUN
                        " AND (mx_set_id IS NOT NULL OR implicit_host_id IS NOT NULL)",
                        put_domain, detail);
    return err;
}

void mxs_impact_finish(struct world *world)
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
