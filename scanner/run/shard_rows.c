#include "scanner/run/internal/shard_rows.h"

#include <stdlib.h>

#include "base/vector.h"
#include "db/measured.h"
#include "scanner/run/internal/record_pool.h"
#include "scanner/run/internal/stages.h"

#define ROWS_PER_BREATH 16384u

static enum mxs_err damaged(const struct mxs_shard_rows *rows, struct mxs_detail *detail)
{
    return mxs_err_set(
        detail, MXS_ERR_FOREIGN_DB,
        "%s: is damaged: it refers to rows that it does not hold: scan this shard again, or restore it from a copy",
        rows->run->path);
}

static enum mxs_err breathe(struct mxs_shard_rows *rows, uint64_t count, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_stage_wait(rows->survey, detail);
    return err == MXS_OK && count % ROWS_PER_BREATH == 0 ? mxs_stage_breathe(rows->survey, detail) : err;
}

/* --- policies --- */

static void put_policy(struct mxs_shard_rows *rows, enum mxs_row_kind kind, const struct mxs_question *question,
                       struct mxs_policy_row *row)
{
    static const struct mxs_measurement none = {.attempts = 1};
    const struct mxs_answer answer = {.outcome = row->unsettled == 0 ? MXS_ANSWERED : MXS_SERVFAIL};
    mxs_writer_put_policy(rows->survey->writer, kind, question, &answer, &none, row, MXS_PASS_FIRST);
}

/* What stood of the subject in the run before, when it says the same: nothing changed then. 0: it does not. */
static uint32_t standing_policy(struct mxs_shard_rows *rows, bool hosts, uint32_t subject, uint64_t digest)
{
    struct mxs_query *before = hosts ? &rows->before_host : &rows->before;
    uint32_t policy = 0;
    if (rows->survey->run.previous == 0)
        return 0;
    mxs_query_int(before, 1, subject);
    mxs_query_int(before, 2, rows->survey->run.list_id);
    if (mxs_query_next(before) && (uint64_t)mxs_query_column_int(before, 1) == digest)
        policy = (uint32_t)mxs_query_column_int(before, 0);
    mxs_query_reset(before);
    return policy;
}

static void read_texts(struct mxs_shard_rows *rows, int64_t policy, struct mxs_policy_row *row, struct mxs_arena *arena)
{
    mxs_query_int(&rows->texts, 1, policy);
    while (mxs_query_next(&rows->texts) && row->column_count < MXS_POLICY_COLUMNS) {
        struct mxs_policy_column *column = &row->columns[row->column_count++];
        struct mxs_text *const parts[] = {&column->text, &column->json};
        column->column = (uint8_t)mxs_query_column_int(&rows->texts, 0);
        for (int i = 0; i < 2; i++) {
            size_t size;
            *parts[i] = (struct mxs_text){NULL, 0};
            if (mxs_query_is_null(&rows->texts, 1 + i))
                continue;
            const char *text = mxs_query_column_text(&rows->texts, 1 + i, &size);
            *parts[i] = mxs_arena_text(arena, (struct mxs_text){text, (uint32_t)size});
        }
    }
    mxs_query_reset(&rows->texts);
}

static enum mxs_err take_policy(struct mxs_shard_rows *rows, enum mxs_row_kind kind,
                                const struct mxs_question *question, int64_t policy, struct mxs_arena *arena,
                                struct mxs_detail *detail)
{
    struct mxs_policy_row row = {.policy = 0};
    size_t size = 0;
    mxs_arena_reset(arena);
    if (policy < 1 || policy > rows->policy_count)
        return damaged(rows, detail);
    mxs_query_int(&rows->content, 1, policy);
    bool there = mxs_query_next(&rows->content);
    if (there) {
        row.digest = (uint64_t)mxs_query_column_int(&rows->content, 0);
        row.unsettled = (uint32_t)mxs_query_column_int(&rows->content, 2);
        row.policy = standing_policy(rows, kind == MXS_ROW_TLSA, question->subject, row.digest);
        row.fresh = row.policy == 0 && rows->policies[policy] == 0;
        if (row.policy == 0 && rows->policies[policy] == 0)
            rows->policies[policy] = (*rows->next_policy)++;
        if (row.policy == 0)
            row.policy = rows->policies[policy];
        row.content.data = mxs_query_column_blob(&rows->content, 1, &size);
        row.content.size_bytes = (uint32_t)size;
        if (row.fresh)
            read_texts(rows, policy, &row, arena);
        put_policy(rows, kind, question, &row);
    }
    mxs_query_reset(&rows->content);
    if (mxs_query_error(&rows->content) != MXS_OK || mxs_query_error(&rows->texts) != MXS_OK)
        return MXS_OK; /* is asked for at the end */
    return !there ? damaged(rows, detail) : mxs_arena_full(arena) ? mxs_err_memory(detail, "merging") : MXS_OK;
}

