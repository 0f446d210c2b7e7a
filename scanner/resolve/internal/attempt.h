/* One attempt is one question asked once. It stays at one address from take to give back, in slabs that are reused
 * last in, first out, so that a small load touches little memory. All attempts of a resolver have the same timeout:
 * a list in order of asking is a list in order of expiry.
 *
 * Spec       @rfc{5452,9.1}
 * In         Questions as they are asked
 * Out        The table of open questions of one resolver
 * Units      asked_ns monotonic nanoseconds
 * Limits     MXS_RESOLVER_OPEN_MAX
 * Errors     NULL from take: no memory, or the limit
 * Ownership  The table owns every attempt; init/finish
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_ATTEMPT_H
#define MXS_SCANNER_RESOLVE_INTERNAL_ATTEMPT_H

#include "base/bytes.h"
#include "model/answer.h"
#include "model/name.h"

#define MXS_RESOLVER_OPEN_MAX (64u * 2000u)
#define MXS_QUESTION_WIRE_MAX (MXS_NAME_WIRE_MAX + 4)

struct mxs_channel;

enum mxs_attempt_state {
    MXS_ATTEMPT_OPEN,  /* asked by UDP, nothing heard; in the age list */
    MXS_ATTEMPT_ENDED, /* `end` says how; in its channel's list of ends */
    MXS_ATTEMPT_TCP,   /* being asked again by TCP */
    MXS_ATTEMPT_DONE,  /* delivered */
};

/* PLAIN: not over, but asked again without OPT. */
enum mxs_attempt_end { MXS_END_ANSWER, MXS_END_TIMEOUT, MXS_END_UNREACHABLE, MXS_END_PLAIN };

#define MXS_MESSAGE_HEADER_SIZE 12u /* @rfc{1035,4.1.1} */

struct mxs_attempt {
    struct mxs_attempt *next, *previous; /* age list; ends of a channel; free list */
    struct mxs_attempt *id_next;         /* same bucket of the channel's ids */
    struct mxs_channel *channel;
    uint64_t asked_ns;
    struct mxs_bytes raw;   /* the accepted datagram; valid until it is delivered */
    uint32_t tag;
    uint16_t id;
    uint16_t question_size;
    uint8_t state;          /* enum mxs_attempt_state */
    uint8_t end;            /* enum mxs_attempt_end */
    bool held;              /* c-ares still has it */
    uint16_t edns;          /* the payload of its OPT; 0: asked without */
    bool dnssec;            /* whether the answer was validated is wanted */
    bool edns_retry;        /* asked again without, after a FORMERR */
    bool by_tcp;            /* asked by TCP from the first: to see whether that works; not counted */
    bool walked;            /* raw has been walked to its end */
    bool questionless;      /* raw is a bare header: the question is put back before it is read */
    uint8_t question[MXS_QUESTION_WIRE_MAX];
};

struct mxs_attempts {
    struct mxs_attempt *free;
    struct mxs_attempt *oldest, *youngest;
    struct mxs_attempt_slab *slabs;
    uint32_t made;  /* attempts in the slabs */
    uint32_t taken;
};

void mxs_attempts_init(struct mxs_attempts *table);
void mxs_attempts_finish(struct mxs_attempts *table);
struct mxs_attempt *mxs_attempts_take(struct mxs_attempts *table);
/* Its question as it goes out, and the tag it is delivered with. */
MXS_CHECK enum mxs_err mxs_attempt_set(struct mxs_attempt *attempt, const struct mxs_question *question, uint32_t tag);
/* Its query. Returns the length; query holds 512 bytes. */
uint32_t mxs_attempt_write(const struct mxs_attempt *attempt, uint16_t id, uint8_t *query);
void mxs_attempts_put(struct mxs_attempts *table, struct mxs_attempt *attempt);
/* In and out of the age list. */
void mxs_attempts_age(struct mxs_attempts *table, struct mxs_attempt *attempt);
void mxs_attempts_unage(struct mxs_attempts *table, struct mxs_attempt *attempt);

/* Asked with an OPT, and what came has one. */
bool mxs_attempt_has_opt(const struct mxs_attempt *attempt);

/* UNKNOWN: FORMERR or NOTIMP without OPT is how a server that has never heard of EDNS says so @rfc{6891,7}. BROKEN:
 * with OPT, or BADVERS to version 0; whether for this question only is not known. */
enum mxs_edns_refusal { MXS_EDNS_TAKEN, MXS_EDNS_BROKEN, MXS_EDNS_UNKNOWN };
/* Of the datagram that came. */
enum mxs_edns_refusal mxs_attempt_refusal(const struct mxs_attempt *attempt);

#endif
