#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "scanner/run/internal/pending.h"

static mxs_store *store;
static struct mxs_detail detail;
#define NAMES 50000

static void open_store(void)
{
    cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK);
    cr_assert_eq(mxs_store_run(store, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
                                      " INSERT INTO domain SELECT i, 'n' || i FROM n;"
                                      "INSERT INTO member VALUES (1, 11, 40010), (1, 50001, 60000)", &detail), MXS_OK);
}

static void close_store(void) { mxs_store_close(&store); }

TestSuite(survey_pending, .init = open_store, .fini = close_store);

static uint32_t read_all(uint64_t seed, const struct mxs_bits *bits, bool only, uint32_t *ids)
{
    mxs_pending *pending;
    struct mxs_text name;
    uint32_t count = 0, id;
    cr_assert_eq(mxs_pending_create(&pending, store, 1, seed, bits, only, &detail), MXS_OK);
    while (mxs_pending_next(pending, &id, &name, &detail) == MXS_OK) {
        char expected[16];
        snprintf(expected, sizeof expected, "n%u", id);
        cr_assert(mxs_text_equal(name, mxs_text_of(expected)));
        cr_assert(count < NAMES);
        ids[count++] = id;
    }
    mxs_pending_destroy(&pending);
    return count;
}

Test(survey_pending, each_member_once_and_nobody_else)
{
    struct mxs_bits none = {0}, seen = {0};
    uint32_t *ids = malloc(NAMES * sizeof *ids);
    cr_assert_eq(read_all(7, &none, false, ids), NAMES);
    for (uint32_t i = 0; i < NAMES; i++) {
        cr_assert((ids[i] >= 11 && ids[i] <= 40010) || ids[i] >= 50001);
        cr_assert_not(mxs_bits_has(&seen, ids[i]));
        cr_assert(mxs_bits_put(&seen, ids[i]));
    }
    mxs_bits_finish(&seen);
    free(ids);
}

Test(survey_pending, the_seed_is_the_order)
{
    struct mxs_bits none = {0};
    uint32_t *a = malloc(3 * NAMES * sizeof *a), *b = a + NAMES, *c = b + NAMES, near = 0;
    read_all(7, &none, false, a);
    read_all(7, &none, false, b);
    read_all(8, &none, false, c);
    cr_expect_arr_eq(a, b, NAMES * sizeof *a);
    cr_expect_neq(memcmp(a, c, NAMES * sizeof *a), 0);
    for (uint32_t i = 1; i < NAMES; i++)
        near += labs((long)a[i] - (long)a[i - 1]) < 256;
    cr_expect_lt(near, NAMES / 20, "neighbours of the list are asked far apart, %u are not", near);
    free(a);
}

Test(survey_pending, left_out_and_only)
{
    struct mxs_bits bits = {0};
    uint32_t *ids = malloc(NAMES * sizeof *ids);
    cr_assert(mxs_bits_put(&bits, 11) && mxs_bits_put(&bits, 60000) && mxs_bits_put(&bits, 45000));
    cr_expect_eq(read_all(7, &bits, false, ids), NAMES - 2);
    cr_expect_eq(read_all(7, &bits, true, ids), 2, "45000 is not of the run");
    mxs_bits_finish(&bits);
    free(ids);
}

/* A long list is asked region by region, so that the answers of a range of ids lie together; within each it is mixed.
 */
Test(survey_pending, regions_follow_one_another)
{
    enum { REGION = 131072, ALL = 4 * REGION + 5000 };
    struct mxs_bits none = {0};
    mxs_pending *pending;
    struct mxs_text name;
    uint32_t count = 0, id, last = 0, near = 0;
    cr_assert_eq(
        mxs_store_run(store,
                      "DELETE FROM domain; DELETE FROM member; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                      " FROM n WHERE i < 529288) INSERT INTO domain SELECT i, 'n' || i FROM n;"
                      "INSERT INTO member VALUES (1, 1, 529288)",
                      &detail),
        MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_pending_create(&pending, store, 1, 3, &none, false, &detail), MXS_OK);
    for (; mxs_pending_next(pending, &id, &name, &detail) == MXS_OK; count++, last = id) {
        uint32_t region = (id - 1) / REGION, turn = count / REGION;
        cr_assert(region == turn || region == turn + 1 || region + 1 == turn, "%u in turn %u", id, count);
        near += labs((long)id - (long)last) < 256;
    }
    cr_expect_eq(count, ALL);
    cr_expect_lt(near, ALL / 20);
    mxs_pending_destroy(&pending);
}
