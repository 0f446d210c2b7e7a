/* The settle stage, of MX hosts that do not exist: the domain that each would have to be bought under.
 *
 * That a resolver denies this domain says that it is free only if the resolver knows what lies beside it. One that
 * answers NXDOMAIN to all it was not made for (a closed network's, a filter's) denies the public suffix, too, and under
 * a name that does not exist nothing can be registered, or nothing is known @rfc{8020,2}. So whoever denied a domain is
 * asked for its public suffix, once for each: any NOERROR shows that it is there. Who does not show it is believed no
 * more than who filters; who denies it is not asked again where there is another resolver. Who is believed may be wrong
 * about this one domain: another resolver must deny it, too, where there is one that could know. An authority that does
 * not recurse denies only what its own zones hold (a laboratory's root): that needs no suffix.
 */
#include "scanner/run/settle.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/intern.h"
#include "base/log.h"
#include "base/vector.h"
#include "model/name.h"

#define ROUNDS 2
#define SUFFIXES_TOLD 3u
#define KEY_SIZE (2 + MXS_NAME_TEXT_MAX)

/* What a resolver says of a public suffix. */
enum sight { UNSEEN, EXISTS, DENIED, UNKNOWN };

/* A domain was denied; what that is worth hangs on the suffix. */
struct denial {
    struct mxs_measurement measurement;
    uint32_t host, pair;
    uint16_t ede;
    uint8_t rcode;
};

struct registrables {
    struct mxs_survey *survey;
    const struct mxs_bits *dangling;
    struct mxs_bits *done;   /* written, or held */
    struct mxs_intern pairs; /* a resolver's index and a public suffix -> id */
    uint8_t *sights;         /* by pair, enum sight */
    size_t sight_capacity;
    struct denial *held;
    size_t held_count, held_capacity;
    uint16_t *denied; /* by host: who was believed so far, index + 1 */
    size_t denied_count;
    uint32_t next;
    bool starved;
};

/* --- pairs of resolver and suffix --- */

static size_t write_key(uint32_t resolver, struct mxs_text suffix, uint8_t out[KEY_SIZE])
{
    out[0] = (uint8_t)(resolver >> 8);
    out[1] = (uint8_t)resolver;
    memcpy(out + 2, suffix.data, suffix.size_bytes);
    return 2 + suffix.size_bytes;
}

/* 0: no memory. */
static uint32_t put_pair(struct registrables *all, uint32_t resolver, struct mxs_text suffix)
{
    uint8_t key[KEY_SIZE];
    uint32_t pair = mxs_intern_put(&all->pairs, key, write_key(resolver, suffix, key), NULL);
    return pair != 0 && mxs_vector_reach(&all->sights, &all->sight_capacity, pair, sizeof *all->sights) ? pair : 0;
}

static bool denies(const struct registrables *all, uint32_t resolver, struct mxs_text suffix)
{
    uint8_t key[KEY_SIZE];
    uint32_t pair = mxs_intern_find(&all->pairs, key, write_key(resolver, suffix, key));
    return pair != 0 && all->sights[pair] == DENIED;
}

static uint32_t resolver_of(const struct registrables *all, uint32_t pair)
{
    struct mxs_bytes key = mxs_intern_key(&all->pairs, pair);
    return (uint32_t)key.data[0] << 8 | key.data[1];
}

static struct mxs_text suffix_of(const struct registrables *all, uint32_t pair)
{
    struct mxs_bytes key = mxs_intern_key(&all->pairs, pair);
    return (struct mxs_text){(const char *)key.data + 2, key.size_bytes - 2};
}

/* --- domains --- */

static bool is_excluded(const struct registrables *all, struct mxs_text name)
{
    return all->survey->exclude != NULL && mxs_exclude_holds(all->survey->exclude, name);
}

