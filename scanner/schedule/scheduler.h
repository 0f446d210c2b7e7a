/* Holds a fixed table of questions and asks each up to `tries` times over the pool's resolvers, and what is silent when
 * nothing else is left once more, until an outcome is settled or its deadline is over. Pulls from the source only
 * while it has a free slot, the pace allows it, and the sink has room: capacity flows back, questions never pile up.
 *
 * Spec       @rfc{1035,7.2} @rfc{9520,3}
 * In         A source of questions, a pool of resolvers
 * Out        One final answer per question
 * Units      milliseconds in the options
 * Limits     concurrency questions in flight at once, mxs_scheduler_capacity taken at once, both fixed at creation
 * Errors     MXS_ERR_MEMORY at creation; MXS_ERR_STOPPED when all resolvers stay away too long
 * Ownership  create/destroy; the pool is the caller's
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_SCHEDULE_SCHEDULER_H
#define MXS_SCANNER_SCHEDULE_SCHEDULER_H

#include "model/domain.h"
#include "scanner/resolve/pool.h"

typedef struct mxs_scheduler mxs_scheduler;

struct mxs_scheduler_options {
    uint32_t concurrency;
    uint32_t tries;
    uint32_t deadline_ms;         /* from the first attempt on, or from when one could have been made */
    uint32_t servfail_spacing_ms; /* between attempts after SERVFAIL */
    uint32_t rate_qps;            /* all resolvers together; 0 none */
    uint32_t resolver_rate_qps;   /* each; 0 none. A loopback resolver has none unless resolver_rate_set */
    bool resolver_rate_set;
    uint32_t polite;              /* in flight per registrable domain; 0 no limit */
    uint32_t outage_wait_ms;
    const mxs_suffixes *suffixes; /* for polite; NULL: by whole name */
    uint32_t timeout_ms;          /* of one attempt, as the pool has it; 0: 5,000 */
};

/* The next question into *out: MXS_OK, MXS_ERR_END (no more, unless an answer that is waited for brings more: then call
 * mxs_scheduler_wake), or MXS_ERR_FULL (there may be more, but no room for it now: call mxs_scheduler_wake when there
 * is). The name must stay valid until the call returns. */
typedef enum mxs_err (*mxs_scheduler_source)(void *arg, struct mxs_question *out);
/* The final answer. Views live for the call only. Returns MXS_OK, or an error that stops the stage. */
typedef enum mxs_err (*mxs_scheduler_sink)(void *arg, const struct mxs_question *question,
                                           const struct mxs_answer *answer, const struct mxs_measurement *measurement);
/* The source is at its end with every question answered, or the stage was stopped (err). */
typedef void (*mxs_scheduler_idle)(void *arg, enum mxs_err err);

struct mxs_scheduler_status {
    uint32_t in_flight, waiting;  /* waiting: for a retry */
    uint64_t asked, answered;     /* questions taken from the source and finished, over the scheduler's life */
    uint64_t retries;
    uint32_t silent;              /* names that are late, and are waited for */
    uint64_t silent_ms;           /* at most */
    bool paused;                  /* all resolvers are away */
    uint64_t paused_ms;           /* how long, over the scheduler's life */
};

/* How fast one resolver is asked now. */
struct mxs_scheduler_pace {
    uint32_t window, in_flight;
    uint32_t rate_qps; /* 0: not paced */
};

MXS_CHECK enum mxs_err mxs_scheduler_create(mxs_scheduler **out, uv_loop_t *loop, mxs_pool *pool,
                                            const struct mxs_scheduler_options *options, struct mxs_detail *detail);
void mxs_scheduler_destroy(mxs_scheduler **scheduler);
/* How many questions it may have taken and not answered yet: in flight, and waiting for their next attempt. */
uint32_t mxs_scheduler_capacity(const mxs_scheduler *scheduler);

/* Begins a stage. One stage at a time. limit: questions in flight for this stage, 0 = concurrency. */
void mxs_scheduler_start(mxs_scheduler *scheduler, uint32_t limit, mxs_scheduler_source source,
                         mxs_scheduler_sink sink, mxs_scheduler_idle idle, void *arg);
/* Attempts of each question in the stage that is started next, and only there; without it the options' tries. */
void mxs_scheduler_tries(mxs_scheduler *scheduler, uint32_t tries);
/* The source has questions again, or room for them; or the sink has room again. */
void mxs_scheduler_wake(mxs_scheduler *scheduler);
/* No new questions; those in flight may end within drain_ms, the rest is dropped without an answer. Then idle. */
void mxs_scheduler_stop(mxs_scheduler *scheduler, uint32_t drain_ms);
void mxs_scheduler_pace(const mxs_scheduler *scheduler, uint32_t resolver, struct mxs_scheduler_pace *out);
void mxs_scheduler_status(const mxs_scheduler *scheduler, struct mxs_scheduler_status *out);

#endif
