#include "reports/data/diff_told.h"

#include <stdlib.h>
#include <string.h>

#include "model/vocabulary.h"
#include "reports/data/diff_by.h"
#include "reports/data/diff_flows.h"

static const struct mxs_column change_columns[MXS_DIFF_COLUMNS] = {
    {"domain", "domain", MXS_UNIT_TEXT, 0}, {"kind", "kind", MXS_UNIT_TEXT, 0},      {"old", "old", MXS_UNIT_WORD, 0},
    {"new", "new", MXS_UNIT_WORD, 0},       {"from_at", "from", MXS_UNIT_TIME, 0},   {"to_at", "to", MXS_UNIT_TIME, 0},
    {"undetermined_since", "undetermined since run", MXS_UNIT_NUMBER, 0},
};
static const struct mxs_column reason_columns[] = {{"reason", "reason", MXS_UNIT_PROSE, 0}};
static const struct mxs_column pair_columns[] = {
    {"from", "from", MXS_UNIT_TEXT, 0}, {"to", "to", MXS_UNIT_TEXT, 0}, {"domains", "domains", MXS_UNIT_COUNT, 0}};
static const struct mxs_column migration_columns[] = {{"from", "from", MXS_UNIT_PROVIDER, 0},
                                                      {"to", "to", MXS_UNIT_PROVIDER, 0},
                                                      {"domains", "domains", MXS_UNIT_COUNT, 0}};
static const struct mxs_column flow_columns[] = {{"provider", "provider", MXS_UNIT_PROVIDER, 0},
                                                 {"gained", "gained", MXS_UNIT_COUNT, 0},
                                                 {"lost", "lost", MXS_UNIT_COUNT, 0},
                                                 {"net", "net", MXS_UNIT_COUNT, 0}};
static const struct mxs_column flap_columns[] = {
    {"domain", "domain", MXS_UNIT_TEXT, 0}, {"returns", "times back to what it had been", MXS_UNIT_COUNT, 0}};

static void put_change(struct mxs_diff_told *told, struct mxs_table *table, const char *name, size_t size_bytes,
                       enum mxs_change kind, const struct mxs_change_side sides[2])
{
    struct mxs_cell *row = mxs_table_row(table);
    mxs_out values[2];
    mxs_out_attach(&values[0], NULL);
    mxs_out_attach(&values[1], NULL);
    if (row != NULL) {
        mxs_change_put_values(kind, &sides[0], &sides[1], &values[0], &values[1]);
        mxs_table_put_text(table, &row[MXS_DIFF_DOMAIN], name, size_bytes);
        mxs_table_put_text(table, &row[MXS_DIFF_KIND], mxs_change_names[kind], strlen(mxs_change_names[kind]));
        row[MXS_DIFF_KIND].integer = kind; /* a text has no number: by this one the rows are put in order */
        for (int i = 0; i < 2; i++)
            if (values[i].err == MXS_OK)
                mxs_table_put_text(table, &row[MXS_DIFF_OLD + i], values[i].buffer, values[i].used);
            else
                told->err = MXS_ERR_MEMORY;
        mxs_table_put_int(&row[MXS_DIFF_FROM_AT], told->diff->from.started_at);
        mxs_table_put_int(&row[MXS_DIFF_TO_AT], told->diff->to.started_at);
        int64_t since = mxs_change_since(kind, &sides[0], &sides[1]);
        if (since != 0)
            mxs_table_put_int(&row[MXS_DIFF_SINCE], since);
    }
    mxs_out_abandon(&values[0]);
    mxs_out_abandon(&values[1]);
    if (table->err != MXS_OK)
        told->err = table->err;
}

/* Whoever left or joined has a verdict on one side only. */
static bool is_wanted(const struct mxs_diff *diff, const char *name, size_t size_bytes,
                      const struct mxs_change_side sides[2])
{
    const char *dot = memrchr(name, '.', size_bytes);
    if (diff->options.tld != NULL && strcmp(dot != NULL ? dot + 1 : name, diff->options.tld) != 0)
        return false;
    bool served = diff->options.provider == NULL;
    for (int i = 0; i < 2 && !served; i++)
        served = sides[i].verdict != NULL && mxs_diff_provider_is(sides[i].verdict->provider, diff->options.provider);
    return served;
}

