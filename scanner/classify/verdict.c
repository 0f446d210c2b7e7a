#include "scanner/classify/judge.h"

#include "scanner/classify/internal/audit.h"
#include "scanner/classify/internal/provider.h"
#include "scanner/classify/internal/redundancy.h"
#include "scanner/classify/internal/delivery.h"
#include "scanner/classify/internal/state.h"

/* Without memory there is no verdict: the arena is full, which the caller sees, and nothing is claimed. */
static void judge_nothing(struct mxs_verdict *out)
{
    out->state = MXS_STATE_UNDETERMINED;
    out->label_count = 0;
    out->redundancy = (struct mxs_redundancy){
        .usable = -1, .tiers = -1, .addresses = -1, .prefixes = -1, .asns = -1, .providers = -1,
        .load_sharing = MXS_UNKNOWN, .multihomed = MXS_UNKNOWN, .ipv6 = MXS_UNKNOWN,
        .backup = MXS_BACKUP_UNKNOWN, .single_point = MXS_SINGLE_UNKNOWN};
    out->findings = (struct mxs_findings){{0}};
    out->open_mailbox = false;
    out->measures = MXS_MEASURES_UNKNOWN;
}

void mxs_judge_domain(const struct mxs_judge *judge, const struct mxs_domain_facts *facts, struct mxs_arena *arena,
                      struct mxs_verdict *out)
{
    struct mxs_delivery_plan plan;
    judge_nothing(out);
    if (!mxs_delivery_init(&plan, facts, arena))
        return;
    enum mxs_state state = mxs_state_of(&plan);
    if (!mxs_delivery_providers(&plan, judge, arena) ||
        !mxs_redundancy_of(&plan, state, arena, &out->redundancy))
        return;
    out->state = state;
    if (state == MXS_STATE_MX || state == MXS_STATE_IMPLICIT_MX)
        mxs_provider_label(&plan, out);
    mxs_audit(&plan, judge, out);
}