/* --- domains --- */

enum { ID, NAME, OUTCOME, SET, ALIAS, POLICY, SECURE };

/* The shard's names in their order, beside ours. */
static enum mxs_err map_domains(struct mxs_shard_rows *rows, struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t highest = 0;
    uint64_t count = 0;
    mxs_known *known = NULL;
    enum mxs_err err = mxs_known_read_highest(rows->store, &highest, detail);
    if (err != MXS_OK)
        return err;
    rows->domain_count = (uint32_t)highest;
    rows->domains = calloc((size_t)highest + 1, sizeof *rows->domains);
    if (rows->domains == NULL)
        return mxs_err_memory(detail, "merging");
    err = mxs_known_create(&known, rows->survey->reader, detail);
    mxs_query_open(&query, rows->store,
                   "SELECT id, name FROM domain d WHERE EXISTS (SELECT 1 FROM domain_history h WHERE h.domain_id = d.id"
                   " AND h.list_id = ?1 AND h.first_run <= ?2 AND ifnull(h.last_run, ?2) >= ?2) ORDER BY name");
    mxs_query_int(&query, 1, rows->run->list);
    mxs_query_int(&query, 2, rows->run->run);
    while (err == MXS_OK && mxs_query_next(&query)) {
        size_t size;
        bool fresh = false;
        uint32_t id = 0;
        const char *name = mxs_query_column_text(&query, 1, &size);
        err = mxs_known_find(known, (struct mxs_text){name, (uint32_t)size}, &id, &fresh, detail);
        MXS_ASSERT(err != MXS_OK || !fresh); /* all names were stored before */
        if (err == MXS_OK)
            rows->domains[mxs_query_column_int(&query, 0)] = id;
        if (err == MXS_OK && ++count % ROWS_PER_BREATH == 0)
            err = mxs_stage_breathe(rows->survey, detail);
    }
    mxs_query_reset(&query);
    enum mxs_err end = mxs_query_finish(&query, err == MXS_OK ? detail : NULL);
    mxs_known_destroy(&known);
    return err == MXS_OK ? end : err;
}

/* False: the shard names a set, an MX host or a text that it does not hold. */
static bool fill_domain(const struct mxs_shard_rows *rows, struct mxs_query *query, struct mxs_record *records,
                        struct mxs_answer *answer)
{
    const struct mxs_dictionary *dictionary = &rows->dictionary;
    int64_t set = mxs_query_column_int(query, SET), alias = mxs_query_column_int(query, ALIAS),
            outcome = mxs_query_column_int(query, OUTCOME);
    *answer = (struct mxs_answer){.outcome = (enum mxs_outcome)outcome,
                                  .authenticated = mxs_query_column_int(query, SECURE) != 0};
    if (outcome < 0 || outcome >= MXS_OUTCOME_COUNT || (set != 0 && !mxs_dictionary_has(&dictionary->mx_sets, set)) ||
        (alias != 0 && !mxs_dictionary_has(&dictionary->texts, alias)))
        return false;
    struct mxs_bytes members =
        set == 0 ? (struct mxs_bytes){NULL, 0} : mxs_dictionary_mx_members(dictionary, (uint32_t)set);
    uint32_t count = set == 0 ? 0 : mxs_dictionary_mx_count(dictionary, (uint32_t)set);
    for (uint32_t i = 0; i < count && i < MXS_RECORDS_MAX; i++) {
        struct mxs_mx_member member = mxs_mx_member_at(members, i);
        records[i] = (struct mxs_record){.preference = member.preference,
                                         .host = mxs_dictionary_host_name(dictionary, member.host)};
    }
    answer->records = records;
    answer->record_count = count < MXS_RECORDS_MAX ? count : MXS_RECORDS_MAX;
    if (alias != 0)
        answer->alias = mxs_dictionary_text_of(dictionary, (uint32_t)alias);
    return true;
}

