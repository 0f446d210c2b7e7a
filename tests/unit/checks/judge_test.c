#include "scanner/checks/judge.h"

#include <criterion/criterion.h>

#include "model/findings.h"
#include "scanner/checks/registry.h"

static struct mxs_policy_facts nothing(void)
{
    return (struct mxs_policy_facts){
        .options = MXS_CHECK_AUTH | MXS_CHECK_TRANSPORT, .spf = MXS_SPF_MARK_NONE, .dmarc_percent = 100};
}

static struct mxs_policy_addition judge(enum mxs_state state, const struct mxs_policy_facts *facts)
{
    static struct mxs_verdict verdict;
    struct mxs_policy_addition addition;
    verdict.state = state;
    mxs_policy_judge(&verdict, facts, NULL, &addition);
    return addition;
}

static bool has(const struct mxs_policy_addition *addition, unsigned code)
{
    return addition->findings >> (code - 64) & 1;
}

Test(checks_judge, what_is_unknown_finds_nothing)
{
    struct mxs_policy_facts facts = {.options = MXS_CHECK_AUTH | MXS_CHECK_TRANSPORT,
                                     .spf = MXS_SPF_MARK_TEMPERROR,
                                     .dmarc = MXS_POLICY_UNKNOWN,
                                     .dkim = MXS_POLICY_UNKNOWN,
                                     .bimi = MXS_POLICY_UNKNOWN,
                                     .mta_sts = MXS_POLICY_UNKNOWN,
                                     .tls_rpt = MXS_POLICY_UNKNOWN,
                                     .dane = MXS_POLICY_UNKNOWN};
    struct mxs_policy_addition addition = judge(MXS_STATE_MX, &facts);
    cr_expect_eq(addition.findings, 0);
    cr_expect_eq(addition.measures.values[MXS_MEASURE_SPF], MXS_POLICY_UNKNOWN);
    cr_expect_eq(addition.measures.values[MXS_MEASURE_POSTURE], MXS_POLICY_UNKNOWN);
}

Test(checks_judge, an_undetermined_domain_has_no_posture)
{
    struct mxs_policy_facts facts = nothing();
    cr_expect_eq(judge(MXS_STATE_UNDETERMINED, &facts).measures.values[MXS_MEASURE_POSTURE], MXS_POLICY_UNKNOWN);
}

Test(checks_judge, a_domain_without_mail_is_shut_or_can_be_forged)
{
    struct mxs_policy_facts facts = nothing();
    struct mxs_policy_addition addition = judge(MXS_STATE_NULL_MX, &facts);
    cr_expect_eq(addition.measures.values[MXS_MEASURE_POSTURE], MXS_POSTURE_UNPROTECTED);
    cr_expect(has(&addition, MXS_FINDING_PARKED_FORGEABLE));
    cr_expect(has(&addition, MXS_FINDING_SPF_MISSING_PARKED));
    cr_expect_not(has(&addition, MXS_FINDING_SPF_MISSING));
    facts.spf = MXS_SPF_MARK_OK;
    facts.spf_all = '-';
    facts.spf_bare = true;
    facts.dmarc = MXS_DMARC_MARK_REJECT;
    addition = judge(MXS_STATE_NULL_MX, &facts);
    cr_expect_eq(addition.measures.values[MXS_MEASURE_POSTURE], MXS_POSTURE_PARKED);
    cr_expect_not(has(&addition, MXS_FINDING_PARKED_FORGEABLE));
    cr_expect(has(&(struct mxs_policy_addition){.findings = judge(MXS_STATE_NO_MAIL, &facts).findings},
                  MXS_FINDING_NO_NULL_MX));
}

Test(checks_judge, who_receives_and_says_nobody_sends)
{
    struct mxs_policy_facts facts = nothing();
    cr_expect_eq(judge(MXS_STATE_MX, &facts).measures.values[MXS_MEASURE_POSTURE], MXS_POSTURE_RECEIVES_SENDS);
    facts.spf = MXS_SPF_MARK_OK;
    facts.spf_all = '-';
    facts.spf_bare = true;
    cr_expect_eq(judge(MXS_STATE_MX, &facts).measures.values[MXS_MEASURE_POSTURE], MXS_POSTURE_RECEIVES);
    facts.spf_bare = false;
    cr_expect_eq(judge(MXS_STATE_NULL_MX, &facts).measures.values[MXS_MEASURE_POSTURE], MXS_POSTURE_SENDS);
}

