#include "reports/record/explain.h"

#include "reports/record/internal/explain_missing.h"
#include "reports/record/internal/explain_policies.h"
#include "reports/record/internal/explain_servers.h"
#include "reports/record/internal/explain_verdict.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "db/measured.h"
#include "model/answer.h"
#include "reports/data/display_name.h"
#include "reports/data/facts.h"
#include "reports/data/table.h"

/* What the state means, for who has not read the manual. */
static const char *state_words(const char *state)
{
    static const struct {
        const char *state, *words;
    } known[] = {
        {"mx", "mail goes to its MX records"},
        {"implicit_mx", "no MX record: mail goes to the domain's own address"},
        {"null_mx", "it says that it takes no mail (null MX)"},
        {"null_mx_invalid", "it says that it takes no mail, and contradicts itself"},
        {"no_mail", "neither MX record nor address: it takes no mail"},
        {"nxdomain", "the name does not exist"},
        {"broken", "no MX host can be reached: mail to it bounces"},
        {"undetermined", "not everything could be settled; ask again"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].state, state) == 0)
            return known[i].words;
    return "";
}

static void put_measured(mxs_out *out, const struct mxs_measured_row *measured, struct mxs_query *resolver)
{
    mxs_out_text(out, ", by ");
    mxs_explain_put_column(out, resolver, 6);
    mxs_out_format(out, " (%u attempt%s, %.1f ms", measured->attempts, measured->attempts == 1 ? "" : "s",
                   measured->rtt_us / 1000.0);
    if (measured->ttl_s != MXS_MEASURED_NO_TTL)
        mxs_out_format(out, ", TTL %u s", measured->ttl_s);
    if (measured->ede != MXS_EDE_NONE)
        mxs_out_format(out, ", extended error %u%s", measured->ede - 1,
                       mxs_ede_stale((uint16_t)measured->ede) ? ": an old answer" : "");
    mxs_out_text(out, ")");
}

static enum mxs_err put_verdict(struct mxs_explainer *e)
{
    mxs_out line;
    mxs_out_attach(&line, NULL);
    enum mxs_err err = mxs_explain_put_verdict(e->store, e->verdict_id, &line, e->detail);
    mxs_format_put_sentence(e->out, &line, e->style);
    return err;
}

static enum mxs_err put_state(struct mxs_explainer *e)
{
    struct mxs_query query;
    struct mxs_measured_row measured = {0};
    enum mxs_err err = mxs_measured_find(e->store, (uint32_t)e->domain_id, e->run->id, &measured, e->detail);
    if (err != MXS_OK && err != MXS_ERR_END)
        return err;
    err = MXS_OK;
    mxs_query_open(
        &query, e->store,
        "SELECT st.name, o.name, al.value, j.verdict_id, s.mx_set_id, s.implicit_host_id, re.address"
        " FROM domain_history s JOIN judgement j ON j.domain_id = s.domain_id AND j.list_id = s.list_id"
        " AND j.first_run <= ?3 AND ifnull(j.last_run, ?3) >= ?3 JOIN verdict v ON v.id = j.verdict_id"
        " JOIN state st ON st.id = v.state JOIN outcome o ON o.id = s.outcome LEFT JOIN text al ON al.id = s.alias_id"
        " LEFT JOIN resolver re ON re.id = ?4"
        " WHERE s.domain_id = ?1 AND s.list_id = ?2 AND s.first_run <= ?3 AND ifnull(s.last_run, ?3) >= ?3");
    mxs_query_int(&query, 1, e->domain_id);
    mxs_query_int(&query, 2, e->run->list_id);
    mxs_query_int(&query, 3, e->run->id);
    mxs_query_int(&query, 4, measured.resolver);
    if (mxs_query_next(&query)) {
        mxs_out *out = e->out;
        e->verdict_id = mxs_query_column_int(&query, 3);
        e->mx_set_id = mxs_query_column_int(&query, 4);
        e->implicit_host_id = mxs_query_column_int(&query, 5);
        err = put_verdict(e);
        mxs_out_text(out, "State ");
        mxs_explain_put_column(out, &query, 0);
        mxs_out_format(out, ": %s\nMX question: ", state_words(mxs_query_column_text(&query, 0, NULL)));
        mxs_explain_put_column(out, &query, 1);
        if (!mxs_query_is_null(&query, 2)) {
            const char *outcome = mxs_query_column_text(&query, 1, NULL);
            bool beside = strcmp(outcome, mxs_outcome_text(MXS_MALFORMED)) == 0;
            mxs_out_text(out, beside ? ", MX records beside an alias of " : ", through the alias ");
            mxs_explain_put_column(out, &query, 2);
        }
        if (!mxs_query_is_null(&query, 6))
            put_measured(out, &measured, &query);
        mxs_out_text(out, "\n");
    }
    enum mxs_err read = mxs_query_finish(&query, e->detail);
    return err == MXS_OK ? read : err;
}

