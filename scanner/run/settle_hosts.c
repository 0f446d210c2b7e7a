/* The settle stage's other half: MX hosts. Their addresses are asked once more where they are not settled, or where
 * there were some and are none now; of several resolvers another one is asked wherever there are none: what names such
 * a host is broken. A name of which one type is denied as if it did not exist, and the other is there, was answered
 * wrongly once at least @rfc{8020,2}. Of those that do not exist more is asked then (settle_registrable.c). */
#include "scanner/run/settle.h"

#include <stdlib.h>

#include "scanner/run/internal/record_pool.h"

/* What is asked now. */
enum what { UNSETTLED, LOST };

struct hosts {
    struct mxs_survey *survey;
    struct mxs_bits asked[2], settled[2]; /* A, AAAA; settled: or had its one time more */
    struct mxs_bits again[2];             /* lost, and nobody else has said so */
    struct mxs_bits kept[2];              /* not lost, or the loss is confirmed */
    struct mxs_bits lost[2];              /* a settled answer said so, once */
    struct mxs_bits answered;             /* either of the two */
    struct mxs_bits nxdomain[2], registrable_asked; /* the last settled answer said so */
    struct mxs_bits changed[2];           /* other addresses than last time, and none of a known pool */
    struct mxs_bits met[2], differs[2];   /* an answer had one that is known; answers were not the same */
    uint32_t *before[2], *told[2];        /* the set of last time, by host, and of the newest answer; 0 none */
    uint8_t *times[2];                    /* how often it was settled in this run, or asked again */
    uint8_t *was[2];                      /* the outcome that was last settled before this run; MXS_NOT_ASKED none */
    uint32_t host_count;                  /* of those */
    struct mxs_record_pools pools;
    struct mxs_tried tried; /* by host * 2 + family */
    uint32_t next;
    enum what what;
};

/* Addresses that differ from last time's are asked for until it is clear whether they moved or are others of a pool. */
static bool take_addresses(struct hosts *hosts, uint32_t host, int family, uint32_t set)
{
    if (host > hosts->host_count || hosts->before[family] == NULL || set == 0)
        return true;
    uint32_t before = hosts->before[family][host], *told = &hosts->told[family][host];
    bool changed = before != 0 && before != set && !mxs_record_pools_hold(&hosts->pools, host, set);
    bool met = (before != 0 && mxs_record_pools_share(&hosts->pools, before, set)) ||
               mxs_record_pools_meet(&hosts->pools, host, set);
    bool differs = *told != 0 && *told != set;
    *told = set;
    mxs_record_pools_hear(&hosts->pools, host, set);
    return (!changed || mxs_bits_put(&hosts->changed[family], host)) &&
           (!met || mxs_bits_put(&hosts->met[family], host)) &&
           (!differs || mxs_bits_put(&hosts->differs[family], host));
}

static void count_time(struct hosts *hosts, uint32_t host, int family)
{
    if (host <= hosts->host_count && hosts->times[family] != NULL)
        hosts->times[family][host] += hosts->times[family][host] < UINT8_MAX;
}

/* Of a pool several samples may have nothing that is known, or be empty. */
static bool is_asked_on(const struct hosts *hosts, uint32_t host, int family)
{
    return host <= hosts->host_count && hosts->times[family] != NULL &&
           hosts->times[family][host] < MXS_POOL_ATTEMPTS_MAX &&
           (mxs_bits_has(&hosts->differs[family], host) || mxs_record_pools_know(&hosts->pools, host, family));
}

/* Whether nobody else is asked for an answer that was not settled. */
static bool is_over(const struct hosts *hosts, uint32_t host, int family, const struct mxs_journal_row *row)
{
    return row->pass != MXS_PASS_CONFIRM || host > hosts->host_count || hosts->times[family] == NULL ||
           hosts->times[family][host] >= MXS_POOL_ATTEMPTS;
}

