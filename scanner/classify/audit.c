#include "scanner/classify/internal/audit.h"

#include "model/address.h"
#include "model/findings.h"
#include "model/hostname.h"
#include "model/usable.h"
#include "scanner/classify/internal/a_label.h"
#include "scanner/classify/internal/open_suffix.h"
#include "scanner/classify/internal/redundancy.h"

#define MANY_MX_HOSTS 16

static bool has_address_in(const struct mxs_host_facts *host, bool public)
{
    for (uint32_t i = 0; i < host->address_count; i++) {
        const struct mxs_address *a = &host->addresses[i];
        if ((a->family == 4 ? host->a : host->aaaa) == MXS_ANSWERED && mxs_address_public(a) == public)
            return true;
    }
    return false;
}

static bool has_ipv4(const struct mxs_host_facts *host)
{
    for (uint32_t i = 0; i < host->address_count; i++)
        if (host->addresses[i].family == 4 && mxs_usable_address(host, &host->addresses[i]))
            return true;
    return false;
}

/* One settled answer that is not NXDOMAIN proves that the name is there: some balancers deny it for AAAA only.
 * @rfc{4074,4.2} */
static bool is_dangling(const struct mxs_hop *hop)
{
    return hop->usable == MXS_NO && hop->host->a == MXS_NXDOMAIN && hop->host->aaaa == MXS_NXDOMAIN;
}

/* A provider's own names are not up for grabs, nor are names that the public, as far as is known, cannot register; and
 * to what is no host name nobody delivers, whoever registers what it lies under. */
static bool is_takeover(const struct mxs_hop *hop, const struct mxs_judge *judge)
{
    struct mxs_text registrable = mxs_domain_registrable(judge->suffixes, hop->host->name);
    if (mxs_hostname_slip_of(hop->host->name) != MXS_SLIP_NONE)
        return false;
    return hop->host->registrable == MXS_NXDOMAIN && mxs_hostname_is_ldh(registrable) &&
           mxs_domain_is_sold(judge->suffixes, registrable) && mxs_open_suffix_takes(registrable) &&
           !mxs_a_label_is_broken(registrable) && !mxs_domain_is_let(judge->suffixes, hop->host->name) &&
           mxs_rules_find(judge->rules, hop->host->name) == NULL;
}

/* What is wrong with the name itself, whether or not a wildcard gives it an address: senders pass over what is no host
 * name. */
static void audit_name(const struct mxs_hop *hop, struct mxs_findings *set)
{
    static const uint8_t by_slip[] = {
        [MXS_SLIP_URL] = MXS_FINDING_NAME_URL,     [MXS_SLIP_ADDRESS] = MXS_FINDING_NAME_MAIL,
        [MXS_SLIP_PORT] = MXS_FINDING_NAME_PORT,   [MXS_SLIP_BLANK] = MXS_FINDING_NAME_BLANK,
        [MXS_SLIP_COMMA] = MXS_FINDING_NAME_COMMA, [MXS_SLIP_BACKSLASH] = MXS_FINDING_NAME_BACKSLASH,
        [MXS_SLIP_DOT] = MXS_FINDING_NAME_DOT,     [MXS_SLIP_CHARACTER] = MXS_FINDING_NAME_CHARACTER,
    };
    enum mxs_hostname_slip slip = mxs_hostname_slip_of(hop->host->name);
    if (slip != MXS_SLIP_NONE)
        mxs_findings_put(set, by_slip[slip]);
}

/* The null record of an invalid null MX is the finding itself, and no MX host that could be dead or said twice. */
static bool is_mx_host(const struct mxs_hop *hop) { return hop->kind != MXS_HOP_NULL; }

static void audit_hop(const struct mxs_hop *hop, const struct mxs_judge *judge, const struct mxs_domain_facts *facts,
                       struct mxs_findings *set)
{
    if (!is_mx_host(hop))
        return;
    if (hop->repeated)
        mxs_findings_put(set, MXS_FINDING_DUPLICATE);
    if (hop->kind == MXS_HOP_LITERAL)
        mxs_findings_put(set, MXS_FINDING_IP_LITERAL);
    if (hop->kind == MXS_HOP_LOCALHOST)
        mxs_findings_put(set, MXS_FINDING_LOCALHOST);
    if (hop->kind == MXS_HOP_HOST)
        audit_name(hop, set);
    if (hop->kind != MXS_HOP_HOST || !(facts->hosts_asked || facts->implicit))
        return;
    if (hop->host->alias.data != NULL &&
        !facts->implicit) /* without an MX record there is no target that must not be one */
        mxs_findings_put(set, MXS_FINDING_ALIAS);
    if (has_address_in(hop->host, false))
        mxs_findings_put(set, MXS_FINDING_PRIVATE_ADDRESS);
    if (!is_dangling(hop))
        return;
    mxs_findings_put(set, MXS_FINDING_DANGLING);
    if (mxs_a_label_is_broken(hop->host->name) || mxs_a_label_is_broken(hop->host->alias))
        mxs_findings_put(set, MXS_FINDING_NAME_IDN);
    if (is_takeover(hop, judge))
        mxs_findings_put(set, MXS_FINDING_TAKEOVER);
}

/* Dead from end to end: every MX host of the level is known not to be usable. */
static bool level_is_dead(const struct mxs_delivery_plan *plan, uint32_t level)
{
    bool any = false;
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct mxs_hop *hop = &plan->hops[i];
        if (hop->level != level || !is_mx_host(hop))
            continue;
        if (hop->usable != MXS_NO)
            return false;
        any = true;
    }
    return any;
}

