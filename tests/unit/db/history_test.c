#include <criterion/criterion.h>
#include <stdio.h>

#include "db/query.h"
#include "db/history.h"

static mxs_store *store;
static struct mxs_detail detail;

static void open_store(void) { cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK); }
static void close_store(void) { mxs_store_close(&store); }

TestSuite(db_history, .init = open_store, .fini = close_store);

/* A run is written as a string: the verdict of domains 1, 2, 3 ... as digits, '.' for a domain it does not have. */
static bool content_of(void *arg, uint32_t subject, int64_t *content)
{
    const char *run = arg;
    if (subject > strlen(run) || run[subject - 1] == '.')
        return false;
    content[0] = run[subject - 1] - '0';
    return true;
}

static void merge_range(int64_t list, int64_t run, int64_t previous, const char *run_verdicts, uint32_t first,
                        uint32_t last)
{
    struct mxs_history_merge intervals = {.store = store,
                                          .table = "judgement",
                                          .key = "domain_id",
                                          .columns = "verdict_id",
                                          .column_count = 1,
                                          .list = list,
                                          .run = run,
                                          .previous = previous,
                                          .content = content_of,
                                          .arg = (void *)run_verdicts};
    cr_assert_eq(mxs_history_merge(&intervals, first, last, &detail), MXS_OK, "%s", detail.text);
}

static void merge(int64_t list, int64_t run, int64_t previous, const char *run_verdicts)
{
    merge_range(list, run, previous, run_verdicts, 1, 9);
}

static const char *intervals_of(int domain)
{
    static char text[256];
    struct mxs_query query;
    size_t used = 0;
    text[0] = 0;
    mxs_query_open(&query, store,
                   "SELECT list_id, first_run, ifnull(last_run, 0), verdict_id FROM judgement WHERE domain_id = ?1"
                   " ORDER BY list_id, first_run");
    mxs_query_int(&query, 1, domain);
    while (mxs_query_next(&query))
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%lld:%lld-%lld=%lld", used == 0 ? "" : " ",
                             (long long)mxs_query_column_int(&query, 0), (long long)mxs_query_column_int(&query, 1),
                             (long long)mxs_query_column_int(&query, 2), (long long)mxs_query_column_int(&query, 3));
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK);
    return text;
}

Test(db_history, an_unchanged_night_writes_nothing)
{
    int64_t before, after;
    merge(1, 1, 0, "123");
    cr_assert_eq(mxs_query_one_int(store, "SELECT total_changes()", 0, &before, &detail), MXS_OK);
    merge(1, 2, 1, "123");
    cr_assert_eq(mxs_query_one_int(store, "SELECT total_changes()", 0, &after, &detail), MXS_OK);
    cr_expect_eq(before, after);
    cr_expect_str_eq(intervals_of(2), "1:1-0=2");
}

Test(db_history, a_change_ends_with_the_run_before)
{
    merge(1, 1, 0, "1");
    merge(1, 3, 1, "2");
    cr_expect_str_eq(intervals_of(1), "1:1-1=1 1:3-0=2");
}

Test(db_history, who_leaves_is_closed_and_who_comes_back_begins_anew)
{
    merge(1, 1, 0, "11");
    merge(1, 2, 1, "1.");
    merge(1, 3, 2, "11");
    cr_expect_str_eq(intervals_of(2), "1:1-1=1 1:3-0=1");
}

Test(db_history, lists_do_not_touch_each_other)
{
    merge(1, 1, 0, "1");
    merge(2, 2, 0, "2");
    merge(1, 3, 1, "1");
    cr_expect_str_eq(intervals_of(1), "1:1-0=1 2:2-0=2");
    merge(3, 4, 0, "1");
    cr_expect_str_eq(intervals_of(1), "1:1-0=1 2:2-0=2 3:4-0=1", "what another list found stands for nothing here");
}

Test(db_history, what_has_ended_stays_as_it_ended)
{
    merge(1, 1, 0, "1");
    merge(1, 3, 1, "2");
    merge(1, 5, 3, "3");
    cr_expect_str_eq(intervals_of(1), "1:1-1=1 1:3-3=2 1:5-0=3");
}

