#include "reports/record/policy.h"

#include <stdio.h>
#include <string.h>

#include "model/vocabulary.h"

static const char members_sql[] =
    "SELECT c.id, c.path, c.empty, c.host, instr(',' || r.checks || ',', ',' || c.option || ',') > 0, c.name = "
    "'mta_sts'"
    " FROM policy_column c JOIN run r ON r.id = ?1 WHERE c.path IS NOT NULL ORDER BY c.id";
static const char policy_sql[] =
    "SELECT s.policy_id, p.unsettled FROM policy_history s JOIN policy p ON p.id = s.policy_id"
    " WHERE s.domain_id = ?3 AND s.list_id = ?1 AND s.first_run <= ?2 AND ifnull(s.last_run, ?2) >= ?2";
/* What is settled has a measure in the verdict. */
static const char unsettled_sql[] =
    "SELECT c.id FROM policy_column c JOIN measure m ON m.name = c.name WHERE NOT EXISTS ("
    "SELECT 1 FROM verdict_value x WHERE x.verdict_id = ?1 AND x.measure_id = m.id) ORDER BY c.id";
/* What is no JSON is left out: a stranger's database may hold anything. */
static const char texts_sql[] =
    "SELECT column_id, json, NULL FROM policy_text WHERE policy_id = ?1 AND json_valid(json) ORDER BY column_id";
static const char cells_sql[] =
    "SELECT t.column_id, t.json, iif(c.csv IS NULL, t.json, t.json ->> c.csv) FROM policy_text t"
    " JOIN policy_column c ON c.id = t.column_id WHERE t.policy_id = ?1 AND json_valid(t.json) ORDER BY t.column_id";
/* unsettled: of an MX host whose addresses are not settled TLSA may never have been asked. */
static const char hosts_sql[] =
    "SELECT name, json, unsettled FROM (SELECT h.name, t.json,"
    " iif(s.policy_id IS NULL, h.deliverable AND k.host_id IS NOT NULL AND k.usable IS NULL, p.unsettled) AS unsettled"
    " FROM (SELECT host_id FROM mx_entry WHERE set_id = ?3 UNION SELECT ?5) e CROSS JOIN host h ON h.id = e.host_id"
    " LEFT JOIN host_history k ON k.host_id = e.host_id AND k.list_id = ?1 AND k.first_run <= ?2"
    " AND ifnull(k.last_run, ?2) >= ?2"
    " LEFT JOIN host_policy_history s ON s.host_id = e.host_id AND s.list_id = ?1 AND s.first_run <= ?2"
    " AND ifnull(s.last_run, ?2) >= ?2"
    " LEFT JOIN policy p ON p.id = s.policy_id"
    " LEFT JOIN policy_text t ON t.policy_id = s.policy_id AND t.column_id = ?4 AND json_valid(t.json))"
    " WHERE json IS NOT NULL OR unsettled ORDER BY name";
static const char file_sql[] =
    "SELECT iif(w.name = 'ok', q.name, w.name), m.name, s.max_age_s, s.mx FROM sts_history s"
    " LEFT JOIN sts_result w ON w.id = s.result LEFT JOIN sts_reason q ON q.id = s.reason"
    " LEFT JOIN sts_mode m ON m.id = s.mode"
    " WHERE s.domain_id = ?3 AND s.list_id = ?1 AND s.first_run <= ?2 AND ifnull(s.last_run, ?2) >= ?2";
enum { FILE_RESULT, FILE_MODE, FILE_AGE, FILE_MX };

static const char *const described[] = {[MXS_POLICY_SPF] = "auth.spf",
                                        [MXS_POLICY_DMARC] = "auth.dmarc",
                                        [MXS_POLICY_DKIM] = "auth.dkim",
                                        [MXS_POLICY_MTA_STS] = "transport.mta_sts",
                                        [MXS_POLICY_TLS_RPT] = "transport.tls_rpt",
                                        [MXS_POLICY_TLSA] = "transport.tlsa"};

static void copy(char *out, size_t size_bytes, struct mxs_query *query, int column)
{
    snprintf(out, size_bytes, "%s", mxs_query_is_null(query, column) ? "" : mxs_query_column_text(query, column, NULL));
}

