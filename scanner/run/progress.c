/* What a person sees while it runs: one line, rewritten in place on a terminal; a plain line a minute elsewhere. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "scanner/run/internal/stages.h"

#define TERMINAL_MS 100
#define PLAIN_MS 60000
#define FLUSH_MS 250
#define STATUS_MS 1000
#define WIDTH_DEFAULT 80
#define LINE_MAX_WIDTH 400

static void text_of_seconds(uint64_t seconds, char *out, size_t size)
{
    if (seconds >= 3600)
        snprintf(out, size, "%lluh%02llum", (unsigned long long)(seconds / 3600),
                 (unsigned long long)(seconds / 60 % 60));
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
                        .percent = percent_of(progress->known + progress->done, progress->known + progress->total),
                        .left_s = -1};
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

#define PAUSED_WIDTH (2 + sizeof "PAUSED: no resolver answers" - 1)

/* A part of the line, if there is room for all of it: what comes first matters most. */
static void put_part(char *out, size_t width, const char *format, ...) MXS_PRINTF(3, 4);
static void put_part(char *out, size_t width, const char *format, ...)
{
    char part[160];
    va_list list;
    va_start(list, format);
    vsnprintf(part, sizeof part, format, list);
    va_end(list);
    size_t used = strlen(out), gap = used > 0 ? 2 : 0;
    if (used + gap + strlen(part) <= width)
        snprintf(out + used, width + 1 - used, "%s%s", gap > 0 ? "  " : "", part);
}

/* out holds width + 1 bytes. */
static void line_of(struct mxs_survey *survey, char *out, size_t width)
{
    const struct mxs_progress *progress = &survey->progress;
    struct look look = look_at(survey);
    char left[32];
    out[0] = '\0';
    if (progress->total == 0) {
        put_part(out, width, "%s", progress->stage);
        return;
    }
    put_part(out, width, "%s %llu%%", progress->stage, (unsigned long long)look.percent);
    if (look.status.paused) /* the word alone where there is no room for the reason */
        put_part(out, width, strlen(out) + PAUSED_WIDTH <= width ? "PAUSED: no resolver answers" : "PAUSED");
    if (look.disk_full)
        put_part(out, width, "WAITING: disk full");
    if (survey->scheduler == NULL || survey->stage_over ||
        (look.asked == 0 && look.status.in_flight == 0 && !look.status.paused))
        return;
    if (look.left_s >= 0) { /* others may follow: how many MX hosts there will be nobody knows before */
        text_of_seconds((uint64_t)look.left_s, left, sizeof left);
        put_part(out, width, "%s left in this stage", left);
    }
    if (look.status.silent != 0 && look.status.silent == look.status.in_flight) /* nothing else is left */
        put_part(out, width, "waiting for %u silent names, up to %llu s", look.status.silent,
                 (unsigned long long)((look.status.silent_ms + 999) / 1000));
    put_part(out, width, "%llu/s", (unsigned long long)progress->rate);
    put_part(out, width, "unsettled %llu", (unsigned long long)look.unsettled);
    put_part(out, width, "answered %llu", (unsigned long long)look.answered);
    put_part(out, width, "empty %llu", (unsigned long long)look.empty);
    put_part(out, width, "in flight %u", look.status.in_flight);
    put_part(out, width, "resolvers %u", mxs_pool_count(survey->pool));
}

