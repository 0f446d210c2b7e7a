/* Asking: what the stages that send share, and the one that asks for the first time. A stage is a source of questions,
 * a sink that stores answers, and the loop running until the scheduler is idle. Domains come from the database in the
 * seed's order; MX hosts from the dictionary in the order of first sight, which is the same order once removed. */
#include <stdlib.h>

#include "scanner/checks/registry.h"
#include "scanner/run/internal/host_answers.h"
#include "scanner/run/internal/silent.h"
#include "scanner/run/internal/stages.h"
#include "scanner/run/internal/subjects.h"

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
    mxs_loop_turns_begin(&survey->progress.loop_turns);
    mxs_scheduler_start(survey->scheduler, limit, relay_source, relay_sink, relay_idle, &relay);
    while (!survey->stage_over && survey->stage_err == MXS_OK)
        uv_run(&survey->loop, UV_RUN_ONCE);
    if (!survey->stage_over) { /* a failure of ours: end what is in flight */
        mxs_scheduler_stop(survey->scheduler, 0);
        while (!survey->stage_over)
            uv_run(&survey->loop, UV_RUN_ONCE);
    }
    mxs_loop_turns_end(&survey->progress.loop_turns);
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
    return survey->writer != NULL ? mxs_writer_error(survey->writer, detail)
                                  : MXS_OK; /* NULL: a run is being taken up */
}

/* --- MX hosts --- */

/* answered: or on its way. */
struct mxs_hosts {
    struct mxs_survey *survey;
    struct mxs_bits answered[2]; /* A, AAAA */
    struct mxs_bits implicit;    /* with the check mx alone only these are asked */
    uint32_t next;               /* host id * 2 + family */
    struct mxs_named_host named; /* its next question is for `family` */
    uint32_t family;             /* 2: it has none left */
};

static const uint16_t family_type[2] = {MXS_TYPE_A, MXS_TYPE_AAAA};

static enum mxs_err open_hosts(struct mxs_hosts *hosts, struct mxs_survey *survey, struct mxs_detail *detail)
{
    *hosts = (struct mxs_hosts){.survey = survey, .next = 2, .family = 2};
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
    return err == MXS_OK && !memory ? mxs_err_memory(detail, NULL) : err;
}

/* Whether this run has to ask for the addresses of the host. The root (a null MX) and excluded names are never asked.
 */
static bool may_be_asked(const struct mxs_hosts *hosts, uint32_t host, struct mxs_text name, bool implicit)
{
    const struct mxs_survey *survey = hosts->survey;
    if (name.size_bytes == 0 ||
        (!(survey->settings->checks & MXS_CHECK_HOST) && !implicit && !mxs_bits_has(&hosts->implicit, host)))
        return false;
    return survey->exclude == NULL || !mxs_exclude_holds(survey->exclude, name);
}

static bool is_to_be_asked(const struct mxs_hosts *hosts, uint32_t host, struct mxs_text name)
{
    return mxs_writer_host_is_wanted(hosts->survey->writer, host) && may_be_asked(hosts, host, name, false);
}

static void finish_hosts(struct mxs_hosts *hosts)
{
    mxs_bits_finish(&hosts->answered[0]);
    mxs_bits_finish(&hosts->answered[1]);
    mxs_bits_finish(&hosts->implicit);
}

static enum mxs_err next_host(void *arg, struct mxs_question *out)
{
    struct mxs_hosts *hosts = arg;
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
    struct mxs_hosts *hosts = arg;
    mxs_writer_put_host(hosts->survey->writer, question, question->type, answer, measurement,
                        mxs_stage_pass(answer, measurement));
    return mxs_stage_stored(hosts->survey, answer->outcome);
}

static uint64_t count_to_ask(const struct mxs_hosts *hosts)
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
    struct mxs_hosts hosts;
    enum mxs_err err = open_hosts(&hosts, survey, detail);
    uint64_t total = err == MXS_OK ? count_to_ask(&hosts) : 0;
    if (err == MXS_OK && total > 0)
        err = mxs_stage_ask(survey, "MX hosts", total, 0, next_host, put_host, &hosts, detail);
    finish_hosts(&hosts);
    return err;
}

/* The address question of the named host at hand that nobody has asked yet. */
static bool next_family(struct mxs_hosts *hosts, struct mxs_question *out)
{
    for (; hosts->family < 2; hosts->family++) {
        if (mxs_bits_has(&hosts->answered[hosts->family], hosts->named.host) ||
            !mxs_bits_put(&hosts->answered[hosts->family], hosts->named.host))
            continue; /* without memory the host is left for the stage that follows */
        *out = (struct mxs_question){.name = hosts->named.name, .type = family_type[hosts->family],
                                     .subject = hosts->named.host};
        hosts->family++;
        hosts->survey->progress.total++;
        return true;
    }
    return false;
}

