/* Sorts a list that need not fit in memory. Without a folder for the temporary file everything stays in memory.
 *
 * In         Texts without NUL bytes, in any order
 * Out        Each distinct one once, in byte order
 * Units      Bytes
 * Limits     65,535 bytes per text; memory_bytes, and what does not fit lies in one temporary file without a name
 * Errors     MXS_ERR_MEMORY; MXS_ERR_DISK and MXS_ERR_IO of the temporary file
 * Ownership  create/destroy; a text lives until the next call
 * Threads    One at a time
 */
#ifndef MXS_BASE_SORTER_H
#define MXS_BASE_SORTER_H

#include "base/err.h"
#include "base/bytes.h"

typedef struct mxs_sorter mxs_sorter;

/* folder: where the temporary file may be made, or NULL. memory_bytes: for texts and their places together, at least 64
 * KB. */
MXS_CHECK enum mxs_err mxs_sorter_create(mxs_sorter **out, const char *folder, size_t memory_bytes,
                                         struct mxs_detail *detail);
void mxs_sorter_destroy(mxs_sorter **sorter);

MXS_CHECK enum mxs_err mxs_sorter_put(mxs_sorter *sorter, struct mxs_text text, struct mxs_detail *detail);
/* The next distinct text in order, or MXS_ERR_END. After the first call nothing more is put. */
MXS_CHECK enum mxs_err mxs_sorter_next(mxs_sorter *sorter, struct mxs_text *out, struct mxs_detail *detail);

#endif
