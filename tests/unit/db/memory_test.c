#include <criterion/criterion.h>
#include <sqlite3.h>
#include <string.h>

#include "db/internal/memory.h"
#include "db/query.h"

static sqlite3_mem_methods real;
static long countdown; /* which allocation from here is refused; 0: none */

static bool refused(void) { return countdown > 0 && --countdown == 0; }
static void *take(int size_bytes) { return refused() ? NULL : real.xMalloc(size_bytes); }
static void *resize(void *block, int size_bytes) { return refused() ? NULL : real.xRealloc(block, size_bytes); }

static mxs_store *store;
static struct mxs_detail detail;

/* Below the watch, as it is put in before SQLite is in use. */
static void set_up(void)
{
    sqlite3_mem_methods refusing;
    cr_assert_eq(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real), SQLITE_OK);
    refusing = real;
    refusing.xMalloc = take;
    refusing.xRealloc = resize;
    cr_assert_eq(sqlite3_config(SQLITE_CONFIG_MALLOC, &refusing), SQLITE_OK);
    cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK);
}

static void tear_down(void) { mxs_store_close(&store); }
TestSuite(db_memory, .init = set_up, .fini = tear_down);

/* 1, or what else it says; -1 and *told: it failed. */
static int64_t ask(const char *sql, enum mxs_err *told)
{
    int64_t value = -1;
    *told = mxs_query_one_int(store, sql, -1, &value, &detail);
    return value;
}

Test(db_memory, a_refusal_that_sqlite_does_not_tell_fails_the_query)
{
    static const char sql[] = "SELECT CASE WHEN json_valid(printf('[%s]', 'true')) THEN 1 ELSE 0 END";
    enum mxs_err told;
    cr_assert_eq(ask(sql, &told), 1);
    cr_assert_eq(told, MXS_OK);
    int refusals = 0;
    for (long at = 1;; at++) {
        unsigned before = mxs_memory_refusals();
        countdown = at;
        int64_t value = ask(sql, &told);
        bool came_to_pass = countdown == 0;
        countdown = 0;
        cr_assert_eq(mxs_memory_refusals() - before, came_to_pass);
        if (!came_to_pass)
            break;
        refusals++;
        cr_expect_eq(told, MXS_ERR_MEMORY, "allocation %ld: %lld", at, (long long)value);
        cr_expect_eq(value, -1);
        cr_assert_eq(ask(sql, &told), 1, "the next one is sound");
    }
    cr_expect_gt(refusals, 5);
}

Test(db_memory, watching_again_is_nothing)
{
    mxs_memory_watch();
    enum mxs_err told;
    countdown = 1;
    unsigned before = mxs_memory_refusals();
    cr_expect_eq(ask("SELECT 1", &told), -1);
    cr_expect_eq(mxs_memory_refusals() - before, 1, "counted once");
}
