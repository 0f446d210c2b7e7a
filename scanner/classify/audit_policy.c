/* The advice follows the order in which an owner works: first one SPF record that can be evaluated, then DMARC with reports,
 * then enforcement; for domains without mail, everything shut at once. A finding is put only on what is settled.
 */
#include "scanner/classify/audit_policy.h"

#include "model/findings.h"

#define LOOKUPS_MAX 10
#define LOOKUPS_NEAR 9
#define KEY_WEAK 1024
#define KEY_GOOD 2048
#define WHOLE 10000u

/* Reasons of scanner/parse/spf, whose numbers are stored. */
enum { REASON_MANY_RECORDS = 2, REASON_TOO_MANY_LOOKUPS = 14, REASON_TOO_MANY_VOIDS = 15, REASON_TOO_MANY_MX_HOSTS = 16,
       REASON_INCLUDE_NONE = 17, REASON_REDIRECT_NONE = 18 };

struct audit {
    const struct mxs_policy_facts *facts;
    struct mxs_policy_addition *out;
    bool receives, silent; /* silent: surely takes no mail */
};

static void put(struct audit *audit, unsigned code) { audit->out->findings |= 1ull << (code - 64); }

static void audit_spf(struct audit *audit)
{
    const struct mxs_policy_facts *facts = audit->facts;
    if (facts->spf == MXS_SPF_MARK_NONE) {
        put(audit, audit->silent ? MXS_FINDING_SPF_MISSING_PARKED : MXS_FINDING_SPF_MISSING);
    } else if (facts->spf == MXS_SPF_MARK_PERMERROR) {
        switch (facts->spf_reason) {
        case REASON_MANY_RECORDS: put(audit, MXS_FINDING_SPF_MANY_RECORDS); break;
        case REASON_TOO_MANY_LOOKUPS: put(audit, MXS_FINDING_SPF_TOO_MANY_LOOKUPS); break;
        case REASON_TOO_MANY_VOIDS: put(audit, MXS_FINDING_SPF_TOO_MANY_VOIDS); break;
        case REASON_TOO_MANY_MX_HOSTS: put(audit, MXS_FINDING_SPF_TOO_MANY_MX_HOSTS); break;
        case REASON_INCLUDE_NONE:
        case REASON_REDIRECT_NONE: put(audit, MXS_FINDING_SPF_INCLUDE_NONE); break;
        default: put(audit, MXS_FINDING_SPF_SYNTAX); break;
        }
    } else if (facts->spf == MXS_SPF_MARK_OK) {
        if (facts->spf_all == '+')
            put(audit, MXS_FINDING_SPF_PASS_ALL);
        else if (facts->spf_all == '?')
            put(audit, MXS_FINDING_SPF_NEUTRAL);
        if (facts->spf_lookups >= LOOKUPS_NEAR && facts->spf_lookups <= LOOKUPS_MAX)
            put(audit, MXS_FINDING_SPF_NEAR_LIMIT);
        if (facts->spf_ptr)
            put(audit, MXS_FINDING_SPF_PTR);
    }
}

static void audit_dmarc(struct audit *audit)
{
    const struct mxs_policy_facts *facts = audit->facts;
    if (facts->dmarc == MXS_POLICY_UNKNOWN)
        return;
    if (facts->dmarc == MXS_DMARC_MARK_ABSENT)
        put(audit, MXS_FINDING_DMARC_MISSING);
    else if (facts->dmarc == MXS_DMARC_MARK_FAULTY)
        put(audit, MXS_FINDING_DMARC_FAULTY);
    else if (facts->dmarc == MXS_DMARC_MARK_NONE)
        put(audit, MXS_FINDING_DMARC_NONE);
    else if (facts->dmarc_percent < 100 || facts->dmarc_testing)
        put(audit, MXS_FINDING_DMARC_PARTIAL);
    bool there = facts->dmarc >= MXS_DMARC_MARK_NONE && facts->dmarc <= MXS_DMARC_MARK_REJECT;
    if (there && !facts->dmarc_reports && !facts->dmarc_inherited)
        put(audit, MXS_FINDING_DMARC_NO_REPORTS);
    if (facts->dmarc_unauthorised)
        put(audit, MXS_FINDING_DMARC_UNAUTHORISED);
    if (facts->dmarc_differs)
        put(audit, MXS_FINDING_DMARC_TREE);
    if (facts->bimi == MXS_RECORD_GOOD && facts->dmarc < MXS_DMARC_MARK_QUARANTINE)
        put(audit, MXS_FINDING_BIMI_UNENFORCED);
}

