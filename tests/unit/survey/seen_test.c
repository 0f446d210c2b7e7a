#include <criterion/criterion.h>
#include <stdio.h>

#include "scanner/survey/seen.h"

static mxs_store *store;
static mxs_seen *seen;
static struct mxs_detail detail;

static void open_store(void) { cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK); }

static void close_all(void)
{
    mxs_seen_destroy(&seen);
    mxs_store_close(&store);
}

TestSuite(survey_seen, .init = open_store, .fini = close_all);

static enum mxs_seen_what put(const char *name, uint32_t *id)
{
    enum mxs_seen_what what;
    cr_assert_eq(mxs_seen_put(seen, mxs_text_of(name), id, &what, &detail), MXS_OK, "%s", detail.text);
    return what;
}

Test(survey_seen, new_known_and_again)
{
    uint32_t id = 0;
    cr_assert_eq(mxs_store_run(store, "INSERT INTO domain VALUES (1, 'old.example'), (7, 'older.example')", &detail), MXS_OK);
    cr_assert_eq(mxs_seen_create(&seen, store, &detail), MXS_OK);
    cr_expect_eq(put("older.example", &id), MXS_SEEN_KNOWN);
    cr_expect_eq(id, 7);
    cr_expect_eq(put("older.example", &id), MXS_SEEN_AGAIN);
    cr_expect_eq(put("new.example", &id), MXS_SEEN_NEW);
    cr_expect_eq(id, 8, "ids go on after the highest");
    cr_expect_eq(put("new.example", &id), MXS_SEEN_AGAIN);
    cr_expect_eq(id, 8);
}

/* Three hundred thousand names in a table of 32 bits of hash meet each other's hash; none is taken for another. Names older than
 * the ones in memory are looked up in the database, so they are stored as they come. */
Test(survey_seen, many_names_none_lost_none_doubled)
{
    struct mxs_query query;
    char name[32];
    uint32_t id;
    cr_assert_eq(mxs_seen_create(&seen, store, &detail), MXS_OK);
    cr_assert_eq(mxs_store_begin(store, &detail), MXS_OK);
    mxs_query_open(&query, store, "INSERT INTO domain VALUES (?1, ?2)");
    for (uint32_t i = 1; i <= 300000; i++) {
        int size = snprintf(name, sizeof name, "n%u.example", i);
        cr_assert_eq(put(name, &id), MXS_SEEN_NEW);
        cr_assert_eq(id, i);
        mxs_query_int(&query, 1, id);
        mxs_query_text(&query, 2, name, (size_t)size);
        mxs_query_run(&query);
    }
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK);
    for (uint32_t i = 1; i <= 300000; i += 7) {
        snprintf(name, sizeof name, "n%u.example", i);
        cr_assert_eq(put(name, &id), MXS_SEEN_AGAIN, "%s", name);
        cr_assert_eq(id, i);
    }
    cr_assert_eq(mxs_store_commit(store, &detail), MXS_OK);
}

Test(survey_seen, the_run_is_told_as_ranges)
{
    uint32_t id, cursor = 0, first, last;
    cr_assert_eq(mxs_store_run(store, "INSERT INTO domain VALUES (1,'a'),(2,'b'),(3,'c'),(4,'d'),(5,'e')", &detail), MXS_OK);
    cr_assert_eq(mxs_seen_create(&seen, store, &detail), MXS_OK);
    put("e", &id), put("a", &id), put("b", &id), put("f", &id);
    cr_assert_eq(mxs_seen_range(seen, &cursor, &first, &last), MXS_OK);
    cr_expect(first == 1 && last == 2);
    cr_assert_eq(mxs_seen_range(seen, &cursor, &first, &last), MXS_OK);
    cr_expect(first == 5 && last == 6);
    cr_expect_eq(mxs_seen_range(seen, &cursor, &first, &last), MXS_ERR_END);
}
