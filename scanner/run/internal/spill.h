/* Values of facets that found no room in memory, with the names that have them: sorted, so that equal values meet and
 * each is given its number once, however many there are. A value that the list has already, in the database, keeps the
 * number it has.
 *
 * In         Facets by their number of this import, values, names
 * Out        Each value of a name once, those of one value together; then the values that are new, by number
 * Limits     MXS_SPILL_MEMORY; what does not fit lies in a temporary file
 * Errors     Those of base/sorter.h and db/query.h
 * Ownership  create/destroy; views live until the next call
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_SPILL_H
#define MXS_SCANNER_RUN_INTERNAL_SPILL_H

#include "base/sorter.h"
#include "db/query.h"

#define MXS_SPILL_MEMORY (4u << 20)

typedef struct mxs_spill mxs_spill;

MXS_CHECK enum mxs_err mxs_spill_create(mxs_spill **out, mxs_store *store, const char *folder,
                                        struct mxs_detail *detail);
void mxs_spill_destroy(mxs_spill **spill);

MXS_CHECK enum mxs_err mxs_spill_put(mxs_spill *spill, uint32_t facet, struct mxs_text value, struct mxs_text name,
                                     struct mxs_detail *detail);

/* What the spill asks about a facet: its number in the database (0: it is new), and the highest number of a value that
 * memory has; stored values behind it are looked for. */
struct mxs_spill_facet {
    int64_t id;
    uint32_t in_memory;
    uint32_t last; /* the highest number of a value, stored or not; the next new one follows it */
};
/* The next name with a value, and the value's number; MXS_ERR_END after the last. facets[facet].last counts on. After
 * the first call nothing more is put. */
MXS_CHECK enum mxs_err mxs_spill_next(mxs_spill *spill, struct mxs_spill_facet *facets, uint32_t *facet,
                                      uint32_t *number, struct mxs_text *name, struct mxs_detail *detail);

/* The next new value of all facets, by facet and number; MXS_ERR_END after the last. */
MXS_CHECK enum mxs_err mxs_spill_next_new(mxs_spill *spill, uint32_t *facet, uint32_t *number, struct mxs_text *value,
                                          struct mxs_detail *detail);

#endif
