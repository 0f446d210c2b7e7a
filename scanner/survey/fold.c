/* The journal is in order of arrival; facts are kept in order of name id. Rows are gathered in an array by id, a chunk of ids at
 * a time so that the array stays small whatever the list, and then merged with the spans that stood before. */
#include "scanner/survey/fold.h"

#include <stdlib.h>

#include "scanner/survey/span.h"

#define FOLD_CHUNK 5000000u
#define FOLD_SLACK 65536u /* ids that are not of the run lie between those that are */
#define ROWS_PER_COMMIT 200000u
#define PASS_SAMPLE 2

struct answer_row {
    uint32_t mx_set, implicit_host, alias;
    uint32_t rtt_us, asked_after_s, ttl_s; /* ttl_s: UINT32_MAX none */
    uint16_t resolver;
    uint8_t attempts, outcome; /* outcome 255: no row */
};

struct fold {
    struct mxs_survey *survey;
    struct answer_row *rows;
    uint32_t chunk;        /* how many rows there is memory for */
    uint32_t first, count; /* ids of the chunk */
    uint64_t agreement_asked, agreement_same;
    struct mxs_span_fold spans;
    struct mxs_query measurement;
    uint32_t since_commit;
};

static void take_answer(struct fold *fold, struct mxs_query *query)
{
    uint32_t id = (uint32_t)mxs_query_column_int(query, 0);
    if (id < fold->first || id - fold->first >= fold->count)
        return;
    struct answer_row *row = &fold->rows[id - fold->first];
    struct answer_row now = {
        .outcome = (uint8_t)mxs_query_column_int(query, 1),
        .mx_set = (uint32_t)mxs_query_column_int(query, 2),
        .alias = (uint32_t)mxs_query_column_int(query, 3),
        .implicit_host = (uint32_t)mxs_query_column_int(query, 4),
        .resolver = (uint16_t)mxs_query_column_int(query, 5),
        .attempts = (uint8_t)mxs_query_column_int(query, 6),
        .rtt_us = (uint32_t)mxs_query_column_int(query, 7),
        .asked_after_s = (uint32_t)mxs_query_column_int(query, 8),
        .ttl_s = mxs_query_is_null(query, 9) ? UINT32_MAX : (uint32_t)mxs_query_column_int(query, 9),
    };
    if (mxs_query_column_int(query, 10) == PASS_SAMPLE) {
        if (!mxs_outcome_settled((enum mxs_outcome)now.outcome))
            return;
        fold->agreement_asked++;
        fold->agreement_same += now.outcome == row->outcome && now.mx_set == row->mx_set;
        return;
    }
    if (row->outcome == 255) {
        *row = now;
        return;
    }
    /* Asked more than once: the last settled answer stands; else the one that says most. */
    bool replace = mxs_outcome_settled((enum mxs_outcome)now.outcome) ||
                   mxs_outcome_better((enum mxs_outcome)row->outcome, (enum mxs_outcome)now.outcome) != (enum mxs_outcome)row->outcome;
    uint8_t attempts = (uint8_t)(row->attempts + now.attempts);
    if (replace)
        *row = now;
    row->attempts = attempts;
}

static enum mxs_err read_chunk(struct fold *fold, struct mxs_detail *detail)
{
    memset(fold->rows, 0xff, (size_t)fold->count * sizeof *fold->rows);
    struct mxs_query query;
    mxs_query_open(&query, fold->survey->store,
                   "SELECT domain_id, outcome, mx_set_id, alias_id, implicit_host_id, resolver_id, attempts, rtt_us, asked_after_s,"
                   " ttl_s, pass FROM domain_answer WHERE run_id = ?1 ORDER BY id");
    mxs_query_int(&query, 1, fold->survey->run.id);
    while (mxs_query_next(&query))
        take_answer(fold, &query);
    return mxs_query_finish(&query, detail);
}

static int64_t or_null(uint32_t id) { return id == 0 ? MXS_SPAN_NULL : (int64_t)id; }

