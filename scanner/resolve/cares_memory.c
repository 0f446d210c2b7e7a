/* Before each block stands its class: the number of its list, or none for one that malloc has to take back. What lies
 * in a list is poisoned under AddressSanitizer, so that a block used after it was given back is still found. */
#include "scanner/resolve/internal/cares_memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
void __asan_poison_memory_region(const volatile void *at, size_t size_bytes);
void __asan_unpoison_memory_region(const volatile void *at, size_t size_bytes);
#define POISON(at, size_bytes) __asan_poison_memory_region(at, size_bytes)
#define UNPOISON(at, size_bytes) __asan_unpoison_memory_region(at, size_bytes)
#else
#define POISON(at, size_bytes) ((void)(at))
#define UNPOISON(at, size_bytes) ((void)(at))
#endif

#define STEP 32u
#define CLASSES (MXS_CARES_BLOCK_MAX / STEP)
#define NO_CLASS UINT32_MAX

struct block {
    uint32_t class;
    size_t size_bytes; /* room in it */
    struct block *next;
    alignas(max_align_t) unsigned char bytes[];
};

static struct block *given_back[CLASSES];

static struct block *block_of(void *memory) { return (struct block *)((char *)memory - offsetof(struct block, bytes)); }

void *mxs_cares_take(size_t size_bytes)
{
    if (size_bytes > SIZE_MAX - sizeof(struct block) - STEP)
        return NULL;
    uint32_t class = size_bytes == 0 ? 0 : (uint32_t)((size_bytes - 1) / STEP);
    if (size_bytes > MXS_CARES_BLOCK_MAX)
        class = NO_CLASS;
    struct block *block = class == NO_CLASS ? NULL : given_back[class];
    if (block != NULL) {
        given_back[class] = block->next;
        UNPOISON(block->bytes, block->size_bytes);
        return block->bytes;
    }
    size_t room = class == NO_CLASS ? size_bytes : (class + 1) * STEP;
    block = malloc(sizeof *block + room);
    if (block == NULL)
        return NULL;
    block->class = class;
    block->size_bytes = room;
    return block->bytes;
}

void mxs_cares_put(void *memory)
{
    if (memory == NULL)
        return;
    struct block *block = block_of(memory);
    if (block->class == NO_CLASS) {
        free(block);
        return;
    }
    block->next = given_back[block->class];
    given_back[block->class] = block;
    POISON(block->bytes, block->size_bytes);
}

void *mxs_cares_resize(void *memory, size_t size_bytes)
{
    if (memory == NULL)
        return mxs_cares_take(size_bytes);
    struct block *block = block_of(memory);
    if (size_bytes <= block->size_bytes)
        return memory;
    void *larger = mxs_cares_take(size_bytes);
    if (larger == NULL)
        return NULL;
    memcpy(larger, memory, block->size_bytes);
    mxs_cares_put(memory);
    return larger;
}
