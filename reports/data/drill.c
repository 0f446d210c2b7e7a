/* What waiting is expected where equal MX hosts are tried in random order: with g that take mail, one that does not is
 * tried before all of them once in g + 1 times, and costs its whole time then; which of the g is met first is even. So
 * no order is drawn, and the figure of a list does not change from one reading to the next. */
#include "reports/data/drill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/counter.h"
#include "base/vector.h"
#include "model/vocabulary.h"

#define GROUPS_MAX 1024 /* values of one domain */

const char *const mxs_drill_end_texts[MXS_DRILL_END_COUNT] = {"at_once", "later", "queued", "returned", "unknown"};

/* --- what was seen --- */

static bool put_server(struct mxs_drill *drill, struct mxs_query *query)
{
    if (!mxs_vector_reserve(&drill->servers, &drill->server_capacity, drill->server_count, sizeof *drill->servers))
        return false;
    int64_t outcome = mxs_query_column_int(query, 2);
    if (outcome < 0 || outcome >= MXS_SMTP_OUTCOME_COUNT)
        return true; /* a stranger's file may say anything */
    drill->servers[drill->server_count++] =
        (struct mxs_drill_server){.host_id = mxs_query_column_int(query, 0),
                                  .address_id = mxs_query_column_int(query, 1),
                                  .outcome = (int8_t)outcome,
                                  .settled = mxs_smtp_outcome_settled((enum mxs_smtp_outcome)outcome),
                                  .code = mxs_query_column_int(query, 3),
                                  .connect_ms = mxs_query_is_null(query, 4) ? -1 : mxs_query_column_int(query, 4),
                                  .banner_ms = mxs_query_is_null(query, 5) ? -1 : mxs_query_column_int(query, 5)};
    return true;
}

static enum mxs_err load_servers(struct mxs_drill *drill, mxs_store *store, const struct mxs_run *run,
                                 struct mxs_detail *detail)
{
    struct mxs_query query;
    bool memory = true;
    mxs_query_open(&query, store,
                   "SELECT s.host_id, s.address_id, s.outcome, s.code, m.connect_ms, m.banner_ms FROM smtp_history s "
                   "LEFT JOIN smtp_measured m"
                   " ON m.list_id = s.list_id AND m.address_id = s.address_id AND m.run_id = ?2 WHERE s.list_id = ?1 "
                   "AND s.first_run <= ?2"
                   " AND ifnull(s.last_run, ?2) >= ?2 ORDER BY s.host_id, s.address_id");
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->id);
    while (memory && mxs_query_next(&query))
        memory = put_server(drill, &query);
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, NULL) : err;
}

static int server_order(const void *a, const void *b)
{
    const struct mxs_drill_server *x = a, *y = b;
    if (x->host_id != y->host_id)
        return x->host_id < y->host_id ? -1 : 1;
    return (x->address_id > y->address_id) - (x->address_id < y->address_id);
}

/* NULL: it was not met. */
static const struct mxs_drill_server *find_server(const struct mxs_drill *drill, uint32_t host, uint32_t address)
{
    const struct mxs_facts *facts = &drill->impact.facts;
    struct mxs_drill_server key = {.host_id = facts->host_ids[host], .address_id = facts->address_ids[address]};
    if (drill->server_count == 0)
        return NULL;
    return bsearch(&key, drill->servers, drill->server_count, sizeof key, server_order);
}

/* --- one server, one MX host, one level --- */

static bool takes_mail(const struct mxs_drill_server *server) { return server->outcome == MXS_SMTP_READY; }

/* What it costs a sender to find out that this one does not take the mail. */
static int64_t cost_of(const struct mxs_drill_server *server)
{
    int64_t spoken_ms =
        (server->connect_ms > 0 ? server->connect_ms : 0) + (server->banner_ms > 0 ? server->banner_ms : 0);
    switch (server->outcome) {
    case MXS_SMTP_SILENT:
    case MXS_SMTP_TIMEOUT: return server->connect_ms >= 0 ? MXS_DRILL_GREETING_MS : MXS_DRILL_CONNECT_MS;
    default: return spoken_ms;
    }
}

struct way {
    double wait_ms;
    bool takes, known, temporary; /* temporary: somebody might take it later */
};

