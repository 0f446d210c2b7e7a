#include <stdlib.h>
#include <string.h>

#include "reports/page/internal/page_trend_query.h"
#include "reports/page/headline.h"
#include "reports/page/page_section.h"

/* What needs more than one run. Its snapshot is not the snapshot's, and need not be: complete runs do not change. */

#define MIGRATIONS_SHOWN 8
#define TREND_TOP 5
#define TREND_RUNS 60
#define CHANGES_SEARCHED 20000 /* rows that its filter finds; a page is no archive */
#define TREND_SHARE 3 /* of trend_columns */
#define RUNS_TOLD 8 /* in the table of runs */
#define RUNS_STACKED 4 /* beside each other where a table has half of the width */
#define CHANGES_SHOWN 500 /* rows of a table on the page of a diff */

static const struct mxs_column change_columns[] = {{"what", "what changed", MXS_UNIT_TEXT, 0},
                                                   {"kind", "kind", MXS_UNIT_TEXT, 0},
                                                   {"domains", "domains", MXS_UNIT_COUNT, 0}};
static const char kinds_sql[] = "SELECT kind, count(*) AS domains FROM v_change WHERE run_id = ?1 GROUP BY kind";
static const char migrations_sql[] =
    "SELECT old, new, count(*) AS domains FROM v_change WHERE run_id = ?1 AND kind = 'provider_migrated'"
    " GROUP BY old, new ORDER BY domains DESC, old, new LIMIT ?2";
static const struct mxs_column migration_columns[] = {{"old", "from", MXS_UNIT_PROVIDER, 0},
                                                      {"new", "to", MXS_UNIT_PROVIDER, 0},
                                                      {"domains", "domains", MXS_UNIT_COUNT, 0}};
static const struct mxs_column trend_columns[] = {{"provider", "what", MXS_UNIT_PROVIDER, 0},
                                                  {"run", "run", MXS_UNIT_COUNT, 0},
                                                  {"at", "started", MXS_UNIT_TIME, 0},
                                                  {"share", "share", MXS_UNIT_SHARE, MXS_BASE_ROW}};

static bool is_of_providers(const char *measure)
{
    static const char word[] = " provider";
    size_t size = strlen(measure);
    return size >= sizeof word && strcmp(measure + size - strlen(word), word) == 0;
}

static void read_history(struct mxs_history *history, mxs_store *store)
{
    static const struct mxs_diff_options all = {0};
    const struct mxs_run *run = history->run;
    struct mxs_run from, to;
    if (history->wants_trend) { /* first: a diff keeps its transaction until it is closed */
        const struct mxs_trend_options options = {.last = TREND_RUNS, .top = TREND_TOP};
        history->err = mxs_trend_open(&history->trend, store, run->id, run->list, &options, &history->detail);
        history->has_trend = history->err == MXS_OK;
    }
    if (history->err == MXS_OK)
        history->err = mxs_diff_runs(store, run->previous, run->id, run->list, &from, &to, &history->detail);
    if (history->err == MXS_OK)
        history->err = mxs_diff_open(&history->diff, store, &from, &to, &all, &history->detail);
    history->has_diff = history->err == MXS_OK;
}

static void *work(void *arg)
{
    struct mxs_history *history = arg;
    read_history(history, history->store);
    return NULL;
}

void mxs_history_open(struct mxs_history *history, const struct mxs_section *section)
{
    *history = (struct mxs_history){.run = &section->snapshot->run, .wants_trend = section->runs >= 3};
    struct mxs_detail ignored; /* then it is read later, on the page's own connection */
    if (section->runs < 2 || mxs_store_open_read(&history->store, mxs_store_path(section->store), &ignored) != MXS_OK)
        return;
    history->running = pthread_create(&history->thread, NULL, work, history) == 0;
    if (!history->running)
        mxs_store_close(&history->store);
}

