#include "reports/record/explain.h"
#include "tests/support/reports_world.h"

TestSuite(reports_explain, .init = open_world, .fini = close_world);

static char *explained(const char *domain)
{
    static const struct mxs_style style = {0};
    mxs_out out;
    mxs_out_attach(&out, NULL);
    cr_assert_eq(mxs_explain_write(store, &run, domain, &style, &out, &detail), MXS_OK, "%s", detail.text);
    char *copy = strdup(collected(&out));
    mxs_out_abandon(&out);
    return copy;
}

Test(reports_explain, every_state_can_be_told)
{
    static const char *const names[] = {"-dash.example", "bare.example",   "broken.example",
                                        "gone.example",  "late.example",   "null.example",
                                        "own.example",   "silent.example", "swap.example"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *text = explained(names[i]);
        cr_expect_not_null(strstr(text, "\nState "), "%s", text);
        cr_expect_not_null(strstr(text, "\nHistory\n"), "%s", text);
        cr_expect_null(strchr(text, '\033'));
        cr_expect_null(strstr(text, "\xE2\x80\xAE"));
        free(text);
    }
}

Test(reports_explain, delivery_goes_tier_by_tier_with_the_rule)
{
    char *text = explained("SWAP.example.");
    cr_expect_not_null(
        strstr(text,
               "  1. preference 10, tier 1\n     mx2.a.example  A 20.1.2.1  AAAA nodata  - acme, by rule a.example\n"
               "  2. preference 20, tier 2\n     mx1.a.example  A 20.1.1.1  AAAA nodata  - acme, by rule a.example\n"),
        "%s", text);
    cr_expect_not_null(strstr(text, "mailbox: acme (mail hosting), confidence 90 %"));
    cr_expect_not_null(
        strstr(text, "  run 1 (1970-01-01 00:16:40 UTC): mx, 10 mx1.a.example, 20 mx2.a.example\n"), "%s",
        text);
    free(text);
}

Test(reports_explain, history_tells_only_what_differs)
{
    /* another verdict on the second night, of a policy say, with the same state and MX */
    cr_assert_eq(
        mxs_store_run(
            store,
            "UPDATE judgement SET last_run = 1 WHERE domain_id = 2;"
            "INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id) VALUES (2,1,2,NULL,1)",
            &detail),
        MXS_OK);
    char *text = explained("own.example");
    cr_expect_not_null(
        strstr(
            text,
            "\nHistory\n  since run 1 (1970-01-01 00:16:40 UTC): mx, 10 mail.own.example, 50 mx1.a.example\n"),
        "%s", text);
    free(text);
    /* a night that it was no part of stands between */
    cr_assert_eq(mxs_store_run(store,
                               "UPDATE judgement SET first_run = 4 WHERE domain_id = 2 AND first_run = 2; UPDATE "
                               "domain_history SET last_run = 1"
                               " WHERE domain_id = 2; INSERT INTO domain_history (domain_id, list_id, first_run, "
                               "outcome, mx_set_id) VALUES (2,1,4,0,3);"
                               "INSERT INTO run SELECT 4, list_id, state, stage, 4000, finished_at, active_ms, 2, "
                               "input_digest, checks, shard, seed,"
                               " options, versions, lines, accepted, rejected, duplicates, other_shard, degraded, "
                               "agreement_asked, agreement_same, datagrams,"
                               " tcp_connections, forged FROM run WHERE id = 2",
                               &detail),
                 MXS_OK);
    cr_assert_eq(mxs_run_find(store, 0, NULL, &run, &detail), MXS_OK);
    text = explained("own.example");
    cr_expect_not_null(
        strstr(text, "  run 1 (1970-01-01 00:16:40 UTC): mx, 10 mail.own.example, 50 mx1.a.example\n"
                     "  since run 4 (1970-01-01 01:06:40 UTC): mx, 10 mail.own.example, 50 mx1.a.example\n"),
        "%s", text);
    free(text);
}

Test(reports_explain, a_dead_mx_host_is_no_tier)
{
    char *text = explained("broken.example");
    cr_expect_not_null(strstr(text, "1. preference 10, no usable MX host\n     nowhere.example  A nxdomain  AAAA "
                                    "nxdomain  (its registrable domain: nxdomain)"),
                       "%s", text);
    free(text);
}

