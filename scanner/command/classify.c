/* classify: judge again from stored facts, under another rule-set or with networks, without asking anybody. */
#include "base/log.h"
#include "base/shell.h"
#include "scanner/command/command.h"
#include "scanner/run/failure.h"
#include "scanner/run/judging.h"

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
        err = mxs_err_set(detail, MXS_ERR_IO, "%s: there is no such database: `mxsurvey scan -o %s LIST` makes one", db,
                          MXS_SHELL_WORD(db));
    if (err == MXS_OK)
        err = mxs_store_open(&classify->store, db, detail);
    if (err == MXS_OK) {
        mxs_store_set_work(classify->store, MXS_WORK_JUDGING);
        err = mxs_dictionary_load(&classify->dictionary, classify->store, detail);
    }
    mxs_dictionary_rest(&classify->dictionary);
    return err;
}

static enum mxs_err judge_again(struct classify *classify, const mxs_values *values, struct mxs_detail *detail)
{
    const char *rules = mxs_values_text(values, "rules");
    mxs_judging *judging;
    bool dropped;
    struct mxs_judging_options options = {.store = classify->store,
                                          .dictionary = &classify->dictionary,
                                          .rules = classify->rules,
                                          .suffixes = classify->suffixes,
                                          .asn = classify->asn,
                                          .rules_source = rules};
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
    mxs_failure_init(values);
    mxs_dictionary_init(&classify.dictionary);
    enum mxs_err err = open_classify(&classify, values, argv[0], &usage, &detail);
    if (err == MXS_OK)
        err = judge_again(&classify, values, &detail);
    int code = err == MXS_OK ? MXS_EXIT_DONE : mxs_failure_put(err, usage, &detail);
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
    .summary = "judge all runs again from stored facts, without any queries",
    .examples = "mxsurvey classify survey.db\n"
                "mxsurvey classify --rules my-providers.tsv survey.db\n",
    .options = classify_options,
    .option_count = sizeof classify_options / sizeof classify_options[0],
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_classify,
};
