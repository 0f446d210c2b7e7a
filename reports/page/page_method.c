#include <string.h>

#include "reports/page/page_section.h"

/* What a reader needs to believe the page, or not to. The words are those of docs/manual.md. */

const struct mxs_definition mxs_definitions[] = {
    {"settled",
     "answered, NODATA or NXDOMAIN. A timeout, SERVFAIL or REFUSED never becomes a fact: the name is then "
     "undetermined.",
     false},
    {"can receive mail",
     "the states mx (a usable MX) and implicit_mx (no MX, but an address at the name; RFC 5321, 5.1).", false},
    {"null MX", "exactly one MX, \"0 .\": the domain takes no mail (RFC 7505).", false},
    {"broken", "there are MX records, and no MX host has a public address.", false},
    {"usable MX host", "settled, with at least one globally reachable address (IANA's special-purpose registries).",
     false},
    {"tier", "a level of one preference with a usable MX host; tier 1 is the first. Equal preferences share the load.",
     false},
    {"effective backup",
     "a usable MX host in a later tier, with an address that tier 1 does not have; graded by what it does not share:"
     " address, prefix (/24, /48), network, provider.",
     false},
    {"survives its provider", "no single provider's loss takes every usable path: of the domains that receive mail.",
     false},
    {"ineffective, dead", "later tiers that bring only addresses of tier 1; later levels without a usable MX host.",
     false},
    {"single point of failure",
     "the smallest part whose loss takes every path: host, address, prefix, network, provider; else none."
     " A single MX host of a provider that gives every customer one name is judged by its addresses.",
     false},
    {"provider",
     "named by the longest matching rule for the MX host's name; self under the domain's own registrable domain; org: "
     "where"
     " no rule names one. Behind a gateway the mailbox is known only where DKIM, autodiscover or two agreeing signals "
     "tell it.",
     false},
    {"shares",
     "every share says what it is a share of. A domain with several providers counts in equal parts (Liu et al., IMC "
     "2021).",
     false},
    {"HHI", "sum of squared percentages; 10,000 is one provider for all.", false},
    {"valid SPF",
     "one record that, with all it includes, can be parsed and stays within 10 DNS lookups, counted to the end for an "
     "unknown"
     " sender (RFC 7208).",
     true},
    {"DMARC",
     "the name's own record, or that of its organisational domain by the public suffix list (RFC 7489); enforced is "
     "quarantine or"
     " reject.",
     true},
    {"DKIM", "keys are looked for at the selectors that senders are known to use: none found proves nothing.", true},
    {"MTA-STS", "a record says that there is a policy; what it asks for stands in a file on a web server (RFC 8461).",
     true},
    {"DANE",
     "TLSA records count where the answers for MX, addresses and TLSA were all validated by the resolver (RFC 7672).",
     true},
    {"parked", "takes no mail; protected when it publishes v=spf1 -all and p=reject, otherwise it can be spoofed.",
     true},
};
const size_t mxs_definition_count = sizeof mxs_definitions / sizeof *mxs_definitions;

/* met: what is said instead where mail servers were met; NULL: the same. */
static const struct {
    const char *text, *met;
} limits[] = {
    {"Whether an MX host answers on port 25, takes mail for the domain, or speaks TLS: no mail server was connected "
     "to.",
     "Whether a server takes mail for the domain: each was greeted on port 25, and asked for no recipient."},
    {"Where mail goes behind a gateway, unless another record tells it.", NULL},
    {"Who runs an MX host under the customer's own name: it counts as self-hosted, though somebody else may run it.",
     "Who runs an MX host under the customer's own name, unless its certificate or its greeting says so."},
    {"How much mail a domain gets, or whether anybody reads it: every name counts once.", NULL},
    {"Load balancers, anycast and standby machines behind one address: redundancy the DNS does not show.", NULL},
    {"What the DNS said a moment before or after: each name was asked once, "
     "between the start and the end of the run.", NULL},
};

#define PAIRS_SHOWN 60

static const struct mxs_column pair_columns[] = {{"name", "what", MXS_UNIT_TEXT, 0},
                                                 {"value", "value", MXS_UNIT_PROSE, 0}};

bool mxs_definition_holds(const struct mxs_definition *definition, const struct mxs_run *run)
{
    return !definition->of_policies || run->records_asked;
}