/* "A 20.1.1.10 20.1.1.11" or "A nxdomain"; nothing when it was not asked. */
static void put_addresses(mxs_out *out, const char *type, struct mxs_query *query, int outcome, int list)
{
    if (mxs_query_is_null(query, outcome))
        return;
    mxs_out_format(out, "  %s ", type);
    mxs_explain_put_column(out, query, mxs_query_is_null(query, list) ? outcome : list);
}

#define ADDRESSES(set) "(SELECT group_concat(address, ' ') FROM (SELECT a.address || CASE a.public WHEN 1 THEN '' " \
    "ELSE " \
    "' (not public)' END AS address FROM address_entry n JOIN address a ON a.id = n.address_id WHERE n.set_id = " set \
    " ORDER BY n.position))"

static const char delivery_sql[] =
    "SELECT e.preference, h.name, ao.name, " ADDRESSES("s.a_set_id") ", qo.name, " ADDRESSES(
        "s.aaaa_set_id") ", al.value, p.name,"
                         " ru.pattern, s.usable, ro.name, h.deliverable FROM (SELECT preference, host_id FROM mx_entry "
                         "WHERE set_id = ?1 UNION ALL SELECT 0, ?2 WHERE ?2 <> 0) e"
                         " JOIN host h ON h.id = e.host_id LEFT JOIN host_history s ON s.host_id = h.id AND s.list_id "
                         "= ?3 AND s.first_run <= ?4"
                         " AND ifnull(s.last_run, ?4) >= ?4 LEFT JOIN outcome ao ON ao.id = s.a_outcome LEFT JOIN "
                         "outcome qo ON qo.id = s.aaaa_outcome"
                         " LEFT JOIN outcome ro ON ro.id = s.registrable_outcome"
                         " LEFT JOIN text al ON al.id = s.alias_id LEFT JOIN host_label l ON l.host_id = h.id"
                         " LEFT JOIN provider p ON p.id = l.provider_id LEFT JOIN rule ru ON ru.id = l.rule_id ORDER "
                         "BY e.preference, h.name";

static void put_mx_host(const struct mxs_explainer *e, struct mxs_query *query, mxs_out *out)
{
    mxs_out_text(out, "     ");
    if (mxs_query_column_text(query, 1, NULL)[0] == '\0') {
        mxs_out_text(out, ". (the root: no mail)\n");
        return;
    }
    mxs_explain_put_column(out, query, 1);
    if (!mxs_query_is_null(query, 6)) {
        mxs_out_text(out, "  (an alias of ");
        mxs_explain_put_column(out, query, 6);
        mxs_out_text(out, ")");
    }
    put_addresses(out, "A", query, 2, 3);
    put_addresses(out, "AAAA", query, 4, 5);
    if (mxs_query_is_null(query, 2) && e->run->hosts_asked)
        mxs_out_text(out, "  addresses not asked");
    if (!mxs_query_is_null(query, 10)) {
        mxs_out_text(out, "  (its registrable domain: ");
        mxs_explain_put_column(out, query, 10);
        mxs_out_text(out, ")");
    }
    if (!mxs_query_is_null(query, 7)) {
        const char *provider = mxs_query_column_text(query, 7, NULL);
        bool own = mxs_query_is_null(query, 8) && strncmp(provider, "org:", 4) == 0 &&
                   mxs_facts_within(e->name, strlen(e->name), provider + 4);
        mxs_out_text(out, "  - ");
        if (own)
            mxs_out_text(out, "self");
        else
            mxs_explain_put_column(out, query, 7);
        if (own) {
            mxs_out_text(out, ", under the domain's own name");
        } else if (!mxs_query_is_null(query, 8)) {
            mxs_out_text(out, ", by rule ");
            mxs_explain_put_column(out, query, 8);
        } else {
            mxs_out_text(out, ", no rule names it");
        }
    }
    mxs_out_text(out, "\n");
}

