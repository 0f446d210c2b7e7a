#include "reports/record/document.h"

#include <stdlib.h>
#include <string.h>

static void begin(struct mxs_json *json, mxs_out *out)
{
    mxs_json_init(json, out);
    mxs_json_open_object(json, NULL);
    mxs_json_put_int(json, "schema_version", 1);
}

static void end(struct mxs_json *json)
{
    mxs_json_finish(json);
    mxs_out_text(json->out, "\n");
}

static enum mxs_err put_run(struct mxs_json *json, const char *key, mxs_store *store, int64_t run_id,
                            struct mxs_detail *detail)
{
    struct mxs_table table;
    enum mxs_err err = mxs_run_table(store, run_id, &table, detail);
    mxs_json_put_break(json);
    if (err == MXS_OK && table.row_count == 1)
        mxs_format_put_row(json, key, &table, 0);
    mxs_table_finish(&table);
    return err;
}

static void put_table(struct mxs_json *json, const char *key, const struct mxs_table *table)
{
    mxs_json_put_break(json);
    mxs_format_put_rows(json, key, table);
}

/* A member made of one whole table of the catalog. */
static enum mxs_err put_entry(struct mxs_json *json, struct mxs_snapshot *snapshot, const char *name,
                              struct mxs_detail *detail)
{
    struct mxs_table table;
    enum mxs_err err = mxs_catalog_read(mxs_catalog_find(name), snapshot, -1, &table, detail);
    if (err != MXS_OK)
        return err;
    put_table(json, name, &table);
    mxs_table_finish(&table);
    return MXS_OK;
}

/* --- the report of a run --- */

static enum mxs_err put_accounting(struct mxs_json *json, struct mxs_snapshot *snapshot, struct mxs_detail *detail)
{
    struct mxs_table states;
    struct mxs_run_sums sums;
    enum mxs_err err = mxs_run_sums_read(snapshot->store, snapshot->run.id, &sums, detail);
    if (err == MXS_OK)
        err = mxs_catalog_read(mxs_catalog_find("states"), snapshot, -1, &states, detail);
    if (err != MXS_OK)
        return err;
    mxs_json_put_break(json);
    mxs_json_open_object(json, "accounting");
    mxs_json_put_int(json, "lines", sums.lines);
    mxs_json_put_int(json, "accepted", sums.accepted);
    mxs_json_put_int(json, "rejected", sums.rejected);
    mxs_json_put_int(json, "duplicate", sums.duplicate);
    mxs_json_put_int(json, "receiving", snapshot->bases[MXS_BASE_RECEIVING]);
    mxs_json_open_object(json, "states");
    for (size_t row = 0; row < states.row_count; row++)
        mxs_json_put_int(json, mxs_table_at(&states, row, 0)->text, mxs_table_at(&states, row, 1)->integer);
    mxs_json_close(json);
    mxs_json_put_flag(json, "hosts_checked", snapshot->run.hosts_asked);
    mxs_json_put_int(json, "other_shard", sums.other_shard);
    if (sums.more)
        mxs_json_put_null(json, "excluded");
    else
        mxs_json_put_int(json, "excluded", sums.excluded);
    mxs_json_close(json);
    mxs_table_finish(&states);
    return MXS_OK;
}

static enum mxs_err put_concentration(struct mxs_json *json, struct mxs_snapshot *snapshot, struct mxs_detail *detail)
{
    struct mxs_table table;
    enum mxs_err err = mxs_catalog_read(mxs_catalog_find("concentration"), snapshot, -1, &table, detail);
    if (err != MXS_OK)
        return err;
    mxs_json_put_break(json);
    mxs_json_open_object(json, "concentration");
    for (size_t row = 0; row < table.row_count; row++)
        mxs_format_put_row(json, mxs_table_at(&table, row, 0)->text, &table, row);
    mxs_json_close(json);
    mxs_table_finish(&table);
    return MXS_OK;
}

