#include "reports/format/chart_table.h"
#include "reports/page/page_section.h"

#include <stdlib.h>
#include <string.h>

#define PROVIDERS_SHOWN 10
#define NOTES_SHOWN 20
#define IMPACT_SHOWN 4 /* of each kind */
#define NETWORKS_SHOWN 6
#define COUNTRIES_SHOWN 10
#define POLICY_PROVIDERS_SHOWN 8

/* Each section says in words what its figure shows, before it. */

static void put_sum(struct mxs_section *section)
{
    mxs_out *out = section->page->out;
    const struct mxs_run_sums *a = &section->sums;
    bool sums = a->lines == a->accepted + a->rejected + a->duplicate &&
                a->accepted == section->snapshot->bases[MXS_BASE_ACCEPTED];
    mxs_out_text(out, sums ? "<p>" : "<p class=\"alarm\"><strong>These sums do not add up.</strong> ");
    mxs_run_put_sums(out, a);
    mxs_out_text(out, sums ? ". Every accepted name has exactly one of the eight states below.</p>\n"
                           : "; ");
    if (sums)
        return;
    mxs_page_put_count(section->page, section->snapshot->bases[MXS_BASE_ACCEPTED]);
    mxs_out_text(out, " names have a state.</p>\n");
}

static void put_times(struct mxs_section *section)
{
    mxs_out *out = section->page->out;
    const struct mxs_run *run = &section->snapshot->run;
    char from[MXS_CELL_TEXT_SIZE], to[MXS_CELL_TEXT_SIZE];
    mxs_out_text(out, "<p>Asked from ");
    mxs_out_text(out, mxs_section_time(run->started_at, from));
    mxs_out_text(out, " to ");
    mxs_out_text(out, mxs_section_time(run->finished_at, to));
    mxs_out_text(out, ", checks ");
    mxs_page_put_text(section->page, run->checks);
    mxs_out_text(out, ".</p>\n");
}

/* Pauses, excluded resolvers, doubts: the reader should know. */
static enum mxs_err put_notes(struct mxs_section *section)
{
    struct mxs_table table;
    enum mxs_err err = mxs_section_read(section, "notes", 0, &table);
    if (err != MXS_OK)
        return err;
    if (table.row_count > 0) {
        mxs_section_put_heading(section, "Notes", NULL);
        mxs_page_put_table(section->page, &table, NOTES_SHOWN);
    }
    mxs_table_finish(&table);
    return MXS_OK;
}

/* A figure compares: of one resolver there is nothing to draw. */
static enum mxs_err put_resolvers(struct mxs_section *section)
{
    static const struct mxs_column columns[] = {
        {"resolver", "resolver", MXS_UNIT_TEXT, 0},  {"asked", "asked", MXS_UNIT_COUNT, 0},
        {"answers", "answers", MXS_UNIT_COUNT, 0},   {"timeouts", "timeouts", MXS_UNIT_COUNT, 0},
        {"servfail", "SERVFAIL", MXS_UNIT_COUNT, 0}, {"refused", "REFUSED", MXS_UNIT_COUNT, 0},
        {"unread", "unreadable", MXS_UNIT_COUNT, 0}, {"filtered", "filtered", MXS_UNIT_COUNT, 0},
        {"rtt_us", "mean RTT", MXS_UNIT_US, 0},      {"rtt_max_us", "max RTT", MXS_UNIT_US, 0},
        {"excluded", "excluded", MXS_UNIT_PROSE, 0},
        {"unreachable", "unreachable", MXS_UNIT_COUNT, 0}, {"unawaited", "not awaited", MXS_UNIT_COUNT, 0}};
    struct mxs_table table;
    struct mxs_query query;
    mxs_table_init(&table, "resolvers", "Resolvers", columns, sizeof columns / sizeof *columns);
    table.question = "Which resolvers were asked, and what did they answer (SERVFAIL to filtered are answers, too)?";
    table.sql = "SELECT resolver, asked, answers, timeouts, servfail, refused, malformed + truncated AS unread, "
                "filtered, rtt_us, rtt_max_us, excluded, nullif(unreachable, 0) AS unreachable,"
                " nullif(unawaited, 0) AS unawaited"
                " FROM v_resolver WHERE run_id = ?1 ORDER BY resolver";
    mxs_query_open(&query, section->store, table.sql);
    mxs_query_int(&query, 1, section->snapshot->run.id);
    enum mxs_err err = mxs_table_fill(&table, &query, section->detail);
    if (err != MXS_OK) {
        mxs_table_finish(&table);
        return err;
    }
    if (table.row_count == 1)
        mxs_page_put_table(section->page, &table, 0);
    else if (table.row_count > 1)
        mxs_page_put_figure(section->page, &table, 0, 0);
    else
        mxs_out_text(section->page->out, "<p class=\"dim\">No resolver was recorded.</p>\n");
    mxs_table_finish(&table);
    return MXS_OK;
}

