/* Eight states; a temporary failure never becomes a fact.
 *
 * Spec       @rfc{5321,5.1} @rfc{7505,3}; Zonemaster ZONE09
 * In         A domain's plan
 * Out        Its state
 * Threads    Any. Pure
 */
#ifndef MXS_SCANNER_CLASSIFY_INTERNAL_STATE_H
#define MXS_SCANNER_CLASSIFY_INTERNAL_STATE_H

#include "scanner/classify/internal/delivery.h"

enum mxs_state mxs_state_of(const struct mxs_delivery_plan *plan);

#endif
