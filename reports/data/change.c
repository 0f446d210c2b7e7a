#include "reports/data/change.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/vocabulary.h"

#define BIT(kind) (1u << (kind))
#define SETTLED(outcome) ((outcome) >= 0 && mxs_outcome_settled((enum mxs_outcome)(outcome)))

const char *const mxs_change_names[MXS_CHANGE_ALL] = {
    "receives_no_more",
    "host_dangling",
    "backup_lost",
    "server_silent",
    "provider_migrated",
    "receives_again",
    "state_changed",
    "preference_swap",
    "host_removed",
    "host_added",
    "backup_gained",
    "address_moved",
    "policy_changed",
    "tls_lost",
    "certificate_ends",
    "left",
    "joined",
    "facet_changed",
    "became_undetermined",
};

static bool is_root(const struct mxs_change_side *side, size_t i)
{
    return side->facts->hosts[side->mx_hosts[i].host].name_size == 0;
}

/* The first place of a host, which has its smallest preference; count when it is not there. */
static size_t find_host(const struct mxs_change_side *side, uint32_t host)
{
    size_t i = 0;
    while (i < side->count && side->mx_hosts[i].host != host)
        i++;
    return i;
}

/* Both facts are of one database: a host has the same place in both. */
static bool has_new_host(const struct mxs_change_side *from, const struct mxs_change_side *to)
{
    for (size_t i = 0; i < to->count && !to->own; i++)
        if (!is_root(to, i) && find_host(from, to->mx_hosts[i].host) == from->count)
            return true;
    return false;
}

/* Two hosts of both sides that stand in the opposite order. Renumbering without that is no change. */
static bool is_swapped(const struct mxs_change_side *from, const struct mxs_change_side *to)
{
    /* of the hosts with smaller preference now, the largest preference then */
    int64_t worst_before = INT64_MIN, level_worst = INT64_MIN, level = INT64_MIN;
    for (size_t i = 0; i < to->count; i++) {
        const struct mxs_facts_mx_host *mx_host = &to->mx_hosts[i];
        size_t before = find_host(from, mx_host->host);
        if (mx_host->preference != level) {
            worst_before = level_worst;
            level = mx_host->preference;
        }
        if (before == from->count || find_host(to, mx_host->host) != i)
            continue;
        if (from->mx_hosts[before].preference < worst_before)
            return true;
        if (from->mx_hosts[before].preference > level_worst)
            level_worst = from->mx_hosts[before].preference;
    }
    return false;
}

/* One settled answer that is not NXDOMAIN proves that a name is there: some balancers deny it for AAAA only.
 * @rfc{4074,4.2} */
static bool existed_by(int8_t outcome) { return SETTLED(outcome) && outcome != MXS_NXDOMAIN; }

/* The target does not exist now, and that is news: it did at the time of `from`, or was not an MX host. An IP literal
 * and localhost are no names that could exist: findings of their own say what is wrong with them. */
static bool is_newly_dangling(const struct mxs_change_side *from, const struct mxs_change_side *to, size_t i)
{
    uint32_t host = to->mx_hosts[i].host;
    const struct mxs_facts_host *target = &to->facts->hosts[host], *before = &from->facts->hosts[host];
    if (to->own || !target->deliverable || target->a != MXS_NXDOMAIN || target->aaaa != MXS_NXDOMAIN ||
        find_host(to, host) != i)
        return false; /* a host at two preferences is told once */
    return find_host(from, host) == from->count || existed_by(before->existed) || existed_by(before->aaaa);
}

/* The first run that could not tell, of a host that existed. */
static int64_t existed_since(const struct mxs_facts_host *before)
{
    return existed_by(before->existed) ? before->existed_since : before->since;
}

static bool has_address(const struct mxs_facts *facts, const struct mxs_facts_host *host, const struct mxs_facts *of,
                        uint32_t address)
{
    const char *text = of->addresses[address].text;
    for (uint32_t i = 0; i < host->a_count; i++)
        if (strcmp(facts->addresses[facts->entries[host->a_first + i]].text, text) == 0)
            return true;
    for (uint32_t i = 0; i < host->aaaa_count; i++)
        if (strcmp(facts->addresses[facts->entries[host->aaaa_first + i]].text, text) == 0)
            return true;
    return false;
}

struct addresses {
    uint32_t first, count; /* in the entries of the facts */
};

