#include <string.h>

#include "reports/page/page.h"
#include "reports/command/command.h"
#include "reports/command/internal/session.h"

static const struct mxs_option runs_options[] = {
    {.name = "list", .kind = MXS_OPTION_TEXT, .argument = "NAME", .group = "Which runs", .help = "only runs of this list"},
    MXS_OPTION_FORMAT("text|json|csv|markdown|latex", "text"),
    MXS_OPTION_OUTPUT,
    MXS_OPTION_COLOR,
};

static const struct mxs_column runs_columns[] = {
    {"run", "run", MXS_UNIT_NUMBER, 0},
    {"list", "list", MXS_UNIT_TEXT, 0},
    {"state", "state", MXS_UNIT_TEXT, 0},
    {"stage", "stage", MXS_UNIT_TEXT, 0},
    {"started_at", "started", MXS_UNIT_TIME, 0},
    {"active_ms", "time", MXS_UNIT_DURATION, 0},
    {"accepted", "names", MXS_UNIT_COUNT, 0},
    {"rejected", "rejected", MXS_UNIT_COUNT, 0},
    {"duplicates", "duplicates", MXS_UNIT_COUNT, 0},
    {"degraded", "degraded", MXS_UNIT_FLAG, 0},
    {"checks", "checks", MXS_UNIT_TEXT, 0},
    {"shard", "shard", MXS_UNIT_TEXT, 0},
    {"seed", "seed", MXS_UNIT_NUMBER, 0},
    {"notes", "notes", MXS_UNIT_COUNT, 0},
};

/* On a terminal: what somebody looks for. */
static const struct mxs_column brief_columns[] = {
    {"run", "run", MXS_UNIT_NUMBER, 0},        {"list", "list", MXS_UNIT_TEXT, 0},         {"state", "state", MXS_UNIT_TEXT, 0},
    {"started_at", "started", MXS_UNIT_TIME, 0}, {"active_ms", "time", MXS_UNIT_DURATION, 0}, {"accepted", "names", MXS_UNIT_COUNT, 0},
    {"checks", "checks", MXS_UNIT_TEXT, 0},
};

#define OF_LIST " FROM v_run v WHERE ?1 IS NULL OR list = ?1 ORDER BY run_id"

static enum mxs_err read_runs(struct mxs_session *session, struct mxs_table *table)
{
    const char *list = mxs_values_text(session->values, "list");
    struct mxs_query query;
    mxs_query_open(&query, session->store, session->format == MXS_FORMAT_TEXT
                   ? "SELECT run_id, list, CASE WHEN state <> 'complete' THEN state || ', ' || stage WHEN degraded THEN 'degraded' ELSE state END,"
                     " started_at, active_ms, accepted, checks" OF_LIST
                   : "SELECT run_id, list, state, stage, started_at, active_ms, accepted, rejected, duplicates, degraded, checks,"
                     " shard, seed, (SELECT count(*) FROM run_note n WHERE n.run_id = v.run_id)" OF_LIST);
    mxs_query_text(&query, 1, list, list != NULL ? strlen(list) : 0);
    return mxs_table_fill(table, &query, &session->detail);
}

static enum mxs_err runs(struct mxs_session *session)
{
    struct mxs_table table;
    if (session->format == MXS_FORMAT_TEXT)
        mxs_table_init(&table, "runs", "Runs", brief_columns, sizeof brief_columns / sizeof *brief_columns);
    else
        mxs_table_init(&table, "runs", "Runs", runs_columns, sizeof runs_columns / sizeof *runs_columns);
    enum mxs_err err = read_runs(session, &table);
    if (err == MXS_OK && session->format == MXS_FORMAT_JSON) {
        mxs_out_text(session->out, "{\"schema_version\":1,\"runs\":");
        mxs_format_json(session->out, &table);
        mxs_out_text(session->out, "}\n");
    } else if (err == MXS_OK) {
        mxs_page_write_as(session->out, session->format, &table, &session->style);
    }
    mxs_table_finish(&table);
    return err;
}

static int run_runs(const mxs_values *values, int argc, char *const *argv)
{
    (void)argc;
    struct mxs_session session;
    enum mxs_err err = mxs_session_open(&session, values, argv[0]);
    if (err == MXS_OK) {
        mxs_session_read_style(&session);
        err = runs(&session);
    }
    return mxs_session_close(&session, err);
}

const struct mxs_command mxs_runs_command = {
    .name = "runs",
    .arguments = "DB",
    .summary = "the runs of a database, their state, how they were made",
    .examples = "mxsurvey runs survey.db\n",
    .options = runs_options,
    .option_count = sizeof runs_options / sizeof *runs_options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_runs,
};
