/* Attempts: which resolver a question goes to, when the next attempt of a silent one leaves, and when its recheck.
 *
 * In         Slots that are to be asked
 * Out        Attempts on their way, each with a tag that names slot and attempt
 * Units      nanoseconds of the scheduler's clock
 * Ownership  Part of the scheduler, which makes and ends what is in it
 */
#ifndef MXS_SCANNER_SCHEDULE_INTERNAL_DISPATCH_H
#define MXS_SCANNER_SCHEDULE_INTERNAL_DISPATCH_H

#include "scanner/resolve/pool.h"
#include "scanner/schedule/internal/flow.h"
#include "scanner/schedule/internal/polite.h"
#include "scanner/schedule/internal/slots.h"

#define MXS_NO_FLOW UINT32_MAX
#define MXS_RECHECK_SHARE 1.75 /* of the timeout: late, but before the third attempt has run out */
#define MXS_LAST_SHARE 0.14   /* so long the recheck is waited for, if its resolver answers others as quickly */

struct mxs_dispatch {
    mxs_pool *pool;
    struct mxs_slots slots;
    struct mxs_flow *flows;   /* one for each resolver */
    uint32_t flow_count, flow_next;
    uint32_t list_next;       /* whose list of those that wait elsewhere is looked at first */
    struct mxs_bucket bucket; /* --rate */
    struct mxs_polite polite;
    uint32_t limit;           /* questions on their way in this stage */
    uint32_t servfail_ms;     /* before a SERVFAIL is asked again */
    uint32_t open;            /* questions that are on their way */
    uint32_t silent;          /* of them, those that are late */
    uint64_t attempts;        /* given to resolvers */
    uint64_t extra;           /* datagrams they sent beyond that, already taken from the bucket */
    uint64_t retries;
    uint64_t timeout_ns;
    uint64_t resend_ns;       /* a silent name is asked again after so long */
    uint64_t late_ns;         /* no resolver that is there takes longer for what it has at hand, as a rule */
    uint64_t usual_ns;        /* nor for a name */
    uint64_t now_ns, skipped_ns; /* skipped_ns: the clock's (base/clock.h) advance over ours */
    bool stopping;            /* nothing new leaves */
};

/* A resolver with room, or MXS_NO_FLOW: for a retry one not tried, else another than the last, else the last; that not
 * before it has waited a while for a place at another that is fit, but not for ever: who can do little must not hold up
 * what others lose. slot NULL: a new question. */
uint32_t mxs_dispatch_find(const struct mxs_dispatch *dispatch, const struct mxs_slot *slot);
/* Whether the slot's question wants to be asked elsewhere, and there is somebody else. */
bool mxs_dispatch_avoids(const struct mxs_dispatch *dispatch, const struct mxs_slot *slot, uint32_t resolver);
/* One attempt. False: no room after all; the slot waits, ready. */
bool mxs_dispatch_ask(struct mxs_dispatch *dispatch, struct mxs_slot *slot, uint32_t resolver);
/* Asks what is due again, most at most: the older first, and nobody waits behind those that want another resolver than
 * there is room at. *most is what is left. False: there is no room anywhere. */
bool mxs_dispatch_retry(struct mxs_dispatch *dispatch, uint32_t *most);
/* What nothing is on its way of any more waits to be asked again. */
void mxs_dispatch_wait(struct mxs_dispatch *dispatch, struct mxs_slot *slot, enum mxs_outcome outcome);
/* Who has been silent for a while is asked again; or, when all its attempts are on their way, waits for its recheck. */
void mxs_dispatch_wake(struct mxs_dispatch *dispatch);
/* The queue is empty: what is silent is asked once more, all at once. */
void mxs_dispatch_recheck(struct mxs_dispatch *dispatch);
/* A slot whose recheck has been silent for as long as it is waited for, or NULL. */
struct mxs_slot *mxs_dispatch_last(const struct mxs_dispatch *dispatch);
/* Whether the name's silence can be told from its resolver's: something was heard from there after the last attempt
 * left. Else the pool has asked a control question by now. */
bool mxs_dispatch_silence_tells(const struct mxs_dispatch *dispatch, const struct mxs_slot *slot);
/* Who was silent about what another resolver has answered. */
void mxs_dispatch_blame(struct mxs_dispatch *dispatch, struct mxs_slot *slot, uint32_t answered_by);

#endif
