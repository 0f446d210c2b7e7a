/* Forward only. A database is brought to this build's schema in one transaction: killed in the middle of it, it is what
 * it was.
 *
 * Out        The schema, its words, its counts and its views, as this build knows them
 * Errors     Those of the store; then nothing was changed
 */
#ifndef MXS_DB_INTERNAL_MIGRATE_H
#define MXS_DB_INTERNAL_MIGRATE_H

#include <stddef.h>

#include "db/store.h"

/* Of a store that may be written. A new file gets the whole schema; one that is up to date is left alone. */
MXS_CHECK enum mxs_err mxs_migrate(mxs_store *store, struct mxs_detail *detail);
/* The files of views, in order; NULL behind the last. */
const char *mxs_migrate_view_text(size_t at);
/* Whether a store that is read is as this build knows it. */
MXS_CHECK enum mxs_err mxs_migrate_is_current(mxs_store *store, bool *current, struct mxs_detail *detail);

#endif
