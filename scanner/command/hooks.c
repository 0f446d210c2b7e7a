#include "scanner/command/internal/hooks.h"

#include <stdlib.h>

#include "base/log.h"

static const char *const flags[MXS_HOOK_COUNT] = {"--on-finish", "--on-change"};

enum mxs_err mxs_hooks_open(struct mxs_hooks *hooks, const struct mxs_settings *settings, struct mxs_detail *detail)
{
    *hooks = (struct mxs_hooks){.commands = {settings->on_finish, settings->on_change}};
    if (settings->on_finish == NULL && settings->on_change == NULL)
        return MXS_OK;
    return mxs_hook_helper_start(&hooks->helper, hooks->commands, MXS_HOOK_COUNT, 0, detail);
}

void mxs_hooks_read(struct mxs_hooks *hooks, const mxs_survey_teller tellers[MXS_HOOK_COUNT], mxs_store *store,
                    int64_t run_id)
{
    for (int hook = 0; hook < MXS_HOOK_COUNT; hook++) {
        struct mxs_detail detail = {0};
        if (hooks->commands[hook] == NULL || tellers[hook] == NULL)
            continue;
        if (tellers[hook](store, run_id, &hooks->texts[hook], &hooks->sizes_bytes[hook], &detail) != MXS_OK)
            mxs_log(MXS_LOG_ERROR, "%s: not run, its text cannot be made: %s", flags[hook], detail.text);
    }
}

static void run(struct mxs_hooks *hooks, int hook)
{
    struct mxs_detail detail = {0};
    int code = 0;
    enum mxs_err err =
        mxs_hook_run(hooks->helper, (size_t)hook, hooks->texts[hook], hooks->sizes_bytes[hook], &code, &detail);
    if (err != MXS_OK)
        mxs_log(MXS_LOG_ERROR, "%s: not run: %s; the run is stored", flags[hook], detail.text);
    else if (code > 128)
        mxs_log(MXS_LOG_ERROR, "%s: `%s` was ended by signal %d; the run is stored", flags[hook], hooks->commands[hook],
                code - 128);
    else if (code != 0)
        mxs_log(MXS_LOG_ERROR, "%s: `%s` exited with %d; the run is stored", flags[hook], hooks->commands[hook], code);
}

void mxs_hooks_run(struct mxs_hooks *hooks)
{
    for (int hook = 0; hook < MXS_HOOK_COUNT; hook++)
        if (hooks->texts[hook] != NULL)
            run(hooks, hook);
}

void mxs_hooks_close(struct mxs_hooks *hooks)
{
    mxs_hook_helper_stop(&hooks->helper);
    for (int hook = 0; hook < MXS_HOOK_COUNT; hook++)
        free(hooks->texts[hook]);
    *hooks = (struct mxs_hooks){0};
}
