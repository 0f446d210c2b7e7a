/* An Unbound of our own for as long as a scan lives: started, watched, started once more if it dies, and gone when the
 * scan is, however it ends.
 *
 * In         A configuration (config.h)
 * Out        The address to ask; news of its life on a descriptor
 * Errors     MXS_ERR_INPUT: not installed, or refused by its own checker; MXS_ERR_IO: does not start, no port, no log
 * Ownership  open/close
 * Threads    Open before the first thread and before the sandbox: a process of ours is forked, which starts Unbound and
 *            lives in no sandbox; the thread that opens must live as long as the scan
 */
#ifndef MXS_SCANNER_RECURSOR_RECURSOR_H
#define MXS_SCANNER_RECURSOR_RECURSOR_H

#include "scanner/recursor/config.h"

typedef struct mxs_recursor mxs_recursor;

/* Whether the root servers can be reached from here, asked directly. */
enum mxs_recursor_reach {
    MXS_RECURSOR_OPEN,
    MXS_RECURSOR_SILENT,      /* nobody answers */
    MXS_RECURSOR_INTERCEPTED, /* somebody else answers in their name */
};
MXS_CHECK enum mxs_err mxs_recursor_reach_find(const struct mxs_recursor_config *config, enum mxs_recursor_reach *out,
                                               struct mxs_detail *detail);
/* The sentence for it, with the remedy; NULL: open. */
const char *mxs_recursor_reach_text(const struct mxs_recursor_config *config, enum mxs_recursor_reach reach);

/* Has Unbound's own checker look at the configuration; what this version does not know and can do without is left out.
 */
MXS_CHECK enum mxs_err mxs_recursor_check(struct mxs_recursor_config *config, struct mxs_detail *detail);

/* Returns when it answers. log: a file that is written anew with what Unbound says; NULL: none. config stays the
 * caller's. */
MXS_CHECK enum mxs_err mxs_recursor_open(mxs_recursor **out, struct mxs_recursor_config *config, const char *log,
                                         struct mxs_detail *detail);
const char *mxs_recursor_address(const mxs_recursor *recursor); /* "127.0.0.1:PORT", the same always */
int mxs_recursor_handle(const mxs_recursor *recursor);          /* readable: there is news, ask for it */

enum mxs_recursor_news { MXS_RECURSOR_NONE, MXS_RECURSOR_RESTARTED, MXS_RECURSOR_GONE };
/* text: what happened, a sentence; untouched without news. Never waits. */
enum mxs_recursor_news mxs_recursor_next(mxs_recursor *recursor, char text[MXS_RECURSOR_NEWS_SIZE]);
/* Safe on NULL. */
void mxs_recursor_close(mxs_recursor **recursor);

#endif
