#include "reports/page/browse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/string_pool.h"
#include "base/vector.h"
#include "model/vocabulary.h"
#include "reports/data/display_name.h"
#include "reports/data/facts.h"
#include "reports/page/internal/browse_facets.h"
#include "reports/page/internal/packed.h"
#include "reports/page/internal/policy.h"

/* Domains share verdicts and MX sets, so a domain is a name and two numbers; all texts stand once. Numbers of fixed
 * width are written in base 90 with characters that JSON leaves as they are: the script reads them without a parser.
 * All of it is then packed, to some 35 bytes a domain of a real list with three columns. */

extern const char mxs_browse_css[], mxs_browse_js[];

#define DIGITS "!#$%&'()*+,-./0123456789:;=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}"
#define BASE (sizeof DIGITS - 1)
#define WIDE 3    /* digits of a place: more than the domains a page can hold */
#define NARROW 2  /* digits of a provider or rule: the first 8,098 of each are told */
#define NARROW_MAX (90 * 90 - 1)

struct domain {
    const char *name; /* in the string pool */
    uint32_t id, verdict, set, own; /* set, own: places in the facts; UINT32_MAX none */
};

struct browse {
    mxs_store *store;
    const struct mxs_run *run;
    struct mxs_facts facts;
    int64_t *verdicts; /* ids, ascending: their places are what a domain names */
    size_t verdict_count;
    struct mxs_string_pool texts; /* names of domains, and what stands behind the first label of MX hosts */
    struct domain *domains;
    size_t domain_count, domain_capacity;
    uint32_t *sets, *hosts;       /* by place in the facts: number on the page, from 1; 0: not used */
    uint32_t *owners;             /* by place of a host: the first domain that uses it */
    uint32_t set_count, host_count;
    mxs_out data;
    struct mxs_json json;
    struct mxs_detail *detail;
};

static void put_number(mxs_out *out, size_t number, size_t width)
{
    mxs_browse_digits_put(&(const struct mxs_browse_digits){out, DIGITS, BASE}, number, width);
}

/* Words are parted by blanks: no name that was ever accepted holds one, a stranger's database may. */
static void put_word(mxs_out *out, const char *text, size_t size_bytes)
{
    for (size_t at = 0, end; at < size_bytes; at = end + 1) {
        for (end = at; end < size_bytes && (unsigned char)text[end] > ' '; end++)
            ;
        mxs_out_escaped(out, MXS_ESCAPE_JSON, text + at, end - at);
        mxs_out_text(out, end < size_bytes ? "_" : "");
    }
}

/* The size of what a fixed number of digits can hold is never passed: --browse refuses before. */
static size_t narrow(uint32_t index) { return index == UINT32_MAX || index + 1 > NARROW_MAX ? 0 : index + 1; }

