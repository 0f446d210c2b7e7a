#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scanner/recursor/internal/process.h"

bool mxs_tie_open(struct mxs_tie *out)
{
    *out = (struct mxs_tie){{-1, -1}};
    return true;
}

void mxs_tie_close(struct mxs_tie *tie) { (void)tie; }

bool mxs_process_bind(pid_t parent, const struct mxs_tie *tie)
{
    (void)tie;
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent;
}

void mxs_process_files_close(void) { (void)syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC); }

void mxs_process_offer_put(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, "500", 3) < 0) {
        /* then it is judged as any other */
    }
    if (fd >= 0)
        close(fd);
}

bool mxs_process_alone(void)
{
    unsigned long inside, outside, count = 0;
    FILE *file = fopen("/proc/self/uid_map", "re");
    bool alone =
        file != NULL && fscanf(file, "%lu %lu %lu", &inside, &outside, &count) == 3 && count == 1 && outside != 0;
    if (file != NULL)
        fclose(file);
    return alone;
}

bool mxs_process_pipe_reset(int fd, int size_bytes) { return fcntl(fd, F_SETPIPE_SZ, size_bytes) >= 0; }

DIR *mxs_processes_open(void) { return opendir("/proc"); }

size_t mxs_process_words_read(const char *number, char *out, size_t size)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/cmdline", number);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, out, size);
    if (fd >= 0)
        close(fd);
    return got > 0 ? (size_t)got : 0;
}
