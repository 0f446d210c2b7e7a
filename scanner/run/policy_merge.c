#include "scanner/run/internal/policy.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/policy.h"
#include "scanner/run/internal/known.h"
#include "scanner/run/internal/history.h"
#include "scanner/run/internal/stages.h"
#include "scanner/run/internal/sts.h"

#define CHUNK 131072u

struct row {
    uint32_t policy; /* 0: none */
    uint32_t spf;    /* as mxs_policy_row.numbers[0] */
    uint8_t voids, outcome;
    bool secure;
};

struct fold {
    struct row *rows; /* by id - first */
    uint32_t first, last;
};

static enum mxs_err no_memory(struct mxs_detail *detail) { return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory while folding"); }

/* The last settled row stands; else the last. */
static void take_row(struct fold *fold, const struct mxs_journal_row *now)
{
    if (now->subject < fold->first || now->subject > fold->last)
        return;
    struct row *row = &fold->rows[now->subject - fold->first];
    bool settled = mxs_outcome_settled((enum mxs_outcome)now->outcome);
    if (row->policy != 0 && !settled && mxs_outcome_settled((enum mxs_outcome)row->outcome))
        return;
    *row = (struct row){.policy = now->set, .spf = now->alias, .voids = (uint8_t)now->implicit_host, .outcome = now->outcome,
                        .secure = row->secure};
}

static enum mxs_err read_chunk(struct fold *fold, struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    memset(fold->rows, 0, ((size_t)fold->last - fold->first + 1) * sizeof *fold->rows);
    mxs_journal_open_range(&journal, survey->store, survey->run.id, MXS_JOURNAL_DOMAINS, fold->first, fold->last);
    while ((row = mxs_journal_next(&journal)) != NULL)
        if (row->pass != MXS_PASS_SAMPLE && row->subject >= fold->first && row->subject <= fold->last)
            fold->rows[row->subject - fold->first].secure = row->authenticated && mxs_outcome_settled((enum mxs_outcome)row->outcome);
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    if (err != MXS_OK)
        return err;
    mxs_journal_open_range(&journal, survey->store, survey->run.id, MXS_JOURNAL_POLICIES, fold->first, fold->last);
    while ((row = mxs_journal_next(&journal)) != NULL)
        take_row(fold, row);
    return mxs_journal_finish(&journal, detail);
}

static bool content_of(void *arg, uint32_t domain, int64_t *content)
{
    const struct fold *fold = arg;
    const struct row *row = &fold->rows[domain - fold->first];
    if (row->policy == 0)
        return false;
    bool asked = (row->spf & 255) != MXS_POLICY_UNKNOWN;
    content[0] = row->policy;
    for (int i = 0; i < 4; i++)
        content[1 + i] = asked ? (int64_t)(row->spf >> 8 * i & 255) : MXS_HISTORY_NULL;
    content[5] = asked ? row->voids : MXS_HISTORY_NULL;
    content[6] = row->secure;
    return true;
}

static enum mxs_err fold_spans(struct mxs_survey *survey, struct mxs_history_merge *spans, uint32_t first, uint32_t last,
                               struct mxs_detail *detail)
{
    spans->store = survey->store;
    spans->list = survey->run.list_id;
    spans->run = survey->run.id;
    spans->previous = survey->run.previous;
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_history_merge(spans, first, last, detail);
    if (err == MXS_OK)
        return mxs_store_commit(survey->store, detail);
    mxs_store_rollback(survey->store);
    return err;
}

static enum mxs_err fold_domains(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct fold fold = {NULL, 0, 0};
    int64_t highest = 0;
    enum mxs_err err = mxs_known_read_highest(survey->store, &highest, detail);
    size_t size = highest < CHUNK ? (size_t)highest + 1 : CHUNK;
    fold.rows = malloc(size * sizeof *fold.rows);
    if (err == MXS_OK && fold.rows == NULL)
        err = no_memory(detail);
    for (int64_t first = 1; err == MXS_OK && first <= highest; first += (int64_t)size) {
        fold.first = (uint32_t)first;
        fold.last = (uint32_t)(first + (int64_t)size - 1 < highest ? first + (int64_t)size - 1 : highest);
        struct mxs_history_merge spans = {.table = "policy_history", .key = "domain_id",
                                      .columns = "policy_id, spf_result, spf_reason, spf_all, spf_lookups, spf_voids, secure",
                                      .column_count = 7, .content = content_of, .arg = &fold};
        err = read_chunk(&fold, survey, detail);
        if (err == MXS_OK)
            err = fold_spans(survey, &spans, fold.first, fold.last, detail);
    }
    free(fold.rows);
    return err;
}

/* --- TLSA ------------------------------------------------------------------------------------------------------------ */

struct tlsa_row {
    uint16_t usable, unusable;
    uint8_t outcome, secure;
};
#define NO_ROW 255

static uint16_t at_most(uint32_t value) { return (uint16_t)(value < UINT16_MAX ? value : UINT16_MAX); }

static bool tlsa_content(void *arg, uint32_t host, int64_t *content)
{
    const struct tlsa_row *row = (const struct tlsa_row *)arg + host;
    if (row->outcome == NO_ROW)
        return false;
    content[0] = row->outcome;
    content[1] = row->usable;
    content[2] = row->unusable;
    content[3] = row->secure;
    return true;
}

static enum mxs_err fold_tlsa(struct mxs_survey *survey, struct mxs_detail *detail)
{
    uint32_t count = survey->dictionary.hosts.keys.count;
    struct tlsa_row *rows = malloc(((size_t)count + 1) * sizeof *rows);
    struct mxs_journal journal;
    const struct mxs_journal_row *now;
    if (rows == NULL)
        return no_memory(detail);
    memset(rows, 0xff, ((size_t)count + 1) * sizeof *rows);
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_TLSA);
    while ((now = mxs_journal_next(&journal)) != NULL) {
        struct tlsa_row *row = &rows[now->subject <= count ? now->subject : 0];
        if (row->outcome == NO_ROW || mxs_outcome_settled((enum mxs_outcome)now->outcome))
            *row = (struct tlsa_row){at_most(now->set), at_most(now->alias), now->outcome, (uint8_t)now->implicit_host};
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    struct mxs_history_merge spans = {.table = "tlsa_history", .key = "host_id", .columns = "outcome, usable, unusable, secure",
                                  .column_count = 4, .content = tlsa_content, .arg = rows};
    if (err == MXS_OK && count > 0)
        err = fold_spans(survey, &spans, 1, count, detail);
    free(rows);
    return err;
}

/* What a run did not ask, it does not know. */
static enum mxs_err end_spans(struct mxs_survey *survey, const char *table, struct mxs_detail *detail)
{
    char sql[160];
    if (survey->run.previous == 0)
        return MXS_OK;
    snprintf(sql, sizeof sql, "UPDATE %s SET last_run = %lld WHERE list_id = %lld AND last_run IS NULL", table,
             (long long)survey->run.previous, (long long)survey->run.list_id);
    return mxs_store_run(survey->store, sql, detail);
}

/* --- what nobody refers to ------------------------------------------------------------------------------------------- */

static enum mxs_err fold_sts(struct mxs_survey *survey, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_fold_sts(survey, detail);
    if (err == MXS_OK)
        return mxs_store_commit(survey->store, detail);
    mxs_store_rollback(survey->store);
    return err;
}

/* Policies of rows that a later one replaced, and shared answers of other runs of the list. */
static enum mxs_err drop_unused(struct mxs_survey *survey, struct mxs_detail *detail)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "DELETE FROM policy WHERE id > (SELECT ifnull(max(policy_id), 0) FROM policy_history WHERE first_run < %lld)"
             " AND id NOT IN (SELECT policy_id FROM policy_history);"
             "DELETE FROM shared WHERE run_id <> %lld AND run_id IN (SELECT id FROM run WHERE list_id = %lld)",
             (long long)survey->run.id, (long long)survey->run.id, (long long)survey->run.list_id);
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_store_run(survey->store, sql, detail);
    if (err == MXS_OK)
        return mxs_store_commit(survey->store, detail);
    mxs_store_rollback(survey->store);
    return err;
}

enum mxs_err mxs_fold_policies(struct mxs_survey *survey, struct mxs_detail *detail)
{
    unsigned checks = survey->settings->checks;
    enum mxs_err err = checks & (MXS_CHECK_AUTH | MXS_CHECK_TRANSPORT) ? fold_domains(survey, detail)
                                                                      : end_spans(survey, "policy_history", detail);
    if (err == MXS_OK)
        err = checks & MXS_CHECK_TRANSPORT ? fold_tlsa(survey, detail) : end_spans(survey, "tlsa_history", detail);
    if (err == MXS_OK)
        err = fold_sts(survey, detail);
    return err == MXS_OK ? drop_unused(survey, detail) : err;
}
