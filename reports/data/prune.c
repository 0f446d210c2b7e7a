#include "reports/data/prune.h"

#include <string.h>

#include "db/facets.h"
#include "db/measured.h"

/* The runs that go: complete or abandoned ones, older than the oldest complete run that stays. Both statements see the
 * same table of the oldest kept run per list. */
static const char choose_sql[] =
    "CREATE TEMP TABLE oldest AS SELECT list_id, min(id) AS run_id FROM (SELECT id, list_id, started_at, row_number() "
    "OVER"
    " (PARTITION BY list_id ORDER BY id DESC) AS place FROM run WHERE state = 'complete')"
    " WHERE place = 1 OR (?1 > 0 AND place <= ?1) OR (?1 = 0 AND started_at >= ?2) GROUP BY list_id";

static const char gone_sql[] =
    "CREATE TEMP TABLE gone AS SELECT r.id AS run_id FROM run r JOIN oldest o ON o.list_id = r.list_id"
    " WHERE r.id < o.run_id AND r.state <> 'running'";

#define CLIP(table) \
    "DELETE FROM " table " WHERE last_run < (SELECT run_id FROM oldest o WHERE o.list_id = " table ".list_id);" \
    "UPDATE " table " SET first_run = (SELECT run_id FROM oldest o WHERE o.list_id = " table ".list_id)" \
    " WHERE first_run < (SELECT run_id FROM oldest o WHERE o.list_id = " table ".list_id);"

/* Moves that come back within six runs are a pool, and a pool that is known moves otherwise than what is none: so what
 * was told of such a subject in the last runs that go is kept for that alone, under the number of no list
 * (scanner/run/internal/record_pool.h). */
#define RUNS_REMEMBERED "5"
#define REMEMBER(table, key, columns, told, pool) \
    "INSERT OR REPLACE INTO " table " (" key ", list_id, first_run, last_run, " columns ") SELECT h." key \
        ", -h.list_id, h.first_run, min(ifnull(h.last_run, o.run_id - 1), o.run_id - 1), " columns " FROM " table \
        " h JOIN oldest o ON o.list_id = h.list_id WHERE h.first_run < o.run_id AND (" told ")" \
        " AND ifnull(h.last_run, o.run_id) >= o.run_id - " RUNS_REMEMBERED " AND (h.last_run < o.run_id OR EXISTS" \
        " (SELECT 1 FROM " pool " p WHERE p." key " = h." key " AND p.list_id = h.list_id));"
#define FORGET(table, key) \
    "DELETE FROM " table " WHERE list_id < 0 AND (last_run < (SELECT run_id - " RUNS_REMEMBERED " FROM oldest o WHERE" \
        " o.list_id = -" table ".list_id) OR NOT EXISTS (SELECT 1 FROM " table " s WHERE s." key " = " table "." key \
        " AND s.list_id = -" table ".list_id));"
static const char remember_sql[] =
    REMEMBER("domain_history", "domain_id", "outcome, mx_set_id, alias_id, implicit_host_id", "mx_set_id IS NOT NULL",
             "mx_pool")
    REMEMBER("host_history", "host_id",
             "a_outcome, a_set_id, aaaa_outcome, aaaa_set_id, alias_id, registrable_outcome, usable",
             "a_set_id IS NOT NULL OR aaaa_set_id IS NOT NULL", "address_pool");

/* Cuts the run out of a table's intervals. What ended because of it stands again when it was the newest. */
#define ONE "(SELECT run_id FROM one)"
#define BEFORE "(SELECT before FROM one)"
#define AFTER "(SELECT after FROM one)"
#define CUT(table, of_list) \
    "DELETE FROM " table " WHERE " of_list " AND first_run = " ONE " AND (last_run = " ONE " OR (last_run IS NULL " \
        "AND " AFTER " IS NULL));" \
    "UPDATE " table " SET first_run = " AFTER " WHERE " of_list " AND first_run = " ONE ";" \
    "UPDATE " table " SET last_run = " BEFORE " WHERE " of_list " AND last_run = " ONE ";" \
    "UPDATE " table " SET last_run = NULL WHERE " of_list " AND " AFTER " IS NULL AND last_run = " BEFORE ";"
