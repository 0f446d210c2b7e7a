#include "reports/record/internal/explain_policies.h"

#include <stdlib.h>
#include <string.h>

#include "reports/record/internal/explain_verdict.h"

void mxs_explain_put_heading(struct mxs_explainer *e, const char *text)
{
    mxs_out_text(e->out, e->style->color ? "\n\033[1m" : "\n");
    mxs_out_text(e->out, text);
    mxs_out_text(e->out, e->style->color ? "\033[0m\n" : "\n");
}

void mxs_explain_put_column(mxs_out *out, struct mxs_query *query, int column)
{
    size_t size_bytes;
    const char *text = mxs_query_column_text(query, column, &size_bytes);
    mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, text, size_bytes);
}

void mxs_explain_turn(struct mxs_explainer *e)
{
    char *text = strndup(e->out->buffer != NULL ? e->out->buffer : "", e->out->used), *at = text;
    enum mxs_err err = text == NULL ? MXS_ERR_MEMORY : e->out->err;
    mxs_out_abandon(e->out);
    mxs_out_attach(e->out, NULL);
    e->out->err = err;
    for (const char *line; err == MXS_OK && (line = strsep(&at, "\n")) != NULL && (*line != '\0' || at != NULL);)
        mxs_format_put_hanging(e->page, line, strlen(line), e->style);
    free(text);
}

static void put_told(struct mxs_explainer *e, struct mxs_query *query, int column, const char *what,
                     const char *absent)
{
    if (mxs_query_is_null(query, column) && absent == NULL)
        return;
    mxs_out_format(e->out, "  %s: ", what);
    if (mxs_query_is_null(query, column))
        mxs_out_text(e->out, absent);
    else
        mxs_explain_put_column(e->out, query, column);
    mxs_out_text(e->out, "\n");
}

/* "TLSA: mx1.example.net 2 usable, validated; mx2.example.net none": DANE needs them and the MX answer validated. */
static enum mxs_err put_tlsa(struct mxs_explainer *e)
{
    struct mxs_query query;
    bool any = false;
    mxs_query_open(&query, e->store,
                   "SELECT h.name || ' ' || ifnull((t.json ->> 'usable') || ' usable' || CASE t.json ->> 'unusable' "
                   "WHEN 0 THEN '' ELSE"
                   " ' and ' || (t.json ->> 'unusable') || ' unusable' END || iif(t.json ->> 'secure', ', validated', "
                   "', not validated'),"
                   " iif(p.unsettled, 'not settled', 'none'))"
                   " FROM (SELECT DISTINCT host_id FROM mx_entry WHERE set_id = ?1 UNION SELECT ?2) e JOIN host h ON "
                   "h.id = e.host_id"
                   " JOIN host_policy_history s ON s.host_id = h.id AND s.list_id = ?3 AND s.first_run <= ?4 AND "
                   "ifnull(s.last_run, ?4) >= ?4"
                   " JOIN policy p ON p.id = s.policy_id LEFT JOIN policy_text t ON t.policy_id = p.id"
                   " AND t.column_id = (SELECT id FROM policy_column WHERE name = 'tlsa') ORDER BY h.name");
    mxs_query_int(&query, 1, e->mx_set_id);
    mxs_query_int(&query, 2, e->implicit_host_id);
    mxs_query_int(&query, 3, e->run->list_id);
    mxs_query_int(&query, 4, e->run->id);
    while (mxs_query_next(&query)) {
        mxs_out_text(e->out, any ? "; " : "  TLSA: ");
        any = true;
        mxs_explain_put_column(e->out, &query, 0);
    }
    mxs_out_text(e->out, any ? "\n" : "");
    return mxs_query_finish(&query, e->detail);
}

static const char policy_sql[] =
    "SELECT p.spf, ifnull(p.spf_lookups || iif(p.spf_lookups = 1, ' DNS lookup', ' DNS lookups') || ' (10 allowed), ' "
    "|| p.spf_voids || ' void (2 allowed)', iif(p.spf_reason = 'too_many_lookups', "
    "'more than 10 DNS lookups (10 allowed)', 'not all DNS lookups are settled')), p.dmarc, p.dmarc_at,"
    " (SELECT group_concat(u.value, ', ') FROM json_each(p.dmarc_tags, '$.unauthorised') u),"
    " iif(p.dmarc_tags ->> '$.addresses' = 'limit', 'limit reached: of each kind the first 32 alone', NULL),"
    " (p.dmarc_tags ->> '$.tree.at') || ': ' || (p.dmarc_tags ->> '$.tree.record'),"
    " (SELECT group_concat((k.value ->> 'selector') || ' ' || ifnull((k.value ->> 'type') || ' ' || (k.value ->> "
    "'bits'),"
    " k.value ->> 'reason') || ifnull(' at ' || (k.value ->> 'target'), ''), ', ') FROM json_each(p.dkim) k), p.bimi, "
    "p.mta_sts,"
    " (SELECT policy FROM v_sts WHERE run_id = ?1 AND domain_id = ?2), p.tls_rpt, p.secure, p.spf_result, p.spf_reason,"
    " (SELECT group_concat(t.name || ' ' || (t.json ->> 'nearly'), '; ') FROM v_policy_text t"
    " WHERE t.run_id = ?1 AND t.domain_id = ?2 AND json_type(t.json, '$.nearly') = 'text'),"
    " iif(p.unsettled, (SELECT ifnull(group_concat(m.name, ' '), '') || ' ' FROM verdict_value x"
    " JOIN measure m ON m.id = x.measure_id WHERE x.verdict_id = ?3), NULL)"
    " FROM v_policy p"
    " WHERE p.run_id = ?1 AND p.domain_id = ?2";
