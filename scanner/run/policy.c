/* Asking what the checks want to know of domains, and of MX hosts. A fixed number of subjects is at work; each holds its own answers until
 * it is done and then becomes one row. The source gives, in this order: open questions of subjects at work, answers that several wait for,
 * new subjects. So what was begun is ended before more is begun, and a shared answer is never held up behind new subjects.
 */
#include "scanner/run/internal/policy.h"

#include <stdlib.h>

#include "model/name.h"
#include "scanner/run/internal/known.h"
#include "scanner/checks/judge.h"
#include "scanner/checks/registry.h"
#include "scanner/checks/slot.h"
#include "scanner/run/internal/stages.h"

#define QUESTIONS_PER_SLOT 4u
#define SLOTS_MIN 16u
#define KIND_SHARED 255u
#define RECENT 65536u
#define SLOW_SHARE 8u

struct known {
    uint64_t digest;
    uint32_t policy;
};

struct policies {
    struct mxs_survey *survey;
    struct mxs_policy_context context;
    struct mxs_shared shared;
    mxs_evidence *evidence;
    mxs_pending *pending;        /* of domains */
    uint32_t next_host;          /* of MX hosts */
    bool pending_over;
    struct mxs_bits chosen;      /* left out; or, the second time, asked alone. Of MX hosts always those that are asked */
    struct mxs_bits insecure;    /* MX hosts: some answer about their addresses was not validated */
    uint32_t *aliases;           /* by host id: text id of where the name leads; 0 nowhere else */
    uint64_t total;
    uint8_t pass;
    uint16_t *mx;                /* by domain id */
    struct known *before;        /* by id: what stands from the run before; policy 0: nothing */
    struct known *recent;        /* by digest */
    uint32_t last_subject, next_policy;
    struct mxs_policy_slot *slots;
    uint32_t slot_count;
    uint32_t *ready, ready_count; /* slots with questions that nobody has asked: a stack */
    uint32_t *free, free_count;   /* slots without a domain: a stack */
    uint8_t *bytes;              /* MXS_PACK_MAX */
    mxs_out json;                /* scratch of telling */
    struct mxs_measurement measurement; /* of the newest answer */
};