Test(db_history, a_range_is_merged_to_its_last_subject_and_no_further)
{
    merge_range(1, 1, 0, "1234", 1, 2);
    cr_expect_str_eq(intervals_of(2), "1:1-0=2");
    cr_expect_str_eq(intervals_of(3), "");
    merge_range(1, 1, 0, "1234", 3, 4);
    merge_range(1, 2, 1, "1567", 1, 2);
    cr_expect_str_eq(intervals_of(2), "1:1-1=2 1:2-0=5");
    cr_expect_str_eq(intervals_of(3), "1:1-0=3");
    merge_range(1, 2, 1, "1537", 3, 4);
    cr_expect_str_eq(intervals_of(3), "1:1-0=3");
    cr_expect_str_eq(intervals_of(4), "1:1-1=4 1:2-0=7");
}

/* More than the first piece of memory for what ends holds. */
Test(db_history, many_end_at_once)
{
    char night[1001] = "";
    int64_t open, ended;
    memset(night, '1', 1000);
    merge_range(1, 1, 0, night, 1, 1000);
    memset(night, '2', 1000);
    merge_range(1, 2, 1, night, 1, 1000);
    cr_assert_eq(mxs_query_one_int(store, "SELECT count(*) FROM judgement WHERE last_run IS NULL AND verdict_id = 2", 0,
                                   &open, &detail),
                 MXS_OK);
    cr_assert_eq(mxs_query_one_int(store, "SELECT count(*) FROM judgement WHERE last_run = 1 AND verdict_id = 1", 0,
                                   &ended, &detail),
                 MXS_OK);
    cr_expect_eq(open, 1000);
    cr_expect_eq(ended, 1000);
}

static bool without_set(void *arg, uint32_t subject, int64_t *content)
{
    content[0] = *(const int64_t *)arg;
    content[1] = MXS_HISTORY_NULL;
    return subject == 1;
}

