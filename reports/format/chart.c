#include "reports/format/internal/chart.h"

#include <stdlib.h>
#include <string.h>

extern const char mxs_chart_css[];

/* Text in a figure cannot wrap and is never measured here, so labels are cut to a number of characters that fits beside
 * their number on the narrowest screen. They are escaped for the eye first (an override becomes <U+202E>), then cut,
 * then escaped for HTML: cutting an escape in two does no harm in that order. */

#define LABEL_CHARACTERS 34
#define LABEL_CHARACTERS_ALONE 60 /* in a file of its own, which has a width */
#define NODE_CHARACTERS 17
#define REST_CHARACTERS 3 /* of the second line, for the number after it */
#define ROW_HEIGHT 38
#define LEGEND_HEIGHT 25
#define STACK_HEIGHT 28
#define STACK_ROOM 42 /* of the bar, down to its legend */
#define HEAD_ROOM 44 /* above a figure of its own, for its title */
#define NOTE_ROOM 58 /* below it, for two lines */
#define AXIS_ROOM 40 /* for the ticks and the title of an axis below bars */
#define PLOT_LEFT 12 /* per cent: room for the values of the grid */
#define PLOT_WIDTH 87 /* the last point needs room for its dot */
#define PLOT_TOP 18
#define PLOT_HEIGHT 180
#define PLOT_FOOT 58 /* ticks and the title of the axis */
#define FLOW_GAP 6.0
#define FLOW_SLOT 32.0 /* two lines of text */
#define FLOW_HEIGHT 200.0

const char *const mxs_color_names[MXS_COLOR_COUNT] = {
    "quiet", "mailbox", "gateway", "backup", "good", "fair", "notice", "warning", "critical", "faint",
    "series1", "series2", "series3", "series4", "series5", "series6",
};

static double within(double value) { return value > 0 ? (value < 1 ? value : 1) : 0; }

/* Where in the width of a plot, in per cent. */
static double along(double x) { return PLOT_LEFT + within(x) * PLOT_WIDTH; }

static void put_html(mxs_out *out, const char *text) { mxs_out_escaped(out, MXS_ESCAPE_HTML, text, strlen(text)); }

static void put_label(mxs_out *out, const char *label, size_t label_size, size_t most)
{
    char *shown = mxs_out_escaped_copy(MXS_ESCAPE_TERMINAL, label, label_size);
    if (shown == NULL) {
        out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
        return;
    }
    size_t characters = 0, size = 0, cut = 0;
    for (; shown[size] != '\0'; size++)
        if ((shown[size] & 0xC0) != 0x80 && characters++ == most - 1)
            cut = size;
    bool whole = characters <= most;
    mxs_out_escaped(out, MXS_ESCAPE_HTML, shown, whole ? size : cut);
    mxs_out_text(out, whole ? "" : "\xE2\x80\xA6");
    free(shown);
}

static void put_head(mxs_out *out, const struct mxs_chart_head *head, int height)
{
    if (head->alone)
        mxs_out_format(out,
                       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\""
                       " viewBox=\"-16 -%d %d %d\" width=\"%d\" height=\"%d\"",
                       HEAD_ROOM, MXS_CHART_WIDTH + 32, height + HEAD_ROOM + NOTE_ROOM, MXS_CHART_WIDTH + 32,
                       height + HEAD_ROOM + NOTE_ROOM);
    else
        mxs_out_format(out, "<svg width=\"100%%\" height=\"%d\"", height);
    mxs_out_format(out, " class=\"chart\" role=\"img\" aria-labelledby=\"%s-t %s-d\">\n<title id=\"%s-t\">", head->id,
                   head->id, head->id);
    put_html(out, head->title);
    mxs_out_format(out, "</title><desc id=\"%s-d\">", head->id);
    put_html(out, head->text);
    mxs_out_text(out, "</desc>\n");
    if (head->alone) {
        mxs_out_text(out, "<style>\n");
        mxs_out_text(out, mxs_chart_css);
        mxs_out_format(
            out,
            "</style>\n<rect x=\"-16\" y=\"-%d\" width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n<text x=\"0\" y=\"-18\""
            " font-weight=\"bold\">",
            HEAD_ROOM, MXS_CHART_WIDTH + 32, height + HEAD_ROOM + NOTE_ROOM);
        put_html(out, head->title);
        mxs_out_format(out, "</text>\n<text class=\"dim\" x=\"0\" y=\"%d\">", height + NOTE_ROOM - 32);
        put_html(out, head->note != NULL ? head->note : "");
        mxs_out_format(out, "</text>\n<text class=\"dim\" x=\"0\" y=\"%d\">", height + NOTE_ROOM - 14);
        put_html(out, head->source != NULL ? head->source : "");
        mxs_out_format(out, "</text>\n<svg width=\"%d\" height=\"%d\" overflow=\"visible\">\n", MXS_CHART_WIDTH,
                       height);
    }
}