static void write_status(struct mxs_survey *survey)
{
    const struct mxs_progress *progress = &survey->progress;
    struct look look = look_at(survey);
    mxs_out line;
    struct mxs_json json;
    mxs_out_attach(&line, NULL);
    mxs_json_init(&json, &line);
    mxs_json_open_object(&json, NULL);
    mxs_json_put_int(&json, "at", mxs_clock_unix_s());
    mxs_json_put_int(&json, "run", survey->run.id);
    mxs_json_put_string(&json, "stage", progress->stage);
    mxs_json_put_int(&json, "done", (int64_t)(progress->known + progress->done));
    mxs_json_put_int(&json, "total", (int64_t)(progress->known + progress->total));
    mxs_json_put_int(&json, "percent", (int64_t)look.percent);
    mxs_json_put_int(&json, "per_second", (int64_t)progress->rate);
    mxs_json_put_int(&json, "in_flight", look.status.in_flight);
    mxs_json_put_int(&json, "waiting", look.status.waiting);
    mxs_json_put_int(&json, "silent", look.status.silent);
    mxs_json_put_int(&json, "answered", (int64_t)look.answered);
    mxs_json_put_int(&json, "empty", (int64_t)look.empty);
    mxs_json_put_int(&json, "unsettled", (int64_t)look.unsettled);
    mxs_json_put_flag(&json, "paused", look.status.paused);
    mxs_json_put_flag(&json, "disk_full", look.disk_full);
    mxs_json_finish(&json);
    if (line.err == MXS_OK) /* a line that found no memory is left out: the next one comes within a second */
        fprintf(progress->status, "%.*s\n", (int)line.used, line.buffer);
    fflush(progress->status);
    mxs_out_abandon(&line);
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
        mxs_log(MXS_LOG_NOTE, "there is room again: continuing");
    }
    survey->progress.told_disk = waiting;
}

/* One that answers may not be asked yet: first it says whether it makes IPv6 addresses. */
static bool waits_for_dns64(const struct mxs_survey *survey)
{
    for (uint32_t i = 0; i < mxs_pool_count(survey->pool); i++) {
        const struct mxs_pool_health *health = mxs_pool_health(survey->pool, i);
        if (mxs_pool_excluded(survey->pool, i) == NULL && health->answers && health->dns64_awaited)
            return true;
    }
    return false;
}

/* Said in a line of its own, so that a log has it, too. */
static void tell_pause(struct mxs_survey *survey)
{
    struct mxs_scheduler_status status = {0};
    if (survey->scheduler != NULL)
        mxs_scheduler_status(survey->scheduler, &status);
    if (status.paused == survey->progress.told_pause)
        return;
    if (status.paused && waits_for_dns64(survey))
        return; /* seconds, and then that is said */
    survey->progress.told_pause = status.paused;
    mxs_progress_clear(survey);
    mxs_log(MXS_LOG_NOTE, "%s", status.paused ? "paused: no resolver answers" : "a resolver answers again: continuing");
}

static int width_now(void)
{
    struct winsize window;
    int width = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1 ? window.ws_col : WIDTH_DEFAULT;
    return width < LINE_MAX_WIDTH ? width : LINE_MAX_WIDTH;
}