static enum mxs_err no_memory(struct mxs_detail *detail) { return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory"); }

/* --- a domain is done ------------------------------------------------------------------------------------------------ */

static uint32_t count_unsettled(const struct mxs_pack *pack)
{
    struct mxs_policy_entry entry;
    uint32_t count = 0;
    for (uint32_t at = 0; mxs_pack_next((struct mxs_bytes){pack->bytes, pack->size_bytes}, &at, &entry);)
        count += !mxs_outcome_settled(entry.outcome);
    return count;
}

/* The id of this content: what stood before, or was stored lately, or a new one. */
static uint32_t find_policy(struct policies *policies, uint32_t subject, uint64_t digest, bool *fresh)
{
    const struct known *before = &policies->before[subject];
    struct known *recent = &policies->recent[digest % RECENT];
    *fresh = false;
    if (before->policy != 0 && before->digest == digest)
        return before->policy;
    if (recent->policy != 0 && recent->digest == digest)
        return recent->policy;
    *fresh = true;
    *recent = (struct known){digest, policies->next_policy++};
    return recent->policy;
}

static uint32_t at_most(uint32_t value, uint32_t most) { return value < most ? value : most; }

static void put_row(struct policies *policies, const struct mxs_policy_slot *slot)
{
    static const uint64_t key[2] = {0x6d78737572766579, 0x706f6c6963696573};
    struct mxs_pack pack;
    struct mxs_policy_row row = {.policy = 0};
    bool hosts = policies->context.hosts;
    mxs_pack_init(&pack, policies->bytes);
    mxs_policy_slot_pack(slot, &pack);
    row.digest = mxs_hash(key, pack.bytes, pack.size_bytes) >> 1;
    row.unsettled = count_unsettled(&pack);
    row.policy = find_policy(policies, slot->subject.id, row.digest, &row.fresh);
    mxs_arena_reset(&policies->context.scratch);
    struct mxs_bytes content = {pack.bytes, pack.size_bytes};
    bool fits = !row.fresh || mxs_policy_tell(content, hosts, &policies->context.scratch, &policies->json, &row);
    struct mxs_question question = {.name = slot->subject.name, .subject = slot->subject.id};
    struct mxs_answer answer = {.outcome = fits ? (enum mxs_outcome)slot->outcome : MXS_LIMIT};
    policies->measurement.attempts = (uint8_t)at_most(slot->attempts, 255);
    mxs_writer_put_policy(policies->survey->writer, hosts ? MXS_ROW_TLSA : MXS_ROW_POLICY, &question, &answer, &policies->measurement, &row,
                          policies->pass);
}

static void put_ready(struct policies *policies, struct mxs_policy_slot *slot)
{
    policies->ready[policies->ready_count++] = slot->self;
}

/* Goes on with a subject where nothing is open any more. */
static void go_on(struct policies *policies, struct mxs_policy_slot *slot)
{
    if (!mxs_policy_slot_is_idle(slot))
        return;
    if (!mxs_policy_slot_advance(slot, &policies->context)) {
        if (slot->next < slot->question_count)
            put_ready(policies, slot);
        else if (slot->waiting == 0)
            go_on(policies, slot); /* a step without questions */
        return;
    }
    put_row(policies, slot);
    slot->subject.id = 0;
    policies->free[policies->free_count++] = slot->self;
    policies->survey->progress.done++;
}

static bool is_chosen_host(const struct policies *policies, uint32_t host)
{
    const struct mxs_survey *survey = policies->survey;
    if (!mxs_bits_has(&policies->chosen, host))
        return false;
    struct mxs_text name = mxs_dictionary_host_name(&survey->dictionary, host);
    return name.size_bytes > 0 && (survey->exclude == NULL || !mxs_exclude_holds(survey->exclude, name));
}

/* --- source ---------------------------------------------------------------------------------------------------------- */

static bool next_of_slots(struct policies *policies, struct mxs_question *out)
{
    uint32_t index;
    if (policies->ready_count == 0)
        return false;
    struct mxs_policy_slot *slot = &policies->slots[policies->ready[policies->ready_count - 1]];
    bool asked = mxs_policy_slot_next(slot, out, &index);
    MXS_ASSERT(asked);
    out->kind = (uint8_t)index;
    out->subject = slot->self;
    if (slot->next == slot->question_count)
        policies->ready_count--;
    return true;
}

static bool next_shared(struct policies *policies, struct mxs_question *out)
{
    uint32_t id = mxs_shared_next(&policies->shared);
    if (id == 0)
        return false;
    *out = (struct mxs_question){.kind = KIND_SHARED, .subject = id};
    uint8_t ask;
    out->name = mxs_shared_name(&policies->shared, id, &ask, &out->type);
    return true;
}

static enum mxs_err next_host(struct policies *policies, struct mxs_policy_subject *out)
{
    const struct mxs_survey *survey = policies->survey;
    for (; policies->next_host <= policies->last_subject; policies->next_host++) {
        uint32_t host = policies->next_host;
        if (!is_chosen_host(policies, host))
            continue;
        *out = (struct mxs_policy_subject){.id = host, .name = mxs_dictionary_host_name(&survey->dictionary, host),
                                           .secure = !mxs_bits_has(&policies->insecure, host)};
        if (policies->aliases[host] != 0)
            out->alias = mxs_dictionary_text_of(&survey->dictionary, policies->aliases[host]);
        policies->next_host++;
        return MXS_OK;
    }
    return MXS_ERR_END;
}

static enum mxs_err begin_subject(struct policies *policies)
{
    struct mxs_policy_subject subject = {.id = 0};
    if (policies->pending_over || policies->free_count == 0)
        return MXS_ERR_FULL;
    enum mxs_err err = policies->context.hosts ? next_host(policies, &subject)
                                               : mxs_pending_next(policies->pending, &subject.id, &subject.name, policies->survey->detail);
    if (err == MXS_ERR_END) {
        policies->pending_over = true;
        return MXS_ERR_FULL;
    }
    if (err != MXS_OK)
        return err;
    struct mxs_policy_slot *slot = &policies->slots[policies->free[--policies->free_count]];
    mxs_policy_slot_begin(slot, &policies->context, &subject);
    if (slot->question_count > 0)
        put_ready(policies, slot);
    else
        go_on(policies, slot);
    return MXS_OK;
}

static enum mxs_err next_question(void *arg, struct mxs_question *out)
{
    struct policies *policies = arg;
    for (;;) {
        if (next_of_slots(policies, out) || next_shared(policies, out))
            return MXS_OK;
        enum mxs_err err = begin_subject(policies);
        if (err == MXS_ERR_FULL)
            return policies->free_count < policies->slot_count ? MXS_ERR_FULL : MXS_ERR_END;
        if (err != MXS_OK)
            return err;
    }
}

/* --- sink ------------------------------------------------------------------------------------------------------------ */

static void put_shared(struct policies *policies, const struct mxs_question *question, const struct mxs_answer *answer,
                       const struct mxs_measurement *measurement)
{
    struct mxs_policy_row row = {.policy = 0};
    struct mxs_policy_entry entry;
    uint16_t type;
    (void)mxs_shared_name(&policies->shared, question->subject, &row.ask, &type);
    enum mxs_outcome outcome = mxs_policy_slot_keep(&policies->context, row.ask, answer, &entry);
    mxs_shared_put(&policies->shared, question->subject, outcome, answer->record_count, entry.texts, entry.text_count);
    if (mxs_outcome_settled(outcome)) {
        struct mxs_text packed = mxs_shared_pack(mxs_shared_at(&policies->shared, question->subject));
        row.content = (struct mxs_bytes){(const uint8_t *)packed.data, packed.size_bytes};
        mxs_writer_put_policy(policies->survey->writer, MXS_ROW_SHARED, question, answer, measurement, &row, policies->pass);
    }
    uint32_t who;
    while (mxs_shared_take(&policies->shared, question->subject, &who)) {
        policies->slots[who].waiting--;
        go_on(policies, &policies->slots[who]);
    }
}

static enum mxs_err put_answer(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    struct policies *policies = arg;
    struct mxs_survey *survey = policies->survey;
    policies->measurement = *measurement;
    if (question->kind == KIND_SHARED) {
        put_shared(policies, question, answer, measurement);
    } else {
        struct mxs_policy_slot *slot = &policies->slots[question->subject];
        mxs_policy_slot_put(slot, &policies->context, question->kind, answer, measurement->attempts);
        go_on(policies, slot);
    }
    survey->progress.outcomes[answer->outcome]++;
    enum mxs_err err = mxs_writer_error(survey->writer, survey->detail);
    if (err != MXS_OK)
        return survey->stage_err = err;
    mxs_scheduler_wake(survey->scheduler); /* a domain may have come to an end, or to more questions */
    return mxs_writer_has_room(survey->writer) ? MXS_OK : MXS_ERR_FULL;
}

/* --- what is there already ------------------------------------------------------------------------------------------- */

static enum mxs_err read_mx(struct policies *policies, struct mxs_detail *detail)
{
    struct mxs_survey *survey = policies->survey;
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_DOMAINS);
    while ((row = mxs_journal_next(&journal)) != NULL) {
        if (row->pass == MXS_PASS_SAMPLE || row->subject > policies->last_subject)
            continue;
        uint32_t count = row->set == 0 ? 0 : mxs_dictionary_mx_count(&survey->dictionary, row->set);
        policies->mx[row->subject] = (uint16_t)((uint32_t)row->outcome << 12 | at_most(count, 4095));
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    bool memory = true;
    for (uint32_t id = 1; memory && policies->pass == MXS_PASS_FIRST && id <= policies->last_subject; id++)
        if (policies->mx[id] >> 12 == MXS_NXDOMAIN) /* below a name that does not exist nothing does @rfc{8020,2} */
            memory = mxs_bits_put(&policies->chosen, id);
    return err == MXS_OK && !memory ? no_memory(detail) : err;
}

/* Something else stood there in the run before: asked once more before it is called a change. */
static bool is_changed(const struct policies *policies, const struct mxs_journal_row *row)
{
    return row->subject <= policies->last_subject && policies->before[row->subject].policy != 0 &&
           policies->before[row->subject].policy != row->set;
}

/* First: marks the domains that have a row. Again: those whose row is not settled or tells a change, and that were not asked
 * again yet. */
static enum mxs_err read_rows(struct policies *policies, struct mxs_detail *detail)
{
    struct mxs_survey *survey = policies->survey;
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_POLICIES);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        bool doubt = !mxs_outcome_settled((enum mxs_outcome)row->outcome) || is_changed(policies, row);
        if (policies->pass == MXS_PASS_FIRST || (row->pass == MXS_PASS_FIRST && doubt))
            memory = mxs_bits_put(&policies->chosen, row->subject);
        else
            mxs_bits_take(&policies->chosen, row->subject);
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? no_memory(detail) : err;
}

