/* The distinct records of one answer: all, or the first MXS_RECORDS_MAX by preference, host and data of however many
 * come. Which are kept does not hang on their order, which servers change from answer to answer.
 *
 * Spec       @rfc{2181,5}
 * In         Records, and how many at most
 * Limits     MXS_RECORDS_MAX
 * Ownership  The arena's
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_PARSE_INTERNAL_RRSET_H
#define MXS_SCANNER_PARSE_INTERNAL_RRSET_H

#include "base/arena.h"
#include "model/answer.h"

struct mxs_rrset {
    struct mxs_record *records;
    uint32_t count, room;
    bool cut;       /* more came than are kept */
    uint16_t *seen; /* slots of record number + 1; NULL: few records */
};

/* False: the arena is full. */
MXS_CHECK bool mxs_rrset_init(struct mxs_rrset *set, struct mxs_arena *arena, uint32_t count_max);
/* False: it is there, or behind those that are kept. */
bool mxs_rrset_put(struct mxs_rrset *set, const struct mxs_record *record);
/* After the last. */
void mxs_rrset_finish(struct mxs_rrset *set);

#endif
