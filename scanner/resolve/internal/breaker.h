/* Whether a resolver may be asked at all. Arithmetic only.
 *
 * It opens when the server cannot be reached, when nothing at all is heard from it (its caller's to find out), and
 * when it was silent about twenty questions in a row that another resolver answered, and for longer than it may be
 * since it was asked again: a line loses many at once, and what comes back from others may come first. The silence of
 * names that nobody answers is not counted. A control question is asked at once and then after 1, 2, 4, 5, 5 ... s:
 *   not answered: it was dead, and the first answer closes the breaker, so that load returns within seconds of a
 *   recovery;
 *   answered: it lives, and yet brings nothing. Where somebody else can be asked meanwhile, it stays open for 1 s, and
 *   twice as long each time it opens again within a minute, up to 60 s. Alone it is closed at once.
 *
 * In         What is heard of one resolver, and the time
 * Out        Whether the resolver may be asked, and when a control question is due
 * Units      now_ns nanoseconds
 * Ownership  Plain values
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_BREAKER_H
#define MXS_SCANNER_RESOLVE_INTERNAL_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

struct mxs_breaker {
    bool open;
    bool asking;          /* a control question is on its way */
    uint32_t row;         /* questions in a row that others answered */
    uint32_t openings;
    bool alone;           /* set by the caller: nobody else can be asked */
    bool dead, alive;     /* a control question of this opening was not answered; was */
    uint64_t wait_ns;     /* how long an opening lasts where the resolver is alive */
    uint64_t until_ns;    /* its end */
    uint64_t closed_ns;   /* the last closing; 0: none */
    uint64_t knock_ns;    /* until the next control question */
    uint64_t due_ns;
    uint64_t heard_ns;    /* the last answer */
    uint64_t asked_ns;    /* the first question since; 0: none */
};

void mxs_breaker_init(struct mxs_breaker *breaker, uint64_t now_ns);
/* It has answered something. */
static inline void mxs_breaker_put(struct mxs_breaker *breaker, uint64_t now_ns)
{
    breaker->row = 0;
    breaker->heard_ns = now_ns;
    breaker->asked_ns = 0;
}
/* It is asked something. */
static inline void mxs_breaker_ask(struct mxs_breaker *breaker, uint64_t now_ns)
{
    breaker->asked_ns = breaker->asked_ns == 0 ? now_ns : breaker->asked_ns;
}
/* Another resolver has answered what this one was silent about. silent_ns: how long it may be. */
void mxs_breaker_blame(struct mxs_breaker *breaker, uint64_t silent_ns, uint64_t now_ns);
/* The server cannot be reached, or is silent altogether. */
void mxs_breaker_open(struct mxs_breaker *breaker, uint64_t now_ns);
/* Whether a control question is due; then it counts as asked. */
bool mxs_breaker_due(struct mxs_breaker *breaker, uint64_t now_ns);
/* The control question was answered or not. */
void mxs_breaker_control(struct mxs_breaker *breaker, bool answered, uint64_t now_ns);

#endif
