/* A fixed number of subjects is at work; each holds its own answers until it is done and then becomes one row. The
 * source gives, in this order: open questions of subjects at work, answers that several wait for, new subjects. So what
 * was begun is ended before more is begun, and a shared answer is never held up behind new subjects. Who waits for a
 * slot is taken in no order: the youngest first, whose place in memory is warm.
 */
#include "scanner/run/internal/subjects.h"

#include <stdlib.h>

#include "model/name.h"
#include "scanner/checks/judge.h"
#include "scanner/checks/registry.h"
#include "scanner/checks/slot.h"
#include "scanner/run/internal/known.h"
#include "scanner/write/journal.h"

#define QUESTIONS_PER_SLOT 4u
#define SLOTS_MIN 16u
#define KIND_SHARED (MXS_SUBJECTS_KINDS - 1)
#define RECENT 65536u

_Static_assert(MXS_POLICY_QUESTIONS < KIND_SHARED, "a kind is the index of a slot's question");

struct stood {
    uint64_t digest;
    uint32_t policy;
};

struct waiting {
    struct mxs_text alias;
    uint32_t id;
    uint16_t name_size;
    bool host, secure;
    char name[MXS_NAME_TEXT_MAX];
};

/* What stands from the run before, and what was last settled, whatever stands; policy 0: nothing. */
struct before {
    struct stood standing, settled;
};

/* Of the one kind of subject and of the other. */
struct side {
    struct mxs_policy_context context;
    struct before *before; /* by id */
    uint32_t last;        /* id that has a place there */
};

struct mxs_subjects {
    struct mxs_survey *survey;
    struct side domains, hosts;
    struct mxs_shared shared;
    mxs_evidence *evidence;
    uint8_t pass;
    uint16_t prefer;             /* of each question */
    uint16_t *mx;                /* by domain id, as in the context */
    struct stood *recent;        /* by digest */
    uint32_t next_policy;
    struct mxs_policy_slot *slots;
    uint32_t slot_count;
    struct side **sides;          /* by slot */
    uint32_t *ready, ready_count; /* slots with questions that nobody has asked: a stack */
    uint32_t *free, free_count;   /* slots without a subject: a stack */
    struct waiting *waiting;
    uint32_t waiting_count, waiting_most;
    uint8_t *bytes;              /* MXS_PACK_MAX */
    mxs_out json;                /* scratch of telling */
    struct mxs_measurement measurement; /* of the newest answer */
};

/* --- a subject is done --- */

static uint32_t count_unsettled(const struct mxs_pack *pack)
{
    struct mxs_policy_entry entry;
    uint32_t count = 0;
    for (uint32_t at = 0; mxs_pack_next((struct mxs_bytes){pack->bytes, pack->size_bytes}, &at, &entry);)
        count += !mxs_outcome_settled(entry.outcome);
    return count;
}

/* The id of this content: what stood before, or was stored lately, or a new one. */
static uint32_t find_policy(mxs_subjects *subjects, const struct before *before, uint64_t digest, bool *fresh)
{
    struct stood *recent = &subjects->recent[digest % RECENT];
    *fresh = false;
    if (before != NULL && before->standing.policy != 0 && before->standing.digest == digest)
        return before->standing.policy;
    if (before != NULL && before->settled.policy != 0 && before->settled.digest == digest)
        return before->settled.policy;
    if (recent->policy != 0 && recent->digest == digest)
        return recent->policy;
    *fresh = true;
    *recent = (struct stood){digest, subjects->next_policy++};
    return recent->policy;
}

static uint32_t at_most(uint32_t value, uint32_t most) { return value < most ? value : most; }

