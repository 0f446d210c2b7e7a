/* What a person sees while it runs: one line, rewritten in place on a terminal; a plain line a minute elsewhere. */
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "scanner/run/internal/stages.h"

#define TERMINAL_MS 100
#define PLAIN_MS 60000
#define FLUSH_MS 250
#define STATUS_MS 1000
#define WIDTH_DEFAULT 80

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

/* What one look at the survey shows; the line and the status file say the same. */
struct look {
    struct mxs_scheduler_status status;
    uint64_t asked, answered, empty, unsettled, percent;
    double left_s; /* below 0: not known */
    bool disk_full;
};

static struct look look_at(struct mxs_survey *survey)
{
    const struct mxs_progress *progress = &survey->progress;
    struct look look = {.answered = progress->outcomes[MXS_ANSWERED],
                        .empty = progress->outcomes[MXS_NODATA] + progress->outcomes[MXS_NXDOMAIN],
                        .percent = percent_of(progress->done, progress->total), .left_s = -1};
    for (int i = 0; i < MXS_OUTCOME_COUNT; i++)
        look.asked += progress->outcomes[i];
    look.unsettled = look.asked - look.answered - look.empty;
    if (progress->done > 0 && progress->total >= progress->done)
        look.left_s = (double)(mxs_clock_ns() - progress->stage_began_ns) / 1e9 / (double)progress->done *
                      (double)(progress->total - progress->done);
    if (survey->scheduler != NULL)
        mxs_scheduler_status(survey->scheduler, &look.status);
    look.disk_full = survey->writer != NULL && mxs_writer_is_waiting(survey->writer, NULL);
    return look;
}

static void line_of(struct mxs_survey *survey, char *out, size_t size)
{
    const struct mxs_progress *progress = &survey->progress;
    struct look look = look_at(survey);
    char left[32] = "?", silent[96] = "";
    if (look.status.silent != 0 && look.status.silent == look.status.in_flight) /* nothing else is left */
        snprintf(silent, sizeof silent, "  waiting for %u silent names, up to %llu s", look.status.silent,
                 (unsigned long long)((look.status.silent_ms + 999) / 1000));
    if (look.left_s >= 0)
        text_of_seconds((uint64_t)look.left_s, left, sizeof left);
    if (progress->total == 0)
        snprintf(out, size, "%s", progress->stage);
    else if (survey->scheduler == NULL || survey->stage_over || (look.asked == 0 && look.status.in_flight == 0 && !look.status.paused))
        snprintf(out, size, "%s %llu%%", progress->stage, (unsigned long long)look.percent);
    else
        snprintf(out, size, "%s %llu%%  left %s  %llu/s  in flight %u  answered %llu  empty %llu  unsettled %llu  resolvers %u%s%s%s",
                 progress->stage, (unsigned long long)look.percent, left, (unsigned long long)progress->rate,
                 look.status.in_flight, (unsigned long long)look.answered, (unsigned long long)look.empty,
                 (unsigned long long)look.unsettled, mxs_pool_count(survey->pool), silent,
                 look.status.paused ? "  PAUSED: no resolver answers" : "", look.disk_full ? "  WAITING: disk full" : "");
}

static void write_status(struct mxs_survey *survey)
{
    const struct mxs_progress *progress = &survey->progress;
    struct look look = look_at(survey);
    fprintf(progress->status,
            "{\"at\":%lld,\"run\":%lld,\"stage\":\"%s\",\"done\":%llu,\"total\":%llu,\"percent\":%llu,\"per_second\":%llu,"
            "\"in_flight\":%u,\"waiting\":%u,\"silent\":%u,\"answered\":%llu,\"empty\":%llu,\"unsettled\":%llu,\"paused\":%s,"
            "\"disk_full\":%s}\n",
            (long long)mxs_clock_unix_s(), (long long)survey->run.id, progress->stage, (unsigned long long)progress->done,
            (unsigned long long)progress->total, (unsigned long long)look.percent, (unsigned long long)progress->rate,
            look.status.in_flight, look.status.waiting, look.status.silent, (unsigned long long)look.answered, (unsigned long long)look.empty,
            (unsigned long long)look.unsettled, look.status.paused ? "true" : "false", look.disk_full ? "true" : "false");
    fflush(progress->status);
}