static void fill_measured(const struct mxs_shard_rows *rows, const struct mxs_measured_row *measured,
                          struct mxs_answer *answer, struct mxs_measurement *out)
{
    *out = (struct mxs_measurement){.asked_at = rows->run->started_at};
    if (measured == NULL)
        return;
    out->resolver = measured->resolver < MXS_SHARD_RESOLVERS ? (uint16_t)measured->resolver : 0;
    out->attempts = (uint8_t)measured->attempts;
    out->rtt_us = measured->rtt_us;
    out->asked_at += measured->asked_after_s;
    answer->ede = (uint16_t)measured->ede;
    answer->ttl_s = measured->ttl_s == MXS_MEASURED_NO_TTL ? 0 : measured->ttl_s;
}

static enum mxs_err put_domain(struct mxs_shard_rows *rows, struct mxs_query *query,
                               const struct mxs_measured_row *measured, struct mxs_arena *arena,
                               struct mxs_detail *detail)
{
    static struct mxs_record records[MXS_RECORDS_MAX];
    struct mxs_answer answer;
    struct mxs_measurement measurement;
    size_t size;
    int64_t id = mxs_query_column_int(query, ID);
    const char *name = mxs_query_column_text(query, NAME, &size);
    if (id < 1 || id > rows->domain_count || rows->domains[id] == 0 || !fill_domain(rows, query, records, &answer))
        return damaged(rows, detail);
    fill_measured(rows, measured, &answer, &measurement);
    const struct mxs_question question = {
        .name = {name, (uint32_t)size}, .type = MXS_TYPE_MX, .subject = rows->domains[id]};
    mxs_writer_put_domain(rows->survey->writer, &question, &answer, &measurement, MXS_PASS_FIRST);
    return mxs_query_is_null(query, POLICY)
               ? MXS_OK
               : take_policy(rows, MXS_ROW_POLICY, &question, mxs_query_column_int(query, POLICY), arena, detail);
}

static enum mxs_err put_domains(struct mxs_shard_rows *rows, struct mxs_detail *detail)
{
    struct mxs_query query;
    struct mxs_measured measured;
    struct mxs_measured_row row = {0};
    struct mxs_arena arena;
    bool ahead = true;
    uint64_t count = 0;
    enum mxs_err err = MXS_OK;
    mxs_arena_init(&arena, 65536, 0);
    mxs_measured_open(&measured, rows->store, 0, UINT32_MAX);
    mxs_query_open(&query, rows->store,
                   "SELECT h.domain_id, d.name, h.outcome, ifnull(h.mx_set_id, 0), ifnull(h.alias_id, 0), p.policy_id, "
                   "ifnull(p.secure, 0)"
                   " FROM domain_history h JOIN domain d ON d.id = h.domain_id LEFT JOIN policy_history p ON "
                   "p.domain_id = h.domain_id"
                   " AND p.list_id = h.list_id AND p.first_run <= ?2 AND ifnull(p.last_run, ?2) >= ?2 WHERE h.list_id "
                   "= ?1 AND h.first_run <= ?2"
                   " AND ifnull(h.last_run, ?2) >= ?2 ORDER BY h.domain_id");
    mxs_query_int(&query, 1, rows->run->list);
    mxs_query_int(&query, 2, rows->run->run);
    while (err == MXS_OK && mxs_query_next(&query)) {
        uint32_t domain = (uint32_t)mxs_query_column_int(&query, ID);
        while (ahead && row.domain < domain)
            ahead = mxs_measured_next(&measured, &row);
        bool known = ahead && row.domain == domain && row.run == rows->run->run;
        err = put_domain(rows, &query, known ? &row : NULL, &arena, detail);
        if (err == MXS_OK)
            err = breathe(rows, ++count, detail);
    }
    mxs_query_reset(&query);
    enum mxs_err end = mxs_query_finish(&query, err == MXS_OK ? detail : NULL);
    err = err == MXS_OK ? end : err;
    end = mxs_measured_finish(&measured, err == MXS_OK ? detail : NULL);
    mxs_arena_finish(&arena);
    return err == MXS_OK ? end : err;
}

/* --- MX hosts --- */

enum { HOST, A, A_SET, AAAA, AAAA_SET, HOST_ALIAS, REGISTRABLE, HOST_POLICY };

struct host_reading {
    struct mxs_shard_rows *rows;
    struct mxs_query seen; /* addresses of a pool that this run was told of */
    struct mxs_query pool; /* whether ours is known as one */
    struct mxs_record records[MXS_RECORDS_MAX];
    struct mxs_arena arena;
};

