/* A slot is one question from source to sink. It stands in the age list (all have the same deadline, so that order of
 * age is order of expiry) and in at most one of the waiting lists; each of those has one delay, so that it too is in
 * order by itself. Several attempts of it may be on their way at once: who is silent is asked again while it is waited
 * for.
 *
 * In         Questions
 * Out        A fixed table of them, with the lists they stand in
 * Units      nanoseconds of the scheduler's clock
 * Limits     count, fixed at creation
 * Errors     NULL from take: all are taken, or no memory for a very long name
 * Ownership  The table owns the slots, their names and kept bytes
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_SCHEDULE_INTERNAL_SLOTS_H
#define MXS_SCANNER_SCHEDULE_INTERNAL_SLOTS_H

#include "base/err.h"
#include "model/answer.h"

#define MXS_SLOT_NAME_SIZE 80 /* longer names are kept on the heap: they are rare */
#define MXS_SLOT_OPEN_MAX 4  /* attempts of one question on their way at once */

struct mxs_slot;
struct mxs_slot_link {
    struct mxs_slot *next, *previous;
};
struct mxs_slot_list {
    struct mxs_slot *first, *last;
    uint32_t count;
};

enum mxs_wait {
    MXS_WAIT_NONE,
    MXS_WAIT_ASKED,    /* an attempt is on its way; due_ns: when it left */
    MXS_WAIT_RECHECK,  /* all attempts are, and when the queue is empty there is one more */
    MXS_WAIT_LAST,     /* that one is; due_ns: when it left */
    MXS_WAIT_READY,    /* due; asked as soon as a resolver has room */
    MXS_WAIT_SOON,     /* another resolver is asked next */
    MXS_WAIT_LATER,    /* the same resolver has to be asked again */
    MXS_WAIT_SERVFAIL,
    MXS_WAIT_POLITE,   /* until another question of its domain has come back; has no time */
    MXS_WAIT_ELSEWHERE, /* ready, and there was no room but at a resolver that it should not be asked of */
    MXS_WAIT_COUNT,
};

struct mxs_slot_attempt {
    uint64_t asked_ns;
    uint16_t resolver;
    uint8_t epoch;         /* of the resolver's flow */
    bool open;             /* on its way */
    bool silent;           /* ended without an answer */
};

struct mxs_slot {
    struct mxs_slot_link age, wait;
    uint64_t begun_ns, due_ns;
    struct mxs_slot_attempt tried[MXS_SLOT_OPEN_MAX]; /* the last ones */
    int64_t asked_at;
    char *name;            /* inside, or on the heap */
    uint8_t *kept;         /* bytes of the best answer when they must survive it, and then the alias contradicting it */
    uint32_t kept_size, alias_size; /* alias_size 0: none */
    uint32_t name_size;
    uint32_t subject;
    uint32_t counter;      /* of its domain, for politeness */
    uint32_t rtt_us;       /* of the attempt that brought the best outcome */
    uint16_t type;
    uint16_t resolver;     /* of the last attempt */
    uint16_t avoid[2], prefer; /* the question's */
    uint16_t unwanted;     /* while it waits elsewhere: in whose list */
    uint8_t kind;
    uint8_t attempts;      /* spent; stays at 255 */
    uint8_t tries;         /* of them, those that count */
    uint8_t most;          /* so many tries it has; 0: none but the recheck */
    uint8_t open;          /* of them, those on their way */
    uint8_t waiting;       /* enum mxs_wait */
    uint8_t best;          /* enum mxs_outcome */
    uint8_t best_rcode;
    uint16_t best_ede;
    uint16_t doubted;      /* resolver + 1 whose answer another one is to say, too; 0: none */
    bool best_tcp;
    bool silent;           /* counted among the silent ones */
    bool may_recheck;      /* when the queue is empty */
    bool rechecked;        /* it had its one attempt more */
    bool over;             /* the sink has it; only open attempts still have to return */
    char inside[MXS_SLOT_NAME_SIZE];
};

