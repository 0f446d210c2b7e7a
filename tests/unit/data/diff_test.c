/* What a diff counts, and when it says that two runs are not fit to compare. */
#include "reports/data/diff.h"

#include <sqlite3.h>

#include "reports/data/diff_flows.h"
#include "tests/support/reports_world.h"

TestSuite(data_diff, .init = open_world, .fini = close_world);

static void open_diff(struct mxs_diff *diff, int64_t from_id, int64_t to_id, const struct mxs_diff_options *options)
{
    static const struct mxs_diff_options all = {0};
    struct mxs_run from, to;
    cr_assert_eq(mxs_diff_runs(store, from_id, to_id, NULL, &from, &to, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_diff_open(diff, store, &from, &to, options != NULL ? options : &all, &detail), MXS_OK, "%s",
                 detail.text);
}

/* The rows of a domain as "kind old>new;". */
static const char *rows_of(const struct mxs_diff *diff, const char *domain)
{
    static char text[2000];
    size_t used = 0;
    text[0] = '\0';
    for (size_t row = 0; row < diff->changes.row_count; row++) {
        const struct mxs_cell *cells = mxs_table_at(&diff->changes, row, 0);
        if (strcmp(cells[MXS_DIFF_DOMAIN].text, domain) == 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s %s>%s;", cells[MXS_DIFF_KIND].text,
                                     cells[MXS_DIFF_OLD].text, cells[MXS_DIFF_NEW].text);
    }
    return text;
}

static void expect_rows(int64_t from, int64_t to, const struct mxs_diff_options *options, const char *domain,
                        const char *expected)
{
    struct mxs_diff diff;
    open_diff(&diff, from, to, options);
    cr_expect_str_eq(rows_of(&diff, domain), expected, "%s: %s", domain, rows_of(&diff, domain));
    mxs_diff_close(&diff);
}

/* --- what reaches a domain whose own rows are the same --- */

Test(data_diff, a_server_that_lost_tls_reaches_a_domain_that_is_the_same)
{
    alter("UPDATE run SET checks = 'mx,host,smtp';"
          "INSERT INTO smtp_history (host_id, address_id, list_id, first_run, last_run, outcome, code, starttls, tls,"
          " flags, tested) SELECT 3, 3, 1, column1, nullif(column1, 2), o.id, 220, t.id, column3, 4, 1"
          " FROM (VALUES (1, 'offered', 'TLSv1.3'), (2, 'absent', NULL)) JOIN smtp_outcome o ON o.name = 'ready'"
          " JOIN smtp_starttls t ON t.name = column2");
    expect_rows(1, 2, NULL, "own.example", "tls_lost mail.own.example TLS>mail.own.example no TLS;");
}

Test(data_diff, a_domain_that_receives_nothing_has_no_host_of_its_own_that_moves)
{
    alter("UPDATE judgement SET verdict_id = 5 WHERE domain_id = 4; UPDATE host_history SET last_run = 1 WHERE host_id"
          " = 6; INSERT INTO host_history (host_id, list_id, first_run, a_outcome, a_set_id, aaaa_outcome)"
          " VALUES (6,1,2,0,2,1)");
    expect_rows(1, 2, NULL, "bare.example", "");
}

/* --- what is asked for --- */

Test(data_diff, a_provider_on_either_side_and_kinds_that_are_asked_for)
{
    const struct mxs_diff_options old = {.provider = "acme"}, new = {.provider = "self"}, none = {.provider = "sel"},
                                  left = {.kinds = 1u << MXS_CHANGE_LEFT};
    const char *moved = "provider_migrated acme>self;host_removed mx2.a.example>;host_added >mail.own.example;";
    alter("UPDATE domain_history SET mx_set_id = 3 WHERE domain_id = 1 AND first_run = 2; UPDATE judgement SET"
          " verdict_id = 2 WHERE domain_id = 1 AND first_run = 2;"
          "UPDATE domain_history SET last_run = 1 WHERE domain_id = 6; UPDATE judgement SET last_run = 1 WHERE"
          " domain_id = 6; UPDATE domain_history SET first_run = 2 WHERE domain_id = 7; UPDATE judgement SET first_run"
          " = 2 WHERE domain_id = 7");
    expect_rows(1, 2, &old, "swap.example", moved);
    expect_rows(1, 2, &new, "swap.example", moved);
    expect_rows(1, 2, &none, "swap.example", "");
    expect_rows(1, 2, &left, "gone.example", "left nxdomain>;");
    expect_rows(1, 2, &left, "silent.example", "");
}

/* --- tables beside the changes --- */

static void expect_table(const struct mxs_table *table, const char *expected)
{
    char text[400] = "";
    for (size_t row = 0; row < table->row_count; row++)
        for (size_t i = 0; i < table->column_count; i++) {
            const struct mxs_cell *cell = mxs_table_at(table, row, i);
            if (cell->kind == MXS_CELL_TEXT)
                snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", cell->text);
            else if (cell->kind == MXS_CELL_INT)
                snprintf(text + strlen(text), sizeof text - strlen(text), "%lld ", (long long)cell->integer);
            else
                snprintf(text + strlen(text), sizeof text - strlen(text), cell->kind == MXS_CELL_NULL ? "- " : "%.2f ",
                         cell->real);
        }
    cr_expect_str_eq(text, expected, "%s: %s", table->name, text);
}

Test(data_diff, states_are_told_from_the_old_to_the_new)
{
    struct mxs_diff diff;
    alter("UPDATE domain_history SET outcome = 2, mx_set_id = NULL WHERE domain_id = 1 AND first_run = 2;"
          "UPDATE judgement SET verdict_id = 6 WHERE domain_id = 1 AND first_run = 2");
    open_diff(&diff, 1, 2, NULL);
    expect_table(&diff.states, "mx nxdomain 1 ");
    mxs_diff_close(&diff);
}

/* Three nights of domain 1: mx1 and mx2, nothing known, and again. */
Test(data_diff, what_stands_again_behind_a_night_that_is_not_settled_did_not_flap)
{
    struct mxs_diff diff;
    add_runs();
    alter("DELETE FROM domain_history WHERE domain_id = 1; INSERT INTO domain_history (domain_id, list_id, first_run,"
          " last_run, outcome, mx_set_id) VALUES (1,1,1,1,0,1),(1,1,2,2,5,NULL),(1,1,3,3,0,1),(1,1,4,NULL,0,2);"
          "UPDATE judgement SET last_run = NULL WHERE domain_id = 1 AND first_run = 1; DELETE FROM judgement WHERE"
          " domain_id = 1 AND first_run = 2");
    open_diff(&diff, 3, 4, NULL);
    cr_expect_str_eq(rows_of(&diff, "swap.example"), "preference_swap 10 mx1.a.example, 20 mx2.a.example>10 "
                     "mx2.a.example, 20 mx1.a.example;");
    expect_table(&diff.flapping, "");
    mxs_diff_close(&diff);
}

Test(data_diff, a_provider_that_is_named_twice_gains_and_loses_once)
{
    static const struct mxs_column pair[] = {{"from", "from", MXS_UNIT_PROVIDER, 0},
                                             {"to", "to", MXS_UNIT_PROVIDER, 0},
                                             {"domains", "domains", MXS_UNIT_COUNT, 0}};
    static const struct mxs_column columns[] = {{"provider", "provider", MXS_UNIT_PROVIDER, 0},
                                                {"gained", "gained", MXS_UNIT_COUNT, 0},
                                                {"lost", "lost", MXS_UNIT_COUNT, 0},
                                                {"net", "net", MXS_UNIT_COUNT, 0}};
    struct mxs_table moves, flows;
    mxs_table_init(&moves, "moves", "moves", pair, 3);
    mxs_table_init(&flows, "flows", "flows", columns, 4);
    static const char *const texts[][2] = {{"a behind a", "b"}, {"b + c", "c"}};
    for (size_t i = 0; i < 2; i++) {
        struct mxs_cell *row = mxs_table_row(&moves);
        for (size_t k = 0; k < 2; k++)
            mxs_table_put_text(&moves, &row[k], texts[i][k], strlen(texts[i][k]));
        mxs_table_put_int(&row[2], 3);
    }
    mxs_diff_flows_read(&moves, &flows);
    expect_table(&flows, "b 3 3 0 a 0 3 -3 ");
    mxs_table_finish(&moves);
    mxs_table_finish(&flows);
}

/* --- a facet, and a domain that is compared with two earlier runs --- */

/* Facet `name` from a run on, up to `last` (0: none): the code of domain 1; all others have value 1. */
static void put_facet(int id, const char *name, int first, int last, int code)
{
    char sql[2000], codes[2 * 256 + 1] = "", *at = codes;
    for (int domain = 0; domain < 256; domain++)
        at += sprintf(at, "%02x", domain == 1 ? code : domain > 0 && domain < 10 ? 2 : 0);
    snprintf(sql, sizeof sql,
             "INSERT OR IGNORE INTO facet VALUES (%d, 1, '%s'); INSERT OR IGNORE INTO facet_value VALUES (%d, 1, 'a'),"
             " (%d, 2, 'b'); INSERT INTO facet_block VALUES (%d, 0, %d, nullif(%d, 0), 1, x'%s')",
             id, name, id, id, id, first, last, codes);
    alter(sql);
}

/* Domain 1: in run 2 nobody knows its backup, in run 3 there is none; its MX hosts changed places twice. */
Test(data_diff, who_is_compared_with_two_runs_counts_and_flaps_once)
{
    struct mxs_diff diff;
    const struct mxs_diff_options by = {.by = {.spec = "kind"}};
    add_runs();
    put_facet(1, "kind", 1, 0, 4);
    alter("INSERT INTO verdict (id, state, hosts, usable, tiers, backup, single_point, content) VALUES"
          " (20,0,2,2,2,NULL,NULL,x'20'), (21,0,2,2,2,0,0,x'21'); INSERT INTO verdict_label SELECT v.id, role,"
          " position, provider_id, share, confidence FROM verdict_label JOIN verdict v ON v.id IN (20, 21)"
          " WHERE verdict_id = 1;"
          "DELETE FROM judgement WHERE domain_id IN (1, 8); DELETE FROM domain_history WHERE domain_id IN (1, 8);"
          "INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id) VALUES"
          " (1,1,1,1,1),(1,1,2,2,20),(1,1,3,NULL,21); INSERT INTO domain_history (domain_id, list_id, first_run,"
          " last_run, outcome, mx_set_id) VALUES (1,1,1,1,0,1),(1,1,2,2,0,2),(1,1,3,NULL,0,1);"
          "UPDATE host_history SET last_run = 1 WHERE host_id = 2; INSERT INTO host_history (host_id, list_id,"
          " first_run, last_run, a_outcome, a_set_id, aaaa_outcome) VALUES (2,1,2,2,5,NULL,1),(2,1,3,NULL,0,3,1)");
    open_diff(&diff, 2, 3, &by);
    cr_expect_str_eq(rows_of(&diff, "swap.example"),
                     "backup_lost effective>none;preference_swap 10 mx2.a.example, 20 mx1.a.example>10 mx1.a.example, "
                     "20 mx2.a.example;address_moved mx2.a.example 20.1.2.1>mx2.a.example 21.1.1.1;",
                     "%s", rows_of(&diff, "swap.example"));
    cr_expect_eq(diff.changed, 1);
    expect_table(&diff.flapping, "swap.example 1 ");
    expect_table(&diff.groups,
                 "a 7 changed 0 0.00 b 1 changed 1 1.00 b 1 backup_lost 1 1.00 b 1 preference_swap 1 1.00 "
                 "b 1 address_moved 1 1.00 ");
    mxs_diff_close(&diff);
}

/* A facet is no question to anybody; one that is no longer kept has not changed. */
Test(data_diff, a_facet_is_compared_with_the_earlier_run_whatever_that_settled)
{
    struct mxs_diff diff;
    const struct mxs_diff_options by = {.by = {.spec = "kind"}};
    put_facet(1, "kind", 1, 1, 2);
    put_facet(1, "kind", 2, 0, 4);
    put_facet(2, "dropped", 1, 1, 2);
    alter("UPDATE domain_history SET outcome = 5, mx_set_id = NULL WHERE domain_id = 1 AND first_run = 1; UPDATE"
          " judgement SET verdict_id = 8 WHERE domain_id = 1 AND first_run = 1;"
          "UPDATE domain_history SET first_run = 2 WHERE domain_id = 7; UPDATE judgement SET first_run = 2 WHERE"
          " domain_id = 7");
    open_diff(&diff, 1, 2, &by);
    cr_expect_str_eq(rows_of(&diff, "swap.example"), "facet_changed kind=a>kind=b;", "%s",
                     rows_of(&diff, "swap.example"));
    cr_expect_str_eq(rows_of(&diff, "own.example"), "");
    expect_table(&diff.groups,
                 "a 7 changed 0 0.00 a 7 joined 1 - a 7 became_undetermined 1 0.14 b 1 changed 0 0.00 b 1 "
                 "facet_changed 1 1.00 ");
    mxs_diff_close(&diff);
}

/* Domain 1 was acme's in run 1, which asked no policies; nobody knows in run 2, and in run 3 it is its own. */
Test(data_diff, what_an_earlier_run_did_not_ask_is_not_compared_with_it)
{
    const struct mxs_diff_options migrated = {.kinds = 1u << MXS_CHANGE_PROVIDER_MIGRATED};
    add_runs();
    alter("DELETE FROM judgement WHERE domain_id = 1; DELETE FROM domain_history WHERE domain_id = 1;"
          "INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id) VALUES"
          " (1,1,1,1,1),(1,1,2,2,8),(1,1,3,NULL,2); INSERT INTO domain_history (domain_id, list_id, first_run,"
          " last_run, outcome, mx_set_id) VALUES (1,1,1,1,0,1),(1,1,2,2,5,NULL),(1,1,3,NULL,0,3)");
    expect_rows(2, 3, &migrated, "swap.example", "provider_migrated acme>self;");
    alter("UPDATE run SET checks = 'mx,host,auth' WHERE id > 1");
    expect_rows(2, 3, &migrated, "swap.example", "");
    alter("UPDATE run SET checks = 'mx,host,smtp' WHERE id > 1");
    expect_rows(2, 3, &migrated, "swap.example", "");
}

/* --- fit to compare --- */

/* A list of so many names, of which in run 2 so many have another verdict. */
static void expect_reason(int names, int others, int verdict, const char *expected)
{
    struct mxs_diff diff;
    char sql[1200];
    snprintf(sql, sizeof sql,
             "DELETE FROM judgement; DELETE FROM domain_history; DELETE FROM domain;"
             "INSERT INTO domain WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             " SELECT i, printf('d%%05d.example', i) FROM n;"
             "INSERT INTO domain_history (domain_id, list_id, first_run, outcome, mx_set_id) SELECT id, 1, 1, 0, 1 FROM"
             " domain; INSERT INTO judgement SELECT id, 1, 1, iif(id <= %d, 1, NULL), 1 FROM domain;"
             "INSERT INTO judgement SELECT id, 1, 2, NULL, %d FROM domain WHERE id <= %d",
             names, others, verdict, others);
    alter(sql);
    open_diff(&diff, 1, 2, NULL);
    cr_expect_eq(diff.reasons.row_count, expected != NULL, "%d of %d", others, names);
    if (expected != NULL && diff.reasons.row_count > 0)
        cr_expect_str_eq(mxs_table_at(&diff.reasons, 0, 0)->text, expected, "%s",
                         mxs_table_at(&diff.reasons, 0, 0)->text);
    mxs_diff_close(&diff);
}

Test(data_diff, not_fit_where_more_than_a_point_and_more_than_ten_names_are_undetermined)
{
    expect_reason(500, 10, 8, NULL);
    expect_reason(500, 11, 8, "the share of names that could not be determined went from 0.0 % to 2.2 %");
    expect_reason(1200, 12, 8, NULL);
    expect_reason(1200, 13, 8, "the share of names that could not be determined went from 0.0 % to 1.1 %");
}

Test(data_diff, not_fit_where_names_that_list_no_mx_host_moved_as_far)
{
    static const int verdicts[] = {3, 4, 6, 7}; /* null_mx, implicit_mx, nxdomain, no_mail */
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
        expect_reason(500, 11, verdicts[i], "the share of names that list no MX host went from 0.0 % to 2.2 %");
    expect_reason(500, 11, 5, NULL); /* broken ones list some */
}

Test(data_diff, a_list_shrank_where_more_than_a_tenth_left)
{
    struct mxs_diff diff;
    alter("INSERT INTO domain VALUES (10, 'ten.example'); INSERT INTO domain_history (domain_id, list_id, first_run,"
          " last_run, outcome, mx_set_id) VALUES (10,1,1,1,0,1); INSERT INTO judgement VALUES (10,1,1,1,1)");
    open_diff(&diff, 1, 2, NULL);
    cr_expect(diff.left == 1 && diff.both == 9);
    cr_expect_not(diff.shrank, "a tenth");
    mxs_diff_close(&diff);
    alter("UPDATE domain_history SET last_run = 1 WHERE domain_id = 9; UPDATE judgement SET last_run = 1 WHERE"
          " domain_id = 9");
    open_diff(&diff, 1, 2, NULL);
    cr_expect(diff.shrank);
    mxs_diff_close(&diff);
}

/* --- what it takes --- */

static long steps;

static int count_steps(void *unused)
{
    (void)unused;
    steps++;
    return 0;
}

static int count_steps_of(sqlite3 *db, const char **message, const struct sqlite3_api_routines *api)
{
    (void)message, (void)api;
    sqlite3_progress_handler(db, 100, count_steps, NULL);
    return SQLITE_OK;
}

/* Hundreds of SQLite's steps that it takes to tell that each of so many domains has another SPF record. */
static long steps_for(int domains)
{
    struct mxs_diff diff;
    char sql[1200];
    close_world();
    sqlite3_auto_extension((void (*)(void))count_steps_of);
    open_world();
    sqlite3_reset_auto_extension();
    snprintf(sql, sizeof sql,
             "UPDATE run SET checks = 'mx,host,auth'; CREATE TEMP TABLE number AS WITH RECURSIVE n (id) AS (SELECT 101"
             " UNION ALL SELECT id + 1 FROM n WHERE id < 100 + %d) SELECT id FROM n; INSERT INTO domain (id, name)"
             " SELECT id, 'd' || id || '.example' FROM number; INSERT INTO domain_history (domain_id, list_id,"
             " first_run, outcome) SELECT id, 1, 1, 2 FROM number; INSERT INTO judgement (domain_id, list_id,"
             " first_run, verdict_id) SELECT id, 1, 1, 6 FROM number;"
             "INSERT INTO policy (id, digest, content, unsettled) VALUES (1, 1, x'01', 0), (2, 2, x'02', 0);"
             "INSERT INTO policy_text (policy_id, column_id, text) VALUES (1, 0, 'v=spf1 ~all'), (2, 0, 'v=spf1 -all');"
             "INSERT INTO policy_history (domain_id, list_id, first_run, last_run, policy_id, secure)"
             " SELECT id, 1, column1, nullif(column1, 2), column1, 0 FROM number, (VALUES (1), (2))", domains);
    cr_assert_eq(mxs_store_run(store, sql, &detail), MXS_OK, "%s", detail.text);
    steps = 0;
    open_diff(&diff, 1, 2, NULL);
    cr_expect_eq(diff.counts[MXS_CHANGE_POLICY_CHANGED], domains);
    cr_expect_str_eq(rows_of(&diff, "d101.example"), "policy_changed v=spf1 ~all>v=spf1 -all;");
    mxs_diff_close(&diff);
    return steps;
}

Test(data_diff, policies_of_all_domains_are_read_once)
{
    long some = steps_for(100), many = steps_for(800);
    cr_expect_leq(many, 10 * some, "%ld and %ld", some, many);
}

/* Runs 3 to `last` of servers that lose TLS, fall silent, come, go and come again, and whose certificates end. */
static void add_servers(int last)
{
    static const char history[] =
        "INSERT INTO certificate (id, fingerprint, subject, issuer, names, name_total, key, key_bits, signature,"
        " not_after) VALUES (1, x'01', '', '', '[]', 0, '', 0, '', 2000000);"
        "INSERT INTO smtp_history (host_id, address_id, list_id, first_run, last_run, outcome, code, starttls, tls,"
        " flags, tested, certificate_id) SELECT column1, column2, 1, column3, column4, o.id, 220, t.id,"
        " iif(column6 = 'offered', 'TLSv1.3', NULL), 12, 1, iif(column1 = 6, 1, NULL) FROM (VALUES"
        " (1, 1, 1, 4, 'ready', 'offered'), (1, 1, 5, NULL, 'ready', 'absent'), (2, 2, 1, 3, 'ready', 'offered'),"
        " (2, 2, 4, 7, 'silent', NULL), (2, 2, 8, NULL, 'timeout', NULL), (3, 3, 2, 3, 'ready', 'offered'),"
        " (3, 3, 5, 5, 'ready', 'offered'), (3, 3, 6, 6, 'ready', 'absent'), (6, 3, 1, NULL, 'ready', 'offered'))"
        " JOIN smtp_outcome o ON o.name = column5 LEFT JOIN smtp_starttls t ON t.name = column6";
    char sql[900];
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n (id) AS (SELECT 3 UNION ALL SELECT id + 1 FROM n WHERE id < %d) INSERT INTO run (id,"
             " list_id, state, stage, started_at, finished_at, active_ms, previous_run, input_digest, checks, shard,"
             " seed, options, versions, lines, accepted, rejected, duplicates, degraded, datagrams, tcp_connections,"
             " forged) SELECT n.id, 1, state, stage, n.id * 86400, 1, 1, n.id - 1, input_digest, checks, shard, seed,"
             " options, versions, lines, accepted, rejected, duplicates, 0, 1, 0, 0 FROM n, run WHERE run.id = 2",
             last);
    cr_assert_eq(mxs_store_run(store, sql, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_store_run(store, history, &detail), MXS_OK, "%s", detail.text);
}

static int64_t number_of(const char *sql)
{
    struct mxs_query query;
    mxs_query_open(&query, store, sql);
    cr_assert(mxs_query_next(&query));
    int64_t number = mxs_query_column_int(&query, 0);
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK, "%s", detail.text);
    return number;
}

#define BY_PAIRS \
    "SELECT c.to_run, c.host_id, c.kind, c.old, c.new, c.since FROM run r JOIN v_server_change_between c" \
    " ON c.to_run = r.id AND c.from_run = r.previous_run"

Test(data_diff, servers_of_neighbouring_runs_are_those_of_all_pairs)
{
    add_servers(30);
    cr_expect_eq(number_of("SELECT count(DISTINCT kind) FROM v_server_change"), 3);
    cr_expect_eq(number_of("SELECT count(*) FROM (SELECT * FROM v_server_change EXCEPT " BY_PAIRS ")"), 0);
    cr_expect_eq(number_of("SELECT count(*) FROM (" BY_PAIRS " EXCEPT SELECT * FROM v_server_change)"), 0);
}

static long steps_of_servers(int runs)
{
    close_world();
    sqlite3_auto_extension((void (*)(void))count_steps_of);
    open_world();
    sqlite3_reset_auto_extension();
    add_servers(runs);
    steps = 0;
    number_of("SELECT count(*) FROM v_server_change");
    return steps;
}

Test(data_diff, servers_take_time_in_proportion_to_the_runs)
{
    long some = steps_of_servers(30), many = steps_of_servers(240);
    cr_expect_leq(many, 10 * some, "%ld and %ld", some, many);
}
