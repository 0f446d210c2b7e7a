/* The small things that kernels and C libraries offer each in their own way. What Linux alone has lies in
 * system_linux.c, and what any POSIX system has instead in system_plain.c; the build takes one of the two
 * (-DMXS_PLAIN=ON: the latter).
 *
 * Out        What there is; where a system cannot tell, that it cannot
 * Threads    Any
 */
#ifndef MXS_BASE_SYSTEM_H
#define MXS_BASE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes that nobody can foretell. False: there are none to be had. */
bool mxs_system_random_read(void *out, size_t size_bytes);
/* A file without a name in this folder: gone when it is closed, also by a crash where the kernel can. -1: errno says
 * why. */
int mxs_system_scratch_open(const char *folder);
/* The kind of a network file system that this folder lies on ("NFS"); NULL: a local one, or the system does not tell.
 * Static. */
const char *mxs_system_network_find(const char *folder);
/* Copies within the kernel from where both files stand: bytes copied, 0 at the end, -1 where it cannot be done so. */
ssize_t mxs_system_copy_write(int from, int to, size_t size_bytes);
/* A large block goes back to the system as soon as it is freed. */
void mxs_system_large_blocks_reset(void);
/* How large a socket buffer may be, by its name in Linux ("rmem_max"); -1: the system does not tell. */
int64_t mxs_system_socket_limit_read(const char *name);

enum mxs_clock_care {
    MXS_CLOCK_KEPT,
    MXS_CLOCK_NOT_KEPT,
    MXS_CLOCK_NOT_TOLD,
};
/* Whether somebody keeps the clock in step with the world. */
enum mxs_clock_care mxs_system_clock_read(void);

#endif
