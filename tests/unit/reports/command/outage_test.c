#include "reports/command/internal/outage_text.h"
#include "reports/data/catalog.h"
#include "tests/support/reports_world.h"

TestSuite(reports_impact, .init = open_world, .fini = close_world);

/* What an outage says in a format. */
static enum mxs_err write_outage(const struct mxs_outage_options *options, enum mxs_format format,
                                 const struct mxs_style *style, mxs_out *out)
{
    struct mxs_outage outage;
    enum mxs_err err = mxs_outage_open(&outage, store, &run, options, &detail);
    if (err != MXS_OK)
        return err;
    err = mxs_outage_write(&outage, format, style, out, &detail);
    mxs_outage_close(&outage);
    return err;
}

static void expect_outage(enum mxs_part kind, const char *name, const char *expected)
{
    static const struct mxs_style style = {0};
    const struct mxs_outage_options options = {.kind = kind, .name = name, .domains = true};
    mxs_out out;
    mxs_out_attach(&out, NULL);
    cr_assert_eq(write_outage(&options, MXS_FORMAT_CSV, &style, &out), MXS_OK, "%s", detail.text);
    cr_expect_str_eq(collected(&out), expected, "%s %s", mxs_part_names[kind], name);
    mxs_out_abandon(&out);
}

#define HEAD "domain,effect,fallback_to\n"

Test(reports_impact, a_host_with_a_backup_falls_back_and_a_backup_is_capacity)
{
    expect_outage(MXS_PART_HOST, "mx2.a.example", HEAD "swap.example,fallback,acme\n");
    expect_outage(MXS_PART_HOST, "mx1.a.example", HEAD "own.example,capacity,\nswap.example,capacity,\n");
    expect_outage(MXS_PART_HOST, "MAIL.own.example", HEAD "own.example,fallback,acme\n");
}

Test(reports_impact, a_provider_takes_all_its_paths)
{
    expect_outage(MXS_PART_PROVIDER, "acme", HEAD "own.example,capacity,\nswap.example,lost,\n");
}

Test(reports_impact, addresses_and_networks_are_shared)
{
    expect_outage(MXS_PART_ADDRESS, "21.1.1.1", HEAD "bare.example,lost,\nown.example,fallback,acme\n");
    expect_outage(MXS_PART_PREFIX, "20.1.1.0/24",
                  HEAD "'-dash.example,lost,\nown.example,capacity,\nswap.example,capacity,\n");
    expect_outage(MXS_PART_ASN, "64500", HEAD "'-dash.example,lost,\nown.example,capacity,\nswap.example,lost,\n");
    expect_outage(MXS_PART_ASN, "AS64500", HEAD "'-dash.example,lost,\nown.example,capacity,\nswap.example,lost,\n");
}

Test(reports_impact, what_is_unknown_is_told_with_a_hint)
{
    static const struct mxs_style style = {0};
    const struct mxs_outage_options options = {.kind = MXS_PART_PROVIDER, .name = "acmee", .domains = false};
    mxs_out out;
    mxs_out_attach(&out, NULL);
    cr_expect_eq(write_outage(&options, MXS_FORMAT_TEXT, &style, &out), MXS_ERR_INPUT);
    cr_expect_not_null(strstr(detail.text, "did you mean 'acme'?"), "%s", detail.text);
    mxs_out_abandon(&out);
}

static void expect_refusal(enum mxs_part kind, const char *name, const char *expected)
{
    static const struct mxs_style style = {0};
    const struct mxs_outage_options options = {.kind = kind, .name = name, .domains = false};
    mxs_out out;
    mxs_out_attach(&out, NULL);
    cr_assert_eq(write_outage(&options, MXS_FORMAT_TEXT, &style, &out), MXS_ERR_INPUT, "%s", name);
    cr_expect_not_null(strstr(detail.text, expected), "%s", detail.text);
    mxs_out_abandon(&out);
}

