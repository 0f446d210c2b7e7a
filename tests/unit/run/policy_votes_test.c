#include <criterion/criterion.h>

#include "scanner/run/internal/policy_votes.h"

/* Contents 1 and 4 are equal, 2, 3 and 9 are not there twice. */
static mxs_store *store;
static struct mxs_detail detail;
static struct mxs_policy_votes votes;

static void open_votes(void)
{
    cr_assert_eq(mxs_store_open(&store, ":memory:", &detail), MXS_OK);
    cr_assert_eq(mxs_store_run(store,
                               "INSERT INTO policy (id, digest, content, unsettled) VALUES"
                               " (1, 100, x'', 0), (2, 200, x'', 0), (3, 300, x'', 0), (4, 100, x'', 0)",
                               &detail),
                 MXS_OK);
    mxs_policy_votes_open(&votes, store);
}

static void close_votes(void)
{
    cr_expect_eq(mxs_policy_votes_finish(&votes, MXS_OK, &detail), MXS_OK);
    mxs_store_close(&store);
}

TestSuite(policy_votes, .init = open_votes, .fini = close_votes);

static void put(uint32_t subject, uint16_t resolver, uint32_t policy, uint8_t pass, enum mxs_outcome outcome)
{
    struct mxs_journal_row row = {
        .subject = subject, .resolver = resolver, .set = policy, .pass = pass, .outcome = (uint8_t)outcome};
    cr_assert(mxs_policy_votes_put(&votes, &row));
}

static void say(uint16_t resolver, uint32_t policy) { put(7, resolver, policy, MXS_PASS_CONFIRM, MXS_ANSWERED); }

static uint32_t decide(uint32_t before)
{
    mxs_policy_votes_sort(&votes);
    return mxs_policy_votes_decide(&votes, 0, before);
}

Test(policy_votes, rows_of_other_passes_and_what_is_not_settled_say_nothing)
{
    put(7, 1, 1, MXS_PASS_FIRST, MXS_ANSWERED);
    put(7, 1, 1, MXS_PASS_SETTLE, MXS_ANSWERED);
    put(7, 1, 1, MXS_PASS_CONFIRM, MXS_TIMEOUT);
    put(7, 1, 0, MXS_PASS_CONFIRM, MXS_ANSWERED);
    cr_expect_eq(votes.count, 0);
}

Test(policy_votes, two_that_agree_decide_in_whatever_order)
{
    say(3, 2);
    say(1, 1);
    say(2, 1);
    cr_expect_eq(decide(9), 1);
    cr_expect_eq(mxs_policy_votes_heard(&votes, 0), 3);
}

Test(policy_votes, one_content_may_have_two_ids)
{
    say(1, 4);
    say(2, 1);
    uint32_t stands = decide(9);
    cr_expect(stands == 1 || stands == 4, "%u", stands);
}

Test(policy_votes, contents_that_are_not_there_are_not_equal)
{
    say(1, 50);
    say(2, 51);
    cr_expect_eq(decide(9), 9);
}

Test(policy_votes, one_resolver_twice_is_one)
{
    say(1, 1);
    say(1, 1);
    cr_expect_eq(mxs_policy_votes_heard(&votes, 0), 1);
    cr_expect_eq(mxs_policy_votes_agreed(&votes, 0), 0);
    cr_expect_eq(decide(9), 1, "nobody else was heard");
}

Test(policy_votes, where_no_two_agree_what_was_settled_stands)
{
    say(1, 1);
    say(2, 2);
    say(3, 3);
    cr_expect_eq(decide(9), 9);
    cr_expect_eq(decide(0), 1, "nothing was");
}

Test(policy_votes, each_subject_by_itself)
{
    put(8, 1, 2, MXS_PASS_CONFIRM, MXS_NODATA);
    say(1, 1);
    put(8, 2, 2, MXS_PASS_CONFIRM, MXS_NODATA);
    mxs_policy_votes_sort(&votes);
    size_t end = mxs_policy_votes_end(&votes, 0);
    cr_expect_eq(end, 1);
    cr_expect_eq(mxs_policy_votes_end(&votes, end), 3);
    cr_expect_eq(mxs_policy_votes_agreed(&votes, end), 2);
}
