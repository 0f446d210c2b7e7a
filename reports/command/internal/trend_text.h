/* A trend in any of its formats.
 *
 * In         A trend
 * Out        The runs, and a share for each measure and run
 * Errors     Those of the store; the sink's stay in the sink
 */
#ifndef MXS_REPORTS_COMMAND_INTERNAL_TREND_TEXT_H
#define MXS_REPORTS_COMMAND_INTERNAL_TREND_TEXT_H

#include "reports/data/trend.h"
#include "reports/format/format.h"

MXS_CHECK enum mxs_err mxs_trend_write(struct mxs_trend *trend, enum mxs_format format, const struct mxs_style *style,
                                       mxs_out *out, struct mxs_detail *detail);

#endif
