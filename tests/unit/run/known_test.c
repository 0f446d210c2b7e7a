#include <criterion/criterion.h>
#include <stdio.h>

#include "scanner/run/internal/known.h"

static mxs_store *store;
static mxs_known *known;
static struct mxs_detail detail;

static void open_store(void) { cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK); }

static void close_all(void)
{
    mxs_known_destroy(&known);
    mxs_store_close(&store);
}

TestSuite(survey_known, .init = open_store, .fini = close_all);

static void begin(const char *sql)
{
    cr_assert_eq(mxs_store_run(store, sql, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_known_create(&known, store, &detail), MXS_OK);
}

static bool is_fresh(const char *name, uint32_t *id)
{
    bool fresh;
    cr_assert_eq(mxs_known_find(known, mxs_text_of(name), id, &fresh, &detail), MXS_OK, "%s", detail.text);
    return fresh;
}

/* Prefixes, neighbours in byte order that are none to the eye, names before the first and behind the last. */
Test(survey_known, known_names_keep_their_ids)
{
    uint32_t id = 0;
    begin("INSERT INTO domain VALUES (9, 'a'), (2, 'a.example'), (7, 'a-b.example'), (4, 'b.example'), (1, 'ab')");
    cr_expect(is_fresh("_.example", &id) && id == 10);
    cr_expect(!is_fresh("a", &id) && id == 9);
    cr_expect(is_fresh("a-", &id) && id == 11);
    cr_expect(!is_fresh("a-b.example", &id) && id == 7);
    cr_expect(!is_fresh("a.example", &id) && id == 2);
    cr_expect(is_fresh("a.example.a", &id) && id == 12);
    cr_expect(!is_fresh("b.example", &id) && id == 4, "one is passed over");
    cr_expect(is_fresh("b.example.", &id) && id == 13);
    cr_expect(is_fresh("c", &id) && id == 14);
}

Test(survey_known, an_empty_database_knows_nothing)
{
    uint32_t id = 0;
    begin("SELECT 1");
    cr_expect(is_fresh("a", &id) && id == 1);
    cr_expect(is_fresh("b", &id) && id == 2);
}

/* Every kind of distance between two names that are looked for: steps, jumps, and walks that are begun anew; names
 * stored behind the walk, as a writer does, change nothing. */
Test(survey_known, a_long_list_beside_a_large_database)
{
    static const unsigned strides[] = {1, 2, 31, 33, 1000};
    char name[32], sql[96];
    uint32_t id, fresh_count = 0;
    begin("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199999)"
          " INSERT INTO domain SELECT i + 1, printf('n%06d', i) FROM n");
    for (unsigned i = 0, at = 0; at < 200000; i++, at += strides[i / 50000 % 5]) {
        snprintf(name, sizeof name, "n%06u", at);
        cr_assert_not(is_fresh(name, &id), "%s", name);
        cr_assert_eq(id, at + 1);
        if (i % 1000 != 0)
            continue;
        snprintf(name, sizeof name, "n%06u-", at);
        cr_assert(is_fresh(name, &id), "%s", name);
        cr_assert_eq(id, 200001 + fresh_count++);
        snprintf(sql, sizeof sql, "INSERT INTO domain VALUES (%u, '%s')", id, name);
        cr_assert_eq(mxs_store_run(store, sql, &detail), MXS_OK, "%s", detail.text);
    }
}

Test(survey_known, a_short_list_beside_a_large_database)
{
    char name[32];
    uint32_t id;
    begin("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
          " INSERT INTO domain SELECT i + 1, printf('n%06d', i) FROM n");
    for (unsigned at = 17; at < 100000; at += 9973) {
        snprintf(name, sizeof name, "n%06u", at);
        cr_assert_not(is_fresh(name, &id));
        cr_assert_eq(id, at + 1);
    }
}

Test(survey_known, the_run_is_told_as_ranges)
{
    uint32_t id, cursor = 0, first, last;
    begin("INSERT INTO domain VALUES (1,'a'),(2,'b'),(3,'c'),(4,'d'),(5,'e')");
    is_fresh("a", &id), is_fresh("b", &id), is_fresh("e", &id), is_fresh("f", &id);
    cr_assert_eq(mxs_known_range(known, &cursor, &first, &last), MXS_OK);
    cr_expect(first == 1 && last == 2);
    cr_assert_eq(mxs_known_range(known, &cursor, &first, &last), MXS_OK);
    cr_expect(first == 5 && last == 6);
    cr_expect_eq(mxs_known_range(known, &cursor, &first, &last), MXS_ERR_END);
}