static bool take_answer(struct hosts *hosts, const struct mxs_journal_row *row)
{
    enum mxs_outcome outcome = (enum mxs_outcome)row->outcome;
    uint32_t host = row->subject;
    int family = row->type == MXS_TYPE_AAAA;
    if (row->type == 0)
        return mxs_bits_put(&hosts->registrable_asked, host);
    if (outcome == MXS_ANSWERED && !take_addresses(hosts, host, family, row->set))
        return false;
    if (!mxs_bits_put(&hosts->asked[family], host) ||
        !mxs_tried_put(&hosts->tried, hosts->survey, host * 2 + (uint32_t)family, row->resolver))
        return false;
    bool settled = mxs_outcome_settled(outcome), second = row->pass != MXS_PASS_FIRST;
    if (settled || second)
        count_time(hosts, host, family);
    if ((settled || second) && !mxs_bits_put(&hosts->settled[family], host))
        return false;
    if (settled && outcome != MXS_NXDOMAIN)
        mxs_bits_take(&hosts->nxdomain[family], host);
    else if (settled && !mxs_bits_put(&hosts->nxdomain[family], host))
        return false;
    if (outcome == MXS_ANSWERED && !mxs_bits_put(&hosts->answered, host))
        return false;
    if (outcome == MXS_ANSWERED || (second && !settled && is_over(hosts, host, family, row)) ||
        (mxs_bits_has(&hosts->lost[family], host) && !is_asked_on(hosts, host, family)))
        return mxs_bits_put(&hosts->kept[family], host);
    return !settled || mxs_bits_put(&hosts->lost[family], host);
}

static void forget_answers(struct hosts *hosts)
{
    struct mxs_bits *const all[] = {&hosts->asked[0], &hosts->asked[1], &hosts->settled[0], &hosts->settled[1],
                                    &hosts->again[0], &hosts->again[1],
                                    &hosts->kept[0], &hosts->kept[1], &hosts->lost[0], &hosts->lost[1],
                                    &hosts->answered, &hosts->nxdomain[0], &hosts->nxdomain[1],
                                    &hosts->registrable_asked,
                                    &hosts->changed[0], &hosts->changed[1], &hosts->met[0], &hosts->met[1],
                                    &hosts->differs[0], &hosts->differs[1]};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        mxs_bits_finish(all[i]);
    mxs_tried_finish(&hosts->tried);
    mxs_record_pools_forget(&hosts->pools);
    for (int family = 0; family < 2; family++)
        if (hosts->told[family] != NULL && hosts->times[family] != NULL) {
            memset(hosts->times[family], 0, (size_t)hosts->host_count + 1);
            memset(hosts->told[family], 0, ((size_t)hosts->host_count + 1) * sizeof *hosts->told[family]);
        }
}

static enum mxs_err read_answers(struct hosts *hosts, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    forget_answers(hosts);
    mxs_journal_open(&journal, hosts->survey->store, hosts->survey->run.id, MXS_JOURNAL_HOSTS);
    while (memory && (row = mxs_journal_next(&journal)) != NULL)
        memory = take_answer(hosts, row);
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "asking again") : err;
}

static enum mxs_err open_previous(struct hosts *hosts, struct mxs_detail *detail)
{
    struct mxs_survey *survey = hosts->survey;
    bool memory = true;
    hosts->host_count = survey->dictionary.hosts.keys.count;
    for (int family = 0; family < 2; family++) {
        hosts->before[family] = calloc((size_t)hosts->host_count + 1, sizeof *hosts->before[family]);
        hosts->told[family] = calloc((size_t)hosts->host_count + 1, sizeof *hosts->told[family]);
        hosts->times[family] = calloc((size_t)hosts->host_count + 1, sizeof *hosts->times[family]);
        hosts->was[family] = malloc((size_t)hosts->host_count + 1);
        memory = memory && hosts->before[family] != NULL && hosts->told[family] != NULL &&
                 hosts->times[family] != NULL && hosts->was[family] != NULL;
        if (memory)
            memset(hosts->was[family], (uint8_t)MXS_NOT_ASKED, (size_t)hosts->host_count + 1);
    }
    return !memory ? mxs_err_memory(detail, "asking again")
                   : mxs_record_pools_open(&hosts->pools, &mxs_record_kind_address, &survey->dictionary, survey->store,
                                           survey->run.list_id, survey->run.id, survey->run.previous, detail);
}

