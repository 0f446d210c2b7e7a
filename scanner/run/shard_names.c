/* The names of a shard and the columns kept with them, read beside each other in the order of the shard's ids. */
#include <stdio.h>
#include <stdlib.h>

#include "db/facets.h"
#include "scanner/run/internal/shard_rows.h"
#include "scanner/run/internal/stages.h"

#define NAMES_PER_BREATH 16384u
#define VALUES_MAX 4096u /* given at once; of a name with more they come in several pieces */
#define VALUES_BYTES (1u << 20)

struct column {
    char name[128];
    int64_t id;
    struct mxs_facets_cursor cursor;
    struct mxs_query value, members;
    uint32_t domain, code; /* what the cursor stands at */
    bool ahead;
};

struct names {
    mxs_store *store;
    struct column columns[MXS_FACETS_MAX];
    uint32_t count;
    struct mxs_facet_value values[VALUES_MAX];
    uint32_t value_count;
    char *text;
    size_t used;
    struct mxs_text name; /* whose values these are */
    struct mxs_members *members;
};

static enum mxs_err read_columns(struct names *names, const struct mxs_shard_run *run, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, names->store,
                   "SELECT f.id, f.name FROM facet f WHERE f.list_id = ?1 AND EXISTS (SELECT 1 FROM facet_block b "
                   "WHERE b.facet_id = f.id"
                   " AND b.first_run <= ?2 AND ifnull(b.last_run, ?2) >= ?2) ORDER BY f.id");
    mxs_query_int(&query, 1, run->list);
    mxs_query_int(&query, 2, run->run);
    while (names->count < MXS_FACETS_MAX && mxs_query_next(&query)) {
        struct column *column = &names->columns[names->count++];
        column->id = mxs_query_column_int(&query, 0);
        snprintf(column->name, sizeof column->name, "%s", mxs_query_column_text(&query, 1, NULL));
    }
    mxs_query_reset(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_shard_rows_keep(mxs_store *store, const struct mxs_shard_run *run, bool *keep,
                                 struct mxs_detail *detail)
{
    struct names *names = calloc(1, sizeof *names);
    if (names == NULL)
        return mxs_err_memory(detail, NULL);
    names->store = store;
    enum mxs_err err = read_columns(names, run, detail);
    if (err == MXS_OK)
        *keep = names->count > 0;
    free(names);
    return err;
}

static void begin_columns(struct names *names, const struct mxs_shard_run *run)
{
    for (uint32_t i = 0; i < names->count; i++) {
        struct column *column = &names->columns[i];
        mxs_facets_open(&column->cursor, names->store, column->id, run->run);
        mxs_query_open(&column->value, names->store, "SELECT value FROM facet_value WHERE facet_id = ?1 AND id = ?2");
        mxs_query_int(&column->value, 1, column->id);
        mxs_query_open(&column->members, names->store,
                       "SELECT v.value FROM facet_set s JOIN facet_value v ON v.facet_id = s.facet_id"
                       " AND v.id = s.value_id WHERE s.facet_id = ?1 AND s.id = ?2 ORDER BY s.value_id");
        mxs_query_int(&column->members, 1, column->id);
        column->ahead = mxs_facets_next(&column->cursor, &column->domain, &column->code);
    }
}

static enum mxs_err end_columns(struct names *names, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (uint32_t i = 0; i < names->count; i++) {
        struct column *column = &names->columns[i];
        enum mxs_err ends[3];
        ends[0] = mxs_query_finish(&column->value, err == MXS_OK ? detail : NULL);
        ends[1] = mxs_query_finish(&column->members, err == MXS_OK && ends[0] == MXS_OK ? detail : NULL);
        ends[2] =
            mxs_facets_finish(&column->cursor, err == MXS_OK && ends[0] == MXS_OK && ends[1] == MXS_OK ? detail : NULL);
        for (int k = 0; k < 3 && err == MXS_OK; k++)
            err = ends[k];
    }
    return err;
}

/* A name may be put several times, each time with others of its values. */
static enum mxs_err put_piece(struct names *names, struct mxs_detail *detail)
{
    const struct mxs_entry entry = {
        .name = names->name, .facets = names->values, .facet_count = names->value_count};
    enum mxs_err err = mxs_members_put(names->members, &entry, detail);
    names->value_count = 0;
    names->used = 0;
    return err;
}

static enum mxs_err put_values(struct names *names, uint32_t facet, struct mxs_query *query, uint32_t id,
                               struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    mxs_query_int(query, 2, id);
    while (err == MXS_OK && mxs_query_next(query)) {
        size_t size;
        const char *value = mxs_query_column_text(query, 0, &size);
        if (size == 0 || size > MXS_FACET_VALUE_MAX) {
            err = mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                              "the values of a facet cannot be read: the database is damaged");
            break;
        }
        if (names->value_count == VALUES_MAX || names->used + size > VALUES_BYTES)
            err = put_piece(names, detail);
        memcpy(names->text + names->used, value, size);
        names->values[names->value_count++] =
            (struct mxs_facet_value){facet, {names->text + names->used, (uint32_t)size}};
        names->used += size;
    }
    if (err != MXS_OK)
        mxs_query_reset(query);
    return err;
}

