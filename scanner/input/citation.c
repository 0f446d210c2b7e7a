#include "scanner/input/citation.h"

#include <stdio.h>
#include <string.h>

#define ID_MAX 8

bool mxs_citation_text(const char *path, char out[MXS_CITATION_SIZE])
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    if (strncmp(name, "tranco_", 7) != 0)
        return false;
    const char *id = name + 7;
    size_t size = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    if (size < 4 || size > ID_MAX || (id[size] != '-' && id[size] != '.' && id[size] != '_' && id[size] != '\0'))
        return false;
    snprintf(out, MXS_CITATION_SIZE, "Tranco list %.*s, https://tranco-list.eu/list/%.*s", (int)size, id, (int)size,
             id);
    return true;
}
