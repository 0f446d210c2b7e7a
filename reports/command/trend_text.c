#include "reports/command/internal/trend_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/data/display_name.h"
#include "reports/page/headline.h"
#include "reports/page/page.h"
#include "reports/record/document.h"

/* Providers under the names that people know. */
static void name_providers(struct mxs_table *table, size_t leading)
{
    static const char word[] = " provider";
    for (size_t row = 0; row < table->row_count; row++) {
        struct mxs_cell *cells = &table->cells[row * table->column_count];
        size_t size = cells[leading - 2].size_bytes;
        char buffer[MXS_CELL_TEXT_SIZE];
        if (size < strlen(word) || strcmp(cells[leading - 2].text + size - strlen(word), word) != 0)
            continue;
        const char *name = mxs_display_name(cells[leading - 1].text, buffer, sizeof buffer);
        mxs_table_put_text(table, &cells[leading - 1], name, strlen(name));
    }
}

/* --- better or worse, in a few lines --- */

/* What is the sum of which shares, and whether more of it is good. */
static const struct headline {
    const char *what, *measure, *names[3];
    bool more_is_good;
} headlines[] = {
    {"can receive mail", "state", {"mx", "implicit_mx"}, true},
    {"survive the loss of their provider", "survives provider loss", {"yes"}, true},
    {"have an effective backup", "backup", {"effective"}, true},
    {"depend on a single host, address or prefix", "single point of failure", {"host", "address", "prefix"}, false},
    {"are reachable over IPv6", "reachable over IPv6", {"yes"}, true},
    {"are broken: no MX host has a public address", "state", {"broken"}, false},
};

/* Whether a run has figures at all. */
static bool is_told(const struct mxs_trend *trend, size_t run)
{
    return trend->panel > 0 && !mxs_trend_is_gap(trend, run);
}

/* A name that no run has is 0 where the run could tell. Share below 0: not checked. */
static struct mxs_figure figure_of(const struct mxs_trend *trend, const struct headline *headline, size_t run)
{
    const struct mxs_table *series = &trend->series;
    bool of_panel = mxs_trend_is_of_panel(headline->measure);
    int64_t base = of_panel ? trend->panel : mxs_trend_panel_receiving(trend, run);
    double counted = 0, unknown = 0;
    bool told = is_told(trend, run) && base > 0;
    for (size_t i = 0; i < 3 && headline->names[i] != NULL; i++)
        told = told && mxs_trend_is_known(trend, headline->measure, headline->names[i], run);
    for (size_t row = 0; row < series->row_count; row++) {
        const struct mxs_cell *cells = mxs_table_at(series, row, 0), *share = &cells[MXS_TREND_LEADING + run];
        if (strcmp(cells[0].text, headline->measure) != 0 || share->kind != MXS_CELL_REAL)
            continue;
        for (size_t i = 0; i < 3 && headline->names[i] != NULL; i++)
            counted += strcmp(cells[1].text, headline->names[i]) == 0 ? share->real : 0;
        unknown += strcmp(cells[1].text, "unknown") == 0 ? share->real : 0;
    }
    struct mxs_figure figure = {.share = -1};
    if (!told)
        return figure;
    figure.domains = llround(counted * (double)base);
    figure.unknown = llround(unknown * (double)base);
    figure.known = base - figure.unknown;
    figure.share = figure.known > 0 ? (double)figure.domains / (double)figure.known : 0;
    return figure;
}

/* Of as many domains nothing got better or worse: a share that moved did so with what it is of. Nor where no more
 * moved than are no longer known, or are known by now. */
static void put_direction(struct mxs_table *table, struct mxs_cell *cell, const struct mxs_figure *newest,
                          const struct mxs_figure *before, bool more_is_good)
{
    char text[96], now[32], then[32];
    double change = newest->share - before->share;
    bool alike = newest->domains == before->domains && newest->unknown == before->unknown;
    if (newest->share < 0 || before->share < 0)
        snprintf(text, sizeof text, "not checked");
    else if (!mxs_figures_compare(newest, before))
        snprintf(text, sizeof text, "not comparable: %s not known, then %s",
                 mxs_count_text(newest->unknown, now, sizeof now), mxs_count_text(before->unknown, then, sizeof then));
    else if (change >= MXS_SHARE_SHOWN || change <= -MXS_SHARE_SHOWN)
        snprintf(text, sizeof text, newest->domains == before->domains ? "as many as then" : "%s, %+.1f",
                 (change > 0) == more_is_good ? "better" : "worse", change * 100);
    else
        snprintf(text, sizeof text, alike || change == 0 ? "unchanged" : "%s, by less than 0.05",
                 (change > 0) == more_is_good ? "better" : "worse");
    mxs_table_put_text(table, cell, text, strlen(text));
}

