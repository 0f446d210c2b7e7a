/* Room       scanner/survey
 * Spec       None
 * In         Accepted names of a list, one after the other
 * Out        The database id of each, and whether this run has had it already
 * Units      None
 * Limits     2^31 names; 8 bytes of memory per name and 1/0.75 of that for its place, whatever its length
 * Errors     MXS_ERR_MEMORY, and those of db/query.h
 * Ownership  create/destroy
 * Threads    One at a time
 * Bugs       None
 *
 * Deduplication in a table of 32 bits of hash and 32 bits of id per name; the names themselves lie in the database.
 * A match of the 32 bits is checked against the name: in memory while it may not be committed yet, else by its row.
 * So no two names are ever taken for one, and ten million fit in 134 MB.
 */
#ifndef MXS_SCANNER_SURVEY_SEEN_H
#define MXS_SCANNER_SURVEY_SEEN_H

#include "db/query.h"
#include "scanner/base/bytes.h"

typedef struct mxs_seen mxs_seen;

/* Reads the names the database has, through store; later checks go there too (it may be a reader). */
MXS_CHECK enum mxs_err mxs_seen_create(mxs_seen **out, mxs_store *store, struct mxs_detail *detail);
void mxs_seen_destroy(mxs_seen **seen);

enum mxs_seen_what { MXS_SEEN_NEW, MXS_SEEN_KNOWN, MXS_SEEN_AGAIN };
/* NEW: *id is fresh, store it. KNOWN: in the database, first time in this run. AGAIN: a duplicate in this run. */
MXS_CHECK enum mxs_err mxs_seen_put(mxs_seen *seen, struct mxs_text name, uint32_t *id, enum mxs_seen_what *what,
                                    struct mxs_detail *detail);

/* The ids of this run as ranges, ascending: MXS_ERR_END after the last. *cursor begins at 0. */
enum mxs_err mxs_seen_range(const mxs_seen *seen, uint32_t *cursor, uint32_t *first, uint32_t *last);

#endif
