#include "scanner/run/internal/shards.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/vocabulary.h"

static void copy(char *out, size_t size, struct mxs_query *query, int column)
{
    snprintf(out, size, "%s", mxs_query_column_text(query, column, NULL));
}

/* Its pages hang together: a merge that finds that out in its middle has worked for nothing. */
static enum mxs_err check_pages(mxs_store *store, const char *path, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool sound = false;
    mxs_query_open(&query, store, "PRAGMA quick_check(1)");
    if (mxs_query_next(&query))
        sound = strcmp(mxs_query_column_text(&query, 0, NULL), "ok") == 0;
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && !sound)
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                           "%s: is damaged: scan this shard again, or restore it from a copy", path);
    return err;
}

/* The newest run of the list that is not given up decides: an older one beside it is of another night. */
static enum mxs_err find_run(struct mxs_shard_run *out, mxs_store *store, const char *list, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool complete = false;
    mxs_query_open(&query, store,
                   "SELECT r.id, r.state = 'complete', r.list_id, l.name, EXISTS (SELECT 1 FROM run e WHERE e.list_id "
                   "= r.list_id AND e.id < r.id"
                   " AND e.state = 'complete') FROM run r JOIN list l ON l.id = r.list_id WHERE r.state <> 'abandoned' "
                   "AND (?1 IS NULL OR l.name = ?1)"
                   " ORDER BY r.id DESC LIMIT 1");
    mxs_query_text(&query, 1, list, list == NULL ? 0 : strlen(list));
    if (mxs_query_next(&query)) {
        out->run = mxs_query_column_int(&query, 0);
        complete = mxs_query_column_int(&query, 1) != 0;
        out->list = mxs_query_column_int(&query, 2);
        copy(out->list_name, sizeof out->list_name, &query, 3);
        out->again = mxs_query_column_int(&query, 4) != 0;
    }
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && out->run == 0 && list != NULL)
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: holds no run of the list `%.60s`", out->path, list);
    if (err == MXS_OK && out->run == 0)
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: holds no run", out->path);
    if (err == MXS_OK && !complete)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "%s: run %" PRId64 " is not finished: give the same scan again, then merge", out->path,
                           out->run);
    return err;
}

static enum mxs_err parse_shard(struct mxs_shard_run *out, const char *text, struct mxs_detail *detail)
{
    struct mxs_detail why;
    if (strncmp(text, "auto", 4) != 0 && mxs_shard_parse(text, &out->shard, &why) == MXS_OK)
        return MXS_OK;
    return mxs_err_set(detail, MXS_ERR_INPUT,
                       "%s: run %" PRId64 " is of `%.40s`, which is not one shard: it was made by merge, from"
                       " some of the shards",
                       out->path, out->run, text);
}

static enum mxs_err read_run(struct mxs_shard_run *out, mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    char shard[64] = "";
    mxs_query_open(&query, store,
                   "SELECT started_at, ifnull(finished_at, 0), active_ms, ifnull(lines, 0), ifnull(accepted, 0), "
                   "ifnull(rejected, 0),"
                   " ifnull(duplicates, 0), other_shard, ifnull(agreement_asked, 0), ifnull(agreement_same, 0), "
                   "datagrams, tcp_connections, forged,"
                   " input_digest, checks, shard, versions ->> '$.mxsurvey', versions ->> '$.public_suffix_list', "
                   "versions ->> '$.rule_set',"
                   " (SELECT text FROM run_note n WHERE n.run_id = r.id AND n.kind = 'asn_db' LIMIT 1), versions ->> "
                   "'$.public_suffix_digest',"
                   " (SELECT ifnull(sum(rtt_sum_us), 0) FROM run_resolver s WHERE s.run_id = r.id) FROM run r"
                   " WHERE id = ?1");
    mxs_query_int(&query, 1, out->run);
    if (mxs_query_next(&query)) {
        int64_t *const numbers[] = {
            &out->started_at, &out->finished_at,     &out->active_ms,   &out->lines,           &out->accepted,
            &out->rejected,   &out->duplicates,      &out->other_shard, &out->agreement_asked, &out->agreement_same,
            &out->datagrams,  &out->tcp_connections, &out->forged};
        for (int i = 0; i < 13; i++)
            *numbers[i] = mxs_query_column_int(&query, i);
        copy(out->digest, sizeof out->digest, &query, 13);
        copy(out->checks, sizeof out->checks, &query, 14);
        copy(shard, sizeof shard, &query, 15);
        copy(out->version, sizeof out->version, &query, 16);
        copy(out->psl, sizeof out->psl, &query, 17);
        copy(out->rules, sizeof out->rules, &query, 18);
        copy(out->asn, sizeof out->asn, &query, 19);
        copy(out->psl_digest, sizeof out->psl_digest, &query, 20);
        out->rtt_sum_us = mxs_query_column_int(&query, 21);
    }
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK ? parse_shard(out, shard, detail) : err;
}