/* The next host that the writer has seen named and that may be asked. */
static bool next_name(struct mxs_hosts *hosts)
{
    do {
        if (!mxs_writer_next_host(hosts->survey->writer, &hosts->named))
            return false;
    } while (!may_be_asked(hosts, hosts->named.host, hosts->named.name, hosts->named.implicit));
    hosts->family = 0;
    return true;
}

/* --- beside another stage --- */

enum mxs_err mxs_hosts_open(mxs_hosts **out, struct mxs_survey *survey, struct mxs_detail *detail)
{
    *out = calloc(1, sizeof **out);
    return *out == NULL ? mxs_err_memory(detail, "asking for MX hosts") : open_hosts(*out, survey, detail);
}

void mxs_hosts_close(mxs_hosts **hosts)
{
    if (*hosts != NULL)
        finish_hosts(*hosts);
    free(*hosts);
    *hosts = NULL;
}

bool mxs_hosts_next(mxs_hosts *hosts, struct mxs_question *out)
{
    while (!next_family(hosts, out))
        if (!next_name(hosts))
            return false;
    out->tries = MXS_TRIES_ALL;
    return true;
}

enum mxs_err mxs_hosts_put(mxs_hosts *hosts, const struct mxs_question *question, const struct mxs_answer *answer,
                           const struct mxs_measurement *measurement)
{
    return put_host(hosts, question, answer, measurement);
}

/* --- domains, the MX hosts they name, and the checks beside --- */

/* One stage for all: an MX host is asked for as soon as the first domain that names it is stored, what the checks want
 * to know of a domain as soon as its MX answer is there, and of an MX host as soon as its addresses are. So nobody
 * waits for a domain that is silent. */
struct first {
    struct mxs_survey *survey;
    mxs_pending *pending;
    struct mxs_bits answered;    /* domains whose MX answer is there */
    struct mxs_bits done;        /* domains of which nothing is left to ask */
    uint64_t total;
    uint64_t open;               /* questions about MX and addresses that are on their way */
    bool domains_over;
    struct mxs_silent silent;
    struct mxs_hosts hosts;
    mxs_subjects *subjects;      /* NULL: no check asks more than MX and addresses */
    bool asks_domains, asks_hosts; /* by subjects */
    struct mxs_bits with_policy, with_tlsa; /* their row is there */
    struct mxs_host_answers addresses; /* of MX hosts, while asks_hosts */
};

enum kind { KIND_DOMAIN = MXS_SUBJECTS_KINDS, KIND_HOST, KIND_AGAIN /* + enum mxs_silent_about */ };

static void want_hosts(struct mxs_survey *survey, const struct mxs_journal_row *row)
{
    for (uint32_t i = 0; row->set != 0 && i < mxs_dictionary_mx_count(&survey->dictionary, row->set); i++)
        mxs_writer_want_host(survey->writer, mxs_dictionary_mx_member(&survey->dictionary, row->set, i).host, false);
    if (row->implicit_host != 0)
        mxs_writer_want_host(survey->writer, row->implicit_host, true);
}

/* Below a name that does not exist nothing does: it has no policies @rfc{8020,2} */
static bool has_policies(const struct first *first, enum mxs_outcome outcome)
{
    return first->asks_domains && outcome != MXS_NXDOMAIN;
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
        memory = mxs_bits_put(&first->answered, row->subject);
        if (memory &&
            (!has_policies(first, (enum mxs_outcome)row->outcome) || mxs_bits_has(&first->with_policy, row->subject)))
            memory = mxs_bits_put(&first->done, row->subject);
        else
            mxs_bits_take(&first->done, row->subject); /* a later answer counts */
        if (first->subjects != NULL)
            mxs_subjects_put_mx(first->subjects, row->subject, (enum mxs_outcome)row->outcome,
                                row->set == 0 ? 0 : mxs_dictionary_mx_count(&survey->dictionary, row->set));
        want_hosts(survey, row);
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, NULL) : err;
}

static enum mxs_err read_rows(const struct mxs_survey *survey, enum mxs_journal_kind kind, struct mxs_bits *out,
                              struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    mxs_journal_open(&journal, survey->store, survey->run.id, kind);
    while (memory && (row = mxs_journal_next(&journal)) != NULL)
        memory = mxs_bits_put(out, row->subject);
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, NULL) : err;
}

