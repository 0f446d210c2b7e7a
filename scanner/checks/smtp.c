/* Whether anybody answers on port 25, and how safely: asked by the run itself when all addresses are known
 * (scanner/run/smtp_stage.c), never part of `all`. A finding rests on settled words alone: a server that was busy, or a
 * network that blocks port 25, finds nothing. */
#include "scanner/checks/check.h"

#include "model/smtp.h"
#include "scanner/checks/registry.h"

enum {
    NOBODY = 110,
    BACKUP_ONLY = 111,
    BACKUP_SILENT = 112,
    BACKUP_REJECTS = 113,
    NO_STARTTLS = 114,
    EXPIRED = 115,
    ENDS = 116,
    NAME = 117,
    DANE = 118,
    STS = 119,
    OLD_TLS = 120,
    OTHER_NAME = 121
};

enum { MEASURE_SERVERS = 12, MEASURE_STARTTLS = 13, MEASURE_LATER = 14 };
enum { SERVERS_ANSWER = 0, SERVERS_BACKUP_ONLY = 1, SERVERS_NOBODY = 2 };
enum { LATER_ANSWER = 0, LATER_REJECT = 1, LATER_SILENT = 2 };
enum { STARTTLS_ALL = 0, STARTTLS_SOME = 1, STARTTLS_NONE = 2 };

static const struct mxs_measure_word servers[] = {{SERVERS_ANSWER, "answer", "answer"},
                                                  {SERVERS_BACKUP_ONLY, "backup_only", "only the backup answers"},
                                                  {SERVERS_NOBODY, "nobody", "nobody answers"}, {0, NULL, NULL}};
static const struct mxs_measure_word starttls[] = {{STARTTLS_ALL, "all", "every server"},
                                                   {STARTTLS_SOME, "some", "some servers"},
                                                   {STARTTLS_NONE, "none", "no server"},
                                                   {0, NULL, NULL}};
static const struct mxs_measure_word later[] = {{LATER_ANSWER, "answer", "answer"},
                                                {LATER_REJECT, "reject", "turn every greeting away"},
                                                {LATER_SILENT, "silent", "are silent"},
                                                {0, NULL, NULL}};
static const struct mxs_measure measures[] = {{MEASURE_SERVERS, "servers", "mail servers", true, servers},
                                              {MEASURE_STARTTLS, "starttls", "TLS on port 25", true, starttls},
                                              {MEASURE_LATER, "later_servers", "later MX hosts on port 25", true,
                                               later}};

static bool is_gone(uint8_t standing) { return standing == MXS_SMTP_REJECTS || standing == MXS_SMTP_MUTE; }

static void judge_standing(struct mxs_check_judging *judging, const struct mxs_smtp_summary *smtp)
{
    if (smtp->later == MXS_SMTP_ANSWERS || is_gone(smtp->later))
        mxs_judging_value(judging, MEASURE_LATER,
                          smtp->later == MXS_SMTP_ANSWERS   ? LATER_ANSWER
                          : smtp->later == MXS_SMTP_REJECTS ? LATER_REJECT
                                                            : LATER_SILENT);
    if (smtp->first == MXS_SMTP_ANSWERS) {
        mxs_judging_value(judging, MEASURE_SERVERS, SERVERS_ANSWER);
        if (smtp->later == MXS_SMTP_MUTE)
            mxs_judging_put(judging, BACKUP_SILENT);
        if (smtp->later == MXS_SMTP_REJECTS)
            mxs_judging_put(judging, BACKUP_REJECTS);
    } else if (is_gone(smtp->first) && smtp->later == MXS_SMTP_ANSWERS) {
        mxs_judging_value(judging, MEASURE_SERVERS, SERVERS_BACKUP_ONLY);
        mxs_judging_put(judging, BACKUP_ONLY);
    } else if (is_gone(smtp->first) && (is_gone(smtp->later) || smtp->later == MXS_SMTP_NONE)) {
        mxs_judging_value(judging, MEASURE_SERVERS, SERVERS_NOBODY);
        mxs_judging_put(judging, NOBODY);
    }
}

