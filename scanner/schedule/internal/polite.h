/* A table of counters at the keyed hash of the registrable domain: no names are kept and nothing is ever removed.
 *
 * In         Names as they are asked and answered
 * Out        Whether another question about the same registrable domain may be on its way
 * Limits     Counts up to 65,535
 * Errors     MXS_ERR_MEMORY from init
 * Ownership  init/finish; the suffix list is the caller's
 * Threads    One at a time
 * Bugs       Two domains may share a counter (one in some thousand): then we are more polite than asked
 */
#ifndef MXS_SCANNER_SCHEDULE_INTERNAL_POLITE_H
#define MXS_SCANNER_SCHEDULE_INTERNAL_POLITE_H

#include "base/err.h"
#include "model/domain.h"

struct mxs_polite {
    const mxs_suffixes *suffixes; /* NULL: by whole name */
    uint32_t limit;               /* 0: everything fits */
    uint32_t mask;
    uint16_t *counters;
    uint64_t key[2];
};

MXS_CHECK enum mxs_err mxs_polite_init(struct mxs_polite *polite, uint32_t limit, uint32_t concurrency,
                                       const mxs_suffixes *suffixes);
void mxs_polite_finish(struct mxs_polite *polite);
/* The counter of a name. */
uint32_t mxs_polite_find(const struct mxs_polite *polite, struct mxs_text name);
static inline bool mxs_polite_fits(const struct mxs_polite *polite, uint32_t counter)
{
    return polite->limit == 0 || polite->counters[counter] < polite->limit;
}
static inline void mxs_polite_take(struct mxs_polite *polite, uint32_t counter)
{
    if (polite->limit != 0)
        polite->counters[counter]++;
}
static inline void mxs_polite_put(struct mxs_polite *polite, uint32_t counter)
{
    if (polite->limit != 0)
        polite->counters[counter]--;
}

#endif
