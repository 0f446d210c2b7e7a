/* BIMI: the brand indicator of the default selector. It is shown only under an enforced DMARC policy. */
#include "scanner/parse/tls_rpt.h"

#include "scanner/checks/asking.h"
#include "scanner/checks/check.h"
#include "scanner/checks/tell.h"

static void begin(struct mxs_asking *asking)
{
    mxs_asking_put(asking, MXS_ASK_BIMI, MXS_TYPE_TXT, MXS_TEXT(""), "default._bimi.");
}

static void keep(const struct mxs_asking *asking, const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    (void)asking;
    mxs_keep_texts(answer, mxs_bimi_is, entry);
    mxs_keep_nearly(answer, "bimi", entry);
}

static uint8_t mark_of(const struct mxs_policy_entry *entry)
{
    struct mxs_record records[MXS_PACK_TEXTS];
    struct mxs_bimi record;
    if (!mxs_outcome_settled(entry->outcome))
        return MXS_POLICY_UNKNOWN;
    if (entry->flags & MXS_ENTRY_NEARLY)
        return MXS_RECORD_NONE;
    mxs_bimi_read(records, mxs_pack_records(entry, records), &record);
    if (record.reason == MXS_BIMI_DECLINED)
        return MXS_RECORD_NONE;
    return record.reason == MXS_BIMI_OK ? MXS_RECORD_GOOD : MXS_RECORD_FAULTY;
}

static void read(struct mxs_check_reading *reading, const struct mxs_policy_entry *entry)
{
    reading->facts->bimi = mark_of(entry);
    reading->facts->bimi_nearly = (entry->flags & MXS_ENTRY_NEARLY) != 0;
}

static const struct mxs_measure_word marks[] = {{MXS_RECORD_NONE, "absent", "absent"},
                                                {MXS_RECORD_GOOD, "published", "published"},
                                                {MXS_RECORD_FAULTY, "faulty", "faulty"},
                                                {0, NULL, NULL}};
static const struct mxs_measure measures[] = {{MXS_MEASURE_BIMI, "bimi", "BIMI", false, marks}};

/* draft-brand-indicators-for-message-identification, 7.1. */
static bool lets_show(const struct mxs_policy_facts *facts)
{
    bool enforced = facts->dmarc == MXS_DMARC_MARK_QUARANTINE || facts->dmarc == MXS_DMARC_MARK_REJECT;
    return enforced && !facts->dmarc_unenforced;
}

static void judge(struct mxs_check_judging *judging)
{
    const struct mxs_policy_facts *facts = judging->facts;
    mxs_judging_value(judging, MXS_MEASURE_BIMI, facts->bimi);
    if (facts->bimi == MXS_RECORD_GOOD && facts->dmarc != MXS_POLICY_UNKNOWN && !lets_show(facts))
        mxs_judging_put(judging, MXS_FINDING_BIMI_UNENFORCED);
    if (facts->bimi_nearly)
        mxs_judging_put(judging, MXS_FINDING_BIMI_NEARLY);
}

enum { COLUMN = 3 };
static const struct mxs_check_column columns[] = {
    {COLUMN, "bimi", NULL, "null", "no BIMI", "record", MXS_LINE_WHERE_THERE}};

static void tell(struct mxs_check_telling *telling)
{
    struct mxs_policy_entry entry;
    for (uint32_t at = 0; mxs_pack_next(telling->content, &at, &entry);)
        if (entry.ask == MXS_ASK_BIMI)
            mxs_tell_record(telling, COLUMN, &entry, mark_of(&entry), NULL);
}

static const struct mxs_finding findings[] = {
    {MXS_FINDING_BIMI_UNENFORCED, "bimi_unenforced", MXS_INFO,
     "A BIMI record is published without an enforced DMARC policy: no client that follows the specification shows the "
     "logo.",
     "Raise DMARC's `p`, and `sp` where there is one, to `reject`, or to `quarantine` without a `pct` below 100."},
    {MXS_FINDING_BIMI_NEARLY, "bimi_nearly", MXS_INFO,
     "A TXT record at default._bimi was meant as BIMI, but is not valid: nobody shows its logo.",
     "It must begin with exactly `v=BIMI1;`."},
};

const struct mxs_check mxs_check_bimi = {.id = 5,
                                         .name = "bimi",
                                         .option = "auth",
                                         .subject = MXS_SUBJECT_DOMAIN,
                                         .asks = 1ull << MXS_ASK_BIMI,
                                         .begin = begin,
                                         .keep = keep,
                                         .read = read,
                                         .judge = judge,
                                         .tell = tell,
                                         .findings = findings,
                                         .finding_count = MXS_COUNT_OF(findings),
                                         .measures = measures,
                                         .measure_count = MXS_COUNT_OF(measures),
                                         .columns = columns,
                                         .column_count = MXS_COUNT_OF(columns)};
