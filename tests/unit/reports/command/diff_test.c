#include "reports/command/internal/diff_text.h"
#include "tests/support/reports_world.h"

TestSuite(reports_diff, .init = open_world, .fini = close_world);

/* The changes of a domain as "kind|old|new" lines; NULL: of all. */
static char *changes_of(const char *domain, const struct mxs_diff_options *options, enum mxs_format format)
{
    static const struct mxs_diff_options all = {0};
    static const struct mxs_style style = {.width = 120};
    struct mxs_run from, to;
    struct mxs_diff diff;
    mxs_out out;
    mxs_out_attach(&out, NULL);
    cr_assert_eq(mxs_diff_runs(store, 0, 0, NULL, &from, &to, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_diff_open(&diff, store, &from, &to, options != NULL ? options : &all, &detail), MXS_OK, "%s",
                 detail.text);
    for (size_t row = 0; format == MXS_FORMAT_COUNT && row < diff.changes.row_count; row++) {
        if (domain != NULL && strcmp(mxs_table_at(&diff.changes, row, MXS_DIFF_DOMAIN)->text, domain) != 0)
            continue;
        for (int i = domain == NULL ? MXS_DIFF_DOMAIN : MXS_DIFF_KIND; i <= MXS_DIFF_NEW; i++) {
            mxs_out_text(&out, mxs_table_at(&diff.changes, row, (size_t)i)->text);
            mxs_out_text(&out, i == MXS_DIFF_NEW ? "\n" : "|");
        }
    }
    if (format != MXS_FORMAT_COUNT)
        cr_assert_eq(mxs_diff_write(&diff, format, &style, &out, &detail), MXS_OK);
    mxs_diff_close(&diff);
    char *copy = strdup(collected(&out));
    mxs_out_abandon(&out);
    return copy;
}

static void expect_changes(const char *domain, const char *expected)
{
    char *found = changes_of(domain, NULL, MXS_FORMAT_COUNT);
    cr_expect_str_eq(found, expected, "%s: %s", domain != NULL ? domain : "all", found);
    free(found);
}

Test(reports_diff, a_pure_preference_swap_is_seen_and_nothing_else)
{
    expect_changes(
        NULL, "swap.example|preference_swap|10 mx1.a.example, 20 mx2.a.example|10 mx2.a.example, 20 mx1.a.example\n");
}

Test(reports_diff, renumbering_is_no_change)
{
    alter("INSERT INTO mx_entry (set_id, preference, host_id)"
          " VALUES (7,5,1),(7,50,2); UPDATE domain_history SET mx_set_id = 7 WHERE domain_id = 1 AND first_run = 2");
    expect_changes(NULL, "");
}

Test(reports_diff, becoming_equal_is_no_swap)
{
    alter("INSERT INTO mx_entry (set_id, preference, host_id)"
          " VALUES (7,10,1),(7,10,2); UPDATE domain_history SET mx_set_id = 7 WHERE domain_id = 1 AND first_run = 2");
    expect_changes("swap.example", "");
}

Test(reports_diff, only_settled_is_compared_with_settled)
{
    expect_changes("late.example", "");
    alter("UPDATE judgement SET verdict_id = 8 WHERE domain_id = 1 AND first_run = 1");
    expect_changes("swap.example", "");
    char *json = changes_of(NULL, NULL, MXS_FORMAT_JSON);
    cr_expect_not_null(strstr(json, "\"became_undetermined\":1}"), "%s", json);
    cr_expect_not_null(
        strstr(
            json,
            "\"became_undetermined\":[\n{\"domain\":\"late.example\",\"kind\":\"became_undetermined\",\"old\":\"mx\","
            "\"new\":\"undetermined\",\"from_at\":1000,\"to_at\":2000,\"undetermined_since\":null}]"),
        "%s", json);
    free(json);
}

Test(reports_diff, hosts_come_and_go)
{
    alter("UPDATE domain_history SET mx_set_id = 3 WHERE domain_id = 1 AND first_run = 2");
    expect_changes("swap.example", "host_removed|mx2.a.example|\nhost_added||mail.own.example\n");
}

Test(reports_diff, a_lost_domain_lost_its_hosts_too)
{
    alter("UPDATE domain_history SET mx_set_id = NULL, outcome = 2 WHERE domain_id = 1 AND first_run = 2;"
          "UPDATE judgement SET verdict_id = 6 WHERE domain_id = 1 AND first_run = 2");
    expect_changes(
        "swap.example",
        "receives_no_more|mx|nxdomain\nstate_changed|mx|nxdomain\nhost_removed|mx1.a.example, mx2.a.example|\n");
}

Test(reports_diff, a_migration_names_both_providers)
{
    alter("UPDATE domain_history SET mx_set_id = 3 WHERE domain_id = 1 AND first_run = 2;"
          "UPDATE judgement SET verdict_id = 2 WHERE domain_id = 1 AND first_run = 2");
    expect_changes("swap.example",
                   "provider_migrated|acme|self\nhost_removed|mx2.a.example|\nhost_added||mail.own.example\n");
    const struct mxs_diff_options acme = {.provider = "acme"}, other = {.provider = "acm"}, tld = {.tld = "test"},
                               kind = {.kinds = 1u << MXS_CHANGE_PROVIDER_MIGRATED};
    char *found = changes_of(NULL, &acme, MXS_FORMAT_COUNT);
    cr_expect_not_null(strstr(found, "swap.example|provider_migrated"));
    free(found);
    found = changes_of(NULL, &other, MXS_FORMAT_COUNT);
    cr_expect_str_eq(found, "");
    free(found);
    found = changes_of(NULL, &tld, MXS_FORMAT_COUNT);
    cr_expect_str_eq(found, "");
    free(found);
    found = changes_of(NULL, &kind, MXS_FORMAT_COUNT);
    cr_expect_str_eq(found, "swap.example|provider_migrated|acme|self\n");
    free(found);
    found = changes_of(NULL, NULL, MXS_FORMAT_TEXT);
    cr_expect_not_null(strstr(found, ": 1 from acme to Self-hosted"), "%s", found);
    free(found);
    found = changes_of(NULL, &tld, MXS_FORMAT_TEXT);
    cr_expect_not_null(strstr(found, "\nNothing of what was asked for changed.\n"), "elsewhere something did: %s",
                       found);
    free(found);
}

Test(reports_diff, a_filter_given_up_is_no_loss_of_the_mailbox_behind_it)
{
    alter("INSERT INTO provider (id, name) VALUES (5, 'sieve'); INSERT INTO verdict_label VALUES (9,0,0,5,10000,90);"
          "UPDATE verdict_label SET provider_id = 1 WHERE verdict_id = 9 AND role = 1;"
          "UPDATE judgement SET verdict_id = 9 WHERE domain_id = 1 AND first_run = 1");
    char *json = changes_of(NULL, NULL, MXS_FORMAT_JSON);
    cr_expect_not_null(
        strstr(json, "\"migrations\":[\n{\"from\":\"acme behind sieve\",\"to\":\"acme\",\"domains\":1}]"), "%s", json);
    cr_expect_not_null(strstr(json, "\"flows\":[\n{\"provider\":\"sieve\",\"gained\":0,\"lost\":1,\"net\":-1}]"), "%s",
                       json);
    free(json);
}

/* Two nights of policies: the column of domain 2 that is another on the second night, and what both runs asked. */
static void alter_policies(const char *checks, const char *column, const char *old, const char *new)
{
    char sql[1600];
    snprintf(
        sql, sizeof sql,
        "UPDATE run SET checks = '%s';"
        "INSERT INTO policy (id, digest, content, unsettled) VALUES (1,1,x'01',0),(2,2,x'02',0);"
        "INSERT INTO policy_text (policy_id, column_id, text) SELECT p.id, c.id, CASE c.name WHEN 'spf' THEN 'v=spf1 "
        "-all' WHEN 'dmarc' THEN"
        " 'v=DMARC1; p=none' ELSE 'v=STSv1; id=1' END FROM policy p JOIN policy_column c WHERE c.name IN ('spf', "
        "'dmarc', 'mta_sts');"
        "UPDATE policy_text SET text = CASE policy_id WHEN 1 THEN %s ELSE %s END WHERE column_id = (SELECT id FROM "
        "policy_column WHERE name = '%s');"
        "INSERT INTO policy_history (domain_id, list_id, first_run, last_run, policy_id, secure) VALUES (2,1,1,1,1,0),"
        "(2,1,2,NULL,2,0)",
        checks, old, new, column);
    alter(sql);
}

Test(reports_diff, a_policy_that_changed_is_told_without_the_others)
{
    alter_policies("mx,host,auth,transport", "dmarc", "'v=DMARC1; p=none'", "'v=DMARC1; p=reject'");
    expect_changes("own.example", "policy_changed|v=DMARC1; p=none|v=DMARC1; p=reject\n");
    alter("DELETE FROM policy_text WHERE policy_id = 2 AND column_id = 4");
    expect_changes("own.example", "policy_changed|v=DMARC1; p=none; v=STSv1; id=1|v=DMARC1; p=reject; no MTA-STS\n");
    struct mxs_query query;
    mxs_query_open(&query, store,
                   "SELECT old || '|' || new FROM v_change WHERE run_id = 2 AND kind = 'policy_changed'");
    cr_assert(mxs_query_next(&query));
    cr_expect_str_eq(mxs_query_column_text(&query, 0, NULL),
                     "v=DMARC1; p=none; v=STSv1; id=1|v=DMARC1; p=reject; no MTA-STS");
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK);
    alter("UPDATE policy SET unsettled = 1 WHERE id = 2");
    expect_changes("own.example", "");
}

