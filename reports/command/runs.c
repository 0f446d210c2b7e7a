#include <stdio.h>
#include <string.h>

#include "base/shell.h"
#include "reports/command/command.h"
#include "reports/command/internal/session.h"
#include "reports/page/page.h"

static const struct mxs_option runs_options[] = {
    {.name = "list",
     .kind = MXS_OPTION_TEXT,
     .argument = "NAME",
     .group = "Which runs",
     .help = "only runs of this list"},
    MXS_OPTION_FORMAT("text|json|csv|markdown|latex", "text"),
    MXS_OPTION_OUTPUT,
    MXS_OPTION_COLOR,
};

static const struct mxs_column runs_columns[] = {
    {"run", "run", MXS_UNIT_NUMBER, 0},
    {"list", "list", MXS_UNIT_TEXT, 0},
    {"state", "state", MXS_UNIT_TEXT, 0}, /* complete, abandoned; of a run in progress: running, stopped, killed */
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
    {"pid", "process", MXS_UNIT_NUMBER, 0},
    {"answered", "answered", MXS_UNIT_COUNT, 0}, /* names of a run in progress whose MX answer is stored */
    {"inputs", "lists", MXS_UNIT_JSON, 0},
};
enum { RUN, LIST, STATE, STAGE, STARTED, TIME, NAMES, CHECKS = 10, PID = 14, ANSWERED, INPUTS, COLUMNS };

/* On a terminal: what somebody looks for. */
static const int brief[] = {RUN, LIST, STATE, STARTED, TIME, NAMES, CHECKS};
#define BRIEF (sizeof brief / sizeof *brief)

static const char runs_sql[] =
    "SELECT run_id, list, state, stage, started_at, active_ms, accepted, rejected, duplicates, degraded, checks, "
    "shard, seed,"
    " (SELECT count(*) FROM v_note n WHERE n.run_id = v.run_id), NULL, NULL," MXS_RUN_INPUTS
    " FROM v_run v WHERE ?1 IS NULL OR list = ?1 ORDER BY run_id";

/* How many MX answers a run in progress has stored. A batch of the journal begins with the number of its rows. */
static enum mxs_err count_answered(mxs_store *store, int64_t run, int64_t *answered, struct mxs_detail *detail)
{
    struct mxs_query query;
    *answered = 0;
    mxs_query_open(&query, store, "SELECT substr(rows, 1, 4) FROM journal WHERE run_id = ?1 AND kind = 0");
    mxs_query_int(&query, 1, run);
    while (mxs_query_next(&query)) {
        uint32_t rows = 0;
        size_t size;
        const void *bytes = mxs_query_column_blob(&query, 0, &size);
        if (size == sizeof rows)
            memcpy(&rows, bytes, sizeof rows);
        *answered += rows;
    }
    return mxs_query_finish(&query, detail);
}

/* The database says that a run is in progress; whether somebody works at it, the file beside the database does. */
static enum mxs_err find_progress(struct mxs_session *session, struct mxs_table *table)
{
    static const char *const states[] = {
        [MXS_WRITER_NONE] = "stopped", [MXS_WRITER_ALIVE] = "running", [MXS_WRITER_KILLED] = "killed"};
    int64_t pid;
    enum mxs_store_work work;
    enum mxs_store_writer writer = mxs_store_find_writer(mxs_store_path(session->store), &pid, &work);
    if (writer == MXS_WRITER_ALIVE && (work == MXS_WORK_JUDGING || work == MXS_WORK_PRUNING))
        writer = MXS_WRITER_NONE; /* not at the run */
    enum mxs_err err = MXS_OK;
    for (size_t row = 0; row < table->row_count && err == MXS_OK; row++) {
        struct mxs_cell *cells = &table->cells[row * table->column_count];
        int64_t answered;
        if (strcmp(cells[STATE].text, "running") != 0)
            continue;
        mxs_table_put_text(table, &cells[STATE], states[writer], strlen(states[writer]));
        if (writer == MXS_WRITER_ALIVE && pid > 0)
            mxs_table_put_int(&cells[PID], pid);
        err = count_answered(session->store, cells[RUN].integer, &answered, &session->detail);
        if (cells[NAMES].kind == MXS_CELL_INT) /* asked again, a name has two answers */
            mxs_table_put_int(&cells[ANSWERED], answered < cells[NAMES].integer ? answered : cells[NAMES].integer);
    }
    return err == MXS_OK ? mxs_table_check(table, &session->detail) : err;
}

