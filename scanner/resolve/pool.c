/* Who may be asked.
 *
 * Three things keep a resolver from being asked: it has not answered yet (probe), its breaker is open, or it was found
 * to lie. One timer looks after all: control questions of open breakers, resolvers that fell silent with questions
 * open, and the regular check. All resolvers are checked together, so that their answers can be compared. */
#include "scanner/resolve/pool.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "scanner/resolve/internal/datagram.h"
#include "scanner/resolve/internal/health.h"

#define SOCKETS_SHARE 2          /* at most 1/2 of the descriptors become resolver sockets */
#define LOOK_MS 50u
#define HEALTH_MS 60000u
#define CONFIRM_NS MXS_NS_PER_S  /* a suspect is checked again after this */
#define CHECK_NS (10 * MXS_NS_PER_S)  /* a check not over by then is judged as it stands */
#define CHECKS_LAST 4u           /* for a suspect */
#define CHECK_LAST_NS (3 * MXS_NS_PER_S) /* or by then, when a run's end waits for it */
#define DOUBT_QUESTIONS 10u      /* while it may be silent, though something is on its way: a line that loses a third
                                    loses all of them once in 50,000 doubts */
#define READY_NS MXS_NS_PER_S
#define PROBES_MAX 3u
#define PROBE_NS MXS_NS_PER_S
#define DNS64_NS (3 * MXS_NS_PER_S) /* who has not said until then whether it synthesises is taken not to */

struct mxs_pool {
    uv_loop_t *loop;
    struct mxs_pool_options options;
    mxs_arrivals *arrivals;
    struct mxs_member *members[MXS_POOL_MAX];
    const char *reasons[MXS_POOL_MAX];
    struct mxs_record kept[MXS_RECORDS_MAX]; /* of an answer without what DNS64 made */
    uint32_t count;
    mxs_pool_done done;
    mxs_pool_canary_done canary;
    void *done_arg;
    mxs_pool_lying_cb lying;
    void *lying_arg;

    uv_timer_t timer;
    uint64_t now_ns; /* at the last look */
    mxs_pool_ready ready;
    void *ready_arg;
    uint64_t first_answer_ns; /* to the probe; 0: none yet */
    bool probed, checking;
    uint64_t probed_ns;
    uint32_t round;
    uint64_t check_begun_ns, check_due_ns;
    int64_t check_begun_at;   /* unix seconds of the steady clock */
    mxs_pool_over checked; /* who waits for a check that begins after round checked_after */
    void *checked_arg;
    uint32_t checked_after;
};

static void on_look(uv_timer_t *timer);
static void look_at(mxs_pool *pool, struct mxs_member *member);

/* ---- answers ---- */

/* Whether nobody else can be asked. */
static bool is_alone(const mxs_pool *pool, const struct mxs_member *member)
{
    for (uint32_t i = 0; i < pool->count; i++)
        if (pool->members[i] != member && mxs_pool_fit(pool, i))
            return false;
    return true;
}

static void exclude(mxs_pool *pool, struct mxs_member *member, const char *reason)
{
    if (member->excluded != NULL)
        return;
    member->excluded = reason;
    if (pool->lying != NULL)
        pool->lying(pool->lying_arg, member->index, member->health.checked_at, reason);
}

/* Who answers more of the scan's questions than it refers, and may be asked: there is somebody to ask instead. */
static bool another_answers(const mxs_pool *pool, const struct mxs_member *member)
{
    for (uint32_t i = 0; i < pool->count; i++)
        if (pool->members[i] != member && pool->members[i]->known > pool->members[i]->referred && mxs_pool_fit(pool, i))
            return true;
    return false;
}

/* Whether it knows what it is asked at all. At every look, not at every answer: the other's may come later. */
static void look_at_knowledge(mxs_pool *pool, struct mxs_member *member)
{
    if (pool->options.health && member->excluded == NULL && mxs_health_refers(member) && another_answers(pool, member))
        exclude(pool, member,
                "refers nearly all names of the list to other servers instead of answering: "
                MXS_POOL_NO_RECURSOR_TEXT);
}

/* A prefix that it had not when it was asked last: what it made since was taken for addresses, and is asked again. */
static void read_late_dns64(mxs_pool *pool, struct mxs_member *member, uint32_t before)
{
    bool asked = member->dns64_clean_at != 0 || member->known != 0; /* else it is known from the start */
    if (member->dns64.count > before && asked && member->excluded == NULL && pool->lying != NULL)
        pool->lying(pool->lying_arg, member->index, member->dns64_clean_at, NULL);
}