Test(db_history, what_is_not_known_is_equal_to_itself_and_to_no_number)
{
    int64_t outcome = 1, rows;
    struct mxs_history_merge intervals = {.store = store,
                                          .table = "domain_history",
                                          .key = "domain_id",
                                          .columns = "outcome, mx_set_id",
                                          .column_count = 2,
                                          .list = 1,
                                          .run = 1,
                                          .content = without_set,
                                          .arg = &outcome};
    cr_assert_eq(mxs_history_merge(&intervals, 1, 1, &detail), MXS_OK, "%s", detail.text);
    intervals.run = 2;
    intervals.previous = 1;
    cr_assert_eq(mxs_history_merge(&intervals, 1, 1, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_query_one_int(store, "SELECT count(*) FROM domain_history", 0, &rows, &detail), MXS_OK);
    cr_expect_eq(rows, 1);
    cr_assert_eq(mxs_store_run(store, "UPDATE domain_history SET mx_set_id = 0", &detail), MXS_OK);
    intervals.run = 3;
    intervals.previous = 2;
    cr_assert_eq(mxs_history_merge(&intervals, 1, 1, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_query_one_int(store, "SELECT count(*) FROM domain_history WHERE last_run = 2", 0, &rows, &detail),
                 MXS_OK);
    cr_expect_eq(rows, 1);
}

Test(db_history, an_interval_that_this_very_run_began_and_does_not_hold_is_damage)
{
    merge(1, 3, 0, "12");
    struct mxs_history_merge intervals = {.store = store,
                                          .table = "judgement",
                                          .key = "domain_id",
                                          .columns = "verdict_id",
                                          .column_count = 1,
                                          .list = 1,
                                          .run = 3,
                                          .previous = 2,
                                          .content = content_of,
                                          .arg = (char[]){"13"}};
    cr_expect_eq(mxs_history_merge(&intervals, 1, 9, &detail), MXS_ERR_FOREIGN_DB);
}

Test(db_history, merged_twice_is_merged_once)
{
    merge(1, 1, 0, "123");
    merge(1, 2, 1, "1.4");
    merge(1, 2, 1, "1.4");
    cr_expect_str_eq(intervals_of(3), "1:1-1=3 1:2-0=4");
    cr_expect_str_eq(intervals_of(2), "1:1-1=2");
}

Test(db_history, an_interval_of_a_run_that_is_not_over_is_damage)
{
    merge(1, 7, 0, "12");
    struct mxs_history_merge intervals = {.store = store,
                                          .table = "judgement",
                                          .key = "domain_id",
                                          .columns = "verdict_id",
                                          .column_count = 1,
                                          .list = 1,
                                          .run = 3,
                                          .previous = 2,
                                          .content = content_of,
                                          .arg = (char[]){"13"}};
    cr_expect_eq(mxs_history_merge(&intervals, 1, 9, &detail), MXS_ERR_FOREIGN_DB);
    cr_expect_str_eq(intervals_of(2), "1:7-0=2");
}

/* --- from a table --- */

/* A run is one row: the content of key 1 as SQL has it, "" for none. */
static void merge_row(int64_t list, int64_t run, int64_t previous, const char *id_and_mx)
{
    static const char *const keys[] = {"domain_id", NULL}, *const columns[] = {"id", "result", "mx", NULL};
    static const struct mxs_history_table table = {"sts_history", keys, columns, "(SELECT * FROM found)"};
    char sql[256];
    snprintf(sql, sizeof sql,
             "CREATE TEMP TABLE IF NOT EXISTS found (domain_id, id, result, mx); DELETE FROM found;%s%s%s",
             id_and_mx[0] != '\0' ? "INSERT INTO found (domain_id, result, id, mx) VALUES (1, 0, " : "", id_and_mx,
             id_and_mx[0] != '\0' ? ")" : "");
    cr_assert_eq(mxs_store_run(store, sql, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_history_merge_table(store, &table, list, run, previous, &detail), MXS_OK, "%s", detail.text);
}

static const char *rows_of_table(void)
{
    static char text[256];
    struct mxs_query query;
    size_t used = 0;
    text[0] = 0;
    mxs_query_open(&query, store,
                   "SELECT list_id, first_run, ifnull(last_run, 0), id || ifnull(mx, '-') FROM sts_history"
                   " ORDER BY list_id, first_run");
    while (mxs_query_next(&query))
        used += (size_t)snprintf(
            text + used, sizeof text - used, "%s%lld:%lld-%lld=%s", used == 0 ? "" : " ",
            (long long)mxs_query_column_int(&query, 0), (long long)mxs_query_column_int(&query, 1),
            (long long)mxs_query_column_int(&query, 2), mxs_query_column_text(&query, 3, NULL));
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK);
    return text;
}

Test(db_history_table, what_is_the_same_goes_on_and_what_is_not_known_is_a_content)
{
    open_store();
    merge_row(1, 1, 0, "'a', NULL");
    merge_row(2, 2, 0, "'b', NULL");
    merge_row(1, 3, 1, "'a', NULL");
    cr_expect_str_eq(rows_of_table(), "1:1-0=a- 2:2-0=b-");
    merge_row(1, 4, 3, "'a', 'x'");
    cr_expect_str_eq(rows_of_table(), "1:1-3=a- 1:4-0=ax 2:2-0=b-");
    merge_row(1, 5, 4, "");
    merge_row(1, 6, 5, "'a', 'x'");
    cr_expect_str_eq(rows_of_table(), "1:1-3=a- 1:4-4=ax 1:6-0=ax 2:2-0=b-");
    close_store();
}

Test(db_history_table, what_a_run_wrote_that_was_killed_or_given_up_is_taken_back)
{
    open_store();
    merge_row(1, 1, 0, "'a', 'x'");
    merge_row(1, 2, 1, "'b', 'x'"); /* killed behind it */
    merge_row(1, 2, 1, "'a', 'x'");
    cr_expect_str_eq(rows_of_table(), "1:1-0=ax");
    merge_row(1, 2, 1, "'b', 'x'"); /* given up */
    merge_row(1, 3, 1, "'a', 'x'");
    cr_expect_str_eq(rows_of_table(), "1:1-0=ax");
    merge_row(1, 3, 1, "'c', 'x'");
    cr_expect_str_eq(rows_of_table(), "1:1-1=ax 1:3-0=cx");
    close_store();
}

Test(db_history_table, what_ended_on_another_list_meanwhile_stays_ended)
{
    open_store();
    merge_row(1, 1, 0, "'a', 'x'");
    merge_row(2, 2, 0, "'b', 'x'");
    merge_row(2, 3, 2, "'c', 'x'");
    merge_row(1, 4, 1, "'a', 'x'");
    cr_expect_str_eq(rows_of_table(), "1:1-0=ax 2:2-2=bx 2:3-0=cx");
    close_store();
}
