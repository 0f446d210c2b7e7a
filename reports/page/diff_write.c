#include <string.h>

#include "reports/page/diff.h"
#include "reports/page/page.h"
#include "reports/page/summary.h"

/* Words first, tables behind. */

#define CHANGES_SHOWN 20
#define ROWS_SHOWN 15

static void put_quoted(mxs_out *out, const struct mxs_cell *cell)
{
    mxs_out_escaped(out, MXS_ESCAPE_TERMINAL, cell->text, cell->size_bytes);
}

static void put_number(mxs_out *out, int64_t count, const char *one, const char *many)
{
    char text[32];
    mxs_out_text(out, mxs_count_text(count, text, sizeof text));
    mxs_out_text(out, count == 1 ? one : many);
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
    put_number(out, diff->both, " domain in both", " domains in both");
    mxs_out_text(out, diff->joined > 0 ? ", " : "");
    if (diff->joined > 0)
        put_number(out, diff->joined, " joined", " joined");
    mxs_out_text(out, diff->left > 0 ? ", " : "");
    if (diff->left > 0)
        put_number(out, diff->left, " left", " left");
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

static const char *const sentences[MXS_CHANGE_ALL][2] = {
    {" domain added an MX host", " domains added an MX host"},
    {" domain removed an MX host", " domains removed an MX host"},
    {" domain swapped the preference of its MX hosts", " domains swapped the preference of their MX hosts"},
    {" domain moved to another provider", " domains moved to another provider"},
    {" domain lost its backup MX", " domains lost their backup MX"},
    {" domain gained a backup MX", " domains gained a backup MX"},
    {" domain changed its state", " domains changed their state"},
    {" domain newly points at an MX host that does not exist", " domains newly point at an MX host that does not exist"},
    {" domain has an MX host that moved to other addresses", " domains have an MX host that moved to other addresses"},
    {" domain changed a policy", " domains changed a policy"},
    {" domain could no longer be determined (not a change)", " domains could no longer be determined (not a change)"},
};

/* ": 44 left microsoft for google, 8 self for microsoft" */
static void put_moves(mxs_out *out, const struct mxs_diff *diff, enum mxs_escape escape)
{
    for (size_t row = 0; row < diff->migrations.row_count && row < 3; row++) {
        const struct mxs_cell *cells = mxs_table_at(&diff->migrations, row, 0);
        mxs_out_text(out, row == 0 ? ": " : ", ");
        put_number(out, cells[2].integer, row == 0 ? " left " : " ", row == 0 ? " left " : " ");
        mxs_out_escaped(out, escape, cells[0].text, cells[0].size_bytes);
        mxs_out_text(out, " for ");
        mxs_out_escaped(out, escape, cells[1].text, cells[1].size_bytes);
    }
    mxs_out_text(out, diff->migrations.row_count > 3 ? ", and others" : "");
}

void mxs_diff_write_words(mxs_out *out, const struct mxs_diff *diff, enum mxs_escape escape, const char *before, const char *after)
{
    static const enum mxs_change order[] = {
        MXS_CHANGE_PROVIDER_MIGRATED, MXS_CHANGE_BACKUP_LOST, MXS_CHANGE_STATE_CHANGED, MXS_CHANGE_HOST_DANGLING,
        MXS_CHANGE_PREFERENCE_SWAP, MXS_CHANGE_HOST_REMOVED, MXS_CHANGE_HOST_ADDED, MXS_CHANGE_BACKUP_GAINED,
        MXS_CHANGE_ADDRESS_MOVED, MXS_CHANGE_POLICY_CHANGED, MXS_CHANGE_BECAME_UNDETERMINED};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (diff->counts[order[i]] == 0)
            continue;
        mxs_out_text(out, before);
        put_number(out, diff->counts[order[i]], sentences[order[i]][0], sentences[order[i]][1]);
        if (order[i] == MXS_CHANGE_PROVIDER_MIGRATED)
            put_moves(out, diff, escape);
        mxs_out_text(out, ".");
        mxs_out_text(out, after);
    }
    if (diff->changed > 0)
        return;
    mxs_out_text(out, before);
    bool all = diff->wish.kinds == 0 && diff->wish.provider == NULL && diff->wish.tld == NULL;
    mxs_out_text(out, all ? "Nothing changed." : "Nothing of what was asked for changed.");
    mxs_out_text(out, after);
}

