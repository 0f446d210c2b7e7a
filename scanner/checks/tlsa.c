/* TLSA at _25._tcp.<MX host>, once per MX host and run. Where the host's name leads elsewhere and the way there was
 * validated, senders look at the expanded name first, and at the host's own where that has none @rfc{7672,2.2.3}: both
 * are asked. */
#include "scanner/checks/tlsa.h"

#include "base/json.h"
#include "scanner/checks/asking.h"
#include "scanner/checks/check.h"
#include "scanner/checks/tell.h"
#include "scanner/parse/tlsa.h"

static void begin(struct mxs_asking *asking)
{
    const struct mxs_policy_subject *subject = &asking->slot->subject;
    char name[MXS_NAME_TEXT_MAX + 16];
    mxs_asking_put(asking, MXS_ASK_TLSA, MXS_TYPE_TLSA, MXS_TEXT(""), "_25._tcp.");
    if (subject->alias.data == NULL || !subject->secure)
        return;
    int size = snprintf(name, sizeof name, "_25._tcp.%.*s", MXS_TEXT_ARG(subject->alias));
    mxs_asking_put_name(asking, MXS_ASK_TLSA, MXS_TYPE_TLSA, subject->alias, (struct mxs_text){name, (uint32_t)size});
}

/* The records as they came, sorted. */
static void keep(const struct mxs_asking *asking, const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    struct mxs_text texts[MXS_RECORDS_MAX];
    uint32_t count = answer->record_count < MXS_RECORDS_MAX ? answer->record_count : MXS_RECORDS_MAX;
    for (uint32_t i = 0; i < count; i++)
        texts[i] = (struct mxs_text){(const char *)answer->records[i].data.data, answer->records[i].data.size_bytes};
    mxs_pack_sort(texts, count);
    entry->text_count = count < MXS_PACK_TEXTS ? count : MXS_PACK_TEXTS;
    memcpy(entry->texts, texts, entry->text_count * sizeof *texts);
    if (count > MXS_PACK_TEXTS)
        entry->outcome = MXS_LIMIT;
    if (count > 0)
        entry->flags = (uint8_t)((answer->authenticated ? MXS_ENTRY_SECURE : 0) |
                                 (asking->slot->subject.secure ? MXS_ENTRY_ADDRESS_SECURE : 0));
}

/* Of the two names the expanded one decides where it has records. */
void mxs_check_tlsa_read(struct mxs_bytes content, struct mxs_check_tlsa *out)
{
    struct mxs_policy_entry entry;
    *out = (struct mxs_check_tlsa){.outcome = MXS_NODATA};
    for (uint32_t at = 0; mxs_pack_next(content, &at, &entry);) {
        struct mxs_record records[MXS_PACK_TEXTS];
        struct mxs_tlsa_set set;
        bool secure = entry.flags == (MXS_ENTRY_SECURE | MXS_ENTRY_ADDRESS_SECURE);
        if (entry.ask == MXS_ASK_TLSA_COUNTED && entry.text_count == 1 && entry.texts[0].size_bytes == 2)
            *out = (struct mxs_check_tlsa){.outcome = entry.outcome, .usable = (uint8_t)entry.texts[0].data[0],
                                           .unusable = (uint8_t)entry.texts[0].data[1], .secure = secure};
        if (entry.ask != MXS_ASK_TLSA)
            continue;
        bool settled = mxs_outcome_settled(entry.outcome);
        if (settled && entry.text_count == 0)
            continue;
        mxs_tlsa_read(records, mxs_pack_records(&entry, records), &set);
        *out = (struct mxs_check_tlsa){.outcome = entry.outcome,
                                       .usable = settled ? set.usable : 0,
                                       .unusable = settled ? set.count - set.usable : 0,
                                       .secure = secure};
    }
}

static const struct mxs_measure_word marks[] = {
    {MXS_DANE_NONE, "none", "absent"}, {MXS_DANE_SOME, "some", "some MX hosts"}, {MXS_DANE_ALL, "all", "every MX host"},
    {MXS_DANE_INSECURE, "insecure", "not validated"}, {MXS_DANE_UNUSABLE, "unusable", "unusable"}, {0, NULL, NULL}};
static const struct mxs_measure measures[] = {{MXS_MEASURE_DANE, "dane", "DANE", true, marks}};

