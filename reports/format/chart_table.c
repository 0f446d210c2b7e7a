#include "reports/format/chart_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reports/data/display_name.h"
#include "reports/format/internal/chart_note.h"

#define SERIES_MAX 6
#define POINTS_MAX 64
#define TICKS_MAX 6
#define DATES_MAX 5
#define DATES_APART 0.22 /* of the width: a date needs room */
#define NODES_MAX 8
#define SHOWN_SIZE 96
#define BEFORE_SIZE 24

enum kind { BARS, STACK, CURVE, LINES, FLOW };
enum coloring { BY_ROLE, BY_SEVERITY, BY_STATE, BY_BACKUP, PLAIN, RISK, MAILBOX, GATEWAY, BACKUP, BY_LABEL };

/* Columns by name; "" where there is none. */
struct figure {
    const char *table;
    enum kind kind;
    const char *label, *before; /* before: comes in front of the label */
    const char *value, *share;  /* value: shown; share: drawn. Without a share, value against the largest is drawn */
    enum coloring coloring;
    const char *of; /* what a row's number is of; NULL: what its share is of */
};

static const struct figure figures[] = {
    {"summary", BARS, "measure", "", "domains", "share", PLAIN, NULL},
    {"jurisdictions", BARS, "country", "role", "domains", "share", BY_ROLE, NULL},
    {"states", STACK, "state", "", "domains", "share", BY_STATE, NULL},
    {"providers", BARS, "id", "role", "domains", "share", BY_ROLE, NULL},
    {"mailboxes", BARS, "id", "", "domains", "share", MAILBOX, NULL},
    {"gateways", BARS, "id", "", "domains", "share", GATEWAY, NULL},
    {"backups", BARS, "id", "", "domains", "share", BACKUP, NULL},
    {"concentration", BARS, "role", "", "top5", "top5", BY_ROLE, "domains"},
    {"curve", CURVE, "role", "", "rank", "share", BY_ROLE, "labelled"},
    {"redundancy", BARS, "value", "measure", "domains", "share", PLAIN, NULL},
    {"points", STACK, "value", "", "domains", "share", RISK, NULL},
    {"backup", STACK, "backup", "", "domains", "share", BY_BACKUP, NULL},
    {"impact", BARS, "name", "kind", "lost", "share", RISK, NULL},
    {"findings", BARS, "finding", "", "domains", "share", BY_SEVERITY, NULL},
    {"tlds", BARS, "tld", "", "domains", "share", PLAIN, NULL},
    {"brief", BARS, "finding", "", "domains", "share", BY_SEVERITY, NULL},
    {"networks", BARS, "name", "", "domains", "share", PLAIN, NULL},
    {"countries", BARS, "country", "", "domains", "share", PLAIN, NULL},
    {"matrix", BARS, "finding", "provider", "domains", "share", BY_SEVERITY, NULL},
    {"resolvers", BARS, "resolver", "", "answers", "", PLAIN, "asked"},
    {"policies", BARS, "value", "measure", "domains", "share", PLAIN, NULL},
    {"servers", BARS, "provider", "", "answering", "answering_share", PLAIN, NULL},
    {"server_roles", BARS, "role", "", "answering", "answering_share", PLAIN, NULL},
    {"server_tls", BARS, "tls", "", "addresses", "share", BY_LABEL, NULL},
    {"validity", BARS, "validity", "", "certificates", "share", BY_LABEL, NULL},
    {"banner_times", BARS, "banner_after", "", "addresses", "share", PLAIN, NULL},
    {"changes", BARS, "what", "", "domains", "", PLAIN, NULL},
    {"migrations", FLOW, "old", "new", "domains", "", PLAIN, NULL},
    {"trend", LINES, "provider", "", "at", "share", PLAIN, NULL},
};

static const struct figure *find_figure(const char *name)
{
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (name != NULL && strcmp(figures[i].table, name) == 0)
            return &figures[i];
    return NULL;
}

bool mxs_chart_exists(const char *table_name) { return find_figure(table_name) != NULL; }

static bool is_row_by_row(const struct figure *figure) { return figure->kind == BARS || figure->kind == STACK; }