static bool ask_probe(struct mxs_member *member)
{
    if (member->probes++ > 0)
        mxs_health_ask_plain(member, member->pool->now_ns);
    member->probe_ns = mxs_clock_ns();
    member->probing += mxs_health_ask_root(member);
    return member->probing != 0;
}

/* True: one of several has come back empty, and that says nothing. */
static bool read_probe(struct mxs_member *member, const struct mxs_answer *answer)
{
    if (member->probing == 0)
        return false;
    member->probing--;
    if (answer->outcome != MXS_TIMEOUT)
        return false;
    if (member->health.answers || member->pool->ready == NULL)
        return true;
    return member->probes < PROBES_MAX ? ask_probe(member) : member->probing != 0;
}

static void read_canary(struct mxs_member *member, const struct mxs_answer *answer, uint32_t rtt_us)
{
    mxs_pool *pool = member->pool;
    if (mxs_outcome_settled(answer->outcome))
        member->health.latency_us = rtt_us;
    if (pool->canary != NULL)
        pool->canary(pool->done_arg, member->index, answer->outcome, rtt_us);
}

static void read_control(struct mxs_member *member, uint32_t tag, const struct mxs_answer *answer, uint32_t rtt_us)
{
    mxs_pool *pool = member->pool;
    bool was_open = member->breaker.open;
    if ((tag & 0xffff) == MXS_CONTROL_ROOT && read_probe(member, answer))
        return;
    if ((tag & 0xffff) == MXS_CONTROL_ROOT && answer->outcome == MXS_TIMEOUT)
        return; /* one of several, and perhaps of a doubt long answered: the look tells when all are silent */
    member->breaker.alone = is_alone(pool, member);
    uint32_t prefixes = member->dns64.count;
    const char *reason = mxs_health_read(member, tag, answer, rtt_us, mxs_clock_ns());
    read_late_dns64(pool, member, prefixes);
    if ((tag & 0xffff) == MXS_CONTROL_ROOT && !member->health.answers && member->breaker.heard_ns < member->control_ns)
        mxs_breaker_open(&member->breaker, pool->now_ns); /* nor anything else meanwhile */
    if (was_open && !member->breaker.open && !pool->checking)
        pool->check_due_ns = 0; /* who comes back is checked at once */
    if ((tag & 0xffff) == MXS_CONTROL_ROOT && member->health.answers) {
        if (pool->first_answer_ns == 0)
            pool->first_answer_ns = mxs_clock_ns();
        if (pool->options.health)
            mxs_health_ask_tcp(member);
    }
    if (reason != NULL)
        exclude(pool, member, reason);
    if (pool->ready != NULL || pool->checked != NULL) /* looked at at once: a start or an end waits for it */
        MXS_ASSERT(uv_timer_start(&pool->timer, on_look, 0, LOOK_MS) == 0);
}

/* The silence of names is not the silence of their resolver: when nothing at all is heard from it, a control question
 * tells. */
static void doubt(mxs_pool *pool, struct mxs_member *member)
{
    struct mxs_breaker *breaker = &member->breaker;
    if (breaker->open || breaker->asking || member->excluded != NULL || pool->ready != NULL)
        return;
    member->control_ns = member->asked_ns = pool->now_ns;
    member->doubts = 1;
    breaker->asking = mxs_health_ask_root(member);
}

