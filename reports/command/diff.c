#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "reports/command/command.h"
#include "reports/command/internal/diff_text.h"
#include "reports/command/internal/session.h"

static const struct mxs_option diff_options[] = {
    {.name = "kind",
     .kind = MXS_OPTION_LIST,
     .argument = "KIND",
     .group = "Which changes",
     .help = "only this kind; repeatable: receives_no_more, host_dangling, backup_lost, server_silent, "
             "provider_migrated, receives_again, "
             "state_changed, preference_swap, host_removed, host_added, backup_gained, address_moved, policy_changed, "
             "tls_lost, certificate_ends, left, joined, facet_changed, "
             "became_undetermined"},
    {.name = "provider",
     .kind = MXS_OPTION_TEXT,
     .argument = "ID",
     .group = "Which changes",
     .help = "only domains that this provider serves before or after"},
    {.name = "tld",
     .kind = MXS_OPTION_TEXT,
     .argument = "TLD",
     .group = "Which changes",
     .help = "only domains under this top-level domain"},
    MXS_OPTION_LIST_NAME,
    MXS_OPTION_WHERE,
    MXS_OPTION_BY,
    {.name = "exit-code",
     .kind = MXS_OPTION_FLAG,
     .group = "Output",
     .help = "exit 4 when there are changes, or when a tenth of the list is gone"},
    MXS_OPTION_FORMAT("text|json|csv|markdown|latex|html", "text"),
    MXS_OPTION_OUTPUT,
    MXS_OPTION_COLOR,
};

static bool find_kind(const char *typed, unsigned *kinds)
{
    struct mxs_nearest nearest;
    mxs_nearest_init(&nearest, typed);
    for (int kind = 0; kind < MXS_CHANGE_ALL; kind++) {
        if (strcmp(mxs_change_names[kind], typed) == 0) {
            *kinds |= 1u << kind;
            return true;
        }
        mxs_nearest_put(&nearest, mxs_change_names[kind]);
    }
    const char *hint = mxs_nearest_take(&nearest);
    char text[256];
    snprintf(text, sizeof text, "there is no kind of change '%.60s'%s%s%s", typed,
             hint != NULL ? "; did you mean '" : "", hint != NULL ? hint : "; `mxsurvey diff --help` lists them",
             hint != NULL ? "'?" : "");
    mxs_session_write_error(text);
    return false;
}

/* A run's number; 0 when it is not one. */
static int64_t run_number(const char *typed)
{
    char *end;
    long long number = strtoll(typed, &end, 10);
    return *end == '\0' && number > 0 ? number : 0;
}

static enum mxs_err diff(struct mxs_session *session, const struct mxs_diff_options *options, int64_t from_id,
                         int64_t to_id, bool *changed)
{
    struct mxs_run from, to;
    struct mxs_diff found = {.store = NULL};
    enum mxs_err err = mxs_diff_runs(session->store, from_id, to_id, mxs_values_text(session->values, "list"), &from,
                                     &to, &session->detail);
    if (err == MXS_OK)
        err = mxs_session_filter(session, &to, true);
    if (err == MXS_OK)
        err = mxs_diff_open(&found, session->store, &from, &to, options, &session->detail);
    session->usage |= found.by.refused;
    if (err != MXS_OK)
        return err;
    *changed = found.changed > 0 || found.shrank;
    err = mxs_diff_write(&found, session->format, &session->style, session->out, &session->detail);
    mxs_diff_close(&found);
    return err;
}

static int run_diff(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_diff_options options = {.provider = mxs_values_text(values, "provider"),
                                       .tld = mxs_values_text(values, "tld")};
    for (size_t i = 0; i < mxs_values_count(values, "kind"); i++)
        if (!find_kind(mxs_values_at(values, "kind", i), &options.kinds))
            return MXS_EXIT_USAGE;
    if (!mxs_session_has_by_format(values))
        return MXS_EXIT_USAGE;
    int64_t ids[2] = {0, 0};
    for (int i = 1; i < argc; i++) {
        ids[i - 1] = run_number(argv[i]);
        if (ids[i - 1] == 0) {
            mxs_session_write_error("FROM and TO are numbers of runs: `mxsurvey runs DB` lists them");
            return MXS_EXIT_USAGE;
        }
    }
    struct mxs_session session;
    bool changed = false;
    enum mxs_err err = mxs_session_open(&session, values, argv[0]);
    if (err == MXS_OK) {
        mxs_session_read_style(&session);
        options.by = mxs_session_by(&session);
        err = diff(&session, &options, ids[0], ids[1], &changed);
    }
    int code = mxs_session_close(&session, err);
    return code == MXS_EXIT_DONE && changed && mxs_values_flag(values, "exit-code") ? MXS_EXIT_CHANGES : code;
}

static const char *diff_word(const char *of, size_t index)
{
    return strcmp(of, "kind") == 0 && index < MXS_CHANGE_ALL ? mxs_change_names[index] : NULL;
}

const struct mxs_command mxs_diff_command = {
    .name = "diff",
    .arguments = "DB [FROM [TO]]",
    .summary = "what changed between two runs; without numbers, the last two complete ones",
    .examples = "mxsurvey diff survey.db\n"
                "mxsurvey diff survey.db 3 7 --kind backup_lost --format csv\n"
                "mxsurvey diff survey.db --provider google --exit-code\n"
                "mxsurvey diff survey.db --by Region\n"
                "mxsurvey diff survey.db --format html -o changes.html\n",
    .options = diff_options,
    .option_count = sizeof diff_options / sizeof *diff_options,
    .arguments_min = 1,
    .arguments_max = 3,
    .words = diff_word,
    .run = run_diff,
};
