#include "reports/data/diff_flows.h"

#include <stdlib.h>
#include <string.h>

#include "reports/data/diff_verdicts.h"

static int by_flow(const void *a, const void *b)
{
    const struct mxs_cell *x = a, *y = b;
    int64_t p = x[1].integer + x[2].integer, q = y[1].integer + y[2].integer;
    return p != q ? (p < q ? 1 : -1) : strcmp(x[0].text, y[0].text);
}

static void put_flow(struct mxs_table *flows, const char *provider, int64_t gained, int64_t lost)
{
    size_t row = 0;
    while (row < flows->row_count && strcmp(mxs_table_at(flows, row, 0)->text, provider) != 0)
        row++;
    struct mxs_cell *cells = row < flows->row_count ? &flows->cells[row * flows->column_count] : mxs_table_row(flows);
    if (cells == NULL)
        return;
    if (cells[0].kind == MXS_CELL_NULL)
        mxs_table_put_text(flows, &cells[0], provider, strlen(provider));
    mxs_table_put_int(&cells[1], cells[1].integer + gained);
    mxs_table_put_int(&cells[2], cells[2].integer + lost);
    mxs_table_put_int(&cells[3], cells[1].integer - cells[2].integer);
}

/* Each provider of one text that the other does not name: a filter in front that is given up is no loss of the mailbox
 * behind it. */
static void put_flows(struct mxs_table *flows, const char *text, const char *other, int64_t gained, int64_t lost)
{
    char name[300], earlier[300];
    for (const char *at = text; at != NULL;) {
        const char *next = mxs_diff_provider_next(at, name, sizeof name);
        bool again = false;
        for (const char *before = text; before != at && !again; again = strcmp(earlier, name) == 0)
            before = mxs_diff_provider_next(before, earlier, sizeof earlier);
        if (!again && !mxs_diff_provider_is(other, name))
            put_flow(flows, name, gained, lost);
        at = next;
    }
}

#define FLOWS_FROM 2000 /* the largest movements make the flows: thousands of single ones would tell nothing */

void mxs_diff_flows_read(const struct mxs_table *migrations, struct mxs_table *flows)
{
    for (size_t row = 0; row < migrations->row_count && row < FLOWS_FROM; row++) {
        const struct mxs_cell *cells = mxs_table_at(migrations, row, 0);
        put_flows(flows, cells[0].text, cells[1].text, 0, cells[2].integer);
        put_flows(flows, cells[1].text, cells[0].text, cells[2].integer, 0);
    }
    if (flows->row_count > 1)
        qsort(flows->cells, flows->row_count, flows->column_count * sizeof *flows->cells, by_flow);
}
