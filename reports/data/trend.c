#include "reports/data/trend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/data/snapshot.h"
#include "reports/data/subset.h"
#include "base/counter.h"
#include "model/vocabulary.h"

static const struct mxs_column run_columns[] = {
    {"run", "run", MXS_UNIT_NUMBER, 0},           {"started_at", "started", MXS_UNIT_TIME, 0},
    {"degraded", "degraded", MXS_UNIT_FLAG, 0},   {"accepted", "names", MXS_UNIT_COUNT, 0},
    {"receiving", "receiving", MXS_UNIT_COUNT, 0}, {"panel_receiving", "panel receiving", MXS_UNIT_COUNT, 0},
    {"checks", "checks", MXS_UNIT_TEXT, 0},
};
enum { RUN_ID, RUN_STARTED, RUN_DEGRADED, RUN_ACCEPTED, RUN_RECEIVING, RUN_PANEL, RUN_CHECKS, RUN_COLUMNS };

static enum mxs_err read_runs(struct mxs_trend *trend, const struct mxs_run *newest, int64_t last,
                              struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_table_init(&trend->runs, "runs", "Runs", run_columns, RUN_COLUMNS);
    mxs_query_open(&query, trend->store,
                   "SELECT id, started_at, degraded, accepted, 0, NULL, checks FROM (SELECT * FROM run"
                   " WHERE list_id = ?1 AND state = 'complete' AND id <= ?3 ORDER BY id DESC LIMIT ?2) ORDER BY id");
    mxs_query_int(&query, 1, newest->list_id);
    mxs_query_int(&query, 2, last > 0 && last < MXS_TREND_RUNS ? last : MXS_TREND_RUNS);
    mxs_query_int(&query, 3, newest->id);
    return mxs_table_fill(&trend->runs, &query, detail);
}

static int64_t run_at(const struct mxs_trend *trend, size_t row)
{
    return mxs_table_at(&trend->runs, row, RUN_ID)->integer;
}
bool mxs_trend_is_gap(const struct mxs_trend *trend, size_t row)
{
    return mxs_table_at(&trend->runs, row, RUN_DEGRADED)->integer != 0;
}
const char *mxs_trend_checks(const struct mxs_trend *trend, size_t row)
{
    return mxs_table_at(&trend->runs, row, RUN_CHECKS)->text;
}
int64_t mxs_trend_panel_receiving(const struct mxs_trend *trend, size_t row)
{
    return mxs_table_at(&trend->runs, row, RUN_PANEL)->integer;
}

/* The intervals of one domain, as rows of runs. */
struct interval {
    size_t first, last; /* rows of trend->runs, both included */
    int64_t verdict;
    bool settled, held; /* is the state known, and who holds the mailbox? */
};

struct panel {
    struct mxs_trend *trend;
    struct mxs_counter *counts;    /* verdict, (part * count + first row) * count + last row -> domains of the panel */
    struct mxs_counter *receiving; /* row -> domains of the population that receive mail */
    struct interval *intervals;   /* of the domain at hand */
    size_t count;
    size_t wanted;               /* rows that are no gap */
};

/* Rows of runs that an interval covers; false when it covers none. */
static bool find_rows(const struct mxs_trend *trend, int64_t first_run, int64_t last_run, size_t *first, size_t *last)
{
    size_t low = 0, high = trend->runs.row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (run_at(trend, middle) < first_run)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    high = trend->runs.row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (run_at(trend, middle) <= last_run)
            low = middle + 1;
        else
            high = middle;
    }
    *last = low - 1;
    return low > *first;
}

/* Part 0 is all, then the groups; behind these the same once more, of the names whose mailbox is known. */
static void put_part(struct panel *panel, size_t part, bool held)
{
    size_t rows = panel->trend->runs.row_count, parts = panel->trend->group_count + 1;
    for (size_t at = part; at <= part + (held ? parts : 0); at += parts)
        for (size_t i = 0; i < panel->count; i++)
            mxs_counter_put(panel->counts, panel->intervals[i].verdict,
                            (int64_t)((at * rows + panel->intervals[i].first) * rows + panel->intervals[i].last), 1);
}

