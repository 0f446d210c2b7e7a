#include "reports/data/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/vocabulary.h"
#include "reports/data/diff_before.h"
#include "reports/data/diff_by.h"
#include "reports/data/diff_facets.h"
#include "reports/data/diff_told.h"
#include "reports/data/diff_verdicts.h"
#include "reports/data/snapshot.h"

#define UNFIT_SHARE 0.01 /* more than a point */
#define UNFIT_NAMES 10   /* and more than a handful: in a list of fifty, one name is two points */
#define SHRUNK_SHARE 10  /* one in so many names left: the list is another */

struct walk {
    struct mxs_diff *diff;
    struct mxs_query intervals, judgements, policies, excluded[2], grown;
    bool has_interval, has_judgement, has_policies, has_excluded[2];
    struct mxs_diff_facets facets;
    struct mxs_diff_before before;
    struct mxs_diff_told told;
    bool *set_touched, *host_touched; /* by place: an MX host's facts differ between the runs */
    bool *set_open; /* by place: the later run could not settle all addresses of an MX host */
    int64_t totals[2], unsettled[2], without_mx[2];
    enum mxs_err err;
};

static bool is_open(const struct mxs_facts_host *host)
{
    return host->deliverable && ((host->a >= 0 && !mxs_outcome_settled((enum mxs_outcome)host->a)) ||
                                 (host->aaaa >= 0 && !mxs_outcome_settled((enum mxs_outcome)host->aaaa)));
}

static void touch_hosts(struct walk *walk)
{
    const struct mxs_facts *old = &walk->diff->old, *new = &walk->diff->new;
    for (size_t i = 0; i < new->host_count && i < old->host_count; i++) {
        const struct mxs_facts_host *a = &old->hosts[i], *b = &new->hosts[i];
        walk->host_touched[i] = a->a != b->a || a->aaaa != b->aaaa || a->a_first != b->a_first ||
                                a->a_count != b->a_count || a->aaaa_first != b->aaaa_first ||
                                a->aaaa_count != b->aaaa_count || a->secured != b->secured ||
                                a->usable != b->usable || a->existed != b->existed || a->known_soon != b->ends_soon ||
                                a->known_silent != b->silent_again;
    }
    for (size_t position = 0; position < new->mx_count; position++)
        for (uint32_t i = new->mx_starts[position]; i < new->mx_starts[position + 1]; i++) {
            walk->set_touched[position] |= walk->host_touched[new->mx_hosts[i].host];
            walk->set_open[position] |= is_open(&new->hosts[new->mx_hosts[i].host]);
        }
}

/* The rows of a domain at both runs: an interval that covers a run is the domain at that run. */
static void put_interval(struct mxs_diff_domain *side, const struct mxs_run *run, struct mxs_query *query)
{
    if (mxs_query_column_int(query, 1) > run->id ||
        (!mxs_query_is_null(query, 2) && mxs_query_column_int(query, 2) < run->id))
        return;
    *side = (struct mxs_diff_domain){true, mxs_query_column_int(query, 3), mxs_query_column_int(query, 4),
                          mxs_query_column_int(query, 5), side->verdict};
}

static void put_judgement(struct mxs_diff_domain *side, const struct mxs_run *run, struct mxs_query *query)
{
    if (mxs_query_column_int(query, 1) <= run->id &&
        (mxs_query_is_null(query, 2) || mxs_query_column_int(query, 2) >= run->id))
        side->verdict = mxs_query_column_int(query, 3);
}

/* Takes the next domain off both cursors; 0 at the end. */
static int64_t next_domain(struct walk *walk, struct mxs_diff_domain sides[2])
{
    if (!walk->has_interval)
        return 0;
    const struct mxs_run *runs[] = {&walk->diff->from, &walk->diff->to};
    int64_t id = mxs_query_column_int(&walk->intervals, 0);
    sides[0] = sides[1] = (struct mxs_diff_domain){0};
    while (walk->has_judgement && mxs_query_column_int(&walk->judgements, 0) <= id) {
        for (int i = 0; i < 2 && mxs_query_column_int(&walk->judgements, 0) == id; i++)
            put_judgement(&sides[i], runs[i], &walk->judgements);
        walk->has_judgement = mxs_query_next(&walk->judgements);
    }
    while (walk->has_interval && mxs_query_column_int(&walk->intervals, 0) == id) {
        for (int i = 0; i < 2; i++)
            put_interval(&sides[i], runs[i], &walk->intervals);
        walk->has_interval = mxs_query_next(&walk->intervals);
    }
    return id;
}

