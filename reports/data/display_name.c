#include "reports/data/display_name.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "model/vocabulary.h"

extern const char mxs_display_names_tsv[];

/* A cell of the table's line for an id: 1 its name, 2 what it is. NULL: none. Lines are in the order of ids. */
static const char *find(const char *id, size_t size_bytes, int cell, size_t *cell_size)
{
    for (const char *line = mxs_display_names_tsv; *line != '\0';) {
        const char *end = strchrnul(line, '\n');
        if (strncmp(line, id, size_bytes) == 0 && line[size_bytes] == '\t') {
            const char *at = line;
            for (int i = 0; i < cell; i++) {
                at += strcspn(at, "\t\n");
                if (*at != '\t')
                    return NULL;
                at++;
            }
            *cell_size = strcspn(at, "\t\n");
            return *cell_size == 0 ? NULL : at;
        }
        line = *end == '\0' ? end : end + 1;
    }
    return NULL;
}

/* Where the id ends: before " + ", " behind ", or at the end. */
static size_t id_size(const char *text)
{
    const char *plus = strstr(text, " + "), *behind = strstr(text, " behind "), *end = text + strlen(text);
    end = plus != NULL && plus < end ? plus : end;
    end = behind != NULL && behind < end ? behind : end;
    return (size_t)(end - text);
}

const char *mxs_display_name(const char *text, char *buffer, size_t buffer_size)
{
    size_t used = 0;
    bool any = false;
    for (const char *at = text; *at != '\0';) {
        size_t size = id_size(at), name_size = size, gap;
        const char *name = find(at, size, 1, &name_size);
        bool organisation = name == NULL && size > 4 && strncmp(at, "org:", 4) == 0;
        any = any || name != NULL || organisation;
        if (name == NULL) {
            name = organisation ? at + 4 : at;
            name_size = organisation ? size - 4 : size;
        }
        gap = at[size] == '\0' ? 0 : strncmp(at + size, " + ", 3) == 0 ? 3 : strlen(" behind ");
        if (used + name_size + gap + 1 > buffer_size)
            return text;
        memcpy(buffer + used, name, name_size);
        memcpy(buffer + used + name_size, at + size, gap);
        used += name_size + gap;
        at += size + gap;
    }
    buffer[used] = '\0';
    return any ? buffer : text;
}

static const char *words_of_kind(const char *kind, size_t size_bytes)
{
    static const struct {
        const char *kind, *words;
    } rows[] = {
        {"mailbox", "mail hosting"},       {"gateway", "email security"}, {"forwarder", "mail forwarding"},
        {"registrar", "domain registrar"}, {"isp", "IT provider"},        {"public", "public IT"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strncmp(rows[i].kind, kind, size_bytes) == 0 && rows[i].kind[size_bytes] == '\0')
            return rows[i].words;
    return "no rule";
}

const char *mxs_display_operator(const char *text, char *buffer, size_t buffer_size)
{
    size_t id = strcspn(text, " "), words_size = 0;
    const char *kind = text + id + (text[id] == ' '), *words = find(text, id, 2, &words_size);
    size_t kind_size = strcspn(kind, " ");
    const char *country = kind[kind_size] == ' ' ? kind + kind_size + 1 : "-";
    if (words == NULL) {
        words = words_of_kind(kind, kind_size);
        words_size = strlen(words);
    }
    snprintf(buffer, buffer_size, "%.*s%s%s", (int)words_size, words, country[0] == '-' ? "" : ", ",
             country[0] == '-' ? "" : country);
    return buffer;
}

const char *mxs_display_word(const char *word)
{
    if (strcmp(word, mxs_backup_text(MXS_BACKUP_DECORATIVE)) == 0)
        return "ineffective (same address)";
    if (strcmp(word, "several_fields") == 0)
        return "more than one word";
    if (strcmp(word, mxs_single_point_text(MXS_SINGLE_WIDER)) == 0)
        return "wider than a prefix, or none (not settled)";
    return strcmp(word, mxs_single_point_text(MXS_SINGLE_ASN)) == 0 ? "network (AS)" : word;
}
