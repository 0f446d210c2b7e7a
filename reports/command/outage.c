#include <string.h>

#include "base/nearest.h"
#include "reports/command/command.h"
#include "reports/command/internal/outage_text.h"
#include "reports/command/internal/session.h"

static const struct mxs_option outage_options[] = {
    {.name = "domains", .kind = MXS_OPTION_FLAG, .group = "Output", .help = "list the domains behind the numbers"},
    MXS_OPTION_RUN,
    MXS_OPTION_LIST_NAME,
    MXS_OPTION_WHERE,
    MXS_OPTION_BY,
    MXS_OPTION_FORMAT("text|json|csv|markdown|latex", "text"),
    MXS_OPTION_OUTPUT,
    MXS_OPTION_COLOR,
};

static int unknown_kind(const char *typed)
{
    struct mxs_nearest nearest;
    char text[256];
    mxs_nearest_init(&nearest, typed);
    for (int i = 0; i < MXS_PART_COUNT; i++)
        mxs_nearest_put(&nearest, mxs_part_names[i]);
    const char *hint = mxs_nearest_take(&nearest);
    snprintf(text, sizeof text,
             "'%.60s' cannot fail as a whole: name a provider, host, asn, prefix, address or country%s%s%s", typed,
             hint != NULL ? " (did you mean '" : "", hint != NULL ? hint : "", hint != NULL ? "'?)" : "");
    mxs_session_write_error(text);
    return MXS_EXIT_USAGE;
}

static enum mxs_err outage(struct mxs_session *session, enum mxs_part kind, const char *name)
{
    struct mxs_run run;
    enum mxs_err err = mxs_session_run(session, &run);
    if (err != MXS_OK)
        return err;
    mxs_session_read_style(session);
    const struct mxs_outage_options options = {kind, name, mxs_values_flag(session->values, "domains"),
                                               mxs_session_by(session)};
    struct mxs_outage found;
    err = mxs_outage_open(&found, session->store, &run, &options, &session->detail);
    session->usage |= found.by.refused;
    if (err != MXS_OK)
        return err;
    err = mxs_outage_write(&found, session->format, &session->style, session->out, &session->detail);
    mxs_outage_close(&found);
    return err;
}

static int run_outage(const mxs_values *values, int argc, char *const *argv)
{
    (void)argc;
    int kind = 0;
    while (kind < MXS_PART_COUNT && strcmp(mxs_part_names[kind], argv[1]) != 0)
        kind++;
    if (kind == MXS_PART_COUNT)
        return unknown_kind(argv[1]);
    struct mxs_session session;
    enum mxs_err err = mxs_session_open(&session, values, argv[0]);
    if (err == MXS_OK)
        err = outage(&session, (enum mxs_part)kind, argv[2]);
    return mxs_session_close(&session, err);
}

static const char *outage_word(const char *of, size_t index)
{
    return strcmp(of, "2") == 0 && index < MXS_PART_COUNT ? mxs_part_names[index] : NULL;
}

const struct mxs_command mxs_outage_command = {
    .name = "outage",
    .arguments = "DB provider|host|asn|prefix|address|country NAME",
    .summary = "who loses mail, and who falls back to whom, if this fails",
    .examples = "mxsurvey outage survey.db provider microsoft\n"
                "mxsurvey outage survey.db asn AS8075 --domains\n"
                "mxsurvey outage survey.db provider microsoft --by Region\n"
                "mxsurvey outage survey.db prefix 192.0.2.0/24 --format json\n",
    .options = outage_options,
    .option_count = sizeof outage_options / sizeof *outage_options,
    .arguments_min = 3,
    .arguments_max = 3,
    .words = outage_word,
    .run = run_outage,
};