/* An MX host: its addresses in order, up to the first that takes the mail. What was not met is passed over. */
static struct way try_host(const struct mxs_drill *drill, const struct mxs_path *paths, size_t count)
{
    struct way way = {0};
    for (size_t i = 0; i < count && !way.takes; i++) {
        const struct mxs_drill_server *server =
            find_server(drill, paths[i].parts[MXS_PART_HOST], paths[i].parts[MXS_PART_ADDRESS]);
        if (server == NULL)
            continue;
        way.known = true;
        way.takes = takes_mail(server);
        way.temporary = way.temporary || server->outcome != MXS_SMTP_REJECTING;
        way.wait_ms += way.takes ? 0 : (double)cost_of(server);
    }
    return way;
}

static size_t end_of_host(const struct mxs_impact *impact, size_t first)
{
    size_t end = first;
    while (end < impact->path_count && impact->paths[end].preference == impact->paths[first].preference &&
           impact->paths[end].parts[MXS_PART_HOST] == impact->paths[first].parts[MXS_PART_HOST])
        end++;
    return end;
}

static size_t end_of_level(const struct mxs_impact *impact, size_t first)
{
    size_t end = first;
    while (end < impact->path_count && impact->paths[end].preference == impact->paths[first].preference)
        end++;
    return end;
}

struct level {
    double bad_ms, good_ms; /* sums over the hosts that do not, and that do take mail */
    uint32_t good;
    bool unknown, temporary;
};

static struct level try_level(const struct mxs_drill *drill, size_t first, size_t end)
{
    struct level level = {0};
    for (size_t at = first; at < end;) {
        size_t next = end_of_host(&drill->impact, at);
        struct way way = try_host(drill, drill->impact.paths + at, next - at);
        level.unknown = level.unknown || !way.known;
        level.temporary = level.temporary || way.temporary;
        level.good += way.takes;
        *(way.takes ? &level.good_ms : &level.bad_ms) += way.wait_ms;
        at = next;
    }
    return level;
}

/* The ways of a set, in order, and from which preference on an MX host may have others. */
static bool put_set(struct mxs_drill *drill, size_t position)
{
    const struct mxs_facts *facts = &drill->impact.facts;
    drill->unknown_from = INT64_MAX;
    for (uint32_t i = facts->mx_starts[position]; i < facts->mx_starts[position + 1]; i++) {
        const struct mxs_facts_mx_host *mx_host = &facts->mx_hosts[i];
        const struct mxs_facts_host *host = &facts->hosts[mx_host->host];
        if (host->usable < 0 && host->deliverable && mx_host->preference < drill->unknown_from)
            drill->unknown_from = mx_host->preference;
    }
    return mxs_impact_put_set(&drill->impact, position);
}

static bool put_own(struct mxs_drill *drill, size_t host)
{
    drill->unknown_from = INT64_MAX;
    return mxs_impact_put_own(&drill->impact, host);
}

/* The paths at hand, of one set: how it ends, and the waiting to expect until then. */
static enum mxs_drill_end follow(const struct mxs_drill *drill, double *wait_ms)
{
    bool temporary = false;
    *wait_ms = 0;
    for (size_t at = 0; at < drill->impact.path_count;) {
        size_t end = end_of_level(&drill->impact, at);
        struct level level = try_level(drill, at, end);
        if (level.unknown || drill->impact.paths[at].preference >= drill->unknown_from)
            return MXS_DRILL_UNKNOWN;
        temporary = temporary || level.temporary;
        if (level.good > 0) {
            *wait_ms += level.bad_ms / (level.good + 1) + level.good_ms / level.good;
            return at == 0 && *wait_ms <= 0 ? MXS_DRILL_AT_ONCE : MXS_DRILL_LATER;
        }
        *wait_ms += level.bad_ms;
        at = end;
    }
    if (drill->unknown_from != INT64_MAX)
        return MXS_DRILL_UNKNOWN;
    return temporary ? MXS_DRILL_QUEUED : MXS_DRILL_RETURNED;
}

/* --- hops of a domain --- */

