#include "scanner/input/digest.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void digest_of(const char *const *names, size_t count, char out[MXS_DIGEST_TEXT_SIZE])
{
    struct mxs_digest digest;
    mxs_digest_init(&digest);
    for (size_t i = 0; i < count; i++)
        mxs_digest_put(&digest, mxs_text_of(names[i]));
    mxs_digest_text(&digest, out);
}

Test(digest, tells_order_and_borders_apart)
{
    const char *const lists[][2] = {{"a", "b"}, {"b", "a"}, {"ab", ""}, {"", "ab"}, {"a", "a"}, {"b", "b"}};
    char seen[6][MXS_DIGEST_TEXT_SIZE];
    for (size_t i = 0; i < 6; i++) {
        digest_of(lists[i], 2, seen[i]);
        cr_expect_eq(strlen(seen[i]), 32);
        cr_expect_eq(strspn(seen[i], "0123456789abcdef"), 32);
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(seen[i], seen[j]);
    }
}

/* Stored in databases: it must be the same in every version. */
Test(digest, is_the_same_for_ever)
{
    char text[MXS_DIGEST_TEXT_SIZE];
    digest_of(NULL, 0, text);
    cr_expect_str_eq(text, "c7f7e77a5a980057ae08b9e15d4fd49e");
    digest_of((const char *const[]){"example.org", "example.net"}, 2, text);
    cr_expect_str_eq(text, "66e591492daea52d20a2c57d1339904e");

    struct mxs_digest digest;
    char name[96];
    mxs_digest_init(&digest);
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "n%d.%0*d.example", i, i % 60 + 1, i);
        mxs_digest_put(&digest, mxs_text_of(name));
    }
    mxs_digest_text(&digest, text);
    cr_expect_str_eq(text, "2a0dafd5538e6a27c70abcebbd5e9511");
}

/* The block ends one byte before, at and behind the end of a name's line. */
Test(digest, is_the_same_where_a_block_ends)
{
    static const char *const wanted[] = {"0aab1696a74400b67139eaeb1b393408", "0a24159201fe7dae69babc1595f762cf",
                                         "b437cdef5a0a3818006073f0eeae3737"};
    char bytes[MXS_DIGEST_BLOCK_BYTES], text[MXS_DIGEST_TEXT_SIZE];
    memset(bytes, 'a', sizeof bytes);
    for (uint32_t i = 0; i < 3; i++) {
        struct mxs_digest digest;
        mxs_digest_init(&digest);
        mxs_digest_put(&digest, (struct mxs_text){bytes, 4000});
        mxs_digest_put(&digest, (struct mxs_text){bytes, 93 + i});
        mxs_digest_put(&digest, mxs_text_of("b"));
        mxs_digest_text(&digest, text);
        cr_expect_str_eq(text, wanted[i]);
    }
}

Test(digest, goes_on_after_it_was_read_and_over_blocks)
{
    struct mxs_digest digest;
    char before[MXS_DIGEST_TEXT_SIZE], again[MXS_DIGEST_TEXT_SIZE], after[MXS_DIGEST_TEXT_SIZE], name[32];
    mxs_digest_init(&digest);
    mxs_digest_text(&digest, before);
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "n%d.example", i);
        mxs_digest_put(&digest, mxs_text_of(name));
        mxs_digest_text(&digest, after);
        mxs_digest_text(&digest, again);
        cr_assert_str_neq(after, before);
        cr_assert_str_eq(after, again);
        strcpy(before, after);
    }
}
