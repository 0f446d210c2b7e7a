/* Settle: one last pass, all at once. Asked once more are the names without a settled answer, one attempt each, and the
 * changes: names that say something else than they last said, because a change that is reported wrongly, and a loss
 * above all, costs the most trust. Both are asked elsewhere than the first time, if there is an elsewhere. Then a small
 * sample of what is settled, which never becomes a fact: how often it agrees with itself is the run's own error bar.
 *
 * Silent names have had their time more behind the queue (silent.c). They get a glance beside the first of
 * these, because a recursor goes on looking. */
#include "scanner/run/settle.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/vector.h"
#include "scanner/run/internal/known.h"
#include "scanner/run/internal/record_pool.h"

struct settle {
    struct mxs_survey *survey;
    struct mxs_bits settled, sample;
    struct mxs_bits unsettled, again; /* to be asked: the one and the other kind; again: changed */
    struct mxs_bits changed; /* a settled answer said so */
    struct mxs_bits others, met, differs; /* told an MX set that is none of a known pool; something known; several */
    struct mxs_bits once; /* not settled the second time either: that was enough */
    struct mxs_bits silent; /* no answer at all the last time, which was a while ago */
    struct mxs_tried tried;
    uint32_t *previous; /* last settled content by domain id: MX set id, or ABSENT, or OUTCOME | outcome */
    uint32_t *claimed;  /* what the last settled answer said; as large */
    uint8_t *times;     /* how many there were */
    uint32_t previous_size;
    struct mxs_record_pools pools;
    uint64_t settled_count, unsettled_count, again_count, sample_count;
    bool sampled; /* before the run was interrupted */
    mxs_pending *pending;
    mxs_hosts *hosts; /* that the answers name, asked beside; NULL: nothing that is said now is a fact */
    uint64_t open;    /* domains on their way */
    uint8_t pass;
};

enum kind { KIND_DOMAIN, KIND_HOST };

#define GLANCE_AFTER_S 2 /* since it was asked: sooner its recursor hardly knows more */
#define OUTCOME 0x80000000u
#define ABSENT 0xffffffffu

/* --- shared with the MX hosts --- */

bool mxs_tried_put(struct mxs_tried *tried, const struct mxs_survey *survey, uint32_t subject, uint16_t resolver)
{
    if (mxs_pool_count(survey->pool) < 2)
        return true;
    if (!mxs_vector_reach(&tried->resolvers, &tried->count, subject, sizeof *tried->resolvers))
        return false;
    tried->resolvers[subject][1] = tried->resolvers[subject][0];
    tried->resolvers[subject][0] = resolver;
    return true;
}

uint16_t mxs_tried_place(const struct mxs_survey *survey, uint16_t resolver)
{
    for (uint32_t i = 0; resolver != 0 && i < mxs_pool_count(survey->pool); i++)
        if (survey->resolver_ids[i] == resolver)
            return (uint16_t)(i + 1);
    return 0;
}

void mxs_tried_avoid(const struct mxs_tried *tried, const struct mxs_survey *survey, uint32_t subject,
                     uint16_t avoid[2])
{
    for (int at = 0; at < 2; at++)
        avoid[at] = mxs_tried_place(survey, subject < tried->count ? tried->resolvers[subject][at] : 0);
}

void mxs_tried_finish(struct mxs_tried *tried)
{
    free(tried->resolvers);
    *tried = (struct mxs_tried){0};
}

enum mxs_err mxs_settle_ask(struct mxs_survey *survey, const char *name, uint64_t total, uint32_t tries,
                            mxs_scheduler_source source, mxs_scheduler_sink sink, void *arg, struct mxs_detail *detail)
{
    mxs_scheduler_tries(survey->scheduler, tries);
    return mxs_stage_ask(survey, name, total, 0, source, sink, arg, detail);
}

static uint32_t content_of(struct mxs_query *query, int outcome, int set)
{
    if (!mxs_query_is_null(query, set))
        return (uint32_t)mxs_query_column_int(query, set);
    return OUTCOME | (uint32_t)mxs_query_column_int(query, outcome);
}

/* The last settled content of each domain: a night on which it could not be determined is no way around the second
 * asking. */
