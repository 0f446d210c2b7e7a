/* A survey reads what strangers wrote. Should a decoder ever be led astray, it finds a process that cannot execve,
 * fork, trace or mount, and whose files are the database's folder and the named output folders. Hooks run from a helper
 * that was forked earlier (scanner/run/hook.h).
 *
 * Spec       landlock(7), seccomp(2)
 * In         A mode and the folders that may be written
 * Out        A process that can start no program and write nowhere else
 * Limits     MXS_SANDBOX_FOLDERS_MAX folders
 * Errors     MXS_ERR_INPUT: a folder that is none, or, when required, a kernel that cannot; MXS_ERR_MEMORY
 * Threads    Once, before the first thread: threads inherit it, older ones would escape it
 * Bugs       Reading is not restricted, and neither is what is already open. Under a sanitizer new processes stay
 *            allowed (its leak check is one); execve is refused all the same
 */
#ifndef MXS_SCANNER_RUN_SANDBOX_H
#define MXS_SCANNER_RUN_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define MXS_SANDBOX_FOLDERS_MAX 16

enum mxs_sandbox_mode {
    MXS_SANDBOX_REQUIRE, /* both or nothing: an error where the kernel has not both */
    MXS_SANDBOX_AUTO,    /* what the kernel has */
    MXS_SANDBOX_OFF,
};

struct mxs_sandbox_state {
    bool files;   /* landlock is in force */
    bool calls;   /* the seccomp filter is in force */
    int landlock; /* the kernel's landlock version, 0: none */
};

/* "require", "auto", "off" -> the mode; false: none of them. */
bool mxs_sandbox_mode_parse(const char *text, enum mxs_sandbox_mode *out);
/* Cannot be undone. out is written on success. */
MXS_CHECK enum mxs_err mxs_sandbox_enter(enum mxs_sandbox_mode mode, const char *const *folders, size_t folder_count,
                                         struct mxs_sandbox_state *out, struct mxs_detail *detail);
/* One phrase for the log: "files and calls restricted". Static. */
const char *mxs_sandbox_text(const struct mxs_sandbox_state *state);
/* libseccomp's version, for the run's record. Static. */
const char *mxs_sandbox_seccomp_version(void);

#endif
