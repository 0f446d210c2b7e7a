#include "scanner/run/internal/policy_judging.h"

#include <stdlib.h>

#include "base/vector.h"
#include "model/vocabulary.h"
#include "scanner/checks/judge.h"
#include "scanner/checks/registry.h"
#include "scanner/checks/tlsa.h"
#include "scanner/run/internal/smtp_judging.h"
#include "scanner/run/internal/smtp_signals.h"
#include "scanner/run/internal/sts.h"

#define PROVIDER_MAX 128

struct tlsa {
    uint8_t outcome; /* MXS_NOT_ASKED */
    bool secure, usable, unusable;
};

struct mxs_policy_judging {
    mxs_store *store;
    const struct mxs_dictionary *dictionary;
    const mxs_rules *rules;
    struct mxs_verdicts *verdicts;
    mxs_evidence *evidence;
    struct mxs_query intervals, content, put, drop;
    bool open, ahead;         /* ahead: intervals stands on a row */
    unsigned options;
    struct mxs_sts_judging sts;
    struct mxs_text hosts[MXS_RECORDS_MAX];
    struct tlsa *tlsa;        /* by host id */
    struct mxs_smtp_judging smtp;
    struct mxs_smtp_signals signals;
    struct mxs_server_signal server; /* of the domain under way */
    uint32_t host_count;
    struct mxs_intern memo;   /* verdict, addition -> */
    uint32_t *memo_verdicts;  /* by id of memo */
    size_t memo_capacity;
    struct mxs_arena arena;
    struct mxs_policy_facts facts;
    struct mxs_evidence_verdict behind;
    struct mxs_verdict verdict;
};

static void close_queries(mxs_policy_judging *judging)
{
    struct mxs_query *const all[] = {&judging->intervals, &judging->content, &judging->put, &judging->drop};
    for (size_t i = 0; judging->open && i < sizeof all / sizeof *all; i++) {
        enum mxs_err err = mxs_query_finish(all[i], NULL);
        (void)err; /* was asked for before */
    }
    judging->open = false;
    mxs_sts_judging_end(&judging->sts);
}

enum mxs_err mxs_policy_judging_create(mxs_policy_judging **out, mxs_store *store,
                                       const struct mxs_dictionary *dictionary, const mxs_rules *rules,
                                       struct mxs_verdicts *verdicts, struct mxs_detail *detail)
{
    mxs_policy_judging *judging = calloc(1, sizeof *judging);
    if (judging == NULL)
        return mxs_err_memory(detail, "judging");
    judging->store = store;
    judging->dictionary = dictionary;
    judging->rules = rules;
    judging->verdicts = verdicts;
    mxs_arena_init(&judging->arena, 64 * 1024, 0);
    mxs_intern_init(&judging->memo);
    enum mxs_err err = mxs_evidence_create(&judging->evidence, detail);
    if (err != MXS_OK) {
        mxs_policy_judging_destroy(&judging);
        return err;
    }
    *out = judging;
    return MXS_OK;
}

void mxs_policy_judging_destroy(mxs_policy_judging **judging)
{
    mxs_policy_judging *ending = *judging;
    *judging = NULL;
    if (ending == NULL)
        return;
    close_queries(ending);
    mxs_evidence_destroy(&ending->evidence);
    mxs_intern_finish(&ending->memo);
    mxs_arena_finish(&ending->arena);
    free(ending->memo_verdicts);
    free(ending->tlsa);
    mxs_smtp_judging_finish(&ending->smtp);
    mxs_smtp_signals_finish(&ending->signals);
    free(ending);
}

const char *mxs_policy_judging_digest(const mxs_policy_judging *judging)
{
    return mxs_evidence_digest(judging->evidence);
}

enum mxs_err mxs_policy_judging_error(const mxs_policy_judging *judging, struct mxs_detail *detail)
{
    const struct mxs_query *const all[] = {&judging->intervals, &judging->content, &judging->put, &judging->drop};
    for (size_t i = 0; judging->open && i < sizeof all / sizeof *all; i++) {
        if (mxs_query_error(all[i]) == MXS_OK)
            continue;
        if (detail != NULL)
            *detail = all[i]->detail;
        return mxs_query_error(all[i]);
    }
    return mxs_sts_judging_error(&judging->sts, detail);
}

/* --- a run --- */

/* Who has surely no address was not asked. Who was not asked for another reason (its addresses are not settled, it is
 * excluded) is not known. */
