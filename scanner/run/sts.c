/* Fetching MTA-STS policies: first the addresses of mta-sts.<domain>, through the resolvers like any other question;
 * then the files, from public addresses only: a domain must not make the scanner knock at doors of its own network.
 * Both go on chunk by chunk, so that memory does not grow with the list. */
#include "scanner/run/internal/sts.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/address.h"
#include "scanner/fetch/fetch.h"
#include "model/name.h"
#include "scanner/parse/mta_sts.h"
#include "base/bits.h"
#include "scanner/run/internal/known.h"
#include "scanner/run/internal/stages.h"

#define STS_PARALLEL 64u
#define CHUNK 16384u
#define ADDRESSES_MAX 4u
#define ADDRESS_SIZE 48u
#define COMMIT_ROWS 256u
#define SLOW_SHARE 8u
#define TOTAL_TIMES 4u /* a whole file may take as long as so many attempts of a question */
#define SETTLED 0x80000000u

struct item {
    uint32_t domain, address_count;
    uint8_t outcome; /* of A and AAAA, the one that says least */
    char id[36];
    char name[256]; /* mta-sts.<domain>, which is a host name or is not asked */
    char addresses[ADDRESSES_MAX * ADDRESS_SIZE];
};

struct sts {
    struct mxs_survey *survey;
    struct mxs_bits published;   /* by policy id: it has a good record */
    uint32_t *policies;          /* by domain id: policy of the newest row that counts, SETTLED; 0 none */
    uint32_t last_domain;
    bool again;
    struct item *items;          /* CHUNK */
    uint32_t item_count, next, under_way;
    mxs_fetch *fetch;
    struct mxs_query name, record, known, put;
    struct mxs_arena arena;
    uint32_t uncommitted;
    enum mxs_err err;
    struct mxs_detail *detail;
};

/* --- who has a record --- */

static enum mxs_err read_published(struct sts *sts, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool memory = true;
    mxs_query_open(&query, sts->survey->store,
                   "SELECT policy_id, json ->> 'record' FROM policy_text WHERE column_id = 4 AND text IS NOT NULL");
    while (memory && mxs_query_next(&query)) {
        size_t size;
        struct mxs_mta_sts record;
        const char *text = mxs_query_column_text(&query, 1, &size);
        mxs_mta_sts_parse((struct mxs_text){text, (uint32_t)size},
                          &record); /* several in one column are parted by a line end: bad */
        if (record.reason == MXS_MTA_STS_OK)
            memory = mxs_bits_put(&sts->published, (uint32_t)mxs_query_column_int(&query, 0));
    }
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "fetching MTA-STS policies") : err;
}

static enum mxs_err read_policies(struct sts *sts, struct mxs_detail *detail)
{
    struct mxs_journal journal;
    const struct mxs_journal_row *row;
    mxs_journal_open(&journal, sts->survey->store, sts->survey->run.id, MXS_JOURNAL_POLICIES);
    while ((row = mxs_journal_next(&journal)) != NULL) {
        bool settled = mxs_outcome_settled((enum mxs_outcome)row->outcome);
        if (row->subject <= sts->last_domain && (settled || !(sts->policies[row->subject] & SETTLED)))
            sts->policies[row->subject] = row->set | (settled ? SETTLED : 0);
    }
    return mxs_journal_finish(&journal, detail);
}

static bool is_published(const struct sts *sts, uint32_t domain)
{
    return mxs_bits_has(&sts->published, sts->policies[domain] & ~SETTLED);
}

