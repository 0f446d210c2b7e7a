#include "reports/format.h"

#include <string.h>

const char *const mxs_format_names[MXS_FORMAT_COUNT] = {"text", "json", "csv", "markdown", "latex", "html", "svg", "prometheus"};

void mxs_format_table(mxs_out *out, enum mxs_format format, const struct mxs_table *table, const struct mxs_look *look)
{
    switch (format) {
    case MXS_FORMAT_TEXT: mxs_format_text(out, table, look); break;
    case MXS_FORMAT_JSON: mxs_format_json(out, table); break;
    case MXS_FORMAT_CSV: mxs_format_csv(out, table); break;
    case MXS_FORMAT_MARKDOWN: mxs_format_markdown(out, table); break;
    case MXS_FORMAT_LATEX: mxs_format_latex(out, table); break;
    case MXS_FORMAT_HTML: mxs_format_html(out, table); break;
    case MXS_FORMAT_SVG: mxs_format_svg(out, table); break;
    case MXS_FORMAT_PROMETHEUS: mxs_format_prometheus(out, table, NULL); break;
    case MXS_FORMAT_COUNT: MXS_ASSERT(format != MXS_FORMAT_COUNT);
    }
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
    return any;
}
