/* Four lifetimes in the house (process, question, batch, call), each an arena or a
 * fixed slot; no loose frees. After the first reset of a warm arena, take does not
 * call malloc: blocks are kept.
 *
 * In         Sizes
 * Out        Memory that is given back all at once
 * Units      Bytes
 * Limits     limit_bytes given at creation; 0 is none
 * Errors     NULL from take: no memory or limit reached; sticky until reset (mxs_arena_full)
 * Ownership  The arena owns every block; reset and destroy end every pointer taken from it
 * Threads    One at a time
 */
#ifndef MXS_BASE_ARENA_H
#define MXS_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/bytes.h"

struct mxs_arena_block;

struct mxs_arena {
    struct mxs_arena_block *first;
    struct mxs_arena_block *current;
    size_t used_bytes;  /* in current */
    size_t held_bytes;  /* over all blocks */
    size_t block_bytes; /* size of a new block */
    size_t limit_bytes;
    bool full;
};

/* Nothing is allocated until the first take. */
void mxs_arena_init(struct mxs_arena *arena, size_t block_bytes, size_t limit_bytes);
void mxs_arena_finish(struct mxs_arena *arena);
/* Forgets everything taken, keeps the blocks, clears full. */
void mxs_arena_reset(struct mxs_arena *arena);
/* Where it stands, and back there: what was taken since is forgotten, but not that it is full. */
struct mxs_arena_place {
    struct mxs_arena_block *block;
    size_t used_bytes;
};
static inline struct mxs_arena_place mxs_arena_place(const struct mxs_arena *arena)
{
    return (struct mxs_arena_place){arena->current, arena->used_bytes};
}
void mxs_arena_reset_to(struct mxs_arena *arena, struct mxs_arena_place place);

/* size_bytes of uninitialised memory aligned for any type, or NULL (then mxs_arena_full). */
MXS_CHECK void *mxs_arena_take(struct mxs_arena *arena, size_t size_bytes);
/* count * size_bytes of zeroed memory, or NULL; an overflow of the product is "full". */
MXS_CHECK void *mxs_arena_take_zeroed(struct mxs_arena *arena, size_t count, size_t size_bytes);
/* A copy of text inside the arena; an empty view with data NULL when the arena is full. */
struct mxs_text mxs_arena_text(struct mxs_arena *arena, struct mxs_text text);

static inline bool mxs_arena_full(const struct mxs_arena *arena) { return arena->full; }

#endif
