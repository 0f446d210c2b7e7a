#include "reports/data/outage_by.h"

#include <stdlib.h>

#include "model/vocabulary.h"

enum { DOMAINS, RECEIVING, EFFECT, WIDTH = EFFECT + MXS_EFFECT_COUNT };

/* What is known of a set, or of a host that is its own MX host: 0 nothing yet, 1 no way, else the effect and 2. */
struct known {
    uint8_t *sets, *hosts;
};

static bool learn(struct mxs_outage *o, uint8_t *known, bool own, size_t position)
{
    if (*known != 0)
        return true;
    if (!(own ? mxs_impact_put_own(&o->impact, position) : mxs_impact_put_set(&o->impact, position)))
        return false;
    *known = 1;
    if (mxs_impact_receives(&o->impact))
        *known = (uint8_t)(2 + mxs_impact_effect(&o->impact, o->options.kind, o->part));
    return true;
}

static bool put_domain(struct mxs_outage *o, const struct known *known, struct mxs_query *query)
{
    struct mxs_facts *facts = &o->impact.facts;
    int64_t domain = mxs_query_column_int(query, 0);
    bool own = mxs_query_is_null(query, 1);
    uint8_t *what = NULL;
    mxs_by_totals_put(&o->by, domain, false, DOMAINS);
    if (own && mxs_query_is_null(query, 2))
        return true;
    size_t position = own ? mxs_facts_host_position(facts, mxs_query_column_int(query, 2))
                          : mxs_facts_set_position(facts, mxs_query_column_int(query, 1));
    if (own && position < facts->host_count)
        what = &known->hosts[position];
    else if (!own && position < facts->mx_count)
        what = &known->sets[position];
    if (what == NULL || !learn(o, what, own, position))
        return what == NULL;
    if (*what >= 2) {
        mxs_by_totals_put(&o->by, domain, false, RECEIVING);
        mxs_by_totals_put(&o->by, domain, false, EFFECT + (uint32_t)(*what - 2));
    }
    return true;
}

static enum mxs_err count(struct mxs_outage *o, const struct known *known, struct mxs_detail *detail)
{
    struct mxs_query query;
    bool ok = true;
    mxs_query_open(&query, o->store,
                   "SELECT domain_id, CASE WHEN outcome = ?3 THEN mx_set_id END, implicit_host_id FROM domain_history"
                   " WHERE list_id = ?1 AND first_run <= ?2 AND ifnull(last_run, ?2) >= ?2");
    mxs_query_int(&query, 1, o->run->list_id);
    mxs_query_int(&query, 2, o->run->id);
    mxs_query_int(&query, 3, MXS_ANSWERED);
    while (ok && mxs_query_next(&query))
        ok = put_domain(o, known, &query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !ok ? mxs_err_memory(detail, NULL) : err;
}

static void tabulate(struct mxs_outage *o)
{
    static const enum mxs_effect order[] = {MXS_EFFECT_LOST, MXS_EFFECT_FALLBACK, MXS_EFFECT_CAPACITY,
                                            MXS_EFFECT_UNKNOWN};
    static const struct mxs_column columns[MXS_OUTAGE_BY_COLUMNS] = {
        {"by", NULL, MXS_UNIT_TEXT, 0},
        {"by_domains", "its names", MXS_UNIT_COUNT, 0},
        {"by_receiving", "have a way in", MXS_UNIT_COUNT, 0},
        {"lost", "lose every path", MXS_UNIT_COUNT, 0},
        {"lost_share", "share", MXS_UNIT_SHARE, MXS_BASE_ROW},
        {"fallback", "fall back", MXS_UNIT_COUNT, 0},
        {"fallback_share", "share", MXS_UNIT_SHARE, MXS_BASE_ROW},
        {"capacity", "lose capacity or a backup", MXS_UNIT_COUNT, 0},
        {"capacity_share", "share", MXS_UNIT_SHARE, MXS_BASE_ROW},
        {"unknown", "not known", MXS_UNIT_COUNT, 0},
        {"unknown_share", "share", MXS_UNIT_SHARE, MXS_BASE_ROW},
    };
    for (size_t i = 0; i < MXS_OUTAGE_BY_COLUMNS; i++)
        o->group_columns[i] = columns[i];
    o->group_columns[0].title = o->by.by.head;
    mxs_table_init(&o->groups, "by", "Whom it hits; shares are of those that have a way in", o->group_columns,
                   MXS_OUTAGE_BY_COLUMNS);
    for (uint32_t group = 0; group < o->by.by.groups.count; group++) {
        int64_t receiving = mxs_by_totals_find(&o->by, group, RECEIVING);
        struct mxs_cell *cells =
            mxs_by_totals_find(&o->by, group, DOMAINS) > 0 ? mxs_by_totals_row(&o->by, group, &o->groups) : NULL;
        if (cells == NULL)
            continue;
        mxs_table_put_int(&cells[1], mxs_by_totals_find(&o->by, group, DOMAINS));
        mxs_table_put_int(&cells[2], receiving);
        int64_t unknown = mxs_by_totals_find(&o->by, group, EFFECT + MXS_EFFECT_UNKNOWN);
        int64_t known = receiving - unknown - mxs_by_totals_find(&o->by, group, EFFECT + MXS_EFFECT_NONE);
        for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
            int64_t domains = mxs_by_totals_find(&o->by, group, EFFECT + (uint32_t)order[i]);
            if (order[i] != MXS_EFFECT_UNKNOWN && known == 0 && unknown > 0)
                continue;
            mxs_table_put_int(&cells[3 + 2 * i], domains);
            if (receiving > 0)
                mxs_table_put_real(&cells[4 + 2 * i], (double)domains / (double)receiving);
        }
    }
}

enum mxs_err mxs_outage_by_read(struct mxs_outage *outage, struct mxs_detail *detail)
{
    if (outage->options.by.spec == NULL)
        return MXS_OK;
    const struct known known = {calloc(outage->impact.facts.mx_count + 1, 1),
                                calloc(outage->impact.facts.host_count + 1, 1)};
    enum mxs_err err =
        known.sets == NULL || known.hosts == NULL ? mxs_err_memory(detail, NULL) : MXS_OK;
    if (err == MXS_OK)
        err = mxs_by_totals_open(&outage->by, outage->store, outage->run, NULL, &outage->options.by, WIDTH, detail);
    if (err == MXS_OK)
        err = count(outage, &known, detail);
    if (err == MXS_OK)
        tabulate(outage);
    if (err == MXS_OK && outage->groups.err != MXS_OK)
        err = mxs_err_set(detail, outage->groups.err, "out of memory");
    free(known.sets);
    free(known.hosts);
    return err;
}