/* The levels so far. */
struct levels {
    int count, tiers;
    bool open; /* one of them may be a tier, and nobody knows */
};

/* open: an MX host of it may be usable; asked: and one such was asked, not left out by --exclude. */
static void put_level(struct mxs_explainer *e, struct levels *levels, int64_t preference, bool usable, bool open,
                      bool asked)
{
    mxs_out_format(e->out, "  %d. %s %lld", ++levels->count,
                   e->implicit_host_id != 0 ? "the domain itself, preference" : "preference", (long long)preference);
    levels->open |= open && !usable;
    if (e->run->hosts_asked && usable && !levels->open)
        mxs_out_format(e->out, ", tier %d", ++levels->tiers);
    else if (e->run->hosts_asked && (usable || open))
        mxs_out_text(e->out, usable  ? ", a tier behind one that is not settled"
                             : asked ? ", not settled"
                                     : ", not asked");
    else if (e->run->hosts_asked)
        mxs_out_text(e->out, ", no usable MX host");
    mxs_out_text(e->out, "\n");
}

/* A level is a tier when one of its MX hosts is usable, which is known only after its rows: so the rows are walked
 * twice. */
static enum mxs_err put_delivery(struct mxs_explainer *e)
{
    if (e->mx_set_id == 0 && e->implicit_host_id == 0)
        return MXS_OK;
    mxs_explain_put_heading(e, "Delivery order");
    struct mxs_query query, level_query;
    mxs_query_open(&level_query, e->store, delivery_sql);
    mxs_query_open(&query, e->store, delivery_sql);
    struct mxs_query *both[] = {&query, &level_query};
    for (size_t i = 0; i < 2; i++) {
        mxs_query_int(both[i], 1, e->mx_set_id);
        mxs_query_int(both[i], 2, e->implicit_host_id);
        mxs_query_int(both[i], 3, e->run->list_id);
        mxs_query_int(both[i], 4, e->run->id);
    }
    struct levels levels = {0};
    int64_t last = -1;
    enum mxs_err servers = MXS_OK;
    bool ahead = mxs_query_next(&level_query);
    while (mxs_query_next(&query)) {
        int64_t preference = mxs_query_column_int(&query, 0);
        if (levels.count == 0 || preference != last) {
            bool usable = false, open = false, asked = false;
            for (; ahead && mxs_query_column_int(&level_query, 0) == preference; ahead = mxs_query_next(&level_query)) {
                usable |= mxs_query_column_int(&level_query, 9) != 0;
                bool unknown = mxs_query_is_null(&level_query, 9) && mxs_query_column_int(&level_query, 11) != 0;
                open |= unknown;
                asked |= unknown && !mxs_query_is_null(&level_query, 2);
            }
            put_level(e, &levels, preference, usable, open, asked);
            last = preference;
        }
        put_mx_host(e, &query, e->out);
        if (servers == MXS_OK)
            servers = mxs_explain_servers(e->store, e->run, mxs_query_column_text(&query, 1, NULL), e->out, e->detail);
    }
    enum mxs_err err = mxs_query_finish(&query, e->detail);
    err = err == MXS_OK ? servers : err;
    enum mxs_err level_err = mxs_query_finish(&level_query, e->detail);
    return err != MXS_OK ? err : level_err;
}

/* Where a reader can check the rules that name the MX hosts. */
static enum mxs_err put_sources(struct mxs_explainer *e)
{
    struct mxs_query query;
    mxs_query_open(&query, e->store,
                   "SELECT DISTINCT ru.pattern, ru.source, ru.date FROM (SELECT host_id FROM mx_entry WHERE set_id = ?1"
                   " UNION ALL SELECT ?2) x JOIN host_label l ON l.host_id = x.host_id"
                   " JOIN rule ru ON ru.id = l.rule_id"
                   " WHERE ru.source <> '-' ORDER BY 1");
    mxs_query_int(&query, 1, e->mx_set_id);
    mxs_query_int(&query, 2, e->implicit_host_id);
    while (mxs_query_next(&query)) {
        mxs_out_text(e->out, "  rule ");
        mxs_explain_put_column(e->out, &query, 0);
        mxs_out_text(e->out, ", by ");
        mxs_explain_put_column(e->out, &query, 1);
        mxs_out_text(e->out, ", ");
        mxs_explain_put_column(e->out, &query, 2);
        mxs_out_text(e->out, "\n");
    }
    return mxs_query_finish(&query, e->detail);
}

