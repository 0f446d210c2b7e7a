#include "reports/record/export.h"
#include "tests/support/reports_world.h"

#include <sqlite3.h>

#include "base/utf8.h"

TestSuite(reports_export, .init = open_world, .fini = close_world);

static const char *exported(mxs_out *out, const struct mxs_export_options *options)
{
    mxs_out_attach(out, NULL);
    cr_assert_eq(mxs_export_write(store, &run, options, out, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(out->err, MXS_OK);
    return collected(out);
}

Test(reports_export, the_record_is_what_was_promised)
{
    mxs_out out;
    const struct mxs_export_options options = {.form = MXS_RECORD_JSON};
    const char *text = exported(&out, &options);
    cr_expect_not_null(
        strstr(
            text,
            "{\"domain\":\"swap.example\",\"state\":\"mx\",\"mx\":[{\"preference\":10,\"host\":\"mx2.a.example\",\"ttl_"
            "s\":3600,\"alias\":null,"
            "\"usable\":true,\"a\":{\"outcome\":\"answered\",\"addresses\":[\"20.1.2.1\"]},\"aaaa\":{\"outcome\":"
            "\"nodata\",\"addresses\":[]},"
            "\"provider\":\"acme\",\"smtp\":null},{\"preference\":20,\"host\":\"mx1.a.example\",\"ttl_s\":3600,"
            "\"alias\":null,\"usable\":true,"
            "\"a\":{\"outcome\":\"answered\",\"addresses\":[\"20.1.1.1\"]},\"aaaa\":{\"outcome\":\"nodata\","
            "\"addresses\":[]},\"provider\":\"acme\",\"smtp\":null}],"
            "\"mx_outcome\":\"answered\",\"provider\":{\"gateway\":null,\"mailbox\":\"acme\",\"mailboxes\":[[\"acme\","
            "1.0]],\"backup\":[],"
            "\"confidence\":0.9,\"evidence\":[{\"kind\":\"mx\",\"rule\":\"a.example\",\"value\":\"mx2.a.example\"}]},"
            "\"redundancy\":{\"hosts\":2,\"usable\":2,\"tiers\":2,\"load_sharing\":false,\"multihomed\":false,"
            "\"backup\":\"effective\","
            "\"addresses\":2,\"prefixes\":2,\"asns\":1,\"providers\":1,\"single_point\":\"asn\",\"survives_provider\":"
            "false},\"findings\":[\"no_ipv6\"],"
            "\"auth\":{\"spf\":null,\"dmarc\":null,\"dkim\":null},\"transport\":{\"mta_sts\":null,\"tls_rpt\":null,"
            "\"tlsa\":null},\"unsettled\":[],\"facets\":{},"
            "\"measured\":{\"resolver\":\"127.0.0.1:53\",\"attempts\":1,\"rtt_us\":812,\"asked_at\":2003,\"ede\":null,"
            "\"stale\":false}}\n"),
        "%s", text);
    mxs_out_abandon(&out);
}

Test(reports_export, a_null_mx_has_two_members)
{
    mxs_out out;
    const struct mxs_export_options options = {.state = "null_mx"};
    const char *text = exported(&out, &options);
    cr_expect_not_null(
        strstr(text, "\"state\":\"null_mx\",\"mx\":[{\"preference\":0,\"host\":\"\"}],\"mx_outcome\":\"answered\""));
    cr_expect_not_null(strstr(text, "\"mailboxes\":[],\"backup\":[],\"confidence\":null,\"evidence\":[]"));
    mxs_out_abandon(&out);
}

Test(reports_export, an_mx_host_under_the_own_name_is_self)
{
    mxs_out out;
    const struct mxs_export_options options = {0};
    const char *text = exported(&out, &options);
    const char *own = strstr(text, "{\"domain\":\"own.example\"");
    cr_assert_not_null(own);
    cr_expect_not_null(strstr(own, "\"provider\":\"self\",\"smtp\":null},{\"preference\":50"));
    cr_expect_not_null(strstr(own, "\"evidence\":[{\"kind\":\"mx\",\"rule\":null,\"value\":\"mail.own.example\"}]"));
    cr_expect_not_null(strstr(own, "\"backup\":[\"acme\"]"));
    cr_expect_not_null(strstr(own, "\"ttl_s\":null"), "an unknown TTL is null");
    mxs_out_abandon(&out);
}

Test(reports_export, every_name_once_and_in_order)
{
    mxs_out out;
    const struct mxs_export_options options = {.names_only = true};
    cr_expect_str_eq(exported(&out, &options),
                     "-dash.example\nbare.example\nbroken.example\ngone.example\nlate.example\nnull.example\n"
                     "own.example\nsilent.example\nswap.example\n");
    mxs_out_abandon(&out);
}

Test(reports_export, an_older_run_is_told_as_it_was)
{
    mxs_out out;
    const struct mxs_export_options options = {.content_only = true};
    cr_assert_eq(mxs_run_find(store, 1, NULL, &run, &detail), MXS_OK);
    const char *text = exported(&out, &options);
    cr_expect_not_null(strstr(text, "{\"domain\":\"late.example\",\"state\":\"mx\",\"mx\":[{\"preference\":10,\"host\":"
                                    "\"mx1.a.example\",\"alias\":"));
    cr_expect_null(strstr(text, "ttl_s"));
    cr_expect_null(strstr(text, "measured"));
    cr_expect_null(strstr(text, "undetermined"));
    mxs_out_abandon(&out);
}

Test(reports_export, without_the_host_check_addresses_are_null)
{
    mxs_out out;
    const struct mxs_export_options options = {.content_only = true};
    cr_assert_eq(mxs_store_run(store, "UPDATE run SET checks = 'mx'; DELETE FROM host_history", &detail), MXS_OK);
    cr_assert_eq(mxs_run_find(store, 0, NULL, &run, &detail), MXS_OK);
    const char *text = exported(&out, &options);
    cr_expect_not_null(strstr(text, "\"host\":\"mx2.a.example\",\"alias\":null,\"usable\":null,\"a\":null,\"aaaa\":"
                                    "null,\"provider\":\"acme\",\"smtp\":null}"));
    mxs_out_abandon(&out);
}

Test(reports_export, csv_has_one_width_and_no_formula)
{
    mxs_out out;
    const struct mxs_export_options options = {.form = MXS_RECORD_CSV};
    const char *text = exported(&out, &options);
    cr_expect_not_null(strstr(text, "\n'-dash.example,mx,\"10 =cmd|<b>\\027[2J.example\","));
    cr_expect_not_null(strstr(text, "\nswap.example,mx,\"10 mx2.a.example;20 mx1.a.example\",\"3600;3600\","));
    cr_expect_not_null(strstr(text, "\nnull.example,null_mx,\"0 .\",,"));
    size_t width = 0;
    for (const char *line = text; *line != '\0';) {
        size_t cells = 1;
        bool quoted = false;
        for (; *line != '\n' || quoted; line++) {
            cr_assert(*line != '\0');
            quoted ^= *line == '"';
            cells += *line == ',' && !quoted;
        }
        line++;
        cr_expect(width == 0 || width == cells, "%zu cells, not %zu", cells, width);
        width = cells;
    }
    mxs_out_abandon(&out);
}

Test(reports_export, filters_and_their_mistakes)
{
    mxs_out out;
    struct mxs_export_options options = {.finding = "single_host", .names_only = true};
    cr_expect_str_eq(exported(&out, &options), "-dash.example\nbare.example\n");
    mxs_out_abandon(&out);
    options.finding = "singel_host";
    mxs_out_attach(&out, NULL);
    cr_expect_eq(mxs_export_write(store, &run, &options, &out, &detail), MXS_ERR_INPUT);
    cr_expect_not_null(strstr(detail.text, "did you mean 'single_host'?"), "%s", detail.text);
    mxs_out_abandon(&out);
}

Test(reports_export, ids_that_lead_nowhere_do_no_harm)
{
    mxs_out out;
    const struct mxs_export_options options = {0};
    cr_assert_eq(
        mxs_store_run(store,
                      "UPDATE domain_history SET mx_set_id = 999 WHERE domain_id = 1; DELETE FROM provider;"
                      "DELETE FROM address WHERE id = 1; UPDATE judgement SET verdict_id = 12345 WHERE domain_id = 2;"
                      "UPDATE measurement SET rows = x'0001024D01AC0603911C'; DELETE FROM host WHERE id = 5;",
                      &detail),
        MXS_OK);
    const char *text = exported(&out, &options);
    cr_expect_not_null(strstr(text, "swap.example"));
    mxs_out_abandon(&out);
}

Test(reports_export, json_that_stands_in_the_database_is_looked_at)
{
    mxs_out out;
    const struct mxs_export_options options = {.form = MXS_RECORD_JSON};
    static const char *const stored[] = {"'\"\"'", "char(27) || '[2J'", "'{\"a\":1}'", "'[1'",
                                         "'[\"' || char(127) || char(155) || '\",' || char(10) || '2]'"};
    for (size_t i = 0; i < sizeof stored / sizeof *stored; i++) {
        char sql[512];
        snprintf(sql, sizeof sql,
                 "INSERT OR REPLACE INTO policy (id, digest, content, unsettled) VALUES (1, 1, x'01', 0);"
                 "UPDATE run SET checks = 'mx,auth,transport'; INSERT OR REPLACE INTO policy_text SELECT 1, id, NULL, "
                 "%s FROM policy_column;"
                 "INSERT OR REPLACE INTO policy_history SELECT id, %lld, 1, NULL, 1, 0 FROM domain",
                 stored[i], (long long)run.list_id);
        cr_assert_eq(mxs_store_run(store, sql, &detail), MXS_OK, "%s", detail.text);
        run.policies_asked = true;
        for (const char *at = exported(&out, &options), *end; *at != 0; at = end + 1) {
            end = strchr(at, '\n');
            cr_assert_not_null(end);
            int64_t valid;
            char *query = sqlite3_mprintf("SELECT json_valid(%.*Q)", (int)(end - at), at);
            cr_assert_eq(mxs_query_one_int(store, query, 0, &valid, &detail), MXS_OK);
            sqlite3_free(query);
            cr_expect_eq(valid, 1, "%s: %.*s", stored[i], (int)(end - at), at);
            for (const char *c = at; c < end; c++)
                cr_expect_not(mxs_utf8_steers_at(c), "%s: %.*s", stored[i], (int)(end - at), at);
        }
        mxs_out_abandon(&out);
    }
}

/* A check that came after the list of columns: its member is told as the database has it, in both forms. */
Test(reports_export, a_member_nobody_described_is_told)
{
    mxs_out out;
    cr_assert_eq(mxs_store_run(store,
                               "INSERT INTO policy_column VALUES (40,'new','new','newer',0,'null','no new','record',1);"
                               "INSERT INTO policy VALUES (1,1,x'01',0); INSERT INTO policy_history SELECT "
                               "id,1,1,NULL,1,0 FROM domain WHERE id < 3;"
                               "INSERT INTO policy_text VALUES (1,40,'a','{\"record\":\"a, b\",\"n\":[1]}'); UPDATE "
                               "run SET checks = 'mx,newer'",
                               &detail),
                 MXS_OK, "%s", detail.text);
    const struct mxs_export_options json = {.form = MXS_RECORD_JSON, .content_only = true},
                                    csv = {.form = MXS_RECORD_CSV, .content_only = true};
    const char *text = exported(&out, &json);
    cr_expect_not_null(strstr(text, ",\"new\":{\"record\":\"a, b\",\"n\":[1]},"), "%s", text);
    cr_expect_not_null(strstr(text, ",\"new\":null,"));
    mxs_out_abandon(&out);
    text = exported(&out, &csv);
    cr_expect_not_null(strstr(text, "transport.tlsa,new,unsettled\n"), "%s", text);
    cr_expect_not_null(strstr(text, ",\"a, b\",\n"), "%s", text);
    mxs_out_abandon(&out);
}
