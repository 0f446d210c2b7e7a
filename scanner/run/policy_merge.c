#include "scanner/run/internal/policy.h"

#include <stdio.h>
#include <stdlib.h>

#include "db/history.h"
#include "model/policy.h"
#include "scanner/checks/registry.h"
#include "scanner/run/internal/known.h"
#include "scanner/run/internal/stages.h"
#include "scanner/run/internal/sts.h"

#define CHUNK 131072u

struct row {
    uint32_t policy; /* 0: none */
    uint8_t outcome;
    bool secure;
};

struct merge {
    struct row *rows; /* by id - first */
    uint32_t first, last;
};

/* The last settled row stands; else the last. */
static void take_row(struct merge *merge, const struct mxs_journal_row *now)
{
    if (now->subject < merge->first || now->subject > merge->last)
        return;
    struct row *row = &merge->rows[now->subject - merge->first];
    bool settled = mxs_outcome_settled((enum mxs_outcome)now->outcome);
    if (row->policy != 0 && !settled && mxs_outcome_settled((enum mxs_outcome)row->outcome))
        return;
    *row = (struct row){.policy = now->set, .outcome = now->outcome, .secure = row->secure};
}

static enum mxs_err read_chunk(struct merge *merge, struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    memset(merge->rows, 0, ((size_t)merge->last - merge->first + 1) * sizeof *merge->rows);
    mxs_journal_open_range(&journal, survey->store, survey->run.id, MXS_JOURNAL_DOMAINS, merge->first, merge->last);
    while ((row = mxs_journal_next(&journal)) != NULL)
        if (row->pass != MXS_PASS_SAMPLE && row->subject >= merge->first && row->subject <= merge->last)
            merge->rows[row->subject - merge->first].secure =
                row->authenticated && mxs_outcome_settled((enum mxs_outcome)row->outcome);
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    if (err != MXS_OK)
        return err;
    mxs_journal_open_range(&journal, survey->store, survey->run.id, MXS_JOURNAL_POLICIES, merge->first, merge->last);
    while ((row = mxs_journal_next(&journal)) != NULL)
        take_row(merge, row);
    return mxs_journal_finish(&journal, detail);
}

static bool content_of(void *arg, uint32_t domain, int64_t *content)
{
    const struct merge *merge = arg;
    const struct row *row = &merge->rows[domain - merge->first];
    if (row->policy == 0)
        return false;
    content[0] = row->policy;
    content[1] = row->secure;
    return true;
}

static enum mxs_err merge_intervals(struct mxs_survey *survey, struct mxs_history_merge *intervals, uint32_t first,
                                    uint32_t last, struct mxs_detail *detail)
{
    intervals->store = survey->store;
    intervals->list = survey->run.list_id;
    intervals->run = survey->run.id;
    intervals->previous = survey->run.previous;
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_history_merge(intervals, first, last, detail);
    return mxs_store_end(survey->store, err, detail);
}

static enum mxs_err merge_domains(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct merge merge = {NULL, 0, 0};
    int64_t highest = 0;
    enum mxs_err err = mxs_known_read_highest(survey->store, &highest, detail);
    size_t size = highest < CHUNK ? (size_t)highest + 1 : CHUNK;
    merge.rows = malloc(size * sizeof *merge.rows);
    if (err == MXS_OK && merge.rows == NULL)
        err = mxs_err_memory(detail, "merging");
    for (int64_t first = 1; err == MXS_OK && first <= highest; first += (int64_t)size) {
        merge.first = (uint32_t)first;
        merge.last = (uint32_t)(first + (int64_t)size - 1 < highest ? first + (int64_t)size - 1 : highest);
        struct mxs_history_merge intervals = {.table = "policy_history", .key = "domain_id",
                                      .columns = "policy_id, secure", .column_count = 2,
                                      .content = content_of, .arg = &merge};
        err = read_chunk(&merge, survey, detail);
        if (err == MXS_OK)
            err = merge_intervals(survey, &intervals, merge.first, merge.last, detail);
    }
    free(merge.rows);
    return err;
}