enum mxs_err mxs_section_write_accounting(struct mxs_section *section)
{
    put_times(section);
    put_sum(section);
    enum mxs_err err = mxs_section_put(section, "states", 0, 0, NULL);
    if (err == MXS_OK) {
        mxs_section_put_heading(section, "Resolvers", NULL);
        err = put_resolvers(section);
    }
    if (err == MXS_OK)
        err = put_notes(section);
    return err;
}

#define DOMAINS_OPEN 5 /* more are folded on a screen, unless the finding is critical */
#define DOMAINS_LISTED 50 /* a page that was mailed has no database to ask */

/* The domains of the findings that few have: finding, domain. Judgements are read through once, until all of them are
 * found, and not at all where no finding has so few: of 50,000,000 domains, asking v_domain took a gigabyte and two
 * minutes. */
static enum mxs_err read_listed(struct mxs_section *section, struct mxs_table *out)
{
    static const struct mxs_column columns[] = {{"finding", "finding", MXS_UNIT_TEXT, 0},
                                                {"domain", "domain", MXS_UNIT_TEXT, 0}};
    struct mxs_query query;
    mxs_table_init(out, "listed", NULL, columns, 2);
    mxs_query_open(
        &query, section->store,
        "WITH few AS MATERIALIZED (SELECT finding FROM v_finding WHERE run_id = ?1 AND severity <> 'info'"
        " AND domains <= ?2), of AS MATERIALIZED (SELECT verdict_id, finding FROM v_verdict_finding WHERE finding IN"
        " (SELECT finding FROM few)), wanted AS MATERIALIZED (SELECT verdict_id, domains FROM v_verdict_count"
        " WHERE run_id = ?1 AND verdict_id IN (SELECT verdict_id FROM of)), found AS MATERIALIZED (SELECT domain_id,"
        " verdict_id FROM judgement WHERE list_id = (SELECT list_id FROM run WHERE id = ?1) AND first_run <= ?1"
        " AND ifnull(last_run, ?1) >= ?1 AND verdict_id IN (SELECT verdict_id FROM wanted)"
        " LIMIT (SELECT ifnull(sum(domains), 0) FROM wanted)) SELECT o.finding, d.name FROM found f"
        " CROSS JOIN of o ON o.verdict_id = f.verdict_id CROSS JOIN domain d ON d.id = f.domain_id ORDER BY 1, 2");
    mxs_query_int(&query, 1, section->snapshot->run.id);
    mxs_query_int(&query, 2, DOMAINS_LISTED);
    return mxs_table_fill(out, &query, section->detail);
}

static void put_listed(struct mxs_section *section, const struct mxs_table *listed, const struct mxs_cell *row,
                       bool folded)
{
    mxs_out *out = section->page->out;
    bool any = false;
    for (size_t i = 0; i < listed->row_count; i++) {
        if (strcmp(mxs_table_at(listed, i, 0)->text, row[1].text) != 0)
            continue;
        if (!any)
            mxs_out_text(out, folded ? "<details class=\"appendix names\"><summary>domains</summary><p class=\"base\">"
                                     : "<p class=\"base names\">");
        else
            mxs_out_text(out, ", ");
        mxs_page_put_text(section->page, mxs_table_at(listed, i, 1)->text);
        any = true;
    }
    mxs_out_text(out, !any ? "" : folded ? "</p></details>" : "</p>");
}