/* How often a settled content came back after another one had stood between. */
static int64_t count_returns(struct mxs_diff_told *told, int64_t domain)
{
    enum { SEEN_MAX = 64 };
    int64_t seen[SEEN_MAX][3], returns = 0;
    size_t count = 0;
    mxs_query_int(&told->history, 1, domain);
    mxs_query_int(&told->history, 2, told->diff->to.list_id);
    mxs_query_int(&told->history, 3, told->diff->to.id);
    while (mxs_query_next(&told->history)) {
        int64_t content[3] = {mxs_query_column_int(&told->history, 0), mxs_query_column_int(&told->history, 1),
                              mxs_query_column_int(&told->history, 2)};
        if (count > 0 && memcmp(seen[count - 1], content, sizeof content) == 0)
            continue; /* an unsettled night between */
        bool again = false;
        for (size_t i = 0; i < count && !again; i++)
            again = memcmp(seen[i], content, sizeof content) == 0;
        returns += again;
        if (count < SEEN_MAX)
            memcpy(seen[count++], content, sizeof content);
    }
    return returns;
}

static void put_flap(struct mxs_diff_told *told, int64_t domain, const char *name, size_t size_bytes)
{
    int64_t returns = count_returns(told, domain);
    struct mxs_cell *row = returns > 0 ? mxs_table_row(&told->diff->flapping) : NULL;
    if (row == NULL)
        return;
    mxs_table_put_text(&told->diff->flapping, &row[0], name, size_bytes);
    mxs_table_put_int(&row[1], returns);
}

void mxs_diff_told_put(struct mxs_diff_told *told, int64_t domain, const struct mxs_change_side sides[2],
                       unsigned found, bool more)
{
    struct mxs_diff *diff = told->diff;
    const unsigned flaps = ~(1u << MXS_CHANGE_ADDRESS_MOVED | MXS_CHANGES_OF_NO_MAIL);
    unsigned earlier = (unsigned)mxs_counter_find(&told->earlier, domain, 0);
    mxs_query_int(&told->name, 1, domain);
    if (!mxs_query_next(&told->name))
        return;
    size_t size_bytes;
    const char *name = mxs_query_column_text(&told->name, 0, &size_bytes);
    if (is_wanted(diff, name, size_bytes, sides)) {
        diff->dropped += (found & MXS_DIFF_DROPPED) != 0;
        found &= ~MXS_DIFF_DROPPED;
        for (int kind = 0; kind < MXS_CHANGE_ALL; kind++) {
            if (!(found >> kind & 1))
                continue;
            diff->counts[kind]++;
            put_change(told, kind == MXS_CHANGE_BECAME_UNDETERMINED ? &diff->undetermined : &diff->changes, name,
                       size_bytes, (enum mxs_change)kind, sides);
        }
        bool counted = (earlier & ~MXS_CHANGES_OF_NO_MAIL) != 0;
        diff->changed += !counted && (found & ~MXS_CHANGES_OF_NO_MAIL) != 0;
        mxs_diff_by_put_kinds(diff, domain, found, counted);
        if (found & 1u << MXS_CHANGE_PROVIDER_MIGRATED)
            mxs_counter_put(&told->migrations, (int64_t)(intptr_t)sides[0].verdict->provider,
                            (int64_t)(intptr_t)sides[1].verdict->provider, 1);
        if (found & 1u << MXS_CHANGE_STATE_CHANGED)
            mxs_counter_put(&told->states, sides[0].verdict->state, sides[1].verdict->state, 1);
        if ((found & flaps) != 0 && (earlier & flaps) == 0)
            put_flap(told, domain, name, size_bytes);
        if (more)
            mxs_counter_put(&told->earlier, domain, 0, found); /* each time other bits: the sum has them all */
    }
    mxs_query_reset(&told->name);
}

static int by_name(const void *a, const void *b)
{
    const struct mxs_cell *x = a, *y = b;
    int order = strcmp(x[MXS_DIFF_DOMAIN].text, y[MXS_DIFF_DOMAIN].text);
    return order != 0 ? order : x[MXS_DIFF_KIND].integer < y[MXS_DIFF_KIND].integer ? -1 : 1;
}

static int by_urgency(const void *a, const void *b)
{
    const struct mxs_cell *x = a, *y = b;
    if (x[MXS_DIFF_DOMAIN].integer != y[MXS_DIFF_DOMAIN].integer)
        return x[MXS_DIFF_DOMAIN].integer < y[MXS_DIFF_DOMAIN].integer ? -1 : 1;
    return by_name(a, b);
}

static int by_third_number(const void *a, const void *b)
{
    const struct mxs_cell *x = a, *y = b;
    if (x[2].integer != y[2].integer)
        return x[2].integer < y[2].integer ? 1 : -1;
    int order = strcmp(x[0].text, y[0].text);
    return order != 0 ? order : strcmp(x[1].text, y[1].text);
}

static int by_returns(const void *a, const void *b)
{
    const struct mxs_cell *x = a, *y = b;
    return x[1].integer != y[1].integer ? (x[1].integer < y[1].integer ? 1 : -1) : strcmp(x[0].text, y[0].text);
}

static void sort(struct mxs_table *table, int (*order)(const void *, const void *))
{
    if (table->row_count > 1)
        qsort(table->cells, table->row_count, table->column_count * sizeof *table->cells, order);
}