Test(reports_diff, a_label_by_other_checks_is_no_migration)
{
    alter("UPDATE judgement SET verdict_id = 2 WHERE domain_id = 1 AND first_run = 2; UPDATE judgement SET last_run = "
          "1 WHERE domain_id = 5;"
          "INSERT INTO judgement (domain_id, list_id, first_run, verdict_id) VALUES (5,1,2,2); UPDATE run SET checks = "
          "'mx' WHERE id = 2");
    expect_changes(
        NULL, "swap.example|preference_swap|10 mx1.a.example, 20 mx2.a.example|10 mx2.a.example, 20 mx1.a.example\n");
    int64_t told = -1;
    cr_assert_eq(mxs_query_one_int(store,
                                   "SELECT count(*) FROM v_change WHERE kind IN ('provider_migrated', 'state_changed')",
                                   -1, &told, &detail),
                 MXS_OK, "%s", detail.text);
    cr_expect_eq(told, 0);
    alter("UPDATE run SET checks = 'mx,host,auth' WHERE id = 2");
    char *found = changes_of(NULL, NULL, MXS_FORMAT_COUNT);
    cr_expect_not_null(strstr(found, "broken.example|state_changed|broken|mx\n"), "both looked at addresses: %s",
                       found);
    cr_expect_null(strstr(found, "provider_migrated"), "one of them alone looked behind: %s", found);
    free(found);
}

