/* What a person sees while it runs: one line, rewritten in place on a terminal; a plain line a minute elsewhere. */
#include <stdio.h>
#include <unistd.h>

#include "scanner/base/clock.h"
#include "scanner/base/log.h"
#include "scanner/survey/stages.h"

#define TERMINAL_MS 100
#define PLAIN_MS 60000
#define FLUSH_MS 250

static void text_of_seconds(uint64_t seconds, char *out, size_t size)
{
    if (seconds >= 3600)
        snprintf(out, size, "%lluh%02llum", (unsigned long long)(seconds / 3600), (unsigned long long)(seconds / 60 % 60));
    else if (seconds >= 60)
        snprintf(out, size, "%llum%02llus", (unsigned long long)(seconds / 60), (unsigned long long)(seconds % 60));
    else
        snprintf(out, size, "%llus", (unsigned long long)seconds);
}

static uint64_t percent_of(uint64_t part, uint64_t whole) { return whole == 0 ? 0 : part * 100 / whole; }

static void line_of(struct mxs_survey *survey, char *out, size_t size)
{
    struct mxs_progress *progress = &survey->progress;
    uint64_t now_ns = mxs_clock_ns(), spent_ns = now_ns - progress->stage_began_ns;
    uint64_t rate = progress->last_ns == 0 || now_ns == progress->last_ns
                        ? 0 : (progress->done - progress->last_done) * MXS_NS_PER_S / (now_ns - progress->last_ns);
    char left[32] = "?";
    if (progress->done > 0 && progress->total >= progress->done)
        text_of_seconds((uint64_t)((double)spent_ns / (double)progress->done * (double)(progress->total - progress->done) / 1e9),
                        left, sizeof left);
    int used = snprintf(out, size, "%s %llu%%", progress->stage, (unsigned long long)percent_of(progress->done, progress->total));
    if (survey->scheduler == NULL || survey->stage_over || used < 0)
        return;
    struct mxs_scheduler_status status;
    struct mxs_detail detail;
    mxs_scheduler_status(survey->scheduler, &status);
    uint64_t negative = progress->outcomes[MXS_NODATA] + progress->outcomes[MXS_NXDOMAIN];
    snprintf(out + used, size - (size_t)used,
             "  left %s  %llu/s  in flight %u  answered %llu  empty %llu  unsettled %llu  resolvers %u%s%s", left,
             (unsigned long long)rate, status.in_flight, (unsigned long long)progress->outcomes[MXS_ANSWERED],
             (unsigned long long)negative, (unsigned long long)(progress->done - progress->outcomes[MXS_ANSWERED] - negative),
             mxs_pool_count(survey->pool), status.paused ? "  PAUSED: no resolver answers" : "",
             survey->writer != NULL && mxs_writer_is_waiting(survey->writer, &detail) ? "  WAITING: disk full" : "");
}

static void on_tick(uv_timer_t *timer)
{
    struct mxs_survey *survey = timer->data;
    struct mxs_progress *progress = &survey->progress;
    struct mxs_detail detail;
    char line[320];
    uint64_t now_ns = mxs_clock_ns();
    if (survey->settings->quiet || progress->stage == NULL)
        return;
    line_of(survey, line, sizeof line);
    if (now_ns - progress->last_ns > MXS_NS_PER_S) {
        progress->last_ns = now_ns;
        progress->last_done = progress->done;
    }
    if (progress->terminal) {
        fprintf(stderr, "\r\033[K%.*s", 160, line);
        progress->shown = true;
    } else if (now_ns >= progress->next_plain_ns) {
        progress->next_plain_ns = now_ns + PLAIN_MS * MXS_NS_PER_MS;
        mxs_log(MXS_LOG_NOTE, "%s", line);
    }
    if (survey->writer != NULL && mxs_writer_is_waiting(survey->writer, &detail) && !progress->told_disk) {
        progress->told_disk = true;
        mxs_log(MXS_LOG_NOTE, "%s; waiting for room", detail.text);
    }
}

static void on_flush(uv_timer_t *timer)
{
    struct mxs_survey *survey = timer->data;
    if (survey->writer != NULL)
        mxs_writer_flush(survey->writer);
}

void mxs_progress_open(struct mxs_survey *survey)
{
    struct mxs_progress *progress = &survey->progress;
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->began_ns = mxs_clock_ns();
    progress->next_plain_ns = progress->began_ns + PLAIN_MS * MXS_NS_PER_MS;
    progress->timer.data = survey;
    progress->flush.data = survey;
    uv_timer_init(&survey->loop, &progress->timer);
    uv_timer_init(&survey->loop, &progress->flush);
    uv_timer_start(&progress->timer, on_tick, TERMINAL_MS, progress->terminal ? TERMINAL_MS : 1000);
    uv_timer_start(&progress->flush, on_flush, FLUSH_MS, FLUSH_MS);
}

void mxs_progress_stage(struct mxs_survey *survey, const char *name, uint64_t total)
{
    struct mxs_progress *progress = &survey->progress;
    progress->stage = name;
    progress->total = total;
    progress->done = progress->last_done = 0;
    progress->stage_began_ns = progress->last_ns = mxs_clock_ns();
    memset(progress->outcomes, 0, sizeof progress->outcomes);
}

void mxs_progress_clear(struct mxs_survey *survey)
{
    if (survey->progress.shown)
        fputs("\r\033[K", stderr);
    survey->progress.shown = false;
}

void mxs_progress_close(struct mxs_survey *survey)
{
    mxs_progress_clear(survey);
    uv_close((uv_handle_t *)&survey->progress.timer, NULL);
    uv_close((uv_handle_t *)&survey->progress.flush, NULL);
}
