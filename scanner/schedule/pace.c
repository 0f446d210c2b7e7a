/* How fast a resolver may be asked.
 *
 * The window grows with answers: by one for each until it has been cut for the first time (a doubling per round
 * trip), then by one per window. It is cut in half when the share of silence is two points above its baseline, or on a
 * burst of REFUSED; then the resolver is also paced a little below what it has been seen to answer, because no window
 * is small enough for a resolver that is near and limits its rate. The rate creeps up again, faster the longer
 * nothing happened.
 *
 * Silence is noticed long before the timeout. Questions are counted by the span of time they were asked in. Those of a
 * span that is over and one more gone by are suspects: they hold no place in the window any more (so that names that
 * take a resolver seconds do not close it), and their share among those asked is what is judged. A suspect that is
 * answered after all is no loss; if slow answers are how this resolver is, that becomes its baseline.
 *
 * For each cut is an experiment. When the share does not fall, the cause was not us but the line, or the names: the
 * cut is undone and the share becomes the baseline. So steady loss does not close the window. Every halving is a probe
 * of the baseline, and the baseline is doubted (halved) every ten seconds, so that an overrun taken for the line's
 * loss once is not taken for it for ever. */
#include "scanner/schedule/pace.h"

#include <math.h>

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull

#define SAMPLE_MIN_NS (250 * NS_PER_MS)
#define SAMPLES_PER_TIMEOUT 40u
#define SUSPECT_SPANS 2u          /* a question this many spans old is a suspect */
#define JUDGE_MIN 256u            /* questions that make a share */
#define JUDGE_SPANS 2u            /* and spans: where there are more questions, chance matters less */
#define SHARE_EXCESS 0.02         /* points above the baseline */
#define SHARE_SIGMAS 2.0          /* and beyond what chance does */
#define SHARE_LOWERED 0.75        /* of what it was: the cut helped */
#define BASELINE_NS (10 * NS_PER_S)
#define CUTS_SILENCE 2u           /* cuts of a trial that may fail to help */
#define CUTS_REFUSED 8u
#define BURST_MIN 32u
#define BURST_SHARE 0.05
#define BURST_SPACING_NS (100 * NS_PER_MS)
#define ROUND_NS (100 * NS_PER_MS)
#define PACE_AFTER_CUT 0.85
#define PACE_BURST_NS (40 * NS_PER_MS) /* more than a tick of the scheduler: where answers are rare, only ticks send */
#define PACE_USED 0.7             /* a rate grows only when it is used */
#define PACE_FIRST_GROWTH 0.4     /* a second, until it is cut again */
#define CALM_DOUBLES_NS (10 * NS_PER_S)
#define NEAR_WINDOW 192u
#define NEAR_NS (30 * NS_PER_MS)  /* of the average answer */
#define NEAR_LOSS 0.01            /* what is lost on the line holds places: then room is needed */
#define RTT_WEIGHT 64             /* answers in that average */

void mxs_bucket_init(struct mxs_bucket *bucket, uint32_t rate_qps, uint64_t burst_ns)
{
    *bucket = (struct mxs_bucket){0};
    if (rate_qps == 0)
        return;
    bucket->interval_ns = (NS_PER_S + rate_qps - 1) / rate_qps; /* rounded up: never over the ceiling */
    bucket->burst_ns = burst_ns > bucket->interval_ns ? burst_ns - bucket->interval_ns : 0;
}

bool mxs_bucket_fits(const struct mxs_bucket *bucket, uint64_t now_ns)
{
    return bucket->interval_ns == 0 || bucket->next_ns <= now_ns + bucket->burst_ns;
}

void mxs_bucket_take(struct mxs_bucket *bucket, uint64_t now_ns, uint64_t count)
{
    if (bucket->interval_ns == 0)
        return;
    if (bucket->next_ns < now_ns)
        bucket->next_ns = now_ns;
    bucket->next_ns += count * bucket->interval_ns;
}

/* ---- the rate ---- */

static void set_rate(struct mxs_window *window, double rate_qps)
{
    uint64_t next_ns = window->bucket.next_ns;
    window->rate_qps = rate_qps;
    if (rate_qps == 0) {
        window->bucket = (struct mxs_bucket){0};
        return;
    }
    if (window->rate_qps < 1)
        window->rate_qps = 1;
    mxs_bucket_init(&window->bucket, window->rate_qps >= 1e9 ? 1000000000u : (uint32_t)window->rate_qps, PACE_BURST_NS);
    window->bucket.next_ns = next_ns;
}

