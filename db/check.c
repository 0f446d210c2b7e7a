#include "db/internal/check.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>

#include "db/query.h"

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

/* Ids are given one after another, and memory is taken for as many as the highest says. What prune leaves may have gaps
 * between them, but nobody has given 134,217,728 (2^27) ids and keeps fewer than 32,768 rows. */
#define MANY "134217728"
#define LOWEST_AND_HIGHEST(table, column) \
    "(SELECT min(" column ") FROM " table "), (SELECT max(" column ") FROM " table ")"
#define MOST(highest, table) \
    "CASE WHEN " highest " <= " MANY " OR (SELECT count(*) FROM (SELECT 1 FROM " table " LIMIT 32768)) < 32768" \
    " THEN " MANY " ELSE 4294967294 END"
#define GIVEN(table, column) \
    {table "." column, "SELECT " LOWEST_AND_HIGHEST(table, column) ", " \
                           MOST("(SELECT max(" column ") FROM " table ")", table)}
#define NAMED(table, column, of) \
    {table "." column, "SELECT " LOWEST_AND_HIGHEST(table, column) ", max(" MANY \
                           ", ifnull((SELECT max(id) FROM " of "), 0))"}
/* Numbered within each column of a list. */
#define OF_FACET(table) \
    {table ".id", "SELECT 1, highest, " MOST("highest", table) " FROM (SELECT max((SELECT max(id) FROM " table " t" \
                  " WHERE t.facet_id = f.id)) AS highest FROM facet f)"}

/* Lowest, highest, and how high it may be; each is found by a key. */
static const struct {
    const char *name, *sql;
} ranges[] = {{"run.id", "SELECT " LOWEST_AND_HIGHEST("run", "id") ", 2147483647"},
              GIVEN("domain", "id"),
              GIVEN("host", "id"),
              GIVEN("text", "id"),
              GIVEN("address", "id"),
              GIVEN("mx_entry", "set_id"),
              GIVEN("address_entry", "set_id"),
              GIVEN("policy", "id"),
              GIVEN("verdict", "id"),
              GIVEN("provider", "id"),
              OF_FACET("facet_value"),
              OF_FACET("facet_set"),
              NAMED("domain_history", "domain_id", "domain"),
              NAMED("host_history", "host_id", "host"),
              NAMED("judgement", "domain_id", "domain"),
              NAMED("policy_history", "domain_id", "domain"),
              NAMED("host_policy_history", "host_id", "host"),
              NAMED("sts_history", "domain_id", "domain"),
              NAMED("smtp_history", "host_id", "host")};

enum mxs_err mxs_check_ids(mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; err == MXS_OK && i < sizeof ranges / sizeof *ranges; i++) {
        struct mxs_query query;
        int64_t strange = 1;
        mxs_query_open(&query, store, ranges[i].sql);
        if (mxs_query_next(&query) && !mxs_query_is_null(&query, 1)) {
            int64_t lowest = mxs_query_column_int(&query, 0), highest = mxs_query_column_int(&query, 1);
            strange = lowest < 1 ? lowest : highest > mxs_query_column_int(&query, 2) ? highest : 1;
        }
        mxs_query_reset(&query);
        err = mxs_query_finish(&query, detail);
        if (err == MXS_OK && strange != 1)
            err = mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                              "%s: the database is damaged (%s %lld is out of range): restore it from a copy, or scan "
                              "into a new file",
                              mxs_store_path(store), ranges[i].name, (long long)strange);
    }
    return err;
}
