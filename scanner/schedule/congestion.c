/* The silence of a name is not the silence of a resolver.
 *
 * Names are slow, dead or broken for reasons of their own, so neither how long they take nor how many stay silent says
 * anything about our pace. Two things do.
 *
 * Whether more questions bring more answers. The window grows by one for each answer as long as each round of it
 * brings a quarter more answers a second, or by chance seems not to (slow start). After that it is tried, all the
 * time, whether a quarter more in flight brings more, or a fifth less brings nearly as much; that window stays which
 * is not larger than it needs to be. A share of dead names makes both sides of the comparison smaller and changes
 * nothing. A refusal is an answer here: names may be refused for reasons of their own, too. A question that is not
 * answered within the usual time (the round trip of names and canaries with four deviations) holds no place any
 * longer: so names that stay silent do not close the window. What SERVFAIL took, and answers about names that had
 * been silent, is not usual: at the end of a list nothing else comes, and places would be held for seconds.
 *
 * Whether canaries come back. A canary is a question whose answer the resolver must have at hand. One that is lost or
 * refused is lost on the line or thrown away because too much was asked, and nothing else; while none is refused, names
 * that are refused are answered. Only then is the share of
 * answered names looked at, because there are a hundred names for each canary: when it is below what it was in good
 * times (the baseline), the rate is cut to a part of what was answered. Each cut is on trial: if the share is the same
 * as before, and once more so, it was the line, the cut is undone and the share becomes the baseline. If it moved
 * either way and is not good yet, an overrun goes on, ours or that of others who ask, and the rate is cut again: who
 * took the others' overrun for the line would overrun them for ever. The baseline returns to 1 slowly, so that what was
 * taken for the line once is tried again.
 *
 * The rate grows by a few questions a second more, doubling every fifteen canaries' time: the same steps for all who
 * share a resolver, while cuts are in proportion to what each has, so they become equal. */
#include "scanner/schedule/internal/congestion.h"

#include <math.h>
#include <string.h>

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull

#define INTERVAL_NS (50 * NS_PER_MS)
#define LATE_LEAST_NS INTERVAL_NS
#define JUDGE_LEAST_INTERVALS 5u    /* what came late because this machine was busy is no loss */
#define LATE_INTERVALS_MAX (MXS_CONGESTION_INTERVALS - 2)

#define RTT_OF 64               /* answers in the average */
#define OWN_RTT_OF 8            /* and canaries in that of the resolver: one to ten a second */

#define CANARIES_QPS 10u        /* at most */
#define CANARY_OF 100u          /* questions, where that is less often */
#define CANARY_LEAST_NS NS_PER_S

#define ROUND_START_NS (20 * NS_PER_MS)
#define ROUND_NS (100 * NS_PER_MS) /* after slow start: the noise of the machine must not look like a verdict */
#define ROUND_ANSWERS 256u
#define ROUND_MAX_NS NS_PER_S
#define STEP_UP 1.25
#define STEP_DOWN 0.8
#define WORTH 0.25              /* of the answers that the step would bring in proportion, so much must come */
#define FAILED_MAX 3u

#define SHARE_ASKED 1000u       /* questions that make a share */
#define SHARE_INTERVALS 20u         /* or the time */
#define LOOK_INTERVALS 5u           /* that a look at it goes back */
#define SHARE_EXCESS 0.02
#define CHANCE 2.0              /* standard deviations beyond it */
#define UNCHANGED 2u            /* trials in a row */
#define CUT 0.8                 /* of what was answered */
#define SHARE_DIP 0.01          /* somebody overran: if it ends without us, somebody else gave way */
#define DIP_NS NS_PER_S
#define DIP_INTERVALS 3u
#define BASELINE_S 30.0         /* its way back to 1 */
#define BURST_NS (40 * NS_PER_MS)  /* more than a tick: where answers are rare, only ticks send */
#define LOOSE_NS (5 * NS_PER_S) /* a rate that held nothing for so long is none */
#define GROW_QPS 10.0           /* a second, just after a cut */
#define GROW_DOUBLES_S 1.5

#define TICK_LEAST_MS 5u

static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

uint64_t mxs_congestion_tick_ms(uint64_t *random, bool paced)
{
    uint64_t least_ms = paced ? 1 : TICK_LEAST_MS;
    return least_ms + draw(random) % (2 * least_ms + 1);
}

