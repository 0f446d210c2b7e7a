#include <criterion/criterion.h>

#include "scanner/smtp/internal/about.h"
#include "scanner/smtp/internal/dialogue.h"

#define HELO "probe.example.net"

static struct mxs_smtp_dialogue dialogue;
static const struct mxs_address server = {.family = 4, .bytes = {20, 1, 1, 1}};

static enum mxs_smtp_step event(enum mxs_smtp_event at) { return mxs_smtp_dialogue_put_event(&dialogue, at); }

static enum mxs_smtp_step hear(const char *text)
{
    return mxs_smtp_dialogue_put(&dialogue, (struct mxs_bytes){(const uint8_t *)text, (uint32_t)strlen(text)});
}

static bool sent(const char *text)
{
    return dialogue.send_bytes == strlen(text) && memcmp(dialogue.send, text, dialogue.send_bytes) == 0;
}

static void setup(void)
{
    mxs_smtp_dialogue_init(&dialogue, HELO, 60000, &server);
    cr_assert_eq(event(MXS_SMTP_CONNECTED), MXS_SMTP_WAIT);
}
TestSuite(smtp_dialogue, .init = setup);

static void greet(const char *ehlo)
{
    cr_assert_eq(hear("220 mx ESMTP\r\n"), MXS_SMTP_SEND);
    cr_assert(sent("EHLO " HELO "\r\n"));
    (void)!hear(ehlo);
}

Test(smtp_dialogue, after_4xx_nothing_is_said_of_starttls)
{
    static const char *const busy[] = {"421 later\r\n", "450 later\r\n", "421-later\r\n421 still later\r\n"};
    for (size_t i = 0; i < 2 * sizeof busy / sizeof *busy; i++) {
        setup();
        if (i % 2 == 0) {
            cr_assert_eq(hear(busy[i / 2]), MXS_SMTP_SEND);
        } else {
            greet("");
            cr_assert_eq(hear(busy[i / 2]), MXS_SMTP_SEND);
        }
        cr_expect(sent("QUIT\r\n"));
        cr_expect_eq(dialogue.outcome, MXS_SMTP_BUSY);
        cr_expect_eq(dialogue.starttls, MXS_SMTP_STARTTLS_UNKNOWN);
        cr_expect_eq(hear("221 bye\r\n"), MXS_SMTP_CLOSE);
    }
}

Test(smtp_dialogue, an_answer_to_ehlo_that_is_not_whole_proves_no_absence)
{
    static const enum mxs_smtp_event ends[] = {MXS_SMTP_CLOSED, MXS_SMTP_LATE};
    static const enum mxs_smtp_outcome outcomes[] = {MXS_SMTP_PROTOCOL, MXS_SMTP_TIMEOUT};
    for (int i = 0; i < 2; i++) {
        setup();
        greet("250-mx\r\n250-SIZE\r\n");
        (void)!event(ends[i]);
        cr_expect_eq(dialogue.outcome, outcomes[i]);
        cr_expect_eq(dialogue.starttls, MXS_SMTP_STARTTLS_UNKNOWN);
    }
}

Test(smtp_dialogue, absence_is_a_whole_answer_without_the_word)
{
    greet("250-mx\r\n250-STARTTLSX\r\n250-XSTARTTLS\r\n250 SIZE STARTTLS\r\n");
    cr_expect_eq(dialogue.outcome, MXS_SMTP_READY);
    cr_expect_eq(dialogue.starttls, MXS_SMTP_STARTTLS_ABSENT);
    cr_expect(sent("QUIT\r\n"));
    setup();
    greet("250 STARTTLS is the name of this host\r\n");
    cr_expect_eq(dialogue.starttls, MXS_SMTP_STARTTLS_ABSENT);
}

Test(smtp_dialogue, the_word_counts_in_any_letters_and_with_parameters)
{
    greet("250-mx\r\n250 starttls required\r\n");
    cr_assert(sent("STARTTLS\r\n"));
    cr_assert_eq(hear("220 go\r\n"), MXS_SMTP_HANDSHAKE);
    cr_assert(!dialogue.injected);
    cr_assert_eq(event(MXS_SMTP_SECURED), MXS_SMTP_SEND);
    cr_assert(sent("EHLO " HELO "\r\n"));
    cr_assert_eq(hear("250 mx\r\n"), MXS_SMTP_SEND);
    cr_assert(sent("QUIT\r\n"));
    cr_assert_eq(dialogue.starttls, MXS_SMTP_STARTTLS_OFFERED);
    cr_assert(dialogue.tls_settled);
}

