#include "reports/data/outage.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "model/vocabulary.h"
#include "reports/data/display_name.h"
#include "reports/data/outage_by.h"

#define NONE UINT32_MAX
#define MANY INT64_MAX   /* the surviving first tier has several providers */
#define UNNAMED (INT64_MAX - 1)
#define HINTS_MAX 100000 /* more names than this are not searched for a likely one */

/* "8075", "AS8075" and "as8075 MICROSOFT" all mean AS8075; other names are compared as they are, without case and, of
 * hosts, the dot at the end. */
static bool is_named(enum mxs_part kind, const char *name, const char *typed)
{
    if (kind != MXS_PART_ASN) {
        size_t size = strlen(typed);
        size -= kind == MXS_PART_HOST && size > 1 && typed[size - 1] == '.';
        return strncasecmp(name, typed, size) == 0 && name[size] == '\0';
    }
    if (strncasecmp(typed, "as", 2) == 0)
        typed += 2;
    size_t size = strspn(typed, "0123456789");
    return size > 0 && strncmp(name + 2, typed, size) == 0 && (name[2 + size] == '\0' || name[2 + size] == ' ');
}

static enum mxs_err find_part(struct mxs_outage *o, struct mxs_detail *detail)
{
    enum mxs_part kind = o->options.kind;
    size_t count = mxs_impact_parts(&o->impact, kind);
    struct mxs_nearest nearest;
    if (kind == MXS_PART_PROVIDER && strcasecmp(o->options.name, "self") == 0)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "self is not one operator: each domain that runs its own MX hosts fails by itself; name a"
                           " host,"
                           " or the organisation (org:example.net)");
    if (count == 0 && (kind == MXS_PART_ASN || kind == MXS_PART_COUNTRY))
        return mxs_err_set(detail, MXS_ERR_INPUT, "run %lld of list %.100s knows no networks: scan with --asn-db FILE",
                           (long long)o->run->id, o->run->list);
    mxs_nearest_init(&nearest, o->options.name);
    for (size_t i = 0; i < count; i++) {
        const char *name = mxs_impact_name(&o->impact, kind, i);
        if (name[0] == '\0')
            continue; /* the root of a null MX */
        char shown[MXS_CELL_TEXT_SIZE];
        if (is_named(kind, name, o->options.name) ||
            (kind == MXS_PART_PROVIDER &&
             strcasecmp(mxs_display_name(name, shown, sizeof shown), o->options.name) == 0)) {
            o->part = (uint32_t)i;
            return MXS_OK;
        }
        if (count <= HINTS_MAX)
            mxs_nearest_put(&nearest, name);
    }
    const char *hint = mxs_nearest_take(&nearest);
    return mxs_err_set(detail, MXS_ERR_INPUT, "run %lld of list %.100s knows no %s '%.200s'%s%.100s%s",
                       (long long)o->run->id, o->run->list, mxs_part_names[kind], o->options.name,
                       hint != NULL ? "; did you mean '" : "", hint != NULL ? hint : "",
                       hint != NULL ? "'?" : ": `mxsurvey report DB impact` lists the largest");
}

/* Who takes the mail then: the one provider of the first tier that is left. */
static int64_t fallback_of(const struct mxs_outage *o)
{
    const struct mxs_impact *impact = &o->impact;
    int64_t fallback = -1, preference = 0;
    for (size_t i = 0; i < impact->path_count; i++) {
        const struct mxs_path *path = &impact->paths[i];
        if (path->parts[o->options.kind] == o->part)
            continue;
        if (fallback >= 0 && path->preference != preference)
            break;
        uint32_t provider = path->parts[MXS_PART_PROVIDER];
        bool unnamed = provider == NONE || impact->facts.hosts[path->parts[MXS_PART_HOST]].unnamed;
        int64_t name = unnamed ? UNNAMED : provider;
        fallback = fallback < 0 || fallback == name ? name : MANY;
        preference = path->preference;
    }
    return fallback;
}

