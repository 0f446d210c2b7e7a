#include "scanner/run/merging.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "scanner/classify/asn.h"
#include "scanner/run/internal/shard_copy.h"
#include "scanner/run/internal/shard_nights.h"
#include "scanner/run/internal/shard_rows.h"
#include "scanner/run/internal/stages.h"

struct work {
    struct mxs_merging *merging;
    struct mxs_shard_run *shards; /* that are merged; of two settled answers that of the later one counts */
    uint32_t count, of;
    char path[4096];              /* OUT in the making */
    struct mxs_survey survey;
    struct mxs_shard_hosts hosts, servers;
    char missing[512];            /* "3, 5"; "": none */
    bool usage;
};

/* --- which shards --- */

/* Read from its first page to its last, each once: a gigabyte of it in our address space would be no gain, and would
 * count as our memory. */
static enum mxs_err open_shard(mxs_store **store, const char *path, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_open_read(store, path, detail);
    return err == MXS_OK ? mxs_store_run(*store, "PRAGMA mmap_size = 0; PRAGMA cache_size = -8192;", detail) : err;
}

static enum mxs_err read_shard(struct work *work, const char *path, struct mxs_detail *detail)
{
    const struct mxs_merging *merging = work->merging;
    struct mxs_shard_run *out = &work->shards[work->count];
    mxs_store *store = NULL;
    if (!mxs_store_exists(path))
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: there is no such database", path);
    enum mxs_err err = open_shard(&store, path, detail);
    if (err == MXS_OK)
        err = mxs_shard_run_read(out, store, path,
                                 merging->list != NULL ? merging->list
                                 : work->count > 0     ? work->shards[0].list_name
                                                       : NULL,
                                 detail);
    mxs_store_close(&store);
    if (err == MXS_OK)
        work->count++;
    return err;
}

static enum mxs_err read_shards(struct work *work, struct mxs_detail *detail)
{
    const struct mxs_merging *merging = work->merging;
    for (int i = 0; i < merging->count; i++) {
        enum mxs_err err = read_shard(work, merging->paths[i], detail);
        if (err != MXS_OK && (!merging->partial || err == MXS_ERR_MEMORY || err == MXS_ERR_STOPPED))
            return err;
        if (err != MXS_OK)
            mxs_log(MXS_LOG_NOTE, "%s; --partial goes on without it", detail->text);
    }
    if (work->count == 0)
        return mxs_err_set(detail, MXS_ERR_INPUT, "there is no shard to merge");
    for (uint32_t i = 1; i < work->count; i++) {
        enum mxs_err err = mxs_shard_run_compare(&work->shards[0], &work->shards[i], detail);
        if (err != MXS_OK)
            return err;
    }
    return MXS_OK;
}

static const struct mxs_shard_run *find_number(const struct work *work, uint32_t count, uint32_t number)
{
    for (uint32_t i = 0; i < count; i++)
        if (work->shards[i].shard.number == number)
            return &work->shards[i];
    return NULL;
}

/* Twice is wrong whatever is asked for; too few is what --partial is for. */
static enum mxs_err check_numbers(struct work *work, struct mxs_detail *detail)
{
    size_t used = 0;
    uint32_t missing = 0;
    work->of = work->shards[0].shard.count;
    for (uint32_t i = 1; i < work->count; i++) {
        const struct mxs_shard_run *one = &work->shards[i], *twin = find_number(work, i, one->shard.number);
        if (twin != NULL)
            return mxs_err_set(detail, MXS_ERR_INPUT, "shard %u of %u was given twice: %.150s and %.150s",
                               one->shard.number, work->of, twin->path, one->path);
    }
    for (uint32_t number = 1; number <= work->of; number++) {
        if (find_number(work, work->count, number) != NULL)
            continue;
        missing++;
        if (used < sizeof work->missing - 16)
            used += (size_t)snprintf(work->missing + used, sizeof work->missing - used, "%s%u", used == 0 ? "" : ", ",
                                     number);
        else if (work->missing[used - 1] != '.')
            used += (size_t)snprintf(work->missing + used, sizeof work->missing - used, " ...");
    }
    if (missing > 0 && !work->merging->partial)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "%u of %u shards %s missing: %.200s: scan them, or merge the others with --partial", missing,
                           work->of, missing == 1 ? "is" : "are", work->missing);
    return MXS_OK;
}

