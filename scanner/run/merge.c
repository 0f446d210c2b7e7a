#include "scanner/run/internal/merge.h"

#include <stdlib.h>

#include "db/history.h"
#include "db/measured.h"
#include "model/usable.h"
#include "scanner/run/internal/known.h"
#include "scanner/run/internal/record_votes.h"
#include "scanner/run/internal/stages.h"
#include "scanner/write/journal.h"

/* Domains or MX hosts at a time. A power of two, as the regions of pending.h are: the answers of a chunk lie in two
 * regions, one after the other in the journal. */
#define MERGE_CHUNK 131072u
#define NO_ANSWER 255

static int64_t or_null(uint32_t id) { return id == 0 ? MXS_HISTORY_NULL : (int64_t)id; }

/* --- domains --- */

struct merge {
    struct mxs_survey *survey;
    mxs_judging *judging;
    struct mxs_journal_row *rows; /* by id - first; outcome NO_ANSWER: the domain is not of this run */
    struct mxs_pool_sample *samples; /* likewise, and */
    struct mxs_record_votes *votes;
    uint32_t *verdicts; /* likewise */
    struct mxs_record_pools pools;
    bool starved; /* no memory for a set */
    uint32_t first, last;         /* ids of the chunk */
    uint32_t next;                /* id a source looks at */
    uint64_t answered;            /* domains with an answer, over all chunks */
    uint64_t agreement_asked, agreement_same;
};

/* What was settled is asked again only when it contradicts the previous run: what a second asking did not confirm is no
 * fact. */
static bool is_unconfirmed(enum mxs_outcome before, const struct mxs_journal_row *now)
{
    return now->pass == MXS_PASS_SETTLE && mxs_outcome_settled(before) &&
           !mxs_outcome_settled((enum mxs_outcome)now->outcome);
}

/* What the domain said in a later stage is a further attempt at the same question. */
static void take_sample(struct merge *merge, const struct mxs_journal_row *now)
{
    struct mxs_pool_sample *sample = &merge->samples[now->subject - merge->first];
    struct mxs_record_votes *votes = &merge->votes[now->subject - merge->first];
    if (now->pass == MXS_PASS_FIRST) {
        *sample = (struct mxs_pool_sample){0};
        *votes = (struct mxs_record_votes){0};
    }
    if (now->outcome != MXS_ANSWERED || now->set == 0)
        return;
    merge->starved |= !mxs_record_pools_put(&merge->pools, sample, now->set);
    mxs_record_votes_put(votes, sample, now->resolver, now->set);
}

/* Said more than once, or known to be of a pool, it needs nobody who says it again. */
static bool is_confirmed(const struct merge *merge, uint32_t domain, uint32_t set)
{
    return set != 0 && (merge->samples[domain - merge->first].attempts > 1 ||
                        mxs_record_pools_hold(&merge->pools, domain, set));
}

/* Asked more than once: the last settled answer stands; else the one that says most. */
static void take_answer(struct merge *merge, const struct mxs_journal_row *now)
{
    if (now->subject < merge->first || now->subject > merge->last)
        return;
    struct mxs_journal_row *row = &merge->rows[now->subject - merge->first];
    enum mxs_outcome before = (enum mxs_outcome)row->outcome, outcome = (enum mxs_outcome)now->outcome;
    if (now->pass == MXS_PASS_SAMPLE) {
        if (mxs_outcome_settled(outcome)) {
            merge->agreement_asked++;
            merge->agreement_same += outcome == before && now->set == row->set;
        }
        return;
    }
    take_sample(merge, now);
    if (row->outcome == NO_ANSWER) {
        *row = *now;
        return;
    }
    uint8_t attempts = (uint8_t)(row->attempts + now->attempts);
    if (mxs_outcome_settled(outcome) || mxs_outcome_better(before, outcome) != before ||
        (is_unconfirmed(before, now) && !is_confirmed(merge, now->subject, row->set)))
        *row = *now;
    row->attempts = attempts;
}

