/* Tables with comma, semicolon, tab or bar between the cells, by libcsv, row by row. A quote that is never closed costs
 * its own line: what follows is read again from the next line on. So is what follows a cell that goes on behind its
 * closing quote ("Foo" GmbH) and, with it, over a line end: its first line is a row of its own.
 *
 * Spec       @rfc{4180,2}
 * In         A window at the beginning of a row
 * Out        The values of one column as entries, with the cells that are kept; what is no row as a reject with its
 *            line
 * Units      Rows begin at a line, from 1
 * Limits     A row of MXS_LIST_LINE_MAX bytes; MXS_CSV_RESCANS quotes that are never closed are read over, later ones
 *            end at their line
 * Errors     MXS_ERR_END alone: the window's own failure stands in the window; MXS_ERR_MEMORY
 * Ownership  open/finish; an entry's views live until the next call
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_CSV_H
#define MXS_SCANNER_INPUT_INTERNAL_CSV_H

#include <csv.h>

#include "scanner/input/internal/cell.h"
#include "scanner/input/internal/columns.h"
#include "scanner/input/internal/buffer.h"

#define MXS_CSV_RESCANS 1000u
#define MXS_CSV_SAMPLE_ROWS 1000u
/* Of a table of one column: nothing parts its cells but line ends, and it has comments as a plain list has. */
#define MXS_CSV_NO_MARK '\x1F'

/* What the first rows look like when they are cut at one mark. */
struct mxs_csv_shape {
    char delimiter, said;         /* said: by a line in front, else NUL */
    size_t preamble_bytes;        /* comments, and Excel's "sep=;" */
    uint32_t preamble_lines;
    uint32_t rows;                /* behind the first */
    uint32_t width, width_rows;   /* the most frequent number of cells, and how many rows have it, the first too */
    uint32_t head_width;          /* of the first row */
    bool head_known;              /* the first row has a word that people head columns with */
    uint32_t best, equal;         /* column of names, or MXS_COLUMN_NONE */
};

struct mxs_csv {
    struct mxs_buffer *buffer;
    struct csv_parser parser;
    bool open;
    bool comments;       /* may stand in a cell */
    uint32_t width;      /* of a row */
    uint32_t column;     /* of the names */
    uint32_t kept[MXS_FACETS_MAX], kept_count;
    bool drop_www;
    const char *head;    /* of the column of the names; NULL: there is no header */
    bool header_due;     /* the next row is the header */
    uint32_t rescans;
    struct mxs_list_counts counts;
    /* the row */
    uint64_t line;
    uint32_t columns;
    bool row_over, wide, cell_due;
    bool assumed, assumed_kept; /* Windows-1252: the cell of the names, a kept one */
    uint32_t nul_kept, cut_kept;
    bool quotes_end;     /* a stray quote ends what is quoted */
    bool stray, strays;  /* a quoted cell had one: the cell that is open, any */
    bool torn;           /* such a cell ran over a line end */
    struct mxs_text *cells; /* NULL, or where all of a row go, MXS_COLUMNS_MAX at most */
    char *text;          /* its cells, one after the other */
    uint32_t used;
    struct mxs_text row; /* as it was read */
    struct mxs_text cell_text;
    struct mxs_input_cell cell;
    struct mxs_facet_value facets[MXS_FACETS_MAX];
    uint32_t facet_count;
    char long_text[MXS_LINE_TEXT_MAX + 4];
};

/* The mark that a line in front of the rows says ("sep=;"), or NUL. */
char mxs_csv_said_mark(const struct mxs_buffer *buffer);
/* Cuts the buffered rows at delimiter and counts what stands in their columns. The buffer is as it was, behind it. */
MXS_CHECK enum mxs_err mxs_csv_shape(struct mxs_buffer *buffer, char delimiter, struct mxs_columns *columns,
                                     struct mxs_csv_shape *out, struct mxs_detail *detail);
/* Whether the first row heads columns or is one of many. Where it is one, it is counted as one. */
bool mxs_csv_head(struct mxs_csv_shape *shape, struct mxs_columns *columns);
MXS_CHECK enum mxs_err mxs_csv_open(struct mxs_csv *csv, struct mxs_buffer *buffer, const struct mxs_csv_shape *shape,
                                    struct mxs_detail *detail);
void mxs_csv_finish(struct mxs_csv *csv);
/* name: MXS_NAME_TEXT_MAX + 1 bytes. */
enum mxs_err mxs_csv_next(struct mxs_csv *csv, char *name, struct mxs_entry *out);

#endif