Test(checks_judge, reasons_of_spf_are_told_apart)
{
    static const struct {
        uint8_t reason;
        unsigned code;
    } cases[] = {{2, MXS_FINDING_SPF_MANY_RECORDS},      {4, MXS_FINDING_SPF_SYNTAX},
                 {14, MXS_FINDING_SPF_TOO_MANY_LOOKUPS}, {15, MXS_FINDING_SPF_TOO_MANY_VOIDS},
                 {17, MXS_FINDING_SPF_INCLUDE_NONE},     {18, MXS_FINDING_SPF_INCLUDE_NONE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mxs_policy_facts facts = nothing();
        facts.spf = MXS_SPF_MARK_PERMERROR;
        facts.spf_reason = cases[i].reason;
        struct mxs_policy_addition addition = judge(MXS_STATE_MX, &facts);
        cr_expect(has(&addition, cases[i].code), "reason %u", cases[i].reason);
    }
}

Test(checks_judge, keys_are_judged_by_their_length)
{
    struct mxs_policy_facts facts = nothing();
    facts.keys[0] = (struct mxs_policy_key){.there = true, .bits = 512};
    facts.keys[1] = (struct mxs_policy_key){.there = true, .bits = 256, .ed25519 = true};
    facts.key_count = 2;
    struct mxs_policy_addition addition = judge(MXS_STATE_MX, &facts);
    cr_expect(has(&addition, MXS_FINDING_DKIM_WEAK));
    cr_expect_not(has(&addition, MXS_FINDING_DKIM_SHORT));
    facts.keys[0].bits = 1024;
    addition = judge(MXS_STATE_MX, &facts);
    cr_expect(has(&addition, MXS_FINDING_DKIM_SHORT));
    cr_expect_not(has(&addition, MXS_FINDING_DKIM_WEAK));
}

Test(checks_judge, transport_counts_where_mail_is_received)
{
    struct mxs_policy_facts facts = nothing();
    struct mxs_policy_addition addition = judge(MXS_STATE_MX, &facts);
    cr_expect(has(&addition, MXS_FINDING_TLS_UNPROTECTED));
    addition = judge(MXS_STATE_NULL_MX, &facts);
    cr_expect_not(has(&addition, MXS_FINDING_TLS_UNPROTECTED));
    facts.dane = MXS_DANE_ALL;
    addition = judge(MXS_STATE_MX, &facts);
    cr_expect_not(has(&addition, MXS_FINDING_TLS_UNPROTECTED));
    cr_expect(has(&addition, MXS_FINDING_TLS_UNREPORTED));
}

Test(checks_judge, a_fetched_policy_is_told_by_what_it_says)
{
    static const struct {
        uint8_t mark;
        bool uncovered, none_covered;
        unsigned code; /* 0: nothing */
    } cases[] = {{MXS_STS_PUBLISHED, false, false, 0},
                 {MXS_STS_ENFORCE, false, false, 0},
                 {MXS_STS_FAULTY, false, false, MXS_FINDING_MTA_STS_FAULTY},
                 {MXS_STS_TESTING, false, false, MXS_FINDING_MTA_STS_TESTING},
                 {MXS_STS_MODE_NONE, false, false, MXS_FINDING_MTA_STS_MODE_NONE},
                 {MXS_STS_UNFETCHABLE, false, false, MXS_FINDING_MTA_STS_UNFETCHABLE},
                 {MXS_STS_ENFORCE, true, false, MXS_FINDING_MTA_STS_UNCOVERED},
                 {MXS_STS_ENFORCE, true, true, MXS_FINDING_MTA_STS_REFUSES_ALL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mxs_policy_facts facts = nothing();
        facts.tls_rpt = MXS_RECORD_GOOD;
        facts.mta_sts = cases[i].mark;
        facts.sts_uncovered = cases[i].uncovered;
        facts.sts_none_covered = cases[i].none_covered;
        struct mxs_policy_addition addition = judge(MXS_STATE_MX, &facts), silent = judge(MXS_STATE_NULL_MX, &facts);
        for (unsigned code = MXS_FINDING_MTA_STS_FAULTY; code <= MXS_FINDING_MTA_STS_STALE; code++)
            if (code == MXS_FINDING_MTA_STS_FAULTY || code >= MXS_FINDING_MTA_STS_UNFETCHABLE)
                cr_expect_eq(has(&addition, code), code == cases[i].code, "mark %u, code %u", cases[i].mark, code);
        cr_expect_eq(has(&addition, MXS_FINDING_TLS_UNPROTECTED), cases[i].mark >= MXS_STS_MODE_NONE, "mark %u",
                     cases[i].mark);
        cr_expect_not(has(&silent, MXS_FINDING_MTA_STS_UNFETCHABLE));
    }
}

Test(checks_judge, the_mailbox_behind_takes_the_position_of_who_runs_the_mx_host)
{
    static struct mxs_verdict verdict = {.state = MXS_STATE_MX,
                                         .open_mailbox = true,
                                         .label_count = 3,
                                         .labels = {{MXS_ROLE_GATEWAY, {"gate", 4}, 5000, 90},
                                                    {MXS_ROLE_MAILBOX, {"self", 4}, 5000, 60},
                                                    {MXS_ROLE_BACKUP, {"b", 1}, 0, 90}}};
    static struct mxs_evidence_verdict behind = {.provider = {"microsoft", 9}, .confidence = 80};
    struct mxs_policy_facts facts = nothing();
    struct mxs_policy_addition addition;
    mxs_policy_judge(&verdict, &facts, &behind, &addition);
    mxs_policy_add(&verdict, &addition);
    cr_assert_eq(verdict.label_count, 3);
    cr_expect_eq(verdict.labels[0].role, MXS_ROLE_GATEWAY);
    cr_expect(mxs_text_equal(verdict.labels[1].provider, MXS_TEXT("microsoft")));
    cr_expect_eq(verdict.labels[1].share, 10000);
    cr_expect_eq(verdict.labels[1].confidence, 80);
    cr_expect_eq(verdict.labels[2].role, MXS_ROLE_BACKUP);
}

Test(checks_judge, a_weak_sign_is_believed_behind_a_gateway_alone)
{
    static struct mxs_verdict verdict = {.state = MXS_STATE_MX, .open_mailbox = true, .label_count = 1,
                                         .labels = {{MXS_ROLE_MAILBOX, {"self", 4}, 10000, 60}}};
    static struct mxs_evidence_verdict behind = {.provider = {"microsoft", 9}, .confidence = 60, .weak = true};
    struct mxs_policy_facts facts = nothing();
    struct mxs_policy_addition addition;
    mxs_policy_judge(&verdict, &facts, &behind, &addition);
    cr_expect_eq(addition.confidence, 40);
    behind.confidence = 30;
    mxs_policy_judge(&verdict, &facts, &behind, &addition);
    cr_expect_eq(addition.confidence, 30, "never raised");
    behind = (struct mxs_evidence_verdict){.provider = {"microsoft", 9}, .confidence = 70, .weak = false};
    mxs_policy_judge(&verdict, &facts, &behind, &addition);
    cr_expect_eq(addition.confidence, 70);
    behind.weak = true;
    verdict.labels[0].role = MXS_ROLE_GATEWAY;
    mxs_policy_judge(&verdict, &facts, &behind, &addition);
    cr_expect_eq(addition.confidence, 70);
}

Test(checks_judge, who_is_named_by_a_rule_is_not_asked_again)
{
    static const struct {
        struct mxs_label labels[2];
        uint32_t count;
        bool open, nobody;
    } cases[] = {
        {{{MXS_ROLE_MAILBOX, {"self", 4}, 10000, 60}}, 1, true, true},
        {{{MXS_ROLE_MAILBOX, {"org:a.example", 13}, 10000, 40}, {MXS_ROLE_BACKUP, {"google", 6}, 0, 90}},
         2,
         true,
         true},
        {{{MXS_ROLE_MAILBOX, {"self", 4}, 5000, 60}, {MXS_ROLE_MAILBOX, {"org:a.example", 13}, 5000, 40}},
         2,
         true,
         true},
        {{{MXS_ROLE_MAILBOX, {"self", 4}, 5000, 60}, {MXS_ROLE_MAILBOX, {"google", 6}, 5000, 90}}, 2, true, false},
        {{{MXS_ROLE_GATEWAY, {"gate", 4}, 5000, 90}, {MXS_ROLE_MAILBOX, {"self", 4}, 5000, 60}}, 2, true, false},
        {{{MXS_ROLE_MAILBOX, {"isp", 3}, 10000, 70}}, 1, true, false},
        {{{MXS_ROLE_MAILBOX, {"org:", 4}, 10000, 40}}, 1, true, false},
        {{{MXS_ROLE_MAILBOX, {"self", 4}, 10000, 60}}, 1, false, false},
        {{{MXS_ROLE_BACKUP, {"self", 4}, 0, 60}}, 1, true, false},
        {{{MXS_ROLE_BACKUP, {"self", 4}, 0, 60}}, 0, true, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct mxs_verdict verdict;
        verdict.open_mailbox = cases[i].open;
        verdict.label_count = cases[i].count;
        memcpy(verdict.labels, cases[i].labels, sizeof cases[i].labels);
        cr_expect_eq(mxs_policy_names_nobody(&verdict), cases[i].nobody, "%zu", i);
    }
}

Test(checks_judge, a_gateway_that_the_servers_name_stands_in_front_of_what_is_behind)
{
    static struct mxs_verdict verdict = {
        .state = MXS_STATE_MX,
        .open_mailbox = true,
        .label_count = 2,
        .labels = {{MXS_ROLE_MAILBOX, {"self", 4}, 10000, 60}, {MXS_ROLE_BACKUP, {"b", 1}, 0, 90}}};
    static struct mxs_evidence_verdict behind = {.front = {"gate", 4}, .front_confidence = 65};
    struct mxs_policy_facts facts = nothing();
    struct mxs_policy_addition addition;
    static struct mxs_verdict first, second;
    mxs_policy_judge(&verdict, &facts, &behind, &addition);
    first = verdict;
    mxs_policy_add(&first, &addition);
    cr_assert_eq(first.label_count, 2, "the mailbox behind it is not known");
    cr_expect(first.labels[0].role == MXS_ROLE_GATEWAY && first.labels[0].confidence == 65 &&
              first.labels[0].share == 10000);
    cr_expect_eq(first.labels[1].role, MXS_ROLE_BACKUP);
    behind = (struct mxs_evidence_verdict){
        .front = {"gate", 4}, .front_confidence = 65, .provider = {"microsoft", 9}, .confidence = 70, .weak = true};
    mxs_policy_judge(&verdict, &facts, &behind, &addition);
    second = verdict;
    mxs_policy_add(&second, &addition);
    cr_assert_eq(second.label_count, 3);
    cr_expect(mxs_text_equal(second.labels[1].provider, MXS_TEXT("microsoft")));
    cr_expect_eq(second.labels[1].confidence, 70, "behind a gateway a weak sign is believed");
    verdict.labels[0].provider = MXS_TEXT("google");
    mxs_policy_judge(&verdict, &facts, &behind, &addition);
    cr_expect_null(addition.front.data, "a rule says whose it is");
}

Test(checks_judge, a_named_mailbox_host_stays)
{
    static struct mxs_verdict verdict = {.state = MXS_STATE_MX, .open_mailbox = false, .label_count = 1,
                                         .labels = {{MXS_ROLE_MAILBOX, {"google", 6}, 10000, 90}}};
    static struct mxs_evidence_verdict behind = {.provider = {"microsoft", 9}, .confidence = 80};
    struct mxs_policy_facts facts = nothing();
    struct mxs_policy_addition addition;
    mxs_policy_judge(&verdict, &facts, &behind, &addition);
    mxs_policy_add(&verdict, &addition);
    cr_expect(mxs_text_equal(verdict.labels[0].provider, MXS_TEXT("google")));
}