static void judge_wrongs(struct mxs_check_judging *judging, const struct mxs_smtp_summary *smtp)
{
    static const struct {
        uint16_t wrong, code;
    } plain[] = {{MXS_SMTP_WRONG_NO_STARTTLS, NO_STARTTLS},
                 {MXS_SMTP_WRONG_EXPIRED, EXPIRED},
                 {MXS_SMTP_WRONG_ENDS, ENDS},
                 {MXS_SMTP_WRONG_NAME, NAME},
                 {MXS_SMTP_WRONG_OLD_TLS, OLD_TLS},
                 {MXS_SMTP_WRONG_OTHER_NAME, OTHER_NAME}};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (smtp->wrong & plain[i].wrong)
            mxs_judging_put(judging, plain[i].code);
    /* Records that nobody may believe bind nobody. */
    bool dane = judging->facts->dane == MXS_DANE_ALL || judging->facts->dane == MXS_DANE_SOME;
    if (dane && (smtp->wrong & MXS_SMTP_WRONG_DANE))
        mxs_judging_put(judging, DANE);
    if (judging->facts->mta_sts == MXS_STS_ENFORCE &&
        (smtp->wrong & (MXS_SMTP_WRONG_TRUST | MXS_SMTP_WRONG_NO_STARTTLS | MXS_SMTP_WRONG_TLS_FAILED)))
        mxs_judging_put(judging, STS);
}

static void judge(struct mxs_check_judging *judging)
{
    const struct mxs_smtp_summary *smtp = &judging->facts->smtp;
    if (!judging->receives || !smtp->asked)
        return;
    judge_standing(judging, smtp);
    judge_wrongs(judging, smtp);
    if (smtp->secured || smtp->plain)
        mxs_judging_value(judging, MEASURE_STARTTLS,
                          !smtp->plain    ? STARTTLS_ALL
                          : smtp->secured ? STARTTLS_SOME
                                          : STARTTLS_NONE);
}

static const struct mxs_finding findings[] = {
    {NOBODY, "no_server_answers", MXS_CRITICAL,
     "No MX host takes mail: each was silent for ten minutes or rejected the greeting permanently.",
     "Check that the servers run, and that no firewall blocks port 25."},
    {BACKUP_ONLY, "only_backup_answers", MXS_WARNING, "The first MX hosts do not answer; mail goes to the backup.",
     "Restore the primary MX hosts, or remove their MX records."},
    {BACKUP_SILENT, "backup_silent", MXS_WARNING, "No backup MX host answers: there is no working backup.",
     "Restore the backup, or remove its MX record: senders waste time on it when it is needed."},
    {BACKUP_REJECTS, "backup_rejects", MXS_WARNING, "The backup rejects every greeting.",
     "Let it accept mail for the domain, or remove its MX record: what it rejects permanently is returned to the "
     "sender."},
    {NO_STARTTLS, "no_starttls", MXS_WARNING,
     "A server offers no STARTTLS: mail to it crosses the internet in the clear.",
     "Enable STARTTLS; any certificate is better than none."},
    {EXPIRED, "certificate_expired", MXS_WARNING, "The certificate of a server has expired.",
     "Renew it, and find out why that did not happen automatically. Senders that honour MTA-STS hold the mail back."},
    {ENDS, "certificate_ends", MXS_NOTICE, "The certificate of a server expires within 14 days.",
     "Renew the certificate."},
    {NAME, "certificate_name", MXS_INFO,
     "The certificate of a server does not name the MX host among its alternative names. That matters with MTA-STS and "
     "with DANE of usage 2; other senders do not look.",
     "Let the certificate name the MX host before publishing MTA-STS."},
    {DANE, "dane_mismatch", MXS_CRITICAL,
     "A server has TLSA records that do not match its certificate, or has no TLS: mail from senders that honour DANE "
     "is held back or bounces.",
     "Publish the TLSA record of the certificate in use, and the next one's before it is changed."},
    {STS, "mta_sts_refuses", MXS_CRITICAL,
     "MTA-STS is enforced, and a server has no TLS, or a certificate that is not valid for its name: mail is held "
     "back.",
     "Fix the certificate, or set the policy to `mode: testing` until it is fixed."},
    {OLD_TLS, "tls_old", MXS_NOTICE, "A server supports no TLS version newer than 1.1.",
     "Allow TLS 1.2 and 1.3 (RFC 8996)."},
    {OTHER_NAME, "server_other_name", MXS_INFO,
     "A server identifies itself by a name under another domain than the MX host's.",
     "Nothing to fix if the owner of that name runs it; otherwise find out where the address leads."},
};

const struct mxs_check mxs_check_smtp = {.id = 12,
                                         .name = "smtp",
                                         .option = "smtp",
                                         .explicit_only = true,
                                         .subject = MXS_SUBJECT_NONE,
                                         .judge = judge,
                                         .findings = findings,
                                         .finding_count = MXS_COUNT_OF(findings),
                                         .measures = measures,
                                         .measure_count = MXS_COUNT_OF(measures)};