enum {
    HOP_DOMAIN,
    HOP_PREFERENCE,
    HOP_HOST,
    HOP_ADDRESS,
    HOP_OUTCOME,
    HOP_SETTLED,
    HOP_CODE,
    HOP_COST,
    HOP_THEN,
    HOP_COUNT
};
static const struct mxs_column hop_columns[HOP_COUNT] = {
    {"domain", "domain", MXS_UNIT_TEXT, 0},   {"preference", "pref.", MXS_UNIT_NUMBER, 0},
    {"host", "MX host", MXS_UNIT_TEXT, 0},    {"address", "address", MXS_UNIT_TEXT, 0},
    {"outcome", "answers", MXS_UNIT_TEXT, 0}, {"settled", "settled", MXS_UNIT_FLAG, 0},
    {"code", "code", MXS_UNIT_NUMBER, 0},     {"cost_ms", "costs", MXS_UNIT_DURATION, 0},
    {"then", "then", MXS_UNIT_TEXT, 0},
};

static void put_text(struct mxs_table *table, struct mxs_cell *cell, const char *text)
{
    mxs_table_put_text(table, cell, text, strlen(text));
}

static const char *next_step(const struct mxs_drill_server *server, bool reached, bool last)
{
    if (!reached)
        return "not reached";
    if (server == NULL)
        return "not contacted";
    if (takes_mail(server))
        return "takes the mail";
    return !last                                   ? "the next is tried"
           : server->outcome == MXS_SMTP_REJECTING ? "nobody is left: returned"
                                                   : "nobody is left: tried again later";
}

/* Where the first level with a server that takes the mail ends; beyond it nothing is tried. */
static size_t find_reach(const struct mxs_drill *drill)
{
    size_t end = 0;
    bool taken = false;
    while (end < drill->impact.path_count && !taken) {
        size_t first = end;
        end = end_of_level(&drill->impact, first);
        taken = try_level(drill, first, end).good > 0;
    }
    return end;
}

static void put_hop(struct mxs_drill *drill, const char *domain, size_t at, size_t reach)
{
    const struct mxs_path *path = &drill->impact.paths[at];
    const struct mxs_facts *facts = &drill->impact.facts;
    uint32_t host = path->parts[MXS_PART_HOST], address = path->parts[MXS_PART_ADDRESS];
    const struct mxs_drill_server *server = address == UINT32_MAX ? NULL : find_server(drill, host, address);
    struct mxs_cell *cells = mxs_table_row(&drill->hops);
    if (cells == NULL)
        return;
    put_text(&drill->hops, &cells[HOP_DOMAIN], domain);
    mxs_table_put_int(&cells[HOP_PREFERENCE], path->preference);
    put_text(&drill->hops, &cells[HOP_HOST], facts->hosts[host].name);
    if (address != UINT32_MAX)
        put_text(&drill->hops, &cells[HOP_ADDRESS], facts->addresses[address].text);
    put_text(&drill->hops, &cells[HOP_THEN], next_step(server, at < reach, at + 1 == drill->impact.path_count));
    if (server == NULL)
        return;
    put_text(&drill->hops, &cells[HOP_OUTCOME], mxs_smtp_outcome_text((enum mxs_smtp_outcome)server->outcome));
    mxs_table_put_int(&cells[HOP_SETTLED], server->settled);
    if (server->code > 0)
        mxs_table_put_int(&cells[HOP_CODE], server->code);
    if (at < reach)
        mxs_table_put_int(&cells[HOP_COST], takes_mail(server) ? 0 : cost_of(server));
}

static void put_end(struct mxs_drill *drill, const char *domain)
{
    char text[96];
    double wait_ms;
    enum mxs_drill_end end = follow(drill, &wait_ms);
    struct mxs_cell *cells = mxs_table_row(&drill->hops);
    if (cells == NULL)
        return;
    put_text(&drill->hops, &cells[HOP_DOMAIN], domain);
    snprintf(text, sizeof text, "in all: %s", mxs_drill_end_texts[end]);
    put_text(&drill->hops, &cells[HOP_THEN], text);
    if (end != MXS_DRILL_UNKNOWN)
        mxs_table_put_int(&cells[HOP_COST], (int64_t)(wait_ms + 0.5));
}

