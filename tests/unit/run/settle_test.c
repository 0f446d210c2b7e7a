#include <criterion/criterion.h>

#include "scanner/run/settle.h"

Test(survey_settle, the_sample_is_a_hundredth_and_a_thousand_at_most)
{
    cr_expect_eq(mxs_settle_sample(0), 0);
    cr_expect_eq(mxs_settle_sample(99), 0);
    cr_expect_eq(mxs_settle_sample(100), 1);
    cr_expect_eq(mxs_settle_sample(99999), 999);
    cr_expect_eq(mxs_settle_sample(100000), 1000);
    cr_expect_eq(mxs_settle_sample(30000000), 1000);
}
