#include "reports/data/by_tally.h"

#include <stdlib.h>

enum mxs_err mxs_by_tally_open(struct mxs_by_tally *tally, mxs_store *store, const struct mxs_run *run, const struct mxs_run *before,
                               const struct mxs_by_ask *ask, uint32_t width, struct mxs_detail *detail)
{
    *tally = (struct mxs_by_tally){.asked = ask->spec != NULL, .people = ask->people, .width = width};
    if (!tally->asked)
        return MXS_OK;
    enum mxs_err err = mxs_by_open_groups(&tally->by, store, run, before, ask->spec, ask->most, detail);
    tally->refused = err == MXS_ERR_INPUT;
    if (err == MXS_OK && (tally->counts = calloc((size_t)tally->by.groups.count * width, sizeof *tally->counts)) == NULL)
        err = mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory");
    return err;
}

void mxs_by_tally_close(struct mxs_by_tally *tally)
{
    if (tally->asked)
        mxs_by_finish(&tally->by);
    free(tally->counts);
    *tally = (struct mxs_by_tally){.refused = tally->refused};
}

void mxs_by_tally_put(struct mxs_by_tally *tally, int64_t domain, bool earlier, uint32_t what)
{
    uint32_t groups[MXS_BY_WITHIN];
    uint32_t count = tally->asked ? mxs_by_groups_of(&tally->by, (uint32_t)domain, earlier, groups, MXS_BY_WITHIN) : 0;
    for (uint32_t i = 0; i < count; i++)
        tally->counts[(size_t)groups[i] * tally->width + what]++;
}

int64_t mxs_by_tally_find(const struct mxs_by_tally *tally, uint32_t group, uint32_t what)
{
    return tally->counts[(size_t)group * tally->width + what];
}

struct mxs_cell *mxs_by_tally_row(const struct mxs_by_tally *tally, uint32_t group, struct mxs_table *table)
{
    struct mxs_cell *cells = mxs_table_row(table);
    if (cells != NULL)
        mxs_by_put_group(&tally->by, group, tally->people, table, &cells[0]);
    return cells;
}
