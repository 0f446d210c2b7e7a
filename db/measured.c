/* A block is a sequence of rows, ids ascending. A row is seven numbers of 7 bits a byte, the lowest first, the high bit
 * saying that more follows: ids passed over since the row before, run, resolver, attempts (the lowest 8 bits; above
 * them the extended error), rtt_us, asked_after_s, ttl_s + 1 (0: none). */
#include "db/measured.h"

#include <stdlib.h>

#include "base/vector.h"

#define NUMBERS 7
#define ATTEMPTS_BITS 8
#define ATTEMPTS_MASK 0xffu
#define NUMBER_SIZE_MAX 10
#define BLOCK_SIZE_MAX (MXS_MEASURED_BLOCK * NUMBERS * NUMBER_SIZE_MAX)

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

static bool read_row(struct mxs_measured *measured, struct mxs_measured_row *out)
{
    uint64_t numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
        if (!read_number(measured, &numbers[i]) || (i != 1 && numbers[i] > UINT32_MAX))
            return false;
    }
    uint64_t domain = measured->next + numbers[0];
    if (domain > measured->last || domain == UINT32_MAX)
        return false;
    measured->next = (uint32_t)domain + 1;
    *out = (struct mxs_measured_row){.domain = (uint32_t)domain,
                                     .run = (int64_t)numbers[1],
                                     .resolver = (uint32_t)numbers[2],
                                     .attempts = (uint32_t)numbers[3] & ATTEMPTS_MASK,
                                     .ede = (uint32_t)numbers[3] >> ATTEMPTS_BITS,
                                     .rtt_us = (uint32_t)numbers[4],
                                     .asked_after_s = (uint32_t)numbers[5],
                                     .ttl_s = numbers[6] == 0 ? MXS_MEASURED_NO_TTL : (uint32_t)numbers[6] - 1};
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

/* The blocks that are being made, one behind the other. */
struct packing {
    mxs_store *store;
    uint8_t *bytes;   /* of one block */
    size_t used;
    uint32_t block, next;
    struct mxs_query insert;
};

static uint8_t *write_number(uint8_t *at, uint64_t value)
{
    for (; value > 127; value >>= 7)
        *at++ = (uint8_t)(value | 128);
    *at++ = (uint8_t)value;
    return at;
}

static void flush(struct packing *packing)
{
    if (packing->used > 0) {
        mxs_query_int(&packing->insert, 1, packing->block);
        mxs_query_blob(&packing->insert, 2, packing->bytes, packing->used);
        mxs_query_run(&packing->insert);
    }
    packing->used = 0;
}

static void pack(struct packing *packing, const struct mxs_measured_row *row)
{
    uint32_t block = row->domain / MXS_MEASURED_BLOCK;
    if (packing->used == 0 || packing->block != block) {
        flush(packing);
        packing->block = block;
        packing->next = block * MXS_MEASURED_BLOCK;
    }
    MXS_ASSERT(row->domain >= packing->next);
    uint8_t *at = packing->bytes + packing->used;
    at = write_number(at, row->domain - packing->next);
    at = write_number(at, (uint64_t)row->run);
    at = write_number(at, row->resolver);
    at = write_number(at, (uint64_t)row->ede << ATTEMPTS_BITS | (row->attempts & ATTEMPTS_MASK));
    at = write_number(at, row->rtt_us);
    at = write_number(at, row->asked_after_s);
    at = write_number(at, row->ttl_s == MXS_MEASURED_NO_TTL ? 0 : (uint64_t)row->ttl_s + 1);
    packing->used = (size_t)(at - packing->bytes);
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
    struct packing packing = {.store = store};
    struct known known = {0};
    enum mxs_err err = read_known(&known, store, first, last, detail);
    if (err == MXS_OK && known.count > 0)
        err = drop_blocks(store, first, last, detail);
    packing.bytes = malloc(BLOCK_SIZE_MAX);
    if (err == MXS_OK && packing.bytes == NULL)
        err = mxs_err_memory(detail, "storing measurements");
    if (err == MXS_OK) {
        mxs_query_open(&packing.insert, store, "INSERT INTO measurement VALUES (?1, ?2)");
        merge(&packing, &known, source, arg);
        err = mxs_query_finish(&packing.insert, detail);
    }
    free(packing.bytes);
    free(known.rows);
    return err;
}
