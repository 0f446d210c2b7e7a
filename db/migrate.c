/* A step changes tables, from one version to the next, and is never edited once it has landed. Words, counts and views
 * have no steps: they are written anew whenever the digest of this build's is not the one in the file, so a word or a
 * view more needs no new version. */
#include "db/internal/migrate.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/intern.h"
#include "db/counts.h"
#include "db/query.h"
#include "db/words.h"
#include "model/usable.h"

extern const char mxs_schema_sql[], mxs_migrate_3_sql[], mxs_migrate_4_sql[];
extern const char mxs_views_run_sql[], mxs_views_domain_sql[], mxs_views_verdict_sql[], mxs_views_count_sql[],
    mxs_views_provider_sql[], mxs_views_redundancy_sql[], mxs_views_policy_sql[], mxs_views_list_sql[],
    mxs_views_server_sql[], mxs_views_change_sql[];

/* In an order in which no view stands before one that it reads: a reader of the files may run them so. */
static const char *const views[] = {
    mxs_views_run_sql,      mxs_views_domain_sql,     mxs_views_verdict_sql, mxs_views_count_sql,
    mxs_views_provider_sql, mxs_views_redundancy_sql, mxs_views_policy_sql,  mxs_views_list_sql,
    mxs_views_server_sql,   mxs_views_change_sql,
};
#define VIEWS (sizeof views / sizeof *views)

/* --- what is written anew --- */

static int64_t digest(void)
{
    static const uint64_t key[2] = {0x6d78737572766579, 0x76696577732e2e2e};
    uint64_t sum = mxs_words_digest();
    for (size_t i = 0; i < VIEWS; i++)
        sum = sum * 31 + mxs_hash(key, views[i], strlen(views[i]));
    return (int64_t)(sum >> 1);
}

static enum mxs_err drop_views(mxs_store *store, struct mxs_detail *detail)
{
    char name[128], sql[160] = "";
    enum mxs_err err = MXS_OK;
    do { /* one after the other: the list changes under a statement that reads it */
        struct mxs_query query;
        mxs_query_open(
            &query, store,
            "SELECT name FROM sqlite_schema WHERE type = 'view' AND name GLOB 'v_[a-z]*' AND name NOT GLOB '*[^a-z_]*'"
            " AND length(name) < 100 LIMIT 1");
        bool more = mxs_query_next(&query);
        snprintf(name, sizeof name, "%s", more ? mxs_query_column_text(&query, 0, NULL) : "");
        mxs_query_reset(&query);
        err = mxs_query_finish(&query, detail);
        snprintf(sql, sizeof sql, "DROP VIEW %s", name);
        if (err == MXS_OK && more)
            err = mxs_store_run(store, sql, detail);
    } while (err == MXS_OK && name[0] != '\0');
    return err;
}

static enum mxs_err write_views(mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = drop_views(store, detail);
    for (size_t i = 0; err == MXS_OK && i < VIEWS; i++)
        err = mxs_store_run(store, views[i], detail);
    return err;
}

const char *mxs_migrate_view_text(size_t at) { return at < VIEWS ? views[at] : NULL; }

