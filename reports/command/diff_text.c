#include <string.h>

#include "reports/command/internal/diff_text.h"
#include "reports/page/headline.h"
#include "reports/page/page.h"
#include "reports/record/document.h"

/* Words first, tables behind. */

#define CHANGES_SHOWN 20
#define ROWS_SHOWN 15
#define GROUP_ROWS_SHOWN 60

static void put_quoted(mxs_out *out, const struct mxs_cell *cell)
{
    mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, cell->text, cell->size_bytes);
}

static void put_when(mxs_out *out, const struct mxs_run *run)
{
    static const struct mxs_column when = {"at", "at", MXS_UNIT_TIME, 0};
    char buffer[MXS_CELL_TEXT_SIZE];
    size_t size_bytes;
    struct mxs_cell cell;
    mxs_table_put_int(&cell, run->started_at);
    mxs_out_format(out, "run %lld (%s)", (long long)run->id, mxs_cell_for_people(&when, &cell, buffer, &size_bytes));
}

static void put_head(mxs_out *out, const struct mxs_diff *diff)
{
    mxs_out_text(out, "List ");
    mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, diff->from.list, strlen(diff->from.list));
    mxs_out_text(out, ", from ");
    put_when(out, &diff->from);
    mxs_out_text(out, " to ");
    put_when(out, &diff->to);
    mxs_out_text(out, ": ");
    mxs_out_number(out, diff->both, " domain in both", " domains in both");
    mxs_out_text(out, diff->joined > 0 ? ", " : "");
    if (diff->joined > 0)
        mxs_out_count(out, diff->joined, " joined");
    mxs_out_text(out, diff->left > 0 ? ", " : "");
    if (diff->left > 0)
        mxs_out_count(out, diff->left, " left");
    mxs_out_text(out, diff->excluded > 0 ? ", " : "");
    if (diff->excluded > 0)
        mxs_out_count(out, diff->excluded, " excluded from one of them");
    mxs_out_text(out, diff->elsewhere > 0 ? ", " : "");
    if (diff->elsewhere > 0)
        mxs_out_count(out, diff->elsewhere, " of a shard of one of them");
    mxs_out_text(out, ".\n");
}

static void put_reasons(mxs_out *out, const struct mxs_diff *diff)
{
    for (size_t row = 0; row < diff->reasons.row_count; row++) {
        mxs_out_text(out, row == 0 ? "These runs are NOT FIT TO COMPARE:\n  - " : "  - ");
        put_quoted(out, mxs_table_at(&diff->reasons, row, 0));
        mxs_out_text(out, "\n");
    }
}

/* The first rows of a table, and how many there are beyond. */
static void put_some(mxs_out *out, const struct mxs_table *table, size_t rows, const struct mxs_style *style)
{
    if (table->row_count == 0)
        return;
    struct mxs_table some = *table;
    some.row_count = table->row_count < rows ? table->row_count : rows;
    mxs_out_text(out, "\n");
    mxs_format_text(out, &some, style);
    if (some.row_count < table->row_count) {
        mxs_out_text(out, "... and ");
        mxs_out_count(out, (int64_t)(table->row_count - some.row_count), " more: --format csv or json lists all\n");
    }
}

/* Without the times of the runs, which are in the head; the last column only where it says something. */
static void put_changes(mxs_out *out, const struct mxs_table *changes, const struct mxs_style *style)
{
    static const struct mxs_column columns[] = {{"domain", "domain", MXS_UNIT_TEXT, 0},
                                                {"kind", "kind", MXS_UNIT_TEXT, 0},
                                                {"old", "old", MXS_UNIT_TEXT, 0},
                                                {"new", "new", MXS_UNIT_TEXT, 0},
                                                {"undetermined_since", "undetermined since run", MXS_UNIT_NUMBER, 0}};
    struct mxs_cell cells[CHANGES_SHOWN * 5];
    struct mxs_table shown = *changes;
    size_t rows = shown.row_count < CHANGES_SHOWN ? shown.row_count : CHANGES_SHOWN, width = 4;
    for (size_t row = 0; row < rows; row++)
        width = mxs_table_at(changes, row, MXS_DIFF_SINCE)->kind != MXS_CELL_NULL ? 5 : width;
    for (size_t row = 0; row < rows; row++) {
        memcpy(&cells[row * width], mxs_table_at(changes, row, 0), 4 * sizeof *cells);
        if (width == 5)
            cells[row * width + 4] = *mxs_table_at(changes, row, MXS_DIFF_SINCE);
    }
    shown.title = "Changes, the most urgent first";
    shown.columns = columns;
    shown.column_count = width;
    shown.cells = cells;
    put_some(out, &shown, CHANGES_SHOWN, style);
}

static void put_text(mxs_out *out, const struct mxs_diff *diff, const struct mxs_style *style)
{
    mxs_out text;
    mxs_out_attach(&text, NULL);
    put_head(&text, diff);
    mxs_headline_put_shrank(&text, diff, "", "\n");
    put_reasons(&text, diff);
    mxs_headline_put_changes(&text, diff, MXS_ESCAPE_TERMINAL, "", "\n");
    mxs_format_put_sentence(out, &text, style);
    put_some(out, &diff->groups, GROUP_ROWS_SHOWN, style);
    put_changes(out, &diff->changes, style);
    put_some(out, &diff->migrations, ROWS_SHOWN, style);
    put_some(out, &diff->flows, ROWS_SHOWN, style);
    put_some(out, &diff->states, ROWS_SHOWN, style);
    put_some(out, &diff->flapping, ROWS_SHOWN, style);
}

enum mxs_err mxs_diff_write(struct mxs_diff *diff, enum mxs_format format, const struct mxs_style *style, mxs_out *out,
                            struct mxs_detail *detail)
{
    const struct mxs_table *listed =
        diff->options.kinds == 1u << MXS_CHANGE_BECAME_UNDETERMINED ? &diff->undetermined : &diff->changes;
    switch (format) {
    case MXS_FORMAT_JSON: return mxs_document_write_diff(diff, out, detail);
    case MXS_FORMAT_HTML: return mxs_page_write_diff(out, diff, detail);
    case MXS_FORMAT_TEXT: put_text(out, diff, style); break;
    default: mxs_page_write_as(out, format, diff->by.asked ? &diff->groups : listed, style);
    }
    return MXS_OK;
}
