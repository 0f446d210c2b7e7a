#include "db/facets.h"

#include <string.h>

#include "base/bits.h"

/* --- reading --- */

void mxs_facets_open(struct mxs_facets_cursor *cursor, mxs_store *store, int64_t facet, int64_t run)
{
    *cursor = (struct mxs_facets_cursor){.at = MXS_FACETS_BLOCK};
    mxs_query_open(&cursor->query, store,
                   "SELECT block, width, codes FROM facet_block WHERE facet_id = ?1 AND first_run <= ?2"
                   " AND (last_run IS NULL OR last_run >= ?2) ORDER BY block");
    mxs_query_int(&cursor->query, 1, facet);
    mxs_query_int(&cursor->query, 2, run);
}

static bool next_block(struct mxs_facets_cursor *cursor)
{
    size_t size;
    if (cursor->damaged || !mxs_query_next(&cursor->query))
        return false;
    cursor->block = mxs_query_column_int(&cursor->query, 0);
    int64_t width = mxs_query_column_int(&cursor->query, 1);
    cursor->codes = mxs_query_column_blob(&cursor->query, 2, &size);
    cursor->damaged = width < 1 || width > 4 || size != (size_t)width * MXS_FACETS_BLOCK || cursor->block < 0 ||
                      cursor->block > UINT32_MAX / MXS_FACETS_BLOCK;
    cursor->width = (uint32_t)width;
    cursor->at = 0;
    return !cursor->damaged;
}

bool mxs_facets_next(struct mxs_facets_cursor *cursor, uint32_t *domain, uint32_t *code)
{
    for (;;) {
        if (cursor->at == MXS_FACETS_BLOCK && !next_block(cursor))
            return false;
        uint32_t found = 0, at = cursor->at++;
        for (uint32_t i = 0; i < cursor->width; i++)
            found = found << 8 | cursor->codes[at * cursor->width + i];
        if (found == 0)
            continue;
        *domain = (uint32_t)cursor->block * MXS_FACETS_BLOCK + at;
        *code = found;
        return true;
    }
}

enum mxs_err mxs_facets_finish(struct mxs_facets_cursor *cursor, struct mxs_detail *detail)
{
    enum mxs_err err = mxs_query_finish(&cursor->query, detail);
    return err == MXS_OK && cursor->damaged
               ? mxs_err_set(detail, MXS_ERR_FOREIGN_DB, "a row of facets cannot be read: the database is damaged")
               : err;
}

/* --- writing --- */

struct writing {
    int64_t run, previous;
    const int64_t *facets;
    uint32_t count;
    struct mxs_query find, end, put;
    struct mxs_bits seen; /* blocks */
    uint32_t codes[MXS_FACETS_MOST][MXS_FACETS_BLOCK];
    uint8_t packed[MXS_FACETS_BLOCK * 4];
};

/* The codes of a block as they are stored; 0: none of its domains has a value. */
static uint32_t pack(struct writing *writing, uint32_t facet)
{
    const uint32_t *codes = writing->codes[facet];
    uint8_t *out = writing->packed;
    uint32_t highest = 0;
    for (uint32_t i = 0; i < MXS_FACETS_BLOCK; i++)
        highest |= codes[i];
    uint32_t width = highest == 0 ? 0 : highest < 1u << 8 ? 1 : highest < 1u << 16 ? 2 : highest < 1u << 24 ? 3 : 4;
    for (uint32_t i = 0; i < MXS_FACETS_BLOCK; i++, out += width)
        for (uint32_t byte = 0, rest = codes[i]; byte < width; byte++, rest >>= 8)
            out[width - 1 - byte] = (uint8_t)rest;
    return width;
}

