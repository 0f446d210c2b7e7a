#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "reports/format/chart_table.h"
#include "reports/command/command.h"
#include "reports/data/by.h"
#include "reports/data/catalog.h"
#include "reports/record/export.h"
#include "reports/command/internal/session.h"
#include "reports/command/summary.h"
#include "reports/page/browse.h"
#include "reports/page/page.h"

static const struct mxs_option report_options[] = {
    MXS_OPTION_RUN,
    MXS_OPTION_LIST_NAME,
    MXS_OPTION_WHERE,
    MXS_OPTION_BY,
    MXS_OPTION_FORMAT("text|json|csv|markdown|latex|html|svg|prometheus", "text"),
    {.name = "limit", .kind = MXS_OPTION_NUMBER, .argument = "N", .min = 1, .max = 1000000000, .group = "Output",
     .help = "rows of a named table, instead of its usual number; without it csv and json hold every row"},
    {.name = "browse", .kind = MXS_OPTION_FLAG, .group = "Output",
     .help = "with --format html: one page to search, filter and open every domain, up to 250,000"},
    {.name = "code", .kind = MXS_OPTION_TEXT, .argument = "FINDING", .group = "Output",
     .help = "with the table findings: list the domains that have this one"},
    MXS_OPTION_OUTPUT,
    MXS_OPTION_COLOR,
};