enum mxs_err mxs_drill_put_domain(struct mxs_drill *drill, mxs_store *store, const struct mxs_run *run,
                                  const char *name, struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t set = 0, own = 0;
    mxs_query_open(
        &query, store,
        "SELECT ifnull(mx_set_id, 0), ifnull(implicit_host_id, 0) FROM v_domain WHERE run_id = ?1 AND domain = ?2");
    mxs_query_int(&query, 1, run->id);
    mxs_query_text(&query, 2, name, strlen(name));
    bool known = mxs_query_next(&query);
    if (known) {
        set = mxs_query_column_int(&query, 0);
        own = mxs_query_column_int(&query, 1);
    }
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && !known)
        err = mxs_err_set(detail, MXS_ERR_INPUT, "run %lld of list %.100s has no domain '%.200s'", (long long)run->id,
                          run->list, name);
    if (err != MXS_OK)
        return err;
    const struct mxs_facts *facts = &drill->impact.facts;
    size_t position = set != 0 ? mxs_facts_set_position(facts, set) : facts->mx_count,
           host = mxs_facts_host_position(facts, own);
    drill->impact.path_count = 0;
    bool memory = true;
    if (position < facts->mx_count)
        memory = put_set(drill, position);
    else if (own != 0 && host < facts->host_count)
        memory = put_own(drill, host);
    size_t reach = memory ? find_reach(drill) : 0;
    for (size_t at = 0; memory && at < drill->impact.path_count; at++)
        put_hop(drill, name, at, reach);
    if (memory && drill->impact.path_count > 0)
        put_end(drill, name);
    return memory && drill->hops.err == MXS_OK ? MXS_OK : mxs_err_memory(detail, NULL);
}

/* --- a list --- */

enum {
    SUM_PROVIDER,
    SUM_DOMAINS,
    SUM_AT_ONCE,
    SUM_LATER,
    SUM_QUEUED,
    SUM_RETURNED,
    SUM_UNKNOWN,
    SUM_MEDIAN,
    SUM_MOST,
    SUM_COUNT
};
static const struct mxs_column sum_columns[SUM_COUNT] = {
    {"provider", "who runs the first MX host", MXS_UNIT_TEXT, 0},
    {"domains", "domains", MXS_UNIT_COUNT, 0},
    {"at_once", "at once", MXS_UNIT_COUNT, 0},
    {"later", "would wait", MXS_UNIT_COUNT, 0},
    {"queued", "nobody takes it", MXS_UNIT_COUNT, 0},
    {"returned", "returned", MXS_UNIT_COUNT, 0},
    {"unknown", "not known", MXS_UNIT_COUNT, 0},
    {"wait_median_ms", "median wait", MXS_UNIT_DURATION, 0},
    {"wait_p95_ms", "95 % wait", MXS_UNIT_DURATION, 0},
};

_Static_assert(SUM_COUNT == MXS_DRILL_COLUMNS, "the columns of a facet are those of the list");

/* A way that ends is a row: wait -1 - end for those that do not wait. */
static bool put_wait(struct mxs_drill *drill, int64_t domains, uint32_t group)
{
    double wait_ms;
    enum mxs_drill_end end = follow(drill, &wait_ms);
    if (!mxs_vector_reserve(&drill->waits, &drill->wait_capacity, drill->wait_count, sizeof *drill->waits))
        return false;
    drill->waits[drill->wait_count++] =
        (struct mxs_drill_wait){.wait_ms = end == MXS_DRILL_LATER ? (int64_t)(wait_ms + 0.5) : -1 - (int64_t)end,
                                .domains = domains,
                                .group = group};
    return true;
}

static uint32_t first_provider(const struct mxs_drill *drill)
{
    const struct mxs_facts_host *host = &drill->impact.facts.hosts[drill->impact.paths[0].parts[MXS_PART_HOST]];
    return host->unnamed ? UINT32_MAX : host->provider;
}

static int by_group_and_wait(const void *a, const void *b)
{
    const struct mxs_drill_wait *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->wait_ms > y->wait_ms) - (x->wait_ms < y->wait_ms);
}

static int by_wait(const void *a, const void *b)
{
    const struct mxs_drill_wait *x = a, *y = b;
    return (x->wait_ms > y->wait_ms) - (x->wait_ms < y->wait_ms);
}

