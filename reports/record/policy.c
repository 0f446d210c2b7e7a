#include "reports/record/policy.h"

#include "reports/record/internal/value.h"

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

static const struct mxs_column key_columns[] = {{"host", "host", MXS_UNIT_TEXT, 0}, {"usable", "usable", MXS_UNIT_COUNT, 0},
                                                {"unusable", "unusable", MXS_UNIT_COUNT, 0}, {"secure", "secure", MXS_UNIT_FLAG, 0}};
enum { KEY_HOST, KEY_USABLE, KEY_UNUSABLE, KEY_SECURE, KEY_COLUMNS };

void mxs_policies_init(struct mxs_policies *policies, mxs_store *store, const struct mxs_run *run)
{
    *policies = (struct mxs_policies){.run = run, .open = run->policies_asked || run->transport_asked};
    mxs_table_init(&policies->keys, "tlsa", NULL, key_columns, KEY_COLUMNS);
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
    mxs_table_finish(&policies->keys);
    return err;
}

/* TLSA of the MX hosts of a set: few rows, read at once, for a record tells them member by member. */
static void find_keys(struct mxs_policies *policies, int64_t set)
{
    mxs_table_finish(&policies->keys);
    if (!policies->run->transport_asked)
        return;
    mxs_query_int(&policies->tlsa, 3, set);
    while (mxs_query_next(&policies->tlsa)) {
        size_t size;
        const char *host = mxs_query_column_text(&policies->tlsa, 0, &size);
        struct mxs_cell *cells = mxs_table_row(&policies->keys);
        if (cells == NULL)
            break;
        mxs_table_put_text(&policies->keys, &cells[KEY_HOST], host, size);
        mxs_table_put_int(&cells[KEY_USABLE], mxs_query_column_int(&policies->tlsa, 1));
        mxs_table_put_int(&cells[KEY_UNUSABLE], mxs_query_column_int(&policies->tlsa, 2));
        mxs_table_put_int(&cells[KEY_SECURE], mxs_query_column_int(&policies->tlsa, 3) == 3); /* both answers were validated */
    }
    mxs_query_reset(&policies->tlsa);
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
    find_keys(policies, set);
    mxs_query_reset(&policies->evidence);
    mxs_query_int(&policies->evidence, 1, policies->policy_id);
    mxs_query_int(&policies->evidence, 2, verdict);
}

