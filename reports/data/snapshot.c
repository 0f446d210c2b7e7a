#include "reports/data/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/data/impact.h"
#include "base/counter.h"
#include "base/string_pool.h"

extern const char mxs_views_sql[];

#define CREATE_VIEW "CREATE VIEW "

/* The text of views.sql with every view made temporary: names in a temporary view find temporary tables first, those in
 * a stored view never do. */
static enum mxs_err make_views(mxs_store *store, struct mxs_detail *detail)
{
    static const char create_temporary[] = "CREATE TEMP VIEW ";
    size_t size = strlen(mxs_views_sql) + 1;
    for (const char *at = mxs_views_sql; (at = strstr(at, CREATE_VIEW)) != NULL; at++)
        size += sizeof create_temporary - sizeof CREATE_VIEW;
    char *sql = malloc(size);
    if (sql == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory");
    char *end = sql;
    const char *from = mxs_views_sql;
    for (const char *at; (at = strstr(from, CREATE_VIEW)) != NULL; from = at + strlen(CREATE_VIEW)) {
        memcpy(end, from, (size_t)(at - from));
        end += at - from;
        memcpy(end, create_temporary, strlen(create_temporary));
        end += strlen(create_temporary);
    }
    memcpy(end, from, strlen(from) + 1);
    enum mxs_err err = mxs_store_run(store, sql, detail);
    free(sql);
    return err;
}

#define SPANS_OF_RUN "list_id = ?1 AND first_run <= ?2 AND (last_run IS NULL OR last_run >= ?2)"

static enum mxs_err put_verdicts(struct mxs_snapshot *snapshot, const struct mxs_counter *counter, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, snapshot->store, "INSERT INTO temp.v_verdict_count VALUES (?1, ?2, ?3)");
    for (size_t i = 0; i < counter->capacity; i++) {
        if (counter->slots[i].sum == 0)
            continue;
        mxs_query_int(&query, 1, snapshot->run.id);
        mxs_query_int(&query, 2, counter->slots[i].key);
        mxs_query_int(&query, 3, counter->slots[i].sum);
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

static enum mxs_err count_verdicts(struct mxs_snapshot *snapshot, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_run(snapshot->store, "DROP VIEW temp.v_verdict_count;"
                                     "CREATE TEMP TABLE v_verdict_count (run_id INTEGER, verdict_id INTEGER PRIMARY KEY,"
                                     " domains INTEGER);", detail);
    if (err != MXS_OK)
        return err;
    struct mxs_counter counter;
    mxs_counter_init(&counter);
    struct mxs_query query;
    mxs_query_open(&query, snapshot->store, "SELECT verdict_id FROM judgement WHERE " SPANS_OF_RUN);
    mxs_query_int(&query, 1, snapshot->run.list_id);
    mxs_query_int(&query, 2, snapshot->run.id);
    while (mxs_query_next(&query))
        mxs_counter_put(&counter, mxs_query_column_int(&query, 0), 0, 1);
    err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && counter.err != MXS_OK)
        err = mxs_err_set(detail, counter.err, "out of memory");
    if (err == MXS_OK)
        err = put_verdicts(snapshot, &counter, detail);
    mxs_counter_finish(&counter);
    return err;
}

static enum mxs_err put_tlds(struct mxs_snapshot *snapshot, const struct mxs_string_pool *known, const struct mxs_counter *counter,
                             struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, snapshot->store, "INSERT INTO temp.v_tld_count VALUES (?1, ?2, ?3, ?4)");
    for (size_t i = 0; i < counter->capacity; i++) {
        if (counter->slots[i].sum == 0)
            continue;
        const char *tld = known->texts[counter->slots[i].key];
        mxs_query_int(&query, 1, snapshot->run.id);
        mxs_query_text(&query, 2, tld, strlen(tld));
        mxs_query_int(&query, 3, counter->slots[i].second);
        mxs_query_int(&query, 4, counter->slots[i].sum);
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

static enum mxs_err counter_tlds(struct mxs_snapshot *snapshot, struct mxs_string_pool *known, struct mxs_counter *counter,
                               struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, snapshot->store, "SELECT d.name, j.verdict_id FROM judgement j JOIN domain d ON d.id = j.domain_id"
                   " WHERE " SPANS_OF_RUN);
    mxs_query_int(&query, 1, snapshot->run.list_id);
    mxs_query_int(&query, 2, snapshot->run.id);
    enum mxs_err err = MXS_OK;
    while (err == MXS_OK && mxs_query_next(&query)) {
        size_t size_bytes;
        const char *name = mxs_query_column_text(&query, 0, &size_bytes);
        const char *dot = memrchr(name, '.', size_bytes);
        const char *tld = dot != NULL ? dot + 1 : name;
        uint32_t id = mxs_string_pool_put(known, tld, size_bytes - (size_t)(tld - name));
        if (id == MXS_STRING_NONE)
            err = MXS_ERR_MEMORY;
        else
            mxs_counter_put(counter, id, mxs_query_column_int(&query, 1), 1);
    }
    enum mxs_err read = mxs_query_finish(&query, detail);
    if (read != MXS_OK)
        return read;
    if (err != MXS_OK || counter->err != MXS_OK)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory");
    return MXS_OK;
}

static enum mxs_err count_tlds(struct mxs_snapshot *snapshot, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_run(snapshot->store, "DROP VIEW temp.v_tld_count;"
                                     "CREATE TEMP TABLE v_tld_count (run_id INTEGER, tld TEXT, verdict_id INTEGER,"
                                     " domains INTEGER);", detail);
    if (err != MXS_OK)
        return err;
    struct mxs_string_pool known;
    mxs_string_pool_init(&known);
    struct mxs_counter counter;
    mxs_counter_init(&counter);
    err = counter_tlds(snapshot, &known, &counter, detail);
    if (err == MXS_OK)
        err = put_tlds(snapshot, &known, &counter, detail);
    mxs_counter_finish(&counter);
    mxs_string_pool_finish(&known);
    return err;
}

enum mxs_err mxs_snapshot_count(struct mxs_snapshot *snapshot, unsigned heavy, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    unsigned missing = heavy & ~snapshot->counted;
    if (missing & MXS_HEAVY_VERDICTS)
        err = count_verdicts(snapshot, detail);
    if (err == MXS_OK && missing & MXS_HEAVY_TLDS)
        err = count_tlds(snapshot, detail);
    if (err == MXS_OK && missing & MXS_HEAVY_IMPACT)
        err = mxs_impact_count(snapshot->store, &snapshot->run, snapshot->bases[MXS_BASE_RECEIVING], detail);
    if (err == MXS_OK)
        snapshot->counted |= heavy;
    return err;
}

static enum mxs_err find_bases(struct mxs_snapshot *snapshot, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, snapshot->store, "SELECT accepted, receiving FROM temp.v_total WHERE run_id = ?1");
    mxs_query_int(&query, 1, snapshot->run.id);
    if (mxs_query_next(&query)) {
        snapshot->bases[MXS_BASE_ACCEPTED] = mxs_query_column_int(&query, 0);
        snapshot->bases[MXS_BASE_RECEIVING] = mxs_query_column_int(&query, 1);
    }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_snapshot_begin(mxs_store *store, struct mxs_detail *detail)
{
    /* The file itself was opened for reading only; this lets us have temporary tables. */
    enum mxs_err err = mxs_store_run(store, "PRAGMA query_only = 0; BEGIN", detail);
    return err == MXS_OK ? make_views(store, detail) : err;
}

enum mxs_err mxs_snapshot_open(struct mxs_snapshot *snapshot, mxs_store *store, const struct mxs_run *run, struct mxs_detail *detail)
{
    *snapshot = (struct mxs_snapshot){.store = store, .run = *run};
    enum mxs_err err = mxs_snapshot_begin(store, detail);
    if (err == MXS_OK)
        err = mxs_snapshot_count(snapshot, MXS_HEAVY_VERDICTS, detail);
    if (err == MXS_OK)
        err = find_bases(snapshot, detail);
    if (err != MXS_OK)
        mxs_snapshot_close(snapshot);
    return err;
}

/* Everything temporary was made inside the transaction, and goes with it. */
void mxs_snapshot_close(struct mxs_snapshot *snapshot)
{
    if (snapshot->store != NULL)
        mxs_store_rollback(snapshot->store);
    snapshot->store = NULL;
}