static void on_tick(uv_timer_t *timer)
{
    struct mxs_survey *survey = timer->data;
    struct mxs_progress *progress = &survey->progress;
    char line[LINE_MAX_WIDTH + 1];
    uint64_t now_ns = mxs_clock_ns();
    if (progress->stage == NULL)
        return;
    if (now_ns - progress->last_ns >= MXS_NS_PER_S ||
        progress->last_ns == progress->stage_began_ns) { /* the first second: so far */
        uint64_t passed_ns = now_ns > progress->last_ns ? now_ns - progress->last_ns : 1;
        progress->rate = (progress->done - progress->last_done) * MXS_NS_PER_S / passed_ns;
    }
    if (now_ns - progress->last_ns >= MXS_NS_PER_S) {
        progress->last_ns = now_ns;
        progress->last_done = progress->done;
    }
    tell_disk(survey);
    tell_pause(survey);
    if (survey->asking)
        mxs_run_tell_traits(survey);
    if (progress->status != NULL && now_ns >= progress->next_status_ns) {
        progress->next_status_ns = now_ns + STATUS_MS * MXS_NS_PER_MS;
        write_status(survey);
    }
    if (survey->settings->quiet)
        return;
    if (progress->terminal) {
        line_of(survey, line,
                (size_t)(width_now() - 1)); /* asked each time: a window that became smaller would wrap the line */
        fprintf(stderr, "\r\033[K%s", line);
        progress->shown = true;
        mxs_log_over(true);
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
    line_of(survey, line, sizeof line - 1);
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
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->began_ns = mxs_clock_ns();
    progress->next_plain_ns = progress->began_ns + PLAIN_MS * MXS_NS_PER_MS;
    mxs_loop_turns_open(&progress->loop_turns, &survey->loop);
    progress->timer.data = survey;
    progress->flush.data = survey;
    uv_timer_init(&survey->loop, &progress->timer);
    uv_timer_init(&survey->loop, &progress->flush);
    uv_timer_start(&progress->timer, on_tick, TERMINAL_MS, progress->terminal ? TERMINAL_MS : 500);
    uv_timer_start(&progress->flush, on_flush, FLUSH_MS, FLUSH_MS);
}

static void add_loop_turns(struct mxs_loop_turn_counts *sum, const struct mxs_loop_turn_counts *counts)
{
    for (int i = 0; i < MXS_LOOP_TURN_CLASSES; i++)
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
        add_loop_turns(&cost->loop_turns, &progress->loop_turns.counts);
        break;
    }
    progress->stage_began_ns = progress->last_ns = now_ns;
    progress->stage_cpu_ns = cpu_ns;
    progress->loop_turns.counts = (struct mxs_loop_turn_counts){0};
}

void mxs_progress_stage(struct mxs_survey *survey, const char *name, uint64_t total)
{
    struct mxs_progress *progress = &survey->progress;
    book_stage(progress);
    progress->stage = name;
    progress->total = total;
    progress->known = progress->next_known;
    progress->next_known = 0;
    progress->done = progress->last_done = progress->rate = 0;
    memset(progress->outcomes, 0, sizeof progress->outcomes);
}

/* ,"longest_turn_ms":9.8,"turns":[below 1, 2, 5, 10, 20 ms, longer] where the loop ran. */
static void put_loop_turns(struct mxs_json *json, const struct mxs_loop_turn_counts *counts)
{
    if (counts->longest_ns == 0)
        return;
    mxs_json_put_real(json, "longest_turn_ms", (double)counts->longest_ns / 1e6);
    mxs_json_open_array(json, "turns");
    for (int i = 0; i < MXS_LOOP_TURN_CLASSES; i++)
        mxs_json_put_int(json, NULL, (int64_t)counts->turns[i]);
    mxs_json_close(json);
}

void mxs_progress_costs(struct mxs_survey *survey, mxs_out *out)
{
    struct mxs_progress *progress = &survey->progress;
    struct mxs_json json;
    book_stage(progress);
    mxs_json_init(&json, out);
    mxs_json_open_array(&json, NULL);
    for (int i = 0; i < MXS_STAGE_COSTS && progress->costs[i].stage != NULL; i++) {
        const struct mxs_stage_cost *cost = &progress->costs[i];
        mxs_json_open_object(&json, NULL);
        mxs_json_put_string(&json, "stage", cost->stage);
        mxs_json_put_real(&json, "wall_ms", (double)cost->wall_ns / 1e6);
        mxs_json_put_real(&json, "cpu_ms", (double)cost->cpu_ns / 1e6);
        mxs_json_put_int(&json, "questions", (int64_t)cost->questions);
        put_loop_turns(&json, &cost->loop_turns);
        mxs_json_close(&json);
    }
    mxs_json_finish(&json);
}

void mxs_progress_clear(struct mxs_survey *survey)
{
    if (survey->progress.shown)
        fputs("\r\033[K", stderr);
    survey->progress.shown = false;
    mxs_log_over(false);
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
    mxs_loop_turns_close(&survey->progress.loop_turns);
    uv_close((uv_handle_t *)&survey->progress.timer, NULL);
    uv_close((uv_handle_t *)&survey->progress.flush, NULL);
}
