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

/* 3,000 MX hosts, names against ids, of the check mx alone: 10 have five domains each, 890 two, the others one. */
static void put_hosts(void)
{
    run_sql("UPDATE run SET checks = 'mx';"
            "WITH RECURSIVE n(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM n WHERE value < 3000)"
            "INSERT INTO host SELECT value, printf('h%04d', 3001 - value), 1 FROM n;"
            "INSERT INTO mx_entry SELECT id, 10, id FROM host;");
    run_sql("CREATE TEMP TABLE used AS SELECT h.id AS host FROM host h JOIN json_each('[1,2,3,4,5]') n"
            " ON n.value <= CASE WHEN h.name <= 'h0010' THEN 5 WHEN h.name <= 'h0900' THEN 2 ELSE 1 END;"
            "INSERT INTO domain SELECT 10 + rowid, printf('x%d.example', rowid) FROM used;"
            "INSERT INTO domain_history SELECT 10 + rowid, 1, 1, NULL, 0, host, NULL, NULL FROM used;"
            "INSERT INTO judgement SELECT 10 + rowid, 1, 1, NULL, 1 FROM used;");
}

static void expect_hosts(void)
{
    cr_expect_eq(one("SELECT count(*) FROM impact WHERE kind = 'host'"), 1000);
    cr_expect_eq(one("SELECT count(*) FROM impact WHERE kind = 'host' AND name <= 'h1000'"), 1000, "ties by name");
    cr_expect_eq(one("SELECT count(*) FROM impact WHERE used = 5 AND lost = 5"), 10);
    cr_expect_eq(one("SELECT count(*) FROM impact WHERE used = 2 AND lost = 2"), 890);
    cr_expect_eq(one("SELECT count(*) FROM impact WHERE used = 1 AND lost = 1"), 100);
}

Test(db_counts, of_many_mx_hosts_the_most_used_are_told_and_of_equal_ones_the_first_by_name)
{
    put_hosts();
    count(1);
    expect_hosts();
}

Test(db_counts, what_the_judging_counts_is_what_is_read)
{
    struct mxs_domain_counts counts;
    struct mxs_query query;
    put_hosts();
    mxs_domain_counts_init(&counts);
    mxs_query_open(&query, store, "SELECT d.name, j.verdict_id, ifnull(h.mx_set_id, 0) FROM judgement j JOIN domain d"
                                  " ON d.id = j.domain_id LEFT JOIN domain_history h USING (domain_id)"
                                  " WHERE j.list_id = 1");
    while (mxs_query_next(&query)) {
        size_t size_bytes;
        const char *name = mxs_query_column_text(&query, 0, &size_bytes);
        cr_assert(mxs_domain_counts_put(&counts, (struct mxs_text){name, (uint32_t)size_bytes},
                                        mxs_query_column_int(&query, 1), (uint32_t)mxs_query_column_int(&query, 2), 0));
    }
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_counts_write(store, 1, &counts, &detail), MXS_OK, "%s", detail.text);
    mxs_domain_counts_finish(&counts);
    expect_hosts();
    run_sql("CREATE TEMP TABLE told AS SELECT * FROM tld_count");
    run_sql("DELETE FROM tld_count; DELETE FROM verdict_count; DELETE FROM impact;");
    count(1);
    expect_hosts();
    cr_expect_gt(one("SELECT count(*) FROM told"), 0);
    cr_expect_eq(one("SELECT count(*) FROM (SELECT * FROM told EXCEPT SELECT * FROM tld_count)"), 0);
    cr_expect_eq(one("SELECT count(*) FROM (SELECT * FROM tld_count EXCEPT SELECT * FROM told)"), 0);
}
