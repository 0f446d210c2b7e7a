#include "reports/data/diff_verdicts.h"

#include <criterion/criterion.h>

/* "google + zoho behind mimecast", taken apart again. */
Test(data_diff_verdicts, the_providers_of_a_text_come_one_after_the_other)
{
    static const char *const texts[] = {"google + zoho behind mimecast", "google behind mimecast + zoho", "google"};
    static const char *const names[][4] = {
        {"google", "zoho", "mimecast"}, {"google", "mimecast", "zoho"}, {"google"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *rest = texts[i];
        char name[64];
        for (size_t k = 0; names[i][k] != NULL; k++) {
            cr_assert_not_null(rest, "%s: no %s", texts[i], names[i][k]);
            rest = mxs_diff_provider_next(rest, name, sizeof name);
            cr_expect_str_eq(name, names[i][k], "%s", texts[i]);
        }
        cr_expect_null(rest, "%s", texts[i]);
    }
}

/* A whole name, wherever it stands; never a part of one. */
Test(data_diff_verdicts, a_provider_is_found_by_its_whole_name)
{
    static const struct {
        const char *text, *name;
        bool is;
    } rows[] = {
        {"google", "google", true},
        {"google + zoho", "google", true},
        {"google + zoho", "zoho", true},
        {"google behind zoho", "google", true},
        {"google behind zoho", "zoho", true},
        {"zoho + google behind mimecast", "google", true},
        {"org:google + google", "google", true},
        {"google", "goo", false},
        {"google", "gle", false},
        {"org:google", "google", false},
        {"google2 behind zoho", "google", false},
        {"zoho behind google2", "google", false},
        {"zoho + mygoogle", "google", false},
        {"google", "", false},
        {"google", "zoho", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(mxs_diff_provider_is(rows[i].text, rows[i].name), rows[i].is, "%s in %s", rows[i].name,
                     rows[i].text);
}
