#include "scanner/base/intern.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

Test(intern, the_empty_key_is_a_key)
{
    struct mxs_intern table;
    bool added;
    mxs_intern_init(&table);
    cr_expect_eq(mxs_intern_find(&table, "", 0), 0);
    cr_expect_eq(mxs_intern_put(&table, "", 0, &added), 1);
    cr_expect(added);
    cr_expect_eq(mxs_intern_put(&table, "", 0, &added), 1);
    cr_expect_not(added);
    cr_expect_eq(mxs_intern_put(&table, "\0", 1, &added), 2);
    cr_expect_eq(mxs_intern_key(&table, 1).size_bytes, 0);
    mxs_intern_finish(&table);
}

Test(intern, the_longest_key_fits_and_differs_in_its_last_byte)
{
    struct mxs_intern table;
    char *key = malloc(65535);
    cr_assert_not_null(key);
    memset(key, 'k', 65535);
    mxs_intern_init(&table);
    cr_expect_eq(mxs_intern_put(&table, key, 65535, NULL), 1);
    cr_expect_eq(mxs_intern_put(&table, key, 65534, NULL), 2);
    key[65534] = 'x';
    cr_expect_eq(mxs_intern_find(&table, key, 65535), 0);
    cr_expect_eq(mxs_intern_put(&table, key, 65535, NULL), 3);
    cr_expect_eq(mxs_intern_key(&table, 3).size_bytes, 65535);
    cr_expect_arr_eq(mxs_intern_key(&table, 3).data, key, 65535);
    free(key);
    mxs_intern_finish(&table);
}

Test(intern, growth_keeps_every_id_and_key)
{
    struct mxs_intern table;
    char key[32];
    mxs_intern_init(&table);
    for (uint32_t i = 1; i <= 200000; i++) {
        bool added = false;
        int size = snprintf(key, sizeof key, "%u.example", i);
        cr_assert_eq(mxs_intern_put(&table, key, (size_t)size, &added), i);
        cr_assert(added);
    }
    for (uint32_t i = 1; i <= 200000; i++) {
        int size = snprintf(key, sizeof key, "%u.example", i);
        cr_assert_eq(mxs_intern_find(&table, key, (size_t)size), i);
        struct mxs_bytes kept = mxs_intern_key(&table, i);
        cr_assert_eq(kept.size_bytes, (uint32_t)size);
        cr_assert_arr_eq(kept.data, key, (size_t)size);
    }
    cr_expect_eq(mxs_intern_find(&table, "0.example", 9), 0);
    cr_expect_eq(table.count, 200000);
    mxs_intern_finish(&table);
}

/* Slots are few beside keys until the table grows, so chains of several are certain; keys with the same high hash bits are told apart
 * by their bytes. Planted here: two slots with one hash. */
Test(intern, keys_of_one_hash_are_told_apart)
{
    struct mxs_intern table;
    mxs_intern_init(&table);
    cr_assert_eq(mxs_intern_put(&table, "aa", 2, NULL), 1);
    uint64_t hash_b = mxs_hash(table.hash_key, "bb", 2);
    size_t at = (size_t)hash_b & (table.slot_count - 1);
    for (size_t i = 0; i < table.slot_count; i++)
        table.slots[i] = 0;
    table.slots[at] = hash_b >> 32 << 32 | 1; /* "aa" where "bb" belongs, under its hash */
    bool added = false;
    cr_expect_eq(mxs_intern_find(&table, "bb", 2), 0);
    cr_expect_eq(mxs_intern_put(&table, "bb", 2, &added), 2);
    cr_expect(added);
    cr_expect_eq(mxs_intern_find(&table, "bb", 2), 2);
    mxs_intern_finish(&table);
}

Test(intern, a_finished_table_is_empty_and_can_be_used_again)
{
    struct mxs_intern table;
    mxs_intern_init(&table);
    cr_assert_eq(mxs_intern_put(&table, "a", 1, NULL), 1);
    mxs_intern_finish(&table);
    cr_expect_eq(mxs_intern_find(&table, "a", 1), 0);
    mxs_intern_init(&table);
    cr_expect_eq(mxs_intern_put(&table, "b", 1, NULL), 1);
    mxs_intern_finish(&table);
}

Test(intern, two_tables_have_two_hash_keys)
{
    uint64_t a[2], b[2];
    mxs_hash_key(a);
    mxs_hash_key(b);
    cr_expect(a[0] != b[0] || a[1] != b[1]);
    cr_expect_neq(mxs_hash(a, "x", 1), mxs_hash(b, "x", 1));
}

/* The first vector that the makers of SipHash give for 1-3 under the key 00 01 ... 0f. */
Test(intern, hash_of_nothing_is_the_published_one)
{
    const uint64_t key[2] = {0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull};
    cr_expect_eq(mxs_hash(key, "", 0), 0xabac0158050fc4dcull);
}

/* Equal bytes, all lengths around a word: no two alike. */
Test(intern, hash_tells_lengths_apart)
{
    const uint64_t key[2] = {0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull};
    uint8_t zeros[64] = {0};
    uint64_t seen[64];
    for (size_t size = 0; size < 64; size++) {
        seen[size] = mxs_hash(key, zeros, size);
        for (size_t other = 0; other < size; other++)
            cr_assert_neq(seen[size], seen[other]);
    }
}

Test(base_intern, ids_with_holes_keep_their_ids)
{
    struct mxs_intern table;
    mxs_intern_init(&table);
    cr_assert_eq(mxs_intern_put_as(&table, 3, "c", 1), MXS_OK);
    cr_assert_eq(mxs_intern_put_as(&table, 4, "d", 1), MXS_OK);
    cr_expect_eq(mxs_intern_find(&table, "c", 1), 3);
    cr_expect(mxs_intern_is_hole(&table, 2));
    cr_expect_not(mxs_intern_is_hole(&table, 4));
    cr_expect_eq(mxs_intern_put(&table, "new", 3, NULL), 5);
    cr_expect_eq(mxs_intern_put_as(&table, 6, "c", 1), MXS_ERR_INPUT, "one key under two ids");
    mxs_intern_finish(&table);
}
