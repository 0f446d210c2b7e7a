/* The resolvers of a run: their rows, what they were found to be, what they answered, and what a reader must know. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "scanner/run/internal/stages.h"

enum mxs_err mxs_run_put_resolvers(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_query query;
    uint32_t count = mxs_pool_count(survey->pool);
    survey->resolver_ids = calloc(count, sizeof *survey->resolver_ids);
    if (survey->resolver_ids == NULL)
        return mxs_err_memory(detail, NULL);
    mxs_query_open(&query, survey->store,
                   "INSERT INTO resolver (address) VALUES (?1) ON CONFLICT (address) DO UPDATE SET address = address "
                   "RETURNING id");
    for (uint32_t i = 0; i < count; i++) {
        const char *address = mxs_resolver_address(mxs_pool_resolver(survey->pool, i));
        mxs_query_text(&query, 1, address, strlen(address));
        if (mxs_query_next(&query))
            survey->resolver_ids[i] = mxs_query_column_int(&query, 0);
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_run_read_filters(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_query query;
    survey->filters = calloc(mxs_pool_count(survey->pool), sizeof *survey->filters);
    if (survey->filters == NULL)
        return mxs_err_memory(detail, NULL);
    mxs_query_open(&query, survey->store, "SELECT filtered, ifnull(excluded, '') FROM run_resolver"
                   " WHERE run_id = ?1 AND resolver_id = ?2");
    for (uint32_t i = 0; i < mxs_pool_count(survey->pool); i++) {
        mxs_query_int(&query, 1, survey->run.id);
        mxs_query_int(&query, 2, survey->resolver_ids[i]);
        bool found = mxs_query_next(&query);
        survey->filters[i] = found && mxs_query_column_int(&query, 0) > 0;
        if (found && strcmp(mxs_query_column_text(&query, 1, NULL), MXS_POOL_KNEW_REASON) == 0)
            mxs_pool_knew(survey->pool, i);
        mxs_query_reset(&query);
    }
    return mxs_query_finish(&query, detail);
}

bool mxs_run_filters(const struct mxs_survey *survey, uint32_t resolver)
{
    return survey->filters[resolver] || mxs_resolver_counts(mxs_pool_resolver(survey->pool, resolver))->filtered > 0;
}

void mxs_run_avoid_filters(const struct mxs_survey *survey, uint16_t avoid[2])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < mxs_pool_count(survey->pool) && count < 2; i++)
        if (mxs_run_filters(survey, i))
            avoid[count++] = (uint16_t)(i + 1);
}

/* Answers that many domains share are not kept by resolver: all are asked again. */
static enum mxs_err drop_shared(struct mxs_survey *survey, struct mxs_detail *detail)
{
    static const char *const statements[] = {"DELETE FROM shared WHERE run_id = ?1",
                                             "DELETE FROM sts_fetch WHERE run_id = ?1"};
    return mxs_run_do(survey->store, survey->run.id, statements, sizeof statements / sizeof statements[0], detail);
}

enum mxs_err mxs_run_put_lying(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_query query;
    enum mxs_err err = survey->lying_count > 0 ? drop_shared(survey, detail) : MXS_OK;
    if (err != MXS_OK)
        return err;
    mxs_query_open(&query, survey->store,
                   "INSERT INTO withdrawal VALUES (?1, ?2, ?3, (SELECT ifnull(max(id), 0) FROM journal))");
    for (uint32_t i = 0; i < survey->lying_count; i++) {
        const struct mxs_lying *lying = &survey->lying[i];
        int64_t after_s = lying->since_s - survey->run.started_at;
        mxs_query_int(&query, 1, survey->run.id);
        mxs_query_int(&query, 2, survey->resolver_ids[lying->resolver]);
        mxs_query_int(&query, 3, after_s > 0 ? after_s : 0);
        mxs_query_run(&query);
    }
    enum mxs_err end = mxs_query_finish(&query, detail);
    for (uint32_t i = 0; end == MXS_OK && err == MXS_OK && i < survey->lying_count; i++) {
        char text[256];
        if (survey->lying[i].reason == NULL)
            continue; /* it began to make addresses: the note at the end says so */
        snprintf(text, sizeof text, "%s: %s",
                 mxs_resolver_address(mxs_pool_resolver(survey->pool, survey->lying[i].resolver)),
                 survey->lying[i].reason);
        err = mxs_run_put_note(survey->store, survey->run.id, "shut_out", text, detail);
    }
    survey->lying_count = 0;
    return end == MXS_OK ? err : end;
}

