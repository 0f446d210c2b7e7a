/* Whoever needs an answer that is not there yet waits for it; who waits is a number of the asker's (its slot).
 *
 * In         Questions that the policies of many domains lead to: includes, redirects, records of parent domains
 * Out        Each asked once per run, its answer kept
 * Limits     MXS_SHARED_MAX questions; MXS_SHARED_TEXTS texts of an answer
 * Errors     0 for an id: no memory, or too many: the question is then taken as one that cannot be settled
 * Ownership  init/finish; texts live until finish
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_CHECKS_SHARED_H
#define MXS_SCANNER_CHECKS_SHARED_H

#include "base/arena.h"
#include "base/intern.h"
#include "model/answer.h"

#define MXS_SHARED_MAX 4000000u
#define MXS_SHARED_TEXTS 32u

struct mxs_shared_answer {
    const char *texts;         /* text_count times: length (2 bytes), bytes */
    uint32_t record_count;
    uint32_t first_waiter;     /* place in waiters + 1; 0 none */
    uint8_t outcome;           /* enum mxs_outcome */
    uint8_t text_count;
    bool done;
};

struct mxs_shared_waiter {
    uint32_t who, next;
};

struct mxs_shared {
    struct mxs_intern names;   /* kind of entry, type (2 bytes), name */
    struct mxs_shared_answer *answers; /* by id */
    size_t capacity, waiter_capacity;
    uint32_t next;             /* id that is asked next */
    struct mxs_shared_waiter *waiters;
    uint32_t waiter_count, free_waiter;
    struct mxs_arena arena;
};

void mxs_shared_init(struct mxs_shared *shared);
void mxs_shared_finish(struct mxs_shared *shared);

/* The id of the question, new or known. ask: which check looks at the answer, and what it keeps of it. */
uint32_t mxs_shared_find(struct mxs_shared *shared, uint8_t ask, struct mxs_text name, uint16_t type);
const struct mxs_shared_answer *mxs_shared_at(const struct mxs_shared *shared, uint32_t id);
/* One of an answer's texts. */
struct mxs_text mxs_shared_text(const struct mxs_shared_answer *answer, uint32_t index);
struct mxs_text mxs_shared_name(const struct mxs_shared *shared, uint32_t id, uint8_t *ask, uint16_t *type);
/* False: no memory. */
MXS_CHECK bool mxs_shared_wait(struct mxs_shared *shared, uint32_t id, uint32_t who);
/* The next question that nobody has asked, or 0. */
uint32_t mxs_shared_next(struct mxs_shared *shared);
/* What came of it; texts are copied. Without memory it is stored as outcome limit. */
void mxs_shared_put(struct mxs_shared *shared, uint32_t id, enum mxs_outcome outcome, uint32_t record_count,
                    const struct mxs_text *texts, uint32_t text_count);
/* An answer's texts as one value, and back; a damaged one has fewer. size_bytes 0: none. */
struct mxs_text mxs_shared_pack(const struct mxs_shared_answer *answer);
uint32_t mxs_shared_unpack(struct mxs_text packed, struct mxs_text texts[MXS_SHARED_TEXTS]);
/* Takes one waiter off; false when there is none. */
MXS_CHECK bool mxs_shared_take(struct mxs_shared *shared, uint32_t id, uint32_t *who);

#endif