/* A name with its values in all columns. */
static enum mxs_err put_name(struct names *names, uint32_t domain, struct mxs_detail *detail)
{
    enum mxs_err err = MXS_OK;
    for (uint32_t i = 0; err == MXS_OK && i < names->count; i++) {
        struct column *column = &names->columns[i];
        while (column->ahead && column->domain < domain)
            column->ahead = mxs_facets_next(&column->cursor, &column->domain, &column->code);
        if (column->ahead && column->domain == domain && column->code != 0)
            err = put_values(names, i, column->code & 1 ? &column->members : &column->value, column->code >> 1, detail);
    }
    return err == MXS_OK ? put_piece(names, detail) : err;
}

static enum mxs_err read_names(struct names *names, struct mxs_survey *survey, const struct mxs_shard_run *run,
                               struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t count = 0;
    enum mxs_err err = MXS_OK;
    mxs_query_open(
        &query, names->store,
        "SELECT h.domain_id, d.name FROM domain_history h JOIN domain d ON d.id = h.domain_id WHERE h.list_id = ?1"
        " AND h.first_run <= ?2 AND ifnull(h.last_run, ?2) >= ?2 ORDER BY h.domain_id");
    mxs_query_int(&query, 1, run->list);
    mxs_query_int(&query, 2, run->run);
    while (err == MXS_OK && mxs_query_next(&query)) {
        size_t size;
        const char *name = mxs_query_column_text(&query, 1, &size);
        names->name = (struct mxs_text){name, (uint32_t)size};
        err = put_name(names, (uint32_t)mxs_query_column_int(&query, 0), detail);
        if (err == MXS_OK && ++count % NAMES_PER_BREATH == 0)
            err = mxs_stage_breathe(survey, detail);
    }
    mxs_query_reset(&query);
    enum mxs_err end = mxs_query_finish(&query, err == MXS_OK ? detail : NULL);
    err = err == MXS_OK ? end : err;
    if (err == MXS_OK && count != run->accepted)
        return mxs_err_set(
            detail, MXS_ERR_FOREIGN_DB,
            "%s: is damaged: it holds %lld names of run %lld, which accepted %lld: scan this shard again", run->path,
            (long long)count, (long long)run->run, (long long)run->accepted);
    return err;
}

enum mxs_err mxs_shard_rows_read_names(struct mxs_survey *survey, mxs_store *store, const struct mxs_shard_run *run,
                                       struct mxs_members *members, struct mxs_detail *detail)
{
    const char *columns[MXS_FACETS_MAX];
    struct names *names = calloc(1, sizeof *names);
    if (names == NULL || (names->text = malloc(VALUES_BYTES)) == NULL) {
        free(names);
        return mxs_err_memory(detail, NULL);
    }
    names->store = store;
    names->members = members;
    enum mxs_err err = read_columns(names, run, detail);
    for (uint32_t i = 0; i < names->count; i++)
        columns[i] = names->columns[i].name;
    if (err == MXS_OK)
        err = mxs_members_begin_part(members, columns, names->count, detail);
    if (err == MXS_OK) {
        begin_columns(names, run);
        err = read_names(names, survey, run, detail);
        enum mxs_err end = end_columns(names, err == MXS_OK ? detail : NULL);
        err = err == MXS_OK ? end : err;
    }
    free(names->text);
    free(names);
    return err;
}
