#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdint.h>
#include <string.h>

#include "scanner/resolve/internal/cares_memory.h"

Test(resolve_cares_memory, what_no_machine_has_is_refused)
{
    cr_expect(mxs_cares_take(SIZE_MAX) == NULL);
    void *small = mxs_cares_take(8);
    memcpy(small, "1234567", 8);
    cr_expect(mxs_cares_resize(small, SIZE_MAX - 8) == NULL);
    cr_expect(memcmp(small, "1234567", 8) == 0, "a refused resize leaves the block");
    mxs_cares_put(small);
    mxs_cares_put(NULL);
}

Test(resolve_cares_memory, blocks_in_use_never_overlap)
{
    enum { BLOCKS = 400 };
    unsigned char *blocks[BLOCKS];
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < BLOCKS; i++) {
            size_t size = i * 7 % 700;
            blocks[i] = mxs_cares_take(size);
            cr_assert(blocks[i] != NULL && (uintptr_t)blocks[i] % 16 == 0);
            memset(blocks[i], (int)(i % 251), size);
        }
        for (size_t i = 0; i < BLOCKS; i++) {
            for (size_t at = 0; at < i * 7 % 700; at++)
                cr_assert_eq(blocks[i][at], i % 251);
            mxs_cares_put(blocks[i]);
        }
    }
}

Test(resolve_cares_memory, a_block_given_back_is_taken_again)
{
    void *first = mxs_cares_take(200);
    mxs_cares_put(first);
    cr_expect(mxs_cares_take(193) == first, "the same class");
    void *second = mxs_cares_take(193);
    cr_expect(second != first);
    mxs_cares_put(first);
    mxs_cares_put(second);
}

Test(resolve_cares_memory, resizing_keeps_what_is_in_a_block)
{
    char *text = mxs_cares_resize(NULL, 6);
    memcpy(text, "hello", 6);
    for (size_t size = 7; size < 5000; size *= 2) {
        text = mxs_cares_resize(text, size);
        cr_assert(text != NULL);
        cr_expect_str_eq(text, "hello");
    }
    mxs_cares_put(text);
}
