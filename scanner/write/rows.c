#include "scanner/write/rows.h"

#include <stdlib.h>

enum mxs_err mxs_rows_init(struct mxs_rows *rows, mxs_store *store, struct mxs_dictionary *dictionary, int64_t run_id,
                           int64_t started_at, const int64_t *resolver_ids, uint32_t wires_kept, struct mxs_detail *detail)
{
    *rows = (struct mxs_rows){.store = store, .dictionary = dictionary, .run_id = run_id, .started_at = started_at,
                              .resolver_ids = resolver_ids, .wires_left = wires_kept};
    mxs_query_open(&rows->name, store, "INSERT INTO domain VALUES (?1, ?2)");
    mxs_query_open(&rows->reject, store, "INSERT INTO reject VALUES (?1, ?2, ?3, ?4, ?5)");
    mxs_query_open(&rows->domain, store,
                   "INSERT INTO domain_answer VALUES (NULL, ?12, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    mxs_query_open(&rows->host, store,
                   "INSERT INTO host_answer VALUES (NULL, ?12, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    mxs_query_open(&rows->malformed, store, "INSERT INTO malformed VALUES (?1, ?2, ?3, ?4, ?5)");
    struct mxs_query *const all[] = {&rows->name, &rows->reject, &rows->domain, &rows->host, &rows->malformed};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (mxs_query_error(all[i]) != MXS_OK) {
            if (detail != NULL)
                *detail = all[i]->detail;
            return mxs_query_error(all[i]);
        }
    }
    mxs_query_int(&rows->domain, 12, run_id);
    mxs_query_int(&rows->host, 12, run_id);
    return MXS_OK;
}

void mxs_rows_finish(struct mxs_rows *rows)
{
    struct mxs_query *const all[] = {&rows->name, &rows->reject, &rows->domain, &rows->host, &rows->malformed};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        enum mxs_err err = all[i]->store == NULL ? MXS_OK : mxs_query_finish(all[i], NULL);
        (void)err; /* was reported by the put that met it */
    }
    free(rows->wanted);
}

bool mxs_rows_want_host(struct mxs_rows *rows, uint32_t host)
{
    size_t byte = host / 8;
    if (byte >= rows->wanted_bytes) {
        size_t size = byte * 2 + 4096;
        uint8_t *grown = realloc(rows->wanted, size);
        if (grown == NULL)
            return false;
        memset(grown + rows->wanted_bytes, 0, size - rows->wanted_bytes);
        rows->wanted = grown;
        rows->wanted_bytes = size;
    }
    rows->wanted[byte] |= (uint8_t)(1u << host % 8);
    return true;
}

bool mxs_rows_host_is_wanted(const struct mxs_rows *rows, uint32_t host)
{
    return host / 8 < rows->wanted_bytes && (rows->wanted[host / 8] >> host % 8 & 1) != 0;
}

static void put_name(struct mxs_rows *rows, const struct mxs_row *row)
{
    mxs_query_int(&rows->name, 1, row->subject);
    mxs_query_text(&rows->name, 2, row->text.data, row->text.size_bytes);
    mxs_query_run(&rows->name);
}

static void put_reject(struct mxs_rows *rows, const struct mxs_row *row)
{
    mxs_query_int(&rows->reject, 1, rows->run_id);
    mxs_query_int(&rows->reject, 2, row->subject);
    mxs_query_int(&rows->reject, 3, (int64_t)row->line);
    mxs_query_text(&rows->reject, 4, row->reason, strlen(row->reason));
    mxs_query_text(&rows->reject, 5, row->text.data, row->text.size_bytes);
    mxs_query_run(&rows->reject);
}

