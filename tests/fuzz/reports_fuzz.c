/* Texts from strangers in the cells of a table, through every format of reports.
 *
 * Rooms  reports/command
 *
 * The first two octets are numbers; the rest is the texts, parted by NUL NUL. What a format may become is judged by
 * others: CSV by a strict reader here, JSON by SQLite, and markup by comparison: the same table with harmless words
 * must have as many brackets, quotes, bars and lines. */
#include <locale.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "reports/format/format.h"
#include "reports/page/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXTS_MAX = 24, COLUMNS = 4 };

struct texts {
    const char *data[TEXTS_MAX];
    size_t size_bytes[TEXTS_MAX];
    size_t count, width;
    double number;
};

static const struct mxs_column columns[COLUMNS] = {
    {"name", "name", MXS_UNIT_TEXT, MXS_BASE_NONE},
    {"domains", "domains", MXS_UNIT_DOMAINS, MXS_BASE_NONE},
    {"share", "share", MXS_UNIT_SHARE, MXS_BASE_RECEIVING},
    {"advice", "what to do", MXS_UNIT_PROSE, MXS_BASE_NONE},
};

/* The table in a format, as a NUL-terminated text; harmless: every text is a word. */
static char *rendered(const struct texts *texts, enum mxs_format format, bool harmless, size_t *size_bytes)
{
    struct mxs_table table;
    mxs_out out;
    const struct mxs_style style = {.width = texts->width};
    setlocale(LC_CTYPE, texts->count % 2 == 0 ? "C.UTF-8" : "C");
    mxs_table_init(&table, "things", "Things", columns, COLUMNS);
    table.bases[MXS_BASE_RECEIVING] = 1234;
    for (size_t i = 0; i < texts->count; i += 2) {
        struct mxs_cell *row = mxs_table_row(&table);
        size_t other = i + 1 < texts->count ? i + 1 : i;
        MXS_ASSERT(row != NULL);
        mxs_table_put_text(&table, &row[0], harmless ? "word" : texts->data[i], harmless ? 4 : texts->size_bytes[i]);
        mxs_table_put_int(&row[1], (int64_t)i * 1000);
        mxs_table_put_real(&row[2], texts->number);
        mxs_table_put_text(&table, &row[3], harmless ? "word" : texts->data[other],
                           harmless ? 4 : texts->size_bytes[other]);
    }
    mxs_out_attach(&out, NULL);
    mxs_page_write_as(&out, format, &table, &style);
    MXS_ASSERT(out.err == MXS_OK);
    *size_bytes = out.used;
    mxs_out_bytes(&out, "", 1);
    char *copy = malloc(out.used);
    MXS_ASSERT(copy != NULL);
    memcpy(copy, out.buffer, out.used);
    mxs_out_abandon(&out);
    mxs_table_finish(&table);
    return copy;
}

static size_t count_of(const char *text, char wanted, bool markup)
{
    size_t count = 0;
    for (bool escaped = false; *text != 0; text++) {
        count += *text == wanted && !escaped;
        escaped = !markup && *text == '\\' && !escaped;
    }
    return count;
}

/* @rfc{4180,2}: as many cells in each row, and none that a spreadsheet would calculate. */
static void check_csv(const char *text, size_t rows)
{
    size_t row = 0;
    while (*text != 0) {
        size_t column = 0;
        for (bool more = true; more; column++) {
            bool quoted = *text == '"';
            text += quoted;
            bool empty = quoted ? *text == '"' && text[1] != '"' : *text == ',' || *text == '\n';
            MXS_ASSERT(row == 0 || column % 3 != 0 || empty || strchr("=+-@\t\r\n", *text) == NULL);
            while (quoted ? *text != '"' || text[1] == '"' : *text != ',' && *text != '\n') {
                MXS_ASSERT(*text != 0 && (quoted || *text != '"'));
                text += quoted && *text == '"' ? 2 : 1;
            }
            text += quoted;
            MXS_ASSERT(*text == ',' || *text == '\n');
            more = *text++ == ',';
        }
        MXS_ASSERT(column == COLUMNS);
        row++;
    }
    MXS_ASSERT(row == rows + 1);
}

static void check_json(const char *text, size_t size_bytes)
{
    static sqlite3_stmt *statement;
    static sqlite3 *handle;
    if (statement == NULL)
        MXS_ASSERT(sqlite3_open(":memory:", &handle) == SQLITE_OK &&
                   sqlite3_prepare_v2(handle, "SELECT json_valid(?1)", -1, &statement, NULL) == SQLITE_OK);
    sqlite3_bind_text(statement, 1, text, (int)size_bytes, SQLITE_STATIC);
    MXS_ASSERT(sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 1);
    sqlite3_reset(statement);
}

/* No byte that steers a terminal, in any format; in the quotes of CSV, tabs and line ends are what they are. */
static void check_shown(const char *text, bool csv)
{
    for (; *text != 0; text++)
        MXS_ASSERT(*text == '\n' || (csv && (*text == '\t' || *text == '\r')) ||
                   !mxs_utf8_steers_at(text));
}

static void check_format(const struct texts *texts, enum mxs_format format)
{
    static const char *const marks[MXS_FORMAT_COUNT] = {[MXS_FORMAT_MARKDOWN] = "|\n", [MXS_FORMAT_LATEX] = "&$\n",
        [MXS_FORMAT_HTML] = "<>\"", [MXS_FORMAT_SVG] = "<>\"", [MXS_FORMAT_PROMETHEUS] = "\"\n"};
    bool markup = format == MXS_FORMAT_HTML || format == MXS_FORMAT_SVG;
    size_t size_bytes, harmless_bytes;
    char *text = rendered(texts, format, false, &size_bytes),
         *harmless = rendered(texts, format, true, &harmless_bytes);
    MXS_ASSERT(strlen(text) == size_bytes);
    check_shown(text, format == MXS_FORMAT_CSV);
    if (format == MXS_FORMAT_CSV)
        check_csv(text, (texts->count + 1) / 2);
    if (format == MXS_FORMAT_JSON)
        check_json(text, size_bytes);
    for (const char *mark = marks[format]; mark != NULL && *mark != 0; mark++)
        MXS_ASSERT(count_of(text, *mark, markup) == count_of(harmless, *mark, markup));
    free(text);
    free(harmless);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct texts texts = {.number = size > 1 ? (data[0] * 256.0 + data[1]) / 65535 : 0,
                           .width = size > 1 ? data[1] : 60};
    const char *at = (const char *)data + (size > 1 ? 2 : size), *end = (const char *)data + size;
    while (at < end && texts.count < TEXTS_MAX) {
        const char *stop = memmem(at, (size_t)(end - at), "\0\0", 2);
        texts.data[texts.count] = at;
        texts.size_bytes[texts.count++] = (size_t)((stop == NULL ? end : stop) - at);
        at = stop == NULL ? end : stop + 2;
    }
    for (int format = 0; texts.count > 0 && format < MXS_FORMAT_COUNT; format++)
        check_format(&texts, (enum mxs_format)format);
    return 0;
}