/* Rows of (measure, value, domains, share) as objects of objects: {"tiers":{"1":5,"2":3}}. */
static void put_measures(struct mxs_json *json, const struct mxs_table *table)
{
    const char *last = NULL;
    char key[64];
    for (size_t row = 0; row < table->row_count; row++) {
        const char *measure = mxs_table_at(table, row, 0)->text, *value = mxs_table_at(table, row, 1)->text;
        if (last == NULL || strcmp(last, measure) != 0) {
            if (last != NULL)
                mxs_json_close(json);
            snprintf(key, sizeof key, "%s", measure);
            for (char *at = key; (at = strpbrk(at, " ,")) != NULL;)
                *at = '_';
            mxs_json_open_object(json, key);
        }
        mxs_json_put_int(json, value, mxs_table_at(table, row, 2)->integer);
        last = measure;
    }
    if (last != NULL)
        mxs_json_close(json);
}

/* The grades of an effective backup are added up. */
static void put_backup(struct mxs_json *json, const struct mxs_table *table)
{
    static const char *const kinds[] = {"none", "effective", "decorative", "dead", "unknown"};
    mxs_json_open_object(json, "backup");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int64_t sum = 0;
        for (size_t row = 0; row < table->row_count; row++)
            if (strcmp(mxs_table_at(table, row, 0)->text, kinds[i]) == 0)
                sum += mxs_table_at(table, row, 2)->integer;
        mxs_json_put_int(json, kinds[i], sum);
    }
    mxs_json_close(json);
}