#define OF_LIST "list_id = (SELECT list_id FROM one)"

static const char one_sql[] =
    "CREATE TEMP TABLE oldest (list_id INTEGER, run_id INTEGER); CREATE TEMP TABLE gone AS SELECT run_id FROM one;";

/* The columns of a list, and what the checks keep, have tables of their own. */
static const char cut_sql[] =
    "UPDATE mx_grown SET run_id = " AFTER " WHERE run_id = " ONE " AND EXISTS (SELECT 1 FROM domain_history h WHERE"
    " h.domain_id = mx_grown.domain_id AND h.list_id = (SELECT list_id FROM one) AND h.first_run = " ONE
    " AND h.last_run IS NOT " ONE ") AND " AFTER " IS NOT NULL;"
    CUT("domain_history", OF_LIST) CUT("host_history", OF_LIST) CUT("judgement", OF_LIST) CUT("policy_history", OF_LIST)
    CUT("host_policy_history", OF_LIST) CUT("sts_history", OF_LIST) CUT("smtp_history", OF_LIST)
    CUT("verdict_count", OF_LIST) CUT("tld_count", OF_LIST) CUT("impact", OF_LIST)
    CUT("facet_block", "facet_id IN (SELECT id FROM facet WHERE " OF_LIST ")")
    "DELETE FROM shared WHERE run_id = " ONE "; UPDATE run SET previous_run = " BEFORE " WHERE previous_run = " ONE ";";

/* What CLIP does, of a table that knows its list through another. */
#define OLDEST_OF_FACET \
    "(SELECT o.run_id FROM oldest o JOIN facet f ON f.list_id = o.list_id WHERE f.id = facet_block.facet_id)"

#define OF_RUNS(table) "DELETE FROM " table " WHERE run_id IN (SELECT run_id FROM gone);"

static const char forget_sql[] = CLIP("domain_history") CLIP("host_history")
    FORGET("domain_history", "domain_id") FORGET("host_history", "host_id")
    CLIP("judgement") CLIP("verdict_count") CLIP("tld_count") CLIP("impact")
                      "DELETE FROM facet_block WHERE last_run < " OLDEST_OF_FACET ";"
                      "UPDATE facet_block SET first_run = " OLDEST_OF_FACET " WHERE first_run < " OLDEST_OF_FACET
                      ";" OF_RUNS("run_note") OF_RUNS("run_input") OF_RUNS("run_resolver") OF_RUNS("run_control")
                          OF_RUNS("member") OF_RUNS("reject") OF_RUNS("malformed") OF_RUNS("mx_grown") OF_RUNS(
                              "withdrawal") "DELETE FROM run WHERE id IN (SELECT run_id FROM gone);"
                                            "UPDATE run SET previous_run = NULL WHERE previous_run IN (SELECT run_id "
                                            "FROM gone);";