/* Of rows in ascending order: the waiting that this share of the waiting domains does not exceed. */
static int64_t quantile(const struct mxs_drill_wait *rows, size_t count, int64_t waiting, double share)
{
    int64_t wanted = (int64_t)(share * (double)waiting + 0.9999), seen = 0;
    for (size_t i = 0; i < count; i++) {
        seen += rows[i].wait_ms >= 0 ? rows[i].domains : 0;
        if (rows[i].wait_ms >= 0 && seen >= wanted)
            return rows[i].wait_ms;
    }
    return 0;
}

static void put_sum(struct mxs_drill *drill, const char *name, const struct mxs_drill_wait *rows, size_t count)
{
    int64_t ends[MXS_DRILL_END_COUNT] = {0}, all = 0;
    for (size_t i = 0; i < count; i++) {
        ends[rows[i].wait_ms >= 0 ? MXS_DRILL_LATER : -1 - rows[i].wait_ms] += rows[i].domains;
        all += rows[i].domains;
    }
    struct mxs_cell *cells = mxs_table_row(&drill->summary);
    if (cells == NULL)
        return;
    put_text(&drill->summary, &cells[SUM_PROVIDER], name);
    mxs_table_put_int(&cells[SUM_DOMAINS], all);
    for (int end = 0; end < MXS_DRILL_END_COUNT; end++)
        mxs_table_put_int(&cells[SUM_AT_ONCE + end], ends[end]);
    if (ends[MXS_DRILL_LATER] == 0)
        return;
    mxs_table_put_int(&cells[SUM_MEDIAN], quantile(rows, count, ends[MXS_DRILL_LATER], 0.5));
    mxs_table_put_int(&cells[SUM_MOST], quantile(rows, count, ends[MXS_DRILL_LATER], 0.95));
}

static bool put_all_waits(struct mxs_drill *drill)
{
    struct mxs_impact *impact = &drill->impact;
    bool memory = true;
    for (size_t position = 0; memory && position < impact->facts.mx_count; position++)
        if (impact->set_domains[position] > 0 && (memory = put_set(drill, position)) &&
            impact->path_count > 0)
            memory = put_wait(drill, impact->set_domains[position], first_provider(drill));
    for (size_t host = 0; memory && host < impact->facts.host_count; host++)
        if (impact->own_domains[host] > 0 && (memory = put_own(drill, host)) && impact->path_count > 0)
            memory = put_wait(drill, impact->own_domains[host], first_provider(drill));
    return memory;
}

static const char *group_name(const struct mxs_drill *drill, const struct mxs_by *by, uint32_t group)
{
    if (by != NULL)
        return by->groups.texts[group];
    return group == UINT32_MAX ? "self or unnamed" : drill->impact.facts.providers.texts[group];
}

/* A row for each group. by NULL: groups are providers. */
static void put_groups(struct mxs_drill *drill, const struct mxs_by *by)
{
    struct mxs_drill_wait *waits = drill->waits;
    size_t count = drill->wait_count;
    if (count > 1)
        qsort(waits, count, sizeof *waits, by_group_and_wait);
    for (size_t at = 0; at < count;) {
        size_t end = at;
        while (end < count && waits[end].group == waits[at].group)
            end++;
        put_sum(drill, group_name(drill, by, waits[at].group), waits + at, end - at);
        at = end;
    }
}

enum mxs_err mxs_drill_put_list(struct mxs_drill *drill, struct mxs_detail *detail)
{
    if (!put_all_waits(drill))
        return mxs_err_memory(detail, NULL);
    struct mxs_drill_wait *waits = drill->waits;
    size_t count = drill->wait_count;
    if (count > 1)
        qsort(waits, count, sizeof *waits, by_wait);
    put_sum(drill, "all", waits, count);
    put_groups(drill, NULL);
    return drill->summary.err == MXS_OK ? MXS_OK : mxs_err_memory(detail, NULL);
}

/* A set is followed once for each group that has it. second of the counter: the set's place, or -1 - the place of a
 * host that is its own. */
static bool put_facet_waits(struct mxs_drill *drill, const struct mxs_counter *counter)
{
    struct mxs_impact *impact = &drill->impact;
    bool memory = true;
    for (size_t i = 0; memory && i < counter->count; i++) {
        const struct mxs_counter_item *item = &counter->items[i];
        memory = item->second >= 0 ? put_set(drill, (size_t)item->second)
                                   : put_own(drill, (size_t)(-1 - item->second));
        if (memory && impact->path_count > 0)
            memory = put_wait(drill, item->sum, (uint32_t)item->key);
    }
    return memory;
}

