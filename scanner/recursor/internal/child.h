/* Starting a program of Unbound's: with the configuration on its standard input, what it says on a pipe, as an ordinary
 * user, and ended with us.
 *
 * In         A program, its words, a text of less than a pipe takes
 * Out        Its pid, and the pipe of its standard error and output
 * Errors     MXS_ERR_INPUT: not installed; MXS_ERR_IO
 * Ownership  The caller waits for the pid, then closes the child
 * Threads    The thread that starts must outlive the child: with it the child dies
 */
#ifndef MXS_SCANNER_RECURSOR_INTERNAL_CHILD_H
#define MXS_SCANNER_RECURSOR_INTERNAL_CHILD_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "scanner/recursor/internal/process.h"

#define MXS_CHILD_PATH_MAX 256

/* Whom a child becomes, when we are root. */
struct mxs_child_user {
    bool other;
    uid_t uid;
    gid_t gid;
};

struct mxs_child {
    pid_t pid;
    int said; /* what it says */
    struct mxs_tie tie;
};

/* Looks where PATH says, and where programs of the administrator are. */
MXS_CHECK enum mxs_err mxs_child_find(const char *name, char out[MXS_CHILD_PATH_MAX], struct mxs_detail *detail);
/* unbound, else nobody. */
MXS_CHECK enum mxs_err mxs_child_user_find(struct mxs_child_user *out, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_child_open(struct mxs_child *out, char *const *words, const char *text, size_t size_bytes,
                                      const struct mxs_child_user *user, struct mxs_detail *detail);
/* After it was waited for. */
void mxs_child_close(struct mxs_child *child);

/* The same, waited for: what it says, cut to the room, and its exit code; 127 when it could not be started. */
int mxs_child_hear(char *const *words, const char *text, size_t size_bytes, const struct mxs_child_user *user,
                   char *out, size_t room);

#endif