static enum mxs_err read_without_address(mxs_policy_judging *judging, int64_t list, int64_t run,
                                         struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(
        &query, judging->store,
        "SELECT host_id FROM host_history WHERE list_id = ?1 AND first_run <= ?2 AND ifnull(last_run, ?2) >= ?2"
        " AND a_outcome IN (?3, ?4) AND aaaa_outcome IN (?3, ?4)");
    mxs_query_int(&query, 1, list);
    mxs_query_int(&query, 2, run);
    mxs_query_int(&query, 3, MXS_NODATA);
    mxs_query_int(&query, 4, MXS_NXDOMAIN);
    while (mxs_query_next(&query)) {
        uint32_t host = (uint32_t)mxs_query_column_int(&query, 0);
        if (host <= judging->host_count)
            judging->tlsa[host].outcome = (uint8_t)MXS_NOT_ASKED;
    }
    return mxs_query_finish(&query, detail);
}

static enum mxs_err read_tlsa(mxs_policy_judging *judging, int64_t list, int64_t run, struct mxs_detail *detail)
{
    struct mxs_query query;
    free(judging->tlsa);
    judging->host_count = judging->dictionary->hosts.keys.count;
    judging->tlsa = malloc(((size_t)judging->host_count + 1) * sizeof *judging->tlsa);
    if (judging->tlsa == NULL)
        return mxs_err_memory(detail, "judging");
    for (uint32_t host = 0; host <= judging->host_count; host++)
        judging->tlsa[host] = (struct tlsa){.outcome = (uint8_t)MXS_LIMIT}; /* until something is known */
    uint32_t root = mxs_intern_find(&judging->dictionary->hosts.keys, "", 0); /* of a null MX */
    judging->tlsa[root].outcome = (uint8_t)MXS_NOT_ASKED;
    enum mxs_err err = read_without_address(judging, list, run, detail);
    if (err != MXS_OK)
        return err;
    int64_t last = 0; /* most have the same content: nothing */
    struct mxs_check_tlsa read = {.outcome = MXS_NODATA};
    mxs_query_open(
        &query, judging->store,
        "SELECT h.host_id, h.policy_id, p.content FROM host_policy_history h CROSS JOIN policy p ON p.id = h.policy_id"
        " WHERE h.list_id = ?1 AND h.first_run <= ?2 AND ifnull(h.last_run, ?2) >= ?2");
    mxs_query_int(&query, 1, list);
    mxs_query_int(&query, 2, run);
    while (mxs_query_next(&query)) {
        uint32_t host = (uint32_t)mxs_query_column_int(&query, 0);
        size_t size;
        const void *content = mxs_query_column_blob(&query, 2, &size);
        if (mxs_query_column_int(&query, 1) != last)
            mxs_check_tlsa_read((struct mxs_bytes){content, (uint32_t)size}, &read);
        last = mxs_query_column_int(&query, 1);
        if (host <= judging->host_count)
            judging->tlsa[host] = (struct tlsa){read.outcome, read.secure, read.usable > 0, read.unusable > 0};
    }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_policy_judging_begin(mxs_policy_judging *judging, int64_t list, int64_t run, unsigned options,
                                      struct mxs_detail *detail)
{
    close_queries(judging);
    judging->options = options;
    if (!mxs_checks_ask(options, MXS_SUBJECT_DOMAIN) && !(options & MXS_CHECK_SMTP))
        return MXS_OK;
    judging->open = true;
    mxs_query_open(&judging->intervals, judging->store,
                   "SELECT domain_id, policy_id, secure FROM policy_history"
                   " WHERE list_id = ?1 AND first_run <= ?2 AND ifnull(last_run, ?2) >= ?2 ORDER BY domain_id");
    mxs_query_int(&judging->intervals, 1, list);
    mxs_query_int(&judging->intervals, 2, run);
    mxs_query_open(&judging->content, judging->store, "SELECT content FROM policy WHERE id = ?1");
    mxs_query_open(&judging->put, judging->store, "INSERT OR REPLACE INTO evidence VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    mxs_query_open(&judging->drop, judging->store, "DELETE FROM evidence WHERE policy_id = ?1");
    judging->ahead = mxs_query_next(&judging->intervals);
    if (options & MXS_CHECK_TRANSPORT)
        mxs_sts_judging_begin(&judging->sts, judging->store, list, run);
    enum mxs_err err = read_tlsa(judging, list, run, detail);
    if (err != MXS_OK || !(options & MXS_CHECK_SMTP))
        return err;
    err = mxs_smtp_judging_read(&judging->smtp, judging->store, judging->host_count, list, run, detail);
    if (err != MXS_OK)
        return err;
    return mxs_smtp_signals_read(&judging->signals, judging->store, judging->dictionary, judging->evidence,
                                 judging->rules, run, detail);
}

/* --- a domain --- */

/* The MX hosts of the domain: of its MX, or itself where it has none. */
static uint32_t count_mx_hosts(const mxs_policy_judging *judging, const struct mxs_judging_subject *subject)
{
    return subject->set != 0 ? mxs_dictionary_mx_count(judging->dictionary, subject->set) : subject->implicit_host != 0;
}

static uint32_t mx_host_at(const mxs_policy_judging *judging, const struct mxs_judging_subject *subject, uint32_t index)
{
    return subject->set != 0 ? mxs_dictionary_mx_member(judging->dictionary, subject->set, index).host
                             : subject->implicit_host;
}

/* DANE holds where the MX, the addresses and the TLSA are all validated @rfc{7672,2.2}. All MX hosts that have an
 * address count: mail goes to any of them. */
static uint8_t dane_of(const mxs_policy_judging *judging, const struct mxs_judging_subject *subject, bool secure)
{
    uint32_t count = count_mx_hosts(judging, subject), live = 0, good = 0, insecure = 0, unusable = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct tlsa *tlsa = &judging->tlsa[mx_host_at(judging, subject, i)];
        if (tlsa->outcome == (uint8_t)MXS_NOT_ASKED)
            continue; /* no address: no mail goes there */
        if (!mxs_outcome_settled((enum mxs_outcome)tlsa->outcome))
            return MXS_POLICY_UNKNOWN;
        live++;
        if (!tlsa->usable && !tlsa->unusable)
            continue;
        if (!secure || !tlsa->secure)
            insecure++;
        else if (tlsa->usable)
            good++;
        else
            unusable++;
    }
    if (good > 0)
        return good == live ? MXS_DANE_ALL : MXS_DANE_SOME;
    return unusable > 0 ? MXS_DANE_UNUSABLE : insecure > 0 ? MXS_DANE_INSECURE : MXS_DANE_NONE;
}

static uint32_t name_mx_hosts(mxs_policy_judging *judging, const struct mxs_judging_subject *subject)
{
    uint32_t count = count_mx_hosts(judging, subject), named = 0;
    for (uint32_t i = 0; i < count && named < MXS_RECORDS_MAX; i++) {
        judging->hosts[named] = mxs_dictionary_host_name(judging->dictionary, mx_host_at(judging, subject, i));
        named += judging->hosts[named].size_bytes > 0; /* not the root of a null MX */
    }
    return named;
}

static int by_preference(const void *a, const void *b)
{
    const struct mxs_smtp_judging_host *x = a, *y = b;
    return (int)x->preference - (int)y->preference;
}

static void summarise_servers(mxs_policy_judging *judging, const struct mxs_judging_subject *subject)
{
    uint32_t count = count_mx_hosts(judging, subject), level = 0, heard = 0;
    judging->server = (struct mxs_server_signal){.certificate = false};
    struct mxs_smtp_judging_host *hosts = mxs_arena_take(&judging->arena, (count + 1) * sizeof *hosts);
    if (hosts == NULL)
        return;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t preference =
            subject->set != 0 ? mxs_dictionary_mx_member(judging->dictionary, subject->set, i).preference : 0;
        uint32_t host = mx_host_at(judging, subject, i);
        const struct tlsa *tlsa = &judging->tlsa[host];
        hosts[i] = (struct mxs_smtp_judging_host){host, preference, tlsa->secure && (tlsa->usable || tlsa->unusable)};
    }
    qsort(hosts, count, sizeof *hosts, by_preference);
    for (uint32_t i = 0; i < count; i++) {
        mxs_smtp_judging_put(&judging->smtp, &hosts[i], subject->name, &level, &judging->facts.smtp);
        if (level == hosts[i].preference + 1u)
            mxs_smtp_signals_put(&judging->signals, hosts[i].host, &heard, &judging->server);
    }
}

