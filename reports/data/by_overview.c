#include "reports/data/by_overview.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define SURVIVES 4 /* of its columns: rests on the addresses of MX hosts */
#define FEW_PERCENT 10 /* of the domains with a value */

static const char overview_sql[] =
    "WITH counted AS MATERIALIZED ("
    " SELECT c.run_id, sum(c.domains) AS domains, sum(c.domains * v.receives) AS receiving,"
    "  sum(c.domains * v.receives * v.survives_provider) AS survive,"
    "  sum(c.domains * EXISTS (SELECT 1 FROM v_verdict_finding f WHERE f.verdict_id = c.verdict_id"
    "   AND f.severity IN ('warning', 'critical'))) AS found"
    " FROM v_verdict_count c JOIN v_verdict v ON v.verdict_id = c.verdict_id WHERE c.run_id >= ?1 GROUP BY c.run_id),"
    " top AS ("
    " SELECT run_id, provider, share, row_number() OVER (PARTITION BY run_id ORDER BY domains DESC, provider) AS place"
    " FROM v_provider_share WHERE role = 'mailbox' AND run_id >= ?1)"
    " SELECT c.run_id - ?1, c.domains, c.receiving, 1.0 * c.receiving / c.domains,"
    "  1.0 * c.survive / nullif(c.receiving, 0), t.provider, t.share, 1.0 * c.found / c.domains"
    " FROM counted c LEFT JOIN top t ON t.run_id = c.run_id AND t.place = 1 ORDER BY c.run_id";

/* The same of the run itself, over public views, for who wants to check or change it. Between the two parts stands the
 * facet's name. */
static const char public_sql_head[] =
    "WITH one AS MATERIALIZED (SELECT f.value, d.verdict_id, count(*) AS domains\n"
    "  FROM v_facet f JOIN v_domain d ON d.run_id = f.run_id AND d.domain_id = f.domain_id\n"
    "  WHERE f.run_id = ?1 AND f.facet = ";
static const char public_sql_tail[] =
    " GROUP BY 1, 2),\n"
    "counted AS (SELECT o.value, sum(o.domains) AS domains, sum(o.domains * v.receives) AS receiving,\n"
    "  sum(o.domains * v.receives * v.survives_provider) AS survive, sum(o.domains * EXISTS (SELECT 1 FROM"
    " v_verdict_finding n\n    WHERE n.verdict_id = o.verdict_id AND n.severity IN ('warning', 'critical'))) AS found\n"
    "  FROM one o JOIN v_verdict v ON v.verdict_id = o.verdict_id GROUP BY 1),\n"
    "held AS (SELECT o.value, l.provider, sum(o.domains * l.share) AS domains FROM one o\n"
    "  JOIN v_verdict v ON v.verdict_id = o.verdict_id AND v.receives\n"
    "  JOIN v_label l ON l.verdict_id = o.verdict_id AND l.role = 'mailbox' GROUP BY 1, 2),\n"
    "top AS (SELECT value, provider, domains, row_number() OVER (PARTITION BY value ORDER BY domains DESC, provider)"
    " AS place FROM held)\n"
    "SELECT c.value, c.domains, c.receiving, 1.0 * c.receiving / c.domains AS receiving_share,\n"
    "  1.0 * c.survive / nullif(c.receiving, 0) AS survives_share, t.provider, t.domains / c.receiving AS top_share,\n"
    "  1.0 * c.found / c.domains AS finding_share\n"
    "FROM counted c LEFT JOIN top t ON t.value = c.value AND t.place = 1 ORDER BY c.domains DESC, c.value LIMIT ?2";

/* A name that would read as something else in the query, or steer a terminal, has none. */
static void put_public_sql(struct mxs_by_overview *overview, const char *facet)
{
    for (const char *at = facet; *at != '\0'; at++)
        if (*at == '?' || mxs_utf8_steers_at(at))
            return;
    mxs_out_text(&overview->sql, public_sql_head);
    mxs_out_text(&overview->sql, "'");
    for (const char *at = facet; *at != '\0'; at++) {
        mxs_out_bytes(&overview->sql, at, 1);
        mxs_out_text(&overview->sql, *at == '\'' ? "'" : "");
    }
    mxs_out_text(&overview->sql, "'");
    mxs_out_text(&overview->sql, public_sql_tail);
    mxs_out_bytes(&overview->sql, "", 1);
    overview->table.sql = overview->sql.err == MXS_OK ? overview->sql.buffer : NULL;
}

