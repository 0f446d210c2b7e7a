#include "reports/data/prune.h"
#include "reports/command/internal/trend_text.h"
#include "tests/support/reports_world.h"

TestSuite(reports_trend, .init = open_world, .fini = close_world);

static char *trend_as(enum mxs_format format)
{
    struct mxs_trend trend;
    mxs_out out;
    mxs_out_attach(&out, NULL);
    cr_assert_eq(mxs_trend_open(&trend, store, 0, NULL, &(struct mxs_trend_options){.top = 12}, &detail), MXS_OK, "%s",
                 detail.text);
    cr_assert_eq(mxs_trend_write(&trend, format, NULL, &out, &detail), MXS_OK);
    mxs_trend_close(&trend);
    char *copy = strdup(collected(&out));
    mxs_out_abandon(&out);
    return copy;
}

static char *trend_json(void) { return trend_as(MXS_FORMAT_JSON); }

Test(reports_trend, the_panel_is_who_was_settled_in_every_run)
{
    char *json = trend_json(); /* late.example was not settled in run 2 */
    cr_expect_not_null(strstr(json, "\"panel\":8"), "%s", json);
    cr_expect_not_null(
        strstr(
            json,
            "{\"measure\":\"mailbox provider\",\"name\":\"acme\",\"of\":\"panel_receiving\",\"shares\":[0.25,0.25]}"),
        "%s", json);
    cr_expect_not_null(strstr(json, "\"accepted\":9,\"receiving\":5,\"panel_receiving\":4"),
                       "the population is apart: %s", json);
    free(json);
}

Test(reports_trend, a_degraded_run_is_a_gap_and_takes_nobody_out)
{
    cr_assert_eq(mxs_store_run(store, "UPDATE run SET degraded = 1 WHERE id = 2", &detail), MXS_OK);
    char *json = trend_json();
    cr_expect_not_null(strstr(json, "\"panel\":9"), "%s", json);
    cr_expect_not_null(
        strstr(json,
               "{\"measure\":\"mailbox provider\",\"name\":\"acme\",\"of\":\"panel_receiving\",\"shares\":[0.4,null]}"),
        "%s", json);
    free(json);
}

Test(reports_trend, a_share_says_what_it_is_of)
{
    static const struct mxs_style style = {.width = 110};
    struct mxs_trend trend;
    mxs_out out;
    char *json = trend_json();
    cr_expect_not_null(strstr(json, "{\"measure\":\"backup\",\"name\":\"effective\",\"of\":\"panel_receiving\","), "%s",
                       json);
    cr_expect_not_null(strstr(json, "{\"measure\":\"finding\",\"name\":\"single_host\",\"of\":\"panel\","), "%s", json);
    free(json);
    cr_assert_eq(
        mxs_store_run(store, "UPDATE judgement SET verdict_id = 7; UPDATE run SET degraded = 1 WHERE id = 1", &detail),
        MXS_OK);
    cr_assert_eq(mxs_trend_open(&trend, store, 0, NULL, &(struct mxs_trend_options){.top = 2}, &detail), MXS_OK);
    mxs_out_attach(&out, NULL);
    cr_assert_eq(mxs_trend_write(&trend, MXS_FORMAT_TEXT, &style, &out, &detail), MXS_OK);
    cr_expect_not_null(
        strstr(
            collected(&out),
            "The matched panel: 9 names that every run but the degraded ones settled.\n"
            "Shares of states and findings are of the panel, all others of those in it that receive mail in that"
            " run.\n"),
        "%s", collected(&out));
    mxs_out_abandon(&out);
    mxs_trend_close(&trend);
    json = trend_json();
    cr_expect_not_null(strstr(json, "\"accepted\":9,\"receiving\":0,\"panel_receiving\":0,\"checks\":\"mx,host\"}"),
                       "nobody is a number: %s", json);
    free(json);
}