static void on_done(void *arg, uint32_t tag, const struct mxs_answer *answer, uint32_t rtt_us, bool tcp)
{
    struct mxs_member *member = arg;
    mxs_pool *pool = member->pool;
    if ((tag & MXS_CONTROL_TAG) != 0 && (tag & 0xffff) == MXS_CONTROL_PLAIN) { /* nothing is heard yet with EDNS */
        mxs_health_read_plain(member, answer, rtt_us, pool->now_ns);
        return;
    }
    if (answer->outcome != MXS_TIMEOUT && answer->outcome != MXS_UNREACHABLE) {
        mxs_breaker_put(&member->breaker, pool->now_ns);
        member->heard = true;
    }
    if ((tag & MXS_CONTROL_TAG) != 0) {
        if ((tag & 0xffff) == MXS_CONTROL_CANARY)
            read_canary(member, answer, rtt_us);
        else
            read_control(member, tag, answer, rtt_us);
        return;
    }
    if (answer->outcome == MXS_TIMEOUT &&
        mxs_clock_ns() - member->breaker.heard_ns >= pool->options.resolver.timeout_ms * MXS_NS_PER_MS)
        doubt(pool, member);
    if (answer->outcome == MXS_UNREACHABLE)
        mxs_breaker_open(&member->breaker, pool->now_ns); /* before the scheduler hears of it */
    if (member->breaker.open && !member->breaker.asking)
        look_at(pool, member);
    member->known += mxs_outcome_settled(answer->outcome);
    member->referred += answer->lack != MXS_LACK_NONE;
    struct mxs_answer stripped;
    if (mxs_dns64_strip(&member->dns64, answer, pool->kept, &stripped))
        answer = &stripped;
    if (pool->done != NULL)
        pool->done(pool->done_arg, tag, member->index, answer, rtt_us, tcp);
}

static void on_unreachable(void *arg)
{
    struct mxs_member *member = arg;
    mxs_breaker_open(&member->breaker, member->pool->now_ns);
}

/* ---- the regular look ---- */

static void begin_check(mxs_pool *pool)
{
    pool->checking = true;
    pool->round++;
    pool->check_begun_ns = pool->now_ns;
    pool->check_begun_at = mxs_clock_steady_s();
    for (uint32_t i = 0; i < pool->count; i++) {
        struct mxs_member *member = pool->members[i];
        mxs_health_reset(member);
        if (member->excluded == NULL && !member->breaker.open)
            (void)mxs_health_ask(member, &pool->options, pool->round);
    }
}

static void end_check(mxs_pool *pool)
{
    uint64_t between_ns = (pool->options.health_ms == 0 ? HEALTH_MS : pool->options.health_ms) * MXS_NS_PER_MS;
    uint64_t since_ns = pool->now_ns - pool->check_begun_ns;
    uint64_t last_ns = pool->checked != NULL ? CHECK_LAST_NS : CHECK_NS;
    bool hurried = pool->options.hurried && pool->checked != NULL, awaited = false;
    for (uint32_t i = 0; i < pool->count; i++) {
        struct mxs_member *member = pool->members[i];
        awaited |= member->round == pool->round && mxs_health_ask_again(member, &pool->options, since_ns) &&
                   (!hurried || since_ns < mxs_health_silent_ns(member, &pool->options));
    }
    if (awaited && since_ns < last_ns)
        return;
    pool->checking = false;
    bool again = mxs_health_compare(pool->members, pool->count, pool->options.controls_built_in, pool->check_begun_at,
                                    pool->reasons);
    pool->check_due_ns = pool->now_ns + (again && between_ns > CONFIRM_NS ? CONFIRM_NS : between_ns);
    for (uint32_t i = 0; i < pool->count; i++)
        if (pool->reasons[i] != NULL)
            exclude(pool, pool->members[i], pool->reasons[i]);
    if (pool->checked == NULL)
        return;
    for (uint32_t i = 0; i < pool->count; i++) /* whose second answer was lost */
        again |= pool->members[i]->suspect && mxs_pool_fit(pool, i) && pool->round - pool->checked_after <= CHECKS_LAST;
    if (again || pool->round == pool->checked_after) {
        pool->check_due_ns = pool->now_ns;
        return;
    }
    mxs_pool_over checked = pool->checked;
    pool->checked = NULL;
    checked(pool->checked_arg);
}

void mxs_pool_check(mxs_pool *pool, uint32_t after_ms, mxs_pool_over checked, void *arg)
{
    MXS_ASSERT(pool->checked == NULL && pool->probed);
    pool->checked = checked;
    pool->checked_arg = arg;
    pool->checked_after = pool->round;
    pool->check_due_ns = 0;
    MXS_ASSERT(uv_timer_start(&pool->timer, on_look, after_ms, LOOK_MS) == 0);
}

/* A control question that was not answered: a breaker that is not open yet opens. */
static void lose_control(mxs_pool *pool, struct mxs_member *member)
{
    bool was_open = member->breaker.open;
    member->health.answers = false;
    mxs_breaker_control(&member->breaker, false, pool->now_ns);
    if (!was_open)
        mxs_breaker_open(&member->breaker, pool->now_ns);
}

/* One lost question is no reason to call a resolver dead: while it is doubted it is asked again, until anything is
 * heard. */