static struct addresses addresses_of(const struct mxs_facts_host *host, int family)
{
    return family == 0 ? (struct addresses){host->a_first, host->a_count}
                       : (struct addresses){host->aaaa_first, host->aaaa_count};
}

/* The same set of addresses has the same place in both facts. */
static bool same_addresses(const struct mxs_facts_host *old, const struct mxs_facts_host *new)
{
    return old->a_first == new->a_first && old->a_count == new->a_count && old->aaaa_first == new->aaaa_first &&
           old->aaaa_count == new->aaaa_count;
}

/* Parts of one pool: it has moved away from neither, or from both at once (v_same_pool). */
static bool same_pool(const struct mxs_facts *from, const struct mxs_facts *to, uint32_t host, int family)
{
    struct addresses old = addresses_of(&from->hosts[host], family), new = addresses_of(&to->hosts[host], family);
    for (uint32_t i = 0; i < old.count; i++) {
        const struct mxs_facts_pool *left = mxs_facts_pool(from, host, from->entries[old.first + i]);
        for (uint32_t k = 0; left != NULL && k < new.count; k++) {
            const struct mxs_facts_pool *right = mxs_facts_pool(to, host, to->entries[new.first + k]);
            if (right != NULL && right->moved_run == left->moved_run)
                return true;
        }
    }
    return false;
}

/* An address that is only gained is no move. */
static bool loses_address(const struct mxs_facts *from, const struct mxs_facts *to, uint32_t host, int family)
{
    struct addresses old = addresses_of(&from->hosts[host], family);
    for (uint32_t i = 0; i < old.count; i++)
        if (!has_address(to, &to->hosts[host], from, from->entries[old.first + i]))
            return !same_pool(from, to, host, family);
    return false;
}

/* Nothing that was found out differs: a verdict that does was reached with more knowledge (of a pool) of the same
 * world. */
static bool same_facts(const struct mxs_change_side *from, const struct mxs_change_side *to)
{
    if (!to->grown && (from->set != to->set || from->count != to->count))
        return false;
    for (size_t i = 0; i < from->count; i++) {
        uint32_t host = from->mx_hosts[i].host;
        const struct mxs_facts_host *old = &from->facts->hosts[host], *new = &to->facts->hosts[host];
        if (old->a != new->a || old->aaaa != new->aaaa)
            return false;
        for (int family = 0; family < 2; family++) {
            struct addresses left = addresses_of(old, family), right = addresses_of(new, family);
            if ((left.first != right.first || left.count != right.count) &&
                !same_pool(from->facts, to->facts, host, family))
                return false;
        }
    }
    return true;
}

static bool is_moved(const struct mxs_change_side *from, const struct mxs_change_side *to, size_t i)
{
    uint32_t host = to->mx_hosts[i].host;
    if (find_host(from, host) == from->count || find_host(to, host) != i)
        return false;
    const struct mxs_facts_host *old = &from->facts->hosts[host], *new = &to->facts->hosts[host];
    if (!SETTLED(old->a) || !SETTLED(new->a) || !SETTLED(old->aaaa) || !SETTLED(new->aaaa))
        return false;
    if (new->a_count + new->aaaa_count == 0)
        return false; /* it vanished: told by its state, not as a move */
    return !same_addresses(old, new) &&
           (loses_address(from->facts, to->facts, host, 0) || loses_address(from->facts, to->facts, host, 1));
}

static bool receives(const struct mxs_change_verdict *verdict)
{
    return mxs_state_receives((enum mxs_state)verdict->state);
}

/* The same names, or none on both sides; where one side could not be settled nobody has moved, as far as is known. */
static bool same_provider(const struct mxs_change_verdict *from, const struct mxs_change_verdict *to)
{
    return from->provider == to->provider || from->mailbox_open || to->mailbox_open ||
           (from->provider != NULL && to->provider != NULL && strcmp(from->provider, to->provider) == 0);
}

/* A migration that drops the backup says so itself; where no mail arrives any more, a backup is the smaller loss. */
static unsigned find_in_backups(const struct mxs_change_verdict *from, const struct mxs_change_verdict *to)
{
    if (from->backup < 0 || to->backup < 0 ||
        (from->backup == MXS_BACKUP_EFFECTIVE) == (to->backup == MXS_BACKUP_EFFECTIVE))
        return 0;
    if (from->backup != MXS_BACKUP_EFFECTIVE)
        return BIT(MXS_CHANGE_BACKUP_GAINED);
    return receives(to) && same_provider(from, to) ? BIT(MXS_CHANGE_BACKUP_LOST) : 0;
}