static enum mxs_err read_previous(struct settle *settle, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settle->survey;
    int64_t last = 0;
    if (survey->run.previous == 0)
        return MXS_OK;
    enum mxs_err err = mxs_known_read_highest(survey->store, &last, detail);
    if (err != MXS_OK)
        return err;
    settle->previous = malloc(((size_t)last + 1) * sizeof *settle->previous);
    settle->claimed = malloc(((size_t)last + 1) * sizeof *settle->claimed);
    settle->times = malloc((size_t)last + 1);
    if (settle->previous == NULL || settle->claimed == NULL || settle->times == NULL)
        return mxs_err_memory(detail, "asking again");
    err = mxs_record_pools_open(&settle->pools, &mxs_record_kind_mx, &survey->dictionary, survey->store,
                                survey->run.list_id, survey->run.id, survey->run.previous, detail);
    if (err != MXS_OK)
        return err;
    memset(settle->previous, 0xff, ((size_t)last + 1) * sizeof *settle->previous);
    settle->previous_size = (uint32_t)last + 1;
    struct mxs_query query;
    mxs_query_open(&query, survey->store,
                   "SELECT domain_id, outcome, mx_set_id FROM domain_history WHERE list_id = ?1 AND outcome <= 2"
                   " ORDER BY domain_id, first_run");
    mxs_query_int(&query, 1, survey->run.list_id);
    while (mxs_query_next(&query)) {
        int64_t id = mxs_query_column_int(&query, 0);
        if (id >= 0 && id <= last)
            settle->previous[id] = content_of(&query, 1, 2);
    }
    return mxs_query_finish(&query, detail);
}

static uint32_t content_of_row(const struct mxs_journal_row *row)
{
    return row->set != 0 ? row->set : OUTCOME | row->outcome;
}

static bool is_set(uint32_t content) { return (content & OUTCOME) == 0; }

/* Another MX set is asked for until it is clear whether it is a change or a part of a pool, and a known pool until all
 * of it is heard. What an earlier run could not tell the one from the other by is asked as often as may be. */
static bool is_asked_on(const struct settle *settle, uint32_t id)
{
    uint32_t times = settle->times[id], before = settle->previous[id];
    bool differs = mxs_bits_has(&settle->differs, id);
    if (times >= MXS_POOL_ATTEMPTS_MAX)
        return false;
    bool several = mxs_pool_count(settle->survey->pool) > 1; /* which of them says what, and always the same? */
    if (mxs_bits_has(&settle->others, id) &&
        (times < MXS_POOL_ATTEMPTS || (differs && several) ||
         (!mxs_bits_has(&settle->met, id) && (differs || mxs_record_pools_know(&settle->pools, id, 0)))))
        return true;
    if (!differs && mxs_record_pools_doubt(&settle->pools, id, before))
        return true;
    return (differs || times < MXS_POOL_ATTEMPTS) && mxs_record_pools_miss(&settle->pools, id, before);
}

/* An MX set beside the one of last time. */
static bool hear_set(struct settle *settle, uint32_t id, uint32_t before, uint32_t told, uint32_t now)
{
    const struct mxs_record_pools *pools = &settle->pools;
    bool met = mxs_record_pools_share(pools, before, now) || mxs_record_pools_meet(pools, id, now);
    mxs_record_pools_hear(&settle->pools, id, now);
    return (!is_set(told) || told == now || mxs_bits_put(&settle->differs, id)) &&
           (!met || mxs_bits_put(&settle->met, id)) &&
           (before == now || mxs_record_pools_hold(pools, id, now) || mxs_bits_put(&settle->others, id));
}

/* A settled answer. Of MX sets that differ several are heard; any other change that is said again in the same words is
 * confirmed, and a later answer that is none ends it. */
static bool take_content(struct settle *settle, uint32_t id, uint32_t now)
{
    uint32_t before = settle->previous[id], told = settle->claimed[id];
    bool change = before != ABSENT && before != now, changed = mxs_bits_has(&settle->changed, id),
         sets = is_set(before) && is_set(now) && (change || changed || mxs_record_pools_know(&settle->pools, id, 0));
    settle->claimed[id] = now;
    settle->times[id]++;
    if ((sets && !hear_set(settle, id, before, told, now)) || (change && !mxs_bits_put(&settle->changed, id)))
        return false;
    if (sets ? is_asked_on(settle, id)
             : change && !(changed && told == now) && settle->times[id] <= MXS_SETTLE_ANSWERS)
        return mxs_bits_put(&settle->again, id);
    mxs_bits_take(&settle->again, id);
    return true;
}