static void put_evidence(mxs_policy_judging *judging, uint32_t policy)
{
    struct mxs_query *put = &judging->put;
    mxs_query_int(&judging->drop, 1, policy);
    mxs_query_run(&judging->drop);
    for (uint32_t i = 0; i < judging->behind.signal_count; i++) {
        const struct mxs_signal *sign = &judging->behind.signals[i];
        mxs_query_int(put, 1, policy);
        mxs_query_int(put, 2, i + 1);
        mxs_query_text(put, 3, mxs_signal_text(sign->kind), strlen(mxs_signal_text(sign->kind)));
        mxs_query_text(put, 4, sign->provider.data, sign->provider.size_bytes);
        mxs_query_text(put, 5, sign->rule.data, sign->rule.size_bytes);
        mxs_query_text(put, 6, sign->value.data, sign->value.size_bytes);
        mxs_query_run(put);
    }
}

static uint32_t add(mxs_policy_judging *judging, uint32_t verdict, const struct mxs_policy_addition *addition)
{
    uint8_t key[4 + offsetof(struct mxs_policy_addition, mailbox) + 2 * PROVIDER_MAX];
    uint32_t size = 4 + (uint32_t)offsetof(struct mxs_policy_addition, mailbox);
    const struct mxs_text names[] = {addition->mailbox, addition->front};
    bool added;
    memcpy(key, &verdict, 4);
    memcpy(key + 4, addition, size - 4);
    for (size_t i = 0; i < 2; i++) {
        uint32_t length = names[i].data == NULL                ? 0
                          : names[i].size_bytes < PROVIDER_MAX ? names[i].size_bytes
                                                               : PROVIDER_MAX - 1;
        key[size++] = (uint8_t)length;
        if (length > 0)
            memcpy(key + size, names[i].data, length);
        size += length;
    }
    uint32_t id = mxs_intern_put(&judging->memo, key, size, &added);
    if (id == 0)
        return 0;
    if (!added)
        return judging->memo_verdicts[id];
    if (!mxs_vector_reserve(&judging->memo_verdicts, &judging->memo_capacity, id, sizeof *judging->memo_verdicts))
        return 0;
    mxs_policy_add(&judging->verdict, addition);
    return judging->memo_verdicts[id] = mxs_verdicts_put(judging->verdicts, &judging->verdict);
}

