#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/name.h"
#include "scanner/parse/spf.h"

static struct mxs_arena arena;
static struct mxs_spf spf;
static void open_arena(void) { mxs_arena_init(&arena, 1 << 14, 0); }
static void close_arena(void) { mxs_arena_finish(&arena); }
TestSuite(parse_spf, .init = open_arena, .fini = close_arena);

/* From a heap copy without a NUL behind it. */
static enum mxs_spf_reason parse_sized(const char *text, size_t size)
{
    static char *copy;
    free(copy);
    copy = malloc(size + (size == 0));
    memcpy(copy, text, size);
    struct mxs_record record = {.data = {(const uint8_t *)copy, (uint32_t)size}};
    mxs_spf_read(&record, 1, &arena, &spf);
    if (spf.reason != MXS_SPF_OK)
        cr_assert(spf.all == NULL && spf.redirect == NULL && spf.exp == NULL);
    return spf.reason;
}
static enum mxs_spf_reason parse(const char *terms)
{
    char record[4096];
    int size = snprintf(record, sizeof record, "v=spf1 %s", terms);
    return parse_sized(record, (size_t)size);
}

struct row { const char *terms; enum mxs_spf_reason reason; };
static void assert_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(parse(rows[i].terms), rows[i].reason, "\"%s\" is %s, not %s", rows[i].terms,
                     mxs_spf_reason_text(spf.reason), mxs_spf_reason_text(rows[i].reason));
}
#define ASSERT_ROWS(...) \
    do { \
        static const struct row rows[] = {__VA_ARGS__}; \
        assert_rows(rows, sizeof rows / sizeof *rows); \
    } while (0)

Test(parse_spf, every_octet_that_is_no_printable_character)
{
    for (int octet = 0; octet < 256; octet++) {
        if (octet >= 0x20 && octet < 0x7f)
            continue;
        char record[] = "v=spf1 a:example.org? -all";
        record[20] = (char)octet;
        cr_assert_eq(parse_sized(record, sizeof record - 1), MXS_SPF_NOT_ASCII, "octet %d", octet);
    }
}

Test(parse_spf, prefixes_of_a_record_are_read_without_reading_past)
{
    static const char record[] =
        "v=spf1 a:x.example/24//64 mx//12 ip4:192.0.2.0/24 ip6:2001:db8::/32 exists:%{ir}.%{v}.x.example "
        "include:%{d2r.-}.example ?ptr redirect=%{o} exp=e.example x.y-z_0=%%%_%- ~all";
    for (size_t size = 6; size < sizeof record; size++)
        parse_sized(record, size);
    cr_assert_eq(spf.reason, MXS_SPF_OK);
    cr_assert_eq(spf.term_count, 11);
}

Test(parse_spf, terms_up_to_the_limit)
{
    static char record[3 * (MXS_SPF_TERMS_MAX + 2) + 8];
    for (uint32_t count = MXS_SPF_TERMS_MAX; count <= MXS_SPF_TERMS_MAX + 1; count++) {
        size_t size = (size_t)sprintf(record, "v=spf1");
        for (uint32_t i = 0; i < count; i++)
            size += (size_t)sprintf(record + size, " mx");
        cr_assert_eq(parse_sized(record, size), count == MXS_SPF_TERMS_MAX ? MXS_SPF_OK : MXS_SPF_TOO_MANY_TERMS);
    }
    static char spaces[65535];
    memset(spaces, ' ', sizeof spaces);
    memcpy(spaces, "v=spf1", 6);
    cr_assert_eq(parse_sized(spaces, sizeof spaces), MXS_SPF_OK);
    cr_assert_eq(spf.term_count, 0);
}

Test(parse_spf, a_full_arena_is_a_reason)
{
    struct mxs_arena small;
    mxs_arena_init(&small, 1, 1);
    mxs_spf_parse(MXS_TEXT("v=spf1 -all"), &small, &spf);
    cr_assert_eq(spf.reason, MXS_SPF_TOO_MANY_TERMS);
    mxs_arena_finish(&small);
}

