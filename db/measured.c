/* A row is seven numbers: ids passed over since the row before, run, resolver, attempts (the lowest 8 bits; above them
 * the extended error), rtt_us, asked_after_s, ttl_s + 1 (0: none). A block is a byte whose bit i says that number i is
 * the same in all its rows, these numbers, and the others of row after row, ids ascending. Most of a block has one run,
 * one resolver, one attempt and no gap. rtt_us is never among the common ones: each row has a byte.
 * A number has 7 bits a byte, the lowest first, the high bit saying that more follows. */
#include "db/measured.h"

#include <stdlib.h>
#include <string.h>

#include "base/vector.h"

enum { GAP, RUN, RESOLVER, ATTEMPTS, RTT, ASKED, TTL, NUMBERS };
#define COMMON_MASK (((1u << NUMBERS) - 1) & ~(1u << RTT))
#define ATTEMPTS_BITS 8
#define ATTEMPTS_MASK 0xffu
#define NUMBER_SIZE_MAX 10
#define BLOCK_SIZE_MAX (1 + (1 + MXS_MEASURED_BLOCK) * NUMBERS * NUMBER_SIZE_MAX)

/* --- reading --- */

static bool read_number(struct mxs_measured *measured, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && measured->at < measured->end; shift += 7) {
        uint8_t byte = *measured->at++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *out = value;
            return true;
        }
    }
    return false;
}

/* Those numbers that `mask` has. */
static bool read_numbers(struct mxs_measured *measured, uint32_t mask)
{
    for (uint32_t i = 0; i < NUMBERS; i++) {
        uint64_t *number = &measured->numbers[i];
        if ((mask >> i & 1) && (!read_number(measured, number) || (i != RUN && *number > UINT32_MAX)))
            return false;
    }
    return true;
}

static bool read_common(struct mxs_measured *measured)
{
    measured->common = *measured->at++;
    return (measured->common & ~COMMON_MASK) == 0 && read_numbers(measured, measured->common);
}

static bool read_row(struct mxs_measured *measured, struct mxs_measured_row *out)
{
    const uint64_t *numbers = measured->numbers;
    if (!read_numbers(measured, ~measured->common))
        return false;
    uint64_t domain = measured->next + numbers[GAP];
    if (domain > measured->last || domain == UINT32_MAX)
        return false;
    measured->next = (uint32_t)domain + 1;
    *out = (struct mxs_measured_row){.domain = (uint32_t)domain,
                                     .run = (int64_t)numbers[RUN],
                                     .resolver = (uint32_t)numbers[RESOLVER],
                                     .attempts = (uint32_t)numbers[ATTEMPTS] & ATTEMPTS_MASK,
                                     .ede = (uint32_t)numbers[ATTEMPTS] >> ATTEMPTS_BITS,
                                     .rtt_us = (uint32_t)numbers[RTT],
                                     .asked_after_s = (uint32_t)numbers[ASKED],
                                     .ttl_s = numbers[TTL] == 0 ? MXS_MEASURED_NO_TTL : (uint32_t)numbers[TTL] - 1};
    return true;
}

void mxs_measured_open(struct mxs_measured *measured, mxs_store *store, uint32_t first, uint32_t last)
{
    *measured = (struct mxs_measured){0};
    mxs_query_open(&measured->query, store,
                   "SELECT block, rows FROM measurement WHERE block BETWEEN ?1 AND ?2 ORDER BY block");
    mxs_query_int(&measured->query, 1, first / MXS_MEASURED_BLOCK);
    mxs_query_int(&measured->query, 2, last / MXS_MEASURED_BLOCK);
}

bool mxs_measured_next(struct mxs_measured *measured, struct mxs_measured_row *out)
{
    while (measured->at == measured->end) {
        size_t size;
        measured->over = measured->over || measured->damaged || !mxs_query_next(&measured->query);
        if (measured->over)
            return false;
        measured->next = (uint32_t)mxs_query_column_int(&measured->query, 0) * MXS_MEASURED_BLOCK;
        measured->last = measured->next + (MXS_MEASURED_BLOCK - 1);
        measured->at = mxs_query_column_blob(&measured->query, 1, &size);
        measured->end = size == 0 ? measured->at : measured->at + size; /* of an empty blob there is no address */
        measured->damaged = size > 0 && (!read_common(measured) || measured->at == measured->end);
        if (measured->damaged)
            measured->at = measured->end;
    }
    measured->damaged = !read_row(measured, out);
    if (measured->damaged)
        measured->at = measured->end;
    return !measured->damaged;
}

enum mxs_err mxs_measured_finish(struct mxs_measured *measured, struct mxs_detail *detail)
{
    mxs_query_reset(&measured->query);
    enum mxs_err err = mxs_query_finish(&measured->query, detail);
    if (err == MXS_OK && measured->damaged)
        return mxs_err_set(detail, MXS_ERR_FOREIGN_DB,
                           "the database is damaged (measurement): restore it from a copy, or scan into a new file");
    return err;
}

enum mxs_err mxs_measured_find(mxs_store *store, uint32_t domain, int64_t run, struct mxs_measured_row *out,
                               struct mxs_detail *detail)
{
    struct mxs_measured measured;
    struct mxs_measured_row row;
    bool found = false;
    mxs_measured_open(&measured, store, domain, domain);
    while (!found && mxs_measured_next(&measured, &row) && row.domain <= domain)
        found = row.domain == domain && row.run == run;
    enum mxs_err err = mxs_measured_finish(&measured, detail);
    if (err != MXS_OK)
        return err;
    if (found)
        *out = row;
    return found ? MXS_OK : MXS_ERR_END;
}