Test(reports_diff, what_one_run_did_not_ask_is_no_change)
{
    alter_policies("mx,host,auth,transport", "mta_sts", "NULL", "'v=STSv1; id=1'");
    alter("UPDATE run SET checks = 'mx,host,auth' WHERE id = 1");
    expect_changes("own.example", "");
}

Test(reports_diff, an_mx_host_in_doubt_names_no_new_provider)
{
    alter("UPDATE judgement SET verdict_id = 2 WHERE domain_id = 1 AND first_run = 2;"
          "UPDATE host_history SET a_outcome = 5, a_set_id = NULL, aaaa_outcome = 5 WHERE host_id = 2");
    expect_changes("swap.example",
                   "preference_swap|10 mx1.a.example, 20 mx2.a.example|10 mx2.a.example, 20 mx1.a.example\n");
}

/* What is said of the domains whose migration dropped the backup, in words and as a number. */
static void expect_dropped(const struct mxs_diff_options *options, const char *words, int number)
{
    char *text = changes_of(NULL, options, MXS_FORMAT_TEXT), *json = changes_of(NULL, options, MXS_FORMAT_JSON);
    char member[64];
    snprintf(member, sizeof member, "\"backups_lost_by_migration\":%d,", number);
    cr_expect_not_null(strstr(text, words), "%s: %s", words, text);
    cr_expect_not_null(strstr(json, member), "%s: %s", member, json);
    cr_expect_eq(strstr(text, "by moving to another provider") != NULL, number > 0, "%s", text);
    free(text);
    free(json);
}