/* A domain is over: it is of the panel when it is settled in every row that is no gap. */
static void put_domain(struct panel *panel, int64_t domain)
{
    size_t settled = 0;
    bool held = true;
    for (size_t i = 0; i < panel->count; i++)
        for (size_t row = panel->intervals[i].first; row <= panel->intervals[i].last; row++) {
            bool counts = !mxs_trend_is_gap(panel->trend, row);
            settled += counts && panel->intervals[i].settled;
            held = held && (!counts || panel->intervals[i].held);
        }
    if (settled == panel->wanted && panel->wanted > 0) {
        panel->trend->panel++;
        panel->trend->mailbox_panel += held;
        put_part(panel, 0, held);
        uint32_t groups[MXS_BY_WITHIN];
        uint32_t count = panel->trend->group_count == 0
                             ? 0
                             : mxs_by_groups_of(&panel->trend->by, (uint32_t)domain, false, groups, MXS_BY_WITHIN);
        for (uint32_t i = 0; i < count; i++) {
            panel->trend->group_panels[groups[i]]++;
            panel->trend->group_panels[panel->trend->group_count + groups[i]] += held;
            put_part(panel, groups[i] + 1, held);
        }
    }
    panel->count = 0;
}

static enum mxs_err walk(struct panel *panel, int64_t list_id, struct mxs_detail *detail)
{
    struct mxs_query query;
    size_t rows = panel->trend->runs.row_count;
    int64_t domain = -1;
    mxs_query_open(&query, panel->trend->store,
                   "SELECT j.domain_id, j.first_run, ifnull(j.last_run, ?3), j.verdict_id, v.state, NOT k.receives OR"
                   " k.mailbox_settled AND EXISTS (SELECT 1 FROM verdict_label l WHERE l.verdict_id = v.id AND"
                   " l.role <> ?4)"
                   " FROM judgement j CROSS JOIN verdict v ON v.id = j.verdict_id"
                   " CROSS JOIN v_verdict k ON k.verdict_id = v.id WHERE j.list_id = ?1 AND j.first_run <= ?3"
                   " AND ifnull(j.last_run, ?3) >= ?2 ORDER BY j.domain_id");
    mxs_query_int(&query, 1, list_id);
    mxs_query_int(&query, 2, run_at(panel->trend, 0));
    mxs_query_int(&query, 3, run_at(panel->trend, rows - 1));
    mxs_query_int(&query, 4, MXS_ROLE_BACKUP);
    while (mxs_query_next(&query)) {
        struct interval interval = {.verdict = mxs_query_column_int(&query, 3)};
        int64_t state = mxs_query_column_int(&query, 4);
        if (mxs_query_column_int(&query, 0) != domain)
            put_domain(panel, domain);
        domain = mxs_query_column_int(&query, 0);
        interval.settled = state != MXS_STATE_UNDETERMINED;
        interval.held = mxs_query_column_int(&query, 5) != 0;
        if (panel->count == rows || !find_rows(panel->trend, mxs_query_column_int(&query, 1),
                                               mxs_query_column_int(&query, 2), &interval.first, &interval.last))
            continue;
        if (state >= 0 && state < MXS_STATE_COUNT && mxs_state_receives((enum mxs_state)state))
            mxs_counter_put(panel->receiving, (int64_t)(interval.first * rows + interval.last), 0, 1);
        panel->intervals[panel->count++] = interval;
    }
    put_domain(panel, domain);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && (panel->counts->err != MXS_OK || panel->receiving->err != MXS_OK))
        err = mxs_err_memory(detail, NULL);
    return err;
}

/* Each group has runs of its own, by numbers behind all that the database has. */
#define GROUP_RUNS (INT64_C(1) << 40)
/* And where the mailbox of some is not known, each run and group has one more, of the others. */
#define MAILBOX_RUNS (INT64_C(1) << 50)
static int64_t mailbox_runs(const struct mxs_trend *trend)
{
    return trend->mailbox_panel < trend->panel ? MAILBOX_RUNS : 0;
}
static int64_t part_run(const struct mxs_trend *trend, size_t part, size_t row)
{
    size_t parts = trend->group_count + 1, group = part % parts;
    return (group == 0 ? run_at(trend, row) : GROUP_RUNS + (int64_t)(row * trend->group_count + group - 1)) +
           (part >= parts ? MAILBOX_RUNS : 0);
}

