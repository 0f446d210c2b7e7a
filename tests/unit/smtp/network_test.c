#include <criterion/criterion.h>

#include <stdio.h>

#include "scanner/smtp/internal/network.h"

static struct mxs_smtp_network network;

static void setup(void) { mxs_smtp_network_init(&network); }
TestSuite(smtp_network, .init = setup);

static void silent(uint32_t id)
{
    mxs_smtp_network_begin(&network, id);
    mxs_smtp_network_put(&network, id, id, false, (struct mxs_text){NULL, 0}, false);
}

static void greets(uint32_t id, const char *banner, bool masked)
{
    mxs_smtp_network_begin(&network, id);
    mxs_smtp_network_put(&network, id, id, true, mxs_text_of(banner), masked);
}

static void greets_by_name(uint32_t id)
{
    char banner[] = "aa.example.net ESMTP";
    banner[0] = (char)('a' + id % 26);
    banner[1] = (char)('a' + id / 26);
    greets(id, banner, false);
}

static enum mxs_smtp_network_word word(void) { return mxs_smtp_network_find(&network); }

Test(smtp_network, forty_five_of_the_first_fifty_that_fail_are_a_blocked_port)
{
    for (uint32_t i = 0; i < 5; i++)
        greets_by_name(i);
    for (uint32_t i = 5; i < 49; i++)
        silent(i);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_UNDECIDED);
    silent(49);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_BLOCKED);
}

Test(smtp_network, six_that_answer_are_enough_to_believe_the_silence_of_others)
{
    for (uint32_t i = 0; i < 44; i++)
        silent(i);
    for (uint32_t i = 50; i < 55; i++)
        greets_by_name(i);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_UNDECIDED);
    greets_by_name(60);
    silent(61);
    cr_assert_neq(word(), MXS_SMTP_NETWORK_BLOCKED);
    mxs_smtp_network_finish(&network);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_OPEN);
}

Test(smtp_network, who_refuses_at_once_is_not_ahead_of_who_greets_late)
{
    for (uint32_t i = 0; i < 50; i++)
        mxs_smtp_network_begin(&network, i);
    for (uint32_t i = 6; i < 200; i++)
        silent(i);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_UNDECIDED, "six of the first fifty are not over");
    for (uint32_t i = 0; i < 5; i++)
        greets_by_name(i);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_UNDECIDED);
    greets_by_name(5);
    mxs_smtp_network_finish(&network);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_OPEN);
    setup();
    for (uint32_t i = 0; i < 50; i++)
        mxs_smtp_network_begin(&network, i);
    for (uint32_t i = 0; i < 50; i++)
        silent(i);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_BLOCKED);
}

Test(smtp_network, one_network_counts_once)
{
    for (uint32_t i = 0; i < 500; i++)
        silent(i % 2);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_UNDECIDED);
    mxs_smtp_network_finish(&network);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_OPEN, "two are too few");
}

Test(smtp_network, a_short_list_is_judged_when_it_ends)
{
    for (uint32_t i = 0; i < 3; i++)
        silent(i);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_UNDECIDED);
    mxs_smtp_network_finish(&network);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_BLOCKED);
}

Test(smtp_network, one_answer_among_nine_is_no_blocked_port)
{
    for (uint32_t i = 0; i < 8; i++)
        silent(i);
    greets_by_name(9);
    mxs_smtp_network_finish(&network);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_OPEN);
}

Test(smtp_network, one_banner_for_nine_in_ten_is_a_box)
{
    for (uint32_t i = 0; i < 50; i++) {
        char banner[32];
        snprintf(banner, sizeof banner, "relay %u ready", i);
        if (i % 10 == 3)
            greets_by_name(i);
        else
            greets(i, banner, false);
    }
    cr_assert_eq(word(), MXS_SMTP_NETWORK_MIDDLEBOX);
}

Test(smtp_network, forty_four_alike_are_none)
{
    for (uint32_t i = 0; i < 50; i++) {
        if (i < 6)
            greets_by_name(i);
        else
            greets(i, "ESMTP", false);
    }
    cr_assert_eq(word(), MXS_SMTP_NETWORK_OPEN);
}

Test(smtp_network, masked_words_everywhere_are_a_box)
{
    for (uint32_t i = 0; i < 50; i++) {
        char banner[] = "aa.example.net";
        banner[0] = (char)('a' + i % 26);
        banner[1] = (char)('a' + i / 26);
        greets(i, banner, true);
    }
    cr_assert_eq(word(), MXS_SMTP_NETWORK_MIDDLEBOX);
}

Test(smtp_network, the_servers_of_one_provider_may_greet_alike)
{
    for (uint32_t i = 0; i < 200; i++)
        mxs_smtp_network_put(&network, i, 7, true, MXS_TEXT("mx ESMTP"), false);
    mxs_smtp_network_finish(&network);
    cr_assert_eq(word(), MXS_SMTP_NETWORK_OPEN);
}