/* The first rows of a table, and how many there are beyond. */
static void put_some(mxs_out *out, const struct mxs_table *table, size_t rows, const struct mxs_style *look)
{
    if (table->row_count == 0)
        return;
    struct mxs_table some = *table;
    some.row_count = table->row_count < rows ? table->row_count : rows;
    mxs_out_text(out, "\n");
    mxs_format_text(out, &some, look);
    if (some.row_count < table->row_count) {
        mxs_out_text(out, "... and ");
        put_number(out, (int64_t)(table->row_count - some.row_count), " more: --format csv or json lists all\n",
                   " more: --format csv or json lists all\n");
    }
}

static void put_text(mxs_out *out, const struct mxs_diff *diff, const struct mxs_style *look)
{
    put_head(out, diff);
    put_reasons(out, diff);
    mxs_diff_write_words(out, diff, MXS_ESCAPE_TERMINAL, "", "\n");
    put_some(out, &diff->migrations, ROWS_SHOWN, look);
    put_some(out, &diff->flows, ROWS_SHOWN, look);
    put_some(out, &diff->states, ROWS_SHOWN, look);
    put_some(out, &diff->flapping, ROWS_SHOWN, look);
    struct mxs_table shown = diff->changes; /* the times are in the head */
    if (shown.row_count > 0) {
        static const struct mxs_column columns[] = {{"domain", "domain", MXS_UNIT_TEXT, 0}, {"kind", "kind", MXS_UNIT_TEXT, 0},
                                                    {"old", "old", MXS_UNIT_TEXT, 0}, {"new", "new", MXS_UNIT_TEXT, 0}};
        struct mxs_cell cells[CHANGES_SHOWN * 4];
        size_t rows = shown.row_count < CHANGES_SHOWN ? shown.row_count : CHANGES_SHOWN;
        for (size_t row = 0; row < rows; row++)
            memcpy(&cells[row * 4], mxs_table_at(&diff->changes, row, 0), 4 * sizeof *cells);
        shown.columns = columns;
        shown.column_count = 4;
        shown.cells = cells;
        put_some(out, &shown, CHANGES_SHOWN, look);
    }
}

static void put_member(mxs_out *out, const char *name, const struct mxs_table *table)
{
    mxs_out_format(out, ",\n\"%s\":", name);
    mxs_format_json(out, table);
}

static enum mxs_err put_json(mxs_out *out, const struct mxs_diff *diff, struct mxs_detail *detail)
{
    mxs_out_text(out, "{\"schema_version\":1,\n");
    enum mxs_err err = mxs_summary_write_run(diff->store, diff->from.id, "from", out, detail);
    mxs_out_text(out, ",\n");
    if (err == MXS_OK)
        err = mxs_summary_write_run(diff->store, diff->to.id, "to", out, detail);
    mxs_out_format(out, ",\n\"comparable\":%s,\"reasons\":[", diff->reasons.row_count == 0 ? "true" : "false");
    for (size_t row = 0; row < diff->reasons.row_count; row++) {
        const struct mxs_cell *reason = mxs_table_at(&diff->reasons, row, 0);
        mxs_out_text(out, row == 0 ? "" : ",");
        mxs_out_json(out, reason->text, reason->size_bytes);
    }
    mxs_out_format(out, "],\n\"population\":{\"both\":%lld,\"joined\":%lld,\"left\":%lld},\n\"counts\":{", (long long)diff->both,
                   (long long)diff->joined, (long long)diff->left);
    for (int kind = 0; kind < MXS_CHANGE_ALL; kind++)
        mxs_out_format(out, "%s\"%s\":%lld", kind == 0 ? "" : ",", mxs_change_names[kind], (long long)diff->counts[kind]);
    mxs_out_format(out, "},\n\"changed_domains\":%lld", (long long)diff->changed);
    put_member(out, "migrations", &diff->migrations);
    put_member(out, "flows", &diff->flows);
    put_member(out, "states", &diff->states);
    put_member(out, "flapping", &diff->flapping);
    put_member(out, "became_undetermined", &diff->undetermined);
    put_member(out, "changes", &diff->changes);
    mxs_out_text(out, "}\n");
    return err;
}

enum mxs_err mxs_diff_write(struct mxs_diff *diff, enum mxs_format format, const struct mxs_style *look, mxs_out *out,
                            struct mxs_detail *detail)
{
    const struct mxs_table *listed = diff->wish.kinds == 1u << MXS_CHANGE_BECAME_UNDETERMINED ? &diff->undetermined : &diff->changes;
    switch (format) {
    case MXS_FORMAT_JSON: return put_json(out, diff, detail);
    case MXS_FORMAT_HTML: return mxs_page_write_diff(out, diff, detail);
    case MXS_FORMAT_TEXT: put_text(out, diff, look); break;
    default: mxs_page_write_as(out, format, listed, look);
    }
    return MXS_OK;
}