Test(reports_diff, backups_are_lost_and_gained)
{
    alter("UPDATE domain_history SET mx_set_id = 1 WHERE domain_id = 1; UPDATE judgement SET verdict_id = 9 WHERE "
          "domain_id = 1 AND first_run = 2");
    char *same = changes_of("swap.example", NULL, MXS_FORMAT_COUNT);
    cr_expect_null(strstr(same, "backup_"), "nothing that was found out differs: %s", same);
    free(same);
    /* an address is gained */
    alter(
        "INSERT INTO address_entry VALUES (9,0,1),(9,1,4); UPDATE host_history SET last_run = 1 WHERE host_id = 1;"
        "INSERT INTO host_history SELECT host_id, list_id, 2, NULL, a_outcome, 9, aaaa_outcome, aaaa_set_id, alias_id, "
        "registrable_outcome, usable"
        " FROM host_history WHERE host_id = 1");
    expect_changes("swap.example", "provider_migrated|acme|org:=cmd.example\n"); /* which dropped the backup */
    expect_dropped(NULL, "\n1 domain lost its backup by moving to another provider.\n", 1);
    const struct mxs_diff_options lost = {.kinds = 1u << MXS_CHANGE_BACKUP_LOST}, tld = {.tld = "test"},
                                  moved = {.kinds = 1u << MXS_CHANGE_PROVIDER_MIGRATED};
    expect_dropped(&lost, "\n1 domain lost its backup by", 1);
    expect_dropped(&moved, "1 domain moved to", 0);
    expect_dropped(&tld, "Nothing of what was asked for changed", 0);
    alter("UPDATE domain_history SET mx_set_id = 1 WHERE domain_id = 2; DELETE FROM judgement WHERE domain_id = 2;"
          "INSERT INTO verdict (id, state, hosts, usable, tiers, backup, single_point, content) SELECT 99, state,"
          " hosts, usable, tiers, 0, single_point, x'99' FROM verdict WHERE id = 1;"
          "INSERT INTO verdict_label SELECT 99, role,"
          " position, provider_id, share, confidence FROM verdict_label WHERE verdict_id = 1;"
          "INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id) VALUES (2,1,1,1,1),"
          "(2,1,2,NULL,99)");
    expect_dropped(
        NULL, "\n1 domain lost its backup: own.example. 1 more lost it by moving to another provider.\n", 1);
    alter("DELETE FROM judgement WHERE domain_id = 2");
    alter("UPDATE verdict_label SET provider_id = 1 WHERE verdict_id = 9 AND role = 1");
    char *found = changes_of("swap.example", NULL, MXS_FORMAT_COUNT);
    cr_expect_str_eq(found, "backup_lost|effective|none\n", "%s", found);
    free(found);
    alter("UPDATE judgement SET verdict_id = CASE first_run WHEN 1 THEN 9 ELSE 1 END WHERE domain_id = 1");
    found = changes_of("swap.example", NULL, MXS_FORMAT_COUNT);
    cr_expect_not_null(strstr(found, "backup_gained|none|effective\n"), "%s", found);
    free(found);
}

Test(reports_diff, moved_and_vanished_mx_hosts_reach_unchanged_domains)
{
    alter("UPDATE host_history SET last_run = 1 WHERE host_id IN (3, 1);"
          "INSERT INTO host_history (host_id, list_id, first_run, last_run, a_outcome, a_set_id, aaaa_outcome,"
          " aaaa_set_id, alias_id, registrable_outcome)"
          " VALUES (3,1,2,NULL,0,2,1,NULL,NULL,NULL),(1,1,2,NULL,2,NULL,2,NULL,NULL,0)");
    expect_changes("own.example",
                   "host_dangling||mx1.a.example\naddress_moved|mail.own.example 21.1.1.1|mail.own.example 20.1.2.1\n");
}

Test(reports_diff, an_own_address_that_moved_is_told_as_a_move)
{
    alter("UPDATE host_history SET last_run = 1 WHERE host_id = 6; INSERT INTO host_history (host_id, list_id,"
          " first_run, last_run, a_outcome, a_set_id, aaaa_outcome, aaaa_set_id, alias_id, registrable_outcome)"
          " VALUES (6,1,2,NULL,0,2,1,NULL,NULL,NULL)");
    expect_changes("bare.example", "address_moved|bare.example 21.1.1.1|bare.example 20.1.2.1\n");
}

