#include "scanner/write/internal/pack.h"

#include <string.h>

#include "base/err.h"

#define COLUMN(name) {offsetof(struct mxs_journal_row, name), sizeof((struct mxs_journal_row *)0)->name}
#define TTL_COLUMN 6 /* stored one higher: none, the largest number, becomes 0 */

static const struct {
    uint8_t offset, size;
} columns[MXS_PACK_COLUMNS] = {
    COLUMN(subject),       COLUMN(set),   COLUMN(alias),         COLUMN(implicit_host), COLUMN(rtt_us),
    COLUMN(asked_after_s), COLUMN(ttl_s), COLUMN(type),          COLUMN(resolver),      COLUMN(outcome),
    COLUMN(attempts),      COLUMN(pass),  COLUMN(authenticated), COLUMN(ede),
};

static inline uint32_t load(const void *from, unsigned size)
{
    const uint8_t *at = from;
    uint32_t word = 0;
    uint16_t half = 0;
    switch (size) {
    case 1: return *at;
    case 2: memcpy(&half, at, sizeof half); return half;
    case 3: memcpy(&half, at, sizeof half); return half | (uint32_t)at[2] << 16;
    default: memcpy(&word, at, sizeof word); return word;
    }
}

static inline void store(void *to, unsigned size, uint32_t value)
{
    uint8_t *at = to;
    uint16_t half = (uint16_t)value;
    switch (size) {
    case 1: *at = (uint8_t)value; break;
    case 2: memcpy(at, &half, sizeof half); break;
    case 3: memcpy(at, &half, sizeof half); at[2] = (uint8_t)(value >> 16); break;
    default: memcpy(at, &value, sizeof value);
    }
}

static uint8_t width_of(uint32_t value)
{
    return value == 0 ? 0 : value < 1u << 8 ? 1 : value < 1u << 16 ? 2 : value < 1u << 24 ? 3 : 4;
}

/* One column behind the others; *header is its place in the header. */
static size_t pack_column(const struct mxs_journal_row *rows, uint32_t count, unsigned column, uint8_t *header,
                          uint8_t *out)
{
    const uint8_t *from = (const uint8_t *)rows + columns[column].offset;
    unsigned size = columns[column].size, add = column == TTL_COLUMN;
    uint32_t least = UINT32_MAX, most = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value = load(from + i * sizeof *rows, size) + add;
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    unsigned width = width_of(most - least);
    header[0] = (uint8_t)width;
    memcpy(header + 1, &least, sizeof least);
    for (uint32_t i = 0; width != 0 && i < count; i++)
        store(out + (size_t)i * width, width, load(from + i * sizeof *rows, size) + add - least);
    return (size_t)count * width;
}

size_t mxs_pack(const struct mxs_journal_row *rows, uint32_t count, uint8_t *out)
{
    size_t used = MXS_PACK_HEADER;
    MXS_ASSERT(count > 0 && count <= MXS_PACK_ROWS);
    memcpy(out, &count, sizeof count);
    for (unsigned column = 0; column < MXS_PACK_COLUMNS; column++)
        used += pack_column(rows, count, column, out + 4 + 5 * column, out + used);
    return used;
}

bool mxs_unpack_begin(struct mxs_unpack *unpack, const uint8_t *data, size_t size_bytes)
{
    if (size_bytes < MXS_PACK_HEADER ||
        load(data, 4) > MXS_PACK_ROWS) /* columns that take nothing could say any number */
        return false;
    struct mxs_unpack made = {.left = load(data, 4)};
    uint64_t used = MXS_PACK_HEADER;
    for (unsigned i = 0; i < MXS_PACK_COLUMNS; i++) {
        const uint8_t *header = data + 4 + 5 * i;
        uint32_t width = header[0], least = load(header + 1, 4);
        if (width > columns[i].size || used + (uint64_t)width * made.left > size_bytes)
            return false;
        store((uint8_t *)&made.row + columns[i].offset, columns[i].size, least - (i == TTL_COLUMN));
        if (width != 0)
            made.columns[made.column_count++] = (struct mxs_unpack_column){
                data + used, least - (i == TTL_COLUMN), (uint8_t)width, columns[i].offset, columns[i].size};
        used += (uint64_t)width * made.left;
    }
    if (used != size_bytes || made.left == 0)
        return false;
    *unpack = made;
    return true;
}

bool mxs_unpack_next(struct mxs_unpack *unpack)
{
    if (unpack->left == 0)
        return false;
    unpack->left--;
    for (uint32_t i = 0; i < unpack->column_count; i++) {
        struct mxs_unpack_column *column = &unpack->columns[i];
        store((uint8_t *)&unpack->row + column->offset, column->size, column->least + load(column->at, column->width));
        column->at += column->width;
    }
    return true;
}
