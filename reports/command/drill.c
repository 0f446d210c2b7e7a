#include "reports/command/command.h"
#include "reports/command/internal/session.h"
#include "reports/data/drill.h"
#include "reports/format/format.h"

static const struct mxs_option drill_options[] = {
    MXS_OPTION_RUN,
    MXS_OPTION_LIST_NAME,
    MXS_OPTION_WHERE,
    MXS_OPTION_BY,
    MXS_OPTION_FORMAT("text|json|csv|markdown|latex", "text"),
    MXS_OPTION_OUTPUT,
    MXS_OPTION_COLOR,
};

static void write_json(const struct mxs_run *run, const struct mxs_table *table, mxs_out *out)
{
    struct mxs_json json;
    mxs_json_init(&json, out);
    mxs_json_open_object(&json, NULL);
    mxs_json_put_int(&json, "schema_version", 1);
    mxs_json_put_int(&json, "run", run->id);
    mxs_json_put_int(&json, "connect_patience_ms", MXS_DRILL_CONNECT_MS);
    mxs_json_put_int(&json, "greeting_patience_ms", MXS_DRILL_GREETING_MS);
    mxs_format_put_rows(&json, table->name, table);
    mxs_json_close(&json);
    mxs_out_text(out, "\n");
}

static void write_table(struct mxs_session *session, const struct mxs_run *run, const struct mxs_table *table)
{
    mxs_out *out = session->out;
    switch (session->format) {
    case MXS_FORMAT_JSON: write_json(run, table, out); break;
    case MXS_FORMAT_CSV: mxs_format_csv(out, table); break;
    case MXS_FORMAT_MARKDOWN: mxs_format_markdown(out, table); break;
    case MXS_FORMAT_LATEX: mxs_format_latex(out, table); break;
    default:
        mxs_format_text(out, table, &session->style);
        mxs_out_format(out,
                       "A sender is taken to wait %d s for a connection and %d s for a greeting (RFC 5321 4.5.3.2). "
                       "What is not settled may be "
                       "otherwise in an hour.\n",
                       MXS_DRILL_CONNECT_MS / 1000, MXS_DRILL_GREETING_MS / 1000);
    }
}

static enum mxs_err drill(struct mxs_session *session, int count, char *const *names)
{
    struct mxs_run run;
    struct mxs_drill drill;
    const char *spec = mxs_values_text(session->values, "by");
    if (spec != NULL && count > 0) {
        session->usage = true;
        return mxs_err_set(&session->detail, MXS_ERR_INPUT, "--by goes with the whole list, not with single domains");
    }
    enum mxs_err err = mxs_session_run(session, &run);
    if (err != MXS_OK)
        return err;
    mxs_session_read_style(session);
    err = mxs_drill_open(&drill, session->store, &run, &session->detail);
    if (err != MXS_OK)
        return err;
    for (int i = 0; i < count && err == MXS_OK; i++)
        err = mxs_drill_put_domain(&drill, session->store, &run, names[i], &session->detail);
    if (count == 0 && err == MXS_OK)
        err = spec != NULL ? mxs_drill_put_by(&drill, session->store, &run, spec, &session->detail)
                           : mxs_drill_put_list(&drill, &session->detail);
    if (err == MXS_OK)
        write_table(session, &run, count == 0 ? &drill.summary : &drill.hops);
    mxs_drill_close(&drill);
    return err;
}

static int run_drill(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_session session;
    enum mxs_err err = mxs_session_open(&session, values, argv[0]);
    if (err == MXS_OK)
        err = drill(&session, argc - 1, argv + 1);
    return mxs_session_close(&session, err);
}

const struct mxs_command mxs_drill_command = {
    .name = "drill",
    .arguments = "DB [DOMAIN...]",
    .summary = "what a sender would do tonight, hop by hop, and how long mail would wait (after the check smtp)",
    .examples = "mxsurvey drill survey.db example.org\n"
                "mxsurvey drill survey.db --by Region --format csv\n",
    .options = drill_options,
    .option_count = sizeof drill_options / sizeof *drill_options,
    .arguments_min = 1,
    .arguments_max = -1,
    .run = run_drill,
};
