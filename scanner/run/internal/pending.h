/* The order is mixed twice: blocks of 256 neighbours within regions of 131,072 names, then the names of 64 blocks among
 * themselves. Neighbours (one registrar, one name server) are asked far apart, and the rows are still read and written
 * in runs. Regions follow one another, so the answers of a range of ids lie together in the journal, however long the
 * list. The same seed gives the same order.
 *
 * In         The domains of a run, and which of them to leave out
 * Out        Each once, in an order that a seed decides
 * Limits     128 blocks of 256 names in memory
 * Errors     Those of db/query.h
 * Ownership  create/destroy; a name lives until the next call
 * Threads    One at a time; reads through a store of its own
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_PENDING_H
#define MXS_SCANNER_RUN_INTERNAL_PENDING_H

#include "db/query.h"
#include "base/bytes.h"
#include "base/bits.h"

typedef struct mxs_pending mxs_pending;

/* The ids in bits are left out; or, when `only`, they alone are given. bits is read all along. */
MXS_CHECK enum mxs_err mxs_pending_create(mxs_pending **out, mxs_store *store, int64_t run_id, uint64_t seed,
                                          const struct mxs_bits *bits, bool only, struct mxs_detail *detail);
void mxs_pending_destroy(mxs_pending **pending);
/* MXS_OK with an id and its name, or MXS_ERR_END, or a failure. */
MXS_CHECK enum mxs_err mxs_pending_next(mxs_pending *pending, uint32_t *id, struct mxs_text *name,
                                        struct mxs_detail *detail);

/* splitmix64: the one source of order in a run. */
uint64_t mxs_mix_next(uint64_t *state);

#endif
