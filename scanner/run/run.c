/* The run's row: begun anew, or found unfinished and taken up again when it is the same list, checks and shard. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/intern.h"
#include "base/json.h"
#include "scanner/run/internal/known.h"
#include "scanner/run/internal/stages.h"

enum mxs_err mxs_run_find_list(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_query query;
    const char *name = survey->settings->list;
    mxs_query_open(&query, survey->store,
                   "INSERT INTO list (name) VALUES (?1) ON CONFLICT (name) DO UPDATE SET name = name RETURNING id");
    mxs_query_text(&query, 1, name, strlen(name));
    if (mxs_query_next(&query))
        survey->run.list_id = mxs_query_column_int(&query, 0);
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_run_find_newest(struct mxs_survey *survey, const char *state, int64_t *id, struct mxs_detail *detail)
{
    struct mxs_query query;
    *id = 0;
    mxs_query_open(&query, survey->store, "SELECT max(id) FROM run WHERE list_id = ?1 AND state = ?2");
    mxs_query_int(&query, 1, survey->run.list_id);
    mxs_query_text(&query, 2, state, strlen(state));
    if (mxs_query_next(&query))
        *id = mxs_query_column_int(&query, 0);
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_run_do(mxs_store *store, int64_t run, const char *const *statements, size_t count,
                        struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; err == MXS_OK && i < count; i++) {
        struct mxs_query query;
        mxs_query_open(&query, store, statements[i]);
        mxs_query_int(&query, 1, run);
        mxs_query_run(&query);
        err = mxs_query_finish(&query, detail);
    }
    return err;
}

static enum mxs_err abandon(struct mxs_survey *survey, int64_t run, struct mxs_detail *detail)
{
    static const char *const statements[] = {
        "UPDATE run SET state = 'abandoned' WHERE id = ?1", "DELETE FROM journal WHERE run_id = ?1",
        "DELETE FROM malformed WHERE run_id = ?1",          "DELETE FROM member WHERE run_id = ?1",
        "DELETE FROM reject WHERE run_id = ?1",             "DELETE FROM shared WHERE run_id = ?1",
        "DELETE FROM withdrawal WHERE run_id = ?1",         "DELETE FROM sts_fetch WHERE run_id = ?1",
        /* What the run had ended goes on: nobody but the run after another ends something with that other. */
        "DELETE FROM facet_block WHERE first_run = ?1",
        "UPDATE facet_block SET last_run = NULL WHERE last_run = (SELECT previous_run FROM run WHERE id = ?1)",
    };
    return mxs_run_do(survey->store, run, statements, sizeof statements / sizeof statements[0], detail);
}

enum mxs_err mxs_run_discard(struct mxs_survey *survey, struct mxs_detail *detail)
{
    static const char *const statements[] = {"DELETE FROM run WHERE id = ?1", "DELETE FROM run_note WHERE run_id = ?1",
                                             "DELETE FROM run_input WHERE run_id = ?1",
                                             "DELETE FROM run_resolver WHERE run_id = ?1",
                                             "DELETE FROM run_control WHERE run_id = ?1"};
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = abandon(survey, survey->run.id, detail);
    if (err == MXS_OK)
        err = mxs_run_do(survey->store, survey->run.id, statements, sizeof statements / sizeof statements[0], detail);
    return mxs_store_end(survey->store, err, detail);
}

/* "" where there is no memory for it. */
static void versions_json(const struct mxs_survey *survey, char *out, size_t size)
{
    mxs_out text;
    struct mxs_json json;
    mxs_out_attach(&text, NULL);
    mxs_json_init(&json, &text);
    mxs_json_open_object(&json, NULL);
    mxs_json_put_string(&json, "mxsurvey", MXS_VERSION);
    mxs_json_put_string(&json, "sqlite", mxs_store_sqlite_version());
    mxs_json_put_string(&json, "c-ares", mxs_resolver_cares_version());
    mxs_json_put_string(&json, "libuv", uv_version_string());
    mxs_json_put_string(&json, "public_suffix_list", mxs_suffixes_text(survey->suffixes));
    mxs_json_put_string(&json, "public_suffix_digest", mxs_suffixes_digest(survey->suffixes));
    mxs_json_put_text(&json, "rule_set", mxs_rules_digest(survey->rules), 16);
    mxs_json_finish(&json);
    bool whole = text.err == MXS_OK && text.used < size;
    memcpy(out, whole ? text.buffer : "", whole ? text.used : 0);
    out[whole ? text.used : 0] = '\0';
    mxs_out_abandon(&text);
}

