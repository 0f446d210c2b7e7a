#include "scanner/run/survey.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options/option.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/system.h"
#include "scanner/input/list.h"
#include "scanner/outside/outside.h"
#include "scanner/run/confine.h"
#include "scanner/run/internal/reaching.h"
#include "scanner/run/internal/smtp.h"
#include "scanner/run/internal/stages.h"
#include "scanner/run/internal/sts.h"

#define DRAIN_MS 3000
#define CHECK_AFTER_MS 150 /* with --rate: the last questions' tenth of a second is over */

static const int caught_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
#define CAUGHT (sizeof caught_signals / sizeof caught_signals[0])

/* --- being stopped --- */

/* Who presses Ctrl-C twice has no patience; a manager of jobs that says TERM to a process and to its parent, who passes
 * it on, means it once. */
static void stop(struct mxs_survey *survey, bool patient)
{
    if (survey->stops > 0 && patient)
        return;
    survey->stops++;
    if (survey->stops > 1)
        _exit(MXS_EXIT_INTERRUPTED); /* whatever is committed stays; the lock goes with the process */
    mxs_progress_clear(survey);
    if (survey->scheduler != NULL)
        mxs_scheduler_stop(survey->scheduler, DRAIN_MS);
    if (survey->writer != NULL)
        mxs_writer_give_up(survey->writer);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct mxs_survey *survey = handle->data;
    if (number == SIGUSR1) {
        mxs_progress_tell(survey);
        return;
    }
    if (survey->stops == 0)
        mxs_log(MXS_LOG_NOTE, "stopping: questions in flight have %d s, the rest stay pending",
                DRAIN_MS / 1000);
    stop(survey, number != SIGINT);
}

static void on_limit(uv_timer_t *handle)
{
    struct mxs_survey *survey = handle->data;
    survey->timed_out = true;
    mxs_log(MXS_LOG_NOTE, "the time limit of %u s is reached: stopping", survey->settings->time_limit_s);
    stop(survey, true);
}

static enum mxs_err open_loop(struct mxs_survey *survey, struct mxs_detail *detail)
{
    if (uv_loop_init(&survey->loop) != 0)
        return mxs_err_set(detail, MXS_ERR_IO, "the event loop cannot be created: raise `ulimit -n`");
    survey->loop_open = true;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit then shows as a full disk, and is waited out */
    for (size_t i = 0; i < CAUGHT; i++) {
        uv_signal_init(&survey->loop, &survey->signals[i]);
        survey->signals[i].data = survey;
        uv_signal_start(&survey->signals[i], on_signal, caught_signals[i]);
    }
    uv_timer_init(&survey->loop, &survey->limit);
    survey->limit.data = survey;
    if (survey->settings->time_limit_s != 0)
        uv_timer_start(&survey->limit, on_limit, (uint64_t)survey->settings->time_limit_s * 1000, 0);
    mxs_progress_open(survey);
    if (survey->settings->status_file == NULL)
        return MXS_OK;
    survey->progress.status = fopen(survey->settings->status_file, "ae");
    if (survey->progress.status != NULL)
        return MXS_OK;
    survey->usage = true;
    return mxs_err_set(detail, MXS_ERR_INPUT, "%s: cannot be written (%s): name another file with --status-file",
                       survey->settings->status_file, strerror(errno));
}

/* --- a recursor of our own --- */

static void on_news(uv_poll_t *handle, int status, int events)
{
    struct mxs_survey *survey = handle->data;
    char text[MXS_RECURSOR_NEWS_SIZE];
    (void)status, (void)events;
    enum mxs_recursor_news news = mxs_recursor_next(survey->recursor, text);
    if (news == MXS_RECURSOR_NONE)
        return;
    mxs_progress_clear(survey);
    if (news == MXS_RECURSOR_RESTARTED) {
        mxs_log(MXS_LOG_NOTE, "Unbound %s; it was started once more, what it had not answered is asked again", text);
        return;
    }
    uv_poll_stop(handle);
    mxs_log(MXS_LOG_ERROR, "Unbound %s, and is not started a third time%s%s", text,
            survey->recursor_log[0] == 0 ? "" : ": its log is ", survey->recursor_log);
    if (survey->stops == 0)
        stop(survey, true);
}

