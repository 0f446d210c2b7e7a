#include "reports/data/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/counter.h"
#include "base/vector.h"
#include "model/vocabulary.h"

#define NONE UINT32_MAX

static const char *keep(struct mxs_facts *facts, const char *text, size_t size_bytes)
{
    return mxs_string_pool_keep(&facts->prefixes, text, size_bytes);
}

static uint32_t find_or_none(const int64_t *ids, size_t count, int64_t id)
{
    size_t at = mxs_vector_find(ids, count, id);
    return at == count ? NONE : (uint32_t)at;
}

static bool put_name(struct mxs_facts *facts, struct mxs_names *names, int64_t id, const char *text, size_t size_bytes)
{
    const struct mxs_vector_part parts[] = {{&names->ids, sizeof *names->ids},
                                            {&names->texts, sizeof *names->texts}};
    if (!mxs_vector_reserve_each(parts, 2, &names->capacity, names->count))
        return false;
    names->ids[names->count] = id;
    names->texts[names->count] = keep(facts, text, size_bytes);
    return names->texts[names->count++] != NULL;
}

static enum mxs_err load_names(struct mxs_facts *facts, struct mxs_names *names, mxs_store *store, const char *sql,
                               struct mxs_detail *detail)
{
    struct mxs_query query;
    bool ok = true;
    mxs_query_open(&query, store, sql);
    while (ok && mxs_query_next(&query)) {
        size_t size_bytes;
        const char *text = mxs_query_column_text(&query, 1, &size_bytes);
        ok = put_name(facts, names, mxs_query_column_int(&query, 0), text, size_bytes);
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err != MXS_OK || ok ? err : mxs_err_memory(detail, NULL);
}

/* The networks met so far: number, 0 -> place in facts->asns + 1; number, 1 -> place in facts->countries + 1. */
struct networks {
    struct mxs_counter positions;
    struct mxs_query name;
};

static uint32_t network_of(struct mxs_facts *facts, struct networks *networks, int64_t asn)
{
    int64_t known = mxs_counter_find(&networks->positions, asn, 0);
    if (known != 0)
        return (uint32_t)known - 1;
    char text[256];
    mxs_query_int(&networks->name, 1, asn);
    bool found = mxs_query_next(&networks->name), named = found && !mxs_query_is_null(&networks->name, 0);
    int size = snprintf(text, sizeof text, "AS%lld%s%.200s", (long long)asn, named ? " " : "",
                        named ? mxs_query_column_text(&networks->name, 0, NULL) : "");
    if (found && !mxs_query_is_null(&networks->name, 1)) {
        size_t country_size;
        const char *country = mxs_query_column_text(&networks->name, 1, &country_size);
        uint32_t position = mxs_string_pool_put(&facts->countries, country, country_size);
        if (position == MXS_STRING_NONE)
            return NONE;
        mxs_counter_put(&networks->positions, asn, 1, (int64_t)position + 1);
    }
    mxs_query_reset(&networks->name);
    if (!put_name(facts, &facts->asns, asn, text, (size_t)size))
        return NONE;
    mxs_counter_put(&networks->positions, asn, 0, (int64_t)facts->asns.count);
    return (uint32_t)facts->asns.count - 1;
}

static bool put_address(struct mxs_facts *facts, struct networks *networks, struct mxs_query *query)
{
    const struct mxs_vector_part parts[] = {{&facts->address_ids, sizeof *facts->address_ids},
                                            {&facts->addresses, sizeof *facts->addresses}};
    if (!mxs_vector_reserve_each(parts, 2, &facts->address_capacity, facts->address_count))
        return false;
    size_t text_size, prefix_size;
    const char *text = mxs_query_column_text(query, 1, &text_size);
    const char *kept = keep(facts, text, text_size);
    const char *prefix = mxs_query_column_text(query, 2, &prefix_size);
    facts->address_ids[facts->address_count] = mxs_query_column_int(query, 0);
    facts->addresses[facts->address_count] = (struct mxs_facts_address){
        .text = kept,
        .prefix = mxs_string_pool_put(&facts->prefixes, prefix, prefix_size),
        .public = mxs_query_column_int(query, 3) != 0,
        .network = mxs_query_is_null(query, 4) ? NONE : network_of(facts, networks, mxs_query_column_int(query, 4)),
        .country = NONE,
    };
    if (!mxs_query_is_null(query, 4)) /* 0: not known, and 0 - 1 is NONE */
        facts->addresses[facts->address_count].country =
            (uint32_t)mxs_counter_find(&networks->positions, mxs_query_column_int(query, 4), 1) - 1;
    return kept != NULL && facts->addresses[facts->address_count++].prefix != MXS_STRING_NONE;
}

static enum mxs_err load_addresses(struct mxs_facts *facts, mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    struct networks networks;
    struct mxs_detail late;
    bool ok = true;
    mxs_counter_init(&networks.positions);
    mxs_query_open(&networks.name, store, "SELECT name, country FROM asn WHERE id = ?1");
    mxs_query_open(&query, store, "SELECT id, address, prefix, public, asn FROM address ORDER BY id");
    while (ok && mxs_query_next(&query))
        ok = put_address(facts, &networks, &query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    enum mxs_err named = mxs_query_finish(&networks.name, &late);
    if (err == MXS_OK && named != MXS_OK)
        err = mxs_err_set(detail, named, "%s", late.text);
    ok = ok && networks.positions.err == MXS_OK;
    mxs_counter_finish(&networks.positions);
    return err != MXS_OK || ok ? err : mxs_err_memory(detail, NULL);
}

static bool put_entry(struct mxs_facts *facts, int64_t set, int64_t address)
{
    if (facts->set_count == 0 || facts->set_ids[facts->set_count - 1] != set) {
        const struct mxs_vector_part parts[] = {{&facts->set_ids, sizeof *facts->set_ids},
                                                {&facts->set_starts, sizeof *facts->set_starts}};
        if (!mxs_vector_reserve_each(parts, 2, &facts->set_capacity, facts->set_count + 1))
            return false;
        facts->set_ids[facts->set_count] = set;
        facts->set_starts[facts->set_count++] = (uint32_t)facts->entry_count;
    }
    uint32_t at = find_or_none(facts->address_ids, facts->address_count, address);
    facts->set_starts[facts->set_count] = (uint32_t)facts->entry_count;
    if (at == NONE)
        return true;
    if (!mxs_vector_reserve(&facts->entries, &facts->entry_capacity, facts->entry_count, sizeof *facts->entries))
        return false;
    facts->entries[facts->entry_count++] = at;
    facts->set_starts[facts->set_count] = (uint32_t)facts->entry_count;
    return true;
}

static enum mxs_err load_entries(struct mxs_facts *facts, mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool ok = true;
    mxs_query_open(&query, store, "SELECT set_id, address_id FROM address_entry ORDER BY set_id, position");
    while (ok && mxs_query_next(&query))
        ok = put_entry(facts, mxs_query_column_int(&query, 0), mxs_query_column_int(&query, 1));
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err != MXS_OK || ok ? err : mxs_err_memory(detail, NULL);
}

static void find_set(const struct mxs_facts *facts, struct mxs_query *query, int column, uint32_t *first,
                     uint32_t *count)
{
    *first = *count = 0;
    if (mxs_query_is_null(query, column))
        return;
    size_t at = mxs_vector_find(facts->set_ids, facts->set_count, mxs_query_column_int(query, column));
    if (at == facts->set_count)
        return;
    *first = facts->set_starts[at];
    *count = facts->set_starts[at + 1] - *first;
}

static int8_t outcome_or_none(struct mxs_query *query, int column)
{
    int64_t value = mxs_query_is_null(query, column) ? -1 : mxs_query_column_int(query, column);
    return value >= 0 && value < MXS_OUTCOME_COUNT ? (int8_t)value : -1;
}

/* Of a host whose addresses nobody settled. */
static int8_t usable_unless_found(const struct mxs_facts *facts, bool root, bool deliverable)
{
    return root || (facts->hosts_asked && !deliverable) ? 0 : -1;
}

static bool put_host(struct mxs_facts *facts, struct mxs_query *query)
{
    const struct mxs_vector_part parts[] = {{&facts->host_ids, sizeof *facts->host_ids},
                                            {&facts->hosts, sizeof *facts->hosts}};
    if (!mxs_vector_reserve_each(parts, 2, &facts->host_capacity, facts->host_count))
        return false;
    size_t size_bytes;
    const char *name = mxs_query_column_text(query, 1, &size_bytes);
    bool deliverable = mxs_query_column_int(query, 2) != 0;
    struct mxs_facts_host *host = &facts->hosts[facts->host_count];
    facts->host_ids[facts->host_count++] = mxs_query_column_int(query, 0);
    *host = (struct mxs_facts_host){.name = keep(facts, name, size_bytes),
                                    .name_size = (uint32_t)size_bytes,
                                    .a = -1,
                                    .aaaa = -1,
                                    .existed = -1,
                                    .usable = usable_unless_found(facts, size_bytes == 0, deliverable),
                                    .deliverable = deliverable,
                                    .provider = NONE,
                                    .rule = NONE,
                                    .secured = -1};
    return host->name != NULL;
}

static bool put_interval(struct mxs_facts *facts, struct mxs_query *query)
{
    size_t at = mxs_vector_find(facts->host_ids, facts->host_count, mxs_query_column_int(query, 0));
    if (at == facts->host_count)
        return true;
    struct mxs_facts_host *host = &facts->hosts[at];
    host->a = host->existed = outcome_or_none(query, 1);
    host->aaaa = outcome_or_none(query, 3);
    find_set(facts, query, 2, &host->a_first, &host->a_count);
    find_set(facts, query, 4, &host->aaaa_first, &host->aaaa_count);
    if (facts->hosts_asked && !mxs_query_is_null(query, 6))
        host->usable = mxs_query_column_int(query, 6) != 0;
    if (mxs_query_is_null(query, 5))
        return true;
    size_t size_bytes;
    const char *alias = mxs_query_column_text(query, 5, &size_bytes);
    host->alias = mxs_string_pool_keep(&facts->aliases, alias, size_bytes);
    return host->alias != NULL;
}

static bool put_label(struct mxs_facts *facts, struct mxs_query *query)
{
    size_t at = mxs_vector_find(facts->host_ids, facts->host_count, mxs_query_column_int(query, 0));
    if (at == facts->host_count)
        return true;
    struct mxs_facts_host *host = &facts->hosts[at];
    host->provider = find_or_none(facts->providers.ids, facts->providers.count, mxs_query_column_int(query, 1));
    if (!mxs_query_is_null(query, 2))
        host->rule = find_or_none(facts->rules.ids, facts->rules.count, mxs_query_column_int(query, 2));
    host->unnamed = host->rule == NONE && host->provider != NONE &&
                    strncmp(facts->providers.texts[host->provider], "org:", 4) == 0;
    return true;
}

typedef bool put_row(struct mxs_facts *facts, struct mxs_query *query);

static enum mxs_err scan(struct mxs_facts *facts, mxs_store *store, const struct mxs_run *run, const char *sql,
                         put_row *put, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool ok = true;
    mxs_query_open(&query, store, sql);
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->id);
    while (ok && mxs_query_next(&query))
        ok = put(facts, &query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err != MXS_OK || ok ? err : mxs_err_memory(detail, NULL);
}

/* What is known of the hosts at the run. */
static enum mxs_err load_intervals(struct mxs_facts *facts, mxs_store *store, const struct mxs_run *run,
                               struct mxs_detail *detail)
{
    return scan(facts, store, run,
                "SELECT s.host_id, s.a_outcome, s.a_set_id, s.aaaa_outcome, s.aaaa_set_id, t.value, s.usable"
                " FROM host_history s LEFT JOIN text t ON t.id = s.alias_id WHERE s.list_id = ?1 AND s.first_run <= ?2"
                " AND ifnull(s.last_run, ?2) >= ?2",
                put_interval, detail);
}

static bool put_servers(struct mxs_facts *facts, struct mxs_query *query)
{
    size_t at = mxs_vector_find(facts->host_ids, facts->host_count, mxs_query_column_int(query, 0)), size_bytes;
    if (at == facts->host_count)
        return true;
    struct mxs_facts_host *host = &facts->hosts[at];
    const char *text = mxs_query_column_text(query, 1, &size_bytes);
    host->smtp = mxs_string_pool_keep(&facts->aliases, text, size_bytes);
    text = mxs_query_column_text(query, 2, &size_bytes);
    host->smtp_content = mxs_string_pool_keep(&facts->aliases, text, size_bytes);
    return host->smtp != NULL && host->smtp_content != NULL;
}

static bool put_server_marks(struct mxs_facts *facts, struct mxs_query *query)
{
    size_t at = mxs_vector_find(facts->host_ids, facts->host_count, mxs_query_column_int(query, 0));
    if (at == facts->host_count)
        return true;
    struct mxs_facts_host *host = &facts->hosts[at];
    host->certificate_ends = mxs_query_column_int(query, 1);
    host->ends_soon = mxs_query_column_int(query, 2) != 0;
    host->silent_again = mxs_query_column_int(query, 3) != 0;
    host->secured = mxs_query_is_null(query, 4) ? -1 : (int8_t)(mxs_query_column_int(query, 4) != 0);
    host->known_ends = mxs_query_column_int(query, 5);
    host->known_soon = mxs_query_column_int(query, 6) != 0;
    host->known_silent = mxs_query_column_int(query, 7) != 0;
    host->servers_since = mxs_query_column_int(query, 8);
    return true;
}

#define CERTIFICATE \
    "CASE WHEN c.id IS NOT NULL THEN json_object('names', json(iif(json_valid(c.names), c.names, '[]')), 'issuer'," \
    " c.issuer, 'not_after', c.not_after, 'pkix', x.name, 'dane', d.name, 'mta_sts', '?' || CASE x.name WHEN 'ok'" \
    " THEN 'o' ELSE iif(x.name IS NULL, 'n', 'r') END || h.name, 'subject', c.subject, 'not_before', c.not_before," \
    " 'key', c.key, 'key_bits', c.key_bits, 'signature', c.signature, 'chain_length', s.chain_length," \
    " 'fingerprint', lower(hex(c.fingerprint))) END"
#define SAID "'code', nullif(s.code, 0), 'starttls', t.name, 'tls', s.tls"

static bool put_heard(struct mxs_facts *facts, struct mxs_query *query)
{
    size_t at = mxs_vector_find(facts->host_ids, facts->host_count, mxs_query_column_int(query, 0));
    if (at < facts->host_count)
        facts->hosts[at].servers_heard = (uint32_t)mxs_query_column_int(query, 1);
    return true;
}

/* By host, so that those of one stand together. */
static bool put_server_signal(struct mxs_facts *facts, struct mxs_query *query)
{
    size_t at = mxs_vector_find(facts->host_ids, facts->host_count, mxs_query_column_int(query, 0));
    if (at == facts->host_count)
        return true;
    if (!mxs_vector_reserve(&facts->signals, &facts->signal_capacity, facts->signal_count, sizeof *facts->signals))
        return false;
    const char *texts[3];
    for (int i = 0; i < 3; i++) {
        size_t size_bytes;
        const char *text = mxs_query_column_text(query, i + 1, &size_bytes);
        if ((texts[i] = mxs_string_pool_keep(&facts->aliases, text, size_bytes)) == NULL)
            return false;
    }
    struct mxs_facts_host *host = &facts->hosts[at];
    if (host->signal_count++ == 0)
        host->signal_first = (uint32_t)facts->signal_count;
    facts->signals[facts->signal_count++] = (struct mxs_facts_signal){texts[0], texts[1], texts[2]};
    return true;
}

/* Most databases have none, and then nothing is looked for. */
static enum mxs_err load_signals(struct mxs_facts *facts, mxs_store *store, const struct mxs_run *run,
                                 struct mxs_detail *detail)
{
    int64_t any = 0;
    enum mxs_err err = mxs_query_one_int(store, "SELECT EXISTS (SELECT 1 FROM server_signal)", 0, &any, detail);
    if (err != MXS_OK || any == 0)
        return err;
    err = scan(facts, store, run,
               "SELECT host_id, count(*) FROM v_server_word WHERE ?1 IS NOT NULL AND run_id = ?2 GROUP BY host_id",
               put_heard, detail);
    return err != MXS_OK ? err
                         : scan(facts, store, run,
                                "SELECT DISTINCT host_id, kind, rule, value FROM v_server_signal WHERE ?1 IS NOT NULL "
                                "AND run_id = ?2"
                                " ORDER BY host_id, kind <> 'certificate', kind, value",
                                put_server_signal, detail);
}

/* What the check smtp saw, as the records of an export tell it. */
static enum mxs_err load_servers(struct mxs_facts *facts, mxs_store *store, const struct mxs_run *run,
                                 struct mxs_detail *detail)
{
    enum mxs_err err = scan(facts, store, run,
                            "SELECT host_id, certificate_ends, ends_soon, silent_again, secured, known_ends,"
                            " known_soon, known_silent, since FROM v_host_server"
                            " WHERE ?1 IS NOT NULL AND run_id = ?2",
                            put_server_marks, detail);
    if (err == MXS_OK)
        err = load_signals(facts, store, run, detail);
    if (err != MXS_OK)
        return err;
    return scan(
        facts, store, run,
        "SELECT host_id, '{\"addresses\":[' || group_concat(said) || ']}',"
        " '{\"addresses\":[' || group_concat(content) || ']}'"
        " FROM (SELECT s.host_id, json_object('address', a.address, 'outcome', o.name, 'banner', m.banner, " SAID
        ", 'connect_ms', m.connect_ms, 'banner_ms', m.banner_ms, 'name', s.name, 'certificate', " CERTIFICATE
        ") AS said, json_object('address', a.address, 'outcome', o.name, " SAID
        ", 'name', s.name, 'certificate', " CERTIFICATE ") AS content"
        " FROM smtp_history s JOIN host h ON h.id = s.host_id JOIN address a ON a.id = s.address_id"
        " JOIN smtp_outcome o ON o.id = s.outcome LEFT JOIN smtp_starttls t ON t.id = s.starttls"
        " LEFT JOIN smtp_pkix x ON x.id = s.pkix LEFT JOIN smtp_dane d ON d.id = s.dane"
        " LEFT JOIN certificate c ON c.id = s.certificate_id LEFT JOIN smtp_measured m ON m.list_id = s.list_id"
        " AND m.address_id = s.address_id AND m.run_id = ?2 WHERE s.list_id = ?1 AND s.first_run <= ?2"
        " AND ifnull(s.last_run, ?2) >= ?2 ORDER BY s.host_id, length(a.bytes), a.bytes) GROUP BY host_id",
        put_servers, detail);
}

/* Three scans in the order of ids, which meet in memory: a join would look up each id in three trees. */
static enum mxs_err load_hosts(struct mxs_facts *facts, mxs_store *store, const struct mxs_run *run,
                               struct mxs_detail *detail)
{
    enum mxs_err err = scan(
        facts, store, run, "SELECT id, name, deliverable FROM host WHERE ?1 IS NOT NULL AND ?2 IS NOT NULL ORDER BY id",
        put_host, detail);
    if (err == MXS_OK)
        err = scan(facts, store, run,
                   "SELECT host_id, provider_id, rule_id FROM host_label WHERE ?1 IS NOT NULL AND ?2 IS NOT NULL"
                   " ORDER BY host_id",
                   put_label, detail);
    if (err == MXS_OK)
        err = load_intervals(facts, store, run, detail);
    return err != MXS_OK ? err : load_servers(facts, store, run, detail);
}

static bool put_mx_host(struct mxs_facts *facts, int64_t set, int64_t preference, int64_t host)
{
    if (facts->mx_count == 0 || facts->mx_ids[facts->mx_count - 1] != set) {
        const struct mxs_vector_part parts[] = {{&facts->mx_ids, sizeof *facts->mx_ids},
                                                {&facts->mx_starts, sizeof *facts->mx_starts}};
        if (!mxs_vector_reserve_each(parts, 2, &facts->mx_capacity, facts->mx_count + 1))
            return false;
        facts->mx_ids[facts->mx_count] = set;
        facts->mx_starts[facts->mx_count++] = (uint32_t)facts->mx_host_count;
    }
    facts->mx_starts[facts->mx_count] = (uint32_t)facts->mx_host_count;
    uint32_t at = find_or_none(facts->host_ids, facts->host_count, host);
    if (at == NONE)
        return true;
    if (!mxs_vector_reserve(&facts->mx_hosts, &facts->mx_host_capacity, facts->mx_host_count, sizeof *facts->mx_hosts))
        return false;
    facts->mx_hosts[facts->mx_host_count++] = (struct mxs_facts_mx_host){preference, at};
    facts->mx_starts[facts->mx_count] = (uint32_t)facts->mx_host_count;
    return true;
}

static enum mxs_err load_mx_hosts(struct mxs_facts *facts, mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool ok = true;
    mxs_query_open(&query, store,
                   "SELECT set_id, preference, host_id FROM mx_entry ORDER BY set_id, preference, host_id");
    while (ok && mxs_query_next(&query))
        ok = put_mx_host(facts, mxs_query_column_int(&query, 0), mxs_query_column_int(&query, 1),
                          mxs_query_column_int(&query, 2));
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err != MXS_OK || ok ? err : mxs_err_memory(detail, NULL);
}

const struct mxs_facts_mx_host *mxs_facts_mx_hosts(const struct mxs_facts *facts, int64_t set, size_t *count)
{
    size_t at = mxs_vector_find(facts->mx_ids, facts->mx_count, set);
    *count = at == facts->mx_count ? 0 : facts->mx_starts[at + 1] - facts->mx_starts[at];
    return *count == 0 ? NULL : facts->mx_hosts + facts->mx_starts[at];
}

enum mxs_err mxs_facts_open(struct mxs_facts *facts, mxs_store *store, const struct mxs_run *run,
                            struct mxs_detail *detail)
{
    *facts = (struct mxs_facts){.hosts_asked = run->hosts_asked};
    enum mxs_err err = load_names(facts, &facts->providers, store, "SELECT id, name FROM provider ORDER BY id", detail);
    if (err == MXS_OK)
        err = load_names(facts, &facts->rules, store, "SELECT id, pattern FROM rule ORDER BY id", detail);
    if (err == MXS_OK)
        err = load_addresses(facts, store, detail);
    if (err == MXS_OK)
        err = load_entries(facts, store, detail);
    if (err == MXS_OK)
        err = load_hosts(facts, store, run, detail);
    if (err == MXS_OK)
        err = load_mx_hosts(facts, store, detail);
    if (err == MXS_OK)
        err = mxs_facts_pools_load(facts, store, run->list_id, detail);
    if (err != MXS_OK)
        mxs_facts_close(facts);
    return err;
}

enum mxs_err mxs_facts_open_beside(struct mxs_facts *facts, const struct mxs_facts *base, mxs_store *store,
                                   const struct mxs_run *run, struct mxs_detail *detail)
{
    struct mxs_facts_host *hosts = calloc(base->host_count + 1, sizeof *hosts);
    if (hosts == NULL)
        return mxs_err_memory(detail, NULL);
    *facts = *base;
    facts->borrowed = true;
    facts->signals = NULL;
    facts->signal_count = facts->signal_capacity = 0;
    facts->hosts_asked = run->hosts_asked;
    facts->hosts = hosts;
    mxs_string_pool_init(&facts->aliases);
    for (size_t i = 0; i < base->host_count; i++) {
        const struct mxs_facts_host *host = &base->hosts[i];
        hosts[i] = (struct mxs_facts_host){.name = host->name,
                                           .name_size = host->name_size,
                                           .provider = host->provider,
                                           .rule = host->rule,
                                           .unnamed = host->unnamed,
                                           .deliverable = host->deliverable,
                                           .usable = usable_unless_found(facts, host->name_size == 0,
                                                                         host->deliverable),
                                           .a = -1,
                                           .aaaa = -1,
                                           .existed = -1,
                                           .secured = -1};
    }
    enum mxs_err err = load_intervals(facts, store, run, detail);
    if (err == MXS_OK)
        err = load_servers(facts, store, run, detail);
    if (err != MXS_OK)
        mxs_facts_close(facts);
    return err;
}

/* A host of which the run could not settle both families. */
static bool put_known(struct mxs_facts *facts, struct mxs_query *query)
{
    size_t at = mxs_vector_find(facts->host_ids, facts->host_count, mxs_query_column_int(query, 0));
    if (at == facts->host_count)
        return true;
    struct mxs_facts_host *host = &facts->hosts[at];
    host->a = outcome_or_none(query, 1);
    host->aaaa = outcome_or_none(query, 3);
    find_set(facts, query, 2, &host->a_first, &host->a_count);
    find_set(facts, query, 4, &host->aaaa_first, &host->aaaa_count);
    host->since = mxs_query_column_int(query, 5);
    host->existed = outcome_or_none(query, 6);
    host->existed_since = mxs_query_column_int(query, 7);
    return true;
}

enum mxs_err mxs_facts_open_known(struct mxs_facts *facts, const struct mxs_facts *base, mxs_store *store,
                                  const struct mxs_run *run, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_facts_open_beside(facts, base, store, run, detail);
    if (err != MXS_OK)
        return err;
    err = scan(facts, store, run,
               "SELECT host_id, a_outcome, a_set_id, aaaa_outcome, aaaa_set_id, since, existed, existed_since"
               " FROM v_host_known WHERE ?1 IS NOT NULL AND run_id = ?2 AND (since IS NOT NULL OR existed_since IS NOT"
               " NULL)",
               put_known, detail);
    if (err != MXS_OK)
        mxs_facts_close(facts);
    return err;
}

static void close_names(struct mxs_names *names)
{
    free(names->ids);
    free(names->texts);
}

void mxs_facts_close(struct mxs_facts *facts)
{
    mxs_string_pool_finish(&facts->aliases);
    free(facts->signals);
    if (facts->borrowed) {
        free(facts->hosts);
        *facts = (struct mxs_facts){0};
        return;
    }
    close_names(&facts->providers);
    close_names(&facts->rules);
    mxs_string_pool_finish(&facts->prefixes);
    mxs_string_pool_finish(&facts->countries);
    close_names(&facts->asns);
    free(facts->host_ids);
    free(facts->hosts);
    free(facts->address_ids);
    free(facts->addresses);
    free(facts->set_ids);
    free(facts->set_starts);
    free(facts->entries);
    free(facts->mx_ids);
    free(facts->mx_starts);
    free(facts->mx_hosts);
    free(facts->pools);
    *facts = (struct mxs_facts){0};
}

size_t mxs_facts_host_position(const struct mxs_facts *facts, int64_t id)
{
    return mxs_vector_find(facts->host_ids, facts->host_count, id);
}

size_t mxs_facts_set_position(const struct mxs_facts *facts, int64_t mx_set_id)
{
    return mxs_vector_find(facts->mx_ids, facts->mx_count, mx_set_id);
}

const struct mxs_facts_host *mxs_facts_host(const struct mxs_facts *facts, int64_t id)
{
    size_t at = mxs_vector_find(facts->host_ids, facts->host_count, id);
    return at == facts->host_count ? NULL : &facts->hosts[at];
}
