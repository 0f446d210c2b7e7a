/* A field that hangs on what was not asked, or not settled, is unknown, unless what is known decides it.
 *
 * Spec       @rfc{5321,5.1}; words: docs/manual.md, "What the words mean"
 * In         A domain's plan with providers named, and its state
 * Out        What carries its mail, and what takes every path with it
 * Limits     65,536 addresses of one domain; with more, what rests on all of them is unknown
 * Errors     false: no memory
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_CLASSIFY_INTERNAL_REDUNDANCY_H
#define MXS_SCANNER_CLASSIFY_INTERNAL_REDUNDANCY_H

#include "scanner/classify/internal/delivery.h"

MXS_CHECK bool mxs_redundancy_of(const struct mxs_delivery_plan *plan, enum mxs_state state, struct mxs_arena *arena,
                                 struct mxs_redundancy *out);

/* The one usable MX host is of a provider that gives one per domain. */
bool mxs_redundancy_is_managed(const struct mxs_delivery_plan *plan);

/* Distinct MX host names among those that are kept. */
uint16_t mxs_redundancy_hosts(const struct mxs_delivery_plan *plan);

#endif
