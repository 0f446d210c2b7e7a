#include "scanner/run/judging.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/vector.h"
#include "db/bulk.h"
#include "db/counts.h"
#include "db/history.h"
#include "model/usable.h"
#include "scanner/checks/registry.h"
#include "scanner/run/internal/known.h"
#include "scanner/run/internal/policy_judging.h"
#include "scanner/run/internal/ruleset.h"
#include "scanner/run/internal/verdicts.h"

#define CHUNK 131072u
#define NOT_JUDGED 0u
#define SENSITIVE 0x80000000u /* some MX host of the set has no rule: it may be the domain's own */

struct host_row {
    uint32_t a_set, aaaa_set, alias;
    uint8_t a, aaaa, registrable; /* enum mxs_outcome; 255 not asked */
    uint8_t labelled;             /* enum labelled */
};

enum labelled { NOT_LABELLED, BY_ITS_NAME, BY_A_RULE };

/* Who runs a host, until it is stored; rule 0: none says so. */
struct host_label {
    uint32_t host, provider, rule;
};

struct mxs_judging {
    struct mxs_judging_options options;
    struct mxs_judge judge;
    struct mxs_verdicts verdicts;
    struct host_row *hosts; /* by id */
    uint32_t host_count;
    uint32_t *of_set;       /* verdict id of an MX set, | SENSITIVE; of pools there are new ones while it judges */
    size_t of_set_capacity;
    uint32_t of_outcome[MXS_OUTCOME_COUNT + 1]; /* the last: malformed, by a CNAME beside the MX records */
    uint32_t *asns;         /* by address id; + 1, 0 not looked up; NULL without networks */
    struct mxs_arena arena;
    struct host_label *labels;
    uint32_t label_count, labels_stored;
    size_t label_capacity;
    struct mxs_query address_asn, asn_row;
    int64_t list, run, previous;
    bool hosts_asked;
    bool starved; /* a host's label found no memory: nothing that hangs on it may be stored */
    bool damaged; /* a subject, or an MX host, names what the database does not hold */
    mxs_policy_judging *policies;
    char digest[MXS_RULESET_DIGEST_SIZE];
};

enum mxs_err mxs_judging_failure(const mxs_judging *judging, struct mxs_detail *detail)
{
    static const char text[] =
        "the database is damaged (an answer refers to a row that is not in it): restore it from a copy, or scan"
        " into a new file";
    return judging->damaged ? mxs_err_set(detail, MXS_ERR_FOREIGN_DB, text) : mxs_err_memory(detail, "judging");
}

/* --- facts --- */

/* A file may say anything; what it names must be there before it is looked up. */
static uint8_t outcome_of(mxs_judging *judging, struct mxs_query *query, int column)
{
    int64_t outcome = mxs_query_column_int(query, column);
    if (mxs_query_is_null(query, column))
        return (uint8_t)MXS_NOT_ASKED;
    judging->damaged |= outcome < 0 || outcome >= MXS_OUTCOME_COUNT;
    return (uint8_t)outcome;
}

static uint32_t id_of(mxs_judging *judging, const struct mxs_dictionary_table *table, struct mxs_query *query,
                      int column)
{
    int64_t id = mxs_query_column_int(query, column);
    judging->damaged |= id != 0 && !mxs_dictionary_has(table, id);
    return (uint32_t)id;
}