/* Severity by colour, by its word and by the shape of its badge. */
static void put_finding(struct mxs_section *section, const struct mxs_table *listed, const struct mxs_table *table,
                        size_t at)
{
    struct mxs_page *page = section->page;
    mxs_out *out = page->out;
    const struct mxs_cell *row = mxs_table_at(table, at, 0);
    static const struct mxs_column of_names = {"share", "share", MXS_UNIT_SHARE, MXS_BASE_ACCEPTED};
    char buffer[MXS_CELL_TEXT_SIZE];
    size_t size;
    const char *share = mxs_cell_for_people(&of_names, &row[3], buffer, &size);
    const char *class = mxs_chart_bar_class(table, at);
    bool info = strcmp(class, "quiet") == 0;
    bool folded = row[2].integer > DOMAINS_OPEN && strcmp(class, "critical") != 0;
    mxs_out_format(out, "<tr%s><td><span class=\"badge of-%s\">", info ? " class=\"later\"" : "",
                   info ? "info" : class);
    mxs_page_put_text(page, row[0].text);
    mxs_out_text(out, "</span></td><td class=\"wide\">");
    mxs_out_text(out, folded ? "<div class=\"says\"><p><strong>" : "<p><strong>");
    mxs_page_put_prose(page, row[4].text);
    mxs_out_text(out, "</strong> ");
    mxs_page_put_prose(page, row[5].text);
    mxs_out_text(out, "</p>");
    put_listed(section, listed, row, folded);
    mxs_out_text(out, folded ? "</div>" : "");
    mxs_out_text(out, "</td><td><code>");
    mxs_page_put_text(page, row[1].text);
    mxs_out_text(out, "</code></td><td class=\"n\">");
    mxs_page_put_count(page, row[2].integer);
    mxs_out_text(out, "</td><td class=\"n bar\">");
    mxs_page_put_bar(page, class, row[3].real);
    mxs_out_escaped(out, MXS_ESCAPE_HTML, share, size);
    mxs_out_text(out, "</td></tr>\n");
}

enum mxs_err mxs_section_write_findings(struct mxs_section *section)
{
    struct mxs_table table, listed;
    mxs_out *out = section->page->out;
    enum mxs_err err = mxs_section_read(section, "findings", -1, &table);
    if (err != MXS_OK)
        return err;
    err = read_listed(section, &listed);
    if (err == MXS_OK && table.row_count == 0)
        mxs_out_text(out, "<p>Nothing was found.</p>\n");
    if (err == MXS_OK && table.row_count > 0) {
        mxs_out_format(
            out,
            "<p>The most severe first, then by number of domains. A domain may have several. Where 50 domains or fewer "
            "have one, they are listed; <code>mxsurvey report DB findings --code NAME --run %lld</code> lists all of "
            "any.</p>\n<div><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table: findings\">"
            "<table class=\"data findings\"><caption>What is wrong or worth knowing, and what can be "
            "done?</caption>\n<thead><tr><th scope=\"col\">severity</th><th scope=\"col\">issue and "
            "recommendation</th><th scope=\"col\">finding</th><th scope=\"col\" class=\"n\">domains</th>"
            "<th scope=\"col\" class=\"n\">share</th></tr></thead>\n<tbody>\n",
            (long long)section->snapshot->run.id);
        for (size_t i = 0; i < table.row_count; i++)
            put_finding(section, &listed, &table, i);
        mxs_out_text(out, "</tbody></table></div>\n");
        table.sql = "SELECT severity, finding, domains, share FROM v_finding WHERE run_id = ?1 ORDER BY weight DESC, "
                    "domains DESC, finding";
        mxs_page_put_end(section->page, &table);
        mxs_out_text(out, "</div>\n");
    }
    mxs_table_finish(&listed);
    mxs_table_finish(&table);
    return err;
}

static enum mxs_err put_role(struct mxs_section *section, const char *name, const char *role, const char *title,
                             const char *none)
{
    mxs_section_put_heading(section, title, role);
    return mxs_section_put(section, name, PROVIDERS_SHOWN, 0, none);
}

enum mxs_err mxs_section_write_providers(struct mxs_section *section)
{
    mxs_out_text(section->page->out,
                 "<p>Three roles, counted separately; a domain with several equal providers counts in equal parts."
                 " Self-hosted is mail under the domain's own name; behind a gateway the mailbox provider may be"
                 " unknown. A backup that the mailbox provider runs itself does not help when that provider fails."
                 " Jurisdiction is the country of the operator, wherever its machines are.</p>\n");
    enum mxs_err err =
        put_role(section, "mailboxes", "mailbox", "Mailbox providers", "No mailbox provider is known.");
    if (err == MXS_OK)
        err = put_role(section, "gateways", "gateway", "Gateways (mail filters)", "No domain is known to use one.");
    if (err == MXS_OK) {
        mxs_section_put_heading(section, "Jurisdiction", NULL);
        err = mxs_section_put_jurisdictions(section);
    }
    if (err == MXS_OK)
        err = put_role(section, "backups", "backup", "Backup providers",
                       "No domain names another provider as backup.");
    return err;
}