/* --- writing --- */

/* The block that is being made. */
struct packing {
    uint64_t (*rows)[NUMBERS];
    uint8_t *bytes;
    uint32_t count, block, next;
    struct mxs_query insert;
};

static uint8_t *write_number(uint8_t *at, uint64_t value)
{
    for (; value > 127; value >>= 7)
        *at++ = (uint8_t)(value | 128);
    *at++ = (uint8_t)value;
    return at;
}

static uint8_t *write_numbers(uint8_t *at, const uint64_t *numbers, uint32_t mask)
{
    for (uint32_t i = 0; i < NUMBERS; i++)
        if (mask >> i & 1)
            at = write_number(at, numbers[i]);
    return at;
}

static void flush(struct packing *packing)
{
    uint32_t common = COMMON_MASK;
    uint8_t *at = packing->bytes + 1;
    if (packing->count == 0)
        return;
    for (uint32_t row = 1; row < packing->count; row++)
        for (uint32_t i = 0; i < NUMBERS; i++)
            if (packing->rows[row][i] != packing->rows[0][i])
                common &= ~(1u << i);
    packing->bytes[0] = (uint8_t)common;
    at = write_numbers(at, packing->rows[0], common);
    for (uint32_t row = 0; row < packing->count; row++)
        at = write_numbers(at, packing->rows[row], ~common);
    mxs_query_int(&packing->insert, 1, packing->block);
    mxs_query_blob(&packing->insert, 2, packing->bytes, (size_t)(at - packing->bytes));
    mxs_query_run(&packing->insert);
    packing->count = 0;
}

static void pack(struct packing *packing, const struct mxs_measured_row *row)
{
    uint32_t block = row->domain / MXS_MEASURED_BLOCK;
    if (packing->count == 0 || packing->block != block) {
        flush(packing);
        packing->block = block;
        packing->next = block * MXS_MEASURED_BLOCK;
    }
    MXS_ASSERT(row->domain >= packing->next);
    const uint64_t numbers[NUMBERS] = {row->domain - packing->next,
                                       (uint64_t)row->run,
                                       row->resolver,
                                       (uint64_t)row->ede << ATTEMPTS_BITS | (row->attempts & ATTEMPTS_MASK),
                                       row->rtt_us,
                                       row->asked_after_s,
                                       row->ttl_s == MXS_MEASURED_NO_TTL ? 0 : (uint64_t)row->ttl_s + 1};
    memcpy(packing->rows[packing->count++], numbers, sizeof numbers);
    packing->next = row->domain + 1;
}

/* What is known of the blocks is copied out first: packing it again while it is read would read what was just written.
 */
struct known {
    struct mxs_measured_row *rows;
    size_t count, capacity, next;
};

static enum mxs_err read_known(struct known *known, mxs_store *store, uint32_t first, uint32_t last,
                               struct mxs_detail *detail)
{
    struct mxs_measured measured;
    struct mxs_measured_row row;
    bool memory = true;
    mxs_measured_open(&measured, store, first, last);
    while (memory && mxs_measured_next(&measured, &row)) {
        memory = mxs_vector_reserve(&known->rows, &known->capacity, known->count, sizeof *known->rows);
        if (memory)
            known->rows[known->count++] = row;
    }
    enum mxs_err err = mxs_measured_finish(&measured, detail);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "storing measurements")
                                    : err;
}

/* All blocks go before the first is stored again: blobs that grow in place would leave half-empty pages behind. */
static enum mxs_err drop_blocks(mxs_store *store, uint32_t first, uint32_t last, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, "DELETE FROM measurement WHERE block BETWEEN ?1 AND ?2");
    mxs_query_int(&query, 1, first / MXS_MEASURED_BLOCK);
    mxs_query_int(&query, 2, last / MXS_MEASURED_BLOCK);
    mxs_query_run(&query);
    return mxs_query_finish(&query, detail);
}

static void merge(struct packing *packing, struct known *known, mxs_measured_source source, void *arg)
{
    struct mxs_measured_row row;
    while (source(arg, &row)) {
        for (; known->next < known->count && known->rows[known->next].domain <= row.domain; known->next++)
            if (known->rows[known->next].domain != row.domain)
                pack(packing, &known->rows[known->next]);
        pack(packing, &row);
    }
    for (; known->next < known->count; known->next++)
        pack(packing, &known->rows[known->next]);
    flush(packing);
}

enum mxs_err mxs_measured_put(mxs_store *store, uint32_t first, uint32_t last, mxs_measured_source source, void *arg,
                              struct mxs_detail *detail)
{
    struct packing packing = {.rows = malloc(MXS_MEASURED_BLOCK * sizeof *packing.rows),
                              .bytes = malloc(BLOCK_SIZE_MAX)};
    struct known known = {0};
    enum mxs_err err = read_known(&known, store, first, last, detail);
    if (err == MXS_OK && known.count > 0)
        err = drop_blocks(store, first, last, detail);
    if (err == MXS_OK && (packing.rows == NULL || packing.bytes == NULL))
        err = mxs_err_memory(detail, "storing measurements");
    if (err == MXS_OK) {
        mxs_query_open(&packing.insert, store, "INSERT INTO measurement VALUES (?1, ?2)");
        merge(&packing, &known, source, arg);
        err = mxs_query_finish(&packing.insert, detail);
    }
    free(packing.rows);
    free(packing.bytes);
    free(known.rows);
    return err;
}