static void put_foot(mxs_out *out, const struct mxs_chart_head *head)
{
    mxs_out_text(out, head->alone ? "</svg>\n</svg>\n" : "</svg>\n");
}

/* label ......................... number */
static void put_row_text(mxs_out *out, int x, double y, const struct mxs_chart_head *head, const char *label,
                         size_t label_size, const char *shown)
{
    mxs_out_format(out, "<text x=\"%d\" y=\"%.1f\">", x, y);
    put_label(out, label, label_size, head->alone ? LABEL_CHARACTERS_ALONE : LABEL_CHARACTERS);
    mxs_out_format(out, "</text><text class=\"number\" x=\"100%%\" y=\"%.1f\">", y);
    put_html(out, shown);
    mxs_out_text(out, "</text>\n");
}

/* Below bars whose full length is the figure's width: lines at the ticks from y1 to y2, their texts and the title under
 * them. */
static void put_axis(mxs_out *out, const struct mxs_chart_axes *axis, int y1, int y2)
{
    for (size_t i = 0; i < axis->x_count; i++) {
        double at = within(axis->x[i].at) * 100;
        mxs_out_format(out, "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>", at, at, y1, y2);
        mxs_out_format(out, "<text class=\"dim\" x=\"%.2f%%\" y=\"%d\" text-anchor=\"%s\">", at, y2 + 14,
                       at > 97 ? "end" : at < 3 ? "start" : "middle");
        put_html(out, axis->x[i].text);
        mxs_out_text(out, "</text>\n");
    }
    mxs_out_format(out, "<text class=\"dim\" x=\"50%%\" y=\"%d\" text-anchor=\"middle\">", y2 + 32);
    put_html(out, axis->x_title);
    mxs_out_text(out, "</text>\n");
}

void mxs_chart_put_bars(mxs_out *out, const struct mxs_chart_head *head, const struct mxs_chart_bar *bars, size_t count,
                        bool whole)
{
    int rows = count > 0 ? (int)count * ROW_HEIGHT : 1;
    put_head(out, head, head->axis != NULL ? rows + AXIS_ROOM : rows);
    if (head->axis != NULL)
        put_axis(out, head->axis, 0, rows);
    for (size_t i = 0; i < count; i++) {
        int y = (int)i * ROW_HEIGHT;
        put_row_text(out, 0, y + 14, head, bars[i].label, bars[i].label_size, bars[i].shown);
        if (whole)
            mxs_out_format(out, "<rect class=\"track\" x=\"0\" y=\"%d\" width=\"100%%\" height=\"8\" rx=\"2\"/>",
                           y + 20);
        mxs_out_format(out, "<rect class=\"%s\" x=\"0\" y=\"%d\" width=\"%.2f%%\" height=\"8\" rx=\"2\"/>\n",
                       mxs_color_names[bars[i].color], y + 20, within(bars[i].share) * 100);
    }
    put_foot(out, head);
}

static void put_legend(mxs_out *out, int y, const struct mxs_chart_head *head, const struct mxs_chart_bar *part)
{
    mxs_out_format(out, "<rect class=\"%s\" x=\"0\" y=\"%d\" width=\"12\" height=\"12\" rx=\"2\"/>",
                   mxs_color_names[part->color], y);
    put_row_text(out, 20, y + 11, head, part->label, part->label_size, part->shown);
}

void mxs_chart_put_stack(mxs_out *out, const struct mxs_chart_head *head, const struct mxs_chart_bar *parts,
                         size_t count)
{
    int legend = head->axis != NULL ? STACK_ROOM + AXIS_ROOM : STACK_ROOM;
    put_head(out, head, legend + (int)count * LEGEND_HEIGHT);
    if (head->axis != NULL)
        put_axis(out, head->axis, STACK_HEIGHT, STACK_HEIGHT + 5);
    double from = 0;
    for (size_t i = 0; i < count; i++) {
        double share = within(parts[i].share);
        if (share > 0)
            mxs_out_format(out, "<rect class=\"part %s\" x=\"%.3f%%\" y=\"0\" width=\"%.3f%%\" height=\"%d\"/>\n",
                           mxs_color_names[parts[i].color], from * 100, share * 100, STACK_HEIGHT);
        from += share;
    }
    for (size_t i = 0; i < count; i++)
        put_legend(out, legend + (int)i * LEGEND_HEIGHT, head, &parts[i]);
    put_foot(out, head);
}