static enum mxs_err write_anew(mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_words_write(store, detail);
    if (err == MXS_OK)
        err = write_views(store, detail);
    if (err == MXS_OK)
        err = mxs_counts_write_missing(store, detail);
    if (err != MXS_OK)
        return err;
    struct mxs_query query;
    mxs_query_open(&query, store, "INSERT OR REPLACE INTO made VALUES (1, ?1)");
    mxs_query_int(&query, 1, digest());
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

/* --- steps --- */

/* What is decided by names is decided in C. */
static enum mxs_err mark_deliverable(mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query names, mark;
    mxs_query_open(&names, store, "SELECT id, name FROM host ORDER BY id");
    mxs_query_open(&mark, store, "UPDATE host SET deliverable = 0 WHERE id = ?1");
    while (mxs_query_next(&names)) {
        size_t size_bytes;
        const char *name = mxs_query_column_text(&names, 1, &size_bytes);
        if (mxs_usable_name((struct mxs_text){name, (uint32_t)size_bytes}))
            continue;
        mxs_query_int(&mark, 1, mxs_query_column_int(&names, 0));
        mxs_query_run(&mark);
    }
    struct mxs_query *const both[] = {&names, &mark};
    return mxs_query_finish_each(both, 2, MXS_OK, detail);
}

static const char usable_sql[] =
    "UPDATE host_history SET usable = CASE WHEN NOT (SELECT h.deliverable FROM host h WHERE h.id = host_id) THEN 0"
    " WHEN EXISTS (SELECT 1 FROM address_entry e JOIN address a ON a.id = e.address_id WHERE a.public"
    " AND ((a_outcome = 0 AND e.set_id = a_set_id) OR (aaaa_outcome = 0 AND e.set_id = aaaa_set_id))) THEN 1"
    " WHEN a_outcome <= 2 AND aaaa_outcome <= 2 THEN 0 END;";

static enum mxs_err migrate_to_3(mxs_store *store, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_run(store, mxs_migrate_3_sql, detail);
    if (err == MXS_OK)
        err = mark_deliverable(store, detail);
    if (err == MXS_OK)
        err = mxs_store_run(store, usable_sql, detail);
    return err;
}

static enum mxs_err migrate_to_4(mxs_store *store, struct mxs_detail *detail)
{
    return mxs_store_run(store, mxs_migrate_4_sql, detail);
}

/* A block of measurements begins with what its rows share: of those that are there, nothing. */
static enum mxs_err migrate_to_5(mxs_store *store, struct mxs_detail *detail)
{
    return mxs_store_run(store, "UPDATE measurement SET rows = CAST(x'00' || rows AS BLOB) WHERE rows <> x'';", detail);
}

/* More words: their rows are written with the others. */
static enum mxs_err migrate_to_6(mxs_store *store, struct mxs_detail *detail)
{
    return mxs_store_run(
        store,
        "CREATE TABLE sts_result (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, settled INTEGER NOT NULL) STRICT;"
        "CREATE TABLE sts_reason (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
        "CREATE TABLE sts_mode (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;",
        detail);
}

static enum mxs_err migrate_to_7(mxs_store *store, struct mxs_detail *detail)
{
    return mxs_store_run(
        store,
        "CREATE TABLE mx_pool (domain_id INTEGER NOT NULL, list_id INTEGER NOT NULL, preference INTEGER NOT NULL,"
        " host_id INTEGER NOT NULL, seen_run INTEGER NOT NULL, PRIMARY KEY (domain_id, list_id, preference, host_id))"
        " STRICT, WITHOUT ROWID;"
        "CREATE TABLE mx_grown (domain_id INTEGER NOT NULL, run_id INTEGER NOT NULL, PRIMARY KEY (domain_id, run_id))"
        " STRICT, WITHOUT ROWID;",
        detail);
}

static enum mxs_err (*const steps[])(mxs_store *store, struct mxs_detail *detail) = {
    [3] = migrate_to_3, [4] = migrate_to_4, [5] = migrate_to_5, [6] = migrate_to_6, [7] = migrate_to_7};
_Static_assert(sizeof steps / sizeof *steps == MXS_DB_VERSION + 1, "the last step leads to MXS_DB_VERSION");

/* --- all of it --- */

static enum mxs_err read_version(mxs_store *store, int64_t *version, bool *current, struct mxs_detail *detail)
{
    int64_t made = 0, known = 0;
    enum mxs_err err = mxs_query_one_int(store, "PRAGMA user_version", 0, version, detail);
    *current = false;
    if (err != MXS_OK || *version != MXS_DB_VERSION)
        return err;
    err = mxs_query_one_int(store, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'made'", 0,
                            &known, detail);
    if (err == MXS_OK && known > 0)
        err = mxs_query_one_int(store, "SELECT digest FROM made", 0, &made, detail);
    *current = made == digest();
    return err;
}

static enum mxs_err bring_up(mxs_store *store, int64_t version, struct mxs_detail *detail)
{
    char stamp[96];
    int64_t objects = 0;
    enum mxs_err err = MXS_OK;
    if (version == 0)
        err = mxs_query_one_int(store, "SELECT count(*) FROM sqlite_schema", 0, &objects, detail);
    if (err == MXS_OK && (objects != 0 || (version != 0 && version < MXS_DB_OLDEST) || version > MXS_DB_VERSION))
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB, "%s: schema %lld is not one this mxsurvey can bring up to date",
                           mxs_store_path(store), (long long)version);
    if (err == MXS_OK && version == 0)
        err = mxs_store_run(store, mxs_schema_sql, detail);
    if (err == MXS_OK && version != 0 && version != MXS_DB_VERSION)
        err = drop_views(store, detail); /* a table under a view is not renamed */
    for (int64_t step = version + 1; err == MXS_OK && version != 0 && step <= MXS_DB_VERSION; step++)
        err = steps[step](store, detail);
    if (err == MXS_OK)
        err = write_anew(store, detail);
    snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d;", MXS_DB_APPLICATION_ID,
             MXS_DB_VERSION);
    return err == MXS_OK ? mxs_store_run(store, stamp, detail) : err;
}

enum mxs_err mxs_migrate(mxs_store *store, struct mxs_detail *detail)
{
    int64_t version = 0;
    bool current = false;
    enum mxs_err err = read_version(store, &version, &current, detail);
    if (err != MXS_OK || current)
        return err;
    err = mxs_store_begin(store, detail);
    if (err == MXS_OK)
        err = bring_up(store, version, detail);
    return mxs_store_end(store, err, detail);
}

enum mxs_err mxs_migrate_is_current(mxs_store *store, bool *current, struct mxs_detail *detail)
{
    int64_t version = 0;
    return read_version(store, &version, current, detail);
}
