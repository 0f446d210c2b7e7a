#include <criterion/criterion.h>
#include <stdio.h>

#include "db/query.h"
#include "scanner/write/dictionary.h"

static mxs_store *store;
static struct mxs_dictionary dictionary;
static struct mxs_detail detail;

static void open_all(void)
{
    cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK);
    mxs_dictionary_init(&dictionary);
}

static void close_all(void)
{
    mxs_dictionary_finish(&dictionary);
    mxs_store_close(&store);
}

TestSuite(write_dictionary, .init = open_all, .fini = close_all);

static struct mxs_record mx(uint16_t preference, const char *host)
{
    return (struct mxs_record){.preference = preference, .host = mxs_text_of(host)};
}

static int64_t count(const char *table)
{
    char sql[64];
    int64_t value = -1;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
    cr_assert_eq(mxs_query_one_int(store, sql, -1, &value, &detail), MXS_OK);
    return value;
}

Test(write_dictionary, the_order_of_records_does_not_make_another_set)
{
    struct mxs_record one[] = {mx(20, "b.example"), mx(10, "a.example"), mx(10, "c.example")};
    struct mxs_record other[] = {mx(10, "c.example"), mx(20, "b.example"), mx(10, "a.example")};
    uint32_t set = mxs_dictionary_mx_set(&dictionary, one, 3);
    cr_expect_neq(set, 0);
    cr_expect_eq(mxs_dictionary_mx_set(&dictionary, other, 3), set);
    cr_expect_eq(mxs_dictionary_mx_member(&dictionary, set, 2).preference, 20);
}

Test(write_dictionary, preferences_swapped_are_another_set)
{
    struct mxs_record one[] = {mx(10, "a.example"), mx(20, "b.example")};
    struct mxs_record other[] = {mx(20, "a.example"), mx(10, "b.example")};
    cr_expect_neq(mxs_dictionary_mx_set(&dictionary, one, 2), mxs_dictionary_mx_set(&dictionary, other, 2));
}

Test(write_dictionary, an_address_said_twice_counts_once)
{
    static const uint8_t a[4] = {20, 1, 1, 1}, b[4] = {20, 1, 1, 2};
    struct mxs_record records[] = {{.data = {b, 4}}, {.data = {a, 4}}, {.data = {b, 4}}};
    uint32_t set = mxs_dictionary_address_set(&dictionary, records, 3);
    cr_assert_eq(mxs_dictionary_address_count(&dictionary, set), 2);
    cr_expect_arr_eq(mxs_dictionary_address(&dictionary, set, 0).data, a, 4);
}

Test(write_dictionary, a_transaction_that_was_rolled_back_is_stored_with_the_next)
{
    struct mxs_record records[] = {mx(10, "a.example"), mx(20, "b.example")};
    cr_assert_neq(mxs_dictionary_mx_set(&dictionary, records, 2), 0);
    cr_assert_eq(mxs_store_begin(store, &detail), MXS_OK);
    cr_assert_eq(mxs_dictionary_flush(&dictionary, store, &detail), MXS_OK);
    cr_expect_eq(count("mx_entry"), 2);
    mxs_store_rollback(store);
    mxs_dictionary_forget(&dictionary);
    cr_expect_eq(count("host"), 0);
    cr_assert_eq(mxs_dictionary_flush(&dictionary, store, &detail), MXS_OK);
    mxs_dictionary_settle(&dictionary);
    cr_expect_eq(count("host"), 2);
    cr_expect_eq(count("mx_entry"), 2);
    cr_assert_eq(mxs_dictionary_flush(&dictionary, store, &detail), MXS_OK, "nothing new, nothing stored twice");
}

Test(write_dictionary, what_is_loaded_has_the_ids_it_had)
{
    struct mxs_record records[] = {mx(10, "a.example"), mx(20, "b.example")};
    uint32_t set = mxs_dictionary_mx_set(&dictionary, records, 2),
             host = mxs_dictionary_host(&dictionary, MXS_TEXT("b.example"));
    cr_assert_eq(mxs_dictionary_flush(&dictionary, store, &detail), MXS_OK);
    struct mxs_dictionary again;
    mxs_dictionary_init(&again);
    cr_assert_eq(mxs_dictionary_load(&again, store, &detail), MXS_OK, "%s", detail.text);
    cr_expect_eq(mxs_dictionary_host(&again, MXS_TEXT("b.example")), host);
    cr_expect_eq(mxs_dictionary_mx_set(&again, records, 2), set);
    mxs_dictionary_finish(&again);
}

