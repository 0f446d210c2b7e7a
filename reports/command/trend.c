#include "reports/command/command.h"
#include "reports/command/internal/session.h"
#include "reports/command/internal/trend_text.h"

#define PROVIDERS_SHOWN 12
#define BY_SHOWN 5 /* to people, under each value */

static const struct mxs_option trend_options[] = {
    {.name = "list",
     .kind = MXS_OPTION_TEXT,
     .argument = "NAME",
     .group = "Which runs",
     .help = "the list; without it that of the newest run"},
    {.name = "last",
     .kind = MXS_OPTION_NUMBER,
     .argument = "N",
     .min = 1,
     .max = MXS_TREND_RUNS,
     .group = "Which runs",
     .help = "only the N newest runs"},
    MXS_OPTION_WHERE,
    MXS_OPTION_BY,
    {.name = "limit",
     .kind = MXS_OPTION_NUMBER,
     .argument = "N",
     .min = 1,
     .max = 100000,
     .group = "Output",
     .help = "how many providers"},
    MXS_OPTION_FORMAT("text|json|csv|markdown|latex|html", "text"),
    MXS_OPTION_OUTPUT,
    MXS_OPTION_COLOR,
};

static enum mxs_err trend(struct mxs_session *session)
{
    struct mxs_trend found = {.store = NULL};
    const mxs_values *values = session->values;
    struct mxs_trend_options options = {.by = mxs_session_by(session)};
    options.last = mxs_values_given(values, "last") ? mxs_values_number(values, "last") : 0;
    options.top = mxs_values_given(values, "limit")              ? mxs_values_number(values, "limit")
                  : options.by.people && options.by.spec != NULL ? BY_SHOWN
                                                                 : PROVIDERS_SHOWN;
    struct mxs_run newest;
    enum mxs_err err = mxs_run_find(session->store, 0, mxs_values_text(values, "list"), &newest, &session->detail);
    if (err == MXS_OK)
        err = mxs_session_filter(session, &newest, true);
    if (err == MXS_OK)
        err = mxs_trend_open(&found, session->store, 0, mxs_values_text(values, "list"), &options, &session->detail);
    session->usage |= found.by_refused;
    if (err != MXS_OK)
        return err;
    err = mxs_trend_write(&found, session->format, &session->style, session->out, &session->detail);
    mxs_trend_close(&found);
    return err;
}

static int run_trend(const mxs_values *values, int argc, char *const *argv)
{
    (void)argc;
    if (!mxs_session_has_by_format(values))
        return MXS_EXIT_USAGE;
    struct mxs_session session;
    enum mxs_err err = mxs_session_open(&session, values, argv[0]);
    if (err == MXS_OK) {
        mxs_session_read_style(&session);
        err = trend(&session);
    }
    return mxs_session_close(&session, err);
}

const struct mxs_command mxs_trend_command = {
    .name = "trend",
    .arguments = "DB",
    .summary = "shares over all runs of a list, over the names that every run settled",
    .examples = "mxsurvey trend survey.db\n"
                "mxsurvey trend survey.db --last 30 --format csv -o trend.csv\n"
                "mxsurvey trend survey.db --by Region --format csv\n"
                "mxsurvey trend survey.db --format html -o trend.html\n",
    .options = trend_options,
    .option_count = sizeof trend_options / sizeof *trend_options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_trend,
};