static int unknown_table(const char *name)
{
    struct mxs_nearest nearest;
    mxs_nearest_init(&nearest, name);
    for (size_t i = 0; i < mxs_catalog_count; i++)
        mxs_nearest_put(&nearest, mxs_catalog[i].name);
    const char *hint = mxs_nearest_take(&nearest);
    char text[512];
    int used = snprintf(text, sizeof text, "there is no table '%.100s'", name);
    if (hint != NULL)
        used += snprintf(text + used, sizeof text - (size_t)used, "; did you mean '%s'?", hint);
    else
        used += snprintf(text + used, sizeof text - (size_t)used, "; there are");
    for (size_t i = 0; hint == NULL && i < mxs_catalog_count && used < (int)sizeof text; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s %s", i == 0 ? "" : ",", mxs_catalog[i].name);
    mxs_session_write_error(text);
    return MXS_EXIT_USAGE;
}

/* The tables asked for, one after the other: what they count is counted once. */
#define TABLES_MAX 64 /* more than there are */

struct choice {
    const struct mxs_catalog_entry *entries[TABLES_MAX];
    size_t count; /* 0: the whole report */
};

#define ROWS_SHOWN 5 /* of a group */

/* A table once for each value of a column that was kept. */
static enum mxs_err report_by(struct mxs_session *session, struct mxs_snapshot *snapshot,
                              const struct mxs_catalog_entry *entry, int64_t limit)
{
    const struct mxs_by_ask ask = mxs_session_by(session);
    struct mxs_by by;
    struct mxs_table table;
    int64_t rows = limit != 0 ? limit : ask.people && entry->limit != 0 ? ROWS_SHOWN : -1;
    enum mxs_err err =
        mxs_by_read(&by, entry, snapshot, ask.spec, rows, ask.people, ask.most, &table, &session->detail);
    session->usage |= err == MXS_ERR_INPUT;
    if (err != MXS_OK)
        return err;
    err = mxs_summary_write_rows(snapshot, entry, &table, session->format, &session->style, session->out,
                                 &session->detail);
    mxs_table_finish(&table);
    mxs_by_finish(&by);
    return err;
}

static enum mxs_err report(struct mxs_session *session, const struct choice *choice)
{
    struct mxs_run run;
    struct mxs_snapshot snapshot;
    enum mxs_err err = mxs_session_run(session, &run);
    if (err == MXS_OK)
        err = mxs_snapshot_open(&snapshot, session->store, &run, &session->detail);
    if (err != MXS_OK)
        return err;
    const char *by = mxs_values_text(session->values, "by");
    if (session->format == MXS_FORMAT_TEXT)
        mxs_session_put_choice(session, MXS_ESCAPE_TERMINAL);
    int64_t limit = mxs_values_given(session->values, "limit") ? mxs_values_number(session->values, "limit") : 0;
    if (choice->count == 0 && by != NULL)
        err = report_by(session, &snapshot, mxs_catalog_find("summary"), limit);
    else if (choice->count == 0)
        err = mxs_summary_write(&snapshot, session->format, &session->style, session->out, &session->detail);
    for (size_t i = 0; err == MXS_OK && i < choice->count; i++) {
        if (i > 0 && session->format == MXS_FORMAT_TEXT)
            mxs_out_text(session->out, "\n");
        if (by != NULL)
            err = report_by(session, &snapshot, choice->entries[i], limit);
        else
            err = mxs_summary_write_table(&snapshot, choice->entries[i], limit, session->format, &session->style,
                                          session->out, &session->detail);
    }
    mxs_snapshot_close(&snapshot);
    return err;
}

/* What a finding says, and the domains that have it: what is mailed must do without the database. */
static enum mxs_err read_found(struct mxs_session *session, const struct mxs_run *run, const char *finding,
                               mxs_out *says, struct mxs_table *out)
{
    static const struct mxs_column columns[] = {{"domain", "domain", MXS_UNIT_TEXT, 0},
                                                {"state", "state", MXS_UNIT_WORD, 0},
                                                {"mx", "MX hosts", MXS_UNIT_TEXT, 0}};
    struct mxs_query query;
    char title[200];
    snprintf(title, sizeof title, "Domains with the finding %.100s", finding);
    mxs_out_text(says, title);
    mxs_out_bytes(says, "", 1);
    mxs_table_init(out, "domains", NULL, columns, sizeof columns / sizeof *columns);
    out->run_id = run->id;
    out->started_at = run->started_at;
    out->list = run->list;
    mxs_query_open(&query, session->store,
                   "SELECT severity, sentence, advice FROM v_finding WHERE run_id = ?1 AND finding = ?2");
    mxs_query_int(&query, 1, run->id);
    mxs_query_text(&query, 2, finding, strlen(finding));
    if (mxs_query_next(&query))
        for (int i = 0; i < 3; i++) {
            mxs_out_text(says, i == 0 ? "Severity " : i == 1 ? ". " : " Recommendation: ");
            mxs_out_text(says, mxs_query_column_text(&query, i, NULL));
        }
    mxs_out_bytes(says, "", 1);
    enum mxs_err err = mxs_query_finish(&query, &session->detail);
    if (err == MXS_OK && says->err != MXS_OK)
        err = mxs_err_memory(&session->detail, NULL);
    if (err != MXS_OK)
        return err;
    out->title = says->buffer;
    out->question = says->buffer + strlen(says->buffer) + 1;
    mxs_query_open(
        &query, session->store,
        "SELECT d.domain, d.state, (SELECT group_concat(x.told, ', ') FROM (SELECT e.preference || ' ' ||"
        " iif(h.name = '', '.', h.name) AS told FROM mx_entry e JOIN host h ON h.id = e.host_id WHERE e.set_id ="
        " d.mx_set_id ORDER BY e.preference, h.name) x) FROM v_domain d WHERE d.run_id = ?1 AND d.verdict_id IN"
        " (SELECT verdict_id FROM v_verdict_finding WHERE finding = ?2) ORDER BY d.domain");
    mxs_query_int(&query, 1, run->id);
    mxs_query_text(&query, 2, finding, strlen(finding));
    return mxs_table_fill(out, &query, &session->detail);
}

/* Beside the names or records: that there are none, or more. */
static enum mxs_err tell_how_many(struct mxs_session *session, const struct mxs_run *run, const char *finding,
                                  int64_t limit)
{
    struct mxs_query query;
    char text[400], shown[32], total[32];
    mxs_query_open(&query, session->store, "SELECT domains FROM v_finding WHERE run_id = ?1 AND finding = ?2");
    mxs_query_int(&query, 1, run->id);
    mxs_query_text(&query, 2, finding, strlen(finding));
    int64_t count = mxs_query_next(&query) ? mxs_query_column_int(&query, 0) : 0;
    enum mxs_err err = mxs_query_finish(&query, &session->detail);
    if (err != MXS_OK || (count > 0 && (limit == 0 || limit >= count)))
        return err;
    if (count == 0)
        snprintf(text, sizeof text, "no domain of run %lld of list %.100s has the finding %.60s", (long long)run->id,
                 run->list, finding);
    else
        snprintf(text, sizeof text, "%s of %s domains (--limit)", mxs_count_text(limit, shown, sizeof shown),
                 mxs_count_text(count, total, sizeof total));
    mxs_session_write_error(text);
    return MXS_OK;
}

static enum mxs_err put_found(struct mxs_session *session, const struct mxs_run *run, const char *finding,
                              int64_t limit)
{
    struct mxs_table table;
    mxs_out says;
    mxs_out_attach(&says, NULL);
    enum mxs_err err = read_found(session, run, finding, &says, &table);
    if (err == MXS_OK && limit > 0)
        mxs_table_cut(&table, (size_t)limit, false);
    if (err == MXS_OK)
        mxs_page_write_as(session->out, session->format, &table, &session->style);
    mxs_table_finish(&table);
    mxs_out_abandon(&says);
    return err;
}

/* The domains behind a number: names a line for other programs, records, or a table for people. */
static enum mxs_err list_domains(struct mxs_session *session, const char *finding, bool *is_usage)
{
    struct mxs_run run;
    enum mxs_err err = mxs_session_run(session, &run);
    if (err != MXS_OK)
        return err;
    enum mxs_format format = session->format;
    bool exported = format == MXS_FORMAT_CSV || format == MXS_FORMAT_JSON || format == MXS_FORMAT_TEXT;
    int64_t limit = mxs_values_given(session->values, "limit") ? mxs_values_number(session->values, "limit") : 0;
    const struct mxs_export_options options = {
        .form = format == MXS_FORMAT_CSV ? MXS_RECORD_CSV : MXS_RECORD_JSON,
        .finding = finding,
        .names_only = format == MXS_FORMAT_TEXT,
        .limit = limit,
    };
    err = exported ? mxs_export_write(session->store, &run, &options, session->out, &session->detail)
                   : mxs_export_check(session->store, &options, &session->detail);
    *is_usage = err == MXS_ERR_INPUT;
    if (err == MXS_OK && !exported)
        err = put_found(session, &run, finding, limit);
    return err == MXS_OK ? tell_how_many(session, &run, finding, exported ? limit : 0) : err;
}

static enum mxs_err browse_run(struct mxs_session *session)
{
    struct mxs_run run;
    enum mxs_err err = mxs_session_run(session, &run);
    return err == MXS_OK ? mxs_browse_write(session->store, &run, session->out, &session->detail) : err;
}

/* Not every table can be drawn. */
static bool has_figure(const mxs_values *values, const struct mxs_catalog_entry *entry)
{
    const char *format = mxs_values_text(values, "format");
    if (format == NULL || strcmp(format, "svg") != 0)
        return true;
    char text[512];
    if (entry != NULL && mxs_chart_exists(entry->name)) {
        bool drawn = !mxs_values_given(values, "by") || mxs_chart_can_group(entry->name);
        snprintf(text, sizeof text, "the figure of %s cannot be broken down: leave out --by, or use --format csv",
                 entry->name);
        if (!drawn)
            mxs_session_write_error(text);
        return drawn;
    }
    int used = snprintf(text, sizeof text,
                        "svg is the figure of one table: `mxsurvey report DB NAME --format svg`; there are");
    for (size_t i = 0, shown = 0; i < mxs_catalog_count && used < (int)sizeof text; i++)
        if (mxs_chart_exists(mxs_catalog[i].name))
            used += snprintf(text + used, sizeof text - (size_t)used, "%s %s", shown++ == 0 ? "" : ",",
                             mxs_catalog[i].name);
    mxs_session_write_error(text);
    return false;
}

/* Formats of which a file holds one table. */
static bool is_one_table_format(const mxs_values *values)
{
    static const char *const formats[] = {"csv", "svg", "html", "prometheus"};
    const char *format = mxs_values_text(values, "format");
    for (size_t i = 0; format != NULL && i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(format, formats[i]) == 0)
            return true;
    return false;
}

static int choose(struct choice *choice, const mxs_values *values, int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++) {
        if (choice->count == TABLES_MAX || (choice->count == 1 && is_one_table_format(values))) {
            mxs_session_write_error("this format holds one table: give one NAME, or another --format");
            return MXS_EXIT_USAGE;
        }
        if ((choice->entries[choice->count++] = mxs_catalog_find(argv[i])) == NULL)
            return unknown_table(argv[i]);
    }
    return MXS_EXIT_DONE;
}

