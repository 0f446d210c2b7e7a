/* One subject at work, a domain or an MX host: its questions, and what is kept of the answers. Whoever drives it asks
 * what next says, puts the answers, and advances when nothing is open any more; it needs not know which check asks
 * what. A question that other subjects ask as well stands in the context's shared answers, and is sent from there.
 *
 *     begin ─▶ next ... put ... next ─▶ advance ─▶ next ... put ─▶ advance: true ─▶ pack
 *
 * In         A subject, and the answers to what is asked about it
 * Out        The next questions, and in the end its content
 * Limits     MXS_POLICY_QUESTIONS questions; MXS_SLOT_ARENA bytes of answers
 * Errors     What does not fit is an answer of outcome limit
 * Ownership  init/finish; the context is the stage's
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_CHECKS_SLOT_H
#define MXS_SCANNER_CHECKS_SLOT_H

#include "model/domain.h"
#include "scanner/checks/content.h"
#include "scanner/checks/shared.h"
#include "scanner/classify/evidence.h"
#include "scanner/input/exclude.h"

#define MXS_POLICY_QUESTIONS 192u
#define MXS_SLOT_ARENA (256u * 1024)
#define MXS_CHECKS_MAX 32u

struct mxs_policy_context {
    unsigned options;           /* of --checks: bits of scanner/checks/registry.h */
    bool hosts;                 /* the subjects are MX hosts */
    const mxs_evidence *evidence;
    const mxs_suffixes *suffixes;
    const mxs_exclude *exclude; /* NULL: none */
    struct mxs_shared *shared;
    struct mxs_arena scratch;   /* of one advance */
    const uint16_t *mx;         /* by domain id: outcome of the MX question << 12 | MX hosts */
    uint32_t mx_count;
};

/* What is known of a subject before it begins. */
struct mxs_policy_subject {
    uint32_t id;
    struct mxs_text name;
    struct mxs_text alias;  /* of an MX host: where its name leads; data NULL: nowhere else */
    bool secure;            /* of an MX host: all answers about its addresses were validated */
};

struct mxs_policy_question {
    struct mxs_text name;
    struct mxs_text key; /* selector, report domain */
    const struct mxs_policy_entry *entry; /* NULL: settled, nothing there */
    uint32_t record_count;
    uint16_t type;
    uint8_t ask;
    uint8_t outcome;     /* MXS_NOT_ASKED while open */
    bool not_kept;       /* the answer is looked at, and never part of the content */
};

/* An entry besides those of the questions. */
struct mxs_policy_extra {
    struct mxs_policy_extra *next;
    struct mxs_policy_entry entry;
};

struct mxs_policy_slot {
    struct mxs_policy_subject subject; /* id 0: free */
    uint32_t self; /* number of the slot */
    struct mxs_arena arena;
    struct mxs_policy_question questions[MXS_POLICY_QUESTIONS];
    uint32_t question_count, next, open; /* next: not yet asked; open: asked, not answered */
    uint32_t waiting;    /* for shared answers */
    uint8_t steps[MXS_CHECKS_MAX]; /* of each check */
    uint32_t ended;      /* bits of the checks that have nothing more to ask */
    struct mxs_policy_extra *extras;
    uint32_t attempts;
    uint8_t outcome;     /* the one that says least */
};

void mxs_policy_slot_init(struct mxs_policy_slot *slot, uint32_t self);
void mxs_policy_slot_finish(struct mxs_policy_slot *slot);

void mxs_policy_slot_begin(struct mxs_policy_slot *slot, struct mxs_policy_context *context,
                           const struct mxs_policy_subject *subject);
/* The question that leaves next, and its index for put. False: none now. */
MXS_CHECK bool mxs_policy_slot_next(struct mxs_policy_slot *slot, struct mxs_question *out, uint32_t *index);
void mxs_policy_slot_put(struct mxs_policy_slot *slot, struct mxs_policy_context *context, uint32_t index,
                         const struct mxs_answer *answer, uint32_t attempts);
static inline bool mxs_policy_slot_is_idle(const struct mxs_policy_slot *slot)
{
    return slot->open == 0 && slot->waiting == 0 && slot->next == slot->question_count;
}
/* When it is idle: true when the subject is done, else there is more to ask or to wait for. */
MXS_CHECK bool mxs_policy_slot_advance(struct mxs_policy_slot *slot, struct mxs_policy_context *context);
void mxs_policy_slot_pack(const struct mxs_policy_slot *slot, struct mxs_pack *pack);

/* What is kept of a shared answer; texts are views. Returns the outcome: limit where not all could be kept. */
enum mxs_outcome mxs_policy_slot_keep(const struct mxs_policy_context *context, uint8_t ask,
                                      const struct mxs_answer *answer, struct mxs_policy_entry *out);

#endif
