/* Asking: what the stages that send share, and the two that ask for the first time. A stage is a source of questions, a sink
 * that stores answers, and the loop running until the scheduler is idle. Domains come from the database in the seed's order;
 * MX hosts from the dictionary in the order of first sight, which is the same order once removed. */
#include <stdlib.h>

#include "scanner/run/internal/stages.h"

#define DRAIN_MS 3000

static void on_idle(void *arg, enum mxs_err err)
{
    struct mxs_survey *survey = arg;
    survey->stage_over = true;
    if (survey->stage_err == MXS_OK)
        survey->stage_err = err;
}

struct relay {
    struct mxs_survey *survey;
    mxs_scheduler_source source;
    mxs_scheduler_sink sink;
    void *arg;
};

static enum mxs_err relay_source(void *arg, struct mxs_question *out)
{
    struct relay *relay = arg;
    if (!mxs_writer_has_room(relay->survey->writer))
        return MXS_ERR_FULL;
    enum mxs_err err = relay->source(relay->arg, out);
    if (err != MXS_OK && err != MXS_ERR_END && err != MXS_ERR_FULL)
        relay->survey->stage_err = err; /* detail is set by the source */
    return err == MXS_OK || err == MXS_ERR_FULL ? err : MXS_ERR_END;
}

static enum mxs_err relay_sink(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    struct relay *relay = arg;
    return relay->sink(relay->arg, question, answer, measurement);
}

static void relay_idle(void *arg, enum mxs_err err) { on_idle(((struct relay *)arg)->survey, err); }

enum mxs_err mxs_stage_ask(struct mxs_survey *survey, const char *name, uint64_t total, uint32_t limit,
                           mxs_scheduler_source source, mxs_scheduler_sink sink, void *arg, struct mxs_detail *detail)
{
    struct relay relay = {survey, source, sink, arg};
    if (survey->stops > 0)
        return mxs_err_set(detail, MXS_ERR_STOPPED, "stopped");
    mxs_progress_stage(survey, name, total);
    survey->stage_over = false;
    survey->stage_err = MXS_OK;
    mxs_stall_begin(&survey->progress.stall);
    mxs_scheduler_start(survey->scheduler, limit, relay_source, relay_sink, relay_idle, &relay);
    while (!survey->stage_over && survey->stage_err == MXS_OK)
        uv_run(&survey->loop, UV_RUN_ONCE);
    if (!survey->stage_over) { /* a failure of ours: end what is in flight */
        mxs_scheduler_stop(survey->scheduler, 0);
        while (!survey->stage_over)
            uv_run(&survey->loop, UV_RUN_ONCE);
    }
    mxs_stall_end(&survey->progress.stall);
    enum mxs_err err = survey->stage_err;
    if (err == MXS_ERR_STOPPED || survey->stops > 0)
        mxs_err_set(detail, err = MXS_ERR_STOPPED, survey->stops > 0 ? "stopped" : "no resolver answers any more");
    struct mxs_detail later;
    enum mxs_err end = mxs_stage_sync(survey, err == MXS_OK ? detail : &later);
    return err == MXS_OK ? end : err;
}

enum mxs_err mxs_stage_sync(struct mxs_survey *survey, struct mxs_detail *detail)
{
    mxs_writer_flush(survey->writer);
    while (!mxs_writer_is_idle(survey->writer))
        uv_run(&survey->loop, UV_RUN_ONCE); /* woken by the writer, the progress line, or a signal */
    return mxs_writer_sync(survey->writer, detail);
}

enum mxs_err mxs_stage_stored(struct mxs_survey *survey, enum mxs_outcome outcome)
{
    survey->progress.done++;
    survey->progress.outcomes[outcome]++;
    enum mxs_err err = mxs_writer_error(survey->writer, survey->detail);
    if (err != MXS_OK)
        return survey->stage_err = err;
    return mxs_writer_has_room(survey->writer) ? MXS_OK : MXS_ERR_FULL;
}

uint8_t mxs_stage_pass(const struct mxs_answer *answer, const struct mxs_measurement *measurement)
{
    return measurement->rechecked && !mxs_outcome_settled(answer->outcome) ? MXS_PASS_SETTLE : MXS_PASS_FIRST;
}

enum mxs_err mxs_stage_breathe(struct mxs_survey *survey, struct mxs_detail *detail)
{
    uv_run(&survey->loop, UV_RUN_NOWAIT);
    if (survey->stops > 0)
        return mxs_err_set(detail, MXS_ERR_STOPPED, "stopped");
    return survey->writer != NULL ? mxs_writer_error(survey->writer, detail) : MXS_OK; /* NULL: a run is being taken up */
}

