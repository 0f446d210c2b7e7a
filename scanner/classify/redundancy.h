/* Room       scanner/classify
 * Spec       @rfc{5321,5.1}; words: README.md "What the words mean"
 * In         A domain's route with providers named, and its state
 * Out        What carries its mail, and what takes every path with it
 * Units      None
 * Limits     65,536 addresses of one domain; with more, what rests on all of them is unknown
 * Errors     false: no memory
 * Ownership  None
 * Threads    One at a time
 * Bugs       None
 *
 * A field that hangs on what was not asked, or not settled, is unknown, unless what is known decides it.
 */
#ifndef MXS_SCANNER_CLASSIFY_REDUNDANCY_H
#define MXS_SCANNER_CLASSIFY_REDUNDANCY_H

#include "scanner/classify/delivery.h"

MXS_CHECK bool mxs_redundancy_of(const struct mxs_delivery_plan *route, enum mxs_state state, struct mxs_arena *arena,
                                 struct mxs_redundancy *out);

/* The one usable MX host is of a provider that gives one per domain. */
bool mxs_redundancy_is_managed(const struct mxs_delivery_plan *route);

#endif
