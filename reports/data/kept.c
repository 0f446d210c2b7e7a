#include "reports/data/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/nearest.h"
#include "base/vector.h"
#include "db/facets.h"

static enum mxs_err damaged(struct mxs_detail *detail)
{
    return mxs_err_set(detail, MXS_ERR_FOREIGN_DB, "the facets of a run cannot be read: the database is damaged");
}

static enum mxs_err read_values(struct mxs_kept *kept, struct mxs_kept_facet *facet, mxs_store *store,
                                struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t highest = 0;
    bool memory = true;
    enum mxs_err err = MXS_OK;
    mxs_query_open(&query, store, "SELECT id, value, max(id) OVER () FROM facet_value WHERE facet_id = ?1 ORDER BY id");
    mxs_query_int(&query, 1, facet->id);
    while (memory && err == MXS_OK && mxs_query_next(&query)) {
        int64_t id = mxs_query_column_int(&query, 0);
        if (facet->values == NULL) {
            highest = mxs_query_column_int(&query, 2);
            if (highest < 1 || highest > INT32_MAX ||
                (facet->values = calloc((size_t)highest + 1, sizeof *facet->values)) == NULL)
                err = highest < 1 || highest > INT32_MAX ? MXS_ERR_FOREIGN_DB : MXS_ERR_MEMORY;
            facet->value_count = (size_t)highest + 1;
        }
        if (err == MXS_OK && (id < 1 || id > highest))
            err = MXS_ERR_FOREIGN_DB;
        if (err != MXS_OK)
            break;
        const char *text = mxs_query_column_text(&query, 1, NULL);
        memory = (facet->values[id] = mxs_string_pool_keep(&kept->texts, text, strlen(text))) != NULL;
    }
    enum mxs_err end = mxs_query_finish(&query, detail);
    if (end != MXS_OK)
        return end;
    return err == MXS_ERR_FOREIGN_DB ? damaged(detail)
           : err != MXS_OK || !memory ? mxs_err_memory(detail, "reading the kept columns")
                                      : MXS_OK;
}

/* The values of a set by their texts: numbers are given in the order of rows, which differs from database to database.
 */
static enum mxs_err read_sets(struct mxs_kept_facet *facet, mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t rows = 0, highest = 0, at = 0, set = 0;
    bool sound = true, memory = true;
    mxs_query_open(&query, store,
                   "SELECT s.id, s.value_id, (SELECT max(id) FROM facet_set WHERE facet_id = ?1),"
                   " (SELECT count(*) FROM facet_set WHERE facet_id = ?1) FROM facet_set s LEFT JOIN facet_value v"
                   " ON v.facet_id = s.facet_id AND v.id = s.value_id WHERE s.facet_id = ?1 ORDER BY s.id, v.value");
    mxs_query_int(&query, 1, facet->id);
    while (sound && mxs_query_next(&query)) {
        int64_t id = mxs_query_column_int(&query, 0), value = mxs_query_column_int(&query, 1);
        if (facet->set_starts == NULL) {
            highest = mxs_query_column_int(&query, 2);
            rows = mxs_query_column_int(&query, 3);
            sound = highest >= 1 && highest < INT32_MAX && rows < INT32_MAX;
            facet->set_starts = sound ? calloc((size_t)highest + 2, sizeof *facet->set_starts) : NULL;
            facet->set_values = sound ? malloc((size_t)rows * sizeof *facet->set_values) : NULL;
            memory = !sound || (facet->set_starts != NULL && facet->set_values != NULL);
            if (!memory)
                break;
            facet->set_count = (size_t)highest + 1;
        }
        sound = sound && id >= set && id <= highest && at < rows && value > 0 && (size_t)value < facet->value_count &&
                facet->values[value] != NULL;
        while (sound && set < id)
            facet->set_starts[++set] = (uint32_t)at;
        if (sound)
            facet->set_values[at++] = (uint32_t)value;
    }
    while (sound && memory && facet->set_starts != NULL && set <= highest)
        facet->set_starts[++set] = (uint32_t)at;
    enum mxs_err end = mxs_query_finish(&query, detail);
    if (end != MXS_OK)
        return end;
    return !memory ? mxs_err_memory(detail, "reading the kept columns") : sound ? MXS_OK : damaged(detail);
}

