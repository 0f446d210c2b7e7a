/* A survey reads what strangers wrote. Should a decoder ever be led astray, it finds a process that cannot execve,
 * fork, trace, mount or listen, whose files are the database's folder and the named output folders, and which can make
 * and connect no socket: those to the resolvers, and to mail and web servers where they are asked, come from a broker
 * (scanner/outside) that was forked before. So do hooks from a helper of theirs (scanner/run/hook.h).
 *
 * Spec       landlock(7), seccomp(2)
 * In         A mode, the folders that may be written, whom the process may reach
 * Out        A process that can start no program, write nowhere else, and reach nobody else
 * Limits     MXS_SANDBOX_FOLDERS_MAX folders
 * Errors     MXS_ERR_INPUT: a folder that is none, or, when required, a kernel that cannot; MXS_ERR_IO: no broker;
 *            MXS_ERR_MEMORY
 * Threads    Once, before the first thread: threads inherit it, older ones would escape it
 * Bugs       Reading is not restricted, and neither is what is already open. Where the kernel has landlock and no
 *            seccomp there is no broker: TCP is limited to the ports of the rules (landlock 4, Linux 6.7), UDP not.
 *            Under a sanitizer new processes stay allowed (its leak check is one); execve is refused all the same
 */
#ifndef MXS_SCANNER_RUN_SANDBOX_H
#define MXS_SCANNER_RUN_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MXS_SANDBOX_FOLDERS_MAX 16

enum mxs_sandbox_mode {
    MXS_SANDBOX_REQUIRE, /* both or nothing: an error where the kernel has not both */
    MXS_SANDBOX_AUTO,    /* what the kernel has */
    MXS_SANDBOX_OFF,
};

struct mxs_outside_rule;

struct mxs_sandbox_limits {
    const char *const *folders; /* that may be written */
    size_t folder_count;
    const struct mxs_outside_rule *rules; /* whom it may reach (scanner/outside/outside.h) */
    size_t rule_count;
};

struct mxs_sandbox_state {
    bool files;   /* landlock is in force */
    bool calls;   /* the seccomp filter is in force, and nobody else can be reached */
    int landlock; /* the kernel's landlock version, 0: none */
};

/* "require", "auto", "off" -> the mode; false: none of them. */
bool mxs_sandbox_mode_parse(const char *text, enum mxs_sandbox_mode *out);
/* Cannot be undone. out is written on success. */
MXS_CHECK enum mxs_err mxs_sandbox_enter(enum mxs_sandbox_mode mode, const struct mxs_sandbox_limits *limits,
                                         struct mxs_sandbox_state *out, struct mxs_detail *detail);
/* What the kernel can give, without entering. */
void mxs_sandbox_find(struct mxs_sandbox_state *out);
/* One phrase for the log: "files, network and calls restricted". Static. */
const char *mxs_sandbox_text(const struct mxs_sandbox_state *state);
/* libseccomp's version, for the run's record. Static. */
const char *mxs_sandbox_seccomp_version(void);

#endif
