/* Where no kernel ends a child with its parent, a watcher does: forked by the child before it becomes another program,
 * it holds the reading end of a pipe whose writing end only the parent has, so it hears the parent's end whatever that
 * was. It kills the process that is its own parent by then, so never a stranger who got that number later, and goes
 * when the child has gone. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/recursor/internal/process.h"

#define LOOK_MS 100
#define DESCRIPTORS_MAX 65536

bool mxs_tie_open(struct mxs_tie *out) { return pipe2(out->ends, O_CLOEXEC) == 0; }

void mxs_tie_close(struct mxs_tie *tie)
{
    for (int i = 0; i < 2; i++) {
        if (tie->ends[i] >= 0)
            close(tie->ends[i]);
        tie->ends[i] = -1;
    }
}

static int descriptors(void)
{
    long most = sysconf(_SC_OPEN_MAX);
    return most > 0 && most < DESCRIPTORS_MAX ? (int)most : DESCRIPTORS_MAX;
}

static _Noreturn void watch(pid_t child, int fd)
{
    for (int other = descriptors() - 1; other >= 0; other--)
        if (other != fd)
            close(other); /* whoever waits for the child's last words must not wait for ours */
    for (;;) {
        struct pollfd parent = {fd, POLLIN, 0};
        int heard = poll(&parent, 1, LOOK_MS);
        if (getppid() != child)
            _exit(0);
        if (heard > 0) {
            kill(child, SIGKILL);
            _exit(0);
        }
    }
}

bool mxs_process_bind(pid_t parent, const struct mxs_tie *tie)
{
    if (tie == NULL)
        return getppid() == parent;
    pid_t child = getpid();
    close(tie->ends[1]);
    pid_t watcher = fork();
    if (watcher == 0)
        watch(child, tie->ends[0]);
    close(tie->ends[0]);
    return watcher > 0 && getppid() == parent;
}

void mxs_process_files_close(void)
{
    for (int fd = descriptors() - 1; fd >= 3; fd--)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void mxs_process_offer_put(void) {}

bool mxs_process_alone(void) { return false; }

/* A configuration that does not fit would be waited for without end: the pipe must not block for it. */
bool mxs_process_pipe_reset(int fd, int size_bytes)
{
    (void)size_bytes;
    return fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

DIR *mxs_processes_open(void) { return NULL; }

size_t mxs_process_words_read(const char *number, char *out, size_t size)
{
    (void)number, (void)out, (void)size;
    return 0;
}
