#include "scanner/resolve/internal/health.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/intern.h"

#define TYPE_NS 2
#define SILENT_NS (500 * MXS_NS_PER_MS) /* shorter silence is never held against anybody */
#define SILENT_RTTS 4u /* so many times what its last control question took is as usual */
#define VOTERS_MIN 3   /* fewer are no majority */
#define BUILT_IN_MIN 2 /* built-in names that a liar contradicts, at least */
#define KNOWN_MIN 3u   /* control names that one answers, another denies: then the other one knows too little */
#define DENIES_REASON "denies all control names, which another resolver answers"
#define ASKED_SHIFT 8u /* of the attempt in a tag; what it is about lies below */
#define AGAIN_NS MXS_NS_PER_S /* a question of a check is asked again: one that is lost must not hold up an end */
#define DNS64_TRIES 3u
#define DNS64_AGAIN_NS MXS_NS_PER_S
#define DNS64_FAILED_NS (200 * MXS_NS_PER_MS) /* after an answer that failed: no line has lost it */
#define PLAIN_TRIES 10u
#define PLAIN_RTTS 4u        /* so many times what the one without EDNS took is the last of them waited for */
#define PLAIN_NS (100 * MXS_NS_PER_MS) /* and so long at least */
#define REFERRED_MIN 16u   /* an authority that holds a part of the list refers the rest: that is no reason yet */
#define REFERRED_EACH 8u   /* for each that it answers */

static uint32_t tag_of(uint32_t round, uint32_t what) { return MXS_CONTROL_TAG | (round & 0x7fff) << 16 | what; }

static bool ask(struct mxs_member *member, struct mxs_text name, uint16_t type, uint32_t round, uint32_t what)
{
    const struct mxs_question question = {.name = name, .type = type};
    return mxs_resolver_ask(member->resolver, &question, tag_of(round, what)) == MXS_OK;
}

bool mxs_health_ask_root(struct mxs_member *member)
{
    return ask(member, MXS_TEXT(""), TYPE_NS, 0, MXS_CONTROL_ROOT);
}

void mxs_health_ask_plain(struct mxs_member *member, uint64_t now_ns)
{
    const struct mxs_question question = {.name = MXS_TEXT(""), .type = TYPE_NS};
    bool wanted = member->plain.answered_ns == 0 && mxs_resolver_asks_edns(member->resolver);
    if (wanted &&
        mxs_resolver_ask_plain(member->resolver, &question, tag_of(0, MXS_CONTROL_PLAIN)) == MXS_OK &&
        member->plain.asked_ns == 0)
        member->plain.asked_ns = now_ns;
}

void mxs_health_read_plain(struct mxs_member *member, const struct mxs_answer *answer, uint32_t rtt_us,
                           uint64_t now_ns)
{
    bool answered = answer->outcome != MXS_TIMEOUT && answer->outcome != MXS_UNREACHABLE;
    if (member->plain.asked_ns == 0 || member->plain.answered_ns != 0 || !answered)
        return;
    member->plain.answered_ns = now_ns;
    member->plain.rtt_us = rtt_us;
}

bool mxs_health_look_plain(struct mxs_member *member, uint64_t now_ns)
{
    struct mxs_control_plain *plain = &member->plain;
    if (plain->asked_ns == 0)
        return false;
    if (member->breaker.heard_ns >= plain->asked_ns) { /* something with EDNS came back */
        *plain = (struct mxs_control_plain){0};
        return false;
    }
    if (plain->answered_ns == 0)
        return false;
    if (plain->tried < PLAIN_TRIES) {
        plain->tried += mxs_health_ask_root(member);
        plain->tried_ns = now_ns;
        return false;
    }
    uint64_t usual_ns = PLAIN_RTTS * plain->rtt_us * 1000ull;
    if (now_ns - plain->tried_ns < (usual_ns > PLAIN_NS ? usual_ns : PLAIN_NS))
        return false;
    if (++plain->tried == PLAIN_TRIES + 1) /* a turn more: what came while the program stood still is read */
        return false;
    *plain = (struct mxs_control_plain){0};
    member->health.plain = true;
    mxs_resolver_leave_edns(member->resolver, MXS_CONTROL_TAG);
    member->probing += mxs_health_ask_root(member); /* those before may be over */
    return true;
}

