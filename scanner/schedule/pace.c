/* How fast a resolver may be asked.
 *
 * The window begins at 16 and grows with answers: by one for each until it has been cut for the first time (a doubling per
 * round trip), then by one per window. It is cut in half when the share of silence is two points above its baseline, or on a
 * burst of REFUSED.
 *
 * A window alone cannot hold back where the resolver is near: a window of one is 5,000 questions a second when an answer
 * takes 0.2 ms, and resolvers limit rates, not windows. So the first cut also begins a rate, and from then on the rate is what
 * is cut and what grows; the window is then only kept from stalling (places). A rate that nothing needs any more is dropped.
 *
 *   cut     to 85 % of what was answered, beside what the line loses. Not to half of what was asked: how much came back says how
 *           much the resolver can do, and one cut is then enough however far it was overrun. (Half, simulated: 74 to 80 % of the
 *           capacity is used, where 85 are asked for; with 85 % it is 90 to 96.)
 *   search  far below the place where it was last cut, or before there is one: 70 % a second.
 *   creep   near its place: a few questions a second more, doubling every two seconds since the last cut. Few answers tell little, so
 *           a slow resolver is overrun by more before it is noticed; there the steps are smaller.
 *
 * Two who share a resolver are cut at the same moments, each in proportion to what it has, and creep by the same steps
 * whatever they have: so they become equal. (Steps in proportion to one's own rate would keep every inequality; below 300 a second,
 * where they are, it is the looks that make equal.) Both look at the
 * same moments of the machine's clock, and who asks more can be surer of a share and gives way first. They must not ask in step,
 * though: of two that always ask at the same moments between two tokens of the resolver's bucket, one gets all of them. Hence the
 * jitter in the scheduler's ticks; and a near resolver, once paced, is asked at ticks only: who asks on at every answer takes each
 * token as it falls, and of 5,000 a second the other got a twentieth. (Ticks are shorter where more leaves at each, because a resolver
 * may keep no more than 10 ms of tokens.)
 *
 * Silence is noticed long before the timeout. Questions are counted by the span of time they were asked in. Those that are
 * two spans old, and four times as old as the quickest answer, are suspects: they hold no place in the window any more (so
 * that names that take a resolver seconds do not close it), and their share among those asked is what is judged. A suspect that
 * is answered after all is no loss; if slow answers are how this resolver is, that becomes its baseline.
 *
 * Each cut is an experiment. When the share does not fall, the cause was not us but the line, or the names: the cut is undone and the
 * share becomes the baseline. So steady loss does not close the window. And every ten seconds the baseline is found anew: a quarter of a
 * second (a second, where little is asked) at a quarter of the window, or of the rate, shows what is lost whatever the pace, silence and
 * REFUSED alike, so that an overrun taken for the line's loss once is not taken for it for ever. Where there is no baseline there is
 * nothing to find, and no probe: at a healthy resolver it costs nothing, on a lossy line 3 %, below 150 a second up to 7 %. Where even
 * that is too little to tell a share, the baseline is halved, and the next trial tells. */
#include "scanner/schedule/internal/pace.h"

#include <math.h>

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull

