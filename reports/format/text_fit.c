#include "reports/format/internal/text_fit.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define PROSE_MIN 20   /* columns of a sentence: before it gets less, texts are cut to TEXT_MIN */
#define PROSE_LEAST 12 /* before it gets less, texts are cut to TEXT_LEAST */
#define TEXT_MIN 12    /* columns of a text that is cut */
#define TEXT_LEAST 8   /* "critical" and "mailbox" are whole */
#define WHOLE SIZE_MAX
#define FOLDED_MOST 3  /* lines of a text in a row */
#define MARK "\xE2\x80\xA6"
#define STACK_BELOW 34 /* columns: sentences that would get less stand below their row */

bool mxs_fit_is_unicode(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }

/* The bytes of the character at text, and the columns it takes on the screen; 0: the locale cannot print it. */
static size_t step(const char *text, size_t *columns)
{
    mbstate_t state = {0};
    wchar_t wide;
    size_t size = mbrtowc(&wide, text, MB_CUR_MAX, &state);
    int width = size == 0 || size > MB_CUR_MAX ? -1 : wcwidth(wide);
    *columns = width < 0 ? 0 : (size_t)width;
    return width < 0 ? 0 : size;
}

/* Columns of a shown text. */
size_t mxs_fit_width(const char *text)
{
    size_t width = 0, columns;
    for (size_t size; (size = step(text, &columns)) > 0; text += size)
        width += columns;
    return width;
}

/* A text with nothing in it that the locale cannot print: such bytes are told as \xNN. libsmartcols would count and cut
 * them in another way than we do, and never ends on half a character. Takes the text; NULL: no memory. */
char *mxs_fit_printable(char *text)
{
    char *made = text == NULL ? NULL : malloc(strlen(text) * 4 + 1), *to = made;
    size_t columns;
    for (const char *at = text; made != NULL && *at != '\0';) {
        size_t size = step(at, &columns);
        if (size > 0)
            to = mempcpy(to, at, size);
        else
            to += sprintf(to, "\\x%02x", (unsigned char)*at);
        at += size > 0 ? size : 1;
    }
    if (made != NULL)
        *to = '\0';
    free(text);
    return made;
}

/* The cell as it is shown; the caller frees it. */
char *mxs_fit_shown(const struct mxs_table *table, size_t row, size_t column)
{
    char buffer[MXS_CELL_TEXT_SIZE];
    size_t size_bytes;
    const char *text =
        mxs_cell_for_people(&table->columns[column], mxs_table_at(table, row, column), buffer, &size_bytes);
    return mxs_fit_printable(mxs_out_escaped_copy(MXS_ESCAPE_TERMINAL, text, size_bytes));
}

/* Of the cells alone. */
static size_t cells_width(const struct mxs_table *table, size_t column)
{
    size_t widest = 0;
    for (size_t row = 0; row < table->row_count; row++) {
        char *text = mxs_fit_shown(table, row, column);
        size_t here = text != NULL ? mxs_fit_width(text) : 0;
        widest = here > widest ? here : widest;
        free(text);
    }
    return widest;
}

size_t mxs_fit_widest(const struct mxs_table *table, size_t column)
{
    size_t cells = cells_width(table, column), title = mxs_fit_width(table->columns[column].title);
    return cells > title ? cells : title;
}

/* What is typed again, in `explain` or after --finding, is whole; so is a state: behind its word stands how far it
 * is. */
