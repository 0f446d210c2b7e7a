#include "scanner/input/internal/cell.h"

#include <strings.h>

#include "model/name.h"

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool is_mark(char c) { return c == ',' || c == ';' || c == '|' || c == '\n' || c == '\r'; }

/* mxs_line_trim, and line ends, which a quoted cell may hold; and the no-break space of spreadsheets. */
static struct mxs_text trim(struct mxs_text text)
{
    for (;;) {
        if (text.size_bytes != 0 && is_blank(text.data[0]))
            text = (struct mxs_text){text.data + 1, text.size_bytes - 1};
        else if (text.size_bytes >= 2 && memcmp(text.data, "\xC2\xA0", 2) == 0)
            text = (struct mxs_text){text.data + 2, text.size_bytes - 2};
        else
            break;
    }
    for (;;) {
        if (text.size_bytes != 0 && is_blank(text.data[text.size_bytes - 1]))
            text.size_bytes--;
        else if (text.size_bytes >= 2 && memcmp(text.data + text.size_bytes - 2, "\xC2\xA0", 2) == 0)
            text.size_bytes -= 2;
        else
            return text;
    }
}

static bool is_word(struct mxs_text text, const char *word)
{
    return text.size_bytes == strlen(word) && strncasecmp(text.data, word, text.size_bytes) == 0;
}

/* What people and programs write where there is nothing. */
static bool says_nothing(struct mxs_text text)
{
    static const char *const WORDS[] = {"n/a", "#n/a",  "na",    "none",    "null",   "nan",
                                        "nil", "keine", "aucun", "ninguno", "(null)", "undefined"};
    bool any = false;
    if (text.size_bytes > 12)
        return false;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
        if (is_word(text, WORDS[i]))
            return true;
    for (uint32_t i = 0; i < text.size_bytes && !any; i++)
        any = strchr("-_?/.", text.data[i]) == NULL;
    return !any;
}

static bool has(struct mxs_text text, char c)
{
    return text.size_bytes != 0 && memchr(text.data, c, text.size_bytes) != NULL;
}

/* One URL may hold every mark there is. */
static bool is_one_url(struct mxs_text text)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    uint32_t size, schemes = 0;
    if (!mxs_line_has_scheme(text))
        return false;
    for (uint32_t i = 0; i < text.size_bytes; i++) {
        if (is_blank(text.data[i]))
            return false;
        schemes += text.size_bytes - i >= 3 && memcmp(text.data + i, "://", 3) == 0;
    }
    return schemes == 1 && mxs_line_host(text, name, &size) == NULL;
}

void mxs_cell_init(struct mxs_input_cell *cell, struct mxs_text text)
{
    text = trim(text);
    *cell = (struct mxs_input_cell){.rest = text};
    if (says_nothing(text)) {
        cell->rest.size_bytes = 0;
        return;
    }
    if (is_one_url(text))
        return;
    cell->has_angle = has(text, '<') && has(text, '>') && has(text, '@');
    for (uint32_t i = 0; i < text.size_bytes && !cell->several; i++)
        cell->several = is_mark(text.data[i]) || is_blank(text.data[i]);
}

/* The next piece between marks; marks in quotes and angle brackets part nothing. */
static struct mxs_text next_piece(struct mxs_input_cell *cell)
{
    struct mxs_text rest = cell->rest;
    bool quoted = false, angle = false;
    uint32_t at = 0;
    for (; at < rest.size_bytes; at++) {
        char c = rest.data[at];
        if (c == '"')
            quoted = !quoted;
        else if (c == '<' && !quoted)
            angle = true;
        else if (c == '>' && !quoted)
            angle = false;
        else if (!quoted && !angle && is_mark(c))
            break;
    }
    if (at == rest.size_bytes && (quoted || angle)) /* never closed: they were no brackets */
        for (at = 0; at < rest.size_bytes && !is_mark(rest.data[at]); at++)
            ;
    uint32_t next = at < rest.size_bytes ? at + 1 : at;
    cell->rest = (struct mxs_text){rest.data + next, rest.size_bytes - next};
    return trim((struct mxs_text){rest.data, at});
}

/* "Jane <j@x.example>" -> "j@x.example". */
static struct mxs_text within_angle(struct mxs_text piece)
{
    const char *open = memrchr(piece.data, '<', piece.size_bytes);
    if (open == NULL)
        return piece;
    struct mxs_text inner = {open + 1, piece.size_bytes - (uint32_t)(open + 1 - piece.data)};
    const char *close = memchr(inner.data, '>', inner.size_bytes);
    if (close == NULL || !has((struct mxs_text){inner.data, (uint32_t)(close - inner.data)}, '@'))
        return piece;
    return trim((struct mxs_text){inner.data, (uint32_t)(close - inner.data)});
}

