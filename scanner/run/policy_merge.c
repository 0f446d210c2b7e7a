#include "scanner/run/internal/policy.h"

#include <stdio.h>
#include <stdlib.h>

#include "db/history.h"
#include "model/policy.h"
#include "scanner/checks/registry.h"
#include "scanner/run/internal/known.h"
#include "scanner/run/internal/policy_votes.h"
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
    struct row *row = &merge->rows[now->subject - merge->first];
    bool settled = mxs_outcome_settled((enum mxs_outcome)now->outcome);
    if (row->policy != 0 && !settled && mxs_outcome_settled((enum mxs_outcome)row->outcome))
        return;
    *row = (struct row){.policy = now->set, .outcome = now->outcome, .secure = row->secure};
}

/* What was last settled before the run. 0: nothing. */
static uint32_t read_before(struct mxs_query *query, uint32_t subject)
{
    mxs_query_int(query, 1, subject);
    uint32_t policy = mxs_query_next(query) ? (uint32_t)mxs_query_column_int(query, 0) : 0;
    mxs_query_reset(query);
    return policy;
}

/* Where a change was asked about once more, what the resolvers say stands. */
static enum mxs_err take_votes(struct merge *merge, struct mxs_policy_votes *votes, mxs_store *store,
                               const struct mxs_scan_run *run, const char *table, const char *key,
                               struct mxs_detail *detail)
{
    char sql[256];
    struct mxs_query before;
    snprintf(sql, sizeof sql,
             "SELECT p.id FROM %s s CROSS JOIN policy p ON p.id = s.policy_id WHERE s.%s = ?1 AND s.list_id = ?2"
             " AND s.first_run < ?3 AND p.unsettled = 0 ORDER BY s.first_run DESC LIMIT 1",
             table, key);
    mxs_query_open(&before, store, sql);
    mxs_query_int(&before, 2, run->list_id);
    mxs_query_int(&before, 3, run->id);
    mxs_policy_votes_sort(votes);
    for (size_t at = 0; at < votes->count; at = mxs_policy_votes_end(votes, at)) {
        uint32_t subject = votes->votes[at].subject;
        merge->rows[subject - merge->first].policy =
            mxs_policy_votes_decide(votes, at, read_before(&before, subject));
    }
    return mxs_query_finish(&before, detail);
}

/* The rows of policies or TLSA from first to last. */
static enum mxs_err read_rows(struct merge *merge, mxs_store *store, const struct mxs_scan_run *run,
                              enum mxs_journal_kind kind, struct mxs_detail *detail)
{
    const bool hosts = kind == MXS_JOURNAL_TLSA;
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    struct mxs_policy_votes votes;
    bool memory = true;
    mxs_policy_votes_open(&votes, store);
    mxs_journal_open_range(&journal, store, run->id, kind, merge->first, merge->last);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        if (row->subject < merge->first || row->subject > merge->last)
            continue;
        if (row->pass == MXS_PASS_CONFIRM)
            memory = mxs_policy_votes_put(&votes, row);
        else
            take_row(merge, row);
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    if (err == MXS_OK && !memory)
        err = mxs_err_memory(detail, "merging");
    if (err == MXS_OK)
        err = take_votes(merge, &votes, store, run, hosts ? "host_policy_history" : "policy_history",
                         hosts ? "host_id" : "domain_id", detail);
    return mxs_policy_votes_finish(&votes, err, detail);
}