#define TICK_LEAST_MS 5u          /* and three times that at most */
#define TICK_LUMP 10u             /* questions that leave at once */
#define TICK_NEAR_NS (2 * NS_PER_MS) /* a resolver so near is asked at ticks only */
#define SAMPLE_MIN_NS (250 * NS_PER_MS)
#define SAMPLES_PER_TIMEOUT 40u
#define SUSPECT_SPANS 2u          /* a question this many spans old is a suspect */
#define SUSPECT_RTTS 4u           /* and this many times the quickest answer */
#define SUSPECT_SPANS_MAX 20u
#define JUDGE_MIN 64u             /* questions that make a share */
#define JUDGE_SPANS 2u            /* and spans: where there are more questions, chance matters less */
#define SHARE_EXCESS 0.02         /* points above the baseline */
#define SHARE_SIGMAS 2.0          /* and beyond what chance does */
#define SHARE_LOWERED 0.75        /* of what it was: the cut helped */
#define SHARE_LARGE 0.3           /* no line loses so much: others may have overrun the resolver, and need time to cut, too */
#define BASELINE_NS (10 * NS_PER_S)
#define BASELINE_MOST 0.5         /* of what comes back, so much may be made up for */
#define PROBE_PART 4u
#define PROBE_LOSS 0.01           /* a baseline above it is probed; below there is nothing to explain */
#define PROBE_ASKED 64u           /* questions that a probe asks; half of them tell enough */
#define PROBE_SPANS 4u            /* and how long it lasts at most */
#define CUTS_SILENCE 2u           /* cuts of a trial that may fail to help */
#define CUTS_MANY 8u              /* when the share is large, or the resolver refuses in words */
#define BURST_MIN 4u              /* REFUSED that are a burst */
#define BURST_OF 64u              /* of so many at least, if there are fewer */
#define BURST_EXCESS 0.03
#define BURST_SIGMAS 1.0
#define BURST_SPAN_NS (250 * NS_PER_MS) /* by the machine's clock: all who share a resolver look at the same moment */
#define BURST_MAX_NS NS_PER_S
#define BURST_FIRST_NS (20 * NS_PER_MS)
#define ROUND_NS (100 * NS_PER_MS)
#define PACE_AFTER_CUT 0.85
#define PACE_BURST_NS (40 * NS_PER_MS) /* more than a tick of the scheduler: where answers are rare, only ticks send */
#define PACE_IDLE_NS (20 * NS_PER_MS)  /* a rate that was not used for so long is not what holds */
#define PACE_LOOSE_NS (5 * NS_PER_S)   /* and after this is none */
#define PACE_SEARCH 0.7           /* growth a second before the second cut */
#define SEARCH_NS (250 * NS_PER_MS)
#define PACE_PLACE 0.5            /* of the rate that was cut: above it steps are small */
#define CREEP_FULL_QPS 300.0      /* below it the steps below are smaller in proportion */
#define CREEP_SILENCE 10.0        /* more a second just after a cut, whoever asks: that makes two scanners equal */
#define CREEP_REFUSED 40.0        /* words are heard sooner than silence */
#define CREEP_DOUBLES_S 2.0
#define CREEP_MOST 0.4            /* of the rate, a second */
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

uint64_t mxs_pace_tick_ms(uint64_t *random, double tick_qps)
{
    uint64_t least = tick_qps * TICK_LEAST_MS <= TICK_LUMP * 1000.0 ? TICK_LEAST_MS : (uint64_t)(TICK_LUMP * 1000.0 / tick_qps);
    least = least < 1 ? 1 : least;
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return least + *random % (2 * least + 1);
}

/* How many spans old a question must be to be a suspect. */
static uint32_t suspect_spans(const struct mxs_window *window)
{
    uint64_t spans = SUSPECT_SPANS + SUSPECT_RTTS * window->rtt_min_ns / window->sample_ns;
    return spans < SUSPECT_SPANS_MAX ? (uint32_t)spans : SUSPECT_SPANS_MAX;
}

/* ---- the rate ---- */

static void set_rate(struct mxs_window *window, double rate_qps)
{
    uint64_t next_ns = window->bucket.next_ns;
    window->rate_qps = rate_qps;
    window->places = 0;
    if (rate_qps == 0) {
        window->bucket = (struct mxs_bucket){0};
        return;
    }
    if (window->rate_qps < 1)
        window->rate_qps = 1;
    double places = window->rate_qps * (double)(suspect_spans(window) * window->sample_ns) / 1e9;
    window->places = places > window->ceiling ? window->ceiling : (uint32_t)places;
    rate_qps = window->rate_qps / (window->probe.asking ? PROBE_PART : 1);
    mxs_bucket_init(&window->bucket, rate_qps >= 1e9 ? 1000000000u : rate_qps < 1 ? 1 : (uint32_t)rate_qps, PACE_BURST_NS);
    window->bucket.next_ns = next_ns;
}