static void tell_disk(struct mxs_survey *survey)
{
    struct mxs_detail detail;
    bool waiting = survey->writer != NULL && mxs_writer_is_waiting(survey->writer, &detail);
    if (waiting && !survey->progress.told_disk) {
        mxs_progress_clear(survey);
        mxs_log(MXS_LOG_NOTE, "%s; waiting for room", detail.text);
    } else if (!waiting && survey->progress.told_disk) {
        mxs_progress_clear(survey);
        mxs_log(MXS_LOG_NOTE, "there is room again: going on");
    }
    survey->progress.told_disk = waiting;
}

static void on_tick(uv_timer_t *timer)
{
    struct mxs_survey *survey = timer->data;
    struct mxs_progress *progress = &survey->progress;
    char line[400];
    uint64_t now_ns = mxs_clock_ns();
    if (progress->stage == NULL)
        return;
    if (now_ns - progress->last_ns >= MXS_NS_PER_S || progress->last_ns == progress->stage_began_ns) { /* the first second: so far */
        uint64_t passed_ns = now_ns > progress->last_ns ? now_ns - progress->last_ns : 1;
        progress->rate = (progress->done - progress->last_done) * MXS_NS_PER_S / passed_ns;
    }
    if (now_ns - progress->last_ns >= MXS_NS_PER_S) {
        progress->last_ns = now_ns;
        progress->last_done = progress->done;
    }
    tell_disk(survey);
    if (progress->status != NULL && now_ns >= progress->next_status_ns) {
        progress->next_status_ns = now_ns + STATUS_MS * MXS_NS_PER_MS;
        write_status(survey);
    }
    if (survey->settings->quiet)
        return;
    if (progress->terminal) {
        line_of(survey, line, sizeof line);
        fprintf(stderr, "\r\033[K%.*s", progress->width - 1, line);
        progress->shown = true;
    } else if (now_ns >= progress->next_plain_ns) {
        progress->next_plain_ns = now_ns + PLAIN_MS * MXS_NS_PER_MS;
        mxs_progress_tell(survey);
    }
}

void mxs_progress_pulse(struct mxs_survey *survey, uint64_t done, uint64_t total)
{
    struct mxs_progress *progress = &survey->progress;
    uint64_t now_ns = mxs_clock_ns();
    progress->done = done;
    progress->total = total;
    if (now_ns - progress->pulsed_ns < TERMINAL_MS * MXS_NS_PER_MS)
        return;
    progress->pulsed_ns = now_ns;
    on_tick(&progress->timer);
}

void mxs_progress_tell(struct mxs_survey *survey)
{
    char line[400];
    if (survey->progress.stage == NULL)
        return;
    line_of(survey, line, sizeof line);
    mxs_progress_clear(survey);
    mxs_log(MXS_LOG_NOTE, "%s", line);
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
    struct winsize window;
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->width = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1 ? window.ws_col : WIDTH_DEFAULT;
    progress->began_ns = mxs_clock_ns();
    progress->next_plain_ns = progress->began_ns + PLAIN_MS * MXS_NS_PER_MS;
    mxs_stall_open(&progress->stall, &survey->loop);
    progress->timer.data = survey;
    progress->flush.data = survey;
    uv_timer_init(&survey->loop, &progress->timer);
    uv_timer_init(&survey->loop, &progress->flush);
    uv_timer_start(&progress->timer, on_tick, TERMINAL_MS, progress->terminal ? TERMINAL_MS : 500);
    uv_timer_start(&progress->flush, on_flush, FLUSH_MS, FLUSH_MS);
}

