#include "reports/data/catalog.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS(list) .columns = list, .column_count = sizeof list / sizeof *list

static const struct mxs_column summary_columns[] = {
    {"measure", "what", MXS_UNIT_TEXT, 0},
    {"domains", "names", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_ROW},
    {"of", "of", MXS_UNIT_TEXT, 0},
    {"known", "known", MXS_UNIT_COUNT, 0}, /* what the share is of */
    {"unknown", "not known", MXS_UNIT_COUNT, 0},
};
static const struct mxs_column state_columns[] = {
    {"state", "state", MXS_UNIT_TEXT, 0},
    {"domains", "domains", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_ACCEPTED},
};
static const struct mxs_column provider_columns[] = {
    {"role", "role", MXS_UNIT_TEXT, 0},
    {"id", "provider", MXS_UNIT_PROVIDER, 0},
    {"domains", "domains", MXS_UNIT_DOMAINS, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
    {"share_all", "share of all", MXS_UNIT_SHARE, MXS_BASE_ACCEPTED},
    {"what", "what it is", MXS_UNIT_OPERATOR, 0},
};
static const struct mxs_column role_columns[] = {
    {"id", "provider", MXS_UNIT_PROVIDER, 0},
    {"domains", "domains", MXS_UNIT_DOMAINS, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
    {"share_all", "share of all", MXS_UNIT_SHARE, MXS_BASE_ACCEPTED},
};
static const struct mxs_column backup_role_columns[] = {
    {"id", "provider", MXS_UNIT_PROVIDER, 0},
    {"domains", "domains", MXS_UNIT_DOMAINS, 0},
    {"same", "of them its own customers", MXS_UNIT_DOMAINS,
     0}, /* the backup of a provider is another host of the same */
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
    {"share_all", "share of all", MXS_UNIT_SHARE, MXS_BASE_ACCEPTED},
};
static const struct mxs_column jurisdiction_columns[] = {
    {"role", "role", MXS_UNIT_TEXT, 0},
    {"country", "country of the operator", MXS_UNIT_TEXT, 0},
    {"domains", "domains", MXS_UNIT_DOMAINS, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
};
static const struct mxs_column curve_columns[] = {
    {"role", "role", MXS_UNIT_TEXT, 0},
    {"rank", "largest providers", MXS_UNIT_COUNT, 0},
    {"share", "share of the labelled", MXS_UNIT_SHARE, MXS_BASE_ROW},
    {"labelled", "domains labelled", MXS_UNIT_DOMAINS, 0},
};
static const struct mxs_column point_columns[] = {
    {"value", "single point", MXS_UNIT_TEXT, 0},
    {"domains", "domains", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
};
static const struct mxs_column concentration_columns[] = {
    {"role", "role", MXS_UNIT_TEXT, 0},
    {"domains", "domains labelled", MXS_UNIT_DOMAINS, 0},
    {"providers", "providers", MXS_UNIT_COUNT, 0},
    {"hhi", "HHI", MXS_UNIT_NUMBER, 0},
    {"effective", "effective number", MXS_UNIT_NUMBER, 0},
    {"top1", "top 1", MXS_UNIT_SHARE, MXS_BASE_ROW},
    {"top3", "top 3", MXS_UNIT_SHARE, MXS_BASE_ROW},
    {"top5", "top 5", MXS_UNIT_SHARE, MXS_BASE_ROW},
    {"top10", "top 10", MXS_UNIT_SHARE, MXS_BASE_ROW},
    {"b50", "cover 50 %", MXS_UNIT_COUNT, 0},
    {"b75", "cover 75 %", MXS_UNIT_COUNT, 0},
    {"b90", "cover 90 %", MXS_UNIT_COUNT, 0},
};
static const struct mxs_column redundancy_columns[] = {
    {"measure", "measure", MXS_UNIT_TEXT, 0},
    {"value", "value", MXS_UNIT_WORD, 0},
    {"domains", "domains", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
};
static const struct mxs_column backup_columns[] = {
    {"backup", "backup", MXS_UNIT_WORD, 0},
    {"apart", "does not share", MXS_UNIT_TEXT, 0},
    {"domains", "domains", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
};
static const struct mxs_column impact_columns[] = {
    {"kind", "kind", MXS_UNIT_TEXT, 0},
    {"name", "name", MXS_UNIT_PROVIDER, 0},
    {"lost", "lose all mail", MXS_UNIT_COUNT, 0},
    {"fallback", "fall back", MXS_UNIT_COUNT, 0},
    {"capacity", "lose capacity or a backup", MXS_UNIT_COUNT, 0},
    {"unknown", "not known", MXS_UNIT_COUNT, 0},
    {"share", "share lost", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
};
static const struct mxs_column finding_columns[] = {
    {"severity", "severity", MXS_UNIT_TEXT, 0},
    {"finding", "finding", MXS_UNIT_TEXT, 0},
    {"domains", "domains", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_ACCEPTED},
    {"sentence", "issue", MXS_UNIT_PROSE, 0},
    {"advice", "recommendation", MXS_UNIT_PROSE, 0},
};
static const struct mxs_column tld_columns[] = {
    {"tld", "TLD", MXS_UNIT_TEXT, 0},
    {"domains", "names", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_ACCEPTED},
    {"receiving", "receive mail", MXS_UNIT_COUNT, 0},
    {"backup_share", "effective backup", MXS_UNIT_SHARE, MXS_BASE_ROW},
    {"ipv6_share", "IPv6", MXS_UNIT_SHARE, MXS_BASE_ROW},
    {"single_host_share", "single host", MXS_UNIT_SHARE, MXS_BASE_ROW},
    {"backup_known", "backup known", MXS_UNIT_COUNT, 0}, /* what these shares are of */
    {"ipv6_known", "IPv6 known", MXS_UNIT_COUNT, 0},
    {"single_host_known", "single host known", MXS_UNIT_COUNT, 0},
    {"unknown", "not all known", MXS_UNIT_COUNT, 0},
};
static const struct mxs_column network_columns[] = {
    {"kind", "kind", MXS_UNIT_TEXT, 0},
    {"name", "network", MXS_UNIT_TEXT, 0},
    {"domains", "domains using it", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
    {"lost", "with no other path", MXS_UNIT_COUNT, 0},
};
static const struct mxs_column country_columns[] = {
    {"country", "country", MXS_UNIT_TEXT, 0},
    {"domains", "domains using it", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
    {"lost", "with no other path", MXS_UNIT_COUNT, 0},
};
static const struct mxs_column matrix_columns[] = {
    {"role", "role", MXS_UNIT_TEXT, 0},
    {"provider", "provider", MXS_UNIT_PROVIDER, 0},
    {"finding", "finding", MXS_UNIT_TEXT, 0},
    {"severity", "severity", MXS_UNIT_TEXT, 0},
    {"domains", "domains", MXS_UNIT_DOMAINS, 0},
    {"share", "share of the provider's", MXS_UNIT_SHARE, MXS_BASE_ROW},
};
static const struct mxs_column policy_columns[] = {
    {"measure", "measure", MXS_UNIT_TEXT, 0},
    {"value", "value", MXS_UNIT_TEXT, 0},
    {"domains", "domains", MXS_UNIT_COUNT, 0},
    {"share", "share of known", MXS_UNIT_SHARE, MXS_BASE_ROW},
    {"known", "known", MXS_UNIT_COUNT, 0},
    {"unknown", "not known", MXS_UNIT_COUNT, 0},
};
#define POLICY_SHARES(unit) \
    {"domains", "domains", MXS_UNIT_DOMAINS, 0}, {"spf_share", "valid SPF", MXS_UNIT_SHARE, MXS_BASE_ROW}, \
        {"dmarc_share", "DMARC", MXS_UNIT_SHARE, MXS_BASE_ROW}, \
        {"enforced_share", "DMARC enforced", MXS_UNIT_SHARE, MXS_BASE_ROW}, \
        {"mta_sts_share", "MTA-STS", MXS_UNIT_SHARE, MXS_BASE_ROW}, \
        {"dane_share", "DANE", MXS_UNIT_SHARE, MXS_BASE_ROW}, \
        {"spf_known", "SPF known", unit, 0}, {"dmarc_known", "DMARC known", unit, 0}, /* what the shares are of */ \
        {"mta_sts_known", "MTA-STS known", unit, 0}, {"dane_known", "DANE known", unit, 0}
#define POLICY_SELECT \
    ", domains, spf_share, dmarc_share, enforced_share, mta_sts_share, dane_share, spf_known, dmarc_known," \
    " mta_sts_known, dane_known FROM "
static const struct mxs_column policy_provider_columns[] = {{"provider", "mailbox provider", MXS_UNIT_PROVIDER, 0},
                                                            POLICY_SHARES(MXS_UNIT_DOMAINS)};
static const struct mxs_column policy_tld_columns[] = {{"tld", "TLD", MXS_UNIT_TEXT, 0},
                                                       POLICY_SHARES(MXS_UNIT_COUNT)};
static const struct mxs_column server_columns[] = {
    {"provider", "provider", MXS_UNIT_TEXT, 0},
    {"addresses", "addresses contacted", MXS_UNIT_COUNT, 0},
    {"answering", "answer", MXS_UNIT_COUNT, 0},
    {"rejecting", "reject", MXS_UNIT_COUNT, 0},
    {"silent", "silent", MXS_UNIT_COUNT, 0},
    {"unsettled", "not settled", MXS_UNIT_COUNT, 0},
    {"answering_share", "answer", MXS_UNIT_SHARE, MXS_BASE_ROW},
    {"banner_ms", "time to the banner", MXS_UNIT_DURATION, 0},
};
static const struct mxs_column server_tls_columns[] = {
    {"tls", "TLS", MXS_UNIT_TEXT, 0},
    {"addresses", "addresses that answer", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_ROW},
};
static const struct mxs_column server_role_columns[] = {
    {"role", "MX host", MXS_UNIT_TEXT, 0},
    {"addresses", "addresses", MXS_UNIT_COUNT, 0},
    {"answering", "answer", MXS_UNIT_COUNT, 0},
    {"rejecting", "reject", MXS_UNIT_COUNT, 0},
    {"silent", "silent", MXS_UNIT_COUNT, 0},
    {"unsettled", "not settled", MXS_UNIT_COUNT, 0},
    {"answering_share", "answer", MXS_UNIT_SHARE, MXS_BASE_ROW},
};
static const struct mxs_column validity_columns[] = {
    {"validity", "still good for", MXS_UNIT_TEXT, 0}, {"certificates", "certificates", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_ROW},
};
static const struct mxs_column banner_columns[] = {
    {"banner_after", "banner after", MXS_UNIT_TEXT, 0}, {"addresses", "addresses that answer", MXS_UNIT_COUNT, 0},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_ROW},
};
static const struct mxs_column certificate_columns[] = {
    {"host", "MX host", MXS_UNIT_TEXT, 0},
    {"address", "address", MXS_UNIT_TEXT, 0},
    {"days", "days left", MXS_UNIT_NUMBER, 0},
};
static const struct mxs_column resolver_columns[] = {
    {"resolver", "resolver", MXS_UNIT_TEXT, 0},
    {"asked", "asked", MXS_UNIT_COUNT, 0},
    {"answers", "answers", MXS_UNIT_COUNT, 0},
    {"timeouts", "timeouts", MXS_UNIT_COUNT, 0},
    {"servfail", "SERVFAIL", MXS_UNIT_COUNT, 0},
    {"refused", "REFUSED", MXS_UNIT_COUNT, 0},
    {"malformed", "malformed", MXS_UNIT_COUNT, 0},
    {"truncated", "truncated", MXS_UNIT_COUNT, 0},
    {"filtered", "filtered", MXS_UNIT_COUNT, 0},
    {"rtt_us", "mean RTT", MXS_UNIT_US, 0},
    {"rtt_max_us", "max RTT", MXS_UNIT_US, 0},
    {"ports", "ports", MXS_UNIT_COUNT, 0},
    {"openings", "pauses", MXS_UNIT_COUNT, 0},
    {"recursion", "RA", MXS_UNIT_FLAG, 0},
    {"edns", "EDNS", MXS_UNIT_FLAG, 0},
    {"tcp", "TCP", MXS_UNIT_FLAG, 0},
    {"validates", "AD", MXS_UNIT_FLAG, 0},
    {"excluded", "excluded", MXS_UNIT_PROSE, 0},
    {"unreachable", "unreachable", MXS_UNIT_COUNT, 0},
    {"unawaited", "not awaited", MXS_UNIT_COUNT, 0}, /* asked is the sum of this, answers, timeouts, unreachable */
};
static const struct mxs_column stage_columns[] = {
    {"stage", "stage", MXS_UNIT_TEXT, 0},
    {"wall_ms", "time", MXS_UNIT_DURATION, 0},
    {"cpu_ms", "processor time", MXS_UNIT_DURATION, 0},
    {"questions", "questions", MXS_UNIT_COUNT, 0},
};
static const struct mxs_column note_columns[] = {
    {"at", "at", MXS_UNIT_TIME, 0},
    {"kind", "kind", MXS_UNIT_TEXT, 0},
    {"text", "note", MXS_UNIT_PROSE, 0},
};
static const struct mxs_column input_columns[] = {
    {"path", "list", MXS_UNIT_TEXT, 0},
    {"format", "form", MXS_UNIT_TEXT, 0},
    {"how", "read as", MXS_UNIT_PROSE, 0},
    {"lines", "lines", MXS_UNIT_COUNT, 0},
    {"passed_over", "passed over", MXS_UNIT_COUNT, 0},
    {"citation", "cited as", MXS_UNIT_TEXT, 0},
    {"sha256", "SHA-256", MXS_UNIT_TEXT, 0},
};
static const struct mxs_column reject_columns[] = {
    {"path", "list", MXS_UNIT_TEXT, 0},
    {"line", "line", MXS_UNIT_COUNT, 0},
    {"reason", "reason", MXS_UNIT_WORD, 0},
    {"text", "text", MXS_UNIT_PROSE, 0},
};

const struct mxs_catalog_entry mxs_catalog[] = {
    {.name = "summary",
     .title = "Summary",
     .question = "What did the survey find, in a dozen lines?",
     .sql = "SELECT measure, domains, share, base, known, nullif(unknown, 0) FROM v_summary WHERE run_id = ?1"
            " ORDER BY position",
     COLUMNS(summary_columns)},
    {.name = "states",
     .title = "States",
     .question = "How many domains are in each state?",
     .sql = "SELECT state, domains, share FROM v_state WHERE run_id = ?1 ORDER BY position",
     COLUMNS(state_columns)},
    {.name = "providers",
     .title = "Providers",
     .question = "Who filters, holds and backs up the mail, and for how many?",
     /* Grouped: so the join finds a provider by an index. */
     .sql = "WITH o AS MATERIALIZED (SELECT provider, kind, country FROM v_operator GROUP BY provider)"
            " SELECT s.role, s.provider, s.domains, s.share, s.share_all, s.provider || ' ' || ifnull(o.kind, '-') ||"
            " ' ' || ifnull(o.country, '-') FROM v_provider_share s LEFT JOIN o ON o.provider = s.provider"
            " WHERE s.run_id = ?1 ORDER BY s.domains DESC, s.role, s.provider LIMIT ?2",
     .limit = 50,
     COLUMNS(provider_columns)},
#define OF_ROLE(role) "SELECT provider, domains, share, share_all FROM v_provider_share WHERE run_id = ?1 AND " \
    "role = '" role "'" \
                      " ORDER BY domains DESC, provider LIMIT ?2"
    {.name = "mailboxes",
     .title = "Mailbox providers",
     .question = "Who holds the mail?",
     .sql = "SELECT provider, domains, share, share_all FROM (SELECT provider, domains, share, share_all "
            "FROM v_provider_share"
            " WHERE run_id = ?1 AND role = 'mailbox' UNION ALL SELECT u.why, u.domains,"
            " u.domains / nullif(t.receiving, 0), u.domains / nullif(t.accepted, 0)"
            " FROM v_mailbox_unknown u JOIN v_total t ON t.run_id = u.run_id WHERE u.run_id = ?1)"
            " ORDER BY domains DESC, provider LIMIT ?2",
     .limit = 50,
     COLUMNS(role_columns)},
    {.name = "gateways",
     .title = "Gateways",
     .question = "Who filters the mail?",
     .sql = OF_ROLE("gateway"),
     .limit = 50,
     COLUMNS(role_columns)},
    {.name = "backups",
     .title = "Backup providers",
     .question = "Who takes the mail when the primary MX hosts fail?",
     .sql =
         "SELECT s.provider, s.domains, ifnull(x.same, 0), s.share, s.share_all FROM v_provider_share s LEFT JOIN "
         "(SELECT b.provider,"
         " sum(c.domains) AS same FROM v_verdict_count c JOIN v_verdict v ON v.verdict_id = c.verdict_id AND v.receives"
         " JOIN v_label b ON b.verdict_id = c.verdict_id AND b.role = 'backup' WHERE c.run_id = ?1 AND EXISTS (SELECT "
         "1 FROM v_label m"
         " WHERE m.verdict_id = c.verdict_id AND m.role <> 'backup' AND m.provider = b.provider) GROUP BY b.provider) x"
         " ON x.provider = s.provider WHERE s.run_id = ?1 AND s.role = 'backup' ORDER BY s.domains DESC, s.provider "
         "LIMIT ?2",
     .limit = 50,
     COLUMNS(backup_role_columns)},
    {.name = "jurisdictions",
     .title = "Jurisdiction",
     .question = "Which country's law applies to the mail?",
     .sql = "SELECT role, what, domains, share FROM (SELECT role, ifnull(country, 'unknown') AS what, domains, share,"
            " country IS NULL AS place FROM v_jurisdiction WHERE run_id = ?1 AND role <> 'backup' UNION ALL SELECT"
            " 'mailbox', CASE u.why WHEN 'unknown' THEN 'behind a gateway' WHEN 'limit' THEN 'not named (limit)' ELSE"
            " 'not settled' END, u.domains, u.domains / nullif(t.receiving, 0), 2 FROM v_mailbox_unknown u"
            " JOIN v_total t ON t.run_id = u.run_id WHERE u.run_id = ?1) ORDER BY role DESC, place, domains DESC, what",
     .limit = 25,
     .grouped = true,
     COLUMNS(jurisdiction_columns)},
    {.name = "curve",
     .title = "Domains covered by the largest providers",
     .question = "How many providers cover how much of the mail?",
     .sql = "SELECT role, rank, running / n, n FROM (SELECT role, provider, row_number() OVER (PARTITION BY role ORDER "
            "BY domains DESC,"
            " provider) AS rank, sum(domains) OVER (PARTITION BY role ORDER BY domains DESC, provider ROWS UNBOUNDED "
            "PRECEDING) AS"
            " running, sum(domains) OVER (PARTITION BY role) + (SELECT ifnull(sum(s.domains), 0) FROM v_provider_share "
            "s WHERE"
            " s.run_id = ?1 AND s.role = p.role AND s.provider = 'self') AS n FROM v_provider_share p WHERE run_id = "
            "?1 AND"
            " role <> 'backup' AND provider <> 'self') WHERE rank IN (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, "
            "2000, 5000,"
            " 10000, 100000) ORDER BY role DESC, rank",
     COLUMNS(curve_columns)},
    {.name = "concentration",
     .title = "Concentration (each self-hosted domain its own provider)",
     .question = "How concentrated is the mail in few providers?",
     .sql =
         "SELECT role, domains, providers, hhi, effective, top1, top3, top5, top10, b50, b75, b90 FROM v_concentration"
         " WHERE run_id = ?1 ORDER BY role DESC",
     COLUMNS(concentration_columns)},
    {.name = "redundancy",
     .title = "Redundancy",
     .question = "How many ways does mail have into a domain?",
     .sql = "SELECT measure, value, domains, share FROM v_redundancy_measure WHERE run_id = ?1"
            " ORDER BY position, value",
     COLUMNS(redundancy_columns)},
    {.name = "points",
     .title = "Single points of failure",
     .question = "What is the smallest part whose loss takes every path?",
     .sql = "SELECT value, domains, share FROM v_redundancy_measure WHERE run_id = ?1 AND measure = 'single point of "
            "failure'"
            " ORDER BY instr('host address prefix asn provider none unknown', value)",
     COLUMNS(point_columns)},
    {.name = "backup",
     .title = "Backup MX hosts",
     .question = "Where does mail go when the primary MX hosts fail?",
     .sql = "SELECT backup, apart, domains, share FROM v_backup WHERE run_id = ?1 ORDER BY"
            " instr('effective decorative dead none unknown', backup), instr('provider asn prefix address', apart)",
     COLUMNS(backup_columns)},
    {.name = "impact",
     .title = "Impact of a single failure",
     .question = "Whose failure would stop the mail of most domains?",
     .sql = "SELECT kind, name, lost, fallback, capacity, unknown, share FROM (SELECT *, row_number() OVER"
            " (PARTITION BY kind ORDER BY lost DESC, used DESC, name) AS place FROM v_impact WHERE run_id = ?1"
            " AND kind <> 'country') WHERE ?2 < 0 OR place <= ?2"
            " ORDER BY instr('provider asn prefix address host', kind), place",
     .limit = 20,
     .grouped = true,
     COLUMNS(impact_columns)},
    {.name = "findings",
     .title = "Findings and recommended actions",
     .question = "What is wrong or worth knowing, and what can be done?",
     .sql = "SELECT severity, finding, domains, share, sentence, advice FROM v_finding WHERE run_id = ?1"
            " ORDER BY weight DESC, domains DESC, finding LIMIT ?2",
     .limit = -1,
     COLUMNS(finding_columns)},
    {.name = "tlds",
     .title = "Top-level domains",
     .question = "How do the top-level domains differ?",
     .sql = "SELECT tld, domains, share, receiving, backup_share, ipv6_share, single_host_share, backup_known,"
            " ipv6_known, single_host_known, nullif(unknown, 0) FROM v_tld"
            " WHERE run_id = ?1 ORDER BY domains DESC, tld LIMIT ?2",
     .limit = 50,
     COLUMNS(tld_columns)},
    {.name = "networks",
     .needs = MXS_NEEDS_HOSTS,
     .title = "Networks",
     .question = "Which networks carry the mail?",
     .sql = "SELECT kind, name, used, used_share, lost FROM (SELECT *, row_number() OVER (PARTITION BY kind ORDER BY "
            "used DESC,"
            " name) AS place FROM v_impact WHERE run_id = ?1 AND kind IN ('asn', 'prefix')) WHERE ?2 < 0 OR place <= ?2"
            " ORDER BY kind, place",
     .limit = 20,
     .grouped = true,
     COLUMNS(network_columns)},
    {.name = "countries",
     .needs = MXS_NEEDS_NETWORKS,
     .title = "Countries",
     .question = "In which countries are the networks that carry the mail?",
     .sql = "SELECT name, used, used_share, lost FROM v_impact WHERE run_id = ?1 AND kind = 'country'"
            " ORDER BY used DESC, name LIMIT ?2",
     .limit = 30,
     COLUMNS(country_columns)},
    {.name = "matrix",
     .title = "Providers and findings",
     .question = "What do the customers of each large provider have in common?",
     .sql =
         "WITH large AS MATERIALIZED (SELECT role, provider, domains FROM v_provider_share WHERE run_id = ?1"
         " AND role <> 'backup' ORDER BY domains DESC LIMIT ?2) SELECT l.role, l.provider, m.finding, m.severity, "
         "m.domains,"
         " m.domains / l.domains FROM large l JOIN v_matrix m ON m.run_id = ?1 AND m.role = l.role"
         " AND m.provider = l.provider ORDER BY l.domains DESC, l.provider, m.weight DESC, m.domains DESC, m.finding",
     .limit = 20,
     .counted = true,
     COLUMNS(matrix_columns)},
    {.name = "policies",
     .needs = MXS_NEEDS_POLICIES,
     .title = "Policies",
     .question = "How many publish SPF, DMARC, DKIM, MTA-STS and DANE, and how strong?",
     .sql = "SELECT measure, value, domains, share, known, nullif(unknown, 0) FROM v_policy_measure WHERE run_id = ?1"
            " ORDER BY position, place",
     COLUMNS(policy_columns)},
    {.name = "policy_providers",
     .needs = MXS_NEEDS_POLICIES,
     .title = "Policies by provider: shares of those known",
     .question = "How well do the customers of each provider protect their names?",
     .sql = "SELECT provider" POLICY_SELECT "v_policy_provider"
            " WHERE run_id = ?1 ORDER BY domains DESC, provider LIMIT ?2",
     .limit = 30,
     COLUMNS(policy_provider_columns)},
    {.name = "policy_tlds",
     .needs = MXS_NEEDS_POLICIES,
     .title = "Policies by top-level domain: shares of those known",
     .question = "How do the top-level domains differ in their policies?",
     .sql = "SELECT tld" POLICY_SELECT "v_policy_tld"
            " WHERE run_id = ?1 ORDER BY domains DESC, tld LIMIT ?2",
     .limit = 50,
     COLUMNS(policy_tld_columns)},
    {.name = "servers",
     .needs = MXS_NEEDS_SERVERS,
     .title = "Mail servers",
     .question = "Whose mail servers answer, and how soon?",
     .sql = "SELECT provider, addresses, answering, rejecting, silent, unsettled, answering_share, banner_ms FROM "
            "v_server_provider"
            " WHERE run_id = ?1 ORDER BY addresses DESC, provider LIMIT ?2",
     .limit = 30,
     COLUMNS(server_columns)},
    {.name = "server_tls",
     .needs = MXS_NEEDS_SERVERS,
     .title = "TLS of mail servers",
     .question = "Which TLS do the servers that answer speak?",
     .sql = "SELECT tls, addresses, share FROM v_server_tls WHERE run_id = ?1 ORDER BY addresses DESC, tls",
     COLUMNS(server_tls_columns)},
    {.name = "server_roles",
     .needs = MXS_NEEDS_SERVERS,
     .title = "Mail servers by role",
     .question = "Do the servers behind the first answer, too?",
     .sql = "SELECT role, addresses, answering, rejecting, silent, unsettled, answering_share FROM v_server_role WHERE "
            "run_id = ?1 ORDER BY role",
     COLUMNS(server_role_columns)},
    {.name = "validity",
     .needs = MXS_NEEDS_SERVERS,
     .title = "Validity of certificates",
     .question = "For how long are the certificates still good?",
     .sql = "SELECT validity, certificates, share FROM v_certificate_validity WHERE run_id = ?1 ORDER BY position",
     COLUMNS(validity_columns)},
    {.name = "banner_times",
     .needs = MXS_NEEDS_SERVERS,
     .title = "Time to the banner",
     .question = "How long do servers let a sender wait?",
     .sql = "SELECT banner_after, addresses, share FROM v_server_banner WHERE run_id = ?1 ORDER BY position",
     COLUMNS(banner_columns)},
    {.name = "certificate",
     .needs = MXS_NEEDS_SERVERS,
     .title = "Certificates of mail servers",
     .question = "Whose certificate ends first?",
     .sql = "SELECT host, address, days FROM v_certificate WHERE run_id = ?1 ORDER BY days, host, address LIMIT ?2",
     .limit = 30,
     COLUMNS(certificate_columns)},
    {.name = "resolvers",
     .title = "Resolvers (SERVFAIL to filtered are among the answers)",
     .question = "What did each resolver do?",
     .sql = "SELECT resolver, asked, answers, timeouts, servfail, refused, malformed, truncated, filtered, rtt_us,"
            " rtt_max_us, ports, openings, recursion, edns, tcp, validates, excluded,"
            " nullif(unreachable, 0), nullif(unawaited, 0) FROM v_resolver"
            " WHERE run_id = ?1 ORDER BY resolver",
     COLUMNS(resolver_columns)},
    {.name = "stages",
     .title = "Time",
     .question = "What did the run spend its time on?",
     .sql = "SELECT stage, wall_ms, cpu_ms, questions FROM v_stage WHERE run_id = ?1 ORDER BY at, position",
     COLUMNS(stage_columns)},
    {.name = "notes",
     .title = "Notes",
     .question = "What must a reader of the run know?",
     .sql = "SELECT at, kind, text FROM v_note WHERE run_id = ?1 ORDER BY at, kind, text",
     COLUMNS(note_columns)},
    {.name = "inputs",
     .title = "Lists",
     .question = "Which lists were read, how, and how are they cited?",
     .sql = "SELECT path, format, how, lines, passed_over, citation, sha256 FROM v_input WHERE run_id = ?1 ORDER BY "
            "position",
     COLUMNS(input_columns)},
    {.name = "rejects",
     .title = "Refused lines",
     .question = "Which lines of the lists were refused, and why?",
     .sql = "SELECT path, line, reason, text FROM v_reject WHERE run_id = ?1 ORDER BY path, line LIMIT ?2",
     .limit = 100,
     .counted = true,
     COLUMNS(reject_columns)},
};
const size_t mxs_catalog_count = sizeof mxs_catalog / sizeof *mxs_catalog;

const struct mxs_catalog_entry *mxs_catalog_find(const char *name)
{
    for (size_t i = 0; i < mxs_catalog_count; i++)
        if (strcmp(mxs_catalog[i].name, name) == 0)
            return &mxs_catalog[i];
    return NULL;
}

/* Why a table without rows has none, when the run did not ask; NULL: it did. */
static const char *missing_text(enum mxs_needs needs, const struct mxs_run *run)
{
    if (needs == MXS_NEEDS_HOSTS && !run->hosts_asked)
        return "the addresses of MX hosts were not asked: scan with --checks mx,host";
    if (needs == MXS_NEEDS_POLICIES && !run->records_asked)
        return "policies were not asked: scan with --checks mx,host,auth,transport";
    if (needs == MXS_NEEDS_SERVERS && !run->servers_met)
        return "no mail server was contacted: scan with --checks mx,host,smtp --smtp-helo NAME";
    return needs == MXS_NEEDS_NETWORKS ? "no network is known: scan with --asn-db FILE" : NULL;
}

const char *mxs_catalog_unchecked(const struct mxs_catalog_entry *entry, const struct mxs_run *run)
{
    static const char *const others[] = {"summary", "states", "findings", "tlds"};
    bool rests = false;
    for (size_t i = 0; i < entry->column_count; i++)
        rests |= entry->columns[i].base == MXS_BASE_RECEIVING;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        rests |= strcmp(entry->name, others[i]) == 0;
    return rests ? mxs_run_unchecked_text(run) : NULL;
}

/* How many rows a counted table has without a limit. */
static enum mxs_err count_rows(const struct mxs_catalog_entry *entry, struct mxs_snapshot *snapshot,
                               struct mxs_table *out, struct mxs_detail *detail)
{
    char sql[2048];
    struct mxs_query query;
    int64_t total = 0;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM (%s)", entry->sql);
    mxs_query_open(&query, snapshot->store, sql);
    mxs_query_int(&query, 1, snapshot->run.id);
    mxs_query_int(&query, 2, -1);
    if (mxs_query_next(&query))
        total = mxs_query_column_int(&query, 0);
    out->total_rows = total > (int64_t)out->row_count ? (size_t)total : 0;
    return mxs_query_finish(&query, detail);
}

static enum mxs_err read_rows(const struct mxs_catalog_entry *entry, struct mxs_snapshot *snapshot, int64_t limit,
                              struct mxs_table *out, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, snapshot->store, entry->sql);
    mxs_query_int(&query, 1, snapshot->run.id);
    if (strstr(entry->sql, "?2") != NULL)
        mxs_query_int(&query, 2, entry->counted ? limit : -1);
    enum mxs_err err = mxs_table_fill(out, &query, detail);
    if (err == MXS_OK && entry->counted && limit > 0)
        err = count_rows(entry, snapshot, out, detail);
    else if (err == MXS_OK && limit > 0)
        mxs_table_cut(out, (size_t)limit, entry->grouped);
    return err;
}

enum mxs_err mxs_catalog_read(const struct mxs_catalog_entry *entry, struct mxs_snapshot *snapshot, int64_t limit,
                              struct mxs_table *out, struct mxs_detail *detail)
{
    mxs_table_init(out, entry->name, entry->title, entry->columns, entry->column_count);
    out->question = entry->question;
    out->sql = entry->sql;
    memcpy(out->bases, snapshot->bases, sizeof out->bases);
    out->run_id = snapshot->run.id;
    out->started_at = snapshot->run.started_at;
    out->list = snapshot->run.list;
    enum mxs_err err = read_rows(entry, snapshot, limit != 0 ? limit : entry->limit, out, detail);
    out->unchecked = mxs_catalog_unchecked(entry, &snapshot->run);
    out->missing = out->row_count == 0 ? missing_text(entry->needs, &snapshot->run) : NULL;
    if (err != MXS_OK)
        mxs_table_finish(out);
    return err;
}
