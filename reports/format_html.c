#include "reports/page.h"

void mxs_format_html(mxs_out *out, const struct mxs_table *table) { mxs_page_write_table(out, table, 0); }