Test(reports_diff, an_unfit_run_is_told_first)
{
    alter("UPDATE run SET degraded = 1 WHERE id = 2; UPDATE run SET checks = 'mx' WHERE id = 1;"
          "INSERT INTO run_note (run_id, at, kind, text) VALUES (2, 2002, 'unfit', 'resolver \033[2J deviates'),"
          " (2, 2003, 'excluded', '9 excluded names are counted and not stored')");
    char *text = changes_of(NULL, NULL, MXS_FORMAT_TEXT), *json = changes_of(NULL, NULL, MXS_FORMAT_JSON);
    cr_expect_not_null(strstr(text, "NOT FIT TO COMPARE:\n  - run 2 is degraded"));
    cr_expect_not_null(strstr(text, "run 2: resolver \\x1b[2J deviates"), "%s", text);
    cr_expect_not_null(strstr(text, "run 2: 9 excluded names are"), "%s", text);
    cr_expect_not_null(strstr(json, "\"comparable\":false,\"reasons\":[\"run 2 is degraded"));
    free(text);
    free(json);
}

Test(reports_diff, what_came_back_flaps)
{
    alter(
        "INSERT INTO run (id, list_id, state, stage, started_at, finished_at, active_ms, previous_run,"
        " input_digest, checks, shard, seed, options, versions, lines, accepted, rejected, duplicates,"
        " degraded, agreement_asked, agreement_same, datagrams, tcp_connections, forged)"
        " SELECT 3,1,state,stage,3000,3060,active_ms,2,input_digest,checks,shard,seed,options,versions,lines,accepted,"
        " rejected,duplicates,degraded,agreement_asked,agreement_same,datagrams,tcp_connections,forged FROM run WHERE "
        "id = 2;"
        "UPDATE domain_history SET last_run = 2 WHERE domain_id = 1 AND first_run = 2;"
        "INSERT INTO domain_history (domain_id, list_id, first_run, last_run, outcome, mx_set_id, alias_id,"
        " implicit_host_id) VALUES (1,1,3,NULL,0,1,NULL,NULL)");
    char *json = changes_of(NULL, NULL, MXS_FORMAT_JSON);
    cr_expect_not_null(strstr(json, "\"flapping\":[\n{\"domain\":\"swap.example\",\"returns\":1}]"), "%s", json);
    free(json);
}

Test(reports_diff, names_that_join_and_leave_are_population)
{
    alter("UPDATE domain_history SET last_run = 1 WHERE domain_id = 6; UPDATE judgement SET last_run = 1 WHERE "
          "domain_id = 6;"
          "UPDATE domain_history SET first_run = 2 WHERE domain_id = 7; UPDATE judgement SET first_run = 2 WHERE "
          "domain_id = 7");
    expect_changes("gone.example", "left|nxdomain|\n");
    expect_changes("silent.example", "joined||no_mail\n");
    char *json = changes_of(NULL, NULL, MXS_FORMAT_JSON);
    cr_expect_not_null(strstr(json, "\"population\":{\"both\":7,\"joined\":1,\"left\":1,"
                              "\"excluded\":0,\"other_shard\":0,"
                              "\"shrank\":true}"));
    free(json);
    char *text = changes_of(NULL, NULL, MXS_FORMAT_TEXT);
    cr_expect_not_null(
        strstr(text, ": 7 domains in both, 1 joined, 1\nleft.\nTHE LIST SHRANK: 1 of 8 names left it.\n"), "%s", text);
    free(text);
}

