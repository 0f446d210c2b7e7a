/* Arithmetic only: no clock, no I/O, so that a test can be the clock.
 *
 * In         The time, and what happened
 * Out        Whether another datagram may leave now, and how many may be on their way
 * Units      now_ns nanoseconds of any clock that does not go back
 * Limits     1 .. 1,000,000,000 a second
 * Ownership  Plain values
 * Threads    Any; one at a time
 */
#ifndef MXS_SCANNER_SCHEDULE_INTERNAL_PACE_H
#define MXS_SCANNER_SCHEDULE_INTERNAL_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* A ceiling on a rate: at most rate * (t + burst_ns) in any time t. Rate 0: none. */
struct mxs_bucket {
    uint64_t interval_ns; /* between two at the full rate; 0: no ceiling */
    uint64_t burst_ns;
    uint64_t next_ns;     /* when the next would be due at the full rate */
};

void mxs_bucket_init(struct mxs_bucket *bucket, uint32_t rate_qps, uint64_t burst_ns);
bool mxs_bucket_fits(const struct mxs_bucket *bucket, uint64_t now_ns);
/* Takes count, also when they do not fit (then the next ones wait longer). */
void mxs_bucket_take(struct mxs_bucket *bucket, uint64_t now_ns, uint64_t count);

/* Milliseconds to the next tick, 5 to 15, or 1 to 3 where so much leaves at ticks that the resolver would be asked in lumps. Never
 * evenly: of two scanners in step one gets 95 % of what a resolver answers. random: not 0. tick_qps: see mxs_window_tick_qps. */
uint64_t mxs_pace_tick_ms(uint64_t *random, double tick_qps);

/* How one attempt ended, as far as the pace of its resolver goes. SERVFAIL and malformed answers are answers. */
enum mxs_heard { MXS_HEARD_ANSWER, MXS_HEARD_REFUSED, MXS_HEARD_NOTHING };

#define MXS_WINDOW_FIRST 16u
#define MXS_WINDOW_SAMPLES 64u

/* Questions asked in one span of time. */
struct mxs_sample {
    uint32_t number; /* which span since the clock began */
    uint32_t asked, ended, answered, refused; /* answered: refused among them */
};

/* A short while at a quarter of the pace: what is lost then is not lost for our pace. */
struct mxs_probe {
    bool asking;
    uint32_t first, end; /* the samples asked in it; both 0: none is waited for. end 0: it goes on */
    uint32_t asked, silent, refused;
    uint64_t last_ns;    /* when one was last considered */
};

/* Cuts stand on trial until it is known whether they lowered the share of what they were made for. */
struct mxs_trial {
    double baseline;       /* the share that no cut has lowered */
    bool relieved; /* the next share is the first after a cut */
    uint32_t cuts; /* 0: none is open */
    uint32_t size_before;
    double rate_before;
    double share_before;
};

/* The pace of one resolver: a window of questions in flight and, once it has been overrun, a rate. */
struct mxs_window {
    uint32_t size, ceiling;
    uint32_t grown;         /* answers towards the next place */
    bool slow_start;        /* not cut yet */
    uint64_t rtt_ns;        /* of an average answer */
    uint64_t rtt_min_ns;    /* of the quickest */
    uint64_t full_ns;       /* when the window was last full */

    uint64_t sample_ns;
    uint32_t span, judged;  /* number of the present sample, and of the next to be judged */
    uint32_t suspects;      /* in flight so long that they may be lost: they hold no place */
    uint64_t changed_ns;    /* questions asked before say nothing about the window as it is */
    uint64_t cut_ns;        /* the last cut; 0: none */
    uint32_t asked, silent, spans; /* of samples judged together */
    struct mxs_trial trial;
    struct mxs_probe probe;
    struct mxs_sample samples[MXS_WINDOW_SAMPLES];

    uint32_t burst_answers, burst_refused; /* since the last look */
    uint64_t refused_ns;    /* the last look */
    struct mxs_trial refused_trial;

    double rate_qps;        /* 0: not paced */
    uint32_t places;        /* in flight at that rate before the first is a suspect: silence must not stall it */
    bool refused;           /* the last cut was for REFUSED */
    double place_qps;       /* below it the rate is far from its place, and grows fast */
    uint64_t round_ns;      /* the last look at the rate */
    uint64_t held_ns;       /* when the rate was last what held */
    uint64_t tick_ns;       /* the last tick */
    struct mxs_bucket bucket;
};

void mxs_window_init(struct mxs_window *window, uint32_t ceiling, uint64_t timeout_ns, uint64_t now_ns);
/* Begins anew, with nothing in flight, at the rate that was found before if one was. */
void mxs_window_restart(struct mxs_window *window, uint64_t timeout_ns, uint64_t now_ns);
/* Whether one more may leave, with in_flight on their way. */
bool mxs_window_fits(const struct mxs_window *window, uint32_t in_flight, uint64_t now_ns);
/* Whether a question asked then was part of an overrun that has been noticed since: its loss is our fault. */
static inline bool mxs_window_overrun(const struct mxs_window *window, uint64_t asked_ns)
{
    return asked_ns < window->cut_ns;
}
/* One leaves, with in_flight on their way before it. */
void mxs_window_take(struct mxs_window *window, uint32_t in_flight, uint64_t now_ns);
/* One has ended that was asked at asked_ns: the now_ns of its take. */
void mxs_window_put(struct mxs_window *window, enum mxs_heard heard, uint64_t asked_ns, uint64_t now_ns);
/* Time has passed, though nothing happened. */
void mxs_window_tick(struct mxs_window *window, uint64_t now_ns);
/* The rate at which questions leave at ticks only; 0: they leave whenever they fit. */
double mxs_window_tick_qps(const struct mxs_window *window);

#endif
