#include "reports/data/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/vector.h"
#include "db/bulk.h"
#include "db/counts.h"
#include "db/cover.h"
#include "reports/data/snapshot.h"

#define TERMS_MAX 64u

struct term {
    const struct mxs_kept_facet *facet;
    const char *value; /* "" stands for none */
    uint32_t id;
};

struct filter {
    struct mxs_kept kept;
    struct term terms[TERMS_MAX];
    size_t term_count;
    uint32_t *chosen;
    size_t chosen_count, capacity, next;
};

/* "Region=Tyrol": a facet's name may hold the sign, too, and the longest that fits is meant. */
static const struct mxs_kept_facet *facet_of(const struct mxs_kept *kept, const char *term, const char **value,
                                             struct mxs_detail *detail)
{
    const struct mxs_kept_facet *found = NULL;
    size_t best = 0;
    for (size_t i = 0; i < kept->count; i++) {
        size_t size = strlen(kept->items[i].name);
        if (strncmp(term, kept->items[i].name, size) == 0 && term[size] == '=' && (found == NULL || size > best)) {
            found = &kept->items[i];
            best = size;
        }
    }
    if (found != NULL) {
        *value = term + best + 1;
        return found;
    }
    const char *sign = strchr(term, '=');
    char name[128];
    if (sign == NULL) {
        mxs_err_set(detail, MXS_ERR_INPUT, "--where takes FACET=VALUE, and '%.100s' has no `=`", term);
        return NULL;
    }
    snprintf(name, sizeof name, "%.*s", (int)(sign - term < 100 ? sign - term : 100), term);
    *value = sign + 1;
    return mxs_kept_find(kept, name, detail);
}

static enum mxs_err find_value(struct term *term, struct mxs_detail *detail)
{
    const struct mxs_kept_facet *facet = term->facet;
    struct mxs_nearest nearest;
    if (term->value[0] == '\0')
        return MXS_OK;
    mxs_nearest_init(&nearest, term->value);
    for (uint32_t id = 1; id < facet->value_count; id++) {
        if (facet->values[id] == NULL)
            continue;
        if (strcmp(facet->values[id], term->value) == 0) {
            term->id = id;
            return MXS_OK;
        }
        mxs_nearest_put(&nearest, facet->values[id]);
    }
    const char *hint = mxs_nearest_take(&nearest);
    return mxs_err_set(detail, MXS_ERR_INPUT, "no domain has %.100s '%.100s'%s%.100s%s", facet->name, term->value,
                       hint != NULL ? "; did you mean '" : "", hint != NULL ? hint : "", hint != NULL ? "'?" : "");
}

static bool has_value(const struct term *term, uint32_t code)
{
    size_t count = mxs_kept_code_count(term->facet, code);
    if (term->value[0] == '\0')
        return count == 0;
    for (size_t i = 0; i < count; i++)
        if (mxs_kept_code_value(term->facet, code, i) == term->id)
            return true;
    return false;
}

/* Of each facet that is named, one of its terms. */
static bool is_chosen(const struct filter *filter, uint32_t domain)
{
    for (size_t i = 0; i < filter->term_count; i++) {
        const struct mxs_kept_facet *facet = filter->terms[i].facet;
        bool first = true, any = false;
        for (size_t k = 0; k < i; k++)
            first &= filter->terms[k].facet != facet;
        if (!first)
            continue;
        uint32_t code = mxs_kept_code(facet, domain);
        for (size_t k = i; k < filter->term_count; k++)
            any |= filter->terms[k].facet == facet && has_value(&filter->terms[k], code);
        if (!any)
            return false;
    }
    return true;
}

static enum mxs_err choose(struct filter *filter, mxs_store *store, const struct mxs_run *run,
                           struct mxs_detail *detail)
{
    struct mxs_query query;
    bool memory = true;
    mxs_query_open(&query, store,
                   "SELECT domain_id FROM domain_history WHERE list_id = ?1 AND first_run <= ?2 AND (last_run IS NULL "
                   "OR last_run >= ?2)"
                   " ORDER BY domain_id");
    mxs_query_int(&query, 1, run->list_id);
    mxs_query_int(&query, 2, run->id);
    while (memory && mxs_query_next(&query)) {
        uint32_t domain = (uint32_t)mxs_query_column_int(&query, 0);
        if (!is_chosen(filter, domain))
            continue;
        memory = mxs_vector_reserve(&filter->chosen, &filter->capacity, filter->chosen_count, sizeof *filter->chosen);
        if (memory)
            filter->chosen[filter->chosen_count++] = domain;
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, NULL) : err;
}

