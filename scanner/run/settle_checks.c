/* The checks beside the MX, once more: whose content is not settled, or is another than what was last settled; and
 * what the first asking could not ask yet: a domain or an MX host whose own answer came late. All of it at once, and
 * slowly. Of several resolvers each that is asked about a change is asked alone, one after the other, until two say the
 * same: a row sums up the answers of many, so that asking again may ask the very one that lies. */
#include "scanner/checks/registry.h"
#include "scanner/run/internal/host_answers.h"
#include "scanner/run/internal/policy_votes.h"
#include "scanner/run/internal/stages.h"
#include "scanner/run/internal/subjects.h"

#define SLOW_SHARE 8u

enum round {
    LATE,   /* TLSA of the MX hosts that were known late */
    AGAIN,  /* what is not settled; with one resolver what is changed, too */
    CONFIRM /* what is changed, at one resolver */
};

struct settling {
    struct mxs_survey *survey;
    mxs_subjects *subjects;
    mxs_pending *pending;       /* NULL: no domains */
    struct mxs_bits domains, hosts; /* to be asked */
    struct mxs_host_answers answers;
    uint32_t next_host;
    uint64_t total;
    enum round round;
    uint32_t voter;             /* in the pool: who is asked in CONFIRM */
};

/* --- which have been asked --- */

/* Something else was last settled there: not called a change before it was said once more. */
static bool is_changed(const struct settling *settling, enum mxs_subject kind, const struct mxs_journal_row *row)
{
    uint32_t before = mxs_subjects_before(settling->subjects, kind, row->subject);
    return before != 0 && before != row->set;
}

/* Whether a row leaves a subject to be asked in this round. */
static bool is_doubted(const struct settling *settling, enum mxs_subject kind, const struct mxs_journal_row *row)
{
    bool settled = mxs_outcome_settled((enum mxs_outcome)row->outcome), first = row->pass == MXS_PASS_FIRST;
    switch (settling->round) {
    case LATE: return false;
    case AGAIN:
        return first && (!settled || (mxs_pool_count(settling->survey->pool) == 1 && is_changed(settling, kind, row)));
    case CONFIRM: return settled && is_changed(settling, kind, row);
    }
    return false;
}

/* Those that two resolvers agree about, of which enough were heard, or this one was, are not asked. */
static void take_confirmed(const struct settling *settling, struct mxs_policy_votes *votes, struct mxs_bits *bits)
{
    const uint16_t voter = settling->survey->resolver_ids[settling->voter];
    mxs_policy_votes_sort(votes);
    for (size_t at = 0, end; at < votes->count; at = end) {
        end = mxs_policy_votes_end(votes, at);
        bool over = mxs_policy_votes_heard(votes, at) >= MXS_POLICY_VOTERS || mxs_policy_votes_agreed(votes, at) != 0;
        for (size_t vote = at; vote < end; vote++)
            over |= votes->votes[vote].resolver == voter;
        if (over)
            mxs_bits_take(bits, votes->votes[at].subject);
    }
}

/* Puts and takes those that have rows. */
static enum mxs_err read_rows(struct settling *settling, enum mxs_subject kind, struct mxs_bits *bits,
                              struct mxs_detail *detail)
{
    struct mxs_survey *survey = settling->survey;
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    struct mxs_policy_votes votes;
    bool memory = true;
    mxs_policy_votes_open(&votes, survey->store);
    mxs_journal_open(&journal, survey->store, survey->run.id,
                     kind == MXS_SUBJECT_HOST ? MXS_JOURNAL_TLSA : MXS_JOURNAL_POLICIES);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        if (row->pass == MXS_PASS_CONFIRM)
            memory = mxs_policy_votes_put(&votes, row);
        else if (is_doubted(settling, kind, row))
            memory = mxs_bits_put(bits, row->subject);
        else
            mxs_bits_take(bits, row->subject);
    }
    if (settling->round == CONFIRM)
        take_confirmed(settling, &votes, bits);
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    err = mxs_policy_votes_finish(&votes, err, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "asking again") : err;
}

