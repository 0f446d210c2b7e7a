#include "base/intern.h"

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

static uint32_t slot_id(const struct mxs_intern *table, size_t at)
{
    uint32_t id;
    memcpy(&id, table->index.slots + at * MXS_INDEX_SLOT_SIZE, 4);
    return id;
}

static void plant(struct mxs_intern *table, size_t at, uint32_t id, uint8_t tag)
{
    memcpy(table->index.slots + at * MXS_INDEX_SLOT_SIZE, &id, 4);
    table->index.slots[at * MXS_INDEX_SLOT_SIZE + 4] = tag;
}

/* Keys whose hashes look the same are told apart by their bytes. Planted here: another key in the slot, under the hash.
 */
Test(intern, keys_of_one_hash_are_told_apart)
{
    struct mxs_intern table;
    mxs_intern_init(&table);
    cr_assert_eq(mxs_intern_put(&table, "aa", 2, NULL), 1);
    uint64_t hash_b = mxs_hash(table.hash_key, "bb", 2);
    memset(table.index.slots, 0, table.index.slot_count * MXS_INDEX_SLOT_SIZE);
    plant(&table, (size_t)((hash_b >> 32) * table.index.slot_count >> 32), 1, (uint8_t)hash_b);
    bool added = false;
    cr_expect_eq(mxs_intern_find(&table, "bb", 2), 0);
    cr_expect_eq(mxs_intern_put(&table, "bb", 2, &added), 2);
    cr_expect(added);
    cr_expect_eq(mxs_intern_find(&table, "bb", 2), 2);
    mxs_intern_finish(&table);
}

/* All but one slot taken, by ids under other hash bits: the walk goes round the end of the table, and comes to an end.
 */
Test(intern, a_chain_goes_round_the_end)
{
    struct mxs_intern table;
    mxs_intern_init(&table);
    cr_assert_eq(mxs_intern_put(&table, "aa", 2, NULL), 1);
    uint64_t hash = mxs_hash(table.hash_key, "bb", 2);
    size_t begin = (size_t)((hash >> 32) * table.index.slot_count >> 32),
           free_one = begin == 0 ? table.index.slot_count - 1 : begin - 1;
    for (size_t at = 0; at < table.index.slot_count; at++)
        plant(&table, at, at == free_one ? 0 : 1, (uint8_t)(hash + 1));
    cr_expect_eq(mxs_intern_find(&table, "bb", 2), 0);
    cr_expect_eq(mxs_intern_put(&table, "bb", 2, NULL), 2);
    cr_expect_eq(slot_id(&table, free_one), 2);
    cr_expect_eq(mxs_intern_find(&table, "bb", 2), 2);
    mxs_intern_finish(&table);
}

static uint32_t size_of(uint32_t i)
{
    static const uint32_t sizes[] = {1, 252, 253, 254, 255, 256, 5000, 65535, 65534, 3, 65533, 65532};
    return i < 2 ? 8 * i : sizes[i % 12] < 8 ? 8 : sizes[i % 12];
}

static void key_of(uint32_t i, uint8_t *out)
{
    memset(out, (int)(i % 251), size_of(i));
    if (size_of(i) > 0)
        memcpy(out, &i, 4);
}

/* Sizes around the border of one byte, and around that of a chunk; also the empty key. */
Test(intern, keys_of_all_sizes_lie_beside_each_other)
{
    struct mxs_intern table;
    uint8_t *key = malloc(65535);
    cr_assert_not_null(key);
    mxs_intern_init(&table);
    for (uint32_t i = 0; i < 600; i++) {
        key_of(i, key);
        cr_assert_eq(mxs_intern_put(&table, key, size_of(i), NULL), i + 1);
    }
    const uint8_t *first = mxs_intern_key(&table, 2).data;
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 600; i-- > 0;) { /* ids descend */
            key_of(i, key);
            struct mxs_bytes kept = mxs_intern_key(&table, i + 1);
            cr_assert_eq(kept.size_bytes, size_of(i), "key %u", i);
            cr_assert_arr_eq(kept.data, key, size_of(i));
            cr_assert_eq(mxs_intern_find(&table, key, size_of(i)), i + 1);
        }
        mxs_intern_rest(&table);
    }
    cr_expect_eq(mxs_intern_key(&table, 2).data, first, "keys do not move");
    free(key);
    mxs_intern_finish(&table);
}