static uint64_t late_of(const struct mxs_congestion *congestion, const struct mxs_round_trip *trip)
{
    uint64_t late_ns = trip->rtt_ns + 4 * trip->deviation_ns;
    if (trip->rtt_ns == 0 || late_ns > congestion->timeout_ns)
        late_ns = congestion->timeout_ns;
    return late_ns < LATE_LEAST_NS ? LATE_LEAST_NS : late_ns;
}

uint64_t mxs_congestion_late_ns(const struct mxs_congestion *congestion)
{
    return late_of(congestion, &congestion->names);
}

uint64_t mxs_congestion_own_late_ns(const struct mxs_congestion *congestion)
{
    return late_of(congestion, congestion->own.rtt_ns != 0 ? &congestion->own : &congestion->names);
}

static uint32_t late_intervals(const struct mxs_congestion *congestion)
{
    uint64_t intervals = mxs_congestion_late_ns(congestion) / INTERVAL_NS + 1;
    return intervals < LATE_INTERVALS_MAX ? (uint32_t)intervals : LATE_INTERVALS_MAX;
}

static struct mxs_interval *interval_at(struct mxs_congestion *congestion, uint64_t at_ns)
{
    uint32_t number = (uint32_t)(at_ns / INTERVAL_NS);
    struct mxs_interval *interval = &congestion->intervals[number % MXS_CONGESTION_INTERVALS];
    return interval->number == number ? interval : NULL;
}

/* ---- the window ---- */

static void set_size(struct mxs_congestion *congestion, double size)
{
    congestion->size = size >= congestion->ceiling ? congestion->ceiling : size < 1 ? 1 : (uint32_t)size;
}

static void begin_round(struct mxs_congestion *congestion, uint64_t now_ns)
{
    congestion->round_ns = now_ns;
    congestion->round_answers = 0;
    congestion->round_size = congestion->size;
    congestion->round_full = congestion->round_refused = false;
}

/* A step of the window, or none: then answers are counted to compare the next step with. */
static void begin_step(struct mxs_congestion *congestion, enum mxs_step step)
{
    congestion->step = step;
    congestion->settling = true;
    if (step == MXS_STEP_NONE)
        return;
    congestion->size_before = congestion->size;
    if (step == MXS_STEP_UP)
        set_size(congestion, ceil(congestion->size * STEP_UP));
    else if (step == MXS_STEP_DOWN)
        set_size(congestion, congestion->size * STEP_DOWN);
}

/* Beyond chance: of sixteen questions about names that may be silent a few more or less are answered. */
static void end_start_round(struct mxs_congestion *congestion, double qps)
{
    double chance_qps = CHANCE * qps / sqrt(fmax(congestion->round_answers, 1));
    if (qps + chance_qps >= congestion->answers_qps * STEP_UP) {
        congestion->answers_qps = fmax(qps, congestion->answers_qps);
        congestion->size_before = congestion->round_size;
        congestion->failed = 0;
    } else if (congestion->round_full && ++congestion->failed >= FAILED_MAX) {
        set_size(congestion, congestion->size_before);
        begin_step(congestion, MXS_STEP_NONE);
    }
}

/* Worth it, and again; or taken back, and next time the other way. */
static void end_step_round(struct mxs_congestion *congestion, double qps)
{
    double gain = congestion->step == MXS_STEP_UP ? STEP_UP : STEP_DOWN;
    bool worth = congestion->round_full && qps > 0 && qps >= congestion->answers_qps * (1 + (gain - 1) * WORTH);
    if (worth) {
        congestion->answers_qps = qps;
        congestion->failed = 0;
        begin_step(congestion, congestion->step == MXS_STEP_UP ? MXS_STEP_SLOW_START : MXS_STEP_DOWN);
        return;
    }
    congestion->size = congestion->size_before;
    congestion->down = congestion->step == MXS_STEP_UP;
    begin_step(congestion, MXS_STEP_NONE);
}

static void end_round(struct mxs_congestion *congestion, uint64_t now_ns)
{
    double qps = congestion->round_answers * 1e9 / (double)(now_ns - congestion->round_ns);
    if (congestion->step == MXS_STEP_SLOW_START) {
        end_start_round(congestion, qps);
    } else if (congestion->settling) {
        congestion->settling = false;
    } else if (congestion->step == MXS_STEP_NONE && congestion->round_full) {
        congestion->answers_qps = qps;
        begin_step(congestion, congestion->down ? MXS_STEP_DOWN : MXS_STEP_UP);
    } else if (congestion->step != MXS_STEP_NONE) {
        end_step_round(congestion, qps);
    }
    begin_round(congestion, now_ns);
}

