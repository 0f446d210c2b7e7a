#include "scanner/survey/command.h"

#include <stdio.h>

#include "scanner/base/log.h"
#include "scanner/input/list.h"
#include "scanner/survey/judging.h"
#include "scanner/survey/survey.h"

static mxs_survey_reader after_scan, after_lookup;

void mxs_survey_read_with(mxs_survey_reader scan, mxs_survey_reader lookup)
{
    after_scan = scan;
    after_lookup = lookup;
}

/* The one place where this room's failures become words and exit codes. */
static int complain(enum mxs_err err, bool usage, const struct mxs_detail *detail)
{
    if (err == MXS_ERR_STOPPED)
        mxs_log(MXS_LOG_NOTE, "%s: the same command resumes", detail->text);
    else if (detail->line != 0)
        mxs_log(MXS_LOG_ERROR, "%s (line %llu)", detail->text, (unsigned long long)detail->line);
    else
        mxs_log(MXS_LOG_ERROR, "%s", detail->text);
    if (err == MXS_ERR_STOPPED || err == MXS_ERR_DISK)
        return MXS_EXIT_STOPPED;
    return usage ? MXS_EXIT_USAGE : MXS_EXIT_FAILED;
}

static void set_log(const mxs_values *values)
{
    mxs_log_level_set(mxs_values_flag(values, "quiet") ? MXS_LOG_ERROR
                                                       : mxs_values_flag(values, "verbose") ? MXS_LOG_DEBUG : MXS_LOG_NOTE);
}

static int run_scan(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_settings settings;
    struct mxs_survey survey;
    struct mxs_detail detail = {0};
    set_log(values);
    enum mxs_err err = mxs_settings_init(&settings, values, true, &detail);
    if (err != MXS_OK)
        return complain(err, true, &detail);
    err = mxs_survey_open(&survey, &settings, mxs_values_json(values), argv, argc, &detail);
    if (err != MXS_OK) {
        int code = complain(err, survey.usage, &detail);
        mxs_settings_finish(&settings);
        return code;
    }
    err = mxs_survey_run(&survey, argv, argc, &detail);
    int code = MXS_EXIT_DONE;
    if (err != MXS_OK)
        code = complain(err, survey.usage, &detail);
    else if (survey.run.degraded)
        code = MXS_EXIT_DEGRADED;
    if (err == MXS_OK && !settings.quiet && after_scan != NULL)
        (void)after_scan(survey.store, survey.run.id, 0, NULL, values);
    mxs_survey_close(&survey);
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
    .run = run_scan,
};

/* --- lookup: a scan of a few names into memory, and whoever reads it ------------------------------------------------- */

static int run_lookup(const mxs_values *values, int argc, char *const *argv)
{
    struct mxs_settings settings;
    struct mxs_survey survey;
    struct mxs_detail detail = {0};
    set_log(values);
    enum mxs_err err = mxs_settings_init(&settings, values, false, &detail);
    if (err != MXS_OK)
        return complain(err, true, &detail);
    err = mxs_survey_open(&survey, &settings, mxs_values_json(values), NULL, 0, &detail);
    if (err != MXS_OK) {
        int code = complain(err, survey.usage, &detail);
        mxs_settings_finish(&settings);
        return code;
    }
    survey.names = true;
    err = mxs_survey_run(&survey, argv, argc, &detail);
    int code = err == MXS_OK ? MXS_EXIT_DONE : complain(err, survey.usage, &detail);
    if (err == MXS_OK && after_lookup != NULL)
        code = after_lookup(survey.store, survey.run.id, argc, argv, values);
    mxs_survey_close(&survey);
    mxs_settings_finish(&settings);
    return code;
}

const struct mxs_command mxs_lookup_command = {
    .name = "lookup",
    .arguments = "[options] DOMAIN...",
    .summary = "explain the mail of a few domains, asked now, nothing stored",
    .examples = "mxsurvey lookup example.org\n"
                "mxsurvey lookup -r 127.0.0.1:5353 example.org example.net\n",
    .options = mxs_scan_options,
    .option_count = MXS_ASK_OPTION_COUNT,
    .arguments_min = 1,
    .arguments_max = 1000,
    .run = run_lookup,
};

/* --- classify: judge again from stored facts ------------------------------------------------------------------------- */