struct mxs_slots {
    struct mxs_slot *slots;
    struct mxs_slot *free; /* of those that were taken before */
    uint32_t count, used;
    uint32_t
        touched; /* so many were taken once: the memory of the others costs nothing yet, beside a list that is read */
    struct mxs_slot_list age;
    struct mxs_slot_list wait[MXS_WAIT_COUNT];
    struct mxs_slot_list *elsewhere; /* one for each resolver: of wait[MXS_WAIT_ELSEWHERE] only the count is used */
};

MXS_CHECK enum mxs_err mxs_slots_init(struct mxs_slots *table, uint32_t count, uint32_t resolvers);
void mxs_slots_finish(struct mxs_slots *table);
static inline bool mxs_slots_free(const struct mxs_slots *table) 
{
    return table->free != NULL || table->touched < table->count;
}
/* A slot with the question copied in, at the young end of the age list. */
struct mxs_slot *mxs_slots_take(struct mxs_slots *table, const struct mxs_question *question, uint64_t now_ns);
/* Before each attempt: a question's deadline begins with the first, however long it was held back. */
void mxs_slots_begin(struct mxs_slots *table, struct mxs_slot *slot, uint64_t now_ns);
void mxs_slots_put(struct mxs_slots *table, struct mxs_slot *slot);
/* Out of the age list and any waiting list: it is over, though an attempt may be open. */
void mxs_slots_end(struct mxs_slots *table, struct mxs_slot *slot);
void mxs_slots_wait(struct mxs_slots *table, struct mxs_slot *slot, enum mxs_wait wait, uint64_t due_ns);
/* Of a ready slot: it waits in the list of those who should not be asked of this resolver, as old as it was. */
void mxs_slots_wait_elsewhere(struct mxs_slots *table, struct mxs_slot *slot, uint16_t unwanted);
/* In the list of politeness: who has been asked before, and whose deadline runs, goes before those who have not. */
void mxs_slots_wait_politely(struct mxs_slots *table, struct mxs_slot *slot);
/* The oldest slot, when its deadline is over. Those never asked are made young again: their deadline has not begun. */
struct mxs_slot *mxs_slots_overdue(struct mxs_slots *table, uint64_t deadline_ns, uint64_t now_ns);
void mxs_slots_wake(struct mxs_slots *table, struct mxs_slot *slot);
uint32_t mxs_slots_waiting(const struct mxs_slots *table);
/* An unsettled answer: kept when it says more than those before, with its bytes when it could not be read (without
 * memory for them, without). */
void mxs_slots_remember(struct mxs_slot *slot, const struct mxs_answer *answer, uint32_t rtt_us, bool tcp);
/* Whether a resolver has been asked, as far as the slot remembers. */
static inline bool mxs_slot_tried(const struct mxs_slot *slot, uint32_t resolver)
{
    uint32_t count = slot->attempts < MXS_SLOT_OPEN_MAX ? slot->attempts : MXS_SLOT_OPEN_MAX;
    for (uint32_t i = 0; i < count; i++)
        if (slot->tried[i].resolver == resolver)
            return true;
    return false;
}
/* Whether its question wants to be asked elsewhere. */
static inline bool mxs_slot_avoids(const struct mxs_slot *slot, uint32_t resolver)
{
    return slot->prefer != 0 ? slot->prefer != resolver + 1
                             : slot->avoid[0] == resolver + 1 || slot->avoid[1] == resolver + 1;
}
static inline uint32_t mxs_slots_index(const struct mxs_slots *table, const struct mxs_slot *slot)
{
    return (uint32_t)(slot - table->slots);
}
static inline struct mxs_question mxs_slot_question(const struct mxs_slot *slot)
{
    return (struct mxs_question){.name = {slot->name, slot->name_size}, .type = slot->type, .kind = slot->kind,
                                 .subject = slot->subject, .avoid = {slot->avoid[0], slot->avoid[1]},
                                 .prefer = slot->prefer};
}

#endif
