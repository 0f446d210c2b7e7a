#include "reports/data/impact.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define OUTCOME_ANSWERED 0

const char *const mxs_part_names[MXS_PART_COUNT] = {"host", "address", "prefix", "asn", "provider", "country"};
const char *const mxs_effect_names[MXS_EFFECT_COUNT] = {"none", "capacity", "fallback", "lost"};

static enum mxs_err count_sets(struct mxs_impact *impact, mxs_store *store, const struct mxs_run *run, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, "SELECT mx_set_id, implicit_host_id FROM domain_history WHERE list_id = ?1 AND first_run <= ?2"
                   " AND ifnull(last_run, ?2) >= ?2 AND (outcome = ?3 OR implicit_host_id IS NOT NULL)");
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->id);
    mxs_query_int(&query, 3, OUTCOME_ANSWERED);
    while (mxs_query_next(&query)) {
        bool own = mxs_query_is_null(&query, 0);
        size_t place = own ? mxs_facts_host_place(&impact->facts, mxs_query_column_int(&query, 1))
                           : mxs_facts_set_place(&impact->facts, mxs_query_column_int(&query, 0));
        if (own && place < impact->facts.host_count)
            impact->own_domains[place]++;
        else if (!own && place < impact->facts.mx_count)
            impact->set_domains[place]++;
    }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_impact_open(struct mxs_impact *impact, mxs_store *store, const struct mxs_run *run, struct mxs_detail *detail)
{
    *impact = (struct mxs_impact){0};
    enum mxs_err err = mxs_facts_open(&impact->facts, store, run, detail);
    if (err != MXS_OK)
        return err;
    impact->set_domains = calloc(impact->facts.mx_count + 1, sizeof *impact->set_domains);
    impact->own_domains = calloc(impact->facts.host_count + 1, sizeof *impact->own_domains);
    if (impact->set_domains == NULL || impact->own_domains == NULL)
        err = mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory");
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

const char *mxs_impact_name(const struct mxs_impact *impact, enum mxs_part kind, size_t thing)
{
    switch (kind) {
    case MXS_PART_HOST: return impact->facts.hosts[thing].name;
    case MXS_PART_ADDRESS: return impact->facts.addresses[thing].text;
    case MXS_PART_PREFIX: return impact->facts.prefixes.texts[thing];
    case MXS_PART_ASN: return impact->facts.asns.texts[thing];
    case MXS_PART_PROVIDER: return impact->facts.providers.texts[thing];
    case MXS_PART_COUNTRY: return impact->facts.countries.texts[thing];
    case MXS_PART_COUNT: break;
    }
    return "";
}

static struct mxs_path *put_path(struct mxs_impact *impact, uint32_t host, int64_t preference)
{
    if (impact->path_count == impact->path_capacity) {
        size_t capacity = impact->path_capacity == 0 ? 64 : impact->path_capacity * 2;
        struct mxs_path *paths = realloc(impact->paths, capacity * sizeof *paths);
        if (paths == NULL)
            return NULL;
        impact->paths = paths;
        impact->path_capacity = capacity;
    }
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
        path->things[MXS_PART_ADDRESS] = at;
        path->things[MXS_PART_PREFIX] = address->prefix;
        path->things[MXS_PART_ASN] = address->network;
        path->things[MXS_PART_COUNTRY] = address->country;
    }
    return true;
}

static bool put_mx_host(struct mxs_impact *impact, uint32_t at, int64_t preference)
{
    const struct mxs_facts_host *host = &impact->facts.hosts[at];
    if (host->usable == 0)
        return true;
    if (!impact->facts.hosts_asked)
        return put_path(impact, at, preference) != NULL;
    return host->usable < 0 || (put_addresses(impact, at, preference, host->a_first, host->a_count) &&
                                put_addresses(impact, at, preference, host->aaaa_first, host->aaaa_count));
}

bool mxs_impact_put_set(struct mxs_impact *impact, size_t place)
{
    const struct mxs_facts *facts = &impact->facts;
    impact->path_count = impact->first_count = 0;
    for (uint32_t i = facts->mx_starts[place]; i < facts->mx_starts[place + 1]; i++) {
        const struct mxs_facts_mx_host *mx_host = &facts->mx_hosts[i];
        if (facts->hosts[mx_host->host].name_size == 0) { /* it takes no mail, whatever else it says */
            impact->path_count = 0;
            break;
        }
        if (!put_mx_host(impact, mx_host->host, mx_host->preference))
            return false;
    }
    while (impact->first_count < impact->path_count && impact->paths[impact->first_count].preference == impact->paths[0].preference)
        impact->first_count++;
    return true;
}

