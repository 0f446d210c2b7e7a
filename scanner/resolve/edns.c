#include "scanner/resolve/internal/edns.h"

#define NS_PER_MS 1000000ull
#define REFUSALS_MAX 16

bool mxs_edns_ask(struct mxs_edns *edns, uint64_t now_ns, uint32_t probe_ms)
{
    if (edns->state != MXS_EDNS_OFF || now_ns - edns->off_ns < probe_ms * NS_PER_MS)
        return edns->state == MXS_EDNS_ON;
    edns->state = MXS_EDNS_PROBING;
    return true;
}

void mxs_edns_leave(struct mxs_edns *edns, uint64_t now_ns)
{
    if (edns->state == MXS_EDNS_NEVER)
        return;
    edns->state = MXS_EDNS_OFF;
    edns->off_ns = now_ns;
}

void mxs_edns_hear_opt(struct mxs_edns *edns)
{
    edns->spoken = true;
    edns->refusals = 0;
}

void mxs_edns_refuse(struct mxs_edns *edns, uint64_t now_ns)
{
    edns->refusals++;
    if (!edns->spoken || edns->state != MXS_EDNS_ON || edns->refusals >= REFUSALS_MAX)
        mxs_edns_leave(edns, now_ns);
}

void mxs_edns_excuse(struct mxs_edns *edns)
{
    edns->state = MXS_EDNS_ON;
    edns->refusals -= edns->refusals > 0;
}

void mxs_edns_end(struct mxs_edns *edns, bool heard, uint64_t now_ns)
{
    if (edns->state != MXS_EDNS_PROBING)
        return;
    if (heard)
        edns->state = MXS_EDNS_ON;
    else
        mxs_edns_leave(edns, now_ns);
}