/* Before the sandbox and the first thread. Nothing is written before it is known that the world can be asked. */
static enum mxs_err open_recursor(struct mxs_survey *survey, struct mxs_detail *detail)
{
    const struct mxs_settings *settings = survey->settings;
    struct mxs_recursor_machine machine;
    struct mxs_recursor_config config;
    enum mxs_recursor_reach reach;
    if (!settings->own_recursor)
        return MXS_OK;
    mxs_recursor_machine_read(&machine);
    enum mxs_err err = mxs_recursor_config_init(&config, &machine, &settings->recursor, detail);
    survey->usage |= err == MXS_ERR_INPUT;
    if (err == MXS_OK)
        err = mxs_recursor_check(&config, detail);
    if (err == MXS_OK)
        err = mxs_recursor_reach_find(&config, &reach, detail);
    if (err == MXS_OK && reach != MXS_RECURSOR_OPEN)
        err = mxs_err_set(detail, MXS_ERR_IO, "--recursor: %s", mxs_recursor_reach_text(&config, reach));
    if (err != MXS_OK)
        return err;
    bool stored = strcmp(settings->db, ":memory:") != 0;
    if (stored)
        snprintf(survey->recursor_log, sizeof survey->recursor_log, "%.4000s.recursor.log", settings->db);
    uint64_t begun_ns = mxs_clock_ns();
    err = mxs_recursor_open(&survey->recursor, &config, stored ? survey->recursor_log : NULL, detail);
    if (err == MXS_OK)
        mxs_log(MXS_LOG_DEBUG, "Unbound answers at %s after %llu ms", mxs_recursor_address(survey->recursor),
                (unsigned long long)((mxs_clock_ns() - begun_ns) / MXS_NS_PER_MS));
    return err;
}

static void watch_recursor(struct mxs_survey *survey)
{
    if (survey->recursor == NULL)
        return;
    MXS_ASSERT(uv_poll_init(&survey->loop, &survey->recursor_news, mxs_recursor_handle(survey->recursor)) == 0);
    survey->recursor_news.data = survey;
    MXS_ASSERT(uv_poll_start(&survey->recursor_news, UV_READABLE, on_news) == 0);
    uv_unref((uv_handle_t *)&survey->recursor_news);
}

/* When nothing is asked any more, its memory is wanted for judging. */
static void close_recursor(struct mxs_survey *survey)
{
    if (survey->recursor != NULL && survey->recursor_news.data != NULL)
        uv_close((uv_handle_t *)&survey->recursor_news, NULL);
    survey->recursor_news.data = NULL;
    mxs_recursor_close(&survey->recursor);
}

/* --- resolvers --- */

struct probe {
    bool over;
    uint32_t answering;
};

static void on_ready(void *arg, uint32_t answering)
{
    struct probe *probe = arg;
    *probe = (struct probe){true, answering};
}

static void on_lying(void *arg, uint32_t resolver, int64_t since_unix_s, const char *reason)
{
    struct mxs_survey *survey = arg;
    mxs_progress_clear(survey);
    if (reason == NULL)
        mxs_run_tell_late_dns64(survey, resolver, since_unix_s != 0);
    else
        mxs_log(MXS_LOG_NOTE, "resolver %s is excluded: %s; what it said is asked again",
                mxs_resolver_address(mxs_pool_resolver(survey->pool, resolver)), reason);
    if (survey->lying_count < MXS_LYING_MAX)
        survey->lying[survey->lying_count++] = (struct mxs_lying){resolver, since_unix_s, reason};
}

