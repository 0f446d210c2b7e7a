#include "scanner/checks/shared.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct mxs_shared shared;
static void open_shared(void) { mxs_shared_init(&shared); }
static void close_shared(void) { mxs_shared_finish(&shared); }
TestSuite(checks_shared, .init = open_shared, .fini = close_shared);

Test(checks_shared, a_text_too_long_is_an_answer_that_cannot_be_read)
{
    char *text = calloc(1, UINT16_MAX + 1);
    struct mxs_text texts[] = {{text, UINT16_MAX + 1}};
    uint32_t id = mxs_shared_find(&shared, 12, MXS_TEXT("a.test"), 16);
    mxs_shared_put(&shared, id, MXS_ANSWERED, 1, texts, 1);
    cr_expect_eq(mxs_shared_at(&shared, id)->outcome, MXS_LIMIT);
    cr_expect_eq(mxs_shared_at(&shared, id)->text_count, 0);
    free(text);
}

Test(checks_shared, a_name_and_a_type_are_one_question)
{
    uint32_t txt = mxs_shared_find(&shared, 12, MXS_TEXT("a.test"), 16),
             a = mxs_shared_find(&shared, 12, MXS_TEXT("a.test"), 1);
    cr_assert(txt != 0 && a != 0);
    cr_expect_neq(txt, a);
    cr_expect_eq(mxs_shared_find(&shared, 12, MXS_TEXT("a.test"), 16), txt);
    cr_expect_neq(mxs_shared_find(&shared, 3, MXS_TEXT("a.test"), 16), txt,
                  "another check looks at other records of it");
    uint16_t type;
    uint8_t ask;
    cr_expect(mxs_text_equal(mxs_shared_name(&shared, a, &ask, &type), MXS_TEXT("a.test")));
    cr_expect_eq(type, 1);
    cr_expect_eq(ask, 12);
}

Test(checks_shared, each_is_asked_once_and_what_is_known_never)
{
    uint32_t known = mxs_shared_find(&shared, 12, MXS_TEXT("known.test"), 16);
    mxs_shared_put(&shared, known, MXS_NXDOMAIN, 0, NULL, 0);
    for (int i = 0; i < 3000; i++) {
        char name[32];
        int size = snprintf(name, sizeof name, "n%d.test", i);
        cr_assert_neq(mxs_shared_find(&shared, 12, (struct mxs_text){name, (uint32_t)size}, 16), 0);
    }
    uint32_t asked = 0, id;
    while ((id = mxs_shared_next(&shared)) != 0) {
        cr_expect_neq(id, known);
        asked++;
    }
    cr_expect_eq(asked, 3000);
}

Test(checks_shared, everybody_who_waits_is_told_once)
{
    uint32_t a = mxs_shared_find(&shared, 12, MXS_TEXT("a.test"), 16),
             b = mxs_shared_find(&shared, 12, MXS_TEXT("b.test"), 16), who;
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

Test(checks_shared, texts_come_back)
{
    struct mxs_text texts[] = {MXS_TEXT("v=spf1 -all"), MXS_TEXT("v=spf1 ~all")};
    uint32_t id = mxs_shared_find(&shared, 12, MXS_TEXT("a.test"), 16);
    mxs_shared_put(&shared, id, MXS_ANSWERED, 5, texts, 2);
    const struct mxs_shared_answer *answer = mxs_shared_at(&shared, id);
    cr_assert_eq(answer->text_count, 2);
    cr_expect_eq(answer->record_count, 5);
    cr_expect(mxs_text_equal(mxs_shared_text(answer, 0), texts[0]));
    cr_expect(mxs_text_equal(mxs_shared_text(answer, 1), texts[1]));
    struct mxs_text again[MXS_SHARED_TEXTS], packed = mxs_shared_pack(answer);
    cr_assert_eq(mxs_shared_unpack(packed, again), 2);
    cr_expect(mxs_text_equal(again[1], texts[1]));
    for (uint32_t size = 0; size < packed.size_bytes; size++)
        cr_expect_leq(mxs_shared_unpack((struct mxs_text){packed.data, size}, again), 1);
}
