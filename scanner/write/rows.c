#include "scanner/write/internal/rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/vector.h"
#include "db/bulk.h"

enum mxs_err mxs_rows_init(struct mxs_rows *rows, mxs_store *store, struct mxs_dictionary *dictionary, int64_t run_id,
                           int64_t started_at, const int64_t *resolver_ids, uint32_t wires_kept,
                           struct mxs_detail *detail)
{
    *rows = (struct mxs_rows){.store = store, .dictionary = dictionary, .run_id = run_id, .started_at = started_at,
                              .resolver_ids = resolver_ids, .wires_left = wires_kept};
    _Static_assert(MXS_BATCH_ROWS <= MXS_PACK_ROWS, "a batch is a blob");
    rows->answers = malloc(MXS_BATCH_ROWS * sizeof *rows->answers);
    rows->packed = malloc(MXS_PACK_SIZE(MXS_BATCH_ROWS));
    if (rows->answers == NULL || rows->packed == NULL)
        return mxs_err_memory(detail, NULL);
    mxs_query_open(&rows->journal, store, "INSERT INTO journal VALUES (NULL, ?1, ?2, ?3, ?4, ?5)");
    mxs_query_int(&rows->journal, 1, run_id);
    mxs_query_open(&rows->malformed, store, "INSERT INTO malformed VALUES (?1, ?2, ?3, ?4, ?5)");
    mxs_query_open(&rows->policy, store, "INSERT INTO policy VALUES (?1, ?2, ?3, ?4)");
    mxs_query_open(&rows->policy_text, store, "INSERT INTO policy_text VALUES (?1, ?2, ?3, ?4)");
    mxs_query_open(&rows->shared, store, "INSERT OR REPLACE INTO shared VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    mxs_query_int(&rows->shared, 1, run_id);
    struct mxs_query *const all[] = {&rows->journal, &rows->malformed, &rows->policy, &rows->policy_text,
                                     &rows->shared};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (mxs_query_error(all[i]) != MXS_OK) {
            if (detail != NULL)
                *detail = all[i]->detail;
            return mxs_query_error(all[i]);
        }
    }
    return MXS_OK;
}

void mxs_rows_finish(struct mxs_rows *rows)
{
    struct mxs_query *const all[] = {&rows->journal, &rows->malformed, &rows->policy, &rows->policy_text,
                                     &rows->shared};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        enum mxs_err err = all[i]->store == NULL ? MXS_OK : mxs_query_finish(all[i], NULL);
        (void)err; /* was reported by the put that met it */
    }
    free(rows->answers);
    free(rows->packed);
    mxs_bits_finish(&rows->wanted);
    mxs_bits_finish(&rows->implicit);
    free(rows->fresh);
}

static bool push_fresh(struct mxs_rows *rows, uint32_t host, bool implicit)
{
    if (!mxs_vector_reserve(&rows->fresh, &rows->fresh_capacity, rows->fresh_count, sizeof *rows->fresh))
        return false;
    rows->fresh[rows->fresh_count++] = (struct mxs_wanted){host, implicit};
    return true;
}

bool mxs_rows_want_host(struct mxs_rows *rows, uint32_t host, bool implicit)
{
    bool known = mxs_bits_has(&rows->wanted, host) && (!implicit || mxs_bits_has(&rows->implicit, host));
    if (known)
        return true;
    return mxs_bits_put(&rows->wanted, host) && (!implicit || mxs_bits_put(&rows->implicit, host)) &&
           push_fresh(rows, host, implicit);
}

bool mxs_rows_host_is_wanted(const struct mxs_rows *rows, uint32_t host) { return mxs_bits_has(&rows->wanted, host); }

/* --- names and rejects: inserted as they are --- */

struct feed {
    const struct mxs_batch *batch;
    enum mxs_row_kind kind;
    uint32_t at;
};

static bool next_of_kind(void *arg, struct mxs_bulk_row *out)
{
    struct feed *feed = arg;
    while (feed->at < feed->batch->count && feed->batch->rows[feed->at].kind != feed->kind)
        feed->at++;
    if (feed->at == feed->batch->count)
        return false;
    const struct mxs_row *row = &feed->batch->rows[feed->at++];
    out->numbers[0] = row->subject;
    out->numbers[1] = (int64_t)row->line;
    out->label = row->reason;
    out->text = row->text.data;
    out->text_size = row->text.size_bytes;
    return true;
}

