#include <criterion/criterion.h>
#include <stdlib.h>

#include "scanner/write/journal.h"

static mxs_store *store;
static struct mxs_detail detail;

static void open_store(void) { cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK); }
static void close_store(void) { mxs_store_close(&store); }

TestSuite(write_journal, .init = open_store, .fini = close_store);

static void put_bytes(int64_t run, int kind, const void *bytes, size_t size, uint32_t lowest, uint32_t highest)
{
    struct mxs_query query;
    mxs_query_open(&query, store, "INSERT INTO journal VALUES (NULL, ?1, ?2, ?4, ?5, ?3)");
    mxs_query_int(&query, 1, run);
    mxs_query_int(&query, 2, kind);
    mxs_query_blob(&query, 3, bytes, size);
    mxs_query_int(&query, 4, lowest);
    mxs_query_int(&query, 5, highest);
    mxs_query_run(&query);
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK);
}

static void put(int64_t run, int kind, const struct mxs_journal_row *rows, size_t size)
{
    uint32_t lowest = UINT32_MAX, highest = 0, count = (uint32_t)(size / sizeof *rows);
    uint8_t *bytes = malloc(MXS_PACK_SIZE(count));
    for (uint32_t i = 0; i < count; i++) {
        lowest = rows[i].subject < lowest ? rows[i].subject : lowest;
        highest = rows[i].subject > highest ? rows[i].subject : highest;
    }
    put_bytes(run, kind, bytes, mxs_pack(rows, count, bytes), lowest, highest);
    free(bytes);
}

static uint32_t sum(int64_t run, enum mxs_journal_kind kind, enum mxs_err expected)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    uint32_t total = 0;
    mxs_journal_open(&journal, store, run, kind);
    while ((row = mxs_journal_next(&journal)) != NULL)
        total += row->subject;
    cr_expect_eq(mxs_journal_finish(&journal, &detail), expected, "%s", detail.text);
    return total;
}

Test(write_journal, a_torn_batch_is_an_error_and_not_half_an_answer)
{
    struct mxs_journal_row rows[2] = {{.subject = 1}, {.subject = 2}};
    uint8_t bytes[MXS_PACK_SIZE(2)];
    size_t size = mxs_pack(rows, 2, bytes);
    put_bytes(1, MXS_JOURNAL_DOMAINS, bytes, size - 1, 1, 2);
    cr_expect_eq(sum(1, MXS_JOURNAL_DOMAINS, MXS_ERR_FOREIGN_DB), 0);
}

Test(write_journal, runs_and_kinds_are_kept_apart)
{
    struct mxs_journal_row a = {.subject = 1}, b = {.subject = 10}, c = {.subject = 100};
    put(1, MXS_JOURNAL_DOMAINS, &a, sizeof a);
    put(1, MXS_JOURNAL_HOSTS, &b, sizeof b);
    put(2, MXS_JOURNAL_DOMAINS, &c, sizeof c);
    cr_expect_eq(sum(1, MXS_JOURNAL_DOMAINS, MXS_OK), 1);
    cr_expect_eq(sum(1, MXS_JOURNAL_HOSTS, MXS_OK), 10);
    cr_expect_eq(sum(2, MXS_JOURNAL_DOMAINS, MXS_OK), 100);
    cr_expect_eq(sum(3, MXS_JOURNAL_DOMAINS, MXS_OK), 0);
}

Test(write_journal, what_a_lying_said_since_its_last_good_check_is_passed_over)
{
    struct mxs_journal_row rows[] = {
        {.subject = 1, .resolver = 1, .asked_after_s = 50}, {.subject = 10, .resolver = 2, .asked_after_s = 49},
        {.subject = 100, .resolver = 2, .asked_after_s = 50}, {.subject = 1000, .resolver = 2, .asked_after_s = 51},
    };
    put(1, MXS_JOURNAL_DOMAINS, rows, sizeof rows);
    cr_assert_eq(mxs_store_run(store, "INSERT INTO withdrawal VALUES (1, 2, 50, 99), (2, 1, 0, 99)", &detail), MXS_OK);
    cr_expect_eq(sum(1, MXS_JOURNAL_DOMAINS, MXS_OK), 11);
}