/* Its addresses belong to the question for the domain itself, and are known of every run. */
bool mxs_impact_put_own(struct mxs_impact *impact, size_t at)
{
    const struct mxs_facts_host *host = &impact->facts.hosts[at];
    impact->path_count = impact->first_count = 0;
    bool ok = put_addresses(impact, (uint32_t)at, 0, host->a_first, host->a_count) &&
              put_addresses(impact, (uint32_t)at, 0, host->aaaa_first, host->aaaa_count);
    impact->first_count = impact->path_count;
    return ok;
}

static enum mxs_effect effect_of(size_t all, size_t first, size_t lost, size_t first_lost)
{
    return lost == 0 ? MXS_EFFECT_NONE : lost == all ? MXS_EFFECT_LOST
           : first_lost == first ? MXS_EFFECT_FALLBACK : MXS_EFFECT_CAPACITY;
}

enum mxs_effect mxs_impact_effect(const struct mxs_impact *impact, enum mxs_part kind, uint32_t thing)
{
    size_t lost = 0, first_lost = 0;
    for (size_t i = 0; i < impact->path_count; i++) {
        bool hit = impact->paths[i].things[kind] == thing;
        lost += hit;
        first_lost += hit && i < impact->first_count;
    }
    return effect_of(impact->path_count, impact->first_count, lost, first_lost);
}

/* All things of one kind at once. */
struct census {
    int64_t (*effects)[MXS_EFFECT_COUNT]; /* domains, by thing; [MXS_EFFECT_NONE] counts all that use it */
    uint32_t *lost, *first_lost;          /* scratch of one set */
    uint32_t *touched;
    size_t things;
};

static bool census_init(struct census *census, size_t things)
{
    *census = (struct census){.things = things};
    census->effects = calloc(things + 1, sizeof *census->effects);
    census->lost = calloc(things + 1, sizeof *census->lost);
    census->first_lost = calloc(things + 1, sizeof *census->first_lost);
    census->touched = calloc(things + 1, sizeof *census->touched);
    return census->effects != NULL && census->lost != NULL && census->first_lost != NULL && census->touched != NULL;
}

static void census_finish(struct census *census)
{
    free(census->effects);
    free(census->lost);
    free(census->first_lost);
    free(census->touched);
}

static void census_put(struct census *census, const struct mxs_impact *impact, enum mxs_part kind, int64_t domains)
{
    size_t touched = 0;
    for (size_t i = 0; i < impact->path_count; i++) {
        uint32_t thing = impact->paths[i].things[kind];
        if (thing == NONE)
            continue;
        if (census->lost[thing]++ == 0)
            census->touched[touched++] = thing;
        census->first_lost[thing] += i < impact->first_count;
    }
    for (size_t i = 0; i < touched; i++) {
        uint32_t thing = census->touched[i];
        enum mxs_effect effect = effect_of(impact->path_count, impact->first_count, census->lost[thing], census->first_lost[thing]);
        census->effects[thing][effect] += domains;
        census->effects[thing][MXS_EFFECT_NONE] += domains;
        census->lost[thing] = census->first_lost[thing] = 0;
    }
}

static bool take_census(struct mxs_impact *impact, struct census *censuses)
{
    for (size_t place = 0; place < impact->facts.mx_count; place++) {
        if (impact->set_domains[place] == 0)
            continue;
        if (!mxs_impact_put_set(impact, place))
            return false;
        for (int kind = 0; kind < MXS_PART_COUNT; kind++)
            census_put(&censuses[kind], impact, (enum mxs_part)kind, impact->set_domains[place]);
    }
    for (size_t host = 0; host < impact->facts.host_count; host++) {
        if (impact->own_domains[host] == 0)
            continue;
        if (!mxs_impact_put_own(impact, host))
            return false;
        for (int kind = 0; kind < MXS_PART_COUNT; kind++)
            census_put(&censuses[kind], impact, (enum mxs_part)kind, impact->own_domains[host]);
    }
    return true;
}

/* Of half a million hosts most carry one domain. Only those that can stand near the top of a table are kept: the
 * MOST largest by what is lost, and by use. */
#define MOST 1000

struct ranking {
    const struct mxs_impact *impact;
    const struct census *census;
    enum mxs_part kind;
    bool by_use;
};

static int worse(const struct ranking *ranking, uint32_t a, uint32_t b)
{
    const int64_t *x = ranking->census->effects[a], *y = ranking->census->effects[b];
    if (!ranking->by_use && x[MXS_EFFECT_LOST] != y[MXS_EFFECT_LOST])
        return x[MXS_EFFECT_LOST] < y[MXS_EFFECT_LOST] ? 1 : -1;
    if (x[MXS_EFFECT_NONE] != y[MXS_EFFECT_NONE])
        return x[MXS_EFFECT_NONE] < y[MXS_EFFECT_NONE] ? 1 : -1;
    return strcmp(mxs_impact_name(ranking->impact, ranking->kind, a), mxs_impact_name(ranking->impact, ranking->kind, b));
}