/* Said beside the report, not in it: it is about the program at hand, and the data do not change with that. */
static void tell_if_outdated(struct mxs_session *session, const char *path)
{
    char text[512];
    if (mxs_reports_is_current(session->store))
        return;
    snprintf(text, sizeof text,
             "this program has other rules or findings than those the database was judged with: mxsurvey classify"
             " %.300s judges it again",
             path);
    mxs_session_write_error(text);
}

/* What the whole report has no place for. */
static bool fits_whole(const mxs_values *values)
{
    const char *format = mxs_values_text(values, "format");
    bool by = mxs_values_given(values, "by");
    if (mxs_values_given(values, "limit") && strcmp(mxs_values_origin(values, "limit"), "--limit") == 0 && !by) {
        mxs_session_write_error("--limit belongs to a named table: `mxsurvey report DB providers --limit N`");
        return false;
    }
    if (format != NULL && strcmp(format, "csv") == 0)
        mxs_session_write_error("csv holds one table, and this is summary: `mxsurvey report DB NAME --format csv` has"
                                " any other, json all of them");
    return true;
}

static int run_report(const mxs_values *values, int argc, char *const *argv)
{
    struct choice choice = {.count = 0};
    int code = choose(&choice, values, argc, argv);
    if (code != MXS_EXIT_DONE)
        return code;
    const struct mxs_catalog_entry *entry = choice.count == 1 ? choice.entries[0] : NULL;
    const char *finding = mxs_values_text(values, "code");
    if (finding != NULL && (entry == NULL || strcmp(entry->name, "findings") != 0)) {
        mxs_session_write_error("--code belongs to the table findings: `mxsurvey report DB findings --code NAME`");
        return MXS_EXIT_USAGE;
    }
    const char *format = mxs_values_text(values, "format");
    if (finding != NULL && format != NULL && (strcmp(format, "svg") == 0 || strcmp(format, "prometheus") == 0)) {
        mxs_session_write_error("--code lists domains, which are no figure and no gauges: text, csv, json, html,"
                                " markdown and latex hold them");
        return MXS_EXIT_USAGE;
    }
    if (!has_figure(values, entry))
        return MXS_EXIT_USAGE;
    bool browse = mxs_values_flag(values, "browse");
    if (browse && (choice.count > 0 || format == NULL || strcmp(format, "html") != 0)) {
        mxs_session_write_error("--browse is a page of its own: `mxsurvey report DB --format html --browse -o FILE`");
        return MXS_EXIT_USAGE;
    }
    if (choice.count == 0 && !browse && !fits_whole(values))
        return MXS_EXIT_USAGE;
    struct mxs_session session;
    bool is_usage = false;
    enum mxs_err err = mxs_session_open(&session, values, argv[0]);
    if (err == MXS_OK) {
        mxs_session_read_style(&session);
        tell_if_outdated(&session, argv[0]);
        err = browse            ? browse_run(&session)
              : finding != NULL ? list_domains(&session, finding, &is_usage)
                                : report(&session, &choice);
    }
    code = mxs_session_close(&session, err);
    return is_usage ? MXS_EXIT_USAGE : code;
}

