/* INSERT ... SELECT from a table that is a callback. It does what a prepared INSERT in a loop does, without binding,
 * stepping and resetting once per row, which cost more than the row itself.
 *
 * Spec       SQLite virtual tables
 * In         A source of rows of numbers, texts and bytes
 * Out        All of them inserted by one statement
 * Limits     MXS_BULK_COLUMNS columns
 * Errors     Those of db/query.h
 * Ownership  None: the source is the caller's for the time of the call
 * Threads    That of the store
 */
#ifndef MXS_DB_BULK_H
#define MXS_DB_BULK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/store.h"

#define MXS_BULK_COLUMNS 24
#define MXS_BULK_NULL INT64_MIN

struct mxs_bulk_row {
    int64_t numbers[MXS_BULK_COLUMNS]; /* columns c0 ... c23; MXS_BULK_NULL is NULL */
    const char *text;                  /* column t, NULL or not NUL-terminated; lives until the next row is asked for */
    size_t text_size;
    const char *label;                 /* column u; NUL-terminated, lives as long */
    const void *blob;                  /* column b, NULL or bytes; lives as long */
    size_t blob_size;
};

/* Fills the next row; false after the last. */
typedef bool (*mxs_bulk_source)(void *arg, struct mxs_bulk_row *row);

/* sql selects from `bulk(?1)`: "INSERT INTO member SELECT c0, c1, c2 FROM bulk(?1)". */
MXS_CHECK enum mxs_err mxs_bulk_insert(mxs_store *store, const char *sql, mxs_bulk_source source, void *arg,
                                       struct mxs_detail *detail);

/* For db/store: makes the table known to a connection. Returns SQLite's code. */
struct sqlite3;
int mxs_bulk_register(struct sqlite3 *handle);
/* Before the connection is closed. */
void mxs_bulk_finish(struct sqlite3 *handle);

#endif
