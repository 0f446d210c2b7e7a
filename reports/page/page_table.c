#include <string.h>

#include "reports/format/chart_table.h"
#include "reports/page/page.h"

#define CELL_SIZE 400 /* bytes of a text; a page is no archive */
#define BROAD_COLUMNS 5 /* from here on a table gets more of the width than its figure */
#define SHADES 5        /* classes h1 .. h5 of page.css */
#define SHADE_FROM 0.005
#define FULL_BAR 1.0    /* of a table that has bars in several columns */
#define WIDE_COLUMNS 8  /* from here on a table takes the whole width */

void mxs_page_put_text(struct mxs_page *page, const char *text)
{
    mxs_out_escaped(page->out, MXS_ESCAPE_HTML, text, strlen(text));
}

void mxs_page_put_prose(struct mxs_page *page, const char *text)
{
    bool code = false;
    for (const char *end; (end = strchr(text, '`')) != NULL && (code || strchr(end + 1, '`') != NULL); text = end + 1) {
        mxs_out_escaped(page->out, MXS_ESCAPE_HTML, text, (size_t)(end - text));
        code = !code;
        mxs_out_text(page->out, code ? "<code>" : "</code>");
    }
    mxs_page_put_text(page, text);
}

void mxs_page_put_count(struct mxs_page *page, int64_t count)
{
    char text[32];
    mxs_out_text(page->out, mxs_count_text(count, text, sizeof text));
}

void mxs_page_put_share(struct mxs_page *page, double share)
{
    char text[MXS_SHARE_TEXT_SIZE];
    mxs_share_text(share, text);
    mxs_out_escaped(page->out, MXS_ESCAPE_HTML, text, strcspn(text, " ")); /* its sign stays beside the number */
    mxs_out_text(page->out, "&nbsp;%");
}

/* "cover 50 %" breaks before the number, not before its sign. */
static void put_title(struct mxs_page *page, const char *title)
{
    size_t size = strlen(title);
    bool percent = size > 2 && strcmp(title + size - 2, " %") == 0;
    mxs_out_escaped(page->out, MXS_ESCAPE_HTML, title, percent ? size - 2 : size);
    mxs_out_text(page->out, percent ? "&nbsp;%" : "");
}

static void put_header(struct mxs_page *page, const struct mxs_table *table)
{
    mxs_out_text(page->out, "<thead><tr>");
    for (size_t i = 0; i < table->column_count; i++) {
        mxs_out_text(page->out, mxs_column_is_number(&table->columns[i]) ? "<th scope=\"col\" class=\"n\">"
                                                                         : "<th scope=\"col\">");
        put_title(page, table->columns[i].title);
        mxs_out_text(page->out, "</th>");
    }
    mxs_out_text(page->out, "</tr></thead>\n<tbody>\n");
}

/* A number stands to the right; in the table of shades the larger share has the darker ground. */
static void open_cell(struct mxs_page *page, const struct mxs_table *table, size_t row, size_t column)
{
    const struct mxs_column *kind = &table->columns[column];
    double share = mxs_table_at(table, row, column)->real;
    bool shaded = kind->unit == MXS_UNIT_SHARE && strcmp(table->name, "shades") == 0 && share >= SHADE_FROM;
    if (shaded)
        mxs_out_format(page->out, "<td class=\"n h%d\">", share >= 1 ? SHADES : 1 + (int)(share * SHADES));
    else
        mxs_out_text(page->out, mxs_column_is_number(kind)    ? "<td class=\"n\">"
                                : kind->unit == MXS_UNIT_TIME ? "<td class=\"t\">"
                                                              : "<td>");
}

/* A bar as broad as the share, before its number and in its line: each number stands on the page once. */
void mxs_page_put_bar(struct mxs_page *page, const char *class, double part)
{
    mxs_out_format(page->out,
                   "<svg class=\"cellbar\" aria-hidden=\"true\"><rect class=\"%s\" width=\"%.2f%%\" height=\"100%%\""
                   " rx=\"1\"/></svg>",
                   class, part > 0 ? (part < 1 ? part * 100 : 100) : 0.0);
}

/* A table of shares has a bar in each of them, each as wide as its share of all. */
static const struct {
    const char *table, *column, *class;
} bars_of[] = {
    {"facet", "receiving_share", "quiet"},
    {"facet", "survives_share", "good"},
    {"facet", "provider_share", "mailbox"},
    {"facet", "finding_share", "warning"},
};