/* Whether this domain is fetched now; then it is the next item. */
static bool put_item(struct sts *sts, uint32_t domain)
{
    struct item *item = &sts->items[sts->item_count];
    struct mxs_mta_sts record;
    size_t size;
    *item = (struct item){.domain = domain, .outcome = MXS_ANSWERED};
    mxs_query_int(&sts->record, 1, sts->policies[domain] & ~SETTLED);
    if (mxs_query_next(&sts->record)) {
        const char *text = mxs_query_column_text(&sts->record, 0, &size);
        mxs_mta_sts_parse((struct mxs_text){text, (uint32_t)size}, &record);
        snprintf(item->id, sizeof item->id, "%.*s", MXS_TEXT_ARG(record.id));
    }
    mxs_query_reset(&sts->record);
    mxs_query_int(&sts->name, 1, domain);
    int length = mxs_query_next(&sts->name)
                     ? snprintf(item->name, sizeof item->name, "mta-sts.%s", mxs_query_column_text(&sts->name, 0, NULL))
                     : 0;
    mxs_query_reset(&sts->name);
    mxs_query_int(&sts->known, 2, domain);
    mxs_query_text(&sts->known, 3, item->id, strlen(item->id));
    bool known = mxs_query_next(&sts->known);
    bool settled = known && mxs_fetch_settled((enum mxs_fetch_result)mxs_query_column_int(&sts->known, 0));
    mxs_query_reset(&sts->known);
    struct mxs_text name = mxs_text_of(item->name);
    bool asked = (!known || (sts->again && !settled)) && length < (int)sizeof item->name &&
                 mxs_name_is_hostname(name) &&
                 (sts->survey->exclude == NULL || !mxs_exclude_holds(sts->survey->exclude, name));
    sts->item_count += asked;
    return asked;
}

/* --- addresses --- */

static enum mxs_err next_question(void *arg, struct mxs_question *out)
{
    static const uint16_t types[2] = {MXS_TYPE_A, MXS_TYPE_AAAA};
    struct sts *sts = arg;
    if (sts->next == 2 * sts->item_count)
        return MXS_ERR_END;
    struct item *item = &sts->items[sts->next / 2];
    *out =
        (struct mxs_question){.name = mxs_text_of(item->name), .type = types[sts->next % 2], .subject = sts->next / 2};
    sts->next++;
    return MXS_OK;
}

static void put_address(struct item *item, const struct mxs_record *record, bool six)
{
    struct mxs_address address = {.family = six ? 6 : 4};
    char text[MXS_ADDRESS_TEXT_SIZE];
    if (item->address_count == ADDRESSES_MAX || record->data.size_bytes != (six ? 16 : 4))
        return;
    memcpy(address.bytes, record->data.data, record->data.size_bytes);
    if (!mxs_address_public(&address))
        return;
    mxs_address_text(&address, text);
    size_t used = strlen(item->addresses);
    snprintf(item->addresses + used, sizeof item->addresses - used, "%s%s%s%s", item->address_count == 0 ? "" : ",",
             six ? "[" : "", text, six ? "]" : "");
    item->address_count++;
}

static enum mxs_err put_answer(void *arg, const struct mxs_question *question, const struct mxs_answer *answer,
                               const struct mxs_measurement *measurement)
{
    struct sts *sts = arg;
    struct item *item = &sts->items[question->subject];
    (void)measurement;
    for (uint32_t i = 0; i < answer->record_count; i++)
        put_address(item, &answer->records[i], question->type == MXS_TYPE_AAAA);
    if (!mxs_outcome_settled(answer->outcome))
        item->outcome = (uint8_t)answer->outcome;
    return mxs_stage_stored(sts->survey, answer->outcome);
}

/* --- files --- */

static int text_order(const void *a, const void *b)
{
    const struct mxs_text *x = a, *y = b;
    uint32_t shorter = x->size_bytes < y->size_bytes ? x->size_bytes : y->size_bytes;
    int order = memcmp(x->data, y->data, shorter);
    return order != 0 ? order : (x->size_bytes > y->size_bytes) - (x->size_bytes < y->size_bytes);
}

/* The patterns in order, a line each; data NULL: none. */
static struct mxs_text join_patterns(struct sts *sts, const struct mxs_mta_sts_policy *policy)
{
    struct mxs_text *sorted = mxs_arena_take(&sts->arena, policy->mx_count * sizeof *sorted + 1);
    size_t size = 0;
    for (uint32_t i = 0; i < policy->mx_count; i++)
        size += policy->mx[i].size_bytes + 1;
    char *text = mxs_arena_take(&sts->arena, size + 1), *at = text;
    if (policy->mx_count == 0 || sorted == NULL || text == NULL)
        return (struct mxs_text){NULL, 0};
    memcpy(sorted, policy->mx, policy->mx_count * sizeof *sorted);
    qsort(sorted, policy->mx_count, sizeof *sorted, text_order);
    for (uint32_t i = 0; i < policy->mx_count; i++) {
        memcpy(at, sorted[i].data, sorted[i].size_bytes);
        at += sorted[i].size_bytes;
        *at++ = '\n';
    }
    return (struct mxs_text){text, (uint32_t)(size - 1)};
}

