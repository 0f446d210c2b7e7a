/* The six stages, in order, and what they share. Each can die at any instant and be started again.
 *
 * In         An open survey
 * Out        One stage of its run done
 * Errors     MXS_ERR_STOPPED: asked to stop, what is done is stored; else a failure
 * Ownership  The survey's
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_STAGES_H
#define MXS_SCANNER_RUN_INTERNAL_STAGES_H

#include "base/out.h"
#include "scanner/run/survey.h"
#include "scanner/write/journal.h"

/* 1. Lists -> names, rejects, ranges of the run. */
MXS_CHECK enum mxs_err mxs_stage_import(struct mxs_survey *survey, char *const *inputs, int input_count,
                                        struct mxs_detail *detail);
/* The digest that an import of these lists would store: whether a run that is taken up is of them. */
MXS_CHECK enum mxs_err mxs_import_digest(struct mxs_survey *survey, char *const *inputs, int input_count,
                                         char digest[33], struct mxs_detail *detail);
/* 2. What has no answer: MX of every domain, A and AAAA of every MX host it names, and what the checks ask besides. */
MXS_CHECK enum mxs_err mxs_stage_first(struct mxs_survey *survey, struct mxs_detail *detail);
/* 3. A and AAAA of the MX hosts that are left. */
MXS_CHECK enum mxs_err mxs_stage_hosts(struct mxs_survey *survey, struct mxs_detail *detail);
/* The same beside another stage, of those that its answers name: the other's source asks here first, and its sink hands
 * back what was asked. They have all attempts, however few the stage gives to its own questions. */
typedef struct mxs_hosts mxs_hosts;
MXS_CHECK enum mxs_err mxs_hosts_open(mxs_hosts **hosts, struct mxs_survey *survey, struct mxs_detail *detail);
MXS_CHECK bool mxs_hosts_next(mxs_hosts *hosts, struct mxs_question *out);
enum mxs_err mxs_hosts_put(mxs_hosts *hosts, const struct mxs_question *question, const struct mxs_answer *answer,
                           const struct mxs_measurement *measurement);
void mxs_hosts_close(mxs_hosts **hosts);
/* 4. Once more, all at once: the unsettled, what says something else than before, a sample. */
MXS_CHECK enum mxs_err mxs_stage_settle(struct mxs_survey *survey, struct mxs_detail *detail);
/* The checks besides: again: domains and MX hosts whose content is not settled or tells a change, or that have none
 * yet; else only the MX hosts that have none. */
MXS_CHECK enum mxs_err mxs_stage_settle_checks(struct mxs_survey *survey, bool again, struct mxs_detail *detail);
/* 5. Journal -> facts -> verdicts. */
MXS_CHECK enum mxs_err mxs_stage_judge(struct mxs_survey *survey, struct mxs_detail *detail);
/* 6. Accounting, indexes, one file. */
MXS_CHECK enum mxs_err mxs_stage_finish(struct mxs_survey *survey, struct mxs_detail *detail);

/* Asks through the scheduler until the source is at its end; the loop runs here. `total` is for the progress line. */
MXS_CHECK enum mxs_err mxs_stage_ask(struct mxs_survey *survey, const char *name, uint64_t total, uint32_t limit,
                                     mxs_scheduler_source source, mxs_scheduler_sink sink, void *arg,
                                     struct mxs_detail *detail);
/* What a sink returns after it stored an answer: MXS_OK, or MXS_ERR_FULL when the writer has no room. */
enum mxs_err mxs_stage_stored(struct mxs_survey *survey, enum mxs_outcome outcome);
/* Of a first answer: a silent name that has had its recheck already needs no second one. */
uint8_t mxs_stage_pass(const struct mxs_answer *answer, const struct mxs_measurement *measurement);
/* Lets signals and timers be heard in a stage that does not ask; MXS_ERR_STOPPED when it should end. */
MXS_CHECK enum mxs_err mxs_stage_breathe(struct mxs_survey *survey, struct mxs_detail *detail);

/* Reading is faster than storing, and a full disk is waited out: awake, so that it is said and a signal is heard. */
MXS_CHECK enum mxs_err mxs_stage_wait(struct mxs_survey *survey, struct mxs_detail *detail);
/* Waits until everything is committed, awake: on a full disk that takes until there is room, or until a signal ends it.
 */
MXS_CHECK enum mxs_err mxs_stage_sync(struct mxs_survey *survey, struct mxs_detail *detail);