/* From the ends inwards: each statement may only trust what the ones before it have left. */
static const char sweep_sql[] =
    "CREATE TEMP TABLE kept_domain AS SELECT DISTINCT domain_id AS id FROM domain_history;"
    "DELETE FROM domain WHERE id NOT IN (SELECT id FROM kept_domain) AND NOT EXISTS (SELECT 1 FROM member m"
    " WHERE m.first_domain <= domain.id AND m.last_domain >= domain.id);"
    "DELETE FROM measurement WHERE NOT EXISTS (SELECT 1 FROM domain WHERE id BETWEEN block * 4096 AND block * 4096 + "
    "4095);"
    "CREATE TEMP TABLE kept_set AS SELECT DISTINCT mx_set_id AS id FROM domain_history WHERE mx_set_id IS NOT NULL;"
    "DELETE FROM mx_entry WHERE set_id NOT IN (SELECT id FROM kept_set);"
    "DELETE FROM mx_pool WHERE domain_id NOT IN (SELECT id FROM kept_domain);"
    "DELETE FROM mx_grown WHERE domain_id NOT IN (SELECT id FROM kept_domain);"
    "CREATE TEMP TABLE kept_host AS SELECT host_id AS id FROM mx_entry UNION SELECT host_id FROM mx_pool"
    " UNION SELECT implicit_host_id FROM domain_history WHERE implicit_host_id IS NOT NULL;"
    "DELETE FROM host_history WHERE host_id NOT IN (SELECT id FROM kept_host);"
    "DELETE FROM host_label WHERE host_id NOT IN (SELECT id FROM kept_host);"
    "DELETE FROM host WHERE id NOT IN (SELECT id FROM kept_host);"
    "DELETE FROM address_pool WHERE host_id NOT IN (SELECT id FROM kept_host);"
    "CREATE TEMP TABLE kept_address_set AS SELECT a_set_id AS id FROM host_history WHERE a_set_id IS NOT NULL"
    " UNION SELECT aaaa_set_id FROM host_history WHERE aaaa_set_id IS NOT NULL;"
    "DELETE FROM address_entry WHERE set_id NOT IN (SELECT id FROM kept_address_set);"
    "DELETE FROM address WHERE id NOT IN (SELECT address_id FROM address_entry UNION SELECT address_id FROM "
    "address_pool);"
    "DELETE FROM asn WHERE id NOT IN (SELECT asn FROM address WHERE asn IS NOT NULL);"
    "CREATE TEMP TABLE kept_text AS SELECT alias_id AS id FROM domain_history WHERE alias_id IS NOT NULL"
    " UNION SELECT alias_id FROM host_history WHERE alias_id IS NOT NULL;"
    "DELETE FROM text WHERE id NOT IN (SELECT id FROM kept_text);"
    "DELETE FROM verdict WHERE id NOT IN (SELECT verdict_id FROM judgement);"
    "DELETE FROM verdict_label WHERE verdict_id NOT IN (SELECT id FROM verdict);"
    "DELETE FROM verdict_finding WHERE verdict_id NOT IN (SELECT id FROM verdict);"
    "DELETE FROM verdict_value WHERE verdict_id NOT IN (SELECT id FROM verdict);"
    "DELETE FROM provider WHERE id NOT IN (SELECT provider_id FROM verdict_label UNION SELECT provider_id FROM "
    "host_label);"
    "DELETE FROM resolver WHERE id NOT IN (SELECT resolver_id FROM run_resolver UNION SELECT resolver_id FROM "
    "measured_resolver"
    " UNION SELECT resolver_id FROM malformed);"
    "DROP TABLE kept_domain; DROP TABLE kept_set; DROP TABLE kept_host; DROP TABLE kept_address_set; DROP TABLE "
    "kept_text;"
    "DROP TABLE measured_resolver;";

/* The checks auth and transport keep theirs in tables of their own. */
static const char policies_clip_sql[] =
    CLIP("policy_history") CLIP("host_policy_history") CLIP("sts_history") CLIP("smtp_history") OF_RUNS("shared");
static const char policies_sweep_sql[] =
    "DELETE FROM policy_history WHERE domain_id NOT IN (SELECT id FROM domain);"
    "DELETE FROM sts_history WHERE domain_id NOT IN (SELECT id FROM domain);"
    "DELETE FROM host_policy_history WHERE host_id NOT IN (SELECT id FROM host);"
    "DELETE FROM smtp_history WHERE host_id NOT IN (SELECT id FROM host) OR address_id NOT IN (SELECT id FROM address);"
    "DELETE FROM smtp_measured WHERE address_id NOT IN (SELECT address_id FROM smtp_history);"
    "DELETE FROM certificate WHERE id NOT IN (SELECT certificate_id FROM smtp_history WHERE certificate_id IS NOT NULL "
    "UNION SELECT"
    " certificate_id FROM smtp_answer WHERE certificate_id IS NOT NULL);"
    "DELETE FROM server_signal WHERE value NOT IN (SELECT rtrim(lower(name), '.') FROM smtp_history WHERE name IS NOT "
    "NULL"
    " UNION SELECT banner_name FROM smtp_history WHERE banner_name IS NOT NULL UNION SELECT j.value FROM certificate c,"
    " json_each(CASE WHEN json_valid(c.names) THEN c.names ELSE '[]' END) j);"
    "DELETE FROM policy WHERE id NOT IN (SELECT policy_id FROM policy_history) AND id NOT IN (SELECT policy_id FROM "
    "host_policy_history);"
    "DELETE FROM policy_text WHERE policy_id NOT IN (SELECT id FROM policy);"
    "DELETE FROM evidence WHERE policy_id NOT IN (SELECT id FROM policy);";