static const char *fallback_name(const struct mxs_outage *o, int64_t fallback)
{
    return fallback == MANY ? "several providers" : fallback == UNNAMED ? "their own or unnamed MX hosts"
           : fallback < 0 ? "" : o->impact.facts.providers.texts[fallback];
}

static bool has_way(const struct mxs_outage *o)
{
    for (size_t i = 0; i < o->impact.path_count; i++)
        if (o->impact.paths[i].parts[o->options.kind] == o->part)
            return true;
    return false;
}

static void put_unknown(struct mxs_outage *o, int64_t domains)
{
    o->itself += has_way(o) ? 0 : domains;
    o->unasked += o->impact.unasked ? domains : 0;
    o->unsettled += o->impact.unsettled || !o->impact.unasked ? domains : 0;
}

static void put_effect(struct mxs_outage *o, int64_t domains)
{
    enum mxs_effect effect = mxs_impact_effect(&o->impact, o->options.kind, o->part);
    if (!mxs_impact_receives(&o->impact)) {
        o->undetermined += effect == MXS_EFFECT_UNKNOWN ? domains : 0;
        return;
    }
    o->effects[effect] += domains;
    o->receiving += domains;
    if (effect == MXS_EFFECT_UNKNOWN)
        put_unknown(o, domains);
    if (effect == MXS_EFFECT_FALLBACK)
        mxs_counter_put(&o->fallback_counts, fallback_of(o), 0, domains);
}

static bool count_effects(struct mxs_outage *o)
{
    for (size_t position = 0; position < o->impact.facts.mx_count; position++) {
        if (o->impact.set_domains[position] == 0)
            continue;
        if (!mxs_impact_put_set(&o->impact, position))
            return false;
        put_effect(o, o->impact.set_domains[position]);
    }
    for (size_t host = 0; host < o->impact.facts.host_count; host++) {
        if (o->impact.own_domains[host] == 0)
            continue;
        if (!mxs_impact_put_own(&o->impact, host))
            return false;
        put_effect(o, o->impact.own_domains[host]);
    }
    return o->fallback_counts.err == MXS_OK;
}

static enum mxs_err count_mailboxes(const struct mxs_outage *o, const char *name, struct mxs_counter *sets,
                                    struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, o->store,
                   "SELECT s.mx_set_id FROM judgement j CROSS JOIN domain_history s ON s.domain_id = j.domain_id"
                   " AND s.list_id = ?1 AND s.first_run <= ?2 AND ifnull(s.last_run, ?2) >= ?2 WHERE j.list_id = ?1 "
                   "AND j.first_run <= ?2"
                   " AND ifnull(j.last_run, ?2) >= ?2 AND s.outcome = ?4 AND j.verdict_id IN (SELECT l.verdict_id FROM "
                   "verdict_label l"
                   " JOIN provider p ON p.id = l.provider_id WHERE l.role = ?5 AND p.name = ?3)");
    mxs_query_int(&query, 1, o->run->list_id);
    mxs_query_int(&query, 2, o->run->id);
    mxs_query_text(&query, 3, name, strlen(name));
    mxs_query_int(&query, 4, MXS_ANSWERED);
    mxs_query_int(&query, 5, MXS_ROLE_MAILBOX);
    while (mxs_query_next(&query))
        mxs_counter_put(sets, mxs_query_column_int(&query, 0), 0, 1);
    return mxs_query_finish(&query, detail);
}

/* Whether an MX host of the set is the provider's, though no path over it is known: not settled, or not asked. */
static bool is_named_by(const struct mxs_facts *facts, size_t position, uint32_t provider)
{
    for (uint32_t i = facts->mx_starts[position]; i < facts->mx_starts[position + 1]; i++)
        if (facts->hosts[facts->mx_hosts[i].host].provider == provider)
            return true;
    return false;
}

