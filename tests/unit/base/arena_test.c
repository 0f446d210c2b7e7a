#include "base/arena.h"

#include <criterion/criterion.h>

Test(arena, an_impossible_size_is_full_and_full_is_sticky)
{
    struct mxs_arena arena;
    mxs_arena_init(&arena, 4096, 0);
    cr_expect_null(mxs_arena_take(&arena, SIZE_MAX));
    cr_expect(mxs_arena_full(&arena));
    cr_expect_null(mxs_arena_take(&arena, 1));
    mxs_arena_reset(&arena);
    cr_expect_not(mxs_arena_full(&arena));
    cr_expect_not_null(mxs_arena_take(&arena, 1));
    mxs_arena_finish(&arena);
}

Test(arena, a_product_that_overflows_is_full)
{
    struct mxs_arena arena;
    mxs_arena_init(&arena, 4096, 0);
    cr_expect_null(mxs_arena_take_zeroed(&arena, SIZE_MAX / 2, 3));
    cr_expect(mxs_arena_full(&arena));
    mxs_arena_finish(&arena);
}

Test(arena, the_limit_holds)
{
    struct mxs_arena arena;
    mxs_arena_init(&arena, 1024, 4096);
    unsigned taken = 0;
    while (mxs_arena_take(&arena, 512) != NULL)
        taken++;
    cr_expect_eq(taken, 8);
    cr_expect(mxs_arena_full(&arena));
    cr_expect_leq(arena.held_bytes, 4096);
    struct mxs_text text = mxs_arena_text(&arena, MXS_TEXT("abc"));
    cr_expect_null(text.data);
    cr_expect_eq(text.size_bytes, 0);
    mxs_arena_finish(&arena);
}

Test(arena, a_block_over_the_limit_is_refused_at_once)
{
    struct mxs_arena arena;
    mxs_arena_init(&arena, 1024, 4096);
    cr_expect_null(mxs_arena_take(&arena, 5000));
    cr_expect_eq(arena.held_bytes, 0);
    mxs_arena_finish(&arena);
}

Test(arena, memory_is_aligned_and_apart)
{
    struct mxs_arena arena;
    mxs_arena_init(&arena, 256, 0);
    unsigned char *before = NULL;
    for (size_t size = 1; size < 600; size++) {
        unsigned char *memory = mxs_arena_take(&arena, size);
        cr_assert_not_null(memory);
        cr_assert_eq((uintptr_t)memory % _Alignof(max_align_t), 0);
        memset(memory, (int)size, size);
        if (before != NULL)
            cr_assert_eq(before[size - 2], (unsigned char)(size - 1));
        before = memory;
    }
    mxs_arena_finish(&arena);
}

Test(arena, reset_gives_the_same_blocks_again)
{
    struct mxs_arena arena;
    mxs_arena_init(&arena, 1024, 0);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 50; i++)
            cr_assert_not_null(mxs_arena_take(&arena, i % 7 == 0 ? 3000 : 100));
        static size_t held;
        if (round == 0)
            held = arena.held_bytes;
        cr_assert_eq(arena.held_bytes, held);
        mxs_arena_reset(&arena);
    }
    mxs_arena_finish(&arena);
    cr_expect_eq(arena.held_bytes, 0);
}

Test(arena, zeroed_is_zero_after_use)
{
    struct mxs_arena arena;
    mxs_arena_init(&arena, 1024, 0);
    unsigned char *memory = mxs_arena_take(&arena, 1000);
    cr_assert_not_null(memory);
    memset(memory, 0xFF, 1000);
    mxs_arena_reset(&arena);
    memory = mxs_arena_take_zeroed(&arena, 100, 10);
    cr_assert_not_null(memory);
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(memory[i], 0);
    mxs_arena_finish(&arena);
}

Test(arena, what_was_taken_since_a_place_is_taken_again)
{
    struct mxs_arena arena;
    mxs_arena_init(&arena, 64, 64 * 4);
    for (size_t size = 16; size <= 64; size += 16) { /* in the block, and in others behind it */
        struct mxs_arena_place none = mxs_arena_place(&arena);
        char *kept = mxs_arena_take(&arena, 32);
        cr_assert_not_null(kept);
        memset(kept, 'k', 32);
        struct mxs_arena_place place = mxs_arena_place(&arena);
        for (unsigned i = 0; i < 100; i++) {
            char *since = mxs_arena_take(&arena, size);
            cr_assert_not_null(since);
            memset(since, 's', size);
            mxs_arena_reset_to(&arena, place);
        }
        cr_expect_eq(kept[0] + kept[31], 'k' + 'k');
        mxs_arena_reset_to(&arena, none);
    }
    cr_expect_eq(arena.held_bytes, 64 * 2);
    mxs_arena_finish(&arena);
}

Test(arena, a_text_is_copied_and_an_empty_one_is_not_null)
{
    struct mxs_arena arena;
    mxs_arena_init(&arena, 64, 0);
    char source[] = "example.org";
    struct mxs_text copy = mxs_arena_text(&arena, mxs_text_of(source));
    source[0] = 'X';
    cr_expect(mxs_text_equal(copy, MXS_TEXT("example.org")));
    struct mxs_text empty = mxs_arena_text(&arena, (struct mxs_text){NULL, 0});
    cr_expect_not_null(empty.data);
    cr_expect_eq(empty.size_bytes, 0);
    mxs_arena_finish(&arena);
}
