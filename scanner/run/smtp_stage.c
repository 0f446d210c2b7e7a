/* Meeting mail servers: who is to be met is read from the facts, in the order of addresses, and what each says is
 * stored under every MX host that leads to it. The name sent is that of the first of them; what it shows is said of the
 * others only as far as it holds for them, since a server may choose by name. */
#include "scanner/run/internal/smtp.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vector.h"
#include "model/address.h"
#include "model/name.h"
#include "scanner/run/internal/smtp_rows.h"
#include "scanner/run/internal/smtp_tlsa.h"
#include "scanner/run/internal/stages.h"
#include "scanner/smtp/smtp.h"

#define COMMIT_ROWS 64u
#define DRAIN_MS 3000u

/* An address, and the MX hosts that lead there: host ids [first, first + count) of the list. */
struct server {
    uint32_t address_id, first, count;
    struct mxs_address address;
};

struct meeting {
    struct mxs_survey *survey;
    mxs_smtp *smtp;
    struct server *servers;
    uint32_t server_count;
    size_t server_capacity;
    uint32_t *hosts;
    uint32_t host_count;
    size_t host_capacity;
    struct mxs_intern providers;
    struct mxs_arena arena;
    struct mxs_smtp_rows rows;
    struct mxs_smtp_tlsa_reader tlsa;
    char host[MXS_NAME_TEXT_MAX + 1]; /* of the connection that begins; copied by none: see names */
    char **names;                     /* by server, while it is met */
    bool over, closed;
    bool told; /* that only busy and silent servers are left */
    enum mxs_err err;
    struct mxs_detail *detail;
};

/* --- who is to be met --- */

static bool is_excluded(const struct mxs_survey *survey, uint32_t host, const struct mxs_address *address)
{
    return survey->exclude != NULL &&
           (mxs_exclude_holds_address(survey->exclude, address) ||
            mxs_exclude_holds(survey->exclude, mxs_dictionary_host_name(&survey->dictionary, host)));
}

static bool put_pair(struct meeting *meeting, uint32_t address_id, uint32_t host, const struct mxs_address *address)
{
    struct server *last = meeting->server_count == 0 ? NULL : &meeting->servers[meeting->server_count - 1];
    if (last == NULL || last->address_id != address_id) {
        if (!mxs_vector_reserve(&meeting->servers, &meeting->server_capacity, meeting->server_count,
                                sizeof *meeting->servers))
            return false;
        last = &meeting->servers[meeting->server_count++];
        *last = (struct server){.address_id = address_id, .first = meeting->host_count, .address = *address};
    }
    if (!mxs_vector_reserve(&meeting->hosts, &meeting->host_capacity, meeting->host_count, sizeof *meeting->hosts))
        return false;
    meeting->hosts[meeting->host_count++] = host;
    last->count++;
    return true;
}

/* In the order of addresses; what has its answer in this run is left out. */
static enum mxs_err read_servers(struct meeting *meeting, struct mxs_detail *detail)
{
    struct mxs_survey *survey = meeting->survey;
    struct mxs_query query;
    bool six = mxs_smtp_has_family(6), memory = true;
    uint32_t passed_over = 0;
    mxs_query_open(
        &query, survey->store,
        "SELECT a.id, h.host_id, a.bytes FROM (SELECT host_id, a_set_id AS set_id FROM host_history WHERE list_id = ?1 "
        "AND first_run <= ?2"
        " AND ifnull(last_run, ?2) >= ?2 UNION ALL SELECT host_id, aaaa_set_id FROM host_history WHERE list_id = ?1 "
        "AND first_run <= ?2"
        " AND ifnull(last_run, ?2) >= ?2) h JOIN address_entry e ON e.set_id = h.set_id JOIN address a ON a.id = "
        "e.address_id"
        " WHERE a.public AND NOT EXISTS (SELECT 1 FROM smtp_answer s WHERE s.run_id = ?2 AND s.host_id = h.host_id"
        " AND s.address_id = a.id) ORDER BY 1, 2");
    mxs_query_int(&query, 1, survey->run.list_id);
    mxs_query_int(&query, 2, survey->run.id);
    while (memory && mxs_query_next(&query)) {
        size_t size;
        const void *bytes = mxs_query_column_blob(&query, 2, &size);
        uint32_t host = (uint32_t)mxs_query_column_int(&query, 1);
        struct mxs_address address = {.family = size == 4 ? 4 : 6};
        if ((size != 4 && size != 16) || !mxs_dictionary_has(&survey->dictionary.hosts, host))
            continue;
        memcpy(address.bytes, bytes, size);
        passed_over += address.family == 6 && !six;
        if ((address.family == 4 || six) && mxs_address_public(&address) && !is_excluded(survey, host, &address))
            memory = put_pair(meeting, (uint32_t)mxs_query_column_int(&query, 0), host, &address);
    }
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && passed_over > 0)
        err =
            mxs_run_put_note(survey->store, survey->run.id, "smtp",
                             "this machine has no IPv6: mail servers were contacted over IPv4 only", detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "meeting mail servers") : err;
}

