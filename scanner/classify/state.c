#include "scanner/classify/internal/state.h"

/* MX nodata: the domain is its own MX host (its A and AAAA belong to the check mx). */
static enum mxs_state implicit(const struct mxs_delivery_plan *plan)
{
    if (!plan->facts->implicit || plan->count == 0)
        return MXS_STATE_UNDETERMINED; /* its addresses were never asked */
    const struct mxs_hop *hop = &plan->hops[0];
    if (hop->usable == MXS_YES)
        return MXS_STATE_IMPLICIT_MX;
    if (hop->usable == MXS_UNKNOWN)
        return MXS_STATE_UNDETERMINED;
    bool has_address = hop->host->a == MXS_ANSWERED || hop->host->aaaa == MXS_ANSWERED;
    return has_address ? MXS_STATE_BROKEN : MXS_STATE_NO_MAIL;
}

static enum mxs_state explicit_set(const struct mxs_delivery_plan *plan)
{
    bool unsettled = false, open = false;
    if (plan->count == 0)
        return MXS_STATE_UNDETERMINED;
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->hops[i].kind == MXS_HOP_NULL)
            return plan->count == 1 && plan->facts->mx_hosts[0].preference == 0 ? MXS_STATE_NULL_MX
                                                                                   : MXS_STATE_NULL_MX_INVALID;
    for (uint32_t i = 0; i < plan->count; i++) {
        if (plan->hops[i].usable == MXS_YES)
            return MXS_STATE_MX;
        unsettled |= plan->hops[i].unsettled;
        open |= plan->hops[i].usable == MXS_UNKNOWN;
    }
    if (unsettled)
        return MXS_STATE_UNDETERMINED;
    /* Not asked is not unsettled: what was never asked gets the benefit of the doubt. */
    return open ? MXS_STATE_MX : MXS_STATE_BROKEN;
}

enum mxs_state mxs_state_of(const struct mxs_delivery_plan *plan)
{
    switch (plan->facts->mx) {
    case MXS_NXDOMAIN: return MXS_STATE_NXDOMAIN;
    case MXS_NODATA: return implicit(plan);
    case MXS_ANSWERED: return explicit_set(plan);
    default: return MXS_STATE_UNDETERMINED;
    }
}
