/* An outage in any of its formats.
 *
 * In         An outage
 * Out        Who loses mail, who falls back and to whom
 * Errors     Those of the store; the sink's stay in the sink
 */
#ifndef MXS_REPORTS_COMMAND_INTERNAL_OUTAGE_TEXT_H
#define MXS_REPORTS_COMMAND_INTERNAL_OUTAGE_TEXT_H

#include "reports/data/outage.h"
#include "reports/format/format.h"

MXS_CHECK enum mxs_err mxs_outage_write(const struct mxs_outage *outage, enum mxs_format format,
                                        const struct mxs_style *style, mxs_out *out, struct mxs_detail *detail);

#endif