static void keep_error(struct sts *sts, enum mxs_err err)
{
    if (sts->err == MXS_OK)
        sts->err = err;
}

static void commit(struct sts *sts)
{
    if (sts->uncommitted == 0)
        return;
    sts->uncommitted = 0;
    enum mxs_err err = mxs_query_error(&sts->put);
    if (err != MXS_OK)
        *sts->detail = sts->put.detail;
    keep_error(sts, mxs_store_end(sts->survey->store, err, sts->detail));
}

static void put_result(struct sts *sts, const struct item *item, enum mxs_fetch_result result, struct mxs_bytes body)
{
    struct mxs_query *put = &sts->put;
    struct mxs_mta_sts_policy policy = {.reason = MXS_MTA_STS_OK};
    bool fetched = result == MXS_FETCH_OK;
    sts->survey->progress.done++;
    if (sts->err != MXS_OK)
        return;
    mxs_arena_reset(&sts->arena);
    if (fetched)
        mxs_mta_sts_policy_parse((struct mxs_text){(const char *)body.data, body.size_bytes}, &sts->arena, &policy);
    bool good = fetched && policy.reason == MXS_MTA_STS_OK;
    struct mxs_text patterns = good ? join_patterns(sts, &policy) : (struct mxs_text){NULL, 0};
    if (sts->uncommitted == 0)
        keep_error(sts, mxs_store_begin(sts->survey->store, sts->detail));
    if (sts->err != MXS_OK)
        return;
    mxs_query_int(put, 2, item->domain);
    mxs_query_text(put, 3, item->id, strlen(item->id));
    mxs_query_int(put, 4, result);
    mxs_query_int_or_null(put, 5, fetched, policy.reason);
    mxs_query_int_or_null(put, 6, good, policy.mode);
    mxs_query_int_or_null(put, 7, good, policy.max_age_s);
    mxs_query_text(put, 8, patterns.data, patterns.size_bytes);
    mxs_query_run(put);
    if (++sts->uncommitted == COMMIT_ROWS)
        commit(sts);
}

static void on_file(void *arg, uint32_t subject, enum mxs_fetch_result result, struct mxs_bytes body)
{
    struct sts *sts = arg;
    sts->under_way--;
    put_result(sts, &sts->items[subject], result, body);
}

static void begin_files(struct sts *sts)
{
    static const struct mxs_bytes nothing = {NULL, 0};
    while (sts->next < sts->item_count && sts->under_way < STS_PARALLEL && sts->err == MXS_OK) {
        const struct item *item = &sts->items[sts->next];
        if (item->address_count == 0) {
            bool settled = mxs_outcome_settled((enum mxs_outcome)item->outcome);
            put_result(sts, item, settled ? MXS_FETCH_NO_ADDRESS : MXS_FETCH_UNRESOLVED, nothing);
        } else {
            enum mxs_err err =
                mxs_fetch_ask(sts->fetch, item->name, "/.well-known/mta-sts.txt", item->addresses, sts->next);
            if (err != MXS_OK)
                keep_error(sts, mxs_err_memory(sts->detail, "fetching MTA-STS policies"));
            sts->under_way += err == MXS_OK;
        }
        sts->next++;
    }
}

