#include "scanner/classify/internal/rules_line.h"

#include "base/utf8.h"

#define FIELDS_MAX 7
#define SUFFIX_TEXT_MAX 253
#define LABEL_MAX 63
#define PROVIDER_MAX 63

static bool fail(struct mxs_line_fault *fault, uint32_t column, const char *text)
{
    *fault = (struct mxs_line_fault){column, text};
    return false;
}

static bool is_id(char c) { return (c >= 'a' && c <= 'z') || mxs_is_digit(c) || c == '-'; }

/* Labels of a-z, 0-9, '-', '_', none empty; "*." may stand in front. */
static bool check_suffix(struct mxs_text field, uint32_t column, struct mxs_line_fault *fault)
{
    uint32_t at = field.size_bytes > 1 && field.data[0] == '*' && field.data[1] == '.' ? 2 : 0;
    if (field.size_bytes == at)
        return fail(fault, column + at, "an empty suffix");
    if (field.size_bytes - at > SUFFIX_TEXT_MAX)
        return fail(fault, column, "a suffix longer than 253 characters");
    uint32_t label = 0;
    for (; at < field.size_bytes; at++) {
        char c = field.data[at];
        if (c == '.') {
            if (label == 0)
                return fail(fault, column + at, "an empty label in the suffix");
            label = 0;
        } else if (c >= 'A' && c <= 'Z') {
            return fail(fault, column + at, "a capital letter in the suffix: write it lower case");
        } else if (!is_id(c) && c != '_') {
            return fail(fault, column + at, "a character that a host name does not have in the suffix");
        } else if (++label > LABEL_MAX) {
            return fail(fault, column + at, "a label longer than 63 characters in the suffix");
        }
    }
    return label != 0 || fail(fault, column + field.size_bytes - 1, "a dot at the end of the suffix");
}

static bool check_provider(struct mxs_text field, uint32_t column, struct mxs_line_fault *fault)
{
    if (field.size_bytes == 0)
        return fail(fault, column, "no provider id");
    if (field.size_bytes > PROVIDER_MAX)
        return fail(fault, column, "a provider id longer than 63 characters");
    for (uint32_t i = 0; i < field.size_bytes; i++)
        if (!is_id(field.data[i]) && !(i > 0 && (field.data[i] == '.' || field.data[i] == '_')))
            return fail(fault, column + i, "a provider id is made of a-z, 0-9 and '-'");
    if (mxs_text_equal(field, MXS_TEXT("self")))
        return fail(fault, column, "\"self\" is the program's own word, not a provider id");
    return true;
}

static bool read_kind(struct mxs_text field, uint32_t column, enum mxs_kind *kind, struct mxs_line_fault *fault)
{
    for (unsigned k = 0; k < MXS_KIND_COUNT; k++)
        if (mxs_text_equal(field, mxs_text_of(mxs_kind_text((enum mxs_kind)k)))) {
            *kind = (enum mxs_kind)k;
            return true;
        }
    return fail(fault, column, "an unknown kind: mailbox, gateway, forwarder, registrar, isp or public");
}

static bool read_flags(struct mxs_text field, uint32_t column, bool *one, struct mxs_line_fault *fault)
{
    *one = mxs_text_equal(field, MXS_TEXT("one"));
    return *one || mxs_text_equal(field, MXS_TEXT("-")) || fail(fault, column, "an unknown flag: \"one\" or \"-\"");
}

static bool is_left_out(struct mxs_text field) { return field.size_bytes == 1 && field.data[0] == '-'; }

static bool check_country(struct mxs_text field, uint32_t column, struct mxs_line_fault *fault)
{
    if (is_left_out(field))
        return true;
    for (uint32_t i = 0; i < 2; i++)
        if (field.size_bytes != 2 || field.data[i] < 'A' || field.data[i] > 'Z')
            return fail(fault, column, "a country is two capital letters (ISO 3166-1)");
    return true;
}

