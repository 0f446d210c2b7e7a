#include "reports/record/internal/fragment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void forget(struct mxs_fragment *fragment)
{
    for (size_t i = 0; i < MXS_FRAGMENT_TEXTS; i++)
        free(fragment->texts[i]);
    *fragment = (struct mxs_fragment){0};
}

static bool is_of_set(enum mxs_record_part part) { return part == MXS_PART_OF_SET || part == MXS_PART_OF_EVIDENCE; }

/* The runs of columns that belong to a verdict, or to a set and its evidence. */
static void write_runs(struct mxs_fragments *fragments, struct mxs_fragment *fragment,
                       const struct mxs_record_source *from, bool of_set)
{
    mxs_out *out = &fragments->scratch;
    for (size_t i = 0; i < fragments->run_count; i++) {
        const struct mxs_fragment_run *run = &fragments->runs[i];
        if (run->part == MXS_PART_OF_DOMAIN || is_of_set(run->part) != of_set)
            continue;
        mxs_record_put(&fragments->writer, out, from, run->first, run->end);
        fragment->sizes[run->text] = (uint32_t)out->used;
        mxs_out_bytes(out, "", 1);
        char *text = fragment->texts[run->text] = out->err == MXS_OK ? malloc(out->used) : NULL;
        if (text == NULL)
            fragments->err = MXS_ERR_MEMORY;
        else
            memcpy(text, out->buffer, out->used);
        out->used = 0;
    }
    fragment->taken = true;
}

/* --- sets --- */

static void forget_set(struct mxs_set_fragment *set)
{
    forget(&set->written);
    free(set->evidence);
    *set = (struct mxs_set_fragment){0};
}

/* name NULL: for any domain outside the organisations of the MX hosts. */
static void write_set(struct mxs_fragments *fragments, struct mxs_set_fragment *set, int64_t id, const char *name,
                      size_t size_bytes)
{
    size_t count;
    const struct mxs_facts_mx_host *entries = mxs_facts_mx_hosts(fragments->facts, id, &count);
    size_t signals = 0;
    for (size_t i = 0; i < count; i++)
        signals += fragments->facts->hosts[entries[i].host].signal_count;
    struct mxs_record_mx_host *list = calloc(count + 1, sizeof *list);
    struct mxs_record_evidence *evidence = calloc(count + signals + 1, sizeof *evidence);
    forget_set(set);
    set->written.id = id;
    if (list == NULL || evidence == NULL) {
        fragments->err = MXS_ERR_MEMORY;
        free(list);
        free(evidence);
        return;
    }
    for (size_t i = 0; i < count; i++)
        list[i] = (struct mxs_record_mx_host){entries[i].preference, &fragments->facts->hosts[entries[i].host]};
    mxs_record_sort(list, count);
    set->evidence_count = (uint32_t)mxs_record_find_evidence(fragments->facts, list, count, evidence);
    set->evidence = set->evidence_count > 0 ? malloc(set->evidence_count * sizeof *evidence) : NULL;
    if (set->evidence != NULL)
        memcpy(set->evidence, evidence, set->evidence_count * sizeof *evidence);
    else if (set->evidence_count > 0)
        fragments->err = MXS_ERR_MEMORY;
    const struct mxs_record_source from = {.facts = fragments->facts,
                                           .name = name,
                                           .name_size = size_bytes,
                                           .mx = list,
                                           .mx_count = count,
                                           .evidence = evidence,
                                           .evidence_count = set->evidence_count,
                                           .content_only = fragments->writer.content_only,
                                           .item = SIZE_MAX};
    write_runs(fragments, &set->written, &from, true);
    free(list);
    free(evidence);
}

/* True when the domain belongs to the organisation of one of the set's MX hosts. */
static bool is_own(const struct mxs_facts *facts, int64_t id, const char *name, size_t size_bytes)
{
    size_t count;
    const struct mxs_facts_mx_host *entries = mxs_facts_mx_hosts(facts, id, &count);
    for (size_t i = 0; i < count; i++) {
        const char *organisation = mxs_facts_organisation(facts, &facts->hosts[entries[i].host]);
        if (organisation != NULL && mxs_facts_within(name, size_bytes, organisation))
            return true;
    }
    return false;
}