static enum mxs_err store_counts(struct mxs_trend *trend, struct mxs_subset *subset, const struct mxs_counter *counts,
                                 struct mxs_detail *detail)
{
    size_t rows = trend->runs.row_count, parts = trend->group_count + 1;
    for (size_t row = 0; row < rows; row++) {
        bool apart = mailbox_runs(trend) != 0;
        const size_t first[] = {1, parts, parts + 1}; /* that there are no runs for yet: the run itself is there */
        const uint32_t count[] = {trend->group_count, apart ? 1 : 0, apart ? trend->group_count : 0};
        for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
            enum mxs_err err = count[i] == 0 ? MXS_OK
                                             : mxs_subset_put_runs(subset, run_at(trend, row),
                                                                   part_run(trend, first[i], row), count[i], detail);
            if (err != MXS_OK)
                return err;
        }
    }
    for (size_t i = 0; i < counts->count; i++) {
        const struct mxs_counter_item *item = &counts->items[i];
        size_t part = (size_t)item->second / rows / rows;
        if (part >= parts && mailbox_runs(trend) == 0)
            continue;
        for (size_t row = (size_t)item->second / rows % rows; row <= (size_t)item->second % rows; row++)
            if (!mxs_trend_is_gap(trend, row))
                mxs_subset_put(subset, part_run(trend, part, row), item->key, item->sum);
    }
    return mxs_subset_finish(subset, detail);
}

static void put_receiving(struct mxs_trend *trend, const struct mxs_counter *receiving)
{
    size_t rows = trend->runs.row_count;
    for (size_t i = 0; i < receiving->count; i++) {
        const struct mxs_counter_item *item = &receiving->items[i];
        for (size_t row = (size_t)item->key / rows; row <= (size_t)item->key % rows; row++) {
            struct mxs_cell *cell = &trend->runs.cells[row * RUN_COLUMNS + RUN_RECEIVING];
            mxs_table_put_int(cell, cell->integer + item->sum);
        }
    }
}

static enum mxs_err read_panel_bases(struct mxs_trend *trend, struct mxs_subset *subset, struct mxs_detail *detail)
{
    struct mxs_query query;
    trend->mailbox_receiving = calloc(trend->runs.row_count, sizeof *trend->mailbox_receiving);
    if (trend->mailbox_receiving == NULL)
        return mxs_err_memory(detail, NULL);
    for (size_t row = 0; row < trend->runs.row_count; row++)
        trend->mailbox_receiving[row] = mxs_trend_is_gap(trend, row) ? -1 : 0;
    mxs_query_open(&query, subset->store,
                   "SELECT p.run_id, p.receiving, m.receiving FROM v_total p LEFT JOIN v_total m"
                   " ON m.run_id = p.run_id + ?2 WHERE p.run_id < ?1");
    mxs_query_int(&query, 1, GROUP_RUNS);
    mxs_query_int(&query, 2, mailbox_runs(trend));
    while (mxs_query_next(&query))
        for (size_t row = 0; row < trend->runs.row_count; row++)
            if (run_at(trend, row) == mxs_query_column_int(&query, 0)) {
                mxs_table_put_int(&trend->runs.cells[row * RUN_COLUMNS + RUN_PANEL], mxs_query_column_int(&query, 1));
                trend->mailbox_receiving[row] = mxs_query_column_int(&query, 2);
            }
    return mxs_query_finish(&query, detail);
}

#define MAILBOX "mailbox provider"
/* Everything that has a share, one row per run; ordered so that a series' rows stand together, of runs ?2 to ?3, a
 * group after the other; mailbox providers by the runs ?5 behind these. */
static const char series_sql[] =
    "WITH shown AS MATERIALIZED (SELECT role, provider FROM v_provider_share GROUP BY role, provider"
    "  ORDER BY max(domains) DESC, role, provider LIMIT ?1)"
    " SELECT measure, name, run_id, share FROM ("
    " SELECT instr('mailbox gateway backup', role) - 30 AS place, role || ' provider' AS measure, provider AS name, "
    "run_id, share FROM v_provider_share WHERE role <> 'mailbox' AND (role, provider) IN shown"
    " UNION ALL SELECT -29, '" MAILBOX "', provider, run_id - ?5, share FROM v_provider_share"
    "  WHERE role = 'mailbox' AND run_id BETWEEN ?2 + ?5 AND ?3 + ?5 AND (role, provider) IN shown"
    " UNION ALL SELECT 2, 'backup', backup, run_id, sum(share) FROM v_backup GROUP BY backup, run_id"
    " UNION ALL SELECT 3, measure, value, run_id, share FROM v_redundancy_measure WHERE position IN (3, 4, 6, 7, 8)"
    " UNION ALL SELECT 4, 'state', state, run_id, share FROM v_state"
    " UNION ALL SELECT 5, 'finding', finding, run_id, share FROM v_finding) WHERE run_id BETWEEN ?2 AND ?3"
    " ORDER BY place, measure, name, (run_id - ?2) % ?4, run_id";