Test(reports_impact, what_cannot_fail_as_a_whole_is_no_outage_of_nobody)
{
    expect_refusal(MXS_PART_PROVIDER, "self", "each domain that runs its own MX hosts fails by itself");
    expect_refusal(MXS_PART_COUNTRY, "DE", "knows no networks: scan with --asn-db");
    expect_refusal(MXS_PART_HOST, ".",
                   "`mxsurvey report DB impact` lists the largest"); /* the root of a null MX is no hint */
    expect_outage(MXS_PART_HOST, "mx2.a.example.", HEAD "swap.example,fallback,acme\n");
}

Test(reports_impact, what_nobody_uses_is_told)
{
    static const struct mxs_style style = {.width = 80};
    const struct mxs_outage_options options = {.kind = MXS_PART_HOST, .name = "nowhere.example", .domains = false};
    mxs_out out;
    mxs_out_attach(&out, NULL);
    cr_assert_eq(write_outage(&options, MXS_FORMAT_TEXT, &style, &out), MXS_OK, "%s", detail.text);
    cr_expect_not_null(strstr(collected(&out), "No domain of this run has a usable way over it.\n"), "%s",
                       collected(&out));
    mxs_out_abandon(&out);
}

Test(reports_impact, a_mailbox_behind_the_mx_hosts_of_others_is_told)
{
    static const struct mxs_style style = {.width = 80};
    const struct mxs_outage_options text = {.kind = MXS_PART_PROVIDER, .name = "org:own.example", .domains = false},
                                    json = {.kind = MXS_PART_PROVIDER, .name = "acme", .domains = false};
    mxs_out out;
    /* swap.example's MX hosts are acme's: its mailbox is with another; acme holds own.example's, and is one of its
     * paths */
    cr_assert_eq(mxs_store_run(store, "UPDATE verdict_label SET provider_id = CASE verdict_id WHEN 1 THEN 3 ELSE 1 END"
                               " WHERE role = 1 AND verdict_id IN (1, 2)", &detail), MXS_OK);
    mxs_out_attach(&out, NULL);
    cr_assert_eq(write_outage(&text, MXS_FORMAT_TEXT, &style, &out), MXS_OK, "%s", detail.text);
    cr_expect_not_null(strstr(collected(&out), "If own.example (provider org:own.example) fails (run 2 of list "),
                       "%s", collected(&out));
    cr_expect_not_null(
        strstr(collected(&out),
               "1 domain keeps the mailbox there behind MX hosts of others, which go on taking\nthe mail.\n"),
        "%s", collected(&out));
    mxs_out_abandon(&out);
    mxs_out_attach(&out, NULL);
    cr_assert_eq(write_outage(&json, MXS_FORMAT_JSON, &style, &out), MXS_OK, "%s", detail.text);
    cr_expect_not_null(strstr(collected(&out), "\"mailbox_behind\":0,"), "%s", collected(&out));
    mxs_out_abandon(&out);
}