static enum mxs_err read_chunk(struct merge *merge, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    memset(merge->rows, 0xff, ((size_t)merge->last - merge->first + 1) * sizeof *merge->rows);
    memset(merge->samples, 0, ((size_t)merge->last - merge->first + 1) * sizeof *merge->samples);
    memset(merge->votes, 0, ((size_t)merge->last - merge->first + 1) * sizeof *merge->votes);
    mxs_journal_open_range(&journal, merge->survey->store, merge->survey->run.id, MXS_JOURNAL_DOMAINS, merge->first,
                           merge->last);
    while ((row = mxs_journal_next(&journal)) != NULL)
        take_answer(merge, row);
    return mxs_journal_finish(&journal, detail);
}

/* Where a domain answers with samples of a pool, the pool is the fact. Where shards are merged and nobody is asked, the
 * shard's fact is the pool already. */
static enum mxs_err take_pools(struct merge *merge, struct mxs_detail *detail)
{
    uint32_t count = merge->survey->pool == NULL ? 0 : merge->last - merge->first + 1;
    for (uint32_t i = 0; i < count && !merge->starved; i++) {
        struct mxs_journal_row *row = &merge->rows[i];
        if (row->outcome != MXS_ANSWERED || row->set == 0)
            continue;
        const struct mxs_pool_sample sample = mxs_record_votes_sample(&merge->votes[i], &merge->samples[i]);
        row->set = mxs_record_pools_take(&merge->pools, merge->first + i, 0, &sample);
        merge->starved |= row->set == 0;
    }
    return merge->starved ? mxs_err_memory(detail, "sorting answers")
                          : mxs_dictionary_flush(merge->pools.dictionary, merge->survey->store, detail);
}

/* Reads the names beside the answers: an MX host below the domain itself is judged otherwise than a stranger's. */
static enum mxs_err judge_chunk(struct merge *merge, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool judged = true, memory = true;
    mxs_query_open(&query, merge->survey->store, "SELECT id, name FROM domain WHERE id BETWEEN ?1 AND ?2");
    mxs_query_int(&query, 1, merge->first);
    mxs_query_int(&query, 2, merge->last);
    while (judged && memory && mxs_query_next(&query)) {
        uint32_t at = (uint32_t)mxs_query_column_int(&query, 0) - merge->first;
        const struct mxs_journal_row *row = &merge->rows[at];
        if (row->outcome == NO_ANSWER)
            continue;
        size_t size;
        const char *name = mxs_query_column_text(&query, 1, &size);
        struct mxs_judging_subject subject = {{name, (uint32_t)size}, row->outcome, row->set, row->implicit_host,
                                              merge->first + at, row->alias != 0};
        merge->verdicts[at] = mxs_judging_subject(merge->judging, &subject);
        merge->answered++;
        judged = merge->verdicts[at] != 0;
        memory = !judged || mxs_domain_counts_put(&merge->survey->counts, subject.name, merge->verdicts[at], row->set,
                                                  row->implicit_host);
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && !memory)
        return mxs_err_memory(detail, "sorting answers");
    return err == MXS_OK && !judged ? mxs_judging_failure(merge->judging, detail) : err;
}

static bool content_of(void *arg, uint32_t id, int64_t *content)
{
    const struct merge *merge = arg;
    const struct mxs_journal_row *row = &merge->rows[id - merge->first];
    if (row->outcome == NO_ANSWER)
        return false;
    content[0] = row->outcome;
    content[1] = or_null(row->set);
    content[2] = or_null(row->alias);
    content[3] = or_null(row->implicit_host);
    return true;
}

static bool next_measured(void *arg, struct mxs_measured_row *out)
{
    struct merge *merge = arg;
    while (merge->next <= merge->last && merge->rows[merge->next - merge->first].outcome == NO_ANSWER)
        merge->next++;
    if (merge->next > merge->last)
        return false;
    const struct mxs_journal_row *row = &merge->rows[merge->next - merge->first];
    *out = (struct mxs_measured_row){.domain = merge->next++,
                                     .run = merge->survey->run.id,
                                     .resolver = row->resolver,
                                     .attempts = row->attempts,
                                     .ede = row->ede,
                                     .rtt_us = row->rtt_us,
                                     .asked_after_s = row->asked_after_s,
                                     .ttl_s = row->ttl_s == MXS_TTL_NONE ? MXS_MEASURED_NO_TTL : row->ttl_s};
    return true;
}

