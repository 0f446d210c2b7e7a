/* A stranger's database, judged again, and its unfinished run merged to the end.
 *
 * Rooms scanner/run
 *
 * Rows as database.h makes them of the input. What the scanner does with a database that it finds, without asking
 * anybody: it is judged or refused with a sentence. */
#include "tests/fuzz/database.h"

#include "db/measured.h"
#include "scanner/run/internal/merge.h"
#include "scanner/run/judging.h"
#include "scanner/run/internal/policy.h"
#include "scanner/run/internal/stages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refusal(enum mxs_err err, const struct mxs_detail *detail)
{
    MXS_ASSERT(err == MXS_OK || ((err == MXS_ERR_FOREIGN_DB || err == MXS_ERR_DB) && detail->text[0] != 0));
}

static void read_measured(mxs_store *store)
{
    struct mxs_measured measured;
    struct mxs_measured_row row;
    struct mxs_detail detail = {0};
    uint32_t last = 0;
    mxs_measured_open(&measured, store, 0, UINT32_MAX);
    while (mxs_measured_next(&measured, &row)) {
        MXS_ASSERT(row.domain >= last);
        last = row.domain;
    }
    check_refusal(mxs_measured_finish(&measured, &detail), &detail);
}

static enum mxs_err merge(struct mxs_survey *survey, mxs_judging *judging, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_run_check(survey, detail);
    if (err == MXS_OK)
        err = mxs_merge_hosts(survey->store, &survey->run, &survey->dictionary, detail);
    if (err == MXS_OK)
        err = mxs_merge_policies(survey->store, &survey->run, survey->settings->checks,
                                 survey->dictionary.hosts.keys.count, detail);
    if (err == MXS_OK)
        err = mxs_judging_begin(judging, 1, 3, 2, "mx,host,auth,transport", detail);
    return err == MXS_OK ? mxs_merge_domains(survey, judging, detail) : err;
}

/* Judged once as it stands, so that verdicts, labels and the rule-set's digest are what the scanner finds there later.
 */
static mxs_store *open_judged(const mxs_rules *rules, const mxs_suffixes *suffixes)
{
    mxs_store *store = world_open();
    struct mxs_dictionary dictionary;
    struct mxs_detail detail;
    mxs_judging *judging;
    bool dropped;
    const struct mxs_judging_options options = {
        .store = store, .dictionary = &dictionary, .rules = rules, .suffixes = suffixes, .rules_source = "fuzz"};
    mxs_dictionary_init(&dictionary);
    MXS_ASSERT(mxs_dictionary_load(&dictionary, store, &detail) == MXS_OK);
    MXS_ASSERT(mxs_judging_open(&judging, &options, true, &dropped, &detail) == MXS_OK);
    MXS_ASSERT(mxs_judging_all(judging, &detail) == MXS_OK);
    mxs_judging_close(&judging);
    mxs_dictionary_finish(&dictionary);
    world_keep(store);
    return store;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static mxs_store *store;
    static mxs_rules *rules;
    static mxs_suffixes *suffixes;
    static struct mxs_survey survey;
    static const char text[] = "example.net\texample\tmailbox\n*.example.org\tbox\tisp\n";
    static const struct mxs_settings settings = {.checks = 15, .checks_text = "mx,host,auth,transport"};
    if (store == NULL) {
        MXS_ASSERT(mxs_rules_create(&rules, text, sizeof text - 1, "fuzz", NULL) == MXS_OK);
        MXS_ASSERT(mxs_suffixes_create(&suffixes, NULL, NULL) == MXS_OK);
        store = open_judged(rules, suffixes);
    }
    if (size < 1)
        return 0;
    struct mxs_detail detail = {0};
    mxs_judging *judging = NULL;
    bool dropped;
    survey = (struct mxs_survey){.settings = &settings,
                                 .store = store,
                                 .detail = &detail,
                                 .rules = rules,
                                 .suffixes = suffixes,
                                 .run = {.id = 3, .list_id = 1, .previous = 2, .accepted = 6}};
    survey.progress.timer.data = &survey; /* with no stage to tell of */
    world_put(data + 1, size - 1);
    read_measured(store);
    mxs_dictionary_init(&survey.dictionary);
    enum mxs_err err = mxs_dictionary_load(&survey.dictionary, store, &detail);
    const struct mxs_judging_options options = {
        .store = store, .dictionary = &survey.dictionary, .rules = rules, .suffixes = suffixes, .rules_source = "fuzz"};
    if (err == MXS_OK)
        err = mxs_judging_open(&judging, &options, (data[0] & 1) == 0, &dropped, &detail);
    if (err == MXS_OK && (data[0] & 2) == 0)
        err = mxs_judging_all(judging, &detail);
    if (err == MXS_OK)
        err = merge(&survey, judging, &detail);
    check_refusal(err, &detail);
    if (judging != NULL)
        mxs_judging_close(&judging);
    mxs_dictionary_finish(&survey.dictionary);
    MXS_ASSERT(sqlite3_get_autocommit(mxs_store_handle(store)) != 0);
    return 0;
}