static void put_block(struct writing *writing, uint32_t facet, int64_t block)
{
    uint32_t width = pack(writing, facet);
    bool stands = false, same = false;
    mxs_query_int(&writing->find, 1, writing->facets[facet]);
    mxs_query_int(&writing->find, 2, block);
    if (mxs_query_next(&writing->find)) {
        size_t size;
        const void *codes = mxs_query_column_blob(&writing->find, 0, &size);
        stands = true;
        same = size == (size_t)width * MXS_FACETS_BLOCK && size != 0 && memcmp(codes, writing->packed, size) == 0;
    }
    mxs_query_reset(&writing->find);
    if (stands && !same) {
        mxs_query_int(&writing->end, 1, writing->facets[facet]);
        mxs_query_int(&writing->end, 2, block);
        mxs_query_int(&writing->end, 3, writing->previous);
        mxs_query_run(&writing->end);
    }
    if (same || width == 0)
        return;
    mxs_query_int(&writing->put, 1, writing->facets[facet]);
    mxs_query_int(&writing->put, 2, block);
    mxs_query_int(&writing->put, 3, writing->run);
    mxs_query_int(&writing->put, 4, width);
    mxs_query_blob(&writing->put, 5, writing->packed, (size_t)width * MXS_FACETS_BLOCK);
    mxs_query_run(&writing->put);
}

static bool put_blocks(struct writing *writing, int64_t block)
{
    if (block < 0)
        return true;
    for (uint32_t i = 0; i < writing->count; i++)
        put_block(writing, i, block);
    memset(writing->codes, 0, sizeof writing->codes);
    return mxs_bits_put(&writing->seen, (uint32_t)block);
}

static enum mxs_err write_blocks(struct writing *writing, mxs_facets_source source, void *arg,
                                 struct mxs_detail *detail)
{
    uint32_t domain;
    const uint32_t *codes;
    int64_t block = -1;
    bool memory = true;
    enum mxs_err err = MXS_OK;
    while (memory && (err = source(arg, &domain, &codes, detail)) == MXS_OK) {
        if (domain / MXS_FACETS_BLOCK != block) {
            memory = put_blocks(writing, block);
            block = domain / MXS_FACETS_BLOCK;
        }
        for (uint32_t i = 0; i < writing->count; i++)
            writing->codes[i][domain % MXS_FACETS_BLOCK] = codes[i];
    }
    memory = memory && put_blocks(writing, block);
    if (!memory)
        return mxs_err_memory(detail, NULL);
    return err == MXS_ERR_END ? MXS_OK : err;
}

/* What stands of the list and was neither written nor found the same. */
static enum mxs_err end_rest(struct writing *writing, mxs_store *store, int64_t list, struct mxs_detail *detail)
{
    struct mxs_query query;
    mxs_query_open(&query, store, "SELECT b.facet_id, b.block FROM facet_block b JOIN facet f ON f.id = b.facet_id"
                   " WHERE f.list_id = ?1 AND b.last_run IS NULL");
    mxs_query_int(&query, 1, list);
    while (mxs_query_next(&query)) {
        int64_t facet = mxs_query_column_int(&query, 0), block = mxs_query_column_int(&query, 1);
        bool kept = false;
        for (uint32_t i = 0; i < writing->count; i++)
            kept |= writing->facets[i] == facet;
        if (kept && block >= 0 && block <= UINT32_MAX && mxs_bits_has(&writing->seen, (uint32_t)block))
            continue;
        mxs_query_int(&writing->end, 1, facet);
        mxs_query_int(&writing->end, 2, block);
        mxs_query_int(&writing->end, 3, writing->previous);
        mxs_query_run(&writing->end);
    }
    return mxs_query_finish(&query, detail);
}

