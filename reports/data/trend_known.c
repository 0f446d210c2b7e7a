#include "reports/data/trend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/findings.h"
#include "reports/data/run.h"

#define CHECK_FINDINGS MXS_FINDING_SPF_MISSING /* codes from here on are of checks */
#define CHECK_NAME_SIZE 32
#define HOST "host"

static bool has_check(const struct mxs_trend *trend, size_t row, const char *name)
{
    return mxs_run_has_check(mxs_trend_checks(trend, row), name);
}

static bool all_checked_alike(const struct mxs_trend *trend, const char *name)
{
    size_t row = 1;
    while (row < trend->runs.row_count && has_check(trend, row, name) == has_check(trend, 0, name))
        row++;
    return row >= trend->runs.row_count;
}

/* The share of whom the measure is unknown; this row stays, and says why the others are gone. */
static bool has_unknown(const struct mxs_trend *trend, const char *measure, size_t row)
{
    for (size_t at = 0; at < trend->series.row_count; at++) {
        const struct mxs_cell *cells = mxs_table_at(&trend->series, at, 0), *share = &cells[MXS_TREND_LEADING + row];
        if (strcmp(cells[0].text, measure) == 0 && strcmp(cells[1].text, "unknown") == 0)
            return share->kind == MXS_CELL_REAL && share->real > 0;
    }
    return false;
}

static bool is_of_providers(const char *measure)
{
    static const char word[] = " provider";
    size_t size = strlen(measure);
    return size >= strlen(word) && strcmp(measure + size - strlen(word), word) == 0;
}

/* Of a run without the check host: `mx` is by MX records alone then, and beside runs that have it another thing under
 * the same name. */
static bool tells(const struct mxs_trend *trend, const char *measure, const char *name, bool has_unknown_here)
{
    if (strcmp(measure, "state") == 0)
        return strcmp(name, "broken") != 0 && (strcmp(name, "mx") != 0 || all_checked_alike(trend, HOST));
    return strcmp(name, "unknown") == 0 || !has_unknown_here;
}

bool mxs_trend_is_known(const struct mxs_trend *trend, const char *measure, const char *name, size_t row)
{
    return has_check(trend, row, HOST) || tells(trend, measure, name, has_unknown(trend, measure, row));
}

bool mxs_trend_has_unknown(const struct mxs_trend *trend)
{
    return mxs_trend_is_mixed(trend) || !has_check(trend, 0, HOST);
}

/* A provider is another one where addresses, or what the check auth finds behind a gateway, were not looked at. */
bool mxs_trend_compares(const struct mxs_trend *trend, const char *measure, size_t left, size_t right)
{
    return !is_of_providers(measure) || (has_check(trend, left, HOST) == has_check(trend, right, HOST) &&
                                         has_check(trend, left, "auth") == has_check(trend, right, "auth"));
}

/* Whether all runs that have the finding made a check that this run did not make: then it was not looked for here. */
static bool was_not_asked(const struct mxs_trend *trend, const struct mxs_cell *shares, size_t row)
{
    size_t found = 0, rows = trend->runs.row_count;
    while (found < rows && !(shares[found].kind == MXS_CELL_REAL && shares[found].real > 0))
        found++;
    for (const char *at = found < rows ? mxs_trend_checks(trend, found) : ""; *at != '\0';) {
        char word[CHECK_NAME_SIZE];
        size_t size = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)size, at);
        bool common = size < sizeof word && !has_check(trend, row, word);
        for (size_t i = found; common && i < rows; i++)
            common = shares[i].kind != MXS_CELL_REAL || shares[i].real <= 0 || has_check(trend, i, word);
        if (common)
            return true;
        at += size + (at[size] == ',');
    }
    return false;
}

static void drop_finding(const struct mxs_trend *trend, unsigned code, struct mxs_cell *shares)
{
    for (size_t row = 0; row < trend->runs.row_count; row++) {
        struct mxs_cell *share = &shares[row];
        bool unknown = code >= CHECK_FINDINGS ? share->real <= 0 && was_not_asked(trend, shares, row)
                                              : mxs_finding_rests_on_hosts(code) && !has_check(trend, row, HOST);
        if (share->kind == MXS_CELL_REAL && unknown)
            *share = (struct mxs_cell){.kind = MXS_CELL_NULL};
    }
}

static enum mxs_err drop_findings(const struct mxs_trend *trend, struct mxs_table *series, size_t leading,
                                  struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, trend->store, "SELECT name, code FROM finding");
    while (mxs_query_next(&query))
        for (size_t at = 0; at < series->row_count; at++) {
            struct mxs_cell *cells = &series->cells[at * series->column_count];
            if (strcmp(cells[leading - 2].text, "finding") == 0 &&
                strcmp(cells[leading - 1].text, mxs_query_column_text(&query, 0, NULL)) == 0)
                drop_finding(trend, (unsigned)mxs_query_column_int(&query, 1), &cells[leading]);
        }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_trend_read_policies(struct mxs_trend *trend, mxs_store *panel, struct mxs_detail *detail)
{
    struct mxs_query query;
    trend->policies_unknown = calloc(trend->runs.row_count, sizeof *trend->policies_unknown);
    if (trend->policies_unknown == NULL)
        return mxs_err_memory(detail, NULL);
    mxs_query_open(&query, panel,
                   "SELECT c.run_id, 1.0 * sum(c.domains * (k.state <> 'nxdomain' AND (r.auth AND (p.spf IS NULL OR"
                   " p.dmarc IS NULL) OR r.transport AND p.mta_sts IS NULL))) / sum(c.domains) FROM v_verdict_count c"
                   " JOIN (SELECT id, instr(',' || checks || ',', ',auth,') > 0 AS auth,"
                   " instr(',' || checks || ',', ',transport,') > 0 AS transport FROM run WHERE id <= ?1) r"
                   " ON r.id = c.run_id JOIN v_verdict k ON k.verdict_id = c.verdict_id"
                   " JOIN v_verdict_policy p ON p.verdict_id = c.verdict_id GROUP BY c.run_id");
    mxs_query_int(&query, 1, mxs_table_at(&trend->runs, trend->runs.row_count - 1, 0)->integer);
    while (mxs_query_next(&query))
        for (size_t row = 0; row < trend->runs.row_count; row++)
            if (mxs_table_at(&trend->runs, row, 0)->integer == mxs_query_column_int(&query, 0))
                trend->policies_unknown[row] = mxs_query_column_real(&query, 1);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_trend_drop_unknown(const struct mxs_trend *trend, struct mxs_table *series, size_t leading,
                                    struct mxs_detail *detail)
{
    if (!mxs_trend_has_unknown(trend))
        return MXS_OK;
    for (size_t row = 0; row < trend->runs.row_count; row++) {
        const char *measure = ""; /* rows of one stand together */
        bool unknown = false;
        for (size_t at = 0; !has_check(trend, row, HOST) && at < series->row_count; at++) {
            struct mxs_cell *cells = &series->cells[at * series->column_count];
            if (strcmp(cells[leading - 2].text, measure) != 0) {
                measure = cells[leading - 2].text;
                unknown = has_unknown(trend, measure, row);
            }
            if (!is_of_providers(measure) && !tells(trend, measure, cells[leading - 1].text, unknown))
                cells[leading + row] = (struct mxs_cell){.kind = MXS_CELL_NULL};
        }
    }
    return drop_findings(trend, series, leading, detail);
}
