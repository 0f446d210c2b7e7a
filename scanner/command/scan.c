#include "scanner/command/command.h"

#include <string.h>

#include "base/log.h"
#include "base/shell.h"
#include "scanner/run/failure.h"
#include "scanner/command/internal/hooks.h"
#include "scanner/run/keeping.h"
#include "scanner/run/survey.h"

static mxs_survey_reader after_scan;
static mxs_survey_teller tellers[MXS_HOOK_COUNT];

void mxs_scan_read_with(mxs_survey_reader reader) { after_scan = reader; }

void mxs_survey_tell_with(mxs_survey_teller on_finish, mxs_survey_teller on_change)
{
    tellers[MXS_HOOK_FINISH] = on_finish;
    tellers[MXS_HOOK_CHANGE] = on_change;
}

static int scan(const struct mxs_settings *settings, struct mxs_hooks *hooks, const mxs_values *values, int argc,
                char *const *argv)
{
    struct mxs_survey survey;
    struct mxs_detail detail = {0};
    enum mxs_err err = mxs_survey_open(&survey, settings, mxs_values_json(values), argv, argc, &detail);
    if (err != MXS_OK)
        return mxs_failure_put(err, survey.usage, &detail);
    err = mxs_survey_run(&survey, argv, argc, &detail);
    int code = MXS_EXIT_DONE;
    if (err == MXS_ERR_STOPPED && settings->fresh) { /* given again it would begin anew again */
        const char *origin = mxs_values_origin(values, "new");
        if (strcmp(origin, "--new") == 0)
            mxs_log(MXS_LOG_NOTE, "%s: the same command without --new resumes", detail.text);
        else
            mxs_log(MXS_LOG_NOTE, "%s: the same command with --new=no resumes (%s begins a new run)", detail.text,
                    origin);
        code = MXS_EXIT_STOPPED;
    } else if (err != MXS_OK)
        code = mxs_failure_put(err, survey.usage, &detail);
    else if (survey.run.degraded) {
        code = MXS_EXIT_DEGRADED;
        if (settings->quiet) /* else the summary says it; a nightly job must not be silent about it */
            mxs_log(MXS_LOG_ERROR,
                    "degraded: too many names could not be determined; mxsurvey report %s resolvers says more",
                    MXS_SHELL_WORD(settings->db));
    }
    if (err == MXS_OK && !settings->quiet && after_scan != NULL)
        (void)after_scan(survey.store, survey.run.id, 0, NULL, values);
    if (err == MXS_OK)
        mxs_hooks_read(hooks, tellers, survey.store, survey.run.id);
    mxs_survey_close(&survey);
    if (err == MXS_OK && settings->finish_to != NULL &&
        (err = mxs_keeping_put(settings->db, settings->finish_to, &detail)) != MXS_OK)
        code = mxs_failure_put(err, false, &detail);
    return code;
}

static int run_scan(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_settings settings;
    struct mxs_hooks hooks;
    struct mxs_detail detail = {0};
    mxs_failure_init(values);
    enum mxs_err err = mxs_settings_init(&settings, values, MXS_USE_SCAN, &detail);
    if (err != MXS_OK)
        return mxs_failure_put(err, true, &detail);
    const char *network = mxs_keeping_network(settings.db);
    if (network != NULL)
        mxs_log(MXS_LOG_NOTE,
                "%s lies on %s, where a database that is being written may lose data: scan on a local disk, and keep "
                "it there with"
                " --finish-to",
                settings.db, network);
    if (settings.finish_to != NULL && mxs_keeping_find(settings.db, settings.finish_to, &detail) != MXS_OK) {
        mxs_settings_finish(&settings);
        return mxs_failure_put(MXS_ERR_INPUT, true, &detail);
    }
    err = mxs_hooks_open(&hooks, &settings, &detail); /* its helper is forked before the sandbox and the first thread */
    int code = err == MXS_OK ? scan(&settings, &hooks, values, argc, argv) : mxs_failure_put(err, false, &detail);
    mxs_hooks_run(&hooks);
    mxs_hooks_close(&hooks);
    mxs_settings_finish(&settings);
    return code;
}

const struct mxs_command mxs_scan_command = {
    .name = "scan",
    .arguments = "[options] INPUT...",
    .summary = "survey domain lists into a database; resumes an unfinished run",
    .examples = "mxsurvey scan domains.txt\n"
                "mxsurvey scan -r 127.0.0.1 -o survey.db tranco.csv.gz\n"
                "zcat names.gz | mxsurvey scan --list nightly -\n",
    .options = mxs_scan_options,
    .option_count = MXS_SCAN_OPTION_COUNT,
    .arguments_min = 1,
    .arguments_max = -1,
    .words = mxs_settings_word,
    .run = run_scan,
};
