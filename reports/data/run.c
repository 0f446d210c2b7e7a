#include "reports/data/run.h"

#include <stdio.h>
#include <string.h>

#include "base/shell.h"

bool mxs_run_has_check(const char *checks, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = checks; at != NULL; at = strchr(at, ',') != NULL ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, name, size) == 0 && (at[size] == ',' || at[size] == '\0'))
            return true;
    return false;
}

const char *mxs_run_unchecked_text(const struct mxs_run *run)
{
    return run->hosts_asked ? NULL : MXS_RUN_UNCHECKED;
}

/* A check that nobody here has heard of is one of records. */
static bool has_check_of_records(const char *checks)
{
    static const char *const others[] = {"mx", "host", "smtp"};
    size_t count = 0;
    for (const char *at = checks; at != NULL && *at != '\0'; at = strchr(at, ',') != NULL ? strchr(at, ',') + 1 : NULL)
        count++;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        count -= mxs_run_has_check(checks, others[i]);
    return count > 0;
}

static void copy_text(char *out, size_t out_size, struct mxs_query *query, int column)
{
    snprintf(out, out_size, "%s", mxs_query_column_text(query, column, NULL));
}

static void read_run(struct mxs_run *run, struct mxs_query *query)
{
    memset(run, 0, sizeof *run);
    run->id = mxs_query_column_int(query, 0);
    run->list_id = mxs_query_column_int(query, 1);
    copy_text(run->list, sizeof run->list, query, 2);
    copy_text(run->checks, sizeof run->checks, query, 4);
    run->hosts_asked = mxs_run_has_check(run->checks, "host");
    run->policies_asked = mxs_run_has_check(run->checks, "auth");
    run->servers_met = mxs_run_has_check(run->checks, "smtp");
    run->transport_asked = mxs_run_has_check(run->checks, "transport");
    run->records_asked = has_check_of_records(run->checks);
    run->started_at = mxs_query_column_int(query, 5);
    run->finished_at = mxs_query_column_int(query, 6);
    run->active_ms = mxs_query_column_int(query, 7);
    run->previous = mxs_query_column_int(query, 8);
    run->degraded = mxs_query_column_int(query, 9) != 0;
    run->sts_fetched = run->transport_asked && mxs_query_column_int(query, 10) != 0;
    copy_text(run->shard, sizeof run->shard, query, 11);
    run->partial = strstr(run->shard, " of ") != NULL;
    run->unsettled = run->degraded && !run->partial;
}

/* A merge without some shards is degraded by that; by its names, too, where the names say so. */
static enum mxs_err find_unsettled(mxs_store *store, struct mxs_run *run, struct mxs_detail *detail)
{
    struct mxs_query query;
    if (!run->degraded || !run->partial)
        return MXS_OK;
    mxs_query_open(&query, store, "SELECT 100 * sum(domains * (state = 'undetermined')) > 5 * sum(domains) FROM v_state"
                                  " WHERE run_id = ?1");
    mxs_query_int(&query, 1, run->id);
    run->unsettled = mxs_query_next(&query) && mxs_query_column_int(&query, 0) != 0;
    return mxs_query_finish(&query, detail);
}

const char *mxs_run_degraded_text(const struct mxs_run *run, char out[MXS_RUN_TEXT_SIZE])
{
    const char *names = run->unsettled ? "more than 5 % of the names could not be determined" : "";
    if (run->partial)
        snprintf(out, MXS_RUN_TEXT_SIZE, "shards are missing: %s were merged%s%s", run->shard,
                 run->unsettled ? ", and " : "", names);
    else
        snprintf(out, MXS_RUN_TEXT_SIZE, "%s", names);
    return out;
}

const char *mxs_run_shard_text(const struct mxs_run *run, char out[MXS_RUN_TEXT_SIZE])
{
    bool whole = run->shard[0] == '\0' || run->partial || strcmp(run->shard, "1/1") == 0;
    out[0] = '\0';
    if (!whole)
        snprintf(out, MXS_RUN_TEXT_SIZE, ", shard %s: a part of the list, which `mxsurvey merge` joins with the others",
                 run->shard);
    return out;
}

