#include "reports/record/internal/explain_missing.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

#define EDITS_MAX 2 /* names of a list resemble each other: whoever differs more was not meant */
#define HINTS_MAX 3

struct hints {
    char names[HINTS_MAX][256];
    unsigned distances[HINTS_MAX];
    size_t count;
};

/* The nearest first; of equal ones those that came first. */
static void put_hint(struct hints *hints, const char *name, unsigned distance)
{
    size_t at = hints->count;
    while (at > 0 && hints->distances[at - 1] > distance)
        at--;
    if (at == HINTS_MAX || strlen(name) >= sizeof hints->names[0])
        return;
    size_t last = hints->count < HINTS_MAX ? hints->count++ : HINTS_MAX - 1;
    for (; last > at; last--) {
        strcpy(hints->names[last], hints->names[last - 1]);
        hints->distances[last] = hints->distances[last - 1];
    }
    strcpy(hints->names[at], name);
    hints->distances[at] = distance;
}

/* www.example.org of example.org, and the other way round. */
static bool is_beside(const char *name, const char *other)
{
    size_t size = strlen(name), other_size = strlen(other);
    const char *longer = size > other_size ? name : other, *shorter = size > other_size ? other : name;
    size_t more = size > other_size ? size - other_size : other_size - size;
    return more > 1 && longer[more - 1] == '.' && strcmp(longer + more, shorter) == 0 &&
           (strchr(shorter, '.') != NULL || more == strlen("www."));
}

static enum mxs_err find_hints(mxs_store *store, const struct mxs_run *run, const char *name, struct hints *hints,
                               struct mxs_detail *detail)
{
    struct mxs_query query, member;
    mxs_query_open(&query, store, "SELECT id, name FROM domain ORDER BY name");
    mxs_query_open(&member, store,
                   "SELECT 1 FROM domain_history WHERE domain_id = ?1 AND list_id = ?2 AND first_run <= ?3"
                   " AND ifnull(last_run, ?3) >= ?3");
    mxs_query_int(&member, 2, run->list_id);
    mxs_query_int(&member, 3, run->id);
    while (mxs_query_next(&query)) {
        size_t size, typed = strlen(name);
        const char *other = mxs_query_column_text(&query, 1, &size);
        bool beside = is_beside(name, other);
        if (!beside && (size > typed + EDITS_MAX || typed > size + EDITS_MAX))
            continue;
        unsigned distance = beside ? 0 : mxs_nearest_distance(name, other);
        if (distance > EDITS_MAX || distance * 4 > typed)
            continue;
        mxs_query_int(&member, 1, mxs_query_column_int(&query, 0));
        if (mxs_query_next(&member))
            put_hint(hints, other, distance);
        mxs_query_reset(&member);
    }
    struct mxs_query *const both[] = {&query, &member};
    return mxs_query_finish_each(both, 2, MXS_OK, detail);
}

/* Another run that holds it, the newest; 0: none. */
static enum mxs_err find_elsewhere(mxs_store *store, const char *name, int64_t *run, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store,
                   "SELECT max(r.id) FROM domain d JOIN domain_history s ON s.domain_id = d.id JOIN run r"
                   " ON r.list_id = s.list_id AND r.id >= s.first_run AND r.id <= ifnull(s.last_run, r.id)"
                   " WHERE d.name = ?1 AND r.state = 'complete'");
    mxs_query_text(&query, 1, name, strlen(name));
    *run = mxs_query_next(&query) ? mxs_query_column_int(&query, 0) : 0;
    return mxs_query_finish(&query, detail);
}

/* Whether the list has it and --exclude left it out; false also where not all rejects are stored. */
static enum mxs_err find_excluded(mxs_store *store, const struct mxs_run *run, const char *name, bool *excluded,
                                  struct mxs_detail *detail)
{
    struct mxs_query query;
    /* Not v_excluded: no run needs to have asked about it. */
    mxs_query_open(&query, store, "SELECT 1 FROM v_reject WHERE run_id = ?1 AND reason = 'excluded'"
                                  " AND lower(rtrim(text, '.')) = ?2");
    mxs_query_int(&query, 1, run->id);
    mxs_query_text(&query, 2, name, strlen(name));
    *excluded = mxs_query_next(&query);
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_explain_missing(mxs_store *store, const struct mxs_run *run, const char *name,
                                 struct mxs_detail *detail)
{
    struct hints hints = {.count = 0};
    int64_t elsewhere = 0;
    char more[HINTS_MAX * 260 + 400];
    for (const char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            return mxs_err_set(detail, MXS_ERR_INPUT,
                               "run %lld of list %.100s does not hold %.200s: give the name as A-labels (xn--...)",
                               (long long)run->id, run->list, name);
    bool excluded = false;
    enum mxs_err err = find_excluded(store, run, name, &excluded, detail);
    if (err == MXS_OK && excluded)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "run %lld of list %.100s did not ask about %.200s: it is on the list, and --exclude left it"
                           " out", (long long)run->id, run->list, name);
    if (err == MXS_OK)
        err = find_elsewhere(store, name, &elsewhere, detail);
    if (err == MXS_OK && elsewhere == 0)
        err = find_hints(store, run, name, &hints, detail);
    if (err != MXS_OK)
        return err;
    int used = snprintf(more, sizeof more, "%s", hints.count > 0 ? "; did you mean " : "; ");
    for (size_t i = 0; i < hints.count; i++)
        used += snprintf(more + used, sizeof more - (size_t)used, "%s%s",
                         i == 0 ? "" : i + 1 == hints.count ? " or " : ", ", hints.names[i]);
    if (hints.count > 0)
        snprintf(more + used, sizeof more - (size_t)used, "?");
    else if (elsewhere != 0)
        snprintf(more + used, sizeof more - (size_t)used, "run %lld does (--run %lld)", (long long)elsewhere,
                 (long long)elsewhere);
    else
        snprintf(more + used, sizeof more - (size_t)used, "`mxsurvey lookup %.200s` asks the DNS about it now", name);
    return mxs_err_set(detail, MXS_ERR_INPUT, "run %lld of list %.100s does not hold %.200s%s", (long long)run->id,
                       run->list, name, more);
}
