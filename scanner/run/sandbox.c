#include "scanner/run/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "scanner/outside/outside.h"
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
                                      .calls = mxs_walls_calls_known(),
                                      .landlock = version};
}

/* The broker itself: it makes sockets, and nothing else. It goes without where the kernel has not the means. */
static void confine_broker(void *arg)
{
    const struct mxs_sandbox_limits *limits = arg;
    const struct mxs_sandbox_limits own = {.rules = limits->rules, .rule_count = limits->rule_count};
    struct mxs_detail reason;
    if (mxs_walls_files_put(&own, &reason) != MXS_OK || mxs_walls_calls_put(false, &reason) != MXS_OK) {
        /* auto; required, the scan will not begin */
    }
}

/* The filter goes first: without it connections are made here, and landlock has to let them through. */
static enum mxs_err close_network(const struct mxs_sandbox_limits *limits, struct mxs_detail *reason)
{
    enum mxs_err err = MXS_OK;
    struct mxs_sandbox_limits copy = *limits;
    if (!mxs_walls_calls_known())
        return mxs_walls_calls_put(true, reason);
    if (limits->rule_count > 0)
        err = mxs_outside_broker_open(limits->rules, limits->rule_count, confine_broker, &copy, reason);
    if (err == MXS_OK && (err = mxs_walls_calls_put(true, reason)) != MXS_OK)
        mxs_outside_broker_close();
    return err;
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
    err = close_network(limits, &reason);
    state.calls = err == MXS_OK;
    if (mode == MXS_SANDBOX_REQUIRE && err != MXS_OK)
        return mxs_err_set(detail, err, "no sandbox: %.300s; use --sandbox=auto to go without", reason.text);
    struct mxs_sandbox_limits left = *limits;
    if (state.calls) /* no connection is made here, so landlock need allow none */
        left.rule_count = 0;
    err = mxs_walls_files_put(&left, &reason);
    state.files = err == MXS_OK;
    if (mode == MXS_SANDBOX_REQUIRE && err != MXS_OK)
        return mxs_err_set(detail, err, "no sandbox: %.300s; use --sandbox=auto to go without", reason.text);
    *out = state;
    return MXS_OK;
}

const char *mxs_sandbox_text(const struct mxs_sandbox_state *state)
{
    if (state->files && state->calls)
        return "files, network and calls restricted";
    if (state->files)
        return "files restricted, network and calls not (no seccomp)";
    if (state->calls)
        return "network and calls restricted, files not (no landlock)";
    return "none";
}
