/* Settle: one last slow pass. Asked once more are the names without a settled answer, and the losses: names whose
 * previous run had exchanges that are gone now, because a loss that is reported wrongly costs the most trust. Then a
 * small sample of what is settled, which never becomes a fact: how often it agrees with itself is the run's own error bar. */
#include <stdlib.h>

#include "scanner/survey/stages.h"

#define SLOW_SHARE 8u     /* of the concurrency */
#define SLOW_FLOOR 64u
#define SAMPLE_LIMIT 16u
#define SAMPLE_MAX 1000u
#define SAMPLE_DIVISOR 100u

struct settle {
    struct mxs_survey *survey;
    struct mxs_bits settled, again, sample;
    uint32_t *previous; /* content of the previous run by domain id: MX set id, or ABSENT, or OUTCOME | outcome */
    uint32_t previous_size;
    uint64_t settled_count, again_count, sample_count;
    bool sampled; /* before the run was interrupted */
    mxs_pending *pending;
    uint8_t pass;
    struct mxs_bits host_settled[2], host_asked[2], host_had[2], host_nxdomain, registrable_asked;
    uint32_t next_host;
};

#define OUTCOME 0x80000000u
#define ABSENT 0xffffffffu

static enum mxs_err no_memory(struct mxs_detail *detail) { return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory"); }

static uint32_t content_of(struct mxs_query *query, int outcome, int set)
{
    if (!mxs_query_is_null(query, set))
        return (uint32_t)mxs_query_column_int(query, set);
    return OUTCOME | (uint32_t)mxs_query_column_int(query, outcome);
}

static enum mxs_err read_previous(struct settle *settle, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settle->survey;
    int64_t last = 0;
    if (survey->run.previous == 0)
        return MXS_OK;
    enum mxs_err err = mxs_query_one_int(survey->store, "SELECT max(id) FROM domain", 0, &last, detail);
    if (err != MXS_OK)
        return err;
    settle->previous = malloc(((size_t)last + 1) * sizeof *settle->previous);
    if (settle->previous == NULL)
        return no_memory(detail);
    memset(settle->previous, 0xff, ((size_t)last + 1) * sizeof *settle->previous);
    settle->previous_size = (uint32_t)last + 1;
    struct mxs_query query;
    mxs_query_open(&query, survey->store,
                   "SELECT domain_id, outcome, mx_set_id FROM domain_span WHERE list_id = ?1 AND last_run IS NULL");
    mxs_query_int(&query, 1, survey->run.list_id);
    while (mxs_query_next(&query))
        settle->previous[mxs_query_column_int(&query, 0)] = content_of(&query, 1, 2);
    return mxs_query_finish(&query, detail);
}

static bool has_member(const struct mxs_dictionary *dictionary, uint32_t set, struct mxs_mx_member wanted)
{
    for (uint32_t i = 0; i < mxs_dictionary_mx_count(dictionary, set); i++) {
        struct mxs_mx_member member = mxs_dictionary_mx_member(dictionary, set, i);
        if (member.host == wanted.host && member.preference == wanted.preference)
            return true;
    }
    return false;
}

/* Something the previous run had is not there any more: an exchange, its preference, or the name's mail at all. */
static bool is_loss(const struct settle *settle, uint32_t id, uint32_t now)
{
    const struct mxs_dictionary *dictionary = &settle->survey->dictionary;
    if (id >= settle->previous_size || settle->previous[id] == ABSENT || settle->previous[id] == now)
        return false;
    uint32_t before = settle->previous[id];
    if (before & OUTCOME)
        return before == (OUTCOME | MXS_NODATA) && now == (OUTCOME | MXS_NXDOMAIN);
    if (now & OUTCOME)
        return true;
    for (uint32_t i = 0; i < mxs_dictionary_mx_count(dictionary, before); i++) {
        if (!has_member(dictionary, now, mxs_dictionary_mx_member(dictionary, before, i)))
            return true;
    }
    return false;
}

static uint32_t content_of_row(const struct mxs_journal_row *row) { return row->set != 0 ? row->set : OUTCOME | row->outcome; }

static enum mxs_err read_answers(struct settle *settle, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    mxs_journal_open(&journal, settle->survey->store, settle->survey->run.id, MXS_JOURNAL_DOMAINS);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        settle->sampled |= row->pass == MXS_PASS_SAMPLE;
        if (row->pass == MXS_PASS_SAMPLE || !mxs_outcome_settled((enum mxs_outcome)row->outcome))
            continue;
        settle->settled_count += !mxs_bits_has(&settle->settled, row->subject);
        memory = mxs_bits_put(&settle->settled, row->subject);
        if (row->pass == MXS_PASS_SETTLE) {
            mxs_bits_take(&settle->again, row->subject); /* confirmed before the run was interrupted */
        } else if (memory && is_loss(settle, row->subject, content_of_row(row))) {
            memory = mxs_bits_put(&settle->again, row->subject);
        }
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? no_memory(detail) : err;
}

/* Adds the members of the run that are not settled, and draws the sample from the others: each with the same chance. */
static enum mxs_err choose(struct settle *settle, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settle->survey;
    struct mxs_query query;
    uint64_t wanted = settle->settled_count / SAMPLE_DIVISOR < SAMPLE_MAX ? settle->settled_count / SAMPLE_DIVISOR : SAMPLE_MAX;
    wanted = settle->sampled ? 0 : wanted;
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
                settle->again_count++;
                memory = mxs_bits_put(&settle->again, id);
            } else if (left > 0 && mxs_mix_next(&mix) % left-- < wanted - settle->sample_count) {
                settle->sample_count++;
                memory = mxs_bits_put(&settle->sample, id);
            }
        }
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? no_memory(detail) : err;
}

