#include <string.h>

#include "reports/format/format.h"

/* A tabular in booktabs style, in a table of its own: \usepackage{booktabs} and [T1]{fontenc} are all it asks for. */

static void put_row(mxs_out *out, const struct mxs_table *table, size_t row)
{
    for (size_t i = 0; i < table->column_count; i++) {
        char buffer[MXS_CELL_TEXT_SIZE];
        size_t size_bytes;
        const char *text = mxs_cell_for_people(&table->columns[i], mxs_table_at(table, row, i), buffer, &size_bytes);
        mxs_out_text(out, i == 0 ? "  " : " & ");
        mxs_out_escaped(out, MXS_ESCAPE_LATEX, text, size_bytes);
    }
    mxs_out_text(out, " \\\\\n");
}

void mxs_format_latex(mxs_out *out, const struct mxs_table *table)
{
    mxs_out_text(out, "\\begin{table}\n\\centering\n\\begin{tabular}{");
    for (size_t i = 0; i < table->column_count; i++)
        mxs_out_text(out, mxs_column_is_number(&table->columns[i]) ? "r"
                          : table->columns[i].unit == MXS_UNIT_PROSE ? "p{0.3\\linewidth}" : "l");
    mxs_out_text(out, "}\n\\toprule\n");
    for (size_t i = 0; i < table->column_count; i++) {
        mxs_out_text(out, i == 0 ? "  " : " & ");
        mxs_out_escaped(out, MXS_ESCAPE_LATEX, table->columns[i].title, strlen(table->columns[i].title));
    }
    mxs_out_text(out, " \\\\\n\\midrule\n");
    for (size_t row = 0; row < table->row_count; row++)
        put_row(out, table, row);
    mxs_out_text(out, "\\bottomrule\n\\end{tabular}\n\\caption{");
    if (table->title != NULL)
        mxs_out_escaped(out, MXS_ESCAPE_LATEX, table->title, strlen(table->title));
    mxs_out_text(out, ". ");
    if (mxs_format_bases(out, MXS_ESCAPE_LATEX, table))
        mxs_out_text(out, ". ");
    mxs_format_put_cut(out, MXS_ESCAPE_LATEX, table);
    char source[MXS_SOURCE_TEXT_SIZE];
    mxs_table_source_text(table, source);
    mxs_out_text(out, source[0] == '\0' ? "" : table->total_rows > table->row_count ? ". " : "");
    mxs_out_escaped(out, MXS_ESCAPE_LATEX, source, strlen(source));
    mxs_out_text(out, source[0] != '\0' ? "." : "");
    mxs_out_text(out, "}\n\\end{table}\n\n");
}
