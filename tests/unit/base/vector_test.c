#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/vector.h"

Test(base_vector, ids_of_a_tampered_file_are_found_or_not)
{
    struct mxs_ids ids = {0};
    cr_expect_eq(mxs_ids_find(&ids, 0), UINT32_MAX, "nothing is there");
    cr_assert(mxs_ids_put(&ids, INT64_MIN));
    cr_assert(mxs_ids_put(&ids, -1));
    cr_assert(mxs_ids_put(&ids, INT64_MAX));
    cr_expect_not(mxs_ids_put(&ids, INT64_MAX), "an id twice");
    cr_expect_not(mxs_ids_put(&ids, 3), "an id that does not ascend");
    cr_expect_eq(ids.count, 3);
    cr_expect_eq(mxs_ids_find(&ids, INT64_MIN), 0);
    cr_expect_eq(mxs_ids_find(&ids, -1), 1);
    cr_expect_eq(mxs_ids_find(&ids, INT64_MAX), 2);
    cr_expect_eq(mxs_ids_find(&ids, 0), UINT32_MAX);
    mxs_ids_finish(&ids);
}

Test(base_vector, ids_in_sequence_cost_nothing_and_behind_a_gap_all_are_kept)
{
    struct mxs_ids ids = {0};
    for (int64_t id = 5; id < 1000; id++)
        cr_assert(mxs_ids_put(&ids, id));
    cr_expect_null(ids.list);
    cr_expect_eq(mxs_ids_find(&ids, 4), UINT32_MAX);
    cr_expect_eq(mxs_ids_find(&ids, 999), 994);
    cr_expect_eq(mxs_ids_find(&ids, 1000), UINT32_MAX);
    cr_assert(mxs_ids_put(&ids, 1001));
    for (size_t at = 0; at < 995; at++)
        cr_assert_eq(mxs_ids_at(&ids, at), 5 + (int64_t)at);
    cr_expect_eq(mxs_ids_find(&ids, 1000), UINT32_MAX);
    cr_expect_eq(mxs_ids_find(&ids, 1001), 995);
    mxs_ids_finish(&ids);
}

Test(base_vector, what_nobody_has_written_is_zero)
{
    uint16_t (*list)[2] = NULL;
    size_t capacity = 0;
    cr_assert(mxs_vector_reach(&list, &capacity, 3, sizeof *list));
    list[3][1] = 7;
    cr_assert(mxs_vector_reach(&list, &capacity, 100000, sizeof *list));
    cr_expect_geq(capacity, 100001);
    cr_expect_eq(list[3][1], 7);
    for (size_t at = 4; at < capacity; at++)
        cr_assert(list[at][0] == 0 && list[at][1] == 0);
    free(list);
}

Test(base_vector, arrays_that_grow_together_have_one_capacity)
{
    uint64_t *one = NULL;
    uint8_t *two = NULL;
    size_t capacity = 0;
    const struct mxs_vector_part parts[] = {{&one, sizeof *one}, {&two, sizeof *two}};
    for (size_t at = 0; at < 10000; at++) {
        cr_assert(mxs_vector_reserve_each(parts, 2, &capacity, at));
        one[at] = at;
        two[at] = (uint8_t)at;
    }
    for (size_t at = 0; at < 10000; at++)
        cr_assert(one[at] == at && two[at] == (uint8_t)at);
    free(one);
    free(two);
}