Test(reports_trend, runs_of_different_checks_are_told)
{
    static const struct mxs_style style = {.width = 100};
    static const char told[] = "asked DIFFERENT CHECKS",
                      on_page[] = "<strong>The runs asked different checks:</strong>";
    for (int mixed = 0; mixed < 2; mixed++) {
        struct mxs_trend trend;
        mxs_out out;
        cr_assert_eq(
            mxs_store_run(store, mixed ? "UPDATE run SET checks = 'mx,host,auth' WHERE id = 2" : "SELECT 1", &detail),
            MXS_OK);
        cr_assert_eq(mxs_trend_open(&trend, store, 0, NULL, &(struct mxs_trend_options){.top = 2}, &detail), MXS_OK);
        mxs_out_attach(&out, NULL);
        cr_assert_eq(mxs_trend_write(&trend, MXS_FORMAT_TEXT, &style, &out, &detail), MXS_OK);
        cr_expect_eq(strstr(collected(&out), told) != NULL, mixed, "%s", collected(&out));
        mxs_out_abandon(&out);
        mxs_trend_close(&trend);
        char *page = trend_as(MXS_FORMAT_HTML);
        cr_expect_eq(strstr(page, on_page) != NULL, mixed);
        free(page);
    }
}

/* One finding in run 2 of eight names, and none in run 1: a fact when run 1 looked for it. */
Test(reports_trend, what_nobody_looked_for_has_no_share)
{
    static const char looked[] = "\"name\":\"dmarc_missing\",\"of\":\"panel\",\"shares\":[0,0.125]}",
                      not_asked[] = "\"name\":\"dmarc_missing\",\"of\":\"panel\",\"shares\":[null,0.125]}",
                      routing[] = "\"name\":\"no_ipv4\",\"of\":\"panel\",\"shares\":[0,0.125]}";
    cr_assert_eq(mxs_store_run(store,
                               "UPDATE judgement SET last_run = 1 WHERE domain_id = 6;"
                               "INSERT INTO verdict (id, state, hosts, content) VALUES (10,5,0,x'0a');"
                               "INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id)"
                               " VALUES (6,1,2,NULL,10);"
                               "INSERT OR REPLACE INTO finding (code, name, severity, sentence, advice)"
                               " VALUES (75,'dmarc_missing',2,'None.','One.'),(19,'no_ipv4',2,'None.','One.');"
                               "INSERT INTO verdict_finding (verdict_id, code) VALUES (10,75),(10,19)",
                               &detail),
                 MXS_OK, "%s", detail.text);
    char *json = trend_json();
    cr_expect_not_null(strstr(json, looked), "%s", json);
    free(json);
    cr_assert_eq(mxs_store_run(store, "UPDATE run SET checks = 'mx,host,authority' WHERE id = 1;"
                                      "UPDATE run SET checks = 'mx,host,auth' WHERE id = 2", &detail), MXS_OK);
    json = trend_json();
    cr_expect_not_null(strstr(json, not_asked), "%s", json);
    cr_expect_not_null(strstr(json, routing), "%s", json);
    free(json);
}

