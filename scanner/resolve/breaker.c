#include "scanner/resolve/breaker.h"

#define NS_PER_S 1000000000ull
#define ROW_MAX 20u
#define SPAN 64u
#define WAIT_FIRST_NS NS_PER_S
#define WAIT_MAX_NS (6 * NS_PER_S) /* load must return within 10 s of a recovery */

void mxs_breaker_init(struct mxs_breaker *breaker, uint64_t now_ns)
{
    *breaker = (struct mxs_breaker){.wait_ns = WAIT_FIRST_NS, .heard_ns = now_ns};
}

void mxs_breaker_open(struct mxs_breaker *breaker, uint64_t now_ns)
{
    if (breaker->open)
        return;
    breaker->open = true;
    breaker->openings++;
    breaker->wait_ns = WAIT_FIRST_NS;
    breaker->due_ns = now_ns; /* the first control question leaves at once */
}

void mxs_breaker_put(struct mxs_breaker *breaker, bool answered, uint64_t now_ns)
{
    if (answered) {
        breaker->row = 0;
        breaker->heard_ns = now_ns;
    } else {
        breaker->row++;
        breaker->failures++;
    }
    breaker->count++;
    bool half = breaker->count >= SPAN && breaker->failures * 2 > breaker->count;
    if (breaker->count >= SPAN)
        breaker->count = breaker->failures = 0;
    if (half || breaker->row >= ROW_MAX)
        mxs_breaker_open(breaker, now_ns);
}

bool mxs_breaker_due(struct mxs_breaker *breaker, uint64_t now_ns)
{
    if (!breaker->open || breaker->asking || now_ns < breaker->due_ns)
        return false;
    breaker->asking = true;
    return true;
}

void mxs_breaker_control(struct mxs_breaker *breaker, bool answered, uint64_t now_ns)
{
    breaker->asking = false;
    if (answered) {
        breaker->open = false;
        breaker->row = breaker->count = breaker->failures = 0;
        breaker->heard_ns = now_ns;
        return;
    }
    breaker->due_ns = now_ns + breaker->wait_ns;
    breaker->wait_ns = breaker->wait_ns * 2 > WAIT_MAX_NS ? WAIT_MAX_NS : breaker->wait_ns * 2;
}
