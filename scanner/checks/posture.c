/* What a domain says of itself, all policies taken together: no questions of its own, so it stands behind the checks it
 * rests on. */
#include "scanner/checks/check.h"

static const struct mxs_measure_word words[] = {{MXS_POSTURE_RECEIVES_SENDS, "receives_sends", "receives and sends"},
                                                {MXS_POSTURE_RECEIVES, "receives", "receives, says nobody sends"},
                                                {MXS_POSTURE_SENDS, "sends", "sends only"},
                                                {MXS_POSTURE_PARKED, "parked", "parked, protected"},
                                                {MXS_POSTURE_UNPROTECTED, "unprotected", "parked, can be forged"},
                                                {0, NULL, NULL}};
static const struct mxs_measure measures[] = {{MXS_MEASURE_POSTURE, "posture", "posture", false, words}};

static bool is_shut(const struct mxs_policy_facts *facts)
{
    return facts->spf == MXS_SPF_MARK_OK && facts->spf_bare && facts->dmarc == MXS_DMARC_MARK_REJECT;
}

/* Sends: it says that somebody may. A domain without SPF and keys says nothing, and is taken to send if it receives. */
static uint8_t posture_of(const struct mxs_check_judging *judging)
{
    const struct mxs_policy_facts *facts = judging->facts;
    if (facts->spf == MXS_POLICY_UNKNOWN || facts->spf == MXS_SPF_MARK_TEMPERROR ||
        (!judging->receives && !judging->silent))
        return MXS_POLICY_UNKNOWN;
    bool shut = facts->spf == MXS_SPF_MARK_OK && facts->spf_bare && facts->dkim != MXS_RECORD_GOOD;
    bool sends = !shut && (facts->spf != MXS_SPF_MARK_NONE || facts->dkim == MXS_RECORD_GOOD || judging->receives);
    if (judging->receives)
        return sends ? MXS_POSTURE_RECEIVES_SENDS : MXS_POSTURE_RECEIVES;
    if (sends)
        return MXS_POSTURE_SENDS;
    return is_shut(facts) ? MXS_POSTURE_PARKED : MXS_POSTURE_UNPROTECTED;
}

static void judge(struct mxs_check_judging *judging)
{
    uint8_t posture = posture_of(judging);
    mxs_judging_value(judging, MXS_MEASURE_POSTURE, posture);
    if (posture == MXS_POSTURE_UNPROTECTED && judging->facts->dmarc != MXS_POLICY_UNKNOWN)
        mxs_judging_put(judging, MXS_FINDING_PARKED_FORGEABLE);
    if (judging->state == MXS_STATE_NO_MAIL)
        mxs_judging_put(judging, MXS_FINDING_NO_NULL_MX);
}

static const struct mxs_finding findings[] = {
    {MXS_FINDING_PARKED_FORGEABLE, "parked_forgeable", MXS_WARNING,
     "The domain takes no mail, and anyone can spoof it.",
     "Publish `v=spf1 -all` and a DMARC record with `p=reject`."},
    {MXS_FINDING_NO_NULL_MX, "no_null_mx", MXS_INFO,
     "The domain has neither MX nor address, and no null MX says that it takes no mail.",
     "Publish `0 .` (RFC 7505), so that senders fail at once."},
};

const struct mxs_check mxs_check_posture = {.id = 10,
                                            .name = "posture",
                                            .option = "auth",
                                            .subject = MXS_SUBJECT_DOMAIN,
                                            .judge = judge,
                                            .findings = findings,
                                            .finding_count = MXS_COUNT_OF(findings),
                                            .measures = measures,
                                            .measure_count = MXS_COUNT_OF(measures)};
