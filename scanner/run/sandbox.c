#include "scanner/run/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "scanner/run/internal/walls.h"

bool mxs_sandbox_mode_parse(const char *text, enum mxs_sandbox_mode *out)
{
    static const char *const names[] = {"require", "auto", "off"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (enum mxs_sandbox_mode)i;
            return true;
        }
    }
    return false;
}

static enum mxs_err check_folders(const char *const *folders, size_t count, struct mxs_detail *detail)
{
    if (count > MXS_SANDBOX_FOLDERS_MAX)
        return mxs_err_set(detail, MXS_ERR_INPUT, "more than %d output folders", MXS_SANDBOX_FOLDERS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct stat folder;
        int error = stat(folders[i], &folder) != 0 ? errno : S_ISDIR(folder.st_mode) ? 0 : ENOTDIR;
        if (error != 0)
            return mxs_err_set(detail, MXS_ERR_INPUT, "output folder %.300s: %s", folders[i], strerror(error));
    }
    return MXS_OK;
}

void mxs_sandbox_find(struct mxs_sandbox_state *out)
{
    int version = mxs_walls_version();
    *out = (struct mxs_sandbox_state){.files = version > 0,
                                      .ports = version >= MXS_WALLS_PORTS_SINCE,
                                      .calls = mxs_walls_calls_known(),
                                      .landlock = version};
}

enum mxs_err mxs_sandbox_enter(enum mxs_sandbox_mode mode, const struct mxs_sandbox_limits *limits,
                               struct mxs_sandbox_state *out, struct mxs_detail *detail)
{
    struct mxs_sandbox_state state = {.landlock = mxs_walls_version()};
    enum mxs_err err =
        check_folders(limits->folders, limits->folder_count, detail); /* a wrong folder is wrong in every mode */
    if (err != MXS_OK)
        return err;
    if (mode == MXS_SANDBOX_OFF) {
        *out = state;
        return MXS_OK;
    }
    struct mxs_detail reason = {0};
    err = mxs_walls_files_put(limits->folders, limits->folder_count, limits->ports, limits->port_count, &reason);
    state.files = err == MXS_OK;
    state.ports = state.files && state.landlock >= MXS_WALLS_PORTS_SINCE;
    if (mode == MXS_SANDBOX_REQUIRE && err != MXS_OK)
        return mxs_err_set(detail, err, "no sandbox: %.300s; use --sandbox=auto to go without", reason.text);
    err = mxs_walls_calls_put(&reason);
    state.calls = err == MXS_OK;
    if (mode == MXS_SANDBOX_REQUIRE && err != MXS_OK)
        return mxs_err_set(detail, err, "no sandbox: %.300s; use --sandbox=auto to go without", reason.text);
    *out = state;
    return MXS_OK;
}

const char *mxs_sandbox_text(const struct mxs_sandbox_state *state)
{
    if (state->files && state->calls)
        return state->ports ? "files, TCP ports and calls restricted"
                            : "files and calls restricted, TCP ports not (landlock before Linux 6.7)";
    if (state->files)
        return "files restricted, calls not (no seccomp)";
    if (state->calls)
        return "calls restricted, files not (no landlock)";
    return "none";
}
