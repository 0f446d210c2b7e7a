#include "reports/data/display_name.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

extern const char mxs_display_names_tsv[];

/* The name that the table has for an id; NULL: none. A line is id, tab, name; lines are in the order of ids. */
static const char *find(const char *id, size_t size_bytes, size_t *name_size)
{
    for (const char *line = mxs_display_names_tsv; *line != '\0';) {
        const char *end = strchrnul(line, '\n');
        if (strncmp(line, id, size_bytes) == 0 && line[size_bytes] == '\t') {
            *name_size = (size_t)(end - line) - size_bytes - 1;
            return line + size_bytes + 1;
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
        const char *name = find(at, size, &name_size);
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