static enum mxs_err put_indexes(struct mxs_section *section)
{
    struct mxs_table table;
    enum mxs_err err = mxs_section_read(section, "concentration", 0, &table);
    if (err != MXS_OK)
        return err;
    mxs_page_put_table(section->page, &table, 0);
    mxs_table_finish(&table);
    return MXS_OK;
}

/* The line of each role as a column: a row for each rank. */
static enum mxs_err put_curve(struct mxs_section *section)
{
    static const struct mxs_column columns[] = {{"rank", "largest providers", MXS_UNIT_COUNT, 0},
                                                {"mailbox", "mailbox, share of the labelled", MXS_UNIT_SHARE,
                                                 MXS_BASE_ROW},
                                                {"gateway", "gateway, share of the labelled", MXS_UNIT_SHARE,
                                                 MXS_BASE_ROW}};
    struct mxs_table lines, table;
    struct mxs_query query;
    mxs_out sql;
    enum mxs_err err = mxs_section_read(section, "curve", 0, &lines);
    if (err != MXS_OK)
        return err;
    mxs_out_attach(&sql, NULL);
    mxs_out_format(&sql,
                   "WITH curve (role, rank, share, labelled) AS (%s)\nSELECT rank,"
                   " max(share) FILTER (WHERE role = 'mailbox'), max(share) FILTER (WHERE role = 'gateway')"
                   " FROM curve GROUP BY rank ORDER BY rank",
                   lines.sql);
    mxs_out_bytes(&sql, "", 1);
    mxs_table_init(&table, "ranks", lines.title, columns, sizeof columns / sizeof *columns);
    table.question = "How much of the mail do the largest providers cover?";
    if (sql.err == MXS_OK) {
        table.sql = sql.buffer;
        mxs_query_open(&query, section->store, table.sql);
        mxs_query_int(&query, 1, section->snapshot->run.id);
        err = mxs_table_fill(&table, &query, section->detail);
    } else {
        err = mxs_err_memory(section->detail, NULL);
    }
    if (err == MXS_OK && table.row_count > 0)
        mxs_page_put_pair(section->page, &lines, &table, 0, 0);
    mxs_out_abandon(&sql);
    mxs_table_finish(&table);
    mxs_table_finish(&lines);
    return err;
}

enum mxs_err mxs_section_write_concentration(struct mxs_section *section)
{
    mxs_out_text(section->page->out, "<p>The steeper the line, the fewer providers hold the mail. HHI is the sum of"
                                     " squared percentages, 0 to 10,000; the effective number is 10,000 divided by it. "
                                     "Each self-hosted domain counts"
                                     " as one provider.</p>\n");
    enum mxs_err err = put_curve(section);
    if (err == MXS_OK)
        err = put_indexes(section);
    mxs_out_text(
        section->page->out,
        "<p class=\"base\">For comparison, snapshot of 2021-06-08, classified domains (Liu et al., IMC"
        " 2021): Alexa list Google 33.28&nbsp;%, Microsoft 12.56&nbsp;%, HHI 1,324; .com GoDaddy 35.31&nbsp;%, Google"
        " 11.45&nbsp;%, HHI 1,478; .gov Microsoft 36.39&nbsp;%, Google 10.90&nbsp;%, HHI 1,575. Other lists, other "
        "rules:"
        " an order of magnitude, not a trend.</p>\n");
    return err;
}

/* Without what another table of the section tells, MX hosts where it is known which are usable, and of a yes or no the
 * yes alone. */
static bool is_told_here(const struct mxs_cell *cells, bool hosts_asked)
{
    return strcmp(cells[0].text, "single point of failure") != 0 &&
           strcmp(cells[0].text, "survives provider loss") != 0 && strcmp(cells[1].text, "no") != 0 &&
           !(hosts_asked && strcmp(cells[0].text, "MX hosts") == 0);
}

