#include <criterion/criterion.h>
#include <stdio.h>

#include "db/counts.h"
#include "db/query.h"

/* Lists 1 and 2; runs 1, 3, 4 of the first, 2 of the other; domains 1 to 4, one name of another top-level domain. */
static mxs_store *store;
static struct mxs_detail detail;

static void run_sql(const char *sql) { cr_assert_eq(mxs_store_run(store, sql, &detail), MXS_OK, "%s", detail.text); }

static void open_world(void)
{
    cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK);
    run_sql("INSERT INTO list VALUES (1, 'a'), (2, 'b');"
            "INSERT INTO run (id, list_id, state, stage, started_at, input_digest, checks, shard, seed, options,"
            " versions) SELECT value, CASE value WHEN 2 THEN 2 ELSE 1 END, 'complete', 'done', 0, '', 'mx,host', '', 0,"
            " '{}', '{}' FROM json_each('[1,2,3,4]');"
            "INSERT INTO domain VALUES (1, 'a.example'), (2, 'b.example'), (3, 'c.example'), (4, 'd.test');"
            "INSERT INTO verdict (id, state, hosts, content) VALUES (1, 0, 1, x'01'), (2, 0, 2, x'02');"
            "INSERT INTO judgement SELECT id, 1, 1, NULL, 1 FROM domain;"
            "INSERT INTO judgement SELECT id, 2, 2, NULL, 2 FROM domain WHERE id < 3;");
}
static void close_world(void) { mxs_store_close(&store); }
TestSuite(db_counts, .init = open_world, .fini = close_world);

static int64_t one(const char *sql)
{
    int64_t value;
    cr_assert_eq(mxs_query_one_int(store, sql, -1, &value, &detail), MXS_OK, "%s", detail.text);
    return value;
}

static void count(int64_t run)
{
    cr_assert_eq(mxs_counts_write(store, run, NULL, &detail), MXS_OK, "%s", detail.text);
}

Test(db_counts, a_run_that_says_the_same_adds_no_row)
{
    for (int64_t run = 1; run <= 3; run++)
        count(run);
    int64_t verdicts = one("SELECT count(*) FROM verdict_count"), tlds = one("SELECT count(*) FROM tld_count");
    count(4);
    cr_expect_eq(one("SELECT count(*) FROM verdict_count"), verdicts);
    cr_expect_eq(one("SELECT count(*) FROM tld_count"), tlds);
    for (int64_t run = 1; run <= 4; run++) {
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT sum(domains) FROM v_verdict_count WHERE run_id = %lld", (long long)run);
        cr_expect_eq(one(sql), run == 2 ? 2 : 4);
    }
}

Test(db_counts, what_changed_has_its_own_row_and_the_runs_before_keep_theirs)
{
    count(1);
    count(3);
    run_sql("UPDATE judgement SET last_run = 3 WHERE list_id = 1 AND domain_id = 1;"
            "INSERT INTO judgement VALUES (1, 1, 4, NULL, 2);");
    count(4);
    cr_expect_eq(one("SELECT domains FROM v_verdict_count WHERE run_id = 3 AND verdict_id = 1"), 4);
    cr_expect_eq(one("SELECT domains FROM v_verdict_count WHERE run_id = 4 AND verdict_id = 1"), 3);
    cr_expect_eq(one("SELECT domains FROM v_verdict_count WHERE run_id = 4 AND verdict_id = 2"), 1);
    cr_expect_eq(one("SELECT count(*) FROM tld_count WHERE tld = 'test'"), 1, "nothing changed there");
    count(4); /* killed behind it, and finished again */
    cr_expect_eq(one("SELECT sum(domains) FROM v_verdict_count WHERE run_id = 4"), 4);
    cr_expect_eq(one("SELECT sum(domains) FROM v_verdict_count WHERE run_id = 1"), 4);
}

Test(db_counts, from_the_first_run_without_counts_on_all_are_counted)
{
    cr_assert_eq(mxs_counts_write_missing(store, &detail), MXS_OK, "%s", detail.text);
    run_sql("DELETE FROM verdict_count WHERE list_id = 1; UPDATE judgement SET verdict_id = 2 WHERE list_id = 1;");
    cr_assert_eq(mxs_counts_write_missing(store, &detail), MXS_OK, "%s", detail.text);
    cr_expect_eq(one("SELECT domains FROM v_verdict_count WHERE run_id = 1 AND verdict_id = 2"), 4);
    cr_expect_eq(one("SELECT domains FROM v_verdict_count WHERE run_id = 4 AND verdict_id = 2"), 4);
    cr_expect_eq(one("SELECT sum(domains) FROM v_tld_count WHERE run_id = 4"), 4);
    cr_expect_eq(one("SELECT sum(domains) FROM v_tld_count WHERE run_id = 2"), 2);
}
