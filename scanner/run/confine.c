#include "scanner/run/confine.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct folders {
    char texts[MXS_SANDBOX_FOLDERS_MAX][PATH_MAX];
    const char *paths[MXS_SANDBOX_FOLDERS_MAX];
    size_t count;
};

static void put_folder(struct folders *folders, const char *file)
{
    char *text = folders->count < MXS_SANDBOX_FOLDERS_MAX ? folders->texts[folders->count] : NULL;
    if (text != NULL && snprintf(text, PATH_MAX, "%s", file) < PATH_MAX)
        folders->paths[folders->count++] = dirname(text);
}

static void put_file(struct folders *folders, const char *file)
{
    char itself[PATH_MAX];
    if (file == NULL || strcmp(file, ":memory:") == 0)
        return;
    put_folder(folders, file);
    if (realpath(file, itself) != NULL && strcmp(itself, file) != 0)
        put_folder(folders, itself);
}

enum mxs_err mxs_confine(enum mxs_sandbox_mode mode, const char *const *files, size_t count,
                         const struct mxs_outside_rule *rules, size_t rule_count, struct mxs_sandbox_state *out,
                         struct mxs_detail *detail)
{
    struct folders folders = {.count = 0};
    for (size_t i = 0; i < count; i++)
        put_file(&folders, files[i]);
    const struct mxs_sandbox_limits limits = {folders.paths, folders.count, rules, rule_count};
    return mxs_sandbox_enter(mode, &limits, out, detail);
}

void mxs_confine_reader(const char *const *files, size_t count)
{
    const char *there[MXS_SANDBOX_FOLDERS_MAX];
    struct mxs_sandbox_state state;
    size_t kept = 0;
    for (size_t i = 0; i < count && kept < MXS_SANDBOX_FOLDERS_MAX; i++) {
        char copy[PATH_MAX];
        if (files[i] != NULL && snprintf(copy, sizeof copy, "%s", files[i]) < (int)sizeof copy &&
            access(dirname(copy), F_OK) == 0)
            there[kept++] = files[i]; /* a folder that is not there is the command's to complain about */
    }
    struct mxs_detail detail;
    if (mxs_confine(MXS_SANDBOX_AUTO, there, kept, NULL, 0, &state, &detail) != MXS_OK) {
        /* auto: it then goes without */
    }
}
