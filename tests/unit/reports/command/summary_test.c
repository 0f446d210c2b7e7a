#include "reports/command/summary.h"
#include "tests/support/reports_world.h"

TestSuite(reports_summary, .init = open_world, .fini = close_world);

static const char *told(mxs_out *out, const char *name, enum mxs_format format)
{
    static const struct mxs_style style = {.width = 100};
    struct mxs_snapshot snapshot;
    mxs_out_attach(out, NULL);
    cr_assert_eq(mxs_snapshot_open(&snapshot, store, &run, &detail), MXS_OK, "%s", detail.text);
    enum mxs_err err =
        name == NULL ? mxs_summary_write(&snapshot, format, &style, out, &detail)
                     : mxs_summary_write_table(&snapshot, mxs_catalog_find(name), 0, format, &style, out, &detail);
    cr_assert_eq(err, MXS_OK, "%s: %s", name, detail.text);
    cr_assert_eq(out->err, MXS_OK);
    mxs_snapshot_close(&snapshot);
    return collected(out);
}

Test(reports_summary, every_table_in_every_format)
{
    for (size_t i = 0; i < mxs_catalog_count; i++)
        for (int format = 0; format < MXS_FORMAT_COUNT; format++) {
            mxs_out out;
            const char *text = told(&out, mxs_catalog[i].name, (enum mxs_format)format);
            cr_expect(text[0] != 0 || format == MXS_FORMAT_PROMETHEUS);
            cr_expect_null(strchr(text, '\033'), "%s as %s", mxs_catalog[i].name, mxs_format_names[format]);
            cr_expect_null(strstr(text, "\xE2\x80\xAE"), "%s as %s", mxs_catalog[i].name, mxs_format_names[format]);
            if (format == MXS_FORMAT_MARKDOWN)
                cr_expect_null(strstr(text, "<b>"), "%s", mxs_catalog[i].name);
            mxs_out_abandon(&out);
        }
}

Test(reports_summary, the_accounting_is_in_the_json)
{
    mxs_out out;
    const char *text = told(&out, NULL, MXS_FORMAT_JSON);
    cr_expect_not_null(
        strstr(text, "\"accounting\":{\"lines\":11,\"accepted\":9,\"rejected\":1,\"duplicate\":1,\"receiving\":4,"
                     "\"states\":{\"mx\":3,\"implicit_mx\":1,\"null_mx\":1,\"null_mx_invalid\":0,\"no_mail\":1,"
                     "\"nxdomain\":1,\"broken\":1,\"undetermined\":1},\"hosts_checked\":true,\"other_shard\":0,"
                     "\"excluded\":null}"), /* its reject is not stored */
        "%s", text);
    cr_expect_not_null(strstr(text, "{\"role\":\"mailbox\",\"id\":\"self\",\"domains\":2,\"share\":0.5,"), "%s", text);
    cr_expect_not_null(strstr(text, "\"versions\":null"), "what is not JSON is not nested");
    mxs_out_abandon(&out);
}

Test(reports_summary, policies_are_in_the_json_when_they_were_asked)
{
    mxs_out out;
    cr_assert_eq(mxs_store_run(store, "INSERT INTO verdict_value SELECT id, 0, 0 FROM verdict WHERE id < 5", &detail),
                 MXS_OK);
    cr_expect_not_null(strstr(told(&out, NULL, MXS_FORMAT_JSON), ",\n\"policies\":[],"));
    mxs_out_abandon(&out);
    cr_assert_eq(mxs_store_run(store, "UPDATE run SET checks = 'mx,auth'", &detail), MXS_OK);
    cr_assert_eq(mxs_run_find(store, 0, NULL, &run, &detail), MXS_OK);
    const char *text = told(&out, NULL, MXS_FORMAT_JSON);
    cr_expect_not_null(strstr(text, "{\"measure\":\"SPF\",\"value\":\"valid\",\"domains\":4,\"share\":1,\"known\":4,"
                                    "\"unknown\":4}"), /* the ninth name does not exist */
                       "%s", text);
    mxs_out_abandon(&out);
}