static void put_grid(mxs_out *out, const struct mxs_chart_axes *axes)
{
    for (size_t i = 0; i < axes->y_count; i++) {
        double y = PLOT_TOP + (1 - within(axes->y[i].at)) * PLOT_HEIGHT;
        mxs_out_format(out, "<line class=\"grid\" x1=\"%d%%\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>\n", PLOT_LEFT, y,
                       y);
    }
}

static void put_ticks(mxs_out *out, const struct mxs_chart_axes *axes)
{
    mxs_out_text(out, "<text class=\"dim\" x=\"0\" y=\"8\">");
    put_html(out, axes->y_title != NULL ? axes->y_title : "");
    mxs_out_text(out, "</text>\n");
    for (size_t i = 0; i < axes->y_count; i++) {
        mxs_out_format(out, "<text class=\"dim\" x=\"0\" y=\"%.1f\">",
                       PLOT_TOP + (1 - within(axes->y[i].at)) * PLOT_HEIGHT + 4);
        put_html(out, axes->y[i].text);
        mxs_out_text(out, "</text>\n");
    }
    for (size_t i = 0; i < axes->x_count; i++) {
        double at = within(axes->x[i].at);
        mxs_out_format(out, "<text class=\"dim\" x=\"%.2f%%\" y=\"%d\" text-anchor=\"%s\">", along(at),
                       PLOT_TOP + PLOT_HEIGHT + 18, at > 0.97 ? "end" : "middle");
        put_html(out, axes->x[i].text);
        mxs_out_text(out, "</text>\n");
    }
    mxs_out_format(out, "<text class=\"dim\" x=\"%.1f%%\" y=\"%d\" text-anchor=\"middle\">", along(0.5),
                   PLOT_TOP + PLOT_HEIGHT + 38);
    put_html(out, axes->x_title);
    mxs_out_text(out, "</text>\n");
}

static void put_line(mxs_out *out, const struct mxs_chart_series *series)
{
    mxs_out_format(out, "<polyline class=\"line %s\" vector-effect=\"non-scaling-stroke\" points=\"",
                   mxs_color_names[series->color]);
    for (size_t i = 0; i < series->count; i++)
        mxs_out_format(out, "%s%.2f,%.2f", i == 0 ? "" : " ", within(series->points[i].x) * 1000,
                       (1 - within(series->points[i].y)) * PLOT_HEIGHT);
    mxs_out_text(out, "\"/>\n");
}

static void put_dots(mxs_out *out, const struct mxs_chart_series *series)
{
    for (size_t i = 0; i < series->count; i++)
        mxs_out_format(out, "<circle class=\"%s\" cx=\"%.2f%%\" cy=\"%.2f\" r=\"2.5\"/>",
                       mxs_color_names[series->color], along(series->points[i].x),
                       PLOT_TOP + (1 - within(series->points[i].y)) * PLOT_HEIGHT);
    mxs_out_text(out, "\n");
}

void mxs_chart_put_lines(mxs_out *out, const struct mxs_chart_head *head, const struct mxs_chart_axes *axes,
                         const struct mxs_chart_series *series, size_t count)
{
    int legend = PLOT_TOP + PLOT_HEIGHT + PLOT_FOOT;
    put_head(out, head, legend + (int)count * LEGEND_HEIGHT);
    put_grid(out, axes);
    mxs_out_format(out,
                   "<svg x=\"%d%%\" y=\"%d\" width=\"%d%%\" height=\"%d\" viewBox=\"0 0 1000 %d\""
                   " preserveAspectRatio=\"none\" overflow=\"visible\">\n",
                   PLOT_LEFT, PLOT_TOP, PLOT_WIDTH, PLOT_HEIGHT, PLOT_HEIGHT);
    for (size_t i = 0; i < count; i++)
        put_line(out, &series[i]);
    mxs_out_text(out, "</svg>\n");
    for (size_t i = 0; i < count; i++) {
        int y = legend + (int)i * LEGEND_HEIGHT;
        put_dots(out, &series[i]);
        mxs_out_format(out, "<line class=\"line %s\" x1=\"0\" x2=\"22\" y1=\"%d\" y2=\"%d\"/>",
                       mxs_color_names[series[i].color], y + 6, y + 6);
        put_row_text(out, 30, y + 11, head, series[i].label, series[i].label_size, series[i].shown);
    }
    put_ticks(out, axes);
    put_foot(out, head);
}

struct column {
    double *start, *size, *used; /* by node */
    size_t count;
};

static bool init_column(struct column *column, size_t count)
{
    column->count = count;
    column->start = calloc(3 * count + 1, sizeof *column->start);
    column->size = column->start + count;
    column->used = column->size + count;
    return column->start != NULL;
}