static bool make_columns(struct mxs_trend *trend)
{
    size_t count = MXS_TREND_LEADING + trend->runs.row_count;
    trend->series_columns = calloc(count, sizeof *trend->series_columns);
    trend->series_names = calloc(count, sizeof *trend->series_names);
    if (trend->series_columns == NULL || trend->series_names == NULL)
        return false;
    trend->series_columns[0] = (struct mxs_column){"measure", "measure", MXS_UNIT_TEXT, 0};
    trend->series_columns[1] = (struct mxs_column){"name", "what", MXS_UNIT_WORD, 0};
    for (size_t row = 0; row < trend->runs.row_count; row++) {
        char *name = trend->series_names[MXS_TREND_LEADING + row];
        snprintf(name, sizeof trend->series_names[0], "run %lld", (long long)run_at(trend, row));
        trend->series_columns[MXS_TREND_LEADING + row] = (struct mxs_column){name, name, MXS_UNIT_SHARE, MXS_BASE_NONE};
    }
    mxs_table_init(&trend->series, "series", "Shares over the matched panel", trend->series_columns, count);
    return true;
}

/* A new series: zero wherever there are figures, so that absence is not taken for a gap. */
static struct mxs_cell *begin_series(struct mxs_trend *trend, struct mxs_query *query)
{
    struct mxs_cell *cells = mxs_table_row(&trend->series);
    if (cells == NULL)
        return NULL;
    for (int i = 0; i < MXS_TREND_LEADING; i++) {
        size_t size_bytes;
        const char *text = mxs_query_column_text(query, i, &size_bytes);
        mxs_table_put_text(&trend->series, &cells[i], text, size_bytes);
    }
    for (size_t row = 0; row < trend->runs.row_count; row++)
        if (!mxs_trend_is_gap(trend, row) && trend->panel > 0)
            mxs_table_put_real(&cells[MXS_TREND_LEADING + row], 0);
    return trend->series.err == MXS_OK ? cells : NULL;
}