Test(smtp_dialogue, plaintext_behind_starttls_is_told)
{
    greet("250-mx\r\n250 STARTTLS\r\n");
    cr_assert_eq(hear("220 go\r\n250 mx\r\n"), MXS_SMTP_HANDSHAKE);
    cr_assert(dialogue.injected);
}

Test(smtp_dialogue, a_failure_after_the_greeting_takes_nothing_back)
{
    greet("250-mx\r\n250 STARTTLS\r\n");
    cr_assert_eq(hear("454 not now\r\n"), MXS_SMTP_SEND);
    cr_expect_eq(dialogue.outcome, MXS_SMTP_READY);
    cr_expect_eq(dialogue.starttls, MXS_SMTP_STARTTLS_OFFERED);
    cr_expect(!dialogue.tls_settled);
    setup();
    greet("250-mx\r\n250 STARTTLS\r\n");
    cr_assert_eq(hear("rubbish\r\n"), MXS_SMTP_SEND);
    cr_expect_eq(dialogue.outcome, MXS_SMTP_READY);
    cr_expect_str_eq(dialogue.tls_failure, "not SMTP");
}

Test(smtp_dialogue, a_server_without_ehlo_is_greeted_as_a_sender_would)
{
    static const char *const refusals[] = {"500 what\r\n", "501 what\r\n", "502 unknown\r\n",
                                           "550-no\r\n550 no\r\n", "555 no\r\n"};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        setup();
        greet("");
        cr_assert_eq(hear(refusals[i]), MXS_SMTP_SEND);
        cr_assert(sent("HELO " HELO "\r\n"), "%s", refusals[i]);
        cr_assert_eq(hear("250 hello\r\n"), MXS_SMTP_SEND);
        cr_assert(sent("QUIT\r\n"));
        cr_assert_eq(dialogue.outcome, MXS_SMTP_READY);
        cr_assert_eq(dialogue.starttls, MXS_SMTP_STARTTLS_UNKNOWN);
    }
}

Test(smtp_dialogue, an_answer_to_ehlo_that_is_damaged_or_not_ours_proves_no_absence)
{
    static const char *const answers[] = {"250-mx\r\n250 \x01STARTTLS\r\n", "250-mx\r\n250 SIZE\r250 STARTTLS\r\n",
                                          "250-mx\r\n250 \xffX\r\n", "250 mx\r\n250 STARTTLS\r\n"};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        setup();
        greet(answers[i]);
        cr_expect_eq(dialogue.outcome, MXS_SMTP_READY, "%zu", i);
        cr_expect_eq(dialogue.starttls, MXS_SMTP_STARTTLS_UNKNOWN, "%zu", i);
    }
    setup();
    greet("250 hello\r\n");
    cr_expect_eq(dialogue.starttls, MXS_SMTP_STARTTLS_ABSENT);
    cr_expect_eq(hear("250-mx\r\n250 STARTTLS\r\n"), MXS_SMTP_CLOSE, "what came was not the answer");
    cr_expect_eq(dialogue.starttls, MXS_SMTP_STARTTLS_UNKNOWN);
}

Test(smtp_dialogue, masked_keywords_prove_nothing)
{
    greet("250-mx\r\n250-SIZE\r\n250 XXXXXXXA\r\n");
    cr_assert(dialogue.masked);
    cr_assert_eq(dialogue.starttls, MXS_SMTP_STARTTLS_UNKNOWN);
}

Test(smtp_dialogue, nothing_is_said_before_the_banner)
{
    cr_assert_eq(hear("220-wait\r\n"), MXS_SMTP_WAIT);
    cr_assert_eq(hear("220-wait\r\n220 go"), MXS_SMTP_WAIT);
    cr_assert_eq(hear("\r\n"), MXS_SMTP_SEND);
    cr_assert_str_eq(dialogue.banner, "wait");
}

Test(smtp_dialogue, time_that_is_over_ends_with_quit)
{
    cr_assert_eq(event(MXS_SMTP_LATE), MXS_SMTP_FAREWELL);
    cr_assert(sent("QUIT\r\n"));
    cr_assert_eq(dialogue.outcome, MXS_SMTP_TIMEOUT);
    cr_assert(!dialogue.heard);
}