enum {
    SPF,
    WALK,
    DMARC,
    DMARC_AT,
    UNAUTHORISED,
    ADDRESSES,
    TREE,
    DKIM,
    BIMI,
    MTA_STS,
    STS_POLICY,
    TLS_RPT,
    SECURE,
    SPF_RESULT,
    SPF_REASON,
    NEARLY,
    SETTLED /* NULL: all of them */
};

/* What an answer that is missing may bring is not nothing: what is settled has a measure in the verdict. */
static const char *nothing(struct mxs_query *query, const char *measure)
{
    const char *settled = mxs_query_is_null(query, SETTLED) ? NULL : mxs_query_column_text(query, SETTLED, NULL);
    for (size_t size = strlen(measure); settled != NULL && *settled != '\0'; settled += strcspn(settled, " ") + 1)
        if (strcspn(settled, " ") == size && memcmp(settled, measure, size) == 0)
            return "none";
    return settled == NULL ? "none" : "none that is settled";
}

static enum mxs_err put_auth(struct mxs_explainer *e, struct mxs_query *query)
{
    enum mxs_err err = MXS_OK;
    const char *result = mxs_query_is_null(query, SPF_RESULT) ? NULL : mxs_query_column_text(query, SPF_RESULT, NULL);
    bool lost = result != NULL && strcmp(result, "limit") == 0 && mxs_query_is_null(query, SPF);
    put_told(e, query, SPF, "SPF",
             result == NULL ? "unknown" : lost ? "limit reached: more than is read or kept" : nothing(query, "spf"));
    if (result != NULL && !lost && strcmp(result, "none") != 0) {
        mxs_out_text(e->out, "    with all it includes: ");
        mxs_explain_put_column(e->out, query, SPF_RESULT);
        if (strcmp(mxs_query_column_text(query, SPF_REASON, NULL), "ok") != 0) {
            mxs_out_text(e->out, " (");
            mxs_explain_put_column(e->out, query, SPF_REASON);
            mxs_out_text(e->out, ")");
        }
        mxs_out_text(e->out, ", ");
        mxs_explain_put_column(e->out, query, WALK);
        mxs_out_text(e->out, "\n");
        err = mxs_explain_put_faulty_term(e->store, e->run->id, mxs_query_column_text(query, SPF, NULL),
                                          strcmp(mxs_query_column_text(query, SPF_REASON, NULL), "include_none") == 0,
                                          e->out, e->detail);
    }
    put_told(e, query, DMARC, "DMARC", nothing(query, "dmarc"));
    put_told(e, query, DMARC_AT, "  inherited from", NULL);
    put_told(e, query, UNAUTHORISED, "  report addresses that did not agree", NULL);
    put_told(e, query, ADDRESSES, "  report addresses that were looked at", NULL);
    put_told(e, query, TREE, "  the DNS tree walk finds", NULL);
    put_told(e, query, DKIM, "DKIM keys at known selectors", nothing(query, "dkim"));
    put_told(e, query, BIMI, "BIMI", NULL);
    return err;
}

static enum mxs_err put_transport(struct mxs_explainer *e, struct mxs_query *query)
{
    put_told(e, query, MTA_STS, "MTA-STS", nothing(query, "mta_sts"));
    if (!mxs_query_is_null(query, MTA_STS))
        put_told(e, query, STS_POLICY, "  its policy", "not fetched");
    put_told(e, query, TLS_RPT, "TLS reports", nothing(query, "tls_rpt"));
    enum mxs_err err = put_tlsa(e);
    if (e->mx_set_id != 0)
        mxs_out_format(e->out, "  DNSSEC: the MX answer was %svalidated by the resolver\n",
                       mxs_query_column_int(query, SECURE) != 0 ? "" : "not ");
    return err;
}

/* What other checks tell of the domain, where there is something. */
static enum mxs_err put_others(struct mxs_explainer *e)
{
    struct mxs_query query;
    mxs_query_open(&query, e->store,
                   "SELECT upper(name), text FROM v_policy_text WHERE run_id = ?1 AND domain_id = ?2"
                   " AND option NOT IN ('auth', 'transport') AND text <> '' ORDER BY name");
    mxs_query_int(&query, 1, e->run->id);
    mxs_query_int(&query, 2, e->domain_id);
    while (mxs_query_next(&query)) {
        mxs_out_text(e->out, "  ");
        mxs_explain_put_column(e->out, &query, 0);
        mxs_out_text(e->out, ": ");
        mxs_explain_put_column(e->out, &query, 1);
        mxs_out_text(e->out, "\n");
    }
    return mxs_query_finish(&query, e->detail);
}

enum mxs_err mxs_explain_put_policies(struct mxs_explainer *e)
{
    struct mxs_query query;
    enum mxs_err err = MXS_OK;
    if (!e->run->records_asked)
        return MXS_OK;
    mxs_query_open(&query, e->store, policy_sql);
    mxs_query_int(&query, 1, e->run->id);
    mxs_query_int(&query, 2, e->domain_id);
    mxs_query_int(&query, 3, e->verdict_id);
    if (mxs_query_next(&query)) {
        mxs_explain_put_heading(e, "Policies");
        if (e->run->policies_asked)
            err = put_auth(e, &query);
        if (err == MXS_OK && e->run->transport_asked)
            err = put_transport(e, &query);
        if (err == MXS_OK)
            err = put_others(e);
        put_told(e, &query, NEARLY, "meant as a record, and none", NULL);
    }
    enum mxs_err end = mxs_query_finish(&query, e->detail);
    return err == MXS_OK ? end : err;
}
