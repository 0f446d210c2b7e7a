#include "reports/data/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/data/fate.h"
#include "reports/data/tally.h"
#include "reports/data/texts.h"

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

static enum mxs_err put_verdicts(struct mxs_frame *frame, const struct mxs_tally *tally, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, frame->store, "INSERT INTO temp.v_verdict_count VALUES (?1, ?2, ?3)");
    for (size_t i = 0; i < tally->capacity; i++) {
        if (tally->slots[i].sum == 0)
            continue;
        mxs_query_int(&query, 1, frame->run.id);
        mxs_query_int(&query, 2, tally->slots[i].key);
        mxs_query_int(&query, 3, tally->slots[i].sum);
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

static enum mxs_err count_verdicts(struct mxs_frame *frame, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_run(frame->store, "DROP VIEW temp.v_verdict_count;"
                                     "CREATE TEMP TABLE v_verdict_count (run_id INTEGER, verdict_id INTEGER PRIMARY KEY,"
                                     " domains INTEGER);", detail);
    if (err != MXS_OK)
        return err;
    struct mxs_tally tally;
    mxs_tally_init(&tally);
    struct mxs_query query;
    mxs_query_open(&query, frame->store, "SELECT verdict_id FROM judgement WHERE " SPANS_OF_RUN);
    mxs_query_int(&query, 1, frame->run.list_id);
    mxs_query_int(&query, 2, frame->run.id);
    while (mxs_query_next(&query))
        mxs_tally_put(&tally, mxs_query_column_int(&query, 0), 0, 1);
    err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && tally.err != MXS_OK)
        err = mxs_err_set(detail, tally.err, "out of memory");
    if (err == MXS_OK)
        err = put_verdicts(frame, &tally, detail);
    mxs_tally_finish(&tally);
    return err;
}

static enum mxs_err put_tlds(struct mxs_frame *frame, const struct mxs_texts *known, const struct mxs_tally *tally,
                             struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, frame->store, "INSERT INTO temp.v_tld_count VALUES (?1, ?2, ?3, ?4)");
    for (size_t i = 0; i < tally->capacity; i++) {
        if (tally->slots[i].sum == 0)
            continue;
        const char *tld = known->texts[tally->slots[i].key];
        mxs_query_int(&query, 1, frame->run.id);
        mxs_query_text(&query, 2, tld, strlen(tld));
        mxs_query_int(&query, 3, tally->slots[i].second);
        mxs_query_int(&query, 4, tally->slots[i].sum);
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

static enum mxs_err tally_tlds(struct mxs_frame *frame, struct mxs_texts *known, struct mxs_tally *tally,
                               struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, frame->store, "SELECT d.name, j.verdict_id FROM judgement j JOIN domain d ON d.id = j.domain_id"
                   " WHERE " SPANS_OF_RUN);
    mxs_query_int(&query, 1, frame->run.list_id);
    mxs_query_int(&query, 2, frame->run.id);
    enum mxs_err err = MXS_OK;
    while (err == MXS_OK && mxs_query_next(&query)) {
        size_t size_bytes;
        const char *name = mxs_query_column_text(&query, 0, &size_bytes);
        const char *dot = memrchr(name, '.', size_bytes);
        const char *tld = dot != NULL ? dot + 1 : name;
        uint32_t id = mxs_texts_put(known, tld, size_bytes - (size_t)(tld - name));
        if (id == MXS_TEXTS_NONE)
            err = MXS_ERR_MEMORY;
        else
            mxs_tally_put(tally, id, mxs_query_column_int(&query, 1), 1);
    }
    enum mxs_err read = mxs_query_finish(&query, detail);
    if (read != MXS_OK)
        return read;
    if (err != MXS_OK || tally->err != MXS_OK)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory");
    return MXS_OK;
}

static enum mxs_err count_tlds(struct mxs_frame *frame, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_run(frame->store, "DROP VIEW temp.v_tld_count;"
                                     "CREATE TEMP TABLE v_tld_count (run_id INTEGER, tld TEXT, verdict_id INTEGER,"
                                     " domains INTEGER);", detail);
    if (err != MXS_OK)
        return err;
    struct mxs_texts known;
    mxs_texts_init(&known);
    struct mxs_tally tally;
    mxs_tally_init(&tally);
    err = tally_tlds(frame, &known, &tally, detail);
    if (err == MXS_OK)
        err = put_tlds(frame, &known, &tally, detail);
    mxs_tally_finish(&tally);
    mxs_texts_finish(&known);
    return err;
}

enum mxs_err mxs_frame_count(struct mxs_frame *frame, unsigned heavy, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    unsigned missing = heavy & ~frame->counted;
    if (missing & MXS_HEAVY_VERDICTS)
        err = count_verdicts(frame, detail);
    if (err == MXS_OK && missing & MXS_HEAVY_TLDS)
        err = count_tlds(frame, detail);
    if (err == MXS_OK && missing & MXS_HEAVY_FATE)
        err = mxs_fate_count(frame->store, &frame->run, frame->bases[MXS_BASE_RECEIVING], detail);
    if (err == MXS_OK)
        frame->counted |= heavy;
    return err;
}

static enum mxs_err find_bases(struct mxs_frame *frame, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, frame->store, "SELECT accepted, receiving FROM temp.v_total WHERE run_id = ?1");
    mxs_query_int(&query, 1, frame->run.id);
    if (mxs_query_next(&query)) {
        frame->bases[MXS_BASE_ACCEPTED] = mxs_query_column_int(&query, 0);
        frame->bases[MXS_BASE_RECEIVING] = mxs_query_column_int(&query, 1);
    }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_frame_begin(mxs_store *store, struct mxs_detail *detail)
{
    /* The file itself was opened for reading only; this lets us have temporary tables. */
    enum mxs_err err = mxs_store_run(store, "PRAGMA query_only = 0; BEGIN", detail);
    return err == MXS_OK ? make_views(store, detail) : err;
}

enum mxs_err mxs_frame_open(struct mxs_frame *frame, mxs_store *store, const struct mxs_run *run, struct mxs_detail *detail)
{
    *frame = (struct mxs_frame){.store = store, .run = *run};
    enum mxs_err err = mxs_frame_begin(store, detail);
    if (err == MXS_OK)
        err = mxs_frame_count(frame, MXS_HEAVY_VERDICTS, detail);
    if (err == MXS_OK)
        err = find_bases(frame, detail);
    if (err != MXS_OK)
        mxs_frame_close(frame);
    return err;
}

/* Everything temporary was made inside the transaction, and goes with it. */
void mxs_frame_close(struct mxs_frame *frame)
{
    if (frame->store != NULL)
        mxs_store_rollback(frame->store);
    frame->store = NULL;
}