static enum mxs_err no_resolver(const struct mxs_survey *survey, struct mxs_detail *detail)
{
    char tried[320] = "";
    size_t used = 0;
    bool excluded_any = false;
    for (uint32_t i = 0; i < mxs_pool_count(survey->pool) && used < sizeof tried - 160; i++) {
        const char *excluded = mxs_pool_excluded(survey->pool, i);
        excluded_any |= excluded != NULL;
        used += (size_t)snprintf(tried + used, sizeof tried - used, "%s%s%s%s", i == 0 ? "" : ", ",
                                 mxs_resolver_address(mxs_pool_resolver(survey->pool, i)), excluded == NULL ? "" : ": ",
                                 excluded == NULL ? "" : excluded);
    }
    if (survey->recursor != NULL)
        return mxs_err_set(detail, MXS_ERR_IO,
                           "the Unbound of this scan runs and finds no answer for the root itself%s%s: `mxsurvey doctor"
                           " --recursor` looks at the way to the outside",
                           survey->recursor_log[0] == 0 ? "" : ", its log is ", survey->recursor_log);
    return mxs_err_set(detail, MXS_ERR_IO,
                       "no resolver %s (tried %s): check the network, or name one with --resolver ADDR",
                       excluded_any ? "is fit to be asked" : "answers", tried);
}

static enum mxs_err open_pool(struct mxs_survey *survey, struct mxs_detail *detail)
{
    const struct mxs_settings *settings = survey->settings;
    struct mxs_pool_options pool = mxs_settings_pool(settings, survey->exclude, survey->controls);
    survey->control_count = pool.health ? pool.control_count : 0;
    enum mxs_err err = mxs_pool_create(&survey->pool, &survey->loop, &pool, detail);
    if (err == MXS_OK && survey->recursor != NULL)
        err = mxs_pool_put(survey->pool, mxs_recursor_address(survey->recursor), detail);
    for (size_t i = 0; err == MXS_OK && i < settings->resolver_count; i++) {
        err = mxs_pool_put(survey->pool, settings->resolvers[i], detail);
        survey->usage |= err == MXS_ERR_INPUT;
    }
    if (err != MXS_OK)
        return err;
    survey->traits_told = calloc(mxs_pool_count(survey->pool), sizeof *survey->traits_told);
    if (survey->traits_told == NULL)
        return mxs_err_memory(detail, NULL);
    struct probe probe = {0};
    mxs_pool_lying(survey->pool, on_lying, survey);
    mxs_waiting_open(&survey->waiting, &survey->loop, survey->pool);
    mxs_pool_probe(survey->pool, on_ready, &probe);
    while (!probe.over && survey->stops == 0)
        uv_run(&survey->loop, UV_RUN_ONCE);
    mxs_waiting_close(&survey->waiting);
    if (survey->stops > 0)
        return mxs_err_set(detail, MXS_ERR_STOPPED, "stopped");
    if (probe.answering == 0)
        return no_resolver(survey, detail);
    struct mxs_scheduler_options options = settings->scheduler;
    options.suffixes = survey->suffixes;
    return mxs_scheduler_create(&survey->scheduler, &survey->loop, survey->pool, &options, detail);
}

/* --- data --- */

/* Somebody may have typed a domain where a list is wanted. An ending that lists have is a slip in a file's name
 * instead. */
static bool is_a_domain(const char *input)
{
    static const char *const endings[] = {".txt",  ".csv", ".tsv", ".json", ".jsonl", ".zone",
                                          ".list", ".gz",  ".zst", ".xz",   ".bz2",   ".zip"};
    char name[MXS_TYPED_NAME_SIZE];
    const char *ending = strrchr(input, '.');
    if (ending == NULL || strchr(input, '/') != NULL || access(input, F_OK) == 0 ||
        !mxs_list_typed_name(input, name, sizeof name))
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(ending, endings[i]) == 0)
            return false;
    return true;
}

/* Every list must be there before anything is asked or written. */
static enum mxs_err look_at_inputs(const struct mxs_settings *settings, char *const *inputs, int input_count,
                                   struct mxs_detail *detail)
{
    for (int i = 0; i < input_count; i++) {
        mxs_list *list;
        if (strcmp(inputs[i], "-") == 0)
            continue;
        enum mxs_err err = mxs_list_open(&list, inputs[i], &settings->input, detail);
        if (err == MXS_ERR_INPUT && is_a_domain(inputs[i]))
            return mxs_err_set(detail, err,
                               "%.200s: there is no such file; to ask about this domain: mxsurvey lookup %.200s",
                               inputs[i], inputs[i]);
        if (err != MXS_OK)
            return err;
        mxs_list_close(&list);
    }
    return MXS_OK;
}