/* The most urgent domains first; the number of a domain's cell becomes its most urgent kind. */
static void sort_changes(struct mxs_table *table)
{
    sort(table, by_name);
    int64_t urgency = 0;
    for (size_t row = 0; row < table->row_count; row++) {
        struct mxs_cell *cells = &table->cells[row * table->column_count];
        const char *before = row == 0 ? "" : (cells - table->column_count)[MXS_DIFF_DOMAIN].text;
        urgency = strcmp(before, cells[MXS_DIFF_DOMAIN].text) == 0 ? urgency : cells[MXS_DIFF_KIND].integer;
        cells[MXS_DIFF_DOMAIN].integer = urgency;
    }
    sort(table, by_urgency);
}

static void put_pair(struct mxs_table *table, const char *from, const char *to, int64_t domains)
{
    struct mxs_cell *row = mxs_table_row(table);
    if (row == NULL)
        return;
    mxs_table_put_text(table, &row[0], from, strlen(from));
    mxs_table_put_text(table, &row[1], to, strlen(to));
    mxs_table_put_int(&row[2], domains);
}

static void tabulate(struct mxs_diff_told *told)
{
    struct mxs_diff *diff = told->diff;
    for (size_t i = 0; i < told->migrations.count; i++) {
        const struct mxs_counter_item *item = &told->migrations.items[i];
        put_pair(&diff->migrations, (const char *)(intptr_t)item->key, (const char *)(intptr_t)item->second, item->sum);
    }
    for (size_t i = 0; i < told->states.count; i++) {
        const struct mxs_counter_item *item = &told->states.items[i];
        put_pair(&diff->states, mxs_state_text((enum mxs_state)item->key),
                 mxs_state_text((enum mxs_state)item->second), item->sum);
    }
    sort(&diff->migrations, by_third_number);
    sort(&diff->states, by_third_number);
    mxs_diff_flows_read(&diff->migrations, &diff->flows);
    sort(&diff->flapping, by_returns);
    sort_changes(&diff->changes);
    sort_changes(&diff->undetermined);
}


void mxs_diff_told_init(struct mxs_diff *diff)
{
    mxs_table_init(&diff->changes, "changes", "Changes", change_columns, MXS_DIFF_COLUMNS);
    mxs_table_init(&diff->undetermined, "became_undetermined", "Could no longer be determined", change_columns,
                   MXS_DIFF_COLUMNS);
    mxs_table_init(&diff->reasons, "reasons", "Not fit to compare", reason_columns, 1);
    mxs_table_init(&diff->migrations, "migrations", "From provider to provider", migration_columns, 3);
    mxs_table_init(&diff->flows, "flows", "What providers gained and lost by migrations", flow_columns, 4);
    mxs_table_init(&diff->states, "states", "From state to state", pair_columns, 3);
    mxs_table_init(&diff->flapping, "flapping", "Domains that flap", flap_columns, 2);
}

void mxs_diff_told_open(struct mxs_diff_told *told, struct mxs_diff *diff)
{
    *told = (struct mxs_diff_told){.diff = diff};
    mxs_counter_init(&told->migrations);
    mxs_counter_init(&told->states);
    mxs_counter_init(&told->earlier);
    mxs_query_open(&told->name, diff->store, "SELECT name FROM domain WHERE id = ?1");
    mxs_query_open(&told->history, diff->store,
                   "SELECT outcome, ifnull(mx_set_id, 0), ifnull(implicit_host_id, 0) FROM domain_history"
                   " WHERE domain_id = ?1 AND list_id = ?2 AND first_run <= ?3 AND outcome <= 2 ORDER BY first_run");
}

enum mxs_err mxs_diff_told_close(struct mxs_diff_told *told, enum mxs_err err, struct mxs_detail *detail)
{
    struct mxs_diff *diff = told->diff;
    const struct mxs_counter *counters[] = {&told->migrations, &told->states, &told->earlier};
    struct mxs_query *const queries[] = {&told->name, &told->history};
    err = mxs_query_finish_each(queries, sizeof queries / sizeof *queries, err, detail);
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        told->err = counters[i]->err != MXS_OK ? counters[i]->err : told->err;
    if (err == MXS_OK && told->err == MXS_OK)
        tabulate(told);
    const struct mxs_table *tables[] = {&diff->changes, &diff->undetermined, &diff->migrations,
                                        &diff->flows,   &diff->states,       &diff->flapping};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        told->err = tables[i]->err != MXS_OK ? tables[i]->err : told->err;
    if (err == MXS_OK && told->err != MXS_OK)
        err = mxs_err_memory(detail, NULL);
    mxs_counter_finish(&told->migrations);
    mxs_counter_finish(&told->states);
    mxs_counter_finish(&told->earlier);
    return err;
}
