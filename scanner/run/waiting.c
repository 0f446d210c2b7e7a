#include "scanner/run/waiting.h"

#include <stdio.h>

#include "base/log.h"
#include "scanner/resolve/address.h"

#define SILENCE_MS 700
#define NAMED_MAX 3

static void on_silence(uv_timer_t *timer)
{
    const struct mxs_waiting *waiting = timer->data;
    char names[NAMED_MAX * (MXS_RESOLVER_ADDRESS_MAX + 2) + 1] = "";
    uint32_t silent = 0, count = mxs_pool_count(waiting->pool);
    size_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (mxs_pool_health(waiting->pool, i)->answers)
            continue;
        if (silent++ < NAMED_MAX)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used == 0 ? "" : ", ",
                                     mxs_resolver_address(mxs_pool_resolver(waiting->pool, i)));
    }
    if (silent > NAMED_MAX)
        mxs_log(MXS_LOG_NOTE, "%u of %u resolvers are silent so far (%s, ...): waiting for an answer", silent, count,
                names);
    else if (silent > 0)
        mxs_log(MXS_LOG_NOTE, "%s %s silent so far: waiting for an answer", names, silent == 1 ? "is" : "are");
}

void mxs_waiting_open(struct mxs_waiting *waiting, uv_loop_t *loop, const mxs_pool *pool)
{
    waiting->pool = pool;
    uv_timer_init(loop, &waiting->timer);
    waiting->timer.data = waiting;
    uv_timer_start(&waiting->timer, on_silence, SILENCE_MS, 0);
}

void mxs_waiting_close(struct mxs_waiting *waiting) { uv_close((uv_handle_t *)&waiting->timer, NULL); }