/* A heap with the worst of the kept on top. */
static void sink(const struct ranking *ranking, uint32_t *heap, size_t count, size_t at)
{
    for (;;) {
        size_t worst = at, left = at * 2 + 1;
        for (size_t child = left; child < count && child <= left + 1; child++)
            if (worse(ranking, heap[child], heap[worst]) > 0)
                worst = child;
        if (worst == at)
            return;
        uint32_t swap = heap[at];
        heap[at] = heap[worst];
        heap[worst] = swap;
        at = worst;
    }
}

static size_t keep_most(const struct ranking *ranking, uint32_t *heap)
{
    size_t count = 0;
    for (uint32_t thing = 0; thing < ranking->census->things; thing++) {
        if (ranking->census->effects[thing][MXS_EFFECT_NONE] == 0)
            continue;
        if (count < MOST) {
            heap[count++] = thing;
            for (size_t at = count == MOST ? MOST / 2 : 0; at-- > 0;)
                sink(ranking, heap, count, at);
        } else if (worse(ranking, heap[0], thing) > 0) {
            heap[0] = thing;
            sink(ranking, heap, count, 0);
        }
    }
    return count;
}

static void put_thing(struct mxs_query *query, const struct ranking *ranking, uint32_t thing, int64_t run_id, int64_t receiving)
{
    const int64_t *effects = ranking->census->effects[thing];
    const char *kind = mxs_part_names[ranking->kind], *name = mxs_impact_name(ranking->impact, ranking->kind, thing);
    mxs_query_int(query, 1, run_id);
    mxs_query_text(query, 2, kind, strlen(kind));
    mxs_query_text(query, 3, name, strlen(name));
    mxs_query_int(query, 4, effects[MXS_EFFECT_NONE]);
    mxs_query_int(query, 5, effects[MXS_EFFECT_LOST]);
    mxs_query_int(query, 6, effects[MXS_EFFECT_FALLBACK]);
    mxs_query_int(query, 7, effects[MXS_EFFECT_CAPACITY]);
    mxs_query_int(query, 8, receiving);
    mxs_query_run(query);
}

static enum mxs_err store_census(mxs_store *store, const struct mxs_impact *impact, const struct census *censuses, int64_t run_id,
                                 int64_t receiving, struct mxs_detail *detail)
{
    uint32_t *heap = calloc(MOST, sizeof *heap);
    if (heap == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory");
    struct mxs_query query;
    mxs_query_open(&query, store, "INSERT OR IGNORE INTO temp.v_impact VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
                   " 1.0 * ?5 / nullif(?8, 0), 1.0 * ?4 / nullif(?8, 0))");
    for (int kind = 0; kind < MXS_PART_COUNT; kind++) {
        struct ranking ranking = {impact, &censuses[kind], (enum mxs_part)kind, false};
        for (int use = 0; use < 2; use++) {
            ranking.by_use = use == 1;
            size_t count = keep_most(&ranking, heap);
            for (size_t i = 0; i < count; i++)
                put_thing(&query, &ranking, heap[i], run_id, receiving);
        }
    }
    free(heap);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_impact_count(mxs_store *store, const struct mxs_run *run, int64_t receiving, struct mxs_detail *detail)
{
    struct mxs_impact impact;
    struct census censuses[MXS_PART_COUNT] = {{0}};
    enum mxs_err err = mxs_store_run(store, "DROP VIEW temp.v_impact; CREATE TEMP TABLE v_impact (run_id INTEGER, kind TEXT, name TEXT,"
                                     " used INTEGER, lost INTEGER, fallback INTEGER, capacity INTEGER, share REAL,"
                                     " used_share REAL, PRIMARY KEY (kind, name)) WITHOUT ROWID;", detail);
    if (err == MXS_OK)
        err = mxs_impact_open(&impact, store, run, detail);
    if (err != MXS_OK)
        return err;
    bool ok = true;
    for (int kind = 0; kind < MXS_PART_COUNT; kind++)
        ok = census_init(&censuses[kind], mxs_impact_parts(&impact, (enum mxs_part)kind)) && ok;
    if (!ok || !take_census(&impact, censuses))
        err = mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory");
    if (err == MXS_OK)
        err = store_census(store, &impact, censuses, run->id, receiving, detail);
    for (int kind = 0; kind < MXS_PART_COUNT; kind++)
        census_finish(&censuses[kind]);
    mxs_impact_close(&impact);
    return err;
}
