/* The composition root: whatever the rooms below need is made here, in order, and ended here. A run is six stages; each
 * writes in the run's row that it is over, and can be started again by another process.
 *
 * In         Settings and input files
 * Out        A database with one more complete run
 * Errors     Those of the rooms below; MXS_ERR_STOPPED when a person or a limit stopped it
 * Ownership  open/close
 * Threads    The loop thread; the writer has its own
 */
#ifndef MXS_SCANNER_RUN_SURVEY_H
#define MXS_SCANNER_RUN_SURVEY_H

#include <stdio.h>
#include <uv.h>

#include "db/counts.h"
#include "db/query.h"
#include "scanner/run/waiting.h"
#include "scanner/classify/judge.h"
#include "scanner/input/exclude.h"
#include "scanner/schedule/scheduler.h"
#include "scanner/run/internal/pending.h"
#include "scanner/run/scan_run.h"
#include "scanner/run/settings.h"
#include "scanner/run/internal/loop_turns.h"
#include "scanner/write/writer.h"

/* What a stage cost, over all its turns in this process. */
struct mxs_stage_cost {
    const char *stage;
    uint64_t wall_ns, cpu_ns, questions;
    struct mxs_loop_turn_counts loop_turns; /* of a stage that asks */
};
#define MXS_STAGE_COSTS 16

struct mxs_progress {
    uv_timer_t timer, flush;
    struct mxs_loop_turns loop_turns;
    uint64_t began_ns, stage_began_ns, next_plain_ns, last_ns;
    uint64_t total, done;      /* of the stage */
    uint64_t known, next_known; /* answered before this process began: counts for what is shown, not for the pace */
    uint64_t last_done;
    uint64_t pulsed_ns;        /* by a stage that computes */
    uint64_t outcomes[MXS_OUTCOME_COUNT]; /* of this stage */
    const char *stage;
    FILE *status;              /* --status-file, or NULL */
    uint64_t next_status_ns;
    uint64_t rate;             /* answers per second, over the last second */
    struct mxs_stage_cost costs[MXS_STAGE_COSTS];
    uint64_t stage_cpu_ns;     /* of the process, when the stage began */
    bool terminal, shown, told_disk, told_pause;
};

/* A resolver that was found to lie while the loop ran; stored when the writer is at rest. */
struct mxs_lying {
    uint32_t resolver; /* index in the pool */
    int64_t since_s;   /* unix seconds */
    const char *reason;
};
#define MXS_LYING_MAX MXS_POOL_MAX

struct mxs_survey {
    const struct mxs_settings *settings;
    const char *options_json;
    uv_loop_t loop;
    bool loop_open;
    uv_signal_t signals[4];
    uv_timer_t limit;
    int stops;           /* how often we were asked to stop */
    bool timed_out;      /* --time-limit */
    bool usage;          /* the failure is one of usage or configuration */
    bool made;           /* the database was not there before */
    bool unwanted;       /* there is no run of what was given: a database made for it goes, too */
    bool names;          /* the inputs are names themselves, not files of names */
    mxs_store *store;    /* the writer's connection */
    mxs_store *reader;   /* for cursors beside it; the same in memory */
    struct mxs_dictionary dictionary;
    bool dictionary_open;
    struct mxs_domain_counts counts; /* of the run, when this process judged it */
    mxs_suffixes *suffixes;
    mxs_rules *rules;
    mxs_exclude *exclude;
    mxs_pool *pool;
    const char *controls[MXS_HEALTH_CONTROLS]; /* names the pool asks for, as far as they are not excluded */
    uint32_t control_count;
    mxs_recursor *recursor;       /* --recursor */
    uv_poll_t recursor_news;
    char recursor_log[4096];      /* beside the database; "" none */
    mxs_scheduler *scheduler;
    mxs_writer *writer;
    int64_t *resolver_ids;
    bool *filters;       /* by resolver: it has withheld an answer in an earlier sitting of this run */
    uint8_t *traits_told; /* by resolver, bits of resolvers.c: what standard error has said of it */
    bool asking;          /* names have been asked: what failed before had one sentence */
    struct mxs_lying lying[MXS_LYING_MAX]; /* not stored yet */
    uint32_t lying_count;
    struct mxs_waiting waiting;
    bool checked; /* the last check of the resolvers is over */
    struct mxs_scan_run run;
    struct mxs_progress progress;
    enum mxs_err stage_err; /* how the stage that is being asked ended */
    bool stage_over;
    struct mxs_detail *detail;
};

/* Opens everything up to the run's row: new or resumed. inputs are needed to know whether it is the same list. */
MXS_CHECK enum mxs_err mxs_survey_open(struct mxs_survey *survey, const struct mxs_settings *settings,
                                       const char *options_json, char *const *inputs, int input_count,
                                       struct mxs_detail *detail);
/* Runs the stages that are left. */
MXS_CHECK enum mxs_err mxs_survey_run(struct mxs_survey *survey, char *const *inputs, int input_count,
                                      struct mxs_detail *detail);
void mxs_survey_close(struct mxs_survey *survey);

#endif
