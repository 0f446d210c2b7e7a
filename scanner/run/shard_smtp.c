/* What a shard's mail servers said, as rows of the run that merges it. Of an address under the name of an MX host that
 * several shards met, settled beats unsettled, then a name that was sent beats one that was not, then the
 * later shard counts (merging.c). */
#include "scanner/run/internal/shard_rows.h"
#include "scanner/run/internal/stages.h"

#define ROWS_PER_BREATH 16384u

/* Columns of read_sql; of ANSWER, CERTIFICATE and MEASURED the first of each. */
enum { HOST, BYTES, ANSWER, OUTCOME = ANSWER, STARTTLS = ANSWER + 2, SETTLED = ANSWER + 12, CERTIFICATE };
#define MEASURED (CERTIFICATE + 10)

static const char read_sql[] =
    "SELECT h.name, a.bytes, s.outcome, s.code, s.starttls, s.tls, s.cipher, s.name, s.flags, s.tested, s.chain_length,"
    " s.pkix, s.dane, s.banner_name, o.settled, c.fingerprint, c.subject, c.issuer, c.names, c.name_total, c.key,"
    " c.key_bits, c.signature, c.not_before, c.not_after, m.attempts, m.connect_ms, m.banner_ms, m.banner, m.reply,"
    " m.tls_failure, m.asked_at FROM smtp_history s JOIN host h ON h.id = s.host_id"
    " JOIN address a ON a.id = s.address_id JOIN smtp_outcome o ON o.id = s.outcome"
    " LEFT JOIN certificate c ON c.id = s.certificate_id"
    " LEFT JOIN smtp_measured m ON m.list_id = s.list_id AND m.address_id = s.address_id AND m.run_id = ?2"
    " WHERE s.list_id = ?1 AND s.first_run <= ?2 AND ifnull(s.last_run, ?2) >= ?2 ORDER BY s.address_id, s.host_id";
static const char certificate_sql[] =
    "INSERT INTO certificate (fingerprint, subject, issuer, names, name_total, key, key_bits, signature, not_before,"
    " not_after) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (fingerprint) DO UPDATE"
    " SET subject = subject RETURNING id";
static const char answer_sql[] =
    "INSERT OR REPLACE INTO smtp_answer (run_id, host_id, address_id, certificate_id, outcome, code, starttls, tls,"
    " cipher, name, flags, tested, chain_length, pkix, dane, banner_name) SELECT ?1, ?2, ?3, ?4, ?6, ?7, ?8, ?9, ?10,"
    " ?11, ?12, ?13, ?14, ?15, ?16, ?17 WHERE NOT EXISTS (SELECT 1 FROM smtp_answer s"
    " JOIN smtp_outcome o ON o.id = s.outcome WHERE s.run_id = ?1 AND s.host_id = ?2 AND s.address_id = ?3"
    " AND (o.settled, s.tested) > (?5, ?13))";
static const char measured_sql[] =
    "INSERT OR REPLACE INTO smtp_measured (list_id, run_id, address_id, attempts, connect_ms, banner_ms, banner, reply,"
    " tls_failure, asked_at) SELECT ?1, ?2, ?3, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE ?4 OR NOT EXISTS (SELECT 1"
    " FROM smtp_measured WHERE list_id = ?1 AND address_id = ?3 AND run_id = ?2)";

struct servers {
    struct mxs_survey *survey;
    struct mxs_query row, certificate, answer, measured;
    struct mxs_shard_hosts *met;
    uint32_t address; /* of the row before */
};

static void copy(struct mxs_query *to, int at, struct mxs_query *from, int first, int count)
{
    for (int i = 0; i < count; i++)
        mxs_query_copy(to, at + i, from, first + i);
}

static void put_certificate(struct servers *servers)
{
    mxs_query_null(&servers->answer, 4);
    if (mxs_query_is_null(&servers->row, CERTIFICATE))
        return;
    copy(&servers->certificate, 1, &servers->row, CERTIFICATE, 10);
    if (mxs_query_next(&servers->certificate))
        mxs_query_int(&servers->answer, 4, mxs_query_column_int(&servers->certificate, 0));
    mxs_query_run(&servers->certificate);
}