/* "running (45 %)", "killed (45 %)", "degraded" */
static void tell_state(struct mxs_table *table, struct mxs_cell *cells)
{
    char text[96];
    int used = snprintf(text, sizeof text, "%.20s", cells[STATE].text);
    if (cells[ANSWERED].kind == MXS_CELL_INT && cells[NAMES].integer > 0)
        snprintf(text + used, sizeof text - (size_t)used, " (%lld %%)",
                 (long long)(100 * cells[ANSWERED].integer / cells[NAMES].integer));
    bool degraded = strcmp(text, "complete") == 0 && cells[9].integer != 0;
    mxs_table_put_text(table, &cells[STATE], degraded ? "degraded" : text, strlen(degraded ? "degraded" : text));
}

static void put_word(mxs_out *out, const char *text)
{
    const char *word = MXS_SHELL_WORD(text);
    mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, word, strlen(word));
}

/* Of each row what is ours, and behind it, unless NULL, what is somebody's. */
static enum mxs_err put_words(struct mxs_session *session, const char *sql, int64_t run)
{
    struct mxs_query query;
    mxs_query_open(&query, session->store, sql);
    mxs_query_int(&query, 1, run);
    while (mxs_query_next(&query)) {
        size_t size;
        const char *text = mxs_query_column_text(&query, 0, &size);
        mxs_out_escaped(session->out, MXS_ESCAPE_TERMINAL, text, size);
        if (mxs_query_is_null(&query, 1))
            continue;
        put_word(session->out, mxs_query_column_text(&query, 1, &size));
    }
    return mxs_query_finish(&query, &session->detail);
}

/* Of the options it was begun with those that decide what is asked, whom, and how fast. */
static const char begun_sql[] =
    "WITH o AS (SELECT options AS all_of FROM run WHERE id = ?1 AND json_valid(options))"
    " SELECT ' -r ', v.value FROM o, json_each(o.all_of, '$.resolver') v UNION ALL"
    " SELECT ' --control=', v.value FROM o, json_each(o.all_of, '$.control') v UNION ALL"
    " SELECT ' --' || v.key || iif(v.type = 'true', '', '='),"
    " iif(v.type = 'true', NULL, v.value) FROM o, json_each(o.all_of) v"
    " WHERE v.key IN ('resolvers', 'recursor', 'recursor-hints', 'recursor-anchor', 'checks', 'exclude', 'rules',"
    " 'psl', 'asn-db', 'smtp-helo', 'input-format', 'column', 'keep', 'keep-www', 'shard', 'fetch-sts',"
    " 'resolver-rate')"
    " AND v.type NOT IN ('null', 'false', 'array', 'object')"
    " OR v.key IN ('rate', 'polite') AND v.value > 0 OR v.key = 'health' AND v.value = 'off'";

/* How a run that nobody works at goes on. */
static enum mxs_err put_resume(struct mxs_session *session, const struct mxs_cell *cells)
{
    const char *path = mxs_store_path(session->store);
    mxs_out_format(session->out, "Run %lld goes on with the command that began it: mxsurvey scan -o ",
                   (long long)cells[RUN].integer);
    put_word(session->out, path);
    if (strcmp(cells[LIST].text, "default") != 0) {
        mxs_out_text(session->out, " --list ");
        put_word(session->out, cells[LIST].text);
    }
    enum mxs_err err = put_words(session, begun_sql, cells[RUN].integer);
    if (err == MXS_OK)
        err = put_words(session, "SELECT ' ', path FROM run_input WHERE run_id = ?1 ORDER BY position",
                        cells[RUN].integer);
    mxs_out_text(session->out, ", and what it was told of timeouts, tries and hooks (--new begins another)\n");
    return err;
}