void mxs_policies_take_evidence(struct mxs_policies *policies, struct mxs_table *out)
{
    if (policies->policy_id == 0)
        return;
    mxs_query_reset(&policies->evidence);
    mxs_table_take(out, &policies->evidence);
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

/* --- values ---------------------------------------------------------------------------------------------------------- */

static void put_text(struct mxs_record_value *out, const char *text, size_t size_bytes)
{
    *out = (struct mxs_record_value){.kind = MXS_VALUE_TEXT, .text = text, .size_bytes = size_bytes};
}

static void put_int(struct mxs_record_value *out, int64_t value)
{
    *out = (struct mxs_record_value){.kind = MXS_VALUE_INTEGER, .integer = value};
}

static void put_column(struct mxs_record_value *out, struct mxs_query *query, int column)
{
    size_t size;
    const char *text = mxs_query_column_text(query, column, &size);
    if (!mxs_query_is_null(query, column))
        put_text(out, text, size);
}

/* JSON as it stands; missing: what stands for nothing. */
static void put_json(struct mxs_record_value *out, struct mxs_query *query, int column, const char *missing)
{
    size_t size;
    const char *text = mxs_query_column_text(query, column, &size);
    *out = (struct mxs_record_value){.kind = MXS_VALUE_JSON, .text = size == 0 ? missing : text, .size_bytes = size == 0 ? 2 : size};
}

static void put_word(struct mxs_record_value *out, struct mxs_query *query, int column, enum mxs_policy_words set)
{
    const char *word = mxs_query_is_null(query, column) ? NULL : mxs_policy_word(set, mxs_query_column_int(query, column));
    if (word != NULL)
        put_text(out, word, strlen(word));
}

static void put_object(struct mxs_record_value *out, struct mxs_query *query, int column)
{
    out->kind = mxs_query_is_null(query, column) ? MXS_VALUE_NULL : MXS_VALUE_FLAG;
}

/* The at-th line. */
static void put_line(struct mxs_record_value *out, struct mxs_query *query, int column, size_t at)
{
    size_t size;
    const char *line = mxs_query_column_text(query, column, &size), *end = line + size, *stop = line;
    for (;; line = stop + 1) {
        stop = line < end ? memchr(line, '\n', (size_t)(end - line)) : end;
        stop = stop == NULL ? end : stop;
        if (line >= end || at-- == 0)
            break;
    }
    if (line < end)
        put_text(out, line, (size_t)(stop - line));
    else
        out->kind = MXS_VALUE_END;
}

static void read_auth(struct mxs_query *query, int argument, struct mxs_record_value *out)
{
    switch (argument) {
    case MXS_POLICY_SPF: out->kind = MXS_VALUE_FLAG; break; /* never null when it was asked */
    case MXS_POLICY_SPF_RECORD: put_column(out, query, SPF); break;
    case MXS_POLICY_SPF_RESULT: put_word(out, query, RESULT, MXS_WORDS_SPF_RESULT); break;
    case MXS_POLICY_SPF_REASON: put_word(out, query, REASON, MXS_WORDS_SPF_REASON); break;
    case MXS_POLICY_SPF_ALL: put_column(out, query, ALL); break;
    case MXS_POLICY_SPF_LOOKUPS: put_int(out, mxs_query_column_int(query, LOOKUPS)); break;
    case MXS_POLICY_SPF_VOIDS: put_int(out, mxs_query_column_int(query, VOIDS)); break;
    case MXS_POLICY_DMARC: put_object(out, query, DMARC); break;
    case MXS_POLICY_DMARC_RECORD: put_column(out, query, DMARC); break;
    case MXS_POLICY_DMARC_POLICY: put_word(out, query, DMARC_MARK, MXS_WORDS_DMARC); break;
    case MXS_POLICY_DMARC_AT: put_column(out, query, DMARC_AT); break;
    case MXS_POLICY_DMARC_TAGS: put_json(out, query, DMARC_TAGS, "{}"); break;
    default: put_json(out, query, DKIM, "[]"); break;
    }
}

/* result: of the fetching, or else of reading what was fetched. */
static void read_sts(struct mxs_query *query, int argument, size_t at, struct mxs_record_value *out)
{
    bool fetched = mxs_query_column_int(query, STS_RESULT) == 0;
    switch (argument) {
    case MXS_POLICY_STS: put_object(out, query, MTA_STS); break;
    case MXS_POLICY_STS_RECORD: put_column(out, query, MTA_STS); break;
    case MXS_POLICY_STS_MARK: put_word(out, query, STS_MARK, MXS_WORDS_RECORD); break;
    case MXS_POLICY_STS_POLICY: put_object(out, query, STS_RESULT); break;
    case MXS_POLICY_STS_RESULT:
        put_word(out, query, fetched ? STS_REASON : STS_RESULT, fetched ? MXS_WORDS_STS_REASON : MXS_WORDS_FETCH);
        break;
    case MXS_POLICY_STS_MODE: put_word(out, query, STS_MODE, MXS_WORDS_STS_MODE); break;
    case MXS_POLICY_STS_AGE:
        if (!mxs_query_is_null(query, STS_AGE))
            put_int(out, mxs_query_column_int(query, STS_AGE));
        break;
    default: put_line(out, query, STS_MX, at); break;
    }
}

static void read_key(const struct mxs_table *keys, int argument, size_t item, struct mxs_record_value *out)
{
    const struct mxs_cell *cells = argument == MXS_POLICY_TLSA ? NULL : mxs_table_at(keys, item, 0);
    switch (argument) {
    case MXS_POLICY_TLSA: put_int(out, (int64_t)keys->row_count); break;
    case MXS_POLICY_TLSA_HOST: put_text(out, cells[KEY_HOST].text, cells[KEY_HOST].size_bytes); break;
    case MXS_POLICY_TLSA_USABLE: put_int(out, cells[KEY_USABLE].integer); break;
    case MXS_POLICY_TLSA_UNUSABLE: put_int(out, cells[KEY_UNUSABLE].integer); break;
    default: *out = (struct mxs_record_value){.kind = MXS_VALUE_FLAG, .integer = cells[KEY_SECURE].integer}; break;
    }
}

void mxs_record_read_policy(const struct mxs_record_source *from, int argument, size_t at, struct mxs_record_value *out)
{
    struct mxs_policies *policies = from->policies;
    struct mxs_query *query = &policies->policy;
    bool auth = argument <= MXS_POLICY_DKIM;
    if (policies->policy_id == 0 || !(auth ? policies->run->policies_asked : policies->run->transport_asked))
        return;
    if (auth)
        read_auth(query, argument, out);
    else if (argument <= MXS_POLICY_STS_MX)
        read_sts(query, argument, at, out);
    else if (argument >= MXS_POLICY_TLSA)
        read_key(&policies->keys, argument, from->item, out);
    else if (argument == MXS_POLICY_RPT)
        put_object(out, query, TLS_RPT);
    else if (argument == MXS_POLICY_RPT_RECORD)
        put_column(out, query, TLS_RPT);
    else
        put_word(out, query, RPT_MARK, MXS_WORDS_RECORD);
}