static unsigned find_in_verdicts(const struct mxs_change_verdict *from, const struct mxs_change_verdict *to)
{
    unsigned found = find_in_backups(from, to);
    if (from->state != to->state)
        found |= BIT(MXS_CHANGE_STATE_CHANGED);
    if (receives(from) != receives(to))
        found |= BIT(receives(from) ? MXS_CHANGE_RECEIVES_NO_MORE : MXS_CHANGE_RECEIVES_AGAIN);
    if (receives(from) && receives(to) && from->provider != NULL && to->provider != NULL && !same_provider(from, to))
        found |= BIT(MXS_CHANGE_PROVIDER_MIGRATED);
    return found;
}

bool mxs_change_is_certain(const struct mxs_change_side *side)
{
    int64_t level = INT64_MAX;
    if (side->verdict->mailbox_open)
        return false;
    for (size_t i = 0; side->facts->hosts_asked && i < side->count && side->mx_hosts[i].preference <= level; i++) {
        int8_t usable = side->facts->hosts[side->mx_hosts[i].host].usable;
        if (usable < 0)
            return false;
        level = usable > 0 ? side->mx_hosts[i].preference : level;
    }
    return true;
}

/* A server of a host that was there before is heard for the first time: whom it names may have run it all along. */
static bool is_first_word(const struct mxs_change_side *from, const struct mxs_change_side *to)
{
    for (size_t i = 0; i < from->count; i++) {
        uint32_t host = from->mx_hosts[i].host;
        const struct mxs_facts_host *old = &from->facts->hosts[host], *new = &to->facts->hosts[host];
        bool more = old->servers_heard < new->servers_heard && same_addresses(old, new);
        if (new->servers_heard > 0 && (old->servers_heard == 0 || more))
            return true;
    }
    return false;
}

static bool is_newly(enum mxs_change kind, const struct mxs_change_side *from, const struct mxs_change_side *to,
                     size_t i)
{
    uint32_t host = to->mx_hosts[i].host;
    if (find_host(from, host) == from->count || find_host(to, host) != i)
        return false;
    const struct mxs_facts_host *old = &from->facts->hosts[host], *new = &to->facts->hosts[host];
    switch (kind) {
    case MXS_CHANGE_SERVER_SILENT: return new->silent_again && !old->known_silent;
    case MXS_CHANGE_TLS_LOST: return old->secured == 1 && new->secured == 0;
    default: return new->ends_soon && old->known_ends != 0 && !old->known_soon;
    }
}

unsigned mxs_change_find(const struct mxs_change_side *from, const struct mxs_change_side *to)
{
    if (from->verdict->state == MXS_STATE_UNDETERMINED)
        return 0;
    if (to->verdict->state == MXS_STATE_UNDETERMINED)
        return BIT(MXS_CHANGE_BECAME_UNDETERMINED);
    unsigned found = find_in_verdicts(from->verdict, to->verdict);
    if (same_facts(from, to))
        found &= ~(BIT(MXS_CHANGE_BACKUP_LOST) | BIT(MXS_CHANGE_BACKUP_GAINED));
    if (!mxs_change_is_certain(from) || !mxs_change_is_certain(to) || is_first_word(from, to) || to->grown)
        found &= ~BIT(MXS_CHANGE_PROVIDER_MIGRATED);
    if (from->set != to->set && !to->grown) {
        found |= has_new_host(from, to) ? BIT(MXS_CHANGE_HOST_ADDED) : 0;
        found |= has_new_host(to, from) ? BIT(MXS_CHANGE_HOST_REMOVED) : 0;
        found |= is_swapped(from, to) ? BIT(MXS_CHANGE_PREFERENCE_SWAP) : 0;
    }
    for (size_t i = 0; i < to->count; i++) {
        found |= is_newly_dangling(from, to, i) ? BIT(MXS_CHANGE_HOST_DANGLING) : 0;
        found |= is_moved(from, to, i) ? BIT(MXS_CHANGE_ADDRESS_MOVED) : 0;
        found |= is_newly(MXS_CHANGE_SERVER_SILENT, from, to, i) ? BIT(MXS_CHANGE_SERVER_SILENT) : 0;
        found |= is_newly(MXS_CHANGE_TLS_LOST, from, to, i) ? BIT(MXS_CHANGE_TLS_LOST) : 0;
        found |= is_newly(MXS_CHANGE_CERTIFICATE_ENDS, from, to, i) ? BIT(MXS_CHANGE_CERTIFICATE_ENDS) : 0;
    }
    return found;
}