/* NULL: the column has no bars of its own. */
static const char *own_bar(const struct mxs_table *table, size_t column)
{
    for (size_t i = 0; i < sizeof bars_of / sizeof *bars_of; i++)
        if (strcmp(bars_of[i].table, table->name) == 0 && strcmp(bars_of[i].column, table->columns[column].name) == 0)
            return bars_of[i].class;
    return NULL;
}

/* A name of a host, or an address: where its cell is narrow it breaks behind a dot or colon, never within a label. */
static void put_host(struct mxs_page *page, const char *text, size_t size_bytes)
{
    for (size_t from = 0, to; from < size_bytes; from = to) {
        for (to = from; to < size_bytes && text[to] != '.' && text[to] != ':';)
            to++;
        to += to < size_bytes;
        mxs_out_escaped(page->out, MXS_ESCAPE_HTML, text + from, to - from);
        mxs_out_text(page->out, to < size_bytes ? "<wbr>" : "");
    }
}

/* class: of its bar; scale: what a full bar is; 0: the cell has none. */
static void put_cell(struct mxs_page *page, const struct mxs_table *table, size_t row, size_t column,
                     const char *class, double scale)
{
    const struct mxs_cell *cell = mxs_table_at(table, row, column);
    char buffer[MXS_CELL_TEXT_SIZE];
    size_t size_bytes;
    const char *text = mxs_cell_for_people(&table->columns[column], cell, buffer, &size_bytes);
    if (scale > 0) {
        mxs_out_text(page->out, "<td class=\"n bar\">");
        mxs_page_put_bar(page, class, cell->real / scale);
    } else if ((table->columns[column].unit == MXS_UNIT_PROVIDER || table->columns[column].unit == MXS_UNIT_WORD) &&
               text != cell->text) {
        mxs_out_text(page->out, "<td data-id=\"");
        mxs_out_escaped(page->out, MXS_ESCAPE_HTML, cell->text, cell->size_bytes);
        mxs_out_text(page->out, "\">");
    } else {
        open_cell(page, table, row, column);
    }
    size_t most = size_bytes < CELL_SIZE ? size_bytes : CELL_SIZE;
    while (most < size_bytes && most > 0 && (text[most] & 0xC0) == 0x80)
        most--;
    if (strcmp(table->name, "impact") == 0 && strcmp(table->columns[column].name, "name") == 0)
        put_host(page, text, most);
    else
        mxs_out_escaped(page->out, MXS_ESCAPE_HTML, text, most);
    mxs_out_text(page->out, most < size_bytes ? "\xE2\x80\xA6" : "");
}

/* bars: the column of the bars; SIZE_MAX: none. */
static void put_row(struct mxs_page *page, const struct mxs_table *table, size_t row, size_t bars, double scale,
                    bool hidden)
{
    mxs_out_text(page->out, hidden ? "<tr hidden>" : "<tr>");
    for (size_t i = 0; i < table->column_count; i++) {
        const char *own = own_bar(table, i);
        bool bar = (i == bars || own != NULL) && mxs_table_at(table, row, i)->kind != MXS_CELL_NULL;
        put_cell(page, table, row, i, own != NULL ? own : mxs_chart_bar_class(table, row),
                 !bar ? 0 : own != NULL ? FULL_BAR : scale);
        mxs_out_text(page->out, "</td>");
    }
    mxs_out_text(page->out, "</tr>\n");
}

static bool is_sum(const struct mxs_column *column)
{
    return column->unit == MXS_UNIT_COUNT || column->unit == MXS_UNIT_DOMAINS ||
           (column->unit == MXS_UNIT_SHARE &&
            (column->base == MXS_BASE_ACCEPTED || column->base == MXS_BASE_RECEIVING));
}

