#include "db/measured.h"

#include <criterion/criterion.h>
#include <stdio.h>

static mxs_store *store;
static struct mxs_detail detail;

static void open_store(void) { cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK); }
static void close_store(void) { mxs_store_close(&store); }

TestSuite(db_measured, .init = open_store, .fini = close_store);

/* Rows of a run: every `stride`th id of a range, with the extremes of every number among them. */
struct wanted {
    uint32_t next, last, stride;
    int64_t run;
};

static struct mxs_measured_row row_of(uint32_t domain, int64_t run)
{
    static const uint32_t extremes[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX - 1, UINT32_MAX};
    return (struct mxs_measured_row){.domain = domain,
                                     .run = run,
                                     .resolver = extremes[domain % 8],
                                     .attempts = extremes[domain / 8 % 8] & 0xff,
                                     .ede = extremes[domain / 8 % 8] & 0xffff,
                                     .rtt_us = extremes[domain / 64 % 8],
                                     .asked_after_s = extremes[(domain + 3) % 8],
                                     .ttl_s = extremes[(domain + 5) % 8]};
}

static bool next_wanted(void *arg, struct mxs_measured_row *out)
{
    struct wanted *wanted = arg;
    if (wanted->next > wanted->last)
        return false;
    *out = row_of(wanted->next, wanted->run);
    wanted->next += wanted->stride;
    return true;
}

static void put(uint32_t first, uint32_t last, uint32_t stride, int64_t run)
{
    struct wanted wanted = {first, last, stride, run};
    cr_assert_eq(mxs_measured_put(store, first, last, next_wanted, &wanted, &detail), MXS_OK, "%s", detail.text);
}

static void expect_row(const struct mxs_measured_row *row, uint32_t domain, int64_t run)
{
    struct mxs_measured_row expected = row_of(domain, run);
    cr_assert_eq(row->domain, domain, "%u, not %u", row->domain, domain);
    cr_assert(row->run == run && row->resolver == expected.resolver && row->attempts == expected.attempts &&
                  row->ede == expected.ede && row->rtt_us == expected.rtt_us &&
                  row->asked_after_s == expected.asked_after_s && row->ttl_s == expected.ttl_s,
              "%u", domain);
}

static enum mxs_err read_block(const char *bytes, unsigned *count)
{
    struct mxs_measured measured;
    struct mxs_measured_row row;
    char sql[200];
    snprintf(sql, sizeof sql, "DELETE FROM measurement; INSERT INTO measurement VALUES (0, %s)", bytes);
    cr_assert_eq(mxs_store_run(store, sql, &detail), MXS_OK, "%s", detail.text);
    *count = 0;
    mxs_measured_open(&measured, store, 0, UINT32_MAX);
    while (mxs_measured_next(&measured, &row))
        ++*count;
    cr_assert_not(mxs_measured_next(&measured, &row), "the end stays the end");
    return mxs_measured_finish(&measured, &detail);
}

Test(db_measured, a_block_that_cannot_be_read_is_said_to_be_damaged)
{
    static const char *const damaged[] = {"x'008020010101010101'", /* a domain of the block behind */
                                          "x'00'",                 /* no row */
                                          "x'0001'",
                                          "x'0001020101AC0603'",
                                          "x'00FFFFFFFFFFFFFFFFFFFF01'",
                                          "x'0080'",
                                          "x'00FFFFFFFF7F020101010101'",
                                          "x'000102FFFFFFFF1F0101010101'",
                                          "x'000102010101010101'",
                                          "x'4F01020101911C'", /* what all rows share, and none of them */
                                          "x'4F010201'",
                                          "x'4F01020101911CAC06'",
                                          "x'6F0102010103911C80'",
                                          "x'10AC060102010103911C'", /* rtt_us is of each row */
                                          "x'80AC060102010103911C'"};
    unsigned count;
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++)
        cr_expect_eq(read_block(damaged[i], &count), MXS_ERR_FOREIGN_DB, "%s", damaged[i]);
    cr_expect_eq(read_block("x''", &count), MXS_OK);
    cr_expect_eq(count, 0);
    cr_expect_eq(read_block("x'0001020101AC0603911C'", &count), MXS_OK);
    cr_expect_eq(count, 1);
    cr_expect_eq(read_block("x'4F00020101911CAC0603AC0604'", &count), MXS_OK);
    cr_expect_eq(count, 2);
}

