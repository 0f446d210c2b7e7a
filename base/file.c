#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static enum mxs_err read_stream(FILE *file, char **text, size_t *size_bytes)
{
    size_t capacity = 1u << 16, size = 0;
    char *bytes = malloc(capacity);
    while (bytes != NULL) {
        size += fread(bytes + size, 1, capacity - size, file);
        if (size < capacity || size > MXS_FILE_MAX)
            break;
        char *grown = realloc(bytes, capacity *= 2);
        if (grown == NULL)
            free(bytes);
        bytes = grown;
    }
    if (bytes == NULL)
        return MXS_ERR_MEMORY;
    if (size > MXS_FILE_MAX || ferror(file)) {
        int code = errno;
        free(bytes);
        errno = code;
        return size > MXS_FILE_MAX ? MXS_ERR_FULL : MXS_ERR_IO;
    }
    bytes[size] = '\0'; /* the last piece was not full */
    *text = bytes;
    *size_bytes = size;
    return MXS_OK;
}

enum mxs_err mxs_file_read(const char *path, char **text, size_t *size_bytes)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return MXS_ERR_INPUT;
    enum mxs_err err = read_stream(file, text, size_bytes);
    int code = errno;
    fclose(file);
    errno = code;
    return err;
}
