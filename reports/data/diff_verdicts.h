/* State and backup of every verdict are read at once; who runs it only for verdicts that take part in a change.
 *
 * In         The verdicts of a database
 * Out        Those parts of them that changes are made of
 * Limits     Memory: 32 bytes a verdict
 * Errors     Those of the store; sticky in the query of the labels
 * Ownership  open/close
 * Threads    One at a time
 */
#ifndef MXS_REPORTS_DATA_DIFF_VERDICTS_H
#define MXS_REPORTS_DATA_DIFF_VERDICTS_H

#include "reports/data/change.h"

struct mxs_diff_verdicts {
    int64_t *ids;
    struct mxs_change_verdict *verdicts;
    bool *told; /* the provider was read */
    bool lost;  /* one found no room; told by end */
    size_t count, capacity;
    struct mxs_string_pool names;
    struct mxs_query labels;
};

MXS_CHECK enum mxs_err mxs_diff_verdicts_open(struct mxs_diff_verdicts *verdicts, mxs_store *store,
                                              struct mxs_detail *detail);
/* No provider is read any more. An error: one that was read is missing. */
MXS_CHECK enum mxs_err mxs_diff_verdicts_end(struct mxs_diff_verdicts *verdicts, struct mxs_detail *detail);
void mxs_diff_verdicts_close(struct mxs_diff_verdicts *verdicts);
/* NULL when there is none of that id. */
const struct mxs_change_verdict *mxs_diff_verdicts_find(const struct mxs_diff_verdicts *verdicts, int64_t id);
/* The same, with its provider. */
const struct mxs_change_verdict *mxs_diff_verdicts_read(struct mxs_diff_verdicts *verdicts, int64_t id);
/* Copies the first name of a provider's text; what follows it, or NULL. */
const char *mxs_diff_provider_next(const char *text, char *name, size_t name_size);
/* True when a provider's text names that provider, in whatever role. */
bool mxs_diff_provider_is(const char *text, const char *name);

#endif