/* Who runs the server, as a number for the pace; 0: no memory. */
static uint32_t provider_of(struct meeting *meeting, uint32_t host)
{
    const struct mxs_rule *rule = NULL;
    struct mxs_judge judge = {.rules = meeting->survey->rules, .suffixes = meeting->survey->suffixes};
    mxs_arena_reset(&meeting->arena);
    struct mxs_text provider =
        mxs_judge_host(&judge, mxs_dictionary_host_name(&meeting->survey->dictionary, host), &meeting->arena, &rule);
    return provider.data == NULL ? 0 : mxs_intern_put(&meeting->providers, provider.data, provider.size_bytes, NULL);
}

static bool is_before(const struct meeting *meeting, uint32_t host, uint32_t other)
{
    const struct mxs_dictionary *dictionary = &meeting->survey->dictionary;
    return mxs_text_compare(mxs_dictionary_host_name(dictionary, host),
                            mxs_dictionary_host_name(dictionary, other)) < 0;
}

/* Of the names of a server one is sent, and comes first: one with TLSA records where there is one, since only of the
 * name that was sent DANE can be told; else, and of several, the first by name. Ids are in the order in which answers
 * came, and decide nothing. */
static uint32_t choose_host(struct meeting *meeting, const struct server *server)
{
    uint32_t *hosts = &meeting->hosts[server->first], best = 0;
    bool best_has = server->count > 1 && mxs_smtp_tlsa_has(&meeting->tlsa, hosts[0]);
    for (uint32_t i = 1; i < server->count; i++) {
        bool has = mxs_smtp_tlsa_has(&meeting->tlsa, hosts[i]);
        if (has != best_has ? has : is_before(meeting, hosts[i], hosts[best])) {
            best = i;
            best_has = has;
        }
    }
    uint32_t chosen = hosts[best];
    hosts[best] = hosts[0];
    hosts[0] = chosen;
    return chosen;
}

/* --- what scanner/smtp asks and tells --- */

static void keep_error(struct meeting *meeting, enum mxs_err err)
{
    if (meeting->err == MXS_OK)
        meeting->err = err;
}

static bool on_begin(void *arg, uint32_t subject, struct mxs_smtp_target *out)
{
    struct meeting *meeting = arg;
    uint32_t host = meeting->hosts[meeting->servers[subject].first];
    struct mxs_text name = mxs_dictionary_host_name(&meeting->survey->dictionary, host);
    free(meeting->names[subject]);
    meeting->names[subject] = strndup(name.data, name.size_bytes);
    if (meeting->names[subject] == NULL)
        keep_error(meeting, mxs_err_memory(meeting->detail, "meeting mail servers"));
    if (meeting->err != MXS_OK)
        return false;
    *out = (struct mxs_smtp_target){.host = meeting->names[subject]};
    mxs_smtp_tlsa_read(&meeting->tlsa, host, meeting->names[subject], &out->tlsa);
    return true;
}

