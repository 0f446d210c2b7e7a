/* A turn of the loop is all it does between two looks at its sockets, without the time it sleeps. While one lasts no
 * answer is read and no timer runs. The cost is a look at the clock a turn.
 *
 * In         The loop
 * Out        How long its turns take
 * Units      nanoseconds
 * Ownership  Part of the survey; closed before its loop is
 * Threads    The loop thread
 * Bugs       A turn that was interrupted by another process counts in full
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_LOOP_TURNS_H
#define MXS_SCANNER_RUN_INTERNAL_LOOP_TURNS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define MXS_LOOP_TURN_CLASSES 6 /* below 1, 2, 5, 10, 20 ms, and longer */

struct mxs_loop_turn_counts {
    uint64_t longest_ns;
    uint64_t turns[MXS_LOOP_TURN_CLASSES];
};

struct mxs_loop_turns {
    uv_prepare_t prepare;
    uint64_t busy_ns; /* of the loop, up to the end of the last turn */
    bool watching;
    struct mxs_loop_turn_counts counts;
};

/* Before the loop runs for the first time. */
void mxs_loop_turns_open(struct mxs_loop_turns *loop_turns, uv_loop_t *loop);
/* Turns count from here to the end of the watch; the loop is about to run. */
void mxs_loop_turns_begin(struct mxs_loop_turns *loop_turns);
void mxs_loop_turns_end(struct mxs_loop_turns *loop_turns);
void mxs_loop_turns_close(struct mxs_loop_turns *loop_turns);

#endif