/* Every tenth of a second: the rate creeps up while it is what holds. */
static void end_round(struct mxs_window *window, uint64_t now_ns)
{
    double spent_s = (double)(now_ns - window->round_ns) / 1e9;
    window->round_ns = now_ns;
    if (window->rate_qps == 0 || window->probe.asking)
        return;
    if (window->bucket.next_ns + PACE_IDLE_NS < now_ns) {
        if (now_ns - window->held_ns > PACE_LOOSE_NS)
            set_rate(window, 0);
        return;
    }
    window->held_ns = now_ns;
    double step = PACE_SEARCH * window->rate_qps;
    if (window->rate_qps >= window->place_qps) {
        double first = window->refused ? CREEP_REFUSED : CREEP_SILENCE;
        first *= fmin(1, window->rate_qps / CREEP_FULL_QPS);
        double most = CREEP_MOST * window->rate_qps;
        step = first * exp2((double)(now_ns - window->cut_ns) / 1e9 / CREEP_DOUBLES_S);
        step = step > most ? most : step;
    }
    set_rate(window, window->rate_qps + step * (spent_s > 1 ? 1 : spent_s));
}

/* ---- the window ---- */

void mxs_window_init(struct mxs_window *window, uint32_t ceiling, uint64_t timeout_ns, uint64_t now_ns)
{
    *window = (struct mxs_window){0};
    window->ceiling = ceiling < 1 ? 1 : ceiling;
    window->size = window->ceiling < MXS_WINDOW_FIRST ? window->ceiling : MXS_WINDOW_FIRST;
    window->slow_start = true;
    window->rtt_min_ns = UINT32_MAX;
    window->sample_ns = timeout_ns / SAMPLES_PER_TIMEOUT < SAMPLE_MIN_NS ? SAMPLE_MIN_NS : timeout_ns / SAMPLES_PER_TIMEOUT;
    window->round_ns = window->changed_ns = window->refused_ns = now_ns;
    window->span = window->judged = (uint32_t)(now_ns / window->sample_ns);
    window->samples[window->span % MXS_WINDOW_SAMPLES].number = window->span;
}

void mxs_window_restart(struct mxs_window *window, uint64_t timeout_ns, uint64_t now_ns)
{
    /* What was cut while the resolver fell silent says nothing about its pace. */
    double rate_qps = window->trial.cuts != 0 ? window->trial.rate_before : window->rate_qps;
    mxs_window_init(window, window->ceiling, timeout_ns, now_ns);
    if (rate_qps == 0)
        return;
    set_rate(window, rate_qps);
    window->place_qps = rate_qps;
    window->slow_start = false;
    window->cut_ns = window->held_ns = now_ns;
}

double mxs_window_tick_qps(const struct mxs_window *window)
{
    return window->rtt_min_ns < TICK_NEAR_NS ? window->rate_qps : 0;
}

bool mxs_window_fits(const struct mxs_window *window, uint32_t in_flight, uint64_t now_ns)
{
    uint32_t waiting = in_flight > window->suspects ? in_flight - window->suspects : 0;
    if (window->rate_qps == 0)
        return waiting < (window->probe.asking ? (window->size + PROBE_PART - 1) / PROBE_PART : window->size);
    return (waiting < window->size || waiting < window->places) &&
           mxs_bucket_fits(&window->bucket, mxs_window_tick_qps(window) != 0 ? window->tick_ns : now_ns);
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
    if (now_ns - asked_ns < window->rtt_min_ns)
        window->rtt_min_ns = now_ns - asked_ns;
    if (window->size >= window->ceiling || window->full_ns < asked_ns)
        return; /* at its ceiling, or not used as it is */
    window->grown++;
    if ((!window->slow_start || is_near(window)) && window->grown < window->size)
        return;
    window->grown = 0;
    window->size++;
}