static enum mxs_err choose(mxs_store *store, const struct mxs_prune_options *options, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, choose_sql);
    mxs_query_int(&query, 1, options->runs);
    mxs_query_int(&query, 2, options->since);
    mxs_query_run(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK && options->list != NULL) {
        mxs_query_open(&query, store, "DELETE FROM oldest WHERE list_id NOT IN (SELECT id FROM list WHERE name = ?1)");
        mxs_query_text(&query, 1, options->list, strlen(options->list));
        mxs_query_run(&query);
        err = mxs_query_finish(&query, detail);
    }
    return err == MXS_OK ? mxs_store_run(store, gone_sql, detail) : err;
}

/* One run: it must be there, and over. */
static enum mxs_err choose_one(mxs_store *store, int64_t run, struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t found = 0, running = 0, next = 0;
    mxs_query_open(
        &query, store,
        "CREATE TEMP TABLE one AS SELECT r.id AS run_id, r.list_id, r.state = 'running' AS running,"
        " (SELECT max(p.id) FROM run p WHERE p.list_id = r.list_id AND p.state = 'complete' AND p.id < r.id) AS before,"
        " (SELECT min(n.id) FROM run n WHERE n.list_id = r.list_id AND n.state = 'complete' AND n.id > r.id) AS after"
        " FROM run r WHERE r.id = ?1");
    mxs_query_int(&query, 1, run);
    mxs_query_run(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err == MXS_OK)
        err = mxs_query_one_int(store, "SELECT count(*) FROM one", 0, &found, detail);
    if (err == MXS_OK)
        err = mxs_query_one_int(store, "SELECT count(*) FROM one WHERE running", 0, &running, detail);
    if (err == MXS_OK && found == 0)
        return mxs_err_set(detail, MXS_ERR_INPUT, "there is no run %lld: `mxsurvey runs DB` lists them",
                           (long long)run);
    if (err == MXS_OK && running != 0)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "run %lld is unfinished: finish it, or let the next scan start over with --new",
                           (long long)run);
    /* A run that is being judged has already ended what stood in the run before it. */
    if (err == MXS_OK)
        err = mxs_query_one_int(store,
                                "SELECT ifnull((SELECT max(n.id) FROM one o JOIN run n ON n.list_id = o.list_id"
                                " WHERE o.after IS NULL AND n.id > o.run_id AND n.stage IN ('judge', 'finish')), 0)",
                                0, &next, detail);
    if (err == MXS_OK && next != 0)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "run %lld is being judged against run %lld: let it finish (`mxsurvey runs DB` tells how)",
                           (long long)next, (long long)run);
    if (err == MXS_OK)
        err = mxs_store_run(store, one_sql, detail);
    return err == MXS_OK ? mxs_store_run(store, cut_sql, detail) : err;
}

static enum mxs_err file_size(mxs_store *store, int64_t *out, struct mxs_detail *detail)
{
    int64_t pages = 0, page_size = 0;
    enum mxs_err err = mxs_query_one_int(store, "PRAGMA page_count", 0, &pages, detail);
    if (err == MXS_OK)
        err = mxs_query_one_int(store, "PRAGMA page_size", 0, &page_size, detail);
    if (err == MXS_OK)
        *out = pages * page_size;
    return err;
}