static bool check_source(struct mxs_text field, uint32_t column, struct mxs_line_fault *fault)
{
    if (field.size_bytes == 0)
        return fail(fault, column, "no source: where can a reader check this rule?");
    for (uint32_t i = 0; i < field.size_bytes; i++)
        if (mxs_utf8_steers_at(field.data + i)) /* a NUL ends the file */
            return fail(fault, column + i, "a control character, or one that turns or hides text, in the source");
    return true;
}

static bool check_date(struct mxs_text field, uint32_t column, struct mxs_line_fault *fault)
{
    static const char form[] = "dddd-dd-dd";
    static const unsigned days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool good = field.size_bytes == sizeof form - 1;
    if (is_left_out(field))
        return true;
    for (uint32_t i = 0; good && i < field.size_bytes; i++)
        good = form[i] == 'd' ? mxs_is_digit(field.data[i]) : field.data[i] == form[i];
    if (good) {
        const char *d = field.data;
        unsigned month = (unsigned)(d[5] - '0') * 10 + (unsigned)(d[6] - '0');
        unsigned day = (unsigned)(d[8] - '0') * 10 + (unsigned)(d[9] - '0');
        good = month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
    }
    return good || fail(fault, column, "a date is YYYY-MM-DD");
}

static uint32_t split(struct mxs_text line, struct mxs_text fields[FIELDS_MAX + 1])
{
    uint32_t count = 0, start = 0;
    for (uint32_t i = 0; i <= line.size_bytes; i++)
        if (i == line.size_bytes || line.data[i] == '\t') {
            if (count <= FIELDS_MAX)
                fields[count++] = (struct mxs_text){line.data + start, i - start};
            start = i + 1;
        }
    return count;
}

/* The columns behind kind; which of them a line has, its number of columns tells. */
enum { FLAGS, COUNTRY, SOURCE, DATE, REST_COUNT };

static bool position(uint32_t count, int at[REST_COUNT])
{
    static const int positions[FIELDS_MAX + 1][REST_COUNT] = {
        [3] = {-1, -1, -1, -1}, [5] = {-1, -1, 3, 4}, [6] = {-1, 3, 4, 5}, [7] = {3, 4, 5, 6},
    };
    if (count != 3 && (count < 5 || count > FIELDS_MAX))
        return false;
    memcpy(at, positions[count], sizeof positions[count]);
    return true;
}

bool mxs_rules_line_parse(struct mxs_text line, struct mxs_rule *rule, struct mxs_line_fault *fault)
{
    struct mxs_text f[FIELDS_MAX + 1];
    uint32_t count = split(line, f), columns[FIELDS_MAX + 1];
    int at[REST_COUNT];
    for (uint32_t i = 0; i < count; i++)
        columns[i] = (uint32_t)(f[i].data - line.data) + 1;
    if (!position(count, at))
        return fail(fault, count > FIELDS_MAX ? columns[FIELDS_MAX] : line.size_bytes + 1,
                    "wanted are suffix, provider, kind, parted by tabs; or all seven columns: also flags, country, "
                    "source, date");
    if (!check_suffix(f[0], columns[0], fault) || !check_provider(f[1], columns[1], fault) ||
        !read_kind(f[2], columns[2], &rule->kind, fault))
        return false;
    rule->one_mx_host = false;
    if ((at[FLAGS] >= 0 && !read_flags(f[at[FLAGS]], columns[at[FLAGS]], &rule->one_mx_host, fault)) ||
        (at[COUNTRY] >= 0 && !check_country(f[at[COUNTRY]], columns[at[COUNTRY]], fault)) ||
        (at[SOURCE] >= 0 && !check_source(f[at[SOURCE]], columns[at[SOURCE]], fault)) ||
        (at[DATE] >= 0 && !check_date(f[at[DATE]], columns[at[DATE]], fault)))
        return false;
    static const struct mxs_text none = {"-", 1};
    rule->pattern = f[0];
    rule->provider = f[1];
    rule->country = at[COUNTRY] >= 0 ? f[at[COUNTRY]] : none;
    rule->source = at[SOURCE] >= 0 ? f[at[SOURCE]] : none;
    rule->date = at[DATE] >= 0 ? f[at[DATE]] : none;
    return true;
}
