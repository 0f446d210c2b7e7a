/* Inside a page a figure is as wide as its place: positions along x are percentages, so text keeps its size on a phone.
 * Alone it is a file of MXS_CHART_WIDTH pixels with its own style sheet, for papers. Colours are classes, never
 * attributes: a strict Content-Security-Policy allows no style in them, and a page in the dark has other ones.
 *
 * Spec       SVG 1.1, WAI-ARIA 1.2 (role img)
 * In         Numbers with labels nobody may trust
 * Out        One figure as SVG: bars, a stacked bar, lines, a flow from left to right
 * Units      Sizes in CSS pixels; x and y of points 0 .. 1
 * Limits     Labels are cut to what fits; the table beside a figure has them whole
 * Errors     Sticky in the sink
 * Threads    One at a time
 * Bugs       A label's width is guessed from its characters: SVG does not measure
 */
#ifndef MXS_REPORTS_FORMAT_INTERNAL_CHART_H
#define MXS_REPORTS_FORMAT_INTERNAL_CHART_H

#include "base/out.h"

#define MXS_CHART_WIDTH 720

/* What a mark stands for; its class in chart.css. */
enum mxs_color {
    MXS_COLOR_QUIET,
    MXS_COLOR_MAILBOX,
    MXS_COLOR_GATEWAY,
    MXS_COLOR_BACKUP,
    MXS_COLOR_GOOD,
    MXS_COLOR_FAIR,
    MXS_COLOR_NOTICE,
    MXS_COLOR_WARNING,
    MXS_COLOR_CRITICAL,
    MXS_COLOR_FAINT,
    MXS_COLOR_SERIES, /* and the five after it: lines that must be told apart */
    MXS_COLOR_COUNT = MXS_COLOR_SERIES + 6,
};
extern const char *const mxs_color_names[MXS_COLOR_COUNT];

struct mxs_chart_head {
    const char *id;    /* of letters and digits; one of its kind on a page */
    const char *title;
    const char *text;  /* what is seen, in a sentence or two, for who does not see it */
    bool alone;        /* a file of its own: title and note are drawn, too */
    const char *note;  /* what the shares are of, how much is drawn; NULL: nothing */
    const char *source; /* of which run, and when; NULL: nothing */
    const struct mxs_chart_axes *axis; /* below bars and parts that stand alone: x alone; NULL: none */
};

struct mxs_chart_bar {
    const char *label;
    size_t label_size;
    const char *shown; /* the number in words: "12.3 %" */
    double share;      /* 0 .. 1 */
    enum mxs_color color;
};

struct mxs_chart_point {
    double x, y;
};

struct mxs_chart_series {
    const char *label;
    size_t label_size;
    const char *shown; /* the last value in words */
    enum mxs_color color;
    const struct mxs_chart_point *points;
    size_t count;
};

struct mxs_chart_tick {
    double at; /* 0 .. 1 */
    char text[24];
};

struct mxs_chart_axes {
    const struct mxs_chart_tick *x, *y;
    size_t x_count, y_count;
    const char *x_title, *y_title; /* y_title: NULL: none */
};

struct mxs_chart_link {
    size_t from, to;
    double amount;
};

struct mxs_chart_node {
    const char *label;
    size_t label_size;
    const char *shown;
};

/* One bar per row, its label and number above it. `whole`: the rest of each row up to 1 is shown, faintly. */
void mxs_chart_put_bars(mxs_out *out, const struct mxs_chart_head *head, const struct mxs_chart_bar *bars, size_t count,
                        bool whole);
/* One bar of parts that add up to 1, and a legend. */
void mxs_chart_put_stack(mxs_out *out, const struct mxs_chart_head *head, const struct mxs_chart_bar *parts,
                         size_t count);
/* Lines over a common axis, and a legend. */
void mxs_chart_put_lines(mxs_out *out, const struct mxs_chart_head *head, const struct mxs_chart_axes *axes,
                         const struct mxs_chart_series *series, size_t count);
/* Ribbons between two columns of nodes, as broad as their amounts. */
void mxs_chart_put_flow(mxs_out *out, const struct mxs_chart_head *head, const struct mxs_chart_node *left,
                        size_t left_count, const struct mxs_chart_node *right, size_t right_count,
                        const struct mxs_chart_link *links, size_t link_count);

#endif