static enum mxs_err read_chunk(struct merge *merge, mxs_store *store, const struct mxs_scan_run *run,
                               struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    memset(merge->rows, 0, ((size_t)merge->last - merge->first + 1) * sizeof *merge->rows);
    mxs_journal_open_range(&journal, store, run->id, MXS_JOURNAL_DOMAINS, merge->first, merge->last);
    while ((row = mxs_journal_next(&journal)) != NULL)
        if (row->pass != MXS_PASS_SAMPLE && row->subject >= merge->first && row->subject <= merge->last)
            merge->rows[row->subject - merge->first].secure =
                row->authenticated && mxs_outcome_settled((enum mxs_outcome)row->outcome);
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK ? read_rows(merge, store, run, MXS_JOURNAL_POLICIES, detail) : err;
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

static enum mxs_err merge_intervals(mxs_store *store, const struct mxs_scan_run *run,
                                    struct mxs_history_merge *intervals, uint32_t first, uint32_t last,
                                    struct mxs_detail *detail)
{
    intervals->store = store;
    intervals->list = run->list_id;
    intervals->run = run->id;
    intervals->previous = run->previous;
    enum mxs_err err = mxs_store_begin(store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_history_merge(intervals, first, last, detail);
    return mxs_store_end(store, err, detail);
}

static enum mxs_err merge_domains(mxs_store *store, const struct mxs_scan_run *run, struct mxs_detail *detail)
{
    struct merge merge = {NULL, 0, 0};
    int64_t highest = 0;
    enum mxs_err err = mxs_known_read_highest(store, &highest, detail);
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
        err = read_chunk(&merge, store, run, detail);
        if (err == MXS_OK)
            err = merge_intervals(store, run, &intervals, merge.first, merge.last, detail);
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

static enum mxs_err merge_hosts(mxs_store *store, const struct mxs_scan_run *run, uint32_t count,
                                struct mxs_detail *detail)
{
    struct merge merge = {calloc((size_t)count + 1, sizeof *merge.rows), 0, count};
    if (merge.rows == NULL)
        return mxs_err_memory(detail, "merging");
    enum mxs_err err = read_rows(&merge, store, run, MXS_JOURNAL_TLSA, detail);
    struct mxs_history_merge intervals = {.table = "host_policy_history",
                                          .key = "host_id",
                                          .columns = "policy_id",
                                          .column_count = 1,
                                          .content = host_content,
                                          .arg = merge.rows};
    if (err == MXS_OK && count > 0)
        err = merge_intervals(store, run, &intervals, 1, count, detail);
    free(merge.rows);
    return err;
}

/* What a run did not ask, it does not know. */
static enum mxs_err end_intervals(mxs_store *store, const struct mxs_scan_run *run, const char *table,
                                  struct mxs_detail *detail)
{
    char sql[160];
    if (run->previous == 0)
        return MXS_OK;
    snprintf(sql, sizeof sql, "UPDATE %s SET last_run = %lld WHERE list_id = %lld AND last_run IS NULL", table,
             (long long)run->previous, (long long)run->list_id);
    return mxs_store_run(store, sql, detail);
}

/* --- what nobody refers to --- */

static enum mxs_err merge_sts(mxs_store *store, const struct mxs_scan_run *run, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_begin(store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_merge_sts(store, run, detail);
    return mxs_store_end(store, err, detail);
}

/* Policies of rows that a later one replaced, and shared answers of other runs of the list. */
static enum mxs_err drop_unused(mxs_store *store, const struct mxs_scan_run *run, struct mxs_detail *detail)
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
             (long long)run->id, (long long)run->id, (long long)run->id,
             (long long)run->list_id);
    enum mxs_err err = mxs_store_begin(store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_store_run(store, sql, detail);
    return mxs_store_end(store, err, detail);
}

enum mxs_err mxs_merge_policies(mxs_store *store, const struct mxs_scan_run *run, unsigned checks, uint32_t host_count,
                                struct mxs_detail *detail)
{
    enum mxs_err err = mxs_checks_ask(checks, MXS_SUBJECT_DOMAIN) ? merge_domains(store, run, detail)
                                                                  : end_intervals(store, run, "policy_history", detail);
    if (err == MXS_OK)
        err = mxs_checks_ask(checks, MXS_SUBJECT_HOST) ? merge_hosts(store, run, host_count, detail)
                                                       : end_intervals(store, run, "host_policy_history", detail);
    if (err == MXS_OK)
        err = merge_sts(store, run, detail);
    return err == MXS_OK ? drop_unused(store, run, detail) : err;
}