/* Once for each address: what it showed, as far as no name was sent for it. False: no memory. */
static bool put_address(struct servers *servers, uint32_t address)
{
    struct mxs_query *row = &servers->row;
    bool settled = mxs_query_column_int(row, SETTLED) != 0;
    uint32_t starttls = mxs_query_is_null(row, STARTTLS) ? 0xff : (uint32_t)mxs_query_column_int(row, STARTTLS) & 0xff;
    uint32_t digest = 1 + ((uint32_t)mxs_query_column_int(row, OUTCOME) & 0xff) + (starttls << 16);
    servers->address = address;
    mxs_query_int(&servers->measured, 3, address);
    mxs_query_int(&servers->measured, 4, settled);
    copy(&servers->measured, 5, row, MEASURED, 7);
    if (!mxs_query_is_null(row, MEASURED))
        mxs_query_run(&servers->measured);
    return mxs_shard_hosts_put(servers->met, address, settled ? digest : 0);
}

/* What the run does not name, or has no such address, says nothing of it. */
static bool put_row(struct servers *servers)
{
    struct mxs_query *row = &servers->row, *answer = &servers->answer;
    size_t host_size, size;
    const struct mxs_dictionary *dictionary = &servers->survey->dictionary;
    const char *name = mxs_query_column_text(row, HOST, &host_size);
    const void *bytes = mxs_query_column_blob(row, BYTES, &size);
    uint32_t host = mxs_intern_find(&dictionary->hosts.keys, name, host_size);
    uint32_t address = size == 4 || size == 16 ? mxs_intern_find(&dictionary->addresses.keys, bytes, size) : 0;
    if (host == 0 || address == 0)
        return true;
    if (address != servers->address && !put_address(servers, address))
        return false;
    mxs_query_int(answer, 2, host);
    mxs_query_int(answer, 3, address);
    put_certificate(servers);
    mxs_query_copy(answer, 5, row, SETTLED);
    copy(answer, 6, row, ANSWER, 12);
    mxs_query_run(answer);
    return true;
}

static enum mxs_err put_rows(struct servers *servers, struct mxs_detail *detail)
{
    struct mxs_query *const all[] = {&servers->answer, &servers->certificate, &servers->measured, &servers->row};
    uint64_t count = 0;
    bool memory = true;
    enum mxs_err err = MXS_OK;
    while (memory && err == MXS_OK && mxs_query_error(&servers->answer) == MXS_OK && mxs_query_next(&servers->row)) {
        memory = put_row(servers);
        if (++count % ROWS_PER_BREATH == 0)
            err = mxs_stage_breathe(servers->survey, detail);
    }
    mxs_query_reset(&servers->row);
    err = mxs_query_finish_each(all, sizeof all / sizeof *all, err, detail);
    return err == MXS_OK && !memory ? mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory while merging") : err;
}

enum mxs_err mxs_shard_smtp_put(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *run,
                                struct mxs_shard_hosts *met, struct mxs_detail *detail)
{
    struct servers servers = {.survey = survey, .met = met};
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    mxs_query_open(&servers.row, store, read_sql);
    mxs_query_int(&servers.row, 1, run->list);
    mxs_query_int(&servers.row, 2, run->run);
    mxs_query_open(&servers.certificate, survey->store, certificate_sql);
    mxs_query_open(&servers.answer, survey->store, answer_sql);
    mxs_query_int(&servers.answer, 1, survey->run.id);
    mxs_query_open(&servers.measured, survey->store, measured_sql);
    mxs_query_int(&servers.measured, 1, survey->run.list_id);
    mxs_query_int(&servers.measured, 2, survey->run.id);
    return mxs_store_end(survey->store, put_rows(&servers, detail), detail);
}
