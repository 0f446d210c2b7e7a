#include "reports/command/command.h"
#include "reports/command/internal/session.h"
#include "reports/record/explain.h"

static const struct mxs_option explain_options[] = {
    MXS_OPTION_RUN,
    MXS_OPTION_LIST_NAME,
    MXS_OPTION_OUTPUT,
    MXS_OPTION_COLOR,
};

static enum mxs_err explain(struct mxs_session *session, int count, char *const *names)
{
    struct mxs_run run;
    enum mxs_err err = mxs_session_run(session, &run);
    mxs_style_find(&session->style, session->out, mxs_values_text(session->values, "color"));
    for (int i = 0; i < count && err == MXS_OK; i++) {
        mxs_out_text(session->out, i == 0 ? "" : "\n");
        err = mxs_explain_write(session->store, &run, names[i], &session->style, session->out, &session->detail);
    }
    return err;
}

static int run_explain(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_session session;
    enum mxs_err err = mxs_session_open(&session, values, argv[0]);
    if (err == MXS_OK)
        err = explain(&session, argc - 1, argv + 1);
    return mxs_session_close(&session, err);
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