void mxs_health_ask_tcp(struct mxs_member *member)
{
    const struct mxs_question question = {.name = MXS_TEXT(""), .type = TYPE_NS};
    if (member->tcp_asked)
        return;
    member->tcp_pending = mxs_resolver_ask_tcp(member->resolver, &question, tag_of(0, MXS_CONTROL_TCP)) == MXS_OK;
    member->tcp_asked = member->tcp_pending;
}

static void look_at_dns64(struct mxs_member *member)
{
    bool known = member->dns64.count != 0 || member->dns64_clean_at != 0;
    member->health.dns64_unknown = !known && member->health.answers;
    member->health.dns64_awaited = member->dns64_open;
}

void mxs_health_ask_dns64(struct mxs_member *member, uint64_t now_ns)
{
    uint64_t wait_ns = member->dns64_failed ? DNS64_FAILED_NS : DNS64_AGAIN_NS;
    bool due = member->dns64_asked == 0 || now_ns - member->dns64_ns >= wait_ns;
    if ((member->dns64_asked > 0 && !member->dns64_open) || !due)
        return;
    member->dns64_open =
        member->dns64_asked < DNS64_TRIES && ask(member, MXS_DNS64_NAME, MXS_TYPE_AAAA, 0, MXS_CONTROL_DNS64);
    member->dns64_failed = false;
    member->dns64_asked++;
    look_at_dns64(member);
    member->dns64_ns = now_ns;
    member->dns64_at = mxs_clock_steady_s();
}

bool mxs_health_refers(const struct mxs_member *member)
{
    return member->referred >= REFERRED_MIN && member->referred >= REFERRED_EACH * member->known;
}

bool mxs_health_ask_canary(struct mxs_member *member)
{
    const struct mxs_text name = {member->canary_name, member->canary_size};
    return member->canary_known && ask(member, name, member->canary_type, 0, MXS_CONTROL_CANARY);
}

void mxs_health_learn_canary(struct mxs_member *member, struct mxs_text name, uint16_t type)
{
    if (member->canary_known || name.size_bytes > sizeof member->canary_name)
        return;
    if (name.size_bytes != 0)
        memcpy(member->canary_name, name.data, name.size_bytes);
    member->canary_size = name.size_bytes;
    member->canary_type = type;
    member->canary_known = true;
}

void mxs_health_reset(struct mxs_member *member)
{
    member->sound = false;
    memset(member->open, 0, sizeof member->open);
    memset(member->digests, 0, sizeof member->digests);
    memset(member->hosts, 0, sizeof member->hosts);
}

bool mxs_health_awaits(const struct mxs_member *member, bool names)
{
    uint32_t open = 0;
    for (uint32_t at = 0; at < MXS_CHECK_ATTEMPTS; at++)
        open |= member->open[at];
    return (names ? open : open & ((1u << MXS_CONTROL_NAME) - 1)) != 0;
}

uint64_t mxs_health_silent_ns(const struct mxs_member *member, const struct mxs_pool_options *options)
{
    uint64_t timeout_ns = options->resolver.timeout_ms * MXS_NS_PER_MS;
    uint64_t usual_ns = SILENT_RTTS * member->health.latency_us * 1000ull;
    if (usual_ns == 0 || usual_ns > timeout_ns)
        return timeout_ns;
    usual_ns = usual_ns < SILENT_NS ? SILENT_NS : usual_ns;
    return usual_ns < timeout_ns ? usual_ns : timeout_ns;
}

/* The question of a check that is about this. */
static void ask_check(struct mxs_member *member, const struct mxs_pool_options *options, uint32_t what,
                      uint32_t attempt)
{
    struct mxs_text name = mxs_text_of(member->invalid_name);
    uint16_t type = what == MXS_CONTROL_INVALID_A ? MXS_TYPE_A : MXS_TYPE_MX;
    if (what == MXS_CONTROL_DNS64) {
        name = MXS_DNS64_NAME;
        type = MXS_TYPE_AAAA;
        member->dns64_at = attempt == 0 ? mxs_clock_steady_s() : member->dns64_at; /* the first may be the answered */
    } else if (what >= MXS_CONTROL_NAME) {
        name = mxs_text_of(options->controls[what - MXS_CONTROL_NAME]);
    }
    if (ask(member, name, type, member->round, what | attempt << ASKED_SHIFT))
        member->open[attempt] |= 1u << what;
}

