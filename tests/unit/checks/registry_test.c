#include <criterion/criterion.h>

#include "scanner/checks/registry.h"

Test(registry, the_bits_that_a_run_knows_by_name_are_those_of_their_words)
{
    static const struct {
        const char *word;
        unsigned bit;
    } known[] = {{"mx", MXS_CHECK_MX},
                 {"host", MXS_CHECK_HOST},
                 {"auth", MXS_CHECK_AUTH},
                 {"transport", MXS_CHECK_TRANSPORT},
                 {"smtp", MXS_CHECK_SMTP}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_expect_eq(mxs_checks_parse_word(mxs_text_of(known[i].word)), known[i].bit, "%s", known[i].word);
}

Test(registry, who_says_all_does_not_connect_to_mail_servers)
{
    cr_expect_eq(mxs_checks_parse_word(MXS_TEXT("all")) & MXS_CHECK_SMTP, 0);
    cr_expect_eq(mxs_checks_parse("mx,host,smtp"), MXS_CHECK_MX | MXS_CHECK_HOST | MXS_CHECK_SMTP);
}