struct classify {
    mxs_store *store;
    struct mxs_dictionary dictionary;
    mxs_rules *rules;
    mxs_suffixes *suffixes;
    mxs_asn *asn;
};

static enum mxs_err open_classify(struct classify *classify, const mxs_values *values, const char *db, bool *usage,
                                  struct mxs_detail *detail)
{
    const char *rules = mxs_values_text(values, "rules"), *asn = mxs_values_text(values, "asn-db");
    enum mxs_err err = rules == NULL ? mxs_rules_create_built_in(&classify->rules, detail)
                                     : mxs_rules_create_file(&classify->rules, rules, detail);
    if (err == MXS_OK)
        err = mxs_suffixes_create(&classify->suffixes, mxs_values_text(values, "psl"), detail);
    if (err == MXS_OK && asn != NULL)
        err = mxs_asn_open(&classify->asn, asn, detail);
    *usage = err == MXS_ERR_INPUT;
    if (err == MXS_OK && !mxs_store_exists(db))
        err = mxs_err_set(detail, MXS_ERR_IO, "%s: there is no such database: `mxsurvey scan -o %s LIST` makes one", db, db);
    if (err == MXS_OK)
        err = mxs_store_open(&classify->store, db, detail);
    return err == MXS_OK ? mxs_dictionary_load(&classify->dictionary, classify->store, detail) : err;
}

static enum mxs_err judge_again(struct classify *classify, const mxs_values *values, struct mxs_detail *detail)
{
    const char *rules = mxs_values_text(values, "rules");
    mxs_judging *judging;
    bool dropped;
    struct mxs_judging_options options = {.store = classify->store, .dictionary = &classify->dictionary, .rules = classify->rules,
                                          .suffixes = classify->suffixes, .asn = classify->asn,
                                          .rules_source = rules != NULL ? rules : "built in"};
    enum mxs_err err = mxs_judging_open(&judging, &options, true, &dropped, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_judging_all(judging, detail);
    mxs_judging_close(&judging);
    return err == MXS_OK ? mxs_store_checkpoint(classify->store, detail) : err;
}

static int run_classify(const mxs_values *values, int argc, char *const *argv)
{
    struct classify classify = {0};
    struct mxs_detail detail = {0};
    bool usage = false;
    (void)argc;
    set_log(values);
    mxs_dictionary_init(&classify.dictionary);
    enum mxs_err err = open_classify(&classify, values, argv[0], &usage, &detail);
    if (err == MXS_OK)
        err = judge_again(&classify, values, &detail);
    int code = err == MXS_OK ? MXS_EXIT_DONE : complain(err, usage, &detail);
    if (err == MXS_OK)
        mxs_log(MXS_LOG_NOTE, "judged again under rule-set %.16s, %u rules", mxs_rules_digest(classify.rules),
                mxs_rules_count(classify.rules));
    mxs_dictionary_finish(&classify.dictionary);
    mxs_store_close(&classify.store);
    if (classify.asn != NULL)
        mxs_asn_close(&classify.asn);
    if (classify.rules != NULL)
        mxs_rules_destroy(&classify.rules);
    if (classify.suffixes != NULL)
        mxs_suffixes_destroy(&classify.suffixes);
    return code;
}

static const struct mxs_option classify_options[] = {
    {"rules", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, "Data", "provider rules instead of the built-in ones"},
    {"psl", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, "Data", "public suffix list instead of the system's"},
    {"asn-db", 0, MXS_OPTION_TEXT, "FILE", NULL, 0, 0, NULL, "Data", "MMDB that maps addresses to networks"},
    {"quiet", 'q', MXS_OPTION_FLAG, NULL, NULL, 0, 0, NULL, "Output", "say nothing but errors"},
    {"verbose", 'v', MXS_OPTION_FLAG, NULL, NULL, 0, 0, NULL, "Output", "say more on standard error"},
};

const struct mxs_command mxs_classify_command = {
    .name = "classify",
    .arguments = "[options] DB",
    .summary = "judge all runs again from stored facts, without asking anybody",
    .examples = "mxsurvey classify survey.db\n"
                "mxsurvey classify --rules my-providers.tsv survey.db\n",
    .options = classify_options,
    .option_count = sizeof classify_options / sizeof classify_options[0],
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_classify,
};
