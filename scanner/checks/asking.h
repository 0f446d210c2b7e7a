/* What a check asks through: it names questions and looks at what is known; who drives the slot sends them.
 *
 * Limits     MXS_POLICY_QUESTIONS questions of one subject
 * Errors     A question that cannot be asked (excluded, no name) is left out; one that finds no room is an answer of
 *            outcome limit
 * Ownership  Texts in the slot's arena; scratch is of one advance
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_CHECKS_ASKING_H
#define MXS_SCANNER_CHECKS_ASKING_H

#include "model/domain.h"
#include "model/name.h"
#include "scanner/checks/slot.h"

struct mxs_asking {
    struct mxs_policy_slot *slot;
    struct mxs_policy_context *context;
    uint8_t *step; /* the check's own, 0 when the subject begins */
};

/* Of <key><prefix><name of the subject>. NULL: it is not asked. */
struct mxs_policy_question *mxs_asking_put(struct mxs_asking *asking, uint8_t ask, uint16_t type, struct mxs_text key,
                                           const char *prefix);
struct mxs_policy_question *mxs_asking_put_name(struct mxs_asking *asking, uint8_t ask, uint16_t type,
                                                struct mxs_text key, struct mxs_text name);
/* Of a name that nobody can have given, <that><between><name of the subject>: what it answers is a wildcard's. */
struct mxs_policy_question *mxs_asking_put_nobodys(struct mxs_asking *asking, uint8_t ask, uint16_t type,
                                                   struct mxs_text key, const char *between);
/* The first question of this kind; NULL: none. */
const struct mxs_policy_question *mxs_asking_find(const struct mxs_asking *asking, uint8_t ask);
/* What other subjects may have asked as well, once per run: NULL, it is waited for. */
const struct mxs_shared_answer *mxs_asking_want(struct mxs_asking *asking, uint8_t ask, struct mxs_text name,
                                                uint16_t type);
/* An entry that no single answer gives. What is not settled makes the subject unsettled. */
void mxs_asking_add(struct mxs_asking *asking, const struct mxs_policy_entry *entry);
bool mxs_asking_is_answered(const struct mxs_policy_question *question);

/* Whether the word stands in it, in letters of either case. */
bool mxs_asking_holds(struct mxs_text text, struct mxs_text word);
/* Where nothing was kept: those that begin as a record does but for letter case, a missing "v=" and whatever is neither
 * letter nor digit, or hold its "v=", and do not go on as another word, as an entry NEARLY. version: in lower case,
 * without "v=". */
void mxs_keep_nearly(const struct mxs_answer *answer, const char *version, struct mxs_policy_entry *entry);
/* Keeps those records that are of the kind, sorted. False: there are more than an entry holds, which says nothing new
 * where two are already too many. */
bool mxs_keep_texts(const struct mxs_answer *answer, bool (*is)(struct mxs_text text), struct mxs_policy_entry *entry);

#endif