bool mxs_fit_is_cut(const struct mxs_column *column)
{
    static const char *const whole[] = {"domain", "finding", "state"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (strcmp(column->name, whole[i]) == 0)
            return false;
    return column->unit == MXS_UNIT_TEXT || column->unit == MXS_UNIT_WORD || column->unit == MXS_UNIT_OPERATOR;
}

/* So much is shown at least of a value of a column of the list, which is typed again after --where and may be a
 * kilobyte, and of what a row is about. */
#define SUBJECT_LEAST 32

size_t mxs_fit_limit(const struct mxs_column *column, size_t cut)
{
    bool subject = strcmp(column->name, "by") == 0 || strcmp(column->title, "what") == 0;
    return subject && cut < SUBJECT_LEAST ? SUBJECT_LEAST : cut;
}

/* What is measured once of each column. */
struct widths {
    size_t cells[MXS_FIT_COLUMNS_MAX];
    size_t title[MXS_FIT_COLUMNS_MAX]; /* in one line */
    size_t word[MXS_FIT_COLUMNS_MAX];  /* the longest of the title */
};

static size_t longest_word(const char *title)
{
    size_t longest = 0, here = 0, columns;
    for (size_t size; (size = step(title, &columns)) > 0; title += size) {
        here = *title == ' ' ? 0 : here + columns;
        longest = here > longest ? here : longest;
    }
    return longest;
}

static void measure(const struct mxs_table *table, struct widths *widths)
{
    MXS_ASSERT(table->column_count <= MXS_FIT_COLUMNS_MAX);
    for (size_t i = 0; i < table->column_count; i++) {
        widths->cells[i] = table->columns[i].unit == MXS_UNIT_PROSE ? 0 : cells_width(table, i);
        widths->title[i] = mxs_fit_width(table->columns[i].title);
        widths->word[i] = longest_word(table->columns[i].title);
    }
}

static size_t column_width(const struct mxs_table *table, const struct widths *widths, size_t i, size_t cut,
                           bool wrapped)
{
    size_t cells = widths->cells[i], title = wrapped ? widths->word[i] : widths->title[i];
    size_t limit = mxs_fit_limit(&table->columns[i], cut);
    if (mxs_fit_is_cut(&table->columns[i]) && cells > limit)
        cells = limit;
    return cells > title ? cells : title;
}

/* What the columns in the row take when a sentence gets so much, and texts are cut at `cut`. places NULL: all are. */
static size_t row_width(const struct mxs_table *table, const struct widths *widths, const enum mxs_place *places,
                        size_t prose, size_t cut, bool wrapped)
{
    size_t used = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        if (places != NULL && places[i] != MXS_PLACE_ROW)
            continue;
        used += MXS_FIT_SEPARATOR;
        used += table->columns[i].unit == MXS_UNIT_PROSE ? prose : column_width(table, widths, i, cut, wrapped);
    }
    return used;
}

/* Fits a table with at least one column in its row. */
struct mxs_fit mxs_fit_find(const struct mxs_table *table, const struct mxs_style *style)
{
    struct mxs_fit fit = {.text = WHOLE, .bars = MXS_FIT_NO_BARS};
    struct widths widths;
    size_t prose = 0, longest = 0;
    if (style->width == 0)
        return fit;
    measure(table, &widths);
    for (size_t i = 0; i < table->column_count; i++) {
        prose += table->columns[i].unit == MXS_UNIT_PROSE;
        longest = widths.cells[i] > longest ? widths.cells[i] : longest;
    }
    fit.wrap_titles = row_width(table, &widths, NULL, STACK_BELOW, WHOLE, false) > style->width;
    if (row_width(table, &widths, NULL, PROSE_MIN, WHOLE, fit.wrap_titles) > style->width)
        fit.text = longest;
    while (fit.text != WHOLE && fit.text > TEXT_LEAST &&
           row_width(table, &widths, NULL, fit.text > TEXT_MIN ? PROSE_MIN : PROSE_LEAST, fit.text, fit.wrap_titles) >
               style->width)
        fit.text--;
    size_t used = row_width(table, &widths, NULL, 0, fit.text, fit.wrap_titles);
    if (prose > 0)
        fit.prose = style->width < used + prose * PROSE_LEAST ? PROSE_LEAST : (style->width - used) / prose;
    for (size_t i = 0; style->bars && prose == 0 && i < table->column_count; i++)
        if (table->columns[i].unit == MXS_UNIT_SHARE && strcmp(table->columns[i].name, "share") == 0 &&
            used + MXS_FIT_SEPARATOR + MXS_FIT_BAR_WIDTH <= style->width)
            fit.bars = i;
    return fit;
}

/* Cuts a text to so many columns of the screen, the last of them a mark. Takes the text; NULL: no memory. */
char *mxs_fit_cut(char *text, size_t width)
{
    if (text == NULL || width == WHOLE || mxs_fit_width(text) <= width)
        return text;
    size_t used = 0, at = 0, columns;
    for (size_t size; (size = step(text + at, &columns)) > 0 && used + columns < width; at += size)
        used += columns;
    char *made = realloc(text, at + sizeof MARK);
    if (made == NULL)
        free(text);
    else
        strcpy(made + at, mxs_fit_is_unicode() ? MARK : "~");
    return made;
}

