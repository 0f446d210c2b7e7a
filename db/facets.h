/* Which values of a facet each domain has, as history: a column of a list kept with its domains. The codes of
 * MXS_FACETS_BLOCK domains of neighbouring ids lie in one row, one to four bytes each, so that a domain costs a few
 * bytes whatever its facets are called, and a night that changes nothing writes nothing. The view v_facet reads them in
 * SQL; this file is for those who read millions.
 *
 * In         Codes of a run, in order of the domains' ids
 * Out        The rows of facet_block that stand for it; the same, read back
 * Units      A code: 0 no value; 2 v the value v of facet_value; 2 s + 1 the set s of facet_set
 * Limits     MXS_FACETS_MOST of a list
 * Errors     Those of db/query.h; a row that cannot be read is MXS_ERR_FOREIGN_DB
 * Ownership  open/finish
 * Threads    That of the store
 */
#ifndef MXS_DB_FACETS_H
#define MXS_DB_FACETS_H

#include "db/query.h"

#define MXS_FACETS_BLOCK 256u
#define MXS_FACETS_MOST 16u

/* --- reading */

struct mxs_facets_cursor {
    struct mxs_query query;
    const uint8_t *codes;
    uint32_t width, at;
    int64_t block;
    bool damaged;
};

/* The domains that have a value of this facet in this run, by id. */
void mxs_facets_open(struct mxs_facets_cursor *cursor, mxs_store *store, int64_t facet, int64_t run);
bool mxs_facets_next(struct mxs_facets_cursor *cursor, uint32_t *domain, uint32_t *code);
MXS_CHECK enum mxs_err mxs_facets_finish(struct mxs_facets_cursor *cursor, struct mxs_detail *detail);

/* --- writing */

/* Gives the next domain, ids ascending, and a code for each facet; MXS_ERR_END after the last. */
typedef enum mxs_err (*mxs_facets_source)(void *arg, uint32_t *domain, const uint32_t **codes,
                                          struct mxs_detail *detail);

/* Makes these the facets of the run: what stood and says the same goes on, what does not ends with the run before it.
 * Facets of the list that are not named end, too. Inside the caller's transaction. */
MXS_CHECK enum mxs_err mxs_facets_write(mxs_store *store, int64_t list, int64_t run, int64_t previous,
                                        const int64_t *facets, uint32_t count, mxs_facets_source source, void *arg,
                                        struct mxs_detail *detail);

/* Drops the values and sets that no domain of any run has. Inside the caller's transaction, and with no run in
 * progress. */
MXS_CHECK enum mxs_err mxs_facets_sweep(mxs_store *store, struct mxs_detail *detail);

#endif
