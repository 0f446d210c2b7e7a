#include "db/counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "db/bulk.h"
#include "db/history.h"
#include "db/internal/impact.h"
#include "db/query.h"

void mxs_domain_counts_init(struct mxs_domain_counts *counts)
{
    mxs_counter_init(&counts->tlds);
    mxs_string_pool_init(&counts->names);
    counts->mx_sets = counts->own_hosts = (struct mxs_domains_by_id){0};
    counts->domains = 0;
}

void mxs_domain_counts_finish(struct mxs_domain_counts *counts)
{
    mxs_counter_finish(&counts->tlds);
    mxs_string_pool_finish(&counts->names);
    free(counts->mx_sets.domains);
    free(counts->own_hosts.domains);
    counts->mx_sets = counts->own_hosts = (struct mxs_domains_by_id){0};
}

static bool put_verdict(struct mxs_domain_counts *counts, struct mxs_text domain, int64_t verdict)
{
    const char *dot = memrchr(domain.data, '.', domain.size_bytes);
    const char *tld = dot != NULL ? dot + 1 : domain.data;
    uint32_t position =
        mxs_string_pool_put(&counts->names, tld, domain.size_bytes - (size_t)(tld - domain.data));
    if (position == MXS_STRING_NONE)
        return false;
    mxs_counter_put(&counts->tlds, position, verdict, 1);
    counts->domains++;
    return counts->tlds.err == MXS_OK;
}

static bool put_id(struct mxs_domains_by_id *by_id, uint32_t id)
{
    if (!mxs_vector_reach(&by_id->domains, &by_id->capacity, id, sizeof *by_id->domains))
        return false;
    by_id->domains[id]++;
    by_id->reach = id >= by_id->reach ? (size_t)id + 1 : by_id->reach;
    return true;
}

bool mxs_domain_counts_put(struct mxs_domain_counts *counts, struct mxs_text domain, int64_t verdict, uint32_t mx_set,
                           uint32_t implicit_host)
{
    bool put = mx_set != 0          ? put_id(&counts->mx_sets, mx_set)
               : implicit_host != 0 ? put_id(&counts->own_hosts, implicit_host)
                                    : true;
    return put && put_verdict(counts, domain, verdict);
}

static enum mxs_err count_verdicts(struct mxs_domain_counts *counts, mxs_store *store, int64_t list, int64_t run,
                                   struct mxs_detail *detail)
{
    struct mxs_query query;
    bool memory = true;
    mxs_query_open(&query, store,
                   "SELECT d.name, j.verdict_id FROM judgement j CROSS JOIN domain d ON d.id = j.domain_id"
                   " WHERE j.list_id = ?1 AND j.first_run <= ?2 AND (j.last_run IS NULL OR j.last_run >= ?2)");
    mxs_query_int(&query, 1, list);
    mxs_query_int(&query, 2, run);
    while (memory && mxs_query_next(&query)) {
        size_t size_bytes;
        const char *name = mxs_query_column_text(&query, 0, &size_bytes);
        memory = put_verdict(counts, (struct mxs_text){name, (uint32_t)size_bytes}, mxs_query_column_int(&query, 1));
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "counting") : err;
}

/* --- intervals --- */

static const char fresh_sql[] =
    "CREATE TEMP TABLE IF NOT EXISTS fresh_verdict_count (verdict_id INTEGER PRIMARY KEY, domains INTEGER);"
    "CREATE TEMP TABLE IF NOT EXISTS fresh_tld_count (tld TEXT, verdict_id INTEGER, domains INTEGER,"
    " PRIMARY KEY (tld, verdict_id)) WITHOUT ROWID;"
    "CREATE TEMP TABLE IF NOT EXISTS fresh_impact (kind TEXT, name TEXT, used INTEGER, lost INTEGER, fallback INTEGER,"
    " capacity INTEGER, PRIMARY KEY (kind, name)) WITHOUT ROWID;"
    "DELETE FROM fresh_verdict_count; DELETE FROM fresh_tld_count; DELETE FROM fresh_impact;";
static const char empty_sql[] =
    "DELETE FROM fresh_verdict_count; DELETE FROM fresh_tld_count; DELETE FROM fresh_impact;";

static const struct mxs_history_table verdict_counts = {"verdict_count", (const char *const[]){"verdict_id", NULL},
                                                        (const char *const[]){"domains", NULL}, "fresh_verdict_count"},
                                      tld_counts = {"tld_count", (const char *const[]){"tld", "verdict_id", NULL},
                                                    (const char *const[]){"domains", NULL}, "fresh_tld_count"},
                                      impacts = {"impact", (const char *const[]){"kind", "name", NULL},
                                                 (const char *const[]){"used", "lost", "fallback", "capacity", NULL},
                                                 "fresh_impact"};

struct counted_run {
    int64_t id, list, before;
    bool hosts_asked;
};

static enum mxs_err find_run(mxs_store *store, int64_t run, struct counted_run *out, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store,
                   "SELECT r.list_id, ',' || r.checks || ',' LIKE '%,host,%', (SELECT max(b.id) FROM run b"
                   " WHERE b.list_id = r.list_id AND b.state = 'complete' AND b.id < r.id) FROM run r WHERE r.id = ?1");
    mxs_query_int(&query, 1, run);
    if (mxs_query_next(&query))
        *out = (struct counted_run){run, mxs_query_column_int(&query, 0), mxs_query_column_int(&query, 2),
                                    mxs_query_column_int(&query, 1) != 0};
    return mxs_query_finish(&query, detail);
}