/* Another order in each shard: what is one operator's is asked at other times, not by all at once. */
static uint64_t seed_of(uint64_t number, const struct mxs_shard *shard)
{
    uint64_t state = number ^ (uint64_t)(shard->number - 1) << 32;
    return mxs_mix_next(&state) >> 11; /* JSON readers hold 53 bits */
}

static uint64_t asked_seed(const struct mxs_settings *settings)
{
    return settings->shard.count == 1 ? settings->seed : seed_of(settings->seed, &settings->shard);
}

static enum mxs_err begin_new(struct mxs_survey *survey, struct mxs_detail *detail)
{
    const struct mxs_settings *settings = survey->settings;
    struct mxs_scan_run *run = &survey->run;
    char versions[1024], shard[MXS_SHARD_TEXT_SIZE];
    mxs_shard_text(&settings->shard, shard);
    versions_json(survey, versions, sizeof versions);
    enum mxs_err err = mxs_run_find_newest(survey, "complete", &run->previous, detail);
    if (err != MXS_OK)
        return err;
    run->started_at = mxs_clock_steady_s();
    snprintf(run->stage, sizeof run->stage, "import");
    struct mxs_query query;
    mxs_query_open(
        &query, survey->store,
        "INSERT INTO run (list_id, state, stage, started_at, previous_run, input_digest, checks, shard, seed, options,"
        " versions) VALUES (?1, 'running', 'import', ?2, ?3, '', ?4, ?5, ?6, ?7, ?8) RETURNING id");
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->started_at);
    mxs_query_int_or_null(&query, 3, run->previous != 0, run->previous);
    mxs_query_text(&query, 4, settings->checks_text, strlen(settings->checks_text));
    mxs_query_text(&query, 5, shard, strlen(shard));
    run->seed = asked_seed(settings);
    mxs_query_int(&query, 6, (int64_t)run->seed);
    mxs_query_text(&query, 7, survey->options_json, strlen(survey->options_json));
    mxs_query_text(&query, 8, versions, strlen(versions));
    if (mxs_query_next(&query))
        run->id = mxs_query_column_int(&query, 0);
    mxs_query_run(&query);
    err = mxs_query_finish(&query, detail);
    if (err != MXS_OK || settings->seed_given)
        return err;
    run->seed = seed_of((uint64_t)run->id, &settings->shard);
    mxs_query_open(&query, survey->store, "UPDATE run SET seed = ?2 WHERE id = ?1");
    mxs_query_int(&query, 1, run->id);
    mxs_query_int(&query, 2, (int64_t)run->seed);
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

static void copy_text(char *out, size_t size, struct mxs_query *query, int column)
{
    snprintf(out, size, "%s", mxs_query_column_text(query, column, NULL));
}

/* --- what an unfinished run names --- */

static enum mxs_err check_members(struct mxs_survey *survey, int64_t highest, struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t before = 0;
    bool sound = true;
    mxs_query_open(&query, survey->store,
                   "SELECT first_domain, last_domain FROM member WHERE run_id = ?1 ORDER BY first_domain");
    mxs_query_int(&query, 1, survey->run.id);
    while (sound && mxs_query_next(&query)) {
        int64_t first = mxs_query_column_int(&query, 0), last = mxs_query_column_int(&query, 1);
        sound = first > before && first <= last && last <= highest;
        before = last;
    }
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !sound ? MXS_ERR_FOREIGN_DB : err;
}

static bool none_or_has(const struct mxs_dictionary_table *table, uint32_t id)
{
    return id == 0 || mxs_dictionary_has(table, id);
}

static bool is_sound(const struct mxs_dictionary *dictionary, enum mxs_journal_kind kind, int64_t highest,
                     const struct mxs_journal_row *row)
{
    bool host = kind == MXS_JOURNAL_HOSTS || kind == MXS_JOURNAL_TLSA;
    if (host ? !mxs_dictionary_has(&dictionary->hosts, row->subject) : row->subject < 1 || row->subject > highest)
        return false;
    if (kind >= MXS_JOURNAL_POLICIES)
        return true;
    return none_or_has(host ? &dictionary->address_sets : &dictionary->mx_sets, row->set) &&
           none_or_has(&dictionary->texts, row->alias) && none_or_has(&dictionary->hosts, row->implicit_host);
}