static enum mxs_err put_import(struct mxs_rows *rows, const struct mxs_batch *batch, struct mxs_detail *detail)
{
    struct feed names = {.batch = batch, .kind = MXS_ROW_NAME}, rejects = {.batch = batch, .kind = MXS_ROW_REJECT};
    char sql[160];
    enum mxs_err err = MXS_OK;
    if (batch->kinds & 1u << MXS_ROW_NAME)
        err =
            mxs_bulk_insert(rows->store, "INSERT INTO domain SELECT c0, t FROM bulk(?1)", next_of_kind, &names, detail);
    snprintf(sql, sizeof sql, "INSERT INTO reject SELECT %lld, c0, c1, u, t FROM bulk(?1)", (long long)rows->run_id);
    if (err == MXS_OK && (batch->kinds & 1u << MXS_ROW_REJECT))
        err = mxs_bulk_insert(rows->store, sql, next_of_kind, &rejects, detail);
    return err;
}

/* --- answers: packed into the journal --- */

static void pack(const struct mxs_rows *rows, const struct mxs_row *row, struct mxs_journal_row *out)
{
    int64_t after_s = row->measurement.asked_at - rows->started_at;
    *out = (struct mxs_journal_row){
        .subject = row->subject,
        .rtt_us = row->measurement.rtt_us,
        .asked_after_s = after_s > 0 ? (uint32_t)after_s : 0,
        .ttl_s = row->record_count > 0 ? row->ttl_s : MXS_TTL_NONE,
        .type = row->type,
        .resolver = (uint16_t)rows->resolver_ids[row->measurement.resolver],
        .outcome = row->outcome,
        .attempts = row->measurement.attempts,
        .pass = row->pass,
        .authenticated = row->authenticated,
        .ede = row->ede,
    };
}

static void put_malformed(struct mxs_rows *rows, const struct mxs_row *row)
{
    if (row->wire.size_bytes == 0 || rows->wires_left == 0)
        return;
    rows->wires_left--;
    mxs_query_int(&rows->malformed, 1, rows->run_id);
    mxs_query_text(&rows->malformed, 2, row->text.data, row->text.size_bytes);
    mxs_query_int(&rows->malformed, 3, row->type);
    mxs_query_int(&rows->malformed, 4, rows->resolver_ids[row->measurement.resolver]);
    mxs_query_blob(&rows->malformed, 5, row->wire.data, row->wire.size_bytes);
    mxs_query_run(&rows->malformed);
}

static bool want_hosts_of_set(struct mxs_rows *rows, uint32_t set)
{
    uint32_t count = mxs_dictionary_mx_count(rows->dictionary, set);
    for (uint32_t i = 0; i < count; i++) {
        if (!mxs_rows_want_host(rows, mxs_dictionary_mx_member(rows->dictionary, set, i).host, false))
            return false;
    }
    return true;
}

/* The set of an answer's records, whose hosts are wanted from now on; 0: out of memory. */
static uint32_t mx_set_of(struct mxs_rows *rows, const struct mxs_row *row)
{
    uint32_t set = mxs_dictionary_mx_set(rows->dictionary, row->records, row->record_count);
    return set != 0 && want_hosts_of_set(rows, set) ? set : 0;
}

/* False: out of memory. */
static bool pack_domain(struct mxs_rows *rows, const struct mxs_row *row, struct mxs_journal_row *out)
{
    pack(rows, row, out);
    if (row->record_count > 0 && (out->set = mx_set_of(rows, row)) == 0)
        return false;
    if (row->alias.data != NULL && (out->alias = mxs_dictionary_text(rows->dictionary, row->alias)) == 0)
        return false;
    if (row->outcome == MXS_NODATA) {
        out->implicit_host = mxs_dictionary_host(rows->dictionary, row->text);
        return out->implicit_host != 0 && mxs_rows_want_host(rows, out->implicit_host, true);
    }
    return true;
}

static bool pack_host(struct mxs_rows *rows, const struct mxs_row *row, struct mxs_journal_row *out)
{
    pack(rows, row, out);
    if (row->record_count > 0 && row->type != 0 &&
        (out->set = mxs_dictionary_address_set(rows->dictionary, row->records, row->record_count)) == 0)
        return false;
    return row->alias.data == NULL || (out->alias = mxs_dictionary_text(rows->dictionary, row->alias)) != 0;
}

/* --- policies --- */

