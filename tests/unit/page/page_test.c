#include "reports/page/page.h"
#include "tests/support/reports_world.h"

TestSuite(reports_page, .init = open_world, .fini = close_world);

static const char *page_of_run(mxs_out *out)
{
    struct mxs_snapshot snapshot;
    mxs_out_attach(out, NULL);
    cr_assert_eq(mxs_snapshot_open(&snapshot, store, &run, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_page_write(&snapshot, out, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(out->err, MXS_OK);
    mxs_snapshot_close(&snapshot);
    return collected(out);
}

static void expect_harmless(const char *text)
{
    cr_expect_null(strstr(text, "\033"));
    cr_expect_null(strstr(text, "\xE2\x80\xAE"));
    cr_expect_null(strstr(text, "<b>Add"));
    cr_expect_null(strstr(text, "cmd|<b>"));
    cr_expect_null(strstr(text, "style=\""));
    cr_expect_null(strstr(text, "http-equiv=\"refresh"));
}

Test(reports_page, hostile_texts_stay_texts)
{
    mxs_out out;
    cr_assert_eq(mxs_store_run(store,
                               "UPDATE list SET name = '</title><script>x</script>';"
                               "UPDATE provider SET name = '\"><svg onload=x>' WHERE id = 1;"
                               "UPDATE run SET options = '{\"<b>\":\"</td>\"}', versions = '{\"a\":\"<i>\"}'",
                               &detail),
                 MXS_OK);
    cr_assert_eq(mxs_run_find(store, 0, NULL, &run, &detail), MXS_OK);
    const char *text = page_of_run(&out);
    expect_harmless(text);
    cr_expect_null(strstr(text, "<svg onload"));
    cr_expect_null(strstr(text, "<script>x"));
    cr_expect_null(strstr(text, "<td></td></td>"));
    cr_expect_null(strstr(text, "<i>"));
    cr_expect_not_null(strstr(text, "&lt;svg onload=x&gt;"));
    mxs_out_abandon(&out);
}

Test(reports_page, a_finding_may_be_a_word_of_sql)
{
    mxs_out out;
    cr_assert_eq(mxs_store_run(store, "UPDATE finding SET name = 'index' WHERE code = 1", &detail), MXS_OK);
    cr_expect_not_null(strstr(page_of_run(&out), "AS &quot;index&quot;"));
    mxs_out_abandon(&out);
}

Test(reports_page, sections_that_have_nothing_to_tell_are_left_out)
{
    mxs_out out;
    const char *text = page_of_run(&out);
    cr_expect_not_null(strstr(text, "<section id=\"changes\""));
    cr_expect_null(strstr(text, "<section id=\"trend\""), "two runs are no trend");
    cr_expect_null(strstr(text, "href=\"#trend\""));
    mxs_out_abandon(&out);
    cr_assert_eq(mxs_run_find(store, 1, NULL, &run, &detail), MXS_OK);
    text = page_of_run(&out);
    cr_expect_null(strstr(text, "<section id=\"changes\""), "the first run has nothing before it");
    mxs_out_abandon(&out);
    cr_assert_eq(mxs_store_run(store, "UPDATE run SET checks = 'mx'", &detail), MXS_OK);
    cr_assert_eq(mxs_run_find(store, 0, NULL, &run, &detail), MXS_OK);
    text = page_of_run(&out);
    cr_expect_null(strstr(text, "<section id=\"networks\""));
    cr_expect_not_null(strstr(text, "Addresses were not asked"));
    cr_expect_not_null(strstr(text, "MX records; the addresses of MX hosts were not asked;"));
    cr_expect_null(strstr(text, "<dt>DANE"));
    mxs_out_abandon(&out);
}

Test(reports_page, sums_that_do_not_add_up_are_told)
{
    mxs_out out;
    cr_expect_null(strstr(page_of_run(&out), "do not add up"));
    mxs_out_abandon(&out);
    cr_assert_eq(mxs_store_run(store, "UPDATE run SET accepted = 8, degraded = 1", &detail), MXS_OK);
    cr_assert_eq(mxs_run_find(store, 0, NULL, &run, &detail), MXS_OK);
    const char *text = page_of_run(&out);
    cr_expect_not_null(strstr(text, "These sums do not add up"));
    cr_expect_not_null(strstr(text, "This run is degraded"));
    mxs_out_abandon(&out);
}

Test(reports_page, the_policy_names_what_may_run_and_nothing_else)
{
    mxs_out out;
    const char *text = page_of_run(&out);
    const char *policy = strstr(text, "Content-Security-Policy");
    cr_assert_not_null(policy);
    cr_expect_not_null(strstr(policy, "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"));
    cr_expect_not_null(strstr(policy, "; script-src 'sha256-"));
    cr_expect_null(strstr(text, "unsafe-inline"));
    cr_expect_null(strstr(text, "src=\""));
    mxs_out_abandon(&out);
}

Test(reports_page, sql_is_shown_as_it_can_be_pasted)
{
    mxs_out out;
    const char *text = page_of_run(&out);
    cr_expect_not_null(strstr(text, "FROM v_state WHERE run_id = 2 ORDER BY position;</code>"));
    cr_expect_null(strstr(text, "?1"));
    cr_expect_null(strstr(text, "?2"));
    mxs_out_abandon(&out);
}

Test(reports_page, a_long_text_is_cut_and_a_long_table_says_so)
{
    mxs_out out;
    cr_assert_eq(
        mxs_store_run(store,
                      "INSERT INTO run_note SELECT 2, value, 'pause', printf('%.*c', 5000, 'x') FROM"
                      " (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 100)"
                      " SELECT value FROM n)",
                      &detail),
        MXS_OK);
    const char *text = page_of_run(&out);
    cr_expect_not_null(strstr(text, "x\xE2\x80\xA6</td>"));
    cr_expect_not_null(strstr(text, "20 of 101 rows."));
    cr_expect_lt(out.used, 150000);
    mxs_out_abandon(&out);
}

Test(reports_page, policies_are_told_when_they_were_asked)
{
    mxs_out out;
    cr_assert_eq(mxs_store_run(store,
                               "INSERT INTO verdict_value SELECT v.id, m.id, CASE m.name WHEN 'spf' THEN v.id % 2 WHEN "
                               "'dmarc' THEN v.id % 4"
                               " WHEN 'mta_sts' THEN 1 WHEN 'dane' THEN 2 ELSE 0 END FROM verdict v JOIN measure m "
                               "WHERE v.id < 5 AND m.name IN"
                               " ('spf', 'dmarc', 'mta_sts', 'posture', 'dane')",
                               &detail),
                 MXS_OK, "%s", detail.text);
    const char *text = page_of_run(&out);
    cr_expect_null(strstr(text, "<section id=\"policies\""), "not asked in this run");
    mxs_out_abandon(&out);
    cr_assert_eq(mxs_store_run(store, "UPDATE run SET checks = 'mx,host,auth'", &detail), MXS_OK);
    cr_assert_eq(mxs_run_find(store, 0, NULL, &run, &detail), MXS_OK);
    text = page_of_run(&out);
    cr_expect_not_null(strstr(text, "<a href=\"#policies\">"));
    cr_expect_not_null(strstr(text, "DANE) was not asked."));
    cr_expect_not_null(strstr(text, "<dt>SPF</dt><dd>which servers may send for the domain."), "%s", text);
    cr_expect_not_null(strstr(text, "By mailbox provider"));
    mxs_out_abandon(&out);
    cr_assert_eq(mxs_store_run(store, "DELETE FROM verdict_value", &detail), MXS_OK);
    cr_expect_not_null(strstr(page_of_run(&out), "No policy is known."));
    mxs_out_abandon(&out);
}

Test(reports_page, the_database_of_networks_is_named)
{
    mxs_out out;
    cr_expect_null(strstr(page_of_run(&out), "networks, from"));
    mxs_out_abandon(&out);
    cr_assert_eq(
        mxs_store_run(
            store, "INSERT INTO run_note (run_id, at, kind, text) VALUES (2, 2000, 'asn_db', 'Test-<ASN>, 2026-11-01')",
            &detail),
        MXS_OK);
    cr_expect_not_null(strstr(page_of_run(&out), "<dt>networks, from</dt><dd>Test-&lt;ASN&gt;, 2026-11-01</dd>"));
    mxs_out_abandon(&out);
}

Test(reports_page, countries_are_shown_where_they_are_known)
{
    mxs_out out;
    cr_expect_null(strstr(page_of_run(&out), "Countries"));
    mxs_out_abandon(&out);
    cr_assert_eq(mxs_store_run(store, "UPDATE asn SET country = '<b>'", &detail), MXS_OK);
    count_world();
    const char *text = page_of_run(&out);
    cr_expect_not_null(strstr(text, "<h3>Countries</h3>"));
    cr_expect_not_null(strstr(text, "<td>&lt;b&gt;</td>"));
    expect_harmless(text);
    mxs_out_abandon(&out);
}