static enum mxs_err open_tables(struct mxs_survey *survey, struct mxs_detail *detail)
{
    const struct mxs_settings *settings = survey->settings;
    enum mxs_err err = mxs_suffixes_create(&survey->suffixes, settings->psl, detail);
    if (err == MXS_OK)
        err = settings->rules == NULL ? mxs_rules_create_built_in(&survey->rules, detail)
                                      : mxs_rules_create_file(&survey->rules, settings->rules, detail);
    if (err == MXS_OK && settings->exclude != NULL)
        err = mxs_exclude_create_file(&survey->exclude, settings->exclude, detail);
    survey->usage |= err == MXS_ERR_INPUT;
    return err;
}

static enum mxs_err open_data(struct mxs_survey *survey, struct mxs_detail *detail)
{
    survey->made = access(survey->settings->db, F_OK) != 0;
    enum mxs_err err = mxs_store_open(&survey->store, survey->settings->db, detail);
    if (err != MXS_OK)
        return err;
    mxs_store_set_work(survey->store, MXS_WORK_SCANNING);
    mxs_dictionary_init(&survey->dictionary);
    survey->dictionary_open = true;
    err = mxs_dictionary_load(&survey->dictionary, survey->store, detail);
    mxs_dictionary_rest(
        &survey->dictionary); /* until the first answer: names are sorted before, which takes memory, too */
    if (err != MXS_OK)
        return err;
    if (strcmp(survey->settings->db, ":memory:") == 0) {
        survey->reader = survey->store;
        return MXS_OK;
    }
    err = mxs_store_open_read(&survey->reader, survey->settings->db, detail);
    /* It reads each name once, in order: pages kept or mapped would only count as memory in use. */
    return err == MXS_OK ? mxs_store_run(survey->reader, "PRAGMA mmap_size = 0; PRAGMA cache_size = -2048", detail)
                         : err;
}

static void on_room(void *arg)
{
    struct mxs_survey *survey = arg;
    if (survey->scheduler != NULL)
        mxs_scheduler_wake(survey->scheduler);
}

/* The database's folder is looked at before anything is asked. */
static enum mxs_err look_at_folder(const struct mxs_survey *survey, struct mxs_detail *detail)
{
    char copy[4096];
    const char *db = survey->settings->db;
    if (strcmp(db, ":memory:") == 0 || snprintf(copy, sizeof copy, "%s", db) >= (int)sizeof copy)
        return MXS_OK;
    const char *folder = dirname(copy);
    if (access(folder, F_OK) == 0)
        return MXS_OK;
    return mxs_err_set(detail, MXS_ERR_IO,
                       "%s: the folder %s cannot be entered (%s): make it, or name another file with --db", db, folder,
                       strerror(errno));
}

/* Before the first thread is there: what comes later inherits it. */
static enum mxs_err enter_sandbox(struct mxs_survey *survey, struct mxs_detail *detail)
{
    const struct mxs_settings *settings = survey->settings;
    enum mxs_sandbox_mode mode;
    struct mxs_sandbox_state state;
    if (!mxs_sandbox_mode_parse(settings->sandbox, &mode) || mode == MXS_SANDBOX_OFF)
        return MXS_OK;
    const char *const files[] = {settings->db, settings->status_file, settings->finish_to};
    struct mxs_outside_rule rules[MXS_REACHING_MAX];
    size_t rule_count = mxs_reaching_list(survey, rules);
    enum mxs_err err = mxs_confine(mode, files, sizeof files / sizeof *files, rules, rule_count, &state, detail);
    survey->usage |= err == MXS_ERR_INPUT;
    if (err == MXS_OK)
        mxs_log(MXS_LOG_DEBUG, "sandbox: %s", mxs_sandbox_text(&state));
    return err;
}

enum mxs_err mxs_survey_open_writer(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_writer_options options = {.run_id = survey->run.id, .started_at = survey->run.started_at,
                                         .in_flight = survey->settings->scheduler.concurrency,
                                         .resolver_ids = survey->resolver_ids};
    return mxs_writer_create(&survey->writer, &survey->loop, survey->store, &survey->dictionary, &options, on_room,
                             survey, detail);
}