/* Nothing where fewer than two runs have figures; no line that no run has a figure for. */
static void put_headlines(const struct mxs_trend *trend, const struct mxs_style *style, mxs_out *out)
{
    const struct mxs_table *series = &trend->series;
    struct mxs_column columns[] = {{"what", "what", MXS_UNIT_TEXT, 0}, {"newest", NULL, MXS_UNIT_SHARE, 0},
                                   {"since_before", NULL, MXS_UNIT_TEXT, 0}, {"since_first", NULL, MXS_UNIT_TEXT, 0}};
    char heads[3][48];
    struct mxs_table table;
    size_t runs = series->column_count - MXS_TREND_LEADING, first = 0, newest = runs, before;
    while (newest > 0 && !is_told(trend, newest - 1))
        newest--;
    for (before = newest == 0 ? 0 : newest - 1; before > 0 && !is_told(trend, before - 1); before--)
        ;
    while (first < before && !is_told(trend, first))
        first++;
    if (before == 0)
        return;
    snprintf(heads[0], sizeof heads[0], "%s", series->columns[MXS_TREND_LEADING + newest - 1].title);
    snprintf(heads[1], sizeof heads[1], "since %s", series->columns[MXS_TREND_LEADING + before - 1].title);
    snprintf(heads[2], sizeof heads[2], "since %s", series->columns[MXS_TREND_LEADING + first].title);
    for (size_t i = 0; i < 3; i++)
        columns[1 + i].title = heads[i];
    mxs_table_init(&table, "headline", "Better or worse (percentage points)", columns, first + 1 < before ? 4 : 3);
    for (size_t i = 0; i < sizeof headlines / sizeof *headlines; i++) {
        struct mxs_figure now = figure_of(trend, &headlines[i], newest - 1),
                      then = figure_of(trend, &headlines[i], before - 1),
                      at_first = figure_of(trend, &headlines[i], first);
        bool any = now.share >= 0 || then.share >= 0 || at_first.share >= 0;
        struct mxs_cell *cells = any ? mxs_table_row(&table) : NULL;
        if (cells == NULL)
            continue;
        mxs_table_put_text(&table, &cells[0], headlines[i].what, strlen(headlines[i].what));
        if (now.share >= 0 && now.known > 0)
            mxs_table_put_real(&cells[1], now.share);
        put_direction(&table, &cells[2], &now, &then, headlines[i].more_is_good);
        if (table.column_count > 3)
            put_direction(&table, &cells[3], &now, &at_first, headlines[i].more_is_good);
    }
    out->err = out->err == MXS_OK ? table.err : out->err;
    mxs_format_text(out, &table, style);
    mxs_out_text(out, "\n");
    mxs_table_finish(&table);
}

/* --- all of it --- */

#define SAME 1e-12 /* sums of the same parts */

/* Providers are told whether they moved or not; of all else, where there are several runs, what stood still is
 * counted; still: none of them moved at all. */
static size_t drop_unmoved(struct mxs_table *table, size_t leading, bool *untold, bool *still)
{
    static const char word[] = " provider";
    size_t kept = 0, shares = table->column_count - leading - 1; /* the last column is the change */
    for (size_t row = 0; row < table->row_count && shares > 1; row++) {
        struct mxs_cell *cells = &table->cells[row * table->column_count];
        size_t size = cells[leading - 2].size_bytes;
        bool moved = size >= strlen(word) && strcmp(cells[leading - 2].text + size - strlen(word), word) == 0;
        for (size_t i = 1; i < shares && !moved; i++) {
            const struct mxs_cell *a = &cells[leading + i - 1], *b = &cells[leading + i];
            moved = a->kind != b->kind ||
                    (a->kind == MXS_CELL_REAL && fabs(a->real - b->real) >= MXS_SHARE_SHOWN);
        }
        bool told = false;
        for (size_t i = 0; i < shares; i++) {
            told |= cells[leading + i].kind != MXS_CELL_NULL;
            *still &= moved || cells[leading + i].kind != MXS_CELL_REAL || cells[leading].kind != MXS_CELL_REAL ||
                      fabs(cells[leading + i].real - cells[leading].real) < SAME;
        }
        *untold |= !moved && !told;
        if (moved)
            memmove(&table->cells[kept++ * table->column_count], cells, table->column_count * sizeof *cells);
    }
    if (shares <= 1)
        return 0;
    size_t dropped = table->row_count - kept;
    table->row_count = kept;
    return dropped;
}