static void add_stall(struct mxs_stall_counts *sum, const struct mxs_stall_counts *counts)
{
    for (int i = 0; i < MXS_STALL_CLASSES; i++)
        sum->turns[i] += counts->turns[i];
    if (counts->longest_ns > sum->longest_ns)
        sum->longest_ns = counts->longest_ns;
}

/* Books what the stage that ends has cost. */
static void book_stage(struct mxs_progress *progress)
{
    uint64_t now_ns = mxs_clock_ns(), cpu_ns = mxs_clock_cpu_ns();
    for (int i = 0; progress->stage != NULL && i < MXS_STAGE_COSTS; i++) {
        struct mxs_stage_cost *cost = &progress->costs[i];
        if (cost->stage != NULL && strcmp(cost->stage, progress->stage) != 0)
            continue;
        cost->stage = progress->stage;
        cost->wall_ns += now_ns - progress->stage_began_ns;
        cost->cpu_ns += cpu_ns - progress->stage_cpu_ns;
        for (int outcome = 0; outcome < MXS_OUTCOME_COUNT; outcome++)
            cost->questions += progress->outcomes[outcome];
        add_stall(&cost->stall, &progress->stall.counts);
        break;
    }
    progress->stage_began_ns = progress->last_ns = now_ns;
    progress->stage_cpu_ns = cpu_ns;
    progress->stall.counts = (struct mxs_stall_counts){0};
}

void mxs_progress_stage(struct mxs_survey *survey, const char *name, uint64_t total)
{
    struct mxs_progress *progress = &survey->progress;
    book_stage(progress);
    progress->stage = name;
    progress->total = total;
    progress->done = progress->last_done = progress->rate = 0;
    memset(progress->outcomes, 0, sizeof progress->outcomes);
}

/* ,"longest_turn_ms":9.8,"turns":[below 1, 2, 5, 10, 20 ms, longer] where the loop ran. */
static size_t stall_text(const struct mxs_stall_counts *counts, char *out, size_t size)
{
    if (counts->longest_ns == 0)
        return 0;
    size_t used = (size_t)snprintf(out, size, ",\"longest_turn_ms\":%.1f,\"turns\":", (double)counts->longest_ns / 1e6);
    for (int i = 0; i < MXS_STALL_CLASSES; i++)
        used += (size_t)snprintf(out + used, size - used, "%c%llu", i == 0 ? '[' : ',', (unsigned long long)counts->turns[i]);
    return used + (size_t)snprintf(out + used, size - used, "]");
}

void mxs_progress_costs(struct mxs_survey *survey, char *out, size_t size)
{
    struct mxs_progress *progress = &survey->progress;
    size_t used = (size_t)snprintf(out, size, "[");
    book_stage(progress);
    for (int i = 0; i < MXS_STAGE_COSTS && progress->costs[i].stage != NULL && used + 360 < size; i++) {
        const struct mxs_stage_cost *cost = &progress->costs[i];
        used += (size_t)snprintf(out + used, size - used,
                                 "%s{\"stage\":\"%s\",\"wall_ms\":%.1f,\"cpu_ms\":%.1f,\"questions\":%llu", i == 0 ? "" : ",",
                                 cost->stage, (double)cost->wall_ns / 1e6, (double)cost->cpu_ns / 1e6,
                                 (unsigned long long)cost->questions);
        used += stall_text(&cost->stall, out + used, size - used);
        used += (size_t)snprintf(out + used, size - used, "}");
    }
    snprintf(out + used, size - used, "]");
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
    if (survey->progress.status != NULL) {
        if (survey->progress.stage != NULL)
            write_status(survey);
        fclose(survey->progress.status);
        survey->progress.status = NULL;
    }
    mxs_stall_close(&survey->progress.stall);
    uv_close((uv_handle_t *)&survey->progress.timer, NULL);
    uv_close((uv_handle_t *)&survey->progress.flush, NULL);
}