static void put_row(mxs_subjects *subjects, const struct mxs_policy_slot *slot)
{
    static const uint64_t key[2] = {0x6d78737572766579, 0x706f6c6963696573};
    struct mxs_pack pack;
    struct mxs_policy_row row = {.policy = 0};
    struct side *side = subjects->sides[slot->self];
    bool hosts = side->context.hosts;
    uint32_t id = slot->subject.id;
    mxs_pack_init(&pack, subjects->bytes);
    mxs_policy_slot_pack(slot, &pack);
    row.digest = mxs_hash(key, pack.bytes, pack.size_bytes) >> 1;
    row.unsettled = count_unsettled(&pack);
    row.policy = find_policy(subjects, id <= side->last ? &side->before[id] : NULL, row.digest, &row.fresh);
    mxs_arena_reset(&side->context.scratch);
    struct mxs_bytes content = {pack.bytes, pack.size_bytes};
    bool fits = !row.fresh || mxs_policy_tell(content, hosts, &side->context.scratch, &subjects->json, &row);
    struct mxs_question question = {.name = slot->subject.name, .subject = id};
    struct mxs_answer answer = {.outcome = fits ? (enum mxs_outcome)slot->outcome : MXS_LIMIT};
    subjects->measurement.attempts = (uint8_t)at_most(slot->attempts, 255);
    mxs_writer_put_policy(subjects->survey->writer, hosts ? MXS_ROW_TLSA : MXS_ROW_POLICY, &question, &answer,
                          &subjects->measurement, &row, subjects->pass);
}

static void put_ready(mxs_subjects *subjects, struct mxs_policy_slot *slot)
{
    subjects->ready[subjects->ready_count++] = slot->self;
}

/* Goes on with a subject where nothing is open any more. */
static void go_on(mxs_subjects *subjects, struct mxs_policy_slot *slot)
{
    if (!mxs_policy_slot_is_idle(slot))
        return;
    if (!mxs_policy_slot_advance(slot, &subjects->sides[slot->self]->context)) {
        if (slot->next < slot->question_count)
            put_ready(subjects, slot);
        else if (slot->waiting == 0)
            go_on(subjects, slot); /* a step without questions */
        return;
    }
    put_row(subjects, slot);
    slot->subject.id = 0;
    subjects->free[subjects->free_count++] = slot->self;
    subjects->survey->progress.done++;
}

/* --- source --- */

static bool next_of_slots(mxs_subjects *subjects, struct mxs_question *out)
{
    uint32_t index;
    if (subjects->ready_count == 0)
        return false;
    struct mxs_policy_slot *slot = &subjects->slots[subjects->ready[subjects->ready_count - 1]];
    bool asked = mxs_policy_slot_next(slot, out, &index);
    MXS_ASSERT(asked);
    out->kind = (uint8_t)index;
    out->subject = slot->self;
    if (slot->next == slot->question_count)
        subjects->ready_count--;
    return true;
}

static bool next_shared(mxs_subjects *subjects, struct mxs_question *out)
{
    uint32_t id = mxs_shared_next(&subjects->shared);
    if (id == 0)
        return false;
    *out = (struct mxs_question){.kind = KIND_SHARED, .subject = id};
    uint8_t ask;
    out->name = mxs_shared_name(&subjects->shared, id, &ask, &out->type);
    return true;
}

static void begin_waiting(mxs_subjects *subjects)
{
    const struct waiting *waiting = &subjects->waiting[--subjects->waiting_count];
    struct mxs_policy_slot *slot = &subjects->slots[subjects->free[--subjects->free_count]];
    struct mxs_policy_subject subject = {.id = waiting->id,
                                         .name = {waiting->name, waiting->name_size},
                                         .alias = waiting->alias,
                                         .secure = waiting->secure};
    struct side *side = subjects->sides[slot->self] = waiting->host ? &subjects->hosts : &subjects->domains;
    mxs_policy_slot_begin(slot, &side->context, &subject);
    if (slot->question_count > 0)
        put_ready(subjects, slot);
    else
        go_on(subjects, slot);
}

bool mxs_subjects_next(mxs_subjects *subjects, struct mxs_question *out)
{
    while (!next_of_slots(subjects, out) && !next_shared(subjects, out)) {
        if (subjects->waiting_count == 0 || subjects->free_count == 0)
            return false;
        begin_waiting(subjects);
    }
    out->prefer = subjects->prefer;
    return true;
}

void mxs_subjects_confirm(mxs_subjects *subjects, uint32_t resolver)
{
    subjects->pass = MXS_PASS_CONFIRM;
    subjects->prefer = (uint16_t)(resolver + 1);
    mxs_shared_finish(&subjects->shared);
    mxs_shared_init(&subjects->shared);
}

bool mxs_subjects_is_full(const mxs_subjects *subjects) { return subjects->waiting_count >= subjects->slot_count; }

bool mxs_subjects_is_idle(const mxs_subjects *subjects)
{
    return subjects->waiting_count == 0 && subjects->free_count == subjects->slot_count;
}

