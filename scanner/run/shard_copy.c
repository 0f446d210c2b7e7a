#include "scanner/run/internal/shard_copy.h"

#include <stdio.h>

#include "scanner/run/internal/shard_rows.h"

/* Rows of a shard's table under our run: what `read` selects (?1: its run), `write` inserts with the run behind its
 * columns. */
static enum mxs_err copy_rows(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *shard,
                              const char *read, const char *write, int columns, struct mxs_detail *detail)
{
    struct mxs_query from, to;
    mxs_query_open(&from, store, read);
    mxs_query_int(&from, 1, shard->run);
    mxs_query_open(&to, survey->store, write);
    while (mxs_query_error(&to) == MXS_OK && mxs_query_next(&from)) {
        mxs_query_copy_row(&to, &from);
        mxs_query_int(&to, columns + 1, survey->run.id);
        mxs_query_run(&to);
    }
    mxs_query_reset(&from);
    struct mxs_query *const both[] = {&to, &from};
    return mxs_query_finish_each(both, 2, MXS_OK, detail);
}

/* What every shard has alike, since each has read the whole list: once. */
enum mxs_err mxs_shard_copy_list(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *shard,
                                 struct mxs_detail *detail)
{
    enum mxs_err err =
        copy_rows(survey, store, shard, "SELECT input, line, reason, text FROM reject WHERE run_id = ?1",
                  "INSERT INTO reject (input, line, reason, text, run_id) VALUES (?1, ?2, ?3, ?4, ?5)", 4, detail);
    if (err == MXS_OK)
        err = copy_rows(
            survey, store, shard,
            "SELECT position, path, lines, format, how, sha256, citation, passed_over FROM run_input WHERE run_id = ?1",
            "INSERT INTO run_input (position, path, lines, format, how, sha256, citation, passed_over, run_id)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            8, detail);
    return err == MXS_OK ? copy_rows(survey, store, shard,
                                     "SELECT at, kind, text FROM run_note WHERE run_id = ?1 AND kind = 'list'",
                                     "INSERT INTO run_note (at, kind, text, run_id) VALUES (?1, ?2, ?3, ?4)", 3, detail)
                         : err;
}

/* A resolver of one shard is no other shard's, also where both call it 127.0.0.1. Ids of the shard become ours. */
enum mxs_err mxs_shard_copy_resolvers(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *shard,
                                      struct mxs_detail *detail)
{
    struct mxs_query from, to;
    char address[160];
    bool fits = true;
    mxs_query_open(&from, store, "SELECT id, address FROM resolver");
    mxs_query_open(&to, survey->store,
                   "INSERT INTO resolver (address) VALUES (?1) ON CONFLICT (address) DO UPDATE SET address = address "
                   "RETURNING id");
    memset(survey->resolver_ids, 0, MXS_SHARD_RESOLVERS * sizeof *survey->resolver_ids);
    while (mxs_query_error(&to) == MXS_OK && fits && mxs_query_next(&from)) {
        int64_t id = mxs_query_column_int(&from, 0);
        snprintf(address, sizeof address, shard->shard.count == 1 ? "%.100s" : "%.100s of shard %u/%u",
                 mxs_query_column_text(&from, 1, NULL), shard->shard.number, shard->shard.count);
        mxs_query_text(&to, 1, address, strlen(address));
        bool stored = mxs_query_next(&to);
        int64_t ours = stored ? mxs_query_column_int(&to, 0) : 0;
        fits = id > 0 && id < MXS_SHARD_RESOLVERS && ours < MXS_SHARD_RESOLVERS;
        if (fits)
            survey->resolver_ids[id] = ours;
        mxs_query_run(&to);
    }
    mxs_query_reset(&from);
    enum mxs_err err = mxs_query_finish(&to, detail);
    enum mxs_err end = mxs_query_finish(&from, err == MXS_OK ? detail : NULL);
    if (err == MXS_OK && end == MXS_OK && !fits)
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: more than %u resolvers over all shards and nights", shard->path,
                           MXS_SHARD_RESOLVERS - 1);
    return err == MXS_OK ? end : err;
}

static void use_resolver(struct mxs_survey *survey, struct mxs_query *to, struct mxs_query *from)
{
    int64_t id = mxs_query_column_int(from, 0);
    mxs_query_int(to, 1, id > 0 && id < MXS_SHARD_RESOLVERS ? survey->resolver_ids[id] : 0);
}

/* The same with a resolver in the first column. */
static enum mxs_err copy_of_resolvers(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *shard,
                                      const char *read, const char *write, int columns, struct mxs_detail *detail)
{
    struct mxs_query from, to;
    mxs_query_open(&from, store, read);
    mxs_query_int(&from, 1, shard->run);
    mxs_query_open(&to, survey->store, write);
    while (mxs_query_error(&to) == MXS_OK && mxs_query_next(&from)) {
        mxs_query_copy_row(&to, &from);
        use_resolver(survey, &to, &from);
        mxs_query_int(&to, columns + 1, survey->run.id);
        mxs_query_run(&to);
    }
    mxs_query_reset(&from);
    struct mxs_query *const both[] = {&to, &from};
    return mxs_query_finish_each(both, 2, MXS_OK, detail);
}