bool mxs_change_drops_backup(const struct mxs_change_side *from, const struct mxs_change_side *to)
{
    return from->verdict->backup == MXS_BACKUP_EFFECTIVE && to->verdict->backup >= 0 &&
           to->verdict->backup != MXS_BACKUP_EFFECTIVE && !same_facts(from, to);
}

/* Of the MX hosts that make the change. */
static int64_t since_of_host(enum mxs_change kind, const struct mxs_change_side *from, const struct mxs_change_side *to,
                             size_t i)
{
    const struct mxs_facts_host *old = &from->facts->hosts[to->mx_hosts[i].host];
    if (find_host(from, to->mx_hosts[i].host) == from->count)
        return 0;
    switch (kind) {
    case MXS_CHANGE_HOST_DANGLING: return is_newly_dangling(from, to, i) ? existed_since(old) : 0;
    case MXS_CHANGE_ADDRESS_MOVED: return is_moved(from, to, i) ? old->since : 0;
    case MXS_CHANGE_SERVER_SILENT:
    case MXS_CHANGE_CERTIFICATE_ENDS: return is_newly(kind, from, to, i) ? old->servers_since : 0;
    default: return 0;
    }
}

int64_t mxs_change_since(enum mxs_change kind, const struct mxs_change_side *from, const struct mxs_change_side *to)
{
    int64_t first = from->since;
    if (kind == MXS_CHANGE_POLICY_CHANGED && from->policies_since != 0)
        first = first == 0 || from->policies_since < first ? from->policies_since : first;
    for (size_t i = 0; i < to->count; i++) {
        int64_t since = since_of_host(kind, from, to, i);
        first = since != 0 && (first == 0 || since < first) ? since : first;
    }
    return first;
}

static void put_separator(mxs_out *out)
{
    mxs_out_text(out, out->used > 0 ? ", " : "");
}

static void put_day(mxs_out *out, int64_t seconds)
{
    char day[32];
    time_t time = (time_t)seconds;
    struct tm parts;
    if (gmtime_r(&time, &parts) != NULL && strftime(day, sizeof day, " until %Y-%m-%d", &parts) > 0)
        mxs_out_text(out, day);
}

/* The MX hosts of a change that the check smtp saw. */
static void put_servers(enum mxs_change kind, const struct mxs_change_side *from, const struct mxs_change_side *to,
                        mxs_out *old_value, mxs_out *new_value)
{
    static const char *const words[][2] = {[MXS_CHANGE_SERVER_SILENT] = {" answers", " silent"},
                                           [MXS_CHANGE_TLS_LOST] = {" TLS", " no TLS"},
                                           [MXS_CHANGE_CERTIFICATE_ENDS] = {" certificate", " certificate"}};
    for (size_t i = 0; i < to->count; i++) {
        uint32_t host = to->mx_hosts[i].host;
        if (!is_newly(kind, from, to, i))
            continue;
        mxs_out *values[] = {old_value, new_value};
        for (int side = 0; side < 2; side++) {
            put_separator(values[side]);
            mxs_out_text(values[side], to->facts->hosts[host].name);
            mxs_out_text(values[side], words[kind][side]);
            if (kind == MXS_CHANGE_CERTIFICATE_ENDS)
                put_day(values[side], side == 0 ? from->facts->hosts[host].known_ends
                                                : to->facts->hosts[host].certificate_ends);
        }
    }
}

static void put_set(mxs_out *out, const struct mxs_change_side *side)
{
    for (size_t i = 0; i < side->count; i++) {
        put_separator(out);
        mxs_out_int(out, side->mx_hosts[i].preference);
        mxs_out_text(out, " ");
        mxs_out_text(out, is_root(side, i) ? "." : side->facts->hosts[side->mx_hosts[i].host].name);
    }
}