static void audit_keys(struct audit *audit)
{
    for (uint32_t i = 0; i < audit->facts->key_count; i++) {
        const struct mxs_policy_key *key = &audit->facts->keys[i];
        if (key->faulty)
            put(audit, MXS_FINDING_DKIM_FAULTY);
        if (!key->there)
            continue;
        if (!key->ed25519 && key->bits < KEY_WEAK)
            put(audit, MXS_FINDING_DKIM_WEAK);
        else if (!key->ed25519 && key->bits < KEY_GOOD)
            put(audit, MXS_FINDING_DKIM_SHORT);
        if (key->testing)
            put(audit, MXS_FINDING_DKIM_TESTING);
    }
}

static void audit_sts(struct audit *audit)
{
    const struct mxs_policy_facts *facts = audit->facts;
    if (facts->mta_sts == MXS_STS_FAULTY)
        put(audit, MXS_FINDING_MTA_STS_FAULTY);
    else if (facts->mta_sts == MXS_STS_UNFETCHABLE)
        put(audit, MXS_FINDING_MTA_STS_UNFETCHABLE);
    else if (facts->mta_sts == MXS_STS_MODE_NONE)
        put(audit, MXS_FINDING_MTA_STS_MODE_NONE);
    else if (facts->mta_sts == MXS_STS_TESTING)
        put(audit, MXS_FINDING_MTA_STS_TESTING);
    if (facts->sts_none_covered && facts->mta_sts == MXS_STS_ENFORCE)
        put(audit, MXS_FINDING_MTA_STS_REFUSES_ALL);
    else if (facts->sts_uncovered)
        put(audit, MXS_FINDING_MTA_STS_UNCOVERED);
    if (facts->sts_short)
        put(audit, MXS_FINDING_MTA_STS_SHORT);
    if (facts->sts_stale)
        put(audit, MXS_FINDING_MTA_STS_STALE);
}

static void audit_transport(struct audit *audit)
{
    const struct mxs_policy_facts *facts = audit->facts;
    if (!audit->receives)
        return;
    if (facts->tls_rpt == MXS_RECORD_FAULTY)
        put(audit, MXS_FINDING_TLS_RPT_FAULTY);
    switch (facts->dane) {
    case MXS_DANE_INSECURE: put(audit, MXS_FINDING_DANE_INSECURE); break;
    case MXS_DANE_UNUSABLE: put(audit, MXS_FINDING_DANE_UNUSABLE); break;
    case MXS_DANE_SOME: put(audit, MXS_FINDING_DANE_PARTIAL); break;
    default: break;
    }
    audit_sts(audit);
    bool dane = facts->dane == MXS_DANE_ALL || facts->dane == MXS_DANE_SOME;
    bool sts = facts->mta_sts == MXS_STS_PUBLISHED || facts->mta_sts == MXS_STS_ENFORCE || facts->mta_sts == MXS_STS_TESTING;
    bool no_sts = facts->mta_sts == MXS_STS_ABSENT || facts->mta_sts == MXS_STS_MODE_NONE || facts->mta_sts == MXS_STS_UNFETCHABLE;
    if (no_sts && !dane && facts->dane != MXS_POLICY_UNKNOWN)
        put(audit, MXS_FINDING_TLS_UNPROTECTED);
    if ((dane || sts) && facts->tls_rpt == MXS_RECORD_NONE)
        put(audit, MXS_FINDING_TLS_UNREPORTED);
}

static bool is_shut(const struct mxs_policy_facts *facts)
{
    return facts->spf == MXS_SPF_MARK_OK && facts->spf_bare && facts->dmarc == MXS_DMARC_MARK_REJECT;
}

