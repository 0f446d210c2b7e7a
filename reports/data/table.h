/* What every format renders: text, JSON, CSV, Markdown, LaTeX, and whatever comes. A share column names what it is a
 * share of, so that no format can print a percentage without its denominator.
 *
 * In         A query
 * Out        Typed cells, row by row, with what each column counts
 * Units      Each column's unit
 * Limits     Reports are small: everything is in memory. Million-row output (export, diff) does not pass here
 * Errors     Sticky while rows are put; told by mxs_table_fill or mxs_table_error
 * Ownership  init/finish; texts of cells live as long as the table. Columns and words belong to the catalog
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_TABLE_H
#define MXS_REPORTS_DATA_TABLE_H

#include "base/out.h"
#include "db/query.h"

enum mxs_unit {
    MXS_UNIT_TEXT,     /* a name: cut only when nothing else helps */
    MXS_UNIT_PROVIDER, /* a provider's id; its display name for people */
    MXS_UNIT_OPERATOR, /* what a provider is, in words, from its id, kind and country (reports/data/display_name.h) */
    MXS_UNIT_WORD,     /* a word of the data that people may read in other words */
    MXS_UNIT_PROSE,    /* a sentence: wrapped on a terminal */
    MXS_UNIT_COUNT,    /* whole parts, with thousands separators for people */
    MXS_UNIT_DOMAINS,  /* domains; may be a part of one where a mixed domain is credited in equal parts */
    MXS_UNIT_SHARE,    /* 0 .. 1; a percentage for people */
    MXS_UNIT_NUMBER,   /* any number */
    MXS_UNIT_US,       /* microseconds */
    MXS_UNIT_TIME,     /* unix seconds; UTC for people */
    MXS_UNIT_DURATION, /* milliseconds; hours, minutes, seconds for people */
    MXS_UNIT_FLAG,     /* 0 or 1; yes or no for people */
    MXS_UNIT_JSON,     /* a text that is valid JSON: nested as it is in JSON */
    MXS_UNIT_POINTS,   /* a difference of shares, -1 .. 1; percentage points for people */
};

/* What a share is a share of. */
enum mxs_base {
    MXS_BASE_NONE,
    MXS_BASE_ACCEPTED,  /* all names of the run */
    MXS_BASE_RECEIVING, /* domains that can receive mail: mx, implicit_mx */
    MXS_BASE_ROW,       /* said by another column of the same row */
    MXS_BASE_COUNT,
};

struct mxs_column {
    const char *name;  /* "share": a key in JSON, a header in CSV */
    const char *title; /* "share of mail": for people */
    enum mxs_unit unit;
    enum mxs_base base;
};

enum mxs_cell_kind { MXS_CELL_NULL, MXS_CELL_INT, MXS_CELL_REAL, MXS_CELL_TEXT };
struct mxs_cell {
    enum mxs_cell_kind kind;
    int64_t integer;
    double real;
    const char *text;
    size_t size_bytes;
};

struct mxs_table {
    const char *name, *title, *question, *sql;
    const struct mxs_column *columns;
    size_t column_count;
    struct mxs_cell *cells; /* row by row */
    size_t row_count, capacity;
    size_t total_rows;      /* of a table that was cut: how many there are; 0: all are here */
    size_t kept_rows;       /* of these so many are in memory, behind row_count; 0: none more */
    const char *unchecked;  /* what was not asked, and so is unknown in it; NULL: nothing */
    const char *missing;    /* why there are no rows, when it is that nobody asked; NULL: there are none to show */
    int64_t bases[MXS_BASE_COUNT]; /* the denominators, for captions */
    int64_t run_id, started_at;    /* of the run that it is of; 0: of none, or of several */
    const char *list;              /* of that run; its owner's */
    struct mxs_table_chunk *chunks;
    enum mxs_err err;
};

void mxs_table_init(struct mxs_table *table, const char *name, const char *title, const struct mxs_column *columns,
                    size_t column_count);
void mxs_table_finish(struct mxs_table *table);

/* Leaves the first rows; with `grouped`, the first of each value of the first column, which stand together. The others
 * stay in memory, behind row_count, unless grouped. */
void mxs_table_cut(struct mxs_table *table, size_t rows, bool grouped);

/* A new row of NULL cells; NULL when there is no memory. */
struct mxs_cell *mxs_table_row(struct mxs_table *table);
void mxs_table_put_text(struct mxs_table *table, struct mxs_cell *cell, const char *text, size_t size_bytes);
void mxs_table_put_int(struct mxs_cell *cell, int64_t value);
void mxs_table_put_real(struct mxs_cell *cell, double value);

/* Reads all rows of a query that has the table's columns, in order; an error stays in the table or the query. */
void mxs_table_take(struct mxs_table *table, struct mxs_query *query);
/* The same, and finishes the query. */
/* Did every row find room? MXS_ERR_MEMORY: some are missing. */
MXS_CHECK enum mxs_err mxs_table_check(const struct mxs_table *table, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_table_fill(struct mxs_table *table, struct mxs_query *query, struct mxs_detail *detail);

static inline const struct mxs_cell *mxs_table_at(const struct mxs_table *table, size_t row, size_t column)
{
    return &table->cells[row * table->column_count + column];
}

/* "812,345 domains that can receive mail"; NULL for a base that needs no words. */
const char *mxs_base_text(enum mxs_base base, int64_t count, char *out, size_t out_size);

#define MXS_SOURCE_TEXT_SIZE 400
/* "List muni, run 5, 2026-12-02 01:27:56 UTC"; "" where it is of no single run. */
const char *mxs_table_source_text(const struct mxs_table *table, char out[MXS_SOURCE_TEXT_SIZE]);

#define MXS_SHARE_SHOWN 0.0005 /* what moves a share by less does not show: it has one decimal */
#define MXS_CELL_TEXT_SIZE 64
/* A cell's value as text that needs escaping only when it is a text. buffer[MXS_CELL_TEXT_SIZE] may be used.
 * For people: 1,234 and 33.3 %. For machines: 1234 and 0.333; "" for NULL. */
const char *mxs_cell_for_people(const struct mxs_column *column, const struct mxs_cell *cell, char *buffer,
                                size_t *size_bytes);
const char *mxs_cell_for_machines(const struct mxs_column *column, const struct mxs_cell *cell, char *buffer,
                                  size_t *size_bytes);
bool mxs_column_is_number(const struct mxs_column *column);

#endif