enum mxs_err mxs_history_take(struct mxs_history *history, struct mxs_section *section)
{
    mxs_snapshot_close(section->snapshot);
    if (history->running)
        pthread_join(history->thread, NULL);
    else if (!history->taken)
        read_history(history, section->store);
    history->running = false;
    history->taken = true;
    return history->err == MXS_OK ? MXS_OK : mxs_err_set(section->detail, history->err, "%s", history->detail.text);
}

void mxs_history_close(struct mxs_history *history)
{
    if (history->running)
        pthread_join(history->thread, NULL);
    history->running = false;
    if (history->has_diff)
        mxs_diff_close(&history->diff);
    if (history->has_trend)
        mxs_trend_close(&history->trend);
    mxs_store_close(&history->store);
}

static const char *const change_words[MXS_CHANGE_ALL] = {"stopped receiving mail",
                                                         "MX host does not exist",
                                                         "backup lost",
                                                         "servers silent",
                                                         "provider changed",
                                                         "receives mail again",
                                                         "state changed",
                                                         "preferences swapped",
                                                         "MX host removed",
                                                         "MX host added",
                                                         "backup gained",
                                                         "MX host moved to other addresses",
                                                         "policy changed",
                                                         "TLS lost",
                                                         "certificate ends",
                                                         "left the list",
                                                         "joined the list",
                                                         "have another value in a column of the list",
                                                         "could no longer be determined"};

/* The view knows every run against the one before it, whole. What was chosen otherwise only `mxsurvey diff` can count.
 */
static bool view_tells(const struct mxs_diff *diff)
{
    return diff->from.id == diff->to.previous && diff->options.kinds == 0 && diff->options.provider == NULL &&
           diff->options.tld == NULL;
}

static enum mxs_err put_kinds(struct mxs_section *section, const struct mxs_diff *diff)
{
    struct mxs_table table;
    mxs_table_init(&table, "changes", "Kinds of change", change_columns, 3);
    table.question = "How many domains changed, and in what? A domain may have several kinds.";
    table.sql = view_tells(diff) ? kinds_sql : NULL;
    for (int kind = 0; kind < MXS_CHANGE_ALL; kind++) {
        struct mxs_cell *row = diff->counts[kind] > 0 ? mxs_table_row(&table) : NULL;
        if (row == NULL)
            continue;
        mxs_table_put_text(&table, &row[0], change_words[kind], strlen(change_words[kind]));
        mxs_table_put_text(&table, &row[1], mxs_change_names[kind], strlen(mxs_change_names[kind]));
        mxs_table_put_int(&row[2], diff->counts[kind]);
    }
    enum mxs_err err = mxs_table_check(&table, section->detail);
    if (err == MXS_OK && table.row_count > 0)
        mxs_page_put_figure(section->page, &table, 0, 0);
    mxs_table_finish(&table);
    return err;
}

/* The same rows under the names the figure knows. */
static void put_migrations(struct mxs_section *section, const struct mxs_diff *diff)
{
    struct mxs_table table = diff->migrations;
    if (table.row_count == 0)
        return;
    table.columns = migration_columns;
    table.question = "Which providers did domains leave, and for which?";
    table.title = table.row_count > MIGRATIONS_SHOWN ? "From provider to provider: the largest moves"
                                                     : "From provider to provider";
    table.sql = view_tells(diff) ? migrations_sql : NULL;
    section->page->limit = MIGRATIONS_SHOWN;
    mxs_section_put_heading(section, "Who moved where", NULL);
    mxs_page_put_figure(section->page, &table, MIGRATIONS_SHOWN, MIGRATIONS_SHOWN);
}

