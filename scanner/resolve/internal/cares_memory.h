/* c-ares takes three blocks for a question and gives them back with its answer, always of the same few sizes. A list
 * per size costs less than malloc, and keeps those blocks together in memory.
 *
 * In         What c-ares asks of malloc, realloc and free
 * Out        The same, from lists of blocks that were given back
 * Units      Bytes
 * Limits     Blocks up to MXS_CARES_BLOCK_MAX are kept; larger ones go to malloc and free
 * Errors     NULL: no memory
 * Ownership  The process keeps what c-ares gave back; the lists grow to the most that was in use at once
 * Threads    The loop thread
 */
#ifndef MXS_SCANNER_RESOLVE_INTERNAL_CARES_MEMORY_H
#define MXS_SCANNER_RESOLVE_INTERNAL_CARES_MEMORY_H

#include <stddef.h>

#define MXS_CARES_BLOCK_MAX 512u

/* For ares_library_init_mem. */
void *mxs_cares_take(size_t size_bytes);
void mxs_cares_put(void *memory);
void *mxs_cares_resize(void *memory, size_t size_bytes);

#endif
