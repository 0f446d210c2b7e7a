#include <string.h>

#include "reports/page/page_section.h"

/* What the domains of a provider, or of a top-level domain, have in common. */

#define FINDINGS_SHOWN 6
#define PROVIDERS_SHOWN 10
#define TLDS_SHOWN 10
#define LEADING 3 /* role, provider, domains */
#define NAME_SIZE 48

struct findings {
    char names[FINDINGS_SHOWN][NAME_SIZE], titles[FINDINGS_SHOWN][NAME_SIZE];
    size_t count;
};

/* Finding names stand inside a query, in quotes: one may be a word of SQL's. Whatever is not made of letters, digits
 * and _ is passed over. */
static bool is_plain(const char *name)
{
    return name[0] != '\0' && strlen(name) < NAME_SIZE &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

/* The commonest that somebody could mend, of domains that a provider has: who receives no mail is nobody's customer. */
static enum mxs_err find_findings(struct mxs_section *section, struct findings *findings)
{
    struct mxs_query query;
    findings->count = 0;
    mxs_query_open(&query, section->store, "SELECT finding FROM v_finding WHERE run_id = ?1 AND severity <> 'info'"
                   " AND finding IN (SELECT finding FROM v_matrix WHERE run_id = ?1) ORDER BY domains DESC, finding");
    mxs_query_int(&query, 1, section->snapshot->run.id);
    while (mxs_query_next(&query) && findings->count < FINDINGS_SHOWN) {
        const char *name = mxs_query_column_text(&query, 0, NULL);
        if (!is_plain(name))
            continue;
        char *title = findings->titles[findings->count];
        snprintf(findings->names[findings->count++], NAME_SIZE, "%s", name);
        snprintf(title, NAME_SIZE, "%s", name);
        for (char *at = title; (at = strchr(at, '_')) != NULL;)
            *at = ' ';
    }
    return mxs_query_finish(&query, section->detail);
}

static void put_query(mxs_out *sql, const struct findings *findings)
{
    mxs_out_text(sql, "SELECT l.role, l.provider, l.domains");
    for (size_t i = 0; i < findings->count; i++)
        mxs_out_format(sql, ",\n ifnull(sum(CASE m.finding WHEN '%s' THEN m.domains END) / l.domains, 0) AS \"%s\"",
                       findings->names[i], findings->names[i]);
    mxs_out_text(
        sql,
        "\nFROM (SELECT role, provider, domains FROM v_provider_share WHERE run_id = ?1 AND role <> 'backup'"
        " ORDER BY domains DESC, role, provider LIMIT ?2) l\nLEFT JOIN v_matrix m ON m.run_id = ?1 AND m.role = l.role"
        " AND m.provider = l.provider\nGROUP BY l.role, l.provider ORDER BY l.domains DESC, l.role, l.provider");
    mxs_out_bytes(sql, "", 1);
}

static enum mxs_err put_providers(struct mxs_section *section, const struct findings *findings, const char *sql)
{
    struct mxs_column columns[LEADING + FINDINGS_SHOWN] = {{"role", "role", MXS_UNIT_TEXT, 0},
                                                           {"provider", "provider", MXS_UNIT_PROVIDER, 0},
                                                           {"domains", "domains", MXS_UNIT_DOMAINS, 0}};
    for (size_t i = 0; i < findings->count; i++)
        columns[LEADING + i] =
            (struct mxs_column){findings->names[i], findings->titles[i], MXS_UNIT_SHARE, MXS_BASE_NONE};
    struct mxs_table table;
    struct mxs_query query;
    mxs_table_init(&table, "shades", "Providers and findings", columns, LEADING + findings->count);
    table.question = "What share of each provider's domains has each of the most common findings?";
    table.sql = sql;
    mxs_query_open(&query, section->store, sql);
    mxs_query_int(&query, 1, section->snapshot->run.id);
    mxs_query_int(&query, 2, PROVIDERS_SHOWN);
    section->page->limit = PROVIDERS_SHOWN;
    enum mxs_err err = mxs_table_fill(&table, &query, section->detail);
    if (err == MXS_OK && table.row_count > 0) {
        mxs_section_put_heading(section, "Providers and findings", NULL);
        mxs_out_text(section->page->out,
                     "<p>The most common findings that can be fixed, for the largest mailbox providers and gateways."
                     " What most customers of one provider have in common, and those of others do not, may be the"
                     " provider's doing; what few have is their own.</p>\n");
        mxs_page_put_table(section->page, &table, 0);
    }
    mxs_table_finish(&table);
    return err;
}

static enum mxs_err put_matrix(struct mxs_section *section)
{
    struct findings findings;
    enum mxs_err err = find_findings(section, &findings);
    if (err != MXS_OK || findings.count == 0)
        return err;
    mxs_out sql;
    mxs_out_attach(&sql, NULL);
    put_query(&sql, &findings);
    err = mxs_out_check(&sql, section->detail);
    if (err == MXS_OK)
        err = put_providers(section, &findings, sql.buffer);
    mxs_out_abandon(&sql);
    return err;
}

enum mxs_err mxs_section_write_groups(struct mxs_section *section)
{
    enum mxs_err err = put_matrix(section);
    if (err != MXS_OK)
        return err;
    mxs_section_put_heading(section, "Top-level domains", NULL);
    mxs_out_text(section->page->out,
                 "<p>By the last label of each name. Backup, IPv6 and single host are shares of the names there that"
                 " can receive mail.</p>\n");
    return mxs_section_put(section, "tlds", TLDS_SHOWN, 0, NULL);
}