static void put_counts_of(struct mxs_survey *survey, struct mxs_query *query, uint32_t resolver)
{
    const struct mxs_resolver_counts *counts = mxs_resolver_counts(mxs_pool_resolver(survey->pool, resolver));
    const struct mxs_pool_health *health = mxs_pool_health(survey->pool, resolver);
    const char *excluded = mxs_pool_excluded(survey->pool, resolver);
    const uint64_t values[] = {counts->asked, counts->answers, counts->timeouts, counts->servfail, counts->refused,
                               counts->malformed, counts->truncated, counts->unreachable, counts->rtt_sum_us};
    const enum mxs_sight seen[] = {health->recursion, health->edns, health->tcp, health->validates};
    mxs_query_int(query, 1, survey->run.id);
    mxs_query_int(query, 2, survey->resolver_ids[resolver]);
    for (int i = 0; i < 9; i++)
        mxs_query_int(query, 3 + i, (int64_t)values[i]);
    mxs_query_int_or_null(query, 12, counts->answers > 0, (int64_t)counts->rtt_min_us);
    mxs_query_int_or_null(query, 13, counts->answers > 0, (int64_t)counts->rtt_max_us);
    mxs_query_int(query, 14, counts->ports);
    mxs_query_text(query, 15, excluded, excluded == NULL ? 0 : strlen(excluded));
    for (int i = 0; i < 4; i++)
        mxs_query_int_or_null(query, 16 + i, seen[i] != MXS_SIGHT_NONE, seen[i] == MXS_SIGHT_YES);
    mxs_query_int_or_null(query, 20, health->invalid != MXS_NOT_ASKED, health->invalid);
    mxs_query_int_or_null(query, 21, health->latency_us != 0, health->latency_us);
    mxs_query_int(query, 22, health->openings);
    mxs_query_int_or_null(query, 23, health->checked_at != 0, health->checked_at);
    mxs_query_int(query, 24, (int64_t)counts->filtered);
    mxs_query_int(query, 25, (int64_t)counts->odd);
    mxs_query_text(query, 26, health->dns64[0] == 0 ? NULL : health->dns64, strlen(health->dns64));
    mxs_query_run(query);
}

static enum mxs_err put_controls(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(
        &query, survey->store,
        "INSERT INTO run_control (run_id, resolver_id, name, outcome, answer, agrees) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (run_id, resolver_id, name) DO UPDATE SET outcome = ?4, answer = ?5, agrees = ?6");
    for (uint32_t i = 0; i < mxs_pool_count(survey->pool); i++)
        for (uint32_t at = 0; at < survey->control_count; at++) {
            const struct mxs_pool_control *control = mxs_pool_control(survey->pool, i, at);
            if (control->outcome == MXS_NOT_ASKED)
                continue;
            mxs_query_int(&query, 1, survey->run.id);
            mxs_query_int(&query, 2, survey->resolver_ids[i]);
            mxs_query_text(&query, 3, survey->controls[at], strlen(survey->controls[at]));
            mxs_query_int(&query, 4, control->outcome);
            mxs_query_text(&query, 5, control->text, strlen(control->text));
            mxs_query_int_or_null(&query, 6, control->agrees != MXS_SIGHT_NONE, control->agrees == MXS_SIGHT_YES);
            mxs_query_run(&query);
        }
    return mxs_query_finish(&query, detail);
}

#define TRAIT_SIZE (MXS_POOL_DENIAL_SIZE + sizeof MXS_POOL_DENIES_REMEDY + 2)

