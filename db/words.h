/* The words of model/vocabulary.h and model/findings.h as rows, so that a stranger's SQL reads `state = 'mx'` and no
 * number is typed twice.
 *
 * Out        The word tables, equal to what this program knows
 * Errors     Those of the store
 * Threads    That of the store
 */
#ifndef MXS_DB_WORDS_H
#define MXS_DB_WORDS_H

#include "db/store.h"

/* Inside the caller's transaction. Words are only ever added, so what is there stays true. */
MXS_CHECK enum mxs_err mxs_words_write(mxs_store *store, struct mxs_detail *detail);
/* Of all that it writes. */
uint64_t mxs_words_digest(void);

#endif
