#include "reports/record/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "db/measured.h"
#include "base/nearest.h"
#include "model/vocabulary.h"
#include "reports/record/internal/fragment.h"
#include "reports/record/policy.h"

#define NO_RESOLVER UINT32_MAX

/* What a record needs of its domain, by id. */
struct export_row {
    int64_t id, verdict, set; /* set 0: none */
    int64_t own;              /* the MX host that it is itself; 0: none */
    uint32_t rtt_us, asked_after_s, ttl_s, resolver; /* resolver: index in names; NO_RESOLVER: not measured */
    uint16_t attempts, ede; /* ede: code + 1 */
    int8_t outcome;
    bool ttl_known;
};

struct exporter {
    const struct mxs_run *run;
    const struct mxs_export_options *options;
    mxs_out *out;
    struct export_row *rows; /* ascending ids */
    size_t count, capacity;
    struct mxs_table resolvers;
    struct mxs_facts facts;
    struct mxs_fragments fragments;
    struct mxs_policies policies;
    struct mxs_kept kept;
    struct mxs_query policy; /* patterns of the MTA-STS policy of a domain, where one is in force */
    mxs_out servers;         /* scratch */
    int64_t finding; /* code; -1: all */
    int64_t written;
};

static bool put_row(struct exporter *exporter, struct mxs_query *query)
{
    if (!mxs_vector_reserve(&exporter->rows, &exporter->capacity, exporter->count, sizeof *exporter->rows))
        return false;
    struct export_row *row = &exporter->rows[exporter->count++];
    *row = (struct export_row){.id = mxs_query_column_int(query, 0), .outcome = (int8_t)mxs_query_column_int(query, 1),
                               .set = mxs_query_column_int(query, 2), .verdict = mxs_query_column_int(query, 3),
                               .own = mxs_query_column_int(query, 4), .resolver = NO_RESOLVER};
    return true;
}

/* Both ascend: measurements are walked beside the rows that are there. */
static enum mxs_err load_measured(struct exporter *exporter, mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_measured measured;
    struct mxs_measured_row one;
    struct export_row *row = exporter->rows, *end = exporter->rows + exporter->count;
    if (exporter->count == 0 || exporter->options->content_only)
        return MXS_OK;
    mxs_measured_open(&measured, store, (uint32_t)row->id, (uint32_t)end[-1].id);
    while (mxs_measured_next(&measured, &one)) {
        while (row < end && row->id < one.domain)
            row++;
        if (row == end || row->id != one.domain || one.run != exporter->run->id)
            continue;
        row->resolver = one.resolver;
        row->attempts = (uint16_t)one.attempts;
        row->ede = (uint16_t)one.ede;
        row->rtt_us = one.rtt_us;
        row->asked_after_s = one.asked_after_s;
        row->ttl_known = one.ttl_s != MXS_MEASURED_NO_TTL;
        row->ttl_s = row->ttl_known ? one.ttl_s : 0;
    }
    return mxs_measured_finish(&measured, detail);
}

