#include "reports/command/command.h"
#include "reports/command/internal/session.h"
#include "reports/record/explain.h"

static const struct mxs_option explain_options[] = {
    MXS_OPTION_RUN,
    MXS_OPTION_LIST_NAME,
    MXS_OPTION_WHERE,
    MXS_OPTION_OUTPUT,
    MXS_OPTION_COLOR,
};

/* A name that the run does not know costs the others nothing; the exit code tells. */
static enum mxs_err explain(struct mxs_session *session, int count, char *const *names, bool *unknown)
{
    struct mxs_run run;
    bool first = true;
    enum mxs_err err = mxs_session_run(session, &run);
    mxs_style_find(&session->style, session->out, mxs_values_text(session->values, "color"));
    for (int i = 0; i < count && err == MXS_OK; i++) {
        mxs_out text;
        mxs_out_attach(&text, NULL);
        err = mxs_explain_write(session->store, &run, names[i], &session->style, &text, &session->detail);
        if (err == MXS_OK)
            err = mxs_out_check(&text, &session->detail);
        if (err == MXS_OK) {
            mxs_out_text(session->out, first ? "" : "\n");
            mxs_out_bytes(session->out, text.buffer, text.used);
            first = false;
        } else if (err == MXS_ERR_INPUT) {
            mxs_session_write_error(session->detail.text);
            *unknown = true;
            err = MXS_OK;
        }
        mxs_out_abandon(&text);
    }
    return err;
}

static int run_explain(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_session session;
    bool unknown = false;
    enum mxs_err err = mxs_session_open(&session, values, argv[0]);
    if (err == MXS_OK)
        err = explain(&session, argc - 1, argv + 1, &unknown);
    int code = mxs_session_close(&session, err);
    return code == MXS_EXIT_DONE && unknown ? MXS_EXIT_FAILED : code;
}

const struct mxs_command mxs_explain_command = {
    .name = "explain",
    .arguments = "DB DOMAIN...",
    .summary = "where a domain's mail goes, tier by tier, and the rule and evidence behind each verdict",
    .examples = "mxsurvey explain survey.db example.org\n",
    .options = explain_options,
    .option_count = sizeof explain_options / sizeof *explain_options,
    .arguments_min = 2,
    .arguments_max = -1,
    .run = run_explain,
};
