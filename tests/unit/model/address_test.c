#include <criterion/criterion.h>

#include "model/address.h"
#include "model/hostname.h"

static struct mxs_address parse(const char *text)
{
    struct mxs_address a = {0};
    cr_assert(mxs_address_parse(mxs_text_of(text), &a), "%s", text);
    return a;
}

Test(classify_address, public_by_the_registries_with_both_ends_of_each_block)
{
    static const struct {
        const char *text;
        bool public;
    } rows[] = {
        {"0.0.0.0", false}, {"0.255.255.255", false}, {"1.0.0.0", true}, {"9.255.255.255", true}, {"10.0.0.0", false},
        {"10.255.255.255", false}, {"11.0.0.0", true}, {"100.63.255.255", true}, {"100.64.0.0", false},
        {"100.127.255.255", false}, {"100.128.0.0", true}, {"126.255.255.255", true}, {"127.0.0.1", false},
        {"128.0.0.0", true}, {"169.253.255.255", true}, {"169.254.0.0", false}, {"169.255.0.0", true},
        {"172.15.255.255", true}, {"172.16.0.0", false}, {"172.31.255.255", false}, {"172.32.0.0", true},
        {"192.0.0.0", false}, {"192.0.0.8", false}, {"192.0.0.9", true}, {"192.0.0.10", true}, {"192.0.0.11", false},
        {"192.0.1.0", true}, {"192.0.2.0", false}, {"192.0.2.255", false}, {"192.0.3.0", true}, {"192.31.196.1", true},
        {"192.52.193.1", true}, {"192.88.98.255", true}, {"192.88.99.0", false}, {"192.88.100.0", true},
        {"192.167.255.255", true}, {"192.168.0.0", false}, {"192.169.0.0", true}, {"192.175.48.1", true},
        {"198.17.255.255", true}, {"198.18.0.0", false}, {"198.19.255.255", false}, {"198.20.0.0", true},
        {"198.51.99.255", true}, {"198.51.100.0", false}, {"198.51.101.0", true}, {"203.0.112.255", true},
        {"203.0.113.0", false}, {"203.0.114.0", true}, {"223.255.255.255", true}, {"224.0.0.0", false},
        {"239.255.255.255", false}, {"240.0.0.0", false}, {"255.255.255.255", false},
        {"::", false}, {"::1", false}, {"::ffff:8.8.8.8", false}, {"64:ff9b::8.8.8.8", false},
        {"64:ff9b::10.0.0.1", false}, {"64:ff9b:1::1", false}, {"100::1", false}, {"1fff:ffff::", false},
        {"2000::", true}, {"2001::1", false}, {"2001:0:ffff::", false}, {"2001:1::", false}, {"2001:1::1", true},
        {"2001:1::2", true}, {"2001:1::3", true}, {"2001:1::4", false}, {"2001:2::1", false}, {"2001:2:1::", false},
        {"2001:3::1", true}, {"2001:4:112::1", true}, {"2001:4:113::", false}, {"2001:10::1", false},
        {"2001:20::1", true}, {"2001:2f::1", true}, {"2001:30::1", true}, {"2001:40::1", false}, {"2001:1ff::", false},
        {"2001:200::", true}, {"2001:db7:ffff::", true}, {"2001:db8::", false}, {"2001:db9::", true},
        {"2001:ffff::", true}, {"2002::", false}, {"2002:808:808::1", false}, {"2003::", true},
        {"2620:4f:8000::1", true}, {"3ffe:ffff::", true}, {"3fff::", false}, {"3fff:fff::1", false},
        {"3fff:1000::", true}, {"4000::", false}, {"5f00::1", false}, {"fc00::1", false}, {"fd00::1", false},
        {"fe80::1", false}, {"fec0::1", false}, {"ff02::1", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mxs_address a = parse(rows[i].text);
        cr_expect_eq(mxs_address_public(&a), rows[i].public, "%s", rows[i].text);
    }
}

Test(classify_address, what_is_not_an_address)
{
    static const char *const rows[] = {"",
                                       "1.2.3",
                                       "1.2.3.4.5",
                                       "256.1.1.1",
                                       "01.2.3.4",
                                       "1.2.3.4 ",
                                       "::g",
                                       ":",
                                       "1:2:3",
                                       "fe80::1%eth0",
                                       "1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111:2222"};
    struct mxs_address a = {.family = 9};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect(!mxs_address_parse(mxs_text_of(rows[i]), &a), "%s", rows[i]);
    cr_expect(!mxs_address_parse((struct mxs_text){"1.2.3.4\0x", 9}, &a));
    cr_expect_eq(a.family, 9, "outputs untouched");
}

Test(classify_address, text_and_prefix)
{
    static const struct {
        const char *in, *text, *prefix;
    } rows[] = {
        {"192.0.2.77", "192.0.2.77", "192.0.2.0/24"},
        {"255.255.255.255", "255.255.255.255", "255.255.255.0/24"},
        {"1.20.100.9", "1.20.100.9", "1.20.100.0/24"},
        {"10.99.109.200", "10.99.109.200", "10.99.109.0/24"},
        {"0.0.0.0", "0.0.0.0", "0.0.0.0/24"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", "2001:db8::/48"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"},
        {"::", "::", "::/48"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff::/48"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[MXS_ADDRESS_TEXT_SIZE], prefix[MXS_PREFIX_TEXT_SIZE];
        struct mxs_address a = parse(rows[i].in);
        cr_expect_eq(mxs_address_text(&a, text), strlen(rows[i].text));
        cr_expect_str_eq(text, rows[i].text);
        cr_expect_eq(mxs_address_prefix_text(&a, prefix), strlen(rows[i].prefix));
        cr_expect_str_eq(prefix, rows[i].prefix);
    }
}

Test(classify_hostname, literals)
{
    static const char *const yes[] = {"1.2.3.4", "255.255.255.255", "\\0911.2.3.4\\093", "2001\\058db8\\058\\0581",
                                      "\\058\\0581", "\\091ipv6\\0582001\\058db8\\058\\0581\\093"};
    static const char *const no[] = {"", "1.2.3", "1.2.3.256", "1.2.3.4.5", "1.2.3.4.example.org", "mx1", "a.b.c.4",
                                     "\\", "\\0", "\\058", "a\\.b", "1\\.2\\.3\\.x"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        cr_expect(mxs_hostname_is_literal(mxs_text_of(yes[i])), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        cr_expect(!mxs_hostname_is_literal(mxs_text_of(no[i])), "%s", no[i]);
}

Test(classify_hostname, localhost)
{
    cr_expect(mxs_hostname_is_localhost(MXS_TEXT("localhost")));
    cr_expect(mxs_hostname_is_localhost(MXS_TEXT("a.localhost")));
    cr_expect(mxs_hostname_is_localhost(MXS_TEXT("localhost.localdomain")));
    cr_expect(!mxs_hostname_is_localhost(MXS_TEXT("localhost.example.org")));
    cr_expect(!mxs_hostname_is_localhost(MXS_TEXT("notlocalhost")));
}

Test(classify_hostname, what_somebody_typed_who_meant_a_name)
{
    static const struct { const char *name; enum mxs_hostname_slip slip;
    } rows[] = {
        {"", MXS_SLIP_NONE},
        {"mx.example", MXS_SLIP_NONE},
        {"mail_1.example", MXS_SLIP_NONE},
        {"-x.example", MXS_SLIP_NONE},
        {"\\[192\\.0\\.2\\.1\\]", MXS_SLIP_NONE},
        {"http\\058\\047\\047mx.example\\047", MXS_SLIP_URL},
        {"smtp\\058\\047\\047mx\\.example\\05825", MXS_SLIP_URL},
        {"info\\064mx.example", MXS_SLIP_ADDRESS},
        {"mx.example\\05825", MXS_SLIP_PORT},
        {"mx\\.example\\058587", MXS_SLIP_PORT},
        {"10\\032mx.example", MXS_SLIP_BLANK},
        {"mx\\009.example", MXS_SLIP_BLANK},
        {"mx.example\\044", MXS_SLIP_COMMA},
        {"mx.example\\\\", MXS_SLIP_BACKSLASH},
        {"mx\\.example", MXS_SLIP_DOT},
        {"mx.a\\.b.example", MXS_SLIP_DOT},
        {"mx\\047.example", MXS_SLIP_CHARACTER},
        {"mx\\000.example", MXS_SLIP_CHARACTER},
        {"m\\195\\188ller.example", MXS_SLIP_CHARACTER},
        {"\\034mx.example\\034", MXS_SLIP_CHARACTER},
        {"mx.example\\058", MXS_SLIP_CHARACTER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(mxs_hostname_slip_of(mxs_text_of(rows[i].name)), rows[i].slip, "%s: %d", rows[i].name,
                     mxs_hostname_slip_of(mxs_text_of(rows[i].name)));
}

Test(classify_hostname, what_no_registry_takes)
{
    static const char *const never[] = {"a_b.example",   "a_b.co.example", "a.b_c.example", "x-.example",
                                        "-x.example",    "a\\044.example", "a\\.b.example", "x.exam\\032ple",
                                        "x.example\\\\", "x.-example",     "ab--cd.example", "trailing.", "a..b"};
    static const char *const may[] = {"a-b.example", "1.example", "xn--a.example", "a.co.example"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        cr_expect_not(mxs_hostname_is_ldh(mxs_text_of(never[i])), "%s", never[i]);
    for (size_t i = 0; i < sizeof may / sizeof *may; i++)
        cr_expect(mxs_hostname_is_ldh(mxs_text_of(may[i])), "%s", may[i]);
}
