#include "reports/page/internal/browse_facets.h"

#include <stdlib.h>
#include <string.h>

#define SET_DIGITS 3 /* of a value in a set: more than MXS_BROWSE_VALUES */

struct told {
    const struct mxs_kept_facet *facet;
    uint32_t *counts;  /* by value id: domains */
    uint32_t *numbers; /* by value id: on the page, from 1; 0: no domain has it */
    uint32_t *order;   /* value ids that domains have, the most frequent first */
    uint32_t *sets;    /* by set id: number of the set, from 1; 0: no domain has it */
    uint32_t *set_order;
    uint32_t used, named, set_count;
};

void mxs_browse_digits_put(const struct mxs_browse_digits *digits, size_t number, size_t width)
{
    char text[16];
    for (size_t i = width; i-- > 0; number /= digits->base)
        text[i] = digits->digits[number % digits->base];
    mxs_out_bytes(digits->out, text, width);
}

static bool make_room(struct told *told)
{
    size_t values = told->facet->value_count + 1, sets = told->facet->set_count + 1;
    told->counts = calloc(values, sizeof *told->counts);
    told->numbers = calloc(values, sizeof *told->numbers);
    told->order = calloc(values, sizeof *told->order);
    told->sets = calloc(sets, sizeof *told->sets);
    told->set_order = calloc(sets, sizeof *told->set_order);
    return told->counts != NULL && told->numbers != NULL && told->order != NULL && told->sets != NULL &&
           told->set_order != NULL;
}

static void forget(struct told *told)
{
    free(told->counts);
    free(told->numbers);
    free(told->order);
    free(told->sets);
    free(told->set_order);
}

static int by_count(const void *a, const void *b, void *arg)
{
    const struct told *told = arg;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (told->counts[x] != told->counts[y])
        return told->counts[x] > told->counts[y] ? -1 : 1;
    return strcmp(told->facet->values[x], told->facet->values[y]);
}

/* Which values the domains of the page have, and how many of them have each. */
static void count_values(struct told *told, const uint32_t *domains, size_t domain_count)
{
    const struct mxs_kept_facet *facet = told->facet;
    for (size_t i = 0; i < domain_count; i++) {
        uint32_t code = mxs_kept_code(facet, domains[i]);
        size_t values = mxs_kept_code_count(facet, code);
        for (size_t k = 0; k < values; k++)
            told->counts[mxs_kept_code_value(facet, code, k)]++;
        if (values > 1 && told->sets[code / 2] == 0) {
            told->set_order[told->set_count] = code;
            told->sets[code / 2] = ++told->set_count;
        }
    }
    for (uint32_t id = 1; id < facet->value_count; id++)
        if (told->counts[id] > 0)
            told->order[told->used++] = id;
    qsort_r(told->order, told->used, sizeof *told->order, by_count, told);
    for (size_t bytes = 0; told->named < told->used && told->named < MXS_BROWSE_VALUES; told->named++) {
        bytes += strlen(facet->values[told->order[told->named]]);
        if (bytes > MXS_BROWSE_VALUE_BYTES)
            break;
    }
    for (uint32_t i = 0; i < told->used; i++)
        told->numbers[told->order[i]] = i < told->named ? i + 1 : told->named + 1;
}

/* 0: no value; 1 to `named`: one; named + 1: another; sets behind it. */
static uint32_t number_of(const struct told *told, uint32_t domain)
{
    uint32_t code = mxs_kept_code(told->facet, domain);
    size_t values = mxs_kept_code_count(told->facet, code);
    return values == 0 ? 0
           : values == 1 ? told->numbers[mxs_kept_code_value(told->facet, code, 0)]
                         : told->named + 1 + told->sets[code / 2];
}

static void put_facet(struct mxs_json *json, const struct mxs_browse_digits *digits, const struct told *told,
                      const uint32_t *domains, size_t domain_count)
{
    size_t width = 1;
    for (size_t most = told->named + 1 + told->set_count, room = digits->base; most >= room; room *= digits->base)
        width++;
    mxs_json_open_object(json, NULL);
    mxs_json_put_string(json, "name", told->facet->name);
    mxs_json_put_int(json, "others", told->used - told->named);
    mxs_json_put_int(json, "width", (int64_t)width);
    mxs_json_open_array(json, "values");
    for (uint32_t i = 0; i < told->named; i++)
        mxs_json_put_string(json, NULL, told->facet->values[told->order[i]]);
    mxs_json_close(json);
    mxs_json_put_key(json, "sets");
    mxs_out_text(digits->out, "\"");
    for (uint32_t i = 0; i < told->set_count; i++) {
        uint32_t code = told->set_order[i];
        mxs_out_text(digits->out, i == 0 ? "" : " ");
        for (size_t k = 0; k < mxs_kept_code_count(told->facet, code); k++)
            mxs_browse_digits_put(digits, told->numbers[mxs_kept_code_value(told->facet, code, k)], SET_DIGITS);
    }
    mxs_out_text(digits->out, "\"");
    mxs_json_put_key(json, "codes");
    mxs_out_text(digits->out, "\"");
    for (size_t i = 0; i < domain_count; i++)
        mxs_browse_digits_put(digits, number_of(told, domains[i]), width);
    mxs_out_text(digits->out, "\"");
    mxs_json_close(json);
}

enum mxs_err mxs_browse_facets_put(struct mxs_json *json, const struct mxs_browse_digits *digits, mxs_store *store,
                                   const struct mxs_run *run, const uint32_t *domains, size_t domain_count,
                                   struct mxs_detail *detail)
{
    struct mxs_kept kept;
    enum mxs_err err = mxs_kept_open(&kept, store, run, detail);
    if (err != MXS_OK)
        return err;
    mxs_json_open_array(json, "facets");
    for (size_t i = 0; err == MXS_OK && i < kept.count; i++) {
        struct told told = {.facet = &kept.items[i]};
        if (!make_room(&told)) {
            err = mxs_err_set(detail, MXS_ERR_MEMORY, "out of memory");
        } else {
            count_values(&told, domains, domain_count);
            put_facet(json, digits, &told, domains, domain_count);
        }
        forget(&told);
    }
    mxs_json_close(json);
    mxs_kept_close(&kept);
    return err;
}