Test(parse_spf, what_is_no_mechanism)
{
    ASSERT_ROWS({"moo", MXS_SPF_UNKNOWN_MECHANISM}, {"-all.", MXS_SPF_UNKNOWN_MECHANISM},
                {"-", MXS_SPF_UNKNOWN_MECHANISM}, {"--all", MXS_SPF_UNKNOWN_MECHANISM},
                {":", MXS_SPF_UNKNOWN_MECHANISM}, {"/", MXS_SPF_UNKNOWN_MECHANISM},
                {"redirect:a.example", MXS_SPF_UNKNOWN_MECHANISM}, {"moo.cow/far=x", MXS_SPF_UNKNOWN_MECHANISM},
                {"-exp=a.example", MXS_SPF_BAD_MODIFIER}, {"ipv4:192.0.2.1", MXS_SPF_UNKNOWN_MECHANISM},
                {"v=spf1 -all", MXS_SPF_OK} /* an unknown modifier v */, {"alll", MXS_SPF_UNKNOWN_MECHANISM});
}

Test(parse_spf, arguments)
{
    ASSERT_ROWS({"all:x", MXS_SPF_BAD_ARGUMENT}, {"all/8", MXS_SPF_BAD_ARGUMENT}, {"all:", MXS_SPF_BAD_ARGUMENT},
                {"ptr/0", MXS_SPF_BAD_ARGUMENT}, {"ptr:", MXS_SPF_MISSING_DOMAIN}, {"include", MXS_SPF_MISSING_DOMAIN},
                {"include:", MXS_SPF_MISSING_DOMAIN}, {"exists", MXS_SPF_MISSING_DOMAIN},
                {"a:", MXS_SPF_MISSING_DOMAIN}, {"a:/24", MXS_SPF_MISSING_DOMAIN},
                {"redirect=", MXS_SPF_MISSING_DOMAIN}, {"exp=", MXS_SPF_MISSING_DOMAIN},
                {"include/24", MXS_SPF_BAD_ARGUMENT}, {"include:a.example/24", MXS_SPF_BAD_DOMAIN},
                {"exists:a.example/24", MXS_SPF_BAD_DOMAIN});
}

Test(parse_spf, domains)
{
    ASSERT_ROWS({"a:museum", MXS_SPF_BAD_DOMAIN}, {"a:museum.", MXS_SPF_BAD_DOMAIN}, {"a:.", MXS_SPF_BAD_DOMAIN},
                {"a:a.example:8080", MXS_SPF_BAD_DOMAIN}, {"a:192.0.2.1", MXS_SPF_BAD_DOMAIN},
                {"a:a.-example", MXS_SPF_BAD_DOMAIN}, {"a:a.example-", MXS_SPF_BAD_DOMAIN},
                {"a:a.123", MXS_SPF_BAD_DOMAIN}, {"a:a..", MXS_SPF_BAD_DOMAIN}, {"a:%{d}x", MXS_SPF_BAD_DOMAIN},
                {"redirect=-all", MXS_SPF_BAD_DOMAIN}, {"a:a.exa_mple", MXS_SPF_BAD_DOMAIN},
                {"a:a.example", MXS_SPF_OK}, {"a:a.example.", MXS_SPF_OK}, {"a:a...example", MXS_SPF_OK},
                {"a:a.xn--zckzah", MXS_SPF_OK}, {"a:a.1-2", MXS_SPF_OK}, {"a:a.1a", MXS_SPF_OK},
                {"a:foo:bar/baz.example", MXS_SPF_OK}, {"a:%{d}", MXS_SPF_OK}, {"a:%{d}.example", MXS_SPF_OK},
                {"a:.example", MXS_SPF_OK}, {"a:x%%", MXS_SPF_OK});
}

Test(parse_spf, macros)
{
    ASSERT_ROWS({"a:%", MXS_SPF_BAD_MACRO}, {"a:%a.example", MXS_SPF_BAD_MACRO}, {"a:%(d).example", MXS_SPF_BAD_MACRO},
                {"a:%{", MXS_SPF_BAD_MACRO}, {"a:%{}", MXS_SPF_BAD_MACRO}, {"a:%{d", MXS_SPF_BAD_MACRO},
                {"a:%{z}", MXS_SPF_BAD_MACRO}, {"a:%{c}.example", MXS_SPF_BAD_MACRO}, {"a:%{d0}", MXS_SPF_BAD_MACRO},
                {"a:%{d00}", MXS_SPF_BAD_MACRO}, {"a:%{dr2}", MXS_SPF_BAD_MACRO}, {"a:%{d*}", MXS_SPF_BAD_MACRO},
                {"a:%{d.r}", MXS_SPF_BAD_MACRO}, {"x=%abc", MXS_SPF_BAD_MACRO}, {"x=%{d", MXS_SPF_BAD_MACRO},
                {"x=", MXS_SPF_OK}, {"x=%{D}", MXS_SPF_OK}, {"a:%{d99999999999999999999r.-+,/_=}", MXS_SPF_OK},
                {"a:%{S2R-}", MXS_SPF_OK}, {"a:%{ir}.%{v}.example", MXS_SPF_OK});
}

