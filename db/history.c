#include "db/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/vector.h"
#include "db/query.h"

struct ended {
    uint32_t subject;
    int64_t first_run;
};

struct work {
    const struct mxs_history_merge *merge;
    uint32_t first, last;
    struct mxs_bits same; /* by subject - first: an interval with this content stands already */
    struct ended *ended;
    size_t ended_count, ended_capacity;
    uint32_t next; /* subject the insert looks at */
};

static bool put_ended(struct work *work, uint32_t subject, int64_t first_run)
{
    if (!mxs_vector_reserve(&work->ended, &work->ended_capacity, work->ended_count, sizeof *work->ended))
        return false;
    work->ended[work->ended_count++] = (struct ended){subject, first_run};
    return true;
}

static bool stands_unchanged(struct work *work, struct mxs_query *query, uint32_t subject)
{
    int64_t content[MXS_HISTORY_COLUMNS];
    if (!work->merge->content(work->merge->arg, subject, content))
        return false;
    for (int i = 0; i < work->merge->column_count; i++) {
        int64_t stood = mxs_query_is_null(query, 2 + i) ? MXS_HISTORY_NULL : mxs_query_column_int(query, 2 + i);
        if (stood != content[i])
            return false;
    }
    return true;
}

/* What stands is either the same, or ends with the run before. An interval that this very run began holds what the
 * journal holds, and the journal is final when merging begins; a judgement that this run began under the same rules
 * likewise. */
static enum mxs_err compare(struct work *work, struct mxs_detail *detail)
{
    const struct mxs_history_merge *merge = work->merge;
    struct mxs_query query;
    char sql[512];
    bool memory = true, sound = true;
    snprintf(sql, sizeof sql,
             "SELECT %s, first_run, %s FROM %s WHERE %s BETWEEN ?1 AND ?2 AND list_id = ?3 AND last_run IS NULL",
             merge->key, merge->columns, merge->table, merge->key);
    mxs_query_open(&query, merge->store, sql);
    mxs_query_int(&query, 1, work->first);
    mxs_query_int(&query, 2, work->last);
    mxs_query_int(&query, 3, merge->list);
    while (memory && sound && mxs_query_next(&query)) {
        uint32_t subject = (uint32_t)mxs_query_column_int(&query, 0);
        if (stands_unchanged(work, &query, subject))
            memory = mxs_bits_put(&work->same, subject - work->first);
        else if ((sound = mxs_query_column_int(&query, 1) < merge->run))
            memory = put_ended(work, subject, mxs_query_column_int(&query, 1));
    }
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && !sound)
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                           "the database is damaged (%s of a run that is not over): restore it from a copy, "
                           "or scan into a new file",
                           merge->table);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "the history is written")
                                    : err;
}

static enum mxs_err close_ended(struct work *work, struct mxs_detail *detail)
{
    const struct mxs_history_merge *merge = work->merge;
    struct mxs_query query;
    char sql[256];
    snprintf(sql, sizeof sql, "UPDATE %s SET last_run = ?4 WHERE %s = ?1 AND list_id = ?2 AND first_run = ?3",
             merge->table, merge->key);
    mxs_query_open(&query, merge->store, sql);
    for (size_t i = 0; i < work->ended_count; i++) {
        mxs_query_int(&query, 1, work->ended[i].subject);
        mxs_query_int(&query, 2, merge->list);
        mxs_query_int(&query, 3, work->ended[i].first_run);
        mxs_query_int(&query, 4, merge->previous);
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

static bool next_new(void *arg, struct mxs_bulk_row *row)
{
    struct work *work = arg;
    for (; work->next <= work->last; work->next++) {
        if (mxs_bits_has(&work->same, work->next - work->first) ||
            !work->merge->content(work->merge->arg, work->next, row->numbers + 1))
            continue;
        row->numbers[0] = work->next++;
        return true;
    }
    return false;
}

static enum mxs_err insert_new(struct work *work, struct mxs_detail *detail)
{
    const struct mxs_history_merge *merge = work->merge;
    static const char positions[] = "c1, c2, c3, c4, c5, c6, c7";
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO %s (%s, list_id, first_run, last_run, %s) SELECT c0, %lld, %lld, NULL, %.*s FROM bulk(?1)",
             merge->table, merge->key, merge->columns, (long long)merge->list, (long long)merge->run,
             merge->column_count * 4 - 2, positions);
    work->next = work->first;
    return mxs_bulk_insert(merge->store, sql, next_new, work, detail);
}

enum mxs_err mxs_history_merge(const struct mxs_history_merge *merge, uint32_t first, uint32_t last,
                               struct mxs_detail *detail)
{
    struct work work = {.merge = merge, .first = first, .last = last};
    MXS_ASSERT(merge->column_count >= 1 && merge->column_count <= MXS_HISTORY_COLUMNS);
    enum mxs_err err = compare(&work, detail);
    if (err == MXS_OK)
        err = close_ended(&work, detail);
    if (err == MXS_OK)
        err = insert_new(&work, detail);
    mxs_bits_finish(&work.same);
    free(work.ended);
    return err;
}

/* --- from a table --- */

#define SQL_SIZE 2048

struct statement {
    char text[SQL_SIZE];
    size_t used;
};

static void put_sql(struct statement *sql, const char *text)
{
    size_t size = strlen(text);
    MXS_ASSERT(sql->used + size < SQL_SIZE); /* names are literals */
    memcpy(sql->text + sql->used, text, size + 1);
    sql->used += size;
}

static void put_names(struct statement *sql, const char *const *names, const char *before, const char *between)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        put_sql(sql, i > 0 ? between : before);
        put_sql(sql, names[i]);
    }
}