/* Resolvers that measurements name; SQL cannot look into those. Few, and the same one thousands of times in a row. */
static enum mxs_err note_resolvers(mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_measured measured;
    struct mxs_measured_row row;
    struct mxs_query insert;
    uint32_t last = 0;
    enum mxs_err err =
        mxs_store_run(store, "CREATE TEMP TABLE measured_resolver (resolver_id INTEGER PRIMARY KEY)", detail);
    if (err != MXS_OK)
        return err;
    mxs_measured_open(&measured, store, 0, UINT32_MAX);
    mxs_query_open(&insert, store, "INSERT OR IGNORE INTO measured_resolver VALUES (?1)");
    while (mxs_measured_next(&measured, &row)) {
        if (row.resolver == last)
            continue;
        last = row.resolver;
        mxs_query_int(&insert, 1, last);
        mxs_query_run(&insert);
    }
    err = mxs_query_finish(&insert, detail);
    enum mxs_err end = mxs_measured_finish(&measured, err == MXS_OK ? detail : NULL);
    return err == MXS_OK ? end : err;
}

static enum mxs_err forget(mxs_store *store, const struct mxs_prune_options *options, struct mxs_prune_result *result,
                           struct mxs_detail *detail)
{
    enum mxs_err err = options->one != 0 ? choose_one(store, options->one, detail) : choose(store, options, detail);
    if (err == MXS_OK)
        err = mxs_query_one_int(store, "SELECT count(*) FROM gone", 0, &result->forgotten, detail);
    if (err == MXS_OK && result->forgotten > 0)
        err = mxs_store_run(store, remember_sql, detail);
    if (err == MXS_OK && result->forgotten > 0)
        err = mxs_store_run(store, forget_sql, detail);
    int64_t policies = 0; /* a database made before there were such checks has no such tables */
    if (err == MXS_OK)
        err = mxs_query_one_int(store, "SELECT count(*) FROM sqlite_schema WHERE name = 'policy_history'", 0, &policies,
                                detail);
    if (err == MXS_OK && result->forgotten > 0 && policies > 0 && options->one == 0)
        err = mxs_store_run(store, policies_clip_sql, detail);
    int64_t unfinished = 0; /* their journals name hosts, sets and texts where no statement can look */
    if (err == MXS_OK)
        err = mxs_query_one_int(store, "SELECT count(*) FROM run WHERE state = 'running'", 0, &unfinished, detail);
    result->postponed = result->forgotten > 0 && unfinished > 0;
    if (err == MXS_OK && result->forgotten > 0 && unfinished == 0)
        err = note_resolvers(store, detail);
    if (err == MXS_OK && result->forgotten > 0 && unfinished == 0)
        err = mxs_store_run(store, sweep_sql, detail);
    if (err == MXS_OK && result->forgotten > 0 && unfinished == 0)
        err = mxs_facets_sweep(store, detail);
    if (err == MXS_OK && result->forgotten > 0 && unfinished == 0 && policies > 0)
        err = mxs_store_run(store, policies_sweep_sql, detail);
    if (err == MXS_OK)
        err = mxs_query_one_int(store, "SELECT count(*) FROM run WHERE state = 'complete'", 0, &result->kept, detail);
    if (err == MXS_OK)
        err = mxs_store_run(store, "DROP TABLE oldest; DROP TABLE gone; DROP TABLE IF EXISTS one;", detail);
    return err;
}

enum mxs_err mxs_prune_run(mxs_store *store, const struct mxs_prune_options *options, struct mxs_prune_result *out,
                           struct mxs_detail *detail)
{
    struct mxs_prune_result result = {0};
    enum mxs_err err = file_size(store, &result.before_bytes, detail);
    if (err == MXS_OK)
        err = mxs_store_begin(store, detail);
    if (err != MXS_OK)
        return err;
    err = forget(store, options, &result, detail);
    err = mxs_store_end(store, err, detail);
    if (err == MXS_OK && result.forgotten > 0)
        err = mxs_store_finish_run(store, detail); /* gives the free pages back */
    if (err == MXS_OK)
        err = file_size(store, &result.after_bytes, detail);
    if (err == MXS_OK)
        *out = result;
    return err;
}