static enum mxs_err count_total(struct policies *policies, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, policies->survey->store, "SELECT first_domain, last_domain FROM member WHERE run_id = ?1");
    mxs_query_int(&query, 1, policies->survey->run.id);
    while (mxs_query_next(&query)) {
        uint32_t last = (uint32_t)mxs_query_column_int(&query, 1);
        for (uint32_t id = (uint32_t)mxs_query_column_int(&query, 0); id <= last; id++)
            policies->total += mxs_bits_has(&policies->chosen, id) == (policies->pass != MXS_PASS_FIRST);
    }
    return mxs_query_finish(&query, detail);
}

static enum mxs_err read_before(struct policies *policies, struct mxs_detail *detail)
{
    struct mxs_survey *survey = policies->survey;
    struct mxs_query query;
    int64_t highest = 0;
    mxs_query_open(&query, survey->store,
                   policies->context.hosts ? "SELECT s.host_id, p.digest, p.id FROM host_policy_history s CROSS JOIN policy p ON p.id = s.policy_id"
                                             " WHERE s.list_id = ?1 AND s.last_run IS NULL"
                                           : "SELECT s.domain_id, p.digest, p.id FROM policy_history s CROSS JOIN policy p ON p.id = s.policy_id"
                                             " WHERE s.list_id = ?1 AND s.last_run IS NULL");
    mxs_query_int(&query, 1, survey->run.list_id);
    while (mxs_query_next(&query)) {
        int64_t subject = mxs_query_column_int(&query, 0);
        if (subject >= 0 && subject <= policies->last_subject)
            policies->before[subject] = (struct known){(uint64_t)mxs_query_column_int(&query, 1), (uint32_t)mxs_query_column_int(&query, 2)};
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK)
        err = mxs_query_one_int(survey->store, "SELECT max(id) FROM policy", 0, &highest, detail);
    policies->next_policy = (uint32_t)highest + 1;
    return err;
}

