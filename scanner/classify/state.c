#include "scanner/classify/internal/state.h"

/* MX nodata: the domain is its own MX host (its A and AAAA belong to the check mx). */
static enum mxs_state implicit(const struct mxs_delivery_plan *route)
{
    if (!route->facts->implicit || route->count == 0)
        return MXS_STATE_UNDETERMINED; /* its addresses were never asked */
    const struct mxs_hop *stop = &route->stops[0];
    if (stop->usable == MXS_YES)
        return MXS_STATE_IMPLICIT_MX;
    if (stop->usable == MXS_UNKNOWN)
        return MXS_STATE_UNDETERMINED;
    bool has_address = stop->host->a == MXS_ANSWERED || stop->host->aaaa == MXS_ANSWERED;
    return has_address ? MXS_STATE_BROKEN : MXS_STATE_NO_MAIL;
}

static enum mxs_state explicit_set(const struct mxs_delivery_plan *route)
{
    bool unsettled = false, open = false;
    if (route->count == 0)
        return MXS_STATE_UNDETERMINED;
    for (uint32_t i = 0; i < route->count; i++)
        if (route->stops[i].kind == MXS_HOP_NULL)
            return route->count == 1 && route->facts->mx_hosts[0].preference == 0 ? MXS_STATE_NULL_MX
                                                                                   : MXS_STATE_NULL_MX_INVALID;
    for (uint32_t i = 0; i < route->count; i++) {
        if (route->stops[i].usable == MXS_YES)
            return MXS_STATE_MX;
        unsettled |= route->stops[i].unsettled;
        open |= route->stops[i].usable == MXS_UNKNOWN;
    }
    if (unsettled)
        return MXS_STATE_UNDETERMINED;
    /* Not asked is not unsettled: what was never asked gets the benefit of the doubt. */
    return open ? MXS_STATE_MX : MXS_STATE_BROKEN;
}

enum mxs_state mxs_state_of(const struct mxs_delivery_plan *route)
{
    switch (route->facts->mx) {
    case MXS_NXDOMAIN: return MXS_STATE_NXDOMAIN;
    case MXS_NODATA: return implicit(route);
    case MXS_ANSWERED: return explicit_set(route);
    default: return MXS_STATE_UNDETERMINED;
    }
}
