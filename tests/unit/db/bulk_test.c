#include <criterion/criterion.h>

#include "db/bulk.h"
#include "db/query.h"

struct numbers {
    int64_t next, end;
};

static bool next_number(void *arg, struct mxs_bulk_row *row)
{
    struct numbers *numbers = arg;
    static const char text[] = "x';DROP TABLE domain;--";
    if (numbers->next > numbers->end)
        return false;
    row->numbers[0] = numbers->next++;
    row->text = text;
    row->text_size = sizeof text - 1;
    row->label = "label";
    row->numbers[1] = MXS_BULK_NULL;
    return true;
}

static mxs_store *open_memory(void)
{
    mxs_store *store;
    struct mxs_detail detail;
    cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK, "%s", detail.text);
    return store;
}

Test(db_bulk, texts_are_values_and_never_sql)
{
    mxs_store *store = open_memory();
    struct mxs_detail detail;
    struct numbers numbers = {1, 3};
    int64_t count = 0;
    cr_assert_eq(mxs_bulk_insert(store, "INSERT INTO host (id, name) SELECT c0, t FROM bulk(?1)", next_number, &numbers,
                                 &detail),
                 MXS_OK, "%s", detail.text);
    cr_assert_eq(
        mxs_query_one_int(store, "SELECT count(*) FROM host WHERE name LIKE '%DROP TABLE%'", 0, &count, &detail),
        MXS_OK);
    cr_expect_eq(count, 3);
    mxs_store_close(&store);
}

Test(db_bulk, null_is_null)
{
    mxs_store *store = open_memory();
    struct mxs_detail detail;
    struct numbers numbers = {7, 7};
    int64_t nulls = 0;
    cr_assert_eq(mxs_bulk_insert(
                     store, "INSERT INTO run_input (run_id, position, path, lines) SELECT c0, 1, 'a', c1 FROM bulk(?1)",
                     next_number, &numbers, &detail),
                 MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_query_one_int(store, "SELECT count(*) FROM run_input WHERE lines IS NULL", 0, &nulls, &detail),
                 MXS_OK);
    cr_expect_eq(nulls, 1);
    mxs_store_close(&store);
}

static bool next_bytes(void *arg, struct mxs_bulk_row *row)
{
    static const uint8_t bytes[] = {127, 0, 0, 1};
    int *left = arg;
    if ((*left)-- == 0)
        return false;
    *row = (struct mxs_bulk_row){
        .numbers = {1, [MXS_BULK_COLUMNS - 1] = 1}, .blob = bytes, .blob_size = sizeof bytes, .label = "x"};
    return true;
}

Test(db_bulk, bytes_stay_bytes_and_the_last_number_has_a_column)
{
    mxs_store *store = open_memory();
    struct mxs_detail detail;
    int left = 1;
    int64_t count = 0;
    cr_assert_eq(mxs_bulk_insert(store, "INSERT INTO address SELECT c0, b, u, u, c23, NULL FROM bulk(?1)", next_bytes,
                                 &left, &detail),
                 MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_query_one_int(store, "SELECT count(*) FROM address WHERE bytes = x'7f000001' AND public = 1", 0,
                                   &count, &detail),
                 MXS_OK);
    cr_expect_eq(count, 1);
    mxs_store_close(&store);
}

Test(db_bulk, a_failure_is_reported_and_nothing_of_the_statement_stays)
{
    mxs_store *store = open_memory();
    struct mxs_detail detail;
    struct numbers numbers = {1, 5};
    int64_t count = -1;
    cr_assert_eq(mxs_store_run(store, "INSERT INTO domain VALUES (4, 'there already')", &detail), MXS_OK);
    cr_expect_neq(
        mxs_bulk_insert(store, "INSERT INTO domain SELECT c0, t FROM bulk(?1)", next_number, &numbers, &detail),
        MXS_OK);
    cr_assert_eq(mxs_query_one_int(store, "SELECT count(*) FROM domain", 0, &count, &detail), MXS_OK);
    cr_expect_eq(count, 1);
    mxs_store_close(&store);
}

Test(db_bulk, without_a_source_there_is_no_table)
{
    mxs_store *store = open_memory();
    struct mxs_detail detail;
    cr_expect_neq(mxs_store_run(store, "INSERT INTO domain SELECT c0, t FROM bulk", &detail), MXS_OK);
    mxs_store_close(&store);
}

Test(db_query, the_first_failure_is_kept_to_the_end)
{
    mxs_store *store = open_memory();
    struct mxs_detail detail = {0};
    struct mxs_query query;
    mxs_query_open(&query, store, "SELECT nonsense FROM nowhere");
    mxs_query_int(&query, 1, 5);
    cr_expect_not(mxs_query_next(&query));
    cr_expect_neq(mxs_query_finish(&query, &detail), MXS_OK);
    cr_expect_not_null(strstr(detail.text, "nowhere"), "%s", detail.text);
    mxs_store_close(&store);
}