const struct mxs_set_fragment *mxs_fragments_set(struct mxs_fragments *fragments, int64_t id, const char *name,
                                                 size_t size_bytes)
{
    struct mxs_set_fragment *set = &fragments->sets[(uint64_t)id % MXS_FRAGMENT_SLOTS];
    if (is_own(fragments->facts, id, name, size_bytes)) {
        set = &fragments->lone;
        write_set(fragments, set, id, name, size_bytes);
    } else if (!set->written.taken || set->written.id != id) {
        write_set(fragments, set, id, NULL, 0);
    }
    return fragments->err == MXS_OK ? set : NULL;
}

/* --- verdicts --- */

static const struct mxs_column row_columns[] = {{"state", "", MXS_UNIT_TEXT, 0},
                                                {"hosts", "", MXS_UNIT_COUNT, 0},
                                                {"usable", "", MXS_UNIT_COUNT, 0},
                                                {"tiers", "", MXS_UNIT_COUNT, 0},
                                                {"load_sharing", "", MXS_UNIT_COUNT, 0},
                                                {"multihomed", "", MXS_UNIT_COUNT, 0},
                                                {"backup", "", MXS_UNIT_TEXT, 0},
                                                {"addresses", "", MXS_UNIT_COUNT, 0},
                                                {"prefixes", "", MXS_UNIT_COUNT, 0},
                                                {"asns", "", MXS_UNIT_COUNT, 0},
                                                {"providers", "", MXS_UNIT_COUNT, 0},
                                                {"single_point", "", MXS_UNIT_TEXT, 0},
                                                {"survives_provider", "", MXS_UNIT_COUNT, 0}};
static const struct mxs_column label_columns[] = {{"role", "", MXS_UNIT_COUNT, 0},
                                                  {"provider", "", MXS_UNIT_TEXT, 0},
                                                  {"share", "", MXS_UNIT_COUNT, 0},
                                                  {"confidence", "", MXS_UNIT_COUNT, 0}};
static const struct mxs_column finding_columns[] = {{"code", "", MXS_UNIT_COUNT, 0}, {"name", "", MXS_UNIT_TEXT, 0}};
_Static_assert(sizeof row_columns / sizeof *row_columns == MXS_REDUNDANCY_COUNT + 1,
               "the state, then the members of redundancy");

static const char verdict_sql[] =
    "SELECT state, hosts, usable, tiers, load_sharing, multihomed, backup, addresses, prefixes, asns, providers,"
    " single_point, survives_provider FROM v_verdict WHERE verdict_id = ?1";
static const char labels_sql[] =
    "SELECT l.role, p.name, l.share, l.confidence FROM verdict_label l JOIN provider p ON p.id = l.provider_id"
    " WHERE l.verdict_id = ?1 ORDER BY l.role, l.position";
static const char findings_sql[] = "SELECT f.code, f.name FROM verdict_finding v JOIN finding f ON f.code = v.code "
                                   "WHERE v.verdict_id = ?1 ORDER BY f.code";

static void read_rows(struct mxs_fragments *fragments, struct mxs_query *query, int64_t id, struct mxs_table *table)
{
    mxs_query_reset(query);
    mxs_query_int(query, 1, id);
    mxs_table_take(table, query);
    if (table->err != MXS_OK)
        fragments->err = table->err;
}