static uint32_t set_records(struct host_reading *reading, uint32_t set)
{
    const struct mxs_dictionary *dictionary = &reading->rows->dictionary;
    uint32_t count = mxs_dictionary_address_count(dictionary, set);
    for (uint32_t i = 0; i < count && i < MXS_RECORDS_MAX; i++)
        reading->records[i] = (struct mxs_record){.data = mxs_dictionary_address(dictionary, set, i)};
    return count < MXS_RECORDS_MAX ? count : MXS_RECORDS_MAX;
}

/* Of a pool only what this run saw of it is this run's answer; what earlier ones saw, our own earlier runs know. 0: it
 * is no pool. */
static uint32_t pool_records(struct host_reading *reading, int64_t host, uint32_t size_bytes)
{
    uint32_t count = 0;
    mxs_arena_reset(&reading->arena);
    mxs_query_int(&reading->seen, 1, host);
    mxs_query_int(&reading->seen, 2, reading->rows->run->list);
    mxs_query_int(&reading->seen, 3, reading->rows->run->run);
    while (mxs_query_next(&reading->seen)) {
        size_t size;
        const char *bytes = mxs_query_column_blob(&reading->seen, 0, &size);
        if (size != size_bytes || count == MXS_RECORDS_MAX)
            continue;
        struct mxs_text kept = mxs_arena_text(&reading->arena, (struct mxs_text){bytes, (uint32_t)size});
        reading->records[count++] = (struct mxs_record){.data = {(const uint8_t *)kept.data, kept.size_bytes}};
    }
    return count;
}

static bool is_pool_here(struct host_reading *reading, uint32_t host)
{
    mxs_query_int(&reading->pool, 1, host);
    mxs_query_int(&reading->pool, 2, reading->rows->survey->run.list_id);
    bool known = mxs_query_next(&reading->pool);
    mxs_query_reset(&reading->pool);
    return known;
}

static void put_family(struct host_reading *reading, struct mxs_query *query, const struct mxs_question *question,
                       int family)
{
    static const struct mxs_measurement none = {.attempts = 1};
    struct mxs_shard_rows *rows = reading->rows;
    struct mxs_answer answer = {.outcome = (enum mxs_outcome)mxs_query_column_int(query, family == 0 ? A : AAAA),
                                .records = reading->records};
    uint16_t type = family == 0 ? MXS_TYPE_A : MXS_TYPE_AAAA;
    int64_t alias = mxs_query_column_int(query, HOST_ALIAS),
            set = mxs_query_column_int(query, family == 0 ? A_SET : AAAA_SET);
    uint32_t pooled = set == 0 ? 0 : pool_records(reading, mxs_query_column_int(query, HOST), family == 0 ? 4 : 16);
    bool pool_here = set != 0 && is_pool_here(reading, question->subject);
    if (pooled > 0 && !pool_here) /* what we do not know of it, the shard does */
        pooled = set_records(reading, (uint32_t)set);
    if (alias != 0)
        answer.alias = mxs_dictionary_text_of(&rows->dictionary, (uint32_t)alias);
    answer.record_count = pooled > 0 ? pooled : set != 0 ? set_records(reading, (uint32_t)set) : 0;
    /* All of it was heard in that run: where that is news to us the shard asked several times before it said so. */
    bool whole = pooled == 0 || pooled == mxs_dictionary_address_count(&rows->dictionary, (uint32_t)set);
    int times = whole && pool_here && rows->run->again ? MXS_POOL_ATTEMPTS : 1;
    for (int i = 0; i < times; i++)
        mxs_writer_put_host(rows->survey->writer, question, type, &answer, &none, MXS_PASS_FIRST);
    if (pooled > 1 && !pool_here) { /* what makes it a pool is that its answers differed */
        answer.record_count = 1;
        mxs_writer_put_host(rows->survey->writer, question, type, &answer, &none, MXS_PASS_FIRST);
        answer.record_count = pooled;
        mxs_writer_put_host(rows->survey->writer, question, type, &answer, &none, MXS_PASS_FIRST);
    }
}

static bool is_settled(struct mxs_query *query, int column)
{
    return !mxs_query_is_null(query, column) &&
           mxs_outcome_settled((enum mxs_outcome)mxs_query_column_int(query, column));
}

