#include "scanner/input/internal/line.h"
#include "scanner/input/list.h"

#include <criterion/criterion.h>
#include <idn2.h>
#include <ctype.h>
#include <stdio.h>

#include "scanner/input/internal/idn.h"

static struct mxs_entry read_one(const char *line)
{
    static char name[MXS_NAME_TEXT_MAX + 1];
    struct mxs_entry entry = {0};
    mxs_list_entry_of(mxs_text_of(line), name, &entry);
    return entry;
}

static void expect_reject(const char *line, const char *reason)
{
    struct mxs_entry entry = read_one(line);
    cr_expect(entry.reason != NULL && strcmp(entry.reason, reason) == 0, "%s: %s, not %s", line,
              entry.reason == NULL ? entry.name.data : entry.reason, reason);
    cr_expect_eq(entry.name.size_bytes, 0);
    cr_expect(mxs_text_equal(entry.text, mxs_text_of(line)));
}

static void expect_name(const char *line, const char *name)
{
    struct mxs_entry entry = read_one(line);
    cr_expect_null(entry.reason, "%s: %s", line, entry.reason);
    cr_expect_str_eq(entry.name.data, name, "%s", line);
    cr_expect_eq(entry.name.size_bytes, strlen(name));
}

Test(line, rejects_with_their_reasons)
{
    const struct {
        const char *line, *reason;
    } rows[] = {
        {"", "empty_name"},
        {".", "empty_name"},
        {"@", "empty_name"},
        {"user@", "empty_name"},
        {"user@.", "empty_name"},
        {"http://", "empty_name"},
        {"http://:80/", "empty_name"},
        {"\"\"", "empty_name"},
        {"/path", "empty_name"},
        {"# x", "empty_name"},
        {"\xE3\x80\x82", "empty_name"},
        {",", "empty_name"},
        {":25", "empty_name"},
        {"2,", "empty_name"},
        {"3, ,", "empty_name"},
        {"https://https://x", "bad_character"},
        {"http.//example.org", "bad_character"},
        {"http://http//a.example", "bad_character"},
        {"https://www.https://x", "bad_character"},
        {"12:30", "bad_character"},
        {"https:/a.example", "bad_character"},
        {"http//a.example", "bad_character"},
        {"https:", "bad_character"},
        {"-", "empty_name"},
        {"--", "empty_name"},
        {"1,000", "several_fields"},
        {"1,000,000", "several_fields"},
        {"N/A", "bad_character"},
        {"n/a", "bad_character"},
        {"..", "empty_label"},
        {"a..b", "empty_label"},
        {".a", "empty_label"},
        {"a..", "empty_label"},
        {"\xC3\xBC..b", "empty_label"},
        {"\xC2\xAD.org", "empty_label"}, /* a soft hyphen alone maps to nothing */
        {"a b", "several_fields"},
        {"a.example,b.example", "several_fields"},
        {"0.0.0.0 ads.example", "several_fields"},
        {"1,a.example,DE", "several_fields"},
        {"a.example;x", "several_fields"},
        {"a\tb", "several_fields"},
        {"http://a.example/ x", "several_fields"},
        {"a!b.example", "bad_character"},
        {"a%20b.example", "bad_character"},
        {"a\\.b", "bad_character"},
        {"a.example:smtp", "bad_character"},
        {"<a@b.example>", "bad_character"},
        {"'a.example'", "bad_character"},
        {"a.example/@user", "bad_character"},
        {"user/x@a.example", "bad_character"},
        {"a:b:c", "bad_character"},
        {"[a.example]", "bad_character"},
        {"[::1", "bad_character"},
        {"a\x7F"
         "b",
         "bad_character"},
        {"a\x1B[31m", "bad_character"},
        {"a$(reboot).example", "bad_character"},
        {"a'--.example", "bad_character"},
        {"=cmd|x", "bad_character"},
        {"a\nb", "bad_character"},
        {"foo*.example", "bad_character"},
        {"192.0.2.1", "ip_address"},
        {"192.0.2.1.", "ip_address"},
        {"999.1.1.1", "ip_address"},
        {"192.0.2.1:25", "ip_address"},
        {"http://192.0.2.1/", "ip_address"},
        {"192.0.2.0/24", "ip_address"},
        {"user@[192.0.2.1]", "ip_address"},
        {"2001:db8::1", "ip_address"},
        {"::", "ip_address"},
        {"[2001:db8::1]:25", "ip_address"},
        {"fe80::1%eth0", "ip_address"},
        {"2001:db8::/32", "ip_address"},
        {"[IPv6:2001:db8::1]", "ip_address"},
        {"1,192.0.2.1", "ip_address"},
        {"\xEF\xBC\x91.2.3.4", "ip_address"}, /* a full-width digit */
        {"*", "wildcard"},
        {"*.example.org", "wildcard"},
        {"*.", "wildcard"},
        {"http://*.example.org/", "wildcard"},
        {"b\xFC"
         "cher.example",
         "not_utf8"},
        {"\xC0\xAE.example", "not_utf8"},
        {"\xED\xA0\x80.example", "not_utf8"},
        {"a\xE2\x80\xAE"
         "b.example",
         "idn_disallowed"}, /* right-to-left override */
        {"\xCC\x81x.example", "idn_leading_combining"},
        {"-\xC3\xBC.example", "idn_hyphen_startend"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_reject(rows[i].line, rows[i].reason);
}

/* No top-level domain is a number. @rfc{3696,2} */
Test(line, digits_behind_the_last_dot_are_no_name)
{
    static const char *const lines[] = {"1.2.3",     "404",           "example.5",          "12.5",
                                        "1.2.3.4.5", "http://1.2.3/", "192.0.2.1-192.0.2.9"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        expect_reject(lines[i], "numeric_tld");
}

Test(line, accepts_what_people_have)
{
    const struct {
        const char *line, *name;
    } rows[] = {
        {"example.org", "example.org"},
        {"EXAMPLE.Org", "example.org"},
        {"example.org.", "example.org"},
        {"  example.org\t", "example.org"},
        {"localhost", "localhost"},
        {"_dmarc.example.org", "_dmarc.example.org"},
        {"-a-.example", "-a-.example"},
        {"ab--cd.com", "ab--cd.com"},
        {"xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"xn--.example", "xn--.example"},
        {"1.2.3.4.in-addr.arpa", "1.2.3.4.in-addr.arpa"},
        {"example.org # ours", "example.org"},
        {"example.org\t; ours", "example.org"},
        {"\xEF\xBB\xBF"
         "example.org",
         "example.org"},
        {"user@example.org", "example.org"},
        {"a@b@example.org", "example.org"},
        {"mailto:user@example.org", "example.org"},
        {"j\xF6rg@example.org", "example.org"},
        {"example.org:25", "example.org"},
        {"example.org:", "example.org"},
        {"example.org/", "example.org"},
        {"example.org?x", "example.org"},
        {"https://user:pass@Example.ORG:8443/a,b;c?d=e#f", "example.org"},
        {"http://example.org?@evil.example", "example.org"},
        {"http://example.org\\@evil.example", "example.org"},
        {"HTTP://example.org./", "example.org"},
        {"1,google.com", "google.com"},
        {"17\texample.org", "example.org"},
        {"1,\"google.com\"", "google.com"},
        {"\"example.org\"", "example.org"},
        {"example.org,", "example.org"},
        {"1,https://example.org/x", "example.org"},
        {"b\xC3\xBC"
         "cher.example",
         "xn--bcher-kva.example"},
        {"BU\xCC\x88"
         "CHER.example",
         "xn--bcher-kva.example"}, /* not NFC */
        {"b\xC3\xBC"
         "cher.AB--cd.com",
         "xn--bcher-kva.ab--cd.com"},
        {"b\xC3\xBC"
         "cher\xE3\x80\x82"
         "example\xEF\xBC\x8E",
         "xn--bcher-kva.example"},
        {"example\xEF\xBD\xA1"
         "org",
         "example.org"},
        {"stra\xC3\x9F"
         "e.example",
         "xn--strae-oqa.example"},
        {"_x.b\xC3\xBC"
         "cher",
         "_x.xn--bcher-kva"},
        {"\xEF\xBD\x85xample.org", "example.org"},
        {"user@b\xC3\xBC"
         "cher.example",
         "xn--bcher-kva.example"},
        {"http://b\xC3\xBC"
         "cher.example:80/",
         "xn--bcher-kva.example"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_name(rows[i].line, rows[i].name);
}

Test(line, lengths_at_both_sides_of_their_limits)
{
    char line[400];
    memset(line, 'x', sizeof line);
    line[63] = '\0';
    expect_name(line, line);
    line[63] = 'x';
    line[64] = '\0';
    expect_reject(line, "label_too_long");
    line[64] = 'x';
    line[63] = line[127] = line[191] = '.';
    line[253] = '\0';
    expect_name(line, line);
    line[253] = '.';
    line[254] = '\0';
    struct mxs_entry entry = read_one(line); /* the trailing dot does not count */
    cr_expect_null(entry.reason);
    cr_expect_eq(entry.name.size_bytes, 253);
    line[253] = 'x';
    expect_reject(line, "name_too_long");
}

Test(line, an_idn_label_is_measured_as_its_a_label)
{
    char line[2200] = "";
    for (int i = 0; i < 80; i++)
        strcat(line, "\xC3\xBC");
    expect_reject(line, "label_too_long");
    for (int i = 0; i < 900; i++)
        strcat(line, "\xC3\xBC");
    struct mxs_entry entry = read_one(line);
    cr_expect_str_eq(entry.reason, "label_too_long");
    cr_expect_eq(entry.text.size_bytes, MXS_LINE_TEXT_MAX);
    line[0] = '\0';
    for (int i = 0; i < 40; i++)
        strcat(line, "\xC3\xBC" "berlang.");
    expect_reject(line, "name_too_long");
}

Test(line, nul_and_nothing)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    struct mxs_entry entry;
    mxs_list_entry_of((struct mxs_text){"a\0b.example", 11}, name, &entry);
    cr_expect_str_eq(entry.reason, "nul_byte");
    cr_expect_eq(entry.text.size_bytes, 11);
    mxs_list_entry_of((struct mxs_text){NULL, 0}, name, &entry);
    cr_expect_str_eq(entry.reason, "empty_name");
}

Test(line, a_cut_text_ends_at_a_character)
{
    char line[1100];
    for (int shift = 0; shift < 4; shift++) {
        memset(line, 'x', sizeof line);
        memcpy(line + 1020 - shift, "\xF0\x9F\x92\xA9", 4);
        struct mxs_text cut = mxs_line_cut((struct mxs_text){line, sizeof line});
        cr_expect_eq(cut.size_bytes, 1020u - (unsigned)shift);
    }
    memset(line, 0x80, sizeof line); /* no UTF-8 at all: bounded all the same */
    cr_expect_geq(mxs_line_cut((struct mxs_text){line, sizeof line}).size_bytes, 1017);
}

Test(line, blank_lines_and_comments_are_silent)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    const char *const silent[] = {"",         " ", "\t \f", "#", "# x", "  ; x", "\xEF\xBB\xBF", "\xEF\xBB\xBF# x",
                                  "#\xFF\xFE"};
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        struct mxs_entry entry = {.line = 9};
        cr_expect_not(mxs_line_parse(mxs_text_of(silent[i]), name, &entry), "%s", silent[i]);
        cr_expect_eq(entry.line, 9);
    }
}

/* The reasons are libidn2's own names; those it shares with us are ours. */
Test(line, idn_reasons_are_those_of_libidn2)
{
    for (int code = -400; code < 0; code++) {
        const char *theirs = idn2_strerror_name(code), *ours = mxs_idn_reason(code);
        char want[64];
        if (strncmp(theirs, "IDN2_", 5) != 0 || strncmp(ours, "idn_", 4) != 0 || code == IDN2_NO_CODESET)
            continue; /* that one libidn2 2.3.3 spells IDN2_NO_NODESET */
        snprintf(want, sizeof want, "idn_%s", theirs + 5);
        for (char *c = want; *c != '\0'; c++)
            *c = (char)tolower((unsigned char)*c);
        cr_expect_str_eq(ours, strcmp(theirs, "IDN2_UNKNOWN") == 0 ? "idn_other" : want);
    }
    cr_expect_eq(mxs_idn_reason(IDN2_MALLOC), mxs_idn_memory);
}