/* The shared answers that this run has. */
static enum mxs_err read_shared(struct policies *policies, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, policies->survey->store, "SELECT name, type, ask, outcome, records, texts FROM shared WHERE run_id = ?1");
    mxs_query_int(&query, 1, policies->survey->run.id);
    while (mxs_query_next(&query)) {
        struct mxs_text texts[MXS_SHARED_TEXTS];
        size_t size, packed_size;
        const char *name = mxs_query_column_text(&query, 0, &size), *packed = mxs_query_column_blob(&query, 5, &packed_size);
        int64_t ask = mxs_query_column_int(&query, 2), outcome = mxs_query_column_int(&query, 3);
        if (size > MXS_NAME_TEXT_MAX || ask < 0 || mxs_checks_find_ask((uint8_t)ask) == NULL || outcome < 0 || outcome >= MXS_OUTCOME_COUNT)
            continue; /* asked again */
        uint32_t count = mxs_shared_unpack((struct mxs_text){packed, (uint32_t)packed_size}, texts);
        uint32_t id = mxs_shared_find(&policies->shared, (uint8_t)ask, (struct mxs_text){name, (uint32_t)size}, (uint16_t)mxs_query_column_int(&query, 1));
        if (id != 0)
            mxs_shared_put(&policies->shared, id, (enum mxs_outcome)outcome, (uint32_t)mxs_query_column_int(&query, 4), texts, count);
    }
    return mxs_query_finish(&query, detail);
}

