#include "reports/page/internal/page_trend_query.h"

#include <string.h>

#define RECEIVING "state IN ('mx', 'implicit_mx')"
#define YES_OR_NO(column) "CASE " column " WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown' END"

/* Everything but providers: what a domain is counted under, from which table, and what the share is of. */
static const struct {
    const char *measure, *name, *from, *where, *of;
} measures[] = {
    {"backup", "ifnull(backup, 'unknown')", "", " AND " RECEIVING, "receiving"},
    {"tiers", "CASE WHEN tiers >= 4 THEN '4 or more' ELSE ifnull(tiers, 'unknown') || '' END", "", " AND " RECEIVING,
     "receiving"},
    {"load sharing", YES_OR_NO("load_sharing"), "", " AND " RECEIVING, "receiving"},
    {"reachable over IPv6", YES_OR_NO("ipv6"), "", " AND " RECEIVING, "receiving"},
    {"single point of failure", "ifnull(single_point, 'unknown')", "", " AND " RECEIVING, "receiving"},
    {"survives provider loss", YES_OR_NO("survives_provider"), "", " AND " RECEIVING, "receiving"},
    {"state", "state", "", "", "accepted"},
    {"finding", "finding", " JOIN v_verdict_finding USING (verdict_id)", "", "accepted"},
};

/* ?1: the newest run. */
static const char panel_sql[] =
    "WITH shown AS (SELECT run_id FROM (SELECT run_id, degraded FROM v_run WHERE state = 'complete' AND run_id <= ?1 "
    "AND list ="
    " (SELECT list FROM v_run WHERE run_id = ?1) ORDER BY run_id DESC LIMIT %lld) WHERE NOT degraded),\n"
    "panel AS MATERIALIZED (SELECT domain_id FROM v_domain WHERE run_id IN (SELECT run_id FROM shown) AND state <> "
    "'undetermined'%s"
    " GROUP BY domain_id HAVING count(*) = (SELECT count(*) FROM shown)),\n"
    "counted AS MATERIALIZED (SELECT run_id, verdict_id, state, backup, tiers, load_sharing, ipv6, single_point, "
    "survives_provider,"
    " count(*) AS domains"
    " FROM v_domain WHERE run_id IN (SELECT run_id FROM shown) AND domain_id IN (SELECT domain_id FROM panel)"
    " GROUP BY run_id, verdict_id),\n"
    "total AS (SELECT run_id, sum(domains) AS accepted, sum(domains * (" RECEIVING
    ")) AS receiving FROM counted GROUP BY run_id)";

/* Of a mailbox's shares. */
static const char known_sql[] =
    " AND verdict_id NOT IN (SELECT verdict_id FROM v_verdict WHERE receives AND (NOT mailbox_settled OR verdict_id"
    " NOT IN (SELECT verdict_id FROM v_label WHERE role <> 'backup')))";

static const char provider_sql[] =
    ",\nheld AS MATERIALIZED (SELECT run_id, role, provider, sum(domains * CASE role WHEN 'backup' THEN 1.0 ELSE share "
    "END) AS domains"
    " FROM counted JOIN v_label USING (verdict_id) WHERE " RECEIVING " GROUP BY run_id, role, provider)\n"
    "SELECT run_id, provider, domains / receiving AS share FROM held JOIN total USING (run_id) WHERE run_id >= %lld "
    "AND role = '%.*s'"
    " AND (role, provider) IN (SELECT role, provider FROM held GROUP BY role, provider ORDER BY max(domains) DESC, "
    "role, provider"
    " LIMIT %lld) ORDER BY run_id DESC, share DESC";

bool mxs_page_put_trend_query(mxs_out *out, const struct mxs_trend *trend, const char *measure, int64_t first_run)
{
    static const char provider[] = " provider";
    size_t size = strlen(measure), role = size < strlen(provider) ? 0 : size - strlen(provider), at = 0;
    bool is_provider = role > 0 && strcmp(measure + role, provider) == 0;
    while (at < sizeof measures / sizeof *measures && strcmp(measures[at].measure, measure) != 0)
        at++;
    if (!is_provider && at == sizeof measures / sizeof *measures)
        return false;
    bool held = trend->mailbox_panel < trend->panel && strcmp(measure, "mailbox provider") == 0;
    mxs_out_format(out, panel_sql, (long long)trend->runs.row_count, held ? known_sql : "");
    if (is_provider)
        mxs_out_format(out, provider_sql, (long long)first_run, (int)role, measure, (long long)trend->top);
    else
        mxs_out_format(out,
                       "\nSELECT run_id, %s AS name, 1.0 * sum(domains) / %s AS share FROM counted JOIN total USING "
                       "(run_id)%s WHERE"
                       " run_id >= %lld%s GROUP BY run_id, name ORDER BY run_id DESC, share DESC",
                       measures[at].name, measures[at].of, measures[at].from, (long long)first_run, measures[at].where);
    return true;
}