static size_t verdict_position(const struct browse *browse, int64_t id)
{
    size_t low = 0, high = browse->verdict_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (browse->verdicts[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What each verdict says, as a list of its members; labels and findings as lists of texts. */
static const char verdicts_sql[] =
    "SELECT v.verdict_id, v.state, v.backup, v.single_point, v.survives_provider, v.hosts, v.usable, v.tiers, "
    "v.addresses, v.providers,"
    " (SELECT json_group_array(provider_id) FROM verdict_label l WHERE l.verdict_id = v.verdict_id AND role = ?2),"
    " (SELECT json_group_array(provider_id) FROM verdict_label l WHERE l.verdict_id = v.verdict_id AND role = ?3),"
    " (SELECT json_group_array(provider_id) FROM verdict_label l WHERE l.verdict_id = v.verdict_id AND role = ?4),"
    " (SELECT json_group_array(code) FROM verdict_finding f WHERE f.verdict_id = v.verdict_id)"
    " FROM v_verdict_count c JOIN v_verdict v ON v.verdict_id = c.verdict_id WHERE c.run_id = ?1 ORDER BY v.verdict_id";

static enum mxs_err put_verdicts(struct browse *browse)
{
    struct mxs_query query;
    size_t capacity = 0;
    bool ok = true;
    mxs_json_open_array(&browse->json, "verdicts");
    mxs_query_open(&query, browse->store, verdicts_sql);
    mxs_query_int(&query, 1, browse->run->id);
    mxs_query_int(&query, 2, MXS_ROLE_GATEWAY);
    mxs_query_int(&query, 3, MXS_ROLE_MAILBOX);
    mxs_query_int(&query, 4, MXS_ROLE_BACKUP);
    while (ok && mxs_query_next(&query)) {
        ok = mxs_vector_reserve(&browse->verdicts, &capacity, browse->verdict_count, sizeof *browse->verdicts);
        if (!ok)
            break;
        browse->verdicts[browse->verdict_count++] = mxs_query_column_int(&query, 0);
        mxs_json_open_array(&browse->json, NULL);
        for (int i = 1; i < 14; i++) {
            size_t size;
            const char *text = mxs_query_column_text(&query, i, &size);
            if (mxs_query_is_null(&query, i))
                mxs_json_put_null(&browse->json, NULL);
            else if (i <= 3)
                mxs_json_put_text(&browse->json, NULL, text, size);
            else if (i < 10)
                mxs_json_put_int(&browse->json, NULL, mxs_query_column_int(&query, i));
            else
                mxs_json_put_value(&browse->json, NULL, text, size);
        }
        mxs_json_close(&browse->json);
    }
    mxs_json_close(&browse->json);
    enum mxs_err err = mxs_query_finish(&query, browse->detail);
    return err == MXS_OK && !ok ? mxs_err_memory(browse->detail, NULL) : err;
}

static bool put_domain(struct browse *browse, struct mxs_query *query)
{
    const struct mxs_facts *facts = &browse->facts;
    if (!mxs_vector_reserve(&browse->domains, &browse->domain_capacity, browse->domain_count, sizeof *browse->domains))
        return false;
    size_t size, position;
    const char *name = mxs_query_column_text(query, 0, &size);
    uint32_t text = mxs_string_pool_put(&browse->texts, name, size), at = (uint32_t)browse->domain_count;
    if (text == MXS_STRING_NONE)
        return false;
    struct domain *domain = &browse->domains[browse->domain_count++];
    *domain = (struct domain){.name = browse->texts.texts[text], .set = UINT32_MAX, .own = UINT32_MAX,
                              .id = (uint32_t)mxs_query_column_int(query, 4),
                              .verdict = (uint32_t)verdict_position(browse, mxs_query_column_int(query, 3))};
    if (!mxs_query_is_null(query, 1) &&
        (position = mxs_facts_set_position(facts, mxs_query_column_int(query, 1))) < facts->mx_count) {
        domain->set = (uint32_t)position;
        if (browse->sets[position] == 0)
            browse->sets[position] = ++browse->set_count;
        for (uint32_t i = facts->mx_starts[position]; i < facts->mx_starts[position + 1]; i++) {
            uint32_t host = facts->mx_hosts[i].host;
            browse->owners[host] = browse->hosts[host] == 0 ? at : browse->owners[host];
            browse->hosts[host] = browse->hosts[host] == 0 ? ++browse->host_count : browse->hosts[host];
        }
    } else if (!mxs_query_is_null(query, 2) &&
               (position = mxs_facts_host_position(facts, mxs_query_column_int(query, 2))) < facts->host_count) {
        domain->own = (uint32_t)position;
        browse->owners[position] = browse->hosts[position] == 0 ? at : browse->owners[position];
        browse->hosts[position] = browse->hosts[position] == 0 ? ++browse->host_count : browse->hosts[position];
    }
    return true;
}

static const char domains_sql[] =
    "SELECT d.name, s.mx_set_id, s.implicit_host_id, j.verdict_id, d.id FROM domain_history s"
    " CROSS JOIN judgement j ON j.domain_id = s.domain_id AND j.list_id = ?1 AND j.first_run <= ?2 AND "
    "ifnull(j.last_run, ?2) >= ?2"
    " CROSS JOIN domain d ON d.id = s.domain_id"
    " WHERE s.list_id = ?1 AND s.first_run <= ?2 AND ifnull(s.last_run, ?2) >= ?2 ORDER BY d.name";

/* The domains in the order of names, and which sets and hosts they use: other runs and lists have others. */
static enum mxs_err read_domains(struct browse *browse)
{
    struct mxs_query query;
    browse->sets = calloc(browse->facts.mx_count + 1, sizeof *browse->sets);
    browse->hosts = calloc(browse->facts.host_count + 1, sizeof *browse->hosts);
    browse->owners = calloc(browse->facts.host_count + 1, sizeof *browse->owners);
    bool ok = browse->sets != NULL && browse->hosts != NULL && browse->owners != NULL;
    mxs_query_open(&query, browse->store, domains_sql);
    mxs_query_int(&query, 1, browse->run->list_id);
    mxs_query_int(&query, 2, browse->run->id);
    while (ok && mxs_query_next(&query))
        ok = put_domain(browse, &query);
    enum mxs_err err = mxs_query_finish(&query, browse->detail);
    return err == MXS_OK && !ok ? mxs_err_memory(browse->detail, NULL) : err;
}

/* The names, parted by blanks; and of each the verdict, the set and the host that is the domain itself (one of them 0).
 */
static void put_domains(struct browse *browse)
{
    mxs_json_put_key(&browse->json, "names");
    mxs_out_text(&browse->data, "\"");
    for (size_t i = 0; i < browse->domain_count; i++) {
        mxs_out_text(&browse->data, i == 0 ? "" : " ");
        put_word(&browse->data, browse->domains[i].name, strlen(browse->domains[i].name));
    }
    mxs_out_text(&browse->data, "\"");
    mxs_json_put_key(&browse->json, "places");
    mxs_out_text(&browse->data, "\"");
    for (size_t i = 0; i < browse->domain_count; i++) {
        const struct domain *domain = &browse->domains[i];
        put_number(&browse->data, domain->verdict, WIDE);
        put_number(&browse->data, domain->set != UINT32_MAX ? browse->sets[domain->set]
                   : domain->own != UINT32_MAX ? browse->set_count + browse->hosts[domain->own] : 0, WIDE);
    }
    mxs_out_text(&browse->data, "\"");
}

/* Where a number on the page stands in the facts. The caller frees it; NULL: no memory. */
static uint32_t *order_of(const uint32_t *numbers, size_t positions, uint32_t count)
{
    uint32_t *order = calloc(count + 1, sizeof *order);
    for (size_t position = 0; order != NULL && position < positions; position++)
        if (numbers[position] != 0)
            order[numbers[position] - 1] = (uint32_t)position;
    return order;
}

/* Each set: preference and host, again and again, up to a blank. */
static bool put_sets(struct browse *browse)
{
    const struct mxs_facts *facts = &browse->facts;
    uint32_t *order = order_of(browse->sets, facts->mx_count, browse->set_count);
    mxs_json_put_key(&browse->json, "sets");
    mxs_out_text(&browse->data, "\"");
    for (uint32_t n = 0; order != NULL && n < browse->set_count; n++) {
        mxs_out_text(&browse->data, n == 0 ? "" : " ");
        for (uint32_t i = facts->mx_starts[order[n]]; i < facts->mx_starts[order[n] + 1]; i++) {
            put_number(&browse->data, (size_t)facts->mx_hosts[i].preference, WIDE);
            put_number(&browse->data, browse->hosts[facts->mx_hosts[i].host], WIDE);
        }
    }
    mxs_out_text(&browse->data, "\"");
    free(order);
    return order != NULL;
}

/* "example.org" with hyphens for dots, as Microsoft 365 names a customer's MX host. */
static bool is_hyphened(const char *label, size_t size_bytes, const char *domain)
{
    if (strlen(domain) != size_bytes)
        return false;
    for (size_t i = 0; i < size_bytes; i++)
        if (label[i] != (domain[i] == '.' ? '-' : domain[i]))
            return false;
    return true;
}

static void put_address(mxs_out *out, const char *text)
{
    unsigned a, b, c, d;
    if (strchr(text, ':') == NULL && sscanf(text, "%u.%u.%u.%u", &a, &b, &c, &d) == 4)
        put_number(out, (size_t)(a & 255) << 24 | (b & 255) << 16 | (c & 255) << 8 | (d & 255), 5);
    else
        mxs_out_format(out, "~%.64s~", text);
}

/* One MX host: its first label (~: the domain's name with hyphens), blank, what stands behind the label (0: nothing, 1:
 * the domain), provider, rule, whether it is usable, addresses up to a blank. The domain is the first that uses it. */
static bool put_host(struct browse *browse, uint32_t position, struct mxs_string_pool *tails)
{
    const struct mxs_facts *facts = &browse->facts;
    const struct mxs_facts_host *host = &facts->hosts[position];
    const char *owner = browse->domains[browse->owners[position]].name, *dot = strchr(host->name, '.');
    size_t label = dot == NULL ? host->name_size : (size_t)(dot - host->name), tail = 0;
    if (dot != NULL && strcmp(dot + 1, owner) == 0) {
        tail = 1;
    } else if (dot != NULL) {
        uint32_t id = mxs_string_pool_put(tails, dot + 1, strlen(dot + 1));
        if (id == MXS_STRING_NONE)
            return false;
        tail = 2 + id;
    }
    mxs_out *out = &browse->data;
    if (is_hyphened(host->name, label, owner))
        mxs_out_text(out, "~");
    else
        put_word(out, host->name, label);
    mxs_out_text(out, " ");
    put_number(out, tail, WIDE);
    put_number(out, narrow(host->provider), NARROW);
    put_number(out, narrow(host->rule), NARROW);
    mxs_out_text(out, host->usable < 0 ? "?" : host->usable ? "1" : "0");
    for (uint32_t k = 0; k < host->a_count + host->aaaa_count; k++)
        put_address(out, facts
                             ->addresses[facts->entries[k < host->a_count ? host->a_first + k
                                                                          : host->aaaa_first + k - host->a_count]]
                             .text);
    return true;
}

static bool put_hosts(struct browse *browse)
{
    struct mxs_string_pool tails;
    uint32_t *order = order_of(browse->hosts, browse->facts.host_count, browse->host_count);
    bool ok = order != NULL;
    mxs_string_pool_init(&tails);
    mxs_json_put_key(&browse->json, "hosts");
    mxs_out_text(&browse->data, "\"");
    for (uint32_t n = 0; ok && n < browse->host_count; n++) {
        mxs_out_text(&browse->data, n == 0 ? "" : " ");
        ok = put_host(browse, order[n], &tails);
    }
    mxs_out_text(&browse->data, "\"");
    mxs_json_open_array(&browse->json, "tails");
    for (uint32_t i = 0; ok && i < tails.count; i++)
        mxs_json_put_string(&browse->json, NULL, tails.texts[i]);
    mxs_json_close(&browse->json);
    mxs_string_pool_finish(&tails);
    free(order);
    return ok;
}

static void put_texts(struct browse *browse, const char *key, const struct mxs_names *names)
{
    mxs_json_open_array(&browse->json, key);
    for (size_t i = 0; i < names->count; i++)
        mxs_json_put_string(&browse->json, NULL, names->texts[i]);
    mxs_json_close(&browse->json);
}

/* Rows of a query with one text as key, and texts behind it: {"key":["..."]}. */
static enum mxs_err put_map(struct browse *browse, const char *key, const char *sql, int texts)
{
    struct mxs_query query;
    mxs_json_open_object(&browse->json, key);
    mxs_query_open(&query, browse->store, sql);
    mxs_query_int(&query, 1, browse->run->id);
    while (mxs_query_next(&query)) {
        mxs_json_open_array(&browse->json, mxs_query_column_text(&query, 0, NULL));
        for (int i = 1; i <= texts; i++)
            mxs_json_put_string(&browse->json, NULL, mxs_query_column_text(&query, i, NULL));
        mxs_json_close(&browse->json);
    }
    mxs_json_close(&browse->json);
    return mxs_query_finish(&query, browse->detail);
}

/* Display names of the providers that have one. */
static void put_display_names(struct browse *browse)
{
    mxs_json_open_object(&browse->json, "display");
    for (size_t i = 0; i < browse->facts.providers.count; i++) {
        char buffer[96];
        const char *id = browse->facts.providers.texts[i], *name = mxs_display_name(id, buffer, sizeof buffer);
        if (name != id && strncmp(id, "org:", 4) != 0) /* the script leaves org: away itself */
            mxs_json_put_string(&browse->json, id, name);
    }
    mxs_json_close(&browse->json);
}

static enum mxs_err put_facets(struct browse *browse)
{
    const struct mxs_browse_digits digits = {&browse->data, DIGITS, BASE};
    uint32_t *ids = malloc((browse->domain_count + 1) * sizeof *ids);
    if (ids == NULL)
        return mxs_err_set(browse->detail, MXS_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < browse->domain_count; i++)
        ids[i] = browse->domains[i].id;
    enum mxs_err err = mxs_browse_facets_put(&browse->json, &digits, browse->store, browse->run, ids,
                                             browse->domain_count, browse->detail);
    free(ids);
    return err;
}

static enum mxs_err collect(struct browse *browse)
{
    mxs_json_init(&browse->json, &browse->data);
    mxs_json_open_object(&browse->json, NULL);
    mxs_json_put_string(&browse->json, "list", browse->run->list);
    mxs_json_put_int(&browse->json, "run", browse->run->id);
    mxs_json_put_int(&browse->json, "at", browse->run->started_at);
    mxs_json_put_string(&browse->json, "checks", browse->run->checks);
    mxs_json_put_string(&browse->json, "digits", DIGITS);
    enum mxs_err err = put_verdicts(browse);
    if (err == MXS_OK)
        err = read_domains(browse);
    if (err == MXS_OK && !(put_sets(browse) && put_hosts(browse)))
        err = mxs_err_memory(browse->detail, NULL);
    put_texts(browse, "providers", &browse->facts.providers);
    mxs_json_open_array(&browse->json, "ids");
    for (size_t i = 0; i < browse->facts.providers.count; i++)
        mxs_json_put_int(&browse->json, NULL, browse->facts.providers.ids[i]);
    mxs_json_close(&browse->json);
    put_texts(browse, "rules", &browse->facts.rules);
    put_display_names(browse);
    if (err == MXS_OK)
        err = put_map(browse, "findings",
                      "SELECT code, finding, severity, sentence, advice FROM v_finding WHERE run_id = ?1 ORDER BY "
                      "weight DESC, domains DESC",
                      4);
    if (err == MXS_OK)
        err = put_map(browse, "countries",
                      "SELECT provider, max(country) FROM rule WHERE country <> '' AND ?1 > 0 GROUP BY provider"
                      " HAVING count(DISTINCT country) = 1",
                      1);
    if (err == MXS_OK)
        put_domains(browse);
    if (err == MXS_OK)
        err = put_facets(browse);
    mxs_json_finish(&browse->json);
    return err == MXS_OK ? mxs_out_check(&browse->data, browse->detail) : err;
}

static enum mxs_err put_page(struct browse *browse, mxs_out *out)
{
    mxs_out_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
                      "form-action 'none'; style-src ");
    mxs_page_put_source(out, mxs_browse_css, "");
    mxs_out_text(out, "; script-src ");
    mxs_page_put_source(out, mxs_browse_js, "");
    mxs_out_text(out, "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
                      "name=\"referrer\" content=\"no-referrer\">\n"
                      "<meta name=\"generator\" content=\"mxsurvey " MXS_VERSION "\">\n<title>Domains of the list ");
    mxs_out_escaped(out, MXS_ESCAPE_HTML, browse->run->list, strlen(browse->run->list));
    mxs_out_text(out, "</title>\n<style>");
    mxs_out_text(out, mxs_browse_css);
    mxs_out_text(out, "</style>\n</head>\n<body>\n<header><h1>Domains of the list ");
    mxs_out_escaped(out, MXS_ESCAPE_HTML, browse->run->list, strlen(browse->run->list));
    mxs_out_format(out,
                   "</h1>\n<p id=\"lede\">Run %lld. This page needs its script: it searches the data below in your "
                   "browser, and loads and"
                   " sends nothing.</p></header>\n<main><form id=\"filters\" role=\"search\" aria-label=\"Filter "
                   "domains\"></form>\n"
                   "<p id=\"status\" role=\"status\"></p>\n<div id=\"result\"></div></main>\n<script "
                   "type=\"text/plain\" id=\"data\">",
                   (long long)browse->run->id);
    enum mxs_err err = mxs_page_put_packed(out, browse->data.buffer, browse->data.used, browse->detail);
    mxs_out_text(out, "</script>\n<script>");
    mxs_out_text(out, mxs_browse_js);
    mxs_out_text(out, "</script>\n</body>\n</html>\n");
    return err;
}

enum mxs_err mxs_browse_write(mxs_store *store, const struct mxs_run *run, mxs_out *out, struct mxs_detail *detail)
{
    struct browse browse = {.store = store, .run = run, .detail = detail};
    struct mxs_query query;
    int64_t domains = 0;
    enum mxs_err err = mxs_store_run(store, "BEGIN", detail);
    if (err != MXS_OK)
        return err;
    /* Those that are told: of a choice of domains (--where) there are fewer than the run has. */
    mxs_query_open(&query, store,
                   "SELECT count(*) FROM judgement"
                   " WHERE list_id = ?1 AND first_run <= ?2 AND ifnull(last_run, ?2) >= ?2");
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->id);
    if (mxs_query_next(&query))
        domains = mxs_query_column_int(&query, 0);
    err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && domains > MXS_BROWSE_DOMAINS)
        err = mxs_err_set(detail, MXS_ERR_INPUT,
                          "%lld domains are more than a page can hold (%d): browse the view v_browse of the database,"
                          " with Datasette for example (docs/browse.md)",
                          (long long)domains, MXS_BROWSE_DOMAINS);
    mxs_out_attach(&browse.data, NULL);
    mxs_string_pool_init(&browse.texts);
    if (err == MXS_OK)
        err = mxs_facts_open(&browse.facts, store, run, detail);
    if (err == MXS_OK)
        err = collect(&browse);
    if (err == MXS_OK)
        err = put_page(&browse, out);
    mxs_facts_close(&browse.facts);
    mxs_out_abandon(&browse.data);
    mxs_string_pool_finish(&browse.texts);
    free(browse.domains);
    free(browse.sets);
    free(browse.hosts);
    free(browse.owners);
    free(browse.verdicts);
    mxs_store_rollback(store);
    return err;
}