static bool is_touched(const struct walk *walk, const struct mxs_diff_domain *side)
{
    const struct mxs_facts *new = &walk->diff->new;
    size_t position = side->set != 0 ? mxs_facts_set_position(new, side->set) : new->mx_count;
    if (position < new->mx_count && walk->set_touched[position])
        return true;
    size_t host = side->own != 0 ? mxs_facts_host_position(new, side->own) : new->host_count;
    return host < new->host_count && walk->host_touched[host];
}

/* False when its verdict is not there. */
static bool fill_side(const struct mxs_diff *diff, struct mxs_change_side *out, const struct mxs_facts *facts,
                      const struct mxs_diff_domain *domain, struct mxs_facts_mx_host *own)
{
    const struct mxs_change_verdict *verdict = mxs_diff_verdicts_read(diff->verdicts, domain->verdict);
    *out = (struct mxs_change_side){.facts = facts, .set = domain->set, .verdict = verdict};
    if (verdict == NULL)
        return false;
    if (domain->set != 0) {
        out->mx_hosts = mxs_facts_mx_hosts(facts, domain->set, &out->count);
        return true;
    }
    size_t position = domain->own != 0 && verdict->state == MXS_STATE_IMPLICIT_MX
                          ? mxs_facts_host_position(facts, domain->own)
                          : facts->host_count;
    if (position == facts->host_count)
        return true;
    *own = (struct mxs_facts_mx_host){0, (uint32_t)position};
    out->mx_hosts = own;
    out->count = 1;
    out->own = true;
    return true;
}

/* What differs between the policies of the domains, all in one reading: worked out for each domain by itself, the view
 * would go through all policies of the list each time. */
static const char policies_sql[] = "SELECT domain_id, old, new, since FROM v_policy_change WHERE from_run = ?2"
                                   " AND to_run = ?3 ORDER BY domain_id";

/* They settle by themselves, whatever the domain's state; only what a reader can see. The texts live until the next
 * domain. */
static void put_policies(struct walk *walk, struct mxs_change_side sides[2])
{
    sides[0].policies = mxs_query_column_text(&walk->policies, 1, NULL);
    sides[1].policies = mxs_query_column_text(&walk->policies, 2, NULL);
    sides[0].policies_since = mxs_query_is_null(&walk->policies, 3) ? 0 : mxs_query_column_int(&walk->policies, 3);
}

static bool has_other_policies(struct walk *walk, int64_t domain)
{
    while (walk->has_policies && mxs_query_column_int(&walk->policies, 0) < domain)
        walk->has_policies = mxs_query_next(&walk->policies);
    return walk->has_policies && mxs_query_column_int(&walk->policies, 0) == domain;
}

/* Its MX set has grown by more of a pool, which is no change. */
static bool has_grown(struct walk *walk, int64_t domain, int64_t from_run, const struct mxs_diff_domain *from,
                      const struct mxs_diff_domain *to)
{
    if (from->set == to->set || from->set == 0 || to->set == 0)
        return false;
    mxs_query_int(&walk->grown, 1, from_run);
    mxs_query_int(&walk->grown, 2, walk->diff->to.id);
    mxs_query_int(&walk->grown, 3, domain);
    bool grown = mxs_query_next(&walk->grown);
    mxs_query_reset(&walk->grown);
    return grown;
}

#define BY_STATE (1u << MXS_CHANGE_STATE_CHANGED | 1u << MXS_CHANGE_RECEIVES_NO_MORE | 1u << MXS_CHANGE_RECEIVES_AGAIN)

