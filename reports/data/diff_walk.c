#include "reports/data/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/vocabulary.h"
#include "reports/data/diff_by.h"
#include "reports/data/diff_facets.h"
#include "reports/data/diff_flows.h"
#include "reports/data/diff_verdicts.h"
#include "reports/data/snapshot.h"

#define UNFIT_SHARE 0.01 /* more than a point */
#define UNFIT_NAMES 10   /* and more than a handful: in a list of fifty, one name is two points */
#define SHRUNK_SHARE 10  /* one in so many names left: the list is another */

/* One domain at one run. */
struct side {
    bool present;
    int64_t outcome, set, own, verdict; /* set, own 0: none */
};

struct walk {
    struct mxs_diff *diff;
    struct mxs_query intervals, judgements, name, history, policies, policy;
    bool has_interval, has_judgement, has_policies;
    struct mxs_diff_facets facets;
    bool *set_touched, *host_touched; /* by place: an MX host's facts differ between the runs */
    struct mxs_counter migrations, states;
    int64_t urgency; /* the most urgent kind of the domain at hand */
    int64_t totals[2], unsettled[2], without_mx[2];
    enum mxs_err err;
};

static const struct mxs_column change_columns[MXS_DIFF_COLUMNS] = {
    {"domain", "domain", MXS_UNIT_TEXT, 0}, {"kind", "kind", MXS_UNIT_TEXT, 0},      {"old", "old", MXS_UNIT_TEXT, 0},
    {"new", "new", MXS_UNIT_TEXT, 0},       {"from_at", "from", MXS_UNIT_TIME, 0},   {"to_at", "to", MXS_UNIT_TIME, 0},
};
static const struct mxs_column reason_columns[] = {{"reason", "reason", MXS_UNIT_PROSE, 0}};
static const struct mxs_column pair_columns[] = {
    {"from", "from", MXS_UNIT_TEXT, 0}, {"to", "to", MXS_UNIT_TEXT, 0}, {"domains", "domains", MXS_UNIT_COUNT, 0}};
static const struct mxs_column migration_columns[] = {{"from", "from", MXS_UNIT_PROVIDER, 0},
                                                      {"to", "to", MXS_UNIT_PROVIDER, 0},
                                                      {"domains", "domains", MXS_UNIT_COUNT, 0}};
static const struct mxs_column flow_columns[] = {{"provider", "provider", MXS_UNIT_PROVIDER, 0},
                                                 {"gained", "gained", MXS_UNIT_COUNT, 0},
                                                 {"lost", "lost", MXS_UNIT_COUNT, 0},
                                                 {"net", "net", MXS_UNIT_COUNT, 0}};
static const struct mxs_column flap_columns[] = {
    {"domain", "domain", MXS_UNIT_TEXT, 0}, {"returns", "times back to what it had been", MXS_UNIT_COUNT, 0}};

static void touch_hosts(struct walk *walk)
{
    const struct mxs_facts *old = &walk->diff->old, *new = &walk->diff->new;
    for (size_t i = 0; i < new->host_count && i < old->host_count; i++) {
        const struct mxs_facts_host *a = &old->hosts[i], *b = &new->hosts[i];
        walk->host_touched[i] = a->a != b->a || a->aaaa != b->aaaa || a->a_first != b->a_first ||
                                a->a_count != b->a_count || a->aaaa_first != b->aaaa_first ||
                                a->aaaa_count != b->aaaa_count || a->secured != b->secured ||
                                a->ends_soon != b->ends_soon || a->silent_again != b->silent_again;
    }
    for (size_t position = 0; position < new->mx_count; position++)
        for (uint32_t i = new->mx_starts[position]; i < new->mx_starts[position + 1]; i++)
            walk->set_touched[position] |= walk->host_touched[new->mx_hosts[i].host];
}

