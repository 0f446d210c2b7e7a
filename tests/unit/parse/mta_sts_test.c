#include <criterion/criterion.h>
#include <stdio.h>

#include "scanner/parse/mta_sts.h"
#include "tests/unit/parse/records.h"

static struct mxs_arena arena;
static struct records records;
static struct mxs_mta_sts sts;
static struct mxs_mta_sts_policy policy;
static void open_arena(void) { mxs_arena_init(&arena, 1 << 15, 0); }
static void close_arena(void)
{
    records_free(&records);
    mxs_arena_finish(&arena);
}
TestSuite(parse_mta_sts, .init = open_arena, .fini = close_arena);

static enum mxs_mta_sts_reason read_all(const char *const *texts)
{
    records_set(&records, texts);
    mxs_mta_sts_read(records.at, records.count, &sts);
    return sts.reason;
}
static enum mxs_mta_sts_reason parse_policy(const char *text)
{
    records_set(&records, TEXTS(text));
    struct mxs_text file = {(const char *)records.at[0].data.data, records.at[0].data.size_bytes};
    mxs_mta_sts_policy_parse(file, &arena, &policy);
    return policy.reason;
}

Test(parse_mta_sts, records)
{
    static const struct { const char *text; enum mxs_mta_sts_reason reason;
    } rows[] = {
        {"", MXS_MTA_STS_NO_RECORD},
        {"v=STSv1", MXS_MTA_STS_NO_RECORD},
        {"v=STSv2; id=1;", MXS_MTA_STS_NO_RECORD},
        {" v=STSv1; id=1;", MXS_MTA_STS_NO_RECORD},
        {"v=stsv1; id=1;", MXS_MTA_STS_NO_RECORD},
        {"v=STSv1;", MXS_MTA_STS_BAD_ID},
        {"v=STSv1; id=;", MXS_MTA_STS_BAD_ID},
        {"v=STSv1; id=a-b;", MXS_MTA_STS_BAD_ID},
        {"v=STSv1; ID=1;", MXS_MTA_STS_BAD_ID},
        {"v=STSv1; id=123456789012345678901234567890123;", MXS_MTA_STS_BAD_ID},
        {"v=STSv1; id", MXS_MTA_STS_BAD_RECORD},
        {"v=STSv1; id=12345678901234567890123456789012", MXS_MTA_STS_OK},
        {"v=STSv1; id = 1", MXS_MTA_STS_BAD_RECORD},
        {"v=STSv1; id= 1", MXS_MTA_STS_BAD_RECORD},
        {"v=STSv1; id=1; x=", MXS_MTA_STS_BAD_RECORD},
        {"v=STSv1; id=1; x=a=b", MXS_MTA_STS_BAD_RECORD},
        {"v=STSv1; id=1; x=a b", MXS_MTA_STS_BAD_RECORD},
        {"v=STSv1; id=1; -x=a", MXS_MTA_STS_BAD_RECORD},
        {"v=STSv1; id=1;;", MXS_MTA_STS_BAD_RECORD},
        {"v=STSv1; id=1; a23456789012345678901234567890123=a", MXS_MTA_STS_BAD_RECORD},
        {"v=STSv1; id=1; 5x-y.z_=a", MXS_MTA_STS_OK},
        {"v=STSv1 ;id=20160831085700Z; x=y;", MXS_MTA_STS_OK},
        {"v=STSv1; id=1; id=2", MXS_MTA_STS_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_eq(read_all(TEXTS(rows[i].text)), rows[i].reason, "%s is %s", rows[i].text,
                     mxs_mta_sts_reason_text(sts.reason));
    cr_assert(mxs_text_equal(sts.id, MXS_TEXT("1")));
    cr_assert_eq(read_all(TEXTS(NULL)), MXS_MTA_STS_NO_RECORD);
    cr_assert_eq(read_all(TEXTS("v=STSv1; id=1", "v=STSv1; id=2")), MXS_MTA_STS_MANY_RECORDS);
    cr_assert_eq(read_all(TEXTS("other", "v=STSv1; id=2")), MXS_MTA_STS_OK);
}

#define HEAD "version: STSv1\r\nmode: enforce\r\nmax_age: 604800\r\n"

Test(parse_mta_sts, policies_that_are_none)
{
    static const struct { const char *text; enum mxs_mta_sts_reason reason;
    } rows[] = {
        {"", MXS_MTA_STS_BAD_VERSION},
        {"<html>", MXS_MTA_STS_BAD_LINE},
        {"\n\nversion: STSv1", MXS_MTA_STS_BAD_LINE},
        {"version: STSv2\n", MXS_MTA_STS_BAD_VERSION},
        {"mode: none\nmax_age: 1\n", MXS_MTA_STS_BAD_VERSION},
        {"version: STSv1\nmode: Enforce\n", MXS_MTA_STS_BAD_MODE},
        {"version: STSv1\nmax_age: 1\n", MXS_MTA_STS_BAD_MODE},
        {"version: STSv1\nmode: none\n", MXS_MTA_STS_BAD_AGE},
        {"version: STSv1\nmode: none\nmax_age: -1", MXS_MTA_STS_BAD_AGE},
        {"version: STSv1\nmode: none\nmax_age: 31557601", MXS_MTA_STS_BAD_AGE},
        {HEAD, MXS_MTA_STS_NO_MX},
        {"version: STSv1\nmode: none\nmax_age: 99999999999999999999", MXS_MTA_STS_BAD_AGE},
        {HEAD "mx: \r\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx: .a.example\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx: a.example.\n", MXS_MTA_STS_DOT_MX},
        {HEAD "mx: *.a.example.\r\n", MXS_MTA_STS_DOT_MX},
        {HEAD "mx: .\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx: a_b.example\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx: -a.example\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx: *.a-.example\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx: *..a.example\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx: a..example\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx: *.\r\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx: a.*.example\r\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx: *a.example\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx: a b.example\n", MXS_MTA_STS_BAD_MX},
        {HEAD "mx a.example\n", MXS_MTA_STS_BAD_LINE},
        {HEAD ": x\n", MXS_MTA_STS_BAD_LINE},
        {HEAD "mx : a.example\n", MXS_MTA_STS_BAD_LINE},
        {HEAD "mx: a.example\n\n\nmx: b.example", MXS_MTA_STS_BAD_LINE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(parse_policy(rows[i].text), rows[i].reason, "%s is %s", rows[i].text,
                     mxs_mta_sts_reason_text(policy.reason));
        cr_assert_eq(policy.mx_count, 0);
    }
}

Test(parse_mta_sts, limits_of_a_policy)
{
    static char text[MXS_MTA_STS_POLICY_MAX + 2] = HEAD;
    size_t size = strlen(text);
    for (int i = 0; i < MXS_MTA_STS_MX_MAX; i++)
        size += (size_t)sprintf(text + size, "mx: m%d.example\n", i);
    cr_assert_eq(parse_policy(text), MXS_MTA_STS_OK);
    cr_assert_eq(policy.mx_count, MXS_MTA_STS_MX_MAX);
    sprintf(text + size, "mx: more.example\n");
    cr_assert_eq(parse_policy(text), MXS_MTA_STS_LIMIT);
    memset(text, 'a', sizeof text - 1);
    cr_assert_eq(parse_policy(text), MXS_MTA_STS_LIMIT);
    struct mxs_arena small;
    mxs_arena_init(&small, 1, 1);
    mxs_mta_sts_policy_parse(MXS_TEXT(HEAD "mx: a.example\n"), &small, &policy);
    cr_assert_eq(policy.reason, MXS_MTA_STS_LIMIT);
    mxs_arena_finish(&small);
}

Test(parse_mta_sts, a_policy_and_the_hosts_it_lets_through)
{
    cr_assert_eq(parse_policy("version: STSv1\nmode: testing\nmx: Mail.Example.org\nmx:*.example.net\nextra-key: 1\n"
                              "max_age:  86400 \nmax_age: x\nmode: x\n\n"), MXS_MTA_STS_OK);
    cr_assert_eq(policy.mode, MXS_MTA_STS_TESTING);
    cr_assert_eq(policy.max_age_s, 86400);
    cr_assert_eq(policy.mx_count, 2);
    cr_assert_eq(policy.unknown_keys, 1);
    cr_assert(mxs_mta_sts_policy_find(&policy, MXS_TEXT("mail.example.org")));
    cr_assert(mxs_mta_sts_policy_find(&policy, MXS_TEXT("a.example.net")));
    cr_assert_not(mxs_mta_sts_policy_find(&policy, MXS_TEXT("example.net")));
    cr_assert_not(mxs_mta_sts_policy_find(&policy, MXS_TEXT(".example.net")));
    cr_assert_not(mxs_mta_sts_policy_find(&policy, MXS_TEXT("a.b.example.net")));
    cr_assert_not(mxs_mta_sts_policy_find(&policy, MXS_TEXT("mail.example.org.evil.example")));
    cr_assert_not(mxs_mta_sts_policy_find(&policy, MXS_TEXT("")));
    cr_assert_eq(parse_policy("version: STSv1\nmode: none\nmax_age: 0"), MXS_MTA_STS_OK);
    cr_assert_eq(policy.mode, MXS_MTA_STS_NONE);
}
