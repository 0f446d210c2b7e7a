#include "scanner/survey/span.h"

#include <stdio.h>
#include <string.h>

static void next_standing(struct mxs_span_fold *fold)
{
    fold->has_standing = mxs_query_next(&fold->standing);
    if (!fold->has_standing)
        return;
    fold->subject = mxs_query_column_int(&fold->standing, 0);
    fold->first_run = mxs_query_column_int(&fold->standing, 1);
    for (int i = 0; i < fold->columns; i++)
        fold->content[i] = mxs_query_is_null(&fold->standing, 2 + i) ? MXS_SPAN_NULL : mxs_query_column_int(&fold->standing, 2 + i);
}

void mxs_span_open(struct mxs_span_fold *fold, mxs_store *store, const char *table, const char *key, const char *columns,
                   int column_count, int64_t list, int64_t run, int64_t previous)
{
    char sql[512];
    static const char places[] = "?5, ?6, ?7, ?8, ?9, ?10";
    MXS_ASSERT(column_count >= 1 && column_count <= MXS_SPAN_COLUMNS);
    *fold = (struct mxs_span_fold){.run = run, .previous = previous, .columns = column_count};
    snprintf(sql, sizeof sql, "SELECT %s, first_run, %s FROM %s WHERE list_id = ?1 AND last_run IS NULL ORDER BY %s", key, columns,
             table, key);
    mxs_query_open(&fold->standing, store, sql);
    mxs_query_int(&fold->standing, 1, list);
    int place_size = column_count * 4 - 2 + (column_count == MXS_SPAN_COLUMNS);
    snprintf(sql, sizeof sql, "INSERT INTO %s (%s, list_id, first_run, last_run, %s) VALUES (?1, ?2, ?3, NULL, %.*s)", table, key,
             columns, place_size, places);
    mxs_query_open(&fold->insert, store, sql);
    mxs_query_int(&fold->insert, 2, list);
    mxs_query_int(&fold->insert, 3, run);
    snprintf(sql, sizeof sql, "UPDATE %s SET last_run = ?4 WHERE %s = ?1 AND list_id = ?2 AND first_run = ?3", table, key);
    mxs_query_open(&fold->close, store, sql);
    mxs_query_int(&fold->close, 2, list);
    mxs_query_int(&fold->close, 4, previous);
    next_standing(fold);
}

static void close_standing(struct mxs_span_fold *fold)
{
    mxs_query_int(&fold->close, 1, fold->subject);
    mxs_query_int(&fold->close, 3, fold->first_run);
    mxs_query_run(&fold->close);
}

/* A span this very run began (a fold that is begun again) and that is not so after all. */
static bool began_now(const struct mxs_span_fold *fold) { return fold->first_run == fold->run; }

void mxs_span_put(struct mxs_span_fold *fold, int64_t subject, const int64_t *content)
{
    while (fold->has_standing && fold->subject < subject) {
        close_standing(fold);
        next_standing(fold);
    }
    if (fold->has_standing && fold->subject == subject) {
        bool same = memcmp(fold->content, content, (size_t)fold->columns * sizeof *content) == 0;
        MXS_ASSERT(same || !began_now(fold)); /* the journal is final when folding begins */
        if (!same)
            close_standing(fold);
        next_standing(fold);
        if (same)
            return;
    }
    mxs_query_int(&fold->insert, 1, subject);
    for (int i = 0; i < fold->columns; i++)
        mxs_query_int_or_null(&fold->insert, 5 + i, content[i] != MXS_SPAN_NULL, content[i]);
    mxs_query_run(&fold->insert);
}

enum mxs_err mxs_span_close(struct mxs_span_fold *fold, struct mxs_detail *detail)
{
    while (fold->has_standing) {
        close_standing(fold);
        next_standing(fold);
    }
    struct mxs_detail first, *where = detail;
    enum mxs_err err = mxs_query_finish(&fold->standing, where);
    enum mxs_err insert = mxs_query_finish(&fold->insert, err == MXS_OK ? where : &first);
    err = err == MXS_OK ? insert : err;
    enum mxs_err close = mxs_query_finish(&fold->close, err == MXS_OK ? where : &first);
    return err == MXS_OK ? close : err;
}