/* The rows of a domain at both runs: an interval that covers a run is the domain at that run. */
static void put_interval(struct side *side, const struct mxs_run *run, struct mxs_query *query)
{
    if (mxs_query_column_int(query, 1) > run->id ||
        (!mxs_query_is_null(query, 2) && mxs_query_column_int(query, 2) < run->id))
        return;
    *side = (struct side){true, mxs_query_column_int(query, 3), mxs_query_column_int(query, 4),
                          mxs_query_column_int(query, 5), side->verdict};
}

static void put_judgement(struct side *side, const struct mxs_run *run, struct mxs_query *query)
{
    if (mxs_query_column_int(query, 1) <= run->id &&
        (mxs_query_is_null(query, 2) || mxs_query_column_int(query, 2) >= run->id))
        side->verdict = mxs_query_column_int(query, 3);
}

/* Takes the next domain off both cursors; 0 at the end. */
static int64_t next_domain(struct walk *walk, struct side sides[2])
{
    if (!walk->has_interval)
        return 0;
    const struct mxs_run *runs[] = {&walk->diff->from, &walk->diff->to};
    int64_t id = mxs_query_column_int(&walk->intervals, 0);
    sides[0] = sides[1] = (struct side){0};
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

static bool is_touched(const struct walk *walk, const struct side *side)
{
    const struct mxs_facts *new = &walk->diff->new;
    size_t position = side->set != 0 ? mxs_facts_set_position(new, side->set) : new->mx_count;
    if (position < new->mx_count && walk->set_touched[position])
        return true;
    size_t host = side->own != 0 ? mxs_facts_host_position(new, side->own) : new->host_count;
    return host < new->host_count && walk->host_touched[host];
}

static void fill_side(struct mxs_change_side *out, const struct mxs_facts *facts, const struct side *side,
                      const struct mxs_change_verdict *verdict, struct mxs_facts_mx_host *own)
{
    *out = (struct mxs_change_side){.facts = facts, .set = side->set, .verdict = verdict};
    if (side->set != 0) {
        out->mx_hosts = mxs_facts_mx_hosts(facts, side->set, &out->count);
        return;
    }
    size_t position = side->own != 0 && verdict->state == MXS_STATE_IMPLICIT_MX
                          ? mxs_facts_host_position(facts, side->own)
                          : facts->host_count;
    if (position == facts->host_count)
        return;
    *own = (struct mxs_facts_mx_host){0, (uint32_t)position};
    out->mx_hosts = own;
    out->count = 1;
    out->own = true;
}

static void put_change(struct walk *walk, struct mxs_table *table, const char *name, size_t size_bytes,
                       enum mxs_change kind, const struct mxs_change_side sides[2])
{
    struct mxs_cell *row = mxs_table_row(table);
    mxs_out values[2];
    mxs_out_attach(&values[0], NULL);
    mxs_out_attach(&values[1], NULL);
    if (row != NULL) {
        mxs_change_put_values(kind, &sides[0], &sides[1], &values[0], &values[1]);
        mxs_table_put_text(table, &row[MXS_DIFF_DOMAIN], name, size_bytes);
        mxs_table_put_text(table, &row[MXS_DIFF_KIND], mxs_change_names[kind], strlen(mxs_change_names[kind]));
        row[MXS_DIFF_KIND].integer = kind; /* texts have no number: these two put the rows in order */
        row[MXS_DIFF_DOMAIN].integer = walk->urgency;
        for (int i = 0; i < 2; i++)
            if (values[i].err == MXS_OK)
                mxs_table_put_text(table, &row[MXS_DIFF_OLD + i], values[i].buffer, values[i].used);
            else
                walk->err = MXS_ERR_MEMORY;
        mxs_table_put_int(&row[MXS_DIFF_FROM_AT], walk->diff->from.started_at);
        mxs_table_put_int(&row[MXS_DIFF_TO_AT], walk->diff->to.started_at);
    }
    mxs_out_abandon(&values[0]);
    mxs_out_abandon(&values[1]);
    if (table->err != MXS_OK)
        walk->err = table->err;
}

/* Whoever left or joined has a verdict on one side only. */
static bool is_wanted(const struct mxs_diff *diff, const char *name, size_t size_bytes,
                      const struct mxs_change_side sides[2])
{
    const char *dot = memrchr(name, '.', size_bytes);
    if (diff->options.tld != NULL && strcmp(dot != NULL ? dot + 1 : name, diff->options.tld) != 0)
        return false;
    bool served = diff->options.provider == NULL;
    for (int i = 0; i < 2 && !served; i++)
        served = sides[i].verdict != NULL && mxs_diff_provider_is(sides[i].verdict->provider, diff->options.provider);
    return served;
}

/* How often a settled content came back after another one had stood between. */
static int64_t count_returns(struct walk *walk, int64_t domain)
{
    enum { SEEN_MAX = 64 };
    int64_t seen[SEEN_MAX][3], returns = 0;
    size_t count = 0;
    mxs_query_int(&walk->history, 1, domain);
    mxs_query_int(&walk->history, 2, walk->diff->to.list_id);
    mxs_query_int(&walk->history, 3, walk->diff->to.id);
    while (mxs_query_next(&walk->history)) {
        int64_t content[3] = {mxs_query_column_int(&walk->history, 0), mxs_query_column_int(&walk->history, 1),
                              mxs_query_column_int(&walk->history, 2)};
        if (count > 0 && memcmp(seen[count - 1], content, sizeof content) == 0)
            continue; /* an unsettled night between */
        bool again = false;
        for (size_t i = 0; i < count && !again; i++)
            again = memcmp(seen[i], content, sizeof content) == 0;
        returns += again;
        if (count < SEEN_MAX)
            memcpy(seen[count++], content, sizeof content);
    }
    return returns;
}

static void put_flap(struct walk *walk, int64_t domain, const char *name, size_t size_bytes)
{
    int64_t returns = count_returns(walk, domain);
    struct mxs_cell *row = returns > 0 ? mxs_table_row(&walk->diff->flapping) : NULL;
    if (row == NULL)
        return;
    mxs_table_put_text(&walk->diff->flapping, &row[0], name, size_bytes);
    mxs_table_put_int(&row[1], returns);
}

static void put_domain(struct walk *walk, int64_t domain, const struct mxs_change_side sides[2], unsigned found)
{
    struct mxs_diff *diff = walk->diff;
    mxs_query_int(&walk->name, 1, domain);
    if (!mxs_query_next(&walk->name))
        return;
    size_t size_bytes;
    const char *name = mxs_query_column_text(&walk->name, 0, &size_bytes);
    if (is_wanted(diff, name, size_bytes, sides)) {
        walk->urgency = __builtin_ctz(found);
        for (int kind = 0; kind < MXS_CHANGE_ALL; kind++) {
            if (!(found >> kind & 1))
                continue;
            diff->counts[kind]++;
            put_change(walk, kind == MXS_CHANGE_BECAME_UNDETERMINED ? &diff->undetermined : &diff->changes, name,
                       size_bytes, (enum mxs_change)kind, sides);
        }
        diff->changed += (found & ~MXS_CHANGES_OF_NO_MAIL) != 0;
        mxs_diff_by_put_kinds(diff, domain, found);
        if (found & 1u << MXS_CHANGE_PROVIDER_MIGRATED)
            mxs_counter_put(&walk->migrations, (int64_t)(intptr_t)sides[0].verdict->provider,
                          (int64_t)(intptr_t)sides[1].verdict->provider, 1);
        if (found & 1u << MXS_CHANGE_STATE_CHANGED)
            mxs_counter_put(&walk->states, sides[0].verdict->state, sides[1].verdict->state, 1);
        if (found & ~(1u << MXS_CHANGE_ADDRESS_MOVED | MXS_CHANGES_OF_NO_MAIL))
            put_flap(walk, domain, name, size_bytes);
    }
    mxs_query_reset(&walk->name);
}

static const char changed_policies_sql[] =
    "SELECT a.domain_id FROM policy_history a CROSS JOIN policy_history b ON b.domain_id = a.domain_id AND b.list_id = "
    "?1 AND b.first_run <= ?3"
    " AND ifnull(b.last_run, ?3) >= ?3 WHERE a.list_id = ?1 AND a.first_run <= ?2 AND ifnull(a.last_run, ?2) >= ?2"
    " AND a.policy_id <> b.policy_id UNION"
    " SELECT a.domain_id FROM sts_history a CROSS JOIN sts_history b ON b.domain_id = a.domain_id AND b.list_id = ?1 "
    "AND b.first_run <= ?3"
    " AND ifnull(b.last_run, ?3) >= ?3 WHERE a.list_id = ?1 AND a.first_run <= ?2 AND ifnull(a.last_run, ?2) >= ?2"
    " AND a.first_run <> b.first_run ORDER BY 1";

/* Only where both sides are settled, and only what a reader can see. The texts live until the next domain. */
static void put_policies(struct walk *walk, int64_t domain, struct mxs_change_side sides[2])
{
    mxs_query_reset(&walk->policy);
    mxs_query_int(&walk->policy, 3, domain);
    if (!mxs_query_next(&walk->policy))
        return;
    sides[0].policies = mxs_query_column_text(&walk->policy, 0, NULL);
    sides[1].policies = mxs_query_column_text(&walk->policy, 1, NULL);
}

static bool has_other_policies(struct walk *walk, int64_t domain)
{
    while (walk->has_policies && mxs_query_column_int(&walk->policies, 0) < domain)
        walk->has_policies = mxs_query_next(&walk->policies);
    return walk->has_policies && mxs_query_column_int(&walk->policies, 0) == domain;
}

#define BY_STATE (1u << MXS_CHANGE_STATE_CHANGED | 1u << MXS_CHANGE_RECEIVES_NO_MORE | 1u << MXS_CHANGE_RECEIVES_AGAIN)

/* What rests on a check that only one of the runs made: who holds the mailbox, and whether there is a usable MX host.
 */
static unsigned not_comparable(const struct mxs_diff *diff, const struct mxs_change_verdict *const verdicts[2])
{
    static const bool by_addresses[] = {
        [MXS_STATE_MX] = true, [MXS_STATE_BROKEN] = true, [MXS_STATE_UNDETERMINED] = false};
    bool hosts = diff->from.hosts_asked != diff->to.hosts_asked,
         auth = diff->from.policies_asked != diff->to.policies_asked;
    bool servers = diff->from.servers_met != diff->to.servers_met;
    return (hosts || auth || servers ? 1u << MXS_CHANGE_PROVIDER_MIGRATED : 0) |
           (hosts && by_addresses[verdicts[0]->state] && by_addresses[verdicts[1]->state] ? BY_STATE : 0);
}

static void compare(struct walk *walk, int64_t domain, const struct side sides[2])
{
    struct mxs_diff *diff = walk->diff;
    const struct mxs_change_verdict *verdicts[2];
    bool same = sides[0].outcome == sides[1].outcome && sides[0].set == sides[1].set && sides[0].own == sides[1].own &&
                sides[0].verdict == sides[1].verdict;
    bool policies = has_other_policies(walk, domain);
    bool facets = mxs_diff_facets_find(&walk->facets, (uint32_t)domain);
    if (same && !policies && !facets && !is_touched(walk, &sides[1]))
        return;
    for (int i = 0; i < 2; i++)
        if ((verdicts[i] = mxs_diff_verdicts_read(diff->verdicts, sides[i].verdict)) == NULL)
            return;
    struct mxs_change_side changed[2];
    struct mxs_facts_mx_host own[2];
    fill_side(&changed[0], &diff->old, &sides[0], verdicts[0], &own[0]);
    fill_side(&changed[1], &diff->new, &sides[1], verdicts[1], &own[1]);
    unsigned found = mxs_change_find(&changed[0], &changed[1]) & ~not_comparable(diff, verdicts);
    if (policies)
        put_policies(walk, domain, changed);
    found |= (changed[0].policies != NULL ? 1u << MXS_CHANGE_POLICY_CHANGED : 0) |
             (facets ? 1u << MXS_CHANGE_FACET_CHANGED : 0);
    mxs_diff_facets_put(&walk->facets, facets, &changed[0].facets, &changed[1].facets);
    if (diff->options.kinds != 0)
        found &= diff->options.kinds;
    if (found != 0)
        put_domain(walk, domain, changed, found);
}

/* Of a domain of one run only. */
static void put_population(struct walk *walk, int64_t domain, const struct side sides[2])
{
    struct mxs_diff *diff = walk->diff;
    enum mxs_change kind = sides[0].present ? MXS_CHANGE_LEFT : MXS_CHANGE_JOINED;
    struct mxs_change_side changed[2] = {{.facts = &diff->old}, {.facts = &diff->new}};
    const struct side *side = &sides[kind == MXS_CHANGE_JOINED];
    const struct mxs_change_verdict *verdict = mxs_diff_verdicts_read(diff->verdicts, side->verdict);
    diff->joined += kind == MXS_CHANGE_JOINED;
    diff->left += kind == MXS_CHANGE_LEFT;
    if (verdict == NULL || (diff->options.kinds != 0 && (diff->options.kinds >> kind & 1) == 0))
        return;
    changed[kind == MXS_CHANGE_JOINED].verdict = verdict;
    put_domain(walk, domain, changed, 1u << kind);
}

static void count_state(struct walk *walk, int run, const struct side *side)
{
    const struct mxs_change_verdict *verdict = mxs_diff_verdicts_find(walk->diff->verdicts, side->verdict);
    if (!side->present || verdict == NULL)
        return;
    walk->totals[run]++;
    walk->unsettled[run] += verdict->state == MXS_STATE_UNDETERMINED;
    walk->without_mx[run] += verdict->state == MXS_STATE_IMPLICIT_MX || verdict->state == MXS_STATE_NULL_MX ||
                              verdict->state == MXS_STATE_NO_MAIL || verdict->state == MXS_STATE_NXDOMAIN;
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
    mxs_query_open(&walk->name, diff->store, "SELECT name FROM domain WHERE id = ?1");
    mxs_query_open(&walk->history, diff->store,
                   "SELECT outcome, ifnull(mx_set_id, 0), ifnull(implicit_host_id, 0) FROM domain_history"
                   " WHERE domain_id = ?1 AND list_id = ?2 AND first_run <= ?3 AND outcome <= 2 ORDER BY first_run");
    mxs_query_open(&walk->policies, diff->store, changed_policies_sql);
    mxs_query_open(&walk->policy, diff->store,
                   "SELECT old, new FROM v_policy_change WHERE from_run = ?1 AND to_run = ?2"
                   " AND domain_id = ?3");
    mxs_query_int(&walk->policy, 1, diff->from.id);
    mxs_query_int(&walk->policy, 2, diff->to.id);
    struct mxs_query *both[] = {&walk->intervals, &walk->judgements, &walk->policies};
    for (int i = 0; i < 3; i++) {
        mxs_query_int(both[i], 1, diff->to.list_id);
        mxs_query_int(both[i], 2, diff->from.id);
        mxs_query_int(both[i], 3, diff->to.id);
    }
    walk->has_interval = mxs_query_next(&walk->intervals);
    walk->has_judgement = mxs_query_next(&walk->judgements);
    walk->has_policies = mxs_query_next(&walk->policies);
    struct side sides[2];
    for (int64_t domain; walk->err == MXS_OK && (domain = next_domain(walk, sides)) != 0;) {
        count_state(walk, 0, &sides[0]);
        count_state(walk, 1, &sides[1]);
        if (sides[0].present && sides[1].present) {
            diff->both++;
            mxs_diff_by_put_both(diff, domain);
            compare(walk, domain, sides);
        } else if (sides[0].present || sides[1].present)
            put_population(walk, domain, sides);
    }
    enum mxs_err err = walk->err == MXS_OK ? MXS_OK : mxs_err_set(detail, walk->err, "out of memory");
    struct mxs_query *all[] = {&walk->intervals, &walk->judgements, &walk->name,
                               &walk->history,   &walk->policies,   &walk->policy};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        enum mxs_err ended = mxs_query_finish(all[i], err == MXS_OK ? detail : NULL);
        err = err == MXS_OK ? ended : err;
    }
    return err;
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
    char text[200];
    if (moved <= UNFIT_SHARE || moved * (double)walk->totals[1] <= UNFIT_NAMES)
        return;
    snprintf(text, sizeof text, "the share of names %s went from %.1f %% to %.1f %%", what, before * 100, after * 100);
    put_reason(walk->diff, text);
}

