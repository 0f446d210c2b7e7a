#include "db/internal/check.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

/* A check is one call into SQLite, and who catches signals by an event loop does not run it meanwhile. So their
 * handlers are wrapped for as long as it lasts: SQLite is told to stop, and then they are called. What nobody catches
 * ends the process anyway. */

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
#define SIGNALS (sizeof signals / sizeof *signals)

static struct sigaction before[SIGNALS];
static _Atomic(sqlite3 *) checked;
static atomic_bool heard; /* what SQLite then says of the pages is of a part of them */

static void on_signal(int number)
{
    sqlite3 *handle = atomic_load(&checked);
    atomic_store(&heard, true);
    if (handle != NULL)
        sqlite3_interrupt(handle); /* sets a flag */
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i] == number)
            before[i].sa_handler(number);
}

static bool is_caught(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) == 0 && action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

static void begin_to_hear(sqlite3 *handle)
{
    atomic_store(&heard, false);
    atomic_store(&checked, handle);
    for (size_t i = 0; i < SIGNALS; i++) {
        if (sigaction(signals[i], NULL, &before[i]) != 0 || !is_caught(&before[i]))
            continue;
        struct sigaction wrapped = before[i];
        wrapped.sa_handler = on_signal;
        sigaction(signals[i], &wrapped, NULL);
    }
}

static void end_hearing(void)
{
    for (size_t i = 0; i < SIGNALS; i++)
        if (is_caught(&before[i]))
            sigaction(signals[i], &before[i], NULL);
    atomic_store(&checked, NULL);
}

enum mxs_err mxs_check_pages(mxs_store *store, struct mxs_detail *detail)
{
    sqlite3 *handle = mxs_store_handle(store);
    const char *path = mxs_store_path(store);
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(handle, "PRAGMA quick_check(1)", -1, &statement, NULL);
    enum mxs_err err = MXS_OK;
    if (code == SQLITE_OK) {
        begin_to_hear(handle);
        code = sqlite3_step(statement);
        end_hearing();
    }
    const char *found = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (statement != NULL && atomic_load(&heard))
        err = mxs_err_set(detail, MXS_ERR_STOPPED, "stopped while the database was checked");
    else if (found == NULL)
        err = mxs_store_error(store, code == SQLITE_ROW ? SQLITE_NOMEM : code, "checking its pages", detail);
    else if (strcmp(found, "ok") != 0)
        err = mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                          "%s: the database is damaged (%.200s): restore it from a copy, or scan into a new file", path,
                          found);
    sqlite3_finalize(statement);
    return err;
}