bool mxs_health_ask(struct mxs_member *member, const struct mxs_pool_options *options, uint32_t round)
{
    uint64_t random[2];
    mxs_hash_key(random);
    (void)snprintf(member->invalid_name, sizeof member->invalid_name, "mxs%016llx.invalid",
                   (unsigned long long)random[0]);
    member->round = round;
    member->attempts = 1;
    if (options->spare_invalid) {
        member->sound = true; /* as far as one may ask */
    } else {
        ask_check(member, options, MXS_CONTROL_INVALID_A, 0);
        ask_check(member, options, MXS_CONTROL_INVALID_MX, 0);
    }
    if (!options->spare_dns64 && member->dns64_asked > 0 && !member->dns64_open && round > 1)
        ask_check(member, options, MXS_CONTROL_DNS64, 0);
    for (uint32_t i = 0; i < options->control_count; i++)
        ask_check(member, options, MXS_CONTROL_NAME + i, 0);
    return mxs_health_awaits(member, true);
}

bool mxs_health_ask_again(struct mxs_member *member, const struct mxs_pool_options *options, uint64_t since_ns)
{
    uint32_t attempt = member->attempts;
    bool awaited = mxs_health_awaits(member, true);
    if (!awaited || attempt == MXS_CHECK_ATTEMPTS || since_ns < attempt * AGAIN_NS)
        return awaited;
    member->attempts++;
    for (uint32_t what = 0; what < MXS_CONTROL_NAME + MXS_HEALTH_CONTROLS; what++)
        if ((member->open[attempt - 1] >> what & 1) != 0)
            ask_check(member, options, what, attempt);
    return true;
}

static const uint64_t digest_key[2] = {0x6d787375, 0x72766579};

/* A number for what an answer says; the order of its records does not matter. Never 0. */
static uint64_t digest(const struct mxs_answer *answer, uint64_t *hosts)
{
    uint64_t sum = (uint64_t)answer->outcome + 1;
    *hosts = 0;
    for (uint32_t i = 0; i < answer->record_count; i++) {
        const struct mxs_record *record = &answer->records[i];
        uint64_t hash = mxs_hash(digest_key, record->host.data, record->host.size_bytes);
        sum += hash * (2u * record->preference + 1);
        *hosts |= 1ull << (hash >> 58);
    }
    return sum == 0 ? 1 : sum;
}

static void write_control(const struct mxs_answer *answer, struct mxs_pool_control *out)
{
    uint32_t used = 0;
    out->outcome = answer->outcome;
    out->text[0] = 0;
    for (uint32_t i = 0; answer->outcome == MXS_ANSWERED && i < answer->record_count && used < sizeof out->text; i++) {
        const struct mxs_record *record = &answer->records[i];
        int size = snprintf(out->text + used, sizeof out->text - used, "%s%u %.*s", i == 0 ? "" : ", ",
                            record->preference, record->host.size_bytes == 0 ? 1 : (int)record->host.size_bytes,
                            record->host.size_bytes == 0 ? "." : record->host.data);
        used += size > 0 ? (uint32_t)size : 0;
    }
}

static enum mxs_sight seen(bool value) { return value ? MXS_SIGHT_YES : MXS_SIGHT_NO; }

static void read_root(struct mxs_member *member, const struct mxs_answer *answer, uint32_t rtt_us, uint64_t now_ns)
{
    bool answered = answer->outcome != MXS_TIMEOUT && answer->outcome != MXS_UNREACHABLE;
    member->health.answers = answered;
    if (answered && answer->wire.size_bytes >= 12) {
        member->health.recursion = seen((answer->wire.data[3] & 0x80) != 0);
        member->health.edns = seen((answer->wire.data[10] | answer->wire.data[11]) != 0);
        member->health.latency_us = rtt_us;
    }
    if (answer->outcome == MXS_ANSWERED || answer->outcome == MXS_NODATA)
        mxs_health_learn_canary(member, MXS_TEXT(""), TYPE_NS);
    mxs_breaker_control(&member->breaker, answered, now_ns);
}

/* Whatever came by TCP is an answer by TCP. */
static void read_tcp(struct mxs_member *member, const struct mxs_answer *answer)
{
    bool answered = answer->wire.size_bytes >= 12;
    member->tcp_pending = false;
    if (!answered && member->breaker.open) {
        member->tcp_asked = false; /* it is away: that says nothing of TCP */
        return;
    }
    member->health.tcp = seen(answered);
    if (answered && answer->rcode == 0)
        member->health.validates = seen((answer->wire.data[3] & 0x20) != 0);
}