Test(reports_diff, the_most_urgent_is_told_first_and_the_rows_of_a_domain_stand_together)
{
    /* own.example vanishes, swap.example swaps, and its name comes later in the alphabet only by chance */
    alter("UPDATE domain_history SET last_run = 1 WHERE domain_id = 2; UPDATE judgement SET last_run = 1 WHERE "
          "domain_id = 2;"
          "INSERT INTO domain_history (domain_id, list_id, first_run, last_run, outcome, mx_set_id) VALUES "
          "(2,1,2,NULL,2,NULL);"
          "INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id) VALUES (2,1,2,NULL,6);"
          "UPDATE domain SET name = 'zz.example' WHERE id = 2");
    char *found = changes_of(NULL, NULL, MXS_FORMAT_COUNT);
    cr_expect_eq(
        strncmp(
            found,
            "zz.example|receives_no_more|mx|nxdomain\nzz.example|state_changed|mx|nxdomain\nzz.example|host_removed|",
            90),
        0, "%s", found);
    cr_expect_not_null(strstr(found, "\nswap.example|preference_swap|"), "%s", found);
    free(found);
    char *text = changes_of(NULL, NULL, MXS_FORMAT_TEXT);
    cr_expect_not_null(strstr(text, "in both.\n1 domain stopped receiving mail: zz.example.\n"), "%s", text);
    free(text);
}

Test(reports_diff, which_runs)
{
    struct mxs_run from, to;
    cr_expect_eq(mxs_diff_runs(store, 2, 1, NULL, &from, &to, &detail), MXS_ERR_INPUT);
    cr_expect_not_null(strstr(detail.text, "run 2 is later than run 1: the earlier one comes first"), "%s",
                       detail.text);
    cr_assert_eq(mxs_diff_runs(store, 1, 0, NULL, &from, &to, &detail), MXS_OK);
    cr_expect(from.id == 1 && to.id == 2);
    cr_expect_eq(mxs_diff_runs(store, 2, 0, NULL, &from, &to, &detail), MXS_ERR_INPUT);
    cr_expect_eq(mxs_diff_runs(store, 1, 9, NULL, &from, &to, &detail), MXS_ERR_INPUT);
    alter("DELETE FROM run WHERE id = 1");
    cr_expect_eq(mxs_diff_runs(store, 0, 0, NULL, &from, &to, &detail), MXS_ERR_INPUT);
    cr_expect_not_null(strstr(detail.text, "one complete run only"), "%s", detail.text);
}

static int by_line(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The lines of a text in the order of the alphabet; the caller frees it. */
static char *sorted(char *text)
{
    char *lines[64], *out = calloc(1, strlen(text) + 2);
    size_t count = 0;
    for (char *line; (line = strsep(&text, "\n")) != NULL && count < 64;)
        if (*line != '\0')
            lines[count++] = line;
    qsort(lines, count, sizeof *lines, by_line);
    for (size_t i = 0; i < count; i++)
        strcat(strcat(out, lines[i]), "\n");
    return out;
}

Test(reports_diff, the_view_tells_the_same)
{
    mxs_out out;
    struct mxs_query query;
    mxs_out_attach(&out, NULL);
    alter("UPDATE domain_history SET last_run = 1 WHERE domain_id IN (2, 4, 6); UPDATE judgement SET last_run = 1 "
          "WHERE domain_id IN (2, 4, 6);"
          "INSERT INTO domain_history (domain_id, list_id, first_run, last_run, outcome, mx_set_id) VALUES "
          "(2,1,2,NULL,0,1),(4,1,2,NULL,2,NULL);"
          "INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id) VALUES "
          "(2,1,2,NULL,9),(4,1,2,NULL,6);"
          "UPDATE domain_history SET first_run = 2 WHERE domain_id = 7; UPDATE judgement SET first_run = 2 WHERE "
          "domain_id = 7");
    mxs_query_open(&query, store, "SELECT domain, kind, ifnull(old, ''), ifnull(new, '') FROM v_change WHERE run_id = 2"
                   " AND kind <> 'became_undetermined'");
    while (mxs_query_next(&query))
        for (int i = 0; i < 4; i++) {
            mxs_out_text(&out, mxs_query_column_text(&query, i, NULL));
            mxs_out_text(&out, i == 3 ? "\n" : "|");
        }
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK, "%s", detail.text);
    char *found = changes_of(NULL, NULL, MXS_FORMAT_COUNT);
    cr_expect_not_null(strstr(found, "own.example|provider_migrated|self|org:=cmd.example\n"), "%s", found);
    cr_expect_not_null(strstr(found, "|left|nxdomain|\n"), "%s", found);
    collected(&out);
    char *told = strdup(out.buffer), *a = sorted(found), *b = sorted(told);
    cr_expect_str_eq(a, b);
    free(found);
    free(told);
    free(a);
    free(b);
    mxs_out_abandon(&out);
}