/* any: the heading stands. */
static enum mxs_err put_open_mailbox(struct mxs_explainer *e, bool *any)
{
    struct mxs_query query;
    mxs_query_open(&query, e->store, "SELECT 1 FROM v_verdict WHERE verdict_id = ?1 AND NOT mailbox_settled");
    mxs_query_int(&query, 1, e->verdict_id);
    if (mxs_query_next(&query)) {
        if (!*any)
            mxs_explain_put_heading(e, "Providers");
        *any = true;
        mxs_out_text(e->out, "  mailbox: not settled, not every answer about what stands behind the MX came\n");
    }
    return mxs_query_finish(&query, e->detail);
}

static enum mxs_err put_providers(struct mxs_explainer *e)
{
    struct mxs_query query;
    bool any = false;
    mxs_query_open(&query, e->store,
                   "SELECT ro.name, p.name, l.share / 100.0, l.confidence, l.role, p.name || ' ' ||"
                   " ifnull(o.kind, '-') || ' ' || ifnull(o.country, '-') FROM verdict_label l"
                   " JOIN role ro ON ro.id = l.role JOIN provider p ON p.id = l.provider_id"
                   " LEFT JOIN v_operator o ON o.provider = p.name WHERE l.verdict_id = ?1"
                   " ORDER BY l.role, l.position");
    mxs_query_int(&query, 1, e->verdict_id);
    while (mxs_query_next(&query)) {
        if (!any)
            mxs_explain_put_heading(e, "Providers");
        any = true;
        mxs_out_text(e->out, "  ");
        mxs_explain_put_column(e->out, &query, 0);
        mxs_out_text(e->out, ": ");
        mxs_explain_put_column(e->out, &query, 1);
        char what[MXS_CELL_TEXT_SIZE];
        mxs_display_operator(mxs_query_column_text(&query, 5, NULL), what, sizeof what);
        mxs_out_text(e->out, " (");
        mxs_out_escaped(e->out, MXS_ESCAPE_TERMINAL, what, strlen(what));
        mxs_out_text(e->out, ")");
        char share[MXS_SHARE_TEXT_SIZE];
        if (mxs_query_column_int(&query, 4) != 2 && mxs_query_column_real(&query, 2) < 99.99)
            mxs_out_format(e->out, ", %s of the domain", mxs_share_text(mxs_query_column_real(&query, 2) / 100, share));
        mxs_out_format(e->out, ", confidence %lld %%\n", (long long)mxs_query_column_int(&query, 3));
    }
    enum mxs_err err = mxs_query_finish(&query, e->detail);
    if (err == MXS_OK)
        err = put_open_mailbox(e, &any);
    if (err == MXS_OK && any)
        err = put_sources(e);
    if (err != MXS_OK || !any)
        return err;
    mxs_query_open(&query, e->store, "SELECT digest, source FROM ruleset ORDER BY id DESC LIMIT 1");
    if (mxs_query_next(&query)) {
        mxs_out_text(e->out, "  rule-set ");
        mxs_explain_put_column(e->out, &query, 1);
        mxs_out_text(e->out, ", ");
        size_t size_bytes;
        const char *digest = mxs_query_column_text(&query, 0, &size_bytes);
        mxs_out_escaped(e->out, MXS_ESCAPE_TERMINAL, digest, size_bytes > 12 ? 12 : size_bytes);
        mxs_out_text(e->out, "\n");
    }
    return mxs_query_finish(&query, e->detail);
}

