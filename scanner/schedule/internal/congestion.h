/* How fast one resolver may be asked: a window of questions on their way and, once the resolver has been found to throw
 * questions away, a rate. Arithmetic only: no clock, no I/O, so that a test can be the clock.
 *
 * In         The time, and what became of questions and canaries
 * Out        Whether another question may leave now, and whether a canary should
 * Units      now_ns nanoseconds of any clock that does not go back
 * Ownership  Plain values
 */
#ifndef MXS_SCANNER_SCHEDULE_INTERNAL_CONGESTION_H
#define MXS_SCANNER_SCHEDULE_INTERNAL_CONGESTION_H

#include "scanner/schedule/internal/bucket.h"

/* How one attempt ended. Malformed answers are answers. SLOW: SERVFAIL, or the answer about a name that had been
 * silent: how long it took, the name's own servers took. REFUSED may be meant for us, and is when canaries are
 * refused. */
enum mxs_heard { MXS_HEARD_ANSWER, MXS_HEARD_SLOW, MXS_HEARD_REFUSED, MXS_HEARD_NOTHING };

#define MXS_CONGESTION_FIRST 16u   /* the window at the start */
#define MXS_CONGESTION_INTERVALS 128u

/* What was asked in one interval of time. */
struct mxs_interval {
    uint32_t number; /* which interval since the clock began */
    uint32_t asked, answered, refused;
    uint32_t
        ended; /* before they were given up; REFUSED are not, so that they cannot be asked again and again at once */
    uint32_t canaries, canaries_answered, canaries_refused;
    bool full; /* as much was asked as fitted */
};

/* Of several intervals, those in which as much was asked as fitted: others say nothing about how much that may be. */
struct mxs_share {
    uint32_t asked, answered;
    uint32_t intervals, full; /* looked at; of them full */
};

struct mxs_round_trip {
    uint64_t rtt_ns, deviation_ns; /* 0: not known yet */
};

/* A step of the window that may be taken back, or the time between two. */
enum mxs_step { MXS_STEP_SLOW_START, MXS_STEP_NONE, MXS_STEP_UP, MXS_STEP_DOWN };

struct mxs_congestion {
    uint32_t size, ceiling;
    uint32_t young;       /* on their way, and not given up: they hold a place */
    uint64_t full_ns;     /* when the window was last full */

    uint64_t timeout_ns;
    struct mxs_round_trip names, own; /* of names that are answered at once; of the resolver, by its canaries */
    uint64_t canary_ns;            /* when the last one left */
    uint32_t canary_asked;         /* questions since */
    uint32_t canary_in;            /* it is due, and leaves after so many more; UINT32_MAX: not due */

    /* the window's experiment */
    enum mxs_step step;
    uint32_t size_before;
    bool down;            /* the next step */
    bool settling;        /* answers are still those of the window before */
    uint32_t failed;      /* rounds of slow start that brought no more answers */
    double answers_qps;   /* with the window before the step */
    uint64_t round_ns;
    uint32_t round_answers, round_size;
    bool round_full, round_refused;
    bool canary_refused;  /* ever: it refuses what is too much */

    /* what was thrown away */
    uint32_t interval, given_up, judged; /* the present one; the next to be given up, and to be judged */
    uint64_t changed_ns;  /* what was asked before says nothing about the rate as it is */
    double baseline;      /* the share that is answered when nothing is thrown away */
    double rate_qps;      /* 0: none */
    bool refuses;         /* too much: a canary was refused; else refusals are meant for the names */
    bool on_trial;        /* the last cut; whether more is answered since will tell */
    double rate_before, share_before;
    uint32_t unchanged;   /* trials in a row after which the share is what it was before the cut */
    uint64_t cut_ns, dip_ns, used_ns, grown_ns, tick_ns;
    struct mxs_bucket bucket;
    struct mxs_interval intervals[MXS_CONGESTION_INTERVALS];
    uint64_t random;
};

/* rtt_ns: of a question asked before; 0: not known. */
void mxs_congestion_init(struct mxs_congestion *congestion, uint32_t ceiling, uint64_t timeout_ns, uint64_t rtt_ns,
                         uint64_t now_ns);
/* The resolver is back after an outage: nothing is on its way, and what it can do is likely to be the same. */
void mxs_congestion_restart(struct mxs_congestion *congestion, uint64_t now_ns);
/* With a rate questions leave at ticks only: who asks at every answer takes each place of a near resolver as it falls
 * free. */
bool mxs_congestion_fits(const struct mxs_congestion *congestion);
/* A question leaves. Returns whether a canary should leave behind it. */
bool mxs_congestion_take(struct mxs_congestion *congestion, uint64_t now_ns);
/* A question asked at asked_ns, the now_ns of its take, has ended. */
void mxs_congestion_put(struct mxs_congestion *congestion, enum mxs_heard heard, uint64_t asked_ns, uint64_t now_ns);
void mxs_congestion_take_canary(struct mxs_congestion *congestion, uint64_t now_ns);
void mxs_congestion_put_canary(struct mxs_congestion *congestion, enum mxs_heard heard, uint64_t asked_ns,
                               uint64_t now_ns);
/* Time has passed, though nothing happened. */
void mxs_congestion_tick(struct mxs_congestion *congestion, uint64_t now_ns);
/* How long the answer about a name may take before its question holds no place any longer. */
uint64_t mxs_congestion_late_ns(const struct mxs_congestion *congestion);
/* How long this resolver takes at most for what it has at hand: what takes longer, takes it for the name's sake. */
uint64_t mxs_congestion_own_late_ns(const struct mxs_congestion *congestion);
/* Whether a question asked then was part of an overrun that has been noticed since: its loss is our fault. */
static inline bool mxs_congestion_overrun(const struct mxs_congestion *congestion, uint64_t asked_ns)
{
    return congestion->rate_qps != 0 && asked_ns < congestion->cut_ns;
}
/* Milliseconds to the next tick of who asks: 5 to 15, or 1 to 3 where questions leave at ticks only. Never evenly: of
 * two scanners in step one gets nearly all that a resolver with a limit answers. random: not 0. */
uint64_t mxs_congestion_tick_ms(uint64_t *random, bool paced);

#endif
