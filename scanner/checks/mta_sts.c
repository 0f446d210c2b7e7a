/* MTA-STS: the record. Its policy is a file, which a run fetches only when a person asks for it (--fetch-sts). */
#include "scanner/parse/mta_sts.h"

#include "scanner/checks/asking.h"
#include "scanner/checks/check.h"
#include "scanner/checks/tell.h"

static void begin(struct mxs_asking *asking)
{
    mxs_asking_put(asking, MXS_ASK_MTA_STS, MXS_TYPE_TXT, MXS_TEXT(""), "_mta-sts.");
}

static void keep(const struct mxs_asking *asking, const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    (void)asking;
    mxs_keep_texts(answer, mxs_mta_sts_is, entry);
    mxs_keep_nearly(answer, "sts", entry);
    mxs_keep_nearly(answer, "mtasts", entry);
}

static uint8_t mark_of(const struct mxs_policy_entry *entry)
{
    struct mxs_record records[MXS_PACK_TEXTS];
    struct mxs_mta_sts record;
    if (!mxs_outcome_settled(entry->outcome))
        return MXS_POLICY_UNKNOWN;
    if (entry->flags & MXS_ENTRY_NEARLY)
        return MXS_RECORD_NONE;
    mxs_mta_sts_read(records, mxs_pack_records(entry, records), &record);
    return record.reason == MXS_MTA_STS_OK ? MXS_RECORD_GOOD : MXS_RECORD_FAULTY;
}

static void read(struct mxs_check_reading *reading, const struct mxs_policy_entry *entry)
{
    reading->facts->mta_sts = mark_of(entry);
    reading->facts->mta_sts_nearly = (entry->flags & MXS_ENTRY_NEARLY) != 0;
}

static const struct mxs_measure_word marks[] = {{MXS_STS_ABSENT, "absent", "absent"},
                                                {MXS_STS_PUBLISHED, "published", "published"},
                                                {MXS_STS_FAULTY, "faulty", "faulty"},
                                                {MXS_STS_ENFORCE, "enforce", "published, enforced"},
                                                {MXS_STS_TESTING, "testing", "published, test mode"},
                                                {MXS_STS_MODE_NONE, "mode_none", "mode none"},
                                                {MXS_STS_UNFETCHABLE, "unfetchable", "policy cannot be fetched"},
                                                {0, NULL, NULL}};
static const struct mxs_measure measures[] = {{MXS_MEASURE_MTA_STS, "mta_sts", "MTA-STS", false, marks}};

static void judge(struct mxs_check_judging *judging)
{
    const struct mxs_policy_facts *facts = judging->facts;
    mxs_judging_value(judging, MXS_MEASURE_MTA_STS, facts->mta_sts);
    if (!judging->receives)
        return;
    if (facts->mta_sts_nearly)
        mxs_judging_put(judging, MXS_FINDING_MTA_STS_NEARLY);
    switch (facts->mta_sts) {
    case MXS_STS_FAULTY: mxs_judging_put(judging, MXS_FINDING_MTA_STS_FAULTY); break;
    case MXS_STS_UNFETCHABLE: mxs_judging_put(judging, MXS_FINDING_MTA_STS_UNFETCHABLE); break;
    case MXS_STS_MODE_NONE: mxs_judging_put(judging, MXS_FINDING_MTA_STS_MODE_NONE); break;
    case MXS_STS_TESTING: mxs_judging_put(judging, MXS_FINDING_MTA_STS_TESTING); break;
    default: break;
    }
    if (facts->sts_none_covered && facts->mta_sts == MXS_STS_ENFORCE)
        mxs_judging_put(judging, MXS_FINDING_MTA_STS_REFUSES_ALL);
    else if (facts->sts_uncovered)
        mxs_judging_put(judging, MXS_FINDING_MTA_STS_UNCOVERED);
    if (facts->sts_short)
        mxs_judging_put(judging, MXS_FINDING_MTA_STS_SHORT);
    if (facts->sts_stale)
        mxs_judging_put(judging, MXS_FINDING_MTA_STS_STALE);
}

enum { COLUMN = 4 };
static const struct mxs_check_column columns[] = {
    {COLUMN, "mta_sts", "transport.mta_sts", "null", "no MTA-STS", "record", MXS_LINE_WHERE_THERE}};

static void tell(struct mxs_check_telling *telling)
{
    struct mxs_policy_entry entry;
    for (uint32_t at = 0; mxs_pack_next(telling->content, &at, &entry);)
        if (entry.ask == MXS_ASK_MTA_STS)
            mxs_tell_record(telling, COLUMN, &entry, mark_of(&entry), "policy");
}

static const struct mxs_finding findings[] = {
    {MXS_FINDING_MTA_STS_FAULTY, "mta_sts_faulty", MXS_WARNING,
     "The MTA-STS record cannot be used, or there are several.", "Keep one record of the form `v=STSv1; id=...;`."},
    {MXS_FINDING_MTA_STS_NEARLY, "mta_sts_nearly", MXS_WARNING,
     "A TXT record at _mta-sts was meant as MTA-STS, but is not valid: senders ignore it (the export shows it as "
     "`nearly`).",
     "It must begin with exactly `v=STSv1;` (RFC 8461 3.1)."},
    {MXS_FINDING_MTA_STS_UNFETCHABLE, "mta_sts_unfetchable", MXS_WARNING,
     "There is an MTA-STS record, but no usable policy behind it.",
     "Serve `https://mta-sts.DOMAIN/.well-known/mta-sts.txt` as text/plain, without a redirect, under a valid "
     "certificate (the export"
     " names what is wrong), or remove the record."},
    {MXS_FINDING_MTA_STS_REFUSES_ALL, "mta_sts_refuses_all", MXS_CRITICAL,
     "The enforced MTA-STS policy matches none of the MX hosts: senders that honour it deliver no mail.",
     "Name the MX hosts in the policy and give the record a new id, or go back to `mode: testing` until they are "
     "named."},
    {MXS_FINDING_MTA_STS_UNCOVERED, "mta_sts_uncovered", MXS_WARNING,
     "The MTA-STS policy does not match every MX host: senders that honour it skip the others.",
     "Add an `mx:` line for each MX host and give the record a new id."},
    {MXS_FINDING_MTA_STS_TESTING, "mta_sts_testing", MXS_INFO,
     "The MTA-STS policy is in testing mode: nothing is enforced yet.",
     "When the TLS reports are clean, move to `mode: enforce`."},
    {MXS_FINDING_MTA_STS_MODE_NONE, "mta_sts_mode_none", MXS_INFO, "The MTA-STS policy is switched off (`mode: none`).",
     "This is right while it is being withdrawn; afterwards remove the record and the file."},
    {MXS_FINDING_MTA_STS_SHORT, "mta_sts_short_age", MXS_NOTICE,
     "Senders keep the MTA-STS policy for less than a day: an attacker who blocks one lookup switches it off.",
     "Raise `max_age` to weeks (RFC 8461 3.2)."},
    {MXS_FINDING_MTA_STS_STALE, "mta_sts_stale_id", MXS_WARNING,
     "The MTA-STS policy changed, but its record has the same id: senders keep the old policy.",
     "Give the record a new id whenever the file changes (RFC 8461 3.1)."},
};

const struct mxs_check mxs_check_mta_sts = {.id = 6,
                                            .name = "mta_sts",
                                            .option = "transport",
                                            .subject = MXS_SUBJECT_DOMAIN,
                                            .asks = 1ull << MXS_ASK_MTA_STS,
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