static enum mxs_err check_answers(struct mxs_survey *survey, enum mxs_journal_kind kind, int64_t highest,
                                  struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool sound = true;
    mxs_journal_open(&journal, survey->store, survey->run.id, kind);
    while (sound && (row = mxs_journal_next(&journal)) != NULL)
        sound = is_sound(&survey->dictionary, kind, highest, row);
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !sound ? MXS_ERR_FOREIGN_DB : err;
}

enum mxs_err mxs_run_check(struct mxs_survey *survey, struct mxs_detail *detail)
{
    int64_t highest = 0;
    enum mxs_err err = mxs_known_read_highest(survey->store, &highest, detail);
    if (err != MXS_OK)
        return err;
    *detail = (struct mxs_detail){0};
    err = check_members(survey, highest, detail);
    for (int kind = MXS_JOURNAL_DOMAINS; err == MXS_OK && kind <= MXS_JOURNAL_TLSA; kind++)
        err = check_answers(survey, (enum mxs_journal_kind)kind, highest, detail);
    if (err != MXS_ERR_FOREIGN_DB || detail->text[0] != 0)
        return err;
    return mxs_err_set(detail, err, "the unfinished run refers to rows that the database does not hold: start"
                                    " over with --new");
}

static enum mxs_err refuse_other(struct mxs_survey *survey, const char *other, struct mxs_detail *detail)
{
    survey->usage = true;
    return mxs_err_set(
        detail, MXS_ERR_INPUT,
        "%s: run %lld of list `%s` is unfinished and was begun %s: give the same command again to finish it, "
        "or begin a new run with --new",
        survey->settings->db, (long long)survey->run.id, survey->settings->list, other);
}

static void put_option(char *out, size_t size, const char *option, const char *value)
{
    bool is_switch = strcmp(option, "keep-www") == 0;
    if (value[0] == '\0' || (is_switch && strcmp(value, "0") == 0))
        snprintf(out, size, "without --%s", option);
    else if (is_switch)
        snprintf(out, size, "with --%s", option);
    else
        snprintf(out, size, "with --%s=%.100s", option, value);
}

/* What is read is other than it was: because the list is another, or because an option says to read it otherwise. */
static enum mxs_err refuse_other_list(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_query query;
    char then[160] = "", now[160] = "", other[400] = "with another list of names";
    mxs_query_open(&query, survey->store,
                   "WITH option(at, name) AS (VALUES (1, 'input-format'), (2, 'column'), (3, 'keep-www'),"
                   " (4, 'exclude'), (5, 'keep')), both AS (SELECT at, name,"
                   " ifnull(json_extract(r.options, '$.\"' || name || '\"'), '') AS before,"
                   " ifnull(json_extract(?2, '$.\"' || name || '\"'), '') AS now"
                   " FROM option, run r WHERE r.id = ?1 AND json_valid(r.options))"
                   " SELECT name, before, now FROM both WHERE before <> now ORDER BY at LIMIT 1");
    mxs_query_int(&query, 1, survey->run.id);
    mxs_query_text(&query, 2, survey->options_json, strlen(survey->options_json));
    if (mxs_query_next(&query)) {
        const char *name = mxs_query_column_text(&query, 0, NULL);
        put_option(then, sizeof then, name, mxs_query_column_text(&query, 1, NULL));
        put_option(now, sizeof now, name, mxs_query_column_text(&query, 2, NULL));
        snprintf(other, sizeof other, "%s, and this command is %s, so that %s", then, now,
                 strcmp(name, "keep") == 0 ? "other columns of the list are kept" : "its list is read otherwise");
    }
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK ? refuse_other(survey, other, detail) : err;
}

