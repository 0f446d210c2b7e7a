#include "reports/data/by_totals.h"

#include <stdlib.h>

enum mxs_err mxs_by_totals_open(struct mxs_by_totals *totals, mxs_store *store, const struct mxs_run *run,
                                const struct mxs_run *before, const struct mxs_by_ask *ask, uint32_t width,
                                struct mxs_detail *detail)
{
    *totals = (struct mxs_by_totals){.asked = ask->spec != NULL, .people = ask->people, .width = width};
    if (!totals->asked)
        return MXS_OK;
    enum mxs_err err = mxs_by_open_groups(&totals->by, store, run, before, ask->spec, ask->most, detail);
    totals->refused = err == MXS_ERR_INPUT;
    if (err == MXS_OK &&
        (totals->counts = calloc((size_t)totals->by.groups.count * width, sizeof *totals->counts)) == NULL)
        err = mxs_err_memory(detail, NULL);
    return err;
}

void mxs_by_totals_close(struct mxs_by_totals *totals)
{
    if (totals->asked)
        mxs_by_finish(&totals->by);
    free(totals->counts);
    *totals = (struct mxs_by_totals){.refused = totals->refused};
}

void mxs_by_totals_put(struct mxs_by_totals *totals, int64_t domain, bool earlier, uint32_t what)
{
    uint32_t groups[MXS_BY_WITHIN];
    uint32_t count =
        totals->asked ? mxs_by_groups_of(&totals->by, (uint32_t)domain, earlier, groups, MXS_BY_WITHIN) : 0;
    for (uint32_t i = 0; i < count; i++)
        totals->counts[(size_t)groups[i] * totals->width + what]++;
}

int64_t mxs_by_totals_find(const struct mxs_by_totals *totals, uint32_t group, uint32_t what)
{
    return totals->counts[(size_t)group * totals->width + what];
}

struct mxs_cell *mxs_by_totals_row(const struct mxs_by_totals *totals, uint32_t group, struct mxs_table *table)
{
    struct mxs_cell *cells = mxs_table_row(table);
    if (cells != NULL)
        mxs_by_put_group(&totals->by, group, totals->people, table, &cells[0]);
    return cells;
}
