#include "reports/page/message.h"

#define NAMES_TOLD 5

static void put_number(mxs_out *out, int64_t count, const char *one, const char *many)
{
    char text[32];
    mxs_out_text(out, mxs_count_text(count, text, sizeof text));
    mxs_out_text(out, count == 1 ? one : many);
}

static const char *const sentences[MXS_CHANGE_ALL][2] = {
    {" domain stopped receiving mail", " domains stopped receiving mail"},
    {" domain now points to an MX host that does not exist", " domains now point to an MX host that does not exist"},
    {" domain lost its backup", " domains lost their backup"},
    {" domain moved to another provider", " domains moved to another provider"},
    {" domain receives mail again", " domains receive mail again"},
    {" domain changed its state", " domains changed their state"},
    {" domain swapped the preferences of its MX hosts", " domains swapped the preferences of their MX hosts"},
    {" domain removed an MX host", " domains removed an MX host"},
    {" domain added an MX host", " domains added an MX host"},
    {" domain gained a backup", " domains gained a backup"},
    {" domain has an MX host that moved to other addresses", " domains have an MX host that moved to other addresses"},
    {" domain changed a policy", " domains changed a policy"},
    {" domain left the list", " domains left the list"},
    {" domain joined the list", " domains joined the list"},
    {" domain could no longer be determined (not a change)", " domains could no longer be determined (not a change)"},
};

/* ": a.example, b.example and 3 more": the domains of an urgent kind, as many as fit into a sentence. */
static void put_names(mxs_out *out, const struct mxs_diff *diff, enum mxs_change kind, enum mxs_escape escape)
{
    int64_t told = 0;
    for (size_t row = 0; row < diff->changes.row_count && told < NAMES_TOLD; row++) {
        const struct mxs_cell *cells = mxs_table_at(&diff->changes, row, 0);
        if (cells[MXS_DIFF_KIND].integer != kind)
            continue;
        mxs_out_text(out, told++ == 0 ? ": " : ", ");
        mxs_out_escaped(out, escape, cells[MXS_DIFF_DOMAIN].text, cells[MXS_DIFF_DOMAIN].size_bytes);
    }
    if (diff->counts[kind] > told) {
        mxs_out_text(out, " and ");
        put_number(out, diff->counts[kind] - told, " more", " more");
    }
}

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

void mxs_message_put_shrank(mxs_out *out, const struct mxs_diff *diff, const char *before, const char *after)
{
    if (!diff->shrank)
        return;
    mxs_out_text(out, before);
    mxs_out_text(out, "THE LIST SHRANK: ");
    put_number(out, diff->left, " of ", " of ");
    put_number(out, diff->left + diff->both, " name left it.", " names left it.");
    mxs_out_text(out, after);
}

void mxs_message_put_changes(mxs_out *out, const struct mxs_diff *diff, enum mxs_escape escape, const char *before, const char *after)
{
    for (int kind = 0; kind < MXS_CHANGE_ALL; kind++) {
        if (diff->counts[kind] == 0)
            continue;
        mxs_out_text(out, before);
        put_number(out, diff->counts[kind], sentences[kind][0], sentences[kind][1]);
        if (kind == MXS_CHANGE_PROVIDER_MIGRATED)
            put_moves(out, diff, escape);
        else if (kind <= MXS_CHANGE_BACKUP_LOST)
            put_names(out, diff, (enum mxs_change)kind, escape);
        mxs_out_text(out, ".");
        mxs_out_text(out, after);
    }
    if (diff->changed > 0)
        return;
    mxs_out_text(out, before);
    bool all = diff->options.kinds == 0 && diff->options.provider == NULL && diff->options.tld == NULL;
    mxs_out_text(out, all ? "Nothing changed." : "Nothing of what was asked for changed.");
    mxs_out_text(out, after);
}