/* What rests on a check that only one of the runs made: who holds the mailbox, and whether there is a usable MX host.
 */
static unsigned not_comparable(const struct mxs_run *from, const struct mxs_run *to,
                               const struct mxs_change_side sides[2])
{
    static const bool by_addresses[] = {
        [MXS_STATE_MX] = true, [MXS_STATE_BROKEN] = true, [MXS_STATE_UNDETERMINED] = false};
    bool hosts = from->hosts_asked != to->hosts_asked, auth = from->policies_asked != to->policies_asked;
    bool servers = from->servers_met != to->servers_met;
    return (hosts || auth || servers ? 1u << MXS_CHANGE_PROVIDER_MIGRATED : 0) |
           (hosts && by_addresses[sides[0].verdict->state] && by_addresses[sides[1].verdict->state] ? BY_STATE : 0);
}

/* What the earlier run did not settle of a domain that the later one did: bits of MXS_DIFF_STATE and so on. */
static unsigned find_unsettled(const struct mxs_diff *diff, const struct mxs_change_side sides[2])
{
    const struct mxs_change_verdict *old = sides[0].verdict;
    if (sides[1].verdict->state == MXS_STATE_UNDETERMINED)
        return 0;
    if (old->state == MXS_STATE_UNDETERMINED)
        return (1u << MXS_DIFF_PARTS) - 1;
    bool backup = diff->from.hosts_asked && old->backup < 0 && mxs_state_receives((enum mxs_state)old->state);
    return (backup ? 1u << MXS_DIFF_BACKUP : 0) | (mxs_change_is_certain(&sides[0]) ? 0 : 1u << MXS_DIFF_PROVIDER);
}

/* Of what was found, what was asked for: bits of kinds, and MXS_DIFF_DROPPED. */
static unsigned asked_of(const struct mxs_diff *diff, unsigned found, const struct mxs_change_side sides[2])
{
    unsigned kinds = diff->options.kinds != 0 ? diff->options.kinds : ~0u;
    bool dropped = (found >> MXS_CHANGE_PROVIDER_MIGRATED & 1) && (kinds >> MXS_CHANGE_BACKUP_LOST & 1) &&
                   mxs_change_drops_backup(&sides[0], &sides[1]);
    return (found & kinds) | (dropped ? MXS_DIFF_DROPPED : 0);
}

static void compare(struct walk *walk, int64_t domain, const struct mxs_diff_domain ends[2])
{
    struct mxs_diff *diff = walk->diff;
    bool same = ends[0].outcome == ends[1].outcome && ends[0].set == ends[1].set && ends[0].own == ends[1].own &&
                ends[0].verdict == ends[1].verdict;
    bool policies = has_other_policies(walk, domain);
    bool facets = mxs_diff_facets_find(&walk->facets, (uint32_t)domain);
    if (same && !policies && !facets && !is_touched(walk, &ends[1]))
        return;
    struct mxs_change_side sides[2];
    struct mxs_facts_mx_host own[2];
    if (!fill_side(diff, &sides[0], &diff->old, &ends[0], &own[0]) ||
        !fill_side(diff, &sides[1], &diff->new, &ends[1], &own[1]))
        return;
    sides[1].grown = has_grown(walk, domain, diff->from.id, &ends[0], &ends[1]);
    unsigned parts = find_unsettled(diff, sides);
    unsigned here = parts == 0 ? ~0u : mxs_diff_before_put(&walk->before, domain, parts, &ends[1]);
    unsigned found = mxs_change_find(&sides[0], &sides[1]) & ~not_comparable(&diff->from, &diff->to, sides);
    if (policies)
        put_policies(walk, sides);
    found |= (sides[0].policies != NULL ? 1u << MXS_CHANGE_POLICY_CHANGED : 0) |
             (facets ? 1u << MXS_CHANGE_FACET_CHANGED : 0);
    mxs_diff_facets_put(&walk->facets, facets, &sides[0].facets, &sides[1].facets);
    found = asked_of(diff, found & here, sides);
    if (found != 0)
        mxs_diff_told_put(&walk->told, domain, sides, found, parts != 0);
}