static enum mxs_err put_measures(struct mxs_section *section)
{
    struct mxs_table table;
    size_t kept = 0;
    bool hosts_asked = section->snapshot->run.hosts_asked;
    enum mxs_err err = mxs_section_read(section, "redundancy", 0, &table);
    if (err != MXS_OK)
        return err;
    for (size_t row = 0; row < table.row_count; row++)
        if (is_told_here(mxs_table_at(&table, row, 0), hosts_asked))
            memmove(&table.cells[kept++ * table.column_count], mxs_table_at(&table, row, 0),
                    table.column_count * sizeof *table.cells);
    table.row_count = kept;
    table.sql = hosts_asked ? "SELECT measure, value, domains, share FROM v_redundancy_measure WHERE run_id = ?1"
                              " AND value <> 'no' AND measure NOT IN ('MX hosts', 'single point of failure',"
                              " 'survives provider loss') ORDER BY position, value"
                            : "SELECT measure, value, domains, share FROM v_redundancy_measure WHERE run_id = ?1"
                              " AND value <> 'no' ORDER BY position, value";
    if (table.row_count > 0)
        mxs_page_put_figure(section->page, &table, 0, 0);
    mxs_table_finish(&table);
    return MXS_OK;
}

enum mxs_err mxs_section_write_redundancy(struct mxs_section *section)
{
    if (!section->snapshot->run.hosts_asked)
        mxs_out_text(section->page->out,
                     "<p class=\"dim\">Addresses were not asked (check <code>host</code>), so only the number of"
                     " MX hosts is known.</p>\n");
    mxs_section_put_heading(section, "Backup coverage", NULL);
    mxs_out_text(
        section->page->out,
        "<p><em>Effective</em>: it has an address that the primary MX hosts do not have, and is better the less it"
        " shares with them. <em>Ineffective</em>: the same addresses. <em>Dead</em>: no public address.</p>\n");
    enum mxs_err err = mxs_section_put(section, "backup", 0, 0, "No domain can receive mail.");
    if (err == MXS_OK) {
        mxs_section_put_heading(section, "Single point of failure", NULL);
        err = mxs_section_put(section, "points", 0, 0, NULL);
    }
    if (err == MXS_OK) {
        mxs_section_put_heading(section, "MX hosts, tiers, addresses", NULL);
        err = put_measures(section);
    }
    return err;
}

#define IMPACT_OF(kinds)                                                                                               \
    "SELECT kind, name, lost, fallback, capacity, unknown, share FROM (SELECT *, row_number() OVER (PARTITION BY kind" \
    " ORDER BY lost DESC, used DESC, name) AS place FROM v_impact WHERE run_id = ?1 AND kind IN (" kinds "))"         \
    " WHERE place <= ?2 ORDER BY instr('provider asn prefix address host', kind), place"

/* Half of the table: failures of providers and networks, or, beside it, of machines. */
static void put_impact(struct mxs_section *section, const struct mxs_table *whole, bool machines)
{
    struct mxs_table table = *whole;
    size_t from = 0, columns = whole->column_count;
    while (from < whole->row_count && strcmp(mxs_table_at(whole, from, 0)->text, "address") != 0 &&
           strcmp(mxs_table_at(whole, from, 0)->text, "host") != 0)
        from++;
    table.row_count = machines ? whole->row_count - from : from;
    table.cells = machines ? whole->cells + from * columns : whole->cells;
    table.total_rows = 0;
    table.title = machines ? "Impact of addresses and MX hosts" : "Impact of providers and networks";
    table.sql = machines ? IMPACT_OF("'address', 'host'") : IMPACT_OF("'provider', 'asn', 'prefix'");
    if (table.row_count == 0)
        return;
    mxs_section_put_heading(section, machines ? "Addresses and MX hosts" : "Providers and networks", NULL);
    mxs_page_put_figure(section->page, &table, 0, 0);
}

enum mxs_err mxs_section_write_impact(struct mxs_section *section)
{
    struct mxs_table table;
    char number[32];
    enum mxs_err err = mxs_section_read(section, "impact", IMPACT_SHOWN, &table);
    if (err != MXS_OK)
        return err;
    if (table.row_count == 0)
        mxs_out_text(section->page->out, "<p class=\"dim\">No path is known.</p>\n");
    else
        mxs_out_format(section->page->out,
                       "<p>How many domains lose all mail, fall back to a backup, or lose capacity or a"
                       " backup alone: the %d worst"
                       " of each kind, of %s. <code>mxsurvey outage DB KIND NAME --domains</code> lists the"
                       " domains.</p>\n",
                       IMPACT_SHOWN, mxs_count_text((int64_t)table.total_rows, number, sizeof number));
    put_impact(section, &table, false);
    put_impact(section, &table, true);
    mxs_table_finish(&table);
    return MXS_OK;
}