static enum mxs_err read_members(struct mxs_policies *policies, mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, members_sql);
    mxs_query_int(&query, 1, policies->run->id);
    while (policies->member_count < MXS_POLICY_MEMBERS && mxs_query_next(&query)) {
        struct mxs_policy_member *member = &policies->members[policies->member_count++];
        member->id = mxs_query_column_int(&query, 0);
        copy(member->path, sizeof member->path, &query, 1);
        copy(member->empty, sizeof member->empty, &query, 2);
        member->hosts = mxs_query_column_int(&query, 3) != 0;
        member->asked = mxs_query_column_int(&query, 4) != 0;
        member->with_file = mxs_query_column_int(&query, 5) != 0;
        for (size_t i = 0; i < sizeof described / sizeof *described; i++)
            member->described |= strcmp(member->path, described[i]) == 0;
        policies->open |= member->asked;
    }
    mxs_query_reset(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_policies_open(struct mxs_policies *policies, mxs_store *store, const struct mxs_run *run, bool cells,
                               struct mxs_detail *detail)
{
    *policies = (struct mxs_policies){.run = run, .cells = cells};
    mxs_out_attach(&policies->told, NULL);
    mxs_out_attach(&policies->others, NULL);
    enum mxs_err err = read_members(policies, store, detail);
    policies->open = policies->open && err == MXS_OK;
    if (!policies->open)
        return err;
    mxs_query_open(&policies->policy, store, policy_sql);
    if (cells)
        mxs_query_open(&policies->texts, store, cells_sql);
    else
        mxs_query_open(&policies->texts, store, texts_sql);
    mxs_query_open(&policies->hosts, store, hosts_sql);
    mxs_query_open(&policies->file, store, file_sql);
    /* What v_evidence holds, by the policy. */
    mxs_query_open(
        &policies->evidence, store,
        "SELECT DISTINCT kind, rule, value FROM evidence WHERE policy_id = ?1"
        " AND (EXISTS (SELECT 1 FROM verdict_label WHERE verdict_id = ?2)"
        " OR NOT (SELECT mailbox_settled FROM v_verdict WHERE verdict_id = ?2))"
        " AND NOT EXISTS (SELECT 1 FROM verdict_label WHERE verdict_id = ?2 AND role = ?3 AND confidence IN (50, 90))"
        " ORDER BY position");
    mxs_query_int(&policies->evidence, 3, MXS_ROLE_MAILBOX);
    mxs_query_open(&policies->unsettled, store, unsettled_sql);
    mxs_query_open(&policies->mailbox, store, "SELECT NOT mailbox_settled FROM v_verdict WHERE verdict_id = ?1");
    struct mxs_query *const ranged[] = {&policies->policy, &policies->hosts, &policies->file};
    for (size_t i = 0; i < sizeof ranged / sizeof *ranged; i++) {
        mxs_query_int(ranged[i], 1, run->list_id);
        mxs_query_int(ranged[i], 2, run->id);
    }
    return MXS_OK;
}

enum mxs_err mxs_policies_close(struct mxs_policies *policies, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    struct mxs_query *const all[] = {&policies->policy, &policies->texts,    &policies->hosts,
                                     &policies->file,   &policies->evidence, &policies->unsettled,
                                     &policies->mailbox};
    if (policies->open)
        err = mxs_query_finish_each(all, sizeof all / sizeof *all, err, detail);
    policies->open = false;
    mxs_out *const texts[] = {&policies->told, &policies->others};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (err == MXS_OK)
            err = mxs_out_check(texts[i], detail);
        mxs_out_abandon(texts[i]);
    }
    return err;
}

/* --- a domain's values --- */

/* NULL: it did not come so far, or is a word of a newer program. */
static void put_word(struct mxs_json *json, const char *key, struct mxs_query *query, int column)
{
    if (mxs_query_is_null(query, column))
        mxs_json_put_null(json, key);
    else
        mxs_json_put_string(json, key, mxs_query_column_text(query, column, NULL));
}

/* result: of the fetching, or else of reading what was fetched. */
static void put_file(mxs_out *out, struct mxs_query *query)
{
    struct mxs_json json;
    mxs_json_init(&json, out);
    mxs_json_open_object(&json, NULL);
    put_word(&json, "result", query, FILE_RESULT);
    put_word(&json, "mode", query, FILE_MODE);
    if (mxs_query_is_null(query, FILE_AGE))
        mxs_json_put_null(&json, "max_age");
    else
        mxs_json_put_int(&json, "max_age", mxs_query_column_int(query, FILE_AGE));
    size_t size;
    const char *at = mxs_query_column_text(query, FILE_MX, &size), *end = at + size;
    mxs_json_open_array(&json, "mx");
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop == NULL ? end : stop;
        mxs_json_put_text(&json, NULL, at, (size_t)(stop - at));
        at = stop + 1;
    }
    mxs_json_finish(&json);
}

/* [{"host":NAME, and what its JSON says}, ...] and NAME;NAME. Where no MX host tells anything, nothing is looked for
 * twice. */