/* A domain against a run before the earlier one. */
static void compare_before(struct walk *walk, const struct mxs_diff_before_item *item, const struct mxs_run *run,
                           const struct mxs_facts *facts)
{
    struct mxs_diff *diff = walk->diff;
    struct mxs_diff_domain old;
    struct mxs_change_side sides[2];
    struct mxs_facts_mx_host own[2];
    if (!mxs_diff_before_find(&walk->before, item, &old) || !fill_side(diff, &sides[0], facts, &old, &own[0]) ||
        !fill_side(diff, &sides[1], &diff->new, &item->to, &own[1]))
        return;
    sides[1].grown = has_grown(walk, item->domain, run->id, &old, &item->to);
    unsigned found = mxs_change_find(&sides[0], &sides[1]) & ~not_comparable(run, &diff->to, sides);
    found = asked_of(diff, found & item->kinds, sides);
    if (found == 0)
        return;
    sides[0].since = mxs_diff_before_since(&walk->before, item);
    mxs_diff_told_put(&walk->told, item->domain, sides, found, true);
}

static enum mxs_err walk_before(struct walk *walk, struct mxs_detail *detail)
{
    struct mxs_diff *diff = walk->diff;
    enum mxs_err err = MXS_OK;
    mxs_diff_before_sort(&walk->before);
    for (size_t first = 0, end; err == MXS_OK && first < walk->before.count; first = end) {
        struct mxs_run run;
        struct mxs_facts facts;
        const struct mxs_diff_before_item *items = walk->before.items;
        for (end = first; end < walk->before.count && items[end].run == items[first].run;)
            end++;
        err = mxs_run_find(diff->store, items[first].run, NULL, &run, detail);
        if (err == MXS_OK)
            err = mxs_facts_open_known(&facts, &diff->new, diff->store, &run, detail);
        if (err != MXS_OK)
            return err;
        for (size_t i = first; i < end; i++)
            compare_before(walk, &items[i], &run, &facts);
        mxs_facts_close(&facts);
    }
    return err;
}

static bool is_excluded(struct walk *walk, int run, int64_t domain)
{
    struct mxs_query *query = &walk->excluded[run];
    while (walk->has_excluded[run] && mxs_query_column_int(query, 0) < domain)
        walk->has_excluded[run] = mxs_query_next(query);
    return walk->has_excluded[run] && mxs_query_column_int(query, 0) == domain;
}

static bool are_of_one_part(const struct mxs_diff *diff) { return strcmp(diff->from.shard, diff->to.shard) == 0; }

/* Of a domain of one run only. What the other run was told not to ask about is on the list all the same. */
static void put_population(struct walk *walk, int64_t domain, const struct mxs_diff_domain sides[2])
{
    struct mxs_diff *diff = walk->diff;
    bool excluded = is_excluded(walk, sides[0].present, domain), elsewhere = !excluded && !are_of_one_part(diff);
    diff->excluded += excluded;
    diff->elsewhere += elsewhere;
    if (excluded || elsewhere)
        return;
    enum mxs_change kind = sides[0].present ? MXS_CHANGE_LEFT : MXS_CHANGE_JOINED;
    struct mxs_change_side changed[2] = {{.facts = &diff->old}, {.facts = &diff->new}};
    const struct mxs_diff_domain *side = &sides[kind == MXS_CHANGE_JOINED];
    const struct mxs_change_verdict *verdict = mxs_diff_verdicts_read(diff->verdicts, side->verdict);
    diff->joined += kind == MXS_CHANGE_JOINED;
    diff->left += kind == MXS_CHANGE_LEFT;
    if (verdict == NULL || (diff->options.kinds != 0 && (diff->options.kinds >> kind & 1) == 0))
        return;
    changed[kind == MXS_CHANGE_JOINED].verdict = verdict;
    mxs_diff_told_put(&walk->told, domain, changed, 1u << kind, false);
}

