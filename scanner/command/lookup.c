/* lookup: a scan of a few names into memory, and whoever reads it. */
#include "scanner/command/command.h"

#include <sys/stat.h>

#include "base/log.h"
#include "base/shell.h"
#include "scanner/run/failure.h"
#include "scanner/run/survey.h"

static mxs_survey_reader after_lookup;

void mxs_lookup_read_with(mxs_survey_reader reader) { after_lookup = reader; }

/* "domains.txt" is a name that may be asked for, and most likely not what was meant. */
static void hint_at_scan(int argc, char *const *argv)
{
    struct stat found;
    for (int i = 0; i < argc; i++)
        if (stat(argv[i], &found) == 0 && S_ISREG(found.st_mode))
            mxs_log(MXS_LOG_NOTE, "%.200s is a file; to survey the domains in it: mxsurvey scan %s", argv[i],
                    MXS_SHELL_WORD(argv[i]));
}

static int run_lookup(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_settings settings;
    struct mxs_survey survey;
    struct mxs_detail detail = {0};
    mxs_failure_init(values);
    enum mxs_err err = mxs_settings_init(&settings, values, MXS_USE_LOOKUP, &detail);
    if (err != MXS_OK)
        return mxs_failure_put(err, true, &detail);
    err = mxs_survey_open(&survey, &settings, mxs_values_json(values), NULL, 0, &detail);
    if (err != MXS_OK) {
        int code = mxs_failure_put(err, survey.usage, &detail);
        mxs_settings_finish(&settings);
        return code;
    }
    hint_at_scan(argc, argv);
    survey.names = true;
    err = mxs_survey_run(&survey, argv, argc, &detail);
    int code = MXS_EXIT_DONE;
    if (err == MXS_ERR_STOPPED) { /* unlike a scan it has nothing to go on from */
        mxs_log(MXS_LOG_NOTE, "%s: nothing is stored", detail.text);
        code = MXS_EXIT_STOPPED;
    } else if (err != MXS_OK) {
        code = mxs_failure_put(err, survey.usage, &detail);
    }
    if (err == MXS_OK && after_lookup != NULL)
        code = after_lookup(survey.store, survey.run.id, argc, argv, values);
    mxs_survey_close(&survey);
    mxs_settings_finish(&settings);
    return code;
}

const struct mxs_command mxs_lookup_command = {
    .name = "lookup",
    .arguments = "[options] DOMAIN...",
    .summary = "explain how a few domains receive mail: asks now, stores nothing",
    .examples = "mxsurvey lookup example.org\n"
                "mxsurvey lookup -r 127.0.0.1:5353 example.org example.net\n"
                "mxsurvey lookup --format json example.org\n",
    .options = mxs_ask_options,
    .option_count = 1 + MXS_ASK_OPTION_COUNT,
    .arguments_min = 1,
    .arguments_max = 1000,
    .shared = mxs_whom_to_ask,
    .sharer = "scan",
    .words = mxs_settings_word,
    .run = run_lookup,
};