static enum mxs_err put_evidence(struct mxs_explainer *e)
{
    struct mxs_query query;
    bool any = false;
    mxs_query_open(&query, e->store,
                   "SELECT DISTINCT kind, value, provider, rule FROM v_evidence WHERE run_id = ?1 AND domain_id = ?2 "
                   "ORDER BY position");
    mxs_query_int(&query, 1, e->run->id);
    mxs_query_int(&query, 2, e->domain_id);
    while (mxs_query_next(&query)) {
        mxs_out_text(e->out, any ? "" : "  behind the MX, which names no mailbox host:\n");
        any = true;
        mxs_out_text(e->out, "    ");
        mxs_explain_put_column(e->out, &query, 0);
        mxs_out_text(e->out, " ");
        mxs_explain_put_column(e->out, &query, 1);
        mxs_out_text(e->out, " - ");
        mxs_explain_put_column(e->out, &query, 2);
        mxs_out_text(e->out, ", by rule ");
        mxs_explain_put_column(e->out, &query, 3);
        mxs_out_text(e->out, "\n");
    }
    return mxs_query_finish(&query, e->detail);
}

static const char *tri_words(struct mxs_query *query, int column)
{
    return mxs_query_is_null(query, column) ? "unknown" : mxs_query_column_int(query, column) != 0 ? "yes" : "no";
}

static void put_count(mxs_out *out, struct mxs_query *query, int column, const char *what)
{
    mxs_out_text(out, what);
    if (mxs_query_is_null(query, column))
        mxs_out_text(out, "unknown");
    else
        mxs_out_int(out, mxs_query_column_int(query, column));
}

static enum mxs_err put_redundancy(struct mxs_explainer *e)
{
    struct mxs_query query;
    mxs_query_open(
        &query, e->store,
        "SELECT v.hosts, v.usable, v.tiers, v.addresses, v.prefixes, v.asns, v.providers, v.load_sharing, v.multihomed,"
        " v.ipv6, ifnull(b.name, 'unknown'), v.backup_apart, ifnull(p.name, 'unknown'),"
        " (SELECT w.title FROM verdict_value x JOIN measure m ON m.id = x.measure_id AND m.name = 'later_servers'"
        " JOIN measure_word w ON w.measure_id = m.id AND w.value = x.value WHERE x.verdict_id = v.id), v.state"
        " FROM verdict v LEFT JOIN backup b ON b.id = v.backup LEFT JOIN single_point p ON p.id = v.single_point"
        " WHERE v.id = ?1 AND v.hosts > 0 AND v.state NOT IN (?2, ?3)");
    mxs_query_int(&query, 1, e->verdict_id);
    mxs_query_int(&query, 2, MXS_STATE_NULL_MX);
    mxs_query_int(&query, 3, MXS_STATE_NULL_MX_INVALID);
    if (mxs_query_next(&query)) {
        static const char *const counts[] = {"  MX hosts: ", ", usable: ",        ", tiers: ",    "\n  addresses: ",
                                             ", prefixes: ", ", networks (AS): ", ", providers: "};
        mxs_explain_put_heading(e, "Redundancy");
        bool broken = mxs_query_column_int(&query, 14) == MXS_STATE_BROKEN;
        for (int i = 0; i < (broken ? 3 : 7); i++)
            put_count(e->out, &query, i, counts[i]);
        if (broken) { /* known, and nothing: not unknown */
            mxs_out_text(e->out, "\n  nothing more to grade: no mail can be delivered\n");
            return mxs_query_finish(&query, e->detail);
        }
        mxs_out_format(e->out, "\n  load sharing: %s; one MX host with several addresses: %s; IPv6: %s\n  backup: ",
                       tri_words(&query, 7), tri_words(&query, 8), tri_words(&query, 9));
        mxs_out_text(e->out, mxs_display_word(mxs_query_column_text(&query, 10, NULL)));
        static const char *const apart[] = {"address", "prefix", "network (AS)", "provider"};
        int64_t bits = mxs_query_column_int(&query, 11);
        for (int i = 0, first = 1; i < 4; i++) {
            if (bits >> i & 1) {
                mxs_out_format(e->out, "%s%s", first ? ", apart in " : ", ", apart[i]);
                first = 0;
            }
        }
        if (!mxs_query_is_null(&query, 13)) {
            mxs_out_text(e->out, "; its servers ");
            mxs_explain_put_column(e->out, &query, 13);
        }
        mxs_out_text(e->out, "\n  single point of failure: ");
        mxs_out_text(e->out, mxs_display_word(mxs_query_column_text(&query, 12, NULL)));
        mxs_out_text(e->out, "\n");
    }
    return mxs_query_finish(&query, e->detail);
}