static void put_compared(struct mxs_section *section, const struct mxs_diff *diff)
{
    struct mxs_page *page = section->page;
    mxs_out *out = page->out;
    char from[MXS_CELL_TEXT_SIZE], to[MXS_CELL_TEXT_SIZE];
    mxs_out_format(out, "<p>From run %lld (%s) to run %lld (%s): ", (long long)diff->from.id,
                   mxs_section_time(diff->from.started_at, from), (long long)diff->to.id,
                   mxs_section_time(diff->to.started_at, to));
    mxs_page_put_count(page, diff->changed);
    mxs_out_text(out, " of ");
    mxs_page_put_count(page, diff->both);
    mxs_out_text(out, " domains in both changed; ");
    mxs_page_put_count(page, diff->joined);
    mxs_out_text(out, " joined, ");
    mxs_page_put_count(page, diff->left);
    mxs_out_text(out, " left");
    if (diff->excluded + diff->elsewhere > 0) {
        mxs_out_text(out, ", ");
        mxs_page_put_count(page, diff->excluded + diff->elsewhere);
        mxs_out_text(out, " asked about in one run only, by --exclude or --shard");
    }
    mxs_out_text(out, ". Only settled answers on both sides are compared.</p>\n");
    for (size_t row = 0; row < diff->reasons.row_count; row++) {
        mxs_out_text(out, "<p class=\"alarm\"><strong>Not fit to compare:</strong> ");
        mxs_page_put_text(page, mxs_table_at(&diff->reasons, row, 0)->text);
        mxs_out_text(out, "</p>\n");
    }
}

enum mxs_err mxs_section_write_changes(struct mxs_section *section)
{
    enum mxs_err err = mxs_history_take(section->history, section);
    if (err != MXS_OK)
        return err;
    const struct mxs_diff *diff = &section->history->diff;
    put_compared(section, diff);
    if (diff->migrations.row_count > 0)
        mxs_page_open_part(section->page, false);
    err = put_kinds(section, diff);
    section->page->stacked = true;
    put_migrations(section, diff);
    section->page->stacked = false;
    mxs_out_format(section->page->out,
                   "<p class=\"base\">Every change, domain by domain: <code>mxsurvey diff DB %lld %lld --format"
                   " csv</code></p>\n",
                   (long long)diff->from.id, (long long)diff->to.id);
    return err;
}

/* The runs that are shown: the newest. */
static size_t runs_shown(const struct mxs_trend *trend)
{
    return trend->runs.row_count < TREND_RUNS ? trend->runs.row_count : TREND_RUNS;
}

struct ranked {
    const struct mxs_cell *cells; /* of a series */
    double share;                 /* its newest */
};

static int by_share(const void *a, const void *b)
{
    const struct ranked *left = a, *right = b;
    return left->share < right->share ? 1 : left->share > right->share ? -1 : left->cells < right->cells ? -1 : 1;
}

/* The series of one measure, largest first: a figure has lines for a few only. The caller frees; NULL: no memory. */
static struct ranked *rank(const struct mxs_trend *trend, const char *measure, size_t *count)
{
    struct ranked *ranks = calloc(trend->series.row_count + 1, sizeof *ranks);
    *count = 0;
    for (size_t row = 0; ranks != NULL && row < trend->series.row_count; row++) {
        const struct mxs_cell *cells = mxs_table_at(&trend->series, row, 0);
        if (strcmp(cells[0].text, measure) != 0)
            continue;
        struct ranked *made = &ranks[(*count)++];
        made->cells = cells;
        for (size_t i = trend->series.column_count - trend->runs.row_count; i < trend->series.column_count; i++)
            made->share = cells[i].kind == MXS_CELL_REAL ? cells[i].real : made->share;
    }
    if (ranks != NULL)
        qsort(ranks, *count, sizeof *ranks, by_share);
    return ranks;
}

/* One row per series and run: what lines are drawn from. */
static bool unfold(const struct mxs_trend *trend, const char *measure, struct mxs_table *table)
{
    size_t count, runs = runs_shown(trend), before = trend->runs.row_count - runs;
    size_t leading = trend->series.column_count - runs;
    struct ranked *ranks = rank(trend, measure, &count);
    for (size_t series = 0; ranks != NULL && series < count; series++)
        for (size_t i = 0; i < runs; i++) {
            const struct mxs_cell *cells = ranks[series].cells;
            struct mxs_cell *made = mxs_table_row(table);
            if (made == NULL)
                break;
            mxs_table_put_text(table, &made[0], cells[1].text, cells[1].size_bytes);
            mxs_table_put_int(&made[1], mxs_table_at(&trend->runs, before + i, 0)->integer);
            mxs_table_put_int(&made[2], mxs_table_at(&trend->runs, before + i, 1)->integer);
            if (cells[leading + i].kind == MXS_CELL_REAL)
                mxs_table_put_real(&made[TREND_SHARE], cells[leading + i].real);
        }
    bool ok = ranks != NULL && table->err == MXS_OK;
    free(ranks);
    return ok;
}