/* Its list was never read to the end: it is read anew, as this command says. */
static enum mxs_err begin_again(struct mxs_survey *survey, struct mxs_detail *detail)
{
    const struct mxs_settings *settings = survey->settings;
    struct mxs_query query;
    if (settings->seed_given)
        survey->run.seed = asked_seed(settings);
    mxs_query_open(&query, survey->store, "UPDATE run SET options = ?2, seed = ?3 WHERE id = ?1");
    mxs_query_int(&query, 1, survey->run.id);
    mxs_query_text(&query, 2, survey->options_json, strlen(survey->options_json));
    mxs_query_int(&query, 3, (int64_t)survey->run.seed);
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

/* Reads the unfinished run and says whether this command is its continuation. */
static enum mxs_err take_up(struct mxs_survey *survey, int64_t id, char *const *inputs, int input_count,
                            struct mxs_detail *detail)
{
    struct mxs_scan_run *run = &survey->run;
    char checks[64] = "", shard[MXS_SHARD_TEXT_SIZE] = "", ours[MXS_SHARD_TEXT_SIZE];
    mxs_shard_text(&survey->settings->shard, ours);
    struct mxs_query query;
    mxs_query_open(
        &query, survey->store,
        "SELECT stage, started_at, ifnull(previous_run, 0), input_digest, checks, shard, seed, ifnull(lines, 0),"
        " ifnull(accepted, 0), ifnull(rejected, 0), ifnull(duplicates, 0) FROM run WHERE id = ?1");
    mxs_query_int(&query, 1, id);
    if (mxs_query_next(&query)) {
        run->id = id;
        run->resumed = true;
        copy_text(run->stage, sizeof run->stage, &query, 0);
        run->started_at = mxs_query_column_int(&query, 1);
        run->previous = mxs_query_column_int(&query, 2);
        copy_text(run->input_digest, sizeof run->input_digest, &query, 3);
        copy_text(checks, sizeof checks, &query, 4);
        copy_text(shard, sizeof shard, &query, 5);
        run->seed = (uint64_t)mxs_query_column_int(&query, 6);
        run->lines = (uint64_t)mxs_query_column_int(&query, 7);
        run->accepted = (uint64_t)mxs_query_column_int(&query, 8);
        run->rejected = (uint64_t)mxs_query_column_int(&query, 9);
        run->duplicates = (uint64_t)mxs_query_column_int(&query, 10);
    }
    mxs_query_run(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err != MXS_OK)
        return err;
    if (strcmp(checks, survey->settings->checks_text) != 0)
        return refuse_other(survey, "with other checks", detail);
    if (strcmp(shard, ours) != 0)
        return refuse_other(survey, "with another shard", detail);
    char digest[33] = "";
    if (run->input_digest[0] == 0)
        return begin_again(survey, detail);
    err = mxs_import_digest(survey, inputs, input_count, digest, detail);
    return err != MXS_OK || strcmp(digest, run->input_digest) == 0 ? err : refuse_other_list(survey, detail);
}

/* A new run begins in one transaction; one that was begun otherwise is refused before anything is written. */
enum mxs_err mxs_run_open(struct mxs_survey *survey, char *const *inputs, int input_count, struct mxs_detail *detail)
{
    int64_t unfinished = 0;
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_run_find_list(survey, detail);
    if (err == MXS_OK)
        err = mxs_run_find_newest(survey, "running", &unfinished, detail);
    bool resumed = unfinished != 0 && !survey->settings->fresh;
    if (err == MXS_OK && unfinished != 0 && !resumed)
        err = abandon(survey, unfinished, detail);
    if (err == MXS_OK && !resumed)
        err = begin_new(survey, detail);
    if (err == MXS_OK && !resumed)
        err = mxs_run_put_resolvers(survey, detail);
    err = mxs_store_end(survey->store, err, detail);
    if (err == MXS_OK && resumed)
        err = take_up(survey, unfinished, inputs, input_count, detail);
    if (err == MXS_OK && resumed)
        err = mxs_run_check(survey, detail);
    if (err == MXS_OK && resumed)
        err = mxs_run_put_resolvers(survey, detail);
    return err == MXS_OK ? mxs_run_read_filters(survey, detail) : err;
}

enum mxs_err mxs_run_put_stage(struct mxs_survey *survey, const char *stage, struct mxs_detail *detail)
{
    struct mxs_query query;
    snprintf(survey->run.stage, sizeof survey->run.stage, "%s", stage);
    mxs_query_open(&query, survey->store, "UPDATE run SET stage = ?2 WHERE id = ?1");
    mxs_query_int(&query, 1, survey->run.id);
    mxs_query_text(&query, 2, stage, strlen(stage));
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_run_put_note(mxs_store *store, int64_t run, const char *kind, const char *text,
                              struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, "INSERT INTO run_note VALUES (?1, ?2, ?3, ?4)");
    mxs_query_int(&query, 1, run);
    mxs_query_int(&query, 2, mxs_clock_unix_s());
    mxs_query_text(&query, 3, kind, strlen(kind));
    mxs_query_text(&query, 4, text, strlen(text));
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}