bool mxs_chart_can_group(const char *table_name)
{
    const struct figure *figure = find_figure(table_name);
    return figure != NULL && is_row_by_row(figure);
}

/* Broken down by a column of the list, which stands in front. */
static bool is_grouped(const struct mxs_table *table) { return strcmp(table->columns[0].name, "by") == 0; }

/* NULL: there is no such column. */
static const struct mxs_cell *cell_of(const struct mxs_table *table, size_t row, const char *name,
                                      const struct mxs_column **column)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0) {
            if (column != NULL)
                *column = &table->columns[i];
            return mxs_table_at(table, row, i);
        }
    return NULL;
}

static const char *text_of(const struct mxs_table *table, size_t row, const char *name)
{
    const struct mxs_cell *cell = cell_of(table, row, name, NULL);
    return cell != NULL && cell->kind == MXS_CELL_TEXT ? cell->text : "";
}

static double real_of(const struct mxs_table *table, size_t row, const char *name)
{
    const struct mxs_cell *cell = cell_of(table, row, name, NULL);
    return cell != NULL && cell->kind != MXS_CELL_NULL ? cell->real : 0;
}

struct color_name {
    const char *text;
    enum mxs_color color;
};
static const struct color_name colors[] = {
    {"mailbox", MXS_COLOR_MAILBOX},
    {"gateway", MXS_COLOR_GATEWAY},
    {"backup", MXS_COLOR_BACKUP},
    {"info", MXS_COLOR_QUIET},
    {"notice", MXS_COLOR_NOTICE},
    {"warning", MXS_COLOR_WARNING},
    {"critical", MXS_COLOR_CRITICAL},
    {"mx", MXS_COLOR_MAILBOX},
    {"implicit_mx", MXS_COLOR_BACKUP},
    {"null_mx", MXS_COLOR_QUIET},
    {"null_mx_invalid", MXS_COLOR_WARNING},
    {"no_mail", MXS_COLOR_FAINT},
    {"nxdomain", MXS_COLOR_GATEWAY},
    {"broken", MXS_COLOR_CRITICAL},
    {"undetermined", MXS_COLOR_NOTICE},
    {"effective", MXS_COLOR_GOOD},
    {"decorative", MXS_COLOR_NOTICE},
    {"dead", MXS_COLOR_CRITICAL},
    {"none", MXS_COLOR_QUIET},
    {"unknown", MXS_COLOR_FAINT},
    {"TLSv1.3", MXS_COLOR_GOOD},
    {"TLSv1.2", MXS_COLOR_FAIR},
    {"TLSv1.1", MXS_COLOR_WARNING},
    {"TLSv1", MXS_COLOR_WARNING},
    {"no TLS", MXS_COLOR_CRITICAL},
    {"failed", MXS_COLOR_CRITICAL},
    {"not known", MXS_COLOR_FAINT},
    {"expired", MXS_COLOR_CRITICAL},
    {"under 14 days", MXS_COLOR_WARNING},
    {"14 to 29 days", MXS_COLOR_NOTICE},
    {"30 to 89 days", MXS_COLOR_GOOD},
    {"90 to 364 days", MXS_COLOR_GOOD},
    {"a year or more", MXS_COLOR_FAIR},
};

static enum mxs_color color_by(const char *text)
{
    for (size_t i = 0; i < sizeof colors / sizeof *colors; i++)
        if (strcmp(colors[i].text, text) == 0)
            return colors[i].color;
    return MXS_COLOR_QUIET;
}