static void count_state(struct walk *walk, int run, const struct mxs_diff_domain *side)
{
    const struct mxs_change_verdict *verdict = mxs_diff_verdicts_find(walk->diff->verdicts, side->verdict);
    if (!side->present || verdict == NULL)
        return;
    walk->totals[run]++;
    walk->unsettled[run] += verdict->state == MXS_STATE_UNDETERMINED;
    walk->without_mx[run] += verdict->state == MXS_STATE_IMPLICIT_MX || verdict->state == MXS_STATE_NULL_MX ||
                              verdict->state == MXS_STATE_NO_MAIL || verdict->state == MXS_STATE_NXDOMAIN;
}

/* Of what is not known, nothing is found below: how many these are, whether they were known before or not. */
static void count_unknown(const struct walk *walk, const struct mxs_diff_domain sides[2])
{
    struct mxs_diff *diff = walk->diff;
    const struct mxs_change_verdict *old = mxs_diff_verdicts_find(diff->verdicts, sides[0].verdict),
                                    *new = mxs_diff_verdicts_find(diff->verdicts, sides[1].verdict);
    if (old == NULL || new == NULL)
        return;
    if (new->state == MXS_STATE_UNDETERMINED) {
        diff->undetermined_now++;
        diff->undetermined_still += old->state == MXS_STATE_UNDETERMINED;
        return;
    }
    bool receives = mxs_state_receives((enum mxs_state)new->state);
    diff->partly += receives && ((diff->to.hosts_asked && new->backup < 0) || new->mailbox_open);
    diff->addresses_open +=
        sides[1].set != 0 && walk->set_open[mxs_facts_set_position(&diff->new, sides[1].set)];
}

static enum mxs_err walk_domains(struct walk *walk, struct mxs_detail *detail)
{
    struct mxs_diff *diff = walk->diff;
    static const char overlap[] =
        " WHERE list_id = ?1 AND first_run <= ?3 AND ifnull(last_run, ?2) >= ?2 ORDER BY domain_id";
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT domain_id, first_run, last_run, outcome, mx_set_id, implicit_host_id FROM domain_history%s",
             overlap);
    mxs_query_open(&walk->intervals, diff->store, sql);
    snprintf(sql, sizeof sql, "SELECT domain_id, first_run, last_run, verdict_id FROM judgement%s", overlap);
    mxs_query_open(&walk->judgements, diff->store, sql);
    mxs_query_open(&walk->policies, diff->store, policies_sql);
    mxs_query_open(&walk->grown, diff->store,
                   "SELECT 1 FROM v_same_mx WHERE from_run = ?1 AND to_run = ?2 AND domain_id = ?3");
    struct mxs_query *const cursors[] = {&walk->intervals, &walk->judgements, &walk->policies, &walk->excluded[0],
                                         &walk->excluded[1], &walk->grown};
    for (int i = 0; i < 2; i++) {
        mxs_query_open(&walk->excluded[i], diff->store,
                       "SELECT domain_id FROM v_excluded WHERE run_id = ?1 ORDER BY domain_id");
        mxs_query_int(&walk->excluded[i], 1, i == 0 ? diff->from.id : diff->to.id);
        walk->has_excluded[i] = mxs_query_next(&walk->excluded[i]);
    }
    for (int i = 0; i < 3; i++) {
        mxs_query_int(cursors[i], 1, diff->to.list_id);
        mxs_query_int(cursors[i], 2, diff->from.id);
        mxs_query_int(cursors[i], 3, diff->to.id);
    }
    walk->has_interval = mxs_query_next(&walk->intervals);
    walk->has_judgement = mxs_query_next(&walk->judgements);
    walk->has_policies = mxs_query_next(&walk->policies);
    struct mxs_diff_domain sides[2];
    for (int64_t domain; walk->told.err == MXS_OK && (domain = next_domain(walk, sides)) != 0;) {
        count_state(walk, 0, &sides[0]);
        count_state(walk, 1, &sides[1]);
        if (sides[0].present && sides[1].present) {
            diff->both++;
            count_unknown(walk, sides);
            mxs_diff_by_put_both(diff, domain);
            compare(walk, domain, sides);
        } else if (sides[0].present || sides[1].present)
            put_population(walk, domain, sides);
    }
    enum mxs_err err = walk_before(walk, detail);
    return mxs_query_finish_each(cursors, sizeof cursors / sizeof *cursors, err, detail);
}