static enum mxs_err next_domain(void *arg, struct mxs_question *out)
{
    struct settle *settle = arg;
    *out = (struct mxs_question){.type = MXS_TYPE_MX};
    return mxs_pending_next(settle->pending, &out->subject, &out->name, settle->survey->detail);
}

static enum mxs_err put_domain(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    struct settle *settle = arg;
    mxs_writer_put_domain(settle->survey->writer, question, answer, measurement, settle->pass);
    return mxs_stage_stored(settle->survey, answer->outcome);
}

static uint32_t slow_limit(const struct mxs_survey *survey)
{
    uint32_t share = survey->settings->scheduler.concurrency / SLOW_SHARE;
    uint32_t limit = share > SLOW_FLOOR ? share : SLOW_FLOOR;
    return limit < survey->settings->scheduler.concurrency ? limit : survey->settings->scheduler.concurrency;
}

static enum mxs_err ask_chosen(struct settle *settle, const char *name, const struct mxs_bits *chosen, uint64_t count,
                               uint32_t limit, uint8_t pass, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settle->survey;
    if (count == 0)
        return MXS_OK;
    settle->pass = pass;
    enum mxs_err err = mxs_pending_create(&settle->pending, survey->reader, survey->run.id, survey->run.seed + pass, chosen,
                                          true, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_stage_ask(survey, name, count, limit, next_domain, put_domain, settle, detail);
    mxs_pending_destroy(&settle->pending);
    return err;
}

/* --- exchanges ----------------------------------------------------------------------------------------------------- */

static enum mxs_err read_host_answers(struct settle *settle, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settle->survey;
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_HOSTS);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        enum mxs_outcome outcome = (enum mxs_outcome)row->outcome;
        if (row->type == 0) {
            memory = mxs_bits_put(&settle->registrable_asked, row->subject);
            continue;
        }
        int family = row->type == MXS_TYPE_AAAA;
        memory = mxs_bits_put(&settle->host_asked[family], row->subject);
        if (memory && mxs_outcome_settled(outcome))
            memory = mxs_bits_put(&settle->host_settled[family], row->subject);
        if (memory && family == 0 && outcome == MXS_NXDOMAIN)
            memory = mxs_bits_put(&settle->host_nxdomain, row->subject);
        if (memory && (outcome == MXS_ANSWERED || row->pass == MXS_PASS_SETTLE))
            memory = mxs_bits_put(&settle->host_had[family], row->subject); /* not lost, or its loss is confirmed */
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? no_memory(detail) : err;
}

/* An exchange whose addresses of the previous run are gone is asked again, like a domain's loss: its settled bit is
 * what the source looks at. */