static enum mxs_color color_of(const struct figure *figure, const struct mxs_table *table, size_t row)
{
    static const struct color_name points[] = {
        {"none", MXS_COLOR_GOOD}, {"provider", MXS_COLOR_FAIR}, {"asn", MXS_COLOR_BACKUP}, {"prefix", MXS_COLOR_NOTICE},
        {"wider_or_none", MXS_COLOR_FAIR},
        {"address", MXS_COLOR_WARNING}, {"host", MXS_COLOR_CRITICAL}, {"unknown", MXS_COLOR_FAINT}};
    switch (figure->coloring) {
    case BY_ROLE: return color_by(text_of(table, row, "role"));
    case BY_SEVERITY: return color_by(text_of(table, row, "severity"));
    case BY_STATE: return color_by(text_of(table, row, "state"));
    case BY_BACKUP:
        /* an effective backup that shares less is better */
        if (strcmp(text_of(table, row, "apart"), "address") == 0 || strcmp(text_of(table, row, "apart"), "prefix") == 0)
            return MXS_COLOR_FAIR;
        return color_by(text_of(table, row, "backup"));
    case RISK:
        for (size_t i = 0; i < sizeof points / sizeof *points; i++)
            if (strcmp(points[i].text, text_of(table, row, "value")) == 0)
                return points[i].color;
        return MXS_COLOR_CRITICAL;
    case BY_LABEL: return color_by(text_of(table, row, figure->label));
    case GATEWAY: return MXS_COLOR_GATEWAY;
    case BACKUP: return MXS_COLOR_BACKUP;
    case MAILBOX:
    case PLAIN: break;
    }
    return MXS_COLOR_MAILBOX;
}

/* Cut: it is the label that must not be cut off. */
static void put_before(mxs_out *labels, const char *before)
{
    size_t size = strlen(before), most = size;
    while (most > BEFORE_SIZE || (most < size && (before[most] & 0xC0) == 0x80))
        most--;
    mxs_out_bytes(labels, before, most);
    if (size > 0)
        mxs_out_text(labels, most < size ? "\xE2\x80\xA6: " : ": ");
}

/* The label of a row as one text, in `labels`; its place and size are returned. */
static size_t collect_label(mxs_out *labels, const struct figure *figure, const struct mxs_table *table, size_t row)
{
    size_t from = labels->used;
    const char *apart = text_of(table, row, "apart");
    if (is_grouped(table))
        put_before(labels, text_of(table, row, "by"));
    put_before(labels, text_of(table, row, figure->before));
    const struct mxs_column *column = NULL;
    char buffer[MXS_CELL_TEXT_SIZE];
    size_t size = 0;
    const struct mxs_cell *cell = cell_of(table, row, figure->label, &column);
    const char *label = cell != NULL ? mxs_cell_for_people(column, cell, buffer, &size) : "";
    mxs_out_bytes(labels, label, size); /* of a provider its name */
    if (figure->coloring == BY_BACKUP && apart[0] != '\0') {
        mxs_out_text(labels, ", other ");
        mxs_out_text(labels, strcmp(apart, "asn") == 0 ? "network" : apart);
    }
    return from;
}

/* " of 1,234": what the number of a row is of, when rows differ in that; "" where the note says it for all, or a share
 * of nothing leaves it unknown. */
static void show_of(char *of, size_t size, const struct figure *figure, const struct mxs_table *table, size_t row)
{
    static const struct mxs_column domains = {"of", "of", MXS_UNIT_DOMAINS, 0};
    const struct mxs_column *drawn = NULL;
    char number[MXS_CELL_TEXT_SIZE];
    size_t number_size;
    struct mxs_cell cell;
    double share = real_of(table, row, figure->share);
    cell_of(table, row, figure->share, &drawn);
    bool derived = figure->of == NULL && drawn != NULL && drawn->base == MXS_BASE_ROW && share > 0;
    mxs_table_put_real(&cell, figure->of != NULL ? real_of(table, row, figure->of)
                              : derived          ? real_of(table, row, figure->value) / share
                                                 : 0);
    of[0] = '\0';
    if (figure->of != NULL || derived)
        snprintf(of, size, " of %.40s", mxs_cell_for_people(&domains, &cell, number, &number_size));
}