/* In which order they are named decides nothing. Who denied even what exists comes first: it counts for less. */
static int by_weight(const void *a, const void *b)
{
    const struct mxs_shard_run *left = a, *right = b;
    if (left->denies != right->denies)
        return left->denies ? -1 : 1;
    return (left->shard.number > right->shard.number) - (left->shard.number < right->shard.number);
}

/* --- the file in the making --- */

static void remove_made(const struct work *work)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char path[sizeof work->path + 16];
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(path, sizeof path, "%s%s", work->path, endings[i]);
        unlink(path);
    }
}

static enum mxs_err look_for_others(const struct work *work, struct mxs_detail *detail)
{
    int64_t pid;
    enum mxs_store_work at;
    if (mxs_store_find_writer(work->path, &pid, NULL) == MXS_WRITER_ALIVE)
        return mxs_err_set(detail, MXS_ERR_BUSY, "%s: process %" PRId64 " is merging into it: wait for it",
                           work->merging->out, pid);
    if (mxs_store_find_writer(work->merging->out, &pid, &at) == MXS_WRITER_ALIVE)
        return mxs_err_set(detail, MXS_ERR_BUSY, "%s: process %" PRId64 " is %s: wait for it", work->merging->out, pid,
                           mxs_store_work_text(at));
    for (uint32_t i = 0; i < work->count; i++) {
        char *one = realpath(work->merging->out, NULL), *other = realpath(work->shards[i].path, NULL);
        bool same = one != NULL && other != NULL && strcmp(one, other) == 0;
        free(one);
        free(other);
        if (same)
            return mxs_err_set(detail, MXS_ERR_INPUT, "%s is itself a shard: name another file for the result",
                               work->merging->out);
    }
    return MXS_OK;
}