/* A round lasts a round trip, and as long as it takes a window's worth of answers to come. Refused names hold their
 * places until they are given up, and all of an interval come back at once: a shorter round sees none of these waves,
 * or two. */
static bool round_is_over(const struct mxs_congestion *congestion, uint64_t now_ns)
{
    bool start = congestion->step == MXS_STEP_SLOW_START;
    uint64_t least_ns = start ? ROUND_START_NS : ROUND_NS, spent_ns = now_ns - congestion->round_ns;
    uint32_t answers = congestion->round_size * (start ? 1 : 4);
    answers = answers < ROUND_ANSWERS ? answers : ROUND_ANSWERS;
    least_ns = least_ns > congestion->names.rtt_ns ? least_ns : congestion->names.rtt_ns;
    uint64_t held_ns = (late_intervals(congestion) + 1) * INTERVAL_NS;
    if (congestion->round_refused && !congestion->canary_refused)
        least_ns = least_ns > held_ns ? least_ns : held_ns;
    return spent_ns >= least_ns && (congestion->round_answers >= answers || spent_ns >= least_ns + ROUND_MAX_NS);
}

static void learn_rtt(struct mxs_round_trip *trip, uint64_t rtt_ns, int64_t of)
{
    rtt_ns = rtt_ns == 0 ? 1 : rtt_ns;
    if (trip->rtt_ns == 0) {
        trip->rtt_ns = rtt_ns;
        trip->deviation_ns = rtt_ns / 2;
        return;
    }
    int64_t error_ns = (int64_t)rtt_ns - (int64_t)trip->rtt_ns;
    int64_t size_ns = error_ns < 0 ? -error_ns : error_ns;
    trip->rtt_ns = (uint64_t)((int64_t)trip->rtt_ns + error_ns / of);
    trip->deviation_ns = (uint64_t)((int64_t)trip->deviation_ns + (size_ns - (int64_t)trip->deviation_ns) / of);
}

static void hear_answer(struct mxs_congestion *congestion, enum mxs_heard heard, uint64_t asked_ns, uint64_t now_ns)
{
    congestion->round_answers++;
    congestion->round_refused |= heard == MXS_HEARD_REFUSED;
    if (heard != MXS_HEARD_SLOW) /* at the end of a list these are all there are */
        learn_rtt(&congestion->names, now_ns - asked_ns, RTT_OF);
    if (congestion->step == MXS_STEP_SLOW_START && congestion->failed == 0 && congestion->full_ns >= asked_ns &&
        congestion->size < congestion->ceiling && congestion->size < 2 * congestion->round_size)
        congestion->size++;
}

/* ---- the rate ---- */

static void set_rate(struct mxs_congestion *congestion, double rate_qps)
{
    uint64_t next_ns = congestion->bucket.next_ns;
    congestion->rate_qps = rate_qps == 0 || rate_qps > 1 ? rate_qps : 1;
    mxs_bucket_init(&congestion->bucket, (uint32_t)congestion->rate_qps, BURST_NS);
    congestion->bucket.next_ns = next_ns;
}

static uint32_t answered_of(const struct mxs_congestion *congestion, const struct mxs_interval *interval)
{
    return interval->answered + (congestion->refuses ? 0 : interval->refused);
}

/* What was asked lately, since the rate is what it is, and is old enough to be judged. */
static struct mxs_share read_share(const struct mxs_congestion *congestion)
{
    struct mxs_share share = {0};
    while (share.intervals < SHARE_INTERVALS &&
           (share.intervals < LOOK_INTERVALS || (congestion->on_trial && share.asked < SHARE_ASKED))) {
        uint32_t number = congestion->judged - 1 - share.intervals;
        const struct mxs_interval *interval = &congestion->intervals[number % MXS_CONGESTION_INTERVALS];
        if (interval->number != number || number * INTERVAL_NS < congestion->changed_ns)
            break;
        share.intervals++;
        share.full += interval->full;
        share.asked += interval->full ? interval->asked : 0;
        share.answered += interval->full ? answered_of(congestion, interval) : 0;
    }
    return share;
}

static double answered_qps(const struct mxs_share *sample)
{
    return sample->answered * 1e9 / ((double)sample->full * INTERVAL_NS);
}

