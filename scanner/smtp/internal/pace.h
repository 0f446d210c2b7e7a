/* Which server may be met next, and when: arithmetic and queues, no clock and no socket. Each server belongs to two
 * gates, its network and its provider; a gate lets one pass in half a second, and so many be open. Who finds one of its
 * gates shut waits there.
 *
 * In         Targets (small numbers), the gates they belong to, the time
 * Out        The next target, or how long until there may be one
 * Units      Nanoseconds of the monotonic clock
 * Limits     Memory
 * Errors     MXS_ERR_MEMORY
 * Ownership  init/finish
 * Threads    One at a time. Pure
 */
#ifndef MXS_SCANNER_SMTP_INTERNAL_PACE_H
#define MXS_SCANNER_SMTP_INTERNAL_PACE_H

#include "base/bytes.h"
#include "base/err.h"

#define MXS_SMTP_GATE_OPEN 4u
#define MXS_SMTP_GATE_MS 500u
#define MXS_SMTP_GATE_MS_MAX 8000u
#define MXS_SMTP_NEVER UINT64_MAX

struct mxs_smtp_gate {
    uint64_t next_ns;     /* nobody passes before */
    uint32_t interval_ms; /* grows where a server asks for it */
    uint32_t open;
    uint32_t first, last; /* waiting here; target + 1, 0 none */
    bool queued;          /* in the heap of gates */
};

struct mxs_smtp_heap {
    struct mxs_smtp_due {
        uint64_t at_ns;
        uint32_t id;
    } *entries;
    uint32_t count;
    size_t capacity;
};

struct mxs_smtp_pace {
    uint32_t rate, concurrency;
    uint64_t random;
    uint64_t next_ns; /* over all */
    uint32_t open;
    struct mxs_smtp_gate *gates;
    uint32_t gate_count;
    size_t gate_capacity;
    struct mxs_smtp_position {
        uint32_t network, provider; /* gates */
        uint32_t next;              /* in the queue of a gate; target + 1 */
    } *positions;                      /* by target */
    size_t position_capacity;
    uint32_t *fresh;                /* shuffled */
    uint32_t fresh_count;
    size_t fresh_capacity;
    uint32_t waiting;               /* at gates */
    uint32_t given_up;              /* gates whose queues take_any has emptied */
    struct mxs_smtp_heap gates_due, retries;
    struct {
        uint64_t at_ns;                  /* the target taken last was taken */
        uint64_t all, network, provider; /* next_ns before it */
    } before;
};

/* rate in targets a second, 0 none; concurrency at least 1. */
void mxs_smtp_pace_init(struct mxs_smtp_pace *pace, uint32_t rate, uint32_t concurrency, uint64_t seed);
void mxs_smtp_pace_finish(struct mxs_smtp_pace *pace);
/* A gate of its own number: 0, 1, 2 ... in the order they are made. */
MXS_CHECK enum mxs_err mxs_smtp_pace_put_gate(struct mxs_smtp_pace *pace, uint32_t *out);
/* A new target, at a random place among those that have not begun. */
MXS_CHECK enum mxs_err mxs_smtp_pace_put(struct mxs_smtp_pace *pace, uint32_t target, uint32_t network,
                                         uint32_t provider);
/* A target that was taken before, not before at_ns. */
MXS_CHECK enum mxs_err mxs_smtp_pace_put_again(struct mxs_smtp_pace *pace, uint32_t target, uint64_t at_ns);
/* Takes the next target; false: none before *wait_ns from now (MXS_SMTP_NEVER: not before one ends). */
MXS_CHECK bool mxs_smtp_pace_take(struct mxs_smtp_pace *pace, uint64_t now_ns, uint32_t *target, uint64_t *wait_ns);
/* A target that was taken is done with; slower: its provider asked for patience. */
void mxs_smtp_pace_end(struct mxs_smtp_pace *pace, uint32_t target, bool slower);
/* The target taken last has been met only now, on a busy machine: pauses begin then. */
void mxs_smtp_pace_met(struct mxs_smtp_pace *pace, uint32_t target, uint64_t now_ns);
/* The target taken last is not met after all: time passed for nobody. */
void mxs_smtp_pace_forgo(struct mxs_smtp_pace *pace, uint32_t target);
/* Takes any target, without regard to time or gates: what is left is given up. False: none is left. */
MXS_CHECK bool mxs_smtp_pace_take_any(struct mxs_smtp_pace *pace, uint32_t *target);
/* Nothing waits, and nothing is open. */
static inline bool mxs_smtp_pace_idle(const struct mxs_smtp_pace *pace)
{
    return pace->open == 0 && pace->waiting == 0 && pace->fresh_count == 0 && pace->retries.count == 0;
}

#endif
