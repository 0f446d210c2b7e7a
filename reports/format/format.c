#include "reports/format/format.h"

#include <stdio.h>
#include <string.h>

const char *const mxs_format_names[MXS_FORMAT_COUNT] = {"text",  "json", "csv", "markdown",
                                                        "latex", "html", "svg", "prometheus"};

void mxs_format_put_cut(mxs_out *out, enum mxs_escape escape, const struct mxs_table *table)
{
    char shown[32], total[32], text[128];
    if (table->total_rows <= table->row_count)
        return;
    /* How to see more is for whoever typed the command, not for the paper that the table goes into. */
    snprintf(text, sizeof text, "%s of %s rows%s", mxs_count_text((int64_t)table->row_count, shown, sizeof shown),
             mxs_count_text((int64_t)table->total_rows, total, sizeof total),
             escape == MXS_ESCAPE_TERMINAL ? " (--limit N shows more)" : "");
    mxs_out_escaped(out, escape, text, strlen(text));
}

bool mxs_format_bases(mxs_out *out, enum mxs_escape escape, const struct mxs_table *table)
{
    bool any = false;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct mxs_column *column = &table->columns[i];
        char words[160];
        if (mxs_base_text(column->base, table->bases[column->base], words, sizeof words) == NULL)
            continue;
        mxs_out_text(out, any ? "; " : "");
        mxs_out_escaped(out, escape, column->title, strlen(column->title));
        mxs_out_text(out, ": of ");
        mxs_out_escaped(out, escape, words, strlen(words));
        any = true;
    }
    if (table->unchecked != NULL) {
        mxs_out_text(out, any ? "; " : "");
        mxs_out_escaped(out, escape, table->unchecked, strlen(table->unchecked));
    }
    return any || table->unchecked != NULL;
}
