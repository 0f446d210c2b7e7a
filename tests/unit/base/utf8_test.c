/* What a stranger wrote, on a terminal. */
#include "base/utf8.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_shown(const char *text, const char *want)
{
    char shown[200];
    size_t size = mxs_utf8_show(shown, sizeof shown, text);
    cr_expect_str_eq(shown, want);
    cr_expect_eq(size, strlen(want));
}

Test(utf8, what_steers_is_shown_whole)
{
    expect_shown("a\033[2Jb\n\x7f", "a\\x1b[2Jb\\x0a\\x7f");
    expect_shown("\xc2\x9b" "31m", "\\xc2\\x9b31m");                        /* CSI, as one code point */
    expect_shown("a\xe2\x80\xae" "b", "a\\xe2\\x80\\xaeb");              /* turns what follows */
    expect_shown("\xd8\x9c\xef\xbb\xbf", "\\xd8\\x9c\\xef\\xbb\\xbf"); /* Arabic letter mark, BOM */
    expect_shown("soft\xc2\xadhyphen", "soft\\xc2\\xadhyphen");
    expect_shown("\xef\xbf\xb9x\xef\xbf\xba", "\\xef\\xbf\\xb9x\\xef\\xbf\\xba"); /* hides an annotation */
    expect_shown("\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81");           /* a tag character */
}

Test(utf8, what_is_text_stays)
{
    expect_shown("Gr\xc3\xbc\xc3\x9f" "e, \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x93\xa7",
                 "Gr\xc3\xbc\xc3\x9f" "e, \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x93\xa7");
    expect_shown("", "");
    expect_shown("\xff\x80", "\xff\x80"); /* no UTF-8: a terminal shows its own mark */
}

Test(utf8, what_does_not_fit_is_cut_between_characters)
{
    char shown[8];
    cr_expect_eq(mxs_utf8_show(shown, sizeof shown, "abcdef\033"), 6u);
    cr_expect_str_eq(shown, "abcdef");
    cr_expect_eq(mxs_utf8_show(shown, sizeof shown, "abcde\xe4\xb8\xad"), 5u);
    cr_expect_str_eq(shown, "abcde");
    cr_expect_eq(mxs_utf8_show(shown, sizeof shown, "abcdefgh"), 7u);
    cr_expect_eq(mxs_utf8_show(shown, 1, "a"), 0u);
    cr_expect_str_eq(shown, "");
}

Test(utf8, each_code_point_takes_its_bytes)
{
    static const struct {
        const char *bytes;
        size_t left;
        uint32_t point;
        size_t took;
    } rows[] = {
        {"a", 1, 'a', 1}, {"\xc3\xbc", 2, 0xfc, 2}, {"\xc3\xbc", 1, 0xfffd, 1}, {"\xe2\x82\xac", 3, 0x20ac, 3},
        {"\xc0\x80", 2, 0xfffd, 1}, {"\xed\xa0\x80", 3, 0xfffd, 1}, {"\xf4\x90\x80\x80", 4, 0xfffd, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t took;
        cr_expect_eq(mxs_utf8_read((const unsigned char *)rows[i].bytes, rows[i].left, &took), rows[i].point, "%zu", i);
        cr_expect_eq(took, rows[i].took, "%zu", i);
    }
}