static bool next_word(struct mxs_text *words, struct mxs_text *out)
{
    *words = trim(*words);
    if (words->size_bytes == 0) /* there may be no bytes to point at */
        return false;
    uint32_t at = 0;
    while (at < words->size_bytes && !is_blank(words->data[at]))
        at++;
    *out = (struct mxs_text){words->data, at};
    *words = (struct mxs_text){words->data + at, words->size_bytes - at};
    return at != 0;
}

/* Whether blanks part names here: two words at least, each with a dot or an @, and each a name. */
static bool are_names(struct mxs_text piece)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    uint32_t size, count = 0;
    struct mxs_text word;
    while (next_word(&piece, &word)) {
        if (says_nothing(word))
            continue;
        if (mxs_line_host(word, name, &size) != NULL || memchr(name, '.', size) == NULL)
            return false;
        count++;
    }
    return count != 0;
}

bool mxs_cell_next(struct mxs_input_cell *cell, struct mxs_text *value)
{
    while (next_word(&cell->words, value))
        if (!says_nothing(*value))
            return true;
    while (cell->rest.size_bytes != 0) {
        if (!cell->several) {
            *value = cell->has_angle ? within_angle(cell->rest) : cell->rest;
            cell->rest.size_bytes = 0;
            return true;
        }
        struct mxs_text piece = next_piece(cell), inner = within_angle(piece);
        if (says_nothing(piece))
            continue;
        if (inner.data != piece.data || inner.size_bytes != piece.size_bytes) {
            *value = inner;
            return true;
        }
        if (cell->has_angle && !has(piece, '@') && !has(piece, '.'))
            continue; /* of "Doe, Jane <j@x.example>" */
        if (are_names(piece)) {
            cell->words = piece;
            return mxs_cell_next(cell, value);
        }
        *value = piece;
        return true;
    }
    return false;
}

void mxs_cell_entry(const struct mxs_input_cell *cell, struct mxs_text value, char *name, struct mxs_entry *out)
{
    uint32_t size_bytes = 0;
    if (value.size_bytes >= 2 && value.data[0] == '"' && value.data[value.size_bytes - 1] == '"')
        value = (struct mxs_text){value.data + 1, value.size_bytes - 2};
    const char *reason =
        value.size_bytes != 0 && memchr(value.data, '\0', value.size_bytes) != NULL ? "nul_byte" : NULL;
    if (reason == NULL)
        reason = mxs_line_host(value, name, &size_bytes);
    for (uint32_t i = 0; reason != NULL && strcmp(reason, "bad_character") == 0 && i < value.size_bytes; i++)
        if (is_blank(value.data[i]))
            reason = "several_fields";
    if (reason == NULL && cell->several && memchr(name, '.', size_bytes) == NULL)
        reason = "several_fields"; /* "Vienna, Austria" */
    if (reason == NULL && memchr(name, '.', size_bytes) == NULL && has(value, '/') && !mxs_line_has_scheme(value))
        reason = "bad_character"; /* "w/o" */
    if (reason != NULL)
        size_bytes = 0;
    name[size_bytes] = '\0';
    out->name = (struct mxs_text){name, size_bytes};
    out->reason = reason;
    out->text = mxs_line_cut(value);
}

struct mxs_text mxs_cell_without_www(struct mxs_text name)
{
    if (name.size_bytes <= 4 || memcmp(name.data, "www.", 4) != 0 ||
        memchr(name.data + 4, '.', name.size_bytes - 4) == NULL)
        return name;
    return (struct mxs_text){name.data + 4, name.size_bytes - 4};
}

struct mxs_text mxs_cell_kept(struct mxs_text cell, uint32_t *nul, uint32_t *cut)
{
    if (cell.size_bytes != 0 && memchr(cell.data, '\0', cell.size_bytes) != NULL) {
        char *out = (char *)(uintptr_t)cell.data;
        uint32_t used = 0;
        for (uint32_t i = 0; i < cell.size_bytes; i++)
            if (cell.data[i] != '\0')
                out[used++] = cell.data[i];
        cell.size_bytes = used;
        ++*nul;
    }
    cell = mxs_line_trim(cell);
    if (cell.size_bytes <= MXS_FACET_VALUE_MAX)
        return cell;
    ++*cut;
    cell.size_bytes = MXS_FACET_VALUE_MAX;
    while (cell.size_bytes != 0 && ((unsigned char)cell.data[cell.size_bytes] & 0xC0) == 0x80)
        cell.size_bytes--;
    return cell;
}