static void on_done(void *arg, uint32_t subject, const struct mxs_smtp_answer *answer, const mxs_smtp_chain *chain)
{
    struct meeting *meeting = arg;
    const struct server *server = &meeting->servers[subject];
    meeting->survey->progress.done++;
    if (meeting->err == MXS_OK)
        keep_error(meeting, mxs_smtp_rows_begin(&meeting->rows, server->address_id, answer, meeting->detail));
    for (uint32_t i = 0; i < server->count && meeting->err == MXS_OK; i++) {
        uint32_t host = meeting->hosts[server->first + i];
        struct mxs_text name = mxs_dictionary_host_name(&meeting->survey->dictionary, host);
        mxs_smtp_rows_put(&meeting->rows, host, i == 0, chain != NULL && mxs_smtp_chain_holds(chain, name));
    }
    free(meeting->names[subject]);
    meeting->names[subject] = NULL;
    if (meeting->err == MXS_OK && meeting->rows.uncommitted >= COMMIT_ROWS)
        keep_error(meeting, mxs_smtp_rows_commit(&meeting->rows, meeting->detail));
}

static void on_network(void *arg, uint8_t family, enum mxs_smtp_network_word word, uint32_t networks)
{
    struct meeting *meeting = arg;
    char text[300];
    if (word == MXS_SMTP_NETWORK_BLOCKED)
        snprintf(
            text, sizeof text,
            "this network lets nobody meet mail servers over IPv%u (port 25): of the first %u networks nearly none "
            "answered, so none of them is judged; scan from a network that allows it",
            family, networks);
    else
        snprintf(text, sizeof text,
                 "something between here and the mail servers answers for all of them over IPv%u (%u providers greeted "
                 "alike), so none of them is judged; scan from another network",
                 family, networks);
    mxs_progress_clear(meeting->survey);
    mxs_log(MXS_LOG_NOTE, "%s", text);
    if (meeting->err == MXS_OK)
        keep_error(meeting, mxs_smtp_rows_commit(&meeting->rows, meeting->detail));
    if (meeting->err == MXS_OK)
        keep_error(meeting, mxs_run_put_note(meeting->survey->store, meeting->survey->run.id, "smtp_network", text,
                   meeting->detail));
}

static void on_idle(void *arg) { ((struct meeting *)arg)->over = true; }
static void on_closed(void *arg) { ((struct meeting *)arg)->closed = true; }

/* --- the stage --- */

static enum mxs_err begin(struct meeting *meeting, struct mxs_detail *detail)
{
    struct mxs_survey *survey = meeting->survey;
    const struct mxs_smtp_settings *settings = &survey->settings->smtp;
    struct mxs_smtp_host host = {.loop = &survey->loop,
                                 .begin = on_begin,
                                 .done = on_done,
                                 .network = on_network,
                                 .idle = on_idle,
                                 .closed = on_closed,
                                 .arg = meeting};
    struct mxs_smtp_options options = {.helo = settings->helo,
                                       .ca_file = survey->settings->ca_file,
                                       .rate = settings->rate,
                                       .concurrency = settings->concurrency,
                                       .timeout_ms = settings->timeout_s * 1000,
                                       .retry_s = settings->retry_s,
                                       .seed = survey->run.seed};
    meeting->names = calloc((size_t)meeting->server_count + 1, sizeof *meeting->names);
    enum mxs_err err =
        meeting->names == NULL ? mxs_err_memory(detail, "meeting mail servers")
                               : mxs_smtp_create(&meeting->smtp, &host, &options, detail);
    for (uint32_t i = 0; err == MXS_OK && i < meeting->server_count; i++) {
        uint32_t provider = provider_of(meeting, choose_host(meeting, &meeting->servers[i]));
        if (provider == 0 || mxs_smtp_put(meeting->smtp, i, &meeting->servers[i].address, provider) != MXS_OK)
            err = mxs_err_memory(detail, "meeting mail servers");
    }
    return err;
}

/* Nothing is open and something is left: the minutes that a retry waits are told, or a lookup seems to hang. */
static void tell_waiting(struct meeting *meeting)
{
    const struct mxs_settings *settings = meeting->survey->settings;
    const struct mxs_smtp_counts *counts = mxs_smtp_counts_of(meeting->smtp);
    uint64_t left = counts->put - counts->done;
    if (meeting->told || settings->quiet || counts->open > 0 || left == 0 ||
        counts->connections - counts->retries < counts->put)
        return;
    meeting->told = true;
    mxs_progress_clear(meeting->survey);
    mxs_log(MXS_LOG_NOTE,
            "waiting for %llu mail server%s, busy or silent: contacted again within %u s, since a first failure proves "
            "nothing (--smtp-retry 0: not)",
            (unsigned long long)left, left == 1 ? "" : "s", settings->smtp.retry_s);
}

