/* Facts that a run could not settle: `diff` and the view v_change compare what comes after with what was last
 * settled before. */
#include "reports/data/diff.h"
#include "tests/support/reports_world.h"

TestSuite(data_diff_before, .init = open_world, .fini = close_world);

/* Runs 3 and 4; domains 1 and 8 stand still. */
static void add_nights(void)
{
    add_runs();
    alter("UPDATE domain_history SET mx_set_id = 1 WHERE domain_id = 1; UPDATE domain_history SET outcome = 0,"
          " mx_set_id = 1 WHERE domain_id = 8; UPDATE judgement SET verdict_id = 1 WHERE domain_id = 8");
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void put_sorted(char lines[][200], size_t count, mxs_out *out)
{
    char *order[64];
    for (size_t i = 0; i < count; i++)
        order[i] = lines[i];
    qsort(order, count, sizeof *order, by_text);
    for (size_t i = 0; i < count; i++)
        mxs_out_text(out, order[i]);
}

/* "domain kind since" lines of one diff, in the order of the alphabet; between neighbours the view tells the same. */
static void expect(int64_t from_id, int64_t to_id, const char *expected)
{
    static const struct mxs_diff_options all = {0};
    struct mxs_run from, to;
    struct mxs_diff diff;
    mxs_out told, seen;
    char lines[64][200];
    mxs_out_attach(&told, NULL);
    mxs_out_attach(&seen, NULL);
    cr_assert_eq(mxs_diff_runs(store, from_id, to_id, NULL, &from, &to, &detail), MXS_OK, "%s", detail.text);
    cr_assert_eq(mxs_diff_open(&diff, store, &from, &to, &all, &detail), MXS_OK, "%s", detail.text);
    for (size_t row = 0; row < diff.changes.row_count; row++) {
        const struct mxs_cell *cells = mxs_table_at(&diff.changes, row, 0);
        snprintf(lines[row], sizeof lines[row], "%s %s %lld\n", cells[MXS_DIFF_DOMAIN].text,
             cells[MXS_DIFF_KIND].text,
                 (long long)cells[MXS_DIFF_SINCE].integer);
    }
    put_sorted(lines, diff.changes.row_count, &told);
    mxs_diff_close(&diff);
    cr_expect_str_eq(collected(&told), expected, "%lld %lld:\n%s", (long long)from_id, (long long)to_id, told.buffer);
    struct mxs_query query;
    size_t count = 0;
    mxs_query_open(&query, store, "SELECT domain, kind, ifnull(undetermined_since, 0) FROM v_change WHERE run_id"
          " = ?1 AND"
                                  " kind <> 'became_undetermined'");
    mxs_query_int(&query, 1, to_id);
    while (mxs_query_next(&query) && count < 64)
        snprintf(lines[count++], sizeof lines[0], "%s %s %lld\n", mxs_query_column_text(&query, 0, NULL),
                 mxs_query_column_text(&query, 1, NULL), (long long)mxs_query_column_int(&query, 2));
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK, "%s", detail.text);
    put_sorted(lines, count, &seen);
    if (to_id == from_id + 1)
        cr_expect_str_eq(collected(&seen), expected, "the view, %lld:\n%s", (long long)to_id, seen.buffer);
    mxs_out_abandon(&told);
    mxs_out_abandon(&seen);
}

/* What stands of host 1 in each of four runs: an SQL list of a_outcome, a_set_id, aaaa_outcome. */
static void set_host(const char *rows)
{
    char sql[1200];
    snprintf(sql, sizeof sql,
             "DELETE FROM host_history WHERE host_id = 1;"
             "INSERT INTO host_history (host_id, list_id, first_run, last_run, a_outcome, a_set_id, aaaa_outcome)"
             " SELECT 1, 1, column1, nullif(column1, 4), column2, column3, column4 FROM (VALUES %s)",
             rows);
    alter(sql);
}

/* Hosts 1 stands in the sets of domains 1, 2 and 8; timeouts are 5. */
Test(data_diff_before, addresses_and_existence_need_both_families)
{
    add_nights();
    set_host("(1,0,1,1),(2,5,NULL,1),(3,0,3,1),(4,0,3,1)");
    expect(1, 2, "");
    expect(2, 3, "late.example address_moved 2\nown.example address_moved 2\nswap.example address_moved 2\n");
    expect(3, 4, "");
    set_host("(1,0,1,1),(2,0,3,5),(3,0,3,5),(4,0,3,1)");
    expect(1, 2, "");
    expect(2, 3, "");
    expect(3, 4, "late.example address_moved 2\nown.example address_moved 2\nswap.example address_moved 2\n");
    set_host("(1,1,NULL,1),(2,5,NULL,5),(3,2,NULL,5),(4,2,NULL,2)");
    expect(1, 2, "");
    expect(2, 3, "");
    expect(3, 4, "late.example host_dangling 2\nown.example host_dangling 2\nswap.example host_dangling 2\n");
    /* it has IPv6 alone, and a balancer that denies A; then nothing */
    set_host("(1,0,1,1),(2,2,NULL,1),(3,2,NULL,2),(4,2,NULL,2)");
    expect(1, 2, "");
    expect(2, 3, "late.example host_dangling 0\nown.example host_dangling 0\nswap.example host_dangling 0\n");
    /* A was heard when it was last asked */
    set_host("(1,2,NULL,2),(2,0,1,5),(3,5,NULL,5),(4,2,NULL,2)");
    expect(3, 4, "late.example host_dangling 3\nown.example host_dangling 3\nswap.example host_dangling 3\n");
    set_host("(1,2,NULL,2),(2,5,NULL,5),(3,2,NULL,2),(4,2,NULL,2)");
    expect(2, 3, "");
    set_host("(1,5,NULL,5),(2,5,NULL,5),(3,2,NULL,2),(4,2,NULL,2)");
    expect(2, 3, "");
    expect(1, 3, "");
}

