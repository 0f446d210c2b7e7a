#include "reports/data/table.h"

#include "base/vector.h"
#include "reports/data/display_name.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNK_SIZE 65536
#define INT64_BOUND 9.2e18 /* whole numbers below are an int64_t */

struct mxs_table_chunk {
    struct mxs_table_chunk *next;
    size_t used, size;
    char bytes[];
};

void mxs_table_init(struct mxs_table *table, const char *name, const char *title, const struct mxs_column *columns,
                    size_t column_count)
{
    memset(table, 0, sizeof *table);
    table->name = name;
    table->title = title;
    table->columns = columns;
    table->column_count = column_count;
}

void mxs_table_finish(struct mxs_table *table)
{
    while (table->chunks != NULL) {
        struct mxs_table_chunk *chunk = table->chunks;
        table->chunks = chunk->next;
        free(chunk);
    }
    free(table->cells);
    table->cells = NULL;
    table->row_count = table->capacity = 0;
}

static bool same_group(const struct mxs_table *table, size_t a, size_t b)
{
    const struct mxs_cell *x = mxs_table_at(table, a, 0), *y = mxs_table_at(table, b, 0);
    return x->kind == MXS_CELL_TEXT && y->kind == MXS_CELL_TEXT && strcmp(x->text, y->text) == 0;
}

void mxs_table_cut(struct mxs_table *table, size_t rows, bool grouped)
{
    size_t kept = 0, total = table->row_count, position = 0;
    if (!grouped && total > rows) {
        table->total_rows = table->kept_rows = total;
        table->row_count = rows;
        return;
    }
    for (size_t row = 0, first = 0; grouped && row < total; row++) {
        if (!same_group(table, row, first)) {
            first = row;
            position = 0;
        }
        if (position++ < rows && kept++ != row)
            memcpy(&table->cells[(kept - 1) * table->column_count], mxs_table_at(table, row, 0),
                   table->column_count * sizeof *table->cells);
    }
    if (grouped && kept < total) {
        table->total_rows = total;
        table->row_count = kept;
    }
}

struct mxs_cell *mxs_table_row(struct mxs_table *table)
{
    if (!mxs_vector_reserve(&table->cells, &table->capacity, table->row_count,
                            table->column_count * sizeof *table->cells)) {
        table->err = MXS_ERR_MEMORY;
        return NULL;
    }
    struct mxs_cell *row = table->cells + table->row_count * table->column_count;
    memset(row, 0, table->column_count * sizeof *row);
    table->row_count++;
    return row;
}

static char *copy_text(struct mxs_table *table, const char *text, size_t size_bytes)
{
    struct mxs_table_chunk *chunk = table->chunks;
    if (chunk == NULL || chunk->size - chunk->used < size_bytes + 1) {
        size_t size = size_bytes + 1 > CHUNK_SIZE ? size_bytes + 1 : CHUNK_SIZE;
        chunk = malloc(sizeof *chunk + size);
        if (chunk == NULL)
            return NULL;
        *chunk = (struct mxs_table_chunk){.next = table->chunks, .size = size};
        table->chunks = chunk;
    }
    char *copy = chunk->bytes + chunk->used;
    memcpy(copy, text, size_bytes);
    copy[size_bytes] = '\0';
    chunk->used += size_bytes + 1;
    return copy;
}

void mxs_table_put_text(struct mxs_table *table, struct mxs_cell *cell, const char *text, size_t size_bytes)
{
    char *copy = copy_text(table, text, size_bytes);
    if (copy == NULL) {
        table->err = MXS_ERR_MEMORY;
        return;
    }
    *cell = (struct mxs_cell){.kind = MXS_CELL_TEXT, .text = copy, .size_bytes = size_bytes};
}

void mxs_table_put_int(struct mxs_cell *cell, int64_t value)
{
    *cell = (struct mxs_cell){.kind = MXS_CELL_INT, .integer = value, .real = (double)value};
}

/* A foreign database may hold any number: what no int64_t can hold is kept as the nearest. */
static int64_t nearest_int(double value)
{
    if (fabs(value) < INT64_BOUND)
        return (int64_t)value;
    return value < 0 ? INT64_MIN : INT64_MAX;
}