static struct waiting *wait_for_slot(mxs_subjects *subjects, uint32_t id, struct mxs_text name)
{
    MXS_ASSERT(subjects->waiting_count < subjects->waiting_most && name.size_bytes <= MXS_NAME_TEXT_MAX);
    struct waiting *waiting = &subjects->waiting[subjects->waiting_count++];
    waiting->id = id;
    waiting->name_size = (uint16_t)name.size_bytes;
    memcpy(waiting->name, name.data, name.size_bytes);
    return waiting;
}

void mxs_subjects_put_mx(mxs_subjects *subjects, uint32_t domain, enum mxs_outcome outcome, uint32_t count)
{
    if (domain <= subjects->domains.last)
        subjects->mx[domain] = (uint16_t)((uint32_t)outcome << 12 | at_most(count, 4095));
}

void mxs_subjects_put_domain(mxs_subjects *subjects, uint32_t domain, struct mxs_text name)
{
    struct waiting *waiting = wait_for_slot(subjects, domain, name);
    waiting->alias = (struct mxs_text){NULL, 0};
    waiting->host = waiting->secure = false;
}

void mxs_subjects_put_host(mxs_subjects *subjects, uint32_t host, struct mxs_text name, struct mxs_text alias,
                           bool secure)
{
    struct waiting *waiting = wait_for_slot(subjects, host, name);
    waiting->alias = alias;
    waiting->host = true;
    waiting->secure = secure;
}

uint32_t mxs_subjects_before(const mxs_subjects *subjects, enum mxs_subject kind, uint32_t id)
{
    const struct side *side = kind == MXS_SUBJECT_HOST ? &subjects->hosts : &subjects->domains;
    return id <= side->last ? side->before[id].settled.policy : 0;
}

/* --- sink --- */

static void put_shared(mxs_subjects *subjects, const struct mxs_question *question, const struct mxs_answer *answer,
                       const struct mxs_measurement *measurement)
{
    struct mxs_policy_row row = {.policy = 0};
    struct mxs_policy_entry entry;
    uint16_t type;
    (void)mxs_shared_name(&subjects->shared, question->subject, &row.ask, &type);
    enum mxs_outcome outcome = mxs_policy_slot_keep(&subjects->domains.context, row.ask, answer, &entry);
    mxs_shared_put(&subjects->shared, question->subject, outcome, answer->record_count, entry.texts, entry.text_count);
    if (mxs_outcome_settled(outcome) && subjects->pass != MXS_PASS_CONFIRM) {
        struct mxs_text packed = mxs_shared_pack(mxs_shared_at(&subjects->shared, question->subject));
        row.content = (struct mxs_bytes){(const uint8_t *)packed.data, packed.size_bytes};
        mxs_writer_put_policy(subjects->survey->writer, MXS_ROW_SHARED, question, answer, measurement, &row,
                              subjects->pass);
    }
    uint32_t who;
    while (mxs_shared_take(&subjects->shared, question->subject, &who)) {
        subjects->slots[who].waiting--;
        go_on(subjects, &subjects->slots[who]);
    }
}

enum mxs_err mxs_subjects_put(mxs_subjects *subjects, const struct mxs_question *question,
                              const struct mxs_answer *answer, const struct mxs_measurement *measurement)
{
    struct mxs_survey *survey = subjects->survey;
    subjects->measurement = *measurement;
    if (question->kind == KIND_SHARED) {
        put_shared(subjects, question, answer, measurement);
    } else {
        struct mxs_policy_slot *slot = &subjects->slots[question->subject];
        mxs_policy_slot_put(slot, &subjects->sides[slot->self]->context, question->kind, answer, measurement->attempts);
        go_on(subjects, slot);
    }
    survey->progress.outcomes[answer->outcome]++;
    enum mxs_err err = mxs_writer_error(survey->writer, survey->detail);
    if (err != MXS_OK)
        return survey->stage_err = err;
    mxs_scheduler_wake(survey->scheduler); /* a subject may have come to an end, or to more questions */
    return mxs_writer_has_room(survey->writer) ? MXS_OK : MXS_ERR_FULL;
}

/* --- what is there already --- */