Test(reports_explain, what_receives_nothing_is_not_called_unknown)
{
    char *text = explained("broken.example");
    cr_expect_not_null(strstr(text, "\nRedundancy\n  MX hosts: 1, usable: 0, tiers: 0\n  nothing more to grade: no"
                                    " mail can be delivered\n"), "%s", text);
    cr_expect_null(strstr(text, "unknown"), "%s", text);
    free(text);
}

Test(reports_explain, a_name_that_is_not_there_has_a_sentence)
{
    static const struct mxs_style style = {0};
    mxs_out out;
    mxs_out_attach(&out, NULL);
    cr_expect_eq(mxs_explain_write(store, &run, "nix.example", &style, &out, &detail), MXS_ERR_INPUT);
    cr_expect_not_null(strstr(detail.text, "does not hold nix.example"), "%s", detail.text);
    cr_expect_eq(mxs_explain_write(store, &run, "m\xc3\xbcnchen.example", &style, &out, &detail), MXS_ERR_INPUT);
    cr_expect_not_null(strstr(detail.text, "A-labels"), "%s", detail.text);
    mxs_out_abandon(&out);
}

static const char *refusal(const char *domain)
{
    static const struct mxs_style style = {0};
    mxs_out out;
    mxs_out_attach(&out, NULL);
    cr_expect_eq(mxs_explain_write(store, &run, domain, &style, &out, &detail), MXS_ERR_INPUT);
    mxs_out_abandon(&out);
    return detail.text;
}

Test(reports_explain, a_name_that_is_not_there_is_followed_by_what_was_meant)
{
    cr_expect_str_eq(refusal("swpa.example"),
                     "run 2 of list default does not hold swpa.example; did you mean swap.example?");
    cr_expect_str_eq(refusal("www.null.example"),
                     "run 2 of list default does not hold www.null.example; did you mean null.example?");
    cr_expect_str_eq(refusal("elsewhere.example"), "run 2 of list default does not hold elsewhere.example; `mxsurvey "
                                                   "lookup elsewhere.example` asks the DNS about it now");
    cr_assert_eq(mxs_store_run(store, "UPDATE domain_history SET last_run = 1 WHERE domain_id = 5", &detail), MXS_OK);
    cr_expect_str_eq(refusal("broken.example"),
                     "run 2 of list default does not hold broken.example; run 1 does (--run 1)");
}

Test(reports_explain, lines_keep_to_the_width_and_backups_are_told_in_words)
{
    static const struct mxs_style narrow = {.width = 50};
    mxs_out out;
    cr_assert_eq(mxs_store_run(
                     store,
                     "UPDATE verdict SET backup = 2, single_point = 4 WHERE id = 1;"
                     "UPDATE run SET checks = 'mx,host,auth';"
                     "UPDATE rule SET source = 'https://a.example/a', date = '2026-01-02';"
                     "INSERT INTO policy (id, digest, content, unsettled) VALUES (1, 1, x'01', 0);"
                     "INSERT INTO policy_text (policy_id, column_id, text, json) VALUES (1, 0, 'v=spf1', json_object("
                     "'record', 'v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 include:a.example -all', 'result', 'ok', 'reason',"
                     " 'ok', 'lookups', 1, 'voids', 0));"
                     "INSERT INTO policy_history (domain_id, list_id, first_run, policy_id, secure) VALUES (1,1,1,1,0)",
                     &detail),
                 MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_run_find(store, 0, NULL, &run, &detail), MXS_OK);
    mxs_out_attach(&out, NULL);
    cr_assert_eq(mxs_explain_write(store, &run, "swap.example", &narrow, &out, &detail), MXS_OK, "%s", detail.text);
    char *text = strdup(collected(&out));
    mxs_out_abandon(&out);
    for (const char *at = text; *at != '\0'; at += *at == '\n') {
        size_t size = strcspn(at, "\n");
        cr_expect_leq(size, 50, "%.120s", at);
        at += size;
    }
    cr_expect_not_null(strstr(text, "  SPF: v=spf1 ip4:192.0.2.1 ip4:192.0.2.2\n      include:a.example -all\n"),
        "%s", text);
    cr_expect_not_null(strstr(text, "backup: ineffective (same address)"), "%s", text);
    cr_expect_not_null(strstr(text, "single point of failure: network (AS)\n"), "%s", text);
    cr_expect_null(strstr(text, "decorative"), "%s", text);
    free(text);
}