static bool take_answer(struct settle *settle, const struct mxs_journal_row *row, int64_t now_s)
{
    uint32_t id = row->subject;
    if (!mxs_outcome_settled((enum mxs_outcome)row->outcome)) {
        mxs_bits_take(&settle->again, id);
        mxs_bits_take(&settle->silent, id);
        if (row->outcome == MXS_TIMEOUT && now_s - (int64_t)row->asked_after_s >= GLANCE_AFTER_S &&
            !mxs_bits_put(&settle->silent, id))
            return false;
        return mxs_tried_put(&settle->tried, settle->survey, id, row->resolver) &&
               (row->pass != MXS_PASS_SETTLE || mxs_bits_put(&settle->once, id));
    }
    settle->settled_count += !mxs_bits_has(&settle->settled, id);
    if (!mxs_bits_put(&settle->settled, id) ||
        (id < settle->previous_size && !take_content(settle, id, content_of_row(row))))
        return false;
    return !mxs_bits_has(&settle->again, id) ||
           mxs_tried_put(&settle->tried, settle->survey, id, row->resolver);
}

static enum mxs_err read_answers(struct settle *settle, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    int64_t now_s = mxs_clock_steady_s() - settle->survey->run.started_at;
    mxs_journal_open(&journal, settle->survey->store, settle->survey->run.id, MXS_JOURNAL_DOMAINS);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        settle->sampled |= row->pass == MXS_PASS_SAMPLE;
        memory = row->pass == MXS_PASS_SAMPLE || take_answer(settle, row, now_s);
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "asking again") : err;
}

/* Adds the members of the run that are not settled, and draws the sample from the others: each with the same chance.
 * glance: also those that were silent when they were asked once more. */
static enum mxs_err choose(struct settle *settle, bool glance, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settle->survey;
    struct mxs_query query;
    uint64_t wanted = settle->sampled ? 0 : mxs_settle_sample(settle->settled_count);
    uint64_t mix = survey->run.seed ^ 0x5e771e, left = settle->settled_count;
    bool memory = true;
    mxs_query_open(&query, survey->store, "SELECT first_domain, last_domain FROM member WHERE run_id = ?1");
    mxs_query_int(&query, 1, survey->run.id);
    while (memory && mxs_query_next(&query)) {
        uint32_t last = (uint32_t)mxs_query_column_int(&query, 1);
        for (uint32_t id = (uint32_t)mxs_query_column_int(&query, 0); memory && id <= last; id++) {
            if (mxs_bits_has(&settle->again, id)) {
                settle->again_count++;
            } else if (!mxs_bits_has(&settle->settled, id)) {
                bool asked = mxs_bits_has(&settle->once, id) && !(glance && mxs_bits_has(&settle->silent, id));
                settle->unsettled_count += !asked;
                memory = asked || mxs_bits_put(&settle->unsettled, id);
            } else if (left > 0 && mxs_mix_next(&mix) % left-- < wanted - settle->sample_count) {
                settle->sample_count++;
                memory = mxs_bits_put(&settle->sample, id);
            }
        }
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "asking again") : err;
}

static bool next_host(struct settle *settle, struct mxs_question *out)
{
    if (settle->hosts == NULL || !mxs_hosts_next(settle->hosts, out))
        return false;
    out->kind = KIND_HOST;
    return true;
}

static enum mxs_err next_question(void *arg, struct mxs_question *out)
{
    struct settle *settle = arg;
    mxs_writer *writer = settle->survey->writer;
    if (next_host(settle, out))
        return MXS_OK;
    *out = (struct mxs_question){.type = MXS_TYPE_MX, .kind = KIND_DOMAIN};
    enum mxs_err err = mxs_pending_next(settle->pending, &out->subject, &out->name, settle->survey->detail);
    if (err == MXS_OK) {
        mxs_tried_avoid(&settle->tried, settle->survey, out->subject, out->avoid);
        if (settle->pass == MXS_PASS_SAMPLE ||
            (mxs_bits_has(&settle->once, out->subject) && !mxs_bits_has(&settle->again, out->subject)))
            out->tries = MXS_TRIES_GLANCE; /* what is lost on the way says nothing of how often answers agree */
        settle->open++;
    }
    if (err != MXS_ERR_END || settle->hosts == NULL || settle->open > 0)
        return err; /* those on their way may name more */
    mxs_writer_flush(writer);
    if (!mxs_writer_is_idle(writer))
        return MXS_ERR_FULL;
    return next_host(settle, out) ? MXS_OK : MXS_ERR_END;
}

