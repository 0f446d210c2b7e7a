#include "scanner/run/internal/smtp_rows.h"

#include <string.h>

#include "base/clock.h"
#include "db/history.h"
#include "scanner/run/internal/smtp.h"

void mxs_smtp_rows_open(struct mxs_smtp_rows *rows, mxs_store *store, int64_t list, int64_t run)
{
    *rows = (struct mxs_smtp_rows){.store = store, .run = run};
    mxs_out_attach(&rows->names, NULL);
    mxs_query_open(&rows->certificate, store,
                   "INSERT INTO certificate (fingerprint, subject, issuer, names, name_total, key, key_bits, "
                   "signature, not_before, not_after)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (fingerprint) DO UPDATE SET subject "
                   "= subject RETURNING id");
    mxs_query_open(
        &rows->answer, store,
        "INSERT OR REPLACE INTO smtp_answer VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
        " ?15, ?16)");
    mxs_query_int(&rows->answer, 1, run);
    mxs_query_open(&rows->measured, store,
                   "INSERT OR REPLACE INTO smtp_measured VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    mxs_query_int(&rows->measured, 1, list);
    mxs_query_int(&rows->measured, 3, run);
}

static void put_text(struct mxs_query *query, int at, struct mxs_text text)
{
    mxs_query_text(query, at, text.data, text.size_bytes);
}

static void put_certificate(struct mxs_smtp_rows *rows, const struct mxs_smtp_certificate *certificate)
{
    struct mxs_query *put = &rows->certificate;
    rows->names.used = 0;
    mxs_out_text(&rows->names, "[");
    for (uint32_t i = 0; i < certificate->name_count; i++) {
        mxs_out_text(&rows->names, i == 0 ? "" : ",");
        mxs_out_json(&rows->names, certificate->names[i].data, certificate->names[i].size_bytes);
    }
    mxs_out_text(&rows->names, "]");
    mxs_query_blob(put, 1, certificate->fingerprint, sizeof certificate->fingerprint);
    put_text(put, 2, certificate->subject);
    put_text(put, 3, certificate->issuer);
    mxs_query_text(put, 4, rows->names.buffer, rows->names.used);
    mxs_query_int(put, 5, certificate->name_total);
    put_text(put, 6, certificate->key);
    mxs_query_int(put, 7, certificate->key_bits);
    put_text(put, 8, certificate->signature);
    mxs_query_int_or_null(put, 9, certificate->not_before != INT64_MIN, certificate->not_before);
    mxs_query_int_or_null(put, 10, certificate->not_after != INT64_MIN, certificate->not_after);
    if (mxs_query_next(put))
        rows->certificate_id = mxs_query_column_int(put, 0);
    mxs_query_run(put);
}

static void put_measured(struct mxs_smtp_rows *rows)
{
    const struct mxs_smtp_answer *answer = rows->current;
    struct mxs_query *put = &rows->measured;
    mxs_query_int(put, 2, rows->address);
    mxs_query_int(put, 4, answer->attempts);
    mxs_query_int_or_null(put, 5, answer->connect_ms >= 0, answer->connect_ms);
    mxs_query_int_or_null(put, 6, answer->banner_ms >= 0, answer->banner_ms);
    put_text(put, 7, answer->banner);
    put_text(put, 8, answer->reply);
    put_text(put, 9, answer->tls_failure);
    mxs_query_int(put, 10, mxs_clock_unix_s());
    mxs_query_run(put);
}

static enum mxs_err first_error(struct mxs_smtp_rows *rows, struct mxs_detail *detail)
{
    const struct mxs_query *const all[] = {&rows->certificate, &rows->answer, &rows->measured};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (mxs_query_error(all[i]) != MXS_OK) {
            *detail = all[i]->detail;
            return mxs_query_error(all[i]);
        }
    return rows->names.err == MXS_OK ? MXS_OK : mxs_err_memory(detail, NULL);
}

enum mxs_err mxs_smtp_rows_begin(struct mxs_smtp_rows *rows, uint32_t address, const struct mxs_smtp_answer *answer,
                                 struct mxs_detail *detail)
{
    enum mxs_err err = rows->uncommitted == 0 ? mxs_store_begin(rows->store, detail) : MXS_OK;
    if (err != MXS_OK)
        return err;
    rows->uncommitted++;
    rows->current = answer;
    rows->address = address;
    rows->certificate_id = 0;
    if (answer->certificate != NULL)
        put_certificate(rows, answer->certificate);
    put_measured(rows);
    return first_error(rows, detail);
}

static int flags_of(const struct mxs_smtp_answer *answer, bool holds)
{
    const struct mxs_smtp_certificate *certificate = answer->certificate;
    return (answer->masked ? MXS_SMTP_FLAG_MASKED : 0) | (answer->injected ? MXS_SMTP_FLAG_INJECTED : 0) |
           (answer->tls_settled ? MXS_SMTP_FLAG_TLS_SETTLED : 0) | (holds ? MXS_SMTP_FLAG_NAME_MATCHES : 0) |
           (certificate != NULL && certificate->expired ? MXS_SMTP_FLAG_EXPIRED : 0) |
           (certificate != NULL && certificate->trusted ? MXS_SMTP_FLAG_TRUSTED : 0);
}

/* Of a name that was not sent it can be said that the certificate holds for it, and nothing else. */
static int pkix_of(const struct mxs_smtp_certificate *certificate, bool tested, bool holds)
{
    if (certificate == NULL)
        return -1;
    bool trusted = certificate->pkix == MXS_SMTP_PKIX_OK || certificate->pkix == MXS_SMTP_PKIX_NAME_MISMATCH;
    if (tested)
        return certificate->pkix == MXS_SMTP_PKIX_UNKNOWN ? -1 : (int)certificate->pkix;
    return trusted && holds ? MXS_SMTP_PKIX_OK : -1;
}

void mxs_smtp_rows_put(struct mxs_smtp_rows *rows, uint32_t host, bool tested, bool holds)
{
    const struct mxs_smtp_answer *answer = rows->current;
    const struct mxs_smtp_certificate *certificate = answer->certificate;
    struct mxs_query *put = &rows->answer;
    int pkix = pkix_of(certificate, tested, holds);
    int dane =
        certificate == NULL || !tested || certificate->dane == MXS_SMTP_DANE_UNKNOWN ? -1 : (int)certificate->dane;
    mxs_query_int(put, 2, host);
    mxs_query_int(put, 3, rows->address);
    mxs_query_int(put, 4, answer->outcome);
    mxs_query_int(put, 5, answer->code);
    mxs_query_int_or_null(put, 6, answer->starttls != MXS_SMTP_STARTTLS_UNKNOWN, answer->starttls);
    put_text(put, 7, answer->tls);
    put_text(put, 8, answer->cipher);
    put_text(put, 9, answer->name);
    mxs_query_int(put, 10, flags_of(answer, holds));
    mxs_query_int(put, 11, tested);
    mxs_query_int_or_null(put, 12, rows->certificate_id != 0, rows->certificate_id);
    mxs_query_int_or_null(put, 13, certificate != NULL, certificate == NULL ? 0 : certificate->chain_length);
    mxs_query_int_or_null(put, 14, pkix >= 0, pkix);
    mxs_query_int_or_null(put, 15, dane >= 0, dane);
    put_text(put, 16, answer->banner_name);
    mxs_query_run(put);
}

enum mxs_err mxs_smtp_rows_commit(struct mxs_smtp_rows *rows, struct mxs_detail *detail)
{
    if (rows->uncommitted == 0)
        return MXS_OK;
    rows->uncommitted = 0;
    enum mxs_err err = first_error(rows, detail);
    return mxs_store_end(rows->store, err, detail);
}

enum mxs_err mxs_smtp_rows_close(struct mxs_smtp_rows *rows, struct mxs_detail *detail)
{
    struct mxs_query *const all[] = {&rows->certificate, &rows->answer, &rows->measured};
    enum mxs_err err = MXS_OK;
    if (rows->uncommitted > 0)
        mxs_store_rollback(rows->store);
    err = mxs_query_finish_each(all, sizeof all / sizeof *all, err, detail);
    mxs_out_abandon(&rows->names);
    return err;
}

/* --- merge --- */

static enum mxs_err merge(mxs_store *store, const struct mxs_scan_run *run, struct mxs_detail *detail)
{
    static const char *const keys[] = {"host_id", "address_id", NULL},
                      *const columns[] = {"outcome", "code", "starttls", "tls", "cipher", "name", "flags", "tested",
                                          "certificate_id", "chain_length", "pkix", "dane", "banner_name", NULL};
    char fresh[64];
    snprintf(fresh, sizeof fresh, "(SELECT * FROM smtp_answer WHERE run_id = %lld)", (long long)run->id);
    const struct mxs_history_table table = {"smtp_history", keys, columns, fresh};
    return mxs_history_merge_table(store, &table, run->list_id, run->id, run->previous, detail);
}

/* May run twice: what the first time wrote stands then as it is. */
enum mxs_err mxs_merge_smtp(mxs_store *store, const struct mxs_scan_run *run, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_begin(store, detail);
    if (err == MXS_OK)
        err = merge(store, run, detail);
    return mxs_store_end(store, err, detail);
}