static bool question_of(const struct registrables *all, uint32_t host, struct mxs_question *out)
{
    const struct mxs_survey *survey = all->survey;
    if (!mxs_bits_has(all->dangling, host) || mxs_bits_has(all->done, host) ||
        !mxs_writer_host_is_wanted(survey->writer, host))
        return false;
    struct mxs_text name = mxs_dictionary_host_name(&survey->dictionary, host);
    *out = (struct mxs_question){
        .name = mxs_domain_registrable(survey->suffixes, name), .type = MXS_TYPE_A, .subject = host};
    return !is_excluded(all, out->name);
}

static uint16_t denied_by(const struct registrables *all, uint32_t host)
{
    return host < all->denied_count ? all->denied[host] : 0;
}

/* Who could say the same as the one that denied it. */
static bool has_other(const struct registrables *all, const struct denial *denial)
{
    struct mxs_text suffix = suffix_of(all, denial->pair);
    for (uint32_t i = 0; i < mxs_pool_count(all->survey->pool); i++)
        if (i != resolver_of(all, denial->pair) && mxs_pool_fit(all->survey->pool, i) &&
            !mxs_run_filters(all->survey, i) && !denies(all, i, suffix))
            return true;
    return false;
}

/* Who denied the domain, who filters, and who denies the suffix, as far as there is room for them. */
static void avoid(const struct registrables *all, struct mxs_question *question)
{
    struct mxs_text suffix = mxs_name_parent(question->name);
    uint16_t denied = denied_by(all, question->subject);
    mxs_run_avoid_filters(all->survey, question->avoid);
    if (denied != 0) {
        question->avoid[1] = question->avoid[0];
        question->avoid[0] = denied;
    }
    for (uint32_t i = 0; i < mxs_pool_count(all->survey->pool) && question->avoid[1] == 0; i++)
        if (question->avoid[0] != i + 1 && denies(all, i, suffix))
            question->avoid[question->avoid[0] != 0] = (uint16_t)(i + 1);
}

static enum mxs_err next_registrable(void *arg, struct mxs_question *out)
{
    struct registrables *all = arg;
    while (all->next <= all->survey->dictionary.hosts.keys.count)
        if (question_of(all, all->next++, out)) {
            avoid(all, out);
            return MXS_OK;
        }
    return MXS_ERR_END;
}

static bool hold(struct registrables *all, const struct mxs_question *question, const struct mxs_answer *answer,
                 const struct mxs_measurement *measurement)
{
    uint32_t pair = put_pair(all, measurement->resolver, mxs_name_parent(question->name));
    if (pair == 0 || !mxs_vector_reserve(&all->held, &all->held_capacity, all->held_count, sizeof *all->held))
        return false;
    all->held[all->held_count++] = (struct denial){*measurement, question->subject, pair, answer->ede, answer->rcode};
    return true;
}

static void put_host(struct registrables *all, uint32_t host, const struct mxs_answer *answer,
                     const struct mxs_measurement *measurement)
{
    const struct mxs_question question = {.subject = host};
    mxs_writer_put_host(all->survey->writer, &question, 0, answer, measurement, MXS_PASS_SETTLE);
}

/* What no registry sells nobody takes over, whoever denies it. */
static bool needs_suffix(const struct registrables *all, struct mxs_text registrable, uint32_t resolver)
{
    return mxs_pool_health(all->survey->pool, resolver)->recursion != MXS_SIGHT_NO &&
           mxs_domain_is_sold(all->survey->suffixes, registrable);
}

static enum mxs_err put_registrable(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                                    const struct mxs_measurement *measurement)
{
    struct registrables *all = arg;
    const struct mxs_answer withheld = {.outcome = MXS_FILTERED, .rcode = answer->rcode, .ede = answer->ede};
    const struct mxs_answer alias = {.outcome = MXS_NODATA, .ede = answer->ede};
    if (answer->outcome == MXS_NXDOMAIN && answer->alias.data != NULL)
        answer = &alias; /* it is there: where its chain ends is not @rfc{6604,3} */
    bool denied = answer->outcome == MXS_NXDOMAIN;
    bool filters = denied && mxs_run_filters(all->survey, measurement->resolver);
    all->starved |= !mxs_bits_put(all->done, question->subject);
    bool first = denied && !filters && denied_by(all, question->subject) == 0;
    if (first && needs_suffix(all, question->name, measurement->resolver))
        all->starved |= !hold(all, question, answer, measurement);
    else
        put_host(all, question->subject, filters ? &withheld : answer, measurement);
    return mxs_stage_stored(all->survey, answer->outcome);
}