static enum mxs_err put_answer(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    struct settle *settle = arg;
    if (question->kind == KIND_HOST)
        return mxs_hosts_put(settle->hosts, question, answer, measurement);
    mxs_writer_put_domain(settle->survey->writer, question, answer, measurement, settle->pass);
    if (--settle->open == 0 && settle->hosts != NULL) /* the writer wakes it for what is named meanwhile */
        mxs_scheduler_wake(settle->survey->scheduler);
    return mxs_stage_stored(settle->survey, answer->outcome);
}

static enum mxs_err ask_chosen(struct settle *settle, const char *name, const struct mxs_bits *chosen, uint64_t count,
                               uint32_t tries, uint8_t pass, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settle->survey;
    if (count == 0)
        return MXS_OK;
    settle->pass = pass;
    enum mxs_err err = mxs_pending_create(&settle->pending, survey->reader, survey->run.id, survey->run.seed + pass,
                                          chosen, true, detail);
    if (err != MXS_OK)
        return err;
    settle->open = 0;
    if (pass != MXS_PASS_SAMPLE)
        err = mxs_hosts_open(&settle->hosts, survey, detail);
    if (err == MXS_OK)
        err = mxs_settle_ask(survey, name, count, tries, next_question, put_answer, settle, detail);
    mxs_hosts_close(&settle->hosts);
    mxs_pending_destroy(&settle->pending);
    return err;
}

static void forget_answers(struct settle *settle)
{
    struct mxs_bits *const all[] = {&settle->settled, &settle->unsettled, &settle->again, &settle->sample,
                                    &settle->changed, &settle->once, &settle->silent,
                                    &settle->others, &settle->met, &settle->differs};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        mxs_bits_finish(all[i]);
    mxs_tried_finish(&settle->tried);
    mxs_record_pools_forget(&settle->pools);
    if (settle->previous_size > 0) {
        memset(settle->claimed, 0xff, settle->previous_size * sizeof *settle->claimed); /* ABSENT */
        memset(settle->times, 0, settle->previous_size);
    }
    settle->settled_count = settle->unsettled_count = settle->again_count = settle->sample_count = 0;
}

static enum mxs_err read_and_choose(struct settle *settle, bool glance, struct mxs_detail *detail)
{
    forget_answers(settle);
    enum mxs_err err = read_answers(settle, detail);
    return err == MXS_OK ? choose(settle, glance, detail) : err;
}

/* The names that are not settled and those that changed, until each has had its one time more. What a glance brings may
 * be a change, too. */
static enum mxs_err settle_domains(struct settle *settle, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (int round = 0; err == MXS_OK; round++) {
        err = read_and_choose(settle, round == 0, detail);
        if (err == MXS_OK &&
            (settle->unsettled_count + settle->again_count == 0 || round > MXS_POOL_ATTEMPTS_MAX))
            break;
        if (err == MXS_OK)
            err = ask_chosen(settle, "once more", &settle->unsettled, settle->unsettled_count, 1, MXS_PASS_SETTLE,
                             detail);
        if (err == MXS_OK)
            err = ask_chosen(settle, "changes", &settle->again, settle->again_count, 0, MXS_PASS_SETTLE, detail);
    }
    return err == MXS_OK
               ? ask_chosen(settle, "sample", &settle->sample, settle->sample_count, 1, MXS_PASS_SAMPLE, detail)
               : err;
}

/* What is known of a pool stays the fact where no answer of this run names it: its hosts are asked all the same. */
static void want_pools(const struct settle *settle)
{
    for (size_t i = 0; i < settle->pools.count; i++) {
        const struct mxs_pool_entry *entry = &settle->pools.entries[i];
        if (entry->subject < settle->previous_size && is_set(settle->claimed[entry->subject]))
            mxs_writer_want_host(settle->survey->writer, (uint32_t)entry->record, false);
    }
}

enum mxs_err mxs_stage_settle(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct settle settle = {.survey = survey};
    enum mxs_err err = read_previous(&settle, detail);
    if (err == MXS_OK)
        err = settle_domains(&settle, detail);
    if (err == MXS_OK)
        want_pools(&settle);
    forget_answers(&settle);
    free(settle.previous);
    free(settle.claimed);
    free(settle.times);
    enum mxs_err end = mxs_record_pools_finish(&settle.pools, err == MXS_OK ? detail : NULL);
    err = err == MXS_OK ? end : err;
    return err == MXS_OK ? mxs_settle_hosts(survey, detail) : err;
}