static enum mxs_err commit_now_and_then(struct fold *fold, struct mxs_detail *detail)
{
    if (++fold->since_commit < ROWS_PER_COMMIT)
        return MXS_OK;
    fold->since_commit = 0;
    enum mxs_err err = mxs_store_commit(fold->survey->store, detail);
    return err == MXS_OK ? mxs_store_begin(fold->survey->store, detail) : err;
}

static enum mxs_err put_domain(struct fold *fold, uint32_t id, struct mxs_detail *detail)
{
    const struct answer_row *row = &fold->rows[id - fold->first];
    if (row->outcome == 255)
        return mxs_err_set(detail, MXS_ERR_DB, "domain %u of run %lld has no answer: this is a bug", id,
                           (long long)fold->survey->run.id);
    const int64_t content[] = {row->outcome, or_null(row->mx_set), or_null(row->alias), or_null(row->implicit_host)};
    mxs_span_put(&fold->spans, id, content);
    mxs_query_int(&fold->measurement, 1, id);
    mxs_query_int(&fold->measurement, 3, row->resolver);
    mxs_query_int(&fold->measurement, 4, row->attempts);
    mxs_query_int(&fold->measurement, 5, row->rtt_us);
    mxs_query_int(&fold->measurement, 6, row->asked_after_s);
    mxs_query_int_or_null(&fold->measurement, 7, row->ttl_s != UINT32_MAX, row->ttl_s);
    mxs_query_run(&fold->measurement);
    return commit_now_and_then(fold, detail);
}

/* Folds the members of the run between two ids, chunk by chunk. */
static enum mxs_err fold_range(struct fold *fold, uint32_t first, uint32_t last, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (uint32_t id = first; err == MXS_OK && id <= last; id++) {
        if (fold->first == 0 || id - fold->first >= fold->count) {
            fold->first = id;
            fold->count = fold->chunk;
            err = read_chunk(fold, detail);
        }
        if (err == MXS_OK)
            err = put_domain(fold, id, detail);
    }
    return err;
}

static enum mxs_err put_agreement(struct fold *fold, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, fold->survey->store, "UPDATE run SET agreement_asked = ?2, agreement_same = ?3 WHERE id = ?1");
    mxs_query_int(&query, 1, fold->survey->run.id);
    mxs_query_int(&query, 2, (int64_t)fold->agreement_asked);
    mxs_query_int(&query, 3, (int64_t)fold->agreement_same);
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

static enum mxs_err fold_members(struct fold *fold, struct mxs_detail *detail)
{
    struct mxs_survey *survey = fold->survey;
    struct mxs_query members;
    enum mxs_err err = MXS_OK;
    mxs_query_open(&members, survey->store, "SELECT first_domain, last_domain FROM member WHERE run_id = ?1 ORDER BY first_domain");
    mxs_query_int(&members, 1, survey->run.id);
    while (err == MXS_OK && mxs_query_next(&members))
        err = fold_range(fold, (uint32_t)mxs_query_column_int(&members, 0), (uint32_t)mxs_query_column_int(&members, 1), detail);
    enum mxs_err end = mxs_query_finish(&members, err == MXS_OK ? detail : NULL);
    return err == MXS_OK ? end : err;
}