enum mxs_err mxs_facets_write(mxs_store *store, int64_t list, int64_t run, int64_t previous, const int64_t *facets,
                              uint32_t count, mxs_facets_source source, void *arg, struct mxs_detail *detail)
{
    struct writing writing = {.run = run, .previous = previous, .facets = facets, .count = count};
    MXS_ASSERT(count <= MXS_FACETS_MOST);
    mxs_query_open(&writing.find, store,
                   "SELECT codes FROM facet_block WHERE facet_id = ?1 AND block = ?2 AND last_run IS NULL");
    mxs_query_open(&writing.end, store,
                   "UPDATE facet_block SET last_run = ?3 WHERE facet_id = ?1 AND block = ?2 AND last_run IS NULL");
    mxs_query_open(&writing.put, store,
                   "INSERT INTO facet_block (facet_id, block, first_run, width, codes) VALUES (?1, ?2, ?3, ?4, ?5)");
    enum mxs_err err = count == 0 ? MXS_OK : write_blocks(&writing, source, arg, detail);
    if (err == MXS_OK)
        err = end_rest(&writing, store, list, detail);
    struct mxs_query *const queries[] = {&writing.find, &writing.end, &writing.put};
    err = mxs_query_finish_each(queries, sizeof queries / sizeof *queries, err, detail);
    mxs_bits_finish(&writing.seen);
    return err;
}

/* --- sweeping --- */

/* The codes of one facet in all runs, each once. */
static enum mxs_err note_codes(mxs_store *store, int64_t facet, struct mxs_query *insert, struct mxs_detail *detail)
{
    struct mxs_facets_cursor cursor = {.at = MXS_FACETS_BLOCK};
    struct mxs_bits seen = {0};
    uint32_t domain, code;
    bool memory = true;
    mxs_query_open(&cursor.query, store, "SELECT block, width, codes FROM facet_block WHERE facet_id = ?1");
    mxs_query_int(&cursor.query, 1, facet);
    mxs_query_int(insert, 1, facet);
    while (memory && mxs_facets_next(&cursor, &domain, &code)) {
        if (mxs_bits_has(&seen, code))
            continue;
        memory = mxs_bits_put(&seen, code);
        mxs_query_int(insert, 2, code);
        mxs_query_run(insert);
    }
    mxs_query_reset(&cursor.query);
    enum mxs_err err = mxs_facets_finish(&cursor, detail);
    mxs_bits_finish(&seen);
    return err == MXS_OK && !memory ? mxs_err_memory(detail, "sweeping facets") : err;
}

static const char sweep_sql[] =
    "DELETE FROM facet_set WHERE NOT EXISTS (SELECT 1 FROM kept_code k WHERE k.facet_id = facet_set.facet_id"
    " AND k.code = 2 * facet_set.id + 1);"
    "DELETE FROM facet_value WHERE NOT EXISTS (SELECT 1 FROM kept_code k WHERE k.facet_id = facet_value.facet_id"
    " AND k.code = 2 * facet_value.id) AND (facet_id, id) NOT IN (SELECT facet_id, value_id FROM facet_set);"
    "DROP TABLE kept_code;";

enum mxs_err mxs_facets_sweep(mxs_store *store, struct mxs_detail *detail)
{
    struct mxs_query facets, insert;
    enum mxs_err err = mxs_store_run(store,
                                     "CREATE TEMP TABLE kept_code (facet_id INTEGER NOT NULL, code INTEGER NOT NULL,"
                                     " PRIMARY KEY (facet_id, code)) STRICT, WITHOUT ROWID",
                                     detail);
    if (err != MXS_OK)
        return err;
    mxs_query_open(&facets, store, "SELECT id FROM facet");
    mxs_query_open(&insert, store, "INSERT INTO kept_code VALUES (?1, ?2)");
    while (err == MXS_OK && mxs_query_next(&facets))
        err = note_codes(store, mxs_query_column_int(&facets, 0), &insert, detail);
    mxs_query_reset(&facets);
    struct mxs_query *const all[] = {&facets, &insert};
    err = mxs_query_finish_each(all, sizeof all / sizeof *all, err, detail);
    return err == MXS_OK ? mxs_store_run(store, sweep_sql, detail) : err;
}