Test(db_measured, what_is_put_is_read_back_over_many_blocks)
{
    struct mxs_measured measured;
    struct mxs_measured_row row;
    uint32_t domain = 4090;
    put(4090, 20000, 3, 7);
    mxs_measured_open(&measured, store, 0, UINT32_MAX);
    for (; mxs_measured_next(&measured, &row); domain += 3)
        expect_row(&row, domain, 7);
    cr_assert_eq(mxs_measured_finish(&measured, &detail), MXS_OK);
    cr_assert_geq(domain, 20000);
    cr_assert_eq(mxs_measured_find(store, 4093, 7, &row, &detail), MXS_OK);
    expect_row(&row, 4093, 7);
    cr_expect_eq(mxs_measured_find(store, 4094, 7, &row, &detail), MXS_ERR_END);
    cr_expect_eq(mxs_measured_find(store, 4093, 6, &row, &detail), MXS_ERR_END, "of another run");
    cr_expect_eq(mxs_measured_find(store, 4000000000u, 7, &row, &detail), MXS_ERR_END);
}

/* A later run has every second domain of a range: its rows replace, all others stay, in and around the range. */
Test(db_measured, a_later_run_replaces_only_its_own)
{
    struct mxs_measured measured;
    struct mxs_measured_row row;
    uint32_t domain = 1;
    put(1, 30000, 1, 1);
    put(5000, 9999, 2, 2);
    put(5000, 9999, 2, 2);
    mxs_measured_open(&measured, store, 0, UINT32_MAX);
    for (; mxs_measured_next(&measured, &row); domain++)
        expect_row(&row, domain, domain >= 5000 && domain <= 9999 && domain % 2 == 0 ? 2 : 1);
    cr_assert_eq(mxs_measured_finish(&measured, &detail), MXS_OK);
    cr_assert_eq(domain, 30001);
}

/* One row of the first block differs from its others in when it was asked. */
static bool next_even(void *arg, struct mxs_measured_row *out)
{
    struct wanted *wanted = arg;
    if (wanted->next > wanted->last)
        return false;
    uint32_t domain = wanted->next++;
    *out = (struct mxs_measured_row){.domain = domain,
                                     .run = 300,
                                     .resolver = 1,
                                     .attempts = 1,
                                     .rtt_us = 200 + domain % 50,
                                     .asked_after_s = domain == 6000 ? 900 : 3,
                                     .ttl_s = 3600};
    return true;
}

Test(db_measured, what_all_rows_share_is_stored_once)
{
    struct wanted wanted = {.next = 4096, .last = 4096 + 8191};
    struct mxs_query query;
    struct mxs_measured measured;
    struct mxs_measured_row row;
    uint32_t domain = 4096;
    cr_assert_eq(mxs_measured_put(store, wanted.next, wanted.last, next_even, &wanted, &detail), MXS_OK);
    mxs_query_open(&query, store, "SELECT length(rows) FROM measurement ORDER BY block");
    cr_assert(mxs_query_next(&query));
    cr_expect_eq(mxs_query_column_int(&query, 0), 1 + 1 + 2 + 1 + 1 + 2 + 4096 * (2 + 1) + 1);
    cr_assert(mxs_query_next(&query));
    cr_expect_eq(mxs_query_column_int(&query, 0), 1 + 1 + 2 + 1 + 1 + 1 + 2 + 4096 * 2);
    mxs_query_reset(&query);
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK);
    mxs_measured_open(&measured, store, 0, UINT32_MAX);
    for (; mxs_measured_next(&measured, &row); domain++)
        cr_assert(row.domain == domain && row.run == 300 && row.rtt_us == 200 + domain % 50 && row.ttl_s == 3600 &&
                      row.resolver == 1 && row.attempts == 1 && row.asked_after_s == (domain == 6000 ? 900 : 3),
                  "%u", domain);
    cr_assert_eq(mxs_measured_finish(&measured, &detail), MXS_OK);
    cr_assert_eq(domain, 4096 + 8192);
}