static void read_dns64(struct mxs_member *member, const struct mxs_answer *answer)
{
    member->dns64_failed = answer->outcome != MXS_TIMEOUT && answer->outcome != MXS_UNREACHABLE;
    if (mxs_outcome_settled(answer->outcome)) { /* else asked again by the clock */
        member->dns64_open = false;
        mxs_dns64_read(&member->dns64, answer);
        if (member->dns64.count != 0)
            mxs_dns64_text(&member->dns64, member->health.dns64);
        else
            member->dns64_clean_at = member->dns64_at;
    }
    look_at_dns64(member);
}

/* Why it is no resolver, or NULL. */
static const char *read_lack(const struct mxs_answer *answer)
{
    switch (answer->lack) {
    case MXS_LACK_REFERRAL: return "refers to other servers instead of answering: " MXS_POOL_NO_RECURSOR_TEXT;
    case MXS_LACK_RECURSION: return "denies names that it cannot know (neither RA nor AA): " MXS_POOL_NO_RECURSOR_TEXT;
    default: return NULL;
    }
}

static void read_name(struct mxs_member *member, uint32_t control, const struct mxs_answer *answer)
{
    MXS_ASSERT(control < MXS_HEALTH_CONTROLS);
    member->digests[control] = mxs_outcome_settled(answer->outcome) ? digest(answer, &member->hosts[control]) : 0;
    write_control(answer, &member->controls[control]);
}

/* Whether the question was still open: an answer ends all its attempts, silence its own. */
static bool end_attempt(struct mxs_member *member, uint32_t what, uint32_t attempt, const struct mxs_answer *answer)
{
    bool silent = answer->outcome == MXS_TIMEOUT || answer->outcome == MXS_UNREACHABLE;
    uint32_t bit = 1u << what;
    MXS_ASSERT(attempt < MXS_CHECK_ATTEMPTS);
    bool open = (member->open[attempt] & bit) != 0;
    for (uint32_t at = 0; at < MXS_CHECK_ATTEMPTS; at++)
        if (!silent || at == attempt)
            member->open[at] &= ~bit;
    return open;
}

const char *mxs_health_read(struct mxs_member *member, uint32_t tag, const struct mxs_answer *answer, uint32_t rtt_us,
                            uint64_t now_ns)
{
    uint32_t what = tag & ((1u << ASKED_SHIFT) - 1), attempt = tag >> ASKED_SHIFT & 0xff;
    if (what == MXS_CONTROL_ROOT) {
        read_root(member, answer, rtt_us, now_ns);
        return NULL;
    }
    if (what == MXS_CONTROL_TCP) {
        read_tcp(member, answer);
        return NULL;
    }
    bool of_check = (tag >> 16 & 0x7fff) == (member->round & 0x7fff); /* else of one given up, or of none */
    bool open = of_check && end_attempt(member, what, attempt, answer);
    if (what == MXS_CONTROL_DNS64) {
        read_dns64(member, answer);
        return NULL;
    }
    if (!open)
        return NULL;
    if (what >= MXS_CONTROL_NAME) {
        read_name(member, what - MXS_CONTROL_NAME, answer);
        return read_lack(answer);
    }
    if (mxs_outcome_settled(answer->outcome))
        member->health.invalid = answer->outcome;
    if (answer->outcome == MXS_ANSWERED)
        return what == MXS_CONTROL_INVALID_A ? "answers names that cannot exist (A under invalid.)"
                                             : "answers names that cannot exist (MX under invalid.)";
    if (answer->outcome == MXS_NODATA && (answer->wire.data[8] | answer->wire.data[9]) == 0)
        return "says `no data`, without proof, of names that cannot exist: so it may of any name";
    unsigned type = 1u << what;
    if (answer->outcome == MXS_NODATA && (member->denied & type) != 0)
        return "says `no data` of names that cannot exist, of which it said so before";
    if (answer->outcome == MXS_NXDOMAIN)
        member->sound = true;
    member->denied |= answer->outcome == MXS_NXDOMAIN ? type : 0;
    return read_lack(answer);
}

/* ---- comparing ---- */

/* A member whose answer to a control name more than half of the voters give, or NULL. (Boyer and Moore: one pass finds
 * who could be the majority's, another counts.) */
