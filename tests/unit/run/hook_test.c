#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "scanner/run/hook.h"
#include "scanner/run/sandbox.h"

static mxs_hook_helper *helper;
static struct mxs_detail detail;

static void start(const char *command, unsigned timeout_s)
{
    const char *commands[] = {NULL, command};
    cr_assert_eq(mxs_hook_helper_start(&helper, commands, 2, timeout_s, &detail), MXS_OK);
}

static int run(const char *json)
{
    int code = -77;
    cr_assert_eq(mxs_hook_run(helper, 1, json, strlen(json), &code, &detail), MXS_OK);
    return code;
}

static void tear_down(void) { mxs_hook_helper_stop(&helper); }
TestSuite(base_hook, .fini = tear_down);

Test(base_hook, a_hook_that_hangs_is_ended_with_its_children)
{
    start("sleep 60 & sleep 60", 1);
    uint64_t began = mxs_clock_ns();
    cr_assert_eq(run("{}"), MXS_HOOK_TIMED_OUT);
    cr_assert_lt(mxs_clock_ns() - began, 10 * MXS_NS_PER_S);
}

Test(base_hook, a_hook_that_ignores_being_asked_is_ended)
{
    start("trap '' TERM; while :; do sleep 0.1; done", 1);
    cr_assert_eq(run("{}"), MXS_HOOK_TIMED_OUT);
}

Test(base_hook, a_hook_that_does_not_read_its_input_is_no_trouble)
{
    char *json = malloc(4 << 20);
    memset(json, ' ', (4 << 20) - 1);
    json[(4 << 20) - 1] = 0;
    start("exit 5", 20);
    cr_assert_eq(run(json), 5);
    free(json);
}

Test(base_hook, json_too_large_is_refused_and_the_helper_lives)
{
    int code = -77;
    char *json = calloc(1, MXS_HOOK_JSON_MAX + 1);
    start("exit 0", 20);
    cr_assert_eq(mxs_hook_run(helper, 1, json, MXS_HOOK_JSON_MAX + 1, &code, &detail), MXS_ERR_FULL);
    cr_assert_eq(code, -77);
    cr_assert_eq(run("{}"), 0);
    free(json);
}

Test(base_hook, a_command_that_is_not_there_or_dies_has_the_shells_code)
{
    start("/nonexistent/command 2>/dev/null", 20);
    cr_assert_eq(run("{}"), 127);
    mxs_hook_helper_stop(&helper);
    start("kill -9 $$", 20);
    cr_assert_eq(run("{}"), 128 + SIGKILL);
}

Test(base_hook, no_command_is_nothing_to_do)
{
    int code = -77;
    start("exit 3", 20);
    cr_assert_eq(mxs_hook_run(helper, 0, "{}", 2, &code, &detail), MXS_OK);
    cr_assert_eq(code, 0);
}

Test(base_hook, json_arrives_whole_and_hooks_work_from_inside_the_sandbox)
{
    char path[] = "/tmp/mxs-hook-XXXXXX", command[100];
    int fd = mkstemp(path);
    snprintf(command, sizeof command, "wc -c > %s", path);
    start(command, 30);
    pid_t pid = fork();
    if (pid == 0) { /* the sandbox is for ever: in a child */
        struct mxs_sandbox_state state;
        int code = -77;
        char *json = malloc(3000000);
        memset(json, 'x', 3000000);
        if (mxs_sandbox_enter(MXS_SANDBOX_AUTO, &(struct mxs_sandbox_limits){0}, &state, NULL) != MXS_OK ||
            mxs_hook_run(helper, 1, json, 3000000, &code, NULL) != MXS_OK)
            _exit(1);
        _exit(code);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    cr_assert_eq(status, 0);
    char text[20] = "";
    cr_assert_gt(read(fd, text, sizeof text - 1), 0);
    cr_assert_str_eq(text, "3000000\n");
    close(fd);
    unlink(path);
}

Test(base_hook, a_helper_that_died_is_an_error)
{
    int code = -77;
    start("kill -9 $PPID", 20);
    cr_assert_eq(mxs_hook_run(helper, 1, "{}", 2, &code, &detail), MXS_ERR_IO);
    cr_assert_eq(mxs_hook_run(helper, 1, "{}", 2, &code, &detail), MXS_ERR_IO);
    cr_assert_eq(code, -77);
}
