/* Values of a kept column come again and again, and most are short: the ones of late are found without the table. Three
 * words and the size are a value of up to 24 bytes, and two of them a cache line.
 *
 * In         Values of MXS_RECENT_BYTES at most, each with its number
 * Out        The number of one that was put of late; 0: it is none of them
 * Ownership  init/finish
 * Threads    One at a time
 */
#ifndef MXS_SCANNER_RUN_INTERNAL_RECENT_VALUES_H
#define MXS_SCANNER_RUN_INTERNAL_RECENT_VALUES_H

#include <stdlib.h>

#include "base/bytes.h"
#include "base/err.h"

#define MXS_RECENT_BYTES 24u
#define MXS_RECENT_BITS 11
#define MXS_RECENT_LINES (1u << MXS_RECENT_BITS)

struct mxs_recent {
    uint64_t words[3]; /* the first eight bytes, the last, and what is between them; 0 behind the end */
    uint32_t size, id;
};
struct mxs_recent_line {
    struct mxs_recent ways[2]; /* the later one first */
};
struct mxs_recent_values {
    struct mxs_recent_line *lines;
};

MXS_CHECK static inline bool mxs_recent_init(struct mxs_recent_values *recent)
{
    recent->lines = aligned_alloc(sizeof *recent->lines, MXS_RECENT_LINES * sizeof *recent->lines);
    if (recent->lines != NULL)
        memset(recent->lines, 0, MXS_RECENT_LINES * sizeof *recent->lines);
    return recent->lines != NULL;
}

static inline void mxs_recent_finish(struct mxs_recent_values *recent)
{
    free(recent->lines);
    recent->lines = NULL;
}

static inline struct mxs_recent mxs_recent_of(struct mxs_text value)
{
    struct mxs_recent out = {.size = value.size_bytes};
    uint32_t size = value.size_bytes;
    if (size >= 8) {
        memcpy(&out.words[0], value.data, 8);
        memcpy(&out.words[1], value.data + size - 8, 8);
    } else {
        memcpy(&out.words[0], value.data, size);
    }
    if (size > 16)
        memcpy(&out.words[2], value.data + 8, size - 16);
    return out;
}

static inline struct mxs_recent_line *mxs_recent_line_of(const struct mxs_recent_values *recent,
                                                         const struct mxs_recent *value)
{
    uint64_t sum = value->words[0] ^ value->words[1] << 1 ^ value->words[2] << 2 ^ value->size;
    return &recent->lines[sum * 0x9E3779B97F4A7C15u >> (64 - MXS_RECENT_BITS)]; /* the bits that all bytes reach */
}

static inline uint32_t mxs_recent_find(const struct mxs_recent_line *line, const struct mxs_recent *value)
{
    for (int way = 0; way < 2; way++) {
        const struct mxs_recent *held = &line->ways[way];
        if (held->id != 0 && held->words[0] == value->words[0] && held->words[1] == value->words[1] &&
            held->words[2] == value->words[2] && held->size == value->size)
            return held->id;
    }
    return 0;
}

static inline void mxs_recent_put(struct mxs_recent_line *line, struct mxs_recent value, uint32_t id)
{
    value.id = id;
    line->ways[1] = line->ways[0];
    line->ways[0] = value;
}

#endif
