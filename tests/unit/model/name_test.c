#include "model/name.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static bool refuses(struct mxs_text text)
{
    uint8_t wire[MXS_NAME_WIRE_MAX], before[MXS_NAME_WIRE_MAX];
    uint32_t size = 77;
    memset(wire, 0xAA, sizeof wire);
    memset(before, 0xAA, sizeof before);
    return mxs_name_to_wire(text, wire, &size) == MXS_ERR_INPUT && size == 77 && memcmp(wire, before, sizeof wire) == 0;
}

Test(name, to_wire_refuses_what_is_not_canonical)
{
    const char *const hostile[] = {".",     "..",        "a.",    ".a",    "a..b",  "A",     "Example.org",
                                   "a b",   "a\tb",      "*",     "\\",    "a\\",   "\\1",   "\\12",
                                   "\\256", "\\999",     "\\097", "\\045", "\\046", "\\092", "\\a",
                                   "\\.b.", "b\xC3\xBC", "a/b",   "\\-12", "\\+12"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        cr_expect(refuses(mxs_text_of(hostile[i])), "%s", hostile[i]);
    cr_expect(refuses((struct mxs_text){"a\0b", 3}));
    cr_expect(refuses((struct mxs_text){"\\00", 3}));
}

Test(name, a_label_of_63_fits_and_one_of_64_does_not)
{
    char label[65];
    memset(label, 'x', sizeof label);
    uint8_t wire[MXS_NAME_WIRE_MAX];
    uint32_t size;
    cr_assert(mxs_name_to_wire((struct mxs_text){label, 63}, wire, &size) == MXS_OK);
    cr_assert_eq(size, 65);
    cr_assert_eq(wire[0], 63);
    cr_expect(refuses((struct mxs_text){label, 64}));
}

Test(name, a_name_of_255_wire_bytes_fits_and_one_of_256_does_not)
{
    char text[300];
    uint8_t wire[MXS_NAME_WIRE_MAX];
    uint32_t size;
    memset(text, 'x', sizeof text);
    text[63] = text[127] = text[191] = '.';
    cr_assert(mxs_name_to_wire((struct mxs_text){text, 253}, wire, &size) == MXS_OK);
    cr_assert_eq(size, 255);
    cr_expect(refuses((struct mxs_text){text, 254}));
    text[253] = '.';
    cr_expect(refuses((struct mxs_text){text, 255}));
    for (int i = 0; i < 300; i++)
        text[i] = i % 2 == 0 ? 'a' : '.';
    cr_assert(mxs_name_to_wire((struct mxs_text){text, 253}, wire, &size) == MXS_OK); /* 127 labels */
    cr_assert_eq(size, 255);
    cr_expect(refuses((struct mxs_text){text, 255}));
}

Test(name, the_root_is_the_empty_text)
{
    char text[MXS_NAME_TEXT_MAX + 1] = "x";
    uint8_t wire[MXS_NAME_WIRE_MAX] = {9};
    uint32_t size = 0;
    cr_assert_eq(mxs_name_from_wire((const uint8_t *)"\0", text), 0);
    cr_assert_str_eq(text, "");
    cr_assert(mxs_name_to_wire(MXS_TEXT(""), wire, &size) == MXS_OK);
    cr_assert_eq(size, 1);
    cr_assert_eq(wire[0], 0);
}

Test(name, from_wire_lowers_and_escapes)
{
    char text[MXS_NAME_TEXT_MAX + 1];
    const struct {
        const char *wire, *text;
    } rows[] = {
        {"\7ExAmPlE\3OrG", "example.org"}, {"\5_dmar\2-x", "_dmar.-x"},
        {"\3a.b\1c", "a\\.b.c"},           {"\2\\.", "\\\\\\."},
        {"\1*\2xx", "\\042.xx"},           {"\4 \t\r\n", "\\032\\009\\013\\010"},
        {"\3\xC3\xBCZ", "\\195\\188z"},    {"\1\"", "\\034"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(mxs_name_from_wire((const uint8_t *)rows[i].wire, text), strlen(rows[i].text));
        cr_expect_str_eq(text, rows[i].text);
    }
}

Test(name, the_longest_text_fits)
{
    uint8_t wire[MXS_NAME_WIRE_MAX];
    char text[MXS_NAME_TEXT_MAX + 1];
    memset(wire, 0xFF, sizeof wire);
    wire[0] = wire[64] = wire[128] = 63;
    wire[192] = 61;
    wire[254] = 0;
    uint32_t size = mxs_name_from_wire(wire, text);
    cr_assert_eq(size, 250 * 4 + 3);
    cr_assert_leq(size, MXS_NAME_TEXT_MAX);
}

Test(name, every_wire_name_survives_the_round_trip)
{
    uint8_t wire[MXS_NAME_WIRE_MAX + 1], back[MXS_NAME_WIRE_MAX];
    char text[MXS_NAME_TEXT_MAX + 1], again[MXS_NAME_TEXT_MAX + 1];
    srand(7);
    for (int round = 0; round < 20000; round++) {
        uint32_t used = 0;
        while (used < 254 && rand() % 6 != 0) {
            uint32_t label = 1 + (uint32_t)rand() % 63;
            if (used + 1 + label > 254)
                break;
            wire[used++] = (uint8_t)label;
            for (; label != 0; label--)
                wire[used++] = (uint8_t)(rand() % 3 == 0 ? rand() : ".\\aZ0_-"[rand() % 7]);
        }
        wire[used++] = 0;
        uint32_t text_size = mxs_name_from_wire(wire, text), size;
        struct mxs_text name = {text, text_size};
        cr_assert(mxs_name_to_wire(name, back, &size) == MXS_OK, "%s", text);
        cr_assert_eq(size, used);
        cr_assert_eq(mxs_name_from_wire(back, again), text_size);
        cr_assert_arr_eq(text, again, text_size);
        uint32_t labels = 0, dots = 0;
        for (const uint8_t *at = wire; *at != 0; at += *at + 1)
            labels++;
        for (struct mxs_text at = name; at.size_bytes != 0; at = mxs_name_parent(at)) {
            cr_assert(mxs_name_within(name, at));
            dots++;
        }
        cr_assert_eq(labels, dots);
    }
}

Test(name, within_goes_by_labels)
{
    cr_expect(mxs_name_within(MXS_TEXT("mx.example.org"), MXS_TEXT("example.org")));
    cr_expect(mxs_name_within(MXS_TEXT("example.org"), MXS_TEXT("example.org")));
    cr_expect(mxs_name_within(MXS_TEXT("example.org"), MXS_TEXT("")));
    cr_expect(mxs_name_within(MXS_TEXT(""), MXS_TEXT("")));
    cr_expect_not(mxs_name_within(MXS_TEXT(""), MXS_TEXT("org")));
    cr_expect_not(mxs_name_within(MXS_TEXT("notexample.org"), MXS_TEXT("example.org")));
    cr_expect_not(mxs_name_within(MXS_TEXT("org"), MXS_TEXT("example.org")));
    cr_expect_not(mxs_name_within(MXS_TEXT("not\\.example.org"), MXS_TEXT("example.org")));
    cr_expect(mxs_name_within(MXS_TEXT("not\\\\.example.org"), MXS_TEXT("example.org")));
    cr_expect_not(mxs_name_within(MXS_TEXT("not\\\\\\.example.org"), MXS_TEXT("example.org")));
}

Test(name, parent_goes_by_labels)
{
    cr_expect(mxs_text_equal(mxs_name_parent(MXS_TEXT("a\\.b.c")), MXS_TEXT("c")));
    cr_expect_eq(mxs_name_parent(MXS_TEXT("c")).size_bytes, 0);
    cr_expect_eq(mxs_name_parent(MXS_TEXT("")).size_bytes, 0);
}

Test(name, a_hostname_has_no_escapes)
{
    cr_expect(mxs_name_is_hostname(MXS_TEXT("_a-b.c0")));
    cr_expect_not(mxs_name_is_hostname(MXS_TEXT("")));
    cr_expect_not(mxs_name_is_hostname(MXS_TEXT("\\042.org")));
    cr_expect_not(mxs_name_is_hostname(MXS_TEXT("a b")));
}