/* What a reader of the run must know of a resolver that was not shut out, whatever it answered. */
enum trait { TRAIT_DNS64, TRAIT_DNS64_UNKNOWN, TRAIT_PLAIN, TRAIT_DENIES, TRAITS };
static const char *const trait_kinds[TRAITS] = {"dns64", "dns64", "edns", "denial"};

/* False: it is not so, or unless over may still turn out not to be. */
static bool read_trait(const struct mxs_survey *survey, uint32_t resolver, enum trait trait, bool over,
                       char out[TRAIT_SIZE])
{
    const struct mxs_pool_health *health = mxs_pool_health(survey->pool, resolver);
    const char *address = mxs_resolver_address(mxs_pool_resolver(survey->pool, resolver));
    if (mxs_pool_excluded(survey->pool, resolver) != NULL)
        return false;
    switch (trait) {
    case TRAIT_DNS64:
        snprintf(out, TRAIT_SIZE, "resolver %s " MXS_POOL_DNS64_TEXT, address, health->dns64);
        return health->dns64[0] != 0;
    case TRAIT_DNS64_UNKNOWN:
        snprintf(out, TRAIT_SIZE, "resolver %s " MXS_POOL_DNS64_UNKNOWN_TEXT, address);
        return health->dns64_unknown && health->dns64[0] == 0 && (over || !health->dns64_awaited);
    case TRAIT_PLAIN:
        snprintf(out, TRAIT_SIZE, "resolver %s " MXS_POOL_PLAIN_TEXT, address);
        return health->plain;
    default: {
        uint32_t used = mxs_pool_denial_text(survey->pool, resolver, survey->controls, survey->control_count, out);
        snprintf(out + used, TRAIT_SIZE - used, "; " MXS_POOL_DENIES_REMEDY);
        return health->denies;
    }
    }
}

static void tell_trait(struct mxs_survey *survey, uint32_t resolver, enum trait trait, bool over, const char *more)
{
    char text[TRAIT_SIZE];
    if (!read_trait(survey, resolver, trait, over, text))
        return;
    survey->traits_told[resolver] |= (uint8_t)(1u << trait);
    mxs_progress_clear(survey);
    mxs_log(MXS_LOG_NOTE, "%s%s", text, more);
}

static void tell_traits(struct mxs_survey *survey, bool over)
{
    uint32_t count = survey->traits_told == NULL ? 0 : mxs_pool_count(survey->pool);
    for (uint32_t i = 0; i < count; i++)
        for (enum trait trait = 0; trait < TRAITS; trait++)
            if ((survey->traits_told[i] >> trait & 1) == 0)
                tell_trait(survey, i, trait, over, "");
}

void mxs_run_tell_traits(struct mxs_survey *survey) { tell_traits(survey, false); }

void mxs_run_tell_late_dns64(struct mxs_survey *survey, uint32_t resolver, bool began)
{
    tell_trait(survey, resolver, TRAIT_DNS64, false,
               began ? "; it began while it was asked: what it said since is asked again"
                     : "; it is known late: what it said is asked again");
}

static enum mxs_err note_resolver(struct mxs_survey *survey, uint32_t resolver, bool over, struct mxs_detail *detail)
{
    const char *address = mxs_resolver_address(mxs_pool_resolver(survey->pool, resolver));
    const struct mxs_resolver_counts *counts = mxs_resolver_counts(mxs_pool_resolver(survey->pool, resolver));
    unsigned long long filtered = counts->filtered, referred = counts->referred, answers = counts->answers;
    char text[TRAIT_SIZE];
    enum mxs_err err = MXS_OK;
    for (enum trait trait = 0; err == MXS_OK && trait < TRAITS; trait++)
        if (read_trait(survey, resolver, trait, over, text))
            err = mxs_run_put_note(survey->store, survey->run.id, trait_kinds[trait], text, detail);
    snprintf(text, sizeof text,
             "resolver %s withheld %llu answer%s: a filtered answer proves nothing, another resolver decides"
             " where there is one",
             address, filtered, filtered == 1 ? "" : "s");
    if (err == MXS_OK && filtered > 0)
        err = mxs_run_put_note(survey->store, survey->run.id, "filtered", text, detail);
    snprintf(text, sizeof text,
             "resolver %s referred to other servers, or denied without knowing, %llu time%s in %llu answers: such names"
             " are not settled, another resolver decides where there is one",
             address, referred, referred == 1 ? "" : "s", answers);
    if (err == MXS_OK && referred > 0)
        err = mxs_run_put_note(survey->store, survey->run.id, "referral", text, detail);
    return err;
}