/* --- life ------------------------------------------------------------------------------------------------------------ */

static enum mxs_err take_slots(struct policies *policies, struct mxs_detail *detail)
{
    policies->slot_count = policies->survey->settings->scheduler.concurrency / QUESTIONS_PER_SLOT;
    policies->slot_count = policies->slot_count < SLOTS_MIN ? SLOTS_MIN : policies->slot_count;
    policies->slots = calloc(policies->slot_count, sizeof *policies->slots);
    policies->ready = calloc(policies->slot_count, sizeof *policies->ready);
    policies->free = calloc(policies->slot_count, sizeof *policies->free);
    if (policies->slots == NULL || policies->ready == NULL || policies->free == NULL)
        return no_memory(detail);
    for (uint32_t i = 0; i < policies->slot_count; i++) {
        mxs_policy_slot_init(&policies->slots[i], i);
        policies->free[policies->free_count++] = i;
    }
    return MXS_OK;
}

static enum mxs_err init(struct policies *policies, struct mxs_survey *survey, bool hosts, bool again, struct mxs_detail *detail)
{
    int64_t last = survey->dictionary.hosts.keys.count;
    *policies = (struct policies){.survey = survey, .pass = again ? MXS_PASS_SETTLE : MXS_PASS_FIRST, .next_host = 1};
    mxs_shared_init(&policies->shared);
    mxs_out_attach(&policies->json, NULL);
    enum mxs_err err = mxs_evidence_create(&policies->evidence, detail);
    if (err == MXS_OK && !hosts)
        err = mxs_known_read_highest(survey->store, &last, detail);
    if (err != MXS_OK)
        return err;
    policies->last_subject = (uint32_t)last;
    policies->mx = calloc(hosts ? 1 : (size_t)last + 1, sizeof *policies->mx);
    policies->aliases = calloc(hosts ? (size_t)last + 1 : 1, sizeof *policies->aliases);
    policies->before = calloc((size_t)last + 1, sizeof *policies->before);
    policies->recent = calloc(RECENT, sizeof *policies->recent);
    policies->bytes = malloc(MXS_PACK_MAX);
    if (policies->mx == NULL || policies->aliases == NULL || policies->before == NULL || policies->recent == NULL || policies->bytes == NULL)
        return no_memory(detail);
    policies->context = (struct mxs_policy_context){
        .options = survey->settings->checks, .hosts = hosts, .evidence = policies->evidence, .suffixes = survey->suffixes,
        .exclude = survey->exclude, .shared = &policies->shared, .mx = policies->mx, .mx_count = hosts ? 0 : policies->last_subject + 1};
    mxs_arena_init(&policies->context.scratch, 64 * 1024, 0);
    return take_slots(policies, detail);
}

static void finish(struct policies *policies)
{
    for (uint32_t i = 0; policies->slots != NULL && i < policies->slot_count; i++)
        mxs_policy_slot_finish(&policies->slots[i]);
    mxs_arena_finish(&policies->context.scratch);
    mxs_shared_finish(&policies->shared);
    mxs_out_abandon(&policies->json);
    mxs_bits_finish(&policies->chosen);
    mxs_bits_finish(&policies->insecure);
    mxs_evidence_destroy(&policies->evidence);
    free(policies->mx);
    free(policies->aliases);
    free(policies->before);
    free(policies->recent);
    free(policies->slots);
    free(policies->ready);
    free(policies->free);
    free(policies->bytes);
}

