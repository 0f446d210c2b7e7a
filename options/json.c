/* The options as JSON. What people type may be any bytes; JSON is UTF-8, so a byte that is part of no UTF-8 sequence
 * becomes U+FFFD rather than an invalid record. */
#include "options/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the well-formed UTF-8 sequence at text, 0 when there is none. (@rfc{3629,4}) */
static size_t sequence_bytes(const unsigned char *text)
{
    static const struct { unsigned char first, last, second_first, second_last, size; } table[] = {
        {0x20, 0x7f, 0, 0, 1},          {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3},    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4},    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (text[0] < table[i].first || text[0] > table[i].last)
            continue;
        if (table[i].size > 1 && (text[1] < table[i].second_first || text[1] > table[i].second_last))
            return 0;
        for (size_t k = 2; k < table[i].size; k++)
            if ((text[k] & 0xc0) != 0x80)
                return 0;
        return table[i].size;
    }
    return 0;
}

static void write_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *at = (const unsigned char *)text; *at != 0;) {
        size_t size = sequence_bytes(at);
        if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else if (*at < 0x20)
            fprintf(out, "\\u%04x", *at);
        else if (size == 0)
            fputs("\\ufffd", out);
        else
            fwrite(at, 1, size, out);
        at += size == 0 ? 1 : size;
    }
    fputc('"', out);
}

static void write_value(FILE *out, const struct mxs_option *option, const struct mxs_value *value)
{
    bool set = value->rank > MXS_RANK_DEFAULT || option->fallback != NULL;
    switch (option->kind) {
    case MXS_OPTION_FLAG:
        fputs(value->flag ? "true" : "false", out);
        break;
    case MXS_OPTION_NUMBER:
        if (set)
            fprintf(out, "%lld", (long long)value->number);
        else
            fputs("null", out);
        break;
    case MXS_OPTION_TEXT:
    case MXS_OPTION_CHOICE:
        if (value->count > 0)
            write_text(out, value->texts[0]);
        else
            fputs("null", out);
        break;
    case MXS_OPTION_LIST:
        fputc('[', out);
        for (size_t i = 0; i < value->count; i++) {
            fputs(i > 0 ? "," : "", out);
            write_text(out, value->texts[i]);
        }
        fputc(']', out);
        break;
    }
}

enum mxs_err mxs_values_write_json(mxs_values *values)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return MXS_ERR_MEMORY;
    fputc('{', out);
    for (size_t i = 0; i < values->count; i++) {
        const struct mxs_option *option = mxs_option_at(values->command, i);
        if (strcmp(option->name, "help") == 0)
            continue;
        fputs(i > 0 ? "," : "", out);
        write_text(out, option->name);
        fputc(':', out);
        write_value(out, option, &values->items[i]);
    }
    fputc('}', out);
    bool failed = ferror(out) != 0;
    failed |= fclose(out) != 0;
    values->json = failed ? NULL : mxs_values_keep(values, text);
    free(text);
    return values->json == NULL ? MXS_ERR_MEMORY : MXS_OK;
}