enum mxs_err mxs_survey_open(struct mxs_survey *survey, const struct mxs_settings *settings, const char *options_json,
                             char *const *inputs, int input_count, struct mxs_detail *detail)
{
    *survey = (struct mxs_survey){.settings = settings, .options_json = options_json, .detail = detail};
    mxs_system_large_blocks_reset(); /* the sorted names are one */
    enum mxs_err err = look_at_inputs(settings, inputs, input_count, detail);
    if (err == MXS_OK)
        err = open_tables(survey, detail);
    if (err == MXS_OK)
        err = look_at_folder(survey, detail);
    if (err == MXS_OK)
        err = open_recursor(survey, detail);
    if (err == MXS_OK)
        err = enter_sandbox(survey, detail);
    if (err == MXS_OK)
        err = open_loop(survey, detail);
    if (err == MXS_OK)
        watch_recursor(survey);
    if (err == MXS_OK)
        err = open_pool(survey, detail);
    if (err == MXS_OK)
        err = mxs_smtp_look_at_helo(survey, detail);
    if (err == MXS_OK)
        err = open_data(survey, detail);
    if (err == MXS_OK)
        err = mxs_run_open(survey, inputs, input_count, detail);
    if (err == MXS_OK)
        err = mxs_survey_open_writer(survey, detail);
    if (err != MXS_OK)
        mxs_survey_close(survey);
    return err;
}

enum mxs_err mxs_survey_open_offline(struct mxs_survey *survey, const struct mxs_settings *settings,
                                     struct mxs_detail *detail)
{
    *survey = (struct mxs_survey){.settings = settings, .detail = detail};
    mxs_system_large_blocks_reset();
    enum mxs_err err = open_tables(survey, detail);
    if (err == MXS_OK)
        err = open_loop(survey, detail);
    if (err == MXS_OK)
        err = open_data(survey, detail);
    if (err != MXS_OK)
        mxs_survey_close(survey);
    return err;
}

/* --- the run --- */

static bool is_at(const struct mxs_survey *survey, const char *stage) { return strcmp(survey->run.stage, stage) == 0; }

/* The stages that send. Each looks for what is left, so a resumed run goes through all of them and finds most of it
 * done. */
static enum mxs_err ask_once(struct mxs_survey *survey, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_stage_first(survey, detail);
    if (err == MXS_OK)
        err = mxs_run_put_stage(survey, "hosts", detail);
    if (err == MXS_OK)
        err = mxs_stage_hosts(survey, detail);
    if (err == MXS_OK)
        err = mxs_stage_settle_checks(survey, false, detail);
    if (err == MXS_OK)
        err = mxs_stage_sts(survey, false, detail);
    if (err == MXS_OK)
        err = mxs_run_put_stage(survey, "settle", detail);
    if (err == MXS_OK)
        err = mxs_stage_settle(survey, detail);
    if (err == MXS_OK)
        err = mxs_stage_settle_checks(survey, true, detail);
    return err == MXS_OK ? mxs_stage_sts(survey, true, detail) : err;
}

static void on_checked(void *arg) { ((struct mxs_survey *)arg)->checked = true; }

/* Who began to lie after the last regular check is found before anything is judged. */
static enum mxs_err check_resolvers(struct mxs_survey *survey, uint64_t *checked, struct mxs_detail *detail)
{
    struct mxs_scheduler_status status;
    mxs_scheduler_status(survey->scheduler, &status);
    if (status.asked == *checked)
        return MXS_OK; /* nothing has been asked since */
    *checked = status.asked;
    survey->checked = false;
    mxs_pool_check(survey->pool, survey->settings->scheduler.rate_qps == 0 ? 0 : CHECK_AFTER_MS, on_checked, survey);
    while (!survey->checked && survey->stops == 0)
        uv_run(&survey->loop, UV_RUN_ONCE);
    return survey->checked ? MXS_OK : mxs_err_set(detail, MXS_ERR_STOPPED, "stopped");
}