static enum mxs_err read_series(struct mxs_trend *trend, struct mxs_subset *subset, int64_t top,
                                struct mxs_detail *detail)
{
    struct mxs_query query;
    struct mxs_cell *cells = NULL;
    if (trend->series_columns == NULL && !make_columns(trend))
        return mxs_err_memory(detail, NULL);
    mxs_query_open(&query, subset->store, series_sql);
    mxs_query_int(&query, 1, top);
    mxs_query_int(&query, 2, 0);
    mxs_query_int(&query, 3, GROUP_RUNS - 1);
    mxs_query_int(&query, 4, 1);
    mxs_query_int(&query, 5, mailbox_runs(trend));
    while (mxs_query_next(&query)) {
        if (cells == NULL || strcmp(cells[0].text, mxs_query_column_text(&query, 0, NULL)) != 0 ||
            strcmp(cells[1].text, mxs_query_column_text(&query, 1, NULL)) != 0)
            cells = begin_series(trend, &query);
        if (cells == NULL)
            break;
        for (size_t row = 0; row < trend->runs.row_count; row++)
            if (run_at(trend, row) == mxs_query_column_int(&query, 2))
                mxs_table_put_real(&cells[MXS_TREND_LEADING + row], mxs_query_column_real(&query, 3));
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err != MXS_OK || trend->series.err == MXS_OK ? err : mxs_err_memory(detail, NULL);
}

static const struct mxs_column group_run_columns[] = {
    {"by", "by", MXS_UNIT_TEXT, 0}, {"run", "run", MXS_UNIT_NUMBER, 0}, {"panel", "of the panel", MXS_UNIT_COUNT, 0},
    {"panel_receiving", "receive mail", MXS_UNIT_COUNT, 0}};
enum { GROUP_BY, GROUP_RUN, GROUP_PANEL, GROUP_RECEIVING, GROUP_COLUMNS };

/* The newest run that has figures. */
static size_t newest_row(const struct mxs_trend *trend)
{
    size_t row = trend->runs.row_count - 1;
    while (row > 0 && mxs_trend_is_gap(trend, row))
        row--;
    return row;
}

/* What the shares of each group are of: group after group, a row for each run; a gap has no figure. */
static enum mxs_err read_group_bases(struct mxs_trend *trend, struct mxs_subset *subset, bool people,
                                     struct mxs_detail *detail)
{
    struct mxs_query query;
    size_t rows = trend->runs.row_count;
    for (uint32_t group = 0; group < trend->group_count; group++)
        for (size_t row = 0; row < rows; row++) {
            struct mxs_cell *cells = mxs_table_row(&trend->groups);
            if (cells == NULL)
                return mxs_err_memory(detail, NULL);
            mxs_by_put_group(&trend->by, group, people, &trend->groups, &cells[GROUP_BY]);
            mxs_table_put_int(&cells[GROUP_RUN], run_at(trend, row));
            mxs_table_put_int(&cells[GROUP_PANEL], trend->group_panels[group]);
            if (!mxs_trend_is_gap(trend, row))
                mxs_table_put_int(&cells[GROUP_RECEIVING], 0);
        }
    mxs_query_open(&query, subset->store,
                   "SELECT p.run_id - ?1, p.receiving, m.receiving FROM v_total p LEFT JOIN v_total m"
                   " ON m.run_id = p.run_id + ?3 WHERE p.run_id BETWEEN ?1 AND ?2");
    mxs_query_int(&query, 1, GROUP_RUNS);
    mxs_query_int(&query, 2, MAILBOX_RUNS - 1);
    mxs_query_int(&query, 3, mailbox_runs(trend));
    while (mxs_query_next(&query)) {
        size_t at = (size_t)mxs_query_column_int(&query, 0), group = at % trend->group_count,
               row = at / trend->group_count;
        if (row < rows)
            mxs_table_put_int(&trend->groups.cells[(group * rows + row) * GROUP_COLUMNS + GROUP_RECEIVING],
                              mxs_query_column_int(&query, 1));
        if (row == newest_row(trend))
            trend->group_panels[2 * trend->group_count + group] = mxs_query_column_int(&query, 2);
    }
    return mxs_query_finish(&query, detail);
}

static struct mxs_cell *begin_group_series(struct mxs_trend *trend, struct mxs_query *query, size_t group)
{
    size_t rows = trend->runs.row_count, shown = newest_row(trend);
    struct mxs_cell *cells = mxs_table_row(&trend->group_series);
    if (cells == NULL)
        return NULL;
    const struct mxs_cell *bases = mxs_table_at(&trend->groups, group * rows + shown, 0);
    if (bases[GROUP_BY].kind == MXS_CELL_TEXT)
        mxs_table_put_text(&trend->group_series, &cells[0], bases[GROUP_BY].text, bases[GROUP_BY].size_bytes);
    cells[1] = bases[GROUP_PANEL];
    cells[2] = bases[GROUP_RECEIVING];
    if (mailbox_runs(trend) != 0 && strcmp(mxs_query_column_text(query, 0, NULL), MAILBOX) == 0) {
        mxs_table_put_int(&cells[1], trend->group_panels[trend->group_count + group]);
        mxs_table_put_int(&cells[2], trend->group_panels[2 * trend->group_count + group]);
    }
    for (int i = 0; i < MXS_TREND_LEADING; i++) {
        size_t size_bytes;
        const char *text = mxs_query_column_text(query, i, &size_bytes);
        mxs_table_put_text(&trend->group_series, &cells[MXS_TREND_BY_LEADING - MXS_TREND_LEADING + i], text,
                           size_bytes);
    }
    for (size_t row = 0; row < rows; row++)
        if (!mxs_trend_is_gap(trend, row))
            mxs_table_put_real(&cells[MXS_TREND_BY_LEADING + row], 0);
    return cells;
}

static enum mxs_err read_group_series(struct mxs_trend *trend, struct mxs_subset *subset, int64_t top,
                                      struct mxs_detail *detail)
{
    struct mxs_query query;
    struct mxs_cell *cells = NULL;
    size_t last = 0;
    mxs_query_open(&query, subset->store, series_sql);
    mxs_query_int(&query, 1, top);
    mxs_query_int(&query, 2, GROUP_RUNS);
    mxs_query_int(&query, 3, MAILBOX_RUNS - 1);
    mxs_query_int(&query, 4, trend->group_count);
    mxs_query_int(&query, 5, mailbox_runs(trend));
    while (mxs_query_next(&query)) {
        size_t at = (size_t)(mxs_query_column_int(&query, 2) - GROUP_RUNS), group = at % trend->group_count,
               row = at / trend->group_count;
        if (cells == NULL || group != last || strcmp(cells[3].text, mxs_query_column_text(&query, 0, NULL)) != 0 ||
            strcmp(cells[4].text, mxs_query_column_text(&query, 1, NULL)) != 0)
            cells = begin_group_series(trend, &query, group);
        if (cells == NULL)
            break;
        last = group;
        if (row < trend->runs.row_count)
            mxs_table_put_real(&cells[MXS_TREND_BY_LEADING + row], mxs_query_column_real(&query, 3));
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err != MXS_OK || trend->group_series.err == MXS_OK ? err
                                                              : mxs_err_memory(detail, NULL);
}

/* Groups by the newest run that is no gap: whoever is of the panel is in it. */
static enum mxs_err open_groups(struct mxs_trend *trend, mxs_store *store, const struct mxs_run *newest,
                                const struct mxs_by_ask *ask, struct mxs_detail *detail)
{
    static const struct mxs_column leading[] = {{"by", NULL, MXS_UNIT_TEXT, 0},
                                                {"by_panel", "of the panel", MXS_UNIT_COUNT, 0},
                                                {"by_receiving", "receive mail", MXS_UNIT_COUNT, 0}};
    struct mxs_run run = *newest;
    size_t rows = trend->runs.row_count, columns = MXS_TREND_BY_LEADING + rows;
    if (ask->spec == NULL)
        return MXS_OK;
    for (size_t row = 0; row < rows; row++)
        if (!mxs_trend_is_gap(trend, row))
            run.id = run_at(trend, row);
    enum mxs_err err = mxs_by_open_groups(&trend->by, store, &run, NULL, ask->spec,
                                          ask->most == 0 ? MXS_TREND_BY_MOST : ask->most, detail);
    trend->by_refused = err == MXS_ERR_INPUT;
    if (err != MXS_OK)
        return err;
    trend->group_count = trend->by.groups.count;
    trend->group_panels = calloc(trend->group_count, 3 * sizeof *trend->group_panels);
    trend->group_columns = calloc(columns, sizeof *trend->group_columns);
    if (trend->group_panels == NULL || trend->group_columns == NULL || !make_columns(trend))
        return mxs_err_memory(detail, NULL);
    memcpy(trend->group_columns, leading, sizeof leading);
    trend->group_columns[0].title = trend->by.head;
    memcpy(trend->group_columns + MXS_TREND_BY_LEADING - MXS_TREND_LEADING, trend->series_columns,
           (MXS_TREND_LEADING + rows) * sizeof *trend->series_columns);
    mxs_table_init(&trend->groups, "groups", "What the shares are of", group_run_columns, GROUP_COLUMNS);
    mxs_table_init(&trend->group_series, "by", "Shares over the matched panel, by column of the list",
                   trend->group_columns, columns);
    return MXS_OK;
}

static enum mxs_err count_panel(struct mxs_trend *trend, struct mxs_subset *subset, const struct mxs_run *newest,
                                struct mxs_detail *detail)
{
    struct mxs_counter counts, receiving;
    struct panel panel = {.trend = trend, .counts = &counts, .receiving = &receiving};
    mxs_counter_init(&counts);
    mxs_counter_init(&receiving);
    panel.intervals = calloc(trend->runs.row_count, sizeof *panel.intervals);
    for (size_t row = 0; row < trend->runs.row_count; row++)
        panel.wanted += !mxs_trend_is_gap(trend, row);
    enum mxs_err err = panel.intervals == NULL ? mxs_err_memory(detail, NULL)
                                               : walk(&panel, newest->list_id, detail);
    if (err == MXS_OK)
        err = store_counts(trend, subset, &counts, detail);
    if (err == MXS_OK)
        put_receiving(trend, &receiving);
    free(panel.intervals);
    mxs_counter_finish(&counts);
    mxs_counter_finish(&receiving);
    return err;
}

static enum mxs_err read_panel(struct mxs_trend *trend, const struct mxs_run *newest,
                               const struct mxs_trend_options *options, struct mxs_detail *detail)
{
    struct mxs_subset subset;
    enum mxs_err err = mxs_subset_open(&subset, trend->store, detail);
    if (err == MXS_OK)
        err = open_groups(trend, trend->store, newest, &options->by, detail);
    if (err == MXS_OK)
        err = count_panel(trend, &subset, newest, detail);
    if (err == MXS_OK)
        err = read_panel_bases(trend, &subset, detail);
    if (err == MXS_OK)
        err = mxs_trend_read_policies(trend, subset.store, detail);
    if (err == MXS_OK)
        err = read_series(trend, &subset, options->top, detail);
    if (err == MXS_OK && trend->group_count > 0)
        err = read_group_bases(trend, &subset, options->by.people, detail);
    if (err == MXS_OK && trend->group_count > 0)
        err = read_group_series(trend, &subset, options->top, detail);
    if (err == MXS_OK)
        err = mxs_trend_drop_unknown(trend, &trend->series, MXS_TREND_LEADING, detail);
    if (err == MXS_OK && trend->group_count > 0)
        err = mxs_trend_drop_unknown(trend, &trend->group_series, MXS_TREND_BY_LEADING, detail);
    mxs_subset_close(&subset);
    return err;
}

enum mxs_err mxs_trend_open(struct mxs_trend *trend, mxs_store *store, int64_t run_id, const char *list,
                            const struct mxs_trend_options *options, struct mxs_detail *detail)
{
    struct mxs_run newest;
    *trend = (struct mxs_trend){.store = store, .top = options->top};
    enum mxs_err err =
        mxs_snapshot_begin(store, detail); /* first: a run that is pruned meanwhile would have had no domains */
    if (err == MXS_OK)
        err = mxs_run_find(store, run_id, list, &newest, detail);
    if (err == MXS_OK) {
        snprintf(trend->list, sizeof trend->list, "%s", newest.list);
        err = read_runs(trend, &newest, options->last, detail);
    }
    if (err == MXS_OK)
        err = read_panel(trend, &newest, options, detail);
    mxs_store_rollback(store);
    if (err != MXS_OK)
        mxs_trend_close(trend);
    return err;
}

void mxs_trend_close(struct mxs_trend *trend)
{
    mxs_table_finish(&trend->runs);
    mxs_table_finish(&trend->series);
    mxs_table_finish(&trend->groups);
    mxs_table_finish(&trend->group_series);
    mxs_by_finish(&trend->by);
    free(trend->group_panels);
    free(trend->mailbox_receiving);
    free(trend->policies_unknown);
    free(trend->group_columns);
    free(trend->series_columns);
    free(trend->series_names);
    *trend = (struct mxs_trend){.by_refused = trend->by_refused};
}

bool mxs_trend_is_of_panel(const char *measure)
{
    return strcmp(measure, "state") == 0 || strcmp(measure, "finding") == 0;
}

const char *mxs_trend_base(const struct mxs_trend *trend, const char *measure)
{
    bool held = mailbox_runs(trend) != 0 && strcmp(measure, MAILBOX) == 0;
    return mxs_trend_is_of_panel(measure) ? "panel" : held ? "mailbox_panel_receiving" : "panel_receiving";
}

const char *mxs_trend_mailbox_text(const struct mxs_trend *trend, char *out, size_t out_size)
{
    char unknown[32], known[32];
    out[0] = '\0';
    if (trend->mailbox_panel < trend->panel)
        snprintf(out, out_size, "Who holds the mailbox of %s of them is not known in every run: shares of mailbox"
                 " providers are of the other %s.",
                 mxs_count_text(trend->panel - trend->mailbox_panel, unknown, sizeof unknown),
                 mxs_count_text(trend->mailbox_panel, known, sizeof known));
    return out;
}

bool mxs_trend_has_gap(const struct mxs_trend *trend)
{
    size_t row = 0;
    while (row < trend->runs.row_count && !mxs_trend_is_gap(trend, row))
        row++;
    return row < trend->runs.row_count;
}

bool mxs_trend_is_mixed(const struct mxs_trend *trend)
{
    size_t row = 1;
    while (row < trend->runs.row_count && strcmp(mxs_trend_checks(trend, row), mxs_trend_checks(trend, 0)) == 0)
        row++;
    return row < trend->runs.row_count;
}