static void cut(struct mxs_congestion *congestion, double share, double answered_qps, uint64_t now_ns)
{
    double rate_qps = answered_qps / congestion->baseline;
    congestion->rate_before = congestion->rate_qps;
    congestion->share_before = share;
    congestion->unchanged = 0;
    if (congestion->rate_qps != 0)
        rate_qps = fmin(fmax(rate_qps, congestion->rate_qps / 2), congestion->rate_qps);
    congestion->on_trial = true;
    congestion->cut_ns = congestion->changed_ns = congestion->used_ns = congestion->grown_ns = now_ns;
    congestion->bucket.next_ns = now_ns;
    set_rate(congestion, CUT * rate_qps);
}

static void undo(struct mxs_congestion *congestion, uint64_t now_ns)
{
    congestion->on_trial = false;
    congestion->changed_ns = now_ns;
    set_rate(congestion, congestion->rate_before);
}

/* A cut has been in force long enough to tell. What changed for better or worse, or is too much for any line, is an
 * overrun that goes on: ours, or that of others, who see it, too. What is the same, twice, is the line. */
static void end_trial(struct mxs_congestion *congestion, const struct mxs_share *sample, uint64_t now_ns)
{
    double share = (double)sample->answered / sample->asked;
    double chance = CHANCE * sqrt(share * (1 - share) / sample->asked);
    if (share >= congestion->baseline - SHARE_EXCESS - chance) {
        congestion->on_trial = false;
        congestion->baseline = fmax(share, (congestion->baseline + share) / 2);
        if (congestion->rate_before != 0 && share - congestion->share_before <= chance) /* it was chance before */
            undo(congestion, now_ns);
    } else if (fabs(share - congestion->share_before) > SHARE_EXCESS + chance || share < congestion->baseline / 2) {
        cut(congestion, share, answered_qps(sample), now_ns);
    } else if (congestion->rate_before != 0 && ++congestion->unchanged < UNCHANGED) {
        congestion->changed_ns = now_ns;
    } else {
        congestion->baseline = share;
        undo(congestion, now_ns);
    }
}

/* On a line that loses nothing: somebody overran the resolver lately, and has stopped though we did nothing. Who then
 * gives way, too, is soon equal with the others. */
static bool others_gave_way(struct mxs_congestion *congestion, double share, uint64_t now_ns)
{
    struct mxs_share last = {0};
    if (congestion->rate_qps == 0 || congestion->baseline < 1 - SHARE_DIP)
        return false;
    if (share < congestion->baseline - SHARE_DIP)
        congestion->dip_ns = now_ns;
    if (congestion->dip_ns <= congestion->cut_ns || now_ns - congestion->dip_ns > DIP_NS)
        return false;
    for (uint32_t i = 1; i <= DIP_INTERVALS; i++) {
        uint32_t number = congestion->judged - i;
        const struct mxs_interval *interval = &congestion->intervals[number % MXS_CONGESTION_INTERVALS];
        last.asked += interval->asked;
        last.answered += answered_of(congestion, interval);
    }
    return last.answered == last.asked;
}

/* An interval whose questions are late if they are not answered. */
static void judge(struct mxs_congestion *congestion, const struct mxs_interval *interval, uint64_t now_ns)
{
    /* Where a rate has been found the names alone tell whether it still is the right one. */
    bool in_doubt = congestion->rate_qps != 0 || interval->canaries_answered < interval->canaries;
    if (interval->number * INTERVAL_NS < congestion->changed_ns)
        return;
    congestion->refuses = interval->canaries_refused != 0 || (congestion->rate_qps != 0 && congestion->refuses);
    struct mxs_share recent = read_share(congestion);
    bool enough = recent.asked >= SHARE_ASKED || recent.intervals >= SHARE_INTERVALS;
    if (recent.asked == 0) {
        if (congestion->on_trial && enough)
            undo(congestion, now_ns); /* too little is asked to tell */
        return;
    }
    double share = (double)recent.answered / recent.asked;
    double chance = sqrt(congestion->baseline * (1 - congestion->baseline) / recent.asked);
    if (congestion->on_trial) {
        if (enough)
            end_trial(congestion, &recent, now_ns);
    } else if (in_doubt && (share < congestion->baseline - SHARE_EXCESS - CHANCE * chance ||
                            others_gave_way(congestion, share, now_ns))) {
        cut(congestion, share, answered_qps(&recent), now_ns);
    }
}