static enum mxs_err find_reasons(struct walk *walk, struct mxs_detail *detail)
{
    struct mxs_diff *diff = walk->diff;
    const struct mxs_run *runs[] = {&diff->from, &diff->to};
    char text[700];
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "run %lld is degraded: more than 5 %% of its names could not be determined",
                 (long long)runs[i]->id);
        if (runs[i]->degraded)
            put_reason(diff, text);
    }
    snprintf(text, sizeof text,
             "the runs asked different checks: %s and %s; what needs a check that only one of them made is left out",
             diff->from.checks, diff->to.checks);
    if (strcmp(diff->from.checks, diff->to.checks) != 0)
        put_reason(diff, text);
    put_moved_share(walk, walk->unsettled, "that could not be determined");
    put_moved_share(walk, walk->without_mx, "that list no MX host");
    struct mxs_query query;
    /* What a scan noted of its run: but what is worked out above for these two runs is not said again. */
    mxs_query_open(&query, diff->store, "SELECT run_id, text FROM v_note WHERE run_id IN (?1, ?2) AND kind = 'unfit'"
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

static int by_urgency(const void *a, const void *b)
{
    const struct mxs_cell *x = a, *y = b;
    if (x[MXS_DIFF_DOMAIN].integer != y[MXS_DIFF_DOMAIN].integer)
        return x[MXS_DIFF_DOMAIN].integer < y[MXS_DIFF_DOMAIN].integer ? -1 : 1;
    int order = strcmp(x[MXS_DIFF_DOMAIN].text, y[MXS_DIFF_DOMAIN].text);
    return order != 0 ? order : x[MXS_DIFF_KIND].integer < y[MXS_DIFF_KIND].integer ? -1 : 1;
}

static int by_third_number(const void *a, const void *b)
{
    const struct mxs_cell *x = a, *y = b;
    if (x[2].integer != y[2].integer)
        return x[2].integer < y[2].integer ? 1 : -1;
    int order = strcmp(x[0].text, y[0].text);
    return order != 0 ? order : strcmp(x[1].text, y[1].text);
}

static int by_returns(const void *a, const void *b)
{
    const struct mxs_cell *x = a, *y = b;
    return x[1].integer != y[1].integer ? (x[1].integer < y[1].integer ? 1 : -1) : strcmp(x[0].text, y[0].text);
}

static void sort(struct mxs_table *table, int (*order)(const void *, const void *))
{
    if (table->row_count > 1)
        qsort(table->cells, table->row_count, table->column_count * sizeof *table->cells, order);
}

static void put_pair(struct mxs_table *table, const char *from, const char *to, int64_t domains)
{
    struct mxs_cell *row = mxs_table_row(table);
    if (row == NULL)
        return;
    mxs_table_put_text(table, &row[0], from, strlen(from));
    mxs_table_put_text(table, &row[1], to, strlen(to));
    mxs_table_put_int(&row[2], domains);
}

static void tabulate(struct walk *walk)
{
    struct mxs_diff *diff = walk->diff;
    for (size_t i = 0; i < walk->migrations.count; i++) {
        const struct mxs_counter_item *item = &walk->migrations.items[i];
        put_pair(&diff->migrations, (const char *)(intptr_t)item->key, (const char *)(intptr_t)item->second, item->sum);
    }
    for (size_t i = 0; i < walk->states.count; i++) {
        const struct mxs_counter_item *item = &walk->states.items[i];
        put_pair(&diff->states, mxs_state_text((enum mxs_state)item->key),
                 mxs_state_text((enum mxs_state)item->second), item->sum);
    }
    sort(&diff->migrations, by_third_number);
    sort(&diff->states, by_third_number);
    mxs_diff_flows_read(&diff->migrations, &diff->flows);
    sort(&diff->flapping, by_returns);
    sort(&diff->changes, by_urgency);
    sort(&diff->undetermined, by_urgency);
}

static enum mxs_err work(struct mxs_diff *diff, struct mxs_detail *detail)
{
    struct walk walk = {.diff = diff};
    mxs_counter_init(&walk.migrations);
    mxs_counter_init(&walk.states);
    walk.set_touched = calloc(diff->new.mx_count + 1, sizeof *walk.set_touched);
    walk.host_touched = calloc(diff->new.host_count + 1, sizeof *walk.host_touched);
    enum mxs_err err = walk.set_touched != NULL && walk.host_touched != NULL ? MXS_OK
                       : mxs_err_memory(detail, NULL);
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
    if (err == MXS_OK)
        err = mxs_diff_by_read(diff, detail);
    if (err == MXS_OK)
        err = find_reasons(&walk, detail);
    diff->shrank = diff->left * SHRUNK_SHARE > diff->left + diff->both;
    if (err == MXS_OK) {
        tabulate(&walk);
        const struct mxs_table *tables[] = {&diff->reasons, &diff->migrations, &diff->flows, &diff->states,
                                            &diff->flapping};
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
            if (err == MXS_OK &&
                (tables[i]->err != MXS_OK || walk.migrations.err != MXS_OK || walk.states.err != MXS_OK))
                err = mxs_err_memory(detail, NULL);
    }
    mxs_counter_finish(&walk.migrations);
    mxs_counter_finish(&walk.states);
    free(walk.set_touched);
    free(walk.host_touched);
    return err;
}

enum mxs_err mxs_diff_open(struct mxs_diff *diff, mxs_store *store, const struct mxs_run *from,
                           const struct mxs_run *to, const struct mxs_diff_options *options, struct mxs_detail *detail)
{
    *diff = (struct mxs_diff){.store = store, .from = *from, .to = *to, .options = *options};
    mxs_table_init(&diff->changes, "changes", "Changes", change_columns, MXS_DIFF_COLUMNS);
    mxs_table_init(&diff->undetermined, "became_undetermined", "Could no longer be determined", change_columns,
                   MXS_DIFF_COLUMNS);
    mxs_table_init(&diff->reasons, "reasons", "Not fit to compare", reason_columns, 1);
    mxs_table_init(&diff->migrations, "migrations", "From provider to provider", migration_columns, 3);
    mxs_table_init(&diff->flows, "flows", "What providers gained and lost", flow_columns, 4);
    mxs_table_init(&diff->states, "states", "From state to state", pair_columns, 3);
    mxs_table_init(&diff->flapping, "flapping", "Domains that flap", flap_columns, 2);
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
        err = mxs_facts_open_beside(&diff->old, &diff->new, store, from, detail);
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
