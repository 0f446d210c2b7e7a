#include "reports/data/impact.h"

#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "model/vocabulary.h"

#define NONE UINT32_MAX

static enum mxs_err count_sets(struct mxs_impact *impact, mxs_store *store, const struct mxs_run *run,
                               struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store,
                   "SELECT mx_set_id, implicit_host_id FROM domain_history WHERE list_id = ?1 AND first_run <= ?2"
                   " AND ifnull(last_run, ?2) >= ?2 AND (outcome = ?3 OR implicit_host_id IS NOT NULL)");
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->id);
    mxs_query_int(&query, 3, MXS_ANSWERED);
    while (mxs_query_next(&query)) {
        bool own = mxs_query_is_null(&query, 0);
        size_t position = own ? mxs_facts_host_position(&impact->facts, mxs_query_column_int(&query, 1))
                           : mxs_facts_set_position(&impact->facts, mxs_query_column_int(&query, 0));
        if (own && position < impact->facts.host_count)
            impact->own_domains[position]++;
        else if (!own && position < impact->facts.mx_count)
            impact->set_domains[position]++;
    }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_impact_open(struct mxs_impact *impact, mxs_store *store, const struct mxs_run *run,
                             struct mxs_detail *detail)
{
    *impact = (struct mxs_impact){0};
    enum mxs_err err = mxs_facts_open(&impact->facts, store, run, detail);
    if (err != MXS_OK)
        return err;
    impact->set_domains = calloc(impact->facts.mx_count + 1, sizeof *impact->set_domains);
    impact->own_domains = calloc(impact->facts.host_count + 1, sizeof *impact->own_domains);
    if (impact->set_domains == NULL || impact->own_domains == NULL)
        err = mxs_err_memory(detail, NULL);
    if (err == MXS_OK)
        err = count_sets(impact, store, run, detail);
    if (err != MXS_OK)
        mxs_impact_close(impact);
    return err;
}

void mxs_impact_close(struct mxs_impact *impact)
{
    mxs_facts_close(&impact->facts);
    free(impact->set_domains);
    free(impact->own_domains);
    free(impact->paths);
    *impact = (struct mxs_impact){0};
}

size_t mxs_impact_parts(const struct mxs_impact *impact, enum mxs_part kind)
{
    switch (kind) {
    case MXS_PART_HOST: return impact->facts.host_count;
    case MXS_PART_ADDRESS: return impact->facts.address_count;
    case MXS_PART_PREFIX: return impact->facts.prefixes.count;
    case MXS_PART_ASN: return impact->facts.asns.count;
    case MXS_PART_PROVIDER: return impact->facts.providers.count;
    case MXS_PART_COUNTRY: return impact->facts.countries.count;
    case MXS_PART_COUNT: break;
    }
    return 0;
}

const char *mxs_impact_name(const struct mxs_impact *impact, enum mxs_part kind, size_t part)
{
    switch (kind) {
    case MXS_PART_HOST: return impact->facts.hosts[part].name;
    case MXS_PART_ADDRESS: return impact->facts.addresses[part].text;
    case MXS_PART_PREFIX: return impact->facts.prefixes.texts[part];
    case MXS_PART_ASN: return impact->facts.asns.texts[part];
    case MXS_PART_PROVIDER: return impact->facts.providers.texts[part];
    case MXS_PART_COUNTRY: return impact->facts.countries.texts[part];
    case MXS_PART_COUNT: break;
    }
    return "";
}

static struct mxs_path *put_path(struct mxs_impact *impact, uint32_t host, int64_t preference)
{
    if (!mxs_vector_reserve(&impact->paths, &impact->path_capacity, impact->path_count, sizeof *impact->paths))
        return NULL;
    struct mxs_path *path = &impact->paths[impact->path_count++];
    *path = (struct mxs_path){{host, NONE, NONE, NONE, impact->facts.hosts[host].provider, NONE}, preference};
    return path;
}

static bool put_addresses(struct mxs_impact *impact, uint32_t host, int64_t preference, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = impact->facts.entries[first + i];
        const struct mxs_facts_address *address = &impact->facts.addresses[at];
        if (!address->public)
            continue;
        struct mxs_path *path = put_path(impact, host, preference);
        if (path == NULL)
            return false;
        path->parts[MXS_PART_ADDRESS] = at;
        path->parts[MXS_PART_PREFIX] = address->prefix;
        path->parts[MXS_PART_ASN] = address->network;
        path->parts[MXS_PART_COUNTRY] = address->country;
    }
    return true;
}

static bool is_by_host(enum mxs_part kind) { return kind == MXS_PART_HOST || kind == MXS_PART_PROVIDER; }

static bool is_open(int8_t outcome) { return outcome >= 0 && !mxs_outcome_settled((enum mxs_outcome)outcome); }

static void put_open(struct mxs_impact *impact, enum mxs_part kind, uint32_t part, int64_t preference)
{
    mxs_open_paths_put(&impact->open[kind], part);
    if (impact->path_count == 0 || impact->paths[0].preference == preference)
        mxs_open_paths_put(&impact->open_first[kind], part);
}

