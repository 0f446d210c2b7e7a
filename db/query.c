#include "db/query.h"

#include <sqlite3.h>
#include <string.h>

#include "db/internal/memory.h"

static void fail(struct mxs_query *query, int code)
{
    if (query->err != MXS_OK)
        return;
    query->code = code;
    query->err = mxs_store_error(query->store, code, "reading or writing rows", &query->detail);
}

void mxs_query_open(struct mxs_query *query, mxs_store *store, const char *sql)
{
    *query = (struct mxs_query){.store = store, .refusals = mxs_memory_refusals()};
    int code = sqlite3_prepare_v3(mxs_store_handle(store), sql, -1, SQLITE_PREPARE_PERSISTENT, &query->statement, NULL);
    if (code != SQLITE_OK)
        fail(query, code);
}

static void checked(struct mxs_query *query, int code)
{
    if (code != SQLITE_OK)
        fail(query, code);
}

void mxs_query_int(struct mxs_query *query, int at, int64_t value)
{
    if (query->err == MXS_OK)
        checked(query, sqlite3_bind_int64(query->statement, at, value));
}

void mxs_query_int_or_null(struct mxs_query *query, int at, bool known, int64_t value)
{
    if (known)
        mxs_query_int(query, at, value);
    else
        mxs_query_null(query, at);
}

void mxs_query_copy(struct mxs_query *query, int at, struct mxs_query *from, int column)
{
    if (query->err == MXS_OK && from->statement != NULL)
        checked(query, sqlite3_bind_value(query->statement, at, sqlite3_column_value(from->statement, column)));
}

void mxs_query_copy_row(struct mxs_query *query, struct mxs_query *from)
{
    for (int i = 0; query->err == MXS_OK && i < sqlite3_column_count(from->statement); i++)
        mxs_query_copy(query, i + 1, from, i);
}

void mxs_query_real(struct mxs_query *query, int at, double value)
{
    if (query->err == MXS_OK)
        checked(query, sqlite3_bind_double(query->statement, at, value));
}

void mxs_query_text(struct mxs_query *query, int at, const char *data, size_t size_bytes)
{
    if (query->err == MXS_OK)
        checked(query, sqlite3_bind_text64(query->statement, at, data, size_bytes, SQLITE_STATIC, SQLITE_UTF8));
}

void mxs_query_blob(struct mxs_query *query, int at, const void *data, size_t size_bytes)
{
    if (query->err == MXS_OK)
        checked(query,
                sqlite3_bind_blob64(query->statement, at, size_bytes == 0 ? "" : data, size_bytes, SQLITE_STATIC));
}

void mxs_query_null(struct mxs_query *query, int at)
{
    if (query->err == MXS_OK)
        checked(query, sqlite3_bind_null(query->statement, at));
}

bool mxs_query_next(struct mxs_query *query)
{
    if (query->err != MXS_OK)
        return false;
    int code = mxs_store_lost(query->store);
    if (code == SQLITE_OK)
        code = sqlite3_step(query->statement);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        fail(query, code);
    sqlite3_reset(query->statement);
    return false;
}

void mxs_query_run(struct mxs_query *query)
{
    while (mxs_query_next(query)) {
    }
}

void mxs_query_reset(struct mxs_query *query)
{
    if (query->statement != NULL)
        sqlite3_reset(query->statement);
}

void mxs_query_recover(struct mxs_query *query)
{
    mxs_query_reset(query);
    query->err = MXS_OK;
    query->code = 0;
}

/* NULL is a value, or no memory to make the text in: only the connection knows which. */
static void refused(struct mxs_query *query)
{
    if (sqlite3_errcode(mxs_store_handle(query->store)) == SQLITE_NOMEM)
        fail(query, SQLITE_NOMEM);
}

bool mxs_query_is_null(struct mxs_query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

int64_t mxs_query_column_int(struct mxs_query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

double mxs_query_column_real(struct mxs_query *query, int column)
{
    return sqlite3_column_double(query->statement, column);
}

const char *mxs_query_column_text(struct mxs_query *query, int column, size_t *size_bytes)
{
    const char *text = (const char *)sqlite3_column_text(query->statement, column);
    if (text == NULL)
        refused(query);
    if (size_bytes != NULL)
        *size_bytes = text == NULL ? 0 : (size_t)sqlite3_column_bytes(query->statement, column);
    return text == NULL ? "" : text;
}

const void *mxs_query_column_blob(struct mxs_query *query, int column, size_t *size_bytes)
{
    const void *bytes = sqlite3_column_blob(query->statement, column);
    *size_bytes = (size_t)sqlite3_column_bytes(query->statement, column);
    if (bytes == NULL)
        refused(query);
    return bytes;
}

int mxs_query_column_count(struct mxs_query *query)
{
    return query->statement == NULL ? 0 : sqlite3_column_count(query->statement);
}

const char *mxs_query_column_name(struct mxs_query *query, int column)
{
    return sqlite3_column_name(query->statement, column);
}

enum mxs_err mxs_query_finish(struct mxs_query *query, struct mxs_detail *detail)
{
    sqlite3_finalize(query->statement);
    query->statement = NULL;
    if (query->refusals != mxs_memory_refusals())
        fail(query, SQLITE_NOMEM);
    if (query->err != MXS_OK && detail != NULL)
        *detail = query->detail;
    return query->err;
}

enum mxs_err mxs_query_finish_each(struct mxs_query *const *queries, size_t count, enum mxs_err err,
                                   struct mxs_detail *detail)
{
    for (size_t i = 0; i < count; i++) {
        if (queries[i]->store == NULL)
            continue;
        enum mxs_err end = mxs_query_finish(queries[i], err == MXS_OK ? detail : NULL);
        err = err == MXS_OK ? end : err;
    }
    return err;
}

enum mxs_err mxs_query_one_int(mxs_store *store, const char *sql, int64_t missing, int64_t *out,
                               struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t value = missing;
    mxs_query_open(&query, store, sql);
    if (mxs_query_next(&query) && !mxs_query_is_null(&query, 0))
        value = mxs_query_column_int(&query, 0);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK)
        *out = value;
    return err;
}