Test(write_dictionary, at_rest_it_is_looked_up_and_takes_in)
{
    struct mxs_record records[] = {mx(10, "a.example"), mx(20, "b.example")},
                      more[] = {mx(10, "b.example"), mx(20, "c.example")};
    static const uint8_t a[4] = {20, 1, 1, 1};
    struct mxs_record address[] = {{.data = {a, 4}}};
    uint32_t set = mxs_dictionary_mx_set(&dictionary, records, 2),
             addresses = mxs_dictionary_address_set(&dictionary, address, 1);
    mxs_dictionary_rest(&dictionary);
    cr_expect_eq(mxs_dictionary_mx_count(&dictionary, set), 2);
    struct mxs_bytes members = mxs_dictionary_mx_members(&dictionary, set);
    cr_expect_eq(mxs_mx_member_at(members, 1).host, mxs_dictionary_mx_member(&dictionary, set, 1).host);
    cr_expect_arr_eq(mxs_dictionary_address(&dictionary, addresses, 0).data, a, 4);
    cr_expect_eq(mxs_dictionary_mx_set(&dictionary, records, 2), set);
    cr_expect_eq(mxs_dictionary_mx_set(&dictionary, more, 2), set + 1);
    cr_expect_eq(dictionary.hosts.keys.count, 3);
    cr_expect_eq(mxs_dictionary_address_set(&dictionary, address, 1), addresses);
}

/* A null MX names the root, which is an MX host like any other, beside one without an id. */
Test(write_dictionary, the_root_is_no_hole)
{
    cr_assert_eq(mxs_store_run(store, "INSERT INTO host (id, name) VALUES (1, 'a.example'), (4, '')", &detail), MXS_OK);
    cr_assert_eq(mxs_dictionary_load(&dictionary, store, &detail), MXS_OK, "%s", detail.text);
    struct mxs_record root[] = {mx(0, "")};
    uint32_t set = mxs_dictionary_mx_set(&dictionary, root, 1);
    cr_expect_eq(mxs_dictionary_mx_member(&dictionary, set, 0).host, 4);
    cr_expect(mxs_dictionary_is_live(&dictionary.hosts, 4));
    cr_expect_not(mxs_dictionary_is_live(&dictionary.hosts, 2));
}

Test(write_dictionary, a_pruned_id_is_a_hole_that_nothing_falls_into)
{
    cr_assert_eq(mxs_store_run(store, "INSERT INTO host (id, name) VALUES (1, 'a.example'), (5, 'e.example')", &detail),
                 MXS_OK);
    cr_assert_eq(mxs_dictionary_load(&dictionary, store, &detail), MXS_OK, "%s", detail.text);
    cr_expect_eq(mxs_dictionary_host(&dictionary, MXS_TEXT("e.example")), 5);
    cr_expect_eq(mxs_dictionary_host(&dictionary, MXS_TEXT("new.example")), 6);
    cr_expect_not(mxs_dictionary_is_live(&dictionary.hosts, 3));
    cr_expect(mxs_dictionary_is_live(&dictionary.hosts, 5));
    cr_assert_eq(mxs_dictionary_flush(&dictionary, store, &detail), MXS_OK);
    cr_expect_eq(count("host"), 3);
}

Test(write_dictionary, one_value_under_two_ids_is_damage)
{
    cr_assert_eq(mxs_store_run(store, "INSERT INTO host (id, name) VALUES (1, 'a.example'), (2, 'a.example')", &detail),
                 MXS_OK);
    cr_expect_eq(mxs_dictionary_load(&dictionary, store, &detail), MXS_ERR_FOREIGN_DB);
}

Test(write_dictionary, what_names_what_is_not_there_is_damage)
{
    static const char *const damaged[] = {
        "INSERT INTO address VALUES (1, zeroblob(64), '', '', 1, NULL)",
        "INSERT INTO address VALUES (1, x'', '', '', 1, NULL)",
        "INSERT INTO host (id, name) VALUES (-1, 'a.example')",
        "INSERT INTO host (id, name) VALUES (4294967297, 'a.example')",
        "INSERT INTO text VALUES (1, printf('%.70000c', 'x'))",
        "INSERT INTO mx_entry VALUES (1, 10, 1)",
        "INSERT INTO host (id, name) VALUES (1, 'a.example'), (3, 'c.example'); INSERT INTO mx_entry VALUES (1, 10, 2)",
        "INSERT INTO host (id, name) VALUES (1, 'a.example'); INSERT INTO mx_entry VALUES (1, 65536, 1)",
        "INSERT INTO host (id, name) VALUES (1, 'a.example'); INSERT INTO mx_entry VALUES (0, 10, 1)",
        "INSERT INTO host (id, name) VALUES (1, 'a.example'); WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 "
        "FROM n WHERE i < 5000)"
        " INSERT INTO mx_entry SELECT 1, i, 1 FROM n",
        "INSERT INTO address_entry VALUES (1, 0, 4294967295)",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        struct mxs_dictionary other;
        mxs_dictionary_init(&other);
        cr_assert_eq(mxs_store_run(store,
                                   "DELETE FROM host; DELETE FROM text; DELETE FROM address; DELETE FROM mx_entry;"
                                   " DELETE FROM address_entry",
                                   &detail),
                     MXS_OK);
        cr_assert_eq(mxs_store_run(store, damaged[i], &detail), MXS_OK, "%s", detail.text);
        cr_expect_eq(mxs_dictionary_load(&other, store, &detail), MXS_ERR_FOREIGN_DB, "%s", damaged[i]);
        mxs_dictionary_finish(&other);
    }
}