/* Paths end at the MX hosts. A provider may hold the mailbox behind those of another, which go on taking the mail. */
static enum mxs_err count_behind(struct mxs_outage *o, struct mxs_detail *detail)
{
    struct mxs_counter sets;
    if (o->options.kind != MXS_PART_PROVIDER)
        return MXS_OK;
    mxs_counter_init(&sets);
    enum mxs_err err = count_mailboxes(o, mxs_impact_name(&o->impact, o->options.kind, o->part), &sets, detail);
    bool ok = sets.err == MXS_OK;
    for (size_t i = 0; err == MXS_OK && ok && i < sets.count; i++) {
        size_t position = mxs_facts_set_position(&o->impact.facts, sets.items[i].key);
        if (position == o->impact.facts.mx_count || is_named_by(&o->impact.facts, position, o->part))
            continue;
        ok = mxs_impact_put_set(&o->impact, position);
        if (ok && o->impact.path_count > 0 &&
            mxs_impact_effect(&o->impact, o->options.kind, o->part) == MXS_EFFECT_NONE)
            o->behind += sets.items[i].sum;
    }
    mxs_counter_finish(&sets);
    return err != MXS_OK || ok ? err : mxs_err_memory(detail, NULL);
}

static const struct mxs_column domain_columns[] = {
    {"domain", "domain", MXS_UNIT_TEXT, 0},
    {"effect", "effect", MXS_UNIT_TEXT, 0},
    {"fallback_to", "falls back to", MXS_UNIT_PROVIDER, 0},
};
#define DOMAIN_COLUMNS (sizeof domain_columns / sizeof *domain_columns)

static int by_domain(const void *a, const void *b)
{
    return strcmp(((const struct mxs_cell *)a)->text, ((const struct mxs_cell *)b)->text);
}

static bool put_domain(struct mxs_outage *o, struct mxs_query *query)
{
    bool own = mxs_query_is_null(query, 1), ok = true;
    size_t position = own ? mxs_facts_host_position(&o->impact.facts, mxs_query_column_int(query, 2))
                       : mxs_facts_set_position(&o->impact.facts, mxs_query_column_int(query, 1));
    if (own && position < o->impact.facts.host_count)
        ok = mxs_impact_put_own(&o->impact, position);
    else if (!own && position < o->impact.facts.mx_count)
        ok = mxs_impact_put_set(&o->impact, position);
    else
        return true;
    enum mxs_effect effect = mxs_impact_effect(&o->impact, o->options.kind, o->part);
    if (!ok || effect == MXS_EFFECT_NONE || !mxs_impact_receives(&o->impact))
        return ok;
    struct mxs_cell *row = mxs_table_row(&o->domains);
    if (row == NULL)
        return false;
    size_t size_bytes;
    const char *name = mxs_query_column_text(query, 0, &size_bytes);
    mxs_table_put_text(&o->domains, &row[0], name, size_bytes);
    mxs_table_put_text(&o->domains, &row[1], mxs_effect_names[effect], strlen(mxs_effect_names[effect]));
    if (effect == MXS_EFFECT_FALLBACK) {
        const char *fallback = fallback_name(o, fallback_of(o));
        mxs_table_put_text(&o->domains, &row[2], fallback, strlen(fallback));
    }
    return o->domains.err == MXS_OK;
}

static enum mxs_err list_domains(struct mxs_outage *o, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool ok = true;
    mxs_query_open(&query, o->store, "SELECT d.name, s.mx_set_id, s.implicit_host_id FROM domain_history s"
                   " JOIN domain d ON d.id = s.domain_id WHERE s.list_id = ?1 AND s.first_run <= ?2"
                   " AND ifnull(s.last_run, ?2) >= ?2 AND (s.outcome = ?3 OR s.implicit_host_id IS NOT NULL)");
    mxs_query_int(&query, 1, o->run->list_id);
    mxs_query_int(&query, 2, o->run->id);
    mxs_query_int(&query, 3, MXS_ANSWERED);
    while (ok && mxs_query_next(&query))
        ok = put_domain(o, &query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && !ok)
        err = mxs_err_memory(detail, NULL);
    if (err == MXS_OK && o->domains.row_count > 1)
        qsort(o->domains.cells, o->domains.row_count, DOMAIN_COLUMNS * sizeof *o->domains.cells, by_domain);
    return err;
}