/* What was last settled of each MX host: which addresses it had, if any. */
static enum mxs_err read_previous(struct hosts *hosts, struct mxs_detail *detail)
{
    struct mxs_query query;
    enum mxs_err opened = open_previous(hosts, detail);
    if (opened != MXS_OK || hosts->survey->run.previous == 0)
        return opened;
    mxs_query_open(&query, hosts->survey->store,
                   "SELECT host_id, a_outcome, a_set_id, aaaa_outcome, aaaa_set_id FROM host_history WHERE list_id = ?1"
                   " ORDER BY host_id, first_run");
    mxs_query_int(&query, 1, hosts->survey->run.list_id);
    while (mxs_query_next(&query)) {
        int64_t host = mxs_query_column_int(&query, 0);
        for (int family = 0; host >= 0 && host <= hosts->host_count && family < 2; family++) {
            int outcome = 1 + 2 * family;
            if (mxs_query_is_null(&query, outcome) ||
                !mxs_outcome_settled((enum mxs_outcome)mxs_query_column_int(&query, outcome)))
                continue;
            hosts->was[family][host] = (uint8_t)mxs_query_column_int(&query, outcome);
            hosts->before[family][host] =
                mxs_query_is_null(&query, outcome + 1) ? 0 : (uint32_t)mxs_query_column_int(&query, outcome + 1);
        }
    }
    return mxs_query_finish(&query, detail);
}

/* A known pool is heard in part: where its answers differ, further ones tell more of it. */
static bool is_partly_heard(const struct hosts *hosts, uint32_t host, int family)
{
    if (host > hosts->host_count || hosts->told[family] == NULL || hosts->told[family][host] == 0)
        return false;
    bool differs = mxs_bits_has(&hosts->differs[family], host);
    return hosts->times[family][host] < (differs ? MXS_POOL_ATTEMPTS_MAX : MXS_POOL_ATTEMPTS) &&
           mxs_record_pools_miss(&hosts->pools, host, hosts->before[family][host]);
}

/* Two resolvers have denied the name, each asked for one type: that is said of all types. */
static bool is_denied_twice(const struct hosts *hosts, uint32_t host)
{
    size_t at = (size_t)host * 2;
    return mxs_bits_has(&hosts->nxdomain[0], host) && mxs_bits_has(&hosts->nxdomain[1], host) &&
           at + 1 < hosts->tried.count && hosts->tried.resolvers[at][0] != hosts->tried.resolvers[at + 1][0];
}

/* An MX host is asked again when its addresses are gone, or others; and when it has none, and that is news: what names
 * it would be broken. What a single resolver says of its first run nobody else can confirm. */
static bool is_lost(const struct hosts *hosts, uint32_t host, int family)
{
    bool known = host <= hosts->host_count, denied = mxs_bits_has(&hosts->nxdomain[family], host),
         several = mxs_pool_count(hosts->survey->pool) > 1;
    if (mxs_bits_has(&hosts->kept[family], host) || !mxs_bits_has(&hosts->settled[family], host))
        return false;
    if (known && hosts->before[family][host] != 0)
        return true;
    if (mxs_bits_has(&hosts->answered, host))
        return denied;
    if (several && denied &&
        (is_denied_twice(hosts, host) ||
         (family == 1 && mxs_bits_has(&hosts->nxdomain[0], host) && mxs_bits_has(&hosts->again[0], host))))
        return false;
    uint8_t was = known ? hosts->was[family][host] : (uint8_t)MXS_NOT_ASKED;
    return (several || hosts->survey->run.previous != 0) && was != (uint8_t)(denied ? MXS_NXDOMAIN : MXS_NODATA);
}

static enum mxs_err find_lost(struct hosts *hosts, struct mxs_detail *detail)
{
    bool memory = true;
    for (uint32_t host = 1; memory && host <= hosts->survey->dictionary.hosts.keys.count; host++)
        for (int family = 0; memory && family < 2; family++) {
            bool changed = mxs_bits_has(&hosts->changed[family], host) &&
                           (hosts->times[family][host] < MXS_POOL_ATTEMPTS ||
                            (!mxs_bits_has(&hosts->met[family], host) && is_asked_on(hosts, host, family)));
            if (changed || is_partly_heard(hosts, host, family) || is_lost(hosts, host, family))
                memory = mxs_bits_put(&hosts->again[family], host);
        }
    return memory ? MXS_OK : mxs_err_memory(detail, "asking again");
}

