#include <criterion/criterion.h>

#include "scanner/checks/registry.h"
#include "scanner/checks/slot.h"

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

/* --- limits: what is longer would be cut, or left out --- */

enum { PATH_MAX_BYTES = 31, EMPTY_MAX_BYTES = 7 }; /* as struct mxs_policy_member of reports/record keeps them */

Test(registry, there_is_room_for_all_checks)
{
    cr_expect_leq(mxs_checks_count(), MXS_CHECKS_MAX);
    uint32_t options = 0, domain = 0, host = 0;
    const char *last = "";
    for (uint32_t i = 0; i < mxs_checks_count(); i++) {
        const struct mxs_check *check = mxs_checks_at(i);
        options += strcmp(last, check->option) != 0;
        last = check->option;
        *(check->subject == MXS_SUBJECT_HOST ? &host : &domain) += check->column_count;
        for (uint32_t k = 0; k < check->measure_count; k++)
            cr_expect_lt(check->measures[k].id, MXS_MEASURES_MAX, "%s", check->measures[k].name);
    }
    cr_expect_leq(options, MXS_OPTIONS_MAX);
    cr_expect_leq(domain, MXS_POLICY_COLUMNS);
    cr_expect_leq(host, MXS_POLICY_COLUMNS);
}

Test(registry, rows_of_one_option_stand_together)
{
    for (uint32_t i = 1; i < mxs_checks_count(); i++)
        for (uint32_t k = 0; k < i && strcmp(mxs_checks_at(i)->option, mxs_checks_at(i - 1)->option) != 0; k++)
            cr_expect_str_neq(mxs_checks_at(i)->option, mxs_checks_at(k)->option, "%s", mxs_checks_at(i)->name);
}

Test(registry, what_a_column_says_fits)
{
    for (uint32_t i = 0; i < mxs_checks_count(); i++) {
        for (uint32_t k = 0; k < mxs_checks_at(i)->column_count; k++) {
            const struct mxs_check_column *column = &mxs_checks_at(i)->columns[k];
            if (column->path != NULL)
                cr_expect_leq(strlen(column->path), PATH_MAX_BYTES, "%s: %s", column->name, column->path);
            cr_assert_not_null(column->empty, "%s", column->name);
            cr_expect_leq(strlen(column->empty), EMPTY_MAX_BYTES, "%s: %s", column->name, column->empty);
        }
    }
}

/* --- findings: told by name and sentence, so each has its own --- */

static bool is_sentence(const char *text)
{
    size_t size = strlen(text);
    return size > 10 && size < 200 && text[size - 1] == '.' && strchr(text, '\n') == NULL;
}

static const struct mxs_finding *findings_of(uint32_t at, uint32_t *count)
{
    *count = at == 0 ? mxs_findings_count : mxs_checks_at(at - 1)->finding_count;
    return at == 0 ? mxs_findings : mxs_checks_at(at - 1)->findings;
}

Test(registry, no_two_findings_have_one_name)
{
    const char *names[NUMBERS];
    uint32_t known = 0, count;
    for (uint32_t at = 0; at <= mxs_checks_count(); at++) {
        const struct mxs_finding *findings = findings_of(at, &count);
        for (uint32_t i = 0; i < count; i++) {
            for (uint32_t k = 0; k < known; k++)
                cr_expect_str_neq(findings[i].name, names[k]);
            cr_assert_lt(known, NUMBERS);
            names[known++] = findings[i].name;
        }
    }
}

Test(registry, findings_of_checks_are_whole_and_have_the_codes_of_checks)
{
    uint32_t count;
    for (uint32_t at = 1; at <= mxs_checks_count(); at++) {
        const struct mxs_finding *findings = findings_of(at, &count);
        for (const struct mxs_finding *f = findings; f < findings + count; f++) {
            cr_expect(f->code >= 64 && f->code < MXS_FINDINGS_MAX, "%s: codes of checks are 64 to 127", f->name);
            cr_expect_leq(f->severity, MXS_CRITICAL, "%s", f->name);
            cr_expect_eq(strspn(f->name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(f->name), "%s", f->name);
            cr_expect(is_sentence(f->sentence), "%s: %s", f->name, f->sentence);
            cr_expect(is_sentence(f->advice), "%s: %s", f->name, f->advice);
        }
    }
}