/* Of whole, the MX host itself is not settled; else addresses of it. */
static void put_open_host(struct mxs_impact *impact, uint32_t at, int64_t preference, bool whole)
{
    for (enum mxs_part kind = 0; kind < MXS_PART_COUNT; kind++) {
        bool by_host = is_by_host(kind);
        uint32_t part = kind == MXS_PART_HOST ? at : impact->facts.hosts[at].provider;
        if (whole || !by_host)
            put_open(impact, kind, by_host ? part : MXS_PART_UNKNOWN, preference);
    }
}

/* What was read of an answer that is no answer (limit, filtered) is no way. */
static bool put_host_addresses(struct mxs_impact *impact, uint32_t at, int64_t preference)
{
    const struct mxs_facts_host *host = &impact->facts.hosts[at];
    if (is_open(host->a) || is_open(host->aaaa))
        put_open_host(impact, at, preference, false);
    return (host->a != MXS_ANSWERED || put_addresses(impact, at, preference, host->a_first, host->a_count)) &&
           (host->aaaa != MXS_ANSWERED || put_addresses(impact, at, preference, host->aaaa_first, host->aaaa_count));
}

static bool put_mx_host(struct mxs_impact *impact, uint32_t at, int64_t preference)
{
    const struct mxs_facts_host *host = &impact->facts.hosts[at];
    if (host->usable == 0 || !host->deliverable)
        return true;
    if (!impact->facts.hosts_asked)
        return put_path(impact, at, preference) != NULL;
    if (host->usable > 0)
        return put_host_addresses(impact, at, preference);
    bool asked = host->a >= 0 || host->aaaa >= 0;
    impact->unsettled |= asked;
    impact->unasked |= !asked;
    put_open_host(impact, at, preference, true);
    return true;
}

static void begin(struct mxs_impact *impact, size_t set)
{
    impact->path_count = impact->first_count = 0;
    impact->set = set;
    impact->unsettled = impact->unasked = false;
    memset(impact->open, 0, sizeof impact->open);
    memset(impact->open_first, 0, sizeof impact->open_first);
}

bool mxs_impact_put_set(struct mxs_impact *impact, size_t position)
{
    const struct mxs_facts *facts = &impact->facts;
    begin(impact, position);
    for (uint32_t i = facts->mx_starts[position]; i < facts->mx_starts[position + 1]; i++) {
        const struct mxs_facts_mx_host *mx_host = &facts->mx_hosts[i];
        if (facts->hosts[mx_host->host].name_size == 0) { /* it takes no mail, whatever else it says */
            begin(impact, SIZE_MAX);
            break;
        }
        if (!put_mx_host(impact, mx_host->host, mx_host->preference))
            return false;
    }
    while (impact->first_count < impact->path_count &&
           impact->paths[impact->first_count].preference == impact->paths[0].preference)
        impact->first_count++;
    return true;
}

/* Its addresses belong to the question for the domain itself, and are known of every run. */
bool mxs_impact_put_own(struct mxs_impact *impact, size_t at)
{
    begin(impact, SIZE_MAX);
    bool ok = put_host_addresses(impact, (uint32_t)at, 0);
    impact->first_count = impact->path_count;
    return ok;
}

bool mxs_impact_receives(const struct mxs_impact *impact)
{
    return impact->path_count > 0 || (impact->unasked && !impact->unsettled);
}

/* Whether an MX host of the set before this preference may be a way of the part, and nobody knows whether it is one.
 * Nobody knows either what addresses it has. */
static bool is_open_part(const struct mxs_impact *impact, enum mxs_part kind, uint32_t part, int64_t before)
{
    const struct mxs_facts *facts = &impact->facts;
    if (impact->set == SIZE_MAX || !impact->open[kind].any)
        return false;
    for (uint32_t i = facts->mx_starts[impact->set]; i < facts->mx_starts[impact->set + 1]; i++) {
        uint32_t at = facts->mx_hosts[i].host;
        const struct mxs_facts_host *host = &facts->hosts[at];
        if (host->usable < 0 && host->deliverable && facts->mx_hosts[i].preference < before &&
            (!is_by_host(kind) || (kind == MXS_PART_HOST ? at : host->provider) == part))
            return true;
    }
    return false;
}

enum mxs_effect mxs_impact_effect(const struct mxs_impact *impact, enum mxs_part kind, uint32_t part)
{
    size_t lost = 0, first_lost = 0;
    for (size_t i = 0; i < impact->path_count; i++) {
        bool hit = impact->paths[i].parts[kind] == part;
        lost += hit;
        first_lost += hit && i < impact->first_count;
    }
    if (lost == 0)
        return is_by_host(kind) && is_open_part(impact, kind, part, INT64_MAX) ? MXS_EFFECT_UNKNOWN : MXS_EFFECT_NONE;
    return mxs_effect_beside(mxs_effect_of(impact->path_count, impact->first_count, lost, first_lost), part,
                             &impact->open[kind], &impact->open_first[kind],
                             is_open_part(impact, kind, part, impact->paths[0].preference));
}