static enum mxs_err count_facet(const struct mxs_drill *drill, const struct mxs_by *by, mxs_store *store,
                                const struct mxs_run *run, struct mxs_counter *counter, struct mxs_detail *detail)
{
    const struct mxs_facts *facts = &drill->impact.facts;
    struct mxs_query query;
    uint32_t groups[GROUPS_MAX];
    mxs_query_open(
        &query, store,
        "SELECT domain_id, ifnull(mx_set_id, 0), ifnull(implicit_host_id, 0) FROM domain_history WHERE list_id = ?1"
        " AND first_run <= ?2 AND ifnull(last_run, ?2) >= ?2 AND (outcome = ?3 OR implicit_host_id IS NOT NULL)");
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->id);
    mxs_query_int(&query, 3, MXS_ANSWERED);
    while (counter->err == MXS_OK && mxs_query_next(&query)) {
        int64_t set = mxs_query_column_int(&query, 1);
        size_t position = set != 0 ? mxs_facts_set_position(facts, set)
                                   : mxs_facts_host_position(facts, mxs_query_column_int(&query, 2));
        if (position >= (set != 0 ? facts->mx_count : facts->host_count))
            continue;
        uint32_t count = mxs_by_groups_of(by, (uint32_t)mxs_query_column_int(&query, 0), false, groups, GROUPS_MAX);
        for (uint32_t i = 0; i < count; i++)
            mxs_counter_put(counter, groups[i], set != 0 ? (int64_t)position : -1 - (int64_t)position, 1);
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && counter->err != MXS_OK ? mxs_err_memory(detail, NULL) : err;
}

enum mxs_err mxs_drill_put_by(struct mxs_drill *drill, mxs_store *store, const struct mxs_run *run, const char *spec,
                              struct mxs_detail *detail)
{
    struct mxs_by by;
    struct mxs_counter counter;
    enum mxs_err err = mxs_by_open_groups(&by, store, run, NULL, spec, 0, detail);
    if (err != MXS_OK)
        return err;
    memcpy(drill->by_columns, sum_columns, sizeof sum_columns);
    drill->by_columns[SUM_PROVIDER] = (struct mxs_column){"by", "value", MXS_UNIT_TEXT, 0};
    drill->summary.columns = drill->by_columns;
    mxs_counter_init(&counter);
    err = count_facet(drill, &by, store, run, &counter, detail);
    if (err == MXS_OK && !put_facet_waits(drill, &counter))
        err = mxs_err_memory(detail, NULL);
    if (err == MXS_OK)
        put_groups(drill, &by);
    if (err == MXS_OK && drill->summary.err != MXS_OK)
        err = mxs_err_memory(detail, NULL);
    mxs_counter_finish(&counter);
    mxs_by_finish(&by);
    return err;
}

/* --- life --- */

enum mxs_err mxs_drill_open(struct mxs_drill *drill, mxs_store *store, const struct mxs_run *run,
                            struct mxs_detail *detail)
{
    *drill = (struct mxs_drill){0};
    mxs_table_init(&drill->hops, "hops", "What a sender would do", hop_columns, HOP_COUNT);
    mxs_table_init(&drill->summary, "drill", "How long mail would wait", sum_columns, SUM_COUNT);
    enum mxs_err err = mxs_impact_open(&drill->impact, store, run, detail);
    if (err == MXS_OK)
        err = load_servers(drill, store, run, detail);
    if (err == MXS_OK && drill->server_count == 0)
        err = mxs_err_set(detail, MXS_ERR_INPUT,
                          "run %lld of list %.100s contacted no mail servers: scan with --checks mx,host,smtp"
                          " --smtp-helo NAME", (long long)run->id, run->list);
    if (err != MXS_OK)
        mxs_drill_close(drill);
    return err;
}

void mxs_drill_close(struct mxs_drill *drill)
{
    mxs_impact_close(&drill->impact);
    mxs_table_finish(&drill->hops);
    mxs_table_finish(&drill->summary);
    free(drill->servers);
    free(drill->waits);
    *drill = (struct mxs_drill){0};
}