/* A domain counts once for its MX answer and once for its policies. */
static enum mxs_err count_total(struct first *first, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, first->survey->store, "SELECT first_domain, last_domain FROM member WHERE run_id = ?1");
    mxs_query_int(&query, 1, first->survey->run.id);
    while (mxs_query_next(&query)) {
        uint32_t last = (uint32_t)mxs_query_column_int(&query, 1);
        for (uint32_t id = (uint32_t)mxs_query_column_int(&query, 0); id <= last; id++) {
            bool answered = mxs_bits_has(&first->answered, id);
            first->total += !answered;
            first->survey->progress.next_known += answered;
            first->survey->progress.next_known += mxs_bits_has(&first->with_policy, id);
            first->total +=
                first->asks_domains && !mxs_bits_has(&first->done, id) && !mxs_bits_has(&first->with_policy, id);
        }
    }
    return mxs_query_finish(&query, detail);
}

/* What is there already, and what is left. */
static enum mxs_err open_first(struct first *first, struct mxs_detail *detail)
{
    struct mxs_survey *survey = first->survey;
    unsigned checks = survey->settings->checks;
    enum mxs_err err = mxs_subjects_create(&first->subjects, survey, MXS_PASS_FIRST, detail);
    first->asks_domains = mxs_checks_ask(checks, MXS_SUBJECT_DOMAIN);
    /* Without the check host nobody knows which have an address: then what is left of them takes them all. */
    first->asks_hosts = mxs_checks_ask(checks, MXS_SUBJECT_HOST) && (checks & MXS_CHECK_HOST) != 0;
    if (err == MXS_OK && first->asks_domains)
        err = read_rows(survey, MXS_JOURNAL_POLICIES, &first->with_policy, detail);
    if (err == MXS_OK && first->asks_hosts)
        err = read_rows(survey, MXS_JOURNAL_TLSA, &first->with_tlsa, detail);
    if (err == MXS_OK && first->asks_hosts)
        err = mxs_host_answers_read(&first->addresses, survey->store, survey->run.id, &survey->dictionary, detail);
    if (err == MXS_OK)
        err = read_journal(first, detail);
    if (err == MXS_OK)
        err = open_hosts(&first->hosts, survey, detail);
    if (err == MXS_OK)
        err = count_total(first, detail);
    if (err == MXS_OK)
        err = mxs_pending_create(&first->pending, survey->reader, survey->run.id, survey->run.seed, &first->done, false,
                                 detail);
    return err;
}

static bool is_full(const struct first *first)
{
    return first->subjects != NULL && mxs_subjects_is_full(first->subjects);
}

static bool next_of_subjects(struct first *first, struct mxs_question *out)
{
    return first->subjects != NULL && mxs_subjects_next(first->subjects, out);
}

/* Of a host whose addresses are known both. */
static void put_subject_host(struct first *first, uint32_t host, struct mxs_text name)
{
    if (!first->asks_hosts || !mxs_host_answers_is_chosen(&first->addresses, host) ||
        mxs_bits_has(&first->with_tlsa, host) || !mxs_bits_put(&first->with_tlsa, host))
        return; /* without memory it is left for the stage that follows */
    first->survey->progress.total++;
    mxs_subjects_put_host(first->subjects, host, name, mxs_host_answers_alias(&first->addresses, host),
                          mxs_host_answers_is_secure(&first->addresses, host));
}

/* The next question about a host that has been named; false: there is none now. */
static bool next_named(struct first *first, struct mxs_question *out)
{
    struct mxs_hosts *hosts = &first->hosts;
    while (!is_full(first)) {
        if (next_family(hosts, out)) {
            out->kind = KIND_HOST;
            first->open++;
            return true;
        }
        if (!next_name(hosts))
            return false;
        if (mxs_host_answers_is_whole(&first->addresses, hosts->named.host)) /* an earlier sitting asked */
            put_subject_host(first, hosts->named.host, hosts->named.name);
    }
    return false;
}

/* The MX question of the next domain, or one of the checks where the MX answer is there. */
static enum mxs_err next_domain(struct first *first, struct mxs_question *out)
{
    while (!first->domains_over && !is_full(first)) {
        *out = (struct mxs_question){.type = MXS_TYPE_MX, .kind = KIND_DOMAIN};
        enum mxs_err err = mxs_pending_next(first->pending, &out->subject, &out->name, first->survey->detail);
        first->domains_over = err == MXS_ERR_END;
        if (err == MXS_OK && mxs_bits_has(&first->answered, out->subject)) {
            mxs_subjects_put_domain(first->subjects, out->subject, out->name);
            if (next_of_subjects(first, out))
                return MXS_OK;
            continue;
        }
        first->open += err == MXS_OK;
        if (err != MXS_ERR_END)
            return err;
    }
    return first->domains_over ? MXS_ERR_END : MXS_ERR_FULL;
}

