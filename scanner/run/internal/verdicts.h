/* A million domains have some thousand distinct verdicts. Each is packed into comparable bytes (column content of the
 * table verdict), which are the key in the database. Most differ in who is behind only, so here the key is a number for
 * all that stands before the labels, and the labels: 12 bytes and more instead of 76.
 *
 * In         Verdicts
 * Out        A small number for each distinct one, and its rows
 * Errors     0: out of memory
 * Ownership  init/finish
 * Threads    That of the store
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_VERDICTS_H
#define MXS_SCANNER_RUN_INTERNAL_VERDICTS_H

#include "db/query.h"
#include "base/intern.h"
#include "model/verdict.h"

struct mxs_verdicts {
    mxs_store *store;
    struct mxs_intern keys, heads, providers; /* a key: the id of its head (4 bytes), its labels */
    uint32_t flushed, providers_flushed;
};

MXS_CHECK enum mxs_err mxs_verdicts_init(struct mxs_verdicts *verdicts, mxs_store *store, struct mxs_detail *detail);
void mxs_verdicts_finish(struct mxs_verdicts *verdicts);
/* What was put under id; texts are views of the tables. */
void mxs_verdicts_find(const struct mxs_verdicts *verdicts, uint32_t id, struct mxs_verdict *out);
uint32_t mxs_verdicts_put(struct mxs_verdicts *verdicts, const struct mxs_verdict *verdict);
uint32_t mxs_verdicts_provider(struct mxs_verdicts *verdicts, struct mxs_text provider);
/* Stores what is new. */
MXS_CHECK enum mxs_err mxs_verdicts_flush(struct mxs_verdicts *verdicts, struct mxs_detail *detail);

#endif
