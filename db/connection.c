#include "db/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sqlite3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/shell.h"
#include "db/bulk.h"
#include "db/internal/check.h"
#include "db/internal/memory.h"
#include "db/internal/migrate.h"

/* Where SQLite's header keeps what we look at before SQLite itself may touch the file. */
#define HEADER_SIZE 100
#define HEADER_SCHEMA_COOKIE 40
#define HEADER_USER_VERSION 60
#define HEADER_APPLICATION_ID 68

/* A database may come from a stranger: a page that says it is something else is found out where it is read.
 * (trusted_schema = OFF would bind his views as well, but SQLite 3.40 refuses `->>` with it, which ours use.) */
#define CAREFUL "PRAGMA cell_size_check = ON;"

struct mxs_store {
    sqlite3 *handle;
    char *path;
    char *lock_path;
    int lock_fd; /* -1: a reader, or in memory */
    bool writer;
    bool begun; /* between mxs_store_begin and its end */
    int lost;   /* SQLite's code for the failure that ended the transaction before we did, or 0 */
};

const char *mxs_store_sqlite_version(void) { return sqlite3_libversion(); }
sqlite3 *mxs_store_handle(mxs_store *store) { return store->handle; }
const char *mxs_store_path(const mxs_store *store) { return store->path; }
bool mxs_store_writes(const mxs_store *store) { return store->writer; }

static bool is_memory(const char *path) { return strcmp(path, ":memory:") == 0; }

static bool is_disk_errno(int code)
{
    return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

/* What the system said to a failed call. SQLite reads errno late, when a rollback may have changed it; the file itself
 * remembers better. */
static int system_errno(sqlite3 *handle)
{
    int kept = 0, now = sqlite3_system_errno(handle);
    if (is_disk_errno(now) || sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &kept) != SQLITE_OK)
        return now;
    return is_disk_errno(kept) ? kept : now;
}

int mxs_store_lost(const mxs_store *store)
{
    if (!store->begun || !sqlite3_get_autocommit(store->handle))
        return SQLITE_OK;
    return store->lost != SQLITE_OK ? store->lost : SQLITE_ABORT_ROLLBACK;
}

enum mxs_err mxs_store_error(mxs_store *store, int sqlite_code, const char *doing, struct mxs_detail *detail)
{
    int said = errno; /* what a write said last: SQLite forgets it when a statement fails */
    sqlite3 *handle = store->handle;
    if (store->lost == SQLITE_OK && mxs_store_lost(store) != SQLITE_OK)
        store->lost = sqlite_code;
    const char *message = handle != NULL ? sqlite3_errmsg(handle) : sqlite3_errstr(sqlite_code);
    int system = handle != NULL ? system_errno(handle) : 0;
    if (system == 0)
        system = said;
    switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
        return mxs_err_set(detail, MXS_ERR_DISK,
                           "%s: the disk is full while %s: make room and run the same command again", store->path,
                           doing);
    case SQLITE_IOERR:
        if (is_disk_errno(system))
            return mxs_err_set(detail, MXS_ERR_DISK, "%s: %s while %s: make room and run the same command again",
                               store->path, strerror(system), doing);
        return mxs_err_set(detail, MXS_ERR_IO, "%s: input/output error while %s (%s)", store->path, doing, message);
    case SQLITE_NOMEM:
        return mxs_err_set(detail, MXS_ERR_MEMORY, "%s: out of memory while %s", store->path, doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                           "%s: the database is damaged (%s): restore it from a copy, or scan into a new file",
                           store->path, message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return mxs_err_set(detail, MXS_ERR_BUSY, "%s: another program holds the database: close it and try again",
                           store->path);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return mxs_err_set(detail, MXS_ERR_IO, "%s: cannot be %s (%s): check that the folder exists and is writable",
                           store->path, store->writer ? "written" : "read", message);
    default:
        return mxs_err_set(detail, MXS_ERR_DB, "%s: %s while %s", store->path, message, doing);
    }
}