/* "AND f.NAME IS h.NAME" for each. IS: NULL is a content, too. */
static void put_same(struct statement *sql, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        put_sql(sql, " AND f.");
        put_sql(sql, names[i]);
        put_sql(sql, " IS h.");
        put_sql(sql, names[i]);
    }
}

/* What is not what the run found has ended with the run before. */
static void put_end(struct statement *sql, const struct mxs_history_table *table)
{
    put_sql(sql, "UPDATE ");
    put_sql(sql, table->table);
    put_sql(sql, " AS h SET last_run = ?2 WHERE list_id = ?1 AND ?3 = ?3 AND last_run IS NULL AND NOT EXISTS"
                 " (SELECT 1 FROM ");
    put_sql(sql, table->fresh);
    put_sql(sql, " AS f WHERE 1");
    put_same(sql, table->keys);
    put_same(sql, table->columns);
    put_sql(sql, ")");
}

/* What does not stand begins; of a list's first run that is all there is. */
static void put_begin(struct statement *sql, const struct mxs_history_table *table, bool first)
{
    put_sql(sql, "INSERT INTO ");
    put_sql(sql, table->table);
    put_sql(sql, " (list_id, first_run");
    put_names(sql, table->keys, ", ", ", ");
    put_names(sql, table->columns, ", ", ", ");
    put_sql(sql, ") SELECT ?1, ?3");
    put_names(sql, table->keys, ", f.", ", f.");
    put_names(sql, table->columns, ", f.", ", f.");
    put_sql(sql, " FROM ");
    put_sql(sql, table->fresh);
    put_sql(sql, " AS f WHERE ?2 = ?2");
    if (first)
        return;
    put_sql(sql, " AND NOT EXISTS (SELECT 1 FROM ");
    put_sql(sql, table->table);
    put_sql(sql, " AS h WHERE h.list_id = ?1 AND h.last_run IS NULL");
    put_same(sql, table->keys);
    put_sql(sql, ")");
}

static void put_take_back(struct statement *sql, const struct mxs_history_table *table, const char *verb,
                          const char *rest)
{
    put_sql(sql, verb);
    put_sql(sql, table->table);
    put_sql(sql, rest);
}

/* Nothing of the list stands in the table. */
static enum mxs_err is_first(mxs_store *store, const struct mxs_history_table *table, int64_t list, bool *first,
                             struct mxs_detail *detail)
{
    struct statement sql = {0};
    struct mxs_query query;
    put_sql(&sql, "SELECT 1 FROM ");
    put_sql(&sql, table->table);
    put_sql(&sql, " WHERE list_id = ?1 LIMIT 1");
    mxs_query_open(&query, store, sql.text);
    mxs_query_int(&query, 1, list);
    *first = !mxs_query_next(&query);
    mxs_query_reset(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_history_merge_table(mxs_store *store, const struct mxs_history_table *table, int64_t list, int64_t run,
                                     int64_t previous, struct mxs_detail *detail)
{
    struct statement steps[4] = {0};
    bool first;
    enum mxs_err err = is_first(store, table, list, &first, detail);
    put_take_back(&steps[0], table, "DELETE FROM ", " WHERE list_id = ?1 AND first_run > ?2 AND ?3 = ?3");
    put_take_back(&steps[1], table, "UPDATE ",
                  " SET last_run = NULL WHERE list_id = ?1 AND last_run >= ?2 AND ?3 = ?3");
    put_end(&steps[2], table);
    put_begin(&steps[3], table, first);
    for (size_t i = first ? 3 : 0; err == MXS_OK && i < sizeof steps / sizeof *steps; i++) {
        struct mxs_query query;
        mxs_query_open(&query, store, steps[i].text);
        mxs_query_int(&query, 1, list);
        mxs_query_int(&query, 2, previous);
        mxs_query_int(&query, 3, run);
        mxs_query_run(&query);
        err = mxs_query_finish(&query, detail);
    }
    return err;
}

enum mxs_err mxs_history_merge_rows(mxs_store *store, const struct mxs_history_table *table, const char *row,
                                    mxs_bulk_source source, void *arg, int64_t list, int64_t run, int64_t previous,
                                    struct mxs_detail *detail)
{
    struct statement sql = {0};
    char begins[64];
    bool first;
    enum mxs_err err = is_first(store, table, list, &first, detail);
    if (err != MXS_OK)
        return err;
    put_sql(&sql, "INSERT INTO ");
    put_sql(&sql, first ? table->table : table->fresh);
    put_names(&sql, table->keys, " (", ", ");
    put_names(&sql, table->columns, ", ", ", ");
    put_sql(&sql, first ? ", list_id, first_run) SELECT " : ") SELECT ");
    put_sql(&sql, row);
    snprintf(begins, sizeof begins, ", %lld, %lld", (long long)list, (long long)run);
    put_sql(&sql, first ? begins : "");
    put_sql(&sql, " FROM bulk(?1)");
    err = mxs_bulk_insert(store, sql.text, source, arg, detail);
    return err == MXS_OK && !first ? mxs_history_merge_table(store, table, list, run, previous, detail) : err;
}