Test(intern, a_resting_table_finds_and_takes_in)
{
    struct mxs_intern table;
    char key[32];
    mxs_intern_init(&table);
    mxs_intern_rest(&table);
    cr_expect_eq(mxs_intern_find(&table, "", 0), 0);
    for (uint32_t i = 1; i <= 3000; i++)
        cr_assert_eq(mxs_intern_put(&table, key, (size_t)snprintf(key, sizeof key, "%u", i), NULL), i);
    mxs_intern_rest(&table);
    cr_expect_eq(mxs_intern_find(&table, "2999", 4), 2999);
    cr_expect_eq(mxs_intern_find(&table, "3001", 4), 0);
    bool added = true;
    cr_expect_eq(mxs_intern_put(&table, "17", 2, &added), 17);
    cr_expect_not(added);
    cr_expect_eq(mxs_intern_put(&table, "3001", 4, &added), 3001);
    cr_expect(added);
    mxs_intern_finish(&table);
}

/* Without data, as the root's name may come. */
Test(intern, an_empty_key_without_bytes_is_a_key)
{
    struct mxs_intern table;
    mxs_intern_init(&table);
    cr_expect_eq(mxs_intern_put(&table, NULL, 0, NULL), 1);
    cr_expect_not(mxs_intern_is_hole(&table, 1));
    cr_expect_eq(mxs_intern_find(&table, "", 0), 1);
    cr_expect_eq(mxs_intern_find(&table, NULL, 0), 1);
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

Test(intern, ids_with_holes_keep_their_ids)
{
    struct mxs_intern table;
    mxs_intern_init(&table);
    cr_assert_eq(mxs_intern_put_as(&table, 3, "c", 1), MXS_OK);
    cr_assert_eq(mxs_intern_put_as(&table, 4, "d", 1), MXS_OK);
    cr_expect_eq(mxs_intern_find(&table, "c", 1), 3);
    cr_expect(mxs_intern_is_hole(&table, 2));
    cr_expect_not(mxs_intern_is_hole(&table, 4));
    cr_expect_eq(mxs_intern_key(&table, 2).size_bytes, 0);
    cr_expect_eq(mxs_intern_find(&table, "", 0), 0, "a hole is not the empty key");
    cr_expect_eq(mxs_intern_put(&table, "new", 3, NULL), 5);
    cr_expect_eq(mxs_intern_put_as(&table, 6, "c", 1), MXS_ERR_INPUT, "one key under two ids");
    mxs_intern_finish(&table);
}

Test(intern, ids_that_do_not_ascend_are_refused)
{
    struct mxs_intern table;
    mxs_intern_init(&table);
    cr_assert_eq(mxs_intern_put_as(&table, 2, "b", 1), MXS_OK);
    cr_expect_eq(mxs_intern_put_as(&table, 1, "a", 1), MXS_ERR_INPUT);
    mxs_intern_finish(&table);
}

/* Of a million rows nine hundred thousand were pruned. Holes take no slot: they are a byte and their share of a mark.
 */
Test(intern, holes_cost_next_to_nothing)
{
    struct mxs_intern table;
    char key[32];
    mxs_intern_init(&table);
    for (uint32_t id = 10; id <= 1000000; id += 10)
        cr_assert_eq(mxs_intern_put_as(&table, id, key, (size_t)snprintf(key, sizeof key, "%u", id)), MXS_OK);
    cr_expect_eq(table.count, 1000000);
    cr_expect_eq(table.holes, 900000);
    cr_expect_leq(table.index.slot_count, 200000);
    cr_expect_leq(table.chunk_count, 8); /* of 256 KB */
    for (uint32_t id = 1; id <= 1000000; id++) {
        cr_assert_eq(mxs_intern_is_hole(&table, id), id % 10 != 0);
        if (id % 10 == 0)
            cr_assert_eq(mxs_intern_find(&table, key, (size_t)snprintf(key, sizeof key, "%u", id)), id);
    }
    mxs_intern_finish(&table);
}
