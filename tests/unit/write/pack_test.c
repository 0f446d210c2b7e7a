#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/write/internal/pack.h"

#define MANY 5000u

static uint8_t *packed;
static struct mxs_journal_row *rows;
static uint64_t state;

static void make(void)
{
    packed = malloc(MXS_PACK_SIZE(MANY));
    rows = calloc(MANY, sizeof *rows);
    state = 7;
}

static void end(void)
{
    free(packed);
    free(rows);
}

#define MEMBERS_SIZE (offsetof(struct mxs_journal_row, authenticated) + 1) /* behind the last there may be nothing */

TestSuite(write_pack, .init = make, .fini = end);

static uint32_t number(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint32_t value = (uint32_t)(state >> 32);
    return value >> (state >> 20 & 31); /* of all lengths */
}

static void fill(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        rows[i] = (struct mxs_journal_row){
            .subject = number(),
            .set = number(),
            .alias = number() % 3,
            .implicit_host = 9,
            .rtt_us = number(),
            .asked_after_s = 70000 + i,
            .ttl_s = i % 7 == 0 ? MXS_TTL_NONE : number(),
            .type = (uint16_t)number(),
            .resolver = 1,
            .outcome = (uint8_t)(i % 10),
            .attempts = (uint8_t)number(),
            .pass = (uint8_t)(i % 3),
            .authenticated = (uint8_t)(i & 1),
        };
}

/* Copied to a place of its own size, so that a byte read beyond it is noticed. */
static bool unpacks(const uint8_t *data, size_t size, struct mxs_unpack *unpack)
{
    uint8_t *own = malloc(size == 0 ? 1 : size);
    memcpy(own, data, size);
    bool whole = mxs_unpack_begin(unpack, own, size);
    while (whole && mxs_unpack_next(unpack))
        ;
    free(own);
    return whole;
}

Test(write_pack, a_blob_that_was_cut_or_grew_is_refused)
{
    struct mxs_unpack unpack = {.left = 77};
    fill(100);
    size_t size = mxs_pack(rows, 100, packed);
    for (size_t cut = 0; cut < size; cut++)
        cr_expect_not(unpacks(packed, cut, &unpack), "%zu of %zu bytes", cut, size);
    packed[size] = 0;
    cr_expect_not(unpacks(packed, size + 1, &unpack));
    cr_expect_eq(unpack.left, 77, "an output was touched");
}

Test(write_pack, a_header_that_says_too_much_is_refused)
{
    struct mxs_unpack unpack;
    fill(100);
    size_t size = mxs_pack(rows, 100, packed);
    for (unsigned column = 0; column < MXS_PACK_COLUMNS; column++)
        for (unsigned width = 0; width < 256; width++) {
            uint8_t was = packed[4 + 5 * column];
            packed[4 + 5 * column] = (uint8_t)width;
            cr_expect_eq(unpacks(packed, size, &unpack), width == was, "column %u, width %u", column, width);
            packed[4 + 5 * column] = was;
        }
    for (uint32_t count = 0; count < 300; count++) {
        memcpy(packed, &count, sizeof count);
        cr_expect_eq(unpacks(packed, size, &unpack), count == 100, "count %u", count);
    }
    memset(packed, 0xff, 4);
    cr_expect_not(unpacks(packed, size, &unpack));
    memset(packed, 0, MXS_PACK_HEADER);
    cr_expect_not(unpacks(packed, MXS_PACK_HEADER, &unpack), "no row");
}

Test(write_pack, random_bytes_are_never_read_beyond_their_end)
{
    struct mxs_unpack unpack;
    for (int round = 0; round < 20000; round++) {
        size_t size = number() % 400;
        for (size_t i = 0; i < size; i++)
            packed[i] = (uint8_t)number();
        if (size >= MXS_PACK_HEADER) {
            packed[1] = packed[2] = packed[3] = 0;
            for (unsigned column = 0; column < MXS_PACK_COLUMNS; column++)
                packed[4 + 5 * column] = (uint8_t)(number() % 3);
        }
        (void)unpacks(packed, size, &unpack);
    }
}

Test(write_pack, what_is_packed_comes_back)
{
    static const uint32_t counts[] = {1, 2, 3, 100, 4096, MANY};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct mxs_unpack unpack;
        fill(counts[i]);
        size_t size = mxs_pack(rows, counts[i], packed);
        cr_assert_leq(size, MXS_PACK_SIZE(counts[i]));
        cr_assert(mxs_unpack_begin(&unpack, packed, size));
        for (uint32_t at = 0; at < counts[i]; at++) {
            cr_assert(mxs_unpack_next(&unpack));
            cr_assert_eq(memcmp(&unpack.row, &rows[at], MEMBERS_SIZE), 0, "row %u of %u", at, counts[i]);
        }
        cr_expect_not(mxs_unpack_next(&unpack));
    }
}

Test(write_pack, the_ends_of_every_column_come_back)
{
    struct mxs_unpack unpack;
    memset(&rows[0], 0x00, sizeof rows[0]);
    memset(&rows[1], 0xff, sizeof rows[1]);
    rows[2] = (struct mxs_journal_row){
        .subject = 1u << 24, .set = (1u << 24) - 1, .rtt_us = 1u << 16, .ttl_s = UINT32_MAX - 1, .type = 255};
    size_t size = mxs_pack(rows, 3, packed);
    cr_assert(mxs_unpack_begin(&unpack, packed, size));
    for (uint32_t at = 0; at < 3; at++) {
        cr_assert(mxs_unpack_next(&unpack));
        cr_expect_eq(memcmp(&unpack.row, &rows[at], MEMBERS_SIZE), 0, "row %u", at);
    }
}

Test(write_pack, answers_of_a_usual_batch_take_a_third)
{
    for (uint32_t i = 0; i < 4096; i++)
        rows[i] = (struct mxs_journal_row){.subject = 5000000 + i * 31 % 131072,
                                           .set = number() % 20000,
                                           .rtt_us = 20000 + number() % 40000,
                                           .asked_after_s = 12 + i / 4000,
                                           .ttl_s = 300,
                                           .type = 15,
                                           .resolver = 3,
                                           .attempts = 1};
    cr_expect_leq(mxs_pack(rows, 4096, packed), 4096 * sizeof rows[0] / 3);
}

Test(write_pack, no_more_rows_are_believed_than_a_batch_has)
{
    struct mxs_unpack unpack;
    uint32_t count = UINT32_MAX;
    fill(1);
    size_t size = mxs_pack(rows, 1, packed);
    memcpy(packed, &count, sizeof count); /* all the same: no column takes a byte, whatever the number */
    cr_expect_not(mxs_unpack_begin(&unpack, packed, size));
}

/* A width beyond its column's would write into the next member: refused, although the sizes add up. */
Test(write_pack, a_column_wider_than_its_member_is_refused)
{
    for (unsigned column = 0; column < MXS_PACK_COLUMNS; column++) {
        struct mxs_unpack unpack;
        uint8_t blob[MXS_PACK_HEADER + 9] = {1};
        blob[4 + 5 * column] = 9; /* wider than any */
        cr_expect_not(unpacks(blob, sizeof blob, &unpack), "column %u", column);
        blob[4 + 5 * column] = 5; /* wider than the widest by one */
        cr_expect_not(unpacks(blob, MXS_PACK_HEADER + 5, &unpack), "column %u", column);
    }
}