/* Ends a round of a tenth of a second: what was answered in it, and whether the rate may creep up. */
static void end_round(struct mxs_window *window, uint64_t now_ns)
{
    double spent_s = (double)(now_ns - window->round_ns) / 1e9;
    double seen = window->round_answers / spent_s;
    double asked = window->round_asked / spent_s;
    window->answers_qps = window->answers_qps == 0 ? seen : (window->answers_qps * 3 + seen) / 4;
    window->round_ns = now_ns;
    window->round_answers = window->round_asked = 0;
    if (window->rate_qps == 0 || asked < PACE_USED * window->rate_qps)
        return;
    uint64_t calm = (now_ns - window->calm_ns) / CALM_DOUBLES_NS;
    double step = window->rate_cut ? sqrt(window->rate_qps) * (double)(1u << (calm > 16 ? 16 : calm))
                                   : PACE_FIRST_GROWTH * window->rate_qps;
    set_rate(window, window->rate_qps + step * (spent_s > 1 ? 1 : spent_s));
}

/* ---- the window ---- */

void mxs_window_init(struct mxs_window *window, uint32_t ceiling, uint64_t timeout_ns, uint64_t now_ns)
{
    *window = (struct mxs_window){0};
    window->ceiling = ceiling < 1 ? 1 : ceiling;
    window->size = window->ceiling < MXS_WINDOW_FIRST ? window->ceiling : MXS_WINDOW_FIRST;
    window->slow_start = true;
    window->sample_ns = timeout_ns / SAMPLES_PER_TIMEOUT < SAMPLE_MIN_NS ? SAMPLE_MIN_NS : timeout_ns / SAMPLES_PER_TIMEOUT;
    window->round_ns = window->changed_ns = window->calm_ns = now_ns;
    window->span = window->judged = (uint32_t)(now_ns / window->sample_ns);
    window->samples[window->span % MXS_WINDOW_SAMPLES].number = window->span;
}

bool mxs_window_fits(const struct mxs_window *window, uint32_t in_flight, uint64_t now_ns)
{
    uint32_t waiting = in_flight > window->suspects ? in_flight - window->suspects : 0;
    return waiting < window->size && mxs_bucket_fits(&window->bucket, now_ns);
}

/* A near resolver gains nothing from a large window, and its socket's buffer holds some hundred questions: what does not
 * fit is lost without a word, and missed only a whole timeout later. So its window stops doubling early. */
static bool is_near(const struct mxs_window *window)
{
    return window->size >= NEAR_WINDOW && window->rtt_ns < NEAR_NS && window->trial.baseline < NEAR_LOSS;
}

static void grow(struct mxs_window *window, uint64_t asked_ns, uint64_t now_ns)
{
    int64_t error_ns = (int64_t)(now_ns - asked_ns) - (int64_t)window->rtt_ns;
    window->rtt_ns = (uint64_t)((int64_t)window->rtt_ns + error_ns / RTT_WEIGHT);
    if (window->size >= window->ceiling || window->full_ns < asked_ns)
        return; /* at its ceiling, or not used as it is */
    window->grown++;
    if ((!window->slow_start || is_near(window)) && window->grown < window->size)
        return;
    window->grown = 0;
    window->size++;
}

static void cut(struct mxs_window *window, struct mxs_trial *trial, double share, uint64_t now_ns)
{
    if (trial->cuts == 0)
        *trial = (struct mxs_trial){trial->baseline, trial->baseline_ns, 0, window->size, window->rate_qps, share};
    trial->cuts++;
    double seen = window->answers_qps;
    if (seen == 0) /* in the first round */
        seen = (window->round_answers + 1) * 1e9 / (double)(now_ns - window->round_ns + ROUND_NS / 10);
    if (window->rate_qps == 0) {
        window->size = window->size / 2 < 1 ? 1 : window->size / 2;
        window->slow_start = false;
        window->grown = 0;
    } else { /* the rate is what holds: a window smaller still would only stall on what was lost */
        window->rate_cut = true;
        seen = seen > window->rate_qps ? window->rate_qps : seen;
        seen = seen < window->rate_qps / 2 ? window->rate_qps / 2 : seen;
    }
    set_rate(window, PACE_AFTER_CUT * seen);
    window->cut_ns = window->changed_ns = window->calm_ns = now_ns;
}

/* The cuts did not help: it was not our pace. */
static void undo(struct mxs_window *window, struct mxs_trial *trial, uint64_t now_ns)
{
    trial->cuts = 0;
    if (window->size < trial->size_before)
        window->size = trial->size_before;
    window->slow_start = trial->rate_before == 0;
    set_rate(window, trial->rate_before);
    window->changed_ns = now_ns;
}

/* The baseline follows the share down, and is doubted every ten seconds: another trial shows whether it still holds. */
static void doubt_baseline(struct mxs_trial *trial, double share, uint64_t now_ns)
{
    if (share < trial->baseline)
        trial->baseline += (share - trial->baseline) / 8;
    if (now_ns - trial->baseline_ns >= BASELINE_NS) {
        trial->baseline /= 2;
        trial->baseline_ns = now_ns;
    }
}