static void grow_rate(struct mxs_congestion *congestion, uint64_t now_ns)
{
    double spent_s = (double)(now_ns - congestion->grown_ns) / 1e9;
    congestion->grown_ns = now_ns;
    congestion->baseline += (1 - congestion->baseline) * (1 - exp(-spent_s / BASELINE_S));
    if (congestion->rate_qps == 0)
        return;
    if (congestion->bucket.next_ns + BURST_NS >= now_ns)
        congestion->used_ns = now_ns;
    else if (now_ns - congestion->used_ns > LOOSE_NS)
        set_rate(congestion, 0);
    if (congestion->rate_qps == 0 || congestion->used_ns != now_ns)
        return;
    double step_qps = GROW_QPS * exp2((double)(now_ns - congestion->cut_ns) / 1e9 / GROW_DOUBLES_S);
    set_rate(congestion, congestion->rate_qps + step_qps * fmin(spent_s, 1));
}

/* ---- what happens ---- */

/* Begins the interval of this time; those that have grown old are judged. */
static void begin_interval(struct mxs_congestion *congestion, uint64_t now_ns)
{
    uint32_t number = (uint32_t)(now_ns / INTERVAL_NS), late = late_intervals(congestion);
    for (uint32_t i = 0; congestion->interval != number && i < MXS_CONGESTION_INTERVALS; i++) {
        if (number - congestion->interval > MXS_CONGESTION_INTERVALS)
            congestion->interval = number - MXS_CONGESTION_INTERVALS;
        congestion->interval++;
        uint32_t at = congestion->interval % MXS_CONGESTION_INTERVALS;
        congestion->intervals[at] = (struct mxs_interval){.number = congestion->interval};
    }
    if (number - congestion->judged >= MXS_CONGESTION_INTERVALS) {
        congestion->given_up = congestion->judged = number;
        congestion->young = 0;
    }
    for (; number - congestion->given_up > late; congestion->given_up++) {
        const struct mxs_interval *interval = &congestion->intervals[congestion->given_up % MXS_CONGESTION_INTERVALS];
        uint32_t silent = interval->asked - interval->ended;
        congestion->young -= silent < congestion->young ? silent : congestion->young;
    }
    late = late > JUDGE_LEAST_INTERVALS ? late : JUDGE_LEAST_INTERVALS;
    while (number - congestion->judged > late) {
        const struct mxs_interval *interval = &congestion->intervals[congestion->judged++ % MXS_CONGESTION_INTERVALS];
        if (interval->asked != 0 || congestion->on_trial)
            judge(congestion, interval, now_ns);
    }
    grow_rate(congestion, now_ns);
}

static void pass_time(struct mxs_congestion *congestion, uint64_t now_ns)
{
    if (now_ns / INTERVAL_NS != congestion->interval)
        begin_interval(congestion, now_ns);
    if (round_is_over(congestion, now_ns))
        end_round(congestion, now_ns);
}

void mxs_congestion_tick(struct mxs_congestion *congestion, uint64_t now_ns)
{
    congestion->tick_ns = now_ns;
    pass_time(congestion, now_ns);
}

bool mxs_congestion_fits(const struct mxs_congestion *congestion)
{
    return congestion->rate_qps != 0 ? mxs_bucket_fits(&congestion->bucket, congestion->tick_ns)
                                     : congestion->young < congestion->size;
}

/* A canary leaves among the questions, not before them: what is thrown away is the end of a burst. */
bool mxs_congestion_take(struct mxs_congestion *congestion, uint64_t now_ns)
{
    pass_time(congestion, now_ns);
    congestion->intervals[congestion->interval % MXS_CONGESTION_INTERVALS].asked++;
    congestion->young++;
    if (congestion->young >= congestion->size) {
        congestion->full_ns = now_ns;
        congestion->round_full |= congestion->rate_qps == 0;
    }
    mxs_bucket_take(&congestion->bucket, now_ns, 1);
    if (congestion->rate_qps != 0 ? !mxs_bucket_fits(&congestion->bucket, now_ns)
                                  : congestion->young >= congestion->size)
        congestion->intervals[congestion->interval % MXS_CONGESTION_INTERVALS].full = true;
    congestion->canary_asked++;
    uint64_t spent_ns = now_ns - congestion->canary_ns;
    bool often = congestion->canary_asked >= CANARY_OF && spent_ns >= NS_PER_S / CANARIES_QPS;
    if (spent_ns >= CANARY_LEAST_NS)
        congestion->canary_in = 0;
    else if (congestion->canary_in == UINT32_MAX && often)
        congestion->canary_in =
            (uint32_t)(draw(&congestion->random) % (congestion->size < CANARY_OF ? congestion->size : CANARY_OF));
    else if (congestion->canary_in != UINT32_MAX && congestion->canary_in > 0)
        congestion->canary_in--;
    return congestion->canary_in == 0;
}