static enum mxs_err put_findings(struct mxs_explainer *e)
{
    struct mxs_query query;
    bool any = false;
    mxs_query_open(
        &query, e->store,
        "SELECT se.name, f.name, f.sentence, f.advice FROM verdict_finding v JOIN finding f ON f.code = v.code"
        " JOIN severity se ON se.id = f.severity WHERE v.verdict_id = ?1 ORDER BY f.severity DESC, f.code");
    mxs_query_int(&query, 1, e->verdict_id);
    while (mxs_query_next(&query)) {
        if (!any)
            mxs_explain_put_heading(e, "Findings");
        any = true;
        const char *color = mxs_style_color(e->style, "severity", mxs_query_column_text(&query, 0, NULL));
        mxs_out_text(e->out, "  ");
        mxs_out_text(e->out, color != NULL ? color : "");
        mxs_explain_put_column(e->out, &query, 0);
        mxs_out_text(e->out, color != NULL ? "\033[0m, " : ", ");
        mxs_explain_put_column(e->out, &query, 1);
        mxs_out_text(e->out, "\n");
        mxs_format_put_below(e->out, "", mxs_query_column_text(&query, 2, NULL), e->style);
        mxs_format_put_below(e->out, "recommendation: ", mxs_query_column_text(&query, 3, NULL), e->style);
    }
    return mxs_query_finish(&query, e->detail);
}

/* Answers, verdicts and policies change apart: a line for each stretch of runs that tells the same of state and MX. A
 * run of the list in between, of which the domain was no part, ends a stretch. */
static const char history_sql[] =
    "WITH piece AS (SELECT max(j.first_run, s.first_run) AS first, min(ifnull(j.last_run, ?3), ifnull(s.last_run, ?3)) "
    "AS last, st.name ||"
    " CASE WHEN s.mx_set_id IS NOT NULL THEN ', ' || (SELECT group_concat(x, ', ') FROM (SELECT e.preference || ' ' || "
    "CASE h.name WHEN ''"
    " THEN '.' ELSE h.name END AS x FROM mx_entry e JOIN host h ON h.id = e.host_id WHERE e.set_id = s.mx_set_id ORDER "
    "BY e.preference, h.name))"
    " WHEN o.name IN ('nodata', 'nxdomain') THEN '' ELSE ', MX ' || o.name END AS told"
    " FROM judgement j JOIN verdict v ON v.id = j.verdict_id JOIN state st ON st.id = v.state"
    " JOIN domain_history s ON s.domain_id = j.domain_id AND s.list_id = j.list_id AND s.first_run <= "
    "ifnull(j.last_run, ?3)"
    " AND ifnull(s.last_run, ?3) >= j.first_run JOIN outcome o ON o.id = s.outcome WHERE j.domain_id = ?1 AND "
    "j.list_id = ?2),"
    " beside AS (SELECT *, lag(told) OVER earlier AS told_before, lag(last) OVER earlier AS last_before FROM piece "
    "WINDOW earlier AS (ORDER BY first)),"
    " stretch AS (SELECT *, sum(told IS NOT told_before OR EXISTS (SELECT 1 FROM run b WHERE b.list_id = ?2 AND "
    "b.state = 'complete'"
    " AND b.id > last_before AND b.id < first)) OVER (ORDER BY first) AS number FROM beside)"
    " SELECT t.first, t.last, r.started_at, t.told FROM (SELECT min(first) AS first, nullif(max(last), ?3) AS last, "
    "told FROM stretch"
    " GROUP BY number) t LEFT JOIN run r ON r.id = t.first ORDER BY t.first";

static enum mxs_err put_history(struct mxs_explainer *e)
{
    struct mxs_query query;
    mxs_query_open(&query, e->store, history_sql);
    mxs_query_int(&query, 1, e->domain_id);
    mxs_query_int(&query, 2, e->run->list_id);
    mxs_query_int(&query, 3, INT64_MAX); /* till now */
    for (bool first = true; mxs_query_next(&query); first = false) {
        static const struct mxs_column when = {"at", "at", MXS_UNIT_TIME, 0};
        char buffer[MXS_CELL_TEXT_SIZE];
        size_t size_bytes;
        struct mxs_cell cell;
        if (first)
            mxs_explain_put_heading(e, "History");
        int64_t begins = mxs_query_column_int(&query, 0), ends = mxs_query_column_int(&query, 1);
        bool stands = mxs_query_is_null(&query, 1);
        mxs_table_put_int(&cell, mxs_query_column_int(&query, 2));
        mxs_out_format(e->out, stands ? "  since run %lld (%s)" : "  run %lld (%s)", (long long)begins,
                       mxs_cell_for_people(&when, &cell, buffer, &size_bytes));
        if (!stands && ends != begins)
            mxs_out_format(e->out, " to run %lld", (long long)ends);
        mxs_out_text(e->out, ": ");
        mxs_explain_put_column(e->out, &query, 3);
        mxs_out_text(e->out, "\n");
    }
    return mxs_query_finish(&query, e->detail);
}

