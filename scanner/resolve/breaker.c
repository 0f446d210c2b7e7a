#include "scanner/resolve/internal/breaker.h"

#define NS_PER_S 1000000000ull
#define ROW_MAX 20u
#define WAIT_FIRST_NS NS_PER_S
#define WAIT_MAX_NS (60 * NS_PER_S)
#define KNOCK_FIRST_NS NS_PER_S
#define KNOCK_MAX_NS (5 * NS_PER_S) /* load must return within 10 s of a recovery */

static uint64_t twice(uint64_t value_ns, uint64_t most_ns) { return value_ns * 2 > most_ns ? most_ns : value_ns * 2; }

void mxs_breaker_init(struct mxs_breaker *breaker, uint64_t now_ns)
{
    *breaker = (struct mxs_breaker){.wait_ns = WAIT_FIRST_NS, .heard_ns = now_ns};
}

void mxs_breaker_open(struct mxs_breaker *breaker, uint64_t now_ns)
{
    if (breaker->open)
        return;
    bool again = breaker->closed_ns != 0 && now_ns - breaker->closed_ns < WAIT_MAX_NS;
    breaker->wait_ns = again ? twice(breaker->wait_ns, WAIT_MAX_NS) : WAIT_FIRST_NS;
    breaker->until_ns = now_ns + breaker->wait_ns;
    breaker->knock_ns = KNOCK_FIRST_NS;
    breaker->open = true;
    breaker->dead = breaker->alive = false;
    breaker->openings++;
    breaker->due_ns = now_ns; /* the first control question leaves at once */
}

void mxs_breaker_blame(struct mxs_breaker *breaker, uint64_t silent_ns, uint64_t now_ns)
{
    if (++breaker->row >= ROW_MAX && breaker->asked_ns != 0 && now_ns - breaker->asked_ns >= silent_ns)
        mxs_breaker_open(breaker, now_ns);
}

bool mxs_breaker_due(struct mxs_breaker *breaker, uint64_t now_ns)
{
    bool due = now_ns >= breaker->due_ns || (breaker->alone && breaker->alive);
    if (!breaker->open || breaker->asking || !due)
        return false;
    breaker->asking = true;
    return true;
}

void mxs_breaker_control(struct mxs_breaker *breaker, bool answered, uint64_t now_ns)
{
    breaker->asking = false;
    if (!answered) {
        breaker->dead = true;
        breaker->alive = false;
        breaker->due_ns = now_ns + breaker->knock_ns;
        breaker->knock_ns = twice(breaker->knock_ns, KNOCK_MAX_NS);
        return;
    }
    if (breaker->open && !breaker->dead && !breaker->alone && now_ns < breaker->until_ns) {
        breaker->alive = true;
        breaker->due_ns = breaker->until_ns;
        return;
    }
    if (breaker->open)
        breaker->closed_ns = now_ns;
    breaker->open = false;
    mxs_breaker_put(breaker, now_ns);
}