void mxs_congestion_put(struct mxs_congestion *congestion, enum mxs_heard heard, uint64_t asked_ns, uint64_t now_ns)
{
    struct mxs_interval *interval = interval_at(congestion, asked_ns);
    if (interval != NULL && heard != MXS_HEARD_REFUSED && interval->number >= congestion->given_up) {
        interval->ended++;
        congestion->young -= congestion->young > 0;
    }
    if (interval != NULL) {
        interval->answered += heard == MXS_HEARD_ANSWER || heard == MXS_HEARD_SLOW;
        interval->refused += heard == MXS_HEARD_REFUSED;
    }
    if (heard != MXS_HEARD_NOTHING)
        hear_answer(congestion, heard, asked_ns, now_ns);
    pass_time(congestion, now_ns);
}

void mxs_congestion_take_canary(struct mxs_congestion *congestion, uint64_t now_ns)
{
    congestion->intervals[congestion->interval % MXS_CONGESTION_INTERVALS].canaries++;
    congestion->canary_ns = now_ns;
    congestion->canary_asked = 0;
    congestion->canary_in = UINT32_MAX;
    mxs_bucket_take(&congestion->bucket, now_ns, 1);
}

void mxs_congestion_put_canary(struct mxs_congestion *congestion, enum mxs_heard heard, uint64_t asked_ns,
                               uint64_t now_ns)
{
    struct mxs_interval *interval = interval_at(congestion, asked_ns);
    if (interval != NULL) {
        interval->canaries_answered += heard == MXS_HEARD_ANSWER;
        interval->canaries_refused += heard == MXS_HEARD_REFUSED;
    }
    congestion->canary_refused |= heard == MXS_HEARD_REFUSED;
    if (heard != MXS_HEARD_ANSWER)
        return;
    learn_rtt(&congestion->names, now_ns - asked_ns, RTT_OF);
    learn_rtt(&congestion->own, now_ns - asked_ns, OWN_RTT_OF);
}

/* ---- life ---- */

void mxs_congestion_init(struct mxs_congestion *congestion, uint32_t ceiling, uint64_t timeout_ns, uint64_t rtt_ns,
                         uint64_t now_ns)
{
    *congestion = (struct mxs_congestion){.ceiling = ceiling < 1 ? 1 : ceiling, .timeout_ns = timeout_ns, .baseline = 1,
                                          .canary_in = UINT32_MAX, .random = now_ns | 1};
    if (rtt_ns != 0) {
        learn_rtt(&congestion->names, rtt_ns, RTT_OF);
        learn_rtt(&congestion->own, rtt_ns, OWN_RTT_OF);
    }
    set_size(congestion, MXS_CONGESTION_FIRST);
    mxs_congestion_restart(congestion, now_ns);
}

void mxs_congestion_restart(struct mxs_congestion *congestion, uint64_t now_ns)
{
    if (congestion->on_trial) /* what was cut while it fell silent says nothing about its pace */
        set_rate(congestion, congestion->rate_before);
    congestion->on_trial = false;
    congestion->young = 0;
    congestion->failed = 0;
    congestion->answers_qps = 0;
    congestion->step = MXS_STEP_SLOW_START;
    congestion->size_before = congestion->size;
    congestion->canary_ns = now_ns - CANARY_LEAST_NS; /* the first leaves at once */
    congestion->changed_ns = congestion->cut_ns = congestion->used_ns = congestion->grown_ns = congestion->tick_ns =
        now_ns;
    memset(congestion->intervals, 0, sizeof congestion->intervals);
    congestion->interval = congestion->given_up = congestion->judged = (uint32_t)(now_ns / INTERVAL_NS);
    congestion->intervals[congestion->interval % MXS_CONGESTION_INTERVALS].number = congestion->interval;
    begin_round(congestion, now_ns);
}