static char *canonical(const char *domain)
{
    char *name = strdup(domain);
    size_t size = name != NULL ? strlen(name) : 0;
    for (size_t i = 0; i < size; i++)
        name[i] = (char)tolower((unsigned char)name[i]);
    if (size > 1 && name[size - 1] == '.')
        name[size - 1] = '\0';
    return name;
}

static enum mxs_err find_domain(struct mxs_explainer *e)
{
    struct mxs_query query;
    mxs_query_open(&query, e->store,
                   "SELECT s.domain_id FROM domain d JOIN domain_history s ON s.domain_id = d.id AND s.list_id = ?2 "
                   "AND s.first_run <= ?3"
                   " AND ifnull(s.last_run, ?3) >= ?3 WHERE d.name = ?1");
    mxs_query_text(&query, 1, e->name, strlen(e->name));
    mxs_query_int(&query, 2, e->run->list_id);
    mxs_query_int(&query, 3, e->run->id);
    bool found = mxs_query_next(&query);
    if (found)
        e->domain_id = mxs_query_column_int(&query, 0);
    enum mxs_err err = mxs_query_finish(&query, e->detail);
    if (err != MXS_OK || found)
        return err;
    return mxs_explain_missing(e->store, e->run, e->name, e->detail);
}

/* kept: the run stays, and so has a history. */
static enum mxs_err write_domain(mxs_store *store, const struct mxs_run *run, const char *domain, bool kept,
                                 const struct mxs_style *style, mxs_out *out, struct mxs_detail *detail)
{
    char *name = canonical(domain);
    if (name == NULL)
        return mxs_err_memory(detail, NULL);
    mxs_out told;
    mxs_out_attach(&told, NULL);
    struct mxs_explainer e = {
        .store = store, .run = run, .style = style, .out = &told, .page = out, .detail = detail, .name = name};
    enum mxs_err err = find_domain(&e);
    if (err == MXS_OK) {
        mxs_out_text(&told, style->color ? "\033[1m" : "");
        mxs_out_escaped(&told, MXS_ESCAPE_TERMINAL, name, strlen(name));
        mxs_out_text(&told, style->color ? "\033[0m\n" : "\n");
        static enum mxs_err (*const parts[])(struct mxs_explainer *) = {
            put_state,      put_delivery, put_providers, put_evidence, mxs_explain_put_policies,
            put_redundancy, put_findings, put_history};
        for (size_t i = 0; i < sizeof parts / sizeof *parts && err == MXS_OK; i++)
            err = kept || parts[i] != put_history ? parts[i](&e) : MXS_OK;
        mxs_explain_turn(&e);
        out->err = told.err != MXS_OK ? told.err : out->err;
    }
    mxs_out_abandon(&told);
    free(name);
    return err;
}

enum mxs_err mxs_explain_write(mxs_store *store, const struct mxs_run *run, const char *domain,
                               const struct mxs_style *style, mxs_out *out, struct mxs_detail *detail)
{
    return write_domain(store, run, domain, true, style, out, detail);
}

enum mxs_err mxs_explain_asked(mxs_store *store, int64_t run_id, const char *domain, FILE *stream,
                               struct mxs_detail *detail)
{
    struct mxs_run run;
    struct mxs_style style;
    enum mxs_err err = mxs_run_find(store, run_id, NULL, &run, detail);
    if (err != MXS_OK)
        return err;
    mxs_out out;
    mxs_out_attach(&out, stream);
    mxs_style_find(&style, &out, NULL);
    err = write_domain(store, &run, domain, false, &style, &out, detail);
    if (err != MXS_OK) {
        mxs_out_abandon(&out);
        return err;
    }
    return mxs_out_finish(&out, detail);
}
