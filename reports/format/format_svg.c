#include "reports/format/chart_table.h"
#include "reports/format/format.h"

void mxs_format_svg(mxs_out *out, const struct mxs_table *table)
{
    if (mxs_chart_put_table(out, table, "figure", true, 0))
        return;
    const struct mxs_chart_head head = {
        .id = "figure", .title = table->title != NULL ? table->title : "", .text = "Nothing to draw.", .alone = true};
    mxs_chart_put_bars(out, &head, NULL, 0, false);
}
