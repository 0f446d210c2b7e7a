/* One domain at work. Its names are asked side by side; some answers lead to more (the selectors when _domainkey exists, the
 * record of the organisational domain, what SPF includes), and what other domains ask as well is waited for in the
 * context's shared answers. Whoever drives it asks, puts, and advances when nothing is open any more.
 *
 * Spec       @rfc{7208,4.6.4} @rfc{7489,6.6.3} @rfc{7489,7.1} @rfc{6376,3.6.2}
 * In         A domain, and the answers to what is asked about it
 * Out        The next questions, and in the end its policies
 * Limits     MXS_POLICY_QUESTIONS questions; MXS_SLOT_ARENA bytes of answers
 * Errors     What does not fit is an answer of outcome limit
 * Ownership  init/finish; the context is the stage's
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_CHECKS_POLICY_SLOT_H
#define MXS_SCANNER_CHECKS_POLICY_SLOT_H

#include "scanner/classify/evidence.h"
#include "scanner/input/exclude.h"
#include "model/domain.h"
#include "scanner/parse/dmarc.h"
#include "scanner/parse/spf_walk.h"
#include "scanner/checks/internal/policy_pack.h"
#include "scanner/checks/internal/policy_shared.h"

#define MXS_POLICY_QUESTIONS 192u
#define MXS_SLOT_ARENA (256u * 1024)

struct mxs_policy_context {
    bool auth, transport;
    const mxs_evidence *evidence;
    const mxs_suffixes *suffixes;
    const mxs_exclude *exclude; /* NULL: none */
    struct mxs_shared *shared;
    struct mxs_arena scratch;   /* of one advance */
    const uint16_t *mx;         /* by domain id: outcome of the MX question << 12 | MX hosts */
    uint32_t mx_count;
};

struct mxs_policy_question {
    struct mxs_text name;
    struct mxs_text key; /* selector, report domain */
    const struct mxs_policy_entry *entry; /* NULL: settled, nothing there */
    uint32_t record_count;
    uint16_t type;
    uint8_t ask;         /* enum mxs_ask */
    uint8_t outcome;     /* MXS_NOT_ASKED while open */
};

struct mxs_policy_slot {
    uint32_t id; /* of the domain; 0: free */
    uint32_t self; /* number of the slot */
    struct mxs_text name;
    struct mxs_arena arena;
    struct mxs_policy_question questions[MXS_POLICY_QUESTIONS];
    uint32_t question_count, next, open; /* next: not yet asked; open: asked, not answered */
    uint32_t waiting;    /* for shared answers */
    bool selectors_put, reports_put;
    struct mxs_spf_verdict spf;
    uint32_t attempts;
    uint8_t outcome;     /* the one that says least */
    struct mxs_policy_entry found[2]; /* DMARC_ORG, DMARC_TREE; key data NULL: none */
};

void mxs_policy_slot_init(struct mxs_policy_slot *slot, uint32_t self);
void mxs_policy_slot_finish(struct mxs_policy_slot *slot);

void mxs_policy_slot_begin(struct mxs_policy_slot *slot, const struct mxs_policy_context *context, uint32_t id, struct mxs_text name);
void mxs_policy_slot_put(struct mxs_policy_slot *slot, const struct mxs_policy_context *context, uint32_t index,
                         const struct mxs_answer *answer, uint32_t attempts);
/* When nothing is open or waited for: true when the domain is done, else there is more to ask or to wait for. */
bool mxs_policy_slot_advance(struct mxs_policy_slot *slot, struct mxs_policy_context *context);
void mxs_policy_slot_pack(const struct mxs_policy_slot *slot, struct mxs_pack *pack);

/* The texts of an answer that are kept; copied by nobody. */
uint32_t mxs_policy_interest(enum mxs_ask ask, const mxs_evidence *evidence, const struct mxs_record *records, uint32_t count,
                             struct mxs_text *texts, uint32_t texts_max);

#endif