Test(write_journal, what_it_says_later_counts_again)
{
    static const char withdraw[] = "INSERT INTO withdrawal VALUES (1, 2, 50, (SELECT max(id) FROM journal))";
    struct mxs_journal_row before[] = {{.subject = 1, .resolver = 2, .asked_after_s = 49},
                                       {.subject = 10, .resolver = 2, .asked_after_s = 50}},
                           after[] = {{.subject = 100, .resolver = 2, .asked_after_s = 51}};
    put(1, MXS_JOURNAL_HOSTS, before, sizeof before);
    cr_assert_eq(mxs_store_run(store, withdraw, &detail), MXS_OK);
    put(1, MXS_JOURNAL_HOSTS, after, sizeof after);
    cr_expect_eq(sum(1, MXS_JOURNAL_HOSTS, MXS_OK), 101);
}

Test(write_journal, as_many_lying_as_there_may_be_resolvers_are_passed_over)
{
    struct mxs_journal_row rows[MXS_WITHDRAWALS_MAX + 1];
    for (uint32_t i = 0; i < MXS_WITHDRAWALS_MAX + 1; i++)
        rows[i] = (struct mxs_journal_row){.subject = i + 1, .resolver = (uint16_t)(i + 1), .asked_after_s = 50};
    put(1, MXS_JOURNAL_DOMAINS, rows, sizeof rows);
    cr_assert_eq(mxs_store_run(store, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1024) "
                                      "INSERT INTO withdrawal SELECT 1, i, 50, 99 FROM n", &detail), MXS_OK);
    cr_expect_eq(sum(1, MXS_JOURNAL_DOMAINS, MXS_OK), MXS_WITHDRAWALS_MAX + 1, "the last one's only");
}

/* Such a row holds the answers of many: the liar's may be in any that was ended while it was asked. */
Test(write_journal, of_policies_all_is_passed_over_that_a_lying_may_have_touched)
{
    struct mxs_journal_row before[] = {{.subject = 1, .resolver = 1, .asked_after_s = 49},
                                       {.subject = 10, .resolver = 1, .asked_after_s = 50}},
                           after[] = {{.subject = 100, .resolver = 1, .asked_after_s = 50}};
    put(1, MXS_JOURNAL_POLICIES, before, sizeof before);
    cr_assert_eq(
        mxs_store_run(store, "INSERT INTO withdrawal VALUES (1, 2, 50, (SELECT max(id) FROM journal))", &detail),
        MXS_OK);
    put(1, MXS_JOURNAL_POLICIES, after, sizeof after);
    cr_expect_eq(sum(1, MXS_JOURNAL_POLICIES, MXS_OK), 101);
}

Test(write_journal, batches_outside_a_range_are_passed_over)
{
    struct mxs_journal_row low[] = {{.subject = 1}, {.subject = 10}}, middle[] = {{.subject = 11}, {.subject = 20}},
                           wide[] = {{.subject = 5}, {.subject = 1000}}, high[] = {{.subject = 21}};
    const struct {
        uint32_t first, last, sum;
    } ranges[] = {
        {11, 20, 31 + 1005}, {10, 10, 11 + 1005}, {20, 21, 31 + 1005 + 21}, {0, 4, 11}, {1001, UINT32_MAX, 0}};
    put(1, MXS_JOURNAL_DOMAINS, low, sizeof low);
    put(1, MXS_JOURNAL_DOMAINS, middle, sizeof middle);
    put(1, MXS_JOURNAL_DOMAINS, wide, sizeof wide);
    put(1, MXS_JOURNAL_DOMAINS, high, sizeof high);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        struct mxs_journal journal;
        const struct mxs_journal_row *row;
        uint32_t total = 0;
        mxs_journal_open_range(&journal, store, 1, MXS_JOURNAL_DOMAINS, ranges[i].first, ranges[i].last);
        while ((row = mxs_journal_next(&journal)) != NULL)
            total += row->subject;
        cr_expect_eq(mxs_journal_finish(&journal, &detail), MXS_OK);
        cr_expect_eq(total, ranges[i].sum, "%u to %u: %u", ranges[i].first, ranges[i].last, total);
    }
}

Test(write_journal, an_outcome_or_a_pass_that_there_is_not_is_damage)
{
    struct mxs_journal_row good = {.subject = 1}, outcome = {.subject = 10, .outcome = MXS_OUTCOME_COUNT},
                           pass = {.subject = 10, .pass = MXS_PASS_CONFIRM + 1};
    put(1, MXS_JOURNAL_DOMAINS, &good, sizeof good);
    put(1, MXS_JOURNAL_DOMAINS, &outcome, sizeof outcome);
    put(2, MXS_JOURNAL_DOMAINS, &pass, sizeof pass);
    cr_expect_eq(sum(1, MXS_JOURNAL_DOMAINS, MXS_ERR_FOREIGN_DB), 1);
    cr_expect_eq(sum(2, MXS_JOURNAL_DOMAINS, MXS_ERR_FOREIGN_DB), 0);
}
