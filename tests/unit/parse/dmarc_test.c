#include <criterion/criterion.h>
#include <stdio.h>

#include "scanner/parse/dmarc.h"
#include "tests/unit/parse/records.h"

static struct records records;
static struct mxs_dmarc dmarc;
static void finish(void) { records_free(&records); }
TestSuite(parse_dmarc, .fini = finish);

static enum mxs_dmarc_reason read_all(const char *const *texts)
{
    records_set(&records, texts);
    mxs_dmarc_read(records.at, records.count, &dmarc);
    return dmarc.reason;
}
static enum mxs_dmarc_reason read_one(const char *text) { return read_all(TEXTS(text)); }

Test(parse_dmarc, what_is_no_policy)
{
    static const struct { const char *text; enum mxs_dmarc_reason reason;
    } rows[] = {
        {"", MXS_DMARC_NO_RECORD},
        {"v=dmarc1; p=none", MXS_DMARC_NO_RECORD},
        {"p=none; v=DMARC1", MXS_DMARC_NO_RECORD},
        {" v=DMARC1; p=none", MXS_DMARC_NO_RECORD},
        {"\tv=DMARC1; p=none", MXS_DMARC_NO_RECORD},
        {"v=DMARC1.0; p=none", MXS_DMARC_NO_RECORD},
        {" v=spf1", MXS_DMARC_NO_RECORD},
        {"v=DMARC1", MXS_DMARC_NO_POLICY},
        {"v=DMARC1;", MXS_DMARC_NO_POLICY},
        {"v=DMARC1; p", MXS_DMARC_NO_POLICY},
        {"v=DMARC1; p:none", MXS_DMARC_NO_POLICY},
        {"V=DMARC1; p=none", MXS_DMARC_NO_RECORD},
        {"v=DMARC1; p=no\303\266ne", MXS_DMARC_BAD_POLICY},
        {"v=DMARC1; p=none; p=none", MXS_DMARC_TAG_TWICE},
        {"v=DMARC1; p=block", MXS_DMARC_BAD_POLICY},
        {"v=DMARC1; p=none; sp=block", MXS_DMARC_BAD_POLICY},
        {"v=DMARC1; p=", MXS_DMARC_BAD_POLICY},
        {"v=DMARC1; sp=reject", MXS_DMARC_NO_POLICY},
        {"v=DMARC1; p=x; rua=nowhere", MXS_DMARC_BAD_POLICY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_eq(read_one(rows[i].text), rows[i].reason, "%s is %s", rows[i].text,
                     mxs_dmarc_reason_text(dmarc.reason));
    cr_assert_eq(read_all(TEXTS(NULL)), MXS_DMARC_NO_RECORD);
    cr_assert_eq(read_all(TEXTS("v=DMARC1; p=none", "v=DMARC1; p=reject")), MXS_DMARC_MANY_RECORDS);
    cr_assert_null(dmarc.record.data);
    cr_assert_eq(read_all(TEXTS("token", "v=DMARC1; p=none")), MXS_DMARC_OK);
}

Test(parse_dmarc, what_is_wrong_behind_the_policy_is_discarded)
{
    static const struct { const char *text; enum mxs_dmarc_policy policy; uint32_t discarded; } rows[] = {
        {"v=DMARC1;p=none;fo:0;adkim=r;aspf=s", MXS_DMARC_NONE, 1},
        {"v=DMARC1; p=reject; rua=mailto:a@example.org;mailto:b@example.org", MXS_DMARC_REJECT, 1},
        {"v=DMARC1;;p=quarantine", MXS_DMARC_QUARANTINE, 1},
        {"v=DMARC1; p=reject; =x; y", MXS_DMARC_REJECT, 2},
        {"v=DMARC1; p=reject; rua=mailto:a@example.org; rua=mailto:b@example.org", MXS_DMARC_REJECT, 1},
        {"v=DMARC1; p=reject; \303\266=1", MXS_DMARC_REJECT, 1},
        {"v=DMARC1; p=reject ; ", MXS_DMARC_REJECT, 0},
        {"v=DMARC1; P=Reject; RUA=mailto:a@example.org", MXS_DMARC_REJECT, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(read_one(rows[i].text), MXS_DMARC_OK, "%s is %s", rows[i].text,
                     mxs_dmarc_reason_text(dmarc.reason));
        cr_assert_eq(dmarc.policy, rows[i].policy, "%s", rows[i].text);
        cr_assert_eq(dmarc.discarded, rows[i].discarded, "%s discards %u", rows[i].text, dmarc.discarded);
        cr_assert_eq(dmarc.wrong_tags, 0, "%s", rows[i].text);
    }
    cr_assert_eq(read_one("v=DMARC1; p=reject; rua=mailto:a@example.org \342\200\223 x"), MXS_DMARC_OK);
    cr_assert_eq(dmarc.wrong_tags, MXS_DMARC_WRONG_RUA);
}

Test(parse_dmarc, no_number_of_tags_hides_the_policy)
{
    char text[4096] = "v=DMARC1";
    for (int i = 0; i < 200; i++)
        snprintf(text + strlen(text), 16, "; x%d=", i);
    strcat(text, "; p=reject");
    cr_assert_eq(read_one(text), MXS_DMARC_OK);
    cr_assert_eq(dmarc.policy, MXS_DMARC_REJECT);
    cr_assert_eq(dmarc.unknown_tags, 200);
}

Test(parse_dmarc, wrong_values_are_ignored_and_remembered)
{
    cr_assert_eq(read_one("v=DMARC1; p=reject; pct=101; adkim=x; aspf=; fo=0:z; ri=-1; rf=iodef; t=x; psd=; np=x; "
                          "rua=a@example.org, mailto:@, mailto:a@, :x, mailto:a@b.example!10x, mailto:a@b.example!"),
                 MXS_DMARC_OK);
    cr_assert_eq(dmarc.policy, MXS_DMARC_REJECT);
    cr_assert_eq(dmarc.percent, 100);
    cr_assert_eq(dmarc.interval_s, 86400);
    cr_assert(!dmarc.strict_dkim && !dmarc.strict_spf && !dmarc.testing);
    cr_assert_str_eq(dmarc.failure_options, "0");
    cr_assert_eq(dmarc.rua.count, 0);
    cr_assert_eq(dmarc.wrong_tags, MXS_DMARC_WRONG_PCT | MXS_DMARC_WRONG_ADKIM | MXS_DMARC_WRONG_ASPF |
                                       MXS_DMARC_WRONG_FO | MXS_DMARC_WRONG_RI | MXS_DMARC_WRONG_RF |
                                       MXS_DMARC_WRONG_T | MXS_DMARC_WRONG_PSD | MXS_DMARC_WRONG_NP |
                                       MXS_DMARC_WRONG_RUA);
}

Test(parse_dmarc, a_report_address_makes_up_for_a_missing_policy)
{
    cr_assert_eq(read_one("v=DMARC1; rua=mailto:a@example.org"), MXS_DMARC_OK);
    cr_assert(dmarc.policy_supposed);
    cr_assert_eq(dmarc.policy, MXS_DMARC_NONE);
    cr_assert_eq(read_one("v=DMARC1; p=blcok; rua=mailto:a@example.org"), MXS_DMARC_OK);
    cr_assert(dmarc.policy_supposed);
}

Test(parse_dmarc, everything_at_once)
{
    cr_assert_eq(
        read_one(
            "v = DMARC1 ; p=Quarantine; sp=none; np=reject; pct=5; adkim=s; aspf=S; fo=1:d:s:1; ri=3600; t=y; psd=n; "
            "rua=mailto:a@b.example!10m, MAILTO:c@d.example?subject=x@y , https://e.example/; "
            "ruf=mailto:f@g.example!7; zz=1;"),
        MXS_DMARC_OK);
    cr_assert_eq(dmarc.policy, MXS_DMARC_QUARANTINE);
    cr_assert_eq(mxs_dmarc_subdomain(&dmarc, true), MXS_DMARC_NONE);
    cr_assert_eq(mxs_dmarc_subdomain(&dmarc, false), MXS_DMARC_REJECT);
    cr_assert_eq(dmarc.percent, 5);
    cr_assert_eq(dmarc.interval_s, 3600);
    cr_assert(dmarc.strict_dkim && dmarc.strict_spf && dmarc.testing);
    cr_assert_eq(dmarc.public_suffix, 'n');
    cr_assert_str_eq(dmarc.failure_options, "1ds");
    cr_assert_eq(dmarc.rua.count, 3);
    cr_assert(mxs_text_equal(dmarc.rua.at[0].uri, MXS_TEXT("mailto:a@b.example")));
    cr_assert(mxs_text_equal(dmarc.rua.at[0].domain, MXS_TEXT("b.example")));
    cr_assert_eq(dmarc.rua.at[0].size_bytes, 10u << 20);
    cr_assert(mxs_text_equal(dmarc.rua.at[1].domain, MXS_TEXT("d.example")));
    cr_assert_null(dmarc.rua.at[2].domain.data);
    cr_assert_eq(dmarc.ruf.at[0].size_bytes, 7);
    cr_assert_eq(dmarc.unknown_tags, 1);
    cr_assert_eq(dmarc.wrong_tags, 0);
}

Test(parse_dmarc, a_policy_that_does_not_stand_second_still_counts)
{
    cr_assert_eq(read_one("v=DMARC1; sp=reject; p=none"), MXS_DMARC_OK);
    cr_assert_eq(dmarc.wrong_tags, MXS_DMARC_P_NOT_SECOND);
    cr_assert_eq(mxs_dmarc_subdomain(&dmarc, true), MXS_DMARC_REJECT);
    cr_assert_eq(read_one("v=DMARC1; p=reject"), MXS_DMARC_OK);
    cr_assert_eq(mxs_dmarc_subdomain(&dmarc, false), MXS_DMARC_REJECT);
}

Test(parse_dmarc, report_addresses_beyond_those_kept_are_counted)
{
    char text[2048] = "v=DMARC1; p=none; rua=mailto:a@b.example";
    for (int i = 0; i < 40; i++)
        strcat(text, ",mailto:a@b.example");
    cr_assert_eq(read_one(text), MXS_DMARC_OK);
    cr_assert_eq(dmarc.rua.count, 41);
}
