/* Which column of a table holds the names: by what its header says, in the languages lists come in, and by what stands
 * in it. CSV has columns by place, JSON lines by key.
 *
 * In         Headers and the cells of the first rows
 * Out        The column, why, and how sure that is; which columns are kept as facets
 * Units      Columns from 0
 * Limits     MXS_COLUMNS_MAX are looked at; what stands behind them is neither chosen nor kept
 * Errors     MXS_ERR_INPUT with a sentence: no column of names, none of that name, more than MXS_FACETS_MAX kept
 * Ownership  init/finish
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_INPUT_INTERNAL_COLUMNS_H
#define MXS_SCANNER_INPUT_INTERNAL_COLUMNS_H

#include "scanner/input/entry.h"

#define MXS_COLUMNS_MAX 512
#define MXS_COLUMN_HEAD_MAX 100
#define MXS_COLUMN_NONE UINT32_MAX
#define MXS_COLUMN_RANK_WEAK 100u /* of a header that has the word among others */

/* What a header promises, the most telling first. */
enum mxs_column_kind {
    MXS_COLUMN_DOMAIN,
    MXS_COLUMN_ORIGIN,
    MXS_COLUMN_WEBSITE,
    MXS_COLUMN_MAIL,
    MXS_COLUMN_RANK,
    MXS_COLUMN_OTHER
};

struct mxs_input_column {
    char head[MXS_COLUMN_HEAD_MAX + 4]; /* "" where there is none */
    enum mxs_column_kind kind;
    uint32_t rank;      /* of the kind's words: 0 the first and most telling */
    uint32_t depth;     /* of a JSON key: dots in it */
    uint32_t rows, filled, names, numbers; /* of the first rows; names have a dot */
    bool head_is_name;  /* the cell of the first row is a name itself */
};

struct mxs_columns {
    struct mxs_input_column *items;
    uint32_t count;
    bool has_header;
    bool more; /* than MXS_COLUMNS_MAX stand in the first row */
    bool long_keys; /* of JSON, over MXS_COLUMN_HEAD_MAX: neither chosen nor kept */
};

MXS_CHECK enum mxs_err mxs_columns_init(struct mxs_columns *columns, struct mxs_detail *detail);
void mxs_columns_finish(struct mxs_columns *columns);
void mxs_columns_reset(struct mxs_columns *columns);
/* Counts a cell of a column. */
void mxs_columns_put(struct mxs_columns *columns, uint32_t column, struct mxs_text cell);
/* Names a column by its header. */
void mxs_columns_head(struct mxs_columns *columns, uint32_t column, struct mxs_text head);
enum mxs_column_kind mxs_column_kind_of(struct mxs_text head, uint32_t *rank);
/* The column of the most names, headers counting first; MXS_COLUMN_NONE. *equal: another one that is as good, or
 * MXS_COLUMN_NONE. */
uint32_t mxs_columns_best(const struct mxs_columns *columns, uint32_t *equal);
/* A column in more of whose cells names stand than in those of this one, the fullest; MXS_COLUMN_NONE. */
uint32_t mxs_columns_fuller(const struct mxs_columns *columns, uint32_t column);
/* The column of that name or number (from 1). */
MXS_CHECK enum mxs_err mxs_columns_find(const struct mxs_columns *columns, const char *path, const char *option,
                                        struct mxs_text wanted, uint32_t *out, struct mxs_detail *detail);
/* Words for the end of a sentence that columns behind MXS_COLUMNS_MAX are not read; "" where there are none. */
const char *mxs_columns_unread(const struct mxs_columns *columns);
/* --keep: fills kept (MXS_FACETS_MAX) with columns; `taken`, the column of the names, is not kept by `all`. */
MXS_CHECK enum mxs_err mxs_columns_keep(const struct mxs_columns *columns, const char *path, const char *keep,
                                        uint32_t taken, uint32_t *kept, uint32_t *kept_count,
                                        struct mxs_detail *detail);
/* What a person calls a column: its header, "rank", or its number. out: MXS_COLUMN_HEAD_MAX + 4 bytes. */
void mxs_columns_name(const struct mxs_columns *columns, uint32_t column, char *out);

#endif
