#include "reports/page/message.h"

static void put_number(mxs_out *out, int64_t count, const char *one, const char *many)
{
    char text[32];
    mxs_out_text(out, mxs_count_text(count, text, sizeof text));
    mxs_out_text(out, count == 1 ? one : many);
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

void mxs_message_put_changes(mxs_out *out, const struct mxs_diff *diff, enum mxs_escape escape, const char *before, const char *after)
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
    bool all = diff->options.kinds == 0 && diff->options.provider == NULL && diff->options.tld == NULL;
    mxs_out_text(out, all ? "Nothing changed." : "Nothing of what was asked for changed.");
    mxs_out_text(out, after);
}