void mxs_table_put_real(struct mxs_cell *cell, double value)
{
    *cell = (struct mxs_cell){.kind = MXS_CELL_REAL, .integer = nearest_int(value), .real = value};
}

static void put_column(struct mxs_table *table, struct mxs_cell *cell, struct mxs_query *query, int column)
{
    if (mxs_query_is_null(query, column))
        return;
    enum mxs_unit unit = table->columns[column].unit;
    if (unit == MXS_UNIT_OPERATOR) {
        char buffer[MXS_CELL_TEXT_SIZE];
        mxs_display_operator(mxs_query_column_text(query, column, NULL), buffer, sizeof buffer);
        mxs_table_put_text(table, cell, buffer, strlen(buffer));
        return;
    }
    if (unit == MXS_UNIT_TEXT || unit == MXS_UNIT_PROSE || unit == MXS_UNIT_PROVIDER || unit == MXS_UNIT_WORD ||
        unit == MXS_UNIT_JSON) {
        size_t size_bytes;
        const char *text = mxs_query_column_text(query, column, &size_bytes);
        mxs_table_put_text(table, cell, text, size_bytes);
        return;
    }
    double real = mxs_query_column_real(query, column);
    bool whole = unit != MXS_UNIT_SHARE && unit != MXS_UNIT_POINTS && real == floor(real) && fabs(real) < INT64_BOUND;
    if (whole)
        mxs_table_put_int(cell, mxs_query_column_int(query, column));
    else
        mxs_table_put_real(cell, real);
}

void mxs_table_take(struct mxs_table *table, struct mxs_query *query)
{
    while (table->err == MXS_OK && mxs_query_next(query)) {
        MXS_ASSERT((size_t)mxs_query_column_count(query) >= table->column_count);
        struct mxs_cell *row = mxs_table_row(table);
        for (size_t i = 0; row != NULL && i < table->column_count; i++)
            put_column(table, &row[i], query, (int)i);
    }
}

enum mxs_err mxs_table_check(const struct mxs_table *table, struct mxs_detail *detail)
{
    return table->err == MXS_OK ? MXS_OK : mxs_err_memory(detail, NULL);
}

enum mxs_err mxs_table_fill(struct mxs_table *table, struct mxs_query *query, struct mxs_detail *detail)
{
    mxs_table_take(table, query);
    enum mxs_err err = mxs_query_finish(query, detail);
    return err == MXS_OK ? mxs_table_check(table, detail) : err;
}

const char *mxs_base_text(enum mxs_base base, int64_t count, char *out, size_t out_size)
{
    char number[32];
    mxs_count_text(count, number, sizeof number);
    switch (base) {
    case MXS_BASE_ACCEPTED: snprintf(out, out_size, "all %s names of the run", number); return out;
    case MXS_BASE_RECEIVING:
        snprintf(out, out_size, "the %s domains that can receive mail (mx, implicit_mx)", number);
        return out;
    default: return NULL;
    }
}

bool mxs_column_is_number(const struct mxs_column *column)
{
    static const enum mxs_unit others[] = {MXS_UNIT_TEXT, MXS_UNIT_PROVIDER, MXS_UNIT_WORD, MXS_UNIT_PROSE,
                                           MXS_UNIT_OPERATOR, MXS_UNIT_TIME, MXS_UNIT_FLAG, MXS_UNIT_JSON};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (column->unit == others[i])
            return false;
    return true;
}

static void duration_text(int64_t milliseconds, char *buffer)
{
    long long s = milliseconds / 1000;
    if (s < 1)
        snprintf(buffer, MXS_CELL_TEXT_SIZE, "%lld ms", (long long)milliseconds);
    else if (s < 60)
        snprintf(buffer, MXS_CELL_TEXT_SIZE, "%.1f s", (double)milliseconds / 1000.0);
    else if (s < 3600)
        snprintf(buffer, MXS_CELL_TEXT_SIZE, "%lld min %02lld s", s / 60, s % 60);
    else
        snprintf(buffer, MXS_CELL_TEXT_SIZE, "%lld h %02lld min", s / 3600, s / 60 % 60);
}