enum mxs_err mxs_store_run(mxs_store *store, const char *sql, struct mxs_detail *detail)
{
    int code = mxs_store_lost(store);
    if (code == SQLITE_OK)
        code = sqlite3_exec(store->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? MXS_OK : mxs_store_error(store, code, "running a statement", detail);
}

enum mxs_err mxs_store_begin(mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_run(store, "BEGIN IMMEDIATE", detail);
    store->begun = err == MXS_OK;
    store->lost = SQLITE_OK;
    return err;
}

static enum mxs_err commit(mxs_store *store, struct mxs_detail *detail)
{
    int code = mxs_store_lost(store);
    if (code == SQLITE_OK)
        code = sqlite3_exec(store->handle, "COMMIT", NULL, NULL, NULL);
    return code == SQLITE_OK ? MXS_OK : mxs_store_error(store, code, "storing a batch", detail);
}

enum mxs_err mxs_store_end(mxs_store *store, enum mxs_err err, struct mxs_detail *detail)
{
    if (err == MXS_OK)
        err = commit(store, detail);
    mxs_store_rollback(store);
    return err;
}

void mxs_store_rollback(mxs_store *store)
{
    store->begun = false;
    if (!sqlite3_get_autocommit(store->handle))
        sqlite3_exec(store->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* One integer of a PRAGMA or a count; missing on any failure. */
static int64_t pragma_int(mxs_store *store, const char *sql, int64_t missing)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = missing;
    if (sqlite3_prepare_v2(store->handle, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static uint32_t big_endian_32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Looks at the file before SQLite does, so that a foreign file is not even given a -wal. *exists: it is there and
 * not empty. */
static enum mxs_err look_at_header(const char *path, bool *exists, struct mxs_detail *detail)
{
    *exists = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a pipe would wait for its writer */
    if (fd < 0) {
        if (errno == ENOENT)
            return MXS_OK;
        return mxs_err_set(detail, MXS_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
    }
    struct stat info;
    unsigned char header[HEADER_SIZE];
    ssize_t size = 0;
    enum mxs_err err = MXS_OK;
    if (fstat(fd, &info) == 0 && !S_ISREG(info.st_mode))
        err = mxs_err_set(detail, MXS_ERR_IO, "%s: is %s, not a file: name a file for the database", path,
                          S_ISDIR(info.st_mode) ? "a folder" : S_ISFIFO(info.st_mode) ? "a pipe" : "a device");
    else
        size = read(fd, header, sizeof header);
    close(fd);
    if (err != MXS_OK || size == 0)
        return err;
    if (size < HEADER_SIZE || memcmp(header, "SQLite format 3", 16) != 0)
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                           "%s: is not a database: it was left as it is; name another file", path);
    uint32_t application = big_endian_32(header + HEADER_APPLICATION_ID);
    uint32_t version = big_endian_32(header + HEADER_USER_VERSION);
    if (application == 0 && version == 0 && big_endian_32(header + HEADER_SCHEMA_COOKIE) == 0)
        return MXS_OK; /* nothing was ever made in it: a scan that ended between opening the file and making its schema
                        */
    *exists = true;
    if (application != MXS_DB_APPLICATION_ID)
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                           "%s: is another program's database: it was left as it is; name another file", path);
    if (version > MXS_DB_VERSION)
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                           "%s: was written by a newer mxsurvey (schema %u, this one knows %d): update mxsurvey", path,
                           version, MXS_DB_VERSION);
    if (version != 0 && version < MXS_DB_OLDEST)
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                           "%s: was written by a build before the first release (schema %u, the oldest that can be "
                           "read is %d): it was "
                           "left as it is; scan into another file",
                           path, version, MXS_DB_OLDEST);
    return MXS_OK;
}

const char *mxs_store_work_text(enum mxs_store_work work)
{
    static const char *const texts[MXS_WORK_COUNT] = {"writing into this database", "scanning into this database",
                                                      "judging this database again", "merging into this database",
                                                      "forgetting runs of this database"};
    return texts[work];
}

/* A lock holds the process that took it and what that is doing, as numbers. False: nothing that can be read. */
static bool read_lock(int fd, int64_t *pid, enum mxs_store_work *work)
{
    char text[32] = "", *end = text;
    *work = MXS_WORK_WRITING;
    *pid = pread(fd, text, sizeof text - 1, 0) > 0 ? strtoll(text, &end, 10) : 0;
    long number = strtol(end, NULL, 10);
    if (number > 0 && number < MXS_WORK_COUNT)
        *work = (enum mxs_store_work)number;
    return *pid > 0;
}

static void write_lock(int fd, enum mxs_store_work work)
{
    char text[48];
    int length = snprintf(text, sizeof text, "%ld %d\n", (long)getpid(), (int)work);
    if (pwrite(fd, text, (size_t)length, 0) != length || ftruncate(fd, length) != 0) {
        /* a courtesy to the next reader of the message; the lock itself holds */
    }
}

void mxs_store_set_work(mxs_store *store, enum mxs_store_work work)
{
    if (store->lock_fd >= 0)
        write_lock(store->lock_fd, work);
}

/* Who holds the lock, for the message. */
static void holder_text(int fd, char *out, size_t out_size)
{
    int64_t pid;
    enum mxs_store_work work;
    if (read_lock(fd, &pid, &work))
        snprintf(out, out_size, "process %lld is %s", (long long)pid, mxs_store_work_text(work));
    else
        snprintf(out, out_size, "another process is %s", mxs_store_work_text(work));
}

/* Holds PATH.lock by flock for as long as the store is open. The file is unlinked at close, so whoever gets the
 * lock of an unlinked file tries again. */
static enum mxs_err take_lock(mxs_store *store, struct mxs_detail *detail)
{
    size_t size = strlen(store->path) + sizeof ".lock";
    store->lock_path = malloc(size);
    if (store->lock_path == NULL)
        return mxs_err_memory(detail, NULL);
    snprintf(store->lock_path, size, "%s.lock", store->path);
    for (;;) {
        int fd = open(store->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0)
            return mxs_err_set(detail, MXS_ERR_IO,
                               "%s: cannot be created: %s: the database's folder must exist and be writable",
                               store->lock_path, strerror(errno));
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            char holder[96];
            holder_text(fd, holder, sizeof holder);
            close(fd);
            return mxs_err_set(detail, MXS_ERR_BUSY,
                               "%s: %s: wait for it or name another file", store->path, holder);
        }
        struct stat info;
        if (fstat(fd, &info) != 0 || info.st_nlink == 0) {
            close(fd);
            continue;
        }
        write_lock(fd, MXS_WORK_WRITING);
        store->lock_fd = fd;
        return MXS_OK;
    }
}

/* The first thing a new file holds is our mark, whatever kills us next: without it the same command would take the file
 * for another program's. (Setting auto_vacuum writes a page; it must be set before any page is there, and so in the
 * transaction of the mark.) The schema follows before there is a -wal: who looks at the header must find our mark
 * there. */
static enum mxs_err mark(mxs_store *store, struct mxs_detail *detail)
{
    char first[160];
    if (pragma_int(store, "PRAGMA page_count", -1) != 0)
        return MXS_OK;
    snprintf(first, sizeof first,
             "PRAGMA page_size = 4096; BEGIN; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = %d; COMMIT;",
             MXS_DB_APPLICATION_ID);
    enum mxs_err err = mxs_store_run(store, first, detail);
    if (err != MXS_OK)
        mxs_store_rollback(store);
    return err;
}

enum mxs_err mxs_store_sort_on_disk(mxs_store *store, struct mxs_detail *detail)
{
    char copy[4096];
    if (is_memory(store->path) || snprintf(copy, sizeof copy, "%s", store->path) >= (int)sizeof copy)
        return MXS_OK;
    /* SQLITE_TMPDIR is read when the first connection is made, and that is behind us. */
    char *folder = sqlite3_mprintf("%s", dirname(copy));
    if (folder == NULL)
        return mxs_err_memory(detail, NULL);
    sqlite3_free(sqlite3_temp_directory);
    sqlite3_temp_directory = folder;
    return mxs_store_run(store, "PRAGMA temp_store = FILE;", detail);
}

static enum mxs_err open_writer(mxs_store *store, struct mxs_detail *detail)
{
    bool exists = false;
    enum mxs_err err = MXS_OK;
    if (!is_memory(store->path)) {
        err = look_at_header(store->path, &exists, detail);
        if (err == MXS_OK)
            err = take_lock(store, detail);
        if (err != MXS_OK)
            return err;
    }
    int code = sqlite3_open_v2(store->path, &store->handle,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return mxs_store_error(store, code, "opening it", detail);
    if ((code = mxs_bulk_register(store->handle)) != SQLITE_OK)
        return mxs_store_error(store, code, "opening it", detail);
    sqlite3_busy_timeout(store->handle, 2000);
    /* No temporary files: what SQLite still sorts is small, and so it writes the database and its log alone. */
    err = mxs_store_run(
        store, CAREFUL "PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;", detail);
    if (err == MXS_OK)
        err = mark(store, detail);
    if (err == MXS_OK && exists)
        err = mxs_check_pages(store, detail);
    if (err == MXS_OK)
        err = mxs_migrate(store, detail);
    if (err == MXS_OK && exists)
        err = mxs_check_ids(store, detail);
    if (err == MXS_OK)
        err = mxs_store_run(
            store, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 0;",
            detail);
    return err;
}

static bool has_log(const char *path)
{
    char log[4200];
    struct stat info;
    return snprintf(log, sizeof log, "%s-wal", path) >= (int)sizeof log || (stat(log, &info) == 0 && info.st_size > 0);
}

static bool folder_may_be_written(const char *path)
{
    char copy[4096];
    return snprintf(copy, sizeof copy, "%s", path) < (int)sizeof copy && access(dirname(copy), W_OK) == 0;
}

/* The path as SQLite's URI that asks for no lock and no -shm; the caller frees it. */
static char *immutable_address(const char *path)
{
    static const char option[] = "?immutable=1";
    size_t size = strlen("file:") + 3 * strlen(path) + sizeof option;
    char *out = malloc(size);
    if (out == NULL)
        return NULL;
    size_t used = (size_t)snprintf(out, size, "file:");
    for (; *path != 0; path++)
        used += (size_t)snprintf(out + used, size - used, strchr("%?#", *path) != NULL ? "%%%02X" : "%c",
                                 (unsigned char)*path);
    memcpy(out + used, option, sizeof option);
    return out;
}

static enum mxs_err open_to_read(mxs_store *store, const char *address, int flags, struct mxs_detail *detail)
{
    int code = sqlite3_open_v2(address, &store->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return mxs_store_error(store, code, "opening it", detail);
    if ((code = mxs_bulk_register(store->handle)) != SQLITE_OK) /* for temporary tables */
        return mxs_store_error(store, code, "opening it", detail);
    sqlite3_busy_timeout(store->handle, 10000);
    enum mxs_err err =
        mxs_store_run(store,
                      CAREFUL "PRAGMA query_only = 1; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;"
                              "PRAGMA mmap_size = 1073741824;",
                      detail);
    if (err != MXS_OK)
        return err;
    int64_t tables = pragma_int(store, "SELECT count(*) FROM sqlite_schema", -1);
    if (tables < 0)
        return mxs_store_error(store, sqlite3_errcode(store->handle), "opening it", detail);
    if (tables == 0) /* the scan that made the file was ended before the schema was in it */
        return mxs_err_set(detail, MXS_ERR_IO, "%s: it holds nothing yet: `mxsurvey scan -o %s LIST` fills it",
                           store->path, MXS_SHELL_WORD(store->path));
    return MXS_OK;
}

static enum mxs_err open_as_it_is(mxs_store *store, struct mxs_detail *detail)
{
    bool exists = false;
    enum mxs_err err = look_at_header(store->path, &exists, detail);
    if (err != MXS_OK)
        return err;
    if (!exists)
        return mxs_err_set(detail, MXS_ERR_IO, "%s: there is no such database: `mxsurvey scan -o %s LIST` makes one",
                           store->path, MXS_SHELL_WORD(store->path));
    err = open_to_read(store, store->path, SQLITE_OPEN_READONLY, detail);
    if (err != MXS_ERR_IO || has_log(store->path) || folder_may_be_written(store->path))
        return err;
    /* A folder that may not be written, and no -wal: nobody is writing, so no lock is needed. Any other failure to read
     * stays one: a scan's own reader, opened so, would never see what its writer writes. */
    char *address = immutable_address(store->path);
    if (address == NULL)
        return mxs_err_memory(detail, NULL);
    sqlite3_close(store->handle);
    store->handle = NULL;
    err = open_to_read(store, address, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, detail);
    free(address);
    return err;
}

/* A file of an older build is brought up to date where it lies; where that cannot be, a copy of it in memory: a reader
 * may write no folder but the database's own. */
static enum mxs_err copy_and_migrate(mxs_store *store, struct mxs_detail *detail)
{
    sqlite3 *copy = NULL;
    int code =
        sqlite3_open_v2(":memory:", &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    sqlite3_backup *backup = code == SQLITE_OK ? sqlite3_backup_init(copy, "main", store->handle, "main") : NULL;
    if (backup != NULL) {
        code = sqlite3_backup_step(backup, -1);
        int end = sqlite3_backup_finish(backup);
        code = code == SQLITE_DONE ? end : code;
    } else if (code == SQLITE_OK) {
        code = sqlite3_errcode(copy);
    }
    if (code == SQLITE_OK)
        code = mxs_bulk_register(copy);
    enum mxs_err err = code == SQLITE_OK ? MXS_OK : mxs_store_error(store, code, "copying it", detail);
    if (err != MXS_OK) {
        sqlite3_close(copy);
        return err;
    }
    sqlite3_close(store->handle);
    store->handle = copy;
    err = mxs_migrate(store, detail);
    return err == MXS_OK ? mxs_store_run(store, "PRAGMA query_only = 1", detail) : err;
}

static enum mxs_err open_reader(mxs_store *store, struct mxs_detail *detail)
{
    bool current = true;
    enum mxs_err err = open_as_it_is(store, detail);
    if (err == MXS_OK)
        err = mxs_migrate_is_current(store, &current, detail);
    if (err != MXS_OK || current)
        return err;
    mxs_store *writer = NULL;
    struct mxs_detail why;
    if (access(store->path, W_OK) != 0 || mxs_store_open(&writer, store->path, &why) != MXS_OK)
        return copy_and_migrate(store, detail);
    mxs_store_close(&writer);
    sqlite3_close(store->handle);
    store->handle = NULL;
    return open_as_it_is(store, detail);
}

static enum mxs_err open_store(mxs_store **out, const char *path, bool writer, struct mxs_detail *detail)
{
    mxs_memory_watch();
    mxs_store *store = calloc(1, sizeof *store);
    if (store == NULL || (store->path = strdup(path)) == NULL) {
        free(store);
        return mxs_err_memory(detail, NULL);
    }
    store->lock_fd = -1;
    store->writer = writer;
    enum mxs_err err = writer ? open_writer(store, detail) : open_reader(store, detail);
    if (err == MXS_OK && !writer)
        err = mxs_check_ids(store, detail);
    if (err != MXS_OK) {
        mxs_store_close(&store);
        return err;
    }
    *out = store;
    return MXS_OK;
}

bool mxs_store_exists(const char *path) { return access(path, F_OK) == 0; }

enum mxs_err mxs_store_open(mxs_store **out, const char *path, struct mxs_detail *detail)
{
    return open_store(out, path, true, detail);
}

enum mxs_err mxs_store_open_read(mxs_store **out, const char *path, struct mxs_detail *detail)
{
    return open_store(out, path, false, detail);
}

/* A reader makes a -wal and a -shm, and may not take them away: SQLite does, when the last who may write leaves. So
 * somebody comes for that, where the -wal is empty and no scan is there. Who cannot leaves them: they hurt nobody. */
static void sweep(const char *path)
{
    char lock[4200];
    sqlite3 *handle = NULL;
    struct stat log;
    if (is_memory(path) || snprintf(lock, sizeof lock, "%s-wal", path) >= (int)sizeof lock || stat(lock, &log) != 0 ||
        log.st_size != 0)
        return;
    snprintf(lock, sizeof lock, "%s.lock", path);
    if (access(lock, F_OK) == 0)
        return;
    if (sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
        sqlite3_exec(handle, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    sqlite3_close(handle);
}

void mxs_store_close(mxs_store **store)
{
    mxs_store *closing = *store;
    *store = NULL;
    if (closing == NULL)
        return;
    if (closing->handle != NULL) {
        mxs_bulk_finish(closing->handle);
        sqlite3_close_v2(closing->handle);
    }
    if (closing->handle != NULL && !closing->writer)
        sweep(closing->path);
    if (closing->lock_fd >= 0) {
        unlink(closing->lock_path);
        close(closing->lock_fd);
    }
    free(closing->lock_path);
    free(closing->path);
    free(closing);
}

enum mxs_err mxs_store_finish_run(mxs_store *store, struct mxs_detail *detail)
{
    return mxs_store_run(store,
                         "CREATE INDEX IF NOT EXISTS host_name ON host(name);"
                         "PRAGMA analysis_limit = 400; PRAGMA optimize; PRAGMA incremental_vacuum;",
                         detail);
}

enum mxs_err mxs_store_checkpoint(mxs_store *store, struct mxs_detail *detail)
{
    return is_memory(store->path) ? MXS_OK : mxs_store_run(store, "PRAGMA wal_checkpoint(TRUNCATE)", detail);
}

enum mxs_store_writer mxs_store_find_writer(const char *path, int64_t *pid, enum mxs_store_work *work)
{
    char lock[4200];
    enum mxs_store_work at;
    *pid = 0;
    int fd = is_memory(path) || snprintf(lock, sizeof lock, "%s.lock", path) >= (int)sizeof lock
                 ? -1
                 : open(lock, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return MXS_WRITER_NONE;
    bool known = read_lock(fd, pid, &at);
    if (work != NULL)
        *work = at;
    /* The lock itself is not tried: a scan that begins in that moment would be refused. Who is gone holds none. */
    bool alive = known && *pid <= INT32_MAX && (kill((pid_t)*pid, 0) == 0 || errno == EPERM);
    close(fd);
    return alive ? MXS_WRITER_ALIVE : MXS_WRITER_KILLED;
}
