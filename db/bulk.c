#include "db/bulk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "db/query.h"

/* The source travels by a pointer value bound to the statement, so the table itself has no state. */
#define POINTER_TYPE "mxs_bulk"
#define TEXT_COLUMN MXS_BULK_COLUMNS
#define LABEL_COLUMN (MXS_BULK_COLUMNS + 1)
#define BLOB_COLUMN (MXS_BULK_COLUMNS + 2)
#define FEED_COLUMN (MXS_BULK_COLUMNS + 3)

struct feed {
    mxs_bulk_source next;
    void *arg;
};

struct cursor {
    sqlite3_vtab_cursor base;
    struct feed *feed;
    struct mxs_bulk_row row;
    sqlite3_int64 id;
    bool over;
};

static int on_connect(sqlite3 *handle, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **error)
{
    (void)aux, (void)argc, (void)argv, (void)error;
    int code = sqlite3_declare_vtab(
        handle, "CREATE TABLE x(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15,"
                " c16, c17, c18, c19, c20, c21, c22, c23, t, u, b, feed HIDDEN)");
    if (code != SQLITE_OK)
        return code;
    *out = calloc(1, sizeof **out);
    return *out == NULL ? SQLITE_NOMEM : SQLITE_OK;
}

static int on_disconnect(sqlite3_vtab *table)
{
    free(table);
    return SQLITE_OK;
}

/* The only plan: the feed is given. */
static int on_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    for (int i = 0; i < info->nConstraint; i++) {
        if (info->aConstraint[i].iColumn == FEED_COLUMN && info->aConstraint[i].usable &&
            info->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ) {
            info->aConstraintUsage[i].argvIndex = 1;
            info->aConstraintUsage[i].omit = 1;
            return SQLITE_OK;
        }
    }
    return SQLITE_CONSTRAINT;
}

static int on_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
    (void)table;
    struct cursor *cursor = calloc(1, sizeof *cursor);
    if (cursor == NULL)
        return SQLITE_NOMEM;
    *out = &cursor->base;
    return SQLITE_OK;
}

static int on_close(sqlite3_vtab_cursor *base)
{
    free(base);
    return SQLITE_OK;
}

static int on_next(sqlite3_vtab_cursor *base)
{
    struct cursor *cursor = (struct cursor *)base;
    cursor->id++;
    cursor->over = cursor->feed == NULL || !cursor->feed->next(cursor->feed->arg, &cursor->row);
    return SQLITE_OK;
}

static int on_filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text, int argc, sqlite3_value **argv)
{
    (void)plan, (void)plan_text;
    struct cursor *cursor = (struct cursor *)base;
    cursor->feed = argc == 1 ? sqlite3_value_pointer(argv[0], POINTER_TYPE) : NULL;
    return on_next(base);
}

static int on_eof(sqlite3_vtab_cursor *base) { return ((struct cursor *)base)->over; }

static int on_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    const struct mxs_bulk_row *row = &((struct cursor *)base)->row;
    if (column == TEXT_COLUMN)
        sqlite3_result_text64(context, row->text, row->text_size, SQLITE_STATIC, SQLITE_UTF8);
    else if (column == LABEL_COLUMN)
        sqlite3_result_text(context, row->label, -1, SQLITE_STATIC);
    else if (column == BLOB_COLUMN)
        sqlite3_result_blob64(context, row->blob, row->blob_size, SQLITE_STATIC);
    else if (column < MXS_BULK_COLUMNS && row->numbers[column] != MXS_BULK_NULL)
        sqlite3_result_int64(context, row->numbers[column]);
    return SQLITE_OK;
}

static int on_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = ((struct cursor *)base)->id;
    return SQLITE_OK;
}

int mxs_bulk_register(sqlite3 *handle)
{
    static const sqlite3_module module = {
        .xConnect = on_connect, .xDisconnect = on_disconnect, .xBestIndex = on_best_index, .xOpen = on_open,
        .xClose = on_close,     .xFilter = on_filter,         .xNext = on_next,            .xEof = on_eof,
        .xColumn = on_column,   .xRowid = on_rowid,
    };
    return sqlite3_create_module_v2(handle, "bulk", &module, NULL, NULL);
}

#define KEPT_MOST 64 /* statements of a connection: some name a run in their text, and there may be hundreds of runs */

/* Small batches come by the hundred, and preparing one of them costs as much as twenty rows: statements stay with the
 * connection, where there is room. */
static int find_statement(sqlite3 *handle, const char *sql, sqlite3_stmt **out, bool *kept)
{
    int count = 0;
    *kept = true;
    for (*out = sqlite3_next_stmt(handle, NULL); *out != NULL; *out = sqlite3_next_stmt(handle, *out), count++)
        if (!sqlite3_stmt_busy(*out) && strcmp(sqlite3_sql(*out), sql) == 0)
            return SQLITE_OK;
    *kept = count < KEPT_MOST;
    return sqlite3_prepare_v3(handle, sql, -1, *kept ? SQLITE_PREPARE_PERSISTENT : 0, out, NULL);
}

void mxs_bulk_finish(sqlite3 *handle)
{
    sqlite3_stmt *next = sqlite3_next_stmt(handle, NULL);
    for (sqlite3_stmt *statement; (statement = next) != NULL;) {
        next = sqlite3_next_stmt(handle, statement);
        if (strstr(sqlite3_sql(statement), "bulk(?1)") != NULL) /* others are their opener's to finish */
            sqlite3_finalize(statement);
    }
}

enum mxs_err mxs_bulk_insert(mxs_store *store, const char *sql, mxs_bulk_source source, void *arg,
                             struct mxs_detail *detail)
{
    struct feed feed = {source, arg};
    sqlite3_stmt *statement = NULL;
    bool kept = false;
    int code = mxs_store_lost(store);
    if (code == SQLITE_OK)
        code = find_statement(mxs_store_handle(store), sql, &statement, &kept);
    if (code == SQLITE_OK)
        code = sqlite3_bind_pointer(statement, 1, &feed, POINTER_TYPE, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    enum mxs_err err = code == SQLITE_DONE ? MXS_OK : mxs_store_error(store, code, "inserting rows", detail);
    if (kept && statement != NULL) {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    } else {
        sqlite3_finalize(statement);
    }
    return err;
}
