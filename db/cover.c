#include "db/cover.h"

#include <stdlib.h>
#include <string.h>

#include "db/internal/migrate.h"

enum mxs_err mxs_cover_write(mxs_store *store, struct mxs_detail *detail)
{
    static const char made[] = "CREATE VIEW ", covering[] = "CREATE TEMP VIEW ";
    enum mxs_err err = MXS_OK;
    const char *views;
    for (size_t i = 0; err == MXS_OK && (views = mxs_migrate_view_text(i)) != NULL; i++) {
        size_t size = strlen(views) * 2 + 1, used = 0;
        char *text = malloc(size);
        if (text == NULL)
            return mxs_err_memory(detail, NULL);
        for (const char *at = views; *at != '\0';) {
            bool view = strncmp(at, made, sizeof made - 1) == 0 && (at == views || at[-1] == '\n');
            const char *put = view ? covering : at;
            size_t put_bytes = view ? sizeof covering - 1 : 1;
            memcpy(text + used, put, put_bytes);
            used += put_bytes;
            at += view ? sizeof made - 1 : 1;
        }
        text[used] = '\0';
        err = mxs_store_run(store, text, detail);
        free(text);
    }
    return err;
}