static void show_value(char *shown, const struct figure *figure, const struct mxs_table *table, size_t row, bool alone)
{
    const struct mxs_column *column = NULL;
    char number[MXS_CELL_TEXT_SIZE], of[48] = "";
    size_t size;
    const struct mxs_cell *cell = cell_of(table, row, figure->value, &column);
    const char *text = cell != NULL ? mxs_cell_for_people(column, cell, number, &size) : "";
    bool both = figure->share[0] != '\0' && strcmp(figure->share, figure->value) != 0;
    if (alone)
        show_of(of, sizeof of, figure, table, row);
    char share[MXS_SHARE_TEXT_SIZE];
    if (both)
        snprintf(shown, SHOWN_SIZE, "%.40s%s \xC2\xB7 %s", text, of,
                 mxs_share_text(real_of(table, row, figure->share), share));
    else
        snprintf(shown, SHOWN_SIZE, "%.40s%s", text, of);
}

static void describe(char *text, size_t size, const struct mxs_table *table, size_t rows, double scale)
{
    int used = snprintf(text, size, "%s The %zu rows drawn are the first of the table beside the figure.",
                        table->question != NULL ? table->question : "", rows);
    char share[MXS_SHARE_TEXT_SIZE];
    if (scale < 1 && used > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used, " The longest bar is %s.", mxs_share_text(scale, share));
}

/* The largest share, or 1 when bars can be seen against the whole. */
static double scale_of(const struct figure *figure, const struct mxs_table *table, size_t rows)
{
    double most = 0;
    const char *column = figure->share[0] != '\0' ? figure->share : figure->value;
    for (size_t row = 0; row < rows; row++)
        most = fmax(most, real_of(table, row, column));
    if (figure->kind == STACK || (figure->share[0] != '\0' && (most > 0.25 || most <= 0)))
        return 1;
    return most > 0 ? most : 1;
}

/* Steps that a reader counts in: 1, 2, 5, 10, 20, 25 per cent; at most five of them. */
static size_t make_round_ticks(struct mxs_chart_tick *ticks, double most, double *top)
{
    static const double steps[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.25};
    size_t at = 0, count = 0;
    while (at + 1 < sizeof steps / sizeof *steps && steps[at] * (TICKS_MAX - 1) < most)
        at++;
    size_t last = (size_t)fmax(1, ceil(most / steps[at] - 1e-9));
    last = last < TICKS_MAX ? last : TICKS_MAX - 1;
    *top = steps[at] * (double)last;
    for (; count <= last; count++) {
        ticks[count].at = (double)count / (double)last;
        snprintf(ticks[count].text, sizeof ticks->text, "%.0f %%", steps[at] * 100 * (double)count);
    }
    return count;
}

/* Round numbers up to the largest, at most five steps: 1, 2 or 5 times a power of ten. */
static size_t make_count_ticks(struct mxs_chart_tick *ticks, double most, double *top)
{
    static const double steps[] = {1, 2, 5};
    size_t count = 0, at = 0;
    double ten = 1;
    while (steps[at] * ten * (TICKS_MAX - 1) < most) {
        at = (at + 1) % 3;
        ten = at == 0 ? ten * 10 : ten;
    }
    double step = steps[at] * ten, last = fmax(1, ceil(most / step));
    *top = step * last;
    for (; (double)count <= last && count < TICKS_MAX; count++) {
        char number[32];
        ticks[count].at = (double)count / last;
        mxs_count_text((int64_t)(step * (double)count), number, sizeof number);
        snprintf(ticks[count].text, sizeof ticks->text, "%.20s", number);
    }
    return count;
}

