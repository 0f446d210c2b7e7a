#include "reports/command/summary.h"

#include <stdlib.h>
#include <string.h>

#include "reports/page/headline.h"
#include "reports/page/page.h"
#include "reports/record/document.h"

struct accounting {
    struct mxs_run_sums sums;
    int64_t active_ms;
    int64_t asked_again, same; /* of the sample */
};

static enum mxs_err read_accounting(struct mxs_snapshot *snapshot, struct accounting *out, struct mxs_detail *detail)
{
    struct mxs_query query;
    memset(out, 0, sizeof *out);
    mxs_query_open(&query, snapshot->store,
                   "SELECT active_ms, agreement_asked, agreement_same FROM v_run WHERE run_id = ?1");
    mxs_query_int(&query, 1, snapshot->run.id);
    if (mxs_query_next(&query)) {
        out->active_ms = mxs_query_column_int(&query, 0);
        out->asked_again = mxs_query_column_int(&query, 1);
        out->same = mxs_query_column_int(&query, 2);
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK ? mxs_run_sums_read(snapshot->store, snapshot->run.id, &out->sums, detail) : err;
}

/* The run's own error bar. */
static void put_agreement(mxs_out *out, const struct accounting *a)
{
    char share[MXS_SHARE_TEXT_SIZE];
    if (a->asked_again == 0)
        return;
    mxs_out_text(out, "Repeatability: ");
    mxs_out_count(out, a->same, " of ");
    mxs_out_count(out, a->asked_again, " re-queries agreed");
    mxs_out_format(out, " (%s)\n", mxs_share_text((double)a->same / (double)a->asked_again, share));
}

/* "lines = accepted + rejected + duplicate, accepted = sum over states": printed, and checked again here. */
static void put_accounting(mxs_out *out, const struct mxs_snapshot *snapshot, const struct accounting *accounting)
{
    const struct mxs_run_sums *a = &accounting->sums;
    mxs_run_put_sums(out, a);
    if (snapshot->chosen) { /* of a choice the sums are not told */
        mxs_out_text(out, " in all\n");
        return;
    }
    bool sums =
        a->lines == a->accepted + a->rejected + a->duplicate && a->accepted == snapshot->bases[MXS_BASE_ACCEPTED];
    if (sums) {
        mxs_out_text(out, "; every accepted name has one state\n");
        put_agreement(out, accounting);
        return;
    }
    mxs_out_text(out, "; DOES NOT ADD UP: ");
    mxs_out_count(out, snapshot->bases[MXS_BASE_ACCEPTED], " names have a state\n");
}

static void put_words(mxs_out *out, enum mxs_escape escape, const char *text)
{
    mxs_out_escaped(out, escape, text, strlen(text));
}

static void put_head(mxs_out *out, const struct mxs_snapshot *snapshot, const struct accounting *a,
                     enum mxs_escape escape)
{
    static const struct mxs_column when = {"at", "at", MXS_UNIT_TIME, 0}, span = {"ms", "ms", MXS_UNIT_DURATION, 0};
    char buffer[MXS_CELL_TEXT_SIZE];
    size_t size_bytes;
    struct mxs_cell cell;
    mxs_out_format(out, "Run %lld of list ", (long long)snapshot->run.id);
    put_words(out, escape, snapshot->run.list);
    char shard[MXS_RUN_TEXT_SIZE];
    put_words(out, escape, mxs_run_shard_text(&snapshot->run, shard));
    mxs_table_put_int(&cell, snapshot->run.started_at);
    mxs_out_text(out, ", ");
    mxs_out_text(out, mxs_cell_for_people(&when, &cell, buffer, &size_bytes));
    mxs_out_text(out, ", checks ");
    put_words(out, escape, snapshot->run.checks);
    mxs_table_put_int(&cell, a->active_ms);
    mxs_out_text(out, ", ");
    mxs_out_text(out, mxs_cell_for_people(&span, &cell, buffer, &size_bytes));
    if (a->active_ms > 0) {
        mxs_out_text(out, " (");
        mxs_out_count(out, (int64_t)((double)a->sums.accepted * 1000.0 / (double)a->active_ms), " names/s)");
    }
    mxs_out_text(out, "\n");
}

static void put_degraded(mxs_out *out, const struct mxs_run *run, enum mxs_escape escape, const struct mxs_style *style)
{
    char why[MXS_RUN_TEXT_SIZE];
    mxs_out text;
    if (!run->degraded)
        return;
    mxs_out_attach(&text, NULL);
    mxs_out_text(&text, "DEGRADED: ");
    put_words(&text, escape, mxs_run_degraded_text(run, why));
    mxs_out_text(&text, ". Do not compare this run with others.\n");
    mxs_format_put_sentence(out, &text, escape == MXS_ESCAPE_TERMINAL ? style : NULL);
}

/* The message before the tables: three sentences. A degraded run says so above all else. */
static enum mxs_err put_headline(mxs_out *out, struct mxs_snapshot *snapshot, enum mxs_escape escape,
                                 const struct mxs_style *style, struct mxs_detail *detail)
{
    struct mxs_headline headline;
    mxs_out text;
    enum mxs_err err = mxs_headline_read(&headline, snapshot, detail);
    if (err != MXS_OK)
        return err;
    mxs_out_attach(&text, NULL);
    mxs_headline_put(&text, &headline, escape, "", "\n");
    mxs_format_put_sentence(out, &text, escape == MXS_ESCAPE_TERMINAL ? style : NULL);
    return MXS_OK;
}

struct section {
    const char *name;
    int64_t limit;
    enum { OF_ALL, OF_POLICIES, OF_SERVERS } of; /* only where the run asked for them */
};

static const struct section sections[] = {
    {"states", 0, OF_ALL},    {"providers", 12, OF_ALL},    {"concentration", 0, OF_ALL}, {"redundancy", 0, OF_ALL},
    {"backup", 0, OF_ALL},    {"policies", 0, OF_POLICIES}, {"servers", 12, OF_SERVERS},  {"server_tls", 0, OF_SERVERS},
    {"findings", -1, OF_ALL}, {"resolvers", 0, OF_ALL},     {"stages", 0, OF_ALL},        {"notes", 0, OF_ALL},
    {"inputs", 0, OF_ALL},
};
static const struct section scan_sections[] = {{"summary", 0, OF_ALL}};

static bool was_asked(const struct mxs_snapshot *snapshot, const struct section *section)
{
    const struct mxs_run *run = &snapshot->run;
    bool asked[] = {[OF_ALL] = true, [OF_POLICIES] = run->records_asked, [OF_SERVERS] = run->servers_met};
    return asked[section->of];
}

static enum mxs_err put_sections(struct mxs_snapshot *snapshot, const struct section *list, size_t count,
                                 enum mxs_format format, const struct mxs_style *style, mxs_out *out,
                                 struct mxs_detail *detail)
{
    for (size_t i = 0; i < count; i++) {
        struct mxs_table table;
        if (!was_asked(snapshot, &list[i]))
            continue;
        enum mxs_err err = mxs_catalog_read(mxs_catalog_find(list[i].name), snapshot, list[i].limit, &table, detail);
        if (err != MXS_OK)
            return err;
        if (table.row_count > 0) {
            if (format == MXS_FORMAT_TEXT)
                mxs_out_text(out, "\n");
            mxs_page_write_as(out, format, &table, style);
        }
        mxs_table_finish(&table);
    }
    return MXS_OK;
}

static const struct mxs_column gauge_columns[] = {
    {"id", "number of the run", MXS_UNIT_NUMBER, 0},
    {"started_at", "unix time of its start", MXS_UNIT_TIME, 0},
    {"finished_at", "unix time of its end", MXS_UNIT_TIME, 0},
    {"active_ms", "time spent", MXS_UNIT_DURATION, 0},
    {"degraded", "1 when more than 5 % is undetermined or shards are missing", MXS_UNIT_FLAG, 0},
    {"lines", "lines read", MXS_UNIT_COUNT, 0},
    {"accepted", "names accepted", MXS_UNIT_COUNT, 0},
    {"rejected", "lines refused, and names excluded or of other shards", MXS_UNIT_COUNT, 0},
    {"duplicate", "names met before", MXS_UNIT_COUNT, 0},
    {"datagrams", "datagrams sent", MXS_UNIT_COUNT, 0},
};

/* What a dashboard watches: when the run ended, its sums, and the tables whose rows stay the same few from run to run.
 */
static enum mxs_err put_metrics(struct mxs_snapshot *snapshot, mxs_out *out, struct mxs_detail *detail)
{
    static const struct section gauges[] = {{"states", 0, OF_ALL},         {"providers", 50, OF_ALL},
                                            {"concentration", 0, OF_ALL},  {"redundancy", 0, OF_ALL},
                                            {"backup", 0, OF_ALL},         {"findings", 0, OF_ALL},
                                            {"resolvers", 0, OF_ALL},      {"servers", 50, OF_SERVERS},
                                            {"server_tls", 0, OF_SERVERS}, {"certificate", 1000, OF_SERVERS}};
    struct mxs_table table;
    struct mxs_query query;
    mxs_table_init(&table, "run", "The run", gauge_columns, sizeof gauge_columns / sizeof *gauge_columns);
    mxs_query_open(&query, snapshot->store,
                   "SELECT run_id, started_at, finished_at, active_ms, degraded, lines, accepted, rejected,"
                   " duplicates, datagrams FROM v_run WHERE run_id = ?1");
    mxs_query_int(&query, 1, snapshot->run.id);
    enum mxs_err err = mxs_table_fill(&table, &query, detail);
    if (err == MXS_OK)
        mxs_format_prometheus(out, &table, snapshot->run.list);
    mxs_table_finish(&table);
    for (size_t i = 0; i < sizeof gauges / sizeof *gauges && err == MXS_OK; i++) {
        if (!was_asked(snapshot, &gauges[i]))
            continue;
        err = mxs_catalog_read(mxs_catalog_find(gauges[i].name), snapshot, gauges[i].limit, &table, detail);
        if (err != MXS_OK)
            break;
        mxs_format_prometheus(out, &table, snapshot->run.list);
        mxs_table_finish(&table);
    }
    return err;
}

enum mxs_err mxs_summary_write(struct mxs_snapshot *snapshot, enum mxs_format format, const struct mxs_style *style,
                               mxs_out *out, struct mxs_detail *detail)
{
    if (format == MXS_FORMAT_JSON)
        return mxs_document_write_report(snapshot, out, detail);
    if (format == MXS_FORMAT_HTML)
        return mxs_page_write(snapshot, out, detail);
    if (format == MXS_FORMAT_PROMETHEUS)
        return put_metrics(snapshot, out, detail);
    if (format == MXS_FORMAT_CSV || format == MXS_FORMAT_SVG)
        return mxs_summary_write_table(snapshot, mxs_catalog_find("summary"), 0, format, style, out, detail);
    struct accounting a;
    enum mxs_err err = read_accounting(snapshot, &a, detail);
    if (err != MXS_OK)
        return err;
    enum mxs_escape escape = format == MXS_FORMAT_MARKDOWN ? MXS_ESCAPE_MARKDOWN
                             : format == MXS_FORMAT_LATEX ? MXS_ESCAPE_LATEX : MXS_ESCAPE_TERMINAL;
    put_degraded(out, &snapshot->run, escape, style);
    mxs_out text;
    mxs_out_attach(&text, NULL);
    put_head(&text, snapshot, &a, escape);
    mxs_format_put_sentence(out, &text, escape == MXS_ESCAPE_TERMINAL ? style : NULL);
    mxs_out_text(out, escape == MXS_ESCAPE_TERMINAL ? "" : "\n");
    err = put_headline(out, snapshot, escape, style, detail);
    if (err != MXS_OK)
        return err;
    mxs_out_text(out, escape == MXS_ESCAPE_TERMINAL ? "" : "\n");
    mxs_out_attach(&text, NULL);
    put_accounting(&text, snapshot, &a);
    mxs_format_put_sentence(out, &text, escape == MXS_ESCAPE_TERMINAL ? style : NULL);
    mxs_out_text(out, escape == MXS_ESCAPE_TERMINAL ? "" : "\n");
    return put_sections(snapshot, sections, sizeof sections / sizeof *sections, format, style, out, detail);
}

enum mxs_err mxs_summary_write_table(struct mxs_snapshot *snapshot, const struct mxs_catalog_entry *entry,
                                     int64_t limit, enum mxs_format format, const struct mxs_style *style, mxs_out *out,
                                     struct mxs_detail *detail)
{
    struct mxs_table table;
    bool whole = format == MXS_FORMAT_JSON || format == MXS_FORMAT_CSV; /* what programs read is never cut unasked */
    enum mxs_err err = mxs_catalog_read(entry, snapshot, limit == 0 && whole ? -1 : limit, &table, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_summary_write_rows(snapshot, entry, &table, format, style, out, detail);
    mxs_table_finish(&table);
    return err;
}

enum mxs_err mxs_summary_write_rows(struct mxs_snapshot *snapshot, const struct mxs_catalog_entry *entry,
                                    const struct mxs_table *table, enum mxs_format format,
                                    const struct mxs_style *style, mxs_out *out, struct mxs_detail *detail)
{
    if (format == MXS_FORMAT_JSON)
        return mxs_document_write_table(snapshot, entry, table, out, detail);
    mxs_page_write_as(out, format, table, style);
    return MXS_OK;
}

enum mxs_err mxs_summary_write_scan(mxs_store *store, int64_t run_id, FILE *stream, struct mxs_detail *detail)
{
    struct mxs_run run;
    struct mxs_snapshot snapshot;
    struct accounting a;
    enum mxs_err err = mxs_run_find(store, run_id, NULL, &run, detail);
    if (err == MXS_OK)
        err = mxs_snapshot_open(&snapshot, store, &run, detail);
    if (err != MXS_OK)
        return err;
    mxs_out sink, *out = &sink;
    mxs_out_attach(out, stream);
    err = read_accounting(&snapshot, &a, detail);
    if (err == MXS_OK) {
        struct mxs_style style;
        mxs_style_find(&style, out, NULL);
        put_degraded(out, &snapshot.run, MXS_ESCAPE_TERMINAL, &style);
        mxs_out text;
        mxs_out_attach(&text, NULL);
        put_head(&text, &snapshot, &a, MXS_ESCAPE_TERMINAL);
        put_accounting(&text, &snapshot, &a);
        mxs_format_put_sentence(out, &text, &style);
        err = put_sections(&snapshot, scan_sections, 1, MXS_FORMAT_TEXT, &style, out, detail);
    }
    struct mxs_detail late;
    enum mxs_err written = mxs_out_finish(out, &late);
    if (err == MXS_OK && written != MXS_OK)
        err = mxs_err_set(detail, written, "%s", late.text);
    mxs_snapshot_close(&snapshot);
    return err;
}
