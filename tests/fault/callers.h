/* Who asks: the callers above a call, for programs that stand between a library and what it asks for.
 *
 * Calls that SQLite makes for one and the same of our lines fail for one and the same of our handlers, which has to
 * live with it, however deep in SQLite they are.
 */
#ifndef MXS_TESTS_FAULT_CALLERS_H
#define MXS_TESTS_FAULT_CALLERS_H

#include <execinfo.h>
#include <stdbool.h>
#include <stdint.h>

enum { CALLERS_MAX = 64 };
extern char __executable_start, etext; /* the linker's */

/* Loads what it takes now, not in the middle of a call that fails. */
static inline void callers_prepare(void)
{
    void *first[1];
    backtrace(first, 1);
}

/* As a number, the same in every run that is not randomised (setarch -R). only_own: without those of libraries. */
static inline uint64_t callers_of(bool only_own)
{
    void *snapshots[CALLERS_MAX];
    uint64_t hash = 14695981039346656037u;
    for (int count = backtrace(snapshots, CALLERS_MAX), i = 0; i < count; i++)
        if (!only_own || ((char *)snapshots[i] >= &__executable_start && (char *)snapshots[i] < &etext))
            hash = (hash ^ (uintptr_t)snapshots[i]) * 1099511628211u;
    return hash;
}

#endif
