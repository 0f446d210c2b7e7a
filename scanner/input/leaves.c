#include "scanner/input/internal/leaves.h"

#include "scanner/input/internal/cp1252.h"

struct reader {
    const char *at, *end;
    char *scratch;
    char path[MXS_LEAVES_PATH_MAX];
    uint32_t path_bytes;
    bool path_lost; /* deeper than a path is told */
    int depth;
    mxs_leaves_sink leaf;
    void *arg;
};

static void skip(struct reader *reader)
{
    while (reader->at < reader->end &&
           (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n' || *reader->at == '\r'))
        reader->at++;
}

static bool take(struct reader *reader, char c)
{
    skip(reader);
    if (reader->at == reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

static bool hex4(struct reader *reader, uint32_t *out)
{
    uint32_t code = 0;
    if (reader->end - reader->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = *reader->at++;
        if (c >= '0' && c <= '9')
            code = code << 4 | (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            code = code << 4 | (uint32_t)((c | 32) - 'a' + 10);
        else
            return false;
    }
    *out = code;
    return true;
}

static void put_code(struct reader *reader, uint32_t code)
{
    char *out = reader->scratch;
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xC0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *out++ = (char)(0xE0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    } else {
        *out++ = (char)(0xF0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3F));
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    }
    reader->scratch = out;
}

static bool read_escape(struct reader *reader)
{
    static const char FROM[] = "\"\\/bfnrt", TO[] = "\"\\/\b\f\n\r\t";
    if (reader->at == reader->end)
        return false;
    char c = *reader->at++;
    const char *found = strchr(FROM, c);
    if (c != '\0' && found != NULL) {
        *reader->scratch++ = TO[found - FROM];
        return true;
    }
    uint32_t code, low;
    if (c != 'u' || !hex4(reader, &code))
        return false;
    if (code >= 0xD800 && code < 0xDC00 && reader->end - reader->at >= 6 && reader->at[0] == '\\' &&
        reader->at[1] == 'u') {
        const char *saved = reader->at;
        reader->at += 2;
        if (!hex4(reader, &low))
            return false;
        if (low >= 0xDC00 && low < 0xE000) {
            put_code(reader, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
            return true;
        }
        reader->at = saved;
    }
    put_code(reader, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
    return true;
}

/* What is not UTF-8 is read as Windows-1252; whether it was. */
static bool make_utf8(struct reader *reader, struct mxs_text *text)
{
    if (mxs_cp1252_is_utf8(text->data, text->size_bytes))
        return false;
    char *out = reader->scratch;
    uint32_t size = mxs_cp1252_put(text->data, text->size_bytes, out);
    reader->scratch += size;
    *text = (struct mxs_text){out, size};
    return true;
}

/* Behind the opening quote. */
static bool read_string(struct reader *reader, struct mxs_text *out)
{
    char *start = reader->scratch;
    for (;;) {
        if (reader->at == reader->end || (unsigned char)*reader->at < 0x20)
            return false;
        char c = *reader->at++;
        if (c == '"')
            break;
        if (c != '\\')
            *reader->scratch++ = c;
        else if (!read_escape(reader))
            return false;
    }
    *out = (struct mxs_text){start, (uint32_t)(reader->scratch - start)};
    return true;
}

static bool read_number(struct reader *reader, struct mxs_text *out)
{
    const char *start = reader->at;
    uint32_t digits = 0;
    while (reader->at < reader->end && *reader->at != '\0' && strchr("+-.eE0123456789", *reader->at) != NULL)
        digits += *reader->at >= '0' && *reader->at <= '9', reader->at++;
    *out = (struct mxs_text){start, (uint32_t)(reader->at - start)};
    return digits != 0 && start[0] != '+' && start[0] != '.';
}

static bool read_word(struct reader *reader, struct mxs_text *out)
{
    static const struct mxs_text WORDS[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    for (size_t i = 0; i < 3; i++) {
        if ((size_t)(reader->end - reader->at) >= WORDS[i].size_bytes &&
            memcmp(reader->at, WORDS[i].data, WORDS[i].size_bytes) == 0) {
            reader->at += WORDS[i].size_bytes;
            *out = i == 2 ? (struct mxs_text){NULL, 0} : WORDS[i];
            return true;
        }
    }
    return read_number(reader, out);
}

static bool read_value(struct reader *reader);

static bool read_array(struct reader *reader)
{
    if (take(reader, ']'))
        return true;
    do {
        if (!read_value(reader))
            return false;
    } while (take(reader, ','));
    return take(reader, ']');
}

static bool read_member(struct reader *reader)
{
    struct mxs_text key;
    uint32_t saved = reader->path_bytes;
    bool lost = reader->path_lost;
    if (!take(reader, '"') || !read_string(reader, &key) || !take(reader, ':'))
        return false;
    make_utf8(reader, &key);
    if (key.size_bytes + 1 > MXS_LEAVES_PATH_MAX - saved) {
        reader->path_lost = true;
    } else {
        if (saved != 0)
            reader->path[reader->path_bytes++] = '.';
        memcpy(reader->path + reader->path_bytes, key.data, key.size_bytes);
        reader->path_bytes += key.size_bytes;
    }
    if (!read_value(reader))
        return false;
    reader->path_bytes = saved;
    reader->path_lost = lost;
    return true;
}

static bool read_object(struct reader *reader)
{
    if (take(reader, '}'))
        return true;
    do {
        if (!read_member(reader))
            return false;
    } while (take(reader, ','));
    return take(reader, '}');
}

static bool read_value(struct reader *reader)
{
    bool object = take(reader, '{');
    if (object || take(reader, '[')) {
        if (reader->depth == MXS_LEAVES_DEPTH)
            return false;
        reader->depth++;
        bool whole = object ? read_object(reader) : read_array(reader);
        reader->depth--;
        return whole;
    }
    struct mxs_text value;
    bool assumed = false;
    if (take(reader, '"')) {
        if (!read_string(reader, &value))
            return false;
        assumed = make_utf8(reader, &value);
    } else if (!read_word(reader, &value)) {
        return false;
    }
    if (value.size_bytes != 0 && !reader->path_lost)
        reader->leaf(reader->arg, (struct mxs_text){reader->path, reader->path_bytes}, value, assumed);
    return true;
}

bool mxs_leaves_read(struct mxs_text text, char *scratch, mxs_leaves_sink leaf, void *arg)
{
    struct reader reader = {
        .at = text.data, .end = text.data + text.size_bytes, .scratch = scratch, .leaf = leaf, .arg = arg};
    if (!read_value(&reader))
        return false;
    skip(&reader);
    return reader.at == reader.end;
}