/* One that was silent, when no other domain is left. */
static enum mxs_err next_silent(struct first *first, struct mxs_question *out)
{
    enum mxs_silent_about about;
    enum mxs_err err = mxs_silent_next(&first->silent, out, &about, first->survey->detail);
    if (err != MXS_OK)
        return err;
    out->kind = (uint8_t)(KIND_AGAIN + about);
    first->open++;
    first->survey->progress.total++;
    return MXS_OK;
}

static enum mxs_err next_question(void *arg, struct mxs_question *out)
{
    struct first *first = arg;
    mxs_writer *writer = first->survey->writer;
    if (next_of_subjects(first, out) || next_named(first, out) || next_of_subjects(first, out))
        return MXS_OK;
    enum mxs_err err = next_domain(first, out);
    if (err == MXS_ERR_END)
        err = next_silent(first, out);
    if (err != MXS_ERR_END)
        return err;
    if (is_full(first))
        return MXS_ERR_FULL;
    if (first->open > 0 || (first->subjects != NULL && !mxs_subjects_is_idle(first->subjects)))
        return MXS_ERR_END; /* they may bring more */
    mxs_writer_flush(writer);
    if (!mxs_writer_is_idle(writer))
        return MXS_ERR_FULL;
    if (next_named(first, out) || next_of_subjects(first, out))
        return MXS_OK;
    return MXS_ERR_END;
}

/* As the dictionary counts them: of records that are equal, one. */
static uint32_t count_mx(const struct mxs_answer *answer)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < answer->record_count; i++) {
        uint32_t same = 0;
        while (same < i && (answer->records[same].preference != answer->records[i].preference ||
                            !mxs_text_equal(answer->records[same].host, answer->records[i].host)))
            same++;
        count += same == i;
    }
    return count;
}

static void put_domain(struct first *first, const struct mxs_question *question, const struct mxs_answer *answer)
{
    if (!first->asks_domains || mxs_bits_has(&first->with_policy, question->subject))
        return;
    if (!has_policies(first, answer->outcome)) {
        first->survey->progress.total--;
        return;
    }
    mxs_subjects_put_mx(first->subjects, question->subject, answer->outcome, count_mx(answer));
    mxs_subjects_put_domain(first->subjects, question->subject, question->name);
}

static enum mxs_err put_answer(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    struct first *first = arg;
    mxs_writer *writer = first->survey->writer;
    bool again = question->kind >= KIND_AGAIN; /* what it lets the checks ask is left to the stage that follows */
    bool host = question->kind == KIND_HOST || question->kind == KIND_AGAIN + MXS_SILENT_HOSTS;
    uint8_t pass = again ? MXS_PASS_SETTLE : mxs_stage_pass(answer, measurement);
    if (question->kind < MXS_SUBJECTS_KINDS)
        return mxs_subjects_put(first->subjects, question, answer, measurement);
    if (pass == MXS_PASS_FIRST && answer->outcome == MXS_TIMEOUT) /* who failed has more time until the settle stage */
        mxs_silent_put(&first->silent, host ? MXS_SILENT_HOSTS : MXS_SILENT_DOMAINS, question, measurement);
    if (host) {
        mxs_writer_put_host(writer, question, question->type, answer, measurement, pass);
        if (!again && first->asks_hosts && mxs_host_answers_put(&first->addresses, question, answer) &&
            mxs_host_answers_is_whole(&first->addresses, question->subject))
            put_subject_host(first, question->subject, question->name);
    } else {
        mxs_writer_put_domain(writer, question, answer, measurement, pass);
        if (!again)
            put_domain(first, question, answer);
    }
    bool over = --first->open == 0 || answer->outcome == MXS_TIMEOUT;
    if ((over && first->domains_over) || first->subjects != NULL)
        mxs_scheduler_wake(first->survey->scheduler);
    return mxs_stage_stored(first->survey, answer->outcome);
}

enum mxs_err mxs_stage_first(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct first first = {.survey = survey};
    mxs_silent_init(&first.silent, survey);
    enum mxs_err err = open_first(&first, detail);
    if (err == MXS_OK)
        err = mxs_stage_ask(survey, "domains", first.total, 0, next_question, put_answer, &first, detail);
    if (first.pending != NULL)
        mxs_pending_destroy(&first.pending);
    mxs_subjects_destroy(&first.subjects);
    mxs_host_answers_finish(&first.addresses);
    mxs_silent_finish(&first.silent);
    mxs_bits_finish(&first.answered);
    mxs_bits_finish(&first.done);
    mxs_bits_finish(&first.with_policy);
    mxs_bits_finish(&first.with_tlsa);
    finish_hosts(&first.hosts);
    return err;
}