static void put_bars(mxs_out *out, const struct figure *figure, const struct mxs_table *table,
                     struct mxs_chart_head *head, size_t rows)
{
    struct mxs_chart_bar *bars = calloc(rows, sizeof *bars);
    char(*shown)[SHOWN_SIZE] = calloc(rows, sizeof *shown);
    size_t *from = calloc(rows + 1, sizeof *from);
    mxs_out labels;
    mxs_out_attach(&labels, NULL);
    char text[512];
    double scale = scale_of(figure, table, rows);
    bool absolute = figure->share[0] != '\0';
    const struct mxs_column *drawn = NULL;
    struct mxs_chart_tick ticks[TICKS_MAX];
    struct mxs_chart_axes axis = {.x = ticks};
    cell_of(table, 0, absolute ? figure->share : figure->value, &drawn);
    axis.x_title = drawn != NULL ? drawn->title : "";
    axis.x_count = absolute ? make_round_ticks(ticks, scale, &scale) : make_count_ticks(ticks, scale, &scale);
    head->axis = &axis;
    describe(text, sizeof text, table, rows, absolute ? scale : 1);
    head->text = text;
    for (size_t row = 0; bars != NULL && shown != NULL && from != NULL && row < rows; row++) {
        from[row] = collect_label(&labels, figure, table, row);
        from[row + 1] = labels.used;
        show_value(shown[row], figure, table, row, head->alone);
        bars[row] = (struct mxs_chart_bar){.shown = shown[row], .color = color_of(figure, table, row),
            .share = real_of(table, row, absolute ? figure->share : figure->value) / scale};
    }
    bool ok = bars != NULL && shown != NULL && from != NULL && labels.err == MXS_OK;
    for (size_t row = 0; ok && row < rows; row++) {
        bars[row].label = labels.buffer + from[row];
        bars[row].label_size = from[row + 1] - from[row];
    }
    if (!ok)
        out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
    else if (figure->kind == STACK && !is_grouped(table)) /* the parts of several wholes are no whole */
        mxs_chart_put_stack(out, head, bars, rows);
    else
        mxs_chart_put_bars(out, head, bars, rows, absolute && scale >= 1);
    mxs_out_abandon(&labels);
    free(from);
    free(shown);
    free(bars);
}

struct lines {
    struct mxs_chart_series series[SERIES_MAX];
    struct mxs_chart_point points[SERIES_MAX][POINTS_MAX];
    char shown[SERIES_MAX][SHOWN_SIZE], names[SERIES_MAX][MXS_CELL_TEXT_SIZE];
    const char *ids[SERIES_MAX];
    size_t count;
};

static struct mxs_chart_series *series_of(struct lines *lines, const struct figure *figure,
                                          const struct mxs_table *table, size_t row)
{
    const char *label = text_of(table, row, figure->label);
    for (size_t i = 0; i < lines->count; i++)
        if (strcmp(lines->ids[i], label) == 0)
            return &lines->series[i];
    if (lines->count == SERIES_MAX)
        return NULL;
    size_t i = lines->count++;
    enum mxs_color color =
        figure->coloring == BY_ROLE ? color_of(figure, table, row) : (enum mxs_color)(MXS_COLOR_SERIES + i);
    const struct mxs_column *column = NULL;
    bool known = cell_of(table, row, figure->label, &column) != NULL;
    lines->ids[i] = label;
    if (known && column->unit == MXS_UNIT_PROVIDER)
        label = mxs_display_name(label, lines->names[i], sizeof lines->names[i]);
    else if (known && column->unit == MXS_UNIT_WORD)
        label = mxs_display_word(label);
    lines->series[i] = (struct mxs_chart_series){.label = label, .label_size = strlen(label), .shown = lines->shown[i],
                                                 .color = color, .points = lines->points[i]};
    return &lines->series[i];
}

/* x of every row, 0 .. 1: the rank on a logarithmic scale, or the run. */
struct scale {
    double low, high, top; /* top: of y */
    bool logarithmic;
};

static double position_of(const struct scale *scale, double x)
{
    double low = scale->low, high = scale->high;
    if (scale->logarithmic) {
        low = log10(fmax(low, 1));
        high = log10(fmax(high, 1));
        x = log10(fmax(x, 1));
    }
    return high > low ? (x - low) / (high - low) : 0.5;
}

static void collect_lines(struct lines *lines, const struct figure *figure, const struct mxs_table *table,
                          const struct scale *scale, bool alone)
{
    for (size_t row = 0; row < table->row_count; row++) {
        struct mxs_chart_series *series = series_of(lines, figure, table, row);
        const struct mxs_cell *share = cell_of(table, row, figure->share, NULL);
        if (series == NULL || series->count == POINTS_MAX || share == NULL || share->kind == MXS_CELL_NULL)
            continue;
        size_t at = (size_t)(series - lines->series);
        lines->points[at][series->count++] =
            (struct mxs_chart_point){position_of(scale, real_of(table, row, figure->value)), share->real / scale->top};
        char of[48] = "", text[MXS_SHARE_TEXT_SIZE];
        if (alone)
            show_of(of, sizeof of, figure, table, row);
        snprintf(lines->shown[at], SHOWN_SIZE, "%s%s", mxs_share_text(share->real, text), of);
    }
}

