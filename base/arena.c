#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct mxs_arena_block {
    struct mxs_arena_block *next;
    size_t size_bytes; /* of data */
    alignas(max_align_t) unsigned char data[];
};

#define ALIGNMENT alignof(max_align_t)

void mxs_arena_init(struct mxs_arena *arena, size_t block_bytes, size_t limit_bytes)
{
    *arena = (struct mxs_arena){.block_bytes = block_bytes, .limit_bytes = limit_bytes};
}

void mxs_arena_finish(struct mxs_arena *arena)
{
    struct mxs_arena_block *block = arena->first;
    while (block != NULL) {
        struct mxs_arena_block *next = block->next;
        free(block);
        block = next;
    }
    mxs_arena_init(arena, arena->block_bytes, arena->limit_bytes);
}

void mxs_arena_reset(struct mxs_arena *arena)
{
    arena->current = arena->first;
    arena->used_bytes = 0;
    arena->full = false;
}

void mxs_arena_reset_to(struct mxs_arena *arena, struct mxs_arena_place place)
{
    arena->current = place.block != NULL ? place.block : arena->first;
    arena->used_bytes = place.used_bytes;
}

/* Moves to a block with room for size_bytes: the next kept one that is large enough, else a new one. */
static bool advance(struct mxs_arena *arena, size_t size_bytes)
{
    while (arena->current != NULL && arena->current->next != NULL) {
        arena->current = arena->current->next;
        arena->used_bytes = 0;
        if (arena->current->size_bytes >= size_bytes)
            return true;
    }
    size_t data_bytes = size_bytes > arena->block_bytes ? size_bytes : arena->block_bytes;
    if (arena->limit_bytes != 0 && data_bytes > arena->limit_bytes - arena->held_bytes)
        return false;
    struct mxs_arena_block *block = malloc(sizeof *block + data_bytes);
    if (block == NULL)
        return false;
    block->next = NULL;
    block->size_bytes = data_bytes;
    if (arena->current == NULL)
        arena->first = block;
    else
        arena->current->next = block;
    arena->current = block;
    arena->used_bytes = 0;
    arena->held_bytes += data_bytes;
    return true;
}

void *mxs_arena_take(struct mxs_arena *arena, size_t size_bytes)
{
    if (arena->full || size_bytes > SIZE_MAX - ALIGNMENT - sizeof(struct mxs_arena_block)) {
        arena->full = true;
        return NULL;
    }
    size_t rounded = (size_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (arena->current == NULL || arena->current->size_bytes - arena->used_bytes < rounded) {
        if (!advance(arena, rounded)) {
            arena->full = true;
            return NULL;
        }
    }
    void *memory = arena->current->data + arena->used_bytes;
    arena->used_bytes += rounded;
    return memory;
}

void *mxs_arena_take_zeroed(struct mxs_arena *arena, size_t count, size_t size_bytes)
{
    size_t product;
    if (__builtin_mul_overflow(count, size_bytes, &product)) {
        arena->full = true;
        return NULL;
    }
    void *memory = mxs_arena_take(arena, product);
    if (memory != NULL)
        memset(memory, 0, product);
    return memory;
}

struct mxs_text mxs_arena_text(struct mxs_arena *arena, struct mxs_text text)
{
    char *copy = mxs_arena_take(arena, text.size_bytes == 0 ? 1 : text.size_bytes);
    if (copy == NULL)
        return (struct mxs_text){NULL, 0};
    if (text.size_bytes != 0)
        memcpy(copy, text.data, text.size_bytes);
    return (struct mxs_text){copy, text.size_bytes};
}