static enum mxs_err ask(struct policies *policies, const char *stage, const char *stage_again, struct mxs_detail *detail)
{
    struct mxs_survey *survey = policies->survey;
    bool again = policies->pass != MXS_PASS_FIRST;
    uint32_t slow = survey->settings->scheduler.concurrency / SLOW_SHARE + 1;
    if (policies->total == 0)
        return MXS_OK;
    enum mxs_err err = read_shared(policies, detail);
    if (err == MXS_OK && !policies->context.hosts)
        err = mxs_pending_create(&policies->pending, survey->reader, survey->run.id, survey->run.seed + 7, &policies->chosen, again, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_stage_ask(survey, again ? stage_again : stage, policies->total, again ? slow : 0, next_question, put_answer, policies, detail);
    if (policies->pending != NULL)
        mxs_pending_destroy(&policies->pending);
    return err;
}

enum mxs_err mxs_stage_policies(struct mxs_survey *survey, bool again, struct mxs_detail *detail)
{
    struct policies policies;
    if (!mxs_checks_ask(survey->settings->checks, MXS_SUBJECT_DOMAIN))
        return MXS_OK;
    enum mxs_err err = init(&policies, survey, false, again, detail);
    if (err == MXS_OK)
        err = read_mx(&policies, detail);
    if (err == MXS_OK)
        err = read_before(&policies, detail);
    if (err == MXS_OK)
        err = read_rows(&policies, detail);
    if (err == MXS_OK)
        err = count_total(&policies, detail);
    if (err == MXS_OK)
        err = ask(&policies, "policies", "policies once more", detail);
    finish(&policies);
    return err;
}

/* --- MX hosts -------------------------------------------------------------------------------------------------------- */

/* Who has an address, where its name leads, and whether all of that was validated: an insecure address spoils a secure TLSA. */
static enum mxs_err read_hosts(struct policies *policies, struct mxs_detail *detail)
{
    struct mxs_survey *survey = policies->survey;
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true, hosts = (survey->settings->checks & MXS_CHECK_HOST) != 0;
    for (uint32_t host = 1; memory && !hosts && host <= policies->last_subject; host++)
        if (mxs_writer_host_is_wanted(survey->writer, host)) /* without the check host nobody knows which have an address */
            memory = mxs_bits_put(&policies->chosen, host);
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_HOSTS);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        if (row->type == 0 || row->subject > policies->last_subject)
            continue;
        if (row->alias != 0)
            policies->aliases[row->subject] = row->alias;
        if (row->outcome == MXS_ANSWERED && mxs_writer_host_is_wanted(survey->writer, row->subject))
            memory = mxs_bits_put(&policies->chosen, row->subject);
        if (memory && !row->authenticated)
            memory = mxs_bits_put(&policies->insecure, row->subject);
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? no_memory(detail) : err;
}

/* Leaves out who has a row; the second time, who has a settled one, or was asked twice. */
static enum mxs_err read_host_rows(struct policies *policies, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    mxs_journal_open(&journal, policies->survey->store, policies->survey->run.id, MXS_JOURNAL_TLSA);
    while ((row = mxs_journal_next(&journal)) != NULL)
        if (policies->pass == MXS_PASS_FIRST || row->pass != MXS_PASS_FIRST || mxs_outcome_settled((enum mxs_outcome)row->outcome))
            mxs_bits_take(&policies->chosen, row->subject);
    for (uint32_t host = 1; host <= policies->last_subject; host++)
        policies->total += is_chosen_host(policies, host);
    return mxs_journal_finish(&journal, detail);
}

enum mxs_err mxs_stage_tlsa(struct mxs_survey *survey, bool again, struct mxs_detail *detail)
{
    struct policies policies;
    if (!mxs_checks_ask(survey->settings->checks, MXS_SUBJECT_HOST))
        return MXS_OK;
    enum mxs_err err = init(&policies, survey, true, again, detail);
    if (err == MXS_OK)
        err = read_hosts(&policies, detail);
    if (err == MXS_OK)
        err = read_before(&policies, detail);
    if (err == MXS_OK)
        err = read_host_rows(&policies, detail);
    if (err == MXS_OK)
        err = ask(&policies, "TLSA", "TLSA once more", detail);
    finish(&policies);
    return err;
}
