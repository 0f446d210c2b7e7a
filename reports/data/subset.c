#include "reports/data/subset.h"

/* What the views about verdicts stand on; the words are there already. */
static const struct {
    const char *select, *insert;
} tables[] = {
    {"SELECT id, name FROM list", "INSERT INTO list (id, name) VALUES (?1, ?2)"},
    {"SELECT id, list_id, state, stage, started_at, input_digest, checks, shard, seed, options, versions FROM run",
     "INSERT INTO run (id, list_id, state, stage, started_at, input_digest, checks, shard, seed, options, versions)"
     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"},
    {"SELECT id, state, hosts, usable, tiers, load_sharing, multihomed, ipv6, backup, backup_apart, addresses, "
     "prefixes, asns, providers,"
     " single_point FROM verdict",
     "INSERT INTO verdict (id, state, hosts, usable, tiers, load_sharing, multihomed, ipv6, backup, backup_apart, "
     "addresses, prefixes, asns,"
     " providers, single_point, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
     "x'')"},
    {"SELECT verdict_id, role, position, provider_id, share, confidence FROM verdict_label",
     "INSERT INTO verdict_label VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
    {"SELECT verdict_id, code FROM verdict_finding", "INSERT INTO verdict_finding VALUES (?1, ?2)"},
    {"SELECT verdict_id, measure_id, value FROM verdict_value",
     "INSERT OR IGNORE INTO verdict_value (verdict_id, measure_id, value) VALUES (?1, ?2, ?3)"},
    {"SELECT id, name, title, option, receiving FROM measure",
     "INSERT OR IGNORE INTO measure (id, name, title, option, receiving) VALUES (?1, ?2, ?3, ?4, ?5)"},
    {"SELECT measure_id, value, name, title, place FROM measure_word",
     "INSERT OR IGNORE INTO measure_word (measure_id, value, name, title, place) VALUES (?1, ?2, ?3, ?4, ?5)"},
    {"SELECT id, name FROM provider", "INSERT INTO provider VALUES (?1, ?2)"},
    {"SELECT id, ruleset_id, pattern, provider, kind, country FROM rule WHERE country <> ''",
     "INSERT INTO rule (id, ruleset_id, pattern, provider, kind, country) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
    {"SELECT code, name, severity, sentence, advice FROM finding",
     "INSERT OR REPLACE INTO finding VALUES (?1, ?2, ?3, ?4, ?5)"},
};

static enum mxs_err copy_table(mxs_store *from, mxs_store *to, const char *select, const char *insert,
                               struct mxs_detail *detail)
{
    struct mxs_query read, write;
    mxs_query_open(&read, from, select);
    mxs_query_open(&write, to, insert);
    while (mxs_query_next(&read)) {
        mxs_query_copy_row(&write, &read);
        mxs_query_run(&write);
    }
    struct mxs_query *const both[] = {&read, &write};
    return mxs_query_finish_each(both, 2, MXS_OK, detail);
}

enum mxs_err mxs_subset_open(struct mxs_subset *subset, mxs_store *from, struct mxs_detail *detail)
{
    *subset = (struct mxs_subset){0};
    enum mxs_err err = mxs_store_open(&subset->store, ":memory:", detail);
    if (err == MXS_OK)
        err = mxs_store_begin(subset->store, detail);
    for (size_t i = 0; err == MXS_OK && i < sizeof tables / sizeof *tables; i++)
        err = copy_table(from, subset->store, tables[i].select, tables[i].insert, detail);
    if (err == MXS_OK)
        mxs_query_open(&subset->insert, subset->store,
                       "INSERT INTO verdict_count SELECT list_id, ?2, id, id, ?3 FROM run WHERE id = ?1"
                       " ON CONFLICT DO UPDATE SET domains = domains + excluded.domains");
    else
        mxs_subset_close(subset);
    return err;
}

/* Each run has a list of its own: the counts of a run are found by its list, so with a common one every run would go
 * through the counts of all. */
enum mxs_err mxs_subset_put_runs(struct mxs_subset *subset, int64_t like, int64_t first, uint32_t count,
                                 struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(
        &query, subset->store,
        "INSERT INTO run (id, list_id, state, stage, started_at, input_digest, checks, shard, seed, options, versions)"
        " SELECT ?1, ?1, state, stage, started_at, input_digest, checks, shard, seed, options, versions FROM run "
        "WHERE id = ?2");
    for (uint32_t i = 0; i < count; i++) {
        mxs_query_int(&query, 1, first + i);
        mxs_query_int(&query, 2, like);
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

void mxs_subset_put(struct mxs_subset *subset, int64_t run, int64_t verdict, int64_t domains)
{
    mxs_query_int(&subset->insert, 1, run);
    mxs_query_int(&subset->insert, 2, verdict);
    mxs_query_int(&subset->insert, 3, domains);
    mxs_query_run(&subset->insert);
}

/* Each table has the name of the view whose rows it holds: the views above read it instead. */
#define ONCE(name, key, columns) \
    "CREATE TEMP TABLE once AS SELECT * FROM " name "; DROP VIEW " name ";" \
    "CREATE TABLE " name " (" key " PRIMARY KEY, " columns ") WITHOUT ROWID;" \
    "INSERT INTO " name " SELECT * FROM once; DROP TABLE once;"
static const char once_sql[] = ONCE("v_operator", "provider", "kind, country, rules, pages")
    ONCE("v_seat", "provider", "country") ONCE("v_verdict_policy", "verdict_id", "spf, dmarc, mta_sts, dane");

enum mxs_err mxs_subset_write_once(struct mxs_subset *subset, struct mxs_detail *detail)
{
    return mxs_store_run(subset->store, once_sql, detail);
}

enum mxs_err mxs_subset_reset(struct mxs_subset *subset, int64_t first, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, subset->store, "DELETE FROM run WHERE id >= ?1");
    mxs_query_int(&query, 1, first);
    mxs_query_run(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK ? mxs_store_run(subset->store, "DELETE FROM verdict_count", detail) : err;
}

enum mxs_err mxs_subset_finish(struct mxs_subset *subset, struct mxs_detail *detail)
{
    return mxs_store_end(subset->store, mxs_query_finish(&subset->insert, detail), detail);
}

void mxs_subset_close(struct mxs_subset *subset)
{
    enum mxs_err err = subset->insert.statement == NULL ? MXS_OK : mxs_query_finish(&subset->insert, NULL);
    (void)err; /* whoever wants to know has finished it */
    if (subset->store != NULL)
        mxs_store_close(&subset->store);
    subset->store = NULL;
}