/* Everything that asks nobody: loop, rules, public suffixes, database. For merging. */
MXS_CHECK enum mxs_err mxs_survey_open_offline(struct mxs_survey *survey, const struct mxs_settings *settings,
                                               struct mxs_detail *detail);
/* Once the run and resolver_ids are there. */
MXS_CHECK enum mxs_err mxs_survey_open_writer(struct mxs_survey *survey, struct mxs_detail *detail);
/* The last two stages, when nothing is asked any more. */
MXS_CHECK enum mxs_err mxs_survey_conclude(struct mxs_survey *survey, struct mxs_detail *detail);

/* The run's row, and in a new or resumed one the ids of the pool's resolvers. */
MXS_CHECK enum mxs_err mxs_run_open(struct mxs_survey *survey, char *const *inputs, int input_count,
                                    struct mxs_detail *detail);
/* The id of the settings' list, which is made when it is new. */
MXS_CHECK enum mxs_err mxs_run_find_list(struct mxs_survey *survey, struct mxs_detail *detail);
/* The newest run of the list in this state, or 0. */
MXS_CHECK enum mxs_err mxs_run_find_newest(struct mxs_survey *survey, const char *state, int64_t *id,
                                           struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_run_put_stage(struct mxs_survey *survey, const char *stage, struct mxs_detail *detail);
/* Takes the run back, as if it had not been begun. */
MXS_CHECK enum mxs_err mxs_run_discard(struct mxs_survey *survey, struct mxs_detail *detail);
/* Of a run that is taken up: whether what its journal and its ranges name is there, so that no stage has to ask. */
MXS_CHECK enum mxs_err mxs_run_check(struct mxs_survey *survey, struct mxs_detail *detail);
/* Each statement with the run's id as ?1, in the caller's transaction if it has one. */
MXS_CHECK enum mxs_err mxs_run_do(mxs_store *store, int64_t run, const char *const *statements, size_t count,
                                  struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_run_put_note(mxs_store *store, int64_t run, const char *kind, const char *text,
                                        struct mxs_detail *detail);

/* The resolvers of the run (resolvers.c): their rows, in the caller's transaction if it has one; and, for a run that is
 * taken up, which of them had withheld answers. */
MXS_CHECK enum mxs_err mxs_run_put_resolvers(struct mxs_survey *survey, struct mxs_detail *detail);
MXS_CHECK enum mxs_err mxs_run_read_filters(struct mxs_survey *survey, struct mxs_detail *detail);
/* Says on standard error, once of each resolver, what a person must know of it: that it makes IPv6 addresses, or may,
 * leaves EDNS unanswered, denies all control names. */
void mxs_run_tell_traits(struct mxs_survey *survey);
/* The same of the first, when it was found after answers were believed; began: it was known not to. */
void mxs_run_tell_late_dns64(struct mxs_survey *survey, uint32_t resolver, bool began);
/* Withdraws what the liars found so far have said. */
MXS_CHECK enum mxs_err mxs_run_put_lying(struct mxs_survey *survey, struct mxs_detail *detail);
/* Whether a resolver (index) has withheld an answer in this run. */
bool mxs_run_filters(const struct mxs_survey *survey, uint32_t resolver);
/* Fills mxs_question.avoid with those that have. */
void mxs_run_avoid_filters(const struct mxs_survey *survey, uint16_t avoid[2]);
/* What the resolvers answered, at the end of a sitting; over: of the last one, when nothing more will be learnt. */
MXS_CHECK enum mxs_err mxs_run_put_counts(struct mxs_survey *survey, bool over, struct mxs_detail *detail);

/* Progress on stderr, and as JSON lines in --status-file: a line rewritten on a terminal, a plain line a minute
 * elsewhere. */
void mxs_progress_open(struct mxs_survey *survey);
void mxs_progress_stage(struct mxs_survey *survey, const char *name, uint64_t total);
/* What each stage of this process cost so far, as a JSON array. */
void mxs_progress_costs(struct mxs_survey *survey, mxs_out *out);
/* From a stage that computes and does not return to the loop: as often as it likes. */
void mxs_progress_pulse(struct mxs_survey *survey, uint64_t done, uint64_t total);
/* One line on stderr now: SIGUSR1. */
void mxs_progress_tell(struct mxs_survey *survey);
void mxs_progress_clear(struct mxs_survey *survey);
void mxs_progress_close(struct mxs_survey *survey);

#endif
