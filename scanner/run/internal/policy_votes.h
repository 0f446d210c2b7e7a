/* What several resolvers, each asked alone, say of a policy that is no longer what was last settled. A row of policies
 * sums up answers of many resolvers, so the second of two rows may rest on the very one that lies or is behind.
 *
 * In         Rows of the pass MXS_PASS_CONFIRM of a run; what was last settled before
 * Out        What stands
 * Limits     16 bytes a row
 * Errors     False: no memory; those of db/query.h
 * Ownership  open/finish
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_POLICY_VOTES_H
#define MXS_SCANNER_RUN_INTERNAL_POLICY_VOTES_H

#include "scanner/write/journal.h"

#define MXS_POLICY_VOTERS 3u /* at most, of each change */

struct mxs_policy_vote {
    uint32_t subject, policy;
    uint16_t resolver; /* row id */
};

struct mxs_policy_votes {
    struct mxs_policy_vote *votes;
    size_t count, capacity;
    struct mxs_query digest;
};

void mxs_policy_votes_open(struct mxs_policy_votes *votes, mxs_store *store);
/* err: of the work before; the first failure is returned. */
MXS_CHECK enum mxs_err mxs_policy_votes_finish(struct mxs_policy_votes *votes, enum mxs_err err,
                                               struct mxs_detail *detail);

/* Rows of other passes, and those that are not settled, say nothing. */
MXS_CHECK bool mxs_policy_votes_put(struct mxs_policy_votes *votes, const struct mxs_journal_row *row);
/* After the last one: those of a subject stand together, whatever the order they came in. */
void mxs_policy_votes_sort(struct mxs_policy_votes *votes);
/* The first behind those of the subject that stands at first. */
size_t mxs_policy_votes_end(const struct mxs_policy_votes *votes, size_t first);

/* How many resolvers were heard of it. */
uint32_t mxs_policy_votes_heard(const struct mxs_policy_votes *votes, size_t first);
/* The policy that two of them say; 0: no two do. */
uint32_t mxs_policy_votes_agreed(struct mxs_policy_votes *votes, size_t first);
/* What stands: what two say; where no two do and several were heard, what was last settled before (0: nothing was). */
uint32_t mxs_policy_votes_decide(struct mxs_policy_votes *votes, size_t first, uint32_t before);

#endif