static uint32_t judge(mxs_policy_judging *judging, const struct mxs_judging_subject *subject, uint32_t policy,
                      struct mxs_bytes content, bool secure, uint32_t verdict)
{
    struct mxs_policy_addition addition;
    mxs_arena_reset(&judging->arena);
    mxs_verdicts_find(judging->verdicts, verdict, &judging->verdict);
    if (!mxs_policy_read(content, judging->options, &judging->arena, &judging->facts))
        return 0;
    if (judging->options & MXS_CHECK_TRANSPORT) {
        judging->facts.dane = dane_of(judging, subject, secure);
        mxs_sts_judging_domain(&judging->sts, subject->id, judging->hosts, name_mx_hosts(judging, subject),
                               &judging->facts);
    }
    if (judging->options & MXS_CHECK_SMTP)
        summarise_servers(judging, subject);
    bool published = policy != 0 && (judging->options & MXS_CHECK_AUTH) != 0 && judging->verdict.open_mailbox;
    bool shown = (judging->options & MXS_CHECK_SMTP) != 0 && mxs_policy_names_nobody(&judging->verdict),
         look = published || shown;
    if (look)
        mxs_evidence_judge(judging->evidence, judging->rules, &judging->facts, shown ? &judging->server : NULL,
                           &judging->behind);
    if (published)
        put_evidence(judging, policy);
    mxs_policy_judge(&judging->verdict, &judging->facts, look ? &judging->behind : NULL, &addition);
    return add(judging, verdict, &addition);
}

uint32_t mxs_policy_judging_domain(mxs_policy_judging *judging, const struct mxs_judging_subject *subject,
                                   uint32_t verdict)
{
    uint32_t domain = subject->id;
    struct mxs_query *intervals = &judging->intervals;
    if (!judging->open || verdict == 0)
        return verdict;
    while (judging->ahead && mxs_query_column_int(intervals, 0) < domain)
        judging->ahead = mxs_query_next(intervals);
    if (!judging->ahead ||
        mxs_query_column_int(intervals, 0) != domain) /* nothing was asked of it but its mail servers */
        return judging->options & MXS_CHECK_SMTP
                   ? judge(judging, subject, 0, (struct mxs_bytes){NULL, 0}, false, verdict)
                   : verdict;
    uint32_t policy = (uint32_t)mxs_query_column_int(intervals, 1);
    bool secure = mxs_query_column_int(intervals, 2) != 0;
    mxs_query_int(&judging->content, 1, policy);
    if (!mxs_query_next(&judging->content))
        return verdict;
    size_t size;
    const void *bytes = mxs_query_column_blob(&judging->content, 0, &size);
    uint32_t found = judge(judging, subject, policy, (struct mxs_bytes){bytes, (uint32_t)size}, secure, verdict);
    mxs_query_reset(&judging->content);
    return found;
}
