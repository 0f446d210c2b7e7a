/* The checks beside the MX, once more: whose content is not settled, or is another than what was last settled; and
 * what the first asking could not ask yet: a domain or an MX host whose own answer came late. All of it at once, and
 * slowly. */
#include "scanner/checks/registry.h"
#include "scanner/run/internal/host_answers.h"
#include "scanner/run/internal/stages.h"
#include "scanner/run/internal/subjects.h"

#define SLOW_SHARE 8u

struct settling {
    struct mxs_survey *survey;
    mxs_subjects *subjects;
    mxs_pending *pending;       /* NULL: no domains */
    struct mxs_bits domains, hosts; /* to be asked */
    struct mxs_host_answers answers;
    uint32_t next_host;
    uint64_t total;
    bool again;
};

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

/* Something else was last settled there: asked once more before it is called a change. */
static bool is_changed(const struct settling *settling, const struct mxs_journal_row *row)
{
    uint32_t before = mxs_subjects_before(settling->subjects, MXS_SUBJECT_DOMAIN, row->subject);
    return before != 0 && before != row->set;
}

/* Of those that have a row only the ones whose row is not settled or tells a change, and that were not asked again yet.
 */
static enum mxs_err read_rows(struct settling *settling, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    mxs_journal_open(&journal, settling->survey->store, settling->survey->run.id, MXS_JOURNAL_POLICIES);
    while (memory && (row = mxs_journal_next(&journal)) != NULL) {
        bool doubt = !mxs_outcome_settled((enum mxs_outcome)row->outcome) || is_changed(settling, row);
        if (row->pass == MXS_PASS_FIRST && doubt)
            memory = mxs_bits_put(&settling->domains, row->subject);
        else
            mxs_bits_take(&settling->domains, row->subject);
    }
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "asking again") : err;
}

static enum mxs_err choose_domains(struct settling *settling, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settling->survey;
    enum mxs_err err = read_mx(settling, detail);
    if (err == MXS_OK)
        err = read_rows(settling, detail);
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

/* Without those that have a row; when it is asked again, that have a settled one or were asked twice. */
static enum mxs_err choose_hosts(struct settling *settling, struct mxs_detail *detail)
{
    struct mxs_survey *survey = settling->survey;
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    enum mxs_err err = mxs_host_answers_read(&settling->answers, survey->store, survey->run.id,
                                             &survey->dictionary, detail);
    if (err != MXS_OK)
        return err;
    for (uint32_t host = 1; memory && host <= survey->dictionary.hosts.keys.count; host++)
        memory = !is_chosen(settling, host) || mxs_bits_put(&settling->hosts, host);
    mxs_journal_open(&journal, survey->store, survey->run.id, MXS_JOURNAL_TLSA);
    while (memory && (row = mxs_journal_next(&journal)) != NULL)
        if (!settling->again || row->pass != MXS_PASS_FIRST || mxs_outcome_settled((enum mxs_outcome)row->outcome))
            mxs_bits_take(&settling->hosts, row->subject);
    for (uint32_t host = 1; host / 8 < settling->hosts.size_bytes; host++)
        settling->total += mxs_bits_has(&settling->hosts, host);
    err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "asking again") : err;
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
    struct mxs_survey *survey = settling->survey;
    uint32_t slow = survey->settings->scheduler.concurrency / SLOW_SHARE + 1;
    return mxs_stage_ask(survey, settling->again ? "policies once more" : "TLSA", settling->total,
                         settling->again ? slow : 0, next_question, put_answer, settling, detail);
}

enum mxs_err mxs_stage_settle_checks(struct mxs_survey *survey, bool again, struct mxs_detail *detail)
{
    struct settling settling = {.survey = survey, .again = again};
    unsigned checks = survey->settings->checks;
    bool domains = again && mxs_checks_ask(checks, MXS_SUBJECT_DOMAIN),
         hosts = mxs_checks_ask(checks, MXS_SUBJECT_HOST);
    enum mxs_err err = hosts ? choose_hosts(&settling, detail) : MXS_OK;
    if (err == MXS_OK && (domains || settling.total > 0))
        err = mxs_subjects_create(&settling.subjects, survey, again ? MXS_PASS_SETTLE : MXS_PASS_FIRST, detail);
    if (err == MXS_OK && domains)
        err = choose_domains(&settling, detail);
    if (err == MXS_OK && settling.total > 0)
        err = ask(&settling, detail);
    if (settling.pending != NULL)
        mxs_pending_destroy(&settling.pending);
    mxs_subjects_destroy(&settling.subjects);
    mxs_host_answers_finish(&settling.answers);
    mxs_bits_finish(&settling.domains);
    mxs_bits_finish(&settling.hosts);
    return err;
}