static void ask_again(const mxs_pool *pool, struct mxs_member *member)
{
    const struct mxs_breaker *breaker = &member->breaker;
    bool doubted = breaker->asking && !breaker->open;
    if (!doubted || pool->now_ns - member->asked_ns < mxs_health_silent_ns(member, &pool->options) / DOUBT_QUESTIONS)
        return;
    member->asked_ns = pool->now_ns;
    member->doubts++;
    (void)mxs_health_ask_root(member);
}

/* The breaker of one resolver: is it silent, is a control question due, has the last one failed? */
static void look_at(mxs_pool *pool, struct mxs_member *member)
{
    struct mxs_breaker *breaker = &member->breaker;
    if (member->excluded != NULL)
        return;
    if (!breaker->open && breaker->heard_ns >= member->control_ns)
        breaker->asking = false; /* the doubt is over, though its own question may be lost */
    bool asked = breaker->open || member->doubts >= DOUBT_QUESTIONS; /* by as many turns of the loop, too */
    if (breaker->asking && asked && pool->now_ns - member->control_ns > mxs_health_silent_ns(member, &pool->options))
        lose_control(pool, member);
    ask_again(pool, member);
    breaker->alone = breaker->open && is_alone(pool, member);
    if (mxs_breaker_due(breaker, pool->now_ns)) {
        member->control_ns = pool->now_ns;
        if (breaker->dead)
            mxs_health_ask_plain(member, pool->now_ns);
        if (!mxs_health_ask_root(member))
            mxs_breaker_control(breaker, false, pool->now_ns);
    }
    if (mxs_health_look_plain(member, pool->now_ns) && !pool->checking)
        pool->check_due_ns = 0;
    if (mxs_resolver_in_flight(member->resolver) == 0)
        member->busy_ns = 0;
    else if (member->busy_ns == 0)
        member->busy_ns = pool->now_ns;
    uint64_t since_ns = member->busy_ns > breaker->heard_ns ? member->busy_ns : breaker->heard_ns;
    if (member->busy_ns != 0 && pool->now_ns - since_ns > mxs_health_silent_ns(member, &pool->options))
        doubt(pool, member);
}

static void tell_ready(mxs_pool *pool)
{
    uint32_t answering = 0, waiting = 0;
    for (uint32_t i = 0; i < pool->count; i++) {
        const struct mxs_member *member = pool->members[i];
        answering += member->heard && member->excluded == NULL;
        bool unsure = pool->options.health && member->excluded == NULL && !member->breaker.open &&
                      (mxs_health_awaits(member, !pool->options.hurried) || member->dns64_open);
        bool silent = member->probing != 0 || member->plain.answered_ns != 0;
        waiting += (silent && !member->health.answers) || unsure;
    }
    if (waiting != 0 && (pool->first_answer_ns == 0 || mxs_clock_ns() - pool->first_answer_ns < READY_NS))
        return;
    for (uint32_t i = 0; i < pool->count; i++) {
        if (!pool->members[i]->heard) /* not asked before a control question is answered */
            mxs_breaker_open(&pool->members[i]->breaker, pool->now_ns);
    }
    mxs_pool_ready ready = pool->ready;
    pool->ready = NULL;
    ready(pool->ready_arg, answering);
}

/* Each second; and once another has answered, which may not be long waited for, as often as in a doubt: a line that
 * loses a third loses the first question of one resolver in three. */
static bool probe_is_due(const mxs_pool *pool, const struct mxs_member *member)
{
    bool hurried = pool->first_answer_ns != 0 && !member->heard;
    return member->probes < PROBES_MAX + (hurried ? DOUBT_QUESTIONS : 0) &&
           pool->now_ns - member->probe_ns > (hurried ? READY_NS / DOUBT_QUESTIONS : PROBE_NS);
}

static void on_look(uv_timer_t *timer)
{
    mxs_pool *pool = timer->data;
    pool->now_ns = mxs_clock_ns();
    for (uint32_t i = 0; i < pool->count; i++)
        look_at_knowledge(pool, pool->members[i]);
    if (pool->checked != NULL && !pool->options.health) {
        mxs_pool_over checked = pool->checked;
        pool->checked = NULL;
        checked(pool->checked_arg);
    }
    if (pool->checking)
        end_check(pool);
    else if (pool->options.health && pool->probed && pool->now_ns >= pool->check_due_ns)
        begin_check(pool);
    for (uint32_t i = 0; i < pool->count; i++) {
        struct mxs_member *member = pool->members[i];
        look_at(pool, member);
        if (member->dns64_open)
            mxs_health_ask_dns64(member, pool->now_ns);
        if (pool->ready != NULL && member->probing != 0 && !member->health.answers && probe_is_due(pool, member))
            (void)ask_probe(member);
    }
    if (pool->ready != NULL)
        tell_ready(pool);
}