Test(reports_diff, the_page_says_it_in_words_and_trusts_no_name)
{
    alter("UPDATE domain_history SET mx_set_id = 3 WHERE domain_id = 1 AND first_run = 2;"
          "UPDATE judgement SET verdict_id = 2 WHERE domain_id = 1 AND first_run = 2;"
          "UPDATE provider SET name = '\"><svg onload=x>' WHERE name = 'acme'; UPDATE list SET name = "
          "'</title><script>x</script>'");
    char *page = changes_of(NULL, NULL, MXS_FORMAT_HTML);
    cr_expect_not_null(strstr(page, "<!DOCTYPE html>"));
    cr_expect_not_null(strstr(page, "1 from &quot;&gt;&lt;svg onload=x&gt; to Self-hosted"), "%s", page);
    cr_expect_not_null(strstr(page, "<section id=\"moves\""));
    cr_expect_not_null(strstr(page, "<section id=\"domains\""));
    cr_expect_not_null(strstr(page, "</html>"));
    cr_expect_null(strstr(page, "<svg onload"));
    cr_expect_null(strstr(page, "<script>x"));
    free(page);
}

Test(reports_diff, a_page_of_no_change_has_no_empty_sections)
{
    alter("UPDATE domain_history SET mx_set_id = (SELECT mx_set_id FROM domain_history WHERE domain_id = 1 AND "
          "first_run = 1) WHERE domain_id = 1;"
          "UPDATE judgement SET verdict_id = (SELECT verdict_id FROM judgement WHERE domain_id = 1 AND first_run = 1) "
          "WHERE domain_id = 1");
    char *page = changes_of(NULL, NULL, MXS_FORMAT_HTML);
    cr_expect_not_null(strstr(page, "<li>Nothing else changed.</li>"), "%s", page);
    cr_expect_null(strstr(page, "<section id=\"moves\""));
    free(page);
}

/* Whether it existed before is not known, so that it does not exist now is no news. */
Test(reports_diff, an_mx_host_that_was_in_doubt_does_not_newly_dangle)
{
    alter("UPDATE host_history SET last_run = 1, a_outcome = 5, a_set_id = NULL, aaaa_outcome = 5 WHERE host_id = 2;"
          "INSERT INTO host_history (host_id, list_id, first_run, last_run, a_outcome, aaaa_outcome) VALUES "
          "(2,1,2,NULL,2,2)");
    char *found = changes_of("swap.example", NULL, MXS_FORMAT_COUNT);
    cr_expect_null(strstr(found, "host_dangling"), "%s", found);
    free(found);
    alter("UPDATE host_history SET a_outcome = 1, aaaa_outcome = 1 WHERE host_id = 2 AND first_run = 1");
    found = changes_of("swap.example", NULL, MXS_FORMAT_COUNT);
    cr_expect_not_null(strstr(found, "host_dangling"), "%s", found);
    free(found);
}

/* late.example could be determined in run 1 alone, of bare.example's verdict the backup is not known. */
Test(reports_diff, what_is_not_known_is_counted_beside_no_change)
{
    char *first = changes_of(NULL, NULL, MXS_FORMAT_JSON);
    cr_expect_not_null(strstr(first, "\"not_known\":{\"undetermined\":1,\"undetermined_before\":0,"
                                     "\"partly\":0,\"policies\":0,\"addresses\":0}"), "%s",
                       first);
    free(first);
    add_runs();
    alter("UPDATE verdict SET backup = NULL WHERE id = 4");
    char *text = changes_of(NULL, NULL, MXS_FORMAT_TEXT), *json = changes_of(NULL, NULL, MXS_FORMAT_JSON);
    cr_expect_not_null(strstr(text, "\n1 domain could be determined in neither run.\n"
                                    "Of 1 domain the backup or who holds the mailbox is not known now.\n"
                                    "Nothing changed of what is known.\n"), "%s", text);
    cr_expect_not_null(strstr(json, "\"not_known\":{\"undetermined\":1,\"undetermined_before\":1,"
                                    "\"partly\":1,\"policies\":0,\"addresses\":0}}"), "%s",
                       json);
    free(text);
    free(json);
}
