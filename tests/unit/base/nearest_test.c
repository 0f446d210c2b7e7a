#include <criterion/criterion.h>
#include <string.h>

#include "base/nearest.h"

static const char *nearest_of(const char *word)
{
    static const char *const words[] = {"scan", "report", "resolver", "resolvers", "resolver-rate", "rate", "timeout"};
    struct mxs_nearest nearest;
    mxs_nearest_init(&nearest, word);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        mxs_nearest_put(&nearest, words[i]);
    return mxs_nearest_take(&nearest);
}

Test(options_nearest, a_word_too_long_has_no_neighbour)
{
    char word[4096];
    memset(word, 'r', sizeof word - 1);
    word[sizeof word - 1] = 0;
    cr_assert_null(nearest_of(word));
    cr_assert_eq(mxs_nearest_distance(word, "r"), MXS_NEAREST_MAX + 1);
}

Test(options_nearest, an_empty_word_has_no_neighbour) { cr_assert_null(nearest_of("")); }

Test(options_nearest, bytes_that_are_no_text_have_no_neighbour) { cr_assert_null(nearest_of("\xff\xfe\x01\x1b[0m")); }

Test(options_nearest, nothing_put_is_nothing_found)
{
    struct mxs_nearest nearest;
    mxs_nearest_init(&nearest, "scan");
    cr_assert_null(mxs_nearest_take(&nearest));
}

Test(options_nearest, a_wrong_hint_is_worse_than_silence)
{
    cr_assert_null(nearest_of("xylophone"));
    cr_assert_null(nearest_of("ab"));
}

Test(options_nearest, swapped_missing_doubled_and_replaced_letters_are_one_edit)
{
    cr_assert_eq(mxs_nearest_distance("rersolver", "resolver"), 1);
    cr_assert_eq(mxs_nearest_distance("resovler", "resolver"), 1);
    cr_assert_eq(mxs_nearest_distance("resoler", "resolver"), 1);
    cr_assert_eq(mxs_nearest_distance("resolwer", "resolver"), 1);
    cr_assert_eq(mxs_nearest_distance("same", "same"), 0);
    cr_assert_eq(mxs_nearest_distance("", "abc"), 3);
}

Test(options_nearest, finds_what_was_meant)
{
    cr_assert_str_eq(nearest_of("resovler"), "resolver");
    cr_assert_str_eq(nearest_of("resolvers-rate"), "resolver-rate");
    cr_assert_str_eq(nearest_of("sacn"), "scan");
    cr_assert_str_eq(nearest_of("reprot"), "report");
    cr_assert_str_eq(nearest_of("timeuot"), "timeout");
}

Test(options_nearest, a_word_begun_finds_its_whole) { cr_assert_str_eq(nearest_of("resol"), "resolver"); }