static bool pack_policy(struct mxs_rows *rows, const struct mxs_row *row, struct mxs_journal_row *out)
{
    const struct mxs_policy_row *policy = row->policy;
    pack(rows, row, out);
    out->set = policy->policy;
    if (!policy->fresh)
        return true;
    mxs_query_int(&rows->policy, 1, policy->policy);
    mxs_query_int(&rows->policy, 2, (int64_t)policy->digest);
    mxs_query_blob(&rows->policy, 3, policy->content.data, policy->content.size_bytes);
    mxs_query_int(&rows->policy, 4, policy->unsettled);
    mxs_query_run(&rows->policy);
    for (uint8_t i = 0; i < policy->column_count; i++) {
        const struct mxs_policy_column *column = &policy->columns[i];
        mxs_query_int(&rows->policy_text, 1, policy->policy);
        mxs_query_int(&rows->policy_text, 2, column->column);
        mxs_query_text(&rows->policy_text, 3, column->text.data, column->text.size_bytes);
        mxs_query_text(&rows->policy_text, 4, column->json.data, column->json.size_bytes);
        mxs_query_run(&rows->policy_text);
    }
    return true;
}

static void put_shared(struct mxs_rows *rows, const struct mxs_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct mxs_row *row = &batch->rows[i];
        if (row->kind != MXS_ROW_SHARED)
            continue;
        mxs_query_text(&rows->shared, 2, row->text.data, row->text.size_bytes);
        mxs_query_int(&rows->shared, 3, row->type);
        mxs_query_int(&rows->shared, 4, row->policy->ask);
        mxs_query_int(&rows->shared, 5, row->outcome);
        mxs_query_int(&rows->shared, 6, row->record_count);
        mxs_query_blob(&rows->shared, 7, row->policy->content.data, row->policy->content.size_bytes);
        mxs_query_run(&rows->shared);
    }
}

typedef bool (*packer)(struct mxs_rows *rows, const struct mxs_row *row, struct mxs_journal_row *out);

static bool put_journal(struct mxs_rows *rows, const struct mxs_batch *batch, enum mxs_row_kind kind,
                        enum mxs_journal_kind as, packer pack_row)
{
    uint32_t count = 0, first = UINT32_MAX, last = 0;
    if (!(batch->kinds & 1u << kind))
        return true;
    for (uint32_t i = 0; i < batch->count; i++) {
        const struct mxs_row *row = &batch->rows[i];
        if (row->kind != kind)
            continue;
        if (!pack_row(rows, row, &rows->answers[count++]))
            return false;
        first = row->subject < first ? row->subject : first;
        last = row->subject > last ? row->subject : last;
        put_malformed(rows, row);
    }
    mxs_query_int(&rows->journal, 2, as);
    mxs_query_int(&rows->journal, 3, first);
    mxs_query_int(&rows->journal, 4, last);
    mxs_query_blob(&rows->journal, 5, rows->packed, mxs_pack(rows->answers, count, rows->packed));
    mxs_query_run(&rows->journal);
    return true;
}

enum mxs_err mxs_rows_put(struct mxs_rows *rows, const struct mxs_batch *batch, struct mxs_detail *detail)
{
    enum mxs_err err = put_import(rows, batch, detail);
    if (err != MXS_OK)
        return err;
    if (batch->kinds & 1u << MXS_ROW_SHARED)
        put_shared(rows, batch);
    if (!put_journal(rows, batch, MXS_ROW_DOMAIN, MXS_JOURNAL_DOMAINS, pack_domain) ||
        !put_journal(rows, batch, MXS_ROW_HOST, MXS_JOURNAL_HOSTS, pack_host) ||
        !put_journal(rows, batch, MXS_ROW_POLICY, MXS_JOURNAL_POLICIES, pack_policy) ||
        !put_journal(rows, batch, MXS_ROW_TLSA, MXS_JOURNAL_TLSA, pack_policy))
        return mxs_err_memory(detail, "storing answers");
    struct mxs_query *const all[] = {&rows->journal, &rows->malformed, &rows->policy, &rows->policy_text,
                                     &rows->shared};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (mxs_query_error(all[i]) != MXS_OK) {
            err = mxs_query_error(all[i]);
            if (detail != NULL)
                *detail = all[i]->detail;
            mxs_query_recover(all[i]); /* the batch may be tried again */
            return err;
        }
    }
    return MXS_OK;
}
