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

/* --- numbers: they stand in databases, and a second check with one of them would overwrite the first --- */

enum { NUMBERS = 256 };
static const char *taken[NUMBERS];

static void take(const char *what, unsigned number, const char *name)
{
    cr_assert_lt(number, NUMBERS, "%s: %s has number %u", name, what, number);
    cr_expect_null(taken[number], "%s and %s both have the %s %u", taken[number], name, what, number);
    taken[number] = name;
}

Test(registry, no_two_checks_have_one_number)
{
    for (uint32_t i = 0; i < mxs_checks_count(); i++)
        take("id", mxs_checks_at(i)->id, mxs_checks_at(i)->name);
}

Test(registry, no_two_checks_have_one_kind_of_entry)
{
    for (uint32_t i = 0; i < mxs_checks_count(); i++)
        for (unsigned ask = 0; ask < MXS_ASK_COUNT; ask++)
            if (mxs_checks_at(i)->asks >> ask & 1)
                take("kind of entry", ask, mxs_checks_at(i)->name);
}

Test(registry, no_two_findings_have_one_code)
{
    for (uint32_t i = 0; i < mxs_findings_count; i++)
        take("code", mxs_findings[i].code, mxs_findings[i].name);
    for (uint32_t i = 0; i < mxs_checks_count(); i++)
        for (uint32_t k = 0; k < mxs_checks_at(i)->finding_count; k++)
            take("code", mxs_checks_at(i)->findings[k].code, mxs_checks_at(i)->findings[k].name);
}

Test(registry, no_two_measures_have_one_number)
{
    for (uint32_t i = 0; i < mxs_checks_count(); i++)
        for (uint32_t k = 0; k < mxs_checks_at(i)->measure_count; k++)
            take("measure", mxs_checks_at(i)->measures[k].id, mxs_checks_at(i)->measures[k].name);
}

Test(registry, no_two_columns_have_one_number)
{
    for (uint32_t i = 0; i < mxs_checks_count(); i++)
        for (uint32_t k = 0; k < mxs_checks_at(i)->column_count; k++)
            take("column", mxs_checks_at(i)->columns[k].id, mxs_checks_at(i)->columns[k].name);
}