struct tally {
    const struct mxs_domain_counts *counts;
    const struct mxs_counter_item **items; /* as many as there are, in the order of the table */
    size_t next;
};

static int by_verdict(const void *a, const void *b, void *counts)
{
    const struct mxs_counter_item *x = *(const struct mxs_counter_item *const *)a;
    const struct mxs_counter_item *y = *(const struct mxs_counter_item *const *)b;
    (void)counts;
    return (x->second > y->second) - (x->second < y->second);
}

static int by_tld_and_verdict(const void *a, const void *b, void *arg)
{
    const struct mxs_counter_item *x = *(const struct mxs_counter_item *const *)a;
    const struct mxs_counter_item *y = *(const struct mxs_counter_item *const *)b;
    const struct mxs_domain_counts *counts = arg;
    int order = x->key == y->key ? 0 : strcmp(counts->names.texts[x->key], counts->names.texts[y->key]);
    return order != 0 ? order : by_verdict(a, b, arg);
}

static bool next_of_tld(void *arg, struct mxs_bulk_row *row)
{
    struct tally *tally = arg;
    if (tally->next == tally->counts->tlds.count)
        return false;
    const struct mxs_counter_item *item = tally->items[tally->next++];
    row->numbers[0] = item->second;
    row->numbers[1] = item->sum;
    row->text = tally->counts->names.texts[item->key];
    row->text_size = strlen(row->text);
    return true;
}

static bool next_of_verdict(void *arg, struct mxs_bulk_row *row)
{
    struct tally *tally = arg;
    if (tally->next == tally->counts->tlds.count)
        return false;
    row->numbers[0] = tally->items[tally->next]->second;
    row->numbers[1] = 0;
    while (tally->next < tally->counts->tlds.count && tally->items[tally->next]->second == row->numbers[0])
        row->numbers[1] += tally->items[tally->next++]->sum;
    return true;
}

static enum mxs_err put_counts(const struct mxs_domain_counts *counts, mxs_store *store, const struct counted_run *run,
                               struct mxs_detail *detail)
{
    size_t count = counts->tlds.count;
    struct tally tally = {.counts = counts, .items = malloc((count + 1) * sizeof *tally.items)};
    if (tally.items == NULL)
        return mxs_err_memory(detail, "counting");
    for (size_t i = 0; i < count; i++)
        tally.items[i] = &counts->tlds.items[i];
    qsort_r(tally.items, count, sizeof *tally.items, by_tld_and_verdict, (void *)(uintptr_t)counts);
    enum mxs_err err = mxs_history_merge_rows(store, &tld_counts, "t, c0, c1", next_of_tld, &tally, run->list, run->id,
                                              run->before, detail);
    qsort_r(tally.items, count, sizeof *tally.items, by_verdict, NULL);
    tally.next = 0;
    if (err == MXS_OK)
        err = mxs_history_merge_rows(store, &verdict_counts, "c0, c1", next_of_verdict, &tally, run->list, run->id,
                                     run->before, detail);
    free(tally.items);
    return err;
}

enum mxs_err mxs_counts_write(mxs_store *store, int64_t run, const struct mxs_domain_counts *counts,
                              struct mxs_detail *detail)
{
    struct mxs_domain_counts read;
    struct counted_run of = {0};
    enum mxs_err err = find_run(store, run, &of, detail);
    if (err == MXS_OK)
        err = mxs_store_run(store, fresh_sql, detail);
    if (err != MXS_OK)
        return err;
    mxs_domain_counts_init(&read);
    if (counts == NULL)
        err = count_verdicts(&read, store, of.list, run, detail);
    if (err == MXS_OK)
        err = put_counts(counts != NULL ? counts : &read, store, &of, detail);
    mxs_domain_counts_finish(&read);
    if (err == MXS_OK)
        err = mxs_impact_put(store, run, of.list, of.hosts_asked, counts, detail);
    if (err == MXS_OK)
        err = mxs_history_merge_table(store, &impacts, of.list, run, of.before, detail);
    return err == MXS_OK ? mxs_store_run(store, empty_sql, detail) : err;
}

/* Runs are counted in their order: from a list's first that has no counts on, all are. */
enum mxs_err mxs_counts_write_missing(mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query query;
    struct mxs_ids runs = {0};
    bool memory = true;
    mxs_query_open(&query, store,
                   "WITH missing AS (SELECT list_id, min(id) AS first FROM run r WHERE state = 'complete'"
                   " AND NOT EXISTS (SELECT 1 FROM verdict_count c WHERE c.list_id = r.list_id AND c.first_run <= r.id"
                   " AND (c.last_run IS NULL OR c.last_run >= r.id)) GROUP BY list_id)"
                   " SELECT r.id FROM missing m JOIN run r ON r.list_id = m.list_id AND r.id >= m.first"
                   " WHERE r.state = 'complete' ORDER BY r.id");
    while (memory && mxs_query_next(&query))
        memory = mxs_ids_put(&runs, mxs_query_column_int(&query, 0));
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && !memory)
        err = mxs_err_memory(detail, "counting");
    for (size_t i = 0; err == MXS_OK && i < runs.count; i++)
        err = mxs_counts_write(store, mxs_ids_at(&runs, i), NULL, detail);
    mxs_ids_finish(&runs);
    return err;
}