static void audit_levels(const struct mxs_delivery_plan *plan, struct mxs_findings *set)
{
    bool live = false, ipv4 = false, dead = false, open = false;
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct mxs_hop *hop = &plan->hops[i];
        live |= hop->usable == MXS_YES;
        dead |= is_mx_host(hop) && hop->usable == MXS_NO;
        open |= hop->usable == MXS_UNKNOWN || hop->partial;
        ipv4 |= hop->usable == MXS_YES && has_ipv4(hop->host);
    }
    if (!live)
        return;
    if (dead)
        mxs_findings_put(set, MXS_FINDING_DEAD_MX_HOST);
    if (!ipv4 && !open)
        mxs_findings_put(set, MXS_FINDING_NO_IPV4);
    if (level_is_dead(plan, 0) || level_is_dead(plan, plan->level_count - 1))
        mxs_findings_put(set, MXS_FINDING_NOLISTING);
}

static void audit_redundancy(const struct mxs_delivery_plan *plan, const struct mxs_redundancy *r,
                             struct mxs_findings *set)
{
    static const uint8_t by_point[MXS_SINGLE_COUNT] = {
        [MXS_SINGLE_HOST] = MXS_FINDING_SINGLE_HOST,       [MXS_SINGLE_ADDRESS] = MXS_FINDING_SINGLE_ADDRESS,
        [MXS_SINGLE_PREFIX] = MXS_FINDING_SINGLE_PREFIX,   [MXS_SINGLE_ASN] = MXS_FINDING_SINGLE_ASN,
        [MXS_SINGLE_PROVIDER] = MXS_FINDING_SINGLE_PROVIDER,
    };
    /* providers is null where no mail is received: no path is graded then */
    bool managed = r->usable == 1 && r->providers == 1 && mxs_redundancy_is_managed(plan);
    bool open = false; /* with an effective backup: an MX host or address of a later tier */
    for (uint32_t i = 0; i < plan->count; i++)
        open |= plan->hops[i].usable == MXS_UNKNOWN || plan->hops[i].partial;
    bool by_place = r->single_point == MXS_SINGLE_ADDRESS || r->single_point == MXS_SINGLE_PREFIX;
    if (by_point[r->single_point] != 0 && !(managed && by_place)) /* one cause, one finding: the provider places it */
        mxs_findings_put(set, by_point[r->single_point]);
    if (managed)
        mxs_findings_put(set, MXS_FINDING_MANAGED_SINGLE);
    if (r->backup == MXS_BACKUP_DECORATIVE)
        mxs_findings_put(set, MXS_FINDING_BACKUP_DECORATIVE);
    if (r->backup == MXS_BACKUP_DEAD)
        mxs_findings_put(set, MXS_FINDING_BACKUP_DEAD);
    if (r->backup == MXS_BACKUP_EFFECTIVE && !(r->backup_apart & MXS_APART_PREFIX) && !open)
        mxs_findings_put(set, MXS_FINDING_BACKUP_SAME_PREFIX);
    if (r->ipv6 == MXS_NO && r->usable > 1)
        mxs_findings_put(set, MXS_FINDING_NO_IPV6);
    if (mxs_redundancy_hosts(plan) > MANY_MX_HOSTS)
        mxs_findings_put(set, MXS_FINDING_MANY_MX_HOSTS);
}

static void audit_labels(const struct mxs_delivery_plan *plan, struct mxs_verdict *verdict)
{
    uint32_t first = 0, gateways = 0;
    for (uint32_t i = 0; i < verdict->label_count; i++) {
        first += verdict->labels[i].role != MXS_ROLE_BACKUP;
        gateways += verdict->labels[i].role == MXS_ROLE_GATEWAY;
    }
    if (first > 1)
        mxs_findings_put(&verdict->findings, MXS_FINDING_MIXED_PROVIDERS);
    if (first == 0 || gateways != first)
        return;
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct mxs_hop *hop = &plan->hops[i];
        if (hop->usable != MXS_NO && !hop->unsettled && hop->rule != NULL && hop->rule->kind == MXS_KIND_MAILBOX)
            mxs_findings_put(&verdict->findings, MXS_FINDING_GATEWAY_BYPASS);
    }
}

void mxs_audit(const struct mxs_delivery_plan *plan, const struct mxs_judge *judge, struct mxs_verdict *verdict)
{
    struct mxs_findings *set = &verdict->findings;
    if (verdict->state == MXS_STATE_IMPLICIT_MX)
        mxs_findings_put(set, MXS_FINDING_IMPLICIT);
    if (verdict->state == MXS_STATE_BROKEN)
        mxs_findings_put(set, MXS_FINDING_NONE_USABLE);
    if (verdict->state == MXS_STATE_NXDOMAIN)
        mxs_findings_put(set, MXS_FINDING_NO_SUCH_DOMAIN);
    if (plan->facts->alias_beside)
        mxs_findings_put(set, MXS_FINDING_ALIAS_BESIDE);
    if (verdict->state == MXS_STATE_NULL_MX_INVALID)
        mxs_findings_put(set, plan->count > 1 ? MXS_FINDING_NULL_MX_MIXED : MXS_FINDING_NULL_MX_PREFERENCE);
    if (verdict->state == MXS_STATE_NO_MAIL || verdict->state == MXS_STATE_NULL_MX || plan->count == 0)
        return;
    for (uint32_t i = 0; i < plan->count; i++)
        audit_hop(&plan->hops[i], judge, plan->facts, set);
    audit_levels(plan, set);
    audit_redundancy(plan, &verdict->redundancy, set);
    audit_labels(plan, verdict);
}
