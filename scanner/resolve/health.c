#include "scanner/resolve/health.h"

#include <stdio.h>

#include "scanner/base/clock.h"
#include "scanner/base/intern.h"

#define TYPE_NS 2
#define VOTERS_MIN 3 /* fewer are no majority */

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

void mxs_health_reset(struct mxs_member *member)
{
    member->sound = false;
    member->pending = 0;
    memset(member->digests, 0, sizeof member->digests);
}

bool mxs_health_ask(struct mxs_member *member, const struct mxs_pool_options *options, uint32_t round)
{
    uint64_t random[2];
    char invalid[64];
    mxs_hash_key(random);
    int size = snprintf(invalid, sizeof invalid, "mxs%016llx.invalid", (unsigned long long)random[0]);
    const struct mxs_text name = {invalid, (uint32_t)size};
    member->round = round;
    member->pending += ask(member, name, MXS_TYPE_A, round, MXS_CONTROL_INVALID_A);
    member->pending += ask(member, name, MXS_TYPE_MX, round, MXS_CONTROL_INVALID_MX);
    for (uint32_t i = 0; i < options->control_count; i++)
        member->pending += ask(member, mxs_text_of(options->controls[i]), MXS_TYPE_MX, round, MXS_CONTROL_NAME + i);
    return member->pending != 0;
}

/* A number for what an answer says; the order of its records does not matter. Never 0. */
static uint64_t digest(const struct mxs_answer *answer)
{
    static const uint64_t key[2] = {0x6d787375, 0x72766579};
    uint64_t sum = (uint64_t)answer->outcome + 1;
    for (uint32_t i = 0; i < answer->record_count; i++) {
        const struct mxs_record *record = &answer->records[i];
        sum += mxs_hash(key, record->host.data, record->host.size_bytes) * (2u * record->preference + 1);
    }
    return sum == 0 ? 1 : sum;
}

static void read_root(struct mxs_member *member, const struct mxs_answer *answer, uint32_t rtt_us, uint64_t now_ns)
{
    bool answered = answer->outcome != MXS_TIMEOUT && answer->outcome != MXS_UNREACHABLE;
    member->health.answers = answered;
    if (answered && answer->wire.size_bytes >= 12) {
        member->health.recursion = (answer->wire.data[3] & 0x80) != 0;
        member->health.edns = (answer->wire.data[10] | answer->wire.data[11]) != 0;
        member->health.latency_us = rtt_us;
    }
    mxs_breaker_control(&member->breaker, answered, now_ns);
}

const char *mxs_health_read(struct mxs_member *member, uint32_t tag, const struct mxs_answer *answer, uint32_t rtt_us,
                            uint64_t now_ns)
{
    uint32_t what = tag & 0xffff;
    if (what == MXS_CONTROL_ROOT) {
        read_root(member, answer, rtt_us, now_ns);
        return NULL;
    }
    if ((tag >> 16 & 0x7fff) != (member->round & 0x7fff))
        return NULL; /* of a check given up */
    if (member->pending != 0)
        member->pending--;
    if (what >= MXS_CONTROL_NAME) {
        MXS_ASSERT(what - MXS_CONTROL_NAME < MXS_HEALTH_CONTROLS);
        member->digests[what - MXS_CONTROL_NAME] = mxs_outcome_settled(answer->outcome) ? digest(answer) : 0;
        return NULL;
    }
    if (answer->outcome == MXS_ANSWERED)
        return what == MXS_CONTROL_INVALID_A ? "answers names that cannot exist (A under invalid.)"
                                             : "answers names that cannot exist (MX under invalid.)";
    if (answer->outcome == MXS_NXDOMAIN)
        member->sound = true;
    if (answer->outcome == MXS_NODATA)
        member->health.nodata_invalid = true;
    return NULL;
}

/* How many members say value to control number i. */
static uint32_t votes(struct mxs_member *const *members, uint32_t count, uint32_t control, uint64_t value,
                      uint32_t *voters)
{
    uint32_t same = 0;
    *voters = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (members[i]->excluded != NULL || members[i]->digests[control] == 0)
            continue;
        ++*voters;
        same += members[i]->digests[control] == value;
    }
    return same;
}

/* Whether a majority agrees on a control name, and the member is not in it. */
static bool alone(struct mxs_member *const *members, uint32_t count, const struct mxs_member *member, uint32_t control)
{
    uint32_t voters;
    if (member->digests[control] == 0)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t other = members[i]->digests[control];
        if (members[i]->excluded != NULL || other == 0 || other == member->digests[control])
            continue;
        uint32_t same = votes(members, count, control, other, &voters);
        if (voters >= VOTERS_MIN && same * 2 > voters)
            return true;
    }
    return false;
}

bool mxs_health_compare(struct mxs_member *const *members, uint32_t count, const char **reasons)
{
    bool again = false;
    for (uint32_t i = 0; i < count; i++) {
        struct mxs_member *member = members[i];
        reasons[i] = NULL;
        if (member->excluded != NULL)
            continue;
        bool was_suspect = member->suspect;
        member->suspect = false;
        for (uint32_t control = 0; control < MXS_HEALTH_CONTROLS && !member->suspect; control++)
            member->suspect = alone(members, count, member, control);
        if (member->suspect && was_suspect)
            reasons[i] = "contradicts the other resolvers on a control name";
        else if (member->suspect)
            again = true;
        else if (member->sound)
            member->health.checked_at = mxs_clock_unix_s();
    }
    return again;
}
