/* What an attempt brought, held while others follow or while it is not known whether this network can be believed.
 *
 * In         Answers whose views end with the call
 * Out        Copies of them
 * Errors     NULL: no memory
 * Ownership  create/destroy; takes the chain
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_SMTP_INTERNAL_KEPT_H
#define MXS_SCANNER_SMTP_INTERNAL_KEPT_H

#include "scanner/smtp/chain.h"

struct mxs_smtp_kept {
    struct mxs_smtp_answer answer; /* its views look behind this struct, and into chain */
    mxs_smtp_chain *chain;
};

/* *chain is set to NULL. */
MXS_CHECK struct mxs_smtp_kept *mxs_smtp_kept_create(const struct mxs_smtp_answer *answer, mxs_smtp_chain **chain);
void mxs_smtp_kept_destroy(struct mxs_smtp_kept **kept);

#endif
