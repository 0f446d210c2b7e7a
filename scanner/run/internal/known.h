/* Walks beside a sorted list through the database's index of names, which has the same order. Names are compared,
 * nothing is remembered of them but a bit per id; where the database holds far more names than the list, the walk
 * jumps.
 *
 * In         The distinct names of a list in byte order
 * Out        The database id of each, and whether it is new
 * Limits     2^32 - 2 names
 * Errors     MXS_ERR_MEMORY, MXS_ERR_FOREIGN_DB, and those of db/query.h
 * Ownership  create/destroy
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_KNOWN_H
#define MXS_SCANNER_RUN_INTERNAL_KNOWN_H

#include "db/query.h"
#include "base/bytes.h"

typedef struct mxs_known mxs_known;

#define MXS_KNOWN_MAX 0xfffffffell /* the highest id of a name */

/* 0: there are no names. MXS_ERR_FOREIGN_DB: ids as no import gives them. */
MXS_CHECK enum mxs_err mxs_known_read_highest(mxs_store *store, int64_t *out, struct mxs_detail *detail);

/* Names are looked up through store, which may be a reader beside the writer: what is stored after its name was given
 * does not matter. */
MXS_CHECK enum mxs_err mxs_known_create(mxs_known **out, mxs_store *store, struct mxs_detail *detail);
void mxs_known_destroy(mxs_known **known);

/* *fresh: the id is given now, and the name is to be stored. Names ascend from one call to the next. */
MXS_CHECK enum mxs_err mxs_known_find(mxs_known *known, struct mxs_text name, uint32_t *id, bool *fresh,
                                      struct mxs_detail *detail);

/* The ids of all names that were looked for, as ranges, ascending: MXS_ERR_END after the last. *cursor begins at 0. */
enum mxs_err mxs_known_range(const mxs_known *known, uint32_t *cursor, uint32_t *first, uint32_t *last);

#endif