Test(parse_spf, prefixes)
{
    ASSERT_ROWS({"a/33", MXS_SPF_BAD_PREFIX}, {"a//129", MXS_SPF_BAD_PREFIX}, {"a/24/64", MXS_SPF_BAD_PREFIX},
                {"a/", MXS_SPF_BAD_PREFIX}, {"a//", MXS_SPF_BAD_PREFIX}, {"mx/024", MXS_SPF_BAD_PREFIX},
                {"mx//00", MXS_SPF_BAD_PREFIX}, {"a/33//64", MXS_SPF_BAD_PREFIX},
                {"a/99999999999999999999999", MXS_SPF_BAD_PREFIX}, {"ip4:192.0.2.1/33", MXS_SPF_BAD_PREFIX},
                {"ip4:192.0.2.1/032", MXS_SPF_BAD_PREFIX}, {"ip6:::1/129", MXS_SPF_BAD_PREFIX}, {"a/0", MXS_SPF_OK},
                {"a//0", MXS_SPF_OK}, {"mx/32//128", MXS_SPF_OK}, {"ip4:192.0.2.1/0", MXS_SPF_OK},
                {"ip6:::1/0", MXS_SPF_OK});
    parse("mx:a.example/24//64");
    cr_assert_eq(spf.terms[0].prefix4, 24);
    cr_assert_eq(spf.terms[0].prefix6, 64);
    cr_assert(mxs_text_equal(spf.terms[0].domain, MXS_TEXT("a.example")));
}

Test(parse_spf, addresses)
{
    ASSERT_ROWS({"ip4", MXS_SPF_BAD_ADDRESS}, {"ip4:", MXS_SPF_BAD_ADDRESS}, {"ip4:1.2.3", MXS_SPF_BAD_ADDRESS},
                {"ip4:1.2.3.4:25", MXS_SPF_BAD_ADDRESS}, {"ip4:1.2.3.4//32", MXS_SPF_BAD_ADDRESS},
                {"ip4:1.2.3.256", MXS_SPF_BAD_ADDRESS}, {"ip4:2001:db8::1", MXS_SPF_BAD_ADDRESS},
                {"ip6", MXS_SPF_BAD_ADDRESS}, {"ip6:1.2.3.4", MXS_SPF_BAD_ADDRESS},
                {"ip6::CAFE::BABE", MXS_SPF_BAD_ADDRESS}, {"ip6:::1.1.1.1//33", MXS_SPF_BAD_ADDRESS},
                {"ip4=1.2.3.4", MXS_SPF_OK}, {"ip6:fe80::1%eth0", MXS_SPF_BAD_ADDRESS},
                {"ip6:2001:0db8:0000:0000:0000:0000:255.255.255.255", MXS_SPF_OK},
                {"ip4:192.0.2.1 ip6:2001:db8::/32", MXS_SPF_OK});
    parse("-ip4:192.0.2.1/24");
    cr_assert_eq(spf.terms[0].qualifier, '-');
    cr_assert_arr_eq(spf.terms[0].address, "\300\0\2\1", 4);
}

Test(parse_spf, modifiers)
{
    ASSERT_ROWS({"=all", MXS_SPF_BAD_MODIFIER}, {"1up=foo", MXS_SPF_BAD_MODIFIER}, {"-x=y", MXS_SPF_BAD_MODIFIER},
                {"redirect=a.example redirect=b.example", MXS_SPF_MODIFIER_TWICE},
                {"exp=a.example EXP=a.example", MXS_SPF_MODIFIER_TWICE}, {"x=1 x=2", MXS_SPF_OK},
                {"moo.cow-far_out=man:dog/cat", MXS_SPF_OK});
    parse("redirect=r.example exp=e.example -all");
    cr_assert_eq(spf.redirect, &spf.terms[0]);
    cr_assert_eq(spf.exp, &spf.terms[1]);
    cr_assert_eq(spf.all, &spf.terms[2]);
}

