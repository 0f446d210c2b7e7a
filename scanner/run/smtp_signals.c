/* A host's servers agree, or they name nobody: one that has moved half-way, and a balancer before two companies, look
 * alike. The same holds for the hosts of a level. Names are written down with whom they speak for (server_signal), so
 * that reports can tell what a label rests on without knowing rules. */
#include "scanner/run/internal/smtp_signals.h"

#include <stdlib.h>

#include "base/vector.h"
#include "model/name.h"

enum { HOST, KIND, VALUE };
enum { CERTIFICATE, WORDS };

static struct mxs_smtp_host_signal *find_host(struct mxs_smtp_signals *signals, uint32_t host)
{
    if (signals->of_host[host] != 0)
        return &signals->names[signals->of_host[host] - 1];
    if (!mxs_vector_reserve(&signals->names, &signals->capacity, signals->count, sizeof *signals->names))
        return NULL;
    signals->names[signals->count] = (struct mxs_smtp_host_signal){.signal = {.certificate = false}};
    signals->of_host[host] = ++signals->count;
    return &signals->names[signals->count - 1];
}

static void put_signal(struct mxs_smtp_host_signal *host, const struct mxs_server_signal *found, bool certificate)
{
    if (host->signal.provider.data == NULL && !host->signal.certificate && !host->signal.words)
        host->signal = *found;
    else if (host->signal.provider.data == NULL || !mxs_text_equal(host->signal.provider, found->provider))
        host->signal.provider = (struct mxs_text){NULL, 0}; /* for good: certificate or words stay set */
    host->signal.certificate = host->signal.certificate || certificate;
    host->signal.words = host->signal.words || !certificate;
}

static void store_signal(struct mxs_query *put, struct mxs_text value, const struct mxs_server_signal *found)
{
    mxs_query_text(put, 1, value.data, value.size_bytes);
    mxs_query_text(put, 2, found->provider.data, found->provider.size_bytes);
    mxs_query_text(put, 3, found->rule.data, found->rule.size_bytes);
    mxs_query_run(put);
}

static enum mxs_err read_names(struct mxs_smtp_signals *signals, mxs_store *store,
                               const struct mxs_dictionary *dictionary, const mxs_evidence *evidence,
                               const mxs_rules *rules, int64_t run, struct mxs_detail *detail)
{
    struct mxs_query query, put;
    bool memory = true;
    mxs_query_open(
        &query, store,
        "SELECT v.host_id, 0, j.value FROM v_server_word v JOIN certificate c ON c.id = v.certificate_id,"
        " json_each(CASE WHEN json_valid(c.names) THEN c.names ELSE '[]' END) j WHERE v.run_id = ?1 AND v.trusted"
        " UNION SELECT host_id, 1, rtrim(lower(name), '.') FROM v_server_word WHERE run_id = ?1 AND name IS NOT NULL"
        " UNION SELECT host_id, 1, banner_name FROM v_server_word WHERE run_id = ?1 AND banner_name IS NOT NULL");
    mxs_query_int(&query, 1, run);
    mxs_query_open(&put, store, "INSERT OR REPLACE INTO server_signal VALUES (?1, ?2, ?3)");
    while (memory && mxs_query_next(&query)) {
        int64_t id = mxs_query_column_int(&query, HOST);
        size_t size;
        const char *text = mxs_query_column_text(&query, VALUE, &size);
        struct mxs_text value = {text, (uint32_t)size};
        struct mxs_server_signal found = {.certificate = false};
        if (id <= 0 || id > signals->host_count || !mxs_dictionary_has(&dictionary->hosts, (uint32_t)id) ||
            mxs_rules_find(rules, mxs_dictionary_host_name(dictionary, (uint32_t)id)) != NULL)
            continue;
        bool certificate = mxs_query_column_int(&query, KIND) == CERTIFICATE,
             named = mxs_evidence_server(evidence, rules, value, &found);
        struct mxs_smtp_host_signal *host = find_host(signals, (uint32_t)id);
        memory = host != NULL;
        if (!memory)
            break;
        if (!named)
            continue;
        put_signal(host, &found, certificate);
        store_signal(&put, value, &found);
    }
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail), end = mxs_query_finish(&put, err == MXS_OK ? detail : NULL);
    err = err == MXS_OK ? end : err;
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "judging") : err;
}

enum mxs_err mxs_smtp_signals_read(struct mxs_smtp_signals *signals, mxs_store *store,
                                   const struct mxs_dictionary *dictionary, const mxs_evidence *evidence,
                                   const mxs_rules *rules, int64_t run, struct mxs_detail *detail)
{
    mxs_smtp_signals_finish(signals);
    signals->host_count = dictionary->hosts.keys.count;
    signals->of_host = calloc((size_t)signals->host_count + 1, sizeof *signals->of_host);
    if (signals->of_host == NULL)
        return mxs_err_memory(detail, "judging");
    enum mxs_err err = mxs_store_begin(store, detail);
    if (err != MXS_OK)
        return err;
    return mxs_store_end(store, read_names(signals, store, dictionary, evidence, rules, run, detail), detail);
}

void mxs_smtp_signals_finish(struct mxs_smtp_signals *signals)
{
    free(signals->of_host);
    free(signals->names);
    *signals = (struct mxs_smtp_signals){0};
}

void mxs_smtp_signals_put(const struct mxs_smtp_signals *signals, uint32_t host, uint32_t *heard,
                          struct mxs_server_signal *out)
{
    uint32_t at = signals->of_host == NULL || host > signals->host_count ? 0 : signals->of_host[host];
    if (at == 0)
        return;
    const struct mxs_server_signal *signal = &signals->names[at - 1].signal;
    if ((*heard)++ == 0) {
        *out = *signal;
        return;
    }
    if (signal->provider.data == NULL || out->provider.data == NULL || !mxs_text_equal(out->provider, signal->provider))
        out->provider = (struct mxs_text){NULL, 0};
    out->certificate = out->certificate && signal->certificate;
    out->words = out->words && signal->words;
}