/* Where a network is registered, when the database of networks said so. */
static enum mxs_err put_countries(struct mxs_section *section)
{
    struct mxs_table table;
    enum mxs_err err = mxs_section_read(section, "countries", COUNTRIES_SHOWN, &table);
    if (err != MXS_OK)
        return err;
    if (table.row_count > 0) {
        mxs_section_put_heading(section, "Countries", NULL);
        mxs_out_text(section->page->out,
                     "<p>The country of each network, as the given database has it: where it is registered, which need"
                     " not be where its machines are. A domain counts in each of its countries.</p>\n");
        mxs_page_put_figure(section->page, &table, 0, 0);
    }
    mxs_table_finish(&table);
    return MXS_OK;
}

enum mxs_err mxs_section_write_networks(struct mxs_section *section)
{
    if (section->snapshot->run.hosts_asked)
        mxs_out_text(section->page->out, "<p>Autonomous systems are known only when the scan was given a database of"
                                         " them (<code>--asn-db</code>); prefixes (/24 of IPv4, /48 of IPv6)"
                                         " always.</p>\n");
    enum mxs_err err = mxs_section_put(section, "networks", NETWORKS_SHOWN, NETWORKS_SHOWN, "No network is known.");
    return err == MXS_OK ? put_countries(section) : err;
}

/* What the words of the table mean to who decides; the numbers stand there. */
static void put_policy_words(struct mxs_section *section)
{
    static const char *const words[][2] = {
        {"SPF", "which servers may send for the domain. A permanent error makes the record worthless."},
        {"DMARC", "p=quarantine and p=reject tell receivers to set aside or refuse what fails; p=none only asks for"
                  " reports."},
        {"MTA-STS", "where it is enforced, senders deliver only over TLS with a valid certificate."},
        {"DANE", "the TLS keys of the MX hosts are published in signed zones (TLSA), and senders check them."},
        {"parked, can be forged", "takes no mail, but does not say that nobody sends for it."},
    };
    mxs_out *out = section->page->out;
    mxs_out_text(out, "<dl>\n");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        mxs_out_format(out, "<dt>%s</dt><dd>%s</dd>\n", words[i][0], words[i][1]);
    mxs_out_text(out, "</dl>\n");
}

enum mxs_err mxs_section_write_policies(struct mxs_section *section)
{
    const struct mxs_run *run = &section->snapshot->run;
    struct mxs_table table;
    mxs_out_text(
        section->page->out,
        "<p>What the domains publish about who may send in their name, and about how mail to them is protected in"
        " transit. Each share is of the names for which that policy is known.");
    mxs_out_text(section->page->out, run->policies_asked && run->transport_asked ? "</p>\n"
                                     : run->policies_asked
                                         ? " Transport (MTA-STS, TLS reports, DANE) was not asked.</p>\n"
                                     : run->transport_asked
                                         ? " Only transport (MTA-STS, TLS reports, DANE) was asked.</p>\n"
                                         : " Neither SPF, DKIM and DMARC nor transport were asked.</p>\n");
    if (run->transport_asked)
        mxs_out_text(section->page->out,
                     run->sts_fetched
                         ? "<p>Where a record announces an MTA-STS policy, the file was fetched from the"
                           " domain's web server and read.</p>\n"
                         : "<p>MTA-STS policies were not fetched: a record says only that there is one, not what it"
                           " asks for (<code>scan --fetch-sts</code>).</p>\n");
    enum mxs_err err = mxs_section_read(section, "policies", 0, &table);
    if (err != MXS_OK)
        return err;
    bool any = false;
    for (size_t row = 0; row < table.row_count; row++)
        any |= mxs_table_at(&table, row, 2)->kind != MXS_CELL_NULL; /* domains: of a measure that is known */
    if (any) {
        mxs_page_open_part(section->page, false);
        mxs_page_put_table(section->page, &table, 0);
    } else {
        mxs_out_text(section->page->out, "<p class=\"dim\">No policy is known.</p>\n");
    }
    mxs_table_finish(&table);
    if (!any || err != MXS_OK)
        return err;
    mxs_section_put_heading(section, "By mailbox provider", NULL);
    err = mxs_section_put(section, "policy_providers", POLICY_PROVIDERS_SHOWN, 0, "No mailbox provider is known.");
    mxs_page_open_part(section->page, false);
    put_policy_words(section);
    return err;
}