static void put_new_hosts(mxs_out *out, const struct mxs_change_side *from, const struct mxs_change_side *to)
{
    for (size_t i = 0; i < to->count && !to->own; i++) {
        uint32_t host = to->mx_hosts[i].host;
        if (is_root(to, i) || find_host(from, host) < from->count || find_host(to, host) != i)
            continue;
        put_separator(out);
        mxs_out_text(out, to->facts->hosts[host].name);
    }
}

static void put_addresses(mxs_out *out, const struct mxs_facts *facts, uint32_t host)
{
    const struct mxs_facts_host *h = &facts->hosts[host];
    put_separator(out);
    mxs_out_text(out, h->name);
    for (uint32_t i = 0; i < h->a_count; i++) {
        mxs_out_text(out, " ");
        mxs_out_text(out, facts->addresses[facts->entries[h->a_first + i]].text);
    }
    for (uint32_t i = 0; i < h->aaaa_count; i++) {
        mxs_out_text(out, " ");
        mxs_out_text(out, facts->addresses[facts->entries[h->aaaa_first + i]].text);
    }
}

static void put_moved(const struct mxs_change_side *from, const struct mxs_change_side *to, mxs_out *old_value,
                      mxs_out *new_value)
{
    for (size_t i = 0; i < to->count; i++) {
        if (!is_moved(from, to, i))
            continue;
        put_addresses(old_value, from->facts, to->mx_hosts[i].host);
        put_addresses(new_value, to->facts, to->mx_hosts[i].host);
    }
}

static void put_dangling(const struct mxs_change_side *from, const struct mxs_change_side *to, mxs_out *new_value)
{
    for (size_t i = 0; i < to->count; i++) {
        if (!is_newly_dangling(from, to, i))
            continue;
        put_separator(new_value);
        mxs_out_text(new_value, to->facts->hosts[to->mx_hosts[i].host].name);
    }
}

void mxs_change_put_values(enum mxs_change kind, const struct mxs_change_side *from, const struct mxs_change_side *to,
                           mxs_out *old_value, mxs_out *new_value)
{
    switch (kind) {
    case MXS_CHANGE_HOST_ADDED: put_new_hosts(new_value, from, to); break;
    case MXS_CHANGE_HOST_REMOVED: put_new_hosts(old_value, to, from); break;
    case MXS_CHANGE_PREFERENCE_SWAP:
        put_set(old_value, from);
        put_set(new_value, to);
        break;
    case MXS_CHANGE_PROVIDER_MIGRATED:
        mxs_out_text(old_value, from->verdict->provider);
        mxs_out_text(new_value, to->verdict->provider);
        break;
    case MXS_CHANGE_BACKUP_LOST:
    case MXS_CHANGE_BACKUP_GAINED:
        mxs_out_text(old_value, mxs_backup_text((enum mxs_backup)from->verdict->backup));
        mxs_out_text(new_value, mxs_backup_text((enum mxs_backup)to->verdict->backup));
        break;
    case MXS_CHANGE_RECEIVES_NO_MORE:
    case MXS_CHANGE_RECEIVES_AGAIN:
    case MXS_CHANGE_STATE_CHANGED:
    case MXS_CHANGE_BECAME_UNDETERMINED:
        mxs_out_text(old_value, mxs_state_text((enum mxs_state)from->verdict->state));
        mxs_out_text(new_value, mxs_state_text((enum mxs_state)to->verdict->state));
        break;
    case MXS_CHANGE_HOST_DANGLING: put_dangling(from, to, new_value); break;
    case MXS_CHANGE_ADDRESS_MOVED: put_moved(from, to, old_value, new_value); break;
    case MXS_CHANGE_POLICY_CHANGED:
        mxs_out_text(old_value, from->policies);
        mxs_out_text(new_value, to->policies);
        break;
    case MXS_CHANGE_SERVER_SILENT:
    case MXS_CHANGE_TLS_LOST:
    case MXS_CHANGE_CERTIFICATE_ENDS: put_servers(kind, from, to, old_value, new_value); break;
    case MXS_CHANGE_LEFT: mxs_out_text(old_value, mxs_state_text((enum mxs_state)from->verdict->state)); break;
    case MXS_CHANGE_FACET_CHANGED:
        mxs_out_text(old_value, from->facets);
        mxs_out_text(new_value, to->facets);
        break;
    case MXS_CHANGE_JOINED: mxs_out_text(new_value, mxs_state_text((enum mxs_state)to->verdict->state)); break;
    case MXS_CHANGE_ALL: break;
    }
}