/* A share above its baseline is a reason to cut; unless cuts_max of them have not lowered it. */
static void judge(struct mxs_window *window, struct mxs_trial *trial, double share, double excess, uint32_t cuts_max,
                  uint64_t now_ns)
{
    doubt_baseline(trial, share, now_ns);
    if (trial->cuts != 0 && share <= SHARE_LOWERED * trial->share_before)
        trial->cuts = 0; /* it was our pace */
    if (trial->cuts == 0 && share <= trial->baseline + excess)
        return;
    if (trial->cuts >= cuts_max) {
        trial->baseline = share;
        trial->baseline_ns = now_ns;
        undo(window, trial, now_ns);
    } else {
        cut(window, trial, share, now_ns);
    }
}

/* ---- silence ---- */

/* A sample whose questions have become suspects. */
static void judge_sample(struct mxs_window *window, const struct mxs_sample *sample, uint64_t now_ns)
{
    if (sample->number * window->sample_ns < window->changed_ns) {
        window->asked = window->silent = window->spans = 0;
        return;
    }
    window->asked += sample->asked;
    window->silent += sample->asked - sample->answered;
    window->spans++;
    if (window->asked < JUDGE_MIN || window->spans < JUDGE_SPANS)
        return;
    double share = (double)window->silent / window->asked;
    double chance = SHARE_SIGMAS * sqrt((window->trial.baseline + SHARE_EXCESS) / window->asked);
    window->asked = window->silent = window->spans = 0;
    judge(window, &window->trial, share, SHARE_EXCESS + chance, CUTS_SILENCE, now_ns);
}

/* Begins the sample of this time; those that have grown old are judged. */
static void begin_sample(struct mxs_window *window, uint64_t now_ns)
{
    uint32_t span = (uint32_t)(now_ns / window->sample_ns);
    if (span - window->span > MXS_WINDOW_SAMPLES)
        window->span = span - MXS_WINDOW_SAMPLES;
    while (window->span != span) {
        window->span++;
        window->samples[window->span % MXS_WINDOW_SAMPLES] = (struct mxs_sample){.number = window->span};
    }
    if (span - window->judged > MXS_WINDOW_SAMPLES)
        window->judged = span - MXS_WINDOW_SAMPLES + 1;
    while (span - window->judged >= SUSPECT_SPANS) {
        struct mxs_sample *sample = &window->samples[window->judged % MXS_WINDOW_SAMPLES];
        window->judged++;
        if (sample->number + 1 != window->judged || sample->asked == 0)
            continue;
        window->suspects += sample->asked - sample->ended;
        judge_sample(window, sample, now_ns);
    }
}

static void count_end(struct mxs_window *window, bool answered, uint64_t asked_ns)
{
    uint32_t number = (uint32_t)(asked_ns / window->sample_ns);
    struct mxs_sample *sample = &window->samples[number % MXS_WINDOW_SAMPLES];
    if (sample->number == number) {
        sample->ended++;
        sample->answered += answered;
    }
    if (number < window->judged && window->suspects > 0)
        window->suspects--;
}

/* ---- REFUSED ---- */

static void judge_burst(struct mxs_window *window, uint64_t now_ns)
{
    uint32_t count = window->burst_answers + window->burst_refused;
    if (count < BURST_MIN || now_ns - window->refused_ns < BURST_SPACING_NS)
        return;
    double share = (double)window->burst_refused / count;
    window->burst_answers = window->burst_refused = 0;
    window->refused_ns = now_ns;
    judge(window, &window->refused_trial, share, BURST_SHARE, CUTS_REFUSED, now_ns);
}

/* ---- what happens ---- */

void mxs_window_tick(struct mxs_window *window, uint64_t now_ns)
{
    if (now_ns - window->round_ns >= ROUND_NS)
        end_round(window, now_ns);
    if (now_ns >= (window->span + 1ull) * window->sample_ns)
        begin_sample(window, now_ns);
}

void mxs_window_take(struct mxs_window *window, uint32_t in_flight, uint64_t now_ns)
{
    mxs_window_tick(window, now_ns);
    window->samples[window->span % MXS_WINDOW_SAMPLES].asked++;
    window->round_asked++;
    if (in_flight + 1 >= window->size + window->suspects)
        window->full_ns = now_ns;
    mxs_bucket_take(&window->bucket, now_ns, 1);
}

void mxs_window_put(struct mxs_window *window, enum mxs_heard heard, uint64_t asked_ns, uint64_t now_ns)
{
    mxs_window_tick(window, now_ns);
    count_end(window, heard != MXS_HEARD_NOTHING, asked_ns);
    if (heard == MXS_HEARD_ANSWER) {
        window->round_answers++;
        window->burst_answers += asked_ns >= window->refused_ns;
        grow(window, asked_ns, now_ns);
    } else if (heard == MXS_HEARD_REFUSED && asked_ns >= window->refused_ns) {
        window->burst_refused++;
    }
    if (window->burst_answers + window->burst_refused >= BURST_MIN)
        judge_burst(window, now_ns);
}
