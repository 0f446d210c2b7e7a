/* A turn of the loop is all it does between two looks at its sockets, without the time it sleeps. While one lasts no answer is read and no
 * timer runs. The cost is a look at the clock a turn.
 *
 * In         The loop
 * Out        How long its turns take
 * Units      nanoseconds
 * Ownership  Part of the survey; closed before its loop is
 * Threads    The loop thread
 * Bugs       A turn that was interrupted by another process counts in full
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_STALL_H
#define MXS_SCANNER_RUN_INTERNAL_STALL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define MXS_STALL_CLASSES 6 /* below 1, 2, 5, 10, 20 ms, and longer */

struct mxs_stall_counts {
    uint64_t longest_ns;
    uint64_t turns[MXS_STALL_CLASSES];
};

struct mxs_stall {
    uv_prepare_t prepare;
    uint64_t busy_ns; /* of the loop, up to the end of the last turn */
    bool watching;
    struct mxs_stall_counts counts;
};

/* Before the loop runs for the first time. */
void mxs_stall_open(struct mxs_stall *stall, uv_loop_t *loop);
/* Turns count from here to the end of the watch; the loop is about to run. */
void mxs_stall_begin(struct mxs_stall *stall);
void mxs_stall_end(struct mxs_stall *stall);
void mxs_stall_close(struct mxs_stall *stall);

#endif
