#include "reports/record/policy.h"

#include <string.h>

enum { POLICY_ID, SPF, RESULT, REASON, ALL, LOOKUPS, VOIDS, DMARC, DMARC_AT, DMARC_MARK, DMARC_TAGS, DKIM, MTA_STS, STS_MARK, TLS_RPT, RPT_MARK,
       STS_RESULT, STS_REASON, STS_MODE, STS_AGE, STS_MX };

static const char policy_sql[] =
    "SELECT p.id, p.spf, s.spf_result, s.spf_reason, CASE WHEN s.spf_all > 0 THEN char(s.spf_all) END, s.spf_lookups, s.spf_voids,"
    " p.dmarc, p.dmarc_at, v.dmarc, CASE WHEN json_valid(p.dmarc_tags) AND p.dmarc_tags LIKE '{%' THEN p.dmarc_tags END,"
    " CASE WHEN json_valid(p.dkim) AND p.dkim LIKE '[%' THEN p.dkim END, p.mta_sts, v.mta_sts, p.tls_rpt, v.tls_rpt,"
    " t.result, t.reason, t.mode, t.max_age_s, t.mx"
    " FROM policy_history s CROSS JOIN policy p ON p.id = s.policy_id LEFT JOIN verdict v ON v.id = ?4"
    " LEFT JOIN sts_history t ON t.domain_id = ?3 AND t.list_id = ?1 AND t.first_run <= ?2 AND ifnull(t.last_run, ?2) >= ?2"
    " WHERE s.domain_id = ?3 AND s.list_id = ?1 AND s.first_run <= ?2 AND ifnull(s.last_run, ?2) >= ?2";

static const char tlsa_sql[] =
    "SELECT h.name, t.usable, t.unusable, t.secure FROM (SELECT DISTINCT host_id FROM mx_entry WHERE set_id = ?3) e"
    " CROSS JOIN tlsa_history t ON t.host_id = e.host_id AND t.list_id = ?1 AND t.first_run <= ?2 AND ifnull(t.last_run, ?2) >= ?2"
    " JOIN host h ON h.id = e.host_id WHERE t.outcome = 0 ORDER BY h.name";

void mxs_policies_init(struct mxs_policies *policies, mxs_store *store, const struct mxs_run *run)
{
    *policies = (struct mxs_policies){.run = run, .open = run->policies_asked || run->transport_asked};
    if (!policies->open)
        return;
    mxs_query_open(&policies->policy, store, policy_sql);
    mxs_query_open(&policies->tlsa, store, tlsa_sql);
    /* What v_evidence holds, by the policy. */
    mxs_query_open(&policies->evidence, store, "SELECT DISTINCT kind, rule, value FROM evidence WHERE policy_id = ?1"
                   " AND NOT EXISTS (SELECT 1 FROM verdict_label WHERE verdict_id = ?2 AND role = 1 AND confidence IN (50, 90))"
                   " ORDER BY position");
    struct mxs_query *const ranged[] = {&policies->policy, &policies->tlsa};
    for (size_t i = 0; i < 2; i++) {
        mxs_query_int(ranged[i], 1, run->list_id);
        mxs_query_int(ranged[i], 2, run->id);
    }
}

enum mxs_err mxs_policies_finish(struct mxs_policies *policies, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    struct mxs_query *const all[] = {&policies->policy, &policies->tlsa, &policies->evidence};
    for (size_t i = 0; policies->open && i < sizeof all / sizeof *all; i++) {
        enum mxs_err ended = mxs_query_finish(all[i], err == MXS_OK ? detail : NULL);
        err = err == MXS_OK ? ended : err;
    }
    policies->open = false;
    return err;
}

void mxs_policies_find(struct mxs_policies *policies, int64_t domain, int64_t verdict, int64_t set)
{
    policies->policy_id = 0;
    if (!policies->open)
        return;
    mxs_query_reset(&policies->policy);
    mxs_query_int(&policies->policy, 3, domain);
    mxs_query_int(&policies->policy, 4, verdict);
    if (mxs_query_next(&policies->policy))
        policies->policy_id = mxs_query_column_int(&policies->policy, POLICY_ID);
    mxs_query_int(&policies->tlsa, 3, set);
    mxs_query_int(&policies->evidence, 2, verdict);
}