/* Folded on a screen, and whole on paper. */
static void open_appendix(struct mxs_section *section, const char *title)
{
    mxs_page_open_part(section->page, false);
    mxs_out_text(section->page->out, "<details class=\"appendix\"><summary><h3>");
    mxs_page_put_text(section->page, title);
    mxs_out_text(section->page->out, "</h3></summary>\n");
}

static void put_definitions(struct mxs_section *section)
{
    mxs_out *out = section->page->out;
    open_appendix(section, "What the words mean");
    mxs_out_text(out, "<dl class=\"columns\">\n");
    for (size_t i = 0; i < mxs_definition_count; i++) {
        if (!mxs_definition_holds(&mxs_definitions[i], &section->snapshot->run))
            continue;
        mxs_out_text(out, "<dt>");
        mxs_page_put_text(section->page, mxs_definitions[i].word);
        mxs_out_text(out, "</dt><dd>");
        mxs_page_put_text(section->page, mxs_definitions[i].meaning);
        mxs_out_text(out, "</dd>\n");
    }
    mxs_out_text(out, "</dl>\n</details>\n");
}

/* Nothing is said to have been asked that was not. */
static void put_course(struct mxs_section *section)
{
    const struct mxs_run *run = &section->snapshot->run;
    mxs_out *out = section->page->out;
    mxs_out_text(out, "<p>Every name of the list was asked for its MX records");
    mxs_out_text(out, run->policies_asked && run->transport_asked ? " and for the policies it publishes"
                      : run->policies_asked                       ? " and for its sender policies"
                      : run->transport_asked                      ? " and for its transport policies"
                                                                  : "");
    mxs_out_text(out, run->hosts_asked ? ", every MX host once for its addresses"
                                       : "; the addresses of MX hosts were not asked");
    mxs_out_text(out, run->servers_met ? ", and each of their public addresses contacted once on port 25" : "");
    mxs_out_text(
        out,
        "; what did not settle was asked again at the end. All runs of this database are judged by the same rule set."
        "</p>\n");
}

static void put_limits(struct mxs_section *section)
{
    mxs_section_put_heading(section, "What MX records cannot show", NULL);
    mxs_out_text(section->page->out, "<ul>\n");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        mxs_out_text(section->page->out, "<li>");
        bool met = section->snapshot->run.servers_met && limits[i].met != NULL;
        mxs_page_put_text(section->page, met ? limits[i].met : limits[i].text);
        mxs_out_text(section->page->out, "</li>\n");
    }
    mxs_out_text(section->page->out, "</ul>\n");
}

/* key and value, in as many columns as there is room for. */
static void put_list(struct mxs_section *section, const struct mxs_table *table)
{
    struct mxs_page *page = section->page;
    mxs_out *out = page->out;
    mxs_out_text(out, "<p class=\"base\">");
    mxs_page_put_text(page, table->question);
    mxs_out_text(out, "</p>\n<dl class=\"columns\">\n");
    for (size_t row = 0; row < table->row_count && row < PAIRS_SHOWN; row++) {
        mxs_out_text(out, "<dt>");
        mxs_page_put_text(page, mxs_table_at(table, row, 0)->text);
        mxs_out_text(out, "</dt><dd>");
        mxs_page_put_text(page, mxs_table_at(table, row, 1)->text);
        mxs_out_text(out, "</dd>\n");
    }
    mxs_out_text(out, "</dl>\n");
    if (table->row_count > PAIRS_SHOWN)
        mxs_out_format(out, "<p class=\"base\">%d of %zu.</p>\n", PAIRS_SHOWN, table->row_count);
}

static enum mxs_err put_pairs(struct mxs_section *section, const char *heading, const char *question, const char *sql)
{
    struct mxs_table table;
    struct mxs_query query;
    mxs_table_init(&table, "pairs", heading, pair_columns, 2);
    table.question = question;
    mxs_query_open(&query, section->store, sql);
    mxs_query_int(&query, 1, section->snapshot->run.id);
    enum mxs_err err = mxs_table_fill(&table, &query, section->detail);
    if (err == MXS_OK && table.row_count > 0) {
        open_appendix(section, heading);
        put_list(section, &table);
        mxs_out_text(section->page->out, "</details>\n");
    }
    mxs_table_finish(&table);
    return err;
}