static enum mxs_err read_before(mxs_subjects *subjects, struct side *side, struct mxs_detail *detail)
{
    struct mxs_survey *survey = subjects->survey;
    struct mxs_query query;
    mxs_query_open(
        &query, survey->store,
        side->context.hosts
            ? "SELECT s.host_id, p.digest, p.id, s.last_run, p.unsettled FROM host_policy_history s CROSS JOIN policy p"
              " ON p.id = s.policy_id WHERE s.list_id = ?1 ORDER BY s.host_id, s.first_run"
            : "SELECT s.domain_id, p.digest, p.id, s.last_run, p.unsettled FROM policy_history s CROSS JOIN policy p"
              " ON p.id = s.policy_id WHERE s.list_id = ?1 ORDER BY s.domain_id, s.first_run");
    mxs_query_int(&query, 1, survey->run.list_id);
    while (mxs_query_next(&query)) {
        int64_t subject = mxs_query_column_int(&query, 0);
        if (subject < 0 || subject > side->last)
            continue;
        struct before *before = &side->before[subject];
        struct stood stood = {(uint64_t)mxs_query_column_int(&query, 1), (uint32_t)mxs_query_column_int(&query, 2)};
        if (mxs_query_is_null(&query, 3))
            before->standing = stood;
        if (mxs_query_column_int(&query, 4) == 0)
            before->settled = stood;
    }
    return mxs_query_finish(&query, detail);
}

/* New contents are numbered from the last one on. */
static enum mxs_err read_next_policy(mxs_subjects *subjects, struct mxs_detail *detail)
{
    int64_t highest = 0;
    enum mxs_err err = mxs_query_one_int(subjects->survey->store, "SELECT max(id) FROM policy", 0, &highest, detail);
    subjects->next_policy = (uint32_t)highest + 1;
    return err;
}

/* The shared answers that this run has. */
static enum mxs_err read_shared(mxs_subjects *subjects, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, subjects->survey->store,
                   "SELECT name, type, ask, outcome, records, texts FROM shared WHERE run_id = ?1");
    mxs_query_int(&query, 1, subjects->survey->run.id);
    while (mxs_query_next(&query)) {
        struct mxs_text texts[MXS_SHARED_TEXTS];
        size_t size, packed_size;
        const char *name = mxs_query_column_text(&query, 0, &size),
                   *packed = mxs_query_column_blob(&query, 5, &packed_size);
        int64_t ask = mxs_query_column_int(&query, 2), outcome = mxs_query_column_int(&query, 3);
        if (size > MXS_NAME_TEXT_MAX || ask < 0 || mxs_checks_find_ask((uint8_t)ask) == NULL || outcome < 0 ||
            outcome >= MXS_OUTCOME_COUNT)
            continue; /* asked again */
        uint32_t count = mxs_shared_unpack((struct mxs_text){packed, (uint32_t)packed_size}, texts);
        uint32_t id = mxs_shared_find(&subjects->shared, (uint8_t)ask, (struct mxs_text){name, (uint32_t)size},
                                      (uint16_t)mxs_query_column_int(&query, 1));
        if (id != 0)
            mxs_shared_put(&subjects->shared, id, (enum mxs_outcome)outcome, (uint32_t)mxs_query_column_int(&query, 4),
                           texts, count);
    }
    return mxs_query_finish(&query, detail);
}

/* --- life --- */

static enum mxs_err take_slots(mxs_subjects *subjects, struct mxs_detail *detail)
{
    subjects->slot_count = subjects->survey->settings->scheduler.concurrency / QUESTIONS_PER_SLOT;
    subjects->slot_count = subjects->slot_count < SLOTS_MIN ? SLOTS_MIN : subjects->slot_count;
    subjects->slots = calloc(subjects->slot_count, sizeof *subjects->slots);
    subjects->ready = calloc(subjects->slot_count, sizeof *subjects->ready);
    subjects->free = calloc(subjects->slot_count, sizeof *subjects->free);
    subjects->sides = calloc(subjects->slot_count, sizeof *subjects->sides);
    /* Those that were put before it was full, and one of each question that the scheduler had taken by then: where all
     * names get SERVFAIL these are several times what is in flight, and end together. */
    subjects->waiting_most = subjects->slot_count + mxs_scheduler_capacity(subjects->survey->scheduler);
    subjects->waiting = malloc(subjects->waiting_most * sizeof *subjects->waiting);
    if (subjects->slots == NULL || subjects->ready == NULL || subjects->free == NULL || subjects->sides == NULL ||
        subjects->waiting == NULL)
        return mxs_err_memory(detail, "asking");
    for (uint32_t i = 0; i < subjects->slot_count; i++) {
        mxs_policy_slot_init(&subjects->slots[i], i);
        subjects->free[subjects->free_count++] = i;
    }
    return MXS_OK;
}