/* As many domains as before, of one more: their share fell, and nothing got worse. */
Test(reports_trend, as_many_domains_as_before_are_neither_better_nor_worse)
{
    static const struct mxs_style style = {.width = 100};
    struct mxs_trend trend;
    mxs_out out;
    cr_assert_eq(mxs_store_run(store,
                               "UPDATE judgement SET last_run = 1 WHERE domain_id = 5;"
                               "INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id)"
                               " VALUES (5,1,2,NULL,9)", &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_trend_open(&trend, store, 0, NULL, &(struct mxs_trend_options){.top = 2}, &detail), MXS_OK);
    mxs_out_attach(&out, NULL);
    cr_assert_eq(mxs_trend_write(&trend, MXS_FORMAT_TEXT, &style, &out, &detail), MXS_OK);
    cr_expect_not_null(
        strstr(collected(&out), "have an effective backup                     40.0 %  as many as then\n"), "%s",
        collected(&out));
    cr_expect_not_null(strstr(collected(&out), "panel receiving  checks\n"), "%s", collected(&out));
    mxs_out_abandon(&out);
    mxs_trend_close(&trend);
}

Test(reports_trend, text_tells_how_the_newest_moved)
{
    static const struct mxs_style style = {.width = 100};
    struct mxs_trend trend;
    mxs_out out;
    cr_assert_eq(mxs_store_run(store, "UPDATE judgement SET verdict_id = 2 WHERE domain_id = 1 AND first_run = 2",
                               &detail),
                 MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_trend_open(&trend, store, 0, NULL, &(struct mxs_trend_options){.top = 12}, &detail), MXS_OK);
    mxs_out_attach(&out, NULL);
    cr_assert_eq(mxs_trend_write(&trend, MXS_FORMAT_TEXT, &style, &out, &detail), MXS_OK);
    cr_expect_not_null(strstr(collected(&out), "run 1   run 2  change\n"), "%s", collected(&out));
    cr_expect_not_null(strstr(collected(&out), "acme "), "%s", collected(&out));
    cr_expect_not_null(strstr(collected(&out), "   -25.0\n"), "a name of four left: %s", collected(&out));
    cr_expect_not_null(strstr(collected(&out), "     0.0\n"), "%s", collected(&out));
    cr_expect_not_null(
        strstr(collected(&out), "survive the loss of their provider           50.0 %  better, +25.0\n"), "%s",
        collected(&out));
    cr_expect_not_null(
        strstr(collected(&out), "can receive mail                             50.0 %  unchanged\n"), "%s",
        collected(&out));
    cr_expect_not_null(strstr(collected(&out), "16 other rows did not move"), "%s", collected(&out));
    cr_expect_null(strstr(collected(&out), "null_mx"), "which stood still: %s", collected(&out));
    mxs_out_abandon(&out);
    mxs_trend_close(&trend);
}

Test(reports_trend, text_and_csv_have_one_column_a_run)
{
    static const struct mxs_style style = {.width = 100};
    struct mxs_trend trend;
    cr_assert_eq(mxs_trend_open(&trend, store, 0, "default", &(struct mxs_trend_options){.last = 1, .top = 2}, &detail),
                 MXS_OK);
    for (int format = 0; format <= MXS_FORMAT_LATEX; format++) {
        mxs_out out;
        mxs_out_attach(&out, NULL);
        cr_assert_eq(mxs_trend_write(&trend, (enum mxs_format)format, &style, &out, &detail), MXS_OK);
        cr_expect_not_null(strstr(collected(&out), "run"));
        cr_expect_null(strstr(collected(&out), "run 1"));
        mxs_out_abandon(&out);
    }
    mxs_trend_close(&trend);
    cr_expect_eq(mxs_trend_open(&trend, store, 0, "nolist", &(struct mxs_trend_options){.top = 2}, &detail),
                 MXS_ERR_INPUT);
}

Test(reports_trend, pruning_clips_spans_and_sweeps_what_is_unused)
{
    struct mxs_prune_result result;
    const struct mxs_prune_options options = {.runs = 1};
    int64_t left = -1;
    cr_assert_eq(mxs_prune_run(store, &options, &result, &detail), MXS_OK, "%s", detail.text);
    cr_expect(result.forgotten == 1 && result.kept == 1);
    cr_assert_eq(
        mxs_query_one_int(store,
                          "SELECT min(first_run) FROM (SELECT first_run FROM domain_history WHERE list_id > 0 UNION ALL"
                          " SELECT first_run FROM host_history WHERE list_id > 0 UNION ALL SELECT first_run FROM"
                          " judgement)",
                          -1, &left, &detail),
        MXS_OK);
    cr_expect_eq(left, 2);
    cr_assert_eq(
        mxs_query_one_int(store, "SELECT max(list_id) FROM domain_history WHERE mx_set_id = 1", 0, &left, &detail),
        MXS_OK);
    cr_expect_lt(left, 0, "the set of run 1 only is of no run, and remembered for pools");
    cr_assert_eq(mxs_query_one_int(store,
                                   "SELECT count(*) FROM mx_entry WHERE set_id NOT IN (SELECT mx_set_id FROM"
                                   " domain_history WHERE mx_set_id IS NOT NULL)",
                                   -1, &left, &detail),
                 MXS_OK);
    cr_expect_eq(left, 0, "a set that nothing names is swept");
    cr_assert_eq(mxs_query_one_int(store, "SELECT count(*) FROM v_domain WHERE run_id = 2", -1, &left, &detail),
                 MXS_OK);
    cr_expect_eq(left, 9);
    cr_assert_eq(mxs_query_one_int(store, "SELECT ifnull(previous_run, 0) FROM run", -1, &left, &detail), MXS_OK);
    cr_expect_eq(left, 0);
    cr_assert_eq(mxs_prune_run(store, &options, &result, &detail), MXS_OK);
    cr_expect(result.forgotten == 0 && result.kept == 1, "a second time there is nothing to do");
}

Test(reports_trend, an_unfinished_run_holds_on_to_what_it_names)
{
    struct mxs_prune_result result;
    const struct mxs_prune_options options = {.runs = 1};
    int64_t left = -1;
    cr_assert_eq(
        mxs_store_run(
            store,
            "INSERT INTO run (id, list_id, state, stage, started_at, finished_at,"
            " active_ms, previous_run, input_digest, checks, shard, seed, options, versions, lines, accepted,"
            " rejected, duplicates, degraded, agreement_asked, agreement_same, datagrams, tcp_connections, forged)"
            " SELECT 3,1,'running','hosts',3000,NULL,0,2,input_digest,checks,shard,seed,options,"
            "versions,lines,accepted,rejected,duplicates,0,NULL,NULL,0,0,0 FROM run WHERE id = 2",
            &detail),
        MXS_OK);
    cr_assert_eq(mxs_prune_run(store, &options, &result, &detail), MXS_OK, "%s", detail.text);
    cr_expect(result.postponed && result.forgotten == 1);
    cr_assert_eq(mxs_query_one_int(store, "SELECT count(*) FROM mx_entry WHERE set_id = 1", -1, &left, &detail),
                 MXS_OK);
    cr_expect_eq(left, 2);
}

Test(reports_trend, lists_and_ages_are_kept_apart)
{
    struct mxs_prune_result result;
    cr_assert_eq(mxs_store_run(store, "INSERT INTO list (id, name) VALUES (2, 'other')", &detail), MXS_OK);
    const struct mxs_prune_options other = {.runs = 1, .list = "other"}, old = {.since = 1000},
                                   young = {.since = 99999};
    cr_assert_eq(mxs_prune_run(store, &other, &result, &detail), MXS_OK);
    cr_expect_eq(result.forgotten, 0);
    cr_assert_eq(mxs_prune_run(store, &old, &result, &detail), MXS_OK);
    cr_expect_eq(result.forgotten, 0);
    cr_assert_eq(mxs_prune_run(store, &young, &result, &detail), MXS_OK);
    cr_expect(result.forgotten == 1 && result.kept == 1, "the newest stays in any case");
}

Test(reports_trend, the_page_has_lines_and_tables_and_trusts_no_name)
{
    cr_assert_eq(
        mxs_store_run(
            store,
            "UPDATE provider SET name = '</td><svg onload=x>' WHERE name = 'acme'; UPDATE list SET name = '<script>x'",
            &detail),
        MXS_OK);
    char *page = trend_as(MXS_FORMAT_HTML);
    cr_expect_not_null(strstr(page, "<h2 id=\"runs-h\">The runs, and their population</h2>"));
    cr_expect_not_null(strstr(page, "Mailbox providers over the runs</h2>"), "%s", page);
    cr_expect_not_null(strstr(page, "&lt;/td&gt;&lt;svg onload=x&gt;"));
    cr_expect_not_null(strstr(page, "class=\"line series1\""));
    cr_expect_not_null(strstr(page, "</html>"));
    cr_expect_null(strstr(page, "<svg onload"));
    cr_expect_null(strstr(page, "<script>x"));
    free(page);
}

Test(reports_trend, a_page_without_a_panel_is_whole)
{
    cr_assert_eq(mxs_store_run(store, "UPDATE run SET degraded = 1", &detail), MXS_OK);
    char *page = trend_as(MXS_FORMAT_HTML);
    cr_expect_not_null(strstr(page, "the 0 names"), "%s", page);
    cr_expect_not_null(strstr(page, "</html>"));
    free(page);
}
