#include <criterion/criterion.h>

#include "scanner/smtp/internal/reply.h"

static struct mxs_smtp_reply reply;

static enum mxs_smtp_line put(const char *text)
{
    struct mxs_bytes bytes = {(const uint8_t *)text, (uint32_t)strlen(text)};
    return mxs_smtp_reply_next(&reply, &bytes);
}

static void setup(void) { mxs_smtp_reply_reset(&reply); }
TestSuite(smtp_reply, .init = setup);

Test(smtp_reply, what_is_no_reply_is_refused_as_soon_as_it_shows)
{
    static const char *const wrong[] = {"H",       "1", "6",    "2x",      "25\n", "\r\n", "\n",
                                        "250_x\n", "-", " 220", "2 0 x\n", "25a",  "\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        mxs_smtp_reply_reset(&reply);
        cr_expect_eq(put(wrong[i]), MXS_SMTP_LINE_BAD, "%s", wrong[i]);
        cr_expect_eq(put("220 fine\r\n"), MXS_SMTP_LINE_BAD, "it stays broken: %s", wrong[i]);
    }
}

Test(smtp_reply, a_code_that_changes_within_a_reply_is_refused)
{
    cr_assert_eq(put("250-a\r\n"), MXS_SMTP_LINE_INNER);
    cr_assert_eq(put("251 b\r\n"), MXS_SMTP_LINE_BAD);
}

Test(smtp_reply, a_hundred_lines_and_not_one_more)
{
    for (int i = 0; i < 99; i++)
        cr_assert_eq(put("250-a\r\n"), MXS_SMTP_LINE_INNER);
    cr_assert_eq(put("250-a\r\n"), MXS_SMTP_LINE_INNER);
    cr_assert_eq(put("250 a\r\n"), MXS_SMTP_LINE_LIMIT);
    mxs_smtp_reply_reset(&reply);
    for (int i = 0; i < 99; i++)
        cr_assert_eq(put("250-a\r\n"), MXS_SMTP_LINE_INNER);
    cr_assert_eq(put("250 a\r\n"), MXS_SMTP_LINE_LAST);
}

Test(smtp_reply, bytes_are_counted_over_the_whole_reply)
{
    static char line[MXS_SMTP_REPLY_MAX + 1];
    memset(line, 'x', sizeof line - 1);
    memcpy(line, "250 ", 4);
    struct mxs_bytes bytes = {(const uint8_t *)line, MXS_SMTP_REPLY_MAX};
    cr_assert_eq(mxs_smtp_reply_next(&reply, &bytes), MXS_SMTP_LINE_MORE);
    cr_assert_eq(put("\n"), MXS_SMTP_LINE_LIMIT);
}

Test(smtp_reply, a_long_line_is_cut_and_read)
{
    static char line[5000];
    memset(line, 'x', sizeof line - 1);
    memcpy(line, "250 ", 4);
    cr_assert_eq(put(line), MXS_SMTP_LINE_MORE);
    cr_assert_eq(put("\r\n"), MXS_SMTP_LINE_LAST);
    cr_assert_eq(reply.text.size_bytes, MXS_SMTP_LINE_MAX - 4);
}

Test(smtp_reply, any_pieces_make_the_same_lines)
{
    static const char *const text = "220-one\r\n220 two\n";
    for (const char *at = text; *at != 0; at++) {
        struct mxs_bytes byte = {(const uint8_t *)at, 1};
        enum mxs_smtp_line line = mxs_smtp_reply_next(&reply, &byte);
        if (*at != '\n')
            cr_assert_eq(line, MXS_SMTP_LINE_MORE);
        else if (at[1] != 0)
            cr_assert(line == MXS_SMTP_LINE_INNER && mxs_text_equal(reply.text, MXS_TEXT("one")));
        else
            cr_assert(line == MXS_SMTP_LINE_LAST && mxs_text_equal(reply.text, MXS_TEXT("two")));
    }
    cr_assert_eq(reply.code, 220);
}

Test(smtp_reply, a_code_alone_is_a_last_line)
{
    cr_assert_eq(put("354\r\n"), MXS_SMTP_LINE_LAST);
    cr_assert(reply.code == 354 && reply.text.size_bytes == 0);
}

Test(smtp_reply, what_follows_is_left)
{
    const char *text = "220 a\r\n250 b\r\n";
    struct mxs_bytes bytes = {(const uint8_t *)text, (uint32_t)strlen(text)};
    cr_assert_eq(mxs_smtp_reply_next(&reply, &bytes), MXS_SMTP_LINE_LAST);
    cr_assert_eq(bytes.size_bytes, 7);
}