/* Until nobody was found to lie on the way: what a liar said is pending again. */
static enum mxs_err ask(struct mxs_survey *survey, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    bool again = true;
    uint64_t checked = 0;
    survey->asking = true;
    mxs_run_tell_traits(survey);
    while (err == MXS_OK && again) {
        err = ask_once(survey, detail);
        if (err == MXS_OK)
            err = check_resolvers(survey, &checked, detail);
        again = survey->lying_count > 0;
        struct mxs_detail later;
        enum mxs_err stored = mxs_run_put_lying(survey, err == MXS_OK ? detail : &later);
        err = err == MXS_OK ? stored : err;
    }
    return err == MXS_OK ? mxs_run_put_stage(survey, "judge", detail) : err;
}

/* What only asking needs is gone before judging takes its own: batches, the reader's pages, what finds a key's id. */
static void end_asking(struct mxs_survey *survey)
{
    close_recursor(survey);
    mxs_writer_destroy(&survey->writer);
    if (survey->reader != survey->store)
        mxs_store_close(&survey->reader);
    survey->reader = survey->store;
    mxs_dictionary_rest(&survey->dictionary);
}

/* Before finishing: the index of the MX hosts' names is sorted in memory. */
static void forget_dictionary(struct mxs_survey *survey)
{
    if (survey->dictionary_open)
        mxs_dictionary_finish(&survey->dictionary);
    survey->dictionary_open = false;
}

enum mxs_err mxs_survey_conclude(struct mxs_survey *survey, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    end_asking(survey);
    if (!is_at(survey, "finish"))
        err = mxs_stage_judge(survey, detail);
    forget_dictionary(survey);
    if (err == MXS_OK)
        err = mxs_run_put_stage(survey, "finish", detail);
    return err == MXS_OK ? mxs_stage_finish(survey, detail) : err;
}

enum mxs_err mxs_survey_run(struct mxs_survey *survey, char *const *inputs, int input_count, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    if (survey->run.resumed && !survey->settings->quiet)
        mxs_log(MXS_LOG_NOTE, "resuming run %lld of list %s", (long long)survey->run.id, survey->settings->list);
    if (is_at(survey, "import"))
        err = mxs_stage_import(survey, inputs, input_count, detail);
    if (err == MXS_OK && !is_at(survey, "judge") && !is_at(survey, "finish"))
        err = ask(survey, detail);
    struct mxs_detail later;
    bool counted = err == MXS_OK || err == MXS_ERR_STOPPED;
    enum mxs_err counts = counted ? mxs_run_put_counts(survey, err == MXS_OK, &later) : MXS_OK;
    if (err == MXS_OK && counts != MXS_OK) {
        *detail = later;
        err = counts;
    }
    if (err == MXS_OK)
        err = mxs_survey_conclude(survey, detail);
    mxs_progress_clear(survey);
    return err;
}

static void close_loop(struct mxs_survey *survey)
{
    if (!survey->loop_open)
        return;
    for (size_t i = 0; i < CAUGHT; i++)
        uv_close((uv_handle_t *)&survey->signals[i], NULL);
    uv_close((uv_handle_t *)&survey->limit, NULL);
    mxs_progress_close(survey);
    while (uv_loop_close(&survey->loop) == UV_EBUSY)
        uv_run(&survey->loop, UV_RUN_ONCE);
    survey->loop_open = false;
}

void mxs_survey_close(struct mxs_survey *survey)
{
    free(survey->traits_told);
    survey->traits_told = NULL;
    if (survey->scheduler != NULL)
        mxs_scheduler_destroy(&survey->scheduler);
    if (survey->pool != NULL)
        mxs_pool_destroy(&survey->pool);
    mxs_writer_destroy(&survey->writer);
    close_recursor(survey);
    close_loop(survey);
    forget_dictionary(survey);
    mxs_domain_counts_finish(&survey->counts);
    if (survey->reader != survey->store)
        mxs_store_close(&survey->reader);
    mxs_store_close(&survey->store);
    if (survey->made && survey->unwanted)
        unlink(survey->settings->db);
    if (survey->exclude != NULL)
        mxs_exclude_destroy(&survey->exclude);
    if (survey->rules != NULL)
        mxs_rules_destroy(&survey->rules);
    if (survey->suffixes != NULL)
        mxs_suffixes_destroy(&survey->suffixes);
    free(survey->filters);
    survey->filters = NULL;
    free(survey->resolver_ids);
    survey->resolver_ids = NULL;
    mxs_outside_broker_close();
}