/* Read by a query of its own: the snapshot is closed by now where there was something to compare with. */
static enum mxs_err put_inputs(struct mxs_section *section)
{
    const struct mxs_catalog_entry *entry = mxs_catalog_find("inputs");
    struct mxs_table table;
    struct mxs_query query;
    mxs_table_init(&table, entry->name, entry->title, entry->columns, entry->column_count);
    table.question = entry->question;
    table.sql = entry->sql;
    mxs_query_open(&query, section->store, entry->sql);
    mxs_query_int(&query, 1, section->snapshot->run.id);
    enum mxs_err err = mxs_table_fill(&table, &query, section->detail);
    if (err == MXS_OK && table.row_count > 0)
        mxs_page_put_table(section->page, &table, PAIRS_SHOWN);
    mxs_table_finish(&table);
    return err;
}

#define OF_RUN(column) \
    "(SELECT CASE WHEN json_valid(" column ") THEN " column " ELSE '{}' END FROM v_run WHERE run_id = ?1)"

enum mxs_err mxs_section_write_method(struct mxs_section *section)
{
    put_course(section);
    enum mxs_err err = put_inputs(section);
    if (err != MXS_OK)
        return err;
    put_definitions(section);
    put_limits(section);
    err = put_pairs(section, "Versions and data files", "With what was it made?",
                  "SELECT key, CASE WHEN type = 'text' THEN value ELSE json_quote(value) END FROM json_each(" OF_RUN(
                      "versions") ")"
                                  " UNION ALL SELECT 'rule-set of the labels', digest || ', ' || source || ', ' || "
                                  "strftime('%Y-%m-%d', made_at, 'unixepoch')"
                                  " FROM ruleset WHERE ?1 > 0"
                                  " UNION ALL SELECT DISTINCT 'networks, from', text FROM v_note WHERE run_id = ?1 AND "
                                  "kind = 'asn_db'"
                                  " UNION ALL SELECT 'rules, newest of', date FROM (SELECT max(date) AS date FROM "
                                  "rule) WHERE date IS NOT NULL");
    if (err == MXS_OK)
        err = put_pairs(
            section, "Options", "How was it asked? What was not given, and has no default, is left out.",
            "SELECT key, CASE WHEN type = 'text' THEN value ELSE json_quote(value) END FROM json_each(" OF_RUN(
                "options") ")"
                           " WHERE type <> 'null' AND value <> '[]'");
    mxs_out_text(section->page->out,
                 "<p class=\"base\">Public Suffix List: Mozilla Foundation and contributors, publicsuffix.org, MPL"
                 " 2.0. Special-purpose addresses: the IANA registries. Networks, where shown: the operator's own MMDB"
                 " file, under its maker's licence, which may ask for attribution.</p>\n");
    return err;
}

enum mxs_err mxs_section_write_citation(struct mxs_section *section)
{
    struct mxs_page *page = section->page;
    const struct mxs_run *run = &section->snapshot->run;
    mxs_out *out = page->out;
    char digest[96] = "", rules[96] = "", time[MXS_CELL_TEXT_SIZE];
    struct mxs_query query;
    mxs_query_open(&query, section->store,
                   "SELECT input_digest, (SELECT digest FROM ruleset ORDER BY id DESC LIMIT 1) FROM v_run"
                   " WHERE run_id = ?1");
    mxs_query_int(&query, 1, run->id);
    if (mxs_query_next(&query)) {
        snprintf(digest, sizeof digest, "%.64s", mxs_query_column_text(&query, 0, NULL));
        snprintf(rules, sizeof rules, "%.16s", mxs_query_column_text(&query, 1, NULL));
    }
    enum mxs_err err = mxs_query_finish(&query, section->detail);
    mxs_section_time(run->started_at, time);
    mxs_out_text(out, "<pre>mxsurvey " MXS_VERSION ": how the ");
    mxs_page_put_count(page, section->sums.accepted);
    mxs_out_text(out, " domains of the list \"");
    mxs_page_put_text(page, run->list);
    mxs_out_format(out, "\" receive mail. Survey run %lld,\n%s, checks %s, rule-set ", (long long)run->id, time,
                   run->checks);
    mxs_page_put_text(page, rules);
    mxs_out_text(out, ",\ninput digest ");
    mxs_page_put_text(page, digest);
    mxs_out_text(out, ".</pre>\n<p class=\"base\">The data behind this page, its queries and checksums:"
                      " <code>mxsurvey export DB --bundle DIR</code></p>\n");
    return err;
}