static void put_hosts(struct mxs_policies *policies, struct mxs_policy_member *member)
{
    mxs_out *out = &policies->told, cell;
    mxs_out_attach(&cell, NULL);
    mxs_query_reset(&policies->hosts);
    mxs_query_int(&policies->hosts, 4, member->id);
    member->json = out->used;
    mxs_out_text(out, "[");
    for (bool first = true; mxs_query_next(&policies->hosts);) {
        member->unsettled |= mxs_query_column_int(&policies->hosts, 2) != 0;
        if (mxs_query_is_null(&policies->hosts, 1))
            continue;
        size_t size, host_size;
        const char *host = mxs_query_column_text(&policies->hosts, 0, &host_size),
                   *json = mxs_query_column_text(&policies->hosts, 1, &size);
        bool members = size > 2 && json[0] == '{';
        mxs_out_text(out, first ? "{\"host\":" : ",{\"host\":");
        mxs_out_json(out, host, host_size);
        mxs_out_text(out, members ? "," : "}");
        mxs_out_bytes(out, json + 1, members ? size - 1 : 0);
        mxs_out_text(&cell, first ? "" : ";");
        mxs_out_bytes(&cell, host, host_size);
        first = false;
    }
    mxs_out_text(out, "]");
    member->json_size = out->used - member->json;
    member->cell = out->used;
    mxs_out_bytes(out, cell.buffer, cell.used);
    member->cell_size = cell.used;
    if (cell.err != MXS_OK)
        out->err = cell.err;
    mxs_out_abandon(&cell);
}

static void put_text(struct mxs_policies *policies, struct mxs_policy_member *member)
{
    static const char open[] = "null}";
    const size_t open_size = sizeof open - 1;
    mxs_out *out = &policies->told;
    size_t size;
    const char *json = mxs_query_column_text(&policies->texts, 1, &size);
    bool file = member->with_file && size > open_size && memcmp(json + size - open_size, open, open_size) == 0 &&
                mxs_query_next(&policies->file);
    member->json = out->used;
    mxs_out_bytes(out, json, file ? size - open_size : size);
    if (file) {
        put_file(out, &policies->file);
        mxs_out_text(out, "}");
    }
    member->json_size = out->used - member->json;
    if (mxs_query_is_null(&policies->texts, 2))
        return;
    const char *cell = mxs_query_column_text(&policies->texts, 2, &size);
    member->cell = out->used;
    mxs_out_bytes(out, cell, size);
    member->cell_size = size;
}

static void find_unsettled(struct mxs_policies *policies, int64_t verdict)
{
    mxs_query_reset(&policies->unsettled);
    mxs_query_int(&policies->unsettled, 1, verdict);
    for (uint32_t i = 0; i < policies->member_count && mxs_query_next(&policies->unsettled);) { /* both ascend */
        int64_t id = mxs_query_column_int(&policies->unsettled, 0);
        while (i < policies->member_count && policies->members[i].id < id)
            i++;
        if (i < policies->member_count && policies->members[i].id == id)
            policies->members[i].unsettled = policies->members[i].asked;
    }
}