/* FNV-1a over the outcomes and the addresses. */
static uint32_t digest_of(struct host_reading *reading, struct mxs_query *query)
{
    uint32_t hash = 0x811c9dc5u;
    for (int family = 0; family < 2; family++) {
        uint32_t set = (uint32_t)mxs_query_column_int(query, family == 0 ? A_SET : AAAA_SET),
                 count = set == 0 ? 0 : set_records(reading, set);
        hash = (hash ^ (uint32_t)mxs_query_column_int(query, family == 0 ? A : AAAA)) * 0x01000193u;
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t k = 0; k < reading->records[i].data.size_bytes; k++)
                hash = (hash ^ reading->records[i].data.data[k]) * 0x01000193u;
    }
    return hash == 0 ? 1 : hash;
}

bool mxs_shard_hosts_put(struct mxs_shard_hosts *hosts, uint32_t id, uint32_t digest)
{
    if (!mxs_vector_reach(&hosts->said, &hosts->capacity, id, sizeof *hosts->said))
        return false;
    if (digest == 0)
        return true;
    hosts->asked += hosts->said[id] != 0;
    hosts->same += hosts->said[id] == digest;
    hosts->said[id] = digest;
    return true;
}

static bool is_sound(const struct mxs_dictionary *dictionary, struct mxs_query *query)
{
    for (int i = 0; i < 2; i++) {
        int64_t set = mxs_query_column_int(query, i == 0 ? A_SET : AAAA_SET);
        if (set != 0 && !mxs_dictionary_has(&dictionary->address_sets, set))
            return false;
    }
    int64_t alias = mxs_query_column_int(query, HOST_ALIAS);
    return mxs_dictionary_has(&dictionary->hosts, mxs_query_column_int(query, HOST)) &&
           (alias == 0 || mxs_dictionary_has(&dictionary->texts, alias));
}

static enum mxs_err put_host(struct host_reading *reading, struct mxs_query *query, struct mxs_arena *arena,
                             struct mxs_detail *detail)
{
    struct mxs_shard_rows *rows = reading->rows;
    static const struct mxs_measurement none = {.attempts = 1};
    if (!is_sound(&rows->dictionary, query))
        return damaged(rows, detail);
    struct mxs_question question = {
        .name = mxs_dictionary_host_name(&rows->dictionary, (uint32_t)mxs_query_column_int(query, HOST))};
    question.subject =
        mxs_intern_find(&rows->survey->dictionary.hosts.keys, question.name.data, question.name.size_bytes);
    if (question.subject == 0)
        return MXS_OK; /* no domain of this run names it */
    bool settled = is_settled(query, A) && is_settled(query, AAAA);
    if (!mxs_shard_hosts_put(rows->hosts, question.subject, settled ? digest_of(reading, query) : 0))
        return mxs_err_memory(detail, "merging");
    if (!mxs_query_is_null(query, A))
        put_family(reading, query, &question, 0);
    if (!mxs_query_is_null(query, AAAA))
        put_family(reading, query, &question, 1);
    if (!mxs_query_is_null(query, REGISTRABLE)) {
        const struct mxs_answer answer = {.outcome = (enum mxs_outcome)mxs_query_column_int(query, REGISTRABLE)};
        mxs_writer_put_host(rows->survey->writer, &question, 0, &answer, &none, MXS_PASS_FIRST);
    }
    return mxs_query_is_null(query, HOST_POLICY)
               ? MXS_OK
               : take_policy(rows, MXS_ROW_TLSA, &question, mxs_query_column_int(query, HOST_POLICY), arena, detail);
}

static enum mxs_err put_hosts(struct mxs_shard_rows *rows, struct mxs_detail *detail)
{
    struct host_reading *reading = calloc(1, sizeof *reading);
    struct mxs_query query;
    struct mxs_arena arena;
    uint64_t count = 0;
    enum mxs_err err = MXS_OK;
    if (reading == NULL)
        return mxs_err_memory(detail, "merging");
    reading->rows = rows;
    mxs_arena_init(&reading->arena, 4096, 0);
    mxs_arena_init(&arena, 65536, 0);
    mxs_query_open(&reading->seen, rows->store,
                   "SELECT a.bytes FROM address_pool p JOIN address a ON a.id = p.address_id WHERE p.host_id = ?1"
                   " AND p.list_id = ?2 AND p.seen_run = ?3 ORDER BY a.bytes");
    mxs_query_open(&reading->pool, rows->survey->reader,
                   "SELECT 1 FROM address_pool WHERE host_id = ?1 AND list_id = ?2 LIMIT 1");
    mxs_query_open(&query, rows->store,
                   "SELECT h.host_id, h.a_outcome, ifnull(h.a_set_id, 0), h.aaaa_outcome, ifnull(h.aaaa_set_id, 0), "
                   "ifnull(h.alias_id, 0),"
                   " h.registrable_outcome, p.policy_id FROM host_history h LEFT JOIN host_policy_history p ON "
                   "p.host_id = h.host_id"
                   " AND p.list_id = h.list_id AND p.first_run <= ?2 AND ifnull(p.last_run, ?2) >= ?2 WHERE h.list_id "
                   "= ?1 AND h.first_run <= ?2"
                   " AND ifnull(h.last_run, ?2) >= ?2 ORDER BY h.host_id");
    mxs_query_int(&query, 1, rows->run->list);
    mxs_query_int(&query, 2, rows->run->run);
    while (err == MXS_OK && mxs_query_next(&query)) {
        err = put_host(reading, &query, &arena, detail);
        if (err == MXS_OK)
            err = breathe(rows, ++count, detail);
    }
    mxs_query_reset(&query);
    struct mxs_query *const all[] = {&query, &reading->seen, &reading->pool};
    err = mxs_query_finish_each(all, sizeof all / sizeof *all, err, detail);
    mxs_arena_finish(&arena);
    mxs_arena_finish(&reading->arena);
    free(reading);
    return err;
}