/* What the rows that are not shown add up to, so that the shares do, too. */
static void put_others(struct mxs_page *page, const struct mxs_table *table, size_t rows)
{
    size_t all = table->kept_rows > table->row_count ? table->kept_rows : table->row_count;
    size_t sums = 0;
    for (size_t i = 0; i < table->column_count; i++)
        sums += is_sum(&table->columns[i]);
    if (rows >= all || table->total_rows > all || sums == 0) /* of rows that are not here nobody knows the sum */
        return;
    mxs_out_text(page->out, "\n<tfoot><tr>");
    for (size_t i = 0; i < table->column_count; i++) {
        struct mxs_cell sum = {.kind = MXS_CELL_NULL};
        char buffer[MXS_CELL_TEXT_SIZE];
        size_t size_bytes;
        bool adds = is_sum(&table->columns[i]);
        for (size_t row = rows; adds && row < all; row++)
            mxs_table_put_real(&sum, sum.real + mxs_table_at(table, row, i)->real);
        if (sum.kind != MXS_CELL_NULL && table->columns[i].unit == MXS_UNIT_COUNT)
            mxs_table_put_int(&sum, (int64_t)(sum.real + 0.5));
        mxs_out_text(page->out, mxs_column_is_number(&table->columns[i]) ? "<td class=\"n\">" : "<td>");
        if (i == 0) {
            mxs_out_text(page->out, "all others (");
            mxs_page_put_count(page, (int64_t)(all - rows));
            mxs_out_text(page->out, ")");
        } else if (adds) {
            const char *text = mxs_cell_for_people(&table->columns[i], &sum, buffer, &size_bytes);
            mxs_out_escaped(page->out, MXS_ESCAPE_HTML, text, size_bytes);
        }
        mxs_out_text(page->out, "</td>");
    }
    mxs_out_text(page->out, "</tr></tfoot>");
}

/* The query as it can be pasted into a shell: with the run and the number of rows in it. */
static void put_sql(struct mxs_page *page, const struct mxs_table *table)
{
    mxs_out_text(page->out, "<details class=\"sql\"><summary>SQL</summary><pre><code>");
    for (const char *at = table->sql; *at != '\0';) {
        size_t size = strcspn(at, "?\n");
        mxs_out_escaped(page->out, MXS_ESCAPE_HTML, at, size);
        at += size;
        if (*at == '\n')
            mxs_out_text(page->out, "\n");
        else if (*at == '?' && (at[1] == '1' || at[1] == '2'))
            mxs_out_int(page->out, *++at == '1' ? page->run_id : page->limit != 0 ? page->limit : -1);
        else if (*at == '?')
            mxs_out_text(page->out, "?");
        at += *at != '\0';
    }
    mxs_out_text(page->out, ";</code></pre></details>\n");
}

/* The legend of the table of shades; the numbers in its cells are the second cue. */
static void put_shades(struct mxs_page *page)
{
    mxs_out_text(page->out, "Shares of the domains of the row.</p>\n<p class=\"base\" id=\"shades\">Darker is more:");
    for (int shade = 1; shade <= SHADES; shade++)
        mxs_out_format(page->out, " <span class=\"h%d\">&nbsp;%s%d&nbsp;%%&nbsp;</span>", shade,
                       shade == SHADES ? "80 to " : "up to ", shade * 100 / SHADES);
    mxs_out_text(page->out, "; below 0.5&nbsp;% a cell is not shaded.</p>\n");
}

/* What the shares are of, how much of the table is here, and how long a bar is. */
static void put_notes(struct mxs_page *page, const struct mxs_table *table, size_t rows, size_t bars, double scale)
{
    size_t total = table->total_rows > table->row_count ? table->total_rows : table->row_count;
    mxs_out_text(page->out, "<p class=\"base\">");
    bool any = mxs_format_bases(page->out, MXS_ESCAPE_HTML, table);
    if (rows < total) {
        mxs_out_text(page->out, any ? ". " : "");
        mxs_page_put_count(page, (int64_t)rows);
        mxs_out_text(page->out, " of ");
        mxs_page_put_count(page, (int64_t)total);
        mxs_out_text(page->out, " rows");
        any = true;
    }
    if (bars != SIZE_MAX && table->columns[bars].unit == MXS_UNIT_SHARE) {
        mxs_out_format(page->out, "%sa full bar is %.3g&nbsp;%%", any ? "; " : "", scale * 100);
        any = true;
    } else if (bars != SIZE_MAX) {
        mxs_out_text(page->out, any ? "; a full bar is " : "a full bar is ");
        mxs_page_put_count(page, (int64_t)scale);
        any = true;
    }
    if (strcmp(table->name, "shades") == 0) {
        put_shades(page);
        return;
    }
    mxs_out_text(page->out, any ? ".</p>\n" : "</p>\n");
}

static void put_end(struct mxs_page *page, const struct mxs_table *table, size_t rows, size_t bars, double scale)
{
    mxs_out_text(page->out, "<div class=\"foot\">");
    if (table->sql != NULL)
        put_sql(page, table);
    put_notes(page, table, rows, bars, scale);
    mxs_out_text(page->out, "</div>\n");
}