static enum mxs_err open_side(mxs_subjects *subjects, struct side *side, bool hosts, uint32_t last,
                              struct mxs_detail *detail)
{
    struct mxs_survey *survey = subjects->survey;
    side->last = last;
    side->before = calloc((size_t)last + 1, sizeof *side->before);
    side->context = (struct mxs_policy_context){.options = survey->settings->checks,
                                                .hosts = hosts,
                                                .evidence = subjects->evidence,
                                                .suffixes = survey->suffixes,
                                                .exclude = survey->exclude,
                                                .shared = &subjects->shared,
                                                .mx = subjects->mx,
                                                .mx_count = hosts ? 0 : last + 1};
    mxs_arena_init(&side->context.scratch, 64 * 1024, 0);
    return side->before == NULL ? mxs_err_memory(detail, "asking") : read_before(subjects, side, detail);
}

static enum mxs_err open_subjects(mxs_subjects *subjects, struct mxs_detail *detail)
{
    struct mxs_survey *survey = subjects->survey;
    int64_t last = 0;
    enum mxs_err err = mxs_evidence_create(&subjects->evidence, detail);
    if (err == MXS_OK)
        err = mxs_known_read_highest(survey->store, &last, detail);
    if (err != MXS_OK)
        return err;
    subjects->mx = calloc((size_t)last + 1, sizeof *subjects->mx);
    subjects->recent = calloc(RECENT, sizeof *subjects->recent);
    subjects->bytes = malloc(MXS_PACK_MAX);
    if (subjects->mx == NULL || subjects->recent == NULL || subjects->bytes == NULL)
        return mxs_err_memory(detail, "asking");
    err = open_side(subjects, &subjects->domains, false, (uint32_t)last, detail);
    if (err == MXS_OK)
        err = open_side(subjects, &subjects->hosts, true, survey->dictionary.hosts.keys.count, detail);
    if (err == MXS_OK)
        err = read_next_policy(subjects, detail);
    if (err == MXS_OK)
        err = read_shared(subjects, detail);
    return err == MXS_OK ? take_slots(subjects, detail) : err;
}

enum mxs_err mxs_subjects_create(mxs_subjects **out, struct mxs_survey *survey, uint8_t pass, struct mxs_detail *detail)
{
    unsigned checks = survey->settings->checks;
    *out = NULL;
    if (!mxs_checks_ask(checks, MXS_SUBJECT_DOMAIN) && !mxs_checks_ask(checks, MXS_SUBJECT_HOST))
        return MXS_OK;
    mxs_subjects *subjects = calloc(1, sizeof *subjects);
    if (subjects == NULL)
        return mxs_err_memory(detail, "asking");
    subjects->survey = survey;
    subjects->pass = pass;
    mxs_shared_init(&subjects->shared);
    mxs_out_attach(&subjects->json, NULL);
    enum mxs_err err = open_subjects(subjects, detail);
    if (err == MXS_OK)
        *out = subjects;
    else
        mxs_subjects_destroy(&subjects);
    return err;
}

static void close_side(struct side *side)
{
    mxs_arena_finish(&side->context.scratch);
    free(side->before);
}

void mxs_subjects_destroy(mxs_subjects **ending)
{
    mxs_subjects *subjects = *ending;
    *ending = NULL;
    if (subjects == NULL)
        return;
    for (uint32_t i = 0; subjects->slots != NULL && i < subjects->slot_count; i++)
        mxs_policy_slot_finish(&subjects->slots[i]);
    close_side(&subjects->domains);
    close_side(&subjects->hosts);
    mxs_shared_finish(&subjects->shared);
    mxs_out_abandon(&subjects->json);
    mxs_evidence_destroy(&subjects->evidence);
    void *const blocks[] = {subjects->mx,   subjects->recent,  subjects->slots, subjects->sides, subjects->ready,
                            subjects->free, subjects->waiting, subjects->bytes, subjects};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
}