/* --- MX hosts -------------------------------------------------------------------------------------------------- */

struct hosts {
    struct mxs_survey *survey;
    struct mxs_bits answered[2]; /* A, AAAA */
    struct mxs_bits implicit;    /* with the check mx alone only these are asked */
    uint32_t next;               /* host id * 2 + family */
};

static const uint16_t family_type[2] = {MXS_TYPE_A, MXS_TYPE_AAAA};

static enum mxs_err read_host_journal(struct hosts *hosts, struct mxs_detail *detail)
{
    struct mxs_survey *survey = hosts->survey;
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_HOSTS);
    while (memory && (row = mxs_journal_next(&journal)) != NULL)
        memory = row->type == 0 || mxs_bits_put(&hosts->answered[row->type == MXS_TYPE_AAAA], row->subject);
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    if (err != MXS_OK)
        return err;
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_DOMAINS);
    while (memory && (row = mxs_journal_next(&journal)) != NULL)
        memory = row->implicit_host == 0 || mxs_bits_put(&hosts->implicit, row->implicit_host);
    err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory") : err;
}

/* Whether this run has to ask for the addresses of the host. The root (a null MX) and excluded names are never asked. */
static bool may_be_asked(const struct hosts *hosts, uint32_t host, struct mxs_text name, bool implicit)
{
    const struct mxs_survey *survey = hosts->survey;
    if (name.size_bytes == 0 || (!(survey->settings->checks & MXS_CHECK_HOST) && !implicit && !mxs_bits_has(&hosts->implicit, host)))
        return false;
    return survey->exclude == NULL || !mxs_exclude_holds(survey->exclude, name);
}

static bool is_to_be_asked(const struct hosts *hosts, uint32_t host, struct mxs_text name)
{
    return mxs_writer_host_is_wanted(hosts->survey->writer, host) && may_be_asked(hosts, host, name, false);
}

static void finish_hosts(struct hosts *hosts)
{
    mxs_bits_finish(&hosts->answered[0]);
    mxs_bits_finish(&hosts->answered[1]);
    mxs_bits_finish(&hosts->implicit);
}

static enum mxs_err next_host(void *arg, struct mxs_question *out)
{
    struct hosts *hosts = arg;
    const struct mxs_dictionary *dictionary = &hosts->survey->dictionary;
    for (; hosts->next / 2 <= dictionary->hosts.keys.count; hosts->next++) {
        uint32_t host = hosts->next / 2, family = hosts->next % 2;
        if (mxs_bits_has(&hosts->answered[family], host))
            continue;
        struct mxs_text name = mxs_dictionary_host_name(dictionary, host);
        if (!is_to_be_asked(hosts, host, name))
            continue;
        *out = (struct mxs_question){.name = name, .type = family_type[family], .subject = host};
        hosts->next++;
        return MXS_OK;
    }
    return MXS_ERR_END;
}

static enum mxs_err put_host(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                             const struct mxs_measurement *measurement)
{
    struct hosts *hosts = arg;
    mxs_writer_put_host(hosts->survey->writer, question, question->type, answer, measurement, mxs_stage_pass(answer, measurement));
    return mxs_stage_stored(hosts->survey, answer->outcome);
}

static uint64_t count_to_ask(const struct hosts *hosts)
{
    uint64_t count = 0;
    for (uint32_t host = 1; host <= hosts->survey->dictionary.hosts.keys.count; host++) {
        if (is_to_be_asked(hosts, host, mxs_dictionary_host_name(&hosts->survey->dictionary, host)))
            count += (uint64_t)!mxs_bits_has(&hosts->answered[0], host) + !mxs_bits_has(&hosts->answered[1], host);
    }
    return count;
}

enum mxs_err mxs_stage_hosts(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct hosts hosts = {.survey = survey, .next = 2};
    enum mxs_err err = read_host_journal(&hosts, detail);
    uint64_t total = err == MXS_OK ? count_to_ask(&hosts) : 0;
    if (err == MXS_OK && total > 0)
        err = mxs_stage_ask(survey, "MX hosts", total, 0, next_host, put_host, &hosts, detail);
    finish_hosts(&hosts);
    return err;
}

/* --- domains, and the MX hosts they name ----------------------------------------------------------------------------- */

/* One stage for both: an MX host is asked for as soon as the first domain that names it is stored, so that nobody waits for a domain that
 * is silent. */