/* --- domains --- */

/* Those that exist; below a name that does not, nothing does @rfc{8020,2}. */
static enum mxs_err read_mx(struct settling *settling, struct mxs_detail *detail)
{
    const struct mxs_survey *survey = settling->survey;
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_DOMAINS);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        if (row->pass == MXS_PASS_SAMPLE)
            continue;
        mxs_subjects_put_mx(settling->subjects, row->subject, (enum mxs_outcome)row->outcome,
                            row->set == 0 ? 0 : mxs_dictionary_mx_count(&survey->dictionary, row->set));
        if (row->outcome == MXS_NXDOMAIN)
            mxs_bits_take(&settling->domains, row->subject);
        else
            memory = mxs_bits_put(&settling->domains, row->subject);
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "asking again") : err;
}

static enum mxs_err choose_domains(struct settling *settling, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settling->survey;
    enum mxs_err err = settling->round == CONFIRM ? MXS_OK : read_mx(settling, detail);
    if (err == MXS_OK)
        err = read_rows(settling, MXS_SUBJECT_DOMAIN, &settling->domains, detail);
    if (err != MXS_OK)
        return err;
    uint64_t count = 0;
    for (uint32_t id = 0; id / 8 < settling->domains.size_bytes; id++)
        count += mxs_bits_has(&settling->domains, id);
    settling->total += count;
    return count == 0 ? MXS_OK
                      : mxs_pending_create(&settling->pending, survey->reader, survey->run.id, survey->run.seed + 7,
                                           &settling->domains, true, detail);
}

/* --- MX hosts --- */

/* An MX host of this run that has an address. Without the check host nobody knows which have one. */
static bool is_chosen(const struct settling *settling, uint32_t host)
{
    const struct mxs_survey *survey = settling->survey;
    if (!mxs_writer_host_is_wanted(survey->writer, host) ||
        ((survey->settings->checks & MXS_CHECK_HOST) && !mxs_host_answers_is_chosen(&settling->answers, host)))
        return false;
    struct mxs_text name = mxs_dictionary_host_name(&survey->dictionary, host);
    return name.size_bytes > 0 && (survey->exclude == NULL || !mxs_exclude_holds(survey->exclude, name));
}

/* All that are chosen, but for what their rows say. */
static enum mxs_err choose_hosts(struct settling *settling, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settling->survey;
    bool memory = true;
    enum mxs_err err = settling->round == CONFIRM
                           ? MXS_OK
                           : mxs_host_answers_read(&settling->answers, survey->store, survey->run.id,
                                                   &survey->dictionary, detail);
    if (err != MXS_OK)
        return err;
    for (uint32_t host = 1; memory && settling->round != CONFIRM && host <= survey->dictionary.hosts.keys.count; host++)
        memory = !is_chosen(settling, host) || mxs_bits_put(&settling->hosts, host);
    if (!memory)
        return mxs_err_memory(detail, "asking again");
    err = read_rows(settling, MXS_SUBJECT_HOST, &settling->hosts, detail);
    for (uint32_t host = 1; host / 8 < settling->hosts.size_bytes; host++)
        if (mxs_bits_has(&settling->hosts, host) && is_chosen(settling, host))
            settling->total++;
        else
            mxs_bits_take(&settling->hosts, host);
    return err;
}

static bool put_host(struct settling *settling)
{
    while (settling->next_host / 8 < settling->hosts.size_bytes) {
        uint32_t host = settling->next_host++;
        if (!mxs_bits_has(&settling->hosts, host))
            continue;
        mxs_subjects_put_host(settling->subjects, host, mxs_dictionary_host_name(&settling->survey->dictionary, host),
                              mxs_host_answers_alias(&settling->answers, host),
                              mxs_host_answers_is_secure(&settling->answers, host));
        return true;
    }
    return false;
}

/* --- asking --- */