/* Largest first, as the lines are. */
static void sort_abreast(struct mxs_table *table)
{
    size_t columns = table->column_count, newest = columns - 2;
    struct mxs_cell held[MXS_TREND_BY_LEADING + MXS_TREND_ABREAST + 1];
    for (size_t row = 1; row < table->row_count; row++)
        for (size_t at = row; at > 0; at--) {
            struct mxs_cell *left = &table->cells[(at - 1) * columns], *right = left + columns;
            if (left[newest].real >= right[newest].real)
                break;
            memcpy(held, left, columns * sizeof *left);
            memcpy(left, right, columns * sizeof *left);
            memcpy(right, held, columns * sizeof *left);
        }
}

/* The shares of one measure as they are read: a row for each of what is told apart, and how it moved. */
static enum mxs_err put_abreast(struct mxs_section *section, const struct mxs_trend *trend, const char *measure,
                                const struct mxs_table *lines, const char *told)
{
    struct mxs_trend_abreast abreast;
    struct mxs_table *table = &abreast.table;
    enum mxs_err err = mxs_trend_abreast(trend, &trend->series, MXS_TREND_LEADING, measure,
                                         section->page->stacked ? RUNS_STACKED : MXS_TREND_ABREAST, &abreast);
    if (err != MXS_OK) {
        mxs_table_finish(table);
        return mxs_err_memory(section->detail, NULL);
    }
    sort_abreast(table);
    struct mxs_table shown = *table; /* without the measure, which is the same in all rows */
    size_t columns = table->column_count - 1;
    for (size_t row = 0; row < table->row_count; row++)
        memmove(&table->cells[row * columns], &table->cells[row * (columns + 1) + 1], columns * sizeof *table->cells);
    shown.columns = abreast.columns + 1;
    shown.column_count = columns;
    if (is_of_providers(measure))
        abreast.columns[1].unit = MXS_UNIT_PROVIDER;
    abreast.columns[columns].title = "change, points";
    shown.title = lines->title;
    shown.question = lines->question;
    shown.sql = told;
    mxs_page_put_pair(section->page, lines, &shown, 0, 0);
    char note[96];
    mxs_trend_abreast_note(trend->series.column_count - MXS_TREND_LEADING,
                           section->page->stacked ? RUNS_STACKED : MXS_TREND_ABREAST, note, sizeof note);
    mxs_out_format(section->page->out, note[0] != '\0' ? "<p class=\"base\">%s.</p>\n" : "%s", note);
    if (abreast.blurred)
        mxs_out_text(section->page->out, "<p class=\"base\">There is " MXS_TREND_BLURRED ".</p>\n");
    mxs_table_finish(table);
    return MXS_OK;
}

static enum mxs_err put_trend(struct mxs_section *section, const struct mxs_trend *trend, const char *measure,
                              const char *title, const char *question)
{
    struct mxs_table lines;
    enum mxs_err err = MXS_OK;
    mxs_out sql;
    mxs_out_attach(&sql, NULL);
    struct mxs_column columns[TREND_SHARE + 1];
    memcpy(columns, trend_columns, sizeof columns);
    columns[0].unit = is_of_providers(measure) ? MXS_UNIT_PROVIDER : MXS_UNIT_WORD;
    mxs_table_init(&lines, "trend", title, columns, TREND_SHARE + 1);
    lines.question = question;
    bool ok = unfold(trend, measure, &lines);
    if (ok && lines.row_count > 0) {
        bool told = !mxs_trend_has_unknown(trend) && mxs_page_put_trend_query(
            &sql, trend, measure, mxs_table_at(&trend->runs, trend->runs.row_count - runs_shown(trend), 0)->integer);
        mxs_out_bytes(&sql, "", 1);
        ok = sql.err == MXS_OK;
        if (ok)
            err = put_abreast(section, trend, measure, &lines, told ? sql.buffer : NULL);
    }
    mxs_out_abandon(&sql);
    mxs_table_finish(&lines);
    return ok ? err : mxs_err_memory(section->detail, NULL);
}