static bool put_code(struct mxs_kept_facet *facet, uint32_t domain, uint32_t code)
{
    const struct mxs_vector_part parts[] = {{&facet->domains, sizeof *facet->domains},
                                            {&facet->codes, sizeof *facet->codes}};
    if (!mxs_vector_reserve_each(parts, 2, &facet->capacity, facet->count))
        return false;
    facet->domains[facet->count] = domain;
    facet->codes[facet->count++] = code;
    return true;
}

static bool is_sound(const struct mxs_kept_facet *facet, uint32_t code)
{
    uint32_t id = code / 2;
    return id > 0 && (code % 2 == 0 ? id < facet->value_count && facet->values[id] != NULL
                                    : id < facet->set_count && facet->set_starts[id + 1] > facet->set_starts[id]);
}

static enum mxs_err read_codes(struct mxs_kept_facet *facet, mxs_store *store, int64_t run, struct mxs_detail *detail)
{
    struct mxs_facets_cursor cursor;
    uint32_t domain, code;
    bool memory = true, sound = true;
    mxs_facets_open(&cursor, store, facet->id, run);
    while (memory && sound && mxs_facets_next(&cursor, &domain, &code)) {
        sound = is_sound(facet, code) && (facet->count == 0 || facet->domains[facet->count - 1] < domain);
        memory = put_code(facet, domain, code);
    }
    enum mxs_err err = mxs_facets_finish(&cursor, detail);
    if (err != MXS_OK)
        return err;
    return !memory ? mxs_err_memory(detail, "reading the kept columns") : sound ? MXS_OK : damaged(detail);
}

/* Those that the run kept: their blocks go over it. */
static enum mxs_err read_names(struct mxs_kept *kept, mxs_store *store, const struct mxs_run *run,
                               struct mxs_detail *detail)
{
    struct mxs_query query;
    size_t capacity = 0;
    bool memory = true;
    mxs_query_open(&query, store,
                   "SELECT f.id, f.name FROM facet f WHERE f.list_id = ?1 AND EXISTS (SELECT 1 FROM facet_block b WHERE"
                   " b.facet_id = f.id AND b.first_run <= ?2 AND (b.last_run IS NULL OR b.last_run >= ?2)) ORDER BY "
                   "f.name LIMIT 1000");
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->id);
    while (memory && mxs_query_next(&query)) {
        if (!(memory = mxs_vector_reserve(&kept->items, &capacity, kept->count, sizeof *kept->items)))
            break;
        size_t size;
        const char *name = mxs_query_column_text(&query, 1, &size);
        kept->items[kept->count] = (struct mxs_kept_facet){
            .id = mxs_query_column_int(&query, 0), .name = mxs_string_pool_keep(&kept->texts, name, strlen(name))};
        memory = kept->items[kept->count++].name != NULL;
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "reading the kept columns") : err;
}

enum mxs_err mxs_kept_open_names(struct mxs_kept *kept, mxs_store *store, const struct mxs_run *run,
                                 struct mxs_detail *detail)
{
    *kept = (struct mxs_kept){.items = NULL};
    mxs_string_pool_init(&kept->texts);
    enum mxs_err err = read_names(kept, store, run, detail);
    if (err != MXS_OK)
        mxs_kept_close(kept);
    return err;
}

