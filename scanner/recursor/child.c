/* Order matters in the child. A change of user undoes that it dies with its parent (PR_SET_PDEATHSIG), so that comes
 * after; the pipe of the configuration is made after it, too, because opening /dev/stdin again wants the right to. The
 * pipe has no path, and AppArmor, which would refuse a file of ours, does not ask about it. */
#include "scanner/recursor/internal/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MORE_PATHS "/usr/sbin:/usr/local/sbin:/sbin"
#define NOT_STARTED 127

static bool find_in(const char *paths, const char *name, char out[MXS_CHILD_PATH_MAX])
{
    while (*paths != 0) {
        int size = (int)strcspn(paths, ":");
        struct stat file;
        if (size > 0 && paths[0] == '/' &&
            snprintf(out, MXS_CHILD_PATH_MAX, "%.*s/%s", size, paths, name) < MXS_CHILD_PATH_MAX &&
            stat(out, &file) == 0 && S_ISREG(file.st_mode) && access(out, X_OK) == 0)
            return true;
        paths += size;
        paths += *paths == ':';
    }
    return false;
}

enum mxs_err mxs_child_find(const char *name, char out[MXS_CHILD_PATH_MAX], struct mxs_detail *detail)
{
    char found[MXS_CHILD_PATH_MAX];
    const char *paths = getenv("PATH");
    if ((paths == NULL || !find_in(paths, name, found)) && !find_in(MORE_PATHS, name, found))
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "--recursor: %s is not installed: `sudo apt-get install unbound` (on Debian and Ubuntu its"
                           " service starts too and is not needed: `sudo systemctl disable --now unbound`), or scan "
                           "without --recursor",
                           name);
    memcpy(out, found, MXS_CHILD_PATH_MAX);
    return MXS_OK;
}

enum mxs_err mxs_child_user_find(struct mxs_child_user *out, struct mxs_detail *detail)
{
    *out = (struct mxs_child_user){.other = false};
    if (geteuid() != 0 || mxs_process_alone())
        return MXS_OK;
    const struct passwd *user = getpwnam("unbound");
    if (user == NULL)
        user = getpwnam("nobody");
    if (user == NULL || user->pw_uid == 0)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "--recursor: Unbound is not run as root, and there is neither a user `unbound` nor a user"
                           " `nobody` to run it as: `sudo apt-get install unbound`");
    *out = (struct mxs_child_user){.other = true, .uid = user->pw_uid, .gid = user->pw_gid};
    return MXS_OK;
}

static bool become(const struct mxs_child_user *user)
{
    return !user->other ||
           (setgroups(0, NULL) == 0 && setresgid(user->gid, user->gid, user->gid) == 0 &&
            setresuid(user->uid, user->uid, user->uid) == 0 && getuid() == user->uid && geteuid() == user->uid);
}

static bool put_input(const char *text, size_t size)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0 || !mxs_process_pipe_reset(ends[1], 65536))
        return false;
    bool written = write(ends[1], text, size) == (ssize_t)size && dup2(ends[0], STDIN_FILENO) >= 0;
    close(ends[1]);
    return written;
}

static _Noreturn void run(char *const *words, const char *text, size_t size, const struct mxs_child_user *user,
                          int said, const struct mxs_tie *tie, pid_t parent)
{
    static char paths[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    static char *const environment[] = {paths, NULL};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    setsid(); /* a terminal's Ctrl-C is for the scan, which drains */
    mxs_process_offer_put();
    if (dup2(said, STDOUT_FILENO) < 0 || dup2(said, STDERR_FILENO) < 0)
        _exit(NOT_STARTED);
    mxs_process_files_close();
    if (!become(user) || !put_input(text, size) || !mxs_process_bind(parent, tie)) {
        dprintf(STDERR_FILENO, "cannot be started: %s\n", strerror(errno));
        _exit(NOT_STARTED);
    }
    execve(words[0], words, environment);
    dprintf(STDERR_FILENO, "%s: %s\n", words[0], strerror(errno));
    _exit(NOT_STARTED);
}

enum mxs_err mxs_child_open(struct mxs_child *out, char *const *words, const char *text, size_t size_bytes,
                            const struct mxs_child_user *user, struct mxs_detail *detail)
{
    int ends[2];
    pid_t parent = getpid();
    struct mxs_tie tie;
    if (!mxs_tie_open(&tie))
        return mxs_err_set(detail, MXS_ERR_IO, "--recursor: a pipe: %s", strerror(errno));
    if (pipe2(ends, O_CLOEXEC) != 0) {
        mxs_tie_close(&tie);
        return mxs_err_set(detail, MXS_ERR_IO, "--recursor: a pipe: %s", strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0)
        run(words, text, size_bytes, user, ends[1], &tie, parent);
    int code = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        mxs_tie_close(&tie);
        return mxs_err_set(detail, MXS_ERR_IO, "--recursor: %s cannot be started: %s", words[0], strerror(code));
    }
    *out = (struct mxs_child){.pid = pid, .said = ends[0], .tie = tie};
    return MXS_OK;
}

void mxs_child_close(struct mxs_child *child)
{
    close(child->said);
    mxs_tie_close(&child->tie);
}

static int hear_out(struct mxs_child *child, char *out, size_t size)
{
    size_t used = 0;
    char rest[512];
    for (;;) {
        bool room = used < size - 1;
        ssize_t got = read(child->said, room ? out + used : rest, room ? size - 1 - used : sizeof rest);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += room ? (size_t)got : 0;
    }
    out[used] = 0;
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    mxs_child_close(child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int mxs_child_hear(char *const *words, const char *text, size_t size_bytes, const struct mxs_child_user *user,
                   char *out, size_t room)
{
    struct mxs_child child;
    struct mxs_detail detail;
    if (mxs_child_open(&child, words, text, size_bytes, user, &detail) == MXS_OK)
        return hear_out(&child, out, room);
    snprintf(out, room, "%s", detail.text);
    return NOT_STARTED;
}