static enum mxs_err forget_lost_hosts(struct settle *settle, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settle->survey;
    struct mxs_query query;
    mxs_query_open(&query, survey->store,
                   "SELECT host_id, a_set_id, aaaa_set_id FROM host_span WHERE list_id = ?1 AND last_run IS NULL");
    mxs_query_int(&query, 1, survey->run.list_id);
    while (survey->run.previous != 0 && mxs_query_next(&query)) {
        uint32_t host = (uint32_t)mxs_query_column_int(&query, 0);
        for (int family = 0; family < 2; family++) {
            struct mxs_bits *settled = &settle->host_settled[family];
            if (!mxs_query_is_null(&query, 1 + family) && mxs_bits_has(settled, host) &&
                !mxs_bits_has(&settle->host_had[family], host))
                mxs_bits_take(settled, host);
        }
    }
    return mxs_query_finish(&query, detail);
}

/* Three questions per host: A again, AAAA again, and for a host that does not exist its registrable domain: a dangling
 * exchange can be taken over only when that is free. */
static bool host_question(const struct settle *settle, uint32_t host, uint32_t which, struct mxs_question *out)
{
    struct mxs_text name = mxs_dictionary_host_name(&settle->survey->dictionary, host);
    *out = (struct mxs_question){.name = name, .subject = host, .kind = (uint8_t)which};
    if (which < 2) {
        out->type = which == 0 ? MXS_TYPE_A : MXS_TYPE_AAAA;
        return mxs_bits_has(&settle->host_asked[which], host) && !mxs_bits_has(&settle->host_settled[which], host);
    }
    out->type = MXS_TYPE_A;
    out->name = mxs_domain_registrable(settle->survey->suffixes, name);
    return mxs_bits_has(&settle->host_nxdomain, host) && !mxs_bits_has(&settle->registrable_asked, host) &&
           mxs_writer_host_is_wanted(settle->survey->writer, host) &&
           (settle->survey->exclude == NULL || !mxs_exclude_holds(settle->survey->exclude, out->name));
}

static enum mxs_err next_host(void *arg, struct mxs_question *out)
{
    struct settle *settle = arg;
    uint32_t last = settle->survey->dictionary.hosts.keys.count;
    for (; settle->next_host / 3 <= last; settle->next_host++) {
        if (host_question(settle, settle->next_host / 3, settle->next_host % 3, out)) {
            settle->next_host++;
            return MXS_OK;
        }
    }
    return MXS_ERR_END;
}

static enum mxs_err put_host(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                             const struct mxs_measurement *measurement)
{
    struct settle *settle = arg;
    mxs_writer_put_host(settle->survey->writer, question, question->kind == 2 ? 0 : question->type, answer, measurement,
                        MXS_PASS_SETTLE);
    return mxs_stage_stored(settle->survey, answer->outcome);
}

static enum mxs_err settle_hosts(struct settle *settle, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settle->survey;
    enum mxs_err err = mxs_stage_hosts(survey, detail); /* those that the settled names brought */
    if (err == MXS_OK)
        err = read_host_answers(settle, detail);
    if (err == MXS_OK)
        err = forget_lost_hosts(settle, detail);
    if (err != MXS_OK)
        return err;
    uint64_t total = 0;
    struct mxs_question question;
    for (uint32_t at = 3; at / 3 <= survey->dictionary.hosts.keys.count; at++)
        total += host_question(settle, at / 3, at % 3, &question);
    if (total == 0)
        return MXS_OK;
    settle->next_host = 3;
    return mxs_stage_ask(survey, "exchanges once more", total, slow_limit(survey), next_host, put_host, settle, detail);
}

static void finish(struct settle *settle)
{
    struct mxs_bits *const all[] = {&settle->settled, &settle->again, &settle->sample, &settle->host_settled[0],
                                    &settle->host_settled[1], &settle->host_asked[0], &settle->host_asked[1],
                                    &settle->host_had[0], &settle->host_had[1], &settle->host_nxdomain,
                                    &settle->registrable_asked};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        mxs_bits_finish(all[i]);
    free(settle->previous);
}

enum mxs_err mxs_stage_settle(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct settle settle = {.survey = survey};
    enum mxs_err err = read_previous(&settle, detail);
    if (err == MXS_OK)
        err = read_answers(&settle, detail);
    if (err == MXS_OK)
        err = choose(&settle, detail);
    if (err == MXS_OK)
        err = ask_chosen(&settle, "once more", &settle.again, settle.again_count, slow_limit(survey), MXS_PASS_SETTLE, detail);
    if (err == MXS_OK)
        err = ask_chosen(&settle, "sample", &settle.sample, settle.sample_count, SAMPLE_LIMIT, MXS_PASS_SAMPLE, detail);
    if (err == MXS_OK)
        err = settle_hosts(&settle, detail);
    finish(&settle);
    return err;
}