enum mxs_err mxs_kept_read(struct mxs_kept *kept, const struct mxs_kept_facet *facet, mxs_store *store,
                           const struct mxs_run *run, struct mxs_detail *detail)
{
    struct mxs_kept_facet *item = &kept->items[facet - kept->items];
    if (item->values != NULL || item->domains != NULL)
        return MXS_OK; /* it was read before */
    enum mxs_err err = read_values(kept, item, store, detail);
    if (err == MXS_OK)
        err = read_sets(item, store, detail);
    return err == MXS_OK ? read_codes(item, store, run->id, detail) : err;
}

enum mxs_err mxs_kept_open(struct mxs_kept *kept, mxs_store *store, const struct mxs_run *run,
                           struct mxs_detail *detail)
{
    enum mxs_err err = mxs_kept_open_names(kept, store, run, detail);
    for (size_t i = 0; err == MXS_OK && i < kept->count; i++)
        if ((err = mxs_kept_read(kept, &kept->items[i], store, run, detail)) != MXS_OK)
            mxs_kept_close(kept);
    return err;
}

void mxs_kept_close(struct mxs_kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        free(kept->items[i].values);
        free(kept->items[i].set_starts);
        free(kept->items[i].set_values);
        free(kept->items[i].domains);
        free(kept->items[i].codes);
    }
    free(kept->items);
    mxs_string_pool_finish(&kept->texts);
    *kept = (struct mxs_kept){.items = NULL};
}

const struct mxs_kept_facet *mxs_kept_find(const struct mxs_kept *kept, const char *name, struct mxs_detail *detail)
{
    struct mxs_nearest nearest;
    char known[200] = "";
    const char *more = "";
    size_t used = 0;
    for (size_t i = 0; i < kept->count; i++)
        if (strcmp(kept->items[i].name, name) == 0)
            return &kept->items[i];
    const struct mxs_kept_facet *alike = NULL; /* --keep goes without case, too */
    size_t alikes = 0;
    for (size_t i = 0; i < kept->count; i++)
        if (strcasecmp(kept->items[i].name, name) == 0) {
            alike = &kept->items[i];
            alikes++;
        }
    if (alikes == 1)
        return alike;
    mxs_nearest_init(&nearest, name);
    for (size_t i = 0; i < kept->count; i++) {
        mxs_nearest_put(&nearest, kept->items[i].name);
        if (used < sizeof known - 110)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%.100s", used == 0 ? "" : ", ",
                                     kept->items[i].name);
        else
            more = " ...";
    }
    const char *hint = mxs_nearest_take(&nearest);
    if (kept->count == 0)
        mxs_err_set(detail, MXS_ERR_INPUT,
                    "this run kept no column of its list in which a name has a value: scan with --keep COLUMN,...");
    else if (hint != NULL)
        mxs_err_set(detail, MXS_ERR_INPUT, "this run kept no column '%.100s'; did you mean '%.100s'?", name, hint);
    else
        mxs_err_set(detail, MXS_ERR_INPUT, "this run kept no column '%.100s'; it kept %s%s", name, known, more);
    return NULL;
}

uint32_t mxs_kept_code(const struct mxs_kept_facet *facet, uint32_t domain)
{
    size_t low = 0, high = facet->count;
    if (high != 0 && domain >= facet->domains[0] && domain - facet->domains[0] < high &&
        facet->domains[domain - facet->domains[0]] == domain)
        return facet->codes[domain - facet->domains[0]]; /* ids are given in sequence */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (facet->domains[middle] < domain)
            low = middle + 1;
        else
            high = middle;
    }
    return low < facet->count && facet->domains[low] == domain ? facet->codes[low] : 0;
}

size_t mxs_kept_code_count(const struct mxs_kept_facet *facet, uint32_t code)
{
    if (code == 0 || code % 2 == 0)
        return code != 0;
    return facet->set_starts[code / 2 + 1] - facet->set_starts[code / 2];
}

uint32_t mxs_kept_code_value(const struct mxs_kept_facet *facet, uint32_t code, size_t at)
{
    return code % 2 == 0 ? code / 2 : facet->set_values[facet->set_starts[code / 2] + at];
}