void mxs_pool_probe(mxs_pool *pool, mxs_pool_ready ready, void *arg)
{
    MXS_ASSERT(pool->ready == NULL && pool->count != 0);
    pool->now_ns = pool->probed_ns = mxs_clock_ns();
    pool->ready = ready;
    pool->ready_arg = arg;
    pool->first_answer_ns = 0;
    for (uint32_t i = 0; i < pool->count; i++) {
        struct mxs_member *member = pool->members[i];
        mxs_breaker_init(&member->breaker, pool->now_ns);
        member->probes = member->probing = 0;
        member->heard = false;
        if (!ask_probe(member))
            mxs_breaker_open(&member->breaker, pool->now_ns);
        if (pool->options.health && !pool->options.spare_dns64)
            mxs_health_ask_dns64(member, pool->now_ns);
    }
    pool->probed = true;
    if (pool->options.health)
        begin_check(pool);
    MXS_ASSERT(uv_timer_start(&pool->timer, on_look, LOOK_MS, LOOK_MS) == 0);
}

/* ---- life ---- */

enum mxs_err mxs_pool_create(mxs_pool **out, uv_loop_t *loop, const struct mxs_pool_options *options,
                             struct mxs_detail *detail)
{
    mxs_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL || mxs_arrivals_create(&pool->arrivals) != MXS_OK) {
        free(pool);
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for the resolvers");
    }
    pool->loop = loop;
    pool->options = *options;
    pool->options.resolver.arrivals = pool->arrivals;
    if (pool->options.control_count > MXS_HEALTH_CONTROLS)
        pool->options.control_count = MXS_HEALTH_CONTROLS;
    pool->now_ns = mxs_clock_ns();
    MXS_ASSERT(uv_timer_init(loop, &pool->timer) == 0);
    pool->timer.data = pool;
    *out = pool;
    return MXS_OK;
}

/* Shares the descriptors this process may have between the resolvers. */
static void share_sockets(mxs_pool *pool)
{
    struct rlimit limit;
    uint64_t sockets = 1024;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        sockets = limit.rlim_cur;
    uint64_t each = sockets / SOCKETS_SHARE / pool->count, most = pool->options.resolver.channels_max;
    each = each < 1 ? 1 : each > most ? most : each;
    for (uint32_t i = 0; i < pool->count; i++)
        mxs_resolver_limit(pool->members[i]->resolver, (uint32_t)each);
}

enum mxs_err mxs_pool_put(mxs_pool *pool, const char *address, struct mxs_detail *detail)
{
    if (pool->count == MXS_POOL_MAX)
        return mxs_err_set(detail, MXS_ERR_INPUT, "more than %d resolvers", MXS_POOL_MAX);
    struct mxs_member *member = calloc(1, sizeof *member);
    if (member == NULL)
        return mxs_err_set(detail, MXS_ERR_MEMORY, "no memory for resolver %s", address);
    member->pool = pool;
    member->index = pool->count;
    member->health.invalid = MXS_NOT_ASKED;
    for (uint32_t i = 0; i < MXS_HEALTH_CONTROLS; i++)
        member->controls[i].outcome = MXS_NOT_ASKED;
    mxs_breaker_init(&member->breaker, pool->now_ns);
    enum mxs_err err = mxs_resolver_create(&member->resolver, pool->loop, address, &pool->options.resolver, on_done,
                                           on_unreachable, member, detail);
    if (err != MXS_OK) {
        free(member);
        return err;
    }
    pool->members[pool->count++] = member;
    share_sockets(pool);
    MXS_ASSERT(uv_timer_start(&pool->timer, on_look, LOOK_MS, LOOK_MS) == 0);
    return MXS_OK;
}

static void on_closed(uv_handle_t *handle)
{
    mxs_pool *pool = handle->data;
    for (uint32_t i = 0; i < pool->count; i++)
        free(pool->members[i]);
    mxs_arrivals_destroy(&pool->arrivals);
    free(pool);
}

