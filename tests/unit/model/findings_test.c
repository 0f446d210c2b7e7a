#include <criterion/criterion.h>

#include "model/findings.h"

static bool is_sentence(const char *text)
{
    size_t size = strlen(text);
    return size > 10 && size < 200 && text[size - 1] == '.' && strchr(text, '\n') == NULL;
}

Test(classify_findings, the_list_is_closed_and_every_entry_whole)
{
    cr_assert_gt(mxs_findings_count, 0);
    for (unsigned i = 0; i < mxs_findings_count; i++) {
        const struct mxs_finding *f = &mxs_findings[i];
        cr_expect(f->code >= 1 && f->code < MXS_FINDINGS_MAX, "%s: codes are 1 to 127", f->name);
        cr_expect(i == 0 || f->code > mxs_findings[i - 1].code, "%s: in order of code", f->name);
        cr_expect(f->severity <= MXS_CRITICAL);
        cr_expect_eq(strspn(f->name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(f->name), "%s", f->name);
        cr_expect(is_sentence(f->sentence) && is_sentence(f->advice), "%s", f->name);
        for (unsigned k = 0; k < i; k++)
            cr_expect_str_neq(f->name, mxs_findings[k].name);
    }
}

/* It stands for a dead primary and for a dead last MX host: only the first is tried every time. */
Test(classify_findings, nolisting_does_not_say_that_a_dead_last_mx_host_is_tried_every_time)
{
    for (unsigned i = 0; i < mxs_findings_count; i++)
        if (mxs_findings[i].code == MXS_FINDING_NOLISTING)
            cr_expect_not_null(strstr(mxs_findings[i].advice, "a dead last one only when the others fail"));
}

/* Codes are stored: these numbers are in people's databases. */
Test(classify_findings, numbers_never_move)
{
    cr_expect_eq(MXS_FINDING_SINGLE_HOST, 1);
    cr_expect_eq(MXS_FINDING_BACKUP_DEAD, 8);
    cr_expect_eq(MXS_FINDING_TAKEOVER, 13);
    cr_expect_eq(MXS_FINDING_MANY_MX_HOSTS, 27);
}
