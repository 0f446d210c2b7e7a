#include <stdio.h>
#include <string.h>

#include "reports/command/internal/bundle.h"
#include "reports/command/command.h"
#include "reports/record/export.h"
#include "reports/command/internal/session.h"

static const struct mxs_option export_options[] = {
    {.name = "state",
     .kind = MXS_OPTION_CHOICE,
     .argument = "STATE",
     .group = "Which domains",
     .choices = "mx|implicit_mx|null_mx|null_mx_invalid|no_mail|nxdomain|broken|undetermined",
     .help = "only domains in this state"},
    {.name = "finding",
     .kind = MXS_OPTION_TEXT,
     .argument = "NAME",
     .group = "Which domains",
     .help = "only domains with this finding"},
    MXS_OPTION_RUN,
    MXS_OPTION_LIST_NAME,
    MXS_OPTION_WHERE,
    MXS_OPTION_FORMAT("jsonl|csv", "jsonl"),
    {.name = "content-only",
     .kind = MXS_OPTION_FLAG,
     .group = "Output",
     .help = "leave out how it was measured (measured, ttl_s): two scans of one world are then equal byte for byte"},
    MXS_OPTION_OUTPUT,
    {.name = "schema",
     .kind = MXS_OPTION_FLAG,
     .group = "Output",
     .help = "write the JSON Schema of a record instead: every member, and what it means"},
    {.name = "bundle",
     .kind = MXS_OPTION_TEXT,
     .argument = "DIR",
     .group = "Output",
     .help = "make a folder for others: records, tables, report, run, rules, queries, checksums, a README"},
};

/* *is_usage: the failure is a --state or --finding that there is not. */
static enum mxs_err export_run(struct mxs_session *session, bool *is_usage)
{
    struct mxs_run run;
    enum mxs_err err = mxs_session_run(session, &run);
    if (err != MXS_OK)
        return err;
    const char *format = mxs_values_text(session->values, "format"),
               *folder = mxs_values_text(session->values, "bundle");
    if (folder != NULL) {
        err = mxs_bundle_write(session->store, &run, folder, &session->detail);
        *is_usage = err == MXS_ERR_INPUT;
        return err;
    }
    const struct mxs_export_options options = {
        .form = format != NULL && strcmp(format, "csv") == 0 ? MXS_RECORD_CSV : MXS_RECORD_JSON,
        .content_only = mxs_values_flag(session->values, "content-only"),
        .state = mxs_values_text(session->values, "state"),
        .finding = mxs_values_text(session->values, "finding"),
    };
    err = mxs_export_write(session->store, &run, &options, session->out, &session->detail);
    *is_usage = err == MXS_ERR_INPUT;
    return err;
}

/* Needs no database. */
static int write_schema(const mxs_values *values)
{
    mxs_out out;
    struct mxs_detail detail;
    enum mxs_err err = mxs_out_open(&out, mxs_values_text(values, "output"), &detail);
    if (err == MXS_OK) {
        mxs_export_write_schema(&out);
        err = mxs_out_finish(&out, &detail);
    }
    if (err == MXS_OK || err == MXS_ERR_STOPPED)
        return MXS_EXIT_DONE;
    mxs_session_write_error(detail.text);
    return MXS_EXIT_FAILED;
}

/* A bundle is a whole run, whose files agree with each other: what chooses domains, or how records look, is refused. */
static bool refuses_beside_bundle(const mxs_values *values)
{
    static const char *const names[] = {"state", "finding", "where", "content-only", "format", "output"};
    for (size_t i = 0; mxs_values_given(values, "bundle") && i < sizeof names / sizeof *names; i++) {
        char text[160];
        if (!mxs_values_given(values, names[i]))
            continue;
        snprintf(text, sizeof text, "--bundle makes a folder of a whole run: leave out --%s, or export without"
                 " --bundle", names[i]);
        mxs_session_write_error(text);
        return true;
    }
    return false;
}

static int run_export(const mxs_values *values, int argc, char *const *argv)
{
    if (refuses_beside_bundle(values))
        return MXS_EXIT_USAGE;
    if (mxs_values_flag(values, "schema"))
        return write_schema(values);
    if (argc == 0) {
        mxs_session_write_error("export needs a database: `mxsurvey export survey.db`");
        return MXS_EXIT_USAGE;
    }
    struct mxs_session session;
    enum mxs_err err = mxs_session_open(&session, values, argv[0]);
    bool is_usage = false;
    if (err == MXS_OK)
        err = export_run(&session, &is_usage);
    int code = mxs_session_close(&session, err);
    return is_usage ? MXS_EXIT_USAGE : code;
}

static const char *export_word(const char *of, size_t index)
{
    return strcmp(of, "finding") == 0 ? mxs_reports_finding_text(index) : NULL;
}

const struct mxs_command mxs_export_command = {
    .name = "export",
    .arguments = "DB",
    .summary = "one record per domain, ordered by name",
    .examples = "mxsurvey export survey.db > survey.jsonl\n"
                "mxsurvey export survey.db --format csv -o survey.csv\n"
                "mxsurvey export survey.db --state broken\n"
                "mxsurvey export survey.db --bundle survey-2026\n"
                "mxsurvey export --schema\n",
    .options = export_options,
    .option_count = sizeof export_options / sizeof *export_options,
    .arguments_min = 0,
    .arguments_max = 1,
    .words = export_word,
    .run = run_export,
};