/* --- words ----------------------------------------------------------------------------------------------------------- */

/* The scanner's words, which this room cannot ask for; tests/contract holds them against the enums. */
static const char *const spf_results[] = {"ok", "none", "permerror", "temperror"};
static const char *const spf_reasons[] = {
    "ok", "no_record", "many_records", "not_ascii", "unknown_mechanism", "bad_modifier", "bad_argument", "missing_domain", "bad_domain",
    "bad_macro", "bad_address", "bad_prefix", "modifier_twice", "too_many_terms", "too_many_lookups", "too_many_voids",
    "too_many_mx_hosts", "include_none", "redirect_none"};
static const char *const dmarc_marks[] = {"absent", "none", "quarantine", "reject", "faulty"};
static const char *const record_marks[] = {"absent", "ok", "faulty", "ok", "ok", "ok", "ok"}; /* behind 2: what the policy of MTA-STS says */
static const char *const fetch_results[] = {"ok", "no_address", "certificate", "status", "redirect", "media_type", "too_large",
                                            "server_error", "unreachable", "timeout", "unresolved"};
static const char *const sts_reasons[] = {"ok", "no_record", "many_records", "bad_record", "bad_id", "bad_line", "bad_version", "bad_mode",
                                          "bad_age", "bad_mx", "no_mx", "limit"};
static const char *const sts_modes[] = {"none", "testing", "enforce"};

const char *mxs_policy_word(enum mxs_policy_words set, int64_t value)
{
#define OF(words) {words, sizeof words / sizeof *words}
    static const struct {
        const char *const *words;
        size_t count;
    } sets[] = {[MXS_WORDS_SPF_RESULT] = OF(spf_results), [MXS_WORDS_SPF_REASON] = OF(spf_reasons), [MXS_WORDS_DMARC] = OF(dmarc_marks),
                [MXS_WORDS_RECORD] = OF(record_marks), [MXS_WORDS_FETCH] = OF(fetch_results), [MXS_WORDS_STS_REASON] = OF(sts_reasons),
                [MXS_WORDS_STS_MODE] = OF(sts_modes)};
#undef OF
    return value >= 0 && (size_t)value < sets[set].count ? sets[set].words[value] : NULL;
}

static const char *word(struct mxs_query *query, int column, enum mxs_policy_words set)
{
    return mxs_query_is_null(query, column) ? NULL : mxs_policy_word(set, mxs_query_column_int(query, column));
}

static void put_member(mxs_out *out, const char *before, struct mxs_query *query, int column)
{
    size_t size;
    mxs_out_text(out, before);
    const char *text = mxs_query_column_text(query, column, &size);
    if (mxs_query_is_null(query, column))
        mxs_out_text(out, "null");
    else
        mxs_out_json(out, text, size);
}

static void put_word(mxs_out *out, const char *before, const char *text)
{
    mxs_out_text(out, before);
    if (text == NULL)
        mxs_out_text(out, "null");
    else
        mxs_out_json(out, text, strlen(text));
}

/* --- JSON ------------------------------------------------------------------------------------------------------------ */

static void put_auth_json(const struct mxs_policies *policies, mxs_out *out)
{
    struct mxs_query *query = (struct mxs_query *)&policies->policy;
    if (policies->policy_id == 0 || !policies->run->policies_asked) {
        mxs_out_text(out, ",\"auth\":{\"spf\":null,\"dmarc\":null,\"dkim\":null}");
        return;
    }
    put_member(out, ",\"auth\":{\"spf\":{\"record\":", query, SPF);
    put_word(out, ",\"result\":", word(query, RESULT, MXS_WORDS_SPF_RESULT));
    put_word(out, ",\"reason\":", word(query, REASON, MXS_WORDS_SPF_REASON));
    put_member(out, ",\"all\":", query, ALL);
    mxs_out_format(out, ",\"lookups\":%lld,\"voids\":%lld}", (long long)mxs_query_column_int(query, LOOKUPS),
                   (long long)mxs_query_column_int(query, VOIDS));
    if (mxs_query_is_null(query, DMARC)) {
        mxs_out_text(out, ",\"dmarc\":null");
    } else {
        put_member(out, ",\"dmarc\":{\"record\":", query, DMARC);
        put_word(out, ",\"policy\":", word(query, DMARC_MARK, MXS_WORDS_DMARC));
        put_member(out, ",\"inherited_from\":", query, DMARC_AT);
        size_t length;
        const char *tags = mxs_query_column_text(query, DMARC_TAGS, &length); /* JSON as it stands: its members follow */
        mxs_out_text(out, length > 2 ? "," : "}");
        mxs_out_json_value(out, tags + (length > 2), length > 2 ? length - 1 : 0);
    }
    mxs_out_text(out, ",\"dkim\":");
    size_t size;
    const char *keys = mxs_query_column_text(query, DKIM, &size); /* JSON as it stands */
    mxs_out_json_value(out, size == 0 ? "[]" : keys, size == 0 ? 2 : size);
    mxs_out_text(out, "}");
}

