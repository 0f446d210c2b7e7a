#include <criterion/criterion.h>

#include "scanner/schedule/internal/polite.h"

Test(polite, zero_is_no_limit)
{
    struct mxs_polite polite;
    cr_assert_eq(mxs_polite_init(&polite, 0, 100, NULL), MXS_OK);
    uint32_t counter = mxs_polite_find(&polite, MXS_TEXT("a.example"));
    for (int i = 0; i < 1000; i++)
        mxs_polite_take(&polite, counter);
    cr_expect(mxs_polite_fits(&polite, counter));
    mxs_polite_finish(&polite);
}

Test(polite, holds_per_registrable_domain)
{
    struct mxs_polite polite;
    struct mxs_detail detail;
    mxs_suffixes *suffixes;
    cr_assert_eq(mxs_suffixes_create(&suffixes, NULL, &detail), MXS_OK);
    cr_assert_eq(mxs_polite_init(&polite, 2, 100, suffixes), MXS_OK);
    uint32_t a = mxs_polite_find(&polite, MXS_TEXT("a.example.co.uk"));
    uint32_t b = mxs_polite_find(&polite, MXS_TEXT("b.c.example.co.uk"));
    cr_expect_eq(a, b);
    mxs_polite_take(&polite, a);
    cr_expect(mxs_polite_fits(&polite, b));
    mxs_polite_take(&polite, b);
    cr_expect_not(mxs_polite_fits(&polite, a));
    mxs_polite_put(&polite, b);
    cr_expect(mxs_polite_fits(&polite, a));
    mxs_polite_finish(&polite);
    mxs_suffixes_destroy(&suffixes);
}
