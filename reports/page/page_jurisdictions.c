#include <string.h>

#include "reports/page/page_section.h"

/* Of each role the largest countries, the unknown, and all others in a row: the shares of a role add up. Mail whose
 * mailbox provider nobody can see is under a law, too. */
static const char jurisdictions_sql[] =
    "WITH law AS MATERIALIZED (SELECT role, country, domains, share, row_number() OVER (PARTITION BY role"
    " ORDER BY country IS NULL, domains DESC, country) AS place FROM v_jurisdiction WHERE run_id = ?1 AND role <> "
    "'backup')\n"
    "SELECT role, what, domains, share FROM (\n"
    " SELECT role, ifnull(country, 'unknown') AS what, domains, share, place FROM law WHERE place <= ?2 OR country IS "
    "NULL\n"
    " UNION ALL SELECT role, 'all others (' || count(*) || ')', sum(domains), sum(share), 1000001 FROM law"
    " WHERE place > ?2 AND country IS NOT NULL GROUP BY role\n"
    " UNION ALL SELECT 'mailbox', CASE u.why WHEN 'unknown' THEN 'behind a gateway' WHEN 'limit' THEN"
    " 'not named (limit)' ELSE 'not settled' END, u.domains, u.domains / t.receiving, 1000002"
    " FROM v_mailbox_unknown u JOIN v_total t ON t.run_id = u.run_id WHERE u.run_id = ?1)\n"
    "ORDER BY role DESC, place";

#define COUNTRIES_SHOWN 5 /* of each role */

enum mxs_err mxs_section_put_jurisdictions(struct mxs_section *section)
{
    const struct mxs_catalog_entry *entry = mxs_catalog_find("jurisdictions");
    struct mxs_table table;
    struct mxs_query query;
    MXS_ASSERT(entry != NULL);
    mxs_table_init(&table, entry->name, entry->title, entry->columns, entry->column_count);
    table.question = entry->question;
    table.sql = jurisdictions_sql;
    memcpy(table.bases, section->snapshot->bases, sizeof table.bases);
    section->page->limit = COUNTRIES_SHOWN;
    mxs_query_open(&query, section->store, jurisdictions_sql);
    mxs_query_int(&query, 1, section->snapshot->run.id);
    mxs_query_int(&query, 2, COUNTRIES_SHOWN);
    enum mxs_err err = mxs_table_fill(&table, &query, section->detail);
    if (err == MXS_OK && table.row_count > 0)
        mxs_page_put_figure(section->page, &table, 0, 0);
    mxs_table_finish(&table);
    return err;
}
