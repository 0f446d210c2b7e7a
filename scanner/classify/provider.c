/* Kinds to roles. A gateway stands in front, and so does a forwarder: neither holds the mail, the mailbox behind is
 * unknown, and saying so is the honest label. An isp or a registrar's default server does hold it, as far as
 * the MX can show, but fewer people read mail there than the MX suggests: lower confidence. "self" and "org:" name who
 * runs the MX host, which need not be who runs the mailbox.
 *
 * Where no hop of the level is a mailbox host by rule (or a registrar's), the verdict's mailbox stays open: evidence
 * from behind the MX (a DKIM selector, autodiscover) may name it, in scanner/checks/judge.c. Elsewhere it
 * changes nothing.
 */
#include "scanner/classify/internal/provider.h"

#include "model/findings.h"

#define WHOLE 10000u
#define CONFIDENCE_SELF 60
#define CONFIDENCE_ORG 40

struct trait {
    enum mxs_role role;
    uint8_t confidence;
};

static struct trait trait_of(const struct mxs_hop *hop)
{
    static const struct trait by_kind[MXS_KIND_COUNT] = {
        [MXS_KIND_MAILBOX] = {MXS_ROLE_MAILBOX, 90},   [MXS_KIND_GATEWAY] = {MXS_ROLE_GATEWAY, 90},
        [MXS_KIND_FORWARDER] = {MXS_ROLE_GATEWAY, 80}, [MXS_KIND_REGISTRAR] = {MXS_ROLE_MAILBOX, 50},
        [MXS_KIND_ISP] = {MXS_ROLE_MAILBOX, 70},       [MXS_KIND_PUBLIC] = {MXS_ROLE_MAILBOX, 70},
    };
    if (hop->rule != NULL)
        return by_kind[hop->rule->kind];
    bool self = mxs_text_equal(hop->provider, MXS_TEXT(MXS_PROVIDER_SELF));
    return (struct trait){MXS_ROLE_MAILBOX, self ? CONFIDENCE_SELF : CONFIDENCE_ORG};
}

/* A hop that carries mail as far as is known: usable, or never asked. */
static bool carries(const struct mxs_hop *hop)
{
    return hop->usable == MXS_YES || (hop->usable == MXS_UNKNOWN && !hop->unsettled);
}

static bool same(const struct mxs_hop *a, const struct mxs_hop *b)
{
    return a->provider_index == b->provider_index && trait_of(a).role == trait_of(b).role;
}

/* The first level that carries mail, level_count when none does. */
static uint32_t first_level(const struct mxs_delivery_plan *plan)
{
    for (uint32_t i = 0; i < plan->count; i++)
        if (carries(&plan->hops[i]))
            return plan->hops[i].level;
    return plan->level_count;
}

/* False when an MX host that is not settled could change the label: one in that level or ahead of it, of
 * another provider. */
static bool is_certain(const struct mxs_delivery_plan *plan, uint32_t level)
{
    const struct mxs_hop *known = NULL;
    bool open = false, mixed = false;
    for (uint32_t i = 0; i < plan->count && plan->hops[i].level <= level; i++) {
        const struct mxs_hop *hop = &plan->hops[i];
        if (hop->usable == MXS_NO)
            continue;
        open |= hop->unsettled;
        mixed |= known != NULL && !same(known, hop);
        known = hop;
    }
    return !open || !mixed;
}

/* Is this the first hop of its provider and role among those of its side (tier 1, or behind it)? */
static bool is_new(const struct mxs_delivery_plan *plan, uint32_t index, uint32_t from)
{
    for (uint32_t i = from; i < index; i++)
        if (carries(&plan->hops[i]) && same(&plan->hops[i], &plan->hops[index]))
            return false;
    return true;
}

static void put(struct mxs_verdict *out, const struct mxs_hop *hop, enum mxs_role role, uint32_t share,
                uint32_t *in_role)
{
    if (*in_role == MXS_MAILBOXES_MAX) {
        mxs_findings_put(&out->findings, MXS_FINDING_PROVIDERS_CUT);
        return;
    }
    out->labels[out->label_count++] = (struct mxs_label){
        .role = role, .provider = hop->provider, .share = (uint16_t)share, .confidence = trait_of(hop).confidence};
    ++*in_role;
}

/* The labels of one role in [begin, end); what the division leaves over goes to the first of all. */
static void write_role(const struct mxs_delivery_plan *plan, uint32_t begin, uint32_t end, enum mxs_role role,
                       uint32_t parts, struct mxs_verdict *out)
{
    uint32_t in_role = 0;
    for (uint32_t i = begin; i < end; i++) {
        const struct mxs_hop *hop = &plan->hops[i];
        if (!carries(hop) || trait_of(hop).role != role || !is_new(plan, i, begin))
            continue;
        put(out, hop, role, WHOLE / parts + (out->label_count == 0 ? WHOLE % parts : 0), &in_role);
    }
}

static void write_backups(const struct mxs_delivery_plan *plan, uint32_t begin, struct mxs_verdict *out)
{
    uint32_t in_role = 0, first = out->label_count;
    for (uint32_t i = begin; i < plan->count; i++) {
        const struct mxs_hop *hop = &plan->hops[i];
        bool seen = !carries(hop);
        for (uint32_t k = first; k < out->label_count && !seen; k++)
            seen = mxs_text_equal(out->labels[k].provider, hop->provider);
        if (!seen)
            put(out, hop, MXS_ROLE_BACKUP, 0, &in_role);
    }
}

static bool is_open(const struct mxs_delivery_plan *plan, uint32_t begin, uint32_t end)
{
    for (uint32_t i = begin; i < end; i++) {
        const struct mxs_rule *rule = plan->hops[i].rule;
        if (carries(&plan->hops[i]) && rule != NULL &&
            (rule->kind == MXS_KIND_MAILBOX || rule->kind == MXS_KIND_REGISTRAR))
            return false;
    }
    return true;
}

void mxs_provider_label(const struct mxs_delivery_plan *plan, struct mxs_verdict *out)
{
    out->label_count = 0;
    out->open_mailbox = false;
    uint32_t level = first_level(plan);
    if (level == plan->level_count || !is_certain(plan, level))
        return;
    uint32_t begin = 0, end, parts = 0;
    while (plan->hops[begin].level < level)
        begin++;
    for (end = begin; end < plan->count && plan->hops[end].level == level; end++)
        parts += carries(&plan->hops[end]) && is_new(plan, end, begin);
    write_role(plan, begin, end, MXS_ROLE_GATEWAY, parts, out);
    write_role(plan, begin, end, MXS_ROLE_MAILBOX, parts, out);
    write_backups(plan, end, out);
    out->open_mailbox = is_open(plan, begin, end);
}