/* The definition once more, in SQL over the paths: slow and plain. */
static const char expected_sql[] =
    "CREATE TEMP VIEW expected AS "
    "WITH path AS MATERIALIZED (SELECT * FROM main.v_path), "
    "whole AS ( "
    "SELECT run_id, mx_set_id, implicit_host_id, count(*) AS paths, min(preference) AS first FROM path GROUP BY 1, 2, "
    "3), "
    "rated AS MATERIALIZED ( "
    "SELECT p.*, w.paths, p.preference = w.first AS is_first, "
    "(SELECT count(*) FROM path q WHERE q.run_id = p.run_id AND q.mx_set_id IS p.mx_set_id "
    "AND q.implicit_host_id IS p.implicit_host_id AND q.preference = w.first) AS first_paths "
    "FROM path p JOIN whole w ON w.run_id = p.run_id AND w.mx_set_id IS p.mx_set_id AND w.implicit_host_id IS "
    "p.implicit_host_id), "
    "thing AS ( "
    "SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'host' AS kind, host AS name "
    "FROM rated "
    "UNION ALL SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'address', address "
    "FROM rated "
    "UNION ALL SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'prefix', prefix "
    "FROM rated "
    "UNION ALL SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'asn', asn FROM "
    "rated "
    "UNION ALL SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'provider', provider "
    "FROM rated "
    "UNION ALL SELECT run_id, mx_set_id, implicit_host_id, domains, paths, first_paths, is_first, 'country', country "
    "FROM rated), "
    "hit AS ( "
    "SELECT run_id, kind, name, domains, count(*) = paths AS lost, sum(is_first) = first_paths AS first_lost "
    "FROM thing WHERE name IS NOT NULL "
    "GROUP BY run_id, mx_set_id, implicit_host_id, kind, name) "
    "SELECT h.run_id, h.kind, h.name, sum(h.domains) AS used, sum(h.domains * h.lost) AS lost, "
    "sum(h.domains * (h.first_lost AND NOT h.lost)) AS fallback, sum(h.domains * (NOT h.first_lost)) AS capacity, "
    "1.0 * sum(h.domains * h.lost) / nullif(t.receiving, 0) AS share, 1.0 * sum(h.domains) / nullif(t.receiving, 0) AS "
    "used_share "
    "FROM hit h "
    "JOIN main.v_total t ON t.run_id = h.run_id "
    "GROUP BY h.run_id, h.kind, h.name ";

/* The rows of a view as one text. */
static char *rows_of(const char *view)
{
    char sql[256];
    struct mxs_query query;
    mxs_out out;
    mxs_out_attach(&out, NULL);
    snprintf(sql, sizeof sql,
             "SELECT kind, name, used, lost, fallback, capacity, round(share, 6) FROM %s WHERE run_id = 2"
             " ORDER BY kind, name",
             view);
    mxs_query_open(&query, store, sql);
    while (mxs_query_next(&query)) {
        for (int i = 0; i < 7; i++) {
            mxs_out_text(&out, mxs_query_column_text(&query, i, NULL));
            mxs_out_text(&out, "|");
        }
        mxs_out_text(&out, "\n");
    }
    cr_assert_eq(mxs_query_finish(&query, &detail), MXS_OK, "%s", detail.text);
    char *copy = strdup(collected(&out));
    mxs_out_abandon(&out);
    return copy;
}

/* What was counted of run 2, which is what the paths say; the caller frees it. */
static char *both_tell(void)
{
    count_world();
    cr_assert_eq(mxs_store_run(store, expected_sql, &detail), MXS_OK, "%s", detail.text);
    char *told = rows_of("expected"), *counted = rows_of("v_impact");
    cr_expect_str_eq(counted, told);
    free(counted);
    return told;
}

Test(reports_impact, what_is_counted_is_what_the_paths_say)
{
    cr_assert_eq(mxs_store_run(store, "UPDATE asn SET country = 'DE'", &detail), MXS_OK);
    char *told = both_tell();
    cr_expect_not_null(strstr(told, "country|DE|"), "%s", told);
    cr_expect_not_null(strstr(told, "host|mx2.a.example|1|0|1|0|"));
    free(told);
}

/* Without the check host an MX host is a path, whatever its addresses; the domain itself is one where it has an
 * address. */
Test(reports_impact, a_domain_without_mx_and_address_has_no_path)
{
    cr_assert_eq(mxs_store_run(
                     store,
                     "UPDATE run SET checks = 'mx'; UPDATE domain_history SET implicit_host_id = 5 WHERE domain_id = 7",
                     &detail),
                 MXS_OK);
    char *told = both_tell();
    cr_expect_not_null(strstr(told, "host|nowhere.example|1|1|0|0|"),
                       "broken.example, of which no address was asked: %s", told);
    cr_expect_not_null(strstr(told, "address|21.1.1.1|1|1|0|0|"), "bare.example: %s", told);
    free(told);
}