static void put_reason(struct mxs_diff *diff, const char *text)
{
    struct mxs_cell *row = mxs_table_row(&diff->reasons);
    if (row != NULL)
        mxs_table_put_text(&diff->reasons, row, text, strlen(text));
}

static void put_moved_share(struct walk *walk, const int64_t counts[2], const char *what)
{
    if (walk->totals[0] == 0 || walk->totals[1] == 0)
        return;
    double before = (double)counts[0] / (double)walk->totals[0], after = (double)counts[1] / (double)walk->totals[1];
    double moved = after > before ? after - before : before - after;
    char text[200], shares[2][MXS_SHARE_TEXT_SIZE];
    if (moved <= UNFIT_SHARE || moved * (double)walk->totals[1] <= UNFIT_NAMES)
        return;
    snprintf(text, sizeof text, "the share of names %s went from %s to %s", what, mxs_share_text(before, shares[0]),
             mxs_share_text(after, shares[1]));
    put_reason(walk->diff, text);
}

static enum mxs_err find_reasons(struct walk *walk, struct mxs_detail *detail)
{
    struct mxs_diff *diff = walk->diff;
    const struct mxs_run *runs[] = {&diff->from, &diff->to};
    char text[700];
    for (int i = 0; i < 2; i++) {
        char why[MXS_RUN_TEXT_SIZE];
        snprintf(text, sizeof text, "run %lld is degraded: %s", (long long)runs[i]->id,
                 mxs_run_degraded_text(runs[i], why));
        if (runs[i]->degraded)
            put_reason(diff, text);
    }
    snprintf(text, sizeof text,
             "the runs asked different checks: %s and %s; what needs a check that only one of them made is left out",
             diff->from.checks, diff->to.checks);
    if (strcmp(diff->from.checks, diff->to.checks) != 0)
        put_reason(diff, text);
    snprintf(text, sizeof text,
             "the runs are of different parts of the list: shards %.60s and %.60s; what only one of them asked about"
             " has neither left nor joined", diff->from.shard, diff->to.shard);
    if (!are_of_one_part(diff))
        put_reason(diff, text);
    put_moved_share(walk, walk->unsettled, "that could not be determined");
    put_moved_share(walk, walk->without_mx, "that list no MX host");
    struct mxs_query query;
    /* What a scan noted of its run: but what is worked out above for these two runs is not said again. */
    mxs_query_open(&query, diff->store,
                   "SELECT run_id, text FROM v_note WHERE run_id IN (?1, ?2) AND kind IN ('unfit', 'excluded')"
                   " AND text NOT LIKE 'degraded:%' AND text NOT LIKE 'since run %' ORDER BY run_id, at");
    mxs_query_int(&query, 1, diff->from.id);
    mxs_query_int(&query, 2, diff->to.id);
    while (mxs_query_next(&query)) {
        snprintf(text, sizeof text, "run %lld: %.600s", (long long)mxs_query_column_int(&query, 0),
                 mxs_query_column_text(&query, 1, NULL));
        put_reason(diff, text);
    }
    return mxs_query_finish(&query, detail);
}

static enum mxs_err count_open_policies(struct mxs_diff *diff, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, diff->store,
                   "SELECT count(*) FROM policy_history s JOIN policy p ON p.id = s.policy_id AND p.unsettled > 0"
                   " CROSS JOIN judgement j ON j.domain_id = s.domain_id AND j.list_id = ?1 AND j.first_run <= ?2"
                   " AND ifnull(j.last_run, ?2) >= ?2 WHERE s.list_id = ?1 AND s.first_run <= ?3"
                   " AND ifnull(s.last_run, ?3) >= ?3");
    mxs_query_int(&query, 1, diff->to.list_id);
    mxs_query_int(&query, 2, diff->from.id);
    mxs_query_int(&query, 3, diff->to.id);
    if (mxs_query_next(&query))
        diff->policies_open = mxs_query_column_int(&query, 0);
    return mxs_query_finish(&query, detail);
}

