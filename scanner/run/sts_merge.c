#include "scanner/run/internal/sts.h"

#include <stdio.h>

#include "db/history.h"
#include "model/vocabulary.h"
#include "scanner/fetch/fetch.h"
#include "scanner/parse/mta_sts.h"
#include "scanner/parse/words.h"

#define AGE_SHORT_S 86400

enum mxs_err mxs_merge_sts(mxs_store *store, const struct mxs_scan_run *run, struct mxs_detail *detail)
{
    static const char *const keys[] = {"domain_id", NULL},
                      *const columns[] = {"id", "result", "reason", "mode", "max_age_s", "mx", NULL};
    char fresh[64];
    snprintf(fresh, sizeof fresh, "(SELECT * FROM sts_fetch WHERE run_id = %lld)", (long long)run->id);
    const struct mxs_history_table table = {"sts_history", keys, columns, fresh};
    return mxs_history_merge_table(store, &table, run->list_id, run->id, run->previous, detail);
}

/* --- judge --- */

enum { DOMAIN, RESULT, REASON, MODE, AGE, PATTERNS, STALE };

/* stale: the last file that could be read before this one said something else, and the record had the same id: whoever
 * keeps that one does not look again. */
void mxs_sts_judging_begin(struct mxs_sts_judging *judging, mxs_store *store, int64_t list, int64_t run)
{
    judging->open = true;
    mxs_query_open(
        &judging->intervals, store,
        "SELECT s.domain_id, s.result, s.reason, s.mode, s.max_age_s, s.mx, s.result = ?3 AND s.reason = ?4"
        " AND EXISTS (SELECT 1 FROM sts_history p WHERE p.domain_id = s.domain_id AND p.list_id = s.list_id"
        " AND p.id = s.id"
        " AND (p.mode <> s.mode OR p.max_age_s <> s.max_age_s OR p.mx IS NOT s.mx) AND p.first_run ="
        " (SELECT max(b.first_run) FROM sts_history b WHERE b.domain_id = s.domain_id AND b.list_id = s.list_id"
        " AND b.first_run < s.first_run AND b.result = ?3 AND b.reason = ?4))"
        " FROM sts_history s WHERE s.list_id = ?1 AND s.first_run <= ?2 AND ifnull(s.last_run, ?2) >= ?2 ORDER BY "
        "s.domain_id");
    mxs_query_int(&judging->intervals, 1, list);
    mxs_query_int(&judging->intervals, 2, run);
    mxs_query_int(&judging->intervals, 3, MXS_FETCH_OK);
    mxs_query_int(&judging->intervals, 4, MXS_MTA_STS_OK);
    judging->ahead = mxs_query_next(&judging->intervals);
}

void mxs_sts_judging_end(struct mxs_sts_judging *judging)
{
    if (!judging->open)
        return;
    enum mxs_err err = mxs_query_finish(&judging->intervals, NULL);
    (void)err; /* was asked for before */
    judging->open = judging->ahead = false;
}

enum mxs_err mxs_sts_judging_error(const struct mxs_sts_judging *judging, struct mxs_detail *detail)
{
    enum mxs_err err = judging->open ? mxs_query_error(&judging->intervals) : MXS_OK;
    if (err != MXS_OK && detail != NULL)
        *detail = judging->intervals.detail;
    return err;
}

static void compare_mx_hosts(struct mxs_text patterns, const struct mxs_text *hosts, uint32_t host_count,
                             struct mxs_policy_facts *facts)
{
    static struct mxs_text views[MXS_MTA_STS_MX_MAX];
    struct mxs_mta_sts_policy policy = {.mx = views};
    uint32_t covered = 0;
    for (struct mxs_text line; policy.mx_count < MXS_MTA_STS_MX_MAX && mxs_text_next(&patterns, '\n', &line);)
        views[policy.mx_count++] = line;
    for (uint32_t i = 0; i < host_count; i++)
        covered += mxs_mta_sts_policy_find(&policy, hosts[i]);
    facts->sts_uncovered = covered < host_count;
    facts->sts_none_covered = covered == 0 && host_count > 0;
}

void mxs_sts_judging_domain(struct mxs_sts_judging *judging, uint32_t domain, const struct mxs_text *hosts,
                            uint32_t host_count, struct mxs_policy_facts *facts)
{
    static const uint8_t marks[] = {[MXS_MTA_STS_NONE] = MXS_STS_MODE_NONE, [MXS_MTA_STS_TESTING] = MXS_STS_TESTING,
                                    [MXS_MTA_STS_ENFORCE] = MXS_STS_ENFORCE};
    struct mxs_query *intervals = &judging->intervals;
    while (judging->ahead && mxs_query_column_int(intervals, DOMAIN) < domain)
        judging->ahead = mxs_query_next(intervals);
    if (!judging->ahead || mxs_query_column_int(intervals, DOMAIN) != domain || facts->mta_sts != MXS_STS_PUBLISHED)
        return;
    int64_t result = mxs_query_column_int(intervals, RESULT), mode = mxs_query_column_int(intervals, MODE);
    if (result < 0 || result >= MXS_FETCH_RESULT_COUNT || !mxs_fetch_settled((enum mxs_fetch_result)result))
        return; /* there may be a policy: nothing is said of it */
    bool good = result == MXS_FETCH_OK && mxs_query_column_int(intervals, REASON) == MXS_MTA_STS_OK && mode >= 0 &&
                mode <= MXS_MTA_STS_ENFORCE;
    facts->mta_sts = good ? marks[mode] : MXS_STS_UNFETCHABLE;
    if (!good)
        return;
    size_t size;
    const char *patterns = mxs_query_column_text(intervals, PATTERNS, &size);
    if (mode != MXS_MTA_STS_NONE)
        compare_mx_hosts((struct mxs_text){patterns, (uint32_t)size}, hosts, host_count, facts);
    facts->sts_short = mode != MXS_MTA_STS_NONE && mxs_query_column_int(intervals, AGE) < AGE_SHORT_S;
    facts->sts_stale = mxs_query_column_int(intervals, STALE) != 0;
}