static void cut(struct mxs_window *window, struct mxs_trial *trial, double share, double seen_qps, uint64_t now_ns)
{
    if (trial->cuts == 0)
        *trial = (struct mxs_trial){trial->baseline, false, 0, window->size, window->rate_qps, share};
    trial->cuts++;
    window->refused = trial == &window->refused_trial;
    trial->relieved = trial == &window->trial; /* who refuses, refuses others too, who have not been cut yet */
    if (window->rate_qps == 0) {
        window->size = window->size / 2 < 1 ? 1 : window->size / 2;
        window->slow_start = false;
        window->grown = 0;
        window->place_qps = INFINITY;
    } else { /* the rate is what holds: a window smaller still would only stall on what was lost */
        if (now_ns - window->cut_ns > SEARCH_NS)
            window->place_qps = window->rate_qps * PACE_PLACE;
        seen_qps = seen_qps > window->rate_qps ? window->rate_qps : seen_qps;
        seen_qps = seen_qps < window->rate_qps / 2 ? window->rate_qps / 2 : seen_qps;
    }
    set_rate(window, PACE_AFTER_CUT * seen_qps);
    window->cut_ns = window->changed_ns = window->held_ns = now_ns;
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

/* The baseline follows the share down, and up where a cut has just made room: what is left then is not our pace, as it seems. */
static void follow_share(struct mxs_trial *trial, double share)
{
    if (share < trial->baseline)
        trial->baseline += (share - trial->baseline) / 8;
    else if (trial->relieved && share <= SHARE_LARGE)
        trial->baseline += (share - trial->baseline) / 2;
    trial->relieved = false;
}

/* A share above its baseline is a reason to cut; unless cuts_max of them have not lowered it. */
static void judge(struct mxs_window *window, struct mxs_trial *trial, double share, double excess, double seen_qps,
                  uint32_t cuts_max, uint64_t now_ns)
{
    follow_share(trial, share);
    if (trial->cuts != 0 && share <= SHARE_LOWERED * trial->share_before)
        trial->cuts = 0; /* it was our pace */
    if (trial->cuts == 0 && share <= trial->baseline + excess)
        return;
    if (trial->cuts >= cuts_max) {
        trial->baseline = share;
        undo(window, trial, now_ns);
    } else {
        cut(window, trial, share, seen_qps / (1 - (trial->baseline < BASELINE_MOST ? trial->baseline : BASELINE_MOST)), now_ns);
    }
}

/* ---- the probe of the baseline ---- */

/* The last sample of a probe is old enough. */
static void read_probe(struct mxs_window *window)
{
    struct mxs_probe *probe = &window->probe;
    if (probe->asked >= PROBE_ASKED / 2) {
        window->trial.baseline = (double)probe->silent / probe->asked;
        window->refused_trial.baseline = (double)probe->refused / probe->asked;
    } else { /* another trial shows whether it still holds */
        window->trial.baseline /= 2;
        window->refused_trial.baseline /= 2;
    }
    probe->first = probe->end = 0;
}

/* Whether a sample belongs to a probe: then it is judged with it and not by itself. */
static bool is_probed(struct mxs_window *window, const struct mxs_sample *sample)
{
    struct mxs_probe *probe = &window->probe;
    if (probe->first == 0 || sample->number < probe->first || (probe->end != 0 && sample->number >= probe->end))
        return false;
    probe->asked += sample->asked;
    probe->silent += sample->asked - sample->answered;
    probe->refused += sample->refused;
    window->asked = window->silent = window->spans = 0;
    return true;
}

/* A span has begun. */
static void step_probe(struct mxs_window *window, uint64_t now_ns)
{
    struct mxs_probe *probe = &window->probe;
    if (probe->asking) {
        uint32_t asked = 0;
        for (uint32_t i = probe->first; i < window->span; i++)
            asked += window->samples[i % MXS_WINDOW_SAMPLES].asked;
        if (asked < PROBE_ASKED && window->span - probe->first < PROBE_SPANS)
            return;
        probe->asking = false;
        probe->end = window->span;
        set_rate(window, window->rate_qps);
        return;
    }
    bool lossy = window->trial.baseline > PROBE_LOSS || window->refused_trial.baseline > PROBE_LOSS;
    if (probe->first != 0 || now_ns / BASELINE_NS == probe->last_ns / BASELINE_NS)
        return;
    probe->last_ns = now_ns;
    if (!lossy)
        return;
    *probe = (struct mxs_probe){.asking = true, .first = window->span, .last_ns = now_ns};
    set_rate(window, window->rate_qps);
}

/* ---- silence ---- */

/* A sample whose questions have become suspects. */
static void judge_sample(struct mxs_window *window, const struct mxs_sample *sample, uint64_t now_ns)
{
    if (is_probed(window, sample))
        return;
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
    double seen_qps = (window->asked - window->silent) * 1e9 / (double)(window->spans * window->sample_ns);
    window->asked = sample->asked; /* the next share begins with this one */
    window->silent = sample->asked - sample->answered;
    window->spans = 1;
    judge(window, &window->trial, share, SHARE_EXCESS + chance, seen_qps, share > SHARE_LARGE ? CUTS_MANY : CUTS_SILENCE, now_ns);
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
        step_probe(window, now_ns);
    }
    if (span - window->judged > MXS_WINDOW_SAMPLES)
        window->judged = span - MXS_WINDOW_SAMPLES + 1;
    while (span - window->judged >= suspect_spans(window)) {
        struct mxs_sample *sample = &window->samples[window->judged % MXS_WINDOW_SAMPLES];
        if (window->probe.end != 0 && window->judged >= window->probe.end)
            read_probe(window);
        window->judged++;
        if (sample->number + 1 != window->judged || sample->asked == 0)
            continue;
        window->suspects += sample->asked - sample->ended;
        judge_sample(window, sample, now_ns);
    }
}