static enum mxs_err put_redundancy(struct mxs_json *json, struct mxs_snapshot *snapshot, struct mxs_detail *detail)
{
    struct mxs_table measures, backup;
    enum mxs_err err = mxs_catalog_read(mxs_catalog_find("redundancy"), snapshot, -1, &measures, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_catalog_read(mxs_catalog_find("backup"), snapshot, -1, &backup, detail);
    if (err == MXS_OK) {
        mxs_json_put_break(json);
        mxs_json_open_object(json, "redundancy");
        mxs_json_put_int(json, "domains", snapshot->bases[MXS_BASE_RECEIVING]);
        put_backup(json, &backup);
        put_measures(json, &measures);
        mxs_json_close(json);
        mxs_table_finish(&backup);
    }
    mxs_table_finish(&measures);
    return err;
}

/* An empty array where the run did not ask. */
static enum mxs_err put_policies(struct mxs_json *json, struct mxs_snapshot *snapshot, struct mxs_detail *detail)
{
    if (snapshot->run.records_asked)
        return put_entry(json, snapshot, "policies", detail);
    mxs_json_put_break(json);
    mxs_json_open_array(json, "policies");
    mxs_json_close(json);
    return MXS_OK;
}

enum mxs_err mxs_document_write_report(struct mxs_snapshot *snapshot, mxs_out *out, struct mxs_detail *detail)
{
    static const char *const last[] = {"resolvers", "stages", "notes"};
    struct mxs_json json;
    begin(&json, out);
    enum mxs_err err = put_run(&json, "run", snapshot->store, snapshot->run.id, detail);
    if (err == MXS_OK)
        err = put_accounting(&json, snapshot, detail);
    if (err == MXS_OK)
        err = put_entry(&json, snapshot, "providers", detail);
    if (err == MXS_OK)
        err = put_concentration(&json, snapshot, detail);
    if (err == MXS_OK)
        err = put_redundancy(&json, snapshot, detail);
    if (err == MXS_OK)
        err = put_entry(&json, snapshot, "findings", detail);
    if (err == MXS_OK)
        err = put_policies(&json, snapshot, detail);
    for (size_t i = 0; i < sizeof last / sizeof *last && err == MXS_OK; i++)
        err = put_entry(&json, snapshot, last[i], detail);
    end(&json);
    return err;
}

enum mxs_err mxs_document_write_table(struct mxs_snapshot *snapshot, const struct mxs_catalog_entry *entry,
                                      const struct mxs_table *table, mxs_out *out, struct mxs_detail *detail)
{
    struct mxs_json json;
    begin(&json, out);
    enum mxs_err err = put_run(&json, "run", snapshot->store, snapshot->run.id, detail);
    mxs_json_put_break(&json);
    mxs_json_put_string(&json, "table", entry->name);
    mxs_json_open_object(&json, "bases");
    mxs_json_put_int(&json, "accepted", snapshot->bases[MXS_BASE_ACCEPTED]);
    mxs_json_put_int(&json, "receiving", snapshot->bases[MXS_BASE_RECEIVING]);
    mxs_json_close(&json);
    mxs_json_put_string(&json, "question", entry->question);
    if (table->sql != NULL)
        mxs_json_put_string(&json, "sql", table->sql);
    if (table->missing != NULL)
        mxs_json_put_string(&json, "missing", table->missing);
    if (table->unchecked != NULL)
        mxs_json_put_string(&json, "unchecked", table->unchecked);
    if (table->total_rows > table->row_count)
        mxs_json_put_int(&json, "total_rows", (int64_t)table->total_rows);
    put_table(&json, "rows", table);
    end(&json);
    return err;
}

enum mxs_err mxs_document_write_run(mxs_store *store, int64_t run_id, mxs_out *out, struct mxs_detail *detail)
{
    struct mxs_json json;
    begin(&json, out);
    enum mxs_err err = put_run(&json, "run", store, run_id, detail);
    end(&json);
    return err;
}

/* --- diff, trend, outage --- */

enum mxs_err mxs_document_write_diff(const struct mxs_diff *diff, mxs_out *out, struct mxs_detail *detail)
{
    struct mxs_json json;
    begin(&json, out);
    enum mxs_err err = put_run(&json, "from", diff->store, diff->from.id, detail);
    if (err == MXS_OK)
        err = put_run(&json, "to", diff->store, diff->to.id, detail);
    mxs_json_put_break(&json);
    mxs_json_put_flag(&json, "comparable", diff->reasons.row_count == 0);
    mxs_json_open_array(&json, "reasons");
    for (size_t row = 0; row < diff->reasons.row_count; row++)
        mxs_json_put_string(&json, NULL, mxs_table_at(&diff->reasons, row, 0)->text);
    mxs_json_close(&json);
    mxs_json_open_object(&json, "population");
    mxs_json_put_int(&json, "both", diff->both);
    mxs_json_put_int(&json, "joined", diff->joined);
    mxs_json_put_int(&json, "left", diff->left);
    mxs_json_put_int(&json, "excluded", diff->excluded);
    mxs_json_put_int(&json, "other_shard", diff->elsewhere);
    mxs_json_put_flag(&json, "shrank", diff->shrank);
    mxs_json_close(&json);
    mxs_json_open_object(&json, "counts");
    for (int kind = 0; kind < MXS_CHANGE_ALL; kind++)
        mxs_json_put_int(&json, mxs_change_names[kind], diff->counts[kind]);
    mxs_json_close(&json);
    mxs_json_put_int(&json, "backups_lost_by_migration", diff->dropped); /* not among those of backup_lost */
    mxs_json_put_int(&json, "changed_domains", diff->changed);
    put_table(&json, "migrations", &diff->migrations);
    put_table(&json, "flows", &diff->flows);
    put_table(&json, "states", &diff->states);
    put_table(&json, "flapping", &diff->flapping);
    put_table(&json, "became_undetermined", &diff->undetermined);
    if (diff->by.asked)
        put_table(&json, "by", &diff->groups);
    put_table(&json, "changes", &diff->changes);
    mxs_json_open_object(&json, "not_known"); /* of the domains of both, in the later run */
    mxs_json_put_int(&json, "undetermined", diff->undetermined_now);
    mxs_json_put_int(&json, "undetermined_before", diff->undetermined_still);
    mxs_json_put_int(&json, "partly", diff->partly);
    mxs_json_put_int(&json, "policies", diff->policies_open);
    mxs_json_put_int(&json, "addresses", diff->addresses_open);
    mxs_json_close(&json);
    end(&json);
    return err;
}

/* Rows of a measure, a name and a share for each run, behind `leading` columns that stand as they are. */
static void put_series(struct mxs_json *json, const char *name, const struct mxs_trend *trend,
                       const struct mxs_table *series, size_t leading)
{
    size_t runs = trend->runs.row_count;
    mxs_json_open_array(json, name);
    for (size_t row = 0; row < series->row_count; row++) {
        const struct mxs_cell *cells = mxs_table_at(series, row, 0), *shares = &cells[leading + MXS_TREND_LEADING];
        mxs_json_put_break(json);
        mxs_json_open_object(json, NULL);
        for (size_t i = 0; i < leading; i++)
            mxs_format_put_cell(json, &series->columns[i], &cells[i]);
        mxs_json_put_string(json, "measure", cells[leading].text);
        mxs_json_put_string(json, "name", cells[leading + 1].text);
        mxs_json_put_string(json, "of", mxs_trend_base(trend, cells[leading].text));
        mxs_json_open_array(json, "shares");
        for (size_t i = 0; i < runs; i++) {
            if (shares[i].kind == MXS_CELL_NULL)
                mxs_json_put_null(json, NULL);
            else
                mxs_json_put_real(json, NULL, shares[i].real);
        }
        mxs_json_close(json);
        mxs_json_close(json);
    }
    mxs_json_close(json);
}

void mxs_document_write_trend(const struct mxs_trend *trend, mxs_out *out)
{
    struct mxs_json json;
    begin(&json, out);
    mxs_json_put_string(&json, "list", trend->list);
    mxs_json_put_int(&json, "panel", trend->panel);
    put_table(&json, "runs", &trend->runs);
    if (trend->group_count > 0) {
        put_table(&json, "groups", &trend->groups);
        put_series(&json, "by", trend, &trend->group_series, MXS_TREND_BY_LEADING - MXS_TREND_LEADING);
    }
    put_series(&json, "series", trend, &trend->series, 0);
    mxs_json_put_break(&json);
    mxs_json_put_int(&json, "mailbox_panel", trend->mailbox_panel);
    mxs_json_open_array(&json, "mailbox_panel_receiving"); /* by run, as shares are */
    for (size_t row = 0; row < trend->runs.row_count; row++)
        if (trend->mailbox_receiving[row] < 0)
            mxs_json_put_null(&json, NULL);
        else
            mxs_json_put_int(&json, NULL, trend->mailbox_receiving[row]);
    mxs_json_close(&json);
    end(&json);
}

enum mxs_err mxs_document_write_outage(const struct mxs_outage *outage, mxs_out *out, struct mxs_detail *detail)
{
    struct mxs_json json;
    begin(&json, out);
    enum mxs_err err = put_run(&json, "run", outage->store, outage->run->id, detail);
    mxs_json_put_break(&json);
    mxs_json_put_string(&json, "kind", mxs_part_names[outage->options.kind]);
    mxs_json_put_string(&json, "name", outage->name);
    mxs_json_put_int(&json, "receiving", outage->receiving);
    mxs_json_put_flag(&json, "hosts_checked", outage->run->hosts_asked);
    static const enum mxs_effect known[] = {MXS_EFFECT_LOST, MXS_EFFECT_FALLBACK, MXS_EFFECT_CAPACITY};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (mxs_outage_is_unknown(outage))
            mxs_json_put_null(&json, mxs_effect_names[known[i]]);
        else
            mxs_json_put_int(&json, mxs_effect_names[known[i]], outage->effects[known[i]]);
    mxs_json_put_int(&json, "unknown", outage->effects[MXS_EFFECT_UNKNOWN]);
    if (outage->options.kind == MXS_PART_PROVIDER)
        mxs_json_put_int(&json, "mailbox_behind", outage->behind);
    put_table(&json, "fallback_to", &outage->fallbacks);
    if (outage->by.asked)
        put_table(&json, "by", &outage->groups);
    if (outage->options.domains)
        put_table(&json, "domains", &outage->domains);
    mxs_json_put_int(&json, "undetermined", outage->undetermined);
    end(&json);
    return err;
}