/* Newest first. */
static enum mxs_err put_runs(struct mxs_section *section, const struct mxs_trend *trend, size_t most)
{
    struct mxs_table table;
    mxs_table_init(&table, "runs", "Runs", trend->runs.columns, trend->runs.column_count);
    table.question = "How many names had each run, and how many of them receive mail: of all, and of the panel?";
    for (size_t row = trend->runs.row_count; row-- > 0;) {
        struct mxs_cell *cells = mxs_table_row(&table);
        if (cells != NULL)
            memcpy(cells, mxs_table_at(&trend->runs, row, 0), trend->runs.column_count * sizeof *cells);
    }
    enum mxs_err err = mxs_table_check(&table, section->detail);
    if (err == MXS_OK)
        mxs_page_put_table(section->page, &table, most);
    mxs_table_finish(&table);
    return err;
}

static void put_panel(struct mxs_section *section, const struct mxs_trend *trend)
{
    mxs_out_text(section->page->out, "<p>Over the matched panel: the ");
    mxs_page_put_count(section->page, trend->panel);
    mxs_out_format(
        section->page->out,
        " name%s that every run shown%s has settled. Shares of states and findings are of the panel, all others"
        " of those in it that receive mail in that run. A share here moves when domains move, not when the list does. "
        "The same"
        " rule-set judges all runs.</p>\n",
        trend->panel == 1 ? "" : "s", mxs_trend_has_gap(trend) ? " but the degraded ones" : "");
    char mailboxes[200];
    if (mxs_trend_mailbox_text(trend, mailboxes, sizeof mailboxes)[0] != '\0')
        mxs_out_format(section->page->out, "<p class=\"base\">%s</p>\n", mailboxes);
    if (!mxs_trend_is_mixed(trend) && mxs_trend_has_unknown(trend))
        mxs_out_text(section->page->out, "<p class=\"base\">" MXS_RUN_UNCHECKED ".</p>\n");
    if (mxs_trend_is_mixed(trend))
        mxs_out_text(section->page->out,
                     "<p class=\"alarm\"><strong>The runs asked different checks:</strong> what a run did not check has"
                     " no figure in it, and there is no change where one of two runs has none. Providers have none"
                     " between runs that differ in the checks <code>host</code> or <code>auth</code>.</p>\n");
}

enum mxs_err mxs_section_write_trend(struct mxs_section *section)
{
    enum mxs_err err = mxs_history_take(section->history, section);
    if (err != MXS_OK)
        return err;
    const struct mxs_trend *trend = &section->history->trend;
    put_panel(section, trend);
    section->page->stacked = true;
    mxs_page_open_part(section->page, false);
    err = put_trend(section, trend, "mailbox provider", "Mailbox providers over the runs",
                    "How did the shares of the largest mailbox providers move?");
    mxs_page_open_part(section->page, false);
    if (err == MXS_OK)
        err = put_trend(section, trend, "backup", "Backup coverage over the runs", "How did backup coverage move?");
    section->page->stacked = false;
    if (err == MXS_OK) {
        mxs_page_open_part(section->page, true);
        mxs_out_text(section->page->out, "<h3>The runs, and their population</h3>\n");
        err = put_runs(section, trend, RUNS_TOLD);
    }
    return err;
}

/* --- pages of their own --- */