static void count_end(struct mxs_window *window, enum mxs_heard heard, uint64_t asked_ns)
{
    uint32_t number = (uint32_t)(asked_ns / window->sample_ns);
    struct mxs_sample *sample = &window->samples[number % MXS_WINDOW_SAMPLES];
    if (sample->number == number) {
        sample->ended++;
        sample->answered += heard != MXS_HEARD_NOTHING;
        sample->refused += heard == MXS_HEARD_REFUSED;
    }
    if (number < window->judged && window->suspects > 0)
        window->suspects--;
}

/* ---- REFUSED ---- */

/* Looks four times a second; what is too little for a verdict is carried on. */
static void judge_burst(struct mxs_window *window, uint64_t now_ns)
{
    uint64_t spent_ns = now_ns - window->refused_ns;
    if (window->cut_ns == 0 ? spent_ns < BURST_FIRST_NS : now_ns / BURST_SPAN_NS == window->refused_ns / BURST_SPAN_NS)
        return;
    bool burst = window->burst_refused >= BURST_MIN;
    uint32_t count = window->burst_answers + window->burst_refused;
    if (!burst && (spent_ns < BURST_MAX_NS || count < BURST_OF))
        return;
    double share = (double)window->burst_refused / count, baseline = window->refused_trial.baseline;
    double chance = BURST_SIGMAS * sqrt((baseline + BURST_EXCESS) / count);
    double seen_qps = window->burst_answers * 1e9 / (double)spent_ns;
    if (window->rate_qps * (1 - share) > seen_qps) /* a tenth of a second says little */
        seen_qps = window->rate_qps * (1 - share);
    window->burst_answers = window->burst_refused = 0;
    window->refused_ns = now_ns;
    judge(window, &window->refused_trial, share, burst ? BURST_EXCESS + chance : 1, seen_qps, CUTS_MANY, now_ns);
}

/* ---- what happens ---- */

static void pass_time(struct mxs_window *window, uint64_t now_ns)
{
    if (now_ns - window->round_ns >= ROUND_NS)
        end_round(window, now_ns);
    if (now_ns >= (window->span + 1ull) * window->sample_ns)
        begin_sample(window, now_ns);
}

void mxs_window_tick(struct mxs_window *window, uint64_t now_ns)
{
    window->tick_ns = now_ns;
    pass_time(window, now_ns);
}

void mxs_window_take(struct mxs_window *window, uint32_t in_flight, uint64_t now_ns)
{
    pass_time(window, now_ns);
    window->samples[window->span % MXS_WINDOW_SAMPLES].asked++;
    if (in_flight + 1 >= window->size + window->suspects)
        window->full_ns = now_ns;
    mxs_bucket_take(&window->bucket, now_ns, 1);
}

void mxs_window_put(struct mxs_window *window, enum mxs_heard heard, uint64_t asked_ns, uint64_t now_ns)
{
    pass_time(window, now_ns);
    count_end(window, heard, asked_ns);
    if (window->cut_ns == 0 && window->burst_answers + window->burst_refused == 0 && asked_ns > window->refused_ns)
        window->refused_ns = asked_ns - 1; /* before, nothing was asked: that is no slowness of the resolver */
    if (heard == MXS_HEARD_ANSWER) {
        window->burst_answers += asked_ns > window->refused_ns;
        grow(window, asked_ns, now_ns);
    } else if (heard == MXS_HEARD_REFUSED && asked_ns > window->refused_ns) {
        window->burst_refused++;
    }
    if (window->burst_answers + window->burst_refused > 0)
        judge_burst(window, now_ns);
}
