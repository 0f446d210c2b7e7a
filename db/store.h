/* The border to SQLite. The writer takes a lock on the file `PATH.lock` beside the database (with its pid in it)
 * before it opens, so a second scan is refused at once and told who holds it. Readers open read-only.
 *
 * In         A path
 * Out        An open database of ours, of the newest schema
 * Limits     One writer per file, across processes
 * Errors     MXS_ERR_FOREIGN_DB (another program's, newer, damaged), MXS_ERR_BUSY (another scan holds it),
 *            MXS_ERR_IO, MXS_ERR_DISK; detail is one sentence with the remedy
 * Ownership  open/close; close finalises nothing: finish every insert and query first
 * Threads    One store belongs to one thread at a time
 */
#ifndef MXS_DB_STORE_H
#define MXS_DB_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct sqlite3;

#define MXS_DB_APPLICATION_ID 0x4d585355 /* "MXSU" */
#define MXS_DB_VERSION 7
#define MXS_DB_OLDEST 2 /* 1: builds before the first release */

typedef struct mxs_store mxs_store;

/* What a writer is at, for those that it keeps waiting. */
enum mxs_store_work { MXS_WORK_WRITING, MXS_WORK_SCANNING, MXS_WORK_JUDGING, MXS_WORK_MERGING, MXS_WORK_PRUNING };
#define MXS_WORK_COUNT (MXS_WORK_PRUNING + 1)
/* Of a store that was opened for writing; before, it is at WRITING. */
void mxs_store_set_work(mxs_store *store, enum mxs_store_work work);

/* Opens for writing, making the file and migrating an older schema in one transaction. */
MXS_CHECK enum mxs_err mxs_store_open(mxs_store **out, const char *path, struct mxs_detail *detail);
/* Whether there is a file of that name, of whatever kind. */
bool mxs_store_exists(const char *path);
/* Opens an existing database for reading; never waits for, nor disturbs, a writer. */
MXS_CHECK enum mxs_err mxs_store_open_read(mxs_store **out, const char *path, struct mxs_detail *detail);
/* A writer checkpoints and leaves one file, the last reader, too, where it may write. Safe on NULL. */
void mxs_store_close(mxs_store **store);

/* For statements that sort or collect as much as the database holds: SQLite's temporary files then lie beside it, where
 * there is room, instead of in memory. Before the first thread. */
MXS_CHECK enum mxs_err mxs_store_sort_on_disk(mxs_store *store, struct mxs_detail *detail);

/* Who writes into a database: nobody, a process, or one that was killed (it left its lock behind and holds it no more).
 */
enum mxs_store_writer { MXS_WRITER_NONE, MXS_WRITER_ALIVE, MXS_WRITER_KILLED };
/* *pid: of the living; 0 not known. work may be NULL. */
enum mxs_store_writer mxs_store_find_writer(const char *path, int64_t *pid, enum mxs_store_work *work);
/* "scanning into this database", behind "process 12 is". */
const char *mxs_store_work_text(enum mxs_store_work work);

struct sqlite3 *mxs_store_handle(mxs_store *store);
const char *mxs_store_path(const mxs_store *store);
bool mxs_store_writes(const mxs_store *store); /* opened for writing */

/* Runs statements without results. */
MXS_CHECK enum mxs_err mxs_store_run(mxs_store *store, const char *sql, struct mxs_detail *detail);
/* A transaction: what was begun is ended by mxs_store_end, with what came of it. */
MXS_CHECK enum mxs_err mxs_store_begin(mxs_store *store, struct mxs_detail *detail);
/* Commits when err is MXS_OK, otherwise rolls back; returns err, or what the commit met. MXS_ERR_DISK: rolled back by
 * SQLite; nothing of the transaction is stored. */
MXS_CHECK enum mxs_err mxs_store_end(mxs_store *store, enum mxs_err err, struct mxs_detail *detail);
/* Ends what only read, or is not wanted any more. */
void mxs_store_rollback(mxs_store *store);
/* SQLite's code for the failure that took the open transaction back, SQLITE_OK while it stands or none is open. Some
 * failures (a full disk, an input/output error) end it at once, and what follows would be stored by itself, without
 * what came before: until end or rollback is called, every statement of the store fails with that same code. */
int mxs_store_lost(const mxs_store *store);
/* Indexes, statistics, free pages given back: what a run leaves for its readers. */
MXS_CHECK enum mxs_err mxs_store_finish_run(mxs_store *store, struct mxs_detail *detail);
/* All of it in the one file: people copy the database and lose its -wal. */
MXS_CHECK enum mxs_err mxs_store_checkpoint(mxs_store *store, struct mxs_detail *detail);

/* Translates the last SQLite result of the store into ours, with its message in detail. */
enum mxs_err mxs_store_error(mxs_store *store, int sqlite_code, const char *doing, struct mxs_detail *detail);

/* SQLite's version, and whether the library is thread safe. */
const char *mxs_store_sqlite_version(void);

#endif