static const struct mxs_column fallback_columns[] = {
    {"provider", "falls back to", MXS_UNIT_PROVIDER, 0},
    {"domains", "domains", MXS_UNIT_COUNT, 0},
};

static int by_count(const void *a, const void *b)
{
    const struct mxs_cell *x = a, *y = b;
    return x[1].integer != y[1].integer ? (x[1].integer < y[1].integer ? 1 : -1) : strcmp(x[0].text, y[0].text);
}

static enum mxs_err tabulate_fallbacks(struct mxs_outage *o, struct mxs_detail *detail)
{
    struct mxs_table *table = &o->fallbacks;
    for (size_t i = 0; i < o->fallback_counts.count; i++) {
        struct mxs_cell *row = mxs_table_row(table);
        if (row == NULL)
            break;
        const char *name = fallback_name(o, o->fallback_counts.items[i].key);
        mxs_table_put_text(table, &row[0], name, strlen(name));
        mxs_table_put_int(&row[1], o->fallback_counts.items[i].sum);
    }
    enum mxs_err err = mxs_table_check(table, detail);
    if (err == MXS_OK && table->row_count > 1)
        qsort(table->cells, table->row_count, 2 * sizeof *table->cells, by_count);
    return err;
}

bool mxs_outage_is_unknown(const struct mxs_outage *o)
{
    int64_t known = o->effects[MXS_EFFECT_LOST] + o->effects[MXS_EFFECT_FALLBACK] + o->effects[MXS_EFFECT_CAPACITY];
    return known == 0 && o->effects[MXS_EFFECT_UNKNOWN] + o->undetermined > 0;
}

void mxs_outage_close(struct mxs_outage *outage)
{
    mxs_table_finish(&outage->fallbacks);
    mxs_table_finish(&outage->domains);
    mxs_table_finish(&outage->groups);
    mxs_by_totals_close(&outage->by);
    mxs_counter_finish(&outage->fallback_counts);
    mxs_impact_close(&outage->impact);
    mxs_store_rollback(outage->store);
}

enum mxs_err mxs_outage_open(struct mxs_outage *outage, mxs_store *store, const struct mxs_run *run,
                             const struct mxs_outage_options *options, struct mxs_detail *detail)
{
    *outage = (struct mxs_outage){.store = store, .run = run, .options = *options};
    mxs_counter_init(&outage->fallback_counts);
    mxs_table_init(&outage->domains, "domains", NULL, domain_columns, DOMAIN_COLUMNS);
    mxs_table_init(&outage->fallbacks, "fallback", "Where mail then goes", fallback_columns, 2);
    enum mxs_err err = mxs_store_run(store, "BEGIN", detail);
    if (err == MXS_OK)
        err = mxs_impact_open(&outage->impact, store, run, detail);
    if (err == MXS_OK)
        err = find_part(outage, detail);
    if (err == MXS_OK && !count_effects(outage))
        err = mxs_err_memory(detail, NULL);
    if (err == MXS_OK)
        err = count_behind(outage, detail);
    if (err == MXS_OK && options->domains)
        err = list_domains(outage, detail);
    if (err == MXS_OK)
        err = tabulate_fallbacks(outage, detail);
    if (err == MXS_OK)
        err = mxs_outage_by_read(outage, detail);
    if (err == MXS_OK)
        outage->name = mxs_impact_name(&outage->impact, options->kind, outage->part);
    else
        mxs_outage_close(outage);
    return err;
}