static enum mxs_err store_chunk(struct merge *merge, struct mxs_detail *detail)
{
    const struct mxs_scan_run *run = &merge->survey->run;
    struct mxs_history_merge intervals = {.store = merge->survey->store, .table = "domain_history", .key = "domain_id",
                                  .columns = "outcome, mx_set_id, alias_id, implicit_host_id", .column_count = 4,
                                  .list = run->list_id, .run = run->id, .previous = run->previous,
                                  .content = content_of, .arg = merge};
    enum mxs_err err = mxs_history_merge(&intervals, merge->first, merge->last, detail);
    merge->next = merge->first;
    if (err == MXS_OK)
        err = mxs_measured_put(merge->survey->store, merge->first, merge->last, next_measured, merge, detail);
    if (err == MXS_OK)
        err = mxs_judging_store(merge->judging, merge->first, merge->last, merge->verdicts, detail);
    return err;
}

/* Sets that were joined are stored with what refers to them. */
static enum mxs_err end_chunk(mxs_store *store, struct mxs_dictionary *dictionary, enum mxs_err err,
                              struct mxs_detail *detail)
{
    err = mxs_store_end(store, err, detail);
    if (err == MXS_OK)
        mxs_dictionary_settle(dictionary);
    else
        mxs_dictionary_forget(dictionary);
    return err;
}

