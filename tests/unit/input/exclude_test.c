#include "scanner/input/exclude.h"

#include <criterion/criterion.h>

#include "model/address.h"

#include "tests/unit/input/files.h"

static mxs_exclude *set_of(const char *text, struct mxs_detail *detail, enum mxs_err want)
{
    char path[PATH_SIZE];
    mxs_exclude *set = NULL;
    file_of(path, text, strlen(text));
    cr_expect_eq(mxs_exclude_create_file(&set, path, detail), want, "%s", detail->text);
    unlink(path);
    return set;
}

Test(exclude, a_line_that_is_no_name_is_a_failure)
{
    struct mxs_detail detail = {0};
    cr_expect_null(set_of("a.example\n192.0.2.0/33\n", &detail, MXS_ERR_INPUT));
    cr_expect_eq(detail.line, 2);
    cr_expect(strstr(detail.text, "line 2") != NULL);
    static const char *const wrong[] = {"192.0.2.0/\n", "192.0.2.0/2x\n", "2001:db8::/129\n", "192.0.2.0/-1\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_null(set_of(wrong[i], &detail, MXS_ERR_INPUT), "%s", wrong[i]);
    cr_expect_null(set_of("*.*.a\n", &detail, MXS_ERR_INPUT));
    cr_expect_null(set_of("..a\n", &detail, MXS_ERR_INPUT));
    cr_expect_null(set_of("*.\n", &detail, MXS_ERR_INPUT));
    mxs_exclude *set = NULL;
    cr_expect_eq(mxs_exclude_create_file(&set, "/nonexistent/x", &detail), MXS_ERR_INPUT);
    cr_expect_null(set);
}

Test(exclude, nothing_holds_nothing)
{
    struct mxs_detail detail;
    mxs_exclude *set = set_of("# nobody\n", &detail, MXS_OK);
    cr_expect_not(mxs_exclude_holds(set, MXS_TEXT("a.example")));
    cr_expect_not(mxs_exclude_holds(set, MXS_TEXT("")));
    cr_expect_not(mxs_exclude_holds(NULL, MXS_TEXT("a.example")));
    mxs_exclude_destroy(&set);
    mxs_exclude_destroy(&set);
}

Test(exclude, holds_addresses_and_what_lies_in_prefixes)
{
    struct mxs_detail detail;
    mxs_exclude *set =
        set_of("192.0.2.1\n198.51.100.0/23\n2001:db8::/33\n203.0.113.9/32\na.example\n", &detail, MXS_OK);
    static const struct {
        const char *address;
        bool held;
    } cases[] = {{"192.0.2.1", true},     {"192.0.2.2", false},       {"198.51.101.255", true},
                 {"198.51.102.0", false}, {"2001:db8:7fff::1", true}, {"2001:db8:8000::1", false},
                 {"203.0.113.9", true},   {"203.0.113.8", false}};
    cr_expect_eq(mxs_exclude_count(set), 5);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mxs_address address;
        cr_assert(mxs_address_parse(mxs_text_of(cases[i].address), &address));
        cr_expect_eq(mxs_exclude_holds_address(set, &address), cases[i].held, "%s", cases[i].address);
    }
    cr_expect(mxs_exclude_holds(set, MXS_TEXT("a.example")));
    mxs_exclude_destroy(&set);
    set = set_of("0.0.0.0/0\n", &detail, MXS_OK);
    struct mxs_address any = {.family = 4, .bytes = {20, 1, 1, 1}}, six = {.family = 6};
    cr_expect(mxs_exclude_holds_address(set, &any) && !mxs_exclude_holds_address(set, &six) &&
              !mxs_exclude_holds_address(NULL, &any));
    mxs_exclude_destroy(&set);
}

Test(exclude, holds_a_name_and_what_lies_below)
{
    struct mxs_detail detail;
    mxs_exclude *set = set_of("A.example\n*.star.example\n .dot.example\nmil\nb\xC3\xBC.example\n", &detail, MXS_OK);
    cr_expect_eq(mxs_exclude_count(set), 5);
    const char *const in[] = {"a.example",        "x.a.example", "x\\.y.a.example", "star.example",
                              "q.star.example",   "dot.example", "army.mil",        "mil",
                              "xn--b-eha.example"};
    const char *const out[] = {"example", "ba.example", "x\\.a.example", "a.example.org", "", "milx"};
    for (size_t i = 0; i < sizeof in / sizeof in[0]; i++)
        cr_expect(mxs_exclude_holds(set, mxs_text_of(in[i])), "%s", in[i]);
    for (size_t i = 0; i < sizeof out / sizeof out[0]; i++)
        cr_expect_not(mxs_exclude_holds(set, mxs_text_of(out[i])), "%s", out[i]);
    mxs_exclude_destroy(&set);
}