enum mxs_err mxs_fold_domains(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct fold fold = {.survey = survey};
    struct mxs_detail later;
    fold.chunk = survey->run.accepted < FOLD_CHUNK ? (uint32_t)survey->run.accepted + FOLD_SLACK : FOLD_CHUNK;
    fold.rows = malloc((size_t)fold.chunk * sizeof *fold.rows);
    if (fold.rows == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory while sorting answers");
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err == MXS_OK) {
        mxs_span_open(&fold.spans, survey->store, "domain_span", "domain_id", "outcome, mx_set_id, alias_id, implicit_host_id", 4,
                      survey->run.list_id, survey->run.id, survey->run.previous);
        mxs_query_open(&fold.measurement, survey->store, "INSERT OR REPLACE INTO measurement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        mxs_query_int(&fold.measurement, 2, survey->run.id);
        err = fold_members(&fold, detail);
        enum mxs_err end = mxs_query_finish(&fold.measurement, err == MXS_OK ? detail : &later);
        err = err == MXS_OK ? end : err;
        end = mxs_span_close(&fold.spans, err == MXS_OK ? detail : &later);
        err = err == MXS_OK ? end : err;
        if (err == MXS_OK)
            err = put_agreement(&fold, detail);
        if (err == MXS_OK)
            err = mxs_store_commit(survey->store, detail);
        else
            mxs_store_rollback(survey->store);
    }
    free(fold.rows);
    return err;
}

/* --- exchanges ------------------------------------------------------------------------------------------------------ */

struct host_row {
    uint32_t set[2], alias;
    uint8_t outcome[2], registrable; /* 255: not asked */
};

static void take_host_answer(struct host_row *row, struct mxs_query *query)
{
    uint16_t type = (uint16_t)mxs_query_column_int(query, 1);
    enum mxs_outcome outcome = (enum mxs_outcome)mxs_query_column_int(query, 2);
    if (type == 0) {
        row->registrable = (uint8_t)mxs_outcome_better(outcome, (enum mxs_outcome)row->registrable);
        return;
    }
    int family = type == MXS_TYPE_AAAA;
    enum mxs_outcome before = (enum mxs_outcome)row->outcome[family];
    if (before != MXS_NOT_ASKED && !mxs_outcome_settled(outcome) && mxs_outcome_better(before, outcome) == before)
        return;
    row->outcome[family] = (uint8_t)outcome;
    row->set[family] = (uint32_t)mxs_query_column_int(query, 3);
    if (!mxs_query_is_null(query, 4))
        row->alias = (uint32_t)mxs_query_column_int(query, 4);
}

static int64_t outcome_or_null(uint8_t outcome) { return outcome == MXS_NOT_ASKED ? MXS_SPAN_NULL : (int64_t)outcome; }

enum mxs_err mxs_fold_hosts(struct mxs_survey *survey, struct mxs_detail *detail)
{
    uint32_t count = survey->dictionary.hosts.keys.count;
    struct host_row *rows = calloc((size_t)count + 1, sizeof *rows);
    if (rows == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory while sorting answers");
    for (uint32_t host = 0; host <= count; host++)
        rows[host].outcome[0] = rows[host].outcome[1] = rows[host].registrable = (uint8_t)MXS_NOT_ASKED;
    struct mxs_query query;
    mxs_query_open(&query, survey->store,
                   "SELECT host_id, type, outcome, address_set_id, alias_id FROM host_answer WHERE run_id = ?1 ORDER BY id");
    mxs_query_int(&query, 1, survey->run.id);
    while (mxs_query_next(&query)) {
        uint32_t host = (uint32_t)mxs_query_column_int(&query, 0);
        if (host <= count)
            take_host_answer(&rows[host], &query);
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK)
        err = mxs_store_begin(survey->store, detail);
    if (err == MXS_OK) {
        struct mxs_span_fold spans;
        mxs_span_open(&spans, survey->store, "host_span", "host_id",
                      "a_outcome, a_set_id, aaaa_outcome, aaaa_set_id, alias_id, registrable_outcome", 6, survey->run.list_id,
                      survey->run.id, survey->run.previous);
        for (uint32_t host = 1; host <= count; host++) {
            const struct host_row *row = &rows[host];
            if (row->outcome[0] == MXS_NOT_ASKED && row->outcome[1] == MXS_NOT_ASKED)
                continue;
            const int64_t content[] = {outcome_or_null(row->outcome[0]), or_null(row->set[0]), outcome_or_null(row->outcome[1]),
                                       or_null(row->set[1]), or_null(row->alias), outcome_or_null(row->registrable)};
            mxs_span_put(&spans, host, content);
        }
        err = mxs_span_close(&spans, detail);
        if (err == MXS_OK)
            err = mxs_store_commit(survey->store, detail);
        else
            mxs_store_rollback(survey->store);
    }
    free(rows);
    return err;
}