/* As the run's own note says it (kind `denial`), of all its resolvers that were not shut out. */
static enum mxs_err read_denial(struct mxs_shard_run *out, mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store,
                   "SELECT ifnull(max(o.settled) AND NOT max(c.outcome = ?2), 0) FROM run_control c"
                   " JOIN outcome o ON o.id = c.outcome LEFT JOIN run_resolver s USING (run_id, resolver_id)"
                   " WHERE c.run_id = ?1 AND s.excluded IS NULL");
    mxs_query_int(&query, 1, out->run);
    mxs_query_int(&query, 2, MXS_ANSWERED);
    if (mxs_query_next(&query))
        out->denies = mxs_query_column_int(&query, 0) != 0;
    mxs_query_reset(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_shard_run_read(struct mxs_shard_run *out, mxs_store *store, const char *path, const char *list,
                                struct mxs_detail *detail)
{
    struct mxs_shard_run run = {.path = path};
    enum mxs_err err = check_pages(store, path, detail);
    if (err == MXS_OK)
        err = find_run(&run, store, list, detail);
    if (err == MXS_OK)
        err = read_run(&run, store, detail);
    if (err == MXS_OK)
        err = read_denial(&run, store, detail);
    if (err == MXS_OK)
        *out = run;
    return err;
}

enum mxs_err mxs_shard_run_compare(const struct mxs_shard_run *a, const struct mxs_shard_run *b,
                                   struct mxs_detail *detail)
{
    const struct {
        const char *what, *one, *other;
    } texts[] = {{"lists of another name", a->list_name, b->list_name},
                 {"other lists of names (the digests of what was read)", a->digest, b->digest},
                 {"other checks", a->checks, b->checks},
                 {"another version of mxsurvey", a->version, b->version},
                 {"another rule-set", a->rules, b->rules},
                 {"other networks (--asn-db)", a->asn, b->asn}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(texts[i].one, texts[i].other) != 0)
            return mxs_err_set(detail, MXS_ERR_INPUT, "%.150s and %.150s were scanned with %s: `%.60s` and `%.60s`",
                               a->path, b->path, texts[i].what, texts[i].one[0] == 0 ? "none" : texts[i].one,
                               texts[i].other[0] == 0 ? "none" : texts[i].other);
    /* By what they say, since each node may have its own path; a run of an earlier build knows path and date alone. */
    bool told = a->psl_digest[0] != 0 && b->psl_digest[0] != 0;
    if (told ? strcmp(a->psl_digest, b->psl_digest) != 0 : strcmp(a->psl, b->psl) != 0)
        return mxs_err_set(
            detail, MXS_ERR_INPUT,
            "%.150s and %.150s were scanned with different public suffix lists: `%.80s` (%s) and `%.80s` (%s)", a->path,
            b->path, a->psl, a->psl_digest, b->psl, b->psl_digest);
    if (a->shard.count != b->shard.count)
        return mxs_err_set(detail, MXS_ERR_INPUT, "%.150s is one of %u shards, and %.150s one of %u", a->path,
                           a->shard.count, b->path, b->shard.count);
    if (a->lines != b->lines || a->rejected - a->other_shard != b->rejected - b->other_shard)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "%.150s and %.150s were made from different lists: %" PRId64 " and %" PRId64
                           " lines, %" PRId64
                           " and %" PRId64 " refused",
                           a->path, b->path, a->lines, b->lines, a->rejected - a->other_shard,
                           b->rejected - b->other_shard);
    return MXS_OK;
}