static void put_series(const struct mxs_trend *trend, const struct mxs_style *style, mxs_out *out)
{
    const struct mxs_table *series = trend->group_count > 0 ? &trend->group_series : &trend->series;
    size_t leading = trend->group_count > 0 ? MXS_TREND_BY_LEADING : MXS_TREND_LEADING;
    struct mxs_trend_abreast abreast;
    enum mxs_err err = mxs_trend_abreast(trend, series, leading, NULL, MXS_TREND_ABREAST, &abreast);
    name_providers(&abreast.table, leading);
    bool untold = false, still = true;
    size_t unmoved = drop_unmoved(&abreast.table, leading, &untold, &still);
    err = err == MXS_OK ? abreast.table.err : err;
    mxs_format_text(out, &abreast.table, style);
    if (err != MXS_OK && out->err == MXS_OK)
        out->err = err;
    mxs_table_finish(&abreast.table);
    char note[96];
    mxs_out rest;
    mxs_out_attach(&rest, NULL);
    mxs_out_text(&rest, abreast.blurred ? "change: percentage points since the run before; " MXS_TREND_BLURRED "\n"
                                        : "change: percentage points since the run before\n");
    mxs_trend_abreast_note(series->column_count - leading, MXS_TREND_ABREAST, note, sizeof note);
    mxs_out_format(&rest, note[0] != '\0' ? "%s (--format csv has all)\n" : "%s", note);
    if (unmoved > 0)
        mxs_out_format(&rest, "%zu other row%s %s%s (--format csv has all)\n", unmoved,
                       unmoved == 1 ? "" : "s", still ? "did not move" : "moved by less than 0.05 points",
                       untold ? ", or no run checked what they tell" : "");
    mxs_format_put_sentence(out, &rest, style);
}

static void put_head(const struct mxs_trend *trend, mxs_out *out)
{
    char number[32];
    mxs_out_text(out, "List ");
    mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, trend->list, strlen(trend->list));
    mxs_out_format(out, ": %zu complete run%s. The matched panel: %s name%s that every run%s settled.\n",
                   trend->runs.row_count, trend->runs.row_count == 1 ? "" : "s",
                   mxs_count_text(trend->panel, number, sizeof number), trend->panel == 1 ? "" : "s",
                   mxs_trend_has_gap(trend) ? " but the degraded ones" : "");
    mxs_out_text(
        out,
        "Shares of states and findings are of the panel, all others of those in it that receive mail in that run.\n");
    char mailboxes[200];
    mxs_out_text(out, mxs_trend_mailbox_text(trend, mailboxes, sizeof mailboxes));
    mxs_out_text(out, mailboxes[0] != '\0' ? "\n" : "");
    if (!mxs_trend_is_mixed(trend) && trend->runs.row_count > 0) { /* the table may have no room for the whole */
        const char *checks = mxs_table_at(&trend->runs, 0, trend->runs.column_count - 1)->text;
        mxs_out_text(out, "Checks: ");
        mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, checks, strlen(checks));
        mxs_out_text(out, mxs_trend_has_unknown(trend) ? ". " MXS_RUN_UNCHECKED ".\n" : ".\n");
    }
    if (mxs_trend_is_mixed(trend))
        mxs_out_text(out, "The runs asked DIFFERENT CHECKS: what a run did not check is blank in it, and there"
                          " is no change where one of two runs is blank, nor of providers between runs that differ in"
                          " the checks host or auth.\n");
}

static void put_text(const struct mxs_trend *trend, const struct mxs_style *style, mxs_out *out)
{
    mxs_out head;
    mxs_out_attach(&head, NULL);
    put_head(trend, &head);
    mxs_format_put_sentence(out, &head, style);
    mxs_out_text(out, "\n");
    if (trend->group_count == 0)
        put_headlines(trend, style, out);
    mxs_format_text(out, &trend->runs, style);
    mxs_out_text(out, "\n");
    put_series(trend, style, out);
}

enum mxs_err mxs_trend_write(struct mxs_trend *trend, enum mxs_format format, const struct mxs_style *style,
                             mxs_out *out, struct mxs_detail *detail)
{
    if (format == MXS_FORMAT_HTML)
        return mxs_page_write_trend(out, trend, detail);
    if (format == MXS_FORMAT_TEXT)
        put_text(trend, style, out);
    else if (format == MXS_FORMAT_JSON)
        mxs_document_write_trend(trend, out);
    else
        mxs_page_write_as(out, format, trend->group_count > 0 ? &trend->group_series : &trend->series, style);
    return MXS_OK;
}
