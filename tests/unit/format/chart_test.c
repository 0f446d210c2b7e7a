#include <criterion/criterion.h>
#include <string.h>

#include "reports/format/chart_table.h"

#define HOSTILE_TEXT "=cmd|<b>\033[2J\xE2\x80\xAE\","

/* What was collected, NUL-terminated. */
static const char *collected(mxs_out *out)
{
    mxs_out_bytes(out, "", 1);
    out->used--;
    return out->buffer;
}

static const struct mxs_chart_head head = {.id = "f1", .title = "A <title>", .text = "What & is seen."};

static struct mxs_chart_bar bar(const char *label, double share)
{
    return (struct mxs_chart_bar){
        .label = label, .label_size = strlen(label), .shown = "1 %", .share = share, .color = MXS_COLOR_MAILBOX};
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

/* Nothing of a label can leave its element, whatever it is. */
static void expect_harmless(const char *text, const char *what)
{
    cr_expect_null(strstr(text, "<b>"), "%s", what);
    cr_expect_null(strstr(text, "\033"), "%s", what);
    cr_expect_null(strstr(text, "\xE2\x80\xAE"), "%s", what);
    cr_expect_null(strstr(text, "style="), "%s", what);
    cr_expect_eq(count_of(text, "<svg"), count_of(text, "</svg>"), "%s", what);
    cr_expect_eq(count_of(text, "<text"), count_of(text, "</text>"), "%s", what);
}

Test(reports_chart, hostile_labels_stay_text)
{
    mxs_out out;
    mxs_out_attach(&out, NULL);
    struct mxs_chart_bar bars[] = {bar(HOSTILE_TEXT, 0.5), bar("</text><b>", 1), bar("\xFF\xC0", 0)};
    mxs_chart_put_bars(&out, &head, bars, 3, true);
    mxs_chart_put_stack(&out, &head, bars, 3);
    const struct mxs_chart_node node = {.label = "</svg><b>", .label_size = 9, .shown = "<b>"};
    const struct mxs_chart_link link = {0, 0, 5};
    mxs_chart_put_flow(&out, &head, &node, 1, &node, 1, &link, 1);
    const struct mxs_chart_point points[] = {{0, 0}, {1, 1}};
    const struct mxs_chart_series series = {"</desc><b>", 10, "<b>", MXS_COLOR_SERIES, points, 2};
    const struct mxs_chart_tick tick = {0.5, "<b>"};
    const struct mxs_chart_axes axes = {&tick, &tick, 1, 1, "<b>", "<b>"};
    mxs_chart_put_lines(&out, &head, &axes, &series, 1);
    expect_harmless(collected(&out), "all four");
    cr_expect_not_null(strstr(out.buffer, "A &lt;title&gt;"));
    cr_expect_not_null(strstr(out.buffer, "What &amp; is seen."));
    mxs_out_abandon(&out);
}

Test(reports_chart, shares_outside_their_range_stay_in_the_figure)
{
    mxs_out out;
    mxs_out_attach(&out, NULL);
    const double shares[] = {-1, 2, 0.0 / 1, 1e300, -1e300};
    struct mxs_chart_bar bars[5];
    for (int i = 0; i < 5; i++)
        bars[i] = bar("x", shares[i]);
    bars[4].share = __builtin_nan("");
    mxs_chart_put_bars(&out, &head, bars, 5, false);
    cr_expect_null(strstr(collected(&out), "nan"));
    cr_expect_null(strstr(out.buffer, "width=\"-"));
    cr_expect_eq(count_of(out.buffer, "width=\"100.00%\""), 2);
    mxs_out_abandon(&out);
}

Test(reports_chart, nothing_to_draw_is_a_figure_still)
{
    mxs_out out;
    mxs_out_attach(&out, NULL);
    const struct mxs_chart_axes axes = {.x_title = ""};
    mxs_chart_put_bars(&out, &head, NULL, 0, false);
    mxs_chart_put_stack(&out, &head, NULL, 0);
    mxs_chart_put_flow(&out, &head, NULL, 0, NULL, 0, NULL, 0);
    mxs_chart_put_lines(&out, &head, &axes, NULL, 0);
    cr_expect_eq(count_of(collected(&out), "role=\"img\""), 4);
    expect_harmless(out.buffer, "empty");
    mxs_out_abandon(&out);
}

Test(reports_chart, a_long_label_is_cut_between_characters)
{
    char label[1021];
    mxs_out out;
    mxs_out_attach(&out, NULL);
    for (size_t i = 0; i + 2 < sizeof label; i += 2)
        memcpy(label + i, "\xC3\xA9", 3);
    struct mxs_chart_bar one = bar(label, 0.1);
    mxs_chart_put_bars(&out, &head, &one, 1, true);
    cr_expect_eq(count_of(collected(&out), "\xC3\xA9"), 33);
    cr_expect_eq(count_of(out.buffer, "\xC3\xA9\xE2\x80\xA6</text>"), 1);
    cr_expect_null(strstr(out.buffer, "\xEF\xBF\xBD"));
    mxs_out_abandon(&out);
}

Test(reports_chart, alone_it_is_a_file_with_its_own_style)
{
    mxs_out out;
    mxs_out_attach(&out, NULL);
    struct mxs_chart_head alone = head;
    alone.alone = true;
    struct mxs_chart_bar one = bar("google", 0.25);
    mxs_chart_put_bars(&out, &alone, &one, 1, true);
    cr_expect_eq(strncmp(collected(&out), "<?xml", 5), 0);
    cr_expect_not_null(strstr(out.buffer, "xmlns=\"http://www.w3.org/2000/svg\""));
    cr_expect_not_null(strstr(out.buffer, "<style>"));
    cr_expect_not_null(strstr(out.buffer, "width=\"25.00%\""));
    expect_harmless(out.buffer, "alone");
    mxs_out_abandon(&out);
}

Test(reports_chart, for_a_paper_it_says_of_what_and_when)
{
    static const struct mxs_column columns[] = {{"id", "provider", MXS_UNIT_PROVIDER, 0},
                                                {"domains", "domains", MXS_UNIT_DOMAINS, 0},
                                                {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING}};
    struct mxs_table table;
    mxs_out out;
    mxs_table_init(&table, "mailboxes", "Mailbox providers", columns, 3);
    table.bases[MXS_BASE_RECEIVING] = 1234;
    table.run_id = 7;
    table.started_at = 1750000000;
    table.total_rows = 4321;
    struct mxs_cell *row = mxs_table_row(&table);
    mxs_table_put_text(&table, &row[0], "google", 6);
    mxs_table_put_real(&row[1], 271);
    mxs_table_put_real(&row[2], 0.22);
    mxs_out_attach(&out, NULL);
    cr_assert(mxs_chart_put_table(&out, &table, "f1", true, 0));
    static const char *const wanted[] = {
        "Mailbox providers", "1,234 domains that can receive mail", "1 of 4,321 rows",
        "run 7 of 2025-06-15 15:06:40 UTC", ">0 %</text>", ">25 %</text>", ">share</text>", "width=\"88.00%\""};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        cr_expect_not_null(strstr(collected(&out), wanted[i]), "%s: %s", wanted[i], out.buffer);
    expect_harmless(out.buffer, "alone");
    mxs_out_abandon(&out);
    mxs_table_finish(&table);
}

static const struct mxs_column trend[] = {{"provider", "what", MXS_UNIT_TEXT, 0}, {"run", "run", MXS_UNIT_COUNT, 0},
                                          {"share", "share", MXS_UNIT_SHARE, 0}};

Test(reports_chart, a_gap_is_no_point)
{
    struct mxs_table table;
    mxs_out out;
    mxs_table_init(&table, "trend", "Trend", trend, 3);
    table.question = "?";
    for (int i = 0; i < 3; i++) {
        struct mxs_cell *row = mxs_table_row(&table);
        mxs_table_put_text(&table, &row[0], "a", 1);
        mxs_table_put_int(&row[1], i + 1);
        if (i != 1)
            mxs_table_put_real(&row[2], 0.25 * i);
    }
    mxs_out_attach(&out, NULL);
    cr_expect(mxs_chart_put_table(&out, &table, "f1", false, 0));
    cr_expect_eq(count_of(collected(&out), "<circle"), 2);
    mxs_out_abandon(&out);
    mxs_table_finish(&table);
}

Test(reports_chart, a_table_without_rows_or_figure_draws_nothing)
{
    struct mxs_table table;
    mxs_out out;
    mxs_out_attach(&out, NULL);
    mxs_table_init(&table, "notes", "Notes", trend, 3);
    cr_expect_not(mxs_chart_put_table(&out, &table, "f1", false, 0));
    table.name = "trend";
    cr_expect_not(mxs_chart_put_table(&out, &table, "f1", false, 0));
    table.name = NULL;
    cr_expect_not(mxs_chart_put_table(&out, &table, "f1", false, 0));
    cr_expect_eq(out.used, 0);
    mxs_out_abandon(&out);
}