/* What OUT holds, in the file in the making. *held: OUT, which nobody else may write meanwhile. */
static enum mxs_err copy_out(struct work *work, mxs_store **held, struct mxs_detail *detail)
{
    struct mxs_query query;
    remove_made(work);
    if (!mxs_store_exists(work->merging->out))
        return MXS_OK;
    enum mxs_err err = mxs_store_open(held, work->merging->out, detail);
    if (err == MXS_OK) {
        mxs_store_set_work(*held, MXS_WORK_MERGING);
        err = mxs_store_checkpoint(*held, detail);
    }
    if (err != MXS_OK)
        return err;
    mxs_query_open(&query, *held, "VACUUM INTO ?1");
    mxs_query_text(&query, 1, work->path, strlen(work->path));
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

static enum mxs_err sync_path(const char *path, int flags, struct mxs_detail *detail)
{
    int fd = open(path, flags | O_RDONLY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    enum mxs_err err =
        done ? MXS_OK : mxs_err_set(detail, MXS_ERR_IO, "%s: cannot be stored safely (%s)", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return err;
}

/* Who has OUT open goes on reading what it was. */
static enum mxs_err put_in_place(struct work *work, mxs_store **held, struct mxs_detail *detail)
{
    char beside[sizeof work->path + 16], copy[sizeof work->path];
    const char *out = work->merging->out;
    enum mxs_err err = sync_path(work->path, 0, detail);
    if (err != MXS_OK)
        return err;
    mxs_store_close(held);
    for (int i = 0; i < 2; i++) {
        snprintf(beside, sizeof beside, "%s%s", out, i == 0 ? "-wal" : "-shm");
        unlink(beside); /* of what OUT was, and empty: a new database must not find them */
    }
    if (rename(work->path, out) != 0)
        return mxs_err_set(detail, MXS_ERR_IO, "%s: cannot take the place of %s (%s)", work->path, out,
                           strerror(errno));
    snprintf(copy, sizeof copy, "%s", out);
    return sync_path(dirname(copy), O_DIRECTORY, detail);
}

/* --- the run --- */

static enum mxs_err begin_run(struct work *work, mxs_store *first, struct mxs_detail *detail)
{
    struct mxs_survey *survey = &work->survey;
    struct mxs_scan_run *run = &survey->run;
    const struct mxs_shard_run *shard = &work->shards[0];
    struct mxs_query row, insert;
    enum mxs_err err = mxs_run_find_list(survey, detail);
    if (err == MXS_OK)
        err = mxs_run_find_newest(survey, "complete", &run->previous, detail);
    if (err == MXS_OK)
        err = mxs_shard_nights_check(survey->store, work->shards, work->count, work->merging->out, detail);
    if (err != MXS_OK)
        return err;
    run->started_at = INT64_MAX;
    for (uint32_t i = 0; i < work->count; i++)
        run->started_at = work->shards[i].started_at < run->started_at ? work->shards[i].started_at : run->started_at;
    mxs_query_open(&row, first, "SELECT input_digest, checks, seed, options, versions FROM run WHERE id = ?1");
    mxs_query_int(&row, 1, shard->run);
    mxs_query_open(&insert, survey->store,
                   "INSERT INTO run (input_digest, checks, seed, options, versions, list_id, state, stage, started_at, "
                   "previous_run, shard)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'running', 'import', ?7, ?8, '1/1') RETURNING id");
    if (mxs_query_next(&row)) {
        mxs_query_copy_row(&insert, &row);
        run->seed = (uint64_t)mxs_query_column_int(&row, 2);
    }
    mxs_query_int(&insert, 6, run->list_id);
    mxs_query_int(&insert, 7, run->started_at);
    mxs_query_int_or_null(&insert, 8, run->previous != 0, run->previous);
    if (mxs_query_next(&insert))
        run->id = mxs_query_column_int(&insert, 0);
    mxs_query_run(&insert);
    mxs_query_reset(&row);
    err = mxs_query_finish(&insert, detail);
    enum mxs_err end = mxs_query_finish(&row, err == MXS_OK ? detail : NULL);
    err = err == MXS_OK ? end : err;
    return err;
}

/* --- in order --- */

typedef enum mxs_err (*shard_step)(struct work *work, mxs_store *store, const struct mxs_shard_run *shard, void *arg,
                                   struct mxs_detail *detail);

static enum mxs_err each_shard(struct work *work, shard_step step, void *arg, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (uint32_t i = 0; err == MXS_OK && i < work->count; i++) {
        mxs_store *store = NULL;
        err = open_shard(&store, work->shards[i].path, detail);
        if (err == MXS_OK)
            err = step(work, store, &work->shards[i], arg, detail);
        mxs_store_close(&store);
    }
    return err;
}

static enum mxs_err find_columns(struct work *work, mxs_store *store, const struct mxs_shard_run *shard, void *arg,
                                 struct mxs_detail *detail)
{
    bool here = false;
    (void)work;
    enum mxs_err err = mxs_shard_rows_keep(store, shard, &here, detail);
    *(bool *)arg |= here;
    return err;
}

static enum mxs_err take_names(struct work *work, mxs_store *store, const struct mxs_shard_run *shard, void *arg,
                               struct mxs_detail *detail)
{
    return mxs_shard_rows_read_names(&work->survey, store, shard, arg, detail);
}

static enum mxs_err take_rows(struct work *work, mxs_store *store, const struct mxs_shard_run *shard, void *arg,
                              struct mxs_detail *detail)
{
    struct mxs_survey *survey = &work->survey;
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_shard_copy_resolvers(survey, store, shard, detail);
    if (err == MXS_OK)
        err = mxs_shard_copy_measured(survey, store, shard, detail);
    if (err == MXS_OK)
        err = mxs_shard_copy_shared(survey, store, shard, detail);
    err = mxs_store_end(survey->store, err, detail);
    if (err == MXS_OK)
        err = mxs_shard_rows_put(survey, store, shard, survey->resolver_ids, arg, &work->hosts, detail);
    return err == MXS_OK && (survey->settings->checks & MXS_CHECK_SMTP)
               ? mxs_shard_smtp_put(survey, store, shard, &work->servers, detail)
               : err;
}

static enum mxs_err store_sums(struct work *work, uint64_t accepted, struct mxs_detail *detail)
{
    struct mxs_scan_run *run = &work->survey.run;
    struct mxs_query query;
    const struct mxs_shard_run *first = &work->shards[0];
    uint64_t sum = 0;
    for (uint32_t i = 0; i < work->count; i++) {
        sum += (uint64_t)work->shards[i].accepted;
        run->duplicates += (uint64_t)work->shards[i].duplicates;
    }
    if (sum != accepted)
        return mxs_err_set(detail, MXS_ERR_INPUT, "the shards share %" PRIu64 " names: they are not parts of one list",
                           sum - accepted);
    run->lines = (uint64_t)first->lines;
    run->accepted = accepted;
    run->rejected = run->lines - accepted - run->duplicates;
    uint64_t elsewhere = run->rejected - (uint64_t)(first->rejected - first->other_shard);
    snprintf(run->input_digest, sizeof run->input_digest, "%s", first->digest);
    mxs_query_open(&query, work->survey.store,
                   "UPDATE run SET lines = ?2, accepted = ?3, rejected = ?4, duplicates = ?5, other_shard = ?6,"
                   " stage = 'judge' WHERE id = ?1");
    const int64_t values[] = {
        run->id,           (int64_t)run->lines, (int64_t)accepted, (int64_t)run->rejected, (int64_t)run->duplicates,
        (int64_t)elsewhere};
    for (int i = 0; i < 6; i++)
        mxs_query_int(&query, 1 + i, values[i]);
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

static enum mxs_err put_names(struct work *work, struct mxs_detail *detail)
{
    struct mxs_survey *survey = &work->survey;
    struct mxs_members members;
    bool keep = false;
    mxs_progress_stage(survey, "names", 0);
    enum mxs_err err = each_shard(work, find_columns, &keep, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_members_open(&members, survey, keep, detail);
    if (err == MXS_OK)
        err = each_shard(work, take_names, &members, detail);
    if (err == MXS_OK)
        err = mxs_members_find(&members, detail);
    struct mxs_detail later;
    enum mxs_err end = mxs_stage_sync(survey, err == MXS_OK ? detail : &later);
    err = err == MXS_OK ? end : err;
    if (err == MXS_OK)
        err = mxs_store_begin(survey->store, detail);
    if (err == MXS_OK) {
        err = mxs_members_store(&members, detail);
        if (err == MXS_OK)
            err = store_sums(work, members.accepted, detail);
        err = mxs_store_end(survey->store, err, detail);
    }
    mxs_members_close(&members);
    return err;
}

static enum mxs_err put_partial(struct work *work, struct mxs_detail *detail)
{
    char text[640];
    if (work->missing[0] == 0)
        return MXS_OK;
    snprintf(text, sizeof text, "partial: of %u shards these are missing: %s", work->of, work->missing);
    return mxs_run_put_note(work->survey.store, work->survey.run.id, "unfit", text, detail);
}

const char *mxs_merging_agreement_text(char *out, size_t out_size, const char *what, uint64_t asked, uint64_t same)
{
    char numbers[2][32], share[MXS_SHARE_TEXT_SIZE];
    snprintf(out, out_size, "%s time%s %s by one more shard, %s time%s (%s) it said the same",
             mxs_count_text((int64_t)asked, numbers[0], sizeof numbers[0]), asked == 1 ? "" : "s", what,
             mxs_count_text((int64_t)same, numbers[1], sizeof numbers[1]), same == 1 ? "" : "s",
             mxs_share_text((double)same / (double)asked, share));
    return out;
}

static enum mxs_err put_agreement(struct work *work, const struct mxs_shard_hosts *hosts, const char *what,
                                  struct mxs_detail *detail)
{
    char text[200];
    if (hosts->asked == 0)
        return MXS_OK;
    mxs_merging_agreement_text(text, sizeof text, what, hosts->asked, hosts->same);
    return mxs_run_put_note(work->survey.store, work->survey.run.id, "merge", text, detail);
}

/* What one machine would say of its run: the sums over the shards. What several of them asked was asked again, as the
 * sample was. */
static enum mxs_err put_sums(struct work *work, struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t sums[6] = {0}, ended = 0;
    char shard[MXS_SHARD_TEXT_SIZE + 32];
    for (uint32_t i = 0; i < work->count; i++) {
        const struct mxs_shard_run *one = &work->shards[i];
        const int64_t values[] = {one->active_ms, one->agreement_asked, one->agreement_same,
                                  one->datagrams, one->tcp_connections, one->forged};
        for (int k = 0; k < 6; k++)
            sums[k] += values[k];
        ended = one->finished_at > ended ? one->finished_at : ended;
    }
    sums[1] += (int64_t)(work->hosts.asked + work->servers.asked);
    sums[2] += (int64_t)(work->hosts.same + work->servers.same);
    snprintf(shard, sizeof shard, work->missing[0] == 0 ? "1/1" : "%u of %u", work->count, work->of);
    mxs_query_open(
        &query, work->survey.store,
        "UPDATE run SET active_ms = ?2, agreement_asked = ?3, agreement_same = ?4, datagrams = ?5,"
        " tcp_connections = ?6, forged = ?7, finished_at = ?8, shard = ?9, degraded = degraded OR ?10 WHERE id = ?1");
    mxs_query_int(&query, 1, work->survey.run.id);
    for (int k = 0; k < 6; k++)
        mxs_query_int(&query, 2 + k, sums[k]);
    mxs_query_int(&query, 8, ended);
    mxs_query_text(&query, 9, shard, strlen(shard));
    mxs_query_int(&query, 10, work->missing[0] != 0);
    mxs_query_run(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    work->survey.run.degraded |= work->missing[0] != 0;
    if (err == MXS_OK)
        err = mxs_shard_nights_put(work->survey.store, &work->survey.run, work->shards, work->count, detail);
    if (err == MXS_OK)
        err = put_partial(work, detail);
    if (err == MXS_OK)
        err = put_agreement(work, &work->hosts, "an MX host was asked", detail);
    if (err == MXS_OK)
        err = put_agreement(work, &work->servers, "a mail server was contacted", detail);
    return err == MXS_OK ? mxs_store_checkpoint(work->survey.store, detail) : err;
}

static enum mxs_err make_run(struct work *work, struct mxs_detail *detail)
{
    struct mxs_survey *survey = &work->survey;
    mxs_store *first = NULL;
    int64_t highest = 0;
    enum mxs_err err = open_shard(&first, work->shards[0].path, detail);
    if (err == MXS_OK)
        err = mxs_store_begin(survey->store, detail);
    if (err == MXS_OK) {
        err = begin_run(work, first, detail);
        work->usage |= err == MXS_ERR_INPUT;
        if (err == MXS_OK)
            err = mxs_shard_copy_list(&work->survey, first, &work->shards[0], detail);
        err = mxs_store_end(survey->store, err, detail);
    }
    mxs_store_close(&first);
    survey->resolver_ids = calloc(MXS_SHARD_RESOLVERS, sizeof *survey->resolver_ids);
    if (err == MXS_OK && survey->resolver_ids == NULL)
        err = mxs_err_memory(detail, "merging");
    if (err == MXS_OK)
        err = mxs_survey_open_writer(survey, detail);
    if (err != MXS_OK)
        return err;
    mxs_writer_give_up(survey->writer); /* a full disk ends the merge: nothing is lost by it, and OUT is what it was */
    err = put_names(work, detail);
    if (err == MXS_OK)
        err = mxs_query_one_int(survey->store, "SELECT max(id) FROM policy", 0, &highest, detail);
    uint32_t next_policy = (uint32_t)highest + 1;
    mxs_progress_stage(survey, "facts", 0);
    if (err == MXS_OK)
        err = each_shard(work, take_rows, &next_policy, detail);
    if (err == MXS_OK)
        err = mxs_survey_conclude(survey, detail);
    return err == MXS_OK ? put_sums(work, detail) : err;
}

static enum mxs_err build(struct work *work, struct mxs_detail *detail)
{
    mxs_store *held = NULL;
    struct mxs_settings *settings = &work->merging->settings;
    settings->db = work->path;
    settings->list = work->shards[0].list_name;
    enum mxs_err err = mxs_settings_parse_checks(settings, work->shards[0].checks, detail);
    if (err == MXS_OK)
        err = copy_out(work, &held, detail);
    if (err == MXS_OK) {
        err = mxs_survey_open_offline(&work->survey, settings, detail);
        work->usage |= work->survey.usage;
        if (err == MXS_OK)
            err = make_run(work, detail);
        mxs_progress_clear(&work->survey);
        mxs_survey_close(&work->survey);
    }
    if (err == MXS_OK)
        err = put_in_place(work, &held, detail);
    mxs_store_close(&held);
    remove_made(work);
    return err;
}

static enum mxs_err check_program(const struct work *work, struct mxs_detail *detail)
{
    struct mxs_shard_run ours = work->shards[0];
    mxs_suffixes *suffixes = NULL;
    mxs_rules *rules = NULL;
    mxs_asn *asn = NULL;
    const struct mxs_settings *settings = &work->merging->settings;
    ours.path = "this merge";
    snprintf(ours.version, sizeof ours.version, "%s", MXS_VERSION);
    enum mxs_err err = mxs_suffixes_create(&suffixes, settings->psl, detail);
    if (err == MXS_OK)
        err = settings->rules == NULL ? mxs_rules_create_built_in(&rules, detail)
                                      : mxs_rules_create_file(&rules, settings->rules, detail);
    if (err == MXS_OK && settings->asn_db != NULL)
        err = mxs_asn_open(&asn, settings->asn_db, detail);
    if (err == MXS_OK) {
        snprintf(ours.psl, sizeof ours.psl, "%s", mxs_suffixes_text(suffixes));
        snprintf(ours.psl_digest, sizeof ours.psl_digest, "%s", mxs_suffixes_digest(suffixes));
        snprintf(ours.rules, sizeof ours.rules, "%.16s", mxs_rules_digest(rules));
        snprintf(ours.asn, sizeof ours.asn, "%s", asn == NULL ? "" : mxs_asn_text(asn));
        err = mxs_shard_run_compare(&work->shards[0], &ours, detail);
    }
    if (asn != NULL)
        mxs_asn_close(&asn);
    if (rules != NULL)
        mxs_rules_destroy(&rules);
    if (suffixes != NULL)
        mxs_suffixes_destroy(&suffixes);
    return err;
}

enum mxs_err mxs_merging_run(struct mxs_merging *merging, struct mxs_merged *out, struct mxs_detail *detail)
{
    struct work *work = calloc(1, sizeof *work);
    *out = (struct mxs_merged){.run = 0};
    if (work == NULL || (work->shards = calloc((size_t)merging->count, sizeof *work->shards)) == NULL) {
        free(work);
        return mxs_err_memory(detail, "merging");
    }
    work->merging = merging;
    signal(SIGXFSZ, SIG_IGN); /* a file size limit shows as a full disk */
    enum mxs_err err = MXS_OK;
    if (snprintf(work->path, sizeof work->path, "%s.merging", merging->out) >= (int)sizeof work->path)
        err = mxs_err_set(detail, MXS_ERR_INPUT, "the name of OUT is too long");
    if (err == MXS_OK)
        err = read_shards(work, detail);
    if (err == MXS_OK)
        err = check_numbers(work, detail);
    if (err == MXS_OK)
        qsort(work->shards, work->count, sizeof *work->shards, by_weight);
    if (err == MXS_OK)
        err = check_program(work, detail);
    if (err == MXS_OK)
        err = look_for_others(work, detail);
    out->usage = err == MXS_ERR_INPUT;
    if (err == MXS_OK)
        err = build(work, detail);
    out->usage |= work->usage;
    if (err == MXS_OK)
        *out = (struct mxs_merged){.run = work->survey.run.id,
                                   .accepted = (int64_t)work->survey.run.accepted,
                                   .shards = work->count,
                                   .of = work->of,
                                   .hosts_asked = work->hosts.asked,
                                   .hosts_same = work->hosts.same,
                                   .degraded = work->survey.run.degraded};
    free(work->hosts.said);
    free(work->servers.said);
    free(work->shards);
    free(work);
    return err;
}