static enum mxs_err ask_registrables(struct registrables *all, struct mxs_detail *detail)
{
    struct mxs_question question;
    uint64_t total = 0;
    for (uint32_t host = 1; host <= all->survey->dictionary.hosts.keys.count; host++)
        total += question_of(all, host, &question);
    all->next = 1;
    return total == 0 ? MXS_OK
                      : mxs_settle_ask(all->survey, "domains of MX hosts", total, 0, next_registrable, put_registrable,
                                       all, detail);
}

/* --- public suffixes --- */

static bool is_asked(const struct registrables *all, uint32_t pair)
{
    return all->sights[pair] == UNSEEN && !is_excluded(all, suffix_of(all, pair));
}

static enum mxs_err next_suffix(void *arg, struct mxs_question *out)
{
    struct registrables *all = arg;
    while (all->next <= all->pairs.count) {
        uint32_t pair = all->next++;
        if (!is_asked(all, pair))
            continue;
        *out = (struct mxs_question){.name = suffix_of(all, pair), .type = MXS_TYPE_MX, .subject = pair,
                                     .prefer = (uint16_t)(resolver_of(all, pair) + 1)};
        return MXS_OK;
    }
    return MXS_ERR_END;
}

/* Another resolver answers only where the one that was meant cannot: that says nothing of it. */
static enum mxs_err put_suffix(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    struct registrables *all = arg;
    bool there = answer->outcome == MXS_ANSWERED || answer->outcome == MXS_NODATA;
    enum sight sight = there ? EXISTS : answer->outcome == MXS_NXDOMAIN ? DENIED : UNKNOWN;
    all->sights[question->subject] =
        (uint8_t)(measurement->resolver == resolver_of(all, question->subject) ? sight : UNKNOWN);
    return mxs_stage_stored(all->survey, answer->outcome);
}

static enum mxs_err ask_suffixes(struct registrables *all, struct mxs_detail *detail)
{
    uint64_t total = 0;
    for (uint32_t pair = 1; pair <= all->pairs.count; pair++)
        total += is_asked(all, pair);
    all->next = 1;
    return total == 0 ? MXS_OK
                      : mxs_settle_ask(all->survey, "public suffixes", total, 0, next_suffix, put_suffix, all, detail);
}

/* last: nobody else is asked. Who is believed is to be seconded. */
static enum mxs_err put_held(struct registrables *all, bool last, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (size_t i = 0; err == MXS_OK && i < all->held_count; i++) {
        const struct denial *denial = &all->held[i];
        bool exists = all->sights[denial->pair] == EXISTS;
        const struct mxs_answer answer = {
            .outcome = exists ? MXS_NXDOMAIN : MXS_FILTERED, .rcode = denial->rcode, .ede = denial->ede};
        if (!last && (!exists || has_other(all, denial))) {
            mxs_bits_take(all->done, denial->host);
            if (exists && !mxs_vector_reach(&all->denied, &all->denied_count, denial->host, sizeof *all->denied))
                return mxs_err_memory(detail, "asking again");
            if (exists)
                all->denied[denial->host] = (uint16_t)(resolver_of(all, denial->pair) + 1);
            continue;
        }
        put_host(all, denial->host, &answer, &denial->measurement);
        err = mxs_stage_wait(all->survey, detail);
    }
    all->held_count = 0;
    return err;
}

/* --- what is said of it --- */