/* Sends: it says that somebody may. A domain without SPF and keys says nothing, and is taken to send if it receives. */
static uint8_t posture_of(const struct audit *audit)
{
    const struct mxs_policy_facts *facts = audit->facts;
    if (facts->spf == MXS_POLICY_UNKNOWN || facts->spf == MXS_SPF_MARK_TEMPERROR || (!audit->receives && !audit->silent))
        return MXS_POLICY_UNKNOWN;
    bool shut = facts->spf == MXS_SPF_MARK_OK && facts->spf_bare && facts->dkim != MXS_RECORD_GOOD;
    bool sends = !shut && (facts->spf != MXS_SPF_MARK_NONE || facts->dkim == MXS_RECORD_GOOD || audit->receives);
    if (audit->receives)
        return sends ? MXS_POSTURE_RECEIVES_SENDS : MXS_POSTURE_RECEIVES;
    if (sends)
        return MXS_POSTURE_SENDS;
    return is_shut(facts) ? MXS_POSTURE_PARKED : MXS_POSTURE_UNPROTECTED;
}

static void audit_silence(struct audit *audit, enum mxs_state state)
{
    if (audit->out->policy.posture == MXS_POSTURE_UNPROTECTED && audit->facts->dmarc != MXS_POLICY_UNKNOWN)
        put(audit, MXS_FINDING_PARKED_FORGEABLE);
    if (state == MXS_STATE_NO_MAIL && audit->facts->auth)
        put(audit, MXS_FINDING_NO_NULL_MX);
}

void mxs_policy_judge(const struct mxs_verdict *verdict, const struct mxs_policy_facts *facts, const struct mxs_behind *behind,
                      struct mxs_policy_addition *out)
{
    memset(out, 0, sizeof *out);
    struct audit audit = {
        .facts = facts, .out = out, .receives = verdict->state == MXS_STATE_MX || verdict->state == MXS_STATE_IMPLICIT_MX,
        .silent = verdict->state == MXS_STATE_NULL_MX || verdict->state == MXS_STATE_NO_MAIL};
    out->policy = (struct mxs_policy_verdict){
        .spf = facts->spf == MXS_SPF_MARK_TEMPERROR ? MXS_POLICY_UNKNOWN : facts->spf, .spf_all = (uint8_t)facts->spf_all,
        .dmarc = facts->dmarc, .dkim = facts->dkim, .bimi = facts->bimi, .mta_sts = facts->mta_sts, .tls_rpt = facts->tls_rpt,
        .dane = facts->dane, .posture = MXS_POLICY_UNKNOWN};
    if (facts->auth) {
        out->policy.posture = posture_of(&audit);
        audit_spf(&audit);
        audit_dmarc(&audit);
        audit_keys(&audit);
        audit_silence(&audit, verdict->state);
    }
    if (facts->transport)
        audit_transport(&audit);
    if (verdict->open_mailbox && behind != NULL && behind->provider.data != NULL) {
        out->mailbox = behind->provider;
        out->confidence = behind->confidence;
    }
}

/* Gateways stay; whoever was taken for the mailbox because it runs the MX host makes room for who was found behind it. */
static void name_mailbox(struct mxs_verdict *verdict, const struct mxs_policy_addition *addition)
{
    struct mxs_label kept[MXS_ROLE_COUNT * MXS_MAILBOXES_MAX];
    uint32_t count = 0;
    bool put = false;
    for (uint32_t i = 0; i <= verdict->label_count; i++) {
        bool ended = i == verdict->label_count;
        if (!put && (ended || verdict->labels[i].role != MXS_ROLE_GATEWAY)) {
            if (count < sizeof kept / sizeof *kept)
                kept[count++] = (struct mxs_label){MXS_ROLE_MAILBOX, addition->mailbox, WHOLE, addition->confidence};
            put = true;
        }
        if (!ended && verdict->labels[i].role != MXS_ROLE_MAILBOX && count < sizeof kept / sizeof *kept)
            kept[count++] = verdict->labels[i];
    }
    memcpy(verdict->labels, kept, count * sizeof *kept);
    verdict->label_count = count;
}

void mxs_policy_add(struct mxs_verdict *verdict, const struct mxs_policy_addition *addition)
{
    verdict->policy = addition->policy;
    verdict->findings.bits[1] |= addition->findings;
    if (addition->mailbox.data != NULL)
        name_mailbox(verdict, addition);
}
