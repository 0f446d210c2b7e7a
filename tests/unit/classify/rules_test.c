#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scanner/classify/rules.h"

#define TAIL "\tbox\tmailbox\t-\tAT\ta source\t2026-11-23\n"

Test(classify_rules, each_error_names_line_and_column_and_makes_nothing)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *says;
    } rows[] = {
        {"", 0, 0, "no rules"},
        {"# only a comment\n\n", 0, 0, "no rules"},
        {"a.example" TAIL "b.example\n", 2, 10, "seven columns"},
        {"a.example\tbox\n", 1, 14, "seven columns"},
        {"a.example\tbox\tmailbox\t-\n", 1, 24, "seven columns"},
        {"a.example\tbox\tmailbox\t-\tAT\ts\t2026-11-23\tmore\n", 1, 41, "seven columns"},
        {" a.example" TAIL, 1, 1, "character"},
        {TAIL, 1, 1, "empty suffix"},
        {"*." TAIL, 1, 3, "empty suffix"},
        {"*" TAIL, 1, 1, "character"},
        {"a.*.example" TAIL, 1, 3, "character"},
        {"A.example" TAIL, 1, 1, "capital"},
        {"a..example" TAIL, 1, 3, "empty label"},
        {".example" TAIL, 1, 1, "empty label"},
        {"a.example." TAIL, 1, 10, "dot at the end"},
        {"a.ex ample" TAIL, 1, 5, "character"},
        {"m\xc3\xbc.example" TAIL, 1, 2, "character"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example" TAIL, 1, 64, "longer than 63"},
        {"a.example\t\tmailbox\t-\tAT\ts\t2026-11-23\n", 1, 11, "no provider"},
        {"a.example\tBox\tmailbox\t-\tAT\ts\t2026-11-23\n", 1, 11, "provider id"},
        {"a.example\torg:x\tmailbox\t-\tAT\ts\t2026-11-23\n", 1, 14, "provider id"},
        {"a.example\tself\tmailbox\t-\tAT\ts\t2026-11-23\n", 1, 11, "self"},
        {"a.example\tbox\tmailboxes\t-\tAT\ts\t2026-11-23\n", 1, 15, "unknown kind"},
        {"a.example\tbox\t\t-\tAT\ts\t2026-11-23\n", 1, 15, "unknown kind"},
        {"a.example\tbox\tmailbox\ttwo\tAT\ts\t2026-11-23\n", 1, 23, "unknown flag"},
        {"a.example\tbox\tmailbox\t-\tAUT\ts\t2026-11-23\n", 1, 25, "country"},
        {"a.example\tbox\tmailbox\t-\tat\ts\t2026-11-23\n", 1, 25, "country"},
        {"a.example\tbox\tmailbox\t-\tAT\t\t2026-11-23\n", 1, 28, "source"},
        {"a.example\tbox\tmailbox\t-\tAT\ta\033[2J\t2026-11-23\n", 1, 29, "control"},
        {"a.example\tbox\tmailbox\t-\tAT\ta\xe2\x80\xaes\t2026-11-23\n", 1, 29, "turns or hides"},
        {"a.example\tbox\tmailbox\t-\tAT\ts\t2026-13-23\n", 1, 30, "date"},
        {"\xef\xbb\xbf", 0, 0, "no rules"},
        {"a.example\tbox\tmailbox\t-\tAT\ts\t2026-04-31\n", 1, 30, "date"},
        {"a.example\tbox\tmailbox\t-\tAT\ts\t23.11.2026\n", 1, 30, "date"},
        {"a.example\tbox\tmailbox\t-\tAT\ts\t2026-11-23 \n", 1, 30, "date"},
        {"a.example" TAIL "# c\nb.example" TAIL "a.example" TAIL, 4, 1, "line 1"},
        {"*.a.example" TAIL "*.a.example" TAIL, 2, 1, "line 1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mxs_detail detail = {0};
        mxs_rules *rules = NULL;
        enum mxs_err err = mxs_rules_create(&rules, rows[i].text, strlen(rows[i].text), "my.tsv", &detail);
        cr_expect_eq(err, MXS_ERR_INPUT, "%s", rows[i].text);
        cr_expect_null(rules);
        cr_expect_eq(detail.line, rows[i].line, "%s: line %u", rows[i].text, (unsigned)detail.line);
        cr_expect_eq(detail.column, rows[i].column, "%s: column %u", rows[i].text, (unsigned)detail.column);
        cr_expect(strstr(detail.text, rows[i].says) && strstr(detail.text, "my.tsv"), "%s: %s", rows[i].text,
                  detail.text);
    }
}

Test(classify_rules, a_nul_byte_and_a_suffix_of_300_characters_are_refused)
{
    struct mxs_detail detail;
    mxs_rules *rules = NULL;
    static const char nul[] = "a.ex\0mple" TAIL;
    cr_expect_eq(mxs_rules_create(&rules, nul, sizeof nul - 1, "my.tsv", &detail), MXS_ERR_INPUT);
    char text[400];
    for (int i = 0; i < 150; i++)
        memcpy(text + 2 * i, "a.", 2);
    strcpy(text + 300, "a" TAIL);
    cr_expect_eq(mxs_rules_create(&rules, text, strlen(text), "my.tsv", &detail), MXS_ERR_INPUT);
    cr_expect_null(rules);
}

static mxs_rules *make(const char *text)
{
    struct mxs_detail detail = {0};
    mxs_rules *rules = NULL;
    cr_assert_eq(mxs_rules_create(&rules, text, strlen(text), "my.tsv", &detail), MXS_OK, "%s", detail.text);
    return rules;
}

static const char *provider(const mxs_rules *rules, const char *host)
{
    static char text[64];
    const struct mxs_rule *rule = mxs_rules_find(rules, mxs_text_of(host));
    snprintf(text, sizeof text, "%.*s", rule == NULL ? 1 : (int)rule->provider.size_bytes,
             rule == NULL ? "-" : rule->provider.data);
    return text;
}

Test(classify_rules, a_byte_order_mark_is_passed_over_and_changes_nothing)
{
    mxs_rules *plain = make("example.net\tbox\tmailbox\n");
    mxs_rules *marked = make("\xef\xbb\xbf" "example.net\tbox\tmailbox\n");
    cr_expect_str_eq(provider(marked, "mx.example.net"), "box");
    cr_expect_str_eq(mxs_rules_digest(marked), mxs_rules_digest(plain));
    mxs_rules_destroy(&plain);
    mxs_rules_destroy(&marked);
}

Test(classify_rules, what_has_no_line_names_none)
{
    struct mxs_detail detail;
    mxs_rules *rules = NULL;
    cr_expect_eq(mxs_rules_create(&rules, "", 0, "my.tsv", &detail), MXS_ERR_INPUT);
    cr_expect_null(strstr(detail.text, "line 0"), "%s", detail.text);
    cr_expect_eq(mxs_rules_create_file(&rules, "", &detail), MXS_ERR_INPUT);
    cr_expect_not_null(strstr(detail.text, "--rules"), "%s", detail.text);
}

Test(classify_rules, the_longest_suffix_wins)
{
    mxs_rules *rules = make("example.net\tshort\tisp\n"
                            "mx.example.net\tlong\tmailbox\ta source\t2026-11-23\r\n"
                            "*.deep.example.net\tbelow\tgateway\n"
                            "*.example.org\tunder\tgateway\n"
                            "example.org\tat\tmailbox\n"
                            "org\ttop\tisp");
    static const char *const rows[][2] = {
        {"example.net", "short"}, {"a.example.net", "short"}, {"mx.example.net", "long"}, {"1.mx.example.net", "long"},
        {"notmx.example.net", "short"}, {"notexample.net", "-"}, {"net", "-"}, {"", "-"},
        {"deep.example.net", "short"}, {"a.deep.example.net", "below"}, {"b.a.deep.example.net", "below"},
        {"example.org", "at"}, {"a.example.org", "under"}, {"other.org", "top"}, {"org", "top"},
        {"a\\.example.net", "-"}, {"a\\.mx.example.net", "short"}, {"a\\\\.mx.example.net", "long"},
        {"\\046.mx.example.net", "long"}, {"\\", "-"}, {".", "-"}, {"..example.net", "short"}, {"example.net.", "-"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_str_eq(provider(rules, rows[i][0]), rows[i][1], "%s", rows[i][0]);
    cr_expect_eq(mxs_rules_count(rules), 6);
    cr_expect_eq(mxs_rules_at(rules, 1)->id, 2);
    cr_expect(mxs_text_equal(mxs_rules_at(rules, 1)->date, MXS_TEXT("2026-11-23")));
    cr_expect(mxs_text_equal(mxs_rules_at(rules, 2)->pattern, MXS_TEXT("*.deep.example.net")));
    mxs_rules_destroy(&rules);
    cr_expect_null(rules);
}

Test(classify_rules, short_forms_and_a_heading)
{
    mxs_rules *rules = make("suffix\tprovider\tkind\n"
                            "three.example\tbox\tisp\n"
                            "five.example\tbox\tmailbox\ta source\t2026-11-23\n"
                            "six.example\tbox\tgateway\tAT\ta source\t2026-11-23\n"
                            "seven.example\tbox\tmailbox\tone\t-\ta source\t-\n");
    cr_assert_eq(mxs_rules_count(rules), 4);
    cr_expect(mxs_text_equal(mxs_rules_at(rules, 0)->source, MXS_TEXT("-")));
    cr_expect(mxs_text_equal(mxs_rules_at(rules, 1)->source, MXS_TEXT("a source")));
    cr_expect(mxs_text_equal(mxs_rules_at(rules, 1)->country, MXS_TEXT("-")));
    cr_expect(mxs_text_equal(mxs_rules_at(rules, 2)->country, MXS_TEXT("AT")));
    cr_expect(mxs_rules_at(rules, 3)->one_mx_host && !mxs_rules_at(rules, 2)->one_mx_host);
    cr_expect_eq(mxs_rules_at(rules, 0)->line, 2);
    mxs_rules_destroy(&rules);
}

Test(classify_rules, the_longest_name_there_is)
{
    mxs_rules *rules = make("example.net\tshort\tisp\n");
    char name[1100] = "";
    for (int i = 0; i < 120; i++)
        strcat(name, "\\255.");
    strcat(name, "example.net");
    cr_expect_str_eq(provider(rules, name), "short");
    for (size_t i = 0; i < 1000; i++)
        name[i] = '.';
    name[1000] = 0;
    cr_expect_str_eq(provider(rules, name), "-");
    mxs_rules_destroy(&rules);
}

Test(classify_rules, the_digest_is_of_the_rules_alone)
{
    mxs_rules *a = make("a.example" TAIL), *b = make("# a comment\r\n\na.example" TAIL), *c = make("b.example" TAIL);
    mxs_rules *d = make("a.example\tbox\tmailbox\tone\tAT\ta source\t2026-11-23\n");
    cr_expect_eq(strlen(mxs_rules_digest(a)), 64);
    cr_expect_eq(strspn(mxs_rules_digest(a), "0123456789abcdef"), 64);
    cr_expect_str_eq(mxs_rules_digest(a), mxs_rules_digest(b));
    cr_expect_str_neq(mxs_rules_digest(a), mxs_rules_digest(c));
    cr_expect_str_neq(mxs_rules_digest(a), mxs_rules_digest(d));
    mxs_rules_destroy(&a);
    mxs_rules_destroy(&b);
    mxs_rules_destroy(&c);
    mxs_rules_destroy(&d);
}

Test(classify_rules, sixty_five_thousand_and_one_too_many)
{
    size_t size = 0;
    char *text = malloc(65536 * 32);
    for (unsigned i = 0; i < 65536; i++)
        size += (size_t)sprintf(text + size, "h%05u.example\tbox\tisp\n", i);
    struct mxs_detail detail;
    mxs_rules *rules = NULL;
    cr_expect_eq(mxs_rules_create(&rules, text, size, "my.tsv", &detail), MXS_ERR_INPUT);
    cr_expect_eq(detail.line, 65536);
    size_t last = size - strlen("h65535.example\tbox\tisp\n");
    cr_assert_eq(mxs_rules_create(&rules, text, last, "my.tsv", &detail), MXS_OK);
    cr_expect_str_eq(provider(rules, "mx.h65534.example"), "box");
    mxs_rules_destroy(&rules);
    free(text);
}

Test(classify_rules, files)
{
    struct mxs_detail detail;
    mxs_rules *rules = NULL;
    cr_expect_eq(mxs_rules_create_file(&rules, "/nonexistent/rules.tsv", &detail), MXS_ERR_INPUT);
    cr_expect(strstr(detail.text, "/nonexistent/rules.tsv") != NULL);
    cr_expect_neq(mxs_rules_create_file(&rules, "/", &detail), MXS_OK);
    cr_expect_null(rules);
    char path[] = "/tmp/mxs-rules-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, "a.example\tbox\tisp\n", 18) == 18);
    close(fd);
    cr_assert_eq(mxs_rules_create_file(&rules, path, &detail), MXS_OK);
    cr_expect_str_eq(provider(rules, "a.example"), "box");
    mxs_rules_destroy(&rules);
    unlink(path);
}

Test(classify_rules, check_refuses_what_is_untidy)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *says;
    } rows[] = {
        {"a.example\tx\tisp\nb.example\tx\tisp\n", 0, ""},
        {"b.example\tx\tisp\na.example\tx\tisp\n", 2, "order"},
        {"a.example\ty\tisp\nb.example\tx\tisp\n", 2, "order"},
        {"example\tx\tisp\nmx.example\tx\tisp\n", 2, "shorter"},
        {"example\tx\tisp\nmx.example\tx\tmailbox\n", 0, ""},
        {"*.example\tx\tisp\nexample\tx\tisp\n", 1, "shorter"},
        {"*.example\tx\tisp\nmx.example\tx\tisp\n", 2, "shorter"},
        {"*.example\tx\tisp\na.mx.example\tx\tisp\n", 2, "shorter"},
        {"a.example\tx\tisp\t-\tAT\ts\t2026-11-23\nb.example\tx\tisp\t-\tDE\ts\t2026-11-23\n", 2, "country"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mxs_detail detail = {0};
        mxs_rules *rules = make(rows[i].text);
        cr_expect_eq(mxs_rules_check(rules, &detail), rows[i].line == 0 ? MXS_OK : MXS_ERR_INPUT, "%s", rows[i].text);
        cr_expect_eq(detail.line, rows[i].line, "%s", rows[i].text);
        cr_expect(strstr(detail.text, rows[i].says) != NULL, "%s", detail.text);
        mxs_rules_destroy(&rules);
    }
}

Test(classify_rules, the_built_in_set_is_tidy_and_large)
{
    struct mxs_detail detail = {0};
    mxs_rules *rules = NULL;
    cr_assert_eq(mxs_rules_create_built_in(&rules, &detail), MXS_OK, "%s", detail.text);
    cr_expect_eq(mxs_rules_check(rules, &detail), MXS_OK, "%s", detail.text);
    unsigned providers = 0;
    for (uint32_t i = 0; i < mxs_rules_count(rules); i++) {
        const struct mxs_rule *rule = mxs_rules_at(rules, i);
        providers += i == 0 || !mxs_text_equal(rule->provider, mxs_rules_at(rules, i - 1)->provider);
        cr_expect(rule->country.size_bytes == 2 && rule->source.size_bytes > 1 && rule->date.size_bytes == 10,
                  "line %u: all seven columns", rule->line);
        cr_expect_eq(mxs_rules_find(rules, rule->pattern), rule, "line %u answers for itself", rule->line);
    }
    cr_expect_geq(mxs_rules_count(rules), 300);
    cr_expect_geq(providers, 200);
    mxs_rules_destroy(&rules);
}

Test(classify_rules, the_names_that_others_rely_on)
{
    static const struct {
        const char *host, *provider;
        enum mxs_kind kind;
        bool one;
    } rows[] = {
        {"aspmx.l.google.com", "google", MXS_KIND_MAILBOX, false},
        {"aspmx2.googlemail.com", "google", MXS_KIND_MAILBOX, false},
        {"smtp.google.com", "google", MXS_KIND_MAILBOX, true},
        {"example-org.mail.protection.outlook.com", "microsoft", MXS_KIND_MAILBOX, true},
        {"example-org.e-v1.mx.microsoft", "microsoft", MXS_KIND_MAILBOX, true},
        {"hotmail-com.olc.protection.outlook.com", "microsoft", MXS_KIND_MAILBOX, true},
        {"mx.zoho.eu", "zoho", MXS_KIND_MAILBOX, false},
        {"mx.yandex.net", "yandex", MXS_KIND_MAILBOX, false},
        {"inbound-smtp.eu-west-1.amazonaws.com", "aws", MXS_KIND_MAILBOX, true},
        {"mx0a-00000000.pphosted.com", "proofpoint", MXS_KIND_GATEWAY, false},
        {"eu-smtp-inbound-1.mimecast.com", "mimecast", MXS_KIND_GATEWAY, false},
        {"d1.a.ess.barracudanetworks.com", "barracuda", MXS_KIND_GATEWAY, false},
        {"mx1.hc1.eu.iphmx.com", "cisco", MXS_KIND_GATEWAY, false},
        {"route1.mx.cloudflare.net", "cloudflare", MXS_KIND_FORWARDER, false},
        {"mailstream-east.mxrecord.io", "cloudflare", MXS_KIND_GATEWAY, false},
        {"mx1.improvmx.com", "improvmx", MXS_KIND_FORWARDER, false},
    };
    struct mxs_detail detail = {0};
    mxs_rules *rules = NULL;
    cr_assert_eq(mxs_rules_create_built_in(&rules, &detail), MXS_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mxs_rule *rule = mxs_rules_find(rules, mxs_text_of(rows[i].host));
        cr_assert_not_null(rule, "%s", rows[i].host);
        cr_expect_str_eq(provider(rules, rows[i].host), rows[i].provider);
        cr_expect(rule->kind == rows[i].kind && rule->one_mx_host == rows[i].one, "%s", rows[i].host);
    }
    cr_expect_str_eq(provider(rules, "ec2-1-2-3-4.compute-1.amazonaws.com"), "-");
    mxs_rules_destroy(&rules);
}
