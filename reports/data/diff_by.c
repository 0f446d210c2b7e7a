#include "reports/data/diff_by.h"

#include <string.h>

enum { BOTH = MXS_CHANGE_ALL, CHANGED, WIDTH };

enum mxs_err mxs_diff_by_open(struct mxs_diff *diff, struct mxs_detail *detail)
{
    return mxs_by_totals_open(&diff->by, diff->store, &diff->to, &diff->from, &diff->options.by, WIDTH, detail);
}

void mxs_diff_by_put_both(struct mxs_diff *diff, int64_t domain) { mxs_by_totals_put(&diff->by, domain, false, BOTH); }

void mxs_diff_by_put_kinds(struct mxs_diff *diff, int64_t domain, unsigned kinds, bool counted)
{
    bool left = (kinds >> MXS_CHANGE_LEFT & 1) != 0;
    for (uint32_t kind = 0; diff->by.asked && kind < MXS_CHANGE_ALL; kind++)
        if (kinds >> kind & 1)
            mxs_by_totals_put(&diff->by, domain, left, kind);
    if (!counted && (kinds & ~MXS_CHANGES_OF_NO_MAIL) != 0)
        mxs_by_totals_put(&diff->by, domain, left, CHANGED);
}

static void put_row(struct mxs_diff *diff, uint32_t group, const char *kind, uint32_t what, bool of_both)
{
    int64_t both = mxs_by_totals_find(&diff->by, group, BOTH), domains = mxs_by_totals_find(&diff->by, group, what);
    struct mxs_cell *cells = mxs_by_totals_row(&diff->by, group, &diff->groups);
    if (cells == NULL)
        return;
    mxs_table_put_int(&cells[1], both);
    mxs_table_put_text(&diff->groups, &cells[2], kind, strlen(kind));
    mxs_table_put_int(&cells[3], domains);
    if (of_both && both > 0)
        mxs_table_put_real(&cells[4], (double)domains / (double)both);
}

/* All that changed, and then in what; a group of which nothing is to be told has its first row all the same. */
enum mxs_err mxs_diff_by_read(struct mxs_diff *diff, struct mxs_detail *detail)
{
    static const struct mxs_column columns[MXS_DIFF_BY_COLUMNS] = {
        {"by", NULL, MXS_UNIT_TEXT, 0},
        {"by_both", "in both runs", MXS_UNIT_COUNT, 0},
        {"kind", "what", MXS_UNIT_TEXT, 0},
        {"domains", "domains", MXS_UNIT_COUNT, 0},
        {"share", "share", MXS_UNIT_SHARE, MXS_BASE_ROW},
    };
    if (!diff->by.asked)
        return MXS_OK;
    memcpy(diff->group_columns, columns, sizeof columns);
    diff->group_columns[0].title = diff->by.by.head;
    mxs_table_init(&diff->groups, "by", "Changes by column of the list; shares are of the group's domains in both runs",
                   diff->group_columns, MXS_DIFF_BY_COLUMNS);
    for (uint32_t group = 0; group < diff->by.by.groups.count; group++) {
        bool any = false;
        for (uint32_t what = 0; what < WIDTH; what++)
            any |= mxs_by_totals_find(&diff->by, group, what) > 0;
        if (any)
            put_row(diff, group, "changed", CHANGED, true);
        for (uint32_t kind = 0; kind < MXS_CHANGE_ALL; kind++)
            if (mxs_by_totals_find(&diff->by, group, kind) > 0)
                put_row(diff, group, mxs_change_names[kind], kind,
                        kind != MXS_CHANGE_LEFT && kind != MXS_CHANGE_JOINED);
    }
    return diff->groups.err == MXS_OK ? MXS_OK : mxs_err_set(detail, diff->groups.err, "out of memory");
}