static enum mxs_err read_hosts(mxs_judging *judging, int64_t list, int64_t run, struct mxs_detail *detail)
{
    const struct mxs_dictionary *dictionary = judging->options.dictionary;
    struct mxs_query query;
    for (uint32_t host = 0; host <= judging->host_count; host++) {
        judging->hosts[host] = (struct host_row){.a = (uint8_t)MXS_NOT_ASKED,
                                                 .aaaa = (uint8_t)MXS_NOT_ASKED,
                                                 .registrable = (uint8_t)MXS_NOT_ASKED,
                                                 .labelled = judging->hosts[host].labelled};
    }
    mxs_query_open(&query, judging->options.store,
                   "SELECT host_id, a_outcome, a_set_id, aaaa_outcome, aaaa_set_id, alias_id, registrable_outcome FROM "
                   "host_history"
                   " WHERE list_id = ?1 AND first_run <= ?2 AND ifnull(last_run, ?2) >= ?2");
    mxs_query_int(&query, 1, list);
    mxs_query_int(&query, 2, run);
    while (mxs_query_next(&query)) {
        uint32_t host = (uint32_t)mxs_query_column_int(&query, 0);
        if (host > judging->host_count)
            continue;
        struct host_row *row = &judging->hosts[host];
        row->a = outcome_of(judging, &query, 1);
        row->a_set = id_of(judging, &dictionary->address_sets, &query, 2);
        row->aaaa = outcome_of(judging, &query, 3);
        row->aaaa_set = id_of(judging, &dictionary->address_sets, &query, 4);
        row->alias = id_of(judging, &dictionary->texts, &query, 5);
        row->registrable = outcome_of(judging, &query, 6);
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && judging->damaged ? mxs_judging_failure(judging, detail) : err;
}

static uint32_t asn_of(mxs_judging *judging, const struct mxs_address *address, uint32_t address_id)
{
    if (judging->options.asn == NULL)
        return 0;
    if (judging->asns[address_id] == 0) {
        uint32_t asn = 0;
        struct mxs_text name = {0}, country = {0};
        if (!mxs_asn_find(judging->options.asn, address, &asn, &name, &country))
            asn = 0;
        judging->asns[address_id] = asn + 1;
        mxs_query_int(&judging->address_asn, 1, address_id);
        mxs_query_int_or_null(&judging->address_asn, 2, asn != 0, asn);
        mxs_query_run(&judging->address_asn);
        if (asn != 0) {
            mxs_query_int(&judging->asn_row, 1, asn);
            mxs_query_text(&judging->asn_row, 2, name.data, name.size_bytes);
            mxs_query_text(&judging->asn_row, 3, country.data, country.size_bytes);
            mxs_query_run(&judging->asn_row);
        }
    }
    return judging->asns[address_id] - 1;
}

static void put_addresses(mxs_judging *judging, uint32_t set, struct mxs_address *out)
{
    const struct mxs_dictionary *dictionary = judging->options.dictionary;
    for (uint32_t i = 0; i < mxs_dictionary_address_count(dictionary, set); i++) {
        struct mxs_bytes bytes = mxs_dictionary_address(dictionary, set, i);
        out[i] = (struct mxs_address){.family = bytes.size_bytes == 4 ? 4 : 6};
        memcpy(out[i].bytes, bytes.data, bytes.size_bytes);
        out[i].asn = asn_of(judging, &out[i], mxs_dictionary_address_id(dictionary, set, i));
    }
}

/* False when the arena is full. */
static bool fill_host(mxs_judging *judging, uint32_t host, struct mxs_host_facts *out)
{
    const struct mxs_dictionary *dictionary = judging->options.dictionary;
    const struct host_row *row = &judging->hosts[host];
    uint32_t a = row->a_set == 0 ? 0 : mxs_dictionary_address_count(dictionary, row->a_set);
    uint32_t aaaa = row->aaaa_set == 0 ? 0 : mxs_dictionary_address_count(dictionary, row->aaaa_set);
    *out = (struct mxs_host_facts){.id = host, .name = mxs_dictionary_host_name(dictionary, host),
                                   .a = (enum mxs_outcome)row->a, .aaaa = (enum mxs_outcome)row->aaaa,
                                   .registrable = (enum mxs_outcome)row->registrable, .address_count = a + aaaa};
    if (row->alias != 0)
        out->alias = mxs_dictionary_text_of(dictionary, row->alias);
    if (a + aaaa == 0)
        return true;
    struct mxs_address *addresses = mxs_arena_take(&judging->arena, (a + aaaa) * sizeof *addresses);
    if (addresses == NULL)
        return false;
    if (a > 0)
        put_addresses(judging, row->a_set, addresses);
    if (aaaa > 0)
        put_addresses(judging, row->aaaa_set, addresses + a);
    out->addresses = addresses;
    return true;
}

static int by_preference_and_name(const void *a, const void *b)
{
    const struct mxs_mx_host *x = a, *y = b;
    if (x->preference != y->preference)
        return x->preference < y->preference ? -1 : 1;
    uint32_t shorter =
        x->host->name.size_bytes < y->host->name.size_bytes ? x->host->name.size_bytes : y->host->name.size_bytes;
    int order = shorter == 0 ? 0 : memcmp(x->host->name.data, y->host->name.data, shorter);
    return order != 0 ? order : (int)x->host->name.size_bytes - (int)y->host->name.size_bytes;
}

/* MX hosts of a set, or the domain itself, into the arena. */
static bool fill_mx_hosts(mxs_judging *judging, uint32_t set, uint32_t implicit_host, struct mxs_domain_facts *facts)
{
    const struct mxs_dictionary *dictionary = judging->options.dictionary;
    uint32_t count = set != 0 ? mxs_dictionary_mx_count(dictionary, set) : implicit_host != 0;
    if (count == 0)
        return true;
    struct mxs_mx_host *mx_hosts = mxs_arena_take(&judging->arena, count * sizeof *mx_hosts);
    struct mxs_host_facts *hosts = mxs_arena_take(&judging->arena, count * sizeof *hosts);
    if (mx_hosts == NULL || hosts == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct mxs_mx_member member = {0, implicit_host};
        if (set != 0)
            member = mxs_dictionary_mx_member(dictionary, set, i);
        if (!fill_host(judging, member.host, &hosts[i]))
            return false;
        mx_hosts[i] = (struct mxs_mx_host){member.preference, &hosts[i]};
    }
    if (count > 1)
        qsort(mx_hosts, count, sizeof *mx_hosts, by_preference_and_name);
    facts->mx_hosts = mx_hosts;
    facts->mx_host_count = count;
    facts->implicit = set == 0;
    return true;
}

/* False: no memory. */
static bool put_label(mxs_judging *judging, uint32_t host, uint32_t provider, uint32_t rule)
{
    if (!mxs_vector_reserve(&judging->labels, &judging->label_capacity, judging->label_count, sizeof *judging->labels))
        return false;
    judging->labels[judging->label_count++] = (struct host_label){host, provider, rule};
    return true;
}

/* Finds who runs the host, once, and says whether a rule names it. Without memory the judging is starved. */
static bool label_host(mxs_judging *judging, uint32_t host)
{
    const struct mxs_rule *rule = NULL;
    struct host_row *row = &judging->hosts[host];
    if (row->labelled != NOT_LABELLED)
        return row->labelled == BY_A_RULE;
    struct mxs_text name = mxs_dictionary_host_name(judging->options.dictionary, host);
    if (!mxs_usable_name(name)) { /* the root, an IP literal, localhost: nobody's name */
        row->labelled = BY_A_RULE;
        return true;
    }
    struct mxs_text provider = mxs_judge_host(&judging->judge, name, &judging->arena, &rule);
    uint32_t provider_id = provider.data != NULL ? mxs_verdicts_provider(&judging->verdicts, provider) : 0;
    judging->starved |= provider_id == 0;
    row->labelled = rule != NULL ? BY_A_RULE : BY_ITS_NAME;
    if (judging->starved)
        return true;
    judging->starved = !put_label(judging, host, provider_id, rule != NULL ? rule->id : 0);
    return rule != NULL;
}

/* --- verdicts --- */

static bool is_beside(const struct mxs_judging_subject *subject)
{
    return subject->outcome == MXS_MALFORMED && subject->has_alias;
}

/* 0: out of memory. */
static uint32_t judge_facts(mxs_judging *judging, const struct mxs_judging_subject *subject, struct mxs_text name)
{
    struct mxs_domain_facts facts = {.name = name,
                                     .mx = (enum mxs_outcome)subject->outcome,
                                     .hosts_asked = judging->hosts_asked,
                                     .alias_beside = is_beside(subject)};
    struct mxs_verdict verdict;
    mxs_arena_reset(&judging->arena);
    if (!fill_mx_hosts(judging, subject->set, subject->implicit_host, &facts))
        return 0;
    mxs_judge_domain(&judging->judge, &facts, &judging->arena, &verdict);
    return mxs_arena_full(&judging->arena) ? 0 : mxs_verdicts_put(&judging->verdicts, &verdict);
}

static bool has_own_mx_host(mxs_judging *judging, const struct mxs_judging_subject *subject)
{
    const struct mxs_dictionary *dictionary = judging->options.dictionary;
    const struct mxs_bytes members = mxs_dictionary_mx_members(dictionary, subject->set);
    for (uint32_t i = 0; i < members.size_bytes / MXS_MX_MEMBER_SIZE; i++) {
        uint32_t host = mxs_mx_member_at(members, i).host;
        if (judging->hosts[host].labelled != BY_A_RULE &&
            mxs_judge_is_self(&judging->judge, subject->name, mxs_dictionary_host_name(dictionary, host)))
            return true;
    }
    return false;
}

static uint32_t judge_set(mxs_judging *judging, const struct mxs_judging_subject *subject)
{
    const struct mxs_dictionary *dictionary = judging->options.dictionary;
    uint32_t *memo = &judging->of_set[subject->set];
    if (*memo == NOT_JUDGED) {
        bool sensitive = false;
        mxs_arena_reset(&judging->arena);
        for (uint32_t i = 0; i < mxs_dictionary_mx_count(dictionary, subject->set); i++)
            sensitive |= !label_host(judging, mxs_dictionary_mx_member(dictionary, subject->set, i).host);
        uint32_t verdict = judge_facts(judging, subject, MXS_TEXT(""));
        if (verdict == 0)
            return 0;
        *memo = verdict | (sensitive ? SENSITIVE : 0);
    }
    if ((*memo & SENSITIVE) && has_own_mx_host(judging, subject))
        return judge_facts(judging, subject, subject->name);
    return *memo & ~SENSITIVE;
}

static uint32_t judge_subject(mxs_judging *judging, const struct mxs_judging_subject *subject)
{
    if (subject->set != 0 && subject->outcome == MXS_ANSWERED)
        return judge_set(judging, subject);
    if (subject->set != 0 || subject->implicit_host != 0) {
        mxs_arena_reset(&judging->arena);
        if (subject->implicit_host != 0)
            label_host(judging, subject->implicit_host);
        return judge_facts(judging, subject, subject->name);
    }
    uint32_t *memo = &judging->of_outcome[is_beside(subject) ? MXS_OUTCOME_COUNT : subject->outcome];
    if (*memo == NOT_JUDGED)
        *memo = judge_facts(judging, subject, MXS_TEXT(""));
    return *memo;
}

uint32_t mxs_judging_subject(mxs_judging *judging, const struct mxs_judging_subject *subject)
{
    const struct mxs_dictionary *dictionary = judging->options.dictionary;
    bool judged = subject->set < judging->of_set_capacity &&
                  judging->of_set[subject->set] != NOT_JUDGED; /* looked at before */
    judging->damaged |=
        subject->outcome >= MXS_OUTCOME_COUNT ||
        (subject->set != 0 && !judged && !mxs_dictionary_has(&dictionary->mx_sets, subject->set)) ||
        (subject->implicit_host != 0 && !mxs_dictionary_has(&dictionary->hosts, subject->implicit_host));
    if (!judging->damaged &&
        !mxs_vector_reach(&judging->of_set, &judging->of_set_capacity, subject->set, sizeof *judging->of_set))
        return 0;
    return judging->damaged ? 0
                            : mxs_policy_judging_domain(judging->policies, subject, judge_subject(judging, subject));
}

/* --- storing --- */

struct chunk {
    const uint32_t *verdicts;
    uint32_t first;
};

static bool verdict_of(void *arg, uint32_t domain, int64_t *content)
{
    const struct chunk *chunk = arg;
    content[0] = chunk->verdicts[domain - chunk->first];
    return content[0] != 0;
}

static int by_host(const void *a, const void *b)
{
    const struct host_label *x = a, *y = b;
    return x->host < y->host ? -1 : x->host > y->host;
}

static bool next_host_label(void *arg, struct mxs_bulk_row *out)
{
    mxs_judging *judging = arg;
    if (judging->labels_stored == judging->label_count)
        return false;
    const struct host_label *label = &judging->labels[judging->labels_stored++];
    out->numbers[0] = label->host;
    out->numbers[1] = label->provider;
    out->numbers[2] = label->rule != 0 ? label->rule : MXS_BULK_NULL;
    return true;
}

/* In the order of the table. */
static enum mxs_err put_host_labels(mxs_judging *judging, struct mxs_detail *detail)
{
    if (judging->label_count == 0)
        return MXS_OK;
    qsort(judging->labels, judging->label_count, sizeof *judging->labels, by_host);
    enum mxs_err err =
        mxs_bulk_insert(judging->options.store, "INSERT OR REPLACE INTO host_label SELECT c0, c1, c2 FROM bulk(?1)",
                        next_host_label, judging, detail);
    judging->label_count = judging->labels_stored = 0;
    return err;
}

enum mxs_err mxs_judging_store(mxs_judging *judging, uint32_t first, uint32_t last, const uint32_t *verdicts,
                               struct mxs_detail *detail)
{
    struct chunk chunk = {verdicts, first};
    struct mxs_history_merge intervals = {.store = judging->options.store,
                                          .table = "judgement",
                                          .key = "domain_id",
                                          .columns = "verdict_id",
                                          .column_count = 1,
                                          .list = judging->list,
                                          .run = judging->run,
                                          .previous = judging->previous,
                                          .content = verdict_of,
                                          .arg = &chunk};
    enum mxs_err err =
        judging->starved ? mxs_err_memory(detail, "judging") : mxs_verdicts_flush(&judging->verdicts, detail);
    if (err == MXS_OK)
        err = put_host_labels(judging, detail);
    if (err == MXS_OK)
        err = mxs_history_merge(&intervals, first, last, detail);
    if (err == MXS_OK)
        err = mxs_policy_judging_error(judging->policies, detail);
    struct mxs_query *const others[] = {&judging->address_asn, &judging->asn_row};
    for (size_t i = 0; err == MXS_OK && i < sizeof others / sizeof others[0]; i++) {
        if ((err = mxs_query_error(others[i])) != MXS_OK && detail != NULL)
            *detail = others[i]->detail;
    }
    return err;
}

enum mxs_err mxs_judging_begin(mxs_judging *judging, int64_t list, int64_t run, int64_t previous, const char *checks,
                               struct mxs_detail *detail)
{
    free(judging->of_set);
    judging->of_set_capacity = (size_t)judging->options.dictionary->mx_sets.keys.count + 1;
    judging->of_set = calloc(judging->of_set_capacity, sizeof *judging->of_set);
    memset(judging->of_outcome, 0, sizeof judging->of_outcome);
    judging->hosts_asked = (mxs_checks_parse(checks) & MXS_CHECK_HOST) != 0;
    judging->list = list;
    judging->run = run;
    judging->previous = previous;
    if (judging->of_set == NULL)
        return mxs_err_memory(detail, "judging");
    enum mxs_err err = read_hosts(judging, list, run, detail);
    return err != MXS_OK ? err
                         : mxs_policy_judging_begin(judging->policies, list, run, mxs_checks_parse(checks), detail);
}

/* --- from stored facts --- */

static enum mxs_err judge_stored(mxs_judging *judging, uint32_t first, uint32_t last, uint32_t *verdicts,
                                 struct mxs_detail *detail)
{
    struct mxs_query query;
    bool judged = true;
    mxs_query_open(
        &query, judging->options.store,
        "SELECT s.domain_id, s.outcome, ifnull(s.mx_set_id, 0), ifnull(s.implicit_host_id, 0), d.name,"
        " s.alias_id IS NOT NULL"
        " FROM domain_history s CROSS JOIN domain d ON d.id = s.domain_id WHERE s.domain_id BETWEEN ?3 AND ?4"
        " AND s.list_id = ?1 AND s.first_run <= ?2 AND ifnull(s.last_run, ?2) >= ?2");
    mxs_query_int(&query, 1, judging->list);
    mxs_query_int(&query, 2, judging->run);
    mxs_query_int(&query, 3, first);
    mxs_query_int(&query, 4, last);
    while (judged && mxs_query_next(&query)) {
        size_t size;
        const char *name = mxs_query_column_text(&query, 4, &size);
        struct mxs_judging_subject subject = {{name, (uint32_t)size},
                                              (uint8_t)mxs_query_column_int(&query, 1),
                                              (uint32_t)mxs_query_column_int(&query, 2),
                                              (uint32_t)mxs_query_column_int(&query, 3),
                                              (uint32_t)mxs_query_column_int(&query, 0),
                                              mxs_query_column_int(&query, 5) != 0};
        uint32_t verdict = mxs_judging_subject(judging, &subject);
        verdicts[(uint32_t)mxs_query_column_int(&query, 0) - first] = verdict;
        judged = verdict != 0;
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !judged ? mxs_judging_failure(judging, detail) : err;
}

static enum mxs_err judge_run(mxs_judging *judging, uint32_t highest, uint32_t *verdicts, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (uint64_t at = 1; err == MXS_OK && at <= highest; at += CHUNK) {
        uint32_t first = (uint32_t)at, last = highest - first < CHUNK ? highest : first + CHUNK - 1;
        memset(verdicts, 0, ((size_t)last - first + 1) * sizeof *verdicts);
        if ((err = mxs_store_begin(judging->options.store, detail)) != MXS_OK)
            return err;
        err = judge_stored(judging, first, last, verdicts, detail);
        if (err == MXS_OK)
            err = mxs_judging_store(judging, first, last, verdicts, detail);
        err = mxs_store_end(judging->options.store, err, detail);
    }
    return err;
}

static enum mxs_err count_run(mxs_judging *judging, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_begin(judging->options.store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_counts_write(judging->options.store, judging->run, NULL, detail);
    return mxs_store_end(judging->options.store, err, detail);
}

enum mxs_err mxs_judging_all(mxs_judging *judging, struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t highest = 0;
    enum mxs_err err = mxs_known_read_highest(judging->options.store, &highest, detail);
    uint32_t *verdicts = malloc((highest < CHUNK ? (size_t)highest + 1 : CHUNK) * sizeof *verdicts);
    if (err == MXS_OK && verdicts == NULL)
        err = mxs_err_memory(detail, "judging");
    /* At `finish` without a journal (scanner/run/ruleset.c) all that a run has is in the tables. */
    mxs_query_open(&query, judging->options.store,
                   "SELECT list_id, id, ifnull(lag(id) OVER (PARTITION BY list_id ORDER BY id), 0), checks"
                   " FROM run WHERE state = 'complete' OR stage = 'finish' ORDER BY list_id, id");
    while (err == MXS_OK && mxs_query_next(&query)) {
        err = mxs_judging_begin(judging, mxs_query_column_int(&query, 0), mxs_query_column_int(&query, 1),
                                mxs_query_column_int(&query, 2), mxs_query_column_text(&query, 3, NULL), detail);
        if (err == MXS_OK)
            err = judge_run(judging, (uint32_t)highest, verdicts, detail);
        if (err == MXS_OK)
            err = count_run(judging, detail);
    }
    enum mxs_err end = mxs_query_finish(&query, err == MXS_OK ? detail : NULL);
    free(verdicts);
    err = err == MXS_OK ? end : err;
    return err == MXS_OK ? mxs_ruleset_settle(judging->options.store, detail) : err;
}

/* --- life --- */

enum mxs_err mxs_judging_open(mxs_judging **out, const struct mxs_judging_options *options, bool again, bool *dropped,
                              struct mxs_detail *detail)
{
    mxs_judging *judging = calloc(1, sizeof *judging);
    if (judging == NULL)
        return mxs_err_memory(detail, "judging");
    judging->options = *options;
    if (options->rules_source == NULL)
        judging->options.rules_source = MXS_RULESET_BUILT_IN;
    judging->judge = (struct mxs_judge){.rules = options->rules, .suffixes = options->suffixes};
    mxs_arena_init(&judging->arena, 64 * 1024, 0);
    bool same = false;
    enum mxs_err err = mxs_policy_judging_create(&judging->policies, options->store, options->dictionary,
                                                 options->rules, &judging->verdicts, detail);
    if (err == MXS_OK) {
        mxs_ruleset_digest(options->rules, mxs_policy_judging_digest(judging->policies), judging->digest);
        err = mxs_ruleset_is(judging->options.store, judging->digest, &same, detail);
    }
    bool drop = again || !same;
    if (err == MXS_OK && drop)
        err = mxs_ruleset_replace(judging->options.store, judging->options.rules, judging->options.rules_source,
                                  judging->digest, detail);
    if (err == MXS_OK)
        err = mxs_checks_write(options->store, detail); /* a check may have been added since */
    if (err == MXS_OK)
        err = mxs_verdicts_init(&judging->verdicts, options->store, detail);
    judging->host_count = options->dictionary->hosts.keys.count;
    judging->hosts = calloc((size_t)judging->host_count + 1, sizeof *judging->hosts);
    if (options->asn != NULL)
        judging->asns = calloc((size_t)options->dictionary->addresses.keys.count + 1, sizeof *judging->asns);
    if (err == MXS_OK && (judging->hosts == NULL || (options->asn != NULL && judging->asns == NULL)))
        err = mxs_err_memory(detail, "judging");
    mxs_query_open(&judging->address_asn, options->store,
                   "UPDATE address SET asn = ?2 WHERE id = ?1 AND asn IS NOT ?2");
    mxs_query_open(&judging->asn_row, options->store, "INSERT OR REPLACE INTO asn VALUES (?1, ?2, ?3)");
    if (err != MXS_OK) {
        mxs_judging_close(&judging);
        return err;
    }
    *dropped = drop;
    *out = judging;
    return MXS_OK;
}

void mxs_judging_close(mxs_judging **judging)
{
    mxs_judging *ending = *judging;
    *judging = NULL;
    if (ending == NULL)
        return;
    struct mxs_query *const queries[] = {&ending->address_asn, &ending->asn_row};
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        enum mxs_err err = queries[i]->store == NULL ? MXS_OK : mxs_query_finish(queries[i], NULL);
        (void)err; /* was returned by the run that met it */
    }
    mxs_policy_judging_destroy(&ending->policies);
    mxs_verdicts_finish(&ending->verdicts);
    mxs_arena_finish(&ending->arena);
    free(ending->hosts);
    free(ending->labels);
    free(ending->of_set);
    free(ending->asns);
    free(ending);
}