struct first {
    struct mxs_survey *survey;
    mxs_pending *pending;
    struct mxs_bits answered;
    uint64_t answered_count;
    uint64_t open;      /* domains that are being asked */
    bool domains_over;
    struct hosts hosts;
    struct mxs_named_host named; /* its next question is for `family` */
    uint32_t family;             /* 2: it has none left */
};

enum kind { KIND_DOMAIN, KIND_HOST };

static void want_hosts(struct mxs_survey *survey, const struct mxs_journal_row *row)
{
    for (uint32_t i = 0; row->set != 0 && i < mxs_dictionary_mx_count(&survey->dictionary, row->set); i++)
        mxs_writer_want_host(survey->writer, mxs_dictionary_mx_member(&survey->dictionary, row->set, i).host, false);
    if (row->implicit_host != 0)
        mxs_writer_want_host(survey->writer, row->implicit_host, true);
}

/* Marks the domains that have an answer already, and the MX hosts those answers name. */
static enum mxs_err read_journal(struct first *first, struct mxs_detail *detail)
{
    struct mxs_survey *survey = first->survey;
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_DOMAINS);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        if (row->pass == MXS_PASS_SAMPLE)
            continue;
        first->answered_count += !mxs_bits_has(&first->answered, row->subject);
        memory = mxs_bits_put(&first->answered, row->subject);
        want_hosts(survey, row);
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory") : err;
}

/* The next question about a host that has been named; false: there is none now. */
static bool next_named(struct first *first, struct mxs_question *out)
{
    struct hosts *hosts = &first->hosts;
    while (true) {
        for (; first->family < 2; first->family++) {
            if (mxs_bits_has(&hosts->answered[first->family], first->named.host) ||
                !mxs_bits_put(&hosts->answered[first->family], first->named.host))
                continue; /* without memory the host is left for the stage that follows */
            *out = (struct mxs_question){.name = first->named.name, .type = family_type[first->family], .kind = KIND_HOST,
                                         .subject = first->named.host};
            first->family++;
            return true;
        }
        do {
            if (!mxs_writer_next_host(first->survey->writer, &first->named))
                return false;
        } while (!may_be_asked(hosts, first->named.host, first->named.name, first->named.implicit));
        first->family = 0;
        first->survey->progress.total += 2;
    }
}

static enum mxs_err next_question(void *arg, struct mxs_question *out)
{
    struct first *first = arg;
    mxs_writer *writer = first->survey->writer;
    if (next_named(first, out))
        return MXS_OK;
    if (!first->domains_over) {
        *out = (struct mxs_question){.type = MXS_TYPE_MX, .kind = KIND_DOMAIN};
        enum mxs_err err = mxs_pending_next(first->pending, &out->subject, &out->name, first->survey->detail);
        first->open += err == MXS_OK;
        first->domains_over = err == MXS_ERR_END;
        if (err != MXS_ERR_END)
            return err;
    }
    if (first->open > 0)
        return MXS_ERR_FULL; /* they may name more */
    mxs_writer_flush(writer);
    if (!mxs_writer_is_idle(writer))
        return MXS_ERR_FULL;
    return next_named(first, out) ? MXS_OK : MXS_ERR_END;
}

static enum mxs_err put_answer(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    struct first *first = arg;
    mxs_writer *writer = first->survey->writer;
    uint8_t pass = mxs_stage_pass(answer, measurement);
    if (question->kind == KIND_HOST) {
        mxs_writer_put_host(writer, question, question->type, answer, measurement, pass);
        return mxs_stage_stored(first->survey, answer->outcome);
    }
    mxs_writer_put_domain(writer, question, answer, measurement, pass);
    if (--first->open == 0 && first->domains_over)
        mxs_scheduler_wake(first->survey->scheduler);
    return mxs_stage_stored(first->survey, answer->outcome);
}

enum mxs_err mxs_stage_domains(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct first first = {.survey = survey, .hosts = {.survey = survey}, .family = 2};
    enum mxs_err err = read_journal(&first, detail);
    if (err == MXS_OK)
        err = read_host_journal(&first.hosts, detail);
    if (err == MXS_OK)
        err = mxs_pending_create(&first.pending, survey->reader, survey->run.id, survey->run.seed, &first.answered, false, detail);
    if (err == MXS_OK) {
        err = mxs_stage_ask(survey, "domains", survey->run.accepted - first.answered_count, 0, next_question, put_answer, &first, detail);
        mxs_pending_destroy(&first.pending);
    }
    mxs_bits_finish(&first.answered);
    finish_hosts(&first.hosts);
    return err;
}