void mxs_page_put_table(struct mxs_page *page, const struct mxs_table *table, size_t rows)
{
    mxs_out *out = page->out;
    size_t bars = SIZE_MAX;
    double scale = 0;
    if (rows == 0 || rows > table->row_count)
        rows = table->row_count;
    size_t hidden = page->searched < table->row_count ? page->searched : table->row_count;
    hidden = hidden > rows ? hidden - rows : 0;
    if (!mxs_chart_find_bars(table, rows, &bars, &scale))
        bars = SIZE_MAX;
    mxs_out_text(out, table->column_count >= WIDE_COLUMNS ? "<div class=\"whole\">" : "<div>");
    mxs_out_text(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table: ");
    mxs_page_put_text(page, table->title);
    mxs_out_format(out, "\"><table class=\"data%s\"><caption>", page->foot > 0 ? " long" : "");
    mxs_page_put_text(page, table->question != NULL ? table->question : table->title);
    mxs_out_text(out, "</caption>\n");
    put_header(page, table);
    size_t foot = hidden > 0 ? 0 : page->foot < rows ? page->foot : rows;
    for (size_t row = 0; row < rows + hidden - foot; row++)
        put_row(page, table, row, bars, scale, row >= rows);
    mxs_out_text(out, foot > 0 ? "</tbody>\n<tfoot>" : "</tbody>");
    for (size_t row = rows - foot; row < rows; row++)
        put_row(page, table, row, bars, scale, false);
    mxs_out_text(out, foot > 0 ? "</tfoot>" : "");
    put_others(page, table, rows);
    mxs_out_text(out, "</table></div>\n");
    put_end(page, table, rows, bars, scale);
    mxs_out_text(out, "</div>\n");
}

void mxs_page_put_end(struct mxs_page *page, const struct mxs_table *table)
{
    size_t bars;
    double scale;
    bool any = mxs_chart_find_bars(table, table->row_count, &bars, &scale);
    put_end(page, table, table->row_count, any ? bars : SIZE_MAX, scale);
}

void mxs_page_put_pair(struct mxs_page *page, const struct mxs_table *drawn, const struct mxs_table *table, size_t bars,
                       size_t rows)
{
    mxs_out *out = page->out;
    char id[24];
    size_t column;
    double scale;
    bool in_cells = mxs_chart_find_bars(drawn, drawn->row_count, &column, &scale);
    bool figure = !in_cells && drawn->row_count > 1 && mxs_chart_exists(drawn->name);
    bool beside = figure && !page->stacked && table->column_count < WIDE_COLUMNS;
    mxs_out_text(out, !beside                               ? ""
                      : table->column_count < BROAD_COLUMNS ? "<div class=\"pair\">\n"
                                                            : "<div class=\"pair broad\">\n");
    if (figure) {
        snprintf(id, sizeof id, "figure%u", ++page->figures);
        mxs_out_text(out, "<figure>\n");
        mxs_chart_put_table(out, drawn, id, false, bars);
        mxs_out_format(out, "<figcaption>Figure %u. ", page->figures);
        mxs_page_put_text(page, drawn->title);
        mxs_out_text(out, "</figcaption></figure>\n");
    }
    mxs_page_put_table(page, table, rows);
    mxs_out_text(out, beside ? "</div>\n" : "");
}

void mxs_page_put_figure(struct mxs_page *page, const struct mxs_table *table, size_t bars, size_t rows)
{
    mxs_page_put_pair(page, table, table, bars, rows);
}

void mxs_page_write_as(mxs_out *out, enum mxs_format format, const struct mxs_table *table,
                       const struct mxs_style *style)
{
    switch (format) {
    case MXS_FORMAT_TEXT: mxs_format_text(out, table, style); break;
    case MXS_FORMAT_JSON: mxs_format_json(out, table); break;
    case MXS_FORMAT_CSV: mxs_format_csv(out, table); break;
    case MXS_FORMAT_MARKDOWN: mxs_format_markdown(out, table); break;
    case MXS_FORMAT_LATEX: mxs_format_latex(out, table); break;
    case MXS_FORMAT_HTML: mxs_page_write_table(out, table); break;
    case MXS_FORMAT_SVG: mxs_format_svg(out, table); break;
    case MXS_FORMAT_PROMETHEUS: mxs_format_prometheus(out, table, NULL); break;
    case MXS_FORMAT_COUNT: MXS_ASSERT(format != MXS_FORMAT_COUNT);
    }
}