/* Address 4 is private: beside a public one it is no second way. */
Test(reports_impact, an_address_that_is_not_public_is_no_way)
{
    cr_assert_eq(
        mxs_store_run(store, "INSERT INTO address_entry (set_id, position, address_id) VALUES (1, 1, 4)", &detail),
        MXS_OK);
    char *told = both_tell();
    cr_expect_null(strstr(told, "10.0.0."), "%s", told);
    cr_expect_not_null(strstr(told, "address|20.1.1.1|3|1|0|2|"), "%s", told);
    free(told);
    expect_outage(MXS_PART_ADDRESS, "20.1.1.1",
                  HEAD "'-dash.example,lost,\nown.example,capacity,\nswap.example,capacity,\n");
    expect_outage(MXS_PART_ADDRESS, "10.0.0.1", HEAD);
}

/* Whether what is not settled is a way nobody knows: only what is certain without it is told. */
Test(reports_impact, beside_an_mx_host_that_is_not_settled_a_loss_is_unknown)
{
    alter("UPDATE host_history SET a_outcome = 5, a_set_id = NULL WHERE host_id = 1");
    expect_outage(MXS_PART_HOST, "mx2.a.example", HEAD "swap.example,unknown,\n");
    expect_outage(MXS_PART_HOST, "mail.own.example", HEAD "own.example,unknown,\n");
    expect_outage(MXS_PART_ADDRESS, "20.1.2.1", HEAD "swap.example,unknown,\n");
    /* That host is its, too: of swap.example nothing is left, whether own.example loses capacity is not known. */
    expect_outage(MXS_PART_PROVIDER, "acme", HEAD "own.example,unknown,\nswap.example,lost,\n");
    char *counted = rows_of("v_impact");
    cr_expect_not_null(strstr(counted, "host|mx2.a.example|1|0|0|0|"), "%s", counted);
    cr_expect_not_null(strstr(counted, "address|20.1.2.1|1|0|0|0|"), "%s", counted);
    cr_expect_not_null(strstr(counted, "provider|acme|1|1|0|0|"), "%s", counted);
    cr_expect_not_null(strstr(counted, "address|21.1.1.1|2|1|0|0|"), "bare.example is lost: %s", counted);
    free(counted);
}

Test(reports_impact, who_falls_back_is_unknown_beside_an_mx_host_of_the_first_tier_that_is_not_settled)
{
    alter("INSERT INTO mx_entry VALUES (3, 10, 2);"
          "UPDATE host_history SET a_outcome = 5, a_set_id = NULL WHERE host_id = 2");
    expect_outage(MXS_PART_HOST, "mail.own.example", HEAD "own.example,unknown,\n");
    expect_outage(MXS_PART_HOST, "mx1.a.example", HEAD "own.example,capacity,\nswap.example,unknown,\n");
    alter("UPDATE mx_entry SET preference = 60 WHERE set_id = 3 AND host_id = 2");
    expect_outage(MXS_PART_HOST, "mail.own.example", HEAD "own.example,fallback,acme\n");
    char *counted = rows_of("v_impact");
    cr_expect_not_null(strstr(counted, "host|mail.own.example|1|0|1|0|"), "%s", counted);
    cr_expect_not_null(strstr(counted, "host|mx1.a.example|2|0|0|1|"), "%s", counted);
    free(counted);
}

Test(reports_impact, beside_addresses_that_are_not_settled_the_loss_of_others_is_unknown)
{
    alter("UPDATE host_history SET aaaa_outcome = 5 WHERE host_id IN (2, 6)");
    expect_outage(MXS_PART_ADDRESS, "20.1.2.1", HEAD "swap.example,unknown,\n");
    expect_outage(MXS_PART_HOST, "mx2.a.example", HEAD "swap.example,fallback,acme\n"); /* all of its addresses */
    expect_outage(MXS_PART_ADDRESS, "21.1.1.1", HEAD "bare.example,unknown,\nown.example,fallback,acme\n");
    expect_outage(MXS_PART_HOST, "bare.example", HEAD "bare.example,lost,\n");
    char *counted = rows_of("v_impact");
    cr_expect_not_null(strstr(counted, "address|20.1.2.1|1|0|0|0|"), "%s", counted);
    cr_expect_not_null(strstr(counted, "address|21.1.1.1|2|0|1|0|"), "%s", counted);
    cr_expect_not_null(strstr(counted, "host|bare.example|1|1|0|0|"), "%s", counted);
    free(counted);
}

