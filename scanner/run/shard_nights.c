#include "scanner/run/internal/shard_nights.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "scanner/run/internal/stages.h"

/* Of run_note: the identities, as a JSON list. */
#define KIND "'shards'"
#define IDENTITY_SIZE 200

/* What tells this run of this shard from any other. */
static void write_identity(const struct mxs_shard_run *shard, char out[IDENTITY_SIZE])
{
    snprintf(out, IDENTITY_SIZE,
             "%u/%u run %" PRId64 " began %" PRId64 " ended %" PRId64 " active_ms %" PRId64 " sent %" PRId64
             " rtt_us %" PRId64,
             shard->shard.number, shard->shard.count, shard->run, shard->started_at, shard->finished_at,
             shard->active_ms, shard->datagrams, shard->rtt_sum_us);
}

enum mxs_err mxs_shard_nights_check(mxs_store *store, const struct mxs_shard_run *shards, uint32_t count,
                                    const char *out, struct mxs_detail *detail)
{
    struct mxs_query query;
    char identity[IDENTITY_SIZE];
    int64_t run = 0;
    uint32_t found = 0;
    mxs_query_open(&query, store,
                   "SELECT n.run_id FROM run_note n, json_each(n.text) j WHERE n.kind = " KIND " AND j.value = ?1");
    for (uint32_t i = 0; run == 0 && i < count; i++) {
        write_identity(&shards[i], identity);
        mxs_query_text(&query, 1, identity, strlen(identity));
        if (mxs_query_next(&query))
            run = mxs_query_column_int(&query, 0);
        mxs_query_reset(&query);
        found = i;
    }
    enum mxs_err err = mxs_query_finish(&query, detail);
    return err == MXS_OK && run != 0 ? mxs_err_set(detail, MXS_ERR_INPUT,
                                                   "%s: was merged already, into run %" PRId64 " of %s",
                                                   shards[found].path, run, out)
                                     : err;
}

static enum mxs_err put_identities(mxs_store *store, int64_t run, const struct mxs_shard_run *shards, uint32_t count,
                                   struct mxs_detail *detail)
{
    struct mxs_query query;
    char identity[IDENTITY_SIZE];
    mxs_query_open(&query, store, "INSERT INTO run_note (run_id, at, kind, text) VALUES (?1, ?2, " KIND ", '[]')");
    mxs_query_int(&query, 1, run);
    mxs_query_int(&query, 2, mxs_clock_unix_s());
    mxs_query_run(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    if (err != MXS_OK)
        return err;
    mxs_query_open(&query, store,
                   "UPDATE run_note SET text = json_insert(text, '$[#]', ?2) WHERE run_id = ?1 AND kind = " KIND);
    mxs_query_int(&query, 1, run);
    for (uint32_t i = 0; i < count; i++) {
        write_identity(&shards[i], identity);
        mxs_query_text(&query, 2, identity, strlen(identity));
        mxs_query_run(&query);
    }
    return mxs_query_finish(&query, detail);
}

/* Nights follow the order in which they are merged. A clock that says otherwise is named: it, or the order, is wrong.
 */
static enum mxs_err put_backward(mxs_store *store, const struct mxs_scan_run *run, const struct mxs_shard_run *shards,
                                 uint32_t count, struct mxs_detail *detail)
{
    char text[200];
    int64_t ended = 0;
    uint32_t backward = 0;
    struct mxs_query query;
    mxs_query_open(&query, store, "SELECT finished_at FROM run WHERE id = ?1");
    mxs_query_int(&query, 1, run->previous);
    if (mxs_query_next(&query))
        ended = mxs_query_column_int(&query, 0);
    mxs_query_reset(&query);
    enum mxs_err err = mxs_query_finish(&query, detail);
    for (uint32_t i = 0; i < count; i++)
        backward += shards[i].finished_at < ended;
    if (err != MXS_OK || backward == 0)
        return err;
    snprintf(text, sizeof text,
             "by their clocks %u of %u shards ended before run %" PRId64
             " did; nights follow the order in which they are merged",
             backward, count, run->previous);
    mxs_log(MXS_LOG_NOTE, "%s: if they are of an earlier night, `prune --run %" PRId64 "` takes them out", text,
            run->id);
    return mxs_run_put_note(store, run->id, "unfit", text, detail);
}

enum mxs_err mxs_shard_nights_put(mxs_store *store, const struct mxs_scan_run *run, const struct mxs_shard_run *shards,
                                  uint32_t count, struct mxs_detail *detail)
{
    enum mxs_err err = put_identities(store, run->id, shards, count, detail);
    return err == MXS_OK && run->previous != 0 ? put_backward(store, run, shards, count, detail) : err;
}
