/* By columns: a number of a row is stored as what it is above the least of its column, in as many bytes as the largest
 * of those needs. A column in which all say the same takes nothing. So an answer takes 8 to 12 bytes instead of 36.
 *
 * In         Rows of the journal
 * Out        One blob of them, and the rows again
 * Limits     MXS_PACK_ROWS
 * Errors     False: not a whole blob of ours
 * Ownership  The caller's; what unpacks looks into the caller's bytes
 * Bugs       In the machine's byte order
 */
#ifndef MXS_SCANNER_WRITE_INTERNAL_PACK_H
#define MXS_SCANNER_WRITE_INTERNAL_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mxs_journal_row {
    uint32_t subject;       /* domain or host id */
    uint32_t set;           /* MX or address set id; 0 none */
    uint32_t alias;         /* text id; 0 none */
    uint32_t implicit_host; /* MX nodata: the domain as its own MX host; 0 none */
    uint32_t rtt_us, asked_after_s, ttl_s;
    uint16_t type;          /* hosts: 1 A, 28 AAAA, 0 the registrable domain's */
    uint16_t resolver;      /* row id of the resolver */
    uint16_t ede;           /* extended error, code + 1 */
    uint8_t outcome, attempts, pass;
    uint8_t authenticated; /* AD */
};

#define MXS_TTL_NONE UINT32_MAX
#define MXS_PACK_COLUMNS 14
#define MXS_PACK_ROWS 8192u /* at most */
#define MXS_PACK_HEADER (4 + 5 * MXS_PACK_COLUMNS) /* count; width and least of each column */
#define MXS_PACK_SIZE(count) (MXS_PACK_HEADER + (size_t)(count) * sizeof(struct mxs_journal_row)) /* at most */

/* Writes MXS_PACK_SIZE(count) bytes at most; returns how many. count: 1 to MXS_PACK_ROWS. */
size_t mxs_pack(const struct mxs_journal_row *rows, uint32_t count, uint8_t *out);

struct mxs_unpack {
    uint32_t left;                /* rows */
    uint32_t column_count;        /* that differ */
    struct mxs_unpack_column {
        const uint8_t *at;
        uint32_t least;
        uint8_t width, offset, size; /* in the blob; in the row */
    } columns[MXS_PACK_COLUMNS];
    struct mxs_journal_row row;
};

bool mxs_unpack_begin(struct mxs_unpack *unpack, const uint8_t *data, size_t size_bytes);
/* Puts the next row into unpack->row; false: there is none. */
bool mxs_unpack_next(struct mxs_unpack *unpack);

#endif