static const char *report_word(const char *of, size_t index)
{
    if (strcmp(of, "code") == 0)
        return mxs_reports_finding_text(index);
    return strcmp(of, "2") == 0 || strcmp(of, "3") == 0 ? index < mxs_catalog_count ? mxs_catalog[index].name : NULL
                                                        : NULL;
}

const struct mxs_command mxs_report_command = {
    .name = "report",
    .arguments = "DB [NAME...]",
    .summary = "what a run found: the whole, or the named tables",
    .examples = "mxsurvey report survey.db\n"
                "mxsurvey report survey.db --format html -o page.html\n"
                "mxsurvey report survey.db --format html --browse -o domains.html\n"
                "mxsurvey report survey.db providers --format csv -o providers.csv\n"
                "mxsurvey report survey.db backup impact findings\n"
                "mxsurvey report survey.db curve --format svg -o curve.svg\n"
                "mxsurvey report survey.db findings --code single_host\n"
                "mxsurvey report survey.db mailboxes --by Region --where Sector=hospital\n"
                "mxsurvey report survey.db --format json\n",
    .options = report_options,
    .option_count = sizeof report_options / sizeof *report_options,
    .arguments_min = 1,
    .arguments_max = 1 + TABLES_MAX,
    .words = report_word,
    .listed = "Tables (NAME)",
    .run = run_report,
};