static const struct mxs_member *majority(struct mxs_member *const *members, uint32_t count, uint32_t control)
{
    const struct mxs_member *candidate = NULL;
    uint32_t lead = 0, voters = 0, same = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (members[i]->excluded != NULL || members[i]->digests[control] == 0)
            continue;
        voters++;
        if (lead == 0)
            candidate = members[i];
        lead = members[i]->digests[control] == candidate->digests[control] ? lead + 1 : lead - 1;
    }
    for (uint32_t i = 0; candidate != NULL && i < count; i++)
        same += members[i]->excluded == NULL && members[i]->digests[control] == candidate->digests[control];
    return voters >= VOTERS_MIN && same * 2 > voters ? candidate : NULL;
}

enum stand { STAND_UNKNOWN, STAND_WITH, STAND_AGAINST };

/* Where a member stands, over all control names. */
static enum stand stand_of(struct mxs_member *member, const struct mxs_member *const *majorities, bool built_in)
{
    uint32_t judged = 0, against = 0;
    for (uint32_t control = 0; control < MXS_HEALTH_CONTROLS; control++) {
        const struct mxs_member *other = majorities[control];
        member->controls[control].agrees = MXS_SIGHT_NONE;
        if (other == NULL || member->digests[control] == 0)
            continue;
        bool same = member->digests[control] == other->digests[control];
        member->controls[control].agrees = same ? MXS_SIGHT_YES : MXS_SIGHT_NO;
        if (built_in && other->hosts[control] == 0)
            continue;
        judged++;
        against += !same && (!built_in || (member->hosts[control] & other->hosts[control]) == 0);
    }
    if (judged == 0)
        return STAND_UNKNOWN;
    bool most = against >= BUILT_IN_MIN && against * 2 > judged;
    return (built_in ? most : against != 0) ? STAND_AGAINST : STAND_WITH;
}

/* What each knows of the control names, in this check. Returns whether somebody who may be asked knows them. */
static bool look_at_knowledge(struct mxs_member *const *members, uint32_t count)
{
    bool known = false;
    for (uint32_t i = 0; i < count; i++) {
        struct mxs_member *member = members[i];
        uint32_t asked = 0, answered = 0, settled = 0;
        for (uint32_t control = 0; control < MXS_HEALTH_CONTROLS; control++) {
            asked += member->controls[control].outcome != MXS_NOT_ASKED;
            settled += member->digests[control] != 0;
            answered += member->digests[control] != 0 && member->controls[control].outcome == MXS_ANSWERED;
        }
        known |= member->excluded == NULL && answered >= KNOWN_MIN;
        member->knew |= answered >= KNOWN_MIN;
        member->knows_none = answered == 0 && settled >= KNOWN_MIN;
        if (answered != 0 || settled * 2 > asked)
            member->health.denies = answered == 0;
    }
    return known;
}

bool mxs_health_compare(struct mxs_member *const *members, uint32_t count, bool built_in, int64_t begun_at,
                        const char **reasons)
{
    const struct mxs_member *majorities[MXS_HEALTH_CONTROLS];
    bool again = false;
    for (uint32_t control = 0; control < MXS_HEALTH_CONTROLS; control++)
        majorities[control] = majority(members, count, control);
    bool known = look_at_knowledge(members, count);
    for (uint32_t i = 0; i < count; i++) {
        struct mxs_member *member = members[i];
        reasons[i] = NULL;
        if (member->excluded != NULL)
            continue;
        bool was_suspect = member->suspect;
        bool denies = (known || member->knew) && member->knows_none;
        member->health.denies &= !denies;
        enum stand stand = stand_of(member, majorities, built_in);
        stand = denies ? STAND_AGAINST : stand;
        if (stand != STAND_UNKNOWN) /* who could not be asked again stays suspect */
            member->suspect = stand == STAND_AGAINST;
        if (stand == STAND_AGAINST && was_suspect)
            reasons[i] = denies     ? (known ? DENIES_REASON : MXS_POOL_KNEW_REASON)
                         : built_in ? "contradicts the other resolvers on most of the built-in control names"
                                  : "contradicts the other resolvers on a control name";
        else if (stand == STAND_AGAINST)
            again = true;
        else if (member->sound && !member->suspect)
            member->health.checked_at = begun_at; /* not its end: what was said since may be another's word */
    }
    return again;
}
