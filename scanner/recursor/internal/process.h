/* What a process of ours asks of the system: to die with its parent, to hold no descriptor but its own, to be known by
 * its words. Linux' way lies in process_linux.c, any POSIX system's in process_plain.c.
 *
 * Ownership  A tie is opened by the parent before it forks, and closed by it after the child is buried
 * Threads    The thread that forks must outlive the child: with it the child dies
 */
#ifndef MXS_SCANNER_RECURSOR_INTERNAL_PROCESS_H
#define MXS_SCANNER_RECURSOR_INTERNAL_PROCESS_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What a child notices its parent's end by, where the kernel tells nobody. */
struct mxs_tie {
    int ends[2]; /* read by who watches, held open by the parent; -1: there is none */
};

bool mxs_tie_open(struct mxs_tie *out);
void mxs_tie_close(struct mxs_tie *tie);
/* In the child, as the last thing before it becomes another program: from here on it dies with `parent`, even if that
 * is killed. tie NULL: the child will hear of it by itself. False: the parent has ended already, or it cannot be done.
 */
bool mxs_process_bind(pid_t parent, const struct mxs_tie *tie);
/* Descriptors from 3 on close when another program begins. */
void mxs_process_files_close(void);
/* Short of memory, the system may end this process first. */
void mxs_process_offer_put(void);
/* We are root here, an ordinary user outside, and there is no second user. */
bool mxs_process_alone(void);
/* A pipe takes at least so many bytes before its reader reads. */
bool mxs_process_pipe_reset(int fd, int size_bytes);
/* The folder that has one named by its number for every process; NULL: there is none. */
DIR *mxs_processes_open(void);
/* The words it was started with, each with its NUL. Their size; 0: they cannot be read. */
size_t mxs_process_words_read(const char *number, char *out, size_t size);

#endif