void mxs_policies_find(struct mxs_policies *policies, int64_t domain, int64_t verdict, int64_t set, int64_t own)
{
    bool unsettled = false;
    policies->policy_id = 0;
    policies->told.used = 0;
    if (!policies->open)
        return;
    mxs_query_reset(&policies->policy);
    mxs_query_int(&policies->policy, 3, domain);
    if (mxs_query_next(&policies->policy)) {
        policies->policy_id = mxs_query_column_int(&policies->policy, 0);
        unsettled = mxs_query_column_int(&policies->policy, 1) != 0;
    }
    mxs_query_reset(&policies->file);
    mxs_query_int(&policies->file, 3, domain);
    mxs_query_int(&policies->hosts, 3, set);
    mxs_query_int(&policies->hosts, 5, own);
    mxs_query_reset(&policies->texts);
    mxs_query_int(&policies->texts, 1, policies->policy_id);
    bool ahead = policies->policy_id != 0 && mxs_query_next(&policies->texts);
    for (uint32_t i = 0; i < policies->member_count; i++) { /* both ascend */
        struct mxs_policy_member *member = &policies->members[i];
        member->json_size = member->cell_size = 0;
        member->unsettled = false;
        if (policies->policy_id == 0 || !member->asked)
            continue;
        while (ahead && mxs_query_column_int(&policies->texts, 0) < member->id)
            ahead = mxs_query_next(&policies->texts);
        if (member->hosts)
            put_hosts(policies, member);
        else if (ahead && mxs_query_column_int(&policies->texts, 0) == member->id)
            put_text(policies, member);
    }
    policies->mailbox_unsettled = false;
    if (unsettled) {
        find_unsettled(policies, verdict);
        mxs_query_reset(&policies->mailbox);
        mxs_query_int(&policies->mailbox, 1, verdict);
        policies->mailbox_unsettled = mxs_query_next(&policies->mailbox) &&
                                      mxs_query_column_int(&policies->mailbox, 0) != 0;
    }
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

/* --- values --- */

static struct mxs_record_value json_of(const struct mxs_policies *policies, const struct mxs_policy_member *member)
{
    if (policies->policy_id == 0 || !member->asked || (member->json_size == 0 && strcmp(member->empty, "null") == 0))
        return (struct mxs_record_value){.kind = MXS_VALUE_NULL};
    if (member->json_size == 0)
        return (struct mxs_record_value){
            .kind = MXS_VALUE_JSON, .text = member->empty, .size_bytes = strlen(member->empty)};
    return (struct mxs_record_value){
        .kind = MXS_VALUE_JSON, .text = policies->told.buffer + member->json, .size_bytes = member->json_size};
}

static struct mxs_record_value cell_of(const struct mxs_policies *policies, const struct mxs_policy_member *member)
{
    if (policies->policy_id == 0 || member->cell_size == 0)
        return (struct mxs_record_value){.kind = MXS_VALUE_NULL};
    return (struct mxs_record_value){
        .kind = MXS_VALUE_TEXT, .text = policies->told.buffer + member->cell, .size_bytes = member->cell_size};
}

/* Of the members that columns.c does not describe: JSON members, cells, or the names of the cells, each behind a comma.
 */
static void put_others(struct mxs_policies *policies, enum mxs_record_stored what, struct mxs_record_value *out)
{
    mxs_out *others = &policies->others;
    others->used = 0;
    mxs_out_text(others, what == MXS_STORED_JSON ? "{" : "");
    for (uint32_t i = 0; i < policies->member_count; i++) {
        const struct mxs_policy_member *member = &policies->members[i];
        if (member->described)
            continue;
        if (what == MXS_STORED_JSON) {
            const struct mxs_record_value json = json_of(policies, member);
            mxs_out_format(others, "%s\"%s\":", others->used > 1 ? "," : "", member->path);
            if (json.kind == MXS_VALUE_NULL)
                mxs_out_text(others, "null");
            else
                mxs_out_bytes(others, json.text, json.size_bytes);
            continue;
        }
        const struct mxs_record_value cell = cell_of(policies, member);
        mxs_out_text(others, ",");
        if (what == MXS_STORED_HEADER)
            mxs_out_text(others, member->path);
        else
            mxs_out_escaped(others, MXS_ESCAPE_CSV, cell.text, cell.size_bytes);
    }
    mxs_out_text(others, what == MXS_STORED_JSON ? "}" : "");
    *out = (struct mxs_record_value){.kind = what == MXS_STORED_JSON ? MXS_VALUE_JSON : MXS_VALUE_TEXT,
                                     .text = others->buffer,
                                     .size_bytes = others->used};
}

void mxs_record_read_policy(const struct mxs_record_source *from, int argument, size_t at, struct mxs_record_value *out)
{
    struct mxs_policies *policies = from->policies;
    if (argument == MXS_POLICY_OTHERS) {
        put_others(policies, (enum mxs_record_stored)at, out);
        return;
    }
    for (uint32_t i = 0; i < policies->member_count; i++) {
        const struct mxs_policy_member *member = &policies->members[i];
        if (strcmp(member->path, described[argument]) == 0)
            *out = at == MXS_STORED_JSON ? json_of(policies, member) : cell_of(policies, member);
    }
}

void mxs_record_read_unsettled(const struct mxs_record_source *from, int argument, size_t at,
                               struct mxs_record_value *out)
{
    const struct mxs_policies *policies = from->policies;
    static const char mailbox[] = "provider.mailbox";
    (void)argument;
    *out = (struct mxs_record_value){.kind = MXS_VALUE_END};
    if (policies->policy_id != 0 && policies->mailbox_unsettled && at-- == 0) {
        *out = (struct mxs_record_value){.kind = MXS_VALUE_TEXT, .text = mailbox, .size_bytes = sizeof mailbox - 1};
        return;
    }
    for (uint32_t i = 0; policies->policy_id != 0 && i < policies->member_count; i++) {
        const struct mxs_policy_member *member = &policies->members[i];
        if (member->unsettled && at-- == 0) {
            *out = (struct mxs_record_value){
                .kind = MXS_VALUE_TEXT, .text = member->path, .size_bytes = strlen(member->path)};
            return;
        }
    }
}
