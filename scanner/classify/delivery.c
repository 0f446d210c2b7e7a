#include "scanner/classify/internal/delivery.h"

#include "model/hostname.h"
#include "model/usable.h"

static enum mxs_hop_kind kind_of(struct mxs_text name)
{
    if (name.size_bytes == 0)
        return MXS_HOP_NULL;
    if (mxs_hostname_is_literal(name))
        return MXS_HOP_LITERAL;
    return mxs_hostname_is_localhost(name) ? MXS_HOP_LOCALHOST : MXS_HOP_HOST;
}

static void judge_hop(struct mxs_hop *hop, bool asked)
{
    bool doubt = mxs_usable_in_doubt(hop->host);
    hop->usable = hop->kind != MXS_HOP_HOST ? MXS_NO : asked ? mxs_usable_host(hop->host) : MXS_UNKNOWN;
    hop->partial = hop->usable == MXS_YES && doubt;
    hop->unsettled = asked && hop->usable == MXS_UNKNOWN && doubt;
}

/* Has the name been seen? *here: at this very preference, which is one record said twice. */
static bool stands_before(const struct mxs_delivery_plan *plan, const struct mxs_hop *hop, bool *here)
{
    bool seen = false;
    *here = false;
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->hops[i].host == hop->host || mxs_text_equal(plan->hops[i].host->name, hop->host->name)) {
            seen = true;
            *here |= plan->hops[i].level == hop->level;
        }
    return seen;
}

bool mxs_delivery_init(struct mxs_delivery_plan *plan, const struct mxs_domain_facts *facts, struct mxs_arena *arena)
{
    *plan = (struct mxs_delivery_plan){.facts = facts};
    if (facts->mx_host_count == 0)
        return true;
    plan->hops = mxs_arena_take(arena, facts->mx_host_count * sizeof *plan->hops);
    if (plan->hops == NULL)
        return false;
    for (uint32_t i = 0; i < facts->mx_host_count; i++) {
        const struct mxs_mx_host *mx_host = &facts->mx_hosts[i];
        struct mxs_hop *hop = &plan->hops[plan->count];
        if (i == 0 || mx_host->preference != facts->mx_hosts[i - 1].preference)
            plan->level_count++;
        bool here;
        *hop = (struct mxs_hop){.host = mx_host->host, .level = (uint16_t)(plan->level_count - 1)};
        hop->repeated = stands_before(plan, hop, &here);
        if (here)
            continue;
        hop->kind = (uint8_t)(facts->implicit ? MXS_HOP_HOST : kind_of(mx_host->host->name));
        judge_hop(hop, facts->hosts_asked || facts->implicit);
        plan->count++;
    }
    return true;
}

struct mxs_text mxs_judge_host(const struct mxs_judge *judge, struct mxs_text host, struct mxs_arena *arena,
                               const struct mxs_rule **rule)
{
    *rule = mxs_rules_find(judge->rules, host);
    if (*rule != NULL)
        return (*rule)->provider;
    struct mxs_text domain = mxs_domain_registrable(judge->suffixes, host);
    static const char prefix[] = "org:";
    char *text = mxs_arena_take(arena, sizeof prefix - 1 + domain.size_bytes);
    if (text == NULL)
        return (struct mxs_text){NULL, 0};
    memcpy(text, prefix, sizeof prefix - 1);
    if (domain.size_bytes != 0)
        memcpy(text + sizeof prefix - 1, domain.data, domain.size_bytes);
    return (struct mxs_text){text, (uint32_t)(sizeof prefix - 1) + domain.size_bytes};
}

bool mxs_judge_is_self(const struct mxs_judge *judge, struct mxs_text name, struct mxs_text host)
{
    if (host.size_bytes == 0 || !mxs_text_equal(mxs_domain_tld(host), mxs_domain_tld(name)))
        return false;
    if (!mxs_text_equal(mxs_domain_registrable(judge->suffixes, host), mxs_domain_registrable(judge->suffixes, name)))
        return false;
    return mxs_rules_find(judge->rules, host) == NULL;
}

static uint16_t index_of(struct mxs_delivery_plan *plan, uint32_t hop_index)
{
    struct mxs_text provider = plan->hops[hop_index].provider;
    for (uint32_t i = hop_index; i-- > 0;)
        if (plan->hops[i].provider.data != NULL && mxs_text_equal(plan->hops[i].provider, provider))
            return plan->hops[i].provider_index;
    return (uint16_t)plan->provider_count++;
}

bool mxs_delivery_providers(struct mxs_delivery_plan *plan, const struct mxs_judge *judge, struct mxs_arena *arena)
{
    for (uint32_t i = 0; i < plan->count; i++) {
        struct mxs_hop *hop = &plan->hops[i];
        if (hop->usable == MXS_NO)
            continue;
        hop->rule = mxs_rules_find(judge->rules, hop->host->name);
        if (hop->rule != NULL)
            hop->provider = hop->rule->provider;
        else if (mxs_judge_is_self(judge, plan->facts->name, hop->host->name))
            hop->provider = MXS_TEXT(MXS_PROVIDER_SELF);
        else
            hop->provider = mxs_judge_host(judge, hop->host->name, arena, &hop->rule);
        if (hop->provider.data == NULL)
            return false;
        hop->provider_index = index_of(plan, i);
    }
    return true;
}