Test(smtp_dialogue, in_the_middle_of_tls_there_is_no_way_to_say_it)
{
    greet("250-mx\r\n250 STARTTLS\r\n");
    cr_assert_eq(hear("220 go\r\n"), MXS_SMTP_HANDSHAKE);
    cr_assert_eq(event(MXS_SMTP_LATE), MXS_SMTP_CLOSE);
    cr_assert_str_eq(dialogue.tls_failure, "timeout");
    cr_assert_eq(dialogue.starttls, MXS_SMTP_STARTTLS_OFFERED);
}

Test(smtp_dialogue, a_5xx_about_us_is_no_word_about_the_server)
{
    static const struct {
        const char *reply;
        enum mxs_smtp_outcome outcome;
    } said[] = {
        {"554 no SMTP service here\r\n", MXS_SMTP_REJECTING},
        {"521 5.3.2 mx does not accept mail\r\n", MXS_SMTP_REJECTING},
        {"550 20.1.1.1 is closed\r\n", MXS_SMTP_REJECTING},
        {"554 5.7.1 no\r\n", MXS_SMTP_BUSY},
        {"554 client [20.9.9.9] no\r\n", MXS_SMTP_BUSY},
        {"554 client 2a0a::9. no\r\n", MXS_SMTP_BUSY},
        {"554-no\r\n554 see the Blocklist\r\n", MXS_SMTP_BUSY},
        {"550 " HELO "?\r\n", MXS_SMTP_BUSY},
        {"501 bad\r\n", MXS_SMTP_BUSY},
        {"554 busy, try again later\r\n", MXS_SMTP_BUSY},
        {"550 4.3.2 not now\r\n", MXS_SMTP_BUSY},
        {"550 4321 messages\r\n", MXS_SMTP_REJECTING},
        {"354 go on\r\n", MXS_SMTP_PROTOCOL},
        {"250 hello\r\n", MXS_SMTP_PROTOCOL},
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        setup();
        cr_expect_eq(hear(said[i].reply), MXS_SMTP_SEND, "%s", said[i].reply);
        cr_expect_eq(dialogue.outcome, said[i].outcome, "%s", said[i].reply);
        cr_expect_neq(dialogue.said[0], 0);
    }
}

Test(smtp_dialogue, the_name_a_banner_begins_with)
{
    static const struct {
        const char *banner, *name;
    } cases[] = {{"", ""},
                 {" ", ""},
                 {".", ""},
                 {"..", ""},
                 {"mx", ""},
                 {"mx. ESMTP", ""},
                 {".mx.example.net", ""},
                 {"mx..example.net", ""},
                 {"20.1.1.1 ESMTP", ""},
                 {"[20.1.1.1] ESMTP", ""},
                 {"mx.example.net\\x01 hello", ""},
                 {"<b>.example.net", ""},
                 {"hello mx.example.net", ""},
                 {"mx.example.net", "mx.example.net"},
                 {"MX.Example.NET. ESMTP Postfix", "mx.example.net"},
                 {"mx_1-a.example.net ESMTP", "mx_1-a.example.net"}};
    char name[MXS_SMTP_NAME_SIZE], longest[400];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mxs_smtp_dialogue_banner_name(cases[i].banner, name);
        cr_expect_str_eq(name, cases[i].name, "%s", cases[i].banner);
    }
    memset(longest, 'a', sizeof longest - 1);
    longest[5] = '.';
    longest[sizeof longest - 1] = 0;
    mxs_smtp_dialogue_banner_name(longest, name);
    cr_expect_str_eq(name, "");
    longest[MXS_SMTP_NAME_SIZE - 1] = ' ';
    mxs_smtp_dialogue_banner_name(longest, name);
    cr_expect_eq(strlen(name), MXS_SMTP_NAME_SIZE - 1);
}

Test(smtp_dialogue, what_a_server_says_is_kept_printable)
{
    cr_assert_eq(hear("220 \x1b[2Jmx\xff\x01 caf\xc3\xa9\r\n"), MXS_SMTP_SEND);
    cr_assert_str_eq(dialogue.banner, "\\x1b[2Jmx\\xff\\x01 caf\\xc3\\xa9");
    char small[6];
    mxs_smtp_dialogue_text(MXS_TEXT("ab\x01\x02"), small, sizeof small);
    cr_assert_str_eq(small, "ab", "never half an escape");
}