/* Columns both journals share, from `at` on: resolver, attempts, rtt, asked after, ttl, pass. */
static void bind_measurement(struct mxs_rows *rows, struct mxs_query *query, int at, const struct mxs_row *row)
{
    int64_t after_s = row->measurement.asked_at - rows->started_at;
    mxs_query_int(query, at, rows->resolver_ids[row->measurement.resolver]);
    mxs_query_int(query, at + 1, row->measurement.attempts);
    mxs_query_int(query, at + 2, row->measurement.rtt_us);
    mxs_query_int(query, at + 3, after_s > 0 ? after_s : 0);
    mxs_query_int_or_null(query, at + 4, row->record_count > 0, row->ttl_s);
    mxs_query_int(query, at + 5, row->pass);
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
        if (!mxs_rows_want_host(rows, mxs_dictionary_mx_member(rows->dictionary, set, i).host))
            return false;
    }
    return true;
}

/* False: out of memory. An id of 0 is stored as NULL. */
static bool put_domain(struct mxs_rows *rows, const struct mxs_row *row)
{
    uint32_t set = 0, alias = 0, implicit = 0;
    if (row->record_count > 0) {
        set = mxs_dictionary_mx_set(rows->dictionary, row->records, row->record_count);
        if (set == 0 || !want_hosts_of_set(rows, set))
            return false;
    }
    if (row->alias.data != NULL && (alias = mxs_dictionary_text(rows->dictionary, row->alias)) == 0)
        return false;
    if (row->outcome == MXS_NODATA) {
        implicit = mxs_dictionary_host(rows->dictionary, row->text);
        if (implicit == 0 || !mxs_rows_want_host(rows, implicit))
            return false;
    }
    mxs_query_int(&rows->domain, 1, row->subject);
    mxs_query_int(&rows->domain, 2, row->outcome);
    mxs_query_int_or_null(&rows->domain, 3, set != 0, set);
    mxs_query_int_or_null(&rows->domain, 4, alias != 0, alias);
    mxs_query_int_or_null(&rows->domain, 5, implicit != 0, implicit);
    bind_measurement(rows, &rows->domain, 6, row);
    mxs_query_run(&rows->domain);
    put_malformed(rows, row);
    return true;
}

static bool put_host(struct mxs_rows *rows, const struct mxs_row *row)
{
    uint32_t set = 0, alias = 0;
    if (row->record_count > 0 && row->type != 0 &&
        (set = mxs_dictionary_address_set(rows->dictionary, row->records, row->record_count)) == 0)
        return false;
    if (row->alias.data != NULL && (alias = mxs_dictionary_text(rows->dictionary, row->alias)) == 0)
        return false;
    mxs_query_int(&rows->host, 1, row->subject);
    mxs_query_int(&rows->host, 2, row->type);
    mxs_query_int(&rows->host, 3, row->outcome);
    mxs_query_int_or_null(&rows->host, 4, set != 0, set);
    mxs_query_int_or_null(&rows->host, 5, alias != 0, alias);
    bind_measurement(rows, &rows->host, 6, row);
    mxs_query_run(&rows->host);
    put_malformed(rows, row);
    return true;
}

enum mxs_err mxs_rows_put(struct mxs_rows *rows, const struct mxs_batch *batch, struct mxs_detail *detail)
{
    bool memory = true;
    for (uint32_t i = 0; i < batch->count && memory; i++) {
        const struct mxs_row *row = &batch->rows[i];
        switch ((enum mxs_row_kind)row->kind) {
        case MXS_ROW_NAME: put_name(rows, row); break;
        case MXS_ROW_REJECT: put_reject(rows, row); break;
        case MXS_ROW_DOMAIN: memory = put_domain(rows, row); break;
        case MXS_ROW_HOST: memory = put_host(rows, row); break;
        }
    }
    if (!memory)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory while storing answers");
    struct mxs_query *const all[] = {&rows->name, &rows->reject, &rows->domain, &rows->host, &rows->malformed};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (mxs_query_error(all[i]) != MXS_OK) {
            enum mxs_err err = mxs_query_error(all[i]);
            if (detail != NULL)
                *detail = all[i]->detail;
            mxs_query_recover(all[i]); /* the batch may be tried again */
            return err;
        }
    }
    return MXS_OK;
}
