#include "scanner/checks/internal/policy_shared.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct mxs_shared shared;
static void open_shared(void) { mxs_shared_init(&shared); }
static void close_shared(void) { mxs_shared_finish(&shared); }
TestSuite(survey_policy_shared, .init = open_shared, .fini = close_shared);

Test(survey_policy_shared, a_text_too_long_is_an_answer_that_cannot_be_read)
{
    char *text = calloc(1, MXS_SHARED_TEXT_MAX + 1);
    struct mxs_text texts[] = {{text, MXS_SHARED_TEXT_MAX + 1}};
    uint32_t id = mxs_shared_find(&shared, MXS_TEXT("a.test"), 16);
    mxs_shared_put(&shared, id, MXS_ANSWERED, 1, texts, 1);
    cr_expect_eq(mxs_shared_at(&shared, id)->outcome, MXS_LIMIT);
    cr_expect_eq(mxs_shared_at(&shared, id)->text_count, 0);
    free(text);
}

Test(survey_policy_shared, a_name_and_a_type_are_one_question)
{
    uint32_t txt = mxs_shared_find(&shared, MXS_TEXT("a.test"), 16), a = mxs_shared_find(&shared, MXS_TEXT("a.test"), 1);
    cr_assert(txt != 0 && a != 0);
    cr_expect_neq(txt, a);
    cr_expect_eq(mxs_shared_find(&shared, MXS_TEXT("a.test"), 16), txt);
    uint16_t type;
    cr_expect(mxs_text_equal(mxs_shared_name(&shared, a, &type), MXS_TEXT("a.test")));
    cr_expect_eq(type, 1);
}

Test(survey_policy_shared, each_is_asked_once_and_what_is_known_never)
{
    uint32_t known = mxs_shared_find(&shared, MXS_TEXT("known.test"), 16);
    mxs_shared_put(&shared, known, MXS_NXDOMAIN, 0, NULL, 0);
    for (int i = 0; i < 3000; i++) {
        char name[32];
        int size = snprintf(name, sizeof name, "n%d.test", i);
        cr_assert_neq(mxs_shared_find(&shared, (struct mxs_text){name, (uint32_t)size}, 16), 0);
    }
    uint32_t asked = 0, id;
    while ((id = mxs_shared_next(&shared)) != 0) {
        cr_expect_neq(id, known);
        asked++;
    }
    cr_expect_eq(asked, 3000);
}

Test(survey_policy_shared, everybody_who_waits_is_told_once)
{
    uint32_t a = mxs_shared_find(&shared, MXS_TEXT("a.test"), 16), b = mxs_shared_find(&shared, MXS_TEXT("b.test"), 16), who;
    uint64_t sum = 0;
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 1; i <= 2000; i++) {
            cr_assert(mxs_shared_wait(&shared, a, i));
            cr_assert(mxs_shared_wait(&shared, b, i + 10000));
        }
        sum = 0;
        while (mxs_shared_take(&shared, a, &who)) {
            cr_expect_leq(who, 2000);
            sum += who;
        }
        cr_expect_eq(sum, 2001000);
        while (mxs_shared_take(&shared, b, &who))
            cr_expect_gt(who, 10000);
    }
    cr_expect_leq(shared.waiter_capacity, 16384, "places are used again");
}

Test(survey_policy_shared, texts_come_back)
{
    struct mxs_text texts[] = {MXS_TEXT("v=spf1 -all"), MXS_TEXT("v=spf1 ~all")};
    uint32_t id = mxs_shared_find(&shared, MXS_TEXT("a.test"), 16);
    mxs_shared_put(&shared, id, MXS_ANSWERED, 5, texts, 2);
    const struct mxs_shared_answer *answer = mxs_shared_at(&shared, id);
    cr_assert_eq(answer->text_count, 2);
    cr_expect_eq(answer->record_count, 5);
    cr_expect(mxs_text_equal(mxs_shared_text(answer, 0), texts[0]));
    cr_expect(mxs_text_equal(mxs_shared_text(answer, 1), texts[1]));
}