/* Backups of domain 1: effective, not known, not known, none; with other addresses. */
Test(data_diff_before, a_backup_is_compared_with_the_last_that_was_known)
{
    add_nights();
    alter("INSERT INTO verdict (id, state, hosts, usable, tiers, backup, single_point, content) VALUES"
          " (20,0,2,2,2,NULL,NULL,x'20'),"
          "(21,0,2,2,2,0,0,x'21'); INSERT INTO verdict_label SELECT 20, role, position, provider_id, share,"
          " confidence FROM verdict_label"
          " WHERE verdict_id = 1; INSERT INTO verdict_label SELECT 21, role, position, provider_id, share,"
          " confidence FROM verdict_label"
          " WHERE verdict_id = 1; DELETE FROM judgement WHERE domain_id = 1;"
          "INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id) VALUES"
          " (1,1,1,1,1),(1,1,2,3,20),(1,1,4,NULL,21)");
    expect(3, 4, "");
    alter("UPDATE host_history SET last_run = 1 WHERE host_id = 2; INSERT INTO host_history (host_id, list_id,"
          " first_run, last_run, a_outcome,"
          " a_set_id, aaaa_outcome) VALUES (2,1,2,3,5,NULL,1),(2,1,4,NULL,0,1,1); UPDATE address_entry SET"
          " address_id = 2 WHERE set_id = 2");
    expect(1, 2, "");
    expect(2, 3, "");
    expect(3, 4, "late.example address_moved 2\nswap.example address_moved 2\nswap.example backup_lost 2\n");
    expect(1, 4, "late.example address_moved 0\nswap.example address_moved 0\nswap.example backup_lost 0\n");
    alter("UPDATE run SET checks = 'mx' WHERE id = 3");
    expect(3, 4, "late.example address_moved 2\nswap.example address_moved 2\n");
}

/* Domain 1 in run 2: undetermined; it was acme's. */
Test(data_diff_before, a_kind_that_is_asked_for_alone_crosses_too)
{
    struct mxs_run from, to;
    struct mxs_diff diff;
    add_nights();
    alter("DELETE FROM judgement WHERE domain_id = 1; DELETE FROM domain_history WHERE domain_id = 1;"
          "INSERT INTO judgement (domain_id, list_id, first_run, last_run, verdict_id) VALUES"
          " (1,1,1,1,1),(1,1,2,2,8),(1,1,3,NULL,6);"
          "INSERT INTO domain_history (domain_id, list_id, first_run, last_run, outcome, mx_set_id) VALUES"
          " (1,1,1,1,0,1),(1,1,2,2,5,NULL),"
          "(1,1,3,NULL,2,NULL)");
    expect(1, 2, "");
    expect(2, 3, "swap.example host_removed 2\nswap.example receives_no_more 2\nswap.example state_changed 2\n");
    expect(3, 4, "");
    const struct mxs_diff_options some[] = {{.kinds = 1u << MXS_CHANGE_HOST_REMOVED}, {.provider = "acme"}, {.tld
             = "example"},
                                            {.provider = "other"}, {.kinds = 1u << MXS_CHANGE_LEFT}};
    const int64_t rows[] = {1, 3, 3, 0, 0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(mxs_diff_runs(store, 2, 3, NULL, &from, &to, &detail), MXS_OK);
        cr_assert_eq(mxs_diff_open(&diff, store, &from, &to, &some[i], &detail), MXS_OK, "%s", detail.text);
        cr_expect_eq((int64_t)diff.changes.row_count, rows[i], "%zu", i);
        cr_expect_eq(diff.changed, rows[i] > 0);
        mxs_diff_close(&diff);
    }
}

/* Of a server: 20 days before the certificate ends, busy, 12 days before. */
Test(data_diff_before, what_a_mail_server_could_not_say)
{
    add_nights();
    alter("UPDATE run SET checks = 'mx,host,smtp', started_at = id * 86400 * 4;"
          "INSERT INTO certificate (id, fingerprint, subject, issuer, names, name_total, key, key_bits,"
          " signature, not_after)"
          " VALUES (1, x'01', 's', 'i', '[]', 0, 'k', 1, 's', 86400 * 24);"
          "INSERT INTO smtp_history (host_id, address_id, list_id, first_run, last_run, outcome, code, starttls,"
          " tls, flags, tested,"
          " certificate_id) SELECT 3, 3, 1, column1, nullif(column1, 4), o.id, 0, (SELECT id FROM smtp_starttls"
          " WHERE name = 'offered'),"
          " 'TLSv1.3', 4, 1, iif(column2 = 'ready', 1, NULL) FROM (VALUES"
          " (1,'ready'),(2,'busy'),(3,'ready'),(4,'ready')) JOIN smtp_outcome o"
          " ON o.name = column2");
    expect(1, 2, "");
    expect(2, 3, "own.example certificate_ends 2\n");
    expect(1, 3, "own.example certificate_ends 0\n");
    expect(3, 4, "");
    alter("UPDATE smtp_history SET certificate_id = NULL, outcome = (SELECT id FROM smtp_outcome WHERE name ="
          " CASE first_run WHEN 1 THEN"
          " 'ready' WHEN 4 THEN 'silent' WHEN 3 THEN 'busy' ELSE 'silent' END)");
    expect(3, 4, ""); /* no two runs in a row */
    alter("UPDATE smtp_history SET first_run = 0, last_run = 0 WHERE first_run = 1; UPDATE smtp_history SET"
          " first_run = 1 WHERE first_run = 2");
    expect(1, 2, "own.example server_silent 0\n");
    expect(2, 3, "");
    expect(3, 4, ""); /* it was told before */
}
