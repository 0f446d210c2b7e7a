/* The views once more, as temporary ones of the same names: a temporary table or view that covers one of the file is
 * then read by them, too, and by whatever reads them.
 *
 * In         A store with temporary tables that cover some of the file's
 * Out        Its views, over those
 * Ownership  Until the store is closed
 * Threads    That of the store
 */
#ifndef MXS_DB_COVER_H
#define MXS_DB_COVER_H

#include "db/store.h"

MXS_CHECK enum mxs_err mxs_cover_write(mxs_store *store, struct mxs_detail *detail);

#endif