static enum mxs_err fetch_files(struct sts *sts, struct mxs_detail *detail)
{
    struct mxs_survey *survey = sts->survey;
    const struct mxs_settings *settings = survey->settings;
    uint32_t attempt_ms = settings->scheduler.timeout_ms;
    struct mxs_fetch_options options = {.connect_ms = attempt_ms,
                                        .total_ms = attempt_ms * TOTAL_TIMES,
                                        .parallel = STS_PARALLEL,
                                        .size_max = MXS_MTA_STS_POLICY_MAX,
                                        .ca_file = settings->ca_file,
                                        .connect = settings->sts_connect[0] == 0 ? NULL : settings->sts_connect};
    enum mxs_err err = mxs_fetch_create(&sts->fetch, &survey->loop, &options, on_file, sts, detail);
    if (err != MXS_OK)
        return err;
    mxs_progress_stage(survey, sts->again ? "MTA-STS policies once more" : "MTA-STS policies", sts->item_count);
    sts->next = sts->under_way = 0;
    begin_files(sts);
    while (sts->under_way > 0 && sts->err == MXS_OK && survey->stops == 0) {
        uv_run(&survey->loop, UV_RUN_ONCE);
        begin_files(sts);
    }
    commit(sts);
    if (sts->err == MXS_OK && mxs_fetch_error(sts->fetch, detail) != MXS_OK) {
        survey->usage = true;
        sts->err = MXS_ERR_INPUT;
    }
    mxs_fetch_destroy(&sts->fetch);
    if (sts->err == MXS_OK && survey->stops > 0)
        return mxs_err_set(detail, MXS_ERR_STOPPED, "stopped");
    return sts->err;
}

static enum mxs_err run_chunk(struct sts *sts, struct mxs_detail *detail)
{
    struct mxs_survey *survey = sts->survey;
    uint32_t limit = sts->again ? survey->settings->scheduler.concurrency / SLOW_SHARE + 1 : 0;
    sts->next = 0;
    enum mxs_err err = mxs_stage_ask(survey, sts->again ? "MTA-STS hosts once more" : "MTA-STS hosts",
                                     2ull * sts->item_count, limit, next_question, put_answer, sts, detail);
    if (err == MXS_OK)
        err = fetch_files(sts, detail);
    sts->item_count = 0;
    return err;
}

/* --- life --- */

static enum mxs_err init(struct sts *sts, struct mxs_survey *survey, bool again, struct mxs_detail *detail)
{
    int64_t last = 0;
    *sts = (struct sts){.survey = survey, .again = again, .detail = detail};
    mxs_arena_init(&sts->arena, 256 * 1024, 0);
    mxs_query_open(&sts->name, survey->store, "SELECT name FROM domain WHERE id = ?1");
    mxs_query_open(&sts->record, survey->store,
                   "SELECT json ->> 'record' FROM policy_text WHERE policy_id = ?1 AND column_id = 4");
    mxs_query_open(&sts->known, survey->store,
                   "SELECT result FROM sts_fetch WHERE run_id = ?1 AND domain_id = ?2 AND id = ?3");
    mxs_query_int(&sts->known, 1, survey->run.id);
    mxs_query_open(&sts->put, survey->store,
                   "INSERT OR REPLACE INTO sts_fetch VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    mxs_query_int(&sts->put, 1, survey->run.id);
    enum mxs_err err = mxs_known_read_highest(survey->store, &last, detail);
    sts->last_domain = (uint32_t)last;
    sts->policies = calloc((size_t)last + 1, sizeof *sts->policies);
    sts->items = malloc(CHUNK * sizeof *sts->items);
    return err == MXS_OK && (sts->policies == NULL || sts->items == NULL)
               ? mxs_err_memory(detail, "fetching MTA-STS policies")
               : err;
}

static enum mxs_err finish(struct sts *sts, enum mxs_err err, struct mxs_detail *detail)
{
    struct mxs_query *const all[] = {&sts->name, &sts->record, &sts->known, &sts->put};
    err = mxs_query_finish_each(all, sizeof all / sizeof *all, err, detail);
    mxs_bits_finish(&sts->published);
    mxs_arena_finish(&sts->arena);
    free(sts->policies);
    free(sts->items);
    return err;
}

enum mxs_err mxs_stage_sts(struct mxs_survey *survey, bool again, struct mxs_detail *detail)
{
    struct sts sts;
    if (!survey->settings->fetch_sts)
        return MXS_OK;
    enum mxs_err err = init(&sts, survey, again, detail);
    if (err == MXS_OK)
        err = read_published(&sts, detail);
    if (err == MXS_OK)
        err = read_policies(&sts, detail);
    for (uint32_t domain = 1; err == MXS_OK && domain <= sts.last_domain; domain++)
        if (is_published(&sts, domain) && put_item(&sts, domain) && sts.item_count == CHUNK)
            err = run_chunk(&sts, detail);
    if (err == MXS_OK && sts.item_count > 0)
        err = run_chunk(&sts, detail);
    return finish(&sts, err, detail);
}
