#include <criterion/criterion.h>

#include "scanner/run/settings.h"

/* The counts in settings.h stand by hand: a row too many does not compile, nor a mark that lies too low (`db` would
 * replace the row before it); a row too few, or a mark that lies too high, leaves a gap. */
Test(run_settings, the_counts_of_options_are_those_of_the_table)
{
    for (size_t i = 0; i < 1 + MXS_SCAN_OPTION_COUNT; i++)
        cr_expect_not_null(mxs_ask_options[i].name, "row %zu", i);
    cr_expect_str_eq(mxs_scan_options[MXS_ASK_OPTION_COUNT].name, "db");
}
