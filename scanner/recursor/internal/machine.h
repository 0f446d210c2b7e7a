/* What this machine has for an Unbound: machine_linux.c knows of control groups and of affinity, machine_plain.c what
 * POSIX tells.
 *
 * Out        Bytes; cores. 0 bytes: not known
 * Threads    Any
 */
#ifndef MXS_SCANNER_RECURSOR_INTERNAL_MACHINE_H
#define MXS_SCANNER_RECURSOR_INTERNAL_MACHINE_H

#include <stdint.h>

/* What a service or a container allows counts, where it allows less. */
uint64_t mxs_machine_memory_read(void);
uint32_t mxs_machine_cores_read(void);

#endif
