/* Room       reports/data
 * Spec       None
 * In         Texts that come again and again
 * Out        Small numbers for them: 0, 1, 2 ... in order of first sight
 * Units      None
 * Limits     Memory
 * Errors     MXS_TEXTS_NONE when there is no memory
 * Ownership  init/finish; the copies live until finish
 * Threads    One at a time
 * Bugs       None
 *
 * Interning, for the few thousand different prefixes and top-level domains of a million names.
 */
#ifndef MXS_REPORTS_DATA_TEXTS_H
#define MXS_REPORTS_DATA_TEXTS_H

#include <stddef.h>
#include <stdint.h>

#define MXS_TEXTS_NONE UINT32_MAX

struct mxs_texts {
    const char **texts; /* NUL-terminated, by number */
    uint32_t count, capacity;
    uint32_t *slots;    /* number + 1; 0: free */
    uint32_t slot_count; /* a power of two */
    struct mxs_texts_chunk *chunks;
};

void mxs_texts_init(struct mxs_texts *texts);
void mxs_texts_finish(struct mxs_texts *texts);
uint32_t mxs_texts_put(struct mxs_texts *texts, const char *text, size_t size_bytes);
/* A copy that lives as long, without a number; NULL when there is no memory. */
const char *mxs_texts_keep(struct mxs_texts *texts, const char *text, size_t size_bytes);

#endif