static enum mxs_err next_question(void *arg, struct mxs_question *out)
{
    struct settling *settling = arg;
    while (!mxs_subjects_next(settling->subjects, out)) {
        uint32_t domain;
        struct mxs_text name;
        if (mxs_subjects_is_full(settling->subjects))
            return MXS_ERR_FULL;
        enum mxs_err err = settling->pending == NULL
                               ? MXS_ERR_END
                               : mxs_pending_next(settling->pending, &domain, &name, settling->survey->detail);
        if (err == MXS_OK) {
            mxs_subjects_put_domain(settling->subjects, domain, name);
            continue;
        }
        if (err != MXS_ERR_END)
            return err;
        if (settling->pending != NULL)
            mxs_pending_destroy(&settling->pending);
        if (!put_host(settling))
            return MXS_ERR_END;
    }
    return MXS_OK;
}

static enum mxs_err put_answer(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    return mxs_subjects_put(((struct settling *)arg)->subjects, question, answer, measurement);
}

static enum mxs_err ask(struct settling *settling, struct mxs_detail *detail)
{
    static const char *const names[] = {"TLSA", "policies once more", "changed policies"};
    struct mxs_survey *survey = settling->survey;
    uint32_t slow = survey->settings->scheduler.concurrency / SLOW_SHARE + 1;
    return mxs_stage_ask(survey, names[settling->round], settling->total, settling->round == LATE ? 0 : slow,
                         next_question, put_answer, settling, detail);
}

static enum mxs_err ask_round(struct settling *settling, enum round round, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settling->survey;
    const unsigned checks = survey->settings->checks;
    settling->round = round;
    settling->total = 0;
    settling->next_host = 0;
    enum mxs_err err = mxs_checks_ask(checks, MXS_SUBJECT_HOST) ? choose_hosts(settling, detail) : MXS_OK;
    if (err == MXS_OK && round == LATE && settling->total > 0)
        err = mxs_subjects_create(&settling->subjects, survey, MXS_PASS_FIRST, detail);
    if (err == MXS_OK && round != LATE && mxs_checks_ask(checks, MXS_SUBJECT_DOMAIN))
        err = choose_domains(settling, detail);
    if (err == MXS_OK && settling->total > 0)
        err = ask(settling, detail);
    if (settling->pending != NULL)
        mxs_pending_destroy(&settling->pending);
    mxs_bits_finish(&settling->domains);
    mxs_bits_finish(&settling->hosts);
    return err;
}

/* Whom to ask about changes, others in each run. */
static enum mxs_err confirm(struct settling *settling, struct mxs_detail *detail)
{
    const struct mxs_survey *survey = settling->survey;
    const uint32_t count = mxs_pool_count(survey->pool);
    enum mxs_err err = MXS_OK;
    for (uint32_t i = 0, voters = 0; err == MXS_OK && i < count && voters < MXS_POLICY_VOTERS && count > 1; i++) {
        settling->voter = (uint32_t)((survey->run.seed + i) % count);
        if (!mxs_pool_fit(survey->pool, settling->voter))
            continue;
        voters++;
        mxs_subjects_confirm(settling->subjects, settling->voter);
        err = ask_round(settling, CONFIRM, detail);
    }
    return err;
}

enum mxs_err mxs_stage_settle_checks(struct mxs_survey *survey, bool again, struct mxs_detail *detail)
{
    struct settling settling = {.survey = survey};
    enum mxs_err err = MXS_OK;
    if (again)
        err = mxs_subjects_create(&settling.subjects, survey, MXS_PASS_SETTLE, detail);
    if (err == MXS_OK && (!again || settling.subjects != NULL))
        err = ask_round(&settling, again ? AGAIN : LATE, detail);
    if (err == MXS_OK && settling.subjects != NULL && again)
        err = confirm(&settling, detail);
    mxs_subjects_destroy(&settling.subjects);
    mxs_host_answers_finish(&settling.answers);
    return err;
}