/* What is open when we are asked to stop gets a moment to say its farewell. */
static void run_loop(struct meeting *meeting)
{
    struct mxs_survey *survey = meeting->survey;
    uint64_t stop_ns = 0;
    mxs_smtp_open(meeting->smtp);
    while (!meeting->over && meeting->err == MXS_OK && (stop_ns == 0 || mxs_clock_ns() < stop_ns)) {
        uv_run(&survey->loop, UV_RUN_ONCE);
        if (survey->stops == 0)
            tell_waiting(meeting);
        if (survey->stops > 0 && stop_ns == 0) {
            stop_ns = mxs_clock_ns() + DRAIN_MS * MXS_NS_PER_MS;
            mxs_smtp_close(meeting->smtp);
        }
    }
}

static enum mxs_err meet(struct meeting *meeting, struct mxs_detail *detail)
{
    struct mxs_survey *survey = meeting->survey;
    mxs_progress_stage(survey, "mail servers", meeting->server_count);
    enum mxs_err err = begin(meeting, detail);
    if (err == MXS_OK)
        run_loop(meeting);
    if (err == MXS_OK)
        err = meeting->err;
    if (err == MXS_OK)
        err = mxs_smtp_rows_commit(&meeting->rows, detail);
    if (meeting->smtp != NULL) {
        if (err == MXS_OK && mxs_smtp_error(meeting->smtp) != MXS_OK)
            err = mxs_err_memory(detail, "meeting mail servers");
        mxs_smtp_destroy(&meeting->smtp);
        while (!meeting->closed)
            uv_run(&survey->loop, UV_RUN_ONCE);
    }
    return err == MXS_OK && survey->stops > 0 ? mxs_err_set(detail, MXS_ERR_STOPPED, "stopped") : err;
}

static enum mxs_err finish(struct meeting *meeting, enum mxs_err err, struct mxs_detail *detail)
{
    struct mxs_detail later;
    enum mxs_err end = mxs_smtp_rows_close(&meeting->rows, err == MXS_OK ? detail : &later);
    err = err == MXS_OK ? end : err;
    end = mxs_smtp_tlsa_close(&meeting->tlsa, err == MXS_OK ? detail : &later);
    for (uint32_t i = 0; meeting->names != NULL && i < meeting->server_count; i++)
        free(meeting->names[i]);
    free(meeting->names);
    free(meeting->servers);
    free(meeting->hosts);
    mxs_intern_finish(&meeting->providers);
    mxs_arena_finish(&meeting->arena);
    return err == MXS_OK ? end : err;
}

/* What shards met of MX hosts that lead elsewhere by the answer that counts is not of this run. */
static enum mxs_err forget_elsewhere(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, survey->store,
                   "DELETE FROM smtp_answer AS s WHERE run_id = ?2 AND NOT EXISTS (SELECT 1 FROM host_history h JOIN "
                   "address_entry e"
                   " ON e.set_id IN (h.a_set_id, h.aaaa_set_id) WHERE h.host_id = s.host_id AND h.list_id = ?1 AND "
                   "h.first_run <= ?2"
                   " AND ifnull(h.last_run, ?2) >= ?2 AND e.address_id = s.address_id)");
    mxs_query_int(&query, 1, survey->run.list_id);
    mxs_query_int(&query, 2, survey->run.id);
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_stage_smtp(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct meeting meeting = {.survey = survey, .detail = detail};
    if (!(survey->settings->checks & MXS_CHECK_SMTP))
        return MXS_OK;
    if (survey->pool == NULL) /* a merge meets nobody */
        return forget_elsewhere(survey, detail);
    mxs_intern_init(&meeting.providers);
    mxs_arena_init(&meeting.arena, 4096, 0);
    mxs_smtp_rows_open(&meeting.rows, survey->store, survey->run.list_id, survey->run.id);
    mxs_smtp_tlsa_open(&meeting.tlsa, survey->store, survey->run.list_id, survey->run.id);
    enum mxs_err err = read_servers(&meeting, detail);
    if (err == MXS_OK && meeting.server_count > 0)
        err = meet(&meeting, detail);
    return finish(&meeting, err, detail);
}