void mxs_pool_destroy(mxs_pool **owner)
{
    mxs_pool *pool = *owner;
    if (pool == NULL)
        return;
    *owner = NULL;
    for (uint32_t i = 0; i < pool->count; i++)
        mxs_resolver_destroy(&pool->members[i]->resolver);
    uv_close((uv_handle_t *)&pool->timer, on_closed);
}

void mxs_pool_listen(mxs_pool *pool, mxs_pool_done done, mxs_pool_canary_done canary, void *arg)
{
    pool->done = done;
    pool->canary = canary;
    pool->done_arg = arg;
}

void mxs_pool_lying(mxs_pool *pool, mxs_pool_lying_cb lying, void *arg)
{
    pool->lying = lying;
    pool->lying_arg = arg;
}

uint32_t mxs_pool_count(const mxs_pool *pool) { return pool->count; }

static struct mxs_member *member_of(const mxs_pool *pool, uint32_t resolver)
{
    MXS_ASSERT(resolver < pool->count);
    return pool->members[resolver];
}

bool mxs_pool_fit(const mxs_pool *pool, uint32_t resolver)
{
    const struct mxs_member *member = member_of(pool, resolver);
    bool unsure = member->dns64_open && pool->now_ns - pool->probed_ns < DNS64_NS;
    return member->excluded == NULL && !member->breaker.open && !unsure;
}

enum mxs_err mxs_pool_ask(mxs_pool *pool, uint32_t resolver, const struct mxs_question *question, uint32_t tag)
{
    MXS_ASSERT((tag & MXS_CONTROL_TAG) == 0 && resolver < pool->count);
    mxs_breaker_ask(&pool->members[resolver]->breaker, pool->now_ns);
    return mxs_resolver_ask(pool->members[resolver]->resolver, question, tag);
}

bool mxs_pool_canary(mxs_pool *pool, uint32_t resolver) { return mxs_health_ask_canary(member_of(pool, resolver)); }

void mxs_pool_learn(mxs_pool *pool, uint32_t resolver, const struct mxs_question *question)
{
    mxs_health_learn_canary(member_of(pool, resolver), question->name, question->type);
}

void mxs_pool_blame(mxs_pool *pool, uint32_t resolver)
{
    struct mxs_member *member = member_of(pool, resolver);
    mxs_breaker_blame(&member->breaker, mxs_health_silent_ns(member, &pool->options), pool->now_ns);
}

void mxs_pool_contradict(mxs_pool *pool, uint32_t resolver)
{
    mxs_resolver_contradict(member_of(pool, resolver)->resolver);
}

uint64_t mxs_pool_heard_ns(const mxs_pool *pool, uint32_t resolver)
{
    return member_of(pool, resolver)->breaker.heard_ns;
}

const mxs_resolver *mxs_pool_resolver(const mxs_pool *pool, uint32_t resolver)
{
    return member_of(pool, resolver)->resolver;
}

const struct mxs_pool_health *mxs_pool_health(const mxs_pool *pool, uint32_t resolver)
{
    struct mxs_member *member = member_of(pool, resolver);
    member->health.fit = mxs_pool_fit(pool, resolver);
    member->health.openings = member->breaker.openings;
    return &member->health;
}

const struct mxs_pool_control *mxs_pool_control(const mxs_pool *pool, uint32_t resolver, uint32_t control)
{
    MXS_ASSERT(control < MXS_HEALTH_CONTROLS);
    return &member_of(pool, resolver)->controls[control];
}

bool mxs_pool_at_rest(const mxs_pool *pool)
{
    bool pending = pool->checking;
    for (uint32_t i = 0; i < pool->count; i++)
        pending |= pool->members[i]->tcp_pending || (pool->members[i]->suspect && pool->members[i]->excluded == NULL) ||
                   (pool->members[i]->dns64_open && pool->members[i]->health.answers);
    return !pending;
}

void mxs_pool_knew(mxs_pool *pool, uint32_t resolver) { member_of(pool, resolver)->knew = true; }

const char *mxs_pool_excluded(const mxs_pool *pool, uint32_t resolver) { return member_of(pool, resolver)->excluded; }

bool mxs_pool_all_excluded(const mxs_pool *pool)
{
    for (uint32_t i = 0; i < pool->count; i++)
        if (pool->members[i]->excluded == NULL)
            return false;
    return true;
}
