/* SIGINT, SIGTERM and SIGHUP end it where somebody catches them, who is then told as well; elsewhere they end the
 * process.
 *
 * In         An open database
 * Out        Whether its pages hang together, and whether its ids are such as a scan gives
 * Limits     Of pages: reads all of the file, a second for some hundred megabytes, more from a slow disk
 * Errors     MXS_ERR_FOREIGN_DB: damaged; MXS_ERR_STOPPED: a signal came on the way
 * Threads    One check at a time in a process
 */
#ifndef MXS_DB_INTERNAL_CHECK_H
#define MXS_DB_INTERNAL_CHECK_H

#include "db/store.h"

MXS_CHECK enum mxs_err mxs_check_pages(mxs_store *store, struct mxs_detail *detail);
/* Of the newest schema. A few look-ups. */
MXS_CHECK enum mxs_err mxs_check_ids(mxs_store *store, struct mxs_detail *detail);

#endif