/* Up to SUFFIXES_TOLD of the public suffixes that it denies; false: it denies none. */
static bool name_denied(const struct registrables *all, uint32_t resolver, char *out, size_t out_size)
{
    uint32_t denied = 0;
    size_t used = 0;
    for (uint32_t pair = 1; pair <= all->pairs.count && denied < SUFFIXES_TOLD; pair++) {
        struct mxs_text suffix = suffix_of(all, pair);
        if (all->sights[pair] == DENIED && resolver_of(all, pair) == resolver)
            used += (size_t)snprintf(out + used, out_size - used, "%s%.*s", denied++ == 0 ? "" : ", ",
                                     suffix.size_bytes < 70 ? (int)suffix.size_bytes : 70, suffix.data);
    }
    return denied > 0;
}

/* begin: how its note begins. */
static enum mxs_err is_noted(const struct mxs_survey *survey, const char *begin, bool *noted, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, survey->store,
                   "SELECT 1 FROM run_note WHERE run_id = ?1 AND kind = 'suffix' AND substr(text, 1, length(?2)) = ?2");
    mxs_query_int(&query, 1, survey->run.id);
    mxs_query_text(&query, 2, begin, strlen(begin));
    *noted = mxs_query_next(&query);
    mxs_query_reset(&query);
    return mxs_query_finish(&query, detail);
}

static enum mxs_err put_note(const struct registrables *all, uint32_t resolver, struct mxs_detail *detail)
{
    char begin[128], names[SUFFIXES_TOLD * 80], text[sizeof begin + sizeof names + 160];
    bool noted;
    if (!name_denied(all, resolver, names, sizeof names))
        return MXS_OK;
    snprintf(begin, sizeof begin, "resolver %s denies public suffixes",
             mxs_resolver_address(mxs_pool_resolver(all->survey->pool, resolver)));
    enum mxs_err err = is_noted(all->survey, begin, &noted, detail);
    if (err != MXS_OK || noted)
        return err;
    snprintf(text, sizeof text,
             "%s (%s among them): nothing can be registered there, or it does not know them; so what it denies below"
             " them is no takeover candidate",
             begin, names);
    mxs_progress_clear(all->survey);
    mxs_log(MXS_LOG_NOTE, "%s", text);
    return mxs_run_put_note(all->survey->store, all->survey->run.id, "suffix", text, detail);
}

/* Once a resolver and run, however often its answers are withdrawn or the run is gone on with. They come before what
 * rests on them: who is killed between has the domains asked again, and finds the notes. */
static enum mxs_err put_notes(const struct registrables *all, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (uint32_t i = 0; err == MXS_OK && i < mxs_pool_count(all->survey->pool); i++)
        err = put_note(all, i, detail);
    return err;
}

/* --- all of it --- */

enum mxs_err mxs_settle_registrables(struct mxs_survey *survey, const struct mxs_bits *dangling,
                                     struct mxs_bits *asked, struct mxs_detail *detail)
{
    struct registrables all = {.survey = survey, .dangling = dangling, .done = asked};
    uint32_t resolvers = mxs_pool_count(survey->pool);
    enum mxs_err err = MXS_OK;
    mxs_intern_init(&all.pairs);
    for (int left = resolvers > 1 ? ROUNDS : 1; err == MXS_OK && left > 0; left--) {
        err = ask_registrables(&all, detail);
        if (err == MXS_OK)
            err = ask_suffixes(&all, detail);
        if (err == MXS_OK && all.held_count > 0)
            err = put_notes(&all, detail);
        if (err == MXS_OK)
            err = put_held(&all, left == 1, detail);
    }
    if (err == MXS_OK)
        err = mxs_stage_sync(survey, detail);
    if (err == MXS_OK && all.starved)
        err = mxs_err_memory(detail, "asking again");
    mxs_intern_finish(&all.pairs);
    free(all.sights);
    free(all.held);
    free(all.denied);
    return err;
}
