/* The sentences of a report, made from its figures: the same on the page and in text.
 *
 * In         A diff
 * Out        Sentences, most urgent first
 * Errors     Sticky in the sink
 */
#ifndef MXS_REPORTS_PAGE_MESSAGE_H
#define MXS_REPORTS_PAGE_MESSAGE_H

#include "base/out.h"
#include "reports/data/diff.h"

/* That more than a tenth of the list left: first of all. Nothing otherwise. */
void mxs_message_put_shrank(mxs_out *out, const struct mxs_diff *diff, const char *before, const char *after);
/* What changed, each sentence between two texts of the format. */
void mxs_message_put_changes(mxs_out *out, const struct mxs_diff *diff, enum mxs_escape escape, const char *before, const char *after);

#endif