Test(parse_spf, the_wrong_term_is_named_wherever_it_stands)
{
    cr_assert_eq(parse("ip4:192.0.2.1 -all moo:x"), MXS_SPF_UNKNOWN_MECHANISM);
    cr_assert(mxs_text_equal(spf.wrong, MXS_TEXT("moo:x")));
    cr_assert_eq(parse("  MX  ?ALL  +all "), MXS_SPF_OK);
    cr_assert_null(spf.wrong.data);
    cr_assert_eq(spf.term_count, 3);
    cr_assert_eq(spf.all->qualifier, '?');
}

static enum mxs_spf_reason choose(const char *const *texts, uint32_t count)
{
    struct mxs_record records[4] = {0};
    for (uint32_t i = 0; i < count; i++)
        records[i].data = (struct mxs_bytes){(const uint8_t *)texts[i], (uint32_t)strlen(texts[i])};
    mxs_spf_read(records, count, &arena, &spf);
    return spf.reason;
}

Test(parse_spf, one_record_is_chosen)
{
    cr_assert_eq(choose(NULL, 0), MXS_SPF_NO_RECORD);
    cr_assert_null(spf.record.data);
    cr_assert_eq(choose((const char *const[]){"", "v=spf", "v=spf10 -all"}, 3), MXS_SPF_NO_RECORD);
    cr_assert_eq(choose((const char *const[]){"v=spf1\t-all", " v=spf1", "v=spf1;", "v=spf2.0/pra -all"}, 4),
                 MXS_SPF_NO_RECORD);
    cr_assert_eq(choose((const char *const[]){"v=spf1 -all", "V=SPF1"}, 2), MXS_SPF_MANY_RECORDS);
    cr_assert_null(spf.record.data);
    cr_assert_eq(choose((const char *const[]){"\226", "V=sPf1", "v=spf10"}, 3), MXS_SPF_OK);
    cr_assert(mxs_text_equal(spf.record, MXS_TEXT("V=sPf1")));
}

static void assert_expands(const char *spec, const char *expected)
{
    char name[MXS_NAME_TEXT_MAX + 1];
    uint32_t size;
    bool known = mxs_spf_expand(mxs_text_of(spec), MXS_TEXT("mail.a-b.example"), MXS_TEXT("org.example"), name, &size);
    cr_assert_eq(known, expected != NULL, "%s", spec);
    if (known)
        cr_assert(mxs_text_equal((struct mxs_text){name, size}, mxs_text_of(expected)), "%s: %.*s", spec, (int)size,
                  name);
}

Test(parse_spf, expansion)
{
    assert_expands("A.Example.", "a.example");
    assert_expands("%{d}.x.example", "mail.a-b.example.x.example");
    assert_expands("%{D2}", "a-b.example");
    assert_expands("%{dr}", "example.a-b.mail");
    assert_expands("%{d2r}", "a-b.mail");
    assert_expands("%{d9}", "mail.a-b.example");
    assert_expands("%{dr-}.x", "b.example.mail.a.x");
    assert_expands("%{o}", "org.example");
    assert_expands("a%_b%-c%%.example", "a\\032b\\03720c\\037.example");
    assert_expands("%{i}.example", NULL);
    assert_expands("%{h}", NULL);
    assert_expands("a..example", "");
    assert_expands("a.example..", "");
    assert_expands("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", "");
}

Test(parse_spf, a_name_too_long_loses_labels_on_its_left)
{
    char spec[2048] = "";
    for (int i = 0; i < 30; i++)
        strcat(spec, "%{d1r}.0123456789.");
    strcat(spec, "example");
    char name[MXS_NAME_TEXT_MAX + 1];
    uint32_t size;
    cr_assert(mxs_spf_expand(mxs_text_of(spec), MXS_TEXT("mail.a-b.example"), MXS_TEXT(""), name, &size));
    cr_assert_leq(size, 253);
    cr_assert_geq(size, 230);
    for (int i = 0; i < 8; i++) /* and one far over every buffer */
        strcat(spec, "%{o}%{o}%{o}%{o}%{o}%{o}%{o}%{o}%{o}%{o}%{o}%{o}%{o}%{o}%{o}");
    char long_name[254];
    memset(long_name, 'a', 253);
    cr_assert(mxs_spf_expand(mxs_text_of(spec), MXS_TEXT("a.example"), (struct mxs_text){long_name, 253}, name, &size));
    cr_assert_eq(size, 0);
}

Test(parse_spf, reasons_have_texts)
{
    for (int i = 0; i < MXS_SPF_REASON_COUNT; i++)
        cr_assert_not_null(mxs_spf_reason_text((enum mxs_spf_reason)i));
}