enum mxs_err mxs_run_sums_read(mxs_store *store, int64_t run_id, struct mxs_run_sums *out, struct mxs_detail *detail)
{
    struct mxs_query query;
    int64_t stored = 0;
    *out = (struct mxs_run_sums){0};
    mxs_query_open(&query, store,
                   "SELECT lines, accepted, rejected, duplicates, other_shard FROM v_run WHERE run_id = ?1");
    mxs_query_int(&query, 1, run_id);
    if (mxs_query_next(&query))
        *out = (struct mxs_run_sums){mxs_query_column_int(&query, 0), mxs_query_column_int(&query, 1),
                                     mxs_query_column_int(&query, 2), mxs_query_column_int(&query, 3),
                                     mxs_query_column_int(&query, 4), 0, false};
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err != MXS_OK || out->rejected == out->other_shard)
        return err;
    mxs_query_open(&query, store, "SELECT count(*), total(reason = 'excluded') FROM v_reject WHERE run_id = ?1");
    mxs_query_int(&query, 1, run_id);
    if (mxs_query_next(&query)) {
        stored = mxs_query_column_int(&query, 0);
        out->excluded = mxs_query_column_int(&query, 1);
    }
    out->more = stored < out->rejected - out->other_shard;
    return mxs_query_finish(&query, detail);
}

void mxs_run_put_sums(mxs_out *out, const struct mxs_run_sums *sums)
{
    mxs_out_number(out, sums->lines, " line = ", " lines = ");
    mxs_out_count(out, sums->accepted, " accepted + ");
    mxs_out_count(out, sums->rejected, " rejected");
    if (sums->other_shard > 0 || sums->excluded > 0)
        mxs_out_text(out, " (");
    if (sums->other_shard > 0)
        mxs_out_number(out, sums->other_shard, " name of another shard", " names of other shards");
    if (sums->excluded > 0) {
        mxs_out_text(out, sums->other_shard > 0 ? ", " : "");
        mxs_out_text(out, sums->more ? "at least " : "");
        mxs_out_count(out, sums->excluded, " excluded");
    }
    mxs_out_text(out, sums->other_shard > 0 || sums->excluded > 0 ? ") + " : " + ");
    mxs_out_count(out, sums->duplicate, " duplicate");
}

/* The newest run that matches; *state gets its state, "" when there is none. */
static enum mxs_err newest(mxs_store *store, int64_t id, const char *list, bool complete, struct mxs_run *run,
                           char *state, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(
        &query, store,
        "SELECT r.id, r.list_id, l.name, r.state, r.checks, r.started_at, r.finished_at, r.active_ms, r.previous_run,"
        " r.degraded, json_valid(r.options) AND r.options ->> 'fetch-sts', r.shard FROM run r"
        " JOIN list l ON l.id = r.list_id"
        " WHERE (?1 = 0 OR r.id = ?1) AND (?2 IS NULL OR l.name = ?2) AND (?3 = 0 OR r.state = 'complete')"
        " ORDER BY r.id DESC LIMIT 1");
    mxs_query_int(&query, 1, id);
    mxs_query_text(&query, 2, list, list != NULL ? strlen(list) : 0);
    mxs_query_int(&query, 3, complete);
    state[0] = '\0';
    if (mxs_query_next(&query)) {
        copy_text(state, 16, &query, 3);
        read_run(run, &query);
    }
    return mxs_query_finish(&query, detail);
}

/* A list that has no run here: the lists that have one are named. */
static enum mxs_err refuse_list(mxs_store *store, const char *list, struct mxs_detail *detail)
{
    const char *path = mxs_store_path(store);
    struct mxs_query query;
    char names[1024] = "";
    size_t used = 0, count = 0;
    mxs_query_open(&query, store, "SELECT name FROM list WHERE id IN (SELECT list_id FROM run) ORDER BY name");
    for (; mxs_query_next(&query); count++) {
        const char *name = mxs_query_column_text(&query, 0, NULL);
        if (used + strlen(name) + 8 < sizeof names) /* else it ends in "..." */
            used += (size_t)sprintf(names + used, "%s%s", count == 0 ? "" : ", ", name);
        else if (used < 3 || strcmp(names + used - 3, "...") != 0)
            used += (size_t)sprintf(names + used, ", ...");
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err != MXS_OK)
        return err;
    if (count == 0)
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: holds no run: `mxsurvey scan -o %s LIST` makes one", path,
                           MXS_SHELL_WORD(path));
    return mxs_err_set(detail, MXS_ERR_INPUT, "%s: holds no run of list %.100s; its %s %s", path, list,
                       count == 1 ? "only list is" : "lists are", names);
}