/* --- a shard --- */

static enum mxs_err open_rows(struct mxs_shard_rows *rows, struct mxs_detail *detail)
{
    int64_t highest = 0;
    mxs_dictionary_init(&rows->dictionary);
    mxs_query_open(&rows->content, rows->store, "SELECT digest, content, unsettled FROM policy WHERE id = ?1");
    mxs_query_open(&rows->texts, rows->store,
                   "SELECT column_id, text, json FROM policy_text WHERE policy_id = ?1 ORDER BY column_id");
    mxs_query_open(&rows->before, rows->survey->reader,
                   "SELECT p.id, p.digest FROM policy_history h JOIN policy p ON p.id = h.policy_id"
                   " WHERE h.domain_id = ?1 AND h.list_id = ?2 AND h.last_run IS NULL");
    mxs_query_open(&rows->before_host, rows->survey->reader,
                   "SELECT p.id, p.digest FROM host_policy_history h JOIN policy p ON p.id = h.policy_id"
                   " WHERE h.host_id = ?1 AND h.list_id = ?2 AND h.last_run IS NULL");
    enum mxs_err err = mxs_dictionary_load(&rows->dictionary, rows->store, detail);
    mxs_dictionary_rest(&rows->dictionary);
    if (err == MXS_OK)
        err = mxs_query_one_int(rows->store, "SELECT max(id) FROM policy", 0, &highest, detail);
    if (err == MXS_OK && (highest < 0 || highest >= UINT32_MAX))
        err = damaged(rows, detail);
    rows->policy_count = err == MXS_OK ? (uint32_t)highest : 0;
    rows->policies = calloc((size_t)rows->policy_count + 1, sizeof *rows->policies);
    return err == MXS_OK && rows->policies == NULL ? mxs_err_memory(detail, "merging") : err;
}

static enum mxs_err close_rows(struct mxs_shard_rows *rows, struct mxs_detail *detail)
{
    struct mxs_query *const all[] = {&rows->content, &rows->texts, &rows->before, &rows->before_host};
    enum mxs_err err = mxs_query_finish_each(all, sizeof all / sizeof *all, MXS_OK, detail);
    mxs_dictionary_finish(&rows->dictionary);
    free(rows->domains);
    free(rows->policies);
    return err;
}

enum mxs_err mxs_shard_rows_put(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *run,
                                int64_t *resolvers, uint32_t *next_policy, struct mxs_shard_hosts *hosts,
                                struct mxs_detail *detail)
{
    struct mxs_shard_rows rows = {.survey = survey,
                                  .store = store,
                                  .run = run,
                                  .resolvers = resolvers,
                                  .next_policy = next_policy,
                                  .hosts = hosts};
    enum mxs_err err = open_rows(&rows, detail);
    if (err == MXS_OK)
        err = map_domains(&rows, detail);
    if (err == MXS_OK)
        err = put_domains(&rows, detail);
    if (err == MXS_OK)
        err = mxs_stage_sync(survey, detail); /* MX hosts have their ids now */
    if (err == MXS_OK)
        err = put_hosts(&rows, detail);
    struct mxs_detail later;
    enum mxs_err end = mxs_stage_sync(survey, err == MXS_OK ? detail : &later);
    err = err == MXS_OK ? end : err;
    end = close_rows(&rows, err == MXS_OK ? detail : &later);
    return err == MXS_OK ? end : err;
}