static bool next_chosen(void *arg, struct mxs_bulk_row *row)
{
    struct filter *filter = arg;
    if (filter->next == filter->chosen_count)
        return false;
    row->numbers[0] = filter->chosen[filter->next++];
    return true;
}

#define COVER(table, key) \
    "CREATE TEMP VIEW " table " AS SELECT * FROM main." table " WHERE " key " IN (SELECT domain_id FROM chosen);"

/* What stands on the domains, and what is counted from them. */
static enum mxs_err cover(struct filter *filter, mxs_store *store, const struct mxs_run *run, bool all_runs,
                          struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_run(
        store, "PRAGMA query_only = 0; BEGIN; CREATE TEMP TABLE chosen (domain_id INTEGER PRIMARY KEY)", detail);
    if (err == MXS_OK)
        err = mxs_bulk_insert(store, "INSERT INTO chosen SELECT c0 FROM bulk(?1)", next_chosen, filter, detail);
    if (err == MXS_OK)
        err = mxs_store_run(
            store,
            COVER("domain", "id") COVER("domain_history", "domain_id") COVER("judgement", "domain_id")
                COVER("policy_history", "domain_id") COVER("sts_history", "domain_id")
            "CREATE TEMP TABLE verdict_count (list_id INTEGER, verdict_id INTEGER, first_run INTEGER, last_run INTEGER,"
            " domains INTEGER, PRIMARY KEY (list_id, verdict_id, first_run));"
            "CREATE TEMP TABLE tld_count (list_id INTEGER, tld TEXT, verdict_id INTEGER, first_run INTEGER,"
            " last_run INTEGER, domains INTEGER, PRIMARY KEY (list_id, tld, verdict_id, first_run));"
            "CREATE TEMP TABLE impact (list_id INTEGER, kind TEXT, name TEXT, first_run INTEGER, last_run INTEGER,"
            " used INTEGER, lost INTEGER, fallback INTEGER, capacity INTEGER,"
            " PRIMARY KEY (list_id, kind, name, first_run));",
            detail);
    if (err == MXS_OK)
        err = mxs_cover_write(store, detail);
    if (err == MXS_OK)
        err = all_runs ? mxs_counts_write_missing(store, detail) : mxs_counts_write(store, run->id, NULL, detail);
    return err == MXS_OK ? mxs_store_run(store, "COMMIT", detail) : err;
}

enum mxs_err mxs_filter_put(mxs_store *store, const struct mxs_run *run, const char *const *terms, size_t term_count,
                            bool all_runs, int64_t *chosen, struct mxs_detail *detail)
{
    struct filter filter = {.term_count = term_count};
    if (term_count > TERMS_MAX)
        return mxs_err_set(detail, MXS_ERR_INPUT, "--where may be given %u times", TERMS_MAX);
    enum mxs_err err = mxs_kept_open_names(&filter.kept, store, run, detail);
    if (err != MXS_OK)
        return err;
    for (size_t i = 0; err == MXS_OK && i < term_count; i++) {
        struct term *term = &filter.terms[i];
        term->facet = facet_of(&filter.kept, terms[i], &term->value, detail);
        err = term->facet == NULL ? MXS_ERR_INPUT : mxs_kept_read(&filter.kept, term->facet, store, run, detail);
        if (err == MXS_OK)
            err = find_value(term, detail);
    }
    if (err == MXS_OK)
        err = choose(&filter, store, run, detail);
    if (err == MXS_OK)
        err = cover(&filter, store, run, all_runs, detail);
    if (err == MXS_OK)
        *chosen = (int64_t)filter.chosen_count;
    free(filter.chosen);
    mxs_kept_close(&filter.kept);
    return err;
}
