/* The helper is a process of its own for as long as the scan lives, and ends when the scan's end of the socket closes,
 * however the scan died. It ignores the signals a terminal or a service manager sends to the whole group: the scan
 * decides when it is done, and the hook comes after. */
#include "scanner/run/hook.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define GRACE_NS (2 * MXS_NS_PER_S) /* between asking a hook to end and ending it */

struct mxs_hook_helper {
    int socket;
    pid_t pid;
    size_t count;
};

struct request {
    uint32_t command;
    uint32_t size_bytes;
};

static bool read_all(int fd, void *out, size_t size)
{
    for (char *at = out; size > 0;) {
        ssize_t got = read(fd, at, size);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
    return true;
}

static bool send_all(int fd, const void *data, size_t size)
{
    for (const char *at = data; size > 0;) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return false;
        if (sent > 0) {
            at += sent;
            size -= (size_t)sent;
        }
    }
    return true;
}

/* ---- the helper's side ------------------------------------------------------------------------------------------ */

static void signals_set(void (*handler)(int))
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGXFSZ};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], handler);
}

static _Noreturn void become(const char *command, int input)
{
    setpgid(0, 0); /* so that a hook that hangs is ended with all it started */
    signals_set(SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(input, STDIN_FILENO) >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* Writes what the pipe takes now; true when all is written or the reader is gone. */
static bool feed(int fd, const char **at, size_t *left)
{
    while (*left > 0) {
        ssize_t sent = send(fd, *at, *left, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0)
            return errno != EAGAIN && errno != EINTR;
        *at += sent;
        *left -= (size_t)sent;
    }
    return true;
}

static int exit_code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int attend(pid_t pid, int input, const char *json, size_t left, unsigned timeout_s)
{
    uint64_t began = mxs_clock_ns(), limit = (uint64_t)timeout_s * MXS_NS_PER_S;
    bool asked = false;
    for (;;) {
        int status;
        pid_t gone = waitpid(pid, &status, WNOHANG);
        if (gone == pid || gone < 0) {
            if (input >= 0)
                close(input);
            return asked ? MXS_HOOK_TIMED_OUT : gone == pid ? exit_code_of(status) : 127;
        }
        if (input >= 0 && feed(input, &json, &left)) {
            close(input);
            input = -1;
        }
        uint64_t spent = mxs_clock_ns() - began;
        if (timeout_s > 0 && spent > limit && !asked) {
            asked = true;
            kill(-pid, SIGTERM);
        }
        if (asked && spent > limit + GRACE_NS)
            kill(-pid, SIGKILL);
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
}

static int run(const char *command, const char *json, size_t size, unsigned timeout_s)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return 127;
    pid_t pid = fork();
    if (pid == 0)
        become(command, ends[0]);
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        return 127;
    }
    setpgid(pid, pid); /* whichever of the two comes first */
    shutdown(ends[1], SHUT_RD);
    return attend(pid, ends[1], json, size, timeout_s);
}

static _Noreturn void serve(int socket, const char *const *commands, size_t count, unsigned timeout_s)
{
    signals_set(SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    struct request request;
    while (read_all(socket, &request, sizeof request)) {
        if (request.command >= count || request.size_bytes > MXS_HOOK_JSON_MAX)
            break;
        char *json = malloc(request.size_bytes + 1u);
        if (json == NULL || !read_all(socket, json, request.size_bytes))
            break;
        int32_t code = run(commands[request.command], json, request.size_bytes, timeout_s);
        free(json);
        if (!send_all(socket, &code, sizeof code))
            break;
    }
    _exit(0);
}

/* ---- the scan's side -------------------------------------------------------------------------------------------- */

enum mxs_err mxs_hook_helper_start(mxs_hook_helper **out, const char *const *commands, size_t count,
                                   unsigned timeout_s, struct mxs_detail *detail)
{
    MXS_ASSERT(count <= MXS_HOOK_COMMANDS_MAX);
    const char *known[MXS_HOOK_COMMANDS_MAX] = {0};
    for (size_t i = 0; i < count; i++)
        known[i] = commands[i] != NULL ? commands[i] : ":";
    mxs_hook_helper *helper = calloc(1, sizeof *helper);
    if (helper == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for the process that runs hooks");
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        free(helper);
        return mxs_err_set(detail, MXS_ERR_IO, "the process that runs hooks: %s", strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        serve(ends[1], known, count, timeout_s);
    }
    int code = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        free(helper);
        return mxs_err_set(detail, MXS_ERR_IO, "the process that runs hooks: %s", strerror(code));
    }
    *helper = (mxs_hook_helper){.socket = ends[0], .pid = pid, .count = count};
    *out = helper;
    return MXS_OK;
}

enum mxs_err mxs_hook_run(mxs_hook_helper *helper, size_t command, const char *json, size_t size_bytes,
                          int *exit_code, struct mxs_detail *detail)
{
    MXS_ASSERT(command < helper->count);
    if (size_bytes > MXS_HOOK_JSON_MAX)
        return mxs_err_set(detail, MXS_ERR_FULL, "the summary for the hook is larger than 16 MiB");
    struct request request = {(uint32_t)command, (uint32_t)size_bytes};
    int32_t code;
    if (!send_all(helper->socket, &request, sizeof request) || !send_all(helper->socket, json, size_bytes) ||
        !read_all(helper->socket, &code, sizeof code))
        return mxs_err_set(detail, MXS_ERR_IO, "the process that runs hooks has ended");
    *exit_code = code;
    return MXS_OK;
}

void mxs_hook_helper_stop(mxs_hook_helper **helper)
{
    mxs_hook_helper *gone = *helper;
    *helper = NULL;
    if (gone == NULL)
        return;
    close(gone->socket);
    while (waitpid(gone->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    free(gone);
}