static void write_verdict(struct mxs_fragments *fragments, struct mxs_verdict_fragment *verdict, int64_t id)
{
    struct mxs_record_verdict rows;
    forget(&verdict->written);
    verdict->written.id = id;
    mxs_table_init(&rows.row, "verdict", NULL, row_columns, MXS_REDUNDANCY_COUNT + 1);
    mxs_table_init(&rows.labels, "labels", NULL, label_columns, sizeof label_columns / sizeof *label_columns);
    mxs_table_init(&rows.findings, "findings", NULL, finding_columns, 2);
    read_rows(fragments, &fragments->verdict, id, &rows.row);
    read_rows(fragments, &fragments->labels, id, &rows.labels);
    read_rows(fragments, &fragments->findings, id, &rows.findings);
    const char *state = rows.row.row_count > 0 ? mxs_table_at(&rows.row, 0, 0)->text : "";
    snprintf(verdict->state, sizeof verdict->state, "%s", state != NULL ? state : "");
    verdict->findings = (struct mxs_findings){{0}};
    for (size_t i = 0; i < rows.findings.row_count; i++) {
        int64_t code = mxs_table_at(&rows.findings, i, 0)->integer;
        if (code >= 0 && code < MXS_FINDINGS_MAX)
            mxs_findings_put(&verdict->findings, (unsigned)code);
    }
    const struct mxs_record_source from = {.facts = fragments->facts, .verdict = &rows, .item = SIZE_MAX};
    if (fragments->err == MXS_OK)
        write_runs(fragments, &verdict->written, &from, false);
    mxs_table_finish(&rows.row);
    mxs_table_finish(&rows.labels);
    mxs_table_finish(&rows.findings);
}

const struct mxs_verdict_fragment *mxs_fragments_verdict(struct mxs_fragments *fragments, int64_t id)
{
    struct mxs_verdict_fragment *verdict = &fragments->verdicts[(uint64_t)id % MXS_FRAGMENT_SLOTS];
    if (!verdict->written.taken || verdict->written.id != id)
        write_verdict(fragments, verdict, id);
    return fragments->err == MXS_OK ? verdict : NULL;
}

/* --- both --- */

enum mxs_err mxs_fragments_init(struct mxs_fragments *fragments, mxs_store *store, const struct mxs_facts *facts,
                                enum mxs_record_form form, bool content_only, struct mxs_detail *detail)
{
    *fragments = (struct mxs_fragments){.store = store, .facts = facts};
    mxs_record_writer_init(&fragments->writer, form, content_only);
    for (size_t first = 0; first < mxs_record_column_count; first = mxs_record_next_part(first)) {
        struct mxs_fragment_run run = {first, mxs_record_next_part(first), mxs_record_columns[first].part, 0};
        for (size_t i = 0; i < fragments->run_count; i++)
            run.text += is_of_set(fragments->runs[i].part) == is_of_set(run.part) &&
                        fragments->runs[i].part != MXS_PART_OF_DOMAIN;
        MXS_ASSERT(fragments->run_count < MXS_FRAGMENT_RUNS &&
                   (run.text < MXS_FRAGMENT_TEXTS || run.part == MXS_PART_OF_DOMAIN));
        fragments->runs[fragments->run_count++] = run;
    }
    mxs_out_attach(&fragments->scratch, NULL);
    mxs_query_open(&fragments->verdict, store, verdict_sql);
    mxs_query_open(&fragments->labels, store, labels_sql);
    mxs_query_open(&fragments->findings, store, findings_sql);
    fragments->sets = calloc(MXS_FRAGMENT_SLOTS, sizeof *fragments->sets);
    fragments->verdicts = calloc(MXS_FRAGMENT_SLOTS, sizeof *fragments->verdicts);
    if (fragments->sets != NULL && fragments->verdicts != NULL && fragments->scratch.err == MXS_OK)
        return MXS_OK;
    fragments->err = MXS_ERR_MEMORY;
    return mxs_fragments_finish(fragments, detail);
}

enum mxs_err mxs_fragments_finish(struct mxs_fragments *fragments, struct mxs_detail *detail)
{
    struct mxs_query *const queries[] = {&fragments->verdict, &fragments->labels, &fragments->findings};
    enum mxs_err err = mxs_query_finish_each(queries, sizeof queries / sizeof *queries, MXS_OK, detail);
    for (size_t i = 0; i < MXS_FRAGMENT_SLOTS; i++) {
        if (fragments->sets != NULL)
            forget_set(&fragments->sets[i]);
        if (fragments->verdicts != NULL)
            forget(&fragments->verdicts[i].written);
    }
    forget_set(&fragments->lone);
    free(fragments->sets);
    free(fragments->verdicts);
    fragments->sets = NULL;
    fragments->verdicts = NULL;
    mxs_out_abandon(&fragments->scratch);
    if (err == MXS_OK && fragments->err != MXS_OK)
        err = mxs_err_set(detail, fragments->err, "out of memory");
    return err;
}