/* What an outage says, in `format`, of a host or provider; the caller abandons it. */
static const char *told_of(enum mxs_part kind, const char *name, enum mxs_format format, mxs_out *out)
{
    static const struct mxs_style style = {.width = 100};
    const struct mxs_outage_options options = {.kind = kind, .name = name};
    mxs_out_attach(out, NULL);
    cr_assert_eq(write_outage(&options, format, &style, out), MXS_OK, "%s", detail.text);
    return collected(out);
}

static void expect_told(enum mxs_part kind, const char *name, enum mxs_format format, const char *expected)
{
    mxs_out out;
    const char *told = told_of(kind, name, format, &out);
    cr_expect_not_null(strstr(told, expected), "%s: %s\n%s", name, expected, told);
    mxs_out_abandon(&out);
}

/* Host 1 was left out, host 3 is not settled: whether they are ways is not known, and no number is. */
Test(reports_impact, what_the_loss_of_an_mx_host_does_that_was_not_asked_or_settled_is_no_zero)
{
    alter("DELETE FROM host_history WHERE host_id = 1;"
          "UPDATE host_history SET a_outcome = 5, a_set_id = NULL WHERE host_id = 3");
    expect_told(MXS_PART_HOST, "mx1.a.example", MXS_FORMAT_JSON,
                "\"lost\":null,\"fallback\":null,\"capacity\":null,\"unknown\":1,");
    expect_told(MXS_PART_HOST, "mx1.a.example", MXS_FORMAT_TEXT, "\nlose every path            not known\n");
    expect_told(MXS_PART_HOST, "mx1.a.example", MXS_FORMAT_TEXT,
                "What its loss does is not known: whether it has an address was not asked.\n"
                "1 domain that names it is not counted: whether it receives mail is not settled.\n");
    expect_told(MXS_PART_PROVIDER, "org:own.example", MXS_FORMAT_JSON, "\"lost\":null,");
    expect_told(MXS_PART_PROVIDER, "org:own.example", MXS_FORMAT_JSON, "\"undetermined\":1}");
    expect_outage(MXS_PART_HOST, "mx1.a.example", HEAD "swap.example,unknown,\n");
    expect_told(MXS_PART_HOST, "mx2.a.example", MXS_FORMAT_TEXT, "an MX host or address that was not asked may take");
}

/* A domain whose only MX host was left out can receive mail by its MX, in every table alike. */
Test(reports_impact, shares_are_of_the_domains_that_other_tables_count)
{
    expect_told(MXS_PART_HOST, "mx2.a.example", MXS_FORMAT_JSON, "\"receiving\":4,");
    alter("DELETE FROM host_history WHERE host_id = 7");
    expect_told(MXS_PART_HOST, "mx2.a.example", MXS_FORMAT_JSON, "\"receiving\":4,");
    alter("INSERT INTO host_history (host_id, list_id, first_run, a_outcome, aaaa_outcome) VALUES (7, 1, 1, 5, 1)");
    expect_told(MXS_PART_HOST, "mx2.a.example", MXS_FORMAT_JSON, "\"receiving\":3,");
}

/* mx1.a.example is the backup of both. */
Test(reports_impact, who_loses_a_backup_is_told_that_it_is_one)
{
    expect_told(MXS_PART_HOST, "mx1.a.example", MXS_FORMAT_TEXT, "\nlose capacity or a backup        2  50.0 %\n");
    expect_told(MXS_PART_HOST, "mx1.a.example", MXS_FORMAT_JSON, "\"capacity\":2,");
}