static size_t make_ticks(struct mxs_chart_tick *ticks, size_t most, const struct scale *scale)
{
    size_t count = 0;
    double steps = scale->high - scale->low;
    for (double x = scale->logarithmic ? 1 : scale->low; x <= scale->high && count < most;
         x = scale->logarithmic ? x * 10 : x + fmax(1, ceil(steps / (double)(most - 1)))) {
        char number[32];
        ticks[count].at = position_of(scale, x);
        mxs_count_text((int64_t)x, number, sizeof number);
        snprintf(ticks[count++].text, sizeof ticks->text, "%.20s", number);
    }
    return count;
}

/* The day of a run where they are days apart, its time as well where they are not; where it was, not where it would
 * look well. */
static size_t make_dates(struct mxs_chart_tick *ticks, const struct scale *scale, const struct figure *figure,
                         const struct mxs_table *table)
{
    size_t count = 0;
    bool days = scale->high - scale->low >= 2 * 86400.0;
    for (size_t row = 0; row < table->row_count && count < DATES_MAX; row++) {
        time_t second = (time_t)real_of(table, row, figure->value);
        double at = position_of(scale, (double)second), after = count > 0 ? ticks[count - 1].at : -1;
        struct tm utc;
        if (at - after < DATES_APART || (at > 1 - DATES_APART && at < 1) || gmtime_r(&second, &utc) == NULL)
            continue;
        ticks[count].at = at;
        strftime(ticks[count++].text, sizeof ticks->text, days ? "%Y-%m-%d" : "%m-%d %H:%M", &utc);
    }
    return count;
}

static void put_lines(mxs_out *out, const struct figure *figure, const struct mxs_table *table,
                      struct mxs_chart_head *head)
{
    struct lines *lines = calloc(1, sizeof *lines);
    if (lines == NULL) {
        out->err = out->err != MXS_OK ? out->err : MXS_ERR_MEMORY;
        return;
    }
    struct scale scale = {.low = real_of(table, 0, figure->value), .logarithmic = figure->kind == CURVE};
    scale.high = scale.low;
    double most = 0;
    for (size_t row = 0; row < table->row_count; row++) {
        scale.low = fmin(scale.low, real_of(table, row, figure->value));
        scale.high = fmax(scale.high, real_of(table, row, figure->value));
        most = fmax(most, real_of(table, row, figure->share));
    }
    struct mxs_chart_tick x[8], y[TICKS_MAX];
    size_t y_count = make_round_ticks(y, figure->kind == CURVE ? 1 : most, &scale.top);
    collect_lines(lines, figure, table, &scale, head->alone);
    bool dates = figure->kind == LINES;
    const struct mxs_column *drawn = NULL;
    cell_of(table, 0, figure->share, &drawn);
    const struct mxs_chart_axes axes = {.x = x, .y = y, .y_count = y_count,
        .y_title = drawn != NULL ? drawn->title : "",
        .x_count = dates ? make_dates(x, &scale, figure, table) : make_ticks(x, 8, &scale),
        .x_title = dates ? "start of the run, UTC"
                         : "providers, largest first (logarithmic)"};
    head->text = table->question;
    mxs_chart_put_lines(out, head, &axes, lines->series, lines->count);
    free(lines);
}

struct flow {
    struct mxs_chart_node nodes[NODES_MAX];
    double sums[NODES_MAX];
    char shown[NODES_MAX][32], names[NODES_MAX][MXS_CELL_TEXT_SIZE];
    const char *ids[NODES_MAX];
    size_t count;
};

/* One side of a flow. All rows are drawn: what has no node of its own is among the others, so that the sums are those
 * of the table. */