/* Whether the host has no settled answer, or has lost one. */
static bool is_wanted(const struct hosts *hosts, uint32_t host, uint32_t family)
{
    if (hosts->what == LOST)
        return mxs_bits_has(&hosts->again[family], host);
    return mxs_bits_has(&hosts->asked[family], host) && !mxs_bits_has(&hosts->settled[family], host);
}

/* A and AAAA of a host again. */
static bool question_of(const struct hosts *hosts, uint32_t at, struct mxs_question *out)
{
    const struct mxs_survey *survey = hosts->survey;
    uint32_t host = at / 2, family = at % 2;
    if (!is_wanted(hosts, host, family)) /* nearly all of them */
        return false;
    struct mxs_text name = mxs_dictionary_host_name(&survey->dictionary, host);
    *out = (struct mxs_question){.name = name, .subject = host, .type = family == 0 ? MXS_TYPE_A : MXS_TYPE_AAAA};
    mxs_tried_avoid(&hosts->tried, survey, at, out->avoid);
    return true;
}

static enum mxs_err next_question(void *arg, struct mxs_question *out)
{
    struct hosts *hosts = arg;
    while (hosts->next / 2 <= hosts->survey->dictionary.hosts.keys.count)
        if (question_of(hosts, hosts->next++, out))
            return MXS_OK;
    return MXS_ERR_END;
}

static enum mxs_err put_answer(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    struct hosts *hosts = arg;
    uint32_t host = question->subject;
    int family = question->type == MXS_TYPE_AAAA;
    bool news = hosts->what == LOST && (host > hosts->host_count || hosts->before[family][host] == 0);
    mxs_writer_put_host(hosts->survey->writer, question, question->type, answer, measurement,
                        news ? MXS_PASS_CONFIRM : MXS_PASS_SETTLE);
    return mxs_stage_stored(hosts->survey, answer->outcome);
}

static uint64_t count_questions(const struct hosts *hosts)
{
    uint64_t total = 0;
    struct mxs_question question;
    for (uint32_t at = 2; at / 2 <= hosts->survey->dictionary.hosts.keys.count; at++)
        total += question_of(hosts, at, &question);
    return total;
}

/* *asked: there were any. */
static enum mxs_err ask(struct hosts *hosts, enum what what, bool *asked, struct mxs_detail *detail)
{
    static const char *const names[] = {"MX hosts once more", "changed MX hosts"};
    hosts->what = what;
    hosts->next = 2;
    uint64_t total = count_questions(hosts);
    if (total == 0)
        return MXS_OK;
    *asked = true;
    return mxs_settle_ask(hosts->survey, names[what], total, what == UNSETTLED ? 1 : 0, next_question, put_answer,
                          hosts, detail);
}

static enum mxs_err read_hosts(struct hosts *hosts, struct mxs_detail *detail)
{
    enum mxs_err err = read_answers(hosts, detail);
    return err == MXS_OK ? find_lost(hosts, detail) : err;
}

enum mxs_err mxs_settle_hosts(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct hosts hosts = {.survey = survey};
    enum mxs_err err = mxs_stage_hosts(survey, detail); /* those that the settled names brought */
    if (err == MXS_OK)
        err = read_previous(&hosts, detail);
    bool asked = true;
    for (int round = 0; err == MXS_OK && asked && round < MXS_POOL_ATTEMPTS_MAX; round++) {
        asked = false;
        err = read_hosts(&hosts, detail);
        if (err == MXS_OK)
            err = ask(&hosts, UNSETTLED, &asked, detail);
        if (err == MXS_OK)
            err = ask(&hosts, LOST, &asked, detail);
    }
    if (err == MXS_OK && asked) /* what the last round brought */
        err = read_hosts(&hosts, detail);
    if (err == MXS_OK)
        err = mxs_settle_registrables(survey, &hosts.nxdomain[0], &hosts.registrable_asked, detail);
    forget_answers(&hosts);
    enum mxs_err end = mxs_record_pools_finish(&hosts.pools, err == MXS_OK ? detail : NULL);
    err = err == MXS_OK ? end : err;
    for (int family = 0; family < 2; family++) {
        free(hosts.before[family]);
        free(hosts.told[family]);
        free(hosts.times[family]);
        free(hosts.was[family]);
    }
    return err;
}