static void judge(struct mxs_check_judging *judging)
{
    const struct mxs_policy_facts *facts = judging->facts;
    mxs_judging_value(judging, MXS_MEASURE_DANE, facts->dane);
    if (!judging->receives)
        return;
    switch (facts->dane) {
    case MXS_DANE_INSECURE: mxs_judging_put(judging, MXS_FINDING_DANE_INSECURE); break;
    case MXS_DANE_UNUSABLE: mxs_judging_put(judging, MXS_FINDING_DANE_UNUSABLE); break;
    case MXS_DANE_SOME: mxs_judging_put(judging, MXS_FINDING_DANE_PARTIAL); break;
    default: break;
    }
    bool dane = facts->dane == MXS_DANE_ALL || facts->dane == MXS_DANE_SOME;
    bool no_sts = facts->mta_sts == MXS_STS_ABSENT || facts->mta_sts == MXS_STS_MODE_NONE ||
                  facts->mta_sts == MXS_STS_UNFETCHABLE;
    if (no_sts && !dane && facts->dane != MXS_POLICY_UNKNOWN)
        mxs_judging_put(judging, MXS_FINDING_TLS_UNPROTECTED);
}

enum { COLUMN = 6 };
static const struct mxs_check_column columns[] = {
    {COLUMN, "tlsa", "transport.tlsa", "null", NULL, "host", MXS_LINE_NEVER}};

static void tell(struct mxs_check_telling *telling)
{
    struct mxs_check_tlsa tlsa;
    struct mxs_json json;
    mxs_check_tlsa_read(telling->content, &tlsa);
    if (tlsa.outcome != MXS_ANSWERED && tlsa.outcome != MXS_LIMIT)
        return;
    mxs_json_init(&json, telling->out);
    mxs_json_open_object(&json, NULL);
    if (tlsa.outcome == MXS_LIMIT) { /* records, more than are read */
        mxs_json_put_null(&json, "usable");
        mxs_json_put_null(&json, "unusable");
    } else {
        mxs_json_put_int(&json, "usable", tlsa.usable);
        mxs_json_put_int(&json, "unusable", tlsa.unusable);
    }
    mxs_json_put_flag(&json, "secure", tlsa.secure);
    mxs_json_finish(&json);
    mxs_tell(telling, COLUMN, (struct mxs_text){NULL, 0});
}

static const struct mxs_finding findings[] = {
    {MXS_FINDING_TLS_UNPROTECTED, "tls_unprotected", MXS_NOTICE,
     "Neither MTA-STS nor DANE protects mail to the domain: an on-path attacker can strip TLS.",
     "Publish an MTA-STS policy, or sign the zones with DNSSEC and publish TLSA records."},
    {MXS_FINDING_DANE_INSECURE, "dane_insecure", MXS_NOTICE,
     "An MX host has TLSA records that were not validated by DNSSEC: senders ignore them.",
     "Sign the zones of the domain and of the MX host with DNSSEC. If your resolver does not validate, use one that "
     "does."},
    {MXS_FINDING_DANE_UNUSABLE, "dane_unusable", MXS_WARNING,
     "TLSA records of an MX host cannot be used by mail senders.",
     "Use usage 3 or 2, selector 1 or 0, matching type 1 (RFC 7672 3.1)."},
    {MXS_FINDING_DANE_PARTIAL, "dane_partial", MXS_WARNING,
     "Only some MX hosts are protected by DANE: an attacker can divert mail to the others.",
     "Publish TLSA records for all of them."},
};

const struct mxs_check mxs_check_tlsa = {.id = 8,
                                         .name = "tlsa",
                                         .option = "transport",
                                         .subject = MXS_SUBJECT_HOST,
                                         .asks = 1ull << MXS_ASK_TLSA | 1ull << MXS_ASK_TLSA_COUNTED,
                                         .begin = begin,
                                         .keep = keep,
                                         .judge = judge,
                                         .tell = tell,
                                         .findings = findings,
                                         .finding_count = MXS_COUNT_OF(findings),
                                         .measures = measures,
                                         .measure_count = MXS_COUNT_OF(measures),
                                         .columns = columns,
                                         .column_count = MXS_COUNT_OF(columns)};