/* What the newest run was made from; of the others `report DB inputs --run N` tells. */
static enum mxs_err put_inputs(struct mxs_session *session, const struct mxs_cell *cells)
{
    struct mxs_query query;
    mxs_query_open(
        &query, session->store,
        "SELECT path, ifnull(how, ''), ifnull(lines, 0), ifnull(sha256, ''), ifnull(citation, '') FROM v_input"
        " WHERE run_id = ?1 ORDER BY position");
    mxs_query_int(&query, 1, cells[RUN].integer);
    for (bool first = true; mxs_query_next(&query); first = false) {
        static const char *const before[] = {"", ": ", "", ", SHA-256 ", ", cited as "};
        mxs_out line;
        mxs_out_attach(&line, NULL);
        if (first)
            mxs_out_format(session->out, "\nLists of run %lld:\n", (long long)cells[RUN].integer);
        for (int i = 0; i < 5; i++) {
            size_t size;
            const char *text = mxs_query_column_text(&query, i, &size);
            char number[32];
            if (i == 2)
                mxs_out_format(&line, ", %s lines",
                               mxs_count_text(mxs_query_column_int(&query, 2), number, sizeof number));
            if (i == 2 || size == 0)
                continue;
            mxs_out_text(&line, before[i]);
            mxs_out_bytes(&line, text, size);
        }
        mxs_out_bytes(&line, "", 1);
        if (line.err == MXS_OK)
            mxs_format_put_below(session->out, "", line.buffer, &session->style);
        else
            session->out->err = line.err;
        mxs_out_abandon(&line);
    }
    return mxs_query_finish(&query, &session->detail);
}

static enum mxs_err put_text(struct mxs_session *session, struct mxs_table *table)
{
    struct mxs_column columns[BRIEF];
    struct mxs_table shown;
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; i < BRIEF; i++)
        columns[i] = runs_columns[brief[i]];
    mxs_table_init(&shown, "runs", "Runs", columns, BRIEF);
    for (size_t row = 0; row < table->row_count; row++) {
        struct mxs_cell *cells = &table->cells[row * table->column_count], *to = mxs_table_row(&shown);
        tell_state(table, cells);
        for (size_t i = 0; to != NULL && i < BRIEF; i++)
            to[i] = cells[brief[i]]; /* texts stay the table's own */
    }
    mxs_format_text(session->out, &shown, &session->style);
    for (size_t row = 0; row < table->row_count && err == MXS_OK; row++) {
        const struct mxs_cell *cells = mxs_table_at(table, row, 0);
        if (strncmp(cells[STATE].text, "stopped", 7) == 0 || strncmp(cells[STATE].text, "killed", 6) == 0)
            err = put_resume(session, cells);
        if (cells[PID].kind == MXS_CELL_INT)
            mxs_out_format(session->out, "Run %lld is running as process %lld.\n", (long long)cells[RUN].integer,
                           (long long)cells[PID].integer);
    }
    if (err == MXS_OK && table->row_count > 0)
        err = put_inputs(session, mxs_table_at(table, table->row_count - 1, 0));
    mxs_table_finish(&shown);
    return err;
}

static enum mxs_err runs(struct mxs_session *session)
{
    struct mxs_table table;
    struct mxs_query query;
    const char *list = mxs_values_text(session->values, "list");
    mxs_table_init(&table, "runs", "Runs", runs_columns, COLUMNS);
    mxs_query_open(&query, session->store, runs_sql);
    mxs_query_text(&query, 1, list, list != NULL ? strlen(list) : 0);
    enum mxs_err err = mxs_table_fill(&table, &query, &session->detail);
    if (err == MXS_OK)
        err = find_progress(session, &table);
    if (err == MXS_OK && session->format == MXS_FORMAT_JSON) {
        struct mxs_json json;
        mxs_json_init(&json, session->out);
        mxs_json_open_object(&json, NULL);
        mxs_json_put_int(&json, "schema_version", 1);
        mxs_format_put_rows(&json, "runs", &table);
        mxs_json_finish(&json);
        mxs_out_text(session->out, "\n");
    } else if (err == MXS_OK && session->format == MXS_FORMAT_TEXT) {
        err = put_text(session, &table);
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
