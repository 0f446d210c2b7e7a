/* A cursor that carries its error to the end, so that a loop over rows has one check after it:
 *
 *     struct mxs_query q;
 *     mxs_query_open(&q, store, "SELECT id, name FROM host WHERE id > ?1");
 *     mxs_query_int(&q, 1, after);
 *     while (mxs_query_next(&q))
 *         use(mxs_query_column_int(&q, 0), mxs_query_column_text(&q, 1));
 *     err = mxs_query_finish(&q, detail);
 *
 * It writes as well: mxs_query_run steps a statement without rows and makes it ready for new values.
 *
 * In         SQL with ?1, ?2 ... and typed values
 * Out        Rows, one at a time
 * Errors     Sticky: the first failure ends the rows and is kept for mxs_query_finish. MXS_ERR_MEMORY also where SQLite
 *            was refused memory and did not tell (db/memory)
 * Ownership  open/finish; column views live until the next mxs_query_next
 * Threads    That of its store
 */
#ifndef MXS_DB_QUERY_H
#define MXS_DB_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/store.h"

struct sqlite3_stmt;

struct mxs_query {
    mxs_store *store;
    struct sqlite3_stmt *statement;
    int code; /* SQLite's; sticky */
    enum mxs_err err;
    struct mxs_detail detail;
    unsigned refusals; /* of memory, when it was opened */
};

void mxs_query_open(struct mxs_query *query, mxs_store *store, const char *sql);
void mxs_query_int(struct mxs_query *query, int at, int64_t value);
void mxs_query_int_or_null(struct mxs_query *query, int at, bool known, int64_t value);
void mxs_query_real(struct mxs_query *query, int at, double value);
/* data NULL binds NULL. The bytes must live until the next step. */
void mxs_query_text(struct mxs_query *query, int at, const char *data, size_t size_bytes);
void mxs_query_blob(struct mxs_query *query, int at, const void *data, size_t size_bytes);
void mxs_query_null(struct mxs_query *query, int at);
/* Binds a column of another statement's row, as it is. */
void mxs_query_copy(struct mxs_query *query, int at, struct mxs_query *from, int column);
/* Binds every column of another statement's row, in order. */
void mxs_query_copy_row(struct mxs_query *query, struct mxs_query *from);

/* True while there is a row. After the last row the statement is reset: values may be bound again. */
bool mxs_query_next(struct mxs_query *query);
/* Steps to the end, discarding rows, and resets. */
void mxs_query_run(struct mxs_query *query);
/* Makes it ready for another round before all rows are read. */
void mxs_query_reset(struct mxs_query *query);

bool mxs_query_is_null(struct mxs_query *query, int column);
int64_t mxs_query_column_int(struct mxs_query *query, int column);
double mxs_query_column_real(struct mxs_query *query, int column);
/* "" for NULL; NUL-terminated. */
const char *mxs_query_column_text(struct mxs_query *query, int column, size_t *size_bytes /* may be NULL */);
const void *mxs_query_column_blob(struct mxs_query *query, int column, size_t *size_bytes);
int mxs_query_column_count(struct mxs_query *query);
const char *mxs_query_column_name(struct mxs_query *query, int column);

/* Forgets a sticky failure, for a statement that will be tried again in a new transaction. */
void mxs_query_recover(struct mxs_query *query);

/* The sticky state so far. */
static inline enum mxs_err mxs_query_error(const struct mxs_query *query) { return query->err; }
/* Finalises. Returns the first failure and copies its detail. */
MXS_CHECK enum mxs_err mxs_query_finish(struct mxs_query *query, struct mxs_detail *detail);
/* Finalises each that was opened. err: of the work before; the first failure is returned, with its detail. */
MXS_CHECK enum mxs_err mxs_query_finish_each(struct mxs_query *const *queries, size_t count, enum mxs_err err,
                                             struct mxs_detail *detail);

/* One value of one row: the common look-up. `missing` when there is no row or it is NULL. */
MXS_CHECK enum mxs_err mxs_query_one_int(mxs_store *store, const char *sql, int64_t missing, int64_t *out,
                                         struct mxs_detail *detail);

#endif
