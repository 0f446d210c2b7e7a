/* A diff in any of its formats.
 *
 * In         A diff
 * Out        Text with the sentences first and the tables behind them; or what the other formats hold of it
 * Errors     Those of the store; the sink's stay in the sink
 */
#ifndef MXS_REPORTS_COMMAND_INTERNAL_DIFF_TEXT_H
#define MXS_REPORTS_COMMAND_INTERNAL_DIFF_TEXT_H

#include "reports/data/diff.h"
#include "reports/format/format.h"

MXS_CHECK enum mxs_err mxs_diff_write(struct mxs_diff *diff, enum mxs_format format, const struct mxs_style *style,
                                      mxs_out *out, struct mxs_detail *detail);

#endif