static void open_section(struct mxs_page *page, const char *id, const char *title)
{
    mxs_out_format(page->out, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n", id, id);
    mxs_page_open_part(page, true);
    mxs_out_format(page->out, "<h2 id=\"%s-h\">", id);
    mxs_page_put_text(page, title);
    mxs_out_text(page->out, "</h2>\n");
}

static void close_section(struct mxs_page *page)
{
    mxs_page_close_part(page);
    mxs_out_text(page->out, "</section>\n");
}

/* Up to <main>: the heading, the list and the runs. */
static void put_top(struct mxs_page *page, const char *title, const char *list, const char *what)
{
    mxs_out_text(page->out, "<header class=\"top\">\n<h1>");
    mxs_page_put_text(page, title);
    mxs_out_text(page->out, "</h1>\n<p class=\"lede\">List ");
    mxs_page_put_text(page, list);
    mxs_out_text(page->out, what);
    mxs_out_text(page->out, "</p>\n</header>\n<main id=\"content\">\n");
}

/* Rows of domains without the times of the runs, which stand above and are the same in all. */
static enum mxs_err put_changed(struct mxs_section *section, const struct mxs_table *listed, const char *question)
{
    static const struct mxs_column columns[] = {{"domain", "domain", MXS_UNIT_TEXT, 0},
                                                {"kind", "what changed", MXS_UNIT_TEXT, 0},
                                                {"old", "before", MXS_UNIT_TEXT, 0},
                                                {"new", "after", MXS_UNIT_TEXT, 0},
                                                {"undetermined_since", "undetermined since run", MXS_UNIT_NUMBER, 0}};
    struct mxs_table table;
    size_t width = 4; /* the last column only where it says something */
    for (size_t row = 0; row < listed->row_count; row++)
        width = mxs_table_at(listed, row, MXS_DIFF_SINCE)->kind != MXS_CELL_NULL ? 5 : width;
    mxs_table_init(&table, "listed", listed->title, columns, width);
    table.question = question;
    for (size_t row = 0; row < listed->row_count; row++) {
        struct mxs_cell *cells = mxs_table_row(&table);
        if (cells == NULL)
            break;
        memcpy(cells, mxs_table_at(listed, row, 0), 4 * sizeof *cells); /* texts stay the list's own */
        if (width == 5)
            cells[4] = *mxs_table_at(listed, row, MXS_DIFF_SINCE);
        for (int kind = 0; kind < MXS_CHANGE_ALL; kind++)
            if (strcmp(cells[MXS_DIFF_KIND].text, mxs_change_names[kind]) == 0)
                mxs_table_put_text(&table, &cells[MXS_DIFF_KIND], change_words[kind], strlen(change_words[kind]));
    }
    enum mxs_err err = mxs_table_check(&table, section->detail);
    section->page->searched = CHANGES_SEARCHED;
    if (err == MXS_OK && table.row_count > 0)
        mxs_page_put_table(section->page, &table, CHANGES_SHOWN);
    section->page->searched = 0;
    mxs_table_finish(&table);
    return err;
}

static void put_listed(struct mxs_page *page, const struct mxs_table *listed, const char *title, const char *question)
{
    struct mxs_table table = *listed;
    if (table.row_count == 0)
        return;
    table.title = title;
    table.question = question;
    mxs_page_put_table(page, &table, CHANGES_SHOWN);
}

static void put_moves(struct mxs_section *section, const struct mxs_diff *diff)
{
    if (diff->migrations.row_count + diff->flows.row_count == 0)
        return;
    open_section(section->page, "moves", "Providers");
    put_migrations(section, diff);
    put_listed(section->page, &diff->flows, diff->flows.title, "How many domains did each provider gain and lose?");
    close_section(section->page);
}

static enum mxs_err put_domains(struct mxs_section *section, const struct mxs_diff *diff)
{
    struct mxs_page *page = section->page;
    if (diff->changes.row_count + diff->undetermined.row_count + diff->flapping.row_count == 0)
        return MXS_OK;
    open_section(page, "domains", "Domain by domain");
    enum mxs_err err = put_changed(section, &diff->changes, "What changed in which domain?");
    if (err == MXS_OK)
        err =
            put_changed(section, &diff->undetermined, "Which domains settled before, and not now? This is no change.");
    put_listed(page, &diff->flapping, diff->flapping.title, "Which domains keep returning to what they had been?");
    mxs_out_format(page->out, "<p class=\"base\">Every row: <code>mxsurvey diff DB %lld %lld --format csv</code></p>\n",
                   (long long)diff->from.id, (long long)diff->to.id);
    close_section(page);
    return err;
}

enum mxs_err mxs_page_write_diff(mxs_out *out, const struct mxs_diff *diff, struct mxs_detail *detail)
{
    struct mxs_page page;
    struct mxs_section section = {.page = &page, .detail = detail};
    char what[64];
    mxs_page_open(&page, out, diff->to.id, "What changed between two runs");
    snprintf(what, sizeof what, ", run %lld against run %lld.", (long long)diff->to.id, (long long)diff->from.id);
    put_top(&page, "What changed between two runs", diff->from.list, what);
    open_section(&page, "changes", "What changed");
    put_compared(&section, diff);
    mxs_headline_put_shrank(out, diff, "<p class=\"alarm\"><strong>", "</strong></p>\n");
    mxs_out_text(out, "<ul>\n");
    mxs_headline_put_changes(out, diff, MXS_ESCAPE_HTML, "<li>", "</li>\n");
    mxs_out_text(out, "</ul>\n");
    if (!view_tells(diff))
        mxs_out_text(out, "<p class=\"base\">The view <code>v_change</code> has every run against the one before it; "
                          "this comparison is"
                          " counted by <code>mxsurvey diff</code> alone, so there is no SQL to show.</p>\n");
    enum mxs_err err = put_kinds(&section, diff);
    close_section(&page);
    put_moves(&section, diff);
    if (diff->states.row_count > 0) {
        open_section(&page, "states", "States");
        put_listed(&page, &diff->states, diff->states.title, "Which states did domains leave, and for which?");
        close_section(&page);
    }
    if (err == MXS_OK)
        err = put_domains(&section, diff);
    mxs_page_close(&page);
    return err;
}

/* "IPv6" -> "IPv6 over the runs" */
static enum mxs_err put_measure(struct mxs_section *section, const struct mxs_trend *trend, const char *measure,
                                unsigned number)
{
    char title[96], question[128], id[24];
    size_t size = strlen(measure), word = strlen(" provider");
    bool provider = size > word && strcmp(measure + size - word, " provider") == 0;
    snprintf(title, sizeof title, "%.60s%s over the runs", measure, provider ? "s" : "");
    if (title[0] >= 'a' && title[0] <= 'z')
        title[0] = (char)(title[0] - 'a' + 'A');
    snprintf(question, sizeof question, "How did the shares of \"%.60s\" move? Largest first.", measure);
    snprintf(id, sizeof id, "measure%u", number);
    open_section(section->page, id, title);
    enum mxs_err err = put_trend(section, trend, measure, title, question);
    close_section(section->page);
    return err;
}

enum mxs_err mxs_page_write_trend(mxs_out *out, const struct mxs_trend *trend, struct mxs_detail *detail)
{
    struct mxs_page page;
    struct mxs_section section = {.page = &page, .detail = detail};
    char what[96];
    size_t runs = trend->runs.row_count, shown = runs_shown(trend);
    mxs_page_open(&page, out, mxs_table_at(&trend->runs, runs - 1, 0)->integer, "Shares over the runs");
    snprintf(what, sizeof what, ": %zu complete runs%s.", runs, shown < runs ? "; the newest 60 are shown" : "");
    put_top(&page, "Shares over the runs", trend->list, what);
    open_section(&page, "runs", "The runs, and their population");
    put_panel(&section, trend);
    enum mxs_err err = put_runs(&section, trend, runs_shown(trend));
    close_section(&page);
    const char *last = "";
    unsigned number = 0;
    for (size_t row = 0; err == MXS_OK && row < trend->series.row_count; row++) {
        const char *measure = mxs_table_at(&trend->series, row, 0)->text;
        if (strcmp(measure, last) != 0)
            err = put_measure(&section, trend, measure, ++number);
        last = measure;
    }
    mxs_out_text(out, "<p class=\"base\">Every share of every run: <code>mxsurvey trend DB --format csv</code></p>\n");
    mxs_page_close(&page);
    return err;
}