static size_t node_of(struct flow *side, const char *label, double amount)
{
    size_t i = 0;
    while (i < side->count && strcmp(side->ids[i], label) != 0)
        i++;
    if (i == side->count && side->count >= NODES_MAX - 1) {
        i = NODES_MAX - 1;
        side->ids[i] = "others";
        side->nodes[i] = (struct mxs_chart_node){.label = "others", .label_size = strlen("others")};
        side->count = NODES_MAX;
    } else if (i == side->count) {
        const char *name = mxs_display_name(label, side->names[i], sizeof side->names[i]);
        side->ids[i] = label;
        side->nodes[side->count++] = (struct mxs_chart_node){.label = name, .label_size = strlen(name)};
    }
    side->sums[i] += amount;
    return i;
}

static void put_link(struct mxs_chart_link *links, size_t *count, size_t from, size_t to, double amount)
{
    size_t i = 0;
    while (i < *count && (links[i].from != from || links[i].to != to))
        i++;
    if (i == *count)
        links[(*count)++] = (struct mxs_chart_link){.from = from, .to = to};
    links[i].amount += amount;
}

static void put_flow(mxs_out *out, const struct figure *figure, const struct mxs_table *table,
                     struct mxs_chart_head *head)
{
    struct flow sides[2] = {{.count = 0}, {.count = 0}};
    struct mxs_chart_link links[NODES_MAX * NODES_MAX];
    size_t link_count = 0, rows = table->kept_rows > 0 ? table->kept_rows : table->row_count;
    for (size_t row = 0; row < rows; row++) {
        double amount = real_of(table, row, figure->value);
        size_t from = node_of(&sides[0], text_of(table, row, figure->label), amount);
        put_link(links, &link_count, from, node_of(&sides[1], text_of(table, row, figure->before), amount), amount);
    }
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < sides[side].count; i++)
            sides[side].nodes[i].shown =
                mxs_count_text((int64_t)sides[side].sums[i], sides[side].shown[i], sizeof sides[side].shown[i]);
    head->text = table->question != NULL ? table->question : "Left: before. Right: after.";
    mxs_chart_put_flow(out, head, sides[0].nodes, sides[0].count, sides[1].nodes, sides[1].count, links, link_count);
}

bool mxs_chart_put_table(mxs_out *out, const struct mxs_table *table, const char *id, bool alone, size_t rows)
{
    const struct figure *figure = find_figure(table->name);
    if (figure == NULL || (table->row_count == 0 && !alone))
        return false;
    char note[256], source[128];
    struct mxs_chart_head head = {.id = id, .title = table->title, .alone = alone, .note = note, .source = source};
    mxs_chart_write_note(note, sizeof note, table, figure->share[0] != '\0' ? figure->share : figure->value,
                         MXS_CHART_ROWS);
    mxs_chart_write_source(source, sizeof source, table);
    if (table->row_count == 0) {
        head.text = "Nothing to draw.";
        mxs_chart_put_bars(out, &head, NULL, 0, false);
        return true;
    }
    size_t most = rows > 0 && rows < MXS_CHART_ROWS ? rows : MXS_CHART_ROWS;
    rows = table->row_count < most ? table->row_count : most;
    switch (figure->kind) {
    case BARS:
    case STACK: put_bars(out, figure, table, &head, rows); break;
    case CURVE:
    case LINES: put_lines(out, figure, table, &head); break;
    case FLOW: put_flow(out, figure, table, &head); break;
    }
    return true;
}

bool mxs_chart_find_bars(const struct mxs_table *table, size_t rows, size_t *column, double *scale)
{
    const struct figure *figure = find_figure(table->name);
    if (figure == NULL || !is_row_by_row(figure) || rows == 0)
        return false;
    if (figure->share[0] == '\0' && rows < 2)
        return false; /* one number compares with nothing */
    const char *name = figure->share[0] != '\0' ? figure->share : figure->value;
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0) {
            *column = i;
            *scale = scale_of(figure, table, rows);
            return true;
        }
    return false;
}

const char *mxs_chart_bar_class(const struct mxs_table *table, size_t row)
{
    const struct figure *figure = find_figure(table->name);
    return mxs_color_names[figure != NULL ? color_of(figure, table, row) : MXS_COLOR_QUIET];
}
