/* How a table is fitted to the columns of a screen. What does not fit gives way in this order: counts that are 0
 * everywhere leave the row, titles take several lines, sentences leave it, texts are cut and marked, columns stand
 * below their row. Numbers, times and what is typed again are never cut.
 *
 * In         Tables, a width
 * Out        Which columns stand where, and how wide a text may be
 * Units      Columns of the screen
 * Errors     NULL: no memory
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_FORMAT_INTERNAL_TEXT_FIT_H
#define MXS_REPORTS_FORMAT_INTERNAL_TEXT_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "reports/format/format.h"

#define MXS_FIT_COLUMNS_MAX 512 /* a trend has one per run */
#define MXS_FIT_BAR_WIDTH 12
#define MXS_FIT_SEPARATOR 2
#define MXS_FIT_NO_BARS SIZE_MAX

/* Where a column of a table stands. */
enum mxs_place {
    MXS_PLACE_ROW,
    MXS_PLACE_NOWHERE, /* it has no value in any row */
    MXS_PLACE_ZERO,    /* told once below the table: 0 in every row */
    MXS_PLACE_BELOW,   /* below each row: a sentence, or what found no room */
};

struct mxs_fit {
    size_t text;      /* a text may be so wide; SIZE_MAX: it is not cut */
    size_t prose;     /* a line of a sentence; 0: as long as it is */
    size_t bars;      /* the column that gets bars; MXS_FIT_NO_BARS: none */
    bool wrap_titles; /* between words, where the column is narrower */
};

bool mxs_fit_is_unicode(void);
/* Columns of a shown text. */
size_t mxs_fit_width(const char *text);
size_t mxs_fit_widest(const struct mxs_table *table, size_t column);
/* A text with nothing in it that the locale cannot print: such bytes are told as \xNN. Takes the text. */
char *mxs_fit_printable(char *text);
/* The cell as it is shown; the caller frees it. */
char *mxs_fit_shown(const struct mxs_table *table, size_t row, size_t column);
/* Whether a column has no value in any row. */
bool mxs_fit_is_empty(const struct mxs_table *table, size_t column);
/* Whether a text may be cut where there is no room. */
bool mxs_fit_is_cut(const struct mxs_column *column);
/* Columns of a text that is cut where others of the table have `cut`. */
size_t mxs_fit_limit(const struct mxs_column *column, size_t cut);
/* Cuts a text to so many columns of the screen, the last of them a mark. Takes the text. */
char *mxs_fit_cut(char *text, size_t width);
/* Breaks a text between words into a few lines of that width; false, and as it was: they are too few, or a word is too
 * long. */
bool mxs_fit_fold(char *text, size_t width);
/* Breaks a text between words; a word that is longer than the line stays whole. Returns the lines. */
size_t mxs_fit_wrap(char *text, size_t width);
/* A title in the lines its column has room for; the caller frees it. */
char *mxs_fit_title(const struct mxs_table *table, size_t column, const struct mxs_fit *fit);

void mxs_fit_place(const struct mxs_table *table, const struct mxs_style *style, enum mxs_place *places);
/* table: of the columns that stand in the row alone. */
struct mxs_fit mxs_fit_find(const struct mxs_table *table, const struct mxs_style *style);

#endif
