/* The last two stages. Judge: the journal becomes facts, facts become verdicts. Finish: the sums are checked, the
 * journal is emptied, indexes are made, and one file is left. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/counts.h"
#include "scanner/run/internal/comparability.h"
#include "scanner/run/internal/merge.h"
#include "scanner/run/judging.h"
#include "scanner/run/internal/policy.h"
#include "scanner/run/internal/smtp.h"
#include "scanner/run/internal/stages.h"

#define DEGRADED_PERCENT 5

static enum mxs_err judge(struct mxs_survey *survey, mxs_asn *asn, struct mxs_detail *detail)
{
    const struct mxs_settings *settings = survey->settings;
    mxs_judging *judging;
    bool dropped = false;
    struct mxs_judging_options options = {
        .store = survey->store, .dictionary = &survey->dictionary, .rules = survey->rules, .suffixes = survey->suffixes,
        .asn = asn, .rules_source = settings->rules,
    };
    enum mxs_err err = mxs_judging_open(&judging, &options, false, &dropped, detail);
    if (err != MXS_OK)
        return err;
    if (dropped) /* of every list: what other lists' runs say has been dropped, too */
        err = mxs_judging_all(judging, detail);
    if (err == MXS_OK)
        err = mxs_judging_begin(judging, survey->run.list_id, survey->run.id, survey->run.previous,
                                settings->checks_text, detail);
    if (err == MXS_OK)
        err = mxs_merge_domains(survey, judging, detail);
    mxs_judging_close(&judging);
    return err;
}

enum mxs_err mxs_stage_judge(struct mxs_survey *survey, struct mxs_detail *detail)
{
    mxs_asn *asn = NULL;
    mxs_progress_stage(survey, "judging", 0);
    enum mxs_err err = mxs_stage_breathe(survey, detail);
    if (err == MXS_OK && survey->settings->asn_db != NULL) {
        err = mxs_asn_open(&asn, survey->settings->asn_db, detail);
        if (err == MXS_OK)
            err = mxs_run_put_note(survey->store, survey->run.id, "asn_db", mxs_asn_text(asn), detail);
    }
    if (err == MXS_OK)
        err = mxs_merge_hosts(survey->store, &survey->run, &survey->dictionary, detail);
    if (err == MXS_OK)
        err = mxs_merge_policies(survey->store, &survey->run, survey->settings->checks,
                                 survey->dictionary.hosts.keys.count, detail);
    if (err == MXS_OK)
        err = mxs_stage_smtp(survey, detail);
    if (err == MXS_OK)
        err = mxs_merge_smtp(survey->store, &survey->run, detail);
    if (err == MXS_OK)
        err = judge(survey, asn, detail);
    if (asn != NULL)
        mxs_asn_close(&asn);
    return err;
}

/* lines = accepted + rejected + duplicate; accepted = the sum over states. A mismatch is never passed over. */
static enum mxs_err check_accounting(const struct mxs_survey *survey, const struct mxs_comparability *comparability,
                                     struct mxs_detail *detail)
{
    const struct mxs_scan_run *run = &survey->run;
    uint64_t sum = 0;
    for (int state = 0; state < MXS_STATE_COUNT; state++)
        sum += comparability->now[state];
    if (run->lines != run->accepted + run->rejected + run->duplicates || sum != run->accepted)
        return mxs_err_set(
            detail, MXS_ERR_DB,
            "the accounting of run %lld does not add up (%llu lines = %llu accepted + %llu rejected + %llu duplicate; "
            "%llu judged): another program changed the database, or this is a bug; please report it with the database "
            "(--new scans anew)",
            (long long)run->id, (unsigned long long)run->lines, (unsigned long long)run->accepted,
            (unsigned long long)run->rejected, (unsigned long long)run->duplicates, (unsigned long long)sum);
    return MXS_OK;
}

static enum mxs_err empty_journal(struct mxs_survey *survey, struct mxs_detail *detail)
{
    static const char *const statements[] = {"DELETE FROM journal WHERE run_id = ?1",
                                             "DELETE FROM sts_fetch WHERE run_id = ?1",
                                             "DELETE FROM smtp_answer WHERE run_id = ?1"};
    return mxs_run_do(survey->store, survey->run.id, statements, sizeof statements / sizeof statements[0], detail);
}

/* What a finished run leaves behind, in one transaction: a page that several of these steps change is written once. */
static enum mxs_err leave(struct mxs_survey *survey, const struct mxs_comparability *comparability,
                          struct mxs_detail *detail)
{
    mxs_out costs;
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = empty_journal(survey, detail);
    if (err == MXS_OK)
        err = mxs_store_finish_run(survey->store, detail);
    mxs_out_attach(&costs, NULL);
    mxs_progress_costs(survey, &costs);
    mxs_out_bytes(&costs, "", 1);
    if (err == MXS_OK)
        err = costs.err != MXS_OK ? mxs_err_memory(detail, NULL)
                                  : mxs_run_put_note(survey->store, survey->run.id, "stages", costs.buffer, detail);
    mxs_out_abandon(&costs);
    if (err == MXS_OK)
        err = mxs_comparability_write(survey->store, &survey->run, comparability, detail);
    return mxs_store_end(survey->store, err, detail);
}

static enum mxs_err count(struct mxs_survey *survey, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_store_begin(survey->store, detail);
    if (err != MXS_OK)
        return err;
    err = mxs_counts_write(survey->store, survey->run.id, survey->counts.domains > 0 ? &survey->counts : NULL, detail);
    mxs_domain_counts_finish(&survey->counts);
    return mxs_store_end(survey->store, err, detail);
}

enum mxs_err mxs_stage_finish(struct mxs_survey *survey, struct mxs_detail *detail)
{
    struct mxs_scan_run *run = &survey->run;
    struct mxs_comparability comparability;
    mxs_progress_stage(survey, "finishing", 0);
    enum mxs_err err = count(survey, detail);
    if (err == MXS_OK)
        err = mxs_comparability_read(survey->store, &survey->run, &comparability, detail);
    if (err == MXS_OK)
        err = check_accounting(survey, &comparability, detail);
    run->degraded = comparability.now[MXS_STATE_UNDETERMINED] * 100 > run->accepted * DEGRADED_PERCENT;
    if (err == MXS_OK)
        err = leave(survey, &comparability, detail);
    if (err != MXS_OK)
        return err;
    /* All in the one file before the run is called complete: a disk that fills here is exit 75, and the same command
     * goes on. */
    err = mxs_store_checkpoint(survey->store, detail);
    if (err != MXS_OK)
        return err;
    struct mxs_query query;
    mxs_query_open(&query, survey->store,
                   "UPDATE run SET state = 'complete', stage = 'done', finished_at = ?2, degraded = ?3 WHERE id = ?1");
    mxs_query_int(&query, 1, run->id);
    mxs_query_int(&query, 2, mxs_clock_unix_s());
    mxs_query_int(&query, 3, run->degraded);
    mxs_query_run(&query);
    err = mxs_query_finish(&query, detail);
    if (err != MXS_OK)
        return err;
    /* Complete is complete, also when its last page has to wait in the -wal. */
    err = mxs_store_checkpoint(survey->store, detail);
    return err == MXS_ERR_DISK || err == MXS_ERR_BUSY ? MXS_OK : err;
}