/* --- MX hosts --- */

static bool host_content(void *arg, uint32_t host, int64_t *content)
{
    const struct row *row = (const struct row *)arg + host;
    content[0] = row->policy;
    return row->policy != 0;
}

static enum mxs_err merge_hosts(struct mxs_survey *survey, struct mxs_detail *detail)
{
    uint32_t count = survey->dictionary.hosts.keys.count;
    struct row *rows = calloc((size_t)count + 1, sizeof *rows);
    struct mxs_journal journal;
    const struct mxs_journal_row *now;
    if (rows == NULL)
        return mxs_err_memory(detail, "merging");
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_TLSA);
    while ((now = mxs_journal_next(&journal)) != NULL) {
        struct row *row = &rows[now->subject <= count ? now->subject : 0];
        if (row->policy == 0 || mxs_outcome_settled((enum mxs_outcome)now->outcome))
            *row = (struct row){.policy = now->set, .outcome = now->outcome};
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    struct mxs_history_merge intervals = {.table = "host_policy_history",
                                          .key = "host_id",
                                          .columns = "policy_id",
                                          .column_count = 1,
                                          .content = host_content,
                                          .arg = rows};
    if (err == MXS_OK && count > 0)
        err = merge_intervals(survey, &intervals, 1, count, detail);
    free(rows);
    return err;
}

/* What a run did not ask, it does not know. */
static enum mxs_err end_intervals(struct mxs_survey *survey, const char *table, struct mxs_detail *detail)
{
    char sql[160];
    if (survey->run.previous == 0)
        return MXS_OK;
    snprintf(sql, sizeof sql, "UPDATE %s SET last_run = %lld WHERE list_id = %lld AND last_run IS NULL", table,
             (long long)survey->run.previous, (long long)survey->run.list_id);
    return mxs_store_run(survey->store, sql, detail);
}

/* --- what nobody refers to --- */

static enum mxs_err merge_sts(struct mxs_survey *survey, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_merge_sts(survey, detail);
    return mxs_store_end(survey->store, err, detail);
}

/* Policies of rows that a later one replaced, and shared answers of other runs of the list. */
static enum mxs_err drop_unused(struct mxs_survey *survey, struct mxs_detail *detail)
{
    char sql[768];
    snprintf(sql, sizeof sql,
             "DELETE FROM policy WHERE id > (SELECT max(ifnull((SELECT max(policy_id) FROM policy_history WHERE "
             "first_run < %lld), 0),"
             " ifnull((SELECT max(policy_id) FROM host_policy_history WHERE first_run < %lld), 0)))"
             " AND id NOT IN (SELECT policy_id FROM policy_history) AND id NOT IN (SELECT policy_id FROM "
             "host_policy_history);"
             "DELETE FROM policy_text WHERE policy_id NOT IN (SELECT id FROM policy);"
             "DELETE FROM shared WHERE run_id <> %lld AND run_id IN (SELECT id FROM run WHERE list_id = %lld)",
             (long long)survey->run.id, (long long)survey->run.id, (long long)survey->run.id,
             (long long)survey->run.list_id);
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_store_run(survey->store, sql, detail);
    return mxs_store_end(survey->store, err, detail);
}

enum mxs_err mxs_merge_policies(struct mxs_survey *survey, struct mxs_detail *detail)
{
    unsigned checks = survey->settings->checks;
    enum mxs_err err = mxs_checks_ask(checks, MXS_SUBJECT_DOMAIN) ? merge_domains(survey, detail)
                                                                  : end_intervals(survey, "policy_history", detail);
    if (err == MXS_OK)
        err = mxs_checks_ask(checks, MXS_SUBJECT_HOST) ? merge_hosts(survey, detail)
                                                       : end_intervals(survey, "host_policy_history", detail);
    if (err == MXS_OK)
        err = merge_sts(survey, detail);
    return err == MXS_OK ? drop_unused(survey, detail) : err;
}