static enum mxs_err put_counts(struct mxs_survey *survey, bool over, struct mxs_detail *detail)
{
    struct mxs_query query;
    uint64_t datagrams = 0, connections = 0, forged = 0;
    mxs_query_open(
        &query, survey->store,
        "INSERT INTO run_resolver (run_id, resolver_id, asked, answers, timeouts, servfail, refused, malformed, "
        "truncated,"
        " unreachable, rtt_sum_us, rtt_min_us, rtt_max_us, ports, excluded, recursion, edns, tcp, validates, invalid,"
        " latency_us, openings, checked_at, filtered, odd, dns64) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
        "?11, ?12, ?13, ?14, ?15,"
        " ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)"
        " ON CONFLICT (run_id, resolver_id) DO UPDATE SET asked = asked + ?3, answers = answers + ?4,"
        " timeouts = timeouts + ?5, servfail = servfail + ?6, refused = refused + ?7, malformed = malformed + ?8,"
        " truncated = truncated + ?9, unreachable = unreachable + ?10, rtt_sum_us = rtt_sum_us + ?11,"
        " rtt_min_us = min(ifnull(rtt_min_us, ?12), ifnull(?12, rtt_min_us)),"
        " rtt_max_us = max(ifnull(rtt_max_us, ?13), ifnull(?13, rtt_max_us)), ports = max(ports, ?14),"
        " excluded = ifnull(?15, excluded), recursion = ifnull(?16, recursion), edns = ifnull(?17, edns),"
        " tcp = ifnull(?18, tcp), validates = ifnull(?19, validates), invalid = ifnull(?20, invalid),"
        " latency_us = ifnull(?21, latency_us), openings = openings + ?22, checked_at = ifnull(?23, checked_at),"
        " filtered = filtered + ?24, odd = odd + ?25, dns64 = ifnull(?26, dns64)");
    for (uint32_t i = 0; i < mxs_pool_count(survey->pool); i++) {
        const struct mxs_resolver_counts *counts = mxs_resolver_counts(mxs_pool_resolver(survey->pool, i));
        datagrams += counts->datagrams;
        connections += counts->tcp_connections;
        forged += counts->forged;
        put_counts_of(survey, &query, i);
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    for (uint32_t i = 0; err == MXS_OK && i < mxs_pool_count(survey->pool); i++)
        err = note_resolver(survey, i, over, detail);
    if (err == MXS_OK)
        err = put_controls(survey, detail);
    if (err != MXS_OK)
        return err;
    mxs_query_open(
        &query, survey->store,
        "UPDATE run SET datagrams = datagrams + ?2, tcp_connections = tcp_connections + ?3, forged = forged + ?4,"
        " active_ms = active_ms + ?5 WHERE id = ?1");
    mxs_query_int(&query, 1, survey->run.id);
    mxs_query_int(&query, 2, (int64_t)datagrams);
    mxs_query_int(&query, 3, (int64_t)connections);
    mxs_query_int(&query, 4, (int64_t)forged);
    mxs_query_int(&query, 5, (int64_t)((mxs_clock_ns() - survey->progress.began_ns) / MXS_NS_PER_MS));
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_run_put_counts(struct mxs_survey *survey, bool over, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    tell_traits(survey, over);
    if (err == MXS_OK)
        err = put_counts(survey, over, detail);
    return mxs_store_end(survey->store, err, detail);
}