static void put_record_json(mxs_out *out, const char *before, struct mxs_query *query, int column, int mark)
{
    mxs_out_text(out, before);
    if (mxs_query_is_null(query, column)) {
        mxs_out_text(out, "null");
        return;
    }
    put_member(out, "{\"record\":", query, column);
    put_word(out, ",\"result\":", word(query, mark, MXS_WORDS_RECORD));
    mxs_out_text(out, "}");
}

/* null: not fetched. result: of the fetching, or else of reading what was fetched. */
static void put_sts_json(mxs_out *out, struct mxs_query *query)
{
    if (mxs_query_is_null(query, MTA_STS)) {
        mxs_out_text(out, ",\"transport\":{\"mta_sts\":null");
        return;
    }
    put_member(out, ",\"transport\":{\"mta_sts\":{\"record\":", query, MTA_STS);
    put_word(out, ",\"result\":", word(query, STS_MARK, MXS_WORDS_RECORD));
    if (mxs_query_is_null(query, STS_RESULT)) {
        mxs_out_text(out, ",\"policy\":null}");
        return;
    }
    bool fetched = mxs_query_column_int(query, STS_RESULT) == 0;
    put_word(out, ",\"policy\":{\"result\":", fetched ? word(query, STS_REASON, MXS_WORDS_STS_REASON) : word(query, STS_RESULT, MXS_WORDS_FETCH));
    put_word(out, ",\"mode\":", word(query, STS_MODE, MXS_WORDS_STS_MODE));
    if (mxs_query_is_null(query, STS_AGE))
        mxs_out_text(out, ",\"max_age\":null,\"mx\":[");
    else
        mxs_out_format(out, ",\"max_age\":%lld,\"mx\":[", (long long)mxs_query_column_int(query, STS_AGE));
    size_t size;
    const char *at = mxs_query_column_text(query, STS_MX, &size), *end = at + size;
    for (bool first = true; at < end; first = false) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop == NULL ? end : stop;
        mxs_out_text(out, first ? "" : ",");
        mxs_out_json(out, at, (size_t)(stop - at));
        at = stop + 1;
    }
    mxs_out_text(out, "]}}");
}

static void put_transport_json(struct mxs_policies *policies, mxs_out *out)
{
    if (policies->policy_id == 0 || !policies->run->transport_asked) {
        mxs_out_text(out, ",\"transport\":{\"mta_sts\":null,\"tls_rpt\":null,\"tlsa\":null}");
        return;
    }
    put_sts_json(out, &policies->policy);
    put_record_json(out, ",\"tls_rpt\":", &policies->policy, TLS_RPT, RPT_MARK);
    mxs_out_text(out, ",\"tlsa\":[");
    for (bool first = true; mxs_query_next(&policies->tlsa); first = false) {
        put_member(out, first ? "{\"host\":" : ",{\"host\":", &policies->tlsa, 0);
        mxs_out_format(out, ",\"usable\":%lld,\"unusable\":%lld,\"secure\":%s}", (long long)mxs_query_column_int(&policies->tlsa, 1),
                       (long long)mxs_query_column_int(&policies->tlsa, 2),
                       mxs_query_column_int(&policies->tlsa, 3) == 3 ? "true" : "false");
    }
    mxs_out_text(out, "]}");
}

