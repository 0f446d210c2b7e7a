/* TLS reporting: who gets reports of failed encryption. Asked for where something protects the mail. */
#include "scanner/parse/tls_rpt.h"

#include "scanner/checks/asking.h"
#include "scanner/checks/check.h"
#include "scanner/checks/tell.h"

static void begin(struct mxs_asking *asking)
{
    mxs_asking_put(asking, MXS_ASK_TLS_RPT, MXS_TYPE_TXT, MXS_TEXT(""), "_smtp._tls.");
}

static void keep(const struct mxs_asking *asking, const struct mxs_answer *answer, struct mxs_policy_entry *entry)
{
    (void)asking;
    mxs_keep_texts(answer, mxs_tls_rpt_is, entry);
    mxs_keep_nearly(answer, "tlsrpt", entry);
}

static uint8_t mark_of(const struct mxs_policy_entry *entry)
{
    struct mxs_record records[MXS_PACK_TEXTS];
    struct mxs_tls_rpt record;
    if (!mxs_outcome_settled(entry->outcome))
        return MXS_POLICY_UNKNOWN;
    if (entry->flags & MXS_ENTRY_NEARLY)
        return MXS_RECORD_NONE;
    mxs_tls_rpt_read(records, mxs_pack_records(entry, records), &record);
    return record.reason == MXS_TLS_RPT_OK ? MXS_RECORD_GOOD : MXS_RECORD_FAULTY;
}

static void read(struct mxs_check_reading *reading, const struct mxs_policy_entry *entry)
{
    reading->facts->tls_rpt = mark_of(entry);
    reading->facts->tls_rpt_nearly = (entry->flags & MXS_ENTRY_NEARLY) != 0;
}

static const struct mxs_measure_word marks[] = {{MXS_RECORD_NONE, "absent", "absent"},
                                                {MXS_RECORD_GOOD, "published", "published"},
                                                {MXS_RECORD_FAULTY, "faulty", "faulty"},
                                                {0, NULL, NULL}};
static const struct mxs_measure measures[] = {{MXS_MEASURE_TLS_RPT, "tls_rpt", "TLS reports", false, marks}};

static void judge(struct mxs_check_judging *judging)
{
    const struct mxs_policy_facts *facts = judging->facts;
    mxs_judging_value(judging, MXS_MEASURE_TLS_RPT, facts->tls_rpt);
    if (!judging->receives)
        return;
    if (facts->tls_rpt == MXS_RECORD_FAULTY)
        mxs_judging_put(judging, MXS_FINDING_TLS_RPT_FAULTY);
    if (facts->tls_rpt_nearly)
        mxs_judging_put(judging, MXS_FINDING_TLS_RPT_NEARLY);
    bool dane = facts->dane == MXS_DANE_ALL || facts->dane == MXS_DANE_SOME;
    bool sts =
        facts->mta_sts == MXS_STS_PUBLISHED || facts->mta_sts == MXS_STS_ENFORCE || facts->mta_sts == MXS_STS_TESTING;
    if ((dane || sts) && facts->tls_rpt == MXS_RECORD_NONE)
        mxs_judging_put(judging, MXS_FINDING_TLS_UNREPORTED);
}

enum { COLUMN = 5 };
static const struct mxs_check_column columns[] = {
    {COLUMN, "tls_rpt", "transport.tls_rpt", "null", "no TLS reports", "record", MXS_LINE_WHERE_THERE}};

static void tell(struct mxs_check_telling *telling)
{
    struct mxs_policy_entry entry;
    for (uint32_t at = 0; mxs_pack_next(telling->content, &at, &entry);)
        if (entry.ask == MXS_ASK_TLS_RPT)
            mxs_tell_record(telling, COLUMN, &entry, mark_of(&entry), NULL);
}

static const struct mxs_finding findings[] = {
    {MXS_FINDING_TLS_RPT_FAULTY, "tls_rpt_faulty", MXS_NOTICE,
     "The TLS reporting record cannot be used, or there are several.",
     "Keep one record of the form `v=TLSRPTv1; rua=mailto:...`."},
    {MXS_FINDING_TLS_RPT_NEARLY, "tls_rpt_nearly", MXS_NOTICE,
     "A TXT record at _smtp._tls was meant for TLS reporting, but is not valid: senders ignore it (the export shows it "
     "as `nearly`).",
     "It must begin with exactly `v=TLSRPTv1;` (RFC 8460 3)."},
    {MXS_FINDING_TLS_UNREPORTED, "tls_unreported", MXS_INFO,
     "Mail to the domain is protected, but nobody receives reports of TLS failures.",
     "Publish a TLS reporting record at `_smtp._tls`."},
};

const struct mxs_check mxs_check_tls_rpt = {.id = 7,
                                            .name = "tls_rpt",
                                            .option = "transport",
                                            .subject = MXS_SUBJECT_DOMAIN,
                                            .asks = 1ull << MXS_ASK_TLS_RPT,
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
