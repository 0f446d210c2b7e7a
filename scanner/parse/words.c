#include "scanner/parse/words.h"

#define FIELD_NAME_MAX 32u

bool mxs_text_same(struct mxs_text a, struct mxs_text b)
{
    if (a.size_bytes != b.size_bytes)
        return false;
    for (uint32_t i = 0; i < a.size_bytes; i++)
        if (mxs_lower(a.data[i]) != mxs_lower(b.data[i]))
            return false;
    return true;
}

bool mxs_text_begins(struct mxs_text text, struct mxs_text prefix)
{
    return text.size_bytes >= prefix.size_bytes && memcmp(text.data, prefix.data, prefix.size_bytes) == 0;
}

struct mxs_text mxs_text_strip(struct mxs_text text)
{
    uint32_t from = 0, to = text.size_bytes;
    while (from < to && mxs_is_space(text.data[from]))
        from++;
    while (to > from && mxs_is_space(text.data[to - 1]))
        to--;
    return mxs_text_cut(text, from, to);
}

uint32_t mxs_text_find(struct mxs_text text, char c)
{
    const char *at = text.size_bytes == 0 ? NULL : memchr(text.data, c, text.size_bytes);
    return at == NULL ? text.size_bytes : (uint32_t)(at - text.data);
}

bool mxs_text_next(struct mxs_text *rest, char separator, struct mxs_text *piece)
{
    if (rest->data == NULL)
        return false;
    uint32_t end = mxs_text_find(*rest, separator);
    *piece = mxs_text_cut(*rest, 0, end);
    *rest = end == rest->size_bytes ? (struct mxs_text){NULL, 0} : mxs_text_from(*rest, end + 1);
    return true;
}

bool mxs_text_number(struct mxs_text text, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    if (text.size_bytes == 0 || text.size_bytes > 19)
        return false;
    for (uint32_t i = 0; i < text.size_bytes; i++) {
        if (!mxs_is_digit(text.data[i]))
            return false;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (value > max)
        return false;
    *out = value;
    return true;
}

bool mxs_text_printable(struct mxs_text text)
{
    for (uint32_t i = 0; i < text.size_bytes; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    return true;
}

void mxs_tags_init(struct mxs_tags *tags, struct mxs_text record)
{
    tags->rest = record;
    tags->count = 0;
    tags->bad = tags->twice = tags->spaced = tags->fields = false;
}

void mxs_fields_init(struct mxs_tags *tags, struct mxs_text record)
{
    mxs_tags_init(tags, record);
    tags->fields = true;
}

static bool is_tag_name(struct mxs_text name)
{
    if (name.size_bytes == 0 || !mxs_is_alpha(name.data[0]))
        return false;
    for (uint32_t i = 1; i < name.size_bytes; i++)
        if (!mxs_is_alnum(name.data[i]) && name.data[i] != '_')
            return false;
    return true;
}

static bool is_field_name(struct mxs_text name)
{
    if (name.size_bytes == 0 || name.size_bytes > FIELD_NAME_MAX || !mxs_is_alnum(name.data[0]))
        return false;
    for (uint32_t i = 1; i < name.size_bytes; i++)
        if (!mxs_is_alnum(name.data[i]) && memchr("_-.", name.data[i], 3) == NULL)
            return false;
    return true;
}

static bool is_tag_value(struct mxs_text value)
{
    for (uint32_t i = 0; i < value.size_bytes; i++)
        if ((value.data[i] < 0x20 || value.data[i] > 0x7e) && !mxs_is_space(value.data[i]))
            return false;
    return true;
}

static bool remember(struct mxs_tags *tags, struct mxs_text name)
{
    for (uint32_t i = 0; i < tags->count; i++)
        tags->twice |= mxs_text_equal(tags->names[i], name);
    if (tags->count == MXS_TAGS_MAX)
        return false;
    tags->names[tags->count++] = name;
    return true;
}

bool mxs_tags_next(struct mxs_tags *tags, struct mxs_text *name, struct mxs_text *value)
{
    struct mxs_text piece;
    if (tags->bad || !mxs_text_next(&tags->rest, ';', &piece))
        return false;
    /* Nothing may follow the last semicolon but white space; fields end in one semicolon at most. */
    if (mxs_text_strip(piece).size_bytes == 0 && mxs_text_strip(tags->rest).size_bytes == 0 && tags->count != 0) {
        tags->bad = tags->fields && tags->rest.data != NULL;
        return false;
    }
    uint32_t equals = mxs_text_find(piece, '=');
    if (equals == piece.size_bytes) {
        tags->bad = true;
        return false;
    }
    tags->spaced |= (equals > 0 && mxs_is_space(piece.data[equals - 1])) ||
                    (equals + 1 < piece.size_bytes && mxs_is_space(piece.data[equals + 1]));
    struct mxs_text left = mxs_text_strip(mxs_text_cut(piece, 0, equals));
    struct mxs_text right = mxs_text_strip(mxs_text_from(piece, equals + 1));
    if (!(tags->fields ? is_field_name(left) : is_tag_name(left)) || !is_tag_value(right) || !remember(tags, left)) {
        tags->bad = true;
        return false;
    }
    *name = left;
    *value = right;
    return true;
}

bool mxs_fields_is_extension(struct mxs_text value)
{
    for (uint32_t i = 0; i < value.size_bytes; i++)
        if (value.data[i] <= 0x20 || value.data[i] > 0x7e || value.data[i] == '=')
            return false;
    return value.size_bytes > 0;
}

bool mxs_tags_version(struct mxs_text record, struct mxs_text version)
{
    uint32_t end = mxs_text_find(record, ';');
    uint32_t equals = mxs_text_find(record, '=');
    return equals < end && mxs_text_equal(mxs_text_strip(mxs_text_cut(record, 0, equals)), MXS_TEXT("v")) &&
           mxs_text_equal(mxs_text_strip(mxs_text_cut(record, equals + 1, end)), version);
}
