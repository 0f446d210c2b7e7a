/* The advice follows the order in which an owner works: first one SPF record that can be evaluated, then DMARC with
 * reports, then enforcement; for domains without mail, everything shut at once. A finding is put only on what is
 * settled. */
#include "scanner/checks/judge.h"

#include "scanner/checks/check.h"
#include "scanner/checks/registry.h"

#define WHOLE 10000u
#define FIRST_CODE 64u
#define WEAK_CONFIDENCE 40u

bool mxs_policy_read(struct mxs_bytes content, unsigned options, struct mxs_arena *arena,
                     struct mxs_policy_facts *facts)
{
    uint8_t no_auth = options & MXS_CHECK_AUTH ? 0 : MXS_POLICY_UNKNOWN,
            no_transport = options & MXS_CHECK_TRANSPORT ? 0 : MXS_POLICY_UNKNOWN;
    struct mxs_policy_entry entry;
    struct mxs_check_reading reading = {arena, facts};
    mxs_policy_facts_init(facts);
    facts->options = options;
    facts->content = content;
    facts->spf =
        options & MXS_CHECK_AUTH ? MXS_SPF_MARK_TEMPERROR : MXS_POLICY_UNKNOWN; /* until the walk's entry is read */
    facts->dmarc = facts->dkim = facts->bimi = no_auth;
    facts->mta_sts = facts->tls_rpt = no_transport;
    for (uint32_t at = 0; mxs_pack_next(content, &at, &entry);) {
        const struct mxs_check *check = mxs_checks_find_ask(entry.ask);
        if (check != NULL && check->read != NULL)
            check->read(&reading, &entry);
    }
    return !mxs_arena_full(arena);
}

void mxs_judging_put(struct mxs_check_judging *judging, unsigned code)
{
    MXS_ASSERT(code >= FIRST_CODE && code < MXS_FINDINGS_MAX);
    judging->out->findings |= 1ull << (code - FIRST_CODE);
}

void mxs_judging_value(struct mxs_check_judging *judging, uint8_t measure, uint8_t value)
{
    MXS_ASSERT(measure < MXS_MEASURES_MAX);
    judging->out->measures.values[measure] = value;
}

bool mxs_policy_names_nobody(const struct mxs_verdict *verdict)
{
    static const char org[] = "org:";
    uint32_t named = 0;
    for (uint32_t i = 0; i < verdict->label_count && verdict->open_mailbox; i++) {
        const struct mxs_label *label = &verdict->labels[i];
        if (label->role == MXS_ROLE_BACKUP)
            continue;
        bool nobody =
            mxs_text_equal(label->provider, MXS_TEXT(MXS_PROVIDER_SELF)) ||
            (label->provider.size_bytes > sizeof org - 1 && memcmp(label->provider.data, org, sizeof org - 1) == 0);
        if (label->role != MXS_ROLE_MAILBOX || !nobody)
            return false;
        named++;
    }
    return named > 0;
}

static bool has_gateway(const struct mxs_verdict *verdict)
{
    for (uint32_t i = 0; i < verdict->label_count; i++)
        if (verdict->labels[i].role == MXS_ROLE_GATEWAY)
            return true;
    return false;
}

/* Somebody who runs the MX host, and does not only filter, mostly holds the mailbox, whatever a token or autodiscover
 * says; only keys at a provider say who sends from there. */
static uint8_t confidence_of(const struct mxs_verdict *verdict, const struct mxs_evidence_verdict *behind)
{
    bool gateway = has_gateway(verdict) || behind->front.data != NULL;
    bool doubtful = behind->weak && behind->confidence > WEAK_CONFIDENCE && !gateway;
    return doubtful ? WEAK_CONFIDENCE : behind->confidence;
}

void mxs_policy_judge(const struct mxs_verdict *verdict, const struct mxs_policy_facts *facts,
                      const struct mxs_evidence_verdict *behind, struct mxs_policy_addition *out)
{
    memset(out, 0, sizeof *out);
    out->measures = MXS_MEASURES_UNKNOWN;
    struct mxs_check_judging judging = {
        .state = verdict->state, .facts = facts, .out = out,
        .receives = verdict->state == MXS_STATE_MX || verdict->state == MXS_STATE_IMPLICIT_MX,
        .silent = verdict->state == MXS_STATE_NULL_MX || verdict->state == MXS_STATE_NO_MAIL};
    for (uint32_t i = 0; i < mxs_checks_count(); i++) {
        const struct mxs_check *check = mxs_checks_at(i);
        if (check->judge != NULL && (facts->options & mxs_checks_bit(check)))
            check->judge(&judging);
    }
    if (verdict->open_mailbox && behind != NULL && behind->provider.data != NULL) {
        out->mailbox = behind->provider;
        out->confidence = confidence_of(verdict, behind);
    }
    if (verdict->open_mailbox && behind != NULL && behind->open)
        mxs_judging_value(&judging, MXS_MEASURE_MAILBOX, MXS_MAILBOX_UNSETTLED);
    if (behind != NULL && behind->front.data != NULL && mxs_policy_names_nobody(verdict)) {
        out->front = behind->front;
        out->front_confidence = behind->front_confidence;
    }
}

/* The label's servers are a gateway's: nobody else stands in front, and who was taken for the mailbox is not it. */
static void name_front(struct mxs_verdict *verdict, const struct mxs_policy_addition *addition)
{
    uint32_t count = 1;
    struct mxs_label kept[MXS_ROLE_COUNT * MXS_MAILBOXES_MAX] = {
        {MXS_ROLE_GATEWAY, addition->front, WHOLE, addition->front_confidence}};
    for (uint32_t i = 0; i < verdict->label_count; i++)
        if (verdict->labels[i].role == MXS_ROLE_BACKUP && count < sizeof kept / sizeof *kept)
            kept[count++] = verdict->labels[i];
    memcpy(verdict->labels, kept, count * sizeof *kept);
    verdict->label_count = count;
}

/* Gateways stay; whoever was taken for the mailbox because it runs the MX host makes room for who was found behind it.
 */
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

/* Nor is it whoever runs the MX host: who stands behind it could not be settled. */
static void name_no_mailbox(struct mxs_verdict *verdict)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < verdict->label_count; i++)
        if (verdict->labels[i].role != MXS_ROLE_MAILBOX)
            verdict->labels[count++] = verdict->labels[i];
    verdict->label_count = count;
}

void mxs_policy_add(struct mxs_verdict *verdict, const struct mxs_policy_addition *addition)
{
    verdict->measures = addition->measures;
    verdict->findings.bits[1] |= addition->findings;
    if (addition->front.data != NULL)
        name_front(verdict, addition);
    if (addition->mailbox.data != NULL)
        name_mailbox(verdict, addition);
    else if (addition->measures.values[MXS_MEASURE_MAILBOX] == MXS_MAILBOX_UNSETTLED)
        name_no_mailbox(verdict);
}

bool mxs_policy_tell(struct mxs_bytes content, bool hosts, struct mxs_arena *arena, mxs_out *out,
                     struct mxs_policy_row *row)
{
    struct mxs_check_telling telling = {content, arena, out, row};
    row->content = content;
    row->column_count = 0;
    for (uint32_t i = 0; i < mxs_checks_count(); i++) {
        const struct mxs_check *check = mxs_checks_at(i);
        if (check->tell != NULL && check->subject == (hosts ? MXS_SUBJECT_HOST : MXS_SUBJECT_DOMAIN))
            check->tell(&telling);
    }
    return !mxs_arena_full(arena) && out->err == MXS_OK;
}
