/* A finding is put only on what is settled; what is unknown finds nothing.
 *
 * Spec       @rfc{2181,10.3} @rfc{7505,3} @rfc{5321,5.1}
 * In         A domain's plan, and its verdict without findings
 * Out        Which findings apply
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_CLASSIFY_INTERNAL_AUDIT_H
#define MXS_SCANNER_CLASSIFY_INTERNAL_AUDIT_H

#include "scanner/classify/internal/delivery.h"

void mxs_audit(const struct mxs_delivery_plan *plan, const struct mxs_judge *judge, struct mxs_verdict *verdict);

#endif