static enum mxs_err copy_notes(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *shard,
                               struct mxs_detail *detail)
{
    struct mxs_query from, to;
    char text[1200];
    mxs_query_open(&from, store,
                   "SELECT at, kind, text FROM run_note WHERE run_id = ?1 AND kind NOT IN ('list', 'asn_db', 'unfit')");
    mxs_query_int(&from, 1, shard->run);
    mxs_query_open(&to, survey->store, "INSERT INTO run_note (at, kind, text, run_id) VALUES (?1, ?2, ?3, ?4)");
    mxs_query_int(&to, 4, survey->run.id);
    while (mxs_query_error(&to) == MXS_OK && mxs_query_next(&from)) {
        mxs_query_copy_row(&to, &from);
        if (shard->shard.count > 1 && strcmp(mxs_query_column_text(&from, 1, NULL), "stages") != 0) {
            snprintf(text, sizeof text, "shard %u/%u: %s", shard->shard.number, shard->shard.count,
                     mxs_query_column_text(&from, 2, NULL));
            mxs_query_text(&to, 3, text, strlen(text));
        }
        mxs_query_run(&to);
    }
    mxs_query_reset(&from);
    struct mxs_query *const both[] = {&to, &from};
    return mxs_query_finish_each(both, 2, MXS_OK, detail);
}

enum mxs_err mxs_shard_copy_measured(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *shard,
                                     struct mxs_detail *detail)
{
    enum mxs_err err = copy_notes(survey, store, shard, detail);
    if (err == MXS_OK)
        err = copy_of_resolvers(survey, store, shard,
                                "SELECT resolver_id, name, outcome, answer, agrees FROM run_control WHERE run_id = ?1",
                                "INSERT INTO run_control (resolver_id, name, outcome, answer, agrees, run_id) VALUES "
                                "(?1, ?2, ?3, ?4, ?5, ?6)",
                                5, detail);
    if (err == MXS_OK)
        err = copy_of_resolvers(
            survey, store, shard, "SELECT resolver_id, name, type, bytes FROM malformed WHERE run_id = ?1",
            "INSERT INTO malformed (resolver_id, name, type, bytes, run_id) VALUES (?1, ?2, ?3, ?4, ?5)", 4, detail);
    if (err != MXS_OK)
        return err;
    return copy_of_resolvers(survey, store, shard,
                             "SELECT resolver_id, asked, answers, timeouts, servfail, refused, malformed, truncated, "
                             "unreachable, rtt_sum_us,"
                             " rtt_min_us, rtt_max_us, ports, excluded, recursion, edns, tcp, validates, invalid, "
                             "latency_us, openings, checked_at,"
                             " filtered, odd, dns64 FROM run_resolver WHERE run_id = ?1",
                             "INSERT INTO run_resolver (resolver_id, asked, answers, timeouts, servfail, refused, "
                             "malformed, truncated, unreachable,"
                             " rtt_sum_us, rtt_min_us, rtt_max_us, ports, excluded, recursion, edns, tcp, validates, "
                             "invalid, latency_us, openings,"
                             " checked_at, filtered, odd, dns64, run_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                             "?10, ?11, ?12, ?13, ?14, ?15, ?16,"
                             " ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)",
                             25, detail);
}

/* Answers that many domains share: settled beats unsettled, then the later shard counts. And, by the domain's name, the
 * files of MTA-STS policies, and where more of a pool was found out. */
enum mxs_err mxs_shard_copy_shared(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *shard,
                                   struct mxs_detail *detail)
{
    enum mxs_err err = copy_rows(
        survey, store, shard, "SELECT name, type, ask, outcome, records, texts FROM shared WHERE run_id = ?1",
        "INSERT INTO shared (name, type, ask, outcome, records, texts, run_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT (run_id, name, type, ask) DO UPDATE SET outcome = excluded.outcome, records = excluded.records,"
        " texts = excluded.texts WHERE (SELECT settled FROM outcome WHERE id = excluded.outcome)"
        " OR NOT (SELECT settled FROM outcome WHERE id = shared.outcome)",
        6, detail);
    if (err == MXS_OK)
        err = copy_rows(survey, store, shard,
                        "SELECT d.name FROM mx_grown g JOIN domain d ON d.id = g.domain_id WHERE g.run_id = ?1",
                        "INSERT OR IGNORE INTO mx_grown VALUES ((SELECT id FROM domain WHERE name = ?1), ?2)", 1,
                        detail);
    if (err != MXS_OK)
        return err;
    return copy_rows(survey, store, shard,
                     "SELECT d.name, s.id, s.result, s.reason, s.mode, s.max_age_s, s.mx FROM sts_history s JOIN "
                     "domain d ON d.id = s.domain_id"
                     " WHERE s.first_run <= ?1 AND ifnull(s.last_run, ?1) >= ?1 AND s.list_id = (SELECT list_id FROM "
                     "run WHERE id = ?1)",
                     "INSERT INTO sts_fetch (domain_id, id, result, reason, mode, max_age_s, mx, run_id) VALUES "
                     "((SELECT id FROM domain WHERE name = ?1),"
                     " ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                     7, detail);
}