/* --- CSV ------------------------------------------------------------------------------------------------------------- */

static void put_cell(mxs_out *out, struct mxs_query *query, int column, bool asked)
{
    size_t size = 0;
    const char *text = asked ? mxs_query_column_text(query, column, &size) : "";
    mxs_out_text(out, column == SPF ? "" : ",");
    mxs_out_escaped(out, MXS_ESCAPE_CSV, text, size);
}

static void put_tlsa_cell(struct mxs_policies *policies, mxs_out *out, bool asked)
{
    mxs_out cell;
    mxs_out_attach(&cell, NULL);
    for (bool first = true; asked && mxs_query_next(&policies->tlsa); first = false) {
        size_t size;
        const char *host = mxs_query_column_text(&policies->tlsa, 0, &size);
        mxs_out_text(&cell, first ? "" : ";");
        mxs_out_bytes(&cell, host, size);
    }
    mxs_out_text(out, ",");
    mxs_out_escaped(out, MXS_ESCAPE_CSV, cell.buffer, cell.used);
    if (cell.err != MXS_OK)
        out->err = cell.err;
    mxs_out_abandon(&cell);
}

void mxs_policies_put(struct mxs_policies *policies, mxs_out *out, enum mxs_record_form form)
{
    if (form == MXS_RECORD_JSON) {
        put_auth_json(policies, out);
        put_transport_json(policies, out);
        return;
    }
    struct mxs_query *query = &policies->policy;
    bool auth = policies->policy_id != 0 && policies->run->policies_asked;
    bool transport = policies->policy_id != 0 && policies->run->transport_asked;
    put_cell(out, query, SPF, auth);
    put_cell(out, query, DMARC, auth);
    put_cell(out, query, DKIM, auth);
    put_cell(out, query, MTA_STS, transport);
    put_cell(out, query, TLS_RPT, transport);
    put_tlsa_cell(policies, out, transport);
}

/* --- evidence -------------------------------------------------------------------------------------------------------- */

static void put_signs(struct mxs_policies *policies, mxs_out *out, bool json, bool any)
{
    while (mxs_query_next(&policies->evidence)) {
        size_t size;
        mxs_out_text(out, any ? (json ? "," : ";") : "");
        any = true;
        if (json) {
            put_member(out, "{\"kind\":", &policies->evidence, 0);
            put_member(out, ",\"rule\":", &policies->evidence, 1);
            put_member(out, ",\"value\":", &policies->evidence, 2);
            mxs_out_text(out, "}");
            continue;
        }
        for (int column = 0; column < 3; column++) {
            const char *text = mxs_query_column_text(&policies->evidence, column, &size);
            mxs_out_text(out, column == 0 ? "" : " ");
            mxs_out_bytes(out, text, size);
        }
    }
}

/* The MX hosts' evidence is a list in JSON, a cell with its comma in CSV; names and rules hold no quote. */
void mxs_policies_put_evidence(struct mxs_policies *policies, mxs_out *out, enum mxs_record_form form, const char *mx_hosts,
                               size_t size_bytes)
{
    if (policies->policy_id == 0 || size_bytes == 0) {
        mxs_out_bytes(out, mx_hosts, size_bytes);
        return;
    }
    mxs_query_reset(&policies->evidence);
    mxs_query_int(&policies->evidence, 1, policies->policy_id);
    if (form == MXS_RECORD_JSON) {
        mxs_out_bytes(out, mx_hosts, size_bytes - 1);
        put_signs(policies, out, true, size_bytes > 2);
        mxs_out_text(out, "]");
        return;
    }
    mxs_out cell;
    mxs_out_attach(&cell, NULL);
    bool quoted = mx_hosts[0] == '"';
    size_t inner = size_bytes - 1 - (quoted ? 2 : 0);
    mxs_out_bytes(&cell, mx_hosts + quoted, inner);
    put_signs(policies, &cell, false, inner > 0);
    mxs_out_escaped(out, MXS_ESCAPE_CSV, cell.buffer, cell.used);
    mxs_out_text(out, ",");
    if (cell.err != MXS_OK)
        out->err = cell.err;
    mxs_out_abandon(&cell);
}
