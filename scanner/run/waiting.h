/* Says within a second that resolvers are silent, while they are asked for the first time: a blank screen looks like a
 * fault of the program.
 *
 * In         A pool that is being probed
 * Out        One line of the log, or none where they answer
 * Ownership  open/close; the struct must live until the loop has run once more
 * Threads    The loop's
 */
#ifndef MXS_SCANNER_RUN_WAITING_H
#define MXS_SCANNER_RUN_WAITING_H

#include <uv.h>

#include "scanner/resolve/pool.h"

struct mxs_waiting {
    uv_timer_t timer;
    const mxs_pool *pool;
};

void mxs_waiting_open(struct mxs_waiting *waiting, uv_loop_t *loop, const mxs_pool *pool);
void mxs_waiting_close(struct mxs_waiting *waiting);

#endif