Test(reports_summary, a_share_says_of_what)
{
    mxs_out out;
    const char *text = told(&out, "providers", MXS_FORMAT_TEXT);
    cr_expect_not_null(
        strstr(text, "share: of the 4 domains that can receive mail (mx, implicit_mx); share of all: of all 9 names"));
    mxs_out_abandon(&out);
}

Test(reports_summary, sums_that_do_not_add_up_are_told)
{
    mxs_out out;
    cr_assert_eq(mxs_store_run(store, "UPDATE run SET accepted = 8", &detail), MXS_OK);
    cr_expect_not_null(strstr(told(&out, NULL, MXS_FORMAT_TEXT), "DOES NOT ADD UP"));
    mxs_out_abandon(&out);
}

Test(reports_summary, an_empty_run_has_a_report)
{
    cr_assert_eq(mxs_store_run(
                     store, "DELETE FROM domain_history; DELETE FROM judgement; UPDATE run SET accepted = 0, lines = 2",
                     &detail),
                 MXS_OK);
    for (int format = 0; format < MXS_FORMAT_COUNT; format++) {
        mxs_out out;
        cr_expect(told(&out, NULL, (enum mxs_format)format)[0] != '\0');
        mxs_out_abandon(&out);
    }
}

Test(reports_summary, the_frame_leaves_nothing_behind)
{
    static const char count[] = "SELECT count(*) FROM sqlite_temp_schema";
    mxs_out out;
    int64_t before = -1, left = -1; /* before: what counting the world has put down */
    cr_assert_eq(mxs_query_one_int(store, count, -1, &before, &detail), MXS_OK);
    told(&out, "impact", MXS_FORMAT_CSV);
    mxs_out_abandon(&out);
    cr_assert_eq(mxs_query_one_int(store, count, -1, &left, &detail), MXS_OK);
    cr_expect_eq(left, before);
}

Test(reports_summary, no_run_and_an_unfinished_run_have_a_sentence)
{
    struct mxs_run none;
    cr_expect_eq(mxs_run_find(store, 7, NULL, &none, &detail), MXS_ERR_INPUT);
    cr_expect_not_null(strstr(detail.text, "there is no run 7"));
    cr_expect_eq(mxs_run_find(store, 0, "other", &none, &detail), MXS_ERR_INPUT);
    cr_assert_eq(mxs_store_run(store, "UPDATE run SET state = 'running'", &detail), MXS_OK);
    cr_expect_eq(mxs_run_find(store, 0, NULL, &none, &detail), MXS_ERR_INPUT);
    cr_expect_not_null(strstr(detail.text, "run 2 of list default is unfinished"), "%s", detail.text);
}

Test(reports_summary, what_a_resolver_was_asked_is_the_sum_of_what_became_of_it)
{
    mxs_out out;
    const char *text = told(&out, "resolvers", MXS_FORMAT_JSON);
    cr_expect_not_null(strstr(text, "\"unreachable\":null,\"unawaited\":null"), "%s", text);
    mxs_out_abandon(&out);
    alter("UPDATE run_resolver SET asked = 23, unreachable = 1");
    text = told(&out, "resolvers", MXS_FORMAT_JSON);
    cr_expect_not_null(strstr(text, "\"asked\":23,\"answers\":19,\"timeouts\":1,"), "%s", text);
    cr_expect_not_null(strstr(text, "\"unreachable\":1,\"unawaited\":2"), "%s", text);
    mxs_out_abandon(&out);
}

/* A provider may hold mailboxes behind the MX hosts of others, which go on taking the mail: reports/data/outage.h. */
Test(reports_summary, what_fails_in_the_first_sentences_are_mx_hosts)
{
    mxs_out out;
    const char *text = told(&out, NULL, MXS_FORMAT_TEXT);
    cr_expect_not_null(strstr(text, "; if the MX hosts of acme fail, 1 domain\nreceives no mail (25.0 %)."), "%s",
                       text);
    mxs_out_abandon(&out);
}