static void time_text(int64_t seconds, char *buffer)
{
    time_t at = (time_t)seconds;
    struct tm utc;
    if (gmtime_r(&at, &utc) == NULL || strftime(buffer, MXS_CELL_TEXT_SIZE, "%Y-%m-%d %H:%M:%S UTC", &utc) == 0)
        snprintf(buffer, MXS_CELL_TEXT_SIZE, "%lld", (long long)seconds);
}

const char *mxs_cell_for_people(const struct mxs_column *column, const struct mxs_cell *cell, char *buffer,
                                size_t *size_bytes)
{
    if (cell->kind == MXS_CELL_TEXT) {
        const char *text = column->unit == MXS_UNIT_PROVIDER
                               ? mxs_display_name(cell->text, buffer, MXS_CELL_TEXT_SIZE)
                           : column->unit == MXS_UNIT_WORD ? mxs_display_word(cell->text)
                                                           : cell->text;
        *size_bytes = text == cell->text ? cell->size_bytes : strlen(text);
        return text;
    }
    buffer[0] = '\0';
    if (cell->kind != MXS_CELL_NULL) {
        switch (column->unit) {
        case MXS_UNIT_SHARE: mxs_share_text(cell->real, buffer); break;
        case MXS_UNIT_POINTS: /* never "-0.0" */
            snprintf(buffer, MXS_CELL_TEXT_SIZE, fabs(cell->real) < 0.0005 ? "0.0" : "%+.1f", cell->real * 100);
            break;
        case MXS_UNIT_US: snprintf(buffer, MXS_CELL_TEXT_SIZE, "%.1f ms", cell->real / 1000); break;
        case MXS_UNIT_TIME: time_text(cell->integer, buffer); break;
        case MXS_UNIT_DURATION: duration_text(cell->integer, buffer); break;
        case MXS_UNIT_FLAG: snprintf(buffer, MXS_CELL_TEXT_SIZE, "%s", cell->integer ? "yes" : "no"); break;
        case MXS_UNIT_DOMAINS: mxs_count_text((int64_t)llround(cell->real), buffer, MXS_CELL_TEXT_SIZE); break;
        default:
            if (cell->kind == MXS_CELL_INT)
                mxs_count_text(cell->integer, buffer, MXS_CELL_TEXT_SIZE);
            else if (fabs(cell->real) >= 1000)
                mxs_count_text((int64_t)llround(cell->real), buffer, MXS_CELL_TEXT_SIZE);
            else
                snprintf(buffer, MXS_CELL_TEXT_SIZE, "%.2f", cell->real);
        }
    }
    *size_bytes = strlen(buffer);
    return buffer;
}

const char *mxs_cell_for_machines(const struct mxs_column *column, const struct mxs_cell *cell, char *buffer,
                                  size_t *size_bytes)
{
    (void)column;
    if (cell->kind == MXS_CELL_TEXT) {
        *size_bytes = cell->size_bytes;
        return cell->text;
    }
    buffer[0] = '\0';
    if (cell->kind == MXS_CELL_INT)
        snprintf(buffer, MXS_CELL_TEXT_SIZE, "%lld", (long long)cell->integer);
    else if (cell->kind == MXS_CELL_REAL)
        /* six digits are enough for a share, not for two million domains */
        snprintf(buffer, MXS_CELL_TEXT_SIZE, fabs(cell->real) < 1000 ? "%.6g" : "%.12g", cell->real);
    *size_bytes = strlen(buffer);
    return buffer;
}

const char *mxs_table_source_text(const struct mxs_table *table, char out[MXS_SOURCE_TEXT_SIZE])
{
    static const struct mxs_column when = {"at", "at", MXS_UNIT_TIME, 0};
    struct mxs_cell cell;
    char buffer[MXS_CELL_TEXT_SIZE];
    size_t size_bytes;
    out[0] = '\0';
    if (table->started_at == 0)
        return out;
    mxs_table_put_int(&cell, table->started_at);
    snprintf(out, MXS_SOURCE_TEXT_SIZE, "List %s, run %lld, %s", table->list != NULL ? table->list : "unknown",
             (long long)table->run_id, mxs_cell_for_people(&when, &cell, buffer, &size_bytes));
    return out;
}