/* Of the widest line of a text. */
static size_t line_width(const char *text)
{
    size_t widest = 0, here = 0, columns;
    for (size_t size = 1; *text != '\0' && size > 0; text += *text == '\n' ? 1 : size) {
        size = *text == '\n' ? 1 : step(text, &columns);
        here = *text == '\n' || size == 0 ? 0 : here + columns;
        widest = here > widest ? here : widest;
    }
    return widest;
}

bool mxs_fit_fold(char *text, size_t width)
{
    char *copy = strdup(text);
    bool folds = copy != NULL && width != WHOLE && mxs_fit_wrap(copy, width) <= FOLDED_MOST &&
                 line_width(copy) <= width;
    if (folds)
        strcpy(text, copy);
    free(copy);
    return folds || width == WHOLE;
}

size_t mxs_fit_wrap(char *text, size_t width)
{
    size_t line = 0, word = 0, lines = 1, columns;
    char *space = NULL;
    for (size_t size; (size = step(text, &columns)) > 0; text += size) {
        if (*text == ' ')
            space = text;
        line += columns;
        word = space == text ? 0 : word + columns;
        if (line > width && space != NULL) {
            *space = '\n';
            line = word;
            space = NULL;
            lines++;
        }
    }
    return lines;
}

char *mxs_fit_title(const struct mxs_table *table, size_t column, const struct mxs_fit *fit)
{
    char *title = mxs_fit_printable(strdup(table->columns[column].title));
    size_t width = longest_word(table->columns[column].title), cells = cells_width(table, column);
    size_t limit = mxs_fit_limit(&table->columns[column], fit->text);
    if (mxs_fit_is_cut(&table->columns[column]) && cells > limit)
        cells = limit;
    if (title != NULL && fit->wrap_titles && table->columns[column].unit != MXS_UNIT_PROSE)
        mxs_fit_wrap(title, cells > width ? cells : width);
    return title;
}

/* A column without a value in any row says nothing; on paper and in a file it stays, on a terminal room is dear. */
bool mxs_fit_is_empty(const struct mxs_table *table, size_t column)
{
    size_t row = 0;
    while (row < table->row_count && mxs_table_at(table, row, column)->kind == MXS_CELL_NULL)
        row++;
    return row == table->row_count;
}

static bool is_zero(const struct mxs_table *table, size_t column)
{
    size_t row = 0;
    while (row < table->row_count && mxs_table_at(table, row, column)->kind == MXS_CELL_INT &&
           mxs_table_at(table, row, column)->integer == 0)
        row++;
    return row == table->row_count && table->columns[column].unit == MXS_UNIT_COUNT;
}

void mxs_fit_place(const struct mxs_table *table, const struct mxs_style *style, enum mxs_place *places)
{
    struct widths widths;
    size_t prose = 0, last = table->column_count;
    for (size_t i = 0; i < table->column_count; i++)
        places[i] = mxs_fit_is_empty(table, i) ? MXS_PLACE_NOWHERE : MXS_PLACE_ROW;
    if (style->width == 0)
        return;
    measure(table, &widths);
    bool tight = row_width(table, &widths, places, PROSE_MIN, WHOLE, false) > style->width;
    for (size_t i = 0; i < table->column_count; i++) {
        if (tight && places[i] == MXS_PLACE_ROW && is_zero(table, i))
            places[i] = MXS_PLACE_ZERO;
        prose += places[i] == MXS_PLACE_ROW && table->columns[i].unit == MXS_UNIT_PROSE;
    }
    bool stacked = prose > 0 && prose < table->column_count &&
                   row_width(table, &widths, places, STACK_BELOW, WHOLE, true) > style->width;
    for (size_t i = 0; stacked && i < table->column_count; i++)
        if (places[i] == MXS_PLACE_ROW && table->columns[i].unit == MXS_UNIT_PROSE)
            places[i] = MXS_PLACE_BELOW;
    while (last-- > 1 && row_width(table, &widths, places, PROSE_LEAST, TEXT_LEAST, true) > style->width)
        if (places[last] == MXS_PLACE_ROW)
            places[last] = MXS_PLACE_BELOW;
}