/* One transaction: judging writes as well (labels of MX hosts, networks of addresses). */
static enum mxs_err merge_chunk(struct merge *merge, struct mxs_detail *detail)
{
    enum mxs_err err = read_chunk(merge, detail);
    if (err == MXS_OK)
        err = mxs_store_begin(merge->survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = take_pools(merge, detail);
    if (err == MXS_OK)
        err = judge_chunk(merge, detail);
    if (err == MXS_OK)
        err = store_chunk(merge, detail);
    return end_chunk(merge->survey->store, merge->pools.dictionary, err, detail);
}

static enum mxs_err put_agreement(struct merge *merge, struct mxs_detail *detail)
{
    struct mxs_query query;
    if (merge->answered != merge->survey->run.accepted)
        return mxs_err_set(detail, MXS_ERR_DB,
                           "run %lld has %llu answers for %llu names: another program changed the database, or this "
                           "is a bug; please report it with the database (--new scans anew)",
                           (long long)merge->survey->run.id, (unsigned long long)merge->answered,
                           (unsigned long long)merge->survey->run.accepted);
    mxs_query_open(&query, merge->survey->store,
                   "UPDATE run SET agreement_asked = ?2, agreement_same = ?3 WHERE id = ?1");
    mxs_query_int(&query, 1, merge->survey->run.id);
    mxs_query_int(&query, 2, (int64_t)merge->agreement_asked);
    mxs_query_int(&query, 3, (int64_t)merge->agreement_same);
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_merge_domains(struct mxs_survey *survey, mxs_judging *judging, struct mxs_detail *detail)
{
    struct merge merge = {.survey = survey, .judging = judging};
    int64_t highest = 0;
    mxs_domain_counts_finish(&survey->counts);
    mxs_domain_counts_init(&survey->counts);
    enum mxs_err err = mxs_known_read_highest(survey->store, &highest, detail);
    if (err != MXS_OK)
        return err;
    size_t size = highest < MERGE_CHUNK ? (size_t)highest + 1 : MERGE_CHUNK;
    err = mxs_record_pools_open(&merge.pools, &mxs_record_kind_mx, &survey->dictionary, survey->store,
                                survey->run.list_id, survey->run.id, survey->run.previous, detail);
    merge.rows = malloc(size * sizeof *merge.rows);
    merge.samples = malloc(size * sizeof *merge.samples);
    merge.votes = malloc(size * sizeof *merge.votes);
    merge.verdicts = malloc(size * sizeof *merge.verdicts);
    if (err == MXS_OK && (merge.rows == NULL || merge.samples == NULL || merge.votes == NULL || merge.verdicts == NULL))
        err = mxs_err_memory(detail, "sorting answers");
    for (int64_t first = 0; err == MXS_OK && first <= highest; first += MERGE_CHUNK) {
        mxs_progress_pulse(survey, (uint64_t)first, (uint64_t)highest);
        merge.first = (uint32_t)first;
        merge.last = (uint32_t)(highest - first < MERGE_CHUNK ? highest : first + MERGE_CHUNK - 1);
        memset(merge.verdicts, 0, size * sizeof *merge.verdicts);
        err = merge_chunk(&merge, detail);
    }
    if (err == MXS_OK)
        err = put_agreement(&merge, detail);
    free(merge.rows);
    free(merge.samples);
    free(merge.votes);
    free(merge.verdicts);
    enum mxs_err end = mxs_record_pools_finish(&merge.pools, err == MXS_OK ? detail : NULL);
    return err == MXS_OK ? end : err;
}

/* --- MX hosts --- */

struct host_row {
    uint32_t set[2], alias;
    uint8_t outcome[2], registrable; /* MXS_NOT_ASKED */
    struct mxs_pool_sample sample[2];
    bool again[2], empty[2];         /* asked again, and settled; an attempt had none of the type */
    uint8_t denials[2];              /* attempts that denied the name */
};

struct host_merge {
    mxs_store *store;
    const struct mxs_scan_run *run;
    struct mxs_dictionary *dictionary;
    struct host_row *rows; /* by id - first */
    uint32_t first, last;
    struct mxs_record_pools pools;
    bool lied;             /* answers were withdrawn */
    struct mxs_bits named; /* then: MX hosts that an answer names which counts; the liar's own are none of this run */
    bool starved; /* no memory for a set */
};

static bool put_named(struct host_merge *merge, const struct mxs_journal_row *row)
{
    bool memory = row->implicit_host == 0 || mxs_bits_put(&merge->named, row->implicit_host);
    for (uint32_t i = 0; memory && row->set != 0 && i < mxs_dictionary_mx_count(merge->dictionary, row->set); i++)
        memory = mxs_bits_put(&merge->named, mxs_dictionary_mx_member(merge->dictionary, row->set, i).host);
    return memory;
}

/* Of a pool of MX records also those stay facts that no answer of this run names. */
static enum mxs_err read_pools(struct host_merge *merge, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool memory = true;
    mxs_query_open(&query, merge->store, "SELECT DISTINCT host_id FROM mx_pool WHERE list_id = ?1");
    mxs_query_int(&query, 1, merge->run->list_id);
    while (memory && mxs_query_next(&query))
        memory = mxs_bits_put(&merge->named, (uint32_t)mxs_query_column_int(&query, 0));
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "sorting answers") : err;
}

static enum mxs_err read_named(struct host_merge *merge, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    bool memory = true;
    mxs_journal_open(&journal, merge->store, merge->run->id, MXS_JOURNAL_DOMAINS);
    merge->lied = journal.withdrawn_count > 0;
    while (merge->lied && memory && (row = mxs_journal_next(&journal)) != NULL)
        memory = put_named(merge, row);
    enum mxs_err err = mxs_journal_finish(&journal, detail);
    if (err == MXS_OK && !memory)
        err = mxs_err_memory(detail, "sorting answers");
    return err == MXS_OK && merge->lied ? read_pools(merge, detail) : err;
}

static void take_host_answer(struct host_merge *merge, struct host_row *row, const struct mxs_journal_row *now)
{
    enum mxs_outcome outcome = (enum mxs_outcome)now->outcome;
    if (now->type == 0) {
        row->registrable = (uint8_t)mxs_outcome_better(outcome, (enum mxs_outcome)row->registrable);
        return;
    }
    int family = now->type == MXS_TYPE_AAAA;
    enum mxs_outcome before = (enum mxs_outcome)row->outcome[family];
    if (outcome == MXS_ANSWERED && now->set != 0)
        merge->starved |= !mxs_record_pools_put(&merge->pools, &row->sample[family], now->set);
    row->again[family] |= now->pass != MXS_PASS_FIRST && mxs_outcome_settled(outcome);
    row->empty[family] |= outcome == MXS_NODATA;
    row->denials[family] += outcome == MXS_NXDOMAIN && row->denials[family] < UINT8_MAX;
    if (before != MXS_NOT_ASKED && !mxs_outcome_settled(outcome) && mxs_outcome_better(before, outcome) == before &&
        !is_unconfirmed(before, now))
        return;
    row->outcome[family] = (uint8_t)outcome;
    row->set[family] = now->set;
    if (now->alias != 0)
        row->alias = now->alias;
}

static int64_t outcome_or_null(uint8_t outcome)
{
    return outcome == (uint8_t)MXS_NOT_ASKED ? MXS_HISTORY_NULL : (int64_t)outcome;
}

static int64_t usable_or_null(const struct host_merge *merge, uint32_t host, const struct host_row *row)
{
    const struct mxs_dictionary *dictionary = merge->dictionary;
    struct mxs_host_facts facts = {.name = mxs_dictionary_host_name(dictionary, host),
                                   .a = (enum mxs_outcome)row->outcome[0],
                                   .aaaa = (enum mxs_outcome)row->outcome[1]};
    if (!mxs_usable_name(facts.name))
        return MXS_NO;
    enum mxs_tri usable = mxs_usable_host(&facts);
    for (int family = 0; family < 2; family++)
        for (uint32_t i = 0; row->set[family] != 0 && i < mxs_dictionary_address_count(dictionary, row->set[family]);
             i++) {
            struct mxs_bytes bytes = mxs_dictionary_address(dictionary, row->set[family], i);
            struct mxs_address address = {.family = bytes.size_bytes == 4 ? 4 : 6};
            memcpy(address.bytes, bytes.data, bytes.size_bytes);
            facts.addresses = &address;
            facts.address_count = 1;
            if (mxs_usable_host(&facts) == MXS_YES)
                return MXS_YES;
        }
    return usable == MXS_UNKNOWN ? MXS_HISTORY_NULL : (int64_t)usable;
}

static bool host_content(void *arg, uint32_t host, int64_t *content)
{
    const struct host_merge *merge = arg;
    const struct host_row *row = &merge->rows[host - merge->first];
    if ((row->outcome[0] == (uint8_t)MXS_NOT_ASKED && row->outcome[1] == (uint8_t)MXS_NOT_ASKED) ||
        (merge->lied && !mxs_bits_has(&merge->named, host)))
        return false;
    content[0] = outcome_or_null(row->outcome[0]);
    content[1] = or_null(row->set[0]);
    content[2] = outcome_or_null(row->outcome[1]);
    content[3] = or_null(row->set[1]);
    content[4] = or_null(row->alias);
    content[5] = outcome_or_null(row->registrable);
    content[6] = usable_or_null(merge, host, row);
    return true;
}

static enum mxs_err read_host_chunk(struct host_merge *merge, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    for (uint32_t i = 0; i <= merge->last - merge->first; i++)
        merge->rows[i] = (struct host_row){.outcome = {(uint8_t)MXS_NOT_ASKED, (uint8_t)MXS_NOT_ASKED},
                                          .registrable = (uint8_t)MXS_NOT_ASKED};
    mxs_journal_open_range(&journal, merge->store, merge->run->id, MXS_JOURNAL_HOSTS, merge->first,
                           merge->last);
    while ((row = mxs_journal_next(&journal)) != NULL) {
        if (row->subject >= merge->first && row->subject <= merge->last)
            take_host_answer(merge, &merge->rows[row->subject - merge->first], row);
    }
    return mxs_journal_finish(&journal, detail);
}

/* Some attempts had addresses and the others none: a sample of a pool may be empty. That the name is not there is said
 * wrongly by most or by few. */
static void take_empty_sample(struct host_row *row, int family)
{
    bool denied = row->denials[family] > 1 && row->denials[family] > row->sample[family].attempts;
    if (!row->again[family] || !(row->empty[family] || row->denials[family] > 0) || row->sample[family].seen == 0 ||
        !mxs_outcome_settled((enum mxs_outcome)row->outcome[family]))
        return;
    if (denied) {
        row->outcome[family] = MXS_NXDOMAIN;
        row->set[family] = 0;
        return;
    }
    row->outcome[family] = MXS_ANSWERED;
    row->sample[family].differs |= row->empty[family];
}

/* Who says that the name has none of the type says that it is there. So does who gives the other type; some balancers
 * deny it for AAAA all the same @rfc{4074,4.2}, whoever asks them: then it has none. Otherwise nobody knows. */
static void take_denial(struct host_row *row, int family)
{
    bool there = row->outcome[1 - family] == MXS_ANSWERED, again = row->denials[family] > 1;
    if (row->outcome[family] != MXS_NXDOMAIN)
        return;
    if (row->empty[family] ? there || !again : there && again && family == 1)
        row->outcome[family] = MXS_NODATA;
    else if (there)
        row->outcome[family] = MXS_MALFORMED;
}

/* Where a host answers with samples of a pool, the pool is the fact. */
static enum mxs_err take_host_pools(struct host_merge *merge, struct mxs_detail *detail)
{
    for (uint32_t host = merge->first; host <= merge->last && !merge->starved; host++) {
        struct host_row *row = &merge->rows[host - merge->first];
        for (int family = 0; family < 2; family++) {
            take_empty_sample(row, family);
            if (row->outcome[family] != MXS_ANSWERED || row->sample[family].seen == 0)
                continue;
            row->set[family] = mxs_record_pools_take(&merge->pools, host, family, &row->sample[family]);
            merge->starved |= row->set[family] == 0;
        }
        take_denial(row, 0);
        take_denial(row, 1);
    }
    return merge->starved ? mxs_err_memory(detail, "sorting answers")
                          : mxs_dictionary_flush(merge->dictionary, merge->store, detail);
}

static enum mxs_err merge_host_chunk(struct host_merge *merge, struct mxs_detail *detail)
{
    const struct mxs_scan_run *run = merge->run;
    struct mxs_history_merge intervals = {
        .store = merge->store,
        .table = "host_history",
        .key = "host_id",
        .columns = "a_outcome, a_set_id, aaaa_outcome, aaaa_set_id, alias_id, registrable_outcome, usable",
        .column_count = 7,
        .list = run->list_id,
        .run = run->id,
        .previous = run->previous,
        .content = host_content,
        .arg = merge};
    enum mxs_err err = read_host_chunk(merge, detail);
    if (err == MXS_OK)
        err = mxs_store_begin(merge->store, detail);
    if (err != MXS_OK)
        return err;
    err = take_host_pools(merge, detail);
    if (err == MXS_OK)
        err = mxs_history_merge(&intervals, merge->first, merge->last, detail);
    return end_chunk(merge->store, merge->dictionary, err, detail);
}

enum mxs_err mxs_merge_hosts(mxs_store *store, const struct mxs_scan_run *run, struct mxs_dictionary *dictionary,
                             struct mxs_detail *detail)
{
    struct host_merge merge = {.store = store, .run = run, .dictionary = dictionary};
    uint32_t count = dictionary->hosts.keys.count;
    enum mxs_err err = mxs_record_pools_open(&merge.pools, &mxs_record_kind_address, dictionary, store, run->list_id,
                                             run->id, run->previous, detail);
    merge.rows = malloc((count < MERGE_CHUNK ? (size_t)count + 1 : MERGE_CHUNK) * sizeof *merge.rows);
    if (err == MXS_OK && merge.rows == NULL)
        err = mxs_err_memory(detail, "sorting answers");
    if (err == MXS_OK)
        err = read_named(&merge, detail);
    for (uint64_t first = 1; err == MXS_OK && first <= count; first += MERGE_CHUNK) {
        merge.first = (uint32_t)first;
        merge.last = (uint32_t)(count - first < MERGE_CHUNK ? count : first + MERGE_CHUNK - 1);
        err = merge_host_chunk(&merge, detail);
    }
    free(merge.rows);
    mxs_bits_finish(&merge.named);
    enum mxs_err end = mxs_record_pools_finish(&merge.pools, err == MXS_OK ? detail : NULL);
    return err == MXS_OK ? end : err;
}