static enum mxs_err refuse(mxs_store *store, int64_t id, const char *list, const struct mxs_run *any, const char *state,
                           struct mxs_detail *detail)
{
    const char *path = mxs_store_path(store);
    if (state[0] == '\0' && id != 0)
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: there is no run %lld%s%.100s: `mxsurvey runs %s` lists them",
                           path, (long long)id, list != NULL ? " of list " : "", list != NULL ? list : "",
                           MXS_SHELL_WORD(path));
    if (state[0] == '\0' && list != NULL)
        return refuse_list(store, list, detail);
    if (state[0] == '\0')
        return mxs_err_set(detail, MXS_ERR_INPUT, "%s: holds no run: `mxsurvey scan -o %s LIST` makes one", path,
                           MXS_SHELL_WORD(path));
    if (strcmp(state, "abandoned") == 0)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "run %lld of list %.100s was abandoned: `mxsurvey runs %s` lists complete ones",
                           (long long)any->id, any->list, MXS_SHELL_WORD(path));
    enum mxs_store_work work = MXS_WORK_SCANNING;
    int64_t pid = 0;
    if (mxs_store_find_writer(path, &pid, &work) == MXS_WRITER_ALIVE && work == MXS_WORK_SCANNING)
        return mxs_err_set(detail, MXS_ERR_INPUT,
                           "run %lld of list %.100s is running: `mxsurvey runs %s` says how far it is",
                           (long long)any->id, any->list, MXS_SHELL_WORD(path));
    return mxs_err_set(detail, MXS_ERR_INPUT,
                       "run %lld of list %.100s is unfinished: `mxsurvey scan -o %s LIST` resumes it",
                       (long long)any->id, any->list, MXS_SHELL_WORD(path));
}

enum mxs_err mxs_run_find(mxs_store *store, int64_t id, const char *list, struct mxs_run *out,
                          struct mxs_detail *detail)
{
    char state[16];
    struct mxs_run run;
    enum mxs_err err = newest(store, id, list, true, &run, state, detail);
    if (err != MXS_OK)
        return err;
    if (state[0] != '\0') {
        *out = run;
        return find_unsettled(store, out, detail);
    }
    err = newest(store, id, list, false, &run, state, detail);
    return err != MXS_OK ? err : refuse(store, id, list, &run, state, detail);
}

static const struct mxs_column run_columns[] = {
    {"run", "run", MXS_UNIT_NUMBER, 0},
    {"list", "list", MXS_UNIT_TEXT, 0},
    {"state", "state", MXS_UNIT_TEXT, 0},
    {"started_at", "started", MXS_UNIT_TIME, 0},
    {"finished_at", "finished", MXS_UNIT_TIME, 0},
    {"active_ms", "time", MXS_UNIT_DURATION, 0},
    {"previous_run", "previous run", MXS_UNIT_NUMBER, 0},
    {"checks", "checks", MXS_UNIT_TEXT, 0},
    {"shard", "shard", MXS_UNIT_TEXT, 0},
    {"seed", "seed", MXS_UNIT_NUMBER, 0},
    {"input_digest", "input digest", MXS_UNIT_TEXT, 0},
    {"degraded", "degraded", MXS_UNIT_FLAG, 0},
    {"agreement_asked", "asked again", MXS_UNIT_COUNT, 0},
    {"agreement_same", "same answer", MXS_UNIT_COUNT, 0},
    {"datagrams", "datagrams", MXS_UNIT_COUNT, 0},
    {"tcp_connections", "TCP connections", MXS_UNIT_COUNT, 0},
    {"forged", "forged datagrams", MXS_UNIT_COUNT, 0},
    {"inputs", "lists", MXS_UNIT_JSON, 0},
    {"options", "options", MXS_UNIT_JSON, 0},
    {"versions", "versions", MXS_UNIT_JSON, 0},
};

enum mxs_err mxs_run_table(mxs_store *store, int64_t id, struct mxs_table *out, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_table_init(out, "run", "The run", run_columns, sizeof run_columns / sizeof *run_columns);
    mxs_query_open(
        &query, store,
        "SELECT run_id, list, state, started_at, finished_at, active_ms, previous_run, checks, shard, seed,"
        " input_digest, degraded, agreement_asked, agreement_same, datagrams, tcp_connections, forged," MXS_RUN_INPUTS
        ","
        " CASE WHEN json_valid(options) THEN json(options) END,"
        " CASE WHEN json_valid(versions) THEN json(versions) END FROM v_run v WHERE run_id = ?1");
    mxs_query_int(&query, 1, id);
    return mxs_table_fill(out, &query, detail);
}