static enum mxs_err open_groups(struct mxs_by_overview *overview, const struct mxs_snapshot *snapshot,
                                const char *facet, uint32_t most, struct mxs_detail *detail)
{
    char spec[160];
    struct mxs_by *by = &overview->by;
    enum mxs_err err = mxs_by_open_groups(by, snapshot->store, &snapshot->run, NULL, facet, most, detail);
    if (err != MXS_OK || by->groups.values <= most || !mxs_by_is_numeric(by))
        return err;
    mxs_by_finish(by);
    snprintf(spec, sizeof spec, "%s:log", facet);
    return mxs_by_open_groups(by, snapshot->store, &snapshot->run, NULL, spec, most, detail);
}

static void name_columns(struct mxs_by_overview *overview)
{
    const struct mxs_column columns[MXS_BY_OVERVIEW_COLUMNS] = {
        {"value", overview->by.head, MXS_UNIT_TEXT, 0},
        {"domains", "names", MXS_UNIT_COUNT, 0},
        {"receiving", "receive mail", MXS_UNIT_COUNT, 0},
        {"receiving_share", "of its names", MXS_UNIT_SHARE, MXS_BASE_ROW},
        {"survives_share", "survive provider loss", MXS_UNIT_SHARE, MXS_BASE_ROW},
        {"provider", "top mailbox provider", MXS_UNIT_PROVIDER, 0},
        {"provider_share", "its share", MXS_UNIT_SHARE, MXS_BASE_ROW},
        {"finding_share", "warning or critical", MXS_UNIT_SHARE, MXS_BASE_ROW},
    };
    memcpy(overview->columns, columns, sizeof columns);
    mxs_table_init(&overview->table, "facet", overview->by.head, overview->columns, MXS_BY_OVERVIEW_COLUMNS);
}

static enum mxs_err fill(struct mxs_by_overview *overview, mxs_store *store, int64_t first, struct mxs_detail *detail)
{
    const struct mxs_by *by = &overview->by;
    struct mxs_table *table = &overview->table;
    struct mxs_query query;
    int64_t valued = 0, others = 0;
    mxs_query_open(&query, store, overview_sql);
    mxs_query_int(&query, 1, first);
    while (mxs_query_next(&query)) {
        struct mxs_cell *cells = mxs_table_row(table);
        uint32_t group = (uint32_t)mxs_query_column_int(&query, 0);
        if (cells == NULL || group >= by->groups.count)
            break;
        mxs_by_put_group(by, group, true, table, &cells[0]);
        for (int i = 1; i < MXS_BY_OVERVIEW_COLUMNS; i++) {
            size_t size;
            const char *text = mxs_query_column_text(&query, i, &size);
            if (mxs_query_is_null(&query, i))
                continue;
            if (overview->columns[i].unit == MXS_UNIT_PROVIDER)
                mxs_table_put_text(table, &cells[i], text, size);
            else if (overview->columns[i].unit == MXS_UNIT_COUNT)
                mxs_table_put_int(&cells[i], mxs_query_column_int(&query, i));
            else
                mxs_table_put_real(&cells[i], mxs_query_column_real(&query, i));
        }
        overview->foot += group + 2 >= by->groups.count;
        valued += group + 1 < by->groups.count ? cells[1].integer : 0;
        others += group + 2 == by->groups.count ? cells[1].integer : 0;
    }
    overview->scattered = !by->groups.cut && by->groups.has_others && (valued - others) * 100 < valued * FEW_PERCENT;
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK ? mxs_table_check(table, detail) : err;
}

enum mxs_err mxs_by_overview_read(struct mxs_by_overview *overview, struct mxs_snapshot *snapshot, const char *facet,
                                  uint32_t most, struct mxs_subset *subset, struct mxs_detail *detail)
{
    int64_t first;
    overview->foot = 0;
    enum mxs_err err = open_groups(overview, snapshot, facet, most, detail);
    if (err != MXS_OK)
        return err;
    mxs_out_attach(&overview->sql, NULL);
    name_columns(overview);
    memcpy(overview->table.bases, snapshot->bases, sizeof overview->table.bases);
    overview->table.unchecked = mxs_run_unchecked_text(&snapshot->run);
    err = mxs_by_put_subset(&overview->by, snapshot, subset, &first, detail);
    if (err == MXS_OK)
        err = fill(overview, subset->store, first, detail);
    for (size_t row = 0; !snapshot->run.hosts_asked && row < overview->table.row_count; row++)
        overview->table.cells[row * MXS_BY_OVERVIEW_COLUMNS + SURVIVES] = (struct mxs_cell){.kind = MXS_CELL_NULL};
    if (err == MXS_OK && !overview->by.groups.cut)
        put_public_sql(overview, facet);
    if (err != MXS_OK)
        mxs_by_overview_finish(overview);
    return err;
}

void mxs_by_overview_finish(struct mxs_by_overview *overview)
{
    mxs_table_finish(&overview->table);
    mxs_out_abandon(&overview->sql);
    mxs_by_finish(&overview->by);
}