static enum mxs_err load_rows(struct exporter *exporter, mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool ok = true;
    mxs_query_open(&query, store,
                   "SELECT s.domain_id, s.outcome, s.mx_set_id, j.verdict_id, s.implicit_host_id FROM domain_history s"
                   " CROSS JOIN judgement j ON j.domain_id = s.domain_id"
                   " AND j.list_id = ?1 AND j.first_run <= ?2 AND ifnull(j.last_run, ?2) >= ?2"
                   " WHERE s.list_id = ?1 AND s.first_run <= ?2 AND ifnull(s.last_run, ?2) >= ?2 ORDER BY s.domain_id");
    mxs_query_int(&query, 1, exporter->run->list_id);
    mxs_query_int(&query, 2, exporter->run->id);
    while (ok && mxs_query_next(&query))
        ok = put_row(exporter, &query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err != MXS_OK || ok ? err : mxs_err_memory(detail, NULL);
}

static const struct mxs_column resolver_columns[] = {{"id", "id", MXS_UNIT_COUNT, 0},
                                                     {"address", "address", MXS_UNIT_TEXT, 0}};

static enum mxs_err load_resolvers(struct exporter *exporter, mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_table_init(&exporter->resolvers, "resolvers", NULL, resolver_columns, 2);
    mxs_query_open(&query, store, "SELECT id, address FROM resolver ORDER BY id");
    return mxs_table_fill(&exporter->resolvers, &query, detail);
}

static const struct mxs_cell *resolver_name(const struct exporter *exporter, uint32_t id)
{
    for (size_t i = 0; i < exporter->resolvers.row_count; i++)
        if (mxs_table_at(&exporter->resolvers, i, 0)->integer == id)
            return mxs_table_at(&exporter->resolvers, i, 1);
    return NULL;
}

static const struct export_row *find_row(const struct exporter *exporter, int64_t id)
{
    const struct export_row *rows = exporter->rows;
    if (exporter->count == 0 || id < rows[0].id)
        return NULL;
    size_t low = 0, high = exporter->count, guess = (size_t)(id - rows[0].id);
    if (guess < high && rows[guess].id == id)
        return &rows[guess];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < exporter->count && rows[low].id == id ? &rows[low] : NULL;
}

/* Whether a policy, its patterns a line each, lets mail go to the host: equal, or the wildcard for exactly its first
 * label @rfc{8461,4.1}. */
static bool is_covered(const char *patterns, const char *host, size_t size)
{
    const char *dot = memchr(host, '.', size);
    for (const char *at = patterns; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n') {
        size_t length = strcspn(at, "\n");
        bool wildcard = length > 2 && at[0] == '*' && dot != NULL && length - 1 == size - (size_t)(dot - host);
        if ((length == size && memcmp(at, host, size) == 0) || (wildcard && memcmp(at + 1, dot, length - 1) == 0))
            return true;
    }
    return false;
}

/* What the domain's fetched policy makes of a server: NULL where there is none in force. mark, host: as facts.h leaves
 * them. */
static const char *judge_by_policy(struct exporter *exporter, int64_t domain, char mark, const char *host, size_t size)
{
    struct mxs_query *policy = &exporter->policy;
    const char *found = NULL;
    mxs_query_int(policy, 3, domain);
    if (mxs_query_next(policy)) {
        bool covered = is_covered(mxs_query_column_text(policy, 0, NULL), host, size);
        found = !covered || mark == 'r' ? "refused" : mark == 'o' ? "ok" : NULL;
    }
    mxs_query_reset(policy);
    return found;
}

/* The end of a JSON string that goes on at text; NULL: it has none. A quote within it stands behind a backslash. */
static const char *find_quote(const char *text, const char *end, const char *quote)
{
    const size_t size = strlen(quote);
    for (const char *at = text; at < end; at++) {
        bool escape = *at == '\\';
        if (escape)
            at++;
        if ((size_t)(end - at) < size || memcmp(at, quote, size) != 0)
            continue;
        if (!escape)
            return at;
        at += size - 1;
    }
    return NULL;
}

/* Copies a text, with the domain's own verdicts on servers where they are left open. Within strings a quote is never
 * bare. */
static void put_judged(struct exporter *exporter, mxs_out *out, const char *text, size_t size_bytes, int64_t domain,
                       bool json)
{
    const char *open = json ? "\"mta_sts\":\"?" : "\"\"mta_sts\"\":\"\"?", *quote = json ? "\"" : "\"\"", *at;
    const char *end = text + size_bytes;
    while ((at = memmem(text, (size_t)(end - text), open, strlen(open))) != NULL) {
        const char *value = at + strlen(open) - strlen(quote) - 1, *host = at + strlen(open) + 1;
        const char *stop = find_quote(host, end, quote);
        if (stop == NULL)
            break;
        const char *found = judge_by_policy(exporter, domain, host[-1], host, (size_t)(stop - host));
        mxs_out_bytes(out, text, (size_t)(value - text));
        mxs_out_text(out, found == NULL ? "null" : quote);
        if (found != NULL) {
            mxs_out_text(out, found);
            mxs_out_text(out, quote);
        }
        text = stop + strlen(quote);
    }
    mxs_out_bytes(out, text, (size_t)(end - text));
}

static const struct mxs_facts_host *find_own(const struct exporter *exporter, const struct export_row *row)
{
    return row->own == 0 ? NULL : mxs_facts_host(&exporter->facts, row->own);
}

/* What was met where the domain is its own MX host, as JSON; NULL: nothing. */
static const char *judge_own_servers(struct exporter *exporter, const struct export_row *row)
{
    const struct mxs_facts_host *own = find_own(exporter, row);
    const char *text = own == NULL ? NULL : exporter->options->content_only ? own->smtp_content : own->smtp;
    if (text == NULL)
        return NULL;
    exporter->servers.used = 0;
    put_judged(exporter, &exporter->servers, text, strlen(text), row->id, true);
    mxs_out_bytes(&exporter->servers, "", 1);
    if (exporter->servers.err != MXS_OK)
        exporter->out->err = exporter->servers.err;
    return exporter->servers.err == MXS_OK ? exporter->servers.buffer : NULL;
}

/* Copies a text, with the domain's TTL where it is left open. */
static void put_open(struct exporter *exporter, const char *text, size_t size_bytes, const struct export_row *row,
                     bool json)
{
    mxs_out *out = exporter->out;
    const char *from = text, *end = text + size_bytes, *open;
    while ((open = memchr(from, MXS_RECORD_MARK, (size_t)(end - from))) != NULL) {
        put_judged(exporter, out, from, (size_t)(open - from), row->id, json);
        if (row->ttl_known)
            mxs_out_int(out, row->ttl_s);
        else
            mxs_out_text(out, json ? "null" : "");
        from = open + 1;
    }
    put_judged(exporter, out, from, (size_t)(end - from), row->id, json);
}

static struct mxs_record_measured measured_of(const struct exporter *exporter, const struct export_row *row)
{
    const struct mxs_cell *resolver = row->resolver == NO_RESOLVER ? NULL : resolver_name(exporter, row->resolver);
    if (resolver == NULL)
        return (struct mxs_record_measured){.resolver = NULL};
    return (struct mxs_record_measured){.resolver = resolver->text,
                                        .resolver_size = resolver->size_bytes,
                                        .attempts = row->attempts,
                                        .rtt_us = row->rtt_us,
                                        .ede = row->ede,
                                        .asked_at = exporter->run->started_at + row->asked_after_s};
}

static void put_both(struct exporter *exporter, const struct mxs_set_fragment *set, const struct mxs_facts_host *own,
                     const struct mxs_table *behind, const struct mxs_fragment_run *run)
{
    size_t count = set->evidence_count, shown = own == NULL ? 0 : own->signal_count,
           all_count = count + shown + behind->row_count;
    struct mxs_record_evidence *all = malloc(all_count * sizeof *all);
    if (all == NULL) {
        exporter->out->err = MXS_ERR_MEMORY;
        return;
    }
    if (count > 0)
        memcpy(all, set->evidence, count * sizeof *all);
    if (shown > 0)
        count += mxs_record_find_signals(&exporter->facts, own, all + count);
    for (size_t row = 0; row < behind->row_count; row++) {
        const struct mxs_cell *cells = mxs_table_at(behind, row, 0);
        all[count + row] = (struct mxs_record_evidence){cells[0].text, cells[1].text, cells[2].text};
    }
    const struct mxs_record_source from = {
        .facts = &exporter->facts, .evidence = all, .evidence_count = all_count, .item = SIZE_MAX};
    mxs_record_put(&exporter->fragments.writer, exporter->out, &from, run->first, run->end);
    free(all);
}

/* What the MX hosts say, and what was found behind them, which only this domain's policies know. */
static void put_evidence(struct exporter *exporter, const struct mxs_set_fragment *set,
                         const struct mxs_facts_host *own, const struct mxs_fragment_run *run)
{
    static const struct mxs_column columns[] = {
        {"kind", "", MXS_UNIT_TEXT, 0}, {"rule", "", MXS_UNIT_TEXT, 0}, {"value", "", MXS_UNIT_TEXT, 0}};
    struct mxs_table behind;
    mxs_table_init(&behind, "evidence", NULL, columns, 3);
    mxs_policies_take_evidence(&exporter->policies, &behind);
    if (behind.row_count == 0 && (own == NULL || own->signal_count == 0))
        mxs_out_bytes(exporter->out, set->written.texts[run->text], set->written.sizes[run->text]);
    else
        put_both(exporter, set, own, &behind, run);
    if (behind.err != MXS_OK)
        exporter->out->err = behind.err;
    mxs_table_finish(&behind);
}

static void put_runs(struct exporter *exporter, const char *name, size_t size_bytes, const struct export_row *row,
                     const struct mxs_set_fragment *set, const struct mxs_verdict_fragment *verdict)
{
    mxs_out *out = exporter->out;
    const struct mxs_record_measured measured = measured_of(exporter, row);
    const struct mxs_record_source from = {.facts = &exporter->facts,
                                           .name = name,
                                           .name_size = size_bytes,
                                           .outcome = row->outcome,
                                           .policies = &exporter->policies,
                                           .measured = &measured,
                                           .domain_id = (uint32_t)row->id,
                                           .own = find_own(exporter, row),
                                           .servers = judge_own_servers(exporter, row),
                                           .item = SIZE_MAX};
    for (size_t i = 0; i < exporter->fragments.run_count; i++) {
        const struct mxs_fragment_run *run = &exporter->fragments.runs[i];
        switch (run->part) {
        case MXS_PART_OF_DOMAIN: mxs_record_put(&exporter->fragments.writer, out, &from, run->first, run->end); break;
        case MXS_PART_OF_VERDICT:
            mxs_out_bytes(out, verdict->written.texts[run->text], verdict->written.sizes[run->text]);
            break;
        case MXS_PART_OF_SET:
            put_open(exporter, set->written.texts[run->text], set->written.sizes[run->text], row,
                     exporter->options->form == MXS_RECORD_JSON);
            break;
        case MXS_PART_OF_EVIDENCE: put_evidence(exporter, set, find_own(exporter, row), run); break;
        }
    }
}

static bool is_wanted(const struct exporter *exporter, const struct mxs_verdict_fragment *verdict)
{
    if (exporter->options->state != NULL && strcmp(exporter->options->state, verdict->state) != 0)
        return false;
    int64_t code = exporter->finding;
    return code < 0 || (code < MXS_FINDINGS_MAX && mxs_findings_has(&verdict->findings, (unsigned)code));
}

/* False after a failure. */
static bool put_record(struct exporter *exporter, const char *name, size_t size_bytes, const struct export_row *row)
{
    const struct mxs_verdict_fragment *verdict = mxs_fragments_verdict(&exporter->fragments, row->verdict);
    if (verdict == NULL)
        return false;
    if (!is_wanted(exporter, verdict))
        return true;
    exporter->written++;
    if (exporter->options->names_only) {
        mxs_out_escaped(exporter->out, MXS_ESCAPE_TERMINAL, name, size_bytes);
        mxs_out_text(exporter->out, "\n");
        return true;
    }
    const struct mxs_set_fragment *set = mxs_fragments_set(&exporter->fragments, row->set, name, size_bytes);
    if (set == NULL)
        return false;
    mxs_policies_find(&exporter->policies, row->id, row->verdict, row->set, row->own);
    put_runs(exporter, name, size_bytes, row, set, verdict);
    return true;
}

static enum mxs_err put_records(struct exporter *exporter, mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool ok = true;
    if (exporter->options->form == MXS_RECORD_CSV && !exporter->options->names_only)
        mxs_record_put_header(exporter->out,
                              &(struct mxs_record_source){.policies = &exporter->policies, .item = SIZE_MAX},
                              exporter->options->content_only, &exporter->kept);
    mxs_query_open(&query, store, "SELECT id, name FROM domain ORDER BY name");
    int64_t limit = exporter->options->limit > 0 ? exporter->options->limit : INT64_MAX;
    while (ok && exporter->written < limit && exporter->out->err == MXS_OK && mxs_query_next(&query)) {
        const struct export_row *row = find_row(exporter, mxs_query_column_int(&query, 0));
        size_t size_bytes;
        const char *name = mxs_query_column_text(&query, 1, &size_bytes);
        if (row != NULL)
            ok = put_record(exporter, name, size_bytes, row);
    }
    return mxs_query_finish(&query, detail); /* what went wrong in the fragments is told by their finish */
}

/* Checks a word against the names in a table; *id gets its id. */
static enum mxs_err find_word(mxs_store *store, const char *sql, const char *what, const char *word, int64_t *id,
                              struct mxs_detail *detail)
{
    struct mxs_query query;
    struct mxs_nearest nearest;
    char hint[MXS_NEAREST_MAX + 1] = "";
    bool found = false;
    unsigned best = MXS_NEAREST_MAX + 1;
    mxs_query_open(&query, store, sql);
    while (!found && mxs_query_next(&query)) {
        const char *name = mxs_query_column_text(&query, 1, NULL);
        found = strcmp(name, word) == 0;
        if (found)
            *id = mxs_query_column_int(&query, 0);
        mxs_nearest_init(&nearest, word);
        mxs_nearest_put(&nearest, name);
        if (mxs_nearest_take(&nearest) != NULL && mxs_nearest_distance(word, name) < best) {
            best = mxs_nearest_distance(word, name);
            snprintf(hint, sizeof hint, "%s", name);
        }
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err != MXS_OK || found)
        return err;
    if (hint[0] != '\0')
        return mxs_err_set(detail, MXS_ERR_INPUT, "there is no %s '%.100s'; did you mean '%s'?", what, word, hint);
    return mxs_err_set(detail, MXS_ERR_INPUT, "there is no %s '%.100s'; `mxsurvey report DB %ss` lists them", what,
                       word, what);
}

static enum mxs_err check_options(struct exporter *exporter, mxs_store *store, struct mxs_detail *detail)
{
    int64_t ignored;
    enum mxs_err err = MXS_OK;
    exporter->finding = -1;
    if (exporter->options->state != NULL)
        err = find_word(store, "SELECT id, name FROM state", "state", exporter->options->state, &ignored, detail);
    if (err == MXS_OK && exporter->options->finding != NULL)
        err = find_word(store, "SELECT code, name FROM finding", "finding", exporter->options->finding,
                        &exporter->finding, detail);
    return err;
}

enum mxs_err mxs_export_check(mxs_store *store, const struct mxs_export_options *options, struct mxs_detail *detail)
{
    struct exporter exporter = {.options = options};
    return check_options(&exporter, store, detail);
}

enum mxs_err mxs_export_write(mxs_store *store, const struct mxs_run *run, const struct mxs_export_options *options,
                              mxs_out *out, struct mxs_detail *detail)
{
    struct exporter exporter = {.run = run, .options = options, .out = out};
    enum mxs_err err = check_options(&exporter, store, detail);
    if (err == MXS_OK)
        err = mxs_store_run(store, "BEGIN", detail); /* one snapshot */
    if (err != MXS_OK)
        return err;
    mxs_out_attach(&exporter.servers, NULL);
    err = load_rows(&exporter, store, detail);
    if (err == MXS_OK)
        err = load_measured(&exporter, store, detail);
    if (err == MXS_OK)
        err = load_resolvers(&exporter, store, detail);
    if (err == MXS_OK)
        err = mxs_facts_open(&exporter.facts, store, run, detail);
    if (err == MXS_OK)
        err = mxs_kept_open(&exporter.kept, store, run, detail);
    if (err == MXS_OK)
        err = mxs_fragments_init(&exporter.fragments, store, &exporter.facts, options->form, options->content_only,
                                 detail);
    if (err == MXS_OK) {
        exporter.fragments.writer.kept = &exporter.kept;
        err = mxs_policies_open(&exporter.policies, store, run, options->form == MXS_RECORD_CSV, detail);
        mxs_query_open(
            &exporter.policy, store,
            "SELECT mx FROM sts_history WHERE list_id = ?1 AND first_run <= ?2 AND ifnull(last_run, ?2) >= ?2"
            " AND domain_id = ?3 AND result = ?4 AND reason = ?5 AND mode <> ?6");
        mxs_query_int(&exporter.policy, 1, run->list_id);
        mxs_query_int(&exporter.policy, 2, run->id);
        mxs_query_int(&exporter.policy, 4, MXS_FETCH_OK);
        mxs_query_int(&exporter.policy, 5, MXS_MTA_STS_OK);
        mxs_query_int(&exporter.policy, 6, MXS_MTA_STS_NONE);
        if (err == MXS_OK)
            err = put_records(&exporter, store, detail);
        struct mxs_detail late;
        enum mxs_err ended = mxs_query_finish(&exporter.policy, err == MXS_OK ? detail : NULL);
        err = err == MXS_OK ? ended : err;
        ended = mxs_policies_close(&exporter.policies, err == MXS_OK ? detail : NULL);
        err = err == MXS_OK ? ended : err;
        ended = mxs_fragments_finish(&exporter.fragments, &late);
        if (err == MXS_OK && ended != MXS_OK)
            err = mxs_err_set(detail, ended, "%s", late.text);
    }
    mxs_out_abandon(&exporter.servers);
    mxs_kept_close(&exporter.kept);
    mxs_facts_close(&exporter.facts);
    mxs_table_finish(&exporter.resolvers);
    free(exporter.rows);
    mxs_store_rollback(store);
    return err;
}

void mxs_export_write_schema(mxs_out *out) { mxs_record_put_schema(out); }