static enum mxs_err work(struct mxs_diff *diff, struct mxs_detail *detail)
{
    struct walk walk = {.diff = diff};
    mxs_diff_told_open(&walk.told, diff);
    mxs_diff_before_open(&walk.before, diff->store, &diff->from);
    walk.set_touched = calloc(diff->new.mx_count + 1, sizeof *walk.set_touched);
    walk.host_touched = calloc(diff->new.host_count + 1, sizeof *walk.host_touched);
    walk.set_open = calloc(diff->new.mx_count + 1, sizeof *walk.set_open);
    bool made = walk.set_touched != NULL && walk.host_touched != NULL && walk.set_open != NULL;
    enum mxs_err err = made ? MXS_OK : mxs_err_memory(detail, NULL);
    if (err == MXS_OK)
        err = mxs_diff_facets_open(&walk.facets, diff->store, &diff->from, &diff->to, detail);
    if (err == MXS_OK)
        err = mxs_diff_by_open(diff, detail);
    if (err == MXS_OK) {
        touch_hosts(&walk);
        err = walk_domains(&walk, detail);
    }
    if (err == MXS_OK)
        err = mxs_diff_verdicts_end(diff->verdicts, detail);
    err = mxs_diff_facets_close(&walk.facets, err, detail);
    err = mxs_diff_before_close(&walk.before, err, detail);
    err = mxs_diff_told_close(&walk.told, err, detail);
    if (err == MXS_OK)
        err = mxs_diff_by_read(diff, detail);
    if (err == MXS_OK)
        err = find_reasons(&walk, detail);
    if (err == MXS_OK && diff->to.records_asked)
        err = count_open_policies(diff, detail);
    if (err == MXS_OK && diff->reasons.err != MXS_OK)
        err = mxs_err_memory(detail, NULL);
    diff->shrank = diff->left * SHRUNK_SHARE > diff->left + diff->both;
    free(walk.set_touched);
    free(walk.host_touched);
    free(walk.set_open);
    return err;
}

enum mxs_err mxs_diff_open(struct mxs_diff *diff, mxs_store *store, const struct mxs_run *from,
                           const struct mxs_run *to, const struct mxs_diff_options *options, struct mxs_detail *detail)
{
    *diff = (struct mxs_diff){.store = store, .from = *from, .to = *to, .options = *options};
    mxs_diff_told_init(diff);
    enum mxs_err err = mxs_snapshot_begin(
        store, detail); /* one snapshot, and the views of this program: a file keeps those of its own */
    if (err != MXS_OK) {
        mxs_store_rollback(store);
        return err;
    }
    diff->verdicts = calloc(1, sizeof *diff->verdicts);
    err = diff->verdicts == NULL ? mxs_err_memory(detail, NULL)
                                 : mxs_diff_verdicts_open(diff->verdicts, store, detail);
    if (err == MXS_OK)
        err = mxs_facts_open(&diff->new, store, to, detail);
    if (err == MXS_OK)
        err = mxs_facts_open_known(&diff->old, &diff->new, store, from, detail);
    if (err == MXS_OK)
        err = work(diff, detail);
    if (err != MXS_OK)
        mxs_diff_close(diff);
    return err;
}

void mxs_diff_close(struct mxs_diff *diff)
{
    if (diff->store == NULL)
        return;
    if (diff->verdicts != NULL)
        mxs_diff_verdicts_close(diff->verdicts);
    free(diff->verdicts);
    struct mxs_table *tables[] = {&diff->changes, &diff->undetermined, &diff->reasons, &diff->migrations,
                                  &diff->flows,   &diff->states,       &diff->flapping, &diff->groups};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        mxs_table_finish(tables[i]);
    mxs_by_totals_close(&diff->by);
    mxs_facts_close(&diff->old);
    mxs_facts_close(&diff->new);
    mxs_store_rollback(diff->store);
    diff->store = NULL;
}
