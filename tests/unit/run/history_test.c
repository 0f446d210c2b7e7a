#include <criterion/criterion.h>
#include <stdio.h>

#include "db/query.h"
#include "scanner/run/internal/history.h"

static mxs_store *store;
static struct mxs_detail detail;

static void open_store(void) { cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK); }
static void close_store(void) { mxs_store_close(&store); }

TestSuite(survey_span, .init = open_store, .fini = close_store);

/* A run is told as a string: the verdict of domains 1, 2, 3 ... as digits, '.' for a domain it does not have. */
static bool content_of(void *arg, uint32_t subject, int64_t *content)
{
    const char *run = arg;
    if (subject > strlen(run) || run[subject - 1] == '.')
        return false;
    content[0] = run[subject - 1] - '0';
    return true;
}

static void fold(int64_t list, int64_t run, int64_t previous, const char *said)
{
    struct mxs_history_merge spans = {.store = store, .table = "judgement", .key = "domain_id", .columns = "verdict_id",
                                  .column_count = 1, .list = list, .run = run, .previous = previous,
                                  .content = content_of, .arg = (void *)said};
    cr_assert_eq(mxs_history_merge(&spans, 1, 9, &detail), MXS_OK, "%s", detail.text);
}

static const char *spans_of(int domain)
{
    static char text[256];
    struct mxs_query query;
    size_t used = 0;
    text[0] = 0;
    mxs_query_open(&query, store, "SELECT list_id, first_run, ifnull(last_run, 0), verdict_id FROM judgement WHERE domain_id = ?1"
                                  " ORDER BY list_id, first_run");
    mxs_query_int(&query, 1, domain);
    while (mxs_query_next(&query))
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%lld:%lld-%lld=%lld", used == 0 ? "" : " ",
                                 (long long)mxs_query_column_int(&query, 0), (long long)mxs_query_column_int(&query, 1),
                                 (long long)mxs_query_column_int(&query, 2), (long long)mxs_query_column_int(&query, 3));
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK);
    return text;
}

Test(survey_span, an_unchanged_night_writes_nothing)
{
    int64_t before, after;
    fold(1, 1, 0, "123");
    cr_assert_eq(mxs_query_one_int(store, "SELECT total_changes()", 0, &before, &detail), MXS_OK);
    fold(1, 2, 1, "123");
    cr_assert_eq(mxs_query_one_int(store, "SELECT total_changes()", 0, &after, &detail), MXS_OK);
    cr_expect_eq(before, after);
    cr_expect_str_eq(spans_of(2), "1:1-0=2");
}

Test(survey_span, a_change_ends_with_the_run_before)
{
    fold(1, 1, 0, "1");
    fold(1, 3, 1, "2");
    cr_expect_str_eq(spans_of(1), "1:1-1=1 1:3-0=2");
}

Test(survey_span, who_leaves_is_closed_and_who_comes_back_begins_anew)
{
    fold(1, 1, 0, "11");
    fold(1, 2, 1, "1.");
    fold(1, 3, 2, "11");
    cr_expect_str_eq(spans_of(2), "1:1-1=1 1:3-0=1");
}

Test(survey_span, lists_do_not_touch_each_other)
{
    fold(1, 1, 0, "1");
    fold(2, 2, 0, "2");
    fold(1, 3, 1, "1");
    cr_expect_str_eq(spans_of(1), "1:1-0=1 2:2-0=2");
}

Test(survey_span, folded_twice_is_folded_once)
{
    fold(1, 1, 0, "123");
    fold(1, 2, 1, "1.4");
    fold(1, 2, 1, "1.4");
    cr_expect_str_eq(spans_of(3), "1:1-1=3 1:2-0=4");
    cr_expect_str_eq(spans_of(2), "1:1-1=2");
}

Test(survey_span, a_span_of_a_run_that_is_not_over_is_damage)
{
    fold(1, 7, 0, "12");
    struct mxs_history_merge spans = {.store = store, .table = "judgement", .key = "domain_id", .columns = "verdict_id", .column_count = 1,
                                  .list = 1, .run = 3, .previous = 2, .content = content_of, .arg = (char[]){"13"}};
    cr_expect_eq(mxs_history_merge(&spans, 1, 9, &detail), MXS_ERR_FOREIGN_DB);
    cr_expect_str_eq(spans_of(2), "1:7-0=2");
}