/* From amounts to places, one below the other. Returns where the column ends. */
static double position_column(struct column *column, double per_unit)
{
    double y = 0;
    for (size_t i = 0; i < column->count; i++) {
        column->start[i] = y;
        column->size[i] *= per_unit;
        y += (column->size[i] > FLOW_SLOT ? column->size[i] : FLOW_SLOT) + FLOW_GAP;
    }
    return y;
}

static void put_ribbon(mxs_out *out, struct column *left, struct column *right, const struct mxs_chart_link *link,
                       double per_unit)
{
    double thick = link->amount * per_unit;
    double a = left->start[link->from] + left->used[link->from], b = right->start[link->to] + right->used[link->to];
    left->used[link->from] += thick;
    right->used[link->to] += thick;
    mxs_out_format(
        out,
        "<path class=\"ribbon series%d\" d=\"M0 %.1fC500 %.1f 500 %.1f 1000 %.1fV%.1fC500 %.1f 500 %.1f 0 %.1fZ\"/>\n",
        (int)(link->from % 6) + 1, a, a, b, b, b + thick, b + thick, a + thick, a + thick);
}

/* "microsoft behind seppmail" stands in two lines: where the first one ends, or 0 when one is enough. */
static size_t break_of(const struct mxs_chart_node *node)
{
    size_t at = 0;
    for (size_t i = 0; node->label_size > NODE_CHARACTERS && i <= NODE_CHARACTERS; i++)
        at = node->label[i] == ' ' ? i : at;
    return at;
}

static void put_nodes(mxs_out *out, const struct column *column, const struct mxs_chart_node *nodes, bool left)
{
    const char *x = left ? "35%" : "65%", *anchor = left ? "end" : "start";
    for (size_t i = 0; i < column->count; i++) {
        double middle =
            column->size[i] > FLOW_SLOT ? column->start[i] + column->size[i] / 2 : column->start[i] + FLOW_SLOT / 2;
        mxs_out_format(out,
                       "<rect class=\"%s\" x=\"%s\" y=\"%.1f\" width=\"5\" height=\"%.1f\"/><text x=\"%s\" y=\"%.1f\""
                       " text-anchor=\"%s\">",
                       left ? mxs_color_names[MXS_COLOR_SERIES + i % 6] : "quiet", left ? "36.5%" : "62.5%",
                       column->start[i], column->size[i] > 1 ? column->size[i] : 1, x, middle - 3, anchor);
        size_t end = break_of(&nodes[i]);
        put_label(out, nodes[i].label, end > 0 ? end : nodes[i].label_size, NODE_CHARACTERS);
        mxs_out_format(out, "</text><text class=\"dim\" x=\"%s\" y=\"%.1f\" text-anchor=\"%s\">", x, middle + 13,
                       anchor);
        if (end > 0) {
            put_label(out, nodes[i].label + end + 1, nodes[i].label_size - end - 1, NODE_CHARACTERS - REST_CHARACTERS);
            mxs_out_text(out, " \xC2\xB7 ");
        }
        put_html(out, nodes[i].shown);
        mxs_out_text(out, "</text>\n");
    }
}

void mxs_chart_put_flow(mxs_out *out, const struct mxs_chart_head *head, const struct mxs_chart_node *left,
                        size_t left_count, const struct mxs_chart_node *right, size_t right_count,
                        const struct mxs_chart_link *links, size_t link_count)
{
    struct column from = {0}, to = {0};
    double total = 0;
    bool ok = init_column(&from, left_count) && init_column(&to, right_count);
    for (size_t i = 0; ok && i < link_count; i++) {
        MXS_ASSERT(links[i].from < left_count && links[i].to < right_count);
        from.size[links[i].from] += links[i].amount;
        to.size[links[i].to] += links[i].amount;
        total += links[i].amount;
    }
    if (ok) {
        double per_unit = total > 0 ? FLOW_HEIGHT / total : 0;
        double a = position_column(&from, per_unit), b = position_column(&to, per_unit);
        int height = (int)(a > b ? a : b) + 4;
        put_head(out, head, height);
        mxs_out_format(out, "<svg x=\"37%%\" y=\"0\" width=\"26%%\" height=\"%d\" viewBox=\"0 0 1000 %d\""
                       " preserveAspectRatio=\"none\">\n", height, height);
        for (size_t i = 0; i < link_count; i++)
            put_ribbon(out, &from, &to, &links[i], per_unit);
        mxs_out_text(out, "</svg>\n");
        put_nodes(out, &from, left, true);
        put_nodes(out, &to, right, false);
        put_foot(out, head);
    } else {
        out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
    }
    free(from.start);
    free(to.start);
}
